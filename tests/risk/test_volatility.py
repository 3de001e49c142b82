"""Variance forecasts without a model, and range-based proxies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.risk.volatility import (
    ewma_variance,
    garman_klass,
    match_level,
    parkinson,
    range_proxies,
    rogers_satchell,
    rolling_variance,
    smooth,
)


@pytest.fixture
def returns(lcg_normal):
    values = 0.01 * lcg_normal(180, 9).reshape(90, 2)
    return pd.DataFrame(values, index=pd.bdate_range("2021-03-01", periods=90), columns=["AAA", "BBB"])


def one(**prices):
    return [
        pd.DataFrame({"AAA": [float(value)]}, index=[pd.Timestamp("2024-01-02")]) for value in prices.values()
    ]


def test_rolling_variance_is_pandas_shifted_by_one_day(returns):
    expected = returns.rolling(20).var().shift(1).iloc[20:]
    pd.testing.assert_frame_equal(rolling_variance(returns, 20), expected, check_freq=False)


def test_calm_window_after_a_crash_keeps_its_digits(returns):
    wild = returns.copy()
    wild.iloc[5] = 5.0
    wild.iloc[10:] *= 1e-7
    expected = wild.iloc[40:60].var()
    np.testing.assert_allclose(rolling_variance(wild, 20).loc[wild.index[60]], expected, rtol=1e-10)


def test_ewma_recursion(returns):
    h = ewma_variance(returns, 0.9, 10)
    np.testing.assert_allclose(h.iloc[0], (returns.iloc[:10] ** 2).mean())
    np.testing.assert_allclose(h.iloc[1], 0.9 * h.iloc[0] + 0.1 * returns.iloc[10] ** 2)
    assert h.index.equals(returns.index[10:])
    pd.testing.assert_frame_equal(smooth(returns**2, 0.9, 10), h)


@pytest.mark.parametrize(
    "forecast", [lambda r: rolling_variance(r, 20), lambda r: ewma_variance(r, start=20)]
)
def test_forecasts_do_not_see_their_own_day(returns, forecast):
    changed = returns.copy()
    changed.iloc[60] = 0.2
    before, after = forecast(returns), forecast(changed)
    pd.testing.assert_frame_equal(before.iloc[:41], after.iloc[:41])
    assert (before.iloc[41] != after.iloc[41]).all()


@settings(max_examples=25, deadline=None)
@given(decay=st.floats(0.01, 0.99), seed=st.integers(0, 999))
def test_ewma_stays_between_the_extremes(decay, seed):
    x = pd.DataFrame(np.random.default_rng(seed).standard_normal((40, 1)) ** 2)
    h = smooth(x, decay, 5).to_numpy()
    assert h.min() >= x.to_numpy().min() - 1e-12 and h.max() <= x.to_numpy().max() + 1e-12


def test_range_formulas_by_hand():
    o, h, l, c = one(o=100, h=104, l=99, c=102)
    spread, move = np.log(104 / 99), np.log(102 / 100)
    assert parkinson(h, l).iloc[0, 0] == pytest.approx(spread**2 / (4 * np.log(2)))
    expected = 0.5 * spread**2 - (2 * np.log(2) - 1) * move**2
    assert garman_klass(o, h, l, c).iloc[0, 0] == pytest.approx(expected)
    satchell = np.log(104 / 102) * np.log(104 / 100) + np.log(99 / 102) * np.log(99 / 100)
    assert rogers_satchell(o, h, l, c).iloc[0, 0] == pytest.approx(satchell)


@pytest.fixture(scope="module")
def sessions():
    """Discretised Brownian sessions with a known variance."""
    generator, steps, days, sd = np.random.default_rng(1), 4000, 3000, 0.02
    paths = np.cumsum(generator.normal(0, sd / np.sqrt(steps), (days, steps)), axis=1)
    index = pd.bdate_range("2010-01-01", periods=days)

    def frame(log):
        return pd.DataFrame({"AAA": np.exp(log)}, index=index)

    o = frame(np.zeros(days))
    return (
        o,
        frame(np.maximum(paths.max(axis=1), 0)),
        frame(np.minimum(paths.min(axis=1), 0)),
        frame(paths[:, -1]),
        sd,
    )


def test_proxies_are_unbiased_and_sharper_than_the_square(sessions):
    o, h, l, c, sd = sessions
    square = np.log(c) ** 2
    noise = {"square": float(square.std().iloc[0])}
    for name, proxy in {
        "parkinson": parkinson(h, l),
        "garman_klass": garman_klass(o, h, l, c),
        "rogers_satchell": rogers_satchell(o, h, l, c),
    }.items():
        # The range of a path seen at 4,000 points is about 3 % too low in variance.
        assert float(proxy.mean().iloc[0]) == pytest.approx(sd**2, rel=0.08)
        noise[name] = float(proxy.std().iloc[0])
    assert noise["parkinson"] < 0.55 * noise["square"]  # theory: 1 / sqrt(5.2) = 0.44
    assert noise["garman_klass"] < 0.45 * noise["square"]  # theory: 1 / sqrt(7.4) = 0.37


def test_overnight_moves_count_and_dividends_do_not():
    dates = pd.DatetimeIndex(["2024-01-02", "2024-01-03"])

    def frame(*values):
        return pd.DataFrame({"AAA": values}, index=dates, dtype=float)

    # A dividend of 2 is paid before the second day; nothing else happens.
    flat = {"open": frame(100, 98), "high": frame(100, 98), "low": frame(100, 98), "close": frame(100, 98)}
    proxies = range_proxies({**flat, "adj_close": frame(98, 98)})
    assert set(proxies) == {"Parkinson", "Garman-Klass", "Rogers-Satchell"}
    for proxy in proxies.values():
        assert proxy.shape == (1, 1) and proxy.iloc[0, 0] == pytest.approx(0, abs=1e-15)
    moved = range_proxies({**flat, "adj_close": frame(100, 98)})
    for proxy in moved.values():
        assert proxy.iloc[0, 0] == pytest.approx(np.log(0.98) ** 2)


def test_matched_level(returns):
    squares = returns**2
    scaled = match_level(0.3 * squares.iloc[::-1].set_axis(squares.index), squares)
    np.testing.assert_allclose(scaled.mean(), squares.mean())


def test_bad_prices_are_named():
    o, h, l, c = one(o=100, h=104, l=99, c=102)
    with pytest.raises(DataError, match="high of AAA on 2024-01-02 is below the low"):
        parkinson(l, h)
    with pytest.raises(DataError, match=r"open: the price of AAA at 2024-01-02 is 0\.0"):
        garman_klass(0 * o, h, l, c)
    with pytest.raises(DataError, match="closes only"):
        range_proxies({"adj_close": c})


def test_rounding_of_vendors_is_no_error():
    o, h, l, c = one(o=100.0000001, h=100, l=99, c=99.5)
    assert garman_klass(o, h, l, c).iloc[0, 0] > 0


def test_bad_parameters(returns):
    with pytest.raises(ParameterError, match="decay"):
        ewma_variance(returns, 1.0)
    with pytest.raises(DataError, match="90 rows, at least 91"):
        rolling_variance(returns, 90)
    broken = returns.copy()
    broken.iloc[3, 1] = np.inf
    with pytest.raises(DataError, match="BBB at 2021-03-04"):
        ewma_variance(broken)
