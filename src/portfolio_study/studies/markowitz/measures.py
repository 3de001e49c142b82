"""What the chapter on Markowitz portfolios measures: one function, or one row of a table, a key."""

from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.frontier import efficient_frontier
from portfolio_study.checks.confidence import Z95
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
from portfolio_study.evaluation.backtest import Backtest
from portfolio_study.evaluation.confidence_set import distinct_models, sharpe_losses
from portfolio_study.evaluation.costs import COST
from portfolio_study.evaluation.track_record import TrackRecord
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.ledger.rules import match_by_chance
from portfolio_study.risk.matrix_losses import frobenius_loss
from portfolio_study.studies.markowitz.experiment import (
    ADVANCED,
    ARIMA,
    BELIEVED,
    PASSIVE,
    SHARES,
    TRADITIONAL,
    Experiment,
)
from portfolio_study.studies.markowitz.specifications import curves
from portfolio_study.studies.markowitz.unit_readings import (
    TABLE_1,
    averages_that_fit,
    highest_common_rate,
)

SHARPE = "annual Sharpe ratio"
WORTH = 1.1  # "deemed as worth taking the risk for the return"


@measure("random trials a ticker")
def trials(study: Experiment) -> int:
    """Trials of the random search; the paper has ten."""
    return study.trials


@measure("weight")
def pypfopt_distance(study: Experiment) -> Measured:
    """Largest distance of a weight from the one that PyPortfolioOpt finds."""
    ours, theirs = (
        study.best_weights(study.mean["rolling"], "GARCH", study.sampled, engine).weights
        for engine in ("exact", "pypfopt")
    )
    return Measured(float((ours - theirs).abs().to_numpy().max()), n=len(study.sampled))


@measure("share of the test dates")
def criterion_fails(study: Experiment) -> float:
    """Test dates on which some asset's rolling mean is negative: risk over return is then no criterion."""
    return float((study.mean["rolling"].loc[study.test] < 0).any(axis=1).mean())


INPUTS = ["input.mean", "input.covariance", "input.minimum_variance"]


@measures(INPUTS, "relative gain")
def input_gains(study: Experiment) -> dict[str, Inference]:
    """Gain of LSTM means and GARCH covariances over rolling ones.

    Means and covariances in squared error, of returns and of the products of a day's returns; covariances
    also in the variance of the minimum-variance portfolio that is built on them.
    """
    realised = study.simple.loc[study.test]
    errors = {name: squared_error(realised, study.mean[name].loc[study.test]) for name in ("LSTM", "rolling")}
    # Windows that overlap make the losses of neighbouring days alike: blocks are as long as the window.
    options: dict[str, Any] = {"block": float(study.window), "seed": study.seed, "draws": study.draws}
    means = loss_ratio(errors["LSTM"], errors["rolling"], **options)
    luck = spread_over_networks(errors["LSTM"], errors["rolling"])  # one network a ticker, each a draw
    distance = {
        name: frobenius_loss(realised, study.covariances_at(name, study.test)) for name in study.covariance
    }
    held = {name: study.trade(weights, study.test).returns for name, weights in study.minimum.items()}
    return {
        "input.mean": relative_gain(with_error(means, luck)),
        "input.covariance": relative_gain(loss_ratio(distance["GARCH"], distance["rolling"], **options)),
        "input.minimum_variance": variance_difference(
            held["rolling"], held["GARCH"], draws=study.draws, seed=study.seed
        ),
    }


def _a_year(promised: pd.Series, study: Experiment) -> Inference:
    """Mean of a daily promise, as an annual Sharpe ratio."""
    return _over_days(study.root * promised, study)


def _over_days(daily: pd.Series, study: Experiment) -> Inference:
    """Mean of what overlapping windows give day by day: its error looks back over a whole window."""
    return date_clustered_mean(daily.to_frame("value"), lags=study.window)


METHODS = {"advanced": ADVANCED, "traditional": TRADITIONAL}
PROMISED = {"promised.advanced": ADVANCED, "promised.traditional": TRADITIONAL}
REALISED = {"realised.advanced": ADVANCED, "realised.traditional": TRADITIONAL}


@measures(PROMISED, SHARPE)
def promises(study: Experiment) -> dict[str, Inference]:
    """What each method promises itself: the average of its daily ratios."""
    return {key: _a_year(study.plans[name].promised["sharpe"], study) for key, name in PROMISED.items()}


