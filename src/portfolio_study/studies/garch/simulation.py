"""A world in which GARCH(1,1) is true, and what a short window makes of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.checks import check_count
from portfolio_study.errors import ParameterError
from portfolio_study.risk.garch import rolling_garch, unconditional_variance
from portfolio_study.risk.volatility import ewma_variance, rolling_variance

_BURN = 500


def simulate_garch(
    periods: int, series: int, omega: float, alpha: float, beta: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Simulate independent Gaussian GARCH(1,1) series.

    Parameters
    ----------
    periods, series : int
        Shape of the result.
    omega, alpha, beta : float
        Parameters, alpha + beta below one.
    seed : int
        Seed of the generator.

    Returns
    -------
    returns, variances : ndarray, shape (periods, series)
        In the unit of omega; the variance of a row is known before its return.
    """
    generator = np.random.default_rng(seed)
    variance = np.full(series, unconditional_variance(omega, alpha, beta))
    returns, variances = np.empty((periods, series)), np.empty((periods, series))
    for t in range(-_BURN, periods):
        shock = np.sqrt(variance) * generator.standard_normal(series)
        if t >= 0:
            returns[t], variances[t] = shock, variance
        variance = omega + alpha * shock**2 + beta * variance
    return returns, variances


@dataclass(frozen=True)
class GarchTruth:
    """Forecasts of the last period of each simulated series.

    Attributes
    ----------
    qlike : DataFrame, shape (replications, methods)
        QLIKE loss against the true variance.
    boundary : dict of float
        Share of GARCH fits on an edge of the parameter region, by method.
    """

    qlike: pd.DataFrame
    boundary: dict[str, float]


def garch_truth(
    replications: int = 1000,
    window: int = 50,
    long_window: int = 500,
    omega: float = 0.02,
    alpha: float = 0.08,
    beta: float = 0.90,
    seed: int = 0,
) -> GarchTruth:
    r"""Simulate GARCH(1,1) returns and compare forecasts with the variance that generated them.

    The loss is :math:`\sigma^2/h - \ln(\sigma^2/h) - 1` with the true variance, so that nothing of
    the comparison is noise of a proxy.

    Parameters
    ----------
    replications : int
        Independent series.
    window, long_window : int
        Windows of the two GARCH models.
    omega, alpha, beta : float
        The truth, in percent squared.
    seed : int
        Seed of the simulation.

    Returns
    -------
    GarchTruth

    Raises
    ------
    ParameterError
        If the windows are not increasing or the process has no long-run variance.
    """
    check_count(replications, "replications", 2)
    if long_window <= window:
        raise ParameterError(f"long_window must exceed window = {window}, got {long_window}")
    returns, variances = simulate_garch(long_window + 1, replications, omega, alpha, beta, seed)
    frame = pd.DataFrame(returns / 100.0)
    short = frame.iloc[-window - 1 :].reset_index(drop=True)
    fits = {
        f"GARCH {window}": rolling_garch(short, window),
        f"GARCH {long_window}": rolling_garch(frame, long_window),
    }
    forecasts = {name: fit.variance for name, fit in fits.items()}
    forecasts[f"variance {window}"] = rolling_variance(short, window)
    forecasts["EWMA"] = ewma_variance(frame, start=window)
    truth = variances[-1] / 100.0**2
    ratios = {name: truth / forecast.to_numpy()[-1] for name, forecast in forecasts.items()}
    return GarchTruth(
        qlike=pd.DataFrame({name: x - np.log(x) - 1 for name, x in ratios.items()}),
        boundary={name: float(fit.boundary.to_numpy().mean()) for name, fit in fits.items()},
    )
