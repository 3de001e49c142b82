"""Clustering, shocks, seasonal factors and the errors under every proxy."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.risk.volatility import ewma_variance, rolling_variance
from portfolio_study.risk.volatility_dynamics import (
    days_after,
    ljung_box,
    movement,
    shock_response,
    shocks,
)
from portfolio_study.studies.garch.proxy_errors import POOLED, RETURN_ERROR, STATED, proxy_errors
from portfolio_study.studies.garch.seasonal_factors import seasonal_factors, seasons_of


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.01 * lcg_normal(800, 17).reshape(400, 2)
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=400), columns=["AAA", "BBB"])


def test_clustering_is_found_where_it_is(returns):
    level = np.where(np.arange(400) % 100 < 50, 0.3, 3.0)[:, None]
    clustered = returns * level
    assert (ljung_box(clustered)["p_value"] < 1e-6).all()
    assert (ljung_box(returns)["p_value"] > 0.01).all()


def test_ljung_box_by_hand(returns):
    y = returns["AAA"].to_numpy() ** 2
    y, n = y - y.mean(), len(y)
    rho = [(y[k:] * y[:-k]).sum() / (y**2).sum() for k in (1, 2)]
    expected = n * (n + 2) * sum(r**2 / (n - k) for k, r in zip((1, 2), rho, strict=True))
    assert ljung_box(returns, 2).loc["AAA", "statistic"] == pytest.approx(expected)


def test_shock_response(returns):
    jumped = returns.copy()
    jumped.iloc[200, 0] = 0.15
    h = ewma_variance(jumped)
    shocked = shocks(jumped, h, 6.0)
    assert shocked.to_numpy().sum() == 1 and shocked.loc[jumped.index[200], "AAA"]
    path = shock_response({"EWMA": h, "squares": jumped.loc[h.index] ** 2}, h, shocked, 5)
    squares, path = path["squares"], path["EWMA"]
    at = h.index.get_loc(jumped.index[200])
    np.testing.assert_allclose(path, (h["AAA"].iloc[at : at + 6] / h["AAA"].iloc[at]).to_numpy())
    assert path[0] == 1 and path[1] > 5
    assert squares[0] == pytest.approx(0.15**2 / h["AAA"].iloc[at])
    after = days_after(shocked, 2)
    assert list(np.flatnonzero(after["AAA"])) == [at + 1, at + 2] and not after["BBB"].any()


def test_no_shock_is_an_error(returns):
    h = ewma_variance(returns)
    with pytest.raises(DataError, match="no shock"):
        shock_response({"EWMA": h}, h, shocks(returns, h, 50.0))
    with pytest.raises(ParameterError, match="threshold"):
        shocks(returns, h, 0.0)


def test_movement():
    variance = pd.DataFrame({"AAA": [1.0, np.exp(0.2), np.exp(0.2)]})
    np.testing.assert_allclose(movement(variance)["AAA"], [0.1, 0.0])


def test_seasonal_factors_find_a_loud_weekday(returns):
    friday = (returns.index.day_of_week == 4)[:, None]
    loud = returns * np.where(friday, 2.0, 1.0)
    h = pd.DataFrame(1e-4, index=loud.index, columns=loud.columns)
    factors = seasonal_factors(loud, h, "weekday", 100)
    last = factors.iloc[-10:]
    # Expected: 4 / ((4 * 1 + 4) / 5) = 2.5 on Fridays, 0.625 on other days.
    assert last[last.index.day_of_week == 4].to_numpy().min() > 2.0
    assert last[last.index.day_of_week != 4].to_numpy().max() < 0.9
    assert factors.index.equals(loud.index[100:])


def test_seasonal_factors_use_the_past_only(returns):
    h = rolling_variance(returns, 50)
    r = returns.loc[h.index]
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


def test_proxy_errors_by_hand(returns):
    part = returns.iloc[:170]
    fit = rolling_garch(part, 50)
    table = proxy_errors(part, fit)
    actual = part.iloc[50:]
    sd = part.rolling(50).std().shift(1).iloc[50:]
    by_hand = ((fit.volatility - sd) ** 2).mean() ** 0.5
    np.testing.assert_allclose(table.loc[STATED, ["AAA", "BBB"]].astype(float), by_hand)
    zero = (actual**2).mean()
    np.testing.assert_allclose(table.loc[RETURN_ERROR, ["AAA", "BBB"]].astype(float), zero**0.5)
    assert table.loc[RETURN_ERROR, POOLED] == pytest.approx(zero.mean() ** 0.5)
    after = sd.shift(-50).dropna()
    expected = ((fit.volatility.loc[after.index] - after) ** 2).mean().mean() ** 0.5
    assert table.loc["volatility against the next window's sd", POOLED] == pytest.approx(expected)
    assert table.notna().all().all()
    assert (
        "broadcast matrix against the sample covariance"
        not in proxy_errors(part[["AAA"]], rolling_garch(part[["AAA"]])).index
    )


def test_an_exact_volatility_is_far_from_the_absolute_return(lcg_normal):
    """Even the true sigma has an RMSE of 0.636 sigma against |r| and of sigma against zero."""
    z = lcg_normal(40_000, 23)
    assert np.sqrt(np.mean((1 - np.abs(z)) ** 2)) == pytest.approx(0.6357915369, abs=0.01)
    assert np.sqrt(np.mean(z**2)) == pytest.approx(1.0, abs=0.01)


def test_published_rmse_and_mse_agree():
    """Paper 000, section GARCH, Results: RMSE 0.0189 and MSE 0.0003589 are one number."""
    assert round(0.0003589**0.5, 4) == 0.0189
