"""Proofs and counterexamples of the formulas in paper 000, section Background."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import log_returns, simple_returns


def test_portfolio_return_is_the_weighted_sum_of_simple_returns_only():
    prices = pd.DataFrame(
        {"A": [100.0, 110.0], "B": [50.0, 40.0]}, index=pd.bdate_range("2020-01-01", periods=2)
    )
    shares = np.array([3.0, 8.0])
    wealth = prices.to_numpy() @ shares
    weights = shares * prices.iloc[0].to_numpy() / wealth[0]
    assert simple_returns(prices).to_numpy()[0] @ weights == pytest.approx(
        wealth[1] / wealth[0] - 1, abs=1e-15
    )
    gap = np.log(wealth[1] / wealth[0]) - log_returns(prices).to_numpy()[0] @ weights
    assert gap > 0.01  # Jensen: the log of a sum exceeds the weighted sum of logs


def test_portfolio_variance_is_the_double_sum_over_i_and_j(four_assets):
    cov, w = four_assets["covariance"], np.array([0.4, 0.3, 0.2, 0.1])
    right = sum(w[i] * w[j] * cov[i, j] for i in range(4) for j in range(4))
    assert right == pytest.approx(w @ cov @ w, abs=1e-15)
    printed = sum(w[i] * w[i] * cov[i, i] for i in range(4) for _ in range(4))
    assert printed != pytest.approx(right, rel=0.05)
    # As printed it is N times the variance of uncorrelated assets.
    assert printed == pytest.approx(4 * np.sum(w**2 * np.diag(cov)), abs=1e-15)


def test_least_variance_for_a_return_is_most_return_for_a_variance_on_the_upper_branch_only(four_assets):
    cov, mu = four_assets["covariance"], four_assets["mean"]
    inverse, one = np.linalg.inv(cov), np.ones(4)
    a, b, c = one @ inverse @ one, one @ inverse @ mu, mu @ inverse @ mu
    variance = lambda m: (a * m**2 - 2 * b * m + c) / (a * c - b**2)  # noqa: E731
    for target in (b / a - 0.02, b / a + 0.02):
        g, h = (c - b * target) / (a * c - b**2), (a * target - b) / (a * c - b**2)
        w = inverse @ (g * one + h * mu)
        assert w.sum() == pytest.approx(1) and w @ mu == pytest.approx(target)
        assert w @ cov @ w == pytest.approx(variance(target))
    # The lower target's portfolio has the least variance for its return, and yet another
    # portfolio earns 4 points more with the same variance.
    assert variance(b / a - 0.02) == pytest.approx(variance(b / a + 0.02))
