r"""Frontiers of time 0 computed in hindsight, as in figures 1 and 6 of paper 004.

The paper inserts one-step forecasts of all weeks into the frontier of time 0. The forecast of week t
uses the return of week t - 1, which nobody knows at time 0: the frontier becomes a random number that
moves with the path, even when all parameters are known.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period import several
from portfolio_study.allocation.multi_period.exits import check_exit_probability
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.kernels import ar1_forecasts, frontier_terms, multi_step
from portfolio_study.allocation.multi_period.policy import check_gross, multi_period_policy
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.var_filter import VarPrior

Array = NDArray[np.float64]

REFERENCES = ("noise_only", "own_variance", "forecast_once")
"""Readings of "without updating": initial parameters with the realised lags and the bare noise
variance; the same with their own forecast variance; the forecasts that they give at time 0."""
PICTURE = (0.0025, 0.005, 0.01, 0.02, 0.05)
"""Variances of terminal wealth at which the pictures of the paper are compared."""


def known_parameters(intercept: float, phi: float, noise_variance: float) -> Array:
    """Prior without any uncertainty, as the compiled loops take it: nothing can be learnt."""
    return np.array([intercept, phi, 0.0, 0.0, 0.0, noise_variance])


def frontier_along_path(
    prior: Array, state: float, path: Array, gross: float, exit_probability: ArrayLike, update: bool = False
) -> Frontier:
    """Frontier of time 0 from the one-step forecasts along one realised path.

    Parameters
    ----------
    prior : ndarray, shape (6,)
        c, phi, P00, P01, P11, s2.
    state : float
        The return before the path.
    path : ndarray, shape (T,)
        Realised net returns.
    gross : float
        Riskless return per period.
    exit_probability : array_like, shape (T,)
    update : bool
        Whether the parameters learn along the path.

    Raises
    ------
    ParameterError
        If path and exit distribution differ in length, or an input is not what it must be.
    """
    mean, variance = ar1_forecasts(prior, state, path, update)
    return _frontier(mean, variance, gross, exit_probability)


def reference_frontiers(
    prior: Array, state: float, path: Array, gross: float, exit_probability: ArrayLike
) -> dict[str, Frontier]:
    """Hindsight frontier with updating and the three readings of the one without.

    Parameters are those of `frontier_along_path`; the result has the name ``updated`` and those of `REFERENCES`.
    """
    learnt = ar1_forecasts(prior, state, path, True)
    kept = ar1_forecasts(prior, state, path, False)
    noise = prior[5]
    ahead = multi_step(prior[0], prior[1], noise, noise, state, len(path))
    moments = {
        "updated": learnt,
        "noise_only": (kept[0], np.full(len(path), noise)),
        "own_variance": kept,
        "forecast_once": (ahead[0], ahead[1]),
    }
    return {name: _frontier(mean, v, gross, exit_probability) for name, (mean, v) in moments.items()}


def hindsight_gaps(
    prior: Array,
    state: float,
    path: Array,
    gross: float,
    exit_probability: ArrayLike,
    variance: float = 0.01,
) -> pd.Series:
    """Expected wealth at a variance of wealth: updated less each reference, along one path."""
    found = reference_frontiers(prior, state, path, gross, exit_probability)
    top = found["updated"].expected(variance)
    return pd.Series({name: top - found[name].expected(variance) for name in REFERENCES})


def variances_above(
    upper: Frontier, lower: Frontier, variances: Sequence[float] = PICTURE
) -> tuple[int, int]:
    """At how many variances one frontier lies above another, and how many one of the two reaches."""
    above, reached = 0, 0
    for variance in variances:
        levels = [f.expected(variance) if variance >= f.least_variance() else -np.inf for f in (upper, lower)]
        reached += max(levels) > -np.inf
        above += levels[0] > levels[1]
    return above, reached


def hindsight_band(
    prior: Array,
    state: float,
    paths: Array,
    gross: float,
    exit_probability: ArrayLike,
    variances: ArrayLike,
    level: float = 0.9,
) -> tuple[Array, Array]:
    """Band that holds a share of the hindsight frontiers without updating, over many paths.

    Parameters
    ----------
    paths : ndarray, shape (paths, T)
    variances : array_like, shape (k,)
        Variances of terminal wealth; a frontier counts from its least variance on.
    level : float
        Share of the paths inside, at each variance.

    Returns
    -------
    tuple of ndarray
        Low and high expected wealth, each (k,).
    """
    if not 0 < level < 1:
        raise ParameterError(f"level must lie in (0, 1), got {level}")
    v = np.asarray(variances, dtype=float)
    curves = []
    for path in paths:
        found = frontier_along_path(prior, state, path, gross, exit_probability)
        curves.append(found.expected(np.maximum(v, found.least_variance())))
    low, high = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def var_references(
    prior: VarPrior, path: Array, gross: float, exit_probability: ArrayLike
) -> dict[str, Frontier]:
    """The same for several assets that follow a VAR(1): ``updated`` and the three of `REFERENCES`.

    Parameters
    ----------
    prior : VarPrior
        Fit of the weeks before, with one lag.
    path : ndarray, shape (T, n)
    gross, exit_probability
        As for `frontier_along_path`.
    """
    both = several.var_hindsight(prior, path, gross, exit_probability)
    p = check_exit_probability(exit_probability, len(path))
    lags = np.hstack([np.ones((len(p), 1)), np.vstack([prior.last[:1], path[:-1]])])
    noise, phi = prior.noise_covariance, prior.mean[1:].T
    mean, covariance, ahead = lags[0] @ prior.mean, noise, []
    for _ in p:
        ahead.append((mean, covariance))
        mean, covariance = prior.mean[0] + phi @ mean, noise + phi @ covariance @ phi.T
    inputs = {
        "noise_only": (lags @ prior.mean, np.broadcast_to(noise, (len(p), *noise.shape))),
        "forecast_once": (np.array([m for m, _ in ahead]), np.array([v for _, v in ahead])),
    }
    made = {
        name: multi_period_policy(m - (gross - 1), v, gross, p, 1.0).efficient_frontier
        for name, (m, v) in inputs.items()
    }
    return {
        "updated": both["updated"],
        "noise_only": made["noise_only"],
        "own_variance": both["fixed"],
        "forecast_once": made["forecast_once"],
    }


def _frontier(mean: Array, variance: Array, gross: float, exit_probability: ArrayLike) -> Frontier:
    p = check_exit_probability(exit_probability, len(mean))
    riskless = float(check_gross(gross, 1)[0])
    return Frontier(*frontier_terms(mean - (riskless - 1), variance, riskless, p))
