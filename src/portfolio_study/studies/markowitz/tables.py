"""Tables of the chapter on Markowitz portfolios."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from portfolio_study.errors import EstimationError
from portfolio_study.evaluation import Inference, break_even_cost, sharpe_difference
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.sensitivity import sensitivity_table, variations
from portfolio_study.figures import show_table
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.ledger.shown import counted
from portfolio_study.studies.markowitz.experiment import ADVANCED, PASSIVE, TRADITIONAL, Experiment
from portfolio_study.studies.markowitz.measures import (
    METHODS,
    gain_inside,
    input_gains,
    long_sharpe_gains,
    sharpe_gains,
)
from portfolio_study.studies.markowitz.specifications import COSTS, curves
from portfolio_study.studies.markowitz.unit_readings import TABLE_1, unit_readings

PERCENT = "{:.1%}"
ENGINES = {
    "normal law instead of a bootstrap": "hac",
    "independent normal returns (Memmel)": "memmel",
}
JUDGED = {
    "sharpe_gain.realised": "LSTM + GARCH against rolling means + rolling covariances",
    "sharpe_gain.arima": "LSTM + GARCH against ARIMA means + rolling covariances",
}
ALSO_ASKED = {
    "sharpe_gain.arima_garch": "LSTM + GARCH against ARIMA + GARCH",
    "sharpe_gain.garch": "GARCH against rolling covariances, both with rolling means",
    "sharpe_gain.lstm": "LSTM against rolling means, both with rolling covariances",
    "sharpe_gain.passive": "LSTM + GARCH against buying and holding the same assets",
    "sharpe_gain.after_costs": "LSTM + GARCH against equal weights, 10 basis points a trade",
}
WHOLE = {
    "walk.garch": "GARCH against rolling covariances, both with rolling means",
    "walk.means": "rolling means against no means (minimum variance), rolling covariances",
    "arima_suboptimal": "no means (minimum variance) against ARIMA means, both with GARCH",
    "walk.equal": "rolling means + rolling covariances against equal weights",
    "walk.equal_after_costs": "rolling means + rolling covariances against equal weights, 10 basis points a trade",
}
INPUTS_SHOWN = {
    "input.mean": "LSTM against rolling means: squared error of returns",
    "input.covariance": "GARCH against rolling covariances: squared error of the matrix",
    "input.minimum_variance": "GARCH against rolling covariances: variance of the minimum-variance portfolio (also asked)",
}


def assets_used(study: Experiment) -> str:
    """Which assets the strategies hold: what a window carries, and of these what networks were searched for."""
    every, usable, held = (source.tickers for source in (study.prices, study.usable, study.history))
    if len(usable) == len(every):
        told = f"Strategies on the whole history hold all {len(every)} assets"
    else:
        told = (
            f"Strategies on the whole history hold {len(usable)} of {len(every)} assets, drawn at random, because a "
            f"window of {study.window} carries no more: {', '.join(usable)}"
        )
    if len(held) == len(usable):
        return f"{told}. Those on the test dates hold the same."
    return f"{told}. Those on the test dates hold the {len(held)} that have networks: {', '.join(held)}."


def inputs(study: Experiment) -> Any:
    """Gains of the two inputs, with the intervals that decide."""
    found = input_gains(study)
    rows = {
        name: {"gain": found[key].estimate} | dict(zip(("low", "high"), study.interval(key), strict=True))
        for key, name in INPUTS_SHOWN.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("input"),
        f"Relative gain over the last {study.window} {study.period}s on the test dates, 95 % intervals; the first row is judged "
        "here",
        formats="{:.2%}",
    )


def strategies(study: Experiment) -> Any:
    """What each strategy promises and earns."""
    turnover, without = f"turnover (a {study.period})", f"{study.period}s without a positive premium"
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
            without: int(plan.fallback.sum()) if plan else None,
        }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("strategy"),
        f"{counted(len(study.history.tickers), 'asset')} on {len(study.test)} {study.period}s out of sample, "
        f"{study.test[0]:%Y-%m-%d} to {study.test[-1]:%Y-%m-%d}, before costs; rolling means and covariances look "
        f"back {study.window} {study.period}s; on {study.period}s without an expected return above the riskless rate, "
        "minimum variance is held",
        formats={
            "promised Sharpe (a year)": "{:.2f}",
            "realised Sharpe (a year)": "{:.2f}",
            "return (a year)": PERCENT,
            "volatility (a year)": PERCENT,
            turnover: PERCENT,
            "worst drawdown": PERCENT,
            without: "{:.0f}",
        },
    )


def _comparisons(
    study: Experiment, found: Mapping[str, Inference], names: Mapping[str, str], caption: str
) -> Any:
    rows = {
        name: {"difference": found[key].estimate}
        | dict(zip(("low", "high"), study.interval(key), strict=True))
        for key, name in names.items()
    }
    return show_table(pd.DataFrame(rows).T.rename_axis("comparison"), caption, formats="{:.2f}")


def differences(study: Experiment) -> Any:
    """Differences of Sharpe ratios on the test dates that the paper speaks of."""
    return _comparisons(
        study,
        sharpe_gains(study),
        JUDGED,
        f"Differences of annual Sharpe ratios on {len(study.test)} test {study.period}s, "
        "97.5 % intervals: both hold together with 95 %",
    )


def more_differences(study: Experiment) -> Any:
    """Differences of Sharpe ratios on the test dates that we ask about."""
    return _comparisons(
        study,
        sharpe_gains(study),
        ALSO_ASKED,
        f"Also asked, on the same {study.period}s: differences of annual Sharpe ratios, each with a 95 % interval of its own",
    )


def long_differences(study: Experiment) -> Any:
    """Differences of Sharpe ratios over the whole history."""
    days = study.whole.days
    return _comparisons(
        study,
        long_sharpe_gains(study),
        WHOLE,
        f"Differences of annual Sharpe ratios over {len(days)} {study.period}s, {days[0]:%Y-%m-%d} to "
        f"{days[-1]:%Y-%m-%d}, each with a 95 % interval of its own",
    )


def _variations(study: Experiment, first: Backtest, second: Backtest, cost: float) -> dict[str, Inference]:
    """A difference of annual Sharpe ratios under other tests, rates, days and costs."""
    net = {level: [run.at_cost(level).returns for run in (first, second)] for level in COSTS}
    rate = study.prices.risk_free.loc[net[cost][0].index]
    options: dict[str, Any] = {"periods_per_year": study.per_year, "draws": study.draws, "seed": study.seed}

    def test(days: pd.Index, block: int | None) -> Inference:
        one, other = (returns.loc[days] for returns in net[cost])
        return sharpe_difference(one, other, risk_free=rate.loc[days], block=block, **options)

    one, other = net[cost]
    found = variations(test, one - other, study.window, study.period)
    with suppress(EstimationError):  # both are the same on all days
        for name, method in ENGINES.items():
            found[name] = sharpe_difference(one, other, method, risk_free=rate, **options)
        found["riskless rate of zero"] = sharpe_difference(one, other, **options)
        for level in COSTS:
            if level != cost:
                name = f"after {level:.0f} basis points a trade" if level else "before costs"
                found[name] = sharpe_difference(net[level][0], net[level][1], risk_free=rate, **options)
    return found


def sensitivity(study: Experiment) -> Any:
    """The lead that the chapter judges under other tests, rates, days, costs and smallest effects."""
    after = _variations(study, study.runs[ADVANCED], study.runs[TRADITIONAL], 0.0)
    sharpe = study.smallest_effects["sharpe"]
    # the other reading of the hold-out is judged alone, so its interval is not widened
    inside = {"inside the training rows (95 % interval)": gain_inside(study)}
    table = pd.concat(
        [
            sensitivity_table(after, sharpe, judge_direction, family=len(JUDGED)),
            sensitivity_table(inside, sharpe, judge_direction),
        ]
    )
    return show_table(
        table.rename_axis("variation"),
        "Annual Sharpe ratio of LSTM + GARCH less that of rolling means + rolling covariances, 97.5 % intervals, "
        "and the verdict by the smallest difference that matters",
        formats=dict.fromkeys(("difference", "low", "high"), "{:.2f}"),
    )


def long_sensitivity(study: Experiment) -> Any:
    """The strongest result of the whole history under other tests, rates, days and costs."""
    runs = study.whole.runs
    found = _variations(study, runs["rolling + rolling"], runs["1/N"], COST)
    return show_table(
        sensitivity_table(found, study.smallest_effects["sharpe"], judge_direction)[
            ["difference", "low", "high"]
        ],
        "Annual Sharpe ratio of rolling means + rolling covariances less that of equal weights, after 10 basis "
        "points a trade, 95 % intervals",
        formats="{:.2f}",
    )


def _by_number(level: str) -> tuple[int, str]:
    start = level.split()[0]
    return int(start) if start.isdigit() else 0, level


def choices(study: Experiment) -> Any:
    """How often the forecasts lead, and by how much, by each choice of the specification curve."""
    found, _ = curves(study)
    rows = {
        (factor, level): {
            "specifications": len(part),
            "forecasts lead in": (part["effect"] > 0).mean(),
            "median lead": part["effect"].median(),
        }
        for factor in found.factors
        for level, part in sorted(found.table.groupby(factor), key=lambda group: _by_number(str(group[0])))
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis(["choice", "taken"]),
        "Share of the specifications in which forecasts by models have the higher Sharpe ratio, and the median "
        "difference of annual Sharpe ratios, by each choice",
        formats={"specifications": "{:.0f}", "forecasts lead in": "{:.0%}", "median lead": "{:+.2f}"},
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
    turnover, without = f"turnover (a {study.period})", f"{study.period}s without a positive premium"
    plans = study.whole.plans
    rows = {
        name: {
            "Sharpe (a year)": run.sharpe,
            "net of 10 bp": run.at_cost(COST).sharpe,
            "volatility (a year)": run.gross_returns.std() * study.root,
            turnover: run.turnover.mean(),
            without: plans[name].fallback.sum() if name in plans else None,
        }
        for name, run in study.whole.runs.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("strategy"),
        f"Strategies without an LSTM over the whole history, {len(study.usable.tickers)} assets, windows of "
        f"{study.window} {study.period}s",
        formats={
            "Sharpe (a year)": "{:.2f}",
            "net of 10 bp": "{:.2f}",
            "volatility (a year)": PERCENT,
            turnover: PERCENT,
            without: "{:.0f}",
        },
    )


def hold_outs(study: Experiment) -> Any:
    """Both methods inside and after the training rows."""
    places: dict[str, Any] = {"inside the training rows": study.inside, "after the training rows": study}
    rows = {
        f"{place}, {method}": {
            "promised": study.root * where.plans[name].promised["sharpe"].mean(),
            "earned": where.runs[name].sharpe,
            f"{study.period}s": len(where.plans[name].weights),
        }
        for place, where in places.items()
        for method, name in METHODS.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("hold-out"),
        "Annual Sharpe ratios under both readings of the hold-out",
        formats={"promised": "{:.2f}", "earned": "{:.2f}", f"{study.period}s": "{:.0f}"},
    )


def printed_table(study: Experiment) -> Any:
    """Table 1 beside its readings: promised or earned, a period or a year."""
    rows: dict[str, dict[str, float]] = {"as printed": {}}
    for row in TABLE_1:
        printed = {"Sharpe ratio": row.sharpe, "risk (%)": 100 * row.risk, "return (%)": 100 * row.mean}
        rows["as printed"] |= {f"{row.name}, {column}": value for column, value in printed.items()}
    for label, periods, root in ((f"a {study.period}", 1, 1.0), ("a year", study.per_year, study.root)):
        for what in ("promised", "earned"):
            rows[f"{what}, {label}"] = cells = {}
            for method, name in METHODS.items():
                run, said = study.runs[name], study.plans[name].promised
                single = (
                    (said["sharpe"].mean(), said["sd"].mean(), said["mean"].mean())
                    if what == "promised"
                    else (run.sharpe / study.root, run.returns.std(), run.returns.mean())
                )
                cells[f"{method}, Sharpe ratio"] = root * single[0]
                cells[f"{method}, risk (%)"] = 100 * root * single[1]
                cells[f"{method}, return (%)"] = 100 * periods * single[2]
    return show_table(
        pd.DataFrame(rows).T.rename_axis("reading"),
        "Table 1 and what the same methods promise and earn on the test dates; risk as a standard deviation, "
        f"promises as averages of the values of each {study.period}",
        formats="{:.2f}",
    )


def implied_rates() -> Any:
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
