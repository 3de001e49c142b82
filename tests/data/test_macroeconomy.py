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
