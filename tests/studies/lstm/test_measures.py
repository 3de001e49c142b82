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
from portfolio_study.studies.lstm.experiment import (
    ARIMA,
    BOTH_WAYS,
    LEVELS,
    LSTM,
    PRICES,
    PUBLISHED,
    RIDGE,
    WALKED,
    ZERO,
)
from portfolio_study.studies.lstm.specifications import (
    ALL_TICKERS,
    MEDIAN,
    POOLED_AVERAGE,
    SOME_DATES,
    WHOLE,
    against_arima,
    against_zero,
)

pytestmark = pytest.mark.slow  # trains networks

SCALE = {
    "rows": 170,
    "tickers": 3,
    "window": 10,
    "trials": 2,
    "max_epochs": 1,
    "seeds": 3,
    "seed_tickers": 2,
    "control_tickers": 1,
    "control_seeds": 2,
    "engine_dates": 8,
    "refits": 1,
    "long_epochs": 2,
    "pooled_samples": 50,
    "other_windows": [5, 10, 400],
    "prophet_tickers": 1,
    "prophet_past": 100,
    "prophet_every": 20,
    "draws": 50,
    "seed": 3,
}
ROUNDING = {"rel": 1e-4, "abs": 1e-9}  # networks keep returns in single precision


@pytest.fixture(scope="module")
def prices():
    universe = ["MSFT", "JPM", "XOM", "KO"]
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


def test_every_measure_gives_records_under_the_keys_that_it_declares(study):
    found = {}
    for made in study.measures:
        values = made.values(study)
        for key, value in values.items():
            record = record_of(key, value, made, study)
            found[key] = record
    assert found["data.tickers"].value == 3 and found["data.dates"].value == 170
    assert found["trials"].sample["tickers"] == study.history.tickers
    assert found["beats_arima.corrected"].sample["tickers"] == study.history.tickers
    assert found["beats_arima.as_published"].sample["tickers"] == study.seeded.tickers
    assert found["bidirectional"].sample["tickers"] == study.controlled.tickers
    assert found["values_in_a_sequence"].value == 10 * 2
    assert found["sequence_length"].unit == "days"
    assert "more_features" not in found  # closes alone cannot say what volume brings
    assert [key for key in found if key.startswith("window_")] == [
        "window_5"
    ]  # 10 is the paper's, 400 too long


def test_further_trainings_take_tickers_at_random_with_the_seed_of_the_chapter(prices, study):
    assert sorted(study.drawn) == sorted(study.history.tickers)
    assert study.seeded.tickers == [t for t in study.history.tickers if t in study.drawn[:2]]
    assert study.controlled.tickers == study.drawn[:1]
    others = {tuple(open_study(lstm, prices, **SCALE | {"seed": k}).seeded.tickers) for k in range(20)}
    assert len(others) > 1  # not always the first
    everything = open_study(lstm, prices, **SCALE | {"seed_tickers": 100})
    assert everything.seeded.tickers == everything.history.tickers


def test_the_loss_of_a_network_with_several_seeds_is_their_mean(study):
    actual = study.returns.loc[study.dates]
    seeded = study.seeded.tickers
    tables_by_seed = [(actual[seeded] - f.mean[seeded]) ** 2 for f in study.by_seed]
    assert len(tables_by_seed) == 3 and not np.allclose(tables_by_seed[0], tables_by_seed[1])
    assert study.losses[LSTM][seeded].to_numpy() == pytest.approx(np.mean(tables_by_seed, axis=0), **ROUNDING)
    (alone,) = set(study.history.tickers) - set(seeded)
    single = (actual[alone] - study.search.mean[alone]) ** 2
    assert study.losses[LSTM][alone].to_numpy() == pytest.approx(single.to_numpy(), **ROUNDING)


