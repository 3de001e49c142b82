"""What the chapter on multi-period investment measures: one function, or one row of a table, a key."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.multi_period.exits import exit_distribution
from portfolio_study.checks.confidence import Z95, simultaneous_quantile
from portfolio_study.evaluation import Inference, diebold_mariano
from portfolio_study.evaluation.dependence import dependence_table
from portfolio_study.forecasting import ar_order, var_order
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import hindsight, paper, second_series, statements
from portfolio_study.studies.bayesian_multi_period.experiment import LITERAL, YEARLY, Experiment
from portfolio_study.studies.bayesian_multi_period.hindsight_figure import FITTED
from portfolio_study.studies.bayesian_multi_period.index_windows import YEAR
from portfolio_study.studies.bayesian_multi_period.known_parameters import AT_VARIANCE, HORIZON
from portfolio_study.studies.bayesian_multi_period.replication import NAMES
from portfolio_study.studies.bayesian_multi_period.serial_power import serial_power
from portfolio_study.studies.bayesian_multi_period.simulated_tables import PUBLISHED
from portfolio_study.studies.bayesian_multi_period.stock_windows import FIT, by_name

AT_01 = "expected wealth at variance 0.01"
AT_05 = "expected wealth at variance 0.05"
YEARLY_POINTS = "basis points a year"
SCORE = "log score per week"
PROBABILITY = "probability"
TIMES = "fits, rates and variances"
OF_EXITS = "pairs of exits, fits, rates and variances"
# A short series and a prior on which the printed filter is computed.
SHORT = np.array([0.010, -0.004, 0.012, 0.003, -0.015, 0.007])
SHORT_PRIOR = ([0.002, -0.13], np.diag([1e-4, 1e-2]), 8.5e-4)


def _stated(prefix: str, found: statements.Statements) -> dict[str, Measured]:
    """Truth values of statements with what was compared, by key."""
    return {f"{prefix}.{name}": Measured(holds, note=why) for name, (holds, why) in found.items()}


def _among_conventions(values: pd.Series, printed: str) -> str:
    """What the weekly conventions give for a number, and how many of them give what is printed."""
    decimals = len(printed.partition(".")[2])
    exact = sum(f"{value:.{decimals}f}" == printed for value in values)
    return (
        f"{len(values)} weekly conventions give {values.min():.{decimals}f} to {values.max():.{decimals}f}, "
        f"{exact or 'none'} of them the printed digits"
    )


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
    "filter.published_q_is_variance",
    "filter.regressor_fits",
    "filter.conjugate_in_mean",
    "filter.recent_counts_more",
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


@measures(["filter.phi_moved", "filter.phi_moved_in_se"], data="paper_sample")
def phi_moved(study: Experiment) -> dict[str, float]:
    """How far from its first value phi ends after the investment, also in standard errors of the first fit."""
    fit = study.weeks.fit
    change = abs(float((study.weeks.learnt.mean.iloc[-1] - fit.mean).iloc[1]))
    return {
        "filter.phi_moved": change,
        "filter.phi_moved_in_se": change / float(np.sqrt(fit.covariance[1, 1])),
    }


@measures(["filter.largest_step", "filter.largest_step_size"], data="paper_sample")
def largest_step(study: Experiment) -> dict[str, str | float]:
    """End of the week in which phi moves most, and by how much it does."""
    steps = study.weeks.learnt.mean["lag_1"].diff().abs()
    return {
        "filter.largest_step": f"{steps.idxmax():%d %B %Y}",
        "filter.largest_step_size": float(steps.max()),
    }


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
    "sample.MON.log.130.mu", "sample.MON.log.130.phi", "sample.MON.log.130.noise_variance",
    "sample.TUE.simple.130.mu", "sample.TUE.simple.130.phi", "sample.TUE.simple.130.noise_variance",
    "sample.TUE.log.130.mu", "sample.TUE.log.130.phi", "sample.TUE.log.130.noise_variance",
    "sample.WED.simple.130.mu", "sample.WED.simple.130.phi", "sample.WED.simple.130.noise_variance",
    "sample.WED.log.130.mu", "sample.WED.log.130.phi", "sample.WED.log.130.noise_variance",
    "sample.THU.simple.130.mu", "sample.THU.simple.130.phi", "sample.THU.simple.130.noise_variance",
    "sample.THU.log.130.mu", "sample.THU.log.130.phi", "sample.THU.log.130.noise_variance",
    "sample.FRI.simple.130.mu", "sample.FRI.simple.130.phi", "sample.FRI.simple.130.noise_variance",
    "sample.FRI.log.130.mu", "sample.FRI.log.130.phi", "sample.FRI.log.130.noise_variance",
    "sample.FRI.simple.156.mu", "sample.FRI.simple.156.phi", "sample.FRI.simple.156.noise_variance",
)
# fmt: on


@measures(CONVENTIONS, data="paper_sample")
def convention_estimates(study: Experiment) -> dict[str, Measured]:
    """AR(1) of the index by the day that ends a week, kind of return and number of weeks."""
    printed = {
        "mu": f"{paper.MEAN:.5f}",
        "phi": f"{paper.PHI:.5f}",
        "noise_variance": f"{paper.NOISE_VARIANCE:.5f}",
    }
    found = study.weeks.conventions
    notes = {
        (name, n): _among_conventions(found[name].xs(n, level="weeks"), text)
        for name, text in printed.items()
        for n in (130, 156)
    }
    return {
        f"sample.{day}.{kind}.{n}.{name}": Measured(row[name], note=notes[name, n])
        for (day, kind, n), row in found.iterrows()
        if n == 130 or (day, kind) == ("FRI", "simple")
        for name in printed
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


def _order_on_noise(study: Experiment, assets: int) -> tuple[int, float]:
    """Order from one to five that AIC chooses most often on white noise of 130 weeks, and how often."""
    draws = np.random.default_rng(study.seed).standard_normal(
        (max(20, study.monte_carlo // 100), 130, assets)
    )
    orders = [
        int(np.argmin((ar_order(x[:, 0]) if assets == 1 else var_order(pd.DataFrame(x))).to_numpy()[1:])) + 1
        for x in draws
    ]
    counted = np.bincount(orders)
    return int(counted.argmax()), float(counted.max() / len(orders))


@measures(["sample.order_noise", "sample.order_noise_share"], "lags", data=None)
def lags_on_noise(study: Experiment) -> dict[str, Measured]:
    """Order that AIC chooses most often where there is nothing to find, and the share of the samples."""
    order, share = _order_on_noise(study, 1)
    return {
        "sample.order_noise": Measured(order),
        "sample.order_noise_share": Measured(share, unit="share of white-noise samples"),
    }


@measures(["sample.residual_p", "sample.residual_arch_p"], "p-value", data="paper_sample")
def residual_tests(study: Experiment) -> dict[str, float]:
    """Residuals of the AR(1) of the first weeks: joint tests of five autocorrelations and of changing variance."""
    before = study.weeks.before.to_numpy()
    residual = before[1:] - np.column_stack([np.ones(len(before) - 1), before[:-1]]) @ study.weeks.fit.mean
    row = dependence_table(pd.DataFrame({"residual": residual}), 5).iloc[0]
    return {"sample.residual_p": float(row["robust_p"]), "sample.residual_arch_p": float(row["arch_p"])}


# ----- sections 3 and 4: the policy for independent returns

POLICY = (
    "policy.optimal",
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
    "policy.smoothing",
)


@measures(POLICY, data=None)
def policy_statements(study: Experiment) -> dict[str, Measured]:
    """Theorems 1 and 3 to 5, (23) to (25), and the moments of the excess return."""
    found = statements.policy_statements(study.known.three_periods) | statements.moment_statements()
    return _stated("policy", found)


@measure(key="policy.remembering", data=None)
def optimal_with_memory(study: Experiment) -> Measured:
    """Theorem 1 where returns remember: no policy of the state does better than the recursion's."""
    phis = (-0.3, 0.2, 0.5)
    holds = study["policy.optimal"].value and all(statements.remembering_optimum(phi) for phi in phis)
    return Measured(bool(holds), n=1 + len(phis), note="three problems with autocorrelation and one without")


