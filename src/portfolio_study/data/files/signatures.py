"""Files that are known by what they look like.

A row whose `read` names a reader is read by it (Kenneth French's files); without one, the file is
refused with the remedy: there is no parser for each vendor.
"""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

from portfolio_study.data.fetched import Fetched
from portfolio_study.data.files.french import is_french_zip, load_french_file
from portfolio_study.data.files.names import plain, word_set
from portfolio_study.data.french.text import is_french
from portfolio_study.errors import DataError

_RENAME = "rename its columns to Date,Open,High,Low,Close,Volume"
_UNPACK = "unpack it and give the CSV file inside"
_EXPORT = "export the table as CSV (UTF-8)"
_PRICES = "give prices, or turn them into a price index first: prices = "


_CLOSE_ELSEWHERE = word_set(
    """
    schluss schlusskurs cloture cierre chiusura fechamento slotkoers zamkniecie закрытие 收盘 終値 收盘价
    """
)
#: One alone may be a ticker (BAS, TIEF): two are bars.
_BARS_ELSEWHERE = word_set(
    """
    eroffnung eroffnungskurs hoch tief tageshoch tagestief ouverture haut bas dernier plushaut plusbas
    apertura maximo minimo massimo ultimo abertura hoogste laagste otwarcie najwyzszy najnizszy открытие
    开盘 最高 最低 始値 高値 安値
    """
)


@dataclass(frozen=True)
class Look:
    """What is seen of a file: its first bytes, its text, or its header and first row.

    Attributes
    ----------
    data : bytes
        The first bytes (of an archive: all).
    text : str
        The beginning of the text; empty before it is decoded.
    header : list of str
        Names of the columns; empty before they are found.
    row : list of str
        First row of cells.
    """

    data: bytes = b""
    text: str = ""
    header: list[str] = field(default_factory=list)
    row: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """The header without case, accents and signs."""
        return {plain(name) for name in self.header}


@dataclass(frozen=True)
class Signature:
    """A kind of file: what it is called, how it is recognised, and what a reader can do with it.

    `read` takes the arguments of `load_french_file`.
    """

    what: str
    seen: Callable[[Look], bool]
    remedy: str = ""
    read: Callable[..., Fetched] | None = None


def _begins(*starts: bytes) -> Callable[[Look], bool]:
    return lambda look: not look.text and look.data.startswith(starts)


def _says(pattern: str) -> Callable[[Look], bool]:
    return lambda look: (
        bool(look.text) and not look.header and bool(re.search(pattern, look.text, re.I | re.M))
    )


def _names(*needed: str) -> Callable[[Look], bool]:
    return lambda look: set(needed) <= look.names


def _words(*words: str, least: int) -> Callable[[Look], bool]:
    return lambda look: len(look.names & set(words)) >= least


def _zip_with(member: str) -> Callable[[Look], bool]:
    return lambda look: not look.text and any(name.startswith(member) for name in _members(look.data))


def _members(data: bytes) -> list[str]:
    """Names of the files in a zip archive; packed bytes can spell anything by chance, so they are not searched."""
    if not data.startswith(b"PK\x03\x04"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, OverflowError):  # cut, or damaged: no kind is known
        return []


def _headed(pattern: str) -> Callable[[Look], bool]:
    return lambda look: any(re.fullmatch(pattern, name.strip(), re.I) for name in look.header)


def _money(look: Look) -> bool:
    return any(re.fullmatch(r"[$€£]\s*[\d.,]+", cell.strip()) for cell in look.row)


