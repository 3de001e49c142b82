import os

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import UNIVERSES, load_prices
from portfolio_study.data.synthetic import simulate
from portfolio_study.errors import DataError, SourceError, StudyError, UnknownNameError

FIELDS = ["open", "high", "low", "close", "adj_close", "volume"]


@pytest.fixture(scope="module")
def simulated():
    return simulate(("AAA", "BBB"), "2020-01-01", "2020-06-30", seed=3)[0]


@pytest.fixture
def long(simulated):
    """Long form: one row a date and ticker."""
    parts = []
    for ticker in ("AAA", "BBB"):
        part = pd.DataFrame({name: simulated[name][ticker] for name in FIELDS})
        parts.append(part.assign(ticker=ticker).reset_index())
    return pd.concat(parts, ignore_index=True)[["date", "ticker", *FIELDS]]


@pytest.fixture
def save(tmp_path):
    def write(table, name="prices.csv"):
        path = tmp_path / name
        if name.endswith(".parquet"):
            table.to_parquet(path)
        else:
            table.to_csv(path, index=table.index.name is not None)
        return path

    return write


@pytest.mark.parametrize("name", ["prices.csv", "prices.csv.gz", "prices.parquet"])
def test_long_and_wide_in_every_format_give_the_same_closes(save, long, simulated, name):
    from_long = load_prices("file", path=save(long, name))
    from_wide = load_prices("file", path=save(simulated["adj_close"], "wide_" + name))
    pd.testing.assert_frame_equal(from_long.close, from_wide.close)
    pd.testing.assert_frame_equal(from_long.close, simulated["adj_close"], check_freq=False)
    assert set(from_long.ohlcv) == set(FIELDS) and from_wide.ohlcv is None
    pd.testing.assert_frame_equal(from_long.ohlcv["high"], simulated["high"], check_freq=False)
    assert from_long.source == "file" and from_long.universe == "custom"
    assert any("all 2 assets of the file" in note for note in from_long.manifest["notes"])
    assert from_long.manifest["vendor"] == "unknown"


def test_names_and_order_of_columns_and_rows_do_not_matter(save, long):
    shuffled = long.sample(frac=1, random_state=1)[long.columns[::-1]]
    renamed = shuffled.rename(
        columns={"adj_close": "Adj Close", "ticker": "Symbol", "date": "Date", "high": "HIGH"}
    )
    assert (
        load_prices("file", path=save(long)).sha256
        == load_prices("file", path=save(renamed, "other.csv")).sha256
    )


def test_time_stamps_with_zone_are_read_as_dates(save, simulated):
    wide = simulated["adj_close"].reset_index()
    wide["date"] = wide["date"].dt.strftime("%Y-%m-%d 00:00:00-05:00")
    assert load_prices("file", path=save(wide)).close.index.equals(simulated["adj_close"].index)


@pytest.mark.parametrize("name", ["prices.csv", "prices.parquet"])
def test_a_date_in_the_future_is_refused_with_its_place(save, long, simulated, name):
    path, last = save(long, name), simulated["adj_close"].index[-1]
    assert load_prices("file", path=path, today=last).sample()["last"] == f"{last:%Y-%m-%d}"
    before = simulated["adj_close"].index[-2]
    place = "line" if name.endswith("csv") else "row"
    words = rf"{place} \d+: the date '{last:%Y-%m-%d}.*' lies in the future .*{before:%Y-%m-%d}.*END={before:%Y-%m-%d}"
    save(long.assign(close=long["close"] * 1.001), name)  # another file: the first one's answer is stored
    with pytest.raises(DataError, match=words):
        load_prices("file", path=path, today=before)
    assert len(load_prices("file", path=path, end=f"{before:%Y-%m-%d}", today=before).close)


def test_a_slip_in_a_year_is_a_date_in_the_future(save, simulated):
    wide = simulated["adj_close"].reset_index()
    wide["date"] = wide["date"].dt.strftime("%Y-%m-%d")
    wide.loc[60, "date"] = "2202" + wide.loc[60, "date"][4:]
    with pytest.raises(DataError, match=r"line 62: the date '2202-.* lies in the future"):
        load_prices("file", path=save(wide))


def test_the_month_that_runs_may_bear_the_date_of_its_end(save):
    months = pd.date_range("2020-01-31", periods=30, freq="ME", name="date")
    path = save(pd.DataFrame({"A": np.linspace(10, 20, 30), "B": np.linspace(30, 20, 30)}, index=months))
    assert len(load_prices("file", path=path, today="2022-06-10").close) == 30
    path = save(pd.DataFrame({"A": np.linspace(10, 21, 30), "B": np.linspace(30, 20, 30)}, index=months))
    with pytest.raises(DataError, match=r"line 31: the date '2022-06-30' lies in the future"):
        load_prices("file", path=path, today="2022-05-31")


def test_chosen_tickers_dates_and_former_symbols(save, simulated):
    path = save(simulated["adj_close"].rename(columns={"AAA": "FB"}))
    prices = load_prices("file", "META", "2020-02-03", "2020-02-28", path=path)
    assert prices.tickers == ["META"]
    assert prices.sample()["first"] == "2020-02-03" and prices.sample()["last"] == "2020-02-28"
    np.testing.assert_array_equal(
        prices.close["META"], simulated["adj_close"]["AAA"].loc["2020-02-03":"2020-02-28"]
    )
    assert load_prices("file", "bbb fb", path=path).tickers == ["bbb", "fb"]


def test_default_universe_and_its_dates_if_the_file_has_it(save):
    dow = simulate(UNIVERSES["dow20"].tickers, "2009-06-01", "2010-12-31")[0]["adj_close"]
    prices_path = save(dow)
    prices = load_prices("file", path=prices_path)
    assert prices.universe == "dow20" and prices.sample()["first"] == "2010-01-01"
    assert any("hindsight" in note for note in prices.manifest["notes"])
    assert any("outside the dates of dow20" in note for note in prices.manifest["notes"])
    whole = load_prices("file", start="2009-06-01", path=prices_path)
    assert whole.sample()["first"] == "2009-06-01"
    # One asset more, and it is the reader's own universe: nothing is left out unless it is asked for.
    more = load_prices("file", path=save(dow.assign(OTHER=dow["KO"] * 1.5), "more.csv"))
    assert more.universe == "custom" and len(more.tickers) == 21
    assert any("all 21 assets" in note and "UNIVERSE=dow20" in note for note in more.manifest["notes"])
    chosen = load_prices("file", "dow20", path=save(dow.assign(OTHER=dow["KO"] * 1.5), "more.csv"))
    assert chosen.universe == "dow20" and chosen.tickers == prices.tickers


def test_one_asset_without_a_ticker_column_is_named_after_the_file(save, long):
    one = long[long["ticker"] == "AAA"].drop(columns="ticker")
    prices = load_prices("file", path=save(one, "abc.csv"))
    assert prices.tickers == ["ABC"] and prices.ohlcv is not None


def test_monthly_prices(save, simulated):
    monthly = simulate(("AAA",), "2015-01-01", "2020-06-30")[0]["adj_close"].resample("ME").last()
    prices = load_prices("file", path=save(monthly))
    assert prices.frequency == "monthly" and prices.manifest["calendar"] == "months"
    weekly = simulated["adj_close"].resample("W-FRI").last()
    with pytest.raises(DataError, match="7 days apart"):
        load_prices("file", path=save(weekly, "weekly.csv"))


def test_partial_bars_are_said(save, long):
    prices = load_prices("file", path=save(long.drop(columns="volume")))
    assert prices.ohlcv is None
    assert any("volume" in note for note in prices.manifest["notes"])
    closes = load_prices("file", path=save(long[["date", "ticker", "close"]], "closes.csv"))
    assert any("no adjusted closes" in note for note in closes.manifest["notes"])


def test_changed_file_is_loaded_again(save, long):
    first = load_prices("file", path=save(long))
    long.loc[5, "adj_close"] *= 1.01
    assert load_prices("file", path=save(long)).sha256 != first.sha256


def cell(table, row, column, value):
    return table.astype({column: object}).pipe(
        lambda t: t.assign(**{column: t[column].mask(t.index == row, value)})
    )


BAD = {
    "no date column": (lambda t: t.drop(columns="date"), r"no column 'date'"),
    "no price column": (lambda t: t[["date", "ticker", "volume"]], r"no column 'adj_close' or 'close'"),
    "negative price": (
        lambda t: cell(t, 7, "adj_close", -1.0),
        r"adj_close of AAA on 2020-01-10 is not positive",
    ),
    "zero price": (lambda t: cell(t, 7, "low", 0.0), r"low of AAA on 2020-01-10 is not positive"),
    "text": (
        lambda t: cell(t, 7, "adj_close", "12,5"),
        r"adj_close of AAA on 2020-01-10 is '12,5'.*not a number",
    ),
    "infinite": (lambda t: cell(t, 7, "adj_close", np.inf), r"adj_close of AAA on 2020-01-10 is not finite"),
    "gap": (lambda t: cell(t, 7, "adj_close", None), r"adj_close of AAA on 2020-01-10 is missing"),
    "missing row": (lambda t: t.drop(index=7), r"AAA on 2020-01-10 is missing"),
    "late start": (
        lambda t: t.drop(index=range(7)),
        r"AAA \(2020-01-10 to .*START=2020-01-10",
    ),
    "early end": (
        lambda t: t.drop(index=range(100, 130)),
        r"AAA \(.* to 2020-05-19\).*END=2020-05-19",
    ),
    "repeated date": (lambda t: pd.concat([t, t.iloc[[7]]]), r"AAA on 2020-01-10 more than once"),
    "no date": (lambda t: cell(t, 7, "date", "10/01/2020"), r"line 9: '10/01/2020' is not a date"),
    "no ticker": (lambda t: cell(t, 7, "ticker", None), r"no ticker in line 9"),
    "high below low": (lambda t: cell(t, 7, "high", 1.0), r"high of AAA on 2020-01-10 is below the low"),
    "negative volume": (lambda t: cell(t, 7, "volume", -5.0), r"volume of AAA on 2020-01-10 is negative"),
    "empty": (lambda t: t.iloc[:0], r"no rows"),
    "column twice": (lambda t: t.assign(Close=1.0), r"more than one column 'close'"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_is_one_clear_error_and_nothing_is_stored(save, long, case, own_build_dir):
    make, message = BAD[case]
    path = save(make(long))
    with pytest.raises(DataError, match=message) as error:
        load_prices("file", path=path)
    assert "\n" not in str(error.value)
    assert not list(own_build_dir.rglob("*.parquet"))


def test_wide_file_with_repeated_date_and_text(save, simulated):
    wide = simulated["adj_close"].reset_index()
    with pytest.raises(DataError, match="AAA on 2020-01-03 more than once"):
        load_prices("file", path=save(pd.concat([wide, wide.iloc[[2]]])))
    with pytest.raises(DataError, match=r"BBB on 2020-01-03 is 'x'"):
        load_prices("file", path=save(cell(wide, 2, "BBB", "x")))


def test_only_the_chosen_part_is_checked(save, long):
    path = save(cell(long, 7, "adj_close", -1.0))
    assert load_prices("file", "BBB", path=path).tickers == ["BBB"]
    assert load_prices("file", start="2020-02-01", path=path).tickers == ["AAA", "BBB"]


def test_missing_tickers(save, long):
    path = save(long)
    with pytest.raises(UnknownNameError, match=r"'AAB'; did you mean 'AAA'"):
        load_prices("file", "AAB", path=path)
    with pytest.raises(DataError, match=r"lacks 20 of the 20 tickers of dow20"):
        load_prices("file", "dow20", path=path)


def test_unreadable_files(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        load_prices("file", path=tmp_path / "none.csv")
    with pytest.raises(SourceError, match="is a folder, a pipe or a device"):
        load_prices("file", path=tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    for odd in (tmp_path / "pipe.csv", "/dev/zero"):
        with pytest.raises(SourceError, match="is a folder, a pipe or a device: give an existing file"):
            load_prices("file", path=odd)
    for name in ("a.parquet", "a.csv.gz"):
        (tmp_path / name).write_bytes(b"no such format")
        with pytest.raises(DataError, match="cannot be read"):
            load_prices("file", path=tmp_path / name)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(StudyError, match="cannot be read"):
        load_prices("file", path=tmp_path / "empty.csv")
