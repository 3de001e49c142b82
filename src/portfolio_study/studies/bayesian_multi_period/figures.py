"""Figures of the chapter on multi-period investment."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.multi_period.exits import exit_distribution
from portfolio_study.checks.confidence import Z95
from portfolio_study.figures import COLOURS, LINES
from portfolio_study.ledger import figure
from portfolio_study.studies.bayesian_multi_period import hindsight, paper
from portfolio_study.studies.bayesian_multi_period.experiment import Experiment
from portfolio_study.studies.bayesian_multi_period.known_parameters import AT_VARIANCE, INTERCEPT
from portfolio_study.studies.bayesian_multi_period.replication import NAMES
from portfolio_study.studies.bayesian_multi_period.simulated_tables import PUBLISHED

VARIANCES = np.linspace(1e-4, 0.05, 120)  # of terminal wealth, on which frontiers are drawn
VARIANCE, WEALTH = "variance of terminal wealth", "expected terminal wealth (per 1 invested)"


@figure(
    caption="Parameters learnt during the paper's 26 weeks, from a fit to the 130 weeks before: posterior mean "
    "and 95 % band.",
    alt="Two panels of lines over the 26 weeks of 2020: intercept per week and lag coefficient of the S&P 500, "
    "posterior mean with a 95 % band, and the paper's initial value as a horizontal line; the coefficient ends "
    "{filter.phi_moved:.3f} from where it began, and its largest step is {filter.largest_step_size:.3f}, in the week "
    "that ends on {filter.largest_step}",
)
def parameters(study: Experiment) -> Any:
    """What is learnt week by week."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 4))
    names = ("intercept c (return per week)", "lag coefficient φ")
    learnt = study.weeks.learnt
    for k, (ax, name, initial) in enumerate(zip(axes, names, (INTERCEPT, paper.PHI), strict=True)):
        centre, half = learnt.mean.iloc[:, k], Z95 * np.sqrt(learnt.covariance[:, k, k])
        ax.plot(centre, color=COLOURS["blue"], label="posterior mean")
        ax.fill_between(
            centre.index, centre - half, centre + half, color=COLOURS["sky"], alpha=0.4, label="95 % band"
        )
        ax.axhline(initial, color=COLOURS["vermilion"], linestyle="--", label="the paper's initial value")
        ax.set(ylabel=name)
        ax.tick_params(axis="x", rotation=40)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


DRAWN_WEEKS = (1, 9, 17, 25)


def _state_in_words(study: Experiment) -> str:
    exact, plug_in = study.known.exact, study.known.plug_in
    found = []
    for t in DRAWN_WEEKS:
        low, high = exact.at_state(exact.omega[t], [-0.1, 0.1])
        found.append(f"week {t + 1} {low:.3f} and {high:.3f}, the plug-in {plug_in.omega[t]:.3f}")
    return (
        "Curves of the value function's coefficient omega against last week's return, one a week; pale horizontal "
        f"lines: the plug-in's constant. After a return of -10 % and of +10 %: {'; '.join(found)}."
    )


