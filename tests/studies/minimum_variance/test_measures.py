import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.checks.confidence import detectable_effect
from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger import Lacking
from portfolio_study.ledger.measures import declared_in
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import minimum_variance
from portfolio_study.studies.minimum_variance import (
    cap_market,
    choices,
    experiment,
    figures,
    measures,
    sample_statements,
    tables,
)
from portfolio_study.studies.minimum_variance.statements import STATEMENTS

pytestmark = pytest.mark.slow  # rolls twenty rules over the months

SMALL = {
    "french_first": "2013-01-01",
    "lookback": 60,
    "months": 24,
    "rebalance": "quarterly",
    "stock_estimators": [
        "sample",
        "ledoit_wolf",
        "factor",
        "clipping",
        "spectral",
        "clime",
        "shrinkage_tyler",
        "ewma",
        "forgetting",
        "time_varying_factor",
    ],
    "french_estimators": ["sample"],
    "draws": 50,
    "share_draws": 50,
    "simulations": 100,
    "slow_simulations": 8,
    "pbo_blocks": 4,
    "seed": 1,
}
REQUEST = {"source": "synthetic", "universe": "SYN01 SYN02 SYN03", "path": None, "snapshot": None}


@pytest.fixture(scope="module")
def study():
    prices = minimum_variance.load_prices(start="2012-01-02", end="2012-10-31", **REQUEST)
    return open_study(minimum_variance, prices, **SMALL)


def test_everything_that_is_declared_is_measured(study):
    declared = {f"minimum_variance.{key}" for made in declared_in(measures) for key in made.keys}
    found = study.records()
    # synthetic assets never were in the index: only this measure does not exist
    assert declared - set(found) == {"minimum_variance.hindsight"}
    lacking = {key for key, record in found.items() if record.lacks}
    assert {f"minimum_variance.{key}" for key in measures.ASSET_CLASSES} <= lacking
    assert set(found) <= declared


def test_records_name_the_data_that_they_were_measured_on(study):
    found = study.records()
    universe = {
        "bets.stocks": study.prices.universe,
        "bets.industries": "french12",
        "sharpe.size_value": "french_size_value",
        "risk_ratio_1968": "french12",
        "market.first": "french12",
        "sample.best": "french12 and french_size_value",
        "sample.appropriate": "french12 and french_size_value",
    }
    for key, expected in universe.items():
        assert found[f"minimum_variance.{key}"].sample["universe"] == expected
    assert found["minimum_variance.simulated.mrcd"].sample is None


def test_every_sentence_in_formulas_has_a_key():
    assert set(measures.STATEMENTS) == {f"statement.{name}" for name in STATEMENTS}


def test_volatility_saved_is_that_of_the_two_backtests(study):
    risk = [study.stocks.run(rule).returns.std() for rule in (experiment.LONG, experiment.EQUAL)]
    assert measures.volatility_saved(study) == pytest.approx(1 - risk[0] / risk[1], rel=1e-9)


def test_costs_are_paid_in_the_net_comparison(study):
    runs = [study.stocks.run(rule) for rule in (experiment.LONG, experiment.EQUAL)]

    def sharpe(run, cost):
        excess = run.gross_returns - cost / 1e4 * run.turnover - run.risk_free
        return np.sqrt(252) * excess.mean() / excess.std()

    for key, cost in {"sharpe.stocks": 0.0, "sharpe.stocks.net": 10.0}.items():
        expected = sharpe(runs[0], cost) - sharpe(runs[1], cost)
        assert study[key].estimate == pytest.approx(expected, rel=1e-2)


def test_a_sentence_about_every_universe_is_decided_by_the_worst(study):
    leads = {
        f"{place.replace('_', '/')} against equal weight": study.contrast(
            "sharpe", experiment.LONG, experiment.EQUAL, place=place
        ).estimate
        for place in experiment.FRENCH
    }
    found = study["lead.equal"]
    assert found.estimate == pytest.approx(min(leads.values()))
    assert found.worst == min(leads, key=leads.get)


def test_sample_statements_count_universes_of_the_kind_of_the_text(study):
    ratios = {
        place: {rule: study.places[place].run(rule).sharpe for rule in (experiment.LONG, *experiment.RIVALS)}
        for place in experiment.FRENCH
    }
    best = sum(max(of, key=of.get) == experiment.LONG for of in ratios.values())
    assert (study["sample.best"].value, study["sample.best"].n) == (best, 2)
    better = sum(of[experiment.LONG] > of[experiment.EQUAL] for of in ratios.values())
    assert (study["sample.appropriate"].value, study["sample.appropriate"].n) == (better, 2)
    below = sum(of[experiment.EQUAL] > of["max_diversification"] for of in ratios.values())
    assert study["sample.mdp_below"].value == below


