import re

import pandas as pd
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.figures import (
    COLOURS,
    CYCLE,
    LINES,
    MISSING,
    as_signs,
    as_written,
    bands_in_words,
    show_interactive,
    show_table,
    styles,
    use_style,
)


def test_colour_line_and_marker_differ_together():
    looks = styles("abcdefg")
    assert len({look["color"] for look in looks.values()}) == len(looks) == len(CYCLE)
    assert len({str(look["linestyle"]) for look in looks.values()}) == len(looks)
    assert len({look["marker"] for look in looks.values()}) == len(looks)
    assert set(CYCLE) <= set(COLOURS.values())


def test_style_cycles_lines_with_colours():
    import matplotlib as mpl

    use_style()
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert [c["linestyle"] for c in cycle] == LINES
    assert [c["color"] for c in cycle] == CYCLE


def test_table_escapes_text_marks_gaps_and_aligns_numbers():
    frame = pd.DataFrame({"name": ["<b>&"], "RMSE": [0.012345], "gap": [float("nan")]}, index=["AXP"])
    html = show_table(frame, "Errors & <more>", {"RMSE": "{:.4f}"}).data
    assert "&lt;b&gt;&amp;" in html and "<b>" not in html
    assert '<td class="num">0.0123</td>' in html
    assert f">{MISSING}</td>" in html
    assert '<th scope="row">AXP</th>' in html
    assert "<caption>Errors &amp; &lt;more&gt;</caption>" in html


def test_a_gap_stands_on_the_side_of_its_column():
    frame = pd.DataFrame({"number": [1.5, None], "words": ["ahead", None]})
    html = show_table(frame, "Gaps", index=False).data
    assert html.endswith(f'<td class="num">{MISSING}</td><td>{MISSING}</td></tr></tbody></table></div>')


def test_formulas_are_set_with_their_signs():
    assert as_signs("Xi = H^-1 = H'") == "Ξ = H⁻¹ = H′"
    assert as_signs("d = Xi p = p(xi)") == "d = Ξ p = p(ξ)"
    assert as_signs("eps^0.5 <= meta") == "ε⁰·⁵ ≤ meta"


def test_a_long_table_says_what_it_leaves_out():
    html = show_table(pd.DataFrame({"x": range(9)}), "Rows", max_rows=2).data
    assert html.count("<tr>") == 3
    assert "first 2 of 9 rows" in html


@pytest.mark.parametrize("in_build", [True, False])
def test_interactive_figures_need_no_network(monkeypatch, in_build):
    import plotly.graph_objects as go

    monkeypatch.setenv("STUDY_IN_BUILD", "1" if in_build else "0")
    drawn = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], hovertemplate="%{y:.1f} %"))
    html = show_interactive(drawn, "toy", 'A line "up"').data
    assert 'aria-label="A line &quot;up&quot;"' in html
    assert 'id="plotly-toy"' in html
    assert "ResizeObserver(() => Plotly.Plots.resize(plot))" in html  # follows its column, not the window
    assert '"sendChartToCloud"' in html.split("modeBarButtonsToRemove")[-1]
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', html)
    assert scripts == (["../plotly.min.js"] if in_build else [])


def test_a_figure_whose_hover_has_no_names_and_units_is_refused():
    import plotly.graph_objects as go

    with pytest.raises(ParameterError, match=r"toy: the trace 'wealth' has no hovertemplate"):
        show_interactive(go.Figure(go.Scatter(y=[1 / 3], name="wealth")), "toy", "A line")


def test_the_autocorrelations_outside_their_bands_are_counted():
    table = pd.DataFrame({"acf": [0.05, -0.3, 0.2], "band": 0.1, "robust_band": 0.25}, index=[1, 2, 3])
    assert bands_in_words(table, "acf") == (
        "2 of 3 outside the 95 % band for independent data, 1 outside the band that allows for volatility clusters, "
        "the largest -0.30 at lag 2"
    )


# What a column of a price file may be called.
ODD = [
    "Gold ($/oz) in US$",
    "S&P 500 #1",
    "Crédit <Agricole>",
    "50% Bonds_x",
    "KO|PEP",
    "$\\frac{1}$",
    "$x_1^2$",
    "a\\$b$",
    "{brace}",
    "<b>bold</b> &amp;",
    "{0:d}",
    "%s",
]


