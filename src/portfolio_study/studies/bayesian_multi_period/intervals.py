r"""Intervals for terminal wealth: the algorithm of paper 004, section 6.3, and predictive ones.

The paper simulates return paths, inserts each path's forecasts into the recursions and takes
quantiles of the resulting *expected* wealth. That is the spread of a plug-in number in hindsight,
not of wealth. A predictive interval draws parameters, paths and exit times, follows the policy and
takes quantiles of the wealth that comes out; whether it holds what it promises is its coverage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability, paper_exit
from portfolio_study.allocation.multi_period.frontier import Frontier
from portfolio_study.allocation.multi_period.kernels import ar1_forecasts, frontier_terms, receding_paths
from portfolio_study.allocation.multi_period.policy import check_gross
from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.settings import parallel
from portfolio_study.studies.bayesian_multi_period.backtest import plan_target
from portfolio_study.studies.bayesian_multi_period.replication import (
    Cell,
    draw_parameters,
    least_squares_prior,
)

Array = NDArray[np.float64]

VARIANTS = ("as_published", "next_week", "lagged")
METHODS = ("as_published", "next_week", "plug-in", "predictive")


def published_interval(
    prior: Array,
    state: float,
    risk_free: float,
    exit_probability: ArrayLike,
    risk_aversions: Sequence[float],
    level: float = 0.5,
    paths: int = 1000,
    seed: int = 0,
    variant: str = "as_published",
) -> pd.DataFrame:
    r"""The interval of section 6.3 of paper 004 for each risk aversion.

    Parameters
    ----------
    prior : ndarray, shape (6,)
        c, phi, P00, P01, P11, s2 (see `multi_period_backtest.kernel_prior`).
    state : float
        The last observed return.
    risk_free : float
        Gross per period.
    exit_probability : array_like, shape (T,)
    risk_aversions : sequence of float
        Values of :math:`\omega`.
    level : float
        0.5 for the paper's "central 50 %" interval.
    paths : int
        Simulated paths; the same ones for each risk aversion.
    seed : int
    variant : {"as_published", "next_week", "lagged"}
        "as_published": :math:`E(e_t) = \phi_0 r_t - r^0_t`, no intercept and the bare noise variance, with
        :math:`e_t` the excess return of the same period. "next_week": the same formula with :math:`e_t`
        earned in the period after :math:`r_t`. "lagged": :math:`c_0 + \phi_0r_{t-1} - r^0_t` with the
        predictive variance.

    Returns
    -------
    DataFrame
        Index ``risk_aversion``; columns ``expected, low, high`` (of the plug-in expected wealth) and
        ``variance`` (from the corrected frontier at the mean of the paths).
    """
    if variant not in VARIANTS:
        raise UnknownNameError("variant", variant, VARIANTS)
    _check_level(level)
    p = check_exit_probability(exit_probability, np.size(exit_probability))
    gross = float(check_gross(risk_free, 1)[0])
    rng = np.random.default_rng(seed)
    returns = _simulate(prior, state, rng.standard_normal((paths, len(p))))
    terms = np.array([_plug_in_terms(prior, state, r, gross, p, variant) for r in returns])
    rows = {om: _interval_row(terms, om, level) for om in risk_aversions}
    return pd.DataFrame(rows).T.rename_axis("risk_aversion")


def _simulate(prior: Array, state: float, shocks: Array) -> Array:
    """Paths of the AR(1) with the prior's mean parameters, shape of the shocks."""
    c, phi, sigma = prior[0], prior[1], np.sqrt(prior[5])
    out, last = np.empty(shocks.shape), np.full(len(shocks), state)
    for t in range(shocks.shape[1]):
        last = c + phi * last + sigma * shocks[:, t]
        out[:, t] = last
    return out


def _plug_in_terms(
    prior: Array, state: float, path: Array, gross: float, p: Array, variant: str
) -> tuple[float, float, float]:
    """Theta, lambda_0, omega_0 of the frontier that one path's forecasts give."""
    if variant == "as_published":
        mean, variance = prior[1] * path, np.full(len(path), prior[5])
    elif variant == "next_week":
        mean, variance = prior[1] * np.r_[state, path[:-1]], np.full(len(path), prior[5])
    else:
        mean, variance = ar1_forecasts(prior, state, path, False)
    return frontier_terms(mean - (gross - 1), variance, gross, p)


def _interval_row(terms: Array, risk_aversion: float, level: float) -> dict[str, float]:
    theta, lam, om = terms.T
    target = (1 + 2 * risk_aversion * lam) / (2 * risk_aversion * (1 - theta))
    wealth = lam + target * theta
    low, high = np.quantile(wealth, [(1 - level) / 2, (1 + level) / 2])
    centre = Frontier(float(theta.mean()), float(lam.mean()), float(om.mean()))
    return {
        "expected": float(wealth.mean()),
        "low": float(low),
        "high": float(high),
        "variance": centre.variance(float(wealth.mean())),
    }


