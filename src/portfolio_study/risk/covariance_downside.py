"""Covariances of losses only."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, as_returns
from portfolio_study.errors import CovarianceError, ParameterError


def semicovariance(returns: ArrayLike | pd.DataFrame, benchmark: float = 0.0) -> Labelled:
    r"""Return Estrada's matrix :math:`\frac1T\sum_t \min(r_{it} - B, 0)\min(r_{jt} - B, 0)`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    benchmark : float
        Return B below which a return counts as a loss.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N positive semi-definite matrix. Its diagonal holds semivariances.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable, or an asset never falls below the benchmark.
    ParameterError
        The benchmark is not a finite number.

    References
    ----------
    Paper 002; Estrada, J. (2008), Journal of Applied Finance 18(1), 57-72.
    """
    if not np.isfinite(benchmark):
        raise ParameterError(f"benchmark must be a finite number, got {benchmark!r}")
    checked = as_returns(returns)
    losses = np.minimum(checked.matrix - benchmark, 0.0)
    if not (losses < 0).any(axis=0).all():
        safe = int(np.flatnonzero(~(losses < 0).any(axis=0))[0])
        name = safe if checked.labels is None else repr(checked.labels[safe])
        raise CovarianceError(f"asset {name} never falls below {benchmark:g}: its semivariance is zero")
    return checked.label(losses.T @ losses / checked.length)
