"""Portfolios that use expected returns: tangency (maximum Sharpe ratio) and mean-variance utility."""

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
from portfolio_study.checks import as_covariance, as_vector, check_number
from portfolio_study.errors import OptimisationError


def max_sharpe(
    mean: Any, cov: ArrayLike | pd.DataFrame, risk_free: float = 0.0, long_only: bool = True
) -> Weights:
    r"""Maximise the Sharpe ratio :math:`(w'\mu - r)/\sqrt{w'\Sigma w}` over fully invested portfolios.

    Unconstrained, :math:`w = \Sigma^{-1}(\mu - r)/1'\Sigma^{-1}(\mu - r)`. Long-only,
    :math:`y = \arg\min_{y \ge 0} \tfrac12 y'\Sigma y - (\mu - r)'y`, :math:`w = y/1'y`, which
    has the same solution as the usual programme with :math:`(\mu - r)'y = 1`.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected simple returns, decimals per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance of simple returns per period.
    risk_free : float
        Net riskless rate **per period**, as the means: 3 % a year is about 0.03 / 252 a day.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        Long-only: no asset has a mean above the riskless rate. Unconstrained: the mean of the
        minimum-variance portfolio does not exceed the riskless rate, so there is no maximum.

    References
    ----------
    Paper 000, portfolio step; Sharpe, W. F. (1994), "The Sharpe ratio", Journal of Portfolio
    Management 21(1), 49-58; Cornuejols, G. and Tütüncü, R. (2007), Optimization Methods in
    Finance, section 8.2.
    """
    checked = as_covariance(cov, invertible=True)
    excess = as_vector(mean, checked, "mean") - check_number(risk_free, "risk_free", low=-1.0, high=1.0)
    if long_only and excess.max() <= 0:
        raise OptimisationError(
            f"no asset has an expected return above the riskless rate {risk_free:.6g} (the best is "
            f"{excess.max() + risk_free:.6g}, both per period): fall back to minimum variance, cash or the "
            "old weights"
        )
    solve = nonnegative_quadratic if long_only else solve_definite
    direction = solve(checked.correlation, excess / checked.volatility) / checked.volatility
    if direction.sum() <= 0:
        raise OptimisationError(
            "no tangency portfolio: the minimum-variance portfolio's mean does not exceed the riskless rate "
            f"{risk_free:.6g} (both per period); use long_only=True or a lower rate"
        )
    return checked.label(fully_invested(direction, "maximum Sharpe ratio"))


def mean_variance_utility(
    mean: Any, cov: ArrayLike | pd.DataFrame, risk_aversion: float, long_only: bool = False
) -> Weights:
    r"""Maximise :math:`w'\mu - \tfrac{A}{2} w'\Sigma w` over fully invested portfolios.

    Unconstrained, :math:`w = w_{GMV} + \tfrac1A (\Sigma^{-1}\mu - \tfrac ba \Sigma^{-1}1)`.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected simple returns, decimals per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix per period.
    risk_aversion : float
        A > 0.
    long_only : bool
        Demand :math:`w \ge 0`.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        The optimality conditions could not be met.

    References
    ----------
    Papers 001 and 002 (utility); Markowitz, H. (1952), Journal of Finance 7(1), 77-91.
    """
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    aversion = check_number(risk_aversion, "risk_aversion", low=np.finfo(float).tiny)
    inf = np.full(checked.size, np.inf)
    problem = SeparableProblem(
        checked.matrix, mu / aversion, np.ones((1, checked.size)), np.array([1.0]), ("weights add up to 1",),
        np.zeros(checked.size) if long_only else -inf, inf, np.zeros(checked.size),
    )  # fmt: skip
    return checked.label(fully_invested(solve_separable(problem).weights, "mean-variance utility"))
