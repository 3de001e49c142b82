"""Text notebooks: parameters, code, and new prose around old results."""

import pytest
from toy import HEAD

from portfolio_study.errors import BuildError
from portfolio_study.publishing.execute import prepared
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import merge_prose, read_chapter, read_executed, stamped


@pytest.fixture
def chapter(tmp_path):
    def write(body):
        path = tmp_path / "x.md"
        path.write_text(HEAD + body)
        return read_chapter("book/x", path)

    return write


def cell(source, tags=""):
    line = f":tags: [{tags}]\n" if tags else ""
    return f"\n```{{code-cell}} ipython3\n{line}{source}\n```\n"


def test_parameters_are_read_without_executing(chapter):
    found = chapter(
        "# T\n" + cell("a = 1\nb = 'x'  # words\nc = None\nd = [1.5, -2]", "parameters")
    ).parameters
    assert found == {"a": 1, "b": "x", "c": None, "d": [1.5, -2]}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os", "line 1 .* is not `name = value`"),
        ("a = 1\na.b = 2", "line 2"),
        ("a = b = 1", "line 1"),
        ("a = open('x')", "parameter a must be a plain value"),
        ("a = ", "not valid Python"),
    ],
)
def test_parameters_cell_holds_plain_values_only(chapter, source, message):
    with pytest.raises(BuildError, match=message):
        _ = chapter(cell(source, "parameters")).parameters


def test_two_parameters_cells_are_refused(chapter):
    with pytest.raises(BuildError, match="2 cells"):
        _ = chapter(cell("a = 1", "parameters") + cell("b = 1", "parameters")).parameters


def test_code_is_what_executes(chapter):
    plain = chapter("# T\n" + cell("1 + 1") + "\nprose\n")
    assert plain.code == chapter("# Other\n" + cell("1 + 1", "hide-input") + "\nmore prose\n").code
    assert plain.code != chapter("# T\n" + cell("1 + 2")).code
    assert plain.code != chapter("# T\n" + cell("1 + 1", "raises-exception")).code
    assert plain.code != chapter("# T\n" + cell("1 + 1", "parameters")).code
    assert not chapter("# T\n\nprose\n").has_code


def executed(chapter, **parameters):
    notebook = prepared(chapter, parameters)
    for number, made in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        made.outputs = [{"output_type": "stream", "name": "stdout", "text": f"{number}"}]
    return notebook


def test_new_prose_keeps_old_results(chapter):
    old = executed(chapter("# T\n" + cell("a = 1", "parameters") + "\nold\n" + cell("a")), a=2)
    new = chapter("# New title\n\nnew\n" + cell("a = 1", "parameters") + cell("a", "hide-input") + "\nlast\n")
    merged = merge_prose(new, old)
    assert [c.source for c in merged.cells if c.cell_type == "markdown"] == ["# New title\n\nnew", "last"]
    code = [c for c in merged.cells if c.cell_type == "code"]
    assert [c.outputs[0]["text"] for c in code] == ["0", "1", "2"]
    assert code[1].source == "# Parameters\na = 2\n" and code[1].metadata.tags == [
        "injected-parameters",
        "remove-cell",
    ]
    assert code[2].metadata.tags == ["hide-input"]


def test_results_of_other_code_are_refused(chapter):
    old = executed(chapter(cell("1 + 1")))
    with pytest.raises(BuildError, match="belong to other code"):
        merge_prose(chapter(cell("1 + 2")), old)


def test_injected_cell_is_kept_off_the_page(chapter):
    made = prepared(chapter(cell("a = 1", "parameters") + cell("a")), {"a": 'it\'s \\ $(x) "q"'})
    assert made.cells[1].metadata.tags == ["injected-parameters", "remove-cell"]
    names: dict = {}
    exec(made.cells[1].source, names)
    assert names["a"] == 'it\'s \\ $(x) "q"'


def test_ids_do_not_change_from_one_reading_to_the_next(chapter):
    text = "# T\n" + cell("1") + "\nx\n"
    assert [c["id"] for c in chapter(text).notebook.cells] == [c["id"] for c in chapter(text).notebook.cells]


def test_damaged_results_are_named(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(BuildError, match=r"x\.ipynb is damaged: delete it"):
        read_executed(path)
    path.write_text('{"cells": [], "metadata": {}}')
    with pytest.raises(BuildError, match=r"x\.ipynb is damaged: delete it"):
        stamped(path)


def test_unreadable_source_is_named(tmp_path):
    (tmp_path / "x.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BuildError, match=r"x\.md is not a readable"):
        read_chapter("book/x", tmp_path / "x.md")


@pytest.mark.parametrize(
    ("toc", "message"),
    [
        ("format: jb-book\n", "must name a `root` page"),
        ("root: [", "not valid YAML"),
        ("root: book/a\nchapters:\n- file: book/a\n", "book/a twice"),
        ("root: book/a\nchapters:\n- file: book/b\n", "there is no file book/b.md"),
    ],
)
def test_bad_table_of_contents_is_named(tmp_path, toc, message):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text("# A\n")
    (tmp_path / "_toc.yml").write_text(toc)
    with pytest.raises(BuildError, match=message):
        Layout(tmp_path, tmp_path / "build").pages()


def test_pages_are_in_reading_order(tmp_path):
    (tmp_path / "book").mkdir()
    for name in "abcde":
        (tmp_path / "book" / f"{name}.md").write_text("# X\n")
    (tmp_path / "_toc.yml").write_text(
        "root: book/a\nparts:\n- caption: P\n  chapters:\n  - file: book/b\n    sections: [{file: book/c}]\n"
        "- chapters:\n  - file: book/d\n  - url: https://example.org\n  - file: book/e\n"
    )
    pages = Layout(tmp_path, tmp_path / "build").pages()
    assert [chapter_name(page) for page in pages] == list("abcde")
