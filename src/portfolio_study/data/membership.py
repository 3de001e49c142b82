"""Who was in the Dow Jones Industrial Average, and when.

Changes as announced by S&P Dow Jones Indices (and Dow Jones & Company before
2012), from the end of 2009 to the end of March 2024. Companies are named by the
symbol that they had when they joined or left.
"""

import pandas as pd

from portfolio_study.errors import ParameterError

FIRST, LAST = "2009-06-08", "2024-03-31"
_START = (
    "AA AXP BA BAC CAT CSCO CVX DD DIS GE HD HPQ IBM INTC JNJ JPM KFT KO MCD MMM MRK MSFT PFE PG T TRV "
    "UTX VZ WMT XOM"
)
# Effective before the open of the date: (joined, left).
DOW_CHANGES: dict[str, tuple[str, str]] = {
    "2012-09-24": ("UNH", "KFT"),
    "2013-09-23": ("GS NKE V", "AA BAC HPQ"),
    "2015-03-19": ("AAPL", "T"),
    "2017-09-01": ("DWDP", "DD"),  # merged with Dow Chemical: DowDuPont took the place
    "2018-06-26": ("WBA", "GE"),
    "2019-04-02": ("DOW", "DWDP"),  # the new Dow Inc. after the break-up
    "2020-04-03": ("RTX", "UTX"),  # merged with Raytheon: one company under a new symbol
    "2020-08-31": ("AMGN CRM HON", "PFE RTX XOM"),
    "2024-02-26": ("AMZN", "WBA"),
}


def dow_members(date: str | pd.Timestamp) -> frozenset[str]:
    """Return the 30 members of the Dow Jones Industrial Average on a date.

    Parameters
    ----------
    date : str or Timestamp
        Between 2009-06-08 and 2024-03-31.

    Returns
    -------
    frozenset of str
        Symbols of that time.

    Raises
    ------
    ParameterError
        If the date lies outside the list of changes.
    """
    day = pd.Timestamp(date)
    if not pd.Timestamp(FIRST) <= day <= pd.Timestamp(LAST):
        raise ParameterError(f"the list of Dow members covers {FIRST} to {LAST}, not {day:%Y-%m-%d}")
    members = set(_START.split())
    for effective, (joined, left) in DOW_CHANGES.items():
        if pd.Timestamp(effective) <= day:
            members -= set(left.split())
            members |= set(joined.split())
    return frozenset(members)


def members_throughout(first: str, last: str) -> frozenset[str]:
    """Return the symbols that were members on every day from `first` to `last`."""
    dates = [
        first,
        last,
        *(d for d in DOW_CHANGES if pd.Timestamp(first) < pd.Timestamp(d) <= pd.Timestamp(last)),
    ]
    return frozenset.intersection(*(dow_members(date) for date in dates))


def members_that_left(first: str, last: str) -> frozenset[str]:
    """Return the members at `first` that did not stay until `last`."""
    return dow_members(first) - members_throughout(first, last)
