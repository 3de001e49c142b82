"""Files of a build that say themselves whether they are whole: JSON with a checksum of its content.

A killed process or a full disk leaves nothing half written, since a file is moved into its place when it
is complete. Power that fails, and disks that go bad, can still damage it: then it is made again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portfolio_study.store import text_hash

SEAL = "seal"


def seal_of(content: Any) -> str:
    """Checksum of values that JSON can hold."""
    return text_hash(json.dumps(content, sort_keys=True, ensure_ascii=False))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody sees half of it: beside its place, to the disk, then over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with scratch.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as JSON with its checksum; see `read_sealed`."""
    plain = json.loads(json.dumps(dict(content)))  # keys are texts, tuples lists, as they will be read
    write_whole(path, json.dumps(plain | {SEAL: seal_of(plain)}, ensure_ascii=False) + "\n")


def read_sealed(path: Path) -> dict[str, Any] | None:
    """Read what `write_sealed` wrote; None if there is no such file, or it is damaged."""
    try:
        content = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return content if content.pop(SEAL, None) == seal_of(content) else None
