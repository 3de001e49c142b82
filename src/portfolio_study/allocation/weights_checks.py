"""What a covariance, a mean and a vector of weights must satisfy before and after an optimiser.

Every allocation of this package goes through the same three steps: the inputs
become arrays and are checked here once, an optimiser works on arrays, and the
weights get their labels back. A check that fails names the asset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.errors import CovarianceError, OptimisationError, ParameterError
from portfolio_study.risk.estimator_names import FEW_OBSERVATIONS

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Weights = Any  # pandas.Series when the input carried labels, else numpy.ndarray

SYMMETRY_TOLERANCE = 1e-9
"""Largest allowed difference between two mirrored correlations."""

PIVOT_TOLERANCE = 1e-12
"""Smallest pivot of the correlation matrix's Cholesky factor that still counts as invertible."""

SUM_TOLERANCE = 1e-9
"""Largest distance of the sum of weights from one that leaves this package."""


@dataclass(frozen=True)
class Covariance:
    """A covariance matrix that passed all checks.

    Attributes
    ----------
    matrix : numpy.ndarray
        N x N, exactly symmetric, in squared return units per period.
    volatility : numpy.ndarray
        Square roots of the diagonal.
    labels : pandas.Index or None
        Names of the assets when the input was a frame.
    """

    matrix: Matrix
    volatility: Vector
    labels: pd.Index | None

    @property
    def size(self) -> int:
        """Number of assets."""
        return len(self.volatility)

    @property
    def correlation(self) -> Matrix:
        """Correlation matrix, with an exact unit diagonal."""
        correlation = self.matrix / np.outer(self.volatility, self.volatility)
        np.fill_diagonal(correlation, 1.0)
        return correlation

    def label(self, weights: Vector) -> Weights:
        """Return the weights as a Series when the covariance was a frame."""
        return weights if self.labels is None else pd.Series(weights, index=self.labels, name="weight")


def asset_name(labels: pd.Index | None, position: int) -> str:
    """Name an asset in a message: its label, else its position."""
    return f"asset {position}" if labels is None else repr(labels[position])


def as_covariance(cov: ArrayLike | pd.DataFrame, *, invertible: bool = False) -> Covariance:
    """Check a covariance matrix and split it into values, volatilities and labels.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix; a frame must have equal index and columns.
    invertible : bool
        Also demand a positive definite matrix (an optimiser that inverts it).

    Returns
    -------
    Covariance

    Raises
    ------
    CovarianceError
        Not a square matrix, fewer than two assets, NaN or infinite entries, not
        symmetric, an asset without variance, not positive semi-definite, or (with
        ``invertible``) singular; the message names the assets.
    """
    labels = cov.columns if isinstance(cov, pd.DataFrame) else None
    if isinstance(cov, pd.DataFrame) and not cov.index.equals(cov.columns):
        raise CovarianceError("rows and columns of the covariance carry different labels")
    try:
        values = np.array(cov, dtype=float)
    except (TypeError, ValueError) as error:
        raise CovarianceError(f"the covariance is not a matrix of numbers: {error}") from error
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise CovarianceError(f"a covariance must be square, got shape {values.shape}")
    if len(values) < 2:
        raise CovarianceError(f"an allocation needs at least two assets, got {len(values)}")
    volatility = _volatility(values, labels)
    scale = np.outer(volatility, volatility)
    gap = np.abs(values - values.T) / scale
    if gap.max() > SYMMETRY_TOLERANCE:
        i, j = np.unravel_index(int(gap.argmax()), gap.shape)
        raise CovarianceError(
            f"the covariance is not symmetric: entries of {asset_name(labels, int(i))} and "
            f"{asset_name(labels, int(j))} are {values[i, j]:.6g} and {values[j, i]:.6g}"
        )
    values = (values + values.T) / 2
    _check_definite(values / scale, labels, invertible)
    return Covariance(values, volatility, labels)


def _volatility(values: Matrix, labels: pd.Index | None) -> Vector:
    """Square roots of the diagonal, after looking for NaN and for assets without variance."""
    if not np.isfinite(values).all():
        bad = [asset_name(labels, int(i)) for i in np.flatnonzero(~np.isfinite(values).all(axis=1))]
        raise CovarianceError(
            f"the covariance has NaN or infinite entries in the row of {', '.join(bad[:5])}"
        )
    variance = values.diagonal()
    if (variance <= 0).any():
        bad = [f"{asset_name(labels, int(i))} ({variance[i]:.3g})" for i in np.flatnonzero(variance <= 0)]
        raise CovarianceError(f"assets without positive variance: {', '.join(bad[:5])}; leave them out")
    return np.sqrt(variance)


