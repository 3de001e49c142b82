"""The study of the ARIMA chapter at a tiny scale: decisive measures against independent computations."""

import numpy as np
import pytest
from pandas import Series
from scipy import stats

from portfolio_study.data import load_prices
from portfolio_study.ledger.measures import record_of
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import arima
from portfolio_study.studies.arima import figures, measures, moments, tables

SCALE = {
    "window": 20,
    "reference_dates": 8,
    "panel_dates": 8,
    "windows": [10, 30],
    "noise_windows": 200,
    "noise_reference": 10,
    "largest_order": 1,
    "total_order": 2,
    "draws": 100,
    "seed": 1,
}


@pytest.fixture(scope="module")
def prices():
    return load_prices(source="packaged", universe=["JPM", "XOM"], start="2014-01-02", end="2014-06-30")


@pytest.fixture(scope="module")
def study(prices):
    return open_study(arima, prices, **SCALE)


def test_every_measure_gives_records_under_the_keys_that_it_declares(study):
    found = {}
    for made in study.measures:
        values = made.values(study)
        assert values, made.keys
        for key, value in values.items():
            record = record_of(key, value, made, study)
            assert (record.sample is None) == (made.data is None), key
            found[key] = record
    assert found["focus"].value == "JPM"
    assert found["rmse.JPM.batched"].unit == "log return per day"
    assert found["window.ARIMA_30"].interval is not None
    assert found["forecasts.calendar"].value == 3532


def test_an_undeclared_asset_gets_no_key(study):
    declared = next(made for made in study.measures if made.covers("rmse.AXP.statsmodels"))
    assert declared.function.__name__ == "rmse_of_focus"
    assert "rmse.AXP.statsmodels" not in declared.values(study)


def test_the_pooled_r2_is_the_share_of_squared_error_removed(study):
    forecast = study.ours.mean
    actual = study.returns.loc[forecast.index]
    by_hand = 1 - ((actual - forecast) ** 2).to_numpy().sum() / (actual**2).to_numpy().sum()
    found = measures.pooled_r2(study)["r2.pooled.zero"]
    assert found.value == pytest.approx(by_hand, abs=1e-12)
    assert found.interval[0] <= found.value <= found.interval[1]


def test_errors_of_the_one_asset_are_those_of_both_engines_dates(study):
    dates = study.reference.mean.index
    errors = study.returns.loc[dates, "JPM"] - study.reference.mean["JPM"]
    root, square = measures.rmse_of_focus(study), measures.mse_of_focus(study)
    assert root["rmse.JPM.statsmodels"].value == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-15)
    assert square["mse.JPM.statsmodels"].value == pytest.approx((errors**2).mean(), abs=1e-15)
    assert root["rmse.JPM.zero"].n == len(dates) == 8


def test_information_mirrors_clark_west(study):
    one, other = measures.information(study), measures.clark_west(study)
    assert one.value == pytest.approx(0.001 - other.value)
    assert one.interval == pytest.approx([0.001 - end for end in reversed(other.interval)])


def test_the_joint_test_counts_windows_beyond_the_critical_value_of_noise(study):
    critical = np.quantile(study.noise.likelihood_ratios, 0.95)
    rejected = (study.ours.diagnostics["likelihood_ratio"] > critical).to_numpy().mean()
    assert measures.joint_rejected(study) == pytest.approx(rejected)


def test_the_gain_of_the_longest_window_is_that_of_mean_squared_errors(study):
    dates = study.sweep["zero"].index
    actual = study.returns.loc[dates]
    assert len(dates) == len(study.returns) - 30
    assert study.sweep["zero"].to_numpy() == pytest.approx((actual**2).to_numpy())
    mse = {name: table.to_numpy().mean() for name, table in study.sweep.items()}
    found = measures.window_gains(study)
    assert found["window.gain"].value == pytest.approx(1 - mse["ARIMA 30"] / mse["ARIMA 20"])
    assert found["window.useful"].value == pytest.approx(1 - mse["ARIMA 30"] / mse["zero"])
    best = min((name for name in mse if name != "zero"), key=mse.__getitem__)
    assert measures.best_window(study) == best


def test_without_a_longer_window_the_gain_is_that_over_zero(prices):
    alone = open_study(arima, prices, **{**SCALE, "windows": [10]})
    found = measures.window_gains(alone)
    assert found["window.gain"] == found["window.useful"]


def test_the_least_tail_is_that_of_the_asset_with_the_smallest_kurtosis(study):
    kurtosis = {name: stats.kurtosis(z, fisher=False) for name, z in study.residuals.items()}
    least = min(kurtosis, key=kurtosis.__getitem__)
    found = measures.least_tails(study)
    assert found.value == pytest.approx(np.log(kurtosis[least] / 3), abs=1e-9)
    assert least in found.note
    assert found.interval[0] < found.value < found.interval[1]


def test_names_and_counts_of_superior_assets_agree(prices):
    fresh = open_study(arima, prices, **SCALE)
    fresh.superior = {"zero": ("JPM", "XOM"), "historical mean": (), "window mean": ("XOM",)}
    assert [found.value for found in measures.stepm(fresh).values()] == [2, 0, 1]
    assert list(measures.stepm_names(fresh).values()) == ["JPM, XOM", "none", "XOM"]


def test_correlation_and_kurtosis_are_those_of_scipy(lcg_normal):
    x, y = lcg_normal(400, 1), lcg_normal(400, 2)
    y = y + 0.5 * x
    options = {"draws": 50, "seed": 1}
    assert moments.correlate(Series(x), Series(y), "r", **options).estimate == pytest.approx(
        stats.pearsonr(x, y).statistic
    )
    assert moments.log_kurtosis(Series(x), **options).estimate == pytest.approx(
        np.log(stats.kurtosis(x, fisher=False) / 3)
    )


@pytest.mark.parametrize("name", ["ratio", "acf", "forecast", "over_time", "estimates", "windows", "engines"])
def test_figures_draw_and_their_alt_texts_can_be_filled(study, name):
    import matplotlib.pyplot as plt

    draw = getattr(figures, name)
    made = draw(study)
    assert "{" not in study.words(draw.drawing.alt)
    assert all(ax.get_xlabel() or ax.get_ylabel() for ax in made.axes)
    if name == "ratio":
        assert [t.get_text() for t in made.axes[0].get_yticklabels()][-1] == "all assets"
    plt.close(made)


@pytest.mark.parametrize(
    "name",
    [
        "autocorrelations",
        "orders",
        "focus_errors",
        "errors",
        "benchmarks",
        "assets",
        "subperiods",
        "noise",
        "readings",
        "shares",
        "sides",
    ],
)
def test_tables_have_a_caption_and_show_no_bare_nan(study, name):
    shown = getattr(tables, name)(study).data
    assert "<caption" in shown and "nan" not in shown.lower()
