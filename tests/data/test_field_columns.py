"""Other instances of the kinds of files in test_field: columns and headers."""

import re

import numpy as np
import pandas as pd
import pytest
from field_files import (
    bars,
    closes,
    load,
    names,
    notes,
    pivot,
    read_or_refused,
    refused,
    renamed,
    same,
    save,
    wide,
)

pytestmark = pytest.mark.slow  # 190 cases; test_field holds one of each kind

ADJUSTED = [
    "Adj Close",
    "adj_close",
    "AdjClose",
    "adjclose",
    "adjClose",
    "Adj.Close",
    "Adj. Close",
    "ADJ_CLOSE",
    "Adjusted",
    "Adjusted Close",
    "adjusted_close",
    "adjustedClose",
    "Close Adjusted",
    "Close (adjusted)",
    "5. adjusted close",
    "closeadj",
    "close_adj",
    "Adj Close**",
    "AdjustedClosePrice",
    "adj_close_price",
]


def text_file(folder, text, name="prices.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Adjusted closes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ADJUSTED)
@pytest.mark.parametrize("shape", ["long", "one"])
def test_another_spelling_of_adjusted_close(tmp_path, name, shape):
    table, expected = bars().rename(columns={"Adj": name}), pivot(bars(), "Adj")
    file = "prices"
    if shape == "one":
        table, expected, file = (
            table[table["ticker"] == "AAA"].drop(columns="ticker"),
            expected[["AAA"]],
            "AAA",
        )
    for container in ("csv", "parquet"):
        read_or_refused(
            save(tmp_path, table, container, file), expected, name.replace("*", r"\*").split("(")[0]
        )


@pytest.mark.parametrize("name", ["Adjusted_close", "Adj. Close", "5. adjusted close"])
def test_adjusted_closes_without_closes(tmp_path, name, container):
    kept = bars().rename(columns={"Adj": name})[["ticker", "Date", name]]
    same(load(save(tmp_path, kept, container)), pivot(bars(), "Adj"))


def test_two_columns_of_adjusted_closes(tmp_path, container):
    table = bars().rename(columns={"Adj": "Adj Close"}).assign(Adjusted_close=1.0)
    refused(save(tmp_path, table, container), "Adj Close", "Adjusted_close")


FIELD_OF_AAA = "AAA.{0,4}(Open|Close|Vol|Adj)|(Open|Close|Vol|Adj).{0,12}AAA"

# Fields in the names of the columns ---------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern", ["{t}.{f}", "{t}_{f}", "{t} {f}", "{f} {t}", "{f}_{t}", "{t}-{f}", "{t}:{f}", "('{f}', '{t}')"]
)
@pytest.mark.parametrize("adjusted", ["Adjusted", "Adj Close"])
def test_fields_in_the_names_of_the_columns(tmp_path, pattern, adjusted):
    frames = {"Date": bars()["Date"].unique()}
    for ticker, part in bars().groupby("ticker"):
        for field in ("Open", "High", "Low", "Close", "Volume", "Adj"):
            column = pattern.format(t=ticker, f=adjusted if field == "Adj" else field)
            frames[column] = part[field].to_numpy()
    for container in ("csv", "parquet"):
        path = save(tmp_path, pd.DataFrame(frames), container)
        read_or_refused(path, pivot(bars(), "Adj"), FIELD_OF_AAA)


def test_closes_in_the_names_of_the_columns(tmp_path, container):
    table = wide(closes().add_suffix(".Close"))
    prices = same(load(save(tmp_path, table, container)), closes())
    assert names(notes(prices), "adjusted")


def test_a_ticker_with_a_dot_is_not_a_field(tmp_path, container):
    table = renamed("BRK.A", "BRK.B", "BF.B")
    same(load(save(tmp_path, wide(table), container)), table)


# Numbers of rows and other columns that are no asset ----------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("name", ["", "Unnamed: 0", "X", "V1", "index", "...1", "rownames", "#"])
def test_row_numbers_under_any_name(tmp_path, name, first, layout):
    table = layout()
    table.insert(0, name or "Unnamed: 0", np.arange(first, len(table) + first))
    own = f"|{re.escape(name)}" if name else ""
    said = [f"unnamed|row number|without a name|first column|column 1|counter{own}"]
    for container in ("csv", "parquet"):
        path = save(tmp_path, table, container)
        if not name and container == "csv":
            path.write_text(path.read_text().replace("Unnamed: 0", "", 1))
        read_or_refused(path, closes(), *said, said=said)


def test_numbers_that_pandas_gives_to_columns_are_no_tickers(tmp_path, container):
    refused(save(tmp_path, wide(renamed("0", "1", "2")), container), "'0' to '2'", "without a name")
    refused(save(tmp_path, wide(renamed("0", "1", "AAA")), container), "'0' to '1'", "without a name")
    refused(save(tmp_path, wide(renamed("AAA", "0", "BBB")), container), "column '0'", "without a name")
    same(load(save(tmp_path, wide(renamed("1", "2", "3")), container)), renamed("1", "2", "3"))


COUNTERS = {
    "Year": lambda d: d.year,
    "Month": lambda d: d.month,
    "Quarter": lambda d: d.quarter,
    "Weekday": lambda d: d.dayofweek + 1,
    "Day": lambda d: d.day,
    "Week": lambda d: d.isocalendar().week.to_numpy(dtype=int),
    "YYYYMM": lambda d: d.year * 100 + d.month,
    "n": lambda d: np.arange(len(d)) + 1,
}


