from dataclasses import replace
from fractions import Fraction
from math import factorial
from types import SimpleNamespace

import numpy as np
import pytest

from portfolio_study.allocation.cc_var import PowerPreference, cc_var_portfolio
from portfolio_study.allocation.cc_var import permutations as algebra
from portfolio_study.allocation.cc_var.continuous import ordering_function
from portfolio_study.allocation.cc_var.portfolio import probability_shortfall
from portfolio_study.allocation.cc_var.scenarios import beta_cells_exact
from portfolio_study.ledger.measures import declared_in
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import cc_var
from portfolio_study.studies.cc_var import figures, measures, tables
from portfolio_study.studies.cc_var.convergence import level_errors
from portfolio_study.studies.cc_var.experiment import EXAMPLE
from portfolio_study.studies.cc_var.index_market import FORECASTS

pytestmark = pytest.mark.slow  # a whole study at a tiny scale

SMALL = {
    "preference": 2,
    "exponents": [1.0, 2.0],
    "sizes": [3],
    "draws": 24,
    "largest": 5,
    "exact_cells": 10,
    "index_start": "2018-01-01",
    "history_years": 1,
    "cells": 20,
    "price_volatility": 0.2,
    "other_volatilities": [0.3],
    "garch_window": 50,
    "option_chain": None,
    "chain_periods": 21,
    "repair_chain": False,
    "seed": 1,
}


def opened(**changed):
    prices = cc_var.load_prices(source="synthetic", universe="SYN01", start="2010-01-01", end="2013-12-31")
    return open_study(cc_var, prices, **SMALL | changed)


@pytest.fixture(scope="module")
def study():
    return opened()


def test_everything_that_is_declared_is_measured(study):
    declared = {f"cc_var.{key}" for made in declared_in(measures) for key in made.keys}
    assert set(study.records()) == declared
    assert all(
        record.sample is None or record.sample["tickers"] == ["SYN01"] for record in study.records().values()
    )


def test_exact_fractions_give_the_same_cost_as_the_five_scenarios(study):
    p, c = beta_cells_exact(5)
    order = sorted(range(5), key=lambda i: Fraction(p[i]) / c[i])
    reached, cost, income = Fraction(0), Fraction(0), Fraction(0)
    for i in order:
        reached += p[i]
        cost += c[i] * reached**2
        income += p[i] * reached**2
    found = measures.beta5(study)
    assert found["beta5.canonical.investment"] == pytest.approx(float(cost), abs=1e-12)
    assert found["beta5.canonical.yield"] == pytest.approx(float(income / cost) - 1, abs=1e-12)


def test_two_scenarios_refute_the_order(study):
    found = measures.counterexample(study)
    order, cheapest = 0.15 * 0.1**2 + 0.85, 0.85 * 0.9**2 + 0.15
    assert found["counterexample.order"].value == pytest.approx(order, abs=1e-12)
    assert found["counterexample.cheapest"].value == pytest.approx(cheapest, abs=1e-12)
    assert found["counterexample.excess"].value == pytest.approx(order / cheapest - 1, abs=1e-12)
    # by the yield the paper's order is ahead
    lead = (0.1 * 0.1**2 + 0.9) / order - (0.9 * 0.9**2 + 0.1) / cheapest
    assert found["counterexample.yield_lead"].value == pytest.approx(lead, abs=1e-12) and lead > 0


def test_the_continuous_income_meets_every_constraint_exactly(study):
    assert measures.delta_market_exact(study).value is True
    beta = study.worked["Beta"]
    rank = ordering_function(beta, np.random.default_rng(5).beta(4, 3, 4000))
    for level in (0.05, 0.5, 0.9):
        assert np.mean(rank <= level) == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) / 4000))
    assert level_errors(beta, 20).max() < 1e-3


def test_eta_counts_the_smaller_incomes(study):
    found = measures.eta_counts(study)
    assert found.value is True and found.n == sum(factorial(n) for n in range(1, 6))


def test_canonical_weights_are_the_least_that_keep_the_promise(study):
    assert study["canonical_only"].value is False and study["canonical_holds"].value is True
    rng, phi = np.random.default_rng(6), PowerPreference(2)
    for _ in range(20):
        p, c = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
        made = cc_var_portfolio(p, c, phi)
        for i in range(6):
            less = np.array(made.ordered_weights)
            less[i] -= 0.01 * (less[i] - (less[i - 1] if i else 0))  # still in ascending order
            assert probability_shortfall(less, made.ordered_probability, phi) > 1e-9
        assert probability_shortfall(made.ordered_weights + 1, made.ordered_probability, phi) == 0


def test_the_matrix_sorts_the_incomes():
    xi = algebra.positions(EXAMPLE)
    matrix = algebra.permutation_matrix(xi)
    assert (matrix @ EXAMPLE).tolist() == sorted(EXAMPLE) != xi.tolist()
    assert (matrix @ np.arange(1, 6) == xi).all()


