import re

import pandas as pd
import pytest

from portfolio_study.figures import (
    COLOURS,
    CYCLE,
    LINES,
    MISSING,
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


def test_a_long_table_says_what_it_leaves_out():
    html = show_table(pd.DataFrame({"x": range(9)}), "Rows", max_rows=2).data
    assert html.count("<tr>") == 3
    assert "first 2 of 9 rows" in html


@pytest.mark.parametrize("in_build", [True, False])
def test_interactive_figures_need_no_network(monkeypatch, in_build):
    import plotly.graph_objects as go

    monkeypatch.setenv("STUDY_IN_BUILD", "1" if in_build else "0")
    html = show_interactive(go.Figure(go.Scatter(x=[1, 2], y=[3, 4])), "toy", 'A line "up"').data
    assert 'aria-label="A line &quot;up&quot;"' in html
    assert 'id="plotly-toy"' in html
    assert "ResizeObserver(() => Plotly.Plots.resize(plot))" in html  # follows its column, not the window
    assert '"sendChartToCloud"' in html.split("modeBarButtonsToRemove")[-1]
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', html)
    assert scripts == (["../plotly.min.js"] if in_build else [])
