"""The CC-VaR portfolio: golden values, exact fractions, properties, bad input."""

from fractions import Fraction
from math import inf

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.allocation import cc_var_portfolio
from portfolio_study.allocation.cc_var.portfolio import (
    cumulate,
    income_distribution,
    integral_weights,
    performance,
    probability_shortfall,
    scenario_order,
)
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_cells_exact, beta_market, lognormal_market
from portfolio_study.errors import ParameterError, UnknownNameError

SQUARE = PowerPreference(2)
CELLS = (5, 10, 20, 50, 100, 200, 400)


def triple(portfolio):
    return [portfolio.investment, portfolio.mean_income, portfolio.yield_, portfolio.sd]


@st.composite
def markets(draw, largest=12):
    n = draw(st.integers(2, largest))
    sizes = st.lists(st.integers(1, 10_000), min_size=n, max_size=n)
    p, c = (np.array(draw(sizes), dtype=float) for _ in range(2))
    return p / p.sum(), c / c.sum()


exponents = st.floats(0.2, 6.0)


@pytest.mark.parametrize("method", ["canonical", "integral"])
@pytest.mark.parametrize("n", CELLS)
def test_beta_example(golden, n, method):
    portfolio = cc_var_portfolio(*beta_market().cells(n), SQUARE, method)
    expected = golden("cc_var")["beta_example"][str(n)][method]
    assert triple(portfolio) == pytest.approx([expected[k] for k in ("A", "R", "y", "sigma")], abs=1e-9)


@pytest.mark.parametrize("n", CELLS)
def test_beta_shortfall_of_integral_weights(golden, n):
    portfolio = cc_var_portfolio(*beta_market().cells(n), SQUARE, "integral")
    assert portfolio.shortfall(SQUARE) == pytest.approx(
        golden("cc_var")["beta_example"][str(n)]["viol_int"], abs=1e-9
    )


@pytest.mark.parametrize("method", ["canonical", "integral"])
def test_beta_five_cells_as_fractions(golden, method):
    expected = golden("cc_var")["beta_example"]["5"]
    p, c = beta_cells_exact(5)
    assert [str(v) for v in p] == expected["p"]
    assert [str(v) for v in c] == expected["c"]
    portfolio = cc_var_portfolio(p, c, SQUARE, method)
    assert isinstance(portfolio.investment, Fraction)
    assert str(portfolio.investment) == expected[method]["A_frac"]
    assert str(portfolio.mean_income) == expected[method]["R_frac"]
    assert [float(b) for b in portfolio.ordered_weights] == pytest.approx(expected[method]["b"], abs=1e-15)
    assert list(portfolio.order + 1) == expected["xi"] == [1, 2, 5, 3, 4]
    assert list(portfolio.ranks + 1) == [1, 2, 4, 5, 3]
    assert [float(v) for v in portfolio.relative_income] == pytest.approx(expected["rho"], abs=1e-12)
    assert [float(v) for v in portfolio.cumulative_probability] == pytest.approx(expected["eps"], abs=1e-12)


def test_beta_order_of_ten_cells(golden):
    portfolio = cc_var_portfolio(*beta_market().cells(10), SQUARE)
    assert list(portfolio.order + 1) == golden("cc_var")["beta_example"]["10"]["xi"]


def test_income_distribution_of_the_beta_example():
    portfolio = cc_var_portfolio(*beta_market().cells(5), SQUARE)
    assert portfolio.income_distribution([0.05, 0.1, 0.5]) == pytest.approx([0.1792, 0.27808, 0.6432])
    assert portfolio.income_distribution(-1e-9) == 0
    assert portfolio.income_distribution(1.0) == pytest.approx(1)


@pytest.mark.parametrize("method", ["canonical", "integral"])
@pytest.mark.parametrize("n", [5, 10, 50, 200, 1000, 5000])
def test_lognormal_example(golden, n, method):
    expected = golden("cc_var")["lognormal_example"][str(n)]
    p, c = lognormal_market().cells(n)
    portfolio = cc_var_portfolio(p, c, SQUARE, method)
    assert triple(portfolio) == pytest.approx(
        [expected[method][k] for k in ("A", "R", "y", "sigma")], abs=1e-9
    )
    for name, value in (
        ("p", p),
        ("c", c),
        ("rho", portfolio.relative_income),
        ("xi", portfolio.order + 1),
        ("eta", portfolio.ranks + 1),
        ("eps", portfolio.cumulative_probability),
        ("gamma", portfolio.cumulative_price),
        ("omega", portfolio.cumulative_by_scenario),
    ):
        if name in expected:
            assert list(value) == pytest.approx(expected[name], abs=1e-9), name
    if "g" in expected[method]:
        assert list(portfolio.weights) == pytest.approx(expected[method]["g"], abs=1e-9)


