"""Inference on smooth functions of means: the delta method and the studentised block bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from portfolio_study.checks import check_count
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import EstimationError, ParameterError
from portfolio_study.evaluation.bootstrap import block_length
from portfolio_study.evaluation.inference import (
    GREATER,
    TWO_SIDED,
    Inference,
    check_alternative,
    detectable_effect,
    inference,
)
from portfolio_study.evaluation.long_run import automatic_lags, long_run_covariance

_CHUNK = 2_000_000


@dataclass(frozen=True)
class SmoothFunction:
    """A function of k means and its gradient.

    Attributes
    ----------
    value : callable
        Maps means of shape (..., k) to numbers of shape (...).
    gradient : callable
        Maps means of shape (..., k) to gradients of shape (..., k).
    """

    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]


def delta_method(
    moments: np.ndarray, function: SmoothFunction, lags: int | None = None, kernel: str = "parzen"
) -> tuple[float, float]:
    r"""Estimate and standard error of f(E m) for dependent rows m.

    .. math:: \hat f = f(\bar m), \qquad s(\hat f) = \sqrt{\nabla f' \hat\Psi \nabla f / T}

    Parameters
    ----------
    moments : ndarray, shape (T, k)
        One row for each period.
    function : SmoothFunction
        f and its gradient.
    lags : int, optional
        Lags of the long-run covariance; default Andrews' automatic choice.
    kernel : str
        ``"parzen"`` or ``"bartlett"``.

    Raises
    ------
    EstimationError
        If f does not depend on the data to first order (identical series).
    """
    n = len(moments)
    mean = moments.mean(axis=0)
    slope = np.asarray(function.gradient(mean))
    if lags is None:
        lags = automatic_lags(moments, kernel)
    variance = float(slope @ long_run_covariance(moments, lags, kernel) @ slope)
    scale = float(((slope * moments) ** 2).mean(axis=0).sum())
    if not variance > 1e-24 * scale:
        raise EstimationError("the compared series are identical or proportional: there is nothing to test")
    return float(function.value(mean)), float(np.sqrt(variance / n))


def studentised_draws(
    moments: np.ndarray, function: SmoothFunction, block: int, draws: int, seed: int
) -> np.ndarray:
    r"""Studentised deviations :math:`(\hat f^* - \hat f) / s(\hat f^*)` of circular block resamples.

    Each resample joins l = floor(T / b) blocks of b periods. Its long-run covariance is that of its
    block sums, :math:`\Psi^* = \frac1l \sum_j \zeta_j \zeta_j'`,
    :math:`\zeta_j = b^{-1/2} \sum_{t \in j} (m^*_t - \bar m^*)`, so that a whole resample needs
    block sums only: differences of running sums.

    Parameters
    ----------
    moments : ndarray, shape (T, k)
        One row for each period.
    function : SmoothFunction
        f and its gradient, vectorised over leading axes.
    block, draws, seed : int
        Block length b, number of resamples, seed.

    Returns
    -------
    ndarray, shape (draws,)

    References
    ----------
    Goetze, F. and Kuensch, H. R. (1996). Second-order correctness of the blockwise bootstrap for
    stationary observations. Annals of Statistics 24, 1914-1933.
    Ledoit, O. and Wolf, M. (2008), section 3.2.2, full reference in ``sharpe_difference``.
    """
    n, k = moments.shape
    mean = moments.mean(axis=0)
    running = np.zeros((n + block, k))
    np.cumsum(np.concatenate([moments, moments[: block - 1]]) - mean, axis=0, out=running[1:])
    sums = running[block:] - running[:-block]  # sums[s] = sum of the block that starts at s
    blocks = n // block
    generator = np.random.default_rng(seed)
    estimate = float(function.value(mean))
    deviations = np.empty(draws)
    chunk = max(1, _CHUNK // (blocks * k))
    for first in range(0, draws, chunk):
        size = min(chunk, draws - first)
        drawn = sums[generator.integers(n, size=(size, blocks))]
        shift = drawn.sum(axis=1) / (blocks * block)
        resampled = mean + shift
        slope = function.gradient(resampled)
        projected = np.einsum("dlk,dk->dl", drawn, slope) - block * (shift * slope).sum(axis=1)[:, None]
        variance = (projected**2).mean(axis=1) / block
        se = np.sqrt(variance / (blocks * block))
        deviations[first : first + size] = (function.value(resampled) - estimate) / se
    return deviations


def bootstrap_inference(
    moments: np.ndarray,
    function: SmoothFunction,
    name: str,
    *,
    lags: int | None = None,
    kernel: str = "parzen",
    block: int | None = None,
    draws: int = 5000,
    seed: int = 0,
    alternative: str = TWO_SIDED,
) -> Inference:
    """Studentised block bootstrap test of f(E m) = 0, with a symmetric interval.

    Parameters
    ----------
    moments, function, lags, kernel
        See ``delta_method``, which gives the standard error of the estimate.
    name : str
        Name of the test.
    block, draws, seed
        See ``studentised_draws``; default block T^(1/3).
    alternative : str
        ``"two-sided"``, ``"greater"`` or ``"less"``.

    Raises
    ------
    ParameterError
        If fewer than 4 blocks fit into the sample.
    """
    check_alternative(alternative)
    n = len(moments)
    block = check_count(block_length(n) if block is None else block, "block")
    if n // block < 4:
        raise ParameterError(f"block must be at most {n // 4} for {n} periods, got {block}")
    check_count(draws, "draws")
    estimate, se = delta_method(moments, function, lags, kernel)
    deviations = studentised_draws(moments, function, block, draws, seed)
    if not np.isfinite(deviations).all():
        raise EstimationError(f"{name}: a resample has no variance; use a longer sample or other blocks")
    statistic = estimate / se
    if alternative == TWO_SIDED:
        extreme = np.abs(deviations) >= abs(statistic)
    else:
        extreme = deviations >= statistic if alternative == GREATER else deviations <= statistic
    half = float(np.quantile(np.abs(deviations), 1 - LEVEL)) * se
    return Inference(
        estimate=estimate,
        se=se,
        statistic=statistic,
        p_value=float((extreme.sum() + 1) / (draws + 1)),
        interval=(estimate - half, estimate + half),
        n=n,
        detectable=detectable_effect(se, alternative=alternative),
        method=f"{name} (studentised circular bootstrap, block {block}, {draws} draws)",
        alternative=alternative,
    )


def normal_inference(
    moments: np.ndarray,
    function: SmoothFunction,
    name: str,
    *,
    lags: int | None = None,
    kernel: str = "parzen",
    alternative: str = TWO_SIDED,
) -> Inference:
    """Normal test of f(E m) = 0 with the delta method's standard error; see ``delta_method``."""
    lags = automatic_lags(moments, kernel) if lags is None else lags
    estimate, se = delta_method(moments, function, lags, kernel)
    return inference(
        estimate, se, len(moments), f"{name} (HAC, {kernel}, {lags} lags)", alternative=alternative
    )
