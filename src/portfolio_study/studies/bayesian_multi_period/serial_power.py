"""How often the joint test of weekly autocorrelations finds an autocorrelation that is there."""

import numpy as np
from scipy import special
from scipy.signal import lfilter

from portfolio_study.checks import check_count

ALPHA, BETA = 0.1, 0.85
"""GARCH(1,1) of the shocks: how a week's square and the last variance pass on."""
DEGREES_OF_FREEDOM = 6
BURN_IN = 200


def serial_power(
    phi: float, weeks: int, level: float, lags: int = 5, samples: int = 1000, seed: int = 0
) -> float:
    r"""Share of simulated AR(1) series in which the robust joint test rejects.

    .. math:: r_t = \phi r_{t-1} + e_t, \qquad Q = \sum_{k=1}^{K} \hat\rho_k^2 / \tau_k

    with shocks :math:`e_t` of a GARCH(1,1) with Student's t, as weekly returns of shares have them, and
    the test of `portfolio_study.evaluation.dependence.dependence_table`.

    Parameters
    ----------
    phi : float
        The autocorrelation that is there.
    weeks : int
        Length of each series.
    level : float
        Level of the test.
    lags : int
        Autocorrelations that are tested jointly.
    samples : int
        Simulated series.
    seed : int

    Raises
    ------
    ParameterError
        If a count is too small.
    """
    check_count(weeks, "weeks", 4 * check_count(lags, "lags", 1))
    rng = np.random.default_rng(seed)
    draws = rng.standard_t(DEGREES_OF_FREEDOM, (BURN_IN + weeks, check_count(samples, "samples", 1)))
    draws *= np.sqrt(1 - 2 / DEGREES_OF_FREEDOM)  # unit variance
    variance, shocks = np.ones(samples), np.empty_like(draws)
    for t, draw in enumerate(draws):
        shocks[t] = np.sqrt(variance) * draw
        variance = 1 - ALPHA - BETA + ALPHA * shocks[t] ** 2 + BETA * variance
    x = lfilter([1.0], [1.0, -phi], shocks, axis=0)[BURN_IN:]
    return float((robust_p(x, lags) < level).mean())


def robust_p(x: np.ndarray, lags: int) -> np.ndarray:
    """P-values of the test for every column of an array (T, N)."""
    x = x - x.mean(axis=0)
    pairs = [x[k:] * x[:-k] for k in range(1, lags + 1)]
    statistic = sum(pair.sum(axis=0) ** 2 / (pair**2).sum(axis=0) for pair in pairs)
    return np.asarray(special.chdtrc(lags, statistic))
