"""What the summary pages say of a run: its data, and its verdicts in numbers."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from portfolio_study.asset_tables import listed
from portfolio_study.checks.confidence import TAIL
from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.judge import Row, counts, measured_on_data, statements
from portfolio_study.ledger.shown import counted
from portfolio_study.network_engine import EACH
from portfolio_study.settings import build_dir, project_root

MOST_TICKERS_NAMED = 60  # in the table of what a run was made of
LONGEST_FACT = 400  # characters of what was asked for
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


def data_sentence(run: Mapping[str, Any], place: str = "the page Provenance") -> str:
    """Which prices this build stands on, in few sentences; the details stand in the place that is named."""
    tickers = run["tickers"]
    if histories := run.get("histories"):
        told = ", ".join(f"{name}{_declared(h)}" for name, h in histories.items())
        return (
            f"In this build chapters work on the samples of their papers as far as they could be had ({told}), in the profile "
            f"{run['profile']}; checksum {run['sha256'][:12]}. "
            f"{place[:1].upper()}{place[1:]} has dates, source and notes of each. {_further(run, place)}".strip()
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
        f"checksum {run['sha256'][:12]}. {_further(run, place)} {notes}".strip()
    )


def samples(run: Mapping[str, Any]) -> pd.DataFrame:
    """The price histories of a build whose chapters have their own, with what was noted of each; empty for others."""
    notes = (run.get("data") or {}).get("notes") or ()

    def noted(name: str) -> str:
        own = [note.removeprefix(f"{name}: ").rstrip(".") for note in notes if note.startswith(f"{name}: ")]
        return "; ".join(own)

    rows = [
        (
            name, len(h["tickers"]), h["frequency"], h["first"], h["last"], f"{h['source']}{_declared(h)}", noted(name),
        )
        for name, h in (run.get("histories") or {}).items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["sample", "series", "frequency", "first", "last", "source", "noted"])


def general_notes(run: Mapping[str, Any]) -> str:
    """What was noted of the prices and is of no single sample, as sentences."""
    named = tuple(f"{name}: " for name in run.get("histories") or ())
    if not named:
        return ""  # the sentence on the data has them
    notes = (run.get("data") or {}).get("notes") or ()
    return " ".join(f"{n[:1].upper()}{n[1:].rstrip('.')}." for n in notes if not n.startswith(named))


def _further(run: Mapping[str, Any], place: str) -> str:
    """Which other prices chapters measured on, and where they stand."""
    own = {run["universe"], *(h.get("universe") for h in (run.get("histories") or {}).values())}
    chapters: dict[str, list[str]] = {}  # by universe
    for one in run.get("measured_on") or ():
        for name in one["universe"].split(" and "):
            if name not in own:
                chapters.setdefault(name, []).append(one["chapter"].replace("_", " "))
    told = "; ".join(f"{name} ({', '.join(dict.fromkeys(found))})" for name, found in chapters.items())
    return f"Other prices were measured on too: {told}; {place} lists them." if told else ""


def prices_measured(run: Mapping[str, Any]) -> pd.DataFrame:
    """Prices behind the measured values, a row for each chapter and sample."""
    columns = ["chapter", "universe", "source", "series", "frequency", "first", "last", "values"]
    return pd.DataFrame(list(run.get("measured_on") or ()), columns=columns)


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
        "tickers": listed(run["tickers"], " ", most=MOST_TICKERS_NAMED),
        **_spans(run),
        "checksum of the prices (sha256)": run["sha256"],
        **{
            f"asked for: {name}": _short(Path(value).name if name == "path" else value)
            for name, value in request.items()
            if value is not None
        },
        **{f"data: {name}": value for name, value in manifest.items() if isinstance(value, str | int)},
        "Python": run["python"],
        "platform": run["platform"],
        "processors": run["processors"],
        "networks": f"trained {run.get('networks', EACH)}, where they were not read from stored computations",
        "computed at": run["computed_at"],
    }
    return pd.DataFrame({"fact": list(facts), "value": [str(v) for v in facts.values()]})


def _spans(run: Mapping[str, Any]) -> dict[str, str]:
    """First and last date: of each history where the chapters have several, because they differ."""
    if histories := run.get("histories"):
        return {
            f"dates of {name}": f"{h['first']} to {h['last']}, {h['frequency']}"
            for name, h in histories.items()
        }
    return {
        "first date": str(run["start"])[:10],
        "last date": str(run["end"])[:10],
        "frequency": run["frequency"],
    }


def _short(asked: Any) -> Any:
    """What was asked for, without the end of a long list of names."""
    text = ", ".join(map(str, asked)) if isinstance(asked, list | tuple) else str(asked)
    return text if len(text) <= LONGEST_FACT else f"{text[:LONGEST_FACT]} ..."


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


def reference_sentence(reference: Mapping[str, Any] | None, older: Sequence[str] = ()) -> str:
    """What the answers above stand on: the stored run on the papers' own samples, or this build."""
    if reference is None:
        return "The answers are those of this build."
    run = reference["run"]
    told = "; ".join(
        f"{html.escape(name)} {h['first']} to {h['last']}" for name, h in (run.get("histories") or {}).items()
    )
    measured, other = measured_on_data(reference["verdicts"])
    partly = (
        f" {other} of its {measured} claims that are measured on data have other data than the paper's, or the text names none."
        if other
        else ""
    )
    late = (
        f" The code of {', '.join(name.replace('_', ' ') for name in older)} has changed since: "
        "“make book UNIVERSE=papers PROFILE=paper” computes it again."
        if older
        else ""
    )
    return (
        "The answers are those of the reference run on the papers' own samples, as far as they could be had "
        f"({told}; profile {run['profile']}, computed {str(run.get('computed_at'))[:10]}), which is stored with the "
        f"book.{partly}{late}"
    )


