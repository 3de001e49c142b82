"""Covariances that outliers and heavy tails do not move: Tyler's estimators and the MCD."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, Matrix, ReturnPanel, Vector, as_returns, require_full_rank
from portfolio_study.errors import CovarianceError, EstimationError, ParameterError, UnknownNameError

CRITERIA = ("leave_one_out", "asymptotic")

IN_A_SUBSPACE = (
    "Tyler's equation has no solution that the iteration can reach: too many observations lie in a "
    "subspace; use shrinkage_tyler with a larger shrinkage"
)


def tyler(returns: ArrayLike | pd.DataFrame, demean: bool = True) -> Labelled:
    r"""Return Tyler's M-estimator, :math:`C = \frac NT \sum_t x_t x_t'/(x_t'C^{-1}x_t)`.

    It uses directions only and is the same for every elliptical distribution. Its scale is
    arbitrary; here the trace equals that of the sample covariance.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    demean : bool
        Subtract sample means first.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable; T must exceed N.
    EstimationError
        The fixed-point iteration did not converge.

    References
    ----------
    Paper 002; Tyler, D. (1987), "A distribution-free M-estimator of multivariate scatter",
    Annals of Statistics 15(1), 234-251.
    """
    checked = as_returns(returns)
    require_full_rank(checked, "Tyler's estimator")
    x = _directions(checked, demean)
    shape = _tyler_shape(x, 0.0)
    share = shape.diagonal() / (x**2).mean(axis=0)
    if share.min() < 1e-8 * share.max():  # part of the matrix died out: no solution exists
        raise EstimationError(IN_A_SUBSPACE)
    return checked.label(_to_sample_trace(shape, x))


def shrinkage_tyler(
    returns: ArrayLike | pd.DataFrame,
    shrinkage: float | None = None,
    demean: bool = True,
    standardise: bool = True,
) -> Labelled:
    r"""Return Tyler's estimator shrunk towards the identity.

    :math:`C = (1-\rho)\frac1T\sum_t \frac{x_t x_t'}{x_t'C^{-1}x_t/N} + \rho I`,
    :math:`\rho > \max(0, 1 - T/N)` (T - 1 after demeaning). Without a given :math:`\rho` the one
    with the least estimated realised variance of its minimum-variance portfolio is taken.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    shrinkage : float, optional
        :math:`\rho`; default the one of the least ``estimated_realised_variance``.
    demean : bool
        Subtract sample means first.
    standardise : bool
        Divide by sample volatilities first, so that the identity is a sensible target for
        assets with different volatilities.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period with the trace of the sample covariance.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        The shrinkage is too small for T and N, or above one.
    EstimationError
        The fixed-point iteration did not converge.

    References
    ----------
    Paper 002; Yang, L., Couillet, R. and McKay, M. (2015), "A robust statistics approach to
    minimum variance portfolio optimization", IEEE Transactions on Signal Processing 63(24),
    6684-6697.
    """
    checked = as_returns(returns)
    z, unit = _standardised(checked, demean, standardise)
    rho = _best_shrinkage(z, 1.0 / unit) if shrinkage is None else _check_shrinkage(shrinkage, z)
    return checked.label(_to_sample_trace(_tyler_shape(z, rho) * np.outer(unit, unit), z * unit))


def estimated_realised_variance(
    directions: Matrix, shrinkage: ArrayLike, ones: Vector | None = None, criterion: str = "leave_one_out"
) -> Vector:
    r"""Estimate the realised variance of shrunk Tyler minimum-variance portfolios, up to scale.

    Because :math:`x_t'C^{-1}x_t/N` normalises observation t, leaving it out changes its
    portfolio return by the constant factor :math:`1/(1 - (1-\rho)c)`, c = N/T:

    ``leave_one_out``: :math:`\frac{1}{(1-(1-\rho)c)^2}\,\frac1T\sum_t
    \frac{(x_t'C^{-1}1)^2}{\tau_t (1'C^{-1}1)^2}` with the observations' scales
    :math:`\tau_t = x_t'C_0^{-1}x_t/N` from one reference estimate :math:`C_0`.

    ``asymptotic`` (the article's large-N form): :math:`\frac{\hat\gamma}{(1-\rho) - (1-\rho)^2 c}\,
    \frac{1'C^{-1}(C - \rho I)C^{-1}1}{(1'C^{-1}1)^2}`,
    :math:`\hat\gamma = \frac{1}{1-(1-\rho)c}\frac1T\sum_t x_t'C^{-1}x_t/x_t'x_t`. It takes the
    squared length of an observation as its scale, which a common market factor spoils: it then
    shrinks too much. The first is the default for that reason.

    Parameters
    ----------
    directions : numpy.ndarray
        T x N centred (and standardised) returns.
    shrinkage : array-like
        Values of :math:`\rho`, ascending.
    ones : numpy.ndarray, optional
        Vector in the place of 1: for standardised returns the inverse volatilities.
    criterion : {"leave_one_out", "asymptotic"}
        Which of the two forms.

    Returns
    -------
    numpy.ndarray
        One estimate for each value; only their ratios have a meaning.

    Raises
    ------
    UnknownNameError
        There is no such criterion.
    """
    if criterion not in CRITERIA:
        raise UnknownNameError("criterion", criterion, CRITERIA)
    t, n = directions.shape
    target = np.ones(n) if ones is None else ones
    low = least_tyler_shrinkage(directions)
    lengths = np.einsum("ti,ti->t", directions, directions)
    scales = _distances(directions, _tyler_shape(directions, (1.0 + low) / 2.0, 1e-8))
    estimates, c = [], np.eye(n)
    for rho in np.atleast_1d(np.asarray(shrinkage, dtype=float)):
        c = _tyler_shape(directions, float(rho), 1e-8, start=c)
        w = np.linalg.solve(c, target)
        total, keep = float(target @ w), 1.0 - (1.0 - rho) * n / t
        if criterion == "leave_one_out":
            estimate = float(((directions @ w) ** 2 / scales).mean()) / keep**2
        else:
            gamma = n * float((_distances(directions, c) / lengths).mean()) / keep
            estimate = gamma / ((1.0 - rho) * keep) * float(w @ (c - rho * np.eye(n)) @ w)
        estimates.append(estimate / total**2)
    return np.array(estimates)


def _standardised(returns: ReturnPanel, demean: bool, standardise: bool) -> tuple[Matrix, Vector]:
    """Directions, in units of the assets' volatilities if asked for, and those units."""
    x = _directions(returns, demean)
    unit = x.std(axis=0) if standardise else np.ones(returns.size)
    return x / unit, unit


def _best_shrinkage(z: Matrix, ones: Vector, criterion: str = "leave_one_out") -> float:
    """Minimise on a grid, then between the neighbours of the best point by a parabola."""
    low = least_tyler_shrinkage(z)
    grid = low + (1.0 - low) * np.linspace(0.06, 0.98, 12)
    values = np.log(estimated_realised_variance(z, grid, ones, criterion))
    best = int(np.argmin(values))
    if best in (0, len(grid) - 1):
        return float(grid[best])
    curvature, slope, _ = np.polyfit(grid[best - 1 : best + 2], values[best - 1 : best + 2], 2)
    return float(-slope / (2.0 * curvature))


def least_tyler_shrinkage(directions: Matrix) -> float:
    r"""Return the bound :math:`\max(0, 1 - r/N)` that the shrinkage must exceed.

    The rank r of the sample is T (T - 1 after demeaning) with fewer observations than assets.
    """
    return max(0.0, 1.0 - float(np.linalg.matrix_rank(directions)) / directions.shape[1])


def _check_shrinkage(shrinkage: float, x: Matrix) -> float:
    low = least_tyler_shrinkage(x)
    if not low < shrinkage <= 1.0:
        raise ParameterError(
            f"shrinkage must lie in ({low:.4g}, 1] with {len(x)} observations of {x.shape[1]} assets, "
            f"got {shrinkage!r}"
        )
    return float(shrinkage)


def _directions(returns: ReturnPanel, demean: bool) -> Matrix:
    """Returns whose rows are all different from zero (a zero row has no direction)."""
    x = returns.centred if demean else returns.matrix
    moved = np.abs(x).max(axis=1) > 0
    if moved.sum() < 2:
        raise CovarianceError("Tyler's estimator needs rows that differ from zero")
    return x[moved]


def _distances(x: Matrix, c: Matrix) -> Vector:
    """Squared Mahalanobis distances over N."""
    return np.asarray(np.einsum("ti,ti->t", x @ np.linalg.inv(c), x)) / x.shape[1]


def _tyler_shape(
    x: Matrix, rho: float, tolerance: float = 1e-12, start: Matrix | None = None, limit: int = 5000
) -> Matrix:
    """Fixed point of the (shrunk) Tyler equation; without shrinkage scaled to trace N."""
    t, n = x.shape
    c = np.eye(n) if start is None else start
    for _ in range(limit):
        try:
            updated = (1.0 - rho) * (x / _distances(x, c)[:, None]).T @ x / t
        except np.linalg.LinAlgError:
            break
        if rho == 0.0:
            updated *= n / np.trace(updated)
        else:
            updated.flat[:: n + 1] += rho
        if not np.isfinite(updated).all():
            break
        if float(np.abs(updated - c).max()) <= tolerance * float(np.abs(updated).max()):
            return updated
        c = updated
    raise EstimationError(IN_A_SUBSPACE)


def _to_sample_trace(shape: Matrix, x: Matrix) -> Matrix:
    return shape * (float((x**2).sum()) / (len(x) - 1) / float(np.trace(shape)))


def minimum_covariance_determinant(
    returns: ArrayLike | pd.DataFrame,
    support: float | None = None,
    reweighted: bool = True,
    seed: int = 0,
) -> Labelled:
    """Return the covariance of the h observations with the smallest determinant (scikit-learn).

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    support : float, optional
        Share h/T of observations kept; default (T + N + 1)/(2T), the most robust.
    reweighted : bool
        Recompute the covariance from all observations that are no outliers (more efficient).
    seed : int
        Seed of the random starts.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period, consistent for normal returns.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable: the kept observations must outnumber the assets.
    ParameterError
        The share lies outside (0.5, 1].

    References
    ----------
    Paper 002; Rousseeuw, P. and Van Driessen, K. (1999), "A fast algorithm for the minimum
    covariance determinant estimator", Technometrics 41(3), 212-223.
    """
    import warnings

    from sklearn.covariance import MinCovDet

    checked = as_returns(returns)
    t, n = checked.matrix.shape
    if support is not None and not 0.5 <= support <= 1.0:
        raise ParameterError(f"support must lie in [0.5, 1], got {support!r}")
    kept = int(support * t) if support is not None else (t + n + 1) // 2
    if kept <= n:
        raise CovarianceError(
            f"minimum covariance determinant: {kept} kept observations of {n} assets give a singular "
            "matrix; use mrcd, which is regularised, or more observations"
        )
    unit = checked.matrix.std(axis=0)  # the estimator is affine equivariant; its algorithm likes unit scale
    with warnings.catch_warnings():
        # one of many random starts got worse; the best start is kept whatever the others do
        warnings.filterwarnings("ignore", message="Determinant has increased", category=RuntimeWarning)
        model = MinCovDet(support_fraction=support, random_state=seed).fit(checked.centred / unit)
    matrix = model.covariance_ if reweighted else model.raw_covariance_
    return checked.label(matrix * np.outer(unit, unit))
