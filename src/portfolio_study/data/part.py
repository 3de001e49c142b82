"""A random part of a universe, for what would take too long, or has no answer, for all of a large one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from portfolio_study.checks import check_count
from portfolio_study.data.history import PriceHistory


def drawn_names(names: Sequence[str], most: int, seed: int) -> list[str]:
    """Names that are drawn at random, in their order; all of them where there are no more than asked for.

    Parameters
    ----------
    names : sequence of str
        Of N assets.
    most : int
        How many are drawn, at least one. A larger draw from the same seed holds the smaller one.
    seed : int
        Of the draw.

    Returns
    -------
    list of str

    Raises
    ------
    ParameterError
        If fewer than one is asked for.
    """
    most = check_count(most, "most", 1)
    if len(names) <= most:
        return list(names)
    chosen = np.random.default_rng(seed).permutation(len(names))[:most]
    return [names[place] for place in np.sort(chosen)]


def random_part(history: PriceHistory, most: int, seed: int) -> PriceHistory:
    """Prices of assets that are drawn at random; the history itself where it has no more than asked for.

    Parameters
    ----------
    history : PriceHistory
        Of shape (T, N).
    most, seed : int
        As for `drawn_names`.

    Returns
    -------
    PriceHistory
        Of shape (T, min(N, most)).

    Raises
    ------
    ParameterError
        If fewer than one is asked for.
    """
    names = drawn_names(list(history.close.columns), most, seed)
    if len(names) == len(history.close.columns):
        return history
    fields = history.ohlcv and {name: table[names] for name, table in history.ohlcv.items()}
    return replace(history, close=history.close[names], ohlcv=fields)
