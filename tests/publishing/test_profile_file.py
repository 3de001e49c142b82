"""A reader's own profile: what it takes over, what it sets, and what is wrong in it, with the line."""

import pytest

from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profile_file import read_profile
from portfolio_study.publishing.profiles import RunRequest, chapter_parameters, complete


@pytest.fixture
def own(toy, tmp_path, monkeypatch):
    """Write ``my.yml`` in the folder where the command runs, and complete a request for it."""
    monkeypatch.chdir(tmp_path)

    def write(text, profile="my.yml", **request):
        (tmp_path / "my.yml").write_text(text)
        return complete(RunRequest(profile=profile, **request), toy)

    return write


def alpha(toy, settings):
    return chapter_parameters(read_chapter("book/alpha", toy.book / "alpha.md"), settings, {})


def test_an_own_file_says_universe_dates_and_scale(own, toy):
    text = "run:\n  scale: smoke\n  universe: [AAA, BBB]\n  start: 2015-01-01\n  end: 2016-01-01\nbeta: {shift: 4}\n"
    found = own(text)
    assert (found.profile, found.scale, found.universe) == ("my.yml", "smoke", ["AAA", "BBB"])
    assert (found.source, found.start, found.end) == ("packaged", "2015-01-01", "2016-01-01")
    assert found.chapters_at_a_time == 2  # of smoke
    assert found.parameters == {"alpha": {"window": 20}, "beta": {"shift": 4}}


def test_an_own_file_without_a_scale_has_that_of_the_default_profile(own):
    found = own("run: {universe: AAA BBB}")
    assert found.scale == "study" and found.parameters == {}


def test_neither_universe_nor_dates_of_the_scale_are_taken_over(own):
    found = own("run: {scale: smoke}")
    assert (found.universe, found.start, found.end) == (None, None, None)


def test_an_own_section_wins_over_the_scale_and_the_command_line_over_both(own, toy):
    text = "run: {scale: smoke}\nalpha: {window: 9}"
    assert alpha(toy, own(text)) == {"window": 9}
    assert alpha(toy, own(text, overrides={"alpha.window": 8})) == {"window": 8}


def test_the_front_matter_of_a_page_gives_the_scale(own, toy):
    path = toy.book / "beta.md"
    head = "scale:\n  study: {shift: 7}\nkernelspec"
    path.write_text(
        path.read_text()
        .replace("kernelspec", head, 1)
        .replace("jupytext:", "jupytext:\n  notebook_metadata_filter: scale", 1)
    )
    beta = read_chapter("book/beta", path)
    assert chapter_parameters(beta, own("run: {universe: A B}"), {}) == {"shift": 7}
    assert chapter_parameters(beta, own("beta: {shift: 3}"), {}) == {"shift": 3}


