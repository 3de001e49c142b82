"""What the chapter on minimum variance measures: one function, or one row of a table, a key."""

import numpy as np

from portfolio_study.allocation import diversification, frontier, sampling_theory
from portfolio_study.allocation.minimum_variance import gmv_closed_form
from portfolio_study.evaluation import Inference
from portfolio_study.ledger import Measured, measure, measures
from portfolio_study.ledger.measures import AS_DECLARED
from portfolio_study.studies.minimum_variance import (
    contrasts,
    decision_tree,
    universe_claims,
    universe_tables,
)
from portfolio_study.studies.minimum_variance.experiment import (
    BETS_ON_NONE,
    BETS_ON_RISK,
    COST,
    DATA,
    EQUAL,
    LONG,
    MIX,
    OBSERVATIONS,
    PARITY,
    RIVALS,
    SHORT,
    TWO_ASSETS,
    VARIANTS,
    Experiment,
)
from portfolio_study.studies.minimum_variance.universe_study import UNITS, each, quality_gain

SHARPE = UNITS["sharpe"]
MEAN = UNITS["mean"]
RISK = UNITS["risk"]
TURNOVER = UNITS["turnover"]
FEE = "basis points a year"


def told(found: Inference, note: str = "", data: str | None = AS_DECLARED) -> Measured:
    """An estimate with a note, or measured on other data."""
    return Measured(found.estimate, **found.evidence(), note=note, data=data)


@measures(["sample.assets", "sample.first_year", "sample.last_year", "sample.period"])
def sample_size(study: Experiment) -> dict[str, int | str]:
    """Assets, years and frequency of this run's returns."""
    days = study.returns.index
    return {
        "sample.assets": study.returns.shape[1],
        "sample.first_year": int(days[0].year),
        "sample.last_year": int(days[-1].year),
        "sample.period": study.prices.period,
    }


@measures(["behind.stocks", "behind.french", "behind.french_period"], "periods", data=None)
def periods_behind_a_covariance(study: Experiment) -> dict[str, int | str]:
    """Returns behind each covariance of the assets of this run, and of the French portfolios."""
    return {
        "behind.stocks": study.window,
        "behind.french": study.window_of(study.industries),
        "behind.french_period": study.industries.period,
    }


# --- the decision tree and the sentences in formulas


@measure("weight")
def tree_gap(study: Experiment) -> Measured:
    """Largest gap of a leaf of the decision tree."""
    return Measured(max(study.leaf_gaps.values()), note="largest gap of a leaf to the tangency portfolio")


@measure()
def tree_is_right(study: Experiment) -> bool:
    """Every leaf of the decision tree is the tangency portfolio of its assumption."""
    return bool(tree_gap(study).value < 1e-6)


@measure("weight")
def ivar_gap(study: Experiment) -> float:
    """Largest distance of inverse variance from the optimal weights, equal means and correlations of 0.3."""
    return decision_tree.inverse_variance_gap(study.cov)


STATEMENTS = (
    "statement.fig2",
    "statement.dr_def",
    "statement.dr_rises",
    "statement.dr_zero",
    "statement.bets_dr2",
    "statement.qr_not_rmt",
    "statement.opt_gmv",
    "statement.opt_mdp",
    "statement.opt_iv",
    "statement.opt_erc",
    "statement.opt_dec",
    "statement.opt_ew",
    "statement.opt_mkt",
    "statement.diag_ivar",
    "statement.hrp_quasi",
    "statement.erc_between",
    "statement.two_sep",
    "statement.cp_er",
    "statement.cp_sd",
    "statement.utility",
    "statement.tan_max",
    "statement.below_sub",
    "statement.upper",
    "statement.mvp_tip",
    "statement.mvp_same",
    "statement.min_var_var",
    "statement.two_asset",
    "statement.pca_order",
    "statement.cmvp",
    "statement.highrisk_in_mvp",
    "statement.low_r2",
    "statement.mctr",
    "statement.gmv_formula",
    "statement.gmv_nomean",
    "statement.gmv_noshort",
    "statement.two_fund",
    "statement.alpha",
    "statement.mix_above",
    "statement.zivot",
    "statement.return_const",
    "statement.avg_var",
    "statement.hhi",
    "statement.cdst",
    "statement.beta_sorted",
    "statement.sys_elim",
    "statement.idio_low",
    "statement.both_risks",
    "statement.jm_equal",
    "statement.var_hard",
    "statement.tan_only",
    "statement.cal_same",
    "statement.dominance",
    "statement.moments",
    "statement.mv_efficient",
    "statement.pca_idio",
    "statement.feasible",
    "statement.gmv_tip",
    "statement.regression",
    "statement.t_law",
    "statement.consistent",
    "statement.asymp_risk",
    "statement.mve_test",
    "statement.dr_1",
    "statement.opt_ivar",
    "statement.mvp_right",
    "statement.neg_cov",
    "statement.two_asset_label",
)


