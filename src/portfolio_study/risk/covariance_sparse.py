"""Sparse inverse covariance by constrained l1 minimisation (CLIME)."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, Matrix, as_matrix, as_returns, square_frame
from portfolio_study.errors import CovarianceError, OptimisationError, ParameterError


def clime_precision(covariance: ArrayLike, penalty: float) -> Matrix:
    r"""Return :math:`\arg\min \lVert\Omega\rVert_1` subject to :math:`\max|S\Omega - I| \le \lambda`.

    One linear programme a column (HiGHS), then each pair keeps its smaller entry.

    Parameters
    ----------
    covariance : array-like
        N x N covariance or, better scaled, correlation matrix; may be singular.
    penalty : float
        :math:`\lambda` in (0, 1).

    Returns
    -------
    numpy.ndarray
        N x N symmetric matrix. A vertex of the programme is not always unique.

    Raises
    ------
    CovarianceError
        Not a square matrix of finite numbers, or labels that differ between its sides.
    ParameterError
        The penalty lies outside (0, 1).
    OptimisationError
        A programme has no solution: the penalty is too small for a singular matrix.

    References
    ----------
    Paper 002; Cai, T., Liu, W. and Luo, X. (2011), "A constrained l1 minimization approach to
    sparse precision matrix estimation", Journal of the American Statistical Association
    106(494), 594-607.
    """
    from scipy.optimize import linprog

    if isinstance(covariance, pd.DataFrame):
        covariance = square_frame(covariance, "covariance")
    s = as_matrix(covariance, "covariance", CovarianceError)
    if s.ndim != 2 or s.shape[0] != s.shape[1] or not np.isfinite(s).all():
        raise CovarianceError(f"a covariance must be a square matrix of finite numbers, got shape {s.shape}")
    if not 0.0 < penalty < 1.0:
        raise ParameterError(f"penalty must lie in (0, 1), got {penalty!r}")
    n = len(s)
    split = np.hstack([s, -s])
    inequality = np.vstack([split, -split])
    omega = np.empty((n, n))
    for j in range(n):
        unit = np.eye(n)[j]
        limit = np.concatenate([unit + penalty, penalty - unit])
        found = linprog(np.ones(2 * n), A_ub=inequality, b_ub=limit, bounds=(0, None), method="highs")
        if found.status != 0 or found.x is None:
            raise OptimisationError(
                f"constrained l1 inverse: column {j} has no solution with penalty {penalty:g} "
                f"({found.message}); use a larger penalty"
            )
        omega[:, j] = found.x[:n] - found.x[n:]
    return np.where(np.abs(omega) <= np.abs(omega.T), omega, omega.T)


def clime_covariance(returns: ArrayLike | pd.DataFrame, penalty: float | None = None) -> Labelled:
    r"""Return the covariance whose inverse is the sparse estimate on the correlation scale.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    penalty : float, optional
        :math:`\lambda`; default :math:`\sqrt{\ln N/T}`, the rate of the theory (a labelled
        choice, the text gives none), at most 0.9.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable, or the sparse inverse is not positive definite.
    ParameterError, OptimisationError
        The penalty does not work.
    """
    checked = as_returns(returns)
    x = checked.centred
    s = x.T @ x / (checked.length - 1)
    sigma = np.sqrt(s.diagonal())
    level = min(0.9, (np.log(checked.size) / checked.length) ** 0.5) if penalty is None else penalty
    omega = clime_precision(s / np.outer(sigma, sigma), level)
    if np.linalg.eigvalsh(omega)[0] <= 1e-10:
        raise CovarianceError(
            f"constrained l1 inverse: not positive definite with penalty {level:.3g}; use another penalty"
        )
    return checked.label(np.linalg.inv(omega) * np.outer(sigma, sigma))
