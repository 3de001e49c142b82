"""The policies out of sample on the S&P 500, and the scores of their forecasts."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from portfolio_study.evaluation import Inference, diebold_mariano
from portfolio_study.evaluation.costs import COST
from portfolio_study.store import compute
from portfolio_study.studies.bayesian_multi_period import backtest as backtests

YEAR = 2e4  # wealth over half a year in basis points a year
PAIRS = {
    "updated_fixed": ("updated", "fixed"),
    "mean_updated_fixed": ("mean updated", "mean fixed"),
    "updated_no_memory": ("updated", "mean fixed"),
    "rebalanced": ("mean fixed", "first position"),
    "updated_riskless": ("updated", "riskless"),
}


@dataclass(kw_only=True, eq=False)
class IndexWindows:
    """Rolling windows of 26 weeks, each planned from the weeks before it.

    Attributes
    ----------
    returns, rate : Series
        Weekly returns and riskless rates.
    window, step : int
        Weeks of a fit, and between the starts of two windows.
    risk_aversion : float
    costs : list of float
        Basis points of the amount traded; the first is the level of the comparisons.
    """

    returns: pd.Series
    rate: pd.Series
    window: int
    step: int
    risk_aversion: float
    costs: list[float]

    @cached_property
    def runs(self) -> dict[float, pd.DataFrame]:
        """Wealth of every policy at the end of every window, by cost."""
        return {
            cost: compute(
                backtests.rolling_windows,
                self.returns,
                self.rate,
                window=self.window,
                step=self.step,
                risk_aversion=self.risk_aversion,
                cost_bps=cost,
            )
            for cost in self.costs
        }

    @property
    def plain(self) -> pd.DataFrame:
        """The windows at the first level of costs."""
        return self.runs[self.costs[0]]

    @cached_property
    def summary(self) -> dict[float, Any]:
        """Mean, standard deviation, utility, worst window and amount traded of every policy, by cost."""
        return {cost: backtests.window_summary(run, self.risk_aversion) for cost, run in self.runs.items()}

    @property
    def high_cost(self) -> float:
        """The level of costs at which the comparisons are repeated."""
        return COST if COST in self.costs else self.costs[-1]

    @cached_property
    def tests(self) -> dict[tuple[float, str], Inference]:
        """Differences of realised utility in basis points a year, by cost and pair of policies."""
        return {
            (cost, name): backtests.utility_difference(
                self.runs[cost], a, b, self.risk_aversion, self.step
            ).scaled(YEAR)
            for cost in (self.costs[0], self.high_cost)
            for name, (a, b) in PAIRS.items()
        }

    @property
    def difference(self) -> Any:
        """Wealth of the updating investor less that of the fixed one, window by window."""
        return self.plain["updated", "wealth"] - self.plain["fixed", "wealth"]

    @property
    def calm(self) -> Any:
        """The same without the 5 % of windows with the largest differences."""
        difference = self.difference
        return difference[difference.abs() <= difference.abs().quantile(0.95)]

    @property
    def extreme_year(self) -> int:
        """Year from which most of the largest differences come."""
        difference = self.difference
        largest = difference.abs().nlargest(len(difference) // 20 + 1).index
        return int(largest.year.value_counts().index[0])

    @cached_property
    def forecasts(self) -> tuple[pd.DataFrame, Any]:
        """Log predictive scores and probability integral transforms of every forecast."""
        found: tuple[pd.DataFrame, Any] = compute(
            backtests.predictive_scores, self.returns, window=self.window
        )
        return found

    @property
    def scores(self) -> pd.DataFrame:
        """Log predictive score of every week and forecast."""
        return self.forecasts[0]

    @property
    def transforms(self) -> Any:
        """Probability integral transforms."""
        return self.forecasts[1]

    @cached_property
    def against(self) -> dict[str, Inference]:
        """Mean log score of the updated AR(1) less that of every other forecast."""
        scores = self.scores
        return {
            str(name): diebold_mariano(-scores[name], -scores["updated"], method="newey_west")
            for name in scores
            if name != "updated"
        }
