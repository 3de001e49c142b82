"""Tables of the chapter on GARCH."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.evaluation import Inference, date_clustered_mean, holm
from portfolio_study.figures import show_table
from portfolio_study.ledger.rules import found_with_power, judge_direction
from portfolio_study.risk.volatility_dynamics import ljung_box
from portfolio_study.studies.garch.experiment import PROMISED, Experiment
from portfolio_study.studies.garch.measures import (
    FEWEST,
    READINGS,
    arima_axp,
    calmer,
    calmer_literal,
    calmer_patient,
    constant_rmse,
    fee,
    pooled_mse,
    pooled_rmse,
    relative,
    slug,
    stated_rmse,
    truth_losses,
)
from portfolio_study.studies.garch.value_at_risk import coverage_tests

# Smallest differences that matter, as in the claims: in QLIKE, in the log of a volatility.
SMALLEST_QLIKE, SMALLEST_GROWTH = 0.0008, 0.02
IN_SET = "in the 90 % model confidence set"


def edges(study: Experiment) -> Any:
    """Where the fits end."""
    return show_table(
        study.edges, "Share of fits that end on an edge of the parameter region", formats="{:.1%}"
    )


def errors(study: Experiment) -> Any:
    """Errors under each reading of actual volatility, for all assets and for one."""
    names = READINGS | {"rmse.constant": "a constant against the window's sd"}
    pooled, squares = pooled_rmse(study) | {"rmse.constant": constant_rmse(study).value}, pooled_mse(study)
    averaged = {name: error for name, error in stated_rmse(study).items() if "mean over" in name}
    one = study.errors[study.shown].copy()
    if (axp := arima_axp(study)) is not None:
        one["ARIMA mean of AXP against its return (the paper's engine)"] = axp.value
    shown = pd.DataFrame(
        {
            "RMSE, all": {names[key]: error for key, error in pooled.items()} | averaged,
            "MSE, all": {names[key]: squares[key.replace("rmse.", "mse.")] for key in pooled},
            f"RMSE, {study.shown}": one,
            f"MSE, {study.shown}": one**2,
        }
    ).dropna(how="all")
    return show_table(
        shown.sort_values("RMSE, all").rename_axis("reading"),
        f"Errors under each reading of actual volatility, in log return per {study.period} (MSE and variances: "
        "squared), over all dates and assets at once unless a reading says mean",
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
            "best for share of assets": (ranks == 1).mean(),
        }
    )
    return show_table(
        shown.rename_axis("forecast"),
        f"Variance forecasts on {len(study.dates)} dates, squared returns as proxy",
        formats={
            "best for share of assets": "{:.0%}",
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
    """Violations of the value at risk, and how many assets' tests reject at 5 % after Holm's correction."""
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
        "Violations of the value at risk, and share of assets for which a test rejects",
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
            "1 to 10 apart": {n: t.mean().mean() for n, t in study.persistence.items()},
            "11 to 50 apart": pd.Series(
                {n: t.mean().mean() for n, t in study.late_persistence.items()}, dtype=float
            ),
            "Ljung-Box rejects (share of assets)": {
                name: float((holm(ljung_box(z)["p_value"]) < 0.05).mean())
                for name, z in study.standardised.items()
            },
        }
    )
    return show_table(
        shown.rename_axis("divided by"),
        "Mean autocorrelation of absolute returns, and what is left after dividing by each forecast",
        formats={
            "1 to 10 apart": "{:.3f}",
            "11 to 50 apart": "{:.3f}",
            "Ljung-Box rejects (share of assets)": "{:.0%}",
        },
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
        "GARCH": (calmer(study), "better.gmv"),
        "long GARCH": (calmer_patient(study), "better.gmv_patient"),
        "literal product, long-only": (calmer_literal(study), "better.literal"),
    }
    rows = {
        name: {
            "volatility saved": found.estimate,
            **dict(zip(("low", "high"), study.interval(key), strict=True)),
            "detectable with 80 % power": found_with_power(found.se, study.interval(key), study.family(key)),
            "dates": found.n,
            "worth (basis points a year)": None,
        }
        for name, (found, key) in compared.items()
    }
    part = study.covariances
    step = part.long_only_step
    some = "all of them" if step == 1 else f"one in {step} of them, evenly spread"
    low, high = study.interval("better.fee")
    rows["GARCH"]["worth (basis points a year)"] = f"{worth.estimate:,.0f} [{low:,.0f}, {high:,.0f}]"
    shown = pd.DataFrame(rows).T.rename_axis("covariance")
    return show_table(
        shown,
        "Minimum variance on each covariance against the sample covariance: relative volatility saved and its "
        "worth, 95 % intervals. The literal product is positive definite on "
        f"{part.definite.sum()} of {len(study.dates)} dates; its row has {some}",
        formats=dict.fromkeys(map(str, shown.columns), "{:.1%}") | {"dates": "{:.0f}"},
    )


def sensitivity(study: Experiment) -> Any:
    """The contrasts that carry the chapter, under other lags, without the extreme dates, by other limits."""
    part = study.covariances
    growth = (study.growth[study.garch] - study.growth[study.equal]).iloc[:-1]
    series = {
        "variance, QLIKE": (study.by_date[study.equal] - study.by_date[study.garch], SMALLEST_QLIKE),
        "covariance, matrix QLIKE per asset": (
            part.loss[part.sampled] - part.loss[part.garch],
            SMALLEST_QLIKE,
        ),
        "volatility after a shock, log": (
            growth.where(study.shocked.iloc[:-1]).mean(axis=1).dropna(),
            SMALLEST_GROWTH,
        ),
    }
    rows = {
        name: _variants(study, values, smallest, _mean_of(values))
        for name, (values, smallest) in series.items()
    }
    ours, theirs = part.distance[part.garch], part.distance[part.sampled]

    def squared(lags: int, kept: Any) -> Inference:
        return relative(study, ours[kept], theirs[kept], block=lags)

    rows["covariance, squared error (relative)"] = _variants(
        study, theirs - ours, study.smallest_effects["r2"], squared
    )
    return show_table(
        pd.DataFrame(rows).T.rename_axis("GARCH against the historical one"),
        "Gain of GARCH [95 % interval] by the number of lags (or length of blocks) for dates that depend on each "
        "other, without the hundredth of the dates with the largest differences, and the answer by half and twice "
        "the smallest difference that matters",
    )


def _mean_of(values: pd.Series) -> Callable[[int, Any], Inference]:
    return lambda lags, kept: date_clustered_mean(values[kept].to_frame(), lags=lags)


def _variants(
    study: Experiment, differences: pd.Series, smallest: float, test: Callable[[int, Any], Inference]
) -> dict[str, str]:
    """A contrast by lags, without extreme dates, and judged by other limits."""
    count = len(differences)
    if count < FEWEST:
        return {"lags 8": "too few dates"}
    every, size = np.ones(count, dtype=bool), differences.abs()
    calm = (size <= size.quantile(0.99)).to_numpy()
    window = study.lags(count)
    found = {
        "lags 8": test(min(8, count // 2), every),
        "lags: the window": test(window, every),
        "lags: two windows": test(min(2 * window, count // 2), every),
        "without extreme dates": test(window, calm),
    }
    usual = found["lags: the window"]
    return {
        name: f"{x.estimate:+.2g} [{x.interval[0]:+.2g}, {x.interval[1]:+.2g}]" for name, x in found.items()
    } | {
        name: judge_direction(usual.estimate, usual.interval, factor * smallest).verdict
        for name, factor in (("half the limit", 0.5), ("twice the limit", 2.0))
    }


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
