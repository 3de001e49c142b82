"""Verdicts as HTML: the sentence, card and row of a claim, and the table of a chapter or paper.

Every place that shows a verdict takes its parts from here, so that a claim reads the same on the
front page, in its chapter and on the ledger page, with the interval that decides.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import Any

from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.evidence import NO_SAMPLE
from portfolio_study.ledger.interval_chart import has_interval, interval_chart, printed_number, span
from portfolio_study.ledger.judge import WEAKEST_FIRST, Row, measured_on_data
from portfolio_study.ledger.marks import MARKS, answer, badge
from portfolio_study.ledger.shown import (
    as_much,
    counted,
    plain_text,
    sentence,
    shown_interval,
    shown_number,
)
from portfolio_study.ledger.sources import (
    Repository,
    code_page,
    configured_repository,
    file_name,
    measure_place,
)
from portfolio_study.settings import project_root

#: Folds the tables of a paper and filters claims; stands once on a page, after its tables.
SCRIPT = '<script src="../_static/ledger.js"></script>'
#: No market has a longer history. What observes more at once (many assets a day) has a hundred times its own number.
MOST_OBSERVATIONS = 252_000
#: Verdicts that leave something open, such as where a printed number comes from: beside them stands what would settle it.
OPEN = (
    rules.CANNOT_BE_TOLD, rules.DEPENDS, rules.NOT_DEFINED, rules.LACKS_DATA, rules.NOT_PRINTED, rules.NOT_REPRODUCED,
    rules.CHECKED, rules.NO_VERDICT,
)  # fmt: skip
LONGEST_NAME = 40  # characters of a claim in the name of a link to it
READING_NAMES = {"as_published": "as published", "corrected": "corrected", "also_asked": "also asked"}


def shown_value(row: Mapping[str, Any]) -> str:
    """What was measured, as plain text: a number with the interval that decides, a count, or words."""
    number = _number(row)
    # without the verdict's "depends" a number that agrees with one reading would read as a yes
    return f"{number} in one of two readings" if row["verdict"] == rules.DEPENDS and number != "–" else number


def _number(row: Mapping[str, Any]) -> str:
    value, interval = row["value"], row["interval"]
    if value is None or isinstance(value, str):
        return value or "–"
    if isinstance(value, bool):
        return "–"  # the verdict says it
    if row["kind"] == "sample" and row["n"] is not None:
        return f"{value} of {row['n']}"
    if isinstance(value, int) and interval is None:
        return f"{value:,}"
    if interval is None:
        return shown_number(value, row["paper_value"])
    return shown_interval(value, tuple(interval), row["paper_value"])


def compared(row: Mapping[str, Any]) -> str:
    """Ours in terms of the printed number (``"about half as much"``), where the paper prints one and ours differs."""
    printed = printed_number(row)
    if printed is None or isinstance(row["value"], bool) or not isinstance(row["value"], int | float):
        return ""
    return (
        as_much(float(row["value"]), printed) if row["verdict"] in (rules.NOT_REPRODUCED, rules.HOLDS) else ""
    )


def found(row: Mapping[str, Any]) -> str:
    """One sentence: the number with interval and unit, beside the printed one; empty where nothing was measured."""
    if row["value"] is None or isinstance(row["value"], bool):
        return ""
    unit = f" ({row['unit']})" if row["unit"] else ""
    printed = f"; the paper prints {row['paper_value']}" if row["paper_value"] else ""
    much = f": ours is {compared(row)}" if compared(row) else ""
    return f"Ours: {shown_value(row)}{unit}{printed}{much}."


def settles(row: Mapping[str, Any], others: Iterable[Mapping[str, Any]] = ()) -> str:
    """What would settle a claim, or settles it, in one sentence, from the numbers of its row.

    Parameters
    ----------
    row : mapping
        The reading that counts.
    others : iterable of mapping
        The other readings of the same claim.
    """
    verdict = row["verdict"]
    named = [r for r in (row, *others) if r["reading_note"] and r["reading"] != "also_asked"]
    if verdict == rules.LACKS_DATA:
        return sentence(row.get("who") or f"it {row['reason']}")
    if verdict == rules.NOT_PRINTED and row.get("who"):
        return sentence(f"The text would have to print it; who has it: {row['who']}")
    if verdict == rules.NO_VERDICT:
        if row.get("who"):  # who has what comes near, of which this is a number; then who has the text's own
            return sentence(row["who"].split("; ")[-1])
        if row.get("differs") == NO_SAMPLE:
            return "The authors would have to say which data they measured it on."
        return "Only the text's own data would; what can be had of them, `make book UNIVERSE=papers` takes."
    if verdict == rules.CANNOT_BE_TOLD:
        least, n, detectable = row["smallest_effect"], row["n"], row["detectable"]
        if least and n and detectable:
            needed = n * (detectable / least) ** 2
            if needed <= n:
                return (
                    f"The test can see an effect of {shown_number(least)}, the smallest that matters; the estimate "
                    "lies too near the line. Only a longer sample could settle it."
                )
            told = (
                f"about {_round(needed)} observations"
                if needed <= max(MOST_OBSERVATIONS, 100 * n)
                else f"more data than any sample could hold (over {MOST_OBSERVATIONS:,} observations, as many as "
                "1,000 years have trading days)"
            )
            return (
                f"To see an effect of {shown_number(least)}, the smallest that matters, a test of this kind needs "
                f"{told}; it has {n:,}."
            )
        if row.get("kind") == "number" and not row.get("interval"):
            return "The authors' code would have to show where the printed number comes from."
        return "Only a longer sample could settle it."
    reason = sentence(row["reason"].split(";")[0]).rstrip(".")  # what follows is a note of the measure
    return {
        rules.NOT_DEFINED: (
            f"The authors would have to say which of the {len(named)} readings named here they computed, if any."
            if len(named) > 1
            else "The authors would have to say whether they computed the reading named here, or what else."
            if named
            else "The authors would have to say what is to be computed."
        ),
        rules.DEPENDS: "The authors would have to say which of the readings named here they mean.",
        rules.NOT_PRINTED: "The text would have to print it.",
        rules.NOT_REPRODUCED: f"The authors' {_theirs(row)} would have to show where the printed number comes from.",
        rules.REPRODUCED: "The printed number comes out.",
        rules.HOLDS: f"These data: {reason[:1].lower()}{reason[1:]}. Another sample could say otherwise.",
        rules.DOES_NOT_HOLD: f"These data: {reason[:1].lower()}{reason[1:]}. Another sample could say otherwise.",
        rules.TRUE_HERE: "These samples; others may differ.",
        rules.FALSE_HERE: "These samples; others may differ.",
        rules.PROVEN: "The proof on this page.",
        rules.CHECKED: "A proof; instances cannot settle it.",
        rules.ERRATUM: "A counterexample.",
    }[verdict]


def settles_line(row: Mapping[str, Any], others: Iterable[Mapping[str, Any]] = ()) -> str:
    """HTML: what would settle a claim, or what settles it where its verdict leaves nothing open."""
    label = "What would settle it:" if row["verdict"] in OPEN else "What settles it:"
    return f"<strong>{label}</strong> {_commands(html.escape(settles(row, others)))}"


def _theirs(row: Mapping[str, Any]) -> str:
    """What of the authors' a number that does not come out was computed with, as far as its row knows."""
    drawn = "standard error" in row["reason"]  # the number is an estimate from draws or trained networks
    return ("" if row["evidence"] == rules.NO_DATA else "prices and ") + (
        "program, with its seed," if drawn else "program"
    )


