"""Most diversified, most decorrelated, equal risk contribution."""

import numpy as np
import pytest

from portfolio_study.allocation import (
    diversification_ratio,
    equal_risk_contribution,
    inverse_volatility,
    max_decorrelation,
    max_diversification,
    risk_contributions,
)
from portfolio_study.errors import OptimisationError, ParameterError


@pytest.mark.parametrize(
    ("method", "long_only", "key"),
    [
        (max_diversification, True, "MDP_longonly"),
        (max_diversification, False, "MDP"),
        (max_decorrelation, True, "MaxDecorr_longonly"),
        (max_decorrelation, False, "MaxDecorr"),
    ],
)
def test_matches_golden_value(method, long_only, key, four_assets, golden):
    np.testing.assert_allclose(
        method(four_assets["covariance"], long_only), golden("four_asset_portfolios")[key]["w"], atol=1e-10
    )


def test_equal_risk_contribution(four_assets, golden):
    w = equal_risk_contribution(four_assets["covariance"])
    np.testing.assert_allclose(w, golden("four_asset_portfolios")["ERC"]["w"], atol=1e-10)
    np.testing.assert_allclose(risk_contributions(w, four_assets["covariance"]), 0.25, atol=1e-12)


def test_contributions_follow_budgets(random_covariance):
    rng = np.random.default_rng(0)
    for size in (2, 5, 30, 120):
        cov = random_covariance(rng, size)
        budget = rng.uniform(0.1, 1, size)
        w = equal_risk_contribution(cov, budget)
        np.testing.assert_allclose(risk_contributions(w, cov), budget / budget.sum(), atol=1e-10)


def test_most_diversified_portfolio_has_the_largest_ratio(random_covariance):
    rng = np.random.default_rng(1)
    cov = random_covariance(rng, 6)
    best = diversification_ratio(max_diversification(cov), cov)
    assert max(diversification_ratio(w, cov) for w in rng.dirichlet(np.full(6, 0.5), 3000)) <= best


def test_all_coincide_under_one_correlation():
    sd = np.array([0.1, 0.2, 0.4])
    cov = np.where(np.eye(3) > 0, 1.0, 0.3) * np.outer(sd, sd)
    np.testing.assert_allclose(equal_risk_contribution(cov), inverse_volatility(cov), atol=1e-12)
    np.testing.assert_allclose(max_diversification(cov), inverse_volatility(cov), atol=1e-12)


def test_equal_risk_works_for_singular_covariances():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(8, 20)) + 1.5 * rng.normal(size=(8, 1))
    cov = np.cov(x, rowvar=False)
    w = equal_risk_contribution(cov)
    np.testing.assert_allclose(risk_contributions(w, cov), 1 / 20, atol=1e-9)


def test_perfect_hedges_and_bad_budgets_are_refused(four_assets):
    with pytest.raises(OptimisationError, match="hedge"):
        equal_risk_contribution(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    with pytest.raises(ParameterError, match="positive"):
        equal_risk_contribution(four_assets["covariance"], [1, 1, 0, 1])


def test_most_diversified_direction_may_not_exist_with_short_positions():
    sd = np.array([1.0, 10.0])
    correlation = np.array([[1.0, 0.999], [0.999, 1.0]])
    # the direction is (1/sd) times equal weights here, so flip the roles with three assets
    cov = np.array([[1.0, 0.95, 0.95], [0.95, 1.0, 0.85], [0.95, 0.85, 1.0]]) * np.outer(
        [0.01, 1, 1], [0.01, 1, 1]
    )
    with pytest.raises(OptimisationError, match="long_only=True"):
        max_diversification(cov, long_only=False)
    assert max_diversification(correlation * np.outer(sd, sd), long_only=False).min() > 0


def test_golden_order_of_volatilities(four_assets, golden):
    from portfolio_study.allocation import equal_weight, gmv_long_only, portfolio_volatility

    expected = golden("four_asset_portfolios")["vol_order"]
    found = {"GMV_lo": gmv_long_only, "ERC": equal_risk_contribution, "EW": equal_weight}
    for key, method in found.items():
        assert portfolio_volatility(
            method(four_assets["covariance"]), four_assets["covariance"]
        ) == pytest.approx(expected[key])
    assert expected["GMV_lo"] < expected["ERC"] < expected["EW"]
