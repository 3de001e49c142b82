"""Tables of the chapter on CC-VaR."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.figures import as_signs, show_table
from portfolio_study.studies.cc_var.experiment import Experiment
from portfolio_study.studies.cc_var.measures import (
    COVERAGE,
    misses,
    option_violations,
    ranks,
    share_of_three_cycles,
    shared_probability,
    summation_error,
    tie_effect,
    weights_of_unit,
    worst_excess,
)
from portfolio_study.studies.cc_var.measures import better_yields as share_of_yields

MONEY = "{:.6f}"


def _demand(study: Experiment) -> str:
    """The demand of the examples as a formula."""
    return as_signs(f"eps^{study.preference:g}")


def criterion(study: Experiment) -> Any:
    """Two readings of the criterion on random incomes."""
    words = {False: "no", True: "yes"}
    found = pd.crosstab(study.readings["criterion"].map(words), study.readings["dominance"].map(words))
    found = found.rename_axis("constraint holds").add_prefix("quantiles above the floor: ")
    return show_table(found, "Two readings of the criterion on random incomes (number of incomes)")


def five_scenarios(study: Experiment) -> Any:
    """All vectors of the Beta market with five scenarios."""
    five = study.five
    found = pd.DataFrame(
        {
            "from": five.edges[:-1],
            "to": five.edges[1:],
            "price c": five.c,
            "probability p": five.p,
            "ρ": five.rho,
            "place η": five.eta + 1,
            "ω": five.portfolios["canonical"].cumulative_by_scenario,
            "canonical weight": five.portfolios["canonical"].weights,
            "integral weight": five.portfolios["integral"].weights,
        },
        index=pd.RangeIndex(1, 6, name="scenario"),
    )
    return show_table(
        found,
        f"Beta market with 5 scenarios, demand {_demand(study)}: places count from 1 as in the paper",
        formats={name: "{:.4f}" for name in found.columns if name not in ("place η", "from", "to")},
    )


def shortfalls(study: Experiment) -> Any:
    """Worst miss of both kinds of weights, by demand."""
    worst = study.shortfalls.groupby("exponent").max().round(12).rename_axis("λ")
    worst.columns = ["canonical weights", "averaged weights", "largest scenario"]
    caption = "Worst excess probability of too little income, 20 uneven scenarios"
    return show_table(worst, caption, formats="{:.3f}")


def other_weights(study: Experiment) -> Any:
    """Violation by weights that keep the order, by number of cells."""
    shown = study.other_weights.rename(
        columns={
            "averaged": "averaged over the step",
            "middle": "demand in the middle of the step",
            "lower": "demand at its lower end",
            "largest": "largest scenario",
        }
    )
    caption = f"Worst excess probability of too little income on equal cells, demand {_demand(study)}"
    return show_table(shown, caption, formats="{:.2%}")


def refined(study: Experiment) -> Any:
    """Cost, income and yield on ever finer Beta markets."""
    shown = study.refined["Beta"].rename(columns=lambda name: name.replace("_", " "))
    shown = shown.drop(columns=["integral R"])
    shown.index = pd.Index(["limit" if n == np.inf else f"{n:.0f}" for n in shown.index], name="cells")
    return show_table(
        shown,
        f"Beta market, demand {_demand(study)}: investment A, mean income R and yield y "
        "by number of cells; shortfall of the integral weights in probability",
        formats=MONEY,
    )


def distances(study: Experiment) -> Any:
    """Distances of the discrete vectors from their limits."""
    names = {
        "f_p": "(τ, ε) to f_p",
        "f_c": "(τ, γ) to f_c",
        "gamma": "(ε, γ) to γ(ε)",
        "w": "ω to w",
    }
    return show_table(
        study.distances.rename(columns=names),
        "Largest distance between discrete vectors and their limits, in probability",
        formats="{:.5f}",
    )


def identities(study: Experiment) -> Any:
    """Orders for which each identity holds."""
    shown = study.identities.copy()
    shown.columns = [f"n = {n}" for n in shown.columns]
    words = ["" if name == "all orders" else "yes" if study.always[name] else "no" for name in shown.index]
    shown.insert(0, "holds always", words)
    return show_table(
        shown.rename(index=as_signs).rename_axis("identity"),
        "Number of orders of n scenarios for which each identity holds, all of them tried",
        formats="{:,.0f}",
    )


def failures(study: Experiment) -> Any:
    """Random markets in which the order is not the cheapest."""
    found = study.failures
    shown = pd.DataFrame(
        {
            "probabilities": np.where(found["equal"], "equal", "unequal"),
            "λ": found["exponent"],
            "scenarios": found["scenarios"],
            "markets": found["markets"],
            "failures": found["failures"],
            "share not cheapest": found["failures"] / found["markets"],
            "worst excess cost": found["worst_excess"],
        }
    )
    return show_table(
        shown,
        "Random markets in which the order by relative income is not the cheapest",
        formats={
            "share not cheapest": "{:.1%}",
            "worst excess cost": "{:.2%}",
            "λ": "{:g}",
            "failures": "{:.0f}",
            "markets": "{:.0f}",
            "scenarios": "{:.0f}",
        },
        index=False,
    )


def bounds(study: Experiment) -> Any:
    """Cost by method on the worked examples."""
    formats = {"saving": "{:.2%}", "integral": MONEY, "cheapest": MONEY, "canonical": MONEY}
    return show_table(study.bounds, "Investment by method on the worked examples", formats=formats)


def option_portfolios(study: Experiment) -> Any:
    """Portfolios of butterflies on the worked examples."""
    caption = f"Butterfly portfolios, demand {_demand(study)}"
    return show_table(study.option_portfolios, caption, formats="{:.4f}")


def conditions(study: Experiment) -> Any:
    """Condition numbers of sets of instruments, and how they grow."""
    wide = study.conditions.pivot_table("condition", "basis", "strikes", sort=False)
    wide = wide.map(lambda v: "singular" if np.isinf(v) else f"{v:,.1f}")
    wide.columns = [f"{n} strikes" for n in wide.columns]
    growth = study.condition_growth
    wide["growth: power of n"] = [f"{growth[name]:.1f}" if name in growth else "–" for name in wide.index]
    return show_table(wide, "Condition number of sets of instruments, strikes one unit of money apart")


def next_month(study: Experiment) -> Any:
    """Portfolios for the next month, by forecast and demand."""
    return show_table(
        study.month.portfolios.rename_axis(index={"lambda": "λ"}),
        f"Portfolios for the next month under an assumed price volatility of {study.price_volatility:.0%}",
        formats={
            "investment A": "{:.4f}",
            "mean income R": "{:.4f}",
            "yield y (illustration)": "{:.1%}",
            "sd of the return": "{:.0%}",
            "at most saved by another order": "{:.2%}",
        },
    )


def chain(study: Experiment) -> Any:
    """The portfolio on an option chain, strike by strike."""
    found = study.chain
    shown = pd.DataFrame(
        {
            "price of the butterfly": found.butterflies.to_numpy(),
            "mean payoff (GARCH)": found.portfolio.probability,
            "income at the strike": found.portfolio.portfolio.weights,
            "holding of the instrument": found.holdings.to_numpy(),
            "instrument": found.holdings.index,
        },
        index=pd.Index([f"{k:,.0f}" for k in found.strikes], name="strike (index points)"),
    )
    return show_table(
        shown,
        "Option portfolio as butterflies, and as holdings of a bond and call spreads (units that pay one)",
        formats=dict.fromkeys(shown.columns[:4], "{:.4f}"),
    )


def coverage(study: Experiment) -> Any:
    """Promised and observed probability of too little income."""
    rows = {}
    for key, (name, level) in COVERAGE.items():
        found = misses(study)[key]
        low, high = found.interval
        rows[name, level] = {
            "months": found.n,
            "misses": study.month.kept[name]["misses"].loc[level],
            "observed": found.value,
            "interval": f"{low:.1%} to {high:.1%}",
            "p (too many)": found.p_value,
            "detectable excess": found.detectable,
            "observed, averaged weights": study.month.averaged[name]["observed"].loc[level],
        }
    return show_table(
        pd.DataFrame.from_dict(rows, orient="index").rename_axis(["forecast", "promised"]),
        "Probability of too little income: promised (at most) and observed; exact binomial intervals, each at "
        f"the level 1 - .05/{len(COVERAGE)} of this table and two-sided, and one-sided p-values, which decide at that level",
        formats={
            "observed": "{:.1%}",
            "p (too many)": "{:.3f}",
            "detectable excess": "{:.1%}",
            "observed, averaged weights": "{:.1%}",
            "months": "{:.0f}",
            "misses": "{:.0f}",
        },
    )


def rank_tests(study: Experiment) -> Any:
    """Tests of the ranks at all levels at once."""
    rows = {}
    for name in study.month.months:
        excess, distance, serial = (
            ranks(study)[f"ranks.{name.lower()}.{what}"] for what in ("excess", "distance", "autocorrelation")
        )
        rows[name] = {
            "largest excess of small ranks": excess.value,
            "p, one-sided": excess.p_value,
            "largest distance from uniform": distance.value,
            "p, two-sided": distance.p_value,
            "detectable excess": excess.detectable,
            "first autocorrelation": serial.value,
            "its standard error": serial.se,
        }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("forecast"),
        "Kolmogorov tests of the ranks (exact), and whether bad months follow each other",
        formats="{:.3f}",
    )


def illustration(study: Experiment) -> Any:
    """What the months would have cost and paid."""
    columns = study.illustration.columns
    return show_table(
        study.illustration,
        f"Illustration: all months, demand {_demand(study)}, one unit each month",
        formats={"mean cost": "{:.4f}"} | dict.fromkeys(columns[1:], "{:.1%}"),
    )


def sides(study: Experiment) -> Any:
    """The text's statements, what is right, and what it changes."""
    share, most = share_of_three_cycles(study), worst_excess(study)["worst_excess"]
    more = share_of_yields(study)["share_better_yield"].value
    unit, shared = weights_of_unit(study), shared_probability(study)
    between = option_violations(study)["option_violation"]
    rows = {
        "identities of the matrices": (
            "Ξ = H², Ξ³ = I, ...",
            "Ξ = H′ = H⁻¹ only",
            f"printed ones hold for {share:.1%} of the orders of {study.largest}",
        ),
        "matrix T": (
            "ones for i ≤ j",
            "ones for j ≤ i",
            f"first cumulated probability off by {summation_error(study):.2f}",
        ),
        "optimal order": (
            "optimal, without an objective",
            "cheapest for equal probabilities, a linear demand or ever finer cells",
            f"else up to {most:.1%} dearer than the cheapest for λ = 2",
        ),
        "ties": (
            "not mentioned",
            "larger probability first if convex, smaller if concave",
            f"{tie_effect(study):.1%} of the cost in the example",
        ),
        "yield": (
            "reported, not said to be the objective",
            "another order can yield more",
            f"in {more:.0%} of markets",
        ),
        "combinations of the basis": ("convex", "conic", f"U needs weights that sum to {unit:.0f}"),
        "cells": ("closed", "half-open", f"shared points have probability {shared:.0f}"),
        "butterflies for scenarios": (
            "simple replacement",
            "check the promise, use the true payoff",
            f"promise can fail by {between:.2f}",
        ),
    }
    columns = ["the text", "what is right", "what it changes"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("topic")
    return show_table(found, "The text's statements, errors and gaps, and what is right")
