"""Tables of the chapter on ARIMA."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.asset_tables import show_assets
from portfolio_study.evaluation import rmse
from portfolio_study.figures import show_table
from portfolio_study.studies.arima.experiment import PHI, PUBLISHED, THETA, Experiment
from portfolio_study.studies.arima.measures import (
    alignment,
    benchmark_intervals,
    good_fit_of_focus,
    in_sample_rmse,
    joint_rejected,
    least_tails,
    null_disparity,
    p_values_of_stocks,
    risk_of_noise,
    risk_share,
    rmse_of_focus,
    scaled_disparity,
    tails_of_focus,
)
from portfolio_study.studies.arima.rolling import nearest_reading
from portfolio_study.studies.arima.sensitivity import CLOSE, headlines

NESTED = ("zero", "window mean")  # ARIMA(1,0,1) with coefficients at zero; an expanding mean is not
ENGINES = {"statsmodels": "ARIMA, the paper's engine", "batched": "ARIMA, highest likelihood"}


def autocorrelations(study: Experiment) -> Any:
    """The model that is meant and the one that is printed."""
    return show_table(
        study.autocorrelations,
        f"Autocorrelations of the model that is meant and of the one that is printed, φ = {PHI}, θ = {THETA}",
        "{:.3f}",
    )


def orders(study: Experiment) -> Any:
    """Orders that the criteria choose."""
    aic, bic = study.chosen["aic"], study.chosen["bic"]
    leads = {"AIC: lead of (1, 1)": aic["margin"], "BIC: lead of (1, 1)": bic["margin"]}
    return show_assets(
        pd.DataFrame({"AIC chooses": aic["order"], "BIC chooses": bic["order"], **leads}),
        "Order (p, q) chosen for each asset, and the lead of (1, 1) over the best other order (negative: it "
        "loses)",
        dict.fromkeys(leads, "{:.1f}"),
    )


def focus_errors(study: Experiment) -> Any:
    """Errors of the one asset, by engine and benchmark."""
    names = {**ENGINES, "zero": "the forecast zero", "mean": "mean of the window"}
    root = rmse_of_focus(study)
    rows = {long: root[f"rmse.{study.focus}.{short}"].value for short, long in names.items()}
    rows["one fit to the whole history (in sample)"] = in_sample_rmse(study)
    return show_table(
        pd.DataFrame({"RMSE": rows}),
        f"{study.focus}: error of the forecasts on {len(study.both)} dates, log return per {study.period} "
        "(the paper: AXP, 0.01896)",
        {"RMSE": "{:.6f}"},
    )


def disparities(study: Experiment) -> Any:
    """Errors relative to the volatility of the window: their correlation with it, here and without structure."""
    null, here = null_disparity(study), scaled_disparity(study)
    rows = {
        "this build, all assets": here.value,
        "independent normal data": null["disparity.normal"].value,
        "GARCH (alpha 0.08, beta 0.90), normal shocks": null["disparity.garch"].value,
    }
    return show_table(
        pd.DataFrame({"correlation": rows}),
        "Correlation of |error| / volatility of the window with the volatility of the window",
        "{:.3f}",
    )


def engines(study: Experiment) -> Any:
    """What each engine's forecasts save of three benchmarks' squared errors, on the same dates."""
    names = {"statsmodels": "statsmodels, the paper's engine", "batched": "highest likelihood"}
    rows = {
        (names[engine], benchmark): {
            "R²": found.estimate,
            "95 % from": found.interval[0],
            "to": found.interval[1],
        }
        for engine, row in study.engines_against.items()
        for benchmark, found in row.items()
    }
    shown = pd.DataFrame(rows).T.rename_axis(["engine", "against"])
    dates, assets = study.panel.mean.shape
    which = "all assets" if assets == study.returns.shape[1] else f"{assets} assets, drawn at random"
    return show_table(shown, f"Both engines on the same {dates} dates, {which}", "{:.1%}")


def errors(study: Experiment) -> Any:
    """Errors of all assets on all dates."""
    shown = pd.DataFrame(
        {f"RMSE {name}": rmse(study.actual, table) for name, table in study.forecasts.items()}
    )
    shown.insert(1, "MSE ARIMA", study.losses["ARIMA"].mean())
    return show_assets(
        shown,
        f"Errors of one-step forecasts on {len(study.dates)} dates, log return per {study.period}",
        {str(c): "{:.3e}" if str(c).startswith("MSE") else "{:.5f}" for c in shown},
    )


def benchmarks(study: Experiment) -> Any:
    """ARIMA against its benchmarks, all assets together."""
    names = {"r2": "R²", "detectable": "detectable R²", "dm_p": "Diebold-Mariano p", "cw_p": "Clark-West p"}
    shown = study.pooled[list(names)].rename(columns=names)
    together = benchmark_intervals(study)
    shown.insert(1, "from", together["low"])
    shown.insert(2, "to", together["high"])
    text = shown["Clark-West p"].map("{:.3g}".format)
    shown["Clark-West p"] = text.where(shown.index.isin(NESTED), "not nested")
    percent = dict.fromkeys(("R²", "from", "to", "detectable R²"), "{:.2%}")
    return show_table(
        shown,
        "ARIMA(1,0,1), highest likelihood, against four benchmarks, all assets together, clustered by date; the "
        "four intervals hold together at 95 %",
        {**percent, "Diebold-Mariano p": "{:.3g}"},
    )


def assets(study: Experiment) -> Any:
    """ARIMA against zero and the historical mean, asset by asset."""
    zero, mean = study.against("zero"), study.against("window mean")
    shown = pd.DataFrame(
        {
            "R² against zero": zero["r2"],
            "95 % from": zero["low"],
            "to": zero["high"],
            "DM p": zero["dm_p"],
            "Holm p": zero["dm_p_holm"],
            "R² against the mean of the window": mean["r2"],
            "CW p": mean["cw_p"],
            "right signs": zero["hit_rate"],
            "by chance": zero["hit_expected"],
            "PT p": zero["pt_p"],
        }
    )
    return show_assets(
        shown,
        "ARIMA(1,0,1), highest likelihood, asset by asset (DM: Diebold-Mariano, CW: Clark-West, PT: Pesaran-Timmermann)",
        {str(c): "{:.3f}" if str(c).endswith(" p") else "{:.1%}" for c in shown},
    )


def subperiods(study: Experiment) -> Any:
    """ARIMA against zero in subperiods."""
    return show_table(
        study.subperiods.rename(columns={"R2 against zero": "R² against zero"}),
        "ARIMA against zero in subperiods, all assets",
        {"R² against zero": "{:.2%}", "95 % from": "{:.2%}", "to": "{:.2%}", "p": "{:.3f}"},
    )


def noise(study: Experiment) -> Any:
    """The same procedure on pure noise, by engine."""
    rows = {
        "RMSE over that of zero": "rmse_ratio",
        "simulation error": "rmse_ratio_se",
        "AR term 'significant' at 5 %, of all windows": "significant_ar",
        "MA term 'significant' at 5 %, of all windows": "significant_ma",
        "p-values undefined": "undefined",
        "φ or θ at the boundary": "boundary",
        "common factor, |φ + θ| up to 0.1": "common_factor",
        "returns below the 1 % line": "exceedance",
    }
    fast, slow = study.noise, study.slow_noise
    shown = {
        "highest likelihood": {name: getattr(fast, key) for name, key in rows.items()},
        "the paper's engine": {name: getattr(slow, key) for name, key in rows.items()},
    }
    return show_table(
        pd.DataFrame(shown),
        f"Rolling ARIMA(1,0,1), window {study.window}, on pure noise ({fast.replications} and "
        f"{slow.replications} windows)",
        "{:.4f}",
    )


def readings(study: Experiment) -> Any:
    """Readings of the paper's three numbers, and the window that comes nearest."""
    each = study.single_windows
    best = each.loc[nearest_reading(each, PUBLISHED).index[0]].to_frame(
        f"nearest single window of {len(each)}"
    )
    names = {"full": "whole history", "last": "last window", "median": "median over windows"}
    shown = pd.concat(
        [
            study.readings.rename(index=names),
            best.T,
            pd.Series(PUBLISHED, name="paper (AXP)").to_frame().T,
        ]
    )
    shown["excess"] = shown["kurtosis"] - 3
    shown["distance"] = [
        *study.distances.loc[list(names)],
        nearest_reading(best.T, PUBLISHED).iloc[0],
        0.0,
    ]
    shown.columns = pd.Index(
        [
            "AR p-value",
            "MA p-value",
            "kurtosis (Pearson, normal 3)",
            "excess kurtosis (normal 0)",
            "distance to the paper",
        ]
    )
    return show_table(
        shown,
        f"{study.focus}: three readings of the paper's three numbers (statsmodels), and the window that "
        "comes nearest",
        "{:.3f}",
    )


