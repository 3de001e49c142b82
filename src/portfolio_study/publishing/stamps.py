"""What a result was computed from, as one hash: the same stamp means the same result."""

import hashlib
import json
import platform
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import Chapter

PACKAGE = Path(__file__).resolve().parents[1]  # the code that runs
LENGTH = 20  # hexadecimal digits: 80 bits, no accidental collision


def digest(*parts: Any) -> str:
    """Hash plain values (text, numbers, lists, dicts, None) independent of the order of dict keys."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes (hexadecimal)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_digest(folder: Path, patterns: Iterable[str] = ("*",)) -> str:
    """Hash names and contents of the files below a folder, compiled files left out.

    Parameters
    ----------
    folder : pathlib.Path
        A missing folder has the digest of an empty one.
    patterns : iterable of str
        Names of the files that count.
    """
    found = {
        path.relative_to(folder).as_posix(): file_digest(path)
        for pattern in patterns
        for path in folder.rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    return digest(found)


def environment_digest(root: Path) -> str:
    """Hash the lock file, the installed packages, Python and the platform.

    The installed packages count beside the lock, because an active environment
    (``PYTHON=``) need not follow it.
    """
    installed = sorted(path.name for path in Path(sysconfig.get_paths()["purelib"]).glob("*.dist-info"))
    lock = root / "requirements.lock"
    return digest(
        file_digest(lock) if lock.is_file() else None,
        [name for name in installed if not name.startswith("portfolio_study")],
        sys.version,
        platform.system(),
        platform.machine(),
    )


def library_digest(root: Path) -> str:
    """Hash everything below ``src/portfolio_study``: any edit makes every result stale.

    The code that runs counts too, should it be installed elsewhere.
    """
    folders = {(root / "src" / "portfolio_study").resolve(), PACKAGE}
    return digest(sorted(tree_digest(folder) for folder in folders))


def ledger_digest(root: Path, chapter: str) -> str:
    """Hash the claims and errata that a chapter shows its verdicts from."""
    book = root / "book"
    files = [book / "claims.yml", book / "errata.yml", book / "claims" / f"{chapter}.yml"]
    return digest({path.name: file_digest(path) for path in files if path.is_file()})


def chapter_stamp(
    chapter: Chapter, parameters: Mapping[str, Any], data: str, base: str, ledger: str = ""
) -> str:
    """Stamp of an executed chapter.

    Parameters
    ----------
    chapter : Chapter
        Only its code cells count: prose is merged into results without a kernel.
    parameters : mapping
        Injected values.
    data : str
        SHA-256 of the prices of the run.
    base : str
        Hash of the library and the environment.
    ledger : str
        Hash of claims and errata (chapters) or of the verdicts (summary pages).
    """
    return digest(chapter.name, chapter.code, dict(parameters), data, base, ledger)


def book_digest(layout: Layout) -> str:
    """Hash every source that the site is made of besides the library: book/, configuration, contents."""
    roots = [layout.root / name for name in ("_config.yml", "_toc.yml")]
    return digest(
        tree_digest(layout.book),
        {path.name: file_digest(path) for path in roots if path.is_file()},
    )


def compiled_key(root: Path) -> str:
    """Key of the folder of machine code: modules with a compiled kernel and all that they import.

    numba notices neither a changed helper in another module nor a changed lock file, so code
    compiled from other sources must lie in another folder.
    """
    from portfolio_study.computations import import_closure

    compiled = [
        ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "numba" in path.read_text(encoding="utf-8")
    ]
    files = {path for module in compiled for path in import_closure(module)}
    found = {path.relative_to(PACKAGE).as_posix(): file_digest(path) for path in files}
    return digest(found, environment_digest(root))