def _sharpe(run: Backtest, study: Experiment) -> Inference:
    """Annual Sharpe ratio of a strategy with its error, by the sample's standard deviation as in the tables."""
    found = sharpe_inference(run.returns, run.risk_free, study.per_year)
    return found.scaled(float(np.sqrt(1 - 1 / found.n)))


@measures(REALISED, SHARPE)
def earned(study: Experiment) -> dict[str, Inference]:
    """What each method earns on the test dates."""
    return {key: _sharpe(study.runs[name], study) for key, name in REALISED.items()}


@measures(["shortfall.advanced", "shortfall.traditional"], SHARPE)
def realised_less_promised(study: Experiment) -> dict[str, Measured]:
    """What a method earns, less what it promised itself."""
    found = {}
    for method in METHODS:
        said, got = promises(study)[f"promised.{method}"], earned(study)[f"realised.{method}"]
        gap, se = got.estimate - said.estimate, float(np.hypot(got.se, said.se))
        interval = (gap - Z95 * se, gap + Z95 * se)
        found[f"shortfall.{method}"] = Measured(gap, interval=interval, se=se, n=len(study.test))
    return found


@measure(SHARPE, key="sharpe_gain.promised")
def promised_gain(study: Experiment) -> Inference:
    """What the advanced method promises itself, less what the traditional one does."""
    promised = {name: study.plans[name].promised["sharpe"] for name in (ADVANCED, TRADITIONAL)}
    return _a_year(promised[ADVANCED] - promised[TRADITIONAL], study)


@measure(SHARPE, key="sharpe_gain.inside")
def gain_inside(study: Experiment) -> Inference:
    """Lead of the advanced method over the traditional one inside the training rows."""
    return study.compare(study.inside.runs[ADVANCED], study.inside.runs[TRADITIONAL])


CONTRASTS = {  # key -> two strategies and the cost of a trade in basis points
    "sharpe_gain.realised": (ADVANCED, TRADITIONAL, 0.0),
    "sharpe_gain.arima": (ADVANCED, ARIMA, 0.0),
    "sharpe_gain.arima_garch": (ADVANCED, "ARIMA + GARCH", 0.0),
    "sharpe_gain.passive": (ADVANCED, "buy and hold", 0.0),
    "sharpe_gain.after_costs": (ADVANCED, "1/N", COST),
    "sharpe_gain.garch": ("rolling + GARCH", TRADITIONAL, 0.0),
    "sharpe_gain.lstm": ("LSTM + rolling", TRADITIONAL, 0.0),
}


@measures(CONTRASTS, SHARPE)
def sharpe_gains(study: Experiment) -> dict[str, Inference]:
    """Differences of realised annual Sharpe ratios on the test dates."""
    runs = study.runs
    return {key: study.compare(runs[a], runs[b], cost) for key, (a, b, cost) in CONTRASTS.items()}


LONG_CONTRASTS = {
    "walk.garch": ("rolling + GARCH", "rolling + rolling", 0.0),
    "walk.means": ("rolling + rolling", "minimum variance, rolling", 0.0),
    "arima_suboptimal": ("minimum variance, GARCH", "ARIMA + GARCH", 0.0),
    "walk.equal": ("rolling + rolling", "1/N", 0.0),
    "walk.equal_after_costs": ("rolling + rolling", "1/N", COST),
}


@measures(LONG_CONTRASTS, SHARPE, data="usable")
def long_sharpe_gains(study: Experiment) -> dict[str, Inference]:
    """Differences of realised annual Sharpe ratios over the whole history, without an LSTM."""
    runs = study.whole.runs
    return {key: study.compare(runs[a], runs[b], cost) for key, (a, b, cost) in LONG_CONTRASTS.items()}


CURVE = [
    "curve.count",
    "curve.share",
    "curve.chance_low",
    "curve.chance_high",
    "curve.excess",
    "curve.median",
    "curve.published",
    "curve.networks_count",
    "curve.networks",
    "curve.networks_low",
    "curve.networks_high",
    "curve.networks_any",
]
MOST_OF_ALL = (
    0.95  # chance that reaches from 5 % of the specifications or less to this share or more gives any share
)


