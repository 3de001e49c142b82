"""Forecasts of many tickers against one benchmark: every test of the accuracy chapters in one table."""

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_frames
from portfolio_study.errors import EstimationError
from portfolio_study.evaluation.accuracy import clark_west, diebold_mariano, pesaran_timmermann
from portfolio_study.evaluation.bootstrap import loss_ratio
from portfolio_study.evaluation.inference import GREATER, Inference
from portfolio_study.evaluation.loss import squared_error
from portfolio_study.evaluation.multiplicity import holm
from portfolio_study.evaluation.panel import date_clustered_mean, pooled_diebold_mariano


def compare_with_benchmark(
    actual: pd.DataFrame,
    forecast: pd.DataFrame,
    benchmark: pd.DataFrame,
    *,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare forecasts with a benchmark, ticker by ticker.

    Parameters
    ----------
    actual, forecast, benchmark : DataFrame, shape (T, N)
        Realised values, forecasts and the benchmark's forecasts on the same dates.
    draws, seed : int
        Of the block bootstrap behind the intervals.

    Returns
    -------
    DataFrame, one row for each ticker
        ``r2``: out-of-sample R2 against the benchmark, with the 95 % interval ``low``, ``high``; ``dm_p``:
        Diebold-Mariano with the correction of Harvey, Leybourne and Newbold, two-sided, and ``dm_p_holm``;
        ``cw_p``: Clark-West, one-sided; ``hit_rate``, ``hit_expected``, ``pt_p``: Pesaran-Timmermann,
        one-sided (NaN if all forecasts or outcomes have one sign).

    Raises
    ------
    DataError
        For NaN or different labels.
    EstimationError
        If forecast and benchmark are identical; the ticker is named.
    """
    x, f, b = aligned_frames(8, actual=actual, forecast=forecast, benchmark=benchmark)
    ours, base = squared_error(x, f), squared_error(x, b)
    rows = {}
    for ticker in x.columns:
        try:
            test = diebold_mariano(ours[ticker], base[ticker])
            nested = clark_west(x[ticker], f[ticker], b[ticker])
            ratio = loss_ratio(ours[ticker], base[ticker], draws=draws, seed=seed)
        except EstimationError as error:
            raise EstimationError(f"{ticker}: {error}") from error
        rows[ticker] = {
            "r2": 1 - ratio.estimate,
            "low": 1 - ratio.interval[1],
            "high": 1 - ratio.interval[0],
            "dm_p": test.p_value,
            "cw_p": nested.p_value,
            **_directions(x[ticker], f[ticker]),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("ticker")
    table.insert(4, "dm_p_holm", holm(table["dm_p"]))
    return table


def pooled_comparison(
    actual: pd.DataFrame,
    forecast: pd.DataFrame,
    benchmarks: dict[str, pd.DataFrame],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare forecasts of all tickers together with several benchmarks, clustered by date.

    Parameters
    ----------
    actual, forecast : DataFrame, shape (T, N)
        Realised values and forecasts.
    benchmarks : dict of DataFrame, shape (T, N)
        Forecasts of each benchmark, same dates.
    draws, seed : int
        Of the block bootstrap behind the intervals.

    Returns
    -------
    DataFrame, one row for each benchmark
        ``r2`` with its bootstrap error ``se`` and 95 % interval ``low``, ``high``; ``detectable`` with 80 %
        power; ``dm_p``: pooled Diebold-Mariano, two-sided; ``cw_p``: pooled Clark-West, one-sided.

    Raises
    ------
    DataError
        For NaN or different labels.
    EstimationError
        If forecast and benchmark are identical.
    """
    x, f, *rest = aligned_frames(8, actual=actual, forecast=forecast, **benchmarks)
    ours, rows = squared_error(x, f), {}
    for name, b in zip(benchmarks, rest, strict=True):
        base = squared_error(x, b)
        ratio = loss_ratio(ours, base, draws=draws, seed=seed)
        rows[name] = {
            "r2": 1 - ratio.estimate,
            "se": ratio.se,
            "low": 1 - ratio.interval[1],
            "high": 1 - ratio.interval[0],
            "detectable": ratio.detectable,
            "dm_p": pooled_diebold_mariano(ours, base).p_value,
            "cw_p": pooled_clark_west(x, f, b).p_value,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("benchmark")


def pooled_clark_west(
    actual: pd.DataFrame, forecast: pd.DataFrame, benchmark: pd.DataFrame, lags: int | None = None
) -> Inference:
    r"""Clark-West test over all tickers, clustered by date, as a share of the benchmark's error.

    .. math:: g = \frac{\sum_{it} (x - b)^2 - \left[(x - m)^2 - (b - m)^2\right]}{\sum_{it} (x - b)^2}

    The R2 that the forecast would reach if its coefficients needed no estimation. The denominator is taken as
    known: its error is of second order when g is small.

    Parameters
    ----------
    actual, forecast, benchmark : DataFrame, shape (T, N)
        Realised values x, forecasts m of the larger and b of the nested model.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).

    Returns
    -------
    Inference
        One-sided p-value of "no information".

    Raises
    ------
    EstimationError
        If the forecasts are equal or the benchmark has no error.

    References
    ----------
    Clark, T. E. and West, K. D. (2007). Approximately normal tests for equal predictive accuracy in nested
    models. Journal of Econometrics 138, 291-311.
    """
    x, m, b = aligned_frames(8, actual=actual, forecast=forecast, benchmark=benchmark)
    base = (x - b) ** 2
    scale = float(base.to_numpy().mean())
    if scale == 0:
        raise EstimationError("the benchmark forecasts without error: nothing is left to explain")
    adjusted = (base - ((x - m) ** 2 - (b - m) ** 2)) / scale
    return date_clustered_mean(adjusted, lags=lags, alternative=GREATER, method="pooled Clark-West")


def _directions(actual: pd.Series, forecast: pd.Series) -> dict[str, float]:
    try:
        found = pesaran_timmermann(actual, forecast)
    except EstimationError:  # one sign only: there is no direction to test
        return {
            "hit_rate": float(((actual > 0) == (forecast > 0)).mean()),
            "hit_expected": np.nan,
            "pt_p": np.nan,
        }
    return {"hit_rate": found.hit_rate, "hit_expected": found.expected, "pt_p": found.p_value}
