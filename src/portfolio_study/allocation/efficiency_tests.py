"""Tests of mean-variance efficiency (Gibbons-Ross-Shanken) and of spanning (Huberman-Kandel)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Matrix, Vector, as_frame, same_rows
from portfolio_study.errors import DataError


@dataclass(frozen=True)
class EfficiencyTest:
    """Exact F test on M assets against K factor portfolios.

    Attributes
    ----------
    statistic, p_value : float
        F statistic and its p-value under iid normal errors.
    degrees_of_freedom : tuple of int
        Of the numerator and the denominator.
    alpha : numpy.ndarray
        M intercepts per period.
    """

    statistic: float
    p_value: float
    degrees_of_freedom: tuple[int, int]
    alpha: Vector


_LABELLED = (pd.DataFrame, pd.Series)


def _column(values: Any) -> Any:
    """Return a plain vector as a table of one column."""
    if isinstance(values, _LABELLED):
        return values
    array = np.asarray(values)
    return array[:, None] if array.ndim == 1 else array


def _panels(assets: Any, factors: Any) -> tuple[Matrix, Matrix]:
    panels = [as_frame(_column(v), name, 1) for name, v in (("assets", assets), ("factors", factors))]
    if len(panels[0]) != len(panels[1]) or all(isinstance(v, _LABELLED) for v in (assets, factors)):
        same_rows(panels[0], panels[1], "assets", "factors")
    r, f = (np.array(panel, dtype=float, order="C") for panel in panels)
    if len(r) <= r.shape[1] + f.shape[1]:
        raise DataError(
            f"{len(r)} observations are too few for {r.shape[1]} assets and {f.shape[1]} factors: "
            "the test needs more observations than both together"
        )
    return r, f


def grs_test(assets: ArrayLike | pd.DataFrame, factors: ArrayLike | pd.DataFrame) -> EfficiencyTest:
    r"""Test that factor portfolios are mean-variance efficient: all intercepts are zero.

    :math:`J = \frac{T-M-K}{M}\,\frac{\alpha'\Sigma_e^{-1}\alpha}{1 + \bar f'\Sigma_f^{-1}\bar f}
    \sim F(M, T-M-K)` with moments of divisor T.

    Parameters
    ----------
    assets : array-like or pandas.DataFrame
        T x M excess returns of the test assets.
    factors : array-like or pandas.DataFrame
        T x K excess returns of the factor portfolios.

    Returns
    -------
    EfficiencyTest

    Raises
    ------
    DataError
        The panels do not cover the same dates, dates are repeated or out of order, returns are not finite
        numbers, or there are too few of them.

    References
    ----------
    Paper 002; Gibbons, M., Ross, S. and Shanken, J. (1989), "A test of the efficiency of a
    given portfolio", Econometrica 57(5), 1121-1152.

    Examples
    --------
    A market that prices two funds is efficient for them; once they earn 1 % more, it is not:

    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0.005, 0.04, 240)
    >>> funds = np.outer(market, [0.8, 1.2]) + rng.normal(0, 0.02, (240, 2))
    >>> [round(grs_test(assets, market).p_value, 2) for assets in (funds, funds + 0.01)]
    [0.94, 0.0]
    """
    from scipy.stats import f as f_law

    r, f = _panels(assets, factors)
    t, m, k = len(r), r.shape[1], f.shape[1]
    coefficients, errors = _fit(r, f)
    alpha = coefficients[0]
    mean = f.mean(axis=0)
    centred = f - mean
    price = 1.0 + float(mean @ np.linalg.solve(centred.T @ centred / t, mean))
    quadratic = float(alpha @ np.linalg.solve(errors.T @ errors / t, alpha))
    statistic = (t - m - k) / m * quadratic / price
    return EfficiencyTest(statistic, float(f_law.sf(statistic, m, t - m - k)), (m, t - m - k), alpha)


def _fit(r: Matrix, f: Matrix) -> tuple[Matrix, Matrix]:
    """Coefficients (first row: intercepts) and residuals of a multivariate regression."""
    x = np.column_stack([np.ones(len(f)), f])
    coefficients = np.asarray(np.linalg.lstsq(x, r, rcond=None)[0], dtype=float)
    return coefficients, r - x @ coefficients


def spanning_test(assets: ArrayLike | pd.DataFrame, factors: ArrayLike | pd.DataFrame) -> EfficiencyTest:
    r"""Test that factor portfolios span the frontier of all assets: :math:`\alpha = 0`, :math:`B1 = 1`.

    :math:`F = \frac{T-K-M}{M}\left(\sqrt{|\tilde\Sigma|/|\hat\Sigma|} - 1\right) \sim F(2M, 2(T-K-M))`
    (for M = 1: :math:`\frac{T-K-1}{2}(|\tilde\Sigma|/|\hat\Sigma| - 1) \sim F(2, T-K-1)`), where the
    tilde marks residuals under the restriction.

    Parameters
    ----------
    assets : array-like or pandas.DataFrame
        T x M raw returns of the test assets.
    factors : array-like or pandas.DataFrame
        T x K raw returns of the portfolios that may span.

    Returns
    -------
    EfficiencyTest

    Raises
    ------
    DataError
        The panels do not cover the same dates, dates are repeated or out of order, returns are not finite
        numbers, or there are too few of them.

    References
    ----------
    Paper 002; Huberman, G. and Kandel, S. (1987), "Mean-variance spanning", Journal of Finance
    42(4), 873-888; Kan, R. and Zhou, G. (2012), "Tests of mean-variance spanning", Annals of
    Economics and Finance 13(1), 139-187.

    Examples
    --------
    Do two indices span a fund that is made of them, and one with a life of its own?

    >>> rng = np.random.default_rng(0)
    >>> indices = rng.normal(0.005, 0.04, (240, 2))
    >>> made_of_them = indices @ [0.6, 0.4] + rng.normal(0, 0.01, 240)
    >>> own = rng.normal(0.01, 0.04, 240)
    >>> [round(spanning_test(fund, indices).p_value, 3) for fund in (made_of_them, own)]
    [0.998, 0.0]
    """
    from scipy.stats import f as f_law

    r, f = _panels(assets, factors)
    t, m, k = len(r), r.shape[1], f.shape[1]
    coefficients, errors = _fit(r, f)
    # under the restriction r - f_1 depends on the differences f_j - f_1 alone, without a constant
    y, x = r - f[:, [0]], f[:, 1:] - f[:, [0]]
    restricted = y - x @ np.linalg.lstsq(x, y, rcond=None)[0] if k > 1 else y
    ratio = float(np.exp(_log_det(restricted) - _log_det(errors)))
    if m == 1:
        first, second, statistic = 2, t - k - 1, (t - k - 1) / 2.0 * (ratio - 1.0)
    else:
        first, second = 2 * m, 2 * (t - k - m)
        statistic = (t - k - m) / m * (ratio**0.5 - 1.0)
    return EfficiencyTest(
        statistic, float(f_law.sf(statistic, first, second)), (first, second), coefficients[0]
    )


def _log_det(errors: Matrix) -> float:
    sign, value = np.linalg.slogdet(errors.T @ errors)
    if sign <= 0:
        raise DataError("residuals are linearly dependent: an asset is a combination of the others")
    return float(value)
