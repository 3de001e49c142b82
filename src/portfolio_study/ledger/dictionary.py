"""What each column of the files to take away is."""

from collections.abc import Iterable, Mapping
from typing import Any

from portfolio_study.ledger.series import COLUMNS, KINDS

#: Fields of a row of ``verdicts.json``; ``verdicts.csv`` has the ends of `interval` in two columns.
VERDICTS = {
    "id": "name of the claim; of a table of a paper, one row",
    "paper": "number of the text",
    "paper_title": "its short title",
    "chapter": "chapter of this book that measures it",
    "group": "table of claims that it belongs to; a table is one statement, as good as its weakest row",
    "kind": "number, direction, sample, mathematical, definition, setting, opinion, undefined (the text does not "
    "say what it compares) or untestable (data, or a part of the text, are lacking)",
    "headline": "whether it is a main claim of its text; `main` for the first of them",
    "statement": "what the text says, in the words of this book",
    "place": "section, table or figure of the text",
    "lines": "lines of the text",
    "words": "the decisive words of the text",
    "implied": "whether no text prints the number, and what it prints gives it",
    "reading": "as_published follows the text, flaws included; corrected puts leaks, units and tests right; "
    "also_asked is a question of this book's, which has no vote",
    "reading_note": "what this reading is",
    "primary": "whether this reading is the one that counts; other readings of a claim have rows of their own",
    "counts": "whether the row counts in the summaries: primary, and no definition, setting or opinion",
    "paper_value": "the number that the text prints, as it is printed",
    "value": "what was measured here; a number, truth value or text, in `unit`",
    "interval": "two-sided interval at the level of its family: the one that decides; `interval_low` and "
    "`interval_high` in `verdicts.csv`",
    "unit": "unit of value, interval, detectable and smallest_effect",
    "p_value": "p-value of the test, where there is one",
    "n": "observations or replications behind the value",
    "detectable": "effect that the test finds with 80 % power",
    "smallest_effect": "smallest effect that matters, fixed before",
    "check": "computational reproduction, robustness, replication or mathematical check; empty if not judged",
    "weak": "whether the test could not have answered no",
    "verdict": "the verdict",
    "reason": "why, in words",
    "sentence": "the verdict as a sentence, where the chapter has one",
    "who": "who has the data that are lacking",
    "evidence": "what it was measured on",
    "differs": "how these data differ from the text's",
    "materiality": "what an erratum changes",
    "measured_by": "measure that computes the value, `chapter.key`; see the page of measures",
    "where": "page and anchor of its proof",
}
ERRATA = {
    "id": "name of the erratum",
    "paper": "number of the text",
    "chapter": "chapter of this book that shows it",
    "place": "section, table or formula of the text",
    "problem": "what is printed",
    "correct": "what is right",
    "evidence": "how it was shown",
    "list": "erratum, misprint, ambiguity or withdrawn",
    "review": "what reading it again found",
    "test": "test of this book's code that holds it",
    "materiality": "what it changes, as measured in this build",
    "where": "page and anchor of the section that deals with it",
    "section": "title of that section",
}


def flat(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of ``verdicts.csv``: those of ``verdicts.json`` in the order of the dictionary, without nesting."""
    found = []
    for row in rows:
        low, high = row.get("interval") or (None, None)
        one: dict[str, Any] = {}
        for name in VERDICTS:
            one |= (
                {"interval_low": low, "interval_high": high} if name == "interval" else {name: row.get(name)}
            )
        found.append(one)
    return found


def dictionary() -> str:
    """The dictionary as tables, in MyST."""
    parts = {
        "Columns of series": {name: f"{text} ({_kinds(name)})" for name, text in COLUMNS.items()},
        "Columns of verdicts": VERDICTS,
        "Fields of errata": ERRATA,
    }
    return "\n\n".join(
        "\n".join([f"### {title}", "", "| column | what it is |", "| --- | --- |"])
        + "".join(f"\n| `{name}` | {text} |" for name, text in columns.items())
        for title, columns in parts.items()
    )


def _kinds(column: str) -> str:
    with_it = [kind for kind, columns in KINDS.items() if column in columns]
    return "all" if len(with_it) == len(KINDS) else ", ".join(with_it)
