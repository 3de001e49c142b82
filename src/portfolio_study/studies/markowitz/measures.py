"""What the chapter on Markowitz portfolios measures: one function, or one row of a table, a key."""

import numpy as np
import pandas as pd

from portfolio_study.allocation.frontier import efficient_frontier
from portfolio_study.evaluation import (
    Inference,
    certainty_equivalent_gain,
    date_clustered_mean,
    loss_ratio,
    r2_for_sharpe,
    relative_gain,
    sharpe_inference,
    spread_over_networks,
    squared_error,
    superior_predictive_ability,
    track_record,
    variance_difference,
    with_error,
)
from portfolio_study.evaluation.confidence_set import distinct_models, sharpe_losses
from portfolio_study.evaluation.track_record import TrackRecord
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.studies.markowitz.experiment import (
    ADVANCED,
    BELIEVED,
    COST,
    PASSIVE,
    SHARES,
    TRADITIONAL,
    Experiment,
)
from portfolio_study.studies.markowitz.unit_readings import (
    TABLE_1,
    UnitReading,
    implied_risk_free,
    unit_readings,
)

SHARPE = "annual Sharpe ratio"


@measure("random trials a ticker")
def trials(study: Experiment) -> int:
    """Trials of the random search; the paper has ten."""
    return study.trials


@measure("weight")
def pypfopt_distance(study: Experiment) -> Measured:
    """Largest distance of a weight from the one that PyPortfolioOpt finds."""
    ours, theirs = (
        study.best_weights(study.mean["50-day"], "GARCH", study.sampled, engine).weights
        for engine in ("exact", "pypfopt")
    )
    return Measured(float((ours - theirs).abs().to_numpy().max()), n=len(study.sampled))


@measure(data=None)
def criterion_is_max_sharpe(study: Experiment) -> bool:
    """No random long-only portfolio has a larger ratio than the one that minimises risk over return."""
    found = study.best_weights(study.mean["50-day"], "50-day", study.sampled)
    day = int(np.argmax(~found.fallback.to_numpy()))
    when = study.sampled[day]
    cov = study.covariances_at("50-day", study.sampled)[day]
    premium = study.mean["50-day"].loc[when].to_numpy() - study.rate.loc[when]
    random = np.random.default_rng(study.seed).dirichlet(np.full(study.simple.shape[1], 0.3), size=3000)
    ratios = random @ premium / np.sqrt(np.einsum("ki,ij,kj->k", random, cov, random))
    return bool(ratios.max() <= found.promised["sharpe"].iloc[day] * (1 + 1e-9) or found.fallback.all())


@measures(["input.mean", "input.covariance"], "relative gain")
def input_gains(study: Experiment) -> dict[str, Inference]:
    """Gain of LSTM means in squared error, and of GARCH covariances in minimum variance, over 50 days."""
    errors = {
        name: squared_error(study.simple.loc[study.test], study.mean[name].loc[study.test])
        for name in ("LSTM", "50-day")
    }
    ratio = loss_ratio(errors["LSTM"], errors["50-day"], seed=study.seed, draws=study.draws)
    luck = spread_over_networks(errors["LSTM"], errors["50-day"])  # one network a ticker, each a draw
    held = {name: study.trade(weights, study.test).returns for name, weights in study.minimum.items()}
    return {
        "input.mean": relative_gain(with_error(ratio, luck)),
        "input.covariance": variance_difference(
            held["50-day"], held["GARCH"], draws=study.draws, seed=study.seed
        ),
    }


@measure("relative gain, worse of the two inputs")
def inputs_improve(study: Experiment) -> Measured:
    """Both inputs improve: the smaller of the two gains, with intervals that hold together."""
    gains = list(input_gains(study).values())
    stretch = 2.2414 / 1.96  # two statements at once (Bonferroni)
    low = min(g.estimate - stretch * (g.estimate - g.interval[0]) for g in gains)
    high = min(g.estimate + stretch * (g.interval[1] - g.estimate) for g in gains)
    return Measured(min(g.estimate for g in gains), interval=(low, high), n=len(study.test))