@measure(key="policy.reallocation", data=None)
def reallocation_pays(study: Experiment) -> Measured:
    """Re-allocating every week beats the best amount that is bought once and held."""
    return Measured(statements.reallocation_statement(), n=3, note="horizons of 26, 52 and 104 weeks")


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
    """A search finds no better policy for two assets; their printed frontier gives the variance."""
    two = study.known.two_assets
    printed = two.efficient_frontier.variance(two.expected_wealth, "as_published")
    return {
        "policy.several": statements.several_optimum(two),
        "policy.several_published_frontier": statements.close(printed, two.variance, 1e-9),
    }


VAR = ("var.covariance", "var.variance_fits")


@measures(VAR, data=None)
def var_statements(study: Experiment) -> dict[str, Measured]:
    """Section 4, (12) and (13): the vector autoregression as printed."""
    return _stated("var", statements.var_statements(study.seed))


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


@measure(key="exact.plug_in_hidden", data=None)
def plug_in_hidden(study: Experiment) -> bool:
    """The plug-in's frontier is nowhere so far from that without autocorrelation that a figure could show it."""
    known, variances = study.known, [0.01, 0.05]  # the distance grows with the variance
    apart = np.abs(known.plug_in.frontier(variances) - known.no_memory.frontier(variances))
    return bool(apart.max() < 5e-4)  # of wealth: a pixel


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


@measures(["exact.known_at_t", "exact.pull_out"], data=None)
def serial_statements(study: Experiment) -> dict[str, Measured]:
    """What is known at time t, and what can be taken out of an expectation."""
    return _stated("exact", statements.serial_statements(study.known.exact))


