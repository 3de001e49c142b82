"""What the chapter on multi-period investment measures: one function, or one row of a table, a key."""

from functools import partial
from typing import Any

import numpy as np

from portfolio_study.allocation.multi_period import kernels, simulation
from portfolio_study.allocation.multi_period.exits import exit_distribution
from portfolio_study.checks.confidence import POWER80, Z95, simultaneous_quantile
from portfolio_study.evaluation import Inference, diebold_mariano
from portfolio_study.forecasting import var_order
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import paper, statements
from portfolio_study.studies.bayesian_multi_period.experiment import LITERAL, Experiment
from portfolio_study.studies.bayesian_multi_period.frontier_intervals import FrontierIntervals
from portfolio_study.studies.bayesian_multi_period.hindsight_figure import FITTED, PRINTED
from portfolio_study.studies.bayesian_multi_period.known_parameters import AT_VARIANCE
from portfolio_study.studies.bayesian_multi_period.simulated_tables import READINGS

AT_01 = "expected wealth at variance 0.01"
AT_05 = "expected wealth at variance 0.05"
YEARLY_POINTS = "basis points a year"
SCORE = "log score per week"
PROBABILITY = "probability"
# A short series and a prior on which the printed filter is computed.
SHORT = np.array([0.010, -0.004, 0.012, 0.003, -0.015, 0.007])
SHORT_PRIOR = ([0.002, -0.13], np.diag([1e-4, 1e-2]), 8.5e-4)


def _stated(prefix: str, found: statements.Statements) -> dict[str, Measured]:
    """Truth values of statements with what was compared, by key."""
    return {f"{prefix}.{name}": Measured(holds, note=why) for name, (holds, why) in found.items()}


def _noted(found: Inference, note: str) -> Measured:
    """An estimate with a note."""
    return Measured(found.estimate, **found.evidence(), note=note)


# ----- the scale of the run and the paper's weeks


@measure("replications", data=None)
def replications(study: Experiment) -> int:
    """Estimation samples in each cell of the tables; the paper has 100."""
    return study.replications


@measure(data=None)
def paths(study: Experiment) -> int:
    """Future paths on which two investors are compared."""
    return study.paths


@measures(["weeks", "first_fit"], "weeks", data="paper_sample")
def sample_weeks(study: Experiment) -> dict[str, int]:
    """Weeks of the paper's sample, and those before the investment."""
    return {"weeks": len(study.weeks.returns), "first_fit": study.weeks.split}


# ----- section 2: the filter


@measure("variance", key="filter.published_q", data=None)
def printed_variance(study: Experiment) -> float:
    """The printed forecast variance at phi = -0.9, r = 2, sigma^2 = 0.2."""
    return -0.9 * 2.0**2 + 0.2


FILTER = (
    "filter.update",
    "filter.sequential_is_batch",
    "filter.published_q_is_variance",
    "filter.regressor_fits",
    "filter.conjugate_in_mean",
    "filter.forecast",
    "filter.prior_index",
    "filter.posterior_index",
    "filter.return_is_vector",
    "filter.conditional_mean",
)


@measures(FILTER, data=None)
def filter_statements(study: Experiment) -> dict[str, Measured]:
    """Equations (2) to (6), each computed as printed on a short series."""
    return _stated("filter", statements.filter_statements(SHORT, *SHORT_PRIOR))


@measure("weeks of 26 with a negative variance", key="filter.q_negative", data="paper_sample")
def negative_variances(study: Experiment) -> int:
    """Weeks of the investment in which the printed forecast variance is below zero."""
    return int((study.weeks.published_variance < 0).sum())


@measure("median relative error", key="filter.q_error", data="paper_sample")
def variance_error(study: Experiment) -> float:
    """How far the printed forecast variance is off in the median week."""
    weeks = study.weeks
    return float((weeks.published_variance / weeks.learnt.forecast_variance - 1).abs().median())


@measure("return a year that a forecast without constant loses", key="filter.intercept", data="paper_sample")
def lost_constant(study: Experiment) -> float:
    """What a forecast without the constant leaves out."""
    return float(study.weeks.fit.mean[0]) * 52


@measure(
    "standard deviation of the conditional mean, per week", key="filter.conditional_sd", data="paper_sample"
)
def conditional_deviation(study: Experiment) -> float:
    """How much the conditional mean moves around the unconditional one."""
    return abs(float(study.weeks.fit.mean[1])) * float(study.weeks.returns.std())


@measures(["filter.phi_moved", "filter.phi_moved_in_se"], data="paper_sample")
def phi_moved(study: Experiment) -> dict[str, float]:
    """How far phi moves during the investment, also in standard errors of the first fit."""
    fit = study.weeks.fit
    change = abs(float((study.weeks.learnt.mean.iloc[-1] - fit.mean).iloc[1]))
    return {
        "filter.phi_moved": change,
        "filter.phi_moved_in_se": change / float(np.sqrt(fit.covariance[1, 1])),
    }


@measure(key="filter.largest_step", data="paper_sample")
def largest_step(study: Experiment) -> str:
    """End of the week in which phi moves most."""
    return f"{study.weeks.learnt.mean['lag_1'].diff().abs().idxmax():%d %B %Y}"


@measure("ratio", key="filter.noise_ratio", data="paper_sample")
def noise_ratio(study: Experiment) -> float:
    """Variance of the noise after the investment over that before it, where it is learnt too."""
    return float(study.weeks.student.noise_variance[-1] / study.weeks.fit.noise_variance)


NOISE = ("filter.noise_variance_before", "filter.noise_variance_after")


@measures(NOISE, "per week squared", data="paper_sample")
def noise_variances(study: Experiment) -> dict[str, float]:
    """Variance of the noise before and after the investment, where it is learnt too."""
    return {
        "filter.noise_variance_before": float(study.weeks.fit.noise_variance),
        "filter.noise_variance_after": float(study.weeks.student.noise_variance[-1]),
    }


@measures(["filter.score_normal", "filter.score_student"], SCORE, data="paper_sample")
def filter_scores(study: Experiment) -> dict[str, float]:
    """Mean log score during the investment, with a known and with an unknown variance of the noise."""
    return {
        "filter.score_normal": float(study.weeks.learnt.log_score.mean()),
        "filter.score_student": float(study.weeks.student.log_score.mean()),
    }


@measure(key="filter.noise_has_prior", data=None)
def noise_has_prior(study: Experiment) -> Measured:
    """The paper's filter updates the variance of the noise."""
    moves = len(set(study.weeks.learnt.noise_variance)) > 1
    return Measured(moves, note="in the paper's filter the noise variance is a constant")


