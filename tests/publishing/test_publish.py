"""Publication: all at once, the run before kept, one build at a time."""

import json
import multiprocessing
import os

import pytest

from portfolio_study.errors import BuildError
from portfolio_study.publishing import publish
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import build_lock, publish_run, published


@pytest.fixture
def layout(tmp_path):
    (tmp_path / "build").mkdir()
    return Layout(tmp_path, tmp_path / "build")


def put(layout, name, text="x"):
    site = layout.build / "work" / "site"
    site.mkdir(parents=True)
    (site / "index.html").write_text(text)
    notebook = layout.build / "a.ipynb"
    notebook.write_text("{}")
    content = {"verdicts": [{"id": name}], "errata": [], "run": {"id": name}}
    return publish_run(layout, name, site, {"a.ipynb": notebook}, content)


def test_everything_is_seen_through_one_link(layout):
    put(layout, "one", "first")
    put(layout, "two", "second")
    assert published(layout) == "two"
    assert (layout.build / "html" / "index.html").read_text() == "second"
    assert json.loads((layout.build / "verdicts.json").read_text()) == [{"id": "two"}]
    assert json.loads((layout.build / "run.json").read_text()) == {"id": "two"}
    assert (layout.build / "notebooks" / "a.ipynb").is_file()
    for name in ("html", "notebooks", "verdicts.json", "errata.json", "run.json"):
        assert str((layout.build / name).readlink()) == f"current/{name}"
    assert str(layout.current.readlink()) == "runs/two"


def test_run_before_is_kept_and_older_ones_go(layout):
    for name in ("one", "two", "three"):
        put(layout, name)
    assert sorted(p.name for p in layout.runs.iterdir()) == ["three", "two"]


def test_a_value_that_is_no_number_publishes_nothing(layout):
    put(layout, "one", "first")
    site = layout.build / "work" / "site"
    site.mkdir(parents=True)
    with pytest.raises(BuildError, match=r"run\.json"):
        publish_run(layout, "two", site, {}, {"run": {"seconds": float("nan")}})
    assert published(layout) == "one"
    assert (layout.build / "html" / "index.html").read_text() == "first"


@pytest.mark.parametrize("step", ["_sync", "switch"])
def test_a_crash_before_the_switch_leaves_the_site(layout, monkeypatch, step):
    put(layout, "one", "first")

    def crash(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(publish, step, crash)
        with pytest.raises(OSError, match="disk full"):
            put(layout, "two", "second")
    assert published(layout) == "one"
    assert (layout.build / "html" / "index.html").read_text() == "first"
    put(layout, "three", "third")  # and what the crash left does not disturb the next build
    assert published(layout) == "three"
    assert all(not p.name.startswith(".") for p in layout.runs.iterdir())


def test_a_folder_of_someone_else_is_not_deleted(layout):
    (layout.build / "html").mkdir()
    (layout.build / "html" / "mine.txt").write_text("precious")
    with pytest.raises(BuildError, match="move it away"):
        put(layout, "one")
    assert (layout.build / "html" / "mine.txt").read_text() == "precious"


def _hold(layout, ready, done):
    with build_lock(layout):
        ready.set()
        done.wait(20)


def test_second_build_is_refused_by_name(layout):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(layout, ready, done))
    process.start()
    assert ready.wait(20)
    with (
        pytest.raises(BuildError, match=rf"another build is running .*process {process.pid}"),
        build_lock(layout),
    ):
        pass
    done.set()
    process.join()
    with build_lock(layout):
        assert (layout.build / ".lock").read_text() == str(os.getpid())


def test_link_never_dangles_while_it_is_replaced(layout, monkeypatch):
    put(layout, "one", "first")
    seen = []
    replace = type(layout.build).replace

    def watched(self, target):
        if target == layout.current:
            seen.append((layout.build / "html" / "index.html").read_text())
            done = replace(self, target)
            seen.append((layout.build / "html" / "index.html").read_text())
            return done
        return replace(self, target)

    monkeypatch.setattr(type(layout.build), "replace", watched)
    put(layout, "two", "second")
    assert seen == ["first", "second"]
