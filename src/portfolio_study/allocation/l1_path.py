"""The whole path of minimum-variance portfolios as an l1 penalty grows from zero.

The weights are piecewise linear in the penalty, so the path is a short list of events: an asset
leaves when its weight reaches zero and returns when its marginal variance is worth the penalty.
One small linear system an event replaces a search over penalties.

References
----------
Osborne, M. R., Presnell, B. and Turlach, B. A. (2000), "A new approach to variable selection in least
squares problems", IMA Journal of Numerical Analysis 20(3), 389-403. Brodie, J. et al. (2009), "Sparse
and stable Markowitz portfolios", PNAS 106(30), 12267-12272.
"""

from dataclasses import dataclass

import numpy as np

from portfolio_study.allocation.quadratic import (
    QuadraticSolution,
    SeparableProblem,
    solve_definite,
    violation,
)
from portfolio_study.checks import Matrix, Vector
from portfolio_study.errors import CovarianceError

PATH_TOLERANCE = 1e-12
"""Largest violation of the optimality conditions at the end of the path."""


@dataclass(frozen=True)
class _Piece:
    """Weights ``start + p slope`` and pulls ``pull + p pull_slope`` on one piece of the path."""

    start: Vector
    slope: Vector
    pull: Vector
    pull_slope: Vector
    multiplier: tuple[float, float]


def _piece(q: Matrix, price: Vector, sign: Vector) -> _Piece:
    """Solve the first-order conditions of the assets that are held (``sign`` not zero)."""
    held = np.flatnonzero(sign)
    right = np.column_stack([np.ones(len(held)), (price * sign)[held]])
    solved = solve_definite(q[held[:, None], held], right)
    a, c = solved.sum(axis=0)
    start, slope = np.zeros(len(q)), np.zeros(len(q))
    start[held] = solved[:, 0] / a
    slope[held] = solved[:, 0] * (c / a) - solved[:, 1]
    return _Piece(start, slope, 1.0 / a - q @ start, c / a - q @ slope, (1.0 / a, c / a))


def _next_event(
    piece: _Piece, price: Vector, sign: Vector, now: float, last: int
) -> tuple[float, int, float]:
    """Next penalty at which an asset leaves or returns, its position and its new sign."""
    with np.errstate(divide="ignore", invalid="ignore"):
        leave = np.where((sign != 0) & (price > 0), -piece.start / piece.slope, np.inf)
        rise = np.where(sign == 0, piece.pull / (price - piece.pull_slope), np.inf)
        fall = np.where(sign == 0, -piece.pull / (price + piece.pull_slope), np.inf)
    events = np.vstack([leave, rise, fall])
    events[~(events > now * (1.0 + 1e-13))] = np.inf
    if last >= 0:  # the asset that has just changed still lies on the edge that it crossed
        near = np.abs(events[:, last] - now) <= 1e-9 * now
        events[near, last] = np.inf
    kind, position = np.unravel_index(int(events.argmin()), events.shape)
    return float(events[kind, position]), int(position), (0.0, 1.0, -1.0)[int(kind)]


def follow_l1_path(
    q: Matrix, price: Vector, exposure: float | None = None, end: float = 1.0
) -> tuple[Vector, float] | None:
    r"""Minimise :math:`\tfrac12 w'Qw + p\sum_i g_i |w_i|`, :math:`1'w = 1`, along p from 0 upwards.

    Parameters
    ----------
    q : numpy.ndarray
        N x N positive definite matrix.
    price : numpy.ndarray
        :math:`g \ge 0`, the penalty of each asset at p = 1.
    exposure : float, optional
        Stop where :math:`\sum_i |w_i|` falls to this number, wherever that is.
    end : float
        Without ``exposure``: the p at which to stop.

    Returns
    -------
    tuple of (numpy.ndarray, float) or None
        Weights and p; None when rounding hides an event (then another engine must solve the problem).
    """
    size = len(price)
    try:
        sign = np.sign(solve_definite(q, np.ones(size)))  # all assets are held where nothing costs
        p, last = 0.0, -1
        for _ in range(20 * size):
            piece = _piece(q, price, sign)
            following, position, new = _next_event(piece, price, sign, p, last)
            if exposure is None:
                stop = end
            else:
                gross, change = float(sign @ piece.start), float(sign @ piece.slope)
                stop = (exposure - gross) / change if change < 0 else np.inf
            if stop <= following:
                return _verified(q, price, piece, max(stop, 0.0))
            if not np.isfinite(following):
                return None
            sign[position], p, last = new, following, position
    except CovarianceError:
        pass
    return None


def _verified(q: Matrix, price: Vector, piece: _Piece, p: float) -> tuple[Vector, float] | None:
    """Return the point of the path if it meets the optimality conditions."""
    w = piece.start + p * piece.slope
    free = np.full(len(w), np.inf)
    ones = np.ones((1, len(w)))
    unit = 1.0 / np.sqrt(q.diagonal())
    problem = SeparableProblem(q, np.zeros(len(w)), ones, np.ones(1), ("sum",), -free, free, p * price)
    pull = piece.pull + p * piece.pull_slope
    level = np.array([piece.multiplier[0] + p * piece.multiplier[1]])
    solution = QuadraticSolution(w / unit, level, pull * unit, 0, "path")
    worst = violation(problem.scaled(unit), solution)
    return (w, p) if worst <= PATH_TOLERANCE * len(w) else None
