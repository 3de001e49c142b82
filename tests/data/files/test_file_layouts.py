"""What the columns of a file are, which assets are wanted, and what is said of it."""

import logging

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.files.choose import nearest
from portfolio_study.data.files.filename import asset_of, says_asset
from portfolio_study.data.files.names import field_of, plain, split_name
from portfolio_study.errors import DataError, ParameterError, StudyError, UnknownNameError

DAYS = pd.bdate_range("2014-01-01", periods=40, name="date")
VALUES = np.array([20.0, 80.0, 150.0]) * np.exp(
    np.cumsum(np.random.default_rng(1).normal(0, 0.01, (40, 3)), axis=0)
)
CLOSES = pd.DataFrame(VALUES.round(4), index=DAYS, columns=["AAA", "BBB", "CCC"])


@pytest.fixture
def load(tmp_path):
    def write_and_load(table, name="prices.csv", universe=None, **options):
        path = tmp_path / name
        if isinstance(table, str):
            path.write_text(table, encoding="utf-8")
        elif name.endswith("parquet"):
            table.to_parquet(path)
        else:
            table.to_csv(path, index=False)
        return load_prices("file", universe, path=path, **options)

    return write_and_load


def wide(**others):
    return CLOSES.reset_index().assign(**others)


def one(header, row):
    return "\n".join([header, *(row.format(day=day, x=x) for day, x in CLOSES["AAA"].items())]) + "\n"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Adj. Close", "adj_close"),
        ("Adjusted_close", "adj_close"),
        ("5. adjusted close", "adj_close"),
        ("Close (USD)", "close"),
        ("Close*", "close"),
        ("Close/Last", "close"),
        ("4. close", "close"),
        ("Vol.", "volume"),
        ("Volume (shares)", "volume"),
        ("CLOSED", None),
        ("Closes", None),
    ],
)
def test_spellings_of_fields(name, field):
    assert field_of(name) == field


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("AAA.Close", ("AAA", "close")),
        ("BRK.B.Adjusted", ("BRK.B", "adj_close")),
        ("AAPL Adj Close", ("AAPL", "adj_close")),
        ("Adj Close_AAPL", ("AAPL", "adj_close")),
        ("('Close', 'AAA')", ("AAA", "close")),
        ("('AAA', 'Volume')", ("AAA", "volume")),
        ("BRK.B", None),
        ("Minimum Vol", None),
        ("Close", None),
    ],
)
def test_fields_in_names(name, parts):
    assert split_name(name) == parts


def test_plain_names():
    assert plain("Najwyższy ") == "najwyzszy" and plain("Adj. Close**") == "adjclose"


@pytest.mark.parametrize(
    ("file", "asset", "says"),
    [
        ("AAPL.csv", "AAPL", True),
        ("brk.b.csv.gz", "BRK.B", True),
        ("daily_adjusted_IBM.csv", "IBM", True),
        ("AAPL (1).csv", "AAPL", True),
        ("AAPL_2010_2020.parquet", "AAPL", True),
        ("prices.csv", "PRICES", False),
        ("my prices 2014.csv", "MY PRICES 2014", False),
        ("HistoricalData_1700000000.csv", "HISTORICALDATA_1700000000", False),
    ],
)
def test_what_the_name_of_a_file_says(file, asset, says):
    assert asset_of(file) == asset and says_asset(file) == says


def test_the_name_of_the_file_is_part_of_the_request(load, tmp_path, monkeypatch):
    table = one("Date,Close", "{day:%Y-%m-%d},{x}")
    first, second = load(table, "KO.csv"), load(table, "PEP.csv")
    assert (first.tickers, second.tickers) == (["KO"], ["PEP"]) and first.sha256 != second.sha256
    assert load(table, "KO.csv").tickers == ["KO"]
    # So is its content, wherever it lies.
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_prices("file", path="~/KO.csv").close.iloc[0, 0] == CLOSES.iloc[0, 0]
    (tmp_path / "KO.csv").write_text(table.replace(f"{CLOSES.iloc[0, 0]}", "19.5"))
    assert load_prices("file", path="~/KO.csv").close.iloc[0, 0] == 19.5


