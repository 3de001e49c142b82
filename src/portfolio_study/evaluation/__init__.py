"""Backtests, forecast tests and inference on Sharpe ratios."""

from portfolio_study.evaluation.accuracy import (
    clark_west,
    diebold_mariano,
    giacomini_white,
    mincer_zarnowitz,
    pesaran_timmermann,
)
from portfolio_study.evaluation.loss import (
    historical_mean,
    loss_table,
    matrix_qlike,
    mse,
    qlike,
    r2_out_of_sample,
    rmse,
    squared_error,
    stein_loss,
)
from portfolio_study.evaluation.results import ChiSquareTest, Inference, detectable_effect

__all__ = [
    "ChiSquareTest",
    "Inference",
    "clark_west",
    "detectable_effect",
    "diebold_mariano",
    "giacomini_white",
    "historical_mean",
    "loss_table",
    "matrix_qlike",
    "mincer_zarnowitz",
    "mse",
    "pesaran_timmermann",
    "qlike",
    "r2_out_of_sample",
    "rmse",
    "squared_error",
    "stein_loss",
]
