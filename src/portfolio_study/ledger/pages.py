"""What the front page, the verdicts and the errata show of a run's ledger."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.judge import Row, counts
from portfolio_study.ledger.tables import BADGES, badge, verdict_table
from portfolio_study.settings import build_dir, project_root

HATCHES = {
    rules.REPRODUCED: "",
    rules.DIRECTION_HOLDS: "//",
    rules.DOES_NOT_HOLD: "xx",
    rules.INCONCLUSIVE: "..",
    rules.ERRATUM: "\\\\",
    rules.NOT_TESTABLE: "",
}
# The colours of the badges in study.css.
FILLS = {
    rules.REPRODUCED: "green",
    rules.DIRECTION_HOLDS: "blue",
    rules.DOES_NOT_HOLD: "vermilion",
    rules.INCONCLUSIVE: "yellow",
    rules.ERRATUM: "purple",
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
            f"source {h['source']}"
            for name, h in histories.items()
        )
        said = " ".join(f"{n[:1].upper()}{n[1:].rstrip('.')}." for n in run["data"].get("notes") or ())
        return (
            f"In this build every chapter works on the sample of its paper ({told}), in the profile "
            f"{run['profile']}; checksum {run['sha256'][:12]}. {said}".rstrip()
        )
    vendor = (run.get("data") or {}).get("vendor")
    origin = f"source {run['source']}" + (f", vendor {vendor}" if vendor else "")
    notes = " ".join(
        f"{n[:1].upper()}{n[1:].rstrip('.')}." for n in (run.get("data") or {}).get("notes") or ()
    )
    return (
        f"This build used {len(tickers)} {run['frequency']} price histories ({run['universe']}, {origin}) "
        f"from {str(run['start'])[:10]} to {str(run['end'])[:10]}, in the profile {run['profile']}; "
        f"checksum {run['sha256'][:12]}." + (f" {notes}" if notes else "")
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


def reference_banner() -> str:
    """The stored reference runs beside this build: data, dates and verdict counts; empty without one."""
    parts = []
    for path in sorted((project_root() / "book" / "reference").glob("*.json")):
        stored = json.loads(path.read_text(encoding="utf-8"))
        run, votes = stored["run"], counts(stored["verdicts"])
        shown = ", ".join(f"{n:.0f} {verdict}" for verdict, n in votes.items() if n >= 0.5)
        parts.append(
            f"<li><strong>{html.escape(str(run['universe']))}</strong>: {len(run['tickers'])} assets, "
            f"{str(run['start'])[:10]} to {str(run['end'])[:10]}, profile {html.escape(run['profile'])}, "
            f"checksum <code>{run['sha256'][:12]}</code>: {shown}</li>"
        )
    return f"<p>Reference runs, stored with their checksums:</p><ul>{''.join(parts)}</ul>" if parts else ""


def paper_names(rows: Iterable[Row]) -> dict[str, str]:
    """Papers of judged rows, by number: ``"Minimum variance (002)"``, or the number of one without a title."""
    titles = {row["paper"]: row.get("paper_title") for row in rows}
    return {paper: f"{title} ({paper})" if title else paper for paper, title in sorted(titles.items())}


def votes_by_paper(rows: Iterable[Row], reading: str | None = None) -> pd.DataFrame:
    """Votes by paper (rows) and verdict (columns); a table of a paper votes once."""
    rows = list(rows)
    votes = {
        name: counts([row for row in rows if row["paper"] == paper], reading)
        for paper, name in paper_names(rows).items()
    }
    return pd.DataFrame(votes).T.rename_axis("paper")


def summary_sentence(rows: Sequence[Row]) -> str:
    """The front page's first sentence, computed from the counted readings."""
    votes = whole_votes(counts(rows))
    tested = sum(n for verdict, n in votes.items() if verdict != rules.NOT_TESTABLE)
    claims = len({row["id"] for row in rows})
    parts = [f"{n} {verdict}" for verdict, n in votes.items() if verdict != rules.NOT_TESTABLE and n]
    return (
        f"{claims} published claims, grouped into {sum(votes.values())} statements, stand in the ledger; the "
        f"claims of a table share one vote. This build could test {tested} statements: {', '.join(parts)}. "
        f"The other {votes[rules.NOT_TESTABLE]} cannot be tested with these data, and each says why."
    )


def whole_votes(votes: Mapping[str, float]) -> dict[str, int]:
    """Round votes to whole numbers that add up to the rounded total (largest remainders)."""
    whole = {verdict: int(n) for verdict, n in votes.items()}
    missing = round(sum(votes.values())) - sum(whole.values())
    for verdict in sorted(votes, key=lambda v: votes[v] - whole[v], reverse=True)[:missing]:
        whole[verdict] += 1
    return whole


