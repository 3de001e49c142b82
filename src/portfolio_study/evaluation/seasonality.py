"""Do returns depend on the calendar? Weekday and month effects, in and out of sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from portfolio_study.checks import as_frame, as_series, in_time_order
from portfolio_study.checks.confidence import TAILS
from portfolio_study.errors import DataError
from portfolio_study.evaluation.bootstrap import block_length, resamples
from portfolio_study.evaluation.inference import ChiSquareTest, Inference, inference
from portfolio_study.evaluation.long_run import long_run_variance, newey_west_lags
from portfolio_study.evaluation.multiplicity import holm

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINIMUM_SEEN = 3  # dates in the first half that an effect needs to be estimated there


def calendar_dummies(index: pd.DatetimeIndex) -> pd.DataFrame:
    """Return 0/1 columns for weekdays and months, without one of each (the reference).

    Daily dates get weekdays and months, monthly dates months only. A month or weekday that the
    first half of the sample hardly has is left out, so that short samples keep what they can tell.

    Parameters
    ----------
    index : DatetimeIndex
        Dates of the returns, in order.

    Returns
    -------
    DataFrame (T, K)
        Columns like ``Tue`` and ``Feb``.

    Raises
    ------
    DataError
        If there are no dates, one is repeated or out of order, or no effect is left.
    """
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(f"calendar effects need dates as row labels, got {type(index).__name__}")
    in_time_order(index, "dates")
    dates = index
    gap = float(np.median(np.diff(dates.as_unit("s").asi8))) / 86_400 if len(dates) > 1 else 1.0
    names: list[list[str]] = [[f"{d:%b}" for d in dates]]
    if gap <= 4:
        names.insert(0, [_WEEKDAYS[d.weekday()] for d in dates])
    parts = [_without_reference(pd.Series(labels, index=dates)) for labels in names]
    table = pd.concat(parts, axis=1)
    if not table.shape[1]:
        raise DataError(f"{len(dates)} dates are too few to tell weekdays or months apart")
    return table


def _without_reference(labels: pd.Series) -> pd.DataFrame:
    half = labels.iloc[: len(labels) // 2]
    seen = half.value_counts()
    kept = [name for name in dict.fromkeys(labels) if seen.get(name, 0) >= _MINIMUM_SEEN]
    # Labels that are too rare join the reference.
    return pd.DataFrame({name: labels.eq(name).astype(float) for name in kept[1:]}, index=labels.index)


def seasonal_test(returns: pd.Series) -> ChiSquareTest:
    """Test that all weekday and month effects are zero, robust to changing variance.

    A Wald test with the HC3 covariance of White's class. Returns are close to uncorrelated, so no
    autocorrelation terms are added: with a dozen effects they make the test reject far too often.

    Parameters
    ----------
    returns : Series, length T
        Returns of one asset or portfolio, with dates.

    Returns
    -------
    ChiSquareTest
        The p-value comes from the F law with K and T - K - 1 degrees.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29, 305-325.
    """
    y, x = _regression(returns)
    beta, residual = _fit(y, x)
    bread = np.linalg.inv(x.T @ x)
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    scores = x * (residual / (1 - leverage))[:, None]
    cov = bread @ scores.T @ scores @ bread
    effects, (n, k) = beta[1:], x.shape
    statistic = float(effects @ np.linalg.solve(cov[1:, 1:], effects))
    p = float(special.fdtrc(k - 1, n - k, statistic / (k - 1)))
    return ChiSquareTest(statistic, p, k - 1, n, "calendar effects, HC3 covariance")


def seasonal_table(returns: pd.DataFrame) -> pd.DataFrame:
    """Apply `seasonal_test` to each column.

    Returns
    -------
    DataFrame, one row for each column
        ``statistic``, ``degrees``, ``p_value``, ``p_holm``.
    """
    frame = as_frame(returns, "returns", 20)
    found = {ticker: seasonal_test(frame[ticker]) for ticker in frame.columns}
    table = pd.DataFrame(
        {
            "statistic": {t: r.statistic for t, r in found.items()},
            "degrees": {t: r.degrees for t, r in found.items()},
            "p_value": {t: r.p_value for t, r in found.items()},
        }
    ).rename_axis("ticker")
    table["p_holm"] = holm(table["p_value"])
    return table


@dataclass(frozen=True)
class SeasonalFit:
    """Share of the variance that the calendar explains.

    Attributes
    ----------
    r2 : float
        In-sample R squared of the dummies.
    adjusted : float
        The same, less what K useless dummies would give.
    interval : tuple of float
        95 % interval of the adjusted value: basic bootstrap of blocks of dates.
    effects : int
        Number K of dummies.
    n : int
        Number of dates.
    """

    r2: float
    adjusted: float
    interval: tuple[float, float]
    effects: int
    n: int


def seasonal_r2(returns: pd.Series, draws: int = 1000, seed: int = 0) -> SeasonalFit:
    r"""Share of the variance of returns that weekday and month effects explain.

    .. math:: R^2_{adj} = 1 - (1 - R^2)\frac{T-1}{T-K-1}

    Parameters
    ----------
    returns : Series, length T
        Returns with dates.
    draws, seed : int
        Resamples of blocks of dates (length :math:`T^{1/3}`), and their seed.

    Returns
    -------
    SeasonalFit
    """
    y, x = _regression(returns)
    r2 = _r2(y, x)
    n, k = len(y), x.shape[1] - 1
    adjusted = _adjust(r2, n, k)
    drawn = _adjust(_resampled_r2(y, x, draws, seed), n, k)
    # In the bootstrap's world the sample's own R squared is the truth.
    low, high = np.quantile(drawn - r2, TAILS)
    return SeasonalFit(r2, adjusted, (float(adjusted - high), float(adjusted - low)), k, n)


def seasonal_forecast(returns: pd.Series) -> pd.DataFrame:
    """Forecast the second half of the sample from calendar effects estimated before each date.

    Parameters
    ----------
    returns : Series, length T
        Returns with dates.

    Returns
    -------
    DataFrame, second half of the dates
        ``actual``, ``seasonal`` (expanding regression on the dummies) and ``mean`` (expanding mean).
    """
    y, x = _regression(returns)
    first = len(y) // 2
    products, moments = np.cumsum(x[:, :, None] * x[:, None, :], axis=0), np.cumsum(x * y[:, None], axis=0)
    # Row t-1 of the sums holds what is known before date t.
    beta = np.linalg.solve(products[first - 1 : -1], moments[first - 1 : -1, :, None])[:, :, 0]
    mean = np.cumsum(y)[first - 1 : -1] / np.arange(first, len(y))
    return pd.DataFrame(
        {"actual": y[first:], "seasonal": (beta * x[first:]).sum(axis=1), "mean": mean},
        index=pd.DatetimeIndex(returns.index)[first:],
    )


def seasonal_gain(returns: pd.Series) -> Inference:
    r"""Out-of-sample R squared of calendar effects against the historical mean.

    .. math:: R^2_{OS} = \frac{\frac1n\sum_t (e^2_{mean,t} - e^2_{seasonal,t})}{\frac1n\sum_t e^2_{mean,t}}

    Parameters
    ----------
    returns : Series, length T
        Returns with dates; the second half is forecast.

    Returns
    -------
    Inference
        Positive: the calendar helps. Standard error: Newey-West, the denominator taken as fixed.
    """
    table = seasonal_forecast(returns)
    loss_mean = (table["actual"] - table["mean"]) ** 2
    gain = (loss_mean - (table["actual"] - table["seasonal"]) ** 2).to_numpy() / float(loss_mean.mean())
    n = len(gain)
    se = float(np.sqrt(long_run_variance(gain, newey_west_lags(n)) / n))
    return inference(float(gain.mean()), se, n, "out-of-sample R squared of calendar effects", degrees=n - 1)


def _regression(returns: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return returns and dummies with a constant in front."""
    series = as_series(returns, "returns", 20)
    dummies = calendar_dummies(series.index)  # type: ignore[arg-type]  # it refuses others
    return series.to_numpy(), np.column_stack([np.ones(len(series)), dummies.to_numpy()])


def _fit(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    return beta, y - x @ beta


def _r2(y: np.ndarray, x: np.ndarray) -> float:
    residual = _fit(y, x)[1]
    return float(1 - residual @ residual / np.sum((y - y.mean()) ** 2))


def _resampled_r2(y: np.ndarray, x: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """R squared of block resamples: each is a regression with the counts of the dates as weights."""
    n, k = x.shape
    products = (x[:, :, None] * x[:, None, :]).reshape(n, k * k)
    out = []
    for batch in resamples(n, block_length(n), draws, seed):
        counts = np.stack([np.bincount(rows, minlength=n) for rows in batch]).astype(float)
        gram, moment = (counts @ products).reshape(-1, k, k), counts @ (x * y[:, None])
        # The generalised inverse: an effect that a resample of few dates lacks counts as zero.
        fitted = np.einsum("dij,di,dj->d", np.linalg.pinv(gram, hermitian=True), moment, moment)
        level = (counts @ y) ** 2 / n
        out.append((fitted - level) / (counts @ y**2 - level))
    return np.concatenate(out)


def _adjust(r2: Any, n: int, k: int) -> Any:
    return 1 - (1 - r2) * (n - 1) / (n - k - 1)
