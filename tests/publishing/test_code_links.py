"""Links from what a chapter shows to its code."""

import re

import nbformat
import pytest

from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.publishing.code_links import drawing_code, link_drawing, number_code
from portfolio_study.store import PACKAGE


def line_of(file, function):
    lines = (PACKAGE / "studies" / file).read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(f"def {function}("))


@pytest.mark.parametrize(
    ("source", "file", "function"),
    [
        ("tables.benchmarks(study)", "arima/tables.py", "benchmarks"),
        ("study.figure(figures.ratio)", "arima/figures.py", "ratio"),
        ("x = 1\n\nstudy.figure(figures.windows)", "arima/figures.py", "windows"),
    ],
)
def test_a_cell_leads_to_the_function_that_it_shows(source, file, function):
    page = f"../code/studies/{file.replace('.py', '.html')}#L{line_of(file, function)}"
    assert f'href="{page}"' in drawing_code(source, "arima")


@pytest.mark.parametrize(
    "source", ["study.measure()", "1 + 1", "tables.nothing(study)", "my_tables.benchmarks(study)"]
)
def test_other_cells_have_no_link(source):
    assert drawing_code(source, "arima") == ""
    assert drawing_code("tables.benchmarks(study)", "verdicts") == ""


def output(html, about=None):
    return nbformat.v4.new_output("display_data", data={"text/html": html}, metadata=about or {})


def test_the_link_stands_behind_the_caption():
    table = nbformat.v4.new_code_cell("tables.benchmarks(study)")
    shown = "<table><caption>What</caption></table>"
    table.outputs = [
        output(shown, {"text/html": {TABLE_METADATA: {"caption": "What", "csv": ""}}}),
        output(shown),
    ]
    link_drawing(table, "arima")
    assert table.outputs[0]["data"]["text/html"].startswith('<table><caption>What&nbsp;<a class="code-link"')
    assert table.outputs[1]["data"]["text/html"] == shown  # not a table of the study

    drawn = nbformat.v4.new_code_cell("study.figure(figures.ratio)")
    drawn.outputs = [output("", {FIGURE_METADATA: {"caption": "Ratios.", "name": "fig-x", "alt": ""}})]
    link_drawing(drawn, "arima")
    assert (
        drawn.outputs[0].metadata[FIGURE_METADATA]["caption"].startswith('Ratios.\u00a0<a class="code-link"')
    )

    moving = nbformat.v4.new_code_cell("study.figure(figures.ratio)")
    shown = "<figure><figcaption>Ratios.</figcaption></figure>"  # its own caption is replaced by the described one
    moving.outputs = [
        output(shown, {"text/html": {FIGURE_METADATA: {"caption": "Ratios.", "name": "fig-x"}}})
    ]
    link_drawing(moving, "arima")
    assert (
        moving.outputs[0]
        .metadata["text/html"][FIGURE_METADATA]["caption"]
        .startswith('Ratios.\u00a0<a class="code')
    )
    assert moving.outputs[0]["data"]["text/html"] == shown


def test_a_sentence_leads_to_the_measures_of_its_numbers():
    names = [
        "arima.r2.pooled.zero",
        "r2.pooled.zero",
        "r2.pooled.zero.low",
        "estimate",
        "r2.worse_than",
        "draws",
    ]
    links = re.findall(r'href="measures.html#([^"]+)"', number_code(names, "arima"))
    assert len(links) == 2  # one a measure, though three numbers are of the first
    assert links[0].startswith("arima.r2.pooled") and links[1] == "arima.r2.worse_than"
    assert number_code(["no.such.measure", "estimate", ""], "arima") == ""
