"""The experiments of paper 004, opened with their data and parameters; each idea has its own module."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from portfolio_study.allocation import paper_exit
from portfolio_study.data import PriceHistory, load_prices
from portfolio_study.evaluation import holm
from portfolio_study.evaluation.dependence import dependence_table
from portfolio_study.forecasting import weekly_rate, weekly_returns
from portfolio_study.ledger import Study
from portfolio_study.studies.bayesian_multi_period import paper, second_series
from portfolio_study.studies.bayesian_multi_period.frontier_intervals import FrontierIntervals
from portfolio_study.studies.bayesian_multi_period.hindsight_figure import HindsightFigure
from portfolio_study.studies.bayesian_multi_period.index_windows import IndexWindows
from portfolio_study.studies.bayesian_multi_period.known_parameters import KnownParameters
from portfolio_study.studies.bayesian_multi_period.paper_weeks import PaperWeeks
from portfolio_study.studies.bayesian_multi_period.simulated_tables import SimulatedTables
from portfolio_study.studies.bayesian_multi_period.stock_windows import Stocks, StockWindows, paper_stocks

YEARLY = "0.57 % a year"
WEEKLY = "0.57 % a week"
LITERAL = "0.0057 as the gross return"


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """A multi-period mean-variance investor who learns the parameters of an autoregression on the way.

    Attributes
    ----------
    window : int
        Weeks of the first fit.
    risk_aversion : float
        Of expected wealth less risk aversion times variance.
    replications, paths : int
        Estimation samples in each cell of the tables, and future paths of each.
    belief_replications : int
        Samples a cell for paths drawn from the investor's beliefs.
    map_replications, map_paths : int
        The same for the heat map.
    monte_carlo : int
        Paths of the simulations that decide between formulas.
    coverage_replications : int
        Samples on which the coverage of intervals is counted.
    step, several_step : int
        Weeks between the starts of two windows out of sample, for the index and for several stocks.
    costs : list of float
        Basis points of the amount traded.
    seed : int
    """

    chapter: ClassVar[str] = "bayesian_multi_period"
    window: int
    risk_aversion: float
    replications: int
    paths: int
    belief_replications: int
    map_replications: int
    map_paths: int
    monte_carlo: int
    coverage_replications: int
    step: int
    several_step: int
    costs: list[float]
    seed: int

    @cached_property
    def index(self) -> PriceHistory:
        """The S&P 500 over its packaged history, whatever the run's prices are."""
        return load_prices(universe="sp500", start="1990-01-02", end="2022-12-28")

    @cached_property
    def paper_sample(self) -> PriceHistory:
        """The S&P 500 over the paper's weeks: of the run, or packaged."""
        if own := (self.samples or {}).get("paper_index"):
            return load_prices(snapshot=own)
        return load_prices(universe="sp500", start="2017-06-26", end="2020-06-30")

    @cached_property
    def daily(self) -> PriceHistory:
        """The run's prices if they are daily, else the packaged ones."""
        return self.prices if self.prices.frequency == "daily" else load_prices()

    @property
    def yearly(self) -> float:
        """Gross riskless return of a week, the paper's 0.0057 read as a year's."""
        return paper.riskless_readings()[YEARLY]

    @property
    def weekly(self) -> float:
        """The same, read as a week's: what a program computes that adds one to the number."""
        return paper.riskless_readings()[WEEKLY]

    @cached_property
    def exits(self) -> np.ndarray:
        """The paper's exit distribution P1 over 26 weeks."""
        return paper_exit("P1")

    @cached_property
    def weeks(self) -> PaperWeeks:
        """The paper's weeks: the first fit, and the filter over the weeks of the investment."""
        return PaperWeeks(self.paper_sample.close.iloc[:, 0], self.window, len(self.exits))

    @cached_property
    def known(self) -> KnownParameters:
        """Policies for parameters that are known: nothing to learn."""
        return KnownParameters(self.yearly, self.exits, self.risk_aversion, self.monte_carlo, self.seed)

    @cached_property
    def figure_1(self) -> HindsightFigure:
        """The paper's figure 1: frontiers of time 0 from forecasts that came later."""
        return HindsightFigure(self.weeks, self.exits, self.monte_carlo, self.seed)

    @cached_property
    def simulated(self) -> SimulatedTables:
        """Tables 1 to 3: how often does updating win on simulated processes?"""
        return SimulatedTables(
            replications=self.replications,
            paths=self.paths,
            belief_replications=self.belief_replications,
            map_replications=self.map_replications,
            map_paths=self.map_paths,
            yearly=self.yearly,
            weekly=self.weekly,
            seed=self.seed,
        )

    @cached_property
    def intervals(self) -> FrontierIntervals:
        """The paper's intervals for the return of the portfolio, and predictive ones for wealth."""
        return FrontierIntervals(
            prior=self.weeks.prior,
            state=self.weeks.state,
            gross=self.yearly,
            exits=self.exits,
            risk_aversion=self.risk_aversion,
            monte_carlo=self.monte_carlo,
            coverage_replications=self.coverage_replications,
            seed=self.seed,
        )

    @cached_property
    def index_returns(self) -> pd.Series:
        """Weekly returns of the index over its whole history."""
        return weekly_returns(self.index.close.iloc[:, 0])

    @cached_property
    def index_rate(self) -> pd.Series:
        """Riskless rate of each of its weeks."""
        return weekly_rate(self.index.risk_free)

    @cached_property
    def walk(self) -> IndexWindows:
        """The policies out of sample on the index."""
        return IndexWindows(
            returns=self.index_returns,
            rate=self.index_rate,
            window=self.window,
            step=self.step,
            risk_aversion=self.risk_aversion,
            costs=self.costs,
        )

    @cached_property
    def found_stocks(self) -> Stocks:
        """The paper's stocks with their weekly returns: of this run, or of the packaged prices."""
        own = paper_stocks(self.prices)
        enough = own.returns.shape[1] >= 2 and len(own.returns) >= len(self.weeks.returns)
        return replace(own, own=True) if enough else self.packaged_stocks

    @cached_property
    def packaged_stocks(self) -> Stocks:
        """The paper's stocks among the packaged prices."""
        return paper_stocks(load_prices(universe="us20", start="1990-01-02", end="2022-12-28"))

    @cached_property
    def several(self) -> StockWindows:
        """Several stocks: their vector autoregression, in hindsight and out of sample."""
        return StockWindows(
            found=self.found_stocks,
            packaged=self.packaged_stocks,
            daily=self.daily,
            index_returns=self.index_returns,
            index_rate=self.index_rate,
            gross=self.yearly,
            exits=self.exits,
            window=self.window,
            step=self.several_step,
            risk_aversion=self.risk_aversion,
            monte_carlo=self.monte_carlo,
            seed=self.seed,
        )

    @cached_property
    def tested_weeks(self) -> dict[str, pd.Series]:
        """Weekly returns of the index over its whole history, and of at most 20 assets of the run."""
        tested = {self.index.tickers[0]: self.index_returns}
        return tested | {t: weekly_returns(self.daily.close[t].dropna()) for t in self.daily.tickers[:20]}

    @property
    def shortest_weeks(self) -> int:
        """Weeks of the shortest of these series."""
        return min(len(series) for series in self.tested_weeks.values())

    @cached_property
    def autocorrelations(self) -> pd.DataFrame:
        """Weekly autocorrelation by asset: joint robust test of five lags, also for all assets together (Holm)."""
        rows = {
            name: dependence_table(series.to_frame(name), 5).iloc[0]
            for name, series in self.tested_weeks.items()
        }
        found = pd.DataFrame(rows).T[["first_autocorrelation", "robust_p"]]
        return found.assign(holm=holm(found["robust_p"]))

    @cached_property
    def second_faults(self) -> pd.DataFrame:
        """What simple faults in the paper's second series do to its row, its column and its mean."""
        return second_series.faults(self.stocks.close, self.several.inside.iloc[:130], self.index_returns)

    @property
    def stocks(self) -> PriceHistory:
        """Prices of the paper's stocks that this build has."""
        return self.found_stocks.prices

    @property
    def traded(self) -> PriceHistory:
        """Prices of the stocks that are traded out of sample: those with enough weeks."""
        return self.several.traded.prices

    @cached_property
    def paper_stock_weeks(self) -> PriceHistory:
        """Prices of the stocks over the weeks of their vector autoregression."""
        weeks = self.several.inside.index
        days = slice(weeks[0] - pd.Timedelta(days=7), weeks[-1])
        return replace(self.stocks, close=self.stocks.close.loc[days])
