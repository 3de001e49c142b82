"""The bytes of a price file: how large they are, how they are packed, and which text they hold."""

import gzip
import io
import zlib
from pathlib import Path

from portfolio_study.errors import DataError, SourceError

#: Most bytes of a file, and of what it unpacks to: a small archive can't fill the memory. Together with
#: `sheet.MOST_CELLS` it keeps a load below 4 GiB of memory.
LARGEST = 256 * 2**20
_CHUNK = 2**22


def read_bytes(file: Path) -> bytes:
    """Return the content of a file, unpacked if it is gzipped (whatever its name).

    Parameters
    ----------
    file : Path
        The price file.

    Returns
    -------
    bytes

    Raises
    ------
    SourceError
        If there is no such file, it is a pipe or a device, or it may not be read.
    DataError
        If it is empty, larger than `LARGEST`, or a damaged archive.
    """
    if not file.is_file():
        what = "is a folder, a pipe or a device" if file.exists() else "does not exist"
        raise SourceError(f"price file {file} {what}: give an existing file with DATA=prices.csv")
    try:
        if file.stat().st_size > LARGEST:
            raise _too_large(file, "is")
        with file.open("rb") as stream:
            data = _bounded(stream, file, "is")
    except OSError as error:
        raise SourceError(f"price file {file} cannot be read: {error.strerror or error}") from error
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                data = _bounded(stream, file, "unpacks to")
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"price file {file.name} cannot be read: the gzip archive is damaged ({error}); copy it again"
            ) from error
    elif file.name.lower().endswith(".gz"):
        raise DataError(
            f"price file {file.name} cannot be read: it is not a gzip archive although its name ends in .gz; "
            "name it as what it is"
        )
    if not data.strip():
        raise DataError(f"price file {file.name} cannot be read: it is empty")
    return data


def _too_large(file: Path, verb: str) -> DataError:
    return DataError(
        f"price file {file.name} {verb} more than {LARGEST / 2**20:.0f} MiB: keep only the tickers, dates and "
        "columns that are needed, or write it as Parquet"
    )


def _bounded(stream: io.BufferedIOBase | gzip.GzipFile, file: Path, verb: str) -> bytes:
    parts, size = [], 0
    while part := stream.read(_CHUNK):
        size += len(part)
        if size > LARGEST:
            raise _too_large(file, verb)
        parts.append(part)
    return b"".join(parts)


def decode(data: bytes, name: str) -> tuple[str, list[str]]:
    """Return the text of a file, and what must be said of its encoding.

    UTF-8 (with a byte order mark or without), UTF-16 and UTF-32 are recognised; other bytes are
    read as Windows-1252, or Latin-1 where that has no such character, and a note says so.

    Raises
    ------
    DataError
        If the bytes are no text.
    """
    marks = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"))
    for mark, encoding in (*marks, (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strict(data, encoding, name), []
    head = data[:2000]
    even, odd = (2 * head[k::2].count(0) / len(head) for k in (0, 1))
    if max(even, odd) > 0.7 and min(even, odd) < 0.1:  # every other byte of Latin letters is zero
        return _strict(data, "utf-16-le" if odd > even else "utf-16-be", name), []
    if 0 in data:
        raise DataError(f"price file {name} cannot be read: it holds bytes that are no text; save it as CSV")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    for encoding, spoken in (("cp1252", "Windows-1252"), ("latin-1", "Latin-1")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text, [f"line {line} is not UTF-8: the file is read as {spoken}; check letters with accents"]
    raise AssertionError("Latin-1 reads every byte")


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"price file {name} cannot be read: its first bytes say {encoding.upper()}, but byte "
            f"{error.start} is none; save it as UTF-8"
        ) from error
