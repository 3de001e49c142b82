"""Multi-period policy for independent returns: golden values, brute force, properties, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from portfolio_study.allocation.multi_period.exits import (
    conditional_exit,
    exit_distribution,
    exit_moments,
    paper_exit,
    spread_exit,
)
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.policy import backward_recursion, multi_period_policy
from portfolio_study.allocation.multi_period.simulation import affine_policy_moments
from portfolio_study.errors import CovarianceError, ParameterError, UnknownNameError

MU, S2, NET = 0.00207, 0.00085, 0.0057
READINGS = {"weekly rf=0.0057/52": 1 + NET / 52, "rf=0.0057 per week": 1 + NET}


def test_golden_three_periods(three):
    case, policy = three
    np.testing.assert_allclose(policy.omega, case["omega"], atol=1e-12)
    np.testing.assert_allclose(policy.lambda_, case["lambda"], atol=1e-12)
    np.testing.assert_allclose(policy.theta, case["theta"], atol=1e-12)
    assert policy.theta_sum == pytest.approx(case["Theta"], abs=1e-12)
    assert policy.lambda_star == pytest.approx(case["lambda_star"], abs=1e-10)
    assert policy.expected_wealth == pytest.approx(case["E"], abs=1e-10)
    assert policy.variance == pytest.approx(case["Var_correct"], abs=1e-12)
    assert policy.first_position == pytest.approx(case["u0"], abs=1e-10)
    assert policy.efficient_frontier.least_variance() == pytest.approx(case["bracket"], abs=1e-12)


def test_published_frontier_is_refuted_by_exact_moments_and_simulation(three):
    """Erratum F18: the last bracket of (9) is not squared."""
    case, policy = three
    published = policy.efficient_frontier.variance(policy.expected_wealth, "as_published")
    assert published == pytest.approx(case["Var_paper_squared"], abs=1e-12)
    exact = moments_of(policy)
    assert exact == pytest.approx((policy.expected_wealth, policy.variance), abs=1e-11)
    assert abs(published - exact[1]) > 1e-5
    mean, se = case["MC_E_Var"][1], case["MC_se"][1]
    assert abs(policy.variance - mean) < 3 * se
    assert abs(published - mean) > 40 * se


def moments_of(policy):
    """Moments of the policy, computed by following wealth and not from the frontier."""
    gamma = policy.lambda_star / (2 * policy.risk_aversion)
    direction = policy.direction[:, 0]
    ratio = policy.lambda_[1:] / policy.omega[1:]
    return affine_policy_moments(
        gamma * direction * ratio,
        direction * policy.gross,
        policy.mean[:, 0],
        policy.cov[:, 0, 0],
        policy.gross,
        policy.exit_probability,
        policy.wealth,
    )


def test_one_period_is_the_classic_solution(golden):
    case = golden("multi_period_policy")["D2_T1"]
    policy = multi_period_policy([0.03], [0.09], 1.01, [1.0], 2.0)
    m, v, om = 0.03, 0.09, 2.0
    assert policy.expected_wealth == pytest.approx(1.01 + m**2 / (2 * om * v), abs=1e-12)
    assert policy.variance == pytest.approx(m**2 / (4 * om**2 * v), abs=1e-12)
    assert policy.first_position == pytest.approx(m / (2 * om * v), abs=1e-12)
    assert case["E"] == pytest.approx(case["E_classic r0+m^2/(2 om v)"])
    assert policy.efficient_frontier.least_variance() == pytest.approx(0, abs=1e-15)


def test_brute_force_over_affine_policies_finds_nothing_better(three):
    """Optimise a_t - b_t x_t directly: same objective, same first position."""
    case, policy = three
    m, v, p = (np.array(case[k]) for k in ("E_e", "Var_e", "p1..p3"))
    gross = np.full(3, 1.01)

    def loss(x):
        mean, variance = affine_policy_moments(x[:3], x[3:], m, v, gross, p)
        return -(mean - 2.0 * variance)

    found = minimize(loss, np.zeros(6), method="BFGS", options={"gtol": 1e-10})
    best = policy.expected_wealth - 2.0 * policy.variance
    assert -found.fun == pytest.approx(best, abs=1e-9)
    assert -found.fun == pytest.approx(case["numerical_optimum_E_minus_omVar"], abs=1e-8)
    assert found.x[0] - found.x[3] * 1.0 == pytest.approx(policy.first_position, abs=1e-4)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("name", ["P1", "P2", "P3"])
def test_golden_exit_distributions(golden, name, reading):
    case = golden("multi_period_policy")["D3_exit"][name]
    p = paper_exit(name)
    assert p.sum() == pytest.approx(1, abs=1e-15)
    assert exit_moments(p) == pytest.approx((case["E[exit]"], case["sd"]), abs=1e-9)
    gross = READINGS[reading]
    policy = multi_period_policy(np.full(26, 1 + MU - gross), S2, gross, p, 2.0)
    expected = case[reading]
    frontier = policy.efficient_frontier
    assert frontier.omega0 == pytest.approx(expected["omega0"], abs=1e-10)
    assert frontier.lambda0 == pytest.approx(expected["lambda0"], abs=1e-10)
    assert frontier.theta_sum == pytest.approx(expected["Theta"], abs=1e-10)
    assert frontier.least_variance_mean == pytest.approx(expected["E_start"], abs=1e-9)
    assert frontier.least_variance() == pytest.approx(expected["bracket"], abs=1e-12)
    for v in (0.005, 0.01, 0.05):
        assert policy.frontier(v) == pytest.approx(expected[f"E_at_var_{v}"], abs=1e-9)
        published = policy.frontier(v, "as_published")
        assert published == pytest.approx(expected[f"E_at_var_{v}_paperformula"], abs=1e-9)


def test_golden_literal_riskless_return(golden):
    """Erratum F21: 0.0057 as a gross return loses nearly everything."""
    case = golden("multi_period_policy")["D3_literal_r0"]
    means = np.full(26, MU - NET)
    theta, lam, om, _ = backward_recursion(
        means[:, None], (S2 + means**2)[:, None, None], np.full(26, NET), paper_exit("P1")
    )
    assert lam[0] == pytest.approx(case["lambda0"], rel=1e-9)
    assert om[0] == pytest.approx(case["omega0"], rel=1e-9)
    assert theta.sum() == pytest.approx(case["Theta"], rel=1e-9)
    riskless = NET**26
    assert riskless == pytest.approx(case["riskless wealth after 26 weeks"], rel=1e-9)


def test_golden_horizons(golden):
    gross = READINGS["weekly rf=0.0057/52"]
    previous = 0.0
    for horizon, case in golden("multi_period_policy")["D3_horizon"].items():
        n = int(horizon)
        policy = multi_period_policy(np.full(n, 1 + MU - gross), S2, gross, exit_distribution(n), 2.0)
        assert policy.theta_sum == pytest.approx(case["Theta"], abs=1e-10)
        assert policy.frontier(0.01) == pytest.approx(case["E_at_var_0.01"], abs=1e-9)
        assert policy.frontier(0.01) > previous
        previous = policy.frontier(0.01)


def test_golden_two_assets(golden):
    case = golden("multi_period_several_assets")["DP_multi_T2"]
    mean = pd.DataFrame(case["E_e"], columns=["A", "B"])
    policy = multi_period_policy(mean, case["Cov_e"], case["r0"], case["p"][1:], 2.0)
    np.testing.assert_allclose(policy.omega, case["omega"], atol=1e-12)
    np.testing.assert_allclose(policy.lambda_, case["lambda"], atol=1e-12)
    np.testing.assert_allclose(policy.theta, case["xi"], atol=1e-12)
    assert policy.theta_sum == pytest.approx(case["Theta"], abs=1e-12)
    assert policy.lambda_star == pytest.approx(case["lambda_star"], abs=1e-10)
    assert policy.expected_wealth == pytest.approx(case["E(om=2)"], abs=1e-10)
    assert policy.variance == pytest.approx(case["Var"], abs=1e-12)
    np.testing.assert_allclose(policy.first_position, case["U0"], atol=1e-10)
    assert list(policy.first_position.index) == ["A", "B"]
    published = policy.efficient_frontier.variance(policy.expected_wealth, "as_published")
    assert published == pytest.approx(case["paper_squared_Var"], abs=1e-10)
    assert abs(policy.expected_wealth - case["MC"][0]) < 3 * case["MC_se"][0]
    assert abs(policy.variance - case["MC"][1]) < 3 * case["MC_se"][1]


def test_wider_exit_lowers_the_frontier():
    """Erratum F24: at equal mean exit a wider spread is worse, and P1 > P2 > P3."""
    gross = 1 + NET / 52

    def top(p):
        return multi_period_policy(np.full(len(p), 1 + MU - gross), S2, gross, p, 2.0).frontier(0.01)

    assert top(paper_exit("P1")) > top(paper_exit("P2")) > top(paper_exit("P3"))
    values = [top(spread_exit(20, w)) for w in (0, 3, 6)]
    assert values == pytest.approx([1.032922, 1.032901, 1.032838], abs=1e-6)
    assert [exit_moments(spread_exit(20, w))[0] for w in (0, 3, 6)] == [20, 20, 20]


@st.composite
def problems(draw):
    horizon = draw(st.integers(1, 8))
    floats = st.floats
    mean = draw(st.lists(floats(-0.1, 0.1), min_size=horizon, max_size=horizon))
    variance = draw(st.lists(floats(1e-3, 0.5), min_size=horizon, max_size=horizon))
    weights = np.array(draw(st.lists(floats(0.0, 1.0), min_size=horizon, max_size=horizon)))
    weights[-1] += 0.05
    mean[0] += 0.2 if max(abs(m) for m in mean) < 1e-4 else 0.0
    return mean, variance, weights / weights.sum(), draw(floats(0.98, 1.05)), draw(floats(0.1, 20))


@settings(max_examples=80, deadline=None)
@given(problems())
def test_frontier_and_moments_agree_for_any_problem(problem):
    """Property: the policy's own moments lie on its frontier, and no scaled policy does better."""
    mean, variance, p, gross, om = problem
    policy = multi_period_policy(mean, variance, gross, p, om)
    assert 0 < policy.theta_sum < 1
    assert np.all(policy.omega > 0)
    expected, var = policy.expected_wealth, policy.variance
    scale = max(1.0, var)
    assert moments_of(policy) == pytest.approx((expected, var), abs=1e-8 * scale, rel=1e-7)
    frontier = policy.efficient_frontier
    assert frontier.variance(expected) == pytest.approx(var, abs=1e-9 * scale)
    assert policy.frontier(var) == pytest.approx(expected, rel=1e-6)
    assert policy.efficient_frontier.least_variance() >= -1e-10
    # optimality: moving along the frontier lowers E - om Var
    for shift in (0.9, 1.1):
        other = frontier.least_variance_mean + shift * (expected - frontier.least_variance_mean)
        assert other - om * frontier.variance(other) <= expected - om * var + 1e-9 * scale


