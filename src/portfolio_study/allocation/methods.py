"""Every covariance-based portfolio of the study under one signature, so that a comparison is a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from portfolio_study.allocation.grouped import group_penalised
from portfolio_study.allocation.hierarchical import (
    cluster_tree,
    hierarchical_node_minimum_variance,
    hierarchical_risk_parity,
)
from portfolio_study.allocation.minimum_variance import (
    gmv_closed_form,
    gmv_long_only,
    minimum_variance,
)
from portfolio_study.allocation.penalised import (
    l1_constrained,
    largest_l1,
    linf_constrained,
    linf_penalised,
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
    mix,
)
from portfolio_study.allocation.weights import Weights
from portfolio_study.checks import as_covariance
from portfolio_study.errors import UnknownNameError

Allocation = Callable[[Any], Weights]


@dataclass(frozen=True)
class Method:
    """A named portfolio rule that needs a covariance only.

    Attributes
    ----------
    name : str
        Key, as in ``METHODS``.
    label : str
        Words for tables and figures.
    allocate : callable
        Covariance (N x N) -> weights (N).
    long_only : bool
        Whether no weight is ever negative.
    optimal_if : str
        Under which assumption it is the tangency portfolio; empty if under none.
    equation : str
        Rule in LaTeX.
    """

    name: str
    label: str
    allocate: Allocation
    long_only: bool
    optimal_if: str
    equation: str


def ridge_minimum_variance(cov: ArrayLike | pd.DataFrame, share: float = 0.1) -> Weights:
    """Return the ridge portfolio with a penalty of a share of the average variance."""
    checked = as_covariance(cov)
    return minimum_variance(cov, l2=share * float(checked.matrix.diagonal().mean()))


def l1_minimum_variance(cov: ArrayLike | pd.DataFrame, share: float = 0.5) -> Weights:
    """Return the l1 portfolio with a penalty of a share of the one that removes all short positions."""
    return minimum_variance(cov, l1=share * largest_l1(cov))


def elastic_net_minimum_variance(
    cov: ArrayLike | pd.DataFrame, l1_share: float = 0.5, l2_share: float = 0.1
) -> Weights:
    """Return the elastic-net portfolio with both penalties stated as shares."""
    checked = as_covariance(cov)
    ridge = l2_share * float(checked.matrix.diagonal().mean())
    return minimum_variance(cov, l1=l1_share * largest_l1(cov), l2=ridge)


def weighted_l1_minimum_variance(cov: ArrayLike | pd.DataFrame, share: float = 0.5) -> Weights:
    """Return the weighted l1 portfolio with penalties proportional to volatilities.

    The text gives no weights; volatilities (risky assets pay more) are a labelled completion.
    """
    checked = as_covariance(cov)
    relative = checked.volatility / checked.volatility.mean()
    return minimum_variance(cov, l1=share * largest_l1(cov) * relative)


def clustered_group_minimum_variance(cov: ArrayLike | pd.DataFrame, share: float = 0.2) -> Weights:
    """Return the group-penalised portfolio with groups from a cluster tree.

    The text gives no groups without sector data; about sqrt(N) clusters of correlated assets
    and a penalty of a share of the minimum variance are a labelled completion.
    """
    from scipy.cluster.hierarchy import fcluster

    checked = as_covariance(cov, invertible=True)
    tree = cluster_tree(checked.correlation, linkage="average")
    groups = fcluster(tree, max(2, round(checked.size**0.5)), criterion="maxclust")
    w = np.asarray(gmv_closed_form(checked.matrix))
    penalty = share * float(w @ checked.matrix @ w)
    return checked.label(np.asarray(group_penalised(checked.matrix, list(groups), penalty)))


def half_minimum_variance(cov: ArrayLike | pd.DataFrame) -> Weights:
    """Return half minimum variance, half equal weight."""
    return mix(gmv_closed_form(cov), equal_weight(cov), 0.5)


def gross_exposure_minimum_variance(cov: ArrayLike | pd.DataFrame, limit: float = 1.6) -> Weights:
    """Return minimum variance with gross exposure of at most 1.6 (30 % short, as 130/30 funds)."""
    return l1_constrained(cov, limit).weights


def capped_minimum_variance(cov: ArrayLike | pd.DataFrame, multiple: float = 3.0) -> Weights:
    """Return minimum variance with absolute weights of at most a multiple of 1/N."""
    size = as_covariance(cov).size
    return linf_constrained(cov, min(1.0, multiple / size))


def linf_minimum_variance(cov: ArrayLike | pd.DataFrame, share: float = 1.0) -> Weights:
    """Return minimum variance with a largest-weight penalty of a share of the minimum variance."""
    checked = as_covariance(cov, invertible=True)
    w = np.asarray(gmv_closed_form(checked.matrix))
    return linf_penalised(cov, share * float(w @ checked.matrix @ w))


_ROWS: tuple[tuple[str, str, Allocation, bool, str, str], ...] = (
    ("equal_weight", "Equal weight", equal_weight, True, "equal means, volatilities and correlations",
     r"w_i = 1/N"),
    ("inverse_volatility", "Inverse volatility", inverse_volatility, True,
     "equal Sharpe ratios, one common correlation", r"w_i \propto 1/\sigma_i"),
    ("inverse_variance", "Inverse variance", inverse_variance, True, "equal means, zero correlations",
     r"w_i \propto 1/\sigma_i^2"),
    ("minimum_variance", "Minimum variance, long-only", gmv_long_only, True, "",
     r"\min_{w \ge 0,\,1'w=1} w'\Sigma w"),
    ("minimum_variance_short", "Minimum variance, long-short", gmv_closed_form, False, "equal means",
     r"w \propto \Sigma^{-1}1"),
    ("max_diversification", "Maximum diversification", max_diversification, True,
     "excess means proportional to volatilities", r"\max_{w \ge 0} w'\sigma/\sqrt{w'\Sigma w}"),
    ("max_decorrelation", "Maximum decorrelation", max_decorrelation, True, "equal means and volatilities",
     r"\min_{w \ge 0,\,1'w=1} w'Cw"),
    ("equal_risk_contribution", "Equal risk contribution", equal_risk_contribution, True,
     "excess means proportional to its own marginal risk", r"w_i(\Sigma w)_i = w_j(\Sigma w)_j"),
    ("hierarchical_risk_parity", "Hierarchical risk parity", hierarchical_risk_parity, True, "",
     r"\alpha = 1 - V_1/(V_1+V_2)"),
    ("hierarchical_node", "Hierarchical, node-wise", hierarchical_node_minimum_variance, True, "",
     r"\alpha = (V_2 - C_{12})/(V_1 + V_2 - 2C_{12})"),
    ("eigen_portfolio", "Eigen portfolio", eigen_portfolio, False, "", r"w_i \propto v_{1i}/\sigma_i"),
    ("ridge", "Minimum variance, squared l2", ridge_minimum_variance, False, "",
     r"w \propto (\Sigma + \lambda I)^{-1}1"),
    ("l1", "Minimum variance, l1", l1_minimum_variance, False, "",
     r"\min w'\Sigma w + \lambda\lVert w\rVert_1"),
    ("elastic_net", "Minimum variance, elastic net", elastic_net_minimum_variance, False, "",
     r"\min w'\Sigma w + \lambda_1\lVert w\rVert_1 + \lambda_2 w'w"),
    ("weighted_l1", "Minimum variance, weighted l1", weighted_l1_minimum_variance, False, "",
     r"\min w'\Sigma w + \sum_i\lambda_i|w_i|"),
    ("group", "Minimum variance, groups", clustered_group_minimum_variance, False, "",
     r"\min w'\Sigma w + \lambda\sum_g\sqrt{n_g}\lVert w_g\rVert_2"),
    ("gross_exposure", "Minimum variance, gross exposure 1.6", gross_exposure_minimum_variance, False, "",
     r"\min w'\Sigma w,\ \lVert w\rVert_1 \le \delta"),
    ("capped", "Minimum variance, capped weights", capped_minimum_variance, False, "",
     r"\min w'\Sigma w,\ \max_i|w_i| \le c"),
    ("linf", "Minimum variance, l-infinity", linf_minimum_variance, False, "",
     r"\min w'\Sigma w + \lambda\max_i|w_i|"),
    ("half_minimum_variance", "Half minimum variance, half equal weight", half_minimum_variance, False, "",
     r"w = \tfrac12 w_{GMV} + \tfrac12\,1/N"),
)  # fmt: skip

METHODS: dict[str, Method] = {row[0]: Method(*row) for row in _ROWS}
"""All covariance-based methods by name, in the order of the decision tree."""


def method(name: str) -> Method:
    """Return a method by name.

    Raises
    ------
    UnknownNameError
        There is no method of this name.
    """
    if name not in METHODS:
        raise UnknownNameError("allocation method", name, METHODS)
    return METHODS[name]


def allocate(name: str, cov: ArrayLike | pd.DataFrame) -> Weights:
    """Return the weights of a named method for a covariance.

    Parameters
    ----------
    name : str
        One of ``METHODS``.
    cov : array-like or pandas.DataFrame
        N x N covariance matrix per period.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Weights that add up to one.

    Raises
    ------
    UnknownNameError
        There is no method of this name.
    CovarianceError, OptimisationError
        As the method.
    """
    return method(name).allocate(cov)
