"""What the chapter on ARIMA measures: one function, or one row of a table, a key."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from portfolio_study.asset_tables import listed
from portfolio_study.checks.confidence import widened
from portfolio_study.data.calendars import expected_dates
from portfolio_study.evaluation import (
    Inference,
    date_clustered_mean,
    loss_ratio,
    minimum_over_units,
    model_confidence_set,
    pooled_direction_test,
    r2_for_sharpe,
    r2_out_of_sample,
    rmse,
    squared_error,
    unit_tests,
)
from portfolio_study.evaluation.bootstrap import block_length
from portfolio_study.evaluation.forecast_comparison import pooled_clark_west
from portfolio_study.evaluation.panel import clustered_share
from portfolio_study.ledger import Lacking, Measured, measure, measures
from portfolio_study.store import compute
from portfolio_study.studies.arima import equation as arima_equation
from portfolio_study.studies.arima.experiment import PUBLISHED, Experiment
from portfolio_study.studies.arima.moments import correlate, log_kurtosis
from portfolio_study.studies.arima.rolling import insignificant_yet_informative

WINDOW_OF_THE_PAPER = 50
RATIO = "RMSE over that of zero"
KURTOSIS = "Pearson kurtosis (normal: 3)"
LOG_KURTOSIS = "log of kurtosis over 3 (normal: 0)"


def gain(ratio: Inference, note: str = "") -> Measured:
    """Relative fall of the squared error from a ratio of losses; above zero, the first is better."""
    low, high = ratio.interval
    return Measured(
        1 - ratio.estimate,
        interval=(1 - high, 1 - low),
        se=ratio.se,
        n=ratio.n,
        detectable=ratio.detectable,
        note=note,
    )


def _interval(found: Measured) -> tuple[float, float]:
    assert found.interval is not None
    return found.interval


def noted(found: Inference, note: str) -> Measured:
    """An inference with what must be said beside it."""
    return Measured(found.estimate, note=note, **found.evidence())


# --- what the page works on


@measure()
def focus(study: Experiment) -> str:
    """The asset that stands for the paper's one stock."""
    return study.focus


@measure("assets")
def tickers(study: Experiment) -> int:
    """Assets of the build."""
    return study.returns.shape[1]


@measure()
def period(study: Experiment) -> str:
    """Name of a period, for sentences."""
    return study.period


@measure("returns", key="window", data=None)
def window_length(study: Experiment) -> int:
    """Returns behind each forecast."""
    return study.window


# --- the model


@measure(data=None, key="equation.holds")
def equation_holds(study: Experiment) -> bool:
    """The two printed lines combine to an ARMA(1,1)."""
    table = study.autocorrelations
    return bool(np.allclose(table["printed"], table["meant"]))


@measure("first autocorrelation", data=None, key="equation.gap")
def equation_gap(study: Experiment) -> float:
    """First autocorrelation of the printed model less that of the one that is meant."""
    table = study.autocorrelations
    return float(table["printed"].iloc[0] - table["meant"].iloc[0])


# --- the order


@measure("rise of the variance by differencing, relative", key="d0.variance")
def differencing_adds_variance(study: Experiment) -> Measured:
    """Differencing raises the variance of every asset."""
    returns = study.returns
    z = (returns - returns.mean()) / returns.std(ddof=0)
    extra = minimum_over_units(unit_tests((z.diff() ** 2 - z**2).iloc[1:], **study.random))
    return Measured(
        extra.estimate,
        interval=extra.interval,
        note=f"smallest of {extra.units} assets ({extra.unit})",
        worst=extra.unit,
    )


@measures(["order.aic_other", "order.bic_other"], "assets")
def other_orders(study: Experiment) -> dict[str, Measured]:
    """Assets for which a criterion prefers another order to (1, 1)."""
    return {
        f"order.{name}_other": Measured(
            int((table["order"] != "(1, 1)").sum()), n=len(table), note=f"{name.upper()}, whole history"
        )
        for name, table in study.chosen.items()
    }


@measures(["order.aic_share", "order.bic_share"], "share of assets that choose (1, 1)")
def order_shares(study: Experiment) -> dict[str, float]:
    """Assets for which a criterion chooses (1, 1)."""
    return {
        f"order.{name}_share": float((table["order"] == "(1, 1)").mean())
        for name, table in study.chosen.items()
    }


@measures(["order.aic_mode", "order.bic_mode"])
def order_modes(study: Experiment) -> dict[str, str]:
    """Order that a criterion chooses most often."""
    return {f"order.{name}_mode": str(table["order"].mode().iloc[0]) for name, table in study.chosen.items()}


# --- rolling forecasts


