r"""The benchmark: the optimum on the market with a continuum of prices.

With :math:`w(x)=P\{\rho\le\rho(x)\}` the payoff :math:`\phi(w(x))` is the cheapest
one whose quantile function is at least :math:`\phi` (Dybvig 1988; Bernard, Boyle
and Vanduffel 2014), provided that :math:`\rho` takes no value with positive probability.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from portfolio_study.allocation.cc_var.preference import Preference, Vector
from portfolio_study.allocation.cc_var.scenarios import Density, DensityMarket
from portfolio_study.errors import EstimationError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(128)


@dataclass(frozen=True)
class ContinuousOptimum:
    """Investment, mean income, yield and sd of the return of the continuous optimum."""

    investment: float
    mean_income: float
    yield_: float
    sd: float


def turning_points(market: DensityMarket, grid: int = 4000) -> Vector:
    """Interior points where the relative income turns, found on a grid and polished.

    Parameters
    ----------
    market : DensityMarket
    grid : int
        Number of grid cells; turns closer than two cells are not seen.

    Returns
    -------
    array, shape (k,)
    """
    from scipy.optimize import brentq

    x = market.lower + (market.upper - market.lower) * (np.arange(grid) + 0.5) / grid
    rho = market.relative_income(x)
    step = 0.2 * (x[1] - x[0])

    def slope(at: float) -> float:
        # five-point stencil: the truncation error moves the turn by less than 1e-11
        f = market.relative_income(at + step * np.array([-2.0, -1.0, 1.0, 2.0]))
        return float(f[0] - 8 * f[1] + 8 * f[2] - f[3])

    steps = np.diff(rho)
    turns = np.flatnonzero(steps[:-1] * steps[1:] < 0) + 1
    return np.array([brentq(slope, x[i - 1], x[i + 1], xtol=1e-14) for i in turns])


@lru_cache(maxsize=32)
def _pieces(market: DensityMarket) -> Vector:
    """Ends of the monotone pieces of the relative income, the outer ends moved inside by a hair."""
    width = market.upper - market.lower
    inner = [market.lower + 1e-12 * width, market.upper - 1e-12 * width]
    return np.concatenate([inner[:1], turning_points(market), inner[1:]])


def level_set_measure(market: DensityMarket, density: Density, level: Any) -> Vector:
    r"""Mass :math:`\{\rho\le t\}` under a density, :math:`f_p(t)` or :math:`f_c(t)`.

    Parameters
    ----------
    market : DensityMarket
        Gives the relative income.
    density : Density
        ``market.forecast`` for :math:`f_p`, ``market.price`` for :math:`f_c`.
    level : array-like, shape (m,)

    Returns
    -------
    array, shape (m,)
    """
    return level_set_measures(market, (density,), level)[0]


def level_set_measures(market: DensityMarket, densities: tuple[Density, ...], level: Any) -> list[Vector]:
    """Masses of the same level sets under several densities: see :func:`level_set_measure`."""
    level = np.atleast_1d(np.asarray(level, dtype=float))
    ends = _pieces(market)
    outer = ends.copy()
    outer[0], outer[-1] = market.lower, market.upper
    values = market.relative_income(ends)
    measures = [np.zeros(level.shape) for _ in densities]
    for k in range(ends.size - 1):
        rising = values[k + 1] > values[k]
        root = _piece_root(market, ends[k], ends[k + 1], level)
        lowest, highest = sorted((values[k], values[k + 1]))
        # within rounding of a turn the level set is the whole piece
        whole, none = level >= highest * (1 - 1e-15), level < lowest
        for measure, density in zip(measures, densities, strict=True):
            left, right = density.cdf(outer[k : k + 2])
            at = density.cdf(root)
            inside = at - left if rising else right - at
            measure += np.where(whole, right - left, np.where(none, 0.0, inside))
    return [np.clip(measure, 0.0, 1.0) for measure in measures]


def _piece_root(market: DensityMarket, left: float, right: float, level: Vector) -> Vector:
    """Point of a monotone piece where the relative income crosses each level (the right end if nowhere)."""
    from scipy.optimize.elementwise import find_root

    low, high = sorted(float(v) for v in market.relative_income(np.array([left, right])))
    crossed = np.flatnonzero((level > low) & (level < high))
    root = np.full(level.shape, right)
    if crossed.size:
        solve: Any = find_root  # its annotation does not know about args
        found = solve(lambda x, t: market.relative_income(x) - t, (left, right), args=(level[crossed],))
        if not np.all(found.success):
            worst = level[crossed][int(np.argmin(found.success))]
            raise EstimationError(
                f"market {market.name!r}: no price with the relative income {worst:.6g} found"
            )
        root[crossed] = found.x
    return root


def ordering_function(market: DensityMarket, x: Any) -> Vector:
    r"""Ordering function :math:`w(x)=P\{\rho\le\rho(x)\}`, the limit of :math:`\omega`."""
    x = np.atleast_1d(np.asarray(x, dtype=float))
    return level_set_measure(market, market.forecast, market.relative_income(x))


def _quadrature(market: DensityMarket) -> tuple[Vector, Vector]:
    """Gauss-Legendre nodes and weights on the pieces where the ordering function is smooth."""
    ends = _pieces(market)
    levels = market.relative_income(ends)
    inner = [ends]
    for k in range(ends.size - 1):
        inside = levels[(levels > min(levels[k : k + 2])) & (levels < max(levels[k : k + 2]))]
        if inside.size:
            inner.append(_piece_root(market, ends[k], ends[k + 1], inside))
    breaks = np.unique(np.concatenate([*inner, np.linspace(market.lower, market.upper, 9)]))
    breaks[0], breaks[-1] = market.lower, market.upper
    half = np.diff(breaks) / 2
    nodes = (breaks[:-1] + half)[:, None] + half[:, None] * _NODES
    return nodes.ravel(), (half[:, None] * _WEIGHTS).ravel()


def continuous_optimum(market: DensityMarket, preference: Preference) -> ContinuousOptimum:
    r"""Optimum on the continuous market.

    .. math:: A=\int\phi(w(x))c(x)\,dx,\qquad R=\int\phi(w(x))p(x)\,dx=\int_0^1\phi

    Parameters
    ----------
    market : DensityMarket
    preference : callable
        Vectorised preference function.

    Returns
    -------
    ContinuousOptimum

    Notes
    -----
    Source: paper 003, both papers, the market with instruments for single prices.
    """
    x, weight = _quadrature(market)
    income = preference(ordering_function(market, x))
    price, forecast = weight * market.price.pdf(x), weight * market.forecast.pdf(x)
    investment, mean = float(income @ price), float(income @ forecast)
    deviation = float(np.sqrt(np.maximum((income - mean) ** 2 @ forecast, 0.0)))
    return ContinuousOptimum(investment, mean, mean / investment - 1, deviation / investment)


def canonical_gap_limit(market: DensityMarket, slope: Preference) -> float:
    r"""Limit of :math:`n(A_n-A)` for the canonical portfolio on ``n`` equal cells.

    .. math:: \tfrac12(b-a)\int\phi'(w(x))\,p(x)\,c(x)\,dx

    Parameters
    ----------
    market : DensityMarket
    slope : callable
        Derivative of the preference.

    Returns
    -------
    float
        Money; the canonical investment converges at first order.

    Notes
    -----
    Each cell pays :math:`\phi` at the upper end of a step of width :math:`d_i\approx p(x)h`
    instead of its mean over the step, which costs :math:`\tfrac12\phi'(w)p(x)h` more.
    """
    x, weight = _quadrature(market)
    density = market.forecast.pdf(x) * market.price.pdf(x)
    return float(
        (market.upper - market.lower) / 2 * np.sum(weight * slope(ordering_function(market, x)) * density)
    )
