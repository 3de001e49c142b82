"""Covariances with a cleaned spectrum: statistical factors, clipped and corrected eigenvalues."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, Matrix, ReturnPanel, Vector, as_returns
from portfolio_study.errors import ParameterError


def _moments(returns: ReturnPanel) -> tuple[Matrix, Vector]:
    """Sample correlation matrix and volatilities."""
    x = returns.centred
    s = x.T @ x / (returns.length - 1)
    sigma = np.sqrt(s.diagonal())
    correlation = s / np.outer(sigma, sigma)
    np.fill_diagonal(correlation, 1.0)
    return correlation, sigma


def statistical_factor(returns: ArrayLike | pd.DataFrame, factors: int = 1) -> Labelled:
    r"""Keep the first K principal components of the sample covariance and uncorrelated residuals.

    :math:`\hat\Sigma = F + \mathrm{diag}(S - F)` with :math:`F = \sum_{k \le K}\lambda_k v_k v_k'`.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    factors : int
        K, from 1 to N - 1.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period with the sample variances on its diagonal.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        K is out of range.

    References
    ----------
    Papers 001 and 002; Chan, L., Karceski, J. and Lakonishok, J. (1999), "On portfolio
    optimization: forecasting covariances and choosing the risk model", Review of Financial
    Studies 12(5), 937-974.
    """
    checked = as_returns(returns)
    if not 1 <= factors < checked.size:
        raise ParameterError(f"factors must lie between 1 and N - 1 = {checked.size - 1}, got {factors}")
    x = checked.centred
    s = x.T @ x / (checked.length - 1)
    values, vectors = np.linalg.eigh(s)
    common = (vectors[:, -factors:] * values[-factors:]) @ vectors[:, -factors:].T
    residual = np.maximum((s - common).diagonal(), 1e-8 * s.diagonal())
    np.fill_diagonal(common, common.diagonal() + residual)
    return checked.label(common)


def noise_edge(observations: int, assets: int) -> float:
    r"""Return the largest eigenvalue of pure noise, :math:`(1 + \sqrt{N/T})^2` (Marchenko-Pastur).

    Raises
    ------
    ParameterError
        Not positive numbers.
    """
    if observations < 1 or assets < 1:
        raise ParameterError(f"needs positive T and N, got {observations} and {assets}")
    return (1.0 + (assets / observations) ** 0.5) ** 2


def eigenvalue_clipping(returns: ArrayLike | pd.DataFrame) -> Labelled:
    r"""Replace the eigenvalues of the correlation matrix below the noise edge by their average.

    The cleaned matrix is scaled back to a unit diagonal and then to the sample volatilities.

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
    Paper 001; Laloux, L., Cizeau, P., Bouchaud, J.-P. and Potters, M. (1999), "Noise dressing
    of financial correlation matrices", Physical Review Letters 83(7), 1467-1470; Bun, J.,
    Bouchaud, J.-P. and Potters, M. (2017), "Cleaning large correlation matrices", Physics
    Reports 666, 1-109.
    """
    checked = as_returns(returns)
    correlation, sigma = _moments(checked)
    values, vectors = np.linalg.eigh(correlation)
    noise = values < noise_edge(checked.length, checked.size)
    if noise.any():
        values = np.where(noise, values[noise].mean(), values)
    cleaned = (vectors * values) @ vectors.T
    unit = np.sqrt(cleaned.diagonal())
    return checked.label(cleaned * np.outer(sigma / unit, sigma / unit))


def spike_inverse(eigenvalue: ArrayLike, ratio: float) -> Vector:
    r"""Return the true eigenvalue behind a sample eigenvalue that stands out of unit noise.

    Inverts :math:`\lambda = \ell(1 + c/(\ell - 1))`:
    :math:`\ell = \tfrac12\left(\lambda + 1 - c + \sqrt{(\lambda + 1 - c)^2 - 4\lambda}\right)` for
    :math:`\lambda > (1 + \sqrt c)^2`.

    Parameters
    ----------
    eigenvalue : float or array-like
        Sample eigenvalues above the noise edge.
    ratio : float
        c = N/T.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ParameterError
        An eigenvalue lies below the noise edge.

    References
    ----------
    Paper 002; Baik, J. and Silverstein, J. (2006), "Eigenvalues of large sample covariance
    matrices of spiked population models", Journal of Multivariate Analysis 97(6), 1382-1408.
    """
    lam = np.asarray(eigenvalue, dtype=float)
    if ratio <= 0 or np.any(lam < (1.0 + ratio**0.5) ** 2 * (1.0 - 1e-12)):
        raise ParameterError(f"eigenvalues must lie above the noise edge (1 + sqrt({ratio:g}))^2")
    half = lam + 1.0 - ratio
    return np.asarray((half + np.sqrt(np.maximum(half**2 - 4.0 * lam, 0.0))) / 2.0)


def spectral_correction(
    returns: ArrayLike | pd.DataFrame, ridge: float = 0.0, noise: float | None = None
) -> Labelled:
    r"""Correct the spiked eigenvalues of the correlation matrix, flatten the rest, add a ridge.

    Eigenvalues above the noise edge are inverted by ``spike_inverse`` in units of the noise
    variance; the others become the noise variance. The text names the method without its
    constants, so this is a labelled completion: the noise variance is the average of the
    eigenvalues that are not spikes (found by iteration) and the ridge is the caller's.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns.
    ridge : float
        Added to every eigenvalue of the correlation matrix.
    noise : float, optional
        Noise variance of the correlation matrix; default estimated.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period with the sample variances on its diagonal.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        A negative ridge or a noise variance that is not positive.

    References
    ----------
    Paper 002 (spectrally corrected and regularised minimum variance); Baik, J. and Silverstein,
    J. (2006), Journal of Multivariate Analysis 97(6), 1382-1408.
    """
    checked = as_returns(returns)
    if ridge < 0 or (noise is not None and noise <= 0):
        raise ParameterError(f"ridge must not be negative and noise positive, got {ridge!r} and {noise!r}")
    correlation, sigma = _moments(checked)
    values, vectors = np.linalg.eigh(correlation)
    ratio = checked.size / checked.length
    level = _noise_level(values, ratio) if noise is None else noise
    spikes = values > level * noise_edge(checked.length, checked.size)
    corrected = np.full(checked.size, level)
    corrected[spikes] = level * spike_inverse(values[spikes] / level, ratio)
    cleaned = (vectors * (corrected + ridge)) @ vectors.T
    unit = np.sqrt(cleaned.diagonal())
    return checked.label(cleaned * np.outer(sigma / unit, sigma / unit))


def _noise_level(values: Vector, ratio: float) -> float:
    """Average of the eigenvalues that are not spikes, with the edge scaled by that average."""
    edge, level = (1.0 + ratio**0.5) ** 2, float(values.mean())
    for _ in range(len(values)):
        inside = values[values <= level * edge]
        updated = float(inside.mean()) if len(inside) else level
        if updated == level or updated <= 0.0:
            break
        level = updated
    return level
