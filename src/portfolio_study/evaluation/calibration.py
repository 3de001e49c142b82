"""Do forecasts keep their promises: whole distributions, and an optimiser's expected return and risk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from portfolio_study.checks import aligned_series, as_series, label
from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.delta_method import SmoothFunction, normal_inference
from portfolio_study.evaluation.inference import ChiSquareTest, Inference, chi_square_test, inference
from portfolio_study.evaluation.long_run import long_run_variance, newey_west_lags


def pit_normal(actual: Any, mean: Any, sd: Any) -> pd.Series:
    """Probability integral transform of normal forecasts, Phi((x - mean) / sd), uniform if they are right.

    Parameters
    ----------
    actual, mean, sd : Series, shape (T,)
        Realised values, forecast means and forecast standard deviations (positive).

    Raises
    ------
    DataError
        For NaN, different dates or a standard deviation that is not positive.
    """
    x, m, s = _with_sd(actual, mean, sd)
    return pd.Series(special.ndtr((x - m) / s), index=x.index, name="pit")


def log_score(actual: Any, mean: Any, sd: Any) -> pd.Series:
    r"""Log density of normal forecasts at the outcome, :math:`-\tfrac12 \ln 2\pi s^2 - (x-m)^2/2s^2`.

    Larger is better; minus this is a loss for ``diebold_mariano``.

    Parameters
    ----------
    actual, mean, sd : Series, shape (T,)
        As in ``pit_normal``.

    References
    ----------
    Amisano, G. and Giacomini, R. (2007). Comparing density forecasts via weighted likelihood ratio
    tests. Journal of Business and Economic Statistics 25, 177-190.
    """
    x, m, s = _with_sd(actual, mean, sd)
    score = -0.5 * np.log(2 * np.pi * s**2) - (x - m) ** 2 / (2 * s**2)
    return score.rename("log_score")


def berkowitz(pit: Any) -> ChiSquareTest:
    r"""Likelihood ratio test that transforms are independent and uniform.

    With :math:`z_t = \Phi^{-1}(u_t)` the test compares :math:`z_t = c + \rho z_{t-1} + e_t`,
    :math:`e \sim N(0, s^2)`, with c = 0, rho = 0, s = 1, given the first value:

    .. math:: LR = \sum_{t \ge 2} z_t^2 - n - n \ln \hat s^2 \sim \chi^2(3), \qquad n = T - 1

    Parameters
    ----------
    pit : Series or array, shape (T,)
        Probability integral transforms of one-step forecasts, in time order. Values that rounded to
        0 or 1 are read as the nearest number inside.

    Raises
    ------
    DataError
        For values outside [0, 1], NaN or fewer than 12 values.

    References
    ----------
    Berkowitz, J. (2001). Testing density forecasts, with applications to risk management. Journal
    of Business and Economic Statistics 19, 465-474.
    """
    u = _transforms(pit)
    z = special.ndtri(np.clip(u, np.finfo(float).tiny, 1 - np.finfo(float).epsneg))
    design = np.column_stack([np.ones(len(z) - 1), z[:-1]])
    coefficients = np.linalg.lstsq(design, z[1:], rcond=None)[0]
    n = len(z) - 1
    variance = float(np.mean((z[1:] - design @ coefficients) ** 2))
    if variance <= 1e-24:
        raise EstimationError("the transforms do not vary: the test is not defined")
    statistic = float((z[1:] ** 2).sum() - n - n * np.log(variance))
    return chi_square_test(max(statistic, 0.0), 3, n, "Berkowitz")


def pit_uniformity(pit: Any) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance of the transforms from the uniform law, and its p-value.

    The p-value assumes independent transforms; ``berkowitz`` tests that too.
    """
    result = stats.kstest(_transforms(pit), "uniform")
    return float(result.statistic), float(result.pvalue)


