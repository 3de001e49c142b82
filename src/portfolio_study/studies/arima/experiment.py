"""The rolling ARIMA(1,0,1) of paper 000, its benchmarks, and what the same procedure does to noise."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from portfolio_study.data import log_returns
from portfolio_study.data.part import drawn_names
from portfolio_study.evaluation import (
    Inference,
    calendar_periods,
    date_clustered_mean,
    fluctuation_test,
    squared_error,
    subperiod_tests,
    superior_models,
)
from portfolio_study.evaluation.forecast_comparison import compare_with_benchmark, pooled_comparison
from portfolio_study.forecasting import benchmarks
from portfolio_study.forecasting.arima import RollingForecast, rolling_arima
from portfolio_study.forecasting.order_selection import chosen_orders, order_table
from portfolio_study.ledger import Study
from portfolio_study.store import compute
from portfolio_study.studies.arima import equation as arima_equation
from portfolio_study.studies.arima import rolling as arima_study
from portfolio_study.studies.arima.moments import correlate
from portfolio_study.studies.arima.noise import NoiseStudy, noise_study
from portfolio_study.studies.arima.other_search import other_search

PHI, THETA, LAGS = 0.5, 0.3, 6  # coefficients at which the printed and the meant equation are compared
PUBLISHED = {"p_ar": 0.794, "p_ma": 0.941, "kurtosis": 19.17}  # paper 000, ARIMA, Inferences
MOST_BY_REFERENCE = 50  # assets that statsmodels fits: of more a random part, and the one asset
SHARE = 0.3  # stretch of the fluctuation test, as a share of the sample
NORMAL_1 = 2.3263478740  # standard deviations below the mean at which a normal law leaves one in a hundred


def relative_loss(actual: pd.DataFrame, forecast: pd.DataFrame, benchmark: pd.DataFrame) -> Inference:
    """Share of the benchmark's squared error that a forecast removes, clustered by date."""
    base = squared_error(actual, benchmark)
    saved = (base - squared_error(actual, forecast)) / base.to_numpy().mean()
    return date_clustered_mean(saved, method="share of the benchmark's squared error removed")


