"""Simulated prices whose law is known: AR(1) returns with GARCH(1,1) variances."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.fetched import Fetched, as_table, parse_dates
from portfolio_study.data.universe import Universe
from portfolio_study.errors import DataError, ParameterError, SourceError

DEFAULT_TICKERS = tuple(f"SYN{i:02d}" for i in range(1, 9))
DEFAULT_START, DEFAULT_END = "2010-01-01", "2019-12-31"
DEFAULT_SEED = 1


@dataclass(frozen=True)
class Law:
    r"""Law of the simulated log returns of every asset.

    .. math:: l_t = c + \phi l_{t-1} + e_t, \quad e_t = \sigma_t z_t, \quad
              \sigma_t^2 = \omega + \alpha e_{t-1}^2 + \beta \sigma_{t-1}^2

    with standard normal z that have the same correlation between any two assets.

    Attributes
    ----------
    c, phi : float
        Intercept (log return per day) and autoregression, :math:`|\phi| < 1`.
    omega, alpha, beta : float
        GARCH(1,1) parameters (squared log return per day), :math:`\alpha + \beta < 1`.
    correlation : float
        Between the shocks of two assets, in [0, 1).
    """

    c: float = 0.0003
    phi: float = 0.05
    omega: float = 4e-6
    alpha: float = 0.08
    beta: float = 0.90
    correlation: float = 0.35

    @property
    def variance(self) -> float:
        """Long-run variance of a shock: omega / (1 - alpha - beta)."""
        return self.omega / (1 - self.alpha - self.beta)


@dataclass(frozen=True)
class Truth:
    """What the simulation knows and an estimator must find.

    Attributes
    ----------
    law : Law
        The parameters.
    mean, variance : DataFrame (T, N)
        Conditional mean and variance of the log return of each date, given the day before.
    returns : DataFrame (T, N)
        Log returns.
    seed : int
        Seed of the draws.
    """

    law: Law
    mean: pd.DataFrame
    variance: pd.DataFrame
    returns: pd.DataFrame
    seed: int


def simulate(
    tickers: tuple[str, ...] = DEFAULT_TICKERS,
    start: str = DEFAULT_START,
    end: str = DEFAULT_END,
    law: Law | None = None,
    seed: int = DEFAULT_SEED,
) -> tuple[dict[str, pd.DataFrame], Truth]:
    """Simulate open, high, low, close, adjusted close and volume on all weekdays.

    The day opens at the previous close; high and low are drawn from the law of the extremes of
    a Brownian bridge between open and close with the day's true variance, so that range-based
    estimates of variance have a known target. There are no dividends and no splits.

    Parameters
    ----------
    tickers : tuple of str
        Names of the assets.
    start, end : str
        First and last date.
    law : Law, optional
        Parameters.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ohlcv : dict of DataFrame
        See `PriceHistory.ohlcv`; the first row is the price 100 of the day before any return.
    truth : Truth

    Raises
    ------
    ParameterError
        If the law is not stationary, or there are fewer than two dates.
    """
    law = law or Law()
    if not (
        abs(law.phi) < 1 and law.omega > 0 and law.alpha >= 0 and law.beta >= 0 and 0 <= law.correlation < 1
    ):
        raise ParameterError(f"the law of the simulation is not valid: {law}")
    if law.alpha + law.beta >= 1:
        raise ParameterError(f"alpha + beta must be below 1, got {law.alpha + law.beta}")
    first, last = parse_dates(start, end)
    dates = pd.bdate_range(first, last)
    if len(dates) < 2:
        raise DataError(f"{len(dates)} weekday(s) between {start} and {end}: a simulation needs two")
    rng = np.random.default_rng(seed)
    steps, assets = len(dates) - 1, len(tickers)
    mean, variance, returns = _paths(law, steps, assets, rng)
    levels = 100 * np.exp(np.vstack([np.zeros(assets), np.cumsum(returns, axis=0)]))
    ohlcv = _bars(levels, returns, variance, rng)
    truth = Truth(
        law=law,
        mean=as_table(pd.DataFrame(mean, index=dates[1:], columns=list(tickers))),
        variance=as_table(pd.DataFrame(variance, index=dates[1:], columns=list(tickers))),
        returns=as_table(pd.DataFrame(returns, index=dates[1:], columns=list(tickers))),
        seed=seed,
    )
    return {k: as_table(pd.DataFrame(v, index=dates, columns=list(tickers))) for k, v in ohlcv.items()}, truth


def load_synthetic(
    universe: Universe | None, start: str | None = None, end: str | None = None, seed: int | None = None
) -> Fetched:
    """Return simulated prices as a source of prices.

    Parameters
    ----------
    universe : Universe or None
        Names that begin with ``SYN``; None gives eight assets.
    start, end : str, optional
        Default 2010-01-01 to 2019-12-31.
    seed : int, optional
        Default 1.

    Returns
    -------
    Fetched
        ``details["truth"]`` holds the parameters.

    Raises
    ------
    SourceError
        If the universe names real assets: simulated prices must not carry their names.
    """
    tickers = DEFAULT_TICKERS if universe is None else universe.tickers
    real = [t for t in tickers if not t.startswith("SYN")]
    if real:
        raise SourceError(
            f"the source 'synthetic' simulates assets called SYN01, SYN02, ...; "
            f"it has no {', '.join(real[:8])}"
        )
    used = DEFAULT_SEED if seed is None else seed
    ohlcv, truth = simulate(tickers, start or DEFAULT_START, end or _default_end(start), seed=used)
    law: dict[str, Any] = {**vars(truth.law), "seed": used}
    return Fetched(
        close=ohlcv["adj_close"],
        ohlcv=ohlcv,
        universe="synthetic" if universe is None else universe.name,
        vendor="synthetic",
        calendar="weekdays",
        notes=("simulated prices: no statement about any market follows from them",),
        details={"origin": "simulation in this library", "licence": "MIT", "truth": law},
    )


def _default_end(start: str | None) -> str:
    """Last date of the default sample, or ten years after a start that lies behind it."""
    first = parse_dates(start, None)[0]
    if first is None or first < pd.Timestamp(DEFAULT_END) - pd.Timedelta(days=365):
        return DEFAULT_END
    return f"{first + pd.DateOffset(years=10):%Y-%m-%d}"


def _paths(
    law: Law, steps: int, assets: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw conditional means, conditional variances and log returns."""
    common, own = rng.standard_normal((steps, 1)), rng.standard_normal((steps, assets))
    shocks = np.sqrt(law.correlation) * common + np.sqrt(1 - law.correlation) * own
    mean, variance, returns = (np.empty((steps, assets)) for _ in range(3))
    level, error2, last = np.full(assets, law.variance), np.full(assets, law.variance), law.c / (1 - law.phi)
    previous = np.full(assets, last)
    for t in range(steps):
        level = law.omega + law.alpha * error2 + law.beta * level
        mean[t], variance[t] = law.c + law.phi * previous, level
        error = np.sqrt(level) * shocks[t]
        returns[t] = previous = mean[t] + error
        error2 = error**2
    return mean, variance, returns


def _bars(
    levels: np.ndarray, returns: np.ndarray, variance: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw the day's extremes and volume around given closes."""
    u, v = 1 - rng.random(returns.shape), 1 - rng.random(returns.shape)  # in (0, 1]
    highest = (returns + np.sqrt(returns**2 - 2 * variance * np.log(u))) / 2
    lowest = (returns - np.sqrt(returns**2 - 2 * variance * np.log(v))) / 2
    opens = np.vstack([levels[:1], levels[:-1]])
    highs = np.maximum(np.maximum(opens, levels), np.vstack([levels[:1], levels[:-1] * np.exp(highest)]))
    lows = np.minimum(np.minimum(opens, levels), np.vstack([levels[:1], levels[:-1] * np.exp(lowest)]))
    busy = np.vstack([np.ones((1, levels.shape[1])), np.sqrt(variance / variance.mean())])
    volume = np.round(1e6 * busy * np.exp(0.3 * rng.standard_normal(levels.shape))) + 1
    return {
        "open": opens,
        "high": highs,
        "low": lows,
        "close": levels,
        "adj_close": levels.copy(),
        "volume": volume,
    }