def _a_year(promised: pd.Series, study: Experiment) -> Inference:
    """Mean of a daily promise, as an annual Sharpe ratio."""
    return date_clustered_mean((study.root * promised).to_frame("promise"))


@measure(SHARPE, key="promised.traditional")
def promise(study: Experiment) -> Measured:
    """What the traditional method promises itself."""
    found = _a_year(study.plans[TRADITIONAL].promised["sharpe"], study)
    return Measured(found.estimate, se=found.se)


@measure(SHARPE, key="realised.traditional")
def earned(study: Experiment) -> Measured:
    """What the traditional method earns."""
    found = sharpe_inference(study.runs[TRADITIONAL].returns, study.rate.loc[study.test], study.per_year)
    return Measured(found.estimate, se=found.se)


@measure(SHARPE)
def realised_less_promised(study: Experiment) -> Measured:
    """What the optimiser promises is earned (traditional method)."""
    said, got = promise(study), earned(study)
    se = float(np.hypot(got.se, said.se))
    return Measured(got.estimate - said.estimate, se=se, n=len(study.test), detectable=2.8 * se)


@measure(SHARPE, key="sharpe_gain.promised")
def promised_gain(study: Experiment) -> Inference:
    """What the advanced method promises itself, less what the traditional one does."""
    promised = {name: study.plans[name].promised["sharpe"] for name in (ADVANCED, TRADITIONAL)}
    return _a_year(promised[ADVANCED] - promised[TRADITIONAL], study)


CONTRASTS = {  # key -> two strategies and the cost of a trade in basis points
    "sharpe_gain.realised": (ADVANCED, TRADITIONAL, 0.0),
    "sharpe_gain.passive": (ADVANCED, "buy and hold", 0.0),
    "sharpe_gain.after_costs": (ADVANCED, "1/N", COST),
    "sharpe_gain.garch": ("50-day + GARCH", TRADITIONAL, 0.0),
    "sharpe_gain.lstm": ("LSTM + 50-day", TRADITIONAL, 0.0),
}


@measures(CONTRASTS, SHARPE)
def sharpe_gains(study: Experiment) -> dict[str, Inference]:
    """Differences of realised annual Sharpe ratios on the test dates."""
    runs = study.runs
    return {key: study.compare(runs[a], runs[b], cost) for key, (a, b, cost) in CONTRASTS.items()}


LONG_CONTRASTS = {
    "walk.garch": ("50-day + GARCH", "50-day + 50-day", 0.0),
    "walk.means": ("50-day + 50-day", "minimum variance, 50-day", 0.0),
    "arima_suboptimal": ("minimum variance, GARCH", "ARIMA + GARCH", 0.0),
    "walk.equal": ("50-day + 50-day", "1/N", 0.0),
    "walk.equal_after_costs": ("50-day + 50-day", "1/N", COST),
}


@measures(LONG_CONTRASTS, SHARPE, data="usable")
def long_sharpe_gains(study: Experiment) -> dict[str, Inference]:
    """Differences of realised annual Sharpe ratios over the whole history, without an LSTM."""
    runs = study.whole.runs
    return {key: study.compare(runs[a], runs[b], cost) for key, (a, b, cost) in LONG_CONTRASTS.items()}


@measure("{period}", key="walk.days", data="usable")
def walk_days(study: Experiment) -> int:
    """Dates of the whole history."""
    return len(study.whole.days)


@measure(SHARPE, data=None)
def noise_promise(study: Experiment) -> Measured:
    """What the optimiser promises where every true mean is zero."""
    found = study.root * study.noise["sharpe"]
    return Measured(found.mean(), se=found.std() / np.sqrt(len(found)), n=len(found))


@measure(data=None)
def negative_sharpe_means_less_than_bonds(study: Experiment) -> bool:
    """The sign of a Sharpe ratio is that of the mean excess return."""
    return all(np.sign(run.sharpe) == np.sign(run.excess_returns.mean()) for run in study.runs.values())


