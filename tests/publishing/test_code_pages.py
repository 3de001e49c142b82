"""The code on the site: every number leads to its line."""

import re

import pytest

from portfolio_study.ledger.sources import PACKAGE, SHOWN, code_page, measure_place
from portfolio_study.publishing.check_site import read_page
from portfolio_study.publishing.code_pages import definitions, linked, names_of, write_code_pages

FILES = [file for part in SHOWN for file in sorted((PACKAGE / part).rglob("*.py"))]
MEASURES = PACKAGE / "studies" / "markowitz" / "measures.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_code_pages(folder)
    return folder


def test_every_file_has_a_page_with_an_anchor_a_definition_and_all_together_are_light(site):
    pages = sorted((site / "code").rglob("*.html"))
    own = sum(file.stat().st_size for file in FILES)
    assert len(pages) == len(FILES) and sum(page.stat().st_size for page in pages) < 1.4 * own
    for file in FILES:
        page = read_page(site / code_page(file))
        assert {f"L{line}" for line in definitions(file).values()} <= page.ids
        assert page.headings == [] and "index.html" in page.links[0]  # no article: the search leaves it out


def test_what_makes_the_site_has_no_page(site):
    assert code_page(PACKAGE / "publishing" / "run.py") == "" and not (site / "code" / "publishing").exists()


def test_a_line_of_a_measure_is_the_line_of_its_function(site):
    place = measure_place("markowitz.sharpe_gain.realised")
    text = (site / code_page(place.file)).read_text(encoding="utf-8")
    assert f"<li id=L{place.line}>def {place.function}(" in text


def test_links_between_pages_lead_to_definitions(site):
    ids = {page.resolve(): read_page(page).ids for page in (site / "code").rglob("*.html")}
    for file in FILES:
        page = site / code_page(file)
        for link in read_page(page).links:
            path, _, line = link.partition("#")
            if line:
                assert line in ids[(page.parent / path).resolve()]
    text = (site / code_page(MEASURES)).read_text(encoding="utf-8")
    found = re.search(r'experiment\.html#L(\d+)">Experiment</a>', text)
    lines = (MEASURES.parent / "experiment.py").read_text(encoding="utf-8").splitlines()
    assert lines[int(found[1]) - 1].startswith("class Experiment")


def test_what_a_package_passes_on_leads_to_the_file_that_defines_it(site):
    file = PACKAGE / "evaluation" / "sharpe.py"
    places = names_of(MEASURES.parent / "experiment.py").imported  # from portfolio_study.evaluation
    assert (
        places["sharpe_difference"]
        == f"code/evaluation/sharpe.html#L{definitions(file)['sharpe_difference']}"
    )


def test_a_name_is_a_link_once_and_members_of_modules_are_found(tmp_path):
    code = "X = Experiment\ndef f(a): return a < Experiment and study.Experiment\n"
    shown = linked(code, names_of(MEASURES), "../")
    assert shown.count("<a ") == 1 and "a &lt; Experiment and study.Experiment" in shown
    other = tmp_path / "own.py"
    other.write_text("from portfolio_study.studies.markowitz import measures as m\n\ny = m.CONTRASTS\n")
    names = names_of(other)
    assert "#L1" in names.imported["m"]
    assert re.search(r'm\.<a href="\.\./code/studies/markowitz/measures\.html#L\d+">CONTRASTS</a>', linked("m\ny = m.CONTRASTS", names, "../"))  # fmt: skip


def test_what_a_measure_asks_of_its_study_leads_to_the_method(site):
    text = (site / code_page(MEASURES)).read_text(encoding="utf-8")
    found = re.search(
        r'study\.<a href="[./]*code/studies/markowitz/experiment\.html#L(\d+)">compare</a>', text
    )
    lines = (MEASURES.parent / "experiment.py").read_text(encoding="utf-8").splitlines()
    assert lines[int(found[1]) - 1].startswith("    def compare(")
