"""Every portfolio rule with every covariance estimator, rebalanced by the calendar: one grid of backtests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.methods import METHODS, method
from portfolio_study.errors import DataError, EstimationError, StudyError
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.evaluation.schedule import rebalance_mask
from portfolio_study.risk.covariance import ESTIMATORS, estimate_covariance, estimator

Key = tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """Backtests of a grid of rules and estimators on the same dates.

    Attributes
    ----------
    weights : dict
        (rule, estimator) to weights on the rebalance dates, shape (K, N).
    runs : dict
        (rule, estimator) to `Backtest`, before costs. A pair that loses all its
        value is missing here and listed in `failures`.
    failures : DataFrame
        Rebalances at which a rule or an estimator gave no portfolio (the old
        weights were kept), and pairs that went bankrupt. Columns method,
        estimator, date, error.
    promised : DataFrame
        Variance per period that the estimated covariance promised for each
        portfolio, by rebalance date.
    """

    weights: dict[Key, pd.DataFrame]
    runs: dict[Key, Backtest]
    failures: pd.DataFrame
    promised: pd.DataFrame

    def returns(self, cost_bps: float = 0.0, estimator: str | None = None) -> pd.DataFrame:
        """Net returns, one column a strategy; with one estimator named by the rule alone."""
        chosen = {k: run for k, run in self.runs.items() if estimator in (None, k[1])}
        names = {k: k[0] if estimator is not None else " / ".join(k) for k in chosen}
        return pd.DataFrame({names[k]: run.at_cost(cost_bps).returns for k, run in chosen.items()})

    def summary(self, cost_bps: float = 0.0) -> pd.DataFrame:
        """`Backtest.summary` of every strategy, indexed by (method, estimator)."""
        table = pd.DataFrame({k: run.at_cost(cost_bps).summary() for k, run in self.runs.items()}).T
        table.index.names = ["method", "estimator"]
        return table


def rebalance_dates(index: pd.DatetimeIndex, lookback: int, rebalance: str = "quarterly") -> pd.DatetimeIndex:
    """First dates of the calendar periods that have `lookback` rows before them.

    Raises
    ------
    DataError
        If there is none.
    """
    usable = index[lookback:]
    if not len(usable):
        raise DataError(f"a look-back of {lookback} rows needs more than {lookback} rows, got {len(index)}")
    return usable[rebalance_mask(rebalance, usable)]


def _one_estimator(
    returns: pd.DataFrame, dates: pd.DatetimeIndex, lookback: int, name: str, methods: Sequence[str]
) -> tuple[dict[str, list[np.ndarray]], dict[str, list[float]], list[dict[str, Any]]]:
    """Weights of all rules under one estimator; row k of each list belongs to date k."""
    weights: dict[str, list[np.ndarray]] = {m: [] for m in methods}
    promised: dict[str, list[float]] = {m: [] for m in methods}
    failures: list[dict[str, Any]] = []
    equal = np.full(returns.shape[1], 1.0 / returns.shape[1])
    for date, end in zip(dates, returns.index.get_indexer(dates), strict=True):
        past, cov = returns.iloc[end - lookback : end], None
        try:
            cov = np.asarray(estimate_covariance(past, name))
        except StudyError as error:
            failures.append({"method": "all", "estimator": name, "date": date, "error": str(error)})
        for rule in methods:
            chosen = weights[rule][-1] if weights[rule] else equal
            if cov is not None:
                try:
                    chosen = np.asarray(method(rule).allocate(cov), dtype=float)
                except StudyError as error:
                    failures.append({"method": rule, "estimator": name, "date": date, "error": str(error)})
            weights[rule].append(chosen)
            promised[rule].append(float("nan") if cov is None else float(chosen @ cov @ chosen))
    return weights, promised, failures


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
        If the history is shorter than the look-back.
    """
    from joblib import delayed

    from portfolio_study.settings import parallel

    rules, names = list(methods or METHODS), list(estimators or ESTIMATORS)
    for rule in rules:
        method(rule)
    for name in names:
        estimator(name)
    dates = rebalance_dates(pd.DatetimeIndex(returns.index), lookback, rebalance)
    parts = parallel()(delayed(_one_estimator)(returns, dates, lookback, name, rules) for name in names)
    weights: dict[Key, pd.DataFrame] = {}
    promised: dict[Key, list[float]] = {}
    failures: list[dict[str, Any]] = []
    for name, (chosen, expected, failed) in zip(names, parts, strict=True):
        weights |= {
            (rule, name): pd.DataFrame(np.array(w), dates, returns.columns) for rule, w in chosen.items()
        }
        promised |= {(rule, name): values for rule, values in expected.items()}
        failures += failed
    runs: dict[Key, Backtest] = {}
    for (rule, name), w in weights.items():
        try:
            runs[rule, name] = backtest(w, returns, risk_free=risk_free, periods_per_year=periods_per_year)
        except EstimationError as error:  # a leveraged portfolio can lose everything: a result, not a fault
            failures.append({"method": rule, "estimator": name, "date": w.index[-1], "error": str(error)})
    columns = ["method", "estimator", "date", "error"]
    return Comparison(
        weights, runs, pd.DataFrame(failures, columns=columns), pd.DataFrame(promised, index=dates)
    )
