"""Rows of the ledger as HTML: badges of verdicts, and the table of a chapter or paper."""

import html
from collections.abc import Iterable

from portfolio_study.ledger import rules
from portfolio_study.ledger.judge import Row

# Shape and text as well as colour: a badge reads the same in grey.
BADGES = {
    rules.REPRODUCED: ("reproduced", "✔"),
    rules.DIRECTION_HOLDS: ("direction", "↑"),
    rules.DOES_NOT_HOLD: ("fails", "✘"),
    rules.INCONCLUSIVE: ("open", "≈"),
    rules.ERRATUM: ("erratum", "≠"),
    rules.NOT_TESTABLE: ("untestable", "–"),
}
READING_NAMES = {"as_published": "as published", "corrected": "corrected"}


def badge(verdict: str) -> str:
    """HTML of a verdict: symbol, words and colour."""
    style, symbol = BADGES[verdict]
    return f'<span class="verdict verdict-{style}">{symbol}&nbsp;{html.escape(verdict)}</span>'


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
        place = html.escape(f"paper {row['paper']}, {row['place']}")
        if link is not None:
            page, anchor = row["where"].split("#", 1)
            statement = f'<a href="{link.format(page=page, anchor=anchor)}">{statement}</a>'
        claim = f"{statement}<br><small>{place}</small>" if row["id"] != previous else ""
        previous = row["id"]
        reading = READING_NAMES[row["reading"]] + (", counts" if row["primary"] else "")
        unit = f"<br><small>{html.escape(row['unit'])}</small>" if row["unit"] else ""
        why = html.escape("; ".join(part for part in (row["reading_note"], row["reason"]) if part))
        if row["materiality"]:
            why += f"<br><small>What it changes: {html.escape(row['materiality'])}</small>"
        if row["detectable"] is not None:
            why += f"<br><small>Detectable with 80 % power: {row['detectable']:.3g}</small>"
        if row["evidence"]:
            why += f"<br><small>Evidence: {row['evidence']}</small>"
        ours = f"{_value(row)}{unit}<br><small>{reading}</small>"
        cells = (claim, paper, ours, badge(row["verdict"]), why)
        body.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        f'<div class="table-scroll"><table class="study verdicts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