def test_the_gain_over_a_rival_is_the_share_of_its_squared_error(study):
    actual = study.returns.loc[study.dates]
    ours = study.losses[LSTM].to_numpy().sum()
    found = measures.gains_over_rivals(study)
    assert found["beats_zero.corrected"].value == pytest.approx(
        1 - ours / (actual**2).to_numpy().sum(), rel=1e-4
    )
    arima = ((actual - study.arima.loc[study.dates]) ** 2).to_numpy().sum()
    assert found["beats_highest_likelihood"].value == pytest.approx(1 - ours / arima, rel=1e-4)
    for made in found.values():
        assert made.interval[0] < made.value < made.interval[1] <= 1.0
        assert "adjusted close, RSI" in made.note


def test_the_luck_of_the_seeds_widens_the_interval(fresh, study):
    wide = measures.gains_over_rivals(study)["beats_zero.corrected"]
    fresh.losses = study.losses
    fresh.seed_losses = [study.seed_losses[0]] * 3  # three seeds that agree
    narrow = measures.gains_over_rivals(fresh)["beats_zero.corrected"]
    assert narrow.value == wide.value
    luck = study.relative_training_error(study.seed_losses, study.history.tickers)
    assert wide.se == pytest.approx(np.hypot(narrow.se, luck))


def test_the_papers_engine_is_carried_over_from_the_dates_on_which_it_ran(study):
    dates = study.arima_of_paper.index
    assert len(dates) == 8 and dates.isin(study.dates).all()
    actual = study.returns.loc[dates]
    by_paper = ((actual - study.arima_of_paper) ** 2).to_numpy().mean()
    ours = ((actual - study.arima.loc[dates]) ** 2).to_numpy().mean()
    level = study.losses[ARIMA].to_numpy().mean() + by_paper - ours
    found = measures.gain_over_arima(study)
    assert found.value == pytest.approx(1 - study.losses[LSTM].to_numpy().mean() / level, rel=1e-4)
    plain = measures.gains_over_rivals(study)["beats_highest_likelihood"]
    assert found.se > plain.se * study.losses[ARIMA].to_numpy().mean() / level  # the few dates cost precision
    zero = study.losses[ZERO].to_numpy().mean()
    assert measures.difference_of_engines(study).value == pytest.approx((by_paper - ours) / zero, rel=1e-3)


def test_the_published_networks_read_levels_on_the_same_test_dates(study):
    found = measures.published_gains(study)
    names = study.seeded.tickers
    actual = study.returns.loc[study.dates, names]
    loss = np.mean([((actual - f.mean[names]) ** 2).to_numpy().mean() for f in study.published])
    assert found["beats_zero.as_published"].value == pytest.approx(
        1 - loss / (actual**2).to_numpy().mean(), rel=1e-4
    )
    assert "is assumed" in found["beats_arima.as_published"].note
    assert all(f.protocol == "as_published" for f in study.published)


def test_the_gap_is_the_mean_distance_of_the_two_errors(study):
    trials = study.search.trials
    best = trials.sort_values("validation_rmse").groupby("ticker").first()
    gap = (best["validation_rmse"] / best["train_rmse"] - 1).abs()
    found = measures.gaps(study)
    assert found["gap.corrected"].value == pytest.approx(gap.mean())
    assert (found["gap.as_published"].n, found["gap.shuffled"].n) == (2 * 3, 1 * 2)
    distances = []
    for ticker in study.history.tickers:
        task = study.task_of(ticker)
        y = study.returns[ticker].loc[task.dates].to_numpy()
        mean = y[task.train].mean()
        sizes = [np.sqrt(((y[part] - mean) ** 2).mean()) for part in (task.train, task.validation)]
        distances.append(abs(sizes[1] / sizes[0] - 1))
    assert found["gap.constant"].value == pytest.approx(np.mean(distances), rel=1e-4)


def test_the_lead_of_the_winner_is_counted_in_its_own_luck(study):
    leads = []
    for ticker in study.seeded.tickers:
        errors = np.sort(study.search.trials.query("ticker == @ticker")["validation_rmse"])
        leads.append(
            (errors[1] - errors[0]) / np.std([f.best[ticker].validation_rmse for f in study.by_seed], ddof=1)
        )
    found = measures.lead_of_the_winner(study)
    assert (found.value, found.n) == (pytest.approx(np.median(leads)), 2)