@dataclass(kw_only=True, eq=False)
class Experiment(Study):
    """Forecasts by an ARIMA(1,0,1) refitted to every window, against doing nothing and against noise.

    Attributes
    ----------
    window : int
        Returns behind each forecast.
    reference_dates : int or None
        Forecasts of one asset by the paper's engine; None takes every date.
    panel_dates : int
        Dates on which the paper's engine forecasts every asset; at least 8.
    windows : list of int
        Other windows that are tried.
    noise_windows, noise_reference : int
        Windows of pure noise, fitted by the highest likelihood and by the paper's engine.
    largest_order, total_order : int
        Largest p and q, and largest p + q, of the information criteria.
    draws, seed : int
        Bootstrap resamples, and the seed of all random numbers.
    """

    chapter: ClassVar[str] = "arima"
    window: int
    reference_dates: int | None
    panel_dates: int
    windows: list[int]
    noise_windows: int
    noise_reference: int
    largest_order: int
    total_order: int
    draws: int
    seed: int

    @property
    def random(self) -> dict[str, Any]:
        """Resamples and seed of the bootstraps."""
        return {"draws": self.draws, "seed": self.seed}

    @property
    def period(self) -> str:
        """Name of a period."""
        return str(self.prices.period)

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Log returns."""
        return log_returns(self.prices.close)

    @property
    def focus(self) -> str:
        """The asset that stands for the paper's one stock: AXP, or the first."""
        return "AXP" if "AXP" in self.returns else str(self.returns.columns[0])

    @cached_property
    def slowly_fitted(self) -> pd.DataFrame:
        """Log returns of the assets that statsmodels fits, at a tenth of a second a window: of many a random part."""
        some = {*drawn_names(list(self.returns.columns), MOST_BY_REFERENCE, self.seed), self.focus}
        return self.returns[[name for name in self.returns.columns if name in some]]

    # --- the model and its order

    @cached_property
    def autocorrelations(self) -> pd.DataFrame:
        """Autocorrelations by lag, of the model that is meant and of the one that is printed."""
        meant = arima_equation.arma_autocorrelations(PHI, THETA, LAGS)
        printed = arima_equation.printed_autocorrelations(PHI, THETA, LAGS)
        return pd.DataFrame(
            {
                "meant": meant,
                "printed": printed,
                "partial, meant": arima_equation.partial_autocorrelations(meant),
                "partial, printed": arima_equation.partial_autocorrelations(printed),
            },
            index=pd.RangeIndex(1, LAGS + 1, name="lag"),
        )

    @cached_property
    def chosen(self) -> dict[str, pd.DataFrame]:
        """Orders that AIC and BIC choose for each asset, and their lead of (1, 1)."""
        orders = compute(order_table, self.slowly_fitted, largest=self.largest_order, total=self.total_order)
        return {name: chosen_orders(orders, name) for name in ("aic", "bic")}

    # --- forecasts

    @cached_property
    def ours(self) -> RollingForecast:
        """Forecasts of all windows of all assets at the highest likelihood."""
        found: RollingForecast = compute(rolling_arima, self.returns, window=self.window, diagnostics=True)
        return found

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates that are forecast."""
        return pd.DatetimeIndex(self.ours.mean.index)

    @cached_property
    def actual(self) -> pd.DataFrame:
        """Returns of the dates that are forecast."""
        return self.returns.loc[self.dates]

    @cached_property
    def forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts by ARIMA and by its four benchmarks, all for the same dates."""
        tables = {
            "ARIMA": self.ours.mean,
            "zero": benchmarks.zero_forecast(self.returns),
            "historical mean": benchmarks.historical_mean_forecast(self.returns, self.window),
            "window mean": benchmarks.rolling_mean_forecast(self.returns, self.window),
            "exponential mean": benchmarks.ewma_forecast(self.returns, 1 - 1 / self.window, self.window),
        }
        return {name: table.loc[self.dates] for name, table in tables.items()}

    @cached_property
    def losses(self) -> dict[str, pd.DataFrame]:
        """Squared errors of the five forecasters."""
        return {name: squared_error(self.actual, table) for name, table in self.forecasts.items()}

    def _by_the_papers_engine(self, returns: pd.DataFrame, count: int | None) -> RollingForecast:
        every = count is None
        dates = None if every else arima_study.spread_dates(self.returns.index, self.window, count)
        found: RollingForecast = compute(
            rolling_arima, returns, window=self.window, engine="statsmodels", dates=dates
        )
        return found

    @cached_property
    def reference(self) -> RollingForecast:
        """Forecasts of the one asset by the paper's engine, on as many dates as the run allows."""
        return self._by_the_papers_engine(self.returns[[self.focus]], self.reference_dates)

    @cached_property
    def panel(self) -> RollingForecast:
        """Forecasts of all assets (of many a random part) by the paper's engine, on a few dates."""
        return self._by_the_papers_engine(self.slowly_fitted, self.panel_dates)

    @property
    def both(self) -> pd.Index:
        """Dates on which the one asset has forecasts by both engines."""
        return self.reference.mean.index

    @cached_property
    def focus_forecasts(self) -> dict[str, pd.Series]:
        """Forecasts of the one asset on the dates of both engines."""
        tables = {
            "statsmodels": self.reference.mean,
            "batched": self.ours.mean,
            "zero": self.forecasts["zero"],
            "mean": self.forecasts["window mean"],
        }
        return {name: table.loc[self.both, self.focus] for name, table in tables.items()}

    @property
    def focus_actual(self) -> pd.Series:
        """Returns of the one asset on the dates of both engines."""
        return self.actual.loc[self.both, self.focus]

    # --- accuracy

    @cached_property
    def alignment(self) -> Inference:
        """Correlation of the paper's forecasts with the returns, one asset."""
        return correlate(self.focus_actual, self.focus_forecasts["statsmodels"], "correlation", **self.random)

    @cached_property
    def volatility(self) -> pd.DataFrame:
        """Volatility of the window behind each forecast."""
        return self.returns.rolling(self.window).std().shift(1).loc[self.dates]

    @cached_property
    def pooled(self) -> pd.DataFrame:
        """ARIMA against its benchmarks, all assets together."""
        rivals = {name: table for name, table in self.forecasts.items() if name != "ARIMA"}
        found: pd.DataFrame = compute(
            pooled_comparison, self.actual, self.ours.mean, rivals, draws=self.draws, seed=self.seed
        )
        return found

    def against(self, benchmark: str) -> pd.DataFrame:
        """ARIMA against one benchmark, asset by asset."""
        found: pd.DataFrame = compute(
            compare_with_benchmark,
            self.actual,
            self.ours.mean,
            self.forecasts[benchmark],
            draws=self.draws,
            seed=self.seed,
        )
        return found

    @cached_property
    def superior(self) -> dict[str, tuple[str, ...]]:
        """Assets for which ARIMA beats a benchmark, with at most 5 % chance of a false name."""
        nothing = pd.Series(0.0, index=self.dates)
        found = {}
        for name in ("zero", "historical mean", "window mean"):
            base = self.losses[name]
            lead = (self.losses["ARIMA"] - base) / base.mean()
            found[name] = superior_models(nothing, lead, draws=self.draws, seed=self.seed)
        return found

    def mean_loss(self, forecaster: str) -> pd.Series:
        """Squared error of a forecaster on each date, average over the assets."""
        return self.losses[forecaster].mean(axis=1)

    @cached_property
    def fluctuation(self) -> Any:
        """Was ARIMA ahead of zero in any stretch of three tenths of the sample?"""
        return fluctuation_test(self.mean_loss("zero"), self.mean_loss("ARIMA"), SHARE)

    @cached_property
    def subperiods(self) -> pd.DataFrame:
        """ARIMA against zero, one row for each year (or decade, where there are more than twenty)."""
        parts = calendar_periods(self.dates, "year")
        parts = parts if len(parts) <= 20 else calendar_periods(self.dates, "decade")
        parts = {
            name: (first, last)
            for name, (first, last) in parts.items()
            if ((self.dates >= first) & (self.dates <= last)).sum() >= 24
        }
        zero = self.mean_loss("zero")
        found = subperiod_tests(self.mean_loss("ARIMA"), zero, parts)
        scale = pd.Series({name: zero.loc[first:last].mean() for name, (first, last) in parts.items()})
        return pd.DataFrame(
            {
                "R2 against zero": -found["estimate"] / scale,
                "95 % from": -found["high"] / scale,
                "to": -found["low"] / scale,
                "p": found["p_value"],
                "dates": found["n"].astype(int),
            }
        )

    # --- noise, diagnostics, tails

    @cached_property
    def noise(self) -> NoiseStudy:
        """The same procedure on pure noise, highest likelihood."""
        found: NoiseStudy = compute(
            noise_study, window=self.window, replications=self.noise_windows, seed=self.seed
        )
        return found

    @cached_property
    def slow_noise(self) -> NoiseStudy:
        """The same procedure on pure noise, the paper's engine."""
        found: NoiseStudy = compute(
            noise_study,
            window=self.window,
            replications=self.noise_reference,
            seed=self.seed,
            engine="statsmodels",
        )
        return found

    @cached_property
    def garch_noise(self) -> NoiseStudy:
        """The same procedure on returns that cannot be forecast but whose volatility moves."""
        found: NoiseStudy = compute(
            noise_study, window=self.window, replications=self.noise_windows, seed=self.seed, law="garch"
        )
        return found

    @cached_property
    def whole(self) -> pd.DataFrame:
        """P-values and kurtosis that the paper's engine gives for the whole history of each asset."""
        found: pd.DataFrame = compute(arima_study.reference_table, self.slowly_fitted)
        return found

    @cached_property
    def readings(self) -> pd.DataFrame:
        """P-values and kurtosis of the one asset by the paper's engine, in three readings of the text."""
        one, diagnostics = self.returns[self.focus], self.reference.diagnostics
        return pd.DataFrame(
            {
                "full": self.whole.loc[self.focus],
                "last": compute(arima_study.reference_diagnostics, one.iloc[-self.window :]),
                "median": {name: float(diagnostics[name][self.focus].median()) for name in PUBLISHED},
            }
        ).T

    @cached_property
    def distances(self) -> pd.Series:
        """Distance of the readings from the paper's three numbers, nearest first."""
        return arima_study.nearest_reading(self.readings, PUBLISHED)

    @property
    def nearest(self) -> str:
        """The reading that is nearest."""
        return str(self.distances.index[0])

    @cached_property
    def by_other_search(self) -> dict[str, float]:
        """The three numbers in the nearest reading by another search for the highest likelihood.

        One more fit by statsmodels; of the medians over windows those of the fits at the highest likelihood.
        """
        if self.nearest == "median":
            fits = self.ours.diagnostics
            return {name: float(fits[name][self.focus].median()) for name in PUBLISHED}
        one = self.returns[self.focus]
        found: dict[str, float] = compute(
            other_search, one if self.nearest == "full" else one.iloc[-self.window :]
        )
        return found

    @cached_property
    def single_windows(self) -> pd.DataFrame:
        """P-values and kurtosis of the one asset, one row a window."""
        diagnostics = self.reference.diagnostics
        return pd.DataFrame({name: diagnostics[name][self.focus] for name in PUBLISHED}).dropna()

    @cached_property
    def insignificant(self) -> pd.DataFrame:
        """Windows in which both p-values of the paper's engine exceed 5 %."""
        found = self.panel.diagnostics
        return ((found["p_ar"] > 0.05) & (found["p_ma"] > 0.05)).astype(float)

    @cached_property
    def accepted(self) -> pd.DataFrame:
        """Windows in which the joint test, with the critical value of noise, finds nothing."""
        ratio = self.ours.diagnostics["likelihood_ratio"].dropna()
        return (ratio <= self.noise.critical_value()).astype(float)

    @cached_property
    def full(self) -> pd.DataFrame:
        """The model fitted once to the whole history of each asset."""
        found: pd.DataFrame = compute(arima_study.full_sample_table, self.returns)
        return found

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """Standardised residuals of the fits to the whole history."""
        return arima_study.standardised_residuals(self.returns, self.full)

    @cached_property
    def below(self) -> pd.DataFrame:
        """Returns below the line that the model expects one return in a hundred to fall below."""
        line = self.ours.mean - NORMAL_1 * np.sqrt(self.ours.parameters["sigma2"])
        return (self.actual < line).astype(float)

    @cached_property
    def portfolio_below(self) -> pd.Series:
        """The same for a portfolio of equal weights: residual variances of the fits, correlations of the window."""
        mean, risk = arima_study.equal_weight_line(
            self.ours.parameters["sigma2"], self.ours.mean, self.returns, self.window
        )
        return (self.actual.mean(axis=1) < mean - NORMAL_1 * risk).astype(float)

    # --- another window

    @cached_property
    def usable(self) -> list[int]:
        """Windows of the sweep that the history is long enough for."""
        return sorted({w for w in [*self.windows, self.window] if w <= len(self.returns) // 2})

    @property
    def longest(self) -> int:
        """Longest window of the sweep."""
        return self.usable[-1]

    @cached_property
    def sweep_forecasts(self) -> dict[str, pd.DataFrame]:
        """Forecasts by forecaster and window ("ARIMA 50", "mean 50", ...), all for the same dates."""
        found: dict[str, pd.DataFrame] = compute(arima_study.window_sweep, self.returns, self.usable)
        return found

    @cached_property
    def sweep(self) -> dict[str, pd.DataFrame]:
        """Squared errors by forecaster and window, and of "zero"."""
        tables = self.sweep_forecasts
        actual = self.returns.loc[tables[f"ARIMA {self.usable[0]}"].index]
        errors = {name: squared_error(actual, table) for name, table in tables.items()}
        return {**errors, "zero": squared_error(actual, 0 * actual)}

    # --- two engines

    @cached_property
    def engines_against(self) -> dict[str, dict[str, Inference]]:
        """Squared error relative to three benchmarks, by engine, on the dates that both have forecast."""
        dates, assets = self.panel.mean.index, self.panel.mean.columns
        actual = self.actual.loc[dates, assets]
        forecasts = {"statsmodels": self.panel.mean, "batched": self.shared}
        return {
            engine: {
                name: relative_loss(actual, forecast, self.forecasts[name].loc[dates, assets])
                for name in ("zero", "historical mean", "window mean")
            }
            for engine, forecast in forecasts.items()
        }

    @cached_property
    def lead(self) -> pd.DataFrame:
        """Our log-likelihood less that of the paper's engine, on the windows that both have fitted."""
        return self.ours.loglik.loc[self.panel.mean.index, self.panel.mean.columns] - self.panel.loglik

    @property
    def shared(self) -> pd.DataFrame:
        """Our forecasts for the windows that both engines have fitted."""
        return self.ours.mean.loc[self.panel.mean.index, self.panel.mean.columns]
