"""Losses of forecasts: of a return, a variance or a covariance matrix."""

from typing import Any, overload

import numpy as np
import pandas as pd

from portfolio_study.checks import (
    aligned_frames,
    aligned_series,
    as_frame,
    as_matrix,
    as_series,
    label,
)
from portfolio_study.errors import CovarianceError, DataError, EstimationError, UnknownNameError

BENCHMARKS = ("zero", "historical_mean")


@overload
def squared_error(actual: pd.DataFrame, forecast: pd.DataFrame) -> pd.DataFrame: ...
@overload
def squared_error(actual: pd.Series | np.ndarray, forecast: Any) -> pd.Series: ...
def squared_error(actual: Any, forecast: Any) -> pd.Series | pd.DataFrame:
    """Squared forecast errors (x - f)^2, one for each date (and ticker).

    Parameters
    ----------
    actual, forecast : Series (T,) or DataFrame (T, N)
        Realised values and their forecasts, same labels, decimals per period.

    Raises
    ------
    DataError
        For NaN, different lengths or different labels.
    """
    if isinstance(actual, pd.DataFrame):
        x, f = aligned_frames(1, actual=actual, forecast=forecast)
        return (x - f) ** 2
    a, b = aligned_series(1, actual=actual, forecast=forecast)
    return pd.Series((a.to_numpy() - b.to_numpy()) ** 2, index=a.index, name="squared_error")


@overload
def mse(actual: pd.DataFrame, forecast: pd.DataFrame) -> pd.Series: ...
@overload
def mse(actual: pd.Series | np.ndarray, forecast: Any) -> float: ...
def mse(actual: Any, forecast: Any) -> float | pd.Series:
    """Mean squared error; a number, or one for each column of a table. Unit: that of the values, squared."""
    errors = squared_error(actual, forecast)
    return errors.mean() if isinstance(errors, pd.DataFrame) else float(errors.mean())


@overload
def rmse(actual: pd.DataFrame, forecast: pd.DataFrame) -> pd.Series: ...
@overload
def rmse(actual: pd.Series | np.ndarray, forecast: Any) -> float: ...
def rmse(actual: Any, forecast: Any) -> float | pd.Series:
    """Root mean squared error; a number, or one for each column of a table. Unit: that of the values."""
    value = mse(actual, forecast)
    return value**0.5


def historical_mean(actual: pd.Series | np.ndarray, initial: float = 0.0) -> pd.Series:
    """Mean of all earlier values, the forecast of "nothing but the average is predictable".

    Parameters
    ----------
    actual : Series, shape (T,)
        Realised values, decimals per period.
    initial : float
        Forecast of the first value, which has no past.

    Returns
    -------
    Series, shape (T,)
        Entry t uses values before t only.
    """
    x = as_series(actual, "actual", 1)
    past = np.cumsum(x.to_numpy())[:-1] / np.arange(1, len(x))
    return pd.Series(np.concatenate([[initial], past]), index=x.index, name="historical_mean")


def r2_out_of_sample(actual: Any, forecast: Any, benchmark: Any = "zero") -> float:
    r"""Out-of-sample R2: the share of the benchmark's squared error that the forecast removes.

    .. math:: R^2_{OS} = 1 - \sum_t (x_t - f_t)^2 \Big/ \sum_t (x_t - b_t)^2

    Zero means no better than the benchmark, negative means worse.

    Parameters
    ----------
    actual, forecast : Series (T,) or DataFrame (T, N)
        Realised values and forecasts; tables are pooled over all entries.
    benchmark : "zero", "historical_mean", Series or DataFrame
        The forecast to beat; ``"historical_mean"`` is the mean of earlier entries of ``actual``.

    Raises
    ------
    EstimationError
        If the benchmark has no error.
    UnknownNameError
        If the benchmark's name is not known.

    References
    ----------
    Campbell, J. Y. and Thompson, S. B. (2008). Predicting excess stock returns out of sample.
    Review of Financial Studies 21, 1509-1531, equation (6).
    """
    if isinstance(benchmark, str):
        if benchmark not in BENCHMARKS:
            raise UnknownNameError("benchmark", benchmark, BENCHMARKS)
        benchmark = _named_benchmark(benchmark, actual)
    base = float(squared_error(actual, benchmark).to_numpy().sum())
    if base == 0:
        raise EstimationError("the benchmark forecasts without error: R2 is not defined")
    return 1 - float(squared_error(actual, forecast).to_numpy().sum()) / base


def _named_benchmark(name: str, actual: Any) -> Any:
    if name == "zero":
        return actual * 0 if isinstance(actual, pd.Series | pd.DataFrame) else np.zeros(len(actual))
    if isinstance(actual, pd.DataFrame):
        return actual.apply(historical_mean)
    mean = historical_mean(actual)
    return mean if isinstance(actual, pd.Series) else mean.to_numpy()


