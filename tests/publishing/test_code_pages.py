"""The code of the studies on the site: every number leads to its line."""

import re

import pytest

from portfolio_study.ledger.sources import PACKAGE, code_page, measure_place
from portfolio_study.publishing.check_site import read_page
from portfolio_study.publishing.code_pages import linked, names_of, write_code_pages

STUDIES = sorted((PACKAGE / "studies").rglob("*.py"))
MEASURES = PACKAGE / "studies" / "markowitz" / "measures.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site that has the page of one module of the library."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "_modules" / "portfolio_study" / "allocation").mkdir(parents=True)
    (folder / "_modules" / "portfolio_study" / "allocation" / "frontier.html").write_text("")
    write_code_pages(folder)
    return folder


def test_every_file_has_a_page_with_an_anchor_a_line_and_all_together_are_light(site):
    pages = sorted((site / "code").rglob("*.html"))
    assert len(pages) == len(STUDIES) and sum(page.stat().st_size for page in pages) < 1_500_000
    for file in STUDIES:
        lines = file.read_text(encoding="utf-8").splitlines()
        page = read_page(site / code_page(file))
        assert {f"L{number}" for number in range(1, len(lines) + 1)} <= page.ids
        assert page.headings == [] and "index.html" in page.links[0]  # no article: the search leaves it out


def test_a_line_of_a_measure_is_the_line_of_its_function(site):
    place = measure_place("markowitz.sharpe_gain.realised")
    text = (site / code_page(place.file)).read_text(encoding="utf-8")
    assert f"<li id=L{place.line}>def {place.function}(" in text


def test_links_between_pages_lead_to_definitions_and_only_to_what_the_site_has(site):
    ids = {page.resolve(): read_page(page).ids for page in (site / "code").rglob("*.html")}
    for file in STUDIES:
        page = site / code_page(file)
        for link in read_page(page).links:
            path, _, line = link.partition("#")
            target = (page.parent / path).resolve()
            if target in ids:
                assert line in ids[target]
            elif "_modules" in link:
                assert target.is_file() and "allocation/frontier.html#" in link
    text = (site / code_page(MEASURES)).read_text(encoding="utf-8")
    found = re.search(r'experiment\.html#L(\d+)">Experiment</a>', text)
    lines = (MEASURES.parent / "experiment.py").read_text(encoding="utf-8").splitlines()
    assert lines[int(found[1]) - 1].startswith("class Experiment")


def test_a_name_is_a_link_once_and_members_of_modules_are_found(tmp_path):
    code = "X = CONTRASTS\ndef f(a): return a < CONTRASTS and study.CONTRASTS\n"
    shown = linked(code, names_of(MEASURES), "../", own=True)
    assert shown.count("<a ") == 1 and "a &lt; CONTRASTS and study.CONTRASTS" in shown
    assert linked(code, names_of(MEASURES), "../") == code.replace("<", "&lt;").rstrip()
    other = tmp_path / "own.py"
    other.write_text("from portfolio_study.studies.markowitz import measures as m\n\ny = m.CONTRASTS\n")
    names = names_of(other)
    assert names.own == {} and "#L1" in names.imported["m"]  # a file outside has no page
    assert re.search(r'm\.<a href="\.\./code/studies/markowitz/measures\.html#L\d+">CONTRASTS</a>', linked("m\ny = m.CONTRASTS", names, "../"))  # fmt: skip


def test_what_a_measure_asks_of_its_study_leads_to_the_method(site):
    text = (site / code_page(MEASURES)).read_text(encoding="utf-8")
    found = re.search(
        r'study\.<a href="[./]*code/studies/markowitz/experiment\.html#L(\d+)">compare</a>', text
    )
    lines = (MEASURES.parent / "experiment.py").read_text(encoding="utf-8").splitlines()
    assert lines[int(found[1]) - 1].startswith("    def compare(")
