"""Tables of the chapter on the data."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.asset_tables import listed, show_assets
from portfolio_study.data.quality import describe_source, quality_report
from portfolio_study.data.rsi import compare_readings
from portfolio_study.evaluation.dependence import p_value_text
from portfolio_study.evaluation.panel import clustered_share
from portfolio_study.evaluation.sensitivity import sensitivity_table
from portfolio_study.evaluation.tails import tail_indicators
from portfolio_study.figures import show_table
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.studies.data.experiment import Experiment

MOST_ASSETS_NAMED = 60  # in the row of the table that names them
SMALLEST_SHARE = 0.0005  # of the returns: the smallest change of the tails that matters


def source(study: Experiment) -> Any:
    """Where the prices come from."""
    described = describe_source(study.prices)
    described.loc["assets", "value"] = listed(study.prices.tickers, most=MOST_ASSETS_NAMED)
    return show_table(described, caption="Prices of this build")


def quality(study: Experiment) -> Any:
    """What is unusual in prices that passed every check."""
    report = quality_report(study.prices)
    table = report.table()
    table["which"] = [listed(text.split("; "), "; ") for text in table["which"]]
    return show_table(table, caption=f"Quality report: {report.rows} dates, calendar {report.calendar}")


def bears(study: Experiment) -> Any:
    """Bear markets of the index since 1990."""
    shown = study.bears.assign(fall=100 * study.bears["fall"]).set_index("peak")
    shown["highest volatility"] *= 100
    units = {
        "fall": "fall (%)",
        "days_to_trough": "calendar days to trough",
        "highest volatility": "highest volatility up to the trough (% a year)",
    }
    return show_table(
        shown.rename(columns=units),
        caption="Falls of the S&P 500 index by 20 % or more since 1990",
        formats={"fall (%)": "{:.1f}", "highest volatility up to the trough (% a year)": "{:.0f}"},
    )


def returns(study: Experiment) -> Any:
    """Returns of each asset."""
    log, simple = study.log, study.simple
    table = pd.DataFrame(
        {
            "mean (% a year)": 100 * log.mean() * study.year,
            "volatility (% a year)": 100 * log.std() * np.sqrt(study.year),
            "worst (%)": 100 * simple.min(),
            "best (%)": 100 * simple.max(),
            "1 dollar became": study.growth,
        }
    )
    return show_assets(
        table,
        formats="{:.2f}",
        caption=f"Log returns, and the worst and best simple return of a {study.period}, over {len(log) / study.year:.1f} years",
    )


def adjustment(study: Experiment) -> Any:
    """How far adjusted closes lie below the closes of the same day."""
    prices = study.prices
    if prices.ohlcv is None:
        return "This build has closes only, so the drift between both kinds of prices cannot be shown."
    share = 1 - (prices.ohlcv["adj_close"] / prices.ohlcv["close"]).iloc[[0, -1]]
    table = pd.DataFrame(
        {
            "median asset": share.median(axis=1),
            "most": share.max(axis=1),
            "in": share.idxmax(axis=1).astype(str),
        }
    ).rename_axis("date")
    return show_table(
        table,
        formats={"median asset": "{:.0%}", "most": "{:.0%}"},
        caption="Share by which the adjusted close lies below the close of the same day",
    )


def strength(study: Experiment) -> Any:
    """Four readings of the relative strength index compared."""
    return show_table(
        compare_readings(study.prices.close, study.rsi_window),
        caption="Four readings compared, all assets",
        formats="{:.2f}",
    )


def unit_roots(study: Experiment) -> Any:
    """Unit-root tests of the log returns of each asset."""
    roots = study.roots
    names = {
        "adf_statistic": "ADF statistic",
        "adf_lags": "lags",
        "adf_p": "p",
        "adf_p_holm": "p (Holm)",
        "pp_p": "p (Phillips-Perron)",
        "kpss_p": "p (KPSS, null: stationary)",
    }
    shown = roots.assign(**{c: roots[c].map(p_value_text) for c in ("adf_p", "adf_p_holm", "pp_p")})
    shown["kpss_p"] = roots["kpss_p"].clip(0.01, 0.10).map("{:.2f}".format)
    shown.loc[roots["kpss_p"] >= 0.10, "kpss_p"] = "0.10 or more"
    shown.loc[roots["kpss_p"] <= 0.01, "kpss_p"] = "0.01 or less"
    return show_assets(
        shown.rename(columns=names),
        caption="Unit-root tests of the log returns of each asset",
        formats={"ADF statistic": "{:.1f}"},
    )


def rejections(study: Experiment) -> Any:
    """How often three tests reject on simulated series of five laws."""
    return show_table(
        100 * study.rates,
        formats="{:.0f}",
        caption=f"Share of {study.simulations} simulated series of length 500 in which each test rejects at "
        "5 % (%)",
    )


def memory(study: Experiment) -> Any:
    """Tests of each asset for autocorrelation and for a moving variance."""
    found = study.memory
    names = {
        "first_autocorrelation": "first autocorrelation",
        "ljung_box_p": "p (Ljung-Box)",
        "robust_p": "p (robust)",
        "robust_p_holm": "p (robust, Holm)",
        "arch_p": "p (ARCH)",
        "arch_p_holm": "p (ARCH, Holm)",
    }
    shown = found.assign(**{c: found[c].map(p_value_text) for c in names if c != "first_autocorrelation"})
    return show_assets(
        shown.rename(columns=names),
        formats={"first autocorrelation": "{:.3f}"},
        caption=f"Joint tests of {study.lags} autocorrelations, and Engle's test of the squares",
    )


def normality(study: Experiment) -> Any:
    """Log returns of each asset against the normal law."""
    names = {
        "excess_kurtosis": "excess kurtosis",
        "jarque_bera": "Jarque-Bera",
        "p_holm": "p (Holm)",
        "worst_in_sd": "worst (sd)",
        "beyond_3_sd": "beyond 3 sd (%)",
    }
    shown = study.shape.drop(columns=["p_value", "normal_share", "kurtosis"])
    shown["beyond_3_sd"] *= 100
    shown["p_holm"] = shown["p_holm"].map(p_value_text)
    return show_assets(
        shown.rename(columns=names), caption="Log returns against the normal law", formats="{:.2f}"
    )


def logarithms(study: Experiment) -> Any:
    """What logarithms take from the tails, with one choice changed at a time, and the answer at three limits."""
    fell = {k: tail_indicators(study.simple, k) - tail_indicators(study.log, k) for k in (2.0, 3.0, 4.0)}
    usual, half = fell[3.0], len(fell[3.0]) // 2
    ranked = usual.mean().sort_values().index
    found = {
        "as judged: beyond three standard deviations": clustered_share(usual),
        "beyond two": clustered_share(fell[2.0]),
        "beyond four": clustered_share(fell[4.0]),
        "first half of the dates": clustered_share(usual.iloc[:half]),
        "second half of the dates": clustered_share(usual.iloc[half:]),
    }
    found |= {
        f"dates that depend on each other over {lags} {study.prices.period}s": clustered_share(
            usual, lags=lags
        )
        for lags in (8, 50, 100)
        if 8 * lags <= len(usual)
    }
    if len(ranked) >= 4:
        found[f"without the two extreme assets ({ranked[0]}, {ranked[-1]})"] = clustered_share(
            usual[ranked[1:-1]]
        )
    return show_table(
        sensitivity_table(found, SMALLEST_SHARE, judge_direction, estimate="falls by"),
        "By how much logarithms lower the share of returns in the tails (95 % intervals), and the answer by what "
        "would matter",
        formats=dict.fromkeys(("falls by", "low", "high"), "{:.3%}"),
    )


def shocks(study: Experiment) -> Any:
    """Estimates of an autoregression by the law of its shocks."""
    return show_table(
        study.estimates.set_index(["shocks", "T"]),
        formats="{:.3f}",
        caption="The coefficient 0.3 by Gaussian likelihood: bias, root mean squared error, coverage of 95 % "
        "intervals",
    )


def rate_sources(study: Experiment) -> Any:
    """Where the riskless rate comes from."""
    parts = study.rates_known
    parts["mean (% a year)"] = 100 * ((1 + parts["mean_rate"]) ** study.year - 1)
    return show_table(
        parts.drop(columns="mean_rate").set_index("kind"),
        formats="{:.2f}",
        caption="Where the risk-free rate comes from",
    )