def test_short_version_equals_the_long_algorithm():
    p, c = lognormal_market().cells(17)
    order = np.argsort(p / c)
    eta = np.argsort(order)
    g = SQUARE(np.cumsum(p[order]))[eta]
    assert cc_var_portfolio(p, c, SQUARE).weights == pytest.approx(g, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(markets(), exponents)
def test_canonical_weights_meet_every_constraint(market, exponent):
    phi = PowerPreference(exponent)
    portfolio = cc_var_portfolio(*market, phi)
    assert portfolio.shortfall(phi) <= 1e-12
    # the definition, level by level, without the function under test
    for level in np.linspace(0, 1, 301):
        enough = portfolio.weights >= phi(level) * (1 - 1e-12)
        assert market[0][enough].sum() >= 1 - level - 1e-9


@settings(max_examples=60, deadline=None)
@given(markets(largest=9), exponents)
def test_investments_are_ordered(market, exponent):
    phi = PowerPreference(exponent)
    low, best, high = (
        cc_var_portfolio(*market, phi, m).investment for m in ("integral", "cheapest", "canonical")
    )
    assert low <= best * (1 + 1e-9)
    assert best <= high * (1 + 1e-9)
    assert cc_var_portfolio(*market, phi, "cheapest").shortfall(phi) <= 1e-12


@settings(max_examples=40, deadline=None)
@given(markets(), exponents)
def test_integral_weights_have_the_mean_of_the_preference(market, exponent):
    phi = PowerPreference(exponent)
    portfolio = cc_var_portfolio(*market, phi, "integral")
    assert portfolio.mean_income == pytest.approx(1 / (exponent + 1), rel=1e-9)
    # the shortfall of averaged weights is at most the largest scenario's probability
    assert portfolio.shortfall(phi) <= market[0].max() + 1e-12


@settings(max_examples=40, deadline=None)
@given(markets(), exponents)
def test_both_sums_give_the_same_performance(market, exponent):
    p, c = market
    portfolio = cc_var_portfolio(p, c, PowerPreference(exponent))
    in_order = performance(portfolio.ordered_weights, portfolio.ordered_probability, portfolio.ordered_price)
    assert performance(portfolio.weights, p, c) == pytest.approx(in_order, rel=1e-9)
    returns = portfolio.weights / portfolio.investment - 1
    mean = returns @ p
    assert portfolio.yield_ == pytest.approx(mean, rel=1e-9, abs=1e-12)
    assert portfolio.sd == pytest.approx(np.sqrt((returns - mean) ** 2 @ p), rel=1e-6, abs=1e-9)
    assert portfolio.cumulative_probability == pytest.approx(cumulate(p[portfolio.order]), abs=1e-12)


def test_too_little_income_violates_the_constraint():
    income = np.array([0.2, 0.2, 1.0])
    probability = np.array([0.3, 0.3, 0.4])
    # the demand exceeds .2 from level sqrt(.2) on, and 60 % of the probability pays no more
    assert probability_shortfall(income, probability, SQUARE) == pytest.approx(0.6 - np.sqrt(0.2))
    assert income_distribution(income, probability)([0.19, 0.2, 1.0]) == pytest.approx([0, 0.6, 1])


@pytest.mark.parametrize(("exponent", "cost"), [(2.0, 0.671875), (0.5, None), (1.0, None)])
def test_ties_take_the_cheaper_order(exponent, cost):
    p = [0.25, 0.75]
    phi = PowerPreference(exponent)
    both = [0.25 * phi(0.25) + 0.75, 0.75 * phi(0.75) + 0.25]
    portfolio = cc_var_portfolio(p, p, phi)
    assert portfolio.investment == pytest.approx(min(both))
    if cost is not None:
        assert max(both) == pytest.approx(0.765625)
        assert portfolio.investment == pytest.approx(cost)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=7), exponents)
def test_within_ties_no_order_is_cheaper(sizes, exponent):
    p = np.array(sizes, dtype=float)
    p /= p.sum()
    phi = PowerPreference(exponent)
    best = cc_var_portfolio(p, p, phi, "cheapest").investment
    assert cc_var_portfolio(p, p, phi).investment == pytest.approx(best, rel=1e-9)


def test_ties_by_rounding_count_as_ties():
    p = np.array([0.1, 0.2, 0.3, 0.4])
    c = p * (1 + 1e-15 * np.array([1, -1, 1, -1]))
    assert list(scenario_order(p, c, SQUARE)) == [3, 2, 1, 0]
    assert list(scenario_order(p, c, PowerPreference(0.5))) == [0, 1, 2, 3]


def test_zero_price_is_an_arbitrage_and_comes_last():
    portfolio = cc_var_portfolio([0.2, 0.3, 0.5], [0.4, 0.0, 0.6], SQUARE)
    assert portfolio.relative_income[1] == inf
    assert portfolio.order[-1] == 1
    assert portfolio.weights[1] == 1
    assert portfolio.investment == pytest.approx(0.4 * 0.2**2 + 0.6 * 0.7**2)


