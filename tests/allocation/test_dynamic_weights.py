"""Realised, autoregressive and score-driven minimum variance."""

import numpy as np
import pytest

from portfolio_study.allocation import (
    autoregressive_minimum_variance,
    gmv_closed_form,
    score_driven_minimum_variance,
)
from portfolio_study.errors import CovarianceError, ParameterError


def test_without_gain_the_score_driven_portfolio_is_static(sixty_days, golden):
    found = score_driven_minimum_variance(sixty_days, gain=0.0)
    np.testing.assert_allclose(found.weights, golden("sixty_day_estimates")["GMV_sample"], atol=1e-10)
    np.testing.assert_allclose(found.path, np.tile(found.weights, (61, 1)), atol=1e-10)


def test_path_uses_only_the_past(sixty_days):
    changed = sixty_days.copy()
    changed.iloc[-1] = [0.03, -0.02, 0.01, 0.0]
    one = score_driven_minimum_variance(sixty_days, persistence=0.9, gain=0.05)
    np.testing.assert_allclose(one.path.sum(axis=1), 1, atol=1e-12)
    assert one.path.shape == (61, 4)
    np.testing.assert_allclose(
        one.path[0], score_driven_minimum_variance(sixty_days, gain=0.0).weights, atol=1e-10
    )
    # the slopes start from full-sample least squares, so compare steps of one recursion
    x, static = sixty_days.to_numpy(), score_driven_minimum_variance(sixty_days, gain=0.0)
    y = x[:, -1] - static_intercept(sixty_days)
    z = x[:, [-1]] - x[:, :-1]
    scaling = np.linalg.inv(z.T @ z / 60)
    slope = np.asarray(static.weights)[:-1]
    start = slope.copy()
    for t in range(60):
        np.testing.assert_allclose(one.path[t, :-1], slope, atol=1e-9)
        slope = 0.1 * start + 0.9 * slope + 0.05 * scaling @ z[t] * (y[t] - z[t] @ slope)
    np.testing.assert_allclose(one.path[60, :-1], slope, atol=1e-9)


def static_intercept(returns):
    from portfolio_study.allocation import gmv_regression

    return gmv_regression(returns).mean


def test_score_driven_weights_follow_a_changing_truth():
    rng = np.random.default_rng(0)
    quiet, loud = np.array([0.01, 0.03]), np.array([0.03, 0.01])
    x = np.vstack([rng.normal(size=(400, 2)) * quiet, rng.normal(size=(400, 2)) * loud])
    found = score_driven_minimum_variance(x)
    assert found.gain > 0
    assert found.weights[1] > 0.7  # the static portfolio holds about one half of each
    assert abs(gmv_closed_form(np.cov(x, rowvar=False))[1] - 0.5) < 0.1
    assert found.log_likelihood > score_driven_minimum_variance(x, gain=0.0).log_likelihood


def test_score_driven_errors(sixty_days):
    with pytest.raises(ParameterError, match="gain"):
        score_driven_minimum_variance(sixty_days, gain=1.5)
    with pytest.raises(CovarianceError, match="score-driven"):
        score_driven_minimum_variance(sixty_days.iloc[:4])


def test_autoregression_with_full_penalty_forecasts_the_average():
    rng = np.random.default_rng(1)
    x = 0.01 * rng.normal(size=(250, 3)) * [1, 2, 3]
    found = autoregressive_minimum_variance(x, block=25, penalty=1.0, shrinkage=0.0)
    blocks = [x[i : i + 25] for i in range(25, 250, 25)]
    directions = [np.linalg.solve(block.T @ block, np.ones(3)) for block in blocks]
    expected = np.mean(directions, axis=0)
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-6)


def test_autoregression_is_labelled_and_checked(sixty_days):
    w = autoregressive_minimum_variance(sixty_days, block=10)
    assert list(w.index) == list("ABCD")
    assert w.sum() == pytest.approx(1)
    with pytest.raises(ParameterError, match="2 blocks"):
        autoregressive_minimum_variance(sixty_days, block=30)
    with pytest.raises(ParameterError, match="penalty"):
        autoregressive_minimum_variance(sixty_days, block=10, penalty=2)
