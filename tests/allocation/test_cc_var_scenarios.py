"""Scenario markets: what the definitions of paper 003 say, and where they need a repair."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import linprog

from portfolio_study.allocation.cc_var.scenarios import beta_market, lognormal_market

MARKETS = [beta_market(), lognormal_market()]


def indicators(x, edges, closed):
    upper = x[:, None] <= edges[1:] if closed else (x[:, None] < edges[1:]) | (edges[1:] == edges[-1])
    return (x[:, None] >= edges[:-1]) & upper


@pytest.mark.parametrize("market", MARKETS)
def test_cells_are_integrals_of_the_densities(market):
    edges = market.edges(7)
    for density, cells in zip((market.forecast, market.price), market.cells(7), strict=True):
        direct = [quad(density.pdf, a, b)[0] for a, b in itertools.pairwise(edges)]
        assert cells == pytest.approx(direct, abs=1e-9)
        assert cells.sum() == pytest.approx(1)


@pytest.mark.parametrize("market", MARKETS)
def test_price_and_mean_are_integrals_of_the_payoff(market):
    edges, g = market.edges(4), np.array([0.3, 1.2, 0.0, 0.7])

    def paid(x):
        return g[np.clip(np.searchsorted(edges, x, side="right") - 1, 0, 3)]

    for density, cells in zip((market.forecast, market.price), market.cells(4), strict=True):
        whole = quad(lambda x, d=density: paid(x) * d.pdf(x), edges[0], edges[-1], points=edges[1:-1])[0]
        assert g @ cells == pytest.approx(whole, abs=1e-8)


def test_cells_share_their_end_points():
    edges = beta_market().edges(5)
    x = np.sort(np.concatenate([edges, np.linspace(0, 1, 97)]))
    assert (indicators(x, edges, closed=False).sum(axis=1) == 1).all()
    both = indicators(edges, edges, closed=True).sum(axis=1)
    assert both.tolist() == [1, 2, 2, 2, 2, 1]


def test_convex_combinations_cannot_hold_the_unit():
    """Weights that are non-negative, add up to one and pay one in each scenario do not exist."""
    n = 3
    convex = linprog(np.zeros(n), A_eq=np.vstack([np.eye(n), np.ones(n)]), b_eq=np.ones(n + 1))
    conic = linprog(np.zeros(n), A_eq=np.eye(n), b_eq=np.ones(n))
    assert convex.status == 2  # infeasible
    assert conic.status == 0
