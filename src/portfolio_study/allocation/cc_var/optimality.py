r"""Is the order by relative income the cheapest one? Exact answers by dynamic programming.

Choosing an order and paying :math:`\phi` of the cumulated probability exhausts
the minimal feasible incomes, so the cheapest portfolio is the best sequence in
the scheduling problem :math:`1||\sum w_jf(C_j)` with weights :math:`c_j`, times
:math:`p_j` and cost function :math:`\phi`; ordering by :math:`p/c` is Smith's rule.
"""

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.preference import PowerPreference, Preference, Vector, demanded_income
from portfolio_study.errors import ParameterError

LARGEST = 20
# A relative excess of cost above this is not rounding.
FAILURE = 1e-9


def order_cost(order: Vector, probability: Vector, price: Vector, preference: Preference) -> float:
    r"""Cost :math:`\sum_ic_{\pi_i}\phi(p_{\pi_1}+\dots+p_{\pi_i})` of paying in a given order."""
    order = np.asarray(order)
    eps = np.minimum(np.cumsum(probability[order]), 1.0)
    eps[-1] = 1.0
    return float(np.dot(price[order], demanded_income(preference, eps)))


def subset_sums(values: Vector) -> Vector:
    """Sums over all subsets of the last axis, shape (..., 2**n); bit ``j`` of the index is element ``j``."""
    sums = np.zeros((*values.shape[:-1], 1))
    for j in range(values.shape[-1]):
        sums = np.concatenate([sums, sums + values[..., j : j + 1]], axis=-1)
    return sums


def _cheapest_costs(price: Vector, demand: Vector) -> Vector:
    """Cheapest cost of every subset: ``cost(S) = min_j cost(S - j) + c_j demand(S)``, shape (m, 2**n)."""
    n = price.shape[1]
    cost = np.full(demand.shape, np.inf)
    cost[:, 0] = 0.0
    members = np.bitwise_count(np.arange(2**n, dtype=np.uint64))
    layers = np.split(np.argsort(members, kind="stable"), np.cumsum(np.bincount(members))[:-1])
    for layer in layers[1:]:
        best = np.full((price.shape[0], layer.size), np.inf)
        for j in range(n):
            has = np.flatnonzero(layer >> j & 1)
            subset = layer[has]
            # the last state of the subset pays the demand at the subset's whole probability
            last = cost[:, subset ^ (1 << j)] + price[:, j : j + 1] * demand[:, subset]
            best[:, has] = np.minimum(best[:, has], last)
        cost[:, layer] = best
    return cost


def _demand_of_subsets(probability: Vector, preference: Preference) -> Vector:
    """Preference at the probability of every subset, the whole set counting as exactly one."""
    sums = np.minimum(subset_sums(probability), 1.0)
    sums[..., -1] = 1.0
    # subset sums come in no order, so check the preference on a grid and evaluate it without that check
    demanded_income(preference, np.linspace(0.0, 1.0, 1001))
    try:
        values = np.asarray(preference(sums), dtype=float)
    except (TypeError, ValueError):
        values = np.vectorize(preference, otypes=[float])(sums)
    return np.broadcast_to(values, sums.shape)


def cheapest_order(probability: Vector, price: Vector, preference: Preference) -> tuple[float, Vector]:
    """Cheapest order of at most 20 scenarios, exactly.

    Parameters
    ----------
    probability, price : array, shape (n,)
    preference : callable

    Returns
    -------
    cost : float
        Investment of the cheapest portfolio that meets every CC-VaR constraint.
    order : array of int, shape (n,)
        The scenario paid least first.

    Raises
    ------
    ParameterError
        If there are more than 20 scenarios: time and memory double with each.

    Notes
    -----
    Dynamic programme over subsets (Held and Karp 1962), :math:`O(2^nn)`.
    """
    n = probability.size
    if n > LARGEST:
        raise ParameterError(
            f"method 'cheapest' tries all subsets and takes at most {LARGEST} scenarios, got {n}: "
            "use 'canonical' or merge scenarios"
        )
    demand = _demand_of_subsets(probability[None, :], preference)
    cost = _cheapest_costs(price[None, :], demand)[0]
    order, subset = [], 2**n - 1
    while subset:
        inside = [j for j in range(n) if subset >> j & 1]
        totals = [cost[subset ^ (1 << j)] + price[j] * demand[0, subset] for j in inside]
        order.append(inside[int(np.argmin(totals))])
        subset ^= 1 << order[-1]
    return float(cost[-1]), np.array(order[::-1])