# ----- section 6.2: the sample

# fmt: off
CONVENTIONS = (  # weekday, kind of return, weeks, estimate
    "sample.MON.simple.130.mu", "sample.MON.simple.130.phi", "sample.MON.simple.130.noise_variance",
    "sample.MON.simple.156.mu", "sample.MON.simple.156.phi", "sample.MON.simple.156.noise_variance",
    "sample.MON.log.130.mu", "sample.MON.log.130.phi", "sample.MON.log.130.noise_variance",
    "sample.MON.log.156.mu", "sample.MON.log.156.phi", "sample.MON.log.156.noise_variance",
    "sample.TUE.simple.130.mu", "sample.TUE.simple.130.phi", "sample.TUE.simple.130.noise_variance",
    "sample.TUE.simple.156.mu", "sample.TUE.simple.156.phi", "sample.TUE.simple.156.noise_variance",
    "sample.TUE.log.130.mu", "sample.TUE.log.130.phi", "sample.TUE.log.130.noise_variance",
    "sample.TUE.log.156.mu", "sample.TUE.log.156.phi", "sample.TUE.log.156.noise_variance",
    "sample.WED.simple.130.mu", "sample.WED.simple.130.phi", "sample.WED.simple.130.noise_variance",
    "sample.WED.simple.156.mu", "sample.WED.simple.156.phi", "sample.WED.simple.156.noise_variance",
    "sample.WED.log.130.mu", "sample.WED.log.130.phi", "sample.WED.log.130.noise_variance",
    "sample.WED.log.156.mu", "sample.WED.log.156.phi", "sample.WED.log.156.noise_variance",
    "sample.THU.simple.130.mu", "sample.THU.simple.130.phi", "sample.THU.simple.130.noise_variance",
    "sample.THU.simple.156.mu", "sample.THU.simple.156.phi", "sample.THU.simple.156.noise_variance",
    "sample.THU.log.130.mu", "sample.THU.log.130.phi", "sample.THU.log.130.noise_variance",
    "sample.THU.log.156.mu", "sample.THU.log.156.phi", "sample.THU.log.156.noise_variance",
    "sample.FRI.simple.130.mu", "sample.FRI.simple.130.phi", "sample.FRI.simple.130.noise_variance",
    "sample.FRI.simple.156.mu", "sample.FRI.simple.156.phi", "sample.FRI.simple.156.noise_variance",
    "sample.FRI.log.130.mu", "sample.FRI.log.130.phi", "sample.FRI.log.130.noise_variance",
    "sample.FRI.log.156.mu", "sample.FRI.log.156.phi", "sample.FRI.log.156.noise_variance",
)
# fmt: on


@measures(CONVENTIONS, data="paper_sample")
def convention_estimates(study: Experiment) -> dict[str, float]:
    """AR(1) of the index by the day that ends a week, kind of return and number of weeks."""
    return {
        f"sample.{day}.{kind}.{n}.{name}": row[name]
        for (day, kind, n), row in study.weeks.conventions.iterrows()
        for name in ("mu", "phi", "noise_variance")
    }


VARIANCE_RATIOS = ("sample.variance_ratio", "sample.least_variance_ratio", "sample.largest_variance_ratio")


@measures(VARIANCE_RATIOS, "ratio", data="paper_sample")
def variance_ratios(study: Experiment) -> dict[str, float]:
    """The paper's variance over that of the first 130 weeks: Friday closes, least and largest."""
    ratio = study.weeks.variance_ratio
    first = ratio.xs(130, level="weeks")
    return {
        "sample.variance_ratio": float(ratio["FRI", "simple", 130]),
        "sample.least_variance_ratio": float(first.min()),
        "sample.largest_variance_ratio": float(first.max()),
    }


@measures(["sample.variance_matches_130", "sample.variance_matches_156"], "conventions", data="paper_sample")
def variance_matches(study: Experiment) -> dict[str, int]:
    """Conventions that give the paper's variance within 5 %, on the first weeks and on all."""
    ratio = study.weeks.variance_ratio
    return {
        f"sample.variance_matches_{n}": int(ratio.xs(n, level="weeks").between(0.95, 1.05).sum())
        for n in (130, 156)
    }


@measure("conventions", key="sample.exact_matches", data="paper_sample")
def exact_matches(study: Experiment) -> int:
    """Conventions that give mean and coefficient to all printed digits."""
    found = study.weeks.conventions
    return int(((found["mu"].round(5) == paper.MEAN) & (found["phi"].round(5) == paper.PHI)).sum())


@measure(key="sample.nearest", data="paper_sample")
def nearest_convention(study: Experiment) -> str:
    """Convention that is nearest to the paper on all weeks."""
    return " ".join(study.weeks.nearest)


@measures(["sample.nearest_mu", "sample.nearest_phi", "sample.nearest_noise_variance"], data="paper_sample")
def nearest_estimates(study: Experiment) -> dict[str, float]:
    """Its estimates."""
    row = study.weeks.conventions.loc[(*study.weeks.nearest, 156)]
    return {f"sample.nearest_{name}": row[name] for name in ("mu", "phi", "noise_variance")}


ORDERS = (
    "sample.order_130",
    "sample.order_130_with_zero",
    "sample.order_156",
    "sample.order_156_with_zero",
)


@measures(ORDERS, "lags", data="paper_sample")
def chosen_lags(study: Experiment) -> dict[str, Measured]:
    """Lags that AIC chooses, from one to five and from zero to five."""
    found = {}
    for n, aic in study.weeks.order_criteria.items():
        free = int(aic.idxmin())
        note = f"with order zero among the candidates AIC chooses {free}"
        found[f"sample.order_{n}"] = Measured(int(aic.loc[1:].idxmin()), note=note)
        found[f"sample.order_{n}_with_zero"] = Measured(free)
    return found


@measure(key="sample.return_is_gross", data="paper_sample")
def return_is_gross(study: Experiment) -> Measured:
    """The printed mean is that of a gross return."""
    gross = 1 + study.weeks.returns.mean()
    return Measured(bool(np.isclose(gross, paper.MEAN, atol=0.01)), note="a gross return has a mean near 1")


# ----- sections 3 and 4: the policy for independent returns

POLICY = (
    "policy.optimal",
    "policy.theta",
    "policy.moments",
    "policy.published_frontier",
    "policy.upper_branch",
    "policy.value_function",
    "policy.e24",
    "policy.e25",
    "policy.e23",
    "policy.embedding",
    "policy.risk_falls",
    "policy.excess_moments",
    "policy.names_unique",
    "policy.smoothing",
    "policy.one_period",
    "policy.theorem_2_exists",
)


