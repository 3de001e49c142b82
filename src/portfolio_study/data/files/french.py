"""A file of Kenneth French's library that a reader gives: returns, of which prices are compounded."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from portfolio_study.data.fetched import Fetched
from portfolio_study.data.files import content
from portfolio_study.data.files.choose import choose
from portfolio_study.data.french.archive import unzip
from portfolio_study.data.french.prices import as_fetched, published_rate
from portfolio_study.data.french.text import FrenchFile, is_french, read_french
from portfolio_study.data.universe import Universe
from portfolio_study.errors import DataError
from portfolio_study.store import file_hash

_ZIP = b"PK\x03\x04"
#: Names that the library gives to its files.
_LIBRARY_NAME = re.compile(r"(portfolios?_|_portfolios|F-F_).*\.csv$", re.IGNORECASE)

#: Names of its files of the market's return, the other factors and the bill rate, packed or not.
_FACTORS_NAME = re.compile(r"F-F_(Research_Data|3)_Factors(_[a-z]+)?(_CSV\.zip|\.csv(\.gz)?)", re.IGNORECASE)


def factor_files(path: str | os.PathLike[str]) -> list[Path]:
    """The library's files of factors in a folder, or beside a file: they give the riskless rate, and no asset."""
    folder = Path(path).expanduser()
    folder = folder if folder.is_dir() else folder.parent
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if _FACTORS_NAME.fullmatch(file.name) and file.is_file())


def is_french_zip(data: bytes) -> bool:
    """Whether a zip archive holds a file of the library, or is what is left of such an archive."""
    if not data.startswith(_ZIP):
        return False
    length = int.from_bytes(data[26:28], "little")
    member = data[30 : 30 + length].decode("latin-1")
    if not member.lower().endswith((".csv", ".txt")):
        return False
    try:
        return is_french(unzip(data, member)[1][:4096].decode("latin-1"))
    except DataError:
        return bool(_LIBRARY_NAME.search(member))


def load_french_file(
    file: Path,
    data: bytes,
    wanted: Universe | None,
    default: Universe,
    start: str | None = None,
    end: str | None = None,
    today: str | pd.Timestamp | None = None,
) -> Fetched:
    """Read a file of the library: its portfolios' returns, compounded to prices.

    Parameters
    ----------
    file : Path
        Where it came from.
    data : bytes
        Its content: the CSV file, or the zip archive around it.
    wanted : Universe or None
        Portfolios that must be in it; a universe of the library also chooses weighting and
        frequency. None: all of its portfolios, weighted by value.
    default : Universe
        The study's own universe.
    start, end : str or None
        Dates that will be used.
    today : str or Timestamp, optional
        A row of a later date is refused. Default: the date of the clock.

    Returns
    -------
    Fetched
        A note says which table was used. The riskless rate is that of the library's file of factors of the same
        frequency, if there is one in the folder.

    Raises
    ------
    DataError, ParameterError
        See `portfolio_study.data.french.text.read_french`, `FrenchFile.portfolios` and `choose`.
    """
    name = file.name
    if data.startswith(_ZIP):
        name, data = unzip(data, file.name)
    text, notes = content.decode(data, file.name)
    french = read_french(text, name)
    named = wanted is not None and bool(wanted.weighting)
    section = french.portfolios(
        wanted.weighting if wanted and named else None, wanted.frequency if wanted and named else None
    )
    chosen, universe, said = choose(list(section.columns), wanted, default, file.name)
    fetched = as_fetched(french, section, chosen, universe, start, end, today)
    unused = [
        s.place for s in french.sections if s.weighting and s.frequency != "annual" and s is not section
    ]
    if unused:
        said = [*said, f"not used: {'; '.join(unused)}"]
    genuine = bool(french.vintage and french.copyright)
    rate, about = _rate_beside(file, section.frequency)
    said = [*said, *(f"the riskless rate is that of {name} beside it" for name in about)]
    return replace(
        fetched,
        rate=rate,
        vendor="french" if genuine else "unknown",
        notes=tuple(dict.fromkeys([*fetched.notes, *notes, *said])),
        details=fetched.details
        | {
            "file": file.name,
            "file_sha256": file_hash(file),
            "layout": "Kenneth French's",
            **({"factors": about} if about else {}),
            "vendor_check": "taken from the file's own words (database and copyright); values are not compared"
            if genuine
            else "the file names no database or no copyright: who made it is not known",
        },
    )


def _rate_beside(file: Path, frequency: str) -> tuple[pd.Series | None, dict[str, str]]:
    """The bill rate of the file of factors of a frequency beside a file of portfolios, and that file's checksum."""
    found: dict[str, FrenchFile] = {}
    for path in factor_files(file):
        name, data = path.name, content.read_bytes(path)
        if data.startswith(_ZIP):
            name, data = unzip(data, path.name)
        french = read_french(content.decode(data, path.name)[0], name)
        if any(s.is_factors and s.frequency == frequency for s in french.sections):
            found[path.name] = french
    if not found:
        return None, {}
    if len(found) > 1:
        raise DataError(
            f"{' and '.join(found)} beside {file.name} both hold {frequency} factors: keep one of them"
        )
    ((name, french),) = found.items()
    return published_rate(french, frequency), {name: file_hash(file.parent / name)}
