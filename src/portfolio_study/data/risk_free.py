"""The risk-free rate of each period, and which part of it comes from where.

Four sources are used, in this order: the rate or the yield of the 13-week Treasury
bill (``^IRX``) that came with the prices, else the one-month bill rate of Kenneth
French's library: until 2018-11 as an installed package carries it, then, until 2024-12,
as this package does; after that, where there is a network, the yield of the 4-week bill
from FRED. Without it the last known rate is carried on, and a note says so. The manifest
says which stretch is which.
"""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.packaged import packaged_manifest, read_dataset

SESSIONS_PER_MONTH = 21  # 252 / 12
SESSIONS_PER_YEAR = 252
DAYS_PER_YEAR = 364  # 52 weeks: four bills of 13 weeks, 13 of four
BILL_DAYS = 91  # of a 13-week bill
FOUR_WEEKS = 28
OLDEST_YIELD = 10  # days for which a yield counts: longer than any closing of the market
SINCE = "one-month bill since 2018"
CARRIED = "carried forward"


def risk_free_rate(
    index: pd.DatetimeIndex,
    frequency: str = "daily",
    bill: pd.Series | None = None,
    periods_per_year: int = 252,
    published: pd.Series | None = None,
    four_weeks: pd.Series | None = None,
) -> tuple[pd.Series, list[dict[str, Any]]]:
    """Return the net risk-free rate of the periods that end at the given dates.

    Parameters
    ----------
    index : DatetimeIndex
        Dates of the prices, in order.
    frequency : {"daily", "monthly"}
        Length of a period.
    bill : Series, optional
        Discount yield of the 13-week bill, percent a year (``^IRX``), by date. The yield
        of the last date before a period begins is the rate of that period; it counts for ten days.
    periods_per_year : int
        Days with prices in a year, for daily prices: 252, or 365 where every day has them.
    published : Series, optional
        Net rate per period (decimal) that was published with the prices, by date.
    four_weeks : Series, optional
        Discount yield of the 4-week bill, percent a year (FRED's ``DTB4WK``), by date: used where the
        packaged rate has ended. The yield of the last date before a period begins is its rate.

    Returns
    -------
    Series
        Net rate per period (decimal), aligned to `index`, without gaps.
    list of dict
        For each stretch: ``first``, ``last``, ``kind`` (``13-week bill``, ``published``,
        ``one-month bill``, ``one-month bill since 2018``, ``4-week bill``, ``carried forward``,
        ``carried backward``), ``mean_rate`` and ``text``.
    """
    monthly = carried_monthly_rate()
    # Without a remainder 21 and 63 stay whole numbers, and the rates of exchanges what they were.
    per_month = periods_per_year / 12 if periods_per_year % 12 else periods_per_year // 12
    rate = _monthly_to_period(monthly, index, frequency, per_month)
    kinds = pd.Series("one-month bill", index=index)
    kinds[index > read_dataset("bills")["risk_free"].index[-1]] = SINCE
    after = index > monthly.index[-1]
    rate[after] = _per_period(float(monthly.iloc[-1]), frequency, per_month)
    kinds[after] = CARRIED
    sessions = SESSIONS_PER_MONTH if frequency == "monthly" else SESSIONS_PER_MONTH / per_month
    if four_weeks is not None:
        begins = index.to_period("M").to_timestamp() if frequency == "monthly" else index
        yields = _last_known(four_weeks, pd.DatetimeIndex(begins))
        covered = after & np.isfinite(yields)
        rate[covered] = discount_yield_to_rate(yields[covered], sessions, FOUR_WEEKS)
        kinds[covered] = "4-week bill"
    before = index < monthly.index[0] - pd.offsets.MonthBegin(1)
    rate[before] = _per_period(float(monthly.iloc[0]), frequency, per_month)
    kinds[before] = "carried backward"
    if bill is not None and len(bill.dropna()):
        yields = _last_known(bill, index)
        covered = np.isfinite(yields)
        rate[covered] = discount_yield_to_rate(yields[covered], sessions)
        kinds[covered] = "13-week bill"
    if published is not None:
        own = published.reindex(index)
        rate = rate.where(own.isna(), own)
        kinds = kinds.where(own.isna(), "published")
    return rate.rename("risk_free"), _stretches(kinds, rate, monthly)


def ends_too_early(
    index: pd.DatetimeIndex, bill: pd.Series | None, published: pd.Series | None
) -> pd.Timestamp | None:
    """First of the dates for which neither the prices' own rates nor the packaged one has a value.

    Parameters
    ----------
    index : DatetimeIndex
    bill, published : Series or None
        As in `risk_free_rate`.

    Returns
    -------
    Timestamp or None
    """
    late = index[index > carried_monthly_rate().index[-1]]
    if bill is not None and len(bill.dropna()):
        late = late[np.isnan(_last_known(bill, late))]
    if published is not None:
        late = late[published.reindex(late).isna()]
    return late[0] if len(late) else None


