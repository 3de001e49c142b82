"""What the chapter on the data measures: one function, or one row of a table, a key."""

import numpy as np
import pandas as pd

from portfolio_study.allocation.frontier import frontier_portfolio
from portfolio_study.data.calendars import expected_dates
from portfolio_study.data.drawdown import drawdowns
from portfolio_study.data.rsi import compare_readings
from portfolio_study.evaluation import Inference
from portfolio_study.evaluation.dependence import p_value_text, share_rejected
from portfolio_study.evaluation.panel import clustered_share, date_clustered_mean
from portfolio_study.evaluation.tails import normal_share_beyond, normality_table, tail_indicators
from portfolio_study.ledger import Lacking, Measured, measure, measures
from portfolio_study.studies.data.experiment import (
    BROKEN,
    EXAMPLE_COVARIANCE,
    EXAMPLE_MEAN,
    OVERBOUGHT,
    OVERSOLD,
    PAPER_FIRST,
    PAPER_LAST,
    Experiment,
)


# --- what was loaded
@measure()
def notes(study: Experiment) -> str:
    """What was decided about the prices, and what to keep in mind of them."""
    return "; ".join(study.prices.manifest["notes"]) or "nothing in particular"


@measure("rows for each ticker")
def rows(study: Experiment) -> Measured:
    """Rows of the loaded prices."""
    return Measured(len(study.prices.close), n=len(study.prices.close))


@measure("assets")
def assets(study: Experiment) -> int:
    """Assets of the loaded prices."""
    return len(study.prices.tickers)


@measure("sessions", data=None)
def sessions(study: Experiment) -> Measured:
    """Sessions of the exchange between the paper's dates."""
    found = expected_dates(pd.Timestamp(PAPER_FIRST), pd.Timestamp(PAPER_LAST))
    return Measured(len(found), note="NYSE calendar, no prices needed")


# --- who is missing
@measures(["dow.stayed", "dow.others", "dow.left"], "stocks", data=None)
def membership(study: Experiment) -> dict[str, int | Measured]:
    """The 20 that were members of the index on every day, others that were too, and members that left."""
    return {
        "dow.stayed": Measured(len(study.stayed & study.twenty), n=len(study.twenty)),
        "dow.others": len(study.stayed - study.twenty),
        "dow.left": len(study.left),
    }


@measure(key="dow.names_left", data=None)
def names_left(study: Experiment) -> str:
    """Names of the members that left."""
    return ", ".join(sorted(study.left))


@measure("decimals a year", key="survivors.gap", data="us20")
def survivors_gap(study: Experiment) -> Inference:
    """What the stocks that stayed earned more than those that left."""
    return study.gap.scaled(252)


@measure(key="survivors.groups", data="us20")
def survivors_groups(study: Experiment) -> str:
    """Names of both groups among the packaged stocks."""
    return (
        f"{len(study.stay)} that stayed ({', '.join(study.stay)}) against "
        f"{len(study.leave)} that left ({', '.join(study.leave)})"
    )


# --- a calm period
@measure("days between the last trough and the sample", key="calm.distance", data="index")
def calm_distance(study: Experiment) -> int:
    """The two named crises end before the sample begins."""
    return int((pd.Timestamp(PAPER_FIRST) - study.bears_before["trough"].max()).days)


@measure("largest fall inside the sample", key="calm.worst", data="index")
def calm_worst(study: Experiment) -> float:
    """Largest fall of the index inside the sample."""
    return float(study.bears_inside["fall"].max())


@measure("deepest drawdown on a day of the sample", key="calm.deepest", data="index")
def calm_deepest(study: Experiment) -> float:
    """How far the index lay below its last peak inside the sample, also where that peak is older."""
    return float(-drawdowns(study.level)[PAPER_FIRST:].min())


@measure(key="calm.recovered", data="index")
def calm_recovered(study: Experiment) -> str:
    """Month in which the last fall from before the sample was made good."""
    return f"{study.bears_before['recovered'].max():%B %Y}"


@measure("falls by 20 % or more inside the sample", key="calm.falls", data="index")
def calm_falls(study: Experiment) -> int:
    """How often the index fell by 20 % or more inside the sample."""
    return len(study.bears_inside)


@measure("highest volatility inside over highest before", key="calm.volatility_ratio", data="index")
def volatility_ratio(study: Experiment) -> float:
    """How high the volatility of the index rose inside the sample, against the years before."""
    return float(study.volatility["2010":].max() / study.volatility[:"2009"].max())


