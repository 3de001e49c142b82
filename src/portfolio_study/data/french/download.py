"""Files of Kenneth French's library over the network: asked for a bounded number of times, within bounds."""

import http.client
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from portfolio_study.data.french.archive import MOST_PACKED, unzip
from portfolio_study.errors import DataError, ParameterError, SourceError

LIBRARY = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/"
BACK_OFF = 2.0  # seconds before the second attempt; doubled before each further one
LONGEST_PAUSE = 60.0  # seconds that a server may ask to wait for
LONGEST_ANSWER = 300.0  # seconds that one file may take, however steadily it drips
_CHUNK = 2**18
#: Answers after which asking again may help.
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_log = logging.getLogger(__name__)


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


class _TryAgain(Exception):
    """An answer that may be better the next time."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


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
    if not base.lower().startswith(("https://", "http://")):
        raise ParameterError(f"the library's address must begin with https:// or http://, got {base!r}")
    return base.rstrip("/") + "/"


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
    session : optional
        Object with ``open(request, timeout=...)``, such as ``urllib.request.build_opener()``.
    sleep : callable
        Waits that many seconds (tests pass their own).
    timeout : float
        Seconds to wait for each part of an answer.
    attempts : int
        How often the file is asked for: time-outs, broken connections, cut files, 429 and 500 are
        tried again after a pause that doubles, or that the server asks for.

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
    if attempts < 1 or timeout <= 0:
        raise ParameterError(f"attempts ({attempts}) must be at least 1 and timeout ({timeout}) positive")
    url = base_address(base_url) + quote(name)
    opener = session if session is not None else _web_only()
    reasons: list[str] = []
    for attempt in range(attempts):
        try:
            return _once(opener, name, url, timeout)
        except _TryAgain as error:
            reasons.append(str(error))
            _log.info("%s: %s (attempt %d of %d)", name, error, attempt + 1, attempts)
            if attempt + 1 < attempts:
                sleep(max(BACK_OFF * 2**attempt, min(error.pause, LONGEST_PAUSE)))
    said = "; ".join(dict.fromkeys(reasons))
    raise SourceError(
        f"Kenneth French's library did not deliver {name} in {attempts} attempt(s) ({url}): {said}; try again "
        "later"
    )


def _web_only() -> urllib.request.OpenerDirector:
    """Return an opener that follows addresses of the web only: no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _once(opener: Any, name: str, url: str, timeout: float) -> Delivered:
    request = urllib.request.Request(url, headers={"User-Agent": "portfolio-study", "Accept": "*/*"})
    try:
        with opener.open(request, timeout=timeout) as answer:
            packed = _body(answer, name)
            modified = answer.headers.get("Last-Modified", "") or ""
            kind = answer.headers.get("Content-Type", "") or "no content type"
    except urllib.error.HTTPError as error:
        with error:
            if error.code in _BUSY:
                raise _TryAgain(f"HTTP {error.code}", _seconds(error.headers.get("Retry-After"))) from error
            why = "the library has no such file" if error.code in {404, 410} else "the server refuses"
            raise SourceError(
                f"Kenneth French's library did not deliver {name}: {why} (HTTP {error.code}, {url}); look for "
                "its present name in the library"
            ) from error
    except (OSError, http.client.HTTPException) as error:  # no network, time-out, broken connection
        reason = getattr(error, "reason", None) or error
        raise _TryAgain(f"no answer ({type(error).__name__}: {str(reason)[:120]})") from error
    if not packed.startswith(b"PK"):
        begin = packed[:40].decode("latin-1").strip()
        raise SourceError(
            f"Kenneth French's library delivered something else as {name}: it is no zip archive but "
            f"{kind} ({begin!r} ...; {url}); is a login or a proxy in between? Open the address in a browser"
        )
    try:
        member, content = unzip(packed, name)
    except DataError as error:
        if "damaged" in str(error):
            raise _TryAgain(str(error)) from error
        raise SourceError(f"Kenneth French's library delivered a file that is not used: {error}") from error
    return Delivered(name, url, member, packed, content, modified)


def _body(answer: Any, name: str) -> bytes:
    """Read an answer to its end, within bounds of size and time; refuse one that is shorter than it says."""
    promised = answer.headers.get("Content-Length")
    parts, size, began = [], 0, time.monotonic()
    while part := answer.read1(_CHUNK):  # returns what is there, so that the clock is looked at
        size += len(part)
        if size > MOST_PACKED:
            raise SourceError(
                f"Kenneth French's library delivered more than {MOST_PACKED / 2**20:.0f} MiB as {name}: no "
                "file of the library is that large; look at the address in a browser"
            )
        if time.monotonic() - began > LONGEST_ANSWER:
            raise _TryAgain(f"{size} bytes in {LONGEST_ANSWER:.0f} seconds: too slow")
        parts.append(part)
    if promised and promised.isdigit() and size < int(promised):
        raise _TryAgain(f"the answer was cut: {size} of {promised} bytes")
    return b"".join(parts)


def _seconds(text: str | None) -> float:
    return float(text) if text and text.strip().isdigit() else 0.0
