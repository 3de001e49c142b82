"""Backtests and Sharpe tests at a scale beyond the papers': 200 assets, 8,000 days, 5,000 resamples."""

import time

import numpy as np
import pandas as pd

from portfolio_study.evaluation import backtest, sharpe_difference


def run(days: int = 8000, assets: int = 200, draws: int = 5000) -> dict:
    """Measure a daily and a quarterly backtest, and the studentised bootstrap of Ledoit and Wolf."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("1990-01-01", periods=days, name="date")
    returns = pd.DataFrame(0.0004 + 0.01 * rng.standard_normal((days, assets)), index)
    raw = rng.random((days, assets))
    weights = pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), index)
    seconds = {}
    for name, rebalance in {"daily": None, "quarterly": "quarterly"}.items():
        start = time.perf_counter()
        backtest(weights, returns, 10, rebalance=rebalance)
        seconds[name] = time.perf_counter() - start
    a, b = returns[0], returns[1]
    start = time.perf_counter()
    sharpe_difference(a, b, draws=draws)
    return {
        "days": days,
        "assets": assets,
        "draws": draws,
        "seconds_backtest_daily": seconds["daily"],
        "seconds_backtest_quarterly": seconds["quarterly"],
        "seconds_sharpe_test": time.perf_counter() - start,
    }
