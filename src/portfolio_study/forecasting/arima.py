"""One-step forecasts of returns by ARIMA models refitted in every rolling window."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks import as_frame, check_window, label
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.forecasting.arima_engines import (
    DIAGNOSTICS,
    FLAGS,
    coefficient_names,
    fit_batched,
    fit_reference,
)
from portfolio_study.forecasting.arma11 import BOUNDARY, COMMON_FACTOR, SHORTEST_WINDOW, Arma11Fit, fit_arma11

__all__ = ["ENGINES", "Arma11Fit", "RollingForecast", "fit_arma11", "rolling_arima"]

ENGINES = ("batched", "statsmodels")


@dataclass(frozen=True)
class RollingForecast:
    """One-step forecasts of a model refitted in every window.

    Every table has one row for each date that is *forecast* (from the data before it) and one column for each
    ticker.

    Attributes
    ----------
    mean : DataFrame, shape (T - window, N)
        Forecast returns, decimals per period.
    loglik : DataFrame
        Exact log-likelihood of each window; NaN only where ``flags`` says constant or failed.
    parameters : dict of DataFrame
        ``mu``, ``phi``, ``theta``, ``sigma2`` and ``constant`` = mu (1 - phi). Orders other than (1, 0, 1)
        have ``phi1``, ``phi2``, ..., ``theta1``, ...
    flags : dict of DataFrame of bool
        ``boundary``, ``common_factor``, ``constant_window`` (all returns equal: the forecast is their value),
        ``not_converged``, ``failed`` (the engine raised: the forecast is the window's mean).
    diagnostics : dict of DataFrame
        ``p_ar``, ``p_ma`` (outer product of gradients), ``kurtosis`` (Pearson, of the residuals) and
        ``likelihood_ratio`` against white noise, if they were asked for. NaN where the information matrix is
        singular or the window is flagged constant or failed.
    window, order, engine
        How it was computed.
    """

    mean: pd.DataFrame
    loglik: pd.DataFrame
    parameters: dict[str, pd.DataFrame]
    flags: dict[str, pd.DataFrame]
    diagnostics: dict[str, pd.DataFrame]
    window: int
    order: tuple[int, int, int]
    engine: str

    def shares(self) -> pd.Series:
        """Share of windows with each flag, over all dates and tickers."""
        return pd.Series({name: float(flag.to_numpy().mean()) for name, flag in self.flags.items()})


def rolling_arima(
    returns: pd.DataFrame,
    window: int = 50,
    order: tuple[int, int, int] = (1, 0, 1),
    engine: str = "batched",
    *,
    dates: Any = None,
    diagnostics: bool = False,
) -> RollingForecast:
    r"""Forecast each date by an ARIMA model fitted to the ``window`` returns before it.

    .. math:: X_t = c + \phi X_{t-1} + a_t + \theta a_{t-1}, \qquad
              \hat X_{t} = E[X_{t} \mid X_{t-w}, \ldots, X_{t-1}]

    Algorithm 1 of paper 000: T returns give T - window forecasts. ``engine="batched"`` finds the global
    maximum of the exact likelihood; ``engine="statsmodels"`` runs ``ARIMA(x, order=order).fit()`` with its
    defaults, as the paper did, and often stops below the maximum. A higher likelihood is not a better
    forecast.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period, oldest first.
    window : int
        Returns in each fit, at least 10.
    order : tuple of int
        (p, 0, q). The batched engine knows (1, 0, 1) only.
    engine : str
        ``"batched"`` or ``"statsmodels"``.
    dates : index or list, optional
        Forecast only these dates (all of them in ``returns``, with a full window before them): for the slow
        engine on a sample.
    diagnostics : bool
        Also compute p-values, residual kurtosis and likelihood ratios; the reference engine always does.

    Returns
    -------
    RollingForecast

    Raises
    ------
    DataError
        For NaN (ticker and date are named), unsorted or duplicated dates, text.
    ParameterError
        For a window below 10 or longer than the data, an order that the engine does not have, unknown dates.
    EstimationError
        If a ticker's returns are all equal (named).
    UnknownNameError
        For an unknown engine.

    References
    ----------
    Paper 000, ARIMA, Algorithm 1.
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    p, q = _checked_order(order, engine)
    frame = as_frame(returns, labelled=True)
    length = check_window(window, len(frame), minimum=SHORTEST_WINDOW)
    _refuse_constant(frame)
    rows = _positions(frame.index, length, dates)
    values = frame.to_numpy()
    if engine == "batched":
        table = fit_batched(values, length, rows, diagnostics)
    else:
        table = fit_reference(values, length, rows, (p, 0, q))
    index, tickers = frame.index[rows], frame.columns
    shape = (len(rows), len(tickers))
    frames = {k: pd.DataFrame(v.reshape(shape), index=index, columns=tickers) for k, v in table.items()}

    names = coefficient_names(p, q)
    parameters = {name: frames[name] for name in ("mu", *names, "sigma2")}
    persistence = sum((frames[name] for name in names[:p]), start=frames["mu"] * 0)
    parameters["constant"] = frames["mu"] * (1 - persistence)
    flags = {name: frames[name] for name in FLAGS}
    if (p, q) == (1, 1):
        fitted = ~(flags["constant_window"] | flags["failed"])
        flags["boundary"] = (frames["phi"].abs() > BOUNDARY) | (frames["theta"].abs() > BOUNDARY)
        flags["common_factor"] = ((frames["phi"] + frames["theta"]).abs() <= COMMON_FACTOR) & fitted
    found = {name: frames[name] for name in DIAGNOSTICS if name in frames}
    return RollingForecast(
        frames["mean"], frames["loglik"], parameters, flags, found, length, (p, 0, q), engine
    )


def _checked_order(order: Any, engine: str) -> tuple[int, int]:
    valid = isinstance(order, tuple | list) and len(order) == 3
    if not valid or not all(isinstance(k, int | np.integer) and 0 <= k <= 10 for k in order):
        raise ParameterError(f"order must be three whole numbers (p, 0, q), got {order!r}")
    p, d, q = (int(k) for k in order)
    if d != 0:
        raise ParameterError(f"order {order!r}: d must be 0, because log returns are stationary already")
    if engine == "batched" and (p, q) != (1, 1):
        raise ParameterError(
            f'order {order!r}: engine="batched" has (1, 0, 1) only; use engine="statsmodels" for other orders'
        )
    return p, q


def _refuse_constant(frame: pd.DataFrame) -> None:
    values = frame.to_numpy()
    flat = np.ptp(values, axis=0) == 0
    if flat.any():
        raise EstimationError(
            f"{frame.columns[int(flat.argmax())]}: all {len(frame)} returns from "
            f"{label(frame.index[0])} to {label(frame.index[-1])} are equal "
            f"({values[0, int(flat.argmax())]:g}); leave the ticker out"
        )


def _positions(index: pd.Index, window: int, dates: Any) -> np.ndarray:
    """Row numbers of the dates to forecast."""
    if dates is None:
        return np.arange(window, len(index))
    wanted = pd.Index(dates)
    rows = index.get_indexer(wanted)
    if (rows < 0).any():
        raise ParameterError(f"{label(wanted[int((rows < 0).argmax())])} is not a date of these returns")
    if len(rows) == 0 or not wanted.is_unique or (np.diff(rows) <= 0).any():
        raise ParameterError("dates must be at least one date of the returns, each once, oldest first")
    if rows[0] < window:
        raise ParameterError(
            f"{label(wanted[0])} cannot be forecast: it has {rows[0]} returns before it, "
            f"the window needs {window}"
        )
    return rows
