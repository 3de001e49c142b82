"""Assets: panels of their returns, covariances, and what is aligned to them (vectors, bounds, groups).

Every allocation and every covariance estimator goes through the same three steps: the inputs become
arrays and are checked here once, mathematics works on arrays, and the result gets its labels back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks.estimators import FEW_OBSERVATIONS
from portfolio_study.checks.series import in_time_order, label
from portfolio_study.errors import (
    CovarianceError,
    DataError,
    OptimisationError,
    ParameterError,
    StudyError,
)

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Labelled = Any  # pandas.Series or pandas.DataFrame when the input carried labels, else numpy.ndarray

SYMMETRY_TOLERANCE = 1e-9
"""Largest allowed difference between two mirrored correlations."""

PIVOT_TOLERANCE = 1e-12
"""Smallest pivot of the correlation matrix's Cholesky factor that still counts as invertible."""

BUDGET_TOLERANCE = 1e-9
"""Slack of the budget when bounds are added up."""


class Assets(Protocol):
    """Anything that says how many assets there are and, if it knows, what they are called."""

    @property
    def size(self) -> int:
        """Number of assets."""

    @property
    def labels(self) -> pd.Index | None:
        """Names of the assets, or None."""


def asset_name(labels: pd.Index | None, position: int) -> str:
    """Name an asset in a message: its label, else its position."""
    return f"asset {position}" if labels is None else repr(labels[position])


def as_matrix(values: Any, name: str, error: type[StudyError] = DataError) -> NDArray[np.float64]:
    """Return a new array of floats of any shape; text is refused.

    Raises
    ------
    error
        If the values are text or no numbers.
    """
    raw = np.asarray(values)
    kind = raw.dtype.kind
    if kind in "USc" or (kind == "O" and any(isinstance(v, str | bytes | complex) for v in raw.flat)):
        first = next((v for v in raw.flat if isinstance(v, str | bytes | complex)), raw.flat[0])
        raise error(f"{name}: {first!r} is not a number; convert text to numbers first")
    try:
        return np.array(raw, dtype=float)
    except (TypeError, ValueError) as cause:
        raise error(f"{name} must hold numbers: {cause}") from cause


def same_assets(
    values: Any,
    labels: pd.Index,
    name: str,
    like: str = "covariance",
    error: type[StudyError] = ParameterError,
) -> Any:
    """Return a Series, or a square frame on both sides, in the order of other labels.

    Raises
    ------
    error
        If a label stands twice, or the two sets of labels differ: what is missing on either side is named.
    """
    axes = (values.index,) if values.ndim == 1 else (values.index, values.columns)
    for axis in axes:
        if not axis.is_unique:
            raise error(f"{name} has {axis[axis.duplicated()][0]!r} more than once")
        if axis.equals(labels):
            continue
        lacking = [repr(a) for a in labels.difference(axis, sort=False)[:5]]
        extra = [repr(a) for a in axis.difference(labels, sort=False)[:5]]
        if lacking or extra:
            told = [f"only in {like}: {', '.join(lacking)}"] if lacking else []
            told += [f"only in {name}: {', '.join(extra)}"] if extra else []
            raise error(f"{name} and {like} have different assets ({'; '.join(told)}): give the same ones")
    return values.loc[labels] if values.ndim == 1 else values.loc[labels, labels]


@dataclass(frozen=True)
class ReturnPanel:
    """Returns that passed all checks.

    Attributes
    ----------
    matrix : numpy.ndarray
        T x N, decimals per period.
    labels : pandas.Index or None
        Names of the assets when the input was a frame.
    rows : pandas.Index or None
        Dates of the returns when the input was a frame.
    """

    matrix: Matrix
    labels: pd.Index | None
    rows: pd.Index | None = None

    @property
    def length(self) -> int:
        """Number of observations T."""
        return self.matrix.shape[0]

    @property
    def size(self) -> int:
        """Number of assets N."""
        return self.matrix.shape[1]

    @property
    def centred(self) -> Matrix:
        """Returns less their means."""
        return self.matrix - self.matrix.mean(axis=0)

    def label(self, cov: Matrix) -> Labelled:
        """Return an N x N matrix as a frame when the returns were one, exactly symmetric."""
        symmetric = (cov + cov.T) / 2
        return symmetric if self.labels is None else pd.DataFrame(symmetric, self.labels, self.labels)