def _round(value: float) -> str:
    """A large number with two significant digits and no exponent."""
    return f"{float(f'{value:.2g}'):,.0f}"


ERRATUM = re.compile(r"(?<![\w#/&\"-])F(?:\d|-[a-z])[\w-]*\b")


@cache
def _printed(root: Path) -> dict[str, str]:
    """What the texts print wrongly, by the id of the erratum, where the book has a page of errata."""
    page = root / "book" / "errata.md"
    return {row.id: row.problem for row in load_ledger(root).errata} if page.is_file() else {}


def with_errata_links(text: str, words: bool = True) -> str:
    """HTML in which the id of an erratum leads to its row, with what is printed there.

    Parameters
    ----------
    text : str
        Escaped.
    words : bool
        Whether what is printed follows in brackets; else it is the title of the link.
    """
    if not ERRATUM.search(text):
        return text
    known = _printed(project_root())

    def link(match: re.Match[str]) -> str:
        name = match[0]
        if name not in known:
            return name
        printed = html.escape(plain_text(known[name]))
        told = (
            f" (“{html.escape(shorten(plain_text(known[name]), 90, placeholder=' ...'))}”)" if words else ""
        )
        return f'<a href="errata.html#{name}" title="{printed}">{name}</a>{told}'

    return ERRATUM.sub(link, text)


