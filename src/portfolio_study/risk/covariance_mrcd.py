r"""Minimum regularised covariance determinant: robust to outliers and invertible for N > T.

References
----------
Paper 002; Boudt, K., Rousseeuw, P., Vanduffel, S. and Verdonck, T. (2020), "The minimum
regularized covariance determinant estimator", Statistics and Computing 30(1), 113-128;
Hubert, M., Rousseeuw, P. and Verdonck, T. (2012), "A deterministic algorithm for robust
location and scatter", Journal of Computational and Graphical Statistics 21(3), 618-637.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks import Labelled, Matrix, ReturnPanel, Vector, as_returns
from portfolio_study.errors import ParameterError, UnknownNameError

Subset = NDArray[np.intp]
SCALES = ("robust", "standard")


def minimum_regularised_covariance_determinant(
    returns: ArrayLike | pd.DataFrame,
    support: float = 0.75,
    shrinkage: float | None = None,
    scale: Literal["robust", "standard"] = "robust",
    consistent: bool = True,
) -> Labelled:
    r"""Return :math:`\rho T_0 + (1-\rho)c\,S_H` for the h observations H with the least determinant.

    Returns are standardised asset by asset, the target :math:`T_0` is the identity on that
    scale, :math:`S_H` has divisor h - 1.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    support : float
        Share h/T of observations kept, from 0.5 to 1.
    shrinkage : float, optional
        :math:`\rho` in [0, 1]; default the smallest that keeps the condition number below 50.
    scale : {"robust", "standard"}
        Standardise by median and Qn, or by mean and standard deviation.
    consistent : bool
        Multiply :math:`S_H` by the factor c that makes it unbiased for normal returns.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        The share or the shrinkage is out of range.
    UnknownNameError
        There is no such scale.
    """
    checked = as_returns(returns)
    fit = _fit(checked, support, shrinkage, scale, consistent)
    return checked.label(fit.matrix * np.outer(fit.unit, fit.unit))


@dataclass(frozen=True)
class _Fit:
    """The kept observations, the standardisation and the matrix on that scale."""

    subset: Subset
    unit: Vector
    matrix: Matrix


def _fit(checked: ReturnPanel, support: float, shrinkage: float | None, scale: str, consistent: bool) -> _Fit:
    if not 0.5 <= support <= 1.0:
        raise ParameterError(f"support must lie in [0.5, 1], got {support!r}")
    if shrinkage is not None and not 0.0 <= shrinkage <= 1.0:
        raise ParameterError(f"shrinkage must lie in [0, 1], got {shrinkage!r}")
    if scale not in SCALES:
        raise UnknownNameError("scale", scale, SCALES)
    t, n = checked.matrix.shape
    kept = max(2, int(support * t))
    centre, unit = _location_scale(checked.matrix, scale)
    z = (checked.matrix - centre) / unit
    factor = consistency_factor(kept / t, n) if consistent else 1.0
    starts = [_nearest(z, start, kept) for start in _starting_scatters(z)]
    rho = _least_shrinkage(z, starts, factor) if shrinkage is None else shrinkage
    results = [_concentrate(z, start, rho, factor) for start in starts]
    subset = min(results, key=lambda found: found[0])[1]
    return _Fit(subset, unit, _regularised(z[subset], rho, factor))


def _location_scale(x: Matrix, scale: str) -> tuple[Vector, Vector]:
    if scale == "standard":
        return x.mean(axis=0), x.std(axis=0, ddof=1)
    centre = np.median(x, axis=0)
    unit = np.array([qn_scale(column) for column in x.T])
    # more than half equal returns leave no robust scale: fall back to the standard deviation
    return centre, np.where(unit > 0, unit, x.std(axis=0, ddof=1))


def qn_scale(x: ArrayLike) -> float:
    """Return the Qn scale, a quarter quantile of pairwise distances (statsmodels).

    It is consistent for the standard deviation of normal data and resists outliers.

    References
    ----------
    Rousseeuw, P. and Croux, C. (1993), "Alternatives to the median absolute deviation",
    Journal of the American Statistical Association 88(424), 1273-1283.
    """
    from statsmodels.robust.scale import qn_scale as engine

    return float(engine(np.ascontiguousarray(x, dtype=float)))


def consistency_factor(share: float, assets: int) -> float:
    r"""Return the factor that makes the scatter of the central share of normal data unbiased.

    :math:`c = \alpha/F_{\chi^2_{N+2}}(q_\alpha)`, :math:`q_\alpha` the quantile of
    :math:`\chi^2_N` at the share :math:`\alpha`.
    """
    from scipy.stats import chi2

    if share >= 1.0:
        return 1.0
    return float(share / chi2.cdf(chi2.ppf(share, assets), assets + 2))


def _regularised(z: Matrix, rho: float, factor: float) -> Matrix:
    x = z - z.mean(axis=0)
    return rho * np.eye(z.shape[1]) + (1.0 - rho) * factor * (x.T @ x) / (len(z) - 1)


def _starting_scatters(z: Matrix) -> list[Matrix]:
    """Six deterministic scatter matrices that outliers hardly move."""
    from scipy.stats import norm, rankdata

    t, n = z.shape
    ranks = rankdata(z, axis=0)
    scores = norm.ppf((ranks - 1.0 / 3.0) / (t + 1.0 / 3.0))
    lengths = np.linalg.norm(z, axis=1)
    signs = z / np.where(lengths > 0, lengths, 1.0)[:, None]
    inner = np.argsort(lengths, kind="stable")[: max(2, (t + 1) // 2)]
    pairs = z[: t // 2 * 2].reshape(t // 2, 2, n)
    differences = (pairs[:, 0] - pairs[:, 1]) / np.sqrt(2.0)
    short = np.argsort(np.linalg.norm(differences, axis=1), kind="stable")[: max(2, t // 4 + 1)]
    central = z[inner] - z[inner].mean(axis=0)
    candidates = [np.tanh(z), ranks - ranks.mean(axis=0), scores, signs, central, differences[short]]
    return [c.T @ c / len(c) for c in candidates]


def _nearest(z: Matrix, scatter: Matrix, kept: int) -> Subset:
    """The observations nearest to the centre, after giving the scatter's axes robust scales."""
    _, vectors = np.linalg.eigh(scatter)
    scores = z @ vectors
    centre = np.median(scores, axis=0)
    spread = np.median(np.abs(scores - centre), axis=0)  # a start needs no efficient scale
    spread = np.where(spread > 1e-10 * spread.max(initial=0.0), spread, 1.0)
    return np.argsort((((scores - centre) / spread) ** 2).sum(axis=1), kind="stable")[:kept]


