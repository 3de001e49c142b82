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
from portfolio_study.risk.dynamic_covariance import (
    broadcast_covariance,
    covariance_from_volatility,
    garch_covariances,
    rolling_correlation,
    rolling_covariance,
    rolling_ewma_covariance,
)
from portfolio_study.risk.garch import RollingVolatility, rolling_garch
from portfolio_study.risk.volatility import ewma_variance, range_proxies, rolling_variance

__all__ = [
    "ESTIMATORS",
    "RollingVolatility",
    "broadcast_covariance",
    "correlation_of",
    "covariance_from_volatility",
    "estimate_covariance",
    "ewma_variance",
    "garch_covariances",
    "ledoit_wolf",
    "ledoit_wolf_constant_correlation",
    "ledoit_wolf_single_index",
    "oas",
    "range_proxies",
    "rolling_correlation",
    "rolling_covariance",
    "rolling_ewma_covariance",
    "rolling_garch",
    "rolling_variance",
    "sample_covariance",
    "shrinkage_intensity",
]
