"""Errata and the sections of chapters that deal with them: each leads to the other.

A line of a chapter such as ``{errata}`F24, F25``` in a section with a label names the rows of the page of
errata that the section deals with. In the page it becomes links to these rows; the rows lead back.
"""

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from portfolio_study.errors import BuildError
from portfolio_study.ledger.claims import Erratum
from portfolio_study.ledger.listings import LISTED
from portfolio_study.ledger.shown import plain_text

LINE = re.compile(r"^\{errata\}`(?P<ids>[^`]+)`$", re.MULTILINE)
LABEL = re.compile(r"^\((?P<name>[\w-]+)\)=$")
HEADING = re.compile(r"^#+ (?P<title>.+)$")
FENCE = re.compile(r"^(?:```|~~~)")


def find_places(chapter: str, path: Path) -> dict[str, dict[str, str]]:
    """Sections that deal with errata, by id: ``where`` (page and anchor) and ``section`` (heading).

    Parameters
    ----------
    chapter : str
        Name of the page.
    path : pathlib.Path
        Its text notebook.

    Raises
    ------
    BuildError
        If a line stands in a section without a label, or an erratum is named twice.
    """
    found: dict[str, dict[str, str]] = {}
    label = title = ""
    code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code ^= bool(FENCE.match(line))
        if code:  # a comment of Python looks like a heading
            continue
        if own := LABEL.match(line):
            label = own["name"]
        elif heading := HEADING.match(line):
            title = plain_text(heading["title"])
        elif asked := LINE.match(line):
            if not label:
                raise BuildError(
                    f"{path}, line {number}: {line} stands in a section without a label: write one in the "
                    "line above the heading, e.g. (the-filter)="
                )
            anchor = label.lower().replace("_", "-")  # what Sphinx makes of a label
            for name in named(asked["ids"]):
                if name in found:
                    raise BuildError(f"{path}, line {number}: the erratum {name!r} is named twice")
                found[name] = {"where": f"{chapter}#{anchor}", "section": title}
    return found


def named(ids: str) -> list[str]:
    """Ids of a line."""
    return [name.strip() for name in ids.split(",")]


def check_places(chapters: Mapping[str, Path], errata: Iterable[Erratum]) -> None:
    """Refuse pages that name an erratum that is not there, or belongs to another chapter.

    Parameters
    ----------
    chapters : mapping of str to pathlib.Path
        Text notebook of each chapter.
    errata : iterable of Erratum

    Raises
    ------
    BuildError
        Naming file and erratum.
    """
    known = {erratum.id: erratum.chapter for erratum in errata}
    for chapter, path in chapters.items():
        for name in find_places(chapter, path):
            if known.get(name) != chapter:
                wrong = f"belongs to the chapter {known[name]!r}" if name in known else "does not exist"
                raise BuildError(f"{path}: the line {{errata}} names {name!r}, which {wrong}")


def errata_line(ids: str, errata: Iterable[Erratum]) -> str:
    """HTML of a line: links to the rows of the page of errata.

    Parameters
    ----------
    ids : str
        What the line names.
    errata : iterable of Erratum
        Those of the chapter.
    """
    known = {erratum.id: erratum for erratum in errata}
    links = (
        f'{LISTED[known[name].list].lower()} <a href="errata.html#{html.escape(name)}">{html.escape(name)}</a> '
        f"({html.escape(known[name].where)})"
        for name in named(ids)
    )
    return f'<p class="errata">In the list of errata: {"; ".join(links)}.</p>'
