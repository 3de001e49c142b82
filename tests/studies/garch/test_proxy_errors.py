"""Errors of forecasts of volatility under every proxy."""

import numpy as np
import pytest

from portfolio_study.risk.garch import rolling_garch
from portfolio_study.studies.garch.proxy_errors import POOLED, RETURN_ERROR, STATED, proxy_errors


def test_proxy_errors_by_hand(two_stocks):
    part = two_stocks.iloc[:170]
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
