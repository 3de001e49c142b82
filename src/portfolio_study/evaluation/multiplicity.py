"""Several tests at once: p-values that keep the chance of any false discovery at the stated level."""

from typing import overload

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError


@overload
def holm(p_values: pd.Series) -> pd.Series: ...
@overload
def holm(p_values: np.ndarray | list[float]) -> np.ndarray: ...
def holm(p_values: pd.Series | np.ndarray | list[float]) -> pd.Series | np.ndarray:
    r"""Holm's adjusted p-values: :math:`\tilde p_{(k)} = \max_{j \le k} \min(1, (m - j + 1) p_{(j)})`.

    Valid under any dependence between the tests, and never less powerful than Bonferroni.

    Parameters
    ----------
    p_values : Series or array, shape (m,)
        Raw p-values.

    Returns
    -------
    Series or ndarray, shape (m,)
        Adjusted p-values in the order given.

    Raises
    ------
    DataError
        If a value is NaN or outside [0, 1].

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6, 65-70.
    """
    p = _probabilities(p_values)
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return _like(p_values, adjusted)


@overload
def benjamini_hochberg(p_values: pd.Series) -> pd.Series: ...
@overload
def benjamini_hochberg(p_values: np.ndarray | list[float]) -> np.ndarray: ...
def benjamini_hochberg(p_values: pd.Series | np.ndarray | list[float]) -> pd.Series | np.ndarray:
    r"""Benjamini-Hochberg's adjusted p-values, which bound the expected share of false discoveries.

    .. math:: \tilde p_{(k)} = \min_{j \ge k} \min(1, m\, p_{(j)} / j)

    Raises
    ------
    DataError
        If a value is NaN or outside [0, 1].

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.03, 0.5])
    array([0.04, 0.04, 0.04, 0.5 ])
    """
    p = _probabilities(p_values)
    m = len(p)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, m + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return _like(p_values, adjusted)


def _probabilities(values: pd.Series | np.ndarray | list[float]) -> np.ndarray:
    p = np.asarray(values, dtype=float)
    if p.ndim != 1 or not len(p) or not ((p >= 0) & (p <= 1)).all():
        raise DataError("p-values must be a non-empty list of numbers between 0 and 1, without NaN")
    return p


def _like(given: pd.Series | np.ndarray | list[float], values: np.ndarray) -> pd.Series | np.ndarray:
    return pd.Series(values, index=given.index) if isinstance(given, pd.Series) else values
