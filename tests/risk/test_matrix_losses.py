"""Frobenius loss and portfolios built on covariance forecasts."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import CovarianceError, DataError
from portfolio_study.risk.matrix_losses import frobenius_loss, is_positive_definite, minimum_variance_returns


@pytest.fixture
def case(four_assets, lcg_normal):
    index = pd.bdate_range("2023-01-02", periods=30)
    root = np.linalg.cholesky(four_assets["covariance"])
    returns = pd.DataFrame(lcg_normal(120, 31).reshape(30, 4) @ root.T, index=index, columns=list("ABCD"))
    return returns, np.repeat(four_assets["covariance"][None], 30, axis=0)


def test_frobenius_by_hand(case):
    returns, stack = case
    loss = frobenius_loss(returns, stack)
    for t in (0, 13):
        r = returns.iloc[t].to_numpy()
        assert loss.iloc[t] == pytest.approx(np.linalg.norm(np.outer(r, r) - stack[t]) ** 2)


def test_frobenius_prefers_the_truth(four_assets, lcg_normal):
    z = lcg_normal(40_000, 41).reshape(10_000, 4)
    returns = pd.DataFrame(z @ np.linalg.cholesky(four_assets["covariance"]).T)
    truth = np.repeat(four_assets["covariance"][None], len(returns), axis=0)
    best = frobenius_loss(returns, truth).mean()
    assert best < frobenius_loss(returns, 1.3 * truth).mean()
    assert best < frobenius_loss(returns, 0.7 * truth).mean()


def test_minimum_variance_weights(case, golden):
    returns, stack = case
    weights = [float(Fraction(w)) for w in golden("further_portfolios")["gmv4_exact"]["w"]]
    earned = minimum_variance_returns(returns, stack)
    np.testing.assert_allclose(earned, returns.to_numpy() @ np.array(weights), atol=1e-14)


def test_scale_of_the_forecast_does_not_matter(case):
    returns, stack = case
    pd.testing.assert_series_equal(
        minimum_variance_returns(returns, 7 * stack), minimum_variance_returns(returns, stack)
    )


def test_indefinite_forecast_is_named(case):
    returns, stack = case
    stack = stack.copy()
    stack[4] = np.ones((4, 4))
    stack[4, 0, 1] = stack[4, 1, 0] = 2.0
    assert is_positive_definite(stack).sum() == 29
    with pytest.raises(CovarianceError, match=r"2023-01-06 is not positive definite \(1 of 30"):
        minimum_variance_returns(returns, stack)


def test_singular_is_not_positive_definite():
    assert not is_positive_definite(np.ones((1, 3, 3)))[0]
    assert is_positive_definite(1e-12 * np.eye(3)[None])[0]


def test_shapes_and_gaps(case):
    returns, stack = case
    with pytest.raises(DataError, match=r"shape \(30, 4, 4\)"):
        frobenius_loss(returns, stack[:-1])
    stack = stack.copy()
    stack[2, 1, 1] = np.nan
    with pytest.raises(CovarianceError, match="2023-01-04 has missing entries"):
        frobenius_loss(returns, stack)