@pytest.mark.parametrize("name", COUNTERS)
def test_a_counter_is_no_asset(tmp_path, name, container):
    table = wide().assign(**{name: COUNTERS[name](closes().index)})
    refused(save(tmp_path, table, container), rf"\b{name}\b")


OTHERS = {
    "Return": lambda t: t["AAA"].pct_change().fillna(0),
    "Volume": lambda t: (t["AAA"] * 1e5).round(),
    "Vol": lambda t: (t["BBB"] * 1e6).round(),
    "RF": lambda t: t["AAA"] * 0 + 0.0001,
    "constant": lambda t: t["AAA"] * 0 + 100.0,
    "copy of AAA": lambda t: t["AAA"],
    "Currency": lambda t: ["USD"] * len(t),
    "flag": lambda t: [True] * len(t),
    "Sector": lambda t: ["Energy"] * len(t),
    "empty": lambda t: [None] * len(t),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_column_is_no_asset(tmp_path, name, container):
    table = wide().assign(**{name: pd.Series(OTHERS[name](closes().reset_index()))})
    read_or_refused(save(tmp_path, table, container), closes(), rf"\b{name}\b", said=[rf"\b{name}\b"])


@pytest.mark.parametrize("name", ["Return", "Vol", "Dividends", "Stock Splits", "Sector", "vwap"])
def test_a_column_of_a_long_file_that_is_not_used_is_named(tmp_path, name, container):
    table = bars().rename(columns={"Adj": "Adj Close"}).assign(**{name: 0.0})
    expected = pivot(bars(), "Adj")
    read_or_refused(save(tmp_path, table, container), expected, rf"\b{name}\b", said=[rf"\b{name}\b"])


def test_volume_under_another_name_is_not_lost_in_silence(tmp_path, container):
    for name in ("Vol", "Vol.", "volume (shares)"):
        table = bars().rename(columns={"Adj": "Adj Close", "Volume": name})
        word = name.replace(".", r"\.").split("(")[0]
        prices = read_or_refused(save(tmp_path, table, container), pivot(bars(), "Adj"), word)
        if prices is None:
            continue
        if prices.ohlcv is not None and "volume" in prices.ohlcv:
            assert prices.ohlcv["volume"]["AAA"].iloc[0] == 975505
        else:
            assert names(notes(prices), "volume", word)


@pytest.mark.parametrize("first", ["Close", "Adj Close", "close"])
def test_a_field_beside_assets_is_refused(tmp_path, first, container):
    refused(save(tmp_path, wide(renamed(first, "BBB", "CCC")), container), rf"\b{first}\b", "BBB|column")


@pytest.mark.parametrize("name", ["Price", "Last"])
def test_a_column_that_may_be_a_field_is_not_lost(tmp_path, name, container):
    table = renamed(name, "BBB", "CCC")
    read_or_refused(save(tmp_path, wide(table), container), table, rf"\b{name}\b")


@pytest.mark.parametrize("mark", [",", " ", "'", "\u00a0", "\u2019"])
def test_separators_of_thousands_are_called_by_their_name(tmp_path, mark, layout):
    table = layout().map(lambda v: f"{1000 * v:,.2f}".replace(",", mark) if isinstance(v, float) else v)
    refused(save(tmp_path, table), "separators of thousands", r"\bAAA\b")


# Headers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("Date,AAA,BBB,BBB", "BBB"),
        ("Date,AAA,BBB,AAA ", "AAA"),
        ("Date,BBB,BBB,BBB", "BBB"),
        ("Date,Date,BBB,CCC", "Date"),
        ("Date,AAA,,BBB", "column 3|without a name|unnamed|no name"),
    ],
)
def test_a_header_that_is_wrong(tmp_path, header, named):
    lines = wide().to_csv(index=False).splitlines()
    refused(text_file(tmp_path, "\n".join([header, *lines[1:]])), named)


def test_a_field_twice_in_a_long_header(tmp_path):
    lines = bars().rename(columns={"Volume": "Close", "Close": "Closed"}).to_csv(index=False)
    refused(
        text_file(tmp_path, lines.replace("Closed", "Close", 1)), r"\bClose\b", "twice|more than on|repeat"
    )


def header_rows(*head):
    return "\n".join([*head, *wide().to_csv(index=False, header=False).splitlines()]) + "\n"


@pytest.mark.parametrize(
    "head",
    [
        ["Price,Close,Close,Close", "Ticker,AAA,BBB,CCC", "Date,,,"],
        ["Ticker,AAA,BBB,CCC", "Price,Close,Close,Close", "Date,,,"],
        [",Adj Close,Adj Close,Adj Close", ",AAA,BBB,CCC", "Date,,,"],
        ["Price,Close,Close,Close", "Ticker,AAA,BBB,CCC"],
        ["Ticker,AAA,BBB,CCC", "Date,,,"],
    ],
)
def test_other_header_rows_of_yfinance(tmp_path, head):
    read_or_refused(text_file(tmp_path, header_rows(*head)), closes(), "header", "yfinance|rows|line")


def test_yfinances_header_over_one_asset(tmp_path):
    part = bars()[bars()["ticker"] == "AAA"]
    columns = ["Adj", "Close", "High", "Low", "Open", "Volume"]
    body = part[["Date", *columns]].to_csv(index=False, header=False)
    head = "Price,Adj Close,Close,High,Low,Open,Volume\nTicker" + ",AAA" * 6 + "\nDate" + "," * 6 + "\n"
    expected = pivot(bars(), "Adj")[["AAA"]]
    same(load(text_file(tmp_path, head + body)), expected)
    refused(text_file(tmp_path, head + body, "other.csv"), r"\bAAA\b", r"\bMSFT\b", universe="MSFT")