def test_vendors_that_need_no_parser(load):
    stamp = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
    prices = load(one(stamp, "{day:%Y-%m-%d},{x},{x},{x},9,{x},100,0,1"), "daily_adjusted_IBM.csv")
    assert prices.tickers == ["IBM"] and list(prices.close["IBM"]) == list(CLOSES["AAA"])
    assert any("'dividend_amount', 'split_coefficient'" in note for note in prices.manifest["notes"])
    tiingo = ",close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor"
    row = "{day:%Y-%m-%d} 00:00:00+00:00,9,9,9,9,100,{x},{x},{x},{x},100,0,1"
    assert list(load(one(tiingo, row), "KO.csv").close["KO"]) == list(CLOSES["AAA"])
    eodhd = load(one("Date,Open,Adjusted_close", "{day:%Y-%m-%d},9,{x}"), "AAPL.US.csv", "AAPL")
    assert eodhd.tickers == ["AAPL"]


def test_a_title_with_dates_is_no_table(load):
    text = "From,2014-01-01\nTo,2014-03-01\n\n" + wide().to_csv(index=False)
    prices = load(text)
    assert prices.tickers == ["AAA", "BBB", "CCC"] and len(prices.close) == 40


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (one("Date,Close,Foo", "{day:%Y-%m-%d},{x},1"), "'Foo' beside 'Close'"),
        (one("Date,Open,High,Low,Settle", "{day:%Y-%m-%d},{x},{x},{x},{x}"), "'Settle' beside 'Open'"),
        (one("Date,Close,Last", "{day:%Y-%m-%d},{x},{x}"), "more than one column 'close': 'Close', 'Last'"),
        (one("Date,AAA,AAA Volume", "{day:%Y-%m-%d},{x},5"), "'AAA Volume' name ticker and field, but 'AAA'"),
        (one("Date,AAA.Open,AAA.High", "{day:%Y-%m-%d},{x},{x}"), "no close of AAA"),
        (one("Date,A.Close,B.Close,B.Adjusted", "{day:%Y-%m-%d},{x},9,9"), "and A only plain ones"),
        (one("Date,timestamp,AAA", "{day:%Y-%m-%d},{day:%Y-%m-%d},{x}"), "2 columns may be the dates"),
        (one("Date,AAA (USD),BBB (EUR)", "{day:%Y-%m-%d},{x},9"), "different currencies"),
        (one("Date,stock,isin,close", "{day:%Y-%m-%d},A,B,{x}"), "'stock', 'isin' may hold the tickers"),
        (one("Date,ticker,return", "{day:%Y-%m-%d},A,{x}"), "'return' holds returns"),
    ],
)
def test_a_column_that_is_not_understood_is_named(load, table, words):
    with pytest.raises(StudyError, match=words):
        load(table)


def test_a_copy_is_no_second_asset(load):
    with pytest.raises(DataError, match="'DDD' is a copy of 'AAA'"):
        load(wide(DDD=CLOSES["AAA"].to_numpy()))
    long = CLOSES.assign(DDD=CLOSES["AAA"]).stack().rename("close").rename_axis(["date", "ticker"])  # noqa: PD013 - melt loses the dates
    with pytest.raises(DataError, match="'DDD' is a copy of 'AAA'"):
        load(long.reset_index())


def test_dates_and_tickers_in_the_index_of_parquet(load):
    long = CLOSES.stack().rename("close").to_frame()  # noqa: PD013 - melt loses the dates
    for names in (["date", "ticker"], ["Date", "Symbol"]):
        prices = load(long.rename_axis(names), "prices.parquet")
        pd.testing.assert_frame_equal(
            prices.close,
            CLOSES,
            check_names=False,
            check_freq=False,
            check_index_type=False,
            check_column_type=False,
        )
    with pytest.raises(DataError, match="without a name"):
        load(long.rename_axis([None, None]), "prices.parquet")
    text = CLOSES.set_axis(DAYS.strftime("%Y-%m-%d")).rename_axis(None)
    assert load(text, "prices.parquet").tickers == ["AAA", "BBB", "CCC"]
    assert load(wide().iloc[5:], "prices.parquet").tickers == ["AAA", "BBB", "CCC"]


