"""Daily reallocation: forecasts in, one long-only portfolio a day out, every fallback counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.markowitz import max_sharpe
from portfolio_study.allocation.minimum_variance import minimum_variance
from portfolio_study.allocation.simple import equal_weight
from portfolio_study.checks import aligned_frames, as_rate, in_time_order
from portfolio_study.errors import CovarianceError, DataError, OptimisationError, UnknownNameError

ENGINES = ("exact", "pypfopt")


@dataclass(frozen=True)
class DailyWeights:
    """Weights decided before each day, with what the optimiser promised.

    Attributes
    ----------
    weights : DataFrame, shape (T, N)
        Row t is decided with information up to t-1 and earns the returns of t.
    fallback : Series of bool
        Days on which no asset was expected to beat the riskless rate; the
        minimum-variance portfolio is held instead.
    promised : DataFrame
        Columns ``mean``, ``sd`` and ``sharpe``: ex-ante moments per period.
    """

    weights: pd.DataFrame
    fallback: pd.Series
    promised: pd.DataFrame


def simple_mean(log_forecast: pd.DataFrame, variance: pd.DataFrame) -> pd.DataFrame:
    r"""Mean simple return of a log-normal: :math:`e^{m + s^2/2} - 1`.

    An optimiser works with simple returns; forecasts of log returns become
    means of simple returns first.

    Parameters
    ----------
    log_forecast : DataFrame, shape (T, N)
        Forecast log returns m.
    variance : DataFrame, shape (T, N)
        Variances of log returns s^2, same labels.

    Raises
    ------
    DataError
        If the tables have other dates or assets, values are missing, or dates are out of order.
    """
    log_forecast, variance = aligned_frames(1, log_forecast=log_forecast, variance=variance)
    return (log_forecast + variance / 2).transform(np.expm1)


def daily_max_sharpe(
    mean: pd.DataFrame,
    covariances: np.ndarray,
    risk_free: pd.Series | float = 0.0,
    engine: str = "exact",
) -> DailyWeights:
    """Long-only maximum-Sharpe weights of every day.

    Parameters
    ----------
    mean : DataFrame, shape (T, N)
        Expected simple returns of each day, known the day before.
    covariances : ndarray, shape (T, N, N)
        Covariances of the same days.
    risk_free : Series or float
        Net riskless rate per period.
    engine : {"exact", "pypfopt"}
        ``pypfopt`` is the paper's optimiser, the reference.

    Returns
    -------
    DailyWeights

    Raises
    ------
    DataError
        If an expected return is NaN (names ticker and date), dates are repeated or out of order, or a date
        has no riskless rate.
    ParameterError
        If the riskless rate looks like an annual one.
    CovarianceError, OptimisationError
        Naming the date.
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    solve = max_sharpe if engine == "exact" else _pypfopt
    in_time_order(mean.index, "mean")
    rates = pd.Series(as_rate(risk_free, mean.index), mean.index)
    return _each_day(mean, covariances, rates, solve)


