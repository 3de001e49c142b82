"""Files as people have them: each is read as what it is, or refused by the name of what is wrong with it."""

import logging

import numpy as np
import pandas as pd
import pytest
from field_files import (
    CONTAINERS,
    bars,
    closes,
    load,
    long,
    names,
    notes,
    pivot,
    put,
    read_or_refused,
    refused,
    rows,
    same,
    save,
    wide,
)

from portfolio_study.data import simple_returns
from portfolio_study.data.quality import quality_report
from portfolio_study.errors import StudyError

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(params=["csv", *(pytest.param(name, marks=pytest.mark.slow) for name in CONTAINERS[1:])])
def container(request):
    return request.param


def given(name):
    """A wide file of the folder as a table of dates by tickers."""
    table = rows(name).set_index("Date")
    return table.set_axis(pd.DatetimeIndex(pd.to_datetime(table.index), name="date"))


# A ticker that is called like a field ------------------------------------------------------------


def test_lowes_is_a_ticker(tmp_path, container):
    table = closes().set_axis(["HD", "LOW", "WMT"], axis=1)
    path = put(tmp_path, "three.csv", container)
    same(load(path), table)
    same(load(path, "HD WMT"), table[["HD", "WMT"]])
    same(load(path, "LOW HD"), table[["LOW", "HD"]])
    same(load(save(tmp_path / "long", long(table), container)), table)


# Adjusted closes under another name -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["long_Adjusted_close.csv", "long_Adjdot_Close.csv"])
def test_adjusted_closes_are_used_however_they_are_spelled(tmp_path, name, container):
    prices = same(load(put(tmp_path, name, container)), pivot(bars(), "Adj"))
    assert not names(notes(prices), "no adjusted closes")
    assert prices.ohlcv is not None
    assert prices.ohlcv["close"].iloc[0]["AAA"] == pytest.approx(40.1614)


# Fields in the names of the columns ------------------------------------------------------------------


def test_the_adjusted_column_of_each_asset_is_its_price(tmp_path, container):
    prices = same(load(put(tmp_path, "quantmod_wide.csv", container)), closes())
    assert prices.ohlcv is not None
    assert prices.ohlcv["volume"]["AAA"].iloc[0] == 194437


# Columns that pandas or R invented -----------------------------------------------------------------------


def test_row_numbers_are_no_asset(tmp_path, container):
    said = ["unnamed|row number|without a name|first column|column 1"]
    read_or_refused(put(tmp_path, "r_rownames.csv", container), closes(), *said, said=said)


def test_a_ticker_twice_in_the_header(tmp_path):
    for container in ("csv", "csv.gz"):
        refused(
            put(tmp_path, "dup_header.csv", container), r"\bAAA\b", "twice|more than once|duplicate|repeat"
        )
    # pandas has already renamed it here: a second AAA must not be a fourth asset.
    copied = pd.concat([wide(), closes()["AAA"].rename("AAA.1").reset_index(drop=True)], axis=1)
    read_or_refused(save(tmp_path, copied, "parquet"), closes(), r"AAA\.1", said=[r"AAA\.1"])


# yfinance's header -----------------------------------------------------------------------------------


def test_the_header_rows_of_yfinance(tmp_path):
    for container in ("csv", "csv.gz"):
        same(load(put(tmp_path, "yf_multi.csv", container)), closes())
    both = pd.concat({"Close": closes(), "Volume": closes() * 0 + 1000.0}, axis=1, names=["Price", "Ticker"])
    both.rename_axis("Date").to_parquet(tmp_path / "yf.parquet")
    same(load(tmp_path / "yf.parquet"), closes())


# Dates and units ---------------------------------------------------------------------------------------


def test_local_midnights_in_utc_are_a_day_early(tmp_path, container):
    words = ["UTC|zone|midnight|shift|Sunday|weekend|day early"]
    path = put(tmp_path, "berlin_as_utc.csv", container)
    read_or_refused(path, closes(), *words, said=words)
    frame = rows("berlin_as_utc.csv").assign(Date=lambda t: pd.to_datetime(t["Date"]))
    read_or_refused(save(tmp_path, frame, "parquet", "typed"), closes(), *words, said=words)
    melted = rows("berlin_as_utc.csv").melt("Date", var_name="ticker", value_name="close")
    read_or_refused(save(tmp_path, melted, container, "long"), closes(), *words, said=words)


