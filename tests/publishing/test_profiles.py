"""What a run is asked for: profile, command line, and what wins."""

import os
from dataclasses import replace

import pytest

from portfolio_study import data
from portfolio_study.data.files import content
from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.publishing import run_prices
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profile_file import profile_names
from portfolio_study.publishing.profiles import (
    SOURCES,
    RunRequest,
    chapter_parameters,
    complete,
    parse_overrides,
)


def settings(toy, **request):
    return complete(RunRequest(**{"profile": "smoke", **request}), toy)


def test_profile_fills_what_was_not_asked_for(toy):
    found = settings(toy)
    assert found.prices == {
        "source": "packaged",
        "universe": "AAPL JPM",
        "start": "2015-01-01",
        "end": "2015-12-31",
        "path": None,
    }
    assert found.parameters == {"alpha": {"window": 20}} and found.chapters_at_a_time == 2


def test_command_line_wins(toy):
    found = settings(toy, universe="XOM", overrides={"alpha.window": 7, "beta.shift": 2})
    assert found.universe == "XOM" and found.start == "2015-01-01"
    assert found.parameters == {"alpha": {"window": 7}, "beta": {"shift": 2}}


def test_one_date_replaces_both(toy):
    assert settings(toy, start="2018-01-01").end is None
    assert settings(toy, end="2018-01-01").start is None


def test_another_source_gets_its_own_universe_and_dates(toy):
    found = settings(toy, source="yahoo")
    assert (found.universe, found.start, found.end) == (None, None, None)


def test_a_run_knows_the_sources_that_the_library_loads():
    assert SOURCES == data.SOURCES  # written twice: the command line starts without pandas


def test_price_file_implies_its_source_and_becomes_absolute(toy, tmp_path, monkeypatch):
    (tmp_path / "p.csv").write_text("x")
    monkeypatch.chdir(tmp_path)
    found = settings(toy, path="p.csv")
    assert found.source == "file" and found.path == str(tmp_path / "p.csv")


def test_a_price_file_that_is_none_or_never_ends_is_refused_before_a_byte_is_read(toy, tmp_path, monkeypatch):
    for odd in ("/dev/zero", tmp_path / "pipe.csv"):
        if odd != "/dev/zero":
            os.mkfifo(odd)
        with pytest.raises(ParameterError, match="is a pipe or a device: name a file"):
            settings(toy, path=str(odd))
    (tmp_path / "link.csv").symlink_to("/dev/zero")
    with (tmp_path / "large.csv").open("wb") as stream:
        stream.truncate(2**40)
    assert content.LARGEST < run_prices.MOST_HASHED < 2**40
    (tmp_path / "p.csv").write_text("x")
    found = replace(settings(toy, path=str(tmp_path / "p.csv")), path=str(tmp_path))
    (tmp_path / "p.csv").unlink()
    monkeypatch.setattr(run_prices, "file_hash", lambda path: pytest.fail(f"{path} is read"))
    digest = run_prices.request_digest(found, "code")
    with (tmp_path / "large.csv").open("ab") as stream:
        stream.truncate(2**41)
    assert run_prices.request_digest(found, "code") != digest


def test_a_vendor_is_declared_of_a_file_only(toy, tmp_path):
    (tmp_path / "p.csv").write_text("x")
    assert settings(toy, path=str(tmp_path / "p.csv"), vendor="yahoo").prices["vendor"] == "yahoo"
    with pytest.raises(
        ParameterError, match=r"VENDOR=yahoo declares .* goes with DATA=<file>, not .* 'packaged'"
    ):
        settings(toy, vendor="yahoo")
    with pytest.raises(UnknownNameError, match="unknown vendor 'Yahho'; did you mean 'yahoo'"):
        settings(toy, path=str(tmp_path / "p.csv"), vendor="Yahho")


@pytest.mark.parametrize("dates", [("2015-01-01", "2015-01-01"), ("2016-01-01", "2015-01-01")])
def test_start_must_be_before_end(toy, dates):
    with pytest.raises(ParameterError, match=f"start {dates[0]} is not before end {dates[1]}"):
        settings(toy, start=dates[0], end=dates[1])


def test_run_section_is_checked(toy):
    path = toy.book / "profiles" / "odd.yml"
    for text, message in [
        ("run: {chapters_at_a_time: 0}", "chapters_at_a_time"),
        ("run: {chapters_at_a_time: two}", "chapters_at_a_time"),
        ("run: {share_processors: 2}", "share_processors must be true or false"),
        ("run: {least_rows: few}", "least_rows"),
        ("run: {first: alpha}", "odd.yml, line 1.*first must be a list"),
        ("run: {first: [alpa]}", "alpha"),
        ("- a", "must hold sections"),
        ("alpha: 3", "must hold sections"),
        ("run: {start: 2015}", "start must be a date"),
    ]:
        path.write_text(text)
        with pytest.raises(ParameterError, match=message):
            settings(toy, profile="odd")
    assert profile_names(toy) == ["odd", "smoke", "study"]


def test_section_of_a_chapter_to_come_is_reported(toy, caplog):
    (toy.book / "profiles" / "odd.yml").write_text("zzz: {a: 1}")
    settings(toy, profile="odd")
    assert "profile odd scales zzz" in caplog.text


def test_chapters_get_only_what_they_take(toy):
    found = settings(toy)
    alpha = read_chapter("book/alpha", toy.book / "alpha.md")
    given = {**found.prices, "snapshot": "abc", "ledger": "x.json"}
    assert chapter_parameters(alpha, found, given) == {**found.prices, "snapshot": "abc", "window": 20}


def test_parameters_of_the_run_cannot_be_set_for_one_chapter(toy):
    alpha = read_chapter("book/alpha", toy.book / "alpha.md")
    with pytest.raises(UnknownNameError, match="parameter of chapter alpha"):
        chapter_parameters(alpha, settings(toy, overrides={"alpha.source": "yahoo"}), {})


@pytest.mark.parametrize(
    ("value", "words"),
    [("abc", "a whole number"), (2.5, "a whole number"), (True, "a whole number"), ([20], "a whole number")],
)
def test_a_parameter_keeps_its_kind(toy, value, words):
    alpha = read_chapter("book/alpha", toy.book / "alpha.md")
    with pytest.raises(ParameterError, match=f"alpha.window must be {words}, got"):
        chapter_parameters(alpha, settings(toy, overrides={"alpha.window": value}), {})


def test_overrides_are_typed():
    found = parse_overrides(["a.b=1", "a.c=1.5", "a.d=true", "a.e=[1, 2]", "a.f=x=y", "a.g=null", "a.h=$(x)"])
    assert list(found.values()) == [1, 1.5, True, [1, 2], "x=y", None, "$(x)"]
    for bad in ("a.b", "a.b=[1"):
        with pytest.raises(ParameterError):
            parse_overrides([bad])


def test_the_command_line_knows_the_sources_of_the_library():
    assert SOURCES == data.SOURCES  # written out twice: importing the library takes a second
