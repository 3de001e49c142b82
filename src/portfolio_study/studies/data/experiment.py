"""What paper 000 says of its data, looked at before any model runs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.allocation.frontier import frontier_constants
from portfolio_study.data import UNIVERSES, PriceHistory, load_prices, log_returns, rsi, simple_returns
from portfolio_study.data.drawdown import drawdown_episodes, rolling_volatility
from portfolio_study.data.membership import members_that_left, members_throughout
from portfolio_study.evaluation import Inference
from portfolio_study.evaluation.dependence import dependence_table, size_persistence
from portfolio_study.evaluation.panel import date_clustered_mean
from portfolio_study.evaluation.seasonality import (
    SeasonalFit,
    calendar_dummies,
    seasonal_gain,
    seasonal_r2,
    seasonal_table,
    seasonal_test,
)
from portfolio_study.evaluation.stationarity import rejection_rates, unit_root_table
from portfolio_study.evaluation.tails import exceedance_table, normality_table
from portfolio_study.ledger import Study
from portfolio_study.store import compute
from portfolio_study.studies.data.heavy_tails import autoregression_with_shocks

PAPER_FIRST, PAPER_LAST = "2010-01-01", "2024-03-31"
BEAR = 0.20  # the usual mark of a bear market
OVERBOUGHT, OVERSOLD = 70, 30  # of the relative strength index
BROKEN = "variance jumps by 9 half-way"  # the simulated law that is not stationary and has no unit root
SIZES = (250, 1000, 4000)  # lengths of the simulated autoregressions
READINGS = {  # of the relative strength index
    "ta": "exponential, started at zero (the library)",
    "wilder": "Wilder's smoothing",
    "cutler": "plain means of all changes",
    "literal": "means over rising and over falling days",
}
# Four assets, a year: means, volatilities and correlations of an example.
EXAMPLE_MEAN = np.array([0.03, 0.06, 0.05, 0.11])
_SD = np.array([0.10, 0.20, 0.15, 0.30])
_CORRELATION = np.array([[1, 0.6, 0.2, 0.1], [0.6, 1, 0.4, 0.3], [0.2, 0.4, 1, 0.7], [0.1, 0.3, 0.7, 1]])
EXAMPLE_COVARIANCE = _CORRELATION * np.outer(_SD, _SD)


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """The loaded prices, the index around them, and simulations of what the tests can tell.

    Attributes
    ----------
    rsi_window : int
        Changes that the relative strength index averages.
    lags : int
        Autocorrelations that are tested jointly.
    simulations : int
        Simulated series for each law.
    draws : int
        Bootstrap resamples.
    """

    chapter: ClassVar[str] = "data"
    rsi_window: int
    lags: int
    simulations: int
    draws: int

    @property
    def year(self) -> int:
        """Periods a year."""
        return self.prices.periods_per_year

    @property
    def period(self) -> str:
        """Name of a period."""
        return self.prices.period

    @property
    def focus(self) -> str:
        """The asset that figures of one asset show: the first."""
        return self.prices.tickers[0]

    @cached_property
    def simple(self) -> pd.DataFrame:
        """Simple returns."""
        return simple_returns(self.prices.close)

    @cached_property
    def log(self) -> pd.DataFrame:
        """Log returns."""
        return log_returns(self.prices.close)

    @property
    def growth(self) -> pd.Series:
        """What one unit of each asset became."""
        return self.prices.close.iloc[-1] / self.prices.close.iloc[0]

    @property
    def weights(self) -> np.ndarray:
        """Equal weights."""
        return np.full(len(self.prices.tickers), 1 / len(self.prices.tickers))

    @cached_property
    def equal_risk(self) -> tuple[float, float]:
        """Two means of the example with one least variance: two points below and above the least risky."""
        constants = frontier_constants(EXAMPLE_MEAN, EXAMPLE_COVARIANCE)
        least_risky = constants.b / constants.a
        return least_risky - 0.02, least_risky + 0.02

    # --- who is missing
    @property
    def twenty(self) -> set[str]:
        """The stocks that the paper names."""
        return set(UNIVERSES["dow20"].tickers)

    @cached_property
    def stayed(self) -> frozenset[str]:
        """Members of the index on every day of the paper's sample."""
        return members_throughout(PAPER_FIRST, PAPER_LAST)

    @cached_property
    def left(self) -> frozenset[str]:
        """Members at the start of the paper's sample that did not stay until its end."""
        return members_that_left(PAPER_FIRST, PAPER_LAST)

    @cached_property
    def us20(self) -> PriceHistory:
        """Packaged prices with stocks of both groups."""
        return load_prices(universe="us20")

    @property
    def stay(self) -> list[str]:
        """Packaged stocks that stayed in the index."""
        return sorted(self.stayed & set(self.us20.tickers))

    @property
    def leave(self) -> list[str]:
        """Packaged stocks that left the index."""
        return sorted(self.left & set(self.us20.tickers))

    @cached_property
    def gap(self) -> Inference:
        """Mean daily return of the packaged stocks that stayed, less that of those that left."""
        returns = simple_returns(self.us20.close)
        gap = returns[self.stay].mean(axis=1) - returns[self.leave].mean(axis=1)
        return date_clustered_mean(gap.to_frame("gap"))

    # --- a calm period
    @cached_property
    def index(self) -> PriceHistory:
        """The packaged S&P 500 index from 1990."""
        return load_prices(universe="sp500", start="1990-01-01", end="latest")

    @property
    def level(self) -> pd.Series:
        """Level of the index."""
        return self.index.close["^GSPC"]

    @cached_property
    def volatility(self) -> pd.Series:
        """Volatility of the index over 21 days, a year."""
        return rolling_volatility(log_returns(self.level), window=21)

    @cached_property
    def bears(self) -> pd.DataFrame:
        """Falls of the index by 20 % or more, with the highest volatility up to the trough."""
        found = drawdown_episodes(self.level, depth=BEAR)
        found["highest volatility"] = [self.volatility[b.peak : b.trough].max() for b in found.itertuples()]
        return found

    @property
    def bears_inside(self) -> pd.DataFrame:
        """Falls that begin inside the paper's sample."""
        return self.bears[self.bears["peak"] >= PAPER_FIRST]

    @property
    def bears_before(self) -> pd.DataFrame:
        """Falls that begin before the paper's sample."""
        return self.bears[self.bears["peak"] < PAPER_FIRST]

    # --- the relative strength index
    @cached_property
    def readings(self) -> dict[str, pd.DataFrame]:
        """The relative strength index of all assets, by reading."""
        return {method: rsi(self.prices.close, self.rsi_window, method) for method in READINGS}

    # --- unit roots and dependence
    @cached_property
    def roots(self) -> pd.DataFrame:
        """Unit-root tests of log returns; lags by AIC."""
        found: pd.DataFrame = compute(unit_root_table, self.log)
        return found

    @cached_property
    def level_roots(self) -> pd.DataFrame:
        """Unit-root tests of log prices, for contrast."""
        found: pd.DataFrame = compute(unit_root_table, np.log(self.prices.close), max_lag=5)
        return found

    @cached_property
    def rates(self) -> pd.DataFrame:
        """How often tests reject on simulated series of five laws."""
        found: pd.DataFrame = compute(rejection_rates, n=500, replications=self.simulations, seed=1)
        return found

    @cached_property
    def memory(self) -> pd.DataFrame:
        """Tests of each asset for autocorrelation and for a moving variance."""
        return dependence_table(self.log, self.lags)

    @cached_property
    def persistence(self) -> Inference:
        """Average autocorrelation of absolute returns, with its sign reversed."""
        return date_clustered_mean(-size_persistence(self.log, self.lags), lags=20)

    # --- the normal law
    @cached_property
    def shape(self) -> pd.DataFrame:
        """Log returns of each asset against the normal law."""
        return normality_table(self.log)

    @cached_property
    def tails(self) -> pd.DataFrame:
        """Shares of log returns beyond multiples of the standard deviation."""
        return exceedance_table(self.log)

    @property
    def tried(self) -> int:
        """Simulated autoregressions for each law: enough to judge the coverage of intervals."""
        return max(self.simulations, 100)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Estimates of an autoregression whose shocks are not normal."""
        found: pd.DataFrame = compute(autoregression_with_shocks, SIZES, replications=self.tried, seed=1)
        return found

    @property
    def large(self) -> pd.DataFrame:
        """The estimates from the longest series, by law of the shocks."""
        return self.estimates[self.estimates["T"] == SIZES[-1]].set_index("shocks")

    # --- seasons
    @property
    def market(self) -> pd.Series:
        """Average log return: assets that move together are not independent witnesses."""
        return self.log.mean(axis=1)

    @property
    def effects(self) -> list[str]:
        """Calendar labels beside the reference."""
        return list(calendar_dummies(pd.DatetimeIndex(self.log.index)).columns)

    @cached_property
    def joint(self) -> Any:
        """Test that the calendar does not matter for the average return."""
        return seasonal_test(self.market)

    @cached_property
    def inside_sample(self) -> SeasonalFit:
        """Share of the variance of the average return that the calendar explains."""
        return seasonal_r2(self.market, self.draws)

    @cached_property
    def season_of_size(self) -> SeasonalFit:
        """Share of the variance of the average absolute return that the calendar explains."""
        return seasonal_r2(self.log.abs().mean(axis=1), self.draws)

    @cached_property
    def out_of_sample(self) -> Inference:
        """Gain of forecasts by weekday and month over the mean of the past."""
        return seasonal_gain(self.market)

    @cached_property
    def seasons(self) -> pd.DataFrame:
        """Test of the calendar, asset by asset."""
        return seasonal_table(self.log)

    # --- the riskless rate
    @property
    def rates_known(self) -> pd.DataFrame:
        """Stretches of dates by where their riskless rate comes from."""
        return pd.DataFrame(self.prices.manifest["risk_free"])

    @cached_property
    def excess(self) -> dict[str, pd.Series]:
        """Returns of equal weights over three riskless rates: the series, zero, 2 % a year."""
        held = self.simple.mean(axis=1)  # rebalanced every period
        return {
            "series": held - self.prices.risk_free.iloc[1:],
            "zero": held,
            "two": held - (1.02 ** (1 / self.year) - 1),
        }
