"""The statements of paper 003, tried on two worked markets, on random ones and on every order."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var import CcVarPortfolio, PowerPreference, cc_var_portfolio
from portfolio_study.allocation.cc_var.bases import basis_payoffs, change_basis, condition_table
from portfolio_study.allocation.cc_var.objective import objective_counts
from portfolio_study.allocation.cc_var.optimality import order_failures
from portfolio_study.allocation.cc_var.options import OptionPortfolio, cell_centres, option_portfolio
from portfolio_study.allocation.cc_var.permutations import identity_table
from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.allocation.cc_var.scenarios import DensityMarket, beta_market, lognormal_market
from portfolio_study.data import PriceHistory, load_prices
from portfolio_study.ledger import Study
from portfolio_study.studies.cc_var import many_markets as many
from portfolio_study.studies.cc_var.convergence import (
    convergence_table,
    level_errors,
    limit_distances,
    order_of_convergence,
)
from portfolio_study.studies.cc_var.index_market import IndexMarket, OptionChain

WAYS = ("canonical", "integral")  # the paper's two kinds of weights
SQUARE = PowerPreference(2)  # the demand of the counterexamples
PAIR = (np.array([0.1, 0.9]), np.array([0.15, 0.85]))  # probabilities and prices: the order fails here
TIED = np.array([0.25, 0.75])  # probabilities and prices of two scenarios of equal relative income
EXAMPLE = [1.5, 0.7, 1.0, 0.6, 1.2]  # relative incomes of the paper's example
INSIDE = 20  # scenarios of the random markets on which averaged weights are tried
GRID = (5, 10, 20, 50, 100, 200, 400)  # numbers of cells on the way to the limit


@dataclass
class FiveCells:
    """A market cut into five cells, with the paper's algorithm written out on it.

    Attributes
    ----------
    market : DensityMarket
    phi : PowerPreference
    """

    market: DensityMarket
    phi: PowerPreference

    def __post_init__(self) -> None:
        self.edges = self.market.edges(5)
        self.p, self.c = self.market.cells(5)
        self.rho = self.p / self.c
        self.xi = np.argsort(self.rho)
        self.eta = np.argsort(self.xi)
        self.d, self.f = self.p[self.xi], self.c[self.xi]
        self.eps, self.gamma = np.cumsum(self.d), np.cumsum(self.f)
        self.b = self.phi(self.eps)
        self.g = self.b[self.eta]

    @cached_property
    def portfolios(self) -> dict[str, CcVarPortfolio]:
        """The library's portfolios, by kind of weights."""
        return {way: cc_var_portfolio(self.p, self.c, self.phi, way) for way in WAYS}

    @cached_property
    def strikes(self) -> Vector:
        """Centres of the cells."""
        return cell_centres(self.market.lower, self.market.upper, 5)

    @cached_property
    def butterflies(self) -> OptionPortfolio:
        """The same portfolio of butterflies in place of indicators."""
        return option_portfolio(self.market.forecast.cdf, self.market.price.cdf, self.strikes, self.phi)

    @cached_property
    def calls_and_bond(self) -> pd.DataFrame:
        """Payoffs of a bond and calls at the strikes."""
        return basis_payoffs("bond and calls", self.strikes)

    @cached_property
    def holdings(self) -> pd.Series:
        """What of a bond and of calls pays the incomes of the butterflies."""
        return change_basis(self.butterflies.portfolio.weights, self.calls_and_bond)


