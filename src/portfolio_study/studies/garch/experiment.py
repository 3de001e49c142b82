"""GARCH on a short window beside its controls, judged by what came."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import norm

from portfolio_study.evaluation import (
    Inference,
    matrix_qlike,
    qlike,
    superior_models,
)
from portfolio_study.evaluation.dependence import size_persistence
from portfolio_study.evaluation.panel import clustered_share
from portfolio_study.risk.covariance_forecasts import rolling_covariance
from portfolio_study.risk.garch import RollingVolatility
from portfolio_study.risk.volatility_dynamics import movement, shock_response, shocks
from portfolio_study.store import compute
from portfolio_study.studies.garch.covariances import Covariances
from portfolio_study.studies.garch.forecasts import Forecasts
from portfolio_study.studies.garch.ranges import Ranges
from portfolio_study.studies.garch.seasonal_factors import seasonal_factors
from portfolio_study.studies.garch.simulation import GarchTruth, garch_truth

PUBLISHED_RMSE, PUBLISHED_MSE = 0.0189, 0.0003589
NEAR, FAR = 10, 50  # lags of absolute values: what clusters within two weeks, what lasts for ten
CONSTANT = "constant"
SHOCK = 3.0  # standard deviations beyond which a return is a shock
PROMISED = (0.05, 0.01)  # probabilities of the values at risk
EXAMPLE = {"omega": 0.1, "alpha": 0.1, "beta": 0.8}  # parameters of the page's example
EXAMPLE_CORRELATION = np.array([[1, 0.95], [0.95, 1]])  # two assets, as on the page
EXAMPLE_VOLATILITY = np.array([0.01, 0.05])


@dataclass(kw_only=True, eq=False)
class Experiment(Forecasts):
    """What the forecasts promise and leave over, other windows, and a world in which GARCH is true."""

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
                (self.actual < -self.value_at_risk(name, promised)).astype(float),
                lags=self.lags(len(self.dates)),
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
        """Terms whose mean is the mean of the first ten autocorrelations of absolute values."""
        return {name: size_persistence(z, lags=NEAR) for name, z in self.standardised.items()}

    @cached_property
    def late_persistence(self) -> dict[str, pd.DataFrame]:
        """The same of the 11th to the 50th autocorrelation, what lasts for weeks; empty for few dates."""
        if len(self.dates) < 4 * FAR:
            return {}
        return {
            name: (FAR * size_persistence(z, lags=FAR) - NEAR * self.persistence[name].iloc[FAR - NEAR :])
            / (FAR - NEAR)
            for name, z in self.standardised.items()
        }

    @property
    def season(self) -> str:
        """Which periods are alike."""
        return "weekday" if self.prices.frequency == "daily" else "month"

    @cached_property
    def seasonal_gains(self) -> dict[str, pd.DataFrame]:
        """Loss without less loss with seasonal factors, on a constant, on the plain variance and on GARCH."""
        constant = (self.returns**2).expanding().mean().shift(1).loc[self.dates]
        found = {}
        for name, h in {
            CONSTANT: constant,
            **{name: self.forecasts[name] for name in (self.equal, self.garch)},
        }.items():
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
    def growth(self) -> dict[str, pd.DataFrame]:
        """Change of the log volatility over the date of a row: what its return did to the forecast."""
        found = {}
        for name in (self.garch, self.equal):
            h = self.forecasts[name]
            found[name] = (h.shift(-1) / h).map(np.log) / 2
        return found

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
        return list(
            superior_models(losses[self.window], rivals, block=self.window, draws=self.draws, seed=self.seed)
        )

    def window_gains(self, losses: pd.DataFrame) -> dict[int, Inference]:
        """Loss of the paper's window less that of each other one."""
        others = [window for window in sorted(self.fits) if window in losses and window != self.window]
        return {other: self.mean(losses[self.window] - losses[other], other) for other in others}

    @cached_property
    def instability_by_window(self) -> pd.DataFrame:
        """How far the sample covariance moves from one date to the next, relative to its size."""
        returns = self.returns[self.covariances.assets]
        found = {}
        for window in sorted(self.fits):
            if window not in self.matrix_loss_by_window:
                continue
            stack = rolling_covariance(returns, window)[-len(self.common) :]
            size = np.linalg.norm(stack, axis=(1, 2))
            found[window] = pd.Series(
                np.linalg.norm(np.diff(stack, axis=0), axis=(1, 2)) / size[:-1], index=self.common[1:]
            )
        return pd.DataFrame(found)

    # Parts of their own

    @cached_property
    def covariances(self) -> Covariances:
        """Covariance matrices and the portfolios that are built on them."""
        return Covariances(self)

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
