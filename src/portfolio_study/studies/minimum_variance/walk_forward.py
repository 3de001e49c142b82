"""Every portfolio rule with every covariance estimator, rebalanced by the calendar: one grid of backtests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.methods import METHODS, method
from portfolio_study.checks import as_frame
from portfolio_study.errors import DataError, EstimationError, StudyError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.evaluation.schedule import rebalance_dates
from portfolio_study.risk.covariance import ESTIMATORS, estimate_covariance, estimator

Key = tuple[str, str]


FAILURE_COLUMNS = ["method", "estimator", "date", "error"]
ESTIMATE = 20
"""Portfolios that can be computed in the time of one estimate of a covariance."""
FEW = 2000
"""Number of portfolios that one process computes faster than others start."""
RECENT = 16
"""Number of backtests that are kept in memory; the others are computed again from their weights."""


@dataclass(frozen=True)
class Strategies(Mapping[Key, Backtest]):
    """Backtests that are computed from their weights when they are asked for.

    A grid of hundreds of daily backtests fills a gigabyte; its weights fill a few megabytes.

    Attributes
    ----------
    weights : dict
        (rule, estimator) to weights on the rebalance dates, shape (K, N).
    asset_returns : DataFrame, shape (T, N)
        Simple returns, decimals per period.
    risk_free : Series or float
        Net riskless rate per period.
    periods_per_year : int, optional
        Default: inferred from the dates.
    """

    weights: dict[Key, pd.DataFrame]
    asset_returns: pd.DataFrame
    risk_free: pd.Series | float = 0.0
    periods_per_year: int | None = None
    recent: dict[Key, Backtest] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, key: Key) -> Backtest:
        if key not in self.recent:
            run = backtest(
                self.weights[key],
                self.asset_returns,
                risk_free=self.risk_free,
                periods_per_year=self.periods_per_year,
            )
            while len(self.recent) >= RECENT:
                self.recent.pop(next(iter(self.recent)))
            self.recent[key] = run
        return self.recent[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "recent": {}}


@dataclass(frozen=True)
class Comparison:
    """Backtests of a grid of rules and estimators on the same dates.

    Attributes
    ----------
    weights : dict
        (rule, estimator) to weights on the rebalance dates, shape (K, N).
    runs : Mapping
        (rule, estimator) to `Backtest`, before costs. A pair that loses all its
        value is missing here and listed in `failures`.
    failures : DataFrame
        Rebalances at which a rule or an estimator gave no portfolio (the old
        weights were kept, equal weights before the first), and pairs that went
        bankrupt. Columns method, estimator, date, error.
    promised : DataFrame
        Variance per period that the estimated covariance promised for each
        portfolio, by rebalance date.
    gross : DataFrame
        Returns before costs, decimals per period, a column for each run.
    turnover : DataFrame
        Turnover on the rebalance dates, as a share of wealth.
    table : DataFrame
        `Backtest.summary` of each run before costs.
    """

    weights: dict[Key, pd.DataFrame]
    runs: Mapping[Key, Backtest]
    failures: pd.DataFrame
    promised: pd.DataFrame
    gross: pd.DataFrame
    turnover: pd.DataFrame
    table: pd.DataFrame

    def returns(self, cost_bps: float = 0.0, estimator: str | None = None) -> pd.DataFrame:
        """Net returns, one column a strategy; with one estimator named by the rule alone."""
        chosen = [k for k in self.runs if estimator in (None, k[1])]
        net = 1.0 + self.gross[chosen]
        paid = 1.0 - cost_bps / 1e4 * self.turnover[chosen]
        net.loc[self.turnover.index] *= paid
        net.columns = pd.Index([k[0] if estimator is not None else " / ".join(k) for k in chosen])
        return net - 1.0

    def summary(self) -> pd.DataFrame:
        """`Backtest.summary` of every strategy before costs, indexed by (method, estimator)."""
        return self.table


def workers_for(portfolios: int) -> Any:
    """Parallel loop for this many portfolios; one process where starting others would take longer.

    Parameters
    ----------
    portfolios : int
        Number of portfolios to compute, at about a millisecond each.
    """
    from portfolio_study.settings import parallel

    return parallel(None if portfolios > FEW else 1)


def dates_after_lookback(
    index: pd.DatetimeIndex, lookback: int, rebalance: str = "quarterly"
) -> pd.DatetimeIndex:
    """First dates of the calendar periods that have `lookback` rows before them.

    Raises
    ------
    DataError
        If there is none.
    """
    usable = index[lookback:]
    if not len(usable):
        raise DataError(f"a look-back of {lookback} rows needs more than {lookback} rows, got {len(index)}")
    return rebalance_dates(usable, rebalance)


@dataclass(frozen=True)
class _Part:
    """What one estimator contributes to the grid, by rule."""

    weights: dict[str, pd.DataFrame]
    promised: dict[str, list[float]]
    gross: dict[str, pd.Series]
    turnover: dict[str, pd.Series]
    summary: dict[str, pd.Series]
    failures: list[dict[str, Any]]


def _one_estimator(
    returns: pd.DataFrame,
    dates: pd.DatetimeIndex,
    lookback: int,
    name: str,
    methods: Sequence[str],
    **held: Any,
) -> _Part:
    """Weights of all rules under one estimator, and what they earned."""
    weights: dict[str, list[np.ndarray]] = {m: [] for m in methods}
    part = _Part({}, {m: [] for m in methods}, {}, {}, {}, [])
    equal = np.full(returns.shape[1], 1.0 / returns.shape[1])
    for date, end in zip(dates, returns.index.get_indexer(dates), strict=True):
        past, cov = returns.iloc[end - lookback : end], None
        try:
            cov = np.asarray(estimate_covariance(past, name))
        except StudyError as error:
            part.failures.append({"method": "all", "estimator": name, "date": date, "error": str(error)})
        for rule in methods:
            chosen = weights[rule][-1] if weights[rule] else equal
            if cov is not None:
                try:
                    chosen = np.asarray(method(rule).allocate(cov), dtype=float)
                except StudyError as error:
                    part.failures.append(
                        {"method": rule, "estimator": name, "date": date, "error": str(error)}
                    )
            weights[rule].append(chosen)
            part.promised[rule].append(float("nan") if cov is None else float(chosen @ cov @ chosen))
    for rule, rows in weights.items():
        part.weights[rule] = pd.DataFrame(np.array(rows), dates, returns.columns)
        try:
            run = backtest(part.weights[rule], returns, **held)
        except EstimationError as error:  # a leveraged portfolio can lose everything: a result, not a fault
            lost = {"method": rule, "estimator": name, "date": dates[-1], "error": str(error)}
            part.failures.append(lost)
            continue
        part.gross[rule], part.turnover[rule] = run.gross_returns, run.turnover.loc[dates]
        part.summary[rule] = run.summary()
    return part


def compare_portfolios(
    returns: pd.DataFrame,
    methods: Iterable[str] | None = None,
    estimators: Iterable[str] | None = None,
    lookback: int = 252,
    rebalance: str = "quarterly",
    risk_free: pd.Series | float = 0.0,
    periods_per_year: int | None = None,
) -> Comparison:
    """Backtest a grid of portfolio rules and covariance estimators.

    Text 001, section on the method: covariances of 252 days, rebalanced each
    calendar quarter. A portfolio of a date is decided with returns up to the
    date before.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Simple returns, decimals per period.
    methods, estimators : iterable of str, optional
        Names in ``METHODS`` and ``ESTIMATORS``; default all.
    lookback : int
        Rows behind each covariance.
    rebalance : str
        ``monthly``, ``quarterly`` or ``yearly``.
    risk_free : Series or float
        Net riskless rate per period.
    periods_per_year : int, optional

    Raises
    ------
    UnknownNameError
        For a rule or estimator that does not exist.
    DataError
        If the history is shorter than the look-back, or dates are repeated or out of order.
    ParameterError
        If the riskless rate looks like an annual one.
    """
    from joblib import delayed

    rules, names = list(methods or METHODS), list(estimators or ESTIMATORS)
    for rule in rules:
        method(rule)
    for name in names:
        estimator(name)
    returns = as_frame(returns, "returns", 2, labelled=True, gaps=True)
    dates = dates_after_lookback(pd.DatetimeIndex(returns.index), lookback, rebalance)
    held: dict[str, Any] = {"risk_free": risk_free, "periods_per_year": periods_per_year}
    parts = workers_for(len(dates) * len(names) * max(len(rules), ESTIMATE))(
        delayed(_one_estimator)(returns, dates, lookback, n, rules, **held) for n in names
    )
    by_name = dict(zip(names, parts, strict=True))
    solvent = [(rule, name) for name, part in by_name.items() for rule in part.gross]
    weights = {(rule, name): w for name, part in by_name.items() for rule, w in part.weights.items()}
    promised = {(rule, name): v for name, part in by_name.items() for rule, v in part.promised.items()}
    failures = [row for part in parts for row in part.failures]
    table = pd.DataFrame({key: by_name[key[1]].summary[key[0]] for key in solvent}).T
    table.index.names = ["method", "estimator"]
    return Comparison(
        weights,
        Strategies({key: weights[key] for key in solvent}, returns, **held),
        pd.DataFrame(failures, columns=FAILURE_COLUMNS),
        pd.DataFrame(promised, index=dates),
        pd.DataFrame({key: by_name[key[1]].gross[key[0]] for key in solvent}),
        pd.DataFrame({key: by_name[key[1]].turnover[key[0]] for key in solvent}),
        table,
    )
