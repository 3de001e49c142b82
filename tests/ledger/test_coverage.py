"""Pages, claims and measures that do not fit are refused before anything runs, with file and line."""

import pytest
import yaml

from portfolio_study.errors import BuildError, LedgerError
from portfolio_study.publishing.fill import check_book, fill
from portfolio_study.publishing.notebooks import read_chapter

MEASURES = """from portfolio_study.ledger import measure, measures

@measure("percent")
def gain(study):
    return 1.0

@measures({"best.name": 0, "best.value": 1})
def best(study):
    return {}
"""
CLAIM = {
    "id": "toy-gain", "paper": "000", "where": "Table 1", "group": "g", "kind": "direction",
    "statement": "it gains", "smallest_effect": 0.0, "readings": {"corrected": {"measured_by": "gain"}},
    "says": {"holds": "{estimate:.1f} by {best.name}", "fails": "no {best.value}", "open": "{low:.1f}"},
}  # fmt: skip
PAGE = """---
jupytext: {notebook_metadata_filter: "study,scale"}
kernelspec: {display_name: Python 3, language: python, name: python3}
study: {paper: "000", order: 10, title: Toy}
---
# Toy

{says}`toy-gain` and {glue:text}`toy.gain:.2f`

```{code-cell} ipython3
study.measure()
```

{verdicts}
"""


@pytest.fixture
def book(tmp_path):
    """A function that writes a toy book and checks it."""

    def write(page=PAGE, claim=CLAIM, measures=MEASURES, name="toy"):
        for folder in ("book/claims", "studies/toy"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / "claims.yml").write_text(
            yaml.safe_dump({"samples": {}, "smallest_effects": {"sharpe": 0.2}})
        )
        (tmp_path / "book" / "errata.yml").write_text("[]")
        (tmp_path / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump([claim], sort_keys=False))
        (tmp_path / "studies" / "toy" / "measures.py").write_text(measures)
        path = tmp_path / "book" / f"{name}.md"
        path.write_text(page)
        return read_chapter(f"book/{name}", path)

    write.root, write.studies = tmp_path, tmp_path / "studies"
    return write


def test_a_book_that_fits_is_accepted(book):
    check_book([book()], book.root, book.studies)


def without(claim, **changes):
    return {**claim, **changes}


@pytest.mark.parametrize(
    "change, said",
    [
        (
            {"claim": without(CLAIM, readings={"corrected": {"measured_by": "gian"}})},
            r"toy\.yml, line \d+: .*'gian'",
        ),
        (
            {"claim": without(CLAIM, says={**CLAIM["says"], "open": "{worst.name}"})},
            r"toy\.yml, line \d+: .*worst",
        ),
        ({"page": PAGE.replace("toy.gain:", "toy.pain:")}, r"toy\.md, line 8: .*pain"),
        ({"page": PAGE.replace("{says}`toy-gain`", "{says}`toy-pain`")}, r"toy\.md, line 8: 'toy-pain'"),
        (
            {"measures": MEASURES + "\n@measure()\ndef idle(study):\n    return 1\n"},
            r"measures\.py, line 12: .*'idle'",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(book, change, said):
    with pytest.raises(LedgerError, match=said):
        check_book([book(**change)], book.root, book.studies)


def test_a_measure_that_serves_a_figure_is_used(book):
    more = "\n@measure()\ndef idle(study):\n    return 1\n\n@figure(caption='{idle}', alt='.')\ndef f(study):\n    return 1\n"
    check_book([book(measures=MEASURES + more)], book.root, book.studies)


def test_two_chapters_of_one_order_are_refused(book):
    first = book()
    second = book(name="other")
    with pytest.raises(BuildError, match=r"other\.md .*toy\.md .*order, 10"):
        check_book([first, second], book.root, book.studies)


@pytest.mark.parametrize(
    "change, said",
    [
        (("title: Toy", "tilte: Toy"), r"toy\.md, line 4: unknown field 'tilte'"),
        (("order: 10", 'order: "ten"'), "whole number"),
        (("study: {", "scale: [1]\nstudy: {"), "scale"),
    ],
)
def test_a_wrong_front_matter_is_refused_with_its_line(book, change, said):
    with pytest.raises(BuildError, match=said):
        book(page=PAGE.replace(*change))


def test_a_page_without_front_matter_is_left_as_it_is(book):
    page = book(page=PAGE.replace('study: {paper: "000", order: 10, title: Toy}\n', ""))
    check_book([page], book.root, book.studies)
    assert fill(page, "the notebook", book.root, [], book.root) == "the notebook"
