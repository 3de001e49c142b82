"""Chapters with 200 tickers: tables and figures stay readable, and what is slow takes a named part."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from portfolio_study.asset_tables import EACH_END, MOST_DRAWN
from portfolio_study.data.history import PriceHistory, log_returns
from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import arima, data, lstm, markowitz, minimum_variance, since
from portfolio_study.studies.arima import figures as arima_figures
from portfolio_study.studies.arima import tables as arima_tables
from portfolio_study.studies.arima.experiment import MOST_BY_REFERENCE
from portfolio_study.studies.data import figures, tables
from portfolio_study.studies.markowitz.tables import assets_used
from portfolio_study.studies.minimum_variance.measures import assets_traded

TICKERS = 200


def history(tickers):
    """Made-up prices of so many stocks that share a market, over 90 days."""
    rng = np.random.default_rng(4)
    moves = 0.01 * (rng.standard_normal((90, 1)) + rng.standard_normal((90, tickers)))
    dates = pd.bdate_range("2014-01-02", periods=90, name="date")
    close = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), dates, [f"T{i:03d}" for i in range(tickers)])
    manifest = {"first": "2014-01-02", "last": f"{dates[-1]:%Y-%m-%d}"}
    return PriceHistory(close, None, pd.Series(0.0, dates), "file", "custom", manifest=manifest)


@pytest.fixture(scope="module")
def prices():
    return history(TICKERS)


def opened(study, prices, **given):
    """A study of these prices; parameters that a test does not give are never used by it."""
    names = {field.name for field in fields(study.Experiment)} - {"prices", "samples", "frozen", *given}
    unused = dict.fromkeys(names)
    return open_study(study, prices, **unused, **given)


@pytest.fixture(scope="module")
def described(prices):
    return opened(data, prices, rsi_window=14, lags=5)


@pytest.mark.parametrize("table", [tables.returns, tables.memory, tables.normality], ids=lambda t: t.__name__)
def test_a_table_with_a_row_for_each_asset_shows_both_ends_and_its_file_all(described, table):
    shown = table(described)
    assert shown.data.count("<tr>") == 1 + 2 * EACH_END + 1 and len(shown.data) < 20_000
    assert shown.metadata[TABLE_METADATA]["csv"].count("\n") == 1 + TICKERS


def test_the_table_of_the_source_names_some_assets_and_counts_the_others(described):
    shown = tables.source(described).data
    assert "T059 and 140 more" in shown and "T060" not in shown


def test_the_figure_of_all_assets_draws_the_ends_and_a_part_of_the_others(described):
    drawn = figures.growth(described)
    assert len(drawn.data) == MOST_DRAWN
    assert sum(len(line.x) for line in drawn.data) <= figures.MOST_POINTS
    names = [line.name for line in drawn.data if line.showlegend]
    assert names[0] == described.growth.idxmax() and names[-1] == described.growth.idxmin()


def test_networks_and_portfolios_work_on_one_random_part(prices):
    few = opened(lstm, prices, seed=20).history.tickers
    held = opened(markowitz, prices, window=50, seed=20).history.tickers
    traded = opened(minimum_variance, prices, seed=20)
    assert len(few) == 30 and few == held and few != prices.tickers[:30]
    assert len(traded.prices.tickers) == 50 and set(few) < set(traded.prices.tickers)
    assert traded.returns.shape[1] == 50


def test_the_part_is_named_where_it_is_used(prices):
    said = assets_used(opened(markowitz, prices, window=50, seed=20))
    assert "hold 30 of 200 assets, drawn at random, because a window of 50 carries no more" in said
    assert said.endswith("Those on the test dates hold the same.")
    some = assets_used(opened(markowitz, history(4), window=20, seed=20, rows=None, tickers=2))
    assert "hold all 4 assets" in some and "test dates hold the 2 that have networks: T000, T001." in some
    traded = opened(minimum_variance, prices, seed=20)
    which = assets_traded(traded)
    assert which.startswith("50 of 200 assets, drawn at random: ") and traded.prices.tickers[-1] in which


def test_statsmodels_fits_a_random_part_with_the_one_asset(prices):
    study = opened(arima, prices, seed=1)
    fitted = study.slowly_fitted
    assert MOST_BY_REFERENCE <= fitted.shape[1] <= MOST_BY_REFERENCE + 1 and study.focus in fitted
    pd.testing.assert_frame_equal(fitted, log_returns(prices.close)[list(fitted)])


@pytest.mark.parametrize("study", [lstm, markowitz, minimum_variance, since])
def test_twenty_tickers_are_all_taken(study):
    whole = history(20)
    made = (
        opened(study, whole, window=50, seed=20)
        if study is not minimum_variance
        else opened(study, whole, seed=20)
    )
    assert getattr(made, "history", made.prices).tickers == whole.tickers


def test_the_days_since_are_traded_by_as_many_assets_as_a_window_carries(prices):
    assert len(opened(since, prices, window=50, seed=9).prices.tickers) == 30


@pytest.mark.slow
def test_every_number_and_table_on_arima_stands_where_statsmodels_fits_a_part(monkeypatch):
    monkeypatch.setattr(arima.experiment, "MOST_BY_REFERENCE", 2)
    scale = {
        "window": 20, "reference_dates": 8, "panel_dates": 8, "windows": [10, 30], "noise_windows": 200,
        "noise_reference": 10, "largest_order": 1, "total_order": 2, "draws": 100, "seed": 1,
    }  # fmt: skip
    study = open_study(arima, history(6), **scale)
    for made in study.measures:
        assert made.values(study), made.keys
    fitted = study.slowly_fitted.shape[1]
    assert 2 <= fitted <= 3 and study["order.aic_other"].n == study["p_values.stocks"].n == fitted
    assert study["reference.panel"] == 8 * fitted and study["engines.higher"].n == 8 * fitted
    assert f"{fitted} assets, drawn at random" in arima_tables.engines(study).data
    assert "the other engine" in arima_tables.sensitivity(study).data
    for draw in (arima_figures.engines, arima_figures.estimates, arima_figures.ratio):
        plt.close(draw(study))
