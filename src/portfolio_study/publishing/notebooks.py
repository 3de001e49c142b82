"""Text notebooks: their parameters, their code, and new prose around old results."""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing import fast_nbformat as fast_nbformat
from portfolio_study.publishing.sealed import seal_of

#: Tags of a cell that change what its execution does; all others only change how it looks.
EXECUTION_TAGS = frozenset({"parameters", "raises-exception", "skip-execution"})
INJECTED = "injected-parameters"
#: Metadata that papermill and the page builder add, and that say nothing about a source.
STAMP_KEY = "portfolio_study"


@dataclass(frozen=True)
class Chapter:
    """A page of the book as its author wrote it.

    Attributes
    ----------
    page : str
        Entry of ``_toc.yml``, e.g. ``book/arima``.
    path : pathlib.Path
        The text notebook.
    notebook : nbformat.NotebookNode
        Its cells, without outputs.
    """

    page: str
    path: Path
    notebook: Any

    @property
    def name(self) -> str:
        """Short name, e.g. ``arima``."""
        return self.path.stem

    @cached_property
    def code(self) -> list[tuple[str, tuple[str, ...]]]:
        """Source and execution tags of every code cell, in order."""
        return [
            (cell.source, tuple(sorted(EXECUTION_TAGS & set(cell.metadata.get("tags", [])))))
            for cell in self.notebook.cells
            if cell.cell_type == "code"
        ]

    @property
    def has_code(self) -> bool:
        """Whether the page has anything to execute."""
        return bool(self.code)

    @property
    def front(self) -> dict[str, Any]:
        """``study`` of the front matter: the chapter's paper, order, title, sample, windows; empty without."""
        return dict(self.notebook.metadata.get("study") or {})

    @property
    def windows(self) -> dict[str, str]:
        """``windows`` of the front matter: what each parameter that is a length of time means for the prices.

        ``estimation``: a window of returns in which a model or variance is estimated for every asset;
        ``monthly``: the same, in its place, where prices are monthly; ``other``: of anything else.
        """
        return dict(self.front.get("windows") or {})

    @property
    def scale(self) -> dict[str, dict[str, Any]]:
        """``scale`` of the front matter: for each profile the parameters that differ from the page's."""
        return {str(k): dict(v or {}) for k, v in (self.notebook.metadata.get("scale") or {}).items()}

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Names and default values of the cell tagged ``parameters``.

        Raises
        ------
        BuildError
            If the cell holds more than assignments of literals to names, or there are two.
        """
        cells = [source for source, tags in self.code if "parameters" in tags]
        if len(cells) > 1:
            raise BuildError(f"{self.path}: {len(cells)} cells are tagged `parameters`, only one may be")
        return _assignments(cells[0], self.path) if cells else {}


def _assignments(source: str, path: Path) -> dict[str, Any]:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise BuildError(f"{path}: the parameters cell is not valid Python: {error}") from error
    found: dict[str, Any] = {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Name):
            raise BuildError(f"{path}: line {node.lineno} of the parameters cell is not `name = value`")
        try:
            found[target.id] = ast.literal_eval(node.value)
        except ValueError as error:
            raise BuildError(
                f"{path}: parameter {target.id} must be a plain value (number, text, list, None)"
            ) from error
    return found


def read_chapter(page: str, path: Path) -> Chapter:
    """Read a text notebook.

    Parameters
    ----------
    page : str
        Entry of ``_toc.yml``.
    path : pathlib.Path
        MyST Markdown file.

    Raises
    ------
    BuildError
        If the file is no UTF-8 text or no text notebook.
    """
    import jupytext

    try:
        text = path.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="md:myst" if "{code-cell}" in text else "md")
    except Exception as error:  # jupytext raises many kinds; each means that the file cannot be read
        raise BuildError(f"{path} is not a readable text notebook: {error}") from error
    for number, cell in enumerate(notebook.cells):  # jupytext draws them at random
        cell["id"] = f"cell-{number}"
    _check_front(notebook.metadata, path, text)
    return Chapter(page, path, notebook)


FRONT = {"study": ("paper", "order", "title", "sample", "histories", "further", "windows"), "scale": None}
FURTHER = ("economy",)  # what a chapter may be given besides prices
WINDOW_KINDS = ("estimation", "monthly", "other")


def _check_front(metadata: Any, path: Path, text: str) -> None:
    """Refuse unknown or malformed fields of the front matter, with file and line."""

    def line(word: str) -> str:
        found = re.search(rf"^\s*{re.escape(word)}\b", text, re.MULTILINE) or re.search(re.escape(word), text)
        return f"{path}, line {text.count(chr(10), 0, found.start()) + 1}" if found else str(path)

    for name, known in FRONT.items():
        given = metadata.get(name)
        if given is None:
            continue
        if not isinstance(given, dict):
            raise BuildError(f"{line(name)}: `{name}` of the front matter must hold `name: value` pairs")
        if known is not None:
            for field in given:
                if field not in known:
                    raise BuildError(
                        f"{line(str(field))}: unknown field {field!r} of `{name}`; known: {', '.join(known)}"
                    )
        elif not all(isinstance(values, dict) for values in given.values()):
            raise BuildError(
                f"{line(name)}: `scale` must hold, for each profile, parameters and their values"
            )
    windows = (metadata.get("study") or {}).get("windows") or {}
    if not isinstance(windows, dict) or not set(windows.values()) <= set(WINDOW_KINDS):
        raise BuildError(
            f"{line('windows')}: `windows` must hold parameters, each {', '.join(WINDOW_KINDS)}; got {windows!r}"
        )
    further = (metadata.get("study") or {}).get("further") or []
    if not isinstance(further, list) or not set(further) <= set(FURTHER):
        raise BuildError(
            f"{line('further')}: `further` must be a list of {', '.join(FURTHER)}; got {further!r}"
        )
    order = (metadata.get("study") or {}).get("order")
    if "study" in metadata and (not isinstance(order, int) or isinstance(order, bool)):
        raise BuildError(f"{line('study')}: `study` needs an order, a whole number; got {order!r}")


def read_executed(path: Path) -> Any:
    """Read an executed notebook.

    Raises
    ------
    BuildError
        If it is damaged.
    """
    import nbformat

    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception as error:
        raise BuildError(f"{path} is damaged: delete it and build again ({error})") from error


def merge_prose(chapter: Chapter, executed: Any) -> Any:
    """Put the results of an executed notebook under the prose of its source, without a kernel.

    Parameters
    ----------
    chapter : Chapter
        The source as it is now.
    executed : nbformat.NotebookNode
        Result of executing a source with the same code cells.

    Returns
    -------
    nbformat.NotebookNode
        Cells and cell metadata of the source, outputs of the executed notebook; the cell with
        the injected parameters stays where papermill put it.

    Raises
    ------
    BuildError
        If the code cells differ: such results belong to other code.
    """
    import copy

    merged = copy.deepcopy(chapter.notebook)
    old_cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    injected = [cell for cell in old_cells if INJECTED in cell.metadata.get("tags", [])]
    results = [cell for cell in old_cells if INJECTED not in cell.metadata.get("tags", [])]
    new_cells = [cell for cell in merged.cells if cell.cell_type == "code"]
    if [c.source for c in new_cells] != [c.source for c in results]:
        raise BuildError(f"the stored results of {chapter.page} belong to other code")
    for new, old in zip(new_cells, results, strict=True):
        new.outputs, new.execution_count = old.outputs, old.execution_count
    if injected:
        tagged = [i for i, cell in enumerate(merged.cells) if "parameters" in cell.metadata.get("tags", [])]
        merged.cells[tagged[0] + 1 if tagged else 0 : tagged[0] + 1 if tagged else 0] = injected
    merged.metadata = copy.deepcopy(executed.metadata)
    return merged


def sealed(notebook: Any) -> str:
    """Text of an executed notebook that says what its cells hold: see `intact`."""
    import nbformat

    cells = json.loads(nbformat.writes(notebook))["cells"]
    notebook.metadata[STAMP_KEY]["seal"] = seal_of(cells)
    return str(nbformat.writes(notebook))


def intact(path: Path, stamp: str) -> bool:
    """Whether an executed notebook has this stamp and holds what was written; False where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        made = content["metadata"][STAMP_KEY]
        return bool(made["stamp"] == stamp and made["seal"] == seal_of(content["cells"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def stamped(path: Path) -> dict[str, Any]:
    """Return what the run wrote about an executed notebook (stamp, parameters, seconds, ...).

    Reads plain JSON, because this is asked when there is nothing else to do.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return dict(content["metadata"][STAMP_KEY])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(f"{path} is damaged: delete it and build again ({error})") from error


def excerpt(source: str, lines: int = 8) -> str:
    """Return the first lines of a cell, indented, for an error message."""
    shown = source.rstrip().splitlines()
    more = ["..."] if len(shown) > lines else []
    return "\n".join(f"    {line}" for line in [*shown[:lines], *more])


def plain_traceback(traceback: Sequence[str]) -> str:
    """Return a kernel's traceback without terminal colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
