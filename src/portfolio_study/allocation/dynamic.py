r"""Minimum-variance weights that are themselves a time series: realised, autoregressive, score-driven.

The texts name these methods without constants. What is fixed here beyond their words is
marked "completion" in each docstring.

References
----------
Paper 002; Reh, L., Krüger, F. and Liesenfeld, R. (2023), "Predicting the global minimum
variance portfolio", Journal of Business & Economic Statistics 41(2), 440-452; Kim, D. and
Oh, M. (2024), "Dynamic realized minimum variance portfolio models", Journal of Business &
Economic Statistics 42(4), 1238-1249.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.quadratic import solve_definite
from portfolio_study.allocation.regression import gmv_regression
from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_covariance, as_returns, check_number, require_full_rank
from portfolio_study.errors import EstimationError, ParameterError


def autoregressive_minimum_variance(
    returns: ArrayLike | pd.DataFrame,
    block: int = 42,
    lags: int = 1,
    penalty: float | None = None,
    shrinkage: float = 0.1,
) -> Weights:
    r"""Forecast the next block's minimum-variance portfolio by an autoregression of realised ones.

    The unnormalised :math:`y_k = RC_k^{-1}1` of past blocks follow a vector autoregression whose
    rows are estimated by the lasso; the forecast :math:`\hat y_{K+1}` is normalised.
    Completion: non-overlapping blocks ending at the last row, realised covariances shrunk
    towards their diagonal, y in units of its average, lasso penalty as a share of the
    smallest one that removes every lag.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    block : int
        Returns in a block.
    lags : int
        Order of the autoregression.
    penalty : float, optional
        Share in (0, 1] of the largest useful lasso penalty; default 0.5.
    shrinkage : float
        Weight of the diagonal in each realised covariance, in [0, 1].

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        A parameter is out of range, or there are fewer than lags + 3 blocks.
    OptimisationError
        The forecast direction adds up to zero.
    """
    from sklearn.linear_model import Lasso

    checked = as_returns(returns)
    share = 0.5 if penalty is None else check_number(penalty, "penalty", low=1e-12, high=1.0)
    shrink = check_number(shrinkage, "shrinkage", low=0.0, high=1.0)
    blocks = checked.length // block if block > 0 else 0
    if lags < 1 or blocks < lags + 3:
        raise ParameterError(
            f"{checked.length} returns in blocks of {block} give {blocks} blocks; an autoregression of "
            f"order {lags} needs at least {lags + 3}"
        )
    parts = checked.matrix[checked.length - blocks * block :].reshape(blocks, block, checked.size)
    y = np.array([_shrunk_direction(part, shrink) for part in parts])
    scale = np.abs(y).mean(axis=0)
    z = y / scale
    lagged = np.hstack([z[lags - 1 - i : blocks - 1 - i] for i in range(lags)])
    latest = np.concatenate([z[blocks - 1 - i] for i in range(lags)])
    ahead = np.empty(checked.size)
    for i in range(checked.size):
        target = z[lags:, i]
        centred = lagged - lagged.mean(axis=0)
        largest = float(np.abs(centred.T @ (target - target.mean())).max()) / len(target)
        model = Lasso(alpha=max(share * largest, 1e-12), tol=1e-10, max_iter=100_000).fit(lagged, target)
        ahead[i] = float(model.predict(latest[None, :])[0])
    weights = fully_invested(ahead * scale, "autoregressive minimum variance")
    return weights if checked.labels is None else pd.Series(weights, index=checked.labels, name="weight")


def _shrunk_direction(part: Matrix, shrinkage: float) -> Vector:
    realised = part.T @ part
    realised = (1.0 - shrinkage) * realised + shrinkage * np.diag(realised.diagonal())
    cov = as_covariance(realised, invertible=True)
    return solve_definite(cov.matrix, np.ones(cov.size))


@dataclass(frozen=True)
class ScoreDrivenPortfolio:
    """Score-driven minimum-variance weights and the parameters behind them.

    Attributes
    ----------
    weights : numpy.ndarray or pandas.Series
        Forecast for the period after the last row; they add up to one.
    persistence, gain : float
        B and A of the recursion.
    log_likelihood : float
        Gaussian log-likelihood of the regression errors.
    path : numpy.ndarray
        (T + 1) x N weights: row t is known before return t.
    """

    weights: Weights
    persistence: float
    gain: float
    log_likelihood: float
    path: Matrix


def score_driven_minimum_variance(
    returns: ArrayLike | pd.DataFrame, persistence: float | None = None, gain: float | None = None
) -> ScoreDrivenPortfolio:
    r"""Let the slopes of the minimum-variance regression follow their likelihood's score.

    :math:`r_{Nt} = c + x_t'\beta_t + e_t`, :math:`x_{jt} = r_{Nt} - r_{jt}`,
    :math:`\beta_{t+1} = (1-B)\bar\beta + B\beta_t + A\,M^{-1}x_t e_t`. Completion: scalar A and
    B, :math:`\bar\beta` and c from least squares (so A = 0 gives the static portfolio),
    :math:`M = \frac1T\sum x_t x_t'` as the scaling of the score, A and B by maximum likelihood
    of normal errors.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    persistence, gain : float, optional
        B in [0, 1) and A in [0, 1); each is estimated when it is not given.

    Returns
    -------
    ScoreDrivenPortfolio

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable; T must exceed N.
    ParameterError
        B or A is out of range.
    EstimationError
        The recursion diverged for every parameter.
    """
    checked = as_returns(returns)
    require_full_rank(checked, "score-driven minimum variance")
    for name, value in (("persistence", persistence), ("gain", gain)):
        if value is not None and not 0.0 <= value < 1.0:
            raise ParameterError(f"{name} must lie in [0, 1), got {value!r}")
    static = gmv_regression(checked.matrix)
    y = checked.matrix[:, -1] - static.mean
    x = checked.matrix[:, [-1]] - checked.matrix[:, :-1]
    slope = np.asarray(static.weights)[:-1]
    # rotate to scores with unit second moment: the recursion then needs no matrix product
    rotation = np.linalg.cholesky(np.linalg.inv(x.T @ x / len(x)))
    z, centre = x @ rotation, np.linalg.solve(rotation, slope)
    b, a, value = _estimate(y, z, centre, persistence, gain)
    slopes = _recursion(y, z, centre, b, a)[0] @ rotation.T
    path = np.column_stack([slopes, 1.0 - slopes.sum(axis=1)])
    last = fully_invested(path[-1], "score-driven minimum variance")
    labelled = last if checked.labels is None else pd.Series(last, index=checked.labels, name="weight")
    return ScoreDrivenPortfolio(labelled, b, a, value, path)


def _recursion(y: Vector, z: Matrix, centre: Vector, b: float, a: float) -> tuple[Matrix, Vector]:
    """Slopes known before each period (one row more than periods) and the errors."""
    t = len(y)
    slopes, errors = np.empty((t + 1, len(centre))), np.empty(t)
    slope = centre
    for i in range(t):
        slopes[i] = slope
        errors[i] = y[i] - z[i] @ slope
        slope = (1.0 - b) * centre + b * slope + a * errors[i] * z[i]
    slopes[t] = slope
    return slopes, errors


def _likelihoods(y: Vector, z: Matrix, centre: Vector, grid: Matrix) -> Vector:
    """Concentrated Gaussian log-likelihood of every row (B, A) of a grid, in one pass over time."""
    b, a = grid[:, 0], grid[:, 1]
    slopes, squares = np.tile(centre, (len(grid), 1)), np.zeros(len(grid))
    keep, pull = b[:, None], (1.0 - b)[:, None] * centre
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for target, row in zip(y, z, strict=True):
            errors = target - slopes @ row
            squares += errors * errors
            slopes = pull + keep * slopes + (a * errors)[:, None] * row
        values = -0.5 * len(y) * (np.log(2.0 * np.pi * squares / len(y)) + 1.0)
    return np.where(np.isfinite(squares) & (squares > 0.0), values, -np.inf)


def _estimate(
    y: Vector, z: Matrix, centre: Vector, persistence: float | None, gain: float | None
) -> tuple[float, float, float]:
    """Maximise the concentrated likelihood on a grid of B and A, then refine A around the best."""
    bs = [persistence] if persistence is not None else [0.8, 0.95, 0.98, 0.995]
    gains = [gain] if gain is not None else [0.0, 0.0025, 0.005, 0.01, 0.02, 0.04]
    grid = np.array([(b, a) for b in bs for a in gains])
    values = _likelihoods(y, z, centre, grid)
    best = int(values.argmax())
    value, (b, a) = float(values[best]), grid[best]
    if gain is None and a > 0.0:
        finer = np.array([(b, a * factor) for factor in (0.6, 0.8, 0.9, 1.1, 1.25, 1.6)])
        near = _likelihoods(y, z, centre, finer)
        if near.max() > value:
            value, a = float(near.max()), finer[int(near.argmax()), 1]
    if not np.isfinite(value):
        raise EstimationError("score-driven minimum variance: the recursion diverged; use a smaller gain")
    return float(b), float(a), value
