"""Monte Carlo of policies: standard errors that hold, agreement with exact moments, several assets."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exits import exit_distribution
from portfolio_study.allocation.multi_period.kernels import receding_path, receding_returns
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.allocation.multi_period.simulation import (
    affine_policy_moments,
    policy_wealth,
    quadrature_moments,
    simulate_ar1,
    simulate_independent,
    simulated_moments,
    wealth_moments,
)
from portfolio_study.errors import ParameterError


def three(golden):
    case = golden("multi_period_policy")["D2_T3"]
    return case, multi_period_policy(case["E_e"], case["Var_e"], 1.01, case["p1..p3"], 2.0)


def test_simulation_decides_between_the_two_frontiers(golden):
    """Erratum F18: ours lies within 3 standard errors, the published one more than 10 away."""
    case, policy = three(golden)
    wealth = policy_wealth(policy, simulate_independent(policy, 1_000_000, seed=1))
    got = wealth_moments(wealth, policy.exit_probability, 2.0)
    assert abs(got.expected - policy.expected_wealth) < 3 * got.se_expected
    assert abs(got.variance - policy.variance) < 3 * got.se_variance
    assert abs(got.variance - case["Var_paper_squared"]) > 10 * got.se_variance
    assert abs(got.variance - case["MC_E_Var"][1]) < 3 * np.hypot(got.se_variance, case["MC_se"][1])


def test_simulation_of_several_assets(golden):
    case = golden("multi_period_several_assets")["DP_multi_T2"]
    policy = multi_period_policy(case["E_e"], case["Cov_e"], case["r0"], case["p"][1:], 2.0)
    wealth = policy_wealth(policy, simulate_independent(policy, 400_000, seed=2))
    got = wealth_moments(wealth, policy.exit_probability, 2.0)
    assert abs(got.expected - case["E(om=2)"]) < 3 * got.se_expected
    assert abs(got.variance - case["Var"]) < 3 * got.se_variance


def test_quadrature_over_all_returns_agrees_to_rounding(golden):
    """No sampling error at all: ours to 1e-12, the published frontier off in the fifth digit."""
    case, policy = three(golden)
    expected, variance = quadrature_moments(policy)
    assert expected == pytest.approx(policy.expected_wealth, abs=1e-13)
    assert variance == pytest.approx(policy.variance, abs=1e-13)
    assert abs(variance - case["Var_paper_squared"]) > 6e-5
    case = golden("multi_period_several_assets")["DP_multi_T2"]
    policy = multi_period_policy(case["E_e"], case["Cov_e"], case["r0"], case["p"][1:], 2.0)
    expected, variance = quadrature_moments(policy)
    assert expected == pytest.approx(policy.expected_wealth, abs=1e-13)
    assert variance == pytest.approx(policy.variance, abs=1e-13)
    with pytest.raises(ParameterError, match="shorten"):
        quadrature_moments(multi_period_policy(np.full(26, 0.01), 0.04, 1.001, exit_distribution(26), 2.0))


def test_standard_errors_are_those_of_repeated_runs(golden):
    _, policy = three(golden)
    runs = [
        wealth_moments(
            policy_wealth(policy, simulate_independent(policy, 1000, seed=s)), policy.exit_probability, 2.0
        )
        for s in range(300)
    ]
    for value, error in (
        ("expected", "se_expected"),
        ("variance", "se_variance"),
        ("objective", "se_objective"),
    ):
        spread = np.std([getattr(r, value) for r in runs])
        assert np.mean([getattr(r, error) for r in runs]) == pytest.approx(spread, rel=0.15)


def test_averaging_over_exits_is_unbiased(golden):
    """Drawing the exit time gives the same mean and variance, with more noise."""
    _, policy = three(golden)
    wealth = policy_wealth(policy, simulate_independent(policy, 400_000, seed=3))
    exits = np.random.default_rng(1).choice(3, len(wealth), p=policy.exit_probability)
    drawn = wealth[np.arange(len(wealth)), exits]
    got = wealth_moments(wealth, policy.exit_probability)
    assert got.expected == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(len(drawn)))
    assert got.variance == pytest.approx(drawn.var(), rel=0.03)


def test_affine_moments_of_doing_nothing():
    p = np.array([0.3, 0.7])
    mean, variance = affine_policy_moments(np.zeros(2), np.zeros(2), p, p, np.array([1.1, 1.2]), p)
    exits = np.array([1.1, 1.1 * 1.2])
    assert mean == pytest.approx(exits @ p)
    assert variance == pytest.approx((exits**2) @ p - (exits @ p) ** 2)


def test_ar1_paths_have_their_moments():
    r = simulate_ar1(0.01, -0.5, 0.04, 0.3, 4, 200_000, seed=5)
    mean, variance = 0.3, 0.0
    for t in range(4):
        mean, variance = 0.01 - 0.5 * mean, 0.04 + 0.25 * variance
        assert r[:, t].mean() == pytest.approx(mean, abs=1e-12)  # antithetic: exact
        assert r[:, t].var() == pytest.approx(variance, rel=0.01)


def test_bad_input_is_named(golden):
    _, policy = three(golden)
    with pytest.raises(ParameterError, match="phi"):
        simulate_ar1(0.0, 1.1, 0.04, 0.0, 4, 10, 1)
    with pytest.raises(ParameterError, match="paths must be even"):
        simulate_ar1(0.0, 0.1, 0.04, 0.0, 4, 11, 1)
    with pytest.raises(ParameterError, match="paths must be even"):
        simulate_independent(policy, 1, 1)
    with pytest.raises(ParameterError, match="noise_variance"):
        simulate_ar1(0.0, 0.1, 0.0, 0.0, 4, 10, 1)
    assert exit_distribution(1).tolist() == [1.0]


def test_batches_agree_with_integration_within_three_standard_errors(golden):
    case = golden("multi_period_policy")["D2_T3"]
    policy = multi_period_policy(case["E_e"], case["Var_e"], 1.01, case["p1..p3"], 2.0)
    mean, error = simulated_moments(policy, 20_000, 10, seed=5)
    exact = quadrature_moments(policy)
    assert abs(mean["expected"] - exact[0]) < 3 * error["expected"]
    assert abs(mean["variance"] - exact[1]) < 3 * error["variance"]
    with pytest.raises(ParameterError, match="batches"):
        simulated_moments(policy, 20, 1, seed=5)


@pytest.mark.slow
def test_given_returns_are_followed_like_single_paths():
    prior, p = np.array([0.002, -0.1, 0.01, 0.0, 5.0, 0.001]), np.array([0.1, 0.2, 0.7])
    returns = simulate_ar1(0.002, -0.1, 0.001, 0.0, 3, 4, 1)
    found = receding_returns(prior, 0.0, returns, 1.0001, p, 1.5)
    for row, path in zip(found, returns, strict=True):
        one = receding_path(prior, 0.0, path, np.full(3, 1.0001), p, 1.5, False, 0.0, 1.0)[0]
        np.testing.assert_array_equal(row, one)
