"""The portfolio that meets a continuous value-at-risk constraint (CC-VaR) on a scenario market.

The pure functions follow paper 003 symbol by symbol and also accept arrays of
``fractions.Fraction``, in which case every result but the standard deviation is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.optimality import cheapest_order
from portfolio_study.allocation.cc_var.preference import (
    Preference,
    Vector,
    check_preference,
    demanded_income,
    is_exact,
    preference_inverse,
    preference_means,
)
from portfolio_study.allocation.cc_var.scenarios import check_market
from portfolio_study.errors import ParameterError, UnknownNameError

METHODS = ("canonical", "integral", "cheapest")
# Two relative incomes closer than this (relative) are one tie: cell integrals carry rounding errors.
TIE_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class CcVarPortfolio:
    r"""A portfolio of scenario indicators built for a CC-VaR constraint.

    Scenario numbers count from 0 (the paper counts from 1). Vectors "in order"
    list the scenarios by ascending relative income and leave dropped ones out.

    Attributes
    ----------
    method : str
        ``canonical``, ``integral`` or ``cheapest``.
    weights : array or Series, shape (n,)
        Income :math:`g_i` paid in each scenario; 0 in dropped scenarios.
    investment : float
        Cost :math:`A=(g,c)`.
    mean_income : float
        :math:`R=(g,p)`.
    yield_ : float
        :math:`y=R/A-1`; infinite when positive income is free.
    sd : float
        Standard deviation of the return :math:`g/A-1`.
    order : array of int
        :math:`\xi`: scenario at each place of the order.
    ranks : array of int, shape (n,)
        :math:`\eta`: place of each scenario, -1 if dropped.
    relative_income : array, shape (n,)
        :math:`\rho=p/c`; infinite at zero price, 0 in dropped scenarios.
    ordered_weights, ordered_probability, ordered_price : array
        :math:`b`, :math:`d=p(\xi)`, :math:`f=c(\xi)`.
    cumulative_probability, cumulative_price : array
        :math:`\varepsilon` and :math:`\gamma`, in order.
    cumulative_by_scenario : array, shape (n,)
        :math:`\omega=\varepsilon(\eta)`; 0 in dropped scenarios.
    dropped : array of int
        Scenarios with neither price nor probability.
    """

    method: str
    weights: Vector | pd.Series
    investment: float
    mean_income: float
    yield_: float
    sd: float
    order: Vector
    ranks: Vector
    relative_income: Vector
    ordered_weights: Vector
    ordered_probability: Vector
    ordered_price: Vector
    cumulative_probability: Vector
    cumulative_price: Vector
    cumulative_by_scenario: Vector
    dropped: Vector

    def income_distribution(self, z: Any) -> Any:
        """Probability :math:`F(z)` that the income is at most ``z``."""
        return income_distribution(self.ordered_weights, self.ordered_probability)(z)

    def shortfall(self, preference: Preference) -> float:
        """Largest excess of the probability of too little income over the promised level."""
        return probability_shortfall(self.ordered_weights, self.ordered_probability, preference)


def relative_income(probability: Vector, price: Vector) -> Vector:
    r"""Relative income :math:`\rho_i=p_i/c_i`, infinite where the price is zero.

    Raises
    ------
    ParameterError
        If a scenario has neither price nor probability (drop it first).
    """
    void = (price == 0) & (probability == 0)
    if void.any():
        raise ParameterError(f"scenario {int(np.argmax(void))} has neither price nor probability: drop it")
    if is_exact(price):
        return np.array([p / c if c else inf for p, c in zip(probability, price, strict=True)], dtype=object)
    with np.errstate(divide="ignore", over="ignore"):
        return probability / price


def cumulate(values: Vector) -> Vector:
    r"""Running sums :math:`\varepsilon=Td`, that is :math:`t_{ij}=1` for :math:`j\le i`.

    The paper prints :math:`t_{ij}=1` for :math:`i\le j`, which would sum from the last component.
    """
    return np.cumsum(values)


def cumulate_probability(values: Vector) -> Vector:
    """Running sums of probabilities, kept inside [0, 1] and ending at exactly one."""
    total = cumulate(values)
    if not is_exact(total):
        total = np.minimum(total, 1.0)
        total[-1] = 1.0
    return total


def scenario_order(probability: Vector, price: Vector, preference: Preference) -> Vector:
    r"""Order :math:`\xi=O(\rho)` of the scenarios by ascending relative income.

    Ties are put in the cheaper of two orders, larger or smaller probability
    first: the former wins for convex preferences, the latter for concave ones
    (exchange of neighbours). Equal probabilities keep the scenario order.

    Parameters
    ----------
    probability, price : array, shape (n,)
        Without scenarios that have neither.
    preference : callable

    Returns
    -------
    array of int, shape (n,)
    """
    rho = relative_income(probability, price).astype(float)
    order = np.argsort(rho)  # not stable: ties are put in order below
    sorted_rho = rho[order]
    starts = np.concatenate([[True], sorted_rho[1:] > sorted_rho[:-1] * (1 + TIE_TOLERANCE)])
    if starts.all():
        return order
    group = np.cumsum(starts) - 1
    tied = np.flatnonzero(np.bincount(group)[group] > 1)  # places in a group of more than one
    first = np.flatnonzero(starts[tied])
    members, part = order[tied], group[tied]
    size = probability[members].astype(float)
    candidates, costs = [], []
    for key in (-size, size):
        candidate = order.copy()
        candidate[tied] = members[np.lexsort((members, key, part))]
        income = demanded_income(preference, cumulate_probability(probability[candidate])[tied])
        costs.append(np.add.reduceat((price[candidate[tied]] * income).astype(float), first))
        candidates.append(candidate)
    # equal up to rounding (linear preferences): larger first, so that the order does not hang on rounding
    larger_first = np.repeat(costs[0] <= costs[1] * (1 + 1e-12), np.diff([*first, tied.size]))
    order[tied] = np.where(larger_first, candidates[0][tied], candidates[1][tied])
    return order


def canonical_weights(cumulative_probability: Vector, preference: Preference) -> Vector:
    r"""Canonical weights :math:`b=\phi(\varepsilon)`: every CC-VaR inequality holds."""
    return demanded_income(preference, cumulative_probability)


def integral_weights(cumulative_probability: Vector, preference: Preference) -> Vector:
    r"""Mean preference in each scenario, :math:`b_i=\int_{\varepsilon_{i-1}}^{\varepsilon_i}\phi/d_i`."""
    lower = np.concatenate([cumulative_probability[:1] * 0, cumulative_probability[:-1]])
    return preference_means(preference, lower, cumulative_probability)


def performance(weights: Vector, probability: Vector, price: Vector) -> tuple[Any, Any, Any, float]:
    r"""Investment, mean income, yield and standard deviation of the return.

    .. math:: A=(g,c),\quad R=(g,p),\quad y=R/A-1,\quad \sigma=\big((g-R)^2/A^2,\,p\big)^{1/2}

    Returns
    -------
    tuple
        ``(A, R, y, sd)``; yield and sd are infinite when positive income is free.

    Raises
    ------
    ParameterError
        If the portfolio neither costs nor pays anything.
    """
    investment, mean = np.dot(weights, price), np.dot(weights, probability)
    deviation = sqrt(max(float(np.dot((weights - mean) ** 2, probability)), 0.0))
    if investment == 0:
        if mean == 0:
            raise ParameterError("the preference is zero on all levels: the portfolio costs and pays nothing")
        return investment, mean, inf, inf
    return investment, mean, mean / investment - 1, deviation / float(investment)


def income_distribution(incomes: Vector, probability: Vector) -> Callable[[Any], Any]:
    r"""Distribution function :math:`F(z)=\sum_{i:b_i\le z}d_i` of the portfolio's income."""
    order = np.argsort(incomes.astype(float), kind="stable")
    levels = np.concatenate([[0.0], np.cumsum(probability[order].astype(float))])
    incomes_up = incomes[order].astype(float)

    def distribution(z: Any) -> Any:
        return levels[np.searchsorted(incomes_up, z, side="right")]

    return distribution


