"""The optimum on the continuous market and the rates at which scenarios reach it."""

import numpy as np
import pytest
from scipy.stats import norm

from portfolio_study.allocation import cc_var_portfolio
from portfolio_study.allocation.cc_var.continuous import (
    canonical_gap_limit,
    continuous_optimum,
    level_set_measure,
    ordering_function,
    turning_points,
)
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import (
    DensityMarket,
    TruncatedDensity,
    beta_market,
    lognormal,
    lognormal_market,
    uniform_edges,
)
from portfolio_study.errors import ParameterError

SQUARE = PowerPreference(2)


def four(optimum):
    return [optimum.investment, optimum.mean_income, optimum.yield_, optimum.sd]


@pytest.mark.parametrize(("exponent", "key"), [(2, ""), (0.5, "_lam0.5"), (1, "_lam1.0"), (3, "_lam3.0")])
def test_beta_optimum(golden, exponent, key):
    expected = golden("cc_var")[f"beta_continuous{key}"]
    found = continuous_optimum(beta_market(), PowerPreference(exponent))
    assert four(found) == pytest.approx([expected[k] for k in ("A", "R", "y", "sigma")], abs=1e-9)
    assert found.mean_income == pytest.approx(1 / (exponent + 1), abs=1e-12)


def test_lognormal_optimum(golden):
    expected = golden("cc_var_butterflies")["lognormal_continuous"]
    found = continuous_optimum(lognormal_market(), SQUARE)
    assert four(found) == pytest.approx([expected[k] for k in ("A", "R", "y", "sigma")], abs=1e-9)
    assert turning_points(lognormal_market()) == pytest.approx([expected["x_star"]], abs=1e-7)


def test_ordering_function_of_beta(golden):
    for x, expected in golden("cc_var")["beta_w_values"].items():
        assert ordering_function(beta_market(), float(x))[0] == pytest.approx(expected, abs=1e-9)


def test_level_sets_against_a_fine_grid():
    market = lognormal_market()
    edges = market.edges(400_000)
    middle = (edges[1:] + edges[:-1]) / 2
    rho = market.relative_income(middle)
    for density in (market.forecast, market.price):
        mass = np.diff(density.cdf(edges))
        for level in (0.2, 0.6, 1.0, 1.3):
            on_grid = mass[rho <= level].sum()
            assert level_set_measure(market, density, level)[0] == pytest.approx(on_grid, abs=2e-5)
    assert level_set_measure(market, market.forecast, [-1.0, 1e9]) == pytest.approx([0, 1])


def test_several_turns():
    """A forecast with two humps over a uniform price: the level sets have several pieces."""

    class Mixture:
        def pdf(self, x):
            return (norm.pdf(x, 0.3, 0.1) + norm.pdf(x, 0.7, 0.1)) / 2

        def cdf(self, x):
            return (norm.cdf(x, 0.3, 0.1) + norm.cdf(x, 0.7, 0.1)) / 2

    class Uniform:
        def pdf(self, x):
            return np.ones_like(np.asarray(x, dtype=float))

        def cdf(self, x):
            return np.asarray(x, dtype=float)

    market = DensityMarket(0.0, 1.0, TruncatedDensity(Mixture(), 0, 1), Uniform())
    assert len(turning_points(market)) == 3
    exact = continuous_optimum(market, SQUARE)
    assert exact.mean_income == pytest.approx(1 / 3, abs=1e-8)
    # integral weights converge at second order, so 4,000 cells are a reference
    on_grid = cc_var_portfolio(*market.cells(4000), SQUARE, "integral").investment
    assert exact.investment == pytest.approx(on_grid, abs=2e-6)


def test_first_order_of_canonical_weights(golden):
    market = beta_market()
    limit = canonical_gap_limit(market, SQUARE.derivative)
    assert limit == pytest.approx(golden("cc_var_butterflies")["asymptotic_n_times_gap_limit"], abs=1e-9)
    exact = continuous_optimum(market, SQUARE).investment
    gaps = [n * (cc_var_portfolio(*market.cells(n), SQUARE).investment - exact) for n in (400, 1600, 6400)]
    assert abs(gaps[2] - limit) < abs(gaps[1] - limit) < abs(gaps[0] - limit) < 2e-3


def test_second_order_of_integral_weights():
    market = beta_market()
    exact = continuous_optimum(market, SQUARE).investment
    sizes = np.array([50, 100, 200, 400, 800])
    gaps = [cc_var_portfolio(*market.cells(n), SQUARE, "integral").investment - exact for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(gaps), 1)[0] == pytest.approx(-2, abs=0.02)
    assert gaps[-1] * sizes[-1] ** 2 == pytest.approx(0.21, abs=0.01)


def test_integral_costs_on_fine_lognormal_grids(golden):
    for n, expected in golden("cc_var_butterflies")["lognormal_cont_A_int"].items():
        portfolio = cc_var_portfolio(*lognormal_market().cells(int(n)), SQUARE, "integral")
        assert portfolio.investment == pytest.approx(expected, abs=1e-9)


def test_no_payoff_with_the_demanded_quantiles_is_cheaper():
    """Rearranging the income over the states at random never lowers its price."""
    market, n = beta_market(), 2000
    p, c = market.cells(n)
    order = np.argsort(p / c)
    rng = np.random.default_rng(0)
    optimal = continuous_optimum(market, SQUARE).investment
    for _ in range(20):
        shuffled = rng.permutation(order)
        eps = np.cumsum(p[shuffled])
        assert c[shuffled] @ SQUARE(eps - p[shuffled] / 2) > optimal


def test_lognormal_density():
    density = lognormal(0.2, 0.06, 0.5, 100)
    assert density.mean() == pytest.approx(100 * np.exp(0.03))
    assert np.log(density.ppf(0.84134474606)) - np.log(density.median()) == pytest.approx(0.2 * np.sqrt(0.5))
    with pytest.raises(ParameterError, match="volatility must be positive"):
        lognormal(0.0)


def test_bad_grids():
    with pytest.raises(ParameterError, match="number of cells"):
        uniform_edges(0, 1, 0)
    with pytest.raises(ParameterError, match="lower < upper"):
        uniform_edges(1, 1, 3)
