import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.delta_method import (
    SmoothFunction,
    bootstrap_inference,
    delta_method,
    studentised_draws,
)
from portfolio_study.evaluation.sharpe import (
    LOG_VARIANCE_DIFFERENCE,
    SHARPE_DIFFERENCE,
    detectable_sharpe_difference,
    sharpe_difference,
    sharpe_ratio,
    variance_difference,
)


def test_sharpe_ratio_golden(two_strategies, expected_statistics):
    r1, r2 = two_strategies
    assert sharpe_ratio(r1) == pytest.approx(expected_statistics["JK_Memmel"]["SR1"], rel=1e-12)
    table = sharpe_ratio(pd.DataFrame({"a": r1, "b": r2}), periods_per_year=252)
    assert table["b"] == pytest.approx(np.sqrt(252) * expected_statistics["JK_Memmel"]["SR2"], rel=1e-12)
    rate = pd.Series(1e-4, index=r1.index)
    assert sharpe_ratio(r1, rate) == pytest.approx((r1 - 1e-4).mean() / r1.std())
    assert sharpe_ratio(r1, 1e-4) == pytest.approx(sharpe_ratio(r1, rate))


def test_memmel_golden(two_strategies, expected_statistics):
    case = expected_statistics["JK_Memmel"]
    test = sharpe_difference(*two_strategies, method="memmel")
    assert test.estimate == pytest.approx(case["SR1"] - case["SR2"], rel=1e-10)
    assert test.statistic == pytest.approx(case["z_Memmel"], rel=1e-10)
    assert test.p_value == pytest.approx(case["p_two"], rel=1e-9)
    original = sharpe_difference(*two_strategies, method="jobson_korkie")
    assert original.statistic == pytest.approx(case["z_JK1981_original"], rel=1e-10)


@pytest.mark.parametrize(
    ("kernel", "lags", "name"),
    [("bartlett", 0, "bartlett_L0"), ("bartlett", 5, "bartlett_L5"), ("parzen", 5, "parzen_L5")],
)
def test_ledoit_wolf_standard_errors_golden(two_strategies, expected_statistics, kernel, lags, name):
    test = sharpe_difference(*two_strategies, method="hac", kernel=kernel, lags=lags)
    assert [test.estimate, test.se, test.statistic] == pytest.approx(
        expected_statistics["LW2008"][name], rel=1e-10
    )
    boot = sharpe_difference(*two_strategies, kernel=kernel, lags=lags, draws=200)
    assert [boot.estimate, boot.se, boot.statistic] == pytest.approx(
        expected_statistics["LW2008"][name], rel=1e-10
    )


def test_log_variance_golden(two_strategies, expected_statistics):
    test = variance_difference(*two_strategies, method="hac", kernel="bartlett", lags=5)
    assert [test.estimate, test.se, test.statistic] == pytest.approx(
        expected_statistics["LW2011_logvar"]["bartlett_L5"], rel=1e-10
    )


@pytest.mark.parametrize("function", [SHARPE_DIFFERENCE, LOG_VARIANCE_DIFFERENCE])
@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.floats(-0.5, 0.5)] * 2, *[st.floats(0.5, 2)] * 2))
def test_gradients_are_derivatives(function, means):
    v = np.array(means)
    numeric = [
        (function.value(v + 1e-6 * unit) - function.value(v - 1e-6 * unit)) / 2e-6 for unit in np.eye(4)
    ]
    assert function.gradient(v) == pytest.approx(np.array(numeric), rel=1e-4, abs=1e-6)


def _slow_studentised(moments, function, block, draws, seed):
    """The bootstrap written out: build each resample, then its block sums, then its error."""
    n, k = moments.shape
    blocks = n // block
    generator = np.random.default_rng(seed)
    starts = generator.integers(n, size=(draws, blocks))
    out = []
    for row in starts:
        sample = np.concatenate([moments[(s + np.arange(block)) % n] for s in row])
        mean = sample.mean(axis=0)
        zeta = (sample - mean).reshape(blocks, block, k).sum(axis=1) / np.sqrt(block)
        psi = zeta.T @ zeta / blocks
        slope = function.gradient(mean)
        se = np.sqrt(slope @ psi @ slope / len(sample))
        out.append((function.value(mean) - function.value(moments.mean(axis=0))) / se)
    return np.array(out)


