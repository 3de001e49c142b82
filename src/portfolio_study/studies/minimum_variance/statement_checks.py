"""What the statements of texts 001 and 002 say, one function for one statement."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import minimize

from portfolio_study.allocation import diversification, frontier, single_factor
from portfolio_study.allocation.markowitz import max_sharpe, mean_variance_utility
from portfolio_study.allocation.minimum_variance import gmv_closed_form, gmv_long_only
from portfolio_study.allocation.risk_based import equal_risk_contribution
from portfolio_study.allocation.simple import equal_weight, inverse_variance, inverse_volatility
from portfolio_study.studies.minimum_variance import decision_tree
from portfolio_study.studies.minimum_variance.statement_examples import (
    TOLERANCE,
    Example,
    Vector,
    near,
    one_factor_model,
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


def marginal_contribution(e: Example) -> bool:
    """Covariances with the portfolio are proportional to the slopes of its volatility, one factor for all."""
    w, step = np.full(len(e.mean), 1 / len(e.mean)), 1e-5
    moves = step * np.eye(len(w))
    slopes = np.array([np.sqrt(e.variance(w + m)) - np.sqrt(e.variance(w - m)) for m in moves]) / (2 * step)
    factor = slopes / (e.covariance @ w)
    return near(factor, 1 / np.sqrt(e.variance(w)), 1e-6)


def uncorrelated_weights(e: Example) -> tuple[Vector, Vector]:
    """Inverse variance, and what is optimal for equal means if correlations are put at zero."""
    return np.asarray(inverse_variance(e.covariance)), np.asarray(gmv_closed_form(uncorrelated(e)))


def inverse_volatility_for(correlation: float) -> Callable[[Example], bool]:
    """Whether inverse volatility is optimal for equal Sharpe ratios and one common correlation."""

    def check(e: Example) -> bool:
        cov = decision_tree.constant_correlation(e.covariance, correlation)
        best = np.asarray(max_sharpe(e.sd, cov, 0.0, long_only=False))
        return near(inverse_volatility(cov), best)

    return check


def inverse_volatility_for_any(e: Example) -> bool:
    """Whether inverse volatility is optimal for equal Sharpe ratios whatever the correlations are."""
    return near(inverse_volatility(e.covariance), max_sharpe(e.sd, e.covariance, 0.0, long_only=False), 1e-3)


def same_line_for_all(e: Example) -> bool:
    """All investors hold the same risky portfolio, whatever their risk aversion."""
    found = [frontier.complete_portfolio(e.mean, e.covariance, e.risk_free, a) for a in (2.0, 5.0, 9.0)]
    risky = [np.asarray(c.weights) / np.asarray(c.weights).sum() for c in found]
    return near(risky[0], risky[1]) and near(risky[0], risky[2])


def tangency_is_best(e: Example) -> bool:
    """No other fully invested portfolio has a higher Sharpe ratio."""
    w = e.others()
    sharpe = (w @ e.mean - e.risk_free) / np.sqrt(np.einsum("ki,ij,kj->k", w, e.covariance, w))
    best = (e.tangency @ e.mean - e.risk_free) / np.sqrt(e.variance(e.tangency))
    return bool(sharpe.max() <= best + TOLERANCE)


def upper_half_is_chosen(e: Example) -> bool:
    """Below the minimum-variance mean the same variance earns less, and no aversion to risk picks it."""
    base = float(e.gmv @ e.mean)
    mirrored = all(
        near(e.variance(e.on_frontier(base + d)), e.variance(e.on_frontier(base - d))) for d in (0.01, 0.03)
    )
    chosen = [
        np.asarray(mean_variance_utility(e.mean, e.covariance, a, long_only=False)) for a in (1.0, 4.0, 20.0)
    ]
    return mirrored and all(w @ e.mean > base for w in chosen)


def least_risk_of_its_mean(e: Example) -> bool:
    """Every frontier portfolio has the least variance of its mean: optimal and least risky coincide there."""
    for w in e.others(40):
        if e.variance(e.on_frontier(float(w @ e.mean))) > e.variance(w) + TOLERANCE:
            return False
    return True


def coincide_only_there(e: Example) -> bool:
    """As printed, "the only time": with equal means the tangency portfolio is no minimum-variance portfolio."""
    equal = np.full_like(e.mean, 0.05)
    return not near(max_sharpe(equal, e.covariance, 0.0, long_only=False), e.gmv)


def every_riskier_portfolio_is_efficient(e: Example) -> bool:
    """As printed: feasible portfolios with more risk and more mean than the least risky one are the frontier."""
    found = [w for w in e.others(200) if w @ e.mean > e.gmv @ e.mean and e.variance(w) > e.variance(e.gmv)]
    return all(near(e.variance(w), e.variance(e.on_frontier(float(w @ e.mean)))) for w in found)


def regression_without_short_sales(e: Example) -> bool:
    """Least squares with non-negative slopes that add up to one: the long-only weights of the sample."""
    sample = np.random.default_rng(3).multivariate_normal(e.mean / 12, e.covariance / 12, 60)
    last = sample[:, -1]
    # the residuals of a regression on an intercept, by slopes b on the differences to the last asset
    difference = sample[:, :-1] - last[:, None]
    centred, target = difference - difference.mean(axis=0), -(last - last.mean())
    count = centred.shape[1]
    least: Any = minimize
    found = least(
        lambda b: float(((target - centred @ b) ** 2).sum()),
        np.full(count, 1 / (count + 1)),
        jac=lambda b: -2 * centred.T @ (target - centred @ b),
        bounds=[(0, 1)] * count,
        constraints={"type": "ineq", "fun": lambda b: 1 - b.sum(), "jac": lambda b: -np.ones(count)},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    weights = np.append(found.x, 1 - found.x.sum())
    return near(weights, gmv_long_only(np.cov(sample, rowvar=False)), 1e-4)


def risky_assets_in_gmv(e: Example) -> bool:
    """Five assets of high risk that are uncorrelated with everything are all held."""
    cov = np.diag([0.04, 0.04, *[0.16] * 5])
    cov[0, 1] = cov[1, 0] = 0.03
    return bool((np.asarray(gmv_long_only(cov))[2:] > 0.05).all())


def least_is_solution_of_weaker_targets(e: Example) -> bool:
    """Where the mean of the least risky portfolio reaches the target, it has least variance under it."""
    target, base = float(e.gmv @ e.mean) - 0.01, e.variance(e.gmv)
    others = e.others()
    allowed = others[others @ e.mean >= target]
    return bool(np.einsum("ki,ij,kj->k", allowed, e.covariance, allowed).min() >= base - TOLERANCE)


def any_two_span(e: Example) -> bool:
    """A third frontier portfolio is a mix of two others."""
    a, b, c = (e.on_frontier(m) for m in (0.03, 0.09, 0.05))
    return near(frontier.two_fund(a, 0.03, b, 0.09, 0.05), c)


def alpha_minus_one(e: Example) -> bool:
    """Minus one of one and two of another portfolio stay on the frontier."""
    a, b = e.on_frontier(0.04), e.on_frontier(0.06)
    return near(-1.0 * a + 2.0 * b, e.on_frontier(0.08))


def mix_above_is_efficient(e: Example) -> bool:
    """A mix of efficient portfolios is efficient if its mean is above the least risky one's, and only then."""
    low, high = (float(e.gmv @ e.mean) + d for d in (0.01, 0.05))
    a, b = e.on_frontier(low), e.on_frontier(high)
    for share in (-0.5, 0.3, 1.2, 2.0):
        w = share * a + (1 - share) * b
        mean = float(w @ e.mean)
        mirrored = e.on_frontier(2 * float(e.gmv @ e.mean) - mean)
        efficient = near(w, e.on_frontier(mean)) and mirrored @ e.mean <= mean
        if efficient != (mean > e.gmv @ e.mean):
            return False
    return True