@measures(CURVE, "share of the specifications", data="usable")
def curve_of_specifications(study: Experiment) -> dict[str, Measured]:
    """How often forecasts give the higher Sharpe ratio over all defensible choices, and how often by chance."""
    every, networks = curves(study)
    low, high = every.chance_share
    return {
        "curve.count": Measured(len(every.table), unit="specifications"),
        "curve.share": Measured(every.share, p_value=every.p_share, n=len(every.table)),
        "curve.chance_low": Measured(low),
        "curve.chance_high": Measured(high),
        # above zero where the share is above all that chance gives in 95 % of the cases, below where below
        "curve.excess": Measured(
            every.share - (low + high) / 2, interval=(every.share - high, every.share - low)
        ),
        "curve.median": Measured(every.median, p_value=every.p_median, unit=SHARPE),
        "curve.published": Measured(
            float(every.table["effect"][every.table.index == every.published].iloc[0]),
            unit=SHARPE,
            data="history",
        ),
        "curve.networks_count": Measured(len(networks.table), unit="specifications", data="history"),
        "curve.networks": Measured(
            networks.share, p_value=networks.p_share, n=len(networks.table), data="history"
        ),
        "curve.networks_low": Measured(networks.chance_share[0], data="history"),
        "curve.networks_high": Measured(networks.chance_share[1], data="history"),
        "curve.networks_any": Measured(
            bool(networks.chance_share[0] <= 1 - MOST_OF_ALL and networks.chance_share[1] >= MOST_OF_ALL),
            unit="chance gives any share",
            data="history",
        ),
    }


@measure("{period}", key="walk.days", data="usable")
def walk_days(study: Experiment) -> int:
    """Dates of the whole history."""
    return len(study.whole.days)


@measure(SHARPE, data=None)
def noise_promise(study: Experiment) -> Measured:
    """What the optimiser promises where every true mean is zero."""
    found = study.root * study.noise["sharpe"]
    return Measured(found.mean(), se=found.std() / np.sqrt(len(found)), n=len(found))


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


@measure("log of the ratio of promised standard deviations")
def promised_risk_higher(study: Experiment) -> Inference:
    """Risk that the advanced method expects against that which the traditional one expects."""
    sd = {name: study.plans[name].promised["sd"] for name in (ADVANCED, TRADITIONAL)}
    return _over_days(np.log(sd[ADVANCED] / sd[TRADITIONAL]), study)


@measure("basis points a year")
def promised_return_higher(study: Experiment) -> Inference:
    """Return that the advanced method expects less that which the traditional one expects."""
    mean = {name: study.plans[name].promised["mean"] for name in (ADVANCED, TRADITIONAL)}
    return _over_days(1e4 * study.per_year * (mean[ADVANCED] - mean[TRADITIONAL]), study)


@measure("annual Sharpe ratio over Treasury bills")
def beats_bonds(study: Experiment) -> Inference:
    """Sharpe ratio of the advanced method."""
    return earned(study)["realised.advanced"]


@measures(["worth_taking", "worth_taking.inside"], "annual Sharpe ratio less 1.1")
def worth_taking(study: Experiment) -> dict[str, Measured]:
    """Sharpe ratio of the advanced method less 1.1, from which on the text deems the risk worth taking.

    After the training rows, and on their last fifth.
    """
    where = {"worth_taking": study.runs, "worth_taking.inside": study.inside.runs}
    found = {key: _sharpe(runs[ADVANCED], study) for key, runs in where.items()}
    return {
        key: Measured(
            one.estimate - WORTH,
            interval=(one.interval[0] - WORTH, one.interval[1] - WORTH),
            se=one.se,
            n=one.n,
        )
        for key, one in found.items()
    }


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


@measure(data=None)
def spa_found(study: Experiment) -> bool:
    """Hansen's test finds a strategy that beats 1/N at the 5 % level."""
    return bool(float(spa_p(study).value) < 0.05)


@measure("R squared per {period}", data=None)
def r2_needed(study: Experiment) -> float:
    """Predictive R squared that timing one asset needs for a Sharpe ratio of 1.5."""
    return r2_for_sharpe(1.5, 0.0, study.per_year)


@measure("basis points a year", key="certainty_equivalent_gain")
def worth(study: Experiment) -> Inference:
    """What an investor with risk aversion 3 would pay to leave 1/N for the advanced method, after costs."""
    advanced, equal = (study.runs[name].at_cost(COST).returns for name in (ADVANCED, "1/N"))
    return certainty_equivalent_gain(advanced, equal, 3.0, study.per_year, draws=study.draws, seed=study.seed)


