from dataclasses import replace

import pytest

from portfolio_study.data.load import build_history
from portfolio_study.data.synthetic import load_synthetic
from portfolio_study.ledger import narrow_chapter, show_verdicts
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.records import CHAPTER, open_chapter
from portfolio_study.settings import project_root
from portfolio_study.studies.lstm.controls import latest


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
