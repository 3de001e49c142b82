"""Daily prices from Yahoo Finance, through the yfinance client.

The client answers with an empty table where it should fail (no network, rate
limit, unknown ticker). Here an empty table is an error that names the tickers,
the reason for each, and the command that builds the book without a network.
"""

import contextlib
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pandas as pd

from portfolio_study.data.calendars import last_complete_session
from portfolio_study.data.fetched import Fetched, as_table, parse_dates
from portfolio_study.data.universe import UNIVERSES, Universe
from portfolio_study.errors import DataError, ParameterError, SourceError, UnknownNameError

BILL_TICKER = "^IRX"
BATCH = 20  # tickers between two pauses
PAUSE = 1.0  # seconds between batches
BACK_OFF = 2.0  # seconds before the second attempt; doubled before each further one
WITHOUT_NETWORK = "`make book` builds the book from packaged data, without a network"
_FIELDS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}
UNADJUSTED_SESSIONS = 504  # two years without a dividend or a split are worth a word
# Yahoo writes share classes with a hyphen. One letter after a dot is a class, unless it names an
# exchange: London, Frankfurt, Toronto's venture exchange.
_SHARE_CLASS = re.compile(r"^([A-Z]{1,6})\.([A-EG-KM-UW-Z])$")
_log = logging.getLogger(__name__)


