"""Errors of a volatility forecast under every reading of "actual volatility" in paper 000."""

import pandas as pd

from portfolio_study.checks import aligned_like, as_frame, at_rows
from portfolio_study.risk.covariance_forecasts import (
    broadcast_covariance,
    rolling_correlation,
    rolling_covariance,
)
from portfolio_study.risk.garch import RollingVolatility
from portfolio_study.risk.volatility import rolling_variance

POOLED = "all"
STATED = "volatility against the window's sd"
HISTORY = "volatility against the whole history's sd"
NEXT = "volatility against the next window's sd"
RETURN_ERROR = "zero against the return"
AS_STATED = (STATED, HISTORY, NEXT)
"""The stretches of history whose standard deviation the paper may mean."""


def reading_errors(returns: pd.DataFrame, fitted: RollingVolatility) -> dict[str, pd.DataFrame]:
    """Errors by date and ticker, one table a reading of what is compared with what.

    Parameters
    ----------
    returns, fitted
        As for `proxy_errors`.

    Returns
    -------
    dict of DataFrame
        Without the next window's standard deviation where no whole window follows.
    """
    frame, window = as_frame(returns, "returns", fitted.window + 1, labelled=True), fitted.window
    sigma = fitted.volatility
    actual = aligned_like(at_rows(frame, sigma.index, "returns"), sigma, "returns", "fitted.volatility")
    frame = frame[sigma.columns]
    sd = rolling_variance(frame, window) ** 0.5
    after = sd.shift(-window).dropna()
    errors = {
        STATED: sigma - sd,
        HISTORY: sigma - frame.std(),
        "volatility against the absolute return": sigma - actual.abs(),
        RETURN_ERROR: -actual,
        "mean against the return": fitted.parameters["mu"] - actual,
        "variance against the squared return": sigma**2 - actual**2,
    }
    if len(after):
        errors[NEXT] = sigma.loc[after.index] - after
    return errors


def proxy_errors(returns: pd.DataFrame, fitted: RollingVolatility) -> pd.DataFrame:
    """Root mean squared error of the forecasts against each candidate for the truth.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    fitted : RollingVolatility
        Forecasts from them.

    Returns
    -------
    DataFrame
        One row for each candidate, one column for each ticker, and ``all`` (errors of all tickers
        pooled). Decimals per period, except the row of variances (decimals squared).

    Notes
    -----
    Paper 000, section GARCH, Results, compares with "the standard deviation from the historical
    log-returns": the window's own, that of the whole history, or that of the next window. The other
    rows are what else could have been computed.
    """
    errors = reading_errors(returns, fitted)
    table = pd.DataFrame({name: _rmse(error) for name, error in errors.items()}).T
    if fitted.volatility.shape[1] > 1:
        frame = as_frame(returns, "returns", labelled=True)[fitted.volatility.columns]
        table.loc["broadcast matrix against the sample covariance"] = _broadcast_errors(frame, fitted)
    return table


def _rmse(error: pd.DataFrame) -> pd.Series:
    squares = error.pow(2).mean()
    squares[POOLED] = squares.mean()
    return squares**0.5


def _broadcast_errors(frame: pd.DataFrame, fitted: RollingVolatility) -> pd.Series:
    """RMSE of the entries R_ij sigma_j against the window's sample covariance, column by column."""
    literal = broadcast_covariance(rolling_correlation(frame, fitted.window), fitted.volatility.to_numpy())
    error = (literal - rolling_covariance(frame, fitted.window)) ** 2
    squares = pd.Series(error.mean(axis=(0, 1)), index=frame.columns)
    squares[POOLED] = squares.mean()
    return squares**0.5
