"""Variances one period ahead without a model, and what the range of a day says about its variance.

Every forecast is labelled with the period that it forecasts and uses earlier periods only.
Variances are decimals squared per period.
"""

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_frames, aligned_like, as_frame, as_prices, check_count, label
from portfolio_study.errors import DataError, ParameterError

_RANGE_SLACK = 1e-6  # vendors round prices and divide by split factors in single precision


def rolling_variance(returns: pd.DataFrame, window: int = 50) -> pd.DataFrame:
    r"""Sample variance of the last n returns: :math:`h_t = \frac1{n-1}\sum_{i=1}^n (r_{t-i} - \bar r)^2`.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    window : int
        n, at least 2.

    Returns
    -------
    DataFrame, shape (T - window, N)

    Raises
    ------
    DataError
        For a missing return (named) or too few rows.
    """
    frame = as_frame(returns, "returns", check_count(window, "window", 2) + 1, labelled=True)
    windows = np.lib.stride_tricks.sliding_window_view(frame.to_numpy(), window, axis=0)[:-1]
    # Two passes over each window: running sums lose the digits of calm windows after a crash.
    return pd.DataFrame(windows.var(axis=2, ddof=1), index=frame.index[window:], columns=frame.columns)


def ewma_variance(returns: pd.DataFrame, decay: float = 0.94, start: int = 50) -> pd.DataFrame:
    r"""Exponentially weighted variance: :math:`h_{t+1} = \lambda h_t + (1-\lambda) r_t^2`.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period; or, in place of squared returns, see `smooth`.
    decay : float
        lambda, inside (0, 1); RiskMetrics uses 0.94 for days.
    start : int
        The recursion starts from the mean square of the first so many returns.

    Returns
    -------
    DataFrame, shape (T - start, N)

    Raises
    ------
    ParameterError
        If decay is outside (0, 1).
    DataError
        For a missing return (named) or too few rows.

    References
    ----------
    J.P. Morgan and Reuters (1996). RiskMetrics Technical Document, 4th edition.
    """
    frame = as_frame(returns, "returns", check_count(start, "start", 2) + 1, labelled=True)
    return smooth(frame**2, decay, start)


def smooth(squares: pd.DataFrame, decay: float = 0.94, start: int = 50) -> pd.DataFrame:
    r"""Forecast a variance from any proxy of it: :math:`h_{t+1} = \lambda h_t + (1-\lambda) x_t`.

    Parameters
    ----------
    squares : DataFrame, shape (T, N)
        Proxy x of each period's variance: squared returns, or squared ranges.
    decay, start
        As in `ewma_variance`.

    Returns
    -------
    DataFrame, shape (T - start, N)
    """
    if not 0 < decay < 1:
        raise ParameterError(f"decay must lie between 0 and 1, got {decay!r}")
    frame = as_frame(squares, "variance proxys", check_count(start, "start", 2) + 1, labelled=True)
    x = frame.to_numpy()
    forecast = np.empty_like(x[start:])
    level = x[:start].mean(axis=0)
    for t in range(len(forecast)):
        forecast[t] = level
        level = decay * level + (1 - decay) * x[start + t]
    return pd.DataFrame(forecast, index=frame.index[start:], columns=frame.columns)


def parkinson(high: pd.DataFrame, low: pd.DataFrame) -> pd.DataFrame:
    r"""Variance of a session from its range: :math:`(\ln H/L)^2 / (4\ln 2)`.

    Parameters
    ----------
    high, low : DataFrame, shape (T, N)
        Highest and lowest price of the session.

    Raises
    ------
    DataError
        If a price is not positive, a high is below its low, or tables have other dates or tickers; ticker
        and date are named.

    References
    ----------
    Parkinson, M. (1980). The extreme value method for estimating the variance of the rate of
    return. Journal of Business 53, 61-65.
    """
    high, low = _check_range(high, low)
    return _frame(np.log(high.to_numpy() / low.to_numpy()) ** 2 / (4 * np.log(2)), high)


def garman_klass(
    open_: pd.DataFrame, high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame
) -> pd.DataFrame:
    r"""Variance of a session from range and close: :math:`\frac12(\ln H/L)^2 - (2\ln 2-1)(\ln C/O)^2`.

    Parameters
    ----------
    open_, high, low, close : DataFrame, shape (T, N)
        Prices of the session, all adjusted in the same way.

    Raises
    ------
    DataError
        As for `parkinson`.

    References
    ----------
    Garman, M. B. and Klass, M. J. (1980). On the estimation of security price volatilities from
    historical data. Journal of Business 53, 67-78.
    """
    open_, high, low, close = _widen(open_, high, low, close)
    spread, move = np.log(high.to_numpy() / low.to_numpy()), np.log(close.to_numpy() / open_.to_numpy())
    return _frame(0.5 * spread**2 - (2 * np.log(2) - 1) * move**2, high)


