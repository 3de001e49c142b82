"""Tables of the chapter on multi-period investment."""

from typing import Any

import pandas as pd

from portfolio_study.evaluation import berkowitz
from portfolio_study.figures import show_table
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import paper
from portfolio_study.studies.bayesian_multi_period.experiment import Experiment
from portfolio_study.studies.bayesian_multi_period.index_windows import PAIRS
from portfolio_study.studies.bayesian_multi_period.measures import utility_differences
from portfolio_study.studies.bayesian_multi_period.simulated_tables import PUBLISHED, READINGS

WINDOWS = {  # columns of the summary of windows
    "mean": "mean wealth",
    "sd": "sd of wealth",
    "utility": "E - omega Var",
    "worst": "worst window",
    "traded": "traded (times initial wealth)",
}


def conventions(study: Experiment) -> Any:
    """AR(1) of the paper's index by weekly convention."""
    columns = {
        "last": "last week ends",
        "sample_mean": "sample mean (per week)",
        "mu": "mu = c/(1 - phi) (per week)",
        "intercept": "c (per week)",
        "phi": "phi",
        "noise_variance": "sigma^2 (per week^2)",
    }
    shown = study.weeks.conventions[list(columns)].rename(columns=columns)
    return show_table(
        shown,
        "AR(1) of the S&P 500 from July 2017, by weekly convention. "
        f"The paper has mu {paper.MEAN}, phi {paper.PHI}, sigma^2 {paper.NOISE_VARIANCE}",
        formats=dict.fromkeys(shown.columns[1:], "{:.5f}"),
    )


def formulas(study: Experiment) -> Any:
    """Variance of wealth over three periods by formula, integration and simulation."""
    known = study.known
    seen, error = known.three_seen
    integrated = known.three_integrated[1]
    drawn = f"simulation, {200 * study.monte_carlo:,} paths"
    variances = {
        "formula, corrected": known.three_periods.variance,
        "formula, as published": known.three_printed,
        "integration over all returns": integrated,
        drawn: seen["variance"],
    }
    shown = pd.DataFrame({"variance of wealth": variances}).rename_axis("by")
    shown["less integration"] = shown["variance of wealth"] - integrated
    shown["standard error"] = pd.Series({drawn: error["variance"]})
    return show_table(
        shown,
        "Three periods, initial wealth 1: which formula gives the variance of the wealth that comes out",
        formats={"variance of wealth": "{:.8f}", "less integration": "{:.1e}", "standard error": "{:.1e}"},
    )


def riskless(study: Experiment) -> Any:
    """Three readings of the riskless return."""
    names = {
        "riskless wealth": "riskless wealth after 26 weeks",
        "first position": "sign of the first position",
    }
    return show_table(
        study.known.riskless.rename(columns=names),
        "Three readings of the riskless return, the paper's index, returns without autocorrelation",
        formats="{:.4g}",
    )


def promises(study: Experiment) -> Any:
    """What each policy promises and delivers with known parameters."""
    rows = {
        name: {
            "promised E": policy.expected_wealth,
            "simulated E": seen.expected,
            "promised Var": policy.variance,
            "simulated Var": seen.variance,
            "s.e. of Var": seen.se_variance,
            "promised E - omega Var": policy.expected_wealth - study.risk_aversion * policy.variance,
            "simulated E - omega Var": seen.objective,
        }
        for name, (policy, seen) in study.known.policies.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("policy"),
        "What each policy promises and delivers: wealth after up to 26 weeks per 1 "
        f"invested, omega = {study.risk_aversion:g}, {study.monte_carlo:,} paths",
        formats="{:.4f}",
    )


def hindsight_gaps(study: Experiment) -> Any:
    """Updated less reference by initial values and riskless rate."""
    return show_table(
        study.figure_1.gaps.rename_axis(["initial values", "riskless rate"]),
        "Updated less reference: expected wealth at variance 0.01, hindsight, January to June 2020",
        formats="{:+.4f}",
    )


