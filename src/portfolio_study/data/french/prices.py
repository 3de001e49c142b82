"""Published returns as a price history: indices that are compounded from them."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.calendars import expected_dates, recognise_calendar
from portfolio_study.data.fetched import Fetched, as_table, last_possible_date, parse_dates
from portfolio_study.data.french.text import EQUAL, RATE, VALUE, FrenchFile, Section
from portfolio_study.errors import DataError

# The exchange was open on Saturdays until September 1952, which no calendar here knows.
_FIVE_DAYS = pd.Timestamp("1952-10-01")


def price_index(returns: pd.DataFrame, frequency: str) -> pd.DataFrame:
    r"""Compound simple returns to price indices.

    .. math:: P_0 = 1, \qquad P_t = P_{t-1} (1 + R_t)

    Parameters
    ----------
    returns : DataFrame (T, N)
        Simple returns (decimal) in the order of time; NaN where there is none.
    frequency : {"daily", "monthly"}
        Places the 1: a month, or a session of the New York exchange, before the first row.

    Returns
    -------
    DataFrame (T+1, N)
        Indices whose simple returns are `returns`. Where a portfolio begins later, so does its index,
        on the date before its first return; at a date without a return it is NaN.
    """
    first = returns.index[0]
    if frequency == "monthly":
        base = first - pd.offsets.MonthEnd(1)
    else:
        days = expected_dates(first - pd.Timedelta(days=20), first - pd.Timedelta(days=1))
        base = pd.Timestamp(days[-1]).tz_localize(None)
    growth = (1.0 + returns.fillna(0.0)).cumprod()
    there = np.vstack([np.zeros((1, returns.shape[1]), dtype=bool), returns.notna().to_numpy()])
    follows = np.vstack([there[1:], np.zeros((1, returns.shape[1]), dtype=bool)])
    levels = np.vstack([np.ones((1, returns.shape[1])), growth.to_numpy()])
    index = pd.DatetimeIndex([base]).append(pd.DatetimeIndex(returns.index))
    return pd.DataFrame(np.where(there | follows, levels, np.nan), index=index, columns=returns.columns)


def as_fetched(
    file: FrenchFile,
    section: Section,
    chosen: dict[str, str],
    universe: str,
    start: str | None,
    end: str | None,
    today: str | pd.Timestamp | None = None,
) -> Fetched:
    """Turn a table of returns into prices.

    Parameters
    ----------
    file : FrenchFile
        The file.
    section : Section
        Its table of portfolio returns.
    chosen : dict
        Column of the table to ticker of the study.
    universe : str
        Name of the universe.
    start, end : str or None
        Dates that will be used: a return that is missing between them is an error, others are not
        looked at.
    today : str or Timestamp, optional
        A return of a later date is refused. Default: the date of the clock.

    Returns
    -------
    Fetched
        The dates of the file and the one before them; its details and notes say that prices are
        compounded, from which table, and of which vintage.

    Raises
    ------
    DataError
        If the table is damaged (see `Section.returns`), a date lies in the future, or a return is missing
        between two others.
    """
    returns = section.returns()[list(chosen)]
    _refuse_future(section, returns, end, today)
    close = price_index(returns, section.frequency)
    _refuse_gaps(section, returns, close, start, end)
    close = as_table(close.rename(columns=chosen))
    calendar, notes = _calendar(pd.DatetimeIndex(close.index), section.frequency, file.name)
    made = f"the {file.vintage} CRSP database" if file.vintage else "a database that it does not name"
    details: dict[str, Any] = {
        "origin": f"Kenneth R. French's data library, {file.name}, made from {made}",
        "licence": file.copyright or "Eugene F. Fama and Kenneth R. French; not passed on",
        "prices": "compounded from the published returns in percent; 1 on the date before the first",
        "table": section.place,
        "weighting": section.weighting or "not stated",
        "vintage": file.vintage,
    }
    first = f"{close.index[0]:%Y-%m-%d}"
    weighting = {
        VALUE: "portfolios weighted by value",
        EQUAL: "equally weighted portfolios",
        "": "the file does not state how the portfolios are weighted",
    }[section.weighting]
    said = [
        f"prices are compounded from published {section.frequency} total returns (an index of 1 on {first}): "
        f"{weighting}, {section.place} of {file.name}, made from {made}",
    ]
    if not file.copyright:
        said.append(f"{file.name} does not end with the library's copyright: it may have been cut or edited")
    return Fetched(
        close=close,
        ohlcv=None,
        universe=universe,
        vendor="french",
        calendar=calendar,
        frequency=section.frequency,
        notes=(*said, *notes),
        details=details,
        compounded=True,
    )


def published_rate(file: FrenchFile, frequency: str) -> pd.Series:
    """Return the one-month bill rate of a file of factors, per period.

    Parameters
    ----------
    file : FrenchFile
        For example ``F-F_Research_Data_Factors_CSV.zip``.
    frequency : {"daily", "monthly"}
        Which of its tables.

    Returns
    -------
    Series
        Net rate per period (decimal), by date.

    Raises
    ------
    DataError
        If there is no such table, or its numbers are no rates in percent.
    """
    section = file.factors(frequency)
    returns = section.returns()
    rate = returns[RATE].dropna()
    most = 0.03 if frequency == "monthly" else 0.002  # the highest published: 1.52 and 0.061 percent
    wrong = (rate > most) | (rate < -most)
    if wrong.any():
        day = rate.index[int(np.argmax(wrong))]
        line = section.rows[int(np.argmax(returns.index == day))][0]
        raise section.error(
            line, f"RF is {rate[day] * 100:g} on {day:%Y-%m-%d}: no {frequency} bill rate in percent"
        )
    return rate.set_axis(pd.DatetimeIndex(rate.index).as_unit("us")).rename("risk_free")


def _refuse_future(
    section: Section, returns: pd.DataFrame, end: str | None, today: str | pd.Timestamp | None
) -> None:
    """Refuse a date that is yet to come."""
    dates = pd.DatetimeIndex(returns.loc[: parse_dates(None, end)[1]].index)
    last = last_possible_date(dates, today)
    late = dates[dates > last]
    if len(late):
        line, text = section.rows[len(dates) - len(late)]
        raise section.error(
            line,
            f"the date {text.partition(',')[0].strip()!r} lies in the future (the last that a return can have "
            f"is {last:%Y-%m-%d}), in {len(late)} row(s): correct it, or leave these rows out",
        )


def _refuse_gaps(
    section: Section, returns: pd.DataFrame, close: pd.DataFrame, start: str | None, end: str | None
) -> None:
    """Refuse a missing return between two others: prices cannot be compounded over it."""
    begin, stop = parse_dates(start, end)
    shown = close.loc[begin:stop]
    if len(shown) < 2:
        return  # said with the dates that there are, when the prices are cut
    # With the date before: one that is missing on the first date, but not before it, is a gap too.
    base = close.index[max(int(close.index.searchsorted(shown.index[0])) - 1, 0)]
    used = returns.loc[base:stop]
    known = used.notna().to_numpy()
    after_first = np.maximum.accumulate(known, axis=0)
    before_last = np.maximum.accumulate(known[::-1], axis=0)[::-1]
    gaps = ~known & after_first & before_last
    if not gaps.any():
        return
    column = int(np.argmax(gaps.any(axis=0)))
    rows = np.flatnonzero(gaps[:, column])
    day, name = used.index[rows[0]], str(used.columns[column])
    line = section.rows[int(np.argmax(returns.index == day))][0]
    others = [str(used.columns[int(i)]) for i in np.flatnonzero(gaps.any(axis=0)) if i != column]
    more = (
        f" (nor on {len(rows) - 1} later date(s) up to {used.index[rows[-1]]:%Y-%m-%d})"
        if len(rows) > 1
        else ""
    )
    also = f"; also in {', '.join(others[:8])}{' ...' if len(others) > 8 else ''}" if others else ""
    raise section.error(
        line,
        f"{name!r} has no return on {day:%Y-%m-%d}{more}{also}, where the library writes -99.99 or -999: prices "
        "cannot be compounded over a missing return. "
        f"START after {used.index[rows[-1]]:%Y-%m-%d}, or leave the portfolio out of UNIVERSE",
    )


def _calendar(dates: pd.DatetimeIndex, frequency: str, name: str) -> tuple[str, list[str]]:
    """Find the calendar of the dates; Saturdays before October 1952 are not held against New York's."""
    if frequency == "monthly":
        return "months", []
    try:
        return recognise_calendar(dates[dates >= _FIVE_DAYS], name)
    except DataError as error:
        raise DataError(f"Kenneth French's file {name}: {error}") from error