def test_controls_are_judged_on_the_control_tickers_and_test_dates(study):
    for name, loss in study.control_losses.items():
        assert list(loss.columns) == study.controlled.tickers, name
        assert loss.index.equals(study.dates), name
    (ticker,) = study.controlled.tickers
    walked = (study.returns.loc[study.dates, ticker] - study.walked[ticker]) ** 2
    assert study.control_losses[WALKED][ticker].to_numpy() == pytest.approx(walked.to_numpy(), **ROUNDING)
    assert len(study.control_networks[BOTH_WAYS]) == SCALE["seeds"]  # a verdict rests on it
    assert len(study.control_networks[LEVELS]) == SCALE["control_seeds"]
    assert PRICES not in study.control_networks


def test_a_contrast_of_two_trainings_has_the_luck_of_both(study):
    names = study.controlled.tickers
    a, b = (study.control_losses[name].to_numpy().mean() for name in (BOTH_WAYS, LSTM))
    found = measures.control_gains(study)["bidirectional"]
    assert found.value == pytest.approx(1 - a / b)
    spreads = [
        np.std([loss[names].to_numpy().mean() for loss in by_seed], ddof=1) / np.sqrt(len(by_seed))
        for by_seed in (study.control_networks[BOTH_WAYS], study.seed_losses)
    ]
    least = np.hypot(spreads[0] / b, spreads[1] * a / b**2)
    assert found.se > least
    ridge = measures.control_gains(study)["against_ridge"]
    level = study.control_losses[RIDGE].to_numpy().mean()
    assert ridge.value == pytest.approx(1 - b / level)


def test_gains_by_state_add_up_to_the_gain_over_arima(study):
    found = measures.gains_by_state(study)
    whole = measures.gains_over_rivals(study)["beats_highest_likelihood"].value
    for there, elsewhere in (("variations.volatile", "variations.calm"), ("peaks.on", "peaks.off")):
        low, high = sorted((found[there], found[elsewhere]))
        assert low <= whole <= high
    both = measures.gains_there_and_elsewhere(study)
    assert both["peaks"] == pytest.approx(found["peaks.on"] - found["peaks.off"])
    assert both["variations"] == pytest.approx(found["variations.volatile"] - found["variations.calm"])


def chosen(table, training, average):
    """Gain of one training over the rival on all test dates, ARIMA by the highest likelihood."""
    rows = table[(table["training"] == training) & (table["average"] == average) & (table["period"] == WHOLE)]
    return rows["gain"].item()


def test_a_curve_holds_every_way_to_compare_once(study):
    table = against_arima(study).table
    assert not table.duplicated(["training", "rival", "average", "period"]).any()
    assert table["gain"].is_monotonic_increasing
    assert against_arima(study).share == (table["gain"] > 0).mean()
    published = table[table["paper"]]
    assert list(published["training"]) == [PUBLISHED] and list(published["period"]) == [SOME_DATES]
    own = chosen(table, LEVELS, POOLED_AVERAGE)
    names = study.controlled.tickers
    ratio = study.control_losses[LEVELS].to_numpy().mean() / study.losses[ARIMA][names].to_numpy().mean()
    assert own == pytest.approx(1 - ratio)
    by_ticker = 1 - study.losses[LSTM].mean() / study.losses[ZERO].mean()
    median = chosen(against_zero(study).table, ALL_TICKERS, MEDIAN)
    assert median == pytest.approx(by_ticker.median())


def test_chance_is_where_no_network_differs_from_the_rival(fresh, study):
    """Networks that forecast like the rival on average give a share that chance gives; better ones do not."""
    random = np.random.default_rng(1)
    rival = study.losses[ZERO]
    fresh.losses = dict(study.losses)
    fresh.losses[LSTM] = rival * 0.5 * random.uniform(0.9, 1.1, rival.shape)
    names = study.controlled.tickers
    fresh.control_losses = dict.fromkeys(study.control_losses, fresh.losses[LSTM][names])
    found = against_zero(fresh)
    assert found.share == 1.0 and found.p_value < 0.05
    assert found.median == pytest.approx(0.5, abs=0.1)
    low, high = found.by_chance
    assert low < 0.5 < high