def cheapest_costs(probability: Vector, price: Vector, preference: Preference) -> Vector:
    """Cheapest investment of many small markets at once.

    Parameters
    ----------
    probability, price : array, shape (m, n)
        One market a row, n at most 20 (memory: m * 2**n numbers).
    preference : callable

    Returns
    -------
    array, shape (m,)
    """
    return _cheapest_costs(price, _demand_of_subsets(probability, preference))[:, -1]


def smith_costs(probability: Vector, price: Vector, preference: Preference) -> Vector:
    """Investment of the paper's order for many markets without ties, shape (m,)."""
    order = np.argsort(probability / price, axis=1, kind="stable")
    eps = np.minimum(np.cumsum(np.take_along_axis(probability, order, 1), axis=1), 1.0)
    eps[:, -1] = 1.0
    return np.sum(np.take_along_axis(price, order, 1) * preference(eps), axis=1)


def random_markets(n: int, draws: int, equal: bool, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Random markets: Dirichlet(1) prices and Dirichlet(1) or equal probabilities, shapes (draws, n)."""
    price = rng.dirichlet(np.ones(n), size=draws)
    probability = np.full((draws, n), 1 / n) if equal else rng.dirichlet(np.ones(n), size=draws)
    return probability, price


def order_failures(
    exponents: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0),
    sizes: tuple[int, ...] = (3, 5, 8),
    draws: int = 400,
    seed: int = 1,
) -> pd.DataFrame:
    r"""How often, and by how much, the paper's order is not the cheapest.

    Parameters
    ----------
    exponents : tuple of float
        :math:`\lambda` of the preference :math:`\varepsilon^\lambda`.
    sizes : tuple of int
        Numbers of scenarios.
    draws : int
        Random markets per row.
    seed : int

    Returns
    -------
    DataFrame
        Columns ``equal``, ``exponent``, ``scenarios``, ``markets``, ``failures``
        (relative excess above 1e-9, beyond rounding) and ``worst_excess`` (relative, decimal).
    """
    rows = []
    for equal in (True, False):
        for exponent in exponents:
            for n in sizes:
                rng = np.random.default_rng([seed, int(equal), int(exponent * 1000), n])
                p, c = random_markets(n, draws, equal, rng)
                phi = PowerPreference(exponent)
                excess = smith_costs(p, c, phi) / cheapest_costs(p, c, phi) - 1
                failed = excess > FAILURE
                worst = float(excess.max()) if failed.any() else 0.0
                rows.append((equal, exponent, n, draws, int(failed.sum()), worst))
    columns = ["equal", "exponent", "scenarios", "markets", "failures", "worst_excess"]
    return pd.DataFrame(rows, columns=columns)


def prefix_is_most_expensive(probability: Vector, price: Vector, order: Vector) -> bool:
    """Neyman-Pearson property: no set as probable as the first k scenarios is worth more, for any k.

    Checked against all subsets (at most 20 scenarios).
    """
    p_sets, c_sets = subset_sums(probability), subset_sums(price)
    for k in range(1, order.size + 1):
        level, worth = probability[order[:k]].sum(), price[order[:k]].sum()
        if np.any(c_sets[p_sets <= level + 1e-12] > worth + 1e-9):
            return False
    return True
