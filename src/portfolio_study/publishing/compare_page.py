"""A comparison of two runs as a page of its own: HTML that needs no network and no site around it."""

import html
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from portfolio_study.errors import BuildError
from portfolio_study.publishing.compare import RULE, Difference, shown
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.reference import Report

NAME = "verify.html"
STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; font-size: 1.2rem; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); }
tbody th { font-weight: normal; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
"""


def write_page(report: Report, layout: Layout) -> Path:
    """Write ``build/verify.html``.

    Parameters
    ----------
    report : Report
    layout : Layout
        Links lead into the site of its published run.

    Returns
    -------
    pathlib.Path
        The page.
    """
    path = layout.build / NAME
    scratch = path.with_name(f".{NAME}.{os.getpid()}")
    try:
        scratch.write_text(page(report), encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise BuildError(
            f"the page of the comparison cannot be written: {path} ({error.strerror or error}); give this user the "
            "right to write there"
        ) from error
    return path


def page(report: Report) -> str:
    """HTML of a comparison."""
    title = f"This build against {report.path.stem}"
    said = f"{report.moved} of {report.compared} values and verdicts differ."
    if not report.differences:
        bits = "" if report.within else ", to the last bit"
        said = f"All {report.compared} values and verdicts agree{bits}."
    if report.values or report.within:
        said += f" {RULE}"
    parts = "".join(_table(head, found, report.claims) for head, found in report.parts())
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in report.notes)
    also = f"<h2>What else is different</h2><ul>{notes}</ul>" if notes else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main><h1>{html.escape(title)}</h1><p>{said}</p>"
        f'<p><a href="html/index.html">This build</a> was compared with {html.escape(str(report.path))}.</p>'
        f"{parts}{also}</main></body></html>\n"
    )


def _table(head: str, found: Iterable[Difference], claims: Mapping[str, list[str]]) -> str:
    rows = "".join(_row(difference, claims) for difference in found)
    names = "".join(f'<th scope="col">{name}</th>' for name in ("What", "Was", "Is", "Moved by", "Claims"))
    return (
        f'<div class="scroll" tabindex="0"><table><caption>{html.escape(head)}</caption>'
        f"<thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(difference: Difference, claims: Mapping[str, list[str]]) -> str:
    key = difference.key
    named = [key.split()[1]] if key.startswith("verdict ") else claims.get(key, [])
    links = ", ".join(
        f'<a href="html/book/verdicts.html#claim-{html.escape(claim)}">{html.escape(claim)}</a>'
        for claim in named
    )
    both = difference.before is not None and difference.after is not None
    cells = (
        "–" if difference.before is None else shown(difference.before),
        "–" if difference.after is None else shown(difference.after),
        difference.change() if both else ("new" if difference.before is None else "gone"),
    )
    body = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(key)}</th>{body}<td>{links}</td></tr>'
