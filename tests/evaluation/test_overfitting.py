from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.bootstrap import resamples
from portfolio_study.evaluation.overfitting import bootstrap_win_shares, probability_of_overfitting


def _slow(returns, blocks):
    """CSCV written out with concatenated blocks."""
    parts = np.array_split(np.arange(len(returns)), blocks)
    logits, inside, outside = [], [], []
    for half in combinations(range(blocks), blocks // 2):
        a = np.concatenate([parts[i] for i in half])
        b = np.setdiff1d(np.arange(len(returns)), a)
        first = returns.iloc[a].mean() / returns.iloc[a].std()
        second = returns.iloc[b].mean() / returns.iloc[b].std()
        best = first.idxmax()
        omega = second.rank()[best] / (returns.shape[1] + 1)
        logits.append(np.log(omega / (1 - omega)))
        inside.append(first[best])
        outside.append(second[best])
    return np.array(logits), np.array(inside), np.array(outside)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([4, 6]), st.integers(2, 7), st.integers(40, 90))
def test_fast_cross_validation_equals_the_written_out_one(seed, blocks, strategies, n):
    rng = np.random.default_rng(seed)
    returns = pd.DataFrame(0.02 + rng.standard_normal((n, strategies)))
    result = probability_of_overfitting(returns, blocks)
    logits, inside, outside = _slow(returns, blocks)
    assert result.logits == pytest.approx(logits)
    assert result.in_sample == pytest.approx(inside)
    assert result.out_of_sample == pytest.approx(outside)
    assert result.probability == pytest.approx((logits <= 0).mean())
    assert result.slope == pytest.approx(np.polyfit(inside, outside, 1)[0])
    assert result.loss_probability == pytest.approx((outside < 0).mean())
    assert result.chosen.sum() == pytest.approx(1)


def test_noise_is_a_coin_flip_and_skill_is_not():
    rng = np.random.default_rng(1)
    noise = [
        probability_of_overfitting(pd.DataFrame(rng.standard_normal((400, 10))), 8).probability
        for _ in range(40)
    ]
    assert 0.4 < np.mean(noise) < 0.68
    skilled = pd.DataFrame(rng.standard_normal((400, 10)), columns=list("ABCDEFGHIJ"))
    skilled["D"] += 0.4
    result = probability_of_overfitting(skilled)
    assert result.probability < 0.02
    assert result.chosen.index[0] == "D"
    assert result.splits == 12_870
    assert result.loss_probability < 0.01


def test_overfitting_errors():
    returns = pd.DataFrame(np.random.default_rng(2).standard_normal((100, 3)), columns=list("ABC"))
    with pytest.raises(ParameterError, match="even"):
        probability_of_overfitting(returns, 5)
    with pytest.raises(ParameterError, match="at most 20"):
        probability_of_overfitting(returns, 22)
    with pytest.raises(ParameterError, match="at least 2"):
        probability_of_overfitting(returns[["A"]])
    with pytest.raises(DataError, match="at least 32"):
        probability_of_overfitting(returns[:20])
    flat = returns.assign(B=0.0)
    with pytest.raises(EstimationError, match="B do not vary"):
        probability_of_overfitting(flat)
    late = returns.copy()
    late.loc[:59, "C"] = 0.001
    with pytest.raises(EstimationError, match="C do not vary within half"):
        probability_of_overfitting(late, 4)


@pytest.mark.parametrize("scheme", ["circular", "stationary"])
def test_win_shares_equal_the_written_out_bootstrap(scheme):
    rng = np.random.default_rng(3)
    returns = pd.DataFrame(0.05 + rng.standard_normal((120, 3)), columns=["ew", "gmv", "erc"])
    table = bootstrap_win_shares(returns, "ew", block=6, draws=200, seed=4, scheme=scheme)
    gaps = []
    for indices in resamples(120, 6, 200, 4, scheme):
        for row in indices:
            sample = returns.iloc[row]
            ratio = sample.mean() / sample.std(ddof=0)
            gaps.append(ratio[["gmv", "erc"]] - ratio["ew"])
    slow = pd.DataFrame(gaps)
    assert table["benchmark_wins"].to_numpy() == pytest.approx((slow < 0).mean().to_numpy())
    assert table["low"].to_numpy() == pytest.approx(slow.quantile(0.025).to_numpy())
    whole = returns.mean() / returns.std(ddof=0)
    assert table.loc["erc", "sharpe_difference"] == pytest.approx(whole["erc"] - whole["ew"])
    assert (table["p_holm"] >= table["benchmark_wins"]).all()


def test_win_share_is_small_for_a_better_method():
    rng = np.random.default_rng(5)
    ew = 0.03 + rng.standard_normal(1500)
    good = ew + 0.15 + 0.2 * rng.standard_normal(1500)
    same = ew + 0.5 * rng.standard_normal(1500)
    table = bootstrap_win_shares(pd.DataFrame({"ew": ew, "good": good, "same": same}), "ew", draws=1000)
    assert table.loc["good", "benchmark_wins"] < 0.01
    assert 0.1 < table.loc["same", "benchmark_wins"] < 1


def test_win_share_errors():
    returns = pd.DataFrame(np.random.default_rng(6).standard_normal((60, 2)), columns=["ew", "gmv"])
    with pytest.raises(UnknownNameError, match="ew, gmv"):
        bootstrap_win_shares(returns, "1/N")
    with pytest.raises(EstimationError, match="twice is the same strategy as ew"):
        bootstrap_win_shares(returns.assign(twice=2 * returns["ew"]), "ew", draws=50)
    with pytest.raises(EstimationError, match="cash do not vary"):
        bootstrap_win_shares(returns.assign(cash=0.001), "ew", draws=50)