class Spike:
    """Forecast that is sure of one price, half way between two strikes."""

    strikes = np.array([0.25, 0.75])
    prices = np.array([0.6, 0.4])

    @staticmethod
    def cdf(x: Any) -> Any:
        """All the probability at one half, up to a hair."""
        return np.clip((np.asarray(x) - 0.5) / 1e-9 + 0.5, 0, 1)


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """CC-VaR portfolios: of scenarios, of options, and of the months of an index.

    Attributes
    ----------
    preference : float
        Exponent of the demand in the examples.
    exponents : list of float
        Exponents of the tables.
    sizes : list of int
        Scenarios of the random markets.
    draws : int
        Random markets for each exponent and size.
    largest : int
        All orders of up to so many scenarios are tried.
    exact_cells : int
        Scenarios of the exact programme.
    index_start : str
        First date of the index.
    history_years : int
        Years known before the first month.
    cells : int
        Cells of the index market.
    price_volatility, other_volatilities : float, list of float
        Per year: the assumed price densities.
    garch_window : int
        Days behind each volatility forecast.
    option_chain : str or None
        File of a reader's option chain; None makes one up.
    chain_periods : int
        Trading days to its maturity.
    repair_chain : bool
        Move quotes to the nearest prices without arbitrage.
    seed : int
    """

    chapter: ClassVar[str] = "cc_var"
    preference: float
    exponents: list[float]
    sizes: list[int]
    draws: int
    largest: int
    exact_cells: int
    index_start: str
    history_years: int
    cells: int
    price_volatility: float
    other_volatilities: list[float]
    garch_window: int
    option_chain: str | None
    chain_periods: int
    repair_chain: bool
    seed: int

    @property
    def phi(self) -> PowerPreference:
        """The demand of the examples."""
        return PowerPreference(self.preference)

    @cached_property
    def worked(self) -> dict[str, DensityMarket]:
        """The two worked examples, by name."""
        return {market.name: market for market in (beta_market(), lognormal_market())}

    @cached_property
    def five(self) -> FiveCells:
        """The Beta market with five scenarios."""
        return FiveCells(self.worked["Beta"], self.phi)

    @cached_property
    def readings(self) -> pd.DataFrame:
        """Whether random incomes meet the criterion, and whether their quantiles are above the floor."""
        return many.criterion_against_dominance(self.phi, 200, self.seed)

    @cached_property
    def shortfalls(self) -> pd.DataFrame:
        """Worst excess probability of too little income on random markets of uneven scenarios."""
        return many.random_shortfalls(self.exponents, INSIDE, self.draws // 4, self.seed)

    @cached_property
    def refined(self) -> dict[str, pd.DataFrame]:
        """Cost, income and risk on ever finer markets and in the limit, by market."""
        return {name: convergence_table(market, self.phi, GRID) for name, market in self.worked.items()}

    @cached_property
    def gaps(self) -> dict[tuple[str, str], pd.Series]:
        """Cost above the continuous optimum by number of cells, by market and kind of weights."""
        return {
            (name, way): table[f"{way}_A"].drop(np.inf) - table[f"{way}_A"].loc[np.inf]
            for name, table in self.refined.items()
            for way in WAYS
        }

    @cached_property
    def orders(self) -> dict[tuple[str, str], float]:
        """Order of convergence, by market and kind of weights."""
        return {key: order_of_convergence(gap.loc[50.0:]) for key, gap in self.gaps.items()}

    @cached_property
    def distances(self) -> pd.DataFrame:
        """Distances of the discrete vectors from their limits, by market and number of cells."""
        return pd.concat(
            {
                name: pd.DataFrame([limit_distances(market, n) for n in (25, 100, 400)])
                for name, market in self.worked.items()
            },
            names=["market", "cells"],
        )

    @cached_property
    def exact_levels(self) -> pd.Series:
        """Distance of the probability of too little income from the promise, in the limit, by market and level."""
        return pd.concat({name: level_errors(market, 200) for name, market in self.worked.items()})

    @cached_property
    def other_weights(self) -> pd.DataFrame:
        """Worst violation of the constraint by weights that keep the order, by market and number of cells."""
        return many.other_weights(self.worked.values(), GRID, self.phi)

    @cached_property
    def identities(self) -> pd.DataFrame:
        """Orders for which each identity of the paper holds, by number of scenarios."""
        return identity_table(self.largest)

    @cached_property
    def always(self) -> pd.Series:
        """Whether an identity holds for all orders tried."""
        return self.identities.eq(self.identities.loc["all orders"], axis=1).all(axis=1)

    @cached_property
    def pair(self) -> dict[str, CcVarPortfolio]:
        """The smallest counterexample in the paper's order, and as cheap as possible."""
        return {method: cc_var_portfolio(*PAIR, SQUARE, method) for method in ("canonical", "cheapest")}

    @cached_property
    def failures(self) -> pd.DataFrame:
        """How often the order by relative income is not the cheapest on random markets."""
        tried = tuple(sorted({*self.exponents, 2.0}))
        return order_failures(tried, tuple(self.sizes), self.draws, self.seed)

    @property
    def surely_cheapest(self) -> pd.Series:
        """Rows of the failures in which theory allows none: equal probabilities or a linear demand."""
        return self.failures["equal"] | (self.failures["exponent"] == 1.0)

    @cached_property
    def bounds(self) -> pd.DataFrame:
        """Cost by method on the worked examples."""
        return many.cost_bounds(self.worked.values(), sorted({5, 10, self.exact_cells}), self.phi)

    @property
    def yield_markets(self) -> int:
        """Random markets on which all orders are compared by their yield."""
        return min(self.draws, 300)

    @cached_property
    def better_yields(self) -> tuple[int, int]:
        """Random markets in which another order yields more, and in which extra income does."""
        return objective_counts(self.yield_markets, 5, 2.0, self.seed)

    @cached_property
    def between_strikes(self) -> OptionPortfolio:
        """Two butterflies under a forecast that is sure of a price between their strikes."""
        return option_portfolio(Spike.cdf, Spike.prices, Spike.strikes, SQUARE)

    @cached_property
    def option_portfolios(self) -> pd.DataFrame:
        """Portfolios of butterflies on the worked examples."""
        return many.option_table(self.worked.values(), (5, 10, 20, 50), self.phi)

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """Condition numbers of sets of instruments."""
        return condition_table((4, 5, 10, 20, 50))

    @cached_property
    def condition_growth(self) -> dict[str, float]:
        """Power of the number of strikes with which a condition number grows, where it is finite."""
        large = self.conditions[self.conditions["strikes"] >= 10]
        return {
            str(name): float(np.polyfit(np.log(rows["strikes"]), np.log(rows["condition"]), 1)[0])
            for name, rows in large.groupby("basis")
            if np.isfinite(rows["condition"]).all()
        }

    @cached_property
    def index(self) -> PriceHistory:
        """The index of the run: its one asset, if it is long enough, or the packaged S&P 500."""
        long_enough = len(self.prices.close) > (self.history_years + 2) * self.prices.periods_per_year
        if len(self.prices.tickers) == 1 and long_enough:
            own: PriceHistory = self.prices
            return own
        return load_prices(universe="sp500", start=self.index_start, end="latest")

    @cached_property
    def month(self) -> IndexMarket:
        """The market of one month of the index."""
        return IndexMarket(
            history=self.index,
            preference=self.preference,
            exponents=self.exponents,
            cells=self.cells,
            price_volatility=self.price_volatility,
            garch_window=self.garch_window,
            history_years=self.history_years,
        )

    @cached_property
    def chain(self) -> OptionChain:
        """The portfolio from the reader's option chain, or from a made-up one."""
        return OptionChain(self.month, self.option_chain, self.chain_periods, self.repair_chain)

    @cached_property
    def illustration(self) -> pd.DataFrame:
        """What the months would have paid, by assumed volatility and forecast."""
        volatilities = sorted({self.price_volatility, *self.other_volatilities})
        return self.month.illustration(volatilities)
