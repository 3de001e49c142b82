"""A small picture of an interval: estimate, zero, the smallest effect that matters, the printed number."""

import html
import math
from collections.abc import Iterable, Mapping
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.marks import COLOURS, MARKS
from portfolio_study.ledger.shown import shown_interval, shown_number

WIDTH, MARGIN = 320, 14


def printed_number(row: Mapping[str, Any]) -> float | None:
    """The number that the paper prints, or None where it prints none (or a bound, or words)."""
    printed = row["paper_value"]
    if printed is None or str(printed).strip()[:1] in ("<", ">"):
        return None
    try:
        return rules.paper_number(str(printed))
    except LedgerError:
        return None


def _marked(row: Mapping[str, Any]) -> list[tuple[float, str, str]]:
    """What stands on the axis beside the interval: place, label, kind (zero, smallest, printed)."""
    marked = []
    if row["kind"] in ("direction", "undefined"):
        marked.append((0.0, "0", "zero"))
        if row["smallest_effect"]:
            least = float(row["smallest_effect"])
            marked.append((least, f"matters: {shown_number(least)}", "smallest"))
    if (printed := printed_number(row)) is not None:
        marked.append((printed, f"printed: {row['paper_value']}", "printed"))
    return marked


def span(rows: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    """First and last value that the charts of some rows need on one axis."""
    ends = [
        float(end)
        for row in rows
        for end in (row["value"], *row["interval"], *(place for place, _, _ in _marked(row)))
    ]
    return min(ends), max(ends)


def has_interval(row: Mapping[str, Any]) -> bool:
    """Whether a row has a finite interval to draw."""
    value, interval = row["value"], row["interval"]
    if interval is None or isinstance(value, bool | str):
        return False
    return all(map(math.isfinite, (value, *interval)))


def interval_chart(
    row: Mapping[str, Any], axis: tuple[float, float] | None = None, labelled: bool = True
) -> str:
    """SVG of the interval that decides a row; empty where there is none.

    Parameters
    ----------
    row : mapping
        Row of the ledger. Zero is drawn unless it is a printed number, of a direction the smallest effect
        that matters too, of a number the printed one.
    axis : tuple of float, optional
        First and last value of the axis; default what the row needs.
    labelled : bool
        Whether the marks have labels below them.
    """
    if not has_interval(row):
        return ""
    value, (low, high) = float(row["value"]), row["interval"]
    first, last = axis or span([row])
    width = (last - first) or abs(last) or 1.0
    marked = _marked(row)

    def at(place: float) -> float:
        return MARGIN + (place - first) / width * (WIDTH - 2 * MARGIN)

    colour = COLOURS[MARKS[row["verdict"]].style]
    marks = "".join(
        f'<path d="M{at(place):.1f} 9l6 7l-6 7l-6 -7z" fill="none" stroke="currentColor" stroke-width="2"/>'
        if kind == "printed"
        else f'<path d="M{at(place):.1f} 2V30" stroke="currentColor" stroke-dasharray="{"3 2" if kind == "smallest" else "none"}"/>'
        for place, _, kind in marked
    )
    marks += f'<path d="M{at(low):.1f} 16H{at(high):.1f}" stroke="{colour}" stroke-width="4"/>'
    marks += "".join(
        f'<path d="M{at(v):.1f} 10V22" stroke="{colour}" stroke-width="2"/>' for v in (low, high)
    )
    marks += f'<circle cx="{at(value):.1f}" cy="16" r="5" fill="{colour}"/>'
    told = [shown_interval(value, (low, high), row["paper_value"])]
    told += [label for _, label, kind in marked if kind != "zero"]
    name = html.escape(f"Interval {'; '.join(told)}", quote=True)
    height = 46 if labelled and marked else 32
    labels = _labels([(at(place), label) for place, label, _ in marked]) if labelled else ""
    return (
        f'<svg class="interval" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-size="11" fill="currentColor" aria-label="{name}">{marks}{labels}</svg>'
    )


def _labels(places: list[tuple[float, str]]) -> str:
    """Labels below their marks; where two would run into each other or out of the picture, they are moved aside."""
    widths = [6.4 * len(label) for _, label in sorted(places)]
    lefts: list[float] = []
    for (x, _), width in zip(sorted(places), widths, strict=True):
        lefts.append(max(x - width / 2, lefts[-1] + widths[len(lefts) - 1] + 8 if lefts else 0.0))
    end = float(WIDTH)
    for at in reversed(range(len(lefts))):
        lefts[at] = max(min(lefts[at], end - widths[at]), 0.0)
        end = lefts[at] - 8
    return "".join(
        f'<text x="{left:.1f}" y="42">{html.escape(label)}</text>'
        for left, (_, label) in zip(lefts, sorted(places), strict=True)
    )