@figure(
    caption="The value function's coefficient depends on last week's return (curves); the plug-in takes it as a "
    "constant (pale horizontal lines). The paper's parameters of the index.",
    alt=_state_in_words,
)
def state(study: Experiment) -> Any:
    """The coefficient of the value function by the return of the week before."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    states = np.linspace(-0.12, 0.12, 121)
    exact, plug_in = study.known.exact, study.known.plug_in
    for t, name, line in zip(DRAWN_WEEKS, ("blue", "orange", "green", "vermilion"), LINES, strict=False):
        omega = exact.at_state(exact.omega[t], states)
        ax.plot(states, omega, color=COLOURS[name], linestyle=line, label=f"start of week {t + 1}")
        ax.axhline(plug_in.omega[t], color=COLOURS[name], linestyle="-", linewidth=4, alpha=0.25)
    ax.set(xlabel="return of the week before", ylabel="ω of the week (per unit of wealth squared)")
    ax.legend()
    return fig


def _policies(study: Experiment) -> dict[str, Any]:
    """Policies whose frontiers of time 0 are drawn."""
    known = study.known
    return {
        "exact, known at time 0": known.exact,
        "plug-in of time 0": known.plug_in,
        "no autocorrelation": known.no_memory,
    }


def _frontiers_in_words(study: Experiment) -> str:
    levels = "; ".join(f"{name}: {p.frontier(AT_VARIANCE):.3f}" for name, p in _policies(study).items())
    return (
        f"Efficient frontiers of the index over 26 weeks. Expected wealth at a variance of {AT_VARIANCE}: {levels}. A "
        "band holds 90 % of the frontiers that are computed in hindsight from one path, whose Theta goes from "
        + study.words("{hindsight.theta_range}.")
    )


@figure(
    caption="Frontiers of time 0 with known parameters: the exact one, the plug-in, the one that ignores "
    "autocorrelation{exact.plug_in_hidden:| (it coincides with the plug-in)|}, and the band of frontiers from forecasts "
    "that came later.",
    alt=_frontiers_in_words,
)
def frontiers(study: Experiment) -> Any:
    """Frontiers of time 0 and the band of those in hindsight; interactive."""
    import plotly.graph_objects as go

    known, fig = study.known, go.Figure()
    numbers = "variance %{x:.4f}: expected wealth %{y:.3f} per 1 invested<extra></extra>"
    for (name, policy), dash in zip(_policies(study).items(), ("solid", "dash", "dot"), strict=True):
        fig.add_scatter(
            x=VARIANCES,
            y=policy.frontier(VARIANCES),
            name=name,
            mode="lines",
            line={"dash": dash, "width": 3},
            hovertemplate=f"{name}<br>{numbers}",
        )
    low, high = hindsight.hindsight_band(
        known.prior, paper.MEAN, known.future[:200], known.gross, known.exits, VARIANCES, level=0.9
    )
    edge = {"name": "90 % of hindsight frontiers", "mode": "lines", "line": {"color": "grey", "width": 1}}
    for end, curve, more in (("lower", low, {"showlegend": False}), ("upper", high, {"fill": "tonexty"})):
        fig.add_scatter(
            x=VARIANCES, y=curve, hovertemplate=f"{end} end of the band<br>{numbers}", **edge, **more
        )
    fig.update_layout(xaxis_title=VARIANCE, yaxis_title=WEALTH)
    return fig


def _curves(curves: dict[str, Any]) -> Any:
    """Frontiers in one picture."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for (name, frontier), line in zip(curves.items(), LINES, strict=False):
        ax.plot(VARIANCES, frontier.expected(VARIANCES), linestyle=line, label=name)
    ax.set(xlabel=VARIANCE, ylabel=WEALTH)
    ax.legend()
    return fig


@figure(
    caption="Figure 1 of the paper, rebuilt with forecasts that came later: index, January to June 2020, 0.57 % a "
    "year riskless, corrected formula, and three meanings of 'without updating'.",
    alt="Curves: expected terminal wealth (vertical) against variance of terminal wealth (horizontal); at "
    "variance 0.01 the updated frontier lies {figure_1.gap.forecast_once:+.3f} from the one that forecasts once, "
    "{figure_1.gap.noise_only:+.3f} and {figure_1.gap.own_variance:+.3f} from those with the same lags",
)
def figure1(study: Experiment) -> Any:
    """Figure 1: the updated frontier and three readings of the one without updating."""
    names = {"updated": "updated", **NAMES}
    return _curves({names[name]: frontier for name, frontier in study.figure_1.frontiers.items()})


