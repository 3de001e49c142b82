"""Whether prices are daily or monthly, all the way through."""

import numpy as np
import pandas as pd

from portfolio_study.data.files.sheet import Sheet

#: Gaps of as many days or fewer are those of daily prices.
_DAILY_GAP = 4
#: So many gaps of another kind in a row are another frequency, not a holiday.
_RUN = 5


def frequency_of(sheet: Sheet, dates: pd.DatetimeIndex) -> str:
    """Return the frequency of prices: ``daily`` or ``monthly``.

    Parameters
    ----------
    sheet : Sheet
        Cells of the file, for messages.
    dates : DatetimeIndex
        Dates in order, each once.

    Raises
    ------
    DataError
        If the dates are weekly, rarer, or further apart than days; or if the frequency changes.
    """
    gaps = np.diff(dates.as_unit("s").asi8) / 86_400
    if not len(gaps):
        return "daily"
    daily = gaps <= _DAILY_GAP
    slow, fast = _longest(~daily), _longest(daily)
    if min(slow[1] - slow[0], fast[1] - fast[0]) >= _RUN:
        long, short = np.median(gaps[slow[0] : slow[1]]), np.median(gaps[fast[0] : fast[1]])
        raise sheet.error(
            f"the frequency changes: from {dates[fast[0]]:%Y-%m-%d} to {dates[fast[1]]:%Y-%m-%d} "
            "the dates are "
            f"{short:.0f} day(s) apart, from {dates[slow[0]]:%Y-%m-%d} to {dates[slow[1]]:%Y-%m-%d} "
            f"{long:.0f} days apart "
            f"({'weekly' if long < 10 else 'monthly' if 26 < long < 33 else 'rarer'}): keep one "
            "part with START or END, "
            "or write the file at one frequency"
        )
    days = float(np.median(gaps))
    if days <= 1 or (days <= _DAILY_GAP and len(gaps) < 20):
        return "daily"
    if 27 <= days <= 32:
        return "monthly"
    raise sheet.error(
        f"dates are {days:.0f} days apart; prices must be daily or monthly"
        + (" (weekly ones are made from daily ones where a chapter needs them)" if 5 <= days <= 9 else "")
    )


def _longest(flags: np.ndarray) -> tuple[int, int]:
    """Return the first and one behind the last place of the longest run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    k = int(np.argmax(ends - starts))
    return int(starts[k]), int(ends[k])
