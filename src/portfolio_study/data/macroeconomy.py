"""Inflation and bond yields as they were known on a date: with the delay of their publication, never beyond their end.

The installed package arch carries the monthly series, as published by the Federal Reserve Bank of St. Louis:
consumer prices without food and energy (CPILFESL, seasonally adjusted, 1957-01 to 2018-11) and Moody's yields of
bonds rated Aaa and Baa (1919-01 to 2018-12, means of the month). The values are those of a later vintage. Yields are
not revised, nor are consumer prices but for their seasonal factors, which over twelve months nearly cancel.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, in_time_order
from portfolio_study.errors import DataError, ParameterError, SourceError
from portfolio_study.store import prices_checksum

CHECKED = "arch 8.0.0"
SHA256 = "d0f5f0b12ef1acf975ac2233e67dc30df975b54137bdb39f75ed4a1906036191"
CONSUMER_PRICES, AAA, BAA = "core_cpi", "aaa", "baa"
#: Days after the end of a month from which on its value counts as known. Consumer prices come out in the middle of
#: the next month, once (September 2013, when the government was shut) 30 days after the end; yields within days.
DELAY = {CONSUMER_PRICES: 31, AAA: 5, BAA: 5}


def macroeconomic_inputs(dates: pd.DatetimeIndex, monthly: pd.DataFrame | None = None) -> pd.DataFrame:
    r"""Return what was known of inflation and bond yields at the close of each date.

    With m(t, d) the last month that ended at least d days before date t, C consumer prices, and A and B the yields of
    bonds rated Aaa and Baa:

    .. math:: \pi_t = \ln C_{m(t, 31)} - \ln C_{m(t, 31) - 12}, \quad
              \Delta_t = A_{m(t, 5)} - A_{m(t, 5) - 12}, \quad s_t = B_{m(t, 5)} - A_{m(t, 5)}

    Parameters
    ----------
    dates : DatetimeIndex, length T
        In order of time.
    monthly : DataFrame, optional
        Columns ``core_cpi`` (index), ``aaa`` and ``baa`` (percent a year), dated anywhere in their month;
        default those that the package arch carries.

    Returns
    -------
    DataFrame, shape (T, 3)
        ``core_inflation`` (decimal, over 12 months), ``long_yield_change`` (percentage points over 12 months) and
        ``default_spread`` (percentage points). NaN where the value of month m is not there: before the series begin,
        and as soon as the month after their last would be known. No value is carried further.

    Raises
    ------
    ParameterError
        If the dates are no dates, or a column is missing.
    DataError
        If dates are repeated or out of order, two rows belong to one month, or consumer prices are not positive.
    SourceError
        If the package arch carries other values than those that were checked.
    """
    if not isinstance(dates, pd.DatetimeIndex):
        raise ParameterError("inputs of the economy need dates, got other row labels")
    in_time_order(dates, "dates")
    table = _by_month(packaged_months() if monthly is None else monthly)
    year_before = table.shift(12, freq="M").reindex(table.index)
    inflation = np.log(table[CONSUMER_PRICES]) - np.log(year_before[CONSUMER_PRICES])
    known = {
        "core_inflation": (inflation, DELAY[CONSUMER_PRICES]),
        "long_yield_change": (table[AAA] - year_before[AAA], DELAY[AAA]),
        "default_spread": (table[BAA] - table[AAA], max(DELAY[AAA], DELAY[BAA])),
    }
    return pd.DataFrame({name: _as_known(values, dates, days) for name, (values, days) in known.items()})


def _as_known(values: pd.Series, dates: pd.DatetimeIndex, days: int) -> pd.Series:
    """Value of the last month that ended at least so many days before each date."""
    months = (dates.tz_localize(None) - pd.Timedelta(days=days - 1)).to_period("M") - 1
    return values.reindex(months).set_axis(dates)


def _by_month(monthly: pd.DataFrame) -> pd.DataFrame:
    """Label the rows by their month."""
    if lacking := [name for name in DELAY if name not in monthly]:
        raise ParameterError(
            f"the monthly series have no column {lacking[0]!r}; wanted are {', '.join(DELAY)}"
        )
    table = as_frame(monthly[list(DELAY)], "monthly series", labelled=True, gaps=True)
    months = pd.DatetimeIndex(table.index).to_period("M")
    if months.has_duplicates:
        raise DataError(
            f"monthly series: two rows for {months[months.duplicated()][0]}: keep one row a month"
        )
    if (low := table[CONSUMER_PRICES] <= 0).any():
        raise DataError(f"{CONSUMER_PRICES}: not positive in {months[int(low.to_numpy().argmax())]}")
    return table.set_axis(months)


@lru_cache(maxsize=1)
def packaged_months() -> pd.DataFrame:
    """Return the monthly series that the package arch carries: ``core_cpi``, ``aaa`` and ``baa``.

    Raises
    ------
    SourceError
        If its values are not those that were checked.
    """
    from arch.data import core_cpi, default

    table = default.load().join(core_cpi.load(), how="outer")
    table = table.rename(columns={"CPILFESL": CONSUMER_PRICES, "AAA": AAA, "BAA": BAA})[list(DELAY)]
    found = prices_checksum({"monthly": table})
    if found != SHA256:
        raise SourceError(
            f"the monthly series of the package arch are not those of {CHECKED} that the study was checked with "
            f"(sha256 {found[:12]}, expected {SHA256[:12]}): install the versions of requirements.lock"
        )
    return table
