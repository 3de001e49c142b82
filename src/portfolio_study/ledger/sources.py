"""Where the measure of a claim is written: function, file and line, found without importing a study."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from portfolio_study.errors import needing
from portfolio_study.ledger.consistency import study_files
from portfolio_study.ledger.measures import Place, find_measures
from portfolio_study.settings import project_root

with needing("book"):
    import yaml

PACKAGE = Path(__file__).resolve().parents[1]


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


@dataclass(frozen=True)
class Repository:
    """Addresses of the repository that ``_config.yml`` names; without one there are no links.

    Attributes
    ----------
    url, branch : str
    """

    url: str = ""
    branch: str = "main"

    def source(self, place: Place) -> str:
        """Address of the line at which a measure begins; empty without a repository."""
        path = quote(f"src/portfolio_study/{file_name(place)}")
        return f"{self.url}/blob/{quote(self.branch)}/{path}#L{place.line}" if self.url else ""

    def report(self, claim: str) -> str:
        """Address of a new issue on one verdict; empty without a repository."""
        title = {
            "title": f"The verdict on {claim} is wrong",
            "body": f"Claim: {claim}\nWhat is wrong, and why:\n",
        }
        return f"{self.url}/issues/new?{urlencode(title)}" if self.url else ""


def configured_repository(root: Callable[[], Path] = project_root) -> Repository:
    """The repository of ``_config.yml`` (``repository: {url, branch}``, as Jupyter Book reads it)."""
    path = root() / "_config.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    given = (content or {}).get("repository") or {}
    return Repository(str(given.get("url") or "").rstrip("/"), str(given.get("branch") or "main"))
