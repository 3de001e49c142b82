"""Figure 6: several stocks that follow a vector autoregression, in hindsight and out of sample."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.multi_period import several
from portfolio_study.data import PriceHistory, load_prices
from portfolio_study.evaluation import Inference, diebold_mariano
from portfolio_study.forecasting import var_prior, weekly_rate, weekly_returns
from portfolio_study.forecasting.weekly import KINDS, WEEKDAYS
from portfolio_study.store import compute
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import hindsight, paper
from portfolio_study.studies.bayesian_multi_period.index_windows import YEAR
from portfolio_study.studies.bayesian_multi_period.known_parameters import AT_VARIANCE

FIRST, LAST = "2017-07-01", "2020-06-28"  # of the paper's 156 weeks
FIT, ALL = 130, 156


@dataclass(frozen=True)
class Stocks:
    """Those of the paper's five stocks that some prices hold, by the paper's names.

    Attributes
    ----------
    prices : PriceHistory
    returns : DataFrame
        Weekly.
    own : bool
        Whether they come from the prices of the run.
    """

    prices: PriceHistory
    returns: pd.DataFrame
    own: bool = False


def paper_stocks(prices: PriceHistory) -> Stocks:
    """Find the paper's stocks among daily prices."""
    have = paper.stocks_among(prices.tickers) if prices.frequency == "daily" else {}
    kept = replace(prices, close=prices.close[list(have)].rename(columns=have).dropna())
    return Stocks(kept, kept.close.apply(weekly_returns))


def by_name(fitted: Any, names: list[str]) -> dict[str, float]:
    """Means and coefficients of a VAR(1), ``mu.AAPL`` and ``phi.AAPL.MSFT`` (of AAPL on lagged MSFT)."""
    found = {f"mu.{name}": float(mean) for name, mean in zip(names, fitted.process_mean, strict=True)}
    for name, slopes in zip(names, fitted.mean[1:].T, strict=True):
        found |= {f"phi.{name}.{other}": float(slope) for other, slope in zip(names, slopes, strict=True)}
    return found


def mean_correlation(returns: Any) -> float:
    """Mean pairwise correlation of the columns."""
    found = np.corrcoef(returns.T)
    return float((found.sum() - len(found)) / (len(found) * (len(found) - 1)))


