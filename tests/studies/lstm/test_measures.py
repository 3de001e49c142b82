"""The study of the LSTM chapter at a tiny scale: decisive measures against independent computations."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.ledger.measures import record_of
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import lstm
from portfolio_study.studies.lstm import figures, measures, tables
from portfolio_study.studies.lstm.controls import seed_error
from portfolio_study.studies.lstm.experiment import ARIMA, LSTM, WALKED, ZERO

SCALE = {
    "rows": 170,
    "tickers": 2,
    "window": 10,
    "trials": 2,
    "max_epochs": 1,
    "control_tickers": 1,
    "seeds": 2,
    "refits": 1,
    "refit_tickers": 2,
    "long_epochs": 2,
    "pooled_samples": 50,
    "other_windows": [5, 10, 400],
    "published_search": False,
    "draws": 50,
    "seed": 3,
}


@pytest.fixture(scope="module")
def prices():
    universe = ["MSFT", "JPM", "XOM"]
    return load_prices(source="packaged", universe=universe, start="2014-01-02", end="2014-12-31")


@pytest.fixture(scope="module")
def study(prices):
    return open_study(lstm, prices, **SCALE)


@pytest.fixture
def fresh(prices, study):
    """Another study with the same networks, to replace a stage in."""
    found = open_study(lstm, prices, **SCALE)
    found.search = study.search
    return found


@pytest.mark.slow
def test_every_measure_gives_records_under_the_keys_that_it_declares(study):
    found = {}
    for made in study.measures:
        values = made.values(study)
        assert values, made.keys
        for key, value in values.items():
            record = record_of(key, value, made, study)
            assert (record.sample is None) == (made.data is None), key
            found[key] = record
    assert found["data.tickers"].value == 2 and found["data.dates"].value == 170
    assert found["trials"].sample["tickers"] == study.history.tickers
    assert found["values_in_a_sequence"].value == 10 * 2
    assert found["sequence_length"].unit == "days"
    assert [key for key in found if key.startswith("window_")] == [
        "window_5"
    ]  # 10 is the paper's, 400 too long


def test_the_gain_over_a_rival_is_the_share_of_its_squared_error(study):
    actual = study.returns.loc[study.dates]
    ours = ((actual - study.search.mean) ** 2).to_numpy().sum()
    found = measures.gains_over_rivals(study)
    assert found["beats_zero.corrected"].value == pytest.approx(1 - ours / (actual**2).to_numpy().sum())
    arima = ((actual - study.arima.loc[study.dates]) ** 2).to_numpy().sum()
    assert found["beats_arima.corrected"].value == pytest.approx(1 - ours / arima)
    for made in found.values():
        assert made.interval[0] < made.value < made.interval[1] <= 1.0


def test_the_published_comparison_takes_each_method_on_dates_of_its_own(study):
    ratios = []
    for ticker in study.history.tickers:
        network = (study.published.actual[ticker] - study.published.mean[ticker]).dropna()
        arima = study.returns[ticker].loc[study.arima.index] - study.arima[ticker]
        ratios.append((network**2).mean() / (arima**2).mean())
    found = measures.published_gain_over_arima(study)
    assert found.value == pytest.approx(1 - np.sqrt(np.prod(ratios)))
    leak = measures.published_gain_over_zero(study).value
    assert measures.leak(study) == pytest.approx(
        leak - measures.gains_over_rivals(study)["beats_zero.corrected"].value
    )


def test_agreement_of_two_searches_is_counted_beyond_chance(fresh):
    best = fresh.search.settings
    fresh.again = SimpleNamespace(settings=best)
    found = measures.choice_agreement(fresh)
    assert (found.value, found.n) == (0.5, 1)
    assert found.interval == pytest.approx((0.025 - 0.5, 0.5))  # one of one: Clopper-Pearson from 0.025
    assert found.bounds == (-0.5, 0.5)


def test_the_gap_is_the_mean_distance_of_the_two_errors(study):
    trials = study.search.trials
    best = trials.sort_values("validation_rmse").groupby("ticker").first()
    gap = (best["validation_rmse"] / best["train_rmse"] - 1).abs()
    assert measures.gaps(study)["gap.corrected"].value == pytest.approx(0.1 - gap.mean())
    assert measures.relative_gaps(study)["relative_gap.corrected"] == pytest.approx(gap.mean())
    assert not measures.gap_proves_learning(study).value


def test_the_search_is_measured_on_the_part_that_chose_and_on_the_test_dates(study):
    plain, best = study.untuned.trials.set_index("ticker"), study.winners
    gain = 1 - (best["validation_rmse"] / plain["validation_rmse"]) ** 2
    found = measures.search_gain_on_validation(study)
    assert found.value == pytest.approx(gain.mean())
    assert found.se == pytest.approx(abs(gain.iloc[0] - gain.iloc[1]) / 2)
    mse = (best["test_rmse"] ** 2).mean() / (plain["test_rmse"] ** 2).mean()
    assert measures.search_gain_on_test(study).value == pytest.approx(1 - mse)


def test_a_single_network_has_the_luck_of_its_seeds(study):
    a, b = study.control_losses[LSTM], study.control_losses[ZERO]
    assert a.shape[1] == 1
    assert study.ticker_luck(a, b) == seed_error(study.seed_losses, a, b, (1, 0))
    scores = [1 - loss.to_numpy().mean() / b.to_numpy().mean() for loss in study.seed_losses]
    assert measures.seed_sd(study).value == pytest.approx(np.std(scores, ddof=1))
    assert measures.seed_sd(study).n == SCALE["seeds"] + 1


def test_controls_are_judged_on_the_control_tickers_and_test_dates(study):
    for name, loss in study.control_losses.items():
        assert list(loss.columns) == study.controlled.tickers, name
        assert loss.index.equals(study.dates), name
    walked = (study.returns.loc[study.dates, "MSFT"] - study.walked["MSFT"]) ** 2
    assert study.control_losses[WALKED]["MSFT"].to_numpy() == pytest.approx(walked.to_numpy())


def test_seasonality_is_the_gain_on_the_worst_day(fresh):
    fresh.calendar_gains = {
        0: pd.Series([0.2, 0.4]),
        1: pd.Series([0.1, -0.3, 0.0]),
        2: pd.Series([1.0, 2.0]),
    }
    found = measures.seasonality(fresh)
    assert found.value == pytest.approx(-0.2 / 3)
    assert found.n == 7


def test_gains_of_the_calendar_add_up_to_the_gain_over_arima(study):
    gains = pd.concat(study.calendar_gains.values())
    ours, arima = study.losses[LSTM].to_numpy().mean(), study.losses[ARIMA].to_numpy().mean()
    assert gains.mean() == pytest.approx(1 - ours / arima)
    assert all((g.index.day_of_week == day).all() for day, g in study.calendar_gains.items())


def test_the_correlation_of_msft_is_measured_where_the_prices_hold_it(study, fresh):
    pair = study.search.actual["MSFT"], study.search.mean["MSFT"]
    assert measures.msft_correlation(study).value == pytest.approx(np.corrcoef(*pair)[0, 1])
    fresh.search = SimpleNamespace(mean=pd.DataFrame({"JPM": [0.0]}))
    assert measures.msft_correlation(fresh) is None
    assert measures.shown(fresh) == "JPM"


@pytest.mark.parametrize("name", ["ratios", "curves", "actual"])
def test_figures_draw_and_their_alt_texts_can_be_filled(study, name):
    import matplotlib.pyplot as plt

    draw = getattr(figures, name)
    made = draw(study)
    assert "{" not in study.words(draw.drawing.alt) + study.words(draw.drawing.caption)
    assert all(ax.get_xlabel() or ax.get_ylabel() for ax in made.axes)
    plt.close(made)


@pytest.mark.parametrize(
    "name",
    ["winners", "errors", "rivals", "single_tests", "followed", "controls", "control_contrasts", "sides"],
)
def test_tables_have_a_caption_and_show_no_bare_nan(study, name):
    shown = getattr(tables, name)(study).data
    assert "<caption" in shown and "nan" not in shown.lower()
