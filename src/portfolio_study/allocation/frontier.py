"""The efficient frontier in closed form: constants, portfolios, two-fund theorem, complete portfolio."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.markowitz import max_sharpe
from portfolio_study.allocation.minimum_variance import gmv_long_only, minimum_variance
from portfolio_study.allocation.quadratic import solve_definite
from portfolio_study.allocation.simple import same_portfolio_labels
from portfolio_study.allocation.weights import Weights
from portfolio_study.checks import Covariance, Vector, as_covariance, as_vector, check_number
from portfolio_study.errors import OptimisationError, ParameterError


@dataclass(frozen=True)
class FrontierConstants:
    r"""The four numbers that describe a frontier: :math:`a = 1'\Sigma^{-1}1`, b, c and d.

    Attributes
    ----------
    a, b, c, d : float
        :math:`b = 1'\Sigma^{-1}\mu`, :math:`c = \mu'\Sigma^{-1}\mu`, :math:`d = ac - b^2`.
    """

    a: float
    b: float
    c: float
    d: float

    def variance(self, target: ArrayLike) -> Any:
        r"""Smallest variance at a mean m: :math:`(am^2 - 2bm + c)/d`."""
        m = np.asarray(target, dtype=float)
        return (self.a * m**2 - 2.0 * self.b * m + self.c) / self.d


def _inverse_products(mean: Any, cov: ArrayLike | pd.DataFrame) -> tuple[Covariance, Vector, Vector, Vector]:
    """Checked covariance, mean, inverse times ones and inverse times mean."""
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    c, s = checked.correlation, checked.volatility
    return checked, mu, solve_definite(c, 1.0 / s) / s, solve_definite(c, mu / s) / s


def frontier_constants(mean: Any, cov: ArrayLike | pd.DataFrame) -> FrontierConstants:
    """Return the constants a, b, c, d of the frontier.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix per period.

    Returns
    -------
    FrontierConstants

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.

    References
    ----------
    Merton, R. C. (1972), Journal of Financial and Quantitative Analysis 7(4), 1851-1872.
    """
    _, mu, inverse_ones, inverse_mean = _inverse_products(mean, cov)
    a, b, c = float(inverse_ones.sum()), float(inverse_mean.sum()), float(mu @ inverse_mean)
    return FrontierConstants(a, b, c, a * c - b * b)


def frontier_portfolio(mean: Any, cov: ArrayLike | pd.DataFrame, target: float) -> Weights:
    r"""Return the minimum-variance portfolio with mean m in closed form.

    :math:`w = [(c - bm)\Sigma^{-1}1 + (am - b)\Sigma^{-1}\mu]/d`, variance
    :math:`(am^2 - 2bm + c)/d`.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    target : float
        Mean m of the portfolio.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one, short positions allowed.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        All means are equal, so that no other mean can be reached.

    References
    ----------
    Paper 002; Merton (1972).
    """
    checked, mu, inverse_ones, inverse_mean = _inverse_products(mean, cov)
    m = check_number(target, "target")
    a, b, c = float(inverse_ones.sum()), float(inverse_mean.sum()), float(mu @ inverse_mean)
    d = a * c - b * b
    if d <= 1e-14 * a * c:
        raise OptimisationError(f"target {m:.6g} is infeasible: all assets have the same mean {b / a:.6g}")
    return checked.label(((c - b * m) * inverse_ones + (a * m - b) * inverse_mean) / d)


def two_fund(first: Any, first_mean: float, second: Any, second_mean: float, target: float) -> Any:
    r"""Return the frontier portfolio with mean m as a mix of two others.

    :math:`w(m) = \alpha w(m_1) + (1 - \alpha) w(m_2)`, :math:`\alpha = (m - m_2)/(m_1 - m_2)`
    for any real :math:`\alpha` (for instance -1 and 2).

    Parameters
    ----------
    first, second : numpy.ndarray or pandas.Series
        Two frontier portfolios of the same assets.
    first_mean, second_mean : float
        Their means.
    target : float
        Mean of the mix.

    Returns
    -------
    numpy.ndarray or pandas.Series

    Raises
    ------
    ParameterError
        The two means are equal, or the portfolios hold different assets.

    References
    ----------
    Paper 002; Tobin, J. (1958), Review of Economic Studies 25(2), 65-86.
    """
    if first_mean == second_mean:
        raise ParameterError("the two-fund theorem needs two portfolios with different means")
    first, second = same_portfolio_labels(first, second)
    alpha = (target - second_mean) / (first_mean - second_mean)
    return alpha * first + (1.0 - alpha) * second


@dataclass(frozen=True)
class CompletePortfolio:
    """Tangency portfolio and riskless asset, mixed for one investor.

    Attributes
    ----------
    share : float
        Share y of wealth in the tangency portfolio; above one means borrowing.
    weights : numpy.ndarray or pandas.Series
        Weights of the risky assets; the rest, ``1 - share``, is riskless.
    mean, volatility : float
        Expected return and standard deviation per period.
    utility : float
        ``mean - risk_aversion / 2 * volatility**2``.
    """

    share: float
    weights: Weights
    mean: float
    volatility: float
    utility: float


def complete_portfolio(
    mean: Any, cov: ArrayLike | pd.DataFrame, risk_free: float, risk_aversion: float, long_only: bool = False
) -> CompletePortfolio:
    r"""Mix the tangency portfolio with cash for utility :math:`U = E - \tfrac A2 \sigma^2`.

    :math:`y = (E_p - r)/(A \sigma_p^2)`: the risky portfolio is the same for everybody,
    only the share differs (two-fund separation).

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    risk_free : float
        Net riskless rate **per period**, as the means: 3 % a year is about 0.03 / 252 a day.
    risk_aversion : float
        A > 0.
    long_only : bool
        Long-only tangency portfolio.

    Returns
    -------
    CompletePortfolio

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        There is no tangency portfolio.

    References
    ----------
    Paper 001; Bodie, Z., Kane, A. and Marcus, A. (2014), Investments, 10th ed., chapters 6-7.
    """
    aversion = check_number(risk_aversion, "risk_aversion", low=np.finfo(float).tiny)
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    w = max_sharpe(mu, checked.matrix, risk_free, long_only)
    excess, variance = float(w @ mu) - risk_free, float(w @ checked.matrix @ w)
    share = excess / (aversion * variance)
    expected, sd = risk_free + share * excess, share * variance**0.5
    utility = expected - aversion / 2.0 * sd**2
    return CompletePortfolio(share, checked.label(share * w), expected, sd, utility)


def efficient_frontier(
    mean: Any,
    cov: ArrayLike | pd.DataFrame,
    points: int = 50,
    long_only: bool = True,
    top: float | None = None,
) -> pd.DataFrame:
    """Return portfolios along the efficient frontier, from minimum variance upwards.

    Parameters
    ----------
    mean : array-like or pandas.Series
        Expected returns per period.
    cov : array-like or pandas.DataFrame
        N x N positive definite covariance matrix.
    points : int
        Number of portfolios, at equal steps of the mean.
    long_only : bool
        Demand non-negative weights.
    top : float, optional
        Largest mean; default the largest mean of an asset.

    Returns
    -------
    pandas.DataFrame
        Columns ``mean``, ``volatility`` and one for each asset's weight.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    OptimisationError
        ``top`` cannot be reached.
    """
    checked = as_covariance(cov, invertible=True)
    mu = as_vector(mean, checked, "mean")
    if points < 2:
        raise ParameterError(f"a frontier needs at least 2 points, got {points}")
    start = gmv_long_only(checked.matrix) if long_only else minimum_variance(checked.matrix)
    high = float(mu.max()) if top is None else check_number(top, "top")
    targets = np.linspace(float(start @ mu), high, points)
    rows = [start]
    rows += [minimum_variance(checked.matrix, long_only, mean=mu, target_return=m) for m in targets[1:]]
    w = np.array(rows)
    volatility = np.sqrt(np.einsum("ti,ij,tj->t", w, checked.matrix, w))
    names = checked.labels if checked.labels is not None else pd.RangeIndex(checked.size)
    frame = pd.DataFrame(w, columns=names)
    frame.insert(0, "volatility", volatility)
    frame.insert(0, "mean", w @ mu)
    return frame


def two_asset_variance(weight: ArrayLike, first: float, second: float, correlation: ArrayLike) -> Any:
    r"""Variance of two assets, :math:`w^2\sigma_1^2 + (1-w)^2\sigma_2^2 + 2w(1-w)\rho\sigma_1\sigma_2`.

    Parameters
    ----------
    weight : float or array-like
        Weight of the first asset.
    first, second : float
        Volatilities.
    correlation : float or array-like
        Correlation.

    Returns
    -------
    float or numpy.ndarray
        This is the variance of *any* weight; paper 002 labels it the minimum.
    """
    w, rho = np.asarray(weight, dtype=float), np.asarray(correlation, dtype=float)
    return w**2 * first**2 + (1 - w) ** 2 * second**2 + 2 * w * (1 - w) * rho * first * second


def two_asset_minimum_weight(first: float, second: float, correlation: ArrayLike) -> Any:
    r"""Minimum-variance weight of the first of two assets.

    :math:`w = (\sigma_2^2 - \rho\sigma_1\sigma_2)/(\sigma_1^2 + \sigma_2^2 - 2\rho\sigma_1\sigma_2)`;
    negative (short) once :math:`\rho > \sigma_2/\sigma_1`.

    Parameters
    ----------
    first, second : float
        Volatilities.
    correlation : float or array-like
        Correlation.

    Returns
    -------
    float or numpy.ndarray

    Raises
    ------
    OptimisationError
        Equal volatilities with perfect correlation: every mix has the same variance.
    """
    covariance = np.asarray(correlation, dtype=float) * first * second
    spread = first**2 + second**2 - 2 * covariance
    if np.any(spread <= 0):
        raise OptimisationError("two assets with equal volatility and correlation 1 have no unique minimum")
    return (second**2 - covariance) / spread
