"""Expected returns one step ahead."""

from portfolio_study.forecasting.ar_filter import FilteredMoments, ar_filter, batch_posterior
from portfolio_study.forecasting.ar_model import ArPrior, ar_order, ar_prior, process_mean
from portfolio_study.forecasting.var_filter import (
    VarFilteredMoments,
    VarPrior,
    var_filter,
    var_order,
    var_prior,
)
from portfolio_study.forecasting.weekly import weekly_rate, weekly_returns

__all__ = [
    "ArPrior",
    "FilteredMoments",
    "VarFilteredMoments",
    "VarPrior",
    "ar_filter",
    "ar_order",
    "ar_prior",
    "batch_posterior",
    "process_mean",
    "var_filter",
    "var_order",
    "var_prior",
    "weekly_rate",
    "weekly_returns",
]