@measures(STATEMENTS, data=None)
def statements(study: Experiment) -> dict[str, bool]:
    """A sentence in formulas holds, as printed, on every random market."""
    return {f"statement.{name}": bool(holds) for name, holds in study.statements.items()}


@measures(["statements.true", "statements.all"], "statements", data=None)
def statements_that_hold(study: Experiment) -> dict[str, int]:
    """How many of the sentences in formulas hold as printed."""
    found = statements(study)
    return {"statements.true": sum(found.values()), "statements.all": len(found)}


@measure("diversification ratio")
def dr_at_average_correlation(study: Experiment) -> float:
    """Diversification ratio of equal assets with the average correlation of the data."""
    average = max(float(study.correlations.mean()), 0.0)
    return float(np.sqrt(diversification.equal_correlation_bets(len(study.cov), average)))


@measure("relative volatility", data=None)
def two_asset_excess(study: Experiment) -> float:
    """Volatility of text 002's mix of two uncorrelated assets above the least one."""
    least = frontier.two_asset_minimum_weight(*TWO_ASSETS, 0.0)
    mix, best = (frontier.two_asset_variance(weight, *TWO_ASSETS, 0.0) for weight in (MIX, least))
    return float(np.sqrt(mix / best)) - 1


@measure("relative volatility")
def diversification_gain(study: Experiment) -> Measured:
    """Risk that equal weights save against the average asset."""
    equal = np.full(len(study.cov), 1 / len(study.cov))
    gain = 1 - diversification.portfolio_volatility(equal, study.cov) / study.sigma.mean()
    return Measured(gain, note=f"{(study.correlations < 0).mean():.0%} of the correlations are negative")


@measure("volatility ratio")
def frontier_right(study: Experiment) -> float:
    """Volatility of the frontier portfolio with the mean of the best asset over that of minimum variance."""
    mean, volatility = study.returns.mean(), diversification.portfolio_volatility
    highest = frontier.frontier_portfolio(mean, study.cov, float(mean.max()))
    return volatility(highest, study.cov) / volatility(gmv_closed_form(study.cov), study.cov)


# --- diversification and estimation error


@measures(["bets.stocks", "bets.industries", "bets.size_value"], "bets")
def bets(study: Experiment) -> dict[str, float | Measured]:
    """Independent bets: squared diversification ratio of the most diversified portfolio."""
    found: dict[str, float | Measured] = {"bets.stocks": diversification.independent_bets(study.cov)}
    for place, panel in study.monthly.items():
        statistic = contrasts.bootstrap_statistic(
            panel, lambda rows: diversification.independent_bets(rows.cov()), 100, study.seed
        )
        found[f"bets.{place}"] = told(statistic, data=DATA[place])
    return found


@measure("share of variance")
def pca_first(study: Experiment) -> float:
    """Share of the standardised variance that the first principal component explains."""
    return float(diversification.pca_shares(study.cov)[0])


@measures(["sampling.realised", "sampling.promised"], "variance over the true minimum, N = 49", data=None)
def sampling(study: Experiment) -> dict[str, float]:
    """Least variance that 49 assets and 252 returns deliver and promise, over the true one."""
    return {
        "sampling.realised": float(sampling_theory.out_of_sample_variance_factor(OBSERVATIONS, 49)),
        "sampling.promised": float(sampling_theory.in_sample_variance_factor(OBSERVATIONS, 49)),
    }


SIMULATED = (
    "simulated.plug_in",
    "simulated.cov_sparse",
    "simulated.noise_dominates",
    "simulated.l1_factor",
    "simulated.tyler",
    "simulated.tyler_choice",
    "simulated.mrcd",
)


@measures(SIMULATED, data=None)
def simulated(study: Experiment) -> dict[str, Inference]:
    """What estimation error does, and what helps, on simulated returns with a known covariance."""
    return {f"simulated.{name}": found for name, found in study.estimation_errors.items()}


