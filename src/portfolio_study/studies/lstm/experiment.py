"""The networks of paper 000, searched, trained again in other ways, and their rivals on the same dates."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory, latest, log_returns
from portfolio_study.data.economy import stored_economy
from portfolio_study.data.part import random_part
from portfolio_study.evaluation import squared_error
from portfolio_study.evaluation.forecast_comparison import compare_with_benchmark
from portfolio_study.forecasting import benchmarks
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.forecasting.lstm import LstmForecasts, lstm_search
from portfolio_study.forecasting.lstm_data import Task, features, make_task
from portfolio_study.forecasting.lstm_fit import Setting
from portfolio_study.forecasting.rolling_prophet import ProphetForecasts, rolling_prophet
from portfolio_study.ledger import Study
from portfolio_study.network_engine import chosen_engine
from portfolio_study.store import compute
from portfolio_study.studies.lstm import controls, future_work

LSTM, ARIMA, ROLLING, HISTORICAL, ZERO = "LSTM", "ARIMA(1,0,1)", "rolling mean", "historical mean", "zero"
RIDGE, POOLED, PLACEBO = "ridge, same inputs", "one network for all", "targets permuted"
LEVELS, PUBLISHED, SHUFFLED = "price levels", "scaled before the split", "shuffled windows"
PRICES, BOTH_WAYS, WALKED = "prices without volume and RSI", "bidirectional", "trained again at later dates"
UNTUNED, LONGER = "one untuned setting", "more epochs"
INPUTS = "stationary"  # what the networks of this chapter read, unless a control says otherwise
MOST_TICKERS = 30  # whose networks are searched, unless `tickers` asks for more
FOUR_PRICES = ("open", "high", "low", "adj_close")


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """One network a ticker, found by random search, against rivals and controls.

    Attributes
    ----------
    rows, tickers : int or None
        Latest dates and first tickers; None takes all dates, and all tickers or, of more than 30, a random part.
    window : int
        Periods in a sequence.
    trials, max_epochs, seed : int
        Random search of the networks.
    seeds : int
        Trainings of each network, that of the search included.
    seed_tickers : int
        Tickers, drawn at random, whose networks are trained from all seeds; no more than there are.
    control_tickers, control_seeds : int
        Of these the first so many drawn carry the controls, of so many seeds where no claim is judged.
    engine_dates : int
        Test dates, drawn at random, on which the paper's engine fits ARIMA too.
    refits : int
        Later dates at which networks are trained again.
    long_epochs : int
        Epochs of the training that is longer than the paper's.
    pooled_samples : int
        Sequences for the one network that serves all tickers.
    other_windows : list of int
        Lengths of a sequence besides the paper's.
    prophet_tickers : int
        Of the tickers in random order the first so many are forecast by Prophet.
    prophet_past, prophet_every : int
        Dates behind a fit of Prophet, and between two fits.
    draws : int
        Bootstrap resamples.
    """

    chapter: ClassVar[str] = "lstm"
    own_data: ClassVar[str] = "history"
    rows: int | None
    tickers: int | None
    window: int
    trials: int
    max_epochs: int
    seeds: int
    seed_tickers: int
    control_tickers: int
    control_seeds: int
    engine_dates: int
    refits: int
    long_epochs: int
    pooled_samples: int
    other_windows: list[int]
    prophet_tickers: int
    prophet_past: int
    prophet_every: int
    draws: int
    seed: int

    # --- data

    @cached_property
    def history(self) -> PriceHistory:
        """Prices of the chapter: the paper's number of dates."""
        return latest(self._taken, self.rows, self.tickers)

    @property
    def _taken(self) -> PriceHistory:
        """Prices of the tickers that are taken: a network for each of hundreds would take days."""
        return random_part(self.prices, MOST_TICKERS, self.seed) if self.tickers is None else self.prices

    @property
    def period(self) -> str:
        """Name of a period."""
        return self.history.period

    def _of(self, tickers: Iterable[str], of: PriceHistory | None = None) -> PriceHistory:
        history = of or self.history
        chosen = [name for name in history.tickers if name in set(tickers)]
        fields = history.ohlcv and {name: table[chosen] for name, table in history.ohlcv.items()}
        return replace(history, close=history.close[chosen], ohlcv=fields)

    @cached_property
    def drawn(self) -> list[str]:
        """Tickers in the random order in which further trainings take them."""
        return [str(t) for t in np.random.default_rng(self.seed).permutation(self.history.tickers)]

    @cached_property
    def seeded(self) -> PriceHistory:
        """Prices of the tickers whose networks are trained from all seeds."""
        return self._of(self.drawn[: self.seed_tickers])

    @cached_property
    def controlled(self) -> PriceHistory:
        """Prices of the tickers on which the controls run."""
        return self._of(self.drawn[: min(self.control_tickers, len(self.seeded.tickers))])

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Log returns."""
        return log_returns(self.history.close)

    @cached_property
    def table(self) -> pd.DataFrame:
        """What the network of the first ticker reads, before scaling."""
        return features(self.history, self.history.tickers[0], inputs=INPUTS)

    def task_of(self, ticker: str) -> Task:
        """Sequences and targets of one ticker."""
        table = features(self.history, ticker, inputs=INPUTS)
        return make_task(table, self.history.close[ticker], self.window)

    @cached_property
    def task(self) -> Task:
        """Sequences and targets of the first ticker."""
        return self.task_of(self.history.tickers[0])

    def reach(self, inputs: str, protocol: str = "corrected") -> float:
        """Largest scaled input of the test parts of all tickers: 1 is the largest that was seen in training."""
        found = []
        for ticker in self.history.tickers:
            table = features(self.history, ticker, inputs=inputs)
            task = make_task(table, self.history.close[ticker], self.window, protocol)
            found.append(float(np.abs(task.inputs[task.test]).max()))
        return max(found)

    # --- the search, and other trainings

    @cached_property
    def search(self) -> LstmForecasts:
        """The best network of each ticker, nothing of the future known in training."""
        found: LstmForecasts = compute(
            lstm_search,
            self.history,
            window=self.window,
            trials=self.trials,
            max_epochs=self.max_epochs,
            seed=self.seed,
            inputs=INPUTS,
            engine=chosen_engine(),
        )
        return found

    @cached_property
    def winners(self) -> pd.DataFrame:
        """The row of the best trial of each ticker."""
        trials = self.search.trials
        return trials.loc[trials.groupby("ticker")["validation_rmse"].idxmin()].set_index("ticker")

    def trained(
        self, history: PriceHistory, seeds: int, window: int | None = None, **options: Any
    ) -> list[LstmForecasts]:
        """The networks that the search chose for the tickers of a history, trained from so many seeds.

        Fields of a setting among the options (``epochs``, ``bidirectional``) change the networks.
        """
        settings = {ticker: self.search.settings[ticker] for ticker in history.tickers}
        changes = {name: options.pop(name) for name in ("epochs", "bidirectional") if name in options}
        if changes:
            settings = {ticker: replace(s, **changes) for ticker, s in settings.items()}
        return self._from_seeds(history, settings, seeds, window=window or self.window, **options)

    def _from_seeds(
        self, history: PriceHistory, settings: dict[str, Setting], seeds: int, **options: Any
    ) -> list[LstmForecasts]:
        drawn = list(range(self.seed, self.seed + seeds))
        found: dict[int, LstmForecasts] = compute(
            controls.across_seeds,
            history,
            settings,
            drawn,
            **{"window": self.window, "inputs": INPUTS} | options,
            engine=chosen_engine(),
        )
        return list(found.values())

    @cached_property
    def by_seed(self) -> list[LstmForecasts]:
        """The networks of the search on the tickers with several seeds: its own training, then the others."""
        settings = {ticker: self.search.settings[ticker] for ticker in self.seeded.tickers}
        others: dict[int, LstmForecasts] = compute(
            controls.across_seeds,
            self.seeded,
            settings,
            list(range(self.seed + 1, self.seed + self.seeds)),
            window=self.window,
            inputs=INPUTS,
            engine=chosen_engine(),
        )
        return [self.search, *others.values()]

    @cached_property
    def published(self) -> list[LstmForecasts]:
        """The same networks as the text describes them, by seed: price levels, scaled before the split."""
        return self.trained(self.seeded, self.seeds, protocol="as_published", inputs="levels")

    @cached_property
    def shuffled(self) -> list[LstmForecasts]:
        """The published protocol with windows shuffled into the parts, on the control tickers."""
        return self.trained(self.controlled, self.control_seeds, protocol="shuffled", inputs="levels")

    @cached_property
    def untuned(self) -> list[LstmForecasts]:
        """One untuned setting for each control ticker."""
        default = replace(controls.DEFAULT, epochs=self.max_epochs)
        settings = dict.fromkeys(self.controlled.tickers, default)
        return self._from_seeds(self.controlled, settings, self.control_seeds)

    # --- the same test dates

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Test dates: after all training and validation."""
        return pd.DatetimeIndex(self.search.mean.index)

    @cached_property
    def arima(self) -> pd.DataFrame:
        """ARIMA's forecasts on the whole history, by the highest likelihood."""
        found: pd.DataFrame = compute(rolling_arima, self.returns, window=self.window).mean
        return found

    @cached_property
    def arima_of_paper(self) -> pd.DataFrame:
        """ARIMA's forecasts by the paper's engine, on test dates drawn at random."""
        count = min(self.engine_dates, len(self.dates))
        chosen = np.random.default_rng(self.seed).choice(len(self.dates), size=count, replace=False)
        dates = list(self.dates[np.sort(chosen)])
        found: pd.DataFrame = compute(
            rolling_arima, self.returns, window=self.window, engine="statsmodels", dates=dates
        ).mean
        return found

    @cached_property
    def engine_difference(self) -> pd.DataFrame:
        """Squared errors of the paper's engine less those of the highest likelihood, on the dates of both."""
        dates = self.arima_of_paper.index
        actual = self.search.actual.loc[dates]
        return squared_error(actual, self.arima_of_paper) - squared_error(actual, self.arima.loc[dates])

    @cached_property
    def forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts of the test dates, by method; of the networks, those of the search.

        The two means are those of `benchmarks` but for their last digit, on which the recorded results rest.
        """
        return {
            LSTM: self.search.mean,
            ARIMA: self.arima.loc[self.dates],
            ROLLING: self.returns.rolling(self.window).mean().shift(1).loc[self.dates],
            HISTORICAL: self.returns.expanding().mean().shift(1).loc[self.dates],
            ZERO: benchmarks.zero_forecast(self.returns).loc[self.dates],
        }

    def errors_of(self, found: list[LstmForecasts], tickers: list[str]) -> list[pd.DataFrame]:
        """Squared errors of networks on the test dates, by seed."""
        return [squared_error(f.actual[tickers], f.mean[tickers]) for f in found]

    @cached_property
    def seed_losses(self) -> list[pd.DataFrame]:
        """Squared errors of the networks with several seeds, by seed."""
        return self.errors_of(self.by_seed, self.seeded.tickers)

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """Squared errors on the test dates, by method; of a network with several seeds, their mean."""
        found = {name: squared_error(self.search.actual, f) for name, f in self.forecasts.items()}
        own = found[LSTM].copy()
        own[self.seeded.tickers] = _mean(self.seed_losses)
        return found | {LSTM: own}

    @cached_property
    def published_losses(self) -> list[pd.DataFrame]:
        """Squared errors of the published protocol on the test dates, by seed."""
        return self.errors_of(self.published, self.seeded.tickers)

    def relative_training_error(self, by_seed: list[pd.DataFrame], tickers: list[str]) -> float:
        """Error, relative to zero's loss, of the mean loss over tickers that comes from the seeds."""
        zero = self.losses[ZERO][tickers].mean()
        return float(np.sqrt(controls.training_variance(by_seed, zero)) / zero.mean())

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

    @cached_property
    def shown_by_seed(self) -> list[LstmForecasts]:
        """The network of the ticker that is drawn, by seed."""
        if self.shown in self.seeded.tickers:
            return self.by_seed
        return self.trained(self._of([self.shown]), self.seeds)

    # --- controls

    @cached_property
    def control_networks(self) -> dict[str, list[pd.DataFrame]]:
        """Squared errors of the control tickers by trained control and seed."""
        some, few, all_seeds = self.controlled, self.control_seeds, self.seeds
        lengths = [w for w in self.other_windows if w != self.window and 10 * w <= len(self.table)]
        found = {
            LEVELS: self.trained(some, few, inputs="levels"),
            PLACEBO: self.trained(some, few, placebo=True),
            BOTH_WAYS: self.trained(some, all_seeds, bidirectional=True),
            LONGER: self.trained(some, few, epochs=self.long_epochs),
            UNTUNED: self.untuned,
            **{f"sequences of {w}": self.trained(some, few, window=w) for w in lengths},
        }
        if some.ohlcv is not None:
            found[PRICES] = self.trained(some, all_seeds, names=FOUR_PRICES)
        return {
            name: [table.loc[self.dates] for table in self.errors_of(networks, some.tickers)]
            for name, networks in found.items()
        }

    @cached_property
    def walked(self) -> pd.DataFrame:
        """Forecasts of networks that are trained again at later dates."""
        found: pd.DataFrame = compute(
            controls.refits_at_later_dates,
            self.controlled,
            {ticker: self.search.settings[ticker] for ticker in self.controlled.tickers},
            window=self.window,
            refits=self.refits,
            seed=self.seed,
            inputs=INPUTS,
            engine=chosen_engine(),
        )
        return found

    @cached_property
    def control_forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts of the control tickers by controls of a single training."""
        scale = {"window": self.window, "inputs": INPUTS}
        return {
            RIDGE: compute(controls.ridge_forecasts, self.controlled, **scale),
            POOLED: compute(
                controls.pooled_forecasts,
                self.controlled,
                samples=self.pooled_samples,
                seed=self.seed,
                **scale,
            ),
            WALKED: self.walked,
        }

    @cached_property
    def control_losses(self) -> dict[str, pd.DataFrame]:
        """Squared errors of the control tickers on the test dates, by control; means over seeds."""
        names = self.controlled.tickers
        found = {name: self.losses[name][names] for name in (LSTM, ARIMA, ZERO)}
        found |= {name: _mean(tables) for name, tables in self.control_networks.items()}
        found[PUBLISHED] = _mean(self.published_losses)[names]
        actual = self.search.actual[names]
        return found | {name: squared_error(actual, f) for name, f in self.control_forecasts.items()}

    def control_seed_losses(self, name: str) -> list[pd.DataFrame]:
        """Squared errors of the control tickers by seed; of a control of one training, the networks' own spread."""
        if name in self.control_networks:
            return self.control_networks[name]
        return [table[self.controlled.tickers] for table in self.seed_losses]

    # --- future work

    @cached_property
    def prophet_history(self) -> PriceHistory:
        """Prices of the tickers that Prophet forecasts."""
        return self._of(self.drawn[: self.prophet_tickers])

    @cached_property
    def prophet(self) -> ProphetForecasts:
        """Prophet's forecasts of the test dates."""
        found: ProphetForecasts = compute(
            rolling_prophet,
            self.prophet_history.close,
            self.dates[0],
            past=self.prophet_past,
            every=self.prophet_every,
        )
        return found

    @cached_property
    def economy(self) -> pd.DataFrame | None:
        """The monthly series of the economy that the run was given; None: those that an installed package carries."""
        checksum = (self.samples or {}).get("economy")
        return stored_economy(checksum) if checksum else None

    @cached_property
    def macro_history(self) -> PriceHistory:
        """Prices until inflation and bond yields are no longer known, of the tickers with several seeds."""
        whole = latest(self._taken, None, self.tickers)
        least = future_work.least_dates(self.window)
        return self._of(
            self.seeded.tickers, latest(future_work.known_economy(whole, least, self.economy), self.rows)
        )

    @cached_property
    def macro_losses(self) -> dict[str, list[pd.DataFrame]]:
        """Squared errors of untuned networks with and without inputs of the economy, by side and seed."""
        found: dict[str, list[pd.DataFrame]] = compute(
            future_work.with_and_without_economy,
            self.macro_history,
            replace(controls.DEFAULT, epochs=self.max_epochs),
            list(range(self.seed, self.seed + self.seeds)),
            window=self.window,
            inputs=INPUTS,
            **({} if self.economy is None else {"monthly": self.economy}),
            engine=chosen_engine(),
        )
        return found

    def r2_against_zero(self, loss: pd.DataFrame) -> float:
        """Share of zero's squared error that a forecast removes, over tickers and dates."""
        return float(1 - loss.to_numpy().mean() / self.losses[ZERO][loss.columns].to_numpy().mean())


def _mean(by_seed: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean of losses over seeds."""
    return sum(by_seed[1:], start=by_seed[0]) / len(by_seed)
