"""Backtests, forecast tests and inference on Sharpe ratios."""

from portfolio_study.evaluation.accuracy import (
    clark_west,
    diebold_mariano,
    giacomini_white,
    mincer_zarnowitz,
    pesaran_timmermann,
)
from portfolio_study.evaluation.backtest import Backtest, backtest, compare_backtests
from portfolio_study.evaluation.bootstrap import automatic_block_length, loss_ratio
from portfolio_study.evaluation.confidence_set import (
    model_confidence_set,
    superior_models,
    superior_predictive_ability,
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
from portfolio_study.evaluation.multiplicity import benjamini_hochberg, bonferroni, holm
from portfolio_study.evaluation.panel import (
    date_clustered_mean,
    minimum_over_units,
    pooled_diebold_mariano,
    pooled_direction_test,
    unit_tests,
)
from portfolio_study.evaluation.results import ChiSquareTest, Inference, detectable_effect
from portfolio_study.evaluation.schedule import rebalance_dates
from portfolio_study.evaluation.sharpe import (
    detectable_sharpe_difference,
    sharpe_difference,
    sharpe_ratio,
    variance_difference,
)
from portfolio_study.evaluation.stability import cumulative_loss_difference, fluctuation_test, subperiod_tests

__all__ = [
    "Backtest",
    "ChiSquareTest",
    "Inference",
    "automatic_block_length",
    "backtest",
    "benjamini_hochberg",
    "bonferroni",
    "clark_west",
    "compare_backtests",
    "cumulative_loss_difference",
    "date_clustered_mean",
    "detectable_effect",
    "detectable_sharpe_difference",
    "diebold_mariano",
    "fluctuation_test",
    "giacomini_white",
    "historical_mean",
    "holm",
    "loss_ratio",
    "loss_table",
    "matrix_qlike",
    "mincer_zarnowitz",
    "minimum_over_units",
    "model_confidence_set",
    "mse",
    "pesaran_timmermann",
    "pooled_diebold_mariano",
    "pooled_direction_test",
    "qlike",
    "r2_out_of_sample",
    "rebalance_dates",
    "rmse",
    "sharpe_difference",
    "sharpe_ratio",
    "squared_error",
    "stein_loss",
    "subperiod_tests",
    "superior_models",
    "superior_predictive_ability",
    "unit_tests",
    "variance_difference",
]
