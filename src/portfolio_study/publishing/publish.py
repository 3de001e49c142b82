"""Publish a run: everything of it becomes visible at once, or nothing does."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.layout import Layout
from portfolio_study.store import lock_stream

#: Fixed names below build/ that lead through ``current`` into the published run.
LINKS = ("html", "notebooks", "verdicts.json", "errata.json", "run.json")


@contextmanager
def build_lock(layout: Layout) -> Iterator[None]:
    """Hold the build folder; a second build is refused with a clear message.

    Raises
    ------
    BuildError
        If another build holds it, or it cannot be written.
    """
    path = layout.build / ".lock"
    try:
        layout.build.mkdir(parents=True, exist_ok=True, mode=0o755)  # whatever the umask says
        opened = path.open("a+")
    except OSError as error:
        raise BuildError(cannot_write(error, layout)) from error
    with opened as stream:
        try:
            lock_stream(stream, wait=False)
        except OSError:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise BuildError(
                f"another build is running in {layout.build} (process {holder}): wait until it is done"
            ) from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
        stream.truncate(0)


def cannot_write(error: OSError, layout: Layout) -> str:
    """What a failure of the disk means to a reader, and what to do."""
    where = error.filename or layout.build
    remedy = (
        "it is a file where a folder is needed: move it away"
        if error.errno in (errno.EEXIST, errno.ENOTDIR)
        else "free some space"
        if error.errno in (errno.ENOSPC, errno.EDQUOT)
        else "give this user the right to write there, or name another folder in STUDY_BUILD_DIR"
    )
    return (
        f"{where} cannot be written ({error.strerror or error}): {remedy}, and build again. The site that was "
        "published before is untouched"
    )


def publish_run(
    layout: Layout,
    run_id: str,
    site: Path,
    notebooks: dict[str, Path],
    content: dict[str, Any],
) -> Path:
    """Write a run's folder, sync it, and switch the link ``build/current`` to it.

    Files cannot be swapped together and a folder cannot be renamed onto another one, but
    one symbolic link can be replaced in one step. The run before stays; older ones go.

    Parameters
    ----------
    layout : Layout
        The checkout.
    run_id : str
        Name of the new folder below ``build/runs``.
    site : pathlib.Path
        Rendered site; moved.
    notebooks : dict of str to pathlib.Path
        Executed notebooks by file name.
    content : dict
        ``verdicts``, ``errata`` and ``run``: each becomes a JSON file.

    Returns
    -------
    pathlib.Path
        The published folder.
    """
    folder = layout.runs / run_id
    scratch = layout.runs / f".{run_id}"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        (scratch / "notebooks").mkdir(parents=True)
        shutil.move(site, scratch / "html")
        for name, path in notebooks.items():
            shutil.copyfile(path, scratch / "notebooks" / name)
        for name, value in content.items():
            write_json(scratch / f"{name}.json", value)
        for path in [*scratch.rglob("*"), scratch]:
            _sync(path)
        scratch.replace(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)  # a full disk is not to stay full
        raise
    _sync(layout.runs)
    _prune(layout, {run_id, switch(layout, run_id)})
    return folder


def switch(layout: Layout, run_id: str) -> str | None:
    """Make a run the published one, in one step; return the name of the run before."""
    previous = published(layout)
    for name in LINKS:
        _link(layout.build / name, Path("current") / name)
    _link(layout.current, Path("runs") / run_id)
    _sync(layout.build)
    return previous


def published(layout: Layout) -> str | None:
    """Name of the run that ``build/current`` leads to, or None."""
    if not layout.current.is_symlink() or not layout.current.is_dir():
        return None
    return layout.current.resolve().name


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    if path.is_dir() and not path.is_symlink():
        raise BuildError(f"{path} is a folder that no build wrote: move it away and build again")
    scratch = path.with_name(f".{path.name}.new")  # of whoever holds the build folder
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(target)
    scratch.replace(path)


def _prune(layout: Layout, kept: set[str | None]) -> None:
    for path in layout.runs.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)  # the new run is published: what stays goes next time


def write_json(path: Path, content: Any, levels: int | None = None) -> None:
    """Write readable JSON; refuses NaN, which is no JSON.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    content : object
        What to write.
    levels : int, optional
        Levels of nesting that are spread over lines; what lies deeper stands on one line, so that one
        changed value is one changed line of a file under version control. Default: all levels.
    """
    try:
        text = _spread(content, -1 if levels is None else levels, "\n")
    except ValueError as error:
        raise BuildError(f"{path.name} would hold a value that is no number: {error}") from error
    path.write_text(text + "\n", encoding="utf-8")


def _spread(value: Any, levels: int, line: str) -> str:
    if levels == 0 or not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    inner = f"{line} "
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(k, ensure_ascii=False)}: {_spread(v, levels - 1, inner)}" for k, v in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(rows)}{line}}}"
    return f"[{inner}{f',{inner}'.join(_spread(v, levels - 1, inner) for v in value)}{line}]"


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except (OSError, PermissionError):  # folders cannot be opened on Windows
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
