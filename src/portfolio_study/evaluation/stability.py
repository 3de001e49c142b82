"""Whether a forecast's advantage holds over time or comes from a few months."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_series, in_time_order, label
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.accuracy import diebold_mariano
from portfolio_study.evaluation.inference import GREATER, LESS, TWO_SIDED, check_alternative
from portfolio_study.evaluation.long_run import long_run_variance, newey_west_lags

# Giacomini and Rossi (2010), Table I: window as a share of the sample -> critical values.
_SHARES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
_TWO_SIDED = {
    0.05: np.array([3.393, 3.179, 3.012, 2.890, 2.779, 2.634, 2.560, 2.433, 2.248]),
    0.10: np.array([3.170, 2.948, 2.766, 2.626, 2.500, 2.356, 2.252, 2.130, 1.950]),
}
_ONE_SIDED = {
    0.05: np.array([3.176, 2.938, 2.770, 2.624, 2.475, 2.352, 2.248, 2.080, 1.975]),
    0.10: np.array([2.928, 2.676, 2.482, 2.334, 2.168, 2.030, 1.904, 1.740, 1.600]),
}


def cumulative_loss_difference(loss_benchmark: Any, loss_model: Any) -> pd.Series:
    """Running sum of (benchmark's loss - model's loss): it rises while the model is better.

    Parameters
    ----------
    loss_benchmark, loss_model : Series, shape (T,)
        Losses on the same dates, e.g. squared errors.

    Returns
    -------
    Series, shape (T,)
        Same unit as the losses.

    References
    ----------
    Goyal, A. and Welch, I. (2003). Predicting the equity premium with dividend ratios. Management
    Science 49, 639-654.
    """
    base, model = aligned_series(1, loss_benchmark=loss_benchmark, loss_model=loss_model)
    values = np.cumsum(base.to_numpy() - model.to_numpy())
    return pd.Series(values, index=base.index, name="cumulative_loss_difference")


@dataclass(frozen=True)
class FluctuationTest:
    """Equal local accuracy at every time.

    Attributes
    ----------
    path : Series
        Standardised mean loss difference (a - b) of each window, labelled with its last date.
    statistic : float
        The largest value of the path (absolute for the two-sided test).
    critical_value : float
        Reject where the path leaves this band.
    level : float
        Size of the test.
    rejected : bool
        Whether it leaves the band anywhere.
    when : object
        Last date of the window with the largest value.
    window : int
        Number of periods in a window.
    alternative : str
        Direction of the test.
    """

    path: pd.Series
    statistic: float
    critical_value: float
    level: float
    rejected: bool
    when: Any
    window: int
    alternative: str


def fluctuation_test(
    loss_a: Any,
    loss_b: Any,
    share: float = 0.3,
    *,
    level: float = LEVEL,
    lags: int | None = None,
    alternative: str = TWO_SIDED,
) -> FluctuationTest:
    r"""Test equal accuracy in every window of m = share * T periods.

    .. math:: F_t = \hat\sigma^{-1} m^{-1/2} \sum_{j=t-m+1}^{t} d_j, \qquad d_j = L_{a,j} - L_{b,j}

    where :math:`\hat\sigma^2` is the Newey-West variance of d over the whole sample. An average
    difference of zero may hide two regimes of opposite sign; this test finds them.

    Parameters
    ----------
    loss_a, loss_b : Series, shape (T,)
        Losses on the same dates.
    share : float
        Window as a share of the sample, 0.1 to 0.9 (critical values between the published shares
        are interpolated).
    level : float
        0.05 or 0.10.
    lags : int, optional
        Newey-West lags, default floor(4 (T/100)^(2/9)).
    alternative : str
        ``"two-sided"``, ``"less"`` (a better somewhere) or ``"greater"``.

    Raises
    ------
    ParameterError
        For a share or a level without published critical values.

    References
    ----------
    Giacomini, R. and Rossi, B. (2010). Forecast comparisons in unstable environments. Journal of
    Applied Econometrics 25, 595-620, equation (1) and Table I.
    """
    check_alternative(alternative)
    critical = fluctuation_critical_value(share, level, alternative)
    a, b = aligned_series(20, loss_a=loss_a, loss_b=loss_b)
    d = a.to_numpy() - b.to_numpy()
    n = len(d)
    window = round(share * n)
    lags = newey_west_lags(n) if lags is None else lags
    sigma = np.sqrt(long_run_variance(d, lags))
    total = np.concatenate([[0.0], np.cumsum(d)])
    path = pd.Series(
        (total[window:] - total[:-window]) / (sigma * np.sqrt(window)), index=a.index[window - 1 :], name="F"
    )
    signed = {TWO_SIDED: path.abs(), GREATER: path, LESS: -path}[alternative]
    statistic = float(signed.max())
    return FluctuationTest(
        path, statistic, critical, level, statistic > critical, signed.idxmax(), window, alternative
    )


def fluctuation_critical_value(share: float, level: float = LEVEL, alternative: str = TWO_SIDED) -> float:
    """Published critical value of the fluctuation test, interpolated between shares.

    Raises
    ------
    ParameterError
        For a share outside [0.1, 0.9] or a level other than 0.05 and 0.10.
    """
    table = _TWO_SIDED if alternative == TWO_SIDED else _ONE_SIDED
    if level not in table:
        raise ParameterError(f"level must be 0.05 or 0.10 (the published table), got {level!r}")
    if not _SHARES[0] - 1e-9 <= share <= _SHARES[-1] + 1e-9:
        raise ParameterError(f"share must lie between 0.1 and 0.9 (the published table), got {share!r}")
    return float(np.interp(share, _SHARES, table[level]))


def subperiod_tests(
    loss_a: pd.Series, loss_b: pd.Series, periods: dict[str, tuple[Any, Any]]
) -> pd.DataFrame:
    """Diebold-Mariano test (Newey-West) in each of several subperiods.

    Parameters
    ----------
    loss_a, loss_b : Series, shape (T,)
        Losses with a date index.
    periods : dict of (first, last)
        Bounds of each period, both included; None is open: ``{"2020": ("2020-01-01", "2020-12-31")}``.

    Returns
    -------
    DataFrame, one row for each period
        ``estimate`` (a - b, negative = a better), ``se``, ``p_value``, ``low``, ``high``, ``n``,
        ``detectable``.

    Raises
    ------
    DataError
        If a period holds fewer than 8 dates; it is named.
    """
    a, b = aligned_series(8, loss_a=loss_a, loss_b=loss_b)
    rows = {}
    for name, (first, last) in periods.items():
        part_a, part_b = a.loc[first:last], b.loc[first:last]
        if len(part_a) < 8:
            raise DataError(
                f"the period {name!r} holds {len(part_a)} dates; the losses run from "
                f"{label(a.index[0])} to {label(a.index[-1])}"
            )
        test = diebold_mariano(part_a, part_b, method="newey_west")
        rows[name] = {
            "estimate": test.estimate,
            "se": test.se,
            "p_value": test.p_value,
            "low": test.interval[0],
            "high": test.interval[1],
            "n": test.n,
            "detectable": test.detectable,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def calendar_periods(
    index: pd.DatetimeIndex, every: str = "decade"
) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """Cut an index into calendar periods, for ``subperiod_tests`` and tables by decade.

    Parameters
    ----------
    index : DatetimeIndex
        Dates, in order.
    every : str
        ``"decade"`` or ``"year"``.

    Returns
    -------
    dict of (first, last)
        By name: ``"1990s"`` or ``"1994"``; first and last date of the index in the period.

    Raises
    ------
    ParameterError
        For another word or an index without dates.
    DataError
        If a date is repeated or out of order.
    """
    if every not in ("decade", "year") or not isinstance(index, pd.DatetimeIndex):
        raise ParameterError(f"a DatetimeIndex and every = 'decade' or 'year' are needed, got {every!r}")
    in_time_order(index, "dates")
    years = index.year if every == "year" else index.year // 10 * 10
    names = [f"{year}s" if every == "decade" else str(year) for year in years]
    dates = pd.Series(index, index=names)
    return {str(name): (group.iloc[0], group.iloc[-1]) for name, group in dates.groupby(level=0, sort=False)}
