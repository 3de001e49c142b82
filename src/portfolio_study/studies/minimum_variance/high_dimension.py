"""Statements about many assets and few returns, on data of that kind: two returns for each asset."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.errors import StudyError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.risk.covariance import estimate_covariance
from portfolio_study.studies.minimum_variance.sampling_simulation import simulate_estimators
from portfolio_study.studies.minimum_variance.statement_examples import example
from portfolio_study.studies.minimum_variance.walk_forward import dates_after_lookback

RIDGE = 0.1
"""Added to every eigenvalue of the correlation matrix: the text regularises without saying by how much."""
ESTIMATORS: Mapping[str, Any] = {
    "sample": partial(estimate_covariance, method="sample"),
    "ledoit_wolf": partial(estimate_covariance, method="ledoit_wolf"),
    "oas": partial(estimate_covariance, method="oas"),
    "clipping": partial(estimate_covariance, method="clipping"),
    "shrinkage_tyler": partial(estimate_covariance, method="shrinkage_tyler"),
    "spectral_ridge": partial(estimate_covariance, method="spectral", ridge=RIDGE),
}
EXISTING = ("sample", "ledoit_wolf", "oas", "clipping")
"""Estimators that a new one has to beat."""
ASSETS, FREEDOM = 20, 3.0


def crowded_backtests(
    returns: pd.DataFrame, rebalance: str, risk_free: pd.Series | float, periods_per_year: int
) -> dict[str, Backtest]:
    """Minimum variance with short sales under each estimator, from two returns for each asset.

    A date without an estimate keeps the old weights; a portfolio that loses everything is left out.
    """
    lookback = 2 * returns.shape[1]
    dates = dates_after_lookback(pd.DatetimeIndex(returns.index), lookback, rebalance)
    ends = returns.index.get_indexer(dates)
    found = {}
    for name, estimate in ESTIMATORS.items():
        chosen, rows = np.full(returns.shape[1], 1 / returns.shape[1]), []
        for end in ends:
            with suppress(StudyError):
                chosen = np.asarray(gmv_closed_form(np.asarray(estimate(returns.iloc[end - lookback : end]))))
            rows.append(chosen)
        weights = pd.DataFrame(np.array(rows), dates, returns.columns)
        with suppress(StudyError):
            found[name] = backtest(weights, returns, risk_free=risk_free, periods_per_year=periods_per_year)
    return found


def simulated_risks(draws: int, seed: int, degrees_of_freedom: float | None = None) -> pd.DataFrame:
    """True variance over the least one under each estimator, twenty assets and forty returns."""
    tails: dict[str, Any] = {} if degrees_of_freedom is None else {"degrees_of_freedom": degrees_of_freedom}
    return simulate_estimators(example(ASSETS, seed).covariance, 2 * ASSETS, ESTIMATORS, draws, seed, **tails)


def signal_and_noise(volatilities: np.ndarray, correlation: float, rows: int) -> tuple[float, float]:
    """What knowing the covariance is worth against equal weights, and what estimating it costs.

    Both in units of the least variance, under one common correlation; the second is
    (N - 1)/(T - N - 1) whatever the covariance.
    """
    count = len(volatilities)
    cov = correlation * np.outer(volatilities, volatilities)
    np.fill_diagonal(cov, volatilities**2)
    least = 1 / float(np.linalg.inv(cov).sum())
    return float(cov.mean()) / least - 1, (count - 1) / (rows - count - 1)


def sensitivity(returns: pd.DataFrame, rule: Any, draws: int, seed: int) -> float:
    """Share of a portfolio that changes hands when its inputs are those of another sample of the same size.

    Rows are drawn again with replacement; half the sum of absolute changes of weights.
    """
    random, base = np.random.default_rng(seed), np.asarray(rule(returns))
    changes = []
    for _ in range(draws):
        again = returns.iloc[random.integers(0, len(returns), len(returns))].reset_index(drop=True)
        changes.append(0.5 * float(np.abs(np.asarray(rule(again)) - base).sum()))
    return float(np.mean(changes))
