"""Golden notebooks: every chapter executed with the smoke profile, kept for regression tests."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from portfolio_study.errors import UnknownNameError
from portfolio_study.ledger.records import METADATA
from portfolio_study.network_engine import EACH
from portfolio_study.publishing.execute import Job, Progress, execute_all, prepared
from portfolio_study.publishing.kernels import at_once, kernel_environment
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import EXECUTION_TAGS, Chapter, read_chapter, read_executed
from portfolio_study.publishing.profiles import RunRequest, RunSettings, chapter_parameters, complete
from portfolio_study.publishing.publish import write_json

PROFILE = "smoke"
#: What of a record is compared, see `compare.compare_records`: its value, and where there are any, these.
IF_ANY = ("unit", "se")
#: A line of the file: a line of code, or a record.
LEVELS = 4


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
    """Environment of the kernels: stored computations and snapshots off, networks by the reference engine."""
    return kernel_environment(layout, workers, None, EACH) | {"STUDY_REFRESH": "1"}


def golden_sources(chapter: Chapter, settings: RunSettings) -> list[str]:
    """Code cells that a golden notebook must have: the chapter's and the injected parameters."""
    notebook = prepared(chapter, golden_parameters(chapter, settings))
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def slimmed(executed: Any) -> dict[str, Any]:
    """Keep what the regression tests execute and compare: code, and the value and error of each record.

    Parameters
    ----------
    executed : nbformat.NotebookNode
        An executed notebook, slimmed already or not.

    Returns
    -------
    dict
        A notebook of format 4.4: its cells have no identifiers, so that a new one changes no others.
    """
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {"tags": tags} if (tags := _execution_tags(cell)) else {},
            "source": cell.source.splitlines(keepends=True),
            "outputs": [
                {"output_type": "display_data", "data": {}, "metadata": {METADATA: kept}}
                for kept in map(_compared, cell.outputs)
                if kept
            ],
        }
        for cell in executed.cells
        if cell.cell_type == "code"
    ]
    kernel = {name: executed.metadata[name] for name in ("kernelspec",) if name in executed.metadata}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": cells}


def _execution_tags(cell: Any) -> list[str]:
    return [tag for tag in cell.metadata.get("tags", ()) if tag in EXECUTION_TAGS]


def _compared(output: Any) -> dict[str, Any]:
    """Fields of a record that are compared; none for any other output."""
    record = output.get("metadata", {}).get(METADATA)
    if record is None:
        return {}
    found = {name: record[name] for name in IF_ANY if record.get(name) not in (None, "")}
    return {"key": record["key"], "value": record["value"], **found}


def store_golden(path: Path, executed: Any) -> None:
    """Write an executed notebook as a golden one."""
    write_json(path, slimmed(executed), LEVELS)


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
            store_golden(path, read_executed(job.output))
            stored.append(path)
    for path in golden_path(layout, "x").parent.glob("*.ipynb"):
        if not list(names) and path.stem not in chapters:
            path.unlink()
    return stored
