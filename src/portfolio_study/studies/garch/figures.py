"""Figures of the chapter on GARCH."""

from typing import Any

from portfolio_study.evaluation import cumulative_loss_difference
from portfolio_study.figures import COLOURS, styles
from portfolio_study.ledger import figure
from portfolio_study.studies.garch.experiment import PUBLISHED_RMSE, Experiment
from portfolio_study.studies.garch.proxy_errors import POOLED

MOST_DRAWN_AS_PATHS = 20_000  # points that an SVG file holds one by one; more become a picture in it
THIN = {"color": COLOURS["black"], "linewidth": 0.8, "linestyle": "-"}


@figure(
    caption="Estimated reaction and memory, every twentieth date, all stocks. The lines are the edges of the "
    "region.",
    alt="Scatter: alpha (horizontal) against beta (vertical) of the fits of all stocks on every twentieth date, "
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


@figure(
    caption="Volatility forecasts for the stock named above the lines.",
    alt="Lines over time: forecast volatility in percent per {period} from GARCH on the short window, the "
    "window's standard deviation and GARCH on the long window, {shown}",
)
def path(study: Experiment) -> Any:
    """Three forecasts of one stock's volatility."""
    import matplotlib.pyplot as plt

    lines = {
        study.garch: (study.fitted.volatility, 0.8),
        f"standard deviation {study.window}": (study.window_sd, 1.6),
        study.slow: (study.long.volatility, 1.2),
    }
    fig, ax = plt.subplots()
    for name, (volatility, width) in lines.items():
        ax.plot(100 * volatility[study.shown].iloc[-750:], linewidth=width, label=name)
    ax.set(ylabel=f"volatility (% per {study.period})", title=f"{study.shown}, up to 750 {study.period}s")
    ax.legend()
    return fig


@figure(
    caption="RMSE under each reading. Dashed: the published 0.0189.",
    alt="Dots: RMSE of each candidate reading (horizontal) for all stocks and for {shown}, one row a reading, "
    "dashed line at the published 0.0189; in the words of the paper the RMSE of all stocks is {stated.least:.4f} "
    "to {stated.most:.4f}, of the return itself {rmse.return:.4f}",
)
def errors(study: Experiment) -> Any:
    """Errors under each reading of actual volatility."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9, 4))
    order = study.errors[POOLED].sort_values().index
    for column, label, marker, colour in (
        (POOLED, "all stocks", "o", "blue"),
        (study.shown, study.shown, "s", "orange"),
    ):
        found = study.errors.loc[order, column]
        ax.plot(found, order, linestyle="none", marker=marker, color=COLOURS[colour], label=label)
    ax.axvline(PUBLISHED_RMSE, color=COLOURS["vermilion"], linestyle="--", label="published")
    ax.set_xlabel(f"RMSE (per {study.period})")
    ax.locator_params(axis="x", nbins=6)
    fig.legend(loc="outside upper center", ncols=3)
    return fig


@figure(
    caption="Where the advantage comes from. Rising: better than the variance of the same window.",
    alt="Lines over time: cumulative difference of QLIKE, equal-weight variance minus each other forecast, "
    "averaged over stocks; a rising line is better than the equal-weight variance; {fit.best} has the lowest "
    "mean of all",
)
def cumulative(study: Experiment) -> Any:
    """Cumulative gain of each forecast on the plain variance."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for name, look in styles([n for n in study.forecasts if n != study.equal]).items():
        ax.plot(
            cumulative_loss_difference(study.by_date[study.equal], study.by_date[name]),
            color=look["color"],
            linestyle=look["linestyle"],
            label=name,
        )
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


@figure(
    caption="Loss by window length, less that of a window of {window}. Lower is better.",
    alt="Two panels of dots joined by lines: mean QLIKE of GARCH by window length, and mean matrix QLIKE per "
    "asset of the sample covariance by window length ({window.grid}), each less its value at a window of "
    "{window}",
)
def windows(study: Experiment) -> Any:
    """Loss of volatilities and covariances by window length."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 3.5))
    panels = {"GARCH volatilities": study.loss_by_window, "sample covariance": study.matrix_loss_by_window}
    for ax, (title, losses) in zip(axes, panels.items(), strict=True):
        loss = losses.mean() - losses[study.window].mean()
        ax.plot(loss.index, loss, marker="o", color=COLOURS["blue"])
        ax.axhline(0, **THIN)
        ax.set(title=title, xlabel=f"window ({study.period}s)")
    axes[0].set_ylabel(f"loss less that of a window of {study.window}")
    return fig