def _exit_panels(study: Experiment) -> tuple[dict[str, Any], dict[str, Any]]:
    """Policies by exit distribution and by horizon, index without autocorrelation."""
    plans = paper.exit_plans()
    by_exit = {name: plans[name] for name in ("P1", "P2", "P3")}
    by_horizon = {f"{n} weeks": exit_distribution(n) for n in (5, 10, 20, 26, 52)}
    first, second = (
        {name: paper.independent_policy(p, study.yearly) for name, p in shown.items()}
        for shown in (by_exit, by_horizon)
    )
    return first, second


def _exits_in_words(study: Experiment) -> str:
    left, right = (
        ", ".join(f"{name} {policy.frontier(AT_VARIANCE):.4f}" for name, policy in panel.items())
        for panel in _exit_panels(study)
    )
    return (
        "Two panels of frontiers, expected wealth against variance of wealth. Expected wealth at a variance of "
        f"{AT_VARIANCE}: by exit distribution {left}, "
        + study.words("so that {exits.order}; ")
        + f"by horizon {right}."
    )


@figure(
    caption="Figures 2 and 3 of the paper: frontiers by exit distribution (left) and by horizon (right), index "
    "without autocorrelation, 0.57 % a year riskless.",
    alt=_exits_in_words,
)
def exits(study: Experiment) -> Any:
    """Figures 2 and 3: frontiers by exit."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
    for ax, shown in zip(axes, _exit_panels(study), strict=True):
        for (name, policy), line in zip(shown.items(), LINES, strict=False):
            ax.plot(VARIANCES, policy.frontier(VARIANCES), linestyle=line, label=name)
        ax.set_xlabel(VARIANCE)
        ax.legend()
    axes[0].set_ylabel(WEALTH)
    return fig


@figure(
    caption="Tables 1 and 2 of the paper beside five readings of 'performs better'. Bars: two standard errors, "
    "where both investors trade new paths.",
    alt="Two panels of lines: probability that updating performs better (vertical) against phi (left) and mu "
    "(right), for the paper and five readings; in Table 1 the closest reading is '{table_1.closest}', "
    "{table_1.distance.closest:.2f} away (root mean square)",
)
def tables(study: Experiment) -> Any:
    """Tables 1 and 2 beside five readings."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9.5, 4.8), sharey=True)
    simulated = study.simulated
    for t, ax, label in ((1, axes[0], "autocorrelation φ"), (2, axes[1], "mean μ (per period)")):
        ax.plot(pd.Series(PUBLISHED[t]), color="black", marker="o", label="paper")
        looks = {
            "noise_only": ("orange", ":"),
            "own_variance": ("green", "-."),
            "forecast_once": ("purple", "--"),
        }
        for name, (colour, line) in looks.items():
            ax.plot(simulated.probability(t, name), color=COLOURS[colour], linestyle=line, label=NAMES[name])
        honest = simulated.found[t].xs("new_paths", level=1)
        ax.errorbar(
            list(simulated.cells[t]),
            honest["probability"],
            yerr=2 * honest["se"],
            color=COLOURS["blue"],
            linestyle="-",
            marker="s",
            label=NAMES["new_paths"],
        )
        ax.plot(
            simulated.belief[t]["probability"],
            color=COLOURS["sky"],
            linestyle=LINES[4],
            marker="^",
            label=NAMES["own_belief"],
        )
        ax.set(xlabel=label)
    axes[0].set_ylabel("probability")
    fig.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


