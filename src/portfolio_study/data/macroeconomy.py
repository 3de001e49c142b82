"""The economy as it was known on a date: with the delay of its publication, never beyond its end.

The installed package arch carries three monthly series, as published by the Federal Reserve Bank of St. Louis:
consumer prices without food and energy (CPILFESL, seasonally adjusted, 1957-01 to 2018-11) and Moody's yields of
bonds rated Aaa and Baa (1919-01 to 2018-12, means of the month). `portfolio_study.data.economy` has the same from
FRED itself, to this day, with the yield of ten-year Treasuries (GS10) and housing starts (HOUST).
The values are those of a later vintage, the dates those of the first publication. Yields are not revised, nor are
consumer prices but for their seasonal factors, which over twelve months nearly cancel. Housing starts are: in each
of the two months after, and every year with the seasonal factors.
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
TEN_YEARS, HOUSING_STARTS = "ten_years", "housing_starts"
#: Days after the end of a month from which on its value counts as known. Consumer prices come out in the middle of
#: the next month, once (September 2013, when the government was shut) 30 days after the end; yields within days.
#: Housing starts come out on the 12th workday of the next month, from the 16th to the 20th (Census Bureau, release
#: schedule of New Residential Construction); the months that came out later are those of `LATE`.
DELAY = {CONSUMER_PRICES: 31, AAA: 5, BAA: 5, TEN_YEARS: 5, HOUSING_STARTS: 31}
ALWAYS = (CONSUMER_PRICES, AAA, BAA)
#: Months whose values came out later, because the government was shut, and the day on which they were out (of 1995:
#: a day on which they were surely out).
LATE = {
    HOUSING_STARTS: {
        "1995-11": "1996-03-29",
        "1995-12": "1996-03-29",
        "2013-09": "2013-12-18",
        "2013-10": "2013-12-18",
        "2018-12": "2019-02-26",
        "2019-01": "2019-03-08",
    }
}
#: From this month on housing starts count as known 105 days after its end: since the government was shut in October
#: 2025 they came out up to 101 days late (of September 2025 on 2026-01-09, of January 2026 on 2026-03-12, of February
#: on 2026-04-29).
IRREGULAR, IRREGULAR_DELAY = "2025-09", 105


def macroeconomic_inputs(dates: pd.DatetimeIndex, monthly: pd.DataFrame | None = None) -> pd.DataFrame:
    r"""Return what was known of the economy at the close of each date.

    With m(t, d) the last month that ended at least d days before date t, C consumer prices, A and B the yields of
    bonds rated Aaa and Baa, L a long-term yield (of ten-year Treasuries where there is one, else A) and H housing
    starts:

    .. math:: \pi_t = \ln C_{m(t, 31)} - \ln C_{m(t, 31) - 12}, \quad
              \Delta_t = L_{m(t, 5)} - L_{m(t, 5) - 12}, \quad s_t = B_{m(t, 5)} - A_{m(t, 5)}, \quad
              h_t = \ln H_{m(t, 31)} - \ln H_{m(t, 31) - 12}

    Of months that were published later (`LATE`, `IRREGULAR`) the value counts from that day on.

    Parameters
    ----------
    dates : DatetimeIndex, length T
        In order of time.
    monthly : DataFrame, optional
        Columns ``core_cpi`` (index), ``aaa`` and ``baa`` (percent a year), dated anywhere in their month; may have
        ``ten_years`` (percent a year) and ``housing_starts`` (thousands a year). Default those that the package
        arch carries.

    Returns
    -------
    DataFrame, shape (T, 3) or (T, 4)
        ``core_inflation`` (decimal, over 12 months), ``long_yield_change`` (percentage points over 12 months),
        ``default_spread`` (percentage points) and, where there are housing starts, ``housing_growth`` (decimal,
        over 12 months). NaN where the value of month m is not there: before the series begin, and as soon as the
        month after their last would be known. No value is carried further.

    Raises
    ------
    ParameterError
        If the dates are no dates, or a column is missing.
    DataError
        If dates are repeated or out of order, two rows belong to one month, or consumer prices or housing starts are
        not positive.
    SourceError
        If the package arch carries other values than those that were checked.
    """
    if not isinstance(dates, pd.DatetimeIndex):
        raise ParameterError("inputs of the economy need dates, got other row labels")
    in_time_order(dates, "dates")
    table = _by_month(packaged_months() if monthly is None else monthly)
    year_before = table.shift(12, freq="M").reindex(table.index)
    long_term = TEN_YEARS if TEN_YEARS in table else AAA

    def growth(name: str) -> pd.Series:
        return np.log(table[name]) - np.log(year_before[name])

    known = {
        "core_inflation": _as_known(growth(CONSUMER_PRICES), dates, CONSUMER_PRICES),
        "long_yield_change": _as_known(table[long_term] - year_before[long_term], dates, long_term),
        "default_spread": _as_known(table[BAA] - table[AAA], dates, BAA),
    }
    if HOUSING_STARTS in table:
        known["housing_growth"] = _as_known(growth(HOUSING_STARTS), dates, HOUSING_STARTS)
    return pd.DataFrame(known)


def _as_known(values: pd.Series, dates: pd.DatetimeIndex, name: str) -> pd.Series:
    """Value of the last month that was out on each date."""
    days = dates.tz_localize(None).normalize()
    months = _ended(days, DELAY[name])
    if name == HOUSING_STARTS:
        irregular = pd.Period(IRREGULAR, "M")
        before = _ended(days, IRREGULAR_DELAY)
        surely = before.where(before >= irregular, irregular - 1)
        months = months.where(months < irregular, surely)
    for month, out in sorted(LATE.get(name, {}).items(), reverse=True):  # a late month may follow another one
        waits = (months == pd.Period(month, "M")) & (days < pd.Timestamp(out))
        months = months.where(~waits, months - 1)
    return values.reindex(months).set_axis(dates)


def _ended(days: pd.DatetimeIndex, delay: int) -> pd.PeriodIndex:
    """The last month that ended at least so many days before each date."""
    return (days - pd.Timedelta(days=delay - 1)).to_period("M") - 1


def _by_month(monthly: pd.DataFrame) -> pd.DataFrame:
    """Label the rows by their month."""
    if lacking := [name for name in ALWAYS if name not in monthly]:
        raise ParameterError(
            f"the monthly series have no column {lacking[0]!r}; wanted are {', '.join(ALWAYS)}"
        )
    table = as_frame(
        monthly[[name for name in DELAY if name in monthly]], "monthly series", labelled=True, gaps=True
    )
    months = pd.DatetimeIndex(table.index).to_period("M")
    if months.has_duplicates:
        raise DataError(
            f"monthly series: two rows for {months[months.duplicated()][0]}: keep one row a month"
        )
    for name in (CONSUMER_PRICES, HOUSING_STARTS):
        if name in table and (low := table[name] <= 0).any():
            raise DataError(f"{name}: not positive in {months[int(low.to_numpy().argmax())]}")
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
    table = table.rename(columns={"CPILFESL": CONSUMER_PRICES, "AAA": AAA, "BAA": BAA})[list(ALWAYS)]
    found = prices_checksum({"monthly": table})
    if found != SHA256:
        raise SourceError(
            f"the monthly series of the package arch are not those of {CHECKED} that the study was checked with "
            f"(sha256 {found[:12]}, expected {SHA256[:12]}): install the versions of requirements.lock"
        )
    return table