@measure("forecasts for each asset", key="forecasts.here")
def forecasts_here(study: Experiment) -> int:
    """Forecasts of each asset in this build."""
    return len(study.dates)


@measure("windows", key="windows")
def windows_in_all(study: Experiment) -> int:
    """Windows of all assets."""
    return int(study.ours.mean.size)


@measure("forecasts", data=None, key="forecasts.calendar")
def forecasts_of_the_paper(study: Experiment) -> Measured:
    """Forecasts that the paper's loop makes on the paper's dates."""
    sessions = expected_dates(pd.Timestamp("2010-01-01"), pd.Timestamp("2024-03-31"))
    count = arima_equation.windows_of_algorithm(len(sessions) - 1, WINDOW_OF_THE_PAPER)
    return Measured(count, note="sessions of the exchange, less one for the first return, less 50")


@measure("forecasts by the paper's engine", key="reference.dates")
def reference_dates(study: Experiment) -> int:
    """Dates on which the paper's engine forecasts the one asset."""
    return len(study.both)


@measure("windows fitted by the paper's engine, all assets", key="reference.panel")
def reference_panel(study: Experiment) -> int:
    """Windows of all assets that the paper's engine fits."""
    return int(study.panel.mean.size)


@measure(key="reference.full")
def reference_full(study: Experiment) -> bool:
    """The paper's engine forecasts the one asset on every date."""
    return len(study.both) == len(study.dates)


# --- the paper's numbers


@measures(["rmse.*.statsmodels", "rmse.*.batched", "rmse.*.zero", "rmse.*.mean"], "log return per {period}")
def rmse_of_focus(study: Experiment) -> dict[str, Measured]:
    """RMSE of the forecasts of the one asset, by engine and benchmark: the paper's is "rmse.AXP.statsmodels"."""
    return {
        f"rmse.{study.focus}.{name}": Measured(float(rmse(study.focus_actual, forecast)), n=len(study.both))
        for name, forecast in study.focus_forecasts.items()
    }


@measure("share of assets with a smaller error than zero")
def share_below_zero(study: Experiment) -> float:
    """Assets for which ARIMA has the smaller RMSE."""
    ours, zero = (rmse(study.actual, study.forecasts[name]) for name in ("ARIMA", "zero"))
    return float((ours < zero).mean())


def two_models(study: Experiment) -> tuple[float, float]:
    """R2 of two models with the same RMSE: nothing to find, and a signal of three times the noise."""
    rng = np.random.default_rng(study.seed)
    shock, signal = rng.normal(scale=0.019, size=5000), rng.normal(scale=0.057, size=5000)
    return r2_out_of_sample(shock, 0 * shock), r2_out_of_sample(signal + shock, signal)


@measure("out-of-sample R2", data=None, key="fit.good")
def good_fit(study: Experiment) -> float:
    """R2 of the model that follows a signal, at the RMSE of the useless one."""
    return two_models(study)[1]


@measure("log return per {period}", key="rmse.in_sample")
def in_sample_rmse(study: Experiment) -> float:
    """RMSE of one fit to the whole history of the one asset."""
    return float(np.sqrt(study.full["sigma2"][study.focus]))


@measure("out-of-sample R2", key="r2.focus.zero")
def focus_against_zero(study: Experiment) -> Measured:
    """The paper's forecasts of the one asset have a smaller error than the forecast zero."""
    errors = squared_error(study.focus_actual, study.focus_forecasts["statsmodels"])
    ratio = loss_ratio(errors, study.focus_actual**2, **study.random)
    return gain(ratio, f"{study.focus}, the paper's engine")


@measure("correlation above one half", key="align.closely")
def aligned_closely(study: Experiment) -> Measured:
    """Forecast and return have a correlation of at least one half."""
    found = study.alignment
    low, high = found.interval
    return Measured(
        found.estimate - 0.5,
        interval=(low - 0.5, high - 0.5),
        se=found.se,
        n=found.n,
        detectable=found.detectable,
        note=f"{study.focus}, the paper's engine",
    )


@measure("correlation", key="align.correlation")
def alignment(study: Experiment) -> Measured:
    """Correlation of forecast and return."""
    found = study.alignment
    return Measured(found.estimate, interval=found.interval, n=found.n)


@measure("volatility of the forecasts over that of the returns", key="align.sd_ratio")
def alignment_of_size(study: Experiment) -> float:
    """How much the forecasts move, against the returns."""
    return float(study.focus_forecasts["statsmodels"].std() / study.focus_actual.std())


