"""What the front page, the verdicts and the errata show of a run's ledger."""

import html
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.checks.confidence import TAIL
from portfolio_study.errors import LedgerError, needing
from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import MAIN, UNJUDGED
from portfolio_study.ledger.judge import Row, counts, statements
from portfolio_study.ledger.registration import read_registration
from portfolio_study.ledger.tables import BADGES, badge, claim_rows, plain_text, shown_number, verdict_table
from portfolio_study.settings import build_dir, project_root

with needing("book"):
    import yaml

# Of each style of badge: hatching and colour, so that bars read in grey too; the colours of study.css.
HATCHES = {
    "reproduced": "",
    "direction": "//",
    "fails": "xx",
    "open": "..",
    "erratum": "\\\\",
    "untestable": "",
}
FILLS = {
    "reproduced": "green",
    "direction": "blue",
    "fails": "vermilion",
    "open": "yellow",
    "erratum": "purple",
}
CHECK_WORDS = {
    rules.REPRODUCTION: "Computational reproduction (as published, on the paper's data)",
    rules.ROBUSTNESS: "Robustness (corrected, on the paper's data)",
    rules.REPLICATION: "Replication (on other data)",
    rules.MATHEMATICS: "Mathematical check",
}


def read_run(ledger: str | None) -> dict[str, Any]:
    """Content of a run: ``verdicts``, ``errata`` and ``run``.

    Parameters
    ----------
    ledger : str or None
        File that the build writes before these pages run; None reads the
        published run in ``build/``.

    Raises
    ------
    LedgerError
        If there is no run to show.
    """
    if ledger is not None:
        content: dict[str, Any] = json.loads(Path(ledger).read_text(encoding="utf-8"))
        return content
    files = {name: build_dir() / "current" / f"{name}.json" for name in ("verdicts", "errata", "run")}
    for path in files.values():
        if not path.is_file():
            raise LedgerError(f"no run to show ({path} is missing): run `make book` first")
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items()}


def data_sentence(run: Mapping[str, Any]) -> str:
    """Which prices this build stands on, in one sentence."""
    tickers = run["tickers"]
    if histories := run.get("histories"):
        told = "; ".join(
            f"{name}: {len(h['tickers'])} {h['frequency']} series, {h['first']} to {h['last']}, "
            f"source {h['source']}{_declared(h)}"
            for name, h in histories.items()
        )
        said = " ".join(f"{n[:1].upper()}{n[1:].rstrip('.')}." for n in run["data"].get("notes") or ())
        return (
            f"In this build every chapter works on the sample of its paper ({told}), in the profile "
            f"{run['profile']}; checksum {run['sha256'][:12]}. {said}".rstrip()
        )
    vendor = (run.get("data") or {}).get("vendor")
    origin = f"source {run['source']}" + (
        _declared({"manifest": run.get("data")}) or (f", vendor {vendor}" if vendor else "")
    )
    notes = " ".join(
        f"{n[:1].upper()}{n[1:].rstrip('.')}." for n in (run.get("data") or {}).get("notes") or ()
    )
    return (
        f"This build used {len(tickers)} {run['frequency']} price histories ({run['universe']}, {origin}) "
        f"from {str(run['start'])[:10]} to {str(run['end'])[:10]}, in the profile {run['profile']}; "
        f"checksum {run['sha256'][:12]}." + (f" {notes}" if notes else "")
    )


def _declared(history: Mapping[str, Any]) -> str:
    """The vendor of a price history, where a reader's word is all that says so."""
    manifest = history.get("manifest") or {}
    return (
        f", vendor {manifest['vendor']} as declared, not recognised"
        if manifest.get("vendor_declared")
        else ""
    )


def run_facts(run: Mapping[str, Any]) -> pd.DataFrame:
    """What was asked for and what was used, one fact a row."""
    manifest, request = run.get("data") or {}, run.get("request") or {}
    facts = {
        "profile": run["profile"],
        "source": run["source"],
        "universe": run["universe"],
        "tickers": " ".join(run["tickers"]),
        "first date": str(run["start"])[:10],
        "last date": str(run["end"])[:10],
        "frequency": run["frequency"],
        "checksum of the prices (sha256)": run["sha256"],
        **{f"asked for: {name}": value for name, value in request.items() if value is not None},
        **{f"data: {name}": value for name, value in manifest.items() if isinstance(value, str | int)},
        "Python": run["python"],
        "platform": run["platform"],
        "processors": run["processors"],
        "computed at": run["computed_at"],
    }
    return pd.DataFrame({"fact": list(facts), "value": [str(v) for v in facts.values()]})


