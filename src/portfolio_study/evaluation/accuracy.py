"""Tests of forecasts: equal accuracy, nesting, conditioning, direction and bias."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from portfolio_study.checks import aligned_series, as_frame, check_count, same_rows
from portfolio_study.errors import EstimationError, UnknownNameError
from portfolio_study.evaluation.inference import (
    GREATER,
    TWO_SIDED,
    ChiSquareTest,
    Inference,
    chi_square_test,
    inference,
)
from portfolio_study.evaluation.long_run import long_run_covariance, long_run_variance, newey_west_lags
from portfolio_study.evaluation.regression import hac_regression

DM_METHODS = ("harvey_leybourne_newbold", "newey_west")


def diebold_mariano(
    loss_a: Any,
    loss_b: Any,
    horizon: int = 1,
    *,
    method: str = "harvey_leybourne_newbold",
    lags: int | None = None,
    alternative: str = TWO_SIDED,
) -> Inference:
    r"""Test that two forecasts have the same expected loss.

    With :math:`d_t = L_{a,t} - L_{b,t}` the statistic is :math:`\bar d / \sqrt{V/T}`, where
    :math:`V = \gamma_0 + 2\sum_{k<h}\gamma_k` for forecasts h steps ahead. The default multiplies it
    by Harvey, Leybourne and Newbold's :math:`\sqrt{(T+1-2h+h(h-1)/T)/T}` and uses the t law with
    T - 1 degrees of freedom. **A negative estimate means that forecast a has the smaller loss.**

    Parameters
    ----------
    loss_a, loss_b : Series or array, shape (T,)
        Losses of the two forecasts on the same dates (squared errors, QLIKE, ...).
    horizon : int
        Steps ahead h of the forecasts.
    method : str
        ``"harvey_leybourne_newbold"`` or ``"newey_west"`` (Bartlett weights, t law, no correction).
    lags : int, optional
        Lags for ``"newey_west"``; the default, floor(4 (T/100)^(2/9)), depends on T only.
    alternative : str
        ``"two-sided"``, ``"less"`` (a is better) or ``"greater"`` (b is better).

    Raises
    ------
    DataError
        For NaN, different labels or fewer than max(8, 2h) dates.
    EstimationError
        If the losses are identical or differ by a constant, or V comes out negative.

    References
    ----------
    Diebold, F. X. and Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business
    and Economic Statistics 13, 253-263.
    Harvey, D., Leybourne, S. and Newbold, P. (1997). Testing the equality of prediction mean
    squared errors. International Journal of Forecasting 13, 281-291.
    """
    h = check_count(horizon, "horizon")
    a, b = aligned_series(max(8, 2 * h), loss_a=loss_a, loss_b=loss_b)
    d = a.to_numpy() - b.to_numpy()
    n = len(d)
    if method == "harvey_leybourne_newbold":
        variance = long_run_variance(d, h - 1, "rectangular")
        correction = np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
        name = f"Diebold-Mariano (Harvey-Leybourne-Newbold, horizon {h})"
    elif method == "newey_west":
        lags = newey_west_lags(n) if lags is None else lags
        variance, correction = long_run_variance(d, lags), 1.0
        name = f"Diebold-Mariano (Newey-West, {lags} lags)"
    else:
        raise UnknownNameError("method", method, DM_METHODS)
    se = float(np.sqrt(variance / n) / correction)
    return inference(float(d.mean()), se, n, name, alternative=alternative, degrees=n - 1)


def clark_west(actual: Any, forecast: Any, benchmark_forecast: Any, horizon: int = 1) -> Inference:
    r"""Test a forecast against a smaller model that it contains (zero, a mean).

    The larger model's squared error is inflated by the noise of estimated parameters that are
    zero in truth. The test adds that noise back:

    .. math:: f_t = (x_t - b_t)^2 - \left[(x_t - m_t)^2 - (b_t - m_t)^2\right]

    and rejects for a large mean of f (one-sided, normal law). A rejection says that the model
    holds information, not that its forecasts have the smaller error.

    Parameters
    ----------
    actual, forecast, benchmark_forecast : Series or array, shape (T,)
        Realised values x, forecasts m of the larger and b of the nested model.
    horizon : int
        Steps ahead h; for h > 1 the variance has h - 1 Bartlett lags.

    Returns
    -------
    Inference
        Positive estimate = the larger model helps; unit: squared decimals.

    Raises
    ------
    EstimationError
        If the two forecasts are equal.

    References
    ----------
    Clark, T. E. and West, K. D. (2007). Approximately normal tests for equal predictive accuracy
    in nested models. Journal of Econometrics 138, 291-311.
    """
    h = check_count(horizon, "horizon")
    x, m, b = (
        s.to_numpy()
        for s in aligned_series(
            max(8, 2 * h), actual=actual, forecast=forecast, benchmark_forecast=benchmark_forecast
        )
    )
    adjusted = (x - b) ** 2 - ((x - m) ** 2 - (b - m) ** 2)
    n = len(x)
    # One step ahead the article's t-ratio is that of a regression on a constant, hence divisor T - 1.
    degrees = n - 1 if h == 1 else n
    variance = long_run_variance(adjusted, h - 1) * n / degrees
    return inference(
        float(adjusted.mean()),
        float(np.sqrt(variance / n)),
        n,
        f"Clark-West (horizon {h})",
        alternative=GREATER,
    )


def giacomini_white(loss_a: Any, loss_b: Any, horizon: int = 1, instruments: Any = None) -> ChiSquareTest:
    r"""Test that the loss difference cannot be predicted (equal *conditional* accuracy).

    .. math:: n\, \bar z' \hat\Omega^{-1} \bar z \sim \chi^2(q), \qquad z_t = h_{t-1}\, d_t

    Unlike Diebold-Mariano it also rejects when one forecast is better in some states and worse in
    others.

    Parameters
    ----------
    loss_a, loss_b : Series or array, shape (T,)
        Losses on the same dates.
    horizon : int
        Steps ahead; above 1 the variance has horizon - 1 Bartlett lags.
    instruments : array, shape (T, q), optional
        Row t must be known when forecast t is made. Default: a constant and the loss difference
        ``horizon`` periods earlier (the first ``horizon`` dates drop out).

    Raises
    ------
    EstimationError
        If the instruments are collinear or the losses identical.

    References
    ----------
    Giacomini, R. and White, H. (2006). Tests of conditional predictive ability. Econometrica 74,
    1545-1578, Theorem 1.

    Examples
    --------
    Two forecasts that are equally good on average, each in its own weather, which lasts for weeks:

    >>> rng = np.random.default_rng(0)
    >>> calm = np.repeat(np.arange(40) % 2, 15)
    >>> loss_a, loss_b = rng.chisquare(1, 600) + calm, rng.chisquare(1, 600) + 1 - calm
    >>> round(diebold_mariano(loss_a, loss_b).p_value, 2), round(giacomini_white(loss_a, loss_b).p_value, 3)
    (0.56, 0.0)
    """
    h = check_count(horizon, "horizon")
    a, b = aligned_series(max(12, 4 * h), loss_a=loss_a, loss_b=loss_b)
    d = a.to_numpy() - b.to_numpy()
    long_run_variance(d, 0)
    if instruments is None:
        z = np.column_stack([np.ones(len(d) - h), d[:-h]]) * d[h:, None]
    else:
        known = as_frame(instruments, "instruments")
        if len(known) != len(d):
            raise EstimationError(f"instruments have {len(known)} rows and the losses {len(d)}")
        if isinstance(instruments, pd.DataFrame | pd.Series) and isinstance(loss_a, pd.Series):
            same_rows(a, known, "loss_a", "instruments")
        z = known.to_numpy() * d[:, None]
    n, q = z.shape
    mean = z.mean(axis=0)
    # Uncentred at one step, as in the article; centring would only change it under the alternative.
    omega = z.T @ z / n
    if h > 1:
        omega = long_run_covariance(z, h - 1) + np.outer(mean, mean)
    scale = np.sqrt(np.diag(omega))
    if (scale == 0).any() or np.linalg.cond(omega / np.outer(scale, scale)) > 1e12:
        raise EstimationError("the instruments are collinear with each other: leave one out")
    return chi_square_test(n * mean @ np.linalg.solve(omega, mean), q, n, f"Giacomini-White (horizon {h})")


@dataclass(frozen=True)
class DirectionTest:
    """Whether the sign of the forecast says something about the sign of the outcome.

    Attributes
    ----------
    hit_rate : float
        Share of dates with the right sign.
    expected : float
        Hit rate that independent signs with the same frequencies would have.
    statistic, p_value : float
        Standard normal statistic and its one-sided p-value (better than chance).
    n : int
        Number of dates.
    """

    hit_rate: float
    expected: float
    statistic: float
    p_value: float
    n: int


def pesaran_timmermann(actual: Any, forecast: Any) -> DirectionTest:
    r"""Test that the signs of forecast and outcome are independent.

    .. math:: S = \frac{\hat P - \hat P_*}{\sqrt{V(\hat P) - V(\hat P_*)}} \sim N(0, 1), \quad
              \hat P_* = p_x p_y + (1 - p_x)(1 - p_y)

    A model that always says "up" has a hit rate above one half in a rising market; this test
    compares with that. "Up" is a value above zero.

    Parameters
    ----------
    actual, forecast : Series or array, shape (T,)
        Realised values and forecasts.

    Raises
    ------
    EstimationError
        If forecasts or outcomes all have the same sign: there is no direction to test.

    References
    ----------
    Pesaran, M. H. and Timmermann, A. (1992). A simple nonparametric test of predictive
    performance. Journal of Business and Economic Statistics 10, 461-465.
    """
    x, f = aligned_series(8, actual=actual, forecast=forecast)
    up, said = x.to_numpy() > 0, f.to_numpy() > 0
    n, py, px = len(up), up.mean(), said.mean()
    if py in (0, 1) or px in (0, 1):
        which = "outcomes" if py in (0, 1) else "forecasts"
        raise EstimationError(f"all {which} have the same sign: the direction test is not defined")
    hit = float((up == said).mean())
    expected = float(py * px + (1 - py) * (1 - px))
    v = expected * (1 - expected) / n
    w = (2 * py - 1) ** 2 * px * (1 - px) + (2 * px - 1) ** 2 * py * (1 - py)
    w = w / n + 4 * py * px * (1 - py) * (1 - px) / n**2
    statistic = float((hit - expected) / np.sqrt(v - w))
    return DirectionTest(hit, expected, statistic, float(stats.norm.sf(statistic)), n)


@dataclass(frozen=True)
class CalibrationRegression:
    """Regression of outcomes on forecasts; a good forecast has intercept 0 and slope 1.

    Attributes
    ----------
    intercept, slope : float
        Coefficients (intercept in the unit of the outcome).
    intercept_se, slope_se : float
        Newey-West standard errors.
    r2 : float
        Share of the outcome's variance that the line explains.
    joint : ChiSquareTest
        Wald test of intercept 0 and slope 1.
    """

    intercept: float
    slope: float
    intercept_se: float
    slope_se: float
    r2: float
    joint: ChiSquareTest


def mincer_zarnowitz(actual: Any, forecast: Any, lags: int | None = None) -> CalibrationRegression:
    """Regress outcomes on forecasts and test intercept 0, slope 1 (no bias, right scale).

    Parameters
    ----------
    actual, forecast : Series or array, shape (T,)
        Realised values and forecasts.
    lags : int, optional
        Newey-West lags; default floor(4 (T/100)^(2/9)).

    Raises
    ------
    EstimationError
        If the forecast is constant.

    References
    ----------
    Mincer, J. and Zarnowitz, V. (1969). The evaluation of economic forecasts. In: Economic
    Forecasts and Expectations, NBER, 3-46.

    Examples
    --------
    A forecast of the right sign that is twice too large has slope one half:

    >>> rng = np.random.default_rng(0)
    >>> forecast = rng.normal(0, 0.02, 500)
    >>> found = mincer_zarnowitz(forecast / 2 + rng.normal(0, 0.01, 500), forecast)
    >>> round(found.slope, 2), found.joint.p_value < 0.001
    (0.5, True)
    """
    x, f = aligned_series(10, actual=actual, forecast=forecast)
    if np.ptp(f.to_numpy()) <= 1e-12 * np.abs(f.to_numpy()).max(initial=0.0):
        raise EstimationError("the forecast is constant: its slope is not defined")
    fit = hac_regression(x, f.set_axis(x.index).rename("forecast"), lags)
    (intercept, slope), (intercept_se, slope_se) = (fit.coefficients[c] for c in ("estimate", "se"))
    gap = np.array([intercept, slope - 1])
    joint = chi_square_test(
        float(gap @ np.linalg.solve(fit.covariance.to_numpy(), gap)),
        2,
        fit.n,
        f"Mincer-Zarnowitz ({fit.method})",
    )
    return CalibrationRegression(intercept, slope, intercept_se, slope_se, fit.r2, joint)
