"""Tables of the chapter against the functions that they tabulate."""

import numpy as np
import pytest

from portfolio_study.allocation import PowerPreference, cc_var_portfolio
from portfolio_study.allocation.cc_var.scenarios import beta_market, lognormal_market
from portfolio_study.studies.cc_var.many_markets import (
    cell_means,
    cost_bounds,
    criterion_against_dominance,
    option_table,
    other_weights,
    portfolio_table,
    random_shortfalls,
)

SQUARE = PowerPreference(2)


def test_random_shortfalls():
    table = random_shortfalls((0.5, 2.0), 20, 40, seed=3)
    assert len(table) == 80
    assert (table["canonical"] <= 1e-12).all()
    assert (table["integral"] > 0).all()
    assert (table["integral"] <= table["largest"] + 1e-12).all()
    assert table.equals(random_shortfalls((0.5, 2.0), 20, 40, seed=3))


def test_other_weights_miss_by_the_largest_scenario_at_most(golden):
    table = other_weights((beta_market(),), (5, 100), SQUARE)
    for n in (5, 100):
        row = table.loc["Beta", n]
        assert row["averaged"] == pytest.approx(
            golden("cc_var")["beta_example"][str(n)]["viol_int"], abs=1e-9
        )
        # paying the demand at the lower end misses by a whole scenario, anything in between by less
        assert row["lower"] == pytest.approx(row["largest"]) and row["averaged"] < row["largest"]
    assert table.loc[("Beta", 100), "lower"] < table.loc[("Beta", 5), "lower"] / 10


def test_both_readings_of_the_criterion_agree():
    table = criterion_against_dominance(SQUARE, 200, seed=4)
    assert (table["criterion"] == table["dominance"]).all()
    assert table["criterion"].nunique() == 2


def test_cost_bounds(golden):
    table = cost_bounds((beta_market(),), (5, 10), SQUARE)
    assert table.loc[("Beta", 10), "cheapest"] == pytest.approx(
        golden("cc_var")["beta_exact_cheapest_n10"][0], abs=1e-9
    )
    assert (table["integral"] <= table["cheapest"]).all()
    assert table["saving"].tolist() == pytest.approx([0, 1 - 0.3088993199 / 0.30974442], abs=1e-8)


def test_option_table(golden):
    table = option_table((beta_market(), lognormal_market()), (5,), SQUARE)
    for market, key in (("Beta", "beta"), ("lognormal", "logn")):
        row, reference = (
            table.loc[(market, 5, "integral")],
            golden("cc_var_butterflies")[f"butterfly_{key}_5"]["integral"],
        )
        assert row["investment A"] == pytest.approx(reference["A"], abs=1e-9)
        assert row["sd, true payoff"] == pytest.approx(reference["sigma_true"], abs=1e-9)


def test_portfolio_table():
    p, c = lognormal_market().cells(15)
    table = portfolio_table(p, c, (1.0, 2.0))
    made = cc_var_portfolio(p, c, SQUARE)
    assert table.loc[2.0, "yield y (illustration)"] == made.yield_
    cheapest = cc_var_portfolio(p, c, SQUARE, "cheapest").investment
    assert 1 - cheapest / made.investment <= table.loc[2.0, "at most saved by another order"]


def test_cell_means():
    market = beta_market()
    found = cell_means(market.price, lambda x: x, market.edges(4))
    assert found.sum() == pytest.approx(0.5)
    assert cell_means(market.price, lambda x: 1.0, market.edges(4)) == pytest.approx(market.cells(4)[1])
    assert np.all(np.diff(found[:3]) > 0)