def test_three_cycles_are_as_many_as_the_recursion_says(study):
    expected = 21 / factorial(5)  # a_n = a_(n-1) + (n - 1)(n - 2) a_(n-3): 1, 1, 1, 3, 9, 21
    assert measures.share_of_three_cycles(study) == pytest.approx(expected)
    found = measures.identities(study)
    assert found["identity.inverse"].value is True and found["identity.square"].value is False
    assert found["identity.square"].n == sum(factorial(n) for n in range(1, 6))


def test_a_month_misses_when_its_rank_is_below_the_level(study):
    found = measures.misses(study)
    for key, (name, level) in measures.COVERAGE.items():
        low = study.month.months[name]["rank"] < level * (1 - 1e-9)
        assert found[key].value == pytest.approx(low.mean()), key
        assert found[key].interval[0] <= found[key].value <= found[key].interval[1]


@pytest.mark.parametrize(
    ("levels", "below_five_percent", "contradict"),
    [(0, -0.3, False), (1, -0.01, True), (0, 0.02, True), (3, 0.04, False)],
)
def test_two_tests_with_opposite_answers_are_said_to_contradict(
    monkeypatch, levels, below_five_percent, contradict
):
    names = ("history", "garch")
    monkeypatch.setattr(measures, "broken", lambda _: {f"broken.{name}": levels for name in names})
    monkeypatch.setattr(
        measures, "refuted", lambda _: {f"refuted.{name}": below_five_percent for name in names}
    )
    found = measures.contradictions(SimpleNamespace(once=lambda function: function(None)))
    assert found == dict.fromkeys(("contradict.history", "contradict.garch"), contradict)


def test_the_promise_is_refuted_by_the_test_over_all_levels_alone(study):
    found, refuted = measures.ranks(study), measures.refuted(study)
    for name in ("history", "garch"):
        p_value = found[f"ranks.{name}.excess"].p_value
        assert (refuted[f"refuted.{name}"] > 0) == (p_value < 0.05)
    gap = found["ranks.history.excess"].value - found["ranks.garch.excess"].value
    assert measures.excess_difference(study) == pytest.approx(gap)


def test_forecasts_know_only_the_past(study):
    cut = study.prices.close.index[-70]
    close = study.prices.close.copy()
    close.loc[close.index > cut] *= np.linspace(1, 3, 69)[:, None]  # another future
    other = open_study(cc_var, replace(study.prices, close=close), **SMALL)
    for name in FORECASTS:
        runs = [made.month.months[name] for made in (study, other)]
        before = runs[0].index[runs[0].index <= cut]
        assert len(before) > 20 and not runs[0]["rank"].equals(runs[1]["rank"])
        np.testing.assert_array_equal(*(run.loc[before, "rank"].to_numpy() for run in runs))


def test_a_run_on_several_stocks_takes_the_index():
    prices = cc_var.load_prices(source="synthetic", universe="SYN01 SYN02", end="2013-12-31")
    made = open_study(cc_var, prices, **SMALL | {"index_start": "2019-01-02"})
    assert made.index.tickers == ["^GSPC"]
    assert measures.market(made)["market.price_index"].value is True


def test_a_readers_chain_is_not_called_made_up(study, tmp_path):
    from portfolio_study.allocation.cc_var.chain import black_chain

    quotes = black_chain(100, 0.2, 1 / 12, np.arange(85.0, 116.0, 5.0))
    quotes.to_csv(tmp_path / "quotes.csv", index=False)
    read = opened(option_chain=str(tmp_path / "quotes.csv"))
    assert measures.chain(read)["chain.made_up"].value is False
    assert measures.chain(read)["chain.strikes"].value == 7
    assert measures.chain_violation(read).note == ""
    assert measures.chain_violation(study).note == "prices of the options are assumed"


def test_tables_and_alt_texts_hold_measured_values(study):
    share = measures.share_of_three_cycles(study)
    assert f"{share:.1%} of the orders of 5" in tables.sides(study).data
    assert "GARCH" in tables.coverage(study).data
    alt = study.alt(figures.rates)
    assert f"order {measures.convergence_orders(study)['order.canonical']:.2f}" in alt


def test_the_picture_of_the_constraint_says_where_its_curves_lie_above_the_limit(study):
    drawn = figures.distribution(study).axes[0]
    for line in drawn.get_lines()[:-1]:
        z, reached = line.get_xdata(), line.get_ydata()
        above = np.max(reached - np.sqrt(np.minimum(z, 1)))  # lambda = 2: the limit is the root
        assert f"{line.get_label()} {abs(above):.3f}" in study.alt(figures.distribution)
