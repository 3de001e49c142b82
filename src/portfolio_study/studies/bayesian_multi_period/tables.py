"""Tables of the chapter on multi-period investment."""

from typing import Any

import pandas as pd

from portfolio_study.evaluation import berkowitz
from portfolio_study.figures import show_table
from portfolio_study.ledger.rules import found_with_power
from portfolio_study.studies.bayesian_multi_period import backtest as backtests
from portfolio_study.studies.bayesian_multi_period import paper
from portfolio_study.studies.bayesian_multi_period.experiment import Experiment
from portfolio_study.studies.bayesian_multi_period.index_windows import PAIRS
from portfolio_study.studies.bayesian_multi_period.measures import SCORES, STRONG, UTILITY_KEYS
from portfolio_study.studies.bayesian_multi_period.replication import NAMES
from portfolio_study.studies.bayesian_multi_period.second_series import shape
from portfolio_study.studies.bayesian_multi_period.simulated_tables import PUBLISHED, READINGS

WINDOWS = {  # columns of the summary of windows
    "mean": "mean wealth",
    "sd": "sd of wealth",
    "utility": "E − ω Var",
    "worst": "worst window",
    "traded": "traded (times initial wealth)",
}


def conventions(study: Experiment) -> Any:
    """AR(1) of the paper's index by weekly convention."""
    columns = {
        "last": "last week ends",
        "sample_mean": "sample mean (per week)",
        "mu": "μ = c/(1 − φ) (per week)",
        "intercept": "c (per week)",
        "phi": "φ",
        "noise_variance": "σ² (per week²)",
    }
    shown = study.weeks.conventions[list(columns)].rename(columns=columns)
    return show_table(
        shown,
        "AR(1) of the S&P 500 from July 2017, by weekly convention. "
        f"The paper has μ = {paper.MEAN}, φ = {paper.PHI}, σ² = {paper.NOISE_VARIANCE}",
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
            "promised E − ω Var": policy.expected_wealth - study.risk_aversion * policy.variance,
            "simulated E − ω Var": seen.objective,
        }
        for name, (policy, seen) in study.known.policies.items()
    }
    return show_table(
        pd.DataFrame(rows).T.rename_axis("policy"),
        "What each policy promises and delivers: wealth after up to 26 weeks per 1 "
        f"invested, ω = {study.risk_aversion:g}, {study.monte_carlo:,} paths",
        formats="{:.4f}",
    )


def hindsight_gaps(study: Experiment) -> Any:
    """Updated less reference by initial values and riskless rate."""
    return show_table(
        study.figure_1.gaps.rename(columns=NAMES).rename_axis(["initial values", "riskless rate"]),
        "Updated less reference: expected wealth at variance 0.01, from forecasts that came later, January to "
        "June 2020",
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
        "Expected wealth at variance 0.01 by exit distribution, the paper's index, 0.57 % a year riskless",
        formats=dict(zip(names.values(), ("{:.2f}", "{:.2f}", "{:.6f}", "{:.6f}"), strict=True)),
    )


def table_1(study: Experiment) -> Any:
    """Table 1 beside five readings."""
    honest = study.simulated.honest
    gain, error = "mean gain, trading new paths", "s.e. of the gain"
    shown = study.simulated.side_by_side(1).rename(columns=NAMES)
    shown[gain], shown[error] = honest["gain"].to_numpy(), honest["gain_se"].to_numpy()
    return show_table(
        shown.rename_axis("φ"),
        "The paper's Table 1 (μ = 0.01, σ² = 0.2): probability that updating performs "
        f"better, {study.replications} samples a cell ({study.belief_replications} for the own belief), "
        f"{study.paths:,} paths, 130 observations, 26 weeks, 0.57 % a week riskless; gain in expected wealth at "
        "variance 0.05",
        formats={
            "paper": "{:.2f}",
            **dict.fromkeys(NAMES.values(), "{:.3f}"),
            gain: "{:+.4f}",
            error: "{:.4f}",
        },
    )


def table_2(study: Experiment) -> Any:
    """Table 2 beside five readings."""
    return show_table(
        study.simulated.side_by_side(2).rename(columns=NAMES).rename_axis("μ"),
        "The paper's Table 2 (φ = 0.1, σ² = 1): probability that updating performs better",
        formats={"paper": "{:.2f}", **dict.fromkeys(NAMES.values(), "{:.3f}")},
    )


