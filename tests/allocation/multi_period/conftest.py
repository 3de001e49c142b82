"""The three-period example that the tests of the policy share."""

import pytest

from portfolio_study.allocation import multi_period_policy


@pytest.fixture
def three(golden):
    """The three-period example and its policy."""
    case = golden("multi_period_policy")["D2_T3"]
    return case, multi_period_policy(case["E_e"], case["Var_e"], 1.01, case["p1..p3"], case["risk_aversion"])