@measures(POLICY, data=None)
def policy_statements(study: Experiment) -> dict[str, Measured]:
    """Theorems 1 and 3 to 5, (23) to (25), and the moments of the excess return."""
    found = statements.policy_statements(study.known.three_periods) | statements.moment_statements()
    return _stated("policy", found)


@measure(key="policy.same_period", data=None)
def same_period(study: Experiment) -> Measured:
    """The forecast of week t is one of the excess return that is earned from t to t + 1."""
    weeks = study.weeks
    later = weeks.fit.mean @ [1.0, weeks.returns.iloc[weeks.split + 1]]
    return Measured(
        statements.close(weeks.learnt.forecast.iloc[1], later, 1e-9),
        note="the forecast of r_t uses returns to t - 1, so the excess return earned from t "
        "to t + 1 needs f_(t+1)",
    )


FORMULAS = ("policy.formula_error", "policy.printed_error", "policy.printed_error_share")


@measures(FORMULAS, data=None)
def formula_errors(study: Experiment) -> dict[str, float]:
    """Distance of the variance by formula from the integrated one; the printed one also as a share."""
    integrated, printed = study.known.three_integrated[1], study.known.three_printed
    return {
        "policy.formula_error": max(abs(study.known.three_periods.variance - integrated), 1e-18),
        "policy.printed_error": abs(printed - integrated),
        "policy.printed_error_share": abs(printed / integrated - 1),
    }


@measures(["policy.formula_off", "policy.printed_off"], "standard errors of the simulation", data=None)
def simulated_errors(study: Experiment) -> dict[str, float]:
    """Distance of the variance by formula from the simulated one."""
    seen, error = study.known.three_seen
    return {
        "policy.formula_off": abs(study.known.three_periods.variance - seen["variance"]) / error["variance"],
        "policy.printed_off": abs(study.known.three_printed - seen["variance"]) / error["variance"],
    }


@measures(["policy.several", "policy.several_published_frontier"], data=None)
def two_assets(study: Experiment) -> dict[str, bool]:
    """The formulas for several assets, and their printed frontier, agree with integration."""
    two = study.known.two_assets
    expected, variance = simulation.quadrature_moments(two)
    printed = two.efficient_frontier.variance(two.expected_wealth, "as_published")
    return {
        "policy.several": statements.close(two.variance, variance, 1e-12)
        and statements.close(two.expected_wealth, expected, 1e-12),
        "policy.several_published_frontier": statements.close(printed, two.variance, 1e-9),
    }


VAR = (
    "var.regression",
    "var.covariance",
    "var.residual_covariance",
    "var.forecast_fits",
    "var.blocks_for_n",
    "var.gain_fits",
    "var.position_fits",
    "var.lag_index_consistent",
)


@measures(VAR, data=None)
def var_statements(study: Experiment) -> dict[str, Measured]:
    """Section 5 and (18) to (22): the vector autoregression as printed."""
    return _stated("var", statements.var_statements(study.seed))


@measure("parameters of two assets", key="var.parameters", data=None)
def var_parameters(study: Experiment) -> int:
    """Parameters of a VAR(1) of two assets."""
    return 2 * (2 * 1 + 1)


# ----- the riskless return


@measure("of wealth per week", key="units.loss", data=None)
def literal_loss(study: Experiment) -> float:
    """What safe money loses with a gross return of 0.0057."""
    return 1 - paper.RISK_FREE


@measures(["units.yearly", "units.index_yearly"], "a year", data=None)
def yearly_rates(study: Experiment) -> dict[str, float]:
    """The printed rate read as a week's, and the printed mean of the index, compounded over a year."""
    return {"units.yearly": study.weekly**52 - 1, "units.index_yearly": (1 + paper.MEAN) ** 52 - 1}


@measure(key="units.literal_lambda", data=None)
def literal_lambda(study: Experiment) -> float:
    """The coefficient lambda_0 with the printed gross return."""
    return float(study.known.riskless.loc[LITERAL, "lambda_0"])


@measure(key="units.literal_works", data=None)
def literal_works(study: Experiment) -> bool:
    """With the printed gross return safe money keeps half of its value."""
    return bool(study.known.riskless.loc[LITERAL, "riskless wealth"] > 0.5)


# ----- below (9): returns that remember


@measures(["exact.theta", "exact.plug_in_theta"], data=None)
def thetas(study: Experiment) -> dict[str, float]:
    """Theta that the truth offers, and that the plug-in promises."""
    return {
        "exact.theta": study.known.exact.theta_sum,
        "exact.plug_in_theta": study.known.plug_in.theta_sum,
    }


@measure("E - omega Var, wealth per 1 invested", key="exact.gain", data=None)
def reaction_gain(study: Experiment) -> Measured:
    """What the exact policy gains over the plug-in that is kept."""
    exact, kept = (study.known.policies[name][1] for name in ("exact", "plug-in, kept"))
    return Measured(
        exact.objective - kept.objective, se=float(np.hypot(exact.se_objective, kept.se_objective))
    )


@measures(["exact.gap", "exact.plug_in_gap"], "standard errors", data=None)
def broken_promises(study: Experiment) -> dict[str, float]:
    """Distance of the delivered variance from the promised one, exact policy and kept plug-in."""
    return {
        "exact.gap": study.known.broken_promise("exact"),
        "exact.plug_in_gap": study.known.broken_promise("plug-in, kept"),
    }


@measures(["exact.known_at_t", "exact.pull_out_square", "exact.pull_out"], data=None)
def serial_statements(study: Experiment) -> dict[str, Measured]:
    """What is known at time t, and which rules hold for a known factor."""
    return _stated("exact", statements.serial_statements(study.known.exact))


@measures(["exact.frontier_at_01.corrected", "exact.frontier_at_01.as_published"], f"{AT_01}, U1", data=None)
def frontier_levels(study: Experiment) -> dict[str, float]:
    """Expected wealth of the index without autocorrelation, by both formulas."""
    flat = paper.independent_policy(study.exits, study.yearly, study.risk_aversion)
    return {
        "exact.frontier_at_01.corrected": float(flat.frontier(AT_VARIANCE)),
        "exact.frontier_at_01.as_published": float(flat.frontier(AT_VARIANCE, "as_published")),
    }


@measure(f"{AT_01}, U1", key="policy.square_effect", data=None)
def square_effect(study: Experiment) -> float:
    """What the printed square changes for the index."""
    corrected, published = frontier_levels(study).values()
    return abs(published - corrected)


