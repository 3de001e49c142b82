"""Refuse prices that some chapter of a run could not use, before any of them executes."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from portfolio_study.data.history import PriceHistory
from portfolio_study.data.moves import refuse_spikes
from portfolio_study.data.usable import longest_standstills
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.publishing.limits import check_limits
from portfolio_study.publishing.notebooks import Chapter
from portfolio_study.publishing.profiles import RunSettings, scaled_parameters

#: Windows without which a chapter has no result; of a list of windows it leaves out those that are too long.
REQUIRED = ("window", "lookback", "months")


def require_usable(prices: PriceHistory, chapters: Iterable[Chapter], settings: RunSettings) -> None:
    """Refuse prices with which some chapter of a run would fail or give nonsense.

    Parameters
    ----------
    prices : PriceHistory
        The prices of the run; they passed `portfolio_study.data.quality.validate`.
    chapters : iterable of Chapter
        Those that will execute.
    settings : RunSettings
        Profile and parameters of the run: they decide the lengths of the windows.

    Raises
    ------
    DataError
        If a single close lies far from those of the dates around it, or a close stands still for as
        long as the shortest window: names the asset, the first date, the length and the remedy.
    ParameterError
        If a window is longer than the prices, or a parameter asks for more dates than they have.
    """
    refuse_spikes(prices.close)
    chapters = list(chapters)
    lengths = window_lengths(chapters, settings, prices.frequency)
    dates, returns = pd.DatetimeIndex(prices.close.index), len(prices.close) - 1
    for name, length in lengths.items():
        if name.rpartition(".")[2] in REQUIRED and length >= returns:
            raise ParameterError(
                f"{name} is {length}, but the prices have {returns} returns, {dates[0]:%Y-%m-%d} to "
                f"{dates[-1]:%Y-%m-%d}: choose a shorter window (SET), an earlier START or a later END"
            )
    for chapter in chapters:
        check_limits(
            chapter, chapter.parameters | scaled_parameters(chapter, settings), settings.places, dates
        )
    if lengths:
        refuse_standstills(prices, lengths)


def window_lengths(
    chapters: Iterable[Chapter], settings: RunSettings, frequency: str = "daily"
) -> dict[str, int]:
    """Lengths of the windows that the chapters of a run use, in periods, by name of the parameter.

    Parameters
    ----------
    chapters : iterable of Chapter
    settings : RunSettings
    frequency : {"daily", "monthly"}
        Of the prices.

    Returns
    -------
    dict of str to int
        For a parameter with several lengths the shortest.
    """
    found: dict[str, int] = {}
    for chapter in chapters:
        names = windows_of(chapter, frequency)
        values: Mapping[str, Any] = chapter.parameters | scaled_parameters(chapter, settings)
        for name in names:
            given = values.get(name)
            lengths = [n for n in (given if isinstance(given, list) else [given]) if isinstance(n, int)]
            if lengths:
                found[f"{chapter.name}.{name}"] = min(lengths)
    return found


def windows_of(chapter: Chapter, frequency: str = "daily") -> list[str]:
    """Parameters of a chapter that hold lengths of windows in which every asset must vary.

    Lengths of the networks' sequences are not among them, nor windows of data that a chapter brings itself.
    """
    kinds = chapter.windows
    monthly = [name for name, kind in kinds.items() if kind == "monthly"]
    if frequency == "monthly" and monthly:
        return monthly
    return [name for name, kind in kinds.items() if kind == "estimation"]


def refuse_standstills(prices: PriceHistory, lengths: Mapping[str, int]) -> None:
    """Refuse a close that does not move for as long as the shortest window.

    In a window in which every return is zero there is no variance, no model and no correlation.

    Raises
    ------
    DataError
        Names the asset, the first date, the length and the remedy.
    """
    name, least = min(lengths.items(), key=lambda item: item[1])
    still = [stretch for stretch in longest_standstills(prices.close) if stretch.periods >= least]
    if not still:
        return
    one, others = still[0], [stretch.ticker for stretch in still[1:]]
    also = f"; likewise {', '.join(others[:8])}{' ...' if len(others) > 8 else ''}" if others else ""
    dates = pd.DatetimeIndex(prices.close.index)
    before = dates[int(dates.searchsorted(one.first)) - 1]
    period = prices.period
    raise DataError(
        f"the close of {one.ticker} does not move for {one.periods} {period}s, {one.first:%Y-%m-%d} to "
        f"{one.last:%Y-%m-%d} (no trading, or prices filled in){also}. The chapters estimate risk in windows "
        f"of {least} {period}s and more ({name}), and in such a window nothing varies. Leave "
        f"{'these tickers' if others else 'the ticker'} out of UNIVERSE, START after {one.last:%Y-%m-%d}, or "
        f"END on {before:%Y-%m-%d} at the latest."
    )
