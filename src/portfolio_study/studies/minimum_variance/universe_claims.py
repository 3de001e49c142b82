"""Sentences of texts 001 and 002 that need more than one contrast of two portfolios."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from portfolio_study.checks.estimators import ESTIMATOR_NAMES
from portfolio_study.data.membership import members_that_left, members_throughout
from portfolio_study.evaluation.inference import Inference
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy, hindsight_gap

ILL_CONDITIONED = 30.0
"""Root of the ratio of the extreme eigenvalues from which a matrix counts as ill-conditioned."""


INDEX_YEARS = ("2010-01-04", "2022-12-28")
"""First and last day for which stocks that left the index are looked up."""
WORDS = {name: about.remedy for name, about in ESTIMATOR_NAMES.items()} | {
    "gross_exposure": "limited gross exposure",
    "l1": "an l1 penalty",
    "weighted_l1": "a weighted l1 penalty",
    "group": "a group penalty",
    "elastic_net": "an elastic net",
    "ridge": "a squared l2 penalty",
    "linf": "an l-infinity penalty",
    "capped": "capped weights",
    "shrunk_to_equal": "a mix with equal weights",
    "autoregressive": "autoregressive weights",
    "score_driven": "score-driven weights",
    "inverse_variance": "ignored correlations",
    "zero_correlation": "ignored correlations",
}
"""Remedies in words."""


def lowest_quality(studies: Mapping[str, UniverseStudy]) -> str:
    """Universe with the lowest average quality ratio."""
    return min(studies, key=lambda place: float(studies[place].quality().mean()))


def condition_index(study: UniverseStudy) -> Inference:
    """Base-10 log of the condition index of the sample covariances over the usual limit of 30."""
    ends = study.returns.index.get_indexer(study.dates)
    windows = [study.returns.iloc[end - study.lookback : end].cov() for end in ends]
    index = [0.5 * np.log10(np.linalg.cond(window)) for window in windows]
    return contrasts.simulated(np.array(index) - np.log10(ILL_CONDITIONED), "condition index")


def survivors_lead(returns: pd.DataFrame) -> tuple[Inference | None, str]:
    """What stocks that stayed in the Dow Jones index earned over those that left it, also in words.

    Parameters
    ----------
    returns : DataFrame
        Simple returns, decimals per period; the part from 2010 to 2022 is used.

    Returns
    -------
    tuple of (Inference or None, str)
        None where the run has less than 60 daily returns in that time or lacks one kind of stock.
    """
    since = returns.loc[INDEX_YEARS[0] : INDEX_YEARS[1]]
    gap = None
    if len(since) > 60 and (since.index[-1] - since.index[0]).days < 3 * len(since):
        first, last = (f"{day:%Y-%m-%d}" for day in since.index[[0, -1]])
        gap = hindsight_gap(since, members_throughout(first, last), members_that_left(first, last))
    if gap is None:
        return (
            None,
            "This run does not hold both stocks that stayed in the Dow Jones index and stocks that left.",
        )
    low, high = gap.interval
    return gap, (
        f"From {since.index[0]:%Y} to {since.index[-1]:%Y} the stocks of this run that stayed in the Dow "
        f"Jones index earned {gap.estimate:.1%} a year more than those that left it "
        f"(95 % interval {low:.1%} to {high:.1%})."
    )


def sorted_by_sign(intervals: Mapping[str, tuple[float, float]]) -> dict[str, list[str]]:
    """Names of contrasts whose interval lies above zero, below it, or covers it.

    Parameters
    ----------
    intervals : mapping of str to tuple of float
        At the level of the table that they stand in; positive if the first strategy is better.
    """
    groups: dict[str, list[str]] = {"better": [], "worse": [], "unclear": []}
    for name, (low, high) in intervals.items():
        groups["better" if low > 0 else "worse" if high < 0 else "unclear"].append(name)
    return groups


def in_words(name: str) -> str:
    """A contrast for a reader: ``estimator.clime`` is "sparse inverse (CLIME)"."""
    parts = [part for part in name.split(".") if part not in ("estimator", "penalty", "rule")]
    return ", ".join(WORDS.get(part, part.replace("_", " ")) for part in parts)


def listed(names: Iterable[str]) -> str:
    """Names in a sentence; "none" when there are none."""
    words = [in_words(name) for name in names]
    if len(words) < 2:
        return words[0] if words else "none"
    return f"{', '.join(words[:-1])} and {words[-1]}"
