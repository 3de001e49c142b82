"""What the headline strategies and forecasts did on days after the papers: rules that were frozen before them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.allocation.daily import (
    daily_equal_weight,
    daily_max_sharpe,
    daily_minimum_variance,
    simple_mean,
)
from portfolio_study.checks.confidence import widened
from portfolio_study.data import load_prices, log_returns, simple_returns
from portfolio_study.data.part import random_part
from portfolio_study.errors import EstimationError
from portfolio_study.evaluation import Inference, backtest, sharpe_difference
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.loss import qlike, squared_error
from portfolio_study.evaluation.panel import date_clustered_mean
from portfolio_study.evaluation.sharpe import variance_difference
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.ledger import Study, measure
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.risk.covariance_forecasts import garch_covariances, most_assets, rolling_covariance
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.risk.volatility import ewma_variance
from portfolio_study.store import compute

__all__ = ["Experiment", "load_prices", "table"]

LEAST, MORE = 60, 10
"""Days without which no test is made, and by how many they exceed the window, over which errors are correlated."""


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Rolling rules, which never see the day that they are judged on, after the last day that anybody used.

    Attributes
    ----------
    window : int
        Returns behind each forecast, as in the paper.
    last_used : str
        Last day on which something in this book was chosen, tuned or known.
    draws, seed : int
        Bootstrap of differences of Sharpe ratios and variances.
    frozen : str
        File that says what was frozen, and when.
    """

    chapter: ClassVar[str] = "since"
    window: int
    last_used: str
    draws: int
    seed: int
    frozen: str = "book/frozen.yml"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.prices = random_part(self.prices, most_assets(self.window), self.seed)

    @cached_property
    def log(self) -> pd.DataFrame:
        """Log returns of all dates: those before feed the windows."""
        return log_returns(self.prices.close)

    @cached_property
    def simple(self) -> pd.DataFrame:
        """Simple returns of all dates."""
        return simple_returns(self.prices.close)

    @cached_property
    def days(self) -> pd.DatetimeIndex:
        """Days after the last one that was used, with a window of returns before them."""
        dates = pd.DatetimeIndex(self.simple.index[self.window :])
        return dates[dates > pd.Timestamp(self.last_used)]

    @property
    def enough(self) -> int:
        """Days from which the questions are tested."""
        return max(LEAST, self.window + MORE)

    @cached_property
    def recent(self) -> slice:
        """The new days and the window before them: no forecast needs more."""
        first = max(0, len(self.simple) - len(self.days) - self.window - 1)
        return slice(first, None)

    @cached_property
    def volatility(self) -> pd.DataFrame:
        """GARCH forecasts of the new days."""
        found: pd.DataFrame = compute(
            rolling_garch, self.log.iloc[self.recent], window=self.window
        ).volatility
        return found.loc[self.days]

    @cached_property
    def arima(self) -> pd.DataFrame:
        """ARIMA forecasts of the new days."""
        found: pd.DataFrame = compute(rolling_arima, self.log.iloc[self.recent], window=self.window).mean
        return found.loc[self.days]

    @cached_property
    def runs(self) -> dict[str, Backtest]:
        """The strategies on the new days."""
        log, simple = self.log.iloc[self.recent], self.simple.iloc[self.recent]
        when = self.days
        positions = pd.DatetimeIndex(simple.index[self.window :]).get_indexer(when)
        sample = rolling_covariance(simple, self.window)[positions]
        volatility = compute(rolling_garch, log, window=self.window).volatility
        garch = garch_covariances(log, self.window, volatility=volatility)[positions]
        trailing = simple.rolling(self.window).mean().shift(1).loc[when]
        believed = simple_mean(self.arima, self.volatility**2)
        rate = self.prices.risk_free.loc[when]
        weights = {
            "ARIMA + GARCH": compute(daily_max_sharpe, believed, garch, rate).weights,
            "50-day + 50-day": compute(daily_max_sharpe, trailing, sample, rate).weights,
            "minimum variance": daily_minimum_variance(sample, when, simple.columns),
            "1/N": daily_equal_weight(when, simple.columns),
        }
        year = self.prices.periods_per_year
        return {
            name: backtest(w, self.simple.loc[when], risk_free=rate, periods_per_year=year)
            for name, w in weights.items()
        }

    def sharpe_gain(self, first: str, second: str) -> Inference:
        """Difference of annual Sharpe ratios after costs."""
        one, other = (self.runs[name].at_cost(COST).returns for name in (first, second))
        return sharpe_difference(
            one,
            other,
            risk_free=self.prices.risk_free.loc[one.index],
            periods_per_year=self.prices.periods_per_year,
            draws=self.draws,
            seed=self.seed,
        )

    @cached_property
    def contrasts(self) -> dict[str, tuple[str, Any, float]]:
        """Question to unit, estimate and smallest effect that matters; each above zero where the paper is right."""
        actual = self.log.loc[self.days]
        zero = actual**2
        gain = date_clustered_mean((zero - squared_error(actual, self.arima)) / float(zero.mean().mean()))
        ewma = ewma_variance(self.log.iloc[self.recent], start=self.window).loc[self.days]
        fit = date_clustered_mean(
            qlike(zero, ewma, form="log") - qlike(zero, self.volatility**2, form="log"), lags=self.window
        )
        least, equal = self.runs["minimum variance"].returns, self.runs["1/N"].returns
        calmer = variance_difference(equal, least, draws=self.draws, seed=self.seed).scaled(0.5)
        return {
            "ARIMA forecasts returns better than zero": ("share of zero's squared error", gain, 0.001),
            "GARCH forecasts variances better than EWMA": ("QLIKE", fit, 0.0008),
            "forecasts raise the Sharpe ratio (ARIMA and GARCH against 50-day moments)": (
                "annual Sharpe ratio",
                self.sharpe_gain("ARIMA + GARCH", "50-day + 50-day"),
                0.2,
            ),
            "forecasts earn more than equal weights": (
                "annual Sharpe ratio",
                self.sharpe_gain("ARIMA + GARCH", "1/N"),
                0.2,
            ),
            "minimum variance is calmer than equal weights": ("log volatility", calmer, 0.02),
        }


@measure(key="state")
def state(study: Experiment) -> str:
    """What there is to say at all."""
    if not len(study.days):
        return (
            f"The prices of this build end on {study.prices.close.index[-1]:%Y-%m-%d}: no day is new. "
            "`make book SOURCE=yahoo UNIVERSE=papers END=YYYY-MM-DD`, with the date of the last session, brings some."
        )
    if len(study.days) < study.enough:
        return f"Only {len(study.days)} days are new; tests need {study.enough}."
    last = study.days[-1]
    return f"{len(study.days)} days are new, {study.days[0]:%Y-%m-%d} to {last:%Y-%m-%d}."


def table(study: Experiment) -> pd.DataFrame | None:
    """Each question with its answer on the new days, by the rules of the ledger; None without enough days."""
    if len(study.days) < study.enough:
        return None
    rows = []
    for question, (unit, found, least) in study.contrasts.items():
        interval = widened(found.estimate, found.interval, len(study.contrasts))
        if not np.isfinite(interval).all():
            raise EstimationError(f"{question}: the interval is not finite")
        verdict = judge_direction(found.estimate, interval, least)
        rows.append(
            {
                "question": question,
                "estimate": found.estimate,
                "low": interval[0],
                "high": interval[1],
                "unit": unit,
                "verdict": verdict.verdict,
            }
        )
    return pd.DataFrame(rows).set_index("question")
