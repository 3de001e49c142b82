"""What the chapter on minimum variance measures: one function, or one row of a table, a key."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation import diversification, frontier, sampling_theory
from portfolio_study.allocation.minimum_variance import gmv_long_only
from portfolio_study.allocation.simple import equal_weight
from portfolio_study.checks.confidence import Z95, widened
from portfolio_study.data import PriceHistory
from portfolio_study.evaluation import Inference
from portfolio_study.evaluation.costs import COST
from portfolio_study.ledger import Lacking, Measured, measure, measures
from portfolio_study.studies.minimum_variance import (
    anomalies,
    asset_classes,
    cap_market,
    contrasts,
    decision_tree,
    high_dimension,
    return_rules,
    sample_statements,
    statements,
    universe_claims,
    universe_tables,
)
from portfolio_study.studies.minimum_variance.experiment import (
    BETS_ON_RISK,
    BOUNDED,
    DATA,
    EQUAL,
    FRENCH,
    LONG,
    MIX,
    OBSERVATIONS,
    OPTIMISED,
    PARITY,
    REVERSAL_YEARS,
    RIVALS,
    SHORT,
    TWO_ASSETS,
    Experiment,
)
from portfolio_study.studies.minimum_variance.universe_study import UNITS

SHARPE = UNITS["sharpe"]
MEAN = UNITS["mean"]
RISK = UNITS["risk"]
TURNOVER = UNITS["turnover"]


def together(found: dict[str, Inference]) -> dict[str, Measured]:
    """Estimates of one table, each with the interval at the level of the table."""
    return {
        key: Measured(
            one.estimate,
            **{**one.evidence(), "interval": widened(one.estimate, one.interval, len(found))},
        )
        for key, one in found.items()
    }


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


@measure(key="sample.which")
def assets_traded(study: Experiment) -> str:
    """The assets of this run that are traded: all, or of many a random part by name."""
    names, every = study.prices.tickers, study.assets_of_run
    if len(names) == every:
        return f"{every} assets"
    return f"{len(names)} of {every} assets, drawn at random: {', '.join(names)}; returns"


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
    "statement.dr_rises",
    "statement.dr_zero",
    "statement.opt_gmv",
    "statement.opt_mdp",
    "statement.opt_iv",
    "statement.opt_ivar",
    "statement.opt_dec",
    "statement.diag_ivar",
    "statement.erc_between",
    "statement.two_sep",
    "statement.cal_same",
    "statement.tangency_best",
    "statement.upper",
    "statement.mvp_same",
    "statement.cmvp",
    "statement.mv_efficient",
    "statement.highrisk_in_mvp",
    "statement.demiguel_bias",
    "statement.cov_sparse",
    "statement.mctr",
    "statement.gmv_formula",
    "statement.gmv_nomean",
    "statement.two_fund",
    "statement.alpha",
    "statement.mix_above",
    "statement.inequality",
    "statement.avg_var",
    "statement.hhi",
    "statement.plug_in",
    "statement.parameter_uncertainty",
    "statement.consistent",
    "statement.asymp_risk",
    "statement.l1_factor",
    "statement.cdst",
    "statement.sys_elim",
    "statement.idio_low",
    "statement.both_risks",
    "statement.tan_only",
    "statement.umvue",
    "statement.dr_1",
    "statement.opt_iv_any",
    "statement.opt_ivar_any",
    "statement.mvp_only",
    "statement.feasible",
    "statement.two_asset_label",
    "statement.avg_var_any",
)


OF_ONE_EXAMPLE = {"highrisk_in_mvp", "cov_sparse", "plug_in", "idio_low", "umvue"}
"""Statements whose check has an example or a formula of its own and reads no random market."""


@measures(STATEMENTS, data=None)
def sentences_in_formulas(study: Experiment) -> dict[str, Measured]:
    """A sentence in formulas holds, as printed, on every random market, or on the one example that its check has."""
    return {
        f"statement.{name}": Measured(bool(holds), n=1 if name in OF_ONE_EXAMPLE else statements.INSTANCES)
        for name, holds in study.statements.items()
    }


@measures(["statements.true", "statements.all"], "statements", data=None)
def statements_that_hold(study: Experiment) -> dict[str, int]:
    """How many of the checks of sentences in formulas found no counterexample."""
    found = list(study.statements.values())
    return {"statements.true": sum(found), "statements.all": len(found)}


@measure("diversification ratio")
def dr_at_average_correlation(study: Experiment) -> float:
    """Diversification ratio of equal assets with the average correlation of the data."""
    average = max(float(study.correlations.mean()), 0.0)
    return float(np.sqrt(diversification.equal_correlation_bets(len(study.cov), average)))


@measures(["mix_least.low", "mix_least.high"], "volatility", data=None)
def mix_by_correlation(study: Experiment) -> dict[str, float]:
    """Volatility of text 002's mix of two assets if their correlation is minus one, and if it is one."""
    return {
        f"mix_least.{name}": float(np.sqrt(frontier.two_asset_variance(MIX, *TWO_ASSETS, rho)))
        for name, rho in {"low": -1.0, "high": 1.0}.items()
    }