SHRUNK = {"shrinkage_gain.advanced": "LSTM + GARCH", "shrinkage_gain.traditional": "rolling + rolling"}


@measures(SHRUNK, "annual Sharpe ratio, shrunk less as they are")
def shrinkage_gains(study: Experiment) -> dict[str, float]:
    """Sharpe ratio with equal means less that with the forecasts as they are."""
    path = study.shrinkage_path
    return {key: path[name].iloc[-1] - path[name].iloc[0] for key, name in SHRUNK.items()}


BEST = {"best_shrinkage.advanced": "LSTM + GARCH", "best_shrinkage.traditional": "rolling + rolling"}


@measures(BEST, "share of the way to equal means, with hindsight")
def best_shrinkage(study: Experiment) -> dict[str, float]:
    """Where on the path the Sharpe ratio is highest."""
    return {key: float(SHARES[int(study.shrinkage_path[name].argmax())]) for key, name in BEST.items()}


@measure("lead in annual Sharpe ratio")
def in_sample_gain(study: Experiment) -> Measured:
    """Lead of the advanced method inside the training rows, less that after them."""
    inside, after = gain_inside(study).estimate, sharpe_gains(study)["sharpe_gain.realised"].estimate
    return Measured(inside - after, note="inside the training rows less after them; the dates differ too")


@measures(
    ["order.promised", "order.after", "order.inside"],
    "columns of table 1 in which the advanced method has the larger number",
)
def orders(study: Experiment) -> dict[str, Measured]:
    """In how many of the three columns the advanced method has the larger number.

    Promised on average of the days after the training rows, earned there, and earned on their last fifth.
    """
    first, second = (study.plans[name].promised for name in (ADVANCED, TRADITIONAL))
    larger = [first[column].mean() > second[column].mean() for column in ("sharpe", "sd", "mean")]
    found = {"order.promised": Measured(int(sum(larger)), n=len(larger))}
    for key, runs in {"order.after": study.runs, "order.inside": study.inside.runs}.items():
        first, second = runs[ADVANCED], runs[TRADITIONAL]
        larger = [
            first.sharpe > second.sharpe,
            first.returns.std() > second.returns.std(),
            first.returns.mean() > second.returns.mean(),
        ]
        found[key] = Measured(sum(larger), n=len(larger))
    return found


SHARPE_CELLS = {  # key -> method, dates, whether it is a promise, whether it is of a year
    "table.advanced.sharpe.after": (ADVANCED, "after", False, True),
    "table.advanced.sharpe.inside": (ADVANCED, "inside", False, True),
    "table.advanced.sharpe.after_a_day": (ADVANCED, "after", False, False),
    "table.advanced.sharpe.inside_a_day": (ADVANCED, "inside", False, False),
    "table.advanced.sharpe.promised_after": (ADVANCED, "after", True, True),
    "table.advanced.sharpe.promised_inside": (ADVANCED, "inside", True, True),
    "table.advanced.sharpe.promised_after_a_day": (ADVANCED, "after", True, False),
    "table.advanced.sharpe.promised_inside_a_day": (ADVANCED, "inside", True, False),
    "table.traditional.sharpe.after": (TRADITIONAL, "after", False, True),
    "table.traditional.sharpe.inside": (TRADITIONAL, "inside", False, True),
    "table.traditional.sharpe.after_a_day": (TRADITIONAL, "after", False, False),
    "table.traditional.sharpe.inside_a_day": (TRADITIONAL, "inside", False, False),
    "table.traditional.sharpe.promised_after": (TRADITIONAL, "after", True, True),
    "table.traditional.sharpe.promised_inside": (TRADITIONAL, "inside", True, True),
    "table.traditional.sharpe.promised_after_a_day": (TRADITIONAL, "after", True, False),
    "table.traditional.sharpe.promised_inside_a_day": (TRADITIONAL, "inside", True, False),
}


