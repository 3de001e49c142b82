"""Pages, claims and measures that do not fit are refused before anything runs, with file and line."""

import json
from contextlib import suppress

import pytest
import yaml

from portfolio_study.errors import BuildError, LedgerError, UnknownNameError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.registration import register
from portfolio_study.publishing.check_sources import check_book
from portfolio_study.publishing.fill import fill
from portfolio_study.publishing.notebooks import read_chapter

MEASURES = """from portfolio_study.ledger import measure, measures

@measure("percent")
def gain(study):
    return 1.0

@measures({"best.name": 0, "best.value": 1})
def best(study):
    return {}
"""
PAPER = {"kind": "paper", "id": "000", "title": "A toy", "reference": "Nobody, *A toy*"}
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

    def write(page=PAGE, claim=CLAIM, measures=MEASURES, name="toy", others=(PAPER,)):
        for folder in ("book/claims", "studies/toy"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / "samples.yml").write_text(
            yaml.safe_dump({"samples": {}, "smallest_effects": {"sharpe": 0.2}})
        )
        (tmp_path / "book" / "errata.yml").write_text("[]")
        rows = [*others, claim]
        (tmp_path / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump(rows, sort_keys=False))
        (tmp_path / "studies" / "toy" / "measures.py").write_text(measures)
        path = tmp_path / "book" / f"{name}.md"
        path.write_text(page)
        registration = tmp_path / "book" / "registration.yml"
        registration.unlink(missing_ok=True)
        with suppress(LedgerError):  # the check says what is wrong with the claims
            register(tmp_path, load_ledger(tmp_path), "2026-01-01", "", "", "")
        return read_chapter(f"book/{name}", path)

    write.root, write.studies = tmp_path, tmp_path / "studies"
    return write


def test_a_book_that_fits_is_accepted(book):
    check_book([book()], book.root, book.studies)


def test_a_book_whose_registration_is_gone_is_refused(book):
    page = book()
    (book.root / "book" / "registration.yml").unlink()
    with pytest.raises(
        BuildError, match=r"registration\.yml is missing.*restore it.*portfolio_study register"
    ):
        check_book([page], book.root, book.studies)


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


def test_a_proof_stands_on_the_page(book):
    proven = {
        "id": "toy-sum", "paper": "000", "where": "(1)", "group": "m", "kind": "mathematical", "statement": "1 + 1 = 2",
        "proof": "toy-proof", "readings": {"as_published": {"measured_by": "gain", "test": "t.py::t"}},
    }  # fmt: skip
    others = (PAPER, proven)
    with pytest.raises(LedgerError, match=r"toy\.yml, line \d+: claim 'toy-sum'.*\(toy-proof\)="):
        check_book([book(others=others)], book.root, book.studies)
    check_book([book(PAGE.replace("# Toy", "(toy-proof)=\n# Toy"), others=others)], book.root, book.studies)


def test_an_erratum_that_is_not_there_is_refused_before_any_work(book):
    page = PAGE.replace("# Toy\n", "(toy)=\n# Toy\n\n{errata}`F1`\n")
    with pytest.raises(BuildError, match=r"toy\.md: the line \{errata\} names 'F1', which does not exist"):
        check_book([book(page)], book.root, book.studies)
    fault = {"kind": "erratum", "id": "F1", "paper": "000", "where": "Table 1", "problem": "p", "correct": "c",
             "evidence": "e", "materiality": {"text": "nothing"}}  # fmt: skip
    check_book([book(page, others=(PAPER, fault))], book.root, book.studies)


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
        (("title: Toy", "windows: {window: daily}"), r"toy\.md, line 4: `windows` must .*estimation"),
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
    assert fill(page, page.notebook, book.root, [], book.root) == page.notebook


def test_the_front_page_names_the_papers_with_their_chapters(book):
    book()
    (book.root / "_toc.yml").write_text("root: book/index\nchapters: [{file: book/toy}]\n")
    path = book.root / "book" / "index.md"
    path.write_text("# Index\n\n{papers}\n")
    index = read_chapter("book/index", path)
    filled = "\n".join(cell.source for cell in fill(index, index.notebook, path, [], book.root).cells)
    assert "* - 000\n  - Nobody, *A toy*\n  - [Toy](toy.md)\n" in filled


def test_a_chapter_of_a_paper_that_nothing_describes_is_refused(book):
    with pytest.raises(BuildError, match=r"toy\.md: .*kind `paper` with the id '000'"):
        check_book([book(others=())], book.root, book.studies)


def test_a_window_that_is_no_parameter_is_refused(book):
    page = book(page=PAGE.replace("title: Toy", "title: Toy, windows: {widow: estimation}"))
    with pytest.raises(BuildError, match="'widow', which is no parameter"):
        check_book([page], book.root, book.studies)


