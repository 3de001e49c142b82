"""What returns must satisfy before a covariance is estimated from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.errors import CovarianceError, DataError
from portfolio_study.risk.estimator_names import FEW_OBSERVATIONS

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
CovarianceLike = Any  # pandas.DataFrame when the returns carried labels, else numpy.ndarray


@dataclass(frozen=True)
class ReturnPanel:
    """Returns that passed all checks.

    Attributes
    ----------
    matrix : numpy.ndarray
        T x N, decimals per period.
    labels : pandas.Index or None
        Names of the assets when the input was a frame.
    """

    matrix: Matrix
    labels: pd.Index | None

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

    def label(self, cov: Matrix) -> CovarianceLike:
        """Return an N x N matrix as a frame when the returns were one, exactly symmetric."""
        symmetric = (cov + cov.T) / 2
        return symmetric if self.labels is None else pd.DataFrame(symmetric, self.labels, self.labels)


def as_returns(returns: ArrayLike | pd.DataFrame, *, minimum: int = 2) -> ReturnPanel:
    """Check a panel of returns.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    minimum : int
        Fewest observations that the estimator can use.

    Returns
    -------
    ReturnPanel

    Raises
    ------
    DataError
        Not a T x N panel of finite numbers; the message names the asset and the date.
    CovarianceError
        Fewer than two assets, fewer observations than ``minimum``, or an asset whose
        returns never change.
    """
    labels = returns.columns if isinstance(returns, pd.DataFrame) else None
    try:
        matrix = np.array(returns, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"returns are not a panel of numbers: {error}") from error
    if matrix.ndim != 2:
        raise DataError(f"returns must be T x N, got shape {matrix.shape}")
    if matrix.shape[1] < 2:
        raise CovarianceError(f"a covariance needs at least two assets, got {matrix.shape[1]}")
    if matrix.shape[0] < minimum:
        raise CovarianceError(f"needs at least {minimum} observations, got {matrix.shape[0]}")
    if not np.isfinite(matrix).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(matrix))[0])
        when = returns.index[row] if isinstance(returns, pd.DataFrame) else f"row {row}"
        raise DataError(
            f"the return of {_name(labels, column)} at {when} is not a finite number; drop or repair it"
        )
    constant = np.ptp(matrix, axis=0) <= 1e-14 * np.abs(matrix).max(axis=0)
    if constant.any():
        names = ", ".join(_name(labels, int(i)) for i in np.flatnonzero(constant)[:5])
        raise CovarianceError(f"assets without variance: {names}; leave them out")
    return ReturnPanel(matrix, labels)


def _name(labels: pd.Index | None, position: int) -> str:
    return f"asset {position}" if labels is None else repr(labels[position])


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
