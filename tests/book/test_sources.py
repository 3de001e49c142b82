"""The chapters as they are written: what a reader, a screen reader and the ledger rely on."""

import ast
import re
from itertools import pairwise

import pytest
import yaml

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.consistency import study_files
from portfolio_study.publishing.check_sources import STUDIES, check_book
from portfolio_study.publishing.layout import Layout, chapter_name
from portfolio_study.publishing.notebooks import read_chapter
from portfolio_study.publishing.profile_file import profile_names, read_profile
from portfolio_study.publishing.profiles import (
    RUN_PARAMETERS,
    RunRequest,
    chapter_parameters,
    complete,
    scaled_parameters,
)
from portfolio_study.yaml_text import read_yaml

LAYOUT = Layout.here()
PAGES = [read_chapter(page, LAYOUT.source(page)) for page in LAYOUT.pages()]
CHAPTERS = [page for page in PAGES if page.has_code and "ledger" not in page.parameters]
GLUE = re.compile(r"\{glue:(?:text|md)\}`([^`:]+?)(?::[^`]*)?`")


def ids(page):
    return page.name


def prose(page):
    return [cell.source for cell in page.notebook.cells if cell.cell_type == "markdown"]


def without_code(text):
    return re.sub(r"```.*?```|\$\$.*?\$\$", "", text, flags=re.DOTALL)


def claims(name):
    path = LAYOUT.book / "claims" / f"{name}.yml"
    return yaml.safe_load(path.read_text()) or [] if path.is_file() else []


@pytest.mark.parametrize("page", CHAPTERS, ids=ids)
def test_parameters_start_with_those_of_the_run(page):
    assert list(page.parameters)[:6] == list(RUN_PARAMETERS[:6])


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_cell_is_empty(page):
    for cell in page.notebook.cells:
        assert cell.source.strip(), f"{page.name} has an empty cell"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_headings_follow_in_order(page):
    text = without_code("\n\n".join(prose(page)))
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_figures_say_what_they_show(page):
    for cell in page.notebook.cells:
        drawn = cell.cell_type == "code" and "plt.show()" in cell.source
        settings = cell.metadata.get("mystnb", {})
        if drawn:
            assert len(settings.get("image", {}).get("alt", "")) > 20, (
                f"{page.name}: no alt text\n{cell.source}"
            )
            assert settings.get("figure", {}).get("caption"), f"{page.name}: no caption\n{cell.source}"
        if "plotly" in cell.source or "show_interactive(" in cell.source:
            assert cell.cell_type != "code" or "show_interactive(" not in cell.source or "alt=" in cell.source
        assert "savefig" not in cell.source and "MPLBACKEND" not in cell.source


def test_names_of_figures_are_unique():
    names = [
        cell.metadata["mystnb"]["figure"]["name"]
        for page in PAGES
        for cell in page.notebook.cells
        if "name" in cell.metadata.get("mystnb", {}).get("figure", {})
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", CHAPTERS, ids=ids)
def test_pasted_and_recorded_values_carry_the_prefix_of_their_chapter(page):
    for text in prose(page):
        for key in GLUE.findall(text):
            assert key.startswith(f"{page.name}."), f"{page.name} pastes {key}"


@pytest.mark.parametrize("page", CHAPTERS, ids=ids)
def test_anchors_of_claims_exist(page):
    anchors = set(re.findall(r"^\(([\w-]+)\)=$", "\n".join(prose(page)), re.MULTILINE))
    missing = {claim["anchor"] for claim in claims(page.name) if claim.get("anchor")} - anchors
    assert not missing


@pytest.mark.parametrize("page", CHAPTERS, ids=ids)
def test_chapter_ends_with_its_verdicts(page):
    if any(row.get("kind") != "finding" for row in claims(page.name)):
        assert "{verdicts}" in "\n".join(prose(page)).splitlines()
    if claims(page.name):
        assert any("study.measure()" in source for source, _ in page.code)


@pytest.mark.parametrize("page", CHAPTERS, ids=ids)
def test_what_would_settle_it_speaks_of_the_claim_whose_verdict_leads_the_page(page):
    text = "\n".join(prose(page))
    settled = re.findall(r"\*\*What would settle it\.\*\* \{settles\}`([\w-]+)`", text)
    assert settled in ([], re.findall(r"\{verdict\}`([\w-]+)`", text)[:1])


def test_no_sentence_says_that_a_count_which_may_be_one_have():
    """``{n:#has|have}`` speaks of one, too; or the count stands at the end."""
    plural = re.compile(r"\{\w+\.[\w.]+\} (?:of \{[\w.]+\} (?:\w+ )?)?have\b")
    said = load_ledger(LAYOUT.root).sentences().values()
    texts = [text for one in said for text in ([one] if isinstance(one, str) else one.values())]
    assert [text for text in texts if plural.search(text)] == []


def test_citations_exist():
    known = set(re.findall(r"^@\w+\{([^,\s]+),", (LAYOUT.book / "references.bib").read_text(), re.MULTILINE))
    for page in PAGES:
        assert_cited(known, "\n".join(prose(page)), page.name)
    for paper in load_ledger(LAYOUT.root).papers:
        assert_cited(known, paper.reference, f"paper {paper.id}")


def assert_cited(known, text, where):
    for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text):
        for key in group.split(","):
            assert key.strip() in known, f"{where} cites {key}"