@dataclass
class _Answers:
    """What came back for each ticker: prices and what the vendor says of them, or the reason why not."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def fetch_yahoo(
    universe: Universe,
    start: str,
    end: str | None = None,
    *,
    session: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    now: datetime | None = None,
    timeout: float = 10.0,
    attempts: int = 3,
    progress: Callable[[int, int, str], None] | None = None,
) -> Fetched:
    """Download daily open, high, low, close, adjusted close and volume.

    Parameters
    ----------
    universe : Universe
        What to ask for; its tickers are Yahoo's symbols.
    start, end : str
        First and last date, both included; without `end`, or with one in the future, the last
        session that has closed.
    session : curl_cffi.requests.Session, optional
        Replaces the study's own (see `yahoo_session`).
    sleep : callable
        Waits that many seconds (tests pass their own).
    now : datetime, optional
        Time that decides which session is complete; default: the clock.
    timeout : float
        Seconds to wait for each answer.
    attempts : int
        How often a ticker is asked for before it counts as failed.
    progress : callable, optional
        Called with (number done, number of tickers, ticker).

    Returns
    -------
    Fetched
        With the 13-week bill yield, if that could be had.

    Raises
    ------
    SourceError
        If one ticker or more did not come: which, and why.
    DataError
        If the prices are in several currencies, or too few.
    UnknownNameError
        If a name cannot be a Yahoo symbol.
    """
    if attempts < 1 or timeout <= 0:
        raise ParameterError(f"attempts ({attempts}) must be at least 1 and timeout ({timeout}) positive")
    if universe.frequency != "daily":
        raise SourceError(f"yahoo does not carry the universe {universe.name!r}: use SOURCE=packaged")
    _require_symbols(universe)
    complete = last_complete_session(now)
    wanted_last = parse_dates(None, end)[1]
    last = complete if wanted_last is None else min(wanted_last, complete)
    first = parse_dates(start, None)[0]
    if first is None or first > last:
        raise DataError(f"start {start} is after {last:%Y-%m-%d}, the last complete session")
    session = session if session is not None else yahoo_session(timeout)
    ask = _Asker(session, first, last, timeout, sleep, attempts, progress or _show_progress)
    answers = ask(list(universe.tickers))
    _require_all(universe, answers, attempts)
    bill, bill_note = _fetch_bill(ask)
    currencies = _one_currency(universe, answers)
    notes = [bill_note] if bill_note else []
    unadjusted, why = _unadjusted(universe, answers)
    notes += why
    tables, dropped = _without_empty_dates(answers.tables)
    if dropped:
        notes.append(f"no ticker had a price on {', '.join(dropped)}: those rows were left out")
    if wanted_last is not None and wanted_last > complete:
        notes.append(f"END {end} lies after the last complete session, {complete:%Y-%m-%d}")
    ohlcv = {
        new: as_table(pd.concat({t: tables[t][old] for t in universe.tickers}, axis=1))
        for old, new in _FIELDS.items()
    }
    if len(ohlcv["close"]) < 2:
        raise DataError(f"{len(ohlcv['close'])} session(s) between {first:%Y-%m-%d} and {last:%Y-%m-%d}")
    return Fetched(
        close=ohlcv["adj_close"],
        ohlcv=ohlcv,
        universe=universe.name,
        vendor="yahoo",
        notes=tuple(notes),
        details={
            "origin": "Yahoo Finance, through yfinance",
            "licence": "Yahoo's terms of use: personal use; prices are not passed on",
            "auto_adjust": False,
            "last_complete_session": f"{complete:%Y-%m-%d}",
            "splits": _splits(tables),
            "currency": currencies,
            "without_adjustment": unadjusted,
        },
        bill=bill,
    )


def yahoo_session(timeout: float = 10.0, base_url: str | None = None) -> Any:
    """Return a session for yfinance that never waits longer than `timeout` for one answer.

    Parameters
    ----------
    timeout : float
        Seconds.
    base_url : str, optional
        Sends every request there instead of to Yahoo, e.g. ``http://127.0.0.1:8000``.
        Default: the environment's ``STUDY_YAHOO_URL``.

    Returns
    -------
    curl_cffi.requests.Session
        Its ``seen`` remembers the status of the last price request of each ticker.
    """
    from curl_cffi import requests

    base = base_url if base_url is not None else os.environ.get("STUDY_YAHOO_URL", "")

    class BoundedSession(requests.Session):
        """Bounds the wait of every request, also of those where the client sets its own."""

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.seen: dict[str, str] = {}

        def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            symbol = unquote(url.partition("/v8/finance/chart/")[2].partition("?")[0])
            path = "/".join(url.split("/")[3:])  # behind scheme and host
            target = f"{base.rstrip('/')}/{path}" if base else url
            kwargs["timeout"] = timeout
            if symbol:
                self.seen[symbol] = "no answer"
            response = super().request(method, target, *args, **kwargs)
            if symbol:
                self.seen[symbol] = f"HTTP {response.status_code}"
            return response

    return BoundedSession(impersonate="chrome")


NOT_ASKED = "not asked"
"""Why there is no answer for a ticker behind one that met a wall; the reason stands with that one."""


class _Asker:
    """Asks for tickers in batches, again after a growing pause, a bounded number of times."""

    def __init__(
        self,
        session: Any,
        first: pd.Timestamp,
        last: pd.Timestamp,
        timeout: float,
        sleep: Callable[[float], None],
        attempts: int,
        progress: Callable[[int, int, str], None],
    ) -> None:
        self.session, self.timeout, self.sleep = session, timeout, sleep
        self.first, self.last, self.attempts, self.progress = first, last, attempts, progress

    def __call__(self, tickers: list[str], first: pd.Timestamp | None = None) -> _Answers:
        answers, pending = _Answers(), list(tickers)
        for attempt in range(self.attempts):
            if attempt:
                self.sleep(BACK_OFF * 2 ** (attempt - 1))
            pending = self._round(pending, answers, len(tickers), first or self.first)
            if not pending:
                break
        return answers

    def _round(self, tickers: list[str], answers: _Answers, total: int, first: pd.Timestamp) -> list[str]:
        """Ask once for each; return those worth asking again."""
        again: list[str] = []
        for number, ticker in enumerate(tickers):
            if number and number % BATCH == 0:
                self.sleep(PAUSE)
            table, about, reason = self._one(ticker, first)
            if table is not None:
                answers.tables[ticker], answers.about[ticker] = table, about
                answers.reasons.pop(ticker, None)
                self.progress(len(answers.tables), total, ticker)
                continue
            answers.reasons[ticker] = reason
            if "HTTP 404" in reason or reason.startswith("no prices"):
                continue  # asking again cannot help
            again.append(ticker)
            if "rate limit" in reason or "no answer" in reason:
                rest = tickers[number + 1 :]
                # The next ticker would meet the same wall: wait first.
                answers.reasons.update(dict.fromkeys(rest, f"{NOT_ASKED} after {ticker}"))
                return again + rest
        return again

    def _one(self, ticker: str, first: pd.Timestamp) -> tuple[pd.DataFrame | None, dict[str, Any], str]:
        """Prices and what the vendor says of them, or None and the reason."""
        import yfinance as yf
        from yfinance.exceptions import YFRateLimitError

        with _quiet_client(yf):
            try:
                # The client keeps failed answers as well: forget them, or a retry sees them again.
                yf.data.YfData(session=self.session).cache_get.cache_clear()
                asked = yf.Ticker(ticker, session=self.session)
                table = asked.history(
                    start=f"{first:%Y-%m-%d}",
                    end=f"{self.last + pd.Timedelta(days=1):%Y-%m-%d}",  # the client leaves `end` out
                    auto_adjust=False,
                    actions=True,
                    keepna=True,
                    timeout=self.timeout,
                )
                said = asked.get_history_metadata()
                about = {name: said.get(name) for name in ("currency", "instrumentType")}
            except YFRateLimitError:
                return None, {}, "rate limit (HTTP 429)"
            except Exception as error:  # the client raises whatever its parsing meets
                status = getattr(self.session, "seen", {}).get(ticker, "")
                if status == "HTTP 429":
                    return None, {}, "rate limit (HTTP 429)"
                if status == "HTTP 404":  # whatever page came with it
                    return None, {}, "Yahoo knows no such symbol (HTTP 404)"
                return None, {}, f"{status + ': ' if status else ''}{_first_line(error)}"
        if table is None or table.empty or table["Close"].isna().all():
            return None, {}, f"no prices between {first:%Y-%m-%d} and {self.last:%Y-%m-%d}"
        table.index = pd.DatetimeIndex(table.index).tz_localize(None).normalize()
        return table.loc[first : self.last], about, ""


@contextlib.contextmanager
def _quiet_client(yf: Any) -> Iterator[None]:
    """Let the client raise instead of logging, and silence its deprecation warnings."""
    debug, logger = yf.config.debug, logging.getLogger("yfinance")
    hidden, disabled = debug.hide_exceptions, logger.disabled
    debug.hide_exceptions, logger.disabled = False, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        debug.hide_exceptions, logger.disabled = hidden, disabled


def _require_all(universe: Universe, answers: _Answers, attempts: int) -> None:
    missing = [t for t in universe.tickers if t not in answers.tables]
    if not missing:
        return
    reasons: dict[str, list[str]] = {}
    for ticker in missing:
        reasons.setdefault(answers.reasons.get(ticker, NOT_ASKED), []).append(ticker)
    why = "; ".join(f"{', '.join(tickers)}: {reason}" for reason, tickers in reasons.items())
    near = {
        t: _nearest_symbol(t, universe.tickers)
        for t in missing
        if "no answer" not in answers.reasons[t] and not answers.reasons[t].startswith(NOT_ASKED)
    }
    meant = "".join(f" Did you mean {symbol} instead of {t}?" for t, symbol in near.items() if symbol)
    without = ", name a UNIVERSE without them" if answers.tables else ""
    raise SourceError(
        f"Yahoo delivered {len(answers.tables)} of {len(universe.tickers)} tickers (up to {attempts} "
        f"attempt(s) each). Missing: {why}.{meant} Try again later{without}, or build "
        f"without Yahoo: {WITHOUT_NETWORK}"
    )


def _require_symbols(universe: Universe) -> None:
    """Refuse names that Yahoo cannot know, with the nearest universe or the symbols in capitals."""
    wrong = [ticker for ticker in universe.tickers if ticker != ticker.upper()]
    if not wrong:
        return
    unknown = UnknownNameError("universe or Yahoo symbol", wrong[0], UNIVERSES)
    if unknown.nearest:
        raise unknown
    meant = " ".join(ticker.upper() for ticker in universe.tickers)
    raise UnknownNameError("Yahoo symbol", wrong[0], [wrong[0].upper()], remedy=f'write UNIVERSE="{meant}"')


def _nearest_symbol(ticker: str, tickers: tuple[str, ...]) -> str | None:
    """How Yahoo would write a symbol that it does not know; None without an idea."""
    if share := _SHARE_CLASS.match(ticker):
        return f"{share[1]}-{share[2]}"
    if ticker.endswith(".US"):  # other vendors name the country of every stock
        return ticker.removesuffix(".US").replace(".", "-")
    after = tickers[tickers.index(ticker) + 1 :][:1]
    if after and _SHARE_CLASS.match(f"{ticker}.{after[0]}"):  # "BRK B": a blank separates two tickers
        return f"{ticker}-{after[0]}"
    return None


def _one_currency(universe: Universe, answers: _Answers) -> dict[str, str]:
    """Currency of each ticker, as the vendor states it; refuse prices in several.

    GBp are pence and GBP pounds: where a vendor has both, some prices are 100 times the others'.
    """
    stated = {t: str(answers.about[t].get("currency") or "not stated") for t in universe.tickers}
    groups: dict[str, list[str]] = {}
    for ticker, currency in stated.items():
        if currency != "not stated":
            groups.setdefault(currency, []).append(ticker)
    if len(groups) > 1:
        parts = "; ".join(f"{currency}: {', '.join(tickers)}" for currency, tickers in groups.items())
        raise DataError(
            f"Yahoo quotes these prices in several currencies ({parts}), and returns in different currencies "
            "do not add up to the return of a portfolio: name a UNIVERSE in one of them, or convert the "
            "prices and read them from a file (SOURCE=file)"
        )
    return stated


def _unadjusted(universe: Universe, answers: _Answers) -> tuple[list[str], list[str]]:
    """Tickers whose adjusted closes are their plain closes, and what to say of them."""
    silent, contradicted = [], []
    for ticker in universe.tickers:
        table = answers.tables[ticker]
        if ((table["Adj Close"] / table["Close"] - 1).abs() > 1e-6).any():
            continue
        if table.get("Dividends", pd.Series(dtype=float)).fillna(0).gt(0).any():
            contradicted.append(ticker)
        elif len(table) >= UNADJUSTED_SESSIONS:
            silent.append(ticker)
    index = [t for t in silent if answers.about[t].get("instrumentType") == "INDEX"]
    stocks = [t for t in silent if t not in index]
    notes = []
    if index:
        notes.append(f"{', '.join(index)}: a price index, dividends are not in it")
    if stocks:
        notes.append(
            f"{', '.join(stocks)}: every adjusted close equals the close, and Yahoo reports no dividend and "
            "no split: either there was none, or these prices are not adjusted and returns lack dividends"
        )
    if contradicted:
        notes.append(
            f"{', '.join(contradicted)}: Yahoo reports dividends, but every adjusted close equals the close: "
            "these prices are not adjusted, their returns leave the dividends out"
        )
    return silent + contradicted, notes


def _fetch_bill(ask: _Asker) -> tuple[pd.Series | None, str]:
    """Ask for the Treasury bill yield; without it, the packaged rate is used."""
    early = ask.first - pd.Timedelta(days=10)  # the first period needs the yield of the day before
    answers = ask([BILL_TICKER], early)
    if BILL_TICKER in answers.tables:
        return answers.tables[BILL_TICKER]["Close"].dropna(), ""
    reason = answers.reasons.get(BILL_TICKER, "not asked")
    note = f"no Treasury bill yield ({BILL_TICKER}: {reason}): the packaged rate is used"
    _log.warning(note)
    return None, note


def _without_empty_dates(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Drop dates on which no ticker has any price (the vendor lists some holidays)."""
    closes = pd.concat({t: table["Close"] for t, table in tables.items()}, axis=1)
    empty = closes.index[closes.isna().all(axis=1)]
    kept = {t: table.drop(index=table.index.intersection(empty)) for t, table in tables.items()}
    return kept, [f"{date:%Y-%m-%d}" for date in empty]


def _splits(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    return [
        {"ticker": ticker, "date": f"{date:%Y-%m-%d}", "ratio": float(ratio)}
        for ticker, table in tables.items()
        for date, ratio in table.get("Stock Splits", pd.Series(dtype=float)).items()
        if ratio
    ]


def _first_line(error: Exception) -> str:
    text = (
        str(error).strip().partition(" See https://curl.se/")[0].splitlines()
    )  # the client's advice to programmers
    return f"{type(error).__name__}: {text[0][:160]}" if text else type(error).__name__


def _show_progress(done: int, total: int, ticker: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rYahoo: {done} of {total} ({ticker})".ljust(48) + ("\n" if done == total else ""))
        sys.stderr.flush()
    else:
        _log.info("Yahoo: %d of %d (%s)", done, total, ticker)
