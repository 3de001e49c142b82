r"""CC-VaR portfolios of options: normalised butterflies in place of scenario indicators.

The second text of paper 003 stops after the strikes :math:`s_i`; everything
beyond them is our completion. The butterflies have height one and, with flat
edge spreads, add up to one unit of money at every price:

.. math::
    B_i(x)=\frac{(x-s_{i-1})^+-2(x-s_i)^++(x-s_{i+1})^+}{h},\qquad
    B_1=\frac{(s_2-x)^+-(s_1-x)^+}{h},\quad B_n=\frac{(x-s_{n-1})^+-(x-s_n)^+}{h}.

A portfolio :math:`\sum g_iB_i` pays the linear interpolation of the points :math:`(s_i,g_i)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from portfolio_study.allocation.cc_var.portfolio import CcVarPortfolio, cc_var_portfolio
from portfolio_study.allocation.cc_var.preference import (
    Preference,
    Vector,
    demanded_income,
    preference_inverse,
)
from portfolio_study.allocation.cc_var.scenarios import DensityMarket, uniform_edges
from portfolio_study.errors import ParameterError

Cdf = Callable[[Any], Any]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True, eq=False)
class OptionPortfolio:
    """A CC-VaR portfolio of butterflies and what it really pays.

    Attributes
    ----------
    strikes : array, shape (n,)
    portfolio : CcVarPortfolio
        The scenario algorithm run on the butterflies' prices and mean payoffs.
        Its ``sd`` treats a payoff as all or nothing and overstates the risk.
    probability, price : array, shape (n,)
        Mean payoffs under the forecast and prices of the butterflies.
    sd : float
        Standard deviation of the return from the true, interpolated payoff.
    violation : float
        Largest excess of the probability of too little income over the promise, >= 0.
    """

    strikes: Vector
    portfolio: CcVarPortfolio
    probability: Vector
    price: Vector
    sd: float
    violation: float

    def payoff(self, x: Any) -> Any:
        """Income at price ``x`` of the underlying."""
        return np.interp(x, self.strikes, self.portfolio.weights)


def cell_centres(lower: float, upper: float, n: int) -> Vector:
    r"""Strikes :math:`s_i=a+h(i-1/2)`, the centres of ``n`` equal cells.

    Notes
    -----
    Source: paper 003, second paper, "Bases of butterflies and their prices".
    """
    edges = uniform_edges(lower, upper, n)
    return (edges[:-1] + edges[1:]) / 2


def check_strikes(strikes: Any) -> Vector:
    """Check that there are at least two strikes, finite and ascending.

    Raises
    ------
    ParameterError
        The message names the offending strike.
    """
    strikes = np.asarray(strikes, dtype=float)
    if strikes.ndim != 1 or strikes.size < 2:
        raise ParameterError(f"at least two strikes are needed, got {strikes.size}")
    if not np.isfinite(strikes).all():
        raise ParameterError(f"strike number {int(np.argmax(~np.isfinite(strikes)))} is not a finite number")
    if (wrong := np.diff(strikes) <= 0).any():
        raise ParameterError(f"strikes must ascend: {strikes[int(np.argmax(wrong)) + 1]} does not")
    return strikes


def butterfly_payoffs(x: Any, strikes: Any) -> Vector:
    """Payoffs of the butterflies and edge spreads at prices ``x``, shape (len(x), n).

    Strikes need not be equally spaced; the rows sum to one.
    """
    strikes, x = check_strikes(strikes), np.atleast_1d(np.asarray(x, dtype=float))
    return np.column_stack([np.interp(x, strikes, column) for column in np.eye(strikes.size)])


def butterfly_prices_from_options(calls: Any, puts: Any, strikes: Any) -> Vector:
    """Prices of the butterflies from quoted calls and puts at the same strikes.

    Parameters
    ----------
    calls, puts : array, shape (n,)
        Undiscounted prices (divide quotes by the discount factor).
    strikes : array, shape (n,)

    Returns
    -------
    array, shape (n,)
        They sum to one when calls and puts respect parity.
    """
    strikes = check_strikes(strikes)
    calls, puts = np.asarray(calls, dtype=float), np.asarray(puts, dtype=float)
    slope = np.diff(calls) / np.diff(strikes)
    first = (puts[1] - puts[0]) / (strikes[1] - strikes[0])
    return np.concatenate([[first], np.diff(slope), [-slope[-1]]])


def butterfly_prices(cdf: Cdf, strikes: Any) -> Vector:
    r"""Prices, or mean payoffs, of the butterflies under a distribution.

    Integration by parts turns :math:`\int B_i\,dF` into differences of the
    means of :math:`F` between neighbouring strikes, so that they sum to one exactly.

    Parameters
    ----------
    cdf : callable
        Distribution function of the price at the horizon.
    strikes : array, shape (n,)

    Returns
    -------
    array, shape (n,)
    """
    strikes = check_strikes(strikes)
    half, middle = np.diff(strikes) / 2, (strikes[1:] + strikes[:-1]) / 2
    values = np.asarray(cdf((middle[:, None] + half[:, None] * _NODES).ravel()), dtype=float)
    means = values.reshape(half.size, -1) @ _WEIGHTS / 2
    return np.diff(means, prepend=0.0, append=1.0)


def option_prices(market: DensityMarket, strikes: Any) -> tuple[Vector, Vector]:
    r"""Undiscounted call and put prices under the market's price density.

    Puts are :math:`\int_a^kF`, calls follow from parity with the mean price.

    Returns
    -------
    calls, puts : array, shape (n,)
    """
    strikes = check_strikes(strikes)

    def integrated_cdf(ends: Vector) -> Vector:
        half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
        nodes = middle[:, None] + half[:, None] * _NODES
        values = np.asarray(market.price.cdf(nodes.ravel()), dtype=float).reshape(nodes.shape)
        return np.cumsum(half * (values @ _WEIGHTS))

    total = integrated_cdf(np.concatenate([[market.lower], strikes, [market.upper]]))
    mean = market.upper - total[-1]
    return total[:-1] + mean - strikes, total[:-1]


def payoff_moments(cdf: Cdf, strikes: Any, incomes: Any) -> tuple[float, float]:
    """Mean and standard deviation of an interpolated payoff, by parts from the distribution function.

    Parameters
    ----------
    cdf : callable
    strikes, incomes : array, shape (n,)
        Corners of the payoff, flat outside.

    Returns
    -------
    mean, sd : float
    """
    strikes, incomes = check_strikes(strikes), np.asarray(incomes, dtype=float)
    half, middle = np.diff(strikes) / 2, (strikes[1:] + strikes[:-1]) / 2
    nodes = middle[:, None] + half[:, None] * _NODES
    slope = np.diff(incomes) / np.diff(strikes)
    below = np.asarray(cdf(nodes.ravel()), dtype=float).reshape(nodes.shape)
    income = incomes[:-1, None] + slope[:, None] * (nodes - strikes[:-1, None])
    # E q = q(s_n) - int q' F and E q^2 = q(s_n)^2 - int 2 q q' F
    mean = incomes[-1] - float(np.sum(slope * half * (below @ _WEIGHTS)))
    # centred first, or the variance of a nearly flat payoff is lost in rounding
    square = (incomes[-1] - mean) ** 2 - float(
        np.sum(2 * slope * half * ((income - mean) * below @ _WEIGHTS))
    )
    return mean, float(np.sqrt(max(square, 0.0)))


def payoff_probability(cdf: Cdf, strikes: Any, incomes: Any, level: Any, strict: bool = True) -> Vector:
    r"""Probability that an interpolated payoff is below (or at most) each level.

    Parameters
    ----------
    cdf : callable
        Continuous distribution function of the price.
    strikes, incomes : array, shape (n,)
    level : array, shape (m,)
    strict : bool
        ``True`` for :math:`P(q<z)`, ``False`` for :math:`P(q\le z)`; they differ on flat parts.

    Returns
    -------
    array, shape (m,)
    """
    strikes, incomes = check_strikes(strikes), np.asarray(incomes, dtype=float)
    z = np.atleast_1d(np.asarray(level, dtype=float))[:, None]
    edge = np.concatenate([incomes[:1], incomes, incomes[-1:]])
    left, right = edge[:-1], edge[1:]
    below = (lambda a, b: a < b) if strict else (lambda a, b: a <= b)
    at_strike = np.asarray(cdf(strikes), dtype=float)
    lower = np.concatenate([[0.0], at_strike])
    upper = np.concatenate([at_strike, [1.0]])
    flat = left == right
    span = np.where(flat, 1.0, right - left)
    share = np.clip((z - left) / span, 0.0, 1.0)
    ends = np.concatenate([strikes[:1], strikes, strikes[-1:]])
    crossing = ends[:-1] + share * np.diff(ends)
    cut = np.asarray(cdf(crossing.ravel()), dtype=float).reshape(crossing.shape)
    sloped = np.where(right > left, cut - lower, upper - cut)
    mass = np.where(flat, np.where(below(left, z), upper - lower, 0.0), sloped)
    return np.clip(mass.sum(axis=1), 0.0, 1.0)


def payoff_violation(cdf: Cdf, strikes: Any, incomes: Any, preference: Preference) -> float:
    r"""Largest :math:`P\{q<\phi(\varepsilon)\}-\varepsilon` of an interpolated payoff.

    The probability rises with the level, so its value at the upper end of an
    interval bounds the violation inside; intervals that may hold the largest
    one are halved until nothing above 1e-9 can be missed.

    Parameters
    ----------
    cdf : callable
    strikes, incomes : array, shape (n,)
    preference : callable

    Returns
    -------
    float
        Probability by which the constraint is violated; 0 if it holds.
    """
    incomes = np.asarray(incomes, dtype=float)

    def too_little(level: Vector) -> Vector:
        return payoff_probability(cdf, strikes, incomes, demanded_income(preference, level).astype(float))

    # limits from the right at the corners, where flat parts of the payoff drop out at once
    corner = preference_inverse(preference, incomes)
    at_most = payoff_probability(cdf, strikes, incomes, incomes, strict=False)
    worst = max(0.0, float(np.max(np.where(corner < 1, at_most - corner, 0.0))))
    low, high = np.linspace(0, 1, 129)[:-1], np.linspace(0, 1, 129)[1:]
    for _ in range(25):
        value = too_little(high)
        worst = max(worst, float(np.max(value - high)))
        open_ = value - low > worst + 1e-9
        if not open_.any():
            break
        low, high = low[open_], high[open_]
        middle = (low + high) / 2
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    return worst


def option_portfolio(
    forecast: Cdf, price: Cdf | Vector, strikes: Any, preference: Preference, method: str = "canonical"
) -> OptionPortfolio:
    """Run the scenario algorithm on butterflies instead of scenario indicators.

    Parameters
    ----------
    forecast : callable
        Forecast distribution function of the price at the horizon.
    price : callable or array, shape (n,)
        The market's distribution function, or undiscounted butterfly prices from quotes.
    strikes : array, shape (n,)
    preference : callable
    method : str
        See :func:`cc_var_portfolio`.

    Returns
    -------
    OptionPortfolio

    Raises
    ------
    ParameterError
        Bad strikes, prices or preference.

    Notes
    -----
    Completion of the second text of paper 003, which is cut off. Holding the
    constraint is not guaranteed: see the attribute ``violation``.
    """
    strikes = check_strikes(strikes)
    p = butterfly_prices(forecast, strikes)
    c = butterfly_prices(price, strikes) if callable(price) else np.asarray(price, dtype=float)
    portfolio = cc_var_portfolio(p, c, preference, method)
    deviation = payoff_moments(forecast, strikes, portfolio.weights)[1]
    sd = deviation / portfolio.investment if portfolio.investment else float("inf")
    violation = payoff_violation(forecast, strikes, portfolio.weights, preference)
    return OptionPortfolio(strikes, portfolio, p, c, sd, violation)