ZERO_RATE = {
    "at_zero_rate.advanced": ADVANCED,
    "at_zero_rate.traditional": TRADITIONAL,
    "at_zero_rate.equal": "1/N",
}


@measures(ZERO_RATE, SHARPE)
def at_zero_rate(study: Experiment) -> dict[str, float]:
    """Realised annual Sharpe ratios over a riskless rate of zero."""
    returns = {key: study.runs[name].returns for key, name in ZERO_RATE.items()}
    return {key: study.root * r.mean() / r.std() for key, r in returns.items()}


@measure()
def period(study: Experiment) -> str:
    """Name of a period, for sentences."""
    return study.period


@measure("share of the test dates")
def carried_share(study: Experiment) -> float:
    """Test dates whose riskless rate is not a published one."""
    return study.carried_share


@measure("strategies", data=None)
def strategies(study: Experiment) -> int:
    """Strategies that are compared."""
    return len(study.runs)


@measure("% a year")
def riskless_rate(study: Experiment) -> float:
    """Average riskless rate of the test dates."""
    return float(100 * study.per_year * study.rate.loc[study.test].mean())


@measure("log of the ratio of standard deviations")
def risk_higher(study: Experiment) -> Inference:
    """Risk of the advanced method against that of the traditional one."""
    found = variance_difference(
        study.runs[ADVANCED].returns, study.runs[TRADITIONAL].returns, draws=study.draws, seed=study.seed
    )
    return found.scaled(0.5)


@measure("basis points a year")
def return_higher(study: Experiment) -> Inference:
    """Return of the advanced method less that of the traditional one."""
    extra = (study.runs[ADVANCED].returns - study.runs[TRADITIONAL].returns).to_frame("difference")
    return date_clustered_mean(extra).scaled(1e4 * study.per_year)


@measure("annual Sharpe ratio over Treasury bills")
def beats_bonds(study: Experiment) -> Inference:
    """Sharpe ratio of the advanced method."""
    return sharpe_inference(study.runs[ADVANCED].returns, study.rate.loc[study.test], study.per_year)


def advanced_record(study: Experiment) -> TrackRecord:
    """How sure one may be of the advanced method's Sharpe ratio, given all strategies that were tried."""
    return track_record(
        study.runs[ADVANCED].returns,
        trial_sharpes=[run.sharpe for run in study.runs.values()],
        risk_free=study.rate.loc[study.test],
        periods_per_year=study.per_year,
    )


@measures(["confidence.alone", "confidence.deflated"], "probability")
def confidence(study: Experiment) -> dict[str, float]:
    """Confidence with which a Sharpe ratio of zero is rejected, alone and among all strategies."""
    found = advanced_record(study)
    return {"confidence.alone": found.probabilistic, "confidence.deflated": found.deflated}


@measure("p-value")
def spa_p(study: Experiment) -> Measured:
    """Hansen's test that no strategy beats 1/N."""
    scaled = sharpe_losses(pd.DataFrame({name: run.excess_returns for name, run in study.runs.items()}))
    # equal means give minimum variance again; so does a forecast that never expects a gain
    rivals = distinct_models(scaled.drop(columns=list(PASSIVE)), scaled["1/N"])
    found = superior_predictive_ability(scaled["1/N"], rivals, draws=min(study.draws, 2000), seed=study.seed)
    return Measured(found.p_value, n=found.n, note=f"{found.models} strategies against 1/N")


@measure("R squared per {period}", data=None)
def r2_needed(study: Experiment) -> float:
    """Predictive R squared that timing one asset needs for a Sharpe ratio of 1.5."""
    return r2_for_sharpe(1.5, 0.0, study.per_year)


