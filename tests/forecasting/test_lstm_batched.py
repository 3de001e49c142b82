"""Networks side by side are the networks one after the other, up to rounding."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import EstimationError, UnknownNameError
from portfolio_study.forecasting.lstm_data import features
from portfolio_study.forecasting.lstm_fit import Order, Setting
from portfolio_study.forecasting.lstm_many import fit_all

pytestmark = pytest.mark.slow

WINDOW = 5
ENGINE = "batched on cpu"
ONE_WAY = Setting((4, 3), 32, 0.2, 0.3, 1e-2, 3)
BOTH_WAYS = Setting((3, 2), 16, 0.4, 0.2, 3e-3, 2, bidirectional=True)


@pytest.fixture(scope="module")
def orders():
    """Networks of two shapes, with data, seeds, lengths, hyper-parameters and protocols of their own."""
    prices = load_prices(universe="AAPL XOM", start="2020-01-01", end="2021-03-31")
    apple, exxon = (
        Order(features(prices, name, inputs="stationary"), prices.close[name], ONE_WAY, 1, WINDOW)
        for name in ("AAPL", "XOM")
    )
    return [
        apple,
        replace(exxon, setting=replace(ONE_WAY, dropout_1=0.5, learning_rate=1e-3, epochs=1), seed=2),
        replace(apple, setting=BOTH_WAYS, seed=3),
        replace(apple, protocol="shuffled", seed=4),
        replace(exxon, placebo=True, seed=5),
        replace(exxon, test_start=150, seed=6),
        replace(exxon, setting=BOTH_WAYS, protocol="as_published", seed=7),
    ]


@pytest.fixture(scope="module")
def batched(orders):
    return fit_all(orders, ENGINE)


def forecasts(fits):
    return np.array([fit.everywhere.to_numpy() for fit in fits])


def test_both_engines_train_the_same_networks(orders, batched, monkeypatch):
    from portfolio_study.forecasting.lstm_batched import TOLERANCE

    monkeypatch.setenv("STUDY_BACKEND", "sequential")
    for order, ours, reference in zip(orders, batched, fit_all(orders), strict=True):
        assert (ours.ticker, ours.setting, ours.seed) == (reference.ticker, order.setting, order.seed)
        pd.testing.assert_series_equal(ours.actual, reference.actual)
        assert ours.everywhere.index.equals(reference.everywhere.index)
        assert ours.forecast.index.equals(reference.forecast.index)
        scale = reference.everywhere.std() + reference.actual.std()
        assert (
            np.abs(ours.everywhere - reference.everywhere).max() < TOLERANCE * reference.actual.std() < scale
        )
        assert len(ours.curves) == order.setting.epochs
        pd.testing.assert_frame_equal(ours.curves, reference.curves, rtol=TOLERANCE)
        for name in ("train_rmse", "validation_rmse", "test_rmse"):
            assert getattr(ours, name) == pytest.approx(getattr(reference, name), rel=TOLERANCE)
    found = forecasts(batched)  # they are seven networks, further from each other than the engines are
    apart = [np.abs(found[i] - found[k]).max() for i in range(len(found)) for k in range(i)]
    assert min(apart) > 10 * TOLERANCE * min(fit.actual.std() for fit in batched)


def test_a_network_is_the_same_alone_and_in_any_place(orders, batched):
    (alone,) = fit_all(orders[:1], ENGINE)
    np.testing.assert_array_equal(alone.everywhere, batched[0].everywhere)
    pd.testing.assert_frame_equal(alone.curves, batched[0].curves)
    np.testing.assert_array_equal(forecasts(fit_all(orders[::-1], ENGINE)[::-1]), forecasts(batched))


def test_changed_data_of_one_network_change_no_other(orders, batched):
    table = orders[3].table.copy()
    table.iloc[40] += table.std()
    changed = fit_all([*orders[:3], replace(orders[3], table=table), *orders[4:]], ENGINE)
    same = [(a.everywhere == b.everywhere).all() for a, b in zip(changed, batched, strict=True)]
    assert same == [True, True, True, False, True, True, True]


def test_what_does_not_fit_into_the_memory_is_trained_in_parts(orders, batched, monkeypatch):
    from portfolio_study.forecasting import lstm_batched

    sizes, train = [], lstm_batched._train

    def counted(shape, networks):
        sizes.append(len(networks))
        return train(shape, networks)

    monkeypatch.setattr(lstm_batched, "device_bytes", lambda: 1)
    monkeypatch.setattr(lstm_batched, "_train", counted)
    many = fit_all([orders[0]] * 18, ENGINE)
    assert sizes == [9, 9]  # no more than the sixteen that any program trains
    for fit in many:
        np.testing.assert_array_equal(fit.everywhere, batched[0].everywhere)
    shape = lstm_batched.Shape(50, 6, (64, 32), 32)
    assert lstm_batched.at_once(shape, 8 * 2**30) > 200  # the search of the paper fits into a small card
    assert lstm_batched.at_once(shape, 2 * shape.bytes_each) == lstm_batched.TOGETHER


def test_what_cannot_be_trained_is_an_error(orders, monkeypatch):
    from portfolio_study.forecasting import lstm_batched

    wild = replace(orders[0], setting=replace(ONE_WAY, learning_rate=1e38))
    with pytest.raises(EstimationError, match="smaller learning rate"):
        fit_all([orders[0], wild], ENGINE)
    with pytest.raises(EstimationError, match=r"on NVIDIA H200, and JAX computes on cpu"):
        fit_all(orders, "batched on NVIDIA H200")
    with pytest.raises(UnknownNameError, match="batched on cpu"):
        fit_all(orders, "bached")

    def full(*_):
        raise lstm_batched.jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

    monkeypatch.setattr(lstm_batched, "_train", full)
    with pytest.raises(EstimationError, match="memory does not suffice"):
        fit_all(orders[:1], ENGINE)
