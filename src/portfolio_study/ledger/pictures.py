"""Pictures of the summary pages: printed numbers against ours, and verdicts by kind of check."""

import html
import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.judge import Row
from portfolio_study.ledger.marks import COLOURS, MARKS
from portfolio_study.ledger.shown import shown_number
from portfolio_study.ledger.study import FIGURE_METADATA

# Of each style of badge: hatching and colour, so that bars read in grey too; the colours of study.css.
HATCHES = {
    "reproduced": "",
    "direction": "//",
    "fails": "xx",
    "open": "..",
    "erratum": "\\\\",
    "untestable": "",
}


def _axis(value: float, low: float, high: float) -> float:
    """Position of a value on an axis that is linear near zero and logarithmic beyond, between 0 and 1."""

    def position(v: float) -> float:
        return math.copysign(math.log10(1 + abs(v) / SMALL), v)

    return (position(value) - position(low)) / ((position(high) - position(low)) or 1.0)


SMALL = 1e-3
"""Size below which the axes of `published_against_ours` are linear."""


def published_against_ours(rows: Iterable[Row]) -> str:
    """A picture (SVG) of every printed number against ours: one dot a claim, linked to its row.

    Shape and colour are the verdict; dots on the line agree. Axes are logarithmic beyond 0.001.
    """
    points = []
    for row in rows:
        if not (row["counts"] and row["kind"] == "number" and isinstance(row["value"], int | float)):
            continue
        try:
            points.append((rules.paper_number(str(row["paper_value"])), float(row["value"]), row))
        except LedgerError:
            continue
    if not points:
        return ""
    ends = [v for x, y, _ in points for v in (x, y)]
    low, high = min(*ends, 0.0), max(ends)
    left, edge, below, inner = 64, 8, 44, 256  # room for the names of the axes, and the square of the dots
    width, height = left + inner + edge, edge + inner + below

    def across(v: float) -> float:
        return left + _axis(v, low, high) * inner

    def down(v: float) -> float:
        return edge + (1 - _axis(v, low, high)) * inner

    marks = []
    for x, y, row in sorted(points, key=lambda point: point[:2]):  # as the arrow keys pass them
        px, py = across(x), down(y)
        style = MARKS[row["verdict"]].style
        colour = COLOURS[style]
        shape = (
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5" fill="{colour}"/>'
            if style == "reproduced"
            else f'<path d="M{px - 4:.1f} {py - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2.4"/>'
            if style == "fails"
            else f'<rect x="{px - 4:.1f}" y="{py - 4:.1f}" width="8" height="8" fill="none" stroke="{colour}" '
            'stroke-width="2"/>'
        )
        told = f"{row['statement']}: printed {row['paper_value']}, ours {shown_number(y)} ({row['verdict']})"
        marks.append(
            f'<a href="verdicts.html#claim-{html.escape(row["id"])}"><title>{html.escape(told)}</title>{shape}</a>'
        )
    ticks = "".join(
        f'<text x="{across(v):.1f}" y="{edge + inner + 17}" text-anchor="middle">{v:g}</text>'
        f'<text x="{left - 6}" y="{down(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
        for v in (-1.0, -0.01, 0.0, 0.01, 0.1, 1.0, 100.0, 10000.0)
        if low <= v <= high
    )
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width}" role="group" class="dots" font-size="13" fill="currentColor" '
        f'aria-label="{len(points)} printed numbers against ours; the arrow keys go from one to the next">'
        f'<rect x="{left}" y="{edge}" width="{inner}" height="{inner}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.4"/>'
        f'<path d="M{left} {edge + inner}l{inner} -{inner}" stroke="currentColor" stroke-dasharray="4 3"/>'
        f'<g aria-hidden="true">{ticks}</g>{"".join(marks)}<text x="{left + inner / 2}" y="{height - 6}" text-anchor="middle">printed</text>'
        f'<text x="14" y="{edge + inner / 2}" text-anchor="middle" transform="rotate(-90 14 {edge + inner / 2})">'
        "ours</text></svg>"
        f"<figcaption>{len(points)} printed numbers and ours. On the dashed line they agree; discs are reproduced, "
        "crosses are not, squares cannot be told, depend on the reading or were measured on other data. "
        "Each links to its claim.</figcaption></figure>"
    )


def statements_figure(table: pd.DataFrame) -> Any:
    """Stacked horizontal bars of `statements_by_check`, hatched so that they read without colour.

    Verdicts of one look stand together, and are one entry of the legend; those of one sign are one piece of a bar.
    """
    import matplotlib.pyplot as plt

    looks: dict[str, dict[str, list[str]]] = {}  # verdicts by style and sign
    for verdict in table.columns:
        mark = MARKS[verdict]
        looks.setdefault(mark.style, {}).setdefault(mark.symbol, []).append(verdict)
    fig, ax = plt.subplots(figsize=(9, 2.4 + 0.6 * len(table)))
    names = [name.replace(" (", "\n(") for name in table.index]  # in two lines: the bars need the width
    left = pd.Series(0.0, index=table.index)
    least = 0.03 * table.sum(axis=1).max()  # what a sign and a number need
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for style, signs in looks.items():
        label = ", ".join(f"{sign} {', '.join(verdicts)}" for sign, verdicts in signs.items())
        for sign, verdicts in signs.items():
            counted = table[verdicts].sum(axis=1)
            ax.barh(
                names,
                counted,
                left=left,
                color=COLOURS[style],
                hatch=HATCHES[style],
                edgecolor="white" if not HATCHES[style] else "#333333",
                linewidth=0.5,
                label=label if sign == next(iter(signs)) else None,
            )
            for name, start, n in zip(names, left, counted, strict=True):
                if n and n >= least:
                    ax.text(
                        start + n / 2,
                        name,
                        f"{sign} {n:.0f}",
                        ha="center",
                        va="center",
                        size="x-small",
                        bbox=plate,
                    )
            left = left + counted
    ax.invert_yaxis()
    ax.set_xlabel("statements (a table of a paper is one)")
    fig.legend(ncols=2, loc="outside lower center")
    ax.grid(axis="y", visible=False)
    return fig


def show_statements(table: pd.DataFrame) -> None:
    """Show the figure of `statements_by_check` on a page, with its numbers for who does not see it."""
    from IPython.display import display
    from matplotlib import pyplot as plt

    told = "; ".join(
        f"{check}: {', '.join(f'{int(n)} {verdict}' for verdict, n in row.items() if n)}"
        for check, row in table.iterrows()
    )
    figure = statements_figure(table)
    about = {
        "name": "fig-verdicts-by-check",
        "caption": "Verdicts by kind of check. A table of a paper is one statement, and as good as its weakest row.",
        "alt": f"Stacked horizontal bars, number of statements by verdict. {told}",
    }
    display(figure, metadata={FIGURE_METADATA: about})
    plt.close(figure)
