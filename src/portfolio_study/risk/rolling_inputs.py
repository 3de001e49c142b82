"""What returns must satisfy before a model rolls over them, and how failures are filled."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.errors import DataError, EstimationError, ParameterError

Panel = NDArray[np.float64]


def date_of(label: Any) -> str:
    """Return a row's label for a message: the day of a date, else the label itself."""
    return f"{label:%Y-%m-%d}" if isinstance(label, pd.Timestamp) else str(label)


def check_window(window: Any, smallest: int, name: str = "window") -> int:
    """Return a window length, or refuse what is not a whole number of at least `smallest`.

    Raises
    ------
    ParameterError
        Naming the parameter and its smallest value.
    """
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < smallest:
        raise ParameterError(f"{name} must be a whole number of at least {smallest}, got {window!r}")
    return int(window)


def as_panel(returns: pd.DataFrame | pd.Series, rows: int, what: str = "return") -> pd.DataFrame:
    """Check a T x N table over which a model will roll.

    Parameters
    ----------
    returns : DataFrame or Series
        One column for each ticker, rows in order of time.
    rows : int
        Fewest rows that the model can use.
    what : str
        What an entry is, for messages.

    Returns
    -------
    DataFrame of float

    Raises
    ------
    DataError
        If it is no table of numbers, has too few rows, rows out of order, a repeated label, or an
        entry that is not finite; the ticker and the date are named.
    """
    frame = returns.to_frame() if isinstance(returns, pd.Series) else returns
    if not isinstance(frame, pd.DataFrame) or frame.shape[1] == 0:
        raise DataError(f"a table of {what}s (dates x tickers) is needed, got {type(returns).__name__}")
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"the {what}s are not numbers: {error}") from error
    if frame.columns.has_duplicates:
        raise DataError(f"ticker {frame.columns[frame.columns.duplicated()][0]} appears twice")
    if frame.index.has_duplicates or not frame.index.is_monotonic_increasing:
        raise DataError(
            f"the dates of the {what}s are repeated or out of order: sort them, keep one row a date"
        )
    bad = ~np.isfinite(frame.to_numpy())
    if bad.any():
        column = int(np.argmax(bad.any(axis=0)))
        row = int(np.argmax(bad[:, column]))
        raise DataError(
            f"the {what} of {frame.columns[column]} on {date_of(frame.index[row])} is not a finite number "
            f"({int(bad.sum())} such entries in all): repair it or choose dates without it"
        )
    if len(frame) < rows:
        raise DataError(f"{len(frame)} rows of {what}s are too few: at least {rows} are needed")
    return frame


def constant_windows(values: Panel, window: int) -> NDArray[np.bool_]:
    """Flag windows in which a series does not vary.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        One row for each series.
    window : int
        Length of a window.

    Returns
    -------
    ndarray of bool, shape (N, T - window + 1)
    """
    moved = np.zeros((values.shape[0], values.shape[1]), dtype=np.int64)
    moved[:, 1:] = np.cumsum(np.diff(values, axis=1) != 0.0, axis=1)
    return moved[:, window - 1 :] == moved[:, : values.shape[1] - window + 1]


def carry_forward(frame: pd.DataFrame, failed: NDArray[np.bool_], on_failure: str) -> NDArray[np.int64]:
    """Decide which window's forecast stands in for a window that could not be fitted.

    Parameters
    ----------
    frame : DataFrame, shape (T, N)
        The returns, for labels.
    failed : ndarray of bool, shape (N, S)
        Windows without a forecast; window s ends at row T - S + s.
    on_failure : str
        ``"raise"``, or ``"previous"``: the last earlier window that was fitted.

    Returns
    -------
    ndarray of int, shape (N, S)
        Window whose result is used.

    Raises
    ------
    EstimationError
        Naming ticker and date of the first failure, if failures are not allowed or if no earlier
        window of that ticker was fitted.
    """
    positions = np.where(failed, -1, np.arange(failed.shape[1]))
    source = np.maximum.accumulate(positions, axis=1)
    stuck = failed if on_failure == "raise" else source < 0
    if stuck.any():
        i = int(np.argmax(stuck.any(axis=1)))
        s = int(np.argmax(stuck[i]))
        last = date_of(frame.index[len(frame) - failed.shape[1] + s])
        remedy = (
            'leave the ticker out, choose other dates, or use on_failure="previous"'
            if on_failure == "raise"
            else "no earlier window of it could be fitted: leave the ticker out or start later"
        )
        raise EstimationError(
            f"no volatility model can be fitted to {frame.columns[i]} in the window that ends on {last}: "
            f"its return does not vary ({int(failed[i].sum())} such windows); {remedy}"
        )
    return source
