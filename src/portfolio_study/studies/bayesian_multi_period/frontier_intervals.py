"""Figures 4 and 5: the paper's intervals for the return of the portfolio, and predictive ones for wealth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.store import compute
from portfolio_study.studies.bayesian_multi_period import intervals, paper
from portfolio_study.studies.bayesian_multi_period import replication as tables

AVERSIONS = [0.1, 0.2, 0.4, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0]
SEEDS = range(8)  # over which the widths are averaged


@dataclass(kw_only=True, eq=False)
class FrontierIntervals:
    """Intervals from the fit to the paper's first weeks.

    Attributes
    ----------
    prior, state : ndarray and float
        The fit and the last return before the investment.
    gross, exits
        Riskless return of a week, exit probabilities.
    risk_aversion : float
    monte_carlo, coverage_replications : int
    seed : int
    """

    prior: np.ndarray
    state: float
    gross: float
    exits: np.ndarray
    risk_aversion: float
    monte_carlo: int
    coverage_replications: int
    seed: int

    def published(self, aversions: list[float], **about: Any) -> pd.DataFrame:
        """Interval of the paper's algorithm by risk aversion."""
        return intervals.published_interval(
            self.prior, self.state, self.gross, self.exits, aversions, **about
        )

    @cached_property
    def by_aversion(self) -> pd.DataFrame:
        """Central 50 % intervals of the paper's algorithm."""
        return self.published(AVERSIONS, seed=self.seed)

    @cached_property
    def widest(self) -> Any:
        """What holds 98 % of the values of the paper's algorithm at a risk aversion of 3."""
        return self.published([3.0], level=0.98, seed=self.seed).loc[3.0]

    def wealth(self, aversion: float, paths: int, seed: int) -> intervals.PredictiveWealth:
        """Wealth with drawn parameters, paths and exits."""
        return intervals.predictive_wealth(
            self.prior, self.state, self.gross, self.exits, aversion, paths=paths, seed=seed
        )

    @cached_property
    def money(self) -> dict[float, intervals.PredictiveWealth]:
        """Predicted wealth by risk aversion."""
        paths = max(400, self.monte_carlo // 5)
        return {a: self.wealth(a, paths, self.seed) for a in AVERSIONS}

    @property
    def predictive(self) -> pd.DataFrame:
        """Central 50 % intervals of predicted wealth by risk aversion."""
        return pd.DataFrame({a: m.interval(0.5) for a, m in self.money.items()}, index=["low", "high"]).T

    @cached_property
    def covered(self) -> Any:
        """Share of the realised outcomes that the intervals hold, on fresh samples of the paper's process."""
        return compute(
            intervals.interval_coverage,
            tables.Cell(paper.PHI, paper.MEAN, paper.NOISE_VARIANCE),
            self.gross,
            replications=self.coverage_replications,
            paths=400,
            risk_aversion=self.risk_aversion,
            seed=self.seed,
        )

    def published_width(self, aversion: float, seed: int) -> float:
        """Width of the published interval."""
        found = self.published([aversion], paths=300, seed=seed).iloc[0]
        return float(found["high"] - found["low"])

    def predictive_width(self, aversion: float, seed: int) -> float:
        """Width of the predictive interval."""
        low, high = self.wealth(aversion, 1000, seed).interval(0.5)
        return float(high - low)

    def widening(self, width: Callable[[float, int], float]) -> tuple[float, float]:
        """Width at a risk aversion of 0.5 less that at 3: mean over seeds and its standard error."""
        more = np.array([width(0.5, seed) - width(3.0, seed) for seed in SEEDS])
        return float(more.mean()), float(more.std(ddof=1) / np.sqrt(len(SEEDS)))
