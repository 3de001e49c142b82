"""Hierarchical risk parity: order, weights, variants, and what it does not promise."""

import numpy as np
import pytest

from portfolio_study.allocation import (
    hierarchical_node_minimum_variance,
    hierarchical_risk_parity,
    inverse_variance,
)
from portfolio_study.allocation.hierarchical import cluster_tree, correlation_distance, leaf_order
from portfolio_study.errors import UnknownNameError


def test_distance_tree_and_order(four_assets, golden):
    expected = golden("four_asset_portfolios")
    np.testing.assert_allclose(
        correlation_distance(four_assets["correlation"]), expected["HRP_dist"], atol=1e-12
    )
    for distance, key in (("correlation", "HRP_direct"), ("euclidean", "HRP_lopez")):
        tree = cluster_tree(four_assets["correlation"], distance)
        np.testing.assert_allclose(tree, expected[key]["linkage"], atol=1e-10)
        assert leaf_order(tree).tolist() == expected[key]["order"]


@pytest.mark.parametrize("distance", ["correlation", "euclidean"])
def test_weights(distance, four_assets, golden):
    w = hierarchical_risk_parity(four_assets["covariance"], distance)
    np.testing.assert_allclose(w, golden("four_asset_portfolios")["HRP_lopez"]["w"], atol=1e-10)
    np.testing.assert_allclose(w, golden("four_asset_portfolios")["HRP_pypfopt"], atol=1e-10)


def test_node_wise_variant(four_assets, golden):
    w = hierarchical_node_minimum_variance(four_assets["covariance"])
    np.testing.assert_allclose(
        w, golden("four_asset_portfolios")["HMV_nodewise_GMV_longonly"]["w"], atol=1e-10
    )


def test_reordering_changes_no_estimate(four_assets):
    order = leaf_order(cluster_tree(four_assets["correlation"]))
    moved = four_assets["covariance"][np.ix_(order, order)]
    np.testing.assert_array_equal(np.sort(moved.ravel()), np.sort(four_assets["covariance"].ravel()))


def test_uncorrelated_assets_get_inverse_variance():
    cov = np.diag([0.01, 0.04, 0.09, 0.16, 0.25])
    np.testing.assert_allclose(hierarchical_risk_parity(cov), inverse_variance(cov), atol=1e-12)
    np.testing.assert_allclose(hierarchical_node_minimum_variance(cov), inverse_variance(cov), atol=1e-12)


def test_four_assets_in_another_order_get_the_same_weights(four_assets, golden):
    order = np.array([3, 1, 0, 2])
    moved = hierarchical_risk_parity(four_assets["covariance"][np.ix_(order, order)])
    np.testing.assert_allclose(
        moved[np.argsort(order)],
        golden("four_asset_portfolios")["HRP_direct_permuted_assets_back"],
        atol=1e-10,
    )


def test_more_assets_in_another_order_may_not(random_covariance):
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(30):
        cov = random_covariance(rng, 10)
        order = rng.permutation(10)
        moved = hierarchical_risk_parity(cov[np.ix_(order, order)])
        gaps.append(np.abs(moved[np.argsort(order)] - hierarchical_risk_parity(cov)).max())
    assert min(gaps) < 1e-12
    assert max(gaps) > 1e-3


def test_node_wise_variant_does_not_depend_on_the_order(random_covariance):
    rng = np.random.default_rng(0)
    cov = random_covariance(rng, 9)
    order = rng.permutation(9)
    moved = hierarchical_node_minimum_variance(cov[np.ix_(order, order)])
    np.testing.assert_allclose(moved[np.argsort(order)], hierarchical_node_minimum_variance(cov), atol=1e-12)


def test_singular_covariance_is_fine_and_unknown_names_are_not(four_assets):
    x = np.random.default_rng(1).normal(size=(6, 12))
    assert hierarchical_risk_parity(np.cov(x, rowvar=False)).sum() == pytest.approx(1)
    with pytest.raises(UnknownNameError, match="linkage"):
        hierarchical_risk_parity(four_assets["covariance"], linkage="sinle")
    with pytest.raises(UnknownNameError, match="distance"):
        hierarchical_risk_parity(four_assets["covariance"], distance="city")
