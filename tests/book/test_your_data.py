"""The page on prices from elsewhere: every layout is read as it is printed there, every line of Python runs."""

import re

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import file_assets, load_prices
from portfolio_study.settings import project_root

PAGE = (project_root() / "book" / "your_data.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```\{code-block\} \w+\n:name: (\S+)\n(.*?)```", PAGE, re.DOTALL))
LAYOUTS = {
    "long.csv": ["AAA", "BBB"],
    "wide.csv": ["AAA", "BBB"],
    "AAA.csv": ["AAA"],
    "yfinance.csv": ["AAA", "BBB"],
    "fields.csv": ["AAA"],
    "3_Industry_Portfolios_Daily.CSV": ["Cnsmr", "Manuf", "Other"],
}


def test_the_page_shows_these_layouts():
    assert {name for name in BLOCKS if name.lower().endswith(".csv")} == set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read_as_it_is_printed(name, tmp_path):
    path = tmp_path / name
    path.write_text(BLOCKS[name])
    assert file_assets(path) == LAYOUTS[name]


@pytest.fixture
def prices():
    days = pd.bdate_range("2015-01-02", "2016-06-30")
    steps = np.random.default_rng(8).normal(0, 0.012, (len(days), 3))
    return pd.DataFrame((50 * np.exp(steps.cumsum(axis=0))).round(4), days, ["AAA", "BBB", "CCC"])


def run_in(folder, monkeypatch, code, **names):
    monkeypatch.chdir(folder)
    exec(code, names)  # the page's own line


def test_a_table_of_closes_becomes_a_file(prices, tmp_path, monkeypatch):
    run_in(tmp_path, monkeypatch, BLOCKS["from-a-table"], prices=prices)
    read = load_prices("file", path=tmp_path / "prices.csv")
    assert np.array_equal(read.close.to_numpy(), prices.to_numpy())


def test_rows_become_a_file(prices, tmp_path, monkeypatch):
    flat = prices.melt(ignore_index=False, var_name="ticker", value_name="close").reset_index(names="date")
    rows = flat.assign(
        open=flat.close, high=flat.close * 1.01, low=flat.close * 0.99, adj_close=flat.close, volume=1000
    )
    run_in(tmp_path, monkeypatch, BLOCKS["from-rows"], rows=rows)
    read = load_prices("file", path=tmp_path / "prices.parquet")
    assert read.ohlcv is not None and read.tickers == ["AAA", "BBB", "CCC"]
