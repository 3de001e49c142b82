import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import UnknownNameError
from portfolio_study.evaluation.backtest import backtest
from portfolio_study.studies.minimum_variance import contrasts, return_rules
from portfolio_study.studies.minimum_variance.return_rules import RULES, compare_rules, rolling_rule
from portfolio_study.studies.minimum_variance.universe_study import (
    contrast,
    distinct,
    hindsight_gap,
    study_universe,
    zero_effect,
)


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.0004 + 0.01 * lcg_normal(1600, 31).reshape(400, 4) * [0.5, 1.2, 0.8, 2.0]
    return pd.DataFrame(values, index=pd.bdate_range("2019-01-01", periods=400), columns=list("ABCD"))


@pytest.fixture(scope="module")
def pair(returns):
    calm = backtest(pd.Series([1.0, 0, 0, 0], returns.columns), returns, periods_per_year=252)
    wild = backtest(pd.Series([0, 0, 0, 1.0], returns.columns), returns, periods_per_year=252)
    return calm, wild


@pytest.fixture(scope="module")
def study(returns):
    methods = ["equal_weight", "minimum_variance", "minimum_variance_short", "max_diversification"]
    rules = ["tangency", "shrunk_to_equal"]
    return study_universe(returns, methods, ["sample", "ewma"], rules, 100, "monthly")


def test_less_risk_is_the_log_of_the_ratio_of_volatilities(pair):
    calm, wild = pair
    found = contrasts.less_risk(calm, wild, draws=200)
    assert found.estimate == pytest.approx(np.log(wild.returns.std() / calm.returns.std()))
    assert found.interval[0] > 0
    assert (-found).estimate == -found.estimate


def test_downside_and_mean_have_the_sign_of_the_better_first(pair):
    calm, wild = pair
    falls = [(np.minimum(x.returns, 0) ** 2).mean() for x in (calm, wild)]
    assert contrasts.lower_downside(calm, wild, draws=200).estimate == pytest.approx(
        0.5 * np.log(falls[1] / falls[0])
    )
    gap = (calm.returns - wild.returns).mean() * 252
    assert contrasts.higher_mean(calm, wild).estimate == pytest.approx(gap)


def test_smallest_and_largest_bound_all_units(pair):
    calm, wild = pair
    good = contrasts.less_risk(calm, wild, draws=100)
    results = {"a": good, "b": -good}
    assert contrasts.smallest(results).estimate == -good.estimate
    assert contrasts.largest(results).estimate == good.estimate
    assert contrasts.smallest(results).interval[0] < -good.estimate - 1.96 * good.se


def test_a_unit_with_the_same_portfolio_twice_decides_without_error(pair):
    good = contrasts.less_risk(*pair, draws=100)
    assert good.interval[0] > 0
    least = contrasts.smallest({"a": good, "b": zero_effect(50, "the portfolios are identical")})
    assert (least.estimate, least.se, least.interval, least.p_value) == (0.0, 0.0, (0.0, 0.0), 1.0)


def test_tilts(returns):
    dates = returns.index[:20]
    weights = pd.DataFrame([[0.7, 0.3, 0.0, 0.0]] * 20, dates, returns.columns)
    falling = pd.DataFrame([[1.0, 2.0, 3.0, 4.0]] * 20, dates, returns.columns)
    assert contrasts.weight_tilt(weights, falling).estimate > 0.9


def test_rolling_rules_see_the_past_only(returns):
    moved = returns.copy()
    moved.iloc[300] *= 5
    before, after = (rolling_rule("shrunk_to_equal", r, 100, "monthly")[0] for r in (returns, moved))
    known = before.index <= returns.index[300]
    pd.testing.assert_frame_equal(before[known], after[known])
    assert not np.allclose(before[~known].iloc[0], after[~known].iloc[0])


def test_every_rule_gives_fully_invested_weights(returns):
    found = compare_rules(returns.iloc[:200], None, 150, "quarterly")
    assert set(found.runs) == set(RULES)
    for w in found.weights.values():
        np.testing.assert_allclose(w.sum(axis=1), 1.0, atol=1e-8)
    with pytest.raises(UnknownNameError):
        rolling_rule("oracle", returns, 100, "monthly")


def test_named_contrasts(study):
    one = contrast(study, "risk", "minimum_variance", "equal_weight", draws=100)
    assert (
        one.estimate
        == contrasts.less_risk(study.run("minimum_variance"), study.run("equal_weight"), draws=100).estimate
    )
    assert contrast(study, "sharpe", "tangency", "tangency").interval == (0.0, 0.0)
    with pytest.raises(UnknownNameError):
        contrast(study, "beauty", "tangency", "equal_weight")


def test_a_rule_that_loses_everything_is_left_out_and_named(returns, monkeypatch):
    crash = returns.copy()
    crash.iloc[300, 0] = -0.9
    rule = {"leveraged": lambda past: np.array([5.0, -4.0, 0.0, 0.0][: past.shape[1]])}
    monkeypatch.setattr(return_rules, "RULES", rule)
    found = compare_rules(crash, ["leveraged"], 100, "monthly")
    assert "leveraged" not in found.runs and "leveraged" in found.weights
    assert found.failures["error"].str.startswith("the portfolio loses all its value").all()
    assert len(found.failures) == 1


def test_distinct_keeps_the_first_of_equal_columns(returns):
    twice = returns.assign(copy=returns["A"])
    assert distinct(twice).columns.tolist() == list("ABCD")


def test_hindsight_gap_needs_both_kinds(returns):
    gap = hindsight_gap(returns, ["A", "B", "Z"], ["C"])
    expected = 252 * (returns[["A", "B"]].mean(axis=1) - returns["C"]).mean()
    assert gap.estimate == pytest.approx(expected)
    assert hindsight_gap(returns, ["A"], ["Z"]) is None
