"""Tables of the paper: compiled loops against plain ones, golden probabilities, worker independence."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exits import paper_exit
from portfolio_study.allocation.multi_period.kernels import (
    ar1_forecasts,
    frontier_terms,
    multi_step,
    receding_moments,
    receding_paths,
    receding_position,
)
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.forecasting.ar_filter import ar_filter
from portfolio_study.forecasting.ar_model import ar_multi_step, ar_prior
from portfolio_study.studies.bayesian_multi_period.replication import (
    DEFINITIONS,
    VARIANCES,
    Cell,
    _above,
    hindsight_expected,
    least_squares_prior,
    replicate,
    table_cells,
    updating_probability,
    wealth_at_variance,
)

GROSS, P1 = 1.0057, paper_exit("P1")


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(4)
    r = np.zeros(156)
    for t in range(1, 156):
        r[t] = 0.01 + 0.2 * r[t - 1] + 0.4 * rng.normal()
    return r


@pytest.fixture(scope="module")
def prior(sample):
    return least_squares_prior(sample[:130])


def test_compiled_prior_and_filter_are_the_library_ones(sample, prior):
    fit = ar_prior(sample[:130])
    p = np.array([[prior[2], prior[3]], [prior[3], prior[4]]])
    np.testing.assert_allclose(prior[:2], fit.mean, rtol=1e-9)
    np.testing.assert_allclose(prior[5] * p, fit.covariance, rtol=1e-9)
    for update in (True, False):
        f, q = ar1_forecasts(prior, sample[129], sample[130:], update)
        if update:
            reference = ar_filter(sample[129:], fit.mean, fit.covariance, fit.noise_variance)
            np.testing.assert_allclose(f, reference.forecast, rtol=1e-9)
            np.testing.assert_allclose(q, reference.forecast_variance, rtol=1e-9)
        else:
            np.testing.assert_allclose(f, fit.mean[0] + fit.mean[1] * sample[129:-1], rtol=1e-9)


def test_compiled_recursion_is_the_policy(prior):
    mean, variance = np.linspace(0.01, 0.03, 26), np.linspace(0.2, 0.3, 26)
    policy = multi_period_policy(mean, variance, GROSS, P1, 2.0)
    got = frontier_terms(mean, variance, GROSS, P1)
    assert got == pytest.approx((policy.theta_sum, policy.lambda_[0], policy.omega[0]), abs=1e-13)
    np.testing.assert_allclose(
        hindsight_expected(mean, variance, GROSS, P1), policy.frontier(np.array(VARIANCES)), rtol=1e-12
    )


def test_receding_position_is_the_first_position_of_the_plug_in_policy(prior):
    """Forecast, solve with the general recursion, take the first position: same amount."""
    state, wealth, target = 0.3, 1.1, 1.7
    c, phi, p00, p01, p11, s2 = prior
    v1 = s2 * (1 + p00 + 2 * p01 * state + p11 * state**2)
    for elapsed in (0, 20, 25):
        tail = P1[elapsed:]
        ahead = multi_step(c, phi, s2, v1, state, len(tail))
        policy = multi_period_policy(ahead[0] - GROSS + 1, ahead[1], GROSS, tail / tail.sum(), 2.0)
        direction, ratio = policy.direction[0, 0], policy.lambda_[1] / policy.omega[1]
        expected = direction * (target * ratio - GROSS * wealth)
        got = receding_position(prior, state, GROSS, tail, target, wealth)
        assert got == pytest.approx(expected, rel=1e-11)
    mean, variance = ar_multi_step([c, phi], s2, [state], 26)
    np.testing.assert_allclose(multi_step(c, phi, s2, s2, state, 26), [mean, variance], rtol=1e-12)


@pytest.mark.parametrize("update", [True, False])
def test_side_by_side_moments_are_those_of_single_paths(prior, update):
    rng = np.random.default_rng(8)
    pairs = 300  # more than one block of lanes, the last one partly filled
    truth = np.vstack([np.full(pairs, 0.01), rng.uniform(-0.5, 0.5, pairs), np.full(pairs, 0.4)])
    shocks = rng.standard_normal((26, pairs))
    m = receding_moments(prior, 0.3, truth, shocks, GROSS, P1, float(update))
    both, many = np.concatenate([shocks.T, -shocks.T]), np.tile(truth.T, (2, 1))
    for target in (0.0, 1.5, 4.0):
        wealth = receding_paths(prior, 0.3, many, both, GROSS, P1, target, update)
        expected, square = (wealth @ P1).mean(), (wealth**2 @ P1).mean()
        assert m[0] + target * m[1] == pytest.approx(expected, abs=1e-7)
        assert m[2] + 2 * target * m[3] + target**2 * m[4] == pytest.approx(square, rel=1e-6)


def test_wealth_at_variance_solves_for_the_target():
    rng = np.random.default_rng(9)
    r, s = rng.normal(1, 0.1, 500), rng.normal(0.3, 0.2, 500)
    m = np.array([r.mean(), s.mean(), (r * r).mean(), (r * s).mean(), (s * s).mean()])
    got = wealth_at_variance(m, 0.05)
    targets = np.linspace(-5, 5, 200_001)
    slope, level = m[3] - m[0] * m[1], m[2] - m[0] ** 2
    variance = level + 2 * targets * slope + targets**2 * (m[4] - m[1] ** 2)
    assert got == pytest.approx((m[0] + targets * m[1])[variance <= 0.05].max(), abs=1e-4)
    assert np.isnan(wealth_at_variance(m, 1e-9))


def test_nothing_to_learn_means_no_gain(prior):
    """With a certain prior both investors are the same, so the gain is exactly zero."""
    certain = prior.copy()
    certain[2:5] = 0.0
    truth = np.tile([[0.01], [0.2], [0.4]], (1, 64))
    shocks = np.random.default_rng(1).standard_normal((26, 64))
    a, b = (receding_moments(certain, 0.1, truth, shocks, GROSS, P1, u) for u in (1.0, 0.0))
    np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def small():
    cells = [table_cells(1)[p] for p in (-0.9, -0.3, 0.0, 0.1, 0.5)] + [
        table_cells(2)[m] for m in (-0.5, 0.5)
    ]
    return cells, updating_probability(cells, 120, 600, seed=2, n_jobs=1)


def test_hindsight_probabilities_match_the_golden_ones(golden, small):
    """Frontiers from later forecasts: golden values from 500 paths (200 with the own forecast variance)."""
    cells, got = small
    reference = golden("updating_in_hindsight")
    for number, cell in enumerate(cells):
        key = f"mu={cell.mu:g}" if cell.noise_variance == 1 else f"phi={cell.phi or -0.0}"
        for name, column, n in (
            ("noise_only", "fix", 500),
            ("own_variance", "fixC0", 200),
            ("forecast_once", "multi", 500),
        ):
            p, q = got.loc[(number, name), "probability"], reference[key][column][0]
            pooled = (120 * p + n * q) / (120 + n)
            se = np.sqrt(max(pooled * (1 - pooled), 1e-4) * (1 / 120 + 1 / n))
            assert abs(p - q) < 3 * se, (key, name, p, q)


def test_honest_probabilities_match_the_golden_ones(golden, small):
    """Trading new paths: golden values from 100 estimation samples."""
    cells, got = small
    reference = golden("updating_on_new_paths")
    for number, cell in enumerate(cells):
        table, key = ("mu", cell.mu) if cell.noise_variance == 1 else ("phi", cell.phi)
        p, q = got.loc[(number, "new_paths"), "probability"], reference[table][str(key)][0][1]
        pooled = (120 * p + 100 * q) / 220
        assert abs(p - q) < 3 * np.sqrt(pooled * (1 - pooled) * (1 / 120 + 1 / 100)), (table, key, p, q)


def test_results_do_not_depend_on_workers_or_on_the_other_cells(monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "threading")
    cells = [Cell(0.1, 0.01, 0.2), Cell(-0.4, 0.01, 0.2)]
    one = updating_probability(cells, 45, 64, seed=5, definitions=DEFINITIONS, n_jobs=1)
    two = updating_probability(cells, 45, 64, seed=5, definitions=DEFINITIONS, n_jobs=2)
    three = updating_probability(cells, 45, 64, seed=5, definitions=DEFINITIONS, n_jobs=3)
    assert one.equals(two)
    assert one.equals(three)
    alone = updating_probability(cells[1:], 45, 64, seed=5, definitions=DEFINITIONS, n_jobs=1)
    np.testing.assert_array_equal(alone.loc[0].to_numpy(), one.loc[1].to_numpy())
    honest = updating_probability(cells, 45, 64, seed=5, definitions=("new_paths",), n_jobs=1)
    assert (honest["gain"].to_numpy() == one.xs("new_paths", level=1)["gain"].to_numpy()).all()
    other = updating_probability(cells, 45, 64, seed=6, definitions=("new_paths",), n_jobs=1)
    assert (honest["gain"].to_numpy() != other["gain"].to_numpy()).all()


def test_learning_pays_for_somebody_who_does_not_know_the_truth():
    """Own belief at phi = 0: averaged over the investor's own uncertainty, updating helps."""
    got = updating_probability(
        [Cell(0.0, 0.01, 0.2)], 40, 2000, seed=1, definitions=("new_paths", "own_belief"), n_jobs=1
    )
    row = got.loc[(0, "own_belief")]
    assert row["gain"] > 3 * row["gain_se"]
    assert row["probability"] > got.loc[(0, "new_paths"), "probability"]


