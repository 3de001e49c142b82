r"""What does the algorithm optimise? Not the yield: only the cost.

Without a bound on spending, income added where the relative income is largest
raises the yield as long as :math:`\rho_{\max}>R/A`, up to the supremum
:math:`\rho_{\max}-1`; the constraint stays satisfied.
"""

from itertools import permutations

import numpy as np

from portfolio_study.allocation.cc_var.optimality import random_markets
from portfolio_study.allocation.cc_var.portfolio import cc_var_portfolio, performance
from portfolio_study.allocation.cc_var.preference import PowerPreference, Preference, Vector


def yield_with_extra(probability: Vector, price: Vector, preference: Preference, extra: float) -> float:
    """Yield of the canonical portfolio with extra income in the scenario of largest relative income.

    Parameters
    ----------
    probability, price : array, shape (n,)
    preference : callable
    extra : float
        Income added there, money.

    Returns
    -------
    float
    """
    portfolio = cc_var_portfolio(probability, price, preference)
    weights = np.array(portfolio.weights, dtype=float)
    weights[portfolio.order[-1]] += extra
    return float(performance(weights, np.asarray(probability), np.asarray(price))[2])


def best_yield_of_orders(probability: Vector, price: Vector, preference: Preference) -> float:
    """Largest yield among the payoffs that pay the preference in some order, all orders tried.

    Parameters
    ----------
    probability, price : array, shape (n,)
        At most 8 scenarios.
    preference : callable
        Vectorised.

    Returns
    -------
    float
    """
    orders = np.array(list(permutations(range(probability.size))))
    eps = np.minimum(np.cumsum(probability[orders], axis=1), 1.0)
    eps[:, -1] = 1.0
    income = preference(eps)
    return float(np.max(np.sum(income * probability[orders], 1) / np.sum(income * price[orders], 1)) - 1)


def objective_counts(draws: int = 300, n: int = 5, exponent: float = 2.0, seed: int = 1) -> tuple[int, int]:
    """Count random markets in which the canonical portfolio does not have the largest yield.

    Parameters
    ----------
    draws, n : int
        Random markets and their scenarios.
    exponent : float
        Of the preference.
    seed : int

    Returns
    -------
    better_order : int
        Markets in which another order has a larger yield.
    better_overshoot : int
        Markets in which 0.1 more income in the best scenario raises the yield.
    """
    phi = PowerPreference(exponent)
    better_order = better_overshoot = 0
    probabilities, prices = random_markets(n, draws, False, np.random.default_rng(seed))
    for p, c in zip(probabilities, prices, strict=True):
        y = cc_var_portfolio(p, c, phi).yield_
        better_order += best_yield_of_orders(p, c, phi) > y + 1e-9
        better_overshoot += yield_with_extra(p, c, phi, 0.1) > y + 1e-12
    return int(better_order), int(better_overshoot)
