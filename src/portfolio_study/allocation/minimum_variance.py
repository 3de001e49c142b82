"""Minimum-variance portfolios: closed form, long-only, bounded, with a target return, penalised."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.quadratic import (
    SeparableProblem,
    nonnegative_quadratic,
    solve_definite,
    solve_separable,
)
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Covariance, Vector, as_bounds, as_covariance, as_vector, check_number
from portfolio_study.errors import OptimisationError, ParameterError


def gmv_closed_form(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return the global minimum-variance portfolio, :math:`w = \Sigma^{-1}1 / 1'\Sigma^{-1}1`.

    Its variance is :math:`1/a`, its mean :math:`b/a` with :math:`a = 1'\Sigma^{-1}1`,
    :math:`b = 1'\Sigma^{-1}\mu`; the weights do not depend on expected returns.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one, short positions allowed.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.

    References
    ----------
    Papers 001 and 002; Merton, R. C. (1972), "An analytic derivation of the efficient
    portfolio frontier", Journal of Financial and Quantitative Analysis 7(4), 1851-1872.
    """
    checked = as_covariance(cov, invertible=True)
    return checked.label(_closed_form(checked))


def _closed_form(cov: Covariance) -> Vector:
    direction = solve_definite(cov.correlation, 1.0 / cov.volatility) / cov.volatility
    return fully_invested(direction, "minimum variance")


def gmv_long_only(cov: ArrayLike | pd.DataFrame) -> Weights:
    r"""Return the long-only minimum-variance portfolio.

    :math:`\min w'\Sigma w` with :math:`1'w = 1`, :math:`w \ge 0`.

    Solved exactly as :math:`\min_{y \ge 0} \tfrac12 y'\Sigma y - 1'y`, :math:`w = y/1'y`.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one; assets that are not held are exactly zero.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    OptimisationError
        The optimality conditions could not be met.

    References
    ----------
    Papers 001 and 002; Jagannathan, R. and Ma, T. (2003), "Risk reduction in large
    portfolios: why imposing the wrong constraints helps", Journal of Finance 58(4), 1651-1683.
    """
    checked = as_covariance(cov, invertible=True)
    return checked.label(_long_only(checked))


def _long_only(cov: Covariance) -> Vector:
    y = nonnegative_quadratic(cov.correlation, 1.0 / cov.volatility)
    return fully_invested(y / cov.volatility, "long-only minimum variance")


def minimum_variance(
    cov: ArrayLike | pd.DataFrame,
    long_only: bool = False,
    bounds: Any = None,
    l1: float | ArrayLike | pd.Series = 0.0,
    l2: float = 0.0,
    *,
    mean: Any = None,
    target_return: float | None = None,
    exposure: Any = None,
    max_exposure: float | None = None,
) -> Weights:
    r"""Minimise :math:`w'\Sigma w + \sum_i \lambda_i |w_i| + \lambda_2 w'w` over fully invested portfolios.

    Without options this is the closed form :math:`\Sigma^{-1}1/1'\Sigma^{-1}1`. Every
    variant is solved exactly: the assets held at the optimum are found, then one linear system.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance, positive definite (or made so by ``l2``).
    long_only : bool
        Demand :math:`w \ge 0`.
    bounds : tuple, optional
        ``(lower, upper)``: numbers, vectors, Series or None; combined with ``long_only``.
    l1 : float or array-like
        Penalty on absolute weights, one number or one for each asset (weighted l1). It has
        no effect on long-only portfolios when it is the same for all assets.
    l2 : float
        Penalty on squared weights; ``l1`` and ``l2`` together give the elastic net.
    mean : array-like or pandas.Series, optional
        Expected returns per period; needed for ``target_return``.
    target_return : float, optional
        Demand :math:`w'\mu = m`.
    exposure : array-like or pandas.Series, optional
        Exposures of the assets (a factor beta, a carbon beta).
    max_exposure : float, optional
        Demand :math:`w'\text{exposure} \le k`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not symmetric, has NaN, an asset without variance, or is singular.
    ParameterError
        A penalty is negative, bounds cross, or a vector does not fit the covariance.
    OptimisationError
        The bounds, the target or the exposure cannot be met (the message names which).

    References
    ----------
    Papers 001 and 002. Brodie, J. et al. (2009), "Sparse and stable Markowitz portfolios",
    PNAS 106(30), 12267-12272. DeMiguel, V. et al. (2009), "A generalized approach to
    portfolio optimization", Management Science 55(5), 798-812. Yen, Y.-M. (2016), "Sparse
    weighted-norm minimum variance portfolios", Review of Finance 20(3), 1259-1287.
    """
    ridge = check_number(l2, "l2", low=0.0)
    checked = _with_ridge(cov, ridge)
    penalty = _penalties(l1, checked)
    lower, upper = as_bounds((None, None) if bounds is None else bounds, checked)
    if long_only:
        lower, upper = as_bounds((np.maximum(lower, 0.0), upper), checked)
    plain = target_return is None and exposure is None and not penalty.any() and np.isposinf(upper).all()
    if plain and np.isneginf(lower).all():
        return checked.label(_closed_form(checked))
    if plain and not lower.any():
        return checked.label(_long_only(checked))
    unbounded = np.isinf(lower).all() and np.isinf(upper).all() and target_return is None and exposure is None
    if unbounded and float(np.ptp(penalty)) == 0.0:
        w = _long_only(checked)
        marginal = checked.matrix @ w
        if penalty[0] >= float(marginal.max() - w @ marginal):  # no short position is worth its penalty
            return checked.label(w)
    rows, values, names = _equalities(checked, mean, target_return, lower, upper)
    if target_return is not None:
        lower, upper, rows, values, names = _at_the_edge(rows, values, names, lower, upper)
    problem = SeparableProblem(
        2.0 * checked.matrix, np.zeros(checked.size), rows, values, names, lower, upper, penalty
    )
    weights = _solve(problem)
    if exposure is not None:
        weights = _cap_exposure(problem, weights, as_vector(exposure, checked, "exposure"), max_exposure)
    return checked.label(fully_invested(weights, "minimum variance"))