@figure(
    name="map",
    caption="Left: probability that updating is ahead where both trade new paths. Right: across paths, how the "
    "learnt φ goes with the distance to the target after nine weeks.",
    alt="Left: heat map of the probability that updating performs better by phi (horizontal) and observations of "
    "the first fit (vertical), above one half in {map.cells_ahead} of {map.cells} cells. Right: points with error "
    "bars, correlation of the learnt phi with the distance to the target, by phi",
)
def where(study: Experiment) -> Any:
    """Where updating helps, and how learning goes with bad luck."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    fig, axes = plt.subplots(1, 2, figsize=(10, 4), width_ratios=[3, 2])
    sns.heatmap(
        study.simulated.share,
        ax=axes[0],
        vmin=0,
        vmax=1,
        center=0.5,
        cmap="RdBu",
        annot=True,
        fmt=".2f",
        cbar_kws={"label": "probability that updating is ahead"},
    )
    axes[0].set(xlabel="autocorrelation φ", ylabel="observations of the first fit")
    axes[0].tick_params(axis="y", rotation=0)
    luck = study.simulated.bad_luck
    axes[1].errorbar(luck["phi"], luck["correlation"], yerr=2 * luck["se"], marker="s", linestyle="-")
    axes[1].axhline(0, color="black", linewidth=1)
    axes[1].set(xlabel="autocorrelation φ", ylabel="correlation")
    fig.get_layout_engine().set(wspace=0.06)
    return fig


@figure(
    caption="Figures 4 and 5 of the paper. Left: distribution at ω = 3. Right: central 50 % intervals by risk "
    "aversion. Index, fit of 130 weeks, 0.57 % a year riskless.",
    alt="Left: histogram of predicted wealth after up to 26 weeks for omega = 3, and the narrow span of the "
    "published algorithm. Right: central 50 % intervals against omega; published ones hold "
    "{intervals.coverage.realised:.0f} % of realised wealth, predictive ones "
    "{intervals.coverage.predictive:.0f} %",
)
def intervals(study: Experiment) -> Any:
    """Figures 4 and 5: the published algorithm and predicted wealth."""
    import matplotlib.pyplot as plt

    found = study.intervals
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 4))
    axes[0].hist(
        found.money[3.0].at_exit,
        bins=np.linspace(0.8, 1.4, 60),
        density=True,
        color=COLOURS["sky"],
        label="predictive: wealth",
    )
    axes[0].axvspan(
        found.widest["low"],
        found.widest["high"],
        color=COLOURS["orange"],
        alpha=0.4,
        label="published: 98 % of its values",
    )
    axes[0].set(xlabel="wealth at exit (per 1 invested), ω = 3", ylabel="density")
    axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    widths = {
        "published algorithm": (found.by_aversion, "orange", "--"),
        "predictive": (found.predictive, "blue", "-"),
    }
    for name, (frame, colour, line) in widths.items():
        axes[1].fill_between(frame.index, frame["low"], frame["high"], color=COLOURS[colour], alpha=0.35)
        axes[1].plot(frame[["low", "high"]], color=COLOURS[colour], linestyle=line, label=[name, None])
    axes[1].set(xlabel="risk aversion ω", ylabel="wealth at exit (per 1 invested)", yscale="log")
    axes[1].set_yticks([1, 2, 3, 4, 6], list("12346"))
    axes[1].minorticks_off()
    axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return fig


FAN = (0.05, 0.25, 0.5, 0.75, 0.95)  # quantiles of predicted wealth


def _fan_in_words(study: Experiment) -> str:
    money = study.intervals.money[2.0]
    end = money.fan(FAN)[:, -1]
    return (
        "Fan of quantiles of predicted wealth over 26 weeks, for an investor who updates. At the end, per 1 invested: "
        f"median {end[2]:.2f}, 50 % between {end[1]:.2f} and {end[3]:.2f}, 90 % between {end[0]:.2f} and "
        f"{end[4]:.2f}; the target is {money.target:.2f}."
    )


@figure(
    caption="Wealth of the updating investor over the 26 weeks as predicted at the start: median, 50 and 90 % "
    "bands, and the target.",
    alt=_fan_in_words,
)
def fan(study: Experiment) -> Any:
    """Predicted wealth week by week."""
    import matplotlib.pyplot as plt

    money = study.intervals.money[2.0]
    quantiles = money.fan(FAN)
    weeks = np.arange(27)
    fig, ax = plt.subplots()
    ax.fill_between(weeks, quantiles[0], quantiles[4], color=COLOURS["sky"], alpha=0.3, label="90 %")
    ax.fill_between(weeks, quantiles[1], quantiles[3], color=COLOURS["sky"], alpha=0.6, label="50 %")
    ax.plot(weeks, quantiles[2], color=COLOURS["blue"], label="median")
    ax.axhline(money.target, color=COLOURS["vermilion"], linestyle="--", label="target")
    ax.set(xlabel="week", ylabel="wealth (per 1 invested)")
    ax.legend()
    return fig


@figure(
    caption="Top: wealth at exit of every window. Bottom: running mean of updated less fixed.",
    alt="Two panels over the starting dates of the windows: wealth at exit of the updating and the fixed "
    "investor, and the running mean of their difference, which ends at {oos.difference:+.4f}",
)
def oos(study: Experiment) -> Any:
    """Wealth at exit, window by window."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 1, figsize=(9, 5.2), sharex=True)
    looks = {"updated": ("vermilion", "-"), "fixed": ("blue", "--"), "mean fixed": ("green", ":")}
    for name, (colour, line) in looks.items():
        wealth = study.walk.plain[name, "wealth"]
        axes[0].plot(wealth, color=COLOURS[colour], linestyle=line, linewidth=1, label=name)
    axes[0].set(ylabel="wealth at exit\n(per 1 invested)")
    axes[0].legend(ncols=3)
    axes[1].plot(study.walk.difference.expanding().mean(), color="black")
    axes[1].axhline(0, color=COLOURS["orange"], linestyle="--")
    axes[1].set(ylabel="running mean of\nupdated less fixed", xlabel="last week before the window")
    return fig


