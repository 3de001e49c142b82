"""Pages about the library and the measures, made from their sources."""

import re

import pytest
from docutils.core import publish_doctree
from toy import ROOT

from portfolio_study.errors import UnknownNameError
from portfolio_study.ledger.citation import Citation
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.sources import file_name, measure_place
from portfolio_study.publishing.api_pages import api_index, api_package, measures_page, packages, source_link
from portfolio_study.publishing.check_sources import STUDIES
from portfolio_study.publishing.layout import Layout

PLAIN = source_link(None, "")


def test_every_public_object_has_its_anchor_and_its_page():
    index = api_index()
    for package, module in packages().items():
        page = api_package(package, PLAIN)
        for name in module.__all__:
            full = f"portfolio_study.{package}.{name}"
            assert f'<tr id="{full}">' in index and f"api_{package}.html#{full}" in index
            assert re.search(
                rf"^\.\. py:\w+:: {re.escape(name)}\b.*\n   :module: portfolio_study\.{package}$",
                page,
                re.MULTILINE,
            )
        assert f"book/api_{package}" in Layout.here().pages()


def test_formulas_of_the_index_are_set_like_those_of_a_page():
    index = api_index()
    assert r'<span class="math notranslate nohighlight">\(\sqrt{w&#x27;\Sigma w}\)</span>' in index
    assert "sqrt{" not in re.sub(r"<span class=\"math.*?</span>", "", index)


def test_a_function_shows_equation_parameters_errors_example_and_source():
    page = api_package("allocation", PLAIN)
    block = page.split(".. py:function:: minimum_variance(")[1].split(".. py:function::")[0]
    assert (
        block.startswith("cov, ") and ":math:`" in block and ":Parameters:" in block and ":Raises:" in block
    )
    assert "src/portfolio_study/allocation/minimum_variance.py, line " in block
    assert re.findall(r'href="([^"#]*)#L\d+"', block) == ["../code/allocation/minimum_variance.html"]
    assert ">>> " in page and "<function" not in page and " object at 0x" not in page
    linked = api_package(
        "allocation", source_link(Citation("t", "1", "MIT", ("A",), "https://x.org/r"), "abc")
    )
    assert re.search(
        r'href="https://x.org/r/blob/abc/src/portfolio_study/allocation/minimum_variance\.py#L\d+"', linked
    )


def test_a_constant_says_what_it_is_and_a_letter_with_a_point_is_no_list():
    index, page = api_index(), api_package("allocation", PLAIN)
    assert "<td>Where load_prices can take prices from.</td>" in index and "Constant." not in index
    assert (
        "All covariance-based portfolio rules by name, in the order of the decision tree. A dict of " in page
    )
    assert r"**observations** (*int*) -- T\." in page


def test_an_unknown_package_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'allocation'"):
        api_package("alocation", PLAIN)


def test_every_measure_of_a_claim_has_its_anchor_and_its_code():
    chapters = {path.stem: path.stem for path in (ROOT / "book" / "claims").glob("*.yml")}
    claims = load_ledger(ROOT).claims
    keys = [reading.measured_by for claim in claims for reading in claim.readings.values()]
    page = measures_page(STUDIES, chapters, keys, PLAIN)
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors)) and set(keys) <= set(anchors)
    assert any("*" in key for key in anchors)  # a table of which only the run knows the keys
    for key in keys:  # the ledger and this page name one line: that of the function
        place = measure_place(key)
        address = f"../code/{file_name(place).removesuffix('.py')}.html#L{place.line}"
        assert f'<a href="{address}">src/portfolio_study/{file_name(place)}, line {place.line}</a>' in page
        assert (
            place.file.read_text(encoding="utf-8")
            .splitlines()[place.line - 1]
            .startswith(f"def {place.function}(")
        )


def test_parts_of_docstrings_are_valid_text():
    from portfolio_study.publishing.api_pages import _docstring

    text = _docstring(packages()["evaluation"].backtest)
    tree = publish_doctree(text, settings_overrides={"report_level": 5})
    assert "Alignment" in tree.astext()
