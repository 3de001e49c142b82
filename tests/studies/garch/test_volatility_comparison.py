"""Forecasts side by side, forecasts from ranges, and two engines on sampled windows."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.risk.volatility import ewma_variance, rolling_variance
from portfolio_study.studies.garch.volatility_comparison import (
    compare_engines,
    range_ewma,
    variance_forecasts,
)


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.01 * lcg_normal(360, 29).reshape(180, 2)
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=180), columns=["AAA", "BBB"])


def test_common_dates(returns):
    short, long = rolling_garch(returns, 30), rolling_garch(returns, 100, refit=10)
    found = variance_forecasts(returns, short, long)
    assert list(found) == ["GARCH 30", "variance 30", "EWMA", "GARCH 100"]
    for forecast in found.values():
        assert forecast.index.equals(returns.index[100:])
    pd.testing.assert_frame_equal(found["variance 30"], rolling_variance(returns, 30).iloc[70:])
    pd.testing.assert_frame_equal(found["EWMA"], ewma_variance(returns, start=30).iloc[70:])
    with pytest.raises(DataError, match="no common date"):
        variance_forecasts(returns, rolling_garch(returns.iloc[:60], 30), long)


def test_range_forecast_uses_the_past_only_and_finds_the_level(returns):
    squares = returns**2
    proxy = 0.25 * squares + 1e-9
    found = range_ewma(proxy, squares)
    # A proxy that is a fixed share of the square gives the same forecast as the square itself.
    np.testing.assert_allclose(found, ewma_variance(returns), rtol=1e-3)
    changed = squares.copy()
    changed.iloc[120] *= 50
    again = range_ewma(proxy, changed)
    pd.testing.assert_frame_equal(again.iloc[:71], found.iloc[:71])
    assert (again.iloc[71:] > found.iloc[71:]).to_numpy().all()


@pytest.mark.slow
def test_engines_on_a_sample(returns, monkeypatch):
    monkeypatch.setenv("STUDY_BACKEND", "sequential")
    found = compare_engines(returns, 50, samples=25, seed=3)
    assert len(found) == 25 and not found.duplicated(["date", "ticker"]).any()
    assert (found["loglik_batched"] >= found["loglik_arch"] - 1e-4).all()
    row = found.iloc[7]
    at = returns.index.get_loc(row["date"])
    window = returns[[row["ticker"]]].iloc[at - 50 : at + 1]
    assert rolling_garch(window, 50).volatility.iloc[0, 0] == row["volatility_batched"]
    pd.testing.assert_frame_equal(compare_engines(returns, 50, samples=25, seed=3), found)
    assert len(compare_engines(returns.iloc[:53, :1], 50, samples=25)) == 3
