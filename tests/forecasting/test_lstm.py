from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.loss import r2_out_of_sample
from portfolio_study.forecasting import lstm
from portfolio_study.forecasting.lstm import (
    GRID,
    MAX_EPOCHS,
    draw_settings,
    lstm_search,
    refit,
)
from portfolio_study.forecasting.lstm_data import feature_names, features, make_task, split_rows
from portfolio_study.forecasting.lstm_fit import Order, Setting, fit_lstm, rmse
from portfolio_study.forecasting.lstm_many import shape_batches

WINDOW = 10
SMALL = Setting((4, 3), 16, 0.2, 0.3, 1e-3, 2)


@pytest.fixture(scope="module")
def prices():
    return load_prices(universe="AAPL XOM", start="2020-01-01", end="2021-06-30")


@pytest.fixture(scope="module")
def table(prices):
    return features(prices, "AAPL")


def test_close_only_sources_give_close_and_rsi(prices, table):
    assert feature_names(prices) == ("adj_close", "rsi") == tuple(table.columns)
    assert not table.isna().to_numpy().any()


def test_the_parts_follow_each_other_with_a_gap():
    train, validation, test = split_rows(1000, 50)
    assert (train[0], test[-1], len(test)) == (50, 999, 200)
    assert validation[0] - train[-1] > 50
    assert test[0] - validation[-1] > 50


def test_a_window_ends_the_day_before_its_target(prices, table):
    task = make_task(table, prices.close["AAPL"], WINDOW)
    rows = table.index.get_indexer(task.dates)
    low, high = (
        table.iloc[: task.train[-1] + WINDOW + 1].min(),
        table.iloc[: task.train[-1] + WINDOW + 1].max(),
    )
    scaled = ((table - low) / (high - low)).to_numpy()
    np.testing.assert_allclose(task.inputs[5], scaled[rows[5] - WINDOW : rows[5]], rtol=1e-5)
    expected = np.log(prices.close["AAPL"]).diff().loc[task.dates]
    np.testing.assert_allclose(task.log_returns(task.targets), expected, atol=1e-7)


def test_corrected_scaling_knows_nothing_of_the_test_part(prices, table):
    close = prices.close["AAPL"]
    task = make_task(table, close, WINDOW)
    last = task.dates[task.test[0] - 1]
    changed = table.copy()
    changed.loc[changed.index > last] *= 3.0
    later = make_task(changed, close, WINDOW)
    np.testing.assert_array_equal(later.inputs[task.train], task.inputs[task.train])
    np.testing.assert_array_equal(later.inputs[task.validation], task.inputs[task.validation])
    leaky = make_task(changed, close, WINDOW, "as_published")
    plain = make_task(table, close, WINDOW, "as_published")
    assert not np.array_equal(leaky.inputs[0], plain.inputs[0])


def test_the_published_protocol_keeps_the_time_order_and_knows_the_extremes_of_all_rows(prices, table):
    close = prices.close["AAPL"]
    published, corrected = (make_task(table, close, WINDOW, name) for name in ("as_published", "corrected"))
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(published, part), getattr(corrected, part))
    scaled = (table - table.min()) / (table.max() - table.min())
    np.testing.assert_allclose(published.inputs[0], scaled.iloc[:WINDOW], rtol=1e-5, atol=1e-6)
    assert published.inputs.max() == 1.0 < corrected.inputs.max()  # AAPL doubled after the training part


def test_stationary_inputs_are_changes_that_are_known_at_the_close(prices):
    close = prices.close["AAPL"]
    fields = {name: prices.close * factor for name, factor in (("open", 0.99), ("high", 1.02), ("low", 0.97))}
    volume = pd.DataFrame({t: np.arange(1.0, len(close) + 1) for t in prices.close}, prices.close.index)
    full = replace(
        prices, ohlcv=fields | {"close": prices.close, "adj_close": prices.close, "volume": volume}
    )
    found = features(full, "AAPL", inputs="stationary")
    levels = features(full, "AAPL")
    assert list(found) == list(levels) == list(feature_names(full))
    before = close.shift(1).loc[found.index]
    for name in ("open", "high", "low", "adj_close"):
        np.testing.assert_allclose(found[name], np.log(levels[name] / before))
    np.testing.assert_allclose(
        found["volume"], np.log((levels["volume"] + 1) / levels["volume"])
    )  # n after n - 1
    pd.testing.assert_series_equal(found["rsi"], levels["rsi"])
    shorter = replace(prices, close=prices.close.iloc[:-5])
    same = features(shorter, "AAPL", inputs="stationary")
    pd.testing.assert_frame_equal(same, features(prices, "AAPL", inputs="stationary").iloc[:-5])
    with pytest.raises(UnknownNameError, match="stationry"):
        features(prices, "AAPL", inputs="stationry")