@measures(["calm.height", "calm.height_before"], data="index")
def calm_heights(study: Experiment) -> dict[str, str]:
    """Months in which the volatility of the index was highest, inside the sample and before it."""
    late, early = study.volatility["2010":], study.volatility[:"2009"]
    return {"calm.height": f"{late.idxmax():%B %Y}", "calm.height_before": f"{early.idxmax():%B %Y}"}


# --- returns and portfolio arithmetic
@measure(key="portfolio.return_formula", data=None)
def portfolio_return(study: Experiment) -> Measured:
    """The return of a portfolio is the weighted sum of simple returns."""
    first = study.simple.iloc[0]
    wealth = ((1 + first) * study.weights).sum()  # of one dollar, after one period
    return Measured(
        bool(np.isclose(wealth - 1, first @ study.weights)), n=1, note="returns as the text defines them"
    )


@measure("basis points a year", key="portfolio.log_gap")
def log_gap(study: Experiment) -> float:
    """What a portfolio of equal weights earns beyond the weighted sum of log returns."""
    exact = np.log1p(study.simple @ study.weights)  # log return of the portfolio
    wrong = study.log @ study.weights  # weighted sum of log returns
    return 1e4 * float((exact - wrong).mean() * study.year)


@measure("printed variance over right variance", key="portfolio.variance_ratio")
def variance_ratio(study: Experiment) -> float:
    """What the printed formula gives for equal weights, against the variance."""
    covariance, w = study.simple.cov().to_numpy(), study.weights
    printed = len(w) * np.sum(w**2 * np.diag(covariance))  # both sums over the same i
    return float(printed / (w @ covariance @ w))


@measures(["portfolio.equivalent", "portfolio.equivalent_loss"], data=None)
def equivalence(study: Experiment) -> dict[str, Measured]:
    """Least variance for a return is most return for a variance; and what is lost where it is not."""
    target, better = study.equal_risk
    least = [frontier_portfolio(EXAMPLE_MEAN, EXAMPLE_COVARIANCE, mean) for mean in (target, better)]
    risks = [w @ EXAMPLE_COVARIANCE @ w for w in least]
    dominated = np.isclose(*risks) and better > target
    note = "four assets, target two points below the least risky portfolio's mean"
    return {
        "portfolio.equivalent": Measured(bool(not dominated), note=note),
        "portfolio.equivalent_loss": Measured(better - target, unit="return per year lost"),
    }


# --- the relative strength index
@measure(key="rsi.range", data=None)
def rsi_range(study: Experiment) -> Measured:
    """The index lies between 0 and 100 in every reading."""
    known = [r.iloc[study.rsi_window + 1 :] for r in study.readings.values()]
    inside = all(bool(((r >= 0) & (r <= 100)).all(axis=None)) for r in known)
    return Measured(inside, note="RS is never negative")


@measures(["rsi.as_library", "rsi.gap", "rsi.signals"])
def rsi_words(study: Experiment) -> dict[str, Measured]:
    """The paper's words are what its library computes: whether, how far not, and how often it matters."""
    gap, signals, _ = compare_readings(study.prices.close, study.rsi_window).loc["literal"].to_numpy(float)
    return {
        "rsi.as_library": Measured(bool(gap < 1e-6), note="the words against the library", data=None),
        "rsi.gap": Measured(float(gap), unit="RSI points"),
        "rsi.signals": Measured(float(signals), unit="% of dates with another signal"),
    }


@measure("return on the next {period}, oversold less overbought", key="rsi.turns")
def return_after_signals(study: Experiment) -> Inference | Lacking:
    """Prices fall after the index says overbought (above 70), and rise after it says oversold (below 30)."""
    strength = study.readings["ta"].iloc[study.rsi_window + 1 : -1]
    following = study.simple.shift(-1).loc[strength.index]
    following = following - following.mean()  # of each asset
    over, under = strength > OVERBOUGHT, strength < OVERSOLD
    if not over.to_numpy().any() or not under.to_numpy().any():
        return Lacking(
            f"over {study.rsi_window} {study.period}s the index gives no signal of one of the two kinds"
        )
    apart = following * (under / under.to_numpy().mean() - over / over.to_numpy().mean())
    return date_clustered_mean(apart, lags=study.rsi_window, method="return after a signal")


# --- unit roots
@measures(["adf.rejected", "adf.rejected_pp"], "assets")
def unit_roots_rejected(study: Experiment) -> dict[str, Measured]:
    """Assets whose log returns reject a unit root at 5 %, by the paper's test and by Phillips and Perron's."""
    tests = {"adf.rejected": "adf_p", "adf.rejected_pp": "pp_p"}
    return {key: Measured(int((study.roots[p] < 0.05).sum()), n=len(study.roots)) for key, p in tests.items()}


