"""Sentences of texts 001 and 002 that need more than one contrast of two portfolios."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks.estimators import ESTIMATOR_NAMES
from portfolio_study.data.membership import members_that_left, members_throughout
from portfolio_study.evaluation.economic_value import performance_fee
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.multiplicity import holm
from portfolio_study.evaluation.regression import hac_regression
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.decision_tree_evidence import RISKS, risk_return_slope
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy, contrast, hindsight_gap

EQUAL = "equal_weight"
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


def all_of(*results: Inference) -> Inference:
    """Evidence for "this and that": the smallest effect, with Bonferroni intervals."""
    return contrasts.smallest({str(k): one for k, one in enumerate(results)})


def fee(study: UniverseStudy, a: str, b: str, cost_bps: float = 0.0, **options: Any) -> Inference:
    """Fee of an investor with risk aversion 3 to hold a instead of b, basis points a year."""
    one, other = (study.run(name).at_cost(cost_bps) for name in (a, b))
    return performance_fee(one.returns, other.returns, periods_per_year=one.periods_per_year, **options)


def mixes(
    studies: Mapping[str, UniverseStudy],
    a: Iterable[str],
    b: Iterable[str],
    cost_bps: float = 0.0,
    **options: Any,
) -> Inference:
    """Smallest lead, over universes, of the Sharpe ratio of an equal mix of rules over that of another."""
    first, second = list(a), list(b)
    return contrasts.smallest(
        {
            place: contrasts.higher_sharpe(
                study.composite(first, cost_bps), study.composite(second, cost_bps), **options
            )
            for place, study in studies.items()
        }
    )


def somewhere(studies: Mapping[str, UniverseStudy], what: str, a: str, b: str, **options: Any) -> Inference:
    """Largest effect over universes: evidence that a is better in some of them."""
    found = {place: contrast(study, what, a, b, **options) for place, study in studies.items()}
    return contrasts.largest(found)


def lowest_quality(studies: Mapping[str, UniverseStudy]) -> str:
    """Universe with the lowest average quality ratio."""
    return min(studies, key=lambda place: float(studies[place].quality().mean()))


def significance_lead(
    studies: Mapping[str, UniverseStudy], names: Iterable[str], rival: str, **options: Any
) -> Inference:
    """Lead of t-statistics against equal weight: the least significant name less the rival.

    The smallest universe counts. The error is that of two independent t-statistics, which is
    too large for correlated ones: the test is careful.
    """
    listed = list(names)
    leads = []
    for study in studies.values():
        ours = min(contrast(study, "sharpe", name, EQUAL, **options).statistic for name in listed)
        leads.append(ours - contrast(study, "sharpe", rival, EQUAL, **options).statistic)
    n = min(len(study.market) for study in studies.values())
    return inference(min(leads), float(np.sqrt(2.0)), n, "difference of t-statistics")


def share_lead(shares: Mapping[str, pd.Series], names: Iterable[str], rival: str, draws: int) -> Inference:
    """The same from the shares of resamples that equal weight wins, as text 001 prints them.

    The error is that of the resampling alone.
    """
    listed = list(names)
    leads = {place: float(s[rival] - s[listed].max()) for place, s in shares.items()}
    place = min(leads, key=lambda k: leads[k])
    spread = [max(p * (1 - p), 1 / draws) for p in (shares[place][rival], shares[place][listed].max())]
    return inference(leads[place], float(np.sqrt(sum(spread) / draws)), draws, "difference of shares")


def negative_risk_return(studies: Mapping[str, UniverseStudy]) -> Inference:
    """Minus the annual slope of mean returns on risk; smallest over universes and risk measures."""
    slopes = {}
    for place, study in studies.items():
        year = study.run(EQUAL).periods_per_year
        for risk in RISKS:
            found = risk_return_slope(study.returns, risk)  # type: ignore[arg-type]
            scale = np.sqrt(year) if risk == "volatility" else year
            slopes[f"{place} {risk}"] = inference(
                -scale * found.slope, scale * found.standard_error, found.observations, "slope"
            )
    return contrasts.smallest(slopes)


def reversal_horizon(rows: int, months: int = 60) -> int:
    """Horizon in months, shorter where the history has fewer than four of them."""
    return months if rows >= 4 * months else rows // 4


def past_means_mislead(returns: pd.Series, horizon: int) -> Inference:
    """Minus the slope of the next mean return on the past one, over overlapping horizons."""
    past = returns.rolling(horizon).mean()
    ahead = past.shift(-horizon)
    known = past.notna() & ahead.notna()
    lags = min(horizon, int(known.sum()) // 3)
    fit = hac_regression(ahead[known], past[known].rename("past"), lags=lags)
    return contrasts.reversed_sign(fit.slope())


def condition_index(study: UniverseStudy) -> Inference:
    """Base-10 log of the condition index of the sample covariances over the usual limit of 30."""
    ends = study.returns.index.get_indexer(study.dates)
    windows = [study.returns.iloc[end - study.lookback : end].cov() for end in ends]
    index = [0.5 * np.log10(np.linalg.cond(window)) for window in windows]
    return contrasts.simulated(np.array(index) - np.log10(ILL_CONDITIONED), "condition index")


def volatility_ratio(study: UniverseStudy, name: str, first: str | None = None, **options: Any) -> Inference:
    """Volatility of a strategy over that of equal weight, from a date on.

    The error follows from that of the log ratio.
    """
    one, other = (study.run(n).between(first) for n in (name, EQUAL))
    found = contrasts.less_risk(one, other, **options)
    ratio = float(np.exp(-found.estimate))
    return inference(ratio, found.se * ratio, found.n, "ratio of volatilities")


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


def sorted_by_sign(results: Mapping[str, Inference], level: float = 0.05) -> dict[str, list[str]]:
    """Names of contrasts that are better, worse or unclear once Holm's method allows for their number.

    Parameters
    ----------
    results : mapping of str to Inference
        Contrasts, positive if the first strategy is better.
    level : float
        Probability of any false entry among ``better`` and ``worse``.
    """
    adjusted = holm([result.p_value for result in results.values()])
    groups: dict[str, list[str]] = {"better": [], "worse": [], "unclear": []}
    for (name, result), p in zip(results.items(), adjusted, strict=True):
        side = "better" if result.estimate > 0 else "worse"
        groups[side if p < level else "unclear"].append(name)
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