def only_tangency_is_efficient(e: Example) -> bool:
    """All investors hold it, and every other fully invested portfolio has a lower Sharpe ratio."""
    w = e.others()
    sharpe = (w @ e.mean - e.risk_free) / np.sqrt(np.einsum("ki,ij,kj->k", w, e.covariance, w))
    best = (e.tangency @ e.mean - e.risk_free) / np.sqrt(e.variance(e.tangency))
    return same_line_for_all(e) and bool((sharpe < best).all())


def formula_is_the_minimum(e: Example) -> bool:
    """As printed: the variance of two assets is least whatever the weights are."""
    correlation = e.covariance[0, 1] / (e.sd[0] * e.sd[1])
    found = [frontier.two_asset_variance(w, e.sd[0], e.sd[1], correlation) for w in (0.0, 0.3, 0.7, 1.0)]
    return near(found, min(found))


def least_risk_formula(e: Example) -> bool:
    """The closed form is what a numerical minimiser finds, and its mean is m'S^-1 e / e'S^-1 e."""
    count = len(e.mean)
    least: Any = minimize
    found = least(
        e.variance,
        np.full(count, 1 / count),
        jac=lambda w: 2 * e.covariance @ w,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(count)},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    constants = frontier.frontier_constants(e.mean, e.covariance)
    return near(e.gmv, found.x, 1e-5) and near(e.gmv @ e.mean, constants.b / constants.a)


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


