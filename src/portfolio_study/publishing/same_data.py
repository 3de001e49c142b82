"""Whether two downloads are the same data: by log returns, because adjusted closes are rescaled at every dividend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

DATES = 40
"""Dates, spread over the history, of which a reference keeps the returns: enough to recognise data, no prices."""
CLOSE = 1e-5
"""Two returns within this are the same number, stored with other decimals."""
SHARE = 0.99
"""Share of returns that must agree: vendors correct single prices later."""


def returns_print(close: pd.DataFrame, dates: int = DATES) -> dict[str, Any]:
    """What recognises a price history in another download.

    Parameters
    ----------
    close : DataFrame (T, N)
        Adjusted closes.
    dates : int
        Number of dates whose log returns are kept.

    Returns
    -------
    dict
        ``first``, ``last``, ``rows`` and ``returns``: for each asset the log returns of the chosen dates,
        to seven digits.
    """
    index = pd.DatetimeIndex(close.index)
    chosen = np.unique(np.linspace(1, len(index) - 1, min(dates, len(index) - 1)).astype(int))
    values = np.log(close.to_numpy(dtype=float))
    returns = {
        str(asset): {f"{index[i]:%Y-%m-%d}": round(float(values[i, j] - values[i - 1, j]), 7) for i in chosen}
        for j, asset in enumerate(close.columns)
    }
    return {
        "first": f"{index[0]:%Y-%m-%d}",
        "last": f"{index[-1]:%Y-%m-%d}",
        "rows": len(index),
        "returns": returns,
    }


@dataclass(frozen=True)
class Likeness:
    """How alike two histories are.

    Attributes
    ----------
    same : bool
    text : str
        What was compared and what came out.
    """

    same: bool
    text: str


def compare_prints(stored: Mapping[str, Any], found: Mapping[str, Any]) -> Likeness:
    """Say whether a history is the stored one.

    Parameters
    ----------
    stored, found : mapping
        Of `returns_print`.

    Returns
    -------
    Likeness
        The same if dates and assets agree and 99 % of the kept returns lie within 1e-5.
    """
    lacking = [asset for asset in stored["returns"] if asset not in found["returns"]]
    if lacking:
        return Likeness(False, f"without {', '.join(lacking[:5])}")
    for what in ("first", "last", "rows"):
        if stored[what] != found[what]:
            return Likeness(False, f"{what}: {found[what]} instead of {stored[what]}")
    pairs = [
        (value, found["returns"][asset].get(day))
        for asset, days in stored["returns"].items()
        for day, value in days.items()
    ]
    near = [theirs is not None and abs(ours - theirs) <= CLOSE for ours, theirs in pairs]
    share = sum(near) / len(near)
    text = f"{share:.1%} of {len(near)} log returns agree within {CLOSE:g}"
    return Likeness(share >= SHARE, text)
