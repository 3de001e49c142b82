"""Sentences beside the claims: which one is said, and what stands in it."""

import html

import nbformat
import pytest
import yaml
from docutils.core import publish_parts
from myst_nb.docutils_ import Parser

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules
from portfolio_study.ledger.records import make_record
from portfolio_study.ledger.words import (
    BRANCH,
    BRANCHES,
    Chosen,
    fill_page,
    in_page,
    record_lookup,
    say,
    says,
)
from portfolio_study.settings import project_root

ROOT = project_root()

RECORDS = {
    "toy.gain": make_record("toy.gain", 0.5, interval=(0.1, 0.9), n=20),
    "toy.loss.net": make_record("toy.loss.net", -0.5, interval=(-0.9, -0.1)),
    "toy.gap": make_record("toy.gap", 0.2, interval=(-0.4, 0.8)),
    "toy.holds": make_record("toy.holds", False),
    "toy.best": make_record("toy.best", "AXP"),
}
FIND = record_lookup("toy", RECORDS)
SENTENCES = {
    "holds": "Yes: {estimate:.1f}.",
    "fails": "No: {high:.1f}.",
    "open": "{low:.1f} to {high:.1f}, {best}.",
}


def row(**changes):
    return {
        "id": "toy-claim", "chapter": "toy", "reading": "corrected", "primary": True, "statement": "it rises",
        "value": 0.5, "interval": (0.0, 1.0), "n": 20, "p_value": 0.04, "detectable": 0.7, "unit": "percent", "weak": False,
        "paper_value": "1.2", "smallest_effect": 0.2, "reason": "no AXP", "verdict": rules.CANNOT_BE_TOLD,
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    "template, said",
    [
        ("{gain:.2f} [{gain.low:.1f}, {gain.high:.1f}], {gain.n}", "0.50 [0.1, 0.9], 20"),
        ("{loss.net:+.1f} of {best}", "-0.5 of AXP"),
        ("{gain:|up|down} {loss.net:|up|down}", "up down"),
        ("{gain:|up|down|either} {loss.net:|up|down|either} {gap:|up|down|either}", "up down either"),
        ("{holds:|true|false}", "false"),
        ("a {{brace}}", "a {brace}"),
    ],
)
def test_values_and_words_are_filled_in(template, said):
    assert say(template, FIND) == said


@pytest.mark.parametrize(
    "template", ["{unknown}", "{gain.colour}", "{holds.low}", "{gain:Q}", "{holds:|a|b|c}", "{gain:|a}"]
)
def test_what_cannot_be_filled_is_refused(template):
    with pytest.raises(LedgerError):
        say(template, FIND)


@pytest.mark.parametrize("verdict", rules.VERDICTS)
def test_every_verdict_has_a_branch(verdict):
    assert BRANCH[verdict] in BRANCHES


def test_each_branch_speaks_some_verdict():
    assert set(BRANCH.values()) == set(BRANCHES)


@pytest.mark.parametrize(
    "verdict, said",
    [
        (rules.HOLDS, "Yes: 0.5."),
        (rules.DOES_NOT_HOLD, "No: 1.0."),
        (rules.CANNOT_BE_TOLD, "0.0 to 1.0, AXP."),
        (rules.PROVEN, "Yes: 0.5."),
        (rules.TRUE_HERE, "Yes: 0.5."),
        (rules.NOT_REPRODUCED, "No: 1.0."),
        (rules.FALSE_HERE, "No: 1.0."),
        (rules.LACKS_DATA, "It rises: lacks data (no AXP)."),
        (rules.NOT_PRINTED, "It rises: not printed (no AXP)."),
        # without a sentence of their own these take the open one
        (rules.DEPENDS, "0.0 to 1.0, AXP."),
        (rules.NO_VERDICT, "0.0 to 1.0, AXP."),
    ],
)
def test_the_verdict_chooses_the_sentence(verdict, said):
    assert says(row(verdict=verdict), SENTENCES, RECORDS) == said


@pytest.mark.parametrize(
    "verdict, said",
    [
        (rules.DEPENDS, "On the reading."),
        (rules.NOT_DEFINED, "On the reading."),
        (rules.NO_VERDICT, "Beside other data 0.5 against 1.2."),
        (rules.LACKS_DATA, "Nobody has them."),
    ],
)
def test_a_branch_of_its_own_is_said(verdict, said):
    own = {
        "depends": "On the reading.",
        "shown": "Beside other data {estimate:.1f} against {paper}.",
        "lacks": "Nobody has them.",
    }
    assert says(row(verdict=verdict), SENTENCES | own, RECORDS) == said


def test_a_sentence_with_numbers_is_not_said_of_a_claim_that_was_not_measured():
    given = row(verdict=rules.NOT_DEFINED, value=None, interval=None)
    own = {"depends": "It gains {estimate:+.1f}."}
    assert says(given, own, RECORDS) == "It rises: not defined by the text (no AXP)."
    whole = given | {"statement": "It rises and falls."}
    assert says(whole, own, RECORDS) == "It rises and falls: not defined by the text (no AXP)."
    assert (
        says(given, {"depends": "By {never.measured:.1f}."}, RECORDS)
        == "It rises: not defined by the text (no AXP)."
    )
    assert says(given, {"depends": "Nobody says how."}, RECORDS) == "Nobody says how."


