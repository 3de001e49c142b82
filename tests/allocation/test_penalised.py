"""Norm constraints and penalties, and what the no-short constraint does to the covariance."""

import numpy as np
import pytest

from portfolio_study.allocation import (
    gmv_closed_form,
    gmv_long_only,
    group_penalised,
    jagannathan_ma,
    l1_constrained,
    largest_l1,
    linf_constrained,
    linf_penalised,
    minimum_variance,
)
from portfolio_study.allocation import penalised as module
from portfolio_study.data import load_prices, simple_returns
from portfolio_study.errors import OptimisationError, ParameterError


def test_l1_constraint_and_its_multiplier(four_assets, golden):
    expected = golden("four_asset_portfolios")["l1_constrained"]
    found = l1_constrained(four_assets["covariance"], expected["delta"])
    np.testing.assert_allclose(found.weights, expected["w"], atol=1e-10)
    assert found.multiplier == pytest.approx(expected["lam"], abs=1e-12)
    assert np.abs(found.weights).sum() == pytest.approx(expected["delta"], abs=1e-12)


def test_l1_constraint_is_the_penalty_of_its_multiplier(random_covariance):
    rng = np.random.default_rng(5)
    bound = 0
    for _ in range(30):
        cov = random_covariance(rng, 15)
        found = l1_constrained(cov, 1.3)
        if found.multiplier == 0.0:
            continue
        assert np.abs(found.weights).sum() == pytest.approx(1.3, abs=1e-12)
        np.testing.assert_allclose(found.weights, minimum_variance(cov, l1=found.multiplier), atol=1e-9)
        bound += 1
    assert bound > 5  # the comparison is empty if the limit never binds


def test_l1_constraint_at_its_ends(four_assets):
    cov = four_assets["covariance"]
    np.testing.assert_allclose(l1_constrained(cov, 1.0).weights, gmv_long_only(cov), atol=1e-12)
    loose = l1_constrained(cov, 5.0)
    np.testing.assert_allclose(loose.weights, gmv_closed_form(cov), atol=1e-12)
    assert loose.multiplier == 0.0
    with pytest.raises(OptimisationError, match="infeasible"):
        l1_constrained(cov, 0.9)


def test_largest_l1_is_where_short_positions_end(random_covariance):
    rng = np.random.default_rng(0)
    for _ in range(20):
        cov = random_covariance(rng, 15)
        top = largest_l1(cov)
        assert minimum_variance(cov, l1=0.99 * top).min() < 0
        np.testing.assert_allclose(minimum_variance(cov, l1=top), gmv_long_only(cov), atol=1e-10)


def test_largest_weight_penalty_agrees_with_cvxpy(random_covariance):
    import cvxpy as cp

    rng = np.random.default_rng(1)
    for _ in range(20):
        n = int(rng.integers(2, 31))
        cov = random_covariance(rng, n)
        variance = 1 / np.linalg.inv(cov).sum()
        penalty = variance * rng.choice([0.01, 0.3, 1, 3, 10, 100])
        w = cp.Variable(n)
        objective = (cp.quad_form(w, cp.psd_wrap(cov)) + penalty * cp.norm_inf(w)) / variance
        cp.Problem(cp.Minimize(objective), [cp.sum(w) == 1]).solve(solver="CLARABEL", tol_gap_rel=1e-11)
        np.testing.assert_allclose(linf_penalised(cov, penalty), w.value, atol=1e-6)


def test_both_ways_to_the_largest_weight_agree(four_assets):
    cov = four_assets["covariance"] / four_assets["covariance"].diagonal().mean()
    free = gmv_closed_form(cov)
    for penalty in (0.001, 0.02, 0.1):
        quick = module._largest_weight_iteration(cov, penalty, free)
        np.testing.assert_allclose(quick, module._largest_weight_interior(cov, penalty), atol=1e-6)


def test_large_penalty_on_the_largest_weight_gives_equal_weights(four_assets):
    np.testing.assert_allclose(linf_penalised(four_assets["covariance"], 10.0), 0.25, atol=1e-12)
    np.testing.assert_allclose(
        linf_penalised(four_assets["covariance"], 0.0), gmv_closed_form(four_assets["covariance"])
    )