@measures(SHARPE_CELLS, "Sharpe ratio")
def printed_sharpes(study: Experiment) -> dict[str, Inference]:
    """The column of Sharpe ratios under each reading: which days, promised or earned, of a year or a day."""
    found = {}
    for key, (method, dates, promise, yearly) in SHARPE_CELLS.items():
        where = study.inside if dates == "inside" else study
        if promise:
            one = _a_year(where.plans[method].promised["sharpe"], study)
        else:
            one = _sharpe(where.runs[method], study)
        found[key] = one if yearly else one.scaled(1 / study.root)
    return found


OTHER_CELLS = {  # key -> method, column of what is promised, whether it is a promise
    "table.advanced.risk.promised": (ADVANCED, "sd", True),
    "table.advanced.risk.realised": (ADVANCED, "sd", False),
    "table.traditional.risk.promised": (TRADITIONAL, "sd", True),
    "table.traditional.risk.realised": (TRADITIONAL, "sd", False),
    "table.advanced.return.promised": (ADVANCED, "mean", True),
    "table.advanced.return.realised": (ADVANCED, "mean", False),
    "table.traditional.return.promised": (TRADITIONAL, "mean", True),
    "table.traditional.return.realised": (TRADITIONAL, "mean", False),
}


@measures(OTHER_CELLS, "% a {period}")
def printed_moments(study: Experiment) -> dict[str, float]:
    """The columns of risk (as a standard deviation) and return: promised, an average over days, or earned."""
    found = {}
    for key, (method, column, promise) in OTHER_CELLS.items():
        returns, said = study.runs[method].returns, study.plans[method].promised[column]
        earned_ = returns.std() if column == "sd" else returns.mean()
        found[key] = float(100 * (said.mean() if promise else earned_))
    return found


@measures(["match.readings", "match.chance"])
def match(study: Experiment) -> dict[str, Measured]:
    """What an agreement with the printed 0.13 is worth: readings tried, and how often one agrees by chance."""
    cells = {key: one for key, one in printed_sharpes(study).items() if SHARPE_CELLS[key][0] == TRADITIONAL}
    width = Z95 * cells["table.traditional.sharpe.after"].se
    chance = match_by_chance(width, [one.estimate for one in cells.values()])
    return {
        "match.readings": Measured(len(cells), unit="readings"),
        "match.chance": Measured(chance, unit="probability"),
    }


@measures(["averages.advanced", "averages.traditional"], "ratio of averages over average of ratios")
def averages(study: Experiment) -> dict[str, float]:
    """How far the ratio of the average promises lies from the average of the daily ratios."""
    found = {}
    for method, name in METHODS.items():
        said = study.plans[name].promised
        premium = (said["mean"] - study.rate.loc[study.test]).mean()
        found[f"averages.{method}"] = float(premium / said["sd"].mean() / said["sharpe"].mean())
    return found


@measure(data=None)
def table_1_is_consistent(study: Experiment) -> bool:
    """With some common scales of risk and return, both rows of table 1 share a riskless rate not below zero."""
    return any(highest_common_rate(variance=variance) >= 0 for variance in (False, True))


@measure(data=None)
def table_1_fits_averages(study: Experiment) -> Measured:
    """Days exist whose averages of risk, return and daily ratio are the printed rows."""
    fits = []
    for row in TABLE_1:
        days = averages_that_fit(row)
        found = days[["sharpe", "risk", "mean"]].mul(days["share"], axis=0).sum()
        fits.append(np.allclose(found, [row.sharpe, row.risk, row.mean]) and (days["risk"] > 0).all())
    return Measured(bool(all(fits)), n=len(fits))


@measure("% in the unit of the printed return", data=None)
def table_1_common_rate(study: Experiment) -> float:
    """Highest riskless rate that both rows of table 1 can share, whatever the common scales."""
    return 100 * max(highest_common_rate(variance=variance) for variance in (False, True))


@measure("Sharpe ratio", data=None)
def table_1_variance_sharpe(study: Experiment) -> float:
    """Sharpe ratio of the first row at a riskless rate of zero, were its risk a variance."""
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
def frontier_is_concave(study: Experiment) -> Measured:
    """Each frontier's return rises with risk and flattens."""
    concave = True
    for belief in BELIEVED:
        line = frontier(study, belief)
        rise = np.diff(line["return"])
        slopes = rise / np.maximum(np.diff(line["risk"]), 1e-12)
        concave &= bool((rise >= -1e-9).all() and (np.diff(slopes) <= 1e-6 * np.abs(slopes).max()).all())
    return Measured(concave, n=len(BELIEVED))
