"""Frontier constants, two funds, complete portfolio, two assets."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import (
    complete_portfolio,
    efficient_frontier,
    frontier_constants,
    frontier_portfolio,
    gmv_closed_form,
    max_sharpe,
    minimum_variance,
    mix,
    two_asset_minimum_weight,
    two_asset_variance,
    two_fund,
)
from portfolio_study.errors import OptimisationError, ParameterError


def test_constants(four_assets, golden):
    k, expected = (
        frontier_constants(four_assets["mean"], four_assets["covariance"]),
        golden("four_asset_portfolios")["frontier_consts"],
    )
    for name, key in (("a", "a=1Si1"), ("b", "b=1Simu"), ("c", "c=muSimu"), ("d", "d=ac-b2")):
        assert getattr(k, name) == pytest.approx(expected[key], rel=1e-12)
    assert k.variance(0.05) == pytest.approx(
        golden("four_asset_portfolios")["frontier_m_0.05"]["var_formula"], abs=1e-12
    )


@pytest.mark.parametrize("target", ["0.05", "0.08"])
def test_closed_form(target, four_assets, golden):
    w = frontier_portfolio(four_assets["mean"], four_assets["covariance"], float(target))
    np.testing.assert_allclose(w, golden("four_asset_portfolios")[f"frontier_m_{target}"]["w"], atol=1e-10)
    solved = minimum_variance(
        four_assets["covariance"], mean=four_assets["mean"], target_return=float(target)
    )
    np.testing.assert_allclose(w, solved, atol=1e-10)


def test_two_funds_span_the_frontier(four_assets, golden):
    mean, cov = four_assets["mean"], four_assets["covariance"]
    one, two = (frontier_portfolio(mean, cov, m) for m in (0.05, 0.08))
    np.testing.assert_allclose(
        two_fund(one, 0.05, two, 0.08, 0.065),
        golden("four_asset_portfolios")["frontier_m_0.065_w"],
        atol=1e-10,
    )
    for target in (0.11, 0.02, -0.5):  # alpha = -1, 2 and beyond
        np.testing.assert_allclose(
            two_fund(one, 0.05, two, 0.08, target), frontier_portfolio(mean, cov, target), atol=1e-10
        )
    with pytest.raises(ParameterError, match="different means"):
        two_fund(one, 0.05, two, 0.05, 0.06)


def test_recipe_with_the_largest_mean(four_assets, golden):
    mean, cov, expected = (
        four_assets["mean"],
        four_assets["covariance"],
        golden("sixty_day_estimates")["zivot_x_target_max"],
    )
    x, minimum = frontier_portfolio(mean, cov, expected["target"]), gmv_closed_form(cov)
    np.testing.assert_allclose(x, expected["w"], atol=1e-10)
    assert x @ cov @ x == pytest.approx(expected["sd"] ** 2, abs=1e-12)
    assert x @ cov @ minimum == pytest.approx(expected["cov_with_gmv"], abs=1e-12)
    assert x @ cov @ minimum == pytest.approx(1 / frontier_constants(mean, cov).a, abs=1e-12)
    np.testing.assert_allclose(mix(minimum, x, 0.5), expected["z_alpha0.5"], atol=1e-10)


def test_complete_portfolio(four_assets, golden):
    expected = golden("four_asset_portfolios")["complete_A4"]
    found = complete_portfolio(four_assets["mean"], four_assets["covariance"], four_assets["risk_free"], 4)
    assert found.share == pytest.approx(expected["y"], abs=1e-12)
    assert found.mean == pytest.approx(expected["E"], abs=1e-12)
    assert found.volatility == pytest.approx(expected["sd"], abs=1e-12)
    assert found.utility == pytest.approx(expected["U"], abs=1e-12)
    risky = max_sharpe(
        four_assets["mean"], four_assets["covariance"], four_assets["risk_free"], long_only=False
    )
    np.testing.assert_allclose(found.weights, found.share * risky, atol=1e-12)


def test_all_investors_hold_the_same_risky_portfolio(four_assets):
    shares = [complete_portfolio(four_assets["mean"], four_assets["covariance"], 0.01, a) for a in (1, 3, 10)]
    risky = [c.weights / c.share for c in shares]
    np.testing.assert_allclose(risky[0], risky[1], atol=1e-12)
    np.testing.assert_allclose(risky[0], risky[2], atol=1e-12)
    slopes = [(c.mean - 0.01) / c.volatility for c in shares]
    np.testing.assert_allclose(slopes, slopes[0], rtol=1e-12)


@pytest.mark.parametrize("long_only", [True, False])
def test_frontier_starts_at_the_minimum_and_rises(long_only, four_assets):
    names = list("ABCD")
    cov = pd.DataFrame(four_assets["covariance"], names, names)
    frame = efficient_frontier(four_assets["mean"], cov, points=12, long_only=long_only)
    assert list(frame.columns) == ["mean", "volatility", *names]
    np.testing.assert_allclose(frame[names].sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(
        frame[names].iloc[0], minimum_variance(four_assets["covariance"], long_only), atol=1e-12
    )
    assert (frame["mean"].diff().dropna() > 0).all()
    assert (frame["volatility"].diff().dropna() > 0).all()
    assert frame["mean"].iloc[-1] == pytest.approx(0.11)
    with pytest.raises(ParameterError, match="2 points"):
        efficient_frontier(four_assets["mean"], cov, points=1)


def test_equal_means_have_no_frontier(four_assets):
    with pytest.raises(OptimisationError, match="same mean"):
        frontier_portfolio(np.full(4, 0.05), four_assets["covariance"], 0.06)


@pytest.mark.parametrize("rho", ["-1", "-0.5", "0", "0.25", "0.5", "0.55", "1"])
def test_two_asset_variance(rho, golden):
    expected = golden("four_asset_portfolios")["two_asset"]["var"][rho]
    assert two_asset_variance(0.3, 0.18, 0.10, float(rho)) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("rho", ["-1", "-0.5", "0", "0.25", "0.5", "0.5555555555555556", "1"])
def test_two_asset_minimum(rho, golden):
    example = golden("four_asset_portfolios")["two_asset"]
    w = two_asset_minimum_weight(0.18, 0.10, float(rho))
    assert w == pytest.approx(example["mvp_w1"][rho], abs=1e-12)
    if rho in example["mvp_var"]:
        assert two_asset_variance(w, 0.18, 0.10, float(rho)) == pytest.approx(
            example["mvp_var"][rho], abs=1e-14
        )


def test_the_texts_two_asset_formula_is_not_a_minimum():
    w = two_asset_minimum_weight(0.18, 0.10, 0.0)
    assert two_asset_variance(w, 0.18, 0.10, 0.0) < two_asset_variance(0.3, 0.18, 0.10, 0.0) - 1e-4
    with pytest.raises(OptimisationError, match="no unique minimum"):
        two_asset_minimum_weight(0.2, 0.2, 1.0)