def test_a_price_file_lies_beside_the_profile(own, toy, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "prices.csv").write_text("x")
    (folder / "my.yml").write_text("run: {data: prices.csv, vendor: yahoo, universe: A B}")
    found = complete(RunRequest(profile="mine/my.yml"), toy)
    assert (found.source, found.path, found.vendor) == ("file", str(folder / "prices.csv"), "yahoo")
    other = complete(RunRequest(profile="mine/my.yml", source="yahoo"), toy)
    assert (other.path, other.universe) != (found.path, found.universe) and other.path is None
    (folder / "other.csv").write_text("x")
    assert complete(RunRequest(profile="mine/my.yml", path="mine/other.csv"), toy).path == str(
        folder / "other.csv"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run:\n  univers: A B", ["profile my.yml, line 2", "did you mean 'universe'"]),
        ("run: {source: yaho}", ["profile my.yml, line 1", "did you mean 'yahoo'"]),
        ("run:\n  scale: smok", ["profile my.yml, line 2", "did you mean 'smoke'"]),
        ("run:\n  scale: true", ["profile my.yml, line 2", "unknown scale 'True'"]),
        ("run:\n  source: [yahoo]", ["profile my.yml, line 2", "unknown source"]),
        ("run:\n\n  universe: 7", ["profile my.yml, line 3", "list of tickers, got 7"]),
        ("run:\n  universe: [AAA, TRUE]", ["line 2", "got True", "quotation marks"]),
        ("run:\n  universe: {a: b}", ["line 2", "a name or a list of tickers"]),
        ("run:\n  start: soon", ["line 2", "start must be a date", "'soon'"]),
        ("run:\n  least_rows: few", ["line 2", "least_rows must be a positive whole number"]),
        ("run:\n  data: 3", ["line 2", "data must be the path of a price file, got 3"]),
        ("run:\n  data: ''", ["profile my.yml, line 2", "data has no value: write one, or delete the line"]),
        ("run:\n  scale: smoke\n  data:", ["profile my.yml, line 3", "data has no value"]),
        ("run:\n  start: ' '", ["profile my.yml, line 2", "start has no value"]),
        ("run:\n  universe: []", ["profile my.yml, line 2", "universe has no value"]),
        ("run:\n  vendor: 3", ["line 2", "vendor must be the name of a vendor, got 3"]),
        ("run:\n  vendor: yahoo", ["VENDOR"]),
        ("run:\n  data: no.csv", ["no.csv does not exist"]),
        ("run:\n  source: yahoo\n  data: my.yml", ["goes with source 'file', not 'yahoo'"]),
        ("run:\n  source: file", ["needs a price file"]),
        ("run: {}\nalhpa: {window: 3}", ["chapter in profile my.yml, line 2", "did you mean 'alpha'"]),
        ("qqqq: {window: 3}", ["chapter in profile my.yml, line 1", "'qqqq'", "Valid: alpha, beta."]),
        ("alpha:\n  window: 3\n  window: 4", ["alpha.window stands twice, on lines 2 and 3"]),
        ("alpha: {window: 3}\nalpha: {}", ["alpha stands twice, on lines 1 and 2"]),
        ("run: {}\nalpha: 3", ["sections with `name: value` lines", "line 2: alpha"]),
        ("run: [", ["my.yml is not valid YAML", "line 2"]),
        ("run: {start: 2015-02-30}", ["my.yml is not valid YAML"]),
        ("alpha: &a [*a]", ["my.yml, line 1", "inside itself"]),
        ("alpha: " + "[" * 10**5, ["my.yml, line 1", "more than 40 deep"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(own, text, words):
    with pytest.raises(ParameterError) as caught:
        own(text)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("alpha:\n  widow: 3", UnknownNameError, ["profile my.yml, line 2", "did you mean 'window'"]),
        ("alpha:\n  window: abc", ParameterError, ["alpha.window must be a whole number", "profile my.yml, line 2"]),
        ("alpha:\n  source: yahoo", UnknownNameError, ["profile my.yml, line 2", "'source'"]),
    ],
)  # fmt: skip
def test_a_wrong_parameter_of_a_chapter_is_named_with_its_line(own, toy, text, kind, words):
    with pytest.raises(kind) as caught:
        alpha(toy, own(text))
    for word in words:
        assert word in str(caught.value)


def test_a_value_of_the_command_line_is_not_blamed_on_the_file(own, toy):
    with pytest.raises(ParameterError, match=r"got 'x' \(SET\)"):
        alpha(toy, own("alpha:\n  window: 3", overrides={"alpha.window": "x"}))


def test_a_file_that_is_not_there_is_looked_for_and_the_nearest_named(own, toy, tmp_path):
    own("run: {}")
    for name, words in {
        "mi.yml": [str(tmp_path), "did you mean PROFILE=my.yml?"],
        "smoke.yml": ["did you mean PROFILE=smoke?"],
        "no/my.yml": ["a folder that does not exist"],
    }.items():
        with pytest.raises(ParameterError) as caught:
            complete(RunRequest(profile=name), toy)
        for word in words:
            assert word in str(caught.value)
    with pytest.raises(UnknownNameError, match=r"named with its ending: PROFILE=my\.yml"):
        complete(RunRequest(profile="my"), toy)


def test_the_nearest_file_is_named_with_its_folder(own, toy, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ParameterError, match="is a folder: name a file of it that ends in"):
        complete(RunRequest(profile="mine/"), toy)
    (tmp_path / "mine" / "other.yml").write_text("run: {}")
    with pytest.raises(ParameterError, match=r"did you mean PROFILE=mine/other\.yml\?"):
        complete(RunRequest(profile="mine/othr.yml"), toy)
    with pytest.raises(
        ParameterError, match=r"mine is a folder: name a file of it, such as PROFILE=mine/other\.yml"
    ):
        complete(RunRequest(profile="mine/"), toy)


def test_what_could_be_set_is_offered_and_nothing_else(own):
    for request in (
        {"text": "run: {first: [nochapter]}"},
        {"text": "", "overrides": {"nochapter.window": 3}},
    ):
        with pytest.raises(ParameterError, match=r"nochapter.*Valid: alpha, beta\.$"):
            own(**request)


def test_lines_change_no_result(own):
    before = own("run: {universe: A B}\nalpha: {window: 3}").as_dict()
    assert own("\n\nrun: {universe: A B}\nalpha: {window: 3}").as_dict() == before


def test_profiles_of_the_checkout_have_no_keys_of_an_own_file(toy):
    (toy.book / "profiles" / "odd.yml").write_text("run: {scale: smoke}")
    with pytest.raises(UnknownNameError, match=r"odd \(odd.yml, line 1\)"):
        read_profile(toy, "odd")
