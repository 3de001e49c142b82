"""Seasonal factors of a variance: what a forecast leaves of weekday and month patterns."""

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_like, as_frame, check_count
from portfolio_study.errors import DataError, ParameterError

SEASONS = ("weekday", "month")


def seasons_of(dates: pd.Index, season: str) -> pd.Series:
    """Label dates with their season: weekday (0 = Monday) or month (1 to 12).

    Raises
    ------
    ParameterError
        For another season.
    DataError
        If the index holds no dates.
    """
    if season not in SEASONS:
        raise ParameterError(f"season must be one of {', '.join(SEASONS)}, got {season!r}")
    if not isinstance(dates, pd.DatetimeIndex):
        raise DataError("seasons need dates: the index of the table is not a DatetimeIndex")
    return pd.Series(dates.day_of_week if season == "weekday" else dates.month, index=dates, name=season)


def seasonal_factors(returns: pd.DataFrame, variance: pd.DataFrame, season: str, start: int) -> pd.DataFrame:
    r"""Factor by which a season's squares have exceeded a variance forecast, relative to all seasons.

    .. math:: s_t = \frac{\text{mean of } r_u^2/h_u \text{ over } u < t \text{ of the season of } t}
              {\text{mean of } r_u^2/h_u \text{ over all } u < t}

    If the forecast h already holds the seasonal pattern, the factors are one up to noise, and
    :math:`s_t h_t` is no better than :math:`h_t`.

    Parameters
    ----------
    returns, variance : DataFrame, shape (T, N)
        Realised returns and variance forecasts of the same rows.
    season : {"weekday", "month"}
        Which periods are alike.
    start : int
        Factors begin after so many rows; a season that has not occurred yet has the factor one.

    Returns
    -------
    DataFrame, shape (T - start, N)
        The same factor for all tickers of a date: their squares are pooled.

    Raises
    ------
    DataError
        For missing values, too few rows, or other dates or tickers in one of the tables.
    """
    frame = as_frame(returns, "returns", check_count(start, "start", 2) + 1, labelled=True)
    expected = aligned_like(as_frame(variance, "variance", 1, labelled=True), frame, "variance", "returns")
    ratio = (frame**2 / expected).mean(axis=1)
    labels = seasons_of(ratio.index, season).to_numpy()
    of_season = ratio.groupby(labels).transform(lambda x: x.expanding().mean().shift(1))
    factor = (of_season / ratio.expanding().mean().shift(1)).fillna(1.0).iloc[start:]
    values = np.repeat(factor.to_numpy()[:, None], frame.shape[1], axis=1)
    return pd.DataFrame(values, index=factor.index, columns=frame.columns)
