"""Figures of the chapter on minimum variance."""

from typing import Any

import numpy as np

from portfolio_study.allocation import METHODS, sampling_theory
from portfolio_study.allocation.frontier import two_asset_variance
from portfolio_study.figures import COLOURS, CYCLE, specification_figure
from portfolio_study.ledger import figure
from portfolio_study.studies.minimum_variance import universe_tables
from portfolio_study.studies.minimum_variance.decision_tree_figure import draw_decision_tree
from portfolio_study.studies.minimum_variance.experiment import (
    MIX,
    OBSERVATIONS,
    SIZES,
    TWO_ASSETS,
    Experiment,
)
from portfolio_study.studies.minimum_variance.frontier_figure import (
    MOST_ASSETS,
    frontier_figure,
    two_asset_figure,
)


@figure(
    caption="The decision tree, with the measured gap of each leaf to the tangency portfolio; 0 is less than the "
    "rounding of the machine, 1e-9.",
    alt="Decision tree: questions about expected returns, volatilities and correlations lead to one portfolio "
    "rule each, with its measured gap to the tangency portfolio, at most {tree_gap:.0e}, where less than 1e-9 is rounding",
)
def tree(study: Experiment) -> Any:
    """Text 001's decision tree, one correction included."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9.5, 6.5))
    draw_decision_tree(ax, study.leaf_gaps)
    return fig


def _mix_in_words(study: Experiment) -> str:
    risks = ", ".join(
        f"{100 * np.sqrt(two_asset_variance(MIX, *TWO_ASSETS, rho)):.1f} % at correlation {rho:g}"
        for rho in (-0.9, 0.0, 0.9)
    )
    return (
        "Volatility of two assets against the weight of the riskier one, with a slider for their correlation. The "
        f"mix of {MIX:.0%} and {1 - MIX:.0%}, marked, has a volatility of {risks}."
    )


@figure(
    caption="Two assets: where the mix of 30/70 of text 002 (Example 2) lies, at any correlation.",
    alt=_mix_in_words,
)
def two_assets(study: Experiment) -> Any:
    """Volatility of every mix of two assets, with a slider on their correlation."""
    return two_asset_figure(*TWO_ASSETS, MIX)


@figure(
    caption="Promised and realised variance of the estimated minimum, 252 observations: formulas (lines) and "
    "simulation (markers).",
    alt="Promised and realised variance over the true minimum against the number of assets for 252 "
    "observations: lines from the formulas, markers from simulation; with 49 assets "
    "{sampling.promised:.2f} is promised and {sampling.realised:.2f} delivered",
)
def sampling(study: Experiment) -> Any:
    """What the estimated minimum promises and delivers, by number of assets."""
    import matplotlib.pyplot as plt

    realised = sampling_theory.out_of_sample_variance_factor
    promised = sampling_theory.in_sample_variance_factor
    n, sizes, drawn = range(2, 101), list(SIZES), study.simulated_minimum
    fig, ax = plt.subplots(figsize=(8, 4))
    ax.plot(n, [realised(OBSERVATIONS, k) for k in n], "-", color=CYCLE[3], label="realised, formula")
    ax.plot(n, [promised(OBSERVATIONS, k) for k in n], "--", color=CYCLE[0], label="promised, formula")
    after, before = (
        [getattr(drawn[k], part).mean() for k in sizes] for part in ("out_of_sample", "in_sample")
    )
    ax.plot(sizes, after, "o", color=CYCLE[3], label="realised, simulated")
    ax.plot(sizes, before, "s", color=CYCLE[0], label="promised, simulated")
    ax.set(xlabel="assets", ylabel="variance over the true minimum")
    ax.legend()
    return fig


def _surface(study: Experiment) -> Any:
    """Realised volatility, % a year: rules in rows, estimators in columns, both sorted by their mean."""
    surface = 100 * study.stocks.grid.summary()["annual_volatility"].astype(float).unstack("estimator")
    return surface.loc[surface.mean(axis=1).sort_values().index, surface.mean().sort_values().index]


def _grid_in_words(study: Experiment) -> str:
    cells = _surface(study).stack().dropna()
    ends = [
        f"{cells[at]:.1f} % for {METHODS[at[0]].label} with {universe_tables.estimator_label(at[1])}"
        for at in (cells.idxmin(), cells.idxmax())
    ]
    return (
        "Heat map of annual volatility with the number in each cell, portfolio rules in rows, covariance estimators "
        f"in columns, both sorted by their mean. The lowest is {ends[0]}, the highest {ends[1]}."
    )


@figure(
    caption="Realised volatility (% a year) of every rule with every estimator, assets of this run. Rules and "
    "estimators are sorted by their mean; colours end at the 97th percentile, the number in the cell does not. "
    "Cells without a number went bankrupt.",
    alt=_grid_in_words,
)
def grid(study: Experiment) -> Any:
    """Realised volatility of every rule with every estimator."""
    import matplotlib.pyplot as plt

    surface = _surface(study)
    cells = surface.to_numpy(dtype=float)
    least, most = float(np.nanmin(cells)), float(np.nanquantile(cells, 0.97))
    fig, ax = plt.subplots(figsize=(9, 6.6))
    image = ax.imshow(surface, aspect="auto", cmap="viridis", vmax=most)
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            dark = value < (least + most) / 2
            ax.text(
                column,
                row,
                f"{value:.1f}",
                ha="center",
                va="center",
                fontsize="small",
                color="white" if dark else "black",
            )
    names = [universe_tables.estimator_label(name) for name in surface.columns]
    ax.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize="small")
    ax.set_yticks(range(len(surface)), [METHODS[m].label for m in surface.index], fontsize="small")
    ax.grid(False)
    fig.colorbar(image, label="volatility (% a year)", extend="max")
    return fig


def _last_window(study: Experiment) -> Any:
    return study.returns.iloc[-study.window :, :MOST_ASSETS]


def _frontier_in_words(study: Experiment) -> str:
    last = _last_window(study)
    cov, risk = last.cov(), 100 * np.sqrt(study.prices.periods_per_year)
    risks = {
        rule.label: risk * float(np.sqrt(w @ cov.to_numpy() @ w))
        for rule in METHODS.values()
        for w in [np.asarray(rule.allocate(cov.to_numpy()))]
    }
    ends = [
        f"{risks[name]:.1f} % ({name})"
        for name in (min(risks, key=risks.__getitem__), max(risks, key=risks.__getitem__))
    ]
    single = risk * np.sqrt(np.diag(cov))
    return (
        "Efficient frontiers with and without short sales, assets and portfolio rules on the last window: mean return "
        f"against volatility a year. The rules lie between {ends[0]} and {ends[1]}, the assets between "
        f"{single.min():.1f} and {single.max():.1f} %."
    )


@figure(
    caption="Frontiers, assets and every rule on the moments of the last window: what hindsight would have "
    "believed. Each point says its name and its numbers.",
    alt=_frontier_in_words,
    name="frontier",
    height=620,
)
def hindsight_frontier(study: Experiment) -> Any:
    """Every rule between the frontiers of the last window's sample moments; interactive."""
    last = _last_window(study)
    return frontier_figure(last.mean(), last.cov(), study.prices.periods_per_year)