@measure("0.05 less the largest p-value", key="adf.margin")
def adf_margin(study: Experiment) -> float:
    """How far the largest p-value lies below the paper's limit."""
    return 0.05 - float(study.roots["adf_p"].max())


@measure(key="adf.shows_stationarity", data=None)
def rejection_shows_stationarity(study: Experiment) -> Measured:
    """A series that is not stationary does not reject a unit root more often than 5 % allow."""
    rate = float(study.rates["ADF"][BROKEN])
    return Measured(
        bool(rate < 0.10),
        n=study.simulations,
        note=f"series whose variance jumps half-way: a unit root is rejected in {rate:.0%}",
    )


@measure("share of series", key="adf.broken_rate", data=None)
def rejections_of_a_broken_variance(study: Experiment) -> Measured:
    """How often the test rejects on series whose variance jumps to nine times its value half-way."""
    return Measured(float(study.rates["ADF"][BROKEN]), n=study.simulations)


ADF_TEXTS = {"adf.shown": "adf_p", "adf.shown_pp": "pp_p"}


@measures(["adf.shown", "adf.shown_pp"])
def adf_texts(study: Experiment) -> dict[str, str]:
    """The largest p-values as a reader should see them: digits below 1e-16 mean nothing."""
    return {key: p_value_text(study.roots[column].max()) for key, column in ADF_TEXTS.items()}


@measure("% of assets whose log price rejects a unit root", key="adf.levels")
def adf_levels(study: Experiment) -> float:
    """Share of log prices that reject a unit root."""
    return 100 * share_rejected(study.level_roots["adf_p_holm"])


@measure("share of series", key="adf.least_rate", data=None)
def adf_least_rate(study: Experiment) -> Measured:
    """How often the test rejects on simulated series without a unit root, at least."""
    return Measured(float(study.rates.drop(index="random walk")["ADF"].min()), n=study.simulations)


# --- what returns remember
@measure("autocorrelation of absolute returns, sign reversed", key="suitable.size")
def suitable_size(study: Experiment) -> Inference:
    """The variance of returns does not move."""
    return study.persistence


@measure("autocorrelation of absolute returns", key="memory.size")
def memory_size(study: Experiment) -> Inference:
    """The size of returns persists."""
    return -study.persistence


@measure("autocorrelations", key="memory.lags")
def memory_lags(study: Experiment) -> int:
    """Autocorrelations that are tested jointly."""
    return study.lags


MEMORY = {
    "memory.ljung_box": "ljung_box_p",
    "memory.robust": "robust_p",
    "memory.robust_holm": "robust_p_holm",
    "memory.arch": "arch_p_holm",
}


@measures(MEMORY, "share of assets")
def memory_shares(study: Experiment) -> dict[str, float]:
    """Share of assets in which each test finds memory."""
    return {key: share_rejected(study.memory[test]) for key, test in MEMORY.items()}


# --- the normal law
@measure("share of returns", key="normal.tails")
def normal_tails(study: Experiment) -> Measured:
    """Log returns are normal: no more of them lie beyond three standard deviations."""
    found = clustered_share(normal_share_beyond(3) - tail_indicators(study.log, 3))
    return Measured(found.estimate, **found.evidence(), note="beyond 3 sd: normal less observed")


@measure("share of returns", key="normal.by_logs")
def normal_by_logs(study: Experiment) -> Measured:
    """Logarithms bring fewer returns beyond three standard deviations."""
    found = clustered_share(tail_indicators(study.simple, 3) - tail_indicators(study.log, 3))
    return Measured(found.estimate, **found.evidence(), note="beyond 3 sd: simple less log")


@measures(["normal.kurtosis", "normal.kurtosis_simple"], "Pearson kurtosis (normal: 3), mean over assets")
def kurtosis(study: Experiment) -> dict[str, float]:
    """Mean kurtosis of log returns and of simple returns."""
    return {
        "normal.kurtosis": study.shape["kurtosis"].mean(),
        "normal.kurtosis_simple": normality_table(study.simple)["kurtosis"].mean(),
    }