@measure("log ratio of standard errors", key="simulated.semivariance_error")
def semivariance_error(study: Experiment) -> Inference:
    """Downside portfolios suffer more from parameter uncertainty."""
    return study.downside_error


@measure("ratio of cash-equivalent losses", key="chopra.ratio", data="industries")
def loss_ratio(study: Experiment) -> Measured:
    """Cost of errors in means over that of errors of the same relative size in covariances."""
    found = study.loss_of_means
    return Measured(found.estimate, se=found.se, n=found.n)


@measure("log ratio", key="chopra.log_ratio", data="industries")
def log_loss_ratio(study: Experiment) -> Measured:
    """The same ratio in logs: above zero, errors in means cost more."""
    found = study.loss_of_means
    return Measured(float(np.log(found.estimate)), se=found.se / found.estimate)


# --- the backtests


@measure("failures", data=None)
def failures(study: Experiment) -> int:
    """Rebalances without a portfolio, and bankruptcies."""
    return sum(len(traded.failures) for traded in study.places.values())


@measure(key="failures.which", data=None)
def failed(study: Experiment) -> str:
    """Which rules found no portfolio or lost everything."""
    return universe_tables.describe_failures(study.places)


@measure(MEAN)
def hindsight(study: Experiment) -> Inference | None:
    """What stocks that stayed in the index earned over those that left it."""
    return study.survivors[0]


@measure(key="hindsight.told")
def survivors(study: Experiment) -> str:
    """The same in words, also where the run does not hold both kinds of stock."""
    return study.survivors[1]


# --- risk: a key, the first rule, and the one that it is compared with

REMEDIES = {
    "estimator.ledoit_wolf": (f"{SHORT}/ledoit_wolf", SHORT),
    "estimator.clipping": (f"{SHORT}/clipping", SHORT),
    "estimator.clime": (f"{SHORT}/clime", SHORT),
    "estimator.shrinkage_tyler": (f"{SHORT}/shrinkage_tyler", SHORT),
    "estimator.spectral": (f"{SHORT}/spectral", SHORT),
    "estimator.factor": (f"{SHORT}/factor", SHORT),
    "estimator.time_varying_factor": (f"{SHORT}/time_varying_factor", SHORT),
    "estimator.forgetting": (f"{SHORT}/forgetting", SHORT),
    "estimator.ewma": (f"{SHORT}/ewma", SHORT),
    "penalty.gross_exposure": ("gross_exposure", SHORT),
    "penalty.l1": ("l1", SHORT),
    "penalty.weighted_l1": ("weighted_l1", SHORT),
    "penalty.group": ("group", SHORT),
    "penalty.elastic_net": ("elastic_net", SHORT),
    "penalty.ridge": ("ridge", SHORT),
    "penalty.linf": ("linf", SHORT),
    "penalty.capped": ("capped", SHORT),
    "rule.shrunk_to_equal": ("shrunk_to_equal", SHORT),
    "rule.autoregressive": ("autoregressive", SHORT),
    "rule.score_driven": ("score_driven", SHORT),
    "rule.inverse_variance": ("inverse_variance", SHORT),
    "penalty.no_short_sales": (LONG, SHORT),
}


@measures(REMEDIES, RISK)
def remedies(study: Experiment) -> dict[str, Inference]:
    """Volatility saved against the sample minimum-variance portfolio with short sales."""
    return {key: study.contrast("risk", *pair) for key, pair in REMEDIES.items()}


@measures(["remedies.lowered", "remedies.raised", "remedies.unclear"])
def sorted_remedies(study: Experiment) -> dict[str, str]:
    """Names of the remedies that lowered risk, raised it, or did neither (Holm, 5 %)."""
    sides = universe_claims.sorted_by_sign(remedies(study))
    return {
        "remedies.lowered": universe_claims.listed(sides["better"]),
        "remedies.raised": universe_claims.listed(sides["worse"]),
        "remedies.unclear": universe_claims.listed(sides["unclear"]),
    }


TRADES = {
    "linf.turnover": ("linf", SHORT),
    "zero_correlation.turnover": ("inverse_variance", SHORT),
    "instability": (LONG, SHORT),
    "sensitive": (LONG, "tangency"),
}


@measures(TRADES, TURNOVER)
def trades(study: Experiment) -> dict[str, Inference]:
    """Share of trades that the first rule saves against the second."""
    return {key: study.contrast("turnover", *pair) for key, pair in TRADES.items()}