def chapter_costs(run: Mapping[str, Any]) -> pd.DataFrame:
    """Seconds and peak memory of each chapter when it was last executed."""
    chapters = run["chapters"]
    return pd.DataFrame(
        {
            "chapter": list(chapters),
            "seconds": [float(c["seconds"]) for c in chapters.values()],
            "peak memory (MiB)": [float(c["peak_memory_mb"] or "nan") for c in chapters.values()],
            "executed at": [str(c["executed_at"]) for c in chapters.values()],
        }
    )


def package_versions(run: Mapping[str, Any]) -> pd.DataFrame:
    """Versions of the packages that a result can depend on."""
    return pd.DataFrame({"package": list(run["packages"]), "version": list(run["packages"].values())})


def smallest_effects(rows: Iterable[Row]) -> pd.DataFrame:
    """Smallest effect that matters for each quantity of which a direction is claimed.

    Columns ``chapter``, ``quantity`` (the record's unit), ``smallest effect`` and ``claims``;
    only the readings that count, in reading order.
    """
    judged = [row for row in rows if row["primary"] and row["smallest_effect"] is not None]
    table = pd.DataFrame(
        {
            "chapter": [str(row["chapter"]).replace("_", " ") for row in judged],
            "quantity": [row["unit"] or row["statement"] for row in judged],
            "smallest effect": [float(row["smallest_effect"]) for row in judged],
        }
    )
    return table.groupby(list(table.columns), sort=False).size().rename("claims").reset_index()


