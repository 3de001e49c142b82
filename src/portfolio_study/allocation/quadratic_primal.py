"""The slow but certain way through a separable quadratic programme: a primal active-set method.

Each step moves to the minimiser over the coordinates that are free, stops at the
first kink or bound in the way and fixes that coordinate there; at a minimiser it
frees the coordinate whose multiplier has the wrong sign. The objective never
increases. It starts from an interior point that a linear programme (HiGHS) finds,
which also tells an infeasible set of constraints from a hard one.
"""

import numpy as np

from portfolio_study.allocation.quadratic import (
    QuadraticSolution,
    SeparableProblem,
    solve_on_pieces,
)
from portfolio_study.checks import Vector
from portfolio_study.errors import OptimisationError


def interior_point(problem: SeparableProblem) -> Vector:
    """Find the feasible point that stays farthest from its nearest bound.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    OptimisationError
        The constraints contradict each other; the message names them.
    """
    from scipy.optimize import linprog

    size, rows = len(problem.b), len(problem.values)
    below, above = np.isfinite(problem.lower), np.isfinite(problem.upper)
    eye = np.eye(size)
    inequality = np.vstack(
        [
            np.column_stack([-eye[below], np.ones(below.sum())]),
            np.column_stack([eye[above], np.ones(above.sum())]),
        ]
    )
    limit = np.concatenate([-problem.lower[below], problem.upper[above]])
    found = linprog(
        np.append(np.zeros(size), -1.0),
        A_ub=inequality if len(limit) else None, b_ub=limit if len(limit) else None,
        A_eq=np.column_stack([problem.rows, np.zeros(rows)]), b_eq=problem.values,
        bounds=[(None, None)] * size + [(0.0, 1.0)], method="highs",
    )  # fmt: skip
    if found.status != 0 or found.x is None:
        raise OptimisationError(
            f"no portfolio satisfies all constraints: {', '.join(problem.names)}, within the bounds"
        )
    # HiGHS keeps equalities to 1e-7 only; the smallest correction makes them exact
    point = found.x[:size]
    correction, *_ = np.linalg.lstsq(problem.rows, problem.values - problem.rows @ point, rcond=None)
    return np.clip(point + correction, problem.lower, problem.upper)


def _blocked_at(problem: SeparableProblem, w: Vector, move: Vector, sign: Vector) -> tuple[float, int, float]:
    """Length of the step until a free coordinate meets a kink or bound, its position and the kink."""
    low, high = problem.lower.copy(), problem.upper.copy()
    kinked = problem.penalty > 0
    low[kinked & (sign > 0)] = np.maximum(low, 0.0)[kinked & (sign > 0)]
    high[kinked & (sign < 0)] = np.minimum(high, 0.0)[kinked & (sign < 0)]
    wall = np.where(move > 0, high, low)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(move == 0, np.inf, (wall - w) / move)
    length = np.maximum(np.where(np.isnan(length), np.inf, length), 0.0)
    first = int(length.argmin())
    return float(length[first]), first, float(wall[first])


def _release(
    problem: SeparableProblem, w: Vector, pull: Vector, free: np.ndarray
) -> tuple[int, float, float]:
    """Fixed coordinate with the largest multiplier of the wrong sign, its new side and the violation."""
    up = np.where(w >= 0, problem.penalty, -problem.penalty)  # slope of the penalty to the right of w
    down = np.where(w > 0, problem.penalty, -problem.penalty)  # and to its left
    gain_up = np.where(free | (w >= problem.upper), -np.inf, pull - up)
    gain_down = np.where(free | (w <= problem.lower), -np.inf, down - pull)
    gain = np.maximum(gain_up, gain_down)
    best = int(gain.argmax())
    rises = gain_up[best] >= gain_down[best]
    sign = (1.0 if w[best] >= 0 else -1.0) if rises else (1.0 if w[best] > 0 else -1.0)
    return best, sign, float(gain[best])


def primal_active_set(problem: SeparableProblem) -> QuadraticSolution:
    """Minimise a separable quadratic programme by moving along active sets.

    Parameters
    ----------
    problem : SeparableProblem

    Returns
    -------
    QuadraticSolution

    Raises
    ------
    OptimisationError
        Infeasible constraints, redundant equalities, or no end within the limit.
    """
    w = interior_point(problem)
    size = len(w)
    free = np.ones(size, dtype=bool)
    sign = np.where(w >= 0, 1.0, -1.0)
    for iteration in range(1, 50 + 30 * size):
        step = solve_on_pieces(problem, free, w, np.where(free, problem.penalty * sign, 0.0))
        if step is None:
            raise OptimisationError(
                f"the constraints pin the portfolio down or repeat each other: {', '.join(problem.names)}"
            )
        target, multipliers, pull = step
        move = np.where(free, target - w, 0.0)
        length, first, wall = _blocked_at(problem, w, move, sign)
        if length < 1.0 and free.sum() > len(problem.values):
            w = w + length * move
            w[first] = wall
            free[first] = False
            continue
        w = np.clip(target, problem.lower, problem.upper)
        best, side, gain = _release(problem, w, pull, free)
        if gain <= 1e-12 * max(1.0, float(np.abs(pull).max())):
            return QuadraticSolution(w, multipliers, pull, iteration, "primal")
        free[best], sign[best] = True, side
    raise OptimisationError("the active-set method did not end: the covariance is close to singular")
