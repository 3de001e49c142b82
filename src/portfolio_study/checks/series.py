"""Numbers over time: series and T x N tables, their order in time, and several of them at once."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks.plain import check_number
from portfolio_study.errors import DataError, ParameterError

LARGEST_ANNUAL_RATE = 1.0
"""A riskless rate beyond 100 % a year is taken for a rate in another unit."""

_NUMBERS = "biuf"  # numpy's kinds of dtype that become floats without a doubt
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2})?([ T].*)?$")
_DATE_LIKE = re.compile(r"\d[-/.]\d")


def label(value: Any) -> str:
    """Write a row label for a message: a date without the time of day, if that is midnight."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else str(value)


def in_time_order(index: pd.Index, name: str = "returns") -> None:
    """Refuse rows that are not in order of time, or a label that stands twice.

    Dates, periods and whole numbers must increase. Text is compared as dates where it is written as
    such (2020-01-31); other text that looks like dates (31/01/2020) is refused, because its order
    cannot be known; names must only differ.

    Parameters
    ----------
    index : Index
        Row labels.
    name : str
        What the rows are, for the message.

    Raises
    ------
    DataError
        Naming the first date that is repeated or out of order.
    """
    if isinstance(index, pd.RangeIndex) and index.step > 0:
        return
    times = _as_times(index, name)
    if times is None:
        if not index.is_unique:
            raise DataError(_repeated(index, name))
        return
    if times.is_monotonic_increasing and times.is_unique:
        return
    if times.hasnans:
        raise DataError(f"{name}: row {int(times.isna().argmax())} has no date: name it or leave it out")
    if not times.is_unique:
        raise DataError(_repeated(times, name))
    values = list(times)
    try:
        row = next(k for k in range(1, len(values)) if not values[k] > values[k - 1])
    except TypeError as error:
        raise DataError(f"{name}: the row labels are of several kinds ({error}): use dates") from error
    whole = " (all rows come newest first)" if times.is_monotonic_decreasing else ""
    raise DataError(
        f"{name} must be in order of time, oldest first: row {row}, {label(index[row])}, follows "
        f"{label(index[row - 1])}{whole}; sort them, e.g. with .sort_index()"
    )


def _as_times(index: pd.Index, name: str) -> pd.Index | None:
    """Return labels whose order is that of time; None for names."""
    if index.dtype.kind in _NUMBERS + "M" or isinstance(index, pd.PeriodIndex | pd.TimedeltaIndex):
        return index
    text = [value for value in index if isinstance(value, str)]
    if 0 <= len(text) < len(index):
        return index  # no text at all, or labels of several kinds, which cannot be compared
    if len(text) == len(index) and all(_ISO.match(value) for value in text):
        return index
    odd = next((value for value in text if _DATE_LIKE.search(value)), None)
    if odd is not None:
        raise DataError(
            f"{name}: the row label {odd!r} is text, so that its order in time cannot be known: "
            "make it a date first, e.g. with pd.to_datetime"
        )
    return None


def _repeated(index: pd.Index, name: str) -> str:
    first = int(index.duplicated().argmax())
    earlier = int(np.flatnonzero(np.asarray(index[:first] == index[first]))[0])
    return f"{name}: two rows for {label(index[first])} (rows {earlier} and {first}): keep one row a date"