def other_reading(others: Sequence[Row]) -> str:
    """The other reading of the paper's question in one sentence; empty where there is none."""
    for other in others:
        if other["reading"] != "also_asked":
            return _told(other)
    return ""


def _told(row: Row) -> str:
    note = f" ({row['reading_note']})" if row["reading_note"] else ""
    value = f", {shown_value(row)}" if row["value"] is not None and not isinstance(row["value"], bool) else ""
    name = READING_NAMES[row["reading"]].capitalize()
    if row["reading"] == "also_asked":
        return f"{name}{note}{value}: {sentence(row['reason']) or row['verdict']}"
    return f"{name}{note}: {answer(row['verdict'], row.get('weak', False)).lower()}{value}."


def _lines(lines: str) -> str:
    """Where a text has its words: by line, or in texts of few and long ones by line and characters.

    >>> _lines("82"), _lines("9, 213"), _lines("7:13551-13663; 7:19856-19926")
    ('line 82', 'lines 9, 213', 'line 7, characters 13551 to 13663; line 7, characters 19856 to 19926')
    """
    if ":" not in lines:
        return f"line {lines}" if lines.isdigit() else f"lines {lines}"
    return re.sub(r"(\d+):(\d+)-(\d+)", r"line \1, characters \2 to \3", lines)


def _facts(row: Row, others: Sequence[Row], family: int, repository: Repository) -> str:
    """What stands behind a verdict: words of the text, readings, data, family, code."""
    facts: list[tuple[str, str]] = []

    def add(name: str, text: str) -> None:
        facts.append((name, with_errata_links(html.escape(text), words=False)))

    where = f"{row['place']}, {_lines(row['lines'])}" if row.get("lines") else row["place"]
    words = f": “{plain_text(row['words'])}”" if row.get("words") else ""
    add("The text", f"paper {row['paper']}, {where}{words}")
    if row.get("implied"):
        add("Implied", "not printed as such; it follows from what the text prints")
    if row["reading_note"]:
        add("Read", f"{READING_NAMES[row['reading']]}: {row['reading_note']}")
    first = other_reading(others)
    for other in others:
        if (told := _told(other)) != first:
            add("Beside it", told)
    if row["evidence"]:
        differs = f": {row['differs']}" if row.get("differs") else ""
        unjudged = "not judged" if row["counts"] else "a question of this book's own, which has no vote"
        add("Data", f"{row['evidence']}{differs} ({row.get('check') or unjudged})")
    if row["kind"] == "direction" and row["interval"] is not None:
        least = (
            f"; smallest effect that matters {shown_number(row['smallest_effect'])}"
            if row["smallest_effect"]
            else ""
        )
        power = (
            f"; detectable with 80 % power {shown_number(row['detectable'])}"
            if row["detectable"] is not None
            else ""
        )
        low, high = row["interval"]
        size = (
            "computed without sampling error"
            if low == high
            else f"one of {family} contrasts: interval at the level 1 - .05/{family}"
            if family > 1
            else "alone: 95 % interval"
        )
        add("Family", f"{size}{least}{power}")
    if row["materiality"]:
        add("What it changes", str(row["materiality"]))
    if row["measured_by"]:
        facts.append(("Code", _code(row["measured_by"], repository)))
    if report := repository.report(row["id"]):
        facts.append(("Wrong?", f'<a href="{html.escape(report)}">Report an error in this verdict</a>'))
    items = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts)
    return f'<dl class="facts">{items}</dl>'


