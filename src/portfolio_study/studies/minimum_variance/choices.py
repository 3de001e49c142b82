"""Minimum variance against equal weights under every defensible choice, from the stored backtests.

Nothing is traded again: returns before costs and the turnover of each stored backtest give its returns after
any cost, and each part of the years.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.checks.confidence import widened
from portfolio_study.evaluation import Inference, SpecificationCurve, specification_curve
from portfolio_study.evaluation.bootstrap import block_length
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.sharpe import sharpe_difference, variance_difference
from portfolio_study.evaluation.specification import sharpe_gain_by_day
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.studies.minimum_variance import contrasts
from portfolio_study.studies.minimum_variance.universe_study import BASE, UniverseStudy, zero_effect
from portfolio_study.studies.minimum_variance.universe_tables import estimator_label

LONG, SHORT, EQUAL = "minimum_variance", "minimum_variance_short", "equal_weight"
CONSTRAINTS = {LONG: "long only", SHORT: "short sales"}
COSTS = {0.0: "none"} | {cost: f"{cost:.0f} basis points" for cost in (COST, 25.0)}
WHOLE = "all years"
HALVES = (WHOLE, "first half", "second half")
RATES = ("bills", "zero")
EXTREME = 0.01
"""Share of the returns that the sensitivity leaves out: those with the largest moves of equal weights."""

Returns = tuple[pd.Series, pd.Series]


@dataclass(frozen=True)
class Universe:
    """A traded universe with what its backtests do not hold.

    Attributes
    ----------
    label : str
        In words.
    study : UniverseStudy
    risk_free : Series
        Bill rate per period.
    periods_per_year : int
    text : bool
        Whether it is of the kind that text 001 used.
    """

    label: str
    study: UniverseStudy
    risk_free: pd.Series
    periods_per_year: int
    text: bool

    def net(self, name: str, cost_bps: float = 0.0) -> pd.Series:
        """Returns of a stored backtest after costs; names as in `UniverseStudy.run`."""
        rule, _, estimator = name.partition("/")
        grid, key = self.study.grid, (rule, estimator or BASE)
        gross, turnover = grid.gross[key], grid.turnover[key]
        net = 1.0 + gross
        net.loc[turnover.index] *= 1.0 - cost_bps / 1e4 * turnover
        return net - 1.0

    @property
    def strategies(self) -> dict[str, tuple[str, str]]:
        """Every minimum-variance portfolio that kept some value: name to constraint and estimator, in words."""
        return {
            f"{rule}/{estimator}": (CONSTRAINTS[rule], estimator_label(estimator))
            for rule, estimator in self.study.grid.runs
            if rule in CONSTRAINTS
        }

    @property
    def bankrupt(self) -> int:
        """How many minimum-variance portfolios lost everything: they have no returns to compare."""
        return sum(rule in CONSTRAINTS for rule, _ in self.study.grid.weights) - len(self.strategies)


def saved_variance(rule: pd.Series, benchmark: pd.Series) -> pd.Series:
    r"""Terms whose mean is the variance saved, :math:`1 - \sigma_a^2/\sigma_b^2`."""
    own, other = ((x - x.mean()) ** 2 for x in (rule, benchmark))
    return (other - own) / other.mean()


def by_month(terms: pd.DataFrame) -> pd.DataFrame:
    """Sums by calendar month, scaled so that the mean over months is the mean over all periods."""
    months = pd.DatetimeIndex(terms.index).to_period("M")
    sums = terms.groupby(months).sum(min_count=1)
    sums.index = pd.PeriodIndex(sums.index).to_timestamp()
    return sums * sums.count() / terms.count()


def part_of(values: pd.Series, part: str) -> pd.Series:
    """All returns, or the first or second half of them."""
    middle = len(values) // 2
    return {HALVES[1]: values.iloc[:middle], HALVES[2]: values.iloc[middle:]}.get(part, values)


@dataclass(frozen=True)
class Choices:
    """All specifications of one question.

    Attributes
    ----------
    curve : SpecificationCurve
    levels : dict of str to list of str
        Values of each choice.
    text : list of str
        Labels of text 001's own choices, one for each universe of its kind.
    bankrupt : int
        Minimum-variance portfolios that have no place in it, because they lost everything.
    """

    curve: SpecificationCurve
    levels: dict[str, list[str]]
    text: list[str]
    bankrupt: int

    @property
    def ahead(self) -> int:
        """Specifications with the text's sign."""
        return int((self.curve.table["effect"] > 0).sum())