def test_pence_become_pounds_in_the_middle(tmp_path, container, layout):
    table = given("gbp.csv")
    day = table.index[np.argmin((table["AAA"] / table["AAA"].shift()).fillna(1))]
    said = [r"\bAAA\b", f"{day:%Y-%m-%d}", r"\b100\b"]
    read_or_refused(save(tmp_path, layout(table), container), table, *said, said=said)


def test_the_given_file_of_pence_and_pounds(tmp_path):
    table = given("gbp.csv")
    said = [r"\bAAA\b", r"\b100\b"]
    read_or_refused(put(tmp_path, "gbp.csv"), table, *said, said=said)


# Vendors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "vendor"),
    [("aaa_us_d_pl.csv", "Stooq"), ("aaa.us.txt", "Stooq"), ("EURUSD_D1.csv", "MetaTrader")],
)
def test_a_vendors_file_is_read_or_called_by_its_name(tmp_path, name, vendor):
    for container in ("csv", "csv.gz"):
        path = put(tmp_path, name, container)
        try:
            prices = load(path)
        except StudyError as error:
            assert names(str(error), vendor)
            continue
        assert len(prices.tickers) == 1 and prices.tickers[0].upper().startswith(path.name[:3].upper())
        np.testing.assert_allclose(prices.close.iloc[:, 0], closes()["AAA"], rtol=1e-12)
        assert list(prices.close.index) == list(closes().index)


def test_a_column_of_tickers_called_name(tmp_path, container):
    path = put(tmp_path, "all_stocks_5yr.csv", container)
    read_or_refused(path, pivot(rows("all_stocks_5yr.csv"), "close"), r"\bName\b", "ticker")


# Identifiers are text ----------------------------------------------------------------------------------


def test_the_ticker_na(tmp_path, container):
    table = closes().set_axis(["NA", "RY", "TD"], axis=1)
    path = put(tmp_path, "na_ticker.csv", container)
    same(load(path), table)
    same(load(path, "RY NA"), table[["RY", "NA"]])
    same(load(save(tmp_path / "wide", wide(table), container)), table)


def test_tickers_of_digits(tmp_path, container):
    table = closes().set_axis(["000001", "000333", "600519"], axis=1)
    path = put(tmp_path, "china.csv", container)
    same(load(path), table)
    same(load(path, "600519 000001"), table[["600519", "000001"]])
    same(load(save(tmp_path / "wide", wide(table), container)), table)


# What is written around a table --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("semicolon.csv", "semicolon|';'"),
        ("trailing_comma.csv", "trailing|empty column|ends? with|last column|column 5"),
        ("preamble.csv", "line [123]|title"),
        ("blank_tail.csv", "line 6[2-5]|(blank|empty) (row|line)"),
    ],
)
def test_what_stands_around_a_table(tmp_path, name, words):
    for container in ("csv", "csv.gz"):
        read_or_refused(put(tmp_path, name, container), closes(), words)


def test_blank_rows_in_parquet(tmp_path):
    table = wide()
    table.loc[len(table)] = [None] * 4
    read_or_refused(save(tmp_path, table, "parquet"), closes(), "blank|empty|date", "row 61|line 6[12]|row")


# Names of assets -----------------------------------------------------------------------------------------


def test_a_file_of_one_asset_is_not_another_asset(tmp_path, container):
    path = put(tmp_path, "AAPL.csv", container)
    refused(path, r"\bAAPL\b", r"\bMSFT\b", universe="MSFT")
    table = closes()[["AAA"]].set_axis(["AAPL"], axis=1)
    same(load(path), table)
    same(load(path, "AAPL"), table)


def test_a_renamed_file_has_the_new_name(tmp_path):
    path = put(tmp_path, "AAPL.csv")
    assert load(path).tickers == ["AAPL"]
    assert load(path.rename(tmp_path / "IBM.csv")).tickers == ["IBM"]


def test_notes_are_shown_on_every_load(tmp_path, caplog):
    path = put(tmp_path, "AAPL.csv")
    shown = []
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO, "portfolio_study"):
            said = load(path).manifest["notes"]
        assert said
        shown.append([note for note in said if any(note in record.getMessage() for record in caplog.records)])
        assert shown[-1] == said
    assert shown[0] == shown[1]


