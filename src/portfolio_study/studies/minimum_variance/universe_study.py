"""One universe under every portfolio rule: backtests by name, and the contrasts between them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.diversification import quality_ratio
from portfolio_study.errors import UnknownNameError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.evaluation.inference import Inference
from portfolio_study.evaluation.regression import mean_test
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.decision_tree_evidence import recommended_method
from portfolio_study.studies.minimum_variance.return_rules import (
    RuleComparison,
    compare_rules,
    factor_attributes,
)
from portfolio_study.studies.minimum_variance.walk_forward import Comparison, compare_portfolios

BASE = "sample"
REPEATED = 1e-9
"""Strategies whose returns never differ by more are the same strategy."""
TREE_METHODS = {"minimum_variance_short": "minimum_variance", "market": "equal_weight"}
"""Leaves of the decision tree without a long-only backtest of that name -> the nearest one."""


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
        """Backtest by name: ``rule``, ``rule/estimator``, a return-based rule, ``static`` or ``tree``.

        Raises
        ------
        UnknownNameError
            There is none of this name.
        """
        if name in ("static", "tree"):
            return self.static() if name == "static" else self.run(self.tree_choice())
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

    def static(self) -> Backtest:
        """First minimum-variance weights, restored on every rebalance date and never updated."""
        first = self.weights("minimum_variance")
        fixed = pd.DataFrame(np.tile(first.to_numpy()[0], (len(first), 1)), first.index, first.columns)
        base = self.run("minimum_variance")
        return backtest(fixed, self.returns, risk_free=base.risk_free, periods_per_year=base.periods_per_year)

    def tree_choice(self) -> str:
        """Method that the decision tree picks from the rows before the first rebalance."""
        leaf = recommended_method(self.returns.iloc[: self.lookback]).name
        return TREE_METHODS.get(leaf, leaf)

    def composite(self, names: Iterable[str], cost_bps: float = 0.0) -> Backtest:
        """Equal mix of several strategies that pay for their trades, mixed anew every period for free."""
        runs = [self.run(name).at_cost(cost_bps) for name in names]
        mean = sum(r.returns for r in runs) / len(runs)
        return Backtest(
            **{**runs[0].__dict__, "gross_returns": mean, "turnover": 0 * runs[0].turnover, "cost_bps": 0.0}
        )

    def quality(self) -> pd.Series:
        """Quality ratio of the window before each rebalance date."""
        ends = self.returns.index.get_indexer(self.dates)
        values = [quality_ratio(self.returns.iloc[e - self.lookback : e].cov()) for e in ends]
        return pd.Series(values, index=self.dates, name="quality_ratio")

    def holding_gain(self, a: str, b: str) -> pd.Series:
        """Log return of a over b in each holding period, labelled with its first date."""
        gain = np.log1p(self.run(a).returns) - np.log1p(self.run(b).returns)
        holding = pd.Series(
            self.dates[np.searchsorted(self.dates, gain.index, side="right") - 1], index=gain.index
        )
        return gain.groupby(holding).sum()

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
    "beta": "market beta",
    "bad_times": "return in the worst tenth of periods",
}
"""Unit of each contrast."""


def contrast(study: UniverseStudy, what: str, a: str, b: str, **options: Any) -> Inference:
    """Compare two named strategies of a universe.

    Parameters
    ----------
    study : UniverseStudy
    what : str
        Key of ``CONTRASTS``, ``beta`` or ``bad_times``.
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
    if what == "beta":
        return contrasts.lower_beta(first, second, study.market)
    if what == "bad_times":
        return contrasts.better_in_bad_times(first, second, study.market)
    if what not in CONTRASTS:
        raise UnknownNameError("contrast", what, [*CONTRASTS, "beta", "bad_times"])
    if what in ("mean", "turnover"):
        options = {k: v for k, v in options.items() if what == "turnover" and k != "cost_bps"}
    elif what != "sharpe":
        options = {k: v for k, v in options.items() if k != "cost_bps"}
    return CONTRASTS[what](first, second, **options)


def each(
    studies: Mapping[str, UniverseStudy], what: str, a: str, rivals: Iterable[str], **options: Any
) -> Inference:
    """Smallest effect over universes and rivals: evidence that a is better everywhere."""
    found = {
        f"{place}: {rival}": contrast(study, what, a, rival, **options)
        for place, study in studies.items()
        for rival in rivals
    }
    return contrasts.smallest(found)


def quality_gain(studies: Mapping[str, UniverseStudy], a: str, b: str) -> Inference:
    """Rank correlation of the quality ratio with the next holding period's gain of a over b."""
    ratios = pd.concat([study.quality() for study in studies.values()], ignore_index=True)
    gains = pd.concat([study.holding_gain(a, b) for study in studies.values()], ignore_index=True)
    return contrasts.rank_correlation(ratios, gains)


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
