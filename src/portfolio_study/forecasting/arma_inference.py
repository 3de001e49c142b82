"""Standard errors, p-values and residual kurtosis of ARMA(1,1) fits, for many windows at once.

The innovations ``e_t`` with variances ``sigma2 v_t`` and their derivatives follow from one recursion over
time, carried out for all windows together. The score of one observation,

    dl_t = -1/2 [ v'/v + (2 e e' - e^2 v'/v) / (sigma2 v) ],

gives the information matrix as the outer product of scores (``"opg"``, what statsmodels reports by default)
or as the derivative of their sum (``"hessian"``, the observed information).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from portfolio_study.errors import UnknownNameError

INFORMATION = ("opg", "hessian")
_STEP = 1e-5  # of the differences behind the Hessian, in units of each parameter's scale
_SINGULAR = 1e-13  # smallest eigenvalue of a scaled information matrix whose inverse has digits


@dataclass(frozen=True)
class ArmaInference:
    """Inference for K windows.

    Attributes
    ----------
    se : ndarray, shape (K, 4)
        Standard errors of mu, phi, theta, sigma2; NaN where the information matrix is singular.
    p_ar, p_ma : ndarray, shape (K,)
        Two-sided normal p-values of phi = 0 and theta = 0; NaN where ``defined`` is False. When phi + theta
        is near zero neither parameter is identified and these p-values have the wrong size.
    defined : ndarray of bool, shape (K,)
        Whether the information matrix is positive definite.
    kurtosis : ndarray, shape (K,)
        Pearson kurtosis (normal = 3) of the standardised innovations, biased moments.
    """

    se: np.ndarray
    p_ar: np.ndarray
    p_ma: np.ndarray
    defined: np.ndarray
    kurtosis: np.ndarray


def arma_inference(windows: np.ndarray, parameters: np.ndarray, information: str = "opg") -> ArmaInference:
    """Infer on K ARMA(1,1) fits.

    Parameters
    ----------
    windows : ndarray, shape (K, n)
        Data of each window.
    parameters : ndarray, shape (K, 4)
        mu, phi, theta, sigma2 of each window, in the data's unit; ``|phi| < 1``, ``sigma2 > 0``.
    information : str
        ``"opg"`` or ``"hessian"``.

    Returns
    -------
    ArmaInference

    Raises
    ------
    UnknownNameError
        If the information matrix is neither.

    References
    ----------
    Berndt, E. K., Hall, B. H., Hall, R. E. and Hausman, J. A. (1974). Estimation and inference in nonlinear
    structural models. Annals of Economic and Social Measurement 3, 653-665.
    """
    if information not in INFORMATION:
        raise UnknownNameError("information matrix", information, INFORMATION)
    scale = windows.std(axis=1)
    x = (windows - windows.mean(axis=1)[:, None]) / scale[:, None]
    p = parameters.astype(float).copy()
    p[:, 0] = (p[:, 0] - windows.mean(axis=1)) / scale
    p[:, 3] /= scale**2
    matrix = _outer_products(x, p) if information == "opg" else _observed_information(x, p)
    covariance, defined = _inverse(matrix)
    se = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        p_ar, p_ma = (2 * special.ndtr(-np.abs(p[:, k] / se[:, k])) for k in (1, 2))
    units = np.stack([scale, np.ones_like(scale), np.ones_like(scale), scale**2], axis=1)
    return ArmaInference(se * units, p_ar, p_ma, defined, residual_kurtosis(x, p))


def innovations(windows: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Innovations and their variances in units of the noise.

    Parameters
    ----------
    windows : ndarray, shape (K, n)
        Data.
    parameters : ndarray, shape (K, 4)
        mu, phi, theta, sigma2.

    Returns
    -------
    tuple of ndarray, shape (K, n)
        ``e_t = x_t - E[x_t | past]`` and ``v_t`` with ``Var(e_t) = sigma2 v_t``.
    """
    mu, phi, theta, _ = parameters.T
    y = windows - mu[:, None]
    e, v = np.empty_like(y), np.empty_like(y)
    predicted, d = np.zeros(len(y)), (phi + theta) ** 2 / (1 - phi**2)
    for t in range(y.shape[1]):
        e[:, t], v[:, t] = y[:, t] - predicted, 1 + d
        predicted = phi * y[:, t] + theta * e[:, t] / v[:, t]
        d = theta**2 * d / v[:, t]
    return e, v


