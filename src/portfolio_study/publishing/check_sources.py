"""Checks of the sources: pages, claims and studies that do not fit together are refused before any work."""

import re
from collections.abc import Iterable
from pathlib import Path

from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.consistency import check_chapter, check_words
from portfolio_study.ledger.registration import check_registration
from portfolio_study.publishing.errata_places import check_places
from portfolio_study.publishing.fill import PARAMETER
from portfolio_study.publishing.limits import ALL, LIMITS, limits_of
from portfolio_study.publishing.notebooks import Chapter

STUDIES = Path(__file__).resolve().parents[1] / "studies"  # of the code that runs


def check_book(chapters: Iterable[Chapter], root: Path, studies: Path = STUDIES) -> None:
    """Refuse chapters whose pages, claims and measures do not fit together, before any work.

    Parameters
    ----------
    chapters : iterable of Chapter
        Pages of the book; those without ``study`` in their front matter are left out.
    root : pathlib.Path
        The checkout.
    studies : pathlib.Path
        Folder of the studies.

    Raises
    ------
    LedgerError, BuildError
        Naming file and line.
    """
    own = [chapter for chapter in chapters if chapter.front]
    orders: dict[int, Path] = {}
    for chapter in own:
        order = chapter.front["order"]
        if order in orders:
            raise BuildError(f"{chapter.path} and {orders[order]} have the same order, {order}")
        orders[order] = chapter.path
    if own:
        ledger = load_ledger(root)
        registration = root / "book" / "registration.yml"
        if ledger.claims and not registration.is_file():
            raise BuildError(
                f"{registration} is missing, which says what decides each verdict: restore it (git checkout), or, in a "
                "book of your own claims, write the first one: python -m portfolio_study register"
            )
        check_registration(ledger, root)
        check_words(ledger)
        papers = {paper.id for paper in ledger.papers}
        for chapter in own:
            claims = root / "book" / "claims" / f"{chapter.name}.yml"
            for paper in re.findall(r"\w+", str(chapter.front.get("paper", ""))):
                if paper not in papers:
                    raise BuildError(
                        f"{chapter.path}: no claims file has a row of kind `paper` with the id {paper!r}: "
                        f"add one to {claims} (id, title, reference)"
                    )
            for name in chapter.windows:
                if name not in chapter.parameters:
                    raise BuildError(
                        f"{chapter.path}: `windows` of the front matter names {name!r}, which is no parameter"
                    )
            for name, limits in limits_of(chapter).items():
                unknown = {*limits} - {*LIMITS, ALL}
                if name not in chapter.parameters or unknown:
                    raise BuildError(
                        f"{chapter.path}: `limits` of the front matter names {next(iter(unknown), name)!r}, which is "
                        f"no parameter of the page or none of {', '.join(LIMITS)}"
                    )
            for match in PARAMETER.finditer(chapter.path.read_text(encoding="utf-8")):
                if match["name"] not in chapter.parameters:
                    raise UnknownNameError(f"parameter of {chapter.path}", match["name"], chapter.parameters)
            check_chapter(ledger, chapter.name, chapter.path, claims, studies)
        check_places({chapter.name: chapter.path for chapter in own}, ledger.errata)