def as_numbers(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table of floats; text, dates and complex numbers are refused with their label.

    Raises
    ------
    DataError
        Naming the first column and row that holds no number.
    """
    if all(dtype == np.float64 for dtype in frame.dtypes):
        return frame
    for position, dtype in enumerate(frame.dtypes):
        kind = getattr(dtype, "kind", "O")
        if kind in _NUMBERS:
            continue
        column = frame.iloc[:, position]
        unit = str(frame.columns[position])
        where = name if unit == name else f"{name}: {unit}"
        if kind != "O":
            raise DataError(f"{where} holds {dtype}, not numbers")
        for row, value in zip(column.index, column, strict=True):
            if isinstance(value, str | bytes | complex):
                raise DataError(
                    f"{where} at {label(row)} is the text {value!r}, not a number: convert the column first, "
                    "e.g. with pd.to_numeric"
                )
    try:
        return frame.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must hold numbers: {error}") from error


def as_series(values: Any, name: str, minimum: int = 2) -> pd.Series:
    """Return one-dimensional finite numbers in order of time as a float Series.

    Parameters
    ----------
    values : Series or array_like, shape (T,)
        Any numbers; a Series keeps its index. A table of one column counts as a series.
    name : str
        What the values are; used in messages.
    minimum : int
        Fewest values that make sense.

    Raises
    ------
    DataError
        If the values are not one-dimensional numbers, too few, not in order of time, NaN or infinite (the
        first date is named).
    """
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if isinstance(values, pd.Series):
        series = values
    else:
        array = np.asarray(values)
        if array.ndim != 1:
            raise DataError(f"{name} must be one-dimensional, got shape {array.shape}")
        series = pd.Series(array, name=name)
    if series.dtype != np.float64:
        found = as_numbers(series.to_frame(name), name)
        series = pd.Series(found.iloc[:, 0].to_numpy(), index=series.index, name=series.name)
    if len(series) < minimum:
        raise DataError(f"{name} has {len(series)} values, at least {minimum} are needed")
    in_time_order(series.index, name)
    bad = ~np.isfinite(series.to_numpy())
    if bad.any():
        first = series.index[int(bad.argmax())]
        raise DataError(
            f"{name} has {int(bad.sum())} missing or infinite values, first at {label(first)}: "
            "drop those dates from all series first"
        )
    return series


def as_frame(
    values: Any, name: str = "returns", minimum: int = 2, *, labelled: bool = False, gaps: bool = False
) -> pd.DataFrame:
    """Return a T x N table of finite numbers in order of time as a float DataFrame.

    Parameters
    ----------
    values : DataFrame, Series or array_like, shape (T, N)
        One column for each unit (ticker, model, strategy); a Series is a table of one column.
    name : str
        What the values are; used in messages.
    minimum : int
        Fewest rows that make sense.
    labelled : bool
        Refuse arrays: the result is labelled with the dates of the input.
    gaps : bool
        Accept NaN (not infinite values).

    Raises
    ------
    DataError
        If the values are not a table of numbers, have too few rows, repeated columns, rows that are not in
        order of time, NaN or infinite values; the unit and the date are named.
    """
    if isinstance(values, pd.Series):
        values = values.to_frame(values.name if values.name is not None else "series")
    if isinstance(values, pd.DataFrame):
        frame = values
    elif labelled:
        raise DataError(f"{name} must be a DataFrame (dates x tickers) or a Series, got {_kind(values)}")
    else:
        array = np.asarray(values)
        if array.ndim != 2:
            raise DataError(f"{name} must be a table (T x N), got shape {array.shape}")
        frame = pd.DataFrame(array)
    if frame.shape[1] == 0:
        raise DataError(f"{name} has no columns: give at least one")
    if not frame.columns.is_unique:
        repeated = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"{name} has the column {repeated!r} more than once")
    frame = as_numbers(frame, name)
    if len(frame) < minimum:
        raise DataError(f"{name} has {len(frame)} rows, at least {minimum} are needed")
    in_time_order(frame.index, name)
    bad = np.isinf(frame.to_numpy()) if gaps else ~np.isfinite(frame.to_numpy())
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"{name} has {int(bad.sum())} missing or infinite values, first for "
            f"{frame.columns[column]} at {label(frame.index[row])}: repair it or choose dates without it"
        )
    return frame


def _kind(values: Any) -> str:
    return type(values).__name__


def as_prices(close: Any, name: str = "prices", minimum: int = 1) -> pd.DataFrame:
    """Return a table of positive prices in order of time; a Series becomes one column.

    Raises
    ------
    ParameterError
        If it is neither a DataFrame nor a Series.
    DataError
        If a price is missing, not a positive number or text, a date is repeated or out of order, or there
        are too few rows; ticker and date are named.
    """
    if not isinstance(close, pd.DataFrame | pd.Series):
        raise ParameterError(f"{name} must be a pandas DataFrame or Series, got {_kind(close)}")
    if isinstance(close, pd.Series):
        close = close.to_frame("the series" if close.name is None else close.name)
    frame = close
    if frame.shape[1] == 0 or len(frame) < minimum:
        raise DataError(
            f"{name}: at least {minimum} row(s) of one asset are needed, got a {frame.shape} table"
        )
    frame = as_numbers(frame, name)
    in_time_order(frame.index, name)
    values = frame.to_numpy()
    bad = ~(values > 0) | ~np.isfinite(values)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        raise DataError(
            f"{name}: the price of {frame.columns[column]} at {label(frame.index[row])} is "
            f"{values[row, column]}: positive prices without gaps are needed"
        )
    return frame


def aligned_series(minimum: int = 2, /, **given: Any) -> tuple[pd.Series, ...]:
    """Check several series with ``as_series`` and that they share one index.

    Arrays without an index are matched by position; series are never reordered.

    Raises
    ------
    DataError
        If lengths or labels differ; the first label that differs is named.
    """
    series = {name: as_series(values, name, minimum) for name, values in given.items()}
    _same_index(series, [k for k, v in given.items() if isinstance(v, pd.Series | pd.DataFrame)])
    return tuple(series.values())


def aligned_frames(minimum: int = 2, /, **given: Any) -> tuple[pd.DataFrame, ...]:
    """Check several T x N tables with ``as_frame``, that they share rows, and match columns by label.

    The columns of all tables come in the order of the first one with labels. A stack of more than two
    is fine; arrays without labels are matched by position.

    Raises
    ------
    DataError
        If rows differ, or one table has a column that another lacks.
    """
    frames = {name: as_frame(values, name, minimum) for name, values in given.items()}
    named = [k for k, v in given.items() if isinstance(v, pd.DataFrame)]
    _same_index(frames, [k for k, v in given.items() if isinstance(v, pd.Series | pd.DataFrame)])
    first_name = named[0] if named else next(iter(frames))
    columns = frames[first_name].columns
    for name, frame in frames.items():
        if name in named:
            frames[name] = _in_columns(frame, columns, name, first_name)
        elif frame.shape[1] != len(columns):
            raise DataError(
                f"{first_name} and {name} have different columns: {len(columns)} and {frame.shape[1]}"
            )
    return tuple(frames.values())


def aligned_like(values: pd.DataFrame, like: pd.DataFrame, name: str, like_name: str) -> pd.DataFrame:
    """Return a table with the columns of another, in its order; both must have the same rows.

    Raises
    ------
    DataError
        If rows differ, or one of them has a column that the other lacks.
    """
    same_rows(like, values, like_name, name)
    return _in_columns(values, like.columns, name, like_name)


def at_rows(values: pd.DataFrame, index: pd.Index, name: str) -> pd.DataFrame:
    """Return the rows of a table at given labels.

    Raises
    ------
    DataError
        Naming the first label that the table lacks.
    """
    missing = ~index.isin(values.index)
    if missing.any():
        raise DataError(f"{name} has no row for {label(index[int(missing.argmax())])}: give the same dates")
    return values.loc[index]


def _in_columns(frame: pd.DataFrame, columns: pd.Index, name: str, first: str) -> pd.DataFrame:
    if frame.columns.equals(columns):
        return frame
    lacking = columns.difference(frame.columns, sort=False)
    extra = frame.columns.difference(columns, sort=False)
    if len(lacking) or len(extra):
        parts = [
            f"{', '.join(str(c) for c in missing[:5])} only in {where}"
            for missing, where in ((lacking, first), (extra, name))
            if len(missing)
        ]
        raise DataError(f"{first} and {name} have different columns: {'; '.join(parts)}")
    return frame[columns]


def same_rows(first: Any, second: Any, first_name: str, second_name: str) -> None:
    """Refuse two labelled inputs whose rows differ.

    Raises
    ------
    DataError
        Naming the first label that differs and what only one side has.
    """
    _same_index({first_name: first, second_name: second}, [first_name, second_name])


def _same_index(items: Mapping[str, Any], labelled: list[str]) -> None:
    names = list(items)
    length = len(items[names[0]])
    for name in names[1:]:
        if len(items[name]) != length:
            raise DataError(
                f"{names[0]} has {length} rows and {name} has {len(items[name])}: align them first"
            )
    for name in labelled[1:]:
        left, right = items[labelled[0]].index, items[name].index
        if not left.equals(right):
            position = next(k for k in range(length) if left[k] != right[k])
            raise DataError(
                f"{labelled[0]} and {name} have different labels, first at row {position}: "
                f"{label(left[position])} and {label(right[position])}; align them first"
            )


def as_rate(
    risk_free: Any, index: pd.Index | None = None, *, periods: float | None = None, name: str = "risk_free"
) -> float | pd.Series:
    """Return a net riskless rate per period, or refuse one that looks like an annual rate.

    A rate that would be more than 100 % a year (mean rate x periods in a year) is taken for one in
    another unit. The number of periods is what was given, else what the dates tell, else one.

    Parameters
    ----------
    risk_free : float, Series or None
        Net rate per period; None is zero. A Series is cut to the dates of `index`.
    index : Index, optional
        Row labels of the returns.
    periods : float, optional
        Periods in a year; values up to 1 say nothing.
    name : str
        The parameter, for the message.

    Returns
    -------
    float, or Series with the labels of `index`

    Raises
    ------
    ParameterError
        If it is no number, or too large for a rate per period; the message says what the rate would be.
    DataError
        If a Series has repeated dates, text, or no rate for a date of `index` (named).
    """
    if risk_free is None:
        return 0.0
    rate: float | pd.Series
    if isinstance(risk_free, pd.Series):
        if not risk_free.index.is_unique:
            raise DataError(_repeated(risk_free.index, name))
        in_time_order(risk_free.index, name)
        known = as_numbers(risk_free.to_frame(name), name).iloc[:, 0]
        rate = known if index is None else known.reindex(index)
        bad = ~np.isfinite(rate.to_numpy())
        if bad.any():
            raise DataError(f"{name} has no value for {label(rate.index[int(bad.argmax())])}")
        size = float(rate.abs().mean()) if len(rate) else 0.0
    else:
        rate = check_number(risk_free, name)
        size = abs(rate)
    per_year = float(periods) if periods is not None and periods > 1 else _periods_or_one(index)
    if size * per_year > LARGEST_ANNUAL_RATE:
        typical = size if isinstance(rate, pd.Series) else rate
        gross = f"; if it is a gross return, give {typical - 1:.6g}" if 0.5 < typical < 2 else ""
        given = "on average " if isinstance(rate, pd.Series) else ""
        raise ParameterError(
            f"{name} is {given}{typical:.6g} a period, which is {typical * per_year:.0%} a year with "
            f"{per_year:g} periods: it must be the net rate per period as a decimal; {typical:g} a year is "
            f"{typical / per_year:.3g} a period, and 3 % a year is {0.03 / per_year:.3g}{gross}"
        )
    return rate


def _periods_or_one(index: pd.Index | None) -> float:
    if index is None:
        return 1.0
    try:
        return float(periods_per_year(index))
    except ParameterError:
        return 1.0


def sessions_per_year(dates: pd.DatetimeIndex) -> int:
    """Return the sessions that a year has on a calendar like that of some daily dates: 252 or 365.

    Parameters
    ----------
    dates : DatetimeIndex
        Daily dates.

    Returns
    -------
    int
        365 where Saturdays and Sundays have prices as all other days have (crypto currencies), else
        252, the convention for exchanges.
    """
    days = np.bincount(dates.day_of_week, minlength=7) / max(len(dates), 1)
    return 365 if min(days) > 0.1 else 252


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
