"""How forecasts move: what clustering they leave, and how they respond to shocks."""

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_frames, aligned_like, as_frame, at_rows, check_count
from portfolio_study.errors import DataError, ParameterError


def ljung_box(values: pd.DataFrame, lags: int = 10) -> pd.DataFrame:
    """Ljung-Box test of the squares of each column: no autocorrelation up to so many lags.

    Parameters
    ----------
    values : DataFrame, shape (T, N)
        Returns or standardised returns.
    lags : int
        Number of autocorrelations.

    Returns
    -------
    DataFrame, one row for each ticker
        ``statistic``, ``p_value``.

    References
    ----------
    Ljung, G. M. and Box, G. E. P. (1978). On a measure of lack of fit in time series models.
    Biometrika 65, 297-303.
    """
    from statsmodels.stats.diagnostic import acorr_ljungbox

    frame = as_frame(values, "values", check_count(lags, "lags", 1) + 10, labelled=True)
    found = {
        ticker: acorr_ljungbox(frame[ticker].to_numpy() ** 2, lags=[lags]).iloc[0] for ticker in frame.columns
    }
    table = pd.DataFrame(found).T
    return table.rename(columns={"lb_stat": "statistic", "lb_pvalue": "p_value"})


def shocks(returns: pd.DataFrame, variance: pd.DataFrame, threshold: float = 3.0) -> pd.DataFrame:
    """Mark returns beyond so many forecast standard deviations.

    Parameters
    ----------
    returns, variance : DataFrame
        Realised returns and variance forecasts; the dates of `variance` count.
    threshold : float
        Multiple of the forecast standard deviation, positive.

    Returns
    -------
    DataFrame of bool, shaped like `variance`
    """
    if not threshold > 0:
        raise ParameterError(f"threshold must be positive, got {threshold!r}")
    expected = as_frame(variance, "variance", 1, labelled=True)
    frame = as_frame(returns, "returns", 1, labelled=True)
    moves = aligned_like(at_rows(frame, expected.index, "returns"), expected, "returns", "variance")
    return moves.abs() > threshold * np.sqrt(expected)


def shock_response(
    variances: dict[str, pd.DataFrame], before: pd.DataFrame, shocked: pd.DataFrame, horizon: int = 20
) -> pd.DataFrame:
    r"""Mean of variances after a shock, in multiples of what was expected before it.

    .. math:: \frac{1}{\#}\sum_{\text{shocks } t} x_{t+k} / h_t, \qquad k = 0, \ldots, K

    With squared returns among the x, forecasts can be compared with what came.

    Parameters
    ----------
    variances : dict of DataFrame, shape (T, N)
        Variance forecasts, or squared returns, on the same dates.
    before : DataFrame, shape (T, N)
        Variance h that was expected for the day of the shock.
    shocked : DataFrame of bool, shape (T, N)
        Days of shocks.
    horizon : int
        Last period K after the shock.

    Returns
    -------
    DataFrame, shape (horizon + 1, number of variances)
        Row 1 holds the first forecasts that know the shock.

    Raises
    ------
    DataError
        If no shock has `horizon` periods after it.
    """
    check_count(horizon, "horizon", 1)
    before, shocked, *others = aligned_frames(
        1, before=before, shocked=shocked, **{f"variances of {name}": x for name, x in variances.items()}
    )
    shocked, variances = shocked.astype(bool), dict(zip(variances, others, strict=True))
    rows, columns = np.nonzero(shocked.to_numpy()[: max(len(shocked) - horizon, 0)])
    if not len(rows):
        raise DataError(f"no shock has {horizon} periods after it: lower the threshold or take more dates")
    scale = before.to_numpy()[rows, columns]
    result = {
        name: [float((x.to_numpy()[rows + k, columns] / scale).mean()) for k in range(horizon + 1)]
        for name, x in variances.items()
    }
    return pd.DataFrame(result, index=pd.RangeIndex(horizon + 1, name="periods after the shock"))


def days_after(shocked: pd.DataFrame, days: int = 5) -> pd.DataFrame:
    """Mark the periods that follow a shock by 1 to so many periods; shape and labels as given."""
    flags = as_frame(shocked, "shocked", 1, labelled=True).to_numpy() != 0
    after = np.zeros_like(flags)
    for k in range(1, check_count(days, "days", 1) + 1):
        after[k:] |= flags[:-k]
    return pd.DataFrame(after, index=shocked.index, columns=shocked.columns)


def movement(variance: pd.DataFrame) -> pd.DataFrame:
    """Absolute change of the log volatility from one period to the next, shape (T - 1, N).

    A value of 0.05 means that the volatility forecast moved by about 5 %.
    """
    frame = as_frame(variance, "variances", 2, labelled=True)
    change = np.abs(np.diff(np.log(frame.to_numpy()) / 2, axis=0))
    return pd.DataFrame(change, index=frame.index[1:], columns=frame.columns)
