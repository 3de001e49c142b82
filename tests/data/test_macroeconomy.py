"""Inflation and yields: known only after their publication, never beyond their end."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import macroeconomy
from portfolio_study.data.macroeconomy import macroeconomic_inputs, packaged_months
from portfolio_study.errors import DataError, ParameterError, SourceError

DAYS = pd.bdate_range("2013-01-01", "2016-12-30")


@pytest.fixture
def monthly():
    months = pd.date_range("2010-01-01", "2015-06-01", freq="MS")
    k = np.arange(len(months))
    return pd.DataFrame({"core_cpi": 100 + 0.2 * k, "aaa": 4 + np.sin(k), "baa": 5 + 2 * np.cos(k)}, months)


def test_values_are_those_of_the_last_month_that_was_out(monthly):
    found = macroeconomic_inputs(pd.DatetimeIndex(["2014-03-30", "2014-03-31"]), monthly)
    cpi, aaa, baa = (monthly[name] for name in ("core_cpi", "aaa", "baa"))
    january, february = (np.log(cpi[f"2014-{m}-01"] / cpi[f"2013-{m}-01"]) for m in ("01", "02"))
    assert found["core_inflation"].tolist() == pytest.approx([january, february])  # 31 days after 28 February
    assert found["long_yield_change"].tolist() == pytest.approx([aaa["2014-02-01"] - aaa["2013-02-01"]] * 2)
    assert found["default_spread"].tolist() == pytest.approx([baa["2014-02-01"] - aaa["2014-02-01"]] * 2)


@pytest.mark.parametrize(("column", "delay"), [("core_cpi", 31), ("aaa", 5), ("baa", 5)])
def test_a_changed_value_changes_nothing_before_it_is_out(monthly, column, delay):
    out = pd.Timestamp("2014-03-31") + pd.Timedelta(days=delay)
    changed = monthly.copy()
    changed.loc["2014-03-01", column] *= 1.5
    before, after = (macroeconomic_inputs(DAYS, table) for table in (monthly, changed))
    moved = (before - after).abs().max(axis=1) > 0
    assert moved.idxmax() == DAYS[out <= DAYS][0]  # the first session on or after the release


def test_nothing_is_carried_beyond_the_end_or_over_a_gap(monthly):
    found = macroeconomic_inputs(DAYS, monthly)
    # The values of July 2015 would be out 31 and 5 days after its end.
    assert found["core_inflation"].dropna().index[-1] == pd.Timestamp("2015-08-28")
    for name in ("long_yield_change", "default_spread"):
        assert found[name].dropna().index[-1] == pd.Timestamp("2015-08-04")
    gap = macroeconomic_inputs(DAYS, monthly.drop(pd.Timestamp("2014-03-01")))["default_spread"]
    assert gap["2014-04-07":"2014-05-02"].isna().all()
    assert gap[["2014-04-04", "2014-05-05"]].notna().all()


def test_the_packaged_series_end_in_january_2019(monthly):
    days = pd.bdate_range("1950-01-02", "2024-03-28")
    known = macroeconomic_inputs(days).dropna()
    assert (known.index[0], known.index[-1]) == (pd.Timestamp("1958-03-03"), pd.Timestamp("2019-01-30"))
    table = packaged_months()
    # Published: core inflation of December 2017 1.8 % over twelve months; Baa less Aaa 3.38 in December 2008.
    assert table["core_cpi"]["2017-12-01"] / table["core_cpi"]["2016-12-01"] - 1 == pytest.approx(
        0.018, abs=5e-4
    )
    assert macroeconomic_inputs(pd.DatetimeIndex(["2009-01-15"]))["default_spread"].iloc[0] == pytest.approx(
        3.38
    )
    # The prices of September 2013 came out on 30 October.
    october = macroeconomic_inputs(pd.DatetimeIndex(["2013-10-30", "2013-10-31"]))["core_inflation"]
    assert october.iloc[0] != october.iloc[1]


def test_bad_input_is_named(monthly, monkeypatch):
    with pytest.raises(ParameterError, match="need dates"):
        macroeconomic_inputs(pd.RangeIndex(3), monthly)
    with pytest.raises(DataError, match="dates"):
        macroeconomic_inputs(DAYS[::-1], monthly)
    with pytest.raises(ParameterError, match="no column 'baa'"):
        macroeconomic_inputs(DAYS, monthly.drop(columns="baa"))
    twice = pd.concat([monthly, monthly.iloc[-1:].set_axis([pd.Timestamp("2015-06-30")])])
    with pytest.raises(DataError, match="two rows for 2015-06"):
        macroeconomic_inputs(DAYS, twice)
    with pytest.raises(DataError, match="core_cpi: not positive in 2010-01"):
        macroeconomic_inputs(DAYS, monthly.assign(core_cpi=monthly["core_cpi"] - 100))
    monkeypatch.setattr(macroeconomy, "SHA256", "0" * 64)
    packaged_months.cache_clear()
    with pytest.raises(SourceError, match=r"arch.*requirements\.lock"):
        packaged_months()


@pytest.fixture
def five(monthly):
    k = np.arange(len(monthly))
    return monthly.assign(ten_years=3 + np.cos(k / 5), housing_starts=700 + 5 * k + 40 * np.sin(k))


def test_housing_starts_and_ten_years_are_read_where_they_are(monthly, five):
    found, without = (macroeconomic_inputs(DAYS, table) for table in (five, monthly))
    assert list(found) == [*without, "housing_growth"]
    for name in ("core_inflation", "default_spread"):
        pd.testing.assert_series_equal(found[name], without[name])
    day = pd.Timestamp("2014-05-15")  # of March: April's starts come out on the next day at the earliest
    starts, ten = five["housing_starts"], five["ten_years"]
    assert found["housing_growth"][day] == pytest.approx(np.log(starts["2014-03-01"] / starts["2013-03-01"]))
    assert found["long_yield_change"][day] == pytest.approx(ten["2014-04-01"] - ten["2013-04-01"])


def test_a_changed_number_of_housing_starts_changes_nothing_before_it_is_out(five):
    for month, out in (
        ("2014-03", "2014-05-01"),
        ("2013-09", "2013-12-18"),  # the government was shut
        ("2013-10", "2013-12-18"),
        ("2013-11", "2013-12-31"),
    ):
        changed = five.copy()
        changed.loc[f"{month}-01", "housing_starts"] *= 1.5
        before, after = (macroeconomic_inputs(DAYS, table)["housing_growth"] for table in (five, changed))
        # As the value of its own month, and a year later as what the next year's is compared with.
        first = DAYS[pd.Timestamp(out) <= DAYS][0]
        moved = before.ne(after) & before.notna()
        if month == "2013-09":  # out on the same day as October's, it is never the latest
            assert not moved[:"2014-10-30"].any() and moved["2014-10-31"]
        else:
            assert moved.idxmax() == first


def test_since_the_autumn_of_2025_housing_starts_wait_until_they_were_surely_out():
    months = pd.date_range("2023-01-01", "2026-06-01", freq="MS")
    k = np.arange(len(months))
    table = pd.DataFrame(
        {"core_cpi": 100 + k, "aaa": 4.0, "baa": 5.0, "housing_starts": 1000.0 + k**2}, months
    )
    days = pd.date_range("2025-07-01", "2026-09-30")
    found = macroeconomic_inputs(days, table)["housing_growth"]
    growth = np.log(table["housing_starts"]).diff(12)
    latest = pd.Series([months[np.abs(growth - v).argmin()] for v in found], days)
    out = {"2025-08": "2025-09-17", "2025-09": "2026-01-09", "2026-01": "2026-03-12", "2026-02": "2026-04-29"}
    for month, day in out.items():
        assert latest[latest == pd.Timestamp(f"{month}-01")].index[0] >= pd.Timestamp(day)
    assert latest.is_monotonic_increasing
    assert latest["2026-01-12"] == pd.Timestamp("2025-08-01")
    assert latest["2026-01-13"] == pd.Timestamp("2025-09-01")  # 105 days after 30 September


def test_housing_starts_must_be_positive(five):
    with pytest.raises(DataError, match="housing_starts: not positive in 2012-02"):
        macroeconomic_inputs(
            DAYS, five.assign(housing_starts=five["housing_starts"].where(five.index != "2012-02-01", 0))
        )
