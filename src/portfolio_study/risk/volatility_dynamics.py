"""How forecasts move: volatility clustering before and after standardising, and responses to shocks."""

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.risk.rolling_inputs import as_panel, check_window


def clustering_terms(values: pd.DataFrame, lags: int = 10) -> pd.DataFrame:
    r"""Terms whose mean is the sum of the first autocorrelations of the squares.

    .. math:: c_t = \sum_{k=1}^{L} y_t y_{t-k}, \qquad y = (x^2 - \overline{x^2}) / s(x^2)

    Parameters
    ----------
    values : DataFrame, shape (T, N)
        Returns or standardised returns.
    lags : int
        L.

    Returns
    -------
    DataFrame, shape (T - L, N)
        Without unit; the mean of a column is :math:`\sum_k \hat\rho_k` of its squares.

    Raises
    ------
    DataError
        For fewer than L + 10 rows.
    """
    frame = as_panel(values, check_window(lags, 1, "lags") + 10, "value")
    squares = frame.to_numpy() ** 2
    y = (squares - squares.mean(axis=0)) / squares.std(axis=0)
    terms = sum(y[lags:] * y[lags - k : -k] for k in range(1, lags + 1))
    return pd.DataFrame(terms, index=frame.index[lags:], columns=frame.columns)


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

    frame = as_panel(values, check_window(lags, 1, "lags") + 10, "value")
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
    return returns.loc[variance.index].abs() > threshold * np.sqrt(variance)


def shock_response(
    variances: dict[str, pd.DataFrame], shocked: pd.DataFrame, horizon: int = 20
) -> pd.DataFrame:
    """Mean growth of each forecast after a shock.

    Parameters
    ----------
    variances : dict of DataFrame, shape (T, N)
        Variance forecasts by method, on the same dates.
    shocked : DataFrame of bool, shape (T, N)
        Days of shocks.
    horizon : int
        Last period after the shock.

    Returns
    -------
    DataFrame, shape (horizon + 1, number of methods)
        Row k: geometric mean of h(t + k) / h(t) over shocks t; row 0 is one, row 1 the first forecast
        that knows the shock. Column by method.

    Raises
    ------
    DataError
        If no shock has `horizon` periods after it.
    """
    check_window(horizon, 1, "horizon")
    flags = shocked.to_numpy()[: len(shocked) - horizon]
    if not flags.any():
        raise DataError(f"no shock has {horizon} periods after it: lower the threshold or take more dates")
    rows, columns = np.nonzero(flags)
    result = {}
    for name, variance in variances.items():
        log = np.log(variance.to_numpy())
        result[name] = [
            float(np.exp((log[rows + k, columns] - log[rows, columns]).mean())) for k in range(horizon + 1)
        ]
    return pd.DataFrame(result, index=pd.RangeIndex(horizon + 1, name="periods after the shock"))


def days_after(shocked: pd.DataFrame, days: int = 5) -> pd.DataFrame:
    """Mark the periods that follow a shock by 1 to so many periods; shape and labels as given."""
    flags = shocked.to_numpy()
    after = np.zeros_like(flags)
    for k in range(1, check_window(days, 1, "days") + 1):
        after[k:] |= flags[:-k]
    return pd.DataFrame(after, index=shocked.index, columns=shocked.columns)


def movement(variance: pd.DataFrame) -> pd.DataFrame:
    """Absolute change of the log volatility from one period to the next, shape (T - 1, N).

    A value of 0.05 means that the volatility forecast moved by about 5 %.
    """
    frame = as_panel(variance, 2, "variance")
    change = np.abs(np.diff(np.log(frame.to_numpy()) / 2, axis=0))
    return pd.DataFrame(change, index=frame.index[1:], columns=frame.columns)
