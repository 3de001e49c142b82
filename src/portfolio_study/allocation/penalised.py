"""Norms on minimum-variance weights: constraints, group and largest-weight penalties, and what they mean.

The l1, weighted l1, squared l2 and elastic-net penalties are options of
``minimum_variance``; this module holds the forms that need more than one solution of it.
"""

from dataclasses import dataclass

import clarabel
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.minimum_variance import gmv_closed_form, gmv_long_only, minimum_variance
from portfolio_study.allocation.quadratic import SETTINGS, SeparableProblem, compressed, solve_separable
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_covariance, check_number
from portfolio_study.errors import OptimisationError


@dataclass(frozen=True)
class ConstrainedPortfolio:
    """A portfolio and the price of the constraint that it obeys.

    Attributes
    ----------
    weights : numpy.ndarray or pandas.Series
        Weights that add up to one.
    multiplier : float
        Penalty that gives the same portfolio: decrease of the variance when the limit grows by one.
    """

    weights: Weights
    multiplier: float


def largest_l1(cov: ArrayLike | pd.DataFrame) -> float:
    r"""Return the smallest l1 penalty that removes every short position.

    It is :math:`\max_i (\Sigma w)_i - w'\Sigma w`, where w is the long-only minimum-variance
    portfolio; for a larger penalty the l1 portfolio stays equal to it. Penalties are best
    stated as shares of this number.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.

    Returns
    -------
    float
        Same unit as a variance; zero when the closed form has no short position.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    """
    checked = as_covariance(cov, invertible=True)
    w = gmv_long_only(checked.matrix)
    marginal = checked.matrix @ w
    return max(0.0, float(marginal.max() - w @ marginal))


def l1_constrained(cov: ArrayLike | pd.DataFrame, limit: float) -> ConstrainedPortfolio:
    r"""Minimise :math:`w'\Sigma w` with :math:`1'w = 1` and :math:`\sum_i |w_i| \le \delta`.

    The gross exposure :math:`\delta = 1` is the long-only portfolio; short positions may
    add up to :math:`(\delta - 1)/2`.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    limit : float
        Largest gross exposure, at least 1.

    Returns
    -------
    ConstrainedPortfolio
        Its multiplier is the l1 penalty with the same solution.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    OptimisationError
        ``limit`` is below 1, which no fully invested portfolio satisfies.

    References
    ----------
    Paper 002; Fan, J., Zhang, J. and Yu, K. (2012), "Vast portfolio selection with
    gross-exposure constraints", Journal of the American Statistical Association 107(498), 592-606.
    """
    checked = as_covariance(cov, invertible=True)
    delta = check_number(limit, "limit")
    if delta < 1.0:
        raise OptimisationError(
            f"the l1 limit {delta:.6g} is infeasible: weights that add up to 1 have norm 1"
        )
    free = gmv_closed_form(checked.matrix)
    if np.abs(free).sum() <= delta:
        return ConstrainedPortfolio(checked.label(free), 0.0)
    top = largest_l1(checked.matrix)
    if delta == 1.0:
        return ConstrainedPortfolio(checked.label(gmv_long_only(checked.matrix)), top)
    # with long and short positions apart, w = u - v, a limit that binds fixes the sums of both
    size, scale = checked.size, float(checked.matrix.diagonal().mean())
    q = 2.0 * checked.matrix / scale
    problem = SeparableProblem(
        np.block([[q, -q], [-q, q]]), np.zeros(2 * size), np.repeat(np.eye(2), size, axis=1),
        np.array([(delta + 1.0) / 2.0, (delta - 1.0) / 2.0]), ("long positions", "short positions"),
        np.zeros(2 * size), np.full(2 * size, np.inf), np.zeros(2 * size),
    )  # fmt: skip
    found = solve_separable(problem)
    weights = fully_invested(found.weights[:size] - found.weights[size:], "gross exposure")
    return ConstrainedPortfolio(checked.label(weights), -scale * float(found.multipliers.mean()))


def linf_constrained(cov: ArrayLike | pd.DataFrame, limit: float) -> Weights:
    r"""Minimise :math:`w'\Sigma w` with :math:`1'w = 1` and :math:`\max_i |w_i| \le c`.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    limit : float
        Largest absolute weight, at least 1/N.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    OptimisationError
        ``limit`` is below 1/N.

    References
    ----------
    Paper 002; Xing, X., Hu, J. and Yang, Y. (2014), "Robust minimum variance portfolio with
    L-infinity constraints", Journal of Banking & Finance 46, 107-117.
    """
    bound = check_number(limit, "limit", low=0.0)
    return minimum_variance(cov, bounds=(-bound, bound))


