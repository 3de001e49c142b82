"""Tables about the strategies of one or several universes: performance, decades, luck, failures."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.methods import METHODS
from portfolio_study.checks.estimators import ESTIMATOR_NAMES
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.confidence_set import (
    model_confidence_set,
    sharpe_losses,
    superior_predictive_ability,
    variance_losses,
)
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.economic_value import BreakEven, break_even_cost
from portfolio_study.evaluation.overfitting import bootstrap_win_shares, probability_of_overfitting
from portfolio_study.ledger.rules import found_with_power
from portfolio_study.ledger.shown import counted
from portfolio_study.studies.minimum_variance.universe_study import REPEATED, UniverseStudy, distinct
from portfolio_study.studies.minimum_variance.walk_forward import Comparison

BENCHMARK = "equal_weight"

RULE_LABELS = {
    "tangency": "Tangency, long-only",
    "mean_variance": "Mean-variance utility, risk aversion 4",
    "single_factor": "One-factor minimum variance",
    "shrunk_to_equal": "Minimum variance shrunk to equal weight",
    "minimum_cvar": "Minimum expected shortfall",
    "minimum_semivariance": "Minimum semivariance",
    "estrada": "Minimum semivariance, Estrada",
    "autoregressive": "Autoregressive minimum variance",
    "score_driven": "Score-driven minimum variance",
}
"""Words for the rules that need returns."""

OVERVIEW_FORMATS = {
    "volatility (a year)": "{:.1%}",
    "return (a year)": "{:.1%}",
    "Sharpe": "{:.2f}",
    f"Sharpe, {COST:.0f} bp": "{:.2f}",
    "Sharpe, 25 bp": "{:.2f}",
    "turnover (a year)": "{:.1f}",
    "effective assets": "{:.1f}",
    "worst drawdown": "{:.0%}",
}
ESTIMATOR_FORMATS = {
    "volatility (a year)": "{:.1%}",
    "Sharpe": "{:.2f}",
    "turnover (a year)": "{:.1f}",
    "realised over promised volatility": "{:.2f}",
    "effective assets": "{:.1f}",
    "dates without an estimate": "{:.0f}",
}
LUCK_FORMATS = {
    "strategies in the grid": "{:.0f}",
    "different strategies": "{:.0f}",
    "rules": "{:.0f}",
    "p, any rule beats 1/N (SPA)": "{:.2f}",
    "rules in the 90 % set, Sharpe": "{:.0f}",
    "rules in the 90 % set, variance": "{:.0f}",
    "probability of overfitting": "{:.2f}",
}


def strategy_label(name: str) -> str:
    """Words for a strategy in tables and figures."""
    if name in METHODS:
        return METHODS[name].label
    return RULE_LABELS.get(name, name.replace("_", " "))


def estimator_label(name: str) -> str:
    """Words for an estimator of the covariance in tables and figures."""
    about = ESTIMATOR_NAMES.get(name)
    return about.label if about else name.replace("_", " ").capitalize()


def break_even_words(found: BreakEven) -> str:
    """Say up to or from which cost per trade a strategy is ahead of its benchmark."""
    cost = f"{found.cost_bps:.0f} bp"
    return {
        "never": "never ahead",
        "always": f"ahead up to {cost} at least",
        "below": f"ahead below {cost}",
        "above": f"ahead above {cost}",
    }[found.ahead]


def overview(study: UniverseStudy) -> pd.DataFrame:
    """Performance of every rule under the sample covariance, one row each.

    Columns are those of ``OVERVIEW_FORMATS`` and ``against 1/N``: the cost per trade (both pay it)
    at which the rule stops having the higher Sharpe ratio.
    """
    market, rows = study.run(BENCHMARK), {}
    for name in study.names:
        run = study.run(name)
        x = run.summary()
        rows[strategy_label(name)] = {
            "volatility (a year)": x["annual_volatility"],
            "return (a year)": x["annual_return"],
            "Sharpe": x["sharpe"],
            f"Sharpe, {COST:.0f} bp": run.at_cost(COST).sharpe,
            "Sharpe, 25 bp": run.at_cost(25.0).sharpe,
            "turnover (a year)": x["annual_turnover"],
            "effective assets": x["effective_assets"],
            "worst drawdown": x["max_drawdown"],
            "against 1/N": None if name == BENCHMARK else break_even_words(break_even_cost(run, market)),
        }
    return pd.DataFrame(rows).T.rename_axis("rule")


#: A bootstrap's interval of strategies that differ on next to no date can have any width: it is not shown.
TOO_WIDE = 100.0


def effect_table(
    results: Mapping[str, Any],
    intervals: Mapping[str, tuple[float, float]],
    families: Mapping[str, int],
) -> pd.DataFrame:
    """Contrasts with the intervals of their table, p-values and the effect that could have been found.

    Parameters
    ----------
    results : mapping of str to estimate
        Anything with ``estimate``, ``se`` and ``p_value``.
    intervals : mapping of str to tuple of float
        The interval that is shown, which is the one that a verdict rests on.
    families : mapping of str to int
        Number of contrasts that each interval holds together with: the detectable effect is at their level.
    """
    rows = {}
    for name, r in results.items():
        low, high = intervals[name]
        told = high - low <= TOO_WIDE
        rows[name] = {
            "effect": r.estimate,
            "low": low if told else None,
            "high": high if told else None,
            "p": r.p_value,
            "detectable with 80 % power": (
                found_with_power(r.se, (low, high), families[name]) if told and r.se is not None else None
            ),
        }
    return pd.DataFrame(rows).T.rename_axis("contrast")


def _sharpe_by(run: Backtest, groups: Any) -> pd.Series:
    """Annual Sharpe ratio of each group of periods; missing for fewer than two years."""
    grouped = run.excess_returns.groupby(groups)
    ratio = grouped.mean() / grouped.std() * np.sqrt(run.periods_per_year)
    return ratio.where(grouped.size() >= 2 * run.periods_per_year)


def by_decade(studies: Mapping[str, UniverseStudy], a: str, b: str) -> pd.DataFrame:
    """Log volatility saved and Sharpe ratio gained by a against b, decade by decade.

    Decades with less than two years of data are left out.
    """
    columns = {}
    for place, study in studies.items():
        one, other = study.run(a), study.run(b)
        decade = one.returns.index.year // 10 * 10  # type: ignore[attr-defined]
        gained = _sharpe_by(one, decade) - _sharpe_by(other, decade)
        spread = other.returns.groupby(decade).std() / one.returns.groupby(decade).std()
        columns[f"{place}: volatility saved"] = spread.map(np.log).where(gained.notna())
        columns[f"{place}: Sharpe gained"] = gained
    table = pd.DataFrame(columns).dropna(how="all")
    return table.rename(index=lambda year: f"{year}s").rename_axis("decade")


def strategies_tried(study: UniverseStudy) -> pd.DataFrame:
    """Returns of the grid's different strategies in excess of the riskless rate, decimals per period.

    The rate goes first: a strategy is as good as its Sharpe ratio, which has excess returns.
    """
    return distinct(study.grid.returns().sub(study.run(BENCHMARK).risk_free, axis=0))


def selection_tests(
    study: UniverseStudy, blocks: int, draws: int = 1000, share_draws: int = 2000, seed: int = 0
) -> tuple[dict[str, float], pd.Series]:
    """How much of the ranking is luck: tests over all rules, and text 001's shares of resamples.

    Parameters
    ----------
    study : UniverseStudy
    blocks : int
        Blocks of the probability of backtest overfitting, which looks at the whole grid.
    draws, share_draws : int
        Bootstrap draws of the tests over rules (sample covariance and return-based), and of the shares.
    seed : int

    Returns
    -------
    tuple of (dict, Series)
        Row of the table with the columns of ``LUCK_FORMATS``; share of block resamples in which
        equal weight has the higher Sharpe ratio, by rule.
    """
    rate = study.run(BENCHMARK).risk_free
    every = pd.DataFrame({name: study.run(name).returns for name in study.names}).sub(rate, axis=0)
    rules, unique = distinct(every), strategies_tried(study)
    losses = sharpe_losses(rules)
    options: dict[str, Any] = {"draws": draws, "seed": seed}
    spa = superior_predictive_ability(losses[BENCHMARK], losses.drop(columns=BENCHMARK), **options)
    row = {
        "strategies in the grid": float(len(study.grid.runs)),
        "different strategies": float(unique.shape[1]),
        "rules": float(rules.shape[1]),
        "p, any rule beats 1/N (SPA)": spa.p_value,
        "rules in the 90 % set, Sharpe": float(len(model_confidence_set(losses, **options).included)),
        "rules in the 90 % set, variance": float(
            len(model_confidence_set(variance_losses(rules), **options).included)
        ),
        "probability of overfitting": probability_of_overfitting(unique, blocks).probability,
    }
    apart = (every.sub(every[BENCHMARK], axis=0).abs() > REPEATED).any()
    others = every.loc[:, apart | (every.columns == BENCHMARK)]
    shares = bootstrap_win_shares(others, BENCHMARK, draws=share_draws, seed=seed)["benchmark_wins"]
    return row, shares


def _traded(method: str, estimator: str) -> str:
    """Words for a strategy with its estimator of the covariance; a return-based rule has none."""
    rule = strategy_label(method)
    return f"{rule} with {estimator_label(estimator)}" if estimator else rule


def describe_failures(studies: Mapping[str, UniverseStudy]) -> str:
    """One sentence on what could not be computed or lost everything."""
    parts = []
    for place, study in ((p.replace("_", "/"), s) for p, s in studies.items()):
        table = study.failures
        lost = table[table["error"].str.startswith("the portfolio loses all its value")]
        names = [_traded(m, e) for m, e in zip(lost["method"], lost["estimator"], strict=True)]
        if names:
            verb = "is" if len(names) == 1 else "are"
            parts.append(f"Left out of {place}, since bankrupt, {verb} {', '.join(names)}")
        kept = table.drop(lost.index)
        for (method, name), rows in kept.groupby(["method", "estimator"]):
            who = _traded(str(method), str(name))
            parts.append(
                f"{place}: {who} found no portfolio on {counted(len(rows), 'date')} and kept the old one"
            )
    return "; ".join(parts) + "." if parts else "Every rule found a portfolio on every date."


def estimator_table(grid: Comparison, rule: str) -> pd.DataFrame:
    """One rule under every estimator, with the risk that each estimator promised.

    Parameters
    ----------
    grid : Comparison
    rule : str
        A rule of the grid.

    Returns
    -------
    DataFrame
        One row an estimator, the columns of ``ESTIMATOR_FORMATS``.
    """
    failed = grid.failures.groupby("estimator").size()
    rows = {}
    for (name, estimator), run in grid.runs.items():
        if name != rule:
            continue
        x = run.summary()
        promised = float(np.sqrt(grid.promised[rule, estimator].mean() * run.periods_per_year))
        rows[estimator_label(estimator)] = {
            "volatility (a year)": x["annual_volatility"],
            "Sharpe": x["sharpe"],
            "turnover (a year)": x["annual_turnover"],
            "realised over promised volatility": x["annual_volatility"] / promised,
            "effective assets": x["effective_assets"],
            "dates without an estimate": float(failed.get(estimator, 0)),
        }
    return pd.DataFrame(rows).T.rename_axis("estimator")
