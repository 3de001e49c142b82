"""Long-run variances: the error of a mean when its terms are correlated over time."""

import numpy as np

from portfolio_study.checks import check_count
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError

KERNELS = ("bartlett", "parzen", "rectangular")


def newey_west_lags(n: int) -> int:
    """Rule of thumb for the number of lags, floor(4 (n/100)^(2/9)).

    It depends on the length of the sample only, so it is fixed before any result is seen.

    References
    ----------
    Newey, W. K. and West, K. D. (1994). Automatic lag selection in covariance matrix
    estimation. Review of Economic Studies 61, 631-653.
    """
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def kernel_weights(kernel: str, lags: int) -> np.ndarray:
    """Weights of the autocovariances 1..L.

    Bartlett: 1 - x; Parzen: 1 - 6x^2 + 6x^3 up to x = 1/2 and 2(1 - x)^3 beyond, with x = k/(L+1);
    rectangular: 1.

    Raises
    ------
    UnknownNameError
        If the kernel is not one of ``bartlett``, ``parzen``, ``rectangular``.
    """
    if kernel not in KERNELS:
        raise UnknownNameError("kernel", kernel, KERNELS)
    x = np.arange(1, lags + 1) / (lags + 1)
    if kernel == "bartlett":
        return 1 - x
    if kernel == "parzen":
        return np.where(x <= 0.5, 1 - 6 * x**2 + 6 * x**3, 2 * (1 - x) ** 3)
    return np.ones(lags)


def long_run_covariance(moments: np.ndarray, lags: int, kernel: str = "bartlett") -> np.ndarray:
    r"""Heteroskedasticity- and autocorrelation-consistent covariance of root-T times a mean.

    .. math:: \Psi = \Gamma_0 + \sum_{k=1}^{L} w_k (\Gamma_k + \Gamma_k'), \qquad
              \Gamma_k = \frac1T \sum_{t>k} (m_t - \bar m)(m_{t-k} - \bar m)'

    Parameters
    ----------
    moments : ndarray, shape (T, k)
        One row for each period.
    lags : int
        Number L of autocovariances, 0 <= L < T.
    kernel : str
        ``bartlett`` (Newey-West), ``parzen`` or ``rectangular`` (Diebold-Mariano).

    Returns
    -------
    ndarray, shape (k, k)
        The covariance of the mean is this divided by T.

    References
    ----------
    Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity
    and autocorrelation consistent covariance matrix. Econometrica 55, 703-708.
    """
    values = np.asarray(moments, dtype=float)
    if values.ndim != 2:
        raise ParameterError(f"moments must be a table (T x k), got shape {values.shape}")
    n = len(values)
    check_count(lags, "lags", 0, n - 1)
    centred = values - values.mean(axis=0)
    total = centred.T @ centred / n
    for k, weight in enumerate(kernel_weights(kernel, lags), start=1):
        gamma = centred[k:].T @ centred[:-k] / n
        total = total + weight * (gamma + gamma.T)
    return total


def long_run_variance(values: np.ndarray, lags: int, kernel: str = "bartlett") -> float:
    """Long-run variance of one series, see ``long_run_covariance``; shape (T,) in, a number out.

    Raises
    ------
    EstimationError
        If it is not positive: the series is constant, or the rectangular kernel came out negative.
    """
    x = np.asarray(values, dtype=float)
    variance = float(long_run_covariance(x[:, None], lags, kernel)[0, 0])
    # A constant leaves rounding errors of its own size squared: that is no variance.
    if variance <= 1e-28 * max(float(np.mean(x**2)), np.finfo(float).tiny):
        if float(np.ptp(x)) > 1e-12 * float(np.abs(x).max(initial=0.0)):
            raise EstimationError(
                f"the {kernel} long-run variance with {lags} lags is not positive: use the bartlett kernel"
            )
        raise EstimationError(
            "the series does not vary: the two inputs are identical or differ by a constant"
        )
    return variance


def automatic_lags(moments: np.ndarray, kernel: str = "parzen") -> int:
    r"""Andrews' plug-in bandwidth from first-order autoregressions of the moments.

    The bandwidth is :math:`S = 1.1447 (\alpha_1 T)^{1/3}` (Bartlett) or
    :math:`2.6614 (\alpha_2 T)^{1/5}` (Parzen), where the alphas weigh the autoregressions of the
    k moments by their inverse variances; L = ceil(S) - 1, so that the last weight is positive.

    Parameters
    ----------
    moments : ndarray, shape (T, k)
        One row for each period; constant columns are left out.
    kernel : str
        ``bartlett`` or ``parzen``.

    Raises
    ------
    UnknownNameError
        For the rectangular kernel, which has no such rule.

    References
    ----------
    Andrews, D. W. K. (1991). Heteroskedasticity and autocorrelation consistent covariance
    matrix estimation. Econometrica 59, 817-858, equations (6.2) and (6.4).
    """
    if kernel not in ("bartlett", "parzen"):
        raise UnknownNameError("kernel with an automatic bandwidth", kernel, ("bartlett", "parzen"))
    x = np.asarray(moments, dtype=float)
    n = len(x)
    x = x - x.mean(axis=0)
    x = x[:, (x**2).mean(axis=0) > 0]
    if x.shape[1] == 0 or n < 4:
        return 0
    x = x / x.std(axis=0)
    before, now = x[:-1], x[1:]
    rho = np.clip((before * now).sum(axis=0) / (before**2).sum(axis=0), -0.97, 0.97)
    sigma4 = ((now - rho * before) ** 2).mean(axis=0) ** 2
    weight = (sigma4 / (1 - rho) ** 4).sum()
    if kernel == "bartlett":
        alpha = (4 * rho**2 * sigma4 / ((1 - rho) ** 6 * (1 + rho) ** 2)).sum() / weight
        bandwidth = 1.1447 * (alpha * n) ** (1 / 3)
    else:
        alpha = (4 * rho**2 * sigma4 / (1 - rho) ** 8).sum() / weight
        bandwidth = 2.6614 * (alpha * n) ** (1 / 5)
    return int(min(max(np.ceil(bandwidth) - 1, 0), n // 2))