def distances(study: Experiment) -> Any:
    """Distance of each reading from the printed tables."""
    shown = pd.DataFrame({f"Table {t}": study.simulated.distances(t) for t in PUBLISHED}).rename(NAMES)
    shown.loc["a right reading, by chance"] = [study.simulated.distance_by_chance(t) for t in PUBLISHED]
    return show_table(
        shown.rename_axis("reading"),
        "How far each reading of 'performs better' lies from the printed probabilities (root mean square)",
        formats="{:.2f}",
    )


def table_3(study: Experiment) -> Any:
    """Table 3, whose printed values are lost."""
    shown = pd.DataFrame({NAMES[name]: study.simulated.probability(3, name) for name in READINGS})
    return show_table(
        shown.rename_axis("σ²"),
        "The paper's Table 3 (φ = 0.1, μ = 0.01): probability that updating performs better; the paper's own values, and "
        "its list of variances, are missing from the text",
        formats="{:.2f}",
    )


def coverage(study: Experiment) -> Any:
    """Coverage of the central intervals."""
    columns = {
        "coverage": "holds the realised wealth",
        "se": "s.e.",
        "expected": "holds the expected wealth",
        "expected_se": "s.e. of that",
        "width": "median width (per 1 invested)",
    }
    return show_table(
        study.intervals.covered.rename(
            columns=columns,
            index={
                "as_published": "section 6.3, excess return of the same week",
                "next_week": "section 6.3, excess return of the week after",
                "plug-in": "wealth, parameters taken as known",
                "predictive": "wealth, parameters drawn",
            },
        ),
        f"Central 50 % intervals at risk aversion {study.risk_aversion:g}, {study.coverage_replications} samples",
        formats=dict(zip(columns.values(), ("{:.1%}", "{:.1%}", "{:.1%}", "{:.1%}", "{:.3f}"), strict=True)),
    )


def policies(study: Experiment) -> Any:
    """Every policy over all windows of the index."""
    walk, first = study.walk, study.costs[0]
    shown = walk.summary[first].rename(columns=WINDOWS)
    for cost in study.costs[1:]:
        shown[f"E − ω Var at {cost:g} bp"] = walk.summary[cost]["utility"]
    starts = walk.plain.index
    return show_table(
        shown,
        f"Wealth at exit per 1 invested, {len(starts):,} windows of 26 weeks, S&P 500, windows that start "
        f"{starts[0]:%Y-%m-%d} to {starts[-1]:%Y-%m-%d}, ω = {study.risk_aversion:g}, before costs "
        "unless stated",
        formats={**dict.fromkeys(shown.columns, "{:.3f}"), WINDOWS["traded"]: "{:.1f}"},
    )


def _contrast(study: Experiment, key: str) -> dict[str, Any]:
    """A judged difference as a row: with the interval of its family, which the ledger uses too."""
    found = study[key]
    low, high = study.interval(key)
    return {
        "difference": found.estimate,
        "from": low,
        "to": high,
        "detectable": found_with_power(found.se, (low, high), len(UTILITY_KEYS))
        if key in UTILITY_KEYS
        else None,
    }


def utilities(study: Experiment) -> Any:
    """Differences of realised utility between policies, each with the interval of the table's family."""
    rows = {
        (" less ".join(PAIRS[name]), cost): _contrast(study, key)
        for key, (name, cost) in _costs(study).items()
    }
    shown = pd.DataFrame(rows).T.rename_axis(["policies", "cost"])
    return show_table(
        shown.rename(columns={"detectable": "detectable with 80 % power"}),
        "Differences of realised E − ω Var in basis points of initial wealth a year; intervals hold for all "
        f"{len(shown)} rows together",
        formats=dict.fromkeys(["difference", "from", "to", "detectable with 80 % power"], "{:,.0f}"),
    )


def _costs(study: Experiment) -> dict[str, tuple[str, str]]:
    """Pair of policies and cost of each judged contrast."""
    free, high = (f"{cost:g} bp" for cost in (study.costs[0], study.walk.high_cost))
    return {
        key: ("updated_riskless", high) if key == "oos.practical" else (key.split(".")[1], free)
        for key in UTILITY_KEYS
    }


