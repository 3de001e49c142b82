"""Two runs side by side: this build and the stored reference run, as the front page shows them."""

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import MAIN
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.shown import plain_text
from portfolio_study.ledger.tables import named_cells, shown_value


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
    why = _Why(reference, run or {})
    named = (
        f"The {len(other)} claims whose verdicts differ"
        if len(other) > 1
        else "The claim whose verdict differs"
    )
    return (
        f"<p>{_agreement(shared, len(other))}. {why.of_all(other)}</p>"
        f"<details><summary>{named}</summary>"
        f"{_pairs_table(other, 'Claims whose verdicts differ', why)}</details>"
    )


def _pairs_table(pairs: Sequence[tuple[Row, Row]], caption: str, why: "_Why") -> str:
    """One row a claim: verdict and number of the reference run, and of this build; and the possible reason."""

    def told(row: Row) -> str:
        return f"{badge(row['verdict'], row.get('weak', False))}<br>{html.escape(shown_value(row))}"

    def named(then: Row, now: Row) -> str:
        return f'<a href="{own_row(now)}">{html.escape(plain_text(then["statement"]))}</a>'

    ordered = sorted(pairs, key=lambda pair: REASONS.index(why.of(*pair)))
    columns = ("Reference run", "This build", "What can be the reason")
    body = "".join(
        f'<tr><th scope="row">{named(then, now)} <small>(text {html.escape(then["paper"])})</small></th>'
        f"{named_cells(columns, (told(then), told(now), html.escape(why.words(then, now))))}</tr>"
        for then, now in ordered
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", *columns))
    return (
        f'<div class="table-scroll"><table class="study compared cards"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


SAME_DATA, LACKING, OTHER_DATA = REASONS = ("scale, code or platform", "lacking data", "other data")


class _Why:
    """What can be the reason of verdicts that differ, as far as one build can tell: data, scale or code.

    Parameters
    ----------
    reference : mapping
        The stored run.
    run : mapping
        Facts of this build.
    """

    def __init__(self, reference: Mapping[str, Any], run: Mapping[str, Any]) -> None:
        theirs, ours = reference["run"].get("profile"), run.get("profile")
        self.scale = "" if ours == theirs else f"the scale (profile {ours} instead of {theirs})"
        self.older = set((run.get("reference_older") or {}).get("papers") or ())
        self.all_same = bool((run.get("reference_same_data") or {}).get("papers"))

    def of(self, then: Row, now: Row) -> str:
        """Which of the reasons it can be."""
        if self.all_same:
            return SAME_DATA
        if now["verdict"] in (rules.NO_VERDICT, rules.LACKS_DATA):
            return LACKING
        return SAME_DATA if now["evidence"] == then["evidence"] != rules.OTHER_DATA else OTHER_DATA

    def words(self, then: Row, now: Row) -> str:
        """The possible reasons of one claim, for a cell."""
        reason = self.of(then, now)
        if reason == LACKING:
            return "This build lacks the data that decide it"
        named = ["other data"] if reason == OTHER_DATA else []
        named += ["scale"] if self.scale else []
        named += ["code"] if now["chapter"] in self.older else []
        return " or ".join(named or ["platform or random draw"]).capitalize()

    def of_all(self, differing: Sequence[tuple[Row, Row]]) -> str:
        """The possible reasons of all of them, in sentences."""
        changed = sum(now["chapter"] in self.older for _, now in differing)
        if self.all_same:
            if self.scale:
                or_code = "or the code " if changed else ""
                return f"The data are those of the reference: only {self.scale} {or_code}can be the reason."
            reason = (
                "the code has changed since"
                if changed
                else "the reason is another platform or another random draw"
            )
            return f"Data and scale are those of the reference: {reason}."
        count = Counter(self.of(*pair) for pair in differing)
        one = {reason: n == 1 for reason, n in count.items()}
        told = {
            LACKING: "cannot agree, because this build lacks the data that decide "
            f"{'it' if one.get(LACKING) else 'them'}: the paper's own, or others of that kind",
            SAME_DATA: f"{'has' if one.get(SAME_DATA) else 'have'} the same data or "
            f"{'needs' if one.get(SAME_DATA) else 'need'} none, so that only {self.scale or 'the code or the platform'} "
            "can be the reason",
            OTHER_DATA: f"{'is a statement' if one.get(OTHER_DATA) else 'are statements'} that other data can answer, and "
            "here "
            + (
                f"both the data and {self.scale} differ: which of the two moved "
                f"{'it' if one.get(OTHER_DATA) else 'them'}, one build cannot tell"
                if self.scale
                else "the data differ"
            ),
        }
        code = f" The code of {changed} of them has changed since the reference, too." if changed else ""
        return f"{'; '.join(f'{count[reason]} {words}' for reason, words in told.items() if count[reason])}.{code}"
