"""ARMA(1,1) with mean, fitted to one sample by exact maximum likelihood."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, as_series
from portfolio_study.errors import EstimationError, ParameterError

SHORTEST_WINDOW = 10
BOUNDARY = 0.999  # |phi| or |theta| beyond this: a unit root or a moving average that cannot be inverted
COMMON_FACTOR = 0.1  # |phi + theta| up to this: the two factors all but cancel


@dataclass(frozen=True)
class Arma11Fit:
    """An ARMA(1,1) with mean, ``x_t - mu = phi (x_(t-1) - mu) + a_t + theta a_(t-1)``, fitted to one sample.

    Attributes
    ----------
    mu, phi, theta, sigma2 : float
        Mean, AR and MA coefficient, noise variance (unit of the data, squared for sigma2).
    loglik : float
        Exact Gaussian log-likelihood at these values.
    loglik_noise : float
        That of white noise with a mean, phi = theta = 0.
    forecast, forecast_variance : float
        Conditional mean and variance of the next value.
    n : int
        Number of observations.
    """

    mu: float
    phi: float
    theta: float
    sigma2: float
    loglik: float
    loglik_noise: float
    forecast: float
    forecast_variance: float
    n: int

    @property
    def constant(self) -> float:
        """The constant c = mu (1 - phi) of ``x_t = c + phi x_(t-1) + a_t + theta a_(t-1)``."""
        return self.mu * (1 - self.phi)

    @property
    def boundary(self) -> bool:
        """Whether phi or theta lies at the edge of the stationary and invertible region."""
        return max(abs(self.phi), abs(self.theta)) > BOUNDARY

    @property
    def common_factor(self) -> bool:
        """Whether ``phi + theta`` is near zero, so that the model says no more than white noise."""
        return abs(self.phi + self.theta) <= COMMON_FACTOR

    @property
    def likelihood_ratio(self) -> float:
        """Twice the gain in log-likelihood over white noise with a mean."""
        return 2 * (self.loglik - self.loglik_noise)


def fit_arma11(x: Any) -> Arma11Fit:
    r"""Fit ARMA(1,1) with mean to one sample by exact maximum likelihood.

    .. math:: X_t - \mu = \phi (X_{t-1} - \mu) + a_t + \theta a_{t-1}, \qquad a_t \sim N(0, \sigma^2)

    The maximum is global: a grid over the square |phi|, |theta| < 1 supplies the starts.

    Parameters
    ----------
    x : Series or array, shape (n,)
        Observations in any unit, oldest first, n >= 10.

    Returns
    -------
    Arma11Fit

    Raises
    ------
    DataError
        For missing values or a table with several columns.
    ParameterError
        For fewer than 10 observations.
    EstimationError
        If all observations are equal.

    References
    ----------
    Paper 000, section ARIMA; Brockwell, P. J. and Davis, R. A. (1991). Time Series: Theory and Methods.
    2nd edition, Springer, sections 5.3 and 8.7.
    """
    from portfolio_study.forecasting import arma_kernel as kernel

    series = as_series(x if isinstance(x, pd.Series | pd.DataFrame) else np.asarray(x).squeeze(), "series", 1)
    frame = as_frame(series, "returns", 1)
    n = len(frame)
    if n < SHORTEST_WINDOW:
        raise ParameterError(f"ARMA(1,1) needs at least {SHORTEST_WINDOW} observations, got {n}")
    row = kernel.fit_windows(frame.to_numpy().T, n, last=True)[0, 0]
    if row[kernel.STATUS] == kernel.CONSTANT:
        raise EstimationError(
            f"{frame.columns[0]}: all {n} observations equal {frame.iloc[0, 0]!r}; a constant has no dynamics"
        )
    return Arma11Fit(
        mu=float(row[kernel.MU]),
        phi=float(row[kernel.PHI]),
        theta=float(row[kernel.THETA]),
        sigma2=float(row[kernel.SIGMA2]),
        loglik=float(row[kernel.LOGLIK]),
        loglik_noise=float(row[kernel.LOGLIK_NOISE]),
        forecast=float(row[kernel.FORECAST]),
        forecast_variance=float(row[kernel.FORECAST_VARIANCE]),
        n=n,
    )
