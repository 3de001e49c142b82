"""Shrinkage of the weights towards 1/N."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import bodnar_parolya_schmid, gmv_closed_form
from portfolio_study.errors import CovarianceError, ParameterError


def test_golden_value(sixty_days, golden):
    expected, found = golden("sixty_day_estimates")["BPS2018"], bodnar_parolya_schmid(sixty_days)
    np.testing.assert_allclose(found.weights, expected["w"], atol=1e-10)
    assert found.intensity == pytest.approx(expected["alpha"], abs=1e-12)
    assert found.relative_loss == pytest.approx(expected["R_b"], abs=1e-12)


def test_lowers_the_true_variance_when_n_is_close_to_t(random_covariance):
    rng = np.random.default_rng(0)
    cov = random_covariance(rng, 30)
    root, gains = np.linalg.cholesky(cov), []
    for _ in range(60):
        x = rng.normal(size=(45, 30)) @ root.T
        plain, shrunk = gmv_closed_form(np.cov(x, rowvar=False)), bodnar_parolya_schmid(x).weights
        gains.append(plain @ cov @ plain - shrunk @ cov @ shrunk)
    assert np.mean(gains) > 3 * np.std(gains) / np.sqrt(60)


def test_a_target_that_is_already_minimal_gets_all_the_weight(sixty_days):
    sample = pd.Series(gmv_closed_form(sixty_days.cov()))
    found = bodnar_parolya_schmid(sixty_days, sample.iloc[::-1])
    assert found.intensity == 0.0
    np.testing.assert_allclose(found.weights, sample, atol=1e-12)


def test_errors(sixty_days):
    with pytest.raises(CovarianceError, match="oas"):
        bodnar_parolya_schmid(sixty_days.iloc[:4])
    with pytest.raises(ParameterError, match="add up to 1"):
        bodnar_parolya_schmid(sixty_days, np.ones(4))
