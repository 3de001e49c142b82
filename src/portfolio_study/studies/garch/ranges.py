"""What open, high, low and close of a day say about its variance."""

from functools import cached_property
from typing import Any

import pandas as pd

from portfolio_study.data import log_returns
from portfolio_study.evaluation import model_confidence_set, qlike
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.risk.volatility import match_level, range_proxies
from portfolio_study.store import compute
from portfolio_study.studies.garch.forecasts import Forecasts
from portfolio_study.studies.garch.volatility_comparison import range_ewma, variance_forecasts

SMOOTHED = "EWMA of ranges"
SQUARED = "squared return"


class Ranges:
    """Forecasts from returns and from ranges, judged by squared returns and by ranges."""

    def __init__(self, study: Forecasts) -> None:
        self.study = study
        rows = slice(None) if study.range_rows is None else slice(-study.range_rows, None)
        self.returns = log_returns(study.ranged.close).iloc[rows]
        self.squares = self.returns**2

    @cached_property
    def proxies(self) -> dict[str, pd.DataFrame]:
        """Range-based estimates of each day's variance, by name."""
        fields: Any = self.study.ranged.ohlcv  # never None: it was chosen for having them
        found = range_proxies(fields)
        return {name: proxy.loc[self.returns.index] for name, proxy in found.items()}

    @cached_property
    def forecasts(self) -> dict[str, pd.DataFrame]:
        """The variance forecasts, and an exponential average of ranges instead of squares."""
        study = self.study
        short = compute(rolling_garch, self.returns, window=study.window)
        long = compute(rolling_garch, self.returns, window=study.long_window, refit=study.refit)
        found = variance_forecasts(self.returns, short, long, study.decay)
        smoothed = range_ewma(self.proxies["Garman-Klass"], self.squares, study.decay, study.window)
        found[SMOOTHED] = smoothed.loc[found[study.garch].index]
        return found

    @property
    def dates(self) -> pd.Index:
        """Dates with all forecasts."""
        return self.forecasts[self.study.garch].index

    @cached_property
    def scores(self) -> dict[str, pd.DataFrame]:
        """QLIKE of each forecast (columns) by date, under each proxy of the truth."""
        squares = self.squares.loc[self.dates]
        truths = {SQUARED: squares} | {
            name: match_level(proxy.loc[self.dates], squares) for name, proxy in self.proxies.items()
        }
        return {
            truth: pd.DataFrame(
                {name: qlike(x, h, form="log").mean(axis=1) for name, h in self.forecasts.items()}
            )
            for truth, x in truths.items()
        }

    @cached_property
    def best(self) -> dict[str, Any]:
        """The forecasts that cannot be told from the best, under each proxy."""
        return {
            truth: model_confidence_set(
                score, block=self.study.window, draws=self.study.draws, seed=self.study.seed
            )
            for truth, score in self.scores.items()
        }