@dataclass(kw_only=True, eq=False)
class StockWindows:
    """The paper's stocks in hindsight on its own weeks, and out of sample.

    Attributes
    ----------
    found, packaged : Stocks
        Those of the run (or packaged ones, if the run has too few), and the packaged ones.
    daily : PriceHistory
        Other stocks to compare with.
    index_returns, index_rate : Series
        Weekly returns of the index and riskless rates.
    gross, exits
        Riskless return of a week, exit probabilities.
    window, step : int
    risk_aversion : float
    monte_carlo : int
    seed : int
    """

    found: Stocks
    packaged: Stocks
    daily: PriceHistory
    index_returns: pd.Series
    index_rate: pd.Series
    gross: float
    exits: np.ndarray
    window: int
    step: int
    risk_aversion: float
    monte_carlo: int
    seed: int

    @property
    def names(self) -> list[str]:
        """Stocks that there are."""
        return list(self.found.returns.columns)

    @cached_property
    def inside(self) -> pd.DataFrame:
        """The paper's weeks; the latest 156, where the prices do not cover them."""
        inside = self.found.returns.loc[FIRST:LAST]
        return inside if len(inside) >= ALL else self.found.returns.iloc[-ALL:]

    @cached_property
    def estimates(self) -> dict[int, Any]:
        """VAR(1) of the first 130 weeks and of all."""
        return {n: var_prior(self.inside.iloc[:n], 1) for n in (FIT, ALL)}

    @cached_property
    def conventions(self) -> pd.DataFrame:
        """VAR(1) of the first 130 weeks: one row a convention (day that ends a week, kind of return).

        Columns as in `paper.printed_var`.
        """
        first, close = self.inside.index[0] - pd.Timedelta(days=6), self.found.prices.close
        rows = {}
        for weekday, kind in product(WEEKDAYS, KINDS):
            weeks = close.apply(weekly_returns, weekday=weekday, kind=kind).loc[first:].iloc[:FIT]
            rows[weekday, kind] = by_name(var_prior(weeks, 1), self.names)
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def second(self) -> pd.Series:
        """Weekly returns of the paper's second stock, typed MFST."""
        return self.inside["MSFT"] if "MSFT" in self.names else self.inside.iloc[:, -1]

    @cached_property
    def frontiers(self) -> dict[str, Any]:
        """Figure 6: frontiers of time 0 in hindsight, updated and fixed."""
        path = self.inside.iloc[FIT:ALL].to_numpy()
        return several.var_hindsight(self.estimates[FIT], path, self.gross, self.exits)

    def times_above(self, references: tuple[str, ...], rates: tuple[float, ...]) -> tuple[int, int]:
        """How often the updated frontier lies above these references, of all riskless rates and variances."""
        found, path = [0, 0], self.inside.iloc[FIT:ALL].to_numpy()
        for gross in rates:
            frontiers = hindsight.var_references(self.estimates[FIT], path, gross, self.exits)
            for name in references:
                above, of = hindsight.variances_above(frontiers["updated"], frontiers[name])
                found = [found[0] + above, found[1] + of]
        return found[0], found[1]

    def variance_against(
        self, index: pd.Series, draws: int = 1000, block: int = 10
    ) -> tuple[float, float, int]:
        """Log variance of equal weights less that of the index, same weeks; error by a block bootstrap."""
        common = self.inside.index.intersection(index.index)
        both = np.column_stack([self.inside.loc[common].mean(axis=1), index.loc[common]])

        def contrast(rows: np.ndarray) -> float:
            return float(np.diff(np.log(rows.var(axis=0)))[0] * -1)

        n, rng = len(both), np.random.default_rng(self.seed)
        starts = rng.integers(0, n, (draws, -(-n // block)))
        picked = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :n] % n
        return contrast(both), float(np.std([contrast(both[rows]) for rows in picked])), n

    @cached_property
    def references(self) -> dict[str, Any]:
        """Updated, and three meanings of "without updating", from forecasts that came later."""
        path = self.inside.iloc[FIT:ALL].to_numpy()
        return hindsight.var_references(self.estimates[FIT], path, self.gross, self.exits)

    @property
    def risk_gap(self) -> float:
        """Variance that updating saves at the mean that the fixed frontier has at variance 0.01."""
        return float(several.risk_gap(self.frontiers, variance=AT_VARIANCE))

    @cached_property
    def risk_gap_luck(self) -> float:
        """Standard deviation of the same over paths on which nothing can be learnt."""
        draws = max(10, self.monte_carlo // 300)
        found = several.risk_gap_by_chance(
            self.estimates[FIT], self.gross, self.exits, variance=AT_VARIANCE, draws=draws, seed=self.seed
        )
        return float(found.std())

    @cached_property
    def traded(self) -> Stocks:
        """Stocks that are traded out of sample: the packaged ones, where the run has too few weeks."""
        shared = self.found.returns.index.intersection(self.index_returns.index)
        windows = (len(shared) - self.window - len(self.exits)) // self.step + 1
        return self.found if windows >= 4 else self.packaged

    @property
    def plan(self) -> dict[str, Any]:
        """How the windows are laid out."""
        return {"window": self.window, "step": self.step, "risk_aversion": self.risk_aversion}

    @cached_property
    def runs(self) -> Any:
        """Wealth of every policy at the end of every window."""
        prices, weekly = self.traded.prices, self.traded.returns
        bill = weekly_rate(prices.risk_free.loc[prices.close.index[0] :]).reindex(weekly.index)
        return compute(several.rolling_windows_several, weekly, bill, **self.plan)

    @cached_property
    def utility(self) -> Inference:
        """Realised utility of updated less fixed, basis points a year."""
        found = backtests.utility_difference(self.runs, "updated", "fixed", self.risk_aversion, self.step)
        return found.scaled(YEAR)

    @cached_property
    def cross(self) -> Inference:
        """Log score of the VAR(1) less that of each stock's own lag."""
        joint = compute(several.var_scores, self.traded.returns, window=self.window)
        return diebold_mariano(-joint["own lags updated"], -joint["VAR(1) updated"], method="newey_west")

    @cached_property
    def correlations(self) -> dict[str, Any]:
        """Mean pairwise correlation of the stocks less that of other stocks, its bootstrap error, and weeks."""
        five = {ticker for known in paper.STOCKS.values() for ticker in known}
        control = self.daily
        if sum(t not in five for t in control.tickers) < 3:
            control = load_prices(source="packaged", universe="us20", start="1990-01-02", end="2022-12-28")
        rest = (
            control.close[[t for t in control.tickers if t not in five]]
            .apply(lambda s: weekly_returns(s.dropna()))
            .dropna()
        )
        common = rest.index.intersection(self.found.returns.index)
        if (common >= FIRST).sum() > 100:
            common = common[(common >= FIRST) & (common <= LAST)]
        a, b = self.found.returns.loc[common].to_numpy(), rest.loc[common].to_numpy()
        draws = [
            mean_correlation(a[i]) - mean_correlation(b[i])
            for i in np.random.default_rng(self.seed).integers(0, len(a), (400, len(a)))
        ]
        return {
            "difference": mean_correlation(a) - mean_correlation(b),
            "se": float(np.std(draws)),
            "weeks": len(a),
        }
