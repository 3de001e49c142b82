import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.moves import impossible_moves, refuse_impossible
from portfolio_study.errors import DataError

DAYS = pd.bdate_range("2014-01-01", periods=200, name="date")


@pytest.fixture
def close():
    moves = np.random.default_rng(4).normal(0, 0.012, (200, 2))
    return pd.DataFrame(50 * np.exp(np.cumsum(moves, axis=0)), index=DAYS, columns=["AAA", "BBB"])


def test_markets_make_no_impossible_moves(close):
    assert impossible_moves(close) == [] and refuse_impossible(close) == []
    # Not even the worst days of twenty large stocks in the sample of the book.
    assert impossible_moves(load_prices(universe="us20").close) == []


@pytest.mark.parametrize("factor", [100, 0.01, 1000, 0.001])
def test_a_change_of_unit_is_refused(close, factor):
    close.loc[DAYS[90] :, "BBB"] *= factor
    larger = max(factor, round(1 / factor))
    with pytest.raises(
        DataError, match=rf"BBB on {DAYS[90]:%Y-%m-%d}: from .* factor of {larger}: its unit changes"
    ):
        refuse_impossible(close)


@pytest.mark.parametrize("factor", [100, 0.01, 8, 1 / 8])
def test_a_tick_that_is_taken_back_is_refused(close, factor):
    close.loc[DAYS[90], "BBB"] *= factor
    with pytest.raises(
        DataError, match=rf"BBB on {DAYS[90]:%Y-%m-%d}.*taken back by the next price: a wrong price"
    ):
        refuse_impossible(close)
    assert len(impossible_moves(close)) == 1  # the way back is no second move


@pytest.mark.parametrize("factor", [10, 0.1, 7.46, 0.3])
def test_other_moves_are_said(close, factor):
    close.loc[DAYS[90] :, "BBB"] *= factor
    (note,) = refuse_impossible(close)
    assert f"BBB on {DAYS[90]:%Y-%m-%d}" in note and "AAA" not in note
    if factor in (10, 0.1):
        assert "a factor of 10" in note


def test_the_size_is_measured_by_the_assets_own_history(close):
    wild = close.copy()
    wild["BBB"] = 50 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.4, 200)))
    assert impossible_moves(wild) == []


def test_missing_prices_are_skipped(close):
    close.iloc[80:90, 1] = np.nan
    close.iloc[95, 0] = 0.0
    assert impossible_moves(close) == []
