r"""A one-month scenario market on an index, and the walk-forward test of the constraint.

Money is counted at the horizon: :math:`x` is the gross return of the index
over one month divided by the gross return of the bill, so the price density
has mean one. Every forecast uses only prices known at its date.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numba import njit

from portfolio_study.allocation.cc_var.portfolio import cc_var_portfolio
from portfolio_study.allocation.cc_var.preference import PowerPreference, Vector
from portfolio_study.allocation.cc_var.scenarios import Density, cell_integrals, lognormal
from portfolio_study.checks import as_prices, as_rate, as_series, in_time_order
from portfolio_study.errors import DataError, ParameterError


@njit(cache=True, nogil=True, error_model="numpy")
def mean_normal_cdf(points: Vector, centres: Vector, bandwidth: float) -> Vector:
    r"""Mean over ascending centres of :math:`\Phi((x - m)/h)` at each point, shape of the points.

    Centres farther away than 9 bandwidths count as 0 or 1, which is right to 1e-18.
    """
    out, scale = np.empty(points.size), 1 / (bandwidth * np.sqrt(2.0))
    for i in range(points.size):
        x = points[i]
        first = np.searchsorted(centres, x - 9 * bandwidth)
        last = np.searchsorted(centres, x + 9 * bandwidth)
        total = 0.0
        for k in range(first, last):
            total += math.erfc((centres[k] - x) * scale)
        out[i] = (first + total / 2) / centres.size
    return out


@dataclass(frozen=True, eq=False)
class KernelForecast:
    """Smoothed distribution of the gross return from a sample of log returns.

    Gaussian kernels on the log scale; the sample is pulled towards its mean so
    that smoothing leaves the variance unchanged.

    Attributes
    ----------
    centres : array, shape (m,)
        Log returns after the pull.
    bandwidth : float
        Standard deviation of each kernel, log return.
    """

    centres: Vector
    bandwidth: float

    def cdf(self, x: Any) -> Vector:
        """Probability of a gross return of at most ``x``."""
        x = np.asarray(x, dtype=float)
        with np.errstate(divide="ignore"):
            points = np.log(np.maximum(x, 0.0)).ravel()
        return mean_normal_cdf(points, np.sort(self.centres), self.bandwidth).reshape(x.shape)

    def pdf(self, x: Any) -> Vector:
        """Density of the gross return at ``x > 0``."""
        x = np.asarray(x, dtype=float)
        z = (np.log(x).reshape(-1, 1) - self.centres) / self.bandwidth
        kernel = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * self.bandwidth)
        return kernel.mean(axis=1).reshape(x.shape) / x


def kernel_forecast(sample: Vector, independent: float) -> KernelForecast:
    r"""Kernel forecast with Silverman's bandwidth :math:`1.06\,s\,m^{-1/5}`.

    Parameters
    ----------
    sample : array, shape (k,)
        Log returns over the horizon.
    independent : float
        Number of independent observations behind the sample; overlapping returns have fewer than ``k``.

    Returns
    -------
    KernelForecast

    Raises
    ------
    DataError
        Fewer than two different values.
    """
    sd = float(np.std(sample))
    if sample.size < 2 or not sd > 0:
        raise DataError(f"a forecast needs at least two different returns, got {sample.size}")
    bandwidth = 1.06 * sd * max(independent, 2.0) ** -0.2
    mean = float(np.mean(sample))
    pull = sd / np.hypot(sd, bandwidth)
    return KernelForecast(mean + pull * (sample - mean), bandwidth * pull)


def excess_log_returns(close: pd.Series, risk_free: pd.Series) -> pd.Series:
    """Log return of the index over the bill, one per period.

    Parameters
    ----------
    close : Series, length T
        Prices.
    risk_free : Series, length T
        Net rate of the period that ends at the date.

    Returns
    -------
    Series, length T - 1

    Raises
    ------
    DataError
        If a price or rate is missing or text, or a date is repeated or out of order.
    ParameterError
        If the rate looks like an annual one.
    """
    prices = as_prices(close, "close", 2).iloc[:, 0]
    rate = as_rate(risk_free.reindex(prices.index[1:]), prices.index[1:])
    return (np.log(prices).diff().iloc[1:] - np.log1p(rate)).rename("excess")


def past_returns(returns: Vector, origin: int, horizon: int, scale: Vector | None = None) -> Vector:
    """Log returns over the horizon that were complete at the origin, in the order of time.

    Their starts lie a seventh of the horizon apart, the last one ends at the
    origin: neighbours closer than that say almost the same twice.

    Parameters
    ----------
    returns : array, shape (T,)
        One-period log returns.
    origin : int
        Number of returns that are known.
    horizon : int
        Periods.
    scale : array, shape (T,), optional
        Volatility forecast of each period, made before it; each return is then
        divided by the volatility of its first period. Starts without one are left out.

    Returns
    -------
    array
    """
    total = np.concatenate([[0.0], np.cumsum(returns[:origin])])
    starts = np.arange(origin - horizon, -1, -max(1, horizon // 7))[::-1]
    sums = total[starts + horizon] - total[starts]
    if scale is None:
        return sums
    first = scale[starts]
    known = np.isfinite(first) & (first > 0)
    return sums[known] / first[known]


def standard_edges(volatility: float, years: float, cells: int, width: float = 4.0) -> Vector:
    """Cell ends that are equally spaced in log return, the outer cells open.

    The inner ends span ``width`` standard deviations of the price density on either side.

    Raises
    ------
    ParameterError
        Fewer than three cells.
    """
    if cells < 3:
        raise ParameterError(f"at least three cells are needed, got {cells}")
    sd = volatility * np.sqrt(years)
    inner = np.exp(sd * np.linspace(-width, width, cells - 1) - sd**2 / 2)
    return np.concatenate([[0.0], inner, [np.inf]])


def forecast_cells(forecast: Density | KernelForecast, edges: Vector) -> Vector:
    """Forecast probabilities of cells; a probability below 1e-12 is kept, but never negative."""
    return np.maximum(cell_integrals(forecast.cdf, edges), 0.0)


def month_forecast(
    returns: Vector, origin: int, horizon: int, volatility: Vector | None = None
) -> KernelForecast:
    """Forecast of the return over the next ``horizon`` periods from what is known at the origin.

    Parameters
    ----------
    returns : array, shape (T,)
        One-period log returns; only the first ``origin`` are read.
    origin, horizon : int
    volatility : array, shape (T,), optional
        One-period volatility forecasts, ``volatility[t]`` made before period ``t``.
        With it, the shape comes from past returns in units of their volatility
        forecast and the scale from the current forecast (filtered history).

    Returns
    -------
    KernelForecast

    Raises
    ------
    DataError
        Too little history, or no volatility forecast at the origin.
    """
    sample = past_returns(returns, origin, horizon, volatility)
    if sample.size < 2:
        raise DataError(f"{origin} returns are not enough history for a horizon of {horizon}")
    if volatility is not None:
        now = volatility[origin]
        if not (np.isfinite(now) and now > 0):
            raise DataError(f"no volatility forecast for period {origin}")
        sample = sample * now
    return kernel_forecast(sample, sample.size * max(1, horizon // 7) / horizon)


def walk_forward(
    returns: pd.Series,
    horizon: int,
    periods_per_year: int,
    price_volatility: float,
    cells: int = 40,
    exponents: tuple[float, ...] = (1.0, 2.0),
    first: int | None = None,
    volatility: pd.Series | None = None,
) -> pd.DataFrame:
    r"""Build the portfolio at each month, hold it, and see where the income fell.

    Parameters
    ----------
    returns : Series, length T
        One-period log returns over the bill, from :func:`excess_log_returns`.
    horizon : int
        Periods in a month; months do not overlap.
    periods_per_year : int
    price_volatility : float
        Volatility per year of the lognormal price density: an assumption.
    cells : int
    exponents : tuple of float
        Preferences :math:`\varepsilon^\lambda`.
    first : int, optional
        Number of returns known at the first month; default five years.
    volatility : Series, optional
        One-period volatility forecasts aligned to the date they forecast.

    Returns
    -------
    DataFrame
        One row a month, indexed by its last date: ``origin`` (date), ``gross_return``,
        ``cell``, ``rank`` (:math:`\omega` of the cell that happened), ``probability``
        (of that cell) and, for every exponent, ``investment``, ``mean_income``,
        ``income`` and ``income_integral`` with the suffix ``_<exponent>``.

    Raises
    ------
    DataError
        If there is no complete month, a return is missing, or a date is repeated or out of order.
    """
    values = as_series(returns, "returns").to_numpy()
    scale = None
    if volatility is not None:
        in_time_order(volatility.index, "volatility")
        scale = volatility.reindex(returns.index).to_numpy(dtype=float)  # starts without one are left out
    start = 5 * periods_per_year if first is None else first
    years = horizon / periods_per_year
    edges = standard_edges(price_volatility, years, cells)
    price = cell_integrals(lognormal(price_volatility, 0.0, years).cdf, edges)
    rows = []
    for origin in range(start, values.size - horizon + 1, horizon):
        probability = forecast_cells(month_forecast(values, origin, horizon, scale), edges)
        gross = float(np.exp(values[origin : origin + horizon].sum()))
        cell = int(np.searchsorted(edges, gross, side="left")) - 1
        row: dict[str, Any] = {
            "date": returns.index[origin + horizon - 1],
            "origin": returns.index[origin - 1],
            "gross_return": gross,
            "cell": cell,
            "probability": float(probability[cell]),
        }
        for exponent in exponents:
            phi = PowerPreference(exponent)
            portfolio = cc_var_portfolio(probability, price, phi)
            mean = cc_var_portfolio(probability, price, phi, "integral")
            row["rank"] = float(portfolio.cumulative_by_scenario[cell])
            row |= {
                f"investment_{exponent:g}": portfolio.investment,
                f"mean_income_{exponent:g}": portfolio.mean_income,
                f"income_{exponent:g}": float(portfolio.weights[cell]),
                f"income_integral_{exponent:g}": float(mean.weights[cell]),
            }
        rows.append(row)
    if not rows:
        raise DataError(f"{values.size} returns leave no month of {horizon} periods after the first {start}")
    return pd.DataFrame(rows).set_index("date")
