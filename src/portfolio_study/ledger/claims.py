"""The ledger's left side: what the papers claim, and how each claim is measured.

``book/samples.yml`` holds what is fixed before any run (the papers' samples,
the smallest effects that matter); ``book/claims/<chapter>.yml`` the claims, and in rows of
their own kind the paper itself (``kind: paper``), what the chapter found that no paper claims
(``finding``) and errors of the paper (``erratum``).
"""

import re
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.words import BRANCHES, fields_of
from portfolio_study.yaml_text import entry_lines, read_yaml

FINDING, PAPER, ERRATUM = "finding", "paper", "erratum"
KINDS = (
    "number", "direction", "sample", "mathematical", "definition", "setting", "opinion", "undefined", "untestable",
)  # fmt: skip
#: Kinds of which there is nothing to judge.
UNJUDGED = ("definition", "setting", "opinion")
READINGS = ("as_published", "corrected", "also_asked")
MAIN = "main"
"""``headline`` of the one claim of a paper that leads the front page."""
BOTH = "both"
"""``primary`` of a claim whose two readings both decide: where they disagree, it depends on the reading."""
QUANTIFIERS = ("all", "most", "some")
#: Verdicts that an untestable claim may have: what stands in the way.
OBSTACLES = (rules.LACKS_DATA, rules.NOT_PRINTED)
LISTS = ("erratum", "misprint", "ambiguity", "withdrawn")
"""Where a fault of a paper stands: errors, slips of print, what is unclear or left out, and our own mistakes."""
ERRORS = ("deterministic", "sampling", "simulation")
#: An id is a part of an address and stands in sentences of pages.
ID = re.compile(r"\w[\w.-]*")
TEXTS = ("paper", "where", "group", "kind", "statement")
MAPPINGS = ("text", "needs", "says")


@dataclass(frozen=True)
class Reading:
    """One way to read a claim, and the record that measures it.

    Attributes
    ----------
    measured_by : str
        Key of the record.
    benchmark : str, optional
        Key of the trivial alternative that must lie outside the band.
    null : float or str, optional
        Value (or key) without the claimed effect; numbers with sampling error.
    candidates : tuple of str
        Keys of all readings that were tried for the match.
    implementations : tuple of str
        Keys of other implementations of the same number.
    test, erratum : str, optional
        Proof of a mathematical claim; erratum that refutes it.
    smallest_effect : str or float, optional
        In the unit of this reading's record, where that is not the claim's.
    note : str
        What this reading means.
    """

    measured_by: str
    benchmark: str | None = None
    null: float | str | None = None
    candidates: tuple[str, ...] = ()
    implementations: tuple[str, ...] = ()
    test: str | None = None
    erratum: str | None = None
    smallest_effect: str | float | None = None
    note: str = ""


