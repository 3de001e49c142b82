"""Statements of texts 001 and 002 about samples and their laws."""

from functools import lru_cache

import numpy as np

from portfolio_study.allocation.sampling_theory import (
    gmv_weights_law,
    in_sample_variance_factor,
    out_of_sample_variance_factor,
)
from portfolio_study.studies.minimum_variance.sampling_simulation import simulate_gmv
from portfolio_study.studies.minimum_variance.statement_examples import Example

ROWS = 252
SIZES = (5, 20, 80)
"""Assets of samples with twice as many rows."""
DRAWS = 100


def _seed(e: Example) -> int:
    """Another seed for every example."""
    return int(1e9 * e.mean[0]) % 2**32


@lru_cache
def _growing_samples(seed: int) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """N/T of one half, promised and realised variances over the least one, for ever more assets.

    Neither depends on the covariance, so that it may be the identity.
    """
    drawn = [simulate_gmv(np.eye(n), 2 * n, DRAWS, seed + n) for n in SIZES]
    return [(0.5, d.in_sample, d.out_of_sample) for d in drawn]


def corrected_promise_is_consistent(e: Example) -> bool:
    """The promised variance over (1 - N/T)^2 comes ever nearer to the realised one as N and T grow together."""
    gaps = [
        float(np.abs(promised / (1 - ratio) ** 2 / realised - 1).mean())
        for ratio, promised, realised in _growing_samples(_seed(e))
    ]
    return gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.2


def risk_has_a_limit(e: Example) -> bool:
    """Realised over least variance comes ever nearer to 1/(1 - N/T) as N and T grow together."""
    gaps = [
        float(np.abs(realised * (1 - ratio) - 1).mean()) for ratio, _, realised in _growing_samples(_seed(e))
    ]
    return gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.15


def promises_fail_on_large_universes(e: Example) -> bool:
    """Realised over promised variance rises with the number of assets."""
    sizes = (5, 25, 49, 100, 200)
    gap = [out_of_sample_variance_factor(ROWS, n) / in_sample_variance_factor(ROWS, n) for n in sizes]
    return bool((np.diff(gap) > 0).all())


def weights_are_worse_known(e: Example) -> bool:
    """The error of the estimated weights over 1/N, equal assets, rises with the number of assets."""
    errors = []
    for n in (5, 25, 49, 100):
        law = gmv_weights_law(np.eye(n), ROWS)
        errors.append(n * float(np.sqrt(law.variance).mean()))
    return bool((np.diff(errors) > 0).all())


def estimates_cost_variance(e: Example) -> bool:
    """The estimated minimum is riskier than the true one in every sample, and (T-2)/(T-N-1) times on average."""
    n = len(e.mean)
    drawn = simulate_gmv(e.covariance, 60, 2000, 7).out_of_sample
    expected = out_of_sample_variance_factor(60, n)
    return bool((drawn > 1).all() and abs(drawn.mean() - expected) < 5 * drawn.std() / np.sqrt(len(drawn)))


def reverting_means_mislead(e: Example) -> bool:
    """If means of two following periods are negatively correlated, the forecast falls as the past mean rises."""
    random = np.random.default_rng(_seed(e))
    noise = random.standard_normal(20_001)
    returns = noise[1:] - 0.5 * noise[:-1]  # a shock is partly taken back
    past, ahead = (returns[k::10][:1900] for k in (0, 1))
    high = past > past.mean()
    return bool(np.cov(past, ahead)[0, 1] < 0 and ahead[high].mean() < ahead[~high].mean())


def no_unbiased_estimator(e: Example) -> bool:
    """Every estimator from one trial has a mean that is linear in p: none is unbiased for 1/p."""
    p = np.linspace(0.1, 0.9, 9)
    design = np.column_stack([1 - p, p])  # values of the estimator after failure and success
    best = design @ np.linalg.lstsq(design, 1 / p, rcond=None)[0]
    return bool(np.abs(best - 1 / p).max() > 0.1)
