"""Covariances that forget: exponential weights and locally smooth factor models."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.checks import Labelled, Matrix, Vector, as_returns, require_full_rank
from portfolio_study.errors import CovarianceError, ParameterError


def ewma_covariance(returns: ArrayLike | pd.DataFrame, decay: float = 0.94, start: int = 20) -> Labelled:
    r"""Return the last of :math:`\Sigma_t = \delta\Sigma_{t-1} + (1-\delta)r_t r_t'` (RiskMetrics).

    Means are taken as zero. The recursion starts at the average outer product of the first
    rows and then runs through the remaining ones.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    decay : float
        :math:`\delta` in (0, 1).
    start : int
        Rows that initialise the recursion.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period: the forecast for the day after the last row.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable: T must exceed N and ``start``.
    ParameterError
        The decay or the start is out of range.

    References
    ----------
    Papers 001 and 002; J.P. Morgan/Reuters (1996), RiskMetrics technical document, 4th ed.
    """
    _check_decay(decay)
    checked = as_returns(returns)
    require_full_rank(checked, "exponentially weighted covariance")
    if not 1 <= start <= checked.length:
        raise ParameterError(f"start must lie between 1 and T = {checked.length}, got {start}")
    x = checked.matrix
    first = x[:start].T @ x[:start] / start
    later = x[start:]
    weights = (1.0 - decay) * decay ** np.arange(len(later) - 1, -1, -1.0)
    return checked.label(decay ** len(later) * first + (later * weights[:, None]).T @ later)


def _check_decay(decay: float) -> None:
    if not 0.0 < decay < 1.0:
        raise ParameterError(f"decay must lie strictly between 0 and 1, got {decay!r}")


def forgetting_weights(observations: int, forgetting: float) -> Vector:
    r"""Return weights :math:`\delta^{T-t}` that add up to T, oldest first.

    Raises
    ------
    ParameterError
        The forgetting factor lies outside (0, 1].
    """
    if not 0.0 < forgetting <= 1.0:
        raise ParameterError(f"forgetting must lie in (0, 1], got {forgetting!r}")
    weights = forgetting ** np.arange(observations - 1, -1, -1.0)
    return weights * (observations / weights.sum())


def forgetting_covariance(returns: ArrayLike | pd.DataFrame, forgetting: float = 0.97) -> Labelled:
    r"""Return the weighted covariance whose minimum-variance portfolio is that of recursive least squares.

    Observations get weights :math:`\delta^{T-t}`; means are weighted, too. The weights of
    recursive least squares with forgetting factor :math:`\delta` in the regression form of
    minimum variance are exactly the minimum-variance weights of this matrix.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    forgetting : float
        :math:`\delta` in (0, 1].

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        The forgetting factor is out of range.

    References
    ----------
    Paper 002; Reh, L., Krüger, F. and Liesenfeld, R. (2023), "Predicting the global minimum
    variance portfolio", Journal of Business & Economic Statistics 41(2), 440-452.
    """
    checked = as_returns(returns)
    require_full_rank(checked, "covariance with forgetting")
    share = forgetting_weights(checked.length, forgetting) / checked.length
    x = checked.matrix - share @ checked.matrix
    return checked.label((x * share[:, None]).T @ x / (1.0 - float(share @ share)))


def time_varying_factor(
    returns: ArrayLike | pd.DataFrame,
    factors: int = 1,
    bandwidth: float = 0.5,
    threshold: float = 0.5,
) -> Labelled:
    r"""Return the covariance at the end of the sample from locally weighted principal components.

    Recent observations count more (one-sided Epanechnikov kernel over the last share of the
    sample); K local principal components give the common part, the residual covariances are
    thresholded. The text names the method without constants, so kernel, bandwidth, K and the
    threshold :math:`C\sqrt{\ln N/T_{eff}}` on residual correlations are a labelled completion.

    Parameters
    ----------
    returns : array-like or pandas.DataFrame
        T x N returns, oldest first.
    factors : int
        K, from 1 to N - 1.
    bandwidth : float
        Share of the sample that the kernel covers, in (0, 1].
    threshold : float
        C; it is raised until the matrix is positive definite.

    Returns
    -------
    numpy.ndarray or pandas.DataFrame
        N x N covariance per period.

    Raises
    ------
    DataError, CovarianceError
        The returns are not usable.
    ParameterError
        A parameter is out of range.

    References
    ----------
    Paper 002; Fan, Q., Wu, R., Yang, Y. and Zhong, W. (2024), "Time-varying minimum variance
    portfolio", Journal of Econometrics 239(2), 105339; Fan, J., Liao, Y. and Mincheva, M. (2013),
    "Large covariance estimation by thresholding principal orthogonal complements", Journal of
    the Royal Statistical Society B 75(4), 603-680.
    """
    checked = as_returns(returns)
    if not 1 <= factors < checked.size:
        raise ParameterError(f"factors must lie between 1 and N - 1 = {checked.size - 1}, got {factors}")
    if not 0.0 < bandwidth <= 1.0 or threshold < 0.0:
        raise ParameterError(
            f"bandwidth must lie in (0, 1] and threshold be >= 0: {bandwidth!r}, {threshold!r}"
        )
    age = np.arange(checked.length - 1, -1, -1.0) / (bandwidth * checked.length)
    share = np.maximum(1.0 - age**2, 0.0)
    share /= share.sum()
    x = checked.matrix - share @ checked.matrix
    s = (x * share[:, None]).T @ x
    values, vectors = np.linalg.eigh(s)
    common = (vectors[:, -factors:] * values[-factors:]) @ vectors[:, -factors:].T
    effective = 1.0 / float(share @ share)
    rate = float(np.sqrt(np.log(checked.size) / effective))
    return checked.label(common + _thresholded(s - common, s.diagonal(), rate, threshold))


def _thresholded(residual: Matrix, variance: Vector, rate: float, constant: float) -> Matrix:
    """Soft-threshold residual correlations, harder and harder until the matrix is positive definite."""
    own = np.maximum(residual.diagonal(), 1e-8 * variance)
    scale = np.sqrt(np.outer(own, own))
    correlation = residual / scale
    for _ in range(60):
        kept = np.sign(correlation) * np.maximum(np.abs(correlation) - constant * rate, 0.0)
        np.fill_diagonal(kept, 1.0)
        if np.linalg.eigvalsh(kept)[0] > 1e-6:
            return kept * scale
        constant = max(2.0 * constant, 0.1)
    raise CovarianceError("thresholded residual covariance never became positive definite")
