"""One store of results, and what identifies them: values, files, code and environment.

``compute(rolling_arima, returns, window=50)`` runs the function once; every chapter of every
later run reads the stored result, until the data, the parameters or the code behind the
function change. An entry is identified by

* the function's name and a `fingerprint` of its arguments (values, labels and types);
* the `source_key` of its module: every file of this package that the module can reach;
* the `environment_key`: lock file, installed packages, Python and platform.

**What code reaches.** Imports are followed statically, at any depth of the code, inside
functions too. ``from package import name`` leads to the module that defines the name: the
``__init__.py`` itself counts, the other modules that it imports do not. Python runs those too,
but a module whose names are not used could change a result only by acting when it is imported
(a test forbids that for modules that an ``__init__.py`` imports). A package that is imported as an
object, or with ``*``, counts with everything below it. A file of the package that is not Python
counts for the modules that name it in a string. Loading by a computed name would escape all this:
a test refuses it in this package (see `dynamic_imports`).
"""

import ast
import hashlib
import inspect
import logging
import os
import pickle
import platform
import re
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from portfolio_study.errors import StudyError
from portfolio_study.own_folder import WRITTEN_BY_OTHERS, make_private, only_ours
from portfolio_study.settings import cache_dir, project_root

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent  # the code that runs
KEEP_DAYS = 30.0
"""Days after its last use for which a stored result is kept."""
KEEP_BYTES = 4 * 2**30
"""Bytes that stored results may fill; beyond, those that were not used for longest go first."""


# ---------------------------------------------------------------------------------------------
# Values and files


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes (hexadecimal)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def bytes_hash(data: bytes) -> str:
    """SHA-256 of bytes (hexadecimal), such as those of a file that was never on disk."""
    return hashlib.sha256(data).hexdigest()


