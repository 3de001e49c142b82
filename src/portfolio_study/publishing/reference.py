"""Results of a run that later runs are compared with: values and verdicts, no prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.network_engine import EACH
from portfolio_study.publishing.compare import RULE, Difference, compare_records, moved_within
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published, write_json

#: What of run.json says what the results were computed from.
IDENTITY = (
    "profile", "source", "universe", "tickers", "frequency", "start", "end", "sha256", "histories", "print",
    "parameters", "packages", "python", "platform", "networks", "computed_at", "git", "code", "chapters",
)  # fmt: skip
#: What of a history stays in a reference: what it was and how to recognise it, no price and no path.
OF_HISTORY = (
    "vendor", "source", "universe", "tickers", "first", "last", "rows", "sha256", "frequency", "instead", "print",
)  # fmt: skip
OF_PAGE = "that of the page"
"""What a parameter was that a run did not set."""
#: A line of the file: a value, a verdict, or a fact about the run.
LEVELS = 2


@dataclass(frozen=True)
class Report:
    """Result of a comparison.

    Attributes
    ----------
    path : pathlib.Path
        What was compared with.
    compared : int
        Number of values and verdicts.
    data, verdicts, values : list of Difference
        Those that are not as they were: data and scale, verdicts (those that count first), numbers (the largest
        change, in units of its standard error, first).
    within : list of Difference
        Values that their tolerance lets pass and that are not the same to the last bit, the largest change first.
    notes : list of str
        What else is different and changes no result by itself: code, packages, machine.
    claims : dict of str to list of str
        Key of a value to the claims that it measures.
    """

    path: Path
    compared: int
    data: list[Difference] = field(default_factory=list)
    verdicts: list[Difference] = field(default_factory=list)
    values: list[Difference] = field(default_factory=list)
    within: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    claims: dict[str, list[str]] = field(default_factory=dict)

    @property
    def differences(self) -> list[Difference]:
        """All of them."""
        return [*self.data, *self.verdicts, *self.values]

    @property
    def moved(self) -> int:
        """Number of values and verdicts that are not as they were."""
        return len(self.verdicts) + len(self.values)

    def parts(self) -> list[tuple[str, list[Difference]]]:
        """Differences under the words that head them, data and scale first, what is tolerated last."""
        caused = " (other data or another scale move numbers and may move verdicts)" if self.data else ""
        parts = [
            (f"Data and scale{caused}", self.data),
            ("Verdicts", self.verdicts),
            ("Numbers beyond their tolerance", self.values),
            ("Numbers that moved within their tolerance", self.within),
        ]
        return [(head, found) for head, found in parts if found]

    def text(self, most: int | None = None) -> str:
        """Return the readable report.

        Parameters
        ----------
        most : int, optional
            Lines of each part that are shown.
        """
        lines = [f"{self.moved} of {self.compared} values differ from {self.path}:"]
        if not self.differences:
            bits = "" if self.within else ", to the last bit"
            lines = [f"{self.compared} values agree with {self.path}{bits}"]
        for head, found in self.parts():
            lines.append(f"{head}: {len(found)}")
            lines += [f"  {difference.line()}" for difference in found[:most]]
            if most is not None and len(found) > most:
                lines.append(f"  ... and {len(found) - most} more")
        rule = [RULE] if self.values or self.within else []
        return "\n".join([*lines, *rule, *self.notes])


def results_of(layout: Layout) -> dict[str, Any]:
    """Values, verdicts and identity of the published run.

    Raises
    ------
    BuildError
        If nothing is published.
    """
    name = published(layout)
    if name is None:
        raise BuildError("nothing is published yet: run `make book` first")
    return results_in(layout.runs / name)


def results_in(folder: Path) -> dict[str, Any]:
    """Values, verdicts and identity of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Of ``run.json``, ``verdicts.json`` and ``notebooks``.
    """
    from portfolio_study.ledger.records import read_records

    anew = "`make book` writes the published run anew; another one is to be deleted"
    run = read_json(folder / "run.json", anew)
    verdicts = read_json(folder / "verdicts.json", anew)
    if not isinstance(run, dict) or not {"chapters", "universe"} <= set(run):
        raise BuildError(f"{folder / 'run.json'} does not describe a run: {anew}")
    if not are_verdicts(verdicts):
        raise BuildError(f"{folder / 'verdicts.json'} holds no verdicts: {anew}")
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
        "verdicts": verdicts,
        "records": dict(sorted(records.items())),
    }


def read_json(path: Path, remedy: str) -> Any:
    """Content of a file of JSON that may have been cut or edited.

    Raises
    ------
    BuildError
        With the file and the remedy.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise BuildError(f"{path} cannot be read as JSON: its lists nest too deep; {remedy}") from None
    except (OSError, ValueError) as error:
        raise BuildError(f"{path} cannot be read as JSON: {error}; {remedy}") from error