def test_every_paper_with_claims_has_a_title():
    ledger = load_ledger(LAYOUT.root)
    assert {claim.paper for claim in ledger.claims} == {paper.id for paper in ledger.papers}


@pytest.mark.parametrize("profile", profile_names(LAYOUT))
def test_profiles_fit_the_chapters(profile):
    settings = complete(RunRequest(profile=profile), LAYOUT)
    for page in PAGES:  # an unknown name raises
        given = chapter_parameters(page, settings, {})
        assert given == scaled_parameters(page, settings)


@pytest.mark.parametrize("profile", profile_names(LAYOUT))
def test_profiles_name_written_chapters_only(profile):
    assert set(read_profile(LAYOUT, profile).chapters) <= {path.stem for path in LAYOUT.book.glob("*.md")}


def test_small_profile_scales_every_chapter():
    own = [page.name for page in CHAPTERS if set(page.parameters) - set(RUN_PARAMETERS)]
    in_front = {page.name for page in CHAPTERS if "smoke" in page.scale}
    assert set(own) <= set(read_profile(LAYOUT, "smoke").chapters) | in_front


def test_every_chapter_of_the_ledger_is_a_page_of_the_book():
    written = {path.stem for path in LAYOUT.book.glob("*.md")}
    assert {chapter_name(page) for page in LAYOUT.pages()} == written, "a page is missing in _toc.yml"
    assert {path.stem for path in (LAYOUT.book / "claims").glob("*.yml")} <= written


def test_pages_claims_and_measures_fit_together():
    check_book(PAGES, LAYOUT.root)


def test_contents_follow_the_order_of_the_front_matter():
    orders = [page.front["order"] for page in PAGES if page.front]
    assert orders == sorted(orders)


def test_samples_of_the_front_matter_are_known():
    samples = load_ledger(LAYOUT.root).samples
    for page in PAGES:
        assert page.front.get("sample") is None or page.front["sample"] in samples, page.name


#: Words that judge a result belong beside the claim, where the interval chooses them.
JUDGING = re.compile(
    r"no evidence|significantly|outperforms?|beats? |does better|is better than", re.IGNORECASE
)


@pytest.mark.parametrize("page", [p for p in CHAPTERS if p.front], ids=ids)
def test_results_are_judged_beside_their_claims_only(page):
    for path in study_files(STUDIES, page.name):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
                assert not JUDGING.search(text), f"{path.name}, line {node.lineno}: {text!r}"


#: The paper's window: a build may have another, so that only what is said of the paper may type it.
TYPED = re.compile(r"\b(?:50|fifty)(?:-day| days| returns| log returns)\b", re.IGNORECASE)
OF_THE_PAPER = re.compile(r"paper|text (?:says|has|itself)|\"", re.IGNORECASE)


def typed_windows(text):
    """Sentences of ours that type the paper's window as if it were that of the build."""
    return [
        part
        for part in re.split(r"(?<=[.?]) |\n", text)
        if TYPED.search(part) and not OF_THE_PAPER.search(part)
    ]


@pytest.mark.parametrize("page", [p for p in CHAPTERS if p.front], ids=ids)
def test_no_label_and_no_sentence_types_a_window_that_a_build_may_change(page):
    assert not typed_windows("\n".join(prose(page)))
    for row in claims(page.name):
        own = [row.get("unit"), (row.get("materiality") or {}).get("text")]
        own += [reading.get("note") for reading in (row.get("readings") or {}).values()]
        said = row.get("says") or {}
        own += said.values() if isinstance(said, dict) else [said]
        assert not typed_windows("\n".join(filter(None, own))), row.get("id")
    if page.name == "since":
        return  # its code is frozen, with the window that it was frozen with
    for path in study_files(STUDIES, page.name):
        tree = ast.parse(path.read_text())
        documented = {
            id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                assert not typed_windows(node.value), f"{path.name}, line {node.lineno}: {node.value!r}"


SPELLED = {
    "minimum-variance-001-commod-half": "about half",
    "minimum-variance-002-three-quarters": "about three-fourths",
}
"""Numbers that a text writes in letters: how they stand there."""


def stands_in(number, words):
    """Whether a number stands in a text digit for digit, and not inside a longer one."""
    return re.search(rf"(?<![\d.\-]){re.escape(number)}(?!\d|\.\d)", words) is not None


def test_every_printed_number_stands_digit_for_digit_in_its_words():
    """A trailing zero is a digit: without it the band of rounding is ten times too wide."""
    numbers = {c.id: c for c in load_ledger(LAYOUT.root).claims if c.kind == "number"}
    assert set(SPELLED) <= set(numbers)
    for name, claim in numbers.items():
        words, printed = claim.text["words"], claim.paper_value.lstrip("<")
        if name in SPELLED:
            assert SPELLED[name] in words and not stands_in(printed, words), name
        else:
            assert stands_in(printed, words), f"{name}: {printed!r} does not stand in {words!r}"


@pytest.mark.parametrize("number", ["0.085", "0.08", "850", "0.0850", "-0.0850"])
def test_a_shortened_number_does_not_stand_in_the_words(number):
    assert stands_in(number, "mu = 0.0850, 12") is (number == "0.0850")


@pytest.mark.parametrize("path", sorted(LAYOUT.book.rglob("*.yml")), ids=lambda path: path.name)
def test_every_file_of_rows_can_be_read(path):
    assert read_yaml(path, LedgerError)
