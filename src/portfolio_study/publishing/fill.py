"""Put what the build judged into the pages: sentences, verdicts, captions; no kernel is needed."""

import copy
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.claims import MAIN, UNJUDGED, Ledger, load_ledger
from portfolio_study.ledger.judge import counts
from portfolio_study.ledger.marks import MARKS, badge
from portfolio_study.ledger.pages import stored_reference
from portfolio_study.ledger.records import read_records
from portfolio_study.ledger.rules import CHECKS
from portfolio_study.ledger.shown import plain_text
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.ledger.tables import (
    REFERENCE_RUN,
    SCRIPT,
    Beside,
    card,
    claims_and_questions,
    data_caveat,
    family_size,
    intervals_table,
    settles_line,
    verdict_table,
)
from portfolio_study.ledger.words import fill_page
from portfolio_study.publishing import errata_places
from portfolio_study.publishing.code_links import link_drawing, number_code
from portfolio_study.publishing.downloads import TAKE_AWAY
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import Chapter, stamped
from portfolio_study.publishing.prices_in_words import prices_in_words

MOST_LETTERS = 90  # of a caption that names a fold
PAPERS = re.compile(r"^\{papers\}$", re.MULTILINE)
OWN_CAPTION = re.compile(r"<figcaption>.*?</figcaption>(?=</figure>\s*\Z)", re.DOTALL)
#: A parameter of the page as this build ran it, in its prose: ``{parameter}`window```.
PARAMETER = re.compile(r"\{parameter\}`(?P<name>\w+)`")


