"""Figures 4 and 5: the paper's intervals for the return of the portfolio, and predictive ones for wealth."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.store import compute
from portfolio_study.studies.bayesian_multi_period import intervals, paper
from portfolio_study.studies.bayesian_multi_period import replication as tables

AVERSIONS = [0.1, 0.2, 0.4, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0]


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

    def wider(self, frame: pd.DataFrame) -> tuple[int, int]:
        """In how many steps to a smaller risk aversion an interval becomes wider, of all steps."""
        steps = np.diff((frame["high"] - frame["low"]).sort_index().to_numpy())
        return int((steps < 0).sum()), len(steps)
