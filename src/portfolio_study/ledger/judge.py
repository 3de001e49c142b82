"""Claims and records meet: one row a claim and reading, with verdict and reason."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from portfolio_study.checks.confidence import Z95
from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.claims import (
    BOTH,
    UNJUDGED,
    Claim,
    Ledger,
    Reading,
    load_ledger,
    primary_reading,
    smallest_effect,
)
from portfolio_study.ledger.evidence import classify, settled_by, unmet
from portfolio_study.ledger.records import Record, read_records, read_sample
from portfolio_study.ledger.rules import NO_VERDICT, OTHER_DATA, PAPER_DATA, Verdict
from portfolio_study.ledger.words import record_lookup, say, says

Row = dict[str, Any]
Records = Mapping[str, Record]


def _number(records: Records, key: float | str | None, claim: Claim) -> float | None:
    """A literal number, or the value recorded under a key."""
    if key is None or isinstance(key, int | float):
        return None if key is None else float(key)
    if key not in records:
        raise LedgerError(f"claim {claim.id!r} refers to {key!r}, which no chapter recorded")
    value = records[key].value
    if isinstance(value, str):
        raise LedgerError(f"claim {claim.id!r}: {key!r} is text, not a number")
    return float(value)


def _paper_se(claim: Claim, record: Record, evidence: str) -> float:
    """The paper's own error (rule 4): 0 on the same data, else from its sample size."""
    if evidence == PAPER_DATA:
        return 0.0
    given = claim.paper_se
    if isinstance(given, str):
        if not given.startswith("binomial") or not given[8:].isdigit():
            raise LedgerError(
                f"claim {claim.id!r}: paper_se must be a number or e.g. binomial100, got {given!r}"
            )
        p = rules.paper_number(str(claim.paper_value))
        n = int(given[8:])
        shrunk = (p * n + 0.5) / (n + 1)  # a printed 0 or 1 has an error too
        return float((shrunk * (1 - shrunk) / n) ** 0.5)
    if given is not None:
        return float(given)
    if claim.paper_n and record.n and record.se is not None:
        return float(record.se * (record.n / claim.paper_n) ** 0.5)
    return 0.0


def _interval(record: Record) -> tuple[float, float]:
    """The record's 95 % interval; a number without error is its own interval."""
    value = float(record.value)
    if record.interval is not None:
        return record.interval
    half = Z95 * (record.se or 0.0)
    return rules.family_interval(value, (value - half, value + half), 1, record.bounds)


def family_sizes(claims: Iterable[Claim]) -> Counter[tuple[str, str]]:
    """Number of directions in each table of contrasts, by group and reading."""
    return Counter((c.group, name) for c in claims if c.kind == "direction" for name in c.readings)


def judged_interval(record: Record, family: int) -> tuple[float, float]:
    """The interval that decides: a record's, at the level of its family, inside what is possible."""
    return rules.family_interval(float(record.value), _interval(record), family, record.bounds)


def judge(
    claim: Claim, reading: Reading, record: Record, records: Records, ledger: Ledger, family: int = 1
) -> tuple[Verdict, str, tuple[float, float] | None]:
    """Apply the rule of the claim's kind to one record.

    Returns
    -------
    tuple
        Verdict, evidence class and the interval that decided.

    Raises
    ------
    LedgerError
        Naming the claim, if the record cannot be judged under its kind.
    """
    evidence, _ = classify(claim, record, records, ledger.samples)
    if claim.kind == "mathematical":
        if not isinstance(record.value, bool):
            raise LedgerError(
                f"claim {claim.id!r}: {record.key!r} must record True or False, got {record.value!r}"
            )
        return _judge_identity(claim, reading, record, ledger), evidence, None
    if isinstance(record.value, bool | str):
        raise LedgerError(f"claim {claim.id!r}: {record.key!r} must record a number, got {record.value!r}")
    value, interval = float(record.value), record.interval
    if claim.kind == "direction":
        if claim.units == "all" and not record.worst:
            raise LedgerError(
                f"claim {claim.id!r} is about all units: {record.key!r} must say which is the worst (Measured.worst)"
            )
        interval = judged_interval(record, family)
        least = smallest_effect(claim, ledger.smallest_effects, reading)
        verdict = rules.judge_direction(value, interval, least)
    elif claim.kind == "sample":
        if record.n is None:
            raise LedgerError(f"claim {claim.id!r}: {record.key!r} must record in how many units (n)")
        verdict, interval = rules.judge_sample(int(value), record.n, claim.quantifier), None
    elif claim.kind == "undefined":
        verdict = Verdict(rules.NOT_DEFINED, claim.reason)
    else:
        verdict = _judge_number(claim, reading, record, records, evidence)
        interval = interval or (_interval(record) if record.se else None)
    return verdict, evidence, interval


