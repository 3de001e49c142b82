"""Multi-period policies: the paper's tables, the exact recursion, and both against slower references."""

import time
from typing import Any

import numpy as np

from portfolio_study.allocation.multi_period.exact import exact_policy
from portfolio_study.allocation.multi_period.exits import paper_exit
from portfolio_study.allocation.multi_period.kernels import receding_moments, receding_paths
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.settings import jobs
from portfolio_study.studies.bayesian_multi_period.replication import table_cells, updating_probability

REPLICATIONS, PATHS = 1000, 10_000  # what the paper profile asks of each cell
MEASURED = 40  # replications of each cell that are timed
PRIOR = np.array([0.01, 0.1, 0.0077, 0.001, 0.04, 0.2])
GROSS, P1 = 1.0057, paper_exit("P1")


def seconds(call: Any, repeats: int = 3) -> float:
    """Best time of a call."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return float(best)


def run(measured: int = MEASURED, paths: int = PATHS, truths: int = 500) -> dict[str, Any]:
    """Measure; times in seconds, ratios without unit.

    Parameters
    ----------
    measured : int
        Replications of each cell that are timed.
    paths : int
        Simulated paths of each replication.
    truths : int
        Paths that are followed one by one and side by side.
    """
    cells = [cell for table in (1, 2, 3) for cell in table_cells(table).values()]
    updating_probability(cells[:2], 2 * jobs() * 20, 64)  # compiles, and starts the workers
    tables = seconds(lambda: updating_probability(cells, measured, paths), repeats=1)
    shocks = np.random.default_rng(1).standard_normal((26, truths))
    truth = np.tile([[0.009], [0.1], [0.447]], (1, truths))
    both, many = np.concatenate([shocks.T, -shocks.T]), np.tile(truth.T, (2, 1))
    receding_paths(PRIOR, 0.1, many[:2], both[:2], GROSS, P1, 1.5, True)
    one_by_one = seconds(lambda: receding_paths(PRIOR, 0.1, many, both, GROSS, P1, 1.5, True))
    side_by_side = seconds(lambda: receding_moments(PRIOR, 0.1, truth, shocks, GROSS, P1, 1.0))
    mu, phi, s2, gross = 0.00207, -0.13366, 0.00085, 1 + 0.0057 / 52
    exact = seconds(lambda: exact_policy(mu * (1 - phi), phi, s2, gross, P1, 2.0, mu))
    closed = seconds(lambda: multi_period_policy(np.full(26, mu - gross + 1), s2, gross, P1, 2.0))
    return {
        "cells": len(cells),
        "replications": REPLICATIONS,
        "paths": paths,
        "workers": jobs(),
        "tables_seconds_measured": tables,
        "tables_share_measured": measured / REPLICATIONS,
        "tables_seconds_scaled": tables * REPLICATIONS / measured,
        "paths_per_second": 2 * len(cells) * measured * paths / tables,
        "side_by_side_speed_up": one_by_one / side_by_side,
        "exact_26_periods_seconds": exact,
        "closed_form_26_periods_seconds": closed,
    }
