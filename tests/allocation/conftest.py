"""Random covariances for the allocation tests."""

import numpy as np
import pytest


def _random_covariance(rng, size):
    loadings = rng.normal(0.0, 0.4, (size, 3))
    loadings[:, 0] += 1.0
    cov = loadings @ loadings.T + np.diag(rng.uniform(0.3, 1.5, size))
    sd = np.sqrt(cov.diagonal())
    volatility = rng.uniform(0.1, 0.4, size)
    return cov / np.outer(sd, sd) * np.outer(volatility, volatility)


@pytest.fixture(scope="session")
def random_covariance():
    """A covariance with three factors and volatilities of 10-40 %: ``random_covariance(rng, size)``."""
    return _random_covariance


@pytest.fixture(scope="session")
def gmv_of():
    """Minimum-variance weights by a plain linear solve."""

    def weights(cov):
        w = np.linalg.solve(np.asarray(cov), np.ones(len(cov)))
        return w / w.sum()

    return weights