def test_a_shuffled_split_mixes_overlapping_windows(prices, table):
    task = make_task(table, prices.close["AAPL"], WINDOW, "shuffled", seed=3)
    assert len(np.intersect1d(task.train, task.test)) == 0
    near = np.isin(task.test - 1, task.train) | np.isin(task.test + 1, task.train)
    assert near.mean() > 0.5


@pytest.mark.slow
def test_one_changed_day_changes_only_later_forecasts(prices):
    start = make_task(features(prices, "AAPL"), prices.close["AAPL"], WINDOW)
    day = start.dates[start.test[20]]
    close = prices.close.copy()
    close.loc[day, "AAPL"] *= 1.1
    moved = type(prices)(**(prices.__dict__ | {"close": close}))
    before = refit(prices, {"AAPL": SMALL}, WINDOW).mean["AAPL"]
    after = refit(moved, {"AAPL": SMALL}, WINDOW).mean["AAPL"]
    unchanged = before.index <= day
    pd.testing.assert_series_equal(before[unchanged], after[unchanged])
    assert not np.allclose(before[~unchanged], after[~unchanged], atol=1e-9)


@pytest.mark.slow
def test_two_runs_are_identical_and_seeds_differ(prices):
    task = make_task(features(prices, "AAPL"), prices.close["AAPL"], WINDOW)
    one, two, other = (fit_lstm(task, SMALL, seed) for seed in (1, 1, 2))
    pd.testing.assert_series_equal(one.forecast, two.forecast)
    assert not np.allclose(one.forecast, other.forecast)


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_workers(prices, monkeypatch):
    results = []
    for workers in ("1", "2"):
        monkeypatch.setenv("STUDY_JOBS", workers)
        results.append(refit(prices, {"AAPL": SMALL, "XOM": SMALL}, WINDOW).mean)
    pd.testing.assert_frame_equal(results[0], results[1])


def test_batches_hold_every_order_once_and_one_shape_each(prices, table):
    settings = draw_settings(40, seed=2)
    orders = [Order(table, prices.close["AAPL"], s, 0, WINDOW) for s in settings]
    for workers in (1, 2, 16):
        batches = shape_batches(orders, workers)
        assert sorted(i for batch in batches for i in batch) == list(range(40))
        assert len(batches) >= min(3 * workers, len({(s.units, s.batch) for s in settings}))
        for batch in batches:
            assert len({(settings[i].units, settings[i].batch) for i in batch}) == 1


@pytest.mark.slow
def test_the_compiled_step_agrees_with_keras_fit():
    from portfolio_study.forecasting import lstm_network as network

    random = np.random.default_rng(5)
    x = random.random((64, WINDOW, 2)).astype(np.float32)
    y = random.random(64).astype(np.float32)
    ours = network.train(
        x,
        y,
        (x, y),
        units=(4, 3),
        dropout=(0.0, 0.0),
        batch=16,
        learning_rate=1e-2,
        epochs=3,
        seed=7,
        shuffle=False,
    )
    model = network.build_network(WINDOW, 2, (4, 3))
    for variable, value in zip(model.trainable_variables, network.initial_weights(model, 7), strict=True):
        variable.assign(value)
    model.compile(optimizer=network.keras.optimizers.Adam(1e-2), loss="mse")
    history = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.train_loss, history.history["loss"], rtol=1e-5)
    np.testing.assert_allclose(ours.predict(x), model.predict(x, verbose=0)[:, 0], atol=1e-6)