def _judge_identity(claim: Claim, reading: Reading, record: Record, ledger: Ledger) -> Verdict:
    erratum = next((e for e in ledger.errata if e.id == reading.erratum), None)
    if record.value is False and erratum is not None and erratum.list == "ambiguity":
        return Verdict(rules.NOT_DEFINED, f"the text leaves it open: {erratum.id}")
    return rules.judge_identity(bool(record.value), reading.erratum, claim.proof, record.n)


def check_of(claim: Claim, reading: str, evidence: str) -> str:
    """Kind of check that a judged reading is (see `rules.CHECKS`); empty for what is not judged."""
    if claim.kind in (*UNJUDGED, "untestable", "undefined") or reading == "also_asked":
        return ""
    if claim.kind == "mathematical":
        return rules.MATHEMATICS
    if evidence == OTHER_DATA:
        return rules.REPLICATION
    return rules.REPRODUCTION if reading == "as_published" else rules.ROBUSTNESS


def _judge_number(claim: Claim, reading: Reading, record: Record, records: Records, evidence: str) -> Verdict:
    paper, value = str(claim.paper_value), float(record.value)
    if paper.strip()[0] in "<>":
        return rules.judge_bound(paper, value, evidence, record.interval)
    candidates = [v for key in reading.candidates if (v := _number(records, key, claim)) is not None]
    if claim.error == "deterministic":
        others = [v for key in reading.implementations if (v := _number(records, key, claim)) is not None]
        return rules.judge_number(
            paper,
            value,
            evidence,
            benchmark=_number(records, reading.benchmark, claim),
            implementations=others,
            candidates=candidates,
        )
    null = _number(records, reading.null, claim)
    if record.se is None or null is None:
        raise LedgerError(f"claim {claim.id!r}: {record.key!r} must record a standard error (se)")
    paper_se = _paper_se(claim, record, evidence)
    return rules.judge_noisy_number(
        paper, value, record.se, null, evidence, paper_se=paper_se, candidates=candidates
    )


def _row(claim: Claim, reading: str, **values: Any) -> Row:
    note = claim.readings[reading].note if reading in claim.readings else ""
    open_verdicts = {"untestable": claim.verdict, "undefined": rules.NOT_DEFINED}
    return {
        "id": claim.id,
        "paper": claim.paper,
        "chapter": claim.chapter,
        "group": claim.group,
        "kind": claim.kind,
        "headline": claim.headline,
        "statement": claim.statement,
        "place": claim.where,
        "lines": claim.text.get("lines", ""),
        "words": claim.text.get("words", ""),
        "implied": claim.implied,
        "reading": reading,
        "reading_note": note,
        "primary": reading == primary_reading(claim),
        "counts": claim.kind not in UNJUDGED and reading == primary_reading(claim),
        "paper_value": claim.paper_value,
        "value": None,
        "interval": None,
        "unit": claim.unit,
        "p_value": None,
        "n": None,
        "detectable": None,
        "smallest_effect": None,
        "check": "",
        "weak": False,
        "verdict": NO_VERDICT if claim.kind in UNJUDGED else open_verdicts.get(claim.kind, rules.LACKS_DATA),
        "reason": claim.reason,
        "who": claim.who,
        "evidence": "",
        "differs": "",
        "materiality": None,
        "measured_by": None,
        "where": f"{claim.chapter}#{claim.anchor or claim.chapter}",
    } | values


def materiality(ledger: Ledger, erratum: str, records: Records) -> str:
    """What an erratum changes, with the value that a chapter measured, and others of the chapter."""
    row = next(e for e in ledger.errata if e.id == erratum)
    key, text = row.materiality.get("measured_by"), str(row.materiality.get("text", ""))
    if key is None:
        return text
    if key not in records:
        raise LedgerError(f"erratum {erratum!r}: no chapter recorded {key!r}")
    own = {"value": records[key].value, "unit": records[key].unit}
    return say(text, record_lookup(row.chapter, records, own.__getitem__))