def as_returns(returns: ArrayLike | pd.DataFrame, *, minimum: int = 2) -> ReturnPanel:
    """Check a panel of returns of at least two assets.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    minimum : int
        Fewest observations that the estimator can use.

    Returns
    -------
    ReturnPanel

    Raises
    ------
    DataError
        Not a T x N panel of finite numbers, an asset that stands twice, a date that is repeated or out of
        order; the message names the asset and the date.
    CovarianceError
        Fewer than two assets, fewer observations than ``minimum``, or an asset whose
        returns never change.
    """
    labels = rows = None
    if isinstance(returns, pd.DataFrame):
        labels, rows = returns.columns, returns.index
        if not labels.is_unique:
            raise DataError(f"returns have the column {labels[labels.duplicated()][0]!r} more than once")
        in_time_order(rows, "returns")
    matrix = as_matrix(returns, "returns")
    if matrix.ndim != 2:
        raise DataError(f"returns must be T x N, got shape {matrix.shape}")
    if matrix.shape[1] < 2:
        raise CovarianceError(f"a covariance needs at least two assets, got {matrix.shape[1]}")
    if matrix.shape[0] < minimum:
        raise CovarianceError(f"needs at least {minimum} observations, got {matrix.shape[0]}")
    if not np.isfinite(matrix).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(matrix))[0])
        when = label(rows[row]) if rows is not None else f"row {row}"
        raise DataError(
            f"the return of {asset_name(labels, column)} at {when} is not a finite number; drop or repair it"
        )
    constant = np.ptp(matrix, axis=0) <= 1e-14 * np.abs(matrix).max(axis=0)
    if constant.any():
        names = ", ".join(asset_name(labels, int(i)) for i in np.flatnonzero(constant)[:5])
        raise CovarianceError(f"assets without variance: {names}; leave them out")
    return ReturnPanel(matrix, labels, rows)


def require_full_rank(returns: ReturnPanel, estimator: str) -> None:
    """Refuse a panel whose sample covariance cannot have full rank.

    Raises
    ------
    CovarianceError
        T < N + 1; the message lists the estimators that still work.
    """
    if returns.length <= returns.size:
        raise CovarianceError(
            f"{estimator}: {returns.length} observations of {returns.size} assets give a singular matrix "
            f"(at least {returns.size + 1} are needed); estimators that still work: {FEW_OBSERVATIONS}"
        )


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

    def label(self, weights: Vector) -> Labelled:
        """Return the weights as a Series when the covariance was a frame."""
        return weights if self.labels is None else pd.Series(weights, index=self.labels, name="weight")


def as_covariance(cov: ArrayLike | pd.DataFrame, *, invertible: bool = False) -> Covariance:
    """Check a covariance matrix and split it into values, volatilities and labels.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix; the index of a frame must hold the labels of its columns. Rows in
        another order are put in the order of the columns.
    invertible : bool
        Also demand a positive definite matrix (an optimiser that inverts it).

    Returns
    -------
    Covariance

    Raises
    ------
    CovarianceError
        Not a square matrix, fewer than two assets, different labels on its sides, text, NaN or infinite
        entries, not symmetric, an asset without variance, not positive semi-definite, or (with
        ``invertible``) singular; the message names the assets.
    """
    labels = None
    if isinstance(cov, pd.DataFrame):
        labels = cov.columns
        if cov.shape[0] != cov.shape[1]:
            raise CovarianceError(f"a covariance must be square, got shape {cov.shape}")
        if not labels.is_unique or not cov.index.equals(labels):
            cov = square_frame(cov, "covariance")
    values = as_matrix(cov, "the covariance is not a matrix of numbers", CovarianceError)
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


