"""Portfolio rules that need past returns, not only a covariance: a rolling backtest of each."""

from collections.abc import Callable, Iterable
from contextlib import suppress
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
from portfolio_study.errors import StudyError, UnknownNameError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.evaluation.comparison import rebalance_dates

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
    beta = past.apply(lambda x: float(np.cov(x, market)[0, 1])) / variance
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


def rolling_rule(name: str, returns: pd.DataFrame, lookback: int, rebalance: str) -> pd.DataFrame:
    """Weights of a rule on every rebalance date; the old ones where it found none.

    Raises
    ------
    UnknownNameError
        There is no such rule.
    DataError
        The history is shorter than the look-back.
    """
    if name not in RULES:
        raise UnknownNameError("portfolio rule", name, RULES)
    dates = rebalance_dates(pd.DatetimeIndex(returns.index), lookback, rebalance)
    chosen, rows = np.full(returns.shape[1], 1.0 / returns.shape[1]), []
    for end in returns.index.get_indexer(dates):
        with suppress(StudyError):  # then the old weights are kept
            chosen = np.asarray(RULES[name](returns.iloc[end - lookback : end]), dtype=float)
        rows.append(chosen)
    return pd.DataFrame(np.array(rows), dates, returns.columns)


def compare_rules(
    returns: pd.DataFrame,
    rules: Iterable[str] | None = None,
    lookback: int = 252,
    rebalance: str = "quarterly",
    risk_free: pd.Series | float = 0.0,
    periods_per_year: int | None = None,
) -> tuple[dict[str, pd.DataFrame], dict[str, Backtest]]:
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
    tuple of dict
        Weights and backtests by rule.
    """
    from joblib import delayed

    from portfolio_study.settings import parallel

    names = list(rules or RULES)
    parts = parallel()(delayed(rolling_rule)(name, returns, lookback, rebalance) for name in names)
    weights = dict(zip(names, parts, strict=True))
    runs = {
        name: backtest(w, returns, risk_free=risk_free, periods_per_year=periods_per_year)
        for name, w in weights.items()
    }
    return weights, runs


def factor_attributes(
    returns: pd.DataFrame, dates: pd.DatetimeIndex, lookback: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Betas and residual volatilities of every asset before each rebalance date."""
    betas, residuals = {}, {}
    for date, end in zip(dates, returns.index.get_indexer(dates), strict=True):
        beta, _, residual = factor_parts(returns.iloc[end - lookback : end])
        betas[date], residuals[date] = beta, residual**0.5
    return pd.DataFrame(betas).T, pd.DataFrame(residuals).T
