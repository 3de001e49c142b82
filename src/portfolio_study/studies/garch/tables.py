"""Tables of the chapter on GARCH."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation import holm
from portfolio_study.figures import show_table
from portfolio_study.risk.volatility_dynamics import ljung_box
from portfolio_study.studies.garch.experiment import PROMISED, Experiment
from portfolio_study.studies.garch.measures import (
    READINGS,
    arima_axp,
    calmer,
    calmer_literal,
    calmer_patient,
    constant_rmse,
    fee,
    pooled_mse,
    pooled_rmse,
    slug,
    truth_losses,
)
from portfolio_study.studies.garch.value_at_risk import coverage_tests

IN_SET = "in the 90 % model confidence set"


def edges(study: Experiment) -> Any:
    """Where the fits end."""
    return show_table(
        study.edges, "Share of fits that end on an edge of the parameter region", formats="{:.1%}"
    )


def errors(study: Experiment) -> Any:
    """Errors under each reading of actual volatility, for all stocks and for one."""
    names = READINGS | {"rmse.constant": "a constant against the window's sd"}
    pooled, squares = pooled_rmse(study) | {"rmse.constant": constant_rmse(study).value}, pooled_mse(study)
    one = study.errors[study.shown].copy()
    if (axp := arima_axp(study)) is not None:
        engine = (
            "the paper's engine" if study.arima_engine == "statsmodels" else "highest likelihood, all dates"
        )
        one[f"ARIMA mean of AXP against its return ({engine})"] = axp.value
    shown = pd.DataFrame(
        {
            "RMSE, all": {names[key]: error for key, error in pooled.items()},
            "MSE, all": {names[key]: squares[key.replace("rmse.", "mse.")] for key in pooled},
            f"RMSE, {study.shown}": one,
            f"MSE, {study.shown}": one**2,
        }
    ).dropna(how="all")
    return show_table(
        shown.sort_values("RMSE, all").rename_axis("reading"),
        f"Errors under each reading of actual volatility, in log return per {study.period} (MSE and variances: "
        "squared)",
        formats="{:.7f}",
    )


def variances(study: Experiment) -> Any:
    """Losses of the variance forecasts."""
    by_date, best = study.by_date, study.best
    ranks = pd.DataFrame({name: loss.mean() for name, loss in study.losses.items()}).rank(axis=1)
    shown = pd.DataFrame(
        {
            "QLIKE less that of the best": by_date.mean() - by_date.mean().min(),
            "MCS p-value": best.p_values.reindex(by_date.columns),
            IN_SET: ["yes" if name in best.included else "no" for name in by_date.columns],
            "best for share of stocks": (ranks == 1).mean(),
        }
    )
    return show_table(
        shown.rename_axis("forecast"),
        f"Variance forecasts on {len(study.dates)} dates, squared returns as proxy",
        formats={
            "best for share of stocks": "{:.0%}",
            "QLIKE less that of the best": "{:.4f}",
            "MCS p-value": "{:.3f}",
        },
    )


def ranges(study: Experiment) -> Any:
    """Losses of forecasts from returns and from ranges, under each proxy."""
    shown = {}
    for truth, score in study.ranges.scores.items():
        less = score.mean() - score.mean().min()
        included = study.ranges.best[truth].included
        shown[truth] = {name: f"{loss:.4f}{' *' if name in included else ''}" for name, loss in less.items()}
    names = study.ranged.tickers
    return show_table(
        pd.DataFrame(shown).rename_axis("forecast"),
        "QLIKE less that of the best forecast, by proxy; * in the 90 % model confidence set "
        f"({', '.join(names[:3])}{' ...' if len(names) > 3 else ''}, {len(study.ranges.dates)} dates)",
    )


def coverage(study: Experiment) -> Any:
    """Violations of the value at risk, and how many stocks' tests reject at 5 % after Holm's correction."""
    rows = {}
    for name in study.forecasts:
        for promised in PROMISED:
            bound, rate = study.value_at_risk(name, promised), study.violations[name, promised]
            tests = [coverage_tests(study.actual[t], bound[t], promised) for t in study.actual]
            frequency, independence = (
                holm(pd.Series([getattr(test, kind).p_value for test in tests], index=study.actual.columns))
                for kind in ("unconditional", "independence")
            )
            rows[f"{name}, promised {promised:.0%}"] = {
                "violations": rate.estimate,
                "standard error": rate.se,
                "Kupiec rejects": float((frequency < 0.05).mean()),
                "Christoffersen rejects": float((independence < 0.05).mean()),
            }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("forecast"),
        "Violations of the value at risk, and share of stocks for which a test rejects",
        formats={
            "violations": "{:.2%}",
            "standard error": "{:.2%}",
            "Kupiec rejects": "{:.0%}",
            "Christoffersen rejects": "{:.0%}",
        },
    )


def clustering(study: Experiment) -> Any:
    """Clustering before and after dividing by each forecast."""
    shown = pd.DataFrame(
        {
            "mean autocorrelation of sizes": {n: t.mean().mean() for n, t in study.persistence.items()},
            "Ljung-Box rejects (share of stocks)": {
                name: float((holm(ljung_box(z)["p_value"]) < 0.05).mean())
                for name, z in study.standardised.items()
            },
        }
    )
    return show_table(
        shown.rename_axis("divided by"),
        "Clustering in returns, and what is left after dividing by each forecast",
        formats={"mean autocorrelation of sizes": "{:.4f}", "Ljung-Box rejects (share of stocks)": "{:.0%}"},
    )


def covariances(study: Experiment) -> Any:
    """Losses of the covariance forecasts, and the risk of the portfolios built on them."""
    part, root = study.covariances, np.sqrt(study.prices.periods_per_year)
    loss = pd.Series({name: x.mean() for name, x in part.loss.items()})
    distance = pd.Series({name: x.mean() for name, x in part.distance.items()})
    formats = {
        "matrix QLIKE per asset, less the best": "{:.4f}",
        "Frobenius loss, relative": "{:.3f}",
        "realised volatility of minimum variance (% a year)": "{:.2f}",
    }
    columns = [
        loss - loss.min(),
        distance / distance[part.sampled],
        pd.Series({name: 100 * x.std() * root for name, x in part.earned.items()}),
    ]
    shown = pd.DataFrame(dict(zip(formats, columns, strict=True)))
    shown[IN_SET] = ["yes" if name in part.best.included else "no" for name in shown.index]
    return show_table(
        shown.rename_axis("forecast"),
        f"Covariance forecasts of {len(part.assets)} assets on {len(study.dates)} dates",
        formats=formats,
    )


def portfolios(study: Experiment) -> Any:
    """What minimum variance on other covariances saves in volatility, and what that is worth."""
    if not study.covariances.several:
        return "One asset has no portfolio to choose."
    worth = fee(study)
    compared = {
        "GARCH": calmer(study),
        "long GARCH": calmer_patient(study),
        "literal product, long-only (as published)": calmer_literal(study),
    }
    rows = {
        name: {
            "volatility saved": found.estimate,
            "low": found.interval[0],
            "high": found.interval[1],
            "detectable with 80 % power": found.detectable,
            "dates": f"{found.n}",
            "worth (basis points a year)": None,
        }
        for name, found in compared.items()
    }
    low, high = worth.interval
    rows["GARCH"]["worth (basis points a year)"] = f"{worth.estimate:,.0f} [{low:,.0f}, {high:,.0f}]"
    return show_table(
        pd.DataFrame(rows).T.rename_axis("covariance"),
        "Minimum variance on each covariance against the sample covariance: relative volatility saved and its "
        "worth, 95 % intervals",
        formats="{:.1%}",
    )


def truth(study: Experiment) -> Any:
    """Losses where GARCH is true."""
    found = truth_losses(study)
    rows = {
        str(name): {
            "QLIKE against the truth": found[f"truth.{slug(name)}"].value,
            "standard error": found[f"truth.{slug(name)}"].se,
            "fits on an edge": study.truth.boundary.get(str(name)),
        }
        for name in study.truth.qlike
    }
    return show_table(
        pd.DataFrame(rows).T.sort_values("QLIKE against the truth").rename_axis("forecast"),
        f"Forecasts of {study.replications} simulated series",
        formats={
            "QLIKE against the truth": "{:.4f}",
            "standard error": "{:.4f}",
            "fits on an edge": "{:.0%}",
        },
    )
