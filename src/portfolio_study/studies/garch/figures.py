"""Figures of the chapter on GARCH."""

from typing import Any

import pandas as pd

from portfolio_study.evaluation import cumulative_loss_difference
from portfolio_study.figures import COLOURS, styles
from portfolio_study.ledger import figure
from portfolio_study.studies.garch.experiment import PUBLISHED_RMSE, Experiment
from portfolio_study.studies.garch.proxy_errors import POOLED

MOST_DRAWN_AS_PATHS = 20_000  # points that an SVG file holds one by one; more become a picture in it
THIN = {"color": COLOURS["black"], "linewidth": 0.8, "linestyle": "-"}


@figure(
    caption="Estimated reaction and memory, every twentieth date, all assets. The lines are the edges of the "
    "region.",
    alt="Scatter: alpha (horizontal) against beta (vertical) of the fits of all assets on every twentieth date, "
    "short window left and long window right, on the triangle alpha + beta at most one; {edge.any:.0%} of the "
    "short fits lie on an edge, {edge.any_long:.0%} of the long ones",
)
def edges(study: Experiment) -> Any:
    """Parameters of the fits inside the parameter region."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 4), sharex=True, sharey=True)
    for ax, fit in zip(axes, (study.fitted, study.long), strict=True):
        a, b = (fit.parameters[k].iloc[::20].to_numpy().ravel() for k in ("alpha", "beta"))
        look = {"linestyle": "none", "marker": ".", "markersize": 3, "alpha": 0.3, "color": COLOURS["blue"]}
        ax.plot(a, b, rasterized=len(a) > MOST_DRAWN_AS_PATHS, **look)
        ax.plot([0, 0, 1, 0], [1, 0, 0, 1], **THIN)
        ax.set(title=f"window {fit.window}", xlabel="alpha (reaction)")
    axes[0].set_ylabel("beta (memory)")
    return fig


def _paths(study: Experiment) -> dict[str, pd.Series]:
    """Three forecasts of the volatility of the asset that is shown, percent per period."""
    forecasts = {
        study.garch: study.fitted.volatility,
        f"standard deviation {study.window}": study.window_sd,
        study.slow: study.long.volatility,
    }
    return {name: 100 * table[study.shown].iloc[-750:] for name, table in forecasts.items()}


def _path_in_words(study: Experiment) -> str:
    spans = "; ".join(
        f"{name} from {path.min():.2f} to {path.max():.2f}" for name, path in _paths(study).items()
    )
    return f"Lines over time: forecast volatility of {study.shown} in percent per {study.period}, {spans}."


@figure(
    caption="Volatility forecasts for the asset named above the lines.",
    alt=_path_in_words,
)
def path(study: Experiment) -> Any:
    """Three forecasts of one asset's volatility."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for (name, path), width in zip(_paths(study).items(), (0.8, 1.6, 1.2), strict=True):
        ax.plot(path, linewidth=width, label=name)
    ax.set(ylabel=f"volatility (% per {study.period})", title=f"{study.shown}, up to 750 {study.period}s")
    ax.legend()
    return fig


