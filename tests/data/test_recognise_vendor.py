import numpy as np

from portfolio_study.data import load_prices
from portfolio_study.data.recognise_vendor import recognise_vendor
from portfolio_study.data.synthetic import simulate

TICKERS = ["KO", "JNJ", "PG", "XOM"]


def closes():
    return load_prices(universe=TICKERS, start="2012-01-01", end="2014-12-31").close


def test_yahoo_is_recognised_at_another_scale():
    """Adjusted prices of another download differ by one factor a stock: later dividends."""
    scaled = closes() * np.array([0.97, 0.9, 1.1, 0.85])
    vendor, why = recognise_vendor(scaled)
    assert vendor == "yahoo" and "4 stocks" in why


def test_other_prices_are_not():
    assert (
        recognise_vendor(simulate(tuple(TICKERS), "2012-01-02", "2014-12-31")[0]["adj_close"])[0] == "unknown"
    )
    # Unadjusted for dividends: one return a quarter differs by about 0.7 %.
    close = closes()
    paid = np.ones(close.shape)
    paid[::63] = 0.993
    assert recognise_vendor(close * np.cumprod(paid, axis=0))[0] == "unknown"


def test_too_little_in_common():
    vendor, why = recognise_vendor(closes()[["KO", "PG"]])
    assert vendor == "unknown" and "2 ticker(s)" in why
    assert recognise_vendor(closes().iloc[:100])[0] == "unknown"
    broken = closes()
    broken.iloc[3, 0] = np.nan
    assert recognise_vendor(broken)[0] == "unknown"
