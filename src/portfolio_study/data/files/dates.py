"""Dates as files write them. A form that can be read in two ways is read only if the column proves one."""

import re
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

_CLOCK = (
    r"(?:[T ]\s*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\[[^\]]*\])?)?"
)
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s+)?"
_JANUARY_TO = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_JANUARY_TO, start=1)}
#: Form, pattern with the groups y, m, d (or a, b where day and month may be either).
_FORMS: tuple[tuple[str, str], ...] = (
    ("iso", r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})" + _CLOCK),
    ("dots", r"(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})" + _CLOCK),
    ("slashes", r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})" + _CLOCK),
    ("compact", r"(?P<y>(?:1[89]|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:\.0)?" + _CLOCK),
    ("month", r"(?P<y>(?:1[89]|20)\d{2})[-./]?(?P<m>\d{2})"),
    ("either", r"(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./](?P<y>\d{4})" + _CLOCK),
    ("name", _WEEKDAY + r"(?P<d>\d{1,2})[-./ ]?(?P<m>[A-Za-z]{3,9})\.?[-./, ]*(?P<y>\d{4})" + _CLOCK),
    ("name", _WEEKDAY + r"(?P<m>[A-Za-z]{3,9})\.?[-/ ]+(?P<d>\d{1,2})[-/, ]+(?P<y>\d{4})" + _CLOCK),
    ("name", r"(?P<y>\d{4})[-/ ](?P<m>[A-Za-z]{3,9})[-/ ](?P<d>\d{1,2})" + _CLOCK),
    ("unix", r"(?P<stamp>\d{9,10}|\d{13}|\d{16}|\d{19})(?:\.0+)?"),
    ("excel", r"[2-6]\d{4}(?:\.\d+)?"),
    ("year", r"(?:1[89]|20)\d{2}"),
    ("two digits", r"\d{1,2}[-./ ](?:\d{1,2}|[A-Za-z]{3,9})[-./ ]\d{2}"),
)
_PATTERNS = tuple((form, re.compile(pattern)) for form, pattern in _FORMS)
#: Forms that say nothing about a table where they stand alone: any number may look like them.
_WEAK = {"unix", "excel", "year", "month"}
_WRITE = "write dates as 2015-01-31"


@dataclass
class Dates:
    """Dates of the rows of a file.

    Attributes
    ----------
    days : Series of Timestamp
        Without time of day, as written; NaT where a cell is no date.
    minutes : ndarray
        Minutes of the time of day, zero where none is written.
    utc : bool
        The times are said to be UTC.
    wrong : list of (int, str)
        Positions that can't be read, and why; the first is enough for a message.
    notes : list of str
        What was decided.
    """

    days: pd.Series
    minutes: np.ndarray
    utc: bool = False
    wrong: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def looks_like_date(cell: str, weak: bool = False) -> bool:
    """Whether one cell is written as a date; `weak` allows bare numbers such as 201001."""
    text = cell.strip()
    return any(p.fullmatch(text) for form, p in _PATTERNS if weak or form not in _WEAK)


