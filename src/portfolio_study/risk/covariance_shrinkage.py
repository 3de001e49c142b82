"""Linear shrinkage of the sample covariance towards a target with less noise.

All of these follow the published estimators and use the maximum-likelihood sample
covariance (divisor T). scikit-learn provides the identity target and OAS.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, Matrix, ReturnPanel, Vector, as_returns
from portfolio_study.errors import UnknownNameError

TARGETS = ("identity", "single_index", "constant_correlation", "oas")


def ledoit_wolf(returns: ArrayLike | pd.DataFrame) -> Labelled:
    r"""Shrink towards a multiple of the identity: :math:`(1-\delta)S + \delta\,\mathrm{tr}(S)/N\,I`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period, always invertible.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.

    References
    ----------
    Ledoit, O. and Wolf, M. (2004), "A well-conditioned estimator for large-dimensional
    covariance matrices", Journal of Multivariate Analysis 88(2), 365-411. Papers 001, 002.
    """
    return _shrunk(as_returns(returns), "identity")[0]


def oas(returns: ArrayLike | pd.DataFrame) -> Labelled:
    """Shrink towards a multiple of the identity with the oracle approximating intensity.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period, always invertible.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.

    References
    ----------
    Chen, Y., Wiesel, A., Eldar, Y. C. and Hero, A. O. (2010), "Shrinkage algorithms for MMSE
    covariance estimation", IEEE Transactions on Signal Processing 58(10), 5016-5029.
    """
    return _shrunk(as_returns(returns), "oas")[0]


def ledoit_wolf_single_index(returns: ArrayLike | pd.DataFrame) -> Labelled:
    r"""Shrink towards the one-factor matrix of the equally weighted market.

    The target is :math:`\beta\beta'\sigma_m^2` off the diagonal and the sample variances on it.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.

    References
    ----------
    Ledoit, O. and Wolf, M. (2003), "Improved estimation of the covariance matrix of stock
    returns with an application to portfolio selection", Journal of Empirical Finance 10(5),
    603-621.
    """
    return _shrunk(as_returns(returns), "single_index")[0]


def ledoit_wolf_constant_correlation(returns: ArrayLike | pd.DataFrame) -> Labelled:
    r"""Shrink towards the matrix with sample variances and one average correlation.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.

    Notes
    -----
    The authors' code and this function use divisor T throughout; PyPortfolioOpt 1.6.0
    mixes divisors T and T - 1 and therefore finds a slightly different intensity.

    References
    ----------
    Ledoit, O. and Wolf, M. (2004), "Honey, I shrunk the sample covariance matrix", Journal of
    Portfolio Management 30(4), 110-119.
    """
    return _shrunk(as_returns(returns), "constant_correlation")[0]


def shrinkage_intensity(returns: ArrayLike | pd.DataFrame, target: str = "identity") -> float:
    r"""Return the weight :math:`\delta` of the target in a shrinkage estimate.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    target : {"identity", "single_index", "constant_correlation", "oas"}
        Shrinkage target.

    Returns
    -------
    float
        Between 0 (sample covariance) and 1 (target).

    Raises
    ------
    UnknownNameError
        There is no such target.
    DataError, CovarianceError
        The returns are not usable.

    Examples
    --------
    >>> returns = np.random.default_rng(0).normal(0, 0.01, (60, 20))
    >>> round(shrinkage_intensity(returns), 2), round(shrinkage_intensity(returns[:, :5]), 2)
    (0.87, 0.81)
    """
    if target not in TARGETS:
        raise UnknownNameError("shrinkage target", target, TARGETS)
    return _shrunk(as_returns(returns), target)[1]


def _shrunk(returns: ReturnPanel, target: str) -> tuple[Labelled, float]:
    """Shrunk covariance and the weight of the target."""
    if target in ("identity", "oas"):
        from sklearn import covariance

        engine = covariance.ledoit_wolf if target == "identity" else covariance.oas
        matrix, delta = engine(returns.matrix)
        return returns.label(matrix), float(delta)
    x = returns.centred
    s = x.T @ x / returns.length
    prior, covered = (_single_index if target == "single_index" else _constant_correlation)(x, s)
    noise = (x**2).T @ (x**2) / returns.length - s**2
    distance = float(((s - prior) ** 2).sum())
    delta = 1.0 if distance == 0.0 else float(np.clip((noise.sum() - covered) / distance / len(x), 0.0, 1.0))
    return returns.label(delta * prior + (1.0 - delta) * s), delta


def _single_index(x: Matrix, s: Matrix) -> tuple[Matrix, float]:
    """One-factor target and the summed asymptotic covariance between target and sample."""
    length = len(x)
    market = x.mean(axis=1)
    variance = float(market @ market) / length
    beta: Vector = x.T @ market / length / variance
    prior = variance * np.outer(beta, beta)
    np.fill_diagonal(prior, s.diagonal())
    scaled = x * market[:, None]
    with_beta = (x**2).T @ scaled / length - variance * beta[:, None] * s
    with_market = scaled.T @ scaled / length - variance * s
    own = float((((x**2) ** 2).mean(axis=0) - s.diagonal() ** 2).sum())
    first = with_beta * beta
    second = with_market * np.outer(beta, beta)
    return prior, own + 2.0 * _off_diagonal(first) - _off_diagonal(second)


def _constant_correlation(x: Matrix, s: Matrix) -> tuple[Matrix, float]:
    """Constant-correlation target and its summed asymptotic covariance with the sample."""
    length, size = x.shape
    sigma = np.sqrt(s.diagonal())
    average = (float((s / np.outer(sigma, sigma)).sum()) - size) / (size * (size - 1))
    prior = average * np.outer(sigma, sigma)
    np.fill_diagonal(prior, s.diagonal())
    own = float((((x**2) ** 2).mean(axis=0) - s.diagonal() ** 2).sum())
    theta = (x**3).T @ x / length - s.diagonal()[:, None] * s
    return prior, own + average * _off_diagonal(theta * np.outer(1.0 / sigma, sigma))


def _off_diagonal(matrix: Matrix) -> float:
    return float(matrix.sum() - np.trace(matrix))
