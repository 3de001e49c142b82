"""Builds that are compared bit for bit begin from nothing, and one bit is noticed."""

import json
import math

import compare_builds
import pytest
from toy import write_toy

from portfolio_study.store import PACKAGE

ROW = {"id": "a", "verdict": "holds", "value": 0.1}
RECORD = {"key": "alpha.x", "value": 0.1, "se": 0.2, "interval": [0.0, 0.3]}


def write_build(folder, row, record):
    outputs = [{"output_type": "display_data", "data": {}, "metadata": {"portfolio_study": record}}]
    notebook = {"cells": [{"cell_type": "code", "source": "", "outputs": outputs}], "metadata": {}}
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "alpha.ipynb").write_text(json.dumps(notebook))
    (folder / "verdicts.json").write_text(json.dumps([row]))
    (folder / "errata.json").write_text("[]")
    return compare_builds.results(folder)


@pytest.mark.parametrize(
    ("row", "record", "named"),
    [
        ({}, {}, []),
        ({"value": math.nextafter(0.1, 1)}, {}, ["verdicts 0 a"]),
        ({}, {"value": math.nextafter(0.1, 1)}, ["record alpha.x"]),
        ({}, {"se": math.nextafter(0.2, 1)}, ["record alpha.x"]),
        ({}, {"interval": [-0.0, 0.3]}, ["record alpha.x"]),
        ({}, {"key": "alpha.y"}, ["record alpha.x", "record alpha.y"]),
    ],
)
def test_one_bit_is_noticed(tmp_path, row, record, named):
    first = write_build(tmp_path / "first", ROW, RECORD)
    other = write_build(tmp_path / "other", ROW | row, RECORD | record)
    found = compare_builds.differences(first, other)
    assert [line.split("\n")[0].strip() for line in found] == named


@pytest.mark.parametrize("moved", [False, True])
def test_the_exit_says_whether_all_builds_are_the_same(tmp_path, monkeypatch, capsys, moved):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path))
    built = []

    def build(folder, how, profile):
        built.append((folder.name, how.get("STUDY_EXECUTOR"), profile))
        last = moved and folder.name == "dask"
        write_build(folder, ROW, RECORD | ({"value": 0.2} if last else {}))

    monkeypatch.setattr(compare_builds, "build", build)
    assert compare_builds.main(["--profile", "smoke"]) == int(moved)
    assert built == [("one", None, "smoke"), ("two", None, "smoke"), ("dask", "dask", "smoke")]
    said = capsys.readouterr().out
    assert "one and two: 2 results, 0 of them differ" in said
    assert ("record alpha.x" in said) is moved


@pytest.mark.slow
def test_two_builds_of_a_book_from_nothing_are_the_same(tmp_path, monkeypatch, capsys):
    root = write_toy(tmp_path / "toy")
    alpha = root / "book" / "alpha.md"
    recorded = 'from portfolio_study.ledger.records import paste\npaste("alpha.doubled", doubled)'
    text = alpha.read_text().replace('glue("alpha.doubled", doubled, display=False)', recorded)
    assert recorded in text
    alpha.write_text(text)
    monkeypatch.setenv("STUDY_ROOT", str(root))
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path / "build"))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))
    left = tmp_path / "build" / "same" / "one" / "executed" / "left.ipynb"
    left.parent.mkdir(parents=True)
    left.write_text("of another build")
    assert compare_builds.main(["--builds", "one", "two"]) == 0
    assert "results, 0 of them differ" in capsys.readouterr().out and not left.exists()
    assert set(compare_builds.results(left.parents[1])) == {"record alpha.doubled"}
