"""One-step forecasts of returns by Prophet, which fits a trend with breaks and seasons to log prices.

Only the extra ``prophet`` installs the package: it is imported inside functions.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_prices, check_count, label
from portfolio_study.errors import EstimationError, ParameterError, needing
from portfolio_study.settings import parallel

__all__ = ["FEWEST", "ProphetForecasts", "rolling_prophet"]

FEWEST = 30
"""Prices below which no trend with breaks and weekdays is fitted."""


@dataclass(frozen=True)
class ProphetForecasts:
    """Forecasts of Prophet, which was fitted again from time to time.

    Attributes
    ----------
    mean : DataFrame, shape (forecast dates, N)
        Forecast log returns: the change of the forecast path since the date before.
    log_price : DataFrame
        Forecast log prices: the path itself. It does not start at the last price, so that its distance from
        that price is no forecast of a return.
    fits : int
        Models that were fitted, all tickers together.
    """

    mean: pd.DataFrame
    log_price: pd.DataFrame
    fits: int


def rolling_prophet(close: pd.DataFrame, first: Any, past: int = 800, every: int = 21) -> ProphetForecasts:
    r"""Forecast the log return of each date from a given one on by Prophet with its defaults.

    .. math:: \ln P_t = g(t) + s(t) + \varepsilon_t, \qquad
              \hat r_t = \hat g(t) + \hat s(t) - \hat g(t - 1) - \hat s(t - 1)

    The trend g is piecewise linear; the seasons s are Fourier series of the year (where there are two years of
    prices) and of the week. A model is fitted to the `past` prices before each block of `every` dates and forecasts
    all dates of the block: nothing of the block itself is known to it.

    Parameters
    ----------
    close : DataFrame, shape (T, N)
        Prices adjusted for splits and dividends, oldest first; dates as row labels.
    first : date
        First date to forecast, one of those of the prices; all later ones follow.
    past : int
        Prices behind a fit; fewer where the prices begin later.
    every : int
        Dates between two fits.

    Returns
    -------
    ProphetForecasts

    Raises
    ------
    MissingPackageError
        If Prophet is not installed.
    DataError
        If a price is missing or not positive, dates are repeated or out of order.
    ParameterError
        If the first date is none of the prices', fewer than 30 prices stand before it, or rows have no dates.
    EstimationError
        If no model can be fitted; ticker and date are named.

    References
    ----------
    Taylor and Letham (2018), Forecasting at Scale, The American Statistician 72, 37-45.
    """
    from joblib import delayed

    with needing("prophet"), _quiet():
        import prophet  # noqa: F401
    past, every = check_count(past, "past", FEWEST), check_count(every, "every", 1)
    logs = as_prices(close).apply(np.log)
    if not isinstance(logs.index, pd.DatetimeIndex):
        raise ParameterError("Prophet needs dates as row labels of the prices")
    days = logs.index.tz_localize(None)
    start = int(logs.index.get_indexer(pd.DatetimeIndex([first]))[0])
    if start < 0:
        raise ParameterError(f"{label(pd.Timestamp(first))} is not a date of these prices")
    if start < FEWEST:
        raise ParameterError(
            f"{label(logs.index[start])} cannot be forecast: it has {start} prices before it, Prophet needs {FEWEST}"
        )
    blocks = [(row, min(row + every, len(logs))) for row in range(start, len(logs), every)]
    orders = [(name, row, stop) for name in logs for row, stop in blocks]
    paths = parallel()(
        delayed(_path)(
            str(name),
            days[max(0, row - past) : row],
            logs[name].to_numpy()[max(0, row - past) : row],
            days[row - 1 : stop],
        )
        for name, row, stop in orders
    )
    by_ticker: dict[Any, list[np.ndarray]] = {name: [] for name in logs}
    for (name, _, _), path in zip(orders, paths, strict=True):
        by_ticker[name].append(path)
    dates = logs.index[start:]
    return ProphetForecasts(
        mean=pd.DataFrame(
            {n: np.concatenate([np.diff(p) for p in of]) for n, of in by_ticker.items()}, dates
        ),
        log_price=pd.DataFrame(
            {n: np.concatenate([p[1:] for p in of]) for n, of in by_ticker.items()}, dates
        ),
        fits=len(orders),
    )


def _path(ticker: str, days: pd.DatetimeIndex, logs: np.ndarray, ahead: pd.DatetimeIndex) -> np.ndarray:
    """Fit Prophet to log prices and return its path on the dates ahead."""
    with _quiet():
        from prophet import Prophet

        # Only the middle of the forecast is wanted; intervals would be drawn at random.
        model = Prophet(uncertainty_samples=0)
        try:
            model.fit(pd.DataFrame({"ds": days, "y": logs}), seed=1)
        except RuntimeError as error:
            raise EstimationError(
                f"{ticker}: Prophet could not be fitted to the prices until {label(days[-1])}: leave the ticker out "
                f"({str(error).splitlines()[0]})"
            ) from error
        found: np.ndarray = model.predict(pd.DataFrame({"ds": ahead}))["yhat"].to_numpy(dtype=float)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what Prophet and its engine say of every single fit, and of notebooks without progress bars."""
    # Their levels would not do: the engine sets its own when it is loaded, which is at the first fit.
    loggers = [logging.getLogger(name) for name in ("prophet", "cmdstanpy")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="IProgress not found")
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
