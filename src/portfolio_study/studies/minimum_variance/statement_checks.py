"""What the statements of texts 001 and 002 say, one function for one statement."""

from collections.abc import Callable

import numpy as np
from scipy.cluster.hierarchy import leaves_list
from scipy.stats import norm

from portfolio_study.allocation import diversification, frontier, hierarchical, single_factor
from portfolio_study.allocation.markowitz import max_sharpe
from portfolio_study.allocation.minimum_variance import gmv_closed_form, gmv_long_only, minimum_variance
from portfolio_study.allocation.penalised import jagannathan_ma
from portfolio_study.allocation.risk_based import equal_risk_contribution, max_diversification
from portfolio_study.allocation.simple import equal_weight
from portfolio_study.allocation.tail_risk import min_normal_var
from portfolio_study.studies.minimum_variance import decision_tree
from portfolio_study.studies.minimum_variance.statement_examples import (
    TOLERANCE,
    Example,
    Vector,
    near,
    one_factor_model,
    portfolio_variance,
)


def leaf_is_optimal(name: str) -> Callable[[Example], bool]:
    """Whether a method is the tangency portfolio under the assumption of its leaf."""
    leaf = next(leaf for leaf in decision_tree.LEAVES if leaf.name == name)
    return lambda e: decision_tree.equivalence_gap(leaf, e.covariance) < TOLERANCE


def uncorrelated(e: Example) -> Vector:
    """Covariance with the correlations set to zero."""
    return np.diag(e.covariance.diagonal())


def diversification_falls_with_correlation(e: Example) -> bool:
    """The ratio of equal weight falls as the common correlation rises."""
    w = np.asarray(equal_weight(e.covariance))
    ratios = [
        diversification.diversification_ratio(w, decision_tree.constant_correlation(e.covariance, rho))
        for rho in (0.0, 0.25, 0.5, 0.75)
    ]
    return bool((np.diff(ratios) < 0).all())


def hrp_only_reorders(e: Example) -> bool:
    """Moving rows and columns keeps the eigenvalues: the estimates are not altered."""
    correlation = e.covariance / np.outer(e.sd, e.sd)
    order = leaves_list(hierarchical.cluster_tree(correlation))
    moved = e.covariance[np.ix_(order, order)]
    return near(np.sort(np.linalg.eigvalsh(moved)), np.sort(np.linalg.eigvalsh(e.covariance)))


def share_of_means(e: Example) -> Vector:
    """Means of frontier portfolios above the minimum-variance portfolio."""
    base = float(e.gmv @ e.mean)
    return base + np.linspace(0.005, 0.08, 6)


def var_portfolio_is_efficient(e: Example) -> bool:
    """The minimum value-at-risk portfolio lies on the frontier above minimum variance."""
    w = np.asarray(min_normal_var(e.mean, e.covariance, 0.95))
    on = e.on_frontier(float(w @ e.mean))
    z = norm.ppf(0.95)
    var = z * np.sqrt(e.variance(w)) - w @ e.mean
    lowest = z * np.sqrt(e.variance(e.gmv)) - e.gmv @ e.mean
    return near(w, on, 1e-6) and bool(w @ e.mean > e.gmv @ e.mean) and bool(var <= lowest + TOLERANCE)


def negative_covariance_is_needed(e: Example) -> bool:
    """As printed: risk falls only if covariances are negative. Positive ones below one suffice."""
    two = np.array([[0.04, 0.3 * 0.2 * 0.25], [0.3 * 0.2 * 0.25, 0.0625]])
    return not portfolio_variance(two, np.asarray(gmv_closed_form(two))) < two.diagonal().min()


def same_line_for_all(e: Example) -> bool:
    """All investors hold the same risky portfolio, whatever their risk aversion."""
    found = [frontier.complete_portfolio(e.mean, e.covariance, e.risk_free, a) for a in (2.0, 5.0, 9.0)]
    risky = [np.asarray(c.weights) / np.asarray(c.weights).sum() for c in found]
    return near(risky[0], risky[1]) and near(risky[0], risky[2])


