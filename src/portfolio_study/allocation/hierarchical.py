"""Hierarchical risk parity ("hierarchical minimum variance" in paper 001) and a node-wise variant."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.allocation.weights import Weights, fully_invested
from portfolio_study.checks import Matrix, Vector, as_covariance
from portfolio_study.errors import UnknownNameError

DISTANCES = ("correlation", "euclidean")
LINKAGES = ("single", "complete", "average", "weighted", "ward", "centroid", "median")


def correlation_distance(correlation: Matrix) -> Matrix:
    r"""Return :math:`d_{ij} = \sqrt{(1 - \rho_{ij})/2}`, a metric between 0 and 1."""
    return np.sqrt(np.clip((1.0 - correlation) / 2.0, 0.0, 1.0))


def cluster_tree(
    correlation: Matrix, distance: str = "correlation", linkage: str = "single"
) -> NDArray[np.float64]:
    """Cluster assets by their correlation.

    Parameters
    ----------
    correlation : numpy.ndarray
        N x N correlation matrix.
    distance : str
        ``correlation`` joins on d itself (as PyPortfolioOpt does); ``euclidean`` on the
        Euclidean distance between columns of d (as the original article does).
    linkage : str
        One of scipy's linkage methods.

    Returns
    -------
    numpy.ndarray
        scipy's (N - 1) x 4 linkage matrix.

    Raises
    ------
    UnknownNameError
        An unknown distance or linkage.
    """
    from scipy.cluster.hierarchy import linkage as join
    from scipy.spatial.distance import pdist

    if distance not in DISTANCES:
        raise UnknownNameError("distance", distance, DISTANCES)
    if linkage not in LINKAGES:
        raise UnknownNameError("linkage", linkage, LINKAGES)
    d = correlation_distance(correlation)
    condensed = d[np.triu_indices(len(d), 1)] if distance == "correlation" else pdist(d)
    return np.asarray(join(condensed, method=linkage))  # type: ignore[arg-type]


def leaf_order(tree: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the order of the assets along the tree: the quasi-diagonal order of the covariance."""
    from scipy.cluster.hierarchy import leaves_list

    return np.asarray(leaves_list(tree), dtype=np.intp)


def hierarchical_risk_parity(
    cov: ArrayLike | pd.DataFrame,
    distance: Literal["correlation", "euclidean"] = "correlation",
    linkage: str = "single",
) -> Weights:
    r"""Split money along a cluster tree in inverse proportion to cluster variances.

    Assets are ordered by a cluster tree; the ordered list is halved again and again, and
    each half gets :math:`\alpha = 1 - V_1/(V_1 + V_2)` where V is the variance of the half's
    inverse-variance portfolio. This is what paper 001 calls hierarchical minimum variance.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix; it is never inverted, so it may be singular.
    distance : {"correlation", "euclidean"}
        Distance on which the assets are joined.
    linkage : str
        Linkage of the cluster tree.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Positive weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable.
    UnknownNameError
        An unknown distance or linkage.

    Notes
    -----
    The tree does not say which branch comes first. The halves, and with them the weights,
    can therefore change when the assets are listed in another order.

    References
    ----------
    Paper 001; López de Prado, M. (2016), "Building diversified portfolios that outperform
    out of sample", Journal of Portfolio Management 42(4), 59-69.
    """
    checked = as_covariance(cov)
    order = leaf_order(cluster_tree(checked.correlation, distance, linkage))
    return checked.label(fully_invested(bisect(checked.matrix, order), "hierarchical risk parity"))


def cluster_variance(cov: Matrix, members: NDArray[np.intp]) -> float:
    """Return the variance of the inverse-variance portfolio of some assets."""
    block = cov[members[:, None], members]
    w = 1.0 / block.diagonal()
    w /= w.sum()
    return float(w @ block @ w)


def bisect(cov: Matrix, order: NDArray[np.intp]) -> Vector:
    """Halve an ordered list of assets and share the money between the halves.

    Parameters
    ----------
    cov : numpy.ndarray
        N x N covariance matrix.
    order : numpy.ndarray
        The quasi-diagonal order.

    Returns
    -------
    numpy.ndarray
        Weights in the order of the covariance.
    """
    weights = np.ones(len(cov))
    pending = [order]
    while pending:
        members = pending.pop()
        if len(members) < 2:
            continue
        first, second = members[: len(members) // 2], members[len(members) // 2 :]
        v1, v2 = cluster_variance(cov, first), cluster_variance(cov, second)
        alpha = 1.0 - v1 / (v1 + v2)
        weights[first] *= alpha
        weights[second] *= 1.0 - alpha
        pending += [first, second]
    return weights


def hierarchical_node_minimum_variance(
    cov: ArrayLike | pd.DataFrame,
    distance: Literal["correlation", "euclidean"] = "correlation",
    linkage: str = "single",
) -> Weights:
    r"""Join the two branches of every node by their minimum-variance mix (an extension of HRP).

    From the leaves to the root each node becomes one portfolio,
    :math:`\alpha = (V_2 - C_{12})/(V_1 + V_2 - 2 C_{12})` clipped to [0, 1]. This variant is
    ours: papers and PyPortfolioOpt know only the inverse-variance split.

    Parameters
    ----------
    cov : array-like or pandas.DataFrame
        N x N covariance matrix; may be singular.
    distance : {"correlation", "euclidean"}
        Distance on which the assets are joined.
    linkage : str
        Linkage of the cluster tree.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Non-negative weights that add up to one.

    Raises
    ------
    CovarianceError
        The covariance is not usable.
    UnknownNameError
        An unknown distance or linkage.
    """
    checked = as_covariance(cov)
    tree = cluster_tree(checked.correlation, distance, linkage)
    portfolios = list(np.eye(checked.size))
    for left, right in tree[:, :2].astype(int):
        x, y = portfolios[left], portfolios[right]
        portfolios.append(_two_fund_minimum(checked.matrix, x, y))
    return checked.label(fully_invested(portfolios[-1], "node-wise minimum variance"))


def _two_fund_minimum(cov: Matrix, x: Vector, y: Vector) -> Vector:
    """Long-only minimum-variance mix of two portfolios."""
    v1, v2, c12 = float(x @ cov @ x), float(y @ cov @ y), float(x @ cov @ y)
    spread = v1 + v2 - 2.0 * c12
    alpha = 0.5 if spread <= 0.0 else float(np.clip((v2 - c12) / spread, 0.0, 1.0))
    return alpha * x + (1.0 - alpha) * y
