"""A new paper takes three files: what `new-paper` writes is built, judged and listed with the papers as it is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from portfolio_study.errors import BuildError, LedgerError, ParameterError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.registration import read_registration
from portfolio_study.publishing.check_sources import check_book
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.new_paper import start_paper
from portfolio_study.publishing.notebooks import read_chapter

pytestmark = pytest.mark.slow  # a book with a sixth paper

ROOT = Path(__file__).resolve().parents[2]
NAME, TITLE = "toy_paper", 'Do "equal weights" earn: a premium?'

#: Every step from claims to the page of verdicts, without rendering: one kernel.
PIECES = """
import json, shutil, sys

from portfolio_study.data import load_prices
from portfolio_study.ledger import facets, listings
from portfolio_study.ledger.judge import judge_errata, judge_run
from portfolio_study.publishing import golden
from portfolio_study.publishing.check_sources import check_book
from portfolio_study.publishing.execute import execute_all
from portfolio_study.publishing.fill import fill, papers_table
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import merge_prose, read_chapter, read_executed
from portfolio_study.publishing.publish import publish_run
from portfolio_study.publishing.reference import results_of


def main(name):
    layout = Layout.here()
    chapters = {page: read_chapter(page, layout.source(page)) for page in layout.pages()}
    check_book(chapters.values(), layout.root)
    kept = layout.build / "kept.ipynb"

    def execute(jobs, *rest):  # one execution serves the golden notebook, the verdicts and the page
        execute_all(jobs, *rest)
        shutil.copyfile(jobs[0].output, kept)

    golden.execute_all = execute
    (stored,) = golden.regenerate(layout, [name])
    run = {name: kept}
    rows = judge_run(run, load_prices(**golden.golden_settings(layout).prices).sample(), layout.root)
    errata = judge_errata(run, layout.root)
    page = chapters[f"book/{name}"]
    filled = fill(page, merge_prose(page, read_executed(kept)), kept, rows, layout.root)
    site = layout.build / "site"
    site.mkdir()
    publish_run(layout, "run", site, {f"{name}.ipynb": kept}, {
        "verdicts": rows, "errata": errata, "run": {"chapters": {name: {}}, "universe": "us20"},
    })
    print(json.dumps({
        "rows": rows,
        "prose": [cell.source for cell in filled.cells if cell.cell_type == "markdown"],
        "captions": [c.metadata["mystnb"] for c in filled.cells if "mystnb" in c.metadata],
        "golden": [chapter.name for chapter in golden.golden_chapters(layout)],
        "stored": stored.read_text(encoding="utf-8"),
        "verdicts": facets.paper_tables(rows),
        "errata": listings.errata_table(errata),
        "papers": papers_table(layout.root),
        "reference": results_of(layout),
    }))


if __name__ == "__main__":
    main(sys.argv[1])
"""
ERRATUM = """
- kind: erratum
  id: F-toy
  paper: "005"
  where: Abstract
  problem: a premium is called certain
  correct: it has an error
  evidence: its interval
  materiality: {measured_by: equal_weight_gain, text: "{value:.3f} a year"}
