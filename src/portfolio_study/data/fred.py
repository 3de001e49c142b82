"""Series of FRED, the database of the Federal Reserve Bank of St. Louis, from its CSV files.

A file has a line ``observation_date,DTB4WK`` (``DATE`` until 2024), then a date and a number, a point or
nothing a line; a file of several series has a column for each.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.web import get, require_web
from portfolio_study.errors import SourceError

ADDRESS = "https://fred.stlouisfed.org/graph/fredgraph.csv"
#: Yield of the 4-week bill on the secondary market, discount basis, percent a year, daily since 2001-07-31
#: (the Federal Reserve's release H.15). TB4WK is its monthly average, TB3MS is of bills of three months.
BILL = "DTB4WK"
#: Between which numbers a value of a series must lie, and what it is.
PLAUSIBLE: dict[str, tuple[float, float, str]] = {
    BILL: (-5, 50, "yield of a bill in percent a year"),
    "CPILFESL": (5, 5000, "index of consumer prices (1982-84 = 100)"),
    "AAA": (0, 50, "yield of a bond in percent a year"),
    "BAA": (0, 50, "yield of a bond in percent a year"),
    "GS10": (-5, 50, "yield of a bond in percent a year"),
    "HOUST": (50, 10000, "number of housing starts in thousands a year"),
}
DATE_NAMES = ("observation_date", "DATE")
MOST_BYTES = 2**23
SERVER = "FRED"


def base_address(base_url: str | None = None) -> str:
    """Address of the CSV files: the given one, the environment's ``STUDY_FRED_URL``, else FRED's own.

    Raises
    ------
    ParameterError
        If it is no address of the web.
    """
    return require_web(base_url or os.environ.get("STUDY_FRED_URL", "").strip() or ADDRESS, "FRED's")


def fetch_series(
    name: str,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    base_url: str | None = None,
    session: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = 20.0,
    attempts: int = 3,
) -> pd.Series:
    """Fetch a series.

    Parameters
    ----------
    name : str
        Its name at FRED, one of `PLAUSIBLE`.
    start, end : Timestamp
        First and last date, both included.
    base_url : str, optional
        See `base_address`.
    session, sleep, timeout, attempts
        See `portfolio_study.data.web.get`.

    Returns
    -------
    Series
        Values by date; dates without one are left out.

    Raises
    ------
    SourceError
        If it could not be had, or the answer is no such table; the message says why.
    ParameterError
        If `attempts`, `timeout` or the address is not valid.
    """
    url = f"{base_address(base_url)}?id={name}&cosd={start:%Y-%m-%d}&coed={end:%Y-%m-%d}"

    def read(answer: Any) -> pd.Series:
        text = answer.content.decode("utf-8", errors="replace")
        if header_of(text)[1:] != [name]:
            begin = (text.lstrip("\ufeff").splitlines() or [""])[0][:40]
            raise SourceError(
                f"{SERVER} delivered something else as {name}: {answer.kind} ({begin!r} ...; {url}); is a login or "
                "a proxy in between? Open the address in a browser"
            )
        return read_series(text, url)[name].dropna()

    found = get(
        url,
        read,
        server=SERVER,
        name=name,
        most=MOST_BYTES,
        session=session,
        sleep=sleep,
        timeout=timeout,
        attempts=attempts,
    )
    return found.loc[start:end]


def fetch_bill_yield(start: pd.Timestamp, end: pd.Timestamp, **options: Any) -> pd.Series:
    """Fetch the daily yield of the 4-week Treasury bill.

    Parameters
    ----------
    start, end, **options
        See `fetch_series`.

    Returns
    -------
    Series
        Bank discount yield in percent a year, by date; days without one are left out.
    """
    return fetch_series(BILL, start, end, **options)


def header_of(text: str) -> list[str]:
    """Names in the first line of a text, without blanks or quotation marks."""
    lines = text.lstrip("\ufeff").splitlines()
    return [cell.strip().strip('"') for cell in lines[0].split(",")] if lines else []


def read_series(text: str, place: str) -> pd.DataFrame:
    """Read FRED's CSV.

    Parameters
    ----------
    text : str
        Its first line names the date and series of `PLAUSIBLE`.
    place : str
        Address or file, for messages.

    Returns
    -------
    DataFrame, shape (T, series)
        By date; NaN where a point or nothing stands.

    Raises
    ------
    SourceError
        If a line is no date with numbers, a number cannot be a value of its series, or dates are repeated or
        out of order; the message names the line.
    """
    names = header_of(text)[1:]
    which = f"{SERVER}'s {', '.join(names)}"
    dates, rows = [], []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines()[1:], start=2):
        if not line.strip():
            continue
        day, *texts = (cell.strip().strip('"') for cell in line.split(","))
        date = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce")
        values = [np.nan if t in ("", ".") else pd.to_numeric(t, errors="coerce") for t in texts]
        unread = any(np.isnan(v) and t not in ("", ".") for v, t in zip(values, texts, strict=True))
        if pd.isna(date) or len(values) != len(names) or unread:
            raise SourceError(f"{which}, line {number}: {line[:40]!r} is no date with a value ({place})")
        for name, value in zip(names, values, strict=True):
            low, high, what = PLAUSIBLE[name]
            if not np.isnan(value) and not low < value < high:
                raise SourceError(f"{SERVER}'s {name}, line {number}: {value:g} is no {what} ({place})")
        dates.append(date)
        rows.append(values)
    found = pd.DataFrame(rows, index=pd.DatetimeIndex(dates), columns=names, dtype=float)
    if not found.index.is_monotonic_increasing or found.index.has_duplicates:
        raise SourceError(f"{which}: the dates are not in the order of time, each once ({place})")
    return found
