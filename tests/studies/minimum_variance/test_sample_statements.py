"""Sentences about samples, about asset classes and about many assets with few returns."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import PriceHistory, load_prices
from portfolio_study.evaluation.inference import inference
from portfolio_study.studies.minimum_variance import (
    anomalies,
    asset_classes,
    high_dimension,
    sample_statements,
)
from portfolio_study.studies.minimum_variance.universe_study import study_universe

RULES = ["equal_weight", "inverse_volatility", "minimum_variance", "minimum_variance_short", "capped"]


@pytest.fixture(scope="module")
def study(lcg_normal):
    values = 0.0004 + 0.01 * lcg_normal(3600, 83).reshape(600, 6) * [1.0, 1.2, 0.8, 1.5, 0.6, 2.0]
    returns = pd.DataFrame(values, index=pd.bdate_range("2017-06-01", periods=600), columns=list("ABCDEF"))
    return study_universe(returns, RULES, ["sample"], ["tangency"], 60, "monthly")


def test_counts_are_of_universes_and_name_them(study):
    ratios = {rule: study.run(rule).sharpe for rule in RULES}
    best, worst = max(ratios, key=ratios.get), min(ratios, key=ratios.get)
    others = [rule for rule in RULES if rule != best]
    found = sample_statements.is_best({"a": study, "size_value": study}, best, others)
    assert (found.value, found.n, found.note) == (2, 2, "true in: a; size/value")
    assert sample_statements.is_best({"a": study}, worst, [best]).value == 0
    assert sample_statements.is_better({"a": study}, {"a": best}, worst).value == 1
    assert sample_statements.has_the_worst({"a": study}, [worst], RULES).value == 1
    assert sample_statements.has_the_worst({"a": study}, [best], RULES).value == 0


def test_resamples_need_every_name_below_the_rival():
    shares = pd.Series({"x": 0.1, "y": 0.3, "mv": 0.2})
    assert sample_statements.loses_fewer_resamples({"a": shares}, ["x"], "mv").value == 1
    assert sample_statements.loses_fewer_resamples({"a": shares}, ["x", "y"], "mv").value == 0


def test_stretches_of_time_are_counted_after_costs_too(study):
    places = {"a": study}
    plain = sample_statements.better_decades(places, "minimum_variance", "equal_weight", years=2)
    years = pd.DatetimeIndex(study.run("minimum_variance").returns.index).year // 2
    assert plain.n == (pd.Series(years).value_counts() >= 2 * 252).sum()
    table = sample_statements.decades_by_choice(places, "minimum_variance", "equal_weight")
    first = sample_statements.better_decades(places, "minimum_variance", "equal_weight")
    if first.n:
        assert table.iloc[0]["higher Sharpe ratio in"] == f"{first.value} of {first.n}"
    assert not table.index.str.contains("stretches").any()  # the history is shorter than five years
    dear = sample_statements.better_decades(places, "minimum_variance", "equal_weight", cost=1e4)
    assert dear.n == first.n and dear.value <= first.value


def test_worst_names_its_unit_and_holds_for_all_together():
    found = {"size_value": inference(0.1, 0.02, 50, "x"), "b": inference(0.4, 0.02, 50, "x")}
    worst = sample_statements.worst_of(found)
    assert (worst.value, worst.worst) == (0.1, "size/value")
    assert worst.interval[0] < 0.1 - 1.96 * 0.02


def test_mean_over_universes_keeps_the_error_of_effects_that_move_together():
    found = sample_statements.on_average(
        {"a": inference(0.1, 0.02, 50, "x"), "b": inference(0.3, 0.04, 40, "x")}
    )
    assert (found.estimate, found.se, found.n) == (pytest.approx(0.2), pytest.approx(0.03), 40)


def test_smallest_beta_is_that_of_the_calmest_assets(study):
    assert sample_statements.has_smallest_beta({"a": study}, "minimum_variance", ["equal_weight"]).value == 1
    assert sample_statements.has_smallest_beta({"a": study}, "equal_weight", ["minimum_variance"]).value == 0


def test_bounds_are_compared_on_risk_and_sharpe_ratio(study):
    found = sample_statements.beats_the_unrestricted(
        {"a": study}, ["minimum_variance", "capped"], "minimum_variance_short"
    )
    free = study.run("minimum_variance_short")
    runs = [study.run(rule) for rule in ("minimum_variance", "capped")]
    calmer = sum(run.returns.std() < free.returns.std() for run in runs)
    richer = sum(run.sharpe > free.sharpe for run in runs)
    assert (found["volatility"].value, found["volatility"].n) == (calmer, 2)
    assert (found["sharpe"].value, found["sharpe"].n) == (richer, 2)


def test_means_revert_where_shocks_are_taken_back():
    random = np.random.default_rng(0)
    noise = 0.04 * random.standard_normal((601, 2))
    back = pd.DataFrame(noise[1:] - 0.9 * noise[:-1])
    found = sample_statements.mean_reversion(back, (3, 5), 200, 1)
    assert found.estimate > 0.5 and found.interval[0] > 0
    free = sample_statements.mean_reversion(pd.DataFrame(noise), (3, 5), 200, 1)
    assert free.interval[0] < 0 < free.interval[1]


def test_covariances_of_a_month_are_compared_where_there_are_enough_returns(study):
    assert -1 <= sample_statements.covariances_persist(study) <= 1
    months = pd.DataFrame(
        study.returns.to_numpy()[:300], pd.date_range("1990-01-31", periods=300, freq="ME"), list("ABCDEF")
    )
    monthly = study_universe(months, ["equal_weight"], ["sample"], ["tangency"], 60, "quarterly", 0.0, 12)
    assert sample_statements.covariances_persist(monthly) is None


def test_anomalies_are_the_calm_third_less_the_wild_one(study):
    betas, _ = study.attributes()
    found = anomalies.low_less_high(study, betas)
    day = found.index[25]
    order = betas.loc[:day].iloc[-1].sort_values().index
    today = study.returns.loc[day]
    assert found.loc[day] == pytest.approx(today[order[:2]].mean() - today[order[-2:]].mean())
    gains = anomalies.gains(study)
    assert set(gains) == {"low beta", "low residual risk"}
    assert all(one.se > 0 for one in gains.values())


def test_noise_does_not_depend_on_the_correlation_and_signal_does():
    volatilities = np.linspace(0.1, 0.3, 10)
    calm, tight = (high_dimension.signal_and_noise(volatilities, rho, 60) for rho in (0.1, 0.9))
    assert calm[1] == tight[1] == pytest.approx(9 / 49)
    assert calm[0] != pytest.approx(tight[0])
    assert high_dimension.signal_and_noise(np.full(10, 0.2), 0.9, 60)[0] == pytest.approx(0.0, abs=1e-9)


def test_mean_variance_is_more_sensitive_than_equal_weights(study):
    def equal(past):
        return np.full(past.shape[1], 1 / past.shape[1])

    def best(past):
        return (past.mean() == past.mean().max()).to_numpy(float)

    window = study.returns.iloc[:60]
    assert high_dimension.sensitivity(window, equal, 5, 0) == 0.0
    assert high_dimension.sensitivity(window, best, 20, 0) > 0.2


def test_estimators_see_two_returns_for_each_asset(study):
    found = high_dimension.crowded_backtests(study.returns, "monthly", 0.0, 252)
    assert set(found) == set(high_dimension.ESTIMATORS)
    window = study.returns.iloc[:12]
    expected = np.linalg.solve(window.cov(), np.ones(6))
    first = found["sample"].weights.iloc[0]
    np.testing.assert_allclose(first, expected / expected.sum(), rtol=1e-6)


def test_commodities_are_compared_with_stocks_and_bonds():
    prices = load_prices("synthetic", "SYN01 SYN02 SYN03", start="2012-01-02", end="2012-12-31")
    named = dict(zip(prices.close.columns, ("VTI", "AGG", "DBC"), strict=True))
    history = PriceHistory(**{**vars(prices), "close": prices.close.rename(columns=named)})
    excess = history.close.pct_change().dropna()
    excess = excess.sub(history.risk_free.loc[excess.index], axis=0)
    ratio = excess.mean() / excess.std()
    expected = ratio["DBC"] / ((ratio["VTI"] + ratio["AGG"]) / 2)
    assert asset_classes.commodities_over_the_rest(history) == pytest.approx(expected)


def test_gain_of_asset_classes_has_the_error_of_both():
    found = asset_classes.more_to_gain(inference(0.3, 0.3, 90, "x"), inference(0.1, 0.4, 80, "x"))
    assert (found.estimate, found.se, found.n) == (pytest.approx(0.2), pytest.approx(0.5), 80)