RISKS = {"covariance_use": (LONG, "inverse_variance"), "risk.market": (LONG, EQUAL)}


@measures(RISKS, RISK)
def risks(study: Experiment) -> dict[str, Inference]:
    """Volatility that the first rule saves against the second."""
    return {key: study.contrast("risk", *pair) for key, pair in RISKS.items()}


@measure(UNITS["downside"])
def semivariance(study: Experiment) -> Inference:
    """Downside deviation that minimum semivariance saves against minimum variance."""
    return study.contrast("downside", "minimum_semivariance", LONG)


RISKS_EVERYWHERE = {
    "lowvol": (LONG, [EQUAL, "tangency"]),
    "hrp_information": ("hierarchical_risk_parity", ["inverse_variance"]),
}


@measures(RISKS_EVERYWHERE, RISK)
def risks_everywhere(study: Experiment) -> dict[str, Inference]:
    """Volatility that a rule saves against every rival on every universe: the smallest effect."""
    return {key: study.everywhere("risk", *pair) for key, pair in RISKS_EVERYWHERE.items()}


@measure(RISK, key="linf.variants", data="size_value")
def linf_variants(study: Experiment) -> Inference:
    """The l-infinity portfolio against every other variant on the size/value portfolios."""
    return each({"size_value": study.places["size_value"]}, "risk", "linf", VARIANTS, **study.options)


@measures(["linf.stable", "zero_correlation"], "smaller of log volatility and share of trades saved")
def calmer_and_steadier(study: Experiment) -> dict[str, Inference]:
    """A rule is less risky than the sample portfolio with short sales, and trades less."""
    saved, traded = remedies(study), trades(study)
    return {
        "linf.stable": universe_claims.all_of(saved["penalty.linf"], traded["linf.turnover"]),
        "zero_correlation": universe_claims.all_of(
            saved["rule.inverse_variance"], traded["zero_correlation.turnover"]
        ),
    }


@measure("share of volatility")
def volatility_saved(study: Experiment) -> float:
    """Volatility that long-only minimum variance saves against 1/N on the assets of this run."""
    return float(1 - np.exp(-risks(study)["risk.market"].estimate))


@measure(SHARPE, key="sharpe.market")
def sharpe_against_market(study: Experiment) -> Inference:
    """Sharpe ratio of long-only minimum variance less that of 1/N, assets of this run."""
    return study.contrast("sharpe", LONG, EQUAL)


@measure(MEAN)
def high_average(study: Experiment) -> Inference:
    """Mean return of long-only minimum variance over that of 1/N, assets of this run."""
    return study.contrast("mean", LONG, EQUAL)


@measure("smaller of log volatility saved and mean return gained a year")
def lower_higher(study: Experiment) -> Inference:
    """Minimum variance gives lower risk and higher return than 1/N."""
    return universe_claims.all_of(risks(study)["risk.market"], high_average(study))


@measure("smallest of log volatility, Sharpe ratio, return in bad times")
def benefits(study: Experiment) -> Inference:
    """Minimum variance is less risky, has the higher Sharpe ratio and loses less in bad times."""
    calm = study.contrast("bad_times", LONG, EQUAL)
    return universe_claims.all_of(risks(study)["risk.market"], sharpe_against_market(study), calm)


@measures(["risk_ratio", "risk_ratio_1968"], "volatility over the market's (equal weight)", data="industries")
def risk_ratios(study: Experiment) -> dict[str, Measured]:
    """Risk of long-only minimum variance over that of the market, industries: all years, since 1968."""
    shares = {
        key: universe_claims.volatility_ratio(study.places["industries"], LONG, begin, **study.options)
        for key, begin in {"risk_ratio": None, "risk_ratio_1968": "1968-01-01"}.items()
    }
    return {key: Measured(share.estimate, se=share.se, n=share.n) for key, share in shares.items()}


# --- what is held


@measure("share of assets below one half that is held")
def few_assets(study: Experiment) -> Measured:
    """Long-only minimum variance holds less than half of the assets, in every universe."""
    held = {place: contrasts.fewer_positions(traded.weights(LONG)) for place, traded in study.places.items()}
    return told(contrasts.smallest(held), note="smallest of three universes")


@measure("share of assets not held")
def l1_sparse(study: Experiment) -> Inference:
    """An l1 penalty leaves assets out."""
    return contrasts.fewer_positions(study.stocks.weights("l1"), 1.0)


