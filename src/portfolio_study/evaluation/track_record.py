"""How much a single Sharpe ratio proves: luck, fat tails and the number of strategies tried."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from portfolio_study.checks import as_series, check_count
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import EstimationError, ParameterError
from portfolio_study.evaluation.delta_method import SmoothFunction, normal_inference
from portfolio_study.evaluation.inference import TWO_SIDED, Inference
from portfolio_study.evaluation.sharpe import annualised, excess


def _ratio_value(v: np.ndarray) -> np.ndarray:
    return v[..., 0] / np.sqrt(v[..., 1] - v[..., 0] ** 2)


def _ratio_gradient(v: np.ndarray) -> np.ndarray:
    cubed = (v[..., 1] - v[..., 0] ** 2) ** 1.5
    return np.stack([v[..., 1] / cubed, -v[..., 0] / (2 * cubed)], axis=-1)


SHARPE = SmoothFunction(_ratio_value, _ratio_gradient)


def sharpe_inference(
    returns: Any,
    risk_free: Any = 0.0,
    periods_per_year: float = 1,
    *,
    lags: int | None = None,
    kernel: str = "parzen",
    alternative: str = TWO_SIDED,
) -> Inference:
    """Sharpe ratio with a HAC standard error, tested against zero.

    Parameters
    ----------
    returns : Series or array, shape (T,)
        Simple returns, decimals per period.
    risk_free : float or Series
        Net risk-free rate per period.
    periods_per_year : float
        252 gives the annual ratio of daily returns.
    lags, kernel
        HAC options, default Andrews' automatic lags with the Parzen kernel; 0 lags is Mertens'
        formula for independent returns.
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.

    Raises
    ------
    EstimationError
        If the returns do not vary.

    References
    ----------
    Lo, A. W. (2002). The statistics of Sharpe ratios. Financial Analysts Journal 58, 36-52.
    """
    as_series(returns, "returns", 12)
    x = excess(returns, risk_free, "returns", periods_per_year)
    if x.std() <= 1e-14 * np.abs(x).max(initial=0.0):
        raise EstimationError("the returns do not vary: no Sharpe ratio")
    moments = np.column_stack([x, x**2])
    result = normal_inference(
        moments, SHARPE, "Sharpe ratio", lags=lags, kernel=kernel, alternative=alternative
    )
    return annualised(result, np.sqrt(periods_per_year))


def probabilistic_sharpe(
    sharpe: float, n: int, skewness: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0
) -> float:
    r"""Probability that the true Sharpe ratio exceeds a benchmark.

    .. math:: PSR = \Phi\!\left(\frac{(SR - SR^*)\sqrt{T-1}}
              {\sqrt{1 - \gamma_3 SR + \tfrac{\gamma_4 - 1}{4} SR^2}}\right)

    Parameters
    ----------
    sharpe, benchmark : float
        **Per-period** ratios (not annual).
    n : int
        Number of periods T.
    skewness, kurtosis : float
        Of the returns; Pearson kurtosis, 3 for the normal law.

    Raises
    ------
    ParameterError
        If the moments are impossible (kurtosis below 1 + skewness^2).

    References
    ----------
    Bailey, D. H. and Lopez de Prado, M. (2012). The Sharpe ratio efficient frontier. Journal of
    Risk 15, 3-44.
    """
    check_count(n, "n", 2)
    scale = _sharpe_variance(sharpe, skewness, kurtosis)
    return float(special.ndtr((sharpe - benchmark) * np.sqrt((n - 1) / scale)))


def minimum_track_record_length(
    sharpe: float,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    benchmark: float = 0.0,
    level: float = 1 - LEVEL,
) -> float:
    r"""Number of periods after which a Sharpe ratio is above the benchmark at the given confidence.

    .. math:: 1 + \left[1 - \gamma_3 SR + \tfrac{\gamma_4 - 1}{4} SR^2\right]
              \left(\frac{z_{level}}{SR - SR^*}\right)^2

    Parameters
    ----------
    sharpe, benchmark : float
        Per-period ratios.
    skewness, kurtosis : float
        Of the returns; Pearson kurtosis.
    level : float
        Confidence.

    Raises
    ------
    ParameterError
        If the ratio does not exceed the benchmark: then no record is long enough.

    References
    ----------
    Bailey and Lopez de Prado (2012), see ``probabilistic_sharpe``.
    """
    if not sharpe > benchmark:
        raise ParameterError(f"no record is long enough: the ratio {sharpe} is not above {benchmark}")
    if not 0 < level < 1:
        raise ParameterError(f"level must lie between 0 and 1, got {level!r}")
    scale = _sharpe_variance(sharpe, skewness, kurtosis)
    return float(1 + scale * (special.ndtri(level) / (sharpe - benchmark)) ** 2)


def expected_maximum_sharpe(trials: int, variance: float = 1.0) -> float:
    r"""Expected best Sharpe ratio among strategies that are all worthless.

    .. math:: \sqrt{V}\left[(1 - \gamma)\,\Phi^{-1}(1 - \tfrac1N)
              + \gamma\,\Phi^{-1}(1 - \tfrac{1}{Ne})\right], \quad \gamma = 0.5772

    Parameters
    ----------
    trials : int
        Number N of (independent) strategies that were compared, at least 2.
    variance : float
        Variance of their Sharpe ratios, in squared units of the ratio.

    References
    ----------
    Bailey, D. H. and Lopez de Prado, M. (2014). The deflated Sharpe ratio. Journal of Portfolio
    Management 40(5), 94-107.
    """
    check_count(trials, "trials", 2)
    if not variance >= 0:
        raise ParameterError(f"variance must not be negative, got {variance!r}")
    quantile = special.ndtri(1 - 1 / trials)
    further = special.ndtri(1 - 1 / (trials * np.e))
    return float(np.sqrt(variance) * ((1 - np.euler_gamma) * quantile + np.euler_gamma * further))


def deflated_sharpe(
    sharpe: float,
    n: int,
    trials: int,
    variance: float,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Probability that a Sharpe ratio chosen as the best of several beats what luck alone would give.

    It is ``probabilistic_sharpe`` against ``expected_maximum_sharpe(trials, variance)``.

    Parameters
    ----------
    sharpe : float
        Per-period ratio of the chosen strategy.
    n : int
        Number of periods.
    trials : int
        Number of strategies compared **on their Sharpe ratios**.
    variance : float
        Variance of the trials' per-period ratios.
    skewness, kurtosis : float
        Of the chosen strategy's returns; Pearson kurtosis.

    References
    ----------
    Bailey and Lopez de Prado (2014), see ``expected_maximum_sharpe``.
    """
    return probabilistic_sharpe(sharpe, n, skewness, kurtosis, expected_maximum_sharpe(trials, variance))


