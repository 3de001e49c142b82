"""Weekly returns from daily prices, under every convention that a paper may have used.

Paper 004 says "weekly returns, July 2017 to June 2020, 156 weeks", but neither which day ends a
week nor whether returns are simple or logarithmic, and its own formula is a gross return.
"""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_prices, as_rate
from portfolio_study.errors import DataError, UnknownNameError
from portfolio_study.forecasting.ar_model import ar_prior, check_returns, process_mean

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI")
KINDS = ("simple", "log")


def weekly_returns(close: pd.Series, weekday: str = "FRI", kind: str = "simple") -> pd.Series:
    """Returns between the last closes on or before a weekday.

    Parameters
    ----------
    close : Series
        Daily closing prices with a DatetimeIndex.
    weekday : {"MON", "TUE", "WED", "THU", "FRI"}
        Day on which a week ends; on a holiday the close before it counts.
    kind : {"simple", "log"}

    Returns
    -------
    Series
        Labelled with the day on which each week ends. An unfinished last week is left out.

    Raises
    ------
    DataError
        If a whole week has no price, a price is missing, text or not positive, a date is repeated or out of
        order, or the rows have no dates.
    UnknownNameError
        For another weekday or kind.
    """
    last = _week_ends(close, weekday)
    if kind == "simple":
        return last.pct_change(fill_method=None).iloc[1:]
    if kind == "log":
        return pd.Series(np.log(last), index=last.index).diff().iloc[1:]
    raise UnknownNameError("kind of return", kind, KINDS)


def weekly_rate(daily_rate: pd.Series, weekday: str = "FRI") -> pd.Series:
    """Compound a net riskless rate per day to one per week, labelled like `weekly_returns`.

    Raises
    ------
    DataError
        If a rate is missing or text, a date is repeated or out of order, or the rows have no dates.
    ParameterError
        If the rate is not one per day but, for instance, per year.
    """
    _check_weekday(weekday)
    _check_dates(daily_rate, "daily_rate")
    as_rate(daily_rate, daily_rate.index, name="daily_rate")
    grown = (1 + daily_rate).resample(f"W-{weekday}").prod() - 1
    return grown[grown.index <= daily_rate.index[-1]].iloc[1:]


def paper_estimates(
    close: pd.Series, first: str = "2017-07-01", weeks: int = 156, initial: int = 130
) -> pd.DataFrame:
    """AR(1) estimates of the first `weeks` weeks after a date, for every weekly convention.

    Parameters
    ----------
    close : Series
        Daily closes that cover the sample.
    first : str
        The first week ends on or after this date.
    weeks, initial : int
        The whole sample and the part that the paper says it used for the first fit.

    Returns
    -------
    DataFrame
        Index (weekday, kind, weeks); columns ``first, last, sample_mean, intercept, mu, mu_se, phi,
        phi_se, noise_variance`` (divisor observations - 2).
    """
    rows = []
    for weekday in WEEKDAYS:
        for kind in KINDS:
            r = weekly_returns(close, weekday, kind)
            r = r[r.index >= pd.Timestamp(first)].iloc[:weeks]
            if len(r) < weeks:
                raise DataError(f"prices end {close.index[-1]:%Y-%m-%d}: {len(r)} weeks of {weeks}")
            for count in (initial, weeks):
                rows.append({"weekday": weekday, "kind": kind, "weeks": count, **_estimate(r.iloc[:count])})
    return pd.DataFrame(rows).set_index(["weekday", "kind", "weeks"])


def _estimate(returns: pd.Series) -> dict[str, Any]:
    """AR(1) by least squares with standard errors of mean and slope."""
    prior = ar_prior(check_returns(returns, 4))
    mu, mu_se = process_mean(prior.mean, prior.covariance)
    return {
        "first": returns.index[0],
        "last": returns.index[-1],
        "sample_mean": float(returns.mean()),
        "intercept": float(prior.mean[0]),
        "mu": mu,
        "mu_se": mu_se,
        "phi": float(prior.mean[1]),
        "phi_se": float(np.sqrt(prior.covariance[1, 1])),
        "noise_variance": prior.noise_variance,
    }


def _check_dates(values: pd.Series, name: str) -> None:
    if not isinstance(values, pd.Series) or not isinstance(values.index, pd.DatetimeIndex):
        raise DataError(f"{name} must be a Series with dates as row labels: weeks are cut by the calendar")


def _week_ends(close: pd.Series, weekday: str) -> pd.Series:
    _check_weekday(weekday)
    _check_dates(close, "close")
    close = as_prices(close, "close").iloc[:, 0]
    last = close.resample(f"W-{weekday}").last()
    last = last[last.index <= close.index[-1]]
    if last.isna().any():
        raise DataError(f"no price in the week that ends {last.index[last.isna()][0]:%Y-%m-%d}")
    return last


def _check_weekday(weekday: str) -> None:
    if weekday not in WEEKDAYS:
        raise UnknownNameError("weekday", weekday, WEEKDAYS)
