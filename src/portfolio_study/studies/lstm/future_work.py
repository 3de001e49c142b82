"""What paper 000 leaves to future work: networks that read the economy too, on dates on which it is known."""

from dataclasses import replace

import numpy as np
import pandas as pd

from portfolio_study.data import PriceHistory
from portfolio_study.data.macroeconomy import macroeconomic_inputs
from portfolio_study.errors import DataError
from portfolio_study.evaluation import squared_error
from portfolio_study.forecasting.lstm_data import features
from portfolio_study.forecasting.lstm_fit import Order, Setting
from portfolio_study.forecasting.lstm_many import fit_all
from portfolio_study.network_engine import EACH

WITHOUT, WITH = "prices alone", "prices and the economy"


def least_dates(window: int) -> int:
    """Dates from which every part of a task of that sequence length has sequences."""
    return 8 * window + 80


def known_economy(history: PriceHistory, least: int, monthly: pd.DataFrame | None = None) -> PriceHistory:
    """Prices of the dates on which the monthly series are known, which end before many samples do.

    Where a month was never published, the longest stretch without a gap is taken: a return over a gap is none.

    Parameters
    ----------
    history : PriceHistory
    least : int
        Dates that are needed.
    monthly : DataFrame, optional
        The series, see `macroeconomic_inputs`; default those that an installed package carries.

    Raises
    ------
    DataError
        If there are fewer.
    """
    found = macroeconomic_inputs(pd.DatetimeIndex(history.close.index), monthly)
    known = _longest(found.notna().all(axis=1).to_numpy())
    if (count := int(known.sum())) < least:
        which = (
            "core consumer prices and bond yields, as an installed package carries them, end in 2018"
            if monthly is None
            else f"the series of the economy reach from {monthly.index[0]:%Y-%m} to {monthly.index[-1]:%Y-%m}"
        )
        raise DataError(
            f"{which}: they are known "
            f"on {count} dates of these prices, and {least} are needed; choose an earlier START"
        )
    return replace(
        history,
        close=history.close[known],
        ohlcv=history.ohlcv and {name: table[known] for name, table in history.ohlcv.items()},
        risk_free=history.risk_free[known],
    )


def _longest(known: np.ndarray) -> np.ndarray:
    """Mask of the longest stretch of dates on which everything is known; of equal ones the last."""
    stretch = np.cumsum(~known)
    lengths = np.bincount(stretch[known]) if known.any() else np.zeros(1, dtype=int)
    longest = len(lengths) - 1 - int(np.argmax(lengths[::-1]))
    mask: np.ndarray = known & (stretch == longest)
    return mask


def with_and_without_economy(
    history: PriceHistory,
    setting: Setting,
    seeds: list[int],
    window: int = 50,
    inputs: str = "stationary",
    monthly: pd.DataFrame | None = None,
    engine: str = EACH,
) -> dict[str, list[pd.DataFrame]]:
    """Squared errors of the same networks on the same dates, with and without inputs of the economy.

    Parameters
    ----------
    history : PriceHistory
        Dates on which the economy is known (`known_economy`).
    setting : Setting
        One for all networks, chosen on neither side.
    seeds : list of int
    window : int
    inputs : {"levels", "stationary"}
        See `lstm_data.features`.
    monthly : DataFrame, optional
        As for `known_economy`.
    engine : str
        See `forecasting.lstm.lstm_search`.

    Returns
    -------
    dict of list of DataFrame, shape (test dates, N)
        By side, then by seed.
    """
    economy = macroeconomic_inputs(pd.DatetimeIndex(history.close.index), monthly)
    orders = []
    for ticker in history.tickers:
        table = features(history, ticker, inputs=inputs)
        for read in (table, table.join(economy)):
            orders += [Order(read, history.close[ticker], setting, seed, window) for seed in seeds]
    fits = iter(fit_all(orders, engine))
    found = {t: {side: [next(fits) for _ in seeds] for side in (WITHOUT, WITH)} for t in history.tickers}
    return {
        side: [
            squared_error(
                pd.DataFrame({t: sides[side][k].actual for t, sides in found.items()}),
                pd.DataFrame({t: sides[side][k].forecast for t, sides in found.items()}),
            )
            for k in range(len(seeds))
        ]
        for side in (WITHOUT, WITH)
    }
