"""All networks of one shape trained side by side: the engine for a card.

One compiled program trains M networks: `jax.vmap` over the networks, `jax.lax.scan` over the steps of an
epoch. What the networks read lies on the device from the first step to the last forecast. Each network is
trained as `lstm_network.train` does it: the same initial weights (drawn on the processor), order of the
batches, draws of the dropout, learning rate and number of epochs. Neither engine stops early or goes back
to the weights of an earlier epoch.

Only rounding differs, because the sums of M products are not computed in the order of those of one, and
training makes it grow. The forecasts of both engines agree within `TOLERANCE` standard deviations of what is
forecast (tested on a processor). Within one program, a network depends on no other, bit for bit.

Import this module inside functions: it loads Keras and JAX, which only the extra ``networks`` installs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from portfolio_study.errors import EstimationError, StudyError, needing
from portfolio_study.forecasting.lstm_data import Task
from portfolio_study.forecasting.lstm_fit import Fit, Order, Setting, learnt_targets, measured
from portfolio_study.forecasting.lstm_network import PREDICT_BATCH, mean_loss, processor, program, start
from portfolio_study.network_engine import PROCESSOR, engine_device
from portfolio_study.settings import cache_dir
from portfolio_study.store import locked

with needing("networks"):
    import jax
    import jax.numpy as jnp

TOLERANCE = 1e-4
"""Largest difference from the forecasts of `lstm_network.train`, in standard deviations of the targets."""
TOGETHER = 16
"""A program is compiled for a multiple of so many networks, so that one serves many numbers of them."""
SHARE = 0.25
"""Of the device's memory that the networks of one program may fill: another chapter may be on the card."""
PROCESSOR_BYTES = 2**30  # what they may fill where the device does not say what it has
KEPT = 24
"""Numbers that a step of training keeps for each unit, day and sequence until it has the gradient."""


@dataclass(frozen=True)
class Network:
    """One network to train, and what it reads.

    Attributes
    ----------
    rows : ndarray, shape (n + window - 1, F), float32
        Scaled features; sequence i holds rows i .. i + window - 1.
    targets : ndarray, shape (n,), float32
        Scaled targets as they are to be learnt.
    train, validation : ndarray of int
        Positions of the sequences of each part.
    dropout : tuple of float
    learning_rate : float
    epochs, seed : int
    """

    rows: np.ndarray
    targets: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    dropout: tuple[float, float]
    learning_rate: float
    epochs: int
    seed: int


class Shape(NamedTuple):
    """What networks have in common that one program trains."""

    window: int
    inputs: int
    units: tuple[int, int]
    batch: int
    bidirectional: bool = False

    @property
    def bytes_each(self) -> int:
        """Memory for a step of training of one network, estimated from above."""
        cells = self.batch * self.window * sum(self.units) * (1 + self.bidirectional)
        return 4 * KEPT * cells


@dataclass(frozen=True)
class Learnt:
    """What a trained network forecasts for all its sequences, and what it cost in each epoch (scaled MSE)."""

    predicted: np.ndarray
    train_loss: list[float]
    validation_loss: list[float]


def fit_batched(orders: Sequence[Order], engine: str) -> list[Fit]:
    """Train networks side by side, all networks of one shape together, in this process.

    Parameters
    ----------
    orders : sequence of Order
    engine : str
        A batched engine, as `network_engine.chosen_engine` names it.

    Raises
    ------
    StudyError
        If the engine's device is not the one that JAX computes on here, its memory does not suffice, or a
        training diverges.
    """
    require_device(engine)
    tasks = [order.task for order in orders]
    groups: dict[Shape, list[int]] = {}
    for i, (order, task) in enumerate(zip(orders, tasks, strict=True)):
        groups.setdefault(shape_of(task, order.setting), []).append(i)
    fits = {}
    with _alone_on(engine):
        for shape, group in groups.items():
            networks = [_network(tasks[i], orders[i]) for i in group]
            for i, learnt in zip(group, train_batched(shape, networks), strict=True):
                fits[i] = measured(
                    tasks[i],
                    orders[i].setting,
                    orders[i].seed,
                    learnt.predicted,
                    learnt.train_loss,
                    learnt.validation_loss,
                )
    return [fits[i] for i in range(len(orders))]


