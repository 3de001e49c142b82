from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.accuracy import diebold_mariano, pesaran_timmermann
from portfolio_study.evaluation.panel import (
    clustered_share,
    date_clustered_mean,
    minimum_of,
    minimum_over_units,
    pooled_diebold_mariano,
    pooled_direction_test,
    spread_over_networks,
    unit_tests,
)

TICKERS = list("ABCDEFGH")


def _panel(rng, n=200, common=0.8):
    shock = rng.standard_normal((n, 1))
    values = common * shock + np.sqrt(1 - common**2) * rng.standard_normal((n, 8))
    return pd.DataFrame(values, index=pd.bdate_range("2020-01-01", periods=n), columns=TICKERS)


def test_pooled_test_of_copies_is_the_test_of_one(losses):
    a, b = losses
    copies = [pd.DataFrame(dict.fromkeys(TICKERS, x)) for x in losses]
    pooled = pooled_diebold_mariano(*copies, lags=4)
    single = diebold_mariano(a, b, method="newey_west", lags=4)
    assert pooled.statistic == pytest.approx(single.statistic, rel=1e-10)
    assert pooled.n == 100


def test_pooled_test_keeps_its_size_where_counting_tickers_does_not():
    rng = np.random.default_rng(1)
    clustered, naive = [], []
    for _ in range(300):
        d = _panel(rng)
        clustered.append(pooled_diebold_mariano(d + 1, d * 0 + 1).p_value < 0.05)
        x = d.to_numpy().ravel()
        naive.append(abs(x.mean() / (x.std() / np.sqrt(x.size))) > 1.96)
    assert 0.02 < np.mean(clustered) < 0.095
    assert np.mean(naive) > 0.2


def test_pooled_test_sign_and_errors():
    d = _panel(np.random.default_rng(2))
    better = pooled_diebold_mariano(d - 0.5, d * 0, alternative="less")
    assert better.estimate < 0
    assert better.p_value < 0.01
    with pytest.raises(EstimationError, match="identical"):
        pooled_diebold_mariano(d, d)
    with pytest.raises(EstimationError, match="identical"):  # tickers are matched by label
        pooled_diebold_mariano(d, d[TICKERS[::-1]])
    with pytest.raises(DataError, match="different columns: C only in losses_a; Z only in losses_b"):
        pooled_diebold_mariano(d, d.rename(columns={"C": "Z"}))
    hole = d.copy()
    hole.loc["2020-01-03", "C"] = np.nan
    with pytest.raises(DataError, match="C at 2020-01-03"):
        pooled_diebold_mariano(d, hole)


def test_unit_tests_agree_with_single_tests_and_widen_the_intervals():
    d = _panel(np.random.default_rng(3)) + 0.1
    table = unit_tests(d, seed=1)
    single = diebold_mariano(d["C"], d["C"] * 0, method="newey_west")
    assert table.loc["C", "estimate"] == pytest.approx(single.estimate)
    assert table.loc["C", "p_value"] == pytest.approx(single.p_value)
    width = table["high"] - table["low"]
    assert (width > 2 * 1.97 * table["se"]).all()
    assert (width < 2 * 3.2 * table["se"]).all()  # below Bonferroni's for correlated units would be 2.73
    assert (table["p_holm"] >= table["p_value"]).all()
    assert table.equals(unit_tests(d, seed=1))


def test_simultaneous_intervals_cover_all_units_together():
    rng = np.random.default_rng(4)
    covered = []
    for seed in range(200):
        table = unit_tests(_panel(rng, 150, 0.3), draws=300, seed=seed)
        covered.append(bool(((table["low"] < 0) & (table["high"] > 0)).all()))
    assert 0.87 < np.mean(covered) <= 0.99


def test_minimum_over_units():
    table = unit_tests(_panel(np.random.default_rng(5)) + np.linspace(0, 2, 8))
    weakest = minimum_over_units(table)
    assert weakest.unit == "A"
    assert weakest.interval[0] < weakest.estimate < weakest.interval[1]
    assert weakest.interval == (table["low"].min(), table["high"].min())
    assert weakest.share_significant < 1
    assert weakest.units == 8
    with pytest.raises(DataError, match="low"):
        minimum_over_units(table[["estimate", "high"]])


def test_minimum_of_separate_samples():
    rng = np.random.default_rng(8)
    zero = np.zeros(100)
    results = {
        name: diebold_mariano(rng.standard_normal(100) + shift, zero)
        for name, shift in (("US", 0.2), ("French", 1.0), ("size", 2.0))
    }
    weakest = minimum_of(results)
    assert weakest.unit == "US"
    assert weakest.estimate == results["US"].estimate
    wider = 2.394 / 1.96  # normal quantile at 1 - 0.05 / 6 over that at 1 - 0.05 / 2
    estimate, (low, high) = results["US"].estimate, results["US"].interval
    assert weakest.interval[0] == pytest.approx(estimate - wider * (estimate - low), rel=1e-3)
    lopsided = replace(results["US"], interval=(low, estimate + 10 * (high - estimate)))
    apart = minimum_of(results | {"US": lopsided})
    assert apart.interval[0] == weakest.interval[0] and apart.interval[1] > weakest.interval[1]
    assert weakest.share_positive == 1
    assert weakest.units == 3
    with pytest.raises(DataError, match="at least one"):
        minimum_of({})


def test_unit_tests_name_the_unit_without_variance():
    d = _panel(np.random.default_rng(6))
    d["E"] = 0.25
    with pytest.raises(EstimationError, match=r"^E:"):
        unit_tests(d)


def test_pooled_direction_test_estimates_the_excess_hit_rate(forecasts):
    y, f = forecasts["y"], forecasts["f1"]
    single = pesaran_timmermann(y, f)
    pooled = pooled_direction_test(pd.DataFrame({"A": y}), pd.DataFrame({"A": f}), lags=0)
    assert pooled.estimate == pytest.approx(single.hit_rate - single.expected)
    assert pooled.statistic == pytest.approx(single.statistic, rel=0.2)
    with pytest.raises(EstimationError, match="ever changes sign"):
        pooled_direction_test(pd.DataFrame({"A": y}), pd.DataFrame({"A": f * 0}))


def test_pooled_direction_test_size():
    rng = np.random.default_rng(7)
    rejected = [
        pooled_direction_test(_panel(rng) + 0.5, _panel(rng) + 0.5).p_value < 0.05 for _ in range(200)
    ]
    assert np.mean(rejected) < 0.1


def test_a_share_is_the_mean_of_its_indicators():
    rng = np.random.default_rng(2)
    hits = pd.DataFrame(rng.random((200, 3)) < 0.1).astype(float)
    assert clustered_share(hits).interval == date_clustered_mean(hits).interval


def test_an_event_that_never_happened_may_have_a_small_probability():
    share = clustered_share(pd.DataFrame(np.zeros((300, 2))))
    assert share.estimate == 0
    assert share.interval == pytest.approx((-0.01, 0.01), rel=1e-3)


def test_the_spread_over_networks_is_that_of_tickers_drawn_again():
    random = np.random.default_rng(1)
    a, b = (pd.DataFrame(np.tile(random.uniform(1.0, 2.0, 30), (5, 1))) for _ in range(2))
    drawn = [a.columns[random.integers(0, 30, 30)] for _ in range(4000)]
    ratios = [a[i].to_numpy().mean() / b[i].to_numpy().mean() for i in drawn]
    assert spread_over_networks(a, b) == pytest.approx(np.std(ratios), rel=0.1)
    with pytest.raises(DataError, match="two tickers"):
        spread_over_networks(a[[0]], b[[0]])
