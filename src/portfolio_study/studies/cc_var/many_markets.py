"""Tables of the CC-VaR chapter: the same computation over many markets, sizes and preferences."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.optimality import random_markets
from portfolio_study.allocation.cc_var.options import cell_centres, option_portfolio
from portfolio_study.allocation.cc_var.portfolio import (
    cc_var_portfolio,
    income_quantile,
    probability_shortfall,
)
from portfolio_study.allocation.cc_var.preference import PowerPreference, Preference, Vector
from portfolio_study.allocation.cc_var.scenarios import Density, DensityMarket


def random_shortfalls(exponents: Iterable[float], n: int, draws: int, seed: int) -> pd.DataFrame:
    """Worst violation of the constraint on random markets, canonical and integral weights.

    Parameters
    ----------
    exponents : iterable of float
        Of the preference; each gets ``draws`` markets of its own.
    n, draws : int
        Scenarios and markets.
    seed : int

    Returns
    -------
    DataFrame
        One row a market: ``exponent``, ``canonical`` and ``integral`` (excess probability of too
        little income), ``largest`` (probability of the largest scenario).
    """
    rng, rows = np.random.default_rng([seed, n]), []
    for exponent in exponents:
        phi = PowerPreference(exponent)
        for p, c in zip(*random_markets(n, draws, False, rng), strict=True):
            found = [cc_var_portfolio(p, c, phi, way).shortfall(phi) for way in ("canonical", "integral")]
            rows.append((exponent, *found, float(p.max())))
    return pd.DataFrame(rows, columns=["exponent", "canonical", "integral", "largest"])


def other_weights(
    markets: Iterable[DensityMarket], sizes: Iterable[int], preference: Preference
) -> pd.DataFrame:
    """Worst violation of the constraint by weights that keep the paper's order but are not canonical.

    Parameters
    ----------
    markets : iterable of DensityMarket
    sizes : iterable of int
        Numbers of equal cells.
    preference : callable
        Vectorised.

    Returns
    -------
    DataFrame
        Rows ``market``, ``cells``; excess probability of too little income with ``averaged`` weights,
        with the preference in the ``middle`` and at the ``lower`` end of each step, and the
        probability of the ``largest`` scenario, which none of them exceeds.
    """
    rows = {}
    for market in markets:
        for n in sizes:
            made = cc_var_portfolio(*market.cells(n), preference, "integral")
            upper, d = made.cumulative_probability, made.ordered_probability
            lower = np.concatenate([[0.0], upper[:-1]])
            ways = {
                "averaged": made.ordered_weights,
                "middle": preference((lower + upper) / 2),
                "lower": preference(lower),
            }
            found = {name: probability_shortfall(b, d, preference) for name, b in ways.items()}
            rows[market.name, n] = found | {"largest": float(d.max())}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["market", "cells"])


def criterion_against_dominance(preference: Preference, draws: int, seed: int) -> pd.DataFrame:
    """Two readings of CC-VaR side by side on random incomes.

    Parameters
    ----------
    preference : callable
    draws : int
        Random incomes in five random scenarios; some meet the constraint, some do not.
    seed : int

    Returns
    -------
    DataFrame of bool
        ``criterion`` (the inequality at all levels) and ``dominance`` (the quantile function of
        the income is at least the preference).
    """
    rng, levels, rows = np.random.default_rng(seed), np.linspace(0, 1, 4001)[1:], []
    slack = 3e-4  # the levels are 2.5e-4 apart
    floor = np.asarray(preference(np.maximum(levels - slack, 0.0)))
    for _ in range(draws):
        p = rng.dirichlet(np.ones(5))
        income = np.asarray(preference(np.minimum(np.cumsum(p), 1.0)))
        income = income + rng.normal(0, 0.05, 5) * (rng.random() < 0.7)
        holds = probability_shortfall(income, p, preference) <= slack
        rows.append((holds, bool(np.all(income_quantile(income, p, levels) >= floor))))
    return pd.DataFrame(rows, columns=["criterion", "dominance"])


def cost_bounds(
    markets: Iterable[DensityMarket], sizes: Iterable[int], preference: Preference
) -> pd.DataFrame:
    """Investment by method, and what the exact programme saves against the paper's order.

    Parameters
    ----------
    markets : iterable of DensityMarket
    sizes : iterable of int
        Cells, at most 20.
    preference : callable

    Returns
    -------
    DataFrame
        Rows ``market``, ``cells``; columns ``integral``, ``cheapest``, ``canonical`` (money) and
        ``saving`` (relative).
    """
    rows = {}
    for market in markets:
        for n in sizes:
            p, c = market.cells(n)
            ways = ("integral", "cheapest", "canonical")
            rows[market.name, n] = {way: cc_var_portfolio(p, c, preference, way).investment for way in ways}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["market", "cells"])
    return table.assign(saving=1 - table["cheapest"] / table["canonical"])


def option_table(
    markets: Iterable[DensityMarket], sizes: Iterable[int], preference: Preference
) -> pd.DataFrame:
    """Butterfly portfolios: cost, mean income, risk by both formulas, violation.

    Parameters
    ----------
    markets : iterable of DensityMarket
    sizes : iterable of int
        Numbers of strikes.
    preference : callable

    Returns
    -------
    DataFrame
        Rows ``market``, ``strikes``, ``weights``.
    """
    rows = {}
    for market in markets:
        for n in sizes:
            strikes = cell_centres(market.lower, market.upper, n)
            for method in ("canonical", "integral"):
                made = option_portfolio(market.forecast.cdf, market.price.cdf, strikes, preference, method)
                rows[market.name, n, method] = {
                    "investment A": made.portfolio.investment,
                    "mean income R": made.portfolio.mean_income,
                    "sd, scenario formula": made.portfolio.sd,
                    "sd, true payoff": made.sd,
                    "violation (probability)": made.violation,
                }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["market", "strikes", "weights"])


def portfolio_table(probability: Vector, price: Vector, exponents: Iterable[float]) -> pd.DataFrame:
    """Performance of the canonical portfolio by preference, and what another order could save at most.

    Parameters
    ----------
    probability, price : array, shape (n,)
    exponents : iterable of float

    Returns
    -------
    DataFrame
        Indexed by ``lambda``.
    """
    rows = {}
    for exponent in exponents:
        phi = PowerPreference(exponent)
        made = cc_var_portfolio(probability, price, phi)
        bound = cc_var_portfolio(probability, price, phi, "integral").investment
        rows[exponent] = {
            "investment A": made.investment,
            "mean income R": made.mean_income,
            "yield y (illustration)": made.yield_,
            "sd of the return": made.sd,
            "at most saved by another order": 1 - bound / made.investment,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("lambda")


def cell_means(density: Density, function: Callable[[float], float], edges: Vector) -> Vector:
    """Integral of a function against a density over each cell, by adaptive quadrature.

    Parameters
    ----------
    density : Density
    function : callable
        Smooth inside the cells.
    edges : array, shape (n+1,)

    Returns
    -------
    array, shape (n,)
    """
    from scipy.integrate import quad

    return np.array([quad(lambda x: function(x) * density.pdf(x), a, b)[0] for a, b in pairwise(edges)])
