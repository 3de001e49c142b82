"""Checks that every loaded price history passes, and the report that the book shows."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.calendars import expected_dates
from portfolio_study.data.fetched import Fetched
from portfolio_study.data.history import PriceHistory
from portfolio_study.data.moves import impossible_moves
from portfolio_study.data.usable import require_common_dates
from portfolio_study.errors import DataError

# Ratios of share splits, and of their reverse.
_SPLITS = (2.0, 3.0, 1.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0)
_SPLIT_TOLERANCE = 0.05
# Relative slack of high >= low: vendors divide both by the same split factor in single precision.
_RANGE_SLACK = 1e-6


def validate(fetched: Fetched) -> None:
    """Refuse prices that no computation may use.

    Parameters
    ----------
    fetched : Fetched
        Prices between the wanted dates.

    Raises
    ------
    DataError
        If dates are repeated or out of order, a value is missing or no number, a price is not
        positive, a volume is negative, or a high is below the low of its day. The message names
        the ticker, the first date, how many there are, and what to do.
    """
    require_ordered_dates(fetched.close.index)
    require_common_dates(fetched.close)
    tables = {"adj_close": fetched.close, **(fetched.ohlcv or {})}
    for name, table in tables.items():
        _check_schema(name, table, positive=name != "volume")
    bars = fetched.ohlcv or fetched.bars or {}
    if {"low", "high"} <= set(bars):
        low, high = bars["low"], bars["high"]
        _refuse(high < low * (1 - _RANGE_SLACK), high, "high", "is below the low of its day")


def require_ordered_dates(dates: pd.Index) -> None:
    """Refuse dates that are missing, repeated or out of order.

    Raises
    ------
    DataError
        Naming the first offending date.
    """
    index = pd.DatetimeIndex(dates)
    if index.hasnans:
        raise DataError(f"{int(np.sum(index.isna()))} row(s) have no date: remove them or give them one")
    twice = index[index.duplicated()]
    if len(twice):
        raise DataError(
            f"date {twice[0]:%Y-%m-%d} appears more than once ({len(twice)} repeated row(s)): "
            "keep one row a date (and ticker)"
        )
    if not index.is_monotonic_increasing:
        position = int(np.argmax(np.diff(index.asi8) < 0))
        raise DataError(f"dates are out of order after {index[position]:%Y-%m-%d}: sort them")


def _check_schema(name: str, table: pd.DataFrame, positive: bool) -> None:
    """Apply a pandera schema to one field and name the first cell that breaks it."""
    import pandera.pandas as pa

    check = pa.Check.gt(0) if positive else pa.Check.ge(0)
    finite = pa.Check(lambda s: np.isfinite(s), name="finite")
    schema = pa.DataFrameSchema(
        {ticker: pa.Column(float, [check, finite], nullable=False) for ticker in table.columns},
        index=pa.Index("datetime64[us]", unique=True, name="date"),
        strict=True,
    )
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        values = table.to_numpy(dtype=float)
        _refuse(table.isna(), table, name, "is missing")
        _refuse(table.where(np.isfinite(values)).isna(), table, name, "is not finite")
        if positive:
            _refuse(table <= 0, table, name, "is not positive")
        _refuse(table < 0, table, name, "is negative")
        raise DataError(f"field {name} breaks its schema: {error.failure_cases.head(3)}") from error


def _refuse(bad: pd.DataFrame, table: pd.DataFrame, name: str, what: str) -> None:
    """Raise for the first true cell of a table, and say how far the trouble reaches."""
    flags, values = np.asarray(bad, dtype=bool), table.to_numpy(dtype=float)
    if not flags.any():
        return
    column = int(np.argmax(flags.any(axis=0)))
    rows = np.flatnonzero(flags[:, column])
    ticker, index = str(table.columns[column]), pd.DatetimeIndex(table.index)
    others = [str(table.columns[int(i)]) for i in np.flatnonzero(flags.any(axis=0)) if i != column]
    message = f"{name} of {ticker} on {index[rows[0]]:%Y-%m-%d} {what}"
    if what != "is missing":
        message += f" ({values[rows[0], column]:g})"
    if len(rows) > 1:
        message += f", and on {len(rows) - 1} more date(s) up to {index[rows[-1]]:%Y-%m-%d}"
    if others:
        message += f"; also in {', '.join(others[:8])}" + (" ..." if len(others) > 8 else "")
    if what == "is missing" and rows[0] == 0 and len(rows) == rows[-1] + 1 and len(rows) < len(index):
        remedy = f"it begins on {index[len(rows)]:%Y-%m-%d}: START there, or leave the ticker out"
    elif (
        what == "is missing" and rows[-1] == len(index) - 1 and len(rows) == len(index) - rows[0] and rows[0]
    ):
        remedy = f"it ends on {index[rows[0] - 1]:%Y-%m-%d}: END there, or leave the ticker out"
    else:
        remedy = "correct the data, choose dates without it, or leave the ticker out"
    raise DataError(f"{message}. {remedy[0].upper()}{remedy[1:]}.")


@dataclass(frozen=True)
class QualityReport:
    """What is unusual in prices that passed every check.

    Attributes
    ----------
    rows, tickers : int
        Size of the table.
    first, last : Timestamp
        Dates covered.
    sessions : int
        Sessions that the calendar has between them.
    missing_sessions, surplus_dates : list of Timestamp
        Sessions without prices, and prices on days without a session.
    suspects : DataFrame
        Possible splits that were not adjusted: ``ticker``, ``date``, ``ratio``, ``nearest split``.
    stale : Series
        Share of days on which the close did not move, by ticker.
    outside_range : int or None
        Opens or closes outside the day's low and high; None where the source does not have these fields.
    zero_volume : int or None
        Days and tickers without volume; None where the source has no volume.
    moves : list of str
        Moves far outside an asset's own history, other than those of `suspects`.
    fields : tuple of str
        Fields that the source has.
    """

    rows: int
    tickers: int
    first: pd.Timestamp
    last: pd.Timestamp
    sessions: int
    missing_sessions: list[pd.Timestamp]
    surplus_dates: list[pd.Timestamp]
    suspects: pd.DataFrame
    stale: pd.Series
    outside_range: int | None
    zero_volume: int | None
    calendar: str = field(default="XNYS")
    moves: list[str] = field(default_factory=list)
    fields: tuple[str, ...] = ("adj_close",)

    def table(self) -> pd.DataFrame:
        """Return the report as one row a check: ``check``, ``found``, ``which``."""

        def some(dates: list[pd.Timestamp]) -> str:
            shown = ", ".join(f"{d:%Y-%m-%d}" for d in dates[:6])
            return shown + (f" and {len(dates) - 6} more" if len(dates) > 6 else "")

        splits = "; ".join(
            f"{s.ticker} {s.date:%Y-%m-%d} (previous over new price {s.ratio:.3f})"
            for s in self.suspects.itertuples()
        )
        stale = f"most: {self.stale.idxmax()} with {self.stale.max():.1%}"
        rows = [
            ("sessions without prices", len(self.missing_sessions), some(self.missing_sessions)),
            ("prices on days without a session", len(self.surplus_dates), some(self.surplus_dates)),
            ("overnight jumps that look like an unadjusted split", len(self.suspects), splits),
            ("opens or closes outside the day's range", *self._checked(self.outside_range)),
            ("days without volume", *self._checked(self.zero_volume)),
            (
                "tickers whose close stands still on more than 5 % of the dates",
                int((self.stale > 0.05).sum()),
                stale,
            ),
        ]
        if self.moves:  # most prices have none: an empty row would say nothing
            rows.insert(
                3, ("moves far outside an asset's own history", len(self.moves), "; ".join(self.moves))
            )
        return pd.DataFrame(rows, columns=["check", "found", "which"]).set_index("check")

    def _checked(self, found: int | None) -> tuple[int | str, str]:
        """Tell "none found" from "not looked for"."""
        if found is not None:
            return found, ""
        if self.fields == ("adj_close",):
            return "not checked", "the source has adjusted closes only"
        return "not checked", f"the source has {', '.join(self.fields)} only"


def quality_report(prices: PriceHistory) -> QualityReport:
    """List what a reader should know about loaded prices.

    Parameters
    ----------
    prices : PriceHistory
        Loaded prices; they passed `validate`.

    Returns
    -------
    QualityReport
    """
    close, calendar = prices.close, str(prices.manifest.get("calendar", "XNYS"))
    dates = pd.DatetimeIndex(close.index)
    expected = expected_dates(close.index[0], close.index[-1], calendar)
    checked: dict[str, Any] = (
        unusual_bars(prices.ohlcv) if prices.ohlcv is not None else prices.manifest.get("bars", {})
    )
    suspects = split_suspects(prices)
    known = {(s.ticker, s.date) for s in suspects.itertuples()}
    moves = impossible_moves(close) if prices.frequency == "daily" else []
    fields = tuple(prices.ohlcv or checked.get("fields", ["adj_close"]))
    return QualityReport(
        rows=len(close),
        tickers=close.shape[1],
        first=close.index[0],
        last=close.index[-1],
        sessions=len(expected),
        missing_sessions=_not_in(expected, dates, calendar),
        surplus_dates=_not_in(dates, expected, calendar),
        suspects=suspects,
        stale=close.diff().iloc[1:].eq(0).mean().rename("share of unchanged closes"),
        outside_range=checked.get("outside_range"),
        zero_volume=checked.get("zero_volume"),
        calendar=calendar,
        moves=[str(move) for move in moves if (move.ticker, move.date) not in known],
        fields=fields,
    )


def unusual_bars(bars: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Count what is unusual in bars, as far as their fields allow.

    Parameters
    ----------
    bars : dict of DataFrame
        Some of ``open``, ``high``, ``low``, ``close``, ``volume``.

    Returns
    -------
    dict
        ``outside_range`` (opens or closes outside the day's low and high) if there are highs, lows
        and one of these; ``zero_volume`` if there are volumes.
    """
    found = {}
    inside = [name for name in ("open", "close") if name in bars]
    if {"high", "low"} <= set(bars) and inside:
        high, low = bars["high"] * (1 + _RANGE_SLACK), bars["low"] * (1 - _RANGE_SLACK)
        found["outside_range"] = int(
            sum(((bars[name] > high) | (bars[name] < low)).to_numpy().sum() for name in inside)
        )
    if "volume" in bars:
        found["zero_volume"] = int((bars["volume"] == 0).to_numpy().sum())
    return found


