r"""Covariance matrices of every period: forecast volatilities with the window's correlation.

.. math:: \Sigma_{t+1} = D R D, \qquad D = \mathrm{diag}(\sigma_{t+1})

Paper 000, Algorithm 2, multiplies "the correlation matrix by the forecasted volatilities
elementwise". Read literally this is R with its columns scaled once, not twice: the result is not
symmetric, has volatilities where variances belong, and is not a covariance.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from portfolio_study.checks import (
    aligned_like,
    as_frame,
    as_matrix,
    at_rows,
    check_count,
    label,
    same_assets,
    square_frame,
)
from portfolio_study.errors import CovarianceError, UnknownNameError
from portfolio_study.risk.garch import rolling_garch

Cube = NDArray[np.float64]
_TOLERANCE = 1e-8
_BLOCK = 512  # windows demeaned at once: bounds the memory


def most_assets(window: int) -> int:
    """Return how many assets a covariance matrix of so many returns can carry.

    With as many assets as returns it has no inverse, and just below that its smallest eigenvalues
    are far too small, so that minimum-variance weights explode: three assets for five returns.

    Parameters
    ----------
    window : int
        Returns behind each matrix.

    Returns
    -------
    int
        At least 2.
    """
    return max(2, 3 * window // 5)


def covariance_from_volatility(correlation: Any, volatility: Any) -> Any:
    r"""Covariance :math:`\Sigma_{ij} = R_{ij}\sigma_i\sigma_j` from correlation and volatilities.

    Parameters
    ----------
    correlation : DataFrame or array, shape (N, N) or (T, N, N)
        Symmetric, ones on the diagonal, entries in [-1, 1].
    volatility : Series or array, shape (N,) or (T, N)
        Standard deviations, positive; decimals per period.

    Returns
    -------
    DataFrame if a frame was given, else ndarray, shape of `correlation`
        Decimals squared per period; positive definite if the correlation is.

    Raises
    ------
    CovarianceError
        If shapes or labels do not fit, a volatility is not positive and finite, or `correlation` is none.
        Labels in another order are put in order.

    Notes
    -----
    Source: paper 000, section GARCH, Algorithm 2, with the product that makes it a covariance.
    """
    r, s = _checked(correlation, volatility)
    cov = r * s[..., :, None] * s[..., None, :]
    return _labelled((cov + np.swapaxes(cov, -1, -2)) / 2, correlation)


def broadcast_covariance(correlation: Any, volatility: Any, along: str = "columns") -> Any:
    r"""Literal reading of "elementwise" in paper 000, Algorithm 2: :math:`R_{ij}\sigma_j`.

    It is kept to show what it does; use `covariance_from_volatility`.

    Parameters
    ----------
    correlation, volatility
        As for `covariance_from_volatility`.
    along : {"columns", "rows", "symmetrised"}
        ``columns``: entry (i, j) times sigma_j, as NumPy and pandas broadcast; ``rows``: times
        sigma_i; ``symmetrised``: the mean of both, which optimisers form without saying so.

    Returns
    -------
    DataFrame if a frame was given, else ndarray, shape of `correlation`
        Not a covariance: the unit is that of a volatility, and no reading need be positive definite.
    """
    r, s = _checked(correlation, volatility)
    readings = {"columns": r * s[..., None, :], "rows": r * s[..., :, None]}
    readings["symmetrised"] = (readings["columns"] + readings["rows"]) / 2
    if along not in readings:
        raise UnknownNameError("reading", along, readings)
    return _labelled(readings[along], correlation)


def rolling_covariance(returns: pd.DataFrame, window: int = 50) -> Cube:
    """Sample covariance of the last n periods, the forecast that paper 000 calls traditional.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    window : int
        n; the matrices are singular unless n > N.

    Returns
    -------
    ndarray, shape (T - window, N, N)
        Entry k forecasts ``returns.index[window + k]`` from the n rows before it.
    """
    return _rolling_covariance(
        as_frame(returns, "returns", check_count(window, "window", 3) + 1, labelled=True), window
    )


def rolling_correlation(returns: pd.DataFrame, window: int = 50) -> Cube:
    """Sample correlation of the last n periods.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    window : int
        Number of periods.

    Returns
    -------
    ndarray, shape (T - window, N, N)
        Aligned like `rolling_covariance`.

    Raises
    ------
    CovarianceError
        If a return does not vary within a window; ticker and date are named.
    """
    frame = as_frame(returns, "returns", check_count(window, "window", 3) + 1, labelled=True)
    cov = _rolling_covariance(frame, window)
    variance = np.diagonal(cov, axis1=1, axis2=2).copy()
    scale = np.lib.stride_tricks.sliding_window_view(np.abs(frame.to_numpy()), window, axis=0)[:-1].max(
        axis=2
    )
    flat = variance <= (1e-12 * scale) ** 2
    if flat.any():
        t, i = (int(k) for k in np.argwhere(flat)[0])
        raise CovarianceError(
            f"the return of {frame.columns[i]} does not vary in the {window} periods up to "
            f"{label(frame.index[window + t - 1])}: it has no correlation there; leave it out or choose "
            "other dates"
        )
    sd = np.sqrt(variance)
    correlation = cov / (sd[:, :, None] * sd[:, None, :])
    rows = np.arange(frame.shape[1])
    correlation[:, rows, rows] = 1.0
    return np.clip(correlation, -1.0, 1.0)


def rolling_ewma_covariance(returns: pd.DataFrame, decay: float = 0.94, start: int = 50) -> Cube:
    r"""Exponentially weighted covariance: :math:`H_{t+1} = \lambda H_t + (1-\lambda) r_t r_t'`.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Decimals per period.
    decay : float
        lambda, inside (0, 1).
    start : int
        The recursion starts from the mean product of the first so many rows.

    Returns
    -------
    ndarray, shape (T - start, N, N)
    """
    if not 0 < decay < 1:
        raise CovarianceError(f"decay must lie between 0 and 1, got {decay!r}")
    x = as_frame(returns, "returns", check_count(start, "start", 2) + 1, labelled=True).to_numpy()
    forecast = np.empty((len(x) - start, x.shape[1], x.shape[1]))
    level = x[:start].T @ x[:start] / start
    for t, row in enumerate(x[start:]):
        forecast[t] = level
        level = decay * level + (1 - decay) * np.outer(row, row)
    return forecast


def garch_covariances(
    returns: pd.DataFrame,
    window: int = 50,
    volatility: pd.DataFrame | None = None,
    correlation_window: int | None = None,
) -> Cube:
    """Covariance forecast of every period: GARCH(1,1) volatilities with the window's correlation.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    window : int
        Window of the volatility models.
    volatility : DataFrame, optional
        Forecasts that are already there (``rolling_garch(...).volatility``), labelled with the dates
        that they forecast; then no model is fitted.
    correlation_window : int, optional
        Window of the correlation, default `window`.

    Returns
    -------
    ndarray, shape (T - w, N, N), w the longer of both windows
        Entry k forecasts ``returns.index[w + k]``: pair it with ``returns.iloc[w:]``.

    Raises
    ------
    DataError, EstimationError, CovarianceError
        For bad returns or windows without variation; ticker and date are named.

    Notes
    -----
    Source: paper 000, section GARCH, Algorithm 2. Pass the function to
    `portfolio_study.store.compute` to share the result between chapters.
    """
    frame = as_frame(returns, "returns", check_count(window, "window", 3) + 1, labelled=True)
    if volatility is None:
        volatility = rolling_garch(frame, window).volatility
    span = window if correlation_window is None else correlation_window
    correlation = rolling_correlation(frame, span)
    dates = frame.index[max(len(frame) - len(volatility), span) :]
    known = as_frame(volatility, "volatility", 1, labelled=True)
    known = aligned_like(at_rows(known, dates, "volatility"), frame.loc[dates], "volatility", "returns")
    return covariance_from_volatility(correlation[-len(dates) :], known.to_numpy())


def _rolling_covariance(frame: pd.DataFrame, window: int) -> Cube:
    x = frame.to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=0)[:-1]  # (T - n, N, n)
    result = np.empty((len(windows), x.shape[1], x.shape[1]))
    for first in range(0, len(windows), _BLOCK):
        block = windows[first : first + _BLOCK]
        centred = block - block.mean(axis=2, keepdims=True)
        result[first : first + _BLOCK] = centred @ np.swapaxes(centred, 1, 2) / (window - 1)
    return result


def _checked(correlation: Any, volatility: Any) -> tuple[Cube, Cube]:
    correlation, volatility = _in_one_order(correlation, volatility)
    r = as_matrix(correlation, "correlation", CovarianceError)
    s = as_matrix(volatility, "volatility", CovarianceError)
    if r.ndim not in (2, 3) or r.shape[-1] != r.shape[-2] or s.shape != r.shape[:-1]:
        raise CovarianceError(
            f"correlation has shape {r.shape} and volatility {s.shape}: (N, N) and (N,) fit"
        )
    bad = ~(np.isfinite(s) & (s > 0))
    if bad.any():
        at = np.argwhere(bad)[0]
        name = volatility.index[at[0]] if isinstance(volatility, pd.Series) else f"position {at.tolist()}"
        raise CovarianceError(f"the volatility of {name} is {s[tuple(at)]}: it must be positive and finite")
    if not np.isfinite(r).all() or np.abs(r - np.swapaxes(r, -1, -2)).max(initial=0.0) > _TOLERANCE:
        raise CovarianceError("the correlation is not a symmetric matrix of finite numbers")
    ones = np.abs(np.diagonal(r, axis1=-2, axis2=-1) - 1).max(initial=0.0) <= _TOLERANCE
    if not ones or np.abs(r).max(initial=0.0) > 1 + _TOLERANCE:
        raise CovarianceError("a correlation has ones on its diagonal and entries between -1 and 1")
    return r, s


def _in_one_order(correlation: Any, volatility: Any) -> tuple[Any, Any]:
    """Put the sides of a labelled correlation and the volatilities in the order of its columns."""
    if not isinstance(correlation, pd.DataFrame):
        return correlation, volatility
    correlation = square_frame(correlation, "correlation")
    if isinstance(volatility, pd.Series):
        volatility = same_assets(
            volatility, correlation.columns, "volatility", "correlation", CovarianceError
        )
    return correlation, volatility


def _labelled(values: Cube, like: Any) -> Any:
    return pd.DataFrame(values, like.columns, like.columns) if isinstance(like, pd.DataFrame) else values