def test_largest_weight_constraint(four_assets, golden):
    np.testing.assert_allclose(
        linf_constrained(four_assets["covariance"], 0.5),
        golden("four_asset_portfolios")["Linf_GMV_0.5"]["w"],
        atol=1e-10,
    )
    with pytest.raises(OptimisationError, match="upper bounds"):
        linf_constrained(four_assets["covariance"], 0.2)


def test_jagannathan_ma_identity(four_assets, golden, gmv_of):
    shrunk, multipliers = jagannathan_ma(four_assets["covariance"])
    np.testing.assert_allclose(multipliers, golden("four_asset_portfolios")["JM_multipliers"], atol=1e-10)
    np.testing.assert_allclose(gmv_of(shrunk), gmv_long_only(four_assets["covariance"]), atol=1e-12)


def test_group_penalty_matches_golden_value(four_assets, golden):
    expected = golden("further_portfolios")["group_norm_GMV"]
    w = group_penalised(four_assets["covariance"], ["a", "a", "b", "b"], expected["lam"])
    np.testing.assert_allclose(w, expected["w"], atol=1e-6)
    norms = sum(np.sqrt(2) * np.linalg.norm(w[g]) for g in ([0, 1], [2, 3]))
    assert w @ four_assets["covariance"] @ w + expected["lam"] * norms == pytest.approx(
        expected["obj"], abs=1e-12
    )


@pytest.mark.parametrize("long_only", [False, True])
def test_group_penalty_agrees_with_cvxpy_and_drops_groups(long_only, random_covariance):
    import cvxpy as cp

    rng = np.random.default_rng(4)
    dropped = 0
    for penalty in (0.0002, 0.002, 0.006):
        cov = random_covariance(rng, 12)
        groups = np.repeat([0, 1, 2, 3], 3)
        found = group_penalised(cov, list(groups), penalty, long_only)
        w = cp.Variable(12)
        norms = cp.sum([np.sqrt(3) * cp.norm2(w[groups == g]) for g in range(4)])
        constraints = [cp.sum(w) == 1] + ([w >= 0] if long_only else [])
        problem = cp.Problem(
            cp.Minimize(100 * (cp.quad_form(w, cp.psd_wrap(cov)) + penalty * norms)), constraints
        )
        problem.solve(solver="CLARABEL")
        np.testing.assert_allclose(found, w.value, atol=2e-5)
        value = found @ cov @ found + penalty * sum(
            np.sqrt(3) * np.linalg.norm(found[groups == g]) for g in range(4)
        )
        assert value <= problem.value / 100 + 1e-10
        dropped += sum(not found[groups == g].any() for g in range(4))
    assert dropped > 0


def test_groups_of_one_are_the_l1_penalty(four_assets):
    w = group_penalised(four_assets["covariance"], list("abcd"), 0.003)
    np.testing.assert_allclose(w, minimum_variance(four_assets["covariance"], l1=0.003), atol=1e-10)


def test_groups_must_fit_the_assets(four_assets):
    with pytest.raises(ParameterError, match="each of 4 assets"):
        group_penalised(four_assets["covariance"], ["a", "b"], 0.01)
    with pytest.raises(ParameterError, match="penalty"):
        group_penalised(four_assets["covariance"], list("aabb"), -0.01)


def test_the_largest_weight_is_found_where_its_active_set_goes_round_in_circles():
    """Two years of twelve industries: few returns, many assets at the largest weight."""
    returns = simple_returns(load_prices(universe="french12", start="1960-01-31", end="1968-12-31").close)
    for end in range(24, len(returns) + 1):
        cov = returns.iloc[end - 24 : end].cov().to_numpy()
        price = 0.5 * float(np.diag(cov).mean())
        w = linf_penalised(cov, price)
        largest, at = np.abs(w).max(), np.isclose(np.abs(w), np.abs(w).max(), rtol=1e-9)
        pull = 2.0 * cov @ w
        level = pull[~at].mean() if (~at).any() else None
        assert w.sum() == pytest.approx(1.0, abs=1e-12)
        if level is not None:  # free assets have one marginal variance; the others pay the price together
            np.testing.assert_allclose(pull[~at], level, atol=1e-9 * np.abs(pull).max())
            shares = np.sign(w[at]) * (level - pull[at])
            assert (shares > -1e-9 * price).all() and shares.sum() == pytest.approx(price, rel=1e-6)
        assert largest < 1.0