def _not_in(some: pd.DatetimeIndex, others: pd.DatetimeIndex, calendar: str) -> list[pd.Timestamp]:
    """Dates without a counterpart; months are compared as months, whatever their last day of trading."""
    if calendar == "months":
        return list(some[~some.to_period("M").isin(others.to_period("M"))])
    return list(some.difference(others))


def describe_source(prices: PriceHistory) -> pd.DataFrame:
    """Return what the manifest says of the prices, as one row an item.

    Parameters
    ----------
    prices : PriceHistory
        Loaded prices.

    Returns
    -------
    DataFrame
        Index ``item``, column ``value`` (text).
    """
    manifest = prices.manifest
    items = {
        "source": prices.source,
        "universe": f"{prices.universe} (assets: {len(prices.tickers)})",
        "assets": ", ".join(prices.tickers),
        "origin": manifest.get("origin", ""),
        "vendor": manifest.get("vendor", ""),
        "vendor check": manifest.get("vendor_check", ""),
        "currency": ", ".join(sorted(set(manifest.get("currency", {}).values()))),
        "licence": manifest.get("licence", ""),
        "dates": f"{manifest['first']} to {manifest['last']}",
        "rows": f"{len(prices.close)} {prices.frequency} prices of each asset",
        "fields": ", ".join(manifest.get("fields", [])),
        "checksum (SHA-256)": prices.sha256,
        "fetched": manifest.get("fetched_at", ""),
    }
    rows = [(item, str(value)) for item, value in items.items() if value]
    return pd.DataFrame(rows, columns=["item", "value"]).set_index("item")


