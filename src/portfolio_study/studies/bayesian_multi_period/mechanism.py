r"""Why updating can hurt an investor with a target: learning and bad luck are correlated.

A target investor bets most when wealth is far behind. Wealth falls behind when forecasts fail, and
the same failures pull the updated coefficient towards zero. So the updated investor bets less
exactly when the fixed one, rightly, bets more.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.allocation.multi_period.exits import paper_exit
from portfolio_study.allocation.multi_period.kernels import learned_phi, receding_path
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.ar_model import check_stationary
from portfolio_study.studies.bayesian_multi_period.backtest import plan_target
from portfolio_study.studies.bayesian_multi_period.replication import Cell, least_squares_prior

Array = NDArray[np.float64]


def luck_correlation(
    cells: Sequence[Cell],
    replications: int = 30,
    paths: int = 200,
    period: int = 10,
    risk_aversion: float = 2.0,
    gross: float = 1.0057,
    seed: int = 0,
) -> pd.DataFrame:
    """Correlation, over paths of the true process, of the learnt phi with the distance to the target.

    Parameters
    ----------
    cells : sequence of Cell
    replications : int
        Estimation samples a cell.
    paths : int
        Future paths of each.
    period : int
        Period of the 26 at whose start both are measured, from 1.
    risk_aversion, gross : float
        Of the fixed investor, who sets target and wealth.
    seed : int

    Returns
    -------
    DataFrame
        One row a cell: ``phi``, ``correlation`` (mean over estimation samples) and ``se``. If phi > 0,
        a negative value means that those who lag have learnt a weaker coefficient; if phi < 0, a
        positive one does.

    Raises
    ------
    ParameterError
        If a process is not stationary or the period lies outside 2..26.
    """
    p = paper_exit("P1")
    if not 2 <= period <= len(p):
        raise ParameterError(f"period must lie in 2..{len(p)}, got {period}")
    rows = []
    for cell in cells:
        check_stationary([cell.phi], "phi")
        found = [_one(cell, seed, k, paths, period, risk_aversion, gross, p) for k in range(replications)]
        rows.append(
            {
                "phi": cell.phi,
                "correlation": float(np.mean(found)),
                "se": float(np.std(found, ddof=1) / np.sqrt(replications)),
            }
        )
    return pd.DataFrame(rows)


def _one(
    cell: Cell,
    seed: int,
    replication: int,
    paths: int,
    period: int,
    risk_aversion: float,
    gross: float,
    p: Array,
) -> float:
    rng = np.random.default_rng(cell.seed(seed, replication))
    sigma, c = np.sqrt(cell.noise_variance), cell.mu * (1 - cell.phi)
    sample = _ar1(c, cell.phi, cell.mu, sigma * rng.standard_normal(cell.sample))
    prior, state = least_squares_prior(sample), float(sample[-1])
    target = plan_target(prior, state, gross, p, risk_aversion)
    riskless = np.full(len(p), gross)
    learnt, gap = np.empty(paths), np.empty(paths)
    for i in range(paths):
        path = _ar1(c, cell.phi, state, sigma * rng.standard_normal(len(p)))
        wealth, _, _ = receding_path(prior, state, path, riskless, p, target, False, 0.0, 1.0)
        learnt[i] = learned_phi(prior, state, path)[period - 1]
        gap[i] = target - wealth[period - 2]
    return float(np.corrcoef(learnt, gap)[0, 1])


def _ar1(intercept: float, phi: float, state: float, shocks: Array) -> Array:
    out = np.empty(len(shocks))
    for t, shock in enumerate(shocks):
        state = intercept + phi * state + shock
        out[t] = state
    return out
