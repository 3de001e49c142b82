"""The comparisons of the ARIMA chapter that are longer than a cell."""

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.arima import fit_arma11, rolling_arima
from portfolio_study.forecasting.arima_statsmodels import KURTOSIS, P_AR, P_MA, fit_statsmodels
from portfolio_study.forecasting.arma_inference import arma_inference, innovations
from portfolio_study.forecasting.benchmarks import rolling_mean_forecast
from portfolio_study.studies.arima.noise import noise_study


def spread_dates(index: pd.Index, window: int, count: int | None) -> pd.Index:
    """Dates to forecast on a sample: ``count`` of them, evenly spread from the first possible to the last.

    Parameters
    ----------
    index : Index
        Dates of the returns.
    window : int
        Returns that a forecast needs.
    count : int or None
        Number of dates; None or more than there are: all.

    Returns
    -------
    Index

    Raises
    ------
    ParameterError
        If the count is below one or the window leaves nothing to forecast.
    """
    usable = index[window:]
    if not len(usable):
        raise ParameterError(f"window {window} is too long for {len(index)} returns")
    if count is None:
        return usable
    if count < 1:
        raise ParameterError(f"at least one date is needed, got {count}")
    return usable[np.unique(np.linspace(0, len(usable) - 1, min(count, len(usable))).round().astype(int))]


