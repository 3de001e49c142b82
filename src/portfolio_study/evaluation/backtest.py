"""What an investor who follows given weights would have earned."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_like, as_frame, as_numbers, as_rate, label
from portfolio_study.checks import periods_per_year as infer_periods_per_year
from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.evaluation.schedule import rebalance_mask
from portfolio_study.evaluation.sharpe import sharpe_ratio

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Backtest:
    """Result of ``backtest``; all rows are periods, in order.

    Attributes
    ----------
    weights : DataFrame, shape (T, N)
        Weights at the start of each period, after trading: row t earns the returns of row t.
    drifted_weights : DataFrame, shape (T, N)
        The same holdings at the end of the period, after its returns and before the next trade.
    gross_returns : Series, shape (T,)
        Simple returns before costs, decimals per period.
    turnover : Series, shape (T,)
        Sum over assets of absolute trades at the start of the period, as a share of wealth:
        ``sum |weights[t] - drifted_weights[t - 1]|`` on rebalance dates, else 0.
    risk_free : Series, shape (T,)
        Net risk-free rate per period.
    cost_bps : float
        Cost of a trade in basis points of its value.
    periods_per_year : int
        252 for days, 12 for months.
    """

    weights: pd.DataFrame
    drifted_weights: pd.DataFrame
    gross_returns: pd.Series
    turnover: pd.Series
    risk_free: pd.Series
    cost_bps: float
    periods_per_year: int

    @property
    def returns(self) -> pd.Series:
        """Simple returns after costs: (1 + gross)(1 - cost x turnover) - 1, decimals per period."""
        net = (1 + self.gross_returns) * (1 - self.cost_bps / 1e4 * self.turnover) - 1
        return net.rename("return")

    @property
    def excess_returns(self) -> pd.Series:
        """Net returns minus the risk-free rate."""
        return (self.returns - self.risk_free).rename("excess_return")

    @property
    def sharpe(self) -> float:
        """Annual Sharpe ratio of net returns in excess of the risk-free rate."""
        return float(sharpe_ratio(self.excess_returns, periods_per_year=self.periods_per_year))

    @property
    def wealth(self) -> pd.Series:
        """Value of one unit of money at the end of each period, net of costs."""
        return (1 + self.returns).cumprod().rename("wealth")

    @property
    def drawdown(self) -> pd.Series:
        """Loss since the highest wealth so far (including the start), 0 to -1."""
        wealth = self.wealth
        return (wealth / wealth.cummax().clip(lower=1.0) - 1).rename("drawdown")

    def at_cost(self, cost_bps: float) -> "Backtest":
        """Return the same trades at another cost in basis points."""
        return replace(self, cost_bps=_cost(cost_bps, self.turnover))

    def between(self, start: Any = None, end: Any = None) -> "Backtest":
        """Return the part between two dates, both included; None leaves a side open.

        Raises
        ------
        DataError
            If fewer than two periods are left.
        """
        part = slice(start, end)
        if len(self.turnover.loc[part]) < 2:
            raise DataError(f"fewer than two periods of the backtest lie between {start} and {end}")
        names = ("weights", "drifted_weights", "gross_returns", "turnover", "risk_free")
        return replace(self, **{name: getattr(self, name).loc[part] for name in names})

    def summary(self) -> pd.Series:
        """Return the numbers to report of a strategy, with the unit in the name.

        ``annual_return``, ``annual_volatility``, ``annual_excess_return`` (arithmetic, net, decimals a
        year), ``growth_rate`` (geometric, a year), ``sharpe`` (net, annual), ``gross_sharpe``,
        ``max_drawdown``, ``annual_turnover`` (times wealth), ``annual_cost`` (decimals a year),
        ``effective_assets`` (mean of 1 / sum w^2), ``largest_weight``, ``smallest_weight``, ``periods``.
        """
        net, per_year = self.returns, self.periods_per_year
        weights = self.weights.to_numpy()
        return pd.Series(
            {
                "annual_return": net.mean() * per_year,
                "annual_volatility": net.std() * np.sqrt(per_year),
                "annual_excess_return": self.excess_returns.mean() * per_year,
                "growth_rate": float(np.expm1(np.log1p(net).mean() * per_year)),
                "sharpe": self.sharpe,
                "gross_sharpe": self.at_cost(0).sharpe,
                "max_drawdown": self.drawdown.min(),
                "annual_turnover": self.turnover.mean() * per_year,
                "annual_cost": (self.gross_returns - net).mean() * per_year,
                "effective_assets": float(np.mean(1 / (weights**2).sum(axis=1))),
                "largest_weight": float(weights.max()),
                "smallest_weight": float(weights.min()),
                "periods": float(len(net)),
            },
            name="summary",
        )


def backtest(
    weights: pd.DataFrame | pd.Series,
    returns: pd.DataFrame,
    cost_bps: float = 0.0,
    *,
    risk_free: float | pd.Series | None = None,
    rebalance: str | pd.Series | np.ndarray | None = None,
    allow_cash: bool = False,
    charge_first_trade: bool = False,
    periods_per_year: int | None = None,
) -> Backtest:
    r"""Hold given weights through given returns, with drift, turnover and costs.

    **Alignment: the weights in row t are held during row t and earn the returns of row t.** They
    must therefore be decided with information up to row t - 1; nothing here shifts them.
    Between rebalances holdings drift with their returns,

    .. math:: w'_{i} = w_i (1 + R_i) / (1 + R_p), \qquad R_p = \sum_i w_i R_i ,

    and a rebalance in row t trades :math:`\sum_i |w_{t,i} - w'_{t-1,i}|`, paid before the returns of row t.

    Parameters
    ----------
    weights : DataFrame, shape (K, N), or Series, shape (N,)
        Target weights on the rebalance dates, a subset of the dates of ``returns``: all dates, or
        only some of them (a single row is buy and hold). A Series is the same target on every date.
    returns : DataFrame, shape (T, N)
        Simple returns, decimals per period. A NaN is accepted only while the asset is not held.
    cost_bps : float
        Cost in basis points of the value of each trade (buying and selling count separately).
    risk_free : float or Series, optional
        Net risk-free rate **per period**; default 0. For days, 3 % a year is about 0.03 / 252; a rate of
        more than 100 % a year is refused.
    rebalance : str or boolean mask, optional
        Use only some rows of ``weights``: ``"weekly"``, ``"monthly"``, ``"quarterly"``, ``"yearly"``
        (first row of each calendar period) or a mask over the rows. The first row is always used.
    allow_cash : bool
        Accept weights that do not sum to one; the rest earns the risk-free rate (and is not traded
        at a cost).
    charge_first_trade : bool
        Count the purchase of the first portfolio as turnover.
    periods_per_year : int, optional
        Default: inferred from the dates.

    Returns
    -------
    Backtest
        From the first rebalance date to the last row of ``returns``.

    Raises
    ------
    DataError
        For NaN weights, text, a missing return of a held asset, unknown tickers or dates, dates that are
        repeated or out of order, weights that do not sum to one; the ticker and date are named.
    ParameterError
        If the risk-free rate looks like an annual one, or the cost eats the portfolio.
    EstimationError
        If the portfolio loses all its value; the date is named.
    """
    targets, held_returns = _aligned(weights, returns)
    targets = targets.loc[rebalance_mask(rebalance, targets.index)]
    r = held_returns.loc[targets.index[0] :]
    per_year = periods_per_year or infer_periods_per_year(r.index)
    rate = pd.Series(as_rate(risk_free, r.index, periods=per_year), index=r.index, name="risk_free")
    target = targets.to_numpy()
    gap = np.abs(target.sum(axis=1) - 1)
    if not allow_cash and gap.max() > SUM_TOLERANCE:
        k = int(gap.argmax())
        raise DataError(
            f"weights at {label(targets.index[k])} sum to {target[k].sum():.6f}, not 1 "
            "(allow_cash=True puts the rest into cash)"
        )
    starts = r.index.get_indexer(targets.index)
    held, safe = _hold(target, starts, r, rate.to_numpy())
    cash = 1 - held.sum(axis=1) if allow_cash else np.zeros(len(r))
    gross = (held * safe).sum(axis=1) + cash * rate.to_numpy()
    lost = ~(gross > -1)
    if lost.any():
        raise EstimationError(f"the portfolio loses all its value at {label(r.index[int(lost.argmax())])}")
    drifted = held * (1 + safe) / (1 + gross)[:, None]
    turnover = np.zeros(len(r))
    turnover[starts[1:]] = np.abs(target[1:] - drifted[starts[1:] - 1]).sum(axis=1)
    if charge_first_trade:
        turnover[0] = np.abs(target[0]).sum()
    turnover_series = pd.Series(turnover, index=r.index, name="turnover")
    return Backtest(
        weights=pd.DataFrame(held, index=r.index, columns=r.columns),
        drifted_weights=pd.DataFrame(drifted, index=r.index, columns=r.columns),
        gross_returns=pd.Series(gross, index=r.index, name="gross_return"),
        turnover=turnover_series,
        risk_free=rate,
        cost_bps=_cost(cost_bps, turnover_series),
        periods_per_year=per_year,
    )


def _aligned(weights: Any, returns: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weights on dates of the returns, with the columns of the returns."""
    returns = as_frame(returns, "returns", 1, labelled=True, gaps=True)
    if isinstance(weights, pd.Series):
        same = as_numbers(weights.to_frame().T, "weights")
        weights = pd.DataFrame(
            np.broadcast_to(same.to_numpy(), (len(returns), same.shape[1])), returns.index, same.columns
        )
    elif not isinstance(weights, pd.DataFrame):
        raise DataError("weights must be a DataFrame (dates x tickers) or a Series (tickers)")
    weights = as_frame(weights, "weights", 1)
    strange = weights.index.difference(returns.index)
    if len(strange):
        raise DataError(f"weights are given for {label(strange[0])}, which is not a date of returns")
    held = returns.loc[weights.index]
    return aligned_like(weights, held, "weights", "returns"), returns


