"""The paper's network and a training loop that compiles it once for all its trials.

Keras builds the layers; one compiled JAX step serves every trial of a shape
(units, batch size), because dropout rates and learning rate are weights of
the program, not constants in it. Import this module inside functions: it
loads Keras and JAX, which only the extra ``networks`` installs.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from portfolio_study.errors import EstimationError, needing
from portfolio_study.network_engine import card_possible

os.environ.setdefault("KERAS_BACKEND", "jax")
if "jax" not in sys.modules:
    # One thread an operation: results do not depend on the number of cores, and
    # two processes train two models in the time that two threads train one.
    # The lower level of optimisation compiles in half the time, and the program is as fast.
    flags = "--xla_cpu_multi_thread_eigen=false"
    if not card_possible():  # the level is one for all devices, and programs for a card need a higher one
        flags += " --xla_backend_optimization_level=1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"

with needing("networks"):
    import jax
    import keras

PREDICT_BATCH = 128


def processor() -> Any:
    """Context in which JAX computes on the processor, also where it has found a card.

    One network is trained there faster than on a card, and its numbers are those of the book.
    """
    return jax.default_device(jax.local_devices(backend="cpu")[0])


class AdjustableDropout(keras.layers.Layer):
    """Dropout whose rate is a weight, so that one compiled program serves all rates."""

    def __init__(self, rate: float, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(seed)
        self.rate = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(rate), trainable=False, name="rate"
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Zero each input with probability ``rate`` and scale the others by ``1 / (1 - rate)``."""
        if not training:
            return inputs
        keep = 1.0 - self.rate
        kept = keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds) < keep
        return keras.ops.where(kept, inputs / keep, 0.0)


def build_network(
    window: int, inputs: int, units: tuple[int, int], bidirectional: bool = False
) -> keras.Model:
    """Two LSTM layers, each followed by dropout, and a dense output.

    Paper 000, section LSTM, Architecture. ``bidirectional`` reads the input
    window in both directions (the paper's future work), never beyond it.

    Parameters
    ----------
    window, inputs : int
        Shape of a sequence.
    units : tuple of int
        Units of the two LSTM layers.
    bidirectional : bool
    """
    wrap: Callable[[Any], Any] = keras.layers.Bidirectional if bidirectional else lambda layer: layer
    # Every training sets its own initial weights: drawing them here would only cost time.
    # Of cuDNN's program for a card there is no version for many networks; on a processor it is not used anyway.
    plain = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros", "use_cudnn": False}
    return keras.Sequential(
        [
            keras.layers.Input((window, inputs)),
            wrap(keras.layers.LSTM(units[0], return_sequences=True, **plain)),
            AdjustableDropout(0.0, seed=1),
            wrap(keras.layers.LSTM(units[1], **plain)),
            AdjustableDropout(0.0, seed=2),
            keras.layers.Dense(1, kernel_initializer="zeros"),
        ]
    )


@dataclass(frozen=True)
class Program:
    """A network with its compiled step and prediction."""

    network: keras.Model
    optimiser: Any
    step: Callable[..., Any]
    predict: Callable[..., Any]
    state: tuple[Any, Any]


@lru_cache(maxsize=16)
def program(window: int, inputs: int, units: tuple[int, int], bidirectional: bool = False) -> Program:
    """Build and compile the network of one shape, once for each process."""
    network = build_network(window, inputs, units, bidirectional)
    optimiser = keras.optimizers.Adam()
    optimiser.build(network.trainable_variables)

    def loss(trainable: Any, fixed: Any, x: Any, y: Any) -> Any:
        predicted, fixed = network.stateless_call(trainable, fixed, x, training=True)
        return keras.ops.mean((predicted[:, 0] - y) ** 2), fixed

    gradient = jax.value_and_grad(loss, has_aux=True)

    def step(trainable: Any, fixed: Any, moments: Any, x: Any, y: Any) -> Any:
        (value, fixed), slopes = gradient(trainable, fixed, x, y)
        trainable, moments = optimiser.stateless_apply(moments, slopes, trainable)
        return value, trainable, fixed, moments

    def predict(trainable: Any, fixed: Any, x: Any) -> Any:
        return network.stateless_call(trainable, fixed, x, training=False)[0][:, 0]

    fixed = [np.asarray(v) for v in network.non_trainable_variables]
    moments = [np.asarray(v) for v in optimiser.variables]
    return Program(network, optimiser, jax.jit(step), jax.jit(predict), (fixed, moments))


