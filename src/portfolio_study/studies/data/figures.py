"""Figures of the chapter on the data."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.asset_tables import MOST_DRAWN
from portfolio_study.checks.confidence import Z95
from portfolio_study.data.drawdown import drawdowns
from portfolio_study.data.part import drawn_names
from portfolio_study.evaluation.dependence import autocorrelation_table
from portfolio_study.evaluation.tails import normal_quantiles
from portfolio_study.figures import COLOURS, DASHES, as_written, bands_in_words, styles
from portfolio_study.ledger import figure
from portfolio_study.studies.data.experiment import BEAR, PAPER_FIRST, READINGS, Experiment

MOST_POINTS = 12_000  # of all lines of an interactive figure together: half a megabyte of the page


@figure(
    caption="Falls from the peak and volatility of the S&P 500 index. Shaded: the paper's sample, as far as the "
    "packaged index goes.",
    alt="Two stacked line charts over 1990 to 2022: drawdown of the S&P 500 index in percent, down to "
    "{calm.deepest:.0%} inside the paper's sample, which is shaded; and its 21-day volatility in percent per "
    "year, highest in {calm.height} inside the sample and in {calm.height_before} before it",
)
def drawdown(study: Experiment) -> Any:
    """Drawdown and volatility of the index since 1990."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 1, sharex=True, figsize=(9, 5.5))
    axes[0].plot(100 * drawdowns(study.level), color=COLOURS["blue"])
    axes[0].axhline(-100 * BEAR, color=COLOURS["vermilion"], linestyle="--", linewidth=1)
    axes[0].set(ylabel="drawdown (%)", title="Fall from the last peak; dashed: a bear market")
    axes[1].plot(100 * study.volatility, color=COLOURS["orange"])
    axes[1].set(ylabel="volatility (% a year)", title="Standard deviation of 21 daily returns, annualised")
    for ax in axes:
        ax.axvspan(pd.Timestamp(PAPER_FIRST), study.level.index[-1], color="0.5", alpha=0.15)
    return fig


