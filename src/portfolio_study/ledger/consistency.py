"""Claims, pages and measures fit together: checked from their texts, before anything is computed."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.claims import UNJUDGED, Ledger, primary_reading
from portfolio_study.ledger.measures import Place, find_measures
from portfolio_study.ledger.words import INTERVALS, PASTED, RECORD_FIELDS, ROW_FIELDS, fields_of

GLUED = re.compile(r"\{glue:(?:text|md)\}`([^`:]+?)(?::[^`]*)?`")


def study_files(studies: Path, chapter: str) -> list[Path]:
    """Files of a chapter's study: the modules of its package, or its one module."""
    folder = studies / chapter
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [studies / f"{chapter}.py"]


def check_words(ledger: Ledger) -> None:
    """Refuse two claims that judge the same words: a sentence has one verdict, each assertion in it its own words.

    Raises
    ------
    LedgerError
        Naming both claims and where the words stand.
    """
    judged: dict[tuple[str, str, str], str] = {}
    for claim in ledger.claims:
        votes = claim.kind not in UNJUDGED and (
            not claim.readings or primary_reading(claim) in claim.readings
        )
        if not votes or not claim.text.get("words"):
            continue
        words = (claim.paper, str(claim.text.get("lines", "")), claim.text["words"])
        if words in judged:
            raise LedgerError(
                f"claims {judged[words]!r} and {claim.id!r} judge the same words of paper {claim.paper} (lines "
                f"{words[1]}): leave one of them, or give each the words of its own assertion"
            )
        judged[words] = claim.id


def check_chapter(ledger: Ledger, chapter: str, page: Path, claims: Path, studies: Path) -> None:
    """Refuse a chapter whose page or claims speak of what nothing measures, or that measures in vain.

    Parameters
    ----------
    ledger : Ledger
        Of the whole book.
    chapter : str
    page, claims : pathlib.Path
        The text notebook and the claims file, to name lines.
    studies : pathlib.Path
        Folder of the studies.

    Raises
    ------
    LedgerError
        Naming file and line: a ``measured_by`` without a measure, a sentence with an unknown value,
        a proof that does not stand on the page, a page that speaks of an unknown claim, a measure that nothing uses.
    """
    own = ledger.of_chapter(chapter)
    files = study_files(studies, chapter)
    if not all(path.is_file() for path in files) or not files:
        raise LedgerError(
            f"{page}: the chapter has no study: write {studies / chapter}.py, or a package {studies / chapter}"
        )
    declared = [place for path in files for place in find_measures(path)]
    keys = [place.key for place in declared]
    text = page.read_text(encoding="utf-8")
    used: set[str] = set()

    def need(key: str, what: str, file: Path, row: bool = False) -> None:
        if row and key in ROW_FIELDS:
            return
        short = key.removeprefix(f"{chapter}.")
        for candidate in (
            short,
            short.rpartition(".")[0] if short.rpartition(".")[2] in RECORD_FIELDS else "",
        ):
            found = [k for k in keys if candidate and (k == candidate or fnmatchcase(candidate, k))]
            if found:
                used.update(found)
                return
        raise LedgerError(
            f"{_line(file, short)}: {what}: no measure of the study {chapter!r} has the key {short!r}"
        )

    for claim in own.claims:
        if claim.proof and f"({claim.proof})=\n" not in text:
            raise LedgerError(
                f"{_line(claims, claim.proof)}: claim {claim.id!r}: the page has no label `({claim.proof})=` "
                "above an argument that proves it"
            )
        for name, reading in claim.readings.items():
            what = f"claim {claim.id!r}, reading {name}"
            need(reading.measured_by, what, claims)
            for key in (reading.benchmark, reading.null, *reading.candidates, *reading.implementations):
                if isinstance(key, str):
                    need(key, what, claims)
        for key in claim.needs.get("at_least") or {}:
            need(key, f"claim {claim.id!r}", claims)
        if part := claim.needs.get("part"):
            need(part, f"claim {claim.id!r}", claims)
        for branch, sentence in claim.says.items():
            for field in fields_of(sentence):
                need(field, f"claim {claim.id!r}, says, branch {branch}", claims, row=True)
    for finding in own.findings:
        need(finding.measured_by, f"finding {finding.id!r}", claims)
        for field in fields_of(finding.says):
            need(field, f"finding {finding.id!r}", claims)
    for erratum in own.errata:
        if key := erratum.materiality.get("measured_by"):
            beside = claims.is_file() and erratum.id in claims.read_text(encoding="utf-8")
            file = claims if beside else claims.parents[1] / "errata.yml"
            need(str(key), f"erratum {erratum.id!r}", file)
            for field in set(fields_of(str(erratum.materiality.get("text", "")))) - {"value", "unit"}:
                need(field, f"erratum {erratum.id!r}, materiality", file)
    for key in GLUED.findall(text):
        if key.startswith(f"{chapter}."):
            need(key, "the page pastes", page)
    _check_pasted(text, page, own)
    _check_used(declared, used, files)


def _check_pasted(text: str, page: Path, own: Ledger) -> None:
    sentences = own.sentences()
    known = {claim.id for claim in own.claims}
    for match in PASTED.finditer(text):
        name = match["claim"]
        at = f"{page}, line {text.count(chr(10), 0, match.start()) + 1}"
        if match["role"] == "says" and name not in sentences:
            raise LedgerError(f"{at}: {name!r} is no claim or finding of this chapter that has `says`")
        if match["role"] != "says" and name not in known:
            raise LedgerError(f"{at}: {name!r} is no claim of this chapter")
    for match in INTERVALS.finditer(text):
        for name in re.split(r",\s*", match["claims"].strip()):
            if name not in known:
                at = f"{page}, line {text.count(chr(10), 0, match.start()) + 1}"
                raise LedgerError(f"{at}: {name!r} is no claim of this chapter")


def _check_used(declared: Iterable[Place], used: set[str], files: Iterable[Path]) -> None:
    """A measure serves a claim, an erratum, the page, or a figure or table of its study."""
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    whole = "\n".join(texts.values())
    for place in declared:
        if place.key in used:
            continue
        named = len(re.findall(rf"\b{re.escape(place.function)}\b", whole)) > 1
        shown = re.search(rf"\{{{re.escape(place.key)}\b", whole)
        if not named and not shown:
            raise LedgerError(
                f"{place.file}, line {place.line}: nothing uses the measure {place.key!r}: "
                "name it in a claim, a sentence, the page, a figure or a table, or delete it"
            )


def _line(file: Path, word: str) -> str:
    """File and line where a word stands first."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(rf"(?<!\w){re.escape(word)}(?![\w.])", line):
            return f"{file}, line {number}"
    return str(file)
