"""The staged tree, the local server and what a waiting person sees."""

import io
import json
import threading
import urllib.request

import nbformat
import pytest
import yaml
from rich.console import Console

from portfolio_study.errors import BuildError
from portfolio_study.publishing import stage as stage_module
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.run import RunResult
from portfolio_study.publishing.screen import Screen
from portfolio_study.publishing.serve import site_server
from portfolio_study.publishing.stage import (
    plotly_script,
    stage_book,
    with_page_links,
    with_setup_at_the_foot,
    with_used_parameters,
)


def pages(toy):
    return {
        f"book/{n}": read_chapter(f"book/{n}", toy.book / f"{n}.md").notebook
        for n in ("index", "alpha", "beta")
    }


def test_tree_has_the_shape_of_the_checkout_without_the_ledger(toy):
    (toy.book / "claims").mkdir()
    (toy.book / "claims" / "alpha.yml").write_text("[]")
    (toy.book / "images").mkdir()
    (toy.book / "images" / "a.png").write_bytes(b"png")
    (toy.book / "draft.md").write_text("# Not in the table of contents\n")
    (toy.book / "alpha.ipynb").write_text("{}")  # left by an editor
    target = toy.work / "stage"
    (target / "old").mkdir(parents=True)
    stage_book(toy, pages(toy), target)
    files = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    assert files == [
        "_config.yml",
        "_toc.yml",
        *(
            f"book/_static/{name}"
            for name in (
                "code.css",
                "favicon.svg",
                "formulas.css",
                "ledger.js",
                "search.js",
                "study.css",
                "study.js",
            )
        ),
        "book/alpha.ipynb",
        "book/beta.ipynb",
        "book/images/a.png",
        "book/index.ipynb",
        "book/references.bib",
    ]
    assert len(json.loads((target / "book" / "alpha.ipynb").read_text())["cells"]) > 3


def test_the_set_up_that_runs_first_is_shown_at_the_foot():
    cell = nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        cell("window = 5", metadata={"tags": ["parameters", "hide-input"]}),
        cell("study = open()", metadata={"tags": ["setup"]}),
        cell("study.figure()"),
        nbformat.v4.new_markdown_cell("## Set-up\n\nThese ran first.\n\n{setup}\n\nAnd more."),
    ]
    shown = with_setup_at_the_foot(notebook)
    assert [c.source for c in shown.cells] == [
        "# Title", "study.figure()", "## Set-up\n\nThese ran first.", "window = 5", "study = open()", "And more.",
    ]  # fmt: skip
    assert "hide-input" in shown.cells[4].metadata["tags"]
    assert [c.source for c in notebook.cells][1] == "window = 5"  # the notebook itself keeps its order
    del notebook.cells[-1]
    assert with_setup_at_the_foot(notebook) is notebook


def test_links_between_chapters_lead_to_executed_pages(toy):
    notebook = nbformat.v4.new_notebook()
    text = "[a](alpha.md) [b](beta.md#x) [c](other.md) [d](https://x.org/alpha.md) ![e](images/a.png)"
    notebook.cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("'[a](alpha.md)'")]
    linked = with_page_links(notebook, "book/index", pages(toy))
    assert linked.cells[0].source == (
        "[a](alpha.ipynb) [b](beta.ipynb#x) [c](other.md) [d](https://x.org/alpha.md) ![e](images/a.png)"
    )
    assert linked.cells[1].source == "'[a](alpha.md)'"
    assert notebook.cells[0].source == text


def test_page_shows_the_values_that_ran(toy):
    source = 'a = 50  # days\nname = "é"   # text\nmany = [\n    1,\n    2,\n]  # list\nsame = None\n'
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "a = 20\nname = 'ö'\nmany = [3]\nother = 1", metadata={"tags": ["injected-parameters"]}
        ),
        nbformat.v4.new_code_cell("a"),
    ]
    shown = with_used_parameters(notebook)
    assert [c.source for c in shown.cells] == [
        "a = 20  # days\nname = 'ö'   # text\nmany = [3]  # list\nsame = None",
        "a",
    ]
    assert shown.cells[0].metadata.tags == ["parameters", "hide-input"]
    assert notebook.cells[0].source == source
    notebook.cells[0].metadata.tags = ["parameters", "remove-cell"]
    assert with_used_parameters(notebook).cells[0].metadata.tags == ["parameters", "remove-cell"]