PARAMETERS = """```{code-cell} ipython3
:tags: [parameters]
window = 50
long = 1000
sizes = [3, 5]
```

```{code-cell} ipython3
study.measure()
"""


def test_prose_names_parameters_as_the_build_ran_them(book):
    page = PAGE.replace("```{code-cell} ipython3\nstudy.measure()\n", PARAMETERS)
    page = page.replace("{verdicts}", "Over {parameter}`window` of {parameter}`long`: {parameter}`sizes`.")
    page = page.replace("{says}`toy-gain` and {glue:text}`toy.gain:.2f`", "{glue:text}`toy.gain:.2f`")
    chapter = book(page=page)
    check_book([chapter], book.root, book.studies)
    executed = book.root / "toy.ipynb"
    executed.write_text(
        json.dumps({"cells": [], "metadata": {"portfolio_study": {"parameters": {"window": 20}}}})
    )
    filled = fill(chapter, chapter.notebook, executed, [], book.root)
    assert "Over 20 of 1,000: 3, 5." in "\n".join(cell.source for cell in filled.cells)
    with pytest.raises(UnknownNameError, match=r"toy\.md.*widow"):
        check_book([book(page=page.replace("`window`", "`widow`"))], book.root, book.studies)


def test_a_study_may_be_one_module(book):
    page = book()
    package = book.studies / "toy"
    (book.studies / "toy.py").write_text((package / "measures.py").read_text())
    (package / "measures.py").unlink()
    package.rmdir()
    check_book([page], book.root, book.studies)
    (book.studies / "toy.py").unlink()
    with pytest.raises(LedgerError, match=r"no study: write .*toy\.py, or a package"):
        check_book([page], book.root, book.studies)


ERRATUM = {
    "kind": "erratum", "id": "F-toy", "paper": "000", "where": "Table 1", "problem": "p", "correct": "c",
    "evidence": "e", "materiality": {"measured_by": "best.value", "text": "{value}"},
}  # fmt: skip


def test_an_erratum_stands_beside_the_claims(book):
    check_book([book(others=(PAPER, ERRATUM))], book.root, book.studies)
    (erratum,) = load_ledger(book.root).errata
    assert (erratum.chapter, erratum.materiality["measured_by"]) == ("toy", "toy.best.value")
    wrong = {**ERRATUM, "materiality": {"measured_by": "worst"}}
    with pytest.raises(LedgerError, match=r"toy\.yml, line \d+: erratum 'F-toy'.*'worst'"):
        check_book([book(others=(PAPER, wrong))], book.root, book.studies)


SAMPLE = {"universe": "toy", "vendor": "toy"}


@pytest.mark.parametrize(
    "rows, said",
    [
        ([{**PAPER, "id": 0}], "paper 0: id must be a text"),
        ([{**PAPER, "tilte": "x"}], "paper '000': unknown field 'tilte'"),
        ([PAPER, PAPER], "paper '000' stands twice"),
        ([{**PAPER, "samples": ["x"]}], "samples must be a mapping"),
        (
            [{**PAPER, "samples": {"s": SAMPLE}}, {**PAPER, "id": "001", "samples": {"s": SAMPLE}}],
            "paper '001': the sample 's' stands twice",
        ),
        ([{**ERRATUM, "plaec": "x"}], "erratum 'F-toy': unknown field 'plaec'"),
    ],
)
def test_a_wrong_row_of_a_paper_or_erratum_is_named(book, rows, said):
    book(others=rows)
    with pytest.raises(LedgerError, match=said):
        load_ledger(book.root)


def test_a_paper_brings_its_sample(book):
    needing = {**CLAIM, "needs": {"sample": "toy-sample"}}
    book(claim=needing, others=[{**PAPER, "samples": {"toy-sample": SAMPLE}}])
    assert load_ledger(book.root).samples["toy-sample"] == SAMPLE
    book(claim=needing)
    with pytest.raises(LedgerError, match="unknown sample 'toy-sample'"):
        load_ledger(book.root)


def test_two_claims_cannot_judge_the_same_words(book):
    said = {"lines": "17", "words": "inputs can be substantially improved"}
    first = without(CLAIM, id="toy-first", text=said)
    for second, same in (
        (without(CLAIM, text=said), True),
        (without(CLAIM, text={**said, "words": "inputs [...] improved"}), False),
        (without(CLAIM, text=said, readings={"also_asked": {"measured_by": "gain"}}), False),
        (without(CLAIM, text=said, kind="opinion", smallest_effect=None), False),
    ):
        page = book(claim={k: v for k, v in second.items() if v is not None}, others=(PAPER, first))
        if same:
            with pytest.raises(
                LedgerError, match="'toy-first' and 'toy-gain' judge the same words of paper 000"
            ):
                check_book([page], book.root, book.studies)
        else:
            check_book([page], book.root, book.studies)
