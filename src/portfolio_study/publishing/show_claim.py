"""What `make claim` prints: a claim with its data, measure, interval, verdict and why."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from portfolio_study.ledger.claims import UNJUDGED, Claim, Erratum
from portfolio_study.ledger.judge import Row, family_sizes
from portfolio_study.ledger.shown import counted
from portfolio_study.ledger.sources import measure_place
from portfolio_study.ledger.tables import READING_NAMES, plain_text, shown_number
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.one_claim import Answer

LISTED = {
    "erratum": "an error of the text",
    "misprint": "a misprint of the text",
    "ambiguity": "an ambiguity or omission of the text",
    "withdrawn": "an erratum that was withdrawn: the mistake was ours",
}
NO_VERDICT_WORDS = {
    "definition": "a definition: nothing can be judged",
    "setting": "a setting that the text chooses: nothing can be judged",
    "opinion": "an opinion: nothing can be judged",
    "untestable": "nothing can be measured",
    "undefined": "the text does not define what would have to be measured",
}
NAME = 12  # columns of the names of the facts

Fact = tuple[str, str]


def claim_text(answer: Answer, layout: Layout, width: int = 100) -> str:
    """Everything about a claim, finding or erratum, as lines for a terminal.

    Parameters
    ----------
    answer : Answer
    layout : Layout
        Its stored references stand beside the verdict.
    width : int
        Columns.
    """
    asked = answer.asked
    if isinstance(asked, Claim):
        facts = _claim_facts(asked, answer, layout)
        title = f"{asked.id}: {asked.statement}"
    elif isinstance(asked, Erratum):
        title, facts = f"{asked.id}: {LISTED[asked.list]}, no claim", _erratum_facts(asked, answer)
    else:
        title = f"{asked.id}: a finding of this book, no claim of a text: it has no verdict"
        facts = [
            ("found", answer.sentence),
            ("scale", f"profile {answer.profile}"),
            _measure(asked.measured_by, layout),
        ]
    facts += (
        [("warning", f"{counted(len(lines), 'line')}, the first: {lines[0]}")]
        if (lines := answer.warnings)
        else []
    )
    page = layout.build / "html" / "book" / "verdicts.html"
    if isinstance(asked, Claim) and page.is_file():
        facts.append(("page", f"{_near(page, Path.cwd())}#claim-{asked.id}"))
    lines = textwrap.wrap(plain_text(title), width)
    for name, text in facts:
        lines += _fact(name, plain_text(text), width)
    return "\n".join(lines)


def _claim_facts(claim: Claim, answer: Answer, layout: Layout) -> list[Fact]:
    papers = {paper.id: paper.title for paper in answer.ledger.papers}
    where = f", lines {claim.text['lines']}" if claim.text.get("lines") else ""
    facts = [("text", f"{claim.paper}, {papers.get(claim.paper, '')}; {claim.where}{where}")]
    if claim.text.get("words"):
        facts.append(("its words", f"“{claim.text['words']}”"))
    if claim.paper_value is not None:
        facts.append(("it prints", f"{claim.paper_value} {claim.unit}".rstrip()))
    facts.append(("kind", claim.kind))
    if not answer.rows:
        return [*facts, *_unmeasured(claim), *_references(claim, layout)]
    if answer.sentence:
        facts.append(("in short", answer.sentence))
    facts.append(("scale", f"profile {answer.profile}"))
    families = family_sizes(answer.ledger.claims)
    for row in sorted(answer.rows, key=lambda row: not row["primary"]):
        facts += _reading_facts(claim, row, answer, families.get((claim.group, row["reading"]), 1), layout)
    return [*facts, *_references(claim, layout)]


def _unmeasured(claim: Claim) -> list[Fact]:
    verdict = claim.verdict if claim.kind == "untestable" else None
    facts = [("verdict", verdict)] if verdict else [("verdict", "none")] if claim.kind in UNJUDGED else []
    if claim.kind == "undefined":
        facts = [("verdict", "not defined by the text")]
    reason = claim.reason or NO_VERDICT_WORDS.get(claim.kind, "")
    facts.append(("why", reason))
    return [*facts, ("who has it", claim.who)] if claim.who else facts


def _reading_facts(claim: Claim, row: Row, answer: Answer, family: int, layout: Layout) -> list[Fact]:
    decides = ", this reading counts" if row["counts"] else ""
    note = f": {row['reading_note']}" if row["reading_note"] else ""
    facts = [("", ""), ("reading", f"{READING_NAMES[row['reading']]}{decides}{note}")]
    if row["measured_by"] in answer.data:
        facts.append(("data", _data(answer.data[row["measured_by"]])))
    if row["differs"]:
        facts.append(("", f"not the paper's: {row['differs']}"))
    if row["measured_by"]:
        facts.append(_measure(row["measured_by"], layout))
    if row["value"] is not None:
        facts.append(("value", f"{shown_value(row)} {row['unit']}".rstrip()))
    if row["interval"] is not None and claim.kind == "direction":
        facts.append(("", f"the interval is that of {counted(family, 'comparison')} at 95 % together"))
    if row["smallest_effect"]:
        facts.append(("", f"the smallest effect that matters is {shown_number(row['smallest_effect'])}"))
    weak = " (test too weak)" if row["weak"] else ""
    facts += [("verdict", f"{row['verdict']}{weak}"), ("why", row["reason"] or "nothing is judged")]
    if row["materiality"]:
        facts.append(("it changes", row["materiality"]))
    if row["who"]:
        facts.append(("who has it", row["who"]))
    return facts


def _erratum_facts(erratum: Erratum, answer: Answer) -> list[Fact]:
    refers = [c.id for c in answer.ledger.claims if any(r.erratum == erratum.id for r in c.readings.values())]
    changes = answer.sentence or str(erratum.materiality.get("text", ""))
    facts = [
        ("text", f"{erratum.paper}, {erratum.where}"),
        ("it says", erratum.problem),
        ("correct", erratum.correct),
        ("evidence", erratum.evidence),
        ("test", erratum.test or ""),
        ("it changes", changes),
        ("review", erratum.review),
        ("claims", ", ".join(refers)),
    ]
    return [(name, text) for name, text in facts if text]


def _references(claim: Claim, layout: Layout) -> list[Fact]:
    """Value and verdict of the claim in every stored reference."""
    facts: list[Fact] = []
    for path in sorted((layout.book / "reference").glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        rows = [row for row in stored["verdicts"] if row["id"] == claim.id]
        head = f"{path.stem}, profile {stored['run']['profile']}"
        facts += [("", ""), ("reference", head if rows else f"{head}: has no such claim")]
        facts += [("", f"{READING_NAMES[row['reading']]}: {_judged_value(row)}") for row in rows]
    return facts


def _judged_value(row: Mapping[str, Any]) -> str:
    value = f" ({shown_value(row)})" if row["value"] is not None else ""
    return f"{row['verdict']}{value}"


def shown_value(row: Mapping[str, Any]) -> str:
    """Value of a judged row with the interval that decided."""
    value = row["value"]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        of = f" of {row['n']}" if row["kind"] == "sample" and row["n"] is not None else ""
        return f"{value}{of}"
    text = shown_number(value, row["paper_value"])
    if row["interval"] is None:
        return text
    low, high = (shown_number(end) for end in row["interval"])
    return f"{text} [{low}, {high}]"


def _data(sample: Mapping[str, Any]) -> str:
    tickers: Iterable[str] = sample.get("tickers", ())
    names = list(tickers)
    listed = " ".join(names[:6]) + (" ..." if len(names) > 6 else "")
    return (
        f"{sample.get('universe')} from the source {sample.get('source')}: {len(names)} series ({listed}), "
        f"{sample.get('frequency')}, {str(sample.get('first'))[:10]} to {str(sample.get('last'))[:10]}"
    )


def _measure(key: str, layout: Layout) -> Fact:
    place = measure_place(key)
    if place is None:
        return "measure", key
    return "measure", f"{place.function} in {_near(place.file, layout.root)}, line {place.line} (key {key})"


def _near(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _fact(name: str, text: str, width: int) -> list[str]:
    if not name and not text:
        return [""]
    head = f"  {name:<{NAME}}"
    return textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )
