"""Numbers over time: every fault is named with its unit and its date; no row moves silently."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from portfolio_study.checks import (
    aligned_frames,
    aligned_like,
    aligned_series,
    as_frame,
    as_prices,
    as_rate,
    as_series,
    at_rows,
    in_time_order,
    label,
    periods_per_year,
    same_rows,
)
from portfolio_study.errors import DataError, ParameterError

DATES = pd.bdate_range("2021-03-01", periods=6)
TABLE = pd.DataFrame(np.arange(12.0).reshape(6, 2) + 1, DATES, ["A", "B"])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (DATES[::-1], r"row 1, 2021-03-05, follows 2021-03-08 .all rows come newest first.*sort_index"),
        (DATES[[0, 2, 1, 3]], r"row 2, 2021-03-02, follows 2021-03-03; sort"),
        (DATES[[0, 1, 1, 2]], r"two rows for 2021-03-02 .rows 1 and 2.: keep one"),
        (DATES[[0, 1, 0]], r"two rows for 2021-03-01 .rows 0 and 2."),
        (DATES.to_period("D")[::-1], "2021-03-05"),
        (pd.Index([1, 3, 2]), "row 2, 2, follows 3"),
        (pd.RangeIndex(5, 0, -1), "row 1, 4, follows 5"),
        (pd.Index([datetime.date(2021, 3, 2), datetime.date(2021, 3, 1)]), "row 1, 2021-03-01, follows"),
        (pd.DatetimeIndex(["2021-03-01", None]), "row 1 has no date"),
        (pd.Index(["2021-03-02", "2021-03-01"]), "row 1, 2021-03-01, follows 2021-03-02"),
        (pd.Index(["01/03/2021", "02/03/2021"]), "'01/03/2021' is text.*pd.to_datetime"),
        (pd.Index(["A", "B", "A"]), "two rows for A"),
        (pd.Index([1, "x"], dtype=object), "several kinds"),
        (pd.DatetimeIndex(["2021-03-01 10:00", "2021-03-01 09:30"]), "2021-03-01 09:30:00, follows"),
    ],
)
def test_rows_out_of_order(index, message):
    with pytest.raises(DataError, match=message):
        in_time_order(index, "returns")


@pytest.mark.parametrize(
    "index",
    [
        DATES,
        DATES.to_period("D"),
        pd.RangeIndex(4),
        pd.Index([1, 5, 9]),
        pd.Index(["b", "a"]),
        pd.Index(["2021-03-01", "2021-03-02"]),
        DATES[:0],
        DATES.tz_localize("UTC"),
        pd.Index([datetime.date(2021, 3, 1), datetime.date(2021, 3, 2)]),
    ],
)
def test_rows_in_order(index):
    in_time_order(index)


def test_text_is_not_read_as_a_number():
    text = TABLE.astype(str)
    with pytest.raises(
        DataError, match=r"prices: A at 2021-03-01 is the text '1\.0', not a number: .*to_numeric"
    ):
        as_prices(text)
    with pytest.raises(DataError, match=r"values at 2021-03-01 is the text '1\.0'"):
        as_series(text["A"], "values")
    with pytest.raises(DataError, match="text"):
        as_series(["1", "2"], "values")
    mixed = TABLE.astype(object)
    mixed.iloc[3, 1] = "1,234.5"
    with pytest.raises(DataError, match=r"table: B at 2021-03-04 is the text '1,234\.5'"):
        as_frame(mixed, "table")
    with pytest.raises(DataError, match="table: A holds datetime64"):
        as_frame(pd.DataFrame({"A": DATES}, DATES), "table")
    with pytest.raises(DataError, match="complex"):
        as_frame(TABLE * 1j, "table")


def test_other_numbers_become_floats():
    exact = TABLE.map(lambda x: Decimal(str(x)))
    for given in (exact, TABLE.astype("Float64"), TABLE.astype(np.float32), TABLE.astype(int)):
        found = as_frame(given, "table")
        assert (found.dtypes == np.float64).all()
        pd.testing.assert_frame_equal(found, TABLE)
    hole = TABLE.astype("Float64")
    hole.iloc[2, 1] = pd.NA
    with pytest.raises(DataError, match="1 missing or infinite values, first for B at 2021-03-03"):
        as_frame(hole, "table")


def test_tables():
    hole = TABLE.copy()
    hole.iloc[2, 1] = np.nan
    with pytest.raises(DataError, match="first for B at 2021-03-03"):
        as_frame(hole)
    assert as_frame(hole, gaps=True).isna().sum().sum() == 1
    with pytest.raises(DataError, match="infinite"):
        as_frame(hole.fillna(np.inf), gaps=True)
    with pytest.raises(DataError, match="6 rows, at least 7"):
        as_frame(TABLE, "returns", 7)
    with pytest.raises(DataError, match="column 'A' more than once"):
        as_frame(TABLE.set_axis(["A", "A"], axis=1))
    with pytest.raises(DataError, match=r"DataFrame .dates x tickers. or a Series, got ndarray"):
        as_frame(TABLE.to_numpy(), labelled=True)
    assert list(as_frame(TABLE["A"])) == ["A"]
    assert as_frame(TABLE.to_numpy()).shape == (6, 2)


def test_prices():
    with pytest.raises(ParameterError, match="DataFrame or Series, got ndarray"):
        as_prices(TABLE.to_numpy())
    with pytest.raises(DataError, match=r"the price of B at 2021-03-02 is -4\.0"):
        as_prices(TABLE.assign(B=[2, -4, 6, 8, 10, 12]))
    with pytest.raises(DataError, match="the price of the series at 2021-03-01 is inf"):
        as_prices(pd.Series(np.inf, DATES))


def test_several_inputs():
    a, b = aligned_frames(1, a=TABLE, b=TABLE[["B", "A"]])
    pd.testing.assert_frame_equal(a, b)
    array, named = aligned_frames(1, array=TABLE.to_numpy(), named=TABLE[["B", "A"]])
    assert list(named) == ["B", "A"] and array.shape == named.shape
    with pytest.raises(DataError, match="a and b have different columns: B only in a; C only in b"):
        aligned_frames(1, a=TABLE, b=TABLE.rename(columns={"B": "C"}))
    with pytest.raises(DataError, match="a has 6 rows and b has 5: align"):
        aligned_frames(1, a=TABLE, b=TABLE.iloc[1:])
    with pytest.raises(DataError, match="first at row 5: 2021-03-08 and 2021-03-09"):
        aligned_series(1, a=TABLE["A"], b=TABLE["A"].set_axis([*DATES[:5], pd.Timestamp("2021-03-09")]))
    with pytest.raises(DataError, match="first at row 0: 2021-03-01 and 0"):
        same_rows(TABLE, TABLE.reset_index(drop=True), "a", "b")
    assert list(aligned_like(TABLE[["B", "A"]], TABLE, "x", "y")) == ["A", "B"]
    with pytest.raises(DataError, match="x has no row for 2021-03-08"):
        at_rows(TABLE.iloc[:5], DATES, "x")


@pytest.mark.parametrize(
    ("rate", "index", "periods", "message"),
    [
        (
            0.03,
            DATES,
            None,
            r"0\.03 a period, which is 756% a year with 252 periods.*3 % a year is 0\.000119",
        ),
        (0.03, None, 252, "756%"),
        (1.0002, DATES, None, r"gross return, give 0\.0002"),
        (pd.Series(0.04, DATES), DATES, None, r"on average 0\.04 a period"),
        (0.15, DATES.to_period("M").unique().append(pd.PeriodIndex(["2021-04"], freq="M")), None, "180%"),
        (2.0, None, None, "200% a year with 1 periods"),
        ("0.01", DATES, None, "risk_free must be a number, got '0.01'"),
        (np.nan, DATES, None, "finite"),
    ],
)
def test_rates_of_another_unit(rate, index, periods, message):
    with pytest.raises(ParameterError, match=message):
        as_rate(rate, index, periods=periods)


def test_rates():
    assert as_rate(None) == 0.0
    assert as_rate(0.03) == 0.03  # a yearly rate, for all that is known
    rates = pd.Series(0.0001, pd.bdate_range("2021-02-01", periods=60))
    assert as_rate(rates, DATES).index.equals(DATES)
    with pytest.raises(DataError, match="risk_free has no value for 2021-03-08"):
        as_rate(rates[:"2021-03-05"], DATES)
    with pytest.raises(DataError, match="two rows for 2021-02-01"):
        as_rate(pd.concat([rates.iloc[:1], rates]), DATES)
    with pytest.raises(DataError, match="order of time"):
        as_rate(rates.iloc[::-1], DATES)
    with pytest.raises(DataError, match="the text"):
        as_rate(rates.astype(str), DATES)


def test_labels_and_periods():
    assert (
        label(DATES[0])
        == label(DATES[0].to_pydatetime().date())
        == label(DATES.to_numpy()[0])
        == "2021-03-01"
    )
    assert label("A") == "A"
    assert periods_per_year(DATES) == 252
    with pytest.raises(ParameterError, match="periods_per_year cannot be inferred"):
        periods_per_year(pd.RangeIndex(3))
