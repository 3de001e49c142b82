"""The path of l1-penalised portfolios against the active-set engine."""

import numpy as np
import pytest

from portfolio_study.allocation import gmv_closed_form, gmv_long_only, largest_l1
from portfolio_study.allocation.l1_path import follow_l1_path
from portfolio_study.allocation.quadratic import SeparableProblem, solve_separable


def engine(cov, price):
    free = np.full(len(cov), np.inf)
    ones = np.ones((1, len(cov)))
    problem = SeparableProblem(
        2 * cov, np.zeros(len(cov)), ones, np.ones(1), ("weights add up to 1",), -free, free, price
    )
    return solve_separable(problem).weights


@pytest.mark.parametrize("weighted", [False, True])
def test_the_path_ends_where_the_engine_ends(random_covariance, weighted):
    rng = np.random.default_rng(3)
    compared = 0
    for _ in range(40):
        cov = random_covariance(rng, int(rng.integers(2, 31)))
        price = np.sqrt(cov.diagonal()) if weighted else np.ones(len(cov))
        price = price / price.mean() * rng.uniform(0.1, 0.9) * largest_l1(cov)
        found = follow_l1_path(2 * cov, price)
        assert found is not None
        np.testing.assert_allclose(found[0], engine(cov, price), atol=1e-10)
        compared += bool((found[0] == 0).any())
    assert compared > 5  # the comparison is empty if no asset ever leaves


def test_the_path_begins_at_the_closed_form_and_ends_long_only(random_covariance):
    cov = random_covariance(np.random.default_rng(4), 12)
    ones = np.ones(12)
    start = follow_l1_path(2 * cov, ones, end=0.0)
    np.testing.assert_allclose(start[0], gmv_closed_form(cov), atol=1e-12)
    top = largest_l1(cov)
    nearly = follow_l1_path(2 * cov, ones, end=top * (1 - 1e-9))
    np.testing.assert_allclose(nearly[0], gmv_long_only(cov), atol=1e-6)


def test_a_limit_on_gross_exposure_stops_the_path_there(random_covariance):
    rng = np.random.default_rng(5)
    stopped = 0
    for _ in range(30):
        cov = random_covariance(rng, 15)
        if np.abs(gmv_closed_form(cov)).sum() <= 1.3:
            continue
        w, penalty = follow_l1_path(2 * cov, np.ones(15), exposure=1.3)
        assert np.abs(w).sum() == pytest.approx(1.3, abs=1e-12)
        np.testing.assert_allclose(w, engine(cov, np.full(15, penalty)), atol=1e-9)
        stopped += 1
    assert stopped > 5


def test_a_matrix_that_is_not_definite_has_no_path():
    assert follow_l1_path(np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones(2)) is None
