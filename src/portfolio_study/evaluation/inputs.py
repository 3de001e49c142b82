"""Checks of the series that every test and backtest starts with."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.calendars import sessions_per_year
from portfolio_study.errors import DataError, ParameterError

Array = np.ndarray
SeriesLike = pd.Series | np.ndarray | list[float]
FrameLike = pd.DataFrame | np.ndarray


def as_series(values: Any, name: str, minimum: int = 2) -> pd.Series:
    """Return one-dimensional finite numbers as a float Series.

    Parameters
    ----------
    values : Series or array_like, shape (T,)
        Any numbers; a Series keeps its index.
    name : str
        What the values are; used in messages.
    minimum : int
        Fewest values that make sense.

    Raises
    ------
    DataError
        If the values are not one-dimensional numbers, too few, NaN or infinite (the first date is named).
    """
    series = values if isinstance(values, pd.Series) else None
    if series is None:
        array = np.asarray(values)
        if array.ndim != 1:
            raise DataError(f"{name} must be one-dimensional, got shape {array.shape}")
        series = pd.Series(array, name=name)
    try:
        series = series.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must hold numbers: {error}") from error
    if len(series) < minimum:
        raise DataError(f"{name} has {len(series)} values, at least {minimum} are needed")
    bad = ~np.isfinite(series.to_numpy())
    if bad.any():
        first = series.index[int(bad.argmax())]
        raise DataError(
            f"{name} has {int(bad.sum())} missing or infinite values, first at {label(first)}: "
            "drop those dates from all series first"
        )
    return series


def as_frame(values: Any, name: str, minimum: int = 2) -> pd.DataFrame:
    """Return a T x N table of finite numbers as a float DataFrame.

    Parameters
    ----------
    values : DataFrame or array_like, shape (T, N)
        One column for each unit (ticker, model, strategy).
    name : str
        What the values are; used in messages.
    minimum : int
        Fewest rows that make sense.

    Raises
    ------
    DataError
        If the values are not a table of numbers, have too few rows, repeated columns, NaN or infinite values.
    """
    if isinstance(values, pd.DataFrame):
        frame = values
    else:
        array = np.asarray(values)
        if array.ndim != 2:
            raise DataError(f"{name} must be a table (T x N), got shape {array.shape}")
        frame = pd.DataFrame(array)
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must hold numbers: {error}") from error
    if frame.shape[1] == 0:
        raise DataError(f"{name} has no columns")
    if len(frame) < minimum:
        raise DataError(f"{name} has {len(frame)} rows, at least {minimum} are needed")
    if not frame.columns.is_unique:
        repeated = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"{name} has the column {repeated!r} more than once")
    bad = ~np.isfinite(frame.to_numpy())
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"{name} has {int(bad.sum())} missing or infinite values, first for "
            f"{frame.columns[column]} at {label(frame.index[row])}"
        )
    return frame


def aligned_series(minimum: int = 2, /, **given: Any) -> tuple[pd.Series, ...]:
    """Check several series with ``as_series`` and that they share one index.

    Arrays without an index are matched by position; series are never reordered silently.

    Raises
    ------
    DataError
        If lengths or labels differ; the first label that differs is named.
    """
    series = {name: as_series(values, name, minimum) for name, values in given.items()}
    _same_index(series, {k for k, v in given.items() if isinstance(v, pd.Series)})
    return tuple(series.values())


def aligned_frames(minimum: int = 2, /, **given: Any) -> tuple[pd.DataFrame, ...]:
    """Check several T x N tables with ``as_frame`` and that they share rows and columns.

    Raises
    ------
    DataError
        If shapes or labels differ.
    """
    frames = {name: as_frame(values, name, minimum) for name, values in given.items()}
    labelled = {k for k, v in given.items() if isinstance(v, pd.DataFrame)}
    _same_index(frames, labelled)
    first_name, first = next(iter(frames.items()))
    for name, frame in frames.items():
        if frame.shape[1] != first.shape[1] or (
            {name, first_name} <= labelled and not frame.columns.equals(first.columns)
        ):
            raise DataError(
                f"{first_name} and {name} have different columns: "
                f"{list(first.columns)[:5]} ... and {list(frame.columns)[:5]} ..."
            )
    return tuple(frames.values())


def _same_index(items: Mapping[str, Any], labelled: set[str]) -> None:
    names = list(items)
    length = len(items[names[0]])
    for name in names[1:]:
        if len(items[name]) != length:
            raise DataError(
                f"{names[0]} has {length} rows and {name} has {len(items[name])}: align them first"
            )
    with_labels = [name for name in names if name in labelled]
    for name in with_labels[1:]:
        left, right = items[with_labels[0]].index, items[name].index
        if not left.equals(right):
            position = int(np.argmax(np.asarray(left != right)))
            raise DataError(
                f"{with_labels[0]} and {name} have different labels, first at row {position}: "
                f"{label(left[position])} and {label(right[position])}; align them first"
            )


def label(value: Any) -> str:
    """Write a row label for a message: dates without the time of day."""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def check_count(name: str, value: Any, minimum: int = 1, maximum: int | None = None) -> int:
    """Return a whole number inside its bounds.

    Raises
    ------
    ParameterError
        If it is not a whole number or lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ParameterError(f"{name} must be a whole number, got {value!r}")
    if value < minimum or (maximum is not None and value > maximum):
        upper = f" and at most {maximum}" if maximum is not None else ""
        raise ParameterError(f"{name} must be at least {minimum}{upper}, got {value}")
    return int(value)


def periods_per_year(index: pd.Index) -> int:
    """Infer the number of periods in a year from a calendar index: 252 or 365, 52, 12, 4 or 1.

    Daily dates count 365 where Saturdays and Sundays are among them as often as other days.

    Raises
    ------
    ParameterError
        If the index has no dates or an unusual spacing: then the number must be given.
    """
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex) and len(index) > 1:
        days = float(np.median(np.diff(index.to_numpy()).astype("timedelta64[D]").astype(float)))
        for low, high, count in ((1, 4, 252), (5, 10, 52), (27, 32, 12), (85, 95, 4), (360, 370, 1)):
            if low <= days <= high:
                return sessions_per_year(index) if count == 252 else count
    raise ParameterError(
        "periods_per_year cannot be inferred from this index; give it (252 for days, 52 weeks, 12 months)"
    )
