"""Sensitivity tables: one contrast under other tests, dates and limits, each with its answer."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from portfolio_study.checks import as_series, check_count
from portfolio_study.checks.confidence import widened
from portfolio_study.errors import EstimationError
from portfolio_study.evaluation.inference import Inference

Test = Callable[[pd.Index, int | None], Inference]
"""A contrast on some dates, with a length of blocks (or lags); None is the length that is judged."""

MOST_BLOCKS = 4  # a sample with fewer blocks than this says nothing of its own variation
CALM = 0.99


def variations(test: Test, differences: Any, window: int, period: str = "day") -> dict[str, Inference]:
    """A contrast under other lengths of blocks and on parts of its dates.

    Parameters
    ----------
    test : callable
        The contrast of given dates, with a given length of blocks.
    differences : Series, shape (T,)
        What the contrast compares, by date: the hundredth that is largest in absolute size is left out once.
    window : int
        Periods behind each forecast: blocks are as long, and twice as long.
    period : str
        Name of a period, for the labels.

    Returns
    -------
    dict of str to Inference
        By what is varied; first the contrast as it is judged. Blocks of which fewer than four fit into the
        dates are left out, and so are parts on which there is nothing to test.

    Examples
    --------
    >>> from portfolio_study.evaluation import bootstrap_mean
    >>> dates = pd.bdate_range("2020-01-02", periods=100)
    >>> gains = pd.Series([0.0, 1.0, 0.0, 2.0] * 25, dates)
    >>> found = variations(lambda kept, block: bootstrap_mean(gains[kept], block=block), gains, window=20)
    >>> list(found)[:3]
    ['as judged', 'blocks of 8 days', 'blocks of 20 days (a window)']
    """
    size = as_series(differences, "differences", MOST_BLOCKS).abs()
    check_count(window, "window")
    days, middle = size.index, len(size) // 2
    lengths = {
        f"blocks of 8 {period}s": 8,
        f"blocks of {window} {period}s (a window)": window,
        f"blocks of {2 * window} {period}s (two windows)": 2 * window,
    }
    settings: dict[str, tuple[pd.Index, int | None]] = {"as judged": (days, None)}
    settings |= {
        name: (days, block) for name, block in lengths.items() if block * MOST_BLOCKS <= len(days)
    } | {
        f"first half of the {period}s": (days[:middle], None),
        f"second half of the {period}s": (days[middle:], None),
        f"without the 1 % of {period}s on which the two differ most": (
            days[size <= size.quantile(CALM)],
            None,
        ),
    }
    found = {}
    for name, (kept, block) in settings.items():
        with suppress(EstimationError):  # both are the same on all of these dates
            found[name] = test(kept, block)
    return found


def sensitivity_table(
    found: Mapping[str, Inference],
    smallest: float,
    judge: Callable[[float, tuple[float, float], float], Any],
    family: int = 1,
    estimate: str = "difference",
) -> pd.DataFrame:
    """Estimates, intervals and answers of one contrast, by what is varied.

    Parameters
    ----------
    found : mapping of str to Inference
        The contrast under each variation, with 95 % intervals.
    smallest : float
        Smallest effect that matters; half and twice as much are asked too.
    judge : callable
        Verdict (its attribute ``verdict``) on an estimate, an interval and a smallest effect.
    family : int
        Number of contrasts that are judged together: each interval is widened for them.
    estimate : str
        Name of the column of estimates.

    Returns
    -------
    DataFrame
        One row a variation: the estimate, ``low``, ``high``, and the answer for each smallest effect.
    """
    rows = {}
    for name, one in found.items():
        interval = widened(one.estimate, one.interval, family)
        rows[name] = {estimate: one.estimate, "low": interval[0], "high": interval[1]} | {
            f"if {least:g} matters": judge(one.estimate, interval, least).verdict
            for least in (smallest / 2, smallest, 2 * smallest)
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variation")
