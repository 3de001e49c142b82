import numpy as np
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.recognise_vendor import recognise_vendor
from portfolio_study.data.synthetic import simulate
from portfolio_study.errors import DataError, ParameterError, UnknownNameError

TICKERS = ["KO", "JNJ", "PG", "XOM"]


def closes():
    return load_prices(universe=TICKERS, start="2012-01-01", end="2014-12-31").close


def test_yahoo_is_recognised_at_another_scale():
    """Adjusted prices of another download differ by one factor a stock: later dividends."""
    found = recognise_vendor(closes() * np.array([0.97, 0.9, 1.1, 0.85]))
    assert found.vendor == "yahoo" and found.compared and "4 stocks" in found.why


def test_other_prices_are_not():
    found = recognise_vendor(simulate(tuple(TICKERS), "2012-01-02", "2014-12-31")[0]["adj_close"])
    assert found.vendor == "unknown" and found.compared
    # Unadjusted for dividends: one return a quarter differs by about 0.7 %.
    close = closes()
    paid = np.ones(close.shape)
    paid[::63] = 0.993
    assert recognise_vendor(close * np.cumprod(paid, axis=0)).vendor == "unknown"


def test_too_little_in_common():
    found = recognise_vendor(closes()[["KO", "PG"]])
    assert found.vendor == "unknown" and not found.compared and "2 ticker(s)" in found.why
    assert not recognise_vendor(closes().iloc[:100]).compared
    broken = closes()
    broken.iloc[3, 0] = np.nan
    assert not recognise_vendor(broken).compared


@pytest.fixture
def file(tmp_path):
    def write(close):
        path = tmp_path / "prices.csv"
        close.to_csv(path)
        return path

    return write


def test_a_declared_vendor_is_called_declared(file):
    path = file(closes()[["KO", "PG"]])
    silent = load_prices("file", path=path)
    declared = load_prices("file", path=path, vendor="yahoo")
    assert (silent.sample()["vendor"], declared.sample()["vendor"]) == ("unknown", "yahoo")
    said = declared.manifest["vendor_check"]
    assert said.startswith("declared by the reader (VENDOR=yahoo), not recognised: only 2 ticker(s)")
    assert declared.sha256 == silent.sha256
    # what is stored stays what the file says
    again = load_prices("file", path=path)
    assert again.sample()["vendor"] == "unknown" and "vendor_declared" not in again.manifest


def test_a_file_that_is_recognised_needs_no_word(file):
    prices = load_prices("file", path=file(closes()), vendor="yahoo")
    assert prices.sample()["vendor"] == "yahoo" and "vendor_declared" not in prices.manifest


def test_a_declaration_that_the_file_contradicts_is_refused(file):
    with pytest.raises(
        DataError, match=r"VENDOR=stooq contradicts the file.*recognised as yahoo: 100.00% of"
    ):
        load_prices("file", path=file(closes()), vendor="stooq")
    other = simulate(tuple(TICKERS), "2012-01-02", "2014-12-31")[0]["adj_close"]
    with pytest.raises(
        DataError, match=r"VENDOR=yahoo contradicts .* not Yahoo's adjusted closes: .*% of the"
    ):
        load_prices("file", path=file(other), vendor="yahoo")
    assert load_prices("file", path=file(other), vendor="stooq").sample()["vendor"] == "stooq"


def test_a_vendor_is_a_known_name_and_of_a_file():
    with pytest.raises(UnknownNameError, match="did you mean 'yahoo'"):
        load_prices("file", path="prices.csv", vendor="yaho")
    with pytest.raises(
        ParameterError, match="vendor 'yahoo' is for the source 'file'; the source is 'packaged'"
    ):
        load_prices(vendor="yahoo")
