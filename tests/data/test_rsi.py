import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from portfolio_study.data import RSI_METHODS, rsi
from portfolio_study.data.rsi import compare_readings
from portfolio_study.errors import DataError, ParameterError, UnknownNameError

NAMES = {
    "ta": "ta_package_ewm",
    "wilder": "wilder_sma_seed",
    "cutler": "cutler_sma",
    "literal": "conditional_avgs",
}
paths = arrays(float, st.integers(16, 40), elements=st.floats(1.0, 1000.0))


def table(values):
    return pd.DataFrame({"P": values}, index=pd.bdate_range("2020-01-01", periods=len(values)))


@pytest.mark.parametrize("method", RSI_METHODS)
def test_golden(p20, golden, method):
    index = rsi(p20, method=method)["P"]
    assert index.iloc[14] == pytest.approx(
        golden("prices_and_forecasts")["rsi14_index14"][NAMES[method]], abs=1e-8
    )
    assert index.iloc[19] == pytest.approx(
        golden("prices_and_forecasts")["rsi14_index19"][NAMES[method]], abs=1e-8
    )
    first = golden("prices_and_forecasts")["rsi_ta_first_valid_index"] if method == "ta" else 14
    assert index.isna().to_list() == [i < first for i in range(20)]


def test_the_papers_words_are_not_what_the_library_computes(p20):
    """Mean rise over rising days is not an exponential mean over all days."""
    gap = (rsi(p20, method="literal") - rsi(p20, method="ta"))["P"].dropna().abs()
    assert gap.min() > 0.1 and gap.max() > 5


def test_comparison(p20):
    table = compare_readings(p20)
    assert list(table.index) == list(RSI_METHODS) and (table.loc["ta"].iloc[:2] == 0).all()
    # From price 15 on; only the last few of the 20 prices count.
    gap = (rsi(p20, method="literal") - rsi(p20, method="ta"))["P"].iloc[15:].abs()
    assert table.loc["literal"].iloc[0] == pytest.approx(gap.mean())
    high = rsi(p20, method="literal")["P"].iloc[15:] > 70
    assert table.loc["literal", "any signal (% of dates)"] == pytest.approx(100 * high.mean())


def brute_force(prices, n, method):
    """The four readings, written out value by value."""
    change = np.diff(prices)
    up, down = np.maximum(change, 0), np.maximum(-change, 0)
    out = np.full(len(prices), np.nan)
    if method == "ta":
        u = d = 0.0
        for i in range(1, len(prices)):
            u, d = u + (up[i - 1] - u) / n, d + (down[i - 1] - d) / n
            if i >= n - 1:
                out[i] = 100.0 if d == 0 else 100 - 100 / (1 + u / d)
        return out
    for i in range(n, len(prices)):
        if method == "wilder":
            u, d = up[:n].mean(), down[:n].mean()
            for j in range(n, i):
                u, d = ((n - 1) * u + up[j]) / n, ((n - 1) * d + down[j]) / n
        else:
            u, d = up[i - n : i], down[i - n : i]
            if method == "literal":
                u, d = u[u > 0], d[d > 0]
            u, d = (u.mean() if len(u) else 0.0), (d.mean() if len(d) else 0.0)
        out[i] = 100.0 if d == 0 else 100 - 100 / (1 + u / d)
    return out


@pytest.mark.parametrize("method", RSI_METHODS)
@settings(max_examples=40, deadline=None)
@given(values=paths)
def test_equals_brute_force_and_stays_in_range(values, method):
    index = rsi(table(values), method=method)["P"].to_numpy()
    np.testing.assert_allclose(index, brute_force(values, 14, method), rtol=1e-7, atol=1e-7)
    seen = index[~np.isnan(index)]
    assert ((seen >= 0) & (seen <= 100)).all()


@pytest.mark.parametrize("method", RSI_METHODS)
@settings(max_examples=40, deadline=None)
@given(values=paths, day=st.integers(0, 15), factor=st.floats(1.01, 2.0))
def test_no_value_uses_a_later_price(values, day, factor, method):
    changed = values.copy()
    changed[day] *= factor
    before, after = (rsi(table(v), method=method)["P"].to_numpy() for v in (values, changed))
    np.testing.assert_array_equal(before[:day], after[:day])


@pytest.mark.parametrize("method", RSI_METHODS)
def test_edges(method):
    up, down, flat = np.arange(1.0, 31), np.arange(30.0, 0, -1), np.full(30, 5.0)
    assert rsi(table(up), method=method)["P"].iloc[-1] == 100
    assert rsi(table(down), method=method)["P"].iloc[-1] == pytest.approx(0)
    assert rsi(table(flat), method=method)["P"].iloc[-1] == 100
    assert rsi(table(up[:10]), method=method)["P"].isna().all()


@pytest.mark.parametrize("method", RSI_METHODS)
def test_columns_are_independent_and_series_work(p20, method):
    both = p20.assign(Q=p20["P"].to_numpy()[::-1])
    pd.testing.assert_series_equal(rsi(both, method=method)["P"], rsi(p20["P"], method=method))


def test_bad_input(p20):
    with pytest.raises(UnknownNameError, match="did you mean 'wilder'"):
        rsi(p20, method="wildr")
    for window in (0, -3, 2.5, True, "14"):
        with pytest.raises(ParameterError, match="window"):
            rsi(p20, window=window)
    p20.iloc[3] = np.nan
    with pytest.raises(DataError, match="P at 2020-01-06"):
        rsi(p20)