@settings(max_examples=30, deadline=None)
@given(problems(), st.floats(0.2, 5.0))
def test_wealth_scales_the_frontier(problem, wealth):
    mean, variance, p, gross, om = problem
    one = multi_period_policy(mean, variance, gross, p, om)
    many = multi_period_policy(mean, variance, gross, p, om / wealth, wealth)
    assert many.expected_wealth == pytest.approx(wealth * one.expected_wealth, rel=1e-9)
    assert many.variance == pytest.approx(wealth**2 * one.variance, rel=1e-7, abs=1e-12)


def test_higher_risk_aversion_moves_left_on_the_frontier():
    args = (np.full(5, 0.01), 0.04, 1.001, exit_distribution(5))
    variances = [multi_period_policy(*args, om).variance for om in (0.5, 1, 2, 3)]
    assert variances == sorted(variances, reverse=True)


def test_asset_without_mean_or_correlation_is_not_held():
    mean = np.tile([0.01, 0.0], (4, 1))
    policy = multi_period_policy(mean, np.diag([0.04, 0.09]), 1.001, exit_distribution(4), 2.0)
    alone = multi_period_policy(np.full(4, 0.01), 0.04, 1.001, exit_distribution(4), 2.0)
    np.testing.assert_allclose(policy.first_position, [alone.first_position, 0], atol=1e-12)
    assert policy.theta_sum == pytest.approx(alone.theta_sum)


