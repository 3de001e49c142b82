"""The study of the data chapter at a tiny scale: decisive measures against independent computations."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.tsa.stattools import adfuller

from portfolio_study.data import load_prices
from portfolio_study.errors import UnknownNameError
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.measures import Lacking, record_of
from portfolio_study.ledger.study import open_study
from portfolio_study.settings import project_root
from portfolio_study.studies import data
from portfolio_study.studies.data import figures, measures, tables

SCALE = {"rsi_window": 14, "lags": 5, "simulations": 5, "draws": 50}


@pytest.fixture(scope="module")
def prices():
    return load_prices(source="packaged", universe=["JPM", "XOM"], start="2014-01-02", end="2014-12-31")


@pytest.fixture(scope="module")
def study(prices):
    return open_study(data, prices, **SCALE)


def test_every_measure_gives_records_under_the_keys_that_it_declares(study):
    found = {}
    for made in study.measures:
        values = made.values(study)
        assert values, made.keys
        for key, value in values.items():
            found[key] = record_of(key, value, made, study)
    assert found["rows"].n == found["rows"].value == len(study.prices.close)
    assert found["survivors.gap"].sample["universe"] == "us20"
    assert found["calm.worst"].sample["tickers"] == ["^GSPC"]
    assert found["rsi.gap"].sample["tickers"] == ["JPM", "XOM"]
    without = {key for key, record in found.items() if record.sample is None}
    assert {"sessions", "rsi.as_library", "adf.least_rate", "arima_normal.required"} <= without
    assert not {"rows", "notes", "normal.tails", "season.in_sample", "portfolio.log_gap"} & without


def test_a_key_of_a_table_is_found_by_its_name_only(study):
    assert study["dow.left"] == 10
    with pytest.raises(UnknownNameError):
        study["dow.gone"]


def test_the_gap_between_survivors_and_leavers_is_that_of_mean_returns(study):
    close = study.us20.close
    yearly = 252 * (close / close.shift(1) - 1).mean()
    assert {"JNJ", "MSFT"} <= set(study.stay)
    assert {"GE", "XOM"} <= set(study.leave)
    by_hand = yearly[study.stay].mean() - yearly[study.leave].mean()
    assert measures.survivors_gap(study).estimate == pytest.approx(by_hand)


def test_the_worst_fall_inside_the_sample_is_found_by_looking_at_every_peak(study):
    level = study.level["2010":].to_numpy()
    by_hand = max(1 - level[at:].min() / level[at] for at in range(len(level)))
    assert measures.calm_worst(study) == pytest.approx(by_hand)
    assert measures.calm_falls(study) == 2


def test_the_deepest_drawdown_inside_the_sample_counts_peaks_from_before_it(study):
    level = study.level.to_numpy()
    first = study.level.index.searchsorted("2010-01-01")
    by_hand = max(1 - level[at] / level[: at + 1].max() for at in range(first, len(level)))
    assert measures.calm_deepest(study) == pytest.approx(by_hand)
    assert measures.calm_deepest(study) > measures.calm_worst(study)
    assert measures.calm_recovered(study) == "March 2013"


def test_a_portfolio_earns_more_than_its_weighted_log_returns(study):
    log = np.log(study.prices.close).diff().iloc[1:]
    held = np.log(np.exp(log).mean(axis=1))
    assert measures.log_gap(study) == pytest.approx(1e4 * 252 * (held - log.mean(axis=1)).mean())
    assert measures.log_gap(study) > 0


def test_the_printed_variance_leaves_out_the_covariance(study):
    cov = np.cov(study.simple.to_numpy().T)
    assert measures.variance_ratio(study) == pytest.approx(2 * np.trace(cov) / cov.sum())


def test_two_means_of_the_example_have_one_least_variance(study):
    found = measures.equivalence(study)
    assert found["portfolio.equivalent"].value is False
    assert found["portfolio.equivalent_loss"].value == pytest.approx(0.04)


def test_the_return_after_signals_is_that_of_the_days_after(study):
    strength = study.readings["ta"].iloc[15:-1]
    following = (study.prices.close.pct_change().shift(-1)).loc[strength.index]
    following -= following.mean()
    after = {name: following.to_numpy()[part.to_numpy()].mean() for name, part in
             {"over": strength > 70, "under": strength < 30}.items()}  # fmt: skip
    assert measures.return_after_signals(study).estimate == pytest.approx(after["under"] - after["over"])


def test_without_a_signal_of_each_kind_nothing_is_measured(study):
    rising = replace(
        study.prices, close=study.prices.close * 0 + np.linspace(1, 2, len(study.prices.close))[:, None]
    )
    found = measures.return_after_signals(open_study(data, rising, **SCALE))
    assert found == Lacking("over 14 days the index gives no signal of one of the two kinds")


def test_a_rejected_unit_root_does_not_show_a_constant_variance():
    """Counterexample to "confirming the stationarity of the series": the variance jumps half-way."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.standard_normal(500) * np.repeat([1.0, 3.0], 250)
        assert adfuller(x, autolag="AIC", result_object=False)[1] < 0.05
        assert x[250:].var() > 4 * x[:250].var()


