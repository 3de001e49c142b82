"""Exponential forgetting and local factor models."""

import numpy as np
import pytest

from portfolio_study.allocation import gmv_regression
from portfolio_study.errors import CovarianceError, ParameterError
from portfolio_study.risk import (
    ewma_covariance,
    forgetting_covariance,
    forgetting_weights,
    sample_covariance,
    time_varying_factor,
)


def test_ewma_golden_value_and_recursion(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")
    cov = ewma_covariance(sixty_days)
    np.testing.assert_allclose(gmv_of(cov), expected["EWMA0.94_init20_GMV"], atol=1e-10)
    np.testing.assert_allclose(np.diag(cov), expected["EWMA0.94_diag"], atol=1e-16)
    x = sixty_days.to_numpy()
    running = x[:20].T @ x[:20] / 20
    for row in x[20:]:
        running = 0.94 * running + 0.06 * np.outer(row, row)
    np.testing.assert_allclose(cov, running, atol=1e-18)


def test_forgetting_covariance_gives_recursive_least_squares(sixty_days, golden, gmv_of):
    w = gmv_of(forgetting_covariance(sixty_days, 0.97))
    np.testing.assert_allclose(w, golden("sixty_day_estimates")["WLS_GMV_forget0.97"], atol=1e-10)
    np.testing.assert_allclose(
        w, gmv_regression(sixty_days, observation_weights=forgetting_weights(60, 0.97)).weights, atol=1e-10
    )
    np.testing.assert_allclose(w, recursive_least_squares(100 * sixty_days.to_numpy(), 0.97), atol=1e-7)


def recursive_least_squares(x, forgetting):
    """The textbook recursion, started with a vague prior."""
    n = x.shape[1]
    precision, slope = 1e9 * np.eye(n), np.zeros(n)
    for row in x:
        z = np.append(1.0, row[-1] - row[:-1])
        gain = precision @ z / (forgetting + z @ precision @ z)
        slope = slope + gain * (row[-1] - z @ slope)
        precision = (precision - np.outer(gain, z @ precision)) / forgetting
        precision = (precision + precision.T) / 2
    return np.append(slope[1:], 1 - slope[1:].sum())


def test_no_forgetting_is_the_sample(sixty_days):
    np.testing.assert_allclose(
        forgetting_covariance(sixty_days, 1.0), sample_covariance(sixty_days), rtol=1e-12
    )
    np.testing.assert_array_equal(forgetting_weights(5, 1.0), 1)


def test_both_follow_a_change_of_volatility():
    rng = np.random.default_rng(0)
    x = np.vstack([rng.normal(size=(200, 2)), 3 * rng.normal(size=(100, 2))])
    for estimate in (ewma_covariance, forgetting_covariance, time_varying_factor):
        assert estimate(x)[0, 0] > 1.3 * sample_covariance(x)[0, 0]


def test_time_varying_factor_weights_the_past_less():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 6)) + rng.normal(size=(200, 1))
    base = time_varying_factor(x, bandwidth=0.5)
    changed = x.copy()
    changed[:99] *= 10  # beyond the kernel's reach
    np.testing.assert_allclose(time_varying_factor(changed, bandwidth=0.5), base, atol=1e-12)


def test_threshold_goes_from_full_to_diagonal_residuals():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    age = np.arange(299, -1, -1.0) / 300
    share = np.maximum(1 - age**2, 0)
    share /= share.sum()
    centred = x - share @ x
    full = (centred * share[:, None]).T @ centred
    np.testing.assert_allclose(time_varying_factor(x, 5, 1.0, 0.0).diagonal(), full.diagonal(), rtol=1e-6)
    strict = time_varying_factor(x, 1, 1.0, 1e3)
    values, vectors = np.linalg.eigh(full)
    common = values[-1] * np.outer(vectors[:, -1], vectors[:, -1])
    np.testing.assert_allclose(strict - common, np.diag((full - common).diagonal()), atol=1e-10)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: ewma_covariance(x, decay=1.0), "decay"),
        (lambda x: ewma_covariance(x, start=0), "start"),
        (lambda x: forgetting_covariance(x, 0.0), "forgetting"),
        (lambda x: time_varying_factor(x, factors=4), "factors"),
        (lambda x: time_varying_factor(x, bandwidth=0), "bandwidth"),
    ],
)
def test_bad_parameters(call, match, sixty_days):
    with pytest.raises(ParameterError, match=match):
        call(sixty_days)


@pytest.mark.parametrize("estimate", [ewma_covariance, forgetting_covariance])
def test_too_few_observations(estimate, sixty_days):
    with pytest.raises(CovarianceError, match="estimators that still work"):
        estimate(sixty_days.iloc[:4])
