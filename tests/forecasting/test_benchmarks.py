"""Benchmark forecasts: values by hand, alignment, leaks, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation import historical_mean
from portfolio_study.forecasting.benchmarks import (
    ewma_forecast,
    historical_mean_forecast,
    rolling_mean_forecast,
    zero_forecast,
)

X = pd.DataFrame(
    {"A": [1.0, 2.0, 6.0, -1.0], "B": [0.0, 4.0, 0.0, 4.0]}, index=pd.bdate_range("2021-03-01", periods=4)
)
ALL = [
    zero_forecast,
    historical_mean_forecast,
    lambda r: rolling_mean_forecast(r, 5),
    lambda r: ewma_forecast(r, 0.9),
]


def test_values_by_hand():
    assert zero_forecast(X).shape == (4, 2)
    assert (zero_forecast(X) == 0).to_numpy().all()
    assert historical_mean_forecast(X)["A"].tolist() == [1.0, 1.5, 3.0]
    assert historical_mean_forecast(X, minimum=3)["B"].tolist() == pytest.approx([4 / 3])
    assert rolling_mean_forecast(X, 2)["A"].tolist() == [1.5, 4.0]
    assert ewma_forecast(X, 0.5)["A"].tolist() == pytest.approx([1.0, 5 / 3, (6 + 1 + 0.25) / 1.75])


def test_labels_are_the_dates_that_are_forecast():
    assert historical_mean_forecast(X).index.equals(X.index[1:])
    assert rolling_mean_forecast(X, 3).index.equals(X.index[3:])
    assert ewma_forecast(X, 0.9, minimum=2).index.equals(X.index[2:])


def test_historical_mean_is_the_benchmark_of_the_accuracy_tests():
    ours = historical_mean_forecast(X)["A"]
    pd.testing.assert_series_equal(ours, historical_mean(X["A"]).iloc[1:], check_names=False)


@pytest.mark.parametrize("forecast", ALL)
def test_changing_one_date_moves_later_forecasts_only(forecast):
    returns = pd.DataFrame(
        np.random.default_rng(0).normal(size=(30, 2)), index=pd.bdate_range("2021-01-01", periods=30)
    )
    moved = returns.copy()
    moved.iloc[15] += 1.0
    when = returns.index[15]
    before, after = forecast(returns), forecast(moved)
    assert before.loc[:when].equals(after.loc[:when])
    if forecast is not zero_forecast:
        assert (before.iloc[-14:][:5] != after.iloc[-14:][:5]).to_numpy().all()


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-1, 1), scale=st.floats(0.01, 100), seed=st.integers(0, 10**6))
def test_means_move_with_the_data(shift, scale, seed):
    returns = pd.DataFrame(np.random.default_rng(seed).normal(size=(25, 2)))
    for forecast in ALL[1:]:
        pd.testing.assert_frame_equal(
            forecast(scale * (returns + shift)), scale * (forecast(returns) + shift)
        )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rolling_mean_forecast(X, 4), ParameterError, "window 4 is too long for 4 returns"),
        (lambda: rolling_mean_forecast(X, 0), ParameterError, "at least 1, got 0"),
        (lambda: historical_mean_forecast(X, 2.5), ParameterError, "whole number"),
        (lambda: ewma_forecast(X, 1.0), ParameterError, "decay must be a number between 0 and 1"),
        (lambda: ewma_forecast(X, "fast"), ParameterError, "decay"),
        (
            lambda: zero_forecast(X.replace(6.0, np.nan)),
            DataError,
            "first for A at 2021-03-03",
        ),
        (lambda: historical_mean_forecast(X.iloc[:1]), DataError, "at least 2"),
    ],
)
def test_bad_input_names_the_thing(call, error, message):
    with pytest.raises(error, match=message):
        call()