def judge_claims(
    ledger: Ledger,
    records: Records,
    sample: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Row]:
    """Judge every claim of a ledger under each of its readings.

    Parameters
    ----------
    ledger : Ledger
    records : mapping of str to Record
        Everything that the chapters recorded.
    sample : mapping
        The run's data (``PriceHistory.sample()``): decides whether a missing
        record is a fault of the build or of the data.
    own : mapping of str to mapping, optional
        Chapter to the part of the data that it worked on, for chapters that
        use fewer assets or dates than the run has: their claims are held against it.

    Raises
    ------
    LedgerError
        If the needs of a claim are met and no chapter recorded its key.
    """
    families = family_sizes(ledger.claims)
    rows = []
    for claim in ledger.claims:
        if not claim.readings or claim.kind in UNJUDGED:
            rows.append(_row(claim, primary_reading(claim), **_shown(claim, records)))
            continue
        own_rows = []
        for name, reading in claim.readings.items():
            record = records.get(reading.measured_by)
            if record is None or record.lacks:
                why = record.lacks if record else ""
                if not (why := why or unmet(claim, sample) or _unmet_by_part(claim, records, own or {})):
                    raise LedgerError(
                        f"claim {claim.id!r}: chapter {claim.chapter!r} did not record "
                        f"{reading.measured_by!r}, although this build's data suffice"
                    )
                if claim.kind == "undefined":  # its verdict is the text's; the data only lack the number
                    why = f"{claim.reason}; not measured: {why}"
                own_rows.append(
                    _row(claim, name, reason=why, who=settled_by(claim), measured_by=reading.measured_by)
                )
                continue
            family = families[claim.group, name] or 1
            verdict, evidence, interval = judge(claim, reading, record, records, ledger, family)
            direction = claim.kind == "direction"
            erratum = reading.erratum if verdict.verdict == rules.ERRATUM else None
            own_rows.append(
                _row(
                    claim,
                    name,
                    value=record.value,
                    interval=interval,
                    unit=record.unit or claim.unit,
                    p_value=record.p_value,
                    n=record.n,
                    detectable=rules.found_with_power(
                        record.se, interval if record.interval else None, family
                    )
                    if record.se and (direction or record.detectable is not None)
                    else record.detectable,
                    smallest_effect=(
                        smallest_effect(claim, ledger.smallest_effects, reading) if direction else None
                    ),
                    check=check_of(claim, name, evidence),
                    weak=verdict.weak,
                    verdict=verdict.verdict,
                    reason="; ".join(part for part in (verdict.reason, record.note) if part),
                    evidence=evidence,
                    differs=classify(claim, record, records, ledger.samples)[1],
                    materiality=materiality(ledger, erratum, records) if erratum else None,
                    measured_by=reading.measured_by,
                )
            )
        rows += _decided_by_both(own_rows) if claim.primary == BOTH else own_rows
    titles = {paper.id: paper.title for paper in ledger.papers}
    return [row | {"paper_title": titles.get(row["paper"], "")} for row in rows]


def _shown(claim: Claim, records: Records) -> Row:
    """The value of a definition, setting or opinion that is measured all the same, for its folded table."""
    for reading in claim.readings.values():
        record = records.get(reading.measured_by)
        if record is not None and not record.lacks:
            return {
                "value": record.value,
                "unit": record.unit or claim.unit,
                "measured_by": reading.measured_by,
            }
    return {}


def _came_out(row: Row) -> str:
    """Verdict of one of two readings; of one that the text may not have meant and that is refuted, that it is not so."""
    return "not so" if row["verdict"] == rules.NOT_DEFINED and row["value"] is False else str(row["verdict"])


def _decided_by_both(rows: list[Row]) -> list[Row]:
    """Where the two readings of a claim disagree, its verdict depends on the reading: each with its own reason."""
    deciding = [row for row in rows if row["reading"] != "also_asked"]
    if len({row["verdict"] for row in deciding}) < 2:
        return rows
    told = "; ".join(
        f"{row['reading_note'] or row['reading'].replace('_', ' ')}: {_came_out(row)}"
        + (f" ({row['reason']})" if row["reason"] else "")
        for row in deciding
    )
    return [row | {"verdict": rules.DEPENDS, "reason": told} if row in deciding else row for row in rows]


def _unmet_by_part(claim: Claim, records: Records, own: Mapping[str, Mapping[str, Any]]) -> str:
    """Why the part of the data that a claim's chapter used cannot measure it; empty if it can."""
    part = own.get(claim.chapter)
    if key := claim.needs.get("part"):
        if key not in records:
            raise LedgerError(f"claim {claim.id!r} needs the data of {key!r}, which no chapter recorded")
        part = records[key].sample
    return "" if part is None else unmet(claim, part, part=True)