@measure("relative volatility", data=None)
def two_asset_excess(study: Experiment) -> float:
    """Volatility of text 002's mix of two uncorrelated assets above the least one."""
    least = frontier.two_asset_minimum_weight(*TWO_ASSETS, 0.0)
    mix, best = (frontier.two_asset_variance(weight, *TWO_ASSETS, 0.0) for weight in (MIX, least))
    return float(np.sqrt(mix / best)) - 1


@measure("relative volatility")
def diversification_gain(study: Experiment) -> Measured:
    """Risk that equal weights save against the average asset."""
    equal = equal_weight(study.cov)
    gain = 1 - diversification.portfolio_volatility(equal, study.cov) / study.sigma.mean()
    return Measured(gain, note=f"{(study.correlations < 0).mean():.0%} of the correlations are negative")


# --- diversification and estimation error


@measures(["bets.stocks", "bets.industries", "bets.size_value"], "bets")
def bets(study: Experiment) -> dict[str, Measured]:
    """Independent bets over all dates: squared diversification ratio of the most diversified portfolio."""
    return {
        f"bets.{place}": Measured(
            float(diversification.independent_bets(traded.returns.cov())), data=DATA[place]
        )
        for place, traded in study.places.items()
    }


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
    "simulated.l1_factor",
    "simulated.tyler_choice",
    "simulated.mrcd",
)


@measures(SIMULATED, data=None)
def simulated(study: Experiment) -> dict[str, Measured]:
    """What helps against estimation error, on simulated returns with a known covariance."""
    return together({f"simulated.{name}": found for name, found in study.estimation_errors.items()})


@measure("log ratio of standard errors", key="simulated.semivariance_error")
def semivariance_error(study: Experiment) -> Inference:
    """Downside portfolios suffer more from parameter uncertainty."""
    return study.downside_error


@measures(["chopra.25", "chopra.50", "chopra.75"], "ratio of cash-equivalent losses", data="industries")
def loss_ratios(study: Experiment) -> dict[str, Measured]:
    """Cost of errors in means over that of equal relative errors in covariances, by risk tolerance."""
    return {
        f"chopra.{tolerance}": Measured(found["covariances"].estimate, se=found["covariances"].se)
        for tolerance, found in study.losses_of_errors.items()
    }


@measure("log ratio", key="chopra.smaller", data="industries")
def smaller_loss_ratio(study: Experiment) -> Measured:
    """Log of the cost of errors in means over that in variances and in covariances: the smaller one."""
    logs = {}
    for other, found in study.losses_of_errors["50"].items():
        logs[other] = Inference(
            float(np.log(found.estimate)),
            found.se / found.estimate,
            0.0,
            1.0,
            (
                float(np.log(found.estimate)) - Z95 * found.se / found.estimate,
                float(np.log(found.estimate)) + Z95 * found.se / found.estimate,
            ),
            found.n,
            0.0,
            "log ratio",
        )
    return sample_statements.worst_of(logs, "draws of the errors; the industries are taken as the truth")


@measures(["noise.alike", "noise.unlike"], "least variances, noise less signal", data=None)
def noise_and_signal(study: Experiment) -> dict[str, float]:
    """Cost of estimation less gain of optimisation, 25 assets of correlation 0.9 and 252 returns."""
    volatilities = {"alike": np.full(25, 0.2), "unlike": np.linspace(0.1, 0.3, 25)}
    found = {}
    for name, sigma in volatilities.items():
        signal, noise = high_dimension.signal_and_noise(sigma, 0.9, OBSERVATIONS)
        found[f"noise.{name}"] = noise - signal
    return found


