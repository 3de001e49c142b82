"""The index market: forecasts without leaks, walk-forward."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from portfolio_study.allocation.cc_var.market import (
    excess_log_returns,
    forecast_cells,
    kernel_forecast,
    month_forecast,
    past_returns,
    standard_edges,
)
from portfolio_study.allocation.cc_var.options import butterfly_prices
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.errors import DataError, ParameterError

SQUARE = PowerPreference(2)


def test_kernel_keeps_mean_and_variance(lcg_normal):
    sample = 0.01 + 0.04 * lcg_normal(400, 5)
    forecast = kernel_forecast(sample, 400)
    spread = np.var(forecast.centres) + forecast.bandwidth**2
    assert spread == pytest.approx(np.var(sample))
    assert forecast.centres.mean() == pytest.approx(sample.mean())
    x = np.exp(np.linspace(-0.2, 0.2, 2001))
    assert np.trapezoid(forecast.pdf(x), x) == pytest.approx(1, abs=1e-6)
    assert np.diff(forecast.cdf(x)) / np.diff(x) == pytest.approx(
        forecast.pdf((x[1:] + x[:-1]) / 2), abs=1e-3
    )
    assert list(forecast.cdf([0.0, np.inf])) == [0, 1]


def test_kernel_distribution_is_the_mean_of_normal_ones(lcg_normal):
    forecast = kernel_forecast(0.01 + 0.04 * lcg_normal(300, 9), 120)
    x = np.concatenate([[0.0, 1e-9], np.exp(np.linspace(-0.6, 0.6, 301)), [np.inf]])
    with np.errstate(divide="ignore"):
        z = (np.log(x)[:, None] - forecast.centres) / forecast.bandwidth
    np.testing.assert_allclose(forecast.cdf(x), norm.cdf(z).mean(axis=1), rtol=1e-12, atol=1e-16)


def test_past_returns_by_hand():
    returns = np.arange(1.0, 7.0)
    assert list(past_returns(returns, 5, 2)) == [3, 5, 7, 9]
    scale = np.array([np.nan, 2.0, 4.0, 1.0, 9.0, 9.0])
    assert list(past_returns(returns, 5, 2, scale)) == [2.5, 1.75, 9]
    # long horizons: starts a seventh of the horizon apart, the last month ends at the origin
    ones = np.cumsum(np.ones(40))
    assert list(past_returns(ones, 40, 21)) == [sum(ones[s : s + 21]) for s in (1, 4, 7, 10, 13, 16, 19)]


def test_excess_returns():
    index = pd.bdate_range("2020-01-01", periods=3)
    excess = excess_log_returns(pd.Series([100, 110, 99.0], index), pd.Series(0.001, index))
    assert list(excess) == pytest.approx([np.log(1.1 / 1.001), np.log(0.9 / 1.001)])
    with pytest.raises(DataError, match="2020-01-02 is nan"):
        excess_log_returns(pd.Series([100, np.nan, 99.0], index), pd.Series(0.001, index))
    with pytest.raises(ParameterError, match="252% a year"):
        excess_log_returns(pd.Series([100, 110, 99.0], index), pd.Series(0.01, index))


def test_edges_cover_everything():
    edges = standard_edges(0.2, 1 / 12, 40)
    assert edges.size == 41
    assert (edges[0], edges[-1]) == (0, np.inf)
    probability = forecast_cells(kernel_forecast(np.array([-0.5, 0.0, 0.5]), 3), edges)
    assert probability.sum() == pytest.approx(1)
    with pytest.raises(ParameterError, match="three cells"):
        standard_edges(0.2, 1 / 12, 2)


@pytest.mark.parametrize("with_volatility", [False, True])
def test_nothing_of_the_future_is_used(index_days, with_volatility, walk):
    volatility = index_days.rolling(50).std().shift(1) if with_volatility else None
    before = walk(index_days, volatility=volatility)
    month = 40
    known = index_days.index.get_loc(before["origin"].iloc[month]) + 1
    changed = index_days.copy()
    changed.iloc[known:] = 3 * index_days.iloc[known:].to_numpy()[::-1] + 0.01
    shifted = changed.rolling(50).std().shift(1) if with_volatility else None
    after = walk(changed, volatility=shifted)
    columns = ["rank", "investment_2", "mean_income_2"]
    pd.testing.assert_frame_equal(before[columns].iloc[:month], after[columns].iloc[:month])
    # the portfolio of the month is unchanged although everything after its origin is not
    assert after["investment_2"].iloc[month] == before["investment_2"].iloc[month]
    assert after["cell"].iloc[month] != before["cell"].iloc[month]


def test_months_do_not_overlap(index_days, walk):
    months = walk(index_days)
    assert len(months) == (3000 - 756) // 21
    assert (months["origin"].iloc[1:].to_numpy() == months.index[:-1].to_numpy()).all()
    start = index_days.index.get_loc(months["origin"].iloc[0]) + 1
    assert start == 756
    assert months["gross_return"].iloc[0] == pytest.approx(np.exp(index_days.iloc[756:777].sum()))
    assert months["income_2"].to_numpy() == pytest.approx(months["rank"].to_numpy() ** 2)
    assert (months["income_integral_2"] <= months["income_2"] + 1e-12).all()


def test_scaled_history_follows_the_volatility(index_days):
    values = index_days.to_numpy()
    volatility = np.full(values.size, 0.01)
    volatility[1000] = 0.02
    calm = month_forecast(values, 999, 21, volatility)
    wild = month_forecast(values, 1000, 21, volatility)
    assert wild.centres.std() == pytest.approx(2 * calm.centres.std(), rel=0.01)
    volatility[1000] = np.nan
    with pytest.raises(DataError, match="no volatility forecast for period 1000"):
        month_forecast(values, 1000, 21, volatility)
    with pytest.raises(DataError, match="not enough history"):
        month_forecast(values, 21, 21)


def test_too_short_a_history_is_refused(index_days, walk):
    with pytest.raises(DataError, match="leave no month"):
        walk(index_days.iloc[:760])


def test_butterflies_of_a_forecast(lcg_normal):
    forecast = kernel_forecast(0.04 * lcg_normal(500, 9), 500)
    strikes = np.linspace(0.85, 1.15, 13)
    means = butterfly_prices(forecast.cdf, strikes)
    assert means.sum() == pytest.approx(1)
    assert means @ strikes == pytest.approx(np.exp(forecast.centres.var() / 2), abs=5e-3)
    assert norm.cdf(0) == forecast.cdf(1.0) or abs(forecast.cdf(1.0) - 0.5) < 0.05
