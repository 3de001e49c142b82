"""Results of a run that later runs are compared with: values and verdicts, no prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.compare import Difference, compare_records
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published, write_json

#: What of run.json says what the results were computed from.
IDENTITY = (
    "profile", "source", "universe", "tickers", "frequency", "start", "end", "sha256", "histories", "print",
    "parameters", "packages", "python", "platform", "computed_at", "git", "code", "chapters",
)  # fmt: skip
#: What of a history stays in a reference: what it was and how to recognise it, no price and no path.
OF_HISTORY = (
    "vendor", "source", "universe", "tickers", "first", "last", "rows", "sha256", "frequency", "instead", "print",
)  # fmt: skip
#: A line of the file: a value, a verdict, or a fact about the run.
LEVELS = 2


@dataclass(frozen=True)
class Report:
    """Result of a comparison.

    Attributes
    ----------
    path : pathlib.Path
        The reference.
    compared : int
        Number of values.
    differences : list of Difference
        Those that are not as they were.
    """

    path: Path
    compared: int
    differences: list[Difference] = field(default_factory=list)

    def text(self) -> str:
        """Return the readable report."""
        if not self.differences:
            return f"{self.compared} values agree with {self.path}"
        lines = [f"{len(self.differences)} of {self.compared} values differ from {self.path}:"]
        return "\n".join([*lines, *(f"  {difference.line()}" for difference in self.differences)])


def results_of(layout: Layout) -> dict[str, Any]:
    """Values, verdicts and identity of the published run.

    Raises
    ------
    BuildError
        If nothing is published.
    """
    from portfolio_study.ledger.records import read_records

    name = published(layout)
    if name is None:
        raise BuildError("nothing is published yet: run `make book` first")
    folder = layout.runs / name
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    records = {}
    for chapter in run["chapters"]:
        for key, record in read_records(folder / "notebooks" / f"{chapter}.ipynb").items():
            stored = record.to_dict()
            records[key] = {name: stored[name] for name in ("value", "unit", "interval", "se", "n")}
    identity = {key: _without_paths(run[key]) for key in IDENTITY if key in run}
    if histories := identity.get("histories"):
        identity["histories"] = {
            name: {part: history[part] for part in OF_HISTORY if part in history}
            for name, history in histories.items()
        }
    return {
        "run": identity,
        "verdicts": json.loads((folder / "verdicts.json").read_text(encoding="utf-8")),
        "records": dict(sorted(records.items())),
    }


def reference_path(layout: Layout, run: dict[str, Any]) -> Path:
    """File of the reference for a run's universe."""
    name = run["universe"] if run["universe"] != "custom" else f"custom-{run['sha256'][:8]}"
    return layout.book / "reference" / f"{name}.json"


def store_reference(layout: Layout) -> Path:
    """Store the results of the published run as the reference for its universe.

    Raises
    ------
    BuildError
        If nothing is published, or the checkout had changes that no commit holds: such
        results could not be computed again.
    """
    results = results_of(layout)
    if results["run"].get("git", {}).get("modified"):
        raise BuildError(
            "the published run was built from files that differ from their commit: commit, `make book`, then "
            "`make reference`"
        )
    path = reference_path(layout, results["run"])
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    write_json(scratch, results, LEVELS)
    scratch.replace(path)
    return path


def verify_reference(layout: Layout) -> Report:
    """Compare the published run with the reference for its universe.

    Raises
    ------
    BuildError
        If nothing is published, there is no reference, or the reference was made with
        another profile.
    """
    results = results_of(layout)
    path = reference_path(layout, results["run"])
    if not path.is_file():
        stored = sorted(p.stem for p in path.parent.glob("*.json")) or ["none"]
        raise BuildError(
            f"there is no reference for the universe {results['run']['universe']} "
            f"(stored: {', '.join(stored)}); `make reference` stores the published run"
        )
    reference = json.loads(path.read_text(encoding="utf-8"))
    if reference["run"]["profile"] != results["run"]["profile"]:
        raise BuildError(
            f"the reference was made with the profile {reference['run']['profile']}, the published run with "
            f"{results['run']['profile']}: run `make book PROFILE={reference['run']['profile']}` first"
        )
    differences = _data_differences(reference["run"], results["run"])
    differences += compare_records(reference["records"], results["records"])
    before, after = (_verdicts(part["verdicts"]) for part in (reference, results))
    differences += [
        Difference(f"verdict {key}", before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return Report(path, len(reference["records"]) + len(before), differences)


def _data_differences(stored: dict[str, Any], run: dict[str, Any]) -> list[Difference]:
    """How the data of two runs differ; another download of the same data has another checksum, no other returns."""
    found = [
        Difference(f"data {name}", stored[name], run[name])
        for name in ("start", "end", "tickers", "parameters")
        if _comparable(stored[name]) != _comparable(run[name])
    ]
    if stored["sha256"] == run["sha256"]:
        return found
    from portfolio_study.publishing.same_data import compare_prints  # imports pandas

    parts = {name: h["print"] for name, h in run.get("histories", {"prices": run}).items() if "print" in h}
    kept = {
        name: h["print"] for name, h in stored.get("histories", {"prices": stored}).items() if "print" in h
    }
    if not kept:
        return [Difference("data sha256", stored["sha256"], run["sha256"]), *found]
    for name, known in kept.items():
        if name not in parts:
            found.append(Difference(f"data {name}", "there", None))
        elif not (likeness := compare_prints(known, parts[name])).same:
            found.append(Difference(f"data {name}", "the stored returns", likeness.text))
    return found


def older_chapters(reference: Mapping[str, Any], code: Mapping[str, str]) -> list[str]:
    """Chapters of a stored reference whose code has changed since.

    Parameters
    ----------
    reference : mapping
        Content of a reference file.
    code : mapping of str to str
        Key of the code of each chapter now (see `portfolio_study.publishing.stamps.page_code`).
    """
    then = reference["run"].get("code", {})
    return [chapter for chapter, key in code.items() if then.get(chapter) != key]


def _without_paths(value: Any) -> Any:
    """Drop what belongs to a checkout, not to a result: paths of price files, and seconds of a chapter."""
    if not isinstance(value, dict):
        return value
    dropped = ("path", "warnings", "peak_memory_mb")
    return {key: _without_paths(inner) for key, inner in value.items() if key not in dropped}


#: Where prices come from, and their checksums, which another download changes.
NOT_COMPARED = ("path", "snapshot", "samples", "source", "vendor")


def _comparable(value: Any) -> Any:
    """Parameters without the checksums of prices, which another download changes."""
    if not isinstance(value, dict):
        return value
    return {k: _comparable(v) for k, v in value.items() if k not in NOT_COMPARED}


def _verdicts(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {f"{row['id']} ({row['reading']})": row["verdict"] for row in rows}