@dataclass(frozen=True)
class PredictiveWealth:
    """Draws of future wealth under an investor's beliefs.

    Attributes
    ----------
    at_exit : ndarray, shape (paths,)
        Wealth at the exit time of each draw, per unit invested.
    over_time : ndarray, shape (paths, T)
        Wealth after each period of an investor who stays.
    target : float
        Wealth that the policy steers to.
    """

    at_exit: Array
    over_time: Array
    target: float

    def interval(self, level: float) -> tuple[float, float]:
        """Central interval of wealth at exit."""
        _check_level(level)
        low, high = np.quantile(self.at_exit, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def fan(self, levels: Sequence[float], start: float = 1.0) -> Array:
        """Quantiles of wealth over time, shape (levels, T + 1); the first column is the start."""
        over_time = np.quantile(self.over_time, levels, axis=0)
        return np.column_stack([np.full(len(over_time), start), over_time])


def predictive_wealth(
    prior: Array,
    state: float,
    risk_free: float,
    exit_probability: ArrayLike,
    risk_aversion: float,
    paths: int = 4000,
    seed: int = 0,
    update: bool = True,
    uncertain: bool = True,
) -> PredictiveWealth:
    """Draw parameters, returns and exit times; follow the receding-horizon policy.

    Parameters
    ----------
    prior, state, risk_free, exit_probability
        As for `published_interval`.
    risk_aversion : float
        Sets the target at the start.
    paths : int
    seed : int
    update : bool
        Whether the investor goes on learning.
    uncertain : bool
        Draw (c, phi) from the prior; False takes them as known (plug-in).
    """
    p = check_exit_probability(exit_probability, np.size(exit_probability))
    gross = float(check_gross(risk_free, 1)[0])
    rng = np.random.default_rng(seed)
    target = plan_target(prior, state, gross, p, risk_aversion)
    if uncertain:
        truth = draw_parameters(prior, paths, rng).T.copy()
    else:
        truth = np.tile([prior[0], prior[1], np.sqrt(prior[5])], (paths, 1))
    shocks = rng.standard_normal((paths, len(p)))
    wealth = receding_paths(prior, state, truth, shocks, gross, p, target, update)
    exits = rng.choice(len(p), size=paths, p=p)
    return PredictiveWealth(wealth[np.arange(paths), exits], wealth, target)


def interval_coverage(
    cell: Cell,
    risk_free: float,
    replications: int = 500,
    paths: int = 500,
    risk_aversion: float = 2.0,
    level: float = 0.5,
    exit_probability: ArrayLike | None = None,
    seed: int = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """How often each interval holds the wealth that is realised, and the expected one, in repeated samples.

    Each replication draws an estimation sample from the true process, makes the intervals, and
    follows the updating policy along one true future path to one exit; the expected wealth of that
    policy is its mean over many true paths and all exits.

    Returns
    -------
    DataFrame
        Index: ``as_published`` and ``next_week`` (section 6.3, see `published_interval`), ``plug-in``
        (parameters taken as known) and ``predictive``; columns ``coverage, se`` (realised wealth),
        ``expected, expected_se`` (expected wealth) and ``width`` (median, in units of initial wealth).
    """
    p = paper_exit("P1") if exit_probability is None else np.asarray(exit_probability, dtype=float)
    _check_level(level)
    if replications < 2:
        raise ParameterError(f"replications must be at least 2, got {replications}")
    from joblib import delayed

    args = (float(check_gross(risk_free, 1)[0]), paths, risk_aversion, level, p, seed)
    spans = [(a, min(a + 25, replications)) for a in range(0, replications, 25)]
    parts = parallel(n_jobs)(delayed(_coverage_chunk)(cell, a, b, *args) for a, b in spans)
    results = np.concatenate(parts)
    table = {}
    for column, name in ((0, "coverage"), (2, "expected")):
        hit = results[:, :, column].mean(axis=0)
        table[name] = hit
        table["se" if column == 0 else "expected_se"] = np.sqrt(hit * (1 - hit) / replications)
    table["width"] = np.median(results[:, :, 1], axis=0)
    return pd.DataFrame(table, index=pd.Index(METHODS, name="method"))


def _coverage_chunk(
    cell: Cell,
    first: int,
    last: int,
    gross: float,
    paths: int,
    risk_aversion: float,
    level: float,
    p: Array,
    seed: int,
) -> Array:
    out = np.empty((last - first, len(METHODS), 3))
    for row, replication in enumerate(range(first, last)):
        streams = cell.seed(seed, replication).spawn(2)
        rng = np.random.default_rng(streams[0])
        sigma, c = np.sqrt(cell.noise_variance), cell.mu * (1 - cell.phi)
        series = np.empty(cell.sample)
        series[0] = cell.mu + sigma * rng.standard_normal() / np.sqrt(1 - cell.phi**2)
        for t in range(1, cell.sample):
            series[t] = c + cell.phi * series[t - 1] + sigma * rng.standard_normal()
        prior, state = least_squares_prior(series), float(series[-1])
        if abs(prior[1]) >= 1:
            raise ParameterError(f"phi: the fitted coefficient is {prior[1]:.3f}; take a smaller |phi|")
        draw_seed = int(streams[1].generate_state(1)[0])
        drawn = [
            predictive_wealth(
                prior, state, gross, p, risk_aversion, paths, draw_seed, True, uncertain
            ).interval(level)
            for uncertain in (False, True)
        ]
        published = [
            published_interval(prior, state, gross, p, [risk_aversion], level, paths, draw_seed, variant)
            for variant in ("as_published", "next_week")
        ]
        intervals = [(found["low"].iloc[0], found["high"].iloc[0]) for found in published] + drawn
        target = plan_target(prior, state, gross, p, risk_aversion)
        truth, shocks = np.array([[c, cell.phi, sigma]]), rng.standard_normal((1, len(p)))
        wealth = receding_paths(prior, state, truth, shocks, gross, p, target, True)[0]
        realised = wealth[rng.choice(len(p), p=p)]
        many = rng.standard_normal((paths, len(p)))
        follow = receding_paths(prior, state, np.tile(truth, (paths, 1)), many, gross, p, target, True)
        expected = float(follow.mean(axis=0) @ p)
        for j, (low, high) in enumerate(intervals):
            out[row, j] = low <= realised <= high, high - low, low <= expected <= high
    return out


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ParameterError(f"level must lie in (0, 1), got {level}")