@dataclass(frozen=True)
class Claim:
    """A number or testable statement of a paper.

    Attributes
    ----------
    id, chapter, paper, where, group, kind, statement : str
        ``group`` is the table that the claim belongs to: its claims are one family and one statement.
    text : dict
        ``lines`` of the text and its decisive ``words``, qualifiers included.
    implied : bool
        Whether no text prints the number, but what it prints gives it.
    readings : dict of str to Reading
        ``as_published``, ``corrected``; ``also_asked`` is a question of ours and has no vote.
    primary : str
        The reading that counts; ``both``: where they disagree the verdict depends on the reading.
    paper_value, unit, error, smallest_effect, paper_n, paper_se
        See the rules.
    units : str, optional
        ``all``: the measure gives the worst unit, and says which (``Measured.worst``).
    quantifier : str
        Of a statement about a sample: in how many units it has to be true.
    proof : str, optional
        Label on the page of the argument that proves a mathematical claim.
    verdict, who, reason : str
        Of an untestable claim: what stands in the way, who has the data, and why.
    needs : dict
        What the data must have; see `portfolio_study.ledger.evidence`.
    anchor, source_id, headline, says
        Place of the proof on the page, key in the list of claims, whether it stands on the front page
        (``main``: as the one of its paper), and its sentences.
    """

    id: str
    chapter: str
    paper: str
    where: str
    group: str
    kind: str
    statement: str
    text: dict[str, str] = field(default_factory=dict)
    implied: bool = False
    readings: dict[str, Reading] = field(default_factory=dict)
    primary: str = "corrected"
    paper_value: str | None = None
    unit: str = ""
    error: str = "deterministic"
    smallest_effect: str | float | None = None
    units: str | None = None
    quantifier: str = "all"
    proof: str | None = None
    verdict: str = rules.LACKS_DATA
    who: str = ""
    paper_n: float | None = None
    paper_se: float | str | None = None
    needs: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    anchor: str | None = None
    source_id: str | None = None
    headline: bool | str = False
    says: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What a chapter found that no paper claims: a sentence beside the measure that it speaks of.

    Attributes
    ----------
    id, chapter : str
    measured_by : str
        Key of the record.
    says : str
        One sentence; its words may be chosen by signs and intervals of measured values.
    """

    id: str
    chapter: str
    measured_by: str
    says: str


@dataclass(frozen=True)
class Paper:
    """A paper whose claims are judged; it stands with the claims of the first of its chapters.

    Attributes
    ----------
    id : str
        Its number, ``"000"``.
    title : str
        A few words, for the tables of verdicts.
    reference : str
        Authors and title in MyST, for the front page; default the title.
    samples : mapping
        Data of the paper that ``book/samples.yml`` does not name already.
    """

    id: str
    title: str
    reference: str = ""
    samples: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Erratum:
    """A fault of a paper, with its evidence and what it changes.

    ``list`` says which list it stands in (see `LISTS`), ``review`` why it was kept, moved, softened or
    withdrawn when the text was read again.
    """

    id: str
    paper: str
    chapter: str
    where: str
    problem: str
    correct: str
    evidence: str
    test: str | None = None
    materiality: dict[str, Any] = field(default_factory=dict)
    list: str = "erratum"
    review: str = ""


@dataclass(frozen=True)
class Ledger:
    """All claims and errata with what was fixed before the run."""

    claims: tuple[Claim, ...]
    errata: tuple[Erratum, ...]
    samples: dict[str, dict[str, Any]]
    smallest_effects: dict[str, float]
    findings: tuple[Finding, ...] = ()
    papers: tuple[Paper, ...] = ()

    def of_chapter(self, chapter: str) -> "Ledger":
        """The part of the ledger that one chapter measures."""
        return Ledger(
            tuple(c for c in self.claims if c.chapter == chapter),
            tuple(e for e in self.errata if e.chapter == chapter),
            self.samples,
            self.smallest_effects,
            tuple(f for f in self.findings if f.chapter == chapter),
            self.papers,
        )

    def sentences(self) -> dict[str, str | dict[str, str]]:
        """Sentences by id: of a claim by branch, of a finding its one."""
        return {c.id: c.says for c in self.claims if c.says} | {f.id: f.says for f in self.findings}


def _make(cls: Any, values: Any, name: str) -> Any:
    """Build a dataclass from a mapping; name the row and the field that is wrong."""
    if not isinstance(values, Mapping):
        raise LedgerError(f"{name}: must be a mapping of fields, got {values!r}")
    allowed = {f.name for f in fields(cls)}
    if unknown := sorted(map(str, set(values) - allowed)):
        raise LedgerError(f"{name}: unknown field {unknown[0]!r}; known: {', '.join(sorted(allowed))}")
    plain = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    if lacking := [required for required in plain if required not in values]:
        raise LedgerError(f"{name} lacks {', '.join(lacking)}")
    if "id" in values and not (isinstance(values["id"], str) and ID.fullmatch(values["id"])):
        raise LedgerError(
            f"{name}: an id is a text of letters, digits, hyphens and dots, got {values['id']}; what YAML reads as a "
            "number or a date stands in quotation marks"
        )
    tuples = {"candidates", "implementations"}
    try:
        return cls(**{k: tuple(v) if k in tuples else v for k, v in values.items()})
    except TypeError as error:
        raise LedgerError(f"{name}: {error}") from error


def _named(kind: str, values: Any) -> str:
    """A row in words, for messages: by its id, if it has one."""
    if isinstance(values, Mapping):
        return f"{kind} {values['id']!r}" if "id" in values else f"a {kind} without an id"
    return f"{kind} {str(values)[:60]!r}"


def parse_claim(values: Mapping[str, Any], chapter: str, head: Mapping[str, Any]) -> Claim:
    """Check one row of a claims file.

    Parameters
    ----------
    values : mapping
        The row.
    chapter : str
        Chapter that measures it; keys may leave out ``<chapter>.``.
    head : mapping
        Content of ``samples.yml``.

    Raises
    ------
    LedgerError
        Naming the claim and the field that is missing or unknown.
    """
    name = _named("claim", values)
    raw = (values.get("readings") or {}) if isinstance(values, Mapping) else {}
    if not isinstance(raw, Mapping):
        raise LedgerError(f"{name}: readings must be a mapping of a reading to its fields, got {raw!r}")
    readings = {r: _full_keys(_make(Reading, v, f"{name}, reading {r}"), chapter) for r, v in raw.items()}
    whole = {**values, "chapter": chapter, "readings": readings} if isinstance(values, Mapping) else values
    claim: Claim = _make(Claim, whole, name)
    for what in TEXTS:
        if not isinstance(given := getattr(claim, what), str):
            raise LedgerError(
                f"{name}: {what} must be a text, got {given!r}; a number stands in quotation marks"
            )
    for what in MAPPINGS:
        if not isinstance(given := getattr(claim, what), dict):
            raise LedgerError(f"{name}: {what} must be a mapping of names to values, got {given!r}")
    if claim.headline not in (True, False, MAIN):
        raise LedgerError(f"{name}: headline must be true, false or {MAIN}, got {claim.headline!r}")
    if part := claim.needs.get("part"):
        claim = replace(claim, needs={**claim.needs, "part": full_key(part, chapter)})
    if claim.needs.get("at_least"):
        least = {full_key(key, chapter): n for key, n in claim.needs["at_least"].items()}
        claim = replace(claim, needs={**claim.needs, "at_least": least})
    for what, value, allowed in (("kind", claim.kind, KINDS), ("error", claim.error, ERRORS)):
        if value not in allowed:
            raise LedgerError(f"{name}: {what} must be one of {', '.join(allowed)}, got {value!r}")
    for reading, content in readings.items():
        if reading not in READINGS:
            raise LedgerError(f"{name}: unknown reading {reading!r}; known: {', '.join(READINGS)}")
        if claim.kind == "mathematical" and reading != "also_asked" and not content.test:
            raise LedgerError(f"{name}: a mathematical claim names the test that proves or refutes it")
        if claim.kind == "number" and claim.error != "deterministic" and content.null is None:
            raise LedgerError(
                f"{name}: a number with {claim.error} error needs the null that it must exclude"
            )
    _check_sentences(claim, name)
    if claim.quantifier not in QUANTIFIERS:
        raise LedgerError(
            f"{name}: quantifier must be one of {', '.join(QUANTIFIERS)}, got {claim.quantifier!r}"
        )
    if claim.primary not in ("as_published", "corrected", BOTH):
        raise LedgerError(f"{name}: primary must be as_published, corrected or both, got {claim.primary!r}")
    if unknown := sorted(set(claim.text) - {"lines", "words"}):
        raise LedgerError(f"{name}: text has `lines` and `words`, not {unknown[0]!r}")
    if claim.kind in UNJUDGED:
        return claim
    if claim.kind == "untestable":
        if readings or not claim.reason:
            raise LedgerError(f"{name}: an untestable claim has a reason and no readings")
        if claim.verdict not in OBSTACLES:
            raise LedgerError(f"{name}: verdict must be one of {', '.join(OBSTACLES)}, got {claim.verdict!r}")
        if claim.verdict == OBSTACLES[0] and not claim.who:
            raise LedgerError(
                f"{name}: a claim that lacks data says in `who` what would settle it: a command, or a vendor"
            )
        return claim
    if claim.kind == "undefined" and not claim.reason:
        raise LedgerError(f"{name}: a claim that the text does not define needs the reason")
    if not readings and claim.kind == "undefined":
        return claim
    if not readings:
        raise LedgerError(f"{name}: has no readings")
    if claim.kind == "number" and claim.paper_value is None:
        raise LedgerError(f"{name}: a number needs its paper_value (a string, its last digit matters)")
    if claim.kind == "direction":
        for content in readings.values():
            smallest_effect(claim, head["smallest_effects"], content)
    if claim.needs.get("sample") and claim.needs["sample"] not in head["samples"]:
        raise LedgerError(f"{name}: unknown sample {claim.needs['sample']!r}")
    return claim


def full_key(key: str, chapter: str) -> str:
    """Key of a record: ``<chapter>.<key>``; a claims file may leave its own chapter out."""
    return key if key.startswith(f"{chapter}.") else f"{chapter}.{key}"


def _full_keys(reading: Reading, chapter: str) -> Reading:
    """Name the chapter in every key of a reading."""
    if not isinstance(reading.measured_by, str):
        raise LedgerError(f"measured_by must be a text, got {reading.measured_by!r}")
    null = reading.null
    return replace(
        reading,
        measured_by=full_key(reading.measured_by, chapter),
        benchmark=None if reading.benchmark is None else full_key(reading.benchmark, chapter),
        null=full_key(null, chapter) if isinstance(null, str) else null,
        candidates=tuple(full_key(key, chapter) for key in reading.candidates),
        implementations=tuple(full_key(key, chapter) for key in reading.implementations),
    )


def _check_sentences(claim: Claim, name: str) -> None:
    """Every branch of `says` is one that a verdict of this kind can speak, and can be parsed."""
    both = {"holds", "fails"}
    needed = {"direction": both | {"open"}, "number": both | {"open"}, "sample": both}.get(claim.kind, set())
    for branch, sentence in claim.says.items():
        if branch not in BRANCHES:
            raise LedgerError(f"{name}: unknown branch {branch!r} of says; known: {', '.join(BRANCHES)}")
        if not isinstance(sentence, str):
            raise LedgerError(f"{name}: says, branch {branch}: must be a sentence, got {sentence!r}")
        _check_sentence(sentence, f"{name}: says, branch {branch}")
    if claim.says and (missing := sorted(needed - set(claim.says))):
        raise LedgerError(f"{name}: says has no sentence for `{missing[0]}`")


def _check_sentence(sentence: str, where: str) -> None:
    """The braces of a sentence match, and each format is one that some value has."""
    try:
        fields_of(sentence)
    except LedgerError as error:
        raise LedgerError(f"{where}: {error}") from error
    for _, name, spec, _ in string.Formatter().parse(sentence):
        if name is None or not spec:
            continue
        outer = spec
        while (inner := re.sub(r"\{[^{}]*\}", "0", outer)) != outer:  # words may hold values themselves
            outer = inner
        if not _is_format(outer):
            raise LedgerError(f"{where}: {{{name}:{spec}}} has a format that no value has: {outer!r}")
        _check_sentence(spec, where)


def _is_format(spec: str) -> bool:
    """Whether a format is one of `portfolio_study.ledger.words`, or Python's of a number or a text."""
    if spec.startswith("|"):
        return spec.count("|") in (2, 3)
    if spec == "code" or spec.startswith("#"):
        return True
    for value in (1.0, 1, "text"):
        try:
            format(value, spec.removeprefix("abs"))
        except ValueError:
            continue
        return True
    return False


