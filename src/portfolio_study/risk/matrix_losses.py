"""What covariance forecasts are worth: distance to realised products, and the portfolios built on them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.checks import as_frame, label
from portfolio_study.errors import CovarianceError, DataError

Cube = NDArray[np.float64]


def frobenius_loss(returns: pd.DataFrame, covariances: Cube) -> pd.Series:
    r"""Squared error of a covariance forecast, entry by entry: :math:`\|r_t r_t' - H_t\|_F^2`.

    With squared returns in place of the unknown covariance it still ranks forecasts correctly on
    average, but a few turbulent days decide it.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Realised returns, decimals per period.
    covariances : ndarray, shape (T, N, N)
        Forecasts for the same rows.

    Returns
    -------
    Series, shape (T,)
        Decimals to the fourth power.

    References
    ----------
    Laurent, S., Rombouts, J. V. K. and Violante, F. (2013). On loss functions and ranking
    forecasting performances of multivariate volatility models. Journal of Econometrics 173, 1-10.
    """
    frame, h = _matched(returns, covariances)
    r = frame.to_numpy()
    # |rr' - H|^2 = |r|^4 - 2 r'Hr + |H|^2, without forming rr'
    quadratic = np.einsum("ti,tij,tj->t", r, h, r)
    loss = (r**2).sum(axis=1) ** 2 - 2 * quadratic + (h**2).sum(axis=(1, 2))
    return pd.Series(loss, index=frame.index, name="frobenius")


def minimum_variance_returns(returns: pd.DataFrame, covariances: Cube) -> pd.Series:
    r"""Returns of the minimum-variance portfolio of each forecast: :math:`w_t = H_t^{-1}1/(1'H_t^{-1}1)`.

    Weights may be negative: no constraint hides an error of the forecast.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Simple returns, decimals per period.
    covariances : ndarray, shape (T, N, N)
        Forecasts for the same rows, positive definite.

    Returns
    -------
    Series, shape (T,)
        Simple returns, decimals per period.

    Raises
    ------
    CovarianceError
        If a forecast is not positive definite; its date is named.
    """
    frame, h = _matched(returns, covariances)
    definite = is_positive_definite(h)
    if not definite.all():
        when = label(frame.index[int(np.argmax(~definite))])
        raise CovarianceError(
            f"the covariance forecast for {when} is not positive definite "
            f"({int((~definite).sum())} of {len(h)} are not): use more periods than assets"
        )
    ones = np.ones((len(h), h.shape[1], 1))
    raw = np.linalg.solve(h, ones)[:, :, 0]
    weights = raw / raw.sum(axis=1, keepdims=True)
    return pd.Series((weights * frame.to_numpy()).sum(axis=1), index=frame.index, name="return")


def is_positive_definite(covariances: Cube) -> NDArray[np.bool_]:
    """Tell for each matrix of a stack (T, N, N) whether its smallest eigenvalue is positive.

    Eigenvalues below 1e-12 of the largest count as zero. Symmetric matrices are expected.
    """
    values = np.linalg.eigvalsh(np.asarray(covariances, dtype=float))
    return values[:, 0] > 1e-12 * np.abs(values).max(axis=1)


def _matched(returns: pd.DataFrame, covariances: Cube) -> tuple[pd.DataFrame, Cube]:
    frame, h = as_frame(returns, "returns", 1, labelled=True), np.asarray(covariances, dtype=float)
    expected = (len(frame), frame.shape[1], frame.shape[1])
    if h.shape != expected:
        raise DataError(f"covariances must have shape {expected} to match the returns, got {h.shape}")
    if not np.isfinite(h).all():
        row = int(np.argmax(~np.isfinite(h).all(axis=(1, 2))))
        raise CovarianceError(f"the covariance forecast for {label(frame.index[row])} has missing entries")
    return frame, h