def whose_sentence(reference: Mapping[str, Any] | None) -> str:
    """Whose answers a count shows, and where this build's own are."""
    if reference is None:
        return "Counted are the answers of this build."
    return "Counted are the answers of the reference run; those of this build are counted on the page of verdicts."


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


def summary_table(rows: Sequence[Row]) -> pd.DataFrame:
    """What was checked and how the statements came out, a row for each kind of check; never added up over kinds."""
    told = {CHECK_WORDS[check]: counts(rows, check) for check in rules.CHECKS}
    told["Could not be judged"] = dict(Counter(row["verdict"] for row in statements(rows, "")).most_common())
    unjudged = {row["id"] for row in rows if not row["counts"] and row["primary"]}
    told["Definitions, settings and opinions"] = {"without a verdict": len(unjudged)}
    shown = {
        check: ", ".join(f"{n} {verdict}" for verdict, n in found.items() if n)
        for check, found in told.items()
    }
    return pd.DataFrame([pair for pair in shown.items() if pair[1]], columns=["kind of check", "statements"])


def reconciled(rows: Sequence[Row]) -> str:
    """How rows, claims, statements, own questions and definitions add up: why counts of them differ.

    Parameters
    ----------
    rows : sequence of dict
        Judged rows of a run, all readings.
    """
    ids = {row["id"] for row in rows}
    claims = {row["id"] for row in rows if row["counts"]}
    without = {row["id"] for row in rows if row["primary"] and not row["counts"]}
    whole, own = len(statements(rows)), len(ids - claims - without)
    settings = counted(len(without), "definition, setting or opinion", "definitions, settings and opinions")
    return (
        f"The book has {counted(len(ids), 'row')}: {counted(len(claims), 'claim')} of the texts, each with one verdict; "
        f"{counted(own, 'question')} of its own beside them, which {'has' if own == 1 else 'have'} no vote; and {settings} "
        f"of the texts, which {'has' if len(without) == 1 else 'have'} no verdict. Where a table or a sentence of a text "
        f"makes several claims they are one statement, as good as its weakest claim: the {len(claims)} claims are "
        f"{counted(whole, 'statement')}. Verdicts are counted by claim in tables and filters, by statement where it says so."
    )


def errata_sentence(rows: Sequence[Row], errata: Iterable[Row]) -> str:
    """How many errors the texts have, and how many claims and whole statements they break."""
    errors = [row["id"] for row in errata if row["list"] == "erratum"]
    broken = [row for row in rows if row["counts"] and row["verdict"] == rules.ERRATUM]
    whole = [row for row in statements(rows) if row["verdict"] == rules.ERRATUM]
    named = {word for row in broken for word in re.findall(r"[\w-]+", row["reason"])}
    behind = [name for name in errors if name in named]
    return (
        f"The texts have {counted(len(errors), 'error')} that {'is' if len(errors) == 1 else 'are'} listed with "
        f"evidence. {counted(len(broken), 'claim')} in {counted(len(whole), 'statement')} (the claims of a table are one "
        f"statement) have the verdict erratum, because of {len(behind)} of these errors; claims "
        f"beside the other {len(errors) - len(behind)} have other verdicts or none."
    )


def tested_directions(rows: Iterable[Row]) -> list[Row]:
    """Rows of the directions that count and were tested: some lack data, or are not defined by the text."""
    return [r for r in rows if r["counts"] and r["kind"] == "direction" and r["interval"] is not None]


def weak_tests(rows: Iterable[Row]) -> tuple[int, int]:
    """Of how many tested directions it is asked whether the test could have answered no, and how many could not.

    It is not asked where the smallest effect that matters is zero.
    """
    asked = [r for r in tested_directions(rows) if r["smallest_effect"]]
    return len(asked), sum(r["weak"] for r in asked)


def expected_false(rows: Iterable[Row]) -> tuple[int, float]:
    """Number of families of tested directions, and how many of them luck alone lets hold somewhere.

    Each family has a chance of at most 2.5 % that one of its contrasts lies above zero by luck.
    """
    families = {(r["paper"], r["group"]) for r in tested_directions(rows)}
    return len(families), TAIL * len(families)


def luck_sentence(rows: Sequence[Row]) -> str:
    """How many tests could not have answered no, and how many claims luck alone lets hold."""
    tested, weak = weak_tests(rows)
    others = len(tested_directions(rows)) - tested
    no = sum(
        r["smallest_effect"] > 0 and r["verdict"] == rules.DOES_NOT_HOLD for r in tested_directions(rows)
    )
    apart = f"; {no} of the {tested} did answer no" if no else ""
    apart += f"; not asked of {counted(others, 'other test')}, where that is zero" if others else ""
    families, false = expected_false(rows)
    held = counts([row for row in rows if row["kind"] == "direction"])[rules.HOLDS]
    share = f", {false / held:.0%} of the {held} that hold" if held else ""
    return (
        f"{weak} of {tested} tests of directions could not have answered no: had they found no effect at all, their "
        f"interval would still have reached the smallest effect that matters (rule 10{apart}). "
        f"A book with {families} tables of directions expects about {false:.1f} that hold by luck alone{share}."
    )


def rules_list() -> str:
    """The verdict rules as a numbered list, in MyST."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(rules.RULES, 1))
