import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.data.moves import impossible_moves, refuse_impossible, refuse_spikes, reversed_spikes
from portfolio_study.errors import DataError

DATES = pd.bdate_range("2020-01-01", periods=12, name="date")
DAYS = pd.bdate_range("2014-01-01", periods=200, name="date")


def closes(**columns):
    return pd.DataFrame(columns, index=DATES[: len(next(iter(columns.values())))], dtype=float)


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


@pytest.mark.parametrize("factor", [100, 0.01, 8, 1 / 8, 3.2])
def test_a_tick_that_is_taken_back_is_refused(close, factor):
    close.loc[DAYS[90], "BBB"] *= factor
    with pytest.raises(DataError, match=rf"close of BBB on {DAYS[90]:%Y-%m-%d} is .* is a wrong price"):
        refuse_impossible(close)
    assert len(impossible_moves(close)) == 1  # the way back is no second move


def test_two_spikes_are_counted(close):
    close.loc[[DAYS[90], DAYS[120]], "BBB"] *= 8
    with pytest.raises(DataError, match="There are 1 more such closes"):
        refuse_spikes(close)


@pytest.mark.parametrize("spike", [100.0, 3.0, 1 / 3, 0.01])
def test_a_close_that_leaves_and_comes_back_is_found(spike):
    values = np.linspace(50, 51, 8)
    values[4] *= spike * (1.05 if spike > 1 else 0.95)
    (row,) = reversed_spikes(closes(A=np.linspace(1, 2, 8), B=values)).itertuples()
    assert (row.ticker, row.date, row.close) == ("B", DATES[4], values[4])
    assert (row.before, row.after) == (values[3], values[5])


def test_what_stays_or_is_small_or_has_one_neighbour_is_no_spike():
    jump = [50.0] * 4 + [5000.0] * 4
    crash = [50, 50, 20, 45, 50, 50, 50, 50]
    first, last = [900.0] + [50.0] * 7, [50.0] * 7 + [0.1]
    squeeze = [40, 77, 76, 148, 348, 194, 325, 225]  # a squeezed share in January 2021
    assert reversed_spikes(closes(A=jump, B=crash, C=first, D=last, E=squeeze)).empty


def test_spikes_come_in_the_order_of_the_dates():
    a, b = np.full(8, 10.0), np.full(8, 10.0)
    a[5], b[2] = 100.0, 1.0
    assert list(reversed_spikes(closes(A=a, B=b))["ticker"]) == ["B", "A"]


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
