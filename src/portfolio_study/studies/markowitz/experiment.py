"""The strategies of paper 000, traded on the next day's real returns."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.allocation.daily import (
    daily_equal_weight,
    daily_max_sharpe,
    daily_minimum_variance,
    promised_on_noise,
    shrink_means,
    simple_mean,
    trade_slowly,
)
from portfolio_study.data import PriceHistory, latest, log_returns, simple_returns
from portfolio_study.data.part import random_part
from portfolio_study.evaluation import Inference, backtest, sharpe_difference
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.costs import COST
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.forecasting.lstm import lstm_search, refit
from portfolio_study.ledger import Study
from portfolio_study.network_engine import chosen_engine
from portfolio_study.risk.covariance_forecasts import garch_covariances, most_assets, rolling_covariance
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.store import compute

ADVANCED = "advanced: LSTM + GARCH"
TRADITIONAL = "traditional: rolling + rolling"
ARIMA = "ARIMA + rolling"
PASSIVE = ("1/N", "buy and hold")
FORECASTS = {  # strategy -> its mean and its covariance
    ADVANCED: ("LSTM", "GARCH"),
    "LSTM + rolling": ("LSTM", "rolling"),
    "rolling + GARCH": ("rolling", "GARCH"),
    TRADITIONAL: ("rolling", "rolling"),
    ARIMA: ("ARIMA", "rolling"),
    "ARIMA + GARCH": ("ARIMA", "GARCH"),
}
BELIEVED = {"LSTM + GARCH": ("LSTM", "GARCH"), "rolling + rolling": ("rolling", "rolling")}
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # how far means are shrunk towards their average


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Strategies from forecasts of means and covariances, realised out of sample.

    Attributes
    ----------
    rows, tickers : int or None
        Latest dates and first assets of the comparison with an LSTM; None takes all.
    window : int
        Periods of means, covariances and sequences.
    trials, max_epochs, seed : int
        Search of the networks.
    noise_draws : int
        Simulated windows of pure noise.
    draws : int
        Bootstrap draws.
    check_days : int
        Days on which PyPortfolioOpt solves too.
    """

    chapter: ClassVar[str] = "markowitz"
    own_data: ClassVar[str] = "history"
    rows: int | None
    tickers: int | None
    window: int
    trials: int
    max_epochs: int
    seed: int
    noise_draws: int
    draws: int
    check_days: int

    @cached_property
    def usable(self) -> PriceHistory:
        """As many assets as a window carries, drawn at random: more have a singular covariance."""
        return random_part(self.prices, most_assets(self.window), self.seed)

    @cached_property
    def history(self) -> PriceHistory:
        """Prices of the comparison with an LSTM."""
        found: PriceHistory = latest(self.usable, self.rows, self.tickers)
        return found

    @property
    def per_year(self) -> int:
        """Periods a year."""
        return self.history.periods_per_year

    @property
    def period(self) -> str:
        """Name of a period."""
        return self.history.period

    @property
    def root(self) -> float:
        """What turns a Sharpe ratio of a period into that of a year."""
        return float(np.sqrt(self.per_year))

    @cached_property
    def log(self) -> pd.DataFrame:
        """Log returns."""
        return log_returns(self.history.close)

    @cached_property
    def simple(self) -> pd.DataFrame:
        """Simple returns: those that add up across assets."""
        return simple_returns(self.history.close)

    @property
    def rate(self) -> pd.Series:
        """Riskless rate of a period."""
        return self.history.risk_free

    @cached_property
    def volatility(self) -> pd.DataFrame:
        """GARCH forecasts of the next period's volatility."""
        found: pd.DataFrame = compute(rolling_garch, self.log, window=self.window).volatility
        return found

    @property
    def days(self) -> pd.DatetimeIndex:
        """Dates with forecasts."""
        return pd.DatetimeIndex(self.volatility.index)

    @cached_property
    def covariance(self) -> dict[str, np.ndarray]:
        """Forecast covariance of every date, by method."""
        return {
            "rolling": rolling_covariance(self.simple, self.window),
            "GARCH": garch_covariances(self.log, self.window, volatility=self.volatility),
        }

    @cached_property
    def search(self) -> Any:
        """The networks found by the random search, one for each asset, as in the chapter on them."""
        return compute(
            lstm_search,
            self.history,
            window=self.window,
            trials=self.trials,
            max_epochs=self.max_epochs,
            seed=self.seed,
            inputs="stationary",
            engine=chosen_engine(),
        )

    @property
    def test(self) -> pd.DatetimeIndex:
        """Dates after all training and validation."""
        return pd.DatetimeIndex(self.search.mean.index)

    @cached_property
    def mean(self) -> dict[str, pd.DataFrame]:
        """Forecast simple return of every date, by method."""
        arima = compute(rolling_arima, self.log, window=self.window).mean
        return {
            "rolling": self.simple.rolling(self.window).mean().shift(1).loc[self.days],
            "ARIMA": simple_mean(arima.loc[self.days], self.volatility**2),
            "LSTM": simple_mean(self.search.mean, self.volatility.loc[self.test] ** 2),
        }

    def covariances_at(self, method: str, when: pd.Index) -> np.ndarray:
        """Forecast covariances of the given dates."""
        return self.covariance[method][self.days.get_indexer(when)]

    def best_weights(self, mean: pd.DataFrame, covariance: str, when: pd.Index, engine: str = "exact") -> Any:
        """Maximum-Sharpe weights of the given dates."""
        return compute(
            daily_max_sharpe,
            mean.loc[when],
            self.covariances_at(covariance, when),
            self.rate.loc[when],
            engine=engine,
        )

    def trade(self, weights: pd.DataFrame, when: pd.Index) -> Backtest:
        """What weights earn on the given dates."""
        return backtest(
            weights, self.simple.loc[when], risk_free=self.rate.loc[when], periods_per_year=self.per_year
        )

    @cached_property
    def plans(self) -> dict[str, Any]:
        """Weights of the strategies with what they promise themselves."""
        return {
            name: self.best_weights(self.mean[mean], covariance, self.test)
            for name, (mean, covariance) in FORECASTS.items()
        }

    @cached_property
    def minimum(self) -> dict[str, pd.DataFrame]:
        """Minimum-variance weights, by covariance."""
        return {
            name: daily_minimum_variance(self.covariances_at(name, self.test), self.test, self.simple.columns)
            for name in self.covariance
        }

    @cached_property
    def weights(self) -> dict[str, pd.DataFrame]:
        """Weights of all strategies on the test dates."""
        equal = daily_equal_weight(self.test, self.simple.columns)
        found = {name: plan.weights for name, plan in self.plans.items()}
        found |= {f"minimum variance, {name}": weights for name, weights in self.minimum.items()}
        found |= {"1/N": equal, "buy and hold": equal.iloc[:1]}
        for label, share in {"half shrunk": 0.5, "shrunk to equal": 1.0}.items():
            shrunk = shrink_means(self.mean["LSTM"], share)
            found[f"advanced, means {label}"] = self.best_weights(shrunk, "GARCH", self.test).weights
        found["advanced, traded slowly"] = trade_slowly(found[ADVANCED], self.simple.loc[self.test], 0.1)
        return found

    @cached_property
    def runs(self) -> dict[str, Backtest]:
        """What the strategies earn on the test dates."""
        return {name: self.trade(weights, self.test) for name, weights in self.weights.items()}

    def compare(self, first: Backtest, second: Backtest, cost: float = 0.0) -> Inference:
        """Difference of annual net Sharpe ratios, by Ledoit and Wolf's studentised bootstrap."""
        one, other = first.at_cost(cost).returns, second.at_cost(cost).returns
        return sharpe_difference(
            one,
            other,
            risk_free=self.prices.risk_free.loc[one.index],
            periods_per_year=self.per_year,
            draws=self.draws,
            seed=self.seed,
        )

    @cached_property
    def sampled(self) -> pd.DatetimeIndex:
        """Test dates on which PyPortfolioOpt solves too."""
        return self.test[:: max(1, len(self.test) // self.check_days)]

    @cached_property
    def noise(self) -> pd.DataFrame:
        """What the optimiser promises on windows of pure noise, per period."""
        found: pd.DataFrame = compute(
            promised_on_noise,
            assets=max(2, self.simple.shape[1]),
            window=self.window,
            draws=self.noise_draws,
            seed=self.seed,
        )
        return found

    @cached_property
    def shrinkage_path(self) -> pd.DataFrame:
        """Annual Sharpe ratio after costs by how far the means are shrunk, one column a method."""
        return pd.DataFrame(
            {
                name: [
                    self.trade(
                        self.best_weights(
                            shrink_means(self.mean[mean].loc[self.test], share), cov, self.test
                        ).weights,
                        self.test,
                    )
                    .at_cost(COST)
                    .sharpe
                    for share in SHARES
                ]
                for name, (mean, cov) in BELIEVED.items()
            },
            index=pd.Index(SHARES, name="shrinkage"),
        )

    @cached_property
    def whole(self) -> "WholeHistory":
        """The strategies without an LSTM, on all dates and assets."""
        return WholeHistory(self.usable, self.window)

    @cached_property
    def inside(self) -> "InSample":
        """The hold-out of the text read literally: days inside the training rows."""
        published = compute(
            refit,
            self.history,
            self.search.settings,
            window=self.window,
            protocol="as_published",
            seed=self.seed,
            engine=chosen_engine(),
        )
        everywhere = published.everywhere
        training = everywhere.index[: round(0.8 * len(everywhere))]
        held_out = training[-round(0.2 * len(training)) :].intersection(self.days)
        leaky = simple_mean(everywhere.loc[held_out], self.volatility.loc[held_out] ** 2)
        plans = {
            ADVANCED: self.best_weights(leaky, "GARCH", held_out),
            TRADITIONAL: self.best_weights(self.mean["rolling"], "rolling", held_out),
        }
        runs = {name: self.trade(plan.weights, held_out) for name, plan in plans.items()}
        return InSample(training, held_out, plans, runs)

    @cached_property
    def carried_share(self) -> float:
        """Share of the test dates whose riskless rate is not published but the nearest known one."""
        rates = pd.DataFrame(self.history.manifest["risk_free"])
        rates = rates[rates["kind"].str.startswith("carried")]
        spans = zip(rates["first"], rates["last"], strict=True)
        carried = sum(int(((self.test >= a) & (self.test <= b)).sum()) for a, b in spans)
        return carried / len(self.test)


@dataclass
class InSample:
    """The hold-out read literally, inside the training rows: dates, and what both methods promise and earn."""

    training: pd.Index
    held_out: pd.Index
    plans: dict[str, Any]
    runs: dict[str, Backtest]


class WholeHistory:
    """Strategies that need no training part, on every date of the history.

    Rolling means, covariances and correlations look back over `span`, default `window`; GARCH and ARIMA
    are fitted on `window` returns.
    """

    def __init__(self, prices: PriceHistory, window: int, span: int | None = None) -> None:
        span = span or window
        log, self.simple = log_returns(prices.close), simple_returns(prices.close)
        volatility = compute(rolling_garch, log, window=window).volatility
        self.days = volatility.index.intersection(self.simple.index[span:])
        self.rate = prices.risk_free.loc[self.days]
        covariance = {
            "rolling": rolling_covariance(self.simple, span)[-len(self.days) :],
            "GARCH": garch_covariances(log, window, volatility=volatility, correlation_window=span),
        }
        arima = compute(rolling_arima, log, window=window).mean
        mean = {
            "rolling": self.simple.rolling(span).mean().shift(1).loc[self.days],
            "ARIMA": simple_mean(arima.loc[self.days], volatility.loc[self.days] ** 2),
        }
        self.plans = {
            f"{m} + {c}": compute(daily_max_sharpe, mean[m], covariance[c], self.rate)
            for m in mean
            for c in covariance
        }
        weights = {name: plan.weights for name, plan in self.plans.items()}
        if span == window:  # means over other windows have no rival without means
            weights |= {
                f"minimum variance, {c}": compute(
                    daily_minimum_variance, covariance[c], self.days, self.simple.columns
                )
                for c in covariance
            }
        weights["1/N"] = daily_equal_weight(self.days, self.simple.columns)
        self.runs = {
            name: backtest(
                w,
                self.simple.loc[self.days],
                risk_free=self.rate,
                periods_per_year=prices.periods_per_year,
            )
            for name, w in weights.items()
        }
