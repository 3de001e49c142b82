"""Tables of the chapter on the LSTM."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation import rmse, squared_error
from portfolio_study.figures import show_table
from portfolio_study.ledger import Measured
from portfolio_study.studies.lstm.experiment import Experiment
from portfolio_study.studies.lstm.measures import (
    RIVALS,
    RMSE,
    closeness,
    control_gains,
    gains_over_rivals,
    published_gain_over_arima,
    published_gain_over_zero,
    relative_gaps,
    rmse_of_all,
    window_gains,
)


def _intervals(found: dict[str, Measured], caption: str) -> Any:
    """Gains with their 95 % intervals and detectable gains, one a row."""
    rows = {
        name: {
            "gain": made.value,
            "95 % from": made.interval[0] if made.interval else None,
            "to": made.interval[1] if made.interval else None,
            "detectable": made.detectable,
        }
        for name, made in found.items()
    }
    return show_table(pd.DataFrame(rows).T.rename_axis("comparison"), caption, "{:.2%}")


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
        "The winning network of each ticker",
        formats={"validation RMSE (log return)": "{:.5f}", "test RMSE (log return)": "{:.5f}"},
    )


def errors(study: Experiment) -> Any:
    """RMSE of each method, by ticker and over all."""
    table = pd.DataFrame({name: rmse(study.search.actual, f) for name, f in study.forecasts.items()})
    table.loc["all tickers"] = pd.Series({name: rmse_of_all(study)[key] for key, name in RMSE.items()})
    return show_table(
        table.rename_axis("ticker"),
        f"RMSE on {len(study.dates)} test dates, in log returns; MSE is its square",
        formats="{:.5f}",
    )


def rivals(study: Experiment) -> Any:
    """Gains over the rivals on the same dates."""
    found = gains_over_rivals(study)
    return _intervals(
        {f"LSTM against {name}": found[key] for key, name in RIVALS.items()},
        f"Relative gain in mean squared error, all tickers, {len(study.dates)} test dates; 95 % intervals of "
        "each row alone, with the luck of training; gain that is found with 80 % power",
    )


def single_tests(study: Experiment) -> Any:
    """Tests against zero, ticker by ticker."""
    names = {
        "r2": "R2 against zero",
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
        "The networks against the forecast zero, ticker by ticker, taken as they are (DM: Diebold-Mariano, CW: "
        "Clark-West, PT: Pesaran-Timmermann; no PT where all forecasts have one sign)",
        {str(c): "{:.3f}" if " p" in str(c) else "{:.2%}" for c in shown},
    )


def followed(study: Experiment) -> Any:
    """How the forecasts follow the returns, ticker by ticker."""
    rows = {}
    for name in study.search.mean:
        correlation, (low, high), spread, r2 = closeness(study, str(name))
        rows[name] = {
            "R2 against zero": r2,
            "correlation": correlation,
            "95 % from": low,
            "to": high,
            "spread of the forecast / of the return": spread,
        }
    shown = pd.DataFrame(rows).T.rename_axis("ticker")
    return show_table(
        shown,
        "How the forecasts follow the returns on the test dates",
        {str(c): "{:.2%}" if "R2" in str(c) or "spread" in str(c) else "{:.3f}" for c in shown},
    )


def controls(study: Experiment) -> Any:
    """Errors of the controls and of further seeds."""
    seeds = {
        f"LSTM, seed {seed}": squared_error(fitted.actual, fitted.mean)
        for seed, fitted in study.other_seeds.items()
    }
    rows = {
        name: {
            "RMSE (log return)": float(np.sqrt(loss.to_numpy().mean())),
            "R2 against zero": study.r2_against_zero(loss),
        }
        for name, loss in (study.control_losses | seeds).items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("control"),
        f"Controls on {', '.join(study.controlled.tickers)}, test dates",
        formats={"RMSE (log return)": "{:.5f}", "R2 against zero": "{:.3%}"},
    )


def control_contrasts(study: Experiment) -> Any:
    """Gains among the controls, and of other windows."""
    names = {
        "against_placebo": "LSTM against the placebo",
        "against_ridge": "LSTM against ridge",
        "more_features": "all features against adjusted close only",
        "bidirectional": "both directions against one",
    }
    found = {long: control_gains(study)[key] for key, long in names.items()}
    found |= {
        f"sequences of {key.removeprefix('window_')} against {study.window}": made
        for key, made in window_gains(study).items()
    }
    return _intervals(
        found,
        f"Relative gain in mean squared error on {', '.join(study.controlled.tickers)}; 95 % intervals of "
        "each row alone, with the luck of the seed; gain that is found with 80 % power",
    )


def sides(study: Experiment) -> Any:
    """The main numbers under both protocols."""
    corrected, gaps = gains_over_rivals(study), relative_gaps(study)
    shown = pd.DataFrame(
        {
            "as published": {
                "gain over zero": published_gain_over_zero(study).value,
                "gain over ARIMA": published_gain_over_arima(study).value,
                "gap between training and validation": gaps["relative_gap.as_published"],
            },
            "corrected": {
                "gain over zero": corrected["beats_zero.corrected"].value,
                "gain over ARIMA": corrected["beats_arima.corrected"].value,
                "gap between training and validation": gaps["relative_gap.corrected"],
            },
        }
    )
    return show_table(
        shown.rename_axis("relative"), "The same architecture under both protocols", formats="{:.2%}"
    )
