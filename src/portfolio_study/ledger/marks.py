"""The look of a verdict, in one place: symbol, colour, plain answer and meaning of each."""

import html
from dataclasses import dataclass
from urllib.parse import quote_plus

from portfolio_study.ledger import rules


@dataclass(frozen=True)
class Mark:
    """How a verdict looks, wherever it stands.

    Attributes
    ----------
    style : str
        Class of the badge, ``verdict-<style>`` in the style sheet.
    symbol : str
        Shape that reads without colour.
    answer : str
        Plain answer to "is it so?"; empty where the verdict itself is one.
    meaning : str
        One line of the legend.
    """

    style: str
    symbol: str
    answer: str
    meaning: str


MARKS = {
    rules.REPRODUCED: Mark("reproduced", "✔", "Yes", "a number: ours agrees on the paper's own data"),
    rules.NOT_REPRODUCED: Mark("fails", "✘", "No", "a number: ours differs on the paper's own data"),
    rules.HOLDS: Mark(
        "direction",
        "↑",
        "Yes",
        "a direction: the effect has the paper's sign, beyond sampling error where there is any",
    ),
    rules.DOES_NOT_HOLD: Mark(
        "fails", "✘", "No", "a direction: the data rule out an effect of the paper's sign that would matter"
    ),
    rules.CANNOT_BE_TOLD: Mark(
        "open", "≈", "", "the data cannot tell; test too weak where they could not have answered no"
    ),
    rules.TRUE_HERE: Mark(
        "direction", "↑", "Yes", "a statement about a sample, true on samples of the paper's kind"
    ),
    rules.FALSE_HERE: Mark("fails", "✘", "No", "a statement about a sample, false on them"),
    rules.PROVEN: Mark("reproduced", "✔", "Yes", "mathematics: the argument stands on the page"),
    rules.CHECKED: Mark("reproduced", "✓", "Yes", "mathematics: no counterexample was found"),
    rules.ERRATUM: Mark("erratum", "≠", "No", "mathematics: a counterexample and the correction are given"),
    rules.DEPENDS: Mark("open", "⇄", "", "the text can be read in two ways, and they have different answers"),
    rules.NOT_DEFINED: Mark(
        "untestable", "?", "", "not testable: the text does not say what would have to be computed"
    ),
    rules.LACKS_DATA: Mark(
        "untestable", "–", "", "needs data that this build does not have; the row says which and who has them"
    ),
    rules.NOT_PRINTED: Mark("untestable", "–", "", "the text does not print what would have to be checked"),
    rules.NO_VERDICT: Mark(
        "untestable", "○", "", "a setting, a definition or an opinion; or a printed number beside other data"
    ),
}

#: Colour of each style in pictures: those of Okabe and Ito, as in the style sheet.
COLOURS = {
    "reproduced": "#009e73",
    "direction": "#0072b2",
    "fails": "#d55e00",
    "open": "#8a6d00",
    "erratum": "#aa4880",
    "untestable": "#777777",
}


def answer(verdict: str, weak: bool = False) -> str:
    """The verdict as an answer: ``"No: does not hold"``, ``"Cannot be told: test too weak"``.

    Parameters
    ----------
    verdict : str
    weak : bool
        Whether the test could not have answered no; said only where it cannot be told.
    """
    words = f"{MARKS[verdict].answer}: {verdict}" if MARKS[verdict].answer else verdict.capitalize()
    return f"{words}: test too weak" if weak and verdict == rules.CANNOT_BE_TOLD else words


def badge(verdict: str, weak: bool = False) -> str:
    """HTML of a verdict: symbol, plain answer and colour; a test that could not have answered no says so."""
    mark = MARKS[verdict]
    return f'<span class="verdict verdict-{mark.style}">{mark.symbol}&nbsp;{html.escape(answer(verdict, weak))}</span>'


def legend(page: str = "") -> str:
    """What each verdict means, with its badge.

    Parameters
    ----------
    page : str
        Page of the ledger, to whose claims of that verdict each badge leads; empty: to none.
    """

    def led(verdict: str) -> str:
        shown = badge(verdict)
        return f'<a href="{page}?verdict={quote_plus(verdict)}">{shown}</a>' if page else shown

    items = "".join(f"<li>{led(verdict)} {html.escape(mark.meaning)}</li>" for verdict, mark in MARKS.items())
    return f'<ul class="verdict-legend">{items}</ul>'
