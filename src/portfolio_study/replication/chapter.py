"""How a chapter begins and ends: its data, and the verdicts on its claims."""

import html
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from portfolio_study.replication import verdicts as rules
from portfolio_study.replication.claims import load_ledger
from portfolio_study.replication.ledger import Row, judge_claims
from portfolio_study.replication.records import CHAPTER, open_chapter
from portfolio_study.settings import project_root

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


def begin_chapter(name: str, **request: Any) -> Any:
    """Open a chapter: load its prices, name its records, set the figures' style.

    Parameters
    ----------
    name : str
        Chapter, the prefix of its keys.
    **request
        Passed to `portfolio_study.data.load_prices` (source, universe, start,
        end, path, snapshot).

    Returns
    -------
    PriceHistory
    """
    from portfolio_study.data import load_prices
    from portfolio_study.figures import use_style

    prices = load_prices(**request)
    open_chapter(name, prices.sample())
    use_style()
    return prices


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


def show_verdicts(chapter: str) -> Any:
    """Judge the claims of the running chapter from the records made so far, as a table.

    Raises
    ------
    LedgerError
        If a claim's data are there and its value was not recorded.
    """
    from IPython.display import HTML

    ledger = load_ledger(project_root()).of_chapter(chapter)
    own = {} if CHAPTER.sample is None else {chapter: CHAPTER.sample}
    rows = judge_claims(ledger, CHAPTER.records, CHAPTER.whole or {}, own)
    return HTML(verdict_table(rows, f"Verdicts of this chapter ({len(ledger.claims)} claims)"))


def claimed(
    prefix: str, found: Mapping[str, Any], words: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """Put results under the sentences that they are evidence for.

    Parameters
    ----------
    prefix : str
        The result `name` was recorded as ``<prefix>.<name>``.
    found : mapping of str to any
        Results by name.
    words : callable, optional
        What a result without a claim is called; default its name with spaces.

    Returns
    -------
    dict of str to any
        The same results by the statement of the claim, with the note of its reading where there
        are several. A result without a claim goes by its name, as does the second of one sentence.
    """
    sentences: dict[str, str] = {}
    for claim in load_ledger(project_root()).claims:
        for reading in claim.readings.values():
            note = f" ({reading.note})" if reading.note and len(claim.readings) > 1 else ""
            sentences.setdefault(reading.measured_by, claim.statement + note)
    named: dict[str, Any] = {}
    for name, result in found.items():
        own = words(name) if words else name.replace("_", " ").replace(".", ", ")
        sentence = sentences.get(f"{prefix}.{name}", own)
        named[own if sentence in named else sentence] = result
    return named
