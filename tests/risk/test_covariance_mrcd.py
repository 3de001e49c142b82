"""Minimum regularised covariance determinant."""

from itertools import combinations

import numpy as np
import pytest

from portfolio_study.checks import as_returns
from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.risk import minimum_regularised_covariance_determinant as mrcd
from portfolio_study.risk.covariance_mrcd import _fit, consistency_factor, qn_scale


def kept(returns, support, shrinkage, scale, consistent):
    """Positions of the observations that the estimator keeps."""
    return sorted(_fit(as_returns(returns), support, shrinkage, scale, consistent).subset.tolist())


def test_golden_value(sixty_days, golden, gmv_of):
    expected, x = golden("sixty_day_estimates")["MRCD_12x2_h9_rho0.1_calpha1"], sixty_days.to_numpy()[:12, :2]
    options = {"support": 0.75, "shrinkage": 0.1, "scale": "standard", "consistent": False}
    assert kept(x, **options) == expected["subset0"]
    found = mrcd(x, **options)
    np.testing.assert_allclose(found, expected["K"], atol=1e-16)
    assert np.linalg.det(found) == pytest.approx(expected["det"], rel=1e-10)
    np.testing.assert_allclose(gmv_of(found), expected["GMV"], atol=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_finds_the_best_of_all_subsets(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(12, 3)) + rng.normal(size=(12, 1))
    x[:2] += 6
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)

    def determinant(rows):
        return np.linalg.det(0.1 * np.eye(3) + 0.9 * np.cov(z[list(rows)], rowvar=False))

    best = min(combinations(range(12), 9), key=determinant)
    found = kept(x, 0.75, 0.1, "standard", False)
    # concentration steps find a local minimum; it must be the global one or within 2 % of it
    assert determinant(found) <= 1.02 * determinant(best)
    assert not {0, 1} & set(found)


def test_more_assets_than_observations(random_panel):
    cov = np.asarray(mrcd(random_panel))
    assert np.linalg.eigvalsh(cov)[0] > 0
    unit = np.array([qn_scale(c) for c in random_panel.T])
    assert np.linalg.cond(cov / np.outer(unit, unit)) < 200


@pytest.fixture
def random_panel():
    rng = np.random.default_rng(0)
    return rng.normal(size=(30, 50)) * np.linspace(1, 3, 50) + rng.normal(size=(30, 1))


def test_outliers_do_not_move_it():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 5)) * np.arange(1, 6)
    clean = np.sqrt(np.diag(mrcd(x)))
    x[:12] += 100
    assert np.abs(np.sqrt(np.diag(mrcd(x))) / clean - 1).max() < 0.25


def test_is_about_unbiased_for_normal_returns():
    x = np.random.default_rng(2).normal(size=(4000, 3)) * [1, 2, 3]
    np.testing.assert_allclose(np.diag(mrcd(x, 0.75)), [1, 4, 9], rtol=0.1)
    np.testing.assert_allclose(np.diag(mrcd(x, 1.0, 0.0, "standard")), [1, 4, 9], rtol=0.06)


def test_parts():
    x = np.random.default_rng(3).normal(0, 2.5, 5000)
    assert qn_scale(x) == pytest.approx(2.5, rel=0.03)
    assert consistency_factor(1.0, 4) == 1.0
    assert consistency_factor(0.5, 4) > consistency_factor(0.75, 4) > 1
    z = np.random.default_rng(4).normal(size=(200_000, 4))
    inner = z[np.argsort((z**2).sum(axis=1))[:150_000]]
    assert consistency_factor(0.75, 4) * inner.var() == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("options", [{"support": 0.3}, {"shrinkage": 1.5}])
def test_bad_parameters(options, sixty_days):
    with pytest.raises(ParameterError, match=next(iter(options))):
        mrcd(sixty_days, **options)
    with pytest.raises(UnknownNameError, match="robust"):
        mrcd(sixty_days, scale="robst")
