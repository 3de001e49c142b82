"""Maximum Sharpe ratio and mean-variance utility."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import gmv_closed_form, max_sharpe, mean_variance_utility
from portfolio_study.errors import OptimisationError, ParameterError


def sharpe(w, four_assets):
    return (w @ four_assets["mean"] - four_assets["risk_free"]) / np.sqrt(w @ four_assets["covariance"] @ w)


def test_tangency_closed_form(four_assets, golden):
    w = max_sharpe(four_assets["mean"], four_assets["covariance"], four_assets["risk_free"], long_only=False)
    np.testing.assert_allclose(w, golden("four_asset_portfolios")["Tangency"]["w"], atol=1e-10)
    excess = four_assets["mean"] - four_assets["risk_free"]
    formula = np.sqrt(excess @ np.linalg.solve(four_assets["covariance"], excess))
    assert sharpe(w, four_assets) == pytest.approx(formula, abs=1e-12)
    assert formula == pytest.approx(golden("four_asset_portfolios")["Tangency"]["maxSR_formula"], abs=1e-12)


def test_tangency_long_only(four_assets, golden):
    w = max_sharpe(four_assets["mean"], four_assets["covariance"], four_assets["risk_free"])
    np.testing.assert_allclose(w, golden("four_asset_portfolios")["Tangency_longonly"]["w"], atol=1e-10)
    example = golden("four_asset_portfolios")["Tangency_longonly_mu2"]
    constrained = max_sharpe(example["mu2"], four_assets["covariance"], four_assets["risk_free"])
    np.testing.assert_allclose(constrained, example["w"], atol=1e-10)
    free = max_sharpe(example["mu2"], four_assets["covariance"], four_assets["risk_free"], long_only=False)
    np.testing.assert_allclose(free, example["unconstrained"], atol=1e-10)


def test_no_random_portfolio_has_a_higher_sharpe_ratio(four_assets):
    rng = np.random.default_rng(0)
    best = sharpe(
        max_sharpe(four_assets["mean"], four_assets["covariance"], four_assets["risk_free"]), four_assets
    )
    assert max(sharpe(w, four_assets) for w in rng.dirichlet(np.full(4, 0.5), 5000)) <= best


def test_a_riskless_rate_above_all_means_is_named(four_assets):
    with pytest.raises(OptimisationError, match=r"no asset.*0\.2.*minimum variance"):
        max_sharpe(four_assets["mean"], four_assets["covariance"], 0.2)
    with pytest.raises(OptimisationError, match="no tangency portfolio"):
        max_sharpe(four_assets["mean"], four_assets["covariance"], 0.05, long_only=False)


def test_equal_means_make_tangency_and_minimum_variance_coincide(four_assets):
    w = max_sharpe(np.full(4, 0.05), four_assets["covariance"], 0.01, long_only=False)
    np.testing.assert_allclose(w, gmv_closed_form(four_assets["covariance"]), atol=1e-12)


@pytest.mark.parametrize(("long_only", "key"), [(False, "MVU_A4_fullinv"), (True, "MVU_A4_longonly")])
def test_utility(long_only, key, four_assets, golden):
    w = mean_variance_utility(four_assets["mean"], four_assets["covariance"], 4, long_only)
    np.testing.assert_allclose(w, golden("four_asset_portfolios")[key]["w"], atol=1e-10)


def test_utility_approaches_minimum_variance_with_risk_aversion(four_assets):
    w = mean_variance_utility(four_assets["mean"], four_assets["covariance"], 1e9)
    np.testing.assert_allclose(w, gmv_closed_form(four_assets["covariance"]), atol=1e-7)


def test_means_are_checked_and_aligned(four_assets):
    names = list("ABCD")
    cov = pd.DataFrame(four_assets["covariance"], names, names)
    shuffled = pd.Series(four_assets["mean"], names).loc[list("DBCA")]
    np.testing.assert_allclose(
        max_sharpe(shuffled, cov), max_sharpe(four_assets["mean"], four_assets["covariance"])
    )
    with pytest.raises(ParameterError, match="mean of 'C' is not a finite number"):
        max_sharpe([0.1, 0.1, np.nan, 0.1], cov)
    with pytest.raises(ParameterError, match="each of 4 assets"):
        max_sharpe([0.1, 0.1], cov)
    with pytest.raises(ParameterError, match="risk_free"):
        max_sharpe(four_assets["mean"], cov, np.nan)
    with pytest.raises(ParameterError, match="risk_aversion"):
        mean_variance_utility(four_assets["mean"], cov, 0)
