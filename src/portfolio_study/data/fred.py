"""The yield of the 4-week Treasury bill from FRED, the database of the Federal Reserve Bank of St. Louis."""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.web import Answer, get, require_web
from portfolio_study.errors import SourceError

ADDRESS = "https://fred.stlouisfed.org/graph/fredgraph.csv"
#: Yield of the 4-week bill on the secondary market, discount basis, percent a year, daily since 2001-07-31
#: (the Federal Reserve's release H.15). TB4WK is its monthly average, TB3MS is of bills of three months.
SERIES = "DTB4WK"
MOST_BYTES = 2**23
SERVER = "FRED"


def fetch_bill_yield(
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    base_url: str | None = None,
    session: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = 20.0,
    attempts: int = 3,
) -> pd.Series:
    """Fetch the daily yield of the 4-week Treasury bill.

    Parameters
    ----------
    start, end : Timestamp
        First and last date, both included.
    base_url : str, optional
        Address of the CSV files. Default: the environment's ``STUDY_FRED_URL``, else FRED's own.
    session, sleep, timeout, attempts
        See `portfolio_study.data.web.get`.

    Returns
    -------
    Series
        Bank discount yield in percent a year, by date; days without one are left out.

    Raises
    ------
    SourceError
        If it could not be had, or the answer is no such table; the message says why.
    ParameterError
        If `attempts`, `timeout` or the address is not valid.
    """
    base = require_web(base_url or os.environ.get("STUDY_FRED_URL", "").strip() or ADDRESS, "FRED's")
    url = f"{base}?id={SERIES}&cosd={start:%Y-%m-%d}&coed={end:%Y-%m-%d}"
    found = get(
        url,
        lambda answer: _read(answer, url),
        server=SERVER,
        name=SERIES,
        most=MOST_BYTES,
        session=session,
        sleep=sleep,
        timeout=timeout,
        attempts=attempts,
    )
    return found.loc[start:end]


def _read(answer: Answer, url: str) -> pd.Series:
    """Read FRED's CSV: a line ``observation_date,DTB4WK``, then a date and a number, a point or nothing."""
    lines = answer.content.decode("utf-8", errors="replace").lstrip("\ufeff").splitlines()
    header = [cell.strip() for cell in lines[0].split(",")] if lines else []
    if len(header) != 2 or header[1] != SERIES:
        begin = (lines or [""])[0][:40]
        raise SourceError(
            f"{SERVER} delivered something else as {SERIES}: {answer.kind} ({begin!r} ...; {url}); is a login or "
            "a proxy in between? Open the address in a browser"
        )
    dates, values = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        day, _, text = line.partition(",")
        date = pd.to_datetime(day.strip(), format="%Y-%m-%d", errors="coerce")
        value = np.nan if text.strip() in ("", ".") else pd.to_numeric(text.strip(), errors="coerce")
        if pd.isna(date) or (pd.isna(value) and text.strip() not in ("", ".")):
            raise SourceError(
                f"{SERVER}'s {SERIES}, line {number}: {line[:40]!r} is no date with a yield ({url})"
            )
        if not np.isnan(value) and not -5 < value < 50:
            raise SourceError(
                f"{SERVER}'s {SERIES}, line {number}: {value:g} is no yield of a bill in percent a year ({url})"
            )
        dates.append(date)
        values.append(value)
    found = pd.Series(values, index=pd.DatetimeIndex(dates), name=SERIES, dtype=float).dropna()
    if not found.index.is_monotonic_increasing or found.index.has_duplicates:
        raise SourceError(f"{SERVER}'s {SERIES}: the dates are not in the order of time, each once ({url})")
    return found