def linf_penalised(cov: ArrayLike | pd.DataFrame, penalty: float) -> Weights:
    r"""Minimise :math:`w'\Sigma w + \lambda \max_i |w_i|` over fully invested portfolios.

    The largest weight t is one unknown; the assets at it follow it with their signs. Which
    ones they are is found by a primal-dual iteration, which starts beside an interior-point solution
    where it would go round in circles.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    penalty : float
        :math:`\lambda \ge 0`, in the unit of a variance.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one; equal weights for a large penalty.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    ParameterError
        The penalty is negative.
    OptimisationError
        The optimality conditions are not met.
    """
    checked = as_covariance(cov, invertible=True)
    price = check_number(penalty, "penalty", low=0.0)
    scale = float(checked.matrix.diagonal().mean())
    matrix, price = checked.matrix / scale, price / scale
    free = gmv_closed_form(matrix)
    if price == 0.0:
        return checked.label(free)
    equal = np.full(checked.size, 1.0 / checked.size)
    pull = 2.0 * matrix @ equal
    # at equal weights a unit less of the largest weight must be worth no more than its price
    if price >= checked.size * float(pull.max()) - float(pull.sum()):
        return checked.label(equal)
    w = _largest_weight_iteration(matrix, price, free)
    if w is None:  # it went round in circles: start it beside the optimum
        w = _largest_weight_iteration(matrix, price, _largest_weight_interior(matrix, price), near=1e-6)
    if w is None:
        raise OptimisationError(
            f"l-infinity penalty {penalty:.6g}: no set of largest weights satisfies the optimality conditions; "
            "is the covariance close to singular?"
        )
    return checked.label(fully_invested(w, "l-infinity penalty"))


def _largest_weight_iteration(cov: Matrix, price: float, start: Vector, near: float = 0.0) -> Vector | None:
    """Primal-dual active sets on which assets have the largest absolute weight; None when it cycles."""
    size = len(cov)
    sign = np.where(np.abs(start) >= np.abs(start).max() * (1.0 - near), np.sign(start), 0.0)
    for _ in range(4 * size):
        free = np.flatnonzero(sign == 0.0)
        basis = np.zeros((size, len(free) + 1))
        basis[free, np.arange(len(free))] = 1.0
        basis[:, -1] = sign
        n = len(free) + 1
        system = np.zeros((n + 1, n + 1))
        system[:n, :n] = 2.0 * basis.T @ cov @ basis
        system[n, :n] = basis.sum(axis=0)
        system[:n, n] = -system[n, :n]
        right = np.zeros(n + 1)
        right[n - 1], right[n] = -price, 1.0
        try:
            solution = np.linalg.solve(system, right)
        except np.linalg.LinAlgError:
            return None
        w, largest = basis @ solution[:n], float(solution[n - 1])
        multiplier = solution[n] - 2.0 * cov @ w
        wrong = np.where(sign == 0.0, np.abs(w) > largest * (1.0 + 1e-12), sign * multiplier < -1e-12 * price)
        if not wrong.any():
            return w if largest > 0.0 else None
        sign = np.where(wrong, np.where(sign == 0.0, np.sign(w), 0.0), sign)
        if not sign.any():
            return None
    return None


def _largest_weight_interior(cov: Matrix, price: float) -> Vector:
    """Clarabel's answer for weights w and their largest size t: minimise w'Cw + price t, -t <= w <= t."""
    size = len(cov)
    quadratic = np.zeros((size + 1, size + 1))
    quadratic[:size, :size] = np.triu(2.0 * cov)
    below_t = np.hstack([np.vstack([np.eye(size), -np.eye(size)]), -np.ones((2 * size, 1))])
    budget = np.append(np.ones(size), 0.0)
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * size)]
    found = clarabel.DefaultSolver(
        compressed(quadratic),
        np.append(np.zeros(size), price),
        compressed(np.vstack([budget, below_t])),
        np.append(1.0, np.zeros(2 * size)),
        cones,
        SETTINGS,
    ).solve()
    return np.array(found.x[:size])


def jagannathan_ma(cov: ArrayLike | pd.DataFrame) -> tuple[Matrix, Vector]:
    r"""Return the covariance whose *unconstrained* minimum-variance portfolio is long-only.

    :math:`\tilde\Sigma = \Sigma - (\lambda 1' + 1\lambda')` with
    :math:`\lambda_i = (\Sigma w)_i - w'\Sigma w` the multipliers of :math:`w_i \ge 0`: the
    no-short constraint shrinks the covariances of the assets that one would sell short.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.

    Returns
    -------
    tuple of numpy.ndarray
        The shrunk N x N covariance and the N multipliers.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.

    References
    ----------
    Paper 002; Jagannathan, R. and Ma, T. (2003), Journal of Finance 58(4), 1651-1683, proposition 1.

    Examples
    --------
    Minimum variance would sell the second asset short. The ban lowers its covariances until it would not:

    >>> cov = np.array([[0.04, 0.05], [0.05, 0.09]])
    >>> shrunk, multipliers = jagannathan_ma(cov)
    >>> multipliers.round(3).tolist(), gmv_closed_form(shrunk).round(3).tolist()
    ([0.0, 0.01], [1.0, 0.0])
    """
    checked = as_covariance(cov, invertible=True)
    w = gmv_long_only(checked.matrix)
    marginal = checked.matrix @ w
    multipliers = np.where(w > 0, 0.0, marginal - w @ marginal)
    return checked.matrix - (multipliers[:, None] + multipliers[None, :]), multipliers
