"""Texts 001 and 002: is the least risky portfolio the best one?"""

from typing import Any

from portfolio_study import data
from portfolio_study.studies.minimum_variance import measures
from portfolio_study.studies.minimum_variance.experiment import Experiment

FIRST = "1990-01-01"
"""First date of the packaged default universe, where the page names none: the longest common history."""


def load_prices(*, source: str, universe: Any, start: str | None, **request: Any) -> data.PriceHistory:
    """Load the prices of the run; the packaged default universe from ``FIRST`` on.

    Parameters
    ----------
    source, universe, start, **request
        As for `portfolio_study.data.load_prices`.
    """
    begins = FIRST if source == "packaged" and universe is None and start is None else start
    return data.load_prices(source, universe, begins, **request)


__all__ = ["FIRST", "Experiment", "load_prices", "measures"]
