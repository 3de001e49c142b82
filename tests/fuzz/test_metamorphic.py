"""A price table written in many ways is read as the same table or refused by the name of the way.

``make fuzz`` does the same with thousands of files.
"""

from dataclasses import replace

import cases
import pytest
from cases import EQUAL, REFUSED, SILENT, TRACEBACK, UNNAMED, WRONG, Case, difference, draw, judge, singles
from catalogue import DEVIATIONS
from deviations import READ, REFUSE
from run import PAIRS_READ, share_of_pairs
from writing import Plan, tables, write

from portfolio_study.errors import DataError

PAIRS = 120


def by_name(name, layout="wide"):
    return Case(layout, tuple(d for d in DEVIATIONS if f"{d.dimension} ({d.name})" == name))


def alternating():
    """Every deviation once, in the two plain layouts by turns where it fits both."""
    for number, deviation in enumerate(DEVIATIONS):
        fits = cases.layouts(deviation)
        yield Case(fits[number % len(fits)], (deviation,))


@pytest.mark.slow
@pytest.mark.parametrize("case", list(alternating()), ids=str)
def test_one_deviation(case, tmp_path):
    outcome = judge(case, tmp_path / "case")
    assert outcome.right, f"must be: {case.answer}; {outcome.end}: {outcome.text}"


@pytest.mark.slow
def test_two_deviations_at_once(tmp_path):
    first = len(singles())
    outcomes = [judge(draw(7, number), tmp_path / "case") for number in range(first, first + PAIRS)]
    wrong = [f"{o.case}: must be: {o.case.answer}; {o.end}: {o.text[:200]}" for o in outcomes if not o.right]
    assert not wrong, "\n".join(wrong)
    read, pairs = share_of_pairs(outcomes)
    assert pairs > PAIRS / 5 and read >= PAIRS_READ * pairs


def test_cases_depend_on_seed_and_number_only():
    numbers = range(len(singles()), len(singles()) + 50)
    assert [str(draw(3, n)) for n in numbers] == [str(draw(3, n)) for n in numbers]
    assert [str(draw(3, n)) for n in numbers] != [str(draw(4, n)) for n in numbers]
    assert len({str(draw(3, n)) for n in numbers}) > 45


def test_a_case_is_the_same_file_every_time(tmp_path):
    case = draw(3, len(singles()) + 11)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = write(case.plan, tmp_path / "a"), write(case.plan, tmp_path / "b")
    assert one.name == two.name and one.read_bytes() == two.read_bytes()


def test_every_answer_and_many_dimensions_are_drawn():
    assert len({d.dimension for d in DEVIATIONS}) >= 25
    assert {d.answer for d in DEVIATIONS} == {"read", "refuse", "either"}
    assert len({(d.dimension, d.name) for d in DEVIATIONS}) == len(DEVIATIONS)
    assert {d.dimension for n in range(len(singles()), 1500) for d in draw(1, n).deviations} == {
        d.dimension for d in DEVIATIONS
    }


class Loaded:
    """What a loader might return."""

    def __init__(self, close, notes=()):
        self.close, self.ohlcv = close, None
        self.manifest = {"notes": list(notes)}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t * (1 + 1e-11),
        lambda t: t.iloc[1:],
        lambda t: t.shift(1, freq="D"),
        lambda t: t.rename(columns={"AAA": "A"}),
        lambda t: t[["AAA", "BBB"]],
        lambda t: t.assign(more=1.0),
        lambda t: t.set_axis(["BBB", "AAA", "CCC"], axis=1),
        lambda t: t.assign(BBB=t["BBB"].mask(t.index == t.index[5])),
    ],
)
def test_another_table_is_noticed(monkeypatch, tmp_path, spoil):
    table = tables(Plan())["adj_close"]
    assert difference(Loaded(table[["CCC", "AAA", "BBB"]]), Plan()) == ""
    assert difference(Loaded(spoil(table)), Plan())
    monkeypatch.setattr(cases, "load_prices", lambda *args, **kwargs: Loaded(spoil(table)))
    outcome = judge(by_name("delimiter (semicolon)"), tmp_path / "case")
    assert outcome.end == WRONG and not outcome.right


def test_other_wrong_ends_are_noticed(monkeypatch, tmp_path):
    def end(error=None, name="delimiter (semicolon)", notes=()):
        def loader(*args, **kwargs):
            if error:
                raise error
            return Loaded(tables(case.plan)["adj_close"], notes)

        case = by_name(name)
        monkeypatch.setattr(cases, "load_prices", loader)
        monkeypatch.setattr(cases, "quality_report", lambda prices: FakeReport())
        outcome = judge(case, tmp_path / "case")
        return outcome.end, outcome.right

    assert end() == (EQUAL, True)
    assert end(KeyError("Date")) == (TRACEBACK, False)
    assert end(DataError("something is wrong")) == (UNNAMED, False)
    assert end(DataError("there are semicolons")) == (REFUSED, False)  # alone, it must be read
    assert end(DataError("there are tabs"), "suffix (tsv)") == (UNNAMED, False)
    assert end(DataError("must end in one of .csv"), "suffix (tsv)") == (REFUSED, True)
    assert end(None, "extra columns (year)") == (EQUAL, False)
    assert end(None, "unit (100 times from the middle)") == (SILENT, False)
    assert end(None, "unit (100 times from the middle)", ["a factor of 100"]) == (EQUAL, True)


class FakeReport:
    def table(self):
        return tables(Plan())["close"].iloc[:0]


def test_a_pair_may_be_refused_but_only_by_name():
    one, two = by_name("delimiter (semicolon)").deviations + by_name("preamble (title)").deviations
    pair = Case("wide", (one, two))
    assert pair.answer == READ
    assert cases.Outcome(pair, REFUSED, "").right and not cases.Outcome(pair, UNNAMED, "").right
    refused = replace(two, answer=REFUSE)
    assert Case("wide", (one, refused)).answer == REFUSE
    assert not cases.Outcome(Case("wide", (one, refused)), EQUAL, "").right
