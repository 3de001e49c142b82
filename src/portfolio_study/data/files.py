"""Prices from a reader's own file: CSV or Parquet, long or wide, plain or gzipped."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.fetched import Fetched, as_table
from portfolio_study.data.history import OHLCV_FIELDS
from portfolio_study.data.universe import Universe
from portfolio_study.data.vendor import recognise_vendor
from portfolio_study.errors import DataError, ParameterError, SourceError, UnknownNameError
from portfolio_study.store import file_hash

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".pq")
_NAMES = {
    "symbol": "ticker",
    "tic": "ticker",
    "datetime": "date",
    "adjclose": "adj_close",
    "adjusted": "adj_close",
}
_SHAPES = (
    "Long files have columns date, ticker, adj_close (or close) and maybe open, high, low, volume; "
    "wide files have date and one column of closes for each ticker"
)


def load_file(path: Any, wanted: Universe | None, default: Universe) -> Fetched:
    """Read a price file.

    Parameters
    ----------
    path : path
        ``.csv``, ``.csv.gz`` or ``.parquet``. Long: ``date``, ``ticker``, ``adj_close`` (or
        ``close``), and maybe ``open``, ``high``, ``low``, ``close``, ``volume``. Wide: ``date``
        and one column of adjusted closes a ticker. Dates are written as 2015-01-31.
    wanted : Universe or None
        Tickers that must be in the file; None: those of `default` if all are there, else all.
    default : Universe
        The study's own universe.

    Returns
    -------
    Fetched
        All dates of the file; nothing but the wanted tickers is checked.

    Raises
    ------
    SourceError
        If there is no such file.
    DataError
        If it cannot be read, lacks a column, repeats a date, or holds text where a number belongs.
    UnknownNameError
        If it does not have a wanted ticker.
    """
    file = Path(str(path)).expanduser()
    table = _read(file)
    long = _to_long(table, file, wanted)
    notes: list[str] = []
    tickers, universe, note = _choose(long["ticker"].unique().tolist(), wanted, default, file)
    notes += note
    long = long[long["ticker"].isin(tickers)]
    fields = [name for name in OHLCV_FIELDS if name in long.columns]
    if "adj_close" not in fields:
        notes.append("the file has no adjusted closes: its closes are used as they are")
    tables = {name: _pivot(long, name, list(tickers), file) for name in fields}
    close = tables.get("adj_close", tables.get("close"))
    assert close is not None
    for field_table in tables.values():
        field_table.columns = pd.Index(list(tickers.values()), name="ticker", dtype="str")
    frequency = _frequency(close, file)
    tables.setdefault("adj_close", close)
    ohlcv = {name: tables[name] for name in OHLCV_FIELDS} if set(OHLCV_FIELDS) <= set(tables) else None
    absent = [name for name in OHLCV_FIELDS if name not in tables]
    if ohlcv is None and len(fields) > 1:
        notes.append(f"the file has no column {', '.join(absent)}: only closes are used")
    vendor, vendor_note = recognise_vendor(close)
    return Fetched(
        close=close,
        ohlcv=ohlcv,
        universe=universe,
        vendor=vendor,
        calendar="XNYS" if frequency == "daily" else "months",
        frequency=frequency,
        notes=tuple(notes),
        details={
            "file": file.name,
            "file_sha256": file_hash(file),
            "origin": "a file of the reader",
            "licence": "the reader's",
            "vendor_check": vendor_note,
        },
    )


def _read(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise SourceError(f"price file {file} does not exist: give an existing file with DATA=prices.csv")
    if not file.name.lower().endswith(SUFFIXES):
        raise ParameterError(f"price file {file.name} must end in one of {', '.join(SUFFIXES)}")
    try:
        if file.suffix.lower() in (".parquet", ".pq"):
            table = pd.read_parquet(file)
            if isinstance(table.index, pd.DatetimeIndex) or table.index.names != [None]:
                table = table.rename_axis(index=lambda n: n or "date").reset_index()
        else:
            table = pd.read_csv(file, low_memory=False)
    except Exception as error:  # pandas and pyarrow raise many kinds on a broken file
        raise DataError(f"price file {file.name} cannot be read: {error}. {_SHAPES}.") from error
    if table.empty:
        raise DataError(f"price file {file.name} has no rows. {_SHAPES}.")
    table.columns = [str(c).strip() for c in table.columns]
    return table


def _to_long(table: pd.DataFrame, file: Path, wanted: Universe | None) -> pd.DataFrame:
    """Bring either shape into columns date, ticker and fields, with dates read."""
    lower = {c: c.lower().replace(" ", "_").replace("-", "_") for c in table.columns}
    lower = {c: _NAMES.get(name, name) for c, name in lower.items()}
    known = {"date", "ticker", *OHLCV_FIELDS}
    named = table.rename(columns={c: n for c, n in lower.items() if n in known})
    if not named.columns.is_unique:
        twice = named.columns[named.columns.duplicated()][0]
        raise DataError(f"price file {file.name} has more than one column {twice!r}")
    if "date" not in named.columns:
        raise DataError(
            f"price file {file.name} has no column 'date' (it has {_some(table.columns)}). {_SHAPES}."
        )
    named["date"] = _dates(named["date"], file)
    prices = [c for c in named.columns if c in OHLCV_FIELDS]
    if "ticker" not in named.columns and prices:
        # One asset without a ticker column: the file is named after it.
        single = wanted.tickers[0] if wanted is not None and len(wanted.tickers) == 1 else None
        named["ticker"] = single or file.name.split(".")[0].upper()
    if "ticker" not in named.columns:
        named = named.melt(id_vars="date", var_name="ticker", value_name="adj_close")
        prices = ["adj_close"]
    if not {"adj_close", "close"} & set(prices):
        raise DataError(
            f"price file {file.name} has no column 'adj_close' or 'close' "
            f"(it has {_some(table.columns)}). {_SHAPES}."
        )
    if named["ticker"].isna().any():
        row = int(np.flatnonzero(named["ticker"].isna())[0])
        raise DataError(f"price file {file.name} has no ticker in row {row + 1}")
    named["ticker"] = named["ticker"].astype(str).str.strip()
    return named


def _dates(column: pd.Series, file: Path) -> pd.Series:
    """Read dates; only the unambiguous form year-month-day is accepted."""
    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_any_dtype(column):
        dates = pd.Series(pd.DatetimeIndex(column).tz_localize(None), index=column.index)
    else:
        text = column.astype(str).str.strip()
        plain = text.str.match(r"^\d{4}-\d{2}-\d{2}($|[ T])")
        dates = pd.to_datetime(text.str.slice(0, 10).where(plain), format="%Y-%m-%d", errors="coerce")
    if dates.isna().any():
        row = int(np.flatnonzero(dates.isna())[0])
        raise DataError(
            f"price file {file.name}, row {row + 1}: {str(column.iloc[row])!r} is not a date; "
            "write dates as 2015-01-31"
        )
    return dates.dt.normalize()


def _choose(
    have: list[str], wanted: Universe | None, default: Universe, file: Path
) -> tuple[dict[str, str], str, list[str]]:
    """Return {name in the file: name in the study}, the universe's name, and notes."""
    spelling = {name.lower(): name for name in have}

    def find(universe: Universe, ticker: str) -> str | None:
        names = (ticker, *universe.aliases.get(ticker, ()))
        return next((spelling[n.lower()] for n in names if n.lower() in spelling), None)

    universe = wanted or default
    found = {ticker: find(universe, ticker) for ticker in universe.tickers}
    missing = [ticker for ticker, name in found.items() if name is None]
    if not missing:
        return {str(name): ticker for ticker, name in found.items()}, universe.name, []
    if wanted is None:
        note = (
            f"the file does not have all stocks of {default.name}, the universe of paper 000 "
            f"(no {_some(missing)}): all of its own {len(have)} tickers are used"
        )
        return {name: name for name in have}, "custom", [note]
    if wanted.name == "custom":
        raise UnknownNameError(f"ticker (in {file.name})", missing[0], sorted(have))
    raise DataError(
        f"price file {file.name} lacks {len(missing)} of the {len(wanted.tickers)} tickers of {wanted.name}: "
        f"{', '.join(missing)}. It has {_some(sorted(have))}: name some of these as UNIVERSE"
    )