#: Bytes, then text, then headers: the first row that fits is the file's kind.
SIGNATURES: tuple[Signature, ...] = (
    Signature("an Excel workbook", _zip_with("xl/"), "save the sheet as CSV (UTF-8)"),
    Signature("a LibreOffice document", _zip_with("META-INF/manifest.xml"), "save the sheet as CSV (UTF-8)"),
    Signature(
        "a zip archive of Kenneth French's library",
        lambda look: not look.text and is_french_zip(look.data),
        read=load_french_file,
    ),
    Signature("a zip archive", _begins(b"PK\x03\x04", b"PK\x05\x06"), _UNPACK),
    Signature("an old Excel workbook", _begins(b"\xd0\xcf\x11\xe0"), "save the sheet as CSV (UTF-8)"),
    Signature(
        "a packed file", _begins(b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf", b"Rar!"), _UNPACK
    ),
    Signature("a PDF document", _begins(b"%PDF"), "get the prices as a table: CSV or Parquet"),
    Signature("a Feather file", _begins(b"ARROW1", b"FEA1"), "write it with pandas.DataFrame.to_parquet"),
    Signature("an HDF5 file", _begins(b"\x89HDF"), "write it with pandas.DataFrame.to_parquet"),
    Signature("a NumPy array", _begins(b"\x93NUMPY"), "write it as CSV with dates and tickers"),
    Signature(
        "a pickle of Python",
        _begins(b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        "write it as Parquet or CSV",
    ),
    Signature("an SQLite database", _begins(b"SQLite format"), "export the table as CSV"),
    Signature(
        "a file of R", _begins(b"RDX", b"RDA", b"X\n\0\0"), "write it with write.csv(..., row.names = FALSE)"
    ),
    Signature(
        "an image", _begins(b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), "get the prices as a table: CSV or Parquet"
    ),
    # Text that is no table.
    Signature(
        "a pointer of Git LFS, not the file",
        _says(r"\Aversion https://git-lfs"),
        "fetch the file with git lfs pull",
    ),
    Signature(
        "a web page (HTML), often a page of an error or of a login",
        _says(r"\A\s*(<!doctype|<html|<head|<body|<script)"),
        "download the prices again and look at the file",
    ),
    Signature("an XML document", _says(r"\A\s*<\?xml"), _EXPORT),
    Signature(
        "JSON, not a table",
        _says(r"\A\s*(\{|\[\s*[\[{\]])"),
        "write it as CSV with pandas.read_json(...).to_csv",
    ),
    Signature(
        "a message of the source instead of prices",
        _says(
            r"\A\s*[\"']?(error\b|exceeded the daily|no data\b|too many "
            r"requests|unauthorized|forbidden|not found"
            r"|thank you for using|invalid api|access denied|4\d\d |5\d\d |edge: )"
        ),
        "download the prices again",
    ),
    Signature(
        "a file of Kenneth French's library",
        lambda look: not look.header and is_french(look.text),
        read=load_french_file,
    ),
    # Tables of one vendor.
    Signature(
        "a bulk file of Stooq", _headed(r"<per>"), f"{_RENAME} and write the ticker into a column Ticker"
    ),
    Signature("MetaTrader's export", _headed(r"<(date|open|close)>"), _RENAME),
    Signature(
        "Stooq's file with Polish names",
        _words("data", "otwarcie", "najwyzszy", "zamkniecie", least=2),
        _RENAME,
    ),
    Signature(
        "Investing.com's file",
        _names("price", "vol", "change"),
        "rename Price to Close and drop Vol. and Change %",
    ),
    Signature(
        "Investing.com's file",
        _names("price", "open", "change"),
        "rename Price to Close and drop Vol. and Change %",
    ),
    Signature("Bloomberg's export (PX_LAST)", _headed(r"px_?last"), "write one header: Date and the tickers"),
    Signature(
        "CRSP's file (negative prices stand for quotes, and splits are not in them)",
        lambda look: "permno" in look.names and bool({"prc", "ret"} & look.names),
        "write date, ticker and adj_close = abs(PRC) / CFACPR",
    ),
    Signature(
        "a table of options",
        lambda look: "strike" in look.names and bool({"expiration", "expiry"} & look.names),
        "give prices of shares or funds",
    ),
    Signature(
        "a table of quotes (bid and ask)",
        _words("bid", "ask", "bidprice", "askprice", least=2),
        "give closing prices",
    ),
    Signature(
        "Binance's candles",
        _names("opentime", "closetime"),
        "rename Open time to Date and drop the columns behind Volume",
    ),
    Signature("a table with names in another language", _words(*_CLOSE_ELSEWHERE, least=1), _RENAME),
    Signature("a table with names in another language", _words(*_BARS_ELSEWHERE, least=2), _RENAME),
    Signature("a table of prices with currency signs", _money, "save the numbers without signs ($, €, £)"),
)


def recognise(look: Look, name: str, where: str = "") -> Callable[..., Fetched] | None:
    """Find the reader of a file of a known kind, or refuse it.

    Parameters
    ----------
    look : Look
        What is seen so far.
    name : str
        Name of the file.
    where : str
        Where its header stands.

    Returns
    -------
    callable or None
        The reader of its kind; None if the kind is not known.

    Raises
    ------
    DataError
        If the kind has no reader, naming it and its remedy.
    """
    for signature in SIGNATURES:
        if signature.seen(look):
            if signature.read is not None:
                return signature.read
            line = f" ({where}: {', '.join(look.header[:8])})" if any(look.header) else ""
            raise DataError(f"price file {name} is {signature.what}{line}: {signature.remedy}")
    return None


def returns_error(name: str, percent: bool | None, example: str, french: bool = False) -> DataError:
    """Return the error for numbers that are returns.

    Parameters
    ----------
    name : str
        Name of the file.
    percent : bool or None
        Returns in percent (True), decimals (False), or growth factors such as 1.01 (None).
    example : str
        A column and one of its values.
    french : bool
        The file has Kenneth French's layout: months without a name above them.
    """
    unit = (
        "growth factors (1 + return)"
        if percent is None
        else f"returns in {'percent' if percent else 'decimals'}"
    )
    what = "is Kenneth French's file and holds" if french else "holds"
    factors = {True: "(1 + returns / 100)", False: "(1 + returns)", None: "factors"}[percent]
    index = f"{_PRICES}{factors}.cumprod()"
    remedy = (
        "give it with the sentences and titles that the library puts above its tables, use SOURCE=packaged "
        f"UNIVERSE=french12, or {index}"
        if french
        else index
    )
    return DataError(f"price file {name} {what} returns, not prices: these are {unit} ({example}); {remedy}")
