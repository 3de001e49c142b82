"""Every chapter gives the results that its golden notebook holds.

``make golden CHAPTERS=<name>`` stores a chapter executed with the smoke profile in
``tests/golden``; here it is executed again through pytest-notebook's fixture, and the values that
it records are compared by key, each with the tolerance that follows from what it is.
"""

import html
import importlib
import os
import re
from functools import partialmethod

import nbformat
import pytest
from pytest_notebook.execution import NotebookClient

from portfolio_study.ledger.records import read_records
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.publishing.compare import compare_records
from portfolio_study.publishing.execute import OUTPUT_SECONDS
from portfolio_study.publishing.golden import (
    golden_chapters,
    golden_environment,
    golden_path,
    golden_settings,
    golden_sources,
)
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import plain_traceback, read_executed
from portfolio_study.store import PACKAGE

LAYOUT = Layout.here()
CHAPTERS = {chapter.name: chapter for chapter in golden_chapters(LAYOUT)}
INTERACTIVE = re.compile(r'aria-label="([^"]*)".*?id="plotly-([\w-]+)"', re.DOTALL)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
REMEDY = "if the change is meant, `make golden CHAPTERS={name}` stores the new values"


@pytest.mark.parametrize("name", CHAPTERS)
def test_golden_source_is_the_chapter(name):
    path = golden_path(LAYOUT, name)
    assert path.is_file(), f"chapter {name} has no golden notebook: `make golden CHAPTERS={name}`"
    stored = [cell.source for cell in read_executed(path).cells]
    wanted = golden_sources(CHAPTERS[name], golden_settings(LAYOUT))
    assert stored == wanted, f"code or parameters of {name} changed; {REMEDY.format(name=name)}"


def test_no_golden_notebook_is_left_over():
    assert {path.stem for path in golden_path(LAYOUT, "x").parent.glob("*.ipynb")} <= set(CHAPTERS)


@pytest.fixture
def environment(monkeypatch):
    """Give the kernels the same environment as in a build, without stored computations."""
    wanted = golden_environment(LAYOUT)
    for key in set(os.environ) - set(wanted):
        monkeypatch.delenv(key)
    for key, value in wanted.items():
        monkeypatch.setenv(key, value)
    # The fixture has no option for it, and its default gives up after four seconds without an output.
    monkeypatch.setattr(
        NotebookClient, "__init__", partialmethod(NotebookClient.__init__, iopub_timeout=OUTPUT_SECONDS)
    )


@pytest.mark.golden
@pytest.mark.parametrize("name", CHAPTERS)
def test_results_are_as_stored(name, environment, nb_regression, tmp_path):
    nb_regression.exec_cwd = str(LAYOUT.root)
    nb_regression.exec_timeout = 600
    result = nb_regression.check(str(golden_path(LAYOUT, name)), raise_errors=False)
    errors = [
        f"code cell {number}:\n{cell.source}\n{plain_traceback(output.traceback)}"
        for number, cell in enumerate(result.nb_final.cells, 1)
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert not errors, f"chapter {name} fails in {errors[0]}"
    before, after = (records(nb, tmp_path) for nb in (result.nb_initial, result.nb_final))
    assert before, f"chapter {name} records nothing"
    differences = compare_records(before, after)
    report = "\n".join(difference.line() for difference in differences)
    assert not differences, (
        f"{len(differences)} values of {name} changed:\n{report}\n{REMEDY.format(name=name)}"
    )
    kinds = {kind for c in result.nb_final.cells for o in c.outputs for kind in o.get("data", {})}
    assert not [kind for kind in kinds if "plotly" in kind], f"{name}: show figures with show_interactive"
    check_figures(name, result.nb_final)
    written = [o.text for c in result.nb_final.cells for o in c.outputs if o.get("name") == "stderr"]
    assert not written, f"chapter {name} writes warnings:\n{''.join(written)[:2000]}"
    for cell in result.nb_final.cells:
        shown = "\n".join(map(output_text, cell.outputs))
        for slip in (NUMPY, ONE_OF_SEVERAL):
            found = slip.search(shown)
            assert not found, f"{name} shows {found[0]!r}:\n{cell.source}"


NUMPY = re.compile(r"\bnp\.(?:float|int|bool|str)\w*\(")  # a number as Python writes it, not as a reader does
ONE_OF_SEVERAL = re.compile(
    r"(?<![\d.,-])1 (?:figures|tickers|stocks|assets|random trials|seeds|days|dates|windows|rows|networks)\b"
)


def output_text(output):
    """What a reader sees of an output, and the notes and units of a measured value."""
    data = output.get("data", {})
    metadata = output.get("metadata", {}).get("portfolio_study", {})
    own = [metadata.get(name) or "" for name in ("value", "note", "unit")]
    return "\n".join([output.get("text", ""), *(str(data.get(kind, "")) for kind in KINDS), *map(str, own)])


KINDS = ("text/plain", "text/html", "text/markdown")


def check_figures(name, notebook):
    """Every figure says its finding, with more numbers than its declaration writes out: 95 %, lags 1 to 20."""
    module = importlib.import_module(f"portfolio_study.studies.{name}.figures") if drawn_by(name) else None
    texts = {}
    for output in (o for cell in notebook.cells for o in cell.get("outputs", ())):
        if shown := output.get("metadata", {}).get(FIGURE_METADATA):
            texts[shown["name"].removeprefix(f"fig-{name.replace('_', '-')}-")] = shown["alt"]
        for label, anchor in INTERACTIVE.findall(str(output.get("data", {}).get("text/html", ""))):
            texts[anchor] = html.unescape(label)
    declared = {
        d.drawing.name: d.drawing.alt for d in vars(module or object).values() if hasattr(d, "drawing")
    }
    assert set(texts) == set(declared)
    for anchor, text in texts.items():
        alt = declared[anchor]
        written = "" if callable(alt) else re.sub(r"\{[^}]*\}", "", alt)
        numbers = len(NUMBER.findall(text)) - len(NUMBER.findall(written))
        assert numbers >= 1, f"{name}, figure {anchor}: the alt text has no finding: {text}"
        assert "nan" not in text.lower().split(), f"{name}, figure {anchor}: {text}"


def drawn_by(name):
    return (PACKAGE / "studies" / name / "figures.py").is_file()


def records(notebook, folder):
    path = folder / "notebook.ipynb"
    path.write_text(nbformat.writes(notebook))
    return {key: record.to_dict() for key, record in read_records(path).items()}