@measures(
    ["exact.frontier_at_01.corrected", "exact.frontier_at_01.as_published"],
    f"{AT_01}, 0.57 % a year",
    data=None,
)
def frontier_levels(study: Experiment) -> dict[str, float]:
    """Expected wealth of the index without autocorrelation, by both formulas."""
    flat = paper.independent_policy(study.exits, study.yearly, study.risk_aversion)
    return {
        "exact.frontier_at_01.corrected": float(flat.frontier(AT_VARIANCE)),
        "exact.frontier_at_01.as_published": float(flat.frontier(AT_VARIANCE, "as_published")),
    }


@measure(f"{AT_01}, 0.57 % a year", key="policy.square_effect", data=None)
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


GAPS = ("figure_1.gap.noise_only", "figure_1.gap.own_variance", "figure_1.gap.forecast_once")
ONCE, LAGS = ("forecast_once",), ("noise_only", "own_variance")


@measures(GAPS, AT_01, data="paper_sample")
def fitted_gaps(study: Experiment) -> dict[str, float]:
    """Updated less each reference on the paper's weeks, with the fit of 130 weeks and 0.57 % a year."""
    ours = study.figure_1.gaps.loc[(FITTED, YEARLY)]
    return {f"figure_1.gap.{name}": float(ours[name]) for name in hindsight.REFERENCES}


@measures(["figure_1.above.forecast_once", "figure_1.above.realised_lags"], TIMES, data="paper_sample")
def times_above(study: Experiment) -> dict[str, Measured]:
    """How often the updated frontier lies above, of all initial values, riskless rates and variances."""
    found = {}
    for key, references in (("forecast_once", ONCE), ("realised_lags", LAGS)):
        above, of = study.figure_1.times_above(references)
        found[f"figure_1.above.{key}"] = Measured(above, n=of)
    return found


@measures(["figure_1.luck.noise_only", "figure_1.luck.forecast_once"], AT_01, data="paper_sample")
def hindsight_luck(study: Experiment) -> dict[str, Measured]:
    """Spread of a gap over simulated paths on which the initial parameters are the true ones."""
    n = study.figure_1.luck_paths
    return {
        f"figure_1.luck.{name}": Measured(float(study.figure_1.luck[name]), n=n)
        for name in ("noise_only", "forecast_once")
    }


@measures(
    ["oos.paper_window.updated", "oos.paper_window.fixed"], "wealth per 1 invested", data="paper_sample"
)
def paper_window(study: Experiment) -> dict[str, float]:
    """Wealth at exit of both investors in the one window of the paper's own weeks, at 0.57 % a year."""
    weeks = study.weeks.returns
    rate = pd.Series(study.yearly - 1, weeks.index)
    run = backtests.rolling_windows(
        weeks, rate, window=study.window, step=1, risk_aversion=study.risk_aversion
    ).iloc[-1]
    return {f"oos.paper_window.{name}": float(run[name, "wealth"]) for name in ("updated", "fixed")}


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


# ----- figures 2 and 3: exits


def _exactly(value: float) -> Measured:
    """A value without error."""
    return Measured(float(value), interval=(float(value), float(value)))


def _above_in_turn(frontiers: list[Any]) -> tuple[int, int]:
    """How often each frontier lies above the next one, of all pairs and variances."""
    counted = [hindsight.variances_above(a, b) for a, b in pairwise(frontiers)]
    return sum(a for a, _ in counted), sum(n for _, n in counted)


@measures(["exits.wider.as_published", "exits.wider.equal_mean"], OF_EXITS, data="paper_sample")
def wider_exits(study: Experiment) -> dict[str, Measured]:
    """How often a broader spread of the exit has the higher frontier: P3 above P1 and P2, and at equal means."""
    plans, above, of = paper.exit_plans(), 0, 0
    for start, gross in study.figure_1.readings.values():
        made = {name: study.figure_1.along(start, gross, plans[name]) for name in ("P1", "P2", "P3")}
        for other in ("P1", "P2"):
            more, n = hindsight.variances_above(made["P3"], made[other])
            above, of = above + more, of + n
    names = ("week 14 or 26", "week 17 or 23", "week 20 for certain")
    same = [paper.independent_policy(plans[name], study.yearly).efficient_frontier for name in names]
    wider, n = _above_in_turn(same)
    return {
        "exits.wider.as_published": Measured(above, n=of, data="paper_sample"),
        "exits.wider.equal_mean": Measured(wider, n=n, data=None),
    }


HORIZONS = (26, 20, 15, 10, 5)


@measures(["exits.longer.as_published", "exits.longer.corrected"], OF_EXITS, data="paper_sample")
def longer_exits(study: Experiment) -> dict[str, Measured]:
    """How often who stays longer has the higher frontier: horizons of 5 to 26 weeks, and P1 above P2 above P3."""
    plans, above, of = paper.exit_plans(), 0, 0
    by_horizon, by_plan = [exit_distribution(n) for n in HORIZONS], [plans[n] for n in ("P1", "P2", "P3")]
    for start, gross in study.figure_1.readings.values():
        for exits in (by_horizon, by_plan):
            more, n = _above_in_turn([study.figure_1.along(start, gross, p) for p in exits])
            above, of = above + more, of + n
    exact, exact_of = 0, 0
    for exits in (by_horizon, by_plan):
        more, n = _above_in_turn([paper.remembering_frontier(p, study.yearly) for p in exits])
        exact, exact_of = exact + more, exact_of + n
    return {
        "exits.longer.as_published": Measured(above, n=of, data="paper_sample"),
        "exits.longer.corrected": Measured(exact, n=exact_of, data=None),
    }