def income_quantile(incomes: Vector, probability: Vector, levels: Any) -> Vector:
    r"""Quantile function :math:`\inf\{z:F(z)\ge u\}` of the income at levels in (0, 1]."""
    order = np.argsort(incomes.astype(float), kind="stable")
    at_most = cumulate_probability(probability[order].astype(float))
    return incomes[order].astype(float)[np.searchsorted(at_most, np.asarray(levels) - 1e-12)]


def probability_shortfall(incomes: Vector, probability: Vector, preference: Preference) -> float:
    r"""Worst violation of the constraint: a probability.

    .. math:: \max\big(0,\ \sup_\varepsilon P\{q<\phi(\varepsilon)\}-\varepsilon\big)

    Zero means that :math:`P\{q\ge\phi(\varepsilon)\}\ge1-\varepsilon` holds at all levels.

    Parameters
    ----------
    incomes, probability : array, shape (n,)
        Income and probability of each scenario, in any order.
    preference : callable

    Returns
    -------
    float
        A probability.
    """
    order = np.argsort(incomes.astype(float), kind="stable")
    at_most = np.cumsum(probability[order].astype(float))
    level = preference_inverse(preference, incomes[order].astype(float))
    # just above that level the demand exceeds income i, so the states up to i fall short
    return max(0.0, float(np.max(np.where(level < 1, at_most - level, 0.0))))


