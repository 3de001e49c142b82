"""Tables of the summary pages, as HTML: answers, errata, changes, disagreements, what has no verdict."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import MAIN
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.registration import read_registration
from portfolio_study.ledger.shown import counted, plain_text, sentence, shown_number
from portfolio_study.ledger.tables import READING_NAMES, SCRIPT, permalink, verdict_table, with_errata_links
from portfolio_study.settings import project_root
from portfolio_study.yaml_text import read_yaml


def answers_table(rows: Iterable[Row], found_by: str = "Found here") -> str:
    """One row a text: what it says, what was found, the verdict; its claim marked ``headline: main``."""
    first: dict[str, Row] = {}
    for row in rows:
        if row["headline"] and row["primary"]:
            known = first.setdefault(row["paper"], row)
            if row["headline"] == MAIN and known["headline"] != MAIN:
                first[row["paper"]] = row
    body = []
    for _, row in sorted(first.items()):
        page, anchor = row["where"].split("#", 1)
        title = html.escape(str(row.get("paper_title") or row["paper"]))
        printed = f", printed {html.escape(str(row['paper_value']))}" if row["paper_value"] else ""
        found = with_errata_links(html.escape(plain_text(row.get("sentence") or row["reason"])))
        body.append(
            f'<tr><th scope="row">{title} <small>(text {html.escape(row["paper"])})</small>'
            f"<p>{html.escape(plain_text(row['statement']))}{printed}</p></th>"
            f'<td><a href="{page}.html#{anchor}">{badge(row["verdict"], row.get("weak", False))}</a>'
            f"<p>{found}</p></td></tr>"
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("The text says", found_by))
    return (
        '<div class="table-scroll"><table class="study answers"><caption>The main claim of each text</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def build_against_reference(
    rows: Iterable[Row], reference: Mapping[str, Any] | None, run: Mapping[str, Any] | None = None
) -> str:
    """Whether this build gives the verdicts of the reference, and of which claims it does not, and why.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows of this build.
    reference : mapping or None
        The stored run.
    run : mapping, optional
        Facts of this build: its profile, and of the reference whether it has the same data and older code.
    """
    if reference is None:
        return ""
    then = {row["id"]: row for row in reference["verdicts"] if row["counts"]}
    now = {row["id"]: row for row in rows if row["counts"] and row["id"] in then}
    other = [row for claim, row in now.items() if row["verdict"] != then[claim]["verdict"]]
    if not other:
        return f"<p>Every verdict of this build ({len(now)}) equals that of the reference.</p>"
    items = "".join(
        f'<li><a href="verdicts.html#claim-{html.escape(row["id"])}">{html.escape(row["statement"])}</a>: '
        f"{badge(then[row['id']]['verdict'])} in the reference, {badge(row['verdict'])} in this build</li>"
        for row in other
    )
    return (
        f"<details><summary>{len(now) - len(other)} of {len(now)} verdicts of this build equal those of the reference; "
        f"{len(other)} differ. {_why_they_differ(other, then, reference, run or {})}</summary><ul>{items}</ul></details>"
    )


def _why_they_differ(
    other: Sequence[Row], then: Mapping[str, Row], reference: Mapping[str, Any], run: Mapping[str, Any]
) -> str:
    """What can be the reason of the verdicts that differ, as far as one build can tell: data, scale or code."""
    theirs, ours = reference["run"].get("profile"), run.get("profile")
    scale = "" if ours == theirs else f"the scale (profile {ours} instead of {theirs})"
    older = set((run.get("reference_older") or {}).get("papers") or ())
    changed = sum(row["chapter"] in older for row in other)
    code = f" The code of {changed} of them has changed since the reference, too." if changed else ""
    if (run.get("reference_same_data") or {}).get("papers"):
        if scale:
            return f"The data are those of the reference: only {scale} {'or the code ' if changed else ''}can be the reason."
        reason = (
            "the code has changed since"
            if changed
            else "the reason is another platform or another random draw"
        )
        return f"Data and scale are those of the reference: {reason}."
    silent = (rules.NO_VERDICT, rules.LACKS_DATA)
    lost = [row for row in other if row["verdict"] in silent and then[row["id"]]["verdict"] not in silent]
    rest = [row for row in other if row not in lost]
    same = [row for row in rest if row["evidence"] == then[row["id"]]["evidence"] != rules.OTHER_DATA]
    parts = [
        (
            len(lost),
            "cannot agree, because only the paper's own data can decide them and this build has other data",
        ),
        (
            len(same),
            f"have the same data or need none, so that only {scale or 'the code or the platform'} can be the reason",
        ),
        (
            len(rest) - len(same),
            "are statements that other data can answer, and here the data differ"
            + (f" and {scale}: which of the two moved them, one build cannot tell" if scale else ""),
        ),
    ]
    return f"{'; '.join(f'{n} {words}' for n, words in parts if n)}.{code}"


def headline_table(rows: Iterable[Row]) -> str:
    """The papers' main claims, both readings, each linked to its proof."""
    return (
        verdict_table(
            [row for row in rows if row["headline"]],
            "The main claims; every row links to its proof",
            link="{page}.html#{anchor}",
        )
        + SCRIPT
    )


