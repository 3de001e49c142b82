"""What decides a verdict is fixed beforehand: hashes of the judged fields, and every change since."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portfolio_study.errors import LedgerError, ParameterError, needing
from portfolio_study.ledger.claims import Claim, Ledger
from portfolio_study.store import fingerprint
from portfolio_study.yaml_text import parse_yaml, read_yaml

with needing("book"):
    import yaml

#: Fields of a claim that decide its verdict; its wording, place and sentences do not.
JUDGED = (
    "paper", "group", "kind", "primary", "paper_value", "unit", "error", "units", "quantifier",
    "proof", "paper_n", "paper_se", "needs", "implied", "verdict",
)  # fmt: skip
OF_READINGS = ("measured_by", "benchmark", "null", "candidates", "implementations", "erratum")
LENGTH = 12
STYLE: dict[str, Any] = {"sort_keys": False, "width": 110, "allow_unicode": True}
RESTORE = "it is written by `python -m portfolio_study register` only, so restore it (git checkout)"
REMOVED = "removed"


def judged_hash(
    claim: Claim, smallest_effects: Mapping[str, float], samples: Mapping[str, Mapping[str, Any]]
) -> str:
    """Hash of the fields that decide a claim's verdict.

    Parameters
    ----------
    claim : Claim
    smallest_effects, samples : mapping
        The named ones: their content counts, not the names of the effects.
    """
    fields = {name: getattr(claim, name) for name in JUDGED}
    voting = {name: reading for name, reading in claim.readings.items() if name != "also_asked"}
    readings = {
        name: {part: asdict(reading)[part] for part in OF_READINGS} for name, reading in voting.items()
    }
    effects = {"claim": claim.smallest_effect}
    effects |= {name: reading.smallest_effect for name, reading in voting.items()}
    named = {name: smallest_effects.get(str(effect), effect) for name, effect in effects.items()}
    return fingerprint([fields, readings, named, samples.get(str(claim.needs.get("sample")))])[:LENGTH]


def hashes(ledger: Ledger) -> dict[str, str]:
    """Hash of every claim, by id."""
    return {claim.id: judged_hash(claim, ledger.smallest_effects, ledger.samples) for claim in ledger.claims}


def read_registration(root: Path) -> dict[str, Any]:
    """Content of ``book/registration.yml``: ``first`` and ``changes``; empty where there is none.

    Raises
    ------
    LedgerError
        If the file is no mapping of `first` and `changes`, a row of changes lacks its date, what, why, moved or
        claims, or a moved verdict its claim, old or new.
    """
    path = root / "book" / "registration.yml"
    if not path.is_file():
        return {}
    found: dict[str, Any] = read_yaml(path, LedgerError) or {}
    first = found.get("first") if isinstance(found, dict) else None
    if not isinstance(first, dict) or not isinstance(first.get("claims"), dict):
        raise LedgerError(f"{path} must hold `first` with `date` and `claims`, then `changes`: {RESTORE}")
    changes = found.get("changes") or []
    if not isinstance(changes, list):
        raise LedgerError(f"{path}: `changes` must be a list of rows, got {str(changes)[:60]!r}: {RESTORE}")
    for number, row in enumerate(changes, 1):
        if not isinstance(row, dict):
            raise LedgerError(f"{path}: change {number} must be a mapping of fields, got {row!r}: {RESTORE}")
        lacking = [name for name in ("date", "what", "why", "moved", "claims") if name not in row]
        if lacking:
            raise LedgerError(f"{path}: change {number} lacks `{lacking[0]}`")
        if not isinstance(row["claims"], dict):
            raise LedgerError(
                f"{path}: claims of change {number} must be a mapping of claim to hash: {RESTORE}"
            )
        for verdict in row.get("verdicts") or []:
            if not isinstance(verdict, dict):
                raise LedgerError(f"{path}: a verdict of change {number} must be a mapping, got {verdict!r}")
            if lacking := [name for name in ("claim", "old", "new") if name not in verdict]:
                raise LedgerError(f"{path}: a verdict of change {number} lacks `{lacking[0]}`: {verdict}")
    return found


ONE_MOVED = re.compile(r"(?P<claim>[^:]+): (?P<old>.*?) ?-> (?P<new>.+)")


def moved_verdicts(text: str) -> list[dict[str, str]]:
    """Single verdicts of a text such as ``"toy-gain: holds -> cannot be told; toy-loss: -> proven"``.

    Returns
    -------
    list of dict
        ``claim``, ``old`` (empty for a new claim) and ``new``; empty if any part of the text is a sentence.
    """
    parts = [ONE_MOVED.fullmatch(part.strip()) for part in text.split(";")]
    return [part.groupdict() for part in parts if part] if all(parts) else []


def registered(registration: Mapping[str, Any]) -> dict[str, str]:
    """The last registered hash of every claim."""
    found = dict(registration["first"]["claims"])
    for row in registration.get("changes") or []:
        found |= row["claims"]
    return {claim: value for claim, value in found.items() if value != REMOVED}


def check_registration(ledger: Ledger, root: Path) -> None:
    """Refuse claims whose judged fields are not the registered ones.

    Raises
    ------
    LedgerError
        Naming the first claim, and what to do.
    """
    registration = read_registration(root)
    if not registration:
        return
    now, known = hashes(ledger), registered(registration)
    for claim in sorted(now.keys() | known.keys()):
        if now.get(claim) != known.get(claim):
            what = (
                "is not registered"
                if claim not in known
                else "is registered and no longer in the claims files"
                if claim not in now
                else "has other judged fields than those registered"
            )
            raise LedgerError(
                f"claim {claim!r} {what} (book/registration.yml): `python -m portfolio_study register` adds a "
                "row of changes that says what, why, and which verdict moved"
            )


def register(root: Path, ledger: Ledger, date: str, what: str, why: str, moved: str) -> list[str]:
    """Add a row of changes for all claims whose judged fields changed; the first call registers all.

    Parameters
    ----------
    root : Path
        The checkout.
    ledger : Ledger
    date, what, why, moved : str
        The day, what was changed, why, and which verdicts moved: ``claim: old -> new; claim: old -> new``
        gives one row a claim, anything else is printed as it is.

    Returns
    -------
    list of str
        The claims of the row.

    Raises
    ------
    ParameterError
        If what, why or moved is empty, or nothing changed.
    """
    path = root / "book" / "registration.yml"
    registration, now = read_registration(root), hashes(ledger)
    if not registration:
        content = {"first": {"date": date, "claims": dict(sorted(now.items()))}, "changes": []}
        _write(path, content)
        return sorted(now)
    given = {"what": what, "why": why, "moved": moved}
    if lacking := [name for name, text in given.items() if not text.strip()]:
        options = " ".join(f'--{name} "..."' for name in lacking)
        raise ParameterError(
            f"a change of what is judged must say {', '.join(lacking)}: give {options} (CONTRIBUTING.md says what "
            "they are for)"
        )
    known = registered(registration)
    changed = {
        c: now.get(c, REMOVED) for c in sorted(now.keys() | known.keys()) if now.get(c) != known.get(c)
    }
    if not changed:
        raise ParameterError("no claim has other judged fields than those registered")
    row: dict[str, Any] = {"date": date, "what": what, "why": why, "moved": moved}
    if verdicts := moved_verdicts(moved):
        row["verdicts"] = verdicts
    row["claims"] = changed
    _append(path, registration, row)
    return sorted(changed)


def _append(path: Path, registration: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Write one row more; the rows before stay as they are, to the letter."""
    content = {**registration, "changes": [*(registration.get("changes") or []), row]}
    before = path.read_text(encoding="utf-8")
    text = before if before.endswith("\n") else f"{before}\n"
    text += yaml.safe_dump([row], **STYLE)
    try:
        added = parse_yaml(text, str(path), LedgerError) == content
    except LedgerError:  # the file ends otherwise than `register` writes it
        added = False
    if added:
        _replace(path, text)
    else:
        _write(path, content)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    head = (
        "# What decides each verdict (sample, unit, benchmark, test, family, smallest effect), as a hash, and every\n"
        "# change since. Written by `python -m portfolio_study register`; the page of changes prints them.\n"
    )
    _replace(path, head + yaml.safe_dump(dict(content), **STYLE))


def _replace(path: Path, text: str) -> None:
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
