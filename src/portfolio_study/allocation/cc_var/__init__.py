"""Portfolios for the continuous value-at-risk criterion (CC-VaR) of paper 003."""

from portfolio_study.allocation.cc_var.continuous import continuous_optimum, ordering_function
from portfolio_study.allocation.cc_var.optimality import cheapest_order, order_failures
from portfolio_study.allocation.cc_var.options import OptionPortfolio, option_portfolio
from portfolio_study.allocation.cc_var.permutations import check_identities, identity_table
from portfolio_study.allocation.cc_var.portfolio import CcVarPortfolio, cc_var_portfolio
from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.allocation.cc_var.scenarios import DensityMarket, beta_market, lognormal_market

__all__ = [
    "CcVarPortfolio",
    "DensityMarket",
    "OptionPortfolio",
    "PowerPreference",
    "beta_market",
    "cc_var_portfolio",
    "cheapest_order",
    "check_identities",
    "continuous_optimum",
    "identity_table",
    "lognormal_market",
    "option_portfolio",
    "order_failures",
    "ordering_function",
]
