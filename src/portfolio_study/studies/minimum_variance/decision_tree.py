"""The decision tree of paper 001 ("optimisation machine"): which portfolio is optimal when.

Every leaf states an assumption on means, volatilities and correlations, builds moments that
satisfy it, and measures how far the method's weights are from the tangency portfolio of
those moments. The gap is zero up to rounding where the claim is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.diversification import marginal_risk
from portfolio_study.allocation.markowitz import max_sharpe
from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.allocation.risk_based import (
    equal_risk_contribution,
    max_decorrelation,
    max_diversification,
)
from portfolio_study.allocation.simple import (
    equal_weight,
    inverse_variance,
    inverse_volatility,
)
from portfolio_study.checks import Matrix, Vector, as_covariance
from portfolio_study.errors import ParameterError

Moments = tuple[Vector, Matrix]


@dataclass(frozen=True)
class Leaf:
    """One end of the decision tree.

    Attributes
    ----------
    name : str
        Method, as in ``METHODS`` (or ``tangency`` and ``market``).
    label : str
        Words for the figure.
    assumption : str
        What must hold for the method to be optimal.
    path : tuple of str
        Answers that lead here, as in ``QUESTIONS``.
    moments : callable
        Covariance -> (excess means, covariance) that satisfy the assumption.
    allocate : callable
        (excess means, covariance) -> weights of the method.
    """

    name: str
    label: str
    assumption: str
    path: tuple[str, ...]
    moments: Callable[[Matrix], Moments]
    allocate: Callable[[Vector, Matrix], Vector]


QUESTIONS = ("expected returns", "volatilities", "correlations")
"""What is asked in turn; ``Leaf.path`` holds the answers."""

PREMIUM = 0.5
"""Excess mean for one unit of risk in the constructed examples; no weight depends on it."""


def _volatility(cov: Matrix) -> Vector:
    return np.sqrt(cov.diagonal())


def constant_correlation(cov: Matrix, correlation: float = 0.3) -> Matrix:
    """Return the covariance with the same volatilities and one common correlation."""
    sigma = _volatility(cov)
    matrix = correlation * np.outer(sigma, sigma)
    np.fill_diagonal(matrix, sigma**2)
    return matrix


def _correlation(cov: Matrix) -> Matrix:
    return as_covariance(cov).correlation


def _erc_means(cov: Matrix) -> Moments:
    return PREMIUM * np.asarray(marginal_risk(equal_risk_contribution(cov), cov)), cov


def _market_means(cov: Matrix) -> Moments:
    """Means proportional to beta against a market with weights that decline like 1/rank."""
    market = market_weights(len(cov))
    return PREMIUM * cov @ market / float(market @ cov @ market), cov


def market_weights(assets: int) -> Vector:
    """Return the capitalisation weights of the constructed market, proportional to 1/rank."""
    weights = 1.0 / np.arange(1, assets + 1)
    return weights / weights.sum()


def _on(function: Callable[..., Any], **options: Any) -> Callable[[Vector, Matrix], Vector]:
    """Turn a covariance-only method into one of means and covariance."""
    return lambda mean, cov: np.asarray(function(cov, **options))


LEAVES: tuple[Leaf, ...] = (
    Leaf("tangency", "Mean-variance", "means and covariance are known",
         ("reliable means",),
         lambda cov: (cov @ np.linspace(0.5, 1.5, len(cov)), cov),
         lambda mean, cov: np.linalg.solve(cov, mean) / np.linalg.solve(cov, mean).sum()),
    Leaf("minimum_variance_short", "Minimum variance", "equal means",
         ("equal means", "volatilities known", "correlations known"),
         lambda cov: (np.full(len(cov), PREMIUM), cov), _on(gmv_closed_form)),
    Leaf("max_diversification", "Maximum diversification", "excess means proportional to volatilities",
         ("means rise with volatility", "volatilities known", "correlations known"),
         lambda cov: (PREMIUM * _volatility(cov), cov), _on(max_diversification, long_only=False)),
    Leaf("inverse_volatility", "Inverse volatility", "equal Sharpe ratios and one common correlation",
         ("means rise with volatility", "volatilities known", "one correlation"),
         lambda cov: (PREMIUM * _volatility(cov), constant_correlation(cov)), _on(inverse_volatility)),
    Leaf("inverse_variance", "Inverse variance", "equal means and zero correlations",
         ("equal means", "volatilities known", "zero correlations"),
         lambda cov: (np.full(len(cov), PREMIUM), constant_correlation(cov, 0.0)), _on(inverse_variance)),
    Leaf("max_decorrelation", "Maximum decorrelation", "equal means and equal volatilities",
         ("equal means", "equal volatilities", "correlations known"),
         lambda cov: (np.full(len(cov), PREMIUM), _correlation(cov)),
         _on(max_decorrelation, long_only=False)),
    Leaf("equal_weight", "Equal weight", "equal means, volatilities and correlations",
         ("equal means", "equal volatilities", "one correlation"),
         lambda cov: (np.full(len(cov), PREMIUM), constant_correlation(np.eye(len(cov)))), _on(equal_weight)),
    Leaf("equal_risk_contribution", "Equal risk contribution",
         "excess means proportional to the portfolio's own marginal risk",
         ("means rise with marginal risk", "volatilities known", "correlations known"),
         _erc_means, _on(equal_risk_contribution)),
    Leaf("market", "Market capitalisation", "excess means proportional to beta",
         ("means rise with beta",), _market_means, lambda mean, cov: market_weights(len(cov))),
)  # fmt: skip
"""All leaves of the tree."""


def equivalence_gap(leaf: Leaf, cov: ArrayLike | pd.DataFrame) -> float:
    """Return the largest absolute difference between a leaf's weights and the tangency portfolio.

    Parameters
    ----------
    leaf : Leaf
        A leaf of ``LEAVES``.
    cov : array-like or pandas.DataFrame
        N x N covariance from which the leaf's moments are built.

    Returns
    -------
    float
        Zero up to rounding when the method is optimal under the assumption.

    Raises
    ------
    CovarianceError, OptimisationError
        The covariance is not usable.
    """
    checked = as_covariance(cov, invertible=True)
    mean, moments = leaf.moments(checked.matrix)
    tangency = np.asarray(max_sharpe(mean, moments, long_only=False))
    return float(np.abs(leaf.allocate(mean, moments) - tangency).max())


def inverse_variance_gap(cov: ArrayLike | pd.DataFrame, correlation: float = 0.3) -> float:
    """Return how far inverse variance is from optimal under equal means and one common correlation.

    Paper 001 calls inverse variance optimal for equal means and *unknown* correlations. The
    gap is zero only for zero correlation.

    Raises
    ------
    CovarianceError, ParameterError
        The covariance is not usable, or the correlation gives no positive definite matrix.
    """
    checked = as_covariance(cov, invertible=True)
    if not -1.0 / (checked.size - 1) < correlation < 1.0:
        raise ParameterError(f"correlation must lie in (-1/(N-1), 1), got {correlation!r}")
    moments = constant_correlation(checked.matrix, correlation)
    optimal = np.asarray(gmv_closed_form(moments))
    return float(np.abs(np.asarray(inverse_variance(moments)) - optimal).max())
