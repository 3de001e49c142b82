"""Put what the build judged into the pages: sentences, verdicts, captions; no kernel is needed."""

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.records import read_records
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.ledger.tables import badge, verdict_table
from portfolio_study.ledger.words import fill_page
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import Chapter

PAPERS = re.compile(r"^\{papers\}$", re.MULTILINE)


def fill(
    chapter: Chapter, notebook: Any, executed: Path, rows: Sequence[Mapping[str, Any]], root: Path
) -> Any:
    """Fill an executed page.

    Parameters
    ----------
    chapter : Chapter
        The page; of one without ``study`` in its front matter only a line ``{papers}`` is filled.
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
    filled = copy.deepcopy(notebook)
    for cell in filled.cells:
        if cell.cell_type == "markdown" and PAPERS.search(cell.source):
            cell.source = PAPERS.sub(lambda _: papers_table(root), cell.source)
    if not chapter.front:
        return filled
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


def papers_table(root: Path) -> str:
    """Table of the papers, each with the chapters whose claims are its own, in MyST."""
    ledger = load_ledger(root)
    pages = Layout(root, root / "build").pages()
    lines = ["| number | paper | chapters |", "| --- | --- | --- |"]
    for paper in ledger.papers:
        names = {claim.chapter for claim in ledger.claims if claim.paper == paper.id}
        links = [
            f"[{_title(root / f'{page}.md')}]({chapter_name(page)}.md)"
            for page in pages
            if chapter_name(page) in names
        ]
        lines.append(f"| {paper.id} | {paper.reference or paper.title} | {'; '.join(links)} |")
    return "\n".join(lines)


def _title(page: Path) -> str:
    """First heading of a page."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip().replace("|", "\\|") if found else page.stem


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
