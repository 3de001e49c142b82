"""What the paper prints: its tables, its riskless rate and the problems built from them."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exits import exit_moments, paper_exit
from portfolio_study.studies.bayesian_multi_period import paper
from portfolio_study.studies.bayesian_multi_period.replication import table_cells


def test_printed_tables_have_the_cells_of_the_replication():
    for number, table in ((1, paper.TABLE_1), (2, paper.TABLE_2)):
        assert list(table) == list(table_cells(number))
        assert all(0 <= p <= 1 for p in table.values())
    assert (paper.TABLE_1[0.0], paper.TABLE_1[0.1], paper.TABLE_1[-0.9]) == (0.17, 1.0, 0.06)
    assert (paper.TABLE_2[0.0], paper.TABLE_2[0.05], paper.TABLE_2[0.5]) == (1.0, 0.95, 0.09)


def test_readings_of_the_riskless_return(golden):
    table = paper.riskless_table()
    literal = table.loc["0.0057 as the gross return"]
    # what the printed 0.0057 leaves of one unit after 26 weeks
    assert literal["riskless wealth"] == pytest.approx(4.495171312e-59, rel=1e-9)
    assert literal["lambda_0"] == pytest.approx(5.64466962e-06, rel=1e-6)
    assert list(table["first position"]) == ["long", "short", "short"]
    gross = paper.riskless_readings()["0.57 % a year"]
    policy = paper.independent_policy(paper_exit("P1"), gross)
    assert table.iloc[0]["Theta"] == pytest.approx(policy.theta_sum, rel=1e-12)


def test_exit_plans_separate_mean_and_spread():
    plans = paper.exit_plans()
    own = [exit_moments(plans[name]) for name in ("week 20 for certain", "week 17 or 23", "week 14 or 26")]
    assert [mean for mean, _ in own] == pytest.approx([20, 20, 20])
    assert [sd for _, sd in own] == pytest.approx([0, 3, 6])


def test_exit_table_is_the_policy_and_falls_with_spread():
    gross = 1 + 0.0057 / 52
    table = paper.exit_table(gross)
    expected = paper.independent_policy(paper_exit("P2"), gross).frontier(0.01)
    assert table.loc["P2", "independent"] == expected
    same_mean = table.loc[["week 20 for certain", "week 17 or 23", "week 14 or 26"]]
    assert (np.diff(same_mean["independent"]) < 0).all()
    assert (table["AR(1) exact"] > table["independent"]).all()


def test_stocks_are_found_under_old_tickers_too():
    assert paper.stocks_among(["FB", "XOM", "GOOG", "GOOGL", "MSFT"]) == {
        "MSFT": "MSFT",
        "FB": "META",
        "GOOGL": "GOOGL",
    }
    assert paper.stocks_among([]) == {}
