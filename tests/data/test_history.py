import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from portfolio_study.data import latest, load_prices, log_returns, simple_returns
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.store import prices_checksum

tables = arrays(float, st.tuples(st.integers(2, 12), st.integers(1, 4)), elements=st.floats(0.01, 1e5))


def frame(values):
    index = pd.bdate_range("2020-01-01", periods=len(values), name="date")
    return pd.DataFrame(values, index=index, columns=list("ABCD")[: values.shape[1]])


def test_golden_returns(p20, golden):
    simple, log = simple_returns(p20)["P"], log_returns(p20)["P"]
    np.testing.assert_allclose(simple[:2], golden("prices_and_forecasts")["hpr_1_2"], atol=1e-10)
    np.testing.assert_allclose(log[:2], golden("prices_and_forecasts")["logret_1_2"], atol=1e-10)
    assert log.sum() == pytest.approx(golden("prices_and_forecasts")["sum_logret"], abs=1e-10)
    assert log.sum() == pytest.approx(np.log(107.1 / 100), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_returns_rebuild_prices(values):
    close = frame(values)
    simple, log = simple_returns(close), log_returns(close)
    assert simple.shape == (len(close) - 1, close.shape[1])
    assert simple.index.equals(close.index[1:])
    np.testing.assert_allclose((1 + simple).cumprod() * values[0], close.iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(np.exp(log.cumsum()) * values[0], close.iloc[1:], rtol=1e-9)
    assert (log.to_numpy() <= simple.to_numpy() + 1e-12).all()


@settings(max_examples=40, deadline=None)
@given(tables, st.floats(0.5, 20))
def test_returns_do_not_depend_on_the_unit_of_prices(values, scale):
    np.testing.assert_allclose(
        simple_returns(frame(values)), simple_returns(frame(values * scale)), rtol=1e-9, atol=1e-9
    )


def test_series_in_series_out(p20):
    series = simple_returns(p20["P"])
    assert isinstance(series, pd.Series)
    pd.testing.assert_series_equal(series, simple_returns(p20)["P"])


def test_one_changed_price_changes_two_returns_only(p20):
    changed = p20.copy()
    changed.iloc[9] *= 1.1
    different = simple_returns(p20)["P"].ne(simple_returns(changed)["P"])
    assert list(different.index[different]) == list(p20.index[9:11])


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_bad_price_is_named(p20, bad):
    p20.iloc[4] = bad
    with pytest.raises(DataError, match=r"price of P at 2020-01-07"):
        log_returns(p20)


def test_too_little_and_no_table():
    with pytest.raises(DataError, match=r"at least 2 row.*\(1, 2\)"):
        simple_returns(frame(np.ones((1, 2))))
    with pytest.raises(ParameterError, match="ndarray"):
        simple_returns(np.ones(3))


def test_fingerprint_ignores_storage_and_sees_values():
    close = frame(np.arange(12.0).reshape(4, 3) + 1)
    same = close.copy()
    same.index = same.index.as_unit("ns")
    same.columns = same.columns.astype(object)
    rebuilt = pd.concat({c: close[c] for c in close}, axis=1)  # other blocks in memory
    base = prices_checksum({"close": close})
    assert base == prices_checksum({"close": same}) == prices_checksum({"close": rebuilt})
    assert len(base) == 64
    one_bit = close.copy()
    one_bit.iloc[2, 1] = np.nextafter(one_bit.iloc[2, 1], 99)
    others = [
        prices_checksum({"close": one_bit}),
        prices_checksum({"close": close.rename(columns={"A": "Z"})}),
        prices_checksum({"close": close.shift(freq="D")}),
        prices_checksum({"close": close[["B", "A", "C"]]}),
        prices_checksum({"open": close}),
        prices_checksum({"close": close, "open": close}),
        prices_checksum({"close": close.iloc[:3]}),
    ]
    assert len({base, *others}) == len(others) + 1


def test_fingerprint_has_one_zero_and_one_nan():
    a = frame(np.array([[0.0], [np.nan]]))
    b = frame(np.array([[-0.0], [-np.float64("nan")]]))
    assert prices_checksum({"x": a}) == prices_checksum({"x": b}) == prices_checksum({"x": a["A"].to_frame()})


def test_the_latest_part_of_a_history_is_cut_alike_everywhere():
    whole = load_prices(source="synthetic", start="2014-01-02", end="2014-03-31")
    part = latest(whole, rows=20, tickers=1)
    first = whole.tickers[:1]
    assert part.tickers == first
    pd.testing.assert_frame_equal(part.close, whole.close[first].iloc[-20:])
    pd.testing.assert_series_equal(part.risk_free, whole.risk_free.iloc[-20:])
    for name, table in part.ohlcv.items():
        pd.testing.assert_frame_equal(table, whole.ohlcv[name].loc[part.close.index, first])
    assert latest(whole, None).close.equals(whole.close)
    assert len(latest(whole, rows=10_000).close) == len(whole.close)
    for rows, tickers in ((1, None), (None, 0)):
        with pytest.raises(ParameterError, match="at least 2"):
            latest(whole, rows, tickers)
