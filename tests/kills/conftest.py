"""The toy book of the tests of publishing, and counts of the faults that were tried."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "publishing"))

COUNTS = Counter()


@pytest.fixture
def counts():
    """How many faults of each kind were tried; printed at the end."""
    return COUNTS


def pytest_terminal_summary(terminalreporter):
    for what, number in COUNTS.items():
        terminalreporter.write_line(f"{number:5} {what}")
