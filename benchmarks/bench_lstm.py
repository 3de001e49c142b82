"""LSTM search against a plain loop that builds, compiles and fits one Keras model after the other."""

import os
import resource
import time

import numpy as np

from portfolio_study.data import latest, load_prices
from portfolio_study.forecasting.lstm import draw_settings
from portfolio_study.forecasting.lstm_data import features, make_task
from portfolio_study.forecasting.lstm_fit import Order, fit_all


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


def run(models: int = 200, plain_models: int = 10, rows: int = 3583) -> dict:
    """Measure both in one run.

    Parameters
    ----------
    models : int
        Networks of the search: 10 trials for each of 20 tickers.
    plain_models : int
        Networks of the plain loop, drawn from the same list; its time is per model.
    rows : int
        Days of each ticker.
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
    return {
        "models": len(orders),
        "seconds_search": ours,
        "seconds_per_model_search": ours / len(orders),
        "seconds_per_model_plain_loop": plain / len(chosen),
        "throughput_ratio": (plain / len(chosen)) / (ours / len(orders)),
        "epochs_per_model_search": float(np.mean([o.setting.epochs for o in orders])),
        "epochs_per_model_plain_loop": float(np.mean([orders[i].setting.epochs for i in chosen])),
        "peak_memory_largest_process_mib": peak / 1024,
    }