def test_tickers_that_differ_in_case_only(tmp_path, container, layout):
    table = closes().set_axis(["AAA", "aaa", "BBB"], axis=1)
    path = save(tmp_path, layout(table), container)
    same(load(path), table)
    same(load(path, "AAA BBB"), table[["AAA", "BBB"]])
    same(load(path, "aaa"), table[["aaa"]])
    same(load(put(tmp_path, "case.csv", container), "AAA BBB"), table[["AAA", "BBB"]])
    # None of the two is meant: neither may be taken in silence.
    refused(path, "Aaa", r"\bAAA\b", r"\baaa\b", universe="Aaa")


def test_bloombergs_names_are_suggested(tmp_path, container):
    path = put(tmp_path, "bloomberg.csv", container)
    kept = ["aapl us equity", "msft us equity", "ibm us equity"]
    table = closes().set_axis(kept, axis=1)
    same(load(path), table)
    read_or_refused(path, table[kept[:2]], "aapl us equity", universe="AAPL MSFT")
    same(load(path, kept[:2]), table[kept[:2]])


def test_a_default_that_narrows_a_file_says_so(tmp_path, container):
    path = put(tmp_path, "dow30.csv", container)
    prices, table = load(path), given("dow30.csv")
    if len(prices.tickers) == 30:
        same(prices, table)
    else:
        same(prices, table.loc[: prices.close.index[-1], table.columns[:20]])
        assert names(notes(prices), r"\b10\b", "AAPL", f"{len(table) - len(prices.close)} rows")


def test_odd_names_are_kept(tmp_path, container):
    table = given("odd_names.csv")
    kept = ["Gold ($/oz) in US$", "S&P 500 #1", "Crédit <Agricole>", "50% Bonds_x", "KO|PEP"]
    assert list(table.columns) == kept
    same(load(put(tmp_path, "odd_names.csv", container)), table)
    same(load(save(tmp_path, long(table), container)), table)


# The calendar ------------------------------------------------------------------------------------------


def test_trades_on_every_day_of_the_year(tmp_path, container, layout):
    table = given("crypto.csv")
    prices = same(load(save(tmp_path, layout(table), container)), table)
    assert prices.periods_per_year == 365 or names(notes(prices), r"\b365\b")


def test_a_frequency_that_changes(tmp_path, container):
    table, words = given("daily_then_weekly.csv"), ["week|frequency|days apart"]
    for path in (put(tmp_path, "daily_then_weekly.csv", container), save(tmp_path, long(table), container)):
        read_or_refused(path, table, *words, said=words)


# Not prices ----------------------------------------------------------------------------------------------


def test_kenneth_frenchs_file(tmp_path):
    prices = load(put(tmp_path, "12_Industry.csv"))
    assert names(notes(prices), "compounded from published monthly total returns", "does not state")
    assert prices.tickers == ["NoDur", "Durbl", "Manuf"]
    assert prices.frequency == "monthly"
    returns = simple_returns(prices.close)
    np.testing.assert_allclose(returns.iloc[-1], [0.0751, 0.0386, 0.0098], atol=1e-12)


def test_returns_in_percent(tmp_path, container):
    refused(put(tmp_path, "returns_percent.csv", container), "returns")
    melted = rows("returns_percent.csv").melt("date", var_name="ticker", value_name="close")
    refused(save(tmp_path, melted, container), "returns")


@pytest.mark.parametrize("columns", [["Year"], ["Year", "Weekday"]])
def test_a_year_is_no_asset(tmp_path, columns, container):
    kept = rows("year_column.csv")[["Date", "AAA", "BBB", "CCC", *columns]]
    refused(save(tmp_path, kept, container), r"\bYear\b")


def test_assets_beside_a_close_are_not_dropped(tmp_path, container):
    refused(put(tmp_path, "close_plus_others.csv", container), r"\bClose\b", r"\bBBB\b", r"\bCCC\b")


# Bars ----------------------------------------------------------------------------------------------------


def test_the_range_is_checked_without_volume(tmp_path, container):
    table = rows("no_volume.csv")
    prices = same(load(put(tmp_path, "no_volume.csv", container)), pivot(table, "Adj Close"))
    assert quality_report(prices).outside_range == 0
    # Its adjusted closes are no better than its closes: a split of AAA is in both.
    assert names(notes(prices), r"\bAAA\b", "2014-02-14")
    outside = table.assign(Open=table["Open"].mask(table.index == 7, table["High"] * 1.01))
    assert quality_report(load(save(tmp_path, outside, container, "outside"))).outside_range == 1
    swapped = table.assign(High=table["High"].mask(table.index == 7, table["Low"] * 0.9))
    refused(save(tmp_path, swapped, container, "swapped"), "high of AAA", "2014-01-13", "below the low")
