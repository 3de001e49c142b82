"""Sentences of texts 001 and 002 about samples: in how many universes they are true.

"Had the highest Sharpe ratio in all universes" speaks of numbers that were measured, not of what they
stand for. So it is counted, before costs as text 001 compares; whether a difference is more than luck is
another question, and has a function of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.inference import Inference, inference
from portfolio_study.evaluation.panel import minimum_of
from portfolio_study.ledger import Measured
from portfolio_study.ledger.rules import judge_sample
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.decision_tree_evidence import risk_return_slope
from portfolio_study.studies.minimum_variance.universe_study import UniverseStudy

Universes = Mapping[str, UniverseStudy]
EQUAL = "equal_weight"
HELD = 1e-4
"""Weights up to this size count as zero."""
WORTH_A_COVARIANCE = 20
"""Returns of a holding period below which its covariance means nothing."""
DECADE_YEARS = 2
"""Years that a decade must have to be counted."""


def sharpe(study: UniverseStudy, name: str) -> float:
    """Annual Sharpe ratio of the sample, before costs."""
    return float(study.run(name).sharpe)


def spelled(unit: str) -> str:
    """Name of a universe, or of a universe and a rule, for a reader."""
    return unit.replace("size_value", "size/value").replace("_", " ")


def in_words(places: Iterable[str]) -> str:
    """Names of universes for a reader."""
    return "; ".join(map(spelled, places)) or "none"


def counted(found: Mapping[str, bool]) -> Measured:
    """In how many units a statement is true, and in which."""
    true = [place for place, holds in found.items() if holds]
    return Measured(len(true), n=len(found), note=f"true in: {in_words(true)}")


def is_best(studies: Universes, name: str, rivals: Sequence[str]) -> Measured:
    """Universes in which a rule has a higher Sharpe ratio than every rival."""
    return counted(
        {p: sharpe(s, name) > max(sharpe(s, rival) for rival in rivals) for p, s in studies.items()}
    )


def is_better(studies: Universes, chosen: Mapping[str, str], rival: str) -> Measured:
    """Universes in which the rule chosen for each has a higher Sharpe ratio than a rival."""
    return counted({p: sharpe(s, chosen[p]) > sharpe(s, rival) for p, s in studies.items()})


def has_the_worst(studies: Universes, suspects: Sequence[str], rules: Sequence[str]) -> Measured:
    """Universes in which the rule with the lowest Sharpe ratio is one of those suspected."""
    return counted({p: min(rules, key=lambda name: sharpe(s, name)) in suspects for p, s in studies.items()})


def slopes(studies: Universes) -> dict[str, Inference]:
    """Extra annual return for one unit of annual volatility across the assets of each universe."""
    found = {}
    for place, study in studies.items():
        year = study.run(EQUAL).periods_per_year
        one = risk_return_slope(study.returns, "volatility")
        scale = float(np.sqrt(year))
        found[place] = inference(scale * one.slope, scale * one.standard_error, one.observations, "slope")
    return found


def loses_fewer_resamples(shares: Mapping[str, pd.Series], names: Sequence[str], rival: str) -> Measured:
    """Universes in which equal weight wins fewer resamples against each name than against the rival."""
    return counted({p: bool(s[list(names)].max() < s[rival]) for p, s in shares.items()})


def shares_held(studies: Universes, name: str) -> dict[str, float]:
    """Average share of the assets that a rule holds, by universe."""
    return {p: float((s.weights(name).abs() > HELD).mean(axis=1).mean()) for p, s in studies.items()}


def least_held(studies: Universes, name: str) -> dict[str, float]:
    """Smallest share of the assets that a rule holds on any rebalance date, by universe."""
    return {p: float((s.weights(name).abs() > HELD).mean(axis=1).min()) for p, s in studies.items()}


def beats_the_unrestricted(studies: Universes, bounded: Sequence[str], free: str) -> dict[str, Measured]:
    """Comparisons in which a bound on a norm of the weights lowers volatility, and raises the Sharpe ratio."""
    calmer, richer = [], []
    for study in studies.values():
        base = study.run(free)
        for name in bounded:
            run = study.run(name)
            calmer.append(bool(run.returns.std() < base.returns.std()))
            richer.append(bool(run.sharpe > base.sharpe))
    return {
        name: Measured(sum(found), n=len(found), note="bounds x universes")
        for name, found in {"volatility": calmer, "sharpe": richer}.items()
    }


def better_decades(
    studies: Universes, name: str, rival: str, *, years: int = 10, cost: float = 0.0
) -> Measured:
    """Decades and universes in which a rule has the higher Sharpe ratio.

    Parameters
    ----------
    studies : mapping of str to UniverseStudy
    name, rival : str
        Two rules.
    years : int
        Length of a stretch, if other than a decade; one that has fewer than two years of returns is left out.
    cost : float
        Basis points of what is traded.
    """
    found = []
    for study in studies.values():
        one, other = (study.run(rule).at_cost(cost) for rule in (name, rival))
        stretch = pd.DatetimeIndex(one.returns.index).year // years
        ratios = [
            run.excess_returns.groupby(stretch).mean() / run.excess_returns.groupby(stretch).std()
            for run in (one, other)
        ]
        enough = one.returns.groupby(stretch).size() >= DECADE_YEARS * one.periods_per_year
        found += list((ratios[0] > ratios[1])[enough])
    return Measured(int(sum(found)), n=len(found), note="decades of each universe, which overlap in time")


def decades_by_choice(studies: Universes, name: str, rival: str) -> pd.DataFrame:
    """In how many stretches of time a rule beats a rival (see `better_decades`), by cost, length and universe."""
    choices: dict[str, tuple[Universes, dict[str, Any]]] = {
        "as judged: decades, before costs": (studies, {}),
        f"after {COST:.0f} basis points a trade": (studies, {"cost": COST}),
        "after 25 basis points a trade": (studies, {"cost": 25.0}),
    }
    lived = max(len(s.market) / s.run(name).periods_per_year for s in studies.values())
    choices |= {
        f"stretches of {years} years": (studies, {"years": years}) for years in (5, 20) if lived > years
    }
    for place, study in studies.items():
        choices[f"{place.replace('_', '/')} alone"] = ({place: study}, {})
    rows = {}
    for label, (chosen, options) in choices.items():
        found = better_decades(chosen, name, rival, **options)
        if found.n:
            verdict = judge_sample(int(found.value), found.n, "most").verdict
            rows[label] = {"higher Sharpe ratio in": f"{found.value} of {found.n}", "answer": verdict}
    return pd.DataFrame(rows).T.rename_axis("choice")


def has_smallest_beta(studies: Universes, name: str, rivals: Sequence[str]) -> Measured:
    """Universes in which a rule has the smallest beta to the equally weighted market."""

    def beta(study: UniverseStudy, rule: str) -> float:
        both = np.cov(study.run(rule).returns, study.market)
        return float(both[0, 1] / both[1, 1])

    return counted({p: beta(s, name) < min(beta(s, rival) for rival in rivals) for p, s in studies.items()})


def sensitivity(studies: Universes, name: str, rivals: Sequence[str], rival: str) -> pd.DataFrame:
    """In how many universes a rule is best, and better than one rival, by cost, estimator, rivals and years.

    Parameters
    ----------
    studies : mapping of str to UniverseStudy
    name : str
    rivals : sequence of str
        Among which it has to be best.
    rival : str
        Than which it has to be better.
    """
    shared = set.intersection(*({estimator for _, estimator in s.grid.runs} for s in studies.values()))
    choices: dict[str, dict[str, Any]] = {
        "as judged": {},
        f"after {COST:.0f} basis points a trade": {"cost": COST},
        "after 25 basis points a trade": {"cost": 25.0},
        "without hierarchical risk parity": {"left_out": "hierarchical_risk_parity"},
        "without inverse variance": {"left_out": "inverse_variance"},
        "first half of the dates": {"half": 0},
        "second half of the dates": {"half": 1},
    }
    choices |= {
        f"covariance: {one.replace('_', ' ')}": {"estimator": one} for one in sorted(shared - {"sample"})
    }
    rows = {}
    for label, chosen in choices.items():
        left_out = chosen.get("left_out")
        found = {
            place: {
                rule: _ratio(study, rule, **{k: v for k, v in chosen.items() if k != "left_out"})
                for rule in (name, *rivals)
                if rule != left_out
            }
            for place, study in studies.items()
        }
        best = [of[name] == max(of.values()) for of in found.values()]
        rows[label] = {
            "is best in": f"{sum(best)} of {len(best)}",
            f"is above {rival.replace('_', ' ')} in": f"{sum(of[name] > of[rival] for of in found.values())} of {len(best)}",
        } | {
            f"lead over the best rival, {place.replace('_', '/')}": of[name]
            - max(value for rule, value in of.items() if rule != name)
            for place, of in found.items()
        }
    return pd.DataFrame(rows).T.rename_axis("choice")


def _ratio(
    study: UniverseStudy, rule: str, cost: float = 0.0, estimator: str = "sample", half: int | None = None
) -> float:
    run = study.run(f"{rule}/{estimator}").at_cost(cost)
    excess = run.excess_returns
    if half is not None:
        middle = len(excess) // 2
        excess = excess.iloc[:middle] if half == 0 else excess.iloc[middle:]
    return float(np.sqrt(run.periods_per_year) * excess.mean() / excess.std())


def worst_of(found: Mapping[str, Inference], note: str = "") -> Measured:
    """Evidence for a sentence about all units: the smallest effect, and the unit that it is of."""
    unit = minimum_of(dict(found)).unit
    one = contrasts.smallest(found)
    return Measured(one.estimate, **one.evidence(), worst=spelled(unit), note=note)


def on_average(found: Mapping[str, Inference]) -> Inference:
    """Mean effect over universes, with the error of effects that move together: none is averaged away."""
    effects = list(found.values())
    return inference(
        float(np.mean([one.estimate for one in effects])),
        float(np.mean([one.se for one in effects])),
        min(one.n for one in effects),
        "mean over universes",
    )


def covariances_persist(study: UniverseStudy) -> float | None:
    """Average correlation of the covariances of a window with those of the period held; None for monthly data."""
    ends = study.returns.index.get_indexer(study.dates)
    upper = np.triu_indices(study.returns.shape[1])
    found = []
    for begin, end in pairwise(ends):
        if end - begin < WORTH_A_COVARIANCE:
            continue
        before, after = (
            study.returns.iloc[rows].cov().to_numpy()[upper]
            for rows in (slice(begin - study.lookback, begin), slice(begin, end))
        )
        found.append(np.corrcoef(before, after)[0, 1])
    return float(np.mean(found)) if found else None


def mean_reversion(returns: pd.DataFrame, years: Sequence[int], draws: int, seed: int) -> Inference:
    """One less the variance ratio of monthly returns, averaged over portfolios and horizons.

    The horizons overlap and the portfolios move together, so that the error and the value without
    reversion come from the same months in random order, all portfolios together.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Monthly simple returns.
    years : sequence of int
        Horizons.
    draws : int
        Random orders of the months.
    seed : int
    """
    logs = np.log1p(returns.to_numpy())
    horizons = [12 * y for y in years]
    random = np.random.default_rng(seed)
    null = [_reversion(random.permutation(logs), horizons) for _ in range(draws)]
    found = _reversion(logs, horizons) - float(np.mean(null))
    return inference(found, float(np.std(null, ddof=1)), len(logs), "variance ratio, random order")


def _reversion(logs: np.ndarray, horizons: Sequence[int]) -> float:
    total = np.vstack([np.zeros(logs.shape[1]), np.cumsum(logs - logs.mean(axis=0), axis=0)])
    single = logs.var(axis=0, ddof=1)
    ratios = [((total[q:] - total[:-q]) ** 2).mean(axis=0) / (q * single) for q in horizons]
    return float(1 - np.mean(ratios))