def complete(e: Example) -> tuple[frontier.CompletePortfolio, float, float]:
    """Complete portfolio of risk aversion 4, with mean and volatility of its risky part."""
    found = frontier.complete_portfolio(e.mean, e.covariance, e.risk_free, 4.0)
    return found, float(e.tangency @ e.mean), float(np.sqrt(e.variance(e.tangency)))


def share_earns_share(e: Example) -> bool:
    """E(R_c) - r = y (E(R_p) - r)."""
    found, mean, _ = complete(e)
    total = e.risk_free + np.asarray(found.weights) @ (e.mean - e.risk_free)
    return near(total - e.risk_free, found.share * (mean - e.risk_free))


def share_risks_share(e: Example) -> bool:
    """Volatility of the complete portfolio is y times that of its risky part."""
    found, _, sd = complete(e)
    return near(np.sqrt(e.variance(np.asarray(found.weights))), found.share * sd)


def utility_peaks_at_share(e: Example) -> bool:
    """E - A variance / 2 is largest at the chosen share."""
    found, mean, sd = complete(e)
    shares = found.share + np.array([-0.2, -0.05, 0.0, 0.05, 0.2])
    utility = e.risk_free + shares * (mean - e.risk_free) - 2.0 * (shares * sd) ** 2
    return int(utility.argmax()) == 2


def tangency_is_best(e: Example) -> bool:
    """No other fully invested portfolio has a higher Sharpe ratio."""
    w = e.others()
    sharpe = (w @ e.mean - e.risk_free) / np.sqrt(np.einsum("ki,ij,kj->k", w, e.covariance, w))
    best = (e.tangency @ e.mean - e.risk_free) / np.sqrt(e.variance(e.tangency))
    return bool(sharpe.max() <= best + TOLERANCE)


def frontier_dominates(e: Example) -> bool:
    """A portfolio has at least the variance of the frontier at its mean."""
    for w in e.others(40):
        if e.variance(e.on_frontier(float(w @ e.mean))) > e.variance(w) + TOLERANCE:
            return False
    return True


def upper_half_dominates_lower(e: Example) -> bool:
    """Below the minimum-variance mean the same variance earns less."""
    base = float(e.gmv @ e.mean)
    return all(
        near(e.variance(e.on_frontier(base + d)), e.variance(e.on_frontier(base - d))) for d in (0.01, 0.03)
    )


def gmv_is_lowest(e: Example) -> bool:
    """No other fully invested portfolio has a lower variance."""
    w = e.others()
    return bool(np.einsum("ki,ij,kj->k", w, e.covariance, w).min() >= e.variance(e.gmv) - TOLERANCE)


def gmv_is_right_of_frontier(e: Example) -> bool:
    """As printed: some efficient portfolio has less risk than the minimum-variance portfolio."""
    return any(e.variance(e.on_frontier(m)) < e.variance(e.gmv) - TOLERANCE for m in share_of_means(e))


def optimal_is_gmv_iff_equal_means(e: Example) -> bool:
    """Tangency and minimum variance coincide for equal means and not otherwise."""
    equal = np.asarray(max_sharpe(np.full_like(e.mean, 0.05), e.covariance, 0.0, long_only=False))
    return near(equal, e.gmv) and not near(e.tangency, e.gmv, 1e-4)


def regression_is_constrained_gmv(e: Example) -> bool:
    """The regression gives the minimum-variance weights, with and without a target mean."""
    from portfolio_study.allocation.regression import gmv_regression

    sample = np.random.default_rng(3).multivariate_normal(e.mean / 12, e.covariance / 12, 60)
    cov, mean = np.cov(sample, rowvar=False), sample.mean(axis=0)
    target = float(mean.mean())
    free = near(gmv_regression(sample).weights, gmv_closed_form(cov))
    tied = near(gmv_regression(sample, target).weights, frontier.frontier_portfolio(mean, cov, target), 1e-6)
    return free and tied


def risky_asset_in_gmv(e: Example) -> bool:
    """An asset of high but uncorrelated risk belongs to the portfolio."""
    cov = np.array([[0.04, 0.03, 0.0], [0.03, 0.04, 0.0], [0.0, 0.0, 0.16]])
    return bool(np.asarray(gmv_long_only(cov))[2] > 0.1)