@figure(
    caption="RMSE under each reading. Dashed: the published 0.0189.",
    alt="Dots: RMSE of each candidate reading (horizontal) for all assets and for {shown}, one row a reading, "
    "dashed line at the published 0.0189; in the words of the paper the RMSE of all assets is {stated.least:.4f} "
    "to {stated.most:.4f}, of the return itself {rmse.return:.4f}",
)
def errors(study: Experiment) -> Any:
    """Errors under each reading of actual volatility."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9, 4))
    order = study.errors[POOLED].sort_values().index
    for column, label, marker, colour in (
        (POOLED, "all assets", "o", "blue"),
        (study.shown, study.shown, "s", "orange"),
    ):
        found = study.errors.loc[order, column]
        ax.plot(found, order, linestyle="none", marker=marker, color=COLOURS[colour], label=label)
    ax.axvline(PUBLISHED_RMSE, color=COLOURS["vermilion"], linestyle="--", label="published")
    ax.set_xlabel(f"RMSE (per {study.period})")
    ax.locator_params(axis="x", nbins=6)
    fig.legend(loc="outside upper center", ncols=3)
    return fig


def _gains(study: Experiment) -> dict[str, pd.Series]:
    """Running gain in QLIKE of each forecast on the plain variance, average over assets."""
    return {
        name: cumulative_loss_difference(study.by_date[study.equal], study.by_date[name])
        for name in study.forecasts
        if name != study.equal
    }


def _cumulative_in_words(study: Experiment) -> str:
    ends = ", ".join(f"{name} {gain.iloc[-1]:+.1f}" for name, gain in _gains(study).items())
    return (
        f"Lines over time: running sum of the QLIKE of {study.equal} minus that of each other forecast, average "
        f"over assets. They end at {ends}; above zero the loss of that forecast is the lower one. "
        + study.words("{fit.best} has the lowest mean of all.")
    )


@figure(
    caption="Where the advantage comes from. Rising: better than the variance of the same window.",
    alt=_cumulative_in_words,
)
def cumulative(study: Experiment) -> Any:
    """Cumulative gain of each forecast on the plain variance."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    gains = _gains(study)
    for name, look in styles(gains).items():
        ax.plot(gains[name], color=look["color"], linestyle=look["linestyle"], label=name)
    ax.axhline(0, **THIN)
    ax.set(ylabel=f"cumulative QLIKE gain on {study.equal}")
    ax.legend()
    return fig


@figure(
    caption="Variance forecasts after a return beyond three standard deviations, in multiples of the window's "
    "variance before it. Dots: what the squared returns then were, on average.",
    alt="Lines: mean variance forecast (vertical, multiple of the plain variance before the shock) by periods "
    "after a return beyond three standard deviations (horizontal, 0 to 20), one line a forecast, and dots for "
    "the mean squared return; right after the shock GARCH stands at {dynamic.response_garch:.1f}, the plain "
    "variance at {dynamic.response_variance:.1f}",
)
def response(study: Experiment) -> Any:
    """How the forecasts respond to a shock."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    lines = study.response
    for name, look in styles(study.forecasts).items():
        ax.plot(lines.index, lines[name], color=look["color"], linestyle=look["linestyle"], label=name)
    came = lines["squared return"].iloc[1:]
    ax.plot(came.index, came, "o", color=COLOURS["black"], markersize=4, label="squared return")
    ax.set(xlabel=f"{study.period}s after the shock", ylabel=f"multiple of {study.equal} before")
    ax.xaxis.get_major_locator().set_params(integer=True)
    fig.legend(loc="outside upper center", ncols=5)
    return fig


def _by_window(study: Experiment) -> dict[str, pd.Series]:
    """Mean loss by window, less that of the run's own window."""
    panels = {"GARCH volatilities": study.loss_by_window, "sample covariance": study.matrix_loss_by_window}
    return {name: losses.mean() - losses[study.window].mean() for name, losses in panels.items()}


def _windows_in_words(study: Experiment) -> str:
    lowest = "; ".join(
        f"{name}: lowest at {loss.idxmin()}, {loss.min():+.3f}" for name, loss in _by_window(study).items()
    )
    return (
        study.words("Two panels: mean QLIKE by window length ({window.grid}), less that of a window of ")
        + f"{study.window} (of covariances per asset). {lowest}."
    )


@figure(
    caption="Loss by window length, less that of a window of {window}. Lower is better.",
    alt=_windows_in_words,
)
def windows(study: Experiment) -> Any:
    """Loss of volatilities and covariances by window length."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 3.5))
    for ax, (title, loss) in zip(axes, _by_window(study).items(), strict=True):
        ax.plot(loss.index, loss, marker="o", color=COLOURS["blue"])
        ax.axhline(0, **THIN)
        ax.set(title=title, xlabel=f"window ({study.period}s)")
    axes[0].set_ylabel(f"loss less that of a window of {study.window}")
    return fig
