"""A folder of price files as one table: one asset a file, as many vendors hand them out."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study import data
from portfolio_study.data import snapshot
from portfolio_study.data.fetched import Fetched
from portfolio_study.data.files import load_file
from portfolio_study.data.files.names import some
from portfolio_study.data.history import OHLCV_FIELDS, PriceHistory
from portfolio_study.data.recognise_vendor import declare_vendor
from portfolio_study.data.universe import UNIVERSES, resolve_universe
from portfolio_study.errors import DataError
from portfolio_study.publishing.histories import assets_of_files, silent_loader

#: Notes of one file that say nothing of the folder, which names all of its assets.
OF_ONE_FILE = ("the file holds ", "all ")


def load_given(**request: Any) -> PriceHistory:
    """Load prices as `load_prices` does; the path may be a folder, whose files are joined into one table.

    Parameters
    ----------
    **request
        Arguments of `load_prices`.

    Returns
    -------
    PriceHistory
        Of a folder the notes name the files; nothing is logged.

    Raises
    ------
    StudyError
        As `load_prices`; of a folder also if two files hold one asset, or one holds prices of another kind.
    """
    folder = Path(request.get("path") or "")
    if not request.get("path") or not folder.is_dir():
        return data.load_prices(**request)
    vendor = request.pop("vendor", None)
    parts = _parts(folder, request)
    with tempfile.TemporaryDirectory() as scratch, silent_loader():
        joined = Path(scratch) / folder.name  # messages name a price file: the folder
        notes = _write(parts, joined)
        prices = data.load_prices(**request | {"path": str(joined)})
    own = [note for note in prices.manifest["notes"] if not note.startswith(OF_ONE_FILE)]
    manifest = {**prices.manifest, "notes": [*_of_files(parts, folder, own), *notes, *own]}
    prices = replace(prices, manifest=manifest)
    snapshot.store(prices)  # a chapter reads the notes with the prices
    return prices if vendor is None else declare_vendor(prices, vendor)


def _parts(folder: Path, request: Mapping[str, Any]) -> dict[str, Fetched]:
    """The wanted files of a folder, read and checked, by name."""
    files = assets_of_files(str(folder))
    if (universe := request.get("universe")) is not None:
        asked = resolve_universe(universe)
        names = {n.lower() for t in asked.tickers for n in (t, *asked.aliases.get(t, ()))}
        # Without any, loading says what is lacking and what there is.
        files = {f: a for f, a in files.items() if names & {n.lower() for n in a}} or files
    else:
        names = {n.lower() for assets in files.values() for n in assets}
    held: dict[str, str] = {}
    for file, assets in files.items():
        for asset in (a for a in assets if a.lower() in names):
            if asset in held:
                raise DataError(
                    f"{asset} stands in two files of the folder {folder}, {Path(held[asset]).name} and "
                    f"{Path(file).name}: take one of them out"
                )
            held[asset] = file
    default = UNIVERSES["dow20"]
    parts = {
        Path(file).name: load_file(file, None, default, request.get("start"), request.get("end"))
        for file in files
    }
    first, kind = next((name, part.frequency) for name, part in parts.items())
    for name, part in parts.items():
        if part.vendor == "french":
            raise DataError(
                f"{name} in the folder {folder} is a file of Kenneth French's library, whose prices are compounded: "
                f"take it out of the folder, or name it alone (DATA={folder / name})"
            )
        if part.frequency != kind:
            raise DataError(
                f"the files of the folder {folder} have prices of two frequencies, {first} {kind} and {name} "
                f"{part.frequency}: take out those of one"
            )
    return parts


def _write(parts: Mapping[str, Fetched], path: Path) -> list[str]:
    """Write one table with a row for each date and asset; return what the files do not have in common."""
    tables = {name: part.ohlcv or part.bars or {"adj_close": part.close} for name, part in parts.items()}
    common = [field for field in OHLCV_FIELDS if all(field in fields for fields in tables.values())]
    rows = [
        pd.DataFrame(
            {"date": close.index, "ticker": ticker} | {f: fields[f][ticker].to_numpy() for f in common}
        )
        for fields in tables.values()
        for ticker, close in fields["adj_close"].items()
    ]
    pd.concat(rows, ignore_index=True).to_parquet(path)
    notes = []
    for field in OHLCV_FIELDS:
        without = [name for name, fields in tables.items() if field not in fields]
        if 0 < len(without) < len(tables):
            notes.append(f"{some(without)} without {field}: the field is not used")
    return notes


def _of_files(parts: Mapping[str, Fetched], folder: Path, known: Iterable[str]) -> list[str]:
    """What the files are, and what was decided while each was read that is not known of the whole table."""
    known = set(known)
    assets = [str(ticker) for part in parts.values() for ticker in part.close.columns]
    found = [f"{len(parts)} files of the folder {folder.name} are one table: {some(assets, 30)}"]
    said: dict[str, list[str]] = {}
    for name, part in parts.items():
        for note in part.notes:
            if not note.startswith(OF_ONE_FILE) and note not in known:
                said.setdefault(note, []).append(name)
    return [*found, *(f"{_all_or(names, len(parts))}: {note}" for note, names in said.items())]


def _all_or(names: Iterable[str], total: int) -> str:
    listed = list(names)
    return "each file" if len(listed) == total else some(listed)
