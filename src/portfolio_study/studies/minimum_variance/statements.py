"""Mathematical statements of texts 001 and 002, each as a check that can fail.

A check takes an example (covariance and means) and answers whether the
statement, as printed, holds for it. One counterexample makes it false.
"""

from collections.abc import Callable

import numpy as np

from portfolio_study.allocation import diversification, frontier
from portfolio_study.allocation.markowitz import mean_variance_utility
from portfolio_study.allocation.minimum_variance import gmv_closed_form, minimum_variance
from portfolio_study.allocation.simple import equal_weight, inverse_variance
from portfolio_study.studies.minimum_variance import decision_tree
from portfolio_study.studies.minimum_variance import statement_checks as checks
from portfolio_study.studies.minimum_variance import statement_checks_sampling as sampling
from portfolio_study.studies.minimum_variance.statement_examples import (
    TOLERANCE,
    Example,
    example,
    near,
    portfolio_variance,
)

Check = Callable[[Example], bool]
STATEMENTS: dict[str, tuple[Check, bool]] = {}


def _add(true: bool = True, **checks: Check) -> None:
    STATEMENTS.update({name: (check, true) for name, check in checks.items()})


_add(
    fig2=checks.equal_weight_bets,
    dr_def=checks.ratio_is_largest,
    dr_rises=checks.diversification_falls_with_correlation,
    dr_zero=lambda e: near(
        diversification.independent_bets(checks.uncorrelated(e), long_only=False), len(e.mean)
    ),
    bets_dr2=checks.bets_are_the_squared_ratio,
    qr_not_rmt=lambda e: not near(diversification.quality_ratio(e.covariance), len(e.mean) / 252, 1e-3),
    opt_gmv=checks.leaf_is_optimal("minimum_variance_short"),
    opt_mdp=checks.leaf_is_optimal("max_diversification"),
    opt_iv=checks.leaf_is_optimal("inverse_volatility"),
    opt_erc=checks.leaf_is_optimal("equal_risk_contribution"),
    opt_dec=checks.leaf_is_optimal("max_decorrelation"),
    opt_ew=checks.leaf_is_optimal("equal_weight"),
    opt_mkt=checks.leaf_is_optimal("market"),
    diag_ivar=lambda e: near(gmv_closed_form(checks.uncorrelated(e)), inverse_variance(e.covariance)),
    hrp_quasi=checks.hrp_only_reorders,
    erc_between=checks.equal_risk_lies_between,
    two_sep=checks.same_line_for_all,
    cp_er=checks.share_earns_share,
    cp_sd=checks.share_risks_share,
    utility=checks.utility_peaks_at_share,
    tan_max=checks.tangency_is_best,
    below_sub=checks.frontier_dominates,
    upper=checks.upper_half_dominates_lower,
    mvp_tip=checks.gmv_is_lowest,
    mvp_same=checks.optimal_is_gmv_iff_equal_means,
    min_var_var=checks.var_portfolio_is_efficient,
    two_asset=lambda e: near(
        frontier.two_asset_variance(0.4, e.sd[0], e.sd[1], e.covariance[0, 1] / (e.sd[0] * e.sd[1])),
        portfolio_variance(e.covariance[:2, :2], np.array([0.4, 0.6])),
    ),
    pca_order=lambda e: bool((np.diff(np.linalg.eigvalsh(e.covariance)) >= 0).all()),
    cmvp=checks.regression_is_constrained_gmv,
    highrisk_in_mvp=checks.risky_asset_in_gmv,
    low_r2=checks.distant_assets_are_steadier,
    mctr=lambda e: near(
        diversification.marginal_risk(e.gmv, e.covariance), e.covariance @ e.gmv / np.sqrt(e.variance(e.gmv))
    ),
    gmv_formula=checks.gmv_mean_is_b_over_a,
    gmv_nomean=lambda e: near(mean_variance_utility(e.mean * 3 + 0.1, e.covariance, 1e9), e.gmv, 1e-6),
    gmv_noshort=checks.nested_problems,
    two_fund=checks.any_two_span,
    alpha=checks.alpha_minus_one,
    mix_above=checks.mix_above_is_efficient,
    zivot=checks.recipe,
    return_const=lambda e: near(e.on_frontier(0.07) @ e.mean, 0.07)
    and near(e.on_frontier(0.07), minimum_variance(e.covariance, mean=e.mean, target_return=0.07)),
    avg_var=checks.below_average_variance,
    hhi=checks.inverse_herfindahl_range,
    cdst=checks.analytic_is_the_quadratic_programme,
    beta_sorted=checks.order_does_not_matter,
    sys_elim=checks.systematic_risk_excludes,
    idio_low=checks.own_risk_lowers_only,
    both_risks=checks.both_risks_matter,
    jm_equal=checks.short_ban_is_shrinkage,
    var_hard=checks.hump_of_value_at_risk,
    tan_only=checks.same_line_for_all,
    cal_same=checks.same_line_for_all,
    dominance=sampling.dominance_is_preference,
    moments=sampling.moments_are_enough,
    mv_efficient=lambda e: checks.leaf_is_optimal("minimum_variance_short")(e)
    and checks.leaf_is_optimal("max_diversification")(e),
    pca_idio=sampling.rest_of_first_component,
    feasible=checks.frontier_dominates,
    gmv_tip=checks.gmv_is_lowest,
    regression=sampling.regression_is_gmv,
    t_law=sampling.weights_follow_the_t_law,
    consistent=sampling.promised_variance_is_corrected,
    asymp_risk=sampling.risk_has_a_limit,
    mve_test=sampling.efficiency_test_is_a_sharpe_ratio,
)  # fmt: skip
_add(
    False,
    dr_1=lambda e: near(
        diversification.diversification_ratio(equal_weight(e.covariance), e.covariance), 1.0, 1e-3
    ),
    opt_ivar=lambda e: decision_tree.inverse_variance_gap(e.covariance) < TOLERANCE,
    mvp_right=checks.gmv_is_right_of_frontier,
    neg_cov=checks.negative_covariance_is_needed,
    two_asset_label=checks.two_asset_label,
)


def check_statements(count: int = 5, assets: int = 5) -> dict[str, bool]:
    """Check every statement on several examples; one counterexample makes it false.

    Parameters
    ----------
    count : int
        Number of examples.
    assets : int
        Assets of each.

    Returns
    -------
    dict of str to bool
        Statement to whether it holds, as printed.
    """
    examples = [example(assets, seed) for seed in range(count)]
    return {name: all(check(e) for e in examples) for name, (check, _) in STATEMENTS.items()}
