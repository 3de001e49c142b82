"""Zip archives of one text file, opened within bounds: nothing is written to disk or run."""

import io
import zipfile
import zlib

from portfolio_study.errors import DataError

#: Most bytes of an archive and of the text in it. The library's largest daily file has about 60 MiB.
MOST_PACKED = 64 * 2**20
MOST_TEXT = 256 * 2**20
_CHUNK = 2**20
_TEXTS = (".csv", ".txt")


def unzip(data: bytes, name: str) -> tuple[str, bytes]:
    """Return the one text file of a zip archive.

    Parameters
    ----------
    data : bytes
        The archive.
    name : str
        Its name, for messages.

    Returns
    -------
    member : str
        Name of the file inside.
    content : bytes
        Its bytes.

    Raises
    ------
    DataError
        If the archive is cut or damaged, encrypted, packed by an unusual method, holds no text file or several, or unpacks to
        more than `MOST_TEXT` bytes (whatever its directory says).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            texts = [m for m in members if m.filename.lower().endswith(_TEXTS)]
            if len(texts) != 1:
                held = ", ".join(m.filename for m in members[:5]) or "nothing"
                raise DataError(
                    f"zip archive {name} holds {len(texts)} CSV files ({held}): unpack it and give the one "
                    "that is meant"
                )
            if texts[0].flag_bits & 1:
                raise DataError(f"zip archive {name} is encrypted: unpack it and give the CSV file inside")
            if texts[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DataError(  # other methods unpack a whole block at once, however large it says to be
                    f"zip archive {name} is packed by a method that is not read: unpack it and give the CSV file"
                )
            with archive.open(texts[0]) as stream:
                parts, size = [], 0
                while part := stream.read(_CHUNK):
                    size += len(part)
                    if size > MOST_TEXT:
                        raise DataError(
                            f"zip archive {name} unpacks to more than {MOST_TEXT / 2**20:.0f} MiB: no file "
                            "of the library is that large; download it again"
                        )
                    parts.append(part)
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise DataError(f"zip archive {name} is cut or damaged ({error}): download it again") from error
    return texts[0].filename, b"".join(parts)
