"""Tables of convergence, distances to the limit, quantiles of the income."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.cc_var.portfolio import income_quantile, probability_shortfall
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_market, lognormal_market
from portfolio_study.studies.cc_var.convergence import (
    convergence_table,
    limit_distances,
    order_of_convergence,
)

SQUARE = PowerPreference(2)


def test_table_of_the_beta_example(golden):
    table = convergence_table(beta_market(), SQUARE, (5, 100))
    reference = golden("cc_var")["beta_example"]
    for n in (5, 100):
        row = reference[str(n)]
        assert table.loc[n, "canonical_A"] == pytest.approx(row["canonical"]["A"], abs=1e-9)
        assert table.loc[n, "integral_sd"] == pytest.approx(row["integral"]["sigma"], abs=1e-9)
        assert table.loc[n, "shortfall"] == pytest.approx(row["viol_int"], abs=1e-9)
    assert table.loc[np.inf, "canonical_y"] == pytest.approx(
        golden("cc_var")["beta_continuous"]["y"], abs=1e-9
    )


@pytest.mark.parametrize("market", [beta_market(), lognormal_market()])
def test_vectors_approach_their_functions(market):
    coarse, fine = limit_distances(market, 40), limit_distances(market, 640)
    assert (fine < coarse / 3).all()
    assert (fine < 0.02).all()


def test_order_of_a_known_sequence():
    sizes = pd.Index([10.0, 20.0, 40.0])
    assert order_of_convergence(pd.Series(3 / sizes**2, index=sizes)) == pytest.approx(2)


def test_criterion_is_dominance_of_the_quantile_function():
    """The constraint holds at all levels exactly when the quantile function is at least the demand."""
    rng = np.random.default_rng(4)
    levels = np.linspace(0, 1, 4001)[1:]
    outcomes = []
    for _ in range(200):
        p = rng.dirichlet(np.ones(5))
        income = SQUARE(np.cumsum(p)) + rng.normal(0, 0.05, 5) * (rng.random() < 0.7)
        holds = probability_shortfall(income, p, SQUARE) <= 3e-4  # the levels are 2.5e-4 apart
        dominates = bool(np.all(income_quantile(income, p, levels) >= SQUARE(levels - 3e-4).clip(0)))
        outcomes.append((holds, dominates))
    assert all(a == b for a, b in outcomes)
    assert {a for a, _ in outcomes} == {True, False}
