"""Whether a claim's needs are met is asked of the data that its measure works on, not of the run's prices."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from portfolio_study.ledger import Study, measure
from portfolio_study.ledger import study as studies


def sample(*tickers):
    found = {"tickers": list(tickers), "first": "2020-01-01", "last": "2020-12-31"}
    return SimpleNamespace(sample=lambda: found)


@dataclass(kw_only=True, eq=False)
class Toy(Study):
    chapter: ClassVar[str] = "toy"
    index: Any = None


@measure(data="index")
def on_the_index(study):
    return 1.0


@measure()
def on_the_prices(study):
    return 2.0


@measure(data=None)
def of_mathematics(study):
    return True


@measure()
def in_nobodys_need(study):
    return 3.0


@pytest.fixture
def toy(monkeypatch):
    claims = [
        SimpleNamespace(
            chapter="toy",
            needs={"tickers": ["^GSPC"]},
            readings={"corrected": SimpleNamespace(measured_by=f"toy.{name}")},
        )
        for name in ("on_the_index", "on_the_prices", "of_mathematics")
    ]
    ledger = SimpleNamespace(of_chapter=lambda chapter: SimpleNamespace(claims=claims))
    monkeypatch.setattr(studies, "load_ledger", lambda root: ledger)

    def make(prices, index):
        made = Toy(prices=prices, index=index)
        made.measures = [m.declared for m in (on_the_index, on_the_prices, of_mathematics, in_nobodys_need)]
        return set(made.records())

    return make


def test_other_data_meet_a_need_that_the_prices_do_not(toy):
    assert toy(sample("AAPL"), sample("^GSPC")) == {
        "toy.on_the_index",
        "toy.of_mathematics",
        "toy.in_nobodys_need",
    }


def test_the_prices_meet_a_need_that_other_data_do_not(toy):
    assert toy(sample("^GSPC"), sample("AAPL")) == {
        "toy.on_the_prices",
        "toy.of_mathematics",
        "toy.in_nobodys_need",
    }
