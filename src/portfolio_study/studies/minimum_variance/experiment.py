"""The rules of texts 001 and 002, traded on three universes and simulated where the truth must be known."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory, load_prices, simple_returns
from portfolio_study.data.part import random_part
from portfolio_study.evaluation import Inference
from portfolio_study.ledger import Study
from portfolio_study.store import compute
from portfolio_study.studies.minimum_variance import (
    cap_market,
    choices,
    high_dimension,
    sample_statements,
    sampling_simulation,
    universe_claims,
    universe_tables,
)
from portfolio_study.studies.minimum_variance.decision_tree import LEAVES, equivalence_gap
from portfolio_study.studies.minimum_variance.simulated_claims import (
    downside_uncertainty,
    estimation_error_claims,
    loss_ratios_of_errors,
)
from portfolio_study.studies.minimum_variance.statements import check_statements
from portfolio_study.studies.minimum_variance.universe_study import (
    UniverseStudy,
    contrast,
    study_universe,
)
from portfolio_study.studies.minimum_variance.walk_forward import Comparison, compare_portfolios

LONG, SHORT, EQUAL = "minimum_variance", "minimum_variance_short", "equal_weight"
OBSERVATIONS = 252  # returns behind the simulated minimum
MOST_ASSETS = 50  # of the run that are traded: every rule with every estimator takes hours for hundreds
SIZES = (2, 10, 25, 49, 100)  # assets of the simulated minimum
#: Volatilities of the two assets of text 002, and the weight of the first in the mix that it shows.
TWO_ASSETS, MIX = (0.18, 0.10), 0.3
DATA = {"stocks": "prices", "industries": "industries", "size_value": "size_value"}
"""Universe -> attribute of the study with its prices."""
LABELS = {
    "stocks": "assets of this run",
    "industries": "industries",
    "size_value": "size/value",
    "funds": "six funds",
}
FRENCH = ("industries", "size_value")
"""Equity universes of text 001's kind; the assets of the run are survivors and have no vote in what it says."""
NAIVE = [EQUAL, "inverse_volatility", "inverse_variance", "equal_risk_contribution"]
RIVALS = [*NAIVE, "max_diversification", "max_decorrelation", "hierarchical_risk_parity"]
OPTIMISED = [LONG, "max_diversification", "max_decorrelation"]
#: What the tree calls optimal where more risk pays.
BETS_ON_RISK = ["max_diversification", "inverse_volatility", "equal_risk_contribution"]
PARITY = ("equal_risk_contribution", "inverse_volatility")
BOUNDED = (LONG, "gross_exposure", "capped")
"""Rules that keep a norm of the weights below a bound: the sum of absolute weights (1 and 1.6), the largest."""
REVERSAL_YEARS = {3: "three", 5: "five", 8: "eight", 10: "ten"}
"""Horizons of mean reversion; one that fits into the history fewer than four times is left out."""


