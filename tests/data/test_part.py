"""A random part of a universe: which assets, in which order, and the whole where there are few."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.history import PriceHistory
from portfolio_study.data.part import drawn_names, random_part
from portfolio_study.errors import ParameterError

NAMES = [f"T{i:03d}" for i in range(200)]


@pytest.fixture(scope="module")
def history():
    dates = pd.bdate_range("2014-01-02", periods=5, name="date")
    close = pd.DataFrame(np.arange(1.0, 1001.0).reshape(5, 200), dates, NAMES)
    fields = {"open": close - 0.5, "volume": close * 10}
    return PriceHistory(close, fields, pd.Series(0.0, dates), "file", "custom")


def test_few_assets_stay_the_very_same_history(history):
    assert random_part(history, 200, seed=1) is history
    assert random_part(history, 1000, seed=1) is history


def test_a_part_keeps_prices_and_fields_of_the_assets_in_their_order(history):
    part = random_part(history, 30, seed=1)
    assert part.tickers == sorted(part.tickers) and len(set(part.tickers)) == 30
    pd.testing.assert_frame_equal(part.close, history.close[part.tickers])
    assert part.ohlcv is not None and history.ohlcv is not None
    pd.testing.assert_frame_equal(part.ohlcv["open"], history.ohlcv["open"][part.tickers])


def test_the_draw_follows_its_seed_and_is_no_end_of_the_list(history):
    one, same, other = (random_part(history, 30, seed).tickers for seed in (1, 1, 2))
    assert one == same != other
    assert one not in (NAMES[:30], NAMES[-30:])


def test_a_larger_draw_holds_the_smaller_one():
    assert set(drawn_names(NAMES, 30, 20)) < set(drawn_names(NAMES, 50, 20))


def test_nobody_is_drawn_when_nobody_is_asked_for():
    with pytest.raises(ParameterError, match="most must be at least 1"):
        drawn_names(NAMES, 0, 1)
