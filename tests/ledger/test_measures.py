"""Measures declare their keys, are computed once, and are found without being imported."""

from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import Lacking, Measured, figure, measure, measures
from portfolio_study.ledger.measures import declared_in, find_measures, record_of


class Toy(SimpleNamespace):
    """A study without prices."""

    chapter, own_data = "toy", "prices"

    def __init__(self, **values):
        super().__init__(calls=[], done={}, **values)

    def once(self, function):
        if function not in self.done:
            self.calls.append(function.__name__)
            self.done[function] = function(self)
        return self.done[function]

    def sample(self, data=None):
        return {"data": data or self.own_data}

    def words(self, text):
        return text.format(period="week")


@dataclass
class Estimate:
    estimate: float = -0.25
    se: float = 0.1
    interval: tuple = (-0.45, -0.05)
    p_value: float = 0.01
    n: int = 40
    detectable: float = 0.28


def module(source, name="toy_measures"):
    made = ModuleType(name)
    exec(compile("from portfolio_study.ledger import *\n" + source, name, "exec"), made.__dict__)
    return made


def test_a_measure_is_computed_once_however_often_it_is_called():
    @measure("percent")
    def gap(study):
        return 2.5

    study = Toy()
    assert gap(study) == gap(study) == 2.5
    assert gap.declared.values(study) == {"gap": 2.5}
    assert study.calls == ["gap"]


def test_an_estimate_becomes_a_record_with_its_error_unit_and_data():
    @measure("basis points a {period}", key="gain.net", data="index")
    def gain(study):
        return Estimate()

    study = Toy()
    made = record_of("gain.net", gain(study), gain.declared, study)
    assert (made.key, made.value, made.unit) == ("toy.gain.net", -0.25, "basis points a week")
    assert (made.interval, made.se, made.n, made.detectable) == ((-0.45, -0.05), 0.1, 40, 0.28)
    assert made.sample == {"data": "index"}


@pytest.mark.parametrize(
    "value, kind", [(np.float64(1.5), float), (np.int64(3), int), (np.bool_(True), bool)]
)
def test_plain_values_become_plain_records(value, kind):
    @measure(data=None)
    def thing(study):
        return value

    made = record_of("thing", thing(Toy()), thing.declared, Toy())
    assert type(made.value) is kind and made.value == value and made.sample is None


def test_a_measured_value_may_have_its_own_unit_and_data():
    @measures(["a", "b"], "days")
    def table(study):
        return {"a": Measured(1.0, unit="weeks", data=None), "b": Measured(2.0)}

    found = table.declared.values(Toy())
    first, second = (record_of(key, found[key], table.declared, Toy()) for key in "ab")
    assert (first.unit, first.sample) == ("weeks", None)
    assert (second.unit, second.sample) == ("days", {"data": "prices"})


def test_what_the_data_lack_is_not_recorded():
    @measure()
    def absent(study):
        return None

    @measures(["there", "absent"])
    def table(study):
        return {"there": 1.0, "absent": None}

    assert absent.declared.values(Toy()) == {}
    assert table.declared.values(Toy()) == {"there": 1.0}


@pytest.mark.parametrize("returned, said", [({"a": 1.0, "z": 2.0}, "'z'"), ({}, "'a'")])
def test_a_table_returns_the_keys_that_it_declares(returned, said):
    @measures(["a", "rmse.*"])
    def table(study):
        return returned

    with pytest.raises(LedgerError, match=said):
        table.declared.values(Toy())


def test_a_key_of_the_run_is_covered_by_its_pattern():
    @measures(["rmse.*"])
    def table(study):
        return {"rmse.BRK.B": 0.1, "rmse.AXP": 0.2}

    assert table.declared.values(Toy()) == {"rmse.BRK.B": 0.1, "rmse.AXP": 0.2}
    assert not table.declared.covers("bias.AXP")


def test_two_measures_of_one_key_are_refused():
    twice = module(
        "@measure(key='gap')\ndef one(study):\n    return 1.0\n\n@measure()\ndef gap(study):\n    return 2.0\n"
    )
    for made in (twice.one, twice.gap):
        made.declared.function.__module__ = "toy_measures"
    with pytest.raises(LedgerError, match="one and gap both measure 'gap'"):
        declared_in(twice)


def test_keys_are_found_in_the_text_of_a_file_with_their_lines(tmp_path):
    file = tmp_path / "measures.py"
    file.write_text(
        "MORE = {'gain.net': 1, 'gain.gross': 2}\n\n@measure('percent')\ndef gap(study):\n    return 1\n\n"
        "@measure(key='a.b')\ndef named(study):\n    return 1\n\n"
        "@measures(MORE, 'percent')\ndef gains(study):\n    return {}\n\n"
        "@measures(['x', 'rmse.*'])\ndef table(study):\n    return {}\n"
    )
    found = [(place.key, place.function, place.line) for place in find_measures(file)]
    assert found == [
        ("gap", "gap", 4), ("a.b", "named", 8), ("gain.net", "gains", 12), ("gain.gross", "gains", 12),
        ("x", "table", 16), ("rmse.*", "table", 16),
    ]  # fmt: skip


def test_keys_that_are_put_together_are_refused_because_no_search_finds_them(tmp_path):
    file = tmp_path / "measures.py"
    file.write_text("@measures([f'rmse.{name}' for name in NAMES])\ndef table(study):\n    return {}\n")
    with pytest.raises(LedgerError, match=r"line 1: .*written out"):
        find_measures(file)


def test_a_figure_says_what_it_shows_when_it_is_declared():
    with pytest.raises(LedgerError, match="alt text"):

        @figure(caption="A line.", alt="a line")
        def drawn(study):
            return None

    with pytest.raises(LedgerError, match="states the finding"):

        @figure(caption="A line.", alt="A line of wealth (vertical) against the date (horizontal)")
        def axes(study):
            return None


def test_what_the_data_cannot_give_is_recorded_with_its_reason():
    @measure("percent")
    def gap(study):
        return Lacking("only 5 days follow a shock, 8 are needed")

    made = record_of("gap", gap(Toy()), gap.declared, Toy())
    assert (made.key, made.lacks) == ("toy.gap", "only 5 days follow a shock, 8 are needed")
