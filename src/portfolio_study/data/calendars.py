"""Which dates an exchange was open on, and which session was the last to close."""

import warnings
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from portfolio_study.errors import ParameterError


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
        An exchange_calendars name (``XNYS``: New York Stock Exchange), ``weekdays`` or ``months``.

    Returns
    -------
    DatetimeIndex
    """
    if calendar == "weekdays":
        return pd.bdate_range(first, last)
    if calendar == "months":
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
