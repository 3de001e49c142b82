"""The paper's 156 weeks of the S&P 500: the fit to the first 130, and the filter over the 26 after them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.forecasting import ar_filter, ar_order, ar_prior, weekly_returns
from portfolio_study.forecasting.weekly import paper_estimates
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import paper
from portfolio_study.studies.bayesian_multi_period import replication as tables


@dataclass(eq=False)
class PaperWeeks:
    """Weekly returns of the paper's sample, split where its investment begins.

    Attributes
    ----------
    close : Series
        Daily closes of the index.
    window : int
        Weeks of the first fit.
    horizon : int
        Weeks of the investment: the last ones of the sample.
    """

    close: pd.Series
    window: int
    horizon: int

    @cached_property
    def returns(self) -> pd.Series:
        """Weekly simple returns, Friday to Friday."""
        return weekly_returns(self.close)

    @property
    def split(self) -> int:
        """Number of weeks before the investment."""
        return len(self.returns) - self.horizon

    @property
    def before(self) -> pd.Series:
        """Weeks of the first fit."""
        return self.returns.iloc[max(0, self.split - self.window) : self.split]

    @property
    def after(self) -> pd.Series:
        """Weeks of the investment."""
        return self.returns.iloc[self.split :]

    @property
    def known(self) -> pd.Series:
        """Weeks of the investment with the week before them, whose return is the first regressor."""
        return self.returns.iloc[self.split - 1 :]

    @cached_property
    def fit(self) -> Any:
        """AR(1) of the first weeks: prior of the filter."""
        return ar_prior(self.before)

    @property
    def prior(self) -> np.ndarray:
        """The same as the compiled loops take it."""
        return tables.least_squares_prior(self.before.to_numpy())

    @property
    def state(self) -> float:
        """The last return before the investment."""
        return float(self.before.iloc[-1])

    @cached_property
    def learnt(self) -> Any:
        """Parameters and forecasts, week by week."""
        return ar_filter(self.known, self.fit.mean, self.fit.covariance, self.fit.noise_variance)

    @cached_property
    def student(self) -> Any:
        """The same with an unknown variance of the noise: Student t forecasts."""
        fit = self.fit
        return ar_filter(self.known, fit.mean, fit.covariance, fit.noise_variance, fit.degrees_of_freedom)

    @cached_property
    def published_variance(self) -> pd.Series:
        """Forecast variance as printed, F'mF + sigma^2 read as a number."""
        last = self.returns.shift(1).iloc[self.split :]
        return self.fit.mean[1] * last**2 + self.fit.noise_variance

    @cached_property
    def fixed_score(self) -> pd.Series:
        """Log predictive score of the first fit, never updated."""
        fit = self.fit
        z, scale = backtests.fixed_forecast(self.known, fit.mean, fit.covariance, fit.noise_variance, 1)
        return pd.Series(backtests.normal_score(z, scale)[0], index=self.learnt.log_score.index)

    @cached_property
    def conventions(self) -> Any:
        """AR(1) by the day that ends a week, kind of return and number of weeks."""
        return paper_estimates(self.close)

    @cached_property
    def order_criteria(self) -> dict[int, Any]:
        """AIC by number of lags, of the first weeks and of all."""
        return {n: ar_order(self.returns.iloc[:n]) for n in (130, 156)}

    @property
    def variance_ratio(self) -> Any:
        """The paper's variance of the noise over ours, by convention."""
        return paper.NOISE_VARIANCE / self.conventions["noise_variance"]

    @property
    def nearest(self) -> tuple[Any, ...]:
        """Convention whose estimates on all weeks are the nearest to the paper's, in standard errors."""
        found = self.conventions
        distance = (
            ((found["mu"] - paper.MEAN) / found["mu_se"]) ** 2
            + ((found["phi"] - paper.PHI) / found["phi_se"]) ** 2
            + (
                (found["noise_variance"] / paper.NOISE_VARIANCE - 1)
                / np.sqrt(2 / found.index.get_level_values("weeks"))
            )
            ** 2
        )
        return tuple(distance.xs(156, level="weeks").idxmin())