def _variance_terms(universe: Universe) -> Iterator[tuple[dict[str, str], pd.Series]]:
    benchmark = universe.net(EQUAL)
    for name, (constraint, covariance) in universe.strategies.items():
        returns = universe.net(name)
        for period in HALVES:
            chosen = {"weights": constraint, "covariance": covariance, "years": period}
            yield chosen, saved_variance(part_of(returns, period), part_of(benchmark, period))


def _sharpe_terms(universe: Universe) -> Iterator[tuple[dict[str, str], pd.Series]]:
    for cost, paid in COSTS.items():
        benchmark = universe.net(EQUAL, cost)
        for name, (constraint, covariance) in universe.strategies.items():
            returns = universe.net(name, cost)
            for rate in RATES:
                safe = universe.risk_free.loc[returns.index] if rate == RATES[0] else 0.0
                for period in HALVES:
                    chosen = {
                        "weights": constraint,
                        "covariance": covariance,
                        "years": period,
                        "costs": paid,
                        "riskless rate": rate,
                    }
                    own, other = (part_of(x - safe, period) for x in (returns, benchmark))
                    yield chosen, sharpe_gain_by_day(own, other, universe.periods_per_year)


QUESTIONS = {"variance": _variance_terms, "sharpe": _sharpe_terms}
TEXT = {
    "weights": CONSTRAINTS[LONG],
    "covariance": estimator_label(BASE),
    "years": WHOLE,
    "costs": COSTS[0.0],
    "riskless rate": RATES[0],
}
"""What text 001 chose: long-only weights and the covariances observed over the window, before costs."""


def curve_of(question: str, universes: Mapping[str, Universe], draws: int, seed: int) -> Choices:
    """Specification curve of minimum variance against equal weights over all universes.

    Universes with daily and with monthly returns stand on the union of their calendar months: the terms of
    a month's days are added up. So a block of resampled dates is a block of months in each of them, and
    what happens in a month happens to all. On a union of days, a monthly return would meet the few days
    around the end of its month alone, and the luck that the universes share would be lost.

    Parameters
    ----------
    question : {"variance", "sharpe"}
        Variance saved as a share of that of equal weights, or annual Sharpe ratio gained.
    universes : mapping of str to Universe
    draws, seed : int
        Of the block bootstrap.
    """
    months, rows, text = [], {}, []
    for universe in universes.values():
        terms = {}
        for chosen, values in QUESTIONS[question](universe):
            row = {"assets": universe.label, **chosen}
            name = ", ".join(row.values())
            rows[name], terms[name] = row, values
            if universe.text and all(TEXT[choice] == value for choice, value in chosen.items()):
                text.append(name)
        months.append(by_month(pd.DataFrame(terms)))
    table = pd.concat(months, axis=1, sort=True)
    made = pd.DataFrame(rows).T
    levels = {str(factor): list(dict.fromkeys(made[factor])) for factor in made}
    curve = specification_curve(table, made, draws=draws, seed=seed)
    return Choices(curve, levels, text, sum(universe.bankrupt for universe in universes.values()))


def by_choice(found: Choices) -> pd.DataFrame:
    """Number of specifications, share with the text's sign and median effect for each choice alone."""
    rows, table = {}, found.curve.table
    for factor, levels in found.levels.items():
        for level in levels:
            effects = table.loc[table[factor] == level, "effect"]
            rows[factor, level] = {
                "specifications": len(effects),
                "share above zero": float((effects > 0).mean()),
                "median": float(effects.median()),
            }
    return pd.DataFrame(rows).T.rename_axis(["choice", "value"])


# --- sensitivity of the contrasts that the chapter rests on