def test_repeated_rows_are_told_apart(load):
    lines = wide().to_csv(index=False).splitlines()
    with pytest.raises(DataError, match=r"line 6 and line 42.*the rows are equal"):
        load("\n".join([*lines, lines[5]]))
    with pytest.raises(DataError, match=r"line 6 and line 42.*the rows are different"):
        load("\n".join([*lines, lines[5][:-1] + "77"]))
    hours = "\n".join(["Date,AAA", *(f"2014-01-02 {h:02}:00,{20 + h}" for h in range(9, 17))])
    with pytest.raises(DataError, match="intraday prices"):
        load(hours)


def test_the_order_of_rows_is_said(load):
    newest = load(wide().iloc[::-1])
    assert any("newest to the oldest" in note for note in newest.manifest["notes"])
    pd.testing.assert_frame_equal(newest.close, load(wide()).close)


@pytest.mark.parametrize(
    ("step", "words"), [(2, "2 days apart"), (7, "7 days apart.*weekly"), (91, "91 days apart")]
)
def test_other_frequencies_are_refused(load, step, words):
    moved = CLOSES.set_axis(pd.date_range("2014-01-01", periods=40, freq=f"{step}D", name="date"))
    with pytest.raises(DataError, match=words):
        load(moved.reset_index())


def test_one_part_of_a_file_whose_frequency_changes(load):
    weekly = pd.date_range("2014-04-04", periods=40, freq="W-FRI")
    table = pd.concat([CLOSES, CLOSES.set_axis(weekly)]).rename_axis("date").reset_index()
    with pytest.raises(
        DataError, match=r"from 2014-01-01 to 2014-02-25 the dates are 1 day\(s\) apart.*weekly"
    ):
        load(table)
    assert load(table, end="2014-02-25").close.shape == (40, 3)


def test_names_with_blanks_and_signs_can_be_asked_for(load):
    names = ["aapl us equity", "KO|PEP", "S&P 500 #1"]
    table = CLOSES.set_axis(names, axis=1).reset_index()
    for universe in ("'aapl us equity' \"KO|PEP\" 'S&P 500 #1'", "aapl us equity; KO|PEP; S&P 500 #1", names):
        assert load(table, universe=universe).tickers == names
    with pytest.raises(
        UnknownNameError, match=r"did you mean 'aapl us equity'.*UNIVERSE.*\"'aapl us equity'\""
    ):
        load(table, universe="AAPL")


def test_a_stored_snapshot_keeps_names_with_the_sign_that_separates_fields(load):
    first = load(CLOSES.set_axis(["A|B", "C", "|"], axis=1).reset_index())
    other = load(CLOSES.set_axis(["A", "B|C", "|"], axis=1).reset_index())
    assert first.sha256 != other.sha256
    assert load_prices(snapshot=first.sha256).tickers == ["A|B", "C", "|"]
    assert load_prices(snapshot=other.sha256).tickers == ["A", "B|C", "|"]


def test_the_nearest_names():
    have = ["AAPL US Equity", "MSFT US Equity", "IBM.N", "000001"]
    assert nearest("AAPL", have) == ["AAPL US Equity"] and nearest("ibm", have) == ["IBM.N"]
    assert nearest("1", have) == ["000001"] and nearest("ZZZZ", have) == []


def test_one_asset_is_not_a_whole_universe(load):
    with pytest.raises(
        ParameterError, match=r"holds one asset without a ticker, KO by its name.*asks for 20"
    ):
        load(one("Date,Close", "{day:%Y-%m-%d},{x}"), "KO.csv", "dow20")


def test_dates_that_the_universe_leaves_out_are_said(load):
    years = pd.bdate_range("2017-01-02", "2021-12-31", name="date")
    values = 100 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, len(years))))
    table = pd.DataFrame({"Date": years, "^GSPC": values})
    for options in ({}, {"start": "2018-01-01"}):
        prices = load(table, universe="sp500", **options)
        assert prices.sample()["last"] == "2020-06-30"
        assert any("rows of the file lie outside the dates of sp500" in n for n in prices.manifest["notes"])


def test_notes_are_warnings_outside_of_a_build(load, caplog, monkeypatch):
    for level in (logging.WARNING, logging.INFO):
        caplog.clear()
        with caplog.at_level(logging.INFO, "portfolio_study"):
            load(wide().iloc[::-1])
        assert {r.levelno for r in caplog.records if "newest" in r.getMessage()} == {level}
        assert "prices.csv: the rows" in caplog.text
        monkeypatch.setenv("STUDY_IN_BUILD", "1")
