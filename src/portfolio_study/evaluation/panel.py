"""Forecast tests on many tickers at once: twenty tickers on one date are not twenty experiments."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from portfolio_study.checks import aligned_frames, as_frame
from portfolio_study.checks.confidence import LEVEL, Z95
from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.bootstrap import block_length, resampled_means
from portfolio_study.evaluation.inference import GREATER, TWO_SIDED, Inference, detectable_effect, inference
from portfolio_study.evaluation.long_run import long_run_variance, newey_west_lags
from portfolio_study.evaluation.multiplicity import holm


def pooled_diebold_mariano(
    losses_a: pd.DataFrame,
    losses_b: pd.DataFrame,
    *,
    lags: int | None = None,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Diebold-Mariano test over all tickers, clustered by date.

    The loss differences of one date are averaged over tickers,
    :math:`\bar d_t = \frac1N\sum_i (L^a_{it} - L^b_{it})`, and the mean of that single series is
    tested with a Newey-West variance. Correlation between tickers is then no longer counted as
    independent evidence. **A negative estimate means that a has the smaller loss.**

    Parameters
    ----------
    losses_a, losses_b : DataFrame, shape (T, N)
        Losses on the same dates and tickers.
    lags : int, optional
        Newey-West lags; the default floor(4 (T/100)^(2/9)) is fixed by T alone.
    alternative : str
        ``"two-sided"``, ``"less"`` or ``"greater"``.

    Raises
    ------
    DataError
        For NaN, different labels or fewer than 8 dates.
    EstimationError
        If the losses are identical.

    References
    ----------
    Timmermann, A. and Zhu, Y. (2019). Comparing forecasting performance with panel data. CEPR
    Discussion Paper 13746.
    """
    a, b = aligned_frames(8, losses_a=losses_a, losses_b=losses_b)
    return date_clustered_mean(a - b, lags=lags, alternative=alternative, method="pooled Diebold-Mariano")


def date_clustered_mean(
    values: pd.DataFrame,
    *,
    lags: int | None = None,
    alternative: str = TWO_SIDED,
    method: str = "pooled mean",
) -> Inference:
    """Mean of a T x N table with a standard error clustered by date and robust to autocorrelation.

    Parameters
    ----------
    values : DataFrame, shape (T, N)
        Anything whose mean is of interest, e.g. loss differences.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).

    Raises
    ------
    EstimationError
        If the means of the dates do not vary.
    """
    frame = as_frame(values, "values", 8)
    dates = frame.to_numpy().mean(axis=1)
    n = len(dates)
    lags = newey_west_lags(n) if lags is None else lags
    se = float(np.sqrt(long_run_variance(dates, lags) / n))
    name = f"{method} ({frame.shape[1]} units clustered by date, Newey-West {lags} lags)"
    return inference(float(dates.mean()), se, n, name, alternative=alternative, degrees=n - 1)


def clustered_share(indicators: pd.DataFrame, *, lags: int | None = None, method: str = "share") -> Inference:
    """`date_clustered_mean` of indicators, or of differences of indicators, that may never vary.

    An event that did not happen on n dates may still have a probability of up to 3 / n (rule of three):
    where the mean is the same on all dates, that is the half width of the interval.

    Parameters
    ----------
    indicators : DataFrame, shape (T, N)
        Values between -1 and 1.
    lags : int, optional
        As in `date_clustered_mean`.

    Raises
    ------
    DataError
        For NaN or fewer than 8 dates.

    References
    ----------
    Hanley, J. A. and Lippman-Hand, A. (1983). If nothing goes wrong, is everything all right? Journal of
    the American Medical Association 249, 1743-1745.
    """
    frame = as_frame(indicators, "indicators", 8)
    dates = frame.to_numpy().mean(axis=1)
    if np.ptp(dates) > 0:
        return date_clustered_mean(frame, lags=lags, method=method)
    return inference(float(dates[0]), 3 / len(dates) / Z95, len(dates), f"{method} (rule of three)")