@measure("basis points a year", key="certainty_equivalent_gain")
def worth(study: Experiment) -> Inference:
    """What an investor with risk aversion 3 would pay to leave 1/N for the advanced method, after costs."""
    advanced, equal = (study.runs[name].at_cost(COST).returns for name in (ADVANCED, "1/N"))
    return certainty_equivalent_gain(advanced, equal, 3.0, study.per_year, draws=study.draws, seed=study.seed)


SHRUNK = {"shrinkage_gain.advanced": "LSTM + GARCH", "shrinkage_gain.traditional": "50-day + 50-day"}


@measures(SHRUNK, "annual Sharpe ratio, shrunk less as they are")
def shrinkage_gains(study: Experiment) -> dict[str, float]:
    """Sharpe ratio with equal means less that with the forecasts as they are."""
    path = study.shrinkage_path
    return {key: path[name].iloc[-1] - path[name].iloc[0] for key, name in SHRUNK.items()}


BEST = {"best_shrinkage.advanced": "LSTM + GARCH", "best_shrinkage.traditional": "50-day + 50-day"}


@measures(BEST, "share of the way to equal means, with hindsight")
def best_shrinkage(study: Experiment) -> dict[str, float]:
    """Where on the path the Sharpe ratio is highest."""
    return {key: float(SHARES[int(study.shrinkage_path[name].argmax())]) for key, name in BEST.items()}


@measure("lead in annual Sharpe ratio")
def in_sample_gain(study: Experiment) -> Measured:
    """Lead of the advanced method inside the training rows, less that after them."""
    inside = study.inside.runs["advanced"].sharpe - study.inside.runs["traditional"].sharpe
    after = study.runs[ADVANCED].sharpe - study.runs[TRADITIONAL].sharpe
    return Measured(inside - after, note="inside the training rows less after them; the dates differ too")


@measure(data=None)
def hold_out_is_outside(study: Experiment) -> bool:
    """The published hold-out lies outside the training rows."""
    return not set(study.inside.held_out) <= set(study.inside.training)


@measure(data=None)
def table_1_is_consistent(study: Experiment) -> bool:
    """Some reading of the units lets both rows of table 1 share one riskless rate."""
    return bool(unit_readings()["plausible"].any())


@measure(data=None)
def table_1_risk_is_variance(study: Experiment) -> bool:
    """With the printed risk as a variance, no row needs a negative riskless rate."""
    square = UnitReading("variance", variance=True)
    return all(implied_risk_free(row, square)[1] >= 0 for row in TABLE_1)


@measure("percentage points", data=None)
def table_1_rate_gap(study: Experiment) -> float:
    """Distance between the riskless rates that the two rows imply."""
    advanced, traditional = (implied_risk_free(row, UnitReading("same period")) for row in TABLE_1)
    return 100 * (advanced[0] - traditional[1])


@measure("Sharpe ratio", data=None)
def table_1_variance_sharpe(study: Experiment) -> float:
    """Sharpe ratio of the first row, were its risk a variance."""
    return float(TABLE_1[0].mean / np.sqrt(TABLE_1[0].risk))


def frontier(study: Experiment, belief: str) -> pd.DataFrame:
    """Efficient frontier that the inputs believe in on the last date, in percent a year."""
    mean, covariance = BELIEVED[belief]
    last, names = study.test[-1], study.simple.columns
    cov = pd.DataFrame(study.covariance[covariance][study.days.get_loc(last)], names, names)
    line = efficient_frontier(study.mean[mean].loc[last], cov, points=40)
    return pd.DataFrame(
        {"risk": 100 * study.root * line["volatility"], "return": 100 * study.per_year * line["mean"]}
    )


@measure(data=None)
def frontier_is_concave(study: Experiment) -> bool:
    """Each frontier's return rises with risk and flattens."""
    concave = True
    for belief in BELIEVED:
        line = frontier(study, belief)
        rise = np.diff(line["return"])
        slopes = rise / np.maximum(np.diff(line["risk"]), 1e-12)
        concave &= bool((rise >= -1e-9).all() and (np.diff(slopes) <= 1e-6 * np.abs(slopes).max()).all())
    return concave
