"""Seasonal factors of the variance, made from the past."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.risk.volatility import rolling_variance
from portfolio_study.studies.garch.seasonal_factors import seasonal_factors, seasons_of


def test_seasonal_factors_find_a_loud_weekday(two_stocks):
    friday = (two_stocks.index.day_of_week == 4)[:, None]
    loud = two_stocks * np.where(friday, 2.0, 1.0)
    h = pd.DataFrame(1e-4, index=loud.index, columns=loud.columns)
    factors = seasonal_factors(loud, h, "weekday", 100)
    last = factors.iloc[-10:]
    # Expected: 4 / ((4 * 1 + 4) / 5) = 2.5 on Fridays, 0.625 on other days.
    assert last[last.index.day_of_week == 4].to_numpy().min() > 2.0
    assert last[last.index.day_of_week != 4].to_numpy().max() < 0.9
    assert factors.index.equals(loud.index[100:])


def test_seasonal_factors_use_the_past_only(two_stocks):
    h = rolling_variance(two_stocks, 50)
    r = two_stocks.loc[h.index]
    changed = r.copy()
    changed.iloc[200:] *= 5
    before, after = (seasonal_factors(x, h, "month", 60) for x in (r, changed))
    pd.testing.assert_frame_equal(before.iloc[:141], after.iloc[:141])
    assert not np.allclose(before.iloc[150:], after.iloc[150:])


def test_unseen_season_has_factor_one():
    index = pd.date_range("2020-01-31", periods=14, freq="ME")
    values = pd.DataFrame({"AAA": np.arange(1.0, 15.0)}, index=index)
    factors = seasonal_factors(values, values * 0 + 1, "month", 3)
    assert (factors.iloc[:9] == 1.0).to_numpy().all() and factors.iloc[9, 0] != 1.0


def test_seasons():
    dates = pd.DatetimeIndex(["2024-01-01", "2024-03-08"])
    assert list(seasons_of(dates, "weekday")) == [0, 4] and list(seasons_of(dates, "month")) == [1, 3]
    with pytest.raises(ParameterError, match="season"):
        seasons_of(dates, "year")
    with pytest.raises(DataError, match="DatetimeIndex"):
        seasons_of(pd.RangeIndex(3), "month")
