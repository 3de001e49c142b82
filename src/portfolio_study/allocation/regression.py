r"""Minimum variance as a regression: weights with standard errors, tests and penalties.

Regressing one asset on a constant and on its differences to the others,
:math:`r_N = c + \sum_{j<N} w_j (r_N - r_j) + e`, gives the sample minimum-variance weights
as slopes, the portfolio's mean as intercept and its variance as that of the residual.

References
----------
Paper 002; Kempf, A. and Memmel, C. (2006), "Estimating the global minimum variance
portfolio", Schmalenbach Business Review 58(4), 332-348; Britten-Jones, M. (1999), "The
sampling error in estimates of mean-variance efficient portfolio weights", Journal of
Finance 54(2), 655-671.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.weights import Weights
from portfolio_study.checks import (
    Matrix,
    ReturnPanel,
    Vector,
    as_matrix,
    as_returns,
    as_vector,
    check_number,
    require_full_rank,
    same_rows,
)
from portfolio_study.errors import OptimisationError, ParameterError


@dataclass(frozen=True)
class GmvRegression:
    """Estimated minimum-variance weights and how precisely they are known.

    Attributes
    ----------
    weights, standard_errors, t_statistics : numpy.ndarray or pandas.Series
        One for each asset.
    weights_covariance : numpy.ndarray
        N x N estimated covariance of the weights (singular: they add up to one).
    mean : float
        Intercept: the portfolio's average return per period.
    variance : float
        In-sample variance, residual sum of squares / (T - 1) = w'Sw.
    unbiased_variance : float
        Residual sum of squares / (T - N): unbiased for the true minimum variance.
    degrees_of_freedom : int
        T - N (plus one with a return constraint).
    observations : int
        T.
    """

    weights: Weights
    standard_errors: Weights
    t_statistics: Weights
    weights_covariance: Matrix
    mean: float
    variance: float
    unbiased_variance: float
    degrees_of_freedom: int
    observations: int


def gmv_regression(
    returns: ArrayLike | pd.DataFrame,
    target_return: float | None = None,
    observation_weights: ArrayLike | None = None,
) -> GmvRegression:
    """Estimate minimum-variance weights by (weighted, restricted) least squares.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns; T must exceed N.
    target_return : float, optional
        Impose that the sample mean of the portfolio equals this number as a linear
        restriction on the slopes; the weights are those of the constrained minimum-variance
        problem on sample moments.
    observation_weights : array-like, optional
        T positive weights of the observations (weighted least squares, e.g. with forgetting); a Series
        has the dates of the returns.

    Returns
    -------
    GmvRegression

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable; with T <= N the message lists estimators that still work.
    ParameterError
        The observation weights are not T positive numbers.
    OptimisationError
        All assets have the same sample mean, so that the target cannot be reached.
    """
    checked = as_returns(returns)
    require_full_rank(checked, "minimum-variance regression")
    scale = _observation_weights(observation_weights, checked)
    y, x = _regression_data(checked)
    root = np.sqrt(scale)
    xs, ys = x * root[:, None], y * root
    inverse: Matrix = np.asarray(np.linalg.inv(xs.T @ xs), dtype=np.float64)
    slope = inverse @ (xs.T @ ys)
    dof = checked.length - checked.size
    if target_return is not None:
        means: Vector = np.asarray(scale @ checked.matrix / scale.sum(), dtype=np.float64)
        if float(np.ptp(means)) <= 1e-12 * float(checked.matrix.std()):
            raise OptimisationError(
                f"target return {target_return:.6g} is infeasible: all sample means are equal"
            )
        slope, inverse = _restrict(slope, inverse, means, check_number(target_return, "target_return"))
        dof += 1
    residual = ys - xs @ slope
    rss = float(residual @ residual)
    # weights are slopes 1..N-1 and one less their sum: a linear map of the slopes
    to_weights = np.vstack([np.eye(checked.size)[1:], np.append(0.0, -np.ones(checked.size - 1))])
    weights = to_weights @ slope + np.append(np.zeros(checked.size - 1), 1.0)
    covariance = rss / dof * to_weights @ inverse @ to_weights.T
    errors = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    with np.errstate(divide="ignore"):
        t = weights / errors

    def label(v: Vector) -> Weights:
        return v if checked.labels is None else pd.Series(v, index=checked.labels)

    return GmvRegression(
        label(weights), label(errors), label(t), covariance, float(slope[0]), rss / (checked.length - 1),
        rss / dof, dof, checked.length,
    )  # fmt: skip


def _regression_data(returns: ReturnPanel) -> tuple[Vector, Matrix]:
    """Last asset, and a constant with the differences of the last asset to the others."""
    y = returns.matrix[:, -1]
    return y, np.column_stack([np.ones(returns.length), y[:, None] - returns.matrix[:, :-1]])


def _observation_weights(given: ArrayLike | None, returns: ReturnPanel) -> Vector:
    length = returns.length
    if given is None:
        return np.ones(length)
    if isinstance(given, pd.Series) and returns.rows is not None:
        same_rows(pd.Series(0.0, index=returns.rows), given, "returns", "observation_weights")
    weights = as_matrix(given, "observation_weights", ParameterError)
    if weights.shape != (length,) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ParameterError(f"observation_weights must be {length} positive numbers")
    return weights * (length / weights.sum())


def _restrict(slope: Vector, inverse: Matrix, means: Vector, target: float) -> tuple[Vector, Matrix]:
    """Restricted least squares: the mean of the portfolio, linear in the slopes, equals the target."""
    row = np.append(0.0, means[:-1] - means[-1])
    spread = float(row @ inverse @ row)
    gain = inverse @ row / spread
    return slope + gain * (target - means[-1] - row @ slope), inverse - np.outer(gain, row @ inverse)


@dataclass(frozen=True)
class WeightsTest:
    """F test that the true minimum-variance portfolio is a given portfolio.

    Attributes
    ----------
    statistic, p_value : float
        F statistic and its p-value.
    degrees_of_freedom : tuple of int
        (N - 1, T - N).
    """

    statistic: float
    p_value: float
    degrees_of_freedom: tuple[int, int]


def weights_test(returns: ArrayLike | pd.DataFrame, portfolio: Any = None) -> WeightsTest:
    r"""Test whether a portfolio (default 1/N) is the true minimum-variance portfolio.

    :math:`F = \frac{T-N}{N-1}\,\frac{w_0'Sw_0 - 1/\hat a}{1/\hat a} \sim F(N-1, T-N)` under iid
    normal returns: the relative excess of its sample variance over the minimum.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    portfolio : array-like or pandas.Series, optional
        Weights that add up to one; default 1/N.

    Returns
    -------
    WeightsTest

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        The weights do not add up to one.

    References
    ----------
    Paper 002 (are 1/N and no-short portfolios different?); Kempf and Memmel (2006).

    Examples
    --------
    Could equal weights be the minimum-variance portfolio of a quiet and a loud asset?

    >>> returns = np.random.default_rng(0).normal(0, [0.01, 0.03], (120, 2))
    >>> test = weights_test(returns)
    >>> round(test.statistic, 1), test.degrees_of_freedom, test.p_value < 1e-6
    (236.7, (1, 118), True)
    """
    from scipy.stats import f

    checked = as_returns(returns)
    fit = gmv_regression(checked.matrix)
    n, t = checked.size, checked.length
    w = np.full(n, 1.0 / n) if portfolio is None else as_vector(portfolio, checked, "portfolio")
    if not abs(w.sum() - 1.0) < 1e-9:
        raise ParameterError(f"portfolio must hold {n} weights that add up to 1, got {w.sum():.6g}")
    variance = float((checked.centred @ w).var(ddof=1))
    statistic = (t - n) / (n - 1) * (variance - fit.variance) / fit.variance
    return WeightsTest(statistic, float(f.sf(statistic, n - 1, t - n)), (n - 1, t - n))
