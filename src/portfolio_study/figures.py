"""How every figure and table of the book looks: colours, styles, offline interactivity."""

import html
import re
from collections.abc import Mapping
from functools import cache
from itertools import cycle
from typing import Any

import pandas as pd

from portfolio_study.errors import ParameterError, needing
from portfolio_study.settings import in_build

# Okabe and Ito (2008): distinguishable with every common colour-vision deficiency.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "black": "#000000",
    "yellow": "#F0E442",
}
CYCLE = [COLOURS[c] for c in ("blue", "orange", "green", "vermilion", "purple", "sky", "black")]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1))]
DASHES = ["solid", "dash", "dashdot", "dot", "longdash", "longdashdot"]  # plotly's names
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
MISSING = "–"
TABLE_METADATA = "portfolio_study_table"
LEAST_P = "< 0.001"
NUMERIC = ' class="num"'


def use_style() -> None:
    """Set seaborn and matplotlib defaults: readable sizes, colour and line style cycle together.

    Text is shown as it is written: a name such as ``Gold ($/oz) in US$`` is no formula. Matplotlib
    would read what stands between two dollar signs as one, and stop where it is none.
    """
    with needing("book"):
        import matplotlib as mpl
        import matplotlib.scale
        import seaborn as sns
        from cycler import cycler

    sns.set_theme(context="notebook", style="whitegrid", palette=CYCLE)
    mpl.rcParams.update(
        {
            "figure.figsize": (9.0, 4.5),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": cycler(color=CYCLE) + cycler(linestyle=LINES),
            "axes.titlesize": "medium",
            "text.parse_math": False,
            "svg.hashsalt": "portfolio_study",  # the same figure has the same names of its parts
            "date.converter": "concise",  # dates on narrow axes do not run into each other
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "lines.linewidth": 1.4,
            "grid.alpha": 0.4,
        }
    )
    mpl.scale.register_scale(_log_scale())  # its own numbers are formulas: write them with letters
    if in_build():  # pages show the first, readers may take away the second
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("png", "svg")


