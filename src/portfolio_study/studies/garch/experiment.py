"""GARCH on a short window beside its controls: the same returns, exponential weights, a long window."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.stats import norm

from portfolio_study.data import PriceHistory, load_prices, log_returns, simple_returns
from portfolio_study.evaluation import (
    Inference,
    date_clustered_mean,
    matrix_qlike,
    model_confidence_set,
    pooled_diebold_mariano,
    qlike,
    rmse,
    superior_models,
)
from portfolio_study.evaluation.dependence import size_persistence
from portfolio_study.evaluation.panel import clustered_share
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.ledger import Study
from portfolio_study.risk.dynamic_covariance import rolling_covariance
from portfolio_study.risk.garch import RollingVolatility, rolling_garch
from portfolio_study.risk.garch_simulation import GarchTruth, garch_truth
from portfolio_study.risk.proxy_errors import POOLED, proxy_errors
from portfolio_study.risk.seasonal_factors import seasonal_factors
from portfolio_study.risk.volatility import rolling_variance
from portfolio_study.risk.volatility_comparison import compare_engines, variance_forecasts
from portfolio_study.risk.volatility_dynamics import movement, shock_response, shocks
from portfolio_study.store import compute
from portfolio_study.studies.garch.covariances import Covariances
from portfolio_study.studies.garch.ranges import Ranges

EWMA = "EWMA"
ARIMA_ERROR = "ARIMA mean against the return"
PUBLISHED_RMSE, PUBLISHED_MSE = 0.0189, 0.0003589
SHOCK = 3.0  # standard deviations beyond which a return is a shock
PROMISED = (0.05, 0.01)  # probabilities of the values at risk
EXAMPLE = {"omega": 0.1, "alpha": 0.1, "beta": 0.8}  # parameters of the page's example
SURPRISES = np.array([0.5, -1.2, 0.8, 2.0, -0.3])
EXAMPLE_CORRELATION = np.array([[1, 0.95], [0.95, 1]])  # two assets, as on the page
EXAMPLE_VOLATILITY = np.array([0.01, 0.05])


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Forecasts of variances and covariances, judged by what came.

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
        return model_confidence_set(self.by_date, draws=self.draws, seed=self.seed)

    def gain(self, name: str, over: str) -> Inference:
        """Loss of one forecast less that of another: above zero, the first is better."""
        found: Inference = pooled_diebold_mariano(self.losses[over], self.losses[name])
        return found

    # Values at risk

    def value_at_risk(self, name: str, probability: float) -> pd.DataFrame:
        """Loss that a forecast says is exceeded with this probability: mean zero, normal law."""
        found: pd.DataFrame = norm.isf(probability) * self.forecasts[name] ** 0.5
        return found

    @cached_property
    def violations(self) -> dict[tuple[str, float], Inference]:
        """How often losses exceed the value at risk, by forecast and promise."""
        return {
            (name, promised): clustered_share(
                (self.actual < -self.value_at_risk(name, promised)).astype(float)
            )
            for name in self.forecasts
            for promised in PROMISED
        }

    # Clustering, seasons, response to shocks

    @cached_property
    def standardised(self) -> dict[str, pd.DataFrame]:
        """Returns, and returns divided by each forecast of their standard deviation."""
        return {
            "returns": self.actual,
            self.garch: self.fitted.standardise(self.returns).loc[self.dates],
        } | {name: self.actual / h**0.5 for name, h in self.forecasts.items() if name != self.garch}

    @cached_property
    def persistence(self) -> dict[str, pd.DataFrame]:
        """Terms whose mean is the mean of ten autocorrelations of sizes."""
        return {name: size_persistence(z, lags=10) for name, z in self.standardised.items()}

    @property
    def season(self) -> str:
        """Which periods are alike."""
        return "weekday" if self.prices.frequency == "daily" else "month"

    @cached_property
    def seasonal_gains(self) -> dict[str, pd.DataFrame]:
        """Loss without less loss with seasonal factors, of GARCH and of the plain variance."""
        found = {}
        for name in (self.garch, self.equal):
            h = self.forecasts[name]
            factors = seasonal_factors(self.actual, h, self.season, start=len(self.dates) // 4)
            h, squares = h.loc[factors.index], self.actual.loc[factors.index] ** 2
            found[name] = qlike(squares, h, form="log") - qlike(squares, factors * h, form="log")
        return found

    @cached_property
    def moves(self) -> dict[str, pd.DataFrame]:
        """Absolute change of the log volatility from one period to the next, by forecast."""
        return {name: movement(h) for name, h in self.forecasts.items()}

    @cached_property
    def shocked(self) -> pd.DataFrame:
        """Returns beyond three standard deviations of the plain variance."""
        return shocks(self.returns, self.forecasts[self.equal], threshold=SHOCK)

    @cached_property
    def response(self) -> pd.DataFrame:
        """Forecasts and squared returns after a shock, in multiples of the variance before it."""
        return shock_response(
            {**self.forecasts, "squared return": self.actual**2},
            self.forecasts[self.equal],
            self.shocked,
            horizon=20,
        )

    # Other windows

    @cached_property
    def fits(self) -> dict[int, RollingVolatility]:
        """GARCH by window."""
        others = {*self.other_windows, self.other_window} - {self.window, self.long_window}
        found = {self.window: self.fitted, self.long_window: self.long}
        return found | {window: self.fit(window) for window in others}

    @cached_property
    def common(self) -> pd.Index:
        """Dates that every window forecasts."""
        return self.returns.index[max(self.fits) :]

    @cached_property
    def loss_by_window(self) -> pd.DataFrame:
        """QLIKE of GARCH volatilities, one column a window."""
        squares = self.returns.loc[self.common] ** 2
        return pd.DataFrame(
            {
                window: qlike(squares, self.fits[window].variance.loc[self.common], form="log").mean(axis=1)
                for window in sorted(self.fits)
            }
        )

    @cached_property
    def matrix_loss_by_window(self) -> pd.DataFrame:
        """Matrix QLIKE per asset of the sample covariance, one column a window that carries the assets."""
        returns = self.returns[self.covariances.assets]
        return pd.DataFrame(
            {
                window: matrix_qlike(
                    returns.loc[self.common], rolling_covariance(returns, window)[-len(self.common) :]
                )
                / returns.shape[1]
                for window in sorted(self.fits)
                if window > returns.shape[1]
            }
        )

    def superior(self, losses: pd.DataFrame) -> list[str]:
        """Windows that beat the paper's when all are tried at once."""
        rivals = losses.drop(columns=self.window).rename(columns="window {}".format)
        return list(superior_models(losses[self.window], rivals, draws=self.draws, seed=self.seed))

    def window_gain(self, losses: pd.DataFrame) -> Inference:
        """Loss of the paper's window less that of the window that is tested."""
        return date_clustered_mean((losses[self.window] - losses[self.other_window]).to_frame("d"))

    # Parts of their own

    @cached_property
    def covariances(self) -> Covariances:
        """Covariance matrices and the portfolios that are built on them."""
        return Covariances(self)

    @cached_property
    def ranged(self) -> PriceHistory:
        """Prices with open, high, low and close: the chapter's own, or else those of the Nasdaq index."""
        found: PriceHistory = self.prices if self.prices.ohlcv is not None else load_prices(universe="nasdaq")
        return found

    @cached_property
    def ranges(self) -> Ranges:
        """Forecasts from the range of a day."""
        return Ranges(self)

    @cached_property
    def truth(self) -> GarchTruth:
        """Forecasts of simulated series whose variance is known."""
        found: GarchTruth = compute(
            garch_truth, self.replications, self.window, self.long_window, seed=self.seed
        )
        return found
