import numpy as np
import pandas as pd
import pytest

from portfolio_study.checks import periods_per_year, sessions_per_year
from portfolio_study.data import load_prices
from portfolio_study.data.calendars import (
    EVERY_DAY,
    SUNDAY_TO_THURSDAY,
    WEEKDAYS,
    expected_dates,
    recognise_calendar,
    weekday_shift,
)
from portfolio_study.data.risk_free import risk_free_rate
from portfolio_study.errors import DataError


def sessions(calendar, first="2014-01-02", last="2014-12-31"):
    return pd.DatetimeIndex(expected_dates(pd.Timestamp(first), pd.Timestamp(last), calendar))


@pytest.mark.parametrize("calendar", ["XNYS", "XLON", "XTKS", "XHKG", WEEKDAYS, EVERY_DAY])
def test_a_calendar_is_recognised(calendar):
    found, notes = recognise_calendar(sessions(calendar), "prices.csv")
    assert found == calendar and bool(notes) == (calendar != "XNYS")


def test_a_calendar_that_fits_nothing_is_said():
    dates = sessions("XNYS").union(sessions("XTKS"))[::1]
    dates = dates[np.arange(len(dates)) % 9 != 0]
    found, notes = recognise_calendar(dates, "prices.csv")
    assert found == "XNYS" and "fit no calendar" in notes[0]


def test_some_missing_sessions_do_not_change_the_calendar():
    dates = sessions("XNYS").delete([50, 120])
    assert recognise_calendar(dates, "prices.csv") == ("XNYS", [])
    hole = sessions("XNYS", last="2018-12-31").delete(range(100, 112))
    assert any("no prices between 2014-05-27" in n and "days)" in n for n in recognise_calendar(hole, "x")[1])


def test_a_gap_is_said_and_is_no_other_calendar():
    for calendar in ("XNYS", "XLON"):
        dates = sessions(calendar, last="2018-12-31")
        dates = dates[(dates < "2015-02-28") | (dates > "2016-02-29")]
        found, notes = recognise_calendar(dates, "prices.csv")
        assert found == calendar and not any("fit no calendar" in note for note in notes)
        assert "there are no prices between 2015-02-27 and 2016-03-01 (368 days)" in notes


@pytest.mark.parametrize(("days", "words"), [(-1, "a day early.*Sundays"), (1, "a day late.*Saturdays")])
def test_dates_beside_those_of_an_exchange(days, words):
    moved = sessions("XNYS") + pd.Timedelta(days=days)
    assert weekday_shift(moved) == days and weekday_shift(sessions("XNYS")) == 0
    with pytest.raises(DataError, match=words):
        recognise_calendar(moved, "prices.csv")


def test_sundays_to_thursdays():
    dates = sessions(SUNDAY_TO_THURSDAY).delete([20, 21, 22, 23, 24, 70, 71, 72, 150, 151, 200, 201])
    found, notes = recognise_calendar(dates, "prices.csv")
    assert found == SUNDAY_TO_THURSDAY and "Sunday to Thursday" in notes[0]


def test_a_year_of_every_day_has_365_periods():
    days = pd.date_range("2014-01-01", periods=400)
    assert sessions_per_year(days) == periods_per_year(days) == 365
    assert sessions_per_year(sessions("XNYS")) == periods_per_year(sessions("XNYS")) == 252
    assert load_prices(universe="us20").periods_per_year == 252


def test_the_riskless_rate_of_a_year_does_not_depend_on_its_periods():
    days, weekdays = pd.date_range("2014-01-01", "2014-12-31"), sessions("XNYS")
    every, some = risk_free_rate(days, periods_per_year=365)[0], risk_free_rate(weekdays)[0]
    assert every.sum() == pytest.approx(some.sum(), rel=0.02)
    bill = pd.Series(5.0, index=pd.date_range("2013-12-01", "2014-12-31"))
    every = risk_free_rate(days, bill=bill, periods_per_year=365)[0]
    assert every.sum() == pytest.approx(risk_free_rate(weekdays, bill=bill)[0].sum(), rel=0.01)
