"""Checksummed copies of loaded prices: one request, one stored answer.

A snapshot is a Parquet file named by the SHA-256 of its values, with a manifest
beside it. A request (source, universe, dates, file) remembers its snapshot, so
that asking again needs no network. Every read recomputes the checksum.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.data.fetched import as_table
from portfolio_study.data.history import OHLCV_FIELDS, PriceHistory
from portfolio_study.errors import SnapshotError, StudyError
from portfolio_study.settings import build_dir
from portfolio_study.store import prices_checksum, text_hash

FORMAT = 1  # raise it when the layout of a snapshot changes


def snapshot_dir() -> Path:
    """Folder of the snapshots: ``build/snapshots``, or the user's cache folder without a checkout."""
    try:
        return build_dir() / "snapshots"
    except StudyError:
        base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(base).expanduser() / "portfolio_study" / "snapshots"


def request_key(request: dict[str, Any]) -> str:
    """Return the name under which a request remembers its snapshot.

    Snapshots outlive the code that made them (a download is not repeated), so this is the hash
    of a text that any later version writes alike.
    """
    return text_hash(json.dumps({"format": FORMAT, **request}, sort_keys=True, default=str))


def contents(prices: PriceHistory) -> dict[str, pd.DataFrame | pd.Series]:
    """Return everything in a price history that its checksum covers."""
    fields: dict[str, pd.DataFrame | pd.Series] = dict(prices.ohlcv or {})
    return {**fields, "adj_close": prices.close, "risk_free": prices.risk_free}


def store(prices: PriceHistory, key: str | None = None) -> Path:
    """Write a price history as a snapshot, and let a request remember it.

    Parameters
    ----------
    prices : PriceHistory
        Its ``sha256`` must be the checksum of its `contents`.
    key : str, optional
        Name of the request (see `request_key`).

    Returns
    -------
    pathlib.Path
        The Parquet file.

    Raises
    ------
    SnapshotError
        If the folder cannot be written.
    """
    text = json.dumps(_manifest_of(prices), indent=1, sort_keys=True) + "\n"
    return _write(prices.sha256, _flat(prices), text, key)


def _write(digest: str, flat: pd.DataFrame, manifest: str, key: str | None) -> Path:
    """Write values and manifest under their checksum, and the manifest under the name of a request."""
    folder = snapshot_dir()
    path = folder / f"{digest}.parquet"
    try:
        (folder / "requests").mkdir(parents=True, exist_ok=True)
        _replace(path, flat.to_parquet)
        _replace(folder / f"{digest}.json", lambda target: target.write_text(manifest, encoding="utf-8"))
        if key:
            request = folder / "requests" / f"{key}.json"
            _replace(request, lambda target: target.write_text(manifest, encoding="utf-8"))
    except OSError as error:
        raise SnapshotError(
            f"cannot write a snapshot of the prices to {folder} ({error}): "
            "free some space or set STUDY_BUILD_DIR to a folder that can be written"
        ) from error
    return path


def read(digest: str, key: str | None = None) -> PriceHistory:
    """Read a snapshot by its checksum.

    Parameters
    ----------
    digest : str
        SHA-256 of the snapshot; a unique beginning of at least eight digits is enough.
    key : str, optional
        Request whose own manifest is preferred if it has this snapshot (the same
        values may have been asked for under two names).

    Returns
    -------
    PriceHistory

    Raises
    ------
    SnapshotError
        If there is none, or its values do not have this checksum: it was damaged or edited.
    """
    digest = _whole_digest(digest)
    folder = snapshot_dir()
    manifest = _read_json(folder / f"{digest}.json")
    asked = recall(key) if key else None
    if asked and asked.get("sha256") == digest:
        manifest = asked
    path = folder / f"{digest}.parquet"
    try:
        flat = pd.read_parquet(path)
        prices = _unflat(flat, manifest)
        found = prices_checksum(contents(prices))
    except Exception as error:  # pyarrow raises many kinds on a damaged file
        raise SnapshotError(f"snapshot {path} cannot be read ({error}): {_REMEDY}") from error
    if found != digest:
        raise SnapshotError(
            f"snapshot {path} is damaged: its values have the checksum {found[:12]}, "
            f"not {digest[:12]}: {_REMEDY}"
        )
    return prices


def recall(key: str) -> dict[str, Any] | None:
    """Return the manifest of the snapshot that answered a request before, or None.

    Raises
    ------
    SnapshotError
        If there is one that cannot be read.
    """
    path = snapshot_dir() / "requests" / f"{key}.json"
    return _read_json(path) if path.is_file() else None