def square_frame(matrix: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a square frame with its rows in the order of its columns.

    Raises
    ------
    CovarianceError
        If a label stands twice, or rows and columns carry different labels; they are named.
    """
    for axis in (matrix.columns, matrix.index):
        if not axis.is_unique:
            raise CovarianceError(f"the {name} has {axis[axis.duplicated()][0]!r} more than once")
    odd = matrix.index.symmetric_difference(matrix.columns, sort=False)
    if len(odd):
        raise CovarianceError(
            f"rows and columns of the {name} carry different labels: "
            f"{', '.join(repr(a) for a in odd[:5])} on one side only"
        )
    return matrix.loc[matrix.columns]


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


def as_vector(values: Any, like: Assets, name: str) -> Vector:
    """Check a vector with one number an asset and bring it into the order of a covariance or a panel.

    Parameters
    ----------
    values : array-like, pandas.Series or dict
        One finite number an asset. A Series or dict is aligned by label.
    like : Covariance, ReturnPanel
        What sets the order.
    name : str
        What the vector is, for the message.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ParameterError
        Wrong length, other labels (named), text, NaN.
    """
    vector = _in_order(values, like, name)
    if vector.shape != (like.size,):
        raise ParameterError(
            f"{name} must hold one number for each of {like.size} assets, got {vector.shape}"
        )
    if not np.isfinite(vector).all():
        bad = asset_name(like.labels, int(np.flatnonzero(~np.isfinite(vector))[0]))
        raise ParameterError(f"{name} of {bad} is not a finite number")
    return vector


def _in_order(values: Any, like: Assets, name: str) -> Vector:
    if isinstance(values, Mapping):
        values = pd.Series(values)
    if isinstance(values, pd.DataFrame):
        if values.shape[1] != 1:
            raise ParameterError(f"{name} must hold one number an asset, got a table {values.shape}")
        values = values.iloc[:, 0]
    if isinstance(values, pd.Series) and like.labels is not None:
        values = same_assets(values, like.labels, name)
    return as_matrix(values, name, ParameterError)


def as_groups(groups: Any, like: Assets, name: str = "groups") -> list[Any]:
    """Return the group of every asset in the order of a covariance.

    Parameters
    ----------
    groups : sequence, pandas.Series or dict
        One label of a group an asset. A Series or dict is aligned by the assets' labels.
    like : Covariance, ReturnPanel
        What sets the order.
    name : str
        What it is, for the message.

    Raises
    ------
    ParameterError
        Wrong length or other assets; they are named.
    """
    if isinstance(groups, Mapping):
        groups = pd.Series(groups)
    if isinstance(groups, pd.Series) and like.labels is not None:
        groups = same_assets(groups, like.labels, name)
    found = list(groups)
    if len(found) != like.size:
        raise ParameterError(f"{name} must name a group for each of {like.size} assets, got {len(found)}")
    return found


def as_bounds(bounds: Any, like: Assets) -> tuple[Vector, Vector]:
    """Check lower and upper bounds on the weights.

    Parameters
    ----------
    bounds : tuple
        ``(lower, upper)``; each a number, a vector, a Series (aligned by label) or None (no bound).
    like : Covariance
        The covariance that sets the order.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper bounds, with infinities where there is none.

    Raises
    ------
    ParameterError
        Not a pair, other labels, NaN, or a lower above an upper bound; the message names the asset.
    OptimisationError
        No fully invested portfolio satisfies the bounds.
    """
    if not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise ParameterError(f"bounds must be a pair (lower, upper), got {bounds!r}")
    lower, upper = (_one_bound(b, like, sign) for b, sign in zip(bounds, (-np.inf, np.inf), strict=True))
    if (lower > upper).any():
        i = int(np.flatnonzero(lower > upper)[0])
        raise ParameterError(f"bounds of {asset_name(like.labels, i)} cross: {lower[i]:.6g} > {upper[i]:.6g}")
    if lower.sum() > 1 + BUDGET_TOLERANCE:
        raise OptimisationError(f"bounds are infeasible: lower bounds add up to {lower.sum():.6g} > 1")
    if upper.sum() < 1 - BUDGET_TOLERANCE:
        raise OptimisationError(f"bounds are infeasible: upper bounds add up to {upper.sum():.6g} < 1")
    return lower, upper


def _one_bound(bound: Any, like: Assets, default: float) -> Vector:
    if bound is None:
        return np.full(like.size, default)
    vector = _in_order(bound, like, "bounds")
    if vector.ndim == 0:
        vector = np.full(like.size, float(vector))
    if vector.shape != (like.size,):
        raise ParameterError(
            f"bounds must hold one number for each of {like.size} assets, got {vector.shape}"
        )
    if np.isnan(vector).any():
        raise ParameterError(f"the bound of {asset_name(like.labels, int(np.isnan(vector).argmax()))} is NaN")
    return vector