def unit_tests(
    differences: pd.DataFrame,
    *,
    lags: int | None = None,
    block: int | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Test the mean of each column, with intervals that hold for all columns at once.

    The critical value is the 95 % quantile of the largest absolute t-ratio over columns in a
    circular block bootstrap of whole dates, so it uses the correlation between columns.

    Parameters
    ----------
    differences : DataFrame, shape (T, N)
        For each unit the contrast of interest, e.g. loss of b minus loss of a.
    lags : int, optional
        Newey-West lags of the standard errors, default floor(4 (T/100)^(2/9)).
    block, draws, seed : int
        Block length (default T^(1/3)), number of resamples, seed.

    Returns
    -------
    DataFrame, one row for each column
        ``estimate``, ``se``, ``statistic``, ``p_value``, ``p_holm``, ``low``, ``high`` (95 %
        simultaneous), ``detectable``.

    Raises
    ------
    EstimationError
        If a column does not vary; it is named.

    References
    ----------
    Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping.
    Econometrica 73, 1237-1282.
    """
    frame = as_frame(differences, "differences", 8)
    x = frame.to_numpy()
    n = len(x)
    lags = newey_west_lags(n) if lags is None else lags
    se = np.empty(x.shape[1])
    for j, name in enumerate(frame.columns):
        try:
            se[j] = np.sqrt(long_run_variance(x[:, j], lags) / n)
        except EstimationError as error:
            raise EstimationError(f"{name}: {error}") from error
    mean = x.mean(axis=0)
    means = resampled_means(x, block_length(n) if block is None else block, draws, seed)
    critical = float(np.quantile((np.abs(means - mean) / se).max(axis=1), 1 - LEVEL))
    statistic = mean / se
    p = 2 * special.stdtr(n - 1, -np.abs(statistic))
    table = pd.DataFrame(
        {"estimate": mean, "se": se, "statistic": statistic, "p_value": p}, index=frame.columns
    )
    table["p_holm"] = holm(table["p_value"])
    table["low"], table["high"] = mean - critical * se, mean + critical * se
    table["detectable"] = [detectable_effect(s) for s in se]
    return table


@dataclass(frozen=True)
class MinimumOverUnits:
    """The weakest unit of a table of ``unit_tests``: evidence for a statement about *each* unit.

    Attributes
    ----------
    unit : str
        The unit with the smallest estimate.
    estimate : float
        That estimate, signed as in the statement.
    interval : tuple of float
        95 % interval of the smallest true effect, from the simultaneous intervals.
    share_positive : float
        Share of units with a positive estimate.
    share_significant : float
        Share of units whose simultaneous interval lies above zero.
    units : int
        Number of units.
    """

    unit: str
    estimate: float
    interval: tuple[float, float]
    share_positive: float
    share_significant: float
    units: int


def minimum_over_units(table: pd.DataFrame) -> MinimumOverUnits:
    """Reduce ``unit_tests`` to the smallest effect, for claims of the form "each ticker ...".

    If all N effects lie in their simultaneous intervals, then the smallest effect lies between
    the smallest lower and the smallest upper bound.

    Raises
    ------
    DataError
        If the table lacks the columns ``estimate``, ``low`` and ``high``.
    """
    missing = {"estimate", "low", "high"} - set(table.columns)
    if missing or not len(table):
        raise DataError(f"a table of unit_tests is needed; missing: {', '.join(sorted(missing)) or 'rows'}")
    return MinimumOverUnits(
        unit=str(table["estimate"].idxmin()),
        estimate=float(table["estimate"].min()),
        interval=(float(table["low"].min()), float(table["high"].min())),
        share_positive=float((table["estimate"] > 0).mean()),
        share_significant=float((table["low"] > 0).mean()),
        units=len(table),
    )


def minimum_of(results: dict[str, Inference], level: float = LEVEL) -> MinimumOverUnits:
    """Reduce tests on separate samples (universes, tickers) to the smallest effect.

    The intervals are widened by Bonferroni's rule so that they hold together; that needs no
    assumption on how the samples depend on each other. Each side of an interval is stretched by
    the ratio of normal quantiles, so that a lopsided bootstrap interval stays lopsided.

    Parameters
    ----------
    results : dict of Inference
        One test for each unit, signed as in the statement.
    level : float
        1 - joint confidence.

    Raises
    ------
    DataError
        If there is no result.
    """
    if not results:
        raise DataError("at least one result is needed")
    rows = {name: (one.estimate, *one.widened(len(results), level)) for name, one in results.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"], dtype=float)
    return minimum_over_units(table)


def pooled_direction_test(
    actual: pd.DataFrame, forecast: pd.DataFrame, *, lags: int | None = None
) -> Inference:
    r"""Share of right signs above chance over all tickers, clustered by date (one-sided).

    With indicators x, y of "up" for outcome and forecast, the excess of the hit rate over that of
    independent signs is :math:`2\,cov(x, y)` for each ticker (Pesaran and Timmermann's
    :math:`\hat P - \hat P_*`). Its terms :math:`2(x_{it} - \bar x_i)(y_{it} - \bar y_i)` are
    averaged over tickers and tested as one series.

    Parameters
    ----------
    actual, forecast : DataFrame, shape (T, N)
        Realised values and forecasts.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).

    Returns
    -------
    Inference
        Estimate in hit rate (0.01 = one more right sign in a hundred than chance).

    Raises
    ------
    EstimationError
        If no forecast ever changes sign.
    """
    x, f = aligned_frames(8, actual=actual, forecast=forecast)
    up, said = (x > 0).astype(float), (f > 0).astype(float)
    if float(said.std(ddof=0).max()) == 0:
        raise EstimationError("no forecast ever changes sign: the direction test is not defined")
    excess = 2 * (up - up.mean()) * (said - said.mean())
    return date_clustered_mean(excess, lags=lags, alternative=GREATER, method="pooled direction test")


def spread_over_networks(loss: pd.DataFrame, benchmark: pd.DataFrame) -> float:
    r"""Standard error of a ratio of mean losses that comes from which networks were trained.

    Every ticker has a network of its own. With mean losses :math:`a_i, b_i` of ticker i and
    :math:`r = \bar a / \bar b`, the linearised ratio varies by :math:`(a_i - r b_i) / \bar b`.

    Parameters
    ----------
    loss, benchmark : DataFrame, shape (T, N)
        Losses of the same dates and tickers.

    Raises
    ------
    DataError
        For fewer than two tickers, or losses of other dates or tickers.
    """
    losses, benchmarks = aligned_frames(loss=loss, benchmark=benchmark)
    if losses.shape[1] < 2:
        raise DataError("the spread over networks needs at least two tickers")
    a, b = losses.mean(), benchmarks.mean()
    return float((a - a.mean() / b.mean() * b).std(ddof=1) / b.mean() / np.sqrt(len(a)))