def fill(
    chapter: Chapter,
    notebook: Any,
    executed: Path,
    rows: Sequence[Mapping[str, Any]],
    root: Path,
    data: Mapping[str, Any] | None = None,
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
    data : mapping, optional
        What the prices of the run are (see `run_prices.resolve_data`): the prose may name them.

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
        if cell.cell_type == "code":
            link_drawing(cell, chapter.name)
            name_parts(cell)
        elif PAPERS.search(cell.source):
            cell.source = PAPERS.sub(lambda _: papers_table(root), cell.source)
    if not chapter.front:
        return filled
    ledger = load_ledger(root).of_chapter(chapter.name)
    own = [dict(row) for row in rows if row["chapter"] == chapter.name]
    records = read_records(executed)
    used = chapter.parameters | stamped(executed)["parameters"]

    def table() -> str:
        caption = f"Verdicts of this chapter ({claims_and_questions(judged)})"
        return raw(
            verdict_table(
                judged,
                ". ".join(part for part in (caption, data_caveat(judged)) if part),
                beside=Beside.of(REFERENCE_RUN, reference["verdicts"]) if reference else None,
            )
            + SCRIPT
        )

    judged = [row for row in own if row["kind"] not in UNJUDGED]
    roles = {
        "verdict": lambda row: badge(row["verdict"], row["weak"]),
        "settles": lambda row: settles_line(row, [r for r in own if r["id"] == row["id"] and r is not row]),
        "card": lambda row: raw(card(own, row["id"], family_size(own, row))),
    }
    reference = stored_reference()
    lines = {
        "opening": lambda: raw(opening(judged, ledger) + in_the_reference(own, reference)),
        "verdicts": table,
    }
    for cell in filled.cells:
        if cell.cell_type == "markdown":
            cell.source = prices_in_words(cell.source, chapter.name, data, root)
            cell.source = PARAMETER.sub(lambda match: _told(used[match["name"]]), cell.source)
            cell.source = errata_places.LINE.sub(
                lambda line: raw(errata_places.errata_line(line["ids"], ledger.errata)), cell.source
            )
            cell.source = fill_page(
                cell.source,
                chapter.name,
                ledger.sentences(),
                own,
                records,
                roles,
                lines,
                lambda drawn: raw(intervals_table(drawn)),
                lambda names: number_code(names, chapter.name),
            )
    return filled


def _told(value: Any) -> str:
    """A parameter in prose: a number with its thousands apart, a list as one."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_told, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def raw(text: str) -> str:
    """HTML as a block of a page; no word in it can end the block."""
    return f"```{{raw}} html\n{text.replace('`', '&#96;')}\n```"


def opening(rows: Sequence[dict[str, Any]], ledger: Ledger) -> str:
    """The line under a chapter's title: its papers, and how its claims came out by kind of check.

    Parameters
    ----------
    rows : sequence of mapping
        Judged rows of the chapter.
    ledger : Ledger
        Of the chapter.
    """
    numbers = dict.fromkeys(row["paper"] for row in rows)
    told = "; ".join(
        f"Text {html.escape(paper.id)}: {_reference(paper.reference or paper.title)}"
        for paper in ledger.papers
        if paper.id in numbers
    )
    tallies = []
    for check in (*CHECKS, ""):
        came = {verdict: n for verdict, n in counts(rows, check).items() if n}
        if came:
            marks = ", ".join(
                f"{MARKS[verdict].symbol}&nbsp;{n} {html.escape(verdict)}" for verdict, n in came.items()
            )
            tallies.append(f"<strong>{check.capitalize() or 'Not judged'}:</strong> {marks}")
    chapter = next((row["chapter"] for row in rows), "")
    link = (
        " (whole statements: claims of one table or sentence count once; "
        f'<a href="#{chapter.replace("_", "-")}-verdicts">each claim with its evidence</a>)'
        if rows
        else ""
    )
    away = f'<a href="#{TAKE_AWAY}">Take it away</a>: notebook and results'
    return f'<p class="opening">{told}<br>{" · ".join(tallies)}{link}<br>{away}</p>'


def in_the_reference(rows: Sequence[dict[str, Any]], reference: Mapping[str, Any] | None) -> str:
    """What the reference run found for the chapter's main claim, where this build says something else.

    Parameters
    ----------
    rows : sequence of mapping
        Judged rows of the chapter, in this build.
    reference : mapping or None
        The stored run.
    """
    leading = [row for row in rows if row["headline"] and row["primary"]]
    leading.sort(key=lambda row: row["headline"] != MAIN)
    then = {row["id"]: row for row in (reference or {"verdicts": []})["verdicts"] if row["primary"]}
    for row in leading:
        told = then.get(row["id"], {}).get("sentence")
        if told:
            found = then[row["id"]]
            same = all(found.get(field) == row.get(field) for field in ("verdict", "value", "interval"))
            if same or told == row.get("sentence"):
                return ""
            return (
                '<p class="opening"><strong>The <a href="index.html">reference run</a> says:</strong> '
                f"{badge(found['verdict'], found['weak'])} {html.escape(plain_text(told))}</p>"
            )
    return ""


def _reference(text: str) -> str:
    """The first part of a reference in MyST as HTML: emphasis stays, citations and explanations go."""
    first = re.sub(r"\s*\{cite[:\w]*\}`[^`]*`", "", text).split(":")[0]
    plain = html.escape(plain_text(first, emphasis=True))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", plain)


def papers_table(root: Path) -> str:
    """Table of the papers, each with the chapters whose claims are its own, in MyST."""
    ledger = load_ledger(root)
    pages = Layout(root, root / "build").pages()
    rows = [("number", "paper", "chapters")]
    for paper in ledger.papers:
        names = {claim.chapter for claim in ledger.claims if claim.paper == paper.id}
        links = [
            f"[{_title(root / f'{page}.md')}]({chapter_name(page)}.md)"
            for page in pages
            if chapter_name(page) in names
        ]
        rows.append((paper.id, paper.reference or paper.title, "; ".join(links)))
    cells = "\n".join(
        "\n".join(f"{'*' if k == 0 else ' '} - {cell}" for k, cell in enumerate(row)) for row in rows
    )
    return f"```{{list-table}}\n:header-rows: 1\n:stub-columns: 1\n\n{cells}\n```"


def _title(page: Path) -> str:
    """First heading of a page."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip() if found else page.stem


def name_parts(cell: Any) -> None:
    """Give a cell that drew a declared figure its caption, anchor and alt text, and a fold its name."""
    if "hide-output" in cell.metadata.get("tags", ()):
        settings = cell.metadata.setdefault("mystnb", {})
        tables = (o.get("metadata", {}).get("text/html", {}).get(TABLE_METADATA) for o in cell.outputs)
        captions = [found["caption"] for found in tables if found]
        named = (
            f"Table: {shorten(captions[0], MOST_LETTERS, placeholder=' …')}" if captions else "Show the table"
        )
        settings.setdefault("code_prompt_show", named)
        settings.setdefault("code_prompt_hide", "Hide the table")
    for output in cell.outputs:
        metadata = output.get("metadata", {})
        drawn = metadata.get("text/html", {}).get(FIGURE_METADATA)  # by plotly, with its own description
        shown = drawn or metadata.get(FIGURE_METADATA)
        if shown:
            settings = cell.metadata.setdefault("mystnb", {})
            settings["figure"] = {"caption": shown["caption"], "name": shown["name"]}
        if drawn:  # the page's caption has a number, and replaces that of the notebook
            output["data"]["text/html"] = OWN_CAPTION.sub("", "".join(output["data"]["text/html"]))
        elif shown:
            settings["image"] = {"alt": shown["alt"]}
