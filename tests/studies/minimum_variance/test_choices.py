"""Specification curves of minimum variance, and the sensitivity of its contrasts, from stored backtests."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.studies.minimum_variance import choices
from portfolio_study.studies.minimum_variance.choices import Headline, Universe
from portfolio_study.studies.minimum_variance.universe_study import contrast, study_universe

LONG, SHORT, EQUAL = "minimum_variance", "minimum_variance_short", "equal_weight"
SMALLEST = {"risk": 0.02, "sharpe": 0.2}


@pytest.fixture(scope="module")
def daily(lcg_normal):
    values = 0.0004 + 0.01 * lcg_normal(3600, 61).reshape(900, 4) * [1.0, 1.2, 0.8, 1.5]
    returns = pd.DataFrame(values, index=pd.bdate_range("2017-06-01", periods=900), columns=list("ABCD"))
    safe = pd.Series(0.0001, returns.index)
    traded = study_universe(
        returns, [EQUAL, LONG, SHORT], ["sample", "ledoit_wolf"], ["tangency"], 120, "monthly", safe
    )
    return Universe("days", traded, safe, 252, text=True)


@pytest.fixture(scope="module")
def monthly(lcg_normal):
    values = 0.005 + 0.05 * lcg_normal(360, 7).reshape(120, 3) * [1.0, 0.7, 1.4]
    returns = pd.DataFrame(
        values, index=pd.date_range("2010-01-31", periods=120, freq="ME"), columns=list("XYZ")
    )
    safe = pd.Series(0.001, returns.index)
    traded = study_universe(
        returns, [EQUAL, LONG, SHORT], ["sample"], ["tangency"], 24, "quarterly", safe, 12
    )
    return Universe("months", traded, safe, 12, text=False)


@pytest.fixture(scope="module")
def both(daily, monthly):
    return {"days": daily, "months": monthly}


@pytest.fixture(scope="module")
def curves(both):
    return {question: choices.curve_of(question, both, draws=200, seed=1) for question in choices.QUESTIONS}


@pytest.mark.parametrize("cost", choices.COSTS)
def test_net_returns_are_those_of_the_backtest(daily, cost):
    run = daily.study.run(f"{LONG}/ledoit_wolf").at_cost(cost)
    pd.testing.assert_series_equal(
        daily.net(f"{LONG}/ledoit_wolf", cost), run.returns, check_names=False, check_freq=False
    )


def test_every_combination_is_there_once(curves):
    # two universes, long and short, two estimators and one, three times of years
    assert len(curves["variance"].curve.table) == (2 * 2 + 2 * 1) * 3
    assert len(curves["sharpe"].curve.table) == (2 * 2 + 2 * 1) * 3 * 3 * 2
    for found in curves.values():
        assert not found.curve.table.duplicated(found.curve.factors).any()
        assert found.bankrupt == 0


def test_effects_are_shares_of_variance_and_differences_of_sharpe_ratios(curves, both):
    for name, universe in both.items():
        runs = [universe.study.run(rule) for rule in (LONG, EQUAL)]
        own, other = (run.returns.var(ddof=0) for run in runs)
        saved = curves["variance"].curve.table["effect"]
        assert saved[f"{name}, long only, Sample, all years"] == pytest.approx(1 - own / other)
        net = [run.at_cost(10.0).sharpe for run in runs]
        gained = curves["sharpe"].curve.table["effect"]
        label = f"{name}, long only, Sample, all years, 10 basis points, bills"
        assert gained[label] == pytest.approx(net[0] - net[1])


def test_halves_split_the_dates_and_zero_leaves_the_bill_rate(curves, daily):
    a, b = (daily.net(rule).iloc[: len(daily.net(rule)) // 2] for rule in (SHORT, EQUAL))
    label = "days, short sales, Sample, first half, none, zero"
    expected = np.sqrt(252) * (a.mean() / a.std() - b.mean() / b.std())
    assert curves["sharpe"].curve.table.loc[label, "effect"] == pytest.approx(expected)


def test_the_texts_choice_is_marked_where_the_universe_is_of_its_kind(curves):
    assert curves["variance"].text == ["days, long only, Sample, all years"]
    assert curves["sharpe"].text == ["days, long only, Sample, all years, none, bills"]


def test_days_are_added_up_to_months_without_moving_the_mean():
    days = pd.DataFrame({"a": np.arange(60.0)}, pd.bdate_range("2020-01-15", periods=60))
    days["b"] = days["a"].where(days.index >= "2020-02-01")
    months = choices.by_month(days)
    assert list(months.index) == list(pd.date_range("2020-01-01", periods=4, freq="MS"))
    assert months.mean().to_dict() == pytest.approx(days.mean().to_dict())
    assert months["b"].isna().tolist() == [True, False, False, False]


def test_what_happens_in_a_month_happens_to_all_universes(daily):
    """The same portfolios by day and by month win together by chance."""
    returns = daily.study.returns
    name = pd.DatetimeIndex(returns.index).to_period("M")
    terms = choices.saved_variance(daily.net(LONG), daily.net(EQUAL))
    apart = choices.by_month(terms.to_frame("x"))["x"]
    there = name[returns.index.get_indexer(terms.index)]
    month_end = terms.groupby(there).sum()
    month_end.index = terms.index.to_series().groupby(there).max()
    together = choices.by_month(month_end.to_frame("x"))["x"]
    assert np.corrcoef(apart, together)[0, 1] == pytest.approx(1.0)


def test_a_portfolio_that_lost_everything_has_no_place(daily):
    grid = daily.study.grid
    runs = {key: run for key, run in grid.runs.items() if key != (SHORT, "ledoit_wolf")}
    poorer = replace(daily, study=replace(daily.study, grid=replace(grid, runs=runs)))
    assert poorer.bankrupt == 1
    found = choices.curve_of("variance", {"days": poorer}, draws=50, seed=1)
    assert found.bankrupt == 1 and len(found.curve.table) == 3 * 3


def test_shares_by_choice_add_up(curves):
    table = choices.by_choice(curves["sharpe"])
    curve = curves["sharpe"].curve
    for _, rows in table.groupby(level=0):
        assert rows["specifications"].sum() == len(curve.table)
        ahead = (rows["specifications"] * rows["share above zero"]).sum()
        assert ahead == pytest.approx(curves["sharpe"].ahead)
    assert list(table.loc["years"].index) == list(choices.HALVES)


def test_sensitivity_starts_from_the_contrast_and_moves_one_choice(both, daily):
    headline = Headline("risk", "risk", [("days", EQUAL)], 1)
    table = choices.sensitivity([headline], both, SMALLEST, draws=100, seed=3).loc["risk"]
    plain = contrast(daily.study, "risk", LONG, EQUAL, draws=100, seed=3)
    base = table.loc["as above"]
    assert (base["estimate"], base["from"], base["to"]) == pytest.approx((plain.estimate, *plain.interval))
    assert set(table.index) == {"as above", *choices.LIMITS, *choices.SETTINGS, choices.OTHER_RATE["risk"]}
    for label in choices.LIMITS:
        assert table.loc[label, "from":"to"].equals(base["from":"to"])
    assert table.loc["blocks twice as long", "estimate"] == base["estimate"]
    assert table.loc["blocks twice as long", "to"] != base["to"]
    assert table.loc["without the extreme 1 % of the returns", "estimate"] != base["estimate"]


def test_a_limit_decides_the_verdict(both):
    """Equal weights against themselves: no effect, without error, is below any limit."""
    same = Headline("none", "sharpe", [("days", LONG)], 4)
    table = choices.sensitivity([same], both, SMALLEST, draws=50, seed=3)
    assert (table["estimate"] == 0).all() and (table["verdict"] == "does not hold").all()


def test_of_several_pairs_the_smallest_counts(both):
    pairs = [("days", EQUAL), ("months", EQUAL)]
    rows = [Headline(str(i), "sharpe", [pair], 1) for i, pair in enumerate(pairs)]
    table = choices.sensitivity(
        [*rows, Headline("all", "sharpe", pairs, 1)], both, SMALLEST, draws=50, seed=3
    )
    alone = np.minimum(*(table.loc[one.label, "estimate"].astype(float) for one in rows))
    assert table.loc["all", "estimate"].to_dict() == pytest.approx(alone.to_dict())
