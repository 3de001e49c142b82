"""The reference engine: statsmodels' ARIMA with its defaults, one window after the other.

Paper 000 fitted its models this way; its numbers are measured with this engine.
"""

import warnings

import numpy as np

from portfolio_study.settings import parallel

_CHUNK = 50  # windows handed to a worker at once

# Columns of the result of fit_statsmodels, before the p AR and q MA coefficients.
MU, SIGMA2, LOGLIK, FORECAST, STATUS, P_AR, P_MA, KURTOSIS = range(8)
FIXED = 8
OK, CONSTANT, NOT_CONVERGED, FAILED = 0.0, 1.0, 2.0, 3.0


def fit_statsmodels(windows: np.ndarray, order: tuple[int, int, int] = (1, 0, 1)) -> np.ndarray:
    """Fit ``ARIMA(x, order=order).fit()`` to every window, on as many processes as the settings allow.

    Parameters
    ----------
    windows : ndarray, shape (K, n)
        Returns in decimals, not rescaled: as in the paper.
    order : tuple
        (p, 0, q).

    Returns
    -------
    ndarray, shape (K, 8 + p + q)
        ``MU``, ``SIGMA2``, ``LOGLIK``, ``FORECAST``, ``STATUS``, p-values of the first AR and MA coefficient
        (NaN if there is none), Pearson kurtosis of the standardised innovations, then the AR and the MA
        coefficients. Where a window is constant or the fit raises, the forecast is the window's mean and the
        status says so.
    """
    from joblib import delayed

    chunks = [windows[k : k + _CHUNK] for k in range(0, len(windows), _CHUNK)]
    parts = parallel()(delayed(_fit_chunk)(chunk, order) for chunk in chunks)
    return np.concatenate(parts) if parts else np.empty((0, FIXED + order[0] + order[2]))


def _fit_chunk(windows: np.ndarray, order: tuple[int, int, int]) -> np.ndarray:
    # Before the filter is set: the import itself switches statsmodels' warnings back on.
    import statsmodels.tsa.arima.model  # noqa: F401

    with warnings.catch_warnings():
        # Poor starting values and stops before convergence are common here; the status counts the latter.
        warnings.simplefilter("ignore")
        return np.stack([_fit_one(window, order) for window in windows])


def _fit_one(window: np.ndarray, order: tuple[int, int, int]) -> np.ndarray:
    from statsmodels.tsa.arima.model import ARIMA

    p, _, q = order
    row = np.full(FIXED + p + q, np.nan)
    row[MU], row[FORECAST] = window.mean(), window.mean()
    row[SIGMA2], row[FIXED:] = 0.0, 0.0
    if np.ptp(window) == 0:
        row[STATUS] = CONSTANT
        return row
    try:
        result = ARIMA(window, order=order).fit()
        forecast = float(result.forecast(1)[0])
    except (np.linalg.LinAlgError, ValueError):
        row[STATUS] = FAILED
        return row
    names = list(result.param_names)
    row[MU], row[SIGMA2] = result.params[names.index("const")], result.params[names.index("sigma2")]
    row[LOGLIK], row[FORECAST] = result.llf, forecast
    row[STATUS] = OK if result.mle_retvals["converged"] else NOT_CONVERGED
    row[FIXED : FIXED + p], row[FIXED + p :] = result.arparams, result.maparams
    if p:
        row[P_AR] = result.pvalues[names.index("ar.L1")]
    if q:
        row[P_MA] = result.pvalues[names.index("ma.L1")]
    row[KURTOSIS] = result.test_normality("jarquebera")[0, 3]
    return row
