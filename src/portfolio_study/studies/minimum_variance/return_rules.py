"""Portfolio rules that need past returns, not only a covariance: a rolling backtest of each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.dynamic import autoregressive_minimum_variance, score_driven_minimum_variance
from portfolio_study.allocation.gmv_shrinkage import bodnar_parolya_schmid
from portfolio_study.allocation.markowitz import max_sharpe, mean_variance_utility
from portfolio_study.allocation.minimum_variance import gmv_long_only
from portfolio_study.allocation.semivariance import estrada_semivariance, min_semivariance
from portfolio_study.allocation.single_factor import single_factor_minimum_variance
from portfolio_study.allocation.tail_risk import min_cvar
from portfolio_study.checks import as_frame, in_time_order
from portfolio_study.errors import EstimationError, StudyError, UnknownNameError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.studies.minimum_variance.walk_forward import (
    FAILURE_COLUMNS,
    dates_after_lookback,
    workers_for,
)

Rule = Callable[[pd.DataFrame], Any]


def tangency(past: pd.DataFrame) -> Any:
    """Long-only tangency portfolio of sample moments; minimum variance where no mean is positive."""
    if past.mean().max() <= 0:
        return gmv_long_only(past.cov())
    return max_sharpe(past.mean(), past.cov(), 0.0)


def mean_variance(past: pd.DataFrame) -> Any:
    """Long-only portfolio of utility E - A var/2 with A = 4 and sample moments."""
    return mean_variance_utility(past.mean(), past.cov(), 4.0, long_only=True)


def factor_parts(past: pd.DataFrame) -> tuple[pd.Series, float, pd.Series]:
    """Betas to the equally weighted market, its variance and the residual variances."""
    market = past.mean(axis=1)
    variance = float(market.var())
    centred = past.to_numpy() - past.to_numpy().mean(axis=0)
    moments = centred.T @ (market - market.mean()).to_numpy() / (len(past) - 1)
    beta = pd.Series(moments / variance, past.columns)
    residual = past.var() - beta**2 * variance
    return beta, variance, residual.clip(lower=1e-12)


def single_factor(past: pd.DataFrame) -> Any:
    """Analytic long-only minimum variance of a one-factor model (Clarke, de Silva, Thorley)."""
    return single_factor_minimum_variance(*factor_parts(past))


def autoregressive(past: pd.DataFrame) -> Any:
    """Autoregressive realised minimum variance in eight blocks of the window."""
    return autoregressive_minimum_variance(past, block=max(past.shape[1] + 1, len(past) // 8))


RULES: dict[str, Rule] = {
    "tangency": tangency,
    "mean_variance": mean_variance,
    "single_factor": single_factor,
    "shrunk_to_equal": lambda past: bodnar_parolya_schmid(past).weights,
    "minimum_cvar": min_cvar,
    "minimum_semivariance": min_semivariance,
    "estrada": estrada_semivariance,
    "autoregressive": autoregressive,
    "score_driven": lambda past: score_driven_minimum_variance(past).weights,
}
"""Rule -> function from past returns (T x N) to weights."""


def rolling_rule(
    name: str, returns: pd.DataFrame, lookback: int, rebalance: str
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Weights of a rule on every rebalance date, and the dates at which it found none.

    Such a date keeps the old weights (equal weights before the first).

    Raises
    ------
    UnknownNameError
        There is no such rule.
    DataError
        The history is shorter than the look-back.
    """
    if name not in RULES:
        raise UnknownNameError("portfolio rule", name, RULES)
    in_time_order(returns.index)
    dates = dates_after_lookback(pd.DatetimeIndex(returns.index), lookback, rebalance)
    chosen = np.full(returns.shape[1], 1.0 / returns.shape[1])
    rows, failures = [], []
    for date, end in zip(dates, returns.index.get_indexer(dates), strict=True):
        try:
            chosen = np.asarray(RULES[name](returns.iloc[end - lookback : end]), dtype=float)
        except StudyError as error:
            failures.append({"method": name, "estimator": "", "date": date, "error": str(error)})
        rows.append(chosen)
    return pd.DataFrame(np.array(rows), dates, returns.columns), failures


@dataclass(frozen=True)
class RuleComparison:
    """Backtests of the return-based rules.

    Attributes
    ----------
    weights : dict
        Rule to weights on the rebalance dates, shape (K, N).
    runs : dict
        Rule to `Backtest`, before costs; without a rule that loses all its value.
    failures : DataFrame
        Rebalances at which a rule found no portfolio (the old weights were kept), and rules that
        lost everything, with the columns of `Comparison.failures`.
    """

    weights: dict[str, pd.DataFrame]
    runs: dict[str, Backtest]
    failures: pd.DataFrame


def compare_rules(
    returns: pd.DataFrame,
    rules: Iterable[str] | None = None,
    lookback: int = 252,
    rebalance: str = "quarterly",
    risk_free: pd.Series | float = 0.0,
    periods_per_year: int | None = None,
) -> RuleComparison:
    """Backtest return-based rules with the protocol of `compare_portfolios`.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Simple returns, decimals per period.
    rules : iterable of str, optional
        Names in ``RULES``; default all.
    lookback, rebalance, risk_free, periods_per_year
        As in `compare_portfolios`.

    Returns
    -------
    RuleComparison
    """
    from joblib import delayed

    names = list(rules or RULES)
    returns = as_frame(returns, "returns", 2, labelled=True, gaps=True)
    dates = dates_after_lookback(pd.DatetimeIndex(returns.index), lookback, rebalance)
    # these rules take some ten times as long as those of the grid
    parts = workers_for(10 * len(names) * len(dates))(
        delayed(rolling_rule)(name, returns, lookback, rebalance) for name in names
    )
    weights = {name: found for name, (found, _) in zip(names, parts, strict=True)}
    failures = [row for _, failed in parts for row in failed]
    runs = {}
    for name, w in weights.items():
        try:
            runs[name] = backtest(w, returns, risk_free=risk_free, periods_per_year=periods_per_year)
        except EstimationError as error:  # weights that are modelled can be leveraged: a result, not a fault
            failures.append({"method": name, "estimator": "", "date": dates[-1], "error": str(error)})
    return RuleComparison(weights, runs, pd.DataFrame(failures, columns=FAILURE_COLUMNS))


def factor_attributes(
    returns: pd.DataFrame, dates: pd.DatetimeIndex, lookback: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Betas and residual volatilities of every asset before each rebalance date."""
    in_time_order(returns.index)
    betas, residuals = {}, {}
    for date, end in zip(dates, returns.index.get_indexer(dates), strict=True):
        beta, _, residual = factor_parts(returns.iloc[end - lookback : end])
        betas[date], residuals[date] = beta, residual**0.5
    return pd.DataFrame(betas).T, pd.DataFrame(residuals).T
