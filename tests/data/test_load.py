import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.fetched import parse_dates
from portfolio_study.errors import DataError, ParameterError, UnknownNameError


def test_unknown_source_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'yahoo'"):
        load_prices("yaho")


def test_dates_are_included_and_checked():
    prices = load_prices(universe="XOM", start="2020-01-02", end="2020-01-10")
    assert prices.sample()["first"] == "2020-01-02" and prices.sample()["last"] == "2020-01-10"
    assert len(prices.close) == 7
    with pytest.raises(ParameterError, match="start 2020-02-01 is after end 2020-01-01"):
        load_prices(universe="XOM", start="2020-02-01", end="2020-01-01")
    for wrong in ("soon", "2020-13-01", "2020-01-01T00:00+02:00"):
        with pytest.raises(ParameterError, match="not a date"):
            load_prices(universe="XOM", start=wrong)
    with pytest.raises(DataError, match=r"the source has 1990-01-02 to 2022-12-28"):
        load_prices(universe="XOM", start="2030-01-01")
    with pytest.raises(DataError, match=r"1 row\(s\)"):
        load_prices(universe="XOM", start="2022-12-28")


def test_empty_dates_stand_for_the_universes_own():
    plain = load_prices(universe="sp500")
    assert plain.sample()["first"] == "2017-06-30" and plain.sample()["last"] == "2020-06-30"
    assert load_prices(universe="sp500", start="", end=" ").sha256 == plain.sha256
    assert load_prices(universe="sp500", end="latest").sample()["last"] == "2022-12-28"
    assert load_prices(universe="sp500", start="1990-01-01").sample()["first"] == "1990-01-02"
    # A start behind the universe's own end opens the end.
    assert load_prices(universe="sp500", start="2021-01-01").sample()["last"] == "2022-12-28"


def test_custom_universe_begins_with_the_study():
    assert load_prices(universe="XOM").sample()["first"] == "2010-01-04"


def test_parameters_of_other_sources_are_refused():
    with pytest.raises(ParameterError, match="path"):
        load_prices(path="prices.csv")
    with pytest.raises(ParameterError, match="DATA="):
        load_prices("file")
    with pytest.raises(ParameterError, match="empty"):
        load_prices(universe=[])


def test_parse_dates():
    assert parse_dates(None, " ") == (None, None)
    first, last = parse_dates("2020-01-01 10:30", "2020-01-01")
    assert first == last


def test_same_request_same_checksum():
    one = load_prices(universe="AAPL MSFT", start="2015-01-01", refresh=True)
    two = load_prices(universe="AAPL MSFT", start="2015-01-01", refresh=True)
    other = load_prices(universe="MSFT AAPL", start="2015-01-01")
    assert one.sha256 == two.sha256 != other.sha256