def are_verdicts(content: Any) -> bool:
    """Whether a value is a list of judged rows, as ``verdicts.json`` holds it; a book without claims has none."""
    return isinstance(content, list) and all(
        isinstance(row, dict) and {"id", "reading", "verdict"} <= set(row) for row in content
    )


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
        stored = sorted(p.stem for p in path.parent.glob("*.json"))
        if not stored:
            raise BuildError(
                f"there is no reference for the universe {results['run']['universe']}, nor any other: "
                "`make reference` stores the published run"
            )
        raise BuildError(
            f"there is no reference for the universe {results['run']['universe']} "
            f"(stored: {', '.join(stored)}); `make verify AGAINST={stored[0]}` compares with that one, "
            "`make reference` stores the published run"
        )
    reference = read_json(path, "restore it (git checkout)")
    if reference["run"]["profile"] != results["run"]["profile"]:
        raise BuildError(
            f"the reference was made with the profile {reference['run']['profile']}, the published run with "
            f"{results['run']['profile']}: run `make book PROFILE={reference['run']['profile']}` first"
        )
    return compare_runs(path, reference, results)


def compare_runs(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Report:
    """Compare the results of two runs.

    Parameters
    ----------
    path : pathlib.Path
        Where the first stand, for the report.
    before, after : mapping
        ``run``, ``verdicts`` and ``records``; of a file of verdicts alone the first has neither run nor records,
        and the values that its rows show are compared.
    """
    records, now, notes = before["records"], after["records"], _notes(before["run"], after["run"])
    if not before["run"]:
        records = _shown_in_verdicts(before["verdicts"], now)
        now = {key: record for key, record in now.items() if key in records}
        notes = [f"{path} holds verdicts alone: it does not say on which data and scale they stand"]
    old, new = (_by_reading(part["verdicts"]) for part in (before, after))
    verdicts = [
        (key, before_row["verdict"] if before_row else None, after_row["verdict"] if after_row else None)
        for key in sorted(old.keys() | new.keys(), key=lambda key: (not _counts(key, old, new), key))
        for before_row, after_row in [(old.get(key), new.get(key))]
    ]
    claims: dict[str, list[str]] = {}
    for row in after["verdicts"]:
        if row.get("measured_by") and row["id"] not in claims.setdefault(row["measured_by"], []):
            claims[row["measured_by"]].append(row["id"])
    return Report(
        path,
        len(records) + len(old),
        data=_data_differences(before["run"], after["run"]) if before["run"] else [],
        verdicts=[Difference(f"verdict {key}", a, b) for key, a, b in verdicts if a != b],
        values=sorted(compare_records(records, now), key=_largest_first),
        within=sorted(moved_within(records, now), key=_largest_first),
        notes=notes,
        claims=claims,
    )


def _largest_first(difference: Difference) -> tuple[float, float, str]:
    return -abs(difference.errors or 0.0), -abs(difference.share or 0.0), difference.key


def _counts(key: str, *runs: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(run[key].get("counts") for run in runs if key in run)


def _shown_in_verdicts(
    rows: list[dict[str, Any]], now: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Records of the values that rows of verdicts show; such rows have no standard error, so ours serves."""
    return {
        row["measured_by"]: {
            "value": row["value"],
            "unit": now.get(row["measured_by"], row).get("unit", ""),
            "se": now.get(row["measured_by"], {}).get("se"),
        }
        for row in rows
        if row.get("measured_by") and row.get("value") is not None
    }


def _notes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What else is different between two runs, as sentences."""
    notes = []
    if before.get("code") and after.get("code") and (older := older_chapters(before, after["code"])):
        notes.append(f"the code of {', '.join(older)} is not the same")
    packages = {
        name: (before.get("packages", {}).get(name), after.get("packages", {}).get(name))
        for name in sorted({*before.get("packages", {}), *after.get("packages", {})})
    }
    notes += [f"{name}: {then} then, {now} now" for name, (then, now) in packages.items() if then != now]
    for name in ("python", "platform"):
        if before.get(name) != after.get(name):
            notes.append(f"{name}: {before.get(name)} then, {after.get(name)} now")
    engines = before.get("networks", EACH), after.get("networks", EACH)
    if engines[0] != engines[1]:
        notes.append(f"networks: trained {engines[0]} then, {engines[1]} now")
    return notes


def _data_differences(stored: Mapping[str, Any], run: Mapping[str, Any]) -> list[Difference]:
    """How the data of two runs differ; another download of the same data has another checksum, no other returns."""
    found = [
        Difference(f"data {name}", stored.get(name), run.get(name))
        for name in ("profile", "universe", "frequency", "start", "end", "tickers")
        if stored.get(name) != run.get(name)
    ]
    then, now = (_flat(_comparable(part.get("parameters") or {})) for part in (stored, run))
    found += [
        Difference(f"data parameters {name}", then.get(name, OF_PAGE), now.get(name, OF_PAGE))
        for name in sorted(then.keys() | now.keys())
        if then.get(name, OF_PAGE) != now.get(name, OF_PAGE)
    ]
    if stored.get("sha256") == run.get("sha256"):
        return found
    from portfolio_study.publishing.same_data import compare_prints  # imports pandas

    parts = {name: h["print"] for name, h in run.get("histories", {"prices": run}).items() if "print" in h}
    kept = {
        name: h["print"] for name, h in stored.get("histories", {"prices": stored}).items() if "print" in h
    }
    if not kept:
        return [Difference("data sha256", stored.get("sha256"), run.get("sha256")), *found]
    for name, known in kept.items():
        if name not in parts:
            found.append(Difference(f"data {name}", "there", None))
        elif not (likeness := compare_prints(known, parts[name])).same:
            found.append(Difference(f"data {name}", "the stored returns", likeness.text))
    return found


def has_data_of(stored: dict[str, Any], run: dict[str, Any]) -> bool:
    """Whether a run stands on the data of a stored one, recognised by its log returns if it was downloaded anew.

    Parameters
    ----------
    stored, run : mapping
        Facts of both runs, as `run_info` gives them. The scale may differ.
    """
    as_stored = json.loads(json.dumps(run, default=str))
    scale = ("data profile", "data parameters ")
    return all(found.key.startswith(scale) for found in _data_differences(stored, as_stored))


def older_chapters(run: Mapping[str, Any], code: Mapping[str, str]) -> list[str]:
    """Chapters of a stored reference whose code has changed since.

    Parameters
    ----------
    run : mapping
        ``run`` of a reference file.
    code : mapping of str to str
        Key of the code of each chapter now (see `portfolio_study.publishing.stamps.page_code`).
    """
    then = run.get("code", {})
    return [chapter for chapter, key in code.items() if then.get(chapter) != key]


def _without_paths(value: Any) -> Any:
    """Drop what belongs to a checkout, not to a result: paths of price files, memory and warnings."""
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


def _flat(parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        f"{chapter}.{name}": value for chapter, values in parameters.items() for name, value in values.items()
    }


def _by_reading(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{row['id']} ({row['reading']})": row for row in rows}
