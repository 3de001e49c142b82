"""Exact maximum likelihood of ARMA(1,1) with mean for all windows of many series at once.

The likelihood of a short window is nearly flat along ``phi = -theta``, where the two factors cancel, with
several maxima on that valley and others at the edges. Each window is therefore searched as a whole:

1. Grid. For a fixed ``theta`` every sum in the likelihood is quadratic in ``phi`` (filter the data once by
   ``1 / (1 + theta L)``), so that 3,330 values cost about 40 passes over the window.
2. Valleys. In each row of the grid the minima over ``phi`` are refined by parabolas.
   A minimum that is lower than those beside it in the neighbouring rows is a candidate.
3. Polish. Candidates are followed to their maximum with an analytic gradient; the best one wins.

Windows run in parallel and never share a sum, so the number of threads does not change a bit of the result.
"""

import inspect
import math
from typing import Any

import numpy as np
from numba import njit, prange

from portfolio_study.forecasting import arma_likelihood
from portfolio_study.forecasting.arma_likelihood import forecast, polish

# Columns of the result of fit_windows.
MU, PHI, THETA, SIGMA2, LOGLIK, LOGLIK_NOISE, FORECAST, FORECAST_VARIANCE, STATUS = range(9)
COLUMNS = 9
OK, CONSTANT, NOT_CONVERGED = 0.0, 1.0, 2.0

_PHI_STEP, _PHI_POINTS = 0.125, 90  # of the grid, in atanh units: reaches 5.6
_THETA_STEP, _THETA_POINTS = 0.25, 37  # reaches 4.5
_BRANCHES = 6  # valleys followed in one row
_CANDIDATES = 16
# A valley is level where it is so close to the best, in -2 loglik an observation; only in the middle rows.
_TIE, _CENTRE = 0.001, 24
_REACH = 0.8  # farthest that a valley moves in atanh phi from one row to the next
_CHUNK = 32  # windows that share one workspace
# Functions that only compiled code calls need no way in from Python, and compile faster.
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_RESOLUTION = 1e-10  # spread of a window, relative to its level, below which it counts as constant


