"""Paper 000's ARIMA equations: the model that is meant, the one that is printed, the loop of Algorithm 1."""

import numpy as np

from portfolio_study.errors import ParameterError


def arma_autocorrelations(phi: float, theta: float, lags: int) -> np.ndarray:
    r"""Autocorrelations of ARMA(1,1), ``X_t = c + phi X_(t-1) + a_t + theta a_(t-1)``.

    .. math:: \rho_1 = \frac{(\phi + \theta)(1 + \phi\theta)}{1 + 2\phi\theta + \theta^2}, \qquad
              \rho_k = \phi\,\rho_{k-1}

    Parameters
    ----------
    phi, theta : float
        AR and MA coefficient, ``|phi| < 1``.
    lags : int
        Largest lag.

    Returns
    -------
    ndarray, shape (lags,)
        Lags 1 .. lags.

    Raises
    ------
    ParameterError
        If ``|phi| >= 1`` or there is no lag.

    References
    ----------
    Box, G. E. P., Jenkins, G. M. and Reinsel, G. C. (2008). Time Series Analysis. 4th edition, Wiley, 3.4.3.
    """
    _check("phi", phi, lags)
    first = (phi + theta) * (1 + phi * theta) / (1 + 2 * phi * theta + theta**2)
    return first * phi ** np.arange(lags)


def printed_autocorrelations(phi: float, theta: float, lags: int) -> np.ndarray:
    r"""Autocorrelations of the process that paper 000 prints.

    Its two lines, ``X_t = c + phi X_(t-1) + eps_t`` and ``eps_t = theta eps_(t-1) + a_t``, multiply to
    ``(1 - phi L)(1 - theta L) X_t = c (1 - theta) + a_t``: an autoregression of order two without any moving
    average.

    .. math:: \rho_1 = \frac{\phi + \theta}{1 + \phi\theta}, \qquad
              \rho_k = (\phi + \theta)\,\rho_{k-1} - \phi\theta\,\rho_{k-2}

    Parameters
    ----------
    phi, theta : float
        The coefficients of the two lines, both inside (-1, 1).
    lags : int
        Largest lag.

    Returns
    -------
    ndarray, shape (lags,)
        Lags 1 .. lags.

    Raises
    ------
    ParameterError
        If a coefficient is not inside (-1, 1) or there is no lag.

    References
    ----------
    Paper 000, section ARIMA, Description.
    """
    _check("phi", phi, lags)
    _check("theta", theta, lags)
    rho = [1.0, (phi + theta) / (1 + phi * theta)]
    while len(rho) <= lags:
        rho.append((phi + theta) * rho[-1] - phi * theta * rho[-2])
    return np.array(rho[1 : lags + 1])


def partial_autocorrelations(rho: np.ndarray) -> np.ndarray:
    """Partial autocorrelations that belong to autocorrelations (Durbin-Levinson recursion).

    Parameters
    ----------
    rho : ndarray, shape (K,)
        Autocorrelations at lags 1 .. K.

    Returns
    -------
    ndarray, shape (K,)
    """
    found, weights = np.empty(len(rho)), np.empty(0)
    for k in range(len(rho)):
        past = rho[:k]
        found[k] = (rho[k] - weights @ past[::-1]) / (1 - weights @ past)
        weights = np.append(weights - found[k] * weights[::-1], found[k])
    return found


def windows_of_algorithm(rows: int, window: int = 50) -> int:
    """Run the loop of paper 000's Algorithm 1 and count its forecasts.

    The indices are the paper's, from one: the window is start .. end, the forecast is for end + 1, and the
    loop runs while end is smaller than the number of rows.

    Parameters
    ----------
    rows : int
        Length of the data set.
    window : int
        First end index.

    Returns
    -------
    int
        rows - window, or 0.
    """
    start, end, predictions = 1, window, 0
    while end < rows:
        predictions += 1
        start, end = start + 1, end + 1
    return predictions


def _check(name: str, value: float, lags: int) -> None:
    if not -1 < value < 1:
        raise ParameterError(f"{name} must lie between -1 and 1, got {value!r}")
    if lags < 1:
        raise ParameterError(f"lags must be at least 1, got {lags!r}")
