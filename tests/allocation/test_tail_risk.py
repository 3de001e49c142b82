"""Minimum value at risk and minimum expected shortfall."""

import numpy as np
import pytest
from scipy.stats import norm

from portfolio_study.allocation import (
    gmv_closed_form,
    historical_cvar,
    min_cvar,
    min_normal_var,
)
from portfolio_study.errors import CovarianceError, DataError, OptimisationError, ParameterError


def normal_var(mean, volatility, level):
    return norm.ppf(level) * volatility - mean


@pytest.mark.parametrize("level", ["0.95", "0.99"])
def test_minimum_normal_value_at_risk(level, four_assets, golden):
    expected, cov = golden("four_asset_portfolios")[f"minVaR_{level}"], four_assets["covariance"]
    w = min_normal_var(four_assets["mean"], cov, float(level))
    np.testing.assert_allclose(w, expected["w"], atol=1e-10)
    var = normal_var(w @ four_assets["mean"], np.sqrt(w @ cov @ w), float(level))
    assert var == pytest.approx(expected["VaR"], abs=1e-12)
    g = gmv_closed_form(cov)
    at_minimum = normal_var(g @ four_assets["mean"], np.sqrt(g @ cov @ g), float(level))
    assert at_minimum == pytest.approx(expected["VaR_of_GMV"], abs=1e-12)
    assert w @ four_assets["mean"] > g @ four_assets["mean"]


def test_long_only_value_at_risk_agrees_with_cvxpy(random_covariance):
    import cvxpy as cp

    rng = np.random.default_rng(0)
    z = 1.6448536269514722
    for _ in range(10):
        n = int(rng.integers(2, 25))
        cov, mean = random_covariance(rng, n), rng.normal(0.05, 0.05, n)
        w = cp.Variable(n)
        risk = cp.norm2(np.linalg.cholesky(cov).T @ w)
        cp.Problem(cp.Minimize(z * risk - mean @ w), [cp.sum(w) == 1, w >= 0]).solve(
            solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10
        )
        ours = min_normal_var(mean, cov, long_only=True)
        value = [z * np.sqrt(v @ cov @ v) - mean @ v for v in (ours, w.value)]
        assert value[0] <= value[1] + 1e-9
        np.testing.assert_allclose(ours, w.value, atol=2e-5)  # the cone solver's own precision in weights


def test_equal_means_give_minimum_variance(four_assets):
    w = min_normal_var(np.full(4, 0.05), four_assets["covariance"])
    np.testing.assert_allclose(w, gmv_closed_form(four_assets["covariance"]), atol=1e-10)


def test_value_at_risk_without_a_minimum(four_assets):
    with pytest.raises(OptimisationError, match="no minimum"):
        min_normal_var(four_assets["mean"] * 20, four_assets["covariance"])
    with pytest.raises(ParameterError, match="strictly between"):
        min_normal_var(four_assets["mean"], four_assets["covariance"], 0.5)


def test_minimum_expected_shortfall(sixty_days, golden):
    expected = golden("sixty_day_estimates")["minCVaR95_hist_longonly"]
    w = min_cvar(sixty_days)
    assert list(w.index) == list("ABCD")
    np.testing.assert_allclose(w, expected["w"], atol=1e-8)
    assert historical_cvar(sixty_days.to_numpy() @ w) == pytest.approx(expected["CVaR"], abs=1e-10)


def test_expected_shortfall_counts_the_last_loss_in_part():
    returns = -np.array([10.0, 8, 6, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    # 5 % of 16 days is 0.8 of a day; 15 % is 2.4 days
    assert historical_cvar(returns, 0.95) == pytest.approx(10)
    assert historical_cvar(returns, 0.85) == pytest.approx((10 + 8 + 0.4 * 6) / 2.4)
    with pytest.raises(DataError, match="missing or infinite"):
        historical_cvar([np.nan])


def test_no_random_portfolio_has_a_smaller_shortfall(sixty_days):
    best = historical_cvar(sixty_days.to_numpy() @ min_cvar(sixty_days))
    weights = np.random.default_rng(0).dirichlet(np.full(4, 0.5), 3000)
    assert min(historical_cvar(sixty_days.to_numpy() @ w) for w in weights) >= best - 1e-12


def test_expected_shortfall_agrees_with_skfolio(sixty_days):
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk

    theirs = MeanRisk(risk_measure=RiskMeasure.CVAR, solver="CLARABEL").fit(sixty_days).weights_
    np.testing.assert_allclose(min_cvar(sixty_days), theirs, atol=1e-6)


def test_unbounded_shortfall_is_refused():
    few = np.random.default_rng(0).normal(size=(5, 12))
    with pytest.raises(OptimisationError, match="expected shortfall"):
        min_cvar(few, long_only=False)
    with pytest.raises(CovarianceError, match="two assets"):
        min_cvar(few[:, :1])