@dataclass(frozen=True)
class Promise:
    """What an optimiser promised day by day and what came of it; all ratios and rates are annual.

    Attributes
    ----------
    promised_return, realised_return : float
        Mean of the forecasts and of the outcomes, decimals a year.
    promised_volatility, realised_volatility : float
        Root mean forecast variance and standard deviation of the outcomes, decimals a year.
    promised_sharpe : float
        Mean of the daily ratios of forecast mean and forecast volatility.
    promised_sharpe_of_means : float
        Ratio of the mean forecast and the root mean forecast variance: not the same number.
    realised_sharpe : float
        Sharpe ratio of the outcomes.
    return_gap : Inference
        Realised minus promised mean return, decimals a year (Newey-West).
    log_risk_ratio : Inference
        Log of the standard deviation of outcomes in units of their forecast volatility: 0 = the
        promise was kept, 0.1 = risk about 10 % higher than promised (HAC).
    """

    promised_return: float
    realised_return: float
    promised_volatility: float
    realised_volatility: float
    promised_sharpe: float
    promised_sharpe_of_means: float
    realised_sharpe: float
    return_gap: Inference
    log_risk_ratio: Inference


def _log_sd(v: np.ndarray) -> np.ndarray:
    return 0.5 * np.log(v[..., 1] - v[..., 0] ** 2)


def _log_sd_gradient(v: np.ndarray) -> np.ndarray:
    variance = v[..., 1] - v[..., 0] ** 2
    return np.stack([-v[..., 0] / variance, 0.5 / variance], axis=-1)


LOG_SD = SmoothFunction(_log_sd, _log_sd_gradient)


def promised_and_realised(
    promised_mean: Any, promised_sd: Any, realised: Any, periods_per_year: float = 252
) -> Promise:
    """Compare an optimiser's ex-ante means and volatilities with realised portfolio returns.

    Parameters
    ----------
    promised_mean, promised_sd : Series, shape (T,)
        Forecast mean and standard deviation of the portfolio's (excess) return in each period.
    realised : Series, shape (T,)
        The return that followed, same labels.
    periods_per_year : float
        252 for days.

    Raises
    ------
    DataError
        For NaN, different dates, fewer than 12 periods or a volatility that is not positive.
    EstimationError
        If the realised returns do not vary.
    """
    x, m, s = (v.to_numpy() for v in _with_sd(realised, promised_mean, promised_sd, 12))
    n, k = len(x), periods_per_year
    if x.std() == 0:
        raise EstimationError("the realised returns do not vary")
    lags = newey_west_lags(n)
    gap_se = float(np.sqrt(long_run_variance(x - m, lags) / n))
    gap_name = f"realised minus promised return (Newey-West, {lags} lags)"
    scaled = x / s
    risk = normal_inference(
        np.column_stack([scaled, scaled**2]), LOG_SD, "log of realised over promised risk"
    )
    rms = float(np.sqrt(np.mean(s**2)))
    return Promise(
        promised_return=float(k * m.mean()),
        realised_return=float(k * x.mean()),
        promised_volatility=float(np.sqrt(k) * rms),
        realised_volatility=float(np.sqrt(k) * x.std(ddof=1)),
        promised_sharpe=float(np.sqrt(k) * np.mean(m / s)),
        promised_sharpe_of_means=float(np.sqrt(k) * m.mean() / rms),
        realised_sharpe=float(np.sqrt(k) * x.mean() / x.std(ddof=1)),
        return_gap=inference(float(k * (x - m).mean()), k * gap_se, n, gap_name, degrees=n - 1),
        log_risk_ratio=risk,
    )


def _with_sd(actual: Any, mean: Any, sd: Any, minimum: int = 1) -> tuple[pd.Series, pd.Series, pd.Series]:
    x, m, s = aligned_series(minimum, actual=actual, mean=mean, sd=sd)
    bad = s.to_numpy() <= 0
    if bad.any():
        raise DataError(
            f"the forecast standard deviation at {label(s.index[int(bad.argmax())])} is not positive"
        )
    m, s = m.set_axis(x.index), s.set_axis(x.index)
    return x, m, s


def _transforms(pit: Any) -> np.ndarray:
    u = as_series(pit, "pit", 12).to_numpy()
    if ((u < 0) | (u > 1)).any():
        raise DataError("probability integral transforms must lie between 0 and 1")
    return u
