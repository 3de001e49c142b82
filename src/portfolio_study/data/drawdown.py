"""Falls from a previous peak."""

import numpy as np
import pandas as pd

from portfolio_study.checks import as_prices, as_series, check_count
from portfolio_study.data.history import Table
from portfolio_study.errors import ParameterError


def drawdowns(close: Table) -> Table:
    r"""Return how far each price lies below its highest value so far.

    .. math:: D_t = P_t / \max_{s \le t} P_s - 1

    Parameters
    ----------
    close : DataFrame (T, N) or Series (T,)
        Positive prices.

    Returns
    -------
    DataFrame or Series
        Between -1 and 0 (decimal).

    Raises
    ------
    DataError
        If a price is missing, text or not positive, or a date is repeated or out of order.
    """
    as_prices(close)
    return close / close.cummax() - 1.0


def drawdown_episodes(close: pd.Series, depth: float = 0.2) -> pd.DataFrame:
    """List the falls of at least a given depth, from peak to recovery.

    Parameters
    ----------
    close : Series, length T
        Positive prices of one asset or index.
    depth : float
        Smallest fall that counts (decimal); 0.2 is the usual definition of a bear market.

    Returns
    -------
    DataFrame, one row for each fall, in order of time
        ``peak``, ``trough``, ``recovered`` (dates; NaT if the old peak was not reached again),
        ``fall`` (decimal, positive) and ``days_to_trough`` (calendar days).

    Raises
    ------
    ParameterError
        If `depth` is not between 0 and 1.
    DataError
        If a price is missing, text or not positive, or a date is repeated or out of order.
    """
    if not 0 < depth < 1:
        raise ParameterError(f"depth must lie between 0 and 1, got {depth!r}")
    below = drawdowns(close)
    rows = []
    # Each stretch under water begins after a new peak.
    for _, stretch in below.groupby((below == 0).cumsum()):
        if -float(stretch.min()) < depth:
            continue
        after = close.index[close.index > stretch.index[-1]]
        trough = stretch.idxmin()
        rows.append(
            {
                "peak": stretch.index[0],
                "trough": trough,
                "recovered": after[0] if len(after) else pd.NaT,
                "fall": -float(stretch.min()),
                "days_to_trough": int((trough - stretch.index[0]).days),
            }
        )
    return pd.DataFrame(rows, columns=["peak", "trough", "recovered", "fall", "days_to_trough"])


def rolling_volatility(returns: pd.Series, window: int = 21, periods_per_year: int = 252) -> pd.Series:
    """Annualised standard deviation of the last `window` returns.

    Parameters
    ----------
    returns : Series
        Returns per period (decimal).
    window : int
        Number of returns, at least 2.
    periods_per_year : int
        252 for days, 12 for months.

    Returns
    -------
    Series
        Decimal per year; starts at the first full window.

    Raises
    ------
    ParameterError
        If the window is not a whole number of at least 2.
    DataError
        If a return is missing or text, or a date is repeated or out of order.
    """
    check_count(window, "window", 2)
    return as_series(returns, "returns").rolling(window).std().dropna() * np.sqrt(periods_per_year)
