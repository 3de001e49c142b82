"""Series on which the golden values of the forecast and Sharpe tests were computed."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def E(golden):
    """Golden values of the statistical tools."""
    return golden("E")


@pytest.fixture(scope="session")
def forecasts(lcg_normal):
    """Outcome y, forecast f1, zero forecast and expanding mean, as Series on business days."""
    dates = pd.bdate_range("2015-01-01", periods=100, name="date")
    y = pd.Series(0.0005 + 0.01 * lcg_normal(100, 11), index=dates)
    f1 = 0.3 * y + 0.004 * lcg_normal(100, 12)
    zero = y * 0
    past = np.concatenate([[0.0], np.cumsum(y.to_numpy())[:-1] / np.arange(1, 100)])
    return {"y": y, "f1": f1, "zero": zero, "mean": pd.Series(past, index=dates)}


@pytest.fixture(scope="session")
def losses(forecasts):
    """Squared errors of f1 and of the zero forecast."""
    y = forecasts["y"]
    return (y - forecasts["f1"]) ** 2, y**2


@pytest.fixture(scope="session")
def two_strategies(lcg_normal):
    """Returns r1, r2 of the golden Sharpe ratio tests."""
    dates = pd.bdate_range("2015-01-01", periods=100, name="date")
    r1 = pd.Series(0.0008 + 0.010 * lcg_normal(100, 21), index=dates)
    r2 = 0.0002 + 0.6 * (r1 - 0.0008) + 0.008 * lcg_normal(100, 22)
    return r1, r2
