"""The exact optimum, and where the paper's order misses it."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import binom

from portfolio_study.allocation import cc_var_portfolio
from portfolio_study.allocation.cc_var.objective import (
    best_yield_of_orders,
    objective_counts,
    yield_with_extra,
)
from portfolio_study.allocation.cc_var.optimality import (
    cheapest_costs,
    cheapest_order,
    order_cost,
    order_failures,
    prefix_is_most_expensive,
    random_markets,
    smith_costs,
    subset_sums,
)
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_market

SQUARE = PowerPreference(2)


def test_beta_cheapest(golden):
    for n in (5, 10):
        cost, order = golden("cc_var")[f"beta_exact_cheapest_n{n}"]
        found = cheapest_order(*beta_market().cells(n), SQUARE)
        assert found[0] == pytest.approx(cost, abs=1e-9)
        assert list(found[1]) == order
    assert found[0] < cc_var_portfolio(*beta_market().cells(10), SQUARE).investment - 1e-4


def test_golden_counterexamples(golden):
    tied = golden("cc_var")["n2_counterexample"]
    p, c = np.array(tied["p"]), np.array(tied["c"])
    assert order_cost(np.array([0, 1]), p, c, SQUARE) == pytest.approx(tied["A_NP"], abs=1e-12)
    assert cheapest_order(p, c, SQUARE)[0] == pytest.approx(tied["A_opt"], abs=1e-12)
    assert tied["A_NP"] / tied["A_opt"] - 1 == pytest.approx(tied["gap"], abs=1e-12)


def test_smallest_counterexample_without_ties():
    p, c = np.array([0.1, 0.9]), np.array([0.15, 0.85])
    assert p / c == pytest.approx([2 / 3, 18 / 17])
    canonical = cc_var_portfolio(p, c, SQUARE)
    cheapest = cc_var_portfolio(p, c, SQUARE, "cheapest")
    assert canonical.investment == pytest.approx(0.8515, abs=1e-12)
    assert cheapest.investment == pytest.approx(0.8385, abs=1e-12)
    assert list(cheapest.order) == [1, 0]
    assert cheapest.shortfall(SQUARE) == 0


def least_cost(probability, price, preference):
    """The cheapest of all orders."""
    orders = permutations(range(len(price)))
    return min(order_cost(np.array(order), probability, price, preference) for order in orders)


@pytest.mark.parametrize("n", [1, 2, 4, 6, 7])
def test_dynamic_programme_against_enumeration(n):
    rng = np.random.default_rng(n)
    for exponent in (0.5, 1.0, 2.0, 4.0):
        p, c = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n))
        phi = PowerPreference(exponent)
        cost, order = cheapest_order(p, c, phi)
        assert cost == pytest.approx(least_cost(p, c, phi), rel=1e-12)
        assert order_cost(order, p, c, phi) == pytest.approx(cost, rel=1e-12)
        assert cheapest_costs(p[None], c[None], phi)[0] == pytest.approx(cost, rel=1e-14)


def test_dynamic_programme_takes_steps_and_scalars():
    p, c = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])

    def scalar(level):
        return 0.0 if level < 0.45 else 1.0

    cost, _ = cheapest_order(p, c, scalar)
    assert cost == pytest.approx(least_cost(p, c, scalar))


def test_subset_sums():
    assert list(subset_sums(np.array([1.0, 10.0, 100.0]))) == [0, 1, 10, 11, 100, 101, 110, 111]


def test_equal_probabilities_are_an_assignment_problem():
    rng = np.random.default_rng(5)
    for n in (3, 8, 12):
        c = rng.dirichlet(np.ones(n))
        p = np.full(n, 1 / n)
        demand = SQUARE(np.arange(1, n + 1) / n)
        rows, columns = linear_sum_assignment(np.outer(c, demand))
        assert cc_var_portfolio(p, c, SQUARE).investment == pytest.approx(
            np.outer(c, demand)[rows, columns].sum(), rel=1e-12
        )


def test_failures_by_exponent_and_size(golden):
    table = order_failures(draws=400, seed=1)
    exact = table[table["equal"] | (table["exponent"] == 1)]
    assert (exact["failures"] == 0).all()
    assert (exact["worst_excess"] == 0).all()
    for row in table[~table["equal"] & (table["exponent"] != 1)].itertuples():
        key = f"lambda={row.exponent:g}" if row.exponent == 0.5 else f"lambda={row.exponent:.1f}"
        failures, markets, _ = golden("cc_var")["brute_force_NPorder_not_cheapest"][
            f"{key},equal_p=False,n={row.scenarios}"
        ]
        # the reference drew other markets from the same law: compare within 4.5 standard errors
        share = (failures + row.failures) / (markets + row.markets)
        error = np.sqrt(share * (1 - share) * (1 / markets + 1 / row.markets))
        assert abs(failures / markets - row.failures / row.markets) < 4.5 * error
        assert row.worst_excess > 0


def test_equal_probabilities_never_fail_in_the_reference(golden):
    counts = golden("cc_var")["brute_force_NPorder_not_cheapest"]
    sure = [v for k, v in counts.items() if "equal_p=True" in k or "lambda=1.0" in k]
    assert sum(v[1] for v in sure if v[2] == 0) == sum(v[1] for v in sure)
    assert all(v[0] == 0 for v in sure)


def test_smith_costs_are_the_canonical_ones():
    p, c = random_markets(6, 20, False, np.random.default_rng(3))
    costs = smith_costs(p, c, SQUARE)
    for i in range(20):
        assert costs[i] == pytest.approx(cc_var_portfolio(p[i], c[i], SQUARE).investment, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_neyman_pearson_property(seed, n):
    p, c = (v[0] for v in random_markets(n, 1, False, np.random.default_rng(seed)))
    order = np.argsort(p / c)
    assert prefix_is_most_expensive(p, c, order)


def test_neyman_pearson_property_fails_for_another_order():
    p, c = np.array([0.5, 0.5]), np.array([0.2, 0.8])
    assert not prefix_is_most_expensive(p, c, np.array([0, 1]))


def test_yield_is_not_what_is_optimised(golden):
    reference = golden("cc_var_butterflies")
    better_order, better_overshoot = objective_counts(draws=300, seed=1)
    assert [better_overshoot, 300] == reference["overshoot_raises_yield"]
    failures, markets = reference["yield_max_among_order_payoffs_fail"]
    low, high = binom.ppf([1e-5, 1 - 1e-5], markets, failures / markets)
    assert low <= better_order <= high


def test_yield_tends_to_the_largest_relative_income():
    p, c = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.3, 0.3])
    assert yield_with_extra(p, c, SQUARE, 0.0) == pytest.approx(cc_var_portfolio(p, c, SQUARE).yield_)
    assert yield_with_extra(p, c, SQUARE, 1e9) == pytest.approx(0.5 / 0.3 - 1, rel=1e-6)
    assert best_yield_of_orders(p, c, SQUARE) >= cc_var_portfolio(p, c, SQUARE).yield_ - 1e-12