def _every_choice(study: Experiment, question: str, unit: str) -> Any:
    """A specification curve with the text's own choices marked, one for each universe of its kind."""
    one = study.specifications[question]
    table = one.curve.table
    fig = specification_figure(table, one.curve.factors, None, unit)
    top = fig.axes[0]
    at = [list(table.index).index(label) for label in one.text]
    top.plot(
        at, table["effect"].iloc[at], "D", color=COLOURS["vermilion"], zorder=4, label="the text's choices"
    )
    fig.legends[0].remove()
    fig.legend(*top.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return fig


@figure(
    caption="Variance that minimum variance saves against equal weights, under every choice; the text's own "
    "choices are marked.",
    alt="Variance saved in {curve.variance.all} specifications by size, from {curve.variance.least:.0%} to "
    "{curve.variance.most:.0%}, above the choices behind each; {curve.variance.ahead} lie above zero",
)
def variance_choices(study: Experiment) -> Any:
    """Variance saved under every choice."""
    return _every_choice(study, "variance", "share of variance saved")


@figure(
    caption="Annual Sharpe ratio that minimum variance gains over equal weights, under every choice; the text's own "
    "choices are marked.",
    alt="Sharpe ratio gained in {curve.sharpe.all} specifications by size, from {curve.sharpe.least:.2f} to "
    "{curve.sharpe.most:.2f}, above the choices behind each; {curve.sharpe.ahead} lie above zero",
)
def sharpe_choices(study: Experiment) -> Any:
    """Sharpe ratio gained under every choice."""
    return _every_choice(study, "sharpe", "annual Sharpe ratio gained")