@dataclass(frozen=True)
class Headline:
    """A contrast of minimum variance that the page rests on.

    Attributes
    ----------
    label : str
    what : {"risk", "sharpe"}
        Log volatility saved, or annual Sharpe ratio gained.
    pairs : list of (str, str)
        Universe and rival; of several the smallest contrast counts.
    family : int
        Contrasts in the table that its interval belongs to.
    """

    label: str
    what: str
    pairs: list[tuple[str, str]]
    family: int


@dataclass(frozen=True)
class Setting:
    """How a contrast is computed.

    Attributes
    ----------
    cost_bps : float
        Paid by both portfolios.
    blocks : float
        Length of the bootstrap's blocks over the default one.
    other_rate : bool
        Of Sharpe ratios zero instead of the bill rate; of risks returns in excess of bills.
    calm : bool
        Leave out the returns with the largest moves of equal weights.
    """

    cost_bps: float = 0.0
    blocks: float = 1.0
    other_rate: bool = False
    calm: bool = False


SETTINGS = {
    "blocks half as long": Setting(blocks=0.5),
    "blocks twice as long": Setting(blocks=2.0),
    f"after {COST:.0f} basis points a trade": Setting(cost_bps=COST),
    "after 25 basis points a trade": Setting(cost_bps=25.0),
    "without the extreme 1 % of the returns": Setting(calm=True),
}
OTHER_RATE = {"risk": "returns in excess of bills", "sharpe": "riskless rate of zero"}
LIMITS = {"smallest effect that matters halved": 0.5, "smallest effect that matters doubled": 2.0}


def sensitivity(
    headlines: list[Headline],
    universes: Mapping[str, Universe],
    smallest: Mapping[str, float],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Estimate, interval at the level of its family and verdict of each headline under other choices.

    Parameters
    ----------
    headlines : list of Headline
    universes : mapping of str to Universe
    smallest : mapping of str to float
        Smallest effect that matters, of a log volatility (``risk``) and of an annual Sharpe ratio (``sharpe``).
    draws, seed : int
        Of the bootstrap.
    """
    known: dict[Any, Inference] = {}

    def row(headline: Headline, setting: Setting, factor: float = 1.0) -> dict[str, Any]:
        found = {}
        for place, rival in headline.pairs:
            key = (headline.what, place, rival, setting)
            if key not in known:
                known[key] = _contrast(universes[place], headline.what, rival, setting, draws, seed)
            found[f"{place} against {rival}"] = known[key]
        one = contrasts.smallest(found) if len(found) > 1 else next(iter(found.values()))
        interval = widened(one.estimate, one.interval, headline.family)
        verdict = judge_direction(one.estimate, interval, factor * smallest[headline.what])
        weak = " (test too weak)" if verdict.weak else ""
        return {
            "estimate": one.estimate,
            "from": interval[0],
            "to": interval[1],
            "verdict": verdict.verdict + weak,
        }

    rows = {}
    for headline in headlines:
        rows[headline.label, "as above"] = row(headline, Setting())
        for label, factor in LIMITS.items():
            rows[headline.label, label] = row(headline, Setting(), factor)
        for label, setting in {**SETTINGS, OTHER_RATE[headline.what]: Setting(other_rate=True)}.items():
            rows[headline.label, label] = row(headline, setting)
    return pd.DataFrame(rows).T.rename_axis(["contrast", "choice"])


def _contrast(
    universe: Universe, what: str, rival: str, setting: Setting, draws: int, seed: int
) -> Inference:
    a, b = (universe.net(name, setting.cost_bps) for name in (LONG, rival))
    if np.allclose(a, b, atol=1e-12, rtol=0):
        return zero_effect(len(a), "the portfolios are identical")
    safe = universe.risk_free.loc[a.index]
    in_excess = (what == "sharpe") != setting.other_rate
    if in_excess:
        a, b = a - safe, b - safe
    if setting.calm:
        moves = universe.net(EQUAL).abs()
        calm = moves <= moves.quantile(1 - EXTREME)
        a, b = a[calm], b[calm]
    block = max(1, round(setting.blocks * block_length(len(a))))
    options: dict[str, Any] = {"block": block, "draws": draws, "seed": seed}
    if what == "risk":
        return variance_difference(a, b, **options).scaled(-0.5)
    return sharpe_difference(a, b, periods_per_year=universe.periods_per_year, **options)
