"""The study of the Markowitz chapter at a tiny scale: decisive measures against independent computations."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.ledger.claims import load_ledger, smallest_effect
from portfolio_study.ledger.measures import record_of
from portfolio_study.ledger.rules import family_interval, judge_direction
from portfolio_study.ledger.study import open_study
from portfolio_study.settings import project_root
from portfolio_study.studies import markowitz
from portfolio_study.studies.markowitz import figures, measures, specifications, tables
from portfolio_study.studies.markowitz.experiment import ADVANCED, ARIMA, TRADITIONAL, WholeHistory

pytestmark = pytest.mark.slow
SCALE = {
    "rows": 300, "tickers": 2, "window": 20, "trials": 1, "max_epochs": 1, "seed": 20,
    "noise_draws": 20, "draws": 100, "check_days": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return open_study(markowitz, prices_until("2015-06-30"), **SCALE)


def prices_until(end):
    return load_prices(source="packaged", universe=["JPM", "XOM", "KO"], start="2014-01-02", end=end)


def test_every_measure_gives_records_under_the_keys_that_it_declares(study):
    found = {}
    for made in study.measures:
        values = made.values(study)
        assert values, made.keys
        for key, value in values.items():
            found[key] = record_of(key, value, made, study)
    without = {key for key, record in found.items() if record.sample is None}
    assert {"table_1_is_consistent", "table_1_fits_averages", "noise_promise"} <= without
    assert not {"sharpe_gain.arima", "table.advanced.sharpe.inside", "order.after", "match.chance"} & without


def test_the_rivals_are_those_of_the_abstract(study):
    for key, rival in {"sharpe_gain.realised": TRADITIONAL, "sharpe_gain.arima": ARIMA}.items():
        returns = [study.runs[name].returns - study.rate.loc[study.test] for name in (ADVANCED, rival)]
        sharpes = [np.sqrt(252) * r.mean() / r.std(ddof=0) for r in returns]
        assert study[key].estimate == pytest.approx(sharpes[0] - sharpes[1], rel=1e-2)


def test_accuracy_of_a_matrix_is_that_of_its_entries(study):
    realised = study.simple.loc[study.test].to_numpy()
    squares = {}
    for name in ("GARCH", "rolling"):
        h = study.covariances_at(name, study.test)
        squares[name] = sum(((np.outer(r, r) - m) ** 2).sum() for r, m in zip(realised, h, strict=True))
    by_hand = 1 - squares["GARCH"] / squares["rolling"]
    assert study["input.covariance"].estimate == pytest.approx(by_hand)


def test_the_literal_hold_out_lies_inside_the_training_rows_and_the_other_later(study):
    assert set(study.inside.held_out) <= set(study.inside.training)
    assert study.test[-1] > study.inside.training[-1] and study.test[0] > study.inside.held_out[0]
    inside, after = (study[f"sharpe_gain.{where}"].estimate for where in ("inside", "realised"))
    assert measures.in_sample_gain(study).value == pytest.approx(inside - after)


def test_cells_of_table_1_are_of_a_day_and_of_a_year(study):
    cells = measures.printed_sharpes(study)
    for key, cell in cells.items():
        if key.endswith("_a_day"):
            assert cells[key.removesuffix("_a_day")].estimate == pytest.approx(np.sqrt(252) * cell.estimate)
    assert cells["table.traditional.sharpe.after"].estimate == pytest.approx(study.runs[TRADITIONAL].sharpe)
    promised = study.plans[ADVANCED].promised
    assert study["table.advanced.risk.promised"] == pytest.approx(100 * promised["sd"].mean())
    assert study["table.advanced.return.promised"] == pytest.approx(100 * promised["mean"].mean())


def test_an_agreement_is_worth_less_the_less_the_readings_differ(study, monkeypatch):
    assert study["match.readings"].value == 8
    assert 0 < study["match.chance"].value <= 1
    cells = {
        key: type("One", (), {"estimate": 1000.0 * i, "se": 0.1})
        for i, key in enumerate(measures.SHARPE_CELLS)
    }
    monkeypatch.setattr(measures, "printed_sharpes", lambda study: cells)
    # eight readings over 7000, each hits a band of 0.4
    chance = measures.match.__wrapped__(study)["match.chance"].value
    assert chance == pytest.approx(1 - (1 - 2 * 1.96 * 0.1 / 7000) ** 8, rel=1e-3)


def test_a_gap_between_promise_and_earnings_has_both_errors(study):
    gap = study["shortfall.traditional"]
    said, got = study["promised.traditional"], study["realised.traditional"]
    assert gap.value == pytest.approx(got.estimate - said.estimate)
    assert gap.se == pytest.approx(np.hypot(said.se, got.se)) and gap.se > got.se
    low, high = gap.interval
    assert (high - low) / 2 == pytest.approx(1.96 * gap.se, rel=1e-3)


def test_the_line_of_worth_is_the_papers(study):
    worth, sharpe = study["worth_taking"], study["beats_bonds"]
    assert sharpe.estimate - worth.value == pytest.approx(1.1)
    assert sharpe.interval[1] - worth.interval[1] == pytest.approx(1.1)
    inside = study["table.advanced.sharpe.inside"].estimate
    assert inside - study["worth_taking.inside"].value == pytest.approx(1.1)


def test_order_counts_columns(study):
    first, second = (study.runs[name] for name in (ADVANCED, TRADITIONAL))
    larger = [
        first.sharpe > second.sharpe,
        first.returns.std() > second.returns.std(),
        first.returns.mean() > second.returns.mean(),
    ]
    assert study["order.after"].value == sum(larger) and study["order.after"].n == 3
    gain = study["promised_return_higher"].estimate
    sharpe = study["promised.advanced"].estimate > study["promised.traditional"].estimate
    sd = [study.plans[name].promised["sd"].mean() for name in (ADVANCED, TRADITIONAL)]
    assert study["order.promised"].value == sum([bool(sharpe), sd[0] > sd[1], gain > 0])


def test_the_criterion_is_of_no_use_on_days_with_a_negative_mean(study):
    means = study.simple.rolling(20).mean().shift(1).loc[study.test]
    assert study["criterion_fails"] == pytest.approx((means.min(axis=1) < 0).mean())


def test_tables_show_the_intervals_that_decide(study, monkeypatch):
    monkeypatch.setattr(tables, "show_table", lambda frame, caption, **kwargs: frame)
    found = measures.sharpe_gains(study)["sharpe_gain.realised"]
    widened = family_interval(found.estimate, found.interval, 2)
    shown = tables.differences(study).iloc[0]
    assert (shown["low"], shown["high"]) == pytest.approx(widened)
    assert widened[0] < found.interval[0]
    varied = tables.sensitivity(study)
    first = varied.loc["as judged"]
    assert (first["low"], first["high"]) == pytest.approx(widened)
    inside = varied.loc["inside the training rows (95 % interval)"]
    assert (inside["low"], inside["high"]) == pytest.approx(study.interval("sharpe_gain.inside"))
    assert first["if 0.2 matters"] == judge_direction(found.estimate, widened, 0.2).verdict
    dear = study.compare(study.runs[ADVANCED], study.runs[TRADITIONAL], 25.0)
    assert varied.loc["after 25 basis points a trade", "difference"] == pytest.approx(dear.estimate)
    assert varied.loc["independent normal returns (Memmel)", "low"] != first["low"]
    alone = tables.more_differences(study).loc["LSTM + GARCH against ARIMA + GARCH"]
    assert (alone["low"], alone["high"]) == pytest.approx(study.interval("sharpe_gain.arima_garch"))


def test_the_smallest_difference_of_the_sensitivity_is_that_of_the_claim():
    ledger = load_ledger(project_root()).of_chapter("markowitz")
    claim = next(c for c in ledger.claims if c.id == "markowitz-sharpe-gain")
    limits = {smallest_effect(claim, ledger.smallest_effects, one) for one in claim.readings.values()}
    assert limits == {ledger.smallest_effects["sharpe"]}


def test_the_curve_has_all_combinations_and_the_papers_choices_give_the_judged_lead(study):
    gains, choices = specifications.specifications(study)
    # networks: 2 rules; others: 3 rules x 3 windows, on all days too; 2 benchmarks x 3 costs x 2 rates
    assert len(choices) == (2 * 3 + 3 * 3 * 4) * 2 * 3 * 2 and not choices.duplicated().any()
    assert not ((choices["means"] == "rolling") & (choices["covariances"] == "rolling")).any()
    networks = choices[choices["means"] == "LSTM"]
    assert set(networks["window"]) == {"20 days"} and "all days" not in set(networks["dates"])
    own = choices.loc[specifications.published(study, choices)]
    assert own.tolist() == ["LSTM", "GARCH", "20 days", "rolling averages", "test days", "none", "bills"]
    judged = study["sharpe_gain.realised"].estimate
    assert gains[own.name].mean() == pytest.approx(judged, rel=2e-2)
    assert study["curve.published"].value == pytest.approx(gains[own.name].mean())


def test_a_specification_is_a_difference_of_annual_sharpe_ratios(study):
    gains, _ = specifications.specifications(study)
    plan = WholeHistory(study.usable, 20, 40).plans["ARIMA + rolling"].weights
    returns = study.usable.close.pct_change().loc[plan.index]
    net = {}
    for name, held in {"rule": plan, "equal": plan * 0 + 1 / plan.shape[1]}.items():
        earned = (held * returns).sum(axis=1)
        drifted = (held * (1 + returns)).div(1 + earned, axis=0)
        trades = (held - drifted.shift()).abs().sum(axis=1)
        net[name] = (1 + earned) * (1 - 25e-4 * trades) - 1
    by_hand = {name: np.sqrt(252) * one.mean() / one.std() for name, one in net.items()}
    found = gains["ARIMA, rolling, 40 days, equal weights, all days, 25 basis points, zero"]
    assert found.mean() == pytest.approx(by_hand["rule"] - by_hand["equal"])
    assert found.notna().sum() == len(plan)


def test_a_longer_window_knows_nothing_of_the_day_that_it_is_paid_on(study):
    cut = prices_until("2015-06-23")
    whole, part = (WholeHistory(prices, 20, 40) for prices in (study.usable, cut))
    assert len(part.days) < len(whole.days)
    for name, plan in part.plans.items():
        pd.testing.assert_frame_equal(plan.weights, whole.plans[name].weights.loc[part.days], atol=1e-8)
    assert part.days[0] == study.usable.close.index[41]


def test_a_window_that_reaches_into_the_test_days_is_left_out(study):
    assert specifications.spans(study) == [20, 40, 100]
    few = SimpleNamespace(window=20, simple=study.simple.iloc[:110], test=study.simple.index[90:110])
    assert specifications.spans(few) == [20, 40]
    assert (
        specifications.spans(SimpleNamespace(**{**vars(few), "test": study.simple.index[100:110]}))[-1] == 100
    )


def test_shares_of_the_curve_and_of_its_choices_are_those_of_the_specifications(study, monkeypatch):
    monkeypatch.setattr(tables, "show_table", lambda frame, caption, **kwargs: frame)
    gains, choices = specifications.specifications(study)
    ahead = gains.mean() > 0
    assert study["curve.share"].value == pytest.approx(ahead.mean())
    assert study["curve.networks"].value == pytest.approx(ahead[choices["means"] == "LSTM"].mean())
    low, high = study["curve.excess"].interval
    assert study["curve.share"].value - high == pytest.approx(study["curve.chance_low"].value)
    assert low < high
    table = tables.choices(study)
    assert set(table.groupby(level=0)["specifications"].sum()) == {len(choices)}
    assert list(table.loc["window"].index) == ["20 days", "40 days", "100 days"]
    dear = ahead[choices["costs"] == "25 basis points"].mean()
    assert table.loc[("costs", "25 basis points"), "forecasts lead in"] == pytest.approx(dear)


def test_tables_name_the_period_of_their_values(study, monkeypatch):
    monkeypatch.setattr(tables, "show_table", lambda frame, caption, **kwargs: (frame, caption))
    monkeypatch.setattr(type(study), "period", "month")
    table, caption = tables.printed_table(study)
    assert list(table.index[1:]) == [
        "promised, a month",
        "earned, a month",
        "promised, a year",
        "earned, a year",
    ]
    assert caption.endswith("averages of the values of each month")
    assert "months" in tables.hold_outs(study)[0] and " 20 months" in tables.inputs(study)[1]
    strategies, caption = tables.strategies(study)
    assert "months without a positive premium" in strategies and "day" not in caption


def test_few_assets_have_an_area_each(study, monkeypatch):
    assert len(study.history.tickers) == 2
    assert "weights of each asset, in" in figures._weights_in_words(study)
    monkeypatch.setattr(figures, "LARGEST", 1)
    assert "others" in figures._weights_in_words(study)


def test_a_frontier_need_not_end_flat(study):
    found = study["frontier_ends_flat"]
    assert found.value is False
    # mixes of two assets of correlation nearly one: the first step and the last
    sd, mean = np.array([0.1, 0.2]), np.array([0.05, 0.10])
    covariance = np.outer(sd, sd) * np.array([[1, 0.9999], [0.9999, 1]])
    points = []
    for target in (0.05, 0.06, 0.09, 0.10):
        weights = np.array([0.10 - target, target - 0.05]) / 0.05
        points.append((np.sqrt(weights @ covariance @ weights), weights @ mean))
    risk, gain = np.array(points).T
    slopes = np.diff(gain) / np.diff(risk)
    assert slopes[-1] > 0.99 * slopes[0]
