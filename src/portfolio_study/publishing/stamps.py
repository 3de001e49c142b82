"""What a page and a run are made of, as one hash: the same stamp means the same result.

All hashing is that of `portfolio_study.store`; this module says what belongs into which stamp.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portfolio_study import store
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import Chapter
from portfolio_study.store import file_hash, fingerprint

LENGTH = 20  # hexadecimal digits: 80 bits, no accidental collision

#: Modules of `portfolio_study.publishing` that can change what a page computes: how a kernel is started
#: and given its parameters, its environment variables, and which cells are code. These files count, not
#: what they import. The other modules do not count: `profiles`, `profile_file`, `histories`, `price_folder` and
#: `run_prices` decide parameters and prices, which are in the stamp as values; `refuse_prices` refuses prices and
#: `check_sources` sources; `stamps`, `layout`, `publish`, `run` and `screen` say where a result is kept and
#: when it is made, `sealed` whether it is whole; `fill`, `downloads`, `api_pages`, `code_pages`, `generated_pages`, `stage`, `render`, `shrink_site`,
#: `finish`, `plain_formulas`, `check_site`, `serve`, `pdf` and `chromium` handle finished results; `provenance`, `reference`, `same_data`, `compare`,
#: `against`, `compare_page`, `one_claim`, `show_claim` and `golden` describe or compare them; `executor` says
#: where loops compute, not what; `fast_nbformat` and `environment` act before all this, and `new_paper`
#: before there is a page.
MACHINERY = ("execute", "kernels", "notebooks")


def digest(*parts: Any) -> str:
    """Fingerprint of plain values, as short as a file name wants it."""
    return fingerprint(parts)[:LENGTH]


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
        path.relative_to(folder).as_posix(): file_hash(path)
        for pattern in patterns
        for path in folder.rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    return digest(found)


def page_code(chapter: Chapter) -> str:
    """Hash of the library code that a page can reach, and of the machinery that executes it.

    Parameters
    ----------
    chapter : Chapter
        What its code cells import counts, and what those modules import in turn (see
        `portfolio_study.store.code_closure`); the rest of the library does not.
    """
    machinery = [store.PACKAGE / "publishing" / f"{name}.py" for name in MACHINERY]
    reached = store.code_closure(source for source, _ in chapter.code)
    return digest(store.files_key({*reached, *machinery}))


def chapter_stamp(
    chapter: Chapter,
    parameters: Mapping[str, Any],
    data: str,
    code: str,
    environment: str,
    ledger: str = "",
    files: Mapping[str, str] | None = None,
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
    code : str
        Hash of the code that it reaches (see `page_code`).
    environment : str
        Hash of lock file, installed packages, Python and platform.
    ledger : str
        Hash of claims and errata (chapters) or of the verdicts (summary pages).
    files : mapping, optional
        Hashes of the files that parameters name (see `parameter_files`).
    """
    given = [dict(parameters), dict(files or {})]
    return digest(chapter.name, chapter.code, given, data, code, environment, ledger)


def parameter_files(parameters: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Hashes of the files that parameters name, by that name: a reader's option chain, say.

    Parameters
    ----------
    parameters : mapping
        Defaults and injected values. The price file (``path``) is left out: the checksum of its prices
        stands for it.
    root : pathlib.Path
        Working folder of the kernels.
    """
    texts = {value for name, value in parameters.items() if isinstance(value, str) and name != "path"}
    return {text: found for text in texts if (found := given_file(text, root))}


def given_file(text: str, root: Path) -> str | None:
    """Hash of the file that a text names; None if it names none."""
    try:
        return file_hash(root / text) if (root / text).is_file() else None
    except (OSError, ValueError):  # text that cannot be the name of a file
        return None


def data_code() -> str:
    """Hash of the code that loads prices, and of the environment, whose packages carry some of them."""
    return store.source_key("portfolio_study.data.load")


def judging_code() -> str:
    """Hash of the code that judges the claims and describes a run, and of the environment."""
    return store.source_key("portfolio_study.ledger.judge", "portfolio_study.publishing.provenance")


def site_code() -> str:
    """Hash of all code that a published run depends on, and of the environment.

    Every module outside of `portfolio_study.publishing` counts, because some page may import it,
    and of that package what `portfolio_study.publishing.run` reaches: an edit to the server leaves
    a run up to date.
    """
    publishing = store.PACKAGE / "publishing"
    library = {path for path in store.PACKAGE.rglob("*") if _counts(path)}
    apart = {path for path in library if path.is_relative_to(publishing)}
    reached = store.import_closure("portfolio_study.publishing.run")
    return digest(store.files_key((library - apart) | set(reached)), store.environment_key())


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"


def ledger_digest(root: Path, chapter: Chapter) -> str:
    """Hash what a chapter's kernel takes from the claims.

    A study asks which of its measures the claims need and of which data, and which effects are the smallest
    that matter, for its tables of what half or twice of one would change; their wording, rules and
    verdicts meet the results later, without a kernel. A page without a study has no claims.
    """
    from portfolio_study.ledger.claims import load_ledger

    if not chapter.front:
        return digest([])
    ledger = load_ledger(root).of_chapter(chapter.name)
    needed = [(sorted(r.measured_by for r in c.readings.values()), c.needs) for c in ledger.claims]
    return digest(needed, ledger.smallest_effects)


def book_digest(layout: Layout) -> str:
    """Hash every source that the site is made of besides the library: book/, configuration, contents, changes."""
    names = ("_config.yml", "_toc.yml", "CITATION.cff", "CHANGELOG.md")
    roots = [layout.root / name for name in names]
    return digest(
        tree_digest(layout.book),
        {path.name: file_hash(path) for path in roots if path.is_file()},
    )


def compiled_key(root: Path) -> str:
    """Key of the folder of machine code: modules with a compiled kernel and all that they import.

    numba notices neither a changed helper in another module nor a changed lock file, so code
    compiled from other sources must lie in another folder.
    """
    imports = re.compile(rb"(?m)^\s*(?:from|import)\s+numba\b")
    compiled = [path for path in store.PACKAGE.rglob("*.py") if imports.search(path.read_bytes())]
    files = store.import_closure(*(store.module_name(path) for path in compiled))
    return digest(store.files_key(files), store.environment_key(root))