@measures(
    ["sensitive.mean_variance", "sensitive.minimum_variance", "sensitive.months"],
    "share of the portfolio",
    data="industries",
)
def sensitivity(study: Experiment) -> dict[str, float | Measured]:
    """Share of a portfolio that changes with another sample of the same size, industries."""
    window = study.monthly["industries"].iloc[-60:]
    rules = {
        "mean_variance": return_rules.mean_variance,
        "minimum_variance": lambda x: gmv_long_only(x.cov()),
    }
    shares = {
        f"sensitive.{name}": high_dimension.sensitivity(window, rule, 100, study.seed)
        for name, rule in rules.items()
    }
    return shares | {"sensitive.months": Measured(len(window), unit="months")}


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
def remedies(study: Experiment) -> dict[str, Any]:
    """Volatility saved against the sample minimum-variance portfolio with short sales."""
    solvent = {*study.stocks.names, *(" / ".join(key) for key in study.stocks.grid.runs)}
    traded = {
        key: study.contrast("risk", *pair)
        for key, pair in REMEDIES.items()
        if pair[0] in solvent or pair[0].replace("/", " / ") in solvent
    }
    lost = {}
    for key in REMEDIES:
        estimator = REMEDIES[key][0].partition("/")[2]
        if key not in traded:
            tried = not estimator or estimator in study.stock_estimators
            lost[key] = Lacking(
                "the portfolio loses all its value"
                if tried
                else f"the run leaves the estimator {estimator} out"
            )
    return together(traded) | lost


@measures(["remedies.lowered", "remedies.raised", "remedies.unclear", "remedies.same"])
def sorted_remedies(study: Experiment) -> dict[str, str]:
    """Names of the remedies that lowered risk, raised it, or did neither, by the intervals of their table."""
    told = {
        key: one.interval
        for key, one in remedies(study).items()
        if isinstance(one, Measured) and one.interval is not None
    }
    same = [key for key, (low, high) in told.items() if low == high == 0]
    sides = universe_claims.sorted_by_sign({key: told[key] for key in told if key not in same})
    return {
        "remedies.same": universe_claims.listed(same),
        "remedies.lowered": universe_claims.listed(sides["better"]),
        "remedies.raised": universe_claims.listed(sides["worse"]),
        "remedies.unclear": universe_claims.listed(sides["unclear"]),
    }


TRADES = {
    "trades.linf": ("linf", SHORT),
    "trades.capped": ("capped", SHORT),
    "trades.inverse_variance": ("inverse_variance", SHORT),
    "trades.tangency": (LONG, "tangency"),
}


@measures(TRADES, TURNOVER)
def trades(study: Experiment) -> dict[str, Measured]:
    """Share of trades that the first rule saves against the second."""
    return together({key: study.contrast("turnover", *pair) for key, pair in TRADES.items()})


@measure(TURNOVER, data="equity_prices")
def instability(study: Experiment) -> Measured:
    """Trades that a ban on short sales saves, in the universe where it saves least."""
    return sample_statements.worst_of(
        {place: study.contrast("turnover", LONG, SHORT, place=place) for place in FRENCH}
    )


@measure(UNITS["downside"])
def semivariance(study: Experiment) -> Inference:
    """Downside deviation that minimum semivariance saves against minimum variance."""
    return study.contrast("downside", "minimum_semivariance", LONG)


RISKS = {
    "risk.stocks": ("stocks", LONG, EQUAL),
    "risk.industries": ("industries", LONG, EQUAL),
    "risk.size_value": ("size_value", LONG, EQUAL),
    "risk.inverse_variance": ("industries", LONG, "inverse_variance"),
    "hrp_information": ("industries", "hierarchical_risk_parity", "inverse_variance"),
}


@measures(RISKS, RISK)
def risks(study: Experiment) -> dict[str, Measured]:
    """Volatility that the first rule saves against the second, on one universe."""
    found = together({key: study.contrast("risk", a, b, place=place) for key, (place, a, b) in RISKS.items()})
    return {key: replace(one, data=DATA[RISKS[key][0]]) for key, one in found.items()}


@measure(RISK, data="equity_prices")
def lowvol(study: Experiment) -> Measured:
    """Volatility that minimum variance saves against each rule that bets on risk, equity universes: the least."""
    return sample_statements.worst_of(study.leads("risk", LONG, [*BETS_ON_RISK, EQUAL]))