def _dollars(study: Experiment) -> tuple[pd.DataFrame, dict[Any, float]]:
    """Value of one dollar on the dates that are drawn, and the ends that are marked: highest, middle, lowest."""
    close = study.prices.close
    lines = min(close.shape[1], MOST_DRAWN)
    step = max(1, len(close) // 400, -(-len(close) * lines // MOST_POINTS))
    grown = (close / close.iloc[0]).round(4)
    thin = grown.iloc[sorted({*range(0, len(close), step), len(close) - 1})]  # the last date always
    ranked = thin.iloc[-1].sort_values(ascending=False)
    names = dict.fromkeys(ranked.index[k] for k in (0, len(ranked) // 2, -1))
    return thin, {name: float(ranked[name]) for name in names}


def _growth_in_words(study: Experiment) -> str:
    thin, marked = _dollars(study)
    ends = ", ".join(f"{end:,.2f} dollars in {name}" for name, end in marked.items())
    return (
        f"Line chart, log scale: one dollar in each asset from {thin.index[0]:%Y-%m-%d} to "
        f"{thin.index[-1]:%Y-%m-%d}, dividends "
        f"reinvested where the prices are adjusted for them. The highest, middle and lowest end: {ends}."
    )


@figure(
    caption="What one dollar became in each asset of this build (log scale): the highest, the middle and the lowest "
    "end in colour, the others in grey (of more than 30 assets, a random part of them). Only the three "
    "in colour are in the legend; the pointer on any line shows its name and its value.",
    alt=_growth_in_words,
)
def growth(study: Experiment) -> Any:
    """Value of one dollar in each asset; interactive."""
    import plotly.graph_objects as go

    thin, marked = _dollars(study)
    ranked = list(thin.iloc[-1].sort_values(ascending=False).index)
    looks = dict(zip(marked, zip(("blue", "orange", "vermilion"), DASHES, strict=False), strict=False))
    others = drawn_names([n for n in ranked if n not in looks], MOST_DRAWN - len(looks), seed=1)
    fig = go.Figure()
    for name in [*others, *looks]:  # those in colour lie above
        colour, dash = looks.get(name, ("", "solid"))
        fig.add_scatter(
            x=thin.index, y=thin[name], name=str(name), mode="lines", showlegend=name in looks,
            line={"color": COLOURS.get(colour, "rgba(128, 128, 128, 0.45)"), "dash": dash, "width": 2.2 if colour else 1},
            hovertemplate=f"{as_written(name)}<br>%{{x|%Y-%m-%d}}: %{{y:.2f}} dollars<extra></extra>",
        )  # fmt: skip
    ticks = [step * 10.0**power for power in range(-3, 5) for step in (1, 2, 5)]
    fig.update_yaxes(
        type="log", title="value of 1 dollar (log scale)", tickvals=ticks, ticktext=[f"{t:,g}" for t in ticks]
    )
    return fig


@figure(
    caption="One index, four readings: the first asset, last 120 dates. Where two lines coincide, the wider one is "
    "seen at the edges of the other.",
    alt="Line chart of the relative strength index of {focus}, 0 to 100, in four readings over the last 120 "
    "dates, with marks at 30 and 70; over all assets plain means over rising and falling days are "
    "{rsi.gap:.1f} points from the library's average",
    name="rsi",
)
def strength(study: Experiment) -> Any:
    """The relative strength index of one asset in four readings."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    widths = (5, 1.4, 1.4, 1.4)  # the library's own reading and Wilder's are next to the same
    for (method, look), width in zip(styles(READINGS).items(), widths, strict=True):
        line = study.readings[method][study.focus].iloc[-120:]
        label = f"{method}: {READINGS[method]}"
        ax.plot(
            line,
            label=label,
            linewidth=width,
            markevery=12,
            markersize=4,
            alpha=0.5 if width > 2 else 1,
            **look,
        )
    ax.axhspan(30, 70, color="0.5", alpha=0.12)
    ax.set(ylim=(0, 100), ylabel="RSI (0 to 100)")
    ax.set_title(f"{study.focus}: outside the band the index says overbought or oversold")
    ax.legend(fontsize="small", ncols=2)
    return fig


def _correlations(study: Experiment) -> dict[str, tuple[pd.DataFrame, str]]:
    """Autocorrelations by panel: table and column."""
    returns = study.log[study.focus]
    signed = autocorrelation_table(returns, 20)  # direction of the moves
    size = autocorrelation_table(returns.abs(), 20)  # size of the moves
    return {
        "returns: ACF": (signed, "acf"),
        "returns: PACF": (signed, "pacf"),
        "absolute returns: ACF": (size, "acf"),
    }


def _acf_in_words(study: Experiment) -> str:
    found = ". ".join(
        f"{title[0].upper()}{title[1:].replace(':', ',')}: {bands_in_words(*values)}"
        for title, values in _correlations(study).items()
    )
    return f"Three bar charts of autocorrelations of {study.focus} at lags 1 to 20. {found}."


@figure(
    caption="Autocorrelations of the first asset. Dashed: band for independent data. Shaded: band that allows "
    "for a moving variance.",
    alt=_acf_in_words,
)
def acf(study: Experiment) -> Any:
    """Autocorrelations of one asset's returns and of their size."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 3, sharex=True, sharey=True, figsize=(10, 3.6))
    for ax, (title, (values, column)) in zip(axes, _correlations(study).items(), strict=True):
        ax.bar(values.index, values[column], width=0.5, color=COLOURS["blue"])
        robust = values["robust_band"]
        ax.fill_between(values.index, -robust, robust, color=COLOURS["orange"], alpha=0.3)
        for sign in (-1, 1):
            ax.plot(values.index, sign * values["band"], color="black", linestyle="--", linewidth=1)
        ax.set(title=f"{study.focus}, {title}", xlabel=f"lag ({study.period}s)")
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].set_ylabel("autocorrelation")
    return fig


@figure(
    caption="Standardised log returns of all assets against the normal law.",
    alt="Left: quantiles of standardised log returns of all assets against normal quantiles with the diagonal. "
    "Right: share of returns beyond 2, 3, 4 and 5 standard deviations, observed and normal, log scale; beyond "
    "3 the observed share is {normal.ratio:.1f} times the normal one",
)
def normal(study: Experiment) -> Any:
    """Log returns against the normal law."""
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
    pairs, tails = normal_quantiles(study.log), study.tails
    at = np.arange(len(tails))
    left.plot(pairs["normal"], pairs["observed"], "o", markersize=3, color=COLOURS["blue"])
    left.plot([-4, 4], [-4, 4], color="black", linestyle="--")
    left.set(xlabel="normal quantile (sd)", ylabel="observed quantile (sd)", title="Dashed: the normal law")
    right.bar(at - 0.2, 100 * tails["observed"], 0.4, color=COLOURS["blue"], label="observed")
    right.bar(at + 0.2, 100 * tails["normal"], 0.4, color=COLOURS["orange"], hatch="//", label="normal law")
    right.set(
        yscale="log", xlabel="beyond ... standard deviations", ylabel="share of returns (%)", title="Tails"
    )
    right.set_xticks(at, [f"{k:.0f}" for k in tails.index])
    right.legend()
    return fig


def _by_season(study: Experiment) -> pd.DataFrame:
    """Mean return of the average of all assets and its standard error, basis points, by calendar label."""
    monthly, dates = study.prices.frequency == "monthly", pd.DatetimeIndex(study.log.index)
    names = {(d.month if monthly else d.day_of_week): f"{d:%b}" if monthly else f"{d:%a}" for d in dates}
    groups = (1e4 * study.market).groupby(dates.month if monthly else dates.day_of_week)
    return pd.DataFrame({"mean": groups.mean(), "se": groups.sem()}).rename(index=names)


def _seasons_in_words(study: Experiment) -> str:
    found, every = _by_season(study), 1e4 * study.market.mean()
    means = ", ".join(f"{name} {mean:.1f}" for name, mean in found["mean"].items())
    apart = int(((found["mean"] - every).abs() > Z95 * found["se"]).sum())
    return (
        f"Bar chart: mean log return of the average of all assets by calendar label, basis points per {study.period}: "
        f"{means}. The mean of all dates, {every:.1f}, lies outside {apart} of {len(found)} 95 % intervals."
    )


@figure(
    caption=f"Mean return by calendar label, average of all assets. Intervals: {Z95} standard errors on both "
    "sides. A label whose interval crosses the dashed line is within its noise.",
    alt=_seasons_in_words,
)
def seasons(study: Experiment) -> Any:
    """Mean return by weekday, or by month where prices are monthly."""
    import matplotlib.pyplot as plt

    found = _by_season(study)
    fig, ax = plt.subplots(figsize=(9, 3.6))
    ax.bar(
        found.index, found["mean"], yerr=Z95 * found["se"], color=COLOURS["sky"], edgecolor="black", capsize=4
    )
    ax.axhline(1e4 * study.market.mean(), color="black", linestyle="--", linewidth=1, label="mean of all")
    ax.set_ylabel(f"mean log return (bp per {study.period})")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper right")
    return fig


def _yearly_rate(study: Experiment) -> pd.Series:
    """Riskless rate, percent a year."""
    return 100 * ((1 + study.prices.risk_free) ** study.year - 1)


def _risk_free_in_words(study: Experiment) -> str:
    rate = _yearly_rate(study)
    return (
        f"Step line of the risk-free rate over the dates of this build: between {rate.min():.2f} and "
        f"{rate.max():.2f} % a year, {rate.iloc[-1]:.2f} % at the end; a published rate covers "
        + study.words("{risk_free.known:.0f} % of the dates.")
    )


@figure(
    caption="The risk-free rate of this build, annualised.",
    alt=_risk_free_in_words,
)
def risk_free(study: Experiment) -> Any:
    """The riskless rate over time."""
    import matplotlib.pyplot as plt

    annual = _yearly_rate(study)
    fig, ax = plt.subplots(figsize=(9, 3))
    ax.step(annual.index, annual, where="post", color=COLOURS["green"])
    ax.set(
        ylabel="rate (% a year)",
        ylim=(min(0, annual.min()) - 0.1, None),
        title="Net rate per period, annualised",
    )
    return fig
