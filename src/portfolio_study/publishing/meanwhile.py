"""What a reader can read while the first book is computed.

The answers of the stored reference run stand on one page within seconds; each chapter that is computed adds
its tables and figures.
"""

import html
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import Chapter, read_executed
from portfolio_study.publishing.sealed import write_whole

NAME = "while-you-wait.html"
#: What leads into the book, which is not there yet: links, and the names that readers of a screen hear of them.
LINK = re.compile(r'</?a\b[^>]*>|<span class="visually-hidden">[^<]*</span>')
#: Level-two headings of a chapter, and those below.
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
READY = "<!-- chapters -->"
CHAPTERS = "while-you-wait"
COLUMNS = ("Paper", "Claim", "Verdict", "What was found")
STYLE = "body { font: 16px/1.45 sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }"


class Meanwhile:
    """The page, and one beside it for each chapter that is already computed: its tables and figures.

    Parameters
    ----------
    layout : Layout
        The checkout.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.page = layout.build / NAME
        self.chapters = layout.build / CHAPTERS
        self.reference: Mapping[str, Any] = {}
        self.looks = ""
        self.done: dict[str, str] = {}  # file of each chapter, and its title

    def begin(self) -> bool:
        """Write the page into the build folder; False without a stored reference run.

        It is made of what is stored with the book, so that it stands within seconds. The book replaces it
        (`forget_meanwhile`).
        """
        stored = self.layout.book / "reference" / "papers.json"
        if not stored.is_file():
            return False
        forget_meanwhile(self.layout)
        style = self.layout.book / "_static" / "study.css"
        self.looks = style.read_text(encoding="utf-8") if style.is_file() else ""
        self.reference = json.loads(stored.read_text(encoding="utf-8"))
        self._write()
        return True

    def add(self, chapter: Chapter, executed: Path) -> None:
        """Offer the tables and figures of a chapter that has been executed; nothing if the page is not shown.

        Parameters
        ----------
        chapter : Chapter
            Its source.
        executed : pathlib.Path
            Its executed notebook.
        """
        if not self.reference or "ledger" in chapter.parameters:
            return
        from portfolio_study.publishing.generated_pages import page_title

        title = page_title(chapter)
        self.chapters.mkdir(parents=True, exist_ok=True)
        page = self.chapters / f"{chapter.name}.html"
        write_whole(page, early_page(title, read_executed(executed), self.looks))
        self.done[page.relative_to(self.page.parent).as_posix()] = title
        self._write()

    def _write(self) -> None:
        write_whole(self.page, meanwhile(self.reference, self.looks, self.done))


def forget_meanwhile(layout: Layout) -> None:
    """Delete the pages: the book is there."""
    (layout.build / NAME).unlink(missing_ok=True)
    shutil.rmtree(layout.build / CHAPTERS, ignore_errors=True)


def early_page(title: str, notebook: Any, looks: str) -> str:
    """Headings, tables and pictures of an executed chapter as HTML; its text and what needs scripts come with the book.

    Parameters
    ----------
    title : str
        Of the chapter.
    notebook : nbformat.NotebookNode
    looks : str
        Style of the book's tables.
    """
    from portfolio_study.ledger.shown import plain_text

    parts = [
        f"<h1>{html.escape(title)}</h1><p>Tables and figures of this build; the text comes with the book. "
        f'<a href="../{NAME}">What the reference run found</a></p>'
    ]
    heading = ""  # below which nothing has come yet
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = (HEADING.findall(cell.source) or [heading])[-1]
        for output in cell.get("outputs", ()):
            if shown := _early(output):
                parts += [f"<h2>{html.escape(plain_text(heading))}</h2>"] if heading else []
                parts.append(shown)
                heading = ""
    return _document(title, "\n".join(parts), looks)


def _early(output: Any) -> str:
    from portfolio_study.ledger.study import FIGURE_METADATA

    content, facts = output.get("data", {}), output.get("metadata", {})
    if "application/papermill.record/text/plain" in content:
        return ""
    if picture := content.get("image/png"):
        alt = html.escape(str(facts.get(FIGURE_METADATA, {}).get("alt", "")))
        return f'<p><img alt="{alt}" style="max-width: 100%" src="data:image/png;base64,{picture}"></p>'
    table = "".join(content.get("text/html", ""))
    return table if "<table" in table and "<script" not in table else ""


def meanwhile(reference: Mapping[str, Any], looks: str, done: Mapping[str, str]) -> str:
    """HTML of the page: the main claim of each text, counts by kind of check, and every judged claim.

    Parameters
    ----------
    reference : mapping
        ``verdicts`` and ``run`` of a stored run.
    looks : str
        Style of the book's tables.
    done : mapping of str to str
        Pages of the chapters that are already computed, and their titles.
    """
    from portfolio_study.ledger import listings, marks, pages

    rows = reference["verdicts"]
    counts = pages.summary_table(rows).to_html(index=False, border=0, classes="study")
    told = (
        f"<h1>What the reference run found</h1><p>{pages.reference_sentence(reference)}</p>"
        "<p>Your own book is being computed. It replaces this page, has the evidence behind each row, and asks "
        "the same questions of your prices.</p>"
        f"{READY}"
        f"{listings.answers_table(rows, run=listings.REFERENCE)}<h2>How the statements came out</h2>{counts}{marks.legend()}"
        f"<h2>Every judged claim</h2>{_claims(rows)}"
    )
    # What leads into the book is not there yet.
    ready = f"<p>Already computed for your own book: {_links(done)}.</p>" if done else ""
    return _document("What the reference run found", LINK.sub("", told).replace(READY, ready), looks)


def _links(pages: Mapping[str, str]) -> str:
    return ", ".join(f'<a href="{path}">{html.escape(title)}</a>' for path, title in pages.items())


def _document(title: str, content: str, looks: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{looks}\n{STYLE}</style></head><body><main>{content}</main></body></html>\n"
    )


def _claims(rows: Iterable[Mapping[str, Any]]) -> str:
    from portfolio_study.ledger.marks import badge
    from portfolio_study.ledger.shown import plain_text, sentence

    body = "".join(
        f"<tr><td>{html.escape(row['paper'])}</td>"
        f'<th scope="row">{html.escape(plain_text(row["statement"]))}</th>'
        f"<td>{badge(row['verdict'], row.get('weak', False))}</td>"
        f"<td>{html.escape(plain_text(row.get('sentence') or sentence(str(row['reason'] or ''))))}</td></tr>"
        for row in rows
        if row["counts"]
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    return f'<table class="study"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
