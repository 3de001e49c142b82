"""Rolling GARCH(1,1): speed and likelihood of the batched engine against a plain loop over arch."""

import time
import warnings

import numpy as np
import pandas as pd

from portfolio_study.data import load_prices, log_returns
from portfolio_study.risk.garch import rolling_garch

WINDOW, FORECASTS = 50, 3532  # the paper's window, and its number of one-step forecasts a stock
RANDOM, EXTREME = 1500, 250  # sampled windows: anywhere; and of each extreme
TOLERANCE = 1e-4


def _returns(forecasts: int) -> pd.DataFrame:
    """Twenty stocks over as many days as the forecasts need."""
    return log_returns(load_prices(universe="us20", start="2000-01-01").close).iloc[-(forecasts + WINDOW) :]


def _sample(returns: pd.DataFrame, anywhere: int, extreme: int) -> dict[str, np.ndarray]:
    """Windows (row of the forecast, column): anywhere, calmest, wildest, and those with a crash in them."""
    generator = np.random.default_rng(11)
    rows, columns = len(returns) - WINDOW, returns.shape[1]
    sd = returns.rolling(WINDOW).std().iloc[WINDOW - 1 : -1].to_numpy().ravel()
    worst = (-returns.abs() / returns.std()).rolling(WINDOW).min().iloc[WINDOW - 1 : -1].to_numpy().ravel()

    def pick(order: np.ndarray) -> np.ndarray:
        # From the most extreme tenth, so that the sample is not one episode of one stock.
        return generator.choice(order[: rows * columns // 10], extreme, replace=False)

    flat = {
        "anywhere": generator.choice(rows * columns, anywhere, replace=False),
        "low variance": pick(np.argsort(sd)),
        "high variance": pick(np.argsort(-sd)),
        "crash": pick(np.argsort(worst)),
    }
    return {name: np.column_stack(np.unravel_index(chosen, (rows, columns))) for name, chosen in flat.items()}


def _plain_loop(returns: pd.DataFrame, windows: np.ndarray) -> np.ndarray:
    """One arch model after the other, as a reader would write it; the maximised log-likelihoods."""
    from arch import arch_model

    values, found = 100 * returns.to_numpy(), np.empty(len(windows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, (row, column) in enumerate(windows):
            fit = arch_model(values[row : row + WINDOW, column], rescale=False).fit(
                disp="off", show_warning=False
            )
            fit.forecast(horizon=1, reindex=False)
            found[i] = fit.loglikelihood
    return found


def run(
    forecasts: int = FORECASTS, anywhere: int = RANDOM, extreme: int = EXTREME, repeats: int = 3
) -> dict[str, float]:
    """Measure both engines in one process.

    Parameters
    ----------
    forecasts : int
        One-step forecasts of each stock.
    anywhere, extreme : int
        Sampled windows for the loop over arch: of all, and of each extreme.
    repeats : int
        Batched runs, of which the fastest counts.
    """
    returns, fits = _returns(forecasts), None
    rolling_garch(returns.iloc[: WINDOW + 5])  # compile
    times = []
    for _ in range(repeats):  # other programs on the machine can only slow a call down
        start = time.perf_counter()
        fits = rolling_garch(returns)
        times.append(time.perf_counter() - start)
    assert fits is not None and fits.loglik.shape == (forecasts, returns.shape[1])
    sample = _sample(returns, anywhere, extreme)
    windows = np.vstack(list(sample.values()))
    _plain_loop(returns, windows[:5])  # import
    start = time.perf_counter()
    reference = _plain_loop(returns, windows)
    plain = (time.perf_counter() - start) / len(windows)
    gain = fits.loglik.to_numpy()[windows[:, 0], windows[:, 1]] - reference
    batched = min(times) / (fits.loglik.size + returns.shape[1])
    result = {
        "throughput_against_arch_loop": plain / batched,
        "milliseconds_per_fit_arch": 1e3 * plain,
        "milliseconds_per_fit_batched": 1e3 * batched,
        f"seconds_batched_20x{forecasts}": min(times),
        "windows_sampled": len(windows),
        "share_not_below_arch": float((gain >= -TOLERANCE).mean()),
        "worst_difference_of_loglikelihood": float(gain.min()),
        "share_above_arch": float((gain > TOLERANCE).mean()),
    }
    first = 0
    for name, chosen in sample.items():
        part = gain[first : first + len(chosen)]
        result[f"share_not_below_arch_{name.replace(' ', '_')}"] = float((part >= -TOLERANCE).mean())
        first += len(chosen)
    return result
