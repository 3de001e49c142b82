"""Tables of the chapter on minimum variance."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from portfolio_study.evaluation.costs import COST
from portfolio_study.figures import show_table
from portfolio_study.ledger import Lacking
from portfolio_study.studies.minimum_variance import choices, measures, sample_statements, universe_tables
from portfolio_study.studies.minimum_variance.asset_classes import FUNDS
from portfolio_study.studies.minimum_variance.experiment import (
    EQUAL,
    FRENCH,
    LABELS,
    LONG,
    RIVALS,
    Experiment,
)
from portfolio_study.studies.minimum_variance.universe_claims import in_words

SIMULATED = {
    "simulated.l1_factor": "factor covariance with long-only weights against linear shrinkage, 60 assets, 40 returns",
    "simulated.tyler_choice": "Tyler's estimate: shrinkage chosen by the data against fixed intensities",
    "simulated.mrcd": "robust determinant estimator (MRCD) against the sample covariance under 5 % outliers",
}
TRADES = {
    "trades.linf": "trades saved: l-infinity penalty against no penalty",
    "trades.capped": "trades saved: capped weights against no cap",
    "trades.inverse_variance": "trades saved: inverse variance against minimum variance with short sales",
    "trades.tangency": "trades saved: long-only minimum variance against the tangency portfolio",
}
RISKS = {
    "risk.stocks": "assets of this run: long-only minimum variance against equal weights",
    "risk.industries": "industries: long-only minimum variance against equal weights",
    "risk.size_value": "size/value: long-only minimum variance against equal weights",
    "risk.inverse_variance": "industries: long-only minimum variance against inverse variance",
    "hrp_information": "industries: hierarchical risk parity against inverse variance",
}
CROWDED = {
    "tyler.simulated": "shrinkage-Tyler against the best of four estimators, simulated heavy tails",
    "tyler.real": "shrinkage-Tyler against the best of four estimators, size/value portfolios",
    "spectral.better": "corrected and regularised spectrum against the sample covariance, both",
}
SHARPE_RATIOS = {
    "sharpe.stocks": "assets of this run: minimum variance against equal weights",
    "sharpe.stocks.net": "assets of this run: minimum variance against equal weights, after costs",
    "sharpe.industries": "industries: minimum variance against equal weights",
    "sharpe.industries.net": "industries: minimum variance against equal weights, after costs",
    "sharpe.size_value": "size/value: minimum variance against equal weights",
    "sharpe.size_value.net": "size/value: minimum variance against equal weights, after costs",
    "sharpe.tangency": "industries: minimum variance against the tangency portfolio",
    "sharpe.shortfall": "industries: minimum expected shortfall against minimum variance",
}
LEADS = {
    "lead.best": "minimum variance against every rival, least favourable",
    "lead.equal": "minimum variance against equal weights, least favourable universe",
    "lead.tangency": "minimum variance against the tangency portfolio, least favourable universe",
    "lead.mdp_below": "equal weights against maximum diversification, most favourable universe",
}
ASSET_CLASSES = {
    "funds.diversified": "maximum diversification against the rival that comes nearest",
    "funds.weakest": "every other rule against equal weights and minimum variance, least favourable",
    "funds.gain": "maximum diversification against equal weights",
    "funds.more": "lead of optimisation over equal weights, funds less equities",
}


TOGETHER = "intervals that hold together for the whole table"
OF_VERDICTS = "intervals of the verdicts"


def _effects(
    study: Experiment,
    words: Mapping[str, str],
    caption: str,
    formats: str = "{:.3f}",
    level: str = TOGETHER,
) -> Any:
    """Contrasts with the intervals that the ledger uses, and what they could have found: of the table, or of verdicts."""
    found = {key: study[key] for key in words}
    lost = [words[key] for key, one in found.items() if isinstance(one, Lacking)]
    known = {key: one for key, one in found.items() if not isinstance(one, Lacking)}
    intervals = {key: study.interval(key) for key in known}
    left_out = f"; not shown: {', '.join(lost)}" if lost else ""
    families = {key: len(known) if level == TOGETHER else study.family(key) for key in known}
    table = universe_tables.effect_table(known, intervals, families).rename(index=dict(words))
    return show_table(table, f"{caption}; {level}{left_out}", formats=formats)


def simulations(study: Experiment) -> Any:
    """What helps against estimation error, on simulated returns."""
    return _effects(
        study, SIMULATED, "Simulated contrasts (log volatility), positive where the first is better", "{:.4f}"
    )


def overview(study: Experiment, place: str) -> Any:
    """Every rule on one universe, under the sample covariance."""
    captions = {
        "stocks": "Assets of this run, sample covariance: every rule. Last column: cost per trade, paid by both, "
        "at which the rule stops having the higher Sharpe ratio",
        "industries": f"{study.industries.close.shape[1]} industries, one return a {study.industries.period}, "
        "sample covariance",
        "size_value": f"{study.size_value.close.shape[1]} size/value portfolios, one return a "
        f"{study.size_value.period}, sample covariance",
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
        "Long-only minimum variance under every estimator, yearly. Where realised over promised volatility is above 1, the portfolio was "
        "riskier than it promised (the semicovariance promises downside risk only)",
        formats=universe_tables.ESTIMATOR_FORMATS,
    )


def remedies(study: Experiment) -> Any:
    """Volatility that better estimates, penalties and other rules save."""
    return _effects(
        study,
        {key: in_words(key) for key in measures.REMEDIES},
        "Volatility saved against minimum variance with short sales and the sample covariance (log), assets of this run",
    )


def trades(study: Experiment) -> Any:
    """Trades that one rule saves against another."""
    return _effects(study, TRADES, "Share of trades saved, assets of this run")


def risks(study: Experiment) -> Any:
    """Risk that one rule saves against another."""
    return _effects(study, RISKS, "Log of the ratio of volatilities: 0.02 is 2 % less volatility")


def crowded(study: Experiment) -> Any:
    """Estimators for many assets and few returns, on data of that kind."""
    return _effects(
        study,
        CROWDED,
        "Volatility saved (log) with two returns for each asset",
        level=OF_VERDICTS,
    )


def sharpe_ratios(study: Experiment) -> Any:
    """Differences of Sharpe ratios, before and after costs."""
    return _effects(
        study,
        SHARPE_RATIOS,
        f"Differences of annual Sharpe ratios, before costs and after costs of {COST:.0f} basis points a trade",
    )


def sample_leads(study: Experiment) -> Any:
    """The differences behind the sample statements of text 001, as tests."""
    return _effects(study, LEADS, "Differences of annual Sharpe ratios on the equity universes, before costs")


def sensitivity(study: Experiment) -> Any:
    """How the two headline statements about samples change with what was chosen."""
    table = sample_statements.sensitivity(study.equities, LONG, RIVALS, EQUAL)
    labels = {
        f"covariance: {name.replace('_', ' ')}": f"covariance: {universe_tables.estimator_label(name)}"
        for name in study.french_estimators
    }
    return show_table(
        table.rename(index=labels),
        "Minimum variance in the equity universes: Sharpe ratios of the sample under other choices",
        # Three decimals: signs of leads below 0.01 decide in how many universes it is best.
        formats={name: "{:.3f}" for name in table.columns if name.startswith("lead")},
    )


def against_tangency(study: Experiment) -> Any:
    """How the headline of text 002 changes with what was chosen."""
    return show_table(
        sample_statements.decades_by_choice(study.equities, LONG, "tangency"),
        "Minimum variance against the tangency portfolio in the equity universes, by stretches of time",
    )


def asset_classes(study: Experiment) -> Any:
    """The asset-class statements of text 001 on six funds."""
    if study.asset_classes is None:
        return f"This run has no asset-class funds ({', '.join(FUNDS)})."
    return _effects(
        study, ASSET_CLASSES, "Differences of annual Sharpe ratios, six asset-class funds, before costs"
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
        formats="{:.3f}",
    )


def decades(study: Experiment) -> Any:
    """Minimum variance against equal weight, decade by decade."""
    return show_table(
        study.decades.rename(columns=lambda name: name.replace("_", "/")),
        "Long-only minimum variance against equal weight by decade (log volatility; annual Sharpe ratio)",
        formats="{:.2f}",
    )


def by_choice(study: Experiment) -> Any:
    """What each choice alone does to the two specification curves."""
    parts = {
        name: choices.by_choice(study.specifications[question])
        for question, name in (("variance", "variance saved"), ("sharpe", "Sharpe ratio gained"))
    }
    columns = {f"{name}: {column}": values for name, part in parts.items() for column, values in part.items()}
    table = pd.DataFrame(columns).reindex(parts["Sharpe ratio gained"].index)
    return show_table(
        table,
        "Minimum variance against equal weights by choice: number of specifications, share with the text's sign, "
        "median effect (share of variance; annual Sharpe ratio)",
        formats={
            name: "{:.0f}" if "specifications" in name else "{:.0%}" if "share" in name else "{:.2f}"
            for name in table.columns
        },
    )


def headlines(study: Experiment) -> list[choices.Headline]:
    """Contrasts of minimum variance that the page rests on, each in the family of its table."""
    found = [
        choices.Headline(f"{words}, {LABELS[place]}", what, [(place, EQUAL)], len(family))
        for words, what, family in (
            ("volatility saved (log)", "risk", RISKS),
            ("Sharpe ratio gained", "sharpe", SHARPE_RATIOS),
        )
        for place in study.apart
    ]
    leads = {
        "lead over equal weights, least favourable equity universe": [EQUAL],
        "lead over every rival, least favourable rival and equity universe": RIVALS,
    }
    for label, rivals in leads.items():
        pairs = [(place, rival) for place in FRENCH for rival in rivals]
        found.append(choices.Headline(label, "sharpe", pairs, len(LEADS)))
    return found


def headline_sensitivity(study: Experiment) -> Any:
    """The contrasts that the page rests on under other blocks, limits, costs, rates and days."""
    effects = study.smallest_effects
    smallest = {"risk": effects["volatility"], "sharpe": effects["sharpe"]}
    table = choices.sensitivity(headlines(study), study.universes, smallest, **study.options)
    return show_table(
        table,
        "Minimum variance against equal weights and other rivals under other choices: estimate, interval at the level "
        "of its table, verdict; too weak is a test that cannot be told and could not have answered no either",
        formats="{:.3f}",
    )
