"""Other instances of the kinds of files in test_field: shifted dates, changed units, returns, calendars."""

import re

import numpy as np
import pandas as pd
import pytest
from field_files import (
    closes,
    load,
    long,
    names,
    notes,
    read_or_refused,
    refused,
    same,
    save,
    wide,
)

from portfolio_study.data.files.signatures import returns_error
from portfolio_study.errors import StudyError

pytestmark = pytest.mark.slow  # 65 cases; test_field holds one of each kind


# Dates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-1, 1])
def test_dates_that_are_a_day_off(tmp_path, days, container, layout):
    moved = closes().set_axis(closes().index + pd.Timedelta(days=days))
    words = ["zone|UTC|shift|Sunday|Saturday|weekend|a day (early|late)|session"]
    path = save(tmp_path, layout(moved), container)
    try:
        prices = load(path)
    except StudyError as error:
        assert names(str(error), *words)
    else:
        same(prices, closes())
        assert names(notes(prices), *words)


@pytest.mark.parametrize("days", [-3, -2, 2, 3])
def test_dates_that_are_some_days_off_are_no_crypto_currency(tmp_path, days):
    """They have Saturdays and Sundays, but not all the other days."""
    moved = closes().set_axis(closes().index + pd.Timedelta(days=days))
    moved.index.name = "date"
    words = [r"fit no calendar.* \d\d\.\d%"]
    prices = read_or_refused(save(tmp_path, wide(moved)), moved, *words, said=words)
    assert prices is None or prices.periods_per_year == 252


@pytest.mark.parametrize(
    "stamp", ["%Y-%m-%dT23:00:00Z", "%Y-%m-%d 22:00:00+00:00", "%Y-%m-%d 15:00:00+00:00"]
)
def test_evenings_in_utc(tmp_path, stamp):
    hour = int(stamp.split(":")[0][-2:])
    moved = closes().index if hour == 15 else closes().index - pd.Timedelta(days=1)
    path = save(tmp_path, wide().assign(Date=moved.strftime(stamp)))
    words = ["UTC|zone|midnight|shift|Sunday|weekend|day early|15:00"]
    read_or_refused(path, closes(), *words, said=[] if hour == 15 else words)


def test_weekly_then_daily_and_monthly_then_daily(tmp_path, container, layout):
    daily = closes().iloc[30:]
    for step in (7, 28):
        slow = closes().iloc[:30]
        slow = slow.set_axis(daily.index[0] - pd.Timedelta(days=step) * np.arange(30, 0, -1))
        table, words = pd.concat([slow, daily]), ["week|month|frequency|days apart"]
        table.index.name = "date"
        read_or_refused(save(tmp_path, layout(table), container), table, *words, said=words)


@pytest.mark.parametrize("newest_first", [False, True])
def test_days_and_months_that_a_spreadsheet_exchanged(tmp_path, newest_first):
    """Where both are at most twelve, Excel reads the day as the month; the other cells stay as they were."""
    for layout in (wide, long):
        table, column = layout(), "Date" if layout is wide else "date"
        day = pd.to_datetime(table[column])
        table[column] = day.dt.strftime("%d/%m/%Y").where(day.dt.day <= 12, day.dt.strftime("%m/%d/%Y"))
        table = table.iloc[::-1] if newest_first else table
        refused(save(tmp_path, table), r"line \d+", "day and month exchanged", "'\\d\\d/0[123]/2014'")
        same(load(save(tmp_path, layout().assign(**{column: day.dt.strftime("%d/%m/%Y")}))), closes())


# Units --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.001, 0.01, 0.1, 10, 100, 1000])
@pytest.mark.parametrize("until", [31, None], ids=["one day", "to the end"])
def test_a_change_of_unit(tmp_path, factor, until, layout):
    table = closes()
    table.iloc[30:until, 1] *= factor
    said = [r"\bBBB\b", f"{table.index[30]:%Y-%m-%d}", rf"\b{max(factor, round(1 / factor))}\b"]
    for container in ("csv", "parquet"):
        read_or_refused(save(tmp_path, layout(table), container), table, *said, said=said)


def test_two_currencies(tmp_path, container):
    currency = np.where(long()["ticker"] == "BBB", "GBp", "USD")
    words = ["GBp", "USD"]
    refused(save(tmp_path, long().assign(currency=currency), container), *words)
    same(load(save(tmp_path, long().assign(currency="USD"), container, "one")), closes())


# Returns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["decimal", "percent", "log"])
def test_returns_are_not_prices(tmp_path, kind, container, layout):
    returns = closes().pct_change().iloc[1:]
    table = {"decimal": returns, "percent": 100 * returns, "log": np.log1p(returns)}[kind]
    refused(save(tmp_path, layout(table), container), "return")


@pytest.mark.parametrize(
    ("percent", "said"),
    [
        (True, r"prices = \(1 \+ returns / 100\)\.cumprod\(\)"),
        (False, r"prices = \(1 \+ returns\)\.cumprod\(\)"),
        (None, r"prices = factors\.cumprod\(\)"),
    ],
)
def test_the_remedy_for_returns_gives_prices(percent, said):
    assert re.search(f"{said}$", str(returns_error("returns.csv", percent, "AAA is -0.85")))


# The calendar -------------------------------------------------------------------------------------


def test_every_day_of_a_year_in_files_that_begin_anywhere(tmp_path, container, layout):
    table = closes().set_axis(pd.date_range("2015-06-10", periods=60, name="date"))
    prices = same(load(save(tmp_path, layout(table), container)), table)
    assert prices.periods_per_year == 365 or names(notes(prices), r"\b365\b")


def test_another_exchange_is_recognised_or_said(tmp_path, container):
    import exchange_calendars

    sessions = exchange_calendars.get_calendar("XLON", start="2014-01-01", end="2014-12-31").sessions
    table = pd.concat([closes()] * 4).iloc[:230].set_axis(pd.DatetimeIndex(sessions[:230], name="date"))
    table = (table * np.exp(np.linspace(0, 0.3, 230))[:, None]).round(4)
    prices = same(load(save(tmp_path, wide(table), container)), table)
    assert prices.manifest["calendar"] != "XNYS" or names(notes(prices), "calendar|exchange|session")