def _code(measured_by: str, repository: Repository) -> str:
    key = f"<code>{html.escape(measured_by)}</code>"
    place = measure_place(measured_by)
    if place is None:
        return key
    key = f'<a href="measures.html#{html.escape(measured_by)}">{key}</a>'
    name = f"<code>{html.escape(place.function)}</code>"
    if address := repository.source(place):
        name = f'<a href="{html.escape(address)}">{name}</a>'
    line = f"{html.escape(file_name(place))}, line {place.line}"
    if page := code_page(place.file):
        line = f'<a href="../{html.escape(page)}#L{place.line}">{line}</a>'
    return f"{name} in {line}; key {key}"


def _reasons(row: Row, others: Sequence[Row], said: str = "") -> str:
    """Picture, number (unless a sentence says it), why, the other reading, and what would settle it."""
    number = said or html.escape(found(row))
    why = with_errata_links(html.escape(plain_text(sentence(_rounded(row)))))
    told = with_errata_links(html.escape(other_reading(others)), words=False)
    # A question of the book's own for which no verdict is meant has nothing open.
    left = row["verdict"] in OPEN and (row["counts"] or row["verdict"] != rules.NO_VERDICT)
    lacking = settles_line(row, others) if left else ""
    lines = [f"<p>{part}</p>" for part in (" ".join(p for p in (number, why) if p), told, lacking) if part]
    return interval_chart(row) + "".join(lines)


#: Where the book says how the papers' own data are had, and what a folder of them must hold.
OWN_DATA = "your_data", "the-papers-own-samples"


def _commands(text: str) -> str:
    """Show what stands between backticks, a command, as code; the first leads to the page that explains it."""
    shown = re.sub(r"`([^`]*)`", r"<code>\1</code>", text)
    page, anchor = OWN_DATA
    if not (project_root() / "book" / f"{page}.md").is_file():
        return shown
    return re.sub(r"<code>make .*?</code>", rf'<a href="{page}.html#{anchor}">\g<0></a>', shown, count=1)


def _rounded(row: Row) -> str:
    """The reason of a row; that of a number with the digits that the paper prints, as far as they are known."""
    printed, value = row["paper_value"], row["value"]
    if row["kind"] != "number" or not printed:
        return str(row["reason"])
    ours = f"{value:.4g}" if isinstance(value, int | float) else ""

    def shown(match: re.Match[str]) -> str:
        if match[0] in str(printed):
            return match[0]
        if match[0] == ours:  # rounded once, as beside it
            return shown_number(float(value), str(printed))
        return min(match[0], shown_number(float(match[0]), str(printed)), key=len)

    return re.sub(r"(?<![\w.])-?\d+\.\d+(?:e-?\d+)?(?!\w)", shown, str(row["reason"]))


def card(rows: Iterable[Row], claim: str, family: int = 1, repository: Repository | None = None) -> str:
    """One claim as a card: the answer, the paper's words, number and interval, why, the other reading, and a fold.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows, of all readings.
    claim : str
        Its id; the card links to its row, ``#claim-<id>``.
    family : int
        Number of contrasts in its table.
    repository : Repository, optional
        Default that of ``CITATION.cff``.
    """
    row, others = next(pair for pair in claim_rows(rows) if pair[0]["id"] == claim)
    repository = configured_repository() if repository is None else repository
    name = html.escape(claim)
    said = html.escape(plain_text(row.get("sentence") or ""))
    statement = html.escape(row["statement"])
    return (
        f'<section class="verdict-card" aria-label="Verdict on {name}"><p class="verdict-line">'
        f"{badge(row['verdict'], row.get('weak', False))} <q>{statement}</q> {permalink(f'claim-{claim}', row['statement'], 'the row of this claim')}</p>"
        f"{_reasons(row, others, said)}<details><summary>Text, data, family and code "
        f'<span class="visually-hidden">of {name}</span></summary>{_facts(row, others, family, repository)}</details></section>'
    )


