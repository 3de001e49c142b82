"""Tables of the summary pages, as HTML: answers, errata, changes, disagreements, what has no verdict."""

import html
import re
from collections.abc import Iterable, Sequence
from functools import partial
from textwrap import shorten

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.registration import read_registration
from portfolio_study.ledger.shown import counted, plain_text, sentence, shown_number
from portfolio_study.ledger.tables import (
    LONGEST_NAME,
    READING_NAMES,
    REFERENCE_RUN,
    SCRIPT,
    THIS_BUILD,
    Beside,
    named_cells,
    permalink,
    shown_value,
    verdict_table,
    with_errata_links,
)
from portfolio_study.ledger.two_runs import by_claim, headlines, own_row
from portfolio_study.settings import project_root
from portfolio_study.yaml_text import read_yaml

REFERENCE, BUILD = "Reference run", "This build"  # heads of the columns of answers


def _said(row: Row | None, run: str, linked: bool) -> str:
    """HTML: verdict and number of a run; linked, they lead to the claim's row in its chapter."""
    if row is None:
        return "no such claim"
    number = shown_value(row)
    verdict = badge(row["verdict"], row.get("weak", False))
    told = "" if number == "–" else f'<span class="number">{html.escape(number)}</span>'
    if not linked:
        return f"{verdict} {told}".strip()
    name = f'<span class="visually-hidden">, the row of {html.escape(row["id"])} ({run.lower()})</span>'
    return f'<a href="{own_row(row)}">{verdict} {told}{name}</a>'


def answers_table(rows: Iterable[Row], here: Iterable[Row] | None = None, run: str = BUILD) -> str:
    """One row a text, its main claim: what it says, what each run found, verdict and number.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows of the reference run, or of this build where there is no reference.
    here : iterable of dict, optional
        Judged rows of this build, where `rows` are those of the reference run.
    run : str
        Whose rows they are, where there is one run only.
    """
    own = None if here is None else by_claim(here)
    first = run if own is None else REFERENCE
    body = []
    for row in headlines(rows):
        title = html.escape(str(row.get("paper_title") or row["paper"]))
        printed = f", printed {html.escape(str(row['paper_value']))}" if row["paper_value"] else ""
        found = with_errata_links(html.escape(plain_text(row.get("sentence") or row["reason"])))
        now = row if own is None else own.get((row["id"], row["reading"]))
        body.append(
            f'<tr><th scope="row">{title} <small>(text {html.escape(row["paper"])})</small>'
            f"<p>{html.escape(plain_text(row['statement']))}{printed}</p></th>"
            # a stored run may have claims that the book has no more
            f'<td data-name="{first}">{_said(row, first, now is not None)}<p>{found}</p></td>'
            + ("" if own is None else f'<td data-name="{BUILD}">{_said(now, BUILD, linked=True)}</td>')
            + "</tr>"
        )
    columns = ("The text says", first) if own is None else ("The text says", REFERENCE, BUILD)
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        '<div class="table-scroll"><table class="study answers cards"><caption>The main claim of each text</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def headline_table(rows: Iterable[Row], here: Iterable[Row] | None = None) -> str:
    """The papers' main claims, all readings, each linked to its proof.

    Parameters
    ----------
    rows, here : iterable of dict
        As for `answers_table`.
    """
    rows = list(rows)
    return (
        verdict_table(
            [row for row in rows if row["headline"]],
            "The main claims; every row links to its proof",
            link="{page}.html#{anchor}",
            whose=THIS_BUILD if here is None else REFERENCE_RUN,
            beside=None if here is None else Beside.of(THIS_BUILD, here),
            families=rows,
        )
        + SCRIPT
    )