def test_unit_roots_are_counted_asset_by_asset(study):
    found = measures.unit_roots_rejected(study)["adf.rejected"]
    by_hand = sum(adfuller(x, autolag="AIC", result_object=False)[1] < 0.05 for _, x in study.log.items())
    assert (found.value, found.n) == (by_hand, 2)
    half = open_study(data, study.prices, **SCALE)
    half.roots = study.roots.assign(adf_p=[0.2, 0.01])
    assert measures.unit_roots_rejected(half)["adf.rejected"].value == 1
    assert measures.adf_margin(half) == pytest.approx(-0.15)


def test_assets_nearer_to_the_normal_law_by_logs_are_counted(study):
    kurtosis = [np.abs(stats.kurtosis(r.to_numpy(), axis=0)) for r in (study.log, study.simple)]
    found = measures.nearer_by_logs(study)["normal.nearer_kurtosis"]
    assert found.value == (kurtosis[0] < kurtosis[1]).sum()


def test_tails_and_kurtosis_are_those_of_scipy(study):
    z = stats.zscore(study.log.to_numpy(), axis=0)
    beyond = (np.abs(z) > 3).mean()
    normal = 2 * stats.norm.sf(3)
    assert measures.normal_tails(study).value == pytest.approx(normal - beyond)
    assert measures.normal_ratio(study) == pytest.approx(beyond / normal)
    by_hand = stats.kurtosis(study.log.to_numpy(), axis=0, fisher=False).mean()
    assert measures.kurtosis(study)["normal.kurtosis"] == pytest.approx(by_hand)


def test_the_size_of_returns_is_measured_once_with_both_signs(study):
    one, other = measures.suitable_size(study), measures.memory_size(study)
    assert one.estimate == -other.estimate
    assert one.interval == pytest.approx([-end for end in reversed(other.interval)])


def test_an_autoregression_with_dishonest_intervals_needs_normal_data(prices):
    other = open_study(data, prices, **SCALE)
    assert measures.normality_required(other).value is False
    spoilt = open_study(data, prices, **SCALE)
    spoilt.estimates = other.estimates.assign(
        coverage=other.estimates["coverage"].where(other.estimates["shocks"] == "normal", 0.5)
    )
    assert measures.coverage_without_normality(spoilt) == 0.5
    assert measures.normality_required(spoilt).value is True


def test_a_carried_rate_is_not_a_published_one(study):
    dates = study.prices.close.index
    half = [
        {"kind": "published", "first": dates[0], "last": dates[124], "mean_rate": 0.0},
        {"kind": "carried forward", "first": dates[125], "last": dates[-1], "mean_rate": 0.0},
    ]
    known = replace(study.prices, manifest={**study.prices.manifest, "risk_free": half})
    other = open_study(data, known, **SCALE)
    assert measures.rate_known(other) == pytest.approx(100 * 125 / len(dates))


def test_notes_of_the_prices_reach_the_page(study):
    noted = replace(study.prices, manifest={**study.prices.manifest, "notes": ["one", "two"]})
    assert measures.notes(open_study(data, noted, **SCALE)) == "one; two"
    silent = replace(study.prices, manifest={**study.prices.manifest, "notes": []})
    assert measures.notes(open_study(data, silent, **SCALE)) == "nothing in particular"


def test_adjusted_closes_are_compared_with_closes_where_there_are_both(study):
    assert "closes only" in tables.adjustment(study)
    close = study.prices.close
    rising = close.mul(np.linspace(1.25, 1.0, len(close)), axis=0)  # later dividends lower past prices
    bars = replace(study.prices, ohlcv={"close": rising, "adj_close": close})
    shown = tables.adjustment(open_study(data, bars, **SCALE))
    assert "20%" in shown.data
    assert "0%" in shown.data


def test_figures_and_tables_draw_what_is_measured(study):
    drawn = [f for f in vars(figures).values() if hasattr(f, "drawing")]
    assert len(drawn) == 7
    for draw in drawn:
        assert "{" not in study.alt(draw)
        assert draw(study) is not None
    assert "JPM" in study.alt(figures.strength)
    for table in (tables.quality, tables.unit_roots, tables.memory, tables.normality, tables.rate_sources):
        assert "<table" in table(study).data


def test_the_sensitivity_of_logarithms_starts_from_what_is_judged(study, monkeypatch):
    monkeypatch.setattr(tables, "show_table", lambda frame, caption, **kwargs: frame)
    table = tables.logarithms(study)
    first, judged = table.iloc[0], study["normal.by_logs"]
    assert (first["low"], first["high"]) == pytest.approx(study.interval("normal.by_logs"))
    assert first["falls by"] == pytest.approx(judged.value)
    z = (study.simple - study.simple.mean()) / study.simple.std(ddof=0)
    logs = (study.log - study.log.mean()) / study.log.std(ddof=0)
    by_hand = ((z.abs() > 2).mean() - (logs.abs() > 2).mean()).mean()
    assert table.loc["beyond two", "falls by"] == pytest.approx(by_hand, abs=1e-4)
    claim = next(c for c in load_ledger(project_root()).claims if c.id == "data-normalise")
    assert claim.smallest_effect == tables.SMALLEST_SHARE
