"""Mathematical statements of texts 001 and 002, each as a check that can fail.

A check takes an example (covariance and means) and answers whether the
statement, as printed, holds for it. One counterexample makes it false.
"""

from collections.abc import Callable

from portfolio_study.allocation import diversification
from portfolio_study.allocation.markowitz import mean_variance_utility
from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.allocation.simple import equal_weight, inverse_variance
from portfolio_study.studies.minimum_variance import decision_tree
from portfolio_study.studies.minimum_variance import statement_checks as checks
from portfolio_study.studies.minimum_variance import statement_checks_sampling as sampling
from portfolio_study.studies.minimum_variance.statement_examples import TOLERANCE, Example, example, near

Check = Callable[[Example], bool]
STATEMENTS: dict[str, tuple[Check, bool]] = {}
INSTANCES = 5
"""Random markets on which every statement is checked."""


def _add(true: bool = True, **checks: Check) -> None:
    STATEMENTS.update({name: (check, true) for name, check in checks.items()})


_add(
    dr_rises=checks.diversification_falls_with_correlation,
    dr_zero=lambda e: near(
        diversification.independent_bets(checks.uncorrelated(e), long_only=False), len(e.mean)
    ),
    opt_gmv=checks.leaf_is_optimal("minimum_variance_short"),
    opt_mdp=checks.leaf_is_optimal("max_diversification"),
    opt_iv=lambda e: all(checks.inverse_volatility_for(rho)(e) for rho in (0.0, 0.3, 0.7)),
    opt_ivar=lambda e: near(*checks.uncorrelated_weights(e)),
    opt_dec=checks.leaf_is_optimal("max_decorrelation"),
    diag_ivar=lambda e: near(gmv_closed_form(checks.uncorrelated(e)), inverse_variance(e.covariance)),
    erc_between=checks.equal_risk_lies_between,
    two_sep=checks.same_line_for_all,
    cal_same=checks.same_line_for_all,
    tangency_best=checks.tangency_is_best,
    upper=checks.upper_half_is_chosen,
    mvp_same=checks.least_risk_of_its_mean,
    cmvp=checks.regression_without_short_sales,
    mv_efficient=lambda e: (
        checks.leaf_is_optimal("minimum_variance_short")(e)
        and checks.leaf_is_optimal("max_diversification")(e)
    ),
    highrisk_in_mvp=checks.risky_assets_in_gmv,
    demiguel_bias=sampling.reverting_means_mislead,
    cov_sparse=sampling.promises_fail_on_large_universes,
    mctr=checks.marginal_contribution,
    gmv_formula=checks.least_risk_formula,
    gmv_nomean=lambda e: near(mean_variance_utility(e.mean * 3 + 0.1, e.covariance, 1e9), e.gmv, 1e-6),
    two_fund=checks.any_two_span,
    alpha=checks.alpha_minus_one,
    mix_above=checks.mix_above_is_efficient,
    inequality=checks.least_is_solution_of_weaker_targets,
    avg_var=checks.below_average_variance,
    hhi=checks.inverse_herfindahl_range,
    plug_in=sampling.weights_are_worse_known,
    parameter_uncertainty=sampling.estimates_cost_variance,
    consistent=sampling.corrected_promise_is_consistent,
    asymp_risk=sampling.risk_has_a_limit,
    l1_factor=checks.factor_portfolio_is_consistent,
    cdst=checks.analytic_is_the_quadratic_programme,
    sys_elim=checks.systematic_risk_excludes,
    idio_low=checks.own_risk_lowers_only,
    both_risks=checks.both_risks_matter,
    tan_only=checks.only_tangency_is_efficient,
    umvue=sampling.no_unbiased_estimator,
)
_add(
    False,
    dr_1=lambda e: near(
        diversification.diversification_ratio(equal_weight(e.covariance), e.covariance), 1.0, 1e-3
    ),
    opt_iv_any=checks.inverse_volatility_for_any,
    opt_ivar_any=lambda e: decision_tree.inverse_variance_gap(e.covariance) < TOLERANCE,
    mvp_only=checks.coincide_only_there,
    feasible=checks.every_riskier_portfolio_is_efficient,
    two_asset_label=checks.formula_is_the_minimum,
    avg_var_any=checks.below_average_variance_with_any_weights,
)


def check_statements(count: int = INSTANCES, assets: int = 5) -> dict[str, bool]:
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
