"""Random search of LSTM forecasts, one network a ticker, as paper 000 describes it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.history import PriceHistory
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.lstm_data import feature_names, features
from portfolio_study.forecasting.lstm_fit import Fit, Order, Setting
from portfolio_study.forecasting.lstm_many import fit_all
from portfolio_study.network_engine import EACH

MAX_EPOCHS = 10  # paper 000, section LSTM, Inference
# Six compiled shapes: three pairs of units, two batch sizes; the rest are weights of the program.
GRID: dict[str, tuple[Any, ...]] = {
    "units": ((16, 8), (32, 16), (64, 32)),
    "batch": (32, 64),
    "dropout_1": (0.2, 0.3, 0.4, 0.5),
    "dropout_2": (0.2, 0.3, 0.4, 0.5),
    "learning_rate": (1e-3, 3e-3, 1e-2),
    "epochs": (4, 6, 8, 10),
}


@dataclass(frozen=True)
class LstmForecasts:
    """Forecasts of the best network of each ticker, and all trials behind them.

    Attributes
    ----------
    mean : DataFrame, shape (test dates, N)
        Forecast log returns, dated by the day that they forecast.
    actual : DataFrame
        Realised log returns of the same dates.
    everywhere : DataFrame
        Forecasts of all dates, in-sample ones included.
    best : dict of str to Fit
    trials : DataFrame
        One row a trial: ticker, hyper-parameters, errors.
    features : tuple of str
    protocol : str
    """

    mean: pd.DataFrame
    actual: pd.DataFrame
    everywhere: pd.DataFrame
    best: dict[str, Fit]
    trials: pd.DataFrame
    features: tuple[str, ...]
    protocol: str
    settings: dict[str, Setting] = field(default_factory=dict)


def draw_settings(trials: int, seed: int, grid: dict[str, tuple[Any, ...]] | None = None) -> list[Setting]:
    """Draw distinct hyper-parameters uniformly from the grid (random search).

    Raises
    ------
    ParameterError
        If more trials are asked for than the grid has points.
    """
    points = list(product(*(grid or GRID).values()))
    names = list(grid or GRID)
    if not 1 <= trials <= len(points):
        raise ParameterError(f"trials must lie between 1 and {len(points)}, got {trials}")
    chosen = np.random.default_rng(seed).choice(len(points), size=trials, replace=False)
    return [Setting(**dict(zip(names, points[i], strict=True))) for i in chosen]


def lstm_search(
    history: PriceHistory,
    tickers: Iterable[str] | None = None,
    window: int = 50,
    trials: int = 10,
    max_epochs: int = MAX_EPOCHS,
    protocol: str = "corrected",
    names: tuple[str, ...] | None = None,
    bidirectional: bool = False,
    seed: int = 0,
    training_seed: int | None = None,
    inputs: str = "levels",
    engine: str = EACH,
) -> LstmForecasts:
    """Search the best LSTM of each ticker by its validation error, and forecast the test dates.

    Paper 000, section LSTM, Training: 10 random trials a ticker, at most 10
    epochs, 200 networks for 20 stocks.

    Parameters
    ----------
    history : PriceHistory
    tickers : iterable of str, optional
        Default all.
    window : int
        Days in a sequence; it ends the day before the target.
    trials, max_epochs : int
        Scale of the search.
    protocol : {"corrected", "as_published", "shuffled"}
        See `lstm_data.make_task`.
    names : tuple of str, optional
        Features; default all that the source carries.
    bidirectional : bool
        Read the window in both directions.
    seed : int
        Fixes the trials and, unless `training_seed` is given, the training.
    training_seed : int, optional
        Other initial weights, order and dropout for the same trials.
    inputs : {"levels", "stationary"}
        See `lstm_data.features`.
    engine : str
        ``each`` trains on processors; `network_engine.chosen_engine` takes a card where there is one.

    Returns
    -------
    LstmForecasts

    Raises
    ------
    StudyError
        Naming the ticker, date or parameter that makes the search impossible.
    """
    if max_epochs < 1:
        raise ParameterError(f"max_epochs must be at least 1, got {max_epochs}")
    chosen = list(tickers) if tickers is not None else history.tickers
    grid = GRID | {"epochs": tuple(e for e in GRID["epochs"] if e <= max_epochs) or (max_epochs,)}
    orders = []
    for position, ticker in enumerate(chosen):
        table = features(history, ticker, names, inputs)
        for setting in draw_settings(trials, seed * 1000 + position, grid):
            wanted = replace(setting, bidirectional=bidirectional)
            drawn = seed if training_seed is None else training_seed
            orders.append(Order(table, history.close[ticker], wanted, drawn, window, protocol))
    fits = fit_all(orders, engine)
    best = {t: min((f for f in fits if f.ticker == t), key=lambda f: f.validation_rmse) for t in chosen}
    return collect(best, fits, names or feature_names(history), protocol)


def refit(
    history: PriceHistory,
    settings: dict[str, Setting],
    window: int = 50,
    protocol: str = "corrected",
    test_start: int | None = None,
    names: tuple[str, ...] | None = None,
    placebo: bool = False,
    seed: int = 0,
    inputs: str = "levels",
    engine: str = EACH,
) -> LstmForecasts:
    """Train one network a ticker with given hyper-parameters.

    Used for the published protocol, for other seeds, for the placebo, and for
    refits at later dates (`test_start` = first feature row of the test part).
    """
    orders = refit_orders(history, settings, window, protocol, test_start, names, placebo, seed, inputs)
    fits = fit_all(orders, engine)
    return collect({f.ticker: f for f in fits}, fits, names or feature_names(history), protocol)


def refit_orders(
    history: PriceHistory,
    settings: Mapping[str, Setting],
    window: int = 50,
    protocol: str = "corrected",
    test_start: int | None = None,
    names: tuple[str, ...] | None = None,
    placebo: bool = False,
    seed: int = 0,
    inputs: str = "levels",
) -> list[Order]:
    """Return what `refit` trains, one order a ticker, so that several refits can share the workers."""
    return [
        Order(
            features(history, ticker, names, inputs),
            history.close[ticker],
            setting,
            seed,
            window,
            protocol,
            test_start,
            placebo,
        )
        for ticker, setting in settings.items()
    ]


def collect(best: dict[str, Fit], fits: list[Fit], names: tuple[str, ...], protocol: str) -> LstmForecasts:
    """Arrange the fits of a search as forecasts and a table of trials."""
    rows = [
        {
            "ticker": f.ticker,
            **asdict(f.setting),
            "seed": f.seed,
            "train_rmse": f.train_rmse,
            "validation_rmse": f.validation_rmse,
            "test_rmse": f.test_rmse,
        }
        for f in fits
    ]
    return LstmForecasts(
        mean=pd.DataFrame({t: f.forecast for t, f in best.items()}),
        actual=pd.DataFrame({t: f.actual for t, f in best.items()}),
        everywhere=pd.DataFrame({t: f.everywhere for t, f in best.items()}),
        best=best,
        trials=pd.DataFrame(rows),
        features=names,
        protocol=protocol,
        settings={t: f.setting for t, f in best.items()},
    )
