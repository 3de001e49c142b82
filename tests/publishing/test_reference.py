"""A stored reference and the runs that are compared with it."""

import json

import pytest

from portfolio_study.errors import BuildError
from portfolio_study.publishing.compare import RULE
from portfolio_study.publishing.compare_page import page
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import publish_run
from portfolio_study.publishing.reference import has_data_of, store_reference, verify_reference

RUN = {
    "profile": "study",
    "source": "packaged",
    "universe": "us20",
    "tickers": ["A"],
    "frequency": "daily",
    "start": "2015-01-02",
    "end": "2015-12-31",
    "sha256": "a" * 64,
    "parameters": {"alpha": {"path": None, "window": 50}},
    "packages": {"numpy": "2.4.6"},
    "python": "3.11.7",
    "platform": "Linux",
    "computed_at": "2026-01-01T00:00:00Z",
    "git": {"commit": "abc", "modified": False},
    "chapters": {"alpha": {}},
}


def notebook(**values):
    made = [{"key": f"alpha.{key}", **record} for key, record in values.items()]
    outputs = [{"output_type": "display_data", "data": {}, "metadata": {"portfolio_study": m}} for m in made]
    return json.dumps({"cells": [{"cell_type": "code", "source": "", "outputs": outputs}], "metadata": {}})


@pytest.fixture
def publish(tmp_path):
    layout = Layout(tmp_path, tmp_path / "build")
    numbers = iter(range(100))

    def run(verdict="reproduced", changes=None, **values):
        site = layout.work / "site"
        site.mkdir(parents=True)
        path = layout.build / "alpha.ipynb"
        path.write_text(
            notebook(**(values or {"rmse": {"value": 0.02}, "sharpe": {"value": 1.0, "se": 0.1}}))
        )
        verdicts = [{"id": "alpha-rmse", "reading": "corrected", "verdict": verdict}]
        content = {"verdicts": verdicts, "errata": [], "run": RUN | (changes or {})}
        publish_run(layout, f"run{next(numbers)}", site, {"alpha.ipynb": path}, content)
        return layout

    return run


def test_reference_holds_results_and_identity_and_no_prices(publish):
    path = store_reference(publish())
    assert path.name == "us20.json"
    stored = json.loads(path.read_text())
    assert stored["run"]["sha256"] == "a" * 64 and stored["run"]["start"] == "2015-01-02"
    assert stored["records"]["alpha.rmse"]["value"] == 0.02
    assert stored["verdicts"][0]["verdict"] == "reproduced"


def test_a_changed_value_is_one_changed_line(publish):
    lines = []
    for rmse in (0.02, 0.03):
        path = store_reference(publish(rmse={"value": rmse}, sharpe={"value": 1.0}))
        lines.append(path.read_text().splitlines())
    differing = [pair for pair in zip(*lines, strict=True) if pair[0] != pair[1]]
    assert len(differing) == 1 and '"alpha.rmse": {"value": 0.02' in differing[0][0]


def test_same_results_agree_to_the_last_bit(publish):
    store_reference(publish())
    report = verify_reference(publish())
    assert report.differences == report.within == []
    assert report.text().startswith("3 values agree with ") and report.text().endswith(
        "us20.json, to the last bit"
    )


def test_what_moved_within_its_tolerance_is_named_with_the_rule(publish):
    store_reference(publish())
    report = verify_reference(publish(rmse={"value": 0.02 * (1 + 1e-8)}, sharpe={"value": 1.2, "se": 0.1}))
    assert report.differences == []
    first, *rest = report.text().splitlines()
    assert first.startswith("3 values agree with ") and "last bit" not in first
    assert rest == [
        "Numbers that moved within their tolerance: 2",
        "  ~ alpha.sharpe: was 1, now 1.2 (+2.0 standard errors, 3 allowed)",
        "  ~ alpha.rmse: was 0.02, now 0.02 (+1.0e-08 of it, 2e-08 allowed)",
        RULE,
    ]
    html = page(report)
    assert "alpha.sharpe" in html and RULE in html and "within their tolerance" in html


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"rmse": {"value": 0.021}, "sharpe": {"value": 1.0, "se": 0.1}},
            "! alpha.rmse: was 0.02, now 0.021",
        ),
        ({"rmse": {"value": 0.02}}, "- alpha.sharpe: gone"),
        (
            {"verdict": "does not hold"},
            "! verdict alpha-rmse (corrected): was 'reproduced', now 'does not hold'",
        ),
        ({"changes": {"sha256": "b" * 64}}, "! data sha256"),
        (
            {"changes": {"parameters": {"alpha": {"path": None, "window": 51}}}},
            "! data parameters alpha.window: was 50, now 51",
        ),
    ],
)
def test_a_difference_is_listed(publish, change, line):
    store_reference(publish())
    text = verify_reference(publish(**change)).text()
    moved = 0 if " data " in line else 1
    assert line in text and text.startswith(f"{moved} of 3 values differ")


def test_the_same_data_at_another_scale_are_recognised():
    returns = {"first": "2015-01-02", "last": "2015-12-31", "rows": 3, "returns": {"A": {"2015-01-05": 0.01}}}
    known = RUN | {"print": returns}
    smaller = {"parameters": {"alpha": {"window": 20}}, "tickers": ("A",), "profile": "smoke"}
    assert has_data_of(known, known | smaller)
    assert has_data_of(known, known | smaller | {"sha256": "b" * 64})  # downloaded anew
    moved = returns | {"returns": {"A": {"2015-01-05": 0.02}}}
    assert not has_data_of(known, known | {"sha256": "b" * 64, "print": moved})
    assert not has_data_of(known, known | {"end": "2016-12-30"})


def test_place_of_a_price_file_is_no_difference(publish):
    store_reference(publish())
    moved = {"parameters": {"alpha": {"path": "/elsewhere/p.csv", "window": 50}}}
    assert verify_reference(publish(changes=moved)).differences == []


def test_reference_of_another_scale_or_universe_is_refused(publish):
    store_reference(publish())
    with pytest.raises(BuildError, match="make book PROFILE=study"):
        verify_reference(publish(changes={"profile": "smoke"}))
    with pytest.raises(BuildError, match=r"no reference for the universe dow20 \(stored: us20\)"):
        verify_reference(publish(changes={"universe": "dow20"}))


def test_uncommitted_results_are_no_reference(publish):
    with pytest.raises(BuildError, match="differ from their commit"):
        store_reference(publish(changes={"git": {"commit": "abc", "modified": True}}))


def test_two_custom_universes_have_two_files(publish):
    names = {store_reference(publish(changes={"universe": "custom", "sha256": x * 64})).name for x in "ab"}
    assert names == {"custom-aaaaaaaa.json", "custom-bbbbbbbb.json"}
