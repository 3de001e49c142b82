"""Backtests, forecast tests and inference on Sharpe ratios."""

from portfolio_study.evaluation.accuracy import (
    clark_west,
    diebold_mariano,
    giacomini_white,
    mincer_zarnowitz,
    pesaran_timmermann,
)
from portfolio_study.evaluation.backtest import Backtest, backtest
from portfolio_study.evaluation.bootstrap import automatic_block_length, bootstrap_mean, loss_ratio
from portfolio_study.evaluation.calibration import (
    berkowitz,
)
from portfolio_study.evaluation.confidence_set import (
    distinct_models,
    model_confidence_set,
    sharpe_losses,
    superior_models,
    superior_predictive_ability,
    variance_losses,
)
from portfolio_study.evaluation.economic_value import (
    break_even_cost,
    certainty_equivalent,
    certainty_equivalent_gain,
    performance_fee,
    r2_for_sharpe,
)
from portfolio_study.evaluation.inference import (
    ChiSquareTest,
    Inference,
    detectable_effect,
    relative_gain,
    with_error,
)
from portfolio_study.evaluation.loss import (
    historical_mean,
    matrix_qlike,
    mse,
    qlike,
    r2_out_of_sample,
    rmse,
    squared_error,
)
from portfolio_study.evaluation.multiplicity import benjamini_hochberg, holm
from portfolio_study.evaluation.overfitting import bootstrap_win_shares, probability_of_overfitting
from portfolio_study.evaluation.panel import (
    date_clustered_mean,
    minimum_of,
    minimum_over_units,
    pooled_diebold_mariano,
    pooled_direction_test,
    spread_over_networks,
    unit_tests,
)
from portfolio_study.evaluation.regression import hac_regression, mean_test
from portfolio_study.evaluation.schedule import rebalance_dates
from portfolio_study.evaluation.sharpe import (
    detectable_sharpe_difference,
    sharpe_difference,
    sharpe_ratio,
    variance_difference,
)
from portfolio_study.evaluation.specification import SpecificationCurve, specification_curve
from portfolio_study.evaluation.stability import (
    calendar_periods,
    cumulative_loss_difference,
    fluctuation_test,
    subperiod_tests,
)
from portfolio_study.evaluation.track_record import (
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe,
    sharpe_inference,
    track_record,
)

__all__ = [
    "Backtest",
    "ChiSquareTest",
    "Inference",
    "SpecificationCurve",
    "automatic_block_length",
    "backtest",
    "benjamini_hochberg",
    "berkowitz",
    "bootstrap_mean",
    "bootstrap_win_shares",
    "break_even_cost",
    "calendar_periods",
    "certainty_equivalent",
    "certainty_equivalent_gain",
    "clark_west",
    "cumulative_loss_difference",
    "date_clustered_mean",
    "deflated_sharpe",
    "detectable_effect",
    "detectable_sharpe_difference",
    "diebold_mariano",
    "distinct_models",
    "expected_maximum_sharpe",
    "fluctuation_test",
    "giacomini_white",
    "hac_regression",
    "historical_mean",
    "holm",
    "loss_ratio",
    "matrix_qlike",
    "mean_test",
    "mincer_zarnowitz",
    "minimum_of",
    "minimum_over_units",
    "minimum_track_record_length",
    "model_confidence_set",
    "mse",
    "performance_fee",
    "pesaran_timmermann",
    "pooled_diebold_mariano",
    "pooled_direction_test",
    "probabilistic_sharpe",
    "probability_of_overfitting",
    "qlike",
    "r2_for_sharpe",
    "r2_out_of_sample",
    "rebalance_dates",
    "relative_gain",
    "rmse",
    "sharpe_difference",
    "sharpe_inference",
    "sharpe_losses",
    "sharpe_ratio",
    "specification_curve",
    "spread_over_networks",
    "squared_error",
    "subperiod_tests",
    "superior_models",
    "superior_predictive_ability",
    "track_record",
    "unit_tests",
    "variance_difference",
    "variance_losses",
    "with_error",
]
