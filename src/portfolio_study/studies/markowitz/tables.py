"""Tables of the chapter on Markowitz portfolios."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from portfolio_study.evaluation import Inference, break_even_cost
from portfolio_study.figures import show_table
from portfolio_study.studies.markowitz.experiment import ADVANCED, COST, PASSIVE, TRADITIONAL, Experiment
from portfolio_study.studies.markowitz.measures import input_gains, long_sharpe_gains, sharpe_gains
from portfolio_study.studies.markowitz.unit_readings import unit_readings

PERCENT = "{:.1%}"
COMPARISONS = {
    "sharpe_gain.realised": "advanced against traditional",
    "sharpe_gain.passive": "advanced against buy and hold",
    "sharpe_gain.after_costs": "advanced against 1/N, 10 bp a trade",
    "sharpe_gain.garch": "GARCH against 50-day covariance, 50-day means",
    "sharpe_gain.lstm": "LSTM against 50-day means, 50-day covariance",
}
LONG_COMPARISONS = {
    "walk.garch": "GARCH against 50-day covariance, 50-day means",
    "walk.means": "50-day means against minimum variance",
    "arima_suboptimal": "minimum variance (GARCH) against ARIMA + GARCH",
    "walk.equal": "50-day + 50-day against 1/N",
    "walk.equal_after_costs": "50-day + 50-day against 1/N, 10 bp a trade",
}


def assets_used(study: Experiment) -> str:
    """Which assets the strategies hold, where a window does not carry all of them."""
    every, most = len(study.prices.tickers), len(study.usable.tickers)
    if most == every:
        return f"All {every} assets are used."
    return f"Of {every} assets the first {most} are used: a window of {study.window} carries no more."


def inputs(study: Experiment) -> Any:
    """Gains of the two inputs."""
    found = input_gains(study)
    rows = {
        name: {
            "gain": found[key].estimate,
            "low": found[key].interval[0],
            "high": found[key].interval[1],
        }
        for name, key in {"mean": "input.mean", "covariance": "input.covariance"}.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("input"),
        "Relative gain of LSTM means and GARCH covariances over 50-day ones, 95 % intervals",
        formats="{:.2%}",
    )


def strategies(study: Experiment) -> Any:
    """What each strategy promises and earns."""
    turnover = f"turnover (a {study.period})"
    rows = {}
    for name, run in study.runs.items():
        plan = study.plans.get(name)
        rows[name] = {
            "promised Sharpe (a year)": study.root * plan.promised["sharpe"].mean() if plan else None,
            "realised Sharpe (a year)": run.sharpe,
            "return (a year)": run.gross_returns.mean() * study.per_year,
            "volatility (a year)": run.gross_returns.std() * study.root,
            turnover: run.turnover.mean(),
            "worst drawdown": run.drawdown.min(),
            "days without a positive premium": int(plan.fallback.sum()) if plan else None,
        }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("strategy"),
        f"{len(study.test)} {study.period}s out of sample, {study.test[0]:%Y-%m-%d} to "
        f"{study.test[-1]:%Y-%m-%d}, before costs; on days without an expected return above the riskless rate, "
        "minimum variance is held",
        formats={
            "promised Sharpe (a year)": "{:.2f}",
            "realised Sharpe (a year)": "{:.2f}",
            "return (a year)": PERCENT,
            "volatility (a year)": PERCENT,
            turnover: PERCENT,
            "worst drawdown": PERCENT,
            "days without a positive premium": "{:.0f}",
        },
    )


def _comparisons(found: Mapping[str, Inference], names: Mapping[str, str], caption: str) -> Any:
    rows = {
        name: {
            "difference": found[key].estimate,
            "low": found[key].interval[0],
            "high": found[key].interval[1],
            "p": found[key].p_value,
            "detectable with 80 % power": found[key].detectable,
        }
        for key, name in names.items()
    }
    return show_table(pd.DataFrame(rows).T.rename_axis("comparison"), caption, formats="{:.2f}")


def differences(study: Experiment) -> Any:
    """Differences of Sharpe ratios on the test dates."""
    return _comparisons(
        sharpe_gains(study),
        COMPARISONS,
        "Differences of annual Sharpe ratios on the test dates, 95 % intervals",
    )


def long_differences(study: Experiment) -> Any:
    """Differences of Sharpe ratios over the whole history."""
    days = study.whole.days
    return _comparisons(
        long_sharpe_gains(study),
        LONG_COMPARISONS,
        f"Differences of annual Sharpe ratios over {len(days)} {study.period}s, {days[0]:%Y-%m-%d} to "
        f"{days[-1]:%Y-%m-%d}",
    )


def costs(study: Experiment, levels: tuple[int, ...] = (0, 5, 10, 25)) -> Any:
    """Net Sharpe ratios by cost, and the cost up to which a strategy is ahead of 1/N."""
    net = pd.DataFrame(
        {name: {f"{c} bp": run.at_cost(c).sharpe for c in levels} for name, run in study.runs.items()}
    ).T
    ahead = {}
    for name, run in study.runs.items():
        if name not in PASSIVE:
            at = break_even_cost(run, study.runs["1/N"])
            words = {"always": "at every cost", "never": "never"}
            ahead[name] = words.get(at.ahead, f"{at.ahead} {at.cost_bps:.1f} bp")
    net["ahead of 1/N"] = pd.Series(ahead)
    return show_table(
        net.rename_axis("strategy"),
        "Annual net Sharpe ratio by cost of a trade, and where the strategy is ahead of 1/N",
        formats={f"{c} bp": "{:.2f}" for c in levels},
    )


def whole_history(study: Experiment) -> Any:
    """The strategies without an LSTM over the whole history."""
    turnover = f"turnover (a {study.period})"
    plans = study.whole.plans
    rows = {
        name: {
            "Sharpe (a year)": run.sharpe,
            "net of 10 bp": run.at_cost(COST).sharpe,
            "volatility (a year)": run.gross_returns.std() * study.root,
            turnover: run.turnover.mean(),
            "days without a positive premium": plans[name].fallback.sum() if name in plans else None,
        }
        for name, run in study.whole.runs.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("strategy"),
        "Strategies without an LSTM over the whole history",
        formats={
            "Sharpe (a year)": "{:.2f}",
            "net of 10 bp": "{:.2f}",
            "volatility (a year)": PERCENT,
            turnover: PERCENT,
            "days without a positive premium": "{:.0f}",
        },
    )


def hold_outs(study: Experiment) -> Any:
    """The advanced method inside and after the training rows."""
    inside = study.inside
    rows = {
        "as published (inside the training rows)": {
            "promised": study.root * inside.plans["advanced"].promised["sharpe"].mean(),
            "realised": inside.runs["advanced"].sharpe,
            "traditional, realised": inside.runs["traditional"].sharpe,
        },
        "corrected (after the training rows)": {
            "promised": study.root * study.plans[ADVANCED].promised["sharpe"].mean(),
            "realised": study.runs[ADVANCED].sharpe,
            "traditional, realised": study.runs[TRADITIONAL].sharpe,
        },
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("reading"),
        "Annual Sharpe ratio of the advanced method under both readings",
        formats="{:.2f}",
    )


def implied_rates(study: Experiment) -> Any:
    """Riskless rates that the printed rows imply."""
    readings = unit_readings()
    shown = (100 * readings.drop(columns=["common", "plausible"]).astype(float)).assign(
        **{
            "one rate fits both": readings["common"].astype(bool),
            "and is not negative": readings["plausible"].astype(bool),
        }
    )
    return show_table(
        shown,
        "Riskless rates (%) that each row of Table 1 implies, by reading of the units",
        formats=dict.fromkeys(shown.columns[:4], "{:.2f}"),
    )