@measures(["tyler.simulated", "tyler.real", "spectral.better"], RISK)
def crowded(study: Experiment) -> dict[str, Any]:
    """Volatility that an estimator saves against existing ones, with two returns for each asset."""
    existing = high_dimension.EXISTING
    truth, runs = study.simulated_risks, study.crowded

    def simulated_leads(kind: str, name: str, rivals: tuple[str, ...]) -> dict[str, Inference]:
        table = truth[kind].dropna(subset=[name, *rivals])
        return {
            f"{rival}, simulated": contrasts.simulated(
                0.5 * np.log(table[rival].to_numpy() / table[name].to_numpy()), "log volatility saved"
            )
            for rival in rivals
        }

    def real_leads(name: str, rivals: tuple[str, ...]) -> dict[str, Inference] | Lacking:
        if name not in runs:
            return Lacking("the portfolio loses all its value")
        return {
            f"{rival}, size/value": contrasts.less_risk(runs[name], runs[rival], **study.options)
            for rival in rivals
            if rival in runs
        }

    def worst(found: Any, data: str | None) -> Any:
        return found if isinstance(found, Lacking) else replace(sample_statements.worst_of(found), data=data)

    corrected = real_leads("spectral_ridge", ("sample",))
    return {
        "tyler.simulated": worst(simulated_leads("heavy tails", "shrinkage_tyler", existing), None),
        "tyler.real": worst(real_leads("shrinkage_tyler", existing), "size_value"),
        "spectral.better": worst(
            corrected
            if isinstance(corrected, Lacking)
            else corrected | simulated_leads("normal", "spectral_ridge", ("sample",)),
            "size_value",
        ),
    }


@measure("share of volatility")
def volatility_saved(study: Experiment) -> float:
    """Volatility that long-only minimum variance saves against 1/N on the assets of this run."""
    return float(1 - np.exp(-risks(study)["risk.stocks"].estimate))


@measures(["saved.industries", "saved.size_value"], "share of volatility")
def saved(study: Experiment) -> dict[str, Measured]:
    """Volatility that long-only minimum variance saves against equal weights, equity universes."""
    return {
        f"saved.{place}": Measured(float(1 - np.exp(-risks(study)[f"risk.{place}"].value)), data=DATA[place])
        for place in FRENCH
    }


SHARPES = {
    "sharpe.stocks": ("stocks", LONG, EQUAL, 0.0),
    "sharpe.industries": ("industries", LONG, EQUAL, 0.0),
    "sharpe.size_value": ("size_value", LONG, EQUAL, 0.0),
    "sharpe.stocks.net": ("stocks", LONG, EQUAL, COST),
    "sharpe.industries.net": ("industries", LONG, EQUAL, COST),
    "sharpe.size_value.net": ("size_value", LONG, EQUAL, COST),
    "sharpe.tangency": ("industries", LONG, "tangency", 0.0),
    "sharpe.shortfall": ("industries", "minimum_cvar", LONG, 0.0),
}


@measures(SHARPES, SHARPE)
def sharpes(study: Experiment) -> dict[str, Measured]:
    """Sharpe ratio of the first rule less that of the second, on one universe."""
    found = together(
        {key: study.contrast("sharpe", a, b, cost, place) for key, (place, a, b, cost) in SHARPES.items()}
    )
    return {key: replace(one, data=DATA[SHARPES[key][0]]) for key, one in found.items()}


@measure(MEAN, data="industries")
def higher_return(study: Experiment) -> Inference:
    """Mean return of minimum variance less that of equal weights, industries."""
    return study.contrast("mean", LONG, EQUAL, place="industries")


@measure("volatility over that of the market", data="industries")
def risk_ratio_1968(study: Experiment) -> Measured:
    """Risk of long-only minimum variance of the industries over the capitalisation-weighted market's since 1968."""
    found = study.market.risk_ratio(**study.options)
    return Measured(found.estimate, se=found.se, n=found.n)


@measure(MEAN, data="industries")
def higher_return_1968(study: Experiment) -> Inference:
    """Mean return of minimum variance of the industries less the capitalisation-weighted market's since 1968."""
    return study.market.higher_mean()


@measures(["market.first", "market.last"], data="industries")
def months_against_the_market(study: Experiment) -> dict[str, str]:
    """First and last month in which minimum variance of the industries stands beside the market."""
    first, last = study.market.span
    return {"market.first": f"{first:%B %Y}", "market.last": f"{last:%B %Y}"}


# --- what is held


@measure("universes and rules", data="equity_prices")
def small_fraction(study: Experiment) -> Measured:
    """Universes and optimised rules that hold at most a quarter of the assets on some date."""
    held = {
        f"{place}, {rule}": least <= 0.25
        for rule in OPTIMISED
        for place, least in sample_statements.least_held(study.equities, rule).items()
    }
    return sample_statements.counted(held)