def distant_assets_are_steadier(e: Example) -> bool:
    """Lower mutual correlation lowers the variance of equal weight."""
    covariances = [decision_tree.constant_correlation(e.covariance, rho) for rho in (0.8, 0.4, 0.1)]
    variances = [portfolio_variance(c, np.asarray(equal_weight(c))) for c in covariances]
    return bool((np.diff(variances) < 0).all())


def nested_problems(e: Example) -> bool:
    """Every further constraint raises the smallest variance."""
    w = np.asarray(gmv_long_only(e.covariance))
    target = float(0.5 * (w @ e.mean + e.mean.max()))
    free, long = e.variance(e.gmv), e.variance(w)
    tied = e.variance(e.on_frontier(target))
    both = e.variance(
        np.asarray(minimum_variance(e.covariance, long_only=True, mean=e.mean, target_return=target))
    )
    return (
        free <= long + TOLERANCE
        and tied <= both + TOLERANCE
        and free <= tied + TOLERANCE
        and long <= both + TOLERANCE
    )


def any_two_span(e: Example) -> bool:
    """A third frontier portfolio is a mix of two others."""
    a, b, c = (e.on_frontier(m) for m in (0.03, 0.09, 0.05))
    return near(frontier.two_fund(a, 0.03, b, 0.09, 0.05), c)


def alpha_minus_one(e: Example) -> bool:
    """Minus one of one and two of another portfolio stay on the frontier."""
    a, b = e.on_frontier(0.04), e.on_frontier(0.06)
    return near(-1.0 * a + 2.0 * b, e.on_frontier(0.08))


def mix_above_is_efficient(e: Example) -> bool:
    """A mix of efficient portfolios is efficient."""
    means = share_of_means(e)
    mixed = 0.3 * e.on_frontier(means[0]) + 0.7 * e.on_frontier(means[-1])
    return bool(mixed @ e.mean > e.gmv @ e.mean) and near(mixed, e.on_frontier(float(mixed @ e.mean)))


def recipe(e: Example) -> bool:
    """Minimum variance and the portfolio of the largest mean span the frontier."""
    top = e.on_frontier(float(e.mean.max()))
    mixed = 0.5 * e.gmv + 0.5 * top
    return near(mixed, e.on_frontier(float(mixed @ e.mean)))


def two_asset_label(e: Example) -> bool:
    """As printed: the variance of the 30/70 mix is the minimum variance."""
    best = frontier.two_asset_minimum_weight(0.18, 0.10, 0.0)
    return near(best, 0.3) or not frontier.two_asset_variance(
        best, 0.18, 0.10, 0.0
    ) < frontier.two_asset_variance(0.3, 0.18, 0.10, 0.0)


def inverse_herfindahl_range(e: Example) -> bool:
    """1 / sum w^2 lies between 1 and N, and is N at equal weight."""
    n = len(e.mean)
    numbers = [
        diversification.effective_number(w) for w in np.random.default_rng(1).dirichlet(np.ones(n), 50)
    ]
    equal = diversification.effective_number(np.full(n, 1.0 / n))
    return min(numbers) >= 1 and max(numbers) <= n + TOLERANCE and near(equal, n)


def analytic_is_the_quadratic_programme(e: Example) -> bool:
    """The threshold rule solves the long-only programme."""
    beta, market, own = one_factor_model(e)
    w = np.asarray(single_factor.single_factor_minimum_variance(beta, market, own))
    limit = single_factor.threshold_beta(beta, market, own)
    cov = single_factor.single_factor_covariance(beta, market, own)
    return near(w, gmv_long_only(cov)) and bool(((w > 0) == (beta < limit)).all())


def order_does_not_matter(e: Example) -> bool:
    """Sorting the betas changes nothing."""
    beta, market, own = one_factor_model(e)
    order = np.random.default_rng(2).permutation(len(beta))
    w = np.asarray(single_factor.single_factor_minimum_variance(beta, market, own))
    return near(
        np.asarray(single_factor.single_factor_minimum_variance(beta[order], market, own[order])), w[order]
    )


def systematic_risk_excludes(e: Example) -> bool:
    """A high beta excludes an asset."""
    beta = np.array([0.5, 0.8, 1.2, 2.5])
    w = np.asarray(single_factor.single_factor_minimum_variance(beta, 0.03, np.full(4, 0.02)))
    return bool(w[-1] == 0 and w[0] > 0)


