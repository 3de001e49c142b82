"""Covariance estimators by name, and the sample covariance that the others are measured against."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, as_returns, require_full_rank
from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.risk.covariance_downside import semicovariance
from portfolio_study.risk.covariance_mrcd import minimum_regularised_covariance_determinant
from portfolio_study.risk.covariance_robust import minimum_covariance_determinant, shrinkage_tyler, tyler
from portfolio_study.risk.covariance_shrinkage import (
    ledoit_wolf,
    ledoit_wolf_constant_correlation,
    ledoit_wolf_single_index,
    oas,
)
from portfolio_study.risk.covariance_sparse import clime_covariance
from portfolio_study.risk.covariance_spectral import (
    eigenvalue_clipping,
    spectral_correction,
    statistical_factor,
)
from portfolio_study.risk.covariance_weighted import (
    ewma_covariance,
    forgetting_covariance,
    time_varying_factor,
)


def sample_covariance(returns: ArrayLike | pd.DataFrame, allow_singular: bool = False) -> Labelled:
    r"""Return the unbiased sample covariance :math:`S = \sum_t (r_t - \bar r)(r_t - \bar r)'/(T - 1)`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, decimals per period.
    allow_singular : bool
        Also return a matrix that cannot be inverted because T < N + 1.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable, or there are too few for an invertible matrix.
    """
    checked = as_returns(returns)
    if not allow_singular:
        require_full_rank(checked, "sample covariance")
    x = checked.centred
    return checked.label(x.T @ x / (checked.length - 1))


ESTIMATORS: dict[str, Callable[..., Labelled]] = {
    "sample": sample_covariance,
    "ledoit_wolf": ledoit_wolf,
    "ledoit_wolf_single_index": ledoit_wolf_single_index,
    "ledoit_wolf_constant_correlation": ledoit_wolf_constant_correlation,
    "oas": oas,
    "tyler": tyler,
    "shrinkage_tyler": shrinkage_tyler,
    "mcd": minimum_covariance_determinant,
    "mrcd": minimum_regularised_covariance_determinant,
    "factor": statistical_factor,
    "clipping": eigenvalue_clipping,
    "spectral": spectral_correction,
    "clime": clime_covariance,
    "ewma": ewma_covariance,
    "forgetting": forgetting_covariance,
    "time_varying_factor": time_varying_factor,
    "semicovariance": semicovariance,
}
"""Name of an estimator (see `portfolio_study.checks.estimators`) -> its function.

The functions are imported, not looked up by name, so that a stored result knows the code behind it.
"""


def estimator(method: str) -> Callable[..., Labelled]:
    """Return the function of a named estimator.

    Raises
    ------
    UnknownNameError
        There is no estimator of this name.
    """
    if method not in ESTIMATORS:
        raise UnknownNameError("covariance estimator", method, ESTIMATORS)
    return ESTIMATORS[method]


def estimate_covariance(
    returns: ArrayLike | pd.DataFrame, method: str = "sample", **options: Any
) -> Labelled:
    """Estimate a covariance matrix with a named method.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N simple returns, decimals per period, oldest first.
    method : str
        One of ``ESTIMATORS``.
    **options
        Parameters of that estimator, e.g. ``decay=0.97`` for ``ewma``.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period, labelled as the columns of the returns.

    Raises
    ------
    UnknownNameError
        There is no such estimator.
    ParameterError
        The estimator has no such option, or its value makes no sense.
    DataError, CovarianceError
        The returns cannot be used; with too few of them the message lists the estimators
        that still work.

    Examples
    --------
    >>> import numpy as np
    >>> returns = np.random.default_rng(0).normal(0, 0.01, (250, 3))
    >>> estimate_covariance(returns, "ledoit_wolf").shape
    (3, 3)
    """
    function = estimator(method)
    try:
        return function(returns, **options)
    except TypeError as error:
        if options and "keyword argument" in str(error):
            raise ParameterError(f"estimator {method!r}: {error}") from error
        raise
