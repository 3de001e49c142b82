"""Scenario markets: cells of the price range with their prices and forecast probabilities."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any, Protocol

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.errors import ParameterError

SUM_TOLERANCE = 1e-9


class Density(Protocol):
    """What a density must offer; frozen ``scipy.stats`` distributions do."""

    def pdf(self, x: Any) -> Any:
        """Density at ``x``."""

    def cdf(self, x: Any) -> Any:
        """Cumulated probability up to ``x``."""


@dataclass(frozen=True)
class TruncatedDensity:
    """A density cut to an interval and renormalised there.

    Parameters
    ----------
    base : Density
    lower, upper : float
        Ends of the interval.
    """

    base: Density
    lower: float
    upper: float

    def pdf(self, x: Any) -> Any:
        """Density at ``x`` (zero outside the interval)."""
        x = np.asarray(x, dtype=float)
        mass = float(self.base.cdf(self.upper)) - float(self.base.cdf(self.lower))
        return np.where((x >= self.lower) & (x <= self.upper), self.base.pdf(x), 0.0) / mass

    def cdf(self, x: Any) -> Any:
        """Cumulated probability up to ``x``."""
        x = np.clip(np.asarray(x, dtype=float), self.lower, self.upper)
        start = self.base.cdf(self.lower)
        return (self.base.cdf(x) - start) / (self.base.cdf(self.upper) - start)


@dataclass(frozen=True)
class DensityMarket:
    r"""One-period market with a price density and a forecast density on one interval.

    Both densities integrate to one: money is measured at the horizon, so there
    is no discounting (paper 003, first paper, "Scenario market").

    Parameters
    ----------
    lower, upper : float
        The interval :math:`X=[a,b]` of future prices of the underlying.
    forecast, price : Density
        The investor's forecast :math:`p(x)` and the market's price density :math:`c(x)`.
    name : str
        Label for tables and figures.
    """

    lower: float
    upper: float
    forecast: Density
    price: Density
    name: str = ""

    def edges(self, n: int) -> Vector:
        """Ends of ``n`` equal cells, shape (n+1,)."""
        return uniform_edges(self.lower, self.upper, n)

    def cells(self, n: int) -> tuple[Vector, Vector]:
        """Forecast probabilities and prices of ``n`` equal cells."""
        edges = self.edges(n)
        return cell_integrals(self.forecast.cdf, edges), cell_integrals(self.price.cdf, edges)

    def relative_income(self, x: Vector) -> Vector:
        r"""Relative income :math:`\rho(x)=p(x)/c(x)`; call it inside the interval."""
        return self.forecast.pdf(x) / self.price.pdf(x)


def uniform_edges(lower: Any, upper: Any, n: int) -> Vector:
    """Ends of ``n`` equal cells, exact when the ends are ``fractions.Fraction``.

    Raises
    ------
    ParameterError
        If ``n`` is not positive or the interval is empty.
    """
    if n < 1 or int(n) != n:
        raise ParameterError(f"number of cells must be a positive whole number, got {n!r}")
    if not lower < upper:
        raise ParameterError(f"interval must have lower < upper, got [{lower}, {upper}]")
    if isinstance(lower, Fraction) and isinstance(upper, Fraction):
        return np.array([lower + (upper - lower) * i / n for i in range(n + 1)], dtype=object)
    return np.linspace(float(lower), float(upper), int(n) + 1)


def cell_integrals(cdf: Callable[[Any], Any], edges: Vector) -> Vector:
    r"""Mass of each cell, :math:`c_i=\int_{x_{i-1}}^{x_i}c(x)\,dx=E_C\chi_i`.

    Parameters
    ----------
    cdf : callable
        Cumulative distribution function, vectorised.
    edges : array, shape (n+1,)
        Ascending; infinite ends are allowed.

    Returns
    -------
    array, shape (n,)

    Notes
    -----
    Source: paper 003, first paper, equation (1).
    """
    return np.diff(cdf(edges))


def beta_market() -> DensityMarket:
    """Worked example: prices Beta(2, 2), forecast Beta(4, 3) on [0, 1]."""
    from scipy.stats import beta

    return DensityMarket(0.0, 1.0, beta(4, 3), beta(2, 2), "Beta")


def beta_cells_exact(n: int) -> tuple[Vector, Vector]:
    """Forecast probabilities and prices of the Beta example as exact fractions."""
    edges = uniform_edges(Fraction(0), Fraction(1), n)
    forecast = cell_integrals(lambda x: 15 * x**4 - 24 * x**5 + 10 * x**6, edges)
    return forecast, cell_integrals(lambda x: 3 * x**2 - 2 * x**3, edges)


def lognormal(volatility: float, drift: float = 0.0, years: float = 1.0, spot: float = 1.0) -> Density:
    """Lognormal distribution of a price with mean ``spot * exp(drift * years)``.

    Parameters
    ----------
    volatility, drift : float
        Per year, decimals.
    years : float
        Horizon.
    spot : float
        Price today.

    Raises
    ------
    ParameterError
        If volatility, horizon or spot is not positive.
    """
    from scipy.stats import lognorm

    for name, value in (("volatility", volatility), ("years", years), ("spot", spot)):
        if not value > 0:
            raise ParameterError(f"{name} must be positive, got {value!r}")
    sd = volatility * np.sqrt(years)
    return lognorm(s=sd, scale=spot * np.exp(drift * years - sd**2 / 2))


def lognormal_market() -> DensityMarket:
    """Worked example: spot 100, one year, [40, 220]; prices 25 % volatility, forecast 20 % and drift 6 %."""
    price = TruncatedDensity(lognormal(0.25, 0.0, 1.0, 100.0), 40.0, 220.0)
    forecast = TruncatedDensity(lognormal(0.20, 0.06, 1.0, 100.0), 40.0, 220.0)
    return DensityMarket(40.0, 220.0, forecast, price, "lognormal")


def as_scenario_vector(name: str, values: Any) -> Vector:
    """Check one vector of scenario probabilities or prices.

    Parameters
    ----------
    name : str
        What the vector is, for messages.
    values : array-like or Series, shape (n,)
        Non-negative numbers that sum to one within 1e-9. Exact fractions
        (``dtype=object``) stay exact.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    ParameterError
        Not one-dimensional, empty, not numeric, not finite, negative (the
        message names the index), or sum not one.
    """
    labels = values.index if isinstance(values, pd.Series) else None
    raw = np.asarray(values)
    if raw.ndim != 1 or raw.size == 0:
        raise ParameterError(f"{name} must be a vector with at least one scenario, got shape {raw.shape}")
    if raw.dtype.kind in "US" or any(isinstance(v, str | bytes) for v in raw):
        raise ParameterError(f"{name} must hold numbers, got the text {raw[0]!r}: convert it first")
    exact = raw.dtype == object and all(isinstance(v, Rational) for v in raw)
    try:
        numbers = raw.astype(float)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must hold numbers: {error}") from error
    for bad, what in ((~np.isfinite(numbers), "is not a finite number"), (numbers < 0, "is negative")):
        if bad.any():
            i = int(np.argmax(bad))
            where = f"index {i}" if labels is None else f"index {i} ({labels[i]})"
            raise ParameterError(f"{name} {what} at {where}: {numbers[i]}")
    total = float(numbers.sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise ParameterError(f"{name} sums to {total:.12g}; it must sum to one within {SUM_TOLERANCE:g}")
    return raw if exact else numbers


def check_market(probability: Any, price: Any) -> tuple[Vector, Vector, pd.Index | None]:
    """Check both vectors of a scenario market and return them with their labels.

    Raises
    ------
    ParameterError
        See :func:`as_scenario_vector`; also if lengths or labels differ.
    """
    p, c = as_scenario_vector("probability", probability), as_scenario_vector("price", price)
    if p.size != c.size:
        raise ParameterError(f"probability has {p.size} scenarios and price has {c.size}; they must agree")
    labels = probability.index if isinstance(probability, pd.Series) else None
    if labels is not None and isinstance(price, pd.Series) and not labels.equals(price.index):
        differs = next((a, b) for a, b in zip(labels, price.index, strict=True) if a != b)
        raise ParameterError(f"probability and price are labelled differently: {differs[0]} and {differs[1]}")
    if (p.dtype == object) != (c.dtype == object):
        p, c = p.astype(float), c.astype(float)
    return p, c, labels
