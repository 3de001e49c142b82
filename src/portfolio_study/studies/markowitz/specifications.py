"""Every defensible way to ask whether forecasts raise the Sharpe ratio, from stored daily returns."""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from portfolio_study.evaluation import SpecificationCurve, specification_curve
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.specification import sharpe_gain_by_day
from portfolio_study.studies.markowitz.experiment import (
    ADVANCED,
    FORECASTS,
    TRADITIONAL,
    Experiment,
    WholeHistory,
)

COSTS = (0.0, COST, 25.0)  # basis points a trade
WIDER = (1, 2, 5)  # times the window of the run
ROLLING, EQUAL = "rolling averages", "equal weights"
NETWORKS = "LSTM"
MOST_DRAWS = 2000


class Traded(NamedTuple):
    """A rule over one window, what it earned, and what its benchmarks earned."""

    mean: str
    covariance: str
    span: int
    run: Backtest
    benchmarks: dict[str, Backtest]


def spans(study: Experiment) -> list[int]:
    """Windows of rolling means, covariances and correlations that are known before the test dates."""
    wanted = [wider * study.window for wider in WIDER]
    return [span for span in wanted if span < len(study.simple) and study.simple.index[span] <= study.test[0]]


def _on_test_dates(study: Experiment) -> Iterator[Traded]:
    """Rules on the test dates, and what each earns beside its benchmarks."""
    for span in spans(study):
        if span == study.window:
            runs = {FORECASTS[name]: study.runs[name] for name in FORECASTS}
        else:
            plans = WholeHistory(study.history, study.window, span).plans
            runs = {
                (mean, covariance): study.trade(
                    plans[f"{mean} + {covariance}"].weights.loc[study.test], study.test
                )
                for mean, covariance in FORECASTS.values()
                if mean != NETWORKS
            }
        yield from _ruled(runs, span, study.runs["1/N"])


def _on_all_dates(study: Experiment) -> Iterator[Traded]:
    """The same rules without an LSTM on the dates of the whole history that their window leaves."""
    for span in spans(study):
        whole = study.whole if span == study.window else WholeHistory(study.usable, study.window, span)
        runs = {
            rule: whole.runs[" + ".join(rule)]
            for rule in dict.fromkeys(FORECASTS.values())
            if NETWORKS not in rule
        }
        yield from _ruled(runs, span, whole.runs["1/N"])


def _ruled(runs: dict[tuple[str, str], Backtest], span: int, equal: Backtest) -> Iterator[Traded]:
    rolling = runs[FORECASTS[TRADITIONAL]]
    for (mean, covariance), run in runs.items():
        if run is not rolling:  # without a model's forecast there is nothing to ask
            yield Traded(mean, covariance, span, run, {ROLLING: rolling, EQUAL: equal})


def specifications(study: Experiment) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Daily differences of all specifications, a column each, and the choices behind them, a row each.

    A difference is that of excess returns over their standard deviations, on an annual scale, so that its
    mean is the difference of annual Sharpe ratios.
    """
    test, middle, period = study.test, len(study.test) // 2, study.period
    tested = {
        f"test {period}s": test,
        f"test {period}s, first half": test[:middle],
        f"test {period}s, second half": test[middle:],
    }
    rules = [(rule, tested) for rule in _on_test_dates(study)]
    rules += [
        (rule, {f"all {period}s": pd.DatetimeIndex(rule.run.returns.index)}) for rule in _on_all_dates(study)
    ]
    gains, choices = [], []
    for rule, periods in rules:
        for (against, rival), cost, bill in product(rule.benchmarks.items(), COSTS, (True, False)):
            both = (rule.run.at_cost(cost), rival.at_cost(cost))
            pair = [one.excess_returns if bill else one.returns for one in both]
            for dates, days in periods.items():
                gains.append(sharpe_gain_by_day(pair[0].loc[days], pair[1].loc[days], study.per_year))
                choices.append(
                    {
                        "means": rule.mean,
                        "covariances": rule.covariance,
                        "window": f"{rule.span} {period}s",
                        "against": against,
                        "dates": dates,
                        "costs": f"{cost:.0f} basis points" if cost else "none",
                        "riskless rate": "bills" if bill else "zero",
                    }
                )
    table = pd.DataFrame(choices)
    table.index = pd.Index([", ".join(row) for row in table.itertuples(index=False)], name="specification")
    return pd.concat(gains, axis=1, keys=table.index, sort=True), table


def published(study: Experiment, choices: pd.DataFrame) -> Any:
    """Label of the paper's own choices."""
    mean, covariance = FORECASTS[ADVANCED]
    own = {
        "means": mean,
        "covariances": covariance,
        "window": f"{study.window} {study.period}s",
        "against": ROLLING,
        "dates": f"test {study.period}s",
        "costs": "none",
        "riskless rate": "bills",
    }
    return choices.index[(choices[list(own)] == pd.Series(own)).all(axis=1)][0]


def curves(study: Experiment) -> tuple[SpecificationCurve, SpecificationCurve]:
    """Effects of all specifications, and of those with a network, with what chance gives."""
    found: tuple[SpecificationCurve, SpecificationCurve] = study.once(_curves)
    return found


def _curves(study: Experiment) -> tuple[SpecificationCurve, SpecificationCurve]:
    gains, choices = specifications(study)
    options: dict[str, Any] = {
        "published": published(study, choices),
        "draws": min(study.draws, MOST_DRAWS),
        "seed": study.seed,
    }
    networks = choices.index[choices["means"] == NETWORKS]
    return (
        specification_curve(gains, choices, **options),
        specification_curve(gains[networks].loc[study.test], choices.loc[networks], **options),
    )