def parse_finding(values: Mapping[str, Any], chapter: str) -> Finding:
    """Check one row of kind ``finding``: its sentence can be parsed.

    Raises
    ------
    LedgerError
        Naming the finding and the field that is missing or unknown.
    """
    name = _named("finding", values)
    found: Finding = _make(Finding, {**_without_kind(values), "chapter": chapter}, name)
    if not isinstance(found.says, str):
        raise LedgerError(f"{name}: says must be one sentence")
    _check_sentence(found.says, name)
    return replace(found, measured_by=full_key(found.measured_by, chapter))


def smallest_effect(claim: Claim, named: Mapping[str, float], reading: Reading) -> float:
    """Smallest effect that matters for a direction claim, in the unit of the reading's record."""
    given = claim.smallest_effect if reading.smallest_effect is None else reading.smallest_effect
    if isinstance(given, str) and given in named:
        return float(named[given])
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    raise LedgerError(
        f"claim {claim.id!r}: smallest_effect must be a number or one of {', '.join(named)}, got {given!r}"
    )


def primary_reading(claim: Claim) -> str:
    """The reading that counts: the declared one, or the first that there is; never one that is also asked."""
    declared = "as_published" if claim.primary == BOTH else claim.primary
    if declared in claim.readings or not claim.readings:
        return declared
    own = [name for name in claim.readings if name != "also_asked"]
    return own[0] if own else declared


