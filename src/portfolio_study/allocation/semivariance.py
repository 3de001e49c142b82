"""Minimum semivariance: the true problem and Estrada's approximation."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.minimum_variance import minimum_variance
from portfolio_study.allocation.quadratic import SeparableProblem, solve_separable
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_returns, as_series, check_number
from portfolio_study.errors import OptimisationError
from portfolio_study.risk.covariance_downside import semicovariance


def semivariance(returns: ArrayLike, benchmark: float = 0.0) -> float:
    r"""Return :math:`\frac1T\sum_t \min(r_t - B, 0)^2` of a portfolio's returns.

    Parameters
    ----------
    returns : array-like
        T portfolio returns.
    benchmark : float
        Return B below which a return counts as a loss.

    Returns
    -------
    float

    Raises
    ------
    DataError
        A return is missing or text, or a date is repeated or out of order.
    """
    x = as_series(returns, "returns", 1).to_numpy()
    return float((np.minimum(x - check_number(benchmark, "benchmark"), 0.0) ** 2).mean())


def estrada_semivariance(
    returns: ArrayLike | pd.DataFrame, benchmark: float = 0.0, long_only: bool = True
) -> Weights:
    r"""Minimise :math:`w'\hat\Sigma_B w` with Estrada's semicovariance matrix.

    The matrix does not depend on the portfolio, which makes the problem easy but is only an
    approximation: the portfolio's true semivariance is larger than the true minimum.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    benchmark : float
        Return B below which a return counts as a loss.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable or the matrix is singular.

    References
    ----------
    Paper 002; Estrada, J. (2008), "Mean-semivariance optimization: a heuristic approach",
    Journal of Applied Finance 18(1), 57-72.
    """
    return minimum_variance(semicovariance(returns, benchmark), long_only=long_only)


def min_semivariance(
    returns: ArrayLike | pd.DataFrame, benchmark: float = 0.0, long_only: bool = True
) -> Weights:
    r"""Minimise the true semivariance :math:`\frac1T\sum_t \min(r_t'w - B, 0)^2`.

    A convex, piecewise quadratic problem: Newton's method solves it on the days that the
    current portfolio loses on, with an exact line search between pieces.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    benchmark : float
        Return B below which a return counts as a loss.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    OptimisationError
        The iteration did not end, e.g. because a portfolio without any loss exists, so that
        the minimum is not unique.

    References
    ----------
    Paper 002; Markowitz, H. (1959), Portfolio Selection, chapter 9.
    """
    checked = as_returns(returns)
    level = check_number(benchmark, "benchmark")
    x = checked.matrix - level  # fully invested: r'w - B = (r - B)'w
    w = _damped_newton(x / np.sqrt((x**2).mean()), long_only)
    w = fully_invested(w, "minimum semivariance")
    return w if checked.labels is None else pd.Series(w, index=checked.labels, name="weight")


def _piece(x: Matrix, w: Vector, ridge: float) -> tuple[Matrix, Vector, float]:
    """Second moments on the losing days, gradient and value (half the semivariance plus the ridge)."""
    losing = x[x @ w < 0.0]
    moments = losing.T @ losing / len(x)
    gradient = moments @ w
    moments = moments + ridge * np.eye(len(w))
    return moments, gradient, 0.5 * float(w @ gradient)


def _damped_newton(x: Matrix, long_only: bool) -> Vector:
    n = x.shape[1]
    w = np.full(n, 1.0 / n)
    bound = np.zeros(n) if long_only else np.full(n, -np.inf)
    for _ in range(300):
        # a proximal term keeps every piece strictly convex; it vanishes at the solution
        moments, gradient, value = _piece(x, w, 1e-9)
        if value == 0.0:
            raise OptimisationError(
                "minimum semivariance: some portfolio never falls below the benchmark, so the minimum is "
                "zero and not unique; use more returns or a higher benchmark"
            )
        problem = SeparableProblem(
            moments, moments @ w - gradient, np.ones((1, n)), np.array([1.0]), ("weights add up to 1",),
            bound, np.full(n, np.inf), np.zeros(n),
        )  # fmt: skip
        move = solve_separable(problem).weights - w
        decrease = float(gradient @ move)
        if -decrease < 1e-26 * max(value, 1e-300) or float(np.abs(move).max()) < 1e-13:
            return w
        w = w + _exact_step(x, w, move) * move
        if long_only:
            w = np.maximum(w, 0.0)
            w /= w.sum()
    raise OptimisationError("minimum semivariance: no convergence after 300 Newton steps")


def _exact_step(x: Matrix, w: Vector, move: Vector) -> float:
    """Minimise the semivariance along a line: its derivative is piecewise linear and increasing."""
    level, slope = x @ w, x @ move
    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = -level / slope
    steps = np.sort(np.append(kinks[np.isfinite(kinks) & (kinks > 0) & (kinks < 1)], 1.0))
    start = 0.0
    for end in steps:
        middle = level + 0.5 * (start + end) * slope
        losing = middle < 0
        curvature = float((slope[losing] ** 2).sum())
        first = float((level[losing] * slope[losing]).sum())
        if first + curvature * end >= 0.0:
            return start if curvature == 0.0 else float(np.clip(-first / curvature, start, end))
        start = float(end)
    return 1.0
