"""Constrained l1 inverse."""

import numpy as np
import pytest

from portfolio_study.errors import OptimisationError, ParameterError
from portfolio_study.risk import clime_covariance, clime_precision, sample_covariance


def test_golden_value(four_assets, golden):
    expected = golden("sixty_day_estimates")["CLIME_corr_lam0.1"]
    omega = clime_precision(four_assets["correlation"], 0.1)
    np.testing.assert_allclose(omega, expected["Omega"], atol=1e-8)
    w = (omega / np.outer(four_assets["volatility"], four_assets["volatility"])).sum(axis=1)
    np.testing.assert_allclose(w / w.sum(), expected["GMV"], atol=1e-8)


def test_constraint_holds_before_symmetrising_and_the_norm_is_smallest(four_assets):
    s, rng = four_assets["correlation"], np.random.default_rng(0)
    omega = clime_precision(s, 0.1)
    assert np.abs(s @ omega - np.eye(4)).max() < 0.35  # symmetrising loosens the bound of 0.1 a little
    inverse = np.linalg.inv(s)
    assert np.abs(omega).sum() < np.abs(inverse).sum()
    for _ in range(2000):
        trial = inverse + rng.normal(0, 0.1, (4, 4))
        if np.abs(s @ trial - np.eye(4)).max() <= 0.1:
            assert np.abs(trial).sum() >= np.abs(omega).sum() - 1e-9


def test_small_penalty_gives_the_inverse(sixty_days):
    cov = clime_covariance(sixty_days, penalty=1e-9)
    np.testing.assert_allclose(cov, sample_covariance(sixty_days), rtol=1e-6)


def test_finds_zeros_of_a_sparse_inverse():
    rng = np.random.default_rng(1)
    precision = np.eye(6) + np.diag(np.full(5, 0.4), 1) + np.diag(np.full(5, 0.4), -1)
    x = rng.normal(size=(4000, 6)) @ np.linalg.cholesky(np.linalg.inv(precision)).T
    s = np.corrcoef(x, rowvar=False)
    omega = clime_precision(s, 0.08)
    away = np.abs(np.subtract.outer(range(6), range(6))) > 1
    assert np.abs(omega[away]).max() < 0.1 < np.abs(np.diag(omega, 1)).min()


def test_bad_penalties(sixty_days):
    with pytest.raises(ParameterError, match="penalty"):
        clime_covariance(sixty_days, penalty=1.5)
    singular = np.array([[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(OptimisationError, match="larger penalty"):
        clime_precision(singular, 0.01)