@measure("Theta", key="hindsight.theta_sd", data=None)
def theta_spread(study: Experiment) -> Measured:
    """Spread over paths of Theta at time 0, from forecasts that came later."""
    found = study.known.thetas
    return Measured(float(found.std()), n=len(found))


@measure(key="hindsight.theta_range", data=None)
def theta_range(study: Experiment) -> str:
    """Where nine in ten paths have their Theta."""
    low, high = np.quantile(study.known.thetas, [0.05, 0.95])
    return f"{low:.2f} to {high:.2f}"


@measure(key="hindsight.is_time_0", data=None)
def is_time_0(study: Experiment) -> Measured:
    """The frontier from realised forecasts is known at time 0."""
    note = "a frontier of time 0 cannot depend on the path that follows"
    return Measured(bool(study.known.thetas.std() < 1e-9), note=note)


# ----- figure 1


@measure(AT_01, key="figure_1.gap", data="paper_sample")
def hindsight_gap(study: Experiment) -> Measured:
    """Updated less fixed frontier, in hindsight, with the paper's initial values."""
    gap, half = study.figure_1.gaps.loc[(PRINTED, "U1"), "H1"], Z95 * study.figure_1.luck[PRINTED]
    return Measured(
        float(gap),
        interval=(float(gap - half), float(gap + half)),
        note="hindsight, the paper's initial values, U1, against H1; the interval is the "
        "spread over paths on which nothing can be learnt but noise",
    )


@measures(["figure_1.gap.H1", "figure_1.gap.H2", "figure_1.gap.H3"], AT_01, data="paper_sample")
def fitted_gaps(study: Experiment) -> dict[str, float]:
    """Updated less each reference, in hindsight, with the fit of 130 weeks."""
    ours = study.figure_1.gaps.loc[(FITTED, "U1")]
    return {f"figure_1.gap.{name}": float(ours[name]) for name in ("H1", "H2", "H3")}


@measures(["figure_1.above", "figure_1.cases"], "inputs and references", data="paper_sample")
def cases_above(study: Experiment) -> dict[str, int]:
    """Inputs and references for which the updated frontier lies above, of all."""
    gaps = study.figure_1.gaps
    return {"figure_1.above": int((gaps > 0).sum().sum()), "figure_1.cases": int(gaps.size)}


@measure(AT_01, key="figure_1.luck", data="paper_sample")
def hindsight_luck(study: Experiment) -> Measured:
    """Spread of the gap over simulated paths on which the initial parameters are the true ones."""
    return Measured(study.figure_1.luck[FITTED], n=study.figure_1.luck_paths)


@measure(AT_05, key="figure_1.honest", data=None)
def honest_gain(study: Experiment) -> Measured:
    """What updating gains on new paths of the paper's process."""
    found = study.simulated.index_process
    gain, half = found["gain"], Z95 * found["gain_se"]
    return Measured(
        gain,
        se=found["gain_se"],
        interval=(gain - half, gain + half),
        n=study.replications,
        note="both investors trade the same new paths of the paper's process",
    )


@measure(PROBABILITY, key="figure_1.honest_probability", data=None)
def honest_probability(study: Experiment) -> float:
    """Share of the estimation samples in which updating is ahead there."""
    return float(study.simulated.index_process["probability"])


# ----- figures 2 and 3: exits


@measures(["exits.P1_sums_to_one", "exits.P2_sums_to_one", "exits.P3_sums_to_one"], data=None)
def exits_sum_to_one(study: Experiment) -> dict[str, bool]:
    """The printed exit distributions are distributions."""
    plans = paper.exit_plans()
    return {
        f"exits.{name}_sums_to_one": statements.close(plans[name].sum(), 1) for name in ("P1", "P2", "P3")
    }


@measure(key="exits.default_is_P1", data=None)
def default_exit(study: Experiment) -> bool:
    """The default exit distribution is P1."""
    return bool(np.allclose(exit_distribution(26), paper.exit_plans()["P1"]))


def _exactly(value: float) -> Measured:
    """A value without error."""
    return Measured(float(value), interval=(float(value), float(value)))


@measures(["exits.spread.as_published", "exits.spread.corrected"], AT_01, data=None)
def exit_spread(study: Experiment) -> dict[str, Measured]:
    """What a broader spread of the exit gains: P3 less P1, and at equal means."""
    e = study.known.exit_levels["independent"]
    return {
        "exits.spread.as_published": _exactly(e["P3"] - e["P1"]),
        "exits.spread.corrected": _exactly(e["week 14 or 26"] - e["week 20 for certain"]),
    }


@measure(AT_01, key="exits.horizon", data=None)
def horizon_step(study: Experiment) -> Measured:
    """Least gain from one horizon to the next longer one."""
    return _exactly(study.known.horizons.diff().min())


@measure(AT_01, key="exits.effect", data=None)
def exit_effect(study: Experiment) -> Measured:
    """P1 less P3."""
    e = study.known.exit_levels["independent"]
    return _exactly(e["P1"] - e["P3"])


@measure(key="exits.consistent", data=None)
def exits_consistent(study: Experiment) -> Measured:
    """The readings of figures 2 and 3 agree."""
    e = study.known.exit_levels["independent"]
    return Measured(
        bool((e["P3"] > e["P1"]) == (horizon_step(study).value > 0)),
        note="P3 leaves earlier on average: by figure 3 it must do worse, by figure 2 better",
    )


@measure(key="exits.order", data=None)
def exit_order(study: Experiment) -> str:
    """The paper's exit distributions from the highest frontier to the lowest."""
    e = study.known.exit_levels["independent"]
    return " > ".join(e[["P1", "P2", "P3"]].sort_values(ascending=False).index)


@measure(key="exits.widest_is_worst", data=None)
def widest_is_worst(study: Experiment) -> bool:
    """The widest of the paper's exit distributions has the lowest frontier."""
    e = study.known.exit_levels["independent"]
    return bool(e["P3"] == e[["P1", "P2", "P3"]].min())


@measure(AT_01, key="exits.spread_loss", data=None)
def spread_loss(study: Experiment) -> float:
    """What a broader spread costs at equal means."""
    return -float(exit_spread(study)["exits.spread.corrected"].value)


# ----- tables 1 to 3


def _noise(p: Any, replications: int) -> Any:
    """Variance of a share, of Agresti and Coull: two successes and failures more, so 0 of n has an error."""
    near = (p * replications + 2) / (replications + 4)
    return near * (1 - near) / (replications + 4)


