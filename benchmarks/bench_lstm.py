"""LSTM search against a plain loop of Keras models, and networks side by side against one after the other."""

import os
import resource
import time
from dataclasses import replace

import numpy as np

from portfolio_study.data import latest, load_prices
from portfolio_study.forecasting.lstm import draw_settings
from portfolio_study.forecasting.lstm_data import features, make_task
from portfolio_study.forecasting.lstm_fit import Order, Setting, fit_all
from portfolio_study.network_engine import BATCHED, EACH, PROCESSOR, chosen_engine

PROCESSORS = f"{BATCHED} on {PROCESSOR}"
SMALL = Setting((16, 8), 32, 0.2, 0.2, 1e-3, 2)
LARGE = replace(SMALL, units=(64, 32))


def _keras_loop(orders) -> float:
    """Seconds for the same models, epochs and data in plain Keras."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    start = time.perf_counter()
    for order in orders:
        task = make_task(order.table, order.close, order.window)
        s = order.setting
        model = keras.Sequential(
            [
                keras.layers.Input(task.inputs.shape[1:]),
                keras.layers.LSTM(s.units[0], return_sequences=True),
                keras.layers.Dropout(s.dropout_1),
                keras.layers.LSTM(s.units[1]),
                keras.layers.Dropout(s.dropout_2),
                keras.layers.Dense(1),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(s.learning_rate), loss="mse")
        model.fit(
            task.inputs[task.train],
            task.targets[task.train],
            validation_data=(task.inputs[task.validation], task.targets[task.validation]),
            batch_size=s.batch,
            epochs=s.epochs,
            verbose=0,
        )
        for part in (task.train, task.validation, task.test):
            model.predict(task.inputs[part], verbose=0)
    return time.perf_counter() - start


def _seconds(orders, engine) -> float:
    start = time.perf_counter()
    fit_all(orders, engine)
    return time.perf_counter() - start


def _side_by_side(orders, engine, models) -> dict:
    """Networks of one shape by both engines, each warmed up; on a card also the paper's search."""
    chosen = [replace(orders[i % len(orders)], setting=SMALL, seed=i) for i in range(models)]
    each, batched = (min(_seconds(chosen, how) for _ in range(2)) for how in (EACH, engine))
    found = {
        "batched_engine": engine,
        "batched_models": models,
        "batched_throughput_ratio": each / batched,
    }
    if engine != PROCESSORS:
        large = [replace(orders[i % len(orders)], setting=LARGE, seed=i) for i in range(200)]
        short, long = (
            min(
                _seconds([replace(o, setting=replace(LARGE, epochs=n)) for o in large], engine)
                for _ in range(2)
            )
            for n in (1, 5)
        )
        found |= {
            "seconds_search_on_card": _seconds(orders, engine),
            "seconds_an_epoch_of_200_networks_on_card": (long - short) / 4,
        }
    return found


def run(models: int = 200, plain_models: int = 10, rows: int = 3583, batched_models: int = 16) -> dict:
    """Measure both in one run.

    Parameters
    ----------
    models : int
        Networks of the search: 10 trials for each of 20 tickers.
    plain_models : int
        Networks of the plain loop, drawn from the same list; its time is per model.
    rows : int
        Days of each ticker.
    batched_models : int
        Networks of (16, 8) that are trained side by side.
    """
    history = latest(load_prices(universe="us20"), rows)
    tickers = history.tickers
    trials = max(1, models // len(tickers))
    orders = [
        Order(features(history, t), history.close[t], setting, 0)
        for position, t in enumerate(tickers)
        for setting in draw_settings(trials, position)
    ][:models]
    start = time.perf_counter()
    fit_all(orders)
    ours = time.perf_counter() - start
    chosen = np.random.default_rng(0).choice(len(orders), size=min(plain_models, len(orders)), replace=False)
    plain = _keras_loop([orders[i] for i in chosen])
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    engine = chosen_engine()
    side_by_side = _side_by_side(orders, PROCESSORS if engine == EACH else engine, batched_models)
    return {
        "models": len(orders),
        "seconds_search": ours,
        "seconds_per_model_search": ours / len(orders),
        "seconds_per_model_plain_loop": plain / len(chosen),
        "throughput_ratio": (plain / len(chosen)) / (ours / len(orders)),
        "epochs_per_model_search": float(np.mean([o.setting.epochs for o in orders])),
        "epochs_per_model_plain_loop": float(np.mean([orders[i].setting.epochs for i in chosen])),
        "peak_memory_largest_process_mib": peak / 1024,
        **side_by_side,
    }