@measure("smaller of two rank correlations, sign reversed")
def tilt(study: Experiment) -> Inference:
    """Minimum variance prefers assets of low beta and of low residual risk."""
    of_assets = dict(zip(("beta", "residual"), study.stocks.attributes(), strict=True))
    weights = study.stocks.weights(LONG)
    return contrasts.smallest(
        {name: contrasts.weight_tilt(weights, risk) for name, risk in of_assets.items()}
    )


@measure("market beta")
def low_beta(study: Experiment) -> Inference:
    """Minimum variance has the smallest market beta of all rules."""
    return each({"stocks": study.stocks}, "beta", LONG, RIVALS)


@measure("decimals a year")
def alpha(study: Experiment) -> Inference:
    """Alpha of minimum variance against the equally weighted market."""
    return contrasts.alpha(study.stocks.run(LONG), study.stocks.market)


@measure("log10 of the condition index over 30")
def ill_posed(study: Experiment) -> Inference:
    """Sample covariances are ill-conditioned: their condition index is above 30."""
    return universe_claims.condition_index(study.stocks)


# --- Sharpe ratios, before and after (net) costs

BEST = {
    "best_everywhere": (LONG, [*RIVALS, "tangency"], 0.0),
    "tree_beats": ("tree", [EQUAL], 0.0),
    "best_everywhere.net": (LONG, [*RIVALS, "tangency"], COST),
    "tree_beats.net": ("tree", [EQUAL], COST),
    "optimised": (LONG, [EQUAL], 0.0),
    "net": (LONG, [EQUAL], COST),
}


@measures(BEST, SHARPE)
def best_everywhere(study: Experiment) -> dict[str, Inference]:
    """Lead over every rival on every universe: the smallest one."""
    return {key: study.everywhere("sharpe", rule, rivals, cost) for key, (rule, rivals, cost) in BEST.items()}


@measures({"mdp_below": 0.0, "mdp_below.net": COST}, SHARPE)
def mdp_below(study: Experiment) -> dict[str, Inference]:
    """Lead of equal weight over maximum diversification on some universe: the largest one."""
    return {
        key: universe_claims.somewhere(
            study.places, "sharpe", EQUAL, "max_diversification", cost_bps=cost, **study.options
        )
        for key, cost in {"mdp_below": 0.0, "mdp_below.net": COST}.items()
    }


DUELS = {
    "gmv_tangency": (LONG, "tangency", 0.0),
    "gmv_mean_variance": (LONG, "mean_variance", 0.0),
    "tail_aware": ("minimum_cvar", LONG, 0.0),
    "gmv_tangency.net": (LONG, "tangency", COST),
    "gmv_mean_variance.net": (LONG, "mean_variance", COST),
    "tail_aware.net": ("minimum_cvar", LONG, COST),
}


@measures(DUELS, SHARPE)
def duels(study: Experiment) -> dict[str, Inference]:
    """Lead of the first rule over the second on the assets of this run."""
    return {key: study.contrast("sharpe", *duel) for key, duel in DUELS.items()}


@measures({"positive_worst": 0.0, "positive_worst.net": COST}, SHARPE)
def positive_worst(study: Experiment) -> dict[str, Inference]:
    """Rules that need no reward for risk lead those that do, on every universe."""
    return {
        key: universe_claims.mixes(study.places, BETS_ON_NONE, BETS_ON_RISK, cost, **study.options)
        for key, cost in {"positive_worst": 0.0, "positive_worst.net": COST}.items()
    }


@measures({"naive_low_quality": 0.0, "naive_low_quality.net": COST}, SHARPE)
def naive_low_quality(study: Experiment) -> dict[str, Measured]:
    """Naive rules lead the optimised ones where there is least to diversify."""
    lowest = study.lowest_quality
    low = {lowest: study.places[lowest]}
    simple, optimised = [EQUAL, "inverse_volatility"], [LONG, "max_diversification"]
    return {
        key: told(universe_claims.mixes(low, simple, optimised, cost, **study.options), data=DATA[lowest])
        for key, cost in {"naive_low_quality": 0.0, "naive_low_quality.net": COST}.items()
    }


FEES = {
    "fee_tangency": (LONG, "tangency", 0.0),
    "volatility_timing": (f"{LONG}/ewma", "static", 0.0),
    "fee_tangency.net": (LONG, "tangency", COST),
    "volatility_timing.net": (f"{LONG}/ewma", "static", COST),
}


