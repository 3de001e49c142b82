"""The published site, if there is one: what a reader opens from disk."""

import json
import re

import pytest

from portfolio_study.publishing.check import site_problems
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.publish import published

LAYOUT = Layout.here()
LARGEST = 15e6

pytestmark = pytest.mark.skipif(
    published(LAYOUT) is None, reason="no site is published: `make book` makes one"
)


@pytest.fixture(scope="module")
def folder():
    return LAYOUT.current.resolve()


@pytest.fixture(scope="module")
def pages(folder):
    run = json.loads((folder / "run.json").read_text())
    return [f"book/{path.stem}" for path in (folder / "notebooks").glob("*.ipynb")], run


def test_site_has_no_problem(folder, pages):
    assert site_problems(folder / "html", pages[0]) == []


def test_site_is_light(folder):
    size = sum(path.stat().st_size for path in (folder / "html").rglob("*") if path.is_file())
    assert size < LARGEST, f"{size / 1e6:.1f} MB"


def test_front_page_is_the_page_itself(folder):
    text = (folder / "html" / "index.html").read_text()
    assert "http-equiv" not in text.lower().replace('http-equiv="x-ua', "")
    assert "<article" in text


def test_formulas_are_typeset_without_a_network(folder):
    for path in (folder / "html" / "book").glob("*.html"):
        for script in re.findall(r'<script[^>]*src="([^"]*mathjax[^"]*)"', path.read_text()):
            assert (path.parent / script.partition("?")[0]).is_file()


def test_every_verdict_leads_to_its_proof(folder):
    for row in json.loads((folder / "verdicts.json").read_text()):
        page, _, anchor = row["where"].partition("#")
        text = (folder / "html" / "book" / f"{page}.html").read_text()
        assert f'id="{anchor}"' in text, row["id"]


def test_run_says_what_it_was_made_of(pages):
    run = pages[1]
    for key in (
        "source",
        "sha256",
        "universe",
        "start",
        "end",
        "profile",
        "parameters",
        "packages",
        "python",
    ):
        assert run[key]
    assert re.fullmatch("[0-9a-f]{64}", run["sha256"])
    for chapter in run["chapters"].values():
        assert chapter["seconds"] > 0 and chapter["peak_memory_mb"] > 0