def _hold(
    target: np.ndarray, starts: np.ndarray, returns: pd.DataFrame, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return start-of-period weights and returns in which NaN of assets that are not held is zero."""
    raw = returns.to_numpy()
    missing = ~np.isfinite(raw)
    r = np.where(missing, 0.0, raw) if missing.any() else raw
    ends = np.append(starts[1:], len(r))
    held = np.repeat(target, ends - starts, axis=0)
    for k in np.flatnonzero(ends - starts > 1):
        rows = slice(starts[k], ends[k] - 1)
        growth = np.cumprod(1 + r[rows], axis=0) * target[k]
        cash = np.cumprod(1 + rate[rows]) * (1 - target[k].sum())
        with np.errstate(divide="ignore", invalid="ignore"):  # ruin is reported by the caller, with its date
            held[starts[k] + 1 : ends[k]] = growth / (growth.sum(axis=1) + cash)[:, None]
    if (missing & (held != 0)).any():
        row, column = (int(i) for i in np.argwhere(missing & (held != 0))[0])
        raise DataError(
            f"the return of {returns.columns[column]} at {label(returns.index[row])} is missing "
            "while the asset is held"
        )
    return held, r


def _cost(cost_bps: float, turnover: pd.Series) -> float:
    if not 0 <= cost_bps < np.inf:
        raise ParameterError(f"cost_bps must be a non-negative number, got {cost_bps!r}")
    if cost_bps / 1e4 * float(turnover.max()) >= 1:
        raise ParameterError(f"cost_bps = {cost_bps} eats the whole portfolio in one trade")
    return float(cost_bps)
