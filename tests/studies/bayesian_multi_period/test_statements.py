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
    holds = {"update", "sequential_is_batch", "forecast"}
    assert failing(found) == set(found) - holds


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
    assert failing(statements.moment_statements()) == {"names_unique", "theorem_2_exists"}


@pytest.mark.parametrize("seed", [0, 4])
def test_vector_autoregression(seed):
    found = statements.var_statements(seed)
    assert set(found) - failing(found) == {"regression", "covariance", "residual_covariance"}


def test_serial_correlation_decides_what_is_known():
    p = paper_exit("P1")
    remembering, not_remembering = (
        exact_policy(0.002 * (1 - phi), phi, 0.00085, 1.0001, p, 2.0, 0.002) for phi in (-0.13, 0.0)
    )
    assert failing(statements.serial_statements(remembering)) == {"known_at_t", "pull_out_square"}
    assert failing(statements.serial_statements(not_remembering)) == {"pull_out_square"}


@pytest.mark.parametrize("phi", [-0.9, 0.5, 0.9])
def test_least_squares_survives_strong_autocorrelation(phi):
    assert statements.near_unit_root(phi, seed=4)[0] is False
