from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.calendars import expected_dates
from portfolio_study.data.fetched import Fetched
from portfolio_study.data.load import build_history
from portfolio_study.data.quality import (
    describe_source,
    quality_report,
    require_ordered_dates,
    split_suspects,
    validate,
)
from portfolio_study.errors import DataError


@pytest.fixture
def nasdaq():
    return load_prices(universe="nasdaq", start="2015-01-01")


def without(prices, dates):
    """The same prices with some dates removed."""
    keep = ~prices.close.index.isin(pd.DatetimeIndex(dates))
    ohlcv = {name: table[keep] for name, table in prices.ohlcv.items()}
    return replace(prices, close=prices.close[keep], ohlcv=ohlcv)


def test_sessions_of_the_papers_sample(golden):
    sessions = expected_dates(pd.Timestamp("2010-01-01"), pd.Timestamp("2024-03-31"))
    assert len(sessions) == golden("prices_and_forecasts")["nyse_sessions_2010_01_01_2024_03_31"] == 3583
    assert sessions[0] == pd.Timestamp("2010-01-04") and sessions[-1] == pd.Timestamp("2024-03-28")


def test_clean_data_has_a_clean_report(nasdaq):
    report = quality_report(nasdaq)
    assert report.rows == report.sessions == len(nasdaq.close)
    assert report.missing_sessions == report.surplus_dates == []
    assert report.suspects.empty and report.outside_range == 0
    assert report.zero_volume == 2  # two days on which the vendor has no volume of this index


def test_missing_and_surplus_sessions_are_listed(nasdaq):
    holed = without(nasdaq, ["2016-03-01", "2017-05-05"])
    assert quality_report(holed).missing_sessions == [pd.Timestamp("2016-03-01"), pd.Timestamp("2017-05-05")]
    moved = nasdaq.close.rename(index={pd.Timestamp("2016-07-05"): pd.Timestamp("2016-07-04")})
    report = quality_report(replace(nasdaq, close=moved, ohlcv=None))
    assert report.missing_sessions == [pd.Timestamp("2016-07-05")]
    assert report.surplus_dates == [pd.Timestamp("2016-07-04")]
    table = report.table()["found"]  # closes alone: nobody looked at opens or volumes
    assert table["opens or closes outside the day's range"] == table["days without volume"] == "not checked"


def test_months_are_compared_as_months():
    french = load_prices(universe="french12", start="2000-01-01")
    last_trading_day = french.close.set_axis(french.close.index - pd.Timedelta(days=2), axis=0)
    report = quality_report(replace(french, close=last_trading_day))
    assert report.missing_sessions == report.surplus_dates == []
    holed = quality_report(replace(french, close=french.close.drop(index="2005-06-30")))
    assert holed.missing_sessions == [pd.Timestamp("2005-06-30")]


@pytest.mark.parametrize("ratio", [2.0, 3.0, 1.5, 0.1])
@pytest.mark.parametrize("bars", [True, False])
def test_unadjusted_split_is_flagged(nasdaq, ratio, bars):
    day = pd.Timestamp("2016-03-01")
    ohlcv = {k: v.copy() for k, v in nasdaq.ohlcv.items()}
    for name in ("open", "high", "low", "close", "adj_close"):
        ohlcv[name].loc[day:] /= ratio
    prices = replace(nasdaq, close=ohlcv["adj_close"], ohlcv=ohlcv if bars else None)
    suspects = split_suspects(prices)
    assert list(suspects["date"]) == [day] and list(suspects["ticker"]) == ["^IXIC"]
    assert suspects["nearest split"].iloc[0] == pytest.approx(ratio)


def test_tables_for_the_page(nasdaq):
    table = quality_report(without(nasdaq, ["2016-03-01"])).table()
    assert table.loc["sessions without prices", "found"] == 1
    assert table.loc["sessions without prices", "which"] == "2016-03-01"
    assert table.loc["days without volume", "found"] == 2
    about = describe_source(nasdaq)["value"]
    assert about["checksum (SHA-256)"] == nasdaq.sha256 and about["universe"] == "nasdaq (assets: 1)"
    amd = quality_report(load_prices(universe="AMD", start="2016-01-01", end="2016-12-31")).table()
    assert "AMD 2016-04-22" in amd["which"].iloc[2]


def test_crash_is_no_split(nasdaq):
    fallen = nasdaq.close.copy()
    fallen.loc["2016-03-01":] *= 0.75
    assert split_suspects(replace(nasdaq, close=fallen, ohlcv=None)).empty
    assert split_suspects(load_prices(universe="french12")).empty


def test_unusual_bars_are_counted(nasdaq):
    ohlcv = {k: v.copy() for k, v in nasdaq.ohlcv.items()}
    ohlcv["open"].iloc[5] = ohlcv["high"].iloc[5] * 1.01
    ohlcv["volume"].iloc[7:9] = 0
    close = nasdaq.close.copy()
    close.iloc[20] = close.iloc[19]
    report = quality_report(replace(nasdaq, close=close, ohlcv=ohlcv))
    assert report.outside_range == 1
    assert report.zero_volume == quality_report(nasdaq).zero_volume + 2
    assert report.stale.iloc[0] == pytest.approx(quality_report(nasdaq).stale.iloc[0] + 1 / (len(close) - 1))


def fetched(values, dates=None):
    index = pd.DatetimeIndex(
        dates if dates is not None else pd.bdate_range("2020-01-01", periods=len(values))
    )
    close = pd.DataFrame({"A": values}, index=index.as_unit("us").rename("date"), dtype=float)
    return Fetched(close=close, ohlcv=None, universe="custom", vendor="test")


def test_values_are_checked():
    validate(fetched([1.0, 2.0, 3.0]))
    with pytest.raises(DataError, match="A on 2020-01-02 is missing, and on 1 more"):
        validate(fetched([1.0, np.nan, np.nan, 3.0]))
    with pytest.raises(DataError, match=r"A on 2020-01-02 is not positive \(-2\)"):
        validate(fetched([1.0, -2.0, 3.0]))


def test_dates_are_checked():
    with pytest.raises(DataError, match="2020-01-02 appears more than once"):
        require_ordered_dates(pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-02"]))
    with pytest.raises(DataError, match="out of order after 2020-01-03"):
        require_ordered_dates(pd.DatetimeIndex(["2020-01-01", "2020-01-03", "2020-01-02"]))
    with pytest.raises(DataError, match="have no date"):
        require_ordered_dates(pd.DatetimeIndex(["2020-01-01", pd.NaT]))
    with pytest.raises(DataError, match="more than once"):
        build_history("file", fetched([1.0, 2.0], ["2020-01-01", "2020-01-01"]))