def test_conditional_exit_renormalises():
    assert conditional_exit([0.2, 0.3, 0.5], 1) == pytest.approx([0.375, 0.625])


@pytest.mark.parametrize(
    ("change", "error", "names"),
    [
        ({"exit_probability": [0.5, -0.1, 0.6]}, ParameterError, "exit_probability is negative at period 2"),
        ({"exit_probability": [0.5, 0.1, 0.3]}, ParameterError, "exit_probability sums to 0.9"),
        ({"exit_probability": [0.5, 0.5]}, ParameterError, "exit_probability has shape"),
        ({"exit_probability": [0.5, 0.5, 0.0]}, ParameterError, "shorten the horizon to 2"),
        ({"exit_probability": [0.5, np.nan, 0.5]}, ParameterError, "exit_probability has missing"),
        ({"risk_free": 0.0057}, ParameterError, r"risk_free must be gross.*1\.0057.*1\.00011.*yearly"),
        ({"risk_free": 101.0}, ParameterError, "risk_free must be gross"),
        ({"risk_free": [1.0, 1.0]}, ParameterError, "risk_free has shape"),
        ({"risk_free": np.nan}, ParameterError, "risk_free has missing"),
        ({"mean": [0.0, 0.0, 0.0]}, ParameterError, "Theta.*outside.*every mean excess return is zero"),
        ({"mean": [0.01, np.inf, 0.01]}, ParameterError, "mean has missing"),
        ({"mean": []}, ParameterError, "mean has shape"),
        ({"cov": 0.0}, CovarianceError, "singular"),
        ({"cov": [0.1, 0.1]}, CovarianceError, "cov has shape"),
        ({"cov": [0.1, np.nan, 0.1]}, CovarianceError, "cov has missing"),
        ({"mean": np.full((3, 2), 0.1), "cov": np.ones((2, 2))}, CovarianceError, "singular"),
        ({"mean": np.full((3, 2), 0.1), "cov": [[1, 0.5], [0, 1]]}, CovarianceError, "symmetric"),
        ({"risk_aversion": 0.0}, ParameterError, "risk_aversion"),
        ({"wealth": -1.0}, ParameterError, "wealth"),
    ],
)
def test_bad_input_is_named(change, error, names):
    good = {
        "mean": [0.01, 0.01, 0.01],
        "cov": 0.04,
        "risk_free": 1.001,
        "exit_probability": [0.2, 0.3, 0.5],
        "risk_aversion": 2.0,
    }
    with pytest.raises(error, match=names):
        multi_period_policy(**(good | change))


def test_bad_frontier_input_is_named(three):
    _, policy = three
    with pytest.raises(ParameterError, match="below the least"):
        policy.frontier(1e-6)
    with pytest.raises(UnknownNameError, match="variant"):
        policy.frontier(0.01, "squared")
    for theta in (1.0, 1.3, -0.1, np.nan):
        with pytest.raises(ParameterError, match="Theta"):
            Frontier(theta, 0.9, 0.9)
    with pytest.raises(UnknownNameError, match="P4"):
        paper_exit("P4")
    for call in (
        lambda: exit_distribution(0),
        lambda: exit_distribution(26, 0.05),
        lambda: spread_exit(5, 5),
        lambda: conditional_exit([1.0], 1),
    ):
        with pytest.raises(ParameterError):
            call()
