"""Prices that installed packages carry: no network, checked against committed checksums.

The files are read from the packages' folders without importing the packages
(their imports take seconds). One short file of monthly facts, the bill rate
since 2018, is part of this package. skfolio's large data sets are downloaded on first
use; the three used here are not: they are part of the installed package.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.checks import in_time_order
from portfolio_study.data.fetched import Fetched, as_table
from portfolio_study.data.universe import UNIVERSES, Universe
from portfolio_study.errors import SourceError, UnknownNameError
from portfolio_study.store import prices_checksum

MANIFEST = Path(__file__).with_name("packaged.json")
DEFAULT_UNIVERSE = "us20"
_FIELD_NAMES = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}
# Which data set holds the assets of which universe.
_DATASET_OF = {
    "us20": "us20",
    "sp500": "sp500",
    "sp500_ohlcv": "sp500_ohlcv",
    "nasdaq": "nasdaq",
    "french12": "french",
    "french_size_value": "french",
    "french_size_momentum": "french",
    "us_market": "market",
}


@lru_cache(maxsize=1)
def packaged_manifest() -> dict[str, dict[str, Any]]:
    """Return what is known of each packaged data set: package, file, sha256, licence, vendor, dates."""
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


def load_packaged(universe: Universe) -> Fetched:
    """Return a universe from the data that the installed packages carry.

    Parameters
    ----------
    universe : Universe
        A named universe, or tickers that all belong to one packaged data set.

    Returns
    -------
    Fetched

    Raises
    ------
    UnknownNameError
        If no packaged data set carries the universe or a ticker.
    SourceError
        If the package is missing or its file is not the one that was checked.
    """
    name = _DATASET_OF.get(universe.name) if universe.name != "custom" else _dataset_with(universe)
    if name is None:
        missing = sorted(set(universe.tickers) - set(packaged_manifest()["us20"]["tickers"]))
        raise SourceError(
            f"the packaged data do not carry the universe {universe.name!r} (no prices of "
            f"{', '.join(missing)}). Packaged universes: {', '.join(_DATASET_OF)}. "
            "With a network: SOURCE=yahoo; with a price file: SOURCE=file DATA=prices.csv"
        )
    about = packaged_manifest()[name]
    frames = read_dataset(name)
    columns = _columns_of(universe, about["tickers"])
    close = frames["adj_close"][columns]
    ohlcv = {k: v[columns] for k, v in frames.items()} if len(frames) > 1 else None
    for table in [close, *(ohlcv or {}).values()]:
        table.columns = pd.Index([str(c) for c in columns], name="ticker", dtype="str")
    details = {k: about[k] for k in ("package", "file", "origin", "licence", "verified_version")}
    details["package_file_sha256"] = about["sha256"]
    return Fetched(
        close=close,
        ohlcv=ohlcv,
        universe=universe.name,
        vendor=about["vendor"],
        calendar=about["calendar"],
        frequency=about["frequency"],
        notes=tuple(about["notes"]),
        details=details,
    )


def read_dataset(name: str) -> dict[str, pd.DataFrame]:
    """Read a whole packaged data set and check its values.

    Parameters
    ----------
    name : str
        Key of ``packaged.json``: ``us20``, ``sp500``, ``sp500_ohlcv``, ``nasdaq``, ``french``, ``market``,
        ``bills``, ``bills_since_2018``.

    Returns
    -------
    dict of DataFrame
        ``adj_close`` (and the other fields where there are some); for the bills the
        monthly net rate under ``risk_free``.

    Raises
    ------
    SourceError
        If the package is not installed or its values are not those that were checked.
    """
    frames = raw_dataset(name)
    about = packaged_manifest()[name]
    found = prices_checksum(frames)
    if found != about["sha256"]:
        raise SourceError(
            f"the values in {about['package']}'s {about['file']} are not those of version "
            f"{about['verified_version']} that the study was checked with (sha256 {found[:12]}, "
            f"expected {about['sha256'][:12]}): install the versions of requirements.lock"
        )
    return {k: v.copy() for k, v in frames.items()}


@lru_cache(maxsize=8)
def raw_dataset(name: str) -> dict[str, pd.DataFrame]:
    """Read a packaged data set without checking its values (to make ``packaged.json``)."""
    about = packaged_manifest()[name]
    return _READERS[about["reader"]](_package_file(about["package"], about["file"]), about)


def _package_file(package: str, file: str) -> Path:
    spec = find_spec(package)
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    if folder is None or not (Path(folder) / file).is_file():
        raise SourceError(
            f"package {package} with its file {file} is not installed: install requirements.lock"
        )
    return Path(folder) / file


def _read_closes(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(path, index_col=0)
    table.index = pd.to_datetime(table.index, format="%Y-%m-%d")
    table.columns = pd.Index(about["tickers"])
    return {"adj_close": as_table(table)}


def _read_index_ohlcv(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(path, index_col=0)
    table.index = pd.to_datetime(table.index, format="%m/%d/%Y")
    ticker = about["tickers"][0]
    return {new: as_table(table[[old]].set_axis([ticker], axis=1)) for old, new in _FIELD_NAMES.items()}


def _read_french(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(path, index_col=0)[about["tickers"]]
    return {"adj_close": as_table(index_from_returns(_month_ends(table, "%Y-%m-%d")))}


def _read_bills(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(path, index_col=0)[["RF"]] / 100.0  # published in percent a month
    return {"risk_free": as_table(_month_ends(table, "%Y%m"))}


def _read_market(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The market's return is its excess over the bill rate, and that rate."""
    table = pd.read_csv(path, index_col=0)
    returns = (table["Mkt-RF"] + table["RF"]).to_frame(about["tickers"][0]) / 100.0  # percent a month
    return {"adj_close": as_table(index_from_returns(_month_ends(returns, "%Y%m")))}


