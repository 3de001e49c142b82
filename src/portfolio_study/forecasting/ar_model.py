"""Autoregressions: least-squares prior, order, process mean, forecasts several steps ahead.

The classical half of paper 004 (Sikaria, Sen and Upadhye, *Bayesian Filtering for Multi-period
Mean-Variance Portfolio Selection*, sections 2 and 6.2), and the checks that the filters share.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks import as_matrix, as_series, check_number, same_assets, square_frame
from portfolio_study.errors import CovarianceError, EstimationError, ParameterError

Array = NDArray[np.float64]


def regressors(returns: ArrayLike, order: int) -> tuple[Array, Array]:
    r"""Rows :math:`F_t' = (1, r_{t-1}, \dots, r_{t-p})` and the values :math:`r_t` that they explain.

    Parameters
    ----------
    returns : array_like, shape (T,)
        Decimal returns per period, oldest first.
    order : int
        Number of lags p >= 0.

    Returns
    -------
    tuple of ndarray
        Regressors of shape (T - p, p + 1) and values of shape (T - p,).
    """
    r = np.asarray(returns, dtype=float)
    lags = [r[order - j : len(r) - j] for j in range(1, order + 1)]
    return np.column_stack([np.ones(len(r) - order), *lags]), r[order:]


@dataclass(frozen=True)
class ArPrior:
    """Least-squares fit of an AR(p), ready to be the prior of the filter.

    Attributes
    ----------
    mean : ndarray, shape (p + 1,)
        Intercept and lag coefficients.
    covariance : ndarray, shape (p + 1, p + 1)
        ``noise_variance * inv(Z'Z)``.
    noise_variance : float
        Residual variance with divisor (observations - parameters).
    degrees_of_freedom : int
        Observations less parameters.
    last : ndarray, shape (p,)
        The last p returns, newest first: the lags of the first forecast after the sample.
    """

    mean: Array
    covariance: Array
    noise_variance: float
    degrees_of_freedom: int
    last: Array


def ar_prior(returns: ArrayLike, order: int = 1) -> ArPrior:
    """Fit an AR(p) by least squares on an initial sample (paper 004, section 6.1).

    Parameters
    ----------
    returns : array_like, shape (T,)
        Decimal returns per period, oldest first.
    order : int
        Number of lags p.

    Raises
    ------
    EstimationError
        If there are not more observations than parameters, or the regressors are collinear.
    """
    r = check_returns(returns, order + 1)
    rows, values = regressors(r, order)
    n, k = rows.shape
    if n <= k:
        raise EstimationError(
            f"AR({order}) has {k} parameters and the sample gives {n} observations: "
            f"at least {2 * order + 2} returns are needed"
        )
    gram = rows.T @ rows
    if np.linalg.matrix_rank(rows) < k:
        raise EstimationError(f"AR({order}): the lagged returns are collinear (constant returns?)")
    inverse = np.linalg.inv(gram)
    mean = inverse @ (rows.T @ values)
    residuals = values - rows @ mean
    s2 = float(residuals @ residuals) / (n - k)
    return ArPrior(mean, s2 * inverse, s2, n - k, r[::-1][:order].copy())


def ar_order(returns: ArrayLike, max_lag: int = 5) -> pd.Series:
    """Akaike's criterion of AR(0)..AR(max_lag), all on the same observations; lowest is chosen.

    Parameters
    ----------
    returns : array_like, shape (T,)
        Decimal returns per period.
    max_lag : int
        Largest number of lags (paper 004, section 6.2 tries one to five).

    Returns
    -------
    Series
        AIC indexed by the number of lags, computed by ``statsmodels.tsa.ar_model.AutoReg``.
    """
    from statsmodels.tsa.ar_model import AutoReg

    r = check_returns(returns, 2 * max_lag + 2)
    aic = {p: float(AutoReg(r, p, hold_back=max_lag).fit().aic) for p in range(max_lag + 1)}
    return pd.Series(aic, name="aic").rename_axis("lags")


def process_mean(mean: ArrayLike, covariance: ArrayLike) -> tuple[float, float]:
    r"""Unconditional mean :math:`\mu = c/(1 - \sum\phi)` and its delta-method standard error.

    Parameters
    ----------
    mean, covariance : array_like, shapes (p + 1,) and (p + 1, p + 1)
        Moments of (c, phi_1, ..., phi_p).
    """
    m = parameter_vector(mean)
    check_stationary(m[1:], "mean")
    c = check_covariance(covariance, len(m), "covariance", labels=parameter_labels(mean))
    slack = 1 - m[1:].sum()
    gradient = np.r_[1 / slack, np.full(len(m) - 1, m[0] / slack**2)]
    return float(m[0] / slack), float(np.sqrt(gradient @ c @ gradient))


def ar_multi_step(
    mean: ArrayLike, noise_variance: float, last: ArrayLike, horizon: int
) -> tuple[Array, Array]:
    r"""Forecasts 1..h steps ahead with known parameters: the plug-in moments of time 0.

    .. math:: \hat r_{t+j} = c + \sum_i \phi_i \hat r_{t+j-i},\qquad
              v_j = \sigma^2 \sum_{k<j} \psi_k^2 .

    Parameters
    ----------
    mean : array_like, shape (p + 1,)
        Intercept and lag coefficients.
    noise_variance : float
        :math:`\sigma^2`.
    last : array_like, shape (p,)
        The last p returns, newest first.
    horizon : int
        h, number of periods ahead.

    Returns
    -------
    tuple of ndarray
        Means and variances, each of shape (h,).
    """
    m = parameter_vector(mean)
    phi, lags = m[1:], np.asarray(last, dtype=float).copy()
    if lags.shape != phi.shape:
        raise ParameterError(f"last has {lags.size} returns, an AR({phi.size}) needs {phi.size}")
    psi_lags = np.zeros(phi.size)
    means, psi = np.empty(horizon), np.empty(horizon)
    for j in range(horizon):
        means[j] = m[0] + phi @ lags
        psi[j] = 1.0 if j == 0 else phi @ psi_lags
        if phi.size:
            lags, psi_lags = np.r_[means[j], lags[:-1]], np.r_[psi[j], psi_lags[:-1]]
    return means, noise_variance * np.cumsum(psi**2)


def check_stationary(coefficients: ArrayLike, name: str) -> None:
    """Raise ParameterError unless the autoregression with these lag coefficients is stationary."""
    phi = np.asarray(coefficients, dtype=float)
    if phi.size == 0:
        return
    companion = np.eye(phi.size, k=-1)
    companion[0] = phi
    modulus = float(np.abs(np.linalg.eigvals(companion)).max())
    if modulus >= 1:
        raise ParameterError(
            f"{name}: the autoregression is not stationary (largest root modulus {modulus:.4g}); "
            "model returns instead of prices, or shrink the lag coefficients"
        )


def check_covariance(
    matrix: ArrayLike, size: int, name: str, definite: bool = False, labels: pd.Index | None = None
) -> Array:
    """Return a symmetric positive semi-definite (or definite) matrix, or raise CovarianceError.

    A frame is put in the order of `labels`, if they are known.
    """
    if isinstance(matrix, pd.DataFrame):
        matrix = (
            square_frame(matrix, name)
            if labels is None
            else same_assets(matrix, labels, name, "the mean", CovarianceError)
        )
    c = np.atleast_2d(as_matrix(matrix, name, CovarianceError))
    if c.shape != (size, size):
        raise CovarianceError(f"{name} has shape {c.shape}, expected ({size}, {size})")
    if not np.isfinite(c).all():
        raise CovarianceError(f"{name} has missing or infinite entries")
    scale = float(np.abs(c).max())
    if not np.allclose(c, c.T, rtol=0, atol=1e-10 * scale):
        raise CovarianceError(f"{name} is not symmetric")
    lowest = float(np.linalg.eigvalsh(c)[0])
    if lowest < -1e-10 * scale or (definite and lowest <= 1e-14 * scale):
        kind = "positive definite (singular?)" if definite else "positive semi-definite"
        raise CovarianceError(f"{name} is not {kind}: smallest eigenvalue {lowest:.3g}")
    return c


def check_returns(returns: ArrayLike, least: int) -> Array:
    """Return a finite series of at least `least` returns, oldest first, or raise DataError."""
    series = as_series(returns, "returns", least)
    return np.asarray(series if isinstance(returns, pd.Series | pd.DataFrame) else returns, dtype=float)


def parameter_vector(mean: ArrayLike) -> Array:
    """Return (intercept, lag 1, ..., lag p) as a finite vector, or raise ParameterError."""
    m = as_matrix(_in_order(mean), "the prior mean", ParameterError)
    if m.ndim != 1 or m.size == 0 or not np.isfinite(m).all():
        raise ParameterError("the prior mean must be (intercept, lag 1, ..., lag p), all finite")
    return m


def parameter_labels(mean: ArrayLike) -> pd.Index | None:
    """Return the names of the parameters in order, if the vector carries any."""
    return _in_order(mean).index if isinstance(mean, pd.Series) else None


def _in_order(mean: ArrayLike) -> Any:
    """Put a vector that is named like those of the filter (intercept, lag_1, ...) in that order."""
    if not isinstance(mean, pd.Series):
        return mean
    names = ["intercept", *(f"lag_{j}" for j in range(1, len(mean)))]
    if set(mean.index) == set(names):
        return mean[names]
    if set(mean.index) & set(names):
        raise ParameterError(f"the prior mean is named {list(mean.index)}, expected {names}")
    return mean


def positive(value: float, name: str) -> float:
    """Return a positive finite number, or raise ParameterError naming it."""
    number = check_number(value, name)
    if not number > 0:
        raise ParameterError(f"{name} must be positive, got {value}")
    return number