@measures(["normal.nearer_kurtosis", "normal.nearer_skewness", "normal.nearer_jarque_bera"], "assets")
def nearer_by_logs(study: Experiment) -> dict[str, Measured]:
    """Assets whose log returns are nearer to the normal law than their simple returns, by three marks."""
    log, simple = study.shape, normality_table(study.simple)
    nearer = {
        "normal.nearer_kurtosis": log["excess_kurtosis"].abs() < simple["excess_kurtosis"].abs(),
        "normal.nearer_skewness": log["skewness"].abs() < simple["skewness"].abs(),
        "normal.nearer_jarque_bera": log["jarque_bera"] < simple["jarque_bera"],
    }
    return {key: Measured(int(found.sum()), n=len(found)) for key, found in nearer.items()}


@measure("% of assets, Jarque-Bera, Holm", key="normal.rejected")
def normal_rejected(study: Experiment) -> float:
    """Share of assets whose log returns are not normal."""
    return 100 * share_rejected(study.shape["p_holm"])


@measure("observed over normal share beyond 3 sd", key="normal.ratio")
def normal_ratio(study: Experiment) -> float:
    """How many times as often as a normal law log returns lie beyond three standard deviations."""
    return float(study.tails["ratio"].loc[3.0])


@measure("largest error over that with normal shocks", key="arima_normal.rmse_ratio", data=None)
def rmse_without_normality(study: Experiment) -> float:
    """How much larger the error of an autoregression is without normal shocks."""
    return float(study.large["rmse"].max() / study.large.loc["normal", "rmse"])


@measure("share of 95 % intervals, least over the shocks", key="arima_normal.coverage", data=None)
def coverage_without_normality(study: Experiment) -> float:
    """How often 95 % intervals hold the true coefficient, whatever the shocks."""
    return float(study.large["coverage"].min())


@measure(key="arima_normal.required", data=None)
def normality_required(study: Experiment) -> Measured:
    """An autoregression needs normal shocks: without them errors are much larger or intervals lie."""
    honest = coverage_without_normality(study) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / study.tried)
    return Measured(
        bool(not (honest and rmse_without_normality(study) < 1.25)),
        note="heavy-tailed and skewed shocks, 4000 observations",
    )


# --- seasons
@measure(key="season.kinds")
def season_kinds(study: Experiment) -> str:
    """What calendar effects the dates can have."""
    return "months" if study.prices.frequency == "monthly" else "weekdays and months"


@measure("effects beside the reference", key="season.effects")
def season_effects(study: Experiment) -> int:
    """Number of calendar effects."""
    return len(study.effects)


@measure("adjusted R squared", key="season.in_sample")
def season_in_sample(study: Experiment) -> Measured:
    """Calendar effects explain returns in the sample."""
    found = study.inside_sample
    return Measured(found.adjusted, interval=found.interval, p_value=study.joint.p_value, n=found.n)


@measure("adjusted R squared", key="season.size")
def season_of_size(study: Experiment) -> Measured:
    """Calendar effects explain the size of returns in the sample."""
    found = study.season_of_size
    return Measured(found.adjusted, interval=found.interval, n=found.n)


@measure("out-of-sample R squared", key="season.out_of_sample")
def season_out_of_sample(study: Experiment) -> Inference:
    """Calendar effects help to forecast returns."""
    return study.out_of_sample


@measures(["season.below", "season.below_holm", "season.by_chance"], "tests")
def season_tests(study: Experiment) -> dict[str, float]:
    """Assets whose calendar test is below 0.05, after adjustment too, and how many would be by chance."""
    return {
        "season.below": int((study.seasons["p_value"] < 0.05).sum()),
        "season.below_holm": int((study.seasons["p_holm"] < 0.05).sum()),
        "season.by_chance": 0.05 * len(study.seasons),
    }


# --- the riskless rate
SHARPES = {
    "risk_free.sharpe_series": "series",
    "risk_free.sharpe_zero": "zero",
    "risk_free.sharpe_two": "two",
}


@measures(SHARPES, "Sharpe ratio a year, equal weights")
def sharpes(study: Experiment) -> dict[str, float]:
    """Sharpe ratio of equal weights over three riskless rates."""
    excess = {key: study.excess[name] for key, name in SHARPES.items()}
    return {key: r.mean() / r.std() * np.sqrt(study.year) for key, r in excess.items()}


@measure("% of dates with a published rate", key="risk_free.known")
def rate_known(study: Experiment) -> float:
    """Share of dates whose riskless rate was published."""
    parts, close = study.rates_known, study.prices.close
    carried = parts[parts["kind"].str.startswith("carried")]
    without = sum(len(close.loc[p.first : p.last]) for p in carried.itertuples())
    return 100 * (1 - without / len(close))
