"""Rivals of the networks, and the luck of their seeds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import DataError
from portfolio_study.forecasting.lstm_data import features, make_task
from portfolio_study.forecasting.lstm_fit import Setting
from portfolio_study.studies.lstm import controls

WINDOW = 10
SMALL = Setting((4, 3), 16, 0.2, 0.3, 1e-3, 2)


@pytest.fixture(scope="module")
def prices():
    return load_prices(universe="AAPL XOM", start="2020-01-01", end="2021-06-30")


def test_the_error_of_the_seed_is_the_spread_of_ratios_between_seeds():
    random = np.random.default_rng(0)
    level = np.array([1.0, 2.0, 4.0])
    seeds = [pd.DataFrame(np.tile(level * random.uniform(0.9, 1.3, 3), (6, 1))) for _ in range(2000)]
    fixed = pd.DataFrame(np.tile(level, (6, 1)))
    ratios = [s.to_numpy().mean() / fixed.to_numpy().mean() for s in seeds]
    assert controls.seed_error(seeds, seeds[0], fixed, (1, 0)) == pytest.approx(np.std(ratios), rel=0.05)
    pairs = [a.to_numpy().mean() / b.to_numpy().mean() for a, b in zip(seeds, seeds[::-1], strict=True)]
    typical = 1.1 * fixed
    assert controls.seed_error(seeds, typical, typical) == pytest.approx(np.std(pairs), rel=0.1)
    with pytest.raises(DataError, match="two seeds"):
        controls.seed_error(seeds[:1], fixed, fixed)


@pytest.fixture(scope="module")
def jumping(prices):
    """AAPL, and a stock whose one jump moves the place of zero between minimum and maximum."""
    close = prices.close.rename(columns={"XOM": "JUMP"}).copy()
    close.iloc[60:, 1] *= 1.6
    return replace(prices, close=close)


@pytest.mark.slow
def test_rivals_forecast_the_test_dates_and_do_not_look_ahead(jumping):
    close = jumping.close.copy()
    close.iloc[-1] *= 1.1
    later = replace(jumping, close=close)
    for rival in (
        lambda history: controls.ridge_forecasts(history, WINDOW),
        lambda history: controls.pooled_forecasts(history, SMALL, WINDOW, samples=100),
        lambda history: controls.refits_at_later_dates(history, dict.fromkeys(("AAPL",), SMALL), WINDOW, 1),
    ):
        forecasts = rival(later)
        task = make_task(features(jumping, "AAPL"), jumping.close["AAPL"], WINDOW)
        assert list(forecasts.index) == list(task.dates[np.sort(task.test)])
        pd.testing.assert_frame_equal(forecasts, rival(jumping))


@pytest.mark.slow
def test_one_network_for_all_forecasts_zero_alike_for_every_ticker(jumping):
    setting = Setting((4, 3), 16, 0.2, 0.2, 1e-2, 4)
    forecasts = controls.pooled_forecasts(jumping, setting, WINDOW)
    usual = np.log(jumping.close).diff().loc[forecasts.index].std()
    assert (forecasts.mean().abs() < usual).all()


@pytest.mark.slow
def test_other_seeds_give_other_networks(prices):
    found = controls.across_seeds(prices, {"AAPL": SMALL}, WINDOW, seeds=2, first=5)
    assert list(found) == [5, 6]
    assert not np.allclose(found[5].mean, found[6].mean)
