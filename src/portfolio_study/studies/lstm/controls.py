"""Fair rivals of the LSTM: ridge on the same inputs, one network for all, refits at later dates."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from portfolio_study.checks import aligned_like
from portfolio_study.data.history import PriceHistory
from portfolio_study.errors import DataError
from portfolio_study.forecasting.lstm import LstmForecasts, collect, refit_orders
from portfolio_study.forecasting.lstm_data import TEST_SHARE, Task, feature_names, features, make_task
from portfolio_study.forecasting.lstm_fit import Setting, rmse
from portfolio_study.forecasting.lstm_many import fit_all
from portfolio_study.network_engine import EACH

RIDGE_PENALTIES = tuple(10.0**k for k in range(0, 7))
DEFAULT = Setting(units=(32, 16), batch=32, dropout_1=0.2, dropout_2=0.2, learning_rate=1e-3, epochs=10)


def ridge_forecast(task: Task) -> pd.Series:
    """Ridge regression on the flattened windows that the LSTM reads; penalty chosen on validation.

    Returns
    -------
    Series
        Forecast log returns of the test dates.
    """
    from sklearn.linear_model import Ridge

    flat = task.inputs.reshape(len(task.inputs), -1).astype(float)
    fits = [Ridge(alpha=a).fit(flat[task.train], task.targets[task.train]) for a in RIDGE_PENALTIES]
    errors = [np.mean((f.predict(flat[task.validation]) - task.targets[task.validation]) ** 2) for f in fits]
    best = fits[int(np.argmin(errors))]
    test = np.sort(task.test)
    return pd.Series(task.log_returns(best.predict(flat[test])), task.dates[test], name=task.ticker)


def ridge_forecasts(history: PriceHistory, window: int = 50, inputs: str = "levels") -> pd.DataFrame:
    """`ridge_forecast` of every ticker, shape (test dates, N)."""
    tasks = (
        make_task(features(history, t, inputs=inputs), history.close[t], window) for t in history.tickers
    )
    return pd.DataFrame({task.ticker: ridge_forecast(task) for task in tasks})


def pooled_forecasts(
    history: PriceHistory,
    setting: Setting = DEFAULT,
    window: int = 50,
    samples: int | None = None,
    seed: int = 0,
    inputs: str = "levels",
) -> pd.DataFrame:
    """One network trained on the sequences of all tickers.

    Each ticker's features are scaled by its own training part. Its targets are divided by their
    standard deviation there, so that a return of zero means the same for every ticker; the
    minimum and maximum of `make_task` would place it elsewhere for each.

    Parameters
    ----------
    history : PriceHistory
    setting : Setting
    window : int
    samples : int, optional
        Train on so many sequences, drawn at random; default all.
    seed : int
    inputs : {"levels", "stationary"}

    Returns
    -------
    DataFrame, shape (test dates, N)
    """
    from portfolio_study.forecasting.lstm_network import train

    tasks = [
        make_task(features(history, t, inputs=inputs), history.close[t], window) for t in history.tickers
    ]
    sds = [float(task.log_returns(task.targets[task.train]).std()) for task in tasks]

    def pooled(part: str) -> tuple[np.ndarray, np.ndarray]:
        """Sequences and standardised returns of one part, ticker after ticker."""
        rows = [getattr(task, part) for task in tasks]
        x = [task.inputs[at] for task, at in zip(tasks, rows, strict=True)]
        y = [task.log_returns(task.targets[at]) / sd for task, at, sd in zip(tasks, rows, sds, strict=True)]
        return np.concatenate(x), np.concatenate(y).astype(np.float32)

    x, y = pooled("train")
    if samples is not None and samples < len(x):
        chosen = np.random.default_rng(seed).choice(len(x), size=samples, replace=False)
        x, y = x[chosen], y[chosen]
    trained = train(x, y, pooled("validation"), seed=seed, **setting.options)
    forecasts = {}
    for task, sd in zip(tasks, sds, strict=True):
        test = np.sort(task.test)
        forecasts[task.ticker] = pd.Series(sd * trained.predict(task.inputs[test]), task.dates[test])
    return pd.DataFrame(forecasts)


def refits_at_later_dates(
    history: PriceHistory,
    settings: Mapping[str, Setting],
    window: int = 50,
    refits: int = 3,
    seed: int = 0,
    inputs: str = "levels",
    engine: str = EACH,
) -> pd.DataFrame:
    """Forecasts of the test dates by networks that are trained again as time goes on.

    The test part is cut into ``refits + 1`` blocks; each block is forecast by a
    network trained on what came before it, hyper-parameters fixed.

    Returns
    -------
    DataFrame, shape (test dates, N)
    """
    rows = len(features(history, next(iter(settings))))
    first = rows - round(TEST_SHARE * rows)
    starts = np.linspace(first, rows, refits + 2).astype(int)
    blocks = list(pairwise(starts))
    orders = [
        refit_orders(history, settings, window, test_start=int(a), seed=seed, inputs=inputs)
        for a, _ in blocks
    ]
    fits = iter(fit_all([order for block in orders for order in block], engine))
    return pd.concat(
        [
            pd.DataFrame({t: next(fits).forecast for t in settings}).iloc[: stop - start]
            for start, stop in blocks
        ]
    )


def across_seeds(
    history: PriceHistory,
    settings: Mapping[str, Setting],
    seeds: Iterable[int],
    window: int = 50,
    protocol: str = "corrected",
    names: tuple[str, ...] | None = None,
    placebo: bool = False,
    inputs: str = "levels",
    engine: str = EACH,
) -> dict[int, LstmForecasts]:
    """The same networks trained from several seeds: how much of a result is luck.

    Parameters
    ----------
    seeds : iterable of int
    history, settings, window, protocol, names, placebo, inputs, engine
        As for `forecasting.lstm.refit`.
    """
    drawn = list(seeds)
    orders = {
        seed: refit_orders(history, settings, window, protocol, None, names, placebo, seed, inputs)
        for seed in drawn
    }
    fits = iter(fit_all([order for seed in drawn for order in orders[seed]], engine))
    results = {}
    for seed in drawn:
        best = {ticker: next(fits) for ticker in settings}
        results[seed] = collect(best, list(best.values()), names or feature_names(history), protocol)
    return results


def training_variance(by_seed: Sequence[pd.DataFrame], scale: pd.Series) -> float:
    r"""Variance of a mean loss over N tickers that comes from the seeds of the training.

    .. math:: N^{-2} \Bigl[ \sum_{i \le n} s_i^2 / S + \sum_{i > n} z_i^2 \, \overline{s^2 / z^2} \Bigr]

    The n tickers of `by_seed` have S networks each, whose mean losses spread by :math:`s_i` and are averaged.
    Of every further ticker there is one network: its luck, relative to the loss :math:`z_i` of a forecast
    that needs no training, is taken as that of the others on average.

    Parameters
    ----------
    by_seed : sequence of DataFrame, shape (T, n)
        Losses of the same networks trained from different seeds.
    scale : Series, length N
        Mean loss :math:`z_i` by ticker, of all tickers that are averaged.

    Raises
    ------
    DataError
        For fewer than two seeds, or a ticker that has no scale.
    """
    if len(by_seed) < 2:
        raise DataError(f"the error of the seed needs at least two seeds, got {len(by_seed)}")
    same = [aligned_like(table, by_seed[0], f"seed {k}", "seed 0") for k, table in enumerate(by_seed)]
    variance = pd.DataFrame([table.mean() for table in same]).var(ddof=1)
    if unknown := [str(t) for t in variance.index if t not in scale.index]:
        raise DataError(f"{unknown[0]}: has losses by seed, but no scale")
    others = scale.drop(variance.index)
    typical = float((variance / scale[variance.index] ** 2).mean())
    return float(variance.sum() / len(same) + typical * (others**2).sum()) / len(scale) ** 2


def over_fitted(calmer: float, seed: int, rows: int = 2000, useless: int = 500) -> tuple[float, float, float]:
    """Errors of a least-squares fit of noise by useless inputs, which is judged in a calmer period.

    Parameters
    ----------
    calmer : float
        Volatility of the validation part, over that of the training part.
    seed, rows, useless : int
        Seed, rows of each part, and number of inputs that know nothing.

    Returns
    -------
    tuple of float
        RMSE on training, on validation, and of the forecast zero on validation.
    """
    random = np.random.default_rng(seed)
    x, x_later = random.normal(size=(2, rows, useless))
    y, y_later = random.normal(size=rows), calmer * random.normal(size=rows)
    fitted = np.linalg.lstsq(x, y, rcond=None)[0]
    return rmse(y, x @ fitted), rmse(y_later, x_later @ fitted), rmse(y_later, 0 * y_later)