def _check_definite(correlation: Matrix, labels: pd.Index | None, invertible: bool) -> None:
    """Cholesky decides the usual case; eigenvalues are computed only to explain a failure."""
    try:
        pivots = np.linalg.cholesky(correlation).diagonal()
        if pivots.min() ** 2 > PIVOT_TOLERANCE:
            return
    except np.linalg.LinAlgError:
        pass
    eigenvalues, vectors = np.linalg.eigh(correlation)
    size = len(correlation)
    if eigenvalues[0] < -1e-10 * size:
        largest = np.argsort(-np.abs(vectors[:, 0]))[:3]
        names = ", ".join(asset_name(labels, int(i)) for i in largest)
        raise CovarianceError(
            f"the covariance is not positive semi-definite: its correlation matrix has eigenvalue "
            f"{eigenvalues[0]:.3g}, carried mostly by {names}"
        )
    if invertible:
        rank = int((eigenvalues > PIVOT_TOLERANCE * size).sum())
        raise CovarianceError(
            f"the covariance of {size} assets is singular (rank {min(rank, size - 1)}), as a sample "
            f"covariance of fewer than {size + 1} observations or one with duplicated assets is; "
            f"estimators that still work: {FEW_OBSERVATIONS}"
        )


def as_vector(values: Any, like: Covariance, name: str) -> Vector:
    """Check a vector with one number an asset and bring it into the covariance's order.

    Parameters
    ----------
    values : array-like or pandas.Series
        One finite number an asset. A Series is aligned by label.
    like : Covariance
        The covariance that sets the order.
    name : str
        What the vector is, for the message.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ParameterError
        Wrong length, missing labels, NaN.
    """
    if isinstance(values, pd.Series) and like.labels is not None:
        missing = like.labels.difference(values.index)
        if len(missing) or len(values) != like.size:
            raise ParameterError(
                f"{name} and covariance have different assets: {list(missing[:5]) or len(values)}"
            )
        values = values.loc[like.labels]
    vector = np.array(values, dtype=float)
    if vector.shape != (like.size,):
        raise ParameterError(
            f"{name} must hold one number for each of {like.size} assets, got {vector.shape}"
        )
    if not np.isfinite(vector).all():
        bad = asset_name(like.labels, int(np.flatnonzero(~np.isfinite(vector))[0]))
        raise ParameterError(f"{name} of {bad} is not a finite number")
    return vector


def as_bounds(bounds: Any, like: Covariance) -> tuple[Vector, Vector]:
    """Check lower and upper bounds on the weights.

    Parameters
    ----------
    bounds : tuple
        ``(lower, upper)``; each a number, a vector, a Series or None (no bound).
    like : Covariance
        The covariance that sets the order.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper bounds, with infinities where there is none.

    Raises
    ------
    ParameterError
        Not a pair, NaN, or a lower above an upper bound; the message names the asset.
    OptimisationError
        No fully invested portfolio satisfies the bounds.
    """
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise ParameterError(f"bounds must be a pair (lower, upper), got {bounds!r}")
    lower, upper = (_one_bound(b, like, sign) for b, sign in zip(bounds, (-np.inf, np.inf), strict=True))
    if (lower > upper).any():
        i = int(np.flatnonzero(lower > upper)[0])
        raise ParameterError(f"bounds of {asset_name(like.labels, i)} cross: {lower[i]:.6g} > {upper[i]:.6g}")
    if lower.sum() > 1 + SUM_TOLERANCE:
        raise OptimisationError(f"bounds are infeasible: lower bounds add up to {lower.sum():.6g} > 1")
    if upper.sum() < 1 - SUM_TOLERANCE:
        raise OptimisationError(f"bounds are infeasible: upper bounds add up to {upper.sum():.6g} < 1")
    return lower, upper


def _one_bound(bound: Any, like: Covariance, default: float) -> Vector:
    if bound is None:
        return np.full(like.size, default)
    if np.ndim(bound) == 0:
        if np.isnan(float(bound)):
            raise ParameterError("a bound on the weights is NaN")
        return np.full(like.size, float(bound))
    vector = np.array(
        bound.loc[like.labels] if isinstance(bound, pd.Series) and like.labels is not None else bound
    )
    vector = vector.astype(float)
    if vector.shape != (like.size,):
        raise ParameterError(
            f"bounds must hold one number for each of {like.size} assets, got {vector.shape}"
        )
    if np.isnan(vector).any():
        raise ParameterError(f"the bound of {asset_name(like.labels, int(np.isnan(vector).argmax()))} is NaN")
    return vector


def check_number(value: Any, name: str, *, low: float = -np.inf, high: float = np.inf) -> float:
    """Return a finite number between two limits.

    Raises
    ------
    ParameterError
        Not a number, not finite or out of range; the message names the parameter.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be a number, got {value!r}") from None
    if not np.isfinite(number) or not low <= number <= high:
        raise ParameterError(f"{name} must be a finite number in [{low:g}, {high:g}], got {number:g}")
    return number


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