def shares(study: Experiment) -> Any:
    """Where the estimates lie, by engine and on noise."""
    names = {
        "boundary": "|φ| or |θ| above 0.999",
        "common_factor": "|φ + θ| up to 0.1",
        "constant_window": "constant window (forecast: its level)",
        "not_converged": "search did not converge",
        "failed": "engine raised (forecast: the mean)",
    }
    noise = {"boundary": study.noise.boundary, "common_factor": study.noise.common_factor}
    shown = pd.DataFrame(
        {
            "highest likelihood": study.ours.shares(),
            "the paper's engine": study.panel.shares(),
            "pure noise": pd.Series(noise),
        }
    )
    return show_table(shown.loc[list(names)].rename(index=names), "Share of windows", "{:.1%}")


def sensitivity(study: Experiment) -> Any:
    """The headlines of the chapter with one choice changed at a time."""
    return show_table(
        headlines(study),
        f"{study.focus} by the paper's engine (first three columns and the last) and all assets at the highest "
        f"likelihood, 95 % intervals, and the answers by a limit of {CLOSE:g} for the correlation and of "
        f"{study.smallest_effects['r2']:.1%} for what is saved; the paper prints an RMSE of 0.01896 for AXP",
    )


def sides(study: Experiment) -> Any:
    """The main numbers: the paper's question, and what stands beside it."""
    focus, root, pooled = study.focus, rmse_of_focus(study), study.pooled["r2"]
    stocks = p_values_of_stocks(study)["p_values.stocks"]
    rows = {
        "error of the focus asset": (
            f"RMSE {root[f'rmse.{focus}.statsmodels'].value:.5f} (statsmodels)",
            f"zero: {root[f'rmse.{focus}.zero'].value:.5f}",
        ),
        "alignment": (
            f"correlation {alignment(study).value:.3f}",
            f"R² against zero, all assets: {pooled['zero']:.2%}",
        ),
        "good fit": (
            f"R² {good_fit_of_focus(study).value:.2%} against the mean",
            f"R² {pooled['historical mean']:.2%}, all assets",
        ),
        "terms insignificant": (
            f"both p-values above 5 %: {stocks.value} of {stocks.n} assets",
            f"joint test accepts: {1 - joint_rejected(study).estimate:.0%} of windows",
        ),
        "fat tails": (
            f"kurtosis {3 * np.exp(tails_of_focus(study).value):.1f} ({focus})",
            f"at least {3 * np.exp(least_tails(study).value):.1f}, every asset",
        ),
        "risk underestimated": (
            f"{risk_share(study):.2%} below the 1 % line",
            f"{risk_of_noise(study):.2%} on normal data",
        ),
    }
    return show_table(
        pd.DataFrame(rows, index=["the paper's question", "beside it"]).T,
        "The chapter's main numbers: the paper's question, and what stands beside it",
    )