def stored_reference(name: str = "papers") -> dict[str, Any] | None:
    """The stored run on the papers' own samples; None where there is none."""
    path = project_root() / "book" / "reference" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def answers_table(rows: Iterable[Row]) -> str:
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
        printed = (
            f"<br><small>printed: {html.escape(str(row['paper_value']))}</small>"
            if row["paper_value"]
            else ""
        )
        found = html.escape(plain_text(row.get("sentence") or row["reason"]))
        body.append(
            f'<tr><th scope="row">{title}<br><small>text {html.escape(row["paper"])}</small></th>'
            f"<td>{html.escape(row['statement'])}{printed}</td><td>{found}</td>"
            f'<td><a href="{page}.html#{anchor}">{badge(row["verdict"], row.get("weak", False))}</a></td></tr>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Text", "It says", "Found here", "Verdict"))
    return (
        '<div class="table-scroll"><table class="study answers"><caption>The main claim of each text</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def reference_sentence(reference: Mapping[str, Any] | None, older: Sequence[str] = ()) -> str:
    """What the answers above stand on: the stored run on the papers' own samples, or this build."""
    if reference is None:
        return "These are the answers of this build."
    run = reference["run"]
    told = "; ".join(
        f"{html.escape(name)} {h['first']} to {h['last']}" for name, h in (run.get("histories") or {}).items()
    )
    late = (
        f" The code of {', '.join(name.replace('_', ' ') for name in older)} has changed since: "
        "`make book UNIVERSE=papers PROFILE=paper` computes it again."
        if older
        else ""
    )
    return (
        f"These are the answers of the reference run on the papers' own samples ({told}; profile {run['profile']}, "
        f"computed {str(run.get('computed_at'))[:10]}), which is stored with the book.{late}"
    )


def build_against_reference(rows: Iterable[Row], reference: Mapping[str, Any] | None) -> str:
    """Whether this build gives the verdicts of the reference, and the claims of which it does not."""
    if reference is None:
        return ""
    then = {row["id"]: row["verdict"] for row in reference["verdicts"] if row["counts"]}
    now = {row["id"]: row for row in rows if row["counts"] and row["id"] in then}
    other = [row for claim, row in now.items() if row["verdict"] != then[claim]]
    if not other:
        return f"<p>All {len(now)} verdicts of this build equal those of the reference.</p>"
    items = "".join(
        f'<li><a href="verdicts.html#claim-{html.escape(row["id"])}">{html.escape(row["statement"])}</a>: '
        f"{badge(then[row['id']])} in the reference, {badge(row['verdict'])} here</li>"
        for row in other
    )
    return (
        f"<details><summary>{len(now) - len(other)} of {len(now)} verdicts of this build equal those of the reference; "
        f"{len(other)} differ, because data or scale do</summary><ul>{items}</ul></details>"
    )


def _axis(value: float, low: float, high: float) -> float:
    """Position of a value on an axis that is linear near zero and logarithmic beyond, between 0 and 1."""

    def position(v: float) -> float:
        return math.copysign(math.log10(1 + abs(v) / SMALL), v)

    return (position(value) - position(low)) / ((position(high) - position(low)) or 1.0)


SMALL = 1e-3
"""Size below which the axes of `published_against_ours` are linear."""
DOTS = {"reproduced": "#009e73", "fails": "#d55e00", "open": "#8a6d00", "untestable": "#777777"}


def published_against_ours(rows: Iterable[Row]) -> str:
    """A picture (SVG) of every printed number against ours: one dot a claim, linked to its row.

    Shape and colour are the verdict; dots on the line agree. Axes are logarithmic beyond 0.001.
    """
    points = []
    for row in rows:
        if not (row["counts"] and row["kind"] == "number" and isinstance(row["value"], int | float)):
            continue
        try:
            points.append((rules.paper_number(str(row["paper_value"])), float(row["value"]), row))
        except LedgerError:
            continue
    if not points:
        return ""
    ends = [v for x, y, _ in points for v in (x, y)]
    low, high = min(*ends, 0.0), max(ends)
    size, margin = 330, 46
    marks = []
    for x, y, row in points:
        px, py = (
            margin + _axis(x, low, high) * (size - 2 * margin),
            size - margin - _axis(y, low, high) * (size - 2 * margin),
        )
        style = BADGES[row["verdict"]][0]
        colour = DOTS.get(style, DOTS["untestable"])
        shape = (
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5" fill="{colour}"/>'
            if style == "reproduced"
            else f'<path d="M{px - 4:.1f} {py - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2.4"/>'
            if style == "fails"
            else f'<rect x="{px - 4:.1f}" y="{py - 4:.1f}" width="8" height="8" fill="none" stroke="{colour}" '
            'stroke-width="2"/>'
        )
        told = f"{row['statement']}: printed {row['paper_value']}, ours {shown_number(y)} ({row['verdict']})"
        marks.append(
            f'<a href="verdicts.html#claim-{html.escape(row["id"])}"><title>{html.escape(told)}</title>{shape}</a>'
        )
    ticks = "".join(
        f'<text x="{margin + _axis(v, low, high) * (size - 2 * margin):.1f}" y="{size - margin + 16}" '
        f'text-anchor="middle">{v:g}</text>'
        f'<text x="{margin - 6}" y="{size - margin - _axis(v, low, high) * (size - 2 * margin) + 4:.1f}" '
        f'text-anchor="end">{v:g}</text>'
        for v in (-1.0, -0.01, 0.0, 0.01, 0.1, 1.0, 100.0, 10000.0)
        if low <= v <= high
    )
    return (
        f'<figure><svg viewBox="0 0 {size} {size}" width="{size}" role="img" font-size="11" fill="currentColor" '
        f'aria-label="{len(points)} printed numbers against ours">'
        f'<rect x="{margin}" y="{margin}" width="{size - 2 * margin}" height="{size - 2 * margin}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.4"/>'
        f'<path d="M{margin} {size - margin}L{size - margin} {margin}" stroke="currentColor" stroke-dasharray="4 3"/>'
        f'{ticks}{"".join(marks)}<text x="{size / 2}" y="{size - 8}" text-anchor="middle">printed</text>'
        f'<text x="12" y="{size / 2}" text-anchor="middle" transform="rotate(-90 12 {size / 2})">ours</text></svg>'
        f"<figcaption>{len(points)} printed numbers and ours. On the dashed line they agree; discs are reproduced, "
        "crosses are not, squares cannot be told or were measured on other data. Each links to its claim."
        "</figcaption></figure>"
    )


def paper_names(rows: Iterable[Row]) -> dict[str, str]:
    """Papers of judged rows, by number: ``"Minimum variance (002)"``, or the number of one without a title."""
    titles = {row["paper"]: row.get("paper_title") for row in rows}
    return {paper: f"{title} ({paper})" if title else paper for paper, title in sorted(titles.items())}


def statements_by_check(rows: Iterable[Row]) -> pd.DataFrame:
    """Number of whole statements by kind of check (rows) and verdict (columns that occur)."""
    rows = list(rows)
    table = pd.DataFrame({CHECK_WORDS[check]: counts(rows, check) for check in rules.CHECKS}).T
    return table.loc[:, table.any()].rename_axis("kind of check")


def statements_by_paper(rows: Iterable[Row]) -> pd.DataFrame:
    """Number of whole statements by paper (rows) and verdict (columns that occur)."""
    rows = list(rows)
    table = pd.DataFrame(
        {
            name: counts([row for row in rows if row["paper"] == paper])
            for paper, name in paper_names(rows).items()
        }
    ).T
    return table.loc[:, table.any()].rename_axis("paper")


def summary_sentence(rows: Sequence[Row]) -> str:
    """What was checked and what came out, a sentence for each kind of check; never added up over kinds."""
    parts = []
    for check in rules.CHECKS:
        found = {verdict: n for verdict, n in counts(rows, check).items() if n}
        if found:
            shown = ", ".join(f"{n} {verdict}" for verdict, n in found.items())
            parts.append(f"{CHECK_WORDS[check]}: {shown}.")
    unjudged = {row["id"] for row in rows if not row["counts"] and row["primary"]}
    shut = statements(rows, "")
    if shut:
        found = Counter(row["verdict"] for row in shut)
        shown = ", ".join(f"{n} {verdict}" for verdict, n in found.most_common())
        parts.append(f"Not judged: {shown}.")
    if unjudged:
        parts.append(f"{len(unjudged)} definitions, settings and opinions have no verdict.")
    return " ".join(parts)


def statements_figure(table: pd.DataFrame) -> Any:
    """Stacked horizontal bars of `statements_by_check`, hatched so that they read without colour."""
    import matplotlib.pyplot as plt

    from portfolio_study.figures import COLOURS

    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.7 * len(table)))
    left = pd.Series(0.0, index=table.index)
    for verdict in table.columns:
        style, symbol = BADGES[verdict]
        ax.barh(
            table.index,
            table[verdict],
            left=left,
            color=COLOURS[FILLS[style]] if style in FILLS else "#e6e6e6",
            hatch=HATCHES[style],
            edgecolor="white" if not HATCHES[style] else "#333333",
            linewidth=0.5,
            label=f"{symbol} {verdict}",
        )
        left = left + table[verdict]
    ax.invert_yaxis()
    ax.set_xlabel("statements (a table of a paper is one)")
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.3, -0.35 / max(1, len(table) / 2)))
    ax.grid(axis="y", visible=False)
    return fig


