"""Whole runs of a toy project: what executes again, what does not, and what a reader sees meanwhile."""

import json
import os
import re
import time

import pytest
from toy import write_toy

from portfolio_study.errors import BuildError, DataError, StudyError
from portfolio_study.publishing import kernels
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.profiles import RunRequest, complete
from portfolio_study.publishing.run import build_book, forget_old
from portfolio_study.publishing.run_prices import resolve_data, stored_prices

pytestmark = pytest.mark.slow  # builds the toy book

SMOKE = RunRequest(profile="smoke")


def edit(path, old, new):
    """Replace every occurrence."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def executed(toy, request=SMOKE):
    return sorted(page.rpartition("/")[2] for page in build_book(request, toy).executed)


def test_whole_book_is_published(toy):
    result = build_book(SMOKE, toy)
    html = toy.build / "html"
    assert "Twice the window is" in (html / "book" / "alpha.html").read_text()
    assert ">40<" in (html / "book" / "alpha.html").read_text()
    front = (html / "index.html").read_text()
    assert "http-equiv" not in front and 'href="book/alpha.html"' in front and "_static/" in front
    assert "injected" not in (html / "book" / "alpha.html").read_text()
    told = re.sub("<[^>]+>", "", front)  # days stand in marks of their own
    assert "Prices of this build: toy, source packaged, 2015-01-02 to 2015-12-31" in told
    run = json.loads((toy.build / "run.json").read_text())
    assert run["profile"] == "smoke" and run["sha256"] == "a" * 64 and run["universe"] == "toy"
    assert run["parameters"]["alpha"]["window"] == 20
    assert run["parameters"]["alpha"]["snapshot"] == "a" * 64
    assert run["chapters"]["alpha"]["seconds"] > 0 and run["chapters"]["alpha"]["peak_memory_mb"] > 0
    assert run["packages"]["numpy"] and run["python"]
    assert json.loads((toy.build / "verdicts.json").read_text()) == []
    assert sorted(p.stem for p in (toy.build / "notebooks").iterdir()) == ["alpha", "beta", "index"]
    assert sorted(result.executed) == ["book/alpha", "book/beta", "book/index"]
    assert sum(p.stat().st_size for p in html.resolve().rglob("*") if p.is_file()) < 15e6
    assert not list(html.resolve().rglob("*.map"))


def test_the_longest_chapters_execute_first(toy, market, no_rendering, no_kernels):
    edit(
        toy.book / "profiles" / "smoke.yml", "chapters_at_a_time: 2}", "chapters_at_a_time: 2, first: [beta]}"
    )
    assert [page.rpartition("/")[2] for page in build_book(SMOKE, toy).executed] == ["beta", "alpha", "index"]


@pytest.mark.parametrize("shared, workers", [("true", 2), ("false", 4)])
def test_chapters_divide_the_processors_unless_told_not_to(
    toy, market, no_rendering, no_kernels, monkeypatch, shared, workers
):
    given = []
    environment = kernels.kernel_environment
    monkeypatch.setattr(
        kernels, "kernel_environment", lambda root, n, *more: given.append(n) or environment(root, n, *more)
    )
    monkeypatch.setattr(kernels, "at_once", lambda wanted: wanted)
    monkeypatch.setenv("STUDY_JOBS", "4")
    edit(
        toy.book / "profiles" / "smoke.yml",
        "chapters_at_a_time: 2}",
        f"chapters_at_a_time: 2, share_processors: {shared}}}",
    )
    build_book(SMOKE, toy)
    assert given[0] == workers


def test_another_engine_of_networks_is_another_result(toy, market, no_rendering, no_kernels, monkeypatch):
    assert executed(toy) == ["alpha", "beta", "index"]
    assert json.loads((toy.build / "run.json").read_text())["networks"] == "each"
    monkeypatch.setenv("STUDY_NETWORKS", "batched")
    assert executed(toy) == ["alpha", "beta", "index"]
    assert json.loads((toy.build / "run.json").read_text())["networks"] == "batched on cpu"
    monkeypatch.delenv("STUDY_NETWORKS")
    assert executed(toy) == []


def test_only_what_changed_executes_again(toy, market, no_rendering, no_kernels):
    assert executed(toy) == ["alpha", "beta", "index"]
    again = build_book(SMOKE, toy)
    assert again.up_to_date and again.executed == []
    assert len(market.calls) == 1  # the second run asked for nothing

    edit(toy.book / "alpha.md", "multiplies a number", "doubles a number")
    before = len(market.calls)
    assert executed(toy) == []
    assert "doubles a number" in (toy.build / "html" / "book" / "alpha.html").read_text()
    assert len(market.calls) == before

    edit(toy.book / "alpha.md", "A rising line", "A straight line")  # how it looks, not what it computes
    assert executed(toy) == []

    edit(toy.book / "alpha.md", "doubled = 2 * window", "doubled = 2 * window + 0")
    assert executed(toy) == ["alpha", "index"]

    edit(toy.book / "profiles" / "smoke.yml", "window: 20", "window: 30")
    assert executed(toy) == ["alpha", "index"]
    assert executed(toy, RunRequest(profile="smoke", overrides={"beta.shift": 5})) == ["beta", "index"]


@pytest.mark.parametrize("what", ["machinery", "lock", "data"])
def test_machinery_lock_and_data_make_every_chapter_stale(
    toy, package, market, no_rendering, no_kernels, what
):
    executed(toy)
    request = SMOKE
    if what == "machinery":
        edit(package / "publishing" / "kernels.py", '"OMP_NUM_THREADS"', '"OTHER_THREADS"')
    elif what == "lock":
        (toy.root / "requirements.lock").write_text("numpy==2.4.7\n")
    else:
        market.sha256 = "b" * 64
        request = RunRequest(profile="smoke", refresh=True)
    assert executed(toy, request) == ["alpha", "beta", "index"]


def test_an_edit_of_the_library_makes_those_pages_stale_that_import_it(
    toy, package, no_rendering, no_kernels
):
    imported = "from portfolio_study.model import SCALE\n3 + SCALE * shift"
    edit(toy.book / "beta.md", "3 + shift", imported)
    assert executed(toy) == ["alpha", "beta", "index"]
    edit(package / "model.py", "SCALE = 1", "SCALE = 2")
    assert executed(toy) == ["beta", "index"]
    (package / "other.py").write_text("")
    edit(package / "risk" / "garch.py", "import numba", "import  numba")
    assert executed(toy) == []


def test_a_file_that_a_parameter_names_counts(toy, no_rendering, no_kernels):
    edit(toy.book / "beta.md", "shift = 1", 'shift = 1\nchain = "chain.csv"')
    (toy.root / "chain.csv").write_text("strike")
    assert executed(toy) == ["alpha", "beta", "index"]
    (toy.root / "chain.csv").write_text("strike, type")
    assert executed(toy) == ["beta", "index"]


def test_an_edit_of_the_server_leaves_the_run_up_to_date(toy, package, no_rendering, no_kernels):
    executed(toy)
    edit(package / "publishing" / "serve.py", "127.0.0.1", "localhost")
    assert build_book(SMOKE, toy).up_to_date
    edit(package / "publishing" / "check_site.py", "LEAST_WORDS = 20", "LEAST_WORDS = 19")
    again = build_book(SMOKE, toy)
    assert not again.up_to_date and again.executed == []


def test_failure_after_fetching_does_not_hide_the_new_prices(toy, market, no_rendering, no_kernels):
    executed(toy)
    market.sha256 = "b" * 64
    beta = (toy.book / "beta.md").read_text()
    (toy.book / "beta.md").write_text("# Beta\n\nToo short.\n")
    with pytest.raises(BuildError, match="empty"):
        build_book(RunRequest(profile="smoke", refresh=True), toy)
    assert json.loads((toy.build / "run.json").read_text())["sha256"] == "a" * 64
    (toy.book / "beta.md").write_text(beta)
    result = build_book(SMOKE, toy)
    assert not result.up_to_date
    assert json.loads((toy.build / "run.json").read_text())["sha256"] == "b" * 64


def test_going_back_finds_the_old_results(toy, no_rendering, no_kernels):
    executed(toy)
    edit(toy.book / "beta.md", "3 + shift", "4 + shift")
    executed(toy)
    edit(toy.book / "beta.md", "4 + shift", "3 + shift")
    assert executed(toy) == []


def test_results_that_nobody_used_for_long_are_forgotten(toy):
    toy.store.mkdir(parents=True)
    for number in range(12):
        for name in ("alpha", "cc_var"):
            path = toy.store / f"{name}-{number:020d}.ipynb"
            path.write_text("x")
            os.utime(path, (number, number))
    (toy.build / "cache" / "compiled" / "old").mkdir(parents=True)
    assert forget_old(toy, kept=3) == 18
    left = sorted(p.stem for p in toy.store.iterdir())
    assert left == [f"{name}-{number:020d}" for name in ("alpha", "cc_var") for number in (9, 10, 11)]
    assert (toy.build / "cache" / "compiled" / "old").is_dir()


@pytest.mark.parametrize("current", [False, True], ids=["a build", "one with nothing to do"])
def test_what_a_killed_build_left_half_written_is_deleted(toy, no_rendering, no_kernels, current):
    if current:
        build_book(SMOKE, toy)
    snapshots = toy.build / "snapshots"
    left = [
        toy.work / "stage" / "book" / "alpha.md",
        toy.store / "alpha-9.ipynb.77.tmp",
        toy.build / ".html.new",
        snapshots / ".0123456789ab-x7.parquet",
        snapshots / "requests" / ".0123456789ab-x7.json",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
        os.utime(path, (1, 1))
    written_now = snapshots / ".0123456789ab-y8.parquet"  # by another process
    written_now.write_text("half")
    os.utime(written_now, (time.time() + 60,) * 2)
    assert build_book(SMOKE, toy).up_to_date is current
    assert not [path for path in left if path.exists()] and not toy.work.exists()
    assert written_now.exists()


def test_notes_of_prices_are_said_once(tmp_path, monkeypatch, caplog):
    layout = Layout(write_toy(tmp_path / "toy"), tmp_path / "toy" / "build")
    monkeypatch.setenv("STUDY_ROOT", str(layout.root))
    monkeypatch.delenv("STUDY_BUILD_DIR", raising=False)
    with caplog.at_level("INFO", "portfolio_study"):
        data = resolve_data(complete(RunRequest(profile="study"), layout), layout, "code")
        stored_prices(data)
    (note,) = (note for note in data["manifest"]["notes"] if "is used instead" in note)
    assert caplog.text.count(note) == 1


def test_a_build_says_what_it_deleted(toy, no_rendering, no_kernels, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(toy.build / "cache"))
    results = toy.build / "cache" / "results"
    results.mkdir(parents=True)
    (results / "old.pkl").write_bytes(bytes(3 * 2**20))
    os.utime(results / "old.pkl", (1, 1))
    said = []
    build_book(SMOKE, toy, said.append)
    assert "deleted 3 MiB of results that were not used for long" in said
    assert not list(results.iterdir())


def test_failed_chapter_leaves_the_site_untouched(toy, no_rendering):
    build_book(SMOKE, toy)
    site = (toy.build / "html" / "book" / "alpha.html").read_text()
    target = toy.current.resolve()
    edit(toy.book / "beta.md", "3 + shift", 'raise RuntimeError("no such thing")')
    with pytest.raises(BuildError, match=r"(?s)beta, code cell 3 .*RuntimeError: no such thing.*raise Run"):
        build_book(SMOKE, toy)
    assert toy.current.resolve() == target
    assert (toy.build / "html" / "book" / "alpha.html").read_text() == site


def test_failed_rendering_leaves_the_site_untouched(toy, no_kernels):
    edit(toy.book / "alpha.md", "Twice the window is {glue:text}`alpha.doubled`.", "")
    edit(toy.book / "beta.md", "{numref}`fig-alpha-line`", "[alpha](alpha.md#result)")
    build_book(SMOKE, toy)
    target = toy.current.resolve()
    edit(toy.book / "beta.md", "[alpha](alpha.md#result)", "{numref}`fig-no-such-line`")
    with pytest.raises(BuildError, match=r"book/beta.md.*WARNING.*fig-no-such-line"):
        build_book(SMOKE, toy)
    assert toy.current.resolve() == target
    edit(toy.book / "beta.md", "{numref}`fig-no-such-line`", "[alpha](alpha.md)")
    assert build_book(SMOKE, toy).executed == []


def test_error_of_the_study_in_a_kernel_is_one_message(toy, no_rendering):
    edit(
        toy.book / "beta.md",
        "3 + shift",
        "from portfolio_study.errors import DataError\nraise DataError('AAPL has no price on 2015-01-05')",
    )
    with pytest.raises(StudyError) as caught:
        build_book(SMOKE, toy)
    assert str(caught.value) == "chapter beta, code cell 3: AAPL has no price on 2015-01-05"


def test_killed_kernel_is_reported(toy, no_rendering):
    edit(toy.book / "beta.md", "3 + shift", "import os; os._exit(9)")
    with pytest.raises(BuildError, match="chapter beta"):
        build_book(SMOKE, toy)


def test_warnings_of_a_chapter_are_listed(toy, no_rendering):
    edit(toy.book / "beta.md", "3 + shift", "import warnings; warnings.warn('rounded'); 3 + shift")
    result = build_book(SMOKE, toy)
    assert "UserWarning: rounded" in result.warnings["beta"][0]
    run = json.loads((toy.build / "run.json").read_text())
    assert len(run["chapters"]["beta"]["warnings"]) == 1


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"tickers": ("A",)}, "at least two assets, got A alone"),
        ({"rows": 99}, "99 dates, 2015-01-02 to 2015-12-31; the profile smoke needs at least 100"),
    ],
)
def test_prices_that_are_too_few_are_refused_before_any_chapter(toy, market, no_kernels, size, said):
    edit(toy.book / "profiles" / "smoke.yml", "chapters_at_a_time: 2", "least_rows: 100")
    market.size = size
    with pytest.raises(DataError, match=said):
        build_book(SMOKE, toy)
    assert not list(toy.build.glob("executed/*.ipynb"))


def test_page_without_a_file_is_refused(toy):
    edit(toy.root / "_toc.yml", "book/beta", "book/gamma")
    with pytest.raises(BuildError, match="book/gamma"):
        build_book(SMOKE, toy)


def test_empty_page_is_refused(toy, no_rendering, no_kernels):
    (toy.book / "beta.md").write_text("# Beta\n\nToo short.\n")
    with pytest.raises(BuildError, match=r"book/beta.html: the page is empty"):
        build_book(SMOKE, toy)
