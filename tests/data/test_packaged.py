import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import UNIVERSES, load_prices, simple_returns
from portfolio_study.data import packaged as module
from portfolio_study.data.packaged import (
    index_from_returns,
    packaged_manifest,
    read_dataset,
)
from portfolio_study.errors import SourceError, UnknownNameError


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the packaged source must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("name", sorted(packaged_manifest()))
def test_values_match_the_committed_checksum(name):
    about = packaged_manifest()[name]
    table = next(iter(read_dataset(name).values()))
    assert len(table) == about["rows"]
    assert f"{table.index[0]:%Y-%m-%d}" == about["first"] and f"{table.index[-1]:%Y-%m-%d}" == about["last"]
    assert np.isfinite(table.to_numpy()).all()
    for key in ("licence", "origin", "vendor", "verified_version", "calendar", "frequency"):
        assert about[key]


def test_changed_file_is_refused(monkeypatch):
    about = {**packaged_manifest(), "sp500": {**packaged_manifest()["sp500"], "sha256": "0" * 64}}
    monkeypatch.setattr(module, "packaged_manifest", lambda: about)
    with pytest.raises(SourceError, match=r"skfolio.*requirements\.lock"):
        read_dataset("sp500")


def test_missing_package_is_named(monkeypatch):
    about = {**packaged_manifest(), "sp500": {**packaged_manifest()["sp500"], "package": "no_such_package"}}
    monkeypatch.setattr(module, "packaged_manifest", lambda: about)
    module.raw_dataset.cache_clear()
    with pytest.raises(SourceError, match="no_such_package"):
        read_dataset("sp500")
    module.raw_dataset.cache_clear()


def test_callers_cannot_change_the_data():
    table = read_dataset("sp500")["adj_close"]
    table.iloc[0] = -1.0
    assert read_dataset("sp500")["adj_close"].iloc[0, 0] > 0


def test_same_values_as_the_packages_own_loaders():
    from linearmodels.datasets import french
    from skfolio.datasets import load_sp500_dataset

    theirs = load_sp500_dataset()
    ours = load_prices(universe="us20", start="1990-01-01").close
    np.testing.assert_array_equal(ours.to_numpy(), theirs.loc[:, list(ours.columns)].to_numpy())
    returns = french.load().set_index("dates")[list(UNIVERSES["french12"].tickers)]
    mine = simple_returns(load_prices(universe="french12").close)
    np.testing.assert_allclose(mine.to_numpy(), returns.to_numpy(), atol=1e-12)
    months = mine.index.to_period("M")
    assert months.equals(pd.DatetimeIndex(returns.index).to_period("M"))


def test_default_is_replaced_and_said(caplog):
    prices = load_prices()
    assert prices.universe == "us20" and prices.source == "packaged"
    assert prices.sample()["first"] == "2010-01-04" and prices.sample()["last"] == "2022-12-28"
    said = " ".join(prices.manifest["notes"])
    assert (
        "dow20" in said and "us20 is used instead" in said and "9 of its 20" in said and "hindsight" in said
    )
    assert any("us20 is used instead" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("universe", "rows", "columns", "frequency", "ohlcv"),
    [
        ("sp500", 755, 1, "daily", False),
        ("sp500_ohlcv", 5031, 1, "daily", True),
        ("nasdaq", 5031, 1, "daily", True),
        ("french12", 820, 12, "monthly", False),
        ("french_size_value", 820, 9, "monthly", False),
        ("french_size_momentum", 820, 9, "monthly", False),
    ],
)
def test_named_universes(universe, rows, columns, frequency, ohlcv):
    prices = load_prices(universe=universe)
    assert prices.close.shape == (rows, columns)
    assert prices.frequency == frequency and prices.universe == universe
    assert prices.period == {"daily": "day", "monthly": "month"}[frequency]
    assert prices.periods_per_year == {"daily": 252, "monthly": 12}[frequency]
    assert (prices.ohlcv is not None) == ohlcv == prices.sample()["ohlcv"]
    assert prices.close.index.name == "date" and prices.close.columns.name == "ticker"
    assert prices.risk_free.index.equals(prices.close.index) and prices.risk_free.notna().all()


def test_custom_tickers_in_their_order_and_any_case():
    prices = load_prices(universe="xom AAPL", start="2015-01-01", end="2015-12-31")
    assert prices.tickers == ["XOM", "AAPL"] and prices.universe == "custom"
    assert prices.sample()["first"] == "2015-01-02" and prices.sample()["last"] == "2015-12-31"
    assert load_prices(universe=["SP500"]).tickers == ["^GSPC"]
    assert load_prices(universe="NoDur Money").frequency == "monthly"


def test_what_cannot_be_had_is_an_error():
    with pytest.raises(SourceError, match=r"'dow20'.*AXP.*SOURCE=yahoo"):
        load_prices(universe="dow20")
    with pytest.raises(SourceError, match="bigtech5"):
        load_prices(universe="bigtech5")
    with pytest.raises(UnknownNameError, match="'ZZZZ'"):
        load_prices(universe="AAPL ZZZZ")
    with pytest.raises(UnknownNameError, match="did you mean 'french12'"):
        load_prices(universe="frensh12")
    with pytest.raises(SourceError, match="together"):
        load_prices(universe="AAPL NoDur")


def test_index_from_returns_is_the_inverse_of_returns():
    dates = pd.date_range("2000-01-31", periods=3, freq="ME")
    returns = pd.DataFrame({"A": [0.1, -0.2, 0.05]}, index=dates)
    index = index_from_returns(returns)
    assert index.index[0] == pd.Timestamp("1999-12-31")
    np.testing.assert_allclose(index["A"], [100, 110, 88, 92.4])


def test_import_is_light():
    code = (
        "import sys, portfolio_study.data as d; d.load_prices\n"
        "heavy = {'skfolio','arch','linearmodels','yfinance','pandera','exchange_calendars','scipy',"
        "'sklearn','statsmodels'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