@measure("relative change from P1 to P3", key="exits.first_position", data=None)
def first_position_change(study: Experiment) -> float:
    """What the exit distribution changes in the amount that is bought first, index without autocorrelation."""
    plans = paper.exit_plans()
    first = {
        name: paper.independent_policy(plans[name], study.yearly, study.risk_aversion).first_position
        for name in ("P1", "P3")
    }
    return float(first["P3"] / first["P1"] - 1)


@measure(AT_01, key="exits.effect", data=None)
def exit_effect(study: Experiment) -> Measured:
    """P1 less P3."""
    e = study.known.exit_levels["independent"]
    return _exactly(e["P1"] - e["P3"])


@measure(AT_01, key="exits.effect.updated", data="paper_sample")
def updated_exit_effect(study: Experiment) -> Measured:
    """P1 less P3 on the updated frontiers of the paper's weeks, first fit and 0.57 % a year."""
    plans, start = paper.exit_plans(), study.weeks.prior
    p1, p3 = (
        study.figure_1.along(start, study.yearly, plans[name]).expected(AT_VARIANCE) for name in ("P1", "P3")
    )
    return _exactly(p1 - p3)


@measure(key="exits.order", data=None)
def exit_order(study: Experiment) -> str:
    """The paper's exit distributions from the highest frontier to the lowest."""
    e = study.known.exit_levels["independent"]
    return " > ".join(e[["P1", "P2", "P3"]].sort_values(ascending=False).index)


@measure(AT_01, key="exits.spread_loss", data=None)
def spread_loss(study: Experiment) -> float:
    """What a broader spread costs at equal means."""
    e = study.known.exit_levels["independent"]
    return float(e["week 20 for certain"] - e["week 14 or 26"])


# ----- tables 1 to 3


DISTANCES = (
    "table_1.distance.new_paths",
    "table_2.distance.new_paths",
    "table_1.distance.closest",
    "table_2.distance.closest",
    "table_1.distance.largest",
    "table_2.distance.largest",
    "table_1.distance.by_chance",
    "table_2.distance.by_chance",
)


@measures(DISTANCES, f"{PROBABILITY}, root mean square", data=None)
def table_distances(study: Experiment) -> dict[str, float]:
    """Distance of readings from the printed tables, and that of a right one by chance."""
    found: dict[str, float] = {}
    for table in PUBLISHED:
        by_reading = study.simulated.distances(table)
        found[f"table_{table}.distance.new_paths"] = float(by_reading["new_paths"])
        found[f"table_{table}.distance.closest"] = float(by_reading.min())
        found[f"table_{table}.distance.largest"] = float(by_reading.max())
        found[f"table_{table}.distance.by_chance"] = study.simulated.distance_by_chance(table)
    return found


@measures(["table_1.closest", "table_2.closest"], data=None)
def closest_readings(study: Experiment) -> dict[str, str]:
    """Reading that is closest to each printed table."""
    return {f"table_{t}.closest": NAMES[str(study.simulated.distances(t).idxmin())] for t in PUBLISHED}


CONTRASTS = (
    "table_1.middle.printed",
    "table_1.middle.noise_only",
    "table_1.middle.own_variance",
    "table_1.middle.forecast_once",
    "table_1.middle.new_paths",
    "table_1.middle.own_belief",
    "table_2.small.printed",
    "table_2.small.noise_only",
    "table_2.small.own_variance",
    "table_2.small.forecast_once",
    "table_2.small.new_paths",
    "table_2.small.own_belief",
)


@measures(CONTRASTS, PROBABILITY, data=None)
def table_contrasts(study: Experiment) -> dict[str, float]:
    """What the text says of its tables, by reading.

    Table 1: the least probability for 0 < |phi| <= 0.4 less the largest beyond. Table 2: the least
    probability for |mu| <= 0.05.
    """
    found = {}
    first, second = (study.simulated.side_by_side(t).rename(columns={"paper": "printed"}) for t in (1, 2))
    size = first.index.to_series().abs()
    for name in first:
        inside = first[name][(size > 0) & (size < 0.45)]
        found[f"table_1.middle.{name}"] = float(inside.min() - first[name][size > 0.45].max())
        found[f"table_2.small.{name}"] = float(second[name][second.index.to_series().abs() <= 0.05].min())
    return found


