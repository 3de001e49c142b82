"""The ledger page: all judged claims, with boxes by which ``ledger.js`` filters them."""

import html
from collections.abc import Iterable

from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import UNJUDGED
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import MARKS
from portfolio_study.ledger.pages import paper_names
from portfolio_study.ledger.sources import Repository, configured_repository
from portfolio_study.ledger.tables import (
    LACKING,
    READING_NAMES,
    SCRIPT,
    Beside,
    claim_rows,
    claims_and_questions,
    data_caveat,
    lacking,
    verdict_table,
)

LACKS = {
    LACKING: LACKING,
    rules.OTHER_DATA: "the paper's own (judged on other data)",
    "none": "nothing",
}


def _boxes(firsts: list[Row], names: dict[str, str]) -> str:
    """A box for each facet, with the values that occur."""
    options = {
        "paper": ("Paper", names),
        "verdict": ("Verdict in this build", _occurring(firsts, "verdict", rules.VERDICTS)),
        "check": ("Kind of check", {c: c for c in (*rules.CHECKS, "not judged") if any((r["check"] or "not judged") == c for r in firsts)}),
        "reading": ("Reading that counts", {r: READING_NAMES[r] for r in _occurring(firsts, "reading", tuple(READING_NAMES))}),
        "lacks": ("Data it lacks", {x: words for x, words in LACKS.items() if any(lacking(r) == x for r in firsts)}),
        "chapter": ("Chapter", {c: c.replace("_", " ") for c in dict.fromkeys(row["chapter"] for row in firsts)}),
    }  # fmt: skip
    failed = [v for v in options["verdict"][1] if MARKS[v].answer == "No"]
    several = {
        "verdict": f'<option value="what failed" data-any="{html.escape("|".join(failed))}">what failed: '
        f"{html.escape(', '.join(failed))}</option>"
        if len(failed) > 1
        else ""
    }
    return "".join(
        f'<label>{words} <select data-facet="{facet}"><option value="">all</option>{several.get(facet, "")}'
        + "".join(
            f'<option value="{html.escape(value)}">{html.escape(text)}</option>'
            for value, text in found.items()
        )
        + "</select></label> "
        for facet, (words, found) in options.items()
    )


def _occurring(rows: list[Row], field: str, order: Iterable[str]) -> dict[str, str]:
    there = {row[field] for row in rows}
    return {value: value for value in order if value in there}


def paper_tables(
    rows: Iterable[Row], repository: Repository | None = None, beside: Beside | None = None
) -> str:
    """All judged claims, below a heading for each paper and, where it has several, chapter; boxes filter them.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows of this build.
    repository : Repository, optional
        Default that of ``CITATION.cff``.
    beside : Beside, optional
        The reference run.
    """
    rows = [row for row in rows if row["kind"] not in UNJUDGED]
    repository = configured_repository() if repository is None else repository
    names = paper_names(rows)
    parts = [
        f'<form class="ledger-facets" id="ledger-facets" role="search" aria-label="Claims">{_boxes([f for f, _ in claim_rows(rows)], names)}'
        '<label>Words <input type="search" data-facet="words" placeholder="LSTM, Sharpe, ..."></label> '
        '<button type="reset">Show all</button> <output id="ledger-count" aria-live="polite"></output></form>'
    ]
    for paper, label in names.items():
        of_paper = [row for row in rows if row["paper"] == paper]
        chapters = list(dict.fromkeys(row["chapter"] for row in of_paper))
        tables = []
        for chapter in chapters:
            own = [row for row in of_paper if row["chapter"] == chapter]
            title = f"{label}: {claims_and_questions(own)}"
            heading = ""
            if len(chapters) > 1:
                words = html.escape(chapter.replace("_", " "))
                title = f"{label}, chapter {chapter.replace('_', ' ')}: {claims_and_questions(own)}"
                heading = f'<h3 id="ledger-{html.escape(f"{paper}-{chapter}")}">Chapter {words}</h3>'
            caption = ". ".join(part for part in (title, data_caveat(own)) if part)
            table = verdict_table(own, caption, "{page}.html#{anchor}", repository, beside=beside)
            tables.append(f'<div class="ledger-part">{heading}{table}</div>')
        parts.append(
            f'<div class="ledger"><h2 id="paper-{html.escape(paper)}">{html.escape(label)}</h2>{"".join(tables)}</div>'
        )
    return "".join(parts) + SCRIPT
