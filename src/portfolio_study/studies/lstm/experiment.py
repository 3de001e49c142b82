"""The networks of paper 000, searched, trained again in other ways, and their rivals on the same dates."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory, latest, log_returns
from portfolio_study.evaluation import spread_over_networks, squared_error
from portfolio_study.evaluation.forecast_comparison import compare_with_benchmark, pooled_comparison
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.forecasting.lstm import LstmForecasts, lstm_search, refit
from portfolio_study.forecasting.lstm_data import Task, features, make_task
from portfolio_study.forecasting.lstm_fit import Setting
from portfolio_study.ledger import Study
from portfolio_study.store import compute
from portfolio_study.studies.lstm import controls

LSTM, ARIMA, ROLLING, HISTORICAL, ZERO = "LSTM", "ARIMA(1,0,1)", "50-day mean", "historical mean", "zero"
CONSTANTS = (ZERO, HISTORICAL, ROLLING)  # what a network has to know more than
RIDGE, POOLED, PLACEBO = "ridge, same inputs", "one network for all", "placebo (permuted targets)"
CLOSE_ONLY, BOTH_WAYS, WALKED = "adjusted close only", "bidirectional", "trained again at later dates"


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """One network a ticker, found by random search, against rivals and controls.

    Attributes
    ----------
    rows, tickers : int or None
        Latest dates and first tickers; None takes all.
    window : int
        Periods in a sequence.
    trials, max_epochs, seed : int
        Random search of the networks.
    control_tickers, seeds : int
        Tickers of the controls, and further seeds of each.
    refits, refit_tickers : int
        Later dates at which networks are trained again, and tickers on which that is done.
    long_epochs : int
        Epochs of the training that is longer than the paper's.
    pooled_samples : int
        Sequences for the one network that serves all tickers.
    other_windows : list of int
        Lengths of a sequence besides the paper's.
    published_search : bool
        Search under the published protocol too, not only train the winners again.
    draws : int
        Bootstrap resamples of the errors of single tickers.
    """

    chapter: ClassVar[str] = "lstm"
    own_data: ClassVar[str] = "history"
    rows: int | None
    tickers: int | None
    window: int
    trials: int
    max_epochs: int
    control_tickers: int
    seeds: int
    refits: int
    refit_tickers: int
    long_epochs: int
    pooled_samples: int
    other_windows: list[int]
    published_search: bool
    draws: int
    seed: int

    # --- data

    @cached_property
    def history(self) -> PriceHistory:
        """Prices of the chapter: the paper's number of dates."""
        return latest(self.prices, self.rows, self.tickers)

    @property
    def period(self) -> str:
        """Name of a period."""
        return self.history.period

    def _first(self, tickers: int) -> PriceHistory:
        return latest(self.prices, self.rows, min(tickers, len(self.history.tickers)))

    @cached_property
    def controlled(self) -> PriceHistory:
        """Prices of the tickers on which the controls run."""
        return self._first(self.control_tickers)

    @cached_property
    def renewed(self) -> PriceHistory:
        """Prices of the tickers whose networks are trained again later, and untuned."""
        return self._first(self.refit_tickers)

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Log returns."""
        return log_returns(self.history.close)

    @cached_property
    def table(self) -> pd.DataFrame:
        """What the network of the first ticker reads, before scaling."""
        return features(self.history, self.history.tickers[0])

    @cached_property
    def task(self) -> Task:
        """Sequences and targets of the first ticker."""
        return make_task(self.table, self.history.close[self.history.tickers[0]], self.window)

    # --- the search, and other trainings

    @property
    def _scale(self) -> dict[str, int]:
        return {
            "window": self.window,
            "trials": self.trials,
            "max_epochs": self.max_epochs,
            "seed": self.seed,
        }

    def _refit(self, history: PriceHistory, settings: dict[str, Setting], **options: Any) -> LstmForecasts:
        found: LstmForecasts = compute(
            refit, history, settings, **{"window": self.window, "seed": self.seed} | options
        )
        return found

    @cached_property
    def search(self) -> LstmForecasts:
        """The best network of each ticker, nothing of the future known in training."""
        found: LstmForecasts = compute(lstm_search, self.history, **self._scale)
        return found

    @cached_property
    def published(self) -> LstmForecasts:
        """The networks under the published protocol: scaled before the split, windows shuffled."""
        if self.published_search:
            found: LstmForecasts = compute(lstm_search, self.history, protocol="as_published", **self._scale)
            return found
        return self._refit(self.history, self.search.settings, protocol="as_published")

    @cached_property
    def untuned(self) -> LstmForecasts:
        """One default network for each ticker."""
        default = replace(controls.DEFAULT, epochs=self.max_epochs)
        return self._refit(self.renewed, dict.fromkeys(self.renewed.tickers, default))

    @cached_property
    def again(self) -> LstmForecasts:
        """The same trials, trained from another seed."""
        found: LstmForecasts = compute(
            lstm_search, self.controlled, **self._scale, training_seed=self.seed + 1
        )
        return found

    def winning(self, history: PriceHistory) -> dict[str, Setting]:
        """Hyper-parameters that the search chose, of the tickers of a history."""
        return {ticker: self.search.settings[ticker] for ticker in history.tickers}

    @cached_property
    def winners(self) -> pd.DataFrame:
        """The row of the best trial of each ticker."""
        trials = self.search.trials
        return trials.loc[trials.groupby("ticker")["validation_rmse"].idxmin()].set_index("ticker")

    @cached_property
    def other_seeds(self) -> dict[int, LstmForecasts]:
        """The networks of the control tickers, trained from further seeds."""
        found: dict[int, LstmForecasts] = compute(
            controls.across_seeds,
            self.controlled,
            self.winning(self.controlled),
            window=self.window,
            seeds=self.seeds,
            first=self.seed + 1,
        )
        return found

    @cached_property
    def longer(self) -> LstmForecasts:
        """The networks of the control tickers, trained for more epochs."""
        return self._control_refit(epochs=self.long_epochs)

    def _control_refit(self, options: dict[str, Any] | None = None, **changes: Any) -> LstmForecasts:
        settings = self.winning(self.controlled)
        if changes:
            settings = {ticker: replace(s, **changes) for ticker, s in settings.items()}
        return self._refit(self.controlled, settings, **options or {})

    # --- the same test dates

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Test dates: after all training and validation."""
        return pd.DatetimeIndex(self.search.mean.index)

    @cached_property
    def arima(self) -> pd.DataFrame:
        """ARIMA's forecasts on the whole history."""
        found: pd.DataFrame = compute(rolling_arima, self.returns, window=self.window).mean
        return found

    @cached_property
    def forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts of the test dates, by method."""
        return {
            LSTM: self.search.mean,
            ARIMA: self.arima.loc[self.dates],
            ROLLING: self.returns.rolling(self.window).mean().shift(1).loc[self.dates],
            HISTORICAL: self.returns.expanding().mean().shift(1).loc[self.dates],
            ZERO: self.returns.loc[self.dates] * 0.0,
        }

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """Squared errors on the test dates, by method."""
        return {name: squared_error(self.search.actual, f) for name, f in self.forecasts.items()}

    @cached_property
    def published_losses(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Squared errors of the published protocol and of zero, on the dates that its shuffled test parts share."""
        actual = self.published.actual
        loss = squared_error(actual, self.published.mean).dropna()
        return loss, squared_error(actual, actual * 0.0).loc[loss.index]

    @cached_property
    def pooled_tests(self) -> pd.DataFrame:
        """The networks against forecasts that know nothing, all tickers together."""
        found: pd.DataFrame = compute(
            pooled_comparison,
            self.search.actual,
            self.search.mean,
            {name: self.forecasts[name] for name in CONSTANTS},
            draws=self.draws,
            seed=self.seed,
        )
        return found

    @cached_property
    def single_tests(self) -> pd.DataFrame:
        """The networks against zero, ticker by ticker."""
        found: pd.DataFrame = compute(
            compare_with_benchmark,
            self.search.actual,
            self.search.mean,
            self.forecasts[ZERO],
            draws=self.draws,
            seed=self.seed,
        )
        return found

    @property
    def shown(self) -> str:
        """The ticker that is drawn: the paper's MSFT, or the first."""
        return "MSFT" if "MSFT" in self.search.mean else str(self.search.mean.columns[0])

    # --- controls

    @cached_property
    def by_window(self) -> dict[int, pd.DataFrame]:
        """Forecasts of the control tickers from sequences of other lengths, where the rows allow them."""
        lengths = [w for w in self.other_windows if w != self.window and 10 * w <= len(self.table)]
        return {w: self._control_refit({"window": w}).mean for w in lengths}

    @cached_property
    def walked(self) -> pd.DataFrame:
        """Forecasts of networks that are trained again at later dates."""
        found: pd.DataFrame = compute(
            controls.refits_at_later_dates,
            self.renewed,
            self.winning(self.renewed),
            window=self.window,
            refits=self.refits,
            seed=self.seed,
        )
        return found

    @cached_property
    def control_forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts of the control tickers, by control."""
        some = self.controlled
        return {
            RIDGE: compute(controls.ridge_forecasts, some, window=self.window),
            POOLED: compute(
                controls.pooled_forecasts,
                some,
                window=self.window,
                samples=self.pooled_samples,
                seed=self.seed,
            ),
            PLACEBO: self._control_refit({"placebo": True}).mean,
            CLOSE_ONLY: self._control_refit({"names": ("adj_close",)}).mean,
            BOTH_WAYS: self._control_refit(bidirectional=True).mean,
            **{f"sequences of {w}": forecast for w, forecast in self.by_window.items()},
            WALKED: self.walked[self.walked.columns.intersection(some.tickers)],
        }

    @cached_property
    def control_losses(self) -> dict[str, pd.DataFrame]:
        """Squared errors of the control tickers on the test dates, by control."""
        found = {name: self.losses[name][self.controlled.tickers] for name in (LSTM, ZERO)}
        for name, forecast in self.control_forecasts.items():
            actual = self.search.actual[forecast.columns]
            found[name] = squared_error(actual, forecast.loc[self.dates])
        return found

    @cached_property
    def seed_losses(self) -> list[pd.DataFrame]:
        """Squared errors of the same networks of the control tickers, by seed."""
        others = (squared_error(f.actual, f.mean) for f in self.other_seeds.values())
        return [self.control_losses[LSTM], *others]

    def r2_against_zero(self, loss: pd.DataFrame) -> float:
        """Share of zero's squared error that a forecast removes, over tickers and dates."""
        return float(1 - loss.to_numpy().mean() / self.losses[ZERO][loss.columns].to_numpy().mean())

    # --- the luck of training

    def seed_luck(
        self, loss: pd.DataFrame, benchmark: pd.DataFrame, networks: tuple[int, int] = (1, 1)
    ) -> float:
        """Error of a ratio of losses that comes from the seed, on the control tickers."""
        return controls.seed_error(self.seed_losses, loss, benchmark, networks)

    def ticker_luck(self, loss: pd.DataFrame, benchmark: pd.DataFrame) -> float:
        """Error of a ratio of losses that comes from the networks, one a ticker."""
        if loss.shape[1] > 1:
            return spread_over_networks(loss, benchmark)
        return self.seed_luck(loss, benchmark, (1, 0))

    @cached_property
    def calendar_gains(self) -> dict[int, pd.Series]:
        """Gain over ARIMA in squared error, date by date, by weekday (or month, of monthly prices)."""
        index = pd.DatetimeIndex(self.returns.loc[self.dates].index)
        unit = np.asarray(index.day_of_week if self.history.frequency == "daily" else index.month)
        arima = self.losses[ARIMA]
        gains = (arima - self.losses[LSTM]).mean(axis=1) / arima.to_numpy().mean()
        return {int(d): gains[unit == d] for d in sorted(set(unit))}
