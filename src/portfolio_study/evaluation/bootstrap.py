"""Block bootstraps: resample blocks of dates, so that dependence over time survives."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_frames, aligned_series, as_frame, as_series, check_count
from portfolio_study.checks.confidence import LEVEL
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.inference import Inference, detectable_effect

SCHEMES = ("circular", "stationary")
_CHUNK = 4_000_000  # resampled dates held in memory at once


def block_length(n: int) -> int:
    """Default (mean) block length, round(T^(1/3)): fixed by the length of the sample alone.

    The optimal length grows at this rate; see ``automatic_block_length`` for the data-driven one.
    """
    return max(1, round(n ** (1 / 3)))


def automatic_block_length(values: Any, scheme: str = "stationary") -> float:
    """Data-driven (mean) block length of Politis and White, from ``arch``.

    Parameters
    ----------
    values : Series or array, shape (T,)
        The series whose mean is bootstrapped, e.g. a loss difference.
    scheme : str
        ``"circular"`` or ``"stationary"``.

    References
    ----------
    Politis, D. N. and White, H. (2004). Automatic block-length selection for the dependent
    bootstrap. Econometric Reviews 23, 53-70; correction by Patton, Politis and White (2009).

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=1000)
    >>> persistent = np.convolve(noise, np.ones(20), mode="valid")
    >>> round(automatic_block_length(noise)), round(automatic_block_length(persistent))
    (1, 32)
    """
    from arch.bootstrap import optimal_block_length

    _check_scheme(scheme)
    x = as_series(values, "values", 10)
    return float(max(1.0, optimal_block_length(x.to_numpy())[scheme].iloc[0]))


def circular_indices(starts: np.ndarray, block: int, n: int) -> np.ndarray:
    """Indices of circular blocks: ``starts[..., j], starts[..., j] + 1, ...`` modulo n, cut to n entries.

    Parameters
    ----------
    starts : ndarray of int, shape (..., k)
        First index of each block, k * block >= n.
    block : int
        Block length.
    n : int
        Length of the sample.

    Returns
    -------
    ndarray of int, shape (..., n)

    References
    ----------
    Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for stationary
    data. In: Exploring the Limits of Bootstrap, Wiley, 263-270.
    """
    starts = np.asarray(starts)
    indices = (starts[..., None] + np.arange(block)) % n
    return indices.reshape(*starts.shape[:-1], -1)[..., :n]


def stationary_indices(n: int, block: float, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Indices of the stationary bootstrap: blocks of geometric length with mean ``block``.

    Parameters
    ----------
    n, draws : int
        Length of the sample and number of resamples.
    block : float
        Mean block length, >= 1.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (draws, n)

    References
    ----------
    Politis, D. N. and Romano, J. P. (1994). The stationary bootstrap. Journal of the American
    Statistical Association 89, 1303-1313.
    """
    fresh = generator.random((draws, n)) < 1 / block
    starts = generator.integers(n, size=(draws, n))
    position = np.arange(n)
    # The last fresh start at or before each position; the first position always starts a block.
    begun = np.maximum.accumulate(np.where(fresh, position, 0), axis=1)
    return (np.take_along_axis(starts, begun, axis=1) + position - begun) % n


