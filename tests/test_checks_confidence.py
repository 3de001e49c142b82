"""One definition of 95 %."""

import ast

import pytest
from scipy.stats import norm

from portfolio_study import store
from portfolio_study.checks import confidence

NUMBERS = {confidence.Z95, confidence.Z95_OF_TWO, confidence.POWER80, *confidence.TAILS}
OTHER_THINGS = {
    "figures.py": {2.8},  # inches
    "risk/garch_kernel.py": {1.96},  # a start of the search for omega
    "allocation/multi_period/exits.py": {0.975},  # the paper's probability of leaving in week 26
    "studies/bayesian_multi_period/statements.py": {0.025},  # an entry of a covariance root
}


def test_quantiles_that_hold_together():
    assert confidence.simultaneous_quantile(1) == norm.ppf(0.975)
    assert confidence.simultaneous_quantile(22) == pytest.approx(norm.ppf(1 - 0.025 / 22), rel=1e-12)
    assert round(confidence.simultaneous_quantile(1), 2) == confidence.Z95
    assert round(confidence.simultaneous_quantile(2), 4) == confidence.Z95_OF_TWO
    assert round(confidence.simultaneous_quantile(1) + norm.ppf(0.8), 1) == confidence.POWER80


def test_a_lopsided_interval_is_widened_on_both_sides():
    assert confidence.stretched(1.0, (0.5, 3.0), 2.0) == (0.0, 5.0)
    assert confidence.widened(1.0, (0.5, 3.0), 1) == (0.5, 3.0)
    low, high = confidence.widened(1.0, (0.5, 3.0), 4)
    assert (high - 1) / (1 - low) == pytest.approx(4)
    assert (1 - low) / 0.5 == pytest.approx(norm.ppf(1 - 0.025 / 4) / norm.ppf(0.975))


def test_no_other_file_says_what_95_percent_is():
    for path in store.PACKAGE.rglob("*.py"):
        name = path.relative_to(store.PACKAGE).as_posix()
        if name == "checks/confidence.py":
            continue
        numbers = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        }
        assert numbers & NUMBERS <= OTHER_THINGS.get(name, set()), f"{name}: take it from checks.confidence"
