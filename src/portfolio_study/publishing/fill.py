"""Put what the build judged into the pages: sentences, verdicts, captions; no kernel is needed."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.coverage import check_chapter
from portfolio_study.ledger.records import read_records
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.ledger.tables import badge, verdict_table
from portfolio_study.ledger.words import fill_page
from portfolio_study.publishing.notebooks import Chapter

STUDIES = Path(__file__).resolve().parents[1] / "studies"


def check_book(chapters: Iterable[Chapter], root: Path, studies: Path = STUDIES) -> None:
    """Refuse chapters whose pages, claims and measures do not fit together, before any work.

    Parameters
    ----------
    chapters : iterable of Chapter
        Pages of the book; those without ``study`` in their front matter are left out.
    root : pathlib.Path
        The checkout.
    studies : pathlib.Path
        Folder of the studies.

    Raises
    ------
    LedgerError, BuildError
        Naming file and line.
    """
    own = [chapter for chapter in chapters if chapter.front]
    orders: dict[int, Path] = {}
    for chapter in own:
        order = chapter.front["order"]
        if order in orders:
            raise BuildError(f"{chapter.path} and {orders[order]} have the same order, {order}")
        orders[order] = chapter.path
    if own:
        ledger = load_ledger(root)
        for chapter in own:
            claims = root / "book" / "claims" / f"{chapter.name}.yml"
            check_chapter(ledger, chapter.name, chapter.path, claims, studies)


def fill(
    chapter: Chapter, notebook: Any, executed: Path, rows: Sequence[Mapping[str, Any]], root: Path
) -> Any:
    """Fill an executed page.

    Parameters
    ----------
    chapter : Chapter
        The page; one without ``study`` in its front matter is returned as it is.
    notebook : nbformat.NotebookNode
        Its executed notebook under its prose.
    executed : pathlib.Path
        File of the executed notebook, which holds the measured values.
    rows : sequence of mapping
        Judged rows of the run.
    root : pathlib.Path
        The checkout.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    LedgerError
        If the page speaks of a claim that its claims file does not have, or that has no sentence.
    """
    if not chapter.front:
        return notebook
    filled = copy.deepcopy(notebook)
    ledger = load_ledger(root).of_chapter(chapter.name)
    own = [dict(row) for row in rows if row["chapter"] == chapter.name]
    records = read_records(executed)

    def table() -> str:
        text = verdict_table(own, f"Verdicts of this chapter ({len(ledger.claims)} claims)")
        return f"```{{raw}} html\n{text}\n```"

    for cell in filled.cells:
        if cell.cell_type == "markdown":
            cell.source = fill_page(cell.source, chapter.name, ledger.sentences(), own, records, badge, table)
        else:
            _caption(cell)
    return filled


def _caption(cell: Any) -> None:
    """Give a cell that drew a declared figure its caption, anchor and alt text, and a fold its name."""
    if "hide-output" in cell.metadata.get("tags", ()):
        settings = cell.metadata.setdefault("mystnb", {})
        settings.setdefault("code_prompt_show", "Show the table")
        settings.setdefault("code_prompt_hide", "Hide the table")
    for output in cell.outputs:
        shown = output.get("metadata", {}).get(FIGURE_METADATA)
        if shown:
            settings = cell.metadata.setdefault("mystnb", {})
            settings["image"] = {"alt": shown["alt"]}
            settings["figure"] = {"caption": shown["caption"], "name": shown["name"]}