@measures(["held.stocks", "held.industries", "held.size_value"], "share of the assets")
def held(study: Experiment) -> dict[str, Measured]:
    """Average share of the assets that long-only minimum variance holds."""
    shares = sample_statements.shares_held(study.places, LONG)
    return {f"held.{place}": Measured(share, data=DATA[place]) for place, share in shares.items()}


@measure("rank correlation, low risk with high weight", data="equity_prices")
def tilt(study: Experiment) -> Measured:
    """Minimum variance prefers assets of low beta and of low residual risk: the weaker of both."""
    found = {
        f"{risk}, {place}": contrasts.weight_tilt(traded.weights(LONG), table)
        for place, traded in study.equities.items()
        for risk, table in zip(("beta", "residual risk"), traded.attributes(), strict=True)
    }
    return sample_statements.worst_of(found)


@measure("universes", data="equity_prices")
def low_beta(study: Experiment) -> Measured:
    """Equity universes in which minimum variance has the smallest beta of all rules."""
    return sample_statements.has_smallest_beta(study.equities, LONG, RIVALS)


@measure("decimals a year", data="industries")
def alpha(study: Experiment) -> Inference:
    """Return of minimum variance beyond its beta to the equally weighted industries."""
    traded = study.places["industries"]
    return contrasts.alpha(traded.run(LONG), traded.market)


@measure("decimals a year", data="size_value", key="anomalies")
def two_anomalies(study: Experiment) -> Measured:
    """What low betas and low residual risks add to minimum variance, size/value portfolios: the smaller gain."""
    return sample_statements.worst_of(anomalies.gains(study.places["size_value"]))


@measure("condition index", data="size_value")
def ill_posed(study: Experiment) -> float:
    """Root of the ratio of the extreme eigenvalues of the sample covariances, geometric mean over dates."""
    found = universe_claims.condition_index(study.places["size_value"])
    return float(universe_claims.ILL_CONDITIONED * 10**found.estimate)


# --- statements about samples: counted on the equity universes, before costs


@measure("universes", data="equity_prices", key="sample.best")
def best_in_sample(study: Experiment) -> Measured:
    """Equity universes in which minimum variance has the highest Sharpe ratio."""
    return sample_statements.is_best(study.equities, LONG, RIVALS)


@measure("universes", data="traded_classes", key="sample.appropriate")
def appropriate_beats_equal(study: Experiment) -> Measured:
    """Universes in which the optimisation that the text calls appropriate beats equal weight."""
    found, chosen = dict(study.equities), dict.fromkeys(FRENCH, LONG)
    if study.asset_classes is not None:
        found["funds"], chosen["funds"] = study.asset_classes, "max_diversification"
    return sample_statements.is_better(found, chosen, EQUAL)


@measure("universes", data="equity_prices", key="sample.mdp_below")
def diversified_below_equal(study: Experiment) -> Measured:
    """Equity universes in which maximum diversification has a lower Sharpe ratio than equal weight."""
    return sample_statements.is_better(study.equities, dict.fromkeys(FRENCH, EQUAL), "max_diversification")


@measure("universes", data="equity_prices", key="sample.parity")
def parity_more_dominant(study: Experiment) -> Measured:
    """Equity universes in which risk parity loses fewer resamples to equal weight than minimum variance."""
    wins = {place: shares for place, (_, shares) in study.selection.items() if place in FRENCH}
    return sample_statements.loses_fewer_resamples(wins, PARITY, LONG)


@measure("universes", data="equity_prices", key="sample.worst")
def positive_relation_worst(study: Experiment) -> Measured:
    """Equity universes whose lowest Sharpe ratio belongs to a rule that bets on a reward for risk."""
    return sample_statements.has_the_worst(study.equities, BETS_ON_RISK, [LONG, *RIVALS])


@measure("universes", data="equity_prices", key="sample.negative_slope")
def negative_slopes(study: Experiment) -> Measured:
    """Equity universes in which assets with more volatility earned less."""
    return sample_statements.counted(
        {place: one.estimate < 0 for place, one in sample_statements.slopes(study.equities).items()}
    )