# fmt: off
CELLS = (  # table, parameter, reading
    "table_1.phi-0.9.H1", "table_1.phi-0.9.H2", "table_1.phi-0.9.H3", "table_1.phi-0.9.O",
    "table_1.phi-0.8.H1", "table_1.phi-0.8.H2", "table_1.phi-0.8.H3", "table_1.phi-0.8.O",
    "table_1.phi-0.7.H1", "table_1.phi-0.7.H2", "table_1.phi-0.7.H3", "table_1.phi-0.7.O",
    "table_1.phi-0.6.H1", "table_1.phi-0.6.H2", "table_1.phi-0.6.H3", "table_1.phi-0.6.O",
    "table_1.phi-0.5.H1", "table_1.phi-0.5.H2", "table_1.phi-0.5.H3", "table_1.phi-0.5.O",
    "table_1.phi-0.4.H1", "table_1.phi-0.4.H2", "table_1.phi-0.4.H3", "table_1.phi-0.4.O",
    "table_1.phi-0.3.H1", "table_1.phi-0.3.H2", "table_1.phi-0.3.H3", "table_1.phi-0.3.O",
    "table_1.phi-0.2.H1", "table_1.phi-0.2.H2", "table_1.phi-0.2.H3", "table_1.phi-0.2.O",
    "table_1.phi-0.1.H1", "table_1.phi-0.1.H2", "table_1.phi-0.1.H3", "table_1.phi-0.1.O",
    "table_1.phi+0.0.H1", "table_1.phi+0.0.H2", "table_1.phi+0.0.H3", "table_1.phi+0.0.O",
    "table_1.phi+0.1.H1", "table_1.phi+0.1.H2", "table_1.phi+0.1.H3", "table_1.phi+0.1.O",
    "table_1.phi+0.2.H1", "table_1.phi+0.2.H2", "table_1.phi+0.2.H3", "table_1.phi+0.2.O",
    "table_1.phi+0.3.H1", "table_1.phi+0.3.H2", "table_1.phi+0.3.H3", "table_1.phi+0.3.O",
    "table_1.phi+0.4.H1", "table_1.phi+0.4.H2", "table_1.phi+0.4.H3", "table_1.phi+0.4.O",
    "table_1.phi+0.5.H1", "table_1.phi+0.5.H2", "table_1.phi+0.5.H3", "table_1.phi+0.5.O",
    "table_1.phi+0.6.H1", "table_1.phi+0.6.H2", "table_1.phi+0.6.H3", "table_1.phi+0.6.O",
    "table_1.phi+0.7.H1", "table_1.phi+0.7.H2", "table_1.phi+0.7.H3", "table_1.phi+0.7.O",
    "table_1.phi+0.8.H1", "table_1.phi+0.8.H2", "table_1.phi+0.8.H3", "table_1.phi+0.8.O",
    "table_1.phi+0.9.H1", "table_1.phi+0.9.H2", "table_1.phi+0.9.H3", "table_1.phi+0.9.O",
    "table_2.mu-0.50.H1", "table_2.mu-0.50.H2", "table_2.mu-0.50.H3", "table_2.mu-0.50.O",
    "table_2.mu-0.40.H1", "table_2.mu-0.40.H2", "table_2.mu-0.40.H3", "table_2.mu-0.40.O",
    "table_2.mu-0.30.H1", "table_2.mu-0.30.H2", "table_2.mu-0.30.H3", "table_2.mu-0.30.O",
    "table_2.mu-0.20.H1", "table_2.mu-0.20.H2", "table_2.mu-0.20.H3", "table_2.mu-0.20.O",
    "table_2.mu-0.10.H1", "table_2.mu-0.10.H2", "table_2.mu-0.10.H3", "table_2.mu-0.10.O",
    "table_2.mu-0.05.H1", "table_2.mu-0.05.H2", "table_2.mu-0.05.H3", "table_2.mu-0.05.O",
    "table_2.mu-0.03.H1", "table_2.mu-0.03.H2", "table_2.mu-0.03.H3", "table_2.mu-0.03.O",
    "table_2.mu-0.01.H1", "table_2.mu-0.01.H2", "table_2.mu-0.01.H3", "table_2.mu-0.01.O",
    "table_2.mu+0.00.H1", "table_2.mu+0.00.H2", "table_2.mu+0.00.H3", "table_2.mu+0.00.O",
    "table_2.mu+0.01.H1", "table_2.mu+0.01.H2", "table_2.mu+0.01.H3", "table_2.mu+0.01.O",
    "table_2.mu+0.03.H1", "table_2.mu+0.03.H2", "table_2.mu+0.03.H3", "table_2.mu+0.03.O",
    "table_2.mu+0.05.H1", "table_2.mu+0.05.H2", "table_2.mu+0.05.H3", "table_2.mu+0.05.O",
    "table_2.mu+0.10.H1", "table_2.mu+0.10.H2", "table_2.mu+0.10.H3", "table_2.mu+0.10.O",
    "table_2.mu+0.20.H1", "table_2.mu+0.20.H2", "table_2.mu+0.20.H3", "table_2.mu+0.20.O",
    "table_2.mu+0.30.H1", "table_2.mu+0.30.H2", "table_2.mu+0.30.H3", "table_2.mu+0.30.O",
    "table_2.mu+0.40.H1", "table_2.mu+0.40.H2", "table_2.mu+0.40.H3", "table_2.mu+0.40.O",
    "table_2.mu+0.50.H1", "table_2.mu+0.50.H2", "table_2.mu+0.50.H3", "table_2.mu+0.50.O",
    "table_3.s20.01.H1", "table_3.s20.01.H2", "table_3.s20.01.H3", "table_3.s20.01.O",
    "table_3.s20.1.H1", "table_3.s20.1.H2", "table_3.s20.1.H3", "table_3.s20.1.O",
    "table_3.s21.H1", "table_3.s21.H2", "table_3.s21.H3", "table_3.s21.O",
    "table_3.s25.H1", "table_3.s25.H2", "table_3.s25.H3", "table_3.s25.O",
)
# fmt: on
FORMS = {1: "table_1.phi{:+.1f}", 2: "table_2.mu{:+.2f}", 3: "table_3.s2{:g}"}


@measures(CELLS, PROBABILITY, data=None)
def table_cells(study: Experiment) -> dict[str, Measured]:
    """Probability that updating performs better, by table, cell and reading."""
    found = {}
    for table, form in FORMS.items():
        for reading in READINGS:
            for parameter, p in study.simulated.probability(table, reading).items():
                se = float(np.sqrt(_noise(p, study.replications)))
                found[f"{form.format(parameter)}.{reading}"] = Measured(
                    p, se=se, n=study.replications, bounds=(0.0, 1.0)
                )
    return found


