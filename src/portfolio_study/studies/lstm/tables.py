"""Tables of the chapter on the LSTM."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation.sensitivity import sensitivity_table
from portfolio_study.figures import show_table
from portfolio_study.ledger.measures import Lacking
from portfolio_study.ledger.rules import found_with_power, judge_direction
from portfolio_study.ledger.shown import counted
from portfolio_study.studies.lstm.experiment import LSTM, ZERO, Experiment
from portfolio_study.studies.lstm.measures import (
    MEDIANS,
    RIVALS,
    RMSE,
    closeness,
    gaps,
    median_gains,
    rmse_of_all,
    window_gains,
)
from portfolio_study.studies.lstm.sensitivity import gain_over_arima, gain_over_zero
from portfolio_study.studies.lstm.specifications import against_arima, against_zero

TOO_WIDE = 1.0  # an interval of more than 100 points says little of the size; it is left out


def _left_out(gains: pd.Series) -> str:
    """Why a table has no numbers in some rows; empty where it has them all."""
    if not gains.isna().any():
        return ""
    return (
        "; numbers are left out where the interval is wider than 100 points, which tells the sign at most: the sentences "
        "give those that a verdict rests on"
    )


def _interval(study: Experiment, key: str) -> dict[str, float | None]:
    """Gain of a key with the interval of its family, which also gives the verdict, and what could be found."""
    made = study[key]
    low, high = study.interval(key)
    told = high - low <= TOO_WIDE
    return {
        "gain": made.value if told else None,
        "interval from": low if told else None,
        "to": high if told else None,
        "detectable": found_with_power(made.se, (low, high), study.family(key)) if told and made.se else None,
    }


def winners(study: Experiment) -> Any:
    """The network that the search chose for each ticker."""
    columns = {
        "units": "units",
        "batch": "batch size",
        "dropout_1": "dropout 1",
        "dropout_2": "dropout 2",
        "learning_rate": "learning rate",
        "epochs": "epochs",
        "validation_rmse": "validation RMSE (log return)",
        "test_rmse": "test RMSE (log return)",
    }
    return show_table(
        study.winners[list(columns)].rename(columns=columns),
        "The winning network of each ticker; its errors are those of the one training in the search",
        formats={"validation RMSE (log return)": "{:.5f}", "test RMSE (log return)": "{:.5f}"},
    )


def errors(study: Experiment) -> Any:
    """RMSE of each method, by ticker and over all."""
    table = pd.DataFrame({name: np.sqrt(loss.mean()) for name, loss in study.losses.items()})
    table.loc["all tickers"] = pd.Series({name: rmse_of_all(study)[key] for key, name in RMSE.items()})
    return show_table(
        table.rename_axis("ticker"),
        f"RMSE on {len(study.dates)} test dates, in log returns; MSE is its square; of the LSTM the root of the "
        "mean over all trainings of a ticker",
        formats="{:.5f}",
    )


def rivals(study: Experiment) -> Any:
    """Gains over the rivals on the same dates, pooled and on the median ticker."""
    medians = {name: median_gains(study)[key] for key, name in MEDIANS.items()}
    ours = study.losses[LSTM].mean()
    rows = {"ARIMA, the paper's engine": _interval(study, "beats_arima.corrected")}
    for key, name in RIVALS.items():
        ahead = int((ours < study.losses[name].mean()).sum())
        rows[name] = _interval(study, key) | {"median ticker": medians[name], "tickers ahead": ahead}
    shown = pd.DataFrame(rows).T.rename_axis("LSTM against")
    return show_table(
        shown,
        f"Relative gain in mean squared error, {counted(len(ours), 'ticker')}, {len(study.dates)} test dates; intervals with the "
        f"luck of training, as in the verdicts; gain that is found with 80 % power{_left_out(shown['gain'])}",
        {str(c): "{:.0f}" if c == "tickers ahead" else "{:.2%}" for c in shown},
    )


def learning_gaps(study: Experiment) -> Any:
    """Distance of the two errors, by protocol, and of a constant."""
    names = {
        "gap.as_published": "scaled before the split",
        "gap.shuffled": "moreover shuffled, which the text does not say",
        "gap.corrected": "nothing known in advance",
        "gap.constant": "a constant, on the parts of the row above",
    }
    found = gaps(study)
    rows = {long: {"gap": found[key].value, "networks": found[key].n} for key, long in names.items()}
    return show_table(
        pd.DataFrame(rows).T.rename_axis("protocol"),
        "Relative distance of validation and training RMSE, mean over networks",
        {"gap": "{:.1%}", "networks": "{:.0f}"},
    )


def single_tests(study: Experiment) -> Any:
    """Tests against zero, ticker by ticker."""
    names = {
        "r2": "R² against zero",
        "low": "95 % from",
        "high": "to",
        "dm_p": "DM p",
        "dm_p_holm": "Holm p",
        "cw_p": "CW p",
        "hit_rate": "right signs",
        "hit_expected": "by chance",
        "pt_p": "PT p",
    }
    shown = study.single_tests.rename(columns=names)
    return show_table(
        shown,
        "One network a ticker against the forecast zero, taken as it is: without the luck of its training (DM: "
        "Diebold-Mariano, CW: Clark-West, PT: Pesaran-Timmermann; no PT where all forecasts have one sign)",
        {str(c): "{:.3f}" if " p" in str(c) else "{:.2%}" for c in shown},
    )


def followed(study: Experiment) -> Any:
    """How the forecasts follow the returns, ticker by ticker."""
    rows = {}
    for name in study.search.mean:
        correlation, spread, r2 = closeness(study, str(name))
        rows[name] = {
            "R² against zero": r2,
            "correlation": correlation,
            "spread of the forecast / of the return": spread,
        }
    shown = pd.DataFrame(rows).T.rename_axis("ticker")
    return show_table(
        shown,
        "How the forecasts follow the returns on the test dates, one network a ticker",
        {str(c): "{:.3f}" if c == "correlation" else "{:.2%}" for c in shown},
    )


def controls(study: Experiment) -> Any:
    """Errors of the controls."""
    zero = study.control_losses[ZERO]
    rows = {
        name: {
            "RMSE (log return)": float(np.sqrt(loss.to_numpy().mean())),
            "R² against zero": study.r2_against_zero(loss),
            "R² of the median ticker": float((1 - loss.mean() / zero.mean()).median()),
        }
        for name, loss in study.control_losses.items()
    }
    shown = pd.DataFrame(rows).T.rename_axis("control")
    if len(study.controlled.tickers) == 1:  # whose median is itself
        shown = shown.drop(columns="R² of the median ticker")
    return show_table(
        shown,
        f"Controls on {', '.join(study.controlled.tickers)}; test dates, means over seeds",
        formats={
            "RMSE (log return)": "{:.5f}",
            "R² against zero": "{:.2%}",
            "R² of the median ticker": "{:.2%}",
        },
    )


def control_contrasts(study: Experiment) -> Any:
    """Gains among the controls, and of other windows."""
    names = {
        "against_placebo": "LSTM against the same, its training targets permuted",
        "against_ridge": "LSTM against ridge on the same inputs",
        "stationary_gain": "changes against price levels",
        "search_gain": "the search against one untuned setting",
        "more_epochs": f"{counted(study.long_epochs, 'epoch')} against at most {study.max_epochs}",
    }
    if study.controlled.ohlcv is not None:
        names["more_features"] = "six features against four prices"
    for key in window_gains(study):
        names[key] = f"sequences of {key.removeprefix('window_')} against {study.window}"
    rows = {long: _interval(study, key) for key, long in names.items()}
    shown = pd.DataFrame(rows, dtype=float).T.rename_axis("comparison")
    return show_table(
        shown,
        f"Relative gain in mean squared error on {', '.join(study.controlled.tickers)}, with the luck of the seeds"
        f"{_left_out(shown['gain'])}",
        "{:.2%}",
    )


def future_work(study: Experiment) -> Any:
    """Gains of what the paper proposes to try."""
    names = {
        "prophet.over_networks": "Prophet against the networks",
        "prophet.over_arima": "Prophet against ARIMA (highest likelihood)",
        "prophet.over_zero": "Prophet against zero",
        "macro_gain": "networks with macroeconomic inputs against the same without",
        "macro.over_zero": "networks with macroeconomic inputs against zero",
        "bidirectional": "networks in both directions against one",
    }
    empty = dict.fromkeys(("gain", "interval from", "to", "detectable"))
    measured = {
        long: _interval(study, key) for key, long in names.items() if not isinstance(study[key], Lacking)
    }
    shown = pd.DataFrame({long: measured.get(long, empty) for long in names.values()}, dtype=float).T
    gains = shown.loc[list(measured), "gain"]
    return show_table(
        shown.rename_axis("comparison"),
        "Relative gain in mean squared error, each on its own assets and dates; gain that is found with 80 % power"
        f"{_left_out(gains)}{'; a row whose package or data are lacking is empty' if len(measured) < len(names) else ''}",
        "{:.2%}",
    )


def choices(study: Experiment) -> Any:
    """Gain of each training over ARIMA and zero, pooled over all test dates, and its range over other choices."""
    rows: dict[str, dict[str, float]] = {}
    for rival, made in (("ARIMA", against_arima(study)), ("zero", against_zero(study))):
        for name, table in made.table.groupby("training"):
            plain = table[(table["average"] == "pooled") & (table["period"] == "all test dates")]
            rows.setdefault(str(name), {}).update(
                {
                    f"over {rival}": plain["gain"].iloc[0],
                    f"least over {rival}": table["gain"].min(),
                    f"most over {rival}": table["gain"].max(),
                }
            )
    return show_table(
        pd.DataFrame(rows).T.rename_axis("training"),
        "Relative gain in mean squared error, pooled over all test dates, on the control tickers where a row does not "
        "say all; least and most over halves of the test dates, pooled or median ticker, and of ARIMA both engines: "
        "the paper's on the "
        f"{len(study.arima_of_paper)} dates that it fitted, not carried over to all as in the verdict",
        "{:.1%}",
    )


def sensitivity(study: Experiment) -> Any:
    """The gains over ARIMA and zero under other blocks, days, tickers, engines and limits."""
    table = pd.concat(
        {
            rival: sensitivity_table(found, study.smallest_effects["r2"], judge_direction, estimate="gain")
            for rival, found in {"ARIMA": gain_over_arima(study), "zero": gain_over_zero(study)}.items()
        },
        names=["against"],
    )
    told = ["gain", "low", "high"]
    table.loc[table["high"] - table["low"] > TOO_WIDE, told] = np.nan
    left_out = _left_out(table["gain"])
    return show_table(
        table,
        "Relative gain in mean squared error with its 95 % interval, and the verdict by the smallest gain that "
        f"matters: half of what the claim is judged by, that, and twice as much{left_out}",
        formats=dict.fromkeys(told, "{:.2%}"),
    )


def sides(study: Experiment) -> Any:
    """The main numbers under both protocols."""
    found = gaps(study)
    rows = {
        "gain over ARIMA, the paper's engine": ("beats_arima.as_published", "beats_arima.corrected"),
        "gain over zero": ("beats_zero.as_published", "beats_zero.corrected"),
    }
    shown = {
        name: {"as published": study[published].value, "corrected": study[corrected].value}
        for name, (published, corrected) in rows.items()
    }
    shown["gap between training and validation"] = {
        "as published": found["gap.as_published"].value,
        "corrected": found["gap.corrected"].value,
    }
    return show_table(
        pd.DataFrame(shown).T.rename_axis("relative"),
        f"The same networks under both protocols; as published on {', '.join(study.seeded.tickers)}",
        formats="{:.2%}",
    )
