"""Variances and covariances one step ahead."""

from portfolio_study.risk.covariance import (
    ESTIMATORS,
    correlation_of,
    estimate_covariance,
    sample_covariance,
)
from portfolio_study.risk.covariance_shrinkage import (
    ledoit_wolf,
    ledoit_wolf_constant_correlation,
    ledoit_wolf_single_index,
    oas,
    shrinkage_intensity,
)

__all__ = [
    "ESTIMATORS",
    "correlation_of",
    "estimate_covariance",
    "ledoit_wolf",
    "ledoit_wolf_constant_correlation",
    "ledoit_wolf_single_index",
    "oas",
    "sample_covariance",
    "shrinkage_intensity",
]
