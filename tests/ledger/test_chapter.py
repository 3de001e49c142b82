from dataclasses import replace

import pytest

from portfolio_study.data import latest
from portfolio_study.data.load import build_history
from portfolio_study.data.synthetic import load_synthetic
from portfolio_study.ledger import claimed, narrow_chapter, show_verdicts
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.records import CHAPTER, open_chapter
from portfolio_study.settings import project_root


def test_results_stand_under_the_sentences_of_their_claims():
    sentences = {c.id: c.statement for c in load_ledger(project_root()).claims}
    found = claimed("minimum_variance.statement", {"dr_1": False, "not_a.claim": True})
    assert found == {sentences["minimum-variance-001-dr-1"]: False, "not a, claim": True}
    assert list(claimed("toy", {"estimator.clime": 1}, str.upper)) == ["ESTIMATOR.CLIME"]


def test_readings_of_one_claim_are_told_apart_and_no_result_is_lost():
    found = claimed("arima.tails", {"focus": 1, "least": 2})
    sentence = "the residuals have fat tails, far from the normal kurtosis of 3"
    assert found == {f"{sentence} (one stock)": 1, f"{sentence} (every asset: the smallest)": 2}


@pytest.mark.parametrize("narrowed", [True, False])
def test_the_chapter_itself_says_which_data_lack_a_stock(monkeypatch, narrowed):
    prices = build_history("synthetic", load_synthetic(None, "2010-01-01", "2010-06-30"))
    whole = replace(prices, close=prices.close.rename(columns={"SYN03": "MSFT"} if narrowed else {}))
    ledger = load_ledger(project_root())
    of_one_stock = tuple(
        c for c in ledger.claims if c.chapter == "lstm" and c.needs.get("tickers") == ["MSFT"]
    )
    assert len(of_one_stock) == 1
    monkeypatch.setattr(
        "portfolio_study.ledger.chapter.load_ledger", lambda root: replace(ledger, claims=of_one_stock)
    )
    open_chapter("lstm", whole.sample())
    try:
        if narrowed:
            narrow_chapter(latest(replace(whole, ohlcv=None), rows=50, tickers=2))
        shown = show_verdicts("lstm").data
    finally:
        open_chapter("toy", None)
        CHAPTER.name = None
    part, build = (
        "the part of the data that chapter lstm uses has no MSFT",
        "the data of this build have no MSFT",
    )
    assert (part in shown, build in shown) == (narrowed, not narrowed)