@measures(
    ["table_1.printed_at_zero", "table_2.printed_far"],
    "standard errors of 100 samples below one half",
    data=None,
)
def printed_extremes(study: Experiment) -> dict[str, float]:
    """How far the printed .17 at phi = 0, and the nearer one of .07 and .09 at |mu| = .5, lie below one half."""
    error = np.sqrt(0.25 / 100)
    return {
        "table_1.printed_at_zero": float((0.5 - PUBLISHED[1][0.0]) / error),
        "table_2.printed_far": float((0.5 - max(PUBLISHED[2][0.5], PUBLISHED[2][-0.5])) / error),
    }


@measure(AT_05, key="table_1.gain_at_zero", data=None)
def gain_at_zero(study: Experiment) -> Measured:
    """What updating gains on new paths at phi = 0."""
    row = study.simulated.honest.set_index("phi").loc[0.0]
    return _with_error(float(row["gain"]), float(row["gain_se"]), study.replications)


def _with_error(value: float, se: float, n: int) -> Measured:
    """A simulated mean with its 95 % interval."""
    return Measured(value, se=se, interval=(value - Z95 * se, value + Z95 * se), n=n)


@measure(AT_05, key="table_1.mean_gain", data=None)
def mean_gain(study: Experiment) -> Measured:
    """What updating gains on average over the cells of Table 1."""
    gain = study.simulated.honest
    se = float(np.sqrt((gain["gain_se"] ** 2).sum()) / len(gain))
    return _with_error(float(gain["gain"].mean()), se, study.replications * len(gain))


@measure(PROBABILITY, key="table_1.jump", data=None)
def jump_at_zero(study: Experiment) -> float:
    """Probability at phi = 0.1 less that at phi = 0 on new paths; the paper prints 0.17 and 1.00."""
    p = study.simulated.probability(1, "new_paths")
    return float(p[0.1] - p[0.0])


BELIEF = (
    "belief.at_0.own_belief",
    "belief.at_0.new_paths",
    "belief.at_-0.4.own_belief",
    "belief.at_-0.4.new_paths",
)


@measures(BELIEF, PROBABILITY, data=None)
def belief_probabilities(study: Experiment) -> dict[str, Measured]:
    """Probability that updating is ahead at one phi: on paths of the own belief, and of a fixed truth."""
    belief = study.simulated.belief[1]
    truth = study.simulated.honest.set_index("phi")
    truth.index = truth.index + 0.0  # no negative zero
    found = {}
    for phi in (0.0, -0.4):
        for name, frame, n in (
            ("own_belief", belief, study.belief_replications),
            ("new_paths", truth, study.replications),
        ):
            p, se = float(frame["probability"][phi]), float(frame["se"][phi])
            found[f"belief.at_{phi:g}.{name}"] = Measured(p, se=se, n=n, bounds=(0.0, 1.0))
    return found


@measure(key="belief.below_half", data=None)
def belief_below_half(study: Experiment) -> str:
    """Values of phi at which updating loses even on paths of the own belief, by more than luck over 19 cells."""
    belief = study.simulated.belief[1]
    n = study.belief_replications
    near = (belief["probability"] * n + 2) / (n + 4)  # Agresti and Coull: a share of 0 has an error too
    high = near + simultaneous_quantile(len(belief)) * np.sqrt(near * (1 - near) / (n + 4))
    below = [f"{phi:g}" for phi in belief.index[high < 0.5]]
    return ", ".join(below) or "none"


@measures(["map.cells_ahead", "map.cells"], "cells", data=None)
def map_cells(study: Experiment) -> dict[str, int]:
    """Cells of the map in which updating is ahead in more than half of the samples, of all."""
    share = study.simulated.share
    return {"map.cells_ahead": int((share > 0.5).sum().sum()), "map.cells": int(share.size)}


