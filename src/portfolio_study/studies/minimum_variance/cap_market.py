"""Minimum variance of industries against all US stocks weighted by capitalisation, month by month since 1968."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory, simple_returns
from portfolio_study.errors import DataError
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.regression import mean_test
from portfolio_study.evaluation.sharpe import variance_difference

FIRST = pd.Period("1968-01", "M")
"""First month of the optimisations that text 002 quotes."""


@dataclass(frozen=True)
class AgainstMarket:
    """Returns of a strategy and of the market in the months that both have.

    Attributes
    ----------
    strategy, market : Series
        Simple returns, decimals a month; index of months.
    """

    strategy: pd.Series
    market: pd.Series

    @property
    def span(self) -> tuple[pd.Period, pd.Period]:
        """First and last month."""
        months = pd.PeriodIndex(self.market.index)
        return months[0], months[-1]

    def risk_ratio(self, draws: int = 1000, seed: int = 0) -> Inference:
        """Volatility of the strategy over that of the market; the error is that of the log ratio."""
        found = variance_difference(self.strategy, self.market, draws=draws, seed=seed).scaled(0.5)
        ratio = float(np.exp(found.estimate))
        return inference(ratio, found.se * ratio, found.n, "ratio of volatilities")

    def higher_mean(self) -> Inference:
        """Mean return of the strategy less that of the market, decimals a year, Newey-West error."""
        return mean_test(self.strategy - self.market, periods_per_year=12, name="mean difference")


def against_market(traded: Backtest, market: PriceHistory) -> AgainstMarket:
    """Put a backtest and the market side by side, by calendar month.

    Parameters
    ----------
    traded : Backtest
        Daily or monthly; the month in which daily trading begins is left out, because it is not whole.
    market : PriceHistory
        Monthly prices of the market.

    Raises
    ------
    DataError
        If they have fewer than 12 months since 1968 in common.
    """
    returns = traded.returns
    months = pd.DatetimeIndex(returns.index).to_period("M")
    monthly = (1 + returns).groupby(months).prod() - 1
    if months.has_duplicates:
        monthly = monthly.iloc[1:]
    theirs = simple_returns(market.close).iloc[:, 0]
    theirs.index = pd.DatetimeIndex(theirs.index).to_period("M")
    both = monthly.index.intersection(theirs.index)
    both = both[both >= FIRST]
    if len(both) < 12:
        raise DataError(
            f"minimum variance and the capitalisation-weighted market have {len(both)} months since {FIRST} in "
            "common, and 12 are needed: choose an earlier start of the industries (french_first)"
        )
    return AgainstMarket(monthly[both], theirs[both])
