"""Variances and covariances one step ahead."""

from portfolio_study.risk.covariance import (
    ESTIMATORS,
    estimate_covariance,
    sample_covariance,
)
from portfolio_study.risk.covariance_downside import (
    semicovariance,
)
from portfolio_study.risk.covariance_forecasts import (
    broadcast_covariance,
    covariance_from_volatility,
    garch_covariances,
    rolling_correlation,
    rolling_covariance,
    rolling_ewma_covariance,
)
from portfolio_study.risk.covariance_mrcd import (
    minimum_regularised_covariance_determinant,
)
from portfolio_study.risk.covariance_robust import (
    estimated_realised_variance,
    minimum_covariance_determinant,
    shrinkage_tyler,
    tyler,
)
from portfolio_study.risk.covariance_shrinkage import (
    ledoit_wolf,
    ledoit_wolf_constant_correlation,
    ledoit_wolf_single_index,
    oas,
    shrinkage_intensity,
)
from portfolio_study.risk.covariance_sparse import (
    clime_covariance,
    clime_precision,
)
from portfolio_study.risk.covariance_spectral import (
    eigenvalue_clipping,
    noise_edge,
    spectral_correction,
    spike_inverse,
    statistical_factor,
)
from portfolio_study.risk.covariance_weighted import (
    ewma_covariance,
    forgetting_covariance,
    forgetting_weights,
    time_varying_factor,
)
from portfolio_study.risk.garch import RollingVolatility, rolling_garch
from portfolio_study.risk.volatility import ewma_variance, range_proxies, rolling_variance

__all__ = [
    "ESTIMATORS",
    "RollingVolatility",
    "broadcast_covariance",
    "clime_covariance",
    "clime_precision",
    "covariance_from_volatility",
    "eigenvalue_clipping",
    "estimate_covariance",
    "estimated_realised_variance",
    "ewma_covariance",
    "ewma_variance",
    "forgetting_covariance",
    "forgetting_weights",
    "garch_covariances",
    "ledoit_wolf",
    "ledoit_wolf_constant_correlation",
    "ledoit_wolf_single_index",
    "minimum_covariance_determinant",
    "minimum_regularised_covariance_determinant",
    "noise_edge",
    "oas",
    "range_proxies",
    "rolling_correlation",
    "rolling_covariance",
    "rolling_ewma_covariance",
    "rolling_garch",
    "rolling_variance",
    "sample_covariance",
    "semicovariance",
    "shrinkage_intensity",
    "shrinkage_tyler",
    "spectral_correction",
    "spike_inverse",
    "statistical_factor",
    "time_varying_factor",
    "tyler",
]
