"""Tables and sentences over several strategies and universes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.methods import METHODS
from portfolio_study.evaluation.economic_value import BreakEven
from portfolio_study.evaluation.inference import inference
from portfolio_study.evaluation.overfitting import bootstrap_win_shares, probability_of_overfitting
from portfolio_study.studies.minimum_variance import universe_claims, universe_tables
from portfolio_study.studies.minimum_variance.universe_study import distinct, study_universe

LONG, EQUAL = "minimum_variance", "equal_weight"
RULES = ["equal_weight", "inverse_volatility", "minimum_variance", "minimum_variance_short"]


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.0004 + 0.01 * lcg_normal(3600, 61).reshape(900, 4) * [1.0, 1.2, 0.8, 1.5]
    return pd.DataFrame(values, index=pd.bdate_range("2017-06-01", periods=900), columns=list("ABCD"))


@pytest.fixture(scope="module")
def study(returns):
    return study_universe(returns, RULES, ["sample", "ledoit_wolf"], ["tangency", "estrada"], 120, "monthly")


def test_overview_has_every_rule_and_its_break_even(study):
    table = universe_tables.overview(study)
    assert list(table.index) == [universe_tables.strategy_label(name) for name in study.names]
    assert set(universe_tables.OVERVIEW_FORMATS) | {"against 1/N"} == set(table.columns)
    row = table.loc[METHODS[LONG].label]
    assert row["volatility (a year)"] == pytest.approx(study.run(LONG).returns.std() * np.sqrt(252))
    assert row["Sharpe, 25 bp"] < row["Sharpe, 10 bp"] < row["Sharpe"]
    assert pd.isna(table.loc[METHODS[EQUAL].label, "against 1/N"])


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (BreakEven(0.0, "never", "sharpe"), "never ahead"),
        (BreakEven(1000.0, "always", "sharpe"), "ahead up to 1000 bp at least"),
        (BreakEven(12.3, "below", "sharpe"), "ahead below 12 bp"),
        (BreakEven(12.3, "above", "sharpe"), "ahead above 12 bp"),
    ],
)
def test_break_even_words(found, words):
    assert universe_tables.break_even_words(found) == words


def test_decades_add_up_to_contrasts(study):
    table = universe_tables.by_decade({"here": study}, LONG, EQUAL)
    assert list(table.index) == ["2010s"]  # 2020 has too few days
    part = slice(None, "2019-12-31")
    saved = np.log(study.run(EQUAL).returns.loc[part].std() / study.run(LONG).returns.loc[part].std())
    assert table.iloc[0, 0] == pytest.approx(saved)


def test_selection_tests_look_at_every_rule(study):
    row, shares = universe_tables.selection_tests(study, 6, draws=100, share_draws=200, seed=1)
    assert set(row) == set(universe_tables.LUCK_FORMATS)
    # long-only and long-short minimum variance are the same here and count once
    assert row["rules"] == len(study.names) - 1 == len(shares)
    assert row["strategies in the grid"] == 8 and row["different strategies"] < 8  # 1/N needs no estimate
    rate = study.run(EQUAL).risk_free
    grid = distinct(study.grid.returns().sub(rate, axis=0))
    assert row["probability of overfitting"] == probability_of_overfitting(grid, 6).probability
    assert row["different strategies"] == grid.shape[1]
    pd.testing.assert_frame_equal(universe_tables.strategies_tried(study), grid)
    # each rule against 1/N alone, on the same resampled days: the share of days on which it is behind
    for name in shares.index:
        pair = pd.DataFrame({n: study.run(n).returns - rate for n in (EQUAL, name)})
        alone = bootstrap_win_shares(pair, EQUAL, draws=200, seed=1)["benchmark_wins"]
        assert shares[name] == alone[name]
    assert EQUAL not in shares.index and len(set(shares)) > 1


def test_estimators_are_compared_with_what_they_promised(study):
    table = universe_tables.estimator_table(study.grid, LONG)
    assert list(table.index) == ["Sample", "Ledoit-Wolf"]
    promised = np.sqrt(study.grid.promised[LONG, "sample"].mean())
    expected = study.run(LONG).returns.std() / promised
    assert table.loc["Sample", "realised over promised volatility"] == pytest.approx(expected)


def test_failures_are_told_in_words(returns, study):
    assert universe_tables.describe_failures({"here": study}).startswith("Every rule found")
    broken = returns.iloc[:400].copy()
    broken.iloc[150:330, 2] = 0.0  # no variance for a while
    poor = study_universe(
        broken, ["minimum_variance"], ["sample"], ["single_factor", "estrada"], 60, "monthly"
    )
    told = universe_tables.describe_failures({"here": poor})
    assert "here: all with Sample found no portfolio on" in told
    assert len(poor.failures) > len(poor.grid.failures)


def test_a_strategy_that_loses_everything_is_named(returns):
    # B is A, a little louder: minimum variance holds A fifty times and owes B, until they part for a day
    frame = returns[["A"]].iloc[:300].copy()
    frame["B"] = 1.02 * frame["A"] + 1e-3 * returns["C"].iloc[:300]
    rules = [EQUAL, "minimum_variance_short"]
    kept = study_universe(frame, rules, ["sample"], ["tangency"], 60, "monthly")
    assert "bankrupt" not in universe_tables.describe_failures({"x": kept})
    frame.iloc[200] = [-0.1, 0.0]
    poor = study_universe(frame, rules, ["sample"], ["tangency"], 60, "monthly")
    told = universe_tables.describe_failures({"my_place": poor})
    named = f"Left out of my/place, since bankrupt, is {METHODS['minimum_variance_short'].label} with Sample"
    assert told.startswith((f"{named};", f"{named}."))
    assert set(kept.names) - set(poor.names) == {"minimum_variance_short"}


def test_a_rule_without_an_estimator_is_named_alone(study):
    lost = "the portfolio loses all its value at 2018-03-01"
    failures = pd.DataFrame(
        [("autoregressive", "", "x", lost), ("estrada", "", "x", "why")], columns=study.failures.columns
    )
    poor = replace(study, rules=replace(study.rules, failures=failures))
    told = universe_tables.describe_failures({"here": poor})
    assert "since bankrupt, is Autoregressive minimum variance;" in told
    assert " with ." not in told and " with ;" not in told and "Estrada found" in told


def test_repeated_strategies_count_once(returns):
    frame = returns.assign(E=returns["A"] + 1e-12, F=returns["A"] + 1e-6)
    assert list(distinct(frame)) == ["A", "B", "C", "D", "F"]


def test_grid_keeps_weights_and_not_backtests(study):
    run = study.grid.runs[LONG, "sample"]
    pd.testing.assert_series_equal(
        run.at_cost(10.0).returns, study.grid.returns(10.0)[f"{LONG} / sample"], check_names=False
    )
    assert study.grid.runs.__getstate__()["recent"] == {}
    assert len(study.grid.runs) == 8


def test_lowest_quality(study):
    assert universe_claims.lowest_quality({"a": study, "b": study}) == "a"


def test_condition(study):
    expected = np.mean(
        [
            0.5 * np.log10(np.linalg.cond(study.returns.iloc[e - 120 : e].cov())) - np.log10(30)
            for e in study.returns.index.get_indexer(study.dates)
        ]
    )
    assert universe_claims.condition_index(study).estimate == pytest.approx(expected)


def test_sides_are_those_of_the_intervals():
    found = universe_claims.sorted_by_sign(
        {"estimator.clime": (0.1, 0.2), "rule.weak": (-0.1, 0.3), "bad": (-0.3, -0.1), "w2": (0.0, 0.1)}
    )
    assert found == {"better": ["estimator.clime"], "worse": ["bad"], "unclear": ["rule.weak", "w2"]}
    assert universe_claims.listed(found["unclear"]) == "weak and w2"
    assert universe_claims.listed(found["better"]) == "sparse inverse (CLIME)"
    assert universe_claims.listed([]) == "none"


def test_effects_stand_with_the_interval_that_is_given():
    strong = inference(0.1, 0.01, 100, "x")
    table = universe_tables.effect_table(
        {"a.b_c": strong, "alone": strong},
        {"a.b_c": (0.05, 0.15), "alone": strong.interval},
        {"a.b_c": 3, "alone": 1},
    )
    assert list(table.loc["a.b_c", ["low", "high"]]) == [0.05, 0.15]
    assert table.loc["a.b_c", "detectable with 80 % power"] > strong.detectable
    assert table.loc["alone", "detectable with 80 % power"] == pytest.approx(strong.detectable, rel=1e-3)


def test_an_interval_of_any_width_is_not_shown():
    found = inference(0.001, 0.01, 26, "x")
    table = universe_tables.effect_table({"a.b_c": found}, {"a.b_c": (-1e11, 1e11)}, {"a.b_c": 1})
    assert table.loc["a.b_c", "effect"] == 0.001
    assert table.loc["a.b_c", ["low", "high", "detectable with 80 % power"]].isna().all()


def test_hindsight_is_told_for_the_days_of_the_run(lcg_normal):
    days = pd.bdate_range("2010-01-04", periods=500)
    noise = 0.01 * lcg_normal(1000, 71).reshape(500, 2)
    both = pd.DataFrame(noise + np.array([0.01, 0.0]), index=days, columns=["JPM", "BAC"])  # BAC left in 2013
    assert universe_claims.survivors_lead(both)[0] is None  # nobody had left by the end of 2011
    later = both.set_axis(pd.bdate_range("2012-06-01", periods=500))
    gap, told = universe_claims.survivors_lead(later)
    assert gap is not None and gap.estimate == pytest.approx(252 * (later["JPM"] - later["BAC"]).mean())
    assert told.startswith("From 2012 to 2014")
    monthly = later.set_axis(pd.date_range("2012-06-29", periods=500, freq="ME"))
    assert universe_claims.survivors_lead(monthly)[0] is None
    assert "does not hold both" in universe_claims.survivors_lead(later[["JPM"]])[1]
