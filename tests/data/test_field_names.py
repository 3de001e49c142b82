"""Other instances of the kinds of files in test_field: names of assets and of files."""

import pytest
from field_files import (
    CONTAINERS,
    bars,
    closes,
    load,
    long,
    pivot,
    read_or_refused,
    refused,
    renamed,
    rows,
    same,
    save,
    wide,
)

pytestmark = pytest.mark.slow  # 110 cases; test_field holds one of each kind


# Tickers that look like something else ------------------------------------------------------------


@pytest.mark.parametrize(
    "ticker", ["OPEN", "LOW", "TIC", "HIGH", "NAME", "VOL", "CLOSE", "DATE", "TIME", "SYMBOL", "ADJ"]
)
def test_a_ticker_that_is_called_like_a_field(tmp_path, ticker):
    table = renamed("HD", ticker, "WMT")
    for container in ("csv", "parquet"):
        same(load(save(tmp_path / "long", long(table), container)), table)
        # In a header it may be asked for; it may not be lost, nor turn the file into something else.
        read_or_refused(save(tmp_path, wide(table), container), table, rf"\b{ticker}\b")


@pytest.mark.parametrize("ticker", ["LOW", "OPEN", "TIC"])
def test_stocks_that_are_called_like_a_field_are_read_in_a_wide_file(tmp_path, ticker, container):
    table = renamed("HD", ticker, "WMT")
    same(load(save(tmp_path, wide(table), container)), table)


def test_two_tickers_and_both_are_fields(tmp_path, container):
    table = closes()[["AAA", "BBB"]].set_axis(["LOW", "OPEN"], axis=1)
    same(load(save(tmp_path, long(table), container)), table)
    read_or_refused(save(tmp_path, wide(table), container, "wide"), table, r"\bLOW\b", r"\bOPEN\b")


@pytest.mark.parametrize(
    "ticker",
    [
        "NA",
        "NAN",
        "nan",
        "NaN",
        "NULL",
        "null",
        "None",
        "TRUE",
        "True",
        "FALSE",
        "INF",
        "inf",
        "N/A",
        "-",
        "ALL",
        "A",
        "1",
        "007",
        "000001",
        "1.0",
        "1E5",
        "2020",
        "0700.HK",
        "BRK.B",
        "^GSPC",
        "EURUSD=X",
    ],
)
def test_identifiers_are_text(tmp_path, ticker, layout):
    table = renamed("AAA", ticker, "CCC")
    for container in CONTAINERS:
        same(load(save(tmp_path, layout(table), container)), table)


def test_identifiers_are_text_where_all_are_numbers(tmp_path, container, layout):
    table = renamed("1", "005930", "2.50")
    path = save(tmp_path, layout(table), container)
    same(load(path), table)
    same(load(path, "005930"), table[["005930"]])
    refused(path, "5930", "005930", universe="5930")


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Name", "Stock", "Company", "Instrument", "RIC", "ticker_symbol", "act_symbol"]
)
def test_a_column_of_tickers_under_another_name(tmp_path, name, container):
    table = long().rename(columns={"ticker": name})
    read_or_refused(save(tmp_path, table, container), closes(), rf"\b{name}\b", "ticker")


def test_a_file_that_is_not_named_after_its_asset(tmp_path, container):
    part = bars()[bars()["ticker"] == "AAA"].drop(columns="ticker").rename(columns={"Adj": "Adj Close"})
    expected = pivot(bars(), "Adj")[["AAA"]].set_axis(["MSFT"], axis=1)
    for name in ("prices", "my prices 2014", "data"):
        path = save(tmp_path, part, container, name)
        prices = read_or_refused(path, expected, "MSFT", name, universe="MSFT", said=["MSFT", name])
        assert prices is None or prices.tickers == ["MSFT"]
    lower = save(tmp_path, part, container, "aapl")
    same(load(lower, "AAPL"), expected.set_axis(["AAPL"], axis=1))
    refused(lower, "AAPL", "MSFT", universe="MSFT")


def test_a_long_file_of_another_asset(tmp_path, container):
    kept = long()[long()["ticker"] == "AAA"]
    refused(save(tmp_path, kept, container, "MSFT"), r"\bAAA\b", r"\bMSFT\b", universe="MSFT")


def test_the_given_spelling_of_a_name_with_a_suffix_is_suggested(tmp_path, container, layout):
    table = renamed("AAPL US Equity", "MSFT US Equity", "IBM.N")
    path = save(tmp_path, layout(table), container)
    same(load(path), table)
    read_or_refused(path, table[["AAPL US Equity"]], "AAPL US Equity", universe="AAPL")
    read_or_refused(path, table[["IBM.N"]], r"IBM\.N", universe="IBM")


@pytest.mark.parametrize("names_", [["Return"], ["Year"]])
def test_what_is_refused_in_a_wide_file_is_ignored_by_universe(tmp_path, names_, container):
    """Columns that are not asked for do not matter."""
    table = wide().assign(**{names_[0]: 2014})
    same(load(save(tmp_path, table, container), "AAA CCC"), closes()[["AAA", "CCC"]])


def test_rows_of_the_folder_are_what_they_say():
    assert rows("china.csv")["ticker"].iloc[0] == "000001"
    assert rows("na_ticker.csv")["ticker"].iloc[0] == "NA"