@measures(["trend.arima", "trend.mean"], "correlation of means over stretches of one window")
def trends(study: Experiment) -> dict[str, Measured]:
    """Means of forecast and return over stretches of one window go together: ARIMA, and the mean of the window.

    A forecast inside a stretch knows the returns of its earlier days, so that even on pure noise this is
    far above zero: the mean of the window is the yardstick.
    """
    length = min(study.window, len(study.dates) // 3)
    stretch = np.arange(len(study.dates)) // length
    whole = stretch < len(study.dates) // length
    names = {"trend.arima": "ARIMA", "trend.mean": "window mean"}
    tables = {key: study.forecasts[name][study.focus] for key, name in names.items()}
    means = (
        pd.DataFrame({"return": study.actual[study.focus], **tables})[whole].groupby(stretch[whole]).mean()
    )
    return {
        key: Measured(float(means[key].corr(means["return"])), n=len(means), note=study.focus)
        for key in names
    }


@measure("correlation", key="disparity.raw")
def disparity(study: Experiment) -> Measured:
    """Absolute errors go with the volatility of the window (one asset, the paper's engine)."""
    errors = (study.focus_actual - study.focus_forecasts["statsmodels"]).abs()
    volatility = study.volatility.loc[study.both, study.focus]
    # the volatility of a window overlaps with that of the next: blocks of at least a window
    step = len(study.dates) / len(study.both)
    block = max(block_length(len(errors)), study.window / step)
    found = correlate(
        errors, volatility, "correlation of |error| and volatility", block=block, **study.random
    )
    return noted(found, f"{study.focus}, the paper's engine")


@measure("correlation", key="disparity.scaled")
def scaled_disparity(study: Experiment) -> Measured:
    """Errors in units of the volatility of the window go with that volatility (all assets)."""
    trailing = study.volatility
    relative = (study.actual - study.ours.mean).abs() / trailing
    product = (relative - relative.mean()) / relative.std() * ((trailing - trailing.mean()) / trailing.std())
    return noted(
        date_clustered_mean(product, lags=study.window), "errors in units of the past volatility, all assets"
    )


@measures(["disparity.normal", "disparity.garch"], "correlation", data=None)
def null_disparity(study: Experiment) -> dict[str, Measured]:
    """The same correlation where nothing can be forecast: independent normal data, and GARCH."""
    found = {"disparity.normal": study.noise, "disparity.garch": study.garch_noise}
    return {key: Measured(noise.disparity, n=noise.replications) for key, noise in found.items()}


@measure("correlation beyond that of independent data", key="disparity.beyond")
def disparity_beyond_noise(study: Experiment) -> Measured:
    """Relative to the volatility of the window, errors in volatile times exceed those of independent data."""
    found, null = scaled_disparity(study), study.noise.disparity
    low, high = found.interval
    return Measured(
        found.value - null,
        interval=(low - null, high - null),
        se=found.se,
        n=found.n,
        detectable=found.detectable,
        note="errors in units of the past volatility, all assets, less the value on independent normal data",
    )


# --- better than no forecast?


@measures(
    ["r2.pooled.zero", "r2.pooled.historical_mean", "r2.pooled.window_mean", "r2.pooled.exponential_mean"],
    "out-of-sample R2, all assets",
)
def pooled_r2(study: Experiment) -> dict[str, Measured]:
    """Share of the benchmark's squared error that ARIMA removes, all assets together."""
    return {
        f"r2.pooled.{str(name).replace(' ', '_')}": Measured(
            row["r2"],
            interval=(row["low"], row["high"]),
            se=row["se"],
            p_value=row["dm_p"],
            n=len(study.dates),
            detectable=row["detectable"],
        )
        for name, row in study.pooled.iterrows()
    }


def benchmark_intervals(study: Experiment) -> pd.DataFrame:
    """R2 against the four benchmarks with intervals that hold together."""
    rows = study.pooled
    together = [widened(row["r2"], (row["low"], row["high"]), len(rows)) for _, row in rows.iterrows()]
    return pd.DataFrame(together, index=rows.index, columns=["low", "high"])


@measures(["r2.worse_than", "r2.better_than"], "benchmarks whose interval excludes zero")
def clear_benchmarks(study: Experiment) -> dict[str, str]:
    """Benchmarks that ARIMA clearly loses to, and those that it clearly beats."""
    rows = benchmark_intervals(study)
    return {
        "r2.worse_than": ", ".join(rows.index[rows["high"] < 0]) or "none of them",
        "r2.better_than": ", ".join(rows.index[rows["low"] > 0]) or "none of them",
    }


STEPM = {
    "stepm.zero": "zero",
    "stepm.historical_mean": "historical mean",
    "stepm.window_mean": "window mean",
}
STEPM_NAMES = {
    "stepm_names.zero": "zero",
    "stepm_names.historical_mean": "historical mean",
    "stepm_names.window_mean": "window mean",
}


@measures(STEPM, "assets for which ARIMA is better")
def stepm(study: Experiment) -> dict[str, Measured]:
    """Number of assets for which ARIMA is better, with at most 5 % chance of a false one."""
    return {key: Measured(len(study.superior[name]), n=len(study.dates)) for key, name in STEPM.items()}


@measures(STEPM_NAMES)
def stepm_names(study: Experiment) -> dict[str, str]:
    """Assets for which ARIMA is better, by name."""
    return {key: listed(study.superior[name]) or "none" for key, name in STEPM_NAMES.items()}


@measure("share of right signs above chance")
def direction(study: Experiment) -> Inference:
    """Signs of the forecasts are right more often than by chance."""
    return pooled_direction_test(study.actual, study.ours.mean)


@measure(key="mcs")
def confidence_set(study: Experiment) -> str:
    """Forecasters that cannot be told from the best (90 %)."""
    averages = pd.DataFrame({name: study.mean_loss(name) for name in study.losses})
    return ", ".join(model_confidence_set(averages, **study.random).included)


@measure("R2 per {period}", data=None, key="r2.needed")
def r2_needed(study: Experiment) -> float:
    """R2 that timing one asset needs for a Sharpe ratio of 1.5 a year."""
    return float(r2_for_sharpe(1.5, periods_per_year=study.prices.periods_per_year))


@measure("out-of-sample R2", key="goodfit.focus")
def good_fit_of_focus(study: Experiment) -> Measured:
    """The paper's forecasts of the one asset have a smaller error than the historical mean."""
    errors = squared_error(study.focus_actual, study.focus_forecasts["statsmodels"])
    base = study.losses["historical mean"].loc[study.both, study.focus]
    return gain(
        loss_ratio(errors, base, **study.random),
        f"{study.focus}, the paper's engine, against the historical mean",
    )


# --- was it ever better?


@measure("share of subperiods with a smaller error than zero", key="time.better_parts")
def better_parts(study: Experiment) -> Measured:
    """Subperiods in which ARIMA has a smaller error than zero."""
    return Measured(float((study.subperiods["R2 against zero"] > 0).mean()), n=len(study.subperiods))


@measure("largest standardised difference", key="time.fluctuation")
def fluctuation(study: Experiment) -> Measured:
    """Largest local lead or lag of ARIMA against zero."""
    found = study.fluctuation
    return Measured(found.statistic, note=f"5 % bound {found.critical_value:.2f}")


@measures(["time.ahead", "time.behind"])
def stretches(study: Experiment) -> dict[str, bool]:
    """The fluctuation test finds a stretch in which ARIMA is ahead of zero, or behind it."""
    path, bound = study.fluctuation.path, study.fluctuation.critical_value
    return {"time.ahead": bool((path > bound).any()), "time.behind": bool((path < -bound).any())}


# --- noise


@measures(["noise.ratio.batched", "noise.ratio.statsmodels", "noise.ratio.mean"], RATIO, data=None)
def noise_ratios(study: Experiment) -> dict[str, Measured]:
    """RMSE on pure noise over that of the forecast zero, by forecaster."""
    fast, slow = study.noise, study.slow_noise
    return {
        "noise.ratio.batched": Measured(fast.rmse_ratio, se=fast.rmse_ratio_se, n=fast.replications),
        "noise.ratio.statsmodels": Measured(slow.rmse_ratio, se=slow.rmse_ratio_se, n=slow.replications),
        "noise.ratio.mean": Measured(fast.mean_ratio, se=fast.mean_ratio_se, n=fast.replications),
    }


@measure(RATIO, data=None, key="noise.ratio.theory")
def noise_theory(study: Experiment) -> float:
    """What theory says of the mean of the window."""
    return float(np.sqrt(1 + 1 / study.window))


@measure(f"{RATIO}, all assets", key="noise.ratio.here")
def ratio_here(study: Experiment) -> Inference:
    """RMSE of ARIMA over that of zero on the prices of this build."""
    return loss_ratio(study.losses["ARIMA"], study.losses["zero"], root=True, **study.random)


@measure("likelihood ratio exceeded by 5 % of the windows", data=None, key="noise.critical")
def noise_critical(study: Experiment) -> Measured:
    """Critical value of the joint test, from noise."""
    return Measured(study.noise.critical_value(), n=study.noise.replications)


@measures(
    ["noise.rejects.ar", "noise.rejects.ma"], "share of windows of noise with a p-value below 5 %", data=None
)
def noise_rejects(study: Experiment) -> dict[str, Measured]:
    """How often the p-value of a term is below 5 % where there is nothing to find."""
    noise = study.noise
    shares = {"noise.rejects.ar": noise.significant_ar, "noise.rejects.ma": noise.significant_ma}
    return {key: Measured(share, n=noise.replications) for key, share in shares.items()}


# --- are the terms significant?

READINGS = {
    "full": "the whole history",
    "last": "the last window",
    "median": "the median over the windows",
}


@measure(key="reading.nearest")
def nearest_reading(study: Experiment) -> str:
    """Reading of the text that comes nearest to all three numbers."""
    return READINGS[study.nearest]


def _of_focus(study: Experiment, name: str) -> dict[str, Measured]:
    """One of the paper's three numbers in every reading, in the nearest, and there by another search."""
    values, nearest = study.readings[name], study.nearest
    others = [f"{READINGS[reading]} {values[reading]:.3g}" for reading in READINGS if reading != nearest]
    exact = f"{float(study.full[name].loc[study.focus]):.4g}"
    note = (
        f"reading: {READINGS[nearest]}; {', '.join(others)}, all by the defaults of statsmodels; the whole history at the "
        f"highest likelihood, which is no reading, {exact}"
    )
    found = {reading: Measured(float(values[reading])) for reading in READINGS}
    found |= {
        "nearest": Measured(float(values[nearest]), note=note),
        "other_search": Measured(study.by_other_search[name]),
    }
    return {f"{name}.{study.focus}.{reading}": value for reading, value in found.items()}


@measures(["p_ar.*.full", "p_ar.*.last", "p_ar.*.median", "p_ar.*.nearest", "p_ar.*.other_search"], "p-value")
def p_ar(study: Experiment) -> dict[str, Measured]:
    """P-value of the AR term of the one asset, by reading."""
    return _of_focus(study, "p_ar")


@measures(["p_ma.*.full", "p_ma.*.last", "p_ma.*.median", "p_ma.*.nearest", "p_ma.*.other_search"], "p-value")
def p_ma(study: Experiment) -> dict[str, Measured]:
    """P-value of the MA term of the one asset, by reading."""
    return _of_focus(study, "p_ma")


@measures(
    [
        "kurtosis.*.full",
        "kurtosis.*.last",
        "kurtosis.*.median",
        "kurtosis.*.nearest",
        "kurtosis.*.other_search",
    ],
    KURTOSIS,
)
def kurtosis(study: Experiment) -> dict[str, Measured]:
    """Kurtosis of the residuals of the one asset, by reading."""
    return _of_focus(study, "kurtosis")


@measure("windows", key="reading.windows")
def reading_windows(study: Experiment) -> int:
    """Windows of the one asset with all three numbers."""
    return len(study.single_windows)


@measures(["p_values.stocks", "p_values.windows", "p_values.exact"], "assets")
def p_values_of_stocks(study: Experiment) -> dict[str, Measured]:
    """Assets whose AR and MA terms both have p-values above 5 %.

    In a fit to the whole history by the paper's engine, in the middle (median) of its windows, and in a fit
    to the whole history at the highest likelihood.
    """
    windows = study.panel.diagnostics
    medians = pd.DataFrame({name: windows[name].median() for name in ("p_ar", "p_ma")})
    found = {"p_values.stocks": study.whole, "p_values.windows": medians, "p_values.exact": study.full}
    return {
        key: Measured(int(((table["p_ar"] > 0.05) & (table["p_ma"] > 0.05)).sum()), n=len(table))
        for key, table in found.items()
    }


@measure("share of windows", key="p_values.share")
def p_values_share(study: Experiment) -> Inference:
    """Windows in which both p-values of the paper's engine exceed 5 %."""
    return clustered_share(study.insignificant, method="both p-values above 5 %")


NEAR = ["kurtosis.near", "kurtosis.near_names", "kurtosis.near_exact", "kurtosis.near_exact_names"]


@measures(NEAR, "assets with a kurtosis within 2 % of the paper's")
def kurtosis_near(study: Experiment) -> dict[str, Measured | str]:
    """Assets whose residuals over the whole history come within 2 % of the printed kurtosis, by both engines."""
    found: dict[str, Measured | str] = {}
    for key, table in {"kurtosis.near": study.whole, "kurtosis.near_exact": study.full}.items():
        kurtosis = table["kurtosis"]
        near = kurtosis[(kurtosis / PUBLISHED["kurtosis"] - 1).abs() <= 0.02]
        found[key] = Measured(len(near), n=len(kurtosis))
        found[f"{key}_names"] = listed(f"{name}: {value:.2f}" for name, value in near.items()) or "none"
    return found


@measure("share of windows", key="joint.rejected")
def joint_rejected(study: Experiment) -> Inference:
    """Windows in which the joint test rejects."""
    return clustered_share(1 - study.accepted, lags=study.window, method="joint test rejects")


@measure(data=None, key="inference.valid")
def insignificance_shows_nothing(study: Experiment) -> Measured:
    """Where neither term is significant, the terms together carry no information."""
    found = compute(insignificant_yet_informative, 40)
    return Measured(not found, n=40, note=f"counterexamples: {found} of 40 simulated series")


@measure("series", data=None, key="inference.counterexamples")
def counterexamples(study: Experiment) -> int:
    """Simulated series with two large p-values and terms that are significant together."""
    return int(compute(insignificant_yet_informative, 40))


@measure("0.1 minus the rejections beyond 5 %", key="joint.information")
def joint_information(study: Experiment) -> Measured:
    """The joint test rejects at most 10 points more often than on noise."""
    found = clustered_share(0.05 - study.accepted.rsub(1) + 0.1, lags=study.window, method="joint test")
    return noted(found, "likelihood ratio, critical value from noise")


def free_estimation(study: Experiment) -> Inference:
    """R2 against the mean of the window that free estimation would give.

    The mean of the window is the model with both terms at zero; an expanding mean is not nested in it.
    """
    return pooled_clark_west(study.actual, study.ours.mean, study.forecasts["window mean"], study.window)


@measure("R2 that free estimation would give")
def clark_west(study: Experiment) -> Measured:
    """What ARIMA would explain if its coefficients needed no estimation."""
    found = free_estimation(study)
    return Measured(found.estimate, interval=found.interval, p_value=found.p_value, n=found.n)


@measure("0.1 % minus the R2 that free estimation would give")
def information(study: Experiment) -> Measured:
    """ARIMA explains less than 0.1 % of the variance, even if estimation were free."""
    found = free_estimation(study)
    low, high = found.interval
    return Measured(
        0.001 - found.estimate,
        interval=(0.001 - high, 0.001 - low),
        se=found.se,
        p_value=found.p_value,
        n=found.n,
        detectable=found.detectable,
        note="Clark-West, all assets, against the mean of the window",
    )


@measure("share of windows with two p-values above 5 % and a joint rejection", key="joint.only")
def joint_only(study: Experiment) -> Measured:
    """Windows in which both terms are insignificant and the pair is significant."""
    critical = study.slow_noise.critical_value()  # of the engine that gave the p-values
    together = study.panel.diagnostics["likelihood_ratio"] > critical
    found = study.insignificant.to_numpy(bool) & together.to_numpy()
    return Measured(float(found.mean()), n=int(found.size))


@measure("share of windows of noise", data=None, key="joint.only_noise")
def joint_only_noise(study: Experiment) -> Measured:
    """The same share where there is nothing to find."""
    return Measured(study.slow_noise.joint_only, n=study.slow_noise.replications)


SHARES = [
    "share.boundary.batched",
    "share.common_factor.batched",
    "share.not_converged.batched",
    "share.boundary.statsmodels",
    "share.common_factor.statsmodels",
    "share.not_converged.statsmodels",
]


@measures(SHARES, "share of windows")
def shares(study: Experiment) -> dict[str, Measured]:
    """Windows at the boundary, with a common factor, or without convergence, by engine."""
    found = {}
    for key in SHARES:
        _, flag, engine = key.split(".")
        fits = {"batched": study.ours, "statsmodels": study.panel}[engine]
        found[key] = Measured(float(fits.shares()[flag]), n=int(fits.mean.size))
    return found


# --- fat tails and risk


@measure(LOG_KURTOSIS, key="tails.focus")
def tails_of_focus(study: Experiment) -> Measured:
    """The residuals of the one asset have fatter tails than the normal law."""
    return noted(log_kurtosis(study.residuals[study.focus], level=0.05, **study.random), study.focus)


@measure(LOG_KURTOSIS, key="tails.least")
def least_tails(study: Experiment) -> Measured:
    """The residuals of every asset have fatter tails than the normal law."""
    together = 0.05 / len(study.residuals.columns)  # so that the intervals of all assets hold at once
    rows = {}
    for name, z in study.residuals.items():
        found = log_kurtosis(z, level=together, **study.random)
        rows[name] = {"low": found.interval[0], "high": found.interval[1], "estimate": found.estimate}
    fewest = minimum_over_units(pd.DataFrame(rows).T)
    return Measured(
        fewest.estimate,
        interval=fewest.interval,
        note=f"smallest of {fewest.units} assets ({fewest.unit})",
        worst=fewest.unit,
    )


@measures(["tails.kurtosis.focus", "tails.kurtosis.least", "tails.kurtosis.most"], KURTOSIS)
def tails_in_kurtosis(study: Experiment) -> dict[str, Measured]:
    """Kurtosis of the residuals over the whole history: of the one asset, the least and the most."""
    found = study.full["kurtosis"]
    own = float(found.loc[study.focus])
    return {
        "tails.kurtosis.focus": Measured(own),
        "tails.kurtosis.least": Measured(float(found.min())),
        "tails.kurtosis.most": Measured(float(found.max())),
    }


@measure("kurtosis of the residuals over that of the returns, mean over assets", key="tails.kept")
def tails_kept(study: Experiment) -> float:
    """How much of the kurtosis of the returns the model leaves in its residuals."""
    return float((study.full["kurtosis"] / study.returns.apply(stats.kurtosis, fisher=False)).mean())


@measures(["tails.least_asset", "tails.most_asset"])
def tails_assets(study: Experiment) -> dict[str, str]:
    """Assets with the least and the most kurtosis."""
    found = study.full["kurtosis"]
    return {"tails.least_asset": str(found.idxmin()), "tails.most_asset": str(found.idxmax())}


@measure("share of returns beyond 1 %", key="risk.excess")
def risk_excess(study: Experiment) -> Inference:
    """More returns than promised fall below the model's 1 % line."""
    return clustered_share(study.below - 0.01, lags=study.window, method="exceedances of the 1 % line")


@measure("share of returns beyond that of normal data", key="risk.tails")
def risk_of_tails(study: Experiment) -> Inference:
    """More returns fall below the line than estimation alone causes with normal data."""
    return clustered_share(
        study.below - study.noise.exceedance, lags=study.window, method="exceedances beyond those of noise"
    )


@measures(["risk.portfolio", "risk.portfolio_share"], "share of returns of equal weights")
def risk_of_portfolio(study: Experiment) -> dict[str, Measured]:
    """More returns of a portfolio of equal weights than promised fall below its 1 % line."""
    below = study.portfolio_below.to_frame("equal weights")
    found = clustered_share(below - 0.01, lags=study.window, method="exceedances of the 1 % line")
    note = "equal weights; residual variances of the fits, correlations of the window"
    return {
        "risk.portfolio": noted(found, note),
        "risk.portfolio_share": Measured(float(below.to_numpy().mean())),
    }


@measure("share of returns below the 1 % line", key="risk.share")
def risk_share(study: Experiment) -> float:
    """Returns below the model's 1 % line."""
    return float(study.below.to_numpy().mean())


@measure("share of returns below the 1 % line", data=None, key="risk.noise")
def risk_of_noise(study: Experiment) -> float:
    """Returns below the model's 1 % line, normal data."""
    return study.noise.exceedance


@measure("times as often as promised", key="risk.times")
def risk_times(study: Experiment) -> float:
    """How often the line is crossed, against the promise."""
    return 100 * risk_share(study)


# --- another window


@measures(["window.ARIMA_*", "window.mean_*"], f"{RATIO}, all assets")
def window_ratios(study: Experiment) -> dict[str, Inference]:
    """RMSE over that of zero by forecaster and window, all on the same dates."""
    return {
        f"window.{name.replace(' ', '_')}": loss_ratio(errors, study.sweep["zero"], root=True, **study.random)
        for name, errors in study.sweep.items()
        if name != "zero"
    }


@measure("relative fall of the squared error", key="window.mean_gain")
def gain_of_another_mean(study: Experiment) -> Measured | Lacking:
    """A rolling mean over another window has a smaller error than one over the window of the run.

    The best of the other windows is chosen after looking; the intervals of all of them hold together.
    """
    others = [w for w in study.usable if w != study.window]
    if not others:
        return Lacking("the history is too short for another window")
    base = study.sweep[f"mean {study.window}"]
    found = {w: loss_ratio(study.sweep[f"mean {w}"], base, **study.random) for w in others}
    best = min(others, key=lambda w: found[w].estimate)
    chosen = gain(found[best], f"mean of {best} returns, the best of {len(others)} other windows")
    return replace(chosen, interval=widened(1 - found[best].estimate, _interval(chosen), len(others)))


@measure("{period}s", key="window.mean_best")
def best_other_mean(study: Experiment) -> int:
    """Window of the rolling mean with the smallest error, among the others."""
    others = [w for w in study.usable if w != study.window] or [study.window]
    return min(others, key=lambda w: float(study.sweep[f"mean {w}"].to_numpy().mean()))


@measure("relative fall of the squared error", key="window.gain")
def window_gain(study: Experiment) -> Measured | Lacking:
    """Gain of ARIMA with the longest window over ARIMA with the paper's."""
    errors, longest = study.sweep, study.longest
    if longest == study.window:
        return Lacking("the history is too short for a longer window")
    change = loss_ratio(errors[f"ARIMA {longest}"], errors[f"ARIMA {study.window}"], **study.random)
    return gain(change, f"window {longest}")


def _smallest(study: Experiment) -> tuple[str, float]:
    ratios = window_ratios(study)
    key = min(ratios, key=lambda name: ratios[name].estimate)
    return key.removeprefix("window.").replace("_", " "), ratios[key].estimate


@measure("forecaster and window with the smallest error", key="window.best")
def best_window(study: Experiment) -> str:
    """Forecaster of the sweep with the smallest error, with hindsight."""
    return _smallest(study)[0]


@measures(["window.shortest", "window.longest"], "{period}s", data=None)
def sweep_ends(study: Experiment) -> dict[str, int]:
    """Shortest and longest window of the sweep."""
    return {"window.shortest": study.usable[0], "window.longest": study.longest}


@measures(["window.best_ratio", "window.shortest_ratio", "window.longest_ratio"], f"{RATIO}, all assets")
def sweep_ratios(study: Experiment) -> dict[str, float]:
    """RMSE over that of zero: of the best forecaster, of ARIMA with the shortest and the longest window."""
    ratios = window_ratios(study)
    return {
        "window.best_ratio": _smallest(study)[1],
        "window.shortest_ratio": ratios[f"window.ARIMA_{study.usable[0]}"].estimate,
        "window.longest_ratio": ratios[f"window.ARIMA_{study.longest}"].estimate,
    }


# --- two engines


@measure("share of windows in which ours is higher by 0.01 or more", key="engines.higher")
def ours_is_higher(study: Experiment) -> Measured:
    """Windows in which the search of the whole square finds a higher likelihood."""
    return Measured(float((study.lead > 0.01).to_numpy().mean()), n=int(study.lead.size))


@measure("share of windows in which ours is lower by 0.0001 or more", key="engines.lower")
def ours_is_lower(study: Experiment) -> Measured:
    """Windows in which the paper's engine finds a higher likelihood."""
    return Measured(float((study.lead < -1e-4).to_numpy().mean()), n=int(study.lead.size))


@measure("largest lead in log-likelihood", key="engines.largest")
def largest_lead(study: Experiment) -> float:
    """Largest lead of our log-likelihood."""
    return float(study.lead.max().max())


@measure("correlation of the forecasts", key="engines.correlation")
def engines_agree(study: Experiment) -> float:
    """Correlation of both engines' forecasts."""
    mine, theirs = study.shared.to_numpy().ravel(), study.panel.mean.to_numpy().ravel()
    return float(np.corrcoef(mine, theirs)[0, 1])


@measure("squared error of ours minus theirs, relative to zero's", key="engines.loss")
def engines_loss(study: Experiment) -> Inference:
    """The highest likelihood forecasts worse than the paper's engine."""
    actual = study.actual.loc[study.shared.index, study.shared.columns]
    scale = study.mean_loss("zero").mean()
    apart: Any = squared_error(actual, study.shared) / scale - squared_error(actual, study.panel.mean) / scale
    return date_clustered_mean(apart, method="squared errors")


AGAINST = {
    "engines.statsmodels.zero": ("statsmodels", "zero"),
    "engines.statsmodels.historical_mean": ("statsmodels", "historical mean"),
    "engines.statsmodels.window_mean": ("statsmodels", "window mean"),
    "engines.batched.zero": ("batched", "zero"),
    "engines.batched.historical_mean": ("batched", "historical mean"),
    "engines.batched.window_mean": ("batched", "window mean"),
}


@measures(AGAINST, "out-of-sample R2, all assets, dates of both engines")
def engines_against(study: Experiment) -> dict[str, Inference]:
    """Share of a benchmark's squared error that each engine removes, on the same dates."""
    return {key: study.engines_against[engine][name] for key, (engine, name) in AGAINST.items()}


@measure("dates that both engines forecast", key="engines.dates")
def engines_dates(study: Experiment) -> int:
    """Dates on which both engines forecast all assets."""
    return len(study.panel.mean)


@measure("volatility of our forecasts over theirs", key="engines.volatility")
def engines_volatility(study: Experiment) -> float:
    """How much our forecasts move, against those of the paper's engine."""
    return float(study.shared.to_numpy().std() / study.panel.mean.to_numpy().std())
