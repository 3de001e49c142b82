import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.bootstrap import (
    automatic_block_length,
    block_length,
    bootstrap_mean,
    bootstrap_of_means,
    circular_indices,
    loss_ratio,
    resampled_means,
    resamples,
)


def test_circular_blocks_golden(expected_statistics):
    case = expected_statistics["circular_block_golden"]
    indices = circular_indices(np.array(case["starts"]), case["block"], 12)
    assert indices.tolist() == case["idx"]
    r = np.array(case["r"])[indices]
    assert r.mean() / r.std(ddof=1) == pytest.approx(case["SR_boot"], rel=1e-12)


def test_circular_blocks_are_cut_to_the_length_of_the_sample():
    assert circular_indices(np.array([[3, 0], [1, 4]]), 3, 5).tolist() == [[3, 4, 0, 0, 1], [1, 2, 3, 4, 0]]


@pytest.mark.parametrize("scheme", ["circular", "stationary"])
def test_resampled_means_are_means_over_the_resampled_dates(scheme, monkeypatch):
    monkeypatch.setattr("portfolio_study.evaluation.bootstrap._CHUNK", 250)  # several chunks
    x = np.random.default_rng(0).standard_normal((50, 3)) + 5
    indices = np.concatenate(list(resamples(50, 7, 23, 4, scheme)))
    assert indices.shape == (23, 50)
    assert resampled_means(x, 7, 23, 4, scheme) == pytest.approx(x[indices].mean(axis=1), rel=1e-12)


@pytest.mark.parametrize("scheme", ["circular", "stationary"])
def test_blocks_keep_neighbours_together(scheme):
    indices = np.concatenate(list(resamples(400, 10, 200, 1, scheme)))
    follows = ((indices[:, 1:] - indices[:, :-1]) % 400 == 1).mean()
    assert follows == pytest.approx(0.9, abs=0.01)  # one new block in ten dates
    counts = np.bincount(indices.ravel(), minlength=400)
    assert counts.min() > 100  # every date is equally likely: 200 times on average
    assert counts.max() < 320


def test_same_seed_same_resamples():
    one, two = (np.concatenate(list(resamples(30, 4, 9, seed=3, scheme="stationary"))) for _ in range(2))
    assert (one == two).all()
    other = np.concatenate(list(resamples(30, 4, 9, seed=4, scheme="stationary")))
    assert (one != other).any()


def test_stationary_bootstrap_error_of_a_mean_matches_arch():
    from arch.bootstrap import StationaryBootstrap

    rng = np.random.default_rng(7)
    x = rng.standard_normal(300)
    for t in range(1, 300):
        x[t] += 0.5 * x[t - 1]
    ours = resampled_means(x[:, None], 12, 4000, 1, "stationary")[:, 0]
    peer = StationaryBootstrap(12, x, seed=2).apply(np.mean, 4000)[:, 0]
    assert ours.std() == pytest.approx(peer.std(), rel=0.06)
    # Resampling single days would miss the autocorrelation.
    assert ours.std() > 1.3 * resampled_means(x[:, None], 1, 4000, 1)[:, 0].std()


def test_block_lengths():
    assert [block_length(n) for n in (1, 27, 716, 3532)] == [1, 3, 9, 15]
    x = np.random.default_rng(1).standard_normal(500)
    persistent = np.convolve(x, np.ones(10), "valid")
    assert automatic_block_length(persistent) > automatic_block_length(x)
    with pytest.raises(UnknownNameError, match="circular"):
        automatic_block_length(x, "moving")


@pytest.mark.parametrize("root", [False, True])
def test_loss_ratio(losses, root):
    a, b = losses
    result = loss_ratio(a, b, root=root, draws=1000, seed=1)
    ratio = a.mean() / b.mean()
    assert result.estimate == pytest.approx(np.sqrt(ratio) if root else ratio)
    assert result.interval[0] < result.estimate < result.interval[1] < 1
    assert result.p_value == pytest.approx(2 / 1001)
    assert "stationary" in result.method
    inverse = loss_ratio(b, a, root=root, draws=1000, seed=1)
    assert inverse.interval == pytest.approx((1 / result.interval[1], 1 / result.interval[0]), rel=0.02)


