"""Figures of the chapter on the LSTM."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.figures import COLOURS, styles
from portfolio_study.ledger import figure
from portfolio_study.studies.lstm.experiment import LSTM, ZERO, Experiment
from portfolio_study.studies.lstm.specifications import MEDIAN, against_arima, against_zero


@figure(
    name="rmse",
    caption="RMSE relative to the forecast zero, by ticker. Right of the line is worse than forecasting "
    "nothing.",
    alt="Dots: RMSE of each method relative to the forecast zero (horizontal), one row a ticker, one open "
    "marker a method, vertical line at one; over all tickers the RMSE of the LSTM is {rmse.lstm:.4f}, that of "
    "ARIMA {rmse.arima:.4f}, that of zero {rmse.zero:.4f}",
)
def ratios(study: Experiment) -> Any:
    """RMSE of each method relative to zero, one row a ticker."""
    import matplotlib.pyplot as plt

    table = pd.DataFrame({name: np.sqrt(loss.mean()) for name, loss in study.losses.items()})
    fig, ax = plt.subplots(figsize=(9, 1.5 + 0.25 * len(table)))
    for name, look in styles([name for name in table.columns if name != ZERO]).items():
        ax.plot(
            table[name] / table[ZERO],
            table.index,
            linestyle="none",
            marker=look["marker"],
            markerfacecolor="none",
            markeredgewidth=1.6,
            color=look["color"],
            label=name,
        )
    ax.axvline(1.0, color="black", linewidth=1)
    ax.set(xlabel="RMSE / RMSE of zero", ylim=(-0.6, len(table) - 0.4))
    fig.legend(loc="outside upper center", ncols=3)
    return fig


def _curves_in_words(study: Experiment) -> str:
    return (
        "Lines: mean squared error of scaled returns (vertical) by epoch (horizontal), training dashed and validation "
        f"solid, one panel a ticker ({', '.join(map(str, study.controlled.tickers))}); "
        + study.words("over all tickers the two RMSE differ by {gap.corrected:.0%} at the end of training")
    )


@figure(
    caption="Learning curves of the winning networks of {networks.controlled:#control ticker}, with the name above each "
    "panel. Training errors include dropout.",
    alt=_curves_in_words,
)
def curves(study: Experiment) -> Any:
    """Learning curves of the control tickers."""
    import matplotlib.pyplot as plt

    names = study.controlled.tickers
    fig, axes = plt.subplots(1, len(names), figsize=(9, 3.2), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        lines = study.search.best[name].curves
        ax.plot(lines.index, lines["train"], "--o", color=COLOURS["orange"], label="training")
        ax.plot(lines.index, lines["validation"], "-s", color=COLOURS["blue"], label="validation")
        ax.set(title=name, xlabel="epoch", yscale="log", xlim=(0.5, len(lines) + 0.5))
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0][0].set_ylabel("MSE of scaled log return")
    axes[0][0].legend()
    return fig


@figure(
    caption="Actual and predicted log returns of {actual.ticker} on the test dates.",
    alt="Lines over the test dates: actual log return of {actual.ticker} per {period}, thin, and the LSTM "
    "forecast, thick, which moves {actual.spread:.0%} as much; their correlation is {actual.drawn:.2f}",
)
def actual(study: Experiment) -> Any:
    """Returns and forecasts of one ticker."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for table, colour, width, label in (
        (study.search.actual, COLOURS["sky"], 0.7, "actual"),
        (study.search.mean, COLOURS["vermilion"], 1.6, f"{LSTM} forecast"),
    ):
        ax.plot(table[study.shown], color=colour, linewidth=width, linestyle="-", label=label)
    ax.set(ylabel=f"log return per {study.period}", title=study.shown)
    ax.legend()
    return fig


def _percent(share: float, _: int | None) -> str:
    """A share in percent, with the decimals that it has: 2.5 % rounded would be off its place on the axis."""
    return f"{round(100 * share, 6):g}%".replace("-", "−")


@figure(
    name="choices",
    caption="Every way to compare, the smallest gain first: against ARIMA on the left, against the forecast zero on "
    "the right. Right of the line the networks are ahead; stars mark the paper's choice, on the control tickers.",
    alt="Dots in rising order: relative gain in squared error (horizontal) of each way to compare, open for the "
    "median ticker, filled for all tickers pooled, stars for the paper's choice on the control tickers; "
    "{choices.arima.share:.0%} of {choices.arima.n} gains over ARIMA and {choices.zero.share:.0%} of "
    "{choices.zero.n} over zero are positive",
)
def choices(study: Experiment) -> Any:
    """Specification curves against ARIMA and against zero."""
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 4.2))
    curves = ("ARIMA", against_arima(study), "blue"), ("zero", against_zero(study), "vermilion")
    for ax, (rival, found, colour) in zip(axes, curves, strict=True):
        made = found.table
        for average, rows in made.groupby("average"):
            ax.plot(
                rows["gain"],
                rows.index,
                linestyle="none",
                marker="o",
                markersize=4,
                color=COLOURS[colour],
                markerfacecolor="none" if average == MEDIAN else COLOURS[colour],
                label=average,
            )
        own = made[made["paper"]]
        ax.plot(
            own["gain"],
            own.index,
            linestyle="none",
            marker="*",
            markersize=14,
            color="black",
            label="paper's",
        )
        ax.axvline(0.0, color="black", linewidth=1)
        ax.set(xlabel=f"gain over {rival}", yticks=[])
        ax.locator_params(axis="x", nbins=6)
        ax.xaxis.set_major_formatter(_percent)
    axes[0].set_ylabel("ways to compare")
    axes[0].legend()
    return fig
