"""Future work of the paper: Prophet on the networks' days, and networks that read the economy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study import errors
from portfolio_study.data import load_prices
from portfolio_study.data.snapshot import store_table
from portfolio_study.errors import DataError, MissingPackageError
from portfolio_study.forecasting.lstm_fit import Order, Setting
from portfolio_study.forecasting.lstm_many import fit_all
from portfolio_study.ledger.measures import Lacking
from portfolio_study.ledger.study import open_study
from portfolio_study.settings import project_root
from portfolio_study.studies import lstm
from portfolio_study.studies.lstm import experiment, future_work, measures, tables
from portfolio_study.studies.lstm.experiment import ARIMA, LSTM
from portfolio_study.studies.lstm.future_work import WITH, WITHOUT

from .test_measures import SCALE

SMALL = Setting((4, 3), 16, 0.2, 0.3, 1e-2, 2)
ENDS = pd.Timestamp("2019-01-30")  # the last day on which the packaged series are known


@pytest.fixture(scope="module")
def prices():
    """Prices that go on for years after the packaged series end."""
    universe = ["MSFT", "JPM", "XOM", "KO"]
    return load_prices(source="packaged", universe=universe, start="2018-01-02", end="2020-12-31")


@pytest.fixture(scope="module")
def study(prices):
    return open_study(lstm, prices, **SCALE)


def test_the_economy_is_read_on_known_days_only(study, prices):
    assert study.history.close.index[-1] == prices.close.index[-1]
    history = study.macro_history
    assert history.close.index[-1] == ENDS and len(history.close) == SCALE["rows"]
    assert history.tickers == study.seeded.tickers
    assert history.risk_free.index.equals(history.close.index)
    with pytest.raises(DataError, match=r"end in 2018: they are known on 271 dates.*1000 are needed"):
        future_work.known_economy(prices, 1000)


def test_prices_after_the_end_of_the_series_change_nothing(study, prices):
    close = prices.close.copy()
    close.loc[close.index > ENDS] *= 2.0
    later = open_study(lstm, replace(prices, close=close), **SCALE)
    later.seeded = study.seeded
    pd.testing.assert_frame_equal(later.macro_history.close, study.macro_history.close)


@pytest.mark.slow
def test_both_sides_are_the_same_networks_but_for_their_inputs(study, monkeypatch):
    asked = []

    def remember(orders, engine):
        asked.extend(orders)
        return fit_all(orders, engine)

    monkeypatch.setattr(future_work, "fit_all", remember)
    found = future_work.with_and_without_economy(study.macro_history, SMALL, [3, 4], window=10)
    assert [len(found[side]) for side in (WITHOUT, WITH)] == [2, 2]
    assert all(order.table.index[-1] == ENDS for order in asked)
    plain, reading = ([order for order in asked if order.table.shape[1] == n] for n in (2, 5))
    assert [(o.close.name, o.seed, o.setting) for o in plain] == [
        (o.close.name, o.seed, o.setting) for o in reading
    ]
    assert list(reading[0].table)[2:] == ["core_inflation", "long_yield_change", "default_spread"]
    ticker = study.macro_history.tickers[1]
    (alone,) = fit_all([Order(plain[2].table, study.macro_history.close[ticker], SMALL, 4, 10)])
    np.testing.assert_allclose(
        found[WITHOUT][1][ticker], (alone.actual - alone.forecast).to_numpy() ** 2, rtol=1e-5
    )
    assert not np.allclose(found[WITH][1], found[WITHOUT][1])


@pytest.mark.slow
def test_the_gain_of_the_economy_has_the_luck_of_both_sides(study):
    found = measures.macroeconomy(study)
    mean = {side: sum(by_seed[1:], start=by_seed[0]) / 3 for side, by_seed in study.macro_losses.items()}
    a, b = (mean[side].to_numpy().mean() for side in (WITH, WITHOUT))
    gain = found["macro_gain"]
    assert gain.value == pytest.approx(1 - a / b)
    same = open_study(lstm, study.prices, **SCALE)
    same.macro_history = study.macro_history
    same.macro_losses = {side: [table] * 3 for side, table in mean.items()}  # seeds that agree bring no luck
    luck = {  # of the mean over two tickers with three networks each
        side: pd.DataFrame([table.mean() for table in by_seed]).var(ddof=1).sum() / 3 / 2**2
        for side, by_seed in study.macro_losses.items()
    }
    of_ratio = np.sqrt(luck[WITH] + luck[WITHOUT] * (a / b) ** 2) / b
    assert gain.se == pytest.approx(np.hypot(measures.macroeconomy(same)["macro_gain"].se, of_ratio))
    assert study.sample(gain.data)["last"] == "2019-01-30"
    assert (found["macro.last"].value, found["macro.cut"].value) == ("2019-01-30", True)
    assert found["macro.test_dates"].value == len(study.macro_losses[WITH][0])


def test_prices_that_begin_after_the_series_end_lack_the_data():
    late = load_prices(source="packaged", universe=["MSFT", "JPM"], start="2019-06-03", end="2020-12-31")
    found = measures.macroeconomy(open_study(lstm, late, **SCALE | {"tickers": 2}))
    assert set(found) == set(measures.OF_MACRO)
    assert "known on 0 dates" in found["macro_gain"].reason


@pytest.mark.slow
def test_prophet_is_compared_on_the_days_of_the_networks(study):
    found = measures.prophet(study)
    (ticker,) = study.drawn[:1]
    made = study.prophet
    assert made.mean.index.equals(study.dates) and list(made.mean) == [ticker]
    actual = study.returns.loc[study.dates, ticker]
    ours = ((actual - made.mean[ticker]) ** 2).mean()
    zero = (actual**2).mean()
    assert found["prophet.over_zero"].value == pytest.approx(1 - ours / zero)
    networks = study.losses[LSTM][ticker].mean()
    assert found["prophet.over_networks"].value == pytest.approx(1 - ours / networks)
    assert found["prophet.over_arima"].value == pytest.approx(1 - ours / study.losses[ARIMA][ticker].mean())
    assert found["prophet.ahead"].value == int(ours < networks)
    assert found["prophet.fits"].value == -(-len(study.dates) // SCALE["prophet_every"])
    alone = open_study(lstm, study.prices, **SCALE)
    for stage in ("search", "prophet", "losses"):
        setattr(alone, stage, getattr(study, stage))
    alone.seed_losses = [study.seed_losses[0]] * 3
    assert measures.prophet(alone)["prophet.over_networks"].se < found["prophet.over_networks"].se


@pytest.mark.slow
def test_without_prophet_the_row_says_what_to_install(study, monkeypatch):
    def missing(*args, **kwargs):
        with errors.needing("prophet"):
            raise ModuleNotFoundError("No module named 'prophet'", name="prophet")

    bare = open_study(lstm, study.prices, **SCALE)
    for stage in ("search", "losses", "seed_losses", "control_losses", "control_networks", "macro_losses"):
        setattr(bare, stage, getattr(study, stage))
    monkeypatch.setattr(experiment, "rolling_prophet", missing)
    monkeypatch.setenv("STUDY_CACHE_DIR", "off")
    found = measures.prophet(bare)
    assert set(found) == set(measures.OF_PROPHET)
    assert all(isinstance(value, Lacking) for value in found.values())
    monkeypatch.setenv("STUDY_ROOT", str(project_root()))
    sentence = bare.says("lstm-future-prophet")
    assert "cannot be asked in this build" in sentence
    assert "pip install 'portfolio-study[prophet]'" in sentence
    assert "Prophet against zero" in tables.future_work(bare).data
    with pytest.raises(MissingPackageError, match="prophet"):
        _ = bare.prophet


# --- the economy from FRED


def economy(monthly):
    """What a run gives to the page: the checksum under which the series are kept."""
    about = {"source": "FRED", "universe": "economy", "frequency": "monthly"}
    return {"economy": store_table(monthly, about)}


@pytest.fixture
def five():
    """Five monthly series that go on past the end of those of the installed package."""
    months = pd.date_range("2015-01-01", "2020-12-01", freq="MS")
    k = np.arange(len(months))
    columns = {
        "core_cpi": 240 + 0.4 * k + 0.3 * np.sin(k),
        "aaa": 4 - k / 60 + 0.3 * np.sin(k / 3),
        "baa": 5 - k / 60 + 0.4 * np.cos(k / 4),
        "ten_years": 2 + 0.5 * np.sin(k / 5),
        "housing_starts": 1200 + 3 * k + 80 * np.sin(k / 2),
    }
    return pd.DataFrame(columns, months)


def test_series_of_fred_carry_the_sample_past_2018(prices, study, five, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_BUILD_DIR", str(tmp_path))
    given = open_study(lstm, prices, samples=economy(five), **SCALE)
    given.seeded = study.seeded
    assert given.macro_history.close.index[-1] == prices.close.index[-1]
    assert given["macro.inputs"] == "inflation, bond yields and housing starts"
    assert given["macro.source"] == "the series of FRED, to 2020-12"
    assert study["macro.source"] == "the series that an installed package carries, to 2018"
    short = open_study(lstm, prices, samples=economy(five[:"2017-06-01"]), **SCALE)
    short.seeded = study.seeded
    with pytest.raises(
        DataError, match="the series of the economy reach from 2015-01 to 2017-06: they are known"
    ):
        _ = short.macro_history


def test_a_gap_in_the_series_leaves_the_longest_stretch(prices, five):
    five.loc["2020-06-01", "core_cpi"] = np.nan
    kept = future_work.known_economy(prices, 100, five).close.index
    assert kept[-1] == pd.Timestamp("2020-07-30")  # the month would have been out 31 days after its end
    assert kept.equals(prices.close.loc[kept[0] : kept[-1]].index)
    five.loc["2018-04-01", "housing_starts"] = np.nan
    assert future_work.known_economy(prices, 100, five).close.index[0] == pd.Timestamp("2019-07-01")


@pytest.mark.slow
def test_a_published_value_changes_no_forecast_up_to_its_release(prices, five):
    part = replace(prices, close=prices.close.loc["2019-01-02":, ["MSFT"]], ohlcv=None)
    changed = five.copy()
    changed.loc["2020-09-01", "housing_starts"] *= 1.4
    found = [
        future_work.with_and_without_economy(part, SMALL, [3], window=10, monthly=table)
        for table in (five, changed)
    ]
    before, after = (sides[WITH][0]["MSFT"] for sides in found)
    out = pd.Timestamp("2020-10-31")  # 31 days after the end of September
    moved = before.index[before != after]
    assert before.index[0] < out - pd.Timedelta(days=30) and len(moved)
    assert moved[0] == before.index[before.index > out][1]  # known at the close of the first session after it
    pd.testing.assert_frame_equal(found[0][WITHOUT][0], found[1][WITHOUT][0])