def shape_of(task: Task, setting: Setting) -> Shape:
    """Shape of the program that trains a task."""
    batch = min(setting.batch, len(task.train))
    return Shape(task.inputs.shape[1], task.inputs.shape[2], setting.units, batch, setting.bidirectional)


def _network(task: Task, order: Order) -> Network:
    targets = task.targets.copy()
    targets[task.train] = learnt_targets(task, order.seed, order.placebo)
    setting = order.setting
    return Network(
        np.concatenate([task.inputs[0], task.inputs[1:, -1]]),  # sequences overlap in all rows but one
        targets,
        task.train,
        task.validation,
        (setting.dropout_1, setting.dropout_2),
        setting.learning_rate,
        setting.epochs,
        order.seed,
    )


def require_device(engine: str) -> None:
    """Refuse to compute on another device than the one whose name the result will carry.

    Raises
    ------
    EstimationError
        Naming both.
    """
    wanted, here = engine_device(engine), jax.devices()[0].device_kind
    if wanted != here:
        raise EstimationError(
            f"networks are to be trained on {wanted}, and JAX computes on {here} in this process: take the engine "
            "from network_engine.chosen_engine(), or train on processors with NETWORKS=each"
        )


def train_batched(shape: Shape, networks: Sequence[Network]) -> list[Learnt]:
    """Train networks of one shape, as many at a time as the device's memory holds.

    Parameters
    ----------
    shape : Shape
    networks : sequence of Network

    Returns
    -------
    list of Learnt
        In the order of the networks; which others were trained beside one changes it by rounding at most.

    Raises
    ------
    EstimationError
        If a loss is no longer finite, or the memory does not suffice.
    """
    most = at_once(shape, device_bytes())
    pieces = -(-len(networks) // most)
    size = -(-len(networks) // pieces)
    try:
        return [
            learnt
            for first in range(0, len(networks), size)
            for learnt in _train(shape, networks[first : first + size])
        ]
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise EstimationError(
            "the card's memory does not suffice for the networks: end other programs that use it, or train on "
            "processors with NETWORKS=each"
        ) from error


def device_bytes() -> int:
    """Memory of the device that networks may fill."""
    said = jax.devices()[0].memory_stats()
    return int(SHARE * said["bytes_limit"]) if said else PROCESSOR_BYTES


def at_once(shape: Shape, memory: int) -> int:
    """How many networks of a shape one program trains: those whose steps fit into the memory, in bytes."""
    return max(1, memory // (shape.bytes_each * TOGETHER)) * TOGETHER


def _train(shape: Shape, networks: Sequence[Network]) -> list[Learnt]:
    """Train networks side by side in one program.

    Networks with fewer sequences or epochs than others stand still in steps that are not theirs. So do
    those that fill up the number for which the program is compiled.
    """
    filled = -(-len(networks) // TOGETHER) * TOGETHER
    copies = [*networks, *[networks[0]] * (filled - len(networks))]
    last = [n.epochs for n in networks] + [0] * (filled - len(networks))
    steps = [len(n.train) // shape.batch for n in copies]
    count = _whole(max(len(n.targets) for n in copies))
    checked = _whole(max(len(n.validation) for n in copies))
    every = np.arange(count, dtype=np.int32)
    with processor():
        compiled = program(shape.window, shape.inputs, shape.units, shape.bidirectional)
        begun = [start(compiled, n.dropout, n.learning_rate, n.seed) for n in copies]
    state = jax.device_put(jax.tree.map(lambda *parts: np.stack(parts), *begun))
    rows = jax.device_put(_stacked([n.rows for n in copies], count + shape.window - 1))
    targets = jax.device_put(_stacked([n.targets for n in copies], count))
    positions = jax.device_put(_stacked([n.validation.astype(np.int32) for n in copies], checked))
    epoch, predict = _programs(shape.window, shape.inputs, shape.units, shape.bidirectional)
    random = [np.random.default_rng(n.seed) for n in copies]
    losses: list[list[float]] = [[] for _ in networks]
    checks: list[list[float]] = [[] for _ in networks]
    for done in range(max(last)):
        orders = [_order(r, n.train, shape.batch) for r, n in zip(random, copies, strict=True)]
        moving = [[done < end] * s for end, s in zip(last, steps, strict=True)]
        state, values, found = epoch(
            state,
            rows,
            targets,
            _stacked(orders, max(steps)),
            _stacked([np.array(m, dtype=bool) for m in moving], max(steps)),
            positions,
        )
        values, found = np.asarray(values), np.asarray(found)
        for k, n in enumerate(networks):
            if done < n.epochs:
                losses[k].append(mean_loss([float(v) for v in values[k, : steps[k]]], n.learning_rate))
                error = found[k, : len(n.validation)] - n.targets[n.validation]
                checks[k].append(float(np.mean(error**2)))
    predicted = np.asarray(predict(state, rows, every))
    return [Learnt(predicted[k, : len(n.targets)], losses[k], checks[k]) for k, n in enumerate(networks)]


def _whole(count: int) -> int:
    """The next multiple of the sequences that are predicted together."""
    return -(-count // PREDICT_BATCH) * PREDICT_BATCH


def _stacked(parts: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Arrays one over the other, each filled up to a length with zeros."""
    found = np.zeros((len(parts), length, *parts[0].shape[1:]), dtype=parts[0].dtype)
    for k, part in enumerate(parts):
        found[k, : len(part)] = part
    return found


def _order(random: np.random.Generator, train: np.ndarray, batch: int) -> np.ndarray:
    """Positions of the sequences of an epoch, one row a step: the order of `lstm_network.train`."""
    whole = len(train) // batch * batch
    return train[random.permutation(len(train))[:whole]].astype(np.int32).reshape(-1, batch)


@lru_cache(maxsize=16)
def _programs(window: int, inputs: int, units: tuple[int, int], bidirectional: bool) -> tuple[Any, Any]:
    """Epoch and prediction for many networks, compiled when they are first called."""
    one = program(window, inputs, units, bidirectional)
    days = np.arange(window, dtype=np.int32)

    def predict(state: Any, rows: Any, positions: Any) -> Any:
        def some(chosen: Any) -> Any:
            return one.predict(state[0], state[1], rows[chosen[:, None] + days])

        return jax.lax.map(some, positions.reshape(-1, PREDICT_BATCH)).reshape(-1)

    def epoch(state: Any, rows: Any, targets: Any, order: Any, moving: Any, validation: Any) -> Any:
        def step(before: Any, given: Any) -> Any:
            chosen, moves = given
            value, *after = one.step(*before, rows[chosen[:, None] + days], targets[chosen])
            kept = jax.tree.map(lambda new, old: jnp.where(moves, new, old), tuple(after), before)
            return kept, value

        state, losses = jax.lax.scan(step, state, (order, moving))
        return state, losses, predict(state, rows, validation)

    # Cards round the factors of a product to 10 bits unless they are asked not to.
    exact = jax.default_matmul_precision("float32")
    return (
        exact(jax.jit(jax.vmap(epoch))),
        exact(jax.jit(jax.vmap(predict, in_axes=(0, 0, None)))),
    )


@contextmanager
def _alone_on(engine: str) -> Iterator[None]:
    """Wait until no other chapter of this build trains on the card."""
    folder = None
    if engine_device(engine) != PROCESSOR:
        with suppress(StudyError):  # installed without a checkout: there is no build
            folder = cache_dir()
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "card.lock"):
        yield
