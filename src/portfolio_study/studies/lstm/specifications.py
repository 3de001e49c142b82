"""Every defensible way to compare the networks with a rival, in one curve, and what chance would give.

After Simonsohn, Simmons and Nelson (2020), "Specification curve analysis", Nature Human Behaviour 4.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from portfolio_study.checks.confidence import TAILS
from portfolio_study.evaluation.bootstrap import block_length, resamples
from portfolio_study.studies.lstm.experiment import (
    ARIMA,
    LSTM,
    PLACEBO,
    PUBLISHED,
    RIDGE,
    ZERO,
    Experiment,
)

WHOLE, FIRST_HALF, SECOND_HALF, SOME_DATES = (
    "all test dates",
    "first half",
    "second half",
    "dates of both engines",
)
POOLED_AVERAGE, MEDIAN = "pooled", "median ticker"
PAPERS_ENGINE = "ARIMA, the paper's engine"
ALL_TICKERS = "stationary inputs, all tickers"
SAME_TICKERS = "stationary inputs, control tickers"


@dataclass(frozen=True)
class Curve:
    """Gains over a rival, one a specification, and the share above zero beside what chance gives.

    Attributes
    ----------
    table : DataFrame
        One row a specification, the smallest gain first: ``training``, ``rival``, ``average``, ``period``,
        ``gain``, ``paper`` (whether it is the paper's choice).
    share : float
        Share of the specifications with a gain above zero.
    by_chance : tuple of float
        Middle 95 % of that share if no network were better or worse than the rival on any ticker.
    median : float
        Gain of the middle specification.
    p_value : float
        Probability under that hypothesis of a middle gain that is as far from zero, on either side.
    """

    table: pd.DataFrame
    share: float
    by_chance: tuple[float, float]
    median: float
    p_value: float


def trainings(study: Experiment) -> dict[str, pd.DataFrame]:
    """Squared errors of every way of training that could have been chosen, on the test dates."""
    found = {ALL_TICKERS: study.losses[LSTM], SAME_TICKERS: study.control_losses[LSTM]}
    left_out = (LSTM, ARIMA, ZERO, PLACEBO, RIDGE)
    return found | {name: loss for name, loss in study.control_losses.items() if name not in left_out}


def _differences(study: Experiment, arima: bool) -> list[tuple[dict[str, object], pd.DataFrame]]:
    """Of each specification its words, and its relative differences of loss by date and ticker."""
    dates = study.dates
    half = len(dates) // 2
    periods = {WHOLE: dates, FIRST_HALF: dates[:half], SECOND_HALF: dates[half:]}
    some = pd.DatetimeIndex(study.arima_of_paper.index)
    found = []
    for (name, loss), average in product(trainings(study).items(), (POOLED_AVERAGE, MEDIAN)):
        if average == MEDIAN and loss.shape[1] == 1:  # of one ticker both averages are the same number
            continue
        rival = study.losses[ARIMA if arima else ZERO][loss.columns]
        sides = [(ARIMA if arima else ZERO, period, rival, days) for period, days in periods.items()]
        if arima:
            by_paper = rival.loc[some] + study.engine_difference[loss.columns]
            sides.append((PAPERS_ENGINE, SOME_DATES, by_paper, some))
        for other, period, benchmark, days in sides:
            b = benchmark.loc[days].mean()
            difference = (benchmark.loc[days] - loss.loc[days]) / (b if average == MEDIAN else b.mean())
            own = name == PUBLISHED and period in (WHOLE, SOME_DATES) and average == POOLED_AVERAGE
            words = {
                "training": name,
                "rival": other,
                "average": average,
                "period": period,
                "paper": own and other in (PAPERS_ENGINE, ZERO),
            }
            # A date outside the period counts nothing; one inside counts for it.
            found.append((words, difference.reindex(dates).fillna(0.0) * (len(dates) / len(days))))
    return found


def against_arima(study: Experiment) -> Curve:
    """The curve against ARIMA."""
    found: Curve = study.once(_against_arima)
    return found


def against_zero(study: Experiment) -> Curve:
    """The curve against the forecast zero."""
    found: Curve = study.once(_against_zero)
    return found


def _against_arima(study: Experiment) -> Curve:
    return _curve(study, arima=True)


def _against_zero(study: Experiment) -> Curve:
    return _curve(study, arima=False)


def _curve(study: Experiment, arima: bool) -> Curve:
    """The curve against one rival.

    Chance: whole dates are resampled in blocks, the same for all specifications, from differences whose mean
    is taken out for every ticker; no network is trained again, so that the luck of the seeds is left out.
    """
    made = _differences(study, arima)
    n = len(study.dates)
    drawn = np.concatenate(list(resamples(n, block_length(n), study.draws, study.seed, "stationary")))
    weights = np.stack([np.bincount(rows, minlength=n) for rows in drawn]) / n
    gains, under_null = [], []
    for words, table in made:
        values = table.to_numpy()
        means, null = values.mean(axis=0), weights @ (values - values.mean(axis=0))
        middle = np.median if words["average"] == MEDIAN else np.mean
        gains.append(float(middle(means)))
        under_null.append(middle(null, axis=1))
    shares = np.mean(np.array(under_null) > 0, axis=0)
    middle_gain = float(np.median(gains))
    middles = np.abs(np.median(under_null, axis=0))
    rows = [words | {"gain": gain} for (words, _), gain in zip(made, gains, strict=True)]
    low, high = np.quantile(shares, TAILS)
    return Curve(
        pd.DataFrame(rows).sort_values("gain", ignore_index=True),
        float(np.mean(np.array(gains) > 0)),
        (float(low), float(high)),
        middle_gain,
        float((1 + np.sum(middles >= abs(middle_gain))) / (1 + len(middles))),
    )