def _grid(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What of the grid does not depend on the data.

    Axes ``atanh phi`` and ``atanh theta``; tables (4, theta, phi) of ``w = d1 / (1 + d1 G)``, filtered ones
    times weight of ``s``, ``1 / S11`` and ``det^(1/n)``; filtered ones (n, theta).
    """
    zps = (np.arange(_PHI_POINTS) - 0.5 * (_PHI_POINTS - 1)) * _PHI_STEP
    zts = (np.arange(_THETA_POINTS) - 0.5 * (_THETA_POINTS - 1)) * _THETA_STEP
    phi, theta = np.tanh(zps), np.tanh(zts)
    powers = (-theta) ** np.arange(n)[:, None]
    ones = np.cumsum(powers, axis=0)
    before = np.concatenate([np.zeros((1, _THETA_POINTS)), ones[:-1]])  # one lag
    d1 = np.sinh(zps + zts[:, None]) ** 2 / np.cosh(zts)[:, None] ** 2
    det = 1 + d1 * (powers**2).sum(axis=0)[:, None]
    hh, lag, hh1 = (ones**2).sum(axis=0), (ones * before).sum(axis=0), (before**2).sum(axis=0)
    hq = (ones * powers).sum(axis=0)[:, None] - phi * (before * powers).sum(axis=0)[:, None]
    s11 = hh[:, None] - phi * (2 * lag[:, None] - phi * hh1[:, None]) - d1 / det * hq**2
    return zps, zts, np.stack([d1 / det, hq, 1 / s11, det ** (1 / n)]), ones


@njit(**_INNER)
def _row_sums(x: np.ndarray, zts: np.ndarray, ones: np.ndarray, sums: np.ndarray) -> None:
    """Fill ``sums`` (8, theta) from the data ``u`` filtered by ``1 / (1 + theta L)``.

    Rows: ``u u``, ``u u'``, ``u' u'``, ``u h``, ``u h' + u' h``, ``u' h'``, ``u q``, ``u' q``; a prime is one
    lag, ``h`` the filtered ones and ``q`` the weight of ``s``.
    """
    n = x.size
    thetas, u, q = np.empty(zts.size), np.empty(zts.size), np.empty(zts.size)
    for j in range(zts.size):
        thetas[j], u[j], q[j] = math.tanh(zts[j]), 0.0, 1.0
        for k in range(8):
            sums[k, j] = 0.0
    for t in range(n):
        for j in range(thetas.size):
            before = u[j]
            now = x[t] - thetas[j] * before
            h, h_before = ones[t, j], ones[t - 1, j] if t > 0 else 0.0
            sums[0, j] += now * now
            sums[1, j] += now * before
            sums[3, j] += now * h
            sums[4, j] += now * h_before + before * h
            sums[6, j] += now * q[j]
            sums[7, j] += before * q[j]
            q[j] *= -thetas[j]
            u[j] = now
    for j in range(thetas.size):
        sums[2, j] = sums[0, j] - u[j] * u[j]
        sums[5, j] = sums[3, j] - u[j] * ones[n - 1, j]


@njit(**_INNER)
def _grid_values(zps: np.ndarray, tables: np.ndarray, sums: np.ndarray, out: np.ndarray) -> float:
    """Fill ``out`` (theta, phi) with ``S det^(1/n)``, a monotone function of -2 loglik; return the lowest."""
    phis = np.empty(zps.size)
    for i in range(zps.size):
        phis[i] = math.tanh(zps[i])
    for j in range(out.shape[0]):
        for i in range(phis.size):
            phi = phis[i]
            bq = sums[6, j] - phi * sums[7, j]
            w = tables[0, j, i] * bq
            sxx = sums[0, j] - phi * (2.0 * sums[1, j] - phi * sums[2, j]) - w * bq
            sx1 = sums[3, j] - phi * (sums[4, j] - phi * sums[5, j]) - w * tables[1, j, i]
            out[j, i] = (sxx - sx1 * sx1 * tables[2, j, i]) * tables[3, j, i]
    lowest = out[0, 0]
    for j in range(out.shape[0]):
        for i in range(phis.size):
            lowest = min(lowest, out[j, i])
    return lowest


@njit(**_INNER)
def _margin(n: int) -> float:
    """Candidates this close to the best, in units of -2 loglik, are polished as well.

    It exceeds what half a step of ``atanh theta`` can hide when the window identifies ``theta`` well.
    """
    return 0.5 + 0.02 * n


@njit(**_INNER)
def _valleys(
    n: int,
    zps: np.ndarray,
    values: np.ndarray,
    lowest: float,
    floor: np.ndarray,
    where: np.ndarray,
    count: np.ndarray,
) -> None:
    """Minima over ``phi`` of each row, by parabolas: ``floor`` and ``where`` (theta, branch)."""
    # Between two points a valley may be deeper than both; the more so, the more the window says about phi.
    limit = lowest * math.exp((_margin(n) + 1.0 + 0.02 * n) / n)
    width = values.shape[1]
    for j in range(values.shape[0]):
        count[j] = 0
        for i in range(width):
            here = values[j, i]
            if here > limit or (i > 0 and values[j, i - 1] < here):
                continue
            if (i + 1 < width and values[j, i + 1] <= here) or count[j] == _BRANCHES:
                continue
            value, place = n * math.log(here), zps[i]
            if 0 < i < width - 1:
                left, right = n * math.log(values[j, i - 1]), n * math.log(values[j, i + 1])
                bend = left - 2.0 * value + right
                if bend > 0.0:
                    place += 0.5 * _PHI_STEP * (left - right) / bend
                    value -= 0.125 * (left - right) ** 2 / bend
            floor[j, count[j]], where[j, count[j]] = value, place
            count[j] += 1


@njit(**_INNER)
def _candidates(n: int, floor: np.ndarray, where: np.ndarray, count: np.ndarray, starts: np.ndarray) -> int:
    """Valley floors lower than their neighbours, best first: (row, place, value) into ``starts``.

    Where a valley is all but level, two maxima can hide between the rows: then every second row is a start.
    """
    rows = count.size
    best = np.inf
    for j in range(rows):
        for k in range(count[j]):
            best = min(best, floor[j, k])
    found = 0
    for j in range(rows):
        for k in range(count[j]):
            here = floor[j, k]
            level = here <= best + _TIE * n and j % 2 == 0 and abs(2 * j - rows + 1) <= _CENTRE
            lowest = here <= best + _margin(n)
            for row in (j - 1, j + 1):
                if 0 <= row < rows:
                    for m in range(count[row]):
                        if abs(where[row, m] - where[j, k]) <= _REACH and floor[row, m] < here:
                            lowest = False
            if not (lowest or level):
                continue
            place = found
            while place > 0 and starts[place - 1, 2] > here:
                place -= 1
            found = min(found + 1, starts.shape[0])
            for m in range(found - 1, place, -1):
                for column in range(3):
                    starts[m, column] = starts[m - 1, column]
            if place < found:
                starts[place, 0], starts[place, 1], starts[place, 2] = j, where[j, k], here
    return found


@njit(**_INNER)
def _search(
    x: np.ndarray,
    zps: np.ndarray,
    zts: np.ndarray,
    tables: np.ndarray,
    ones: np.ndarray,
    values: np.ndarray,
    sums: np.ndarray,
) -> tuple[float, float, bool]:
    """Highest likelihood of a standardised window: ``atanh phi``, ``atanh theta``, converged."""
    n = x.size
    floor, where = np.empty((_THETA_POINTS, _BRANCHES)), np.empty((_THETA_POINTS, _BRANCHES))
    count, starts = np.empty(_THETA_POINTS, np.int64), np.empty((_CANDIDATES, 3))
    _row_sums(x, zts, ones, sums)
    lowest = _grid_values(zps, tables, sums, values)
    _valleys(n, zps, values, lowest, floor, where, count)
    best, zp, zt, converged = np.inf, 0.0, 0.0, False
    for k in range(_candidates(n, floor, where, count, starts)):
        value, new_p, new_t, done = polish(x, starts[k, 1], zts[int(starts[k, 0])])
        if value < best:
            best, zp, zt, converged = value, new_p, new_t, done
    return zp, zt, converged


@njit(**_INNER)
def _write(x: np.ndarray, level: float, spread: float, zp: float, zt: float, result: np.ndarray) -> None:
    """Turn the optimum of a standardised window into a row of results in the data's unit."""
    n = x.size
    mu, sigma2, value, ahead, variance = forecast(x, zp, zt)
    constant = n * (1.0 + math.log(2.0 * math.pi) - math.log(n)) + 2.0 * n * math.log(spread)
    result[MU], result[PHI], result[THETA] = level + spread * mu, math.tanh(zp), math.tanh(zt)
    result[SIGMA2], result[LOGLIK] = sigma2 * spread * spread, -0.5 * (constant + value)
    result[LOGLIK_NOISE] = -0.5 * (constant + n * math.log(n))
    result[FORECAST] = level + spread * ahead
    result[FORECAST_VARIANCE] = variance * sigma2 * spread * spread


@njit(**_INNER)
def _standardise(window: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Write the standardised window into ``x``; return its level and spread, 0 if it is constant."""
    level, square, largest = 0.0, 0.0, 0.0
    for t in range(x.size):
        level += window[t] / x.size
        largest = max(largest, abs(window[t]))
    for t in range(x.size):
        x[t] = window[t] - level
        square += x[t] * x[t] / x.size
    spread = math.sqrt(square)
    if not spread > _RESOLUTION * largest:
        return level, 0.0
    for t in range(x.size):
        x[t] /= spread
    return level, spread


@njit(**_INNER)
def _fit_chunk(
    returns: np.ndarray,
    window: int,
    first: int,
    zps: np.ndarray,
    zts: np.ndarray,
    tables: np.ndarray,
    ones: np.ndarray,
    result: np.ndarray,
) -> None:
    """Fit ``_CHUNK`` windows, numbered through all series, with one workspace."""
    starts = result.shape[1]
    x = np.empty(window)
    values, sums = np.empty((_THETA_POINTS, _PHI_POINTS)), np.empty((8, _THETA_POINTS))
    for k in range(first, min(first + _CHUNK, returns.shape[0] * starts)):
        i, start = k // starts, k % starts
        row = result[i, start]
        level, spread = _standardise(returns[i, start : start + window], x)
        if spread == 0.0:
            for column in range(COLUMNS):
                row[column] = 0.0
            row[MU], row[FORECAST], row[STATUS] = level, level, CONSTANT
            row[LOGLIK], row[LOGLIK_NOISE] = math.nan, math.nan
            continue
        zp, zt, converged = _search(x, zps, zts, tables, ones, values, sums)
        _write(x, level, spread, zp, zt, row)
        row[STATUS] = OK if converged else NOT_CONVERGED


def _driver(stamp: str) -> Any:
    """Compile the loop over windows.

    ``stamp`` becomes part of the key of numba's cache, which by itself would not notice a change in the
    module of the likelihood.
    """

    @njit(cache=True, parallel=True)
    def fit_all(
        returns: np.ndarray,
        window: int,
        zps: np.ndarray,
        zts: np.ndarray,
        tables: np.ndarray,
        ones: np.ndarray,
        result: np.ndarray,
    ) -> str:
        windows = returns.shape[0] * result.shape[1]
        for chunk in prange((windows + _CHUNK - 1) // _CHUNK):
            _fit_chunk(returns, window, chunk * _CHUNK, zps, zts, tables, ones, result)
        return stamp

    return fit_all


_fit_all = _driver(inspect.getsource(arma_likelihood))


def fit_windows(returns: np.ndarray, window: int, last: bool = False) -> np.ndarray:
    """Fit ARMA(1,1) with mean to every window of every series by exact maximum likelihood.

    Parameters
    ----------
    returns : ndarray, shape (N, T)
        One series a row, finite, in any unit (windows are standardised inside).
    window : int
        Observations in a window, at least 4.
    last : bool
        Also fit the window that ends with the last observation (its forecast lies after the data).

    Returns
    -------
    ndarray, shape (N, T - window + last, 9)
        Columns ``MU`` ... ``STATUS`` of this module; row s belongs to the window s .. s + window - 1.
        A constant window has status ``CONSTANT``, its level as forecast and NaN as log-likelihood.
    """
    data = np.array(returns, dtype=np.float64, order="C")  # a copy: numba compiles anew for read-only arrays
    result = np.empty((data.shape[0], data.shape[1] - window + int(last), COLUMNS))
    _fit_all(data, window, *_grid(window), result)
    return result
