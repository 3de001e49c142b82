"""Rows of the ledger as HTML: badges of verdicts, and the table of a chapter or paper."""

import html
import math
import re
from collections.abc import Iterable

from portfolio_study.ledger import rules
from portfolio_study.ledger.citation import read_citation
from portfolio_study.ledger.judge import Row
from portfolio_study.settings import project_root

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


def shown_number(value: float, like: str | None = None) -> str:
    """A number with two significant digits, or as many as the paper prints, and never an exponent that can be spared.

    Parameters
    ----------
    value : float
    like : str, optional
        The number that the paper prints.
    """
    digits = 2
    if like is not None:
        printed = re.sub(r"[eE].*$", "", re.sub(r"[^0-9.eE+-]", "", like)).lstrip("+-0.").replace(".", "")
        digits = max(2, len(printed))
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 6:
        return f"{value:,.{max(0, digits - 1 - size)}f}"
    return f"{value:.{digits - 1}e}"


def _value(row: Row) -> str:
    value, interval = row["value"], row["interval"]
    if value is None or isinstance(value, str):
        return html.escape(value or "–")
    if isinstance(value, bool):
        return "holds" if value else "fails"
    if isinstance(value, int):
        return f"{value:,}"
    if interval is None:
        return shown_number(value, row["paper_value"])
    ends = " to ".join(shown_number(end) for end in interval)
    return f"{shown_number(value, row['paper_value'])}<br><small>[{ends}]</small>"


def _reading(row: Row) -> str:
    """One reading that does not count, in a line of the fold."""
    name = READING_NAMES[row["reading"]]
    note = f" ({html.escape(row['reading_note'])})" if row["reading_note"] else ""
    value = f": {_value(row).replace('<br>', ' ')}" if row["value"] is not None else ""
    return f"<li><em>{name}</em>{note}{value}, {html.escape(row['verdict'])}. {html.escape(_sentence(row['reason']))}</li>"


def plain_text(text: str) -> str:
    """Text of a page without the marks of formulas and citations, for a table in HTML."""
    text = re.sub(r"\{[\w:]+\}`([^`]*)`", r"\1", text)
    return re.sub(r"\$([^$]*)\$", lambda m: re.sub(r"\\([a-zA-Z]+) ?", r"\1 ", m[1]).replace(" ^", "^"), text)


def _sentence(text: str) -> str:
    """A reason as a sentence."""
    text = plain_text(text.strip())
    if not text:
        return ""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text[-1] in ".?!" else ".")


def _reported_at(row: Row) -> str:
    """Address of a report on a row's verdict, filled in; empty where no repository is configured."""
    citation = read_citation(project_root())
    return citation.wrong_verdict(row["id"], READING_NAMES[row["reading"]]) if citation else ""


def _code(text: str) -> str:
    """Show what stands between backticks, a command, as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", text)


def _fold(row: Row, others: list[Row]) -> str:
    """What stands behind a verdict: other readings, words of the text, data, test, measure."""
    facts = []
    if row.get("words"):
        where = f"lines {html.escape(str(row['lines']))}" if row.get("lines") else html.escape(row["place"])
        facts.append(f"<li>The text ({where}): “{html.escape(row['words'])}”</li>")
    if row.get("implied"):
        facts.append("<li>No text prints this number; what it prints gives it.</li>")
    if row["reading_note"]:
        facts.append(f"<li>Read {READING_NAMES[row['reading']]}: {html.escape(row['reading_note'])}</li>")
    facts += [_reading(other) for other in others]
    if row["detectable"] is not None:
        facts.append(f"<li>Detectable with 80 % power: {shown_number(row['detectable'])}</li>")
    if row["smallest_effect"]:
        facts.append(f"<li>Smallest effect that matters: {shown_number(row['smallest_effect'])}</li>")
    if row["evidence"]:
        kind, differs = row.get("check") or "not judged", row.get("differs")
        other = f": {html.escape(differs)}" if differs else ""
        facts.append(f"<li>Measured on {html.escape(row['evidence'])}{other} ({html.escape(kind)})</li>")
    if row["materiality"]:
        facts.append(f"<li>What it changes: {html.escape(row['materiality'])}</li>")
    if row["measured_by"]:
        key = html.escape(row["measured_by"])
        facts.append(f'<li>Computed by <a href="measures.html#{key}"><code>{key}</code></a></li>')
    if address := _reported_at(row):
        facts.append(f'<li><a href="{html.escape(address)}">This verdict is wrong: report it</a></li>')
    return f"<details><summary>more</summary><ul>{''.join(facts)}</ul></details>" if facts else ""


COLUMNS = ("Claim", "Paper", "Ours [interval of its family]", "Verdict", "Why")


def claim_rows(rows: Iterable[Row]) -> list[tuple[Row, list[Row]]]:
    """Rows by claim: the reading that counts, and the others."""
    claims: dict[str, list[Row]] = {}
    for row in rows:
        claims.setdefault(row["id"], []).append(row)
    found = []
    for readings in claims.values():
        first = next((row for row in readings if row["primary"]), readings[0])
        found.append((first, [row for row in readings if row is not first]))
    return found


def verdict_table(rows: Iterable[Row], caption: str, link: str | None = None) -> str:
    """HTML table of judged claims: one group of rows a claim, what lies behind it in a fold.

    Parameters
    ----------
    rows : iterable of dict
        Rows of the ledger.
    caption : str
    link : str, optional
        Pattern of a link to the proof, e.g. ``"{page}.html#{anchor}"``.
    """
    body = []
    for row, others in claim_rows(rows):
        statement, paper = html.escape(row["statement"]), html.escape(str(row["paper_value"] or "–"))
        where = f"{row['place']}, lines {row['lines']}" if row.get("lines") else row["place"]
        name = f"claim-{html.escape(row['id'])}"
        if link is not None:
            page, anchor = row["where"].split("#", 1)
            statement = f'<a href="{link.format(page=page, anchor=anchor)}">{statement}</a>'
        mark = f'<a class="permalink" href="#{name}" title="Link to this claim" aria-label="Link to this claim">¶</a>'
        place = html.escape(f"paper {row['paper']}, {where}")
        unit = f"<br><small>{html.escape(row['unit'])}</small>" if row["unit"] else ""
        why = html.escape(_sentence(row["reason"]))
        if row.get("who"):
            asked = "Settle it with" if row["verdict"] == rules.LACKS_DATA else "Who has them"
            why += f" {_code(html.escape(_sentence(f'{asked}: ' + row['who'])))}"
        data = {
            "paper": row["paper"], "verdict": row["verdict"], "chapter": row["chapter"],
            "check": row.get("check") or "not judged",
        }  # fmt: skip
        facets = "".join(f' data-{key}="{html.escape(str(value))}"' for key, value in data.items())
        body.append(
            f'<tbody id="{name}" class="claim"{facets}><tr><th scope="rowgroup">{statement} {mark}'
            f"<br><small>{place}</small></th><td>{paper}</td><td>{_value(row)}{unit}</td>"
            f"<td>{badge(row['verdict'], row.get('weak', False))}</td><td>{why}{_fold(row, others)}</td></tr></tbody>"
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    return (
        f'<div class="table-scroll"><table class="study verdicts"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>{''.join(body)}</table></div>"
    )
