"""Checks that every forecaster of returns begins with."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError, ParameterError


def checked_returns(returns: Any, minimum: int = 2) -> pd.DataFrame:
    """Return the input as a T x N table of finite floats.

    Parameters
    ----------
    returns : DataFrame or Series
        Returns in decimals per period, one row a period (oldest first), one column a ticker.
    minimum : int
        Fewest rows that make sense.

    Raises
    ------
    DataError
        If it is no table of numbers, a ticker or date stands twice, the dates are not ascending, there are
        too few rows, or a value is missing or infinite (ticker and date are named).
    """
    if isinstance(returns, pd.Series):
        returns = returns.to_frame(returns.name if returns.name is not None else "series")
    if not isinstance(returns, pd.DataFrame):
        raise DataError(f"returns must be a DataFrame or a Series, got {type(returns).__name__}")
    if returns.shape[1] == 0:
        raise DataError("returns have no columns: give at least one ticker")
    if not returns.columns.is_unique:
        raise DataError(
            f"ticker {returns.columns[returns.columns.duplicated()][0]!r} stands twice in returns"
        )
    if not returns.index.is_unique:
        twice = returns.index[returns.index.duplicated()][0]
        raise DataError(f"returns have two rows for {date_label(twice)}")
    if not returns.index.is_monotonic_increasing:
        raise DataError("returns must be sorted by date, oldest first: use returns.sort_index()")
    try:
        frame = returns.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"returns must be numbers: {error}") from error
    bad = ~np.isfinite(frame.to_numpy())
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"{frame.columns[column]} has a missing or infinite return on {date_label(frame.index[row])} "
            f"({int(bad.sum())} such values in all): drop or fill those dates first"
        )
    if len(frame) < minimum:
        raise DataError(f"returns have {len(frame)} rows, at least {minimum} are needed")
    return frame


def checked_window(window: Any, rows: int, minimum: int = 1) -> int:
    """Return the window length if it fits the data.

    Parameters
    ----------
    window : int
        Number of periods that a forecast uses.
    rows : int
        Number of periods that there are; one more than the window is needed.
    minimum : int
        Shortest window that makes sense.

    Raises
    ------
    ParameterError
        If it is not a whole number, too short, or leaves nothing to forecast.
    """
    if isinstance(window, bool) or not isinstance(window, int | np.integer):
        raise ParameterError(f"window must be a whole number, got {window!r}")
    if window < minimum:
        raise ParameterError(f"window must be at least {minimum}, got {window}")
    if window >= rows:
        raise ParameterError(
            f"window {window} is too long for {rows} returns: nothing is left to forecast; "
            f"use at most {rows - 1}"
        )
    return int(window)


def date_label(value: Any) -> str:
    """Write a row label for a message: dates without the time of day."""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
