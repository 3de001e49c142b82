"""Hindsight frontiers: tied to the general policy and the library's filter; a band that holds its share."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exits import exit_distribution, paper_exit
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.ar_filter import ar_filter
from portfolio_study.forecasting.ar_model import ar_multi_step
from portfolio_study.forecasting.var_filter import var_prior
from portfolio_study.studies.bayesian_multi_period.hindsight import (
    REFERENCES,
    frontier_along_path,
    hindsight_band,
    hindsight_gaps,
    known_parameters,
    reference_frontiers,
    var_references,
    variances_above,
)

PRIOR = np.array([0.00235, -0.134, 1 / 129, -0.019, 9.1, 0.00085])
PATH, STATE, GROSS, P = np.array([0.03, -0.02, 0.01, 0.004]), 0.005, 1.0001, exit_distribution(4, 0.05)


def policy(mean, variance):
    return multi_period_policy(np.asarray(mean) - GROSS + 1, variance, GROSS, P, 1.0).efficient_frontier


def test_references_are_policies_with_the_moments_that_they_name():
    found = reference_frontiers(PRIOR, STATE, PATH, GROSS, P)
    covariance = PRIOR[5] * np.array([[PRIOR[2], PRIOR[3]], [PRIOR[3], PRIOR[4]]])
    known = np.r_[STATE, PATH]
    moments = ar_filter(known, PRIOR[:2], covariance, PRIOR[5])
    rows = np.column_stack([np.ones(4), known[:-1]])
    kept = rows @ PRIOR[:2]
    predictive = np.einsum("ti,ij,tj->t", rows, covariance, rows) + PRIOR[5]
    means, variances = ar_multi_step(PRIOR[:2], PRIOR[5], [STATE], 4)
    expected = {
        "updated": policy(moments.forecast, moments.forecast_variance),
        "noise_only": policy(kept, np.full(4, PRIOR[5])),
        "own_variance": policy(kept, predictive),
        "forecast_once": policy(means, variances),
    }
    assert list(found) == list(expected)
    for name, frontier in expected.items():
        assert found[name].expected(0.01) == pytest.approx(frontier.expected(0.01), rel=1e-12), name
    gaps = hindsight_gaps(PRIOR, STATE, PATH, GROSS, P)
    assert gaps["forecast_once"] == pytest.approx(
        expected["updated"].expected(0.01) - expected["forecast_once"].expected(0.01)
    )


def test_known_parameters_leave_nothing_to_learn():
    """Then updating changes nothing, and yet the frontier moves with the path."""
    known = known_parameters(0.00235, -0.134, 0.00085)
    gaps = hindsight_gaps(known, STATE, PATH, GROSS, P)
    assert gaps["noise_only"] == gaps["own_variance"] == 0
    other = frontier_along_path(known, STATE, -PATH, GROSS, P)
    assert other.theta_sum != frontier_along_path(known, STATE, PATH, GROSS, P).theta_sum


def test_variances_are_counted_where_a_frontier_exists():
    upper, lower = Frontier(0.3, 1.0, 1.005), Frontier(0.2, 1.0, 1.0)
    variances = (0.0, 0.01, 0.05)
    levels = [(f.expected(v) if v >= f.least_variance() else -1) for v in variances for f in (upper, lower)]
    above = sum(a > b for a, b in zip(levels[::2], levels[1::2], strict=True))
    assert variances_above(upper, lower, variances) == (above, 3)
    certain = Frontier(0.3, 0.5, 1.0), Frontier(0.2, 0.5, 1.0)  # least variance far above
    assert variances_above(*certain, (0.01,)) == (0, 0)


def test_references_of_one_asset_as_a_vector_are_those_of_the_autoregression():
    returns = 0.002 + 0.02 * np.random.default_rng(6).standard_normal((60, 1))
    fit, path = var_prior(returns, 1), returns[:4] * 1.1
    prior = np.array(
        [*fit.mean[:, 0], fit.scale[0, 0], fit.scale[0, 1], fit.scale[1, 1], fit.noise_covariance[0, 0]]
    )
    several = var_references(fit, path, GROSS, P)
    one = reference_frontiers(prior, float(returns[-1, 0]), path[:, 0], GROSS, P)
    for name in ("updated", *REFERENCES):
        assert several[name].theta_sum == pytest.approx(one[name].theta_sum, rel=1e-9), name


def test_band_holds_its_share_of_the_frontiers():
    known, p = known_parameters(0.00235, -0.134, 0.00085), paper_exit("P1")
    paths = 0.002 + 0.03 * np.random.default_rng(4).standard_normal((200, 26))
    low, high = hindsight_band(known, STATE, paths, GROSS, p, [0.005, 0.02], level=0.9)
    level = [frontier_along_path(known, STATE, path, GROSS, p).expected(0.02) for path in paths]
    assert np.mean((level > low[1]) & (level < high[1])) == pytest.approx(0.9, abs=0.01)
    assert (high > low).all()


def test_bad_input_is_named():
    with pytest.raises(ParameterError, match="gross"):
        frontier_along_path(PRIOR, STATE, PATH, 0.0057, P)
    with pytest.raises(ParameterError, match="exit_probability"):
        frontier_along_path(PRIOR, STATE, PATH, GROSS, P[:-1])
    with pytest.raises(ParameterError, match="level"):
        hindsight_band(PRIOR, STATE, PATH[None], GROSS, P, [0.01], level=1.0)