@dataclass(frozen=True)
class Together:
    """Histories that a measure compares, as one sample."""

    histories: tuple[PriceHistory, ...]

    def sample(self) -> dict[str, Any]:
        """What they are: names joined, assets together, from the first date of any to the last of any."""
        parts = [history.sample() for history in self.histories]
        names = ("vendor", "source", "universe", "sha256", "frequency")
        joined = {name: " and ".join(dict.fromkeys(part[name] for part in parts)) for name in names}
        return joined | {
            "tickers": [ticker for part in parts for ticker in part["tickers"]],
            "first": min(part["first"] for part in parts),
            "last": max(part["last"] for part in parts),
            "rows": sum(part["rows"] for part in parts),
            "ohlcv": all(part["ohlcv"] for part in parts),
        }


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Every rule on three universes: the assets of the run, industries, size/value portfolios.

    Attributes
    ----------
    french_first : str or None
        First date of the industry and size/value portfolios.
    lookback, months : int
        Days (months, for monthly data) behind each covariance.
    rebalance : str
        How often weights are set anew.
    stock_estimators, french_estimators : list of str
        Covariance estimators of the assets of the run, and of the French portfolios.
    draws, share_draws : int
        Bootstrap draws of tests, and of the win shares.
    simulations, slow_simulations : int
        Simulated samples of closed forms, and of iterative methods.
    pbo_blocks : int
        Blocks of the probability of backtest overfitting.
    seed : int
    """

    chapter: ClassVar[str] = "minimum_variance"
    french_first: str | None
    lookback: int
    months: int
    rebalance: str
    stock_estimators: list[str]
    french_estimators: list[str]
    draws: int
    share_draws: int
    simulations: int
    slow_simulations: int
    pbo_blocks: int
    seed: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.assets_of_run = len(self.prices.tickers)
        self.prices = random_part(self.prices, MOST_ASSETS, self.seed)

    @cached_property
    def industries(self) -> PriceHistory:
        """US industries: the papers' daily ones of the run, or twelve packaged ones, monthly."""
        return self.given("industries") or load_prices(universe="french12", start=self.french_first)

    @cached_property
    def size_value(self) -> PriceHistory:
        """US portfolios by size and book-to-market: the papers' of the run, or nine packaged ones, monthly."""
        return self.given("size_value") or load_prices(universe="french_size_value", start=self.french_first)

    @cached_property
    def funds(self) -> PriceHistory | None:
        """Six asset classes by funds; None where the run does not bring them."""
        return self.given("funds")

    @cached_property
    def four_funds(self) -> PriceHistory | None:
        """Large and small US companies, emerging markets and bonds by funds; None where the run has none."""
        return self.given("four_funds")

    def given(self, name: str) -> PriceHistory | None:
        """A history that the run brings besides its prices; None without it."""
        checksum = (self.samples or {}).get(name)
        return load_prices(snapshot=checksum) if checksum else None

    @cached_property
    def histories(self) -> dict[str, PriceHistory]:
        """Prices of the three universes."""
        return {place: getattr(self, attribute) for place, attribute in DATA.items()}

    @property
    def equity_prices(self) -> Together:
        """Prices of the equity universes of text 001's kind."""
        return Together((self.industries, self.size_value))

    @property
    def traded_classes(self) -> Together:
        """The same, and the six funds where the run brings them."""
        return Together((*self.equity_prices.histories, *([] if self.funds is None else [self.funds])))

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Simple returns of the assets of the run."""
        return simple_returns(self.prices.close)

    @cached_property
    def monthly(self) -> dict[str, pd.DataFrame]:
        """Simple returns of the French portfolios by month; daily prices are taken at the end of each month."""
        found = {}
        for place in FRENCH:
            close = self.histories[place].close
            if self.histories[place].frequency == "daily":
                close = close.groupby(pd.DatetimeIndex(close.index).to_period("M")).tail(1)
            found[place] = simple_returns(close)
        return found

    @cached_property
    def cov(self) -> pd.DataFrame:
        """Sample covariance of the assets of the run, over all dates."""
        return self.returns.cov()

    @cached_property
    def sigma(self) -> np.ndarray:
        """Their volatilities."""
        found: np.ndarray = np.sqrt(np.diag(self.cov))
        return found

    @cached_property
    def correlations(self) -> np.ndarray:
        """Their correlations, one a pair."""
        matrix = self.cov.to_numpy() / np.outer(self.sigma, self.sigma)
        found: np.ndarray = matrix[np.triu_indices(len(matrix), 1)]
        return found

    @property
    def window(self) -> int:
        """Periods behind each covariance of the assets of the run."""
        return self.window_of(self.prices)

    def window_of(self, history: PriceHistory) -> int:
        """Periods behind each covariance of a history."""
        return self.lookback if history.period == "day" else self.months

    @property
    def options(self) -> dict[str, int]:
        """Draws and seed of every test."""
        return {"draws": self.draws, "seed": self.seed}

    @cached_property
    def leaf_gaps(self) -> dict[str, float]:
        """Gap of each leaf of the decision tree to the tangency portfolio of its own assumption."""
        return {leaf.label: equivalence_gap(leaf, self.cov) for leaf in LEAVES}

    @cached_property
    def statements(self) -> dict[str, bool]:
        """Whether each sentence in formulas holds on all random markets."""
        return check_statements()

    @cached_property
    def simulated_minimum(self) -> dict[int, Any]:
        """Promised and realised variance of the estimated minimum, by number of assets."""
        samples = max(100, self.simulations // 4)
        return {
            size: sampling_simulation.simulate_gmv(np.eye(size), OBSERVATIONS, samples, self.seed)
            for size in SIZES
        }

    @cached_property
    def estimation_errors(self) -> dict[str, Inference]:
        """What helps against estimation error, on simulated returns whose covariance is known."""
        found: dict[str, Inference] = compute(
            estimation_error_claims,
            slow_draws=self.slow_simulations,
            seed=self.seed,
        )
        return found

    @cached_property
    def downside_error(self) -> Inference:
        """Sampling error of minimum-semivariance weights against that of minimum variance."""
        rows, recent = (252, self.returns.iloc[-2520:]) if self.prices.period == "day" else (60, self.returns)
        few = max(10, self.slow_simulations)
        found: Inference = compute(downside_uncertainty, recent, rows=rows, draws=few, seed=self.seed)
        return found

    @cached_property
    def losses_of_errors(self) -> dict[str, dict[str, Inference]]:
        """Cost of errors in means over that of errors in variances and in covariances, by risk tolerance."""
        found: dict[str, dict[str, Inference]] = compute(
            loss_ratios_of_errors,
            self.monthly["industries"],
            draws=max(20, self.slow_simulations),
            seed=self.seed,
        )
        return found

    def trade(self, history: PriceHistory, estimators: list[str], window: int) -> UniverseStudy:
        """Backtest all rules on one universe."""
        returns, year = simple_returns(history.close), history.periods_per_year
        safe = history.risk_free.loc[returns.index]
        found: UniverseStudy = compute(
            study_universe, returns, None, list(estimators), None, window, self.rebalance, safe, year
        )
        return found

    @cached_property
    def places(self) -> dict[str, UniverseStudy]:
        """Backtests of all rules, by universe."""
        found = {"stocks": self.trade(self.prices, self.stock_estimators, self.window)}
        for place in FRENCH:
            history = self.histories[place]
            found[place] = self.trade(history, self.french_estimators, self.window_of(history))
        return found

    @cached_property
    def market(self) -> cap_market.AgainstMarket:
        """Minimum variance of the industries beside the capitalisation-weighted market since 1968."""
        return cap_market.against_market(
            self.places["industries"].run(LONG), load_prices("packaged", universe="us_market")
        )

    @property
    def equities(self) -> dict[str, UniverseStudy]:
        """Backtests on the equity universes of text 001's kind."""
        return {place: self.places[place] for place in FRENCH}

    @cached_property
    def asset_classes(self) -> UniverseStudy | None:
        """Backtests on the six funds; None without them."""
        return None if self.funds is None else self.trade(self.funds, ["sample"], self.window_of(self.funds))

    @cached_property
    def crowded(self) -> dict[str, Any]:
        """Minimum variance on the size/value portfolios from two returns for each, by estimator."""
        history = self.size_value
        returns = simple_returns(history.close)
        found: dict[str, Any] = compute(
            high_dimension.crowded_backtests,
            returns,
            self.rebalance,
            history.risk_free.loc[returns.index],
            history.periods_per_year,
        )
        return found

    @cached_property
    def simulated_risks(self) -> dict[str, pd.DataFrame]:
        """True risk under each estimator, twenty assets and forty returns: normal and heavy-tailed."""
        return {
            name: compute(high_dimension.simulated_risks, self.slow_simulations, self.seed, tails)
            for name, tails in {"normal": None, "heavy tails": high_dimension.FREEDOM}.items()
        }

    @property
    def stocks(self) -> UniverseStudy:
        """Backtests on the assets of the run."""
        return self.places["stocks"]

    @cached_property
    def every_estimator(self) -> Comparison:
        """Long-only minimum variance under every estimator, with one rebalance a year."""
        safe, year = self.prices.risk_free.loc[self.returns.index], self.prices.periods_per_year
        found: Comparison = compute(
            compare_portfolios, self.returns, [LONG], None, self.window, "yearly", safe, year
        )
        return found

    def contrast(self, what: str, a: str, b: str, cost: float = 0.0, place: str = "stocks") -> Inference:
        """Compare two rules on one universe; above zero, the first is better."""
        return contrast(self.places[place], what, a, b, cost_bps=cost, **self.options)

    def leads(self, what: str, a: str, rivals: list[str], cost: float = 0.0) -> dict[str, Inference]:
        """Compare a rule with its rivals on every equity universe of text 001's kind."""
        return {
            f"{place} against {rival}": self.contrast(what, a, rival, cost, place)
            for place in FRENCH
            for rival in rivals
        }

    @cached_property
    def survivors(self) -> tuple[Inference | None, str]:
        """What stocks that stayed in the Dow Jones index earned over those that left, also in words."""
        return universe_claims.survivors_lead(self.returns)

    @cached_property
    def lowest_quality(self) -> str:
        """Equity universe with the lowest average quality ratio."""
        return universe_claims.lowest_quality(self.equities)

    @cached_property
    def highest_quality(self) -> str:
        """Equity universe with the higher average quality ratio."""
        return max(FRENCH, key=lambda place: float(self.places[place].quality().mean()))

    @cached_property
    def apart(self) -> list[str]:
        """Universes that are not the same one twice."""
        return [
            place
            for place in self.places
            if place == "stocks" or self.histories[place].universe != self.prices.universe
        ]

    @cached_property
    def monthly_equities(self) -> pd.DataFrame:
        """Simple returns of the industries and size/value portfolios, in the months that both have."""
        return pd.concat(self.monthly.values(), axis=1).dropna()

    @cached_property
    def reversal_years(self) -> list[int]:
        """Horizons of mean reversion that fit into the months of both universes four times."""
        return [years for years in REVERSAL_YEARS if 4 * 12 * years <= len(self.monthly_equities)]

    @cached_property
    def reversion(self) -> Inference:
        """How far variance ratios of the industries and size/value portfolios lie below one."""
        found: Inference = compute(
            sample_statements.mean_reversion,
            self.monthly_equities,
            self.reversal_years,
            self.draws,
            self.seed,
        )
        return found

    @cached_property
    def selection(self) -> dict[str, tuple[dict[str, float], pd.Series]]:
        """Tests over all rules, and shares of resamples that equal weight wins, by universe."""
        return {
            place: universe_tables.selection_tests(
                traded, self.pbo_blocks, self.draws, self.share_draws, self.seed
            )
            for place, traded in self.places.items()
        }

    @cached_property
    def decades(self) -> pd.DataFrame:
        """Volatility saved and Sharpe ratio gained by long-only minimum variance, by decade."""
        return universe_tables.by_decade(self.places, LONG, EQUAL)

    @cached_property
    def universes(self) -> dict[str, choices.Universe]:
        """Every traded universe with its bill rate."""
        found = {place: (self.places[place], self.histories[place]) for place in self.places}
        if self.asset_classes is not None and self.funds is not None:
            found["funds"] = (self.asset_classes, self.funds)
        return {
            place: choices.Universe(
                LABELS[place], traded, history.risk_free, history.periods_per_year, place in FRENCH
            )
            for place, (traded, history) in found.items()
        }

    @cached_property
    def specifications(self) -> dict[str, choices.Choices]:
        """Minimum variance against equal weights under every choice: variance and Sharpe ratio."""
        different = {p: one for p, one in self.universes.items() if p in (*self.apart, "funds")}
        return {
            question: choices.curve_of(question, different, **self.options) for question in choices.QUESTIONS
        }
