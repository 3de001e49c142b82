"""Relative strength index in the four readings that its definition allows."""

import numpy as np
import pandas as pd

from portfolio_study.checks import as_prices, check_count
from portfolio_study.data.history import Table
from portfolio_study.errors import UnknownNameError

RSI_METHODS = ("ta", "wilder", "cutler", "literal")


def rsi(close: Table, window: int = 14, method: str = "ta") -> Table:
    r"""Return the relative strength index of prices.

    .. math:: RSI_t = 100 - \frac{100}{1 + RS_t}, \qquad
              U_t = \max(P_t - P_{t-1}, 0), \quad D_t = \max(P_{t-1} - P_t, 0)

    The four readings differ in :math:`RS_t`, the strength of rises over falls:

    ``ta``
        exponential means of U and D with weight :math:`1/n`, started with a zero
        change at the first price: what the library named by paper 000 computes.
        First value at price number n (counted from 1).
    ``wilder``
        means of the first n changes, then :math:`m_t = ((n-1) m_{t-1} + x_t)/n`
        (Wilder, 1978). First value at price n + 1.
    ``cutler``
        plain means of U and D over the last n changes, zeros included.
    ``literal``
        mean of U over the days that rose divided by the mean of D over the days
        that fell: the words of paper 000, section Data Pre-processing.

    Parameters
    ----------
    close : DataFrame (T, N) or Series (T,)
        Prices without gaps.
    window : int, default 14
        Number of changes n that are averaged.
    method : {"ta", "wilder", "cutler", "literal"}
        The reading.

    Returns
    -------
    DataFrame or Series, shaped like `close`
        Index between 0 and 100; NaN where there is no full window yet. Where no
        price fell, it is 100 (also for a constant price, the convention of ``ta``).

    Raises
    ------
    ParameterError
        If `window` is not a whole number of at least 1; UnknownNameError if `method` is unknown.
    DataError
        If a price is missing, text or not positive, or a date is repeated or out of order (ticker and date
        are named).

    References
    ----------
    Wilder, J. W. (1978). *New Concepts in Technical Trading Systems*. Trend Research.
    """
    if method not in RSI_METHODS:
        raise UnknownNameError("RSI method", method, RSI_METHODS)
    length = check_count(window, "RSI window")
    frame = as_prices(close)
    change = frame.diff()
    rise, fall = _strength(change, length, method)
    index = 100.0 - 100.0 / (1.0 + rise / fall.where(fall != 0))
    # Nothing fell: RS is infinite (or 0/0), and the index is 100 by convention.
    index = index.mask(fall.eq(0) & rise.notna(), 100.0)
    return pd.Series(index.iloc[:, 0], name=close.name) if isinstance(close, pd.Series) else index


def compare_readings(close: pd.DataFrame, window: int = 14) -> pd.DataFrame:
    """Say how far the four readings are from the library's, over all assets and dates.

    Parameters
    ----------
    close : DataFrame (T, N)
        Prices without gaps.
    window : int
        Number of changes that are averaged.

    Returns
    -------
    DataFrame, one row for each reading
        Mean distance to ``ta`` in points, share of dates with another signal (above 70:
        overbought, below 30: oversold, else none), and share of dates with a signal (percent).
    """
    readings = {method: rsi(close, window, method).iloc[window + 1 :] for method in RSI_METHODS}
    signals = {m: r.gt(70).astype(int) - r.lt(30).astype(int) for m, r in readings.items()}
    rows = {
        method: {
            "mean distance to ta (points)": _mean((index - readings["ta"]).abs()),
            "other signal than ta (% of dates)": 100 * _mean(signals[method].ne(signals["ta"])),
            "any signal (% of dates)": 100 * _mean(signals[method].ne(0)),
        }
        for method, index in readings.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("reading")


def _mean(table: pd.DataFrame) -> float:
    return float(table.to_numpy(dtype=float).mean())


def _strength(change: pd.DataFrame, n: int, method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the averages of rises and of falls whose ratio is RS."""
    up, down = change.clip(lower=0), -change.clip(upper=0)
    if method == "ta":
        rise = up.fillna(0.0).ewm(alpha=1 / n, adjust=False, min_periods=n).mean()
        return rise, down.fillna(0.0).ewm(alpha=1 / n, adjust=False, min_periods=n).mean()
    if method == "cutler":
        return _rolling_mean(up, n), _rolling_mean(down, n)
    if method == "wilder":
        return _wilder(up, n), _wilder(down, n)
    rises, falls = _rolling_mean(up.gt(0), n), _rolling_mean(down.gt(0), n)
    # Mean over rising days only; no rising (falling) day makes the mean zero.
    return (
        (_rolling_mean(up, n) / rises.where(rises > 0)).mask(rises == 0, 0.0),
        (_rolling_mean(down, n) / falls.where(falls > 0)).mask(falls == 0, 0.0),
    )


def _rolling_mean(values: pd.DataFrame, n: int) -> pd.DataFrame:
    """Mean of n rows computed window by window, so that an exact zero stays an exact zero."""
    table = values.to_numpy(dtype=float)
    out = np.full(table.shape, np.nan)
    if len(table) > n:
        windows = np.lib.stride_tricks.sliding_window_view(table[1:], n, axis=0)
        out[n:] = windows.mean(axis=-1)
    return pd.DataFrame(out, index=values.index, columns=values.columns)


def _wilder(values: pd.DataFrame, n: int) -> pd.DataFrame:
    """First value is the mean of n changes, then a share 1/n of every new change."""
    start = _rolling_mean(values, n).iloc[n : n + 1]
    tail = pd.concat([start, values.iloc[n + 1 :]]).ewm(alpha=1 / n, adjust=False).mean()
    return tail.reindex(values.index)
