"""Random search of LSTM forecasts, one network a ticker, as paper 000 describes it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.history import PriceHistory
from portfolio_study.errors import ParameterError
from portfolio_study.forecasting.lstm_data import Task, feature_names, features, make_task

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
class Setting:
    """Hyper-parameters of one network."""

    units: tuple[int, int]
    batch: int
    dropout_1: float
    dropout_2: float
    learning_rate: float
    epochs: int
    bidirectional: bool = False


@dataclass(frozen=True)
class Fit:
    """One trained network: errors in log returns, learning curves, test forecasts.

    Attributes
    ----------
    ticker : str
    setting : Setting
    seed : int
    train_rmse, validation_rmse, test_rmse : float
        Root mean squared errors of log returns, without dropout.
    curves : DataFrame
        Columns ``train`` and ``validation``: MSE of scaled targets by epoch
        (training with dropout on, as Keras reports it).
    forecast, actual : Series
        Log returns of the test dates, in time order.
    everywhere : Series
        Forecasts of all dates, those used in training included: in-sample.
    """

    ticker: str
    setting: Setting
    seed: int
    train_rmse: float
    validation_rmse: float
    test_rmse: float
    curves: pd.DataFrame
    forecast: pd.Series
    actual: pd.Series
    everywhere: pd.Series


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


def rmse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Root mean squared error in log returns."""
    return float(np.sqrt(np.mean((actual - forecast) ** 2)))


def fit_lstm(task: Task, setting: Setting, seed: int, placebo: bool = False) -> Fit:
    """Train one network and measure it on training, validation and test.

    Parameters
    ----------
    task : Task
    setting : Setting
    seed : int
        Fixes initial weights, order of the batches and dropout.
    placebo : bool
        Train on permuted targets: what is left is what the inputs do not know.
    """
    from portfolio_study.forecasting.lstm_network import train

    targets = task.targets[task.train]
    if placebo:
        targets = np.random.default_rng(seed).permutation(targets)
    trained = train(
        task.inputs[task.train],
        targets,
        (task.inputs[task.validation], task.targets[task.validation]),
        units=setting.units,
        dropout=(setting.dropout_1, setting.dropout_2),
        batch=setting.batch,
        learning_rate=setting.learning_rate,
        epochs=setting.epochs,
        seed=seed,
        bidirectional=setting.bidirectional,
    )
    everywhere = pd.Series(task.log_returns(trained.predict(task.inputs)), task.dates, name=task.ticker)
    actual = pd.Series(task.log_returns(task.targets), task.dates, name=task.ticker)
    parts = {name: np.sort(getattr(task, name)) for name in ("train", "validation", "test")}
    errors = {
        name: rmse(actual.to_numpy()[part], everywhere.to_numpy()[part]) for name, part in parts.items()
    }
    epochs = pd.RangeIndex(1, setting.epochs + 1, name="epoch")
    curves = pd.DataFrame({"train": trained.train_loss, "validation": trained.validation_loss}, epochs)
    return Fit(
        task.ticker,
        setting,
        seed,
        errors["train"],
        errors["validation"],
        errors["test"],
        curves,
        everywhere.iloc[parts["test"]],
        actual.iloc[parts["test"]],
        everywhere,
    )


@dataclass(frozen=True)
class Order:
    """What a worker needs to train one network."""

    table: pd.DataFrame
    close: pd.Series
    setting: Setting
    seed: int
    window: int = 50
    protocol: str = "corrected"
    test_start: int | None = None
    placebo: bool = False


def _fit(order: Order) -> Fit:
    task = make_task(order.table, order.close, order.window, order.protocol, order.seed, order.test_start)
    return fit_lstm(task, order.setting, order.seed, order.placebo)


def fit_all(orders: Sequence[Order]) -> list[Fit]:
    """Train networks, one process a core; the result does not depend on the number of workers.

    Orders of one compiled shape are given to the workers together, so that a
    worker seldom waits for a compilation.
    """
    from joblib import delayed

    from portfolio_study.settings import parallel

    place = sorted(
        range(len(orders)), key=lambda i: (orders[i].setting.units, orders[i].setting.batch), reverse=True
    )
    fits = parallel()(delayed(_fit)(orders[i]) for i in place)
    back = dict(zip(place, fits, strict=True))
    return [back[i] for i in range(len(orders))]


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
    protocol : {"corrected", "as_published"}
        See `lstm_data.make_task`.
    names : tuple of str, optional
        Features; default all that the source carries.
    bidirectional : bool
        Read the window in both directions.
    seed : int
        Fixes the trials and, unless `training_seed` is given, the training.
    training_seed : int, optional
        Other initial weights, order and dropout for the same trials.

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
        table = features(history, ticker, names)
        for setting in draw_settings(trials, seed * 1000 + position, grid):
            wanted = replace(setting, bidirectional=bidirectional)
            drawn = seed if training_seed is None else training_seed
            orders.append(Order(table, history.close[ticker], wanted, drawn, window, protocol))
    fits = fit_all(orders)
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
) -> LstmForecasts:
    """Train one network a ticker with given hyper-parameters.

    Used for the published protocol, for other seeds, for the placebo, and for
    refits at later dates (`test_start` = first feature row of the test part).
    """
    orders = [
        Order(
            features(history, ticker, names),
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
    fits = fit_all(orders)
    return collect({f.ticker: f for f in fits}, fits, names or feature_names(history), protocol)


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