@dataclass(frozen=True)
class TrackRecord:
    """What a series of returns proves about its Sharpe ratio.

    Attributes
    ----------
    sharpe : float
        Annual Sharpe ratio.
    skewness, kurtosis : float
        Of the excess returns; Pearson kurtosis.
    probabilistic : float
        Probability that the true ratio is above the benchmark.
    deflated : float
        Probability that it is above the best of the trials by luck.
    luck : float
        That best ratio, annual.
    years_needed : float
        Length of record that would prove a ratio above the benchmark at 95 %; infinite when it is
        not above it.
    n : int
        Number of periods.
    """

    sharpe: float
    skewness: float
    kurtosis: float
    probabilistic: float
    deflated: float
    luck: float
    years_needed: float
    n: int


def track_record(
    returns: Any,
    trial_sharpes: Any,
    *,
    risk_free: Any = 0.0,
    periods_per_year: float = 252,
    benchmark: float = 0.0,
) -> TrackRecord:
    """Judge one strategy's returns, given the Sharpe ratios of all strategies it was chosen from.

    Parameters
    ----------
    returns : Series or array, shape (T,)
        Simple returns of the strategy, decimals per period.
    trial_sharpes : sequence of float
        **Annual** ratios of all strategies compared, the chosen one included, at least 2.
    risk_free : float or Series
        Net risk-free rate per period.
    periods_per_year : float
        252 for days.
    benchmark : float
        Annual ratio to exceed.
    """
    as_series(returns, "returns", 12)
    trials = as_series(list(trial_sharpes), "trial_sharpes", 2).to_numpy()
    x = excess(returns, risk_free, "returns", periods_per_year)
    z = x - x.mean()
    m2 = float(np.mean(z**2))
    if m2 == 0:
        raise EstimationError("the returns do not vary: no Sharpe ratio")
    skewness, kurtosis = float(np.mean(z**3) / m2**1.5), float(np.mean(z**4) / m2**2)
    scale, n = float(np.sqrt(periods_per_year)), len(x)
    ratio = float(x.mean() / x.std(ddof=1))
    variance = float(np.var(trials / scale, ddof=1))
    needed = np.inf
    if ratio > benchmark / scale:
        length = minimum_track_record_length(ratio, skewness, kurtosis, benchmark / scale)
        needed = length / periods_per_year
    return TrackRecord(
        sharpe=ratio * scale,
        skewness=skewness,
        kurtosis=kurtosis,
        probabilistic=probabilistic_sharpe(ratio, n, skewness, kurtosis, benchmark / scale),
        deflated=deflated_sharpe(ratio, n, len(trials), variance, skewness, kurtosis),
        luck=expected_maximum_sharpe(len(trials), variance) * scale,
        years_needed=float(needed),
        n=n,
    )


def _sharpe_variance(sharpe: float, skewness: float, kurtosis: float) -> float:
    if kurtosis < 1 + skewness**2 - 1e-9:
        raise ParameterError(
            f"kurtosis {kurtosis} is below 1 + skewness^2 = {1 + skewness**2:.4g}: give Pearson kurtosis "
            "(3 for the normal law), not excess kurtosis"
        )
    return 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2