def store_table(table: pd.DataFrame, manifest: dict[str, Any], key: str | None = None) -> str:
    """Write a table that belongs to a run beside its prices, and let a request remember it.

    Parameters
    ----------
    table : DataFrame
        Numbers by date.
    manifest : dict
        ``source``, ``universe`` (what the table is of), ``frequency``, and what else is to be known of it.
    key : str, optional
        Name of the request (see `request_key`).

    Returns
    -------
    str
        Its checksum, under which `read_table` finds it.

    Raises
    ------
    SnapshotError
        If the folder cannot be written.
    """
    kept = as_table(table)
    digest = prices_checksum({"table": kept})
    text = json.dumps({**manifest, "sha256": digest}, indent=1, sort_keys=True) + "\n"
    _write(digest, kept, text, key)
    return digest


def read_table(digest: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a table of `store_table`, and its manifest.

    Raises
    ------
    SnapshotError
        If there is none, or its values do not have this checksum.
    """
    digest = _whole_digest(digest)
    path = snapshot_dir() / f"{digest}.parquet"
    manifest = _read_json(snapshot_dir() / f"{digest}.json")
    try:
        table = as_table(pd.read_parquet(path))
        found = prices_checksum({"table": table})
    except Exception as error:  # pyarrow raises many kinds on a damaged file
        raise SnapshotError(f"snapshot {path} cannot be read ({error}): {_REMEDY}") from error
    if found != digest:
        raise SnapshotError(
            f"snapshot {path} is damaged: its values have the checksum {found[:12]}, not {digest[:12]}: {_REMEDY}"
        )
    return table, manifest


_REMEDY = "load the prices again with REFRESH=1"


def _manifest_of(prices: PriceHistory) -> dict[str, Any]:
    return {
        **prices.manifest,
        "source": prices.source,
        "universe": prices.universe,
        "frequency": prices.frequency,
        "sha256": prices.sha256,
    }


def _flat(prices: PriceHistory) -> pd.DataFrame:
    """Put all fields side by side under names like ``high|AAPL``; a ticker may hold the sign too."""
    fields = {**(prices.ohlcv or {}), "adj_close": prices.close}
    parts = [frame.set_axis([f"{name}|{c}" for c in frame.columns], axis=1) for name, frame in fields.items()]
    return pd.concat([*parts, prices.risk_free.rename("risk_free|")], axis=1)


def _unflat(flat: pd.DataFrame, manifest: dict[str, Any]) -> PriceHistory:
    names = [str(c).partition("|") for c in flat.columns]
    fields = {}
    for name in (*OHLCV_FIELDS, "risk_free"):
        columns = [
            (old, ticker) for old, (n, _, ticker) in zip(flat.columns, names, strict=True) if n == name
        ]
        if columns:
            part = flat[[old for old, _ in columns]]
            fields[name] = as_table(part.set_axis([ticker for _, ticker in columns], axis=1))
    rate = fields.pop("risk_free").iloc[:, 0].rename("risk_free")
    return PriceHistory(
        close=fields["adj_close"],
        ohlcv=fields if len(fields) > 1 else None,
        risk_free=rate,
        source=manifest["source"],
        universe=manifest["universe"],
        frequency=manifest["frequency"],
        sha256=manifest["sha256"],
        manifest=manifest,
    )


def _whole_digest(digest: str) -> str:
    text = digest.strip().lower()
    if not set(text) <= set("0123456789abcdef") or len(text) < 8:
        raise SnapshotError(f"{digest!r} is not the checksum of a snapshot (8 to 64 hexadecimal digits)")
    found = sorted(snapshot_dir().glob(f"{text}*.parquet"))
    if len(found) != 1:
        what = "no snapshot" if not found else f"{len(found)} snapshots"
        raise SnapshotError(f"{what} with checksum {text} in {snapshot_dir()}: {_REMEDY}")
    return found[0].stem


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not {"sha256", "source", "universe", "frequency"} <= set(found):
            raise ValueError("it lacks its fields")
        return found
    except (OSError, ValueError) as error:
        raise SnapshotError(f"manifest {path} cannot be read ({error}): {_REMEDY}") from error


def _replace(path: Path, write: Any) -> None:
    """Write beside the target and move over it, so that no reader sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:12]}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        os.replace(temporary, path)  # noqa: PTH105 - the atomic rename that this is about
    finally:
        temporary.unlink(missing_ok=True)
