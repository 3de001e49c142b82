"""Rows of the ledger as HTML: badges of verdicts, and the table of a chapter or paper."""

import html
from collections.abc import Iterable

from portfolio_study.ledger import rules
from portfolio_study.ledger.judge import Row

# Shape and text as well as colour: a badge reads the same in grey.
BADGES = {
    rules.REPRODUCED: ("reproduced", "✔"),
    rules.NOT_REPRODUCED: ("fails", "✘"),
    rules.HOLDS: ("direction", "↑"),
    rules.DOES_NOT_HOLD: ("fails", "✘"),
    rules.CANNOT_BE_TOLD: ("open", "≈"),
    rules.TRUE_HERE: ("direction", "↑"),
    rules.FALSE_HERE: ("fails", "✘"),
    rules.PROVEN: ("reproduced", "✔"),
    rules.CHECKED: ("reproduced", "✓"),
    rules.ERRATUM: ("erratum", "≠"),
    rules.DEPENDS: ("open", "⇄"),
    rules.NOT_DEFINED: ("untestable", "?"),
    rules.LACKS_DATA: ("untestable", "–"),
    rules.NOT_PRINTED: ("untestable", "–"),
    rules.NO_VERDICT: ("untestable", "·"),
}
READING_NAMES = {"as_published": "as published", "corrected": "corrected", "also_asked": "also asked"}


def badge(verdict: str, weak: bool = False) -> str:
    """HTML of a verdict: symbol, words and colour; a test that could not have answered no says so."""
    style, symbol = BADGES[verdict]
    words = f"{verdict}: test too weak" if weak and verdict == rules.CANNOT_BE_TOLD else verdict
    return f'<span class="verdict verdict-{style}">{symbol}&nbsp;{html.escape(words)}</span>'


def _value(row: Row) -> str:
    value, interval = row["value"], row["interval"]
    if value is None or isinstance(value, str):
        return html.escape(value or "–")
    if isinstance(value, bool):
        return "holds" if value else "fails"
    shown = f"{value:.4g}"
    return shown if interval is None else f"{shown} [{interval[0]:.3g}, {interval[1]:.3g}]"


def verdict_table(rows: Iterable[Row], caption: str, link: str | None = None) -> str:
    """HTML table of ledger rows: claim, paper's value, ours under each reading, verdict, reason.

    Parameters
    ----------
    rows : iterable of dict
        Rows of the ledger, the readings of a claim next to each other.
    caption : str
    link : str, optional
        Pattern of a link to the proof, e.g. ``"{page}.html#{anchor}"``.
    """
    columns = ("Claim", "Paper's value", "Ours [95 % interval, widened for its family]", "Verdict", "Why")
    body, previous = [], None
    for row in rows:
        statement, paper = html.escape(row["statement"]), html.escape(str(row["paper_value"] or "–"))
        where = f"{row['place']}, lines {row['lines']}" if row.get("lines") else row["place"]
        place = html.escape(f"paper {row['paper']}, {where}")
        if link is not None:
            page, anchor = row["where"].split("#", 1)
            statement = f'<a href="{link.format(page=page, anchor=anchor)}">{statement}</a>'
        claim = f"{statement}<br><small>{place}</small>" if row["id"] != previous else ""
        previous = row["id"]
        reading = READING_NAMES[row["reading"]] + (", counts" if row.get("counts", row["primary"]) else "")
        unit = f"<br><small>{html.escape(row['unit'])}</small>" if row["unit"] else ""
        why = html.escape("; ".join(part for part in (row["reading_note"], row["reason"]) if part))
        if row["materiality"]:
            why += f"<br><small>What it changes: {html.escape(row['materiality'])}</small>"
        if row["detectable"] is not None:
            why += f"<br><small>Detectable with 80 % power: {row['detectable']:.3g}</small>"
        if row["evidence"]:
            why += f"<br><small>Evidence: {row['evidence']}</small>"
        ours = f"{_value(row)}{unit}<br><small>{reading}</small>"
        cells = (claim, paper, ours, badge(row["verdict"], row.get("weak", False)), why)
        body.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        f'<div class="table-scroll"><table class="study verdicts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
