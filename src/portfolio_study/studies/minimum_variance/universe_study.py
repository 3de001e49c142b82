"""One universe under every portfolio rule: backtests by name, and the contrasts between them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.diversification import quality_ratio
from portfolio_study.errors import UnknownNameError
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.inference import Inference
from portfolio_study.evaluation.regression import mean_test
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.return_rules import (
    RuleComparison,
    compare_rules,
    factor_attributes,
)
from portfolio_study.studies.minimum_variance.walk_forward import Comparison, compare_portfolios

BASE = "sample"
REPEATED = 1e-9
"""Strategies whose returns never differ by more are the same strategy."""


@dataclass(frozen=True)
class UniverseStudy:
    """Backtests of a universe.

    Attributes
    ----------
    returns : DataFrame, shape (T, N)
        Simple returns, decimals per period.
    grid : Comparison
        Covariance rules with every estimator.
    rules : RuleComparison
        Return-based rules.
    lookback : int
        Rows behind each decision.
    """

    returns: pd.DataFrame
    grid: Comparison
    rules: RuleComparison
    lookback: int

    @property
    def names(self) -> list[str]:
        """Rules under the sample covariance that never lost everything, then the return-based ones."""
        return [rule for rule, estimator in self.grid.runs if estimator == BASE] + list(self.rules.runs)

    @property
    def failures(self) -> pd.DataFrame:
        """Rebalances without a portfolio and bankruptcies, of the grid and of the other rules."""
        found = [table for table in (self.grid.failures, self.rules.failures) if len(table)]
        return pd.concat(found, ignore_index=True) if found else self.grid.failures

    def run(self, name: str) -> Backtest:
        """Backtest by name: ``rule``, ``rule/estimator`` or a return-based rule.

        Raises
        ------
        UnknownNameError
            There is none of this name.
        """
        if name in self.rules.runs:
            return self.rules.runs[name]
        rule, _, estimator = name.partition("/")
        key = (rule, estimator or BASE)
        if key not in self.grid.runs:
            raise UnknownNameError("backtest", name, [" / ".join(k) for k in self.grid.runs])
        return self.grid.runs[key]

    def weights(self, name: str) -> pd.DataFrame:
        """Weights on rebalance dates, same names."""
        if name in self.rules.weights:
            return self.rules.weights[name]
        rule, _, estimator = name.partition("/")
        return self.grid.weights[rule, estimator or BASE]

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Rebalance dates."""
        return pd.DatetimeIndex(self.weights("equal_weight").index)

    @property
    def market(self) -> pd.Series:
        """Returns of the equally weighted market on the dates of the backtests."""
        return self.run("equal_weight").returns.rename("market")

    def quality(self) -> pd.Series:
        """Quality ratio of the window before each rebalance date."""
        ends = self.returns.index.get_indexer(self.dates)
        values = [quality_ratio(self.returns.iloc[e - self.lookback : e].cov()) for e in ends]
        return pd.Series(values, index=self.dates, name="quality_ratio")

    def attributes(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Betas and residual volatilities before each rebalance date."""
        return factor_attributes(self.returns, self.dates, self.lookback)


def study_universe(
    returns: pd.DataFrame,
    methods: Iterable[str] | None,
    estimators: Iterable[str] | None,
    rules: Iterable[str] | None,
    lookback: int,
    rebalance: str,
    risk_free: pd.Series | float = 0.0,
    periods_per_year: int = 252,
) -> UniverseStudy:
    """Backtest every covariance rule and every return-based rule on one universe.

    Parameters are those of `compare_portfolios` and `compare_rules`.
    """
    common: dict[str, Any] = {
        "lookback": lookback,
        "rebalance": rebalance,
        "risk_free": risk_free,
        "periods_per_year": periods_per_year,
    }
    grid = compare_portfolios(returns, methods, estimators, **common)
    return UniverseStudy(returns, grid, compare_rules(returns, rules, **common), lookback)


def identical(a: Backtest, b: Backtest) -> bool:
    """Whether two strategies earned the same in every period."""
    return bool(np.allclose(a.returns, b.returns, atol=1e-12, rtol=0))


def zero_effect(n: int, why: str) -> Inference:
    """The result for two strategies that are the same: no effect, without error."""
    return Inference(0.0, 0.0, 0.0, 1.0, (0.0, 0.0), n, 0.0, why)


CONTRASTS: dict[str, Callable[..., Inference]] = {
    "risk": contrasts.less_risk,
    "sharpe": contrasts.higher_sharpe,
    "mean": contrasts.higher_mean,
    "turnover": contrasts.lower_turnover,
    "downside": contrasts.lower_downside,
}
"""What a text compares -> the contrast; all are positive if the first strategy is better."""

UNITS = {
    "risk": "log volatility saved",
    "sharpe": "annual Sharpe ratio",
    "mean": "decimals a year",
    "turnover": "share of trades saved",
    "downside": "log downside deviation saved",
}
"""Unit of each contrast."""


def contrast(study: UniverseStudy, what: str, a: str, b: str, **options: Any) -> Inference:
    """Compare two named strategies of a universe.

    Parameters
    ----------
    study : UniverseStudy
    what : str
        Key of ``CONTRASTS``.
    a, b : str
        Names as in `UniverseStudy.run`; the effect is positive if a is better.
    **options
        Passed to the contrast (draws, seed, cost_bps).

    Raises
    ------
    UnknownNameError
        There is no such contrast or strategy.
    """
    first, second = study.run(a), study.run(b)
    if identical(first, second):
        return zero_effect(len(first.returns), "the portfolios are identical")
    if what not in CONTRASTS:
        raise UnknownNameError("contrast", what, CONTRASTS)
    if what in ("mean", "turnover"):
        options = {k: v for k, v in options.items() if what == "turnover" and k != "cost_bps"}
    elif what != "sharpe":
        options = {k: v for k, v in options.items() if k != "cost_bps"}
    return CONTRASTS[what](first, second, **options)


def distinct(returns: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns that repeat an earlier one: a test over many rules counts each rule once."""
    values, means = returns.to_numpy().T, returns.mean().to_numpy()
    kept: list[int] = []
    for j, column in enumerate(values):
        # two series that agree everywhere have the same mean: compare only those in full
        alike = [k for k in kept if abs(means[k] - means[j]) <= REPEATED]
        if not any(np.abs(values[k] - column).max() <= REPEATED for k in alike):
            kept.append(j)
    return returns.iloc[:, kept]


def hindsight_gap(returns: pd.DataFrame, stayed: Iterable[str], left: Iterable[str]) -> Inference | None:
    """Mean return, decimals a year, of members that stayed in an index over those that left it.

    Parameters
    ----------
    returns : DataFrame
        Daily simple returns over the time in which they stayed or left.
    stayed, left : iterable of str
        Tickers; those that the returns lack are ignored.

    Returns
    -------
    Inference or None
        None if the returns hold none of one kind.
    """
    kept = [ticker for ticker in returns.columns if ticker in set(stayed)]
    gone = [ticker for ticker in returns.columns if ticker in set(left)]
    if not kept or not gone:
        return None
    gap = returns[kept].mean(axis=1) - returns[gone].mean(axis=1)
    return mean_test(gap, periods_per_year=252, name="mean difference")
