"""Change of basis to quoted instruments: rank, condition, problem bases."""

import numpy as np
import pytest

from portfolio_study.allocation.cc_var.bases import (
    BASES,
    basis_payoffs,
    basis_report,
    change_basis,
    condition_table,
    independent_instruments,
)
from portfolio_study.allocation.cc_var.options import cell_centres, option_portfolio
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import beta_market
from portfolio_study.errors import ParameterError, UnknownNameError

STRIKES = np.arange(5.0)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 10, 20, 50])
def test_condition_numbers(golden, n):
    expected = golden("cc_var")["basis_condition"][str(n)]
    table = condition_table((n,)).set_index("basis")
    for name, key in (
        ("bond and calls", "calls+U"),
        ("bond and spreads", "spreads+U"),
        ("straddles", "straddles"),
    ):
        assert table.loc[name, "condition"] == pytest.approx(expected[key], rel=1e-9)
        assert table.loc[name, "usable"]
    assert table.loc["neighbour pairs", "rank"] == expected["cyclic pair sums rank"]
    if n % 2:
        assert table.loc["neighbour pairs", "condition"] == pytest.approx(
            expected["cyclic pair sums"], rel=1e-9
        )
    else:
        assert expected["cyclic pair sums"] > 1e15
        assert table.loc["neighbour pairs", "condition"] == np.inf
        assert not table.loc["neighbour pairs", "usable"]


def test_redundant_and_deficient_sets(golden):
    counts = golden("cc_var")["basis_condition"]
    everything = basis_report(basis_payoffs("calls, puts and bond", STRIKES))
    assert (everything.instruments, everything.rank) == (11, counts["n5 calls+puts+U (11 instruments) rank"])
    assert not everything.usable
    assert basis_report(basis_payoffs("calls only", STRIKES)).rank == counts["calls at all 5 strikes rank"]


def test_calls_of_the_beta_portfolio(golden):
    market = beta_market()
    strikes = cell_centres(0, 1, 5)
    option = option_portfolio(market.forecast.cdf, market.price.cdf, strikes, PowerPreference(2))
    holdings = change_basis(option.portfolio.weights, basis_payoffs("bond and calls", strikes))
    assert list(holdings) == pytest.approx(golden("cc_var")["butterfly_beta_n5_in_calls_basis"], abs=1e-9)
    assert holdings.index[0] == "bond"


@pytest.mark.parametrize("name", ["butterflies", "bond and calls", "bond and spreads", "straddles"])
@pytest.mark.parametrize("n", [2, 3, 10, 50])
def test_holdings_pay_the_incomes(name, n):
    strikes = 90 + 2.5 * np.arange(n)
    incomes = np.random.default_rng(n).random(n)
    payoffs = basis_payoffs(name, strikes)
    holdings = change_basis(incomes, payoffs)
    assert payoffs.to_numpy().T @ holdings == pytest.approx(incomes, abs=1e-9)


def test_problem_bases_are_refused_with_advice():
    with pytest.raises(ParameterError, match="span 4 of 5 dimensions; add an independent"):
        change_basis(np.ones(5), basis_payoffs("calls only", STRIKES))
    with pytest.raises(ParameterError, match="span 3 of 4 dimensions"):
        change_basis(np.ones(4), basis_payoffs("neighbour pairs", STRIKES[:4]))
    with pytest.raises(ParameterError, match=r"11 instruments for 5 strikes.*leave out"):
        change_basis(np.ones(5), basis_payoffs("calls, puts and bond", STRIKES))
    with pytest.raises(ParameterError, match="5 incomes are needed"):
        change_basis(np.ones(4), basis_payoffs("straddles", STRIKES))
    nearly = basis_payoffs("butterflies", STRIKES)
    nearly.iloc[4] = nearly.iloc[3] + 1e-12 * nearly.iloc[4]
    with pytest.raises(ParameterError, match="condition number"):
        change_basis(np.ones(5), nearly)
    with pytest.raises(UnknownNameError, match="did you mean 'straddles'"):
        basis_payoffs("strangles", STRIKES)


def test_independent_instruments_make_a_basis():
    for n in (4, 5, 8):
        strikes = np.arange(float(n))
        payoffs = basis_payoffs("calls, puts and bond", strikes)
        chosen = independent_instruments(payoffs)
        report = basis_report(payoffs.loc[chosen])
        assert report.usable
        assert report.condition <= basis_report(basis_payoffs("bond and calls", strikes)).condition
        change_basis(np.ones(n), payoffs.loc[chosen])


def test_all_sets_are_listed():
    assert set(condition_table((4,))["basis"]) == set(BASES)