CONTRASTS = (
    "table_1.middle.as_published",
    "table_1.middle.corrected",
    "table_1.dip.as_published",
    "table_1.dip.corrected",
    "table_2.small.as_published",
    "table_2.small.corrected",
    "table_2.large.as_published",
    "table_2.large.corrected",
    "table_3.rises.as_published",
    "table_3.rises.corrected",
)


@measures(CONTRASTS, PROBABILITY, data=None)
def table_contrasts(study: Experiment) -> dict[str, Measured]:
    """What the paper says of its tables, as differences of probabilities, in hindsight (H1) and honest (O)."""

    def noise(p: Any) -> Any:
        return _noise(p, study.replications)

    def contrast(estimate: float, variance: float, family: int = 1) -> Measured:
        """A difference with a binomial interval, simultaneous over a family."""
        half = simultaneous_quantile(family) * np.sqrt(variance)
        return Measured(
            float(estimate),
            interval=(float(estimate - half), float(estimate + half)),
            n=study.replications,
            detectable=float(POWER80 * np.sqrt(variance)),
        )

    found = {}
    for reading, name in (("as_published", "H1"), ("corrected", "O")):
        p = study.simulated.probability(1, name)
        middle, outside = p[np.abs(p.index) < 0.45], p[np.abs(p.index) > 0.45]
        found[f"table_1.middle.{reading}"] = contrast(
            middle.mean() - outside.mean(),
            noise(middle).sum() / len(middle) ** 2 + noise(outside).sum() / len(outside) ** 2,
        )
        near = min(p[-0.1], p[0.1])
        found[f"table_1.dip.{reading}"] = contrast(near - p[0.0], noise(near) + noise(p[0.0]), 2)
        p = study.simulated.probability(2, name)
        small = p[np.abs(p.index) <= 0.05]
        found[f"table_2.small.{reading}"] = contrast(small.min() - 0.5, noise(small.min()), len(small))
        far = max((p[-0.5], p[0.5]), key=lambda q: abs(q - 0.5))
        found[f"table_2.large.{reading}"] = contrast(0.1 - abs(far - 0.5), noise(far), 2)
        p = study.simulated.probability(3, name)
        found[f"table_3.rises.{reading}"] = contrast(
            p.iloc[-1] - p.iloc[0], noise(p.iloc[-1]) + noise(p.iloc[0])
        )
    return found


@measure(AT_05, key="table_1.mean_gain", data=None)
def mean_gain(study: Experiment) -> Measured:
    """What updating gains on average over the cells of Table 1."""
    gain = study.simulated.honest
    return Measured(
        float(gain["gain"].mean()),
        se=float(np.sqrt((gain["gain_se"] ** 2).sum()) / len(gain)),
        n=study.replications * len(gain),
    )


@measure(key="table_1.closest", data=None)
def closest_reading(study: Experiment) -> str:
    """Reading that is closest to the printed Table 1."""
    return str(study.simulated.distances.idxmin())


@measures(["table_1.distance", "table_1.largest_distance"], f"{PROBABILITY}, root mean square", data=None)
def table_distances(study: Experiment) -> dict[str, float]:
    """Distance of the closest and of the farthest reading from the printed Table 1."""
    found = study.simulated.distances
    return {"table_1.distance": float(found.min()), "table_1.largest_distance": float(found.max())}


@measure(key="table_1.reproduced", data=None)
def table_1_reproduced(study: Experiment) -> bool:
    """Some reading comes within 0.1 of the printed Table 1, root mean square."""
    return bool(study.simulated.distances.min() <= 0.1)


@measure(PROBABILITY, key="table_1.jump", data=None)
def jump_at_zero(study: Experiment) -> float:
    """Probability at phi = 0.1 less that at phi = 0, honest reading; the paper prints 0.17 and 1.00."""
    p = study.simulated.probability(1, "O")
    return float(p[0.1] - p[0.0])


@measures(["belief.at_zero", "belief.at_minus_0.1"], PROBABILITY, data=None)
def belief_probabilities(study: Experiment) -> dict[str, float]:
    """Probability that updating is ahead on paths of the process that the investor believes in."""
    belief = study.simulated.belief
    return {"belief.at_zero": float(belief[0.0]), "belief.at_minus_0.1": float(belief[-0.1])}


@measure(PROBABILITY, key="belief.advantage", data=None)
def belief_advantage(study: Experiment) -> float:
    """The same at phi = 0, less the probability against a fixed truth."""
    return float(study.simulated.belief[0.0] - study.simulated.probability(1, "O")[0.0])


@measure(key="table_1.hurts", data=None)
def learning_hurts(study: Experiment) -> bool:
    """At phi = -0.4 updating is ahead in fewer than half of the samples."""
    return bool(study.simulated.probability(1, "O")[-0.4] < 0.5)


@measures(["map.cells_ahead", "map.cells"], "cells", data=None)
def map_cells(study: Experiment) -> dict[str, int]:
    """Cells of the map in which updating is ahead in more than half of the samples, of all."""
    share = study.simulated.share
    return {"map.cells_ahead": int((share > 0.5).sum().sum()), "map.cells": int(share.size)}


@measures(["map.luck_minus", "map.luck_plus"], "correlation", data=None)
def luck_correlations(study: Experiment) -> dict[str, float]:
    """Correlation of the learnt coefficient with the distance to the target at phi = -0.4 and +0.4."""
    found = study.simulated.bad_luck.set_index("phi")["correlation"]
    return {"map.luck_minus": float(found[-0.4]), "map.luck_plus": float(found[0.4])}


@measure(key="map.mirrored", data=None)
def luck_is_mirrored(study: Experiment) -> bool:
    """Those who lag have learnt a weaker coefficient, on both sides of zero."""
    minus, plus = luck_correlations(study).values()
    return bool(minus > 0 > plus)


@measure(key="tables.near_one_breaks_down", data=None)
def near_one_breaks_down(study: Experiment) -> Measured:
    """An autoregression with a coefficient of 0.9 breaks down."""
    holds, why = statements.near_unit_root(0.9, seed=study.seed)
    return Measured(holds, note=why)


@measure("times the noise variance", key="tables.near_one_variance", data=None)
def near_one_variance(study: Experiment) -> float:
    """Variance of an autoregression with a coefficient of 0.9."""
    return 1 / (1 - 0.81)


# ----- figures 4 and 5: intervals


