"""What a reader can take away of the chapter on learning: what the policies made of every window on the index.

Left out: the policies that do not plan anew every week.
"""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.bayesian_multi_period.experiment import Experiment

REPLANNING = ("updated", "fixed", "mean updated", "mean fixed")


@series(
    "wealth",
    "Wealth that the policies which plan anew every week made of every window of 26 weeks on the index, before costs",
)
def index_wealth(study: Experiment) -> dict[str, Any]:
    """By policy."""
    return {name: study.walk.plain[name][["wealth", "traded"]] for name in REPLANNING}


@series("scores", "Log scores of every forecast of the index, week by week")
def index_scores(study: Experiment) -> dict[str, Any]:
    """By model."""
    return {str(name): study.walk.scores[name] for name in study.walk.scores}
