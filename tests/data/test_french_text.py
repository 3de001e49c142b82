"""Files of Kenneth French's library: each table is found, and each fault named with its line."""

import numpy as np
import pandas as pd
import pytest
from french_files import COPYRIGHT, DAYS, MONTHS, NAMES, PREAMBLE, factors, percent, portfolios, table

from portfolio_study.data.french.prices import price_index, published_rate
from portfolio_study.data.french.text import is_french, read_french
from portfolio_study.errors import DataError


def returns(text, **wanted):
    return read_french(text, "a.csv").portfolios(**wanted).returns()


def edited(text, line, old, new):
    """Replace a part of one line (from 1)."""
    lines = text.split("\r\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new)
    return "\r\n".join(lines)


def test_every_table_is_found_with_its_lines():
    file = read_french(portfolios(MONTHS, scale=4), "a.csv")
    assert [(s.title, s.frequency, s.weighting) for s in file.sections] == [
        ("Average Value Weighted Returns -- Monthly", "monthly", "value"),
        ("Average Equal Weighted Returns -- Monthly", "monthly", "equal"),
        ("Average Value Weighted Returns -- Annual", "annual", "value"),
        ("Average Equal Weighted Returns -- Annual", "annual", "equal"),
        ("Number of Firms in Portfolios", "monthly", ""),
        ("Average Firm Size", "monthly", ""),
    ]
    assert file.sections[0].columns == NAMES  # "Hlth " is padded in the file
    assert file.sections[0].line == len(PREAMBLE) + 2
    assert file.vintage == "202412" and file.copyright == COPYRIGHT


def test_percent_become_decimals_at_month_ends():
    values = percent(len(MONTHS), 10, 7, 4)
    found = returns(portfolios(MONTHS, value=values))
    np.testing.assert_allclose(found, values / 100, atol=1e-15)
    assert found.index[0] == pd.Timestamp("2010-01-31") and found.index[-1] == pd.Timestamp("2012-12-31")


def test_weighting_and_frequency_choose_the_table():
    value, equal = percent(len(DAYS), 10, 5), percent(len(DAYS), 10, 6)
    text = portfolios(value=value, equal=equal)
    np.testing.assert_allclose(returns(text), value / 100)
    np.testing.assert_allclose(returns(text, weighting="equal", frequency="daily"), equal / 100)
    assert returns(text).index.equals(DAYS.as_unit(returns(text).index.unit))
    with pytest.raises(DataError, match=r"no table of value-weighted monthly returns.*Daily' \(lines 12 to"):
        returns(text, frequency="monthly")


def test_both_codes_are_missing_data():
    values = percent(len(DAYS), 10)
    values[3, 2], values[4, 5] = -99.99, -999
    found = returns(portfolios(value=values))
    assert np.argwhere(found.isna().to_numpy()).tolist() == [[3, 2], [4, 5]]


def test_older_titles_and_a_title_over_several_lines():
    dates = [f"{d:%Y%m%d}" for d in DAYS]
    values = percent(len(DAYS), 2)
    book = ["For portfolios formed in June", "Value Weight Average of BE/ME Calculated as:"]
    lines = [
        *PREAMBLE,
        *table("Value Weight Returns -- Daily", ("Lo 30", "Hi 30"), dates, values),
        *book,
        *table("", ("Lo 30", "Hi 30"), dates, values + 5),
    ]
    file = read_french("\n".join(lines), "a.csv")
    assert file.portfolios().returns().iloc[0, 0] == values[0, 0] / 100
    assert file.sections[1].title == " ".join(book) and file.sections[1].weighting == ""


def test_a_spreadsheet_fills_lines_up_with_commas():
    text = portfolios(MONTHS, scale=4)
    filled = "\n".join(line + "," * (10 - line.count(",")) for line in text.split("\r\n"))
    assert ",,,,,,,,,,\n" in filled
    one, two = (read_french(t, "a.csv") for t in (text, filled))
    assert [(s.title, s.line) for s in one.sections] == [(s.title, s.line) for s in two.sections]
    assert two.copyright == COPYRIGHT
    pd.testing.assert_frame_equal(one.portfolios().returns(), two.portfolios().returns())


def test_sentences_above_the_first_table_are_no_title():
    # Without a blank line, the sentence on weighting stands directly above the header.
    text = "It contains value- and equal-weighted returns in percent.\n,A,B\n20100104,1.0,2.0\n20100105,1,1\n"
    section = read_french(text, "a.csv").sections[0]
    assert section.title == "" and section.weighting == ""


def test_factors_are_found_and_are_no_portfolios():
    for index, frequency, rate in ((DAYS, "daily", 0.009), (MONTHS, "monthly", 0.31)):
        file = read_french(factors(index, rate), "f.csv")
        found = published_rate(file, frequency)
        assert len(found) == len(index) and found.iloc[0] == pytest.approx(rate / 100)
        with pytest.raises(DataError, match=r"holds factors \(Mkt-RF, SMB, HML, RF\), line 5"):
            file.portfolios()
    with pytest.raises(DataError, match="no monthly factors"):
        published_rate(read_french(factors(DAYS), "f.csv"), "monthly")
    with pytest.raises(DataError, match=r"line 6: RF is 5 on 2010-01-04: no daily bill rate"):
        published_rate(read_french(factors(DAYS, 5.0), "f.csv"), "daily")


TEXT = portfolios()
LINES = TEXT.split("\r\n")
FIRST = len(PREAMBLE) + 3  # line of the first row
CELL = LINES[FIRST - 1].split(",")[1]  # its first number
FAULTS = {
    "a row that was cut": (
        "\r\n".join(LINES[: FIRST + 2])[:-9],
        rf"line {FIRST + 2}: 9 number\(s\) under 10 columns",
    ),
    "a cell too many": (
        edited(TEXT, FIRST, "20100104,", "20100104,1.5,"),
        rf"line {FIRST}: 11 number\(s\) under 10 columns",
    ),
    "no number": (
        TEXT.replace(CELL, "  1.2x", 1),
        rf"line {FIRST}: '1.2x' of 'NoDur' is no number",
    ),
    "not finite": (
        TEXT.replace(CELL, "    nan", 1),
        rf"line {FIRST}: 'nan' of 'NoDur' is no finite",
    ),
    "a column twice": (
        edited(TEXT, FIRST - 1, "Durbl", "NoDur"),
        rf"line {FIRST - 1}: the header has 'NoDur' twice, in columns 2 and 3",
    ),
    "a column without a name": (
        edited(TEXT, FIRST - 1, "Durbl", ""),
        rf"line {FIRST - 1}: column 3 of the header has no name",
    ),
    "out of order": (
        edited(TEXT, FIRST + 1, "20100105", "20100107"),
        rf"line {FIRST + 2}: 20100106 comes after 20100107",
    ),
    "a date twice": (
        edited(TEXT, FIRST + 1, "20100105", "20100104"),
        rf"line {FIRST + 1}: 20100104 stands twice",
    ),
    "no date": (edited(TEXT, FIRST + 1, "20100105", "20101305"), rf"line {FIRST + 1}: '20101305' is no date"),
    "another kind of date": (
        edited(TEXT, FIRST + 1, "20100105", "201001"),
        rf"line {FIRST + 1}: the date '201001' is of another kind",
    ),
    "neither date nor title": (
        edited(TEXT, FIRST + 1, "20100105", "2010015"),
        rf"line {FIRST + 1}: '2010015, .*is no row",
    ),
    "rows left out": (
        "\r\n".join(LINES[: FIRST + 3] + LINES[FIRST + 23 :]),
        rf"line {FIRST + 4}: 2010\d+ follows 20100107: the returns between",
    ),
    "another title": (
        edited(TEXT, FIRST - 2, "Daily", "Monthly"),
        rf"line {FIRST - 1}: the title says monthly, but the first date is '20100104'",
    ),
    "no rows": (
        "\r\n".join(LINES[: FIRST - 1]),
        rf"line {FIRST - 1}: the table 'Average Value.*no rows",
    ),
    "no header": (
        "\r\n".join(PREAMBLE) + "\r\n20100104,1,2\r\n",
        r"line 11: a row of numbers \('20100104,1,2'\) without a header",
    ),
    "the library's text file": (
        "\r\n".join(PREAMBLE) + "\r\n  NoDur Durbl\r\n",
        "no line begins with a comma.*Give the CSV file",
    ),
    "decimals": (
        portfolios(value=percent(len(DAYS), 10) / 100),
        rf"line {FIRST - 1}: half of the daily numbers.*decimals.*Multiply them by 100",
    ),
    "sizes": (
        portfolios(value=percent(len(DAYS), 10) + 500),
        rf"line {FIRST - 1}: half of the daily numbers.*no returns in percent",
    ),
    "more than everything is lost": (
        edited(TEXT, FIRST, CELL, "-100.50"),
        rf"line {FIRST}: -100.5 of 'NoDur' is no daily return",
    ),
    "a day of 300 percent": (
        edited(TEXT, FIRST, CELL, " 300.00"),
        rf"line {FIRST}: 300 of 'NoDur' is no daily return",
    ),
    "two tables of one title": (
        TEXT.replace("Average Equal", "Average Value"),
        r"2 tables of value-weighted returns.*lines 12 to .*leave one",
    ),
    "no table of this weighting": (
        TEXT.replace("Average Value Weighted", "Average Something"),
        "no table of value-weighted returns.*Average Equal Weighted",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_named_with_its_line(what):
    text, words = FAULTS[what]
    with pytest.raises(DataError, match=words) as caught:
        returns(text)
    assert "a.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_decimals_are_seen_in_monthly_files_too_even_where_one_is_large():
    values = percent(len(MONTHS), 10, 1, 4) / 100
    values[5, 3] = 0.8
    with pytest.raises(DataError, match=r"monthly numbers.*largest is 0\.8: these are decimals"):
        returns(portfolios(MONTHS, value=values))


def test_weekly_rows_are_refused():
    weeks = pd.date_range("2010-01-08", periods=20, freq="W-FRI")
    with pytest.raises(DataError, match="rows are 7 days apart: only daily and monthly"):
        returns(portfolios(weeks, value=percent(20, 10)))


def test_a_missing_month_is_refused():
    with pytest.raises(DataError, match="201004 follows 201002: the returns between them are left out"):
        returns(portfolios(MONTHS.delete(2), scale=4))


def test_what_looks_like_a_file_of_the_library():
    assert is_french(portfolios()) and is_french(factors())
    assert is_french("Made up.\nReturns in percent.\n\n,A,B\n201001,1.5,-1.2\n")
    # An index without a name above months is a table of prices as pandas writes it.
    assert not is_french(",A,B\n201001,101.5,98.2\n")
    assert not is_french("Total returns index, Dec 2009 = 100\n\n,A,B\n201001,101.5,98.2\n")


def test_index_is_one_before_the_first_return_and_gives_the_returns_back():
    months = pd.DataFrame(
        percent(36, 2) / 100, index=MONTHS.to_timestamp(how="end").normalize(), columns=["A", "B"]
    )
    months.iloc[:3, 1] = np.nan
    index = price_index(months, "monthly")
    assert index.index[0] == pd.Timestamp("2009-12-31") and index.iloc[0, 0] == 1.0
    assert index["B"].first_valid_index() == pd.Timestamp("2010-03-31")
    back = (index / index.shift(1) - 1).iloc[1:]
    np.testing.assert_allclose(back, months, atol=1e-14)


@pytest.mark.parametrize(
    ("first", "before"),
    [("2010-01-05", "2010-01-04"), ("2010-01-19", "2010-01-15"), ("1926-07-01", "1926-06-30")],
)
def test_a_daily_index_begins_with_the_session_before(first, before):
    days = pd.DatetimeIndex([first])
    assert price_index(pd.DataFrame({"A": [0.01]}, index=days), "daily").index[0] == pd.Timestamp(before)