def qlike(variance: Any, forecast: Any, form: str = "ratio") -> Any:
    r"""QLIKE loss of a variance forecast, entry by entry.

    .. math:: L_{ratio} = \sigma^2/h - \ln(\sigma^2/h) - 1, \qquad L_{log} = \ln h + \sigma^2/h

    With an unbiased proxy of the variance (squared returns) both rank forecasts as the true
    variance would, and their differences between two forecasts are equal. The ratio form is
    zero for a perfect forecast but infinite where the proxy is zero; the log form is not.

    Parameters
    ----------
    variance : float, array, Series or DataFrame
        The variance or an unbiased proxy of it, squared decimals per period.
    forecast : same shape
        Forecast variance h, positive.
    form : str
        ``"ratio"`` or ``"log"``.

    Returns
    -------
    Same type as ``variance``
        Losses, without unit (ratio) or in logarithms of a variance (log).

    Raises
    ------
    DataError
        For NaN, non-positive forecasts, negative variances, or zero variances in the ratio form.

    References
    ----------
    Patton, A. J. (2011). Volatility forecast comparison using imperfect volatility proxies.
    Journal of Econometrics 160, 246-256.
    """
    if form not in ("ratio", "log"):
        raise UnknownNameError("form", form, ("ratio", "log"))
    if isinstance(variance, pd.DataFrame):
        variance, forecast = aligned_frames(1, variance=variance, forecast=forecast)
    elif isinstance(variance, pd.Series):
        variance, forecast = aligned_series(1, variance=variance, forecast=forecast)
    s2, h = as_matrix(variance, "variance"), as_matrix(forecast, "forecast")
    if s2.shape != h.shape:
        raise DataError(f"variance has shape {s2.shape} and forecast {h.shape}")
    _require(np.isfinite(s2) & (s2 >= 0), variance, "variance must be finite and not negative")
    _require(np.isfinite(h) & (h > 0), variance, "forecast variance must be finite and positive")
    if form == "ratio":
        _require(s2 > 0, variance, 'variance is zero, where the ratio form is infinite: use form="log"')
        loss = s2 / h - np.log(s2 / h) - 1
    else:
        loss = np.log(h) + s2 / h
    if isinstance(variance, pd.DataFrame):
        return pd.DataFrame(loss, index=variance.index, columns=variance.columns)
    if isinstance(variance, pd.Series):
        return pd.Series(loss, index=variance.index, name="qlike")
    return loss if loss.ndim else float(loss)


def matrix_qlike(returns: pd.DataFrame, covariances: np.ndarray) -> pd.Series:
    r"""Gaussian quasi-likelihood loss of covariance forecasts, one for each date.

    .. math:: L_t = \ln\det H_t + r_t' H_t^{-1} r_t

    The multivariate QLIKE: expected loss is lowest for the true conditional covariance, whatever
    the law of the returns.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Realised (demeaned) returns, decimals per period.
    covariances : ndarray, shape (T, N, N)
        Forecast covariance of the same rows.

    Raises
    ------
    CovarianceError
        If a forecast is not positive definite; its date is named.

    References
    ----------
    Laurent, S., Rombouts, J. V. K. and Violante, F. (2013). On loss functions and ranking
    forecasting performances of multivariate volatility models. Journal of Econometrics 173, 1-10.
    """
    r = as_frame(returns, "returns", 1)
    h = np.asarray(covariances, dtype=float)
    if h.shape != (len(r), r.shape[1], r.shape[1]):
        raise DataError(f"covariances must have shape {(len(r), r.shape[1], r.shape[1])}, got {h.shape}")
    losses = np.empty(len(r))
    for t, row in enumerate(r.to_numpy()):
        factor = _factor(h[t], f"covariance forecast for {label(r.index[t])}")
        z = np.linalg.solve(factor, row)
        losses[t] = 2 * np.log(np.diag(factor)).sum() + z @ z
    return pd.Series(losses, index=r.index, name="matrix_qlike")


def _factor(matrix: np.ndarray, name: str) -> np.ndarray:
    try:
        return np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        raise CovarianceError(f"the {name} is not positive definite") from error


def _require(condition: np.ndarray, labelled: Any, message: str) -> None:
    if condition.all():
        return
    where = ""
    if condition.ndim and isinstance(labelled, pd.Series | pd.DataFrame):
        position = np.argwhere(~condition)[0]
        where = f", first at {label(labelled.index[position[0]])}"
        if isinstance(labelled, pd.DataFrame):
            where += f" for {labelled.columns[position[1]]}"
    raise DataError(message + where)
