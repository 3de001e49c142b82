"""Portfolio weights from means, covariances, scenarios and policies."""

from portfolio_study.allocation.cc_var import CcVarPortfolio, PowerPreference, cc_var_portfolio
from portfolio_study.allocation.diversification import (
    diversification_ratio,
    effective_number,
    equal_correlation_bets,
    herfindahl,
    independent_bets,
    marginal_risk,
    pca_shares,
    portfolio_volatility,
    quality_ratio,
    risk_contributions,
)
from portfolio_study.allocation.dynamic import (
    autoregressive_minimum_variance,
    score_driven_minimum_variance,
)
from portfolio_study.allocation.efficiency_tests import (
    EfficiencyTest,
    grs_test,
    spanning_test,
)
from portfolio_study.allocation.frontier import (
    CompletePortfolio,
    FrontierConstants,
    complete_portfolio,
    efficient_frontier,
    frontier_constants,
    frontier_portfolio,
    two_asset_minimum_weight,
    two_asset_variance,
    two_fund,
)
from portfolio_study.allocation.gmv_shrinkage import (
    ShrunkWeights,
    bodnar_parolya_schmid,
)
from portfolio_study.allocation.grouped import (
    group_penalised,
)
from portfolio_study.allocation.hierarchical import (
    hierarchical_node_minimum_variance,
    hierarchical_risk_parity,
)
from portfolio_study.allocation.markowitz import (
    max_sharpe,
    mean_variance_utility,
)
from portfolio_study.allocation.methods import (
    METHODS,
    Method,
    allocate,
)
from portfolio_study.allocation.minimum_variance import (
    gmv_closed_form,
    gmv_long_only,
    minimum_variance,
)
from portfolio_study.allocation.multi_period.exact import (
    ExactPolicy,
    exact_policy,
)
from portfolio_study.allocation.multi_period.exits import (
    exit_distribution,
    exit_moments,
    paper_exit,
    spread_exit,
)
from portfolio_study.allocation.multi_period.frontier import (
    Frontier,
)
from portfolio_study.allocation.multi_period.policy import MultiPeriodPolicy, multi_period_policy
from portfolio_study.allocation.penalised import (
    ConstrainedPortfolio,
    jagannathan_ma,
    l1_constrained,
    largest_l1,
    linf_constrained,
    linf_penalised,
)
from portfolio_study.allocation.regression import (
    GmvRegression,
    gmv_regression,
    weights_test,
)
from portfolio_study.allocation.risk_based import (
    equal_risk_contribution,
    max_decorrelation,
    max_diversification,
)
from portfolio_study.allocation.sampling_theory import (
    gmv_weights_law,
    in_sample_variance_factor,
    out_of_sample_variance,
    out_of_sample_variance_factor,
)
from portfolio_study.allocation.semivariance import (
    estrada_semivariance,
    min_semivariance,
    semivariance,
)
from portfolio_study.allocation.simple import (
    eigen_portfolio,
    equal_weight,
    inverse_variance,
    inverse_volatility,
    mix,
)
from portfolio_study.allocation.single_factor import (
    single_factor_covariance,
    single_factor_equal_risk,
    single_factor_max_diversification,
    single_factor_minimum_variance,
    threshold_beta,
)
from portfolio_study.allocation.tail_risk import (
    historical_cvar,
    min_cvar,
    min_normal_var,
)

__all__ = [
    "METHODS",
    "CcVarPortfolio",
    "CompletePortfolio",
    "ConstrainedPortfolio",
    "EfficiencyTest",
    "ExactPolicy",
    "Frontier",
    "FrontierConstants",
    "GmvRegression",
    "Method",
    "MultiPeriodPolicy",
    "PowerPreference",
    "ShrunkWeights",
    "allocate",
    "autoregressive_minimum_variance",
    "bodnar_parolya_schmid",
    "cc_var_portfolio",
    "complete_portfolio",
    "diversification_ratio",
    "effective_number",
    "efficient_frontier",
    "eigen_portfolio",
    "equal_correlation_bets",
    "equal_risk_contribution",
    "equal_weight",
    "estrada_semivariance",
    "exact_policy",
    "exit_distribution",
    "exit_moments",
    "frontier_constants",
    "frontier_portfolio",
    "gmv_closed_form",
    "gmv_long_only",
    "gmv_regression",
    "gmv_weights_law",
    "group_penalised",
    "grs_test",
    "herfindahl",
    "hierarchical_node_minimum_variance",
    "hierarchical_risk_parity",
    "historical_cvar",
    "in_sample_variance_factor",
    "independent_bets",
    "inverse_variance",
    "inverse_volatility",
    "jagannathan_ma",
    "l1_constrained",
    "largest_l1",
    "linf_constrained",
    "linf_penalised",
    "marginal_risk",
    "max_decorrelation",
    "max_diversification",
    "max_sharpe",
    "mean_variance_utility",
    "min_cvar",
    "min_normal_var",
    "min_semivariance",
    "minimum_variance",
    "mix",
    "multi_period_policy",
    "out_of_sample_variance",
    "out_of_sample_variance_factor",
    "paper_exit",
    "pca_shares",
    "portfolio_volatility",
    "quality_ratio",
    "risk_contributions",
    "score_driven_minimum_variance",
    "semivariance",
    "single_factor_covariance",
    "single_factor_equal_risk",
    "single_factor_max_diversification",
    "single_factor_minimum_variance",
    "spanning_test",
    "spread_exit",
    "threshold_beta",
    "two_asset_minimum_weight",
    "two_asset_variance",
    "two_fund",
    "weights_test",
]
