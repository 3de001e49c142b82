"""Theorems 1 and 3-5 of paper 004 for independent returns, each checked by following wealth."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.simulation import affine_policy_moments


def test_value_function_is_quadratic_with_the_recursions(three):
    """Theorem 5, (23)-(25) and the constant: start at any wealth and any date, follow the policy."""
    _, policy = three
    om, lam_weight = 2.0, policy.lambda_star
    p = np.r_[0.0, policy.exit_probability]
    for t in range(3):
        constant = lam_weight**2 / (4 * om) * policy.theta[t:].sum()
        for x in (0.5, 1.0, 1.7):
            gamma = lam_weight / (2 * om)
            direction, ratio = policy.direction[t:, 0], policy.lambda_[t + 1 :] / policy.omega[t + 1 :]
            weights = p[t + 1 :]
            mean, variance = affine_policy_moments(
                gamma * direction * ratio,
                direction * policy.gross[t:],
                policy.mean[t:, 0],
                policy.cov[t:, 0, 0],
                policy.gross[t:],
                weights,
                x,
            )
            square = variance + mean**2
            value = lam_weight * (p[t] * x + mean) - om * (p[t] * x**2 + square)
            formula = -om * policy.omega[t] * x**2 + lam_weight * policy.lambda_[t] * x + constant
            assert value == pytest.approx(formula, abs=1e-12)
            if t == 0:
                assert mean == pytest.approx(policy.lambda_[0] * x + gamma * policy.theta_sum, abs=1e-12)
        # (23), one step back: E_t(lambda_(t+1) x_(t+1)) = (lambda_t - p_t) x_t + lambda/(2 omega) theta_t
        x, gamma = 1.3, lam_weight / (2 * om)
        u = policy.direction[t, 0] * (
            gamma * policy.lambda_[t + 1] / policy.omega[t + 1] - policy.gross[t] * x
        )
        left = policy.lambda_[t + 1] * (policy.gross[t] * x + policy.mean[t, 0] * u)
        right = (policy.lambda_[t] - p[t]) * x + gamma * policy.theta[t]
        assert left == pytest.approx(right, abs=1e-12)


def test_multiplier_solves_the_original_problem(three):
    """Theorems 3 and 4: of all weights of the auxiliary problem, lambda* is the best for E - om Var."""
    _, policy = three
    om, theta = 2.0, policy.theta_sum

    def objective(weight):
        mean = policy.lambda_[0] + weight / (2 * om) * theta
        square = policy.omega[0] + weight**2 * theta / (4 * om**2)
        return mean - om * (square - mean**2)

    best = max(np.linspace(0.5, 1.5, 2001) * policy.lambda_star, key=objective)
    assert best == pytest.approx(policy.lambda_star, rel=1e-3)
    assert policy.lambda_star == pytest.approx(1 + 2 * om * policy.expected_wealth, abs=1e-12)


def test_expectation_is_iterated_and_variance_is_not():
    """Four equally likely paths: E(E(x|F_1)) = E(x), but the mean conditional variance is too small."""
    x = np.array([[1.2, 1.0], [0.9, 0.7]])  # rows: first period up or down
    assert x.mean(axis=1).mean() == pytest.approx(x.mean())
    assert x.var(axis=1).mean() < x.var() - 0.01


def test_second_moment_of_the_excess_return():
    """Erratum F20: E(e^2) = Q + (f - r0)^2; the paper then calls this Q, and E(e) it calls f."""
    rng = np.random.default_rng(1)
    f, q, net = 0.01, 0.04, 0.003
    half = np.sqrt(q) * rng.standard_normal(500_000)
    e = f - net + np.concatenate([half, -half])
    assert e.mean() == pytest.approx(f - net, abs=1e-12)
    assert (e**2).mean() == pytest.approx(q + (f - net) ** 2, rel=0.01)
    assert q + (f - net) ** 2 != q


def test_upper_branch_starts_where_the_variance_is_least(three):
    _, policy = three
    frontier = policy.efficient_frontier
    centre = frontier.least_variance_mean
    assert frontier.variance(centre) == pytest.approx(frontier.least_variance())
    assert frontier.variance(centre + 0.01) == pytest.approx(frontier.variance(centre - 0.01))
    assert policy.frontier(frontier.variance(centre + 0.01)) == pytest.approx(centre + 0.01)
