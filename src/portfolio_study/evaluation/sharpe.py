"""Sharpe ratios and variances of strategies, and whether two of them differ."""

from dataclasses import replace
from typing import Any, overload

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_series, as_frame, as_rate, as_series
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.delta_method import SmoothFunction, bootstrap_inference, normal_inference
from portfolio_study.evaluation.inference import TWO_SIDED, Inference, detectable_effect, inference

METHODS = ("ledoit_wolf", "hac", "memmel", "jobson_korkie")
MINIMUM = 12


@overload
def sharpe_ratio(returns: pd.DataFrame, risk_free: Any = 0.0, periods_per_year: float = 1) -> pd.Series: ...
@overload
def sharpe_ratio(
    returns: pd.Series | np.ndarray | list[float], risk_free: Any = 0.0, periods_per_year: float = 1
) -> float: ...
def sharpe_ratio(returns: Any, risk_free: Any = 0.0, periods_per_year: float = 1) -> float | pd.Series:
    r"""Sharpe ratio :math:`\sqrt{k}\; \overline{(r - r_f)} / s(r - r_f)` with the unbiased variance.

    Parameters
    ----------
    returns : Series (T,), array or DataFrame (T, N)
        Simple returns, decimals per period; a table gives one ratio for each column.
    risk_free : float or Series
        Net risk-free rate **per period**: 3 % a year is about 0.03 / 252 a day. A rate of more than
        100 % a year is refused.
    periods_per_year : float
        k: 252 turns daily into annual ratios; 1 leaves them per period.

    Raises
    ------
    DataError
        For NaN, text, dates that are repeated or out of order, or a date without a risk-free rate.
    ParameterError
        If the risk-free rate looks like an annual one.
    EstimationError
        If a series has no variance; its name is given.

    References
    ----------
    Sharpe, W. F. (1994). The Sharpe ratio. Journal of Portfolio Management 21, 49-58.
    """
    if isinstance(returns, pd.DataFrame):
        frame = as_frame(returns, "returns")
        ratios = [sharpe_ratio(frame.iloc[:, j], risk_free, periods_per_year) for j in range(frame.shape[1])]
        return pd.Series(ratios, index=frame.columns, name="sharpe")
    x = excess(returns, risk_free, "returns", periods_per_year)
    sd = float(np.std(x, ddof=1))
    if sd <= 1e-14 * np.abs(x).max(initial=0.0):
        name = getattr(returns, "name", None)
        raise EstimationError(
            f"the returns{f' of {name}' if name is not None else ''} do not vary: no Sharpe ratio"
        )
    return float(np.sqrt(periods_per_year) * x.mean() / sd)


def excess(returns: Any, risk_free: Any, name: str, periods_per_year: float = 1) -> np.ndarray:
    """Return minus the risk-free rate, as an array.

    Parameters
    ----------
    returns : Series or array, shape (T,)
        Simple returns, decimals per period.
    risk_free : float, Series or None
        Net rate per period; a Series has a rate for each date of the returns.
    name : str
        What the returns are, for messages.
    periods_per_year : float
        Tells an annual rate from one per period, where the dates do not.

    Raises
    ------
    DataError
        For NaN, text, dates out of order, or a date without a rate.
    ParameterError
        If the rate is too large for one per period.
    """
    x = as_series(returns, name)
    if isinstance(risk_free, pd.Series) and not isinstance(returns, pd.Series | pd.DataFrame):
        x, risk_free = aligned_series(2, **{name: returns, "risk_free": risk_free})
        x = x.set_axis(risk_free.index)  # an array has the dates of the rates
    rate = as_rate(risk_free, x.index, periods=periods_per_year)
    return x.to_numpy() - (rate.to_numpy() if isinstance(rate, pd.Series) else rate)