def parse_paper(values: Mapping[str, Any]) -> Paper:
    """Check one row of kind ``paper``.

    Raises
    ------
    LedgerError
        Naming the paper and the field that is missing, unknown or no text.
    """
    name = _named("paper", values)
    if not isinstance(values.get("id", ""), str):
        raise LedgerError(f'{name}: id must be a text; write a number in quotation marks, "005"')
    found: Paper = _make(Paper, _without_kind(values), name)
    for what in ("title", "reference"):
        if not isinstance(getattr(found, what), str):
            raise LedgerError(f'{name}: {what} must be a text; write a number in quotation marks, "005"')
    if not isinstance(found.samples, dict):
        raise LedgerError(f"{name}: samples must be a mapping of name to sample")
    return found


def parse_erratum(values: Mapping[str, Any], chapter: str | None = None) -> Erratum:
    """Check an erratum: a row of ``errata.yml``, or one of kind ``erratum`` beside the claims of its chapter.

    Raises
    ------
    LedgerError
        Naming the erratum and the field that is missing or unknown.
    """
    name = _named("erratum", values)
    if chapter is None:
        found: Erratum = _make(Erratum, values, name)
        if found.list not in LISTS:
            raise LedgerError(f"{name}: list must be one of {', '.join(LISTS)}, got {found.list!r}")
        return found
    found = _make(Erratum, {**_without_kind(values), "chapter": chapter}, name)
    if found.list not in LISTS:
        raise LedgerError(f"{name}: list must be one of {', '.join(LISTS)}, got {found.list!r}")
    if key := found.materiality.get("measured_by"):
        return replace(found, materiality={**found.materiality, "measured_by": full_key(str(key), chapter)})
    return found


