"""Most diversified, most decorrelated and equal-risk-contribution portfolios."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.quadratic import nonnegative_quadratic, solve_definite
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Covariance, Matrix, Vector, as_covariance, as_vector
from portfolio_study.errors import CovarianceError, OptimisationError, ParameterError

NO_EQUAL_RISK = (
    "equal risk contribution: some long-only portfolio has no risk at all, so no portfolio shares risk "
    "equally; the covariance is singular (assets hedge each other perfectly, or too few observations)"
)


def _gmv_of_correlation(cov: Covariance, long_only: bool) -> Vector:
    """Minimum-variance direction on the correlation matrix."""
    ones = np.ones(cov.size)
    return (nonnegative_quadratic if long_only else solve_definite)(cov.correlation, ones)


def max_diversification(cov: ArrayLike | pd.DataFrame, long_only: bool = True) -> Weights:
    r"""Maximise the diversification ratio :math:`w'\sigma/\sqrt{w'\Sigma w}`.

    :math:`w \propto \Sigma^{-1}\sigma`: the minimum-variance portfolio of the correlation
    matrix, divided by volatilities. Optimal when excess means are proportional to
    volatilities.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    OptimisationError
        The unconstrained direction adds up to zero or less.

    References
    ----------
    Paper 001; Choueifaty, Y. and Coignard, Y. (2008), "Toward maximum diversification",
    Journal of Portfolio Management 35(1), 40-51; Choueifaty, Y., Froidure, T. and Reynier,
    J. (2013), "Properties of the most diversified portfolio", Journal of Investment
    Strategies 2(2), 49-70.
    """
    checked = as_covariance(cov, invertible=True)
    direction = _gmv_of_correlation(checked, long_only) / checked.volatility
    if direction.sum() <= 0:
        raise OptimisationError(
            "maximum diversification: without the long-only constraint the ratio has no maximum among "
            "fully invested portfolios (its direction adds up to zero or less); use long_only=True"
        )
    return checked.label(fully_invested(direction, "maximum diversification"))


def max_decorrelation(cov: ArrayLike | pd.DataFrame, long_only: bool = True) -> Weights:
    r"""Minimise :math:`w'Cw` with C the correlation matrix and :math:`1'w = 1`.

    Optimal when means and volatilities are equal and only correlations differ.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.

    References
    ----------
    Paper 001; Christoffersen, P., Errunza, V., Jacobs, K. and Langlois, H. (2012), "Is the
    potential for international diversification disappearing?", Review of Financial Studies
    25(12), 3711-3751.
    """
    checked = as_covariance(cov, invertible=True)
    return checked.label(fully_invested(_gmv_of_correlation(checked, long_only), "maximum decorrelation"))


def equal_risk_contribution(cov: ArrayLike | pd.DataFrame, budget: Any = None) -> Weights:
    r"""Give every asset the same share of risk: :math:`w_i (\Sigma w)_i` equal for all i.

    The normalised minimiser of :math:`\tfrac12 x'\Sigma x - \sum_i b_i \ln x_i`, found by
    Newton's method. Works for singular covariances, too.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.
    budget : array-like or pandas.Series, optional
        Positive risk budgets b; default equal. They are normalised to add up to one.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Positive weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable.
    ParameterError
        A budget is not positive.
    OptimisationError
        No portfolio has these risk contributions (assets that hedge each other perfectly).

    References
    ----------
    Paper 001; Maillard, S., Roncalli, T. and Teïletche, J. (2010), Journal of Portfolio
    Management 36(4), 60-70; Spinu, F. (2013), "An algorithm for computing risk parity
    weights", SSRN 2297383.
    """
    checked = as_covariance(cov)
    shares = np.ones(checked.size) if budget is None else as_vector(budget, checked, "budget")
    if (shares <= 0).any():
        raise ParameterError("risk budgets must be positive; leave out assets without risk")
    try:
        x = _risk_budget_direction(checked.correlation, shares / shares.sum())
    except CovarianceError:  # the minimiser runs off to infinity and the Hessian degenerates
        raise OptimisationError(NO_EQUAL_RISK) from None
    return checked.label(fully_invested(x / checked.volatility, "equal risk contribution"))


def _risk_budget_direction(c: Matrix, b: Vector) -> Vector:
    """Newton's method with backtracking on the convex function of the risk budgets."""

    def objective(x: Vector) -> float:
        return 0.5 * float(x @ c @ x) - float(b @ np.log(x))

    x = np.sqrt(b / np.maximum(c.sum(axis=1), 0.1))
    value = objective(x)
    for _ in range(200):
        marginal = c @ x
        gradient = marginal - b / x
        if float(np.abs(x * gradient).max()) < 1e-15 * len(b) ** 0.5:
            break
        hessian = c.copy()
        hessian.flat[:: len(b) + 1] += b / x**2
        move = -solve_definite(hessian, gradient)
        longest = float((-move / x).max())
        step = 1.0 if longest < 1.0 else 0.95 / longest
        decrease = float(gradient @ move)
        if -decrease < 1e-28:
            break
        while (trial := objective(x + step * move)) > value + 1e-4 * step * decrease + 1e-15 * abs(value):
            step /= 2
            if step < 1e-12:
                break
        x, value = x + step * move, trial
    error = float(np.abs(x * (c @ x) / (x @ c @ x) - b).max())
    if not error < 1e-10:
        raise OptimisationError(f"{NO_EQUAL_RISK} (contributions differ from their budgets by {error:.3g})")
    return x