def _read_bills_since(path: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    table = pd.read_csv(path, index_col=0).set_axis(about["tickers"], axis=1) / 100.0  # percent a month
    return {"risk_free": as_table(_month_ends(table, "%Y-%m"))}


_READERS: dict[str, Callable[[Path, dict[str, Any]], dict[str, pd.DataFrame]]] = {
    "closes": _read_closes,
    "index_ohlcv": _read_index_ohlcv,
    "french": _read_french,
    "market": _read_market,
    "bills": _read_bills,
    "bills_since": _read_bills_since,
}


def _month_ends(table: pd.DataFrame, date_format: str) -> pd.DataFrame:
    dates = pd.to_datetime(table.index.astype(str), format=date_format)
    return table.set_axis(dates + pd.offsets.MonthEnd(0), axis=0)


def index_from_returns(returns: pd.DataFrame, base: float = 100.0) -> pd.DataFrame:
    r"""Chain monthly simple returns to a price index.

    .. math:: P_0 = base, \qquad P_t = P_{t-1} (1 + R_t)

    Parameters
    ----------
    returns : DataFrame (T, N)
        Simple returns (decimal), dated at month ends.
    base : float
        Value one month before the first return.

    Returns
    -------
    DataFrame (T+1, N)
        Index values; their simple returns are `returns` again.

    Raises
    ------
    DataError
        If a date is repeated or out of order.
    """
    in_time_order(returns.index, "returns")
    start = returns.index[0] - pd.offsets.MonthEnd(1)
    growth = (1.0 + returns).cumprod() * base
    return pd.concat([pd.DataFrame(base, index=[start], columns=returns.columns), growth])


def _dataset_with(universe: Universe) -> str:
    """Find the data set that carries all tickers of a custom universe."""
    sets = {
        n: about
        for n, about in packaged_manifest().items()
        if about.get("tickers") and not n.startswith("bills")
    }
    for name, about in sets.items():
        known = {t.lower() for t in about["tickers"]} | {
            alias.lower() for t in about["tickers"] for alias in universe.aliases.get(t, ())
        }
        if all(ticker.lower() in known for ticker in universe.tickers):
            return name
    choices = [t for about in sets.values() for t in about["tickers"]]
    unknown = [t for t in universe.tickers if t.lower() not in {c.lower() for c in choices}]
    if not unknown:
        raise SourceError(
            f"no packaged data set carries {', '.join(universe.tickers)} together: "
            "choose tickers of one set, or SOURCE=yahoo, or SOURCE=file DATA=prices.csv"
        )
    if len(universe.tickers) == 1:
        raise UnknownNameError(
            "universe or packaged ticker", unknown[0], [*UNIVERSES, *dict.fromkeys(choices)]
        )
    raise UnknownNameError("packaged ticker", unknown[0], dict.fromkeys(choices))


def _columns_of(universe: Universe, known: list[str]) -> list[str]:
    """Spell the tickers of a universe as the data set spells them."""
    spelling = {t.lower(): t for t in known}
    for ticker in known:
        for alias in universe.aliases.get(ticker, ()):
            spelling.setdefault(alias.lower(), ticker)
    return [spelling[ticker.lower()] for ticker in universe.tickers]
