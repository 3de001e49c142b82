"""What the staging step writes into a page: the opening under the title, and blocks of HTML."""

import nbformat

from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.claims import Ledger, Paper
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.publishing.fill import in_the_reference, name_parts, opening, raw

ROW = {
    "paper": "000", "chapter": "toy_one", "group": "g", "counts": True, "verdict": "cannot be told", "check": "robustness",
}  # fmt: skip


def ledger(*papers):
    return Ledger((), (), {}, {}, papers=papers)


def test_the_opening_names_the_text_and_counts_each_kind_of_check_apart():
    rows = [
        ROW,
        ROW | {"group": "h", "verdict": "lacks data", "check": ""},
        ROW | {"group": "i", "verdict": "proven", "check": "mathematical check"},
    ]
    paper = Paper("000", "Title", "A < B, *On portfolios* {cite:p}`key`")
    html = opening(rows, ledger(paper, Paper("001", "Another")))
    assert "Text 000: A &lt; B, <em>On portfolios</em><br>" in html and "Another" not in html
    assert "<strong>Robustness:</strong> ≈&nbsp;1 cannot be told" in html
    assert "<strong>Mathematical check:</strong> ✔&nbsp;1 proven" in html
    assert "<strong>Not judged:</strong> –&nbsp;1 lacks data" in html
    assert 'href="#toy-one-verdicts"' in html
    assert "(whole statements: claims of one table or sentence count once;" in html
    assert '<a href="#take-away">Take it away</a>' in html


def test_a_chapter_without_judged_claims_has_no_tally():
    assert "-verdicts" not in opening([], ledger())


def test_a_fold_is_named_by_the_table_in_it():
    long = "Errors of one-step forecasts, " + "log return per day, " * 6
    cells = []
    for caption in ("Errors & gains", long, None):
        cell = nbformat.v4.new_code_cell(metadata={"tags": ["hide-output"]})
        metadata = {"text/html": {TABLE_METADATA: {"caption": caption, "csv": ""}}} if caption else {}
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": "<table>"}, metadata=metadata)]
        name_parts(cell)
        cells.append(cell.metadata["mystnb"]["code_prompt_show"])
    assert cells[0] == "Table: Errors & gains" and cells[2] == "Show the table"
    assert cells[1].startswith("Table: Errors of one-step forecasts, log") and cells[1].endswith(" …")
    assert len(cells[1]) < 100


def test_no_word_ends_a_block_of_html():
    assert raw("a ``` b").count("```") == 2


def test_a_chapter_says_what_the_reference_run_found_where_this_build_differs():
    row = {
        "id": "toy-a",
        "headline": True,
        "primary": True,
        "sentence": "Nothing.",
        "verdict": "holds",
        "value": 1.0,
        "interval": [0.5, 1.5],
        "weak": False,
    }
    reference = {"verdicts": [row | {"sentence": "A gain of $\\phi$.", "verdict": "does not hold"}]}
    found = in_the_reference([row], reference)
    assert "does not hold" in found and "A gain of φ." in found and "reference run" in found
    assert in_the_reference([row], {"verdicts": [row]}) == in_the_reference([row], None) == ""
    main = row | {"id": "toy-b", "headline": "main", "sentence": "Other."}
    both = {"verdicts": [*reference["verdicts"], main | {"sentence": "The main one.", "value": 2.0}]}
    assert "The main one." in in_the_reference([row, main], both)
    worded = {"verdicts": [row | {"sentence": "Nothing at all."}]}  # by other words, the same was found
    assert in_the_reference([row], worded) == ""


def test_an_interactive_figure_has_a_numbered_caption_as_a_picture_has():
    about = {"name": "fig-toy-lines", "caption": "Lines of {x}.", "alt": "Two lines"}
    own = '<figure class="interactive"><div>drawn</div><figcaption>Lines</figcaption></figure>'
    drawn, picture = (nbformat.v4.new_code_cell() for _ in range(2))
    drawn.outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/html": own}, metadata={"text/html": {FIGURE_METADATA: about}}
        )
    ]
    picture.outputs = [
        nbformat.v4.new_output("display_data", {"image/png": ""}, metadata={FIGURE_METADATA: about})
    ]
    for cell in (drawn, picture):
        name_parts(cell)
        assert cell.metadata["mystnb"]["figure"] == {"caption": about["caption"], "name": about["name"]}
    assert drawn.outputs[0]["data"]["text/html"] == '<figure class="interactive"><div>drawn</div></figure>'
    assert picture.metadata["mystnb"]["image"] == {"alt": "Two lines"}
