"""Portfolio weights from means, covariances, scenarios and policies."""

from portfolio_study.allocation.cc_var import CcVarPortfolio, PowerPreference, cc_var_portfolio
from portfolio_study.allocation.hierarchical import (
    hierarchical_node_minimum_variance,
    hierarchical_risk_parity,
)
from portfolio_study.allocation.markowitz import (
    max_sharpe,
    mean_variance_utility,
)
from portfolio_study.allocation.minimum_variance import (
    gmv_closed_form,
    gmv_long_only,
    minimum_variance,
)
from portfolio_study.allocation.risk_based import (
    equal_risk_contribution,
    max_decorrelation,
    max_diversification,
)
from portfolio_study.allocation.simple import (
    eigen_portfolio,
    equal_weight,
    inverse_variance,
    inverse_volatility,
    max_mean,
    mix,
)

__all__ = [
    "CcVarPortfolio",
    "PowerPreference",
    "cc_var_portfolio",
    "eigen_portfolio",
    "equal_risk_contribution",
    "equal_weight",
    "gmv_closed_form",
    "gmv_long_only",
    "hierarchical_node_minimum_variance",
    "hierarchical_risk_parity",
    "inverse_variance",
    "inverse_volatility",
    "max_decorrelation",
    "max_diversification",
    "max_mean",
    "max_sharpe",
    "mean_variance_utility",
    "minimum_variance",
    "mix",
]