def test_the_forecast_drawn_is_that_of_msft_where_the_prices_hold_it(study, fresh):
    found = measures.closeness_shown(study)
    actual = study.search.actual["MSFT"]
    by_seed = [np.corrcoef(actual, f.mean["MSFT"])[0, 1] for f in study.shown_by_seed]
    assert len(by_seed) == SCALE["seeds"]
    assert found["actual.correlation"].value == pytest.approx(np.mean(by_seed))
    assert (found["actual.least"].value, found["actual.most"].value) == (min(by_seed), max(by_seed))
    drawn = np.corrcoef(actual, study.search.mean["MSFT"])[0, 1]
    assert found["actual.drawn"].value == pytest.approx(drawn)
    assert f"their correlation is {drawn:.2f}" in study.alt(figures.actual)
    fresh.search = SimpleNamespace(mean=pd.DataFrame({"JPM": [0.0]}))
    assert measures.shown(fresh) == "JPM"


def test_the_page_says_which_tickers_have_networks(study, prices):
    assert measures.chosen(study) == "the first of the 4 that this build has"
    assert measures._drawn(study, 3) == "3 tickers, all of them"
    assert measures._drawn(study, 1) == "1 ticker, of 3, drawn at random"
    assert measures.chosen(open_study(lstm, prices, **SCALE | {"tickers": None})) == "all that this build has"


def test_the_table_of_choices_says_on_which_dates_the_papers_engine_counts(study):
    assert (
        f"on the {SCALE['engine_dates']} dates that it fitted, not carried over" in tables.choices(study).data
    )


@pytest.mark.parametrize("name", ["ratios", "curves", "choices", "actual"])
def test_figures_draw_and_their_alt_texts_can_be_filled(study, name):
    import matplotlib.pyplot as plt

    draw = getattr(figures, name)
    made = draw(study)
    assert "{" not in study.alt(draw) + study.words(draw.drawing.caption)
    assert all(ax.get_xlabel() or ax.get_ylabel() for ax in made.axes)
    plt.close(made)


@pytest.mark.parametrize(
    "name",
    [
        "winners", "errors", "rivals", "learning_gaps", "single_tests", "choices", "followed", "controls",
        "control_contrasts", "sides", "future_work", "sensitivity",
    ],
)  # fmt: skip
def test_tables_have_a_caption_and_show_no_bare_nan(study, name):
    shown = getattr(tables, name)(study).data
    assert "<caption" in shown and "nan" not in shown.lower()


def test_no_table_prints_an_interval_that_says_nothing(study, fresh):
    shown = {key: tables._interval(study, key) for key in ("beats_zero.corrected", "bidirectional")}
    for key, row in shown.items():
        low, high = study.interval(key)
        assert (row["gain"] is None) == (high - low > 1.0)
    fresh.interval = lambda key: (-9.34, 1.0)
    fresh.once = study.once
    assert set(tables._interval(fresh, "beats_zero.corrected").values()) == {None}


def test_right_signs_and_chance_are_of_the_same_networks():
    def asked(tests):
        study = SimpleNamespace(single_tests=tests)
        study.once = lambda function: function(study)
        return study

    single = pd.DataFrame(
        {"cw_p": [0.01, 0.5, 0.5], "hit_rate": [0.5, 0.56, 0.6], "hit_expected": [0.49, 0.55, np.nan]}
    )
    found = measures.shares_of_tickers(asked(single))
    assert found["tests.right_signs"].value == pytest.approx(0.53) and found["tests.right_signs"].n == 2
    assert found["tests.signs_by_chance"].value == pytest.approx(0.52)
    assert found["tests.clark_west"].n == 3
    alone = measures.shares_of_tickers(asked(single.iloc[2:]))
    assert alone["tests.right_signs"].value == alone["tests.signs_by_chance"].value == pytest.approx(0.6)
