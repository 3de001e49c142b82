"""The gains that carry the chapter, with one choice changed at a time."""

from dataclasses import replace

import numpy as np
import pytest

from portfolio_study.data import load_prices
from portfolio_study.evaluation import loss_ratio
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.judge import smallest_effect
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.ledger.study import open_study
from portfolio_study.settings import project_root
from portfolio_study.studies import lstm
from portfolio_study.studies.lstm import sensitivity, tables
from portfolio_study.studies.lstm.experiment import ARIMA, LSTM, ZERO

from .test_measures import SCALE

RUN = SCALE | {"rows": 460, "tickers": 4, "trials": 1, "seeds": 2}


@pytest.fixture(scope="module")
def study():
    universe = ["MSFT", "JPM", "XOM", "KO"]
    prices = load_prices(source="packaged", universe=universe, start="2013-01-02", end="2014-12-31")
    return open_study(lstm, prices, **RUN)


@pytest.mark.slow
def test_the_first_row_is_what_is_judged(study):
    for made, key in (
        (sensitivity.gain_over_arima, "beats_arima.corrected"),
        (sensitivity.gain_over_zero, "beats_zero.corrected"),
    ):
        first = made(study)["as judged"]
        assert first.estimate == pytest.approx(study[key].value)
        assert first.interval == pytest.approx(study.interval(key))


@pytest.mark.slow
def test_each_row_changes_what_its_name_says(study):
    found = sensitivity.gain_over_zero(study)
    ours, zero = study.losses[LSTM], study.losses[ZERO]
    blocks = found["blocks of 20 days (two windows)"]
    assert blocks.estimate == found["as judged"].estimate
    plain = loss_ratio(ours, zero, seed=study.seed, block=20)
    luck = study.relative_training_error(study.seed_losses, study.history.tickers)
    assert blocks.se == pytest.approx(np.hypot(plain.se, luck))
    assert {"blocks of 8 days", "blocks of 10 days (a window)"} <= set(found)
    half = len(ours) // 2
    second = 1 - ours.iloc[half:].to_numpy().mean() / zero.iloc[half:].to_numpy().mean()
    assert found["second half of the days"].estimate == pytest.approx(second)
    once = ((study.search.actual - study.search.mean) ** 2).to_numpy().mean()
    alone = found["one training of each network, its luck left out"]
    assert alone.estimate == pytest.approx(1 - once / zero.to_numpy().mean(), rel=1e-4)
    gains = (1 - ours.mean() / zero.mean()).sort_values()
    name = f"without the tickers of least and largest gain ({gains.index[0]}, {gains.index[-1]})"
    kept = list(gains.index[1:-1])
    assert found[name].estimate == pytest.approx(1 - ours[kept].mean().sum() / zero[kept].mean().sum())
    other = sensitivity.gain_over_arima(study)["ARIMA of the highest likelihood"]
    arima = study.losses[ARIMA].to_numpy().mean()
    assert other.estimate == pytest.approx(1 - ours.to_numpy().mean() / arima)


@pytest.mark.slow
def test_the_table_asks_half_and_twice_the_limit_and_leaves_out_what_says_nothing(study, monkeypatch):
    monkeypatch.setattr(tables, "show_table", lambda frame, caption, **kwargs: frame)
    table = tables.sensitivity(study)
    first = table.loc[("zero", "as judged")]
    made = sensitivity.gain_over_zero(study)["as judged"]
    for least in (0.0005, 0.001, 0.002):
        verdict = judge_direction(made.estimate, made.interval, least).verdict
        assert first[f"if {least:g} matters"] == verdict
    wide = {"as judged": made, "useless": replace(made, estimate=0.1, interval=(-9.34, 1.0))}
    monkeypatch.setattr(tables, "gain_over_zero", lambda study: wide)
    assert tables.sensitivity(study).loc[("zero", "useless"), ["gain", "low", "high"]].isna().all()


def test_the_limit_is_that_of_the_claim():
    ledger = load_ledger(project_root()).of_chapter("lstm")
    claim = next(c for c in ledger.claims if c.id == "lstm-beats-arima")
    limits = {smallest_effect(claim, ledger.smallest_effects, one) for one in claim.readings.values()}
    assert limits == {ledger.smallest_effects["r2"]}