@measures(
    ["intervals.coverage.as_published", "intervals.coverage.corrected"], "% of realised wealth", data=None
)
def coverage(study: Experiment) -> dict[str, Measured]:
    """Share of the realised outcomes that a central 50 % interval holds."""
    found = {}
    for reading, name in (("as_published", "as_published"), ("corrected", "predictive")):
        share, n = study.intervals.covered.loc[name, "coverage"], study.coverage_replications
        se = 100 * float(np.sqrt(max(share * (1 - share), 0.01) / n))
        found[f"intervals.coverage.{reading}"] = Measured(100 * share, se=se, n=n)
    return found


WIDTHS = {
    "intervals.widening.as_published": FrontierIntervals.published_width,
    "intervals.widening.corrected": FrontierIntervals.predictive_width,
}


@measures(WIDTHS, "wealth per 1 invested", data="paper_sample")
def widening(study: Experiment) -> dict[str, Measured]:
    """How much wider central 50 % intervals are at omega = 0.5 than at omega = 3."""
    found = {}
    for key, width in WIDTHS.items():
        mean, se = study.intervals.widening(partial(width, study.intervals))
        found[key] = Measured(mean, se=se, n=8)
    return found


@measure(key="intervals.lagged", data=None)
def moments_are_lagged(study: Experiment) -> Measured:
    """The published moments do not change with the last return."""
    weeks, gross = study.weeks, study.yearly
    realised = weeks.after.to_numpy()
    moved = realised * np.r_[np.ones(len(realised) - 1), 0.0]
    theta, other = (
        kernels.frontier_terms(
            weeks.prior[1] * path - (gross - 1), np.full(len(path), weeks.prior[5]), gross, study.exits
        )[0]
        for path in (realised, moved)
    )
    return Measured(
        statements.close(theta, other, 1e-12),
        note="the published moments change with the last return, which no forecast can know",
    )


@measure(key="intervals.cites_frontier", data=None)
def cites_frontier(study: Experiment) -> Measured:
    """Step (v) cites the equation of the frontier."""
    cited, frontier_equation = 5, 9
    note = "(5) is the posterior of the filter; the variance of wealth is (9)"
    return Measured(cited == frontier_equation, note=note)


# ----- out of sample on the index


@measure("weeks", key="oos.window", data=None)
def fit_weeks(study: Experiment) -> int:
    """Weeks behind each fit."""
    return study.window


UTILITIES = (  # the star stands for the costs of the run in basis points
    "oos.updated_fixed.cost_*",
    "oos.mean_updated_fixed.cost_*",
    "oos.updated_no_memory.cost_*",
    "oos.rebalanced.cost_*",
    "oos.updated_riskless.cost_*",
)


@measures(UTILITIES, YEARLY_POINTS, data="index")
def utility_differences(study: Experiment) -> dict[str, Inference]:
    """Differences of realised E - omega Var between two policies, by cost."""
    return {f"oos.{name}.cost_{cost:g}": found for (cost, name), found in study.walk.tests.items()}


@measure(YEARLY_POINTS, key="oos.practical", data="index")
def practical(study: Experiment) -> Measured:
    """Realised utility of the updating investor after costs, less that of doing nothing."""
    found = study.walk.tests[study.walk.high_cost, "updated_riskless"]
    return _noted(found, "after costs of 10 bp, against the riskless rate")


@measure("wealth per 1 invested, worst decade", key="oos.always", data="index")
def worst_decade(study: Experiment) -> Measured:
    """Wealth of updated less fixed in the worst decade, with the interval of the least of all."""
    found = study.walk.decades
    return Measured(
        float(found["mean"].min()),
        interval=(float(found["low"].min()), float(found["high"].min())),
        n=len(study.walk.difference),
    )


@measure("share of windows", key="oos.ahead", data="index")
def windows_ahead(study: Experiment) -> float:
    """Windows in which the updating investor ends with more."""
    return float((study.walk.difference > 0).mean())


OUTCOMES = {
    "oos.mean.updated": ("updated", "mean"),
    "oos.mean.fixed": ("fixed", "mean"),
    "oos.worst.updated": ("updated", "worst"),
    "oos.worst.fixed": ("fixed", "worst"),
}


@measures(OUTCOMES, "wealth per 1 invested", data="index")
def outcomes(study: Experiment) -> dict[str, float]:
    """Mean wealth at exit and wealth of the worst window, before costs."""
    free = study.walk.summary[study.costs[0]]
    return {key: float(free.loc[policy, what]) for key, (policy, what) in OUTCOMES.items()}


@measure("times initial wealth", key="oos.traded", data="index")
def amount_traded(study: Experiment) -> float:
    """What the updating investor trades in half a year."""
    return float(study.walk.summary[study.costs[0]].loc["updated", "traded"])


@measure(key="oos.ruin", data="index")
def loses_borrowed_money(study: Experiment) -> bool:
    """Some policy ends a window with less than nothing."""
    return bool(study.walk.summary[study.costs[0]]["worst"].min() < 0)


@measures(["oos.difference", "oos.calm_difference"], "wealth per 1 invested", data="index")
def wealth_differences(study: Experiment) -> dict[str, float]:
    """Mean wealth of updated less fixed, over all windows and without the largest 5 %."""
    walk = study.walk
    return {
        "oos.difference": float(walk.difference.mean()),
        "oos.calm_difference": float(walk.calm.mean()),
    }


@measure("year", key="oos.extreme_year", data="index")
def extreme_year(study: Experiment) -> int:
    """Year from which most of the largest differences come."""
    return study.walk.extreme_year


@measure(key="oos.best_policy", data="index")
def best_policy(study: Experiment) -> str:
    """Policy with the highest realised utility before costs."""
    return str(study.walk.summary[study.costs[0]]["utility"].idxmax())


@measure("E - omega Var, wealth per 1 invested", key="oos.memory", data="index")
def memory_gain(study: Experiment) -> float:
    """Realised utility of the plan with autocorrelation less that without, both with fixed parameters."""
    utility = study.walk.summary[study.costs[0]]["utility"]
    return float(utility["fixed"] - utility["mean fixed"])


SCORES = {
    "scores.updated_fixed.corrected": "fixed",
    "scores.no_memory": "mean updated",
    "scores.fit_once": "fit once",
    "scores.updated_student": "updated, Student t",
}


@measures(SCORES, SCORE, data="index")
def score_differences(study: Experiment) -> dict[str, Inference]:
    """Mean log score of the updated AR(1) less that of another forecast."""
    return {key: study.walk.against[name] for key, name in SCORES.items()}


