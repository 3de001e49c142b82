"""Rivals of the networks, and the luck of their seeds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import DataError
from portfolio_study.forecasting.lstm import refit
from portfolio_study.forecasting.lstm_data import features, make_task
from portfolio_study.forecasting.lstm_fit import Setting
from portfolio_study.studies.lstm import controls

pytestmark = pytest.mark.slow  # trains networks

WINDOW = 10
SMALL = Setting((4, 3), 16, 0.2, 0.3, 1e-3, 2)


@pytest.fixture(scope="module")
def prices():
    return load_prices(universe="AAPL XOM", start="2020-01-01", end="2021-06-30")


def test_the_variance_of_the_training_is_that_of_the_mean_loss_between_trainings():
    random = np.random.default_rng(0)
    level = np.array([1.0, 2.0, 4.0, 8.0])
    scale = pd.Series(level, list("abcd"))

    def trained(tickers):
        return pd.DataFrame(
            np.tile(level[:tickers] * random.uniform(0.9, 1.3, tickers), (6, 1)),
            columns=list("abcd")[:tickers],
        )

    means, estimates = [], []
    for _ in range(4000):  # a, b and c have three networks each, d has one
        seeds = [trained(3) for _ in range(3)]
        alone = trained(4)["d"].mean()
        means.append((sum(s.mean().sum() for s in seeds) / 3 + alone) / 4)
        estimates.append(controls.training_variance(seeds, scale))
    assert np.mean(estimates) == pytest.approx(np.var(means), rel=0.08)
    with pytest.raises(DataError, match="two seeds"):
        controls.training_variance(seeds[:1], scale)
    with pytest.raises(DataError, match="c: has losses"):
        controls.training_variance(seeds, scale[["a", "b", "d"]])


def test_a_fit_of_noise_hides_its_over_fit_in_a_calmer_period():
    training, validation, zero = controls.over_fitted(0.645, seed=4)
    assert abs(validation / training - 1) < 0.08
    assert validation**2 > 1.5 * zero**2
    _, alike, noise = controls.over_fitted(1.0, seed=4)
    assert (alike**2, noise**2) == (pytest.approx(1 + 500 / 1499, rel=0.1), pytest.approx(1, rel=0.1))


@pytest.fixture(scope="module")
def jumping(prices):
    """AAPL, and a stock whose one jump moves the place of zero between minimum and maximum."""
    close = prices.close.rename(columns={"XOM": "JUMP"}).copy()
    close.iloc[60:, 1] *= 1.6
    return replace(prices, close=close)


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


def test_one_network_for_all_forecasts_zero_alike_for_every_ticker(jumping):
    setting = Setting((4, 3), 16, 0.2, 0.2, 1e-2, 4)
    forecasts = controls.pooled_forecasts(jumping, setting, WINDOW)
    usual = np.log(jumping.close).diff().loc[forecasts.index].std()
    assert (forecasts.mean().abs() < usual).all()


def test_other_seeds_give_other_networks(prices):
    found = controls.across_seeds(prices, {"AAPL": SMALL}, [5, 6], WINDOW)
    assert list(found) == [5, 6]
    assert not np.allclose(found[5].mean, found[6].mean)
    alone = refit(prices, {"AAPL": SMALL}, WINDOW, seed=6)
    pd.testing.assert_frame_equal(found[6].mean, alone.mean)