@pytest.mark.parametrize("scheme", ["circular", "stationary"])
def test_bootstrap_mean_has_the_variance_of_its_theory(scheme):
    """Politis and Romano's formulas: the bootstrap error of a mean without simulation."""
    rng = np.random.default_rng(4)
    common = np.convolve(rng.standard_normal(604), np.ones(5) / 5, "valid")
    values = pd.DataFrame(0.1 + common[:, None] + rng.standard_normal((600, 8)))
    test = bootstrap_mean(values, block=8, draws=4000, scheme=scheme)
    dates = values.mean(axis=1).to_numpy() - values.to_numpy().mean()
    n, k = 600, np.arange(1, 600)
    gamma = np.array([dates @ np.roll(dates, j) / n for j in range(n)])  # circular autocovariances
    if scheme == "circular":
        variance = gamma[0] + 2 * sum((1 - j / 8) * gamma[j] for j in range(1, 8))
    else:
        variance = gamma[0] + 2 * np.sum((1 - k / n) * (1 - 1 / 8) ** k * gamma[1:])
    assert test.estimate == pytest.approx(values.to_numpy().mean())
    assert test.se == pytest.approx(np.sqrt(variance / n), rel=0.04)
    assert test.statistic == pytest.approx(test.estimate / test.se)
    by_date = bootstrap_mean(values.mean(axis=1), block=8, draws=4000, scheme=scheme)
    assert by_date.interval == pytest.approx(test.interval)
    with pytest.raises(EstimationError, match="does not vary"):
        bootstrap_mean(values * 0)


def test_loss_ratio_of_a_panel_resamples_dates():
    """Twenty copies of one ticker hold no more information than one."""
    rng = np.random.default_rng(2)
    a = pd.Series(rng.standard_normal(200) ** 2)
    b = pd.Series(rng.standard_normal(200) ** 2)
    one = loss_ratio(a, b, seed=5)
    many = loss_ratio(
        pd.DataFrame(dict.fromkeys(range(20), a)), pd.DataFrame(dict.fromkeys(range(20), b)), seed=5
    )
    assert many.se == pytest.approx(one.se)
    assert many.interval == pytest.approx(one.interval)


def test_loss_ratio_interval_covers():
    rng = np.random.default_rng(3)
    covered = []
    for seed in range(200):
        a, b = rng.standard_normal((2, 120)) ** 2
        low, high = loss_ratio(1.5 * a, b, draws=300, seed=seed).interval
        covered.append(low < 1.5 < high)
    assert 0.88 < np.mean(covered) < 0.985


def test_bootstrap_names_what_is_wrong(losses):
    a, b = losses
    with pytest.raises(EstimationError, match="does not vary"):
        loss_ratio(a, 2 * a)
    with pytest.raises(EstimationError, match="zero"):
        loss_ratio(a, 0 * a)
    with pytest.raises(DataError, match="at least 8"):
        loss_ratio(a[:4], b[:4])
    with pytest.raises(ParameterError, match="block"):
        loss_ratio(a, b, block=101)
    with pytest.raises(ParameterError, match="draws"):
        loss_ratio(a, b, draws=0)
    with pytest.raises(UnknownNameError, match="stationary"):
        loss_ratio(a, b, scheme="iid")
    with pytest.raises(EstimationError, match="not finite"):
        bootstrap_of_means(
            np.ones((9, 1)), lambda m: m[..., 0] / 0.0 if m.ndim > 1 else np.inf, null=0, method="x"
        )


def test_a_smaller_level_widens_the_interval_and_changes_nothing_else():
    z = np.random.default_rng(3).standard_normal(200)
    options = {"function": lambda m: m[..., 0], "null": 0.0, "method": "mean", "draws": 500}
    usual, joint = (bootstrap_of_means(z[:, None], **options, level=level) for level in (0.05, 0.0025))
    assert joint.interval[0] < usual.interval[0] < usual.interval[1] < joint.interval[1]
    assert (joint.estimate, joint.se, joint.p_value) == (usual.estimate, usual.se, usual.p_value)