def scores(study: Experiment) -> Any:
    """Log predictive scores of the forecasts, each contrast with the interval of the table's family."""
    found, transforms = study.walk.scores, study.walk.transforms
    rows = {name: study.interval(key) for key, name in SCORES.items()}
    low, high = study.interval("scores.updated_fixed.beyond_strong")  # the judged one, of the same contrast
    rows["fixed"] = (low + STRONG, high + STRONG)
    shown = pd.DataFrame(
        {
            "mean log score per week": found.mean(),
            "updated less this": pd.Series({n: t.estimate for n, t in study.walk.against.items()}),
            "from": pd.Series({n: low for n, (low, _) in rows.items()}),
            "to": pd.Series({n: high for n, (_, high) in rows.items()}),
            "Berkowitz p of the transforms": pd.Series(
                {n: berkowitz(transforms[n]).p_value for n in transforms}
            ),
        }
    )
    return show_table(
        shown.rename_axis("forecast"),
        f"Log predictive scores of {len(found):,} weeks, {found.index[0]:%Y} to {found.index[-1]:%Y}; intervals "
        f"hold for all {len(rows)} contrasts together",
        formats={
            "mean log score per week": "{:.4f}",
            **dict.fromkeys(["updated less this", "from", "to"], "{:+.4f}"),
            "Berkowitz p of the transforms": "{:.1e}",
        },
    )


def second_series(study: Experiment) -> Any:
    """Simple faults in the place of the paper's second series."""
    if len(study.several.names) < 5:
        return show_table(
            pd.DataFrame({"stocks": study.several.names}),
            "Of the paper's five stocks these prices have only some: what a fault in the second series would do "
            "cannot be tried",
        )
    row, column = shape(paper.COEFFICIENTS)
    shown = study.second_faults.copy()
    printed = {"row": row, "column": column, "mean": paper.SECOND_STOCK_MEAN}
    shown = pd.concat([pd.DataFrame([printed], index=["as printed"]), shown[[*printed, "all three"]]])
    shown["all three"] = shown["all three"].map({True: "yes", False: "no"}).fillna("")
    return show_table(
        shown.rename_axis("second series"),
        "The second row and column of the coefficients, as multiples of the rest, and the mean a week, if a simple "
        "fault stands in the place of the second series; 'all three': each within a factor of two of the print",
        formats={"row": "{:.2f}", "column": "{:.2f}", "mean": "{:.4f}"},
    )


def var_estimates(study: Experiment) -> Any:
    """VAR(1) of the paper's stocks."""
    names, inside = study.several.names, study.several.inside
    rows = {
        (name, n): {
            "μ (per week)": mean,
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
            "F′mF + s²",
            "F′CF + s²",
            "read as a number, negative in {filter.q_negative} of the paper's 26 weeks",
        ),
        "regressor": (
            "without constant, (μ, φ)",
            "(1, lags), (c, φ)",
            "{filter.intercept:.1%} a year of forecast return, fit of 130 weeks",
        ),
        "frontier": (
            "last bracket squared",
            "no square",
            "{policy.square_effect:.0e} of wealth at variance 0.01 (0.57 % a year riskless)",
        ),
        "serial correlation": (
            "ω, λ known at t",
            "functions of the last return",
            "Θ {exact.plug_in_theta:.2f} instead of {exact.theta:.2f}",
        ),
        "frontier of time 0": (
            "later forecasts inserted (as far as the text tells)",
            "exact recursion",
            "Θ varies over paths with a standard deviation of {hindsight.theta_sd:.2f}",
        ),
        "initial variance": (
            "0.00085 from the first 130 weeks",
            "the variance of the first 130 weeks",
            "{sample.variance_ratio:.1f} times that of these weeks",
        ),
        "interval": (
            "quantiles of a plug-in mean",
            "quantiles of predicted wealth",
            "holds {intervals.coverage.realised:.0f} % of realised wealth instead of "
            "{intervals.coverage.predictive:.0f} %",
        ),
    }
    shown = pd.DataFrame(rows, index=["as published", "corrected", "what it changes"]).T
    shown["what it changes"] = shown["what it changes"].map(study.words)
    return show_table(shown.rename_axis("topic"), "The paper's formulas and their repair")
