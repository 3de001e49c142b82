"""Daily allocation over the paper's 716 test days: time, and agreement with PyPortfolioOpt's own weights."""

import time

import numpy as np

from portfolio_study.allocation.daily import daily_max_sharpe, daily_minimum_variance, simple_mean
from portfolio_study.data import load_prices, log_returns, simple_returns
from portfolio_study.forecasting.arima import rolling_arima
from portfolio_study.risk.covariance_forecasts import garch_covariances, rolling_covariance
from portfolio_study.risk.garch import rolling_garch

WINDOW = 50


def run(days: int = 716) -> dict:
    """Measure both engines on the same days.

    The means of the networks are replaced by a slow mean of 250 days: what an optimiser costs
    depends on the number of days, not on who made the forecasts.

    Parameters
    ----------
    days : int
        Days with a new portfolio; the paper's out-of-sample part has 716.
    """
    prices = load_prices(universe="us20")
    close = prices.close.iloc[-(days + 251) :]
    log, simple = log_returns(close), simple_returns(close)
    volatility = rolling_garch(log, window=WINDOW).volatility.iloc[-days:]
    dates, rate = volatility.index, prices.risk_free.loc[volatility.index]
    means = {
        "50-day": simple.rolling(WINDOW).mean().shift(1).loc[dates],
        "250-day": simple.rolling(250).mean().shift(1).loc[dates],
        "ARIMA": simple_mean(rolling_arima(log, WINDOW).mean.loc[dates], volatility**2),
    }
    covariances = {
        "50-day": rolling_covariance(simple, WINDOW)[-days:],
        "GARCH": garch_covariances(log, WINDOW, volatility=volatility)[-days:],
    }
    seconds, gaps, fallbacks = {"exact": 0.0, "pypfopt": 0.0}, [], 0
    for mean in means.values():
        for cov in covariances.values():
            found = {}
            for engine in seconds:
                start = time.perf_counter()
                found[engine] = daily_max_sharpe(mean, cov, rate, engine=engine)
                seconds[engine] += time.perf_counter() - start
            gap = (found["exact"].weights - found["pypfopt"].weights).abs().max(axis=1)
            gaps.append(gap.to_numpy())
            fallbacks += int(found["exact"].fallback.sum())
    start = time.perf_counter()
    for cov in covariances.values():
        daily_minimum_variance(cov, dates, simple.columns)
    minimum = time.perf_counter() - start
    gap = np.concatenate(gaps)
    return {
        "days": days,
        "strategies": len(means) * len(covariances) + len(covariances),
        "seconds_all_strategies": seconds["exact"] + minimum,
        "seconds_pypfopt_max_sharpe": seconds["pypfopt"],
        "throughput_ratio": seconds["pypfopt"] / seconds["exact"],
        "largest_weight_difference": float(gap.max()),
        "share_of_days_within_1e-6": float((gap <= 1e-6).mean()),
        "days_without_a_tangency_portfolio": fallbacks,
    }
