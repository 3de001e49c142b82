"""Figures of the chapter on ARIMA."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.asset_tables import spread_rows
from portfolio_study.evaluation import cumulative_loss_difference
from portfolio_study.evaluation.dependence import autocorrelation_table
from portfolio_study.figures import COLOURS, LINES, MARKERS, bands_in_words
from portfolio_study.ledger import figure
from portfolio_study.studies.arima.experiment import Experiment
from portfolio_study.studies.arima.measures import window_ratios

SHOWN = 150  # periods of the magnified panel


@figure(
    caption="Ratio of ARIMA's mean squared error (highest likelihood) to that of predicting zero, with 95 % "
    "intervals; right of the line ARIMA is worse. Of more than 30 assets, 30 are shown, evenly spread by rank from "
    "the smallest ratio to the largest.",
    alt="Horizontal intervals, one for each asset shown and one for all together: ratio of the mean squared error "
    "of ARIMA to that of the forecast zero; a vertical line marks one, and {share_below_zero:.0%} of the "
    "assets lie left of it",
)
def ratio(study: Experiment) -> Any:
    """Squared error of ARIMA over that of zero, by asset and for all together."""
    import matplotlib.pyplot as plt

    columns = ["r2", "low", "high"]
    together = study.pooled.loc[["zero"], columns].rename(index={"zero": "all assets"})
    rows = pd.concat([spread_rows(study.against("zero")[columns].sort_values("r2")), together])
    fig, ax = plt.subplots(figsize=(9, 0.19 * len(rows) + 1.2))
    for k, (name, row) in enumerate(rows.iterrows()):
        pooled = name == "all assets"
        colour = COLOURS["vermilion" if pooled else "blue"]
        ax.plot([1 - row["high"], 1 - row["low"]], [k, k], linestyle="-", color=colour)
        ax.plot(1 - row["r2"], k, marker=MARKERS[1 if pooled else 0], color=colour)
    ax.axvline(1, linestyle=LINES[1], color=COLOURS["black"])
    ax.set(
        yticks=range(len(rows)),
        yticklabels=rows.index,
        xlabel="mean squared error of ARIMA / that of zero",
        title="Larger than one: predicting zero is better",
    )
    return fig


def _correlations(study: Experiment) -> pd.DataFrame:
    return autocorrelation_table(study.returns[study.focus], 20)


def _acf_in_words(study: Experiment) -> str:
    shown = _correlations(study)
    return (
        f"Bars at lags 1 to 20. Autocorrelations of the returns of {study.focus}: {bands_in_words(shown, 'acf')}. "
        f"Partial autocorrelations: {bands_in_words(shown, 'pacf')}."
    )


@figure(
    caption="Autocorrelations (ACF) and partial autocorrelations (PACF) of the log returns of one asset.",
    alt=_acf_in_words,
)
def acf(study: Experiment) -> Any:
    """What the paper looked at to choose the order."""
    import matplotlib.pyplot as plt

    shown = _correlations(study)
    bands = {
        "band": ("95 % if independent", LINES[1], COLOURS["black"]),
        "robust_band": ("95 % with volatility clusters", LINES[3], COLOURS["vermilion"]),
    }
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for ax, name in zip(axes, ("acf", "pacf"), strict=True):
        ax.bar(shown.index, shown[name], color=COLOURS["sky"])
        for column, (label, line, colour) in bands.items():
            ax.plot(shown.index, shown[column], linestyle=line, color=colour, label=label)
            ax.plot(shown.index, -shown[column], linestyle=line, color=colour)
        ax.set(
            title=f"{name.upper()} of {study.focus}", xlabel=f"lag ({study.period}s)", ylabel="correlation"
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
    fig.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


@figure(
    caption="Actual and forecast log returns of one asset: all dates, and the last 150.",
    alt="Two panels of log returns of {focus} against the date, actual (solid line) and forecast (dashed "
    "line): the whole sample above, the last 150 periods below; on the dates of the paper's engine its "
    "forecasts move {align.sd_ratio:.0%} as much as the returns",
)
def forecast(study: Experiment) -> Any:
    """Forecast and actual returns of the one asset."""
    import matplotlib.pyplot as plt

    lines = {
        "actual": (study.actual, {"linestyle": LINES[0], "color": COLOURS["blue"], "linewidth": 0.8}),
        "ARIMA forecast": (
            study.ours.mean,
            {"linestyle": LINES[1], "color": COLOURS["orange"], "linewidth": 1.2},
        ),
    }
    fig, axes = plt.subplots(2, 1, figsize=(9, 6))
    for ax, part in zip(axes, (slice(None), slice(-SHOWN, None)), strict=True):
        for label, (table, look) in lines.items():
            ax.plot(100 * table[study.focus].iloc[part], label=label, **look)
        ax.set(ylabel=f"log return (% per {study.period})")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    axes[0].set_title(f"{study.focus}, all {study.period}s")
    axes[1].set_title(f"the last {SHOWN} {study.period}s, magnified")
    return fig


def _leads(study: Experiment) -> dict[str, pd.Series]:
    """Running lead of ARIMA over three benchmarks, percent of the benchmark's total squared error."""
    own = study.mean_loss("ARIMA")
    bases = {name: study.mean_loss(name) for name in ("zero", "historical mean", "window mean")}
    return {name: 100 * cumulative_loss_difference(base, own) / base.sum() for name, base in bases.items()}


