"""Chapters in real kernels: results, progress, failures, golden notebooks."""

import json
import multiprocessing
import os
from dataclasses import replace

import pytest
from toy import HEAD

from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.publishing import execute
from portfolio_study.publishing.execute import Job, execute_all, execute_chapter
from portfolio_study.publishing.golden import (
    golden_chapters,
    golden_path,
    golden_settings,
    golden_sources,
    regenerate,
    slimmed,
)
from portfolio_study.publishing.kernels import kernel_environment
from portfolio_study.publishing.notebooks import read_chapter, read_executed, stamped
from portfolio_study.publishing.stamps import page_code


@pytest.fixture
def environment(toy, monkeypatch):
    monkeypatch.setattr("portfolio_study.publishing.kernels.compiled_key", lambda root: "key")
    return kernel_environment(toy, 1, None)


def job(toy, name, source):
    path = toy.book / f"{name}.md"
    path.write_text(f"{HEAD}# T\n\n```{{code-cell}} ipython3\n{source}\n```\n")
    return Job(read_chapter(f"book/{name}", path), {}, "stamp", toy.store / f"{name}.ipynb")


def test_result_knows_how_it_was_made(toy, environment):
    source = "import os, sys\ndata = b'x' * 80_000_000\nprint(os.getcwd(), os.environ['STUDY_JOBS'])"
    one, seen = job(toy, "one", source), []
    execute_all([one], environment, toy.root, 1, lambda *state: seen.append(state))
    said = stamped(one.output)
    assert said["stamp"] == "stamp" and said["seconds"] > 0 and said["warnings"] == []
    assert said["peak_memory_mb"] > 80
    assert read_executed(one.output).cells[1].outputs[0]["text"] == f"{toy.root} 1\n"
    assert seen == [("one", 0, 2), ("one", 1, 2), ("one", 2, 2)]
    assert not list(toy.store.glob("*.tmp"))


def test_first_failure_stops_the_others(toy, environment):
    slow = job(toy, "slow", "import time; time.sleep(600)")
    bad = job(toy, "bad", "x = 1\nraise ValueError('broken')")
    with pytest.raises(BuildError, match=r"(?s)chapter bad, code cell 1 \(.*bad\.md\).*ValueError: broken"):
        execute_all([slow, bad], environment, toy.root, 2)
    assert not slow.output.exists() and not bad.output.exists()
    assert not [p for p in _children() if "slow" in p]


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_kernel_whose_port_was_taken_is_started_again(toy, monkeypatch, failures):
    import papermill

    right, tries = papermill.execute_notebook, []

    def unlucky(*arguments, **options):
        tries.append(1)
        if len(tries) <= failures:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return right(*arguments, **options)

    monkeypatch.setattr(papermill, "execute_notebook", unlucky)
    one = job(toy, "one", "print(1)")
    if failures == 3:
        with pytest.raises(BuildError, match=r"chapter one: its kernel did not start in 3 attempts"):
            execute_chapter(one, toy.root, lambda *_: None)
        return
    execute_chapter(one, toy.root, lambda *_: None)
    assert len(tries) == failures + 1
    assert one.output.is_file()


def _children():
    import psutil

    found = []
    for process in psutil.Process(os.getpid()).children(recursive=True):
        try:
            found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
def test_golden_notebooks_of_the_toy(toy, monkeypatch):
    monkeypatch.setattr("portfolio_study.publishing.kernels.compiled_key", lambda root: "key")
    settings = golden_settings(toy)
    chapters = {chapter.name: chapter for chapter in golden_chapters(toy)}
    assert list(chapters) == ["alpha", "beta"]  # the page that reads the ledger has none
    golden_path(toy, "gone").parent.mkdir(parents=True)
    golden_path(toy, "gone").write_text("{}")
    assert [path.stem for path in regenerate(toy)] == ["alpha", "beta"]
    assert not golden_path(toy, "gone").exists()
    golden = json.loads(golden_path(toy, "alpha").read_text())
    sources = ["".join(cell["source"]) for cell in golden["cells"]]
    assert sources == golden_sources(chapters["alpha"], settings)
    assert "window = 20" in sources[1]
    assert not any(cell["outputs"] for cell in golden["cells"])  # a picture and a text, and no record
    again = slimmed(read_executed(golden_path(toy, "alpha")))
    assert again == golden
    with pytest.raises(UnknownNameError, match="did you mean 'beta'"):
        regenerate(toy, ["betta"])


def test_an_edit_of_the_library_during_a_chapter_gives_no_result(toy, environment):
    one = replace(job(toy, "gamma", "1 + 1"), code="that of another version")
    with pytest.raises(BuildError, match="gamma: the library was edited while the chapter was executed"):
        execute_all([one], environment, toy.root)
    assert not one.output.exists()
    execute_all([replace(one, code=page_code(one.chapter))], environment, toy.root)
    assert one.output.exists()


def test_an_interrupted_chapter_ends_without_a_word(monkeypatch, tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "execute_chapter", interrupted)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    execute._run(None, dict(os.environ), tmp_path, theirs)
    with pytest.raises(EOFError):
        ours.recv()
