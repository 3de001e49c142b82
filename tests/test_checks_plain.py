"""Plain parameters: whole numbers, numbers in a range, windows."""

import ast
from pathlib import Path

import numpy as np
import pytest

import portfolio_study.checks
from portfolio_study.checks import check_count, check_number, check_window
from portfolio_study.errors import ParameterError


@pytest.mark.parametrize("value", [1.0, "3", True, np.True_, None, 0, 9])
def test_counts(value):
    with pytest.raises(ParameterError, match="draws must be"):
        check_count(value, "draws", 1, 8)


def test_counts_that_fit():
    assert check_count(np.int64(3), "draws") == 3
    assert check_count(8, "draws", 1, 8) == 8


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2, "at least 3"),
        (2.5, "whole number"),
        (10, "too long for 10 returns: .*at most 9"),
        (99, "at most 9"),
    ],
)
def test_windows(value, message):
    with pytest.raises(ParameterError, match=message):
        check_window(value, 10, minimum=3)
    assert check_window(9, 10, minimum=3) == 9


@pytest.mark.parametrize("value", ["1", "x", None, [1, 2], np.nan, np.inf, -1, 3])
def test_numbers(value):
    with pytest.raises(ParameterError, match="size must be"):
        check_number(value, "size", low=0, high=2)
    assert check_number(np.float32(0.5), "size", low=0, high=2) == 0.5


def test_checks_are_ground():
    """They know the errors and nothing of the library above them."""
    folder = Path(portfolio_study.checks.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            module = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom) and module.startswith("portfolio_study"):
                assert module == "portfolio_study.errors" or module.startswith("portfolio_study.checks.")