def split_suspects(prices: PriceHistory) -> pd.DataFrame:
    """List overnight price ratios that look like a split that was not adjusted.

    A ratio within 5 % of a usual split (2, 3, 1.5, 4, ...) or of its reverse is listed. With
    opens, the ratio is open over previous close; without, close over previous close. A very
    good or bad day can look like a split: the list is for a person to look at.

    Parameters
    ----------
    prices : PriceHistory
        Daily prices; monthly ones give an empty list.

    Returns
    -------
    DataFrame
        ``ticker``, ``date``, ``ratio`` (previous price over new price), ``nearest split``.
    """
    columns = ["ticker", "date", "ratio", "nearest split"]
    if prices.frequency != "daily":
        return pd.DataFrame(columns=columns)
    if prices.ohlcv is not None:
        ratio = prices.ohlcv["close"].shift(1) / prices.ohlcv["open"]
    else:
        ratio = prices.close.shift(1) / prices.close
    splits = np.array([*_SPLITS, *(1 / np.array(_SPLITS))])
    rows = []
    for ticker in ratio.columns:
        series = ratio[ticker].dropna()
        for date, value in series[(series > 1.4) | (series < 1 / 1.4)].items():
            nearest = splits[np.argmin(np.abs(np.log(splits) - np.log(value)))]
            if abs(value / nearest - 1) <= _SPLIT_TOLERANCE:
                rows.append((ticker, date, float(value), float(nearest)))
    return pd.DataFrame(rows, columns=columns)