@measure(SCORE, key="scores.updated_fixed.as_published", data="paper_sample")
def paper_score(study: Experiment) -> Measured:
    """Log score of updated less fixed parameters during the paper's 26 weeks."""
    weeks = study.weeks
    found = diebold_mariano(-weeks.fixed_score, -weeks.learnt.log_score, method="newey_west")
    return _noted(found, "the paper's 26 weeks")


# A claim about the index and the run's assets: the data it needs are the index, those shown are the run's.
@measure("absolute autocorrelation, smallest over assets", key="serial.smallest", data="index")
def smallest_autocorrelation(study: Experiment) -> Measured:
    """Smallest autocorrelation over assets, with an interval that holds for all of them."""
    found = study.autocorrelations
    half = simultaneous_quantile(len(found)) * found["se"]
    return Measured(
        float(found["size"].min()),
        interval=(
            float((found["size"] - half).clip(lower=0.0).min()),
            float((found["size"] + half).min()),
        ),
        n=len(study.index_returns),
        data="daily",
    )


@measures(["serial.assets", "serial.rejected"], "assets", data="daily")
def serial_assets(study: Experiment) -> dict[str, int]:
    """Assets, and those whose autocorrelation differs from zero at 5 %."""
    found = study.autocorrelations
    return {
        "serial.assets": len(found),
        "serial.rejected": int((found["size"] / found["se"] > Z95).sum()),
    }


@measure("assets", key="serial.by_chance", data="daily")
def serial_by_chance(study: Experiment) -> float:
    """Assets whose autocorrelation would differ from zero by chance."""
    return 0.05 * serial_assets(study)["serial.assets"]


@measure(key="serial.smallest_asset", data="daily")
def least_autocorrelated(study: Experiment) -> str:
    """Asset with the smallest autocorrelation."""
    return str(study.autocorrelations["size"].idxmin())


# ----- several assets


@measures(["several.names", "several.first", "several.last"], data="stocks")
def stocks_used(study: Experiment) -> dict[str, str]:
    """The paper's stocks that this build has, with their first and last day."""
    dates = study.stocks.close.index
    return {
        "several.names": ", ".join(study.several.names),
        "several.first": f"{dates[0]:%Y-%m-%d}",
        "several.last": f"{dates[-1]:%Y-%m-%d}",
    }


@measure(key="several.own", data="stocks")
def stocks_are_own(study: Experiment) -> bool:
    """The stocks come from the prices of this run."""
    return study.found_stocks.own


ESTIMATES = (  # the stars stand for the five stocks; without all of them there is no such VAR
    "var.130.mu.*",
    "var.130.phi.*",
    "var.130.order",
    "var.156.mu.*",
    "var.156.phi.*",
    "var.156.order",
)


@measures(ESTIMATES, data="paper_stock_weeks")
def var_estimates(study: Experiment) -> dict[str, Any]:
    """VAR(1) of the five stocks, on the first 130 weeks and on all: means, coefficients, order by AIC."""
    several = study.several
    if len(several.names) < 5:
        return {"var.130.order": None, "var.156.order": None}
    found: dict[str, Any] = {}
    for n, fitted in several.estimates.items():
        criteria: Any = var_order(several.inside.iloc[:n])
        order = int(criteria.loc[1:].idxmin())
        found[f"var.{n}.order"] = Measured(order, unit="lags")
        for name, mean, slopes in zip(several.names, fitted.process_mean, fitted.mean[1:].T, strict=True):
            found[f"var.{n}.mu.{name}"] = Measured(float(mean), unit="per week")
            for other, slope in zip(several.names, slopes, strict=True):
                found[f"var.{n}.phi.{name}.{other}"] = float(slope)
    return found


@measure("return a year", key="var.msft_gap", data="stocks")
def second_stock_gap(study: Experiment) -> float:
    """Mean of the second stock less what the paper prints for it."""
    return float(study.several.second.mean() - paper.SECOND_STOCK_MEAN) * 52


@measure("per week", key="var.msft_mean", data="stocks")
def second_stock_mean(study: Experiment) -> float:
    """Mean of the second stock in these weeks."""
    return float(study.several.second.mean())


@measure(key="var.msft_name", data="stocks")
def second_stock(study: Experiment) -> str:
    """The stock that stands for the paper's second one."""
    return str(study.several.second.name)


@measure(key="var.is_msft", data="stocks")
def second_stock_fits(study: Experiment) -> bool:
    """The printed mean of the second stock lies within three standard errors of its mean."""
    returns = study.several.second
    return bool(abs(returns.mean() - paper.SECOND_STOCK_MEAN) < 3 * returns.std() / np.sqrt(len(returns)))


@measure("variance saved at equal mean, relative", key="several.hindsight", data="stocks")
def risk_saved_in_hindsight(study: Experiment) -> Measured:
    """Variance that updating saves at equal mean, in hindsight, with its luck on paths without learning."""
    gap, luck = study.several.risk_gap, study.several.risk_gap_luck
    low, high = ((gap + z * luck) / AT_VARIANCE for z in (-Z95, Z95))
    return Measured(gap / AT_VARIANCE, interval=(low, high), note="hindsight")


@measure("log standard deviation, fixed less updated", key="several.risk", data="traded")
def several_risk(study: Experiment) -> Inference:
    """Risk that updating saves out of sample."""
    return study.several.risk


@measure("relative change of the standard deviation", key="several.risk_change", data="traded")
def several_risk_change(study: Experiment) -> float:
    """Standard deviation of the updated investor's wealth relative to the fixed one's, less one."""
    return float(np.expm1(-study.several.risk.estimate))


@measure("log score per week, VAR(1) less own lags", key="several.cross", data="traded")
def several_cross(study: Experiment) -> Inference:
    """What the lags of the other stocks add to the log score."""
    return study.several.cross


@measure(YEARLY_POINTS, key="several.utility", data="traded")
def several_utility(study: Experiment) -> Inference:
    """Realised utility of updated less fixed with several stocks."""
    return study.several.utility


@measure("log standard deviation, stocks less index", key="several.more_risk", data="traded")
def several_more_risk(study: Experiment) -> Inference:
    """Risk of the updating investor with the stocks, less that with the index."""
    several = study.several
    return backtests.log_sd_difference(several.runs["updated"], several.index_runs["updated"], several.step)


@measure("mean pairwise correlation, technology less others", key="several.correlation", data="stocks")
def one_industry(study: Experiment) -> Measured:
    """The stocks are closer to each other than other stocks are."""
    found = study.several.correlations
    value, half = found["difference"], Z95 * found["se"]
    return Measured(value, interval=(value - half, value + half), se=found["se"], n=found["weeks"])