@measures(FEES, FEE)
def fees(study: Experiment) -> dict[str, Inference]:
    """What an investor with risk aversion 3 pays to hold the first rule instead of the second."""
    return {
        key: universe_claims.fee(study.stocks, one, other, cost, **study.options)
        for key, (one, other, cost) in FEES.items()
    }


@measure(MEAN, data="industries")
def average_industries(study: Experiment) -> Inference:
    """Mean return of long-only minimum variance over the market's, industries."""
    return study.contrast("mean", LONG, EQUAL, place="industries")


@measure("rank correlation", key="quality_gain")
def gain_by_quality(study: Experiment) -> Inference:
    """The lead of minimum variance over 1/N rises with the quality ratio."""
    return quality_gain(study.places, LONG, EQUAL)


@measure("annual return for one unit of risk, sign reversed")
def negative_slope(study: Experiment) -> Inference:
    """Assets with more risk earn less, on every universe and by every measure of risk."""
    return universe_claims.negative_risk_return(study.places)


@measure("t-statistics")
def more_significant(study: Experiment) -> Measured:
    """Risk parity leads minimum variance in its t-statistic against 1/N, after costs."""
    lead = universe_claims.significance_lead(study.places, PARITY, LONG, cost_bps=COST, **study.options)
    return told(lead, note="error of two independent t-statistics, too large for correlated ones")


@measure("one less the variance ratio", data="industries")
def mean_reversion(study: Experiment) -> Measured:
    """Equally weighted industries revert to the mean over five years."""
    found = contrasts.variance_ratio(study.market_of_industries, study.reversal_horizon)
    return told(found, note=f"{study.reversal_horizon} months")


@measure("slope, sign reversed", data="industries")
def past_means(study: Experiment) -> Measured:
    """Past means of five years are high before low returns."""
    found = universe_claims.past_means_mislead(study.market_of_industries, study.reversal_horizon)
    return told(found, note=f"{study.reversal_horizon}-month means, overlapping")


# --- luck, decades, universes


@measures(["pbo.stocks", "pbo.industries", "pbo.size_value"], "probability")
def overfitting(study: Experiment) -> dict[str, Measured]:
    """The best backtest of the grid falls below the median out of sample."""
    return {
        f"pbo.{place}": Measured(
            row["probability of overfitting"], n=len(study.places[place].market), data=DATA[place]
        )
        for place, (row, _) in study.selection.items()
    }


@measures(["spa_p.stocks", "spa_p.industries", "spa_p.size_value"], "p-value")
def spa(study: Experiment) -> dict[str, Measured]:
    """Hansen's test that no rule beats 1/N."""
    return {
        f"spa_p.{place}": Measured(
            row["p, any rule beats 1/N (SPA)"], n=len(study.places[place].market), data=DATA[place]
        )
        for place, (row, _) in study.selection.items()
    }


@measure("difference of shares")
def more_significant_shares(study: Experiment) -> Inference:
    """Risk parity loses fewer block resamples to 1/N than minimum variance does."""
    wins = {place: shares for place, (_, shares) in study.selection.items()}
    return universe_claims.share_lead(wins, PARITY, LONG, study.share_draws)


@measures(["decades.all", "decades.calmer", "decades.richer"], "decades and universes")
def decades(study: Experiment) -> dict[str, int]:
    """In how many decades and universes minimum variance was less volatile, or had more Sharpe ratio, than 1/N."""
    calmer, richer = (study.decades.filter(like=what) for what in ("volatility", "Sharpe"))
    return {
        "decades.all": int(calmer.count().sum()),
        "decades.calmer": int((calmer > 0).sum().sum()),
        "decades.richer": int((richer > 0).sum().sum()),
    }


@measures(["universes.all", "universes.safer", "universes.richer"], "universes", data=None)
def universes(study: Experiment) -> dict[str, int]:
    """On how many universes minimum variance is significantly less risky, or has more Sharpe ratio, than 1/N."""
    counts = {
        what: universe_claims.sorted_by_sign(
            {place: study.contrast(what, LONG, EQUAL, place=place) for place in study.apart}
        )["better"]
        for what in ("risk", "sharpe")
    }
    return {
        "universes.all": len(study.apart),
        "universes.safer": len(counts["risk"]),
        "universes.richer": len(counts["sharpe"]),
    }