def cc_var_portfolio(
    probability: Any, price: Any, preference: Preference, method: str = "canonical"
) -> CcVarPortfolio:
    r"""Portfolio that pays enough often enough, at low cost.

    .. math:: P\{q\ge\phi(\varepsilon)\}\ge1-\varepsilon\quad\text{for all }\varepsilon\in[0,1]

    Scenarios are ordered by relative income :math:`\rho=p/c`; the income of each
    follows from the cumulated probability up to it.

    Parameters
    ----------
    probability : array-like or Series, shape (n,)
        Forecast probabilities :math:`p`, summing to one within 1e-9.
    price : array-like or Series, shape (n,)
        Prices :math:`c` of one unit of income in each scenario, summing to one within 1e-9.
    preference : callable
        Non-negative, non-decreasing :math:`\phi` on [0, 1], e.g. :class:`PowerPreference`.
        Optional methods ``integral`` and ``inverse`` are used when present.
    method : {"canonical", "integral", "cheapest"}
        ``canonical``: :math:`b=\phi(\varepsilon)` in the paper's order, always feasible.
        ``integral``: mean of :math:`\phi` in each scenario, cheaper than any feasible
        portfolio, violates the constraint a little.
        ``cheapest``: the cheapest feasible portfolio by an exact dynamic programme, at most 20 scenarios.

    Returns
    -------
    CcVarPortfolio

    Raises
    ------
    ParameterError
        Bad probabilities, prices (the message names the index) or preference,
        or more than 20 scenarios for ``cheapest``.
    UnknownNameError
        If the method is not known.

    Notes
    -----
    A scenario with a probability but no price has infinite relative income (an
    arbitrage) and comes last; one with neither is dropped. Source: paper 003,
    first paper, "Discrete optimisation algorithm"; ``cheapest`` and the rule for
    ties are ours.

    Examples
    --------
    >>> portfolio = cc_var_portfolio([0.1, 0.9], [0.15, 0.85], lambda e: e**2)
    >>> round(portfolio.investment, 4)
    0.8515
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    p, c, labels = check_market(probability, price)
    check_preference(preference)
    void = (p == 0) & (c == 0)
    dropped, kept = np.flatnonzero(void), np.flatnonzero(~void)
    q, k = (p[kept], c[kept]) if dropped.size else (p, c)
    if method == "cheapest":
        local = cheapest_order(q.astype(float), k.astype(float), preference)[1]
    else:
        local = scenario_order(q, k, preference)
    order = kept[local] if dropped.size else local
    d, f = p[order], c[order]
    eps = cumulate_probability(d)
    b = (integral_weights if method == "integral" else canonical_weights)(eps, preference)
    investment, mean, yield_, sd = performance(b, d, f)
    weights, omega, rho = (np.zeros(p.size, dtype=v.dtype) for v in (b, eps, p))
    weights[order], omega[order], rho[kept] = b, eps, relative_income(q, k)
    ranks = np.full(p.size, -1)
    ranks[order] = np.arange(order.size)
    return CcVarPortfolio(
        method=method,
        weights=weights if labels is None else pd.Series(weights, index=labels, name="weight"),
        investment=investment if is_exact(b) else float(investment),
        mean_income=mean if is_exact(b) else float(mean),
        yield_=yield_ if is_exact(b) else float(yield_),
        sd=sd,
        order=order,
        ranks=ranks,
        relative_income=rho,
        ordered_weights=b,
        ordered_probability=d,
        ordered_price=f,
        cumulative_probability=eps,
        cumulative_price=cumulate(f),
        cumulative_by_scenario=omega,
        dropped=dropped,
    )