def initial_weights(network: keras.Model, seed: int) -> list[np.ndarray]:
    """Keras's default initial weights, drawn from one seed.

    Glorot-uniform kernels, orthogonal recurrent kernels, zero biases with ones
    for the forget gates.
    """
    draws = []
    for position, variable in enumerate(network.trainable_variables):
        shape, name = tuple(variable.shape), variable.path.rsplit("/", 1)[-1]
        if name == "recurrent_kernel":
            values = keras.initializers.Orthogonal(seed=seed * 101 + position)(shape)
        elif name == "kernel":
            values = keras.initializers.GlorotUniform(seed=seed * 101 + position)(shape)
        else:
            values = np.zeros(shape, dtype=np.float32)
            if len(shape) == 1 and shape[0] > 1:
                values[shape[0] // 4 : shape[0] // 2] = 1.0
        draws.append(np.asarray(values))
    return draws


@dataclass(frozen=True)
class Trained:
    """A trained network: its weights and what it cost in each epoch (scaled MSE)."""

    shape: tuple[Any, ...]
    weights: list[np.ndarray]
    fixed: list[np.ndarray]
    train_loss: list[float]
    validation_loss: list[float]

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Scaled predictions for sequences of shape (n, window, F)."""
        with processor():
            return _predict(program(*self.shape), self.weights, self.fixed, inputs)


def _predict(compiled: Program, weights: Any, fixed: Any, inputs: np.ndarray) -> np.ndarray:
    """Predict in chunks of one size, so that one compiled program serves every length."""
    parts = []
    for start in range(0, len(inputs), PREDICT_BATCH):
        chunk = inputs[start : start + PREDICT_BATCH]
        lacking = PREDICT_BATCH - len(chunk)
        padded = (
            np.concatenate([chunk, np.zeros((lacking, *chunk.shape[1:]), np.float32)]) if lacking else chunk
        )
        parts.append(np.asarray(compiled.predict(weights, fixed, padded))[: len(chunk)])
    return np.concatenate(parts)


def train(
    inputs: np.ndarray,
    targets: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    *,
    units: tuple[int, int],
    dropout: tuple[float, float],
    batch: int,
    learning_rate: float,
    epochs: int,
    seed: int,
    bidirectional: bool = False,
    shuffle: bool = True,
) -> Trained:
    """Train one network by Adam on the mean squared error of scaled targets.

    The last incomplete batch of an epoch is left out (a second shape would
    compile a second program); the order is drawn anew in every epoch.

    Parameters
    ----------
    inputs : ndarray, shape (n, window, F)
    targets : ndarray, shape (n,)
    validation : tuple of ndarray
        Inputs and targets of the validation part, measured after each epoch.
    units, dropout, batch, learning_rate, epochs, seed, bidirectional
        Hyper-parameters; the seed fixes weights, order and dropout.
    shuffle : bool
        False keeps the given order.

    Raises
    ------
    EstimationError
        If the loss is no longer finite.
    """
    batch = min(batch, len(inputs))
    shape = (inputs.shape[1], inputs.shape[2], units, bidirectional)
    random = np.random.default_rng(seed)
    losses, checks = [], []
    with processor():
        compiled = program(*shape)
        weights, fixed, moments = start(compiled, dropout, learning_rate, seed)
        for _ in range(epochs):
            order = random.permutation(len(inputs)) if shuffle else np.arange(len(inputs))
            steps = []
            for first in range(0, len(order) - batch + 1, batch):
                chosen = order[first : first + batch]
                value, weights, fixed, moments = compiled.step(
                    weights, fixed, moments, inputs[chosen], targets[chosen]
                )
                steps.append(value)
            losses.append(mean_loss([float(v) for v in steps], learning_rate))
            checks.append(
                float(np.mean((_predict(compiled, weights, fixed, validation[0]) - validation[1]) ** 2))
            )
    plain = [np.asarray(w) for w in weights], [np.asarray(f) for f in fixed]
    return Trained(shape, *plain, losses, checks)


def start(
    compiled: Program, dropout: tuple[float, float], learning_rate: float, seed: int
) -> tuple[Any, Any, Any]:
    """Where training begins: initial weights, dropout rates and seeds, and the state of the optimiser."""
    weights = initial_weights(compiled.network, seed)
    fixed = [value.copy() for value in compiled.state[0]]
    moments = [value.copy() for value in compiled.state[1]]
    rates = iter(dropout)
    for position, variable in enumerate(compiled.network.non_trainable_variables):
        if variable.path.endswith("rate"):
            fixed[position] = np.float32(next(rates))
        else:
            fixed[position] = np.array([seed, position], dtype=fixed[position].dtype)
    for position, variable in enumerate(compiled.optimiser.variables):
        if variable.path.endswith("learning_rate"):
            moments[position] = np.float32(learning_rate)
    return weights, fixed, moments


def mean_loss(steps: list[float], learning_rate: float) -> float:
    """Mean loss of the steps of an epoch.

    Raises
    ------
    EstimationError
        If it is not finite.
    """
    found = float(np.mean(steps))
    if not np.isfinite(found):
        raise EstimationError(
            f"training diverged with learning rate {learning_rate}: choose a smaller learning rate"
        )
    return found
