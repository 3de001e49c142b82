"""How diversified a portfolio is, and how many independent bets a universe holds."""

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.risk_based import max_diversification
from portfolio_study.checks import Covariance, Vector, as_covariance, as_matrix, as_vector
from portfolio_study.errors import ParameterError, UnknownNameError


def _both(weights: Any, cov: ArrayLike | pd.DataFrame) -> tuple[Vector, Covariance]:
    checked = as_covariance(cov)
    return as_vector(weights, checked, "weights"), checked


def portfolio_volatility(weights: Any, cov: ArrayLike | pd.DataFrame) -> float:
    r"""Return :math:`\sqrt{w'\Sigma w}`, per period.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    """
    w, checked = _both(weights, cov)
    return float(np.sqrt(w @ checked.matrix @ w))


def diversification_ratio(weights: Any, cov: ArrayLike | pd.DataFrame) -> float:
    r"""Return the weighted average volatility over the portfolio's, :math:`w'\sigma/\sqrt{w'\Sigma w}`.

    One for a single asset or perfectly correlated assets, larger otherwise (long-only).

    Parameters
    ----------
    weights : array-like or pandas.Series
        Portfolio weights.
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.

    Returns
    -------
    float

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.

    References
    ----------
    Paper 001; Choueifaty, Y. and Coignard, Y. (2008), Journal of Portfolio Management 35(1), 40-51.
    """
    w, checked = _both(weights, cov)
    return float(w @ checked.volatility / np.sqrt(w @ checked.matrix @ w))


def marginal_risk(weights: Any, cov: ArrayLike | pd.DataFrame) -> Any:
    r"""Return marginal risks, :math:`(\Sigma w)_i/\sigma_p = \mathrm{Cov}(r_i, r_p)/\sigma_p`.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    """
    w, checked = _both(weights, cov)
    pull = checked.matrix @ w
    return checked.label(pull / np.sqrt(w @ pull))


def risk_contributions(weights: Any, cov: ArrayLike | pd.DataFrame) -> Any:
    r"""Return each asset's share of the variance, :math:`w_i(\Sigma w)_i/w'\Sigma w`; they add up to one.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.

    Examples
    --------
    >>> risk_contributions([0.5, 0.5], [[0.01, 0.0], [0.0, 0.04]])
    array([0.2, 0.8])
    """
    w, checked = _both(weights, cov)
    pull = checked.matrix @ w
    return checked.label(w * pull / (w @ pull))


def independent_bets(cov: ArrayLike | pd.DataFrame, long_only: bool = True) -> float:
    """Return the squared diversification ratio of the most diversified portfolio.

    With k equally volatile uncorrelated blocks of identical assets it is k.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.

    References
    ----------
    Paper 001, Figure 3; Choueifaty, Y., Froidure, T. and Reynier, J. (2013), Journal of
    Investment Strategies 2(2), 49-70.
    """
    checked = as_covariance(cov, invertible=True)
    return diversification_ratio(max_diversification(checked.matrix, long_only), checked.matrix) ** 2


def quality_ratio(cov: ArrayLike | pd.DataFrame, long_only: bool = True) -> float:
    """Return independent bets over number of assets, between 1/N and 1 (long-only).

    It measures how much there is to diversify and is not the ratio N/T of random-matrix theory.

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.

    References
    ----------
    Paper 001, "Quality ratio".
    """
    checked = as_covariance(cov, invertible=True)
    return independent_bets(checked.matrix, long_only) / checked.size


def equal_correlation_bets(assets: int, correlation: ArrayLike) -> Any:
    r"""Return the bets of N equally volatile, equally correlated assets, :math:`N/(1 + (N-1)\rho)`.

    Only perfect correlation gives one bet.

    Parameters
    ----------
    assets : int
        N.
    correlation : float or array-like
        Common correlation, above -1/(N - 1).

    Returns
    -------
    float or numpy.ndarray

    Raises
    ------
    ParameterError
        A correlation outside its range.

    References
    ----------
    Paper 001, Figure 2.
    """
    rho = np.asarray(correlation, dtype=float)
    if assets < 2 or np.any(rho > 1) or np.any(rho * (assets - 1) <= -1) or not np.isfinite(rho).all():
        raise ParameterError(
            f"correlation must lie in (-1/(N-1), 1] for N = {assets} >= 2, got {correlation!r}"
        )
    return assets / (1.0 + (assets - 1) * rho)


def herfindahl(weights: Any) -> float:
    r"""Return the concentration :math:`D(w) = \sum_i w_i^2`; 1/D lies between 1 and N for long-only weights.

    Raises
    ------
    ParameterError
        A weight is not a finite number.
    """
    w = as_matrix(weights, "weights", ParameterError)
    if not np.isfinite(w).all():
        raise ParameterError("a weight is not a finite number")
    return float((w**2).sum())


def effective_number(weights: Any) -> float:
    """Return the effective number of positions, one over the Herfindahl concentration.

    Raises
    ------
    ParameterError
        A weight is not a finite number.
    """
    return 1.0 / herfindahl(weights)


def pca_shares(
    cov: ArrayLike | pd.DataFrame, matrix: Literal["correlation", "covariance"] = "correlation"
) -> Vector:
    """Return the shares of variance of the principal components, largest first.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix.
    matrix : {"correlation", "covariance"}
        Which matrix is decomposed; the shares differ.

    Returns
    -------
    numpy.ndarray
        N shares that add up to one. One less the first is the idiosyncratic share.

    Raises
    ------
    CovarianceError
        The covariance is not usable.
    UnknownNameError
        ``matrix`` is neither.

    References
    ----------
    Paper 001, principal components.
    """
    checked = as_covariance(cov)
    if matrix not in ("correlation", "covariance"):
        raise UnknownNameError("matrix", matrix, ("correlation", "covariance"))
    values = np.linalg.eigvalsh(checked.correlation if matrix == "correlation" else checked.matrix)[::-1]
    values = np.maximum(values, 0.0)
    return values / values.sum()