"""


def python(checkout, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
    environment |= {"STUDY_ROOT": str(checkout), "PYTHONPATH": str(checkout / "src")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def new_paper(checkout, *arguments):
    return python(checkout, "-m", "portfolio_study", "new-paper", *arguments)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A copy of the sources that a chapter is made of."""
    folder = tmp_path_factory.mktemp("bare")
    for name in ("src", "book"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("_toc.yml", "_config.yml", "requirements.lock", "pyproject.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def started(bare):
    """The copy with a new paper, and what the command said."""
    before = {path: path.read_bytes() for path in bare.rglob("*") if path.is_file()}
    done = new_paper(bare, NAME, "--title", TITLE)
    assert done.returncode == 0, done.stderr
    after = {path: path.read_bytes() for path in bare.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    changed = {path.relative_to(bare).as_posix() for path in after if before.get(path) != after[path]}
    return bare, done.stdout, changed


def test_three_files_a_line_of_the_contents_and_a_registered_claim_are_all_that_changes(started):
    _, said, changed = started
    files = {f"book/{NAME}.md", f"book/claims/{NAME}.yml", f"src/portfolio_study/studies/{NAME}.py"}
    assert changed == {*files, "_toc.yml", "book/registration.yml"}
    assert "registered toy-paper-gain in book/registration.yml" in said
    for path in files:
        assert path in said
    assert f"make golden CHAPTERS={NAME}" in said


def test_the_line_stands_last_among_the_chapters(started):
    checkout, _, _ = started
    toc = yaml.safe_load((checkout / "_toc.yml").read_text())
    parts = [[entry["file"] for entry in part["chapters"]] for part in toc["parts"]]
    assert parts[1][-1] == f"book/{NAME}"
    without = [[page for page in part if page != f"book/{NAME}"] for part in parts]
    original = yaml.safe_load((ROOT / "_toc.yml").read_text())
    assert without == [[entry["file"] for entry in part["chapters"]] for part in original["parts"]]


def test_a_new_paper_runs_and_stands_on_every_page_without_another_edit(started):
    checkout, _, _ = started
    claims = checkout / "book" / "claims" / f"{NAME}.yml"
    claims.write_text(claims.read_text() + ERRATUM)
    (checkout / "pieces.py").write_text(PIECES)
    done = python(checkout, "pieces.py", NAME)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    (row,) = found["rows"]
    assert (row["paper"], row["id"], row["paper_title"]) == ("005", "toy-paper-gain", TITLE)
    assert row["verdict"] in ("holds", "does not hold", "cannot be told") and row["n"] > 200
    prose = "\n".join(found["prose"])
    assert prose.startswith("(toy_paper)=\n# " + TITLE)
    assert f"{row['value']:.1%} a year" in prose and "{says}" not in prose and "{verdict" not in prose
    assert "Verdicts of this chapter (1 claim)" in prose and row["verdict"] in prose
    (caption,) = found["captions"]
    assert (
        caption["figure"]["name"] == "fig-toy-paper-growth"
        and f"{row['value']:.1%}" in caption["image"]["alt"]
    )
    assert NAME in found["golden"] and "toy_paper.equal_weight_gain" in found["stored"]
    assert "(005): 1 claim." in found["verdicts"] and "toy_paper.html#toy-paper-gain" in found["verdicts"]
    assert f"{row['value']:.3f} a year" in found["errata"]
    assert f"* - 005\n  - {TITLE}\n  - [{TITLE}](toy_paper.md)\n" in found["papers"]
    assert found["reference"]["records"]["toy_paper.equal_weight_gain"]["value"] == row["value"]


def test_the_one_claim_of_the_example_is_registered_and_the_rows_before_are_kept(started):
    checkout, _, _ = started
    before, after = read_registration(ROOT), read_registration(checkout)
    *older, row = after["changes"]
    assert (after["first"], older) == (before["first"], before["changes"])
    assert list(row["claims"]) == ["toy-paper-gain"] and row["moved"] == "none" and "005" in row["what"]


def test_the_sources_with_a_new_paper_are_not_refused(started):
    """What a build checks first."""
    checkout, _, _ = started
    layout = Layout(checkout, checkout / "build")
    chapters = [read_chapter(page, layout.source(page)) for page in layout.pages()]
    assert f"book/{NAME}" in [chapter.page for chapter in chapters]
    check_book(chapters, checkout, checkout / "src" / "portfolio_study" / "studies")


def test_a_claim_that_somebody_else_left_unregistered_is_refused_and_nothing_is_written(small):
    (small.book / "registration.yml").write_text("first: {date: '2026-01-01', claims: {gone: abc}}\n")
    before = {path: path.read_bytes() for path in small.root.rglob("*.*")}
    with pytest.raises(LedgerError, match="'gone' is registered and no longer in the claims files"):
        start(small, "new")
    assert {path: path.read_bytes() for path in small.root.rglob("*.*")} == before


def test_what_is_written_is_clean(started):
    checkout, _, _ = started
    module = checkout / "src" / "portfolio_study" / "studies" / f"{NAME}.py"
    for check in (("check",), ("format", "--check")):
        done = python(checkout, "-m", "ruff", *check, "--no-cache", str(module))
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_name_that_is_taken_is_one_message_and_exit_code_2(started):
    checkout, _, _ = started
    done = new_paper(checkout, "markowitz")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert (
        done.stderr.startswith("error: the name markowitz is taken: ") and "book/markowitz.md" in done.stderr
    )


FRONT = """---
jupytext: {notebook_metadata_filter: "study,scale"}
kernelspec: {display_name: Python 3, language: python, name: python3}
study: {paper: "000", order: %d, title: T}
---
# T

```{code-cell} ipython3
study.measure()
```
"""


@pytest.fixture
def small(tmp_path):
    """A checkout with two chapters, of the orders 10 and 20."""
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "src" / "portfolio_study" / "studies" / "taken").mkdir(parents=True)
    (tmp_path / "book" / "samples.yml").write_text("{samples: {}, smallest_effects: {}}")
    (tmp_path / "book" / "errata.yml").write_text("[]")
    paper = "- {kind: paper, id: '000', title: T}\n"
    (tmp_path / "book" / "claims" / "first.yml").write_text(paper)
    for name, text in {"index": "# I\n", "first": FRONT % 10, "second": FRONT % 20}.items():
        (tmp_path / "book" / f"{name}.md").write_text(text)
    (tmp_path / "_toc.yml").write_text(
        "root: book/index  # the front page\nchapters:\n  - file: book/first\n  - file: book/second\n"
    )
    return Layout(tmp_path, tmp_path / "build")


def start(layout, *arguments, **options):
    studies = layout.root / "src" / "portfolio_study" / "studies"
    return start_paper(layout, *arguments, studies=studies, **options)


@pytest.mark.parametrize(
    ("order", "pages"),
    [
        (None, ["index", "first", "second", "new"]),
        (15, ["index", "first", "new", "second"]),
        (5, ["index", "new", "first", "second"]),
    ],
)
def test_the_line_follows_the_order(small, order, pages):
    assert start(small, "new", order=order).order == (order or 30)
    assert small.pages() == [f"book/{page}" for page in pages]
    assert "# the front page" in (small.root / "_toc.yml").read_text()


def test_a_further_chapter_of_a_paper_does_not_describe_it_again(small):
    start(small, "new", paper="000")
    start(small, "newer")
    assert [paper.id for paper in load_ledger(small.root).papers] == ["000", "001"]
    assert {claim.paper for claim in load_ledger(small.root).claims} == {"000", "001"}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("Toy", {}, "lower-case letters.*'Toy'"),
        ("class", {}, "no word of Python"),
        ("a-b", {}, "lower-case letters"),
        ("first", {}, r"first is taken: .*first\.md exists"),
        ("taken", {}, r"taken is taken: .*studies.taken exists"),
        ("new", {"order": 20}, "order 20 is taken by book/second; taken are 10, 20"),
        ("new", {"paper": "5"}, "three digits, such as 005; got '5'"),
        ("new", {"title": "two\nlines"}, "one line"),
        ("new", {"title": " "}, "one line"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(small, name, options, said):
    before = {path: path.read_bytes() for path in small.root.rglob("*.*")}
    with pytest.raises(ParameterError, match=said):
        start(small, name, **options)
    assert {path: path.read_bytes() for path in small.root.rglob("*.*")} == before


def test_contents_without_a_place_are_left_as_they_are(small):
    toc = small.root / "_toc.yml"
    toc.write_text("root: book/index\nchapters: [{file: book/first}, {file: book/second}]\n")
    with pytest.raises(BuildError, match=r"no line `- file: book/second`.*nothing was written"):
        start(small, "new")
    toc.write_text("root: book/index\n")
    with pytest.raises(BuildError, match="no chapter whose front matter has an order"):
        start(small, "new")
    assert not (small.book / "new.md").exists()


def test_a_package_that_stands_elsewhere_is_not_written_to(small):
    with pytest.raises(BuildError, match="PYTHONPATH=src"):
        start_paper(small, "new")