def votes_figure(votes: pd.DataFrame) -> Any:
    """Stacked horizontal bars of `votes_by_paper`, hatched so that they read without colour."""
    import matplotlib.pyplot as plt

    from portfolio_study.figures import COLOURS

    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.7 * len(votes)))
    left = pd.Series(0.0, index=votes.index)
    for verdict in votes.columns:
        fill = COLOURS[FILLS[verdict]] if verdict in FILLS else "#e6e6e6"
        ax.barh(
            votes.index,
            votes[verdict],
            left=left,
            color=fill,
            hatch=HATCHES[verdict],
            edgecolor="white" if not HATCHES[verdict] else "#333333",
            linewidth=0.5,
            label=f"{BADGES[verdict][1]} {verdict}",
        )
        left = left + votes[verdict]
    ax.invert_yaxis()
    ax.set_xlabel("statements (a table of a paper counts once)")
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.45, -0.35 / max(1, len(votes) / 2)))
    ax.grid(axis="y", visible=False)
    return fig


def headline_table(rows: Iterable[Row]) -> str:
    """The papers' main claims, both readings, each linked to its proof."""
    return verdict_table(
        [row for row in rows if row["headline"]],
        "The main claims; every row links to its proof",
        link="{page}.html#{anchor}",
    )


def paper_tables(rows: Iterable[Row]) -> str:
    """All claims, one table a paper, with a box that filters the rows as one types."""
    rows = list(rows)
    parts = [
        '<p><label for="ledger-filter">Show rows that contain:</label> '
        '<input id="ledger-filter" type="search" placeholder="e.g. does not hold, LSTM, Sharpe"></p>'
    ]
    for paper, label in paper_names(rows).items():
        own = [row for row in rows if row["paper"] == paper]
        claims = len({row["id"] for row in own})
        table = verdict_table(own, label, link="{page}.html#{anchor}")
        name = html.escape(label)
        parts.append(
            f'<details class="ledger" open><summary>{name}: {claims} claims</summary>{table}</details>'
        )
    script = """
    <script>
    (() => {
      const box = document.getElementById("ledger-filter");
      const rows = [...document.querySelectorAll("details.ledger tbody tr")];
      let claim = "";
      const texts = rows.map(row => {
        if (row.cells[0].innerText) claim = row.cells[0].innerText;
        return (claim + " " + row.innerText).toLowerCase();
      });
      box.addEventListener("input", () => {
        const wanted = box.value.toLowerCase();
        rows.forEach((row, i) => { row.hidden = !texts[i].includes(wanted); });
      });
    })();
    </script>"""
    return "".join(parts) + script


def errata_table(errata: Iterable[Row]) -> str:
    """Errors of the papers: what is printed, what is right, the evidence and what it changes.

    Parameters
    ----------
    errata : iterable of dict
        Rows of `portfolio_study.ledger.judge.judge_errata`.
    """
    body = []
    for row in errata:
        text = {name: html.escape(str(value or "")) for name, value in row.items()}
        test = f"<br><small>test: <code>{text['test']}</code></small>" if row["test"] else ""
        cells = (
            f'<a href="{text["chapter"]}.html">{text["id"]}</a>',
            f"paper {text['paper']}, {text['place']}",
            text["problem"],
            text["correct"],
            text["evidence"] + test,
            text["materiality"],
        )
        body.append(f'<tr id="{text["id"]}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>')
    columns = ("Id", "Place", "Printed", "Correct", "Evidence", "What it changes")
    head = "".join(f'<th scope="col">{name}</th>' for name in columns)
    return (
        '<div class="table-scroll"><table class="study"><caption>Errors found, and what they change'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def rules_list() -> str:
    """The verdict rules as a numbered list, in MyST."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(rules.RULES, 1))


def legend() -> str:
    """What each verdict means, with its badge."""
    meaning = {
        rules.REPRODUCED: "our number agrees on the paper's own data, or the statement is proven",
        rules.DIRECTION_HOLDS: "the effect has the paper's sign, beyond sampling error",
        rules.DOES_NOT_HOLD: "any effect is smaller than what would matter, or the number differs",
        rules.INCONCLUSIVE: "the data cannot tell",
        rules.ERRATUM: "the paper is wrong as printed; a counterexample and the correction are given",
        rules.NOT_TESTABLE: "needs data or details that this build or the paper does not have",
    }
    items = "".join(f"<li>{badge(verdict)} {text}</li>" for verdict, text in meaning.items())
    return f'<ul class="verdict-legend">{items}</ul>'