def _least_shrinkage(z: Matrix, starts: list[Subset], factor: float, largest: float = 50.0) -> float:
    """Median over starts of the smallest shrinkage with a condition number of at most ``largest``."""
    needed = []
    for start in starts:
        values = np.linalg.eigvalsh(_regularised(z[start], 0.0, factor))
        low, high = max(float(values[0]), 0.0), float(values[-1])
        if high <= largest * low:
            needed.append(0.0)
        else:
            # (rho + (1 - rho) high) = largest (rho + (1 - rho) low) is linear in rho/(1 - rho)
            odds = (high - largest * low) / (largest - 1.0)
            needed.append(odds / (1.0 + odds))
    return min(float(np.median(needed)), 1.0)


def _concentrate(z: Matrix, subset: Subset, rho: float, factor: float) -> tuple[float, Subset]:
    """Generalised C-steps: the h smallest regularised distances, until nothing changes."""
    kept = len(subset)
    smallest = np.inf
    for _ in range(200):
        matrix = _regularised(z[subset], rho, factor)
        sign, value = np.linalg.slogdet(matrix)
        if sign <= 0:
            return np.inf, subset  # a singular subset: no candidate without shrinkage
        if value >= smallest - 1e-13:
            break
        smallest = float(value)
        x = z - z[subset].mean(axis=0)
        distance = np.einsum("ti,ti->t", x @ np.linalg.inv(matrix), x)
        subset = np.argsort(distance, kind="stable")[:kept]
    return smallest, subset
