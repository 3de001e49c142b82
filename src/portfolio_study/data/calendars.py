"""Which dates an exchange was open on, and which session was the last to close."""

import warnings
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import sessions_per_year
from portfolio_study.errors import DataError, ParameterError

#: Calendars that are no exchange: which days of the week have prices.
WEEKDAYS, EVERY_DAY, SUNDAY_TO_THURSDAY, MONTHS = "weekdays", "every day", "Sunday to Thursday", "months"
#: Exchanges that dates are compared with where they do not fit New York.
_EXCHANGES = {
    "XLON": "London", "XETR": "Frankfurt", "XPAR": "Paris", "XSWX": "Zurich", "XSTO": "Stockholm",
    "XMIL": "Milan", "XTSE": "Toronto", "XTKS": "Tokyo", "XHKG": "Hong Kong", "XSHG": "Shanghai",
    "XASX": "Sydney", "XBOM": "Mumbai", "BVMF": "Sao Paulo",
}  # fmt: skip
#: Share of dates without a session, and of sessions without a date, up to which a calendar fits.
_FITS = 0.02


@lru_cache(maxsize=64)  # building one takes longer than all that is asked of it
def trading_calendar(name: str, first: pd.Timestamp, last: pd.Timestamp) -> Any:
    """Return an exchange_calendars calendar that covers two dates.

    Parameters
    ----------
    name : str
        For example ``XNYS``, the New York Stock Exchange.
    first, last : Timestamp
        Dates to cover.

    Returns
    -------
    exchange_calendars.ExchangeCalendar
    """
    import exchange_calendars

    # A margin on both sides: a calendar must begin before its first session.
    bounds = {"start": first - pd.Timedelta(days=30), "end": last + pd.Timedelta(days=30)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, inside the library
        return exchange_calendars.get_calendar(name, **bounds)


def expected_dates(first: pd.Timestamp, last: pd.Timestamp, calendar: str = "XNYS") -> pd.DatetimeIndex:
    """Return the dates on which prices are expected.

    Parameters
    ----------
    first, last : Timestamp
        Both included.
    calendar : str
        An exchange_calendars name (``XNYS``: New York Stock Exchange), ``weekdays``, ``every day``,
        ``Sunday to Thursday`` or ``months``.

    Returns
    -------
    DatetimeIndex
    """
    if calendar == WEEKDAYS:
        return pd.bdate_range(first, last)
    if calendar == EVERY_DAY:
        return pd.date_range(first, last)
    if calendar == SUNDAY_TO_THURSDAY:
        return pd.bdate_range(first, last, freq="C", weekmask="Sun Mon Tue Wed Thu")
    if calendar == MONTHS:
        return pd.date_range(first, last + pd.offsets.MonthEnd(0), freq="ME")
    return pd.DatetimeIndex(trading_calendar(calendar, first, last).sessions_in_range(first, last))


def last_complete_session(now: datetime | None = None, calendar: str = "XNYS") -> pd.Timestamp:
    """Return the last session of an exchange that has closed (half an hour ago or earlier).

    Parameters
    ----------
    now : datetime, optional
        With a time zone; default: the clock.
    calendar : str
        Name in exchange_calendars.

    Returns
    -------
    Timestamp
        Date of the session, without time.

    Raises
    ------
    ParameterError
        If `now` has no time zone.
    """
    moment = pd.Timestamp(now or datetime.now(UTC))
    if moment.tzinfo is None:
        raise ParameterError("now must have a time zone")
    day = moment.tz_convert("UTC").tz_localize(None).normalize()
    closes = trading_calendar(calendar, day, day).closes
    closed = closes[closes + pd.Timedelta(minutes=30) <= moment]
    return pd.Timestamp(closed.index[-1]).tz_localize(None)


def weekday_shift(dates: pd.DatetimeIndex) -> int:
    """Tell whether daily dates of weekdays lie a day early (-1) or late (+1).

    Dates that have Sundays and no Fridays are most often local midnights that were written in
    another time zone; those that have Saturdays and no Mondays lie on the other side.

    Parameters
    ----------
    dates : DatetimeIndex
        Each date once, in any order.

    Returns
    -------
    int
        -1, 0 or 1; 0 also where there are fewer than ten dates.
    """
    if len(dates) < 10:
        return 0
    days = np.bincount(dates.day_of_week, minlength=7) / len(dates)
    if days[6] > 0.1 and max(days[4], days[5]) < 0.02:
        return -1
    if days[5] > 0.1 and max(days[0], days[6]) < 0.02:
        return 1
    return 0


def recognise_calendar(dates: pd.DatetimeIndex, file: str) -> tuple[str, list[str]]:
    """Find the calendar that daily dates follow.

    Parameters
    ----------
    dates : DatetimeIndex
        Daily dates in order, each once.
    file : str
        Where they come from, for messages.

    Returns
    -------
    calendar : str
        See `expected_dates`.
    notes : list of str
        What a reader must know: another calendar than New York's, or none that fits.

    Raises
    ------
    DataError
        If the dates lie a day beside those of an exchange.
    """
    if len(dates) < 20:
        return "XNYS", []
    if sessions_per_year(dates) == 365:
        return EVERY_DAY, ["there are prices on every day of the week: 365 periods make a year"]
    shift = weekday_shift(dates)
    if shift:
        return _shifted(dates, shift, file)
    home = _misfit(dates, "XNYS")
    if home <= max(_FITS, 2 / len(dates)):
        return "XNYS", _holes(dates)
    misfits = {WEEKDAYS: _misfit(dates, WEEKDAYS)}
    if misfits[WEEKDAYS] > 0:  # no exchange is open on every weekday
        misfits |= {name: _misfit(dates, name) for name in _EXCHANGES}
    best = min(misfits, key=lambda name: misfits[name])
    if misfits[best] <= _FITS and misfits[best] < home / 2:
        where = (
            f"those of the exchange in {_EXCHANGES[best]} ({best})" if best in _EXCHANGES else "all weekdays"
        )
        return best, [f"the dates are {where}, not the sessions in New York", *_holes(dates)]
    return "XNYS", [
        f"the dates fit no calendar that is known here: {home:.1%} of them and of the sessions in "
        "New York have no counterpart (several exchanges in one file?)",
        *_holes(dates),
    ]


def _shifted(dates: pd.DatetimeIndex, shift: int, file: str) -> tuple[str, list[str]]:
    moved = dates - pd.Timedelta(days=shift)
    what = "Sundays and no Fridays" if shift < 0 else "Saturdays and no Mondays"
    side = "early" if shift < 0 else "late"
    fits = min(_misfit(moved, name) for name in ("XNYS", WEEKDAYS, "XLON", "XETR", "XTKS"))
    if shift > 0 or fits <= _FITS:
        raise DataError(
            f"price file {file}: the dates lie a day {side}: they have {what} ({dates[0]:%Y-%m-%d} is a "
            f"{dates[0]:%A}); they were moved by a time zone. Write the local date of each session"
        )
    return SUNDAY_TO_THURSDAY, [
        f"the dates have {what}: they are taken for an exchange that trades from Sunday to "
        "Thursday; if it does not, "
        "a time zone has moved them by a day"
    ]


def _misfit(dates: pd.DatetimeIndex, calendar: str) -> float:
    """Share of all dates and sessions that have no counterpart on the other side.

    Sessions in the longest gap do not count: what is lacking there says nothing of the exchange, and is said apart.
    """
    try:
        expected = expected_dates(dates[0], dates[-1], calendar)
    except ValueError:  # the calendar begins later, or ends earlier
        return 1.0
    days = dates.as_unit("ns")
    expected = expected.as_unit("ns")
    if (gap := _longest_gap(days)) is not None:
        expected = expected[(expected <= gap[0]) | (expected >= gap[1])]
    return len(days.symmetric_difference(expected)) / max(len(days.union(expected)), 1)


def _holes(dates: pd.DatetimeIndex) -> list[str]:
    gap = _longest_gap(dates)
    if gap is None:
        return []
    before, after = gap
    return [
        f"there are no prices between {before:%Y-%m-%d} and {after:%Y-%m-%d} ({(after - before).days} days)"
    ]


def _longest_gap(dates: pd.DatetimeIndex) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The two dates around the longest gap, if it is longer than any holiday."""
    gaps = np.diff(dates.as_unit("s").asi8) // 86_400
    worst = int(np.argmax(gaps))
    return None if gaps[worst] <= 14 else (dates[worst], dates[worst + 1])
