"""Where the measure of a claim is written: function, file and line, found without importing a study."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from portfolio_study.ledger.citation import Citation, read_citation
from portfolio_study.ledger.consistency import study_files
from portfolio_study.ledger.measures import Place, find_measures
from portfolio_study.settings import project_root

PACKAGE = Path(__file__).resolve().parents[1]
CODE_FOLDER = "code"  # of the site
#: Parts of the package whose code the site shows: what computes a number, not what makes the site.
SHOWN = ("studies", "data", "forecasting", "risk", "allocation", "evaluation")


@cache
def _places(chapter: str, studies: Path) -> tuple[Place, ...]:
    return tuple(
        place for file in study_files(studies, chapter) if file.is_file() for place in find_measures(file)
    )


def measure_place(measured_by: str, studies: Path = PACKAGE / "studies") -> Place | None:
    """The measure of a key of the ledger, ``"markowitz.sharpe_gain.realised"``; None if no study declares it.

    Parameters
    ----------
    measured_by : str
        Chapter and key.
    studies : pathlib.Path
        Folder of the studies.
    """
    chapter, _, key = measured_by.partition(".")
    found = (
        p for p in _places(chapter, studies) if p.key == key or ("*" in p.key and fnmatchcase(key, p.key))
    )
    return next(found, None)


def file_name(place: Place) -> str:
    """The file of a measure below the package: ``"studies/markowitz/measures.py"``."""
    return (
        place.file.relative_to(PACKAGE).as_posix() if place.file.is_relative_to(PACKAGE) else place.file.name
    )


def code_page(file: Path) -> str:
    """The page of a file below the top folder of the site, see `publishing.code_pages`; empty of files without one."""
    if not file.is_relative_to(PACKAGE) or file.relative_to(PACKAGE).parts[0] not in SHOWN:
        return ""
    return f"{CODE_FOLDER}/{file.relative_to(PACKAGE).with_suffix('.html').as_posix()}"


@dataclass(frozen=True)
class Repository:
    """Addresses in the repository that ``CITATION.cff`` names; without one there are no links."""

    citation: Citation | None = None

    def source(self, place: Place) -> str:
        """Address of the line at which a measure begins; empty without a repository."""
        path = f"src/portfolio_study/{file_name(place)}"
        return self.citation.source(path, line=place.line) if self.citation else ""

    def report(self, claim: str) -> str:
        """Address of a report that one verdict is wrong; empty without a repository."""
        return self.citation.wrong_verdict(claim) if self.citation else ""


def configured_repository(root: Callable[[], Path] = project_root) -> Repository:
    """The repository of ``CITATION.cff``, see `citation`."""
    return Repository(read_citation(root()))
