"""Rolling ARIMA(1,0,1): speed and likelihood of the batched engine against the plain statsmodels loop."""

import time
import warnings

import numba
import numpy as np

from portfolio_study.data import load_prices, log_returns
from portfolio_study.forecasting import arma_kernel as kernel

WINDOW = 50
TOLERANCE = 1e-4  # log-likelihood


def _returns(tickers: int, windows: int) -> np.ndarray:
    """Newest log returns of the packaged stocks, shape (tickers, windows + WINDOW), crises included."""
    close = load_prices("packaged", universe="us20", start="2000-01-01").close
    return log_returns(close).to_numpy()[-(windows + WINDOW) :, :tickers].T.copy()


def _strata(returns: np.ndarray, sample: int, seed: int) -> dict[str, np.ndarray]:
    """Positions of sampled windows: the tenth with the least variance, the tenth with the most, the rest."""
    view = np.lib.stride_tricks.sliding_window_view(returns[:, :-1], WINDOW, axis=1)
    spread = view.std(axis=2).ravel()
    low, high = np.quantile(spread, [0.1, 0.9])
    rng = np.random.default_rng(seed)
    groups = {
        "low_variance": spread <= low,
        "calm": (spread > low) & (spread < high),
        "crash": spread >= high,
    }
    size = -(-sample // 3)
    return {
        name: rng.choice(np.flatnonzero(group), min(size, group.sum()), replace=False)
        for name, group in groups.items()
    }


def _batched(returns: np.ndarray, repeats: int) -> tuple[np.ndarray, float]:
    """Results and the fastest of several runs."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = kernel.fit_windows(returns, WINDOW)
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def _statsmodels(windows: np.ndarray) -> tuple[np.ndarray, float]:
    """Log-likelihoods of the default fit on unscaled log returns, and seconds for one."""
    from statsmodels.tsa.arima.model import ARIMA

    loglik = np.empty(len(windows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        for k, window in enumerate(windows):
            loglik[k] = ARIMA(window, order=(1, 0, 1)).fit().llf
        seconds = time.perf_counter() - start
    return loglik, seconds / len(windows)


def run(sample: int = 3000, tickers: int = 20, windows: int = 3532, repeats: int = 3, seed: int = 1) -> dict:
    """Measure both engines one after the other.

    Parameters
    ----------
    sample : int
        Windows for the statsmodels loop, a third in each stratum; about 0.1 s each.
    tickers, windows : int
        Size of the batched run.
    repeats : int
        Batched runs, of which the fastest counts.
    seed : int
        Of the sample.
    """
    returns = _returns(tickers, windows)
    start = time.perf_counter()
    kernel.fit_windows(returns[:1, : WINDOW + 2], WINDOW)
    first = time.perf_counter() - start
    threads = numba.get_num_threads()
    result, seconds = _batched(returns, repeats)
    numba.set_num_threads(1)
    single, seconds_single = _batched(returns, repeats)
    numba.set_num_threads(threads)

    view = np.lib.stride_tricks.sliding_window_view(returns[:, :-1], WINDOW, axis=1).reshape(-1, WINDOW)
    ours = result[..., kernel.LOGLIK].ravel()
    fits, gains = {}, {}
    for name, rows in _strata(returns, sample, seed).items():
        theirs, fits[name] = _statsmodels(view[rows])
        gains[name] = ours[rows] - theirs
    gain = np.concatenate(list(gains.values()))
    slow = float(np.average(list(fits.values()), weights=[len(g) for g in gains.values()]))
    fast, fast_single = seconds / ours.size, seconds_single / ours.size
    return {
        "windows_batched": ours.size,
        "windows_statsmodels": gain.size,
        "threads": threads,
        "seconds_first_call": first,
        "seconds_batched": seconds,
        "microseconds_batched": 1e6 * fast,
        "microseconds_batched_one_thread": 1e6 * fast_single,
        "milliseconds_statsmodels": 1e3 * slow,
        "milliseconds_statsmodels_by_stratum": {name: 1e3 * s for name, s in fits.items()},
        "throughput_ratio": slow / fast,
        "throughput_ratio_one_thread": slow / fast_single,
        "share_loglik_at_least_statsmodels": float((gain >= -TOLERANCE).mean()),
        "worst_loglik_deficit": float(max(0.0, -gain.min())),
        "share_loglik_higher_by_0.01": float((gain > 0.01).mean()),
        "largest_loglik_gain": float(gain.max()),
        "worst_deficit_by_stratum": {name: float(max(0.0, -g.min())) for name, g in gains.items()},
        "not_converged": int((result[..., kernel.STATUS] == kernel.NOT_CONVERGED).sum()),
        "same_bits_with_one_thread": bool(np.array_equal(result, single, equal_nan=True)),
    }
