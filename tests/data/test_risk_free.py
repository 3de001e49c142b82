import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.packaged import read_dataset
from portfolio_study.data.risk_free import carried_monthly_rate, discount_yield_to_rate, risk_free_rate


def test_month_compounds_to_the_published_rate():
    days = pd.bdate_range("2007-06-01", periods=21)
    rate, parts = risk_free_rate(days)
    published = carried_monthly_rate().loc["2007-06-30"]
    assert published == pytest.approx(0.0040)
    june = rate[rate.index.month == 6]
    assert len(june) == 21 and (june == june.iloc[0]).all()
    assert (1 + june.iloc[0]) ** 21 - 1 == pytest.approx(published, abs=1e-12)
    assert [p["kind"] for p in parts] == ["one-month bill"]


def test_monthly_rate_is_the_published_one():
    months = pd.date_range("1999-12-31", "2001-12-31", freq="ME")
    rate, _ = risk_free_rate(months, "monthly")
    np.testing.assert_allclose(rate, carried_monthly_rate().loc["1999-12":"2001-12"])


def test_two_packages_carry_the_same_rate():
    import bz2

    from portfolio_study.data.packaged import _package_file, packaged_manifest

    about = packaged_manifest()["french"]
    with bz2.open(_package_file(about["package"], about["file"])) as file:
        french = pd.read_csv(file)
    theirs = french.set_index(pd.to_datetime(french["dates"]) + pd.offsets.MonthEnd(0))["RF"]
    ours = carried_monthly_rate().loc[theirs.index]
    # Both are rounded to 0.01 %, at different times of publication.
    assert (ours - theirs).abs().max() < 1.5e-4
    assert (ours - theirs).abs().mean() < 1e-5


def test_the_two_stretches_agree_where_they_overlap():
    first, then = (read_dataset(name)["risk_free"].iloc[:, 0] for name in ("bills", "bills_since_2018"))
    both = first.index.intersection(then.index)
    assert [f"{m:%Y-%m}" for m in both] == [f"2018-{m:02d}" for m in range(6, 12)]
    # Rounded to 0.01 % a month and to 0.001 % a day of about 21.
    assert (first[both] - then[both]).abs().max() <= 0.5 * (1e-4 + 23 * 1e-5)
    assert abs((first[both] - then[both]).mean()) < 5e-5


def test_the_later_stretch_follows_month_by_month_without_a_gap_or_a_repeat():
    first, then = (read_dataset(name)["risk_free"].iloc[:, 0] for name in ("bills", "bills_since_2018"))
    joined = carried_monthly_rate()
    expected = pd.date_range("1926-07-31", "2024-12-31", freq="ME")
    assert joined.index.equals(expected.as_unit(joined.index.unit))
    pd.testing.assert_series_equal(joined[: len(first)], first, check_freq=False)
    np.testing.assert_array_equal(joined[len(first) :], then["2018-12":])
    assert joined["2021-06-30"] == 0 and joined["2023-08-31"] == pytest.approx(0.00461)


def test_each_stretch_is_named_with_its_source():
    days = pd.bdate_range("2018-11-28", "2018-12-05")
    rate, parts = risk_free_rate(days)
    assert [p["kind"] for p in parts] == ["one-month bill", "one-month bill since 2018"]
    assert parts[0]["last"] == "2018-11-30" and parts[1]["first"] == "2018-12-03"
    assert "arch.data" in parts[0]["text"] and "ICE" in parts[1]["text"] and "daily file" in parts[1]["text"]
    np.testing.assert_allclose((1 + rate.loc["2018-12-03":]) ** 21 - 1, 0.002092)


def test_the_constant_after_the_end_is_said():
    days = pd.bdate_range("2024-12-27", "2025-01-07")
    rate, parts = risk_free_rate(days)
    assert [p["kind"] for p in parts] == ["one-month bill since 2018", "carried forward"]
    assert parts[0]["last"] == "2024-12-31" and parts[1]["first"] == "2025-01-01"
    assert "2024-12" in parts[1]["text"] and "0.36%" in parts[1]["text"] and "constant" in parts[1]["text"]
    assert (rate.loc["2025-01-01":] == rate.iloc[-1]).all()
    assert rate.notna().all()


def test_before_the_first_month():
    rate, parts = risk_free_rate(pd.date_range("1926-01-31", "1926-08-31", freq="ME"), "monthly")
    assert rate.notna().all()
    assert [p["kind"] for p in parts] == ["carried backward", "one-month bill"]
    assert parts[1]["first"] == "1926-07-31"


def test_bill_yield_of_the_day_before_is_used():
    days = pd.bdate_range("2020-01-06", periods=4)
    bill = pd.Series([1.0, 2.0, np.nan, 4.0], index=days)
    rate, parts = risk_free_rate(days, bill=bill)
    # The first date has no earlier yield: it keeps the packaged rate. The gap keeps the last known yield.
    assert [p["kind"] for p in parts] == ["one-month bill since 2018", "13-week bill"]
    expected = discount_yield_to_rate(np.array([1.0, 2.0, 2.0]))
    np.testing.assert_allclose(rate.iloc[1:], expected)
    changed, _ = risk_free_rate(days, bill=bill.where(bill.index < days[3], 9.0))
    pd.testing.assert_series_equal(rate, changed)  # a later yield changes nothing


def test_discount_yield():
    # 5 % discount: 100 pays for 98.7361; held for 91 days (63 sessions).
    quarter = 1 / (1 - 0.05 * 91 / 360) - 1
    assert discount_yield_to_rate(5.0, 63) == pytest.approx(quarter)
    assert (1 + discount_yield_to_rate(5.0)) ** 63 - 1 == pytest.approx(quarter)
    assert discount_yield_to_rate(-0.1) < 0


@pytest.mark.parametrize("name", ["bills", "bills_since_2018"])
def test_rates_are_small_decimals(name):
    table = read_dataset(name)["risk_free"]
    assert table.max().max() < 0.02 and table.min().min() > -0.001
