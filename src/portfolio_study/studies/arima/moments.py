"""Two statistics that are functions of means, with bootstrap intervals: correlation and log kurtosis."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation import Inference
from portfolio_study.evaluation.bootstrap import bootstrap_of_means


def correlation_of(m: np.ndarray) -> np.ndarray:
    """Correlation from the means of x, y, x squared, y squared and xy."""
    found: np.ndarray = (m[..., 4] - m[..., 0] * m[..., 1]) / np.sqrt(
        (m[..., 2] - m[..., 0] ** 2) * (m[..., 3] - m[..., 1] ** 2)
    )
    return found


def log_kurtosis_of(m: np.ndarray) -> np.ndarray:
    """Log of kurtosis over 3, from the first four moments: its interval cannot leave the possible values."""
    variance = m[..., 1] - m[..., 0] ** 2
    fourth = m[..., 3] - 4 * m[..., 0] * m[..., 2] + 6 * m[..., 0] ** 2 * m[..., 1] - 3 * m[..., 0] ** 4
    found: np.ndarray = np.log(fourth / variance**2 / 3)
    return found


def correlate(x: pd.Series, y: pd.Series, method: str, **options: Any) -> Inference:
    """Correlation of two series.

    Parameters
    ----------
    x, y : Series, length T
        Same dates.
    method : str
        Name of the result.
    **options
        Of `bootstrap_of_means`: draws, seed.
    """
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    columns = np.column_stack([x, y, x**2, y**2, x * y])
    return bootstrap_of_means(columns, correlation_of, null=0.0, method=method, **options)


def log_kurtosis(z: pd.Series, **options: Any) -> Inference:
    """Log of kurtosis over 3: zero for normal data.

    Parameters
    ----------
    z : Series, length T
        Standardised residuals.
    **options
        Of `bootstrap_of_means`: draws, seed, level.
    """
    powers = np.column_stack([z**k for k in (1, 2, 3, 4)])
    return bootstrap_of_means(powers, log_kurtosis_of, null=0.0, method="log of kurtosis over 3", **options)
