"""What a source hands over before it is sliced, checked and stored."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from portfolio_study.errors import DataError, ParameterError


@dataclass(frozen=True)
class Fetched:
    """Prices as a source delivers them.

    Attributes
    ----------
    close : DataFrame (T, N)
        Adjusted closes; index ``date``, columns ``ticker``.
    ohlcv : dict of DataFrame or None
        See `PriceHistory.ohlcv`.
    bars : dict of DataFrame or None
        Fields of bars that are not complete, e.g. without volume: they are checked, not used.
    universe : str
        Name of the universe, or ``custom``.
    vendor : str
        Who published the prices, e.g. ``yahoo``.
    calendar : str
        Which dates are expected: see `portfolio_study.data.calendars.expected_dates`.
    frequency : str
        ``daily`` or ``monthly``.
    notes : tuple of str
        What a reader of the results must know.
    details : dict
        Origin, licence and the like, for the manifest.
    bill : Series or None
        Annual discount yield of the 13-week Treasury bill in percent, if the source has it.
    four_weeks : Series or None
        Annual discount yield of the 4-week Treasury bill in percent, where the other rates end too early.
    rate : Series or None
        Net riskless rate per period (decimal), by date, if it was published with the prices.
    compounded : bool
        Prices are compounded from published returns: the one before `start` is the base of the first return.
    """

    close: pd.DataFrame
    ohlcv: dict[str, pd.DataFrame] | None
    universe: str
    vendor: str
    calendar: str = "XNYS"
    frequency: str = "daily"
    notes: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    bill: pd.Series | None = None
    four_weeks: pd.Series | None = None
    bars: dict[str, pd.DataFrame] | None = None
    rate: pd.Series | None = None
    compounded: bool = False

    def between(self, start: str | None, end: str | None) -> "Fetched":
        """Return the part from `start` to `end`, both included.

        Of prices that are compounded from returns it has every return from `start` on, and so begins with
        the price before it, if all assets have one.

        Raises
        ------
        DataError
            If fewer than two rows are left; the message says which dates there are.
        """
        first, last = parse_dates(start, end)
        kept = self.close.loc[first:last]
        if self.compounded and first is not None and len(kept):
            at = int(self.close.index.searchsorted(kept.index[0])) - 1
            if at >= 0 and self.close.iloc[at].notna().all():
                first = self.close.index[at]
                kept = self.close.loc[first:last]
        if len(kept) < 2:
            have = (
                f"{self.close.index[0]:%Y-%m-%d} to {self.close.index[-1]:%Y-%m-%d}"
                if len(self.close)
                else ""
            )
            raise DataError(
                f"{len(kept)} row(s) of prices between {start or 'the start'} and {end or 'the end'}: "
                f"the source has {have or 'none'}; choose START and END inside it"
            )
        ohlcv, bars = (
            None if tables is None else {k: v.loc[first:last] for k, v in tables.items()}
            for tables in (self.ohlcv, self.bars)
        )
        return replace(self, close=kept, ohlcv=ohlcv, bars=bars)


def parse_dates(start: str | None, end: str | None) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Read two dates and check their order.

    Parameters
    ----------
    start, end : str or None
        Dates such as ``2015-01-31``; empty or None leaves that side open.

    Returns
    -------
    tuple of Timestamp or None

    Raises
    ------
    ParameterError
        If one is no date, or `start` is after `end`.
    """
    dates: list[pd.Timestamp | None] = []
    for name, text in (("start", start), ("end", end)):
        if text is None or str(text).strip() == "":
            dates.append(None)
            continue
        date = pd.to_datetime(str(text).strip(), errors="coerce")
        if pd.isna(date) or date.tz is not None:
            raise ParameterError(f"{name} {text!r} is not a date: write it as 2015-01-31")
        dates.append(date.normalize())
    if dates[0] is not None and dates[1] is not None and dates[0] > dates[1]:
        raise ParameterError(f"start {start} is after end {end}")
    return dates[0], dates[1]


def last_possible_date(dates: pd.DatetimeIndex, today: str | pd.Timestamp | None = None) -> pd.Timestamp:
    """Return the last date that a price can have had.

    Parameters
    ----------
    dates : DatetimeIndex
        Dates of the prices, in order.
    today : str or Timestamp, optional
        Default: the date of the clock, here or in UTC, whichever is later.

    Returns
    -------
    Timestamp
        Today; where most dates are a month apart the end of this month, which may stand for the month.
    """
    now = max(pd.Timestamp(datetime.now()), pd.Timestamp(datetime.now(UTC)).tz_localize(None))
    day = (now if today is None else pd.Timestamp(today)).normalize()
    gaps = dates.to_series().diff().dropna()
    monthly = len(gaps) > 0 and gaps.median() >= pd.Timedelta(days=27)
    return day + pd.offsets.MonthEnd(0) if monthly else day


def as_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a price table the labels and types that the whole study uses.

    Parameters
    ----------
    frame : DataFrame
        Prices with a DatetimeIndex and one column a ticker.

    Returns
    -------
    DataFrame
        Float values; index ``date`` without time or zone; columns ``ticker``.
    """
    index = pd.DatetimeIndex(frame.index)
    index = (index.tz_localize(None) if index.tz is not None else index).normalize().as_unit("us")
    columns = pd.Index([str(c) for c in frame.columns], name="ticker", dtype="str")
    values = frame.to_numpy(dtype=float, copy=True)
    return pd.DataFrame(values, index=pd.DatetimeIndex(index, name="date"), columns=columns)
