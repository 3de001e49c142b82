"""Butterflies in place of scenario indicators: prices, true risk, violations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from portfolio_study.allocation.cc_var.options import (
    butterfly_payoffs,
    butterfly_prices,
    butterfly_prices_from_options,
    cell_centres,
    option_portfolio,
    option_prices,
    payoff_moments,
    payoff_probability,
)
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_market, lognormal_market
from portfolio_study.errors import ParameterError

SQUARE = PowerPreference(2)
MARKETS = {"beta": beta_market(), "logn": lognormal_market()}


class PointMass:
    """All probability in a narrow cell around one price."""

    def __init__(self, at, width=1e-9):
        self.at, self.width = at, width

    def cdf(self, x):
        return np.clip((np.asarray(x, dtype=float) - self.at) / self.width + 0.5, 0, 1)


def build(market, n, method="canonical"):
    return option_portfolio(
        market.forecast.cdf, market.price.cdf, cell_centres(market.lower, market.upper, n), SQUARE, method
    )


def test_beta_five_strikes(golden):
    expected = golden("cc_var")["butterfly_beta_n5"]
    option = build(beta_market(), 5)
    portfolio = option.portfolio
    assert option.strikes == pytest.approx(expected["strikes"], abs=1e-12)
    for value, key in (
        (option.price, "cB"),
        (option.probability, "pB"),
        (portfolio.relative_income, "rho"),
        (portfolio.order + 1, "xi"),
        (portfolio.cumulative_probability, "eps"),
        (portfolio.weights, "g_canonical"),
        ([portfolio.investment], "A"),
        ([portfolio.investment], "A_true"),
        ([portfolio.mean_income], "R"),
        ([portfolio.mean_income], "R_true"),
        ([portfolio.yield_], "y"),
        ([portfolio.sd], "sigma_paper_formula"),
        ([option.sd], "sigma_true_payoff"),
    ):
        wanted = expected[key] if isinstance(expected[key], list) else [expected[key]]
        assert list(value) == pytest.approx(wanted, abs=1e-9), key
    levels = np.linspace(0, 1, 2001)[1:-1]
    below = payoff_probability(beta_market().forecast.cdf, option.strikes, portfolio.weights, SQUARE(levels))
    # this one reference value is a sampled probability, off by 8e-8 from the exact -0.0005 at the first level
    assert np.max(below - levels) == pytest.approx(expected["max_CCVaR_violation"], abs=1e-7)
    assert option.violation == 0


@pytest.mark.parametrize("method", ["canonical", "integral"])
@pytest.mark.parametrize("n", [5, 10, 20, 50])
@pytest.mark.parametrize("name", ["beta", "logn"])
def test_butterfly_portfolios(golden, name, n, method):
    market = MARKETS[name]
    expected = golden("cc_var_butterflies")[f"butterfly_{name}_{n}"][method]
    option = build(market, n, method)
    portfolio = option.portfolio
    found = [portfolio.investment, portfolio.mean_income, portfolio.sd, option.sd]
    assert found == pytest.approx([expected[k] for k in ("A", "R", "sigma", "sigma_true")], abs=1e-9)
    # the reference samples 400,000 prices and 3,999 levels: rebuild that grid, then compare the exact value
    x = market.lower + (np.arange(400_000) + 0.5) * (market.upper - market.lower) / 400_000
    mass = market.forecast.pdf(x) * (market.upper - market.lower) / 400_000
    income = option.payoff(x)
    order = np.argsort(income)
    below = np.concatenate([[0.0], np.cumsum(mass[order])])
    levels = np.linspace(0, 1, 4001)[1:-1]
    sampled = np.max(below[np.searchsorted(income[order], SQUARE(levels))] - levels)
    assert sampled == pytest.approx(expected["max_viol"], abs=1e-9)
    exact = (
        payoff_probability(market.forecast.cdf, option.strikes, portfolio.weights, SQUARE(levels)) - levels
    )
    assert exact.max() == pytest.approx(sampled, abs=1e-5)
    assert option.violation >= exact.max()
    # between two levels of the grid the violation rises by at most their distance
    assert option.violation <= max(exact.max(), 0) + 1 / 4000
    if method == "canonical":
        assert option.violation == 0


def test_scenario_formula_overstates_the_risk():
    for market in MARKETS.values():
        for n in (5, 10, 50):
            option = build(market, n)
            assert option.sd < option.portfolio.sd


def test_constraint_can_fail():
    """Two strikes, all probability half way: income .625, demanded more at 21 % of the levels."""
    strikes = np.array([0.25, 0.75])
    half_way = PointMass(0.5)
    option = option_portfolio(half_way.cdf, np.array([0.6, 0.4]), strikes, SQUARE)
    assert option.probability == pytest.approx([0.5, 0.5])
    assert option.payoff(0.5) == pytest.approx(0.625)
    assert option.violation == pytest.approx(1 - np.sqrt(0.625), abs=1e-6)
    assert option.violation == pytest.approx(0.209430585, abs=1e-6)


@pytest.mark.parametrize("n", [2, 5, 12])
@pytest.mark.parametrize("name", ["beta", "logn"])
def test_butterflies_add_up(name, n):
    market = MARKETS[name]
    strikes = cell_centres(market.lower, market.upper, n)
    x = np.linspace(market.lower - 1, market.upper + 1, 777)
    payoffs = butterfly_payoffs(x, strikes)
    assert payoffs.sum(axis=1) == pytest.approx(1)
    h = strikes[1] - strikes[0]
    calls, puts = np.maximum(x[:, None] - strikes, 0), np.maximum(strikes - x[:, None], 0)
    spreads = [(puts[:, 1] - puts[:, 0]) / h]
    spreads += [(calls[:, i - 1] - 2 * calls[:, i] + calls[:, i + 1]) / h for i in range(1, n - 1)]
    spreads += [(calls[:, -2] - calls[:, -1]) / h]
    assert payoffs == pytest.approx(np.column_stack(spreads), abs=1e-9)


@pytest.mark.parametrize("name", ["beta", "logn"])
def test_prices_from_calls_and_puts(golden, name):
    market = MARKETS[name]
    strikes = cell_centres(market.lower, market.upper, 5)
    calls, puts = option_prices(market, strikes)
    for k, call, put in zip(strikes, calls, puts, strict=True):
        direct_call = quad(lambda x, k=k: (x - k) * market.price.pdf(x), k, market.upper)[0]
        direct_put = quad(lambda x, k=k: (k - x) * market.price.pdf(x), market.lower, k)[0]
        assert (call, put) == pytest.approx((direct_call, direct_put), abs=1e-7)
    from_options = butterfly_prices_from_options(calls, puts, strikes)
    gap = np.max(np.abs(from_options - butterfly_prices(market.price.cdf, strikes)))
    assert gap <= max(golden("cc_var")["butterfly_prices_from_options_maxdiff"], 1e-12)
    assert from_options.sum() == pytest.approx(1, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 2), min_size=4, max_size=4))
def test_moments_and_probabilities_of_a_payoff(incomes):
    market = beta_market()
    strikes = np.array([0.1, 0.3, 0.55, 0.9])
    x = (np.arange(200_000) + 0.5) / 200_000
    mass = market.forecast.pdf(x) / 200_000
    paid = np.interp(x, strikes, incomes)
    mean, sd = payoff_moments(market.forecast.cdf, strikes, incomes)
    assert mean == pytest.approx(paid @ mass, abs=1e-6)
    assert sd == pytest.approx(np.sqrt((paid - mean) ** 2 @ mass), abs=1e-5)
    levels = np.linspace(-0.1, 2.1, 23)
    below = [mass[paid < z].sum() for z in levels]
    at_most = [mass[paid <= z].sum() for z in levels]
    found = payoff_probability(market.forecast.cdf, strikes, incomes, levels)
    # near a corner with a tiny slope the grid cannot tell the two sides apart
    assert np.all(found >= np.array(below) - 2e-5)
    assert np.all(
        payoff_probability(market.forecast.cdf, strikes, incomes, levels, False) <= np.array(at_most) + 2e-5
    )
    assert np.all(found <= np.array([mass[paid < z + 1e-9].sum() for z in levels]) + 2e-5)


def test_unequal_strikes_sum_to_one():
    strikes = np.array([0.1, 0.2, 0.5, 0.6, 0.95])
    p = butterfly_prices(beta_market().forecast.cdf, strikes)
    x = (np.arange(200_000) + 0.5) / 200_000
    direct = beta_market().forecast.pdf(x) @ butterfly_payoffs(x, strikes) / 200_000
    assert p == pytest.approx(direct, abs=1e-8)


@pytest.mark.parametrize(
    ("strikes", "message"),
    [
        ([0.5], "at least two strikes"),
        ([0.5, 0.4], r"strikes must ascend: 0\.4 does not"),
        ([0.5, np.nan], "strike number 1"),
    ],
)
def test_bad_strikes(strikes, message):
    with pytest.raises(ParameterError, match=message):
        butterfly_payoffs([0.5], strikes)