def rogers_satchell(
    open_: pd.DataFrame, high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame
) -> pd.DataFrame:
    r"""Variance of a session, right for any drift: :math:`\ln\frac HC\ln\frac HO + \ln\frac LC\ln\frac LO`.

    Parameters
    ----------
    open_, high, low, close : DataFrame, shape (T, N)
        Prices of the session, all adjusted in the same way.

    Raises
    ------
    DataError
        As for `parkinson`.

    References
    ----------
    Rogers, L. C. G. and Satchell, S. E. (1991). Estimating variance from high, low and closing
    prices. Annals of Applied Probability 1, 504-512.
    """
    open_, high, low, close = _widen(open_, high, low, close)
    o, h, l, c = (np.log(x.to_numpy()) for x in (open_, high, low, close))
    return _frame((h - c) * (h - o) + (l - c) * (l - o), high)


def range_proxies(ohlcv: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Proxies of the variance from close to close, from prices of the session and of the night before.

    The range covers the session only; the squared overnight return is added. Opens are adjusted for
    dividends like the closes, so that an ex-dividend day is no shock.

    Parameters
    ----------
    ohlcv : dict of DataFrame
        ``open``, ``high``, ``low``, ``close`` and ``adj_close``, all (T, N).

    Returns
    -------
    dict of DataFrame, shape (T - 1, N)
        ``Parkinson``, ``Garman-Klass`` and ``Rogers-Satchell``, each plus the overnight square.

    Raises
    ------
    DataError
        If prices are missing or not positive, a high is below its low, or tables have other dates or tickers.
    """
    missing = {"open", "high", "low", "close", "adj_close"} - set(ohlcv)
    if missing:
        raise DataError(f"range-based proxies need {', '.join(sorted(missing))}: this source has closes only")
    names = ("open", "high", "low", "close", "adj_close")
    o, h, l, c, adjusted = _same_tables({name: ohlcv[name] for name in names}).values()
    factor = adjusted / c
    night = np.log((o * factor).iloc[1:].to_numpy() / adjusted.iloc[:-1].to_numpy()) ** 2
    sessions = {
        "Parkinson": parkinson(h, l),
        "Garman-Klass": garman_klass(o, h, l, c),
        "Rogers-Satchell": rogers_satchell(o, h, l, c),
    }
    return {name: session.iloc[1:] + night for name, session in sessions.items()}


def match_level(proxy: pd.DataFrame, squares: pd.DataFrame) -> pd.DataFrame:
    """Scale each ticker's proxy to the mean of its squared returns.

    Ranges miss what happens between trades, so their level is too low; their use is to rank
    forecasts, for which the level is taken from the unbiased squared returns of the same dates.

    Parameters
    ----------
    proxy, squares : DataFrame, shape (T, N)
        Proxy and squared returns on the same dates.

    References
    ----------
    Hansen, P. R. and Lunde, A. (2005). A realized variance for the whole day based on intermittent
    high-frequency data. Journal of Financial Econometrics 3, 525-554.
    """
    proxy, squares = aligned_frames(1, proxy=proxy, squares=squares)
    return proxy * (squares.mean() / proxy.mean())


def _same_tables(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Positive prices of the same dates, with their columns in the order of the first table."""
    checked = {name: as_prices(table, name) for name, table in tables.items()}
    first, like = next(iter(checked.items()))
    return {name: aligned_like(table, like, name, first) for name, table in checked.items()}


def _widen(
    open_: pd.DataFrame, high: pd.DataFrame, low: pd.DataFrame, close: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Extend the range to hold open and close, which vendors' rounding can put just outside."""
    high, low = _check_range(high, low)
    tables = _same_tables({"high": high, "low": low, "open": open_, "close": close})
    open_, close = tables["open"], tables["close"]
    top = np.maximum.reduce([high.to_numpy(), open_.to_numpy(), close.to_numpy()])
    bottom = np.minimum.reduce([low.to_numpy(), open_.to_numpy(), close.to_numpy()])
    return open_, _frame(top, high), _frame(bottom, low), close


def _check_range(high: pd.DataFrame, low: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    high, low = _same_tables({"high": high, "low": low}).values()
    bad = high.to_numpy() < low.to_numpy() * (1 - _RANGE_SLACK)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise DataError(
            f"high of {high.columns[column]} on {label(high.index[row])} is below the low of its day: "
            "repair it or choose dates without it"
        )
    return high, low


def _frame(values: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(values, index=like.index, columns=like.columns)