def exit_levels(study: Experiment) -> Any:
    """Expected wealth by exit distribution."""
    names = {
        "mean exit": "mean exit (week)",
        "sd of exit": "sd of exit (weeks)",
        "independent": "E at Var 0.01, independent",
        "AR(1) exact": "E at Var 0.01, AR(1) exact",
    }
    return show_table(
        study.known.exit_levels.rename(columns=names),
        "Expected wealth at variance 0.01 by exit distribution, the paper's index, U1",
        formats=dict(zip(names.values(), ("{:.2f}", "{:.2f}", "{:.6f}", "{:.6f}"), strict=True)),
    )


def table_1(study: Experiment) -> Any:
    """Table 1 beside five readings."""
    honest = study.simulated.honest
    shown = study.simulated.table_1
    shown["mean gain of O"] = honest["gain"].to_numpy()
    shown["s.e."] = honest["gain_se"].to_numpy()
    return show_table(
        shown.rename_axis("phi"),
        "Table 1 (mu = 0.01, sigma^2 = 0.2): probability that updating performs "
        f"better, {study.replications} samples a cell ({study.belief_replications} for B), "
        f"{study.paths:,} paths; gain in expected wealth at variance 0.05",
        formats={
            **dict.fromkeys(["paper", *READINGS, "B"], "{:.2f}"),
            "mean gain of O": "{:+.4f}",
            "s.e.": "{:.4f}",
        },
    )


def _readings(study: Experiment, table: int, name: str, caption: str) -> Any:
    shown = pd.DataFrame({reading: study.simulated.probability(table, reading) for reading in READINGS})
    if table in PUBLISHED:
        shown.insert(0, "paper", pd.Series(PUBLISHED[table]))
    return show_table(shown.rename_axis(name), caption, formats="{:.2f}")


def table_2(study: Experiment) -> Any:
    """Table 2 beside four readings."""
    return _readings(
        study, 2, "mu", "Table 2 (phi = 0.1, sigma^2 = 1): probability that updating performs better"
    )


def table_3(study: Experiment) -> Any:
    """Table 3, whose printed values are lost."""
    return _readings(
        study,
        3,
        "sigma^2",
        "Table 3 (phi = 0.1, mu = 0.01): probability that updating performs better; "
        "the paper's own values are missing from the text",
    )


def coverage(study: Experiment) -> Any:
    """Coverage of the central intervals."""
    columns = {
        "coverage": "coverage of realised wealth",
        "se": "s.e.",
        "width": "median width (per 1 invested)",
    }
    return show_table(
        study.intervals.covered.rename(columns=columns),
        f"Central 50 % intervals for wealth at exit, {study.coverage_replications} samples",
        formats=dict(zip(columns.values(), ("{:.1%}", "{:.1%}", "{:.3f}"), strict=True)),
    )


def policies(study: Experiment) -> Any:
    """Every policy over all windows of the index."""
    walk, first = study.walk, study.costs[0]
    shown = walk.summary[first].rename(columns=WINDOWS)
    for cost in study.costs[1:]:
        shown[f"E - omega Var at {cost:g} bp"] = walk.summary[cost]["utility"]
    starts = walk.plain.index
    return show_table(
        shown,
        f"Wealth at exit per 1 invested, {len(starts):,} windows of 26 weeks, S&P 500, windows that start "
        f"{starts[0]:%Y-%m-%d} to {starts[-1]:%Y-%m-%d}, omega = {study.risk_aversion:g}, before costs "
        "unless stated",
        formats={**dict.fromkeys(shown.columns, "{:.3f}"), WINDOWS["traded"]: "{:.1f}"},
    )


def utilities(study: Experiment) -> Any:
    """Differences of realised utility between policies."""
    measured = utility_differences(study)
    rows = {}
    for cost, name in study.walk.tests:
        found = measured[f"oos.{name}.cost_{cost:g}"]
        rows[" less ".join(PAIRS[name]), f"{cost:g} bp"] = {
            "difference": found.estimate,
            "s.e.": found.se,
            "p": found.p_value,
            "detectable with 80 % power": found.detectable,
        }
    return show_table(
        pd.DataFrame(rows).T.rename_axis(["policies", "cost"]),
        "Differences of realised E - omega Var in basis points of initial wealth a year",
        formats={
            "difference": "{:,.0f}",
            "s.e.": "{:,.0f}",
            "p": "{:.3f}",
            "detectable with 80 % power": "{:,.0f}",
        },
    )