def unjudged_table(rows: Iterable[Row]) -> str:
    """Definitions, settings and opinions, in one folded table without verdicts."""
    own = [row for row in rows if row["primary"] and not row["counts"]]
    if not own:
        return ""
    body = "".join(
        f'<tr><th scope="row">{html.escape(row["statement"])}</th>'
        f"<td>{html.escape(row['kind'])}</td>"
        f"<td>paper {html.escape(row['paper'])}, {html.escape(row['place'])}</td></tr>"
        for row in own
    )
    return (
        f"<details><summary>Definitions, settings and opinions, which have no verdict ({len(own)})</summary>"
        '<div class="table-scroll"><table class="study"><caption>No verdict: definitions, settings, opinions</caption><thead><tr><th scope="col">Statement</th>'
        f'<th scope="col">Kind</th><th scope="col">Place</th></tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def changes_table() -> str:
    """Every change of what decides a verdict since it was registered: what, why, and each verdict that moved."""
    changes = read_registration(project_root()).get("changes") or []
    if not changes:
        return "<p>Nothing was changed since the registration.</p>"
    body = "".join(
        f"<tr><td>{html.escape(str(row['date']))}</td><td>{html.escape(row['what'])}</td>"
        f"<td>{html.escape(row['why'])}</td><td>{_moved(row)}</td><td>{len(row['claims'])}</td></tr>"
        for row in changes
    )
    head = "".join(
        f'<th scope="col">{h}</th>' for h in ("Date", "What", "Why", "Verdicts that moved", "Claims")
    )
    return (
        '<div class="table-scroll"><table class="study"><caption>Changes of what is judged</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _moved(change: Row) -> str:
    """What a change moved: the sentence that sums it up, and in a fold the verdicts, one a row."""
    verdicts, told = change.get("verdicts") or [], html.escape(change["moved"])
    if not verdicts:
        return told
    body = "".join(
        f'<tr><th scope="row">{html.escape(row["claim"])}</th><td>{html.escape(row["old"] or "new")}</td>'
        f"<td>{html.escape(row['new'])}</td></tr>"
        for row in verdicts
    )
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Claim", "Old verdict", "New verdict"))
    return (
        f"{told}<details><summary>{counted(len(verdicts), 'row')}, old and new</summary>"
        f'<table class="study"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>'
    )


def errata_changes(errata: Iterable[Row]) -> str:
    """What was decided about each erratum when the texts were read again, in a fold."""
    rows = [row for row in errata if row["review"]]
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row"><a href="errata.html#{html.escape(row["id"])}">{html.escape(row["id"])}</a></th>'
        f"<td>{html.escape(plain_text(row['problem']))}</td>"
        f"<td>{with_errata_links(html.escape(sentence(row['review'])), words=False)}</td></tr>"
        for row in rows
    )
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Erratum", "Printed", "Decided"))
    return (
        f"<details><summary>{counted(len(rows), 'row')} of the errata: kept, moved, softened, withdrawn or new</summary>"
        '<div class="table-scroll"><table class="study"><caption>The errata when the texts were read again</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def readings_table() -> str:
    """Where the two readers of a claim disagreed, and how that ended: a folded table a chapter."""
    parts = []
    for path in sorted((project_root() / "book" / "readings").glob("*.yml")):
        rows = read_yaml(path, LedgerError) or []
        body = "".join(
            f'<tr><th scope="row">{html.escape(str(r["claim"]))}</th>'
            f"<td>{html.escape(r['first'])}</td>"
            f"<td>{html.escape(r['second'])}</td><td>{html.escape(r['ended'])}</td></tr>"
            for r in rows
        )
        head = "".join(
            f'<th scope="col">{h}</th>' for h in ("Claim", "First reader", "Second reader", "How it ended")
        )
        name = path.stem.replace("_", " ")
        parts.append(
            f"<details><summary>{name}: {counted(len(rows), 'disagreement')}</summary>"
            f'<div class="table-scroll"><table class="study"><caption>{name}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
            "</table></div></details>"
        )
    return "".join(parts)


LIST_WORDS = {
    "erratum": "Errors, with a counterexample or two computations that agree with each other and not with the text",
    "misprint": "Misprints: slips that the text around them corrects",
    "ambiguity": "Ambiguities and omissions: what the text leaves open",
    "withdrawn": "Withdrawn: faults of this book's, not of the papers",
}


def errata_lists(errata: Iterable[Row]) -> str:
    """The lists of errors, misprints, ambiguities and withdrawn rows, each a table."""
    rows = list(errata)
    return "".join(
        f'<h2 id="list-{name}">{re.split("[:,]", words)[0]}</h2>' + errata_table(own, f"{words} ({len(own)})")
        for name, words in LIST_WORDS.items()
        if (own := [row for row in rows if row["list"] == name])
    )


def errata_table(errata: Iterable[Row], caption: str = "Errors found, and what they change") -> str:
    """Faults of the papers: what is printed, what is right, the evidence and what it changes.

    Parameters
    ----------
    errata : iterable of dict
        Rows of `portfolio_study.ledger.judge.judge_errata`.
    caption : str
    """
    columns = ("Place", "Printed", "Correct", "Evidence", "What it changes")
    linked = partial(with_errata_links, words=False)
    body = []
    for row in errata:
        text = {name: html.escape(str(value or "")) for name, value in row.items()}
        test = f"<br><small>test: <code>{text['test']}</code></small>" if row["test"] else ""
        # an erratum states the matter; what was decided about it before stands among the changes
        why = (
            f"<br>{html.escape(sentence(row['review']))}"
            if row["list"] == "withdrawn" and row["review"]
            else ""
        )
        cells = (
            f"paper {text['paper']}, {text['place']}",
            linked(text["problem"]),
            linked(text["correct"]),
            linked(text["evidence"]) + why + test,
            linked(text["materiality"]),
        )
        head = f'<a href="{text["chapter"]}.html">{text["id"]}</a>{permalink(str(row["id"]), "this row")}'
        shown = "".join(  # on a phone a row is a card, in which each part has its name
            f'<td data-name="{name}">{cell}</td>' for name, cell in zip(columns, cells, strict=True)
        )
        body.append(f'<tr id="{text["id"]}"><th scope="row">{head}</th>{shown}</tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Id", *columns))
    return (
        f'<div class="table-scroll"><table class="study errata"><caption>{html.escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


#: Units in which effects of different chapters can be compared: how a record's unit begins, and the factor.
CURRENCIES = {
    "out-of-sample R2": ("% of the benchmark's squared error", 100.0),
    "relative gain in MSE": ("% of the benchmark's squared error", 100.0),
    "relative fall of the squared error": ("% of the benchmark's squared error", 100.0),
    "log volatility": ("% of volatility", 100.0),
    "annual Sharpe ratio": ("annual Sharpe ratio", 1.0),
    "basis points a year": ("basis points a year", 1.0),
    "decimals a year": ("basis points a year", 1e4),
}


def effects_table(rows: Iterable[Row], also: Sequence[str] = ()) -> str:
    """Effects of the headlines in one of four units each, with interval and smallest effect that matters.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows; every reading that has an interval in one of the units is shown.
    also : sequence of str
        Claims that stand for a text whose headline is no effect (a count, a proof).
    """
    found = []
    for row in rows:
        money = next((own for start, own in CURRENCIES.items() if str(row["unit"]).startswith(start)), None)
        if money is None or row["interval"] is None or not (row["headline"] or row["id"] in also):
            continue
        unit, factor = money
        asked = "" if row["primary"] else f"{READING_NAMES[row['reading']]}: "
        told = html.escape(f"{asked}{row['reading_note'] or row['unit']}")
        low, high = (shown_number(factor * end) for end in row["interval"])
        least = row["smallest_effect"]
        found.append(
            f'<tr><th scope="row"><a href="#claim-{html.escape(row["id"])}">{html.escape(row["statement"])}</a>'
            f"<br><small>text {html.escape(row['paper'])}; {told}</small></th>"
            f"<td>{shown_number(factor * row['value'])} [{low} to {high}]</td><td>{unit}</td>"
            f"<td>{shown_number(factor * least) if least else '–'}</td>"
            f"<td>{badge(row['verdict'], row.get('weak', False))}</td></tr>"
        )
    if not found:
        return ""
    columns = ("Contrast", "Effect [interval of its family]", "Unit", "Smallest that matters", "Verdict")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        '<div class="table-scroll"><table class="study effects"><caption>Effects of the headlines in four units; above '
        "zero the text is right</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(found)}</tbody></table></div>"
    )
