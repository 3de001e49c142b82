"""A file of a public server: asked for a bounded number of times, within bounds of size and time."""

import http.client
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from portfolio_study.errors import ParameterError, SourceError

BACK_OFF = 2.0  # seconds before the second attempt; doubled before each further one
LONGEST_PAUSE = 60.0  # seconds that a server may ask to wait for
LONGEST_ANSWER = 300.0  # seconds that one file may take, however steadily it drips
_CHUNK = 2**18
#: Answers after which asking again may help.
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_log = logging.getLogger(__name__)
Found = TypeVar("Found")


class TryAgain(Exception):
    """An answer that may be better the next time."""

    def __init__(self, reason: str, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.pause = pause


@dataclass(frozen=True)
class Answer:
    """What a server sent.

    Attributes
    ----------
    content : bytes
    modified, kind : str
        Date of the file and its type, as the server states them; empty if it does not.
    """

    content: bytes
    modified: str
    kind: str


def require_web(base: str, whose: str) -> str:
    """Return an address that begins as those of the web do: a path of this machine is never opened.

    Raises
    ------
    ParameterError
        If it begins otherwise.
    """
    if not base.lower().startswith(("https://", "http://")):
        raise ParameterError(f"{whose} address must begin with https:// or http://, got {base!r}")
    return base


def get(
    url: str,
    read: Callable[[Answer], Found],
    *,
    server: str,
    name: str,
    most: int,
    session: Any = None,
    sleep: Callable[[float], None] = time.sleep,
    timeout: float = 20.0,
    attempts: int = 3,
) -> Found:
    """Ask for a file and read it.

    Parameters
    ----------
    url : str
        Its address.
    read : callable
        Makes of an `Answer` what is wanted; may raise `TryAgain`.
    server, name : str
        Whose server, and what is asked for, for messages.
    most : int
        Most bytes that are read.
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
    object
        Of `read`.

    Raises
    ------
    SourceError
        If the file could not be had; the message says why and what to do.
    ParameterError
        If `attempts` or `timeout` is not valid.
    """
    if attempts < 1 or timeout <= 0:
        raise ParameterError(f"attempts ({attempts}) must be at least 1 and timeout ({timeout}) positive")
    opener = session if session is not None else _web_only()
    reasons: list[str] = []
    for attempt in range(attempts):
        try:
            return read(_once(opener, url, server, name, most, timeout))
        except TryAgain as error:
            reasons.append(str(error))
            _log.info("%s: %s (attempt %d of %d)", name, error, attempt + 1, attempts)
            if attempt + 1 < attempts:
                sleep(max(BACK_OFF * 2**attempt, min(error.pause, LONGEST_PAUSE)))
    said = "; ".join(dict.fromkeys(reasons))
    raise SourceError(
        f"{server} did not deliver {name} in {attempts} attempt(s) ({url}): {said}; try again later"
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


def _once(opener: Any, url: str, server: str, name: str, most: int, timeout: float) -> Answer:
    request = urllib.request.Request(url, headers={"User-Agent": "portfolio-study", "Accept": "*/*"})
    try:
        with opener.open(request, timeout=timeout) as answer:
            content = _body(answer, server, name, most)
            modified = answer.headers.get("Last-Modified", "") or ""
            kind = answer.headers.get("Content-Type", "") or "no content type"
    except urllib.error.HTTPError as error:
        with error:
            if error.code in _BUSY:
                raise TryAgain(f"HTTP {error.code}", _seconds(error.headers.get("Retry-After"))) from error
            why = "it has no such file" if error.code in {404, 410} else "the server refuses"
            raise SourceError(
                f"{server} did not deliver {name}: {why} (HTTP {error.code}, {url}); look for its present "
                "name on its pages"
            ) from error
    except (OSError, http.client.HTTPException) as error:  # no network, time-out, broken connection
        reason = getattr(error, "reason", None) or error
        raise TryAgain(f"no answer ({type(error).__name__}: {str(reason)[:120]})") from error
    return Answer(content, modified, kind)


def _body(answer: Any, server: str, name: str, most: int) -> bytes:
    """Read an answer to its end, within bounds of size and time; refuse one that is shorter than it says."""
    promised = answer.headers.get("Content-Length")
    parts, size, began = [], 0, time.monotonic()
    while part := answer.read1(_CHUNK):  # returns what is there, so that the clock is looked at
        size += len(part)
        if size > most:
            raise SourceError(
                f"{server} delivered more than {most / 2**20:.0f} MiB as {name}: none of its files is that "
                "large; look at the address in a browser"
            )
        if time.monotonic() - began > LONGEST_ANSWER:
            raise TryAgain(f"{size} bytes in {LONGEST_ANSWER:.0f} seconds: too slow")
        parts.append(part)
    if promised and promised.isdigit() and size < int(promised):
        raise TryAgain(f"the answer was cut: {size} of {promised} bytes")
    return b"".join(parts)


def _seconds(text: str | None) -> float:
    return float(text) if text and text.strip().isdigit() else 0.0