def test_a_build_without_the_years_since_1968_says_which_it_has(study):
    lacking, gap = study["sample.since_1968"], study["higher_return_1968"]
    first, last = study.market.span
    assert isinstance(lacking, Lacking) and f"here they begin in {first:%B %Y}" in lacking.reason
    assert (study["market.first"], study["market.last"]) == (f"{first:%B %Y}", f"{last:%B %Y}")
    assert gap.n == len(study.market.market)
    against = study.market.strategy.mean() - study.market.market.mean()
    assert gap.estimate == pytest.approx(12 * against)


def test_the_average_since_1968_is_counted_where_the_build_has_those_years():
    months = pd.period_range(cap_market.FIRST, periods=24, freq="M")
    returns = pd.Series(np.sin(np.arange(24.0)) / 100, index=months)
    beside = SimpleNamespace(market=cap_market.AgainstMarket(returns + 0.001, 2 * returns - 0.001))
    beside.once = lambda function: function(beside)
    found = measures.higher_average_since_1968(beside)
    assert (found.value, found.n) == (1, 1)


def test_the_dates_of_the_funds_are_those_of_the_run(study):
    assert study["funds.dates"] == study["four_funds.dates"] == "this run does not have them"
    traded = SimpleNamespace(funds=study.industries, four_funds=None)
    traded.once = lambda function: function(traded)
    days = study.industries.close.index
    assert measures.dates_of_funds(traded) == {
        "funds.dates": f"this run has them from {days[0]:%B %Y} to {days[-1]:%B %Y}",
        "four_funds.dates": "this run does not have them",
    }


def test_sensitivity_begins_with_what_is_judged(study):
    found = sample_statements.sensitivity(
        study.equities, experiment.LONG, experiment.RIVALS, experiment.EQUAL
    )
    best, better = study["sample.best"], study["sample.appropriate"]
    assert found.iloc[0, 0] == f"{best.value} of {best.n}"
    assert found.iloc[0, 1] == f"{better.value} of {better.n}"
    assert (
        found.filter(like="lead").loc["without inverse variance"] >= found.filter(like="lead").iloc[0]
    ).all()


def test_tables_hold_the_intervals_of_the_ledger(study):
    for key in (*measures.SHARPES, *measures.LEADS):
        low, high = study.interval(key)
        own = study[key].interval
        assert low <= own[0] and own[1] <= high
    assert study.interval("sharpe.stocks") == study["sharpe.stocks"].interval
    assert study.interval("lead.best")[0] < study["lead.best"].interval[0]


LABELS = (
    tables.SIMULATED,
    tables.TRADES,
    tables.RISKS,
    tables.CROWDED,
    tables.SHARPE_RATIOS,
    tables.LEADS,
    tables.ASSET_CLASSES,
)


@pytest.mark.parametrize("labels", LABELS)
def test_no_two_contrasts_of_a_table_have_the_same_name(labels):
    assert len(set(labels.values())) == len(labels)


def test_each_contrast_stands_in_the_row_of_its_name(study):
    csv = tables.sharpe_ratios(study).metadata[TABLE_METADATA]["csv"]
    shown = pd.read_csv(io.StringIO(csv)).set_index("contrast")
    assert list(shown.index) == list(tables.SHARPE_RATIOS.values())
    for key, label in tables.SHARPE_RATIOS.items():
        assert shown.loc[label, "effect"] == pytest.approx(study[key].estimate)
        assert tuple(shown.loc[label, ["low", "high"]]) == pytest.approx(study.interval(key))
        if key.endswith(".net"):  # the row after costs names the contrast of the row before costs
            assert label == f"{tables.SHARPE_RATIOS[key.removesuffix('.net')]}, after costs"


def test_equal_weights_save_risk_without_negative_covariances(study):
    equal = np.full(len(study.cov), 1 / len(study.cov))
    risk = np.sqrt(equal @ study.cov.to_numpy() @ equal)
    gain = measures.diversification_gain(study).value
    assert gain == pytest.approx(1 - risk / study.sigma.mean())
    assert gain > 0


def test_two_asset_mix_is_above_the_least_risk(study):
    risk = np.sqrt((0.3 * 0.18) ** 2 + (0.7 * 0.10) ** 2)
    shares = np.linspace(0, 1, 100_001)
    least = np.sqrt((shares * 0.18) ** 2 + ((1 - shares) * 0.10) ** 2).min()
    assert measures.two_asset_excess(study) == pytest.approx(risk / least - 1, abs=1e-8)


def test_promised_and_delivered_variance_of_the_minimum(study):
    assert measures.sampling(study) == {
        "sampling.realised": pytest.approx(250 / 202),
        "sampling.promised": pytest.approx(203 / 251),
    }