@pytest.mark.slow
def test_dropout_keeps_the_mean_and_zeroes_the_stated_share():
    from portfolio_study.forecasting.lstm_network import AdjustableDropout

    layer = AdjustableDropout(0.3, seed=1)
    out = np.asarray(layer(np.ones((200, 200), np.float32), training=True))
    assert (out == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert out.mean() == pytest.approx(1.0, abs=0.01)
    np.testing.assert_array_equal(layer(np.ones((3, 3), np.float32), training=False), np.ones((3, 3)))


@pytest.mark.slow
def test_layer_sizes_match_the_published_counts(golden):
    from portfolio_study.forecasting.lstm_network import build_network

    counts = golden("prices_and_forecasts")["lstm_params"]
    model = build_network(50, 6, (50, 50))
    sizes = [int(np.prod(v.shape)) for v in model.trainable_variables]
    assert sum(sizes[:3]) == counts["keras_in6_hid50"]
    assert sum(sizes) == counts["stack_keras_6_50_50_dense1"]


@pytest.mark.slow
def test_lstm_cell_matches_the_golden_values(golden):
    import keras

    cell = keras.layers.LSTMCell(1)
    cell.build((1, 2))
    # Keras orders the gates i, f, c, o.
    kernel = np.array([[0.1, 0.3, 0.5, -0.2], [0.2, -0.1, 0.4, 0.6]], np.float32)
    recurrent = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    cell.set_weights([kernel, recurrent, np.array([0, 1, 0, 0], np.float32)])
    x, h, c = (np.array([v], np.float32) for v in ([0.5, -0.2], [0.1], [0.2]))
    _, (hidden, memory) = cell(x, [h, c])
    assert float(memory[0, 0]) == pytest.approx(0.2530227167, abs=1e-6)
    assert float(hidden[0, 0]) == pytest.approx(0.1127598728, abs=1e-6)


@pytest.mark.slow
def test_search_takes_the_best_validation_error(prices, monkeypatch):
    monkeypatch.setitem(GRID, "units", ((4, 3),))
    monkeypatch.setitem(GRID, "batch", (16,))
    found = lstm_search(prices, ["XOM"], WINDOW, trials=2, max_epochs=1, seed=4)
    assert len(found.trials) == 2
    assert found.best["XOM"].validation_rmse == found.trials["validation_rmse"].min()
    assert found.mean.index.equals(found.actual.index)


def test_the_grid_stays_within_the_papers_limits_and_few_shapes():
    assert len(GRID["units"]) * len(GRID["batch"]) <= 8
    assert max(GRID["epochs"]) <= MAX_EPOCHS
    rates = GRID["dropout_1"] + GRID["dropout_2"]
    assert (min(rates), max(rates)) == (0.2, 0.5)
    drawn = draw_settings(50, seed=1)
    assert len(set(drawn)) == 50


def test_bad_input_is_named(prices, table):
    with pytest.raises(UnknownNameError, match="AAPPL"):
        features(prices, "AAPPL")
    with pytest.raises(UnknownNameError, match="volume"):
        features(prices, "AAPL", ("volume",))
    with pytest.raises(DataError, match="rows are needed"):
        make_task(table.iloc[:40], prices.close["AAPL"], 50)
    with pytest.raises(UnknownNameError, match="protocol"):
        make_task(table, prices.close["AAPL"], WINDOW, "honest")
    with pytest.raises(ParameterError, match="window"):
        make_task(table, prices.close["AAPL"], 1)
    with pytest.raises(ParameterError, match="trials"):
        draw_settings(0, 1)
    flat = prices.close.copy()
    flat["AAPL"] = 5.0
    with pytest.raises(DataError, match=r"AAPL: the price is constant"):
        features(type(prices)(**(prices.__dict__ | {"close": flat})), "AAPL")


@pytest.mark.slow
def test_divergence_is_an_error_not_a_nan(prices, table):
    from portfolio_study.forecasting.lstm_network import train

    task = make_task(table, prices.close["AAPL"], WINDOW)
    x, y = task.inputs[task.train], np.full(len(task.train), np.float32(np.inf))
    with pytest.raises(EstimationError, match="learning rate"):
        train(x, y, (x, y), units=(4, 3), dropout=(0.2, 0.2), batch=16, learning_rate=1e-3, epochs=1, seed=1)


def test_sequences_are_samples_of_window_by_features(prices, table):
    task = make_task(table, prices.close["AAPL"], WINDOW)
    assert task.inputs.shape == (len(table) - WINDOW, WINDOW, table.shape[1])


class Asked(Exception):
    """The networks that a search would train."""


def test_ten_trials_for_twenty_tickers_are_two_hundred_networks(monkeypatch):
    def ask(orders, engine):
        raise Asked(orders)

    monkeypatch.setattr(lstm, "fit_all", ask)
    twenty = load_prices(universe="us20", start="2020-01-01", end="2021-06-30")
    with pytest.raises(Asked) as asked:
        lstm_search(twenty)  # with the paper's numbers, which are the defaults
    trials = {ticker: [] for ticker in twenty.tickers}
    for order in asked.value.args[0]:
        trials[order.close.name].append(order.setting)
    assert len(trials) == 20 and sum(map(len, trials.values())) == 200
    assert all(len(set(settings)) == 10 for settings in trials.values())  # no network is trained twice


@pytest.fixture(scope="module")
def two_periods(lcg_normal):
    """Returns that repeat a tenth of the day before's sign, calm or with louder later days, and their parts."""
    rows, noise = 12000, lcg_normal(12000, 3)
    dates = pd.bdate_range("1980-01-01", periods=rows)
    later = split_rows(rows, WINDOW)[1][0]  # where validation begins
    made = {}
    for name, louder in {"alike": 1.0, "louder later": 2.0}.items():
        size = 0.01 * np.where(np.arange(rows) < later, 1.0, louder)
        known = 0.5 * size * np.sign(np.roll(noise, 1))  # the part of the return that the day before tells
        close = pd.Series(100.0 * np.exp(np.cumsum(known + size * noise)), dates, name="X")
        task = make_task(pd.DataFrame({"adj_close": close}), close, WINDOW)
        made[name] = task, task.log_returns(task.targets), known[WINDOW:]
    return made


def gap_and_skill(task, actual, forecast):
    """Relative distance of validation and training error; share of the validation variance explained."""
    train, validation = (rmse(actual[part], forecast[part]) for part in (task.train, task.validation))
    return abs(validation / train - 1), r2_out_of_sample(actual[task.validation], forecast[task.validation])


def test_a_constant_forecast_has_a_small_gap_too(two_periods):
    found = {}
    for name, (task, actual, known) in two_periods.items():
        constant = np.full(len(actual), actual[task.train].mean())
        found[name] = gap_and_skill(task, actual, constant), gap_and_skill(task, actual, known)
    (gap, skill), (gap_of_best, best) = found["alike"]
    assert gap < 0.10 and skill < 0.01  # within the paper's tenth, and nothing learnt
    assert best > 0.15 and abs(gap_of_best - gap) < 0.05  # who knows all that can be known has the same gap
    (gap, skill), (gap_of_best, best) = found["louder later"]
    assert gap > 0.5 and skill < 0.01  # the gap is that of the periods,
    assert gap_of_best > 0.5 and best > 0.15  # also for the best forecast there is


@pytest.mark.slow
@pytest.mark.parametrize(("part", "reaches"), [("train", True), ("test", False)])
def test_the_last_fifth_of_the_training_rows_is_inside_the_training_rows(prices, part, reaches):
    """A price of the hold-out that the text describes changes the network; one after the training does not."""
    task = make_task(features(prices, "AAPL"), prices.close["AAPL"], WINDOW)
    rows = getattr(task, part)
    held_out = rows[-round(0.2 * len(rows)) :]
    day = task.dates[held_out[len(held_out) // 2]]
    close = prices.close.copy()
    close.loc[day, "AAPL"] *= 1.002  # too little for a new extreme, which would change the scale as well
    moved = replace(prices, close=close)
    scales = [(t.low, t.span) for t in (task, make_task(features(moved, "AAPL"), close["AAPL"], WINDOW))]
    assert scales[0] == scales[1]
    before, after = (
        refit(history, {"AAPL": SMALL}, WINDOW).everywhere["AAPL"] for history in (prices, moved)
    )
    earlier = before.index < day  # their inputs are the same: they differ if the network does
    assert (before[earlier] != after[earlier]).any() == reaches
