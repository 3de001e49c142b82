r"""Tables 1-3 of paper 004: the probability that updating the parameters "performs better".

The paper simulates an AR(1), compares two frontiers and reports a probability, but does not say
which frontiers, nor how long its samples are, which riskless rate it takes or how long is invested.
Five readings are computed side by side; all use the corrected formulas.

=============  ===============================================================================
noise_only     frontier of time 0 from forecasts that are updated along the realised path,
               against forecasts of the initial parameters with the same lags and the bare
               variance of the noise
own_variance   the same, against the initial parameters with their own forecast variance
forecast_once  the same, against the forecasts that the initial parameters give at time 0
new_paths      both investors trade many new paths of the true process; expected terminal
               wealth at equal variance
own_belief     the same on paths of the process that the investor believes in (parameters
               drawn from the prior): what learning is worth to somebody who does not know
=============  ===============================================================================

The first three use returns of the investment period in a frontier of time 0: they look ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.multi_period.exits import check_exit_probability, paper_exit
from portfolio_study.allocation.multi_period.kernels import (
    ar1_forecasts,
    frontier_terms,
    multi_step,
    receding_moments,
)
from portfolio_study.allocation.multi_period.policy import check_gross
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.forecasting.ar_model import check_stationary, positive
from portfolio_study.settings import parallel

Array = NDArray[np.float64]

NAMES = {
    "noise_only": "same lags, bare noise variance",
    "own_variance": "same lags, own forecast variance",
    "forecast_once": "forecast once at time 0",
    "new_paths": "trading new paths",
    "own_belief": "trading paths of the own belief",
}
"""Words for the readings, for tables and figures."""
DEFINITIONS = tuple(NAMES)
VARIANCES = (0.01, 0.05, 0.1, 0.5, 1.0)
"""Variances of terminal wealth at which a hindsight frontier must be higher to count as better."""
HONEST_VARIANCE = 0.05
"""Variance of terminal wealth at which the investors who trade are compared."""
CHUNK = 20


@dataclass(frozen=True)
class Cell:
    """One simulated process: a cell of the paper's tables.

    Attributes
    ----------
    phi, mu, noise_variance : float
        Autocorrelation, unconditional mean and noise variance per period.
    sample : int
        Observations of the initial fit (130 weeks in the paper).
    """

    phi: float
    mu: float
    noise_variance: float
    sample: int = 130

    def seed(self, seed: int, replication: int) -> np.random.SeedSequence:
        """Seed of one replication, from the cell's own numbers: the same in any list of cells."""
        numbers = np.array([self.phi, self.mu, self.noise_variance, self.sample], dtype=float) + 0.0
        return np.random.SeedSequence(seed, spawn_key=(*numbers.view(np.uint32).tolist(), replication))