def _pivot(long: pd.DataFrame, name: str, tickers: list[str], file: Path) -> pd.DataFrame:
    """Turn one field into a table of dates by tickers; refuse text and repeated dates."""
    twice = long.duplicated(["date", "ticker"])
    if twice.any():
        row = long[twice].iloc[0]
        raise DataError(
            f"price file {file.name} has {row['ticker']} on {row['date']:%Y-%m-%d} more than once "
            f"({int(twice.sum())} repeated row(s)): keep one row for each date and ticker"
        )
    numbers = pd.to_numeric(long[name], errors="coerce")
    text = numbers.isna() & long[name].notna()
    if text.any():
        row = long[text].iloc[0]
        raise DataError(
            f"price file {file.name}: {name} of {row['ticker']} on {row['date']:%Y-%m-%d} is "
            f"{str(row[name])!r}, not a number ({int(text.sum())} such cell(s))"
        )
    long = long.assign(value=numbers.astype(float))
    table = long.pivot(index="date", columns="ticker", values="value")  # noqa: PD010 - no repeats left
    return as_table(table.sort_index()[tickers])


def _frequency(close: pd.DataFrame, file: Path) -> str:
    gaps = np.diff(pd.DatetimeIndex(close.index).as_unit("s").asi8) / 86_400
    days = float(np.median(gaps)) if len(gaps) else 1.0
    if days <= 4:
        return "daily"
    if 27 <= days <= 32:
        return "monthly"
    raise DataError(
        f"price file {file.name}: dates are {days:.0f} days apart; prices must be daily or monthly"
    )


def _some(names: Any, limit: int = 12) -> str:
    listed = [str(n) for n in names]
    return ", ".join(listed[:limit]) + (f" and {len(listed) - limit} more" if len(listed) > limit else "")
