r"""Volatility one period ahead from GARCH(1,1) models refitted on a rolling window.

.. math:: r_t = \mu + e_t, \qquad \sigma_t^2 = \omega + \alpha e_{t-1}^2 + \beta \sigma_{t-1}^2

Note that :math:`\omega` is not the long-run variance, which is :math:`\omega/(1-\alpha-\beta)`.

References
----------
Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of
Econometrics 31, 307-327.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks import aligned_like, as_frame, at_rows, check_count, label
from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.settings import jobs, parallel

ENGINES = ("batched", "arch")
MEANS = ("constant", "zero")
_PERCENT = 100.0
_EDGE = 1e-6  # a parameter this near to an edge counts as on it; the reference stops a little before
_SMALLEST_WINDOW = 10
_LARGEST_ZEROS = 0.8  # share of a window's returns; liquid stocks stay below 0.2 in 50 days
_SMALLEST_SHARE = 1e-4  # of the whole sample's variance: a hundredth of the usual volatility
_SMALLEST_SD = 1e-6  # decimals: a cent on a price of ten thousand
_SMALLEST_FORECAST = 0.02  # of the window's own standard deviation; liquid stocks stay above 0.15
# Columns of an engine's result, shape (N, windows, 7).
_LOGLIK, _VARIANCE, _MU, _OMEGA, _ALPHA, _BETA, _CONVERGED = range(7)


@dataclass(frozen=True)
class RollingVolatility:
    """Forecasts of a rolling GARCH(1,1), labelled with the date that they forecast.

    Every table has one row for each date from the window's length on, and one column for each ticker.

    Attributes
    ----------
    volatility : DataFrame
        Standard deviation forecast for the date, decimals per period.
    loglik, aic, bic : DataFrame
        Of the window before the date, for returns in percent (as in the package arch).
    parameters : dict of DataFrame
        ``mu`` (decimal), ``omega`` (decimal squared), ``alpha``, ``beta``.
    boundary : DataFrame of bool
        Whether alpha, beta or 1 - alpha - beta is zero, so that the usual standard errors do not hold.
    converged : DataFrame of bool
        Whether the optimiser reports an optimum.
    fallback : DataFrame of bool
        Whether no model could be fitted and the last fitted forecast is carried forward.
    next_volatility : Series
        Forecast for the period after the last date: the last of the T - window + 1 windows.
    window, refit : int
        Length of a window; number of windows that share one estimate.
    mean, engine : str
        Mean model; what estimated.
    """

    volatility: pd.DataFrame
    loglik: pd.DataFrame
    aic: pd.DataFrame
    bic: pd.DataFrame
    parameters: dict[str, pd.DataFrame]
    boundary: pd.DataFrame
    converged: pd.DataFrame
    fallback: pd.DataFrame
    next_volatility: pd.Series
    window: int
    refit: int
    mean: str
    engine: str

    @property
    def variance(self) -> pd.DataFrame:
        """Forecast variances, decimals squared per period."""
        return self.volatility**2

    def standardise(self, returns: pd.DataFrame) -> pd.DataFrame:
        r"""Divide forecast errors by forecast volatilities: :math:`(r_t - \mu_t)/\sigma_t`, no unit."""
        same = at_rows(as_frame(returns, labelled=True), self.volatility.index, "returns")
        same = aligned_like(same, self.volatility, "returns", "volatility")
        return (same - self.parameters["mu"]) / self.volatility

    def boundary_shares(self) -> pd.Series:
        """Share of fits on each edge: alpha = 0, beta = 0, alpha + beta = 1, any of them."""
        alpha, beta = self.parameters["alpha"].to_numpy(), self.parameters["beta"].to_numpy()
        shares = {
            "alpha = 0": (alpha <= _EDGE).mean(),
            "beta = 0": (beta <= _EDGE).mean(),
            "alpha + beta = 1": (alpha + beta >= 1 - _EDGE).mean(),
            "any": self.boundary.to_numpy().mean(),
        }
        return pd.Series({name: float(share) for name, share in shares.items()}, name="share of fits")


def rolling_garch(
    returns: pd.DataFrame,
    window: int = 50,
    mean: str = "constant",
    engine: str = "batched",
    *,
    refit: int = 1,
    on_failure: str = "raise",
) -> RollingVolatility:
    """Fit GARCH(1,1) to every window of every column and forecast the next period's volatility.

    The window of the forecast for date t ends on the date before t. Returns are scaled to percent
    inside (likelihoods of tiny numbers are badly scaled), results are decimals again.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Log returns, decimals per period.
    window : int
        Number of returns in a window, at least 10 and less than T.
    mean : {"constant", "zero"}
        Mean model of the returns. Paper 000 does not say; ``constant`` is arch's default.
    engine : {"batched", "arch"}
        ``batched`` (compiled, several starts, exact derivatives) or the reference package.
    refit : int
        Estimate on every refit-th window and filter the ones in between with the same parameters.
    on_failure : {"raise", "previous"}
        What to do with a window in which the price hardly moves (`still_windows`), or of which every
        fit fails or forecasts less than a fiftieth of the window's own standard deviation: raise, or
        carry the last forecast forward, flagged in ``fallback``.

    Returns
    -------
    RollingVolatility

    Raises
    ------
    DataError
        For a missing or infinite return (ticker and date are named), too few rows, or rows that are not
        in order of time.
    EstimationError
        For a window that has no model, as ``on_failure`` says; ticker and date are named.
    ParameterError
        For a window, refit, mean, engine or on_failure that makes no sense.

    Notes
    -----
    Source: paper 000, section GARCH, Algorithm 2.
    """
    window, refit = check_count(window, "window", _SMALLEST_WINDOW), check_count(refit, "refit", 1)
    for kind, value, known in (("engine", engine, ENGINES), ("mean model", mean, MEANS)):
        if value not in known:
            raise UnknownNameError(kind, value, known)
    if on_failure not in ("raise", "previous"):
        raise ParameterError(f"on_failure must be 'raise' or 'previous', got {on_failure!r}")
    frame = as_frame(returns, "returns", window + 1, labelled=True)
    values = np.ascontiguousarray(_PERCENT * frame.to_numpy().T)
    flat = still_windows(values / _PERCENT, window)
    fit = _batched if engine == "batched" else _with_arch
    result = fit(values, window, mean == "constant", refit, flat)
    failed = flat | ~np.isfinite(result[:, :, : _BETA + 1]).all(axis=2) | _vanishing(result, values, window)
    source = _carry_forward(frame, failed, flat, on_failure)
    result = np.take_along_axis(result, source[:, :, None], axis=1)
    return _label(result, failed, frame, window, refit, mean, engine)


def still_windows(values: NDArray[np.float64], window: int) -> NDArray[np.bool_]:
    """Flag windows in which a price hardly moves: a likelihood there describes the quoting, not the risk.

    A window is flagged if all its returns are equal, more than four fifths of them are exactly zero, its
    standard deviation is below 1e-6, or its variance is below a ten-thousandth of the whole sample's.
    Liquid stocks are far from these limits: the packaged US stocks have at most 14 % zeros and no less
    than a twelfth of their variance in any window of 50 days.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        Returns in decimals, one row for each series.
    window : int
        Length of a window.

    Returns
    -------
    ndarray of bool, shape (N, T - window + 1)
    """
    moved = np.zeros(values.shape, dtype=np.int64)
    moved[:, 1:] = np.cumsum(np.diff(values, axis=1) != 0.0, axis=1)
    still = moved[:, window - 1 :] == moved[:, : values.shape[1] - window + 1]
    for i, x in enumerate(values):  # one series at a time: bounds the memory
        windows = np.lib.stride_tricks.sliding_window_view(x, window)
        variance = windows.var(axis=1)
        still[i] |= (windows == 0.0).sum(axis=1) > _LARGEST_ZEROS * window
        still[i] |= variance < max(_SMALLEST_SD**2, _SMALLEST_SHARE * float(x.var()))
    return still


def _vanishing(result: NDArray[np.float64], values: NDArray[np.float64], window: int) -> NDArray[np.bool_]:
    """Flag forecasts below a fiftieth of the window's own standard deviation.

    A run of unchanged prices at the end of a window (ten of fifty days suffice) lets the likelihood grow
    without bound as the variance there goes to zero: the optimiser "converges" to a forecast of nothing.
    In a window whose price does move, the compiled engine takes its next best optimum instead.
    """
    own = np.stack([np.lib.stride_tricks.sliding_window_view(x, window).var(axis=1) for x in values])
    with np.errstate(invalid="ignore"):  # windows that were not fitted are flagged already
        return result[:, :, _VARIANCE] < _SMALLEST_FORECAST**2 * own


def _carry_forward(
    frame: pd.DataFrame, failed: NDArray[np.bool_], flat: NDArray[np.bool_], on_failure: str
) -> NDArray[np.int64]:
    """Return for each window, shape (N, S), the window whose forecast stands in for it.

    That is the window itself or, with ``on_failure="previous"``, the last earlier one that was fitted.
    Window s ends at row T - S + s of the frame. Raises EstimationError naming ticker and date of the
    first failure, if failures are not allowed or if no earlier window was fitted.
    """
    positions = np.where(failed, -1, np.arange(failed.shape[1]))
    source = np.maximum.accumulate(positions, axis=1)
    stuck = failed if on_failure == "raise" else source < 0
    if stuck.any():
        i = int(np.argmax(stuck.any(axis=1)))
        s = int(np.argmax(stuck[i]))
        last = label(frame.index[len(frame) - failed.shape[1] + s])
        remedy = (
            'leave the ticker out, choose other dates, or use on_failure="previous"'
            if on_failure == "raise"
            else "no earlier window of it could be fitted: leave the ticker out or start later"
        )
        why = (
            "its price hardly moves"
            if flat[i, s]
            else "its price hardly moves for days, or every fit forecasts next to no risk"
        )
        raise EstimationError(
            f"no volatility model can be fitted to {frame.columns[i]} in the window that ends on {last}: "
            f"{why} ({int(failed[i].sum())} windows without a model); {remedy}"
        )
    return source


def _label(
    result: NDArray[np.float64],
    failed: NDArray[np.bool_],
    frame: pd.DataFrame,
    window: int,
    refit: int,
    mean: str,
    engine: str,
) -> RollingVolatility:
    """Turn an engine's array into tables; the last window forecasts a date beyond the sample."""

    def table(values: NDArray) -> pd.DataFrame:
        return pd.DataFrame(values[:, :-1].T.copy(), index=frame.index[window:], columns=frame.columns)

    count = 4 if mean == "constant" else 3
    volatility = np.sqrt(result[:, :, _VARIANCE]) / _PERCENT
    alpha, beta = result[:, :, _ALPHA], result[:, :, _BETA]
    edge = (alpha <= _EDGE) | (beta <= _EDGE) | (alpha + beta >= 1 - _EDGE)
    loglik = result[:, :, _LOGLIK]
    return RollingVolatility(
        volatility=table(volatility),
        loglik=table(loglik),
        aic=table(-2 * loglik + 2 * count),
        bic=table(-2 * loglik + count * np.log(window)),
        parameters={
            "mu": table(result[:, :, _MU] / _PERCENT),
            "omega": table(result[:, :, _OMEGA] / _PERCENT**2),
            "alpha": table(alpha),
            "beta": table(beta),
        },
        boundary=table(edge),
        converged=table(result[:, :, _CONVERGED] == 1.0),
        fallback=table(failed),
        next_volatility=pd.Series(volatility[:, -1], index=frame.columns, name="next_volatility"),
        window=window,
        refit=refit,
        mean=mean,
        engine=engine,
    )


