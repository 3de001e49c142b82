"""Rolling ARIMA(1,0,1) and GARCH(1,1) for 500 stocks: seconds of the whole, and the plain loops on a sample."""

import os
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.synthetic import simulate
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.risk.garch import rolling_garch
from portfolio_study.settings import jobs

WINDOW, TICKERS, FORECASTS = 50, 500, 3500  # the paper's window; forecasts of each ticker
FIRST = "2005-01-03"
TOLERANCE = 1e-4  # log-likelihood


def _returns(tickers: int, rows: int) -> pd.DataFrame:
    """Simulated log returns with moving variances, the same on every machine."""
    last = pd.bdate_range(FIRST, periods=rows + 1)[-1]
    names = tuple(f"SYN{i:03d}" for i in range(1, tickers + 1))
    return simulate(names, FIRST, f"{last:%Y-%m-%d}")[1].returns


def _arima(window: np.ndarray) -> float:
    from statsmodels.tsa.arima.model import ARIMA

    return float(ARIMA(window, order=(1, 0, 1)).fit().llf)


def _garch(window: np.ndarray) -> float:
    from arch import arch_model

    fit = arch_model(100 * window, rescale=False).fit(disp="off", show_warning=False)
    fit.forecast(horizon=1, reindex=False)
    return float(fit.loglikelihood)


def _against_the_loop(
    name: str,
    ours: Callable[[pd.DataFrame], Any],
    plain: Callable[[np.ndarray], float],
    returns: pd.DataFrame,
    chosen: np.ndarray,
) -> dict[str, float]:
    """Seconds for all windows, and likelihood and speed beside the loop that a reader would write."""
    ours(returns.iloc[: WINDOW + 5, :2])  # compile
    start, worked = time.perf_counter(), time.process_time()
    loglik = ours(returns).loglik.to_numpy()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    values, theirs = returns.to_numpy(), np.empty(len(chosen))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain(values[:WINDOW, 0])  # import
        start = time.process_time()
        for k, (row, column) in enumerate(chosen):
            theirs[k] = plain(values[row : row + WINDOW, column])
        loop = (time.process_time() - start) / len(chosen)
    gain = loglik[chosen[:, 0], chosen[:, 1]] - theirs
    return {
        f"{name}_seconds": seconds,
        f"{name}_processor_seconds": worked,  # of all threads: a busy machine does not change them
        f"{name}_windows": loglik.size,
        f"{name}_hours_of_the_plain_loop": loop * loglik.size / 3600,
        f"{name}_throughput_ratio": loop * loglik.size / (worked / jobs()),
        f"{name}_windows_of_the_plain_loop": len(chosen),
        f"{name}_share_loglik_at_least_the_loops": float((gain >= -TOLERANCE).mean()),
        f"{name}_worst_loglik_deficit": float(max(0.0, -gain.min())),
    }


def run(tickers: int = TICKERS, forecasts: int = FORECASTS, sample: int = 400) -> dict[str, Any]:
    """Measure both models on all windows, and the plain loops on a fixed sample of them.

    Parameters
    ----------
    tickers, forecasts : int
        Size of the problem: one window for each forecast of each ticker.
    sample : int
        Windows, drawn at random, for the loops over statsmodels and arch.
    """
    returns = _returns(tickers, forecasts + WINDOW)
    flat = np.random.default_rng(1).choice(
        tickers * forecasts, min(sample, tickers * forecasts), replace=False
    )
    chosen = np.column_stack(np.unravel_index(flat, (forecasts, tickers)))
    busy = os.getloadavg()[0]
    found = _against_the_loop("arima", lambda r: rolling_arima(r, WINDOW), _arima, returns, chosen)
    found |= _against_the_loop("garch", lambda r: rolling_garch(r, WINDOW), _garch, returns, chosen)
    return found | {
        "processors": jobs(),
        "load_before": busy,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