def daily_minimum_variance(covariances: np.ndarray, index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """Long-only minimum-variance weights of every day, shape (T, N)."""
    rows = [
        _named(date, minimum_variance, cov, long_only=True)
        for date, cov in zip(index, covariances, strict=True)
    ]
    return pd.DataFrame(np.array(rows), index=index, columns=columns)


def daily_equal_weight(index: pd.Index, columns: pd.Index) -> pd.DataFrame:
    """Equal weights (1/N) on every day, shape (T, N)."""
    weights = np.asarray(equal_weight(np.eye(len(columns))))
    return pd.DataFrame(np.tile(weights, (len(index), 1)), index=index, columns=columns)


def _named(date: Any, solve: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return solve(*args, **kwargs)
    except (CovarianceError, OptimisationError) as error:
        raise type(error)(f"{date:%Y-%m-%d}: {error}") from error


def _each_day(
    mean: pd.DataFrame, covariances: np.ndarray, rates: pd.Series, solve: Callable[..., Any]
) -> DailyWeights:
    values = mean.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"expected return of {mean.columns[column]} on {mean.index[row]:%Y-%m-%d} is missing")
    if covariances.shape != (len(mean), mean.shape[1], mean.shape[1]):
        raise DataError(
            f"{len(mean)} days of {mean.shape[1]} assets need as many covariances, got {covariances.shape}"
        )
    weights = np.empty_like(values)
    fallback = values.max(axis=1) <= rates.to_numpy(dtype=float)
    for t, date in enumerate(mean.index):
        if fallback[t]:
            weights[t] = _named(date, minimum_variance, covariances[t], long_only=True)
        else:
            weights[t] = _named(date, solve, values[t], covariances[t], float(rates.iloc[t]))
    expected = (weights * values).sum(axis=1)
    sd = np.sqrt(np.einsum("ti,tij,tj->t", weights, covariances, weights))
    promised = {"mean": expected, "sd": sd, "sharpe": (expected - rates.to_numpy(dtype=float)) / sd}
    return DailyWeights(
        weights=pd.DataFrame(weights, index=mean.index, columns=mean.columns),
        fallback=pd.Series(fallback, index=mean.index, name="fallback"),
        promised=pd.DataFrame(promised, index=mean.index),
    )


def _pypfopt(mean: np.ndarray, cov: np.ndarray, risk_free: float) -> np.ndarray:
    """PyPortfolioOpt's own solution, with a tight tolerance of its solver."""
    from pypfopt import EfficientFrontier
    from pypfopt.exceptions import OptimizationError

    scale = float(np.mean(np.diag(cov)))  # daily variances are near the solver's tolerance
    frontier = EfficientFrontier(
        mean / np.sqrt(scale),
        cov / scale,
        solver="CLARABEL",
        solver_options={"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12},
    )
    try:
        frontier.max_sharpe(risk_free_rate=risk_free / np.sqrt(scale))
    except OptimizationError as error:
        raise OptimisationError(f"PyPortfolioOpt found no solution: {error}") from error
    return np.asarray(frontier.weights)


def shrink_means(mean: pd.DataFrame, share: float) -> pd.DataFrame:
    """Move each day's means towards their average: 0 keeps them, 1 makes them equal."""
    average = mean.mean(axis=1)
    return mean.mul(1 - share).add(share * average, axis=0)


def trade_slowly(target: pd.DataFrame, returns: pd.DataFrame, speed: float) -> pd.DataFrame:
    r"""Trade only part of the way from the drifted holdings to the target each day.

    Minimises :math:`\|w - w^*_t\|^2 + \tau \|w - w'_{t-1}\|^2` with
    :math:`1/(1+\tau)` = `speed`: a quadratic penalty on trades.

    Parameters
    ----------
    target : DataFrame, shape (T, N)
        Weights w* wanted on each day.
    returns : DataFrame, shape (T, N)
        Simple returns of the same days, that move the holdings w'.
    speed : float
        Share of the distance traded, in (0, 1].
    """
    if not 0 < speed <= 1:
        raise DataError(f"speed must lie in (0, 1], got {speed}")
    target, returns = aligned_frames(1, target=target, returns=returns)
    wanted, moved = target.to_numpy(), 1 + returns.to_numpy()
    held = np.empty_like(wanted)
    held[0] = wanted[0]
    for t in range(1, len(wanted)):
        drifted = held[t - 1] * moved[t - 1]
        held[t] = (1 - speed) * drifted / drifted.sum() + speed * wanted[t]
    return pd.DataFrame(held, index=target.index, columns=target.columns)


def promised_on_noise(
    assets: int = 20,
    window: int = 50,
    draws: int = 500,
    correlation: float = 0.35,
    sd: float = 0.015,
    seed: int = 0,
) -> pd.DataFrame:
    """What the optimiser promises when every true mean is zero: ex-ante moments of pure noise.

    Parameters
    ----------
    assets, window, draws : int
        N, T and the number of simulated windows of normal returns.
    correlation, sd : float
        Common correlation and standard deviation per period.
    seed : int

    Returns
    -------
    DataFrame, shape (draws, 3)
        Columns ``mean``, ``sd`` and ``sharpe`` per period.
    """
    random = np.random.default_rng(seed)
    root = np.linalg.cholesky(np.full((assets, assets), correlation) + (1 - correlation) * np.eye(assets))
    rows = []
    for _ in range(draws):
        sample = sd * random.standard_normal((window, assets)) @ root.T
        mean, cov = sample.mean(axis=0), np.cov(sample, rowvar=False)
        if mean.max() <= 0:
            continue  # no tangency portfolio: such windows have nothing to promise
        w = np.asarray(max_sharpe(mean, cov))
        rows.append((w @ mean, np.sqrt(w @ cov @ w)))
    table = pd.DataFrame(rows, columns=["mean", "sd"])
    return table.assign(sharpe=table["mean"] / table["sd"])
