"""What paper 000 leaves to future work: networks that read the economy too, on dates on which it is known."""

from dataclasses import replace

import pandas as pd

from portfolio_study.data import PriceHistory
from portfolio_study.data.macroeconomy import macroeconomic_inputs
from portfolio_study.errors import DataError
from portfolio_study.evaluation import squared_error
from portfolio_study.forecasting.lstm_data import features
from portfolio_study.forecasting.lstm_fit import Order, Setting, fit_all
from portfolio_study.network_engine import EACH

WITHOUT, WITH = "prices alone", "prices and the economy"


def least_dates(window: int) -> int:
    """Dates from which every part of a task of that sequence length has sequences."""
    return 8 * window + 80


def known_economy(history: PriceHistory, least: int) -> PriceHistory:
    """Prices of the dates on which the monthly series are known, which end before many samples do.

    Parameters
    ----------
    history : PriceHistory
    least : int
        Dates that are needed.

    Raises
    ------
    DataError
        If there are fewer.
    """
    known = macroeconomic_inputs(pd.DatetimeIndex(history.close.index)).notna().all(axis=1).to_numpy()
    if (count := int(known.sum())) < least:
        raise DataError(
            "core consumer prices and bond yields, as an installed package carries them, end in 2018: they are known "
            f"on {count} dates of these prices, and {least} are needed; choose an earlier START"
        )
    return replace(
        history,
        close=history.close[known],
        ohlcv=history.ohlcv and {name: table[known] for name, table in history.ohlcv.items()},
        risk_free=history.risk_free[known],
    )


def with_and_without_economy(
    history: PriceHistory,
    setting: Setting,
    seeds: list[int],
    window: int = 50,
    inputs: str = "stationary",
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
    engine : str
        See `forecasting.lstm.lstm_search`.

    Returns
    -------
    dict of list of DataFrame, shape (test dates, N)
        By side, then by seed.
    """
    economy = macroeconomic_inputs(pd.DatetimeIndex(history.close.index))
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
