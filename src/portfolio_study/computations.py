"""Heavy computations, stored on disk and shared by the chapters.

``compute(rolling_arima, returns, window=50)`` runs the function once; every
chapter of every later run reads the stored result, until the data, the
parameters or the code behind the function change. What identifies an entry:

* a fingerprint of the arguments (values, labels and types, not joblib's own
  hash, which changes when a frame is sliced, copied or written to Parquet);
* the source of the function's module and of everything that it imports from
  this package, the lock file, the Python version and the platform.

Two processes that need the same entry wait for each other.
"""

import ast
import hashlib
import inspect
import platform
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.errors import StudyError
from portfolio_study.settings import cache_dir, project_root

PACKAGE = Path(__file__).resolve().parent


def fingerprint(value: Any) -> str:
    """Hash of a value that is the same for equal content.

    Parameters
    ----------
    value : object
        Numbers, strings, None, arrays, pandas objects, dates, dataclasses,
        functions at module level, and lists, tuples, sets and dicts of these.
        Of a dataclass, fields with ``compare=False`` do not count.

    Raises
    ------
    StudyError
        For a type whose content has no stable bytes.
    """
    digest = hashlib.sha256()
    _update(digest, value)
    return digest.hexdigest()


def _update(digest: Any, value: Any) -> None:
    def put(tag: str, *parts: Any) -> None:
        digest.update(f"<{tag}>".encode())
        for part in parts:
            _update(digest, part)

    if value is None or isinstance(value, bool | int | str | bytes | complex):
        digest.update(f"<{type(value).__name__}>{value!r}".encode())
    elif isinstance(value, float):
        digest.update(f"<float>{value.hex()}".encode())
    elif isinstance(value, np.generic):
        put("scalar", str(value.dtype), value.item())
    elif isinstance(value, np.ndarray):
        if value.dtype == object:
            put("objects", list(value.shape), value.ravel().tolist())
        else:
            digest.update(f"<array>{value.dtype.str}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, pd.DataFrame):
        put("frame", value.index, value.columns, [value[c].to_numpy() for c in value.columns])
    elif isinstance(value, pd.Series):
        put("series", value.index, str(value.name), value.to_numpy())
    elif isinstance(value, pd.DatetimeIndex):
        put("dates", value.to_numpy().astype("datetime64[ns]").astype("int64"))
    elif isinstance(value, pd.Index):
        put("index", [str(label) for label in value])
    elif isinstance(value, pd.Timestamp | np.datetime64):
        put("date", str(pd.Timestamp(value).isoformat()))
    elif is_dataclass(value) and not isinstance(value, type):
        put(type(value).__qualname__, *((f.name, getattr(value, f.name)) for f in fields(value) if f.compare))
    elif isinstance(value, dict):
        put("dict", *sorted(((repr(k), v) for k, v in value.items()), key=lambda item: item[0]))
    elif isinstance(value, list | tuple | range):
        put("sequence", *value)
    elif isinstance(value, set | frozenset):
        put("set", *sorted(map(fingerprint, value)))
    elif inspect.isfunction(value) and "<" not in value.__qualname__:
        put("function", value.__module__, value.__qualname__, source_key(value.__module__))
    else:
        raise StudyError(
            f"a computation cannot be stored: {type(value).__name__} has no stable content to identify it by"
        )


def _module_file(name: str) -> Path | None:
    """File of a module of this package; None for anything else."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return None
    base = PACKAGE.joinpath(*parts[1:])
    candidates = (base / "__init__.py", base.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _imports(path: Path) -> set[str]:
    """Names of this package's modules that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def import_closure(module: str) -> list[Path]:
    """Files of this package that a module depends on, itself included, sorted.

    Raises
    ------
    StudyError
        If the module is not part of this package.
    """
    start = _module_file(module)
    if start is None:
        raise StudyError(f"only functions of this package can be stored, not those of {module!r}")
    seen, waiting = {start}, [start]
    while waiting:
        for name in _imports(waiting.pop()):
            path = _module_file(name)
            if path is not None and path not in seen:
                seen.add(path)
                waiting.append(path)
    return sorted(seen)


@lru_cache(maxsize=128)
def source_key(module: str) -> str:
    """Hash of the code behind a module: import closure, lock file, Python, platform."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {platform.platform()} {platform.machine()}".encode())
    for path in import_closure(module):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    try:
        lock = project_root() / "requirements.lock"
        digest.update(lock.read_bytes() if lock.is_file() else b"")
    except StudyError:  # installed without a checkout
        pass
    return digest.hexdigest()


def _stored(name: str, key: str, call: Callable[[], Any]) -> Any:
    """Run the call; joblib stores the result under name and key."""
    return call()


def compute(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of this package, or read the stored result of the same call.

    Parameters
    ----------
    function : callable
        Function at module level in this package, without side effects.
    *args, **kwargs
        Its arguments; anything that `fingerprint` can identify.

    Returns
    -------
    object
        What the function returns.

    Raises
    ------
    StudyError
        If function or arguments have no stable identity.
    """
    folder = cache_dir()
    if folder is None:
        return function(*args, **kwargs)
    from fcntl import LOCK_EX, flock

    from joblib import Memory

    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    name = f"{function.__module__}.{function.__qualname__}"
    key = fingerprint((source_key(function.__module__), dict(bound.arguments)))
    folder = folder / "results"
    folder.mkdir(parents=True, exist_ok=True)
    memory = Memory(folder, verbose=0).cache(_stored, ignore=["call"], verbose=0)
    with (folder / f"{key}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        return memory(name, key, call=lambda: function(*args, **kwargs))