def weak_tests(rows: Iterable[Row]) -> tuple[int, int]:
    """How many directions that count were tested, and how many of the tests could not have answered no."""
    tested = [r for r in rows if r["counts"] and r["kind"] == "direction" and r["interval"] is not None]
    return len(tested), sum(r["weak"] for r in tested)


def expected_false(rows: Iterable[Row]) -> tuple[int, float]:
    """Number of families of directions, and how many of them luck alone lets hold somewhere.

    Each family has a chance of at most 2.5 % that one of its contrasts lies above zero by luck.
    """
    families = {(r["paper"], r["group"]) for r in rows if r["counts"] and r["kind"] == "direction"}
    return len(families), TAIL * len(families)


def luck_sentence(rows: Sequence[Row]) -> str:
    """How many tests could not have answered no, and how many claims luck alone lets hold."""
    tested, weak = weak_tests(rows)
    families, false = expected_false(rows)
    held = counts([row for row in rows if row["kind"] == "direction"])[rules.HOLDS]
    share = f", {false / held:.0%} of the {held} that hold" if held else ""
    return (
        f"{weak} of {tested} tests of directions could not have answered no: their interval is wider than the "
        f"smallest effect that matters. A book with {families} tables of directions expects about {false:.1f} that "
        f"hold by luck alone{share}."
    )


