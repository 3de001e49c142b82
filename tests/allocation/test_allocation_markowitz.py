"""Maximum Sharpe ratio and mean-variance utility."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import gmv_closed_form, max_sharpe, mean_variance_utility
from portfolio_study.errors import OptimisationError, ParameterError


def sharpe(w, S4):
    return (w @ S4["mean"] - S4["risk_free"]) / np.sqrt(w @ S4["covariance"] @ w)


def test_tangency_closed_form(S4, golden):
    w = max_sharpe(S4["mean"], S4["covariance"], S4["risk_free"], long_only=False)
    np.testing.assert_allclose(w, golden("B")["Tangency"]["w"], atol=1e-10)
    excess = S4["mean"] - S4["risk_free"]
    formula = np.sqrt(excess @ np.linalg.solve(S4["covariance"], excess))
    assert sharpe(w, S4) == pytest.approx(formula, abs=1e-12)
    assert formula == pytest.approx(golden("B")["Tangency"]["maxSR_formula"], abs=1e-12)


def test_tangency_long_only(S4, golden):
    w = max_sharpe(S4["mean"], S4["covariance"], S4["risk_free"])
    np.testing.assert_allclose(w, golden("B")["Tangency_longonly"]["w"], atol=1e-10)
    example = golden("B")["Tangency_longonly_mu2"]
    constrained = max_sharpe(example["mu2"], S4["covariance"], S4["risk_free"])
    np.testing.assert_allclose(constrained, example["w"], atol=1e-10)
    free = max_sharpe(example["mu2"], S4["covariance"], S4["risk_free"], long_only=False)
    np.testing.assert_allclose(free, example["unconstrained"], atol=1e-10)


def test_no_random_portfolio_has_a_higher_sharpe_ratio(S4):
    rng = np.random.default_rng(0)
    best = sharpe(max_sharpe(S4["mean"], S4["covariance"], S4["risk_free"]), S4)
    assert max(sharpe(w, S4) for w in rng.dirichlet(np.full(4, 0.5), 5000)) <= best


def test_a_riskless_rate_above_all_means_is_named(S4):
    with pytest.raises(OptimisationError, match=r"no asset.*0\.2.*minimum variance"):
        max_sharpe(S4["mean"], S4["covariance"], 0.2)
    with pytest.raises(OptimisationError, match="no tangency portfolio"):
        max_sharpe(S4["mean"], S4["covariance"], 0.05, long_only=False)


def test_equal_means_make_tangency_and_minimum_variance_coincide(S4):
    w = max_sharpe(np.full(4, 0.05), S4["covariance"], 0.01, long_only=False)
    np.testing.assert_allclose(w, gmv_closed_form(S4["covariance"]), atol=1e-12)


@pytest.mark.parametrize(("long_only", "key"), [(False, "MVU_A4_fullinv"), (True, "MVU_A4_longonly")])
def test_utility(long_only, key, S4, golden):
    w = mean_variance_utility(S4["mean"], S4["covariance"], 4, long_only)
    np.testing.assert_allclose(w, golden("B")[key]["w"], atol=1e-10)


def test_utility_approaches_minimum_variance_with_risk_aversion(S4):
    w = mean_variance_utility(S4["mean"], S4["covariance"], 1e9)
    np.testing.assert_allclose(w, gmv_closed_form(S4["covariance"]), atol=1e-7)


def test_means_are_checked_and_aligned(S4):
    names = list("ABCD")
    cov = pd.DataFrame(S4["covariance"], names, names)
    shuffled = pd.Series(S4["mean"], names).loc[list("DBCA")]
    np.testing.assert_allclose(max_sharpe(shuffled, cov), max_sharpe(S4["mean"], S4["covariance"]))
    with pytest.raises(ParameterError, match="mean of 'C' is not a finite number"):
        max_sharpe([0.1, 0.1, np.nan, 0.1], cov)
    with pytest.raises(ParameterError, match="each of 4 assets"):
        max_sharpe([0.1, 0.1], cov)
    with pytest.raises(ParameterError, match="risk_free"):
        max_sharpe(S4["mean"], cov, np.nan)
    with pytest.raises(ParameterError, match="risk_aversion"):
        mean_variance_utility(S4["mean"], cov, 0)
