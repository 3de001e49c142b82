"""Two runs side by side: this build and the stored reference run, as the front page shows them."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import MAIN
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.shown import plain_text
from portfolio_study.ledger.tables import shown_value


def headlines(rows: Iterable[Row]) -> list[Row]:
    """The main claim of each text: the one marked ``headline: main``, else its first headline."""
    first: dict[str, Row] = {}
    for row in rows:
        if row["headline"] and row["primary"]:
            known = first.setdefault(row["paper"], row)
            if row["headline"] == MAIN and known["headline"] != MAIN:
                first[row["paper"]] = row
    return [row for _, row in sorted(first.items())]


def own_row(row: Row) -> str:
    """Address of a claim's row in its chapter."""
    return html.escape(f"{row['where'].split('#', 1)[0]}.html#claim-{row['id']}")


def by_claim(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """Rows of a run by claim and reading."""
    return {(row["id"], row["reading"]): row for row in rows}


def build_against_reference(rows: Iterable[Row], reference: Mapping[str, Any] | None) -> str:
    """How many verdicts of this build equal those of the reference, in a sentence that leads to `comparison`.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows of this build.
    reference : mapping or None
        The stored run.
    """
    if reference is None:
        return ""
    shared, other = _against(rows, reference)
    return f'<p class="build">{_agreement(shared, len(other))}: <a href="#compare">the two compared</a>.</p>'


def _agreement(shared: int, differ: int) -> str:
    """How many of the verdicts that both runs have are equal, without a full stop."""
    if not differ:
        return f"Every verdict of this build ({shared}) equals that of the reference run"
    return (
        f"{shared - differ} of {shared} verdicts of this build equal those of the reference run; {differ} "
        f"{'differs' if differ == 1 else 'differ'}"
    )


def _against(rows: Iterable[Row], reference: Mapping[str, Any]) -> tuple[int, list[tuple[Row, Row]]]:
    """How many claims both runs judge, and those with another verdict: the reference's row and this build's."""
    then = {row["id"]: row for row in reference["verdicts"] if row["counts"]}
    pairs = [(then[row["id"]], row) for row in rows if row["counts"] and row["id"] in then]
    return len(pairs), [(old, new) for old, new in pairs if old["verdict"] != new["verdict"]]


def comparison(
    rows: Iterable[Row], reference: Mapping[str, Any] | None, run: Mapping[str, Any] | None = None
) -> str:
    """The reference run beside this build: every claim with another verdict, and why; the main claims stand above.

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
        return "<p>No reference run is stored with this copy of the book, so there is nothing to compare with.</p>"
    shared, other = _against(rows, reference)
    if not other:
        return f"<p>{_agreement(shared, 0)}, so there is nothing to list.</p>"
    return (
        f"<p>{_agreement(shared, len(other))}. {_why_they_differ(other, reference, run or {})}</p>"
        f"<details><summary>The {len(other)} claims whose verdicts differ</summary>"
        f"{_pairs_table(other, 'Claims whose verdicts differ')}</details>"
    )


def _pairs_table(pairs: Sequence[tuple[Row, Row]], caption: str) -> str:
    """One row a claim: verdict and number of the reference run, and of this build."""

    def cell(row: Row) -> str:
        return f"<td>{badge(row['verdict'], row.get('weak', False))}<br>{html.escape(shown_value(row))}</td>"

    def named(then: Row, now: Row) -> str:
        return f'<a href="{own_row(now)}">{html.escape(plain_text(then["statement"]))}</a>'

    body = "".join(
        f'<tr><th scope="row">{named(then, now)} <small>(text {html.escape(then["paper"])})</small></th>'
        f"{cell(then)}{cell(now)}</tr>"
        for then, now in pairs
    )
    columns = ("Claim", "Reference run: verdict and number", "This build: verdict and number")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        f'<div class="table-scroll"><table class="study compared"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _why_they_differ(
    differing: Sequence[tuple[Row, Row]], reference: Mapping[str, Any], run: Mapping[str, Any]
) -> str:
    """What can be the reason of the verdicts that differ, as far as one build can tell: data, scale or code."""
    then, other = {old["id"]: old for old, _ in differing}, [new for _, new in differing]
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
    lost = [row for row in other if row["verdict"] in silent]
    rest = [row for row in other if row not in lost]
    same = [row for row in rest if row["evidence"] == then[row["id"]]["evidence"] != rules.OTHER_DATA]
    parts = [
        (
            len(lost),
            "cannot agree, because this build lacks the data that decide them: the paper's own, or others of that kind",
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
