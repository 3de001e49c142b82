"""Golden notebooks: every chapter executed with the smoke profile, kept for regression tests."""

import copy
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from portfolio_study.errors import UnknownNameError
from portfolio_study.publishing.execute import Job, Progress, execute_all, prepared
from portfolio_study.publishing.kernels import at_once, kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import STAMP_KEY, Chapter, read_chapter, read_executed
from portfolio_study.publishing.profiles import RunRequest, RunSettings, chapter_parameters, complete

PROFILE = "smoke"
#: Output types that are kept: records and small texts. Pictures differ between machines.
KEPT_TYPES = ("text/plain", "application/papermill.record/text/plain")


def golden_chapters(layout: Layout) -> list[Chapter]:
    """Chapters that have a golden notebook: those with code, the ledger's pages excepted."""
    chapters = [read_chapter(page, layout.source(page)) for page in layout.pages()]
    return [chapter for chapter in chapters if chapter.has_code and "ledger" not in chapter.parameters]


def golden_path(layout: Layout, name: str) -> Path:
    """File of a chapter's golden notebook."""
    return layout.root / "tests" / "golden" / f"{name}.ipynb"


def golden_settings(layout: Layout) -> RunSettings:
    """Scale of the golden notebooks."""
    return complete(RunRequest(profile=PROFILE), layout)


def golden_parameters(chapter: Chapter, settings: RunSettings) -> dict[str, Any]:
    """Values injected into a golden notebook: no snapshot, so that the loader is tested too."""
    return chapter_parameters(chapter, settings, settings.prices)


def golden_environment(layout: Layout, workers: int = 1) -> dict[str, str]:
    """Environment of the kernels: stored computations and snapshots off."""
    return kernel_environment(layout, workers, None) | {"STUDY_REFRESH": "1"}


def golden_sources(chapter: Chapter, settings: RunSettings) -> list[str]:
    """Code cells that a golden notebook must have: the chapter's and the injected parameters."""
    notebook = prepared(chapter, golden_parameters(chapter, settings))
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def slimmed(executed: Any) -> Any:
    """Keep the code cells, the records and the texts of an executed notebook."""
    notebook = copy.deepcopy(executed)
    notebook.metadata.pop(STAMP_KEY, None)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"code-{number}"
        cell.outputs = [
            output for output in cell.outputs if "data" in output or output.output_type == "stream"
        ]
        for output in cell.outputs:
            if "data" in output:
                output.data = {key: value for key, value in output.data.items() if key in KEPT_TYPES}
        cell.outputs = [output for output in cell.outputs if output.get("data", True)]
    return notebook


def regenerate(layout: Layout, names: Iterable[str] = (), progress: Progress = lambda *_: None) -> list[Path]:
    """Execute chapters with the smoke profile and store them below ``tests/golden``.

    Parameters
    ----------
    layout : Layout
        The checkout.
    names : iterable of str
        Chapters; default all. Without names, golden notebooks of chapters that are gone go too.
    progress : callable
        Told about cells.

    Returns
    -------
    list of pathlib.Path
        The stored notebooks.

    Raises
    ------
    UnknownNameError
        If a name is no chapter of the book.
    BuildError
        If a chapter fails; nothing is stored then.
    """
    import nbformat

    chapters = {chapter.name: chapter for chapter in golden_chapters(layout)}
    chosen = list(names) or list(chapters)
    for name in chosen:
        if name not in chapters:
            raise UnknownNameError("chapter", name, chapters)
    settings = golden_settings(layout)
    stored = []
    with tempfile.TemporaryDirectory() as scratch:
        jobs = [
            Job(
                chapters[name],
                golden_parameters(chapters[name], settings),
                "",
                Path(scratch) / f"{name}.ipynb",
            )
            for name in chosen
        ]
        environment = golden_environment(layout)
        execute_all(jobs, environment, layout.root, at_once(settings.chapters_at_a_time), progress)
        for job in jobs:
            path = golden_path(layout, job.chapter.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(nbformat.writes(slimmed(read_executed(job.output))) + "\n", encoding="utf-8")
            stored.append(path)
    for path in golden_path(layout, "x").parent.glob("*.ipynb"):
        if not list(names) and path.stem not in chapters:
            path.unlink()
    return stored