_RAISED = str.maketrans("-0123456789.", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹·")


def _without_tex(text: str) -> str:
    r"""Write ``$\mathdefault{2\times10^{-3}}$`` as 2×10⁻³."""
    inner = text.removeprefix(r"$\mathdefault{").removesuffix("}$").replace(r"\times", "×")
    return re.sub(r"\^\{([^}]*)\}", lambda found: found[1].translate(_RAISED), inner)


_LETTERS = {
    "eps": "ε", "eta": "η", "iota": "ι", "lambda": "λ", "mu": "μ", "xi": "ξ", "phi": "φ", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "theta": "θ", "gamma": "γ", "omega": "ω", "Theta": "Θ", "Xi": "Ξ",
}  # fmt: skip


def as_signs(formula: str) -> str:
    """Write a formula in letters of the keyboard with the signs of print: ``Xi = H^-1`` as Ξ = H⁻¹.

    Parameters
    ----------
    formula : str
        Names of Greek letters stand apart from other letters; not a sentence, whose words could be such names.
    """
    lettered = re.sub(r"(?<![A-Za-z])[A-Za-z]+", lambda found: _LETTERS.get(found[0], found[0]), formula)
    raised = re.sub(r"\^(-?[0-9.]+)", lambda found: found[1].translate(_RAISED), lettered)
    return re.sub("(?<=[A-ZΞ])'", "′", raised).replace("<=", "≤").replace(">=", "≥")


@cache
def _log_scale() -> Any:
    """Matplotlib's logarithmic scale, with numbers that need no formulas."""
    from matplotlib.scale import LogScale
    from matplotlib.ticker import LogFormatterSciNotation

    class PlainPowers(LogFormatterSciNotation):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return _without_tex(super().__call__(x, pos))

    class PlainLogScale(LogScale):
        name = "log"

        def __init__(self, **options: Any) -> None:  # without the parameter `axis`, which is to go
            super().__init__(**options)

        def set_default_locators_and_formatters(self, axis: Any) -> None:
            super().set_default_locators_and_formatters(axis)
            axis.set_major_formatter(PlainPowers(self.base))
            axis.set_minor_formatter(PlainPowers(self.base, labelOnlyBase=self.subs is not None))

    return PlainLogScale


def as_written(text: Any) -> str:
    """Write a name so that plotly shows it as it is: no tags, no entities, no formula.

    Parameters
    ----------
    text : any
        Usually the name of an asset, as a file gave it.

    Returns
    -------
    str
        For ``text`` and ``hovertext`` of a trace; `show_interactive` does it for names of traces.
    """
    return html.escape(str(text), quote=False).replace("$", "&#36;")


def styles(names: Any) -> dict[str, dict[str, Any]]:
    """Give each series a fixed colour, line style and marker, so that colour is never the only cue.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict
        Name to keyword arguments of ``Axes.plot``.
    """
    looks = zip(cycle(CYCLE), cycle(LINES), cycle(MARKERS), strict=False)
    return {
        name: {"color": colour, "linestyle": line, "marker": marker}
        for name, (colour, line, marker) in zip(names, looks, strict=False)
    }


def bands_in_words(table: pd.DataFrame, column: str) -> str:
    """How many autocorrelations lie outside both bands, and which is the largest, for an alt text.

    Parameters
    ----------
    table : DataFrame, index ``lag``
        Of ``evaluation.dependence.autocorrelation_table``.
    column : str
        ``acf`` or ``pacf``.
    """
    size = table[column].abs()
    outside = {band: int((size > table[band]).sum()) for band in ("band", "robust_band")}
    largest = int(size.to_numpy().argmax())
    return (
        f"{outside['band']} of {len(table)} outside the 95 % band for independent data, "
        f"{outside['robust_band']} outside the band that allows for volatility clusters, "
        f"the largest {table[column].iloc[largest]:+.2f} at lag {table.index[largest]}"
    )


# Drawn while the page is still being read, a figure is as wide as the column before the list of
# contents beside it exists; plotly itself follows only the window.
_FOLLOW_WIDTH = (
    "const plot = document.getElementById('{plot_id}');"
    "new ResizeObserver(() => Plotly.Plots.resize(plot)).observe(plot.closest('figure'));"
)

_NOT_OFFERED = ["sendChartToCloud", "select2d", "lasso2d"]  # the first would upload the figure


def show_interactive(figure: Any, name: str, alt: str, height: int = 480, caption: str = "") -> Any:
    """Show a plotly figure that works without a network.

    In a build the page loads the one copy of ``plotly.min.js`` at the root of
    the site; in a live notebook the script travels with the figure.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    name : str
        Unique on the page; becomes the element's id.
    alt : str
        What is drawn, for a reader who cannot see it.
    height : int
        Pixels.
    caption : str
        What is shown, under the figure.

    Raises
    ------
    ParameterError
        If a trace does not say what its hover shows: plotly itself would show bare numbers with all digits.
    """
    from IPython.display import HTML

    for trace in figure.data:
        if not (trace.hovertemplate or trace.hoverinfo in ("text", "skip", "none")):
            raise ParameterError(
                f"figure {name}: the trace {trace.name or trace.type!r} has no hovertemplate: give it one with the "
                "name and the unit of each number (%{y:.1f} % a year), or hoverinfo='skip'"
            )
    figure.for_each_trace(lambda trace: trace.update(name=as_written(trace.name)) if trace.name else None)
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 40, "t": 50, "b": 60},
        modebar={"orientation": "v"},  # beside the figure: above it, it would cover the legend
        colorway=CYCLE,
        font={"size": 14},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0.0},
    )
    body = figure.to_html(
        full_html=False,
        include_plotlyjs="../plotly.min.js" if in_build() else True,
        include_mathjax=False,
        div_id=f"plotly-{name}",
        config={"displaylogo": False, "responsive": True, "modeBarButtonsToRemove": _NOT_OFFERED},
        post_script=_FOLLOW_WIDTH,
    )
    label = html.escape(alt, quote=True)
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return HTML(f'<figure class="interactive" role="img" aria-label="{label}">{body}{below}</figure>')