def _pair_moments(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.column_stack([a, b, a**2, b**2])


def _sharpe_value(v: np.ndarray) -> np.ndarray:
    a, b, aa, bb = np.moveaxis(v, -1, 0)
    return a / np.sqrt(aa - a**2) - b / np.sqrt(bb - b**2)


def _sharpe_gradient(v: np.ndarray) -> np.ndarray:
    a, b, aa, bb = np.moveaxis(v, -1, 0)
    va, vb = (aa - a**2) ** 1.5, (bb - b**2) ** 1.5
    return np.stack([aa / va, -bb / vb, -a / (2 * va), b / (2 * vb)], axis=-1)


SHARPE_DIFFERENCE = SmoothFunction(_sharpe_value, _sharpe_gradient)


def _log_variance_value(v: np.ndarray) -> np.ndarray:
    a, b, aa, bb = np.moveaxis(v, -1, 0)
    return np.log(aa - a**2) - np.log(bb - b**2)


def _log_variance_gradient(v: np.ndarray) -> np.ndarray:
    a, b, aa, bb = np.moveaxis(v, -1, 0)
    va, vb = aa - a**2, bb - b**2
    return np.stack([-2 * a / va, 2 * b / vb, 1 / va, -1 / vb], axis=-1)


LOG_VARIANCE_DIFFERENCE = SmoothFunction(_log_variance_value, _log_variance_gradient)


def sharpe_difference(
    a: Any,
    b: Any,
    method: str = "ledoit_wolf",
    *,
    risk_free: Any = 0.0,
    periods_per_year: float = 1,
    lags: int | None = None,
    kernel: str = "parzen",
    block: int | None = None,
    draws: int = 5000,
    seed: int = 0,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Test that two strategies have the same Sharpe ratio; positive = a is higher.

    ``"ledoit_wolf"`` writes the difference as a smooth function of
    :math:`(\mu_a, \mu_b, E r_a^2, E r_b^2)`, takes its standard error from a HAC covariance of these
    four moments, and its p-value and interval from a studentised circular block bootstrap: valid for
    fat tails and dependence over time. ``"hac"`` uses the same standard error with the normal law.
    ``"memmel"`` assumes independent normal returns,

    .. math:: V = \tfrac1T \left[2 - 2\rho + \tfrac12 (S_a^2 + S_b^2 - 2 S_a S_b \rho^2)\right],

    and ``"jobson_korkie"`` is its 1981 version, before the correction, for comparison only.

    Parameters
    ----------
    a, b : Series or array, shape (T,)
        Simple returns of the two strategies on the same dates.
    method : str
        ``"ledoit_wolf"``, ``"hac"``, ``"memmel"`` or ``"jobson_korkie"``.
    risk_free : float or Series
        Net risk-free rate per period.
    periods_per_year : float
        Scales estimate, error, interval and detectable effect by its root.
    lags, kernel
        HAC options; default Andrews' automatic lags with the Parzen kernel.
    block, draws, seed
        Bootstrap options; default block T^(1/3), fixed by the length of the sample.
    alternative : str
        ``"two-sided"``, ``"greater"`` (a is higher) or ``"less"``.

    Raises
    ------
    DataError
        For NaN, different dates or fewer than 12 periods.
    EstimationError
        If the strategies are identical or proportional.

    References
    ----------
    Ledoit, O. and Wolf, M. (2008). Robust performance hypothesis testing with the Sharpe ratio.
    Journal of Empirical Finance 15, 850-859.
    Jobson, J. D. and Korkie, B. M. (1981). Performance hypothesis testing with the Sharpe and
    Treynor measures. Journal of Finance 36, 889-908.
    Memmel, C. (2003). Performance hypothesis testing with the Sharpe ratio. Finance Letters 1, 21-23.
    """
    x, y = _pair(a, b, risk_free, periods_per_year)
    if method == "ledoit_wolf":
        result = bootstrap_inference(
            _pair_moments(x, y),
            SHARPE_DIFFERENCE,
            "Ledoit-Wolf Sharpe difference",
            lags=lags,
            kernel=kernel,
            block=block,
            draws=draws,
            seed=seed,
            alternative=alternative,
        )
    elif method == "hac":
        moments = _pair_moments(x, y)
        name = "Sharpe difference"
        result = normal_inference(
            moments, SHARPE_DIFFERENCE, name, lags=lags, kernel=kernel, alternative=alternative
        )
    elif method in METHODS:
        n, sa, sb = len(x), x.mean() / x.std(ddof=1), y.mean() / y.std(ddof=1)
        rho = float(np.corrcoef(x, y)[0, 1])
        variance = memmel_variance(sa, sb, rho) / n
        if method == "jobson_korkie":
            variance = (2 - 2 * rho + (sa**2 + sb**2 - sa * sb * (1 + rho**2)) / 2) / n
        _require_difference(variance * n)
        name = "Jobson-Korkie (1981)" if method == "jobson_korkie" else "Jobson-Korkie-Memmel"
        result = inference(float(sa - sb), float(np.sqrt(variance)), n, name, alternative=alternative)
    else:
        raise UnknownNameError("method", method, METHODS)
    return annualised(result, np.sqrt(periods_per_year))


def memmel_variance(sharpe_a: float, sharpe_b: float, correlation: float) -> float:
    """T times the variance of a difference of Sharpe ratios of normal returns (Memmel 2003)."""
    return 2 - 2 * correlation + (sharpe_a**2 + sharpe_b**2 - 2 * sharpe_a * sharpe_b * correlation**2) / 2


def detectable_sharpe_difference(
    n: int,
    correlation: float,
    periods_per_year: float = 252,
    *,
    sharpe_a: float = 0.0,
    sharpe_b: float = 0.0,
    power: float = 0.80,
) -> float:
    """Difference of annual Sharpe ratios that n periods can show with the given power at the 5 % level.

    Parameters
    ----------
    n : int
        Number of periods.
    correlation : float
        Correlation of the two strategies.
    periods_per_year : float
        252 for days.
    sharpe_a, sharpe_b : float
        Annual Sharpe ratios; they matter little.
    power : float
        Probability of finding the difference.

    Raises
    ------
    ParameterError
        If the correlation is not inside (-1, 1) or n is not positive.

    Examples
    --------
    Fifteen years of days, strategies correlated by 0.6: smaller annual differences go unseen.

    >>> round(detectable_sharpe_difference(15 * 252, 0.6), 2)
    0.65
    """
    if not -1 < correlation < 1:
        raise ParameterError(f"correlation must lie inside (-1, 1), got {correlation!r}")
    if n < 1:
        raise ParameterError(f"n must be positive, got {n!r}")
    scale = np.sqrt(periods_per_year)
    variance = memmel_variance(sharpe_a / scale, sharpe_b / scale, correlation)
    return detectable_effect(float(scale * np.sqrt(variance / n)), power)


def variance_difference(
    a: Any,
    b: Any,
    method: str = "ledoit_wolf",
    *,
    lags: int | None = None,
    kernel: str = "parzen",
    block: int | None = None,
    draws: int = 5000,
    seed: int = 0,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Test that two strategies have the same variance: :math:`\ln\sigma_a^2 - \ln\sigma_b^2`.

    This, not the Sharpe ratio, is the question that a minimum-variance portfolio answers. A
    difference of -0.04 means about 2 % less volatility; negative = a has the smaller variance.

    Parameters
    ----------
    a, b : Series or array, shape (T,)
        Returns of the two strategies on the same dates.
    method : str
        ``"ledoit_wolf"`` (studentised bootstrap) or ``"hac"`` (normal law).
    lags, kernel, block, draws, seed, alternative
        As in ``sharpe_difference``.

    References
    ----------
    Ledoit, O. and Wolf, M. (2011). Robust performance hypothesis testing with the variance.
    Wilmott 55, 86-89.
    """
    moments = _pair_moments(*_pair(a, b, 0.0, 1))
    if method == "ledoit_wolf":
        return bootstrap_inference(
            moments,
            LOG_VARIANCE_DIFFERENCE,
            "Ledoit-Wolf variance difference",
            lags=lags,
            kernel=kernel,
            block=block,
            draws=draws,
            seed=seed,
            alternative=alternative,
        )
    if method != "hac":
        raise UnknownNameError("method", method, METHODS[:2])
    name = "log-variance difference"
    return normal_inference(
        moments, LOG_VARIANCE_DIFFERENCE, name, lags=lags, kernel=kernel, alternative=alternative
    )


def annualised(result: Inference, scale: float) -> Inference:
    """Multiply estimate, error, interval and detectable effect by a number; the test is unchanged."""
    return replace(
        result,
        estimate=float(result.estimate * scale),
        se=float(result.se * scale),
        interval=(float(result.interval[0] * scale), float(result.interval[1] * scale)),
        detectable=float(result.detectable * scale),
    )


def _pair(a: Any, b: Any, risk_free: Any, periods_per_year: float) -> tuple[np.ndarray, np.ndarray]:
    aligned_series(MINIMUM, a=a, b=b)
    x, y = (excess(s, risk_free, name, periods_per_year) for name, s in (("a", a), ("b", b)))
    for name, values in (("a", x), ("b", y)):
        if values.std() <= 1e-14 * np.abs(values).max(initial=0.0):
            raise EstimationError(f"the returns of {name} do not vary")
    return x, y


def _require_difference(variance: float) -> None:
    if variance < 1e-14:
        raise EstimationError("the compared series are identical or proportional: there is nothing to test")
