"""Train networks: one on its task, or many side by side, grouped by their compiled shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.forecasting.lstm_data import Task, make_task


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

    @property
    def options(self) -> dict[str, Any]:
        """Hyper-parameters as `lstm_network.train` names them."""
        return {
            "units": self.units,
            "dropout": (self.dropout_1, self.dropout_2),
            "batch": self.batch,
            "learning_rate": self.learning_rate,
            "epochs": self.epochs,
            "bidirectional": self.bidirectional,
        }


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
    checks = task.inputs[task.validation], task.targets[task.validation]
    trained = train(task.inputs[task.train], targets, checks, seed=seed, **setting.options)
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


def _fit_in_turn(orders: Sequence[Order]) -> list[Fit]:
    return [_fit(order) for order in orders]


def shape_batches(orders: Sequence[Order], workers: int) -> list[list[int]]:
    """Cut orders into batches of one compiled shape each, the most work first.

    A worker that takes a whole batch compiles its shape once. Batches are cut
    finer only where there would be fewer than three for each worker.

    Parameters
    ----------
    orders : sequence of Order
    workers : int

    Returns
    -------
    list of list of int
        Positions of the orders of each batch.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, order in enumerate(orders):
        s = order.setting
        groups.setdefault((s.units, s.batch, s.bidirectional, order.table.shape[1]), []).append(i)
    pieces = -(-3 * workers // max(1, len(groups)))
    cut = [[group[k::pieces] for k in range(min(pieces, len(group)))] for group in groups.values()]

    def work(batch: list[int]) -> int:
        chosen = [orders[i].setting for i in batch]
        return sum(s.epochs * sum(s.units) * (1 + s.bidirectional) for s in chosen)

    return sorted((batch for parts in cut for batch in parts), key=work, reverse=True)


def fit_all(orders: Sequence[Order]) -> list[Fit]:
    """Train networks, one process a core; the result does not depend on the number of workers."""
    from joblib import delayed

    from portfolio_study.settings import parallel, workers

    batches = shape_batches(orders, workers())
    parts = parallel()(delayed(_fit_in_turn)([orders[i] for i in batch]) for batch in batches)
    fits = {
        i: fit for batch, part in zip(batches, parts, strict=True) for i, fit in zip(batch, part, strict=True)
    }
    return [fits[i] for i in range(len(orders))]
