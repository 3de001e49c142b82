"""Tyler's estimators and the minimum covariance determinant."""

import numpy as np
import pytest

from portfolio_study.checks import as_returns
from portfolio_study.errors import (
    CovarianceError,
    EstimationError,
    ParameterError,
    UnknownNameError,
)
from portfolio_study.risk import (
    minimum_covariance_determinant,
    shrinkage_tyler,
    tyler,
)
from portfolio_study.risk.covariance_robust import (
    _best_shrinkage,
    _standardised,
    _tyler_shape,
    estimated_realised_variance,
    least_tyler_shrinkage,
)


def test_tyler(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["Tyler_unregularised_trN"]
    cov = tyler(sixty_days).to_numpy()
    np.testing.assert_allclose(gmv_of(cov), expected["GMV"], atol=1e-8)
    np.testing.assert_allclose(cov * 4 / np.trace(cov), expected["C"], atol=1e-8)
    assert np.trace(cov) == pytest.approx(sixty_days.var().sum())


def test_tyler_solves_its_equation(sixty_days):
    x = (sixty_days - sixty_days.mean()).to_numpy()
    c = tyler(sixty_days).to_numpy()
    c = c * 4 / np.trace(c)
    distance = np.einsum("ti,ij,tj->t", x, np.linalg.inv(c), x)
    np.testing.assert_allclose(4 / 60 * (x / distance[:, None]).T @ x, c, atol=1e-9)


def test_tyler_sees_directions_only(sixty_days, gmv_of):
    x = sixty_days.to_numpy()
    stretched = x * np.random.default_rng(0).uniform(0.1, 10, (60, 1))
    one, two = (tyler(v, demean=False) for v in (x, stretched))
    np.testing.assert_allclose(gmv_of(one), gmv_of(two), atol=1e-8)


def test_shrunk_tyler(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["TylerShrink_rho0.3"]
    cov = shrinkage_tyler(sixty_days, 0.3, standardise=False).to_numpy()
    np.testing.assert_allclose(gmv_of(cov), expected["GMV"], atol=1e-8)
    np.testing.assert_allclose(cov / np.trace(cov) * np.trace(expected["C"]), expected["C"], atol=1e-8)


def test_full_shrinkage_is_the_diagonal(sixty_days):
    cov = shrinkage_tyler(sixty_days, 1.0).to_numpy()
    np.testing.assert_allclose(cov, np.diag(sixty_days.var()), rtol=1e-10)


def test_standardising_makes_weights_independent_of_units(sixty_days, gmv_of):
    units = np.array([1, 10, 100, 0.1])
    moved = shrinkage_tyler(sixty_days * units, 0.3) / np.outer(units, units)
    np.testing.assert_allclose(gmv_of(moved), gmv_of(shrinkage_tyler(sixty_days, 0.3)), atol=1e-8)
    plain = shrinkage_tyler(sixty_days * units, 0.3, standardise=False) / np.outer(units, units)
    assert np.abs(gmv_of(plain) - gmv_of(shrinkage_tyler(sixty_days, 0.3, standardise=False))).max() > 0.01


def test_leaving_one_observation_out_divides_by_a_constant(sixty_days):
    """The identity behind the criterion: exact as long as the other observations keep their weights."""
    x = (sixty_days - sixty_days.mean()).to_numpy()
    rho = 0.3
    c = _tyler_shape(x, rho)
    weight = np.einsum("ti,ij,tj->t", x, np.linalg.inv(c), x) / 4
    np.testing.assert_allclose((1 - rho) / 60 * (x / weight[:, None]).T @ x + rho * np.eye(4), c, atol=1e-8)
    for t in (0, 17, 59):
        without = c - (1 - rho) / 60 * np.outer(x[t], x[t]) / weight[t]
        one_out, full = (x[t] @ np.linalg.solve(m, np.ones(4)) for m in (without, c))
        assert one_out == pytest.approx(full / (1 - (1 - rho) * 4 / 60), rel=1e-6)


def chosen(returns, criterion):
    z, unit = _standardised(as_returns(returns), True, True)
    return _best_shrinkage(z, 1.0 / unit, criterion)


def test_chosen_shrinkage_is_near_the_best_one(gmv_of):
    rng = np.random.default_rng(0)
    n, t = 15, 60
    loads = rng.normal(1, 0.3, n)
    truth = 0.5 * np.outer(loads, loads) + np.diag(rng.uniform(0.5, 2, n))
    root = np.linalg.cholesky(truth)
    ratios = {"leave_one_out": [], "asymptotic": []}
    for _ in range(10):
        x = rng.normal(size=(t, n)) @ root.T / np.sqrt(rng.chisquare(3, t) / 3)[:, None]
        grid = [gmv_of(shrinkage_tyler(x, r)) for r in np.linspace(0.1, 0.9, 7)]
        best = min(w @ truth @ w for w in grid)
        for criterion, kept in ratios.items():
            w = gmv_of(shrinkage_tyler(x, chosen(x, criterion)))
            kept.append(w @ truth @ w / best)
    assert np.mean(ratios["leave_one_out"]) < 1.1
    # squared lengths are a poor measure of scale when a market factor dominates
    assert np.mean(ratios["leave_one_out"]) < np.mean(ratios["asymptotic"])


def test_bounds_of_the_shrinkage():
    x = np.random.default_rng(0).normal(size=(10, 20))
    assert least_tyler_shrinkage(x) == pytest.approx(0.5)
    with pytest.raises(ParameterError, match=r"\(0.55, 1\]"):
        shrinkage_tyler(x, 0.52)
    assert np.linalg.eigvalsh(shrinkage_tyler(x, 0.7))[0] > 0
    with pytest.raises(UnknownNameError, match="leave_one_out"):
        estimated_realised_variance(x, [0.7], criterion="loo")


def test_tyler_refusals(sixty_days):
    with pytest.raises(CovarianceError, match="shrinkage_tyler"):
        tyler(sixty_days.iloc[:4])
    flat = sixty_days.copy()
    flat.iloc[:50, 2:] = 0.0  # too many rows in a plane: the equation has no solution
    with pytest.raises(EstimationError, match="subspace"):
        tyler(flat, demean=False)


def test_mcd_golden_value_and_exhaustive_search(sixty_days, golden, gmv_of):
    from itertools import combinations

    expected = golden("sixty_day_estimates")["MCD_12x2_h9"]
    x = sixty_days.to_numpy()[:12, :2]
    found = minimum_covariance_determinant(x, 0.75, reweighted=False)
    np.testing.assert_allclose(gmv_of(found), expected["GMV"], atol=1e-8)
    best = min(
        combinations(range(12), 9), key=lambda rows: np.linalg.det(np.cov(x[list(rows)], rowvar=False))
    )
    assert list(best) == expected["subset0"]
    exact = np.cov(x[list(best)], rowvar=False)
    np.testing.assert_allclose(exact, expected["S"], atol=1e-16)
    np.testing.assert_allclose(gmv_of(found), gmv_of(exact), atol=1e-8)


def test_mcd_ignores_outliers(sixty_days):
    x = sixty_days.to_numpy().copy()
    clean = minimum_covariance_determinant(x)
    x[::10] += 0.5
    spoiled = minimum_covariance_determinant(x)
    assert np.abs(np.sqrt(np.diag(spoiled) / np.diag(clean)) - 1).max() < 0.35
    assert np.cov(x, rowvar=False)[0, 0] > 100 * clean[0, 0]


def test_mcd_refusals():
    x = np.random.default_rng(0).normal(size=(12, 13))
    with pytest.raises(CovarianceError, match="mrcd"):
        minimum_covariance_determinant(x)
    with pytest.raises(ParameterError, match="support"):
        minimum_covariance_determinant(x, 0.2)
