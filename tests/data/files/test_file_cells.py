"""How files write dates and numbers."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.files.dates import looks_like_date, read_dates
from portfolio_study.data.files.numbers import decimal_comma, describe, read_numbers

DAYS = pd.date_range("2014-01-09", periods=30)
FORMS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d%b%Y",
]
FORMS += [
    "%b %d, %Y",
    "%B %d %Y",
    "%a %d %b %Y",
    "%A, %d %B %Y",
    "%Y-%b-%d",
    "%Y-%m-%d 00:00:00",
    "%Y-%m-%dT16:30:00.000Z",
]
FORMS += ["%Y-%m-%d 00:00:00-05:00", "%Y-%m-%d 00:00:00+00:00[UTC]", "%m/%d/%Y 04:00:00 PM"]


def text(cells):
    return pd.Series(list(cells), dtype="str")


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read(form):
    found = read_dates(text(DAYS.strftime(form)))
    assert not found.wrong and list(found.days) == list(DAYS)
    assert all(looks_like_date(cell) for cell in DAYS.strftime(form))
    assert set(found.minutes) == {990 if "T16:30" in form else 960 if "PM" in form else 0}


def test_the_time_of_day_and_its_zone():
    found = read_dates(text(DAYS.strftime("%Y-%m-%d 23:15:00+00:00")))
    assert found.utc and set(found.minutes) == {23 * 60 + 15}
    found = read_dates(text(DAYS.strftime("%m/%d/%Y 04:05:00 PM")))
    assert not found.utc and set(found.minutes) == {16 * 60 + 5}
    assert set(read_dates(text(DAYS.strftime("%m/%d/%Y 12:00:00 AM"))).minutes) == {0}


def test_day_and_month_are_told_apart_only_by_proof():
    for form, words in (("%d/%m/%Y", "day, month, year"), ("%m/%d/%Y", "month, day, year")):
        assert words in read_dates(text(DAYS.strftime(form))).notes[0]
    either = read_dates(text(["01/02/2014", "02/02/2014", "03/02/2014"]))
    assert either.wrong[0][0] == 0 and "day and month may be either" in either.wrong[0][1]
    both = read_dates(text(["31/01/2014", "01/31/2014"]))
    assert "has both 31/01/2014 and 01/31/2014" in both.wrong[0][1]


@pytest.mark.parametrize(
    ("cells", "position", "why"),
    [
        (["2014-01-01", "x", "2014-01-03"], 1, "not a date as the others are"),
        (["2014-01-01", "2014-02-30", "2014-03-03"], 1, "not a date"),
        (["2014-01-01", "", "2014-01-03"], 1, "not a date"),
        (["2014-01-01", "2014-01-02", "2014/01/03"], 2, "not a date as the others are"),
        (["41641", "41642"], 0, "Excel's serial number"),
        (["2014", "2015"], 0, "is a year"),
        (["02-Jan-14", "03-Jan-14"], 0, "two digits for the year"),
        (["02/01/14", "03/01/14"], 0, "two digits for the year"),
        (["02-Foo-2014", "03-Foo-2014"], 0, "not a date"),
        (["a", "b"], 0, "not a date"),
    ],
)
def test_what_is_no_date_is_found_with_its_place(cells, position, why):
    found = read_dates(text(cells))
    assert found.wrong[0][0] == position and why in found.wrong[0][1]


def test_the_place_is_that_of_the_row_in_a_long_file():
    cells = ["2014-01-01"] * 3 + ["2014-01-02"] * 3 + ["x"] * 3
    assert read_dates(text(cells)).wrong[0][0] == 6


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_unix_time_is_read_and_said(unit):
    scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    stamps = [str(int(day.timestamp()) * scale) for day in DAYS]
    for column in (text(stamps), pd.Series([int(s) for s in stamps])):
        found = read_dates(column)
        assert list(found.days) == list(DAYS) and "Unix time" in found.notes[0]


@pytest.mark.parametrize("form", ["%Y-%m", "%Y%m", "%Y/%m"])
def test_months_stand_for_their_last_day(form):
    months = pd.date_range("2014-01-31", periods=5, freq="ME")
    found = read_dates(text(months.strftime(form)))
    assert list(found.days) == list(months) and "last day of the month" in found.notes[0]


def test_typed_dates():
    assert list(read_dates(pd.Series(DAYS)).days) == list(DAYS)
    zoned = read_dates(pd.Series(DAYS.tz_localize("Europe/Berlin")))
    assert list(zoned.days) == list(DAYS) and not zoned.utc
    assert read_dates(pd.Series(DAYS.tz_localize("UTC"))).utc
    assert read_dates(pd.Series([DAYS[0], pd.NaT])).wrong[0][0] == 1
    assert list(read_dates(pd.Series([20140109, 20140110])).days) == list(DAYS[:2])


@pytest.mark.parametrize("mark", ["", "NA", "n/a", "#N/A", "NaN", "null", "None", "-", ".", " "])
def test_marks_of_missing_values(mark):
    values, wrong = read_numbers(text(["1.5", mark]))
    assert values[0] == 1.5 and np.isnan(values[1]) and not wrong.any()


def test_numbers_are_rounded_as_python_rounds_them():
    cells = ["0.1", "1e-5", "+3", ".5", "7.", "123456789.123456789", "-2.5E+3"]
    values, wrong = read_numbers(text(cells))
    assert values.tolist() == [float(c) for c in cells] and not wrong.any()


@pytest.mark.parametrize("cell", ["1_000", "0x1F", "x", "1 2", "true", "１", "1,5", "$5", "5%", "1.2M"])
def test_what_is_no_number(cell):
    assert read_numbers(text([cell]))[1].tolist() == [True]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("5%", "percentage"),
        ("$5", "currency sign"),
        ("€ 5", "currency sign"),
        ("1,234.50", "thousands"),
        ("1,234", "thousands"),
        ("1'234'567", "thousands"),
        ("1.234,50", "decimal comma"),
        ("12,5", "decimal comma"),
        ("1.2M", "shortened"),
        ("(5)", "brackets"),
        ("#REF!", "spreadsheet"),
        ("TRUE", "truth value"),
        ("x", ""),
    ],
)
def test_what_a_cell_is_instead(cell, what):
    assert what in describe(cell) and bool(describe(cell)) == bool(what)


def test_decimal_commas():
    assert decimal_comma([text(["1,5", "20,07"])]) == (True, "")
    assert decimal_comma([text(["1.5", "20.07"])]) == (False, "")
    assert "a comma and '20.07' a point" in decimal_comma([text(["1,5", "20.07"])])[1]
    assert "a decimal or a thousand" in decimal_comma([text(["1,500", "20,070"])])[1]
    assert decimal_comma([text(["0,500", "20,070"])]) == (True, "")
    assert read_numbers(text(["1,5"]), comma=True)[0].tolist() == [1.5]