@measures(["map.luck_minus", "map.luck_plus"], "correlation", data=None)
def luck_correlations(study: Experiment) -> dict[str, Measured]:
    """Correlation of the learnt coefficient with the distance to the target at phi = -0.4 and +0.4."""
    found, n = study.simulated.bad_luck.set_index("phi"), max(4, study.map_replications // 4)
    return {
        key: _with_error(float(found.loc[phi, "correlation"]), float(found.loc[phi, "se"]), n)
        for key, phi in (("map.luck_minus", -0.4), ("map.luck_plus", 0.4))
    }


@measure(key="tables.near_one_breaks_down", data=None)
def near_one_breaks_down(study: Experiment) -> Measured:
    """An autoregression with a coefficient of 0.9 in size has no finite variance, or explodes when fitted."""
    found = [statements.near_unit_root(phi, seed=study.seed) for phi in (-0.9, 0.9)]
    stationary = all(abs(f["variance"] * (1 - 0.81) - 1) < 0.1 for f in found)
    fitted = all(f["explosive"] < 0.05 for f in found)
    return Measured(not (stationary and fitted), n=len(found), note="130 observations, both signs")


@measures(["tables.near_one_mean", "tables.near_one_explosive"], data=None)
def near_one_fits(study: Experiment) -> dict[str, float]:
    """Mean of the fitted coefficient, and share of explosive fits, at phi = 0.9 and 130 observations."""
    found = statements.near_unit_root(0.9, seed=study.seed)
    return {"tables.near_one_mean": found["mean"], "tables.near_one_explosive": found["explosive"]}


@measure("times the noise variance", key="tables.near_one_variance", data=None)
def near_one_variance(study: Experiment) -> float:
    """Variance of an autoregression with a coefficient of 0.9."""
    return 1 / (1 - 0.81)


# ----- figures 4 and 5: intervals


COVERAGE = (
    "intervals.coverage.expected",
    "intervals.coverage.realised",
    "intervals.coverage.expected_next_week",
    "intervals.coverage.realised_next_week",
    "intervals.coverage.predictive",
)


@measures(COVERAGE, "% of the samples", data=None)
def coverage(study: Experiment) -> dict[str, Measured]:
    """Share of the samples in which a central 50 % interval holds the expected wealth, or the realised one."""
    found, n, table = {}, study.coverage_replications, study.intervals.covered
    for key, row, column in (
        ("expected", "as_published", "expected"),
        ("realised", "as_published", "coverage"),
        ("expected_next_week", "next_week", "expected"),
        ("realised_next_week", "next_week", "coverage"),
        ("predictive", "predictive", "coverage"),
    ):
        share = float(table.loc[row, column])
        se = 100 * float(np.sqrt(max(share * (1 - share), 0.01) / n))
        found[f"intervals.coverage.{key}"] = Measured(100 * share, se=se, n=n, bounds=(0.0, 100.0))
    return found


@measures(
    ["intervals.wider.as_published", "intervals.wider.corrected"],
    "steps of the risk aversion",
    data="paper_sample",
)
def wider_intervals(study: Experiment) -> dict[str, Measured]:
    """In how many steps to a smaller risk aversion the central 50 % interval becomes wider."""
    found = {}
    frames = {"as_published": study.intervals.by_aversion, "corrected": study.intervals.predictive}
    for key, frame in frames.items():
        wider, steps = study.intervals.wider(frame)
        found[f"intervals.wider.{key}"] = Measured(wider, n=steps, data="paper_sample")
    return found


# ----- out of sample on the index


@measure("weeks", key="oos.window", data=None)
def fit_weeks(study: Experiment) -> int:
    """Weeks behind each fit."""
    return study.window


@measures(["oos.overlap", "oos.starts"], data=None)
def windows_in_time(study: Experiment) -> dict[str, Any]:
    """Whether the windows out of sample have weeks in common, and how often one starts."""
    return {
        "oos.overlap": study.step < HORIZON,
        "oos.starts": "every week" if study.step == 1 else f"every {study.step} weeks",
    }


UTILITIES = ("oos.updated_fixed", "oos.mean_updated_fixed", "oos.updated_no_memory", "oos.rebalanced")
UTILITY_KEYS = (*UTILITIES, "oos.practical")  # one table, one family


@measures(UTILITIES, YEARLY_POINTS, data="index")
def utility_differences(study: Experiment) -> dict[str, Inference]:
    """Differences of realised E - omega Var between two policies, before costs."""
    free = study.costs[0]
    return {key: study.walk.tests[free, key.removeprefix("oos.")] for key in UTILITIES}


@measure(YEARLY_POINTS, key="oos.practical", data="index")
def practical(study: Experiment) -> Measured:
    """Realised utility of the updating investor after costs, less that of doing nothing."""
    found = study.walk.tests[study.walk.high_cost, "updated_riskless"]
    return _noted(found, f"after costs of {study.walk.high_cost:g} bp, against the riskless rate")


@measure("windows", key="oos.always", data="index")
def windows_with_more(study: Experiment) -> Measured:
    """Windows in which who re-allocates every week ends with more than who keeps the first position."""
    run = study.walk.plain
    more = run["mean fixed", "wealth"] > run["first position", "wealth"]
    return Measured(int(more.sum()), n=len(more))


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


@measures(["oos.best_gain", "oos.second_policy"], data="index")
def best_against_second(study: Experiment) -> dict[str, Any]:
    """Realised utility of the best policy less the second, with an interval for the choice among all."""
    utility = study.walk.summary[study.costs[0]]["utility"].sort_values(ascending=False)
    best, second = (str(name) for name in utility.index[:2])
    found = backtests.utility_difference(
        study.walk.plain, best, second, study.risk_aversion, study.step
    ).scaled(YEAR)
    half = simultaneous_quantile(len(utility) - 1) * found.se
    gain = Measured(
        found.estimate,
        se=found.se,
        interval=(found.estimate - half, found.estimate + half),
        n=found.n,
        unit=YEARLY_POINTS,
    )
    return {"oos.best_gain": gain, "oos.second_policy": second}


STRONG = 0.115
"""Log score a week that over 26 weeks is a Bayes factor of 20: log(20)/26."""
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


@measure(f"{SCORE}, less {STRONG}", key="scores.updated_fixed.beyond_strong", data="index")
def beyond_strong(study: Experiment) -> Measured:
    """Mean log score of updated less fixed parameters, less what a Bayes factor of 20 in 26 weeks needs."""
    found = study.walk.against["fixed"]
    low, high = found.interval
    return Measured(
        found.estimate - STRONG,
        se=found.se,
        interval=(low - STRONG, high - STRONG),
        n=found.n,
    )


@measure(SCORE, key="scores.updated_fixed.as_published", data="paper_sample")
def paper_score(study: Experiment) -> Measured:
    """Log score of updated less fixed parameters during the paper's 26 weeks."""
    weeks = study.weeks
    found = diebold_mariano(-weeks.fixed_score, -weeks.learnt.log_score, method="newey_west")
    return _noted(found, "the paper's 26 weeks")


@measure("assets", key="serial.rejected", data="daily")
def serially_correlated(study: Experiment) -> Measured:
    """Assets whose first five weekly autocorrelations differ from zero, jointly, at 5 % over all assets (Holm)."""
    return Measured(int((study.autocorrelations["holm"] < 0.05).sum()), n=len(study.autocorrelations))


@measure("share of series", key="serial.power", data=None)
def serial_test_power(study: Experiment) -> Measured:
    """How often that test, at Holm's first level, finds the paper's coefficient in series as long as the shortest."""
    weeks, level = study.shortest_weeks, 0.05 / len(study.autocorrelations)
    return Measured(
        serial_power(paper.PHI, weeks, level, seed=study.seed),
        note=f"{weeks} weeks, shocks of a GARCH(1,1) with Student's t, level {level:.1%}",
    )


@measures(["serial.first", "serial.last"], data="daily")
def serial_years(study: Experiment) -> dict[str, str]:
    """Years of the assets' prices."""
    dates = study.daily.close.index
    return {"serial.first": f"{dates[0]:%Y}", "serial.last": f"{dates[-1]:%Y}"}


@measure("Bayes factor", key="scores.bayes_factor", data="paper_sample")
def bayes_factor(study: Experiment) -> float:
    """Density of the paper's 26 weeks under updated parameters over that under fixed ones."""
    weeks = study.weeks
    return float(np.exp((weeks.learnt.log_score - weeks.fixed_score).sum()))


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


@measure(key="several.traded_names", data="traded")
def stocks_traded(study: Experiment) -> str:
    """Stocks of the windows out of sample."""
    return ", ".join(study.several.traded.returns.columns)


@measure(key="several.own", data="stocks")
def stocks_are_own(study: Experiment) -> bool:
    """The stocks come from the prices of this run."""
    return study.found_stocks.own


# fmt: off
ESTIMATES = (
    "var.130.mu.AAPL", "var.130.mu.MSFT", "var.130.mu.AMZN", "var.130.mu.META", "var.130.mu.GOOGL",
    "var.130.phi.AAPL.AAPL", "var.130.phi.AAPL.MSFT", "var.130.phi.AAPL.AMZN",
    "var.130.phi.AAPL.META", "var.130.phi.AAPL.GOOGL",
    "var.130.phi.MSFT.AAPL", "var.130.phi.MSFT.MSFT", "var.130.phi.MSFT.AMZN",
    "var.130.phi.MSFT.META", "var.130.phi.MSFT.GOOGL",
    "var.130.phi.AMZN.AAPL", "var.130.phi.AMZN.MSFT", "var.130.phi.AMZN.AMZN",
    "var.130.phi.AMZN.META", "var.130.phi.AMZN.GOOGL",
    "var.130.phi.META.AAPL", "var.130.phi.META.MSFT", "var.130.phi.META.AMZN",
    "var.130.phi.META.META", "var.130.phi.META.GOOGL",
    "var.130.phi.GOOGL.AAPL", "var.130.phi.GOOGL.MSFT", "var.130.phi.GOOGL.AMZN",
    "var.130.phi.GOOGL.META", "var.130.phi.GOOGL.GOOGL",
    "var.156.mu.AAPL", "var.156.mu.MSFT", "var.156.mu.AMZN", "var.156.mu.META", "var.156.mu.GOOGL",
    "var.156.phi.AAPL.AAPL", "var.156.phi.AAPL.MSFT", "var.156.phi.AAPL.AMZN",
    "var.156.phi.AAPL.META", "var.156.phi.AAPL.GOOGL",
    "var.156.phi.MSFT.AAPL", "var.156.phi.MSFT.MSFT", "var.156.phi.MSFT.AMZN",
    "var.156.phi.MSFT.META", "var.156.phi.MSFT.GOOGL",
    "var.156.phi.AMZN.AAPL", "var.156.phi.AMZN.MSFT", "var.156.phi.AMZN.AMZN",
    "var.156.phi.AMZN.META", "var.156.phi.AMZN.GOOGL",
    "var.156.phi.META.AAPL", "var.156.phi.META.MSFT", "var.156.phi.META.AMZN",
    "var.156.phi.META.META", "var.156.phi.META.GOOGL",
    "var.156.phi.GOOGL.AAPL", "var.156.phi.GOOGL.MSFT", "var.156.phi.GOOGL.AMZN",
    "var.156.phi.GOOGL.META", "var.156.phi.GOOGL.GOOGL",
    "var.130.order", "var.156.order", "var.order_noise",
)
# fmt: on


@measures(ESTIMATES, data="paper_stock_weeks")
def var_estimates(study: Experiment) -> dict[str, Any]:
    """VAR(1) of the five stocks, on the first 130 weeks and on all: means, coefficients, order by AIC."""
    several = study.several
    if len(several.names) < 5:
        return dict.fromkeys(ESTIMATES)
    found: dict[str, Any] = {"var.order_noise": _order_on_noise(study, 5)[0]}
    printed = paper.printed_var()
    for n, fitted in several.estimates.items():
        criteria: Any = var_order(several.inside.iloc[:n])
        order = int(criteria.loc[1:].idxmin())
        found[f"var.{n}.order"] = Measured(order, unit="lags")
        for name, value in by_name(fitted, several.names).items():
            note = _among_conventions(several.conventions[name], printed[name]) if n == FIT else ""
            unit = "per week" if name.startswith("mu.") else None
            found[f"var.{n}.{name}"] = Measured(value, note=note, unit=unit)
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


SECOND = (
    "var.second.share",
    "var.second.faults",
    "var.second.matching",
    "var.second.factor",
    "var.second.unscaled_mean",
    "var.second.lowest_mean",
    "var.second.lowest_mean_error",
)


@measures(SECOND, data="paper_stock_weeks")
def second_row(study: Experiment) -> dict[str, Any]:
    """The printed second row, column and mean: how often samples show them, and which simple faults give them."""
    several = study.several
    if len(several.names) < 5:
        return dict.fromkeys(SECOND)
    returns = several.inside.iloc[:130]
    draws = max(50, study.monte_carlo // 20)
    share = second_series.bootstrap_share(returns.to_numpy(), draws, study.seed)
    faults, factor = study.second_faults, second_series.common_factor()
    lowest = str(returns.mean().idxmin())
    return {
        "var.second.share": Measured(share, n=draws, unit="share of bootstrap samples"),
        "var.second.faults": Measured(len(faults) - 1, unit="simple faults tried"),  # "none" is no fault
        "var.second.matching": Measured(int(faults["all three"].sum()), unit="simple faults"),
        "var.second.factor": Measured(1 / factor, unit="times"),
        "var.second.unscaled_mean": Measured(paper.SECOND_STOCK_MEAN / factor, unit="per week"),
        "var.second.lowest_mean": Measured(float(returns[lowest].mean()), unit="per week"),
        "var.second.lowest_mean_error": Measured(
            float(returns[lowest].std() / np.sqrt(len(returns))), unit="per week"
        ),
    }


@measures(
    ["several.above.realised_lags", "several.above.forecast_once"],
    "rates and variances",
    data="paper_stock_weeks",
)
def stocks_above(study: Experiment) -> dict[str, Measured | None]:
    """How often the updated frontier of the five stocks has less variance at equal mean (figure 6)."""
    found: dict[str, Measured | None] = {}
    for key, references in (("realised_lags", LAGS), ("forecast_once", ONCE)):
        counted = study.several.times_above(references, (study.yearly, study.weekly))
        five = len(study.several.names) == 5
        found[f"several.above.{key}"] = Measured(counted[0], n=counted[1]) if five else None
    return found


@measure("log variance, five stocks less index", key="several.variance", data="paper_stock_weeks")
def variance_of_five(study: Experiment) -> Measured | None:
    """Variance of equal weights in the five stocks against that of the index, same weeks."""
    if len(study.several.names) < 5:
        return None
    value, se, n = study.several.variance_against(study.index_returns)
    return Measured(value, se=se, interval=(value - Z95 * se, value + Z95 * se), n=n)


@measure("variance saved at equal mean, relative", key="several.hindsight", data="stocks")
def risk_saved_in_hindsight(study: Experiment) -> Measured:
    """Variance that updating saves at equal mean in hindsight, and its luck on paths without learning."""
    gap, luck = study.several.risk_gap, study.several.risk_gap_luck
    return Measured(gap / AT_VARIANCE, se=luck / AT_VARIANCE, note="hindsight")


@measure("log score per week, VAR(1) less own lags", key="several.cross", data="traded")
def several_cross(study: Experiment) -> Inference:
    """What the lags of the other stocks add to the log score."""
    return study.several.cross


@measure(YEARLY_POINTS, key="several.utility", data="traded")
def several_utility(study: Experiment) -> Inference:
    """Realised utility of updated less fixed with several stocks."""
    return study.several.utility


@measure(
    "mean pairwise correlation, technology less others", key="several.correlation", data="paper_stock_weeks"
)
def one_industry(study: Experiment) -> Measured:
    """The stocks are closer to each other than other stocks are: the run's, or packaged ones, not the paper's."""
    found = study.several.correlations
    value, half = found["difference"], Z95 * found["se"]
    return Measured(value, interval=(value - half, value + half), se=found["se"], n=found["weeks"])
