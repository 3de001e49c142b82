"""Do losses exceed value at risk as often as promised, and not in clusters? Coverage tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import xlogy

from portfolio_study.checks import aligned_series, as_series
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.evaluation.inference import ChiSquareTest, chi_square_test


@dataclass(frozen=True)
class CoverageTests:
    """Coverage of a value at risk.

    Attributes
    ----------
    rate : float
        Share of periods with a loss beyond the value at risk.
    probability : float
        The promised share.
    violations, n : int
        Number of violations and of periods.
    unconditional : ChiSquareTest
        Kupiec's test: the rate equals the promise.
    independence : ChiSquareTest
        Christoffersen's test: a violation today says nothing about tomorrow.
    conditional : ChiSquareTest
        Both at once.
    """

    rate: float
    probability: float
    violations: int
    n: int
    unconditional: ChiSquareTest
    independence: ChiSquareTest
    conditional: ChiSquareTest


def violations(returns: Any, value_at_risk: Any) -> pd.Series:
    """Mark the periods whose loss exceeds the value at risk (a positive loss, decimals): r < -VaR."""
    r, v = aligned_series(1, returns=returns, value_at_risk=value_at_risk)
    if (v.to_numpy() < 0).any():
        raise DataError("value_at_risk must be a loss, given as a positive number")
    return pd.Series(r.to_numpy() < -v.to_numpy(), index=r.index, name="violation")


def kupiec(hits: Any, probability: float) -> ChiSquareTest:
    r"""Likelihood ratio test that violations have the promised frequency.

    .. math:: LR = -2 \ln \frac{(1-p)^{T-x} p^x}{(1-\hat p)^{T-x} \hat p^x} \sim \chi^2(1), \quad \hat p = x/T

    Parameters
    ----------
    hits : Series or array of bool, shape (T,)
        Violations.
    probability : float
        Promised frequency p, e.g. 0.05.

    References
    ----------
    Kupiec, P. (1995). Techniques for verifying the accuracy of risk measurement models. Journal of
    Derivatives 3(2), 73-84.
    """
    x = _hits(hits, probability)
    n, k = len(x), int(x.sum())
    statistic = 2 * (_bernoulli(k, n - k, k / n) - _bernoulli(k, n - k, probability))
    return chi_square_test(max(statistic, 0.0), 1, n, f"Kupiec coverage ({probability:g})")


def christoffersen_independence(hits: Any) -> ChiSquareTest:
    r"""Likelihood ratio test that violations follow no first-order Markov chain.

    .. math:: LR = 2 \ln
              \frac{(1-\pi_{01})^{n_{00}} \pi_{01}^{n_{01}} (1-\pi_{11})^{n_{10}} \pi_{11}^{n_{11}}}
              {(1-\pi)^{n_{00}+n_{10}} \pi^{n_{01}+n_{11}}} \sim \chi^2(1)

    It sees clusters of violations on consecutive days, and has little power against slow changes of
    volatility. Without any violation there is nothing to cluster: the statistic is 0 and p is 1.

    References
    ----------
    Christoffersen, P. F. (1998). Evaluating interval forecasts. International Economic Review 39,
    841-862.
    """
    x = _hits(hits, 0.5)
    before, now = x[:-1], x[1:]
    n11, n10 = int((before & now).sum()), int((before & ~now).sum())
    n01, n00 = int((~before & now).sum()), int((~before & ~now).sum())
    free = _bernoulli(n01, n00) + _bernoulli(n11, n10)
    statistic = 2 * (free - _bernoulli(n01 + n11, n00 + n10))
    return chi_square_test(max(statistic, 0.0), 1, len(x) - 1, "Christoffersen independence")


def coverage_tests(returns: Any, value_at_risk: Any, probability: float) -> CoverageTests:
    """Kupiec's and Christoffersen's tests of a value at risk forecast.

    Parameters
    ----------
    returns : Series, shape (T,)
        Realised returns, decimals per period.
    value_at_risk : Series, shape (T,)
        Forecast loss that is exceeded with the given probability, positive decimals.
    probability : float
        E.g. 0.05.

    Raises
    ------
    ParameterError
        If the probability is not inside (0, 1).
    DataError
        For NaN, different dates or fewer than 20 periods.
    """
    hits = violations(returns, value_at_risk)
    unconditional, independence = kupiec(hits, probability), christoffersen_independence(hits)
    total = unconditional.statistic + independence.statistic
    return CoverageTests(
        rate=float(hits.mean()),
        probability=probability,
        violations=int(hits.sum()),
        n=len(hits),
        unconditional=unconditional,
        independence=independence,
        conditional=chi_square_test(total, 2, len(hits), "Christoffersen conditional coverage"),
    )


def _bernoulli(ones: int, zeros: int, probability: float | None = None) -> float:
    """Log-likelihood of counts, at their own frequency by default; 0 log 0 = 0."""
    total = ones + zeros
    p = (ones / total if total else 0.0) if probability is None else probability
    return float(xlogy(ones, p) + xlogy(zeros, 1 - p))


def _hits(hits: Any, probability: float) -> np.ndarray:
    _probability(probability)
    x = as_series(hits, "hits", 20).to_numpy()
    if not np.isin(x, (0.0, 1.0)).all():
        raise DataError("hits must be booleans (True = violation)")
    return x.astype(bool)


def _probability(probability: float) -> None:
    if not 0 < probability < 1:
        raise ParameterError(f"probability must lie between 0 and 1, got {probability!r}")