def unjudged_table(rows: Iterable[Row]) -> str:
    """Definitions, settings and opinions, in one folded table without verdicts; each row has an address."""
    own = [row for row in rows if row["primary"] and not row["counts"]]
    if not own:
        return ""
    body = "".join(_unjudged(row) for row in own)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Statement", "Kind", "Place", "What follows"))
    return (
        f"<details><summary>Definitions, settings and opinions, which have no verdict ({len(own)})</summary>"
        '<div class="table-scroll"><table class="study settings cards"><caption>No verdict: definitions, settings, opinions</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _unjudged(row: Row) -> str:
    name, anchor = html.escape(row["id"]), f"claim-{row['id']}"
    there = html.escape(row["where"].replace("#", ".html#", 1))
    return (
        f'<tr id="{html.escape(anchor)}" data-paper="{html.escape(row["paper"])}" data-chapter="{html.escape(row["chapter"])}">'
        f'<th scope="row" abbr="{name}"><span class="row-name">{html.escape(row["statement"])}</span>'
        f"{permalink(anchor, row['statement'])}</th>"
        f'<td data-name="Kind">{html.escape(row["kind"])}</td>'
        f'<td data-name="Place">paper {html.escape(row["paper"])}, {html.escape(row["place"])}</td>'
        f'<td data-name="What follows">{html.escape(sentence(str(row["reason"] or "")))} <a href="{there}">In the chapter'
        f'<span class="visually-hidden">: {name}</span></a></td></tr>'
    )


def changes_table() -> str:
    """Every change of what decides a verdict since it was registered: what, why, and each verdict that moved."""
    changes = read_registration(project_root()).get("changes") or []
    if not changes:
        return "<p>Nothing was changed since the registration.</p>"
    columns = ("What", "Why", "Verdicts, old and new", "Claims")
    body = ""
    for row in changes:
        cells = (html.escape(row["what"]), html.escape(row["why"]), _moved(row), str(len(row["claims"])))
        body += f'<tr><th scope="row">{html.escape(str(row["date"]))}</th>{named_cells(columns, cells)}</tr>'
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Date", *columns))
    return (
        '<div class="table-scroll"><table class="study changes cards"><caption>Changes of what is judged</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _moved(change: Row) -> str:
    """What a change did: the sentence that sums it up, and in a fold the verdicts that were judged again, one a row."""
    verdicts, told = change.get("verdicts") or [], html.escape(change["moved"].replace("->", "→"))
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
        f'<table class="study"><caption class="visually-hidden">Verdicts before and after the change of {change["date"]}: '
        f"{html.escape(shorten(change['what'], LONGEST_NAME, placeholder=' ...'))}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
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


def draws_table() -> str:
    """Rows drawn at random and read once more: counts, and of the last draw how each disagreement ended."""
    path = project_root() / "book" / "draws.yml"
    draws = (read_yaml(path, LedgerError) or []) if path.is_file() else []
    counts = ("read", "right", "minor", "wrong")
    parts = []
    for what in ("claims", "errata") if draws else ():
        body = "".join(
            f'<tr><th scope="row">{html.escape(draw["drawn"])}</th>'
            + "".join(f"<td>{draw[what][name]}</td>" for name in counts)
            + "</tr>"
            for draw in draws
        )
        parts.append(
            _plain_table(("Draw", "Read", "Right", "Minor remarks", "Wrong"), body, what.capitalize())
        )
    for draw in draws:
        if rows := draw.get("disagreements"):
            body = "".join(
                f'<tr><th scope="row">{html.escape(row["row"])}</th><td>{html.escape(row["found"])}</td>'
                f"<td>{html.escape(row['ended'])}</td></tr>"
                for row in rows
            )
            table = _plain_table(("Row", "What the reader found", "How it ended"), body, draw["drawn"])
            parts.append(
                f"<details><summary>{html.escape(draw['drawn'])}: how each disagreement ended</summary>{table}</details>"
            )
    return "".join(parts)


def _plain_table(columns: Iterable[str], body: str, caption: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        f'<div class="table-scroll"><table class="study"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


LIST_WORDS = {
    "erratum": "Errors, with a counterexample or two computations that agree with each other and not with the text",
    "misprint": "Misprints: slips that the text around them corrects",
    "ambiguity": "Ambiguities and omissions: what the text leaves open",
    "withdrawn": "Withdrawn: faults of this book's, not of the papers",
}
#: One row of each list.
LISTED = {"erratum": "Erratum", "misprint": "Misprint", "ambiguity": "Ambiguity", "withdrawn": "Withdrawn"}


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
        Rows of `portfolio_study.ledger.judge.judge_errata`; ``where`` and ``section``, if they have
        them, are the section of the chapter that deals with the fault, and its title.
    caption : str
    """
    columns = ("Printed", "Correct", "Evidence", "What it changes")
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
            linked(text["problem"]),
            linked(text["correct"]),
            linked(text["evidence"]) + why + test,
            linked(text["materiality"]),
        )
        section = text.get("section") or f"chapter {text['chapter'].replace('_', ' ')}"
        address = text.get("where", text["chapter"]).replace("#", ".html#", 1)
        if "#" not in address:
            address += ".html"
        head = (
            f'<span class="row-name"><span class="visually-hidden">{LISTED[row["list"]]} </span>{text["id"]}: '
            f"text {text['paper']}, {text['place']}</span>{permalink(row['id'], row['id'] + ', ' + row['place'], 'this row')}"
            f'<br><small>Dealt with in <a href="{address}">{section}<span class="visually-hidden"> ({text["id"]})</span></a></small>'
        )
        shown = named_cells(columns, cells)
        body.append(f'<tr id="{text["id"]}"><th scope="row" abbr="{text["id"]}">{head}</th>{shown}</tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Id and place", *columns))
    return (
        f'<div class="table-scroll"><table class="study errata cards"><caption>{html.escape(caption)}'
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
    columns = ("Effect [interval of its family]", "Unit", "Smallest that matters", "Verdict")
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
        cells = (
            f"{shown_number(factor * row['value'])} [{low} to {high}]",
            unit,
            shown_number(factor * least) if least else "–",
            badge(row["verdict"], row.get("weak", False)),
        )
        found.append(
            f'<tr><th scope="row"><a href="#claim-{html.escape(row["id"])}">{html.escape(row["statement"])}</a>'
            f"<br><small>text {html.escape(row['paper'])}; {told}</small></th>{named_cells(columns, cells)}</tr>"
        )
    if not found:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Contrast", *columns))
    return (
        '<div class="table-scroll"><table class="study effects cards"><caption>Effects of the headlines in four units; above '
        "zero the text is right</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(found)}</tbody></table></div>"
    )