TRANSFORMED = ("updated", "mean updated", "updated, Student t")


def _pit_in_words(study: Experiment) -> str:
    shown = study.walk.transforms[list(TRANSFORMED)]
    ends = ((shown < 0.05) | (shown > 0.95)).mean()
    told = "; ".join(f"{name} {share:.1%}" for name, share in ends.items())
    return (
        "Three histograms of probability integral transforms on the unit interval, with the uniform density as a line. "
        f"In the lowest and the highest twentieth together, where 10 % belong, lie: {told}."
    )


@figure(
    caption="Probability integral transforms of weekly forecasts. A correct forecast gives a flat histogram; a "
    "hump in the middle with high ends means tails that are too thin.",
    alt=_pit_in_words,
)
def pit(study: Experiment) -> Any:
    """Are the forecasts calibrated?"""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
    for ax, name in zip(axes, TRANSFORMED, strict=True):
        ax.hist(study.walk.transforms[name], bins=20, density=True, color=COLOURS["sky"], edgecolor="white")
        ax.axhline(1, color=COLOURS["vermilion"], linestyle="--")
        ax.set(title=name, xlabel="transform")
    axes[0].set_ylabel("density")
    return fig


def _stock_frontiers(study: Experiment) -> dict[str, Any]:
    names = {"updated": "updated", **NAMES}
    shown = {f"stocks, {names[name]}": frontier for name, frontier in study.several.references.items()}
    return shown | {"index, updated": study.figure_1.frontiers["updated"]}


def _stocks_in_words(study: Experiment) -> str:
    levels = "; ".join(
        f"{name}: {frontier.expected(AT_VARIANCE):.3f}" for name, frontier in _stock_frontiers(study).items()
    )
    return (
        f"Curves: expected terminal wealth against its variance, stocks ({', '.join(study.several.names)}) and index. At a variance of "
        f"{AT_VARIANCE}: {levels}."
    )


@figure(
    caption="Figure 6 of the paper, rebuilt with forecasts that came later and the stocks of this build, beside "
    "the index.",
    alt=_stocks_in_words,
)
def figure6(study: Experiment) -> Any:
    """Figure 6: several stocks with and without updating, beside the index."""
    return _curves(_stock_frontiers(study))
