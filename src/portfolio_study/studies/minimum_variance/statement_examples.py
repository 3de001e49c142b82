"""Examples on which mathematical statements about portfolios are checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portfolio_study.allocation import frontier
from portfolio_study.allocation.markowitz import max_sharpe
from portfolio_study.allocation.minimum_variance import gmv_closed_form

Vector = NDArray[np.float64]
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Example:
    """Covariance, means and riskless rate on which a statement is checked.

    Attributes
    ----------
    covariance : ndarray, shape (N, N)
        Positive definite.
    mean : ndarray, shape (N,)
    risk_free : float
        Below the mean of the minimum-variance portfolio.
    """

    covariance: Vector
    mean: Vector
    risk_free: float = 0.0

    @property
    def sd(self) -> Vector:
        """Volatilities."""
        return np.sqrt(self.covariance.diagonal())

    @property
    def gmv(self) -> Vector:
        """Minimum-variance weights, short sales allowed."""
        return np.asarray(gmv_closed_form(self.covariance))

    @property
    def tangency(self) -> Vector:
        """Tangency weights, short sales allowed."""
        return np.asarray(max_sharpe(self.mean, self.covariance, self.risk_free, long_only=False))

    def variance(self, w: Vector) -> float:
        """Portfolio variance."""
        return float(w @ self.covariance @ w)

    def on_frontier(self, target: float) -> Vector:
        """Frontier portfolio of a mean, short sales allowed."""
        return np.asarray(frontier.frontier_portfolio(self.mean, self.covariance, target))

    def others(self, count: int = 400, seed: int = 0) -> Vector:
        """Fully invested random portfolios, long and short."""
        raw = np.random.default_rng(seed).normal(1.0, 1.5, (count, len(self.mean)))
        keep = np.abs(raw.sum(axis=1)) > 0.5
        return raw[keep] / raw[keep].sum(axis=1, keepdims=True)


def example(assets: int = 5, seed: int = 0) -> Example:
    """Draw an example: one market factor, volatilities of 10 to 40 % a year, an efficient tangency."""
    random = np.random.default_rng(seed)
    beta, own = random.uniform(0.4, 1.6, assets), random.uniform(0.1, 0.3, assets)
    cov = 0.18**2 * np.outer(beta, beta) + np.diag(own**2)
    mean = 0.02 + 0.05 * beta + random.normal(0, 0.01, assets)
    w = np.asarray(gmv_closed_form(cov))
    return Example(cov, mean, float(w @ mean) - 0.02)


def near(a: object, b: object, tolerance: float = TOLERANCE) -> bool:
    """Whether two numbers or arrays agree."""
    return bool(
        np.allclose(np.asarray(a, dtype=float), np.asarray(b, dtype=float), atol=tolerance, rtol=tolerance)
    )


def one_factor_model(e: Example) -> tuple[Vector, float, Vector]:
    """Sorted betas, market variance and residual variances of N assets."""
    random = np.random.default_rng(7)
    n = len(e.mean)
    return np.sort(random.uniform(0.3, 1.9, n)), 0.16**2, random.uniform(0.1, 0.3, n) ** 2