def full_sample_table(returns: pd.DataFrame) -> pd.DataFrame:
    """Fit ARMA(1,1) once to the whole history of each ticker.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.

    Returns
    -------
    DataFrame, one row for each ticker
        ``mu``, ``phi``, ``theta``, ``sigma2``, ``p_ar``, ``p_ma`` (NaN at the boundary, where there is no
        information), ``kurtosis`` (Pearson, residuals) and ``likelihood_ratio`` against white noise.

    Raises
    ------
    EstimationError
        If a ticker's returns are all equal.
    """
    frame = as_frame(returns, "returns", 10, labelled=True)
    rows = {}
    for ticker in frame.columns:
        fit = fit_arma11(frame[ticker])
        parameters = np.array([[fit.mu, fit.phi, fit.theta, fit.sigma2]])
        found = arma_inference(frame[[ticker]].to_numpy().T, parameters)
        rows[ticker] = {
            "mu": fit.mu,
            "phi": fit.phi,
            "theta": fit.theta,
            "sigma2": fit.sigma2,
            "p_ar": found.p_ar[0],
            "p_ma": found.p_ma[0],
            "kurtosis": found.kurtosis[0],
            "likelihood_ratio": fit.likelihood_ratio,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ticker")


def standardised_residuals(returns: pd.DataFrame, parameters: pd.DataFrame) -> pd.DataFrame:
    """Innovations of ARMA(1,1) over the whole history, each divided by its standard deviation.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    parameters : DataFrame
        From `full_sample_table`: one row for each ticker.

    Returns
    -------
    DataFrame, shape (T, N)

    Raises
    ------
    DataError
        For returns that are not a table of finite numbers.
    """
    frame = as_frame(returns, "returns", 10, labelled=True)
    p = parameters.loc[frame.columns, ["mu", "phi", "theta", "sigma2"]].to_numpy()
    e, v = innovations(frame.to_numpy().T, p)
    z = e / np.sqrt(v * p[:, [3]])
    return pd.DataFrame(z.T, index=frame.index, columns=frame.columns)


def reference_diagnostics(returns: pd.Series) -> dict[str, float]:
    """P-values and residual kurtosis that statsmodels prints for ARIMA(1,0,1) on one sample.

    Parameters
    ----------
    returns : Series
        Log returns, decimals per period.

    Returns
    -------
    dict
        ``p_ar``, ``p_ma``, ``kurtosis`` (Pearson).
    """
    row = fit_statsmodels(as_frame(returns, "returns", 10, labelled=True).to_numpy().T)[0]
    return {"p_ar": float(row[P_AR]), "p_ma": float(row[P_MA]), "kurtosis": float(row[KURTOSIS])}


def reference_table(returns: pd.DataFrame) -> pd.DataFrame:
    """`reference_diagnostics` of the whole history of each ticker, one row each."""
    return pd.DataFrame({name: reference_diagnostics(column) for name, column in returns.items()}).T


def insignificant_yet_informative(series: int = 40, length: int = 200, seed: int = 3) -> int:
    """Count autoregressions in which both p-values exceed 5 % and the two terms together do not.

    Parameters
    ----------
    series : int
        Simulated series ``X_t = 0.25 X_(t-1) + a_t``, which past values forecast.
    length : int
        Their length.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    int
        Series in which ARMA(1,1) has two p-values above 5 % and a likelihood ratio that independent numbers
        exceed in fewer than 5 % of the cases.
    """
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((100 + length, series))
    x = np.zeros_like(shocks)
    for t in range(1, len(x)):
        x[t] = 0.25 * x[t - 1] + shocks[t]
    found = full_sample_table(pd.DataFrame(x[100:]).add_prefix("series "))
    critical = noise_study(window=length, replications=300, seed=seed).critical_value()
    alone = (found["p_ar"] > 0.05) & (found["p_ma"] > 0.05)
    return int((alone & (found["likelihood_ratio"] > critical)).sum())


def equal_weight_line(
    sigma2: pd.DataFrame, mean: pd.DataFrame, returns: pd.DataFrame, window: int
) -> tuple[pd.Series, pd.Series]:
    """Mean and standard deviation that the fitted models promise a portfolio of equal weights.

    Parameters
    ----------
    sigma2, mean : DataFrame, shape (T, N)
        Residual variances and forecasts of the windows, by the date that is forecast.
    returns : DataFrame
        Log returns; the correlations are those of the window before each date.
    window : int
        Its length.

    Returns
    -------
    tuple of Series
        Mean and standard deviation by date.
    """
    rows = returns.index.get_indexer(mean.index)
    values, deviations = returns.to_numpy(), np.sqrt(sigma2.to_numpy())
    risk = np.empty(len(rows))
    for k, row in enumerate(rows):
        part = values[row - window : row]
        spread = part.std(axis=0)
        scaled = (part - part.mean(axis=0)) / np.where(spread > 0, spread, 1) * deviations[k]
        risk[k] = scaled.mean(axis=1).std()
    return mean.mean(axis=1), pd.Series(risk, index=mean.index)


def nearest_reading(readings: pd.DataFrame, published: dict[str, float]) -> pd.Series:
    """Distance of each reading from published p-values and kurtosis, taken together.

    P-values are compared on their own scale, kurtosis by the logarithm of the ratio; the distance is the sum.

    Parameters
    ----------
    readings : DataFrame
        One row for each reading, columns ``p_ar``, ``p_ma``, ``kurtosis``.
    published : dict
        The paper's three numbers.

    Returns
    -------
    Series
        Distance by reading, smallest first; readings with a NaN come last with an infinite distance.
    """
    distance = (readings["p_ar"] - published["p_ar"]).abs() + (readings["p_ma"] - published["p_ma"]).abs()
    distance += np.log(readings["kurtosis"] / published["kurtosis"]).abs()
    return distance.fillna(np.inf).sort_values(kind="stable").rename("distance")


def window_sweep(returns: pd.DataFrame, windows: list[int]) -> dict[str, pd.DataFrame]:
    """Forecasts by ARIMA(1,0,1) and by the mean of each window, all for the same dates.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    windows : list of int
        Window lengths; the longest decides the first date.

    Returns
    -------
    dict of DataFrame
        ``"ARIMA 50"``, ``"mean 50"``, ... each of shape (T - max(windows), N).

    Raises
    ------
    ParameterError
        If there is no window, or one does not fit the data.
    """
    if not windows:
        raise ParameterError("at least one window is needed")
    dates = as_frame(returns, labelled=True).index[max(windows) :]
    forecasts = {}
    for window in windows:
        forecasts[f"ARIMA {window}"] = rolling_arima(returns, window).mean.loc[dates]
        forecasts[f"mean {window}"] = rolling_mean_forecast(returns, window).loc[dates]
    return forecasts