def test_a_verdict_without_a_sentence_is_refused_by_name():
    with pytest.raises(LedgerError, match="'toy-claim': the verdict 'erratum' has no sentence `fails`"):
        says(row(verdict=rules.ERRATUM), {"holds": "Yes."}, RECORDS)


def test_the_interval_in_the_sentence_is_the_one_that_decided():
    assert says(row(interval=(-3.0, 4.0)), SENTENCES, RECORDS).startswith("-3.0 to 4.0")


def filled(text, **rows):
    return fill_page(
        text, "toy", {"toy-claim": SENTENCES, "toy-found": "Gain {gain:.1f}."}, [row(**rows)], RECORDS,
        {"verdict": lambda row: f"<{row['verdict']}>", "settles": lambda row: "MORE", "card": lambda row: row["id"]},
        {"verdicts": lambda: "TABLE", "opening": lambda: "OPENING"},
        lambda rows: "+".join(row["id"] for row in rows),
    )  # fmt: skip


def test_a_page_is_filled_without_a_kernel():
    text = "{opening}\n* {says}`toy-claim`\n* {says}`toy-found` {verdict}`toy-claim`\n\n{verdicts}\n"
    assert filled(text) == "OPENING\n* 0.0 to 1.0, AXP.\n* Gain 0.5. <cannot be told>\n\nTABLE\n"
    more = "{settles}`toy-claim`\n\n{card}`toy-claim`\n\n{intervals}`toy-claim, toy-claim`\n"
    assert filled(more) == "MORE\n\ntoy-claim\n\ntoy-claim+toy-claim\n"


@pytest.mark.parametrize(
    "text, said",
    [
        ("{says}`toy-other`", "toy-other"),
        ("{verdict}`toy-found`", "toy-found"),
        ("{card}`toy-found`", "toy-found"),
        ("{intervals}`toy-claim, toy-other`", "toy-other"),
        ("{says}`toy-claim/as_published`", "as_published"),
    ],
)
def test_a_page_that_speaks_of_an_unknown_claim_is_refused(text, said):
    with pytest.raises(LedgerError, match=said):
        filled(text)


#: What a file may call an asset.
ODD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[here](javascript:alert(1))",
    "`{raw} html`",
    "{{ period }}",
    "```{raw} html\n<script>\n```",
    "$(x) a;b ../x",
    "$x$ *a* _b_ ^GSPC BRK-B & &lt; \\",
    "{cite}`x`",
    "](x) ![x](y)",
]


@pytest.mark.parametrize("name", ODD)
def test_a_name_from_the_data_stays_a_name_in_a_page(name):
    said = say(
        "For {actual.ticker} it is *so*.",
        record_lookup("arima", {"arima.actual.ticker": Named(name)}, text=in_page),
    )
    page = html_of(said)
    assert page.startswith("<p>For ") and page.endswith(" it is <em>so</em>.</p>")
    inside = page.removeprefix("<p>For ").removesuffix(" it is <em>so</em>.</p>")
    assert "<" not in inside and html.unescape(inside) == " ".join(name.split())


def test_words_agree_with_the_number_that_they_count():
    lookup = {"one": Chosen(1), "many": Chosen(1200), "none": Chosen(0)}.__getitem__
    assert say("{one:#stock} of {many:#stock}", lookup) == "1 stock of 1,200 stocks"
    assert say("{none:#series|series}, {one:#series|series}", lookup) == "0 series, 1 series"


def test_commands_in_a_text_of_the_study_are_code_and_all_else_stays_a_name():
    text = "No day is *new*. `make book END=` with [x](y) brings some `."
    said = {
        way: say("{state:code}", record_lookup("a", {"a.state": Named(text)}, text=way))
        for way in (str, in_page)
    }
    assert said[str] == text
    page = html_of(said[in_page])
    code = '<span class="docutils literal">make book END=</span>'
    assert page == f"<p>No day is *new*. {code} with [x](y) brings some `.</p>"


def test_a_page_and_a_live_notebook_write_the_same_name():
    records = {"arima.actual.ticker": Named("<b>")}
    sentences = {"finding": "It is {actual.ticker}."}
    page = fill_page("{says}`finding`", "arima", sentences, [], records, {}, {}, lambda rows: "")
    assert page == "It is \\<b\\>." and html_of(page) == "<p>It is &lt;b&gt;.</p>"
    assert say(sentences["finding"], record_lookup("arima", records)) == "It is <b>."


class Named:
    interval = None

    def __init__(self, value):
        self.value = value


def html_of(text):
    """What MyST makes of a text, with the extensions of the book."""
    extensions = yaml.safe_load((ROOT / "_config.yml").read_text())["parse"]["myst_enable_extensions"]
    settings = {"myst_enable_extensions": extensions, "report_level": 5, "_disable_config": True}
    notebook = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    return publish_parts(notebook, parser=Parser(), writer_name="html5", settings_overrides=settings)[
        "body"
    ].strip()