def test_a_shock_after_the_estimation_sample_moves_no_prior():
    """The honest gain uses only the sample and fresh shocks: its stream is separate from the path's."""
    cell = Cell(0.1, 0.01, 0.2)
    a = replicate(cell, 1, 3, 64, GROSS, P1, ("noise_only", "new_paths"))
    b = replicate(cell, 1, 3, 64, GROSS, P1, ("new_paths",))
    assert a[1] == b[0]


def test_a_variance_that_no_frontier_reaches_decides_nothing():
    """At -inf against -inf neither frontier is the higher one; where one exists it is."""
    upper, lower = np.array([-np.inf, -np.inf, 1.2, 1.3]), np.array([-np.inf, -np.inf, -np.inf, 1.25])
    assert _above(upper, lower) == 1.0
    assert _above(lower, upper) == 0.0
    assert np.isnan(_above(upper[:2], lower[:2]))


def test_table_cells_are_the_published_ones():
    assert len(table_cells(1)) == 19
    assert len(table_cells(2)) == 17
    assert {c.noise_variance for c in table_cells(1).values()} == {0.2}
    with pytest.raises(UnknownNameError, match="table"):
        table_cells(4)


@pytest.mark.parametrize(
    ("cell", "change", "names"),
    [
        (Cell(1.0, 0.0, 0.2), {}, "phi.*not stationary"),
        (Cell(0.1, 0.0, -0.2), {}, "noise_variance"),
        (Cell(0.1, 0.0, 0.2, 3), {}, "sample"),
        (Cell(0.1, 0.0, 0.2), {"replications": 1}, "replications"),
        (Cell(0.1, 0.0, 0.2), {"paths": 17}, "paths"),
        (Cell(0.1, 0.0, 0.2), {"risk_free": 0.0057}, "risk_free must be gross"),
        (Cell(0.1, 0.0, 0.2), {"exit_probability": [0.4, 0.5]}, "exit_probability"),
        (Cell(0.1, 0.0, 0.2), {"definitions": ("H9",)}, "H9"),
    ],
)
def test_bad_input_is_named(cell, change, names):
    with pytest.raises(ParameterError, match=names):
        updating_probability([cell], **({"replications": 2, "paths": 16} | change))
