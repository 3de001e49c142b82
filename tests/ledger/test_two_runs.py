"""This build beside the reference run: what equals, what differs and why, and which number is whose."""

import pytest
from ledger_rows import ROW

from portfolio_study.ledger import listings, two_runs
from portfolio_study.ledger.marks import badge
from portfolio_study.ledger.tables import REFERENCE_RUN, THIS_BUILD, Beside, verdict_table

PROVEN = ROW | {
    "id": "toy-b",
    "paper": "003",
    "verdict": "proven",
    "check": "mathematical check",
    "group": "h",
}


def test_what_differs_from_the_reference_is_named():
    same = {"verdicts": [ROW, PROVEN], "run": {}}
    told = two_runs.build_against_reference([ROW, PROVEN], same)
    assert "Every verdict of this build (2)" in told and 'href="#compare"' in told
    equal = two_runs.comparison([ROW, PROVEN], same)
    assert (
        "Every verdict of this build (2)" in equal and "<table" not in equal
    )  # the front page has the main claims
    here = [ROW | {"verdict": "reproduced"}, PROVEN]
    assert "1 of 2 verdicts of this build equal" in two_runs.build_against_reference(here, same)
    told = two_runs.comparison(here, same).split("<details>")[1]
    assert 'toy.html#claim-toy-a"' in told and "claim-toy-b" not in told
    assert badge("cannot be told") in told and badge("reproduced") in told
    assert two_runs.build_against_reference([ROW], None) == ""
    assert "nothing to compare with" in two_runs.comparison([ROW], None)


def test_both_runs_have_a_column_of_their_own_with_verdict_and_number():
    other = ROW | {"value": 0.77, "interval": [0.7, 0.9], "verdict": "not reproduced"}
    there = {"verdicts": [other, PROVEN], "run": {}}
    table = two_runs.comparison([ROW, PROVEN], there)
    heads = table.index('col">Reference run'), table.index('col">This build')
    numbers = table.index("0.77 [0.70, 0.90]"), table.index("0.51 [0.40, 0.60]")
    assert heads[0] < heads[1] < numbers[0] < numbers[1]
    assert 'href="toy.html#claim-toy-a"' in table
    for name in ("Reference run", "This build", "What can be the reason"):  # on a phone a row is a card
        assert f'<td data-name="{name}">' in table
    gone = two_runs.comparison([PROVEN], there)  # the reference has a claim that the book has no more
    assert "Every verdict of this build (1)" in gone and "claim-toy-a" not in gone


def test_the_front_page_says_of_each_number_whose_it_is_and_leads_to_the_row_in_the_chapter():
    there = [ROW | {"value": 0.77, "interval": [0.7, 0.9], "sentence": "Found by the reference."}]
    html = listings.answers_table(there, [ROW | {"verdict": "reproduced"}])
    assert '<th scope="col">Reference run</th><th scope="col">This build</th>' in html
    theirs, ours = html.split('<td data-name="This build">')
    assert '<td data-name="Reference run">' in theirs and "0.77 [0.70, 0.90]" in theirs
    assert "0.51" not in theirs and "0.51 [0.40, 0.60]" in ours
    assert theirs.count('href="toy.html#claim-toy-a"') == ours.count('href="toy.html#claim-toy-a"') == 1
    assert badge("cannot be told") in theirs and badge("reproduced") in ours
    alone = listings.answers_table([ROW])
    assert '<td data-name="This build">' in alone and "eference" not in alone
    gone = listings.answers_table(there, [])
    assert "no such claim" in gone and "href" not in gone


def test_a_row_shows_the_other_run_where_it_differs_and_the_caption_says_the_rest():
    rest = ROW | {"id": "toy-c", "group": "c", "headline": False}
    other = Beside.of(REFERENCE_RUN, [ROW | {"verdict": "reproduced", "value": 0.5}, rest])
    html = verdict_table([ROW, rest], "Claims", beside=other)
    assert "Number in this build [interval that decides]" in html
    assert html.count('class="beside"') == 1
    assert "In the reference run: ✔&nbsp;reproduced, 0.50 [0.40, 0.60]" in html
    same = verdict_table([ROW], "Claims", beside=Beside.of(REFERENCE_RUN, [ROW]))
    assert "Claims. In the reference run: the same verdict and deciding number in every row</caption>" in same
    assert "the same verdict and deciding number where a row says nothing else</caption>" in html
    assert 'class="beside"' not in same
    gone = verdict_table([ROW], "Claims", beside=Beside.of(REFERENCE_RUN, []))
    assert '<small class="beside">In the reference run: no such claim</small>' in gone
    main = listings.headline_table([ROW], [ROW | {"verdict": "lacks data", "value": None, "interval": None}])
    assert "Number in the reference run" in main and f"In {THIS_BUILD}: –&nbsp;lacks data<" in main


def test_a_main_claim_names_the_family_of_its_whole_table():
    main = ROW | {"kind": "direction", "smallest_effect": 0.1, "paper_value": None}
    html = listings.headline_table([main, main | {"id": "toy-b", "headline": False}])
    assert "one of 2 contrasts: interval at the level 1 - .05/2" in html and "toy-b" not in html


PRINTED = ROW | {"id": "number", "verdict": "reproduced", "evidence": "paper data"}
SIGNED = ROW | {"id": "direction", "kind": "direction", "verdict": "holds", "evidence": "paper data"}
DERIVED = ROW | {"id": "maths", "kind": "mathematical", "verdict": "proven", "evidence": "no data needed"}
THERE = {"verdicts": [PRINTED, SIGNED, DERIVED], "run": {"profile": "paper"}}
HERE = [
    PRINTED | {"verdict": "no verdict", "evidence": "other data"},
    SIGNED | {"verdict": "cannot be told", "evidence": "other data"},
    DERIVED | {"verdict": "checked numerically"},
]


@pytest.mark.parametrize(
    "run, told",
    [
        (
            {"profile": "study"},
            [
                "1 cannot agree, because this build lacks the data that decide it: the paper's own, or others of that kind",
                "1 has the same data or needs none, so that only the scale (profile study instead of paper) can be",
                "1 is a statement that other data can answer, and here both the data and the scale (profile study",
                ">Scale</td>",
                ">This build lacks the data that decide it</td>",
                ">Other data or scale</td>",
            ],
        ),
        (
            {"profile": "paper", "reference_older": {"papers": ["toy"]}},
            ["and here the data differ. The code of 3 of them has changed since the reference, too."],
        ),
        (
            {"profile": "study", "reference_same_data": {"papers": True}},
            [
                "The data are those of the reference: only the scale (profile study instead of paper) can be the reason."
            ],
        ),
        (
            {
                "profile": "paper",
                "reference_same_data": {"papers": True},
                "reference_older": {"papers": ["toy"]},
            },
            ["Data and scale are those of the reference: the code has changed since.", ">Code</td>"],
        ),
    ],
)
def test_why_a_build_differs_from_the_reference_is_what_one_build_can_tell(run, told):
    html = two_runs.comparison(HERE, THERE, run)
    assert "0 of 3 verdicts of this build" in html
    for words in told:
        assert words in html
