"""Train one network on its task, and measure it."""

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

    targets = learnt_targets(task, seed, placebo)
    checks = task.inputs[task.validation], task.targets[task.validation]
    trained = train(task.inputs[task.train], targets, checks, seed=seed, **setting.options)
    return measured(
        task, setting, seed, trained.predict(task.inputs), trained.train_loss, trained.validation_loss
    )


def learnt_targets(task: Task, seed: int, placebo: bool = False) -> np.ndarray:
    """Scaled targets of the training part, in its order; those of the placebo are permuted."""
    targets = task.targets[task.train]
    return np.random.default_rng(seed).permutation(targets) if placebo else targets


def measured(
    task: Task,
    setting: Setting,
    seed: int,
    predicted: np.ndarray,
    train_loss: Sequence[float],
    validation_loss: Sequence[float],
) -> Fit:
    """Forecasts and errors of a trained network, in log returns.

    Parameters
    ----------
    task : Task
    setting : Setting
    seed : int
    predicted : ndarray, shape (n,)
        Scaled predictions for all sequences of the task.
    train_loss, validation_loss : sequence of float
        Of each epoch.
    """
    everywhere = pd.Series(task.log_returns(predicted), task.dates, name=task.ticker)
    actual = pd.Series(task.log_returns(task.targets), task.dates, name=task.ticker)
    parts = {name: np.sort(getattr(task, name)) for name in ("train", "validation", "test")}
    errors = {
        name: rmse(actual.to_numpy()[part], everywhere.to_numpy()[part]) for name, part in parts.items()
    }
    epochs = pd.RangeIndex(1, setting.epochs + 1, name="epoch")
    curves = pd.DataFrame({"train": train_loss, "validation": validation_loss}, epochs)
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

    @property
    def task(self) -> Task:
        """What the network reads and learns."""
        return make_task(self.table, self.close, self.window, self.protocol, self.seed, self.test_start)
