"""Covariance matrices from GARCH volatilities, beside sample and exponential ones."""

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation import gmv_long_only
from portfolio_study.evaluation import matrix_qlike, model_confidence_set
from portfolio_study.risk.covariance_forecasts import (
    broadcast_covariance,
    garch_covariances,
    most_assets,
    rolling_correlation,
    rolling_covariance,
    rolling_ewma_covariance,
)
from portfolio_study.risk.matrix_losses import (
    frobenius_loss,
    is_positive_definite,
    minimum_variance_returns,
)
from portfolio_study.studies.garch.forecasts import Forecasts

LITERAL = "literal product"
LONG_ONLY_DATES = 600  # fewer than twice so many dates are solved with the constraint


class Covariances:
    """Forecast matrices of the assets that a window carries, on the dates of all variance forecasts.

    Attributes
    ----------
    assets : list of str
        The first ones. Never more than three for five returns of a window: more have a singular sample covariance.
    garch, sampled, patient : str
        Names of the forecasts: GARCH, sample, and the long GARCH with the short correlation.
    """

    def __init__(self, study: Forecasts) -> None:
        self.study = study
        self.assets = list(study.returns.columns[: min(study.max_assets, most_assets(study.window))])
        self.garch, self.sampled = study.garch, f"sample {study.window}"
        self.patient = f"{study.slow}, correlation {study.window}"

    @property
    def several(self) -> bool:
        """Whether there is a portfolio to choose."""
        return len(self.assets) > 1

    @cached_property
    def stacks(self) -> dict[str, Any]:
        """Forecast matrices by name, one a date."""
        study, count = self.study, len(self.study.dates)
        returns, window = study.returns[self.assets], study.window
        found = {
            self.garch: garch_covariances(returns, window, study.fitted.volatility[self.assets]),
            self.sampled: rolling_covariance(returns, window),
            "EWMA": rolling_ewma_covariance(returns, study.decay, window),
            self.patient: garch_covariances(
                returns, study.long_window, study.long.volatility[self.assets], window
            ),
        }
        return {name: stack[-count:] for name, stack in found.items()}

    @cached_property
    def literal(self) -> Any:
        """The product of Algorithm 2 as it is written, its two triangles averaged."""
        study = self.study
        correlation = rolling_correlation(study.returns[self.assets], study.window)[-len(study.dates) :]
        volatility = study.fitted.volatility.loc[study.dates, self.assets].to_numpy()
        return broadcast_covariance(correlation, volatility, "symmetrised")

    @cached_property
    def definite(self) -> np.ndarray:
        """Dates on which the literal product is positive definite."""
        return is_positive_definite(self.literal)

    @cached_property
    def loss(self) -> dict[str, pd.Series]:
        """Matrix QLIKE per asset, by date."""
        actual = self.study.actual[self.assets]
        return {name: matrix_qlike(actual, h) / len(self.assets) for name, h in self.stacks.items()}

    @cached_property
    def distance(self) -> dict[str, pd.Series]:
        """Squared Frobenius distance from the product of the returns, by date."""
        actual = self.study.actual[self.assets]
        return {name: frobenius_loss(actual, h) for name, h in {**self.stacks, LITERAL: self.literal}.items()}

    @cached_property
    def best(self) -> Any:
        """The forecasts that cannot be told from the best by matrix QLIKE."""
        study = self.study
        return model_confidence_set(
            pd.DataFrame(self.loss), block=study.window, draws=study.draws, seed=study.seed
        )

    @cached_property
    def earned(self) -> dict[str, pd.Series]:
        """Returns of the minimum-variance portfolio that is built on each forecast."""
        simple = self.study.simple.loc[self.study.dates, self.assets]
        return {name: minimum_variance_returns(simple, h) for name, h in self.stacks.items()}

    @property
    def long_only_step(self) -> int:
        """Of so many dates with a definite literal product one is solved: the constraint makes it slow."""
        return max(1, int(self.definite.sum()) // LONG_ONLY_DATES)

    @cached_property
    def earned_long_only(self) -> dict[str, pd.Series]:
        """Returns of long-only minimum variance on the literal product and on the sample covariance.

        Dates on which the literal product is indefinite have no portfolio and are left out for both; of the
        others one in `long_only_step` counts.
        """
        kept = np.flatnonzero(self.definite)[:: self.long_only_step]
        dates = self.study.dates[kept]
        simple = self.study.simple.loc[dates, self.assets].to_numpy()
        stacks = {LITERAL: self.literal, self.sampled: self.stacks[self.sampled]}
        weights = {name: np.array([gmv_long_only(stack[t]) for t in kept]) for name, stack in stacks.items()}
        return {name: pd.Series((w * simple).sum(axis=1), index=dates) for name, w in weights.items()}
