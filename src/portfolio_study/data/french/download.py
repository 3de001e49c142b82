"""Files of Kenneth French's library over the network."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portfolio_study.data.french.archive import MOST_PACKED, unzip
from portfolio_study.data.web import Answer, TryAgain, get, require_web
from portfolio_study.errors import DataError, SourceError

LIBRARY = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/"
SERVER = "Kenneth French's library"


@dataclass(frozen=True)
class Delivered:
    """A file as the library delivered it.

    Attributes
    ----------
    name, url : str
        Name of the archive and where it came from.
    member : str
        Name of the text file in it.
    packed : bytes
        The archive.
    content : bytes
        The text file.
    modified : str
        Date of the file, as the server states it; empty if it does not.
    """

    name: str
    url: str
    member: str
    packed: bytes
    content: bytes
    modified: str


def base_address(base_url: str | None = None) -> str:
    """Return the address that names of files are appended to.

    Parameters
    ----------
    base_url : str, optional
        For example a mirror. Default: the environment's ``STUDY_FRENCH_URL``, else the library's own.

    Returns
    -------
    str
        With a slash at its end.

    Raises
    ------
    ParameterError
        If it is no address of the web: a path of this machine is never opened.
    """
    base = base_url or os.environ.get("STUDY_FRENCH_URL", "").strip() or LIBRARY
    return require_web(base, "the library's").rstrip("/") + "/"


def download(
    name: str,
    *,
    base_url: str | None = None,
    session: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = 20.0,
    attempts: int = 3,
) -> Delivered:
    """Download one archive of the library and open it.

    Parameters
    ----------
    name : str
        Name of the archive, e.g. ``10_Industry_Portfolios_CSV.zip``.
    base_url : str, optional
        See `base_address`.
    session, sleep, timeout, attempts
        See `portfolio_study.data.web.get`.

    Returns
    -------
    Delivered

    Raises
    ------
    SourceError
        If the file could not be had; the message says why and what to do.
    ParameterError
        If `attempts`, `timeout` or the address is not valid.
    """
    url = base_address(base_url) + quote(name)

    def opened(answer: Answer) -> Delivered:
        return _opened(answer, name, url)

    return get(
        url,
        opened,
        server=SERVER,
        name=name,
        most=MOST_PACKED,
        session=session,
        sleep=sleep,
        timeout=timeout,
        attempts=attempts,
    )


def _opened(answer: Answer, name: str, url: str) -> Delivered:
    packed = answer.content
    if not packed.startswith(b"PK"):
        begin = packed[:40].decode("latin-1").strip()
        raise SourceError(
            f"{SERVER} delivered something else as {name}: it is no zip archive but "
            f"{answer.kind} ({begin!r} ...; {url}); is a login or a proxy in between? Open the address in a "
            "browser"
        )
    try:
        member, content = unzip(packed, name)
    except DataError as error:
        if "damaged" in str(error):
            raise TryAgain(str(error)) from error
        raise SourceError(f"{SERVER} delivered a file that is not used: {error}") from error
    return Delivered(name, url, member, packed, content, answer.modified)
