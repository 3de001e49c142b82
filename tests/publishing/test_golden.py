"""The form of golden notebooks: code and what is compared, one changed value one changed line."""

import difflib
import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from portfolio_study.ledger.records import METADATA, read_records
from portfolio_study.publishing.compare import compare_records
from portfolio_study.publishing.golden import slimmed, store_golden
from portfolio_study.publishing.notebooks import read_executed


def record(key, value, **more):
    made = {
        "key": f"alpha.{key}",
        "value": value,
        "unit": "",
        "se": None,
        "interval": [0.0, 1.0],
        "note": "long",
    }
    data = {"application/papermill.record/text/plain": str(value)}
    metadata = {METADATA: made | more, "scrapbook": {"name": key}}
    return new_output("display_data", data, metadata=metadata)


def executed(rmse=0.1 + 0.2):
    code = "x = 1\n\nprint(x)"
    outputs = [
        new_output("stream", text="1\n"),
        new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"}),
        new_output("execute_result", {"text/html": "<table>"}),
        record("rmse", rmse, unit="a day", se=0.01),
        record("holds", False),
        record("words", "", sample={"tickers": ["A"]}),
    ]
    metadata = {"tags": ["hide-input", "raises-exception"], "papermill": {"duration": 3.2}}
    cell = new_code_cell(code, outputs=outputs, execution_count=7, metadata=metadata)
    return new_notebook(
        cells=[new_markdown_cell("# Title"), cell, new_code_cell("y = 2")],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
    )


def stored(path, **values):
    store_golden(path, executed(**values))
    return path.read_text()


def test_only_what_is_executed_or_compared_is_kept(tmp_path):
    notebook = json.loads(stored(tmp_path / "alpha.ipynb"))
    first, second = notebook["cells"]
    assert (first["metadata"], second["metadata"]) == ({"tags": ["raises-exception"]}, {})
    assert first["execution_count"] is None and second["outputs"] == []
    assert [output["metadata"] for output in first["outputs"]] == [
        {METADATA: {"key": "alpha.rmse", "value": 0.1 + 0.2, "unit": "a day", "se": 0.01}},
        {METADATA: {"key": "alpha.holds", "value": False}},
        {METADATA: {"key": "alpha.words", "value": ""}},
    ]
    assert set(notebook["metadata"]) == {"kernelspec"}


def test_code_and_comparison_are_those_of_the_whole_notebook(tmp_path):
    whole, slim = tmp_path / "whole.ipynb", tmp_path / "slim.ipynb"
    nbformat.write(executed(), whole)
    stored(slim)
    before, after = ({k: r.to_dict() for k, r in read_records(path).items()} for path in (whole, slim))
    assert compare_records(before, after) == compare_records(after, before) == [] and len(after) == 3
    sources = [[c.source for c in read_executed(p).cells if c.cell_type == "code"] for p in (whole, slim)]
    assert sources[0] == sources[1]
    nbformat.validate(read_executed(slim))
    assert slimmed(read_executed(slim)) == slimmed(read_executed(whole))


def test_a_changed_value_is_one_changed_line(tmp_path):
    one, two = (stored(tmp_path / "a.ipynb", rmse=value).splitlines() for value in (0.25, 0.26))
    changed = [line for line in difflib.ndiff(one, two) if line[0] in "+-"]
    assert [line[0] for line in changed] == ["-", "+"] and all("alpha.rmse" in line for line in changed)
    assert any(line.strip() == '"print(x)"' for line in one)  # and a line of code is a line of the file
