r"""Did the income honour the constraint? Coverage of :math:`\phi(\varepsilon)` out of sample.

With canonical weights the income is :math:`\phi(\omega)`, so it misses the
demand at level :math:`\varepsilon` exactly when the rank :math:`\omega` of the
scenario that happened is below :math:`\varepsilon`; the constraint allows that
with probability :math:`\varepsilon` at most.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.preference import Preference, Vector
from portfolio_study.checks.confidence import LEVEL, POWER80, TAIL, Z95, detectable_effect
from portfolio_study.errors import ParameterError

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90)


@dataclass(frozen=True)
class RankTest:
    """A Kolmogorov-type test of ranks against the uniform distribution.

    Attributes
    ----------
    statistic : float
        Largest excess of the share of small ranks over the promise (one-sided) or
        largest distance (two-sided).
    p_value : float
    n : int
    detectable : float
        Excess that the test finds with 80 % power, in the middle of the levels.
    """

    statistic: float
    p_value: float
    n: int
    detectable: float


def _ranks(ranks: Any) -> Vector:
    ranks = np.asarray(ranks, dtype=float)
    if ranks.ndim != 1 or ranks.size == 0 or not np.all((ranks >= 0) & (ranks <= 1)):
        raise ParameterError("ranks must be a vector of numbers between 0 and 1")
    return ranks


def exact_binomial_interval(failures: int, n: int, confidence: float = 1 - LEVEL) -> tuple[float, float]:
    """Clopper-Pearson interval of a probability: two-sided, never too short.

    Parameters
    ----------
    failures, n : int
    confidence : float

    Returns
    -------
    low, high : float
    """
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, failures, n - failures + 1)) if failures else 0.0
    high = float(beta.ppf(1 - tail, failures + 1, n - failures)) if failures < n else 1.0
    return low, high


def coverage_table(
    incomes: Any, preference: Preference, levels: tuple[float, ...] = LEVELS, family: int = 1
) -> pd.DataFrame:
    r"""Promised and observed probability of too little income at several levels.

    Parameters
    ----------
    incomes : array-like, shape (n,)
        Realised incomes of independent months.
    preference : callable
        The demand :math:`\phi`.
    levels : tuple of float
        Levels :math:`\varepsilon`: the income may miss :math:`\phi(\varepsilon)` with that probability.
    family : int
        Intervals that are shown together: each has the confidence 1 - .05/family.

    Returns
    -------
    DataFrame
        Indexed by level: ``demand``, ``months``, ``misses``, ``observed`` (share),
        ``low`` and ``high`` (exact interval), ``p_value`` (exact, one-sided: more
        misses than promised), ``detectable`` (excess found with 80 % power at the level of the family).
    """
    from scipy.stats import binom

    incomes = np.asarray(incomes, dtype=float)
    n, rows = incomes.size, []
    for level in levels:
        demand = float(np.asarray(preference(level)))
        # a rank that equals the level up to rounding honours it
        misses = int(np.sum(incomes < demand * (1 - 1e-12)))
        low, high = exact_binomial_interval(misses, n, 1 - LEVEL / family)
        p_value = float(binom.sf(misses - 1, n, level))
        power80 = detectable_effect(float(np.sqrt(level * (1 - level) / n)), family)
        rows.append((level, demand, n, misses, misses / n, low, high, p_value, power80))
    columns = ["level", "demand", "months", "misses", "observed", "low", "high", "p_value", "detectable"]
    return pd.DataFrame(rows, columns=columns).set_index("level")


def too_many_small_ranks(ranks: Any) -> RankTest:
    r"""Exact one-sided Kolmogorov test of :math:`P\{\omega\le\varepsilon\}\le\varepsilon` at all levels.

    Ranks of a discrete market are larger than uniform when the forecast is
    right, so the test rejects too rarely, never too often.

    Parameters
    ----------
    ranks : array-like, shape (n,)
        Cumulated probability :math:`\omega` of the scenario that happened.

    Returns
    -------
    RankTest
    """
    from scipy.stats import kstest

    ranks = _ranks(ranks)
    result = kstest(ranks, "uniform", alternative="greater", method="exact")
    return RankTest(float(result.statistic), float(result.pvalue), ranks.size, _power80(ranks.size, LEVEL))


def uniform_ranks(ranks: Any, probability: Any, seed: int = 0) -> RankTest:
    r"""Two-sided exact Kolmogorov test of ranks that are spread within their scenario.

    The randomised rank :math:`\omega-V p` with uniform :math:`V` is exactly
    uniform when the forecast is right.

    Parameters
    ----------
    ranks, probability : array-like, shape (n,)
        Cumulated and own probability of the scenario that happened.
    seed : int

    Returns
    -------
    RankTest
    """
    from scipy.stats import kstest

    ranks, own = _ranks(ranks), np.asarray(probability, dtype=float)
    spread = np.clip(ranks - own * np.random.default_rng(seed).random(ranks.size), 0.0, 1.0)
    result = kstest(spread, "uniform", method="exact")
    return RankTest(float(result.statistic), float(result.pvalue), ranks.size, _power80(ranks.size, TAIL))


def _power80(n: int, tail: float) -> float:
    """Excess found with 80 % power: asymptotic critical value plus 0.84 standard deviations at one half."""
    return float((np.sqrt(-np.log(tail) / 2) + (POWER80 - Z95) * 0.5) / np.sqrt(n))


def rank_autocorrelation(ranks: Any) -> tuple[float, float]:
    """First autocorrelation of the ranks and its standard error, 1/sqrt(n), if months are independent."""
    ranks = _ranks(ranks)
    centred = ranks - ranks.mean()
    return float(centred[1:] @ centred[:-1] / (centred @ centred)), float(1 / np.sqrt(ranks.size))
