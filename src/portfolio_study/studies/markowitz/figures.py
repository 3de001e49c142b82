"""Figures of the chapter on Markowitz portfolios."""

from typing import Any

import numpy as np

from portfolio_study.evaluation.costs import COST
from portfolio_study.figures import CYCLE, DASHES, as_written, specification_figure, styles
from portfolio_study.ledger import figure
from portfolio_study.studies.markowitz.experiment import (
    ADVANCED,
    BELIEVED,
    TRADITIONAL,
    Experiment,
)
from portfolio_study.studies.markowitz.measures import frontier, promises
from portfolio_study.studies.markowitz.specifications import curves


@figure(
    caption="What the optimiser promises when every true mean is zero.",
    alt="Histogram of promised annual Sharpe ratios over simulated windows of pure noise, around "
    "{noise_promise:.1f}, with a dashed line at {promised.traditional:.1f}, the mean promised on the real data",
)
def noise(study: Experiment) -> Any:
    """Promised Sharpe ratios on pure noise, and on the real data."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 3.5))
    ax.hist(
        study.root * study.noise["sharpe"], bins=30, color=CYCLE[5], edgecolor="white", label="pure noise"
    )
    ax.axvline(
        promises(study)["promised.traditional"].estimate,
        color="black",
        linestyle="--",
        label="traditional method, real data (mean)",
    )
    ax.set(xlabel="promised Sharpe ratio (a year)", ylabel="windows")
    ax.legend()
    return fig


@figure(
    caption="Lead in annual Sharpe ratio of forecasts by models, under {curve.count} combinations of choices, by "
    "size. Above: the lead, its 95 % interval, and where leads of this rank lie if no forecast is worth anything. "
    "Below: the choices behind each.",
    alt="Above, dots from the lowest to the highest difference of annual Sharpe ratios, {curve.share:.0%} of them "
    "above zero, each with its interval, over a grey band of what chance gives, the paper's choices marked by a "
    "diamond at {curve.published:.2f}; below, a row of strokes for each choice of means, covariances, window, "
    "benchmark, dates, costs and riskless rate",
)
def specifications(study: Experiment) -> Any:
    """Differences of Sharpe ratios under all defensible choices."""
    found, _ = curves(study)
    return specification_figure(found.table, found.factors, found.published, "annual Sharpe ratio, lead")


SHOWN = (ADVANCED, TRADITIONAL, "minimum variance, GARCH", "1/N", "buy and hold")


def _wealth_in_words(study: Experiment) -> str:
    runs = {name: study.runs[name].at_cost(COST) for name in SHOWN}
    ends = "; ".join(
        f"{name}: {run.wealth.iloc[-1]:.2f}, {-100 * run.drawdown.min():.0f} %, {100 * run.turnover.mean():.0f} %"
        for name, run in runs.items()
    )
    return (
        "Three panels of lines over the test dates: wealth of one unit, drawdown, turnover. Wealth at the end, "
        f"deepest drawdown and mean turnover a {study.period}: {ends}."
    )


@figure(
    caption="Wealth of one unit and drawdown, after costs of 10 basis points a trade, and turnover, averaged "
    "over one window.",
    alt=_wealth_in_words,
)
def wealth(study: Experiment) -> Any:
    """Wealth, drawdown and turnover over the test dates."""
    import matplotlib.pyplot as plt

    fig, (top, middle, bottom) = plt.subplots(3, 1, figsize=(9, 6.8), sharex=True, height_ratios=(2, 1, 1))
    for name, look in styles(SHOWN).items():
        run, line = study.runs[name].at_cost(COST), {key: look[key] for key in ("color", "linestyle")}
        top.plot(run.wealth, label=name, **line)
        middle.plot(100 * run.drawdown, **line)
        bottom.plot(100 * run.turnover.rolling(study.window, min_periods=1).mean(), **line)
    top.set(ylabel="wealth (start = 1)")
    middle.set(ylabel="drawdown (%)")
    bottom.set(ylabel=f"turnover (% a {study.period})")
    top.legend(ncols=2)
    return fig


STACKED = (TRADITIONAL, "minimum variance, rolling")
LARGEST = 6  # assets with an area of their own


def _weights_in_words(study: Experiment) -> str:
    found = "; ".join(
        f"{name}: {100 * study.weights[name].max(axis=1).mean():.0f} % in the largest asset of a date, "
        f"{(study.weights[name] > 0.01).sum(axis=1).mean():.1f} assets above 1 %"
        for name in STACKED
    )
    few = study.simple.shape[1] <= LARGEST
    areas = "each asset" if few else f"the {LARGEST} largest assets and of all others together"
    return f"Stacked areas over the test dates: weights of {areas}, in two portfolios. On average, {found}."


@figure(
    caption="Weights over time: maximum Sharpe ratio from rolling means (above) and minimum variance (below).",
    alt=_weights_in_words,
)
def weights(study: Experiment) -> Any:
    """Weights of two portfolios over the test dates."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 1, figsize=(9, 6), sharex=True)
    average = study.weights[STACKED[0]].mean() + study.weights[STACKED[1]].mean()
    ranked = average.sort_values(ascending=False).index
    look = {"colors": [*CYCLE[:LARGEST], "0.85"], "hatch": ["", "//", "..", "xx", "\\\\", "++", ""]}
    for ax, name in zip(axes, STACKED, strict=True):
        held = study.weights[name][ranked[:LARGEST]]
        if len(ranked) > LARGEST:
            held = held.assign(others=study.weights[name][ranked[LARGEST:]].sum(axis=1))
        ax.stackplot(
            study.test, held.T.to_numpy(), labels=held.columns, edgecolor="white", linewidth=0.1, **look
        )
        ax.set(ylabel="weight", title=name, ylim=(0, 1), xlim=(study.test[0], study.test[-1]))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", reverse=True)
    return fig


