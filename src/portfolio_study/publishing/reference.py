"""Results of a run that later runs are compared with: values and verdicts, no prices."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.compare import Difference, compare_records
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published, write_json

#: What of run.json says what the results were computed from.
IDENTITY = (
    "profile", "source", "universe", "tickers", "frequency", "start", "end", "sha256", "parameters",
    "packages", "python", "platform", "computed_at", "git",
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
    return {
        "run": {key: run[key] for key in IDENTITY if key in run},
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
    differences = [
        Difference(f"data {name}", reference["run"][name], results["run"][name])
        for name in ("sha256", "start", "end", "tickers", "parameters")
        if _plain(reference["run"][name]) != _plain(results["run"][name])
    ]
    differences += compare_records(reference["records"], results["records"])
    before, after = (_verdicts(part["verdicts"]) for part in (reference, results))
    differences += [
        Difference(f"verdict {key}", before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return Report(path, len(reference["records"]) + len(before), differences)


def _plain(value: Any) -> Any:
    """Drop what belongs to a checkout, not to a result: paths of price files."""
    if not isinstance(value, dict):
        return value
    return {key: _plain(inner) for key, inner in value.items() if key != "path"}


def _verdicts(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {f"{row['id']} ({row['reading']})": row["verdict"] for row in rows}