def _cell(value: Any, form: str | None) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return MISSING
    if form is not None and not isinstance(value, str):
        return form.format(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return str(value)


def _is_number(value: Any) -> bool:
    """Whether a cell stands on the right: a number, or what is missing among numbers."""
    return not isinstance(value, str | bool)


def show_table(
    frame: pd.DataFrame,
    caption: str,
    formats: Mapping[str, str] | str | None = None,
    index: bool = True,
    raw_html: bool = False,
    max_rows: int | None = None,
) -> Any:
    """Show a frame as an accessible HTML table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Column names carry the units.
    caption : str
        What the table holds.
    formats : mapping of column to format, or one format for all numbers, optional
        e.g. ``{"RMSE": "{:.5f}"}``; default four significant digits.
    index : bool
        Show the index as row headers.
    raw_html : bool
        Cells already are HTML (links, badges).
    max_rows : int, optional
        Show only this many rows and say how many there are.
    """
    from IPython.display import HTML

    shown = frame if max_rows is None else frame.head(max_rows)
    quote = (lambda text: text) if raw_html else html.escape
    head = [str(n) if n is not None else "" for n in frame.index.names] if index else []
    head += [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in frame.columns]
    first = len(head) - shown.shape[1]  # a head stands where its numbers do
    over = {first + at for at in range(shown.shape[1]) if shown.iloc[:, at].map(_is_number).all()}
    rows = []
    for label, values in zip(shown.index, shown.itertuples(index=False), strict=True):
        labels = (label if isinstance(label, tuple) else (label,)) if index else ()
        cells = [f'<th scope="row">{quote(_cell(part, None))}</th>' for part in labels]
        for at, (column, value) in enumerate(zip(shown.columns, values, strict=True), start=first):
            form = formats if isinstance(formats, str) else (formats or {}).get(column)
            text = LEAST_P if _is_small_p(column, value) else _cell(value, form)
            # A gap stands where its column does.
            right = at in over or (_is_number(value) and text != MISSING)
            cells.append(f"<td{NUMERIC if right else ''}>{quote(text)}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    if len(shown) < len(frame):
        caption = f"{caption} (first {len(shown)} of {len(frame)} rows)"
    wide = " wide" if len(head) > 7 else ""
    header = "".join(
        f'<th scope="col"{NUMERIC if at in over else ""}>{html.escape(name)}</th>'
        for at, name in enumerate(head)
    )
    return HTML(
        f'<div class="table-scroll"><table class="study{wide}"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>",
        metadata={TABLE_METADATA: {"caption": caption, "csv": _csv(frame, head, index, raw_html)}},
    )


def _is_small_p(column: Any, value: Any) -> bool:
    """Whether a cell is a p-value that three decimals would print as zero, which none is."""
    return re.match(r"p\b", str(column)) is not None and _is_number(value) and 0 <= value < 0.0005


def _csv(frame: pd.DataFrame, head: list[str], index: bool, raw_html: bool) -> str:
    """All rows of a table with all digits, under the names that the table shows."""
    whole = frame.reset_index(allow_duplicates=True) if index else frame.copy()
    whole.columns = pd.Index(head)
    if raw_html:
        whole = whole.map(lambda value: html.unescape(re.sub(r"<[^>]+>", " ", str(value))).strip())
    return whole.to_csv(index=False)


def specification_figure(
    table: pd.DataFrame, factors: list[str], published: Any, unit: str, title: str = ""
) -> Any:
    """Effects of all specifications by size, above a matrix of the choices behind each.

    Parameters
    ----------
    table : DataFrame
        ``effect``, ``low``, ``high``, ``null_low``, ``null_high`` and one column a choice.
    factors : list of str
        Names of those columns.
    published : object
        Label of the paper's own specification, which is marked; None: there is none.
    unit : str
        Of the effect.
    title : str
    """
    import matplotlib.pyplot as plt
    import numpy as np

    levels = [(factor, level) for factor in factors for level in dict.fromkeys(table[factor])]
    fig, (top, below) = plt.subplots(
        2, 1, sharex=True, figsize=(9, 2.8 + 0.185 * len(levels)), height_ratios=[3, 0.26 * len(levels)]
    )
    rank = np.arange(len(table))
    top.vlines(rank, table["low"], table["high"], color=COLOURS["sky"], linewidth=1, alpha=0.5)
    # Above the intervals, which of hundreds of specifications are one area: where the effects leave the band counts.
    band = {"color": "#555555", "zorder": 2.5}
    top.fill_between(
        rank,
        table["null_low"],
        table["null_high"],
        alpha=0.25,
        linewidth=0,
        label="95 % by chance alone",
        **band,
    )
    for end in ("null_low", "null_high"):
        top.plot(rank, table[end], linestyle="-", linewidth=0.9, **band)
    top.plot(
        rank, table["effect"], ".", color=COLOURS["blue"], zorder=3, label="effect with its 95 % interval"
    )
    if published is not None:
        at = list(table.index).index(published)
        top.plot(
            at,
            table["effect"].iloc[at],
            "D",
            color=COLOURS["vermilion"],
            zorder=4,
            label="the paper's choices",
        )
    top.axhline(0, color="black", linewidth=0.8)
    top.set_ylabel(unit)
    top.set_title(title)
    fig.legend(*top.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    for row, (factor, level) in enumerate(levels):
        chosen = np.flatnonzero((table[factor] == level).to_numpy())
        below.plot(chosen, np.full(len(chosen), row), "|", color="black", markersize=5)
    below.set_yticks(range(len(levels)), [f"{factor}: {level}" for factor, level in levels], fontsize="small")
    below.invert_yaxis()
    below.set_xlabel("specifications, by size of the effect")
    below.grid(visible=False)
    return fig