@pytest.fixture
def style():
    import matplotlib as mpl

    with mpl.rc_context():
        use_style()
        yield


def _drawn(fig):
    """All texts of a figure, after it was drawn and written as a picture would be."""
    import io

    from matplotlib.text import Text

    fig.savefig(io.BytesIO(), format="png")
    svg = io.StringIO()
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        fig.savefig(svg, format="svg")
    return {text.get_text() for text in fig.findobj(Text)}, svg.getvalue()


def test_matplotlib_shows_any_name_as_it_is_written(style):
    import html

    import matplotlib.pyplot as plt

    fig, (one, two) = plt.subplots(1, 2)
    for number, (name, look) in enumerate(styles(ODD).items()):
        one.plot([0, 1], [number, 1], label=name, **look)
    one.set(title=ODD[0], xlabel=ODD[5], ylabel=ODD[6])
    one.legend()
    two.plot(range(len(ODD)), ODD)  # names on an axis
    two.annotate(ODD[5], (0, 0))
    texts, svg = _drawn(fig)
    plt.close(fig)
    assert set(ODD) <= texts
    for name in ODD:
        assert f">{html.escape(name, quote=False)}<" in svg  # not set as a formula


def test_logarithmic_axes_write_their_numbers_without_formulas(style):
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 3)
    axes[0].plot([1, 2], [1e-4, 1e3])
    axes[0].set(yscale="log")
    axes[1].loglog([1, 2, 8], [0.002, 0.003, 0.006])  # less than a decade: minor ticks have numbers
    axes[2].semilogx([1, 100], [1, 2], base=2)
    texts, _ = _drawn(fig)
    shown = [{t.get_text() for t in ax.get_yticklabels(which="both")} for ax in axes[:2]]
    plt.close(fig)
    assert {"10⁻³", "10³"} <= shown[0]
    assert "3×10⁻³" in shown[1]
    assert texts & {"2⁴", "2⁵", "2⁶"}
    assert not [text for text in texts if "$" in text or "\\" in text]


def test_plotly_shows_any_name_as_it_is_written():
    import html

    import plotly.graph_objects as go

    figure = go.Figure([go.Scatter(x=[1], y=[2], name=name, hoverinfo="skip") for name in ODD])
    show_interactive(figure, "odd", "Lines")
    for name, trace in zip(ODD, figure.data, strict=True):
        assert "$" not in trace.name and "<" not in trace.name  # no formula, no tag
        assert html.unescape(trace.name) == name
        assert as_written(name) == trace.name


def test_tables_show_any_name_as_it_is_written():
    import html

    frame = pd.DataFrame({name: [name] for name in ODD}, index=[ODD[2]])
    shown = show_table(frame, ODD[9]).data
    cells = re.findall(r"<(?:th|td|caption)\b[^>]*>(.*?)</(?:th|td|caption)>", shown)
    assert [html.unescape(cell) for cell in cells] == [ODD[9], "", *ODD, ODD[2], *ODD]
    assert not any("<" in cell for cell in cells)


def test_a_head_stands_over_its_numbers():
    frame = pd.DataFrame(
        {"gain": [1.0, None], "answer": ["yes", "no"], "mixed": [1.0, "none"]}, index=["a", "b"]
    )
    heads = re.findall(r"<th scope=\"col\"( class=\"num\")?>(\w*)</th>", show_table(frame, "Gains").data)
    assert [name for right, name in heads if right] == ["gain"]


def test_what_is_missing_among_words_stands_as_the_words_do():
    shown = show_table(pd.DataFrame({"gain": [1.0, None], "answer": ["yes", None]}), "Gains").data
    assert '<td class="num">–</td>' in shown and "<td>–</td>" in shown


def test_no_p_value_is_printed_as_zero():
    frame = pd.DataFrame({"p": [0.0, 0.0004, 0.0006], "profit": [0.0, 0.0004, 0.0006]})
    text = show_table(frame, "Tests", "{:.3f}", index=False).data
    assert text.count("&lt; 0.001") == 2 and text.count("0.000") == 2
