"""Statements of texts 001 and 002 about samples: regression, exact laws, tests, components."""

import numpy as np

from portfolio_study.allocation.diversification import pca_shares
from portfolio_study.allocation.efficiency_tests import grs_test
from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.allocation.regression import gmv_regression
from portfolio_study.allocation.sampling_theory import (
    gmv_weights_law,
    out_of_sample_variance,
    out_of_sample_variance_factor,
)
from portfolio_study.studies.minimum_variance.sampling_simulation import draw_returns, simulate_gmv
from portfolio_study.studies.minimum_variance.statement_examples import Example, Vector, near

DRAWS = 4000
ERRORS = 5.0  # standard errors of a simulated mean that still count as agreement


def _sample(e: Example, rows: int = 60) -> Vector:
    return draw_returns(e.covariance, rows, 11) + e.mean


def dominance_is_preference(e: Example) -> bool:
    """A portfolio with no lower mean and no higher risk has no lower utility, for any aversion."""
    some = e.others(60)
    mean, variance = some @ e.mean, np.einsum("ki,ij,kj->k", some, e.covariance, some)
    dominates = (mean[:, None] >= mean) & (variance[:, None] <= variance)
    return all(
        bool((utility[:, None] >= utility)[dominates].all())
        for utility in (mean - a / 2 * variance for a in (0.5, 4.0, 20.0))
    )


def moments_are_enough(e: Example) -> bool:
    """Mean and variance of any portfolio follow from the means and covariances of the assets."""
    x = np.exp(_sample(e)) - 1  # not normal
    w = e.others(20)
    mean, cov = x.mean(axis=0), np.cov(x, rowvar=False)
    portfolios = x @ w.T
    return near(portfolios.mean(axis=0), w @ mean) and near(
        portfolios.var(axis=0, ddof=1), np.einsum("ki,ij,kj->k", w, cov, w)
    )


def rest_of_first_component(e: Example) -> bool:
    """One minus the first component's share is the variance that the component does not explain."""
    values, vectors = np.linalg.eigh(e.covariance)
    first = vectors[:, -1]
    explained = np.outer(e.covariance @ first, e.covariance @ first) / values[-1]
    rest = np.trace(e.covariance - explained) / np.trace(e.covariance)
    return near(1 - pca_shares(e.covariance, "covariance")[0], rest)


def regression_is_gmv(e: Example) -> bool:
    """Least-squares slopes are the weights of the sample covariance."""
    x = _sample(e)
    return near(gmv_regression(x).weights, gmv_closed_form(np.cov(x, rowvar=False)))


def weights_follow_the_t_law(e: Example) -> bool:
    """Simulated weights have the means and variances of the exact t law."""
    law, drawn = gmv_weights_law(e.covariance, 40), simulate_gmv(e.covariance, 40, DRAWS, 3).weights
    centred = (drawn - np.asarray(law.location)) ** 2
    error = ERRORS * np.sqrt(centred.var(axis=0) / DRAWS)
    shift = np.abs(drawn.mean(axis=0) - np.asarray(law.location))
    return bool(
        (np.abs(centred.mean(axis=0) - law.variance) < error).all()
        and (shift < ERRORS * np.sqrt(law.variance / DRAWS)).all()
    )


def promised_variance_is_corrected(e: Example) -> bool:
    """The corrected promise has the expectation of the realised variance."""
    n, rows = len(e.mean), 40
    drawn = simulate_gmv(e.covariance, rows, DRAWS, 5)
    corrected = np.array([out_of_sample_variance(v, rows, n) for v in drawn.in_sample])
    gap = corrected - drawn.out_of_sample
    return bool(abs(gap.mean()) < ERRORS * gap.std() / np.sqrt(DRAWS))


def risk_has_a_limit(e: Example) -> bool:
    """For N/T -> c the realised over the least variance tends to 1/(1 - c)."""
    return all(
        near(out_of_sample_variance_factor(200_000, int(200_000 * c)), 1 / (1 - c), 1e-3)
        for c in (0.1, 0.5, 0.9)
    )


def efficiency_test_is_a_sharpe_ratio(e: Example) -> bool:
    """The GRS statistic compares squared Sharpe ratios of the tangency portfolio and of the factor."""
    x = _sample(e)
    t, n = len(x), x.shape[1] - 1
    mean, cov = x.mean(axis=0), np.cov(x, rowvar=False, bias=True)
    whole, factor = mean @ np.linalg.solve(cov, mean), mean[0] ** 2 / cov[0, 0]
    return near(
        grs_test(x[:, 1:], x[:, [0]]).statistic, (t - n - 1) / n * (whole - factor) / (1 + factor), 1e-6
    )