def changes_table() -> str:
    """Every change of what decides a verdict since it was registered: what, why, which verdicts moved."""
    changes = read_registration(project_root()).get("changes") or []
    if not changes:
        return "<p>Nothing was changed since the registration.</p>"
    body = "".join(
        f"<tr><td>{html.escape(str(row['date']))}</td><td>{html.escape(row['what'])}</td>"
        f"<td>{html.escape(row['why'])}</td><td>{html.escape(row['moved'])}</td><td>{len(row['claims'])}</td></tr>"
        for row in changes
    )
    head = "".join(
        f'<th scope="col">{h}</th>' for h in ("Date", "What", "Why", "Verdicts that moved", "Claims")
    )
    return (
        '<div class="table-scroll"><table class="study"><caption>Changes of what is judged</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def readings_table() -> str:
    """Where the two readers of a claim disagreed, and how that ended: a folded table a chapter."""
    parts = []
    for path in sorted((project_root() / "book" / "readings").glob("*.yml")):
        rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        body = "".join(
            f"<tr><td>{html.escape(str(r['claim']))}</td><td>{html.escape(r['first'])}</td>"
            f"<td>{html.escape(r['second'])}</td><td>{html.escape(r['ended'])}</td></tr>"
            for r in rows
        )
        head = "".join(
            f'<th scope="col">{h}</th>' for h in ("Claim", "First reader", "Second reader", "How it ended")
        )
        name = path.stem.replace("_", " ")
        parts.append(
            f"<details><summary>{name}: {len(rows)} disagreements</summary>"
            f'<div class="table-scroll"><table class="study"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
            "</table></div></details>"
        )
    return "".join(parts)


def unjudged_table(rows: Iterable[Row]) -> str:
    """Definitions, settings and opinions, in one folded table without verdicts."""
    own = [row for row in rows if row["primary"] and not row["counts"]]
    if not own:
        return ""
    body = "".join(
        f"<tr><td>{html.escape(row['statement'])}</td><td>{html.escape(row['kind'])}</td>"
        f"<td>paper {html.escape(row['paper'])}, {html.escape(row['place'])}</td></tr>"
        for row in own
    )
    return (
        f"<details><summary>{len(own)} definitions, settings and opinions, which have no verdict</summary>"
        '<div class="table-scroll"><table class="study"><thead><tr><th scope="col">Statement</th>'
        f'<th scope="col">Kind</th><th scope="col">Place</th></tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def headline_table(rows: Iterable[Row]) -> str:
    """The papers' main claims, both readings, each linked to its proof."""
    return verdict_table(
        [row for row in rows if row["headline"]],
        "The main claims; every row links to its proof",
        link="{page}.html#{anchor}",
    )


def paper_tables(rows: Iterable[Row]) -> str:
    """All judged claims, one table a paper, with boxes that filter them; the address keeps what was chosen."""
    rows = [row for row in rows if row["kind"] not in UNJUDGED]
    firsts = [first for first, _ in claim_rows(rows)]
    names = paper_names(rows)
    options = {
        "paper": names,
        "verdict": {v: v for v in rules.VERDICTS if any(row["verdict"] == v for row in firsts)},
        "check": {
            c: c
            for c in (*rules.CHECKS, "not judged")
            if any((r["check"] or "not judged") == c for r in firsts)
        },
        "chapter": {c: c.replace("_", " ") for c in dict.fromkeys(row["chapter"] for row in firsts)},
    }
    words = {"paper": "Paper", "verdict": "Verdict", "check": "Kind of check", "chapter": "Chapter"}
    boxes = "".join(
        f'<label>{words[facet]} <select data-facet="{facet}"><option value="">all</option>'
        + "".join(
            f'<option value="{html.escape(str(value))}">{html.escape(text)}</option>'
            for value, text in found.items()
        )
        + "</select></label> "
        for facet, found in options.items()
    )
    parts = [
        f'<form class="ledger-facets" id="ledger-facets">{boxes}'
        '<label>Words <input type="search" data-facet="words" placeholder="LSTM, Sharpe, ..."></label> '
        '<button type="reset">Show all</button> <output id="ledger-count" aria-live="polite"></output></form>'
    ]
    for paper, label in names.items():
        own = [row for row in rows if row["paper"] == paper]
        claims = len({row["id"] for row in own})
        table = verdict_table(own, label, link="{page}.html#{anchor}")
        parts.append(
            f'<details class="ledger" open><summary>{html.escape(label)}: {claims} claims</summary>{table}</details>'
        )
    return "".join(parts) + LEDGER_SCRIPT


#: Filters the claims; a link with a claim's name opens its table, and Back returns to what was chosen before.
LEDGER_SCRIPT = """
<script>
(() => {
  const form = document.getElementById("ledger-facets");
  const boxes = [...form.querySelectorAll("[data-facet]")];
  const claims = [...document.querySelectorAll("details.ledger tbody.claim")];
  const texts = claims.map(claim => claim.textContent.toLowerCase());
  const count = document.getElementById("ledger-count");
  const apply = () => {
    let shown = 0;
    claims.forEach((claim, i) => {
      const fits = boxes.every(box => {
        const wanted = box.value;
        if (!wanted) return true;
        if (box.dataset.facet !== "words") return claim.dataset[box.dataset.facet] === wanted;
        return wanted.toLowerCase().split(/\\s+/).every(word => texts[i].includes(word));
      });
      claim.hidden = !fits;
      shown += fits;
    });
    document.querySelectorAll("details.ledger").forEach(part => {
      part.hidden = !part.querySelector("tbody.claim:not([hidden])");
    });
    count.textContent = shown ? `${shown} of ${claims.length} claims` : "No claim fits: choose fewer conditions.";
  };
  const read = () => {
    const asked = new URLSearchParams(location.search);
    boxes.forEach(box => { box.value = asked.get(box.dataset.facet) || ""; });
    apply();
  };
  const write = () => {
    const chosen = new URLSearchParams();
    boxes.forEach(box => { if (box.value) chosen.set(box.dataset.facet, box.value); });
    const text = chosen.toString();
    try { history.pushState(null, "", text ? "?" + text : location.pathname.split("/").pop()); } catch (_) {}
    apply();
  };
  form.addEventListener("change", write);
  form.addEventListener("input", apply);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));
  addEventListener("popstate", read);
  read();
})();
</script>"""


LIST_WORDS = {
    "erratum": "Errors, with a counterexample or two computations that agree against the print",
    "misprint": "Misprints: slips that the text around them corrects",
    "ambiguity": "Ambiguities and omissions: what the text leaves open",
    "withdrawn": "Withdrawn: faults of this book's, not of the papers",
}


def errata_lists(errata: Iterable[Row]) -> str:
    """The lists of errors, misprints, ambiguities and withdrawn rows, each a table."""
    rows = list(errata)
    return "".join(
        errata_table(own, f"{words} ({len(own)})")
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
    body = []
    for row in errata:
        text = {name: html.escape(str(value or "")) for name, value in row.items()}
        test = f"<br><small>test: <code>{text['test']}</code></small>" if row["test"] else ""
        review = f"<br><small>Read again: {text['review']}</small>" if row["review"] else ""
        cells = (
            f'<a href="{text["chapter"]}.html">{text["id"]}</a>',
            f"paper {text['paper']}, {text['place']}",
            text["problem"],
            text["correct"],
            text["evidence"] + test + review,
            text["materiality"],
        )
        body.append(f'<tr id="{text["id"]}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    columns = ("Id", "Place", "Printed", "Correct", "Evidence", "What it changes")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        f'<div class="table-scroll"><table class="study"><caption>{html.escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def rules_list() -> str:
    """The verdict rules as a numbered list, in MyST."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(rules.RULES, 1))


def legend() -> str:
    """What each verdict means, with its badge."""
    meaning = {
        rules.REPRODUCED: "a number: ours agrees on the paper's own data",
        rules.NOT_REPRODUCED: "a number: ours differs on the paper's own data",
        rules.HOLDS: "a direction: the effect has the paper's sign, beyond sampling error",
        rules.DOES_NOT_HOLD: "a direction: any effect is smaller than what would matter",
        rules.CANNOT_BE_TOLD: "the data cannot tell; *test too weak* where they could not have answered no",
        rules.TRUE_HERE: "a statement about a sample, true on samples of the paper's kind",
        rules.FALSE_HERE: "a statement about a sample, false on them",
        rules.PROVEN: "mathematics: the argument stands on the page",
        rules.CHECKED: "mathematics: no counterexample was found",
        rules.ERRATUM: "mathematics: a counterexample and the correction are given",
        rules.DEPENDS: "the text can be read in two ways, and they have different answers",
        rules.NOT_DEFINED: "the text does not say what would have to be computed",
        rules.LACKS_DATA: "needs data that this build does not have; the row says which and who has them",
        rules.NOT_PRINTED: "the text does not print the number",
        rules.NO_VERDICT: "a setting, a definition or an opinion; or a printed number beside other data",
    }
    items = "".join(f"<li>{badge(verdict)} {text.replace('*', '')}</li>" for verdict, text in meaning.items())
    return f'<ul class="verdict-legend">{items}</ul>'