def _last_known(yields: pd.Series, begins: pd.DatetimeIndex) -> np.ndarray:
    """The last yield before each date: a rate is fixed when its period begins; NaN if there is none or it is old."""
    known = yields.dropna().sort_index()
    if not len(known):
        return np.full(len(begins), np.nan)
    position = known.index.searchsorted(begins, side="left") - 1
    at = np.maximum(position, 0)
    fresh = (begins - known.index[at]) <= pd.Timedelta(days=OLDEST_YIELD)
    return np.where((position >= 0) & fresh, known.to_numpy(dtype=float)[at], np.nan)


def carried_monthly_rate() -> pd.Series:
    """Return the monthly net rate of the one-month Treasury bill, 1926-07 to 2024-12, by month end.

    Where the series of the installed package ends (2018-11), the rate goes on with the months
    compounded from Kenneth French's daily file. The two overlap from 2018-06 on and agree within
    their rounding, 0.01 % a month and 0.001 % a day.
    """
    first, then = (read_dataset(name)["risk_free"].iloc[:, 0] for name in ("bills", "bills_since_2018"))
    return pd.concat([first, then[then.index > first.index[-1]]])


def discount_yield_to_rate(
    discount: np.ndarray | float, sessions: float = 1, days: int = BILL_DAYS
) -> np.ndarray:
    r"""Turn the quoted yield of a Treasury bill into a net rate per period.

    .. math:: P = 1 - \frac{d}{100}\frac{n}{360}, \qquad r = P^{-s/b} - 1, \qquad b = 252\frac{n}{364}

    Parameters
    ----------
    discount : array or float
        Bank discount yield d in percent a year, as ``^IRX`` and ``DTB4WK`` quote it.
    sessions : float
        Sessions s in a period.
    days : int
        Days n of the bill: 91, which has b = 63 sessions, or 28.

    Returns
    -------
    ndarray
        Net rate per period (decimal).
    """
    price = 1.0 - np.asarray(discount, dtype=float) / 100.0 * days / 360.0
    return price ** (-sessions / (SESSIONS_PER_YEAR * days / DAYS_PER_YEAR)) - 1.0


def _per_period(monthly: float, frequency: str, per_month: float) -> float:
    return monthly if frequency == "monthly" else (1.0 + monthly) ** (1.0 / per_month) - 1.0


def _monthly_to_period(
    monthly: pd.Series, index: pd.DatetimeIndex, frequency: str, per_month: float
) -> pd.Series:
    """Give each date the rate of its month; a day has the 21st root of it."""
    by_month = monthly.set_axis(pd.PeriodIndex(monthly.index, freq="M"))
    values = by_month.reindex(pd.PeriodIndex(index, freq="M")).to_numpy(dtype=float)
    if frequency == "daily":
        values = (1.0 + values) ** (1.0 / per_month) - 1.0
    return pd.Series(values, index=index)


def _stretches(kinds: pd.Series, rate: pd.Series, monthly: pd.Series) -> list[dict[str, Any]]:
    """Describe each unbroken stretch of one kind in words."""
    about = packaged_manifest()
    texts = {
        "13-week bill": "yield of the 13-week Treasury bill (^IRX) on the day before, per period",
        "4-week bill": "yield of the 4-week Treasury bill (FRED, DTB4WK) before the period, per period",
        "published": "one-month Treasury bill rate of Kenneth French's file of factors, per period",
        "one-month bill": about["bills"]["origin"],
        SINCE: about["bills_since_2018"]["origin"],
        CARRIED: (
            f"no packaged rate after {monthly.index[-1]:%Y-%m}: its last value, "
            f"{monthly.iloc[-1]:.2%} a month, is used as a constant"
        ),
        "carried backward": (
            f"no packaged rate before {monthly.index[0]:%Y-%m}: its first value, "
            f"{monthly.iloc[0]:.2%} a month, is used as a constant"
        ),
    }
    breaks = kinds.ne(kinds.shift()).cumsum()
    return [
        {
            "kind": str(part.iloc[0]),
            "first": f"{part.index[0]:%Y-%m-%d}",
            "last": f"{part.index[-1]:%Y-%m-%d}",
            "mean_rate": float(rate.loc[part.index].mean()),
            "text": texts[str(part.iloc[0])],
        }
        for _, part in kinds.groupby(breaks)
    ]