def systematic_risk_excludes(e: Example) -> bool:
    """Of a thousand assets with betas around one, minimum variance and maximum diversification leave out most.

    Betas have a standard deviation of 0.3, the market a volatility of 16 % and the assets one of their own
    of 25 to 45 % a year.
    """
    random = np.random.default_rng(_seed(e))
    beta, own = random.normal(1.0, 0.3, 1000).clip(0.1), random.uniform(0.25, 0.45, 1000) ** 2
    rules = (single_factor.single_factor_minimum_variance, single_factor.single_factor_max_diversification)
    return all(bool((np.asarray(rule(beta, 0.16**2, own)) <= 0).mean() > 0.5) for rule in rules)


def factor_portfolio_is_consistent(e: Example) -> bool:
    """Long-only weights of an estimated factor model come near the least risk as assets and dates grow."""
    random, excess = np.random.default_rng(_seed(e)), []
    for count in (25, 100, 400):
        beta, own = random.normal(1.0, 0.3, count), random.uniform(0.25, 0.45, count) ** 2 / 252
        market = 0.16 * random.standard_normal(4 * count) / 252**0.5
        x = np.outer(market, beta) + random.standard_normal((4 * count, count)) * np.sqrt(own)
        variance = float(market.var(ddof=1))
        slope = (market - market.mean()) @ (x - x.mean(axis=0)) / (len(x) - 1) / variance
        rest = (x - x.mean(axis=0) - np.outer(market - market.mean(), slope)).var(axis=0, ddof=2)
        truth = (beta, 0.16**2 / 252, own)
        cov = single_factor.single_factor_covariance(*truth)
        found, best = (
            np.asarray(single_factor.single_factor_minimum_variance(*model))
            for model in ((slope, variance, rest), truth)
        )
        excess.append(float(np.sqrt((found @ cov @ found) / (best @ cov @ best))) - 1)
    return excess[2] < excess[0] and excess[2] < 0.02


def _seed(e: Example) -> int:
    """Another seed for every example."""
    return int(1e9 * e.mean[0]) % 2**32


def own_risk_lowers_only(e: Example) -> bool:
    """Residual risk lowers a weight and never excludes."""
    beta = np.array([0.5, 0.8, 0.9])
    weights = [
        np.asarray(single_factor.single_factor_minimum_variance(beta, 0.03, np.array([v, 0.02, 0.02])))[0]
        for v in (0.02, 0.2, 2.0)
    ]
    return bool((np.diff(weights) < 0).all() and weights[-1] > 0)


def both_risks_matter(e: Example) -> bool:
    """All three risk-based portfolios move with beta and with residual risk, in a one-factor model.

    Each asset of the example in turn gets a little more beta, and half as much residual variance again.
    """
    own = e.covariance.diagonal()
    beta, market = 0.8 + 0.1 * np.sqrt(own / own.max()), float(own.mean())
    rules: tuple[Callable[..., object], ...] = (
        single_factor.single_factor_minimum_variance,
        single_factor.single_factor_max_diversification,
        single_factor.single_factor_equal_risk,
    )
    one = np.eye(len(own))
    changed = [(beta + 0.03 * row, own) for row in one] + [(beta, own * (1 + 0.5 * row)) for row in one]
    return all(
        not near(rule(beta, market, own), rule(b, market, o), 1e-4) for rule in rules for b, o in changed
    )


def below_average_variance(e: Example) -> bool:
    """Long-only portfolios have at most the weighted average of the variances."""
    mixes = np.random.default_rng(4).dirichlet(np.ones(len(e.mean)), 50)
    return all(e.variance(w) <= w @ e.covariance.diagonal() + TOLERANCE for w in mixes)


def below_average_variance_with_any_weights(e: Example) -> bool:
    """So have portfolios that sell one asset short to buy another one."""
    short = np.zeros(len(e.mean))
    short[:2] = 2.0, -1.0
    return bool(e.variance(short) <= short @ e.covariance.diagonal() + TOLERANCE)


def equal_risk_lies_between(e: Example) -> bool:
    """Volatilities: minimum variance, then equal risk contribution, then equal weight."""
    rules = (gmv_long_only, equal_risk_contribution, equal_weight)
    low, middle, high = (e.variance(np.asarray(rule(e.covariance))) for rule in rules)
    return low <= middle + TOLERANCE and middle <= high + TOLERANCE