@measure("universes", data="industries", key="sample.since_1968")
def higher_average_since_1968(study: Experiment) -> Measured | Lacking:
    """Whether minimum variance of the industries earned more than the capitalisation-weighted market since 1968."""
    first, _ = study.market.span
    if first > cap_market.FIRST:
        return Lacking(
            f"needs industries whose portfolios begin by {cap_market.FIRST:%B %Y}; here they begin in {first:%B %Y}"
        )
    return sample_statements.counted({"industries": study.market.higher_mean().estimate > 0})


@measures(["norms.volatility", "norms.sharpe"], "comparisons", data="equity_prices")
def norms(study: Experiment) -> dict[str, Measured]:
    """Comparisons in which a bound on a norm of the weights does better than none: volatility, Sharpe ratio."""
    found = sample_statements.beats_the_unrestricted(study.equities, BOUNDED, SHORT)
    return {f"norms.{name}": one for name, one in found.items()}


@measure("decades and universes", data="equity_prices", key="sample.tangency")
def decades_against_tangency(study: Experiment) -> Measured:
    """Decades of the equity universes in which minimum variance has a higher Sharpe ratio than tangency."""
    return sample_statements.better_decades(study.equities, LONG, "tangency")


@measures(
    ["sample.tangency_whole", "sample.tangency_pairs", "sample.tangency_years"],
    "universes",
    data="equity_prices",
)
def whole_against_tangency(study: Experiment) -> dict[str, Measured | str]:
    """Equity universes in which minimum variance has a higher Sharpe ratio than tangency over all dates; both; from when to when."""
    pairs = {
        sample_statements.spelled(place): tuple(
            sample_statements.sharpe(own, rule) for rule in (LONG, "tangency")
        )
        for place, own in study.equities.items()
    }
    told = "; ".join(f"{ours:.2f} against {other:.2f} in {place}" for place, (ours, other) in pairs.items())
    ahead = sum(ours > other for ours, other in pairs.values())
    days = [day for own in study.equities.values() for day in own.market.index[[0, -1]]]
    return {
        "sample.tangency_whole": Measured(ahead, n=len(pairs)),
        "sample.tangency_pairs": told,
        "sample.tangency_years": f"{min(days):%Y} to {max(days):%Y}",
    }


# --- the same differences as tests: are they more than luck?

LEADS = {"lead.best": (LONG, RIVALS), "lead.equal": (LONG, [EQUAL]), "lead.tangency": (LONG, ["tangency"])}


@measures(LEADS, SHARPE, data="equity_prices")
def leads(study: Experiment) -> dict[str, Measured]:
    """Lead of minimum variance in the Sharpe ratio, in the least favourable equity universe and rival."""
    return {key: sample_statements.worst_of(study.leads("sharpe", *pair)) for key, pair in LEADS.items()}


@measure(SHARPE, data="equity_prices", key="lead.mdp_below")
def lead_over_diversification(study: Experiment) -> Inference:
    """Lead of equal weight over maximum diversification in the equity universe where it is largest."""
    return contrasts.largest(
        {place: study.contrast("sharpe", EQUAL, "max_diversification", place=place) for place in FRENCH}
    )


@measure("annual return for one unit of annual volatility", data="equity_prices")
def risk_efficient(study: Experiment) -> Measured:
    """Assets with more volatility earn more, in the equity universe where they do so least."""
    return sample_statements.worst_of(sample_statements.slopes(study.equities))


@measure(SHARPE, data="equity_prices")
def gmv_mean_variance(study: Experiment) -> Inference:
    """Lead of minimum variance over mean-variance utility in the Sharpe ratio, mean of the equity universes."""
    return sample_statements.on_average(
        {place: study.contrast("sharpe", LONG, "mean_variance", place=place) for place in FRENCH}
    )


@measure(SHARPE, data="equity_prices")
def quality_gain(study: Experiment) -> Inference:
    """Lead of minimum variance over equal weight where there is more to diversify less that where there is less."""
    high, low = study.highest_quality, study.lowest_quality
    return asset_classes.more_to_gain(
        *(study.contrast("sharpe", LONG, EQUAL, place=place) for place in (high, low))
    )


@measure(SHARPE, data="industries")
def naive_low_quality(study: Experiment) -> Measured:
    """Lead of equal weight over each optimised rule where there is least to diversify: the smallest."""
    place = study.lowest_quality
    found = sample_statements.worst_of(
        {rule: study.contrast("sharpe", EQUAL, rule, place=place) for rule in OPTIMISED}
    )
    return replace(found, data=DATA[place])


