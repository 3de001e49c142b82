r"""Frontiers of time 0 computed in hindsight, as in figures 1 and 6 of paper 004.

The paper inserts one-step forecasts of all weeks into the frontier of time 0. The forecast of week t
uses the return of week t - 1, which nobody knows at time 0: the frontier becomes a random number that
moves with the path, even when all parameters are known.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.kernels import ar1_forecasts, frontier_terms, multi_step
from portfolio_study.allocation.multi_period.policy import check_gross
from portfolio_study.errors import ParameterError

Array = NDArray[np.float64]

REFERENCES = ("H1", "H2", "H3")
"""Readings of "without updating": initial parameters with the realised lags and the bare noise
variance; the same with their predictive variance; the forecasts that they give at time 0."""


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

    Parameters are those of `frontier_along_path`; the result has the names ``updated``, ``H1``, ``H2``
    and ``H3``.
    """
    learnt = ar1_forecasts(prior, state, path, True)
    kept = ar1_forecasts(prior, state, path, False)
    noise = prior[5]
    ahead = multi_step(prior[0], prior[1], noise, noise, state, len(path))
    moments = {
        "updated": learnt,
        "H1": (kept[0], np.full(len(path), noise)),
        "H2": kept,
        "H3": (ahead[0], ahead[1]),
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
    """Expected wealth at a variance of wealth: updated less H1, H2 and H3, along one path."""
    found = reference_frontiers(prior, state, path, gross, exit_probability)
    top = found["updated"].expected(variance)
    return pd.Series({name: top - found[name].expected(variance) for name in REFERENCES})


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


def _frontier(mean: Array, variance: Array, gross: float, exit_probability: ArrayLike) -> Frontier:
    p = check_exit_probability(exit_probability, len(mean))
    riskless = float(check_gross(gross, 1)[0])
    return Frontier(*frontier_terms(mean - (riskless - 1), variance, riskless, p))
