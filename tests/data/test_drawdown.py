import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from portfolio_study.data import load_prices
from portfolio_study.data.drawdown import drawdown_episodes, drawdowns, rolling_volatility
from portfolio_study.errors import DataError, ParameterError


def series(values):
    return pd.Series(values, index=pd.bdate_range("2020-01-01", periods=len(values)), dtype=float)


def test_by_hand():
    prices = series([100, 120, 90, 60, 100, 120, 130, 100, 97.5])
    np.testing.assert_allclose(
        drawdowns(prices), [0, 0, -0.25, -0.5, -1 / 6, 0, 0, -3 / 13, -0.25], atol=1e-12
    )
    table = drawdown_episodes(prices, 0.2)
    assert len(table) == 2
    assert list(table["peak"]) == [prices.index[1], prices.index[6]]
    assert list(table["trough"]) == [prices.index[3], prices.index[8]]
    assert table["recovered"].iloc[0] == prices.index[5] and pd.isna(table["recovered"].iloc[1])
    np.testing.assert_allclose(table["fall"], [0.5, 0.25])
    assert drawdown_episodes(prices, 0.3)["fall"].to_list() == [0.5]
    assert drawdown_episodes(prices, 0.6).empty


@settings(max_examples=40, deadline=None)
@given(arrays(float, st.integers(2, 30), elements=st.floats(0.1, 1e4)))
def test_properties(values):
    below = drawdowns(series(values))
    assert ((below <= 0) & (below > -1)).all() and below.iloc[0] == 0
    worst = min(values[j] / values[i] - 1 for i in range(len(values)) for j in range(i, len(values)))
    assert below.min() == pytest.approx(worst, abs=1e-12)


def test_the_known_bear_markets():
    index = load_prices(universe="sp500", start="1990-01-01", end="latest").close["^GSPC"]
    table = drawdown_episodes(index)
    assert list(table["peak"].dt.year) == [2000, 2007, 2020, 2022]
    np.testing.assert_allclose(table["fall"], [0.491, 0.568, 0.339, 0.254], atol=1e-3)


def test_volatility():
    returns = series([0.01, -0.01] * 30)
    assert rolling_volatility(returns, 20).iloc[-1] == pytest.approx(returns[:20].std() * np.sqrt(252))
    assert len(rolling_volatility(returns, 20)) == 41


def test_bad_input():
    with pytest.raises(ParameterError, match="depth"):
        drawdown_episodes(series([1, 2]), 1.5)
    with pytest.raises(DataError, match=r"price of the series at 2020-01-02 is -2\.0"):
        drawdown_episodes(series([1, -2]))
    with pytest.raises(ParameterError, match="window"):
        rolling_volatility(series([1, 2]), 1)