def intervals_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The intervals that decide some claims, on one axis: a chapter's answer as a picture.

    Parameters
    ----------
    rows : sequence of dict
        Rows in units that can share an axis; those without an interval say what they lack.
    """
    drawn = [row for row in rows if has_interval(row)]
    axis = span(drawn) if drawn else None
    least = dict.fromkeys(shown_number(row["smallest_effect"]) for row in drawn if row["smallest_effect"])
    none = any(not row["smallest_effect"] for row in drawn)
    dashed = (
        f"; dashed: the smallest effect that matters ({', '.join(least)}){', where it is not zero' if none else ''}"
        if least
        else ""
    )
    body = "".join(
        f'<tr><th scope="row"><a href="#claim-{html.escape(row["id"])}">{html.escape(row["statement"])}</a></th>'
        f"<td>{interval_chart(row, axis, labelled=False)}{MARKS[row['verdict']].symbol} {html.escape(shown_value(row))} "
        f"<small>{html.escape(row['unit'] or '')}</small></td></tr>"
        for row in rows
    )
    return (
        '<div class="table-scroll"><table class="study intervals cards"><caption>The interval that decides each claim. '
        f"Right of the line, which is zero, the text is right{html.escape(dashed)}.</caption><thead><tr>"
        f'<th scope="col">The text says</th><th scope="col">Ours</th></tr></thead><tbody>{body}</tbody></table></div>'
    )


def named_cells(columns: Sequence[str], cells: Iterable[str]) -> str:
    """HTML of the cells of a row, each with the name of its column: on a phone the row is a card.

    Parameters
    ----------
    columns : sequence of str
        Names of the columns right of the head of the row.
    cells : iterable of str
        HTML.
    """
    return "".join(
        f'<td data-name="{html.escape(name)}">{cell}</td>' for name, cell in zip(columns, cells, strict=True)
    )


def permalink(anchor: str, words: str, what: str = "this claim") -> str:
    """A visible link to an anchor of the same page, named by the first words of what it leads to."""
    whole = " ".join(plain_text(words).split())
    named = shorten(whole, LONGEST_NAME, placeholder=" ...")
    named = html.escape(named if named == whole else f"{named} ({anchor})")  # no two links have one name
    return f'<a class="permalink" href="#{html.escape(anchor)}" aria-label="Link to {what}: {named}">¶</a>'


def claim_rows(rows: Iterable[Row]) -> list[tuple[Row, list[Row]]]:
    """Rows by claim: the reading that counts, and the others."""
    claims: dict[str, list[Row]] = {}
    for row in rows:
        claims.setdefault(row["id"], []).append(row)
    pairs = []
    for readings in claims.values():
        first = next((row for row in readings if row["primary"]), readings[0])
        pairs.append((first, [row for row in readings if row is not first]))
    return pairs


def claims_and_questions(rows: Iterable[Row]) -> str:
    """How many claims of the texts some rows are of, and how many questions of the book's own."""
    rows = list(rows)
    claims = {row["id"] for row in rows if row["counts"]}
    own = {row["id"] for row in rows} - claims
    told = counted(len(claims), "claim")
    return f"{told} and {counted(len(own), 'own question')}" if own else told


def family_size(rows: Iterable[Row], row: Row) -> int:
    """Number of directions in the table of a row, under the same reading."""
    return sum(
        r["kind"] == "direction" and (r["group"], r["reading"]) == (row["group"], row["reading"])
        for r in rows
    )


LACKING = f"{rules.LACKS_DATA} or {rules.NOT_PRINTED}"


def lacking(row: Mapping[str, Any]) -> str:
    """What data a claim lacks, for the facet: `LACKING`, ``"other data"`` or ``"none"``."""
    if row["verdict"] in (rules.LACKS_DATA, rules.NOT_PRINTED):
        return LACKING
    return rules.OTHER_DATA if row["evidence"] == rules.OTHER_DATA else "none"


#: Verdicts of claims that nothing could decide; they stand together, at the foot of a table.
NOT_JUDGED = (rules.NOT_DEFINED, rules.LACKS_DATA, rules.NOT_PRINTED)
THIS_BUILD, REFERENCE_RUN = "this build", "the reference run"