@pytest.mark.parametrize("block", [1, 3, 7])
def test_fast_bootstrap_equals_the_written_out_one(two_strategies, block):
    r1, r2 = (r.to_numpy() for r in two_strategies)
    moments = np.column_stack([r1, r2, r1**2, r2**2])
    fast = studentised_draws(moments, SHARPE_DIFFERENCE, block, 40, 3)
    assert fast == pytest.approx(_slow_studentised(moments, SHARPE_DIFFERENCE, block, 40, 3), rel=1e-7)


@pytest.mark.parametrize("test", [sharpe_difference, variance_difference])
@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.01, 100), seed=st.integers(0, 100))
def test_difference_tests_are_antisymmetric_and_ignore_leverage(test, scale, seed):
    rng = np.random.default_rng(seed)
    a, b = 0.05 + rng.standard_normal((2, 80))
    one, other = test(a, b, draws=200), test(b, a, draws=200)
    assert one.estimate == pytest.approx(-other.estimate)
    assert one.p_value == other.p_value
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))
    both = test(a * scale, b * scale, draws=200)
    assert both.statistic == pytest.approx(one.statistic, rel=1e-5)
    assert both.p_value == pytest.approx(one.p_value, abs=0.011)


def test_sharpe_difference_ignores_the_leverage_of_one_side(two_strategies):
    r1, r2 = two_strategies
    one = sharpe_difference(r1, r2, method="hac", lags=5)
    lever = sharpe_difference(3 * r1, r2, method="hac", lags=5)
    assert lever.statistic == pytest.approx(one.statistic)
    # ... while the variance test sees it: log 9.
    gap = variance_difference(3 * r1, r2, method="hac", lags=5).estimate
    assert gap - variance_difference(r1, r2, method="hac", lags=5).estimate == pytest.approx(np.log(9))


def test_annual_units(two_strategies):
    daily = sharpe_difference(*two_strategies, seed=1, draws=300)
    annual = sharpe_difference(*two_strategies, seed=1, draws=300, periods_per_year=252)
    scale = np.sqrt(252)
    assert annual.estimate == pytest.approx(daily.estimate * scale)
    assert annual.se == pytest.approx(daily.se * scale)
    assert annual.interval == pytest.approx((daily.interval[0] * scale, daily.interval[1] * scale))
    assert annual.detectable == pytest.approx(daily.detectable * scale)
    assert (annual.p_value, annual.statistic) == (daily.p_value, daily.statistic)


def test_bootstrap_is_seeded_and_agrees_with_the_normal_law_in_long_samples():
    rng = np.random.default_rng(4)
    a = 0.05 + rng.standard_normal(4000)
    b = 0.5 * a + rng.standard_normal(4000)
    one = sharpe_difference(a, b, seed=3, draws=2000)
    assert one == sharpe_difference(a, b, seed=3, draws=2000)
    normal = sharpe_difference(a, b, method="hac")
    assert one.p_value == pytest.approx(normal.p_value, abs=0.03)
    assert one.interval == pytest.approx(normal.interval, abs=0.1 * normal.se)
    greater = sharpe_difference(a, b, seed=3, draws=2000, alternative="greater")
    less = sharpe_difference(a, b, seed=3, draws=2000, alternative="less")
    assert greater.p_value + less.p_value == pytest.approx(1, abs=0.002)


