"""Tables of the chapter on minimum variance."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from portfolio_study.figures import show_table
from portfolio_study.studies.minimum_variance import measures, universe_tables
from portfolio_study.studies.minimum_variance.experiment import LONG, Experiment
from portfolio_study.studies.minimum_variance.universe_claims import in_words

SIMULATED = {
    "simulated.plug_in": "plug-in weights cost variance, 20 assets and 60 returns",
    "simulated.cov_sparse": "variance is promised too low on 49 assets, more than on 5",
    "simulated.noise_dominates": "the excess variance is larger at correlation 0.9 than at 0.1",
    "simulated.l1_factor": "factor covariance with long-only weights against linear shrinkage, 60 assets, 40 returns",
    "simulated.tyler": "shrinking Tyler's estimate lowers the risk under fat tails (no claim)",
    "simulated.tyler_choice": "shrinkage chosen by the data against fixed intensities",
    "simulated.mrcd": "minimum regularised covariance determinant (MRCD) under 5 % outliers",
}
TRADES_AND_RISKS = {
    "linf.turnover": "trades: l-infinity penalty against long-short minimum variance",
    "zero_correlation.turnover": "trades: inverse variance against long-short minimum variance",
    "instability": "trades: long-only against long-short minimum variance",
    "sensitive": "trades: long-only minimum variance against the tangency portfolio",
    "covariance_use": "risk: long-only minimum variance against inverse variance",
    "risk.market": "risk: long-only minimum variance against 1/N",
    "semivariance": "downside risk: minimum semivariance against long-only minimum variance",
    "lowvol": "risk, every universe: long-only minimum variance against 1/N and tangency",
    "hrp_information": "risk, every universe: hierarchical risk parity against inverse variance",
}
SHARPE_RATIOS = {
    "best_everywhere": "every universe: minimum variance against all rivals",
    "tree_beats": "every universe: the decision tree's choice against 1/N",
    "mdp_below": "some universe: 1/N against maximum diversification",
    "optimised": "every universe: minimum variance against 1/N",
    "gmv_tangency": "minimum variance against the tangency portfolio",
    "gmv_mean_variance": "minimum variance against mean-variance utility",
    "tail_aware": "minimum expected shortfall against minimum variance",
    "positive_worst": "every universe: rules without a reward for risk against those with one",
    "naive_low_quality": "least to diversify: naive rules against optimised ones",
}
NET = {"optimised": "net"}
"""Key of a comparison after costs, where it is not ``<key>.net``."""


def _effects(
    found: Mapping[str, Any], words: Mapping[str, str], caption: str, formats: str = "{:.3f}"
) -> Any:
    table = universe_tables.effect_table({label: found[key] for key, label in words.items()})
    return show_table(table, caption, formats=formats)


def simulations(study: Experiment) -> Any:
    """What estimation error does, and what helps."""
    return _effects(
        measures.simulated(study),
        SIMULATED,
        "Simulated contrasts, positive where the text is right, 95 % intervals",
        "{:.4f}",
    )


def overview(study: Experiment, place: str) -> Any:
    """Every rule on one universe, under the sample covariance."""
    captions = {
        "stocks": "Assets of this run, sample covariance: every rule. Last column: cost per trade, paid by both, "
        "at which the rule stops having the higher Sharpe ratio",
        "industries": "Twelve industries, monthly, sample covariance",
        "size_value": "Nine size/value portfolios, monthly, sample covariance",
    }
    return show_table(
        universe_tables.overview(study.places[place]),
        captions[place],
        formats=universe_tables.OVERVIEW_FORMATS,
    )


def estimators(study: Experiment) -> Any:
    """Long-only minimum variance under every estimator."""
    return show_table(
        universe_tables.estimator_table(study.every_estimator, LONG),
        "Long-only minimum variance under every estimator, yearly. Above 1 in column four, the portfolio was "
        "riskier than it promised (the semicovariance promises downside risk only)",
        formats=universe_tables.ESTIMATOR_FORMATS,
    )


def remedies(study: Experiment) -> Any:
    """Volatility that better estimates, penalties and other rules save."""
    return _effects(
        measures.remedies(study),
        {key: in_words(key) for key in measures.REMEDIES},
        "Volatility saved against the sample long-short minimum variance (log), 95 % intervals",
    )


def trades_and_risks(study: Experiment) -> Any:
    """Trades and risk that one rule saves against another."""
    return _effects(
        {key: study[key] for key in TRADES_AND_RISKS},
        TRADES_AND_RISKS,
        "Trades saved (share) and risk saved (log volatility), 95 % intervals; for sentences about every universe "
        "the smallest, Bonferroni",
    )


def sharpe_ratios(study: Experiment) -> Any:
    """Differences of Sharpe ratios, before and after costs."""
    words: dict[str, str] = {}
    for key, label in SHARPE_RATIOS.items():
        words |= {key: label, NET.get(key, f"{key}.net"): f"{label}, net"}
    return _effects(
        {key: study[key] for key in words},
        words,
        "Differences of annual Sharpe ratios before and after (net) costs, 95 % intervals; "
        "for sentences about every universe the smallest, Bonferroni",
    )


def luck(study: Experiment) -> Any:
    """Tests that allow for the number of rules."""
    rows = {place: row for place, (row, _) in study.selection.items()}
    table = pd.DataFrame(rows).T.rename(index={"size_value": "size/value"}).rename_axis("universe")
    return show_table(table, "Tests over all rules", formats=universe_tables.LUCK_FORMATS)


def win_shares(study: Experiment) -> Any:
    """Text 001's table 2: how often equal weight wins a resample."""
    shares = {place: wins for place, (_, wins) in study.selection.items()}
    table = pd.DataFrame(shares).rename(
        index=universe_tables.strategy_label, columns={"size_value": "size/value"}
    )
    return show_table(
        table.rename_axis("rule"),
        "Share of block resamples in which equal weight has the higher Sharpe ratio (text 001, Table 2)",
        formats="{:.2f}",
    )


def decades(study: Experiment) -> Any:
    """Minimum variance against equal weight, decade by decade."""
    return show_table(
        study.decades.rename(columns=lambda name: name.replace("_", "/")),
        "Long-only minimum variance against equal weight by decade (log volatility; annual Sharpe ratio)",
        formats="{:.2f}",
    )
