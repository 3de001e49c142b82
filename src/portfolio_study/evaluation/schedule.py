"""When a portfolio is traded: calendar schedules and masks."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import in_time_order
from portfolio_study.errors import DataError, ParameterError, UnknownNameError

CALENDAR = {"weekly": "W", "monthly": "M", "quarterly": "Q", "yearly": "Y"}


def rebalance_dates(index: pd.DatetimeIndex, every: str = "quarterly") -> pd.DatetimeIndex:
    """First date of each calendar week, month, quarter or year of an index.

    Parameters
    ----------
    index : DatetimeIndex
        Sessions, in order.
    every : str
        ``"weekly"``, ``"monthly"``, ``"quarterly"`` or ``"yearly"``.

    Raises
    ------
    UnknownNameError
        For another word.
    ParameterError
        If the index holds no dates.
    DataError
        If a date is repeated or out of order.
    """
    return index[_first_of_period(index, every)]


def _first_of_period(index: pd.Index, every: str) -> np.ndarray:
    if every not in CALENDAR:
        raise UnknownNameError("rebalance calendar", every, CALENDAR)
    if not isinstance(index, pd.DatetimeIndex):
        raise ParameterError(f"{every} rebalancing needs dates as row labels")
    in_time_order(index, "dates")
    period = index.to_period(CALENDAR[every])
    return np.concatenate([[True], np.asarray(period[1:] != period[:-1])])


def rebalance_mask(rebalance: Any, index: pd.Index) -> np.ndarray:
    """Turn a calendar word, a boolean mask or None (every row) into a mask over the rows of an index.

    The first row is always part of it.

    Raises
    ------
    DataError, ParameterError, UnknownNameError
        If a mask has other dates, another length or no booleans, or the word is not known.
    """
    if rebalance is None:
        return np.ones(len(index), dtype=bool)
    if isinstance(rebalance, str):
        return _first_of_period(index, rebalance)
    if isinstance(rebalance, pd.Series):
        if not rebalance.index.equals(index):
            raise DataError("the rebalance mask and the weights have different dates")
        rebalance = rebalance.to_numpy()
    mask = np.asarray(rebalance)
    if mask.dtype != bool or mask.shape != (len(index),):
        raise ParameterError(f"rebalance must be a boolean mask with {len(index)} entries")
    mask = mask.copy()
    mask[0] = True
    return mask