def own_risk_lowers_only(e: Example) -> bool:
    """Residual risk lowers a weight and never excludes."""
    beta = np.array([0.5, 0.8, 0.9])
    weights = [
        np.asarray(single_factor.single_factor_minimum_variance(beta, 0.03, np.array([v, 0.02, 0.02])))[0]
        for v in (0.02, 0.2, 2.0)
    ]
    return bool((np.diff(weights) < 0).all() and weights[-1] > 0)


def both_risks_matter(e: Example) -> bool:
    """All three risk-based portfolios move with beta and with residual risk."""
    beta, market, own = np.array([0.6, 0.8, 1.0]), 0.03, np.array([0.02, 0.03, 0.04])
    rules: tuple[Callable[..., object], ...] = (
        single_factor.single_factor_minimum_variance,
        single_factor.single_factor_max_diversification,
        single_factor.single_factor_equal_risk,
    )
    changed = [(beta + np.array([0.1, 0, 0]), own), (beta, own * np.array([1.5, 1, 1]))]
    return all(
        not near(rule(beta, market, own), rule(b, market, o), 1e-4) for rule in rules for b, o in changed
    )


def short_ban_is_shrinkage(e: Example) -> bool:
    """No-short weights are the free ones of a shrunk covariance."""
    shrunk, _ = jagannathan_ma(e.covariance)
    return near(gmv_closed_form(shrunk), gmv_long_only(e.covariance))


def hump_of_value_at_risk(e: Example) -> bool:
    """Whether historical value at risk of a mix of two bets has two local minima: it is not convex."""
    losses = np.zeros((100, 2))
    losses[:4, 0], losses[4:8, 1] = 1.0, 1.0
    mix = np.array([0.0, 0.5, 1.0])
    var = [np.sort(losses @ np.array([m, 1 - m]))[-5] for m in mix]
    return bool(var[1] > 0.5 * var[0] + 0.5 * var[2])


def gmv_mean_is_b_over_a(e: Example) -> bool:
    """Mean of the minimum-variance portfolio: b / a."""
    constants = frontier.frontier_constants(e.mean, e.covariance)
    return near(e.gmv @ e.mean, constants.b / constants.a)


def below_average_variance(e: Example) -> bool:
    """Long-only portfolios have at most the weighted average of the variances."""
    mixes = np.random.default_rng(4).dirichlet(np.ones(len(e.mean)), 50)
    return all(e.variance(w) <= w @ e.covariance.diagonal() + TOLERANCE for w in mixes)


def equal_risk_lies_between(e: Example) -> bool:
    """Volatilities: minimum variance, then equal risk contribution, then equal weight."""
    rules = (gmv_long_only, equal_risk_contribution, equal_weight)
    low, middle, high = (e.variance(np.asarray(rule(e.covariance))) for rule in rules)
    return low <= middle + TOLERANCE and middle <= high + TOLERANCE


def equal_weight_bets(e: Example) -> bool:
    """Squared diversification ratio of ten equal assets: N / (1 + (N - 1) rho)."""
    w = np.full(10, 0.1)
    return all(
        near(
            diversification.diversification_ratio(w, (1 - rho) * np.eye(10) + rho) ** 2,
            diversification.equal_correlation_bets(10, rho),
        )
        for rho in (0.0, 0.3, 0.6)
    )


def ratio_is_largest(e: Example) -> bool:
    """The most diversified portfolio has the largest average volatility over portfolio volatility."""
    best = diversification.diversification_ratio(
        max_diversification(e.covariance, long_only=False), e.covariance
    )
    others = max(diversification.diversification_ratio(w, e.covariance) for w in e.others(100))
    return bool(best >= others - TOLERANCE)


def bets_are_the_squared_ratio(e: Example) -> bool:
    """Independent bets: squared ratio of the most diversified portfolio."""
    w = max_diversification(e.covariance, long_only=False)
    bets = diversification.independent_bets(e.covariance, long_only=False)
    return near(bets, diversification.diversification_ratio(w, e.covariance) ** 2)
