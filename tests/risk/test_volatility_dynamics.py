"""Clustering, shocks and the movement of a variance."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.risk.volatility import ewma_variance
from portfolio_study.risk.volatility_dynamics import (
    days_after,
    ljung_box,
    movement,
    shock_response,
    shocks,
)


def test_clustering_is_found_where_it_is(two_stocks):
    level = np.where(np.arange(400) % 100 < 50, 0.3, 3.0)[:, None]
    clustered = two_stocks * level
    assert (ljung_box(clustered)["p_value"] < 1e-6).all()
    assert (ljung_box(two_stocks)["p_value"] > 0.01).all()


def test_ljung_box_by_hand(two_stocks):
    y = two_stocks["AAA"].to_numpy() ** 2
    y, n = y - y.mean(), len(y)
    rho = [(y[k:] * y[:-k]).sum() / (y**2).sum() for k in (1, 2)]
    expected = n * (n + 2) * sum(r**2 / (n - k) for k, r in zip((1, 2), rho, strict=True))
    assert ljung_box(two_stocks, 2).loc["AAA", "statistic"] == pytest.approx(expected)


def test_shock_response(two_stocks):
    jumped = two_stocks.copy()
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


def test_no_shock_is_an_error(two_stocks):
    h = ewma_variance(two_stocks)
    with pytest.raises(DataError, match="no shock"):
        shock_response({"EWMA": h}, h, shocks(two_stocks, h, 50.0))
    with pytest.raises(ParameterError, match="threshold"):
        shocks(two_stocks, h, 0.0)


def test_movement():
    variance = pd.DataFrame({"AAA": [1.0, np.exp(0.2), np.exp(0.2)]})
    np.testing.assert_allclose(movement(variance)["AAA"], [0.1, 0.0])


def test_published_rmse_and_mse_agree():
    """Paper 000, section GARCH, Results: RMSE 0.0189 and MSE 0.0003589 are one number."""
    assert round(0.0003589**0.5, 4) == 0.0189