def _without_kind(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "kind"}


def load_ledger(root: Path) -> Ledger:
    """Read and check ``book/samples.yml``, ``book/claims/*.yml`` and ``book/errata.yml``.

    A chapter asks for the interval of one claim many times: files that have not changed are read once a process.
    What is returned is shared, so nobody changes it.

    Raises
    ------
    LedgerError
        For an unreadable file, a wrong row, an id that stands twice, or a
        claim that refers to an erratum that does not exist.
    """
    book = root / "book"
    files = (book / "samples.yml", *sorted((book / "claims").glob("*.yml")), book / "errata.yml")
    return _read_ledger(files, tuple(_state(path) for path in files))


def _state(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written; None if there is none."""
    try:
        found = path.stat()
    except OSError:  # reading it says what is wrong
        return None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _read_ledger(files: tuple[Path, ...], states: tuple[tuple[int, int] | None, ...]) -> Ledger:
    """Read the files in the order samples, claims, errata, as they are in these states."""
    samples, *claim_files, errata_file = files
    head = read_yaml(samples, LedgerError)
    rows: dict[str, list[tuple[Path, int, Any]]] = {}
    for path in claim_files:
        for number, row in enumerate(_rows(path)):
            kind = row.get("kind") if isinstance(row, Mapping) else None
            own = str(kind) if kind in (FINDING, PAPER, ERRATUM) else "claim"
            rows.setdefault(own, []).append((path, number, row))
    places: dict[tuple[str, str], tuple[Path, int]] = {}

    def once(kind: str, row: Any, path: Path, number: int) -> None:
        first = places.setdefault((kind, row.id), (path, number))
        if first != (path, number):
            raise LedgerError(f"{kind} {row.id!r} stands twice, first in {_place(*first)}")

    papers, claims, findings, errata = [], [], [], []
    for path, number, row in rows.get(PAPER, []):
        with _placed(path, number):
            papers.append(parse_paper(row))
            once("paper", papers[-1], path, number)
    head = {**head, "samples": _samples(head["samples"], papers)}
    for path, number, row in rows.get("claim", []):
        with _placed(path, number):
            claims.append(parse_claim(row, path.stem, head))
            once("claim", claims[-1], path, number)
    for path, number, row in rows.get(FINDING, []):
        with _placed(path, number):
            findings.append(parse_finding(row, path.stem))
            once("claim", findings[-1], path, number)
    for number, row in enumerate(_rows(errata_file)):
        with _placed(errata_file, number):
            errata.append(parse_erratum(row))
            once("erratum", errata[-1], errata_file, number)
    for path, number, row in rows.get(ERRATUM, []):
        with _placed(path, number):
            errata.append(parse_erratum(row, path.stem))
            once("erratum", errata[-1], path, number)
    known = {e.id for e in errata}
    for claim in claims:
        for reading in claim.readings.values():
            if reading.erratum and reading.erratum not in known:
                raise LedgerError(f"claim {claim.id!r}: unknown erratum {reading.erratum!r}")
    return Ledger(
        tuple(claims),
        tuple(errata),
        head["samples"],
        head["smallest_effects"],
        tuple(findings),
        tuple(sorted(papers, key=lambda paper: paper.id)),
    )


def _rows(path: Path) -> list[Any]:
    rows = read_yaml(path, LedgerError) or []
    if not isinstance(rows, list):
        raise LedgerError(f"{path} must hold a list: each row begins with `- id:`")
    return rows


@contextmanager
def _placed(path: Path, number: int) -> Iterator[None]:
    """Name file and line of the row that is wrong."""
    try:
        yield
    except LedgerError as error:
        raise LedgerError(f"{_place(path, number)}: {error}") from error


def _place(path: Path, number: int) -> str:
    return f"{path}, line {entry_lines(path, LedgerError)[number]}"


def _samples(named: Mapping[str, Any], papers: list[Paper]) -> dict[str, Any]:
    """Samples of ``samples.yml`` and those that papers bring with them."""
    found = dict(named)
    for paper in papers:
        for name, sample in paper.samples.items():
            if name in found:
                raise LedgerError(f"paper {paper.id!r}: the sample {name!r} stands twice")
            found[name] = sample
    return found
