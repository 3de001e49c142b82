"""What a piece of code does to a folder: recorded step by step, replayed up to any step, or refused.

A process that is killed leaves what its steps so far made. When the power fails, less is sure: the content
of a file that was not synced, and names in a folder that was not synced, may be lost.
"""

import builtins
import errno
import io
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STEPS = ("mkdir", "symlink", "unlink", "rmdir")


@dataclass
class Step:
    """One step: its kind, the path, and the content, link target, or new path."""

    kind: str
    path: str
    more: object = None

    def __str__(self):
        return f"{self.kind} {self.path}" + (f" -> {self.more}" if isinstance(self.more, str) else "")


@dataclass
class Disk:
    """Records the steps below a folder; from step `full` on, those that need space are refused.

    ``create`` makes an empty file, ``write`` gives half and then all of its content, ``sync`` makes the
    content of a file, or the names in a folder, sure.
    """

    root: Path
    full: int | None = None
    error: int = errno.ENOSPC
    steps: list[Step] = field(default_factory=list)

    def inside(self, path):
        path = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else None

    def note(self, kind, path, more=None):
        """Record a step, or refuse it."""
        name = self.inside(path)
        if name is None:
            return
        if self.full is not None and len(self.steps) >= self.full and kind not in ("unlink", "rmdir"):
            raise OSError(self.error, os.strerror(self.error), os.fspath(path))
        self.steps.append(Step(kind, name, more))


class Written:
    """A file that is open for writing; its content is recorded when it is closed."""

    def __init__(self, disk, stream, path):
        self._disk, self._stream, self._path = disk, stream, path

    def _record(self):
        if not Path(self._path).exists():  # a lock that was let go
            return
        content = Path(self._path).read_bytes()
        self._disk.note("write", self._path, content[: len(content) // 2])
        self._disk.note("write", self._path, content)

    def close(self):
        if not self._stream.closed:
            self._stream.close()
            self._record()

    def fileno(self):
        if hasattr(self._stream, "flush"):
            self._stream.flush()
        return self._stream.fileno()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getattr__(self, name):
        return getattr(self._stream, name)


@contextmanager
def watched(disk):
    """Record what this process does below the folder of `disk`."""
    real = {name: getattr(os, name) for name in (*STEPS, "replace", "rename", "fsync")}
    opened, quick = io.open, shutil._use_fd_functions

    def step(name):
        def call(path, *args, **kwargs):
            disk.note(
                name, args[0] if name == "symlink" else path, os.fspath(path) if name == "symlink" else None
            )
            return real[name](path, *args, **kwargs)

        return call

    def move(source, target, **kwargs):
        disk.note("rename", source, disk.inside(target))
        return real["rename"](source, target, **kwargs)

    def fsync(handle):
        number = handle if isinstance(handle, int) else handle.fileno()
        name = Path(f"/proc/self/fd/{number}").readlink()
        if name.is_file():  # what was written so far is what is made sure
            disk.note("write", name, name.read_bytes())
        disk.note("sync", name)
        return real["fsync"](handle)

    def opening(path, mode="r", *args, **kwargs):
        if isinstance(path, int) or not set(mode) & set("wxa") or disk.inside(path) is None:
            return opened(path, mode, *args, **kwargs)
        disk.note("create", path)
        return Written(disk, opened(path, mode, *args, **kwargs), path)

    try:
        for name in STEPS:
            setattr(os, name, step(name))
        os.replace = os.rename = move
        os.fsync = fsync
        io.open = builtins.open = opening
        shutil._use_fd_functions = False  # it names files by their folder's number
        yield disk
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        io.open = builtins.open = opened
        shutil._use_fd_functions = quick


def after(before, steps, power=False):
    """The folder after some steps, as a mapping of path to ``None`` (folder), bytes, or link target.

    Parameters
    ----------
    before : dict
        The folder at the beginning, all of it sure.
    steps : list of Step
    power : bool
        Whether the power fails then: what was not synced is lost.
    """
    state, sure = dict(before), set()
    if power:
        sure = {i for i, made in enumerate(steps) if _is_sure(i, made, steps)}
    for i, made in enumerate(steps):
        lost = power and i not in sure
        if made.kind == "sync" or (lost and made.kind != "write"):
            continue
        if made.kind == "mkdir":
            state.setdefault(made.path, None)
        elif made.kind == "symlink":
            state[made.path] = made.more
        elif made.kind == "create":
            state[made.path] = b""
        elif made.kind == "write":
            if made.path in state:
                state[made.path] = b"" if lost else made.more
        elif made.kind == "rename":
            moved = {p: v for p, v in state.items() if p == made.path or p.startswith(made.path + "/")}
            for path in moved:
                del state[path]
            state |= {made.more + path.removeprefix(made.path): value for path, value in moved.items()}
        else:
            for path in [p for p in state if p == made.path or p.startswith(made.path + "/")]:
                del state[path]
    return state


def _is_sure(i, made, steps):
    """Whether a step is followed by the sync that makes it sure, of the file or of the folder of the name."""
    if made.kind == "write":
        path = made.path
        for later in steps[i + 1 :]:
            if later.kind == "rename" and (path == later.path or path.startswith(later.path + "/")):
                path = later.more + path.removeprefix(later.path)
            elif later.kind == "sync" and later.path == path:
                return True
        return False
    folder = _folder(made.more if made.kind == "rename" else made.path)
    for later in steps[i + 1 :]:
        if later.kind == "rename" and (folder == later.path or folder.startswith(later.path + "/")):
            folder = later.more + folder.removeprefix(later.path)
        elif later.kind == "sync" and later.path == folder:
            return True
    return False


def _folder(path):
    return path.rpartition("/")[0] or "."


def state_of(root):
    """A folder as `after` gives it."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        found[name] = (
            str(path.readlink()) if path.is_symlink() else None if path.is_dir() else path.read_bytes()
        )
    return found


def write_state(state, root):
    """Make a folder that is as a state says."""
    for name, value in sorted(state.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if value is None:
            path.mkdir(exist_ok=True)
        elif isinstance(value, bytes):
            path.write_bytes(value)
        else:
            path.symlink_to(value)