def table_cells(table: int) -> dict[float, Cell]:
    """Cells of Table 1 (by phi), 2 (by mu) or 3 (by noise variance; the paper's own list is lost)."""
    if table == 1:
        return {p: Cell(p, 0.01, 0.2) for p in np.round(np.arange(-9, 10) / 10, 1).tolist()}
    if table == 2:
        positive_means = (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
        return {m: Cell(0.1, m, 1.0) for m in sorted({0.0, *positive_means, *(-m for m in positive_means)})}
    if table == 3:
        return {v: Cell(0.1, 0.01, v) for v in (0.01, 0.1, 1.0, 5.0)}
    raise UnknownNameError("table", table, (1, 2, 3))


def least_squares_prior(sample: Array) -> Array:
    """OLS prior of an AR(1) as the kernels take it: c, phi, P00, P01, P11, s2."""
    x, y = sample[:-1], sample[1:]
    n = len(x)
    mx, my = x.mean(), y.mean()
    sxx = ((x - mx) ** 2).sum()
    phi = ((x - mx) * (y - my)).sum() / sxx
    c = my - phi * mx
    s2 = ((y - c - phi * x) ** 2).sum() / (n - 2)
    return np.array([c, phi, 1 / n + mx**2 / sxx, -mx / sxx, 1 / sxx, s2])


def wealth_at_variance(moments: Array, variance: float) -> float:
    r"""Highest expected wealth :math:`E(R) + \gamma E(S)` with :math:`Var(R + \gamma S)` as given.

    Parameters
    ----------
    moments : ndarray, shape (5,)
        Means of R, S, R^2, RS, S^2 as `receding_moments` gives them.
    variance : float
        In currency squared.

    Returns
    -------
    float
        NaN if no target reaches so low a variance.
    """
    mr, ms, rr, rs, ss = moments
    a, b, c = ss - ms * ms, rs - mr * ms, rr - mr * mr - variance
    inner = b * b - a * c
    if not (a > 0 and inner >= 0):
        return float("nan")
    return float(mr + ms * (-b + np.sign(ms) * np.sqrt(inner)) / a)


def hindsight_expected(mean: Array, variance: Array, gross: float, exit_probability: Array) -> Array:
    """Expected wealth at `VARIANCES` on the plug-in frontier; -inf where it does not reach."""
    theta, lam, om = frontier_terms(mean, variance, gross, exit_probability)
    least = om - lam**2 / (1 - theta)
    room = np.asarray(VARIANCES) - least
    top = lam / (1 - theta) + np.sqrt(theta / (1 - theta) * np.maximum(room, 0))
    return np.where(room >= 0, top, -np.inf)


def replicate(
    cell: Cell,
    seed: int,
    replication: int,
    paths: int,
    gross: float,
    exit_probability: Array,
    definitions: Sequence[str] = DEFINITIONS,
) -> Array:
    """One replication: for each definition 1 or 0 (better or not), or a gain where both investors trade.

    The gain is the expected wealth of the updating investor less that of the other, at variance
    `HONEST_VARIANCE`. Each purpose has its own random stream, so a definition's result does not
    depend on which others are computed.
    """
    streams = [np.random.default_rng(s) for s in cell.seed(seed, replication).spawn(3)]
    horizon = len(exit_probability)
    sigma, c = np.sqrt(cell.noise_variance), cell.mu * (1 - cell.phi)
    shocks = streams[0].standard_normal(cell.sample + horizon) * sigma
    series = np.empty(cell.sample + horizon)
    series[0] = cell.mu + shocks[0] / np.sqrt(1 - cell.phi**2)
    for t in range(1, len(series)):
        series[t] = c + cell.phi * series[t - 1] + shocks[t]
    sample, path = series[: cell.sample], series[cell.sample :]
    prior, state, pairs = least_squares_prior(sample), float(sample[-1]), paths // 2
    out = hindsight_better(prior, state, path, gross, exit_probability)
    if "new_paths" in definitions:
        truth = np.tile(np.array([[c], [cell.phi], [sigma]]), (1, pairs))
        new = streams[1].standard_normal((horizon, pairs))
        out["new_paths"] = _gain(prior, state, truth, new, gross, exit_probability)
    if "own_belief" in definitions:
        belief = draw_parameters(prior, pairs, streams[2])
        new = streams[2].standard_normal((horizon, pairs))
        out["own_belief"] = _gain(prior, state, belief, new, gross, exit_probability)
    return np.array([out[name] for name in definitions])


def hindsight_better(
    prior: Array, state: float, path: Array, gross: float, exit_probability: Array
) -> dict[str, float]:
    """Whether the updated hindsight frontier lies above each reference: 1 yes, 0 no.

    Compared at the `VARIANCES` that at least one of the two frontiers reaches; NaN if there is none.
    """
    net, s2, horizon = gross - 1, prior[5], len(exit_probability)
    f, q = ar1_forecasts(prior, state, path, True)
    updated = hindsight_expected(f - net, q, gross, exit_probability)
    f, q = ar1_forecasts(prior, state, path, False)
    ahead = multi_step(prior[0], prior[1], s2, s2, state, horizon)
    references = {
        "noise_only": hindsight_expected(f - net, np.full(horizon, s2), gross, exit_probability),
        "own_variance": hindsight_expected(f - net, q, gross, exit_probability),
        "forecast_once": hindsight_expected(ahead[0] - net, ahead[1], gross, exit_probability),
    }
    return {name: _above(updated, reference) for name, reference in references.items()}


def _above(updated: Array, reference: Array) -> float:
    """1 if a frontier is the higher one wherever one of the two exists, else 0."""
    reached = np.isfinite(updated) | np.isfinite(reference)
    return float((updated > reference)[reached].all()) if reached.any() else float("nan")


def draw_parameters(prior: Array, number: int, rng: np.random.Generator) -> Array:
    """Draw (c, phi, sigma), shape (3, number), from the prior; explosive draws are drawn again."""
    c, phi, p00, p01, p11, s2 = prior
    root = np.linalg.cholesky(np.array([[p00, p01], [p01, p11]])) * np.sqrt(s2)
    out = np.empty((3, number))
    out[2] = np.sqrt(s2)
    missing = np.arange(number)
    for _ in range(200):
        out[:2, missing] = np.array([[c], [phi]]) + root @ rng.standard_normal((2, len(missing)))
        missing = missing[np.abs(out[1, missing]) >= 1]
        if len(missing) == 0:
            return out
    raise EstimationError(f"the prior (phi = {phi:.3f}) has almost no mass on stationary processes")


def _gain(
    prior: Array, state: float, truth: Array, shocks: Array, gross: float, exit_probability: Array
) -> float:
    """Expected wealth of the updating investor less that of the other, at equal variance."""
    level = [
        wealth_at_variance(
            receding_moments(prior, state, truth, shocks, gross, exit_probability, update), HONEST_VARIANCE
        )
        for update in (1.0, 0.0)
    ]
    return level[0] - level[1]


def _chunk(cell: Cell, seed: int, first: int, last: int, *rest: Any) -> Array:
    return np.array([replicate(cell, seed, k, *rest) for k in range(first, last)])


def updating_probability(
    cells: Sequence[Cell],
    replications: int = 1000,
    paths: int = 10_000,
    risk_free: float = 1.0057,
    exit_probability: ArrayLike | None = None,
    seed: int = 0,
    definitions: Sequence[str] = ("noise_only", "own_variance", "forecast_once", "new_paths"),
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Probability over estimation samples that updating performs better, by cell and definition.

    Parameters
    ----------
    cells : sequence of Cell
    replications : int
        Estimation samples a cell (the paper: 100).
    paths : int
        Future paths, common to both investors, on which those who trade are compared.
    risk_free : float
        Gross per period. The default is the paper's 0.0057 read as a weekly rate.
    exit_probability : array_like, optional
        Default: the paper's P1 over 26 periods.
    seed : int
        Each replication has its own stream, so results do not depend on the number of workers.
    definitions : sequence of str
        Which of `DEFINITIONS` to compute.
    n_jobs : int, optional
        Workers; default from the settings.

    Returns
    -------
    DataFrame
        Index (cell number, definition); columns ``phi, mu, noise_variance, sample, probability, se``
        and, where both trade, ``gain`` (mean gain in expected wealth at variance 0.05), ``gain_se``,
        ``median_gain``; ``infeasible`` counts replications where that variance cannot be reached.

    Raises
    ------
    ParameterError
        If a process is not stationary, a variance is not positive, or a count is too small.
    """
    p = paper_exit("P1") if exit_probability is None else np.asarray(exit_probability, dtype=float)
    p = check_exit_probability(p, p.size)
    gross = float(check_gross(risk_free, 1)[0])
    for cell in cells:
        check_stationary([cell.phi], "phi")
        positive(cell.noise_variance, "noise_variance")
        if cell.sample < 5:
            raise ParameterError(f"sample must be at least 5 to estimate 3 parameters, got {cell.sample}")
    if replications < 2 or paths < 16 or paths % 2:
        raise ParameterError(f"need replications >= 2 and even paths >= 16, got {replications} and {paths}")
    for name in definitions:
        if name not in DEFINITIONS:
            raise UnknownNameError("definition", name, DEFINITIONS)
    spans = [(a, min(a + CHUNK, replications)) for a in range(0, replications, CHUNK)]
    from joblib import delayed

    tasks = (
        delayed(_chunk)(cell, seed, a, b, paths, gross, p, tuple(definitions))
        for cell in cells
        for a, b in spans
    )
    parts = parallel(n_jobs)(tasks)
    results = np.concatenate(parts).reshape(len(cells), replications, len(definitions))
    return summarise(cells, results, definitions)


def summarise(cells: Sequence[Cell], results: Array, definitions: Sequence[str]) -> pd.DataFrame:
    """Probabilities and gains with standard errors; results (cells, replications, definitions)."""
    rows = []
    for number, (cell, values) in enumerate(zip(cells, results, strict=True)):
        for j, name in enumerate(definitions):
            x = values[:, j]
            x = x[np.isfinite(x)]
            if len(x) < 2:
                raise EstimationError(f"{cell}: variance {HONEST_VARIANCE} cannot be reached ({name})")
            share = float((x > 0).mean())
            row = {
                "cell": number,
                "definition": name,
                **vars(cell),
                "probability": share,
                "se": float(np.sqrt(share * (1 - share) / len(x))),
                "infeasible": len(values) - len(x),
            }
            if name in ("new_paths", "own_belief"):
                row |= {
                    "gain": float(x.mean()),
                    "gain_se": float(x.std(ddof=1) / np.sqrt(len(x))),
                    "median_gain": float(np.median(x)),
                }
            rows.append(row)
    return pd.DataFrame(rows).set_index(["cell", "definition"])
