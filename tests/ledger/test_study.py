"""A study: opened from a page's parameters, measured once, and heard in a live notebook."""

from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import ClassVar

import pytest
import yaml

from portfolio_study.data.load import build_history
from portfolio_study.data.synthetic import load_synthetic
from portfolio_study.errors import LedgerError, UnknownNameError
from portfolio_study.ledger import Measured, Study, figure, measure, open_chapter
from portfolio_study.ledger import study as studies
from portfolio_study.ledger.measures import declared_in
from portfolio_study.ledger.study import open_study

CALLS = []
HEAD = {"samples": {}, "smallest_effects": {"sharpe": 0.2}}
CLAIMS = [
    {
        "id": "toy-rises", "paper": "000", "where": "Table 1", "group": "g", "kind": "direction",
        "statement": "prices rise", "smallest_effect": 0.0, "readings": {"corrected": {"measured_by": "rise"}},
        "says": {"holds": "They rise by {estimate:.1f}.", "fails": "They do not.", "open": "Who knows."},
    },
    {
        "id": "toy-steep", "paper": "000", "where": "Table 1", "group": "g", "kind": "direction",
        "statement": "prices rise steeply", "smallest_effect": 0.0, "readings": {"corrected": {"measured_by": "rise"}},
        "says": {"holds": "{low:.3f} to {high:.3f}.", "fails": "They do not.", "open": "Who knows."},
    },
    {
        "id": "toy-axp", "paper": "000", "where": "Table 1", "group": "h", "kind": "direction",
        "statement": "AXP rises", "smallest_effect": 0.0, "needs": {"tickers": ["AXP"]},
        "readings": {"corrected": {"measured_by": "axp"}},
    },
]  # fmt: skip


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    chapter: ClassVar[str] = "toy"
    factor: int

    @cached_property
    def rise(self):
        CALLS.append("rise")
        return self.factor * 2.0


@measure("percent a {prices.period}")
def rise(study):
    """They rise."""
    return Measured(study.rise, interval=(1.0, 9.0), n=3)


@measure()
def axp(study):
    """AXP rises."""
    raise AssertionError("these data have no AXP")


@figure(caption="Rise by {rise:.1f}.", alt="A line that rises by {rise:.2f} percent")
def line(study):
    from matplotlib import pyplot as plt

    return plt.figure()


@pytest.fixture
def toy(tmp_path, monkeypatch):
    CALLS.clear()
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "samples.yml").write_text(yaml.safe_dump(HEAD))
    (tmp_path / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump(CLAIMS))
    (tmp_path / "book" / "errata.yml").write_text("[]")
    monkeypatch.setattr(studies, "project_root", lambda: tmp_path)
    prices = build_history("synthetic", load_synthetic(None, "2014-01-01", "2014-06-30", seed=1))
    declared = SimpleNamespace(__name__=__name__, rise=rise, axp=axp)
    return SimpleNamespace(
        __name__="toy", Experiment=Experiment, measures=declared, load_prices=lambda **request: prices
    )


PAGE = dict.fromkeys(("source", "universe", "start", "end", "path", "snapshot")) | {"factor": 2}


def test_a_page_opens_its_study_with_its_parameters(toy):
    assert open_chapter(toy, PAGE).factor == 2


@pytest.mark.parametrize("name", ["factor", "snapshot"])
def test_a_page_without_a_parameter_of_its_experiment_is_refused(toy, name):
    with pytest.raises(LedgerError, match=name):
        open_chapter(toy, {k: v for k, v in PAGE.items() if k != name})


def test_a_table_shows_the_interval_that_decides(toy):
    study = open_chapter(toy, PAGE)
    low, high = study.interval("rise")  # one of two contrasts of its table: 1.96 becomes 2.24
    assert (low, high) == pytest.approx((4 - 3 * 2.2414 / 1.96, 4 + 5 * 2.2414 / 1.96), abs=1e-3)
    assert study.says("toy-steep") == f"{low:.3f} to {high:.3f}."
    with pytest.raises(UnknownNameError, match="rise"):
        study.interval("ride")


def test_a_table_knows_the_smallest_effects_of_the_verdicts(toy):
    assert open_chapter(toy, PAGE).smallest_effects == HEAD["smallest_effects"]


def test_each_stage_and_measure_is_computed_once(toy):
    study = open_chapter(toy, PAGE)
    assert study["rise"].value == 4.0
    assert study.records()["toy.rise"].value == study.records()["toy.rise"].value == 4.0
    assert study.says("toy-rises") == "They rise by 4.0."
    assert CALLS == ["rise"]


def test_a_measure_whose_claims_lack_data_is_not_called(toy):
    assert set(open_chapter(toy, PAGE).records()) == {"toy.rise"}


def test_an_error_of_a_measure_whose_data_are_there_is_an_error(toy):
    del CLAIMS[-1]["needs"]
    try:
        (studies.project_root() / "book" / "claims" / "toy.yml").write_text(yaml.safe_dump(CLAIMS))
        with pytest.raises(AssertionError, match="no AXP"):
            open_chapter(toy, PAGE).records()
    finally:
        CLAIMS[-1]["needs"] = {"tickers": ["AXP"]}


def test_units_hold_fields_of_the_study(toy):
    assert open_chapter(toy, PAGE).records()["toy.rise"].unit == "percent a day"


def test_unknown_measures_and_claims_are_named_with_the_nearest(toy):
    study = open_study(toy, open_chapter(toy, PAGE).prices, factor=1)
    with pytest.raises(UnknownNameError, match="rise"):
        study["ries"]
    with pytest.raises(UnknownNameError, match="toy-rises"):
        study.says("toy-rise")


@figure(caption="Rise.", alt=lambda study: f"A line that rises {study.factor} times in {'{braces}'}")
def told(study):
    return line(study)


def test_the_alt_text_of_a_figure_may_be_worked_out_from_what_it_draws(toy, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda made, metadata: shown.append(metadata))
    open_chapter(toy, PAGE).figure(told)
    assert shown[0]["portfolio_study_figure"]["alt"] == "A line that rises 2 times in {braces}"


def test_a_figure_carries_caption_and_alt_text_with_measured_values(toy, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda made, metadata: shown.append(metadata))
    open_chapter(toy, PAGE).figure(line)
    assert shown == [
        {
            studies.FIGURE_METADATA: {
                "name": "fig-toy-line",
                "caption": "Rise by 4.0.",
                "alt": "A line that rises by 4.00 percent",
            }
        }
    ]


def test_a_study_of_one_module_declares_its_measures_itself(toy, monkeypatch):
    import sys

    monkeypatch.setattr(Experiment, "chapter", "test_study")
    module = sys.modules[__name__]
    monkeypatch.setattr(module, "measures", measure, raising=False)  # the imported decorator
    made = open_study(module, toy.load_prices(), factor=1)
    assert [found.keys[0] for found in made.measures] == ["rise", "axp"]


def test_an_experiment_of_another_name_than_its_module_is_refused(toy):
    toy.__name__ = "portfolio_study.studies.joke"
    with pytest.raises(LedgerError, match="chapter = 'toy'; a study has the name of its page"):
        open_chapter(toy, PAGE)


def test_declared_measures_stand_in_the_order_of_their_definition(toy):
    assert [made.keys[0] for made in declared_in(toy.measures)] == ["rise", "axp"]