def test_a_file_of_prices_is_shown_without_the_folders_of_the_readers_machine():
    cells = [nbformat.v4.new_code_cell(f"path = {value!r}") for value in (None, "/home/someone/prices.csv")]
    for cell, tag in zip(cells, ("parameters", "injected-parameters"), strict=True):
        cell.metadata.tags = [tag]
    assert (
        with_used_parameters(nbformat.v4.new_notebook(cells=cells)).cells[0].source == "path = 'prices.csv'"
    )


def test_plotly_travels_only_with_a_book_that_uses_it(toy, monkeypatch, tmp_path):
    script = tmp_path / "plotly.min.js"
    script.write_text("plotly")
    monkeypatch.setattr(stage_module, "plotly_script", lambda: script)
    used = pages(toy)
    stage_book(toy, used, toy.work / "stage")
    assert not (toy.work / "stage" / "book" / "_extra" / "plotly.min.js").exists()
    used["book/alpha"].cells.append(nbformat.v4.new_code_cell("figure"))
    html = '<script src="../plotly.min.js"></script>'
    used["book/alpha"].cells[-1].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    stage_book(toy, used, toy.work / "stage")
    assert (toy.work / "stage" / "book" / "_extra" / "plotly.min.js").read_text() == "plotly"


def test_the_installed_plotly_carries_its_script():
    assert plotly_script().stat().st_size > 1e6


def test_every_page_names_the_data_of_its_build(toy):
    stage_book(toy, pages(toy), toy.work / "stage", "Prices: A & <B>")
    staged = yaml.safe_load((toy.work / "stage" / "_config.yml").read_text())
    own = yaml.safe_load((toy.root / "_config.yml").read_text())
    assert staged["html"].pop("extra_footer") == "Prices: A &amp; &lt;B&gt;"
    assert staged == own


def test_missing_configuration_is_named(toy):
    (toy.root / "_config.yml").unlink()
    with pytest.raises(BuildError, match=r"_config\.yml is missing"):
        stage_book(toy, pages(toy), toy.work / "stage")
    (toy.root / "_config.yml").write_text("a: [")
    with pytest.raises(BuildError, match=r"_config\.yml is not valid YAML"):
        stage_book(toy, pages(toy), toy.work / "stage")


def test_server_shows_the_site_on_this_machine_only(toy):
    with pytest.raises(BuildError, match="make book"):
        site_server(toy, 0)
    (toy.build / "html").mkdir(parents=True)
    (toy.build / "html" / "index.html").write_text("front page")
    server = site_server(toy, 0)
    host, port = server.server_address[:2]
    assert host == "127.0.0.1"
    with pytest.raises(BuildError, match=f"port {port} cannot be used"):
        site_server(toy, port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert answer.read() == b"front page"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_summary_counts_whole_statements_by_kind_of_check(toy):
    screen = Screen()
    screen.console = Console(file=(out := io.StringIO()), width=200)
    row = {"paper": "0", "group": "a", "counts": True, "verdict": "erratum", "check": "mathematical check"}
    rows = [
        row,
        row | {"group": "b"},
        row | {"group": "b", "verdict": "proven"},  # of the same table: one statement
        row | {"group": "c", "verdict": "holds", "check": "replication"},
        row | {"group": "d", "verdict": "lacks data", "check": ""},
        row | {"group": "e", "verdict": "cannot be told", "counts": False},
    ]
    screen.summary(RunResult(toy.build, verdicts=rows, warnings={"alpha": ["careful"]}), toy)
    text = out.getvalue()
    assert "mathematical check: 2 erratum\n" in text and "replication: 1 holds\n" in text
    assert "not judged: 1 lacks data\n" in text and "cannot be told" not in text
    assert "alpha wrote 1 warning(s), the first: careful" in text and "build/html/index.html" in text
    for done in range(3):
        screen.progress("alpha", done, 2)
    assert out.getvalue().count("alpha: 2 cells in 0 s") == 1
