"""The exact solvers against general-purpose engines."""

import numpy as np
import pytest

from portfolio_study.allocation import quadratic
from portfolio_study.allocation.quadratic import (
    SeparableProblem,
    nonnegative_quadratic,
    solve_separable,
    violation,
)
from portfolio_study.errors import CovarianceError, OptimisationError


def problem_of(kind, rng, cov):
    """A random problem: box, long-only with target, l1, or everything at once."""
    n = len(cov)
    rows, values = np.ones((1, n)), np.array([1.0])
    lower, upper = np.full(n, -np.inf), np.full(n, np.inf)
    b, penalty = np.zeros(n), np.zeros(n)
    mean = rng.normal(0.05, 0.05, n)
    if kind == "box":
        lower, upper = np.full(n, -rng.uniform(0, 0.2)), np.full(n, rng.uniform(1.2 / n, 1.2))
    elif kind == "target":
        lower = np.zeros(n)
        rows, values = np.vstack([rows, mean]), np.array([1.0, rng.uniform(*np.quantile(mean, [0.2, 0.8]))])
    elif kind == "l1":
        penalty = rng.uniform(0, 1) * rng.uniform(0.5, 2, n) * cov.diagonal().mean()
    else:
        penalty = rng.uniform(0, 0.3) * rng.uniform(0.5, 2, n) * cov.diagonal().mean()
        lower, upper, b = np.full(n, -0.3), np.full(n, rng.uniform(1.5 / n, 1.2)), mean * rng.uniform(0, 1)
    names = ("weights add up to 1", "target return")[: len(values)]
    return SeparableProblem(cov, b, rows, values, names, lower, upper, penalty)


def engine(problem):
    """The same problem by cvxpy."""
    import cvxpy as cp

    w = cp.Variable(len(problem.b))
    scale = problem.q.diagonal().mean()
    objective = (
        0.5 * cp.quad_form(w, cp.psd_wrap(problem.q)) - problem.b @ w + problem.penalty @ cp.abs(w)
    ) / scale
    constraints = [problem.rows @ w == problem.values]
    for bound, sign in ((problem.lower, 1), (problem.upper, -1)):
        finite = np.flatnonzero(np.isfinite(bound))
        if len(finite):
            constraints.append(sign * (w[finite] - bound[finite]) >= 0)
    cp.Problem(cp.Minimize(objective), constraints).solve(
        solver="CLARABEL", tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    return w.value


@pytest.mark.parametrize("kind", ["box", "target", "l1", "all"])
def test_agrees_with_cvxpy(kind, random_covariance):
    rng = np.random.default_rng(7)
    for _ in range(12):
        problem = problem_of(kind, rng, random_covariance(rng, int(rng.integers(2, 41))))
        np.testing.assert_allclose(solve_separable(problem).weights, engine(problem), atol=1e-6)


@pytest.mark.parametrize("kind", ["box", "target", "l1", "all"])
def test_newton_steps_and_clarabel_lead_to_the_same_answer(kind, random_covariance, monkeypatch):
    rng = np.random.default_rng(11)
    problems = [problem_of(kind, rng, random_covariance(rng, int(rng.integers(2, 31)))) for _ in range(40)]
    steps_first = [solve_separable(problem) for problem in problems]
    newton = quadratic._newton
    starts = iter([True, False] * len(problems))  # every problem's first attempt is thrown away
    monkeypatch.setattr(quadratic, "_newton", lambda *a: (None, np.inf) if next(starts) else newton(*a))
    for problem, found in zip(problems, steps_first, strict=True):
        assert violation(problem, found) < 1e-9
        np.testing.assert_allclose(solve_separable(problem).weights, found.weights, atol=1e-10)


def test_bounds_that_leave_one_portfolio_are_met():
    """At a vertex no coordinate is free, so that no linear system is left to solve."""
    n = 4
    corner = SeparableProblem(
        np.eye(n), np.zeros(n), np.vstack([np.ones(n), [0.1, 0.2, 0.3, 0.4]]), np.array([1.0, 0.35]),
        ("weights add up to 1", "target return"), np.zeros(n), np.full(n, 0.5), np.zeros(n),
    )  # fmt: skip
    np.testing.assert_allclose(solve_separable(corner).weights, [0, 0, 0.5, 0.5], atol=1e-9)


def test_a_solver_that_stops_early_is_an_error(monkeypatch, random_covariance):
    rng = np.random.default_rng(7)
    problem = problem_of("all", rng, random_covariance(rng, 12))
    monkeypatch.setattr(quadratic, "_newton", lambda *a: (None, np.inf))
    settings = quadratic._settings()
    settings.max_iter = 2
    monkeypatch.setattr(quadratic, "SETTINGS", settings)
    with pytest.raises(OptimisationError, match=r"MaxIterations.*weights add up to 1"):
        solve_separable(problem)


def test_nonnegative_solution_satisfies_its_conditions(random_covariance):
    rng = np.random.default_rng(3)
    for size in (2, 3, 10, 60, 150):
        cov = random_covariance(rng, size)
        sd = np.sqrt(cov.diagonal())
        q, b = cov / np.outer(sd, sd), rng.normal(0.2, 1, size)
        y = nonnegative_quadratic(q, b)
        slack = q @ y - b
        assert y.min() >= 0
        assert slack.min() > -1e-10
        assert np.abs(y * slack).max() < 1e-10


def test_nonnegative_equals_nnls(random_covariance):
    from scipy.optimize import nnls

    rng = np.random.default_rng(5)
    for _ in range(30):
        size = int(rng.integers(2, 30))
        a = rng.normal(size=(2 * size, size))
        target = rng.normal(size=2 * size)
        expected, _ = nnls(a, target)
        np.testing.assert_allclose(nonnegative_quadratic(a.T @ a, a.T @ target), expected, atol=1e-10)


def test_nothing_is_held_when_nothing_pays():
    np.testing.assert_array_equal(nonnegative_quadratic(np.eye(3), np.array([-1.0, 0.0, -2.0])), 0.0)


def test_indefinite_matrix_is_refused():
    with pytest.raises(CovarianceError, match="not positive definite"):
        nonnegative_quadratic(np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones(2))


def test_infeasible_constraints_are_named():
    n = 3
    impossible = SeparableProblem(
        np.eye(n), np.zeros(n), np.vstack([np.ones(n), [1, 1, 0]]), np.array([1.0, 2.0]),
        ("weights add up to 1", "first two add up to 2"), np.zeros(n), np.ones(n), np.zeros(n),
    )  # fmt: skip
    with pytest.raises(OptimisationError, match=r"no portfolio .* add up to 1, first two add up to 2"):
        solve_separable(impossible)
    nothing = SeparableProblem(
        np.eye(n), np.zeros(n), np.vstack([np.ones(n), np.zeros(n)]), np.array([1.0, -0.1]),
        ("weights add up to 1", "exposure at most -0.1"), np.full(n, -np.inf), np.full(n, np.inf), np.zeros(n),
    )  # fmt: skip
    with pytest.raises(OptimisationError, match=r"no portfolio .* exposure at most -0\.1"):
        solve_separable(nothing)
