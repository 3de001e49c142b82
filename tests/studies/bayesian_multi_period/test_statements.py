"""Which statements of paper 004 hold: the outcomes that the pages record."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exact import exact_policy
from portfolio_study.allocation.multi_period.exits import paper_exit
from portfolio_study.allocation.multi_period.policy import multi_period_policy
from portfolio_study.studies.bayesian_multi_period import statements

R = np.array([0.010, -0.004, 0.012, 0.003, -0.015, 0.007])


def failing(found):
    assert all(isinstance(holds, bool) and isinstance(why, str) for holds, why in found.values())
    return {name for name, (holds, _) in found.items() if not holds}


def test_filter():
    found = statements.filter_statements(R, [0.002, -0.13], np.diag([1e-4, 1e-2]), 8.5e-4)
    assert failing(found) == set(found) - {"update"}


def test_recent_weeks_would_count_more_if_the_filter_forgot():
    """The statement is about the order of the weeks: a filter that discounts the past ends elsewhere."""
    m, c, s2, rows = np.array([0.002, -0.13]), np.diag([1e-4, 1e-2]), 8.5e-4, np.c_[np.ones(5), R[:-1]]
    ends = []
    for order in (slice(None), slice(None, None, -1)):
        mean, covariance = m, c
        for row, value in zip(rows[order], R[1:][order], strict=True):
            covariance = covariance / 0.9
            gain = covariance @ row / (row @ covariance @ row + s2)
            mean, covariance = (
                mean + gain * (value - row @ mean),
                covariance - np.outer(gain, row @ covariance),
            )
        ends.append(mean)
    assert abs(ends[0] - ends[1]).max() > 1e-4


@pytest.mark.parametrize("risk_aversion", [0.7, 2.0, 3.0])
def test_policy(golden, risk_aversion):
    case = golden("multi_period_policy")["D2_T3"]
    policy = multi_period_policy(case["E_e"], case["Var_e"], 1.01, case["p1..p3"], risk_aversion)
    assert failing(statements.policy_statements(policy)) == {"published_frontier"}


def test_policy_statements_can_fail(golden):
    """A policy whose promise is wrong is found out."""
    from dataclasses import replace

    case = golden("multi_period_policy")["D2_T3"]
    policy = multi_period_policy(case["E_e"], case["Var_e"], 1.01, case["p1..p3"], 2.0)
    wrong = replace(policy, direction=1.1 * policy.direction)
    assert {"moments", "value_function", "e24"} <= failing(statements.policy_statements(wrong))


def test_certain_exit_hides_the_square():
    """The bracket is zero then, and so is its square."""
    policy = multi_period_policy([0.02, 0.03], 0.04, 1.01, [0.0, 1.0], 2.0)
    assert not failing(statements.policy_statements(policy))


def test_moments():
    assert failing(statements.moment_statements()) == set()


def test_reallocating_is_worth_something():
    """Held amounts by brute force: the best of a grid is below the optimum of re-allocating every week."""
    assert statements.reallocation_statement()
    mean, variance, gross = 0.00207, 0.00085, 1 + 0.0057 / 52
    rng = np.random.default_rng(3)
    grown = np.prod(1 + mean + np.sqrt(variance) * rng.standard_normal((40_000, 26)), axis=1)
    held = [
        (gross**26 + u * (grown - gross**26)).mean() - 2 * (u * grown).var() for u in np.linspace(0, 2, 81)
    ]
    policy = multi_period_policy(np.full(26, mean - gross + 1), variance, gross, np.eye(26)[-1], 2.0)
    assert policy.expected_wealth - 2 * policy.variance > max(held) + 1e-4


@pytest.mark.parametrize("phi", [-0.4, 0.1, 0.6])
def test_theorem_1_holds_where_returns_remember(phi):
    assert statements.remembering_optimum(phi)


def test_no_policy_of_several_assets_does_better():
    from dataclasses import replace

    means, covariances = [[0.01, 0.02], [0.015, 0.005]], [[[0.04, 0.01], [0.01, 0.09]]] * 2
    policy = multi_period_policy(means, covariances, 1.002, [0.3, 0.7], 2.0)
    assert statements.several_optimum(policy)
    assert not statements.several_optimum(replace(policy, cov=1.1 * policy.cov))  # of another problem


@pytest.mark.parametrize("seed", [0, 4])
def test_vector_autoregression(seed):
    found = statements.var_statements(seed)
    assert failing(found) == {"variance_fits"}


def test_serial_correlation_decides_what_is_known():
    p = paper_exit("P1")
    remembering, not_remembering = (
        exact_policy(0.002 * (1 - phi), phi, 0.00085, 1.0001, p, 2.0, 0.002) for phi in (-0.13, 0.0)
    )
    assert failing(statements.serial_statements(remembering)) == {"known_at_t", "pull_out"}
    assert not failing(statements.serial_statements(not_remembering))


def test_short_samples_close_to_a_unit_root():
    found = statements.near_unit_root(0.9, seed=4)
    assert found["variance"] == pytest.approx(1 / 0.19, rel=0.05)
    assert found["mean"] == pytest.approx(0.9 - (1 + 3 * 0.9) / 130, abs=0.01)  # Kendall's bias
    assert found["explosive"] < 0.01 < statements.near_unit_root(0.999, seed=4)["explosive"]
