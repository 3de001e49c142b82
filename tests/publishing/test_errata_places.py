"""Errata and the sections that deal with them lead to each other."""

import pytest

from portfolio_study.errors import BuildError
from portfolio_study.ledger.claims import Erratum, load_ledger
from portfolio_study.publishing.errata_places import check_places, errata_line, find_places
from portfolio_study.publishing.layout import Layout

PAGE = """# A chapter

```{code-cell} ipython3
# a comment, which is no heading
```

(the_Filter)=
## The filter of $x$

{errata}`F1, F-two`

text

(proof)=
**Proof.** So it is.

{errata}`F3`
"""
F1 = Erratum("F1", "000", "toy", "(4) & (5)", "p", "c", "e")
OTHERS = [
    Erratum("F-two", "000", "toy", "w", "p", "c", "e", list="misprint"),
    Erratum("F3", "000", "toy", "w", "p", "c", "e"),
]


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "toy.md"
    path.write_text(PAGE)
    return path


def test_a_line_names_the_section_that_deals_with_an_erratum(page):
    assert find_places("toy", page) == {
        "F1": {"where": "toy#the-filter", "section": "The filter of x"},
        "F-two": {"where": "toy#the-filter", "section": "The filter of x"},
        "F3": {"where": "toy#proof", "section": "The filter of x"},
    }


def test_the_line_becomes_links_to_the_rows(page):
    html = errata_line("F1, F-two", [F1, *OTHERS])
    assert (
        'erratum <a href="errata.html#F1">F1</a> ((4) &amp; (5)); misprint <a href="errata.html#F-two">'
        in html
    )


@pytest.mark.parametrize(
    "text, errata, words",
    [
        ("# A\n\n{errata}`F1`\n", [F1], "line 3.*without a label"),
        (f"{PAGE}\n{{errata}}`F1`\n", [F1, *OTHERS], "line 19.*'F1' is named twice"),
        (PAGE, OTHERS, "'F1', which does not exist"),
        (
            PAGE,
            [Erratum("F1", "000", "else", "w", "p", "c", "e")],
            "'F1', which belongs to the chapter 'else'",
        ),
    ],
)
def test_a_line_that_names_what_is_not_there_is_refused(page, text, errata, words):
    page.write_text(text)
    with pytest.raises(BuildError, match=words):
        check_places({"toy": page}, errata)


def test_every_erratum_of_the_book_has_a_section():
    layout = Layout.here()
    ledger = load_ledger(layout.root)
    chapters = {page.rpartition("/")[2]: layout.source(page) for page in layout.pages()}
    found = {
        name: place
        for chapter, path in chapters.items()
        for name, place in find_places(chapter, path).items()
    }
    assert set(found) == {erratum.id for erratum in ledger.errata}
    assert found["F24"]["where"] == "bayesian_multi_period#bayesian-exits"