@measure("correlation", data="industries")
def covariances_persist(study: Experiment) -> float | Lacking:
    """Correlation of the covariances of a window with those of the next quarter, industries."""
    found = sample_statements.covariances_persist(study.places["industries"])
    return Lacking("needs daily prices of the industries") if found is None else found


@measures(["mean_reversion", "mean_reversion.years"], "one less the variance ratio", data="equity_prices")
def mean_reversion(study: Experiment) -> dict[str, Inference | str | Lacking]:
    """Variance ratios of the industries and size/value portfolios lie below those of months in random order."""
    years = [REVERSAL_YEARS[one] for one in study.reversal_years]
    if not years:
        short = Lacking(
            "a horizon of three years needs twelve years of months (four horizons), "
            f"these portfolios have {len(study.monthly_equities)} months"
        )
        return {"mean_reversion": short, "mean_reversion.years": short}
    return {"mean_reversion": study.reversion, "mean_reversion.years": universe_claims.listed(years)}


# --- asset classes, by six funds

ASSET_CLASSES = (
    "funds.diversified",
    "funds.weakest",
    "funds.gain",
    "funds.more",
    "funds.quality",
    "funds.more_quality",
    "funds.commodities",
)


@measures(ASSET_CLASSES, SHARPE, data=None)
def funds(study: Experiment) -> dict[str, Any]:
    """The asset-class statements of text 001 on six funds: Sharpe ratios and the quality ratio."""
    traded = study.asset_classes
    if traded is None or study.funds is None:
        return dict.fromkeys(ASSET_CLASSES, Lacking(asset_classes.LACKING))
    options, diversified = study.options, asset_classes.DIVERSIFIED
    rivals = [LONG, *(rule for rule in RIVALS if rule != diversified)]
    lead = asset_classes.weakest(traded, rivals, [diversified], **options)
    others = [rule for rule in RIVALS if rule != EQUAL]
    weak = asset_classes.weakest(traded, [EQUAL, LONG], others, **options)
    equities = sample_statements.on_average(
        {place: study.contrast("sharpe", LONG, EQUAL, place=place) for place in FRENCH}
    )
    gain = lead[f"{diversified} against {EQUAL}"]
    more = asset_classes.more_to_gain(gain, equities)
    quality = float(diversification.quality_ratio(traded.returns.cov()))
    lower = {
        place: float(diversification.quality_ratio(one.returns.cov())) < quality
        for place, one in study.equities.items()
    }
    found = {
        "funds.diversified": sample_statements.worst_of(lead),
        "funds.weakest": sample_statements.worst_of(weak),
        "funds.gain": Measured(gain.estimate, **gain.evidence()),
        "funds.more": Measured(more.estimate, **more.evidence()),
        "funds.quality": Measured(quality, unit="quality ratio"),
        "funds.more_quality": replace(sample_statements.counted(lower), unit="universes"),
        "funds.commodities": Measured(
            asset_classes.commodities_over_the_rest(study.funds), unit="ratio of Sharpe ratios"
        ),
    }
    against_equities = ("funds.more", "funds.more_quality")
    return {
        key: replace(one, data="traded_classes" if key in against_equities else "funds")
        for key, one in found.items()
    }


@measures(["funds.dates", "four_funds.dates"], data=None)
def dates_of_funds(study: Experiment) -> dict[str, str]:
    """In words, the dates of the six funds and of the four, or that this run has none."""

    def told(history: PriceHistory | None) -> str:
        if history is None:
            return "this run does not have them"
        days = pd.DatetimeIndex(history.close.index)
        return f"this run has them from {days[0]:%B %Y} to {days[-1]:%B %Y}"

    return {"funds.dates": told(study.funds), "four_funds.dates": told(study.four_funds)}


@measures(["four_funds.together", "four_funds.stocks"], "stock funds", data=None)
def four_funds(study: Experiment) -> dict[str, Any]:
    """Stock funds that are riskier than an equal mix: of all four funds, and of the three stock funds."""
    stocks, bonds = asset_classes.STOCK_FUNDS, asset_classes.BOND_FUND
    members = {"four_funds.together": (*stocks, bonds), "four_funds.stocks": stocks}
    if study.four_funds is None:
        return dict.fromkeys(members, Lacking(asset_classes.LACKING_FOUR))
    found = {
        key: sample_statements.counted(asset_classes.calmer_together(study.four_funds, names))
        for key, names in members.items()
    }
    return {key: replace(one, data="four_funds") for key, one in found.items()}


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


