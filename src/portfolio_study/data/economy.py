"""The monthly series of the economy beside prices: from FRED, or from its files that a reader gives.

What was fetched is kept as a checksummed copy, so that all pages of a run and every later run read the same
vintage. How and when a value becomes known is the subject of `portfolio_study.data.macroeconomy`.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.data import snapshot as snapshots
from portfolio_study.data.fred import DATE_NAMES, base_address, fetch_series, header_of, read_series
from portfolio_study.data.macroeconomy import AAA, BAA, CONSUMER_PRICES, HOUSING_STARTS, TEN_YEARS
from portfolio_study.errors import DataError, SnapshotError, SourceError
from portfolio_study.store import file_hash

#: Names at FRED of the monthly series.
SERIES = {CONSUMER_PRICES: "CPILFESL", AAA: "AAA", BAA: "BAA", TEN_YEARS: "GS10", HOUSING_STARTS: "HOUST"}
FIRST = pd.Timestamp("1919-01-01")
#: Sources of prices that come with a network.
WITH_NETWORK = ("yahoo", "french")
#: Raise it when the same answer would be read otherwise: it is then fetched again.
READING = 1
WHERE = "https://fred.stlouisfed.org/series"


@dataclass(frozen=True)
class Economy:
    """The monthly series that a run was given.

    Attributes
    ----------
    sha256 : str
        Checksum under which `stored_economy` finds them.
    manifest : dict
        ``source`` (``FRED`` or ``files``), ``first``, ``last`` (months), ``fetched_at``, ``series`` and, of files,
        their checksums by name.
    """

    sha256: str
    manifest: dict[str, Any]

    @property
    def note(self) -> str:
        """What a reader of the results must know."""
        of = self.manifest
        came = (
            f"fetched from FRED on {of['fetched_at'][:10]}"
            if of["source"] == "FRED"
            else f"from {', '.join(of['files'])} beside the prices"
        )
        return (
            f"the economy, {of['first']} to {of['last']}: {', '.join(of['series'])}, {came}; values as they stand in "
            "that vintage, known from the date of their first publication"
        )


def load_economy(
    source: str, path: str | os.PathLike[str] | None, end: str, refresh: bool = False, **options: Any
) -> Economy | None:
    """The monthly series that the source of a run has, or None: those of an installed package are then used.

    Parameters
    ----------
    source : str
        Of the prices. Where it is ``yahoo`` or ``french`` there is a network, and FRED is asked.
    path : path or None
        Price file or folder of the source ``file``: FRED's files beside the prices are read.
    end : str
        Last date of the prices: what is later is not asked for.
    refresh : bool
        Ask FRED although a stored answer to the same request is there.
    **options
        ``base_url``, ``session``, ``sleep``, ``timeout``, ``attempts``: see `portfolio_study.data.fred.fetch_series`.

    Returns
    -------
    Economy or None

    Raises
    ------
    SourceError
        If FRED did not deliver, or something else.
    DataError
        If the given files are incomplete or damaged.
    SnapshotError
        If what was fetched cannot be kept.
    """
    if source == "file" and path is not None:
        files = economy_files(path)
        return _stored(_read(files), "files", files=files) if files else None
    if source not in WITH_NETWORK:
        return None
    last = pd.Timestamp(end)
    key = snapshots.request_key(
        {
            "source": "FRED",
            "series": list(SERIES.values()),
            "end": f"{last:%Y-%m}",
            "from": base_address(options.get("base_url")),
            "reading": READING,
        }
    )
    if not refresh and (known := _recalled(key)):
        return known
    fetched = [fetch_series(name, FIRST, last, **options).rename(own) for own, name in SERIES.items()]
    return _stored(_together(fetched, "FRED's series"), "FRED", key=key)


def stored_economy(digest: str) -> pd.DataFrame:
    """The monthly series of `load_economy`, by their checksum: columns as `macroeconomic_inputs` takes them.

    Raises
    ------
    SnapshotError
        If there are none, or they were damaged.
    """
    return snapshots.read_table(digest)[0]


def economy_files(path: str | os.PathLike[str]) -> list[Path]:
    """FRED's files of the monthly series in a folder, or beside a price file.

    A file counts if its first line is that of FRED's files, ``observation_date`` or ``DATE`` and names of the
    series, whatever the file is called; and they count only if the consumer prices are among them, so that a file
    of prices of AAA is never taken for yields.
    """
    folder = Path(path).expanduser()
    folder = folder if folder.is_dir() else folder.parent
    files = (p for p in sorted(folder.glob("*.csv")) if p.is_file())  # a pipe would never end
    found = {p: names for p in files if (names := _series_in(p))}
    named = {name for names in found.values() for name in names}
    return list(found) if SERIES[CONSUMER_PRICES] in named else []


def _series_in(path: Path) -> list[str]:
    """Series that the first line of a file names; empty if it is no file of FRED's with these series."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first, *names = header_of(file.readline(500)) or [""]
    except OSError:
        return []
    return names if first in DATE_NAMES and names and set(names) <= set(SERIES.values()) else []


def _read(files: list[Path]) -> pd.DataFrame:
    """Read FRED's files of all series."""
    own = {name: column for column, name in SERIES.items()}
    series: dict[str, pd.Series] = {}
    for path in files:
        try:
            table = read_series(path.read_text(encoding="utf-8-sig", errors="replace"), str(path))
        except SourceError as error:
            raise DataError(f"{error}: download the file again ({WHERE}/{_series_in(path)[0]})") from error
        for name, column in table.items():
            if name in series:
                raise DataError(
                    f"{path}: {name} stands in another file beside the prices too: keep one of them"
                )
            series[str(name)] = column.dropna().rename(own[str(name)])
    if lacking := [name for name in SERIES.values() if name not in series]:
        raise DataError(
            f"of FRED's files beside the prices ({', '.join(p.name for p in files)}) {', '.join(lacking)} "
            f"{'is' if len(lacking) == 1 else 'are'} missing: download {WHERE}/{lacking[0]}, or take the others away"
        )
    return _together([series[name] for name in SERIES.values()], "FRED's files beside the prices")


def _together(series: list[pd.Series], what: str) -> pd.DataFrame:
    """Put monthly series side by side; a month without a value is NaN."""
    for one in series:
        months = pd.DatetimeIndex(one.index).to_period("M")
        if not len(one):
            raise DataError(f"{what}: {SERIES[str(one.name)]} has no values")
        if months.has_duplicates:
            raise DataError(
                f"{what}: {SERIES[str(one.name)]} has two values in {months[months.duplicated()][0]}: take the "
                "monthly series"
            )
    return pd.concat(series, axis=1, sort=True)


def _stored(table: pd.DataFrame, source: str, files: Iterable[Path] = (), key: str | None = None) -> Economy:
    manifest = {
        "source": source,
        "universe": "economy",
        "frequency": "monthly",
        "series": list(SERIES.values()),
        "first": f"{table.dropna().index[0]:%Y-%m}" if len(table.dropna()) else f"{table.index[0]:%Y-%m}",
        "last": f"{table.index[-1]:%Y-%m}",
        "files": {path.name: file_hash(path) for path in files},
        "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return Economy(snapshots.store_table(table, manifest, key), manifest)


def _recalled(key: str) -> Economy | None:
    """What answered the same request before, if it is still whole."""
    try:
        manifest = snapshots.recall(key)
        if manifest is None:
            return None
        snapshots.read_table(manifest["sha256"])
        return Economy(manifest["sha256"], manifest)
    except SnapshotError:
        return None  # fetched again
