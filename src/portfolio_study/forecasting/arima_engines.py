"""The two engines of the rolling ARIMA behind one interface: windows in, named columns out."""

import numpy as np

DIAGNOSTICS = ("p_ar", "p_ma", "kurtosis", "likelihood_ratio")
FLAGS = ("constant_window", "not_converged", "failed")
_BLOCK = 2**16  # windows whose diagnostics are worked out at once: some 200 MiB


def stacked_windows(values: np.ndarray, window: int, rows: np.ndarray) -> np.ndarray:
    """Data behind each forecast.

    Parameters
    ----------
    values : ndarray, shape (T, N)
        Returns.
    window : int
        Returns in each fit.
    rows : ndarray of int, shape (D,)
        Rows to forecast, each at least ``window``.

    Returns
    -------
    ndarray, shape (D * N, window)
        Date by date, within a date ticker by ticker.
    """
    view = np.lib.stride_tricks.sliding_window_view(values, window, axis=0)
    return view[rows - window].reshape(-1, window)


def fit_batched(
    values: np.ndarray, window: int, rows: np.ndarray, diagnostics: bool = False
) -> dict[str, np.ndarray]:
    """Fit ARMA(1,1) to all windows with the compiled kernel.

    Parameters
    ----------
    values, window, rows
        As for `stacked_windows`.
    diagnostics : bool
        Also return the columns ``DIAGNOSTICS``.

    Returns
    -------
    dict of ndarray, shape (D * N,)
        ``mean``, ``loglik``, ``mu``, ``phi``, ``theta``, ``sigma2`` and the columns ``FLAGS``.
    """
    from portfolio_study.forecasting import arma_kernel as kernel
    from portfolio_study.forecasting.arma_inference import arma_inference

    if len(rows) == len(values) - window:
        result = kernel.fit_windows(values.T, window).transpose(1, 0, 2).reshape(-1, kernel.COLUMNS)
    else:
        result = kernel.fit_windows(stacked_windows(values, window, rows), window, last=True)[:, 0]
    status = result[:, kernel.STATUS]
    constant = status == kernel.CONSTANT
    table = {
        "mean": result[:, kernel.FORECAST],
        "loglik": result[:, kernel.LOGLIK],
        "mu": result[:, kernel.MU],
        "phi": result[:, kernel.PHI],
        "theta": result[:, kernel.THETA],
        "sigma2": result[:, kernel.SIGMA2],
        "constant_window": constant,
        "not_converged": status == kernel.NOT_CONVERGED,
        "failed": np.zeros(len(result), dtype=bool),
    }
    if diagnostics:
        parameters = result[:, [kernel.MU, kernel.PHI, kernel.THETA, kernel.SIGMA2]]
        view = np.lib.stride_tricks.sliding_window_view(values, window, axis=0)
        names, moving = ("p_ar", "p_ma", "kurtosis"), np.flatnonzero(~constant)
        table |= {name: np.full(len(result), np.nan) for name in names}
        for first in range(0, len(moving), _BLOCK):
            some = moving[first : first + _BLOCK]
            dates, tickers = np.divmod(some, values.shape[1])
            found = arma_inference(view[rows[dates] - window, tickers], parameters[some])
            for name in names:
                table[name][some] = getattr(found, name)
        table["likelihood_ratio"] = 2 * (result[:, kernel.LOGLIK] - result[:, kernel.LOGLIK_NOISE])
    return table


def fit_reference(
    values: np.ndarray, window: int, rows: np.ndarray, order: tuple[int, int, int]
) -> dict[str, np.ndarray]:
    """Fit ARIMA(p, 0, q) to all windows with statsmodels.

    Parameters
    ----------
    values, window, rows
        As for `fit_batched`.
    order : tuple of int
        (p, 0, q).

    Returns
    -------
    dict of ndarray, shape (D * N,)
        As for `fit_batched` with diagnostics, and the columns of ``coefficient_names`` for phi and theta.
    """
    from portfolio_study.forecasting import arima_statsmodels as reference

    windows = stacked_windows(values, window, rows)
    result = reference.fit_statsmodels(windows, order)
    status = result[:, reference.STATUS]
    table = {
        "mean": result[:, reference.FORECAST],
        "loglik": result[:, reference.LOGLIK],
        "mu": result[:, reference.MU],
        "sigma2": result[:, reference.SIGMA2],
        "constant_window": status == reference.CONSTANT,
        "not_converged": status == reference.NOT_CONVERGED,
        "failed": status == reference.FAILED,
    }
    for k, name in enumerate(coefficient_names(order[0], order[2])):
        table[name] = result[:, reference.FIXED + k]
    table["p_ar"], table["p_ma"] = result[:, reference.P_AR], result[:, reference.P_MA]
    table["kurtosis"] = result[:, reference.KURTOSIS]
    table["likelihood_ratio"] = 2 * (result[:, reference.LOGLIK] - noise_loglik(windows))
    return table


def coefficient_names(p: int, q: int) -> list[str]:
    """Names of the AR and MA coefficients: ``phi``, ``theta``; numbered for other orders than (1, 1)."""
    if (p, q) == (1, 1):
        return ["phi", "theta"]
    return [f"phi{k + 1}" for k in range(p)] + [f"theta{k + 1}" for k in range(q)]


def noise_loglik(windows: np.ndarray) -> np.ndarray:
    """Highest Gaussian log-likelihood of white noise with a mean in each window; NaN for constant windows.

    Parameters
    ----------
    windows : ndarray, shape (K, n)
        Data.

    Returns
    -------
    ndarray, shape (K,)
    """
    variance = windows.var(axis=1)
    usable = np.ptp(windows, axis=1) > 0
    loglik = np.full(len(windows), np.nan)
    loglik[usable] = -0.5 * windows.shape[1] * (np.log(2 * np.pi * variance[usable]) + 1)
    return loglik
