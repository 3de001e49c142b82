"""From what a chapter shows to the code behind it: a figure, a table, the numbers of a sentence."""

import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.sources import PACKAGE, code_page, measure_place
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.publishing.code_pages import definitions

#: The last line of a cell that shows a table or a figure of its study.
SHOWN = re.compile(r"^(?:study\.figure\()?(?P<module>figures|tables)\.(?P<name>\w+)\b", re.MULTILINE)


def drawing_code(source: str, chapter: str, studies: Path = PACKAGE / "studies") -> str:
    """Link to the function that made the table or figure of a cell; empty of other cells.

    Parameters
    ----------
    source : str
        Code of the cell.
    chapter : str
    studies : pathlib.Path
        Folder of the studies.
    """
    shown = SHOWN.search(source)
    file = studies / chapter / f"{shown['module']}.py" if shown else studies
    if shown is None or not file.is_file():
        return ""
    page, line = code_page(file), definitions(file).get(shown["name"])
    if not page or line is None:
        return ""
    what = "figure" if shown["module"] == "figures" else "table"
    return (
        f'<a class="code-link" href="../{page}#L{line}">code<span class="visually-hidden"> of this {what}, '
        f"{html.escape(shown['name'].replace('_', ' '))}</span></a>"
    )


def link_drawing(cell: Any, chapter: str) -> None:
    """Put the link to its code behind the caption of a cell's table or figure."""
    link = drawing_code(cell.source, chapter)
    if not link:
        return
    for output in cell.outputs:
        about = output.get("metadata", {})
        of_html = about.get("text/html", {})
        drawn = next((held for held in (about, of_html) if FIGURE_METADATA in held), None)
        if drawn is not None:  # its caption is set from its description
            drawn[FIGURE_METADATA] |= {"caption": f"{drawn[FIGURE_METADATA]['caption']}\u00a0{link}"}
            continue
        shown = output.get("data", {}).get("text/html", "")
        end = "</caption>" if TABLE_METADATA in of_html else "</figcaption>"
        if end in shown:
            output["data"]["text/html"] = shown.replace(end, f"&nbsp;{link}{end}", 1)


def number_code(names: Iterable[str], chapter: str) -> str:
    """Links from a sentence to the measures behind its numbers, in their order; empty if it has none.

    Parameters
    ----------
    names : iterable of str
        Values of the sentence: keys of the chapter, with or without its name, or parts of a value
        (``key.low``); other names are passed over.
    chapter : str
    """
    found: dict[tuple[Path, str], str] = {}
    for name in names:
        key = name.removeprefix(f"{chapter}.")
        place = next(
            filter(None, (measure_place(f"{chapter}.{k}") for k in (key, key.rpartition(".")[0]) if k)), None
        )
        if place is not None:
            found.setdefault((place.file, place.function), f"{chapter}.{place.key}")
    links = (
        f'<a class="code-link sentence" href="measures.html#{html.escape(key)}" title="Computed by {html.escape(key)}">&nbsp;'
        f'<span aria-hidden="true">‹›</span><span class="visually-hidden">Computed by {html.escape(key)}</span></a>'
        for key in found.values()
    )
    return "".join(links)  # with its blank in it, a link that print leaves out leaves no hole
