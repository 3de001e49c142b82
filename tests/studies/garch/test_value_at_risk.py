from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from portfolio_study.errors import DataError, ParameterError
from portfolio_study.studies.garch.value_at_risk import (
    christoffersen_independence,
    coverage_tests,
    kupiec,
    violations,
)


def test_kupiec_against_binomial_likelihoods():
    hits = np.zeros(250, dtype=bool)
    hits[:20] = True
    test = kupiec(hits, 0.05)
    free, fixed = (stats.binom.logpmf(20, 250, p) for p in (20 / 250, 0.05))
    assert test.statistic == pytest.approx(2 * (free - fixed))
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 1))
    assert kupiec(np.arange(100) < 5, 0.05).statistic == pytest.approx(0, abs=1e-12)
    assert kupiec(np.zeros(100), 0.05).statistic == pytest.approx(-200 * np.log(0.95))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=20, max_size=60))
def test_independence_against_a_loop_over_transitions(hits):
    test = christoffersen_independence(np.array(hits))
    counts = {(i, j): 0 for i in (0, 1) for j in (0, 1)}
    for before, now in pairwise(hits):
        counts[int(before), int(now)] += 1
    chain = alone = 0.0
    share = (counts[0, 1] + counts[1, 1]) / (len(hits) - 1)
    for (i, j), count in counts.items():
        if count:
            row = counts[i, 0] + counts[i, 1]
            chain += count * np.log(count / row)
            alone += count * np.log(share if j else 1 - share)
    assert test.statistic == pytest.approx(2 * (chain - alone), abs=1e-9)
    assert 0 <= test.p_value <= 1


def test_conditional_coverage_adds_up():
    rng = np.random.default_rng(1)
    r = pd.Series(rng.standard_normal(500))
    v = pd.Series(np.full(500, 1.645))
    result = coverage_tests(r, v, 0.05)
    assert result.violations == (r < -1.645).sum()
    assert result.rate == pytest.approx(result.violations / 500)
    total = result.unconditional.statistic + result.independence.statistic
    assert result.conditional.statistic == pytest.approx(total)
    assert result.conditional.degrees == 2


def _markov(rng, n, after_none, after_hit):
    """Violations that follow each other: 5 % in the long run, but 30 % after one."""
    hits = np.zeros(n, dtype=bool)
    for t in range(1, n):
        hits[t] = rng.random() < (after_hit if hits[t - 1] else after_none)
    return hits


def test_size_and_power():
    rng = np.random.default_rng(2)
    size, low, clustered = [], [], []
    for _ in range(300):
        r = rng.standard_normal(600)
        size.append(coverage_tests(r, np.full(600, 1.645), 0.05).conditional.p_value < 0.05)
        low.append(kupiec(violations(r, np.full(600, 1.3)), 0.05).p_value < 0.05)
        clustered.append(christoffersen_independence(_markov(rng, 600, 0.035, 0.3)).p_value < 0.05)
    assert 0.02 < np.mean(size) < 0.10
    assert np.mean(low) > 0.95
    assert np.mean(clustered) > 0.9


def test_errors():
    r = pd.Series(np.linspace(-1, 1, 30), index=pd.bdate_range("2020-01-01", periods=30))
    with pytest.raises(DataError, match="positive number"):
        coverage_tests(r, r * 0 - 0.02, 0.05)
    with pytest.raises(ParameterError, match="probability"):
        coverage_tests(r, r * 0 + 0.02, 5)
    with pytest.raises(DataError, match="booleans"):
        kupiec(np.full(30, 0.5), 0.05)
    with pytest.raises(DataError, match="at least 20"):
        kupiec([True] * 5, 0.05)
    with pytest.raises(DataError, match="different labels"):
        violations(r[1:], r[:-1].abs())
