"""What a reader can take away of the chapter on Markowitz portfolios.

Left out: the rolling means, whose differences are returns; and the weights of "advanced, traded slowly",
which follow the prices from one day to the next.
"""

from typing import Any

from portfolio_study.ledger.series import series
from portfolio_study.studies.markowitz.experiment import Experiment

DRIFTING = "advanced, traded slowly"


@series("returns", "Return of every strategy on the test dates, before costs")
def strategy_returns(study: Experiment) -> dict[str, Any]:
    """By strategy."""
    return {name: run.gross_returns for name, run in study.runs.items()}


@series(
    "weights",
    "Weights of every strategy on the test dates but the one that trades slowly, whose holdings drift",
)
def strategy_weights(study: Experiment) -> dict[str, Any]:
    """By strategy."""
    return {name: weights for name, weights in study.weights.items() if name != DRIFTING}


@series("mean forecasts", "Forecasts of simple returns by networks and ARIMA")
def mean_forecasts(study: Experiment) -> dict[str, Any]:
    """By model."""
    return {name: study.mean[name] for name in ("LSTM", "ARIMA")}


@series("volatility forecasts", "Forecasts of the volatility of log returns by GARCH")
def volatility_forecasts(study: Experiment) -> dict[str, Any]:
    """By model."""
    return {"GARCH": study.volatility}


@series("returns", "Return of every strategy without a network on the whole history, before costs")
def whole_history_returns(study: Experiment) -> dict[str, Any]:
    """By strategy."""
    return {f"{name}, whole history": run.gross_returns for name, run in study.whole.runs.items()}


@series(
    "weights",
    "Weights of the strategies without a network that maximise the Sharpe ratio, on the whole history",
)
def whole_history_weights(study: Experiment) -> dict[str, Any]:
    """By strategy."""
    return {f"{name}, whole history": plan.weights for name, plan in study.whole.plans.items()}