@dataclass(frozen=True)
class Beside:
    """Another run, whose verdicts and numbers stand below those of a table.

    Attributes
    ----------
    name : str
        `THIS_BUILD` or `REFERENCE_RUN`.
    rows : mapping
        Its judged rows, by claim and reading (see `Beside.of`).
    """

    name: str
    rows: Mapping[tuple[str, str], Row]

    @classmethod
    def of(cls, name: str, rows: Iterable[Row]) -> "Beside":
        """Take the rows of a run."""
        return cls(name, {(row["id"], row["reading"]): row for row in rows})

    def told(self, row: Row) -> str:
        """HTML: what the other run has for a row; nothing where it has the same, which `caption` says once."""
        other = self.rows.get((row["id"], row["reading"]))
        if other is None:
            told = "no such claim"
        else:
            number, verdict = shown_value(other), other["verdict"]
            if (number, verdict) == (shown_value(row), row["verdict"]):
                return ""
            told = f"{MARKS[verdict].symbol}&nbsp;{html.escape(verdict)}" + (
                f", {html.escape(number)}" if number != "–" else ""
            )
        return f'<small class="beside">In {html.escape(self.name)}: {told}</small>'

    def caption(self, rows: Iterable[Row]) -> str:
        """For the caption of a table: what its rows leave out."""
        differ = any(self.told(row) for row, _ in claim_rows(rows))
        only = "where a row says nothing else" if differ else "in every row"
        return f"In {self.name}: the same verdict and deciding number {only}"


def _columns(whose: str) -> tuple[str, ...]:
    """Names of the columns of a table of claims, with the run whose numbers it shows."""
    return ("Verdict", "Claim", f"Number in {whose} [interval that decides]")


def _claim_body(
    row: Row,
    others: list[Row],
    family: int,
    link: str | None,
    repository: Repository,
    member: str,
    beside: Beside | None,
) -> str:
    """One claim: a row with a row head, what stands behind it folded in."""
    page, anchor = row["where"].split("#", 1)
    where = "Where it is computed" if row["measured_by"] else "Where it is spoken of"
    proof = (
        f'<p><a href="{html.escape((link or "#{anchor}").format(page=page, anchor=anchor))}">{where}'
        f'<span class="visually-hidden">: {html.escape(row["id"])}</span></a></p>'
    )
    name = f"claim-{row['id']}"
    data = {
        "paper": row["paper"], "verdict": row["verdict"], "chapter": row["chapter"],
        "check": row.get("check") or "not judged", "reading": row["reading"], "lacks": lacking(row),
    } | ({"table": member} if member else {})  # fmt: skip
    facets = "".join(f' data-{key}="{html.escape(str(value))}"' for key, value in data.items())
    unit = f" <small>{html.escape(row['unit'])}</small>" if row["unit"] and shown_value(row) != "–" else ""
    printed = f"; printed {html.escape(str(row['paper_value']))}" if row["paper_value"] else ""
    elsewhere = beside.told(row) if beside else ""
    told = f"{html.escape(shown_value(row))}{unit}{printed}{elsewhere}"
    none = ' class="none"' if told == "–" else ""  # which a card leaves out
    return (
        f'<tbody id="{html.escape(name)}" class="claim"{facets}><tr><td>{badge(row["verdict"], row.get("weak", False))}</td>'
        f'<th scope="row" abbr="{html.escape(row["id"])}"><details><summary>{html.escape(row["statement"])}</summary>'
        f"{_reasons(row, others)}{_facts(row, others, family, repository)}{proof}</details>{permalink(name, row['statement'])}</th>"
        f'<td data-name="Number"{none}>{told}</td></tr></tbody>'
    )


MOST_PLACES = 2  # of a text that the head of its claims names