def _with_ridge(cov: ArrayLike | pd.DataFrame, ridge: float) -> Covariance:
    """Check the covariance and add the ridge to its diagonal."""
    if ridge == 0.0:
        return as_covariance(cov, invertible=True)
    checked = as_covariance(cov)
    regular = as_covariance(checked.matrix + ridge * np.eye(checked.size), invertible=True)
    return Covariance(regular.matrix, regular.volatility, checked.labels)


def _solve(problem: SeparableProblem) -> Vector:
    """Solve, unless the bounds leave a single fully invested portfolio."""
    for corner in (problem.lower, problem.upper):
        if np.isfinite(corner).all() and abs(corner.sum() - 1.0) <= 1e-12:
            return corner.copy()
    return solve_separable(problem).weights


def _penalties(l1: Any, cov: Covariance) -> Vector:
    penalty = np.full(cov.size, float(l1)) if np.ndim(l1) == 0 else as_vector(l1, cov, "l1")
    if not (penalty >= 0).all() or not np.isfinite(penalty).all():
        raise ParameterError(f"l1 must be finite and not negative, got {l1!r}")
    return penalty


def _equalities(
    cov: Covariance, mean: Any, target: float | None, lower: Vector, upper: Vector
) -> tuple[np.ndarray, Vector, tuple[str, ...]]:
    """Rows of the equality constraints: fully invested and, if asked for, the target return."""
    ones = np.ones((1, cov.size))
    if target is None:
        return ones, np.array([1.0]), ("weights add up to 1",)
    if mean is None:
        raise ParameterError("target_return needs the expected returns: pass mean")
    mu, m = as_vector(mean, cov, "mean"), check_number(target, "target_return")
    low, high = -reachable_mean(-mu, lower, upper), reachable_mean(mu, lower, upper)
    slack = 1e-12 * max(1e-300, float(np.abs(mu).max()))
    if not low - slack <= m <= high + slack or float(np.ptp(mu)) == 0.0:
        raise OptimisationError(
            f"target_return {m:.6g} is infeasible: within the bounds a fully invested portfolio "
            f"reaches means from {low:.6g} to {high:.6g}"
        )
    return np.vstack([ones, mu]), np.array([1.0, m]), ("weights add up to 1", f"target return {m:.6g}")


def reachable_mean(mean: Vector, lower: Vector, upper: Vector) -> float:
    r"""Return the largest :math:`w'\mu` of a fully invested portfolio within bounds.

    Parameters
    ----------
    mean, lower, upper : numpy.ndarray
        Expected returns and bounds (infinite where there is none).

    Returns
    -------
    float
        Infinity when money can be moved without limit from a low to a high mean.
    """
    if np.isfinite(lower).all():
        return float(_greedy(mean, lower, upper) @ mean)
    from scipy.optimize import linprog

    ones, limits = np.ones((1, len(mean))), list(zip(lower.tolist(), upper.tolist(), strict=True))
    found = linprog(-mean, A_eq=ones, b_eq=[1.0], bounds=limits, method="highs")
    return np.inf if found.fun is None or found.status != 0 else -float(found.fun)


def _greedy(mean: Vector, lower: Vector, upper: Vector) -> Vector:
    """Fill the assets up to their upper bounds in the order of their means (a continuous knapsack)."""
    w, left = lower.copy(), 1.0 - lower.sum()
    for i in np.argsort(-mean, kind="stable"):
        add = min(left, upper[i] - lower[i])
        w[i] += add
        left -= add
    return w


def _at_the_edge(
    rows: np.ndarray, values: Vector, names: tuple[str, ...], lower: Vector, upper: Vector
) -> tuple[Vector, Vector, np.ndarray, Vector, tuple[str, ...]]:
    """At the largest or smallest reachable mean the target fixes all assets but the marginal ones."""
    mu, m = rows[1], values[1]
    for side in (1.0, -1.0):
        if not np.isfinite(lower).all():
            break
        w = _greedy(side * mu, lower, upper)
        if abs(float(w @ mu) - m) > 1e-12 * float(np.abs(mu).max()):
            continue
        moved = w > lower
        marginal = (side * mu)[moved].min() if moved.any() else (side * mu).max()
        lower = np.where(side * mu > marginal, upper, lower)
        upper = np.where(side * mu < marginal, lower, upper)
        return lower, upper, rows[:1], values[:1], names
    return lower, upper, rows, values, names


def _cap_exposure(problem: SeparableProblem, weights: Vector, exposure: Vector, cap: float | None) -> Vector:
    """A violated inequality of a convex problem binds: impose it as an equality."""
    if cap is None:
        raise ParameterError("exposure needs max_exposure")
    limit = check_number(cap, "max_exposure")
    if float(weights @ exposure) <= limit:
        return weights
    bound = SeparableProblem(
        problem.q, problem.b, np.vstack([problem.rows, exposure]), np.append(problem.values, limit),
        (*problem.names, f"exposure at most {limit:.6g}"), problem.lower, problem.upper, problem.penalty,
    )  # fmt: skip
    return solve_separable(bound).weights