def test_zero_probability_is_paid_nothing():
    portfolio = cc_var_portfolio([0.0, 0.5, 0.5], [0.4, 0.3, 0.3], SQUARE)
    assert portfolio.order[0] == 0
    assert portfolio.weights[0] == 0
    integral = cc_var_portfolio([0.0, 0.5, 0.5], [0.4, 0.3, 0.3], SQUARE, "integral")
    assert integral.weights[0] == 0


@pytest.mark.parametrize("method", ["canonical", "integral", "cheapest"])
def test_void_scenarios_are_dropped(method):
    with_void = cc_var_portfolio([0.2, 0.0, 0.8], [0.5, 0.0, 0.5], SQUARE, method)
    without = cc_var_portfolio([0.2, 0.8], [0.5, 0.5], SQUARE, method)
    assert list(with_void.dropped) == [1]
    assert list(with_void.ranks) == [0, -1, 1]
    assert list(with_void.weights[[0, 2]]) == list(without.weights)
    assert with_void.weights[1] == 0
    assert triple(with_void) == triple(without)


def test_free_income_has_infinite_yield():
    portfolio = cc_var_portfolio([0.0, 1.0], [1.0, 0.0], SQUARE)
    assert (portfolio.investment, portfolio.yield_, portfolio.sd) == (0, inf, inf)


def test_labels_are_kept():
    index = ["low", "middle", "high"]
    p, c = pd.Series([0.2, 0.3, 0.5], index), pd.Series([0.3, 0.4, 0.3], index)
    portfolio = cc_var_portfolio(p, c, SQUARE)
    assert list(portfolio.weights.index) == index
    assert portfolio.weights["high"] == 1
    with pytest.raises(ParameterError, match="labelled differently: low and high"):
        cc_var_portfolio(p, c.iloc[::-1], SQUARE)


def test_integral_weights_of_a_general_preference():
    def steps(level):
        return np.where(level < 0.37, 0.2, 0.9)

    eps = np.array([0.25, 0.5, 1.0])
    expected = [0.2, (0.12 * 0.2 + 0.13 * 0.9) / 0.25, 0.9]
    assert integral_weights(eps, steps) == pytest.approx(expected, abs=1e-9)
    assert integral_weights(eps, lambda e: np.exp(e)) == pytest.approx(
        np.diff(np.exp(np.concatenate([[0], eps]))) / np.diff(np.concatenate([[0], eps])), abs=1e-12
    )


def test_a_scalar_preference_is_accepted():
    def scalar(level):
        return 0.1 if level < 0.5 else 0.8

    portfolio = cc_var_portfolio([0.4, 0.6], [0.6, 0.4], scalar)
    assert list(portfolio.ordered_weights) == [0.1, 0.8]


BAD = [
    ([0.5, -0.1, 0.6], None, "probability is negative at index 1"),
    ([0.5, np.nan, 0.5], None, "probability is not a finite number at index 1"),
    ([0.5, 0.2, 0.2], None, r"probability sums to 0\.9; it must sum to one within 1e-09"),
    (None, [0.5, 0.6, -0.1], "price is negative at index 2"),
    (None, [0.5, np.inf, 0.5], "price is not a finite number at index 1"),
    (None, [0.5, 0.5000001, 0.0], "price sums to"),
    (None, [0.5, 0.5], "probability has 3 scenarios and price has 2"),
    ([[0.5, 0.5]], None, "must be a vector"),
    ([], None, "at least one scenario"),
    (["a", "b", "c"], None, "must hold numbers"),
]


@pytest.mark.parametrize(("probability", "price", "message"), BAD)
def test_bad_markets_are_refused(probability, price, message):
    good = [0.3, 0.3, 0.4]
    with pytest.raises(ParameterError, match=message):
        cc_var_portfolio(
            good if probability is None else probability, good if price is None else price, SQUARE
        )


def test_bad_label_is_named():
    p = pd.Series([0.5, -0.1, 0.6], ["low", "middle", "high"])
    with pytest.raises(ParameterError, match=r"index 1 \(middle\)"):
        cc_var_portfolio(p, [0.3, 0.3, 0.4], SQUARE)


@pytest.mark.parametrize(
    ("preference", "message"),
    [
        (lambda e: 1 - e, "preference decreases between the levels"),
        (lambda e: e - 0.5, "preference is negative at level 0"),
        (lambda e: np.where(e < 0.3, 0.0, np.nan), r"preference is not a finite number at level 0\.3"),
        (lambda e: e * 0, "costs and pays nothing"),
    ],
)
def test_bad_preferences_are_refused(preference, message):
    with pytest.raises(ParameterError, match=message):
        cc_var_portfolio([0.5, 0.5], [0.4, 0.6], preference)


def test_bad_parameters_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'canonical'"):
        cc_var_portfolio([1.0], [1.0], SQUARE, "cannonical")
    with pytest.raises(ParameterError, match="exponent of the preference must be positive"):
        PowerPreference(0)
    with pytest.raises(ParameterError, match="at most 20 scenarios, got 21"):
        cc_var_portfolio(np.full(21, 1 / 21), np.full(21, 1 / 21), SQUARE, "cheapest")
