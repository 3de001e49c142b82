"""Forecasts that any model has to beat: zero, historical mean, rolling mean, exponential mean.

Each function takes T x N returns and gives forecasts labelled with the date that they *forecast*; the row
of date t uses returns before t only. Dates without enough past have no row.
"""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, check_window
from portfolio_study.errors import ParameterError


def zero_forecast(returns: pd.DataFrame) -> pd.DataFrame:
    """Forecast zero for every date: prices are a random walk without drift.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.

    Returns
    -------
    DataFrame, shape (T, N)

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    """
    frame = as_frame(returns, "returns", 1, labelled=True)
    return pd.DataFrame(0.0, index=frame.index, columns=frame.columns)


def historical_mean_forecast(returns: pd.DataFrame, minimum: int = 1) -> pd.DataFrame:
    r"""Forecast the mean of all earlier returns.

    .. math:: f_t = \frac{1}{t} \sum_{s<t} x_s

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    minimum : int
        Past returns that the first forecast needs.

    Returns
    -------
    DataFrame, shape (T - minimum, N)

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    ParameterError
        If fewer than one or all returns are set aside.
    """
    frame = as_frame(returns, labelled=True)
    start = check_window(minimum, len(frame))
    values = frame.to_numpy()
    means = np.cumsum(values, axis=0) / np.arange(1, len(values) + 1)[:, None]
    return pd.DataFrame(means[start - 1 : -1], index=frame.index[start:], columns=frame.columns)


def rolling_mean_forecast(returns: pd.DataFrame, window: int = 50) -> pd.DataFrame:
    r"""Forecast the mean of the last ``window`` returns: paper 000's "n-day rolling average".

    .. math:: f_t = \frac{1}{w} \sum_{s=t-w}^{t-1} x_s

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    window : int
        Number w of periods.

    Returns
    -------
    DataFrame, shape (T - window, N)

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    ParameterError
        For a window below one or longer than the data.
    """
    frame = as_frame(returns, labelled=True)
    length = check_window(window, len(frame))
    # Summing each window afresh keeps a forecast independent of what left its window.
    means = np.lib.stride_tricks.sliding_window_view(frame.to_numpy()[:-1], length, axis=0).mean(axis=-1)
    return pd.DataFrame(means, index=frame.index[length:], columns=frame.columns)


def ewma_forecast(returns: pd.DataFrame, decay: float = 0.98, minimum: int = 1) -> pd.DataFrame:
    r"""Forecast the exponentially weighted mean of all earlier returns.

    .. math:: f_t = \sum_{k \ge 0} \lambda^k x_{t-1-k} \Big/ \sum_{k \ge 0} \lambda^k

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    decay : float
        Weight :math:`\lambda` of one period further back, inside (0, 1); the weights' mean age is
        1 / (1 - decay) periods, so that 0.98 corresponds to a 50-day window.
    minimum : int
        Past returns that the first forecast needs.

    Returns
    -------
    DataFrame, shape (T - minimum, N)

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    ParameterError
        If the decay is not inside (0, 1), or fewer than one or all returns are set aside.
    """
    frame = as_frame(returns, labelled=True)
    start = check_window(minimum, len(frame))
    weight = _checked_decay(decay)
    means = frame.ewm(alpha=1 - weight, adjust=True).mean().to_numpy()
    return pd.DataFrame(means[start - 1 : -1], index=frame.index[start:], columns=frame.columns)


def _checked_decay(decay: Any) -> float:
    if isinstance(decay, bool) or not isinstance(decay, int | float) or not 0 < decay < 1:
        raise ParameterError(f"decay must be a number between 0 and 1, got {decay!r}")
    return float(decay)
