"""What a reader can read while the first book is computed: the answers of the stored reference run, on one page."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.sealed import write_whole

NAME = "while-you-wait.html"
#: What leads into the book, which is not there yet: links, and the names that readers of a screen hear of them.
LINK = re.compile(r'</?a\b[^>]*>|<span class="visually-hidden">[^<]*</span>')
COLUMNS = ("Paper", "Claim", "Verdict", "What was found")
STYLE = "body { font: 16px/1.45 sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }"


def write_meanwhile(layout: Layout) -> str:
    """Write the page into the build folder, and return its path from there; empty without a stored reference run.

    It is made of what is stored with the book, so that it stands within seconds. The book replaces it
    (`forget_meanwhile`).

    Parameters
    ----------
    layout : Layout
        The checkout.
    """
    stored = layout.book / "reference" / "papers.json"
    if not stored.is_file():
        return ""
    style = layout.book / "_static" / "study.css"
    looks = style.read_text(encoding="utf-8") if style.is_file() else ""
    page = meanwhile(json.loads(stored.read_text(encoding="utf-8")), looks)
    write_whole(layout.build / NAME, page)
    return str(layout.build / NAME)


def forget_meanwhile(layout: Layout) -> None:
    """Delete the page: the book is there."""
    (layout.build / NAME).unlink(missing_ok=True)


def meanwhile(reference: Mapping[str, Any], looks: str) -> str:
    """HTML of the page: the main claim of each text, counts by kind of check, and every judged claim.

    Parameters
    ----------
    reference : mapping
        ``verdicts`` and ``run`` of a stored run.
    looks : str
        Style of the book's tables.
    """
    from portfolio_study.ledger import listings, marks, pages

    rows = reference["verdicts"]
    counts = pages.summary_table(rows).to_html(index=False, border=0, classes="study")
    told = (
        f"<h1>What the reference run found</h1><p>{pages.reference_sentence(reference)}</p>"
        "<p>Your own book is being computed. It replaces this page, has the evidence behind each row, and asks "
        "the same questions of your prices.</p>"
        f"{listings.answers_table(rows, run=listings.REFERENCE)}<h2>How the statements came out</h2>{counts}{marks.legend()}"
        f"<h2>Every judged claim</h2>{_claims(rows)}"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width"><title>What the reference run found</title>'
        f"<style>{looks}\n{STYLE}</style></head><body><main>{LINK.sub('', told)}</main></body></html>\n"
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
