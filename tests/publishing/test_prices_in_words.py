"""Assets and dates that prose names come from the files that decide them."""

import pytest
from toy import ROOT

from portfolio_study.errors import UnknownNameError
from portfolio_study.publishing.prices_in_words import prices_in_words

DATA = {
    "tickers": ["A", "B"],
    "first": "2014-01-02",
    "last": "2015-03-13",
    "frequency": "monthly",
    "vendor": "unknown",
    "universe": "custom",
}


def told(text, data=None):
    return prices_in_words(text, "arima", data, ROOT)


def test_samples_histories_universes_and_the_build_are_known():
    assert (
        told("{assets}`dow20-paper` from {dates}`dow20-paper`") == "20 from 4 January 2010 to 28 March 2024"
    )
    assert told("{dates}`sp500-long`") == "2 January 1990 to 28 December 2022"
    assert told("{assets}`us20`: {dates}`us20`") == "20: January 2010 to December 2022"
    assert told("{assets}`french12`: {dates}`french12`") == "12: December 1948 to March 2017"
    assert told("{assets}`build`: {dates}`build`", DATA) == "2: 2 January 2014 to 13 March 2015"
    assert told("{period}`build`", DATA) == "month"
    assert told("no role: {glue:text}`x`") == "no role: {glue:text}`x`"


@pytest.mark.parametrize(
    ("universe", "vendor", "words"),
    [
        ("us20", "yahoo", "chosen with hindsight"),
        ("dow20", "unknown", "chosen with hindsight"),  # from a file of the reader
        ("french12", "french", "with the data of their time"),
        ("french_industry10_equal", "french", "with the data of their time"),  # warns of something else
        ("custom", "synthetic", "simulated"),
        ("custom", "yahoo", "is not known"),
    ],
)
def test_how_the_assets_were_chosen_is_said_as_far_as_it_is_known(universe, vendor, words):
    assert words in told("{chosen}`build`", DATA | {"universe": universe, "vendor": vendor})


def test_in_a_run_of_the_papers_own_samples_a_chapter_has_its_own():
    data = {"histories": {"h": DATA}, "chapters": {"arima": {"prices": "h"}}}
    assert told("{assets}`build`", data) == "2"


@pytest.mark.parametrize(
    "text", ["{dates}`us2`", "{dates}`french_industry10`", "{assets}`build`", "{period}`us20`"]
)
def test_what_is_not_known_is_refused(text):
    with pytest.raises(UnknownNameError, match=text.split("`")[1]):
        told(text)


def test_the_prose_of_every_chapter_can_be_filled():
    for page in sorted((ROOT / "book").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        filled = prices_in_words(text, page.stem, DATA, ROOT)
        assert not any(role in filled for role in ("{assets}`", "{dates}`", "{period}`", "{chosen}`"))
