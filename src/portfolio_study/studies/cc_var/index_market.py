"""One month of an index as a scenario market: forecasts, the walk through all months, an option chain."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var import PowerPreference, option_portfolio, scenarios
from portfolio_study.allocation.cc_var import market as months_of
from portfolio_study.allocation.cc_var.bases import basis_payoffs, change_basis
from portfolio_study.allocation.cc_var.chain import black_chain, check_chain, read_option_chain
from portfolio_study.allocation.cc_var.chain_prices import chain_prices
from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.data import PriceHistory
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.settings import project_root
from portfolio_study.store import compute
from portfolio_study.studies.cc_var import coverage
from portfolio_study.studies.cc_var.many_markets import portfolio_table

FORECASTS = ("history", "GARCH")


@dataclass
class IndexMarket:
    """The market of the next month, and all months before it held one after the other.

    Attributes
    ----------
    history : PriceHistory
        Prices of the index.
    preference, exponents : float, list of float
        Demands.
    cells : int
        Of the price at the horizon.
    price_volatility : float
        Per year: the assumed price density.
    garch_window : int
        Days behind each volatility forecast.
    history_years : int
        Known before the first month.
    """

    history: PriceHistory
    preference: float
    exponents: list[float]
    cells: int
    price_volatility: float
    garch_window: int
    history_years: int

    @property
    def horizon(self) -> int:
        """Periods of a month."""
        return 21 if self.history.frequency == "daily" else 1

    @property
    def years(self) -> float:
        """Length of a month."""
        return self.horizon / self.history.periods_per_year

    @property
    def demand(self) -> str:
        """Suffix of the columns of a walk for the demand of the examples."""
        return f"_{float(self.preference):g}"

    @property
    def phi(self) -> PowerPreference:
        """The demand of the examples."""
        return PowerPreference(self.preference)

    @cached_property
    def returns(self) -> pd.Series:
        """Log returns of the index over the bill."""
        return months_of.excess_log_returns(self.history.close.iloc[:, 0], self.history.risk_free)

    @cached_property
    def garch(self) -> Any:
        """GARCH forecasts of the volatility of every period, and of the next one."""
        frame = self.returns.to_frame(self.history.tickers[0])
        return compute(rolling_garch, frame, window=self.garch_window, on_failure="previous")

    @property
    def volatility(self) -> pd.Series:
        """GARCH forecasts that were made before each period."""
        found: pd.Series = self.garch.volatility.iloc[:, 0]
        return found

    @cached_property
    def scale(self) -> Vector:
        """Volatility forecast of every period, the next one included."""
        return np.append(self.volatility.reindex(self.returns.index), self.garch.next_volatility.iloc[0])

    def forecast(self, name: str, periods: int) -> months_of.KernelForecast:
        """Forecast of the next periods from everything that is known at the end of the data."""
        known = self.returns.to_numpy()
        scale = {"history": None, "GARCH": self.scale}[name]
        return months_of.month_forecast(known, len(known), periods, scale)

    @cached_property
    def forecasts(self) -> dict[str, months_of.KernelForecast]:
        """Both forecasts of the next month."""
        return {name: self.forecast(name, self.horizon) for name in FORECASTS}

    @cached_property
    def assumed(self) -> Any:
        """The assumed price density."""
        return scenarios.lognormal(self.price_volatility, 0.0, self.years)

    @cached_property
    def edges(self) -> Vector:
        """Ends of the cells."""
        return months_of.standard_edges(self.price_volatility, self.years, self.cells)

    @cached_property
    def cost(self) -> Vector:
        """Prices of the cells."""
        return scenarios.cell_integrals(self.assumed.cdf, self.edges)

    @cached_property
    def probabilities(self) -> dict[str, Vector]:
        """Forecast probabilities of the cells."""
        return {name: months_of.forecast_cells(made, self.edges) for name, made in self.forecasts.items()}

    @cached_property
    def portfolios(self) -> pd.DataFrame:
        """Portfolios for the next month, by forecast and demand."""
        return pd.concat(
            {name: portfolio_table(p, self.cost, self.exponents) for name, p in self.probabilities.items()},
            names=["forecast"],
        )

    @cached_property
    def tails(self) -> dict[str, float]:
        """Relative income in the cells up to the one that holds one in 200 of the money."""
        low = int(np.searchsorted(np.cumsum(self.cost), 0.005))
        money = self.cost[: low + 1]
        return {
            name: float((p / self.cost)[: low + 1] @ money / money.sum())
            for name, p in self.probabilities.items()
        }

    def walk(self, price_volatility: float, forecast: str) -> pd.DataFrame:
        """Months held one after the other: what was known, and what happened."""
        found: pd.DataFrame = compute(
            months_of.walk_forward,
            self.returns,
            self.horizon,
            self.history.periods_per_year,
            price_volatility,
            cells=self.cells,
            exponents=(1.0, float(self.preference)),
            volatility={"history": None, "GARCH": self.volatility}[forecast],
            first=self.history_years * self.history.periods_per_year,
        )
        return found

    @cached_property
    def months(self) -> dict[str, pd.DataFrame]:
        """All months under the assumed price density, by forecast."""
        return {name: self.walk(self.price_volatility, name) for name in FORECASTS}

    def _coverage(self, income: str) -> dict[str, pd.DataFrame]:
        return {
            name: coverage.coverage_table(
                run[f"{income}{self.demand}"], self.phi, family=len(FORECASTS) * len(coverage.LEVELS)
            )
            for name, run in self.months.items()
        }

    @cached_property
    def kept(self) -> dict[str, pd.DataFrame]:
        """Promised and observed probability of a miss, canonical weights."""
        return self._coverage("income")

    @cached_property
    def averaged(self) -> dict[str, pd.DataFrame]:
        """Promised and observed probability of a miss, averaged weights."""
        return self._coverage("income_integral")

    def illustration(self, volatilities: list[float]) -> pd.DataFrame:
        """What the months would have cost and paid, by assumed volatility and forecast."""
        rows = {}
        for assumed in volatilities:
            for name in FORECASTS:
                run = self.walk(assumed, name)
                columns = [f"{what}{self.demand}" for what in ("investment", "mean_income", "income")]
                spent, hoped, got = run[columns].mean()
                misses = coverage.coverage_table(run[f"income{self.demand}"], self.phi, levels=(0.1,))
                rows[f"{assumed:.0%}", name] = {
                    "mean cost": spent,
                    "expected yield": hoped / spent - 1,
                    "realised yield": got / spent - 1,
                    "missed at level 10 %": misses["observed"].iloc[0],
                }
        return pd.DataFrame(rows).T.rename_axis(["assumed volatility a year", "forecast"])


class OptionChain:
    """The option portfolio of one maturity, its prices from quotes.

    Parameters
    ----------
    market : IndexMarket
    file : str or None
        A reader's chain; None prices one with Black's formula at the assumed volatility.
    periods : int
        Trading days to the maturity.
    repair : bool
        Move quotes to the nearest prices without arbitrage.
    """

    def __init__(self, market: IndexMarket, file: str | None, periods: int, repair: bool) -> None:
        self.made_up = file is None
        ahead = periods if market.horizon > 1 else 1
        if file is None:
            level = float(market.history.close.iloc[:, 0].to_numpy()[-1])
            strikes = level * np.exp(np.linspace(-0.15, 0.15, 13))
            step = 10 ** np.floor(np.log10(level / 40))
            strikes = np.round(strikes / step) * step
            maturity = ahead / market.history.periods_per_year
            quotes = check_chain(black_chain(level, market.price_volatility, maturity, strikes, spread=0.02))
        else:
            quotes = read_option_chain(project_root() / file)
        self.butterflies, self.forward = chain_prices(quotes, repair=repair)
        self.strikes = self.butterflies.index.to_numpy()
        ahead_forecast, forward = market.forecast("GARCH", ahead), self.forward
        self.portfolio = option_portfolio(
            lambda s: ahead_forecast.cdf(np.asarray(s) / forward),
            self.butterflies.to_numpy(),
            self.strikes,
            market.phi,
        )
        spreads = basis_payoffs("bond and spreads", self.strikes)
        self.holdings = change_basis(self.portfolio.portfolio.weights, spreads)