def test_every_remedy_is_sorted_once(study):
    sides = measures.sorted_remedies(study)
    names = [
        name for text in sides.values() if text != "none" for name in text.replace(" and ", ", ").split(", ")
    ]
    assert len(names) == len(set(names)) <= len(measures.REMEDIES)


def test_packaged_default_universe_begins_in_1990(monkeypatch):
    asked = []
    monkeypatch.setattr(minimum_variance.data, "load_prices", lambda *given, **more: asked.append(given))
    for start, universe in ((None, None), ("2015-01-02", None), (None, "AAPL")):
        minimum_variance.load_prices(source="packaged", universe=universe, start=start, end=None)
    minimum_variance.load_prices(source="yahoo", universe=None, start=None, end=None)
    assert [given[2] for given in asked] == ["1990-01-01", "2015-01-02", None, None]


@pytest.mark.parametrize(
    "table",
    [
        tables.simulations,
        tables.estimators,
        tables.remedies,
        tables.trades,
        tables.risks,
        tables.crowded,
        tables.sharpe_ratios,
        tables.sample_leads,
        tables.sensitivity,
        tables.against_tangency,
        tables.luck,
        tables.win_shares,
    ],
)
def test_tables_have_a_caption_and_numbers(study, table):
    html = table(study).data
    assert "<caption>" in html
    assert html.count("<tr") >= 3


def test_labels_cover_the_comparisons_of_the_tables():
    pairs = (
        (tables.SIMULATED, measures.SIMULATED),
        (tables.TRADES, measures.TRADES),
        (tables.RISKS, measures.RISKS),
        (tables.SHARPE_RATIOS, measures.SHARPES),
    )
    for labels, keys in pairs:
        assert set(labels) == set(keys)
    assert set(tables.ASSET_CLASSES) < set(measures.ASSET_CLASSES)


@pytest.mark.parametrize("draw", [figures.tree, figures.two_assets, figures.sampling, figures.grid])
def test_figures_say_what_they_show(study, draw):
    assert draw(study) is not None
    assert "{" not in study.alt(draw)


def test_sensitivity_starts_from_what_the_page_shows(study):
    table = choices.sensitivity(
        tables.headlines(study), study.universes, {"risk": 0.02, "sharpe": 0.2}, **study.options
    )
    keys = [f"{what}.{place}" for what in ("risk", "sharpe") for place in study.apart]
    for key, headline in zip([*keys, "lead.equal", "lead.best"], tables.headlines(study), strict=True):
        row = table.loc[headline.label, "as above"]
        assert row["estimate"] == pytest.approx(study[key].value)
        assert (row["from"], row["to"]) == pytest.approx(study.interval(key))


def test_the_curves_agree_with_the_contrasts(study):
    saved, gained = (study.specifications[question] for question in ("variance", "sharpe"))
    for place, label in zip(experiment.FRENCH, saved.text, strict=True):
        risk = study.contrast("risk", experiment.LONG, experiment.EQUAL, place=place).estimate
        assert saved.curve.table.loc[label, "effect"] == pytest.approx(1 - np.exp(-2 * risk))
    assert len(gained.text) == len(experiment.FRENCH)
    assert study["curve.sharpe.text"].count("(") == len(experiment.FRENCH)


def test_reversion_is_measured_over_the_horizons_that_fit(study):
    for key in ("mean_reversion", "mean_reversion.years"):
        assert isinstance(study[key], Lacking) and "twelve years of months" in study[key].reason
    longer = open_study(minimum_variance, study.prices, **SMALL | {"french_first": "1985-01-01"})
    months = len(longer.monthly["industries"])
    assert longer.reversal_years == [years for years in experiment.REVERSAL_YEARS if 48 * years <= months]
    assert longer["mean_reversion.years"] == "three, five and eight" and longer["mean_reversion"].n == months


def test_a_table_of_judged_contrasts_shows_what_their_verdicts_could_have_found(study):
    shown = tables.crowded(study).data
    for key, family in {"tyler.simulated": 2, "spectral.better": 1}.items():
        assert study.family(key) == family
        assert f"{detectable_effect(study[key].se, family):.3f}" in shown


def test_a_universe_that_is_traded_twice_counts_once_and_is_named(study, monkeypatch):
    assert (study["universes.all"], study["universes.told"]) == (3, "3 universes")
    monkeypatch.setitem(study.__dict__, "apart", ["stocks", "size_value"])
    found = measures.universes.declared.function(study)
    told = "2 universes (the industries, the assets of this run as well, are not counted again)"
    assert (found["universes.all"], found["universes.told"]) == (2, told)


def test_decades_say_from_when_to_when_they_run(study):
    first, last = study["sample.tangency_years"].split(" to ")
    assert 2013 < int(first) < int(last)