def _shrinkage_in_words(study: Experiment) -> str:
    path = study.shrinkage_path
    ends = "; ".join(f"{name} from {path[name].iloc[0]:.2f} to {path[name].iloc[-1]:.2f}" for name in path)
    return (
        "Two lines of dots: annual Sharpe ratio after costs as the means are shrunk towards their average, from not "
        f"at all to wholly: {ends}. Equal weights, a horizontal line, have "
        f"{study.runs['1/N'].at_cost(COST).sharpe:.2f}."
    )


@figure(
    caption="Realised Sharpe ratio after 10 basis points a trade, by shrinkage of the means. At one, nothing is "
    "left of the forecasts' differences.",
    alt=_shrinkage_in_words,
)
def shrinkage(study: Experiment) -> Any:
    """Sharpe ratio by how far the means are shrunk towards their average."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(8, 3.5))
    for name, look in styles(list(BELIEVED)).items():
        line = {key: look[key] for key in ("color", "linestyle", "marker")}
        ax.plot(study.shrinkage_path[name], label=name, **line)
    equal = study.runs["1/N"].at_cost(COST).sharpe
    ax.axhline(equal, color="black", linewidth=0.8, linestyle="-", label="1/N")
    ax.set(xlabel="shrinkage of the means", ylabel="Sharpe ratio (a year)")
    ax.legend()
    return fig


def _frontiers_in_words(study: Experiment) -> str:
    lines = {label: frontier(study, label) for label in BELIEVED}
    ends = "; ".join(
        f"{label} from {line['risk'].iloc[0]:.1f} % volatility and {line['return'].iloc[0]:.1f} % expected return to "
        f"{line['risk'].iloc[-1]:.1f} % and {line['return'].iloc[-1]:.1f} %"
        for label, line in lines.items()
    )
    return f"Two efficient frontiers of the last test date, and the assets, a year: {ends}."


@figure(
    caption="What the inputs believe on the last test date.",
    alt=_frontiers_in_words,
)
def frontiers(study: Experiment) -> Any:
    """Both frontiers and the assets on the last test date; interactive."""
    import plotly.graph_objects as go

    fig, last = go.Figure(), study.test[-1]
    numbers = "expected volatility %{x:.1f} % a year<br>expected return %{y:.1f} % a year<extra></extra>"
    for (label, (mean, covariance)), dash, colour in zip(BELIEVED.items(), DASHES, CYCLE, strict=False):
        line = frontier(study, label)
        fig.add_scatter(
            x=line["risk"], y=line["return"], mode="lines", name=label, line={"dash": dash, "color": colour},
            hovertemplate=f"frontier, {label}<br>{numbers}",
        )  # fmt: skip
        variances = np.diag(study.covariance[covariance][study.days.get_loc(last)])
        fig.add_scatter(
            x=100 * study.root * np.sqrt(variances),
            y=100 * study.per_year * study.mean[mean].loc[last],
            mode="markers",
            name=f"assets, {label}",
            text=[as_written(name) for name in study.simple.columns],
            marker={"color": colour, "symbol": "circle" if dash == "solid" else "diamond"},
            hovertemplate=f"%{{text}}, {label}<br>{numbers}",
        )
    fig.update_layout(xaxis_title="expected volatility (% a year)", yaxis_title="expected return (% a year)")
    return fig
