"""The gains that carry the chapter under other blocks, days, tickers, engines and trainings.

Everything comes from losses that are stored: no network is trained for it.
"""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pandas as pd

from portfolio_study.errors import EstimationError
from portfolio_study.evaluation import (
    Inference,
    loss_ratio,
    relative_gain,
    squared_error,
    with_error,
)
from portfolio_study.evaluation.sensitivity import variations
from portfolio_study.studies.lstm.experiment import ARIMA, LSTM, ZERO, Experiment
from portfolio_study.studies.lstm.measures import own_error, papers_engine

FEWEST = 4  # tickers, below which the two extreme ones are not left out


def _gain(
    study: Experiment, ours: pd.DataFrame, rival: pd.DataFrame, luck: float, block: int | None = None
) -> Inference:
    return relative_gain(with_error(loss_ratio(ours, rival, seed=study.seed, block=block), luck))


def _varied(
    study: Experiment, rival: pd.DataFrame, luck: float, other_engine: Mapping[str, pd.DataFrame]
) -> dict[str, Inference]:
    """The gain over a rival as it is judged, and with one choice changed.

    Parameters
    ----------
    study : Experiment
    rival : DataFrame, shape (test dates, N)
        Its losses.
    luck : float
        Error of the ratio of losses that comes from the seeds and from the dates of the engine. It is that of all
        tickers and dates, also where some are left out.
    other_engine : mapping of str to DataFrame
        Losses of the same rival, fitted otherwise.
    """
    ours = study.losses[LSTM]

    def test(kept: pd.Index, block: int | None) -> Inference:
        return _gain(study, ours.loc[kept], rival.loc[kept], luck, block)

    difference = (rival - ours).mean(axis=1)
    found = variations(test, difference, study.window, study.period)
    once = squared_error(study.search.actual, study.forecasts[LSTM])
    others = {name: (ours, losses, own_error(study, losses)) for name, losses in other_engine.items()}
    others["one training of each network, its luck left out"] = (once, rival, 0.0)
    by_ticker = (1 - ours.mean() / rival.mean()).sort_values()
    if len(by_ticker) >= FEWEST:
        low, high = by_ticker.index[0], by_ticker.index[-1]
        kept = [ticker for ticker in ours if ticker not in (low, high)]
        others[f"without the tickers of least and largest gain ({low}, {high})"] = (
            ours[kept],
            rival[kept],
            luck,
        )
    for name, (losses, base, error) in others.items():
        with suppress(EstimationError):  # both are the same
            found[name] = _gain(study, losses, base, error)
    return found


def gain_over_arima(study: Experiment) -> dict[str, Inference]:
    """The headline: the gain over ARIMA by the paper's engine, by what is varied."""
    rival, engine = papers_engine(study, study.history.tickers)
    arima = study.losses[ARIMA]
    ratio = study.losses[LSTM].to_numpy().mean() / rival.to_numpy().mean()
    luck = float(np.hypot(own_error(study, arima), ratio * engine))
    return _varied(study, rival, luck, {"ARIMA of the highest likelihood": arima})


def gain_over_zero(study: Experiment) -> dict[str, Inference]:
    """The gain over the forecast zero, by what is varied."""
    zero = study.losses[ZERO]
    return _varied(study, zero, own_error(study, zero), {})