def _time_in_words(study: Experiment) -> str:
    local = study.fluctuation
    ends = ", ".join(f"{lead.iloc[-1]:+.2f} % against {name}" for name, lead in _leads(study).items())
    return (
        "Left: running lead of ARIMA in squared error, average over assets; it ends at "
        f"{ends}, in percent of the benchmark's total. Right: standardised local difference against zero, between "
        f"{local.path.min():.2f} and {local.path.max():.2f}; the bounds of the fluctuation test are "
        f"-{local.critical_value:.2f} and {local.critical_value:.2f}."
    )


@figure(
    name="time",
    caption="Cumulative difference of squared errors (rising: ARIMA is ahead), and the fluctuation test "
    "against zero.",
    alt=_time_in_words,
)
def over_time(study: Experiment) -> Any:
    """When ARIMA was ahead of its benchmarks."""
    import matplotlib.pyplot as plt
    from matplotlib.dates import AutoDateLocator

    local = study.fluctuation
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
    for k, (name, lead) in enumerate(_leads(study).items()):
        left.plot(study.dates, lead, linestyle=LINES[k], label=f"against {name}")
    left.axhline(0, color=COLOURS["black"], linewidth=0.8)
    left.set(ylabel="% of the benchmark's total squared error", title="rising: ARIMA is ahead")
    right.plot(local.path.index, local.path, label="ARIMA against zero")
    bound = {"linestyle": LINES[1], "color": COLOURS["vermilion"]}
    right.axhline(local.critical_value, label="5 % bounds", **bound)
    right.axhline(-local.critical_value, **bound)
    right.xaxis.set_major_locator(AutoDateLocator(maxticks=7))
    right.set(ylabel="standardised difference", title=f"windows of {local.window} {study.period}s")
    left.legend()
    right.legend()
    return fig


