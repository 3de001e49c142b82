"""Two runs side by side: where the other one is found, and what is said of it."""

import json
import re
from html.parser import HTMLParser

import pytest
from test_reference import publish
from typer.testing import CliRunner

from portfolio_study.__main__ import app
from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.publishing.against import find_results
from portfolio_study.publishing.compare_page import write_page
from portfolio_study.publishing.publish import published
from portfolio_study.publishing.reference import compare_runs, results_of, store_reference

__all__ = ["publish"]  # the fixture
WITH_ERROR = {"rmse": {"value": 0.02}, "sharpe": {"value": 1.0, "se": 0.1}}


def against(layout, name):
    return compare_runs(*find_results(str(name), layout), results_of(layout))


def test_a_stored_reference_is_found_by_its_name(publish):
    layout = publish()
    store_reference(layout)
    assert against(layout, "us20").differences == []


def test_a_run_is_found_by_name_or_path_and_a_build_by_its_folder(publish, tmp_path):
    first = publish()
    name = published(first)
    layout = publish(rmse={"value": 0.03}, sharpe={"value": 1.0, "se": 0.1})
    kept = layout.runs / name
    for wanted in (name, kept, kept / "verdicts.json", kept / "run.json"):
        assert [d.key for d in against(layout, wanted).differences] == ["alpha.rmse"]
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "current").symlink_to(kept)
    assert [d.key for d in against(layout, other).differences] == ["alpha.rmse"]


def test_a_reference_is_found_by_its_path(publish, tmp_path):
    layout = publish()
    moved = store_reference(layout).rename(tmp_path / "mine.json")
    assert against(layout, moved).differences == []


def test_a_run_that_is_not_there_says_what_there_is(publish):
    first = published(layout := publish())
    publish()
    store_reference(layout)
    with pytest.raises(UnknownNameError) as caught:
        find_results("us2", layout)
    for words in ("unknown run 'us2'", "did you mean 'us20'", "eferences: us20;", f"{layout.runs}: {first};"):
        assert words in str(caught.value)
    with pytest.raises(UnknownNameError, match="unknown run ''"):
        find_results("", layout)


def test_the_published_run_is_nothing_to_compare_with(publish):
    layout = publish()
    for name in (layout.build, layout.current, published(layout)):
        with pytest.raises(BuildError, match="is the published run itself"):
            find_results(str(name), layout)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read as JSON"),
        ("[" * 100_000 + "]" * 100_000, "nest too deep; name a stored reference or a verdicts.json"),
        ("[]", "no results"),
        ("[1]", "no results"),
        ('[{"verdict": "holds"}]', "no results"),
        ('{"run": {}}', "no results"),
        ('{"run": 1, "verdicts": [], "records": {}}', "no results"),
        ('{"run": {}, "verdicts": 2, "records": {}}', "no results"),
    ],
)
def test_a_file_without_results_is_refused(publish, tmp_path, text, words):
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(BuildError, match=words):
        find_results(str(tmp_path / "odd.json"), publish())


@pytest.mark.parametrize("name", ["run.json", "verdicts.json"])
@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]"])
def test_a_damaged_run_is_refused_by_its_file(publish, name, text):
    layout = publish()
    (layout.current / name).write_text(text)
    with pytest.raises(BuildError, match=rf"{name} .*`make book` writes the published run anew"):
        results_of(layout)


def test_a_page_that_cannot_be_written_is_said(publish):
    store_reference(layout := publish())
    report = against(layout, "us20")
    (layout.build / "verify.html").mkdir()
    with pytest.raises(BuildError, match=r"the page of the comparison cannot be written: .*html \(Is a dir"):
        write_page(report, layout)
    assert not list(layout.build.glob(".verify*"))


def test_a_folder_without_a_run_is_refused(publish, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BuildError, match="holds no run"):
        find_results(str(tmp_path / "empty"), publish())


def test_a_number_moves_in_units_of_its_standard_error(publish):
    store_reference(publish())
    report = against(publish(rmse={"value": 0.02}, sharpe={"value": 1.5, "se": 0.1}), "us20")
    assert "! alpha.sharpe: was 1, now 1.5 (+5.0 standard errors, 3 allowed)" in report.text()


def test_the_largest_move_stands_first(publish):
    values = {name: {"value": 1.0, "se": 0.1} for name in "abc"}
    store_reference(publish(**values))
    moved = {"a": 1.5, "b": 0.1, "c": 1.35}
    report = against(publish(**{n: {"value": v, "se": 0.1} for n, v in moved.items()}), "us20")
    assert [d.key for d in report.values] == ["alpha.b", "alpha.a", "alpha.c"]