def read_dates(column: pd.Series) -> Dates:
    """Read a column of dates.

    Parameters
    ----------
    column : Series
        Text, timestamps or whole numbers.

    Returns
    -------
    Dates
        Nothing is raised: the caller knows the line of each row.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _typed(column)
    cells = column.astype("str").fillna("").str.strip().reset_index(drop=True)
    codes, distinct = pd.factorize(cells)  # a long file repeats each date for each ticker
    found = _read_text(pd.Series(distinct, dtype="str"))
    first = {i: int(np.argmax(codes == i)) for i, _ in found.wrong[:50]}
    return Dates(
        found.days.iloc[codes].reset_index(drop=True),
        found.minutes[codes],
        found.utc,
        sorted((first[i], why) for i, why in found.wrong[:50]),
        found.notes,
    )


def _read_text(text: pd.Series) -> Dates:
    best, chosen, count = "", None, 0
    for form, pattern in _PATTERNS:
        matches = int(text.str.fullmatch(f"(?:{pattern.pattern})").sum())
        if matches > count:
            best, chosen, count = form, pattern, matches
    empty = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    minutes = np.zeros(len(text), dtype=int)
    if chosen is None or best in {"excel", "year", "two digits"}:
        why = {
            "excel": "is Excel's serial number of a day: give the column the format yyyy-mm-dd and "
            "save again",
            "year": "is a year: prices must be daily or monthly, dates written as 2015-01-31",
            "two digits": "is a date with two digits for the year: write it as 2015-01-31",
        }.get(best, f"is not a date; {_WRITE}")
        return Dates(empty, minutes, wrong=[(0, why)])
    groups = text.str.extract(f"^(?:{chosen.pattern})$")
    others = np.flatnonzero(groups.isna().all(axis=1).to_numpy())
    first = text[int(np.flatnonzero(groups.notna().any(axis=1).to_numpy())[0])]
    wrong = [(int(i), f"is not a date as the others are ({first}); {_WRITE}") for i in others]
    wrong = [(i, f"is not a date; {_WRITE}" if not text[i] else why) for i, why in wrong]
    notes: list[str] = []
    if best == "unix":
        return _unix(groups["stamp"], text, wrong)
    if best == "either":
        order, why = _order(groups, text)
        if why:
            return Dates(empty, minutes, wrong=[*wrong, (0, why)][:1])
        groups = groups.rename(columns=dict(zip("ab", order, strict=True)))
        notes.append(
            f"dates such as {text[0]} are read as "
            f"{'day, month, year' if order == 'dm' else 'month, day, year'}: "
            f"a number above 12 proves it"
        )
    if best == "name":
        groups["m"] = groups["m"].str.lower().str[:3].map(_MONTHS)
    if best == "month":
        groups["d"] = "1"
        notes.append(f"dates such as {first} are months: they stand for the last day of the month")
    parts = {
        long: pd.to_numeric(groups[short], errors="coerce")
        for long, short in (("year", "y"), ("month", "m"), ("day", "d"))
    }
    days = pd.to_datetime(pd.DataFrame(parts), errors="coerce").astype("datetime64[us]")
    if best == "month":
        days = days + pd.offsets.MonthEnd(0)
    if best == "either":
        wrong += _exchanged(days)
    known = {i for i, _ in wrong}
    wrong += [
        (int(i), f"is not a date; {_WRITE}") for i in np.flatnonzero(days.isna()) if int(i) not in known
    ]
    zone = groups["zone"] if "zone" in groups else pd.Series(pd.NA, index=text.index, dtype="str")
    if "H" in groups:
        hour = pd.to_numeric(groups["H"], errors="coerce").fillna(0)
        half = groups["half"].astype("str").str.lower().str[:1]
        hour = hour.where(half.isna(), hour % 12) + 12 * (half == "p")
        minutes = (60 * hour + pd.to_numeric(groups["M"], errors="coerce").fillna(0)).to_numpy(dtype=int)
    zero = zone.isin(["Z", "UTC", "GMT", "+00:00", "+0000", "+00"]).to_numpy(dtype=bool)
    return Dates(days, minutes, bool(zero.any()), sorted(wrong), notes)


def _typed(column: pd.Series) -> Dates:
    utc = isinstance(column.dtype, pd.DatetimeTZDtype) and str(column.dtype.tz) in {"UTC", "+00:00"}
    local = pd.Series(pd.DatetimeIndex(column).tz_localize(None)).astype("datetime64[us]")
    minutes = (local.dt.hour * 60 + local.dt.minute).fillna(0).to_numpy(dtype=int)
    wrong = [(int(i), f"is not a date; {_WRITE}") for i in np.flatnonzero(local.isna())]
    return Dates(local.dt.normalize(), minutes, utc, wrong)


def _unix(stamps: pd.Series, text: pd.Series, wrong: list[tuple[int, str]]) -> Dates:
    size = stamps.dropna().str.len().mode().iloc[0]
    units: dict[int, Literal["s", "ms", "us", "ns"]] = {9: "s", 10: "s", 13: "ms", 16: "us", 19: "ns"}
    unit = units[int(size)]
    numbers = [int(stamp) for stamp in stamps.fillna("0")]
    found = _typed(pd.Series(pd.to_datetime(numbers, unit=unit, utc=True)))
    found.notes.append(
        f"dates such as {text[0]} are read as Unix time, counted from 1970 in UTC "
        f"({found.days.iloc[0]:%Y-%m-%d})"
    )
    found.wrong = wrong
    return found


def _order(groups: pd.DataFrame, text: pd.Series) -> tuple[str, str]:
    """Tell day/month from month/day: only a number above twelve proves it."""
    first, second = (pd.to_numeric(groups[k], errors="coerce") for k in "ab")
    if (first > 12).any() and (second > 12).any():
        one, two = text[(first > 12)].iloc[0], text[(second > 12)].iloc[0]
        return "", f"is not a date: the column has both {one} and {two}; {_WRITE}"
    if (first > 12).any():
        return "dm", ""
    if (second > 12).any():
        return "md", ""
    return "", f"is not a date that can be told: day and month may be either; {_WRITE}"


def _exchanged(days: pd.Series) -> list[tuple[int, str]]:
    """Find days and months that a spreadsheet exchanged where both are at most twelve.

    It reads 02/01/2014 as the first of February and writes it back as 01/02/2014, but leaves 13/01/2014
    alone. Read in one order, the rows then jump to and fro in time; with the exchange undone they do not.
    """
    known = days.dropna()
    if known.is_monotonic_increasing or known.is_monotonic_decreasing:
        return []
    doubtful = (known.dt.day <= 12) & (known.dt.day != known.dt.month)
    undone = known.copy()
    undone[doubtful] = pd.to_datetime(
        {"year": known.dt.year, "month": known.dt.day, "day": known.dt.month}, errors="coerce"
    )[doubtful]
    if not doubtful.any() or not (undone.is_monotonic_increasing or undone.is_monotonic_decreasing):
        return []
    why = (
        "is written with day and month exchanged: read as the others the rows jump to and fro in time, "
        f"exchanged they do not (a spreadsheet does that); {_WRITE}"
    )
    return [(int(doubtful[doubtful].index[0]), why)]
