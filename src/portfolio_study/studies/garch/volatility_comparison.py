"""The same dates for all forecasts: GARCH, moving variance, EWMA; and a check of the two GARCH engines."""

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_frames, as_frame, check_count
from portfolio_study.errors import DataError
from portfolio_study.risk.garch import RollingVolatility, rolling_garch
from portfolio_study.risk.volatility import ewma_variance, rolling_variance, smooth


def variance_forecasts(
    returns: pd.DataFrame, short: RollingVolatility, long: RollingVolatility, decay: float = 0.94
) -> dict[str, pd.DataFrame]:
    """Put the forecasts of a short GARCH next to its controls, on the dates that all of them forecast.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    short, long : RollingVolatility
        GARCH forecasts from a short and a long window.
    decay : float
        Of the exponentially weighted variance.

    Returns
    -------
    dict of DataFrame
        ``GARCH n``, ``variance n`` (same n returns, equal weights), ``EWMA`` and ``GARCH m``: variances.

    Raises
    ------
    DataError
        If no date is forecast by all.
    """
    forecasts = {
        f"GARCH {short.window}": short.variance,
        f"variance {short.window}": rolling_variance(returns, short.window),
        "EWMA": ewma_variance(returns, decay, short.window),
        f"GARCH {long.window}": long.variance,
    }
    dates = short.variance.index.intersection(long.variance.index)
    if not len(dates):
        raise DataError("the two GARCH models forecast no common date")
    return {name: variance.loc[dates] for name, variance in forecasts.items()}


def range_ewma(
    proxy: pd.DataFrame, squares: pd.DataFrame, decay: float = 0.94, start: int = 50
) -> pd.DataFrame:
    r"""Forecast a variance from ranges: :math:`h_{t+1} = c_t \tilde h_{t+1}`.

    :math:`\tilde h` smooths the range-based proxy like an EWMA smooths squared returns, and
    :math:`c_t`, the ratio of the mean square to the mean proxy so far, brings it to the level of
    returns from close to close. Both use earlier periods only.

    Parameters
    ----------
    proxy, squares : DataFrame, shape (T, N)
        Range-based proxy and squared returns of the same periods.
    decay, start
        As in `portfolio_study.risk.volatility.ewma_variance`.

    Returns
    -------
    DataFrame, shape (T - start, N)
    """
    proxy, squares = aligned_frames(1, proxy=proxy, squares=squares)
    level = (squares.cumsum() / proxy.cumsum()).shift(1).iloc[start:]
    return smooth(proxy, decay, start) * level


def compare_engines(
    returns: pd.DataFrame, window: int = 50, samples: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Fit randomly chosen windows with both GARCH engines.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    window : int
        Length of a window.
    samples : int
        Number of windows, drawn without replacement (all of them, if there are fewer).
    seed : int
        Seed of the draw.

    Returns
    -------
    DataFrame, one row for each window
        ``date``, ``ticker``, ``loglik_batched``, ``loglik_arch``, ``volatility_batched``,
        ``volatility_arch`` (decimals per period), ``converged_arch``.

    Raises
    ------
    DataError, EstimationError
        As `rolling_garch`.
    """
    frame = as_frame(returns, "returns", window + 1, labelled=True)
    rows, columns = len(frame) - window, frame.shape[1]
    count = min(check_count(samples, "samples", 1), rows * columns)
    drawn = np.random.default_rng(seed).choice(rows * columns, count, replace=False)
    found = []
    for row, column in zip(*np.unravel_index(np.sort(drawn), (rows, columns)), strict=True):
        part = frame.iloc[row : row + window + 1, [column]]
        ours, theirs = (rolling_garch(part, window, engine=engine) for engine in ("batched", "arch"))
        found.append(
            {
                "date": part.index[-1],
                "ticker": part.columns[0],
                "loglik_batched": ours.loglik.iloc[0, 0],
                "loglik_arch": theirs.loglik.iloc[0, 0],
                "volatility_batched": ours.volatility.iloc[0, 0],
                "volatility_arch": theirs.volatility.iloc[0, 0],
                "converged_arch": bool(theirs.converged.iloc[0, 0]),
            }
        )
    return pd.DataFrame(found)