@measures(["decades.all", "decades.calmer", "decades.richer"], "decades and universes")
def decades(study: Experiment) -> dict[str, int]:
    """In how many decades and universes minimum variance was less volatile, or had more Sharpe ratio, than 1/N."""
    calmer, richer = (study.decades.filter(like=what) for what in ("volatility", "Sharpe"))
    return {
        "decades.all": int(calmer.count().sum()),
        "decades.calmer": int((calmer > 0).sum().sum()),
        "decades.richer": int((richer > 0).sum().sum()),
    }


PORTFOLIOS = {"industries": "industries", "size_value": "size/value portfolios"}


@measures(["universes.all", "universes.safer", "universes.richer", "universes.told"], "universes", data=None)
def universes(study: Experiment) -> dict[str, int | str]:
    """On how many universes minimum variance is significantly less risky, or has more Sharpe ratio, than 1/N."""
    tables = {"risk": risks(study), "sharpe": sharpes(study)}
    counts = {
        what: universe_claims.sorted_by_sign(
            {place: table[f"{what}.{place}"].interval or (0.0, 0.0) for place in study.apart}
        )["better"]
        for what, table in tables.items()
    }
    return {
        "universes.all": len(study.apart),
        "universes.safer": len(counts["risk"]),
        "universes.richer": len(counts["sharpe"]),
        "universes.told": f"{len(study.apart)} universes"
        + "".join(
            f" (the {PORTFOLIOS[place]}, the assets of this run as well, are not counted again)"
            for place in FRENCH
            if place not in study.apart
        ),
    }


# --- every defensible choice

CURVES = (
    "curve.variance.all",
    "curve.variance.ahead",
    "curve.variance.share",
    "curve.variance.median",
    "curve.variance.least",
    "curve.variance.most",
    "curve.variance.chance_low",
    "curve.variance.chance_high",
    "curve.variance.p_share",
    "curve.variance.p_median",
    "curve.sharpe.all",
    "curve.sharpe.ahead",
    "curve.sharpe.share",
    "curve.sharpe.median",
    "curve.sharpe.least",
    "curve.sharpe.most",
    "curve.sharpe.chance_low",
    "curve.sharpe.chance_high",
    "curve.sharpe.p_share",
    "curve.sharpe.p_median",
    "curve.bankrupt",
)


@measures(CURVES, data=None)
def specification_curves(study: Experiment) -> dict[str, Measured]:
    """Minimum variance against equal weights under every choice, and what chance alone would show."""
    found = {}
    for question, unit in (("variance", "share of the variance of equal weights"), ("sharpe", SHARPE)):
        one = study.specifications[question]
        curve, effects = one.curve, one.curve.table["effect"]
        values = {
            "all": (len(effects), "specifications"),
            "ahead": (one.ahead, "specifications"),
            "share": (curve.share, "share of the specifications"),
            "median": (curve.median, unit),
            "least": (float(effects.min()), unit),
            "most": (float(effects.max()), unit),
            "chance_low": (curve.chance_share[0], "share of the specifications"),
            "chance_high": (curve.chance_share[1], "share of the specifications"),
            "p_share": (curve.p_share, "p-value"),
            "p_median": (curve.p_median, "p-value"),
        }
        for name, (value, of) in values.items():
            found[f"curve.{question}.{name}"] = Measured(value, unit=of)
    found["curve.bankrupt"] = Measured(study.specifications["sharpe"].bankrupt, unit="portfolios")
    return found


@measures(
    ["curve.variance.text", "curve.sharpe.text", "curve.variance.by_assets", "curve.sharpe.by_assets"],
    data=None,
)
def curves_in_words(study: Experiment) -> dict[str, str]:
    """Effects under the text's own choices, and the share with its sign, by universe."""
    found = {}
    for question, form in (("variance", "{:.0%}"), ("sharpe", "{:.2f}")):
        one = study.specifications[question]
        table = one.curve.table
        effects = table.loc[list(one.text)].set_index("assets")["effect"].astype(float).to_dict()
        ahead = {
            assets: (table.loc[table["assets"] == assets, "effect"] > 0) for assets in one.levels["assets"]
        }
        found[f"curve.{question}.text"] = " and ".join(
            f"{form.format(effect)} ({assets})" for assets, effect in effects.items()
        )
        found[f"curve.{question}.by_assets"] = ", ".join(
            f"{here.sum()} of {len(here)} ({assets})" for assets, here in ahead.items()
        )
    return found