#: Of the verdicts in a table, the first of these that is there is that of the table: its weakest row decides.
WEAKEST_FIRST = (
    rules.ERRATUM, rules.NOT_REPRODUCED, rules.DOES_NOT_HOLD, rules.FALSE_HERE, rules.DEPENDS,
    rules.NOT_DEFINED, rules.CANNOT_BE_TOLD, rules.CHECKED, rules.REPRODUCED, rules.HOLDS, rules.TRUE_HERE,
    rules.PROVEN, rules.LACKS_DATA, rules.NOT_PRINTED, rules.NO_VERDICT,
)  # fmt: skip


def statements(rows: Iterable[Row], check: str | None = None) -> list[Row]:
    """One row a statement: a table of a paper is one, and as good as its weakest row.

    Parameters
    ----------
    rows : iterable of dict
        Judged rows; only those that count are looked at.
    check : str, optional
        Keep one kind of check; empty: what could not be judged.

    Returns
    -------
    list of dict
        Of each table the row that decides.
    """
    tables: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["counts"]:
            tables[row["paper"], row["group"]].append(row)
    found = [min(members, key=lambda row: WEAKEST_FIRST.index(row["verdict"])) for members in tables.values()]
    return [row for row in found if check is None or row["check"] == check]


def counts(rows: Iterable[Row], check: str | None = None) -> dict[str, int]:
    """Number of whole statements by verdict, of one kind of check or of all (see `statements`)."""
    found = Counter(row["verdict"] for row in statements(rows, check))
    return {verdict: found[verdict] for verdict in rules.VERDICTS}


def _present(notebooks: Mapping[str, Path], root: Path) -> tuple[Ledger, dict[str, Record]]:
    """The ledger of the chapters that ran, in reading order, and everything that they recorded."""
    ledger = load_ledger(root)
    records: dict[str, Record] = {}
    for path in notebooks.values():
        records |= read_records(path)
    claims = tuple(c for chapter in notebooks for c in ledger.claims if c.chapter == chapter)
    errata = tuple(e for chapter in notebooks for e in ledger.errata if e.chapter == chapter)
    return replace(ledger, claims=claims, errata=errata), records


def judge_run(
    notebooks: Mapping[str, Path],
    sample: Mapping[str, Any],
    root: Path,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    declared: Mapping[str, str] | None = None,
) -> list[Row]:
    """Judge the claims of every executed chapter of a run.

    Parameters
    ----------
    notebooks : mapping of str to Path
        Chapter name to executed notebook.
    sample : mapping
        ``PriceHistory.sample()`` of the run.
    root : Path
        Checkout that holds ``book/samples.yml``.
    given : mapping, optional
        Chapter to the prices that it was given, where the chapters have different ones.
    declared : mapping, optional
        Checksum of prices to the vendor that the reader declared them to be of: no number depends on
        it, so it meets the records here, and no chapter is executed anew for it.
    """
    ledger, records = _present(notebooks, root)
    records = {key: as_declared(record, declared or {}) for key, record in records.items()}
    own = dict(given or {})
    own |= {name: part for name, path in notebooks.items() if (part := read_sample(path)) is not None}
    rows = judge_claims(ledger, records, sample, own)
    sentences = {claim.id: claim.says for claim in ledger.claims}
    return [
        row | {"sentence": says(row, sentences[row["id"]], records)}
        if row["primary"] and sentences[row["id"]]
        else row
        for row in rows
    ]


def as_declared(record: Record, vendors: Mapping[str, str]) -> Record:
    """The record, on prices of the vendor that was declared for their checksum."""
    vendor = vendors.get(record.sample.get("sha256", "")) if record.sample else None
    return record if vendor is None else replace(record, sample={**(record.sample or {}), "vendor": vendor})


def judge_errata(notebooks: Mapping[str, Path], root: Path) -> list[Row]:
    """Rows of the errata page: every erratum with what it changes, as measured in this run.

    Parameters
    ----------
    notebooks, root
        As for `judge_run`.
    """
    ledger, records = _present(notebooks, root)
    return [
        {
            "id": e.id,
            "paper": e.paper,
            "chapter": e.chapter,
            "place": e.where,
            "problem": e.problem,
            "correct": e.correct,
            "evidence": e.evidence,
            "list": e.list,
            "review": e.review,
            "test": e.test,
            "materiality": materiality(ledger, e.id, records),
        }
        for e in ledger.errata
    ]


def measured_on_data(rows: Iterable[Row]) -> tuple[int, int]:
    """How many counted claims are measured on data, and how many of these on other data than the paper's."""
    data = [row["evidence"] for row in rows if row["counts"] and row["evidence"] not in ("", rules.NO_DATA)]
    return len(data), data.count(rules.OTHER_DATA)