def text_hash(text: str) -> str:
    """SHA-256 of a text in UTF-8 (hexadecimal)."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(value: Any) -> str:
    """Hash of a value that is the same for equal content.

    Parameters
    ----------
    value : object
        Numbers, strings, None, arrays, pandas objects, dates, paths, dataclasses,
        functions at module level, and lists, tuples, sets and mappings of these.
        Of a dataclass, fields with ``compare=False`` do not count; the code of its class
        does if it is part of this package.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    StudyError
        For a type whose content has no stable bytes.
    """
    return _fingerprint(value, {})


def _fingerprint(value: Any, keys: dict[str, str]) -> str:
    digest = hashlib.sha256()
    _update(digest, value, keys)
    return digest.hexdigest()


def _update(digest: Any, value: Any, keys: dict[str, str]) -> None:
    """Add a value; `keys` remembers the source keys of this one fingerprint."""

    def put(tag: str, *parts: Any) -> None:
        digest.update(f"<{tag}>".encode())
        for part in parts:
            _update(digest, part, keys)

    def source(module: str) -> str:
        if module not in keys:
            keys[module] = source_key(module)
        return keys[module]

    if value is None or isinstance(value, bool | int | str | bytes | complex):
        digest.update(f"<{type(value).__name__}>{value!r}".encode())
    elif isinstance(value, float):
        digest.update(f"<float>{value.hex()}".encode())
    elif isinstance(value, Mapping):
        items = sorted(((repr(k), v) for k, v in value.items()), key=lambda item: item[0])
        put("dict", *items, len(items))
    elif isinstance(value, list | tuple | range):
        put("sequence", *value, len(value))
    elif isinstance(value, set | frozenset):
        put("set", *sorted(_fingerprint(member, keys) for member in value), len(value))
    elif isinstance(value, PurePath):
        put("path", value.as_posix())
    elif is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        put(kind.__qualname__, *((f.name, getattr(value, f.name)) for f in fields(value) if f.compare))
        if kind.__module__.partition(".")[0] == PACKAGE.name:
            put("class", kind.__module__, source(kind.__module__))
    elif inspect.isfunction(value) and "<" not in value.__qualname__:
        put("function", value.__module__, value.__qualname__, source(value.__module__))
    else:
        _update_table(digest, value, put)


def _update_table(digest: Any, value: Any, put: Callable[..., None]) -> None:
    """Add what numpy and pandas define; both take long to import and are often not needed."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        put("scalar", str(value.dtype), value.item())
    elif isinstance(value, np.ndarray):
        if value.dtype == object:
            put("objects", list(value.shape), value.ravel().tolist())
        else:
            digest.update(f"<array>{value.dtype.str}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, k].to_numpy() for k in range(value.shape[1])]
        put("frame", value.index, value.columns, columns)
    elif isinstance(value, pd.Series):
        put("series", value.index, str(value.name), value.to_numpy())
    elif isinstance(value, pd.DatetimeIndex):
        put("dates", value.to_numpy().astype("datetime64[ns]").astype("int64"))
    elif isinstance(value, pd.Index):
        put("index", [str(label) for label in value])
    elif isinstance(value, pd.Timestamp | np.datetime64 | date):
        put("date", str(pd.Timestamp(value).isoformat()))
    else:
        raise StudyError(
            f"a computation cannot be stored: {type(value).__name__} has no stable content to identify it by"
        )


def prices_checksum(frames: "Mapping[str, pd.DataFrame | pd.Series]") -> str:
    """Return the SHA-256 of the values, dates and names of frames: the published checksum of prices.

    It names snapshots and stands in stored results, so its definition is fixed. Storage does not
    matter: the unit of the dates, the block layout, the dtype of the names and the file format
    leave it unchanged; one changed bit of one value changes it.

    Parameters
    ----------
    frames : dict of DataFrame or Series
        Frames with a DatetimeIndex by name; the order of the names is irrelevant.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    import numpy as np
    import pandas as pd

    digest = hashlib.sha256()
    for name in sorted(frames):
        frame = frames[name]
        frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
        values = np.ascontiguousarray(frame.to_numpy(dtype="<f8"))
        # All NaN become one NaN and -0.0 becomes 0.0, so that equal tables have equal bytes.
        values = np.where(np.isnan(values), np.float64("nan"), values) + 0.0
        days = pd.DatetimeIndex(frame.index).as_unit("ns").asi8.astype("<i8")
        names = [str(c).replace("\\", "\\\\").replace("|", "\\|") for c in frame.columns]
        head = f"{name}|{frame.shape[0]}|{frame.shape[1]}|" + "|".join(names)
        for part in (head.encode(), days.tobytes(), values.astype("<f8").tobytes()):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
    return digest.hexdigest()


# ---------------------------------------------------------------------------------------------
# Code

#: A module, and a name that is imported from it (None: the module as an object).
Request = tuple[str, str | None]
_FILE_NAME = re.compile(r"[\w./-]+\.\w+")
_LOADERS = {
    "import_module", "__import__", "run_module", "run_path", "entry_points", "find_spec",
    "spec_from_file_location", "module_from_spec", "exec_module", "load_module",
}  # fmt: skip
_INTERPRETERS = {"exec", "eval", "compile"}


@dataclass(frozen=True)
class _Scan:
    """What the text of a piece of code says about other files."""

    requests: tuple[tuple[int, str, str | None], ...]  # level of a relative import, module, name
    bound: dict[str, list[tuple[int, str, str]]]  # what imports bind names to: level, module, its name
    defined: frozenset[str]  # names that the code itself defines at its top
    files: tuple[str, ...]  # strings that may name a file beside it
    dynamic: tuple[str, ...]  # uses of names that are only known when the code runs


@lru_cache(maxsize=2048)  # by content: an edited file is another key
def _scan(code: bytes) -> _Scan:
    tree = ast.parse(code)
    nodes = list(ast.walk(tree))
    requests: list[tuple[int, str, str | None]] = []
    bound: dict[str, list[tuple[int, str, str]]] = {}
    modules: set[str] = set()
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                # Without `as`, the whole package is at hand under its first name.
                requests += [(0, alias.name, None)]
                requests += [] if alias.asname else [(0, alias.name.partition(".")[0], None)]
                modules.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                requests.append((node.level, node.module or "", alias.name))
                origin = (node.level, node.module or "", alias.name)
                bound.setdefault(alias.asname or alias.name, []).append(origin)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    modules |= {name for name, origins in bound.items() if any(_is_module(*o) for o in origins)}
    ours = [r for r in requests if r[0] > 0 or r[1].partition(".")[0] == PACKAGE.name]
    return _Scan(
        tuple(ours),
        bound,
        frozenset(_defined(tree)),
        tuple({text for text in texts if len(text) < 200 and _FILE_NAME.fullmatch(text)}),
        tuple(_dynamic(tree, nodes, modules)),
    )


def _is_module(level: int, module: str, name: str) -> bool:
    return level > 0 or _module_file(f"{module}.{name}") is not None


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))


def _dynamic(tree: ast.Module, nodes: list[ast.AST], modules: set[str]) -> Iterator[str]:
    """Describe every use of code by a name that is computed."""
    own = re.compile(rf"{PACKAGE.name}\.[\w.]*")
    for node in nodes:
        if isinstance(node, ast.Name):
            if node.id in _LOADERS or node.id in _INTERPRETERS:
                yield node.id
        elif isinstance(node, ast.Attribute):
            if node.attr in _LOADERS or (node.attr == "modules" and _named(node.value, {"sys"})):
                yield node.attr
            elif node.attr == "__dict__" and _named(node.value, modules):
                yield f"{ast.unparse(node)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name, given = node.func.id, node.args
            fixed = len(given) > 1 and isinstance(given[1], ast.Constant)
            if given and name in {"getattr", "vars"} and _named(given[0], modules) and not fixed:
                yield f"{name}({ast.unparse(given[0])})"
        elif isinstance(node, ast.FunctionDef) and node.name == "__getattr__" and node in tree.body:
            yield "__getattr__ of a module"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and own.fullmatch(node.value):
            yield repr(node.value)


def _named(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def dynamic_imports(code: str) -> list[str]:
    """Describe every place where code is chosen by a name that is only known when it runs.

    ``import_module``, ``__import__``, ``exec``, ``eval``, entry points, ``getattr`` on a module
    with a computed name, ``sys.modules``, and strings that name a module of this package. Such code
    escapes the keys of this module.

    Parameters
    ----------
    code : str
        Source of a module or a cell.
    """
    return list(_scan(code.encode()).dynamic)


def _module_file(name: str) -> Path | None:
    """File of a module of this package; None for anything else."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return None
    base = PACKAGE.joinpath(*parts[1:])
    candidates = (base / "__init__.py", base.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def module_name(path: Path) -> str:
    """Dotted name of a file of this package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join((PACKAGE.name, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def _absolute(path: Path, level: int, module: str) -> str:
    """Name of the module that a relative import in a file means."""
    if level == 0:
        return module
    package = path.parent.relative_to(PACKAGE).parts
    base = (PACKAGE.name, *package[: len(package) - (level - 1)])
    return ".".join((*base, module) if module else base)


class _Closure:
    """Files that are reached from some modules."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self._asked: set[Request] = set()
        self._followed: set[Path] = set()
        self._waiting: list[Request] = []

    def reach(self, requests: Iterable[Request]) -> "_Closure":
        """Follow requests to the end."""
        self._waiting += requests
        while self._waiting:
            request = self._waiting.pop()
            if request not in self._asked:
                self._asked.add(request)
                self._answer(*request)
        return self

    def _answer(self, module: str, name: str | None) -> None:
        path = _module_file(module)
        if path is None:
            return
        folder = path.parent
        while folder != PACKAGE.parent:  # Python runs the __init__ of every package on the way
            if (folder / "__init__.py").is_file():
                self.files.add(folder / "__init__.py")
            folder = folder.parent
        if path.name != "__init__.py":
            self._follow(path)
        elif name is None or name == "*":
            for file in sorted(path.parent.rglob("*.py")):
                self._follow(file)
        else:
            self._from_package(path, module, name)

    def _from_package(self, path: Path, module: str, name: str) -> None:
        """Follow one name of a package: a module, a name that is passed on, or one of its own."""
        scan = _scan(path.read_bytes())
        below = _module_file(f"{module}.{name}")
        if below is not None:
            self._waiting.append((f"{module}.{name}", None))
        for level, source, original in scan.bound.get(name, ()):
            self._waiting.append((_absolute(path, level, source), original))
        if name in scan.defined or (below is None and name not in scan.bound):
            self._follow(path)

    def _follow(self, path: Path) -> None:
        self.files.add(path)
        if path in self._followed:
            return
        self._followed.add(path)
        scan = _scan(path.read_bytes())
        self._waiting += [(_absolute(path, level, module), name) for level, module, name in scan.requests]
        for text in scan.files:
            file = path.parent / text
            if file.is_file() and file.resolve().is_relative_to(PACKAGE):
                self.files.add(file.resolve())


def import_closure(*modules: str) -> list[Path]:
    """Files of this package that modules depend on, themselves included, sorted.

    Parameters
    ----------
    *modules : str
        Dotted names, e.g. ``portfolio_study.risk.garch``.

    Raises
    ------
    StudyError
        If a module is not part of this package.
    """
    for module in modules:
        if _module_file(module) is None:
            raise StudyError(f"only functions of this package can be stored, not those of {module!r}")
    return sorted(_Closure().reach((module, None) for module in modules).files)


def code_closure(cells: Iterable[str]) -> list[Path]:
    """Files of this package that the code cells of a page depend on, sorted.

    Lines with IPython's commands (``%``, ``!``) are left out. A cell that is no Python even
    so, or that chooses code by a computed name, depends on the whole package.

    Parameters
    ----------
    cells : iterable of str
        Sources of the cells.
    """
    found = _Closure()
    for cell in cells:
        try:
            scan = _scan(re.sub(r"(?m)^\s*[%!].*$", "", cell).encode())
        except SyntaxError:
            found.reach([(PACKAGE.name, None)])
            continue
        found.reach((module, name) for level, module, name in scan.requests if level == 0)
        if scan.dynamic:
            found.reach([(PACKAGE.name, None)])
    return sorted(found.files)


def files_key(files: Iterable[Path]) -> str:
    """Hash of names and contents of files of this package."""
    return fingerprint({file.relative_to(PACKAGE).as_posix(): file_hash(file) for file in files})


def source_key(*modules: str) -> str:
    """Hash of the code that modules can reach and of the environment that it runs in.

    Raises
    ------
    StudyError
        If a module is not part of this package.
    """
    return fingerprint([files_key(import_closure(*modules)), environment_key()])


def environment_key(root: Path | None = None) -> str:
    """Hash of the lock file, the installed packages, Python and the platform.

    The installed packages count beside the lock, because an active environment
    (``PYTHON=``) need not follow it.

    Parameters
    ----------
    root : pathlib.Path, optional
        The checkout; default the one in use, none for an installed library.
    """
    if root is None:
        with suppress(StudyError):  # installed without a checkout
            root = project_root()
    lock = root / "requirements.lock" if root else None
    paths = sysconfig.get_paths()
    installed = {
        entry.name
        for folder in {paths["purelib"], paths.get("platlib", paths["purelib"])}
        for entry in Path(folder).glob("*.dist-info")
    }
    return fingerprint(
        [
            file_hash(lock) if lock and lock.is_file() else None,
            sorted(name for name in installed if not name.startswith(PACKAGE.name)),
            sys.version,
            platform.system(),
            platform.machine(),
            platform.libc_ver(),
        ]
    )


def _states(files: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """When files were written, and their sizes."""
    found = {}
    for path in files:
        with suppress(FileNotFoundError):
            status = path.stat()
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


_AT_START = _states(PACKAGE.rglob("*.py"))


def edited_since_start(files: Iterable[Path]) -> list[Path]:
    """Files of the running package that are not what they were when this process began.

    Code in memory may be older than such files: their hash says nothing about it.
    """
    modules = [path for path in files if path.suffix == ".py"]
    now = _states(modules)
    return [path for path in modules if now.get(path) != _AT_START.get(path)]


# ---------------------------------------------------------------------------------------------
# Results


def results_dir() -> Path | None:
    """Folder of stored results, made if it is missing; None when the cache is off.

    Raises
    ------
    StudyError
        If it cannot be written, belongs to another user, or cannot be closed to others: reading a stored
        result runs code that stands in the file.
    """
    folder = cache_dir()
    if folder is None:
        return None
    folder = folder / "results"
    others = make_private(folder, "results", "delete it, or name another folder in STUDY_CACHE_DIR")
    if others & WRITTEN_BY_OTHERS:
        _log.warning(
            "other users could write to the stored results in %s: it is closed to them now (chmod 700), and what "
            "they may have written is computed again",
            folder,
        )
    return folder


def compute(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of this package, or read the stored result of the same call.

    Two processes that need the same entry wait for each other. A damaged entry is computed
    again. Where a file of the code was edited after this process began, nothing is read or
    stored: what is in memory need not be what the files say.

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
        If function or arguments have no stable identity, or the folder of results cannot
        be trusted (see `results_dir`).
    """
    folder = results_dir()
    if folder is None:
        return function(*args, **kwargs)
    if "<" in function.__qualname__:
        raise StudyError(f"only functions at module level can be stored, not {function!r}")
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    name = f"{function.__module__}.{function.__qualname__}"
    files = import_closure(function.__module__)
    key = fingerprint((name, files_key(files), environment_key(), dict(bound.arguments)))
    if _edited(name, files):
        return function(*args, **kwargs)
    path = folder / f"{key}.pkl"
    with locked(path.with_suffix(".lock")):
        found, result = _read(path)
        if not found:
            result = function(*args, **kwargs)
            if not _edited(name, files):
                _write(path, name, result)
    return result


def _edited(name: str, files: Iterable[Path]) -> bool:
    edited = edited_since_start(files)
    if edited:
        shown = ", ".join(path.relative_to(PACKAGE).as_posix() for path in edited[:3])
        _log.warning("%s is not stored: %s changed after this process began; restart it", name, shown)
    return bool(edited)


def _read(path: Path) -> tuple[bool, Any]:
    """Whether there is a sound entry, and its result."""
    try:
        with path.open("rb") as stream:
            if not only_ours(os.fstat(stream.fileno())):
                _log.warning("other users may have written the stored result %s: it is computed again", path)
                return False, None
            content = stream.read()
        payload = memoryview(content)[:-32]
        if len(content) < 32 or hashlib.sha256(payload).digest() != content[-32:]:
            raise ValueError("its checksum is wrong")
        result = pickle.loads(payload)
        os.utime(path)  # used now: see `prune`
    except FileNotFoundError:
        return False, None
    except Exception as error:  # whatever a damaged pickle raises
        _log.warning("the stored result %s is damaged (%s): it is computed again", path, error)
        return False, None
    return True, result


def _write(path: Path, name: str, result: Any) -> None:
    """Write beside the target and move over it; the checksum stands behind the pickle."""
    scratch = path.with_suffix(".tmp")  # of whoever holds the lock
    try:
        payload = pickle.dumps(result, protocol=5)
        scratch.unlink(missing_ok=True)
        with open(scratch, "wb", opener=_for_us_alone) as stream:
            stream.write(payload)
            stream.write(hashlib.sha256(payload).digest())
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    except (OSError, pickle.PickleError, AttributeError, TypeError, ValueError) as error:
        scratch.unlink(missing_ok=True)
        _log.warning("the result of %s could not be stored: %s", name, error)


def _for_us_alone(path: str, flags: int) -> int:
    """Open a file that only this user may read and write, whatever the umask says."""
    return os.open(path, flags, 0o600)


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[Any]:
    """Hold a lock file; the system frees it when the process ends, however it ends.

    Parameters
    ----------
    path : pathlib.Path
        The file is made if it is missing, and removed when it is let go.
    wait : bool
        Whether to wait for the holder.

    Yields
    ------
    file
        The open lock file.

    Raises
    ------
    BlockingIOError
        If another process holds it and `wait` is False.
    """
    while True:
        with path.open("a+") as stream:
            lock_stream(stream, wait)
            if not _same_file(stream, path):  # removed by its last holder while we waited
                continue
            try:
                yield stream
            finally:
                with suppress(OSError):  # Windows keeps open files
                    path.unlink()
            return


def lock_stream(stream: Any, wait: bool = True) -> None:
    """Lock an open file until it is closed.

    Raises
    ------
    BlockingIOError
        If another process holds it and `wait` is False.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        mode = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined]
        while True:
            try:
                stream.seek(0)
                msvcrt.locking(stream.fileno(), mode, 1)  # type: ignore[attr-defined]
                return
            except OSError as error:  # LK_LOCK gives up after ten seconds
                if not wait:
                    raise BlockingIOError(str(error)) from error
    fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _same_file(stream: Any, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def prune(keep_days: float = KEEP_DAYS, keep_bytes: int = KEEP_BYTES) -> int:
    """Delete stored results that were not used for long, and what killed processes left behind.

    An entry that a running process holds stays.

    Parameters
    ----------
    keep_days : float
        Days since its last use for which an entry is kept.
    keep_bytes : int
        Size of all entries; beyond it those that were not used for longest go.

    Returns
    -------
    int
        Bytes that were freed.
    """
    folder = results_dir()
    if folder is None:
        return 0
    entries, freed, oldest = [], 0, time.time() - 86400 * keep_days
    for path in folder.glob("*.pkl"):
        with suppress(FileNotFoundError):
            status = path.stat()
            entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    for used, _, path in sorted(entries):
        if used < oldest or total > keep_bytes:
            gone = _remove(path)
            freed, total = freed + gone, total - gone
    for path in folder.glob("*.tmp"):
        freed += _remove(path)
    for path in folder.glob("*.lock"):
        with suppress(BlockingIOError), locked(path, wait=False):
            pass  # nobody holds it: it goes when it is let go
    return freed


def _remove(path: Path) -> int:
    """Delete a file unless its entry is held; return its size."""
    try:
        with locked(path.with_suffix(".lock"), wait=False):
            size = path.stat().st_size
            path.unlink()
            return size
    except (BlockingIOError, FileNotFoundError):
        return 0