def _batched(
    values: NDArray[np.float64], window: int, constant: bool, refit: int, flat: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Compiled engine on as many threads as the settings allow."""
    import numba

    from portfolio_study.risk.garch_kernel import fit_windows

    before = numba.get_num_threads()
    numba.set_num_threads(min(jobs(), before))
    try:
        return fit_windows(values, window, constant, refit, flat, _SMALLEST_FORECAST**2)
    finally:
        numba.set_num_threads(before)


def _with_arch(
    values: NDArray[np.float64], window: int, constant: bool, refit: int, flat: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Reference engine: one arch model after the other, series in parallel."""
    from joblib import delayed

    workers = parallel() if len(values) > 1 else parallel(1)
    rows = workers(
        delayed(_arch_series)(values[i], window, constant, refit, flat[i]) for i in range(len(values))
    )
    return np.stack(rows)


def _arch_series(
    x: NDArray[np.float64], window: int, constant: bool, refit: int, flat: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Fit the windows of one series with arch; columns as in the compiled engine."""
    import warnings

    from arch import arch_model

    result = np.full((len(x) - window + 1, 7), np.nan)
    held, done = None, 0.0
    for s in np.flatnonzero(~flat):
        model = arch_model(x[s : s + window], mean="Constant" if constant else "Zero", rescale=False)
        fitted: Any
        if s % refit == 0 or held is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what the optimiser reports is kept in a column
                fitted = model.fit(disp="off", show_warning=False)
            held, done = np.asarray(fitted.params, dtype=float), float(fitted.convergence_flag == 0)
        else:
            fitted = model.fix(held)
        ahead = float(fitted.forecast(horizon=1, reindex=False).variance.to_numpy()[-1, 0])
        parameters = held if constant else np.concatenate([[0.0], held])
        result[s] = (float(fitted.loglikelihood), ahead, *parameters, done)
    return result


def garch_variance(
    errors: ArrayLike, omega: float, alpha: float, beta: float, start: float
) -> NDArray[np.float64]:
    r"""Filter conditional variances: :math:`\sigma_{t+1}^2 = \omega + \alpha e_t^2 + \beta\sigma_t^2`.

    Parameters
    ----------
    errors : array, shape (T,)
        Forecast errors e_t, any unit.
    omega, alpha, beta : float
        Parameters, omega in the unit of the errors squared.
    start : float
        Variance of the first period.

    Returns
    -------
    ndarray, shape (T + 1,)
        Variances of periods 1..T and the forecast for T + 1.

    Notes
    -----
    Source: paper 000, section GARCH, equation of GARCH(1,1).
    """
    e = np.asarray(errors, dtype=float)
    variance = np.empty(len(e) + 1)
    variance[0] = start
    for t, error in enumerate(e):
        variance[t + 1] = omega + alpha * error**2 + beta * variance[t]
    return variance


def unconditional_variance(omega: float, alpha: float, beta: float) -> float:
    r"""Unconditional variance :math:`\omega/(1-\alpha-\beta)`, in the unit of omega.

    Raises
    ------
    ParameterError
        If alpha + beta is one or more: no such variance exists.
    """
    if alpha + beta >= 1:
        raise ParameterError(f"alpha + beta = {alpha + beta:g}: a long-run variance needs a sum below one")
    return omega / (1 - alpha - beta)
