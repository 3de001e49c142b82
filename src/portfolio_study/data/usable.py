"""Prices that are right one by one and still not usable: parts of the dates, and standstills."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError


def require_common_dates(close: pd.DataFrame) -> None:
    """Refuse assets that begin late or end early, with the dates that all assets share.

    A value that is missing between two others is no matter of dates: it is left to other checks.

    Parameters
    ----------
    close : DataFrame (T, N)
        Closes in the order of time; missing where an asset was not traded.

    Raises
    ------
    DataError
        Names each such asset with its first and last date, and the dates to choose instead.
    """
    dates = pd.DatetimeIndex(close.index)
    there = close.notna().to_numpy()
    if there.all() or not there.any(axis=0).all():
        return
    first, last = there.argmax(axis=0), len(dates) - 1 - there[::-1].argmax(axis=0)
    part = np.flatnonzero((first > 0) | (last < len(dates) - 1))
    if not len(part):
        return
    named = [
        f"{close.columns[i]} ({dates[first[i]]:%Y-%m-%d} to {dates[last[i]]:%Y-%m-%d})" for i in part[:8]
    ]
    named += ["..."] if len(part) > 8 else []
    begin, end = dates[first.max()], dates[last.min()]
    common = (
        f"all {close.shape[1]} assets have prices from {begin:%Y-%m-%d} to {end:%Y-%m-%d}: choose "
        f"START={begin:%Y-%m-%d} END={end:%Y-%m-%d}, or "
        if begin < end
        else "there are no dates that all assets share: "
    )
    raise DataError(
        f"the dates run from {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}, but the close is missing on "
        f"a part of these dates for {', '.join(named)}; {common}leave tickers out of UNIVERSE"
    )


@dataclass(frozen=True)
class Standstill:
    """A stretch of dates on which the close of an asset did not move.

    Attributes
    ----------
    ticker : str
        The asset.
    first, last : Timestamp
        First and last date whose close equals that of the date before.
    periods : int
        Number of such dates: returns of exactly zero in a row.
    """

    ticker: str
    first: pd.Timestamp
    last: pd.Timestamp
    periods: int


def longest_standstills(close: pd.DataFrame) -> list[Standstill]:
    """Find the longest stretch of unchanged closes of each asset.

    Parameters
    ----------
    close : DataFrame (T, N)
        Closes in the order of time.

    Returns
    -------
    list of Standstill
        Longest first; an asset that always moves has none. Of two equal stretches the first.
    """
    dates, found = pd.DatetimeIndex(close.index), []
    for ticker in close.columns:
        still = np.diff(close[ticker].to_numpy(dtype=float)) == 0
        # A stretch starts where `still` becomes true and ends where it stops being so.
        edges = np.diff(np.concatenate([[False], still, [False]]).astype(int))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        if len(starts):
            at = int(np.argmax(ends - starts))
            first, last = dates[starts[at] + 1], dates[ends[at]]
            found.append(Standstill(str(ticker), first, last, int(ends[at] - starts[at])))
    return sorted(found, key=lambda stretch: -stretch.periods)
