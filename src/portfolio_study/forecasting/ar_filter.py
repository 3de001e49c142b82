r"""Bayesian filter of an autoregression: parameters and one-step forecasts, updated week by week.

The AR(p) model of Sikaria, Sen and Upadhye, *Bayesian Filtering for Multi-period
Mean-Variance Portfolio Selection* (paper 004, section 2) is a static regression

.. math:: r_t = F_t'\theta + \epsilon_t,\quad F_t = (1, r_{t-1}, \dots, r_{t-p})',\quad
          \theta = (c, \phi_1, \dots, \phi_p)',\quad \epsilon_t \sim N(0, \sigma^2).

The paper leaves out the constant in :math:`F_t` and writes :math:`F'mF + \sigma^2` for the
forecast variance; here are the forms with which the sequential posterior equals the batch
posterior (West and Harrison, *Bayesian Forecasting and Dynamic Models*, 2nd ed., 1997, ch. 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.forecasting.ar_model import (
    check_covariance,
    check_returns,
    check_stationary,
    parameter_labels,
    parameter_vector,
    positive,
    regressors,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FilteredMoments:
    """Moments of the parameters after each observation and of each observation before it is seen.

    Attributes
    ----------
    mean : DataFrame or ndarray, shape (steps, p + 1)
        Posterior mean of (intercept, lag 1, ..., lag p) after the observation of that step.
    covariance : ndarray, shape (steps, p + 1, p + 1)
        Posterior covariance after the observation of that step.
    forecast, forecast_variance : Series or ndarray, shape (steps,)
        Mean and variance of the observation given everything before it, labelled with the date
        that is forecast. With unknown noise variance: location and squared scale of a Student t.
    gain : ndarray, shape (steps, p + 1)
        How far each parameter moves per unit of forecast error.
    noise_variance : ndarray, shape (steps,)
        The noise variance after each step: constant when it is known.
    degrees_of_freedom : ndarray, shape (steps,), or None
        Of the forecast of that step; None for normal forecasts (known noise variance).
    observed : ndarray, shape (steps,)
        The values that were forecast.
    """

    mean: Any
    covariance: Array
    forecast: Any
    forecast_variance: Any
    gain: Array
    noise_variance: Array
    degrees_of_freedom: Array | None
    observed: Array

    def _standardised(self) -> Array:
        return (self.observed - np.asarray(self.forecast)) / np.sqrt(np.asarray(self.forecast_variance))

    @property
    def log_score(self) -> Any:
        """Log predictive density of each observation, shape (steps,); higher is better."""
        from scipy import stats

        z, scale = self._standardised(), np.sqrt(np.asarray(self.forecast_variance))
        if self.degrees_of_freedom is None:
            density = np.asarray(stats.norm.logpdf(z))
        else:
            density = np.asarray(stats.t.logpdf(z, self.degrees_of_freedom))
        return _like(self.forecast, density - np.log(scale))

    @property
    def pit(self) -> Any:
        """Probability integral transform, shape (steps,): uniform on (0, 1) if the forecasts are right."""
        from scipy import stats

        z, df = self._standardised(), self.degrees_of_freedom
        values = stats.norm.cdf(z) if df is None else stats.t.cdf(z, df)
        return _like(self.forecast, np.asarray(values))


def _like(template: Any, values: Array) -> Any:
    return pd.Series(values, index=template.index) if isinstance(template, pd.Series) else values


def ar_step(
    mean: Array, covariance: Array, regressor: Array, value: float, noise_variance: float
) -> tuple[float, float, Array, Array, Array]:
    r"""One step of the filter: forecast, then update (paper 004, (4) and (5), corrected).

    .. math:: f = F'm,\quad Q = F'CF + \sigma^2,\quad A = CF/Q,\quad
              m \leftarrow m + A(r - f),\quad C \leftarrow C - A Q A'.

    Returns
    -------
    tuple
        f, Q, A, the new m and the new C.
    """
    f = float(regressor @ mean)
    cf = covariance @ regressor
    q = float(regressor @ cf) + noise_variance
    gain = cf / q
    return f, q, gain, mean + gain * (value - f), covariance - np.outer(gain, gain) * q


def ar_filter(
    returns: ArrayLike,
    prior_mean: ArrayLike,
    prior_cov: ArrayLike,
    noise_variance: float,
    degrees_of_freedom: float | None = None,
) -> FilteredMoments:
    r"""Filter an AR(p) with normal prior :math:`(c, \phi_1, \dots, \phi_p) \sim N(m_0, C_0)`.

    Parameters
    ----------
    returns : Series or array_like, shape (p + steps,)
        Decimal returns per period, oldest first. The first p are only the lags of the first forecast.
    prior_mean : array_like, shape (p + 1,)
        :math:`m_0`: intercept, then the coefficients of lags 1..p. Its length sets p.
        The intercept is :math:`c = \mu(1 - \sum\phi)`, not the mean :math:`\mu`: the model is
        linear in c, so only there is a normal prior conjugate.
    prior_cov : array_like, shape (p + 1, p + 1)
        :math:`C_0`, symmetric and positive semi-definite.
    noise_variance : float
        :math:`\sigma^2` per period. Known, unless `degrees_of_freedom` is given.
    degrees_of_freedom : float, optional
        Extension beyond the paper: the noise variance is unknown, `noise_variance` is its prior
        estimate worth this many observations, and forecasts are Student t (normal-inverse-gamma).

    Returns
    -------
    FilteredMoments
        One entry per forecast return, with the labels of `returns`.

    Raises
    ------
    DataError
        If a return is missing or there is none to forecast.
    ParameterError
        If the noise variance or the degrees of freedom are not positive, or the prior mean is not
        that of a stationary autoregression.
    CovarianceError
        If `prior_cov` has the wrong shape, is asymmetric or not positive semi-definite.

    References
    ----------
    Paper 004, (2)-(5); West and Harrison (1997), theorems 4.1 and 4.4.
    """
    m = parameter_vector(prior_mean)
    c = check_covariance(prior_cov, len(m), "prior_cov", labels=parameter_labels(prior_mean))
    order = len(m) - 1
    r = check_returns(returns, order + 1)
    check_stationary(m[1:], "prior_mean")
    s2, df = positive(noise_variance, "noise_variance"), degrees_of_freedom
    if df is not None:
        df = positive(df, "degrees_of_freedom")
    rows, values = regressors(r, order)
    steps = len(values)
    means, gains = np.empty((steps, order + 1)), np.empty((steps, order + 1))
    covs, f, q = np.empty((steps, order + 1, order + 1)), np.empty(steps), np.empty(steps)
    noise, dfs = np.empty(steps), np.empty(steps)
    for t, (row, value) in enumerate(zip(rows, values, strict=True)):
        f[t], q[t], gains[t], m, c = ar_step(m, c, row, value, s2)
        if df is not None:
            # every variance is proportional to the unknown one: rescale all by the new estimate
            dfs[t], df = df, df + 1
            ratio = 1 + ((value - f[t]) ** 2 / q[t] - 1) / df
            s2, c = s2 * ratio, c * ratio
        means[t], covs[t], noise[t] = m, c, s2
    return FilteredMoments(
        mean=_label(means, returns, order, ["intercept", *(f"lag_{j}" for j in range(1, order + 1))]),
        covariance=covs,
        forecast=_label(f, returns, order),
        forecast_variance=_label(q, returns, order),
        gain=gains,
        noise_variance=noise,
        degrees_of_freedom=None if df is None else dfs,
        observed=values,
    )


def batch_posterior(
    returns: ArrayLike, prior_mean: ArrayLike, prior_cov: ArrayLike, noise_variance: float
) -> tuple[Array, Array]:
    r"""Posterior from all observations at once, the yardstick of the sequential filter.

    .. math:: C_n^{-1} = C_0^{-1} + Z'Z/\sigma^2,\qquad m_n = C_n(C_0^{-1} m_0 + Z'r/\sigma^2).

    Returns
    -------
    tuple of ndarray
        Mean (p + 1,) and covariance (p + 1, p + 1).

    Raises
    ------
    DataError, ParameterError, CovarianceError
        As `ar_filter`; `prior_cov` must be positive definite.
    """
    m0 = parameter_vector(prior_mean)
    labels = parameter_labels(prior_mean)
    c0 = check_covariance(prior_cov, len(m0), "prior_cov", definite=True, labels=labels)
    precision0 = np.linalg.inv(c0)
    rows, values = regressors(check_returns(returns, len(m0)), len(m0) - 1)
    covariance = np.asarray(np.linalg.inv(precision0 + rows.T @ rows / noise_variance), dtype=float)
    return covariance @ (precision0 @ m0 + rows.T @ values / noise_variance), covariance


def _label(values: Array, returns: ArrayLike, order: int, columns: Sequence[str] | None = None) -> Any:
    if not isinstance(returns, pd.Series):
        return values
    index = returns.index[order:]
    return pd.Series(values, index=index) if columns is None else pd.DataFrame(values, index, list(columns))
