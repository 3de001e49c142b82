"""The ordering procedure: identities that always hold and those that hold for 3-cycles only."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.allocation.cc_var.permutations import (
    IDENTITIES,
    check_identities,
    cycle_lengths,
    identity_outcomes,
    identity_table,
    permutation_matrix,
    positions,
    ranks,
    summation_matrix,
)
from portfolio_study.errors import ParameterError

ALWAYS = [name for name, (holds, _) in IDENTITIES.items() if holds]
SOMETIMES = [name for name, (holds, _) in IDENTITIES.items() if not holds]
EXAMPLE = [1.5, 0.7, 1.0, 0.6, 1.2]


def test_paper_example(golden):
    expected = golden("cc_var")["paper_example"]
    assert list(positions(EXAMPLE)) == expected["xi"]
    assert list(positions(positions(EXAMPLE))) == expected["eta"] == list(ranks(EXAMPLE))
    assert cycle_lengths(positions(EXAMPLE)) == (3, 1, 1)
    assert bool(check_identities(EXAMPLE).all()) is expected["Xi3_is_I"]


def test_smallest_counterexample(golden):
    expected = golden("cc_var")["counterexample_n2"]
    X = permutation_matrix(positions(expected["rho"]))
    assert X.tolist() == expected["Xi"]
    assert (X.T @ X.T).tolist() == expected["H2"]
    assert (X @ X @ X).tolist() == expected["Xi3"]
    outcome = check_identities(expected["rho"])
    assert outcome[ALWAYS].all()
    assert not outcome[SOMETIMES].any()
    assert check_identities([1.0]).all()


def test_all_orders_up_to_seven(golden):
    table = identity_table(7)
    counts = golden("cc_var")["perm_order3_count"]
    for n in range(1, 8):
        count, total, share, _ = counts[str(n)]
        assert table.loc["all orders", n] == factorial(n) == total
        assert (table.loc[ALWAYS, n] == total).all()
        assert (table.loc[SOMETIMES, n] == count).all()
        assert count / total == pytest.approx(share)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_sometimes_means_cycles_of_length_one_or_three(n):
    xi, outcomes = identity_outcomes(n)
    short = [set(cycle_lengths(order)) <= {1, 3} for order in xi]
    for name in SOMETIMES:
        assert outcomes[name].tolist() == short, name


def test_matrices_against_the_definition():
    for order in permutations(range(1, 5)):
        X = permutation_matrix(np.array(order))
        assert all(X[i, j] == (order[i] == j + 1) for i in range(4) for j in range(4))


def test_count_recurrence(golden):
    counts = [1, 1, 1]  # a_n = a_(n-1) + (n - 1)(n - 2) a_(n-3) orders whose cube is the identity
    for n in range(3, 11):
        counts.append(counts[-1] + (n - 1) * (n - 2) * counts[-3])
    assert counts == golden("cc_var")["recurrence_a0..a10"]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9, unique=True))
def test_identities_of_any_vector(values):
    outcome = check_identities(values)
    assert outcome[ALWAYS].all()
    short = set(cycle_lengths(positions(values))) <= {1, 3}
    assert outcome[SOMETIMES].tolist() == [short] * len(SOMETIMES)


def test_summation_matrix():
    d = np.array([0.1, 0.2, 0.3, 0.4])
    assert summation_matrix(4) @ d == pytest.approx(np.cumsum(d))
    as_published = summation_matrix(4, as_published=True)
    assert all(as_published[i, j] == (i <= j) for i in range(4) for j in range(4))
    assert (as_published @ d)[0] == pytest.approx(1)
    assert d @ as_published == pytest.approx(np.cumsum(d))


def test_refusals():
    with pytest.raises(ParameterError, match="tied"):
        check_identities([1.0, 1.0])
    with pytest.raises(ParameterError, match="1 to 8"):
        identity_outcomes(9)
