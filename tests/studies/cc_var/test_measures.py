from dataclasses import replace
from fractions import Fraction
from math import factorial

import numpy as np
import pytest

from portfolio_study.allocation.cc_var.scenarios import beta_cells_exact
from portfolio_study.ledger.measures import declared_in
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import cc_var
from portfolio_study.studies.cc_var import figures, measures, tables
from portfolio_study.studies.cc_var.index_market import FORECASTS

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
    assert found["counterexample.order"] == pytest.approx(0.15 * 0.1**2 + 0.85, abs=1e-12)
    assert found["counterexample.cheapest"] == pytest.approx(0.85 * 0.9**2 + 0.15, abs=1e-12)
    assert measures.order_is_optimal(study) is False


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


def test_the_margin_is_the_tolerance_less_the_worst_excess(study):
    margins, excess = measures.margins(study), measures.excess(study)
    for name in ("history", "garch"):
        margin = margins[f"margin.{name}"]
        assert margin.value == pytest.approx(0.1 - excess[f"excess.{name}"])
        assert margin.interval[0] < margin.value < margin.interval[1]
    gap = excess["excess.history_less_garch"]
    assert gap == pytest.approx(excess["excess.history"] - excess["excess.garch"])


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
    alt = study.words(figures.rates.drawing.alt)
    assert f"order {measures.convergence_orders(study)['order.canonical']:.2f}" in alt