def residual_kurtosis(windows: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Pearson kurtosis (normal = 3) of ``e_t / sqrt(v_t)`` for each window, biased moments.

    Parameters
    ----------
    windows : ndarray, shape (K, n)
        Data.
    parameters : ndarray, shape (K, 4)
        mu, phi, theta, sigma2.

    Returns
    -------
    ndarray, shape (K,)
    """
    e, v = innovations(windows, parameters)
    z = e / np.sqrt(v)
    z -= z.mean(axis=1)[:, None]
    return (z**4).mean(axis=1) / (z**2).mean(axis=1) ** 2


def _score_terms(x: np.ndarray, p: np.ndarray) -> list[np.ndarray]:
    """Scores of every observation by mu, phi, theta, sigma2: n arrays of shape (K, 4)."""
    mu, phi, theta, sigma2 = p.T
    k, n = x.shape
    slack, both = 1 - phi**2, phi + theta
    d = both**2 / slack
    d_phi, d_theta = 2 * both / slack + 2 * phi * d / slack, 2 * both / slack
    predicted, zero = np.zeros(k), np.zeros(k)
    predicted_mu, predicted_phi, predicted_theta = zero, zero, zero
    terms = []
    for t in range(n):
        y = x[:, t] - mu
        v, e = 1 + d, y - predicted
        e_mu, e_phi, e_theta = -1 - predicted_mu, -predicted_phi, -predicted_theta
        weight = e / (sigma2 * v)
        excess = (1 - e * weight) / v  # of the variance over the squared innovation
        terms.append(
            np.stack(
                [
                    -weight * e_mu,
                    -0.5 * excess * d_phi - weight * e_phi,
                    -0.5 * excess * d_theta - weight * e_theta,
                    -0.5 * (1 - e * weight) / sigma2,
                ],
                axis=1,
            )
        )
        predicted = phi * y + theta * e / v
        predicted_mu = -phi + theta * e_mu / v
        predicted_phi = y + theta * (e_phi / v - e * d_phi / v**2)
        predicted_theta = e / v + theta * (e_theta / v - e * d_theta / v**2)
        d_phi = theta**2 * d_phi / v**2
        d_theta = 2 * theta * d / v + theta**2 * d_theta / v**2
        d = theta**2 * d / v
    return terms


def _outer_products(x: np.ndarray, p: np.ndarray) -> np.ndarray:
    total = np.zeros((len(x), 4, 4))
    for score in _score_terms(x, p):
        total += score[:, :, None] * score[:, None, :]
    return total


def _observed_information(x: np.ndarray, p: np.ndarray) -> np.ndarray:
    columns = []
    for k in range(4):
        # Near |phi| = 1 the step must stay inside the stationary region.
        step = np.minimum(_STEP, 0.25 * (1 - np.abs(p[:, k]))) if k == 1 else np.full(len(p), _STEP)
        up, down = p.copy(), p.copy()
        up[:, k] += step
        down[:, k] -= step
        difference = sum(_score_terms(x, up)) - sum(_score_terms(x, down))
        columns.append(-difference / (2 * step)[:, None])
    matrix = np.stack(columns, axis=2)
    return 0.5 * (matrix + matrix.transpose(0, 2, 1))


def _inverse(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses of positive definite matrices; NaN and False for the others."""
    diagonal = np.diagonal(matrix, axis1=1, axis2=2)
    defined = np.isfinite(matrix).all(axis=(1, 2)) & (diagonal > 0).all(axis=1)
    scale = np.sqrt(np.where(defined[:, None], diagonal, 1.0))
    scaled = matrix / (scale[:, :, None] * scale[:, None, :])
    scaled[~defined] = np.eye(4)
    defined &= np.linalg.eigvalsh(scaled)[:, 0] > _SINGULAR
    scaled[~defined] = np.eye(4)
    inverse = np.linalg.inv(scaled) / (scale[:, :, None] * scale[:, None, :])
    inverse[~defined] = np.nan
    return inverse, defined