def _statement_body(name: str, members: list[Row], title: str = "") -> str:
    """Head of a table of a paper: the verdict of its weakest row, and how its rows came out.

    With a title of its own it is the head of several statements that nothing could decide, and has no verdict.
    """
    several = bool(title)
    weakest = min(members, key=lambda row: WEAKEST_FIRST.index(row["verdict"]))
    tally = Counter(row["verdict"] for row in members)
    what = "claim" if any(row["counts"] for row in members) else "own question"
    told = f"{what}s: {', '.join(f'{n} {verdict}' for verdict, n in tally.most_common())}"
    decides = shorten(weakest["statement"], 90, placeholder=" ...")
    places = list(dict.fromkeys(part for row in members for part in row["place"].split("; ")))
    where = "; ".join(places) if len(places) <= MOST_PLACES else f"{places[0]}, and elsewhere"
    title = title or f"{counted(len(members), what)} ({where}): {decides}"
    opened = html.escape(" ".join(f"claim-{row['id']}" for row in members))
    shown = "Not judged" if several else badge(weakest["verdict"], weakest.get("weak", False))
    return (
        f'<tbody id="{html.escape(name)}" class="statement{" of-several" if several else ""}"><tr><td>{shown}</td>'
        f'<th scope="row" abbr="{html.escape(name)}">'
        f'<button type="button" aria-expanded="true" aria-controls="{opened}">{html.escape(title)}</button>'
        f"{permalink(name, title, 'this table')}</th>"
        f"<td>{html.escape(told)}</td></tr></tbody>"
    )


def verdict_table(
    rows: Iterable[Row],
    caption: str,
    link: str | None = None,
    repository: Repository | None = None,
    whose: str = THIS_BUILD,
    beside: Beside | None = None,
    families: Iterable[Row] | None = None,
) -> str:
    """HTML table of judged claims on two levels: statements, and inside a table of the paper its claims.

    Each claim is a group of rows with a row head; what lies behind it stands in a fold. The style
    sheet leaves all open; the script of the book folds the tables of a paper.

    Parameters
    ----------
    rows : iterable of dict
        Rows of the ledger.
    caption : str
        What holds for all rows, the caveat on the data included.
    link : str, optional
        Pattern of a link to the proof, e.g. ``"{page}.html#{anchor}"``; default an anchor of the same page.
    repository : Repository, optional
        Default that of ``CITATION.cff``.
    whose : str
        The run that the rows are of: `THIS_BUILD` or `REFERENCE_RUN`.
    beside : Beside, optional
        The other of the two, whose numbers stand below.
    families : iterable of dict, optional
        Rows among which the contrasts of a family are counted, where the table shows a part of them.
    """
    rows = list(rows)
    families = rows if families is None else list(families)
    repository = configured_repository() if repository is None else repository
    tables: dict[tuple[str, str], list[tuple[Row, list[Row]]]] = {}
    for row, others in claim_rows(rows):
        tables.setdefault((row["paper"], row["group"]), []).append((row, others))
    body, shut = [], []
    for (paper, group), pairs in tables.items():
        if all(row["verdict"] in NOT_JUDGED for row, _ in pairs):
            shut += pairs
            continue
        name = f"table-{paper}-{group}" if len(pairs) > 1 else ""
        if name:
            body.append(_statement_body(name, [row for row, _ in pairs]))
        body += [
            _claim_body(row, others, family_size(families, row), link, repository, name, beside)
            for row, others in pairs
        ]
    if shut:  # last: what has an answer comes first
        texts, chapters = ({row[field]: None for row, _ in shut} for field in ("paper", "chapter"))
        name = "-".join(("not-judged", *texts, *chapters))
        of = f"of text{'s' if len(texts) > 1 else ''} {re.sub(', (?=[^,]*$)', ' and ', ', '.join(texts))}"
        if len(chapters) == 1:
            of += f" ({next(iter(chapters)).replace('_', ' ')})"
        title = f"{counted(len(shut), 'claim')} {of} that cannot be judged: what is lacking"
        body.append(_statement_body(name, [row for row, _ in shut], title))
        body += [_claim_body(row, others, 1, link, repository, name, beside) for row, others in shut]
    if beside:
        caption = f"{caption}. {beside.caption(rows)}"
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in _columns(whose))
    return (
        f'<div class="table-scroll"><table class="study verdicts cards"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead>{''.join(body)}</table></div>"
    )


def data_caveat(rows: Iterable[Row]) -> str:
    """The caveat on the data, once a table: how many of its claims were measured on other data than the paper's."""
    measured, other = measured_on_data(rows)
    if not other:
        return ""
    how_many = f"all {measured}" if other == measured > 1 else f"{other} of {measured}"
    return (
        f"Of its claims that are measured on data, {how_many} stand on other data than the paper's: they neither confirm nor "
        "refute a printed number"
    )