def test_data_and_scale_are_said_first_and_another_profile_is_no_obstacle(publish):
    store_reference(publish())
    other = {"profile": "smoke", "parameters": {"alpha": {"path": None, "draws": 9}}}
    layout = publish("cannot be told", other, rmse={"value": 0.5}, sharpe={"value": 1.0, "se": 0.1})
    lines = against(layout, "us20").text().splitlines()
    assert lines[0].startswith("2 of 3 values differ from ")
    assert lines[1].startswith("Data and scale (other data or another scale move numbers") and lines[
        1
    ].endswith(": 3")
    assert lines[2:5] == [
        "  ! data profile: was 'study', now 'smoke'",
        "  ! data parameters alpha.draws: was 'that of the page', now 9",
        "  ! data parameters alpha.window: was 50, now 'that of the page'",
    ]
    assert lines[5:7] == [
        "Verdicts: 1",
        "  ! verdict alpha-rmse (corrected): was 'reproduced', now 'cannot be told'",
    ]
    assert lines[7] == "Numbers beyond their tolerance: 1"


def test_the_terminal_shows_some_and_counts_the_rest(publish):
    store_reference(publish(**{f"k{i}": {"value": 1.0} for i in range(9)}))
    text = against(publish(**{f"k{i}": {"value": 2.0} for i in range(9)}), "us20").text(most=4)
    assert text.count("\n  ! alpha.k") == 4 and "  ... and 5 more" in text


def test_code_and_packages_are_notes_and_no_differences(publish):
    store_reference(publish(changes={"code": {"alpha": "1"}}))
    after = {"code": {"alpha": "2"}, "packages": {"numpy": "2.5.0"}, "python": "3.12.1"}
    after["networks"] = "batched on cpu"
    report = against(publish(changes=after), "us20")
    assert report.differences == []
    assert report.notes == [
        "the code of alpha is not the same",
        "numpy: 2.4.6 then, 2.5.0 now",
        "python: 3.11.7 then, 3.12.1 now",
        "networks: trained each then, batched on cpu now",
    ]
    assert "the code of alpha is not the same" in report.text()


def test_a_file_of_verdicts_alone_is_compared_by_verdict_and_value(publish, tmp_path):
    rows = [
        {"id": "alpha-rmse", "reading": "corrected", "verdict": "reproduced", "value": 0.02, "unit": "", "measured_by": "alpha.rmse"},
        {"id": "alpha-sharpe", "reading": "corrected", "verdict": "holds", "value": 2.0, "unit": "", "measured_by": "alpha.sharpe"},
    ]  # fmt: skip
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(rows))
    report = against(publish(**WITH_ERROR), path)
    assert [d.key for d in report.verdicts] == ["verdict alpha-sharpe (corrected)"]
    assert [(d.key, d.errors) for d in report.values] == [("alpha.sharpe", pytest.approx(-10.0))]
    assert "does not say on which data" in report.notes[0]


class Tags(HTMLParser):
    """Balance of tags, cells of a row, and targets of links."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta",):
            self.open.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_all_of_it_and_needs_nothing_else(publish):
    store_reference(publish("a <b> & c"))
    layout = publish(
        "reproduced", {"end": "2016-12-30"}, rmse={"value": 0.5}, sharpe={"value": 9.0, "se": 0.1}
    )
    path = write_page(against(layout, "us20"), layout)
    assert path == layout.build / "verify.html"
    made = Tags()
    made.feed(path.read_text())
    assert made.open == []
    assert "'a <b> & c'" in made.text and "data end" in made.text and "+80.0 standard errors" in made.text
    assert made.links == ["html/index.html", "html/book/verdicts.html#claim-alpha-rmse"]
    assert not re.search(r"https?://|<script", path.read_text())
    assert made.text.index("Data and scale") < made.text.index("Verdicts") < made.text.index("Numbers beyond")


def test_the_page_says_that_all_agree(publish):
    store_reference(publish())
    layout = publish()
    text = write_page(against(layout, "us20"), layout).read_text()
    assert "All 3 values and verdicts agree, to the last bit." in text and "<table" not in text


def test_the_command_says_it_writes_the_page_and_fails_on_a_difference(publish, monkeypatch):
    store_reference(layout := publish())
    for name in ("toc", "config"):
        (layout.root / f"_{name}.yml").write_text("")
    monkeypatch.setenv("STUDY_ROOT", str(layout.root))
    monkeypatch.setenv("STUDY_BUILD_DIR", str(layout.build))
    monkeypatch.setenv("STUDY_AGAINST", "us20")
    done = CliRunner().invoke(app, ["verify"])
    assert done.exit_code == 0 and "3 values agree" in done.output
    publish("does not hold")
    done = CliRunner().invoke(app, ["verify"])
    assert done.exit_code == 1 and "was 'reproduced', now 'does not hold'" in done.output
    assert f"as a page: {layout.build / 'verify.html'}" in " ".join(done.output.split())
    assert "does not hold" in (layout.build / "verify.html").read_text()


def test_a_device_or_a_file_without_end_is_refused_before_it_is_read(publish, tmp_path):
    layout = publish()
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(2**40)
    for odd in ("/dev/zero", tmp_path / "large.json"):
        with pytest.raises(BuildError, match="holds no results: it is no file, or larger than"):
            find_results(str(odd), layout)
