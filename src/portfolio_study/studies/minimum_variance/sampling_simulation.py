"""Seeded simulations of estimation error: the exact laws, and any estimator against the truth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.minimum_variance import gmv_closed_form, gmv_long_only
from portfolio_study.checks import Matrix, Vector, as_covariance
from portfolio_study.errors import ParameterError, StudyError


@dataclass(frozen=True)
class GmvSimulation:
    """Sample minimum-variance portfolios of many simulated samples.

    Attributes
    ----------
    weights : numpy.ndarray
        R x N estimated weights.
    in_sample : numpy.ndarray
        R promised variances over the true minimum.
    out_of_sample : numpy.ndarray
        R realised (true) variances over the true minimum, at least 1.
    inverse_ratio : float
        Average of the estimated over the true inverse, first entry.
    """

    weights: Matrix
    in_sample: Vector
    out_of_sample: Vector
    inverse_ratio: float


def simulate_gmv(
    cov: ArrayLike | pd.DataFrame, observations: int, draws: int = 10_000, seed: int = 0
) -> GmvSimulation:
    """Simulate sample minimum-variance portfolios under iid normal returns.

    Sample covariances are drawn directly from their Wishart law (Bartlett's decomposition),
    many at a time.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N true covariance.
    observations : int
        T, more than N.
    draws : int
        Number R of samples.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    GmvSimulation

    Raises
    ------
    CovarianceError
        The covariance is not usable or singular.
    ParameterError
        T <= N or no draws.
    """
    checked = as_covariance(cov, invertible=True)
    n = checked.size
    if observations <= n or draws < 1:
        raise ParameterError(f"needs T > N and draws >= 1, got T = {observations}, N = {n}, draws = {draws}")
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(checked.matrix)
    truth = np.linalg.inv(checked.matrix)
    minimum = 1.0 / float(truth.sum())
    weights, promised, inverses = np.empty((draws, n)), np.empty(draws), 0.0
    chunk = max(1, 2_000_000 // (n * n))
    for begin in range(0, draws, chunk):
        count = min(chunk, draws - begin)
        factor = root @ _bartlett(rng, count, observations - 1, n)
        # S = factor factor'/(T - 1), so that S^-1 = (T - 1) factor^-T factor^-1
        half = np.linalg.inv(factor) * np.sqrt(observations - 1)
        column = half.sum(axis=2)
        direction = np.einsum("rki,rk->ri", half, column)
        total = direction.sum(axis=1)
        weights[begin : begin + count] = direction / total[:, None]
        promised[begin : begin + count] = 1.0 / total
        inverses += float((half[:, :, 0] ** 2).sum())
    realised = np.einsum("ri,ij,rj->r", weights, checked.matrix, weights)
    return GmvSimulation(
        weights, promised / minimum, realised / minimum, inverses / draws / float(truth[0, 0])
    )


def _bartlett(rng: np.random.Generator, count: int, dof: int, n: int) -> Matrix:
    """Lower-triangular factors of standard Wishart matrices."""
    factor = np.zeros((count, n, n))
    rows, columns = np.tril_indices(n, -1)
    factor[:, rows, columns] = rng.standard_normal((count, len(rows)))
    factor[:, np.arange(n), np.arange(n)] = np.sqrt(rng.chisquare(dof - np.arange(n), (count, n)))
    return factor


def draw_returns(
    cov: ArrayLike | pd.DataFrame,
    observations: int,
    seed: int | np.random.Generator,
    degrees_of_freedom: float | None = None,
    contamination: float = 0.0,
    outlier_scale: float = 5.0,
) -> Matrix:
    """Draw returns with zero means and a given covariance: normal, heavy-tailed or contaminated.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N true covariance of the clean returns.
    observations : int
        T.
    seed : int or numpy.random.Generator
        Seed, or the generator to draw from.
    degrees_of_freedom : float, optional
        Multivariate t with this many degrees of freedom (more than 2), scaled to the covariance.
    contamination : float
        Share of days replaced by outliers in one random common direction.
    outlier_scale : float
        Size of an outlier in units of the average volatility.

    Returns
    -------
    numpy.ndarray
        T x N returns.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    """
    checked = as_covariance(cov, invertible=True)
    if observations < 1 or not 0.0 <= contamination < 1.0:
        raise ParameterError(f"needs T >= 1 and contamination in [0, 1): {observations}, {contamination}")
    if degrees_of_freedom is not None and not degrees_of_freedom > 2.0:
        raise ParameterError(f"degrees_of_freedom must exceed 2, got {degrees_of_freedom!r}")
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((observations, checked.size)) @ np.linalg.cholesky(checked.matrix).T
    if degrees_of_freedom is not None:
        mixing = rng.chisquare(degrees_of_freedom, observations) / (degrees_of_freedom - 2.0)
        x /= np.sqrt(mixing)[:, None]
    if contamination > 0.0:
        direction = rng.standard_normal(checked.size)
        direction *= outlier_scale * checked.volatility.mean() * checked.size**0.5 / np.linalg.norm(direction)
        hit = rng.random(observations) < contamination
        x[hit] = direction * rng.choice([-1.0, 1.0], hit.sum())[:, None]
    return x


def simulate_estimators(
    cov: ArrayLike | pd.DataFrame,
    observations: int,
    estimators: Mapping[str, Callable[[Matrix], Any]],
    draws: int = 100,
    seed: int = 0,
    long_only: bool = False,
    **sample: Any,
) -> pd.DataFrame:
    """Compare covariance estimators by the true variance of their minimum-variance portfolios.

    Every estimator sees the same samples.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N true covariance.
    observations : int
        T of each sample.
    estimators : mapping
        Name -> function from T x N returns to an N x N covariance.
    draws : int
        Number R of samples.
    seed : int
        Seed of the random numbers.
    long_only : bool
        Long-only portfolios.
    **sample
        Options of ``draw_returns``.

    Returns
    -------
    pandas.DataFrame
        R x estimators: true variance over the true minimum (of the same constraint); NaN where
        an estimator refused the sample (a typed error), which the caller must count.

    Raises
    ------
    CovarianceError, ParameterError
        The inputs are not usable.
    """
    checked = as_covariance(cov, invertible=True)
    if draws < 1:
        raise ParameterError(f"draws must be at least 1, got {draws}")
    allocate = gmv_long_only if long_only else gmv_closed_form
    best = np.asarray(allocate(checked.matrix))
    minimum = float(best @ checked.matrix @ best)
    rng = np.random.default_rng(seed)
    table = np.full((draws, len(estimators)), np.nan)
    for row in range(draws):
        x = draw_returns(checked.matrix, observations, rng, **sample)
        for column, estimate in enumerate(estimators.values()):
            try:
                w = np.asarray(allocate(np.asarray(estimate(x))))
            except StudyError:
                continue
            table[row, column] = float(w @ checked.matrix @ w) / minimum
    return pd.DataFrame(table, columns=list(estimators))
