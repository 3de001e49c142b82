"""Every leaf of the decision tree is optimal under its assumption, and the text's slip is not."""

import matplotlib as mpl
import numpy as np
import pytest

from portfolio_study.errors import CovarianceError, ParameterError, UnknownNameError
from portfolio_study.studies.minimum_variance.decision_tree import (
    LEAVES,
    equivalence_gap,
    inverse_variance_gap,
)
from portfolio_study.studies.minimum_variance.decision_tree_evidence import risk_return_slope
from portfolio_study.studies.minimum_variance.decision_tree_figure import draw_decision_tree, tree_layout


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_leaf_equals_the_tangency_portfolio(leaf, four_assets, random_covariance):
    assert equivalence_gap(leaf, four_assets["covariance"]) < 1e-12
    rng = np.random.default_rng(0)
    for size in (2, 7, 20):
        assert equivalence_gap(leaf, random_covariance(rng, size)) < 1e-9


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_leaf_is_not_optimal_under_another_leafs_assumption(leaf, four_assets):
    """The equality is not trivial: other moments break it (mean-variance is always optimal)."""
    tangency, market = LEAVES[0], LEAVES[-1]
    other = tangency if leaf is not tangency else market
    mean, cov = other.moments(four_assets["covariance"])
    from portfolio_study.allocation import max_sharpe

    gap = np.abs(leaf.allocate(mean, cov) - max_sharpe(mean, cov, long_only=False)).max()
    assert (gap < 1e-12) == (leaf is tangency)


def test_inverse_variance_needs_zero_correlation(four_assets, golden):
    expected = golden("four_asset_portfolios")["equivalence_maxdiff"][
        "InvVar NOT optimal equal mu const corr .3"
    ]
    assert inverse_variance_gap(four_assets["covariance"]) == pytest.approx(expected, abs=1e-10)
    assert inverse_variance_gap(four_assets["covariance"], 0.0) < 1e-15
    gaps = [inverse_variance_gap(four_assets["covariance"], rho) for rho in (0.05, 0.2, 0.5, 0.8)]
    assert (np.diff(gaps) > 0).all()
    with pytest.raises(ParameterError, match="correlation"):
        inverse_variance_gap(four_assets["covariance"], -0.5)


def test_slope_is_that_of_the_cross_section():
    rng = np.random.default_rng(0)
    sd = np.linspace(0.01, 0.03, 8)
    returns = rng.normal(0, 1, (500, 8)) * sd
    found = risk_return_slope(returns)
    expected = np.polyfit(returns.std(axis=0, ddof=1), returns.mean(axis=0), 1)[0]
    assert found.slope == pytest.approx(expected, rel=1e-10)
    assert found.t_statistic == pytest.approx(found.slope / found.standard_error)
    betas = returns @ np.zeros(8) + returns.mean(axis=1)
    beta = np.array([np.cov(returns[:, i], betas)[0, 1] / betas.var(ddof=1) for i in range(8)])
    by_beta = risk_return_slope(returns, "beta")
    assert by_beta.slope == pytest.approx(np.polyfit(beta, returns.mean(axis=0), 1)[0], rel=1e-8)


def test_a_slope_needs_a_known_risk_that_differs():
    noise = np.random.default_rng(1).normal(0, np.linspace(0.005, 0.03, 10), (200, 10))
    with pytest.raises(UnknownNameError, match="volatility"):
        risk_return_slope(noise, "volatilty")
    with pytest.raises(CovarianceError, match="without variance"):
        risk_return_slope(noise * np.r_[0, np.ones(9)])


def test_picture_shows_every_leaf_once():
    mpl.use("agg")
    import matplotlib.pyplot as plt

    places, edges = tree_layout()
    assert len(edges) == len(places) - 1  # a tree
    figure, ax = plt.subplots(figsize=(11, 5))
    gaps = {leaf.label: 6e-17 for leaf in LEAVES} | {"Equal weight": 0.02}
    draw_decision_tree(ax, gaps, highlight="Inverse variance")
    texts = [t.get_text() for t in ax.texts]
    for leaf in LEAVES:
        assert sum(text.startswith(f"{leaf.label}\n") for text in texts) == 1
    assert "Equal weight\n(gap 2e-02)" in texts
    assert (
        sum(text.endswith("(gap 0)") for text in texts) == len(LEAVES) - 1
    )  # rounding is not shown as a gap
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths.count(2.5) == 4
    plt.close(figure)