@figure(
    name="map",
    caption="Estimates of the windows, counted (colours on a log scale); on the dashed line the two terms cancel.",
    alt="Two heat maps of the number of windows by AR coefficient (horizontal, -1 to 1) and MA coefficient "
    "(vertical, -1 to 1): left the highest likelihood, with {share.boundary.batched:.0%} of the windows at "
    "the boundary, right the paper's engine on its sample of windows, with "
    "{share.boundary.statsmodels:.0%}; a dashed line marks phi = -theta",
)
def estimates(study: Experiment) -> Any:
    """Where the estimates lie, by engine."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    fits = {"highest likelihood": study.ours, "the paper's engine, sample": study.panel}
    fig, axes = plt.subplots(1, 2, figsize=(10, 5.6))
    for ax, (title, found) in zip(axes, fits.items(), strict=True):
        theta, phi = (found.parameters[name].to_numpy().ravel() for name in ("theta", "phi"))
        counts, edges, _ = np.histogram2d(theta, phi, bins=41, range=[[-1, 1], [-1, 1]])
        shown = np.ma.masked_equal(counts, 0)
        norm = LogNorm(0.5, max(10, counts.max()))  # of which one window is lighter than none
        mesh = ax.pcolormesh(edges, edges, shown, norm=norm, cmap="cividis", rasterized=True)
        ax.set_facecolor(mesh.get_cmap()(0.0))
        fig.colorbar(mesh, ax=ax, location="bottom", shrink=0.8, format="{x:,.0f}", label="number of windows")
        ax.plot([-1, 1], [1, -1], linestyle=LINES[1], color="white")
        ax.grid(False)
        ax.set(xlabel="φ (AR)", ylabel="θ (MA)", title=title, aspect="equal")
        ax.set(xticks=np.linspace(-1, 1, 5), yticks=np.linspace(-1, 1, 5))
    return fig


@figure(
    name="window",
    caption="Error relative to predicting zero, by window length, with 95 % intervals.",
    alt="RMSE over that of the forecast zero against the window length, with 95 % intervals, for ARIMA "
    "(from {window.shortest_ratio:.4f} at {window.shortest} {period}s to {window.longest_ratio:.4f} at "
    "{window.longest}) and for the mean of the window; a horizontal line marks one",
)
def windows(study: Experiment) -> Any:
    """Error by window length, ARIMA and the mean of the window."""
    import matplotlib.pyplot as plt

    found, lengths = window_ratios(study), np.array(study.usable)
    fig, ax = plt.subplots(figsize=(8, 4))
    for k, kind in enumerate(("ARIMA", "mean")):
        rows = [found[f"window.{kind}_{w}"] for w in study.usable]
        centre = np.array([row.estimate for row in rows])
        spread = np.abs(np.array([row.interval for row in rows]).T - centre)
        look = {"marker": MARKERS[k], "linestyle": LINES[k], "capsize": 3}
        ax.errorbar(lengths * (1 + 0.03 * k), centre, spread, label=kind, **look)
    ax.axhline(1, linestyle=LINES[3], color=COLOURS["black"], label="zero")
    ax.set(
        xscale="log",
        xticks=study.usable,
        xticklabels=study.usable,
        xlabel=f"window ({study.period}s)",
        ylabel="RMSE / RMSE of zero",
        title=f"{len(study.sweep['zero'])} common dates, all assets",
    )
    ax.minorticks_off()
    ax.legend()
    return fig


@figure(
    caption="Forecasts of both engines for the same windows.",
    alt="Scatter of forecasts for the same windows: statsmodels (horizontal) and the highest likelihood "
    "(vertical), in percent, with the line of equality; their correlation is {engines.correlation:.2f}",
)
def engines(study: Experiment) -> Any:
    """Forecasts of both engines against each other."""
    import matplotlib.pyplot as plt

    x, y = (100 * table.to_numpy().ravel() for table in (study.panel.mean, study.shared))
    far = (study.lead > 0.01).to_numpy().ravel()
    groups = {
        "same maximum": (~far, MARKERS[0], COLOURS["blue"]),
        "ours higher by 0.01 or more": (far, MARKERS[2], COLOURS["orange"]),
    }
    fig, ax = plt.subplots(figsize=(9, 5.2))  # as wide as the column: its letters are those of the others
    for label, (chosen, marker, colour) in groups.items():
        ax.scatter(x[chosen], y[chosen], marker=marker, s=18, color=colour, label=label)
    ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
    ax.plot(ends, ends, linestyle=LINES[1], color=COLOURS["black"], label="equal")
    ax.set(
        xlabel=f"forecast of statsmodels (% per {study.period})",
        ylabel=f"forecast of the highest likelihood (% per {study.period})",
        title="One model, one window, two answers",
        aspect="equal",
    )
    fig.legend(loc="outside center right")
    return fig
