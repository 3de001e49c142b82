"""Forecasts of variances: GARCH on a short window, the same returns, exponential weights, a long window."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory, load_prices, log_returns, simple_returns
from portfolio_study.evaluation import (
    Inference,
    date_clustered_mean,
    model_confidence_set,
    pooled_diebold_mariano,
    qlike,
    rmse,
)
from portfolio_study.evaluation.long_run import newey_west_lags
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.ledger import Study
from portfolio_study.risk.garch import RollingVolatility, rolling_garch
from portfolio_study.risk.volatility import rolling_variance
from portfolio_study.store import compute
from portfolio_study.studies.garch.proxy_errors import POOLED, proxy_errors, reading_errors
from portfolio_study.studies.garch.volatility_comparison import compare_engines, variance_forecasts

EWMA = "EWMA"
ARIMA_ERROR = "ARIMA mean against the return"


@dataclass(kw_only=True, eq=False)
class Forecasts(Study):
    """Forecasts of each stock's variance, and their losses.

    Attributes
    ----------
    window, long_window : int
        Returns behind each fit; the paper's 50, and a long window. A short history gets a shorter one.
    refit : int
        The long GARCH is estimated every so many dates and filtered in between.
    decay : float
        Weight of the past in the exponential average.
    reference_windows : int
        Windows that the package arch fits too.
    arima_engine : str
        Engine of the ARIMA forecasts of one stock; the paper's is ``"statsmodels"``.
    other_windows : list of int
        Windows beside the paper's.
    other_window : int
        The one of them that is tested.
    replications : int
        Simulated series in a world where GARCH is true.
    range_rows : int or None
        Latest dates of the range-based part; None takes all.
    max_assets : int
        Assets in a covariance matrix.
    draws, seed : int
        Bootstrap draws, and the seed of all random numbers.
    """

    chapter: ClassVar[str] = "garch"
    window: int
    long_window: int
    refit: int
    decay: float
    reference_windows: int
    arima_engine: str
    other_windows: list[int]
    other_window: int
    replications: int
    range_rows: int | None
    max_assets: int
    draws: int
    seed: int

    def __post_init__(self) -> None:
        super().__post_init__()
        longest = 2 * len(self.returns) // 3
        self.long_window = min(self.long_window, longest)
        self.other_window = min(self.other_window, longest)
        self.other_windows = sorted({min(window, longest) for window in self.other_windows})

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Log returns: what the model is fitted to."""
        return log_returns(self.prices.close)

    @cached_property
    def simple(self) -> pd.DataFrame:
        """Simple returns: what a portfolio earns."""
        return simple_returns(self.prices.close)

    @property
    def period(self) -> str:
        """Name of a period."""
        return str(self.prices.period)

    @property
    def garch(self) -> str:
        """Name of the forecast from the paper's window."""
        return f"GARCH {self.window}"

    @property
    def equal(self) -> str:
        """Name of the plain variance of the same returns."""
        return f"variance {self.window}"

    @property
    def slow(self) -> str:
        """Name of the forecast from the long window."""
        return f"GARCH {self.long_window}"

    def lags(self, dates: int, window: int | None = None) -> int:
        """Newey-West lags for a mean over so many dates: at least a window, up to a tenth of the dates.

        Forecasts of neighbouring dates share the returns of a window. With more lags than a tenth of the
        dates the estimate of the error would itself be too small.
        """
        usual = newey_west_lags(dates)
        return max(usual, min(window or self.window, dates // 10))

    def mean(self, values: pd.DataFrame | pd.Series, window: int | None = None) -> Inference:
        """Mean over dates and stocks, with an error that allows for windows that overlap."""
        frame = values.to_frame("difference") if isinstance(values, pd.Series) else values
        found: Inference = date_clustered_mean(frame, lags=self.lags(len(frame), window))
        return found

    @cached_property
    def fitted(self) -> RollingVolatility:
        """GARCH on the paper's window, refitted every date."""
        found: RollingVolatility = compute(rolling_garch, self.returns, window=self.window)
        return found

    @cached_property
    def long(self) -> RollingVolatility:
        """GARCH on the long window."""
        return self.fit(self.long_window)

    def fit(self, window: int) -> RollingVolatility:
        """GARCH on another window, refitted now and then."""
        found: RollingVolatility = compute(rolling_garch, self.returns, window=window, refit=self.refit)
        return found

    @cached_property
    def engines(self) -> pd.DataFrame:
        """A sample of windows, fitted by the compiled engine and by the package arch."""
        found: pd.DataFrame = compute(
            compare_engines, self.returns, window=self.window, samples=self.reference_windows, seed=self.seed
        )
        return found

    @cached_property
    def edges(self) -> pd.DataFrame:
        """Share of fits on each edge of the parameter region, one column a window."""
        return pd.DataFrame({f"window {f.window}": f.boundary_shares() for f in (self.fitted, self.long)})

    # What the published errors may be errors of

    @property
    def shown(self) -> str:
        """The one stock that figures show: AXP, as in the paper, where the data have it."""
        return "AXP" if "AXP" in self.returns else str(self.returns.columns[0])

    @cached_property
    def window_sd(self) -> pd.DataFrame:
        """Standard deviation of the window of every forecast: the paper's proxy, as stated."""
        return rolling_variance(self.returns, self.window) ** 0.5

    @cached_property
    def past_sd(self) -> pd.DataFrame:
        """Standard deviation of all returns before every forecast: what a constant would have been."""
        return self.returns.expanding().std().shift(1).loc[self.window_sd.index]

    @cached_property
    def reading_errors(self) -> dict[str, pd.DataFrame]:
        """Errors by date and stock under each reading of actual volatility."""
        return reading_errors(self.returns, self.fitted)

    @cached_property
    def errors(self) -> pd.DataFrame:
        """RMSE under each reading of actual volatility, by ticker and for all of them."""
        arima = compute(rolling_arima, self.returns, window=self.window).mean
        actual = self.returns.loc[arima.index]
        table = proxy_errors(self.returns, self.fitted)
        table.loc[ARIMA_ERROR] = rmse(actual, arima).reindex(table.columns)
        table.loc[ARIMA_ERROR, POOLED] = float(np.sqrt(((actual - arima) ** 2).to_numpy().mean()))
        return table

    @cached_property
    def arima_error_axp(self) -> float | None:
        """RMSE of the ARIMA forecasts of AXP by the chosen engine; None without AXP."""
        if "AXP" not in self.returns:
            return None
        axp = self.returns[["AXP"]]
        mean = compute(rolling_arima, axp, window=self.window, engine=self.arima_engine).mean["AXP"]
        return float(np.sqrt(((axp["AXP"].loc[mean.index] - mean) ** 2).mean()))

    # Variances: the forecasts and their losses on common dates

    @cached_property
    def forecasts(self) -> dict[str, pd.DataFrame]:
        """Variance forecasts by name, on the dates that all of them forecast."""
        return variance_forecasts(self.returns, self.fitted, self.long, self.decay)

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates with all forecasts."""
        return pd.DatetimeIndex(self.forecasts[self.garch].index)

    @cached_property
    def actual(self) -> pd.DataFrame:
        """Returns of the dates that were forecast."""
        return self.returns.loc[self.dates]

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """QLIKE of each forecast against the squared return, by date and stock."""
        return {name: qlike(self.actual**2, h, form="log") for name, h in self.forecasts.items()}

    @cached_property
    def by_date(self) -> pd.DataFrame:
        """Loss of each forecast, averaged over stocks."""
        return pd.DataFrame({name: loss.mean(axis=1) for name, loss in self.losses.items()})

    @cached_property
    def best(self) -> Any:
        """The forecasts that cannot be told from the best."""
        return model_confidence_set(self.by_date, block=self.window, draws=self.draws, seed=self.seed)

    def gain(self, name: str, over: str) -> Inference:
        """Loss of one forecast less that of another: above zero, the first is better."""
        found: Inference = pooled_diebold_mariano(
            self.losses[over], self.losses[name], lags=self.lags(len(self.dates))
        )
        return found

    @cached_property
    def ranged(self) -> PriceHistory:
        """Prices with open, high, low and close: the chapter's own, or else those of the Nasdaq index."""
        found: PriceHistory = self.prices if self.prices.ohlcv is not None else load_prices(universe="nasdaq")
        return found
