"""Does an autoregression need normal data? A simulated answer."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import check_count
from portfolio_study.checks.confidence import Z95
from portfolio_study.errors import ParameterError

SHOCKS = ("normal", "Student t (5)", "skewed (chi-square 4)")


def autoregression_with_shocks(
    sizes: tuple[int, ...] = (250, 1000, 4000),
    replications: int = 500,
    coefficient: float = 0.3,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Estimate an AR(1) by Gaussian likelihood although its shocks are not normal.

    .. math:: X_t = \phi X_{t-1} + a_t

    Conditional on the first value, the maximiser of the Gaussian likelihood is least squares. It
    is consistent and asymptotically normal for any independent shocks with finite variance.

    Parameters
    ----------
    sizes : tuple of int
        Lengths T of the series.
    replications : int
        Series for each law and length.
    coefficient : float
        True :math:`\phi`, inside (-1, 1).
    seed : int
        Seed of the random numbers.

    Returns
    -------
    DataFrame
        Columns ``shocks``, ``T``, ``bias``, ``rmse`` (of the estimate) and ``coverage`` (share of
        95 % intervals, estimate +- 1.96 standard errors, that hold the true value).

    Raises
    ------
    ParameterError
        If the coefficient is not stationary or a count is too small.

    References
    ----------
    Brockwell, P. J. and Davis, R. A. (1991). Time Series: Theory and Methods, section 10.8. Springer.
    """
    if not -1 < coefficient < 1:
        raise ParameterError(f"the coefficient must lie inside (-1, 1), got {coefficient!r}")
    check_count(replications, "replications", 2)
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for name in SHOCKS:
        for n in sizes:
            x = _paths(_draw(name, (replications, check_count(n, "size", 20)), rng), coefficient)
            estimate, error = _least_squares(x)
            gap = estimate - coefficient
            rows.append(
                {
                    "shocks": name,
                    "T": n,
                    "bias": float(gap.mean()),
                    "rmse": float(np.sqrt(np.mean(gap**2))),
                    "coverage": float(np.mean(np.abs(gap) <= Z95 * error)),
                }
            )
    return pd.DataFrame(rows)


def _draw(name: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Independent shocks with mean 0 and variance 1."""
    if name == "normal":
        return rng.standard_normal(shape)
    if name == "Student t (5)":
        return rng.standard_t(5, shape) / np.sqrt(5 / 3)
    return (rng.chisquare(4, shape) - 4) / np.sqrt(8)


def _paths(shocks: np.ndarray, coefficient: float) -> np.ndarray:
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, -coefficient], shocks, axis=1))


def _least_squares(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Regress each row on its own lag and a constant; return slopes and standard errors."""
    y, z = x[:, 1:], x[:, :-1]
    y, z = y - y.mean(axis=1, keepdims=True), z - z.mean(axis=1, keepdims=True)
    total = (z**2).sum(axis=1)
    slope = (y * z).sum(axis=1) / total
    variance = ((y - slope[:, None] * z) ** 2).sum(axis=1) / (y.shape[1] - 2)
    return slope, np.sqrt(variance / total)