def test_size_under_volatility_clustering_and_power_at_the_detectable_effect():
    """Equal Sharpe ratios are rejected in about 5 %, the detectable difference is found in about 80 %."""
    rng = np.random.default_rng(11)
    n, size, power = 300, [], []
    for seed in range(200):
        volatility = np.exp(
            0.5 * np.convolve(rng.standard_normal(n + 19), np.ones(20) / np.sqrt(20), "valid")
        )
        shocks = rng.standard_t(6, (n, 2)) @ np.linalg.cholesky([[1, 0.6], [0.6, 1]]).T
        a, b = (0.05 + shocks * volatility[:, None]).T
        test = sharpe_difference(a, b, draws=199, seed=seed)
        size.append(test.p_value < 0.05)
        shift = detectable_sharpe_difference(n, 0.6, 1) * b.std()
        power.append(sharpe_difference(a, b - shift, draws=199, seed=seed).p_value < 0.05)
    assert 0.01 < np.mean(size) < 0.10
    assert 0.65 < np.mean(power) < 0.92


def test_variance_difference_size_and_sign():
    rng = np.random.default_rng(12)
    rejected = []
    for seed in range(200):
        a, b = rng.standard_t(8, (2, 250))
        rejected.append(variance_difference(a, b, draws=199, seed=seed).p_value < 0.05)
    assert 0.01 < np.mean(rejected) < 0.10
    calmer = variance_difference(0.9 * a, b, method="hac")
    assert calmer.estimate < variance_difference(a, b, method="hac").estimate


def test_detectable_difference_on_the_paper_s_hold_out():
    """716 days at correlation 0.6: standard error about .53, detectable about 1.5 (annual)."""
    detectable = detectable_sharpe_difference(716, 0.6)
    assert detectable == pytest.approx(1.5, abs=0.02)
    assert detectable / 2.8016 == pytest.approx(0.53, abs=0.005)
    assert detectable_sharpe_difference(3532, 0.6) < detectable / 2
    with pytest.raises(ParameterError, match="correlation"):
        detectable_sharpe_difference(716, 1.0)
    with pytest.raises(ParameterError, match="n must"):
        detectable_sharpe_difference(0, 0.5)


def test_errors(two_strategies):
    r1, r2 = two_strategies
    for method in ("ledoit_wolf", "hac", "memmel"):
        with pytest.raises(EstimationError, match="identical or proportional"):
            sharpe_difference(r1, 2 * r1, method=method)
        with pytest.raises(EstimationError, match="a do not vary"):
            sharpe_difference(r1 * 0, r2, method=method)
    with pytest.raises(EstimationError, match="identical"):
        variance_difference(r1, r1)
    with pytest.raises(DataError, match="at least 12"):
        sharpe_difference(r1[:11], r2[:11])
    with pytest.raises(DataError, match="different labels"):
        sharpe_difference(r1[:-1], r2[1:])
    with pytest.raises(UnknownNameError, match="ledoit_wolf"):
        sharpe_difference(r1, r2, method="ledoit-wolf")
    with pytest.raises(UnknownNameError, match="hac"):
        variance_difference(r1, r2, method="memmel")
    with pytest.raises(ParameterError, match="block must be at most 25"):
        sharpe_difference(r1, r2, block=26)
    with pytest.raises(EstimationError, match="returns of r do not vary"):
        sharpe_ratio(pd.Series([0.1, 0.1, 0.1], name="r"))
    with pytest.raises(DataError, match="missing"):
        sharpe_ratio(pd.Series([0.1, np.nan, 0.1]))


def test_delta_method_of_a_mean_is_its_newey_west_error():
    x = np.random.default_rng(6).standard_normal(200)[:, None]
    identity = SmoothFunction(lambda v: v[..., 0], lambda v: np.ones_like(v))
    estimate, se = delta_method(x, identity, 0)
    assert estimate == pytest.approx(x.mean())
    assert se == pytest.approx(x.std() / np.sqrt(200))
    test = bootstrap_inference(x, identity, "mean", lags=0, block=1, draws=3000)
    from scipy import stats

    assert test.p_value == pytest.approx(stats.ttest_1samp(x[:, 0], 0).pvalue, abs=0.03)