def scores(study: Experiment) -> Any:
    """Log predictive scores of the forecasts."""
    found, against, transforms = study.walk.scores, study.walk.against, study.walk.transforms
    shown = pd.DataFrame(
        {
            "mean log score per week": found.mean(),
            "updated less this": pd.Series({n: t.estimate for n, t in against.items()}),
            "s.e.": pd.Series({n: t.se for n, t in against.items()}),
            "p": pd.Series({n: t.p_value for n, t in against.items()}),
            "Berkowitz p of the transforms": pd.Series(
                {n: berkowitz(transforms[n]).p_value for n in transforms}
            ),
        }
    )
    return show_table(
        shown.rename_axis("forecast"),
        f"Log predictive scores of {len(found):,} weeks, {found.index[0]:%Y} to {found.index[-1]:%Y}",
        formats={
            "mean log score per week": "{:.4f}",
            "updated less this": "{:+.4f}",
            "s.e.": "{:.4f}",
            "p": "{:.3f}",
            "Berkowitz p of the transforms": "{:.1e}",
        },
    )


def var_estimates(study: Experiment) -> Any:
    """VAR(1) of the paper's stocks."""
    names, inside = study.several.names, study.several.inside
    rows = {
        (name, n): {
            "mu (per week)": mean,
            **{f"on lagged {other}": slope for other, slope in zip(names, slopes, strict=True)},
        }
        for n, fitted in study.several.estimates.items()
        for name, mean, slopes in zip(names, fitted.process_mean, fitted.mean[1:].T, strict=True)
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis(["stock", "weeks"]),
        f"VAR(1) of {', '.join(names)}, weeks that end {inside.index[0]:%Y-%m-%d} to "
        f"{inside.index[-1]:%Y-%m-%d}",
        formats="{:.4f}",
    )


def several_policies(study: Experiment) -> Any:
    """Every policy over all windows of several stocks."""
    runs, names = study.several.runs, study.several.traded.returns.columns
    return show_table(
        backtests.window_summary(runs, study.risk_aversion).rename(columns=WINDOWS),
        f"Wealth at exit per 1 invested, {len(runs)} windows of 26 weeks, {', '.join(names)}",
        formats="{:.3f}",
    )


def repairs(study: Experiment) -> Any:
    """The paper's formulas, their repair, and what it changes."""
    rows = {
        "forecast variance": (
            "F'mF + s2",
            "F'CF + s2",
            "negative in {filter.q_negative} of the paper's 26 weeks",
        ),
        "regressor": (
            "without constant, (mu, phi)",
            "(1, lags), (c, phi)",
            "{filter.intercept:.1%} a year of forecast return",
        ),
        "frontier": (
            "last bracket squared",
            "no square",
            "{policy.square_effect:.0e} of wealth at variance 0.01 (U1)",
        ),
        "serial correlation": (
            "omega, lambda known at t",
            "functions of the last return",
            "Theta {exact.plug_in_theta:.2f} instead of {exact.theta:.2f}",
        ),
        "time-0 frontier": (
            "realised forecasts inserted",
            "exact recursion",
            "path-wise Theta has sd {hindsight.theta_sd:.2f}",
        ),
        "riskless return": ("0.0057 as gross", "1 + 0.0057/52", "lambda_0 = {units.literal_lambda:.1e}"),
        "initial fit": (
            "variance of all 156 weeks",
            "130 weeks",
            "variance {sample.variance_ratio:.1f} times too high",
        ),
        "interval": (
            "quantiles of a plug-in mean",
            "predictive wealth",
            "coverage {intervals.coverage.as_published:.0f} % instead of 50 %",
        ),
        "wider exit spread": (
            "better",
            "worse",
            "-{exits.spread_loss:.0e} of wealth at equal mean exit",
        ),
    }
    shown = pd.DataFrame(rows, index=["as published", "corrected", "what it changes"]).T
    shown["what it changes"] = shown["what it changes"].map(study.words)
    return show_table(shown.rename_axis("topic"), "The paper's formulas and their repair")
