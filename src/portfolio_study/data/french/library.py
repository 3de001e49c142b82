"""Which portfolios are in which file of Kenneth French's library, and how they are fetched."""

import logging
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pandas as pd

from portfolio_study.data.fetched import Fetched, parse_dates
from portfolio_study.data.french.download import Delivered, download
from portfolio_study.data.french.prices import as_fetched, published_rate
from portfolio_study.data.french.text import EQUAL, VALUE, WEIGHTINGS, FrenchFile, read_french
from portfolio_study.data.universe import UNIVERSES, Universe
from portfolio_study.errors import DataError, ParameterError, SourceError, UnknownNameError
from portfolio_study.store import bytes_hash

DEFAULT_UNIVERSE = "french_industry10"
#: Names of the archives, as the library spells them.
FILES = {
    "industry10": {
        "daily": "10_Industry_Portfolios_daily_CSV.zip",
        "monthly": "10_Industry_Portfolios_CSV.zip",
    },
    "industry12": {
        "daily": "12_Industry_Portfolios_daily_CSV.zip",
        "monthly": "12_Industry_Portfolios_CSV.zip",
    },
    "industry49": {
        "daily": "49_Industry_Portfolios_daily_CSV.zip",
        "monthly": "49_Industry_Portfolios_CSV.zip",
    },
    "size_bm25": {"daily": "25_Portfolios_5x5_Daily_CSV.zip", "monthly": "25_Portfolios_5x5_CSV.zip"},
}
FACTOR_FILES = {
    "daily": "F-F_Research_Data_Factors_daily_CSV.zip",
    "monthly": "F-F_Research_Data_Factors_CSV.zip",
}
#: Raise it when the same file would be read otherwise: stored answers are then fetched again.
READING = 2
#: Universe to set of portfolios, frequency and weighting. An installed package carries french12 too.
_SETS: dict[str, tuple[str, str, str]] = {
    f"french_{name}{'' if frequency == 'daily' else '_monthly'}{'' if weighting == VALUE else '_equal'}": (
        name,
        frequency,
        weighting,
    )
    for name, frequency, weighting in product(FILES, ("daily", "monthly"), WEIGHTINGS)
} | {"french12": ("industry12", "monthly", VALUE)}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """What is asked of the library.

    Attributes
    ----------
    universe : Universe
        A universe of the library, or one called ``custom`` with a part of its portfolios.
    file, factors : str
        Archives with the portfolios and with the riskless rate.
    frequency : str
        ``daily`` or ``monthly``.
    weighting : str
        ``value`` or ``equal``.
    notes : tuple of str
        What was decided.
    """

    universe: Universe
    file: str
    factors: str
    frequency: str
    weighting: str
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what the answer depends on."""
        return {
            "files": [self.file, self.factors],
            "weighting": self.weighting,
            "tickers": list(self.universe.tickers),
            "reading": READING,
        }


def order_of(wanted: Universe | None, weighting: str | None = None) -> Order:
    """Find the files of a universe.

    Parameters
    ----------
    wanted : Universe or None
        A universe of the library, or names of portfolios of one of its sets (daily); None: ten
        industries, daily.
    weighting : {"value", "equal"}, optional
        Default: as the universe says, else by value.

    Returns
    -------
    Order

    Raises
    ------
    ParameterError
        If the weighting contradicts the universe's own.
    SourceError, UnknownNameError
        If the library has no such universe, portfolio or weighting.
    """
    if weighting not in (None, *WEIGHTINGS):
        raise UnknownNameError("weighting", weighting, WEIGHTINGS)
    notes: tuple[str, ...] = ()
    if wanted is None:
        wanted = UNIVERSES[DEFAULT_UNIVERSE]
        notes = (f"no universe was named: {DEFAULT_UNIVERSE} is used ({wanted.description})",)
    home = wanted.name
    if home == "custom":
        home, notes = _home_of(wanted.tickers)
    elif home not in _SETS:
        raise SourceError(
            f"Kenneth French's library does not carry the universe {home!r}. It has {', '.join(_SETS)}; for "
            "other prices: SOURCE=packaged, SOURCE=yahoo or SOURCE=file DATA=prices.csv"
        )
    name, frequency, own = _SETS[home]
    if own == EQUAL and weighting == VALUE:
        raise ParameterError(
            f"the universe {home!r} is equally weighted, weighting='value' contradicts that: name "
            f"{home.removesuffix('_equal')!r}, or leave the weighting out"
        )
    weighting = weighting or own
    if weighting != own:
        home = next(n for n, about in _SETS.items() if about == (name, frequency, weighting))
    universe = UNIVERSES[home]
    if wanted.name == "custom":
        spelled = {ticker.lower(): ticker for ticker in universe.tickers}
        tickers = tuple(spelled[ticker.lower()] for ticker in wanted.tickers)
        universe = replace(universe, name="custom", tickers=tickers, start=None)
    return Order(universe, FILES[name][frequency], FACTOR_FILES[frequency], frequency, weighting, notes)


def fetch_french(order: Order, start: str | None = None, end: str | None = None, **options: Any) -> Fetched:
    """Download the portfolios of a universe and the riskless rate.

    Parameters
    ----------
    order : Order
        See `order_of`.
    start, end : str, optional
        First and last date, both included; default: all that the file has.
    **options
        ``base_url``, ``session``, ``sleep``, ``timeout``, ``attempts``: see
        `portfolio_study.data.french.download.download`.

    Returns
    -------
    Fetched
        Prices compounded from the published returns, and the rate of the file of factors as `rate`;
        without that file a note says why, and the packaged rate is used.

    Raises
    ------
    SourceError
        If a file could not be had, or lacks a portfolio of the universe.
    DataError
        If it is not what it should be; the message names the line.
    """
    try:
        delivered = download(order.file, **options)
    except SourceError as error:
        raise SourceError(
            f"{error}. Without the library's server: give the file from elsewhere, SOURCE=file "
            f"DATA={order.file}, or use SOURCE=packaged UNIVERSE=french12"
        ) from error
    file = _read(delivered)
    section = file.portfolios(order.weighting, order.frequency)
    missing = [ticker for ticker in order.universe.tickers if ticker not in section.columns]
    if missing:
        raise SourceError(
            f"{order.file} has no portfolio {', '.join(missing)} (line {section.line} has "
            f"{', '.join(section.columns)}): the library has changed its names; name present ones as UNIVERSE"
        )
    chosen = {ticker: ticker for ticker in order.universe.tickers}
    fetched = as_fetched(file, section, chosen, order.universe.name, start, end)
    late = parse_dates(None, end)[1]
    last = fetched.close.index[-1]
    notes = [
        *order.notes,
        *fetched.notes,
        "portfolios are formed with the data of their time: no survivorship bias by design",
    ]
    if late is not None and late > last + pd.offsets.MonthEnd(0):
        notes.append(f"END {end} lies after the last date of the library's file, {last:%Y-%m-%d}")
    fetched = fetched.between(start, end)
    rate, about, why = _rate(order, options)
    if why:
        notes.append(f"no riskless rate from the library ({why}): the packaged rate is used")
    details = fetched.details | {"files": [_about(delivered, file), *about]}
    return replace(fetched, notes=tuple(notes), details=details, rate=rate)


def _rate(order: Order, options: dict[str, Any]) -> tuple[pd.Series | None, list[dict[str, str]], str]:
    """Fetch the bill rate of the file of factors; without it, say why."""
    try:
        delivered = download(order.factors, **options)
        file = _read(delivered)
        return published_rate(file, order.frequency), [_about(delivered, file)], ""
    except (SourceError, DataError) as error:
        _log.warning("%s", error)
        return None, [], str(error).rstrip(".")


def _read(delivered: Delivered) -> FrenchFile:
    content = delivered.content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # reads every byte; the tables are ASCII
    return read_french(text, delivered.member)


def _about(delivered: Delivered, file: FrenchFile) -> dict[str, str]:
    """What the manifest keeps of a file: enough to tell one vintage from another."""
    return {
        "name": delivered.name,
        "member": delivered.member,
        "url": delivered.url,
        "sha256": bytes_hash(delivered.packed),
        "vintage": file.vintage,
        "modified": delivered.modified,
    }


def _home_of(tickers: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Find the set of portfolios that has all names."""
    homes = [f"french_{name}" for name in FILES]
    lower = {home: {t.lower() for t in UNIVERSES[home].tickers} for home in homes}
    found = [home for home in homes if {t.lower() for t in tickers} <= lower[home]]
    if found:
        others = f" ({', '.join(found[1:])} has portfolios with these names too)" if found[1:] else ""
        return found[0], (f"the portfolios are those of {found[0]}{others}",)
    known = dict.fromkeys(t for home in homes for t in UNIVERSES[home].tickers)
    unknown = [t for t in tickers if t.lower() not in {k.lower() for k in known}]
    if unknown:
        raise UnknownNameError(
            "universe or portfolio of Kenneth French's library", unknown[0], [*_SETS, *known]
        )
    raise SourceError(
        f"no set of portfolios in Kenneth French's library has {', '.join(tickers)} together: name "
        f"portfolios of one set ({', '.join(homes)})"
    )