def resamples(n: int, block: float, draws: int, seed: int, scheme: str = "circular") -> Iterator[np.ndarray]:
    """Yield arrays of resampled indices, shape (some draws, n), ``draws`` rows in all.

    The same arguments give the same indices, whatever is computed from them, so that several
    statistics can be compared on the same resampled dates.

    Raises
    ------
    ParameterError
        For a block length outside [1, n] or fewer than one draw.
    UnknownNameError
        If the scheme is neither ``circular`` nor ``stationary``.
    """
    _check_scheme(scheme)
    check_count(draws, "draws")
    if not 1 <= block <= n:
        raise ParameterError(f"block must lie between 1 and the {n} dates of the sample, got {block}")
    generator = np.random.default_rng(seed)
    chunk = max(1, _CHUNK // n)
    for first in range(0, draws, chunk):
        size = min(chunk, draws - first)
        if scheme == "stationary":
            yield stationary_indices(n, block, size, generator)
        else:
            length = int(block)
            starts = generator.integers(n, size=(size, -(-n // length)))
            yield circular_indices(starts, length, n)


def resampled_means(
    values: np.ndarray, block: float, draws: int, seed: int, scheme: str = "circular"
) -> np.ndarray:
    """Means of block resamples, all columns on the same dates.

    Parameters
    ----------
    values : ndarray, shape (T, k)
        One row for each date.
    block : float
        (Mean) block length; whole numbers for the circular scheme.
    draws, seed : int
        Number of resamples and seed.
    scheme : str
        ``"circular"`` or ``"stationary"``.

    Returns
    -------
    ndarray, shape (draws, k)
    """
    x = np.asarray(values, dtype=float)
    n, k = x.shape
    means = np.empty((draws, k))
    done = 0
    if scheme == "circular" and 1 <= block <= n and draws >= 1:
        # Sums of blocks are differences of running sums: k * T / block additions a draw.
        length, generator = int(block), np.random.default_rng(seed)
        centre = x.mean(axis=0)
        running = np.zeros((2 * n + 1, k))
        np.cumsum(np.concatenate([x, x]) - centre, axis=0, out=running[1:])
        blocks = -(-n // length)
        tail = n - (blocks - 1) * length
        chunk = max(1, _CHUNK // n)
        for first in range(0, draws, chunk):
            size = min(chunk, draws - first)
            starts = generator.integers(n, size=(size, blocks))
            ends = starts + length
            ends[:, -1] = starts[:, -1] + tail
            for j in range(k):
                column = running[:, j]
                means[first : first + size, j] = (column[ends] - column[starts]).sum(axis=1) / n + centre[j]
        return means
    for indices in resamples(n, block, draws, seed, scheme):
        # How often each date was drawn; a product with the counts adds all columns in one pass.
        size = len(indices)
        flat = (indices + n * np.arange(size)[:, None]).ravel()
        counts = np.bincount(flat, minlength=size * n).reshape(size, n)
        means[done : done + size] = counts @ x / n
        done += size
    return means


def bootstrap_of_means(
    values: np.ndarray,
    function: Callable[[np.ndarray], np.ndarray],
    *,
    null: float,
    method: str,
    block: float | None = None,
    draws: int = 2000,
    seed: int = 0,
    scheme: str = "stationary",
    level: float = LEVEL,
) -> Inference:
    """Percentile interval and test of a smooth function of column means.

    Parameters
    ----------
    values : ndarray, shape (T, k)
        One row for each date.
    function : callable
        Maps means of shape (..., k) to numbers of shape (...).
    null : float
        Value under the null hypothesis; p = twice the smaller share of resamples on either side of it.
    method : str
        Name of the result.
    block, draws, seed, scheme
        See ``resampled_means``; the default block is ``block_length(T)``.
    level : float
        1 - confidence of the interval; a share of 5 % where several intervals are to hold together.

    Raises
    ------
    EstimationError
        If the statistic does not vary over the resamples or is not finite.
    """
    n = len(values)
    block = block_length(n) if block is None else block
    estimate = float(function(values.mean(axis=0)))
    sample = np.asarray(function(resampled_means(values, block, draws, seed, scheme)))
    if not (np.isfinite(estimate) and np.isfinite(sample).all()):
        raise EstimationError(f"{method}: the statistic is not finite; is a denominator zero?")
    se = float(sample.std(ddof=1)) if draws > 1 else 0.0
    if se <= 1e-14 * max(abs(estimate), abs(null)):
        raise EstimationError(
            f"{method}: the statistic does not vary over resamples; are the series identical?"
        )
    low, high = np.quantile(sample, [level / 2, 1 - level / 2])
    side = min((sample <= null).sum(), (sample >= null).sum())
    return Inference(
        estimate=estimate,
        se=se,
        statistic=(estimate - null) / se,
        p_value=float(min(1.0, 2 * (side + 1) / (draws + 1))),
        interval=(float(low), float(high)),
        n=n,
        detectable=detectable_effect(se),
        method=f"{method} ({scheme} bootstrap, block {block:g}, {draws} draws)",
    )


def bootstrap_mean(
    values: Any,
    *,
    block: float | None = None,
    draws: int = 2000,
    seed: int = 0,
    scheme: str = "stationary",
) -> Inference:
    """Mean of a series, or of a table clustered by date, with a block bootstrap interval.

    It confirms ``diebold_mariano`` and ``pooled_diebold_mariano`` without a choice of lags.

    Parameters
    ----------
    values : Series (T,) or DataFrame (T, N)
        E.g. loss differences; whole dates are resampled.
    block, draws, seed, scheme
        See ``resampled_means``.

    Raises
    ------
    EstimationError
        If the means of the dates do not vary.

    Examples
    --------
    >>> gain = np.random.default_rng(0).normal(0.002, 0.01, 500)
    >>> found = bootstrap_mean(gain, block=10, draws=2000, seed=1)
    >>> round(found.estimate, 4), [round(bound, 4) for bound in found.interval]
    (0.0017, [0.001, 0.0025])
    """
    if isinstance(values, pd.DataFrame):
        dates = as_frame(values, "values", 8).to_numpy().mean(axis=1)
    else:
        dates = as_series(values, "values", 8).to_numpy()
    options = {"block": block, "draws": draws, "seed": seed, "scheme": scheme}
    return bootstrap_of_means(dates[:, None], lambda means: means[..., 0], null=0.0, method="mean", **options)  # type: ignore[arg-type]


def loss_ratio(
    loss_a: Any,
    loss_b: Any,
    *,
    root: bool = False,
    block: float | None = None,
    draws: int = 2000,
    seed: int = 0,
    scheme: str = "stationary",
) -> Inference:
    """Ratio of mean losses of a and b with a block bootstrap interval; below one, a is better.

    Tables (T x N) are pooled, and whole dates are resampled: units on one date share its shocks.

    Parameters
    ----------
    loss_a, loss_b : Series (T,) or DataFrame (T, N)
        Losses on the same dates.
    root : bool
        Take the square root of the ratio: squared errors in, ratio of RMSE out.
    block, draws, seed, scheme
        See ``resampled_means``.

    Raises
    ------
    DataError
        For NaN or different labels.
    EstimationError
        If the losses are proportional or the mean loss of b is zero.
    """
    if isinstance(loss_a, pd.DataFrame):
        a, b = aligned_frames(8, loss_a=loss_a, loss_b=loss_b)
        values = np.column_stack([a.mean(axis=1), b.mean(axis=1)])
    else:
        x, y = aligned_series(8, loss_a=loss_a, loss_b=loss_b)
        values = np.column_stack([x, y])
    if values[:, 1].mean() == 0:
        raise EstimationError("the mean of loss_b is zero: the ratio is not defined")

    def ratio(means: np.ndarray) -> np.ndarray:
        value = means[..., 0] / means[..., 1]
        return np.sqrt(value) if root else value

    name = "ratio of root mean losses" if root else "ratio of mean losses"
    return bootstrap_of_means(
        values, ratio, null=1.0, method=name, block=block, draws=draws, seed=seed, scheme=scheme
    )


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise UnknownNameError("bootstrap scheme", scheme, SCHEMES)
