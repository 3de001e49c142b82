r"""Bayesian filter of a vector autoregression, in Kronecker form.

The VAR(p) of paper 004, section 4, is the multivariate regression

.. math:: R_t = \Pi'Z_t + \epsilon_t,\quad Z_t = (1, R_{t-1}', \dots, R_{t-p}')',\quad
          \epsilon_t \sim N(0, \Sigma),

with :math:`\Pi` of shape (k, n), k = np + 1. With the prior covariance
:math:`\Sigma \otimes P_0` (equation (12) with :math:`P_0 = (Z'Z)^{-1}`) every later covariance is
:math:`\Sigma \otimes P_t`, so that one k x k matrix is updated instead of one of nk x nk.
The paper's (13) and (14) multiply matrices that do not fit; these are the forms that do
(West and Harrison, *Bayesian Forecasting and Dynamic Models*, 2nd ed., 1997, section 16.4).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks import as_frame, as_matrix
from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.forecasting.ar_model import check_covariance, positive

Array = NDArray[np.float64]


@dataclass(frozen=True)
class VarFilteredMoments:
    r"""Moments of a vector autoregression after each observation, and of each observation before it.

    Attributes
    ----------
    mean : ndarray, shape (steps, k, n)
        Posterior mean of :math:`\Pi` after each step; column i is the equation of asset i.
    scale : ndarray, shape (steps, k, k)
        :math:`P_t`; the posterior covariance of :math:`vec(\Pi)` is :math:`\Sigma \otimes P_t`.
    forecast : DataFrame or ndarray, shape (steps, n)
        Mean of the returns given everything before them, labelled with the date forecast.
    forecast_scale : ndarray, shape (steps,)
        :math:`1 + Z'PZ`, the factor by which parameter uncertainty widens :math:`\Sigma`.
    noise_covariance : ndarray, shape (steps, n, n)
        :math:`\Sigma` used in the forecast of each step.
    degrees_of_freedom : ndarray, shape (steps,), or None
        Of the Student t forecasts when the noise covariance is unknown.
    observed : ndarray, shape (steps, n)
        The returns that were forecast.
    """

    mean: Array
    scale: Array
    forecast: Any
    forecast_scale: Array
    noise_covariance: Array
    degrees_of_freedom: Array | None
    observed: Array

    @property
    def forecast_covariance(self) -> Array:
        r""":math:`Q_t = (1 + Z'PZ)\Sigma`, shape (steps, n, n)."""
        return np.asarray(self.forecast_scale[:, None, None] * self.noise_covariance)

    @property
    def log_score(self) -> Any:
        """Log predictive density of each vector of returns, shape (steps,); higher is better."""
        from scipy import stats

        cov, mean = self.forecast_covariance, np.asarray(self.forecast)
        out = np.empty(len(mean))
        for t, (value, centre, shape) in enumerate(zip(self.observed, mean, cov, strict=True)):
            if self.degrees_of_freedom is None:
                out[t] = stats.multivariate_normal.logpdf(value, centre, shape)
            else:
                df = float(self.degrees_of_freedom[t])
                out[t] = stats.multivariate_t.logpdf(value, centre, shape, df=df)  # type: ignore[arg-type]
        framed = isinstance(self.forecast, pd.DataFrame)
        return pd.Series(out, index=self.forecast.index) if framed else out

    def covariance(self, step: int) -> Array:
        r"""Posterior covariance of :math:`vec(\Pi)` after a step, :math:`\Sigma \otimes P`, (nk, nk)."""
        return np.kron(self.noise_covariance[step], self.scale[step])


def var_regressors(returns: ArrayLike, order: int) -> tuple[Array, Array]:
    """Rows :math:`Z_t' = (1, R_{t-1}', ..., R_{t-p}')` and the returns that they explain.

    Returns
    -------
    tuple of ndarray
        Regressors of shape (T - p, np + 1) and values of shape (T - p, n).
    """
    r = np.asarray(returns, dtype=float)
    lags = [r[order - j : len(r) - j] for j in range(1, order + 1)]
    return np.hstack([np.ones((len(r) - order, 1)), *lags]), r[order:]


def var_step(
    mean: Array, scale: Array, regressor: Array, value: Array
) -> tuple[Array, float, Array, Array, Array]:
    r"""One step of the filter (paper 004, (13) and (14), corrected).

    .. math:: f = M'Z,\quad q = 1 + Z'PZ,\quad a = PZ/q,\quad
              M \leftarrow M + a(R - f)',\quad P \leftarrow P - a a' q .

    Returns
    -------
    tuple
        f, q, a, the new M and the new P.
    """
    forecast = mean.T @ regressor
    pz = scale @ regressor
    q = 1.0 + float(regressor @ pz)
    gain = pz / q
    return forecast, q, gain, mean + np.outer(gain, value - forecast), scale - np.outer(gain, gain) * q


def var_filter(
    returns: ArrayLike,
    prior_mean: ArrayLike,
    prior_scale: ArrayLike,
    noise_covariance: ArrayLike,
    degrees_of_freedom: float | None = None,
) -> VarFilteredMoments:
    r"""Filter a VAR(p) with prior :math:`vec(\Pi) \sim N(vec(M_0), \Sigma \otimes P_0)`.

    Parameters
    ----------
    returns : DataFrame or array_like, shape (p + steps, n)
        Decimal returns per period, oldest first; the first p rows are only lags.
    prior_mean : array_like, shape (np + 1, n)
        :math:`M_0`: first row the intercepts, then the coefficients of lag 1, of lag 2, ...;
        column i is the equation of asset i. Its shape sets p.
    prior_scale : array_like, shape (np + 1, np + 1)
        :math:`P_0`, symmetric and positive semi-definite; dimensionless but for the units of the lags.
    noise_covariance : array_like, shape (n, n)
        :math:`\Sigma` per period, positive definite.
    degrees_of_freedom : float, optional
        Extension beyond the paper: :math:`\Sigma` is unknown, `noise_covariance` is its prior
        estimate worth this many observations, and forecasts are multivariate Student t.

    Raises
    ------
    DataError
        If returns are missing or too few.
    ParameterError
        If `prior_mean` does not fit the number of assets, or is not that of a stationary VAR.
    CovarianceError
        If `prior_scale` or `noise_covariance` is not a covariance matrix (of the right size).

    References
    ----------
    Paper 004, (10)-(14); West and Harrison (1997), section 16.4.
    """
    r = check_panel(returns)
    n = r.shape[1]
    assets = returns.columns if isinstance(returns, pd.DataFrame) else None
    m = as_matrix(_in_order(prior_mean, assets), "prior_mean", ParameterError)
    if m.ndim != 2 or m.shape[1] != n or (m.shape[0] - 1) % n or not np.isfinite(m).all():
        raise ParameterError(
            f"prior_mean has shape {m.shape}; for {n} assets it is (np + 1, {n}), all finite"
        )
    order = (m.shape[0] - 1) // n
    if len(r) <= order:
        raise DataError(f"returns: {len(r)} rows given, at least {order + 1} needed")
    check_stationary_var(m, "prior_mean")
    p = check_covariance(prior_scale, m.shape[0], "prior_scale")
    sigma = check_covariance(noise_covariance, n, "noise_covariance", definite=True, labels=assets)
    df = None if degrees_of_freedom is None else positive(degrees_of_freedom, "degrees_of_freedom")
    rows, values = var_regressors(r, order)
    steps, k = rows.shape
    means, scales, f = np.empty((steps, k, n)), np.empty((steps, k, k)), np.empty((steps, n))
    q, noise, dfs = np.empty(steps), np.empty((steps, n, n)), np.empty(steps)
    for t, (row, value) in enumerate(zip(rows, values, strict=True)):
        noise[t] = sigma
        f[t], q[t], _, m, p = var_step(m, p, row, value)
        if df is not None:
            error = value - f[t]
            dfs[t], df = df, df + 1
            sigma = sigma + (np.outer(error, error) / q[t] - sigma) / df
        means[t], scales[t] = m, p
    labelled: Any = (
        pd.DataFrame(f, returns.index[order:], returns.columns) if isinstance(returns, pd.DataFrame) else f
    )
    return VarFilteredMoments(
        mean=means,
        scale=scales,
        forecast=labelled,
        forecast_scale=q,
        noise_covariance=noise,
        degrees_of_freedom=None if df is None else dfs,
        observed=values,
    )


@dataclass(frozen=True)
class VarPrior:
    r"""Least-squares fit of a VAR(p), ready to be the prior of the filter.

    Attributes
    ----------
    mean : ndarray, shape (np + 1, n)
        Intercepts, then lag coefficients; column i is the equation of asset i.
    scale : ndarray, shape (np + 1, np + 1)
        :math:`(Z'Z)^{-1}`.
    noise_covariance : ndarray, shape (n, n)
        :math:`\frac{1}{T-k}\sum \epsilon\epsilon'` (paper 004, below (12)).
    degrees_of_freedom : int
        Observations less parameters of one equation.
    last : ndarray, shape (p, n)
        The last p rows of returns, newest first.
    """

    mean: Array
    scale: Array
    noise_covariance: Array
    degrees_of_freedom: int
    last: Array

    @property
    def process_mean(self) -> Array:
        r"""Unconditional mean :math:`(I - \sum\Phi_j)^{-1}c`, shape (n,)."""
        n = self.mean.shape[1]
        phi = self.mean[1:].reshape(-1, n, n).sum(axis=0).T
        return np.asarray(np.linalg.solve(np.eye(n) - phi, self.mean[0]))


def var_prior(returns: ArrayLike, order: int = 1) -> VarPrior:
    """Fit a VAR(p) by least squares on an initial sample (paper 004, (11)-(12)).

    Raises
    ------
    EstimationError
        If an equation does not have more observations than parameters, or regressors are collinear.
    """
    r = check_panel(returns)
    rows, values = var_regressors(r, order)
    t, k = rows.shape
    if t <= k:
        raise EstimationError(
            f"VAR({order}) of {r.shape[1]} assets has {k} parameters an equation and the sample gives "
            f"{max(t, 0)} observations: take more rows, fewer assets or fewer lags"
        )
    if np.linalg.matrix_rank(rows) < k:
        raise EstimationError(f"VAR({order}): lagged returns are collinear (two assets with equal returns?)")
    inverse = np.asarray(np.linalg.inv(rows.T @ rows), dtype=float)
    mean = inverse @ (rows.T @ values)
    residuals = values - rows @ mean
    return VarPrior(
        mean,
        inverse,
        np.asarray(residuals.T @ residuals / (t - k), dtype=float),
        t - k,
        r[::-1][:order].copy(),
    )


def var_order(returns: ArrayLike, max_lag: int = 5) -> pd.Series:
    """Akaike's criterion of VAR(0)..VAR(max_lag) on the same observations; lowest is chosen.

    Returns
    -------
    Series
        AIC per observation, indexed by the number of lags, by ``statsmodels.tsa.api.VAR``.
    """
    from statsmodels.tsa.api import VAR

    r = check_panel(returns)
    if len(r) - max_lag <= r.shape[1] * max_lag + 1:
        raise EstimationError(
            f"var_order: {len(r)} rows are too few for VAR({max_lag}) of {r.shape[1]} assets"
        )
    aic = VAR(r).select_order(max_lag).ics["aic"]
    return pd.Series(np.asarray(aic, dtype=float), name="aic").rename_axis("lags")


def check_stationary_var(mean: ArrayLike, name: str) -> None:
    """Raise ParameterError unless the VAR with these coefficients, shape (np + 1, n), is stationary."""
    m = np.asarray(mean, dtype=float)
    n, order = m.shape[1], (m.shape[0] - 1) // m.shape[1]
    if order == 0:
        return
    companion = np.eye(n * order, k=-n)
    companion[:n] = m[1:].T
    modulus = float(np.abs(np.linalg.eigvals(companion)).max())
    if modulus >= 1:
        raise ParameterError(
            f"{name}: the vector autoregression is not stationary (largest root modulus {modulus:.4g}); "
            "model returns instead of prices, or shrink the lag coefficients"
        )


def check_panel(returns: ArrayLike) -> Array:
    """Return finite returns of shape (T, n), oldest first, or raise DataError naming date and asset."""
    frame = as_frame(returns, "returns", 1)
    return np.asarray(frame if isinstance(returns, pd.DataFrame) else returns, dtype=float)


def _in_order(prior_mean: ArrayLike, assets: pd.Index | None) -> ArrayLike:
    """Return the coefficients with one column an asset, in the order of the returns."""
    if assets is None or not isinstance(prior_mean, pd.DataFrame) or prior_mean.columns.equals(assets):
        return prior_mean
    odd = prior_mean.columns.symmetric_difference(assets)
    if len(odd) or not prior_mean.columns.is_unique:
        raise ParameterError(f"prior_mean and returns have different assets: {', '.join(map(str, odd[:5]))}")
    if len(prior_mean) > 1:
        raise ParameterError(
            "prior_mean has the assets of the returns in another order, and its rows hold lags in that "
            "order: give both in the same order"
        )
    return prior_mean[assets]
