"""Weights on their way out: every portfolio of this package is fully invested, or an error."""

from typing import Any

import numpy as np

from portfolio_study.checks import Vector
from portfolio_study.errors import OptimisationError

Weights = Any  # pandas.Series when the input carried labels, else numpy.ndarray

SUM_TOLERANCE = 1e-9
"""Largest distance of the sum of weights from one that leaves this package."""


def fully_invested(direction: Vector, method: str) -> Vector:
    """Scale a direction to weights that add up to one.

    Parameters
    ----------
    direction : numpy.ndarray
        Unnormalised weights.
    method : str
        Name of the portfolio, for the message.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    OptimisationError
        The direction adds up to zero or has NaN, so no fully invested portfolio exists.
    """
    total = float(direction.sum())
    if not np.isfinite(total) or abs(total) <= 1e-12 * float(np.abs(direction).sum()):
        raise OptimisationError(f"{method}: the solution adds up to {total:.3g} and cannot be fully invested")
    weights = direction / total
    if abs(float(weights.sum()) - 1.0) > SUM_TOLERANCE:
        raise OptimisationError(f"{method}: the weights add up to {float(weights.sum()):.12g} instead of 1")
    return weights
