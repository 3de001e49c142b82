"""The study of the ARIMA chapter at a tiny scale: decisive measures against independent computations."""

import numpy as np
import pytest
from pandas import DataFrame, Series, bdate_range
from scipy import stats

from portfolio_study.data import load_prices
from portfolio_study.errors import ParameterError
from portfolio_study.evaluation import loss_ratio
from portfolio_study.ledger import Lacking
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.measures import record_of
from portfolio_study.ledger.rules import judge_direction
from portfolio_study.ledger.study import open_study
from portfolio_study.settings import project_root
from portfolio_study.studies import arima
from portfolio_study.studies.arima import figures, measures, moments, sensitivity, tables
from portfolio_study.studies.arima.noise import noise_study
from portfolio_study.studies.arima.other_search import other_search
from portfolio_study.studies.arima.rolling import equal_weight_line, reference_diagnostics

pytestmark = pytest.mark.slow  # a whole study at a tiny scale

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
            assert record.lacks or (record.sample is None) == (made.data is None), key
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
    root = measures.rmse_of_focus(study)
    assert root["rmse.JPM.statsmodels"].value == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-15)
    assert root["rmse.JPM.zero"].n == len(dates) == 8


def test_information_mirrors_clark_west(study):
    one, other = measures.information(study), measures.clark_west(study)
    assert one.value == pytest.approx(0.001 - other.value)
    assert one.interval == pytest.approx([0.001 - end for end in reversed(other.interval)])


def test_the_joint_test_counts_windows_beyond_the_critical_value_of_noise(study):
    critical = np.quantile(study.noise.likelihood_ratios, 0.95)
    rejected = (study.ours.diagnostics["likelihood_ratio"] > critical).to_numpy().mean()
    assert measures.joint_rejected(study).estimate == pytest.approx(rejected)


def test_the_gain_of_the_longest_window_is_that_of_mean_squared_errors(study):
    dates = study.sweep["zero"].index
    actual = study.returns.loc[dates]
    assert len(dates) == len(study.returns) - 30
    assert study.sweep["zero"].to_numpy() == pytest.approx((actual**2).to_numpy())
    mse = {name: table.to_numpy().mean() for name, table in study.sweep.items()}
    assert measures.window_gain(study).value == pytest.approx(1 - mse["ARIMA 30"] / mse["ARIMA 20"])
    other = measures.best_other_mean(study)
    assert mse[f"mean {other}"] == min(mse["mean 10"], mse["mean 30"])
    assert measures.gain_of_another_mean(study).value == pytest.approx(
        1 - mse[f"mean {other}"] / mse["mean 20"]
    )
    best = min((name for name in mse if name != "zero"), key=mse.__getitem__)
    assert measures.best_window(study) == best


def test_without_another_window_there_is_no_gain(prices):
    shorter = open_study(arima, prices, **{**SCALE, "windows": [10]})
    assert isinstance(measures.window_gain(shorter), Lacking)
    assert measures.gain_of_another_mean(shorter).value is not None
    alone = open_study(arima, prices, **{**SCALE, "windows": []})
    assert isinstance(measures.gain_of_another_mean(alone), Lacking)
    assert measures.best_other_mean(alone) == SCALE["window"]


def test_the_gain_of_the_best_window_counts_that_it_was_chosen(study):
    found = measures.gain_of_another_mean(study)
    best = measures.best_other_mean(study)
    alone = loss_ratio(study.sweep[f"mean {best}"], study.sweep["mean 20"], draws=100, seed=1)
    assert found.interval[1] - found.interval[0] > alone.interval[1] - alone.interval[0]


def test_relative_disparity_is_measured_against_noise(study):
    found, here = measures.disparity_beyond_noise(study), measures.scaled_disparity(study)
    assert found.value == pytest.approx(here.value - study.noise.disparity)
    assert found.interval == pytest.approx([end - study.noise.disparity for end in here.interval])


def test_trends_are_means_over_stretches_that_do_not_overlap(study):
    found = measures.trends(study)
    whole = 20 * (len(study.dates) // 20)
    forecast, actual = study.ours.mean["JPM"], study.actual["JPM"]
    means = [table.iloc[:whole].to_numpy().reshape(-1, 20).mean(axis=1) for table in (forecast, actual)]
    assert found["trend.arima"].value == pytest.approx(np.corrcoef(*means)[0, 1])
    assert found["trend.arima"].n == whole // 20


def test_assets_near_the_printed_kurtosis_are_named(prices):
    other = open_study(arima, prices, **SCALE)
    other.whole = DataFrame({"kurtosis": [19.3, 3.0], "p_ar": [0.5, 0.01], "p_ma": [0.5, 0.5]}, ["A", "B"])
    other.full = other.whole.assign(kurtosis=[3.0, 19.14])
    found = measures.kurtosis_near(other)
    assert (found["kurtosis.near"].value, found["kurtosis.near_names"]) == (1, "A: 19.30")
    assert (found["kurtosis.near_exact"].value, found["kurtosis.near_exact_names"]) == (1, "B: 19.14")
    assert measures.p_values_of_stocks(other)["p_values.stocks"].value == 1


def test_both_engines_are_compared_on_the_same_dates(study):
    dates = study.panel.mean.index
    actual = study.returns.loc[dates]
    for engine, forecast in (("statsmodels", study.panel.mean), ("batched", study.ours.mean.loc[dates])):
        by_hand = 1 - ((actual - forecast) ** 2).to_numpy().sum() / (actual**2).to_numpy().sum()
        assert measures.engines_against(study)[f"engines.{engine}.zero"].estimate == pytest.approx(by_hand)


def test_risk_of_equal_weights_is_that_of_the_windows_correlations(study):
    date = study.dates[7]
    past = study.returns.loc[:date].iloc[-21:-1]
    sd = np.sqrt(study.ours.parameters["sigma2"].loc[date].to_numpy())
    risk = np.sqrt(sd @ past.corr().to_numpy() @ sd) / 2
    line = study.ours.mean.loc[date].mean() - 2.326347874 * risk
    assert study.portfolio_below.loc[date] == float(study.returns.loc[date].mean() < line)
    mean, promised = equal_weight_line(study.ours.parameters["sigma2"], study.ours.mean, study.returns, 20)
    assert promised.loc[date] == pytest.approx(risk)
    assert mean.loc[date] == pytest.approx(study.ours.mean.loc[date].mean())


def test_the_step_from_p_values_to_no_information_has_counterexamples(study):
    assert measures.insignificance_shows_nothing(study).value is False
    assert measures.counterexamples(study) >= 3


def test_noise_with_moving_volatility_hides_less_of_the_disparity():
    calm, moving = (noise_study(window=50, replications=4000, seed=1, law=law) for law in ("normal", "garch"))
    assert calm.disparity == pytest.approx(-0.13, abs=0.05)
    assert calm.disparity < moving.disparity < 0
    with pytest.raises(ParameterError, match="law"):
        noise_study(law="student")


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
    assert "{" not in study.alt(draw)
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


def test_the_sensitivity_starts_from_what_is_judged_and_changes_one_choice(study):
    table = sensitivity.headlines(study)
    value, (low, high) = study["align.closely"].value, study.interval("align.closely")
    assert table.loc["as judged", sensitivity.ALIGNED] == f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
    # the other engine, by hand
    dates = study.reference.mean.index
    actual = study.returns.loc[dates, "JPM"]
    errors, zero = (actual - study.ours.mean.loc[dates, "JPM"]) ** 2, actual**2
    row = table.iloc[next(i for i, name in enumerate(table.index) if name.startswith("the other engine"))]
    assert row[sensitivity.ZERO].startswith(f"{1 - errors.mean() / zero.mean():+.1%} [")
    # a window of the sweep, by hand
    sweep = study.sweep["ARIMA 30"]
    saved = 1 - sweep.to_numpy().mean() / study.sweep["zero"].to_numpy().mean()
    row = table.loc[f"window of 30 (highest likelihood, {len(sweep)} dates that every window can forecast)"]
    assert row[sensitivity.POOLED].startswith(f"{saved:+.1%} [")
    assert row[sensitivity.RMSE] == f"{np.sqrt(sweep['JPM'].mean()):.5f}"
    # two assets have no extremes to leave out; lags touch no RMSE
    assert not any(name.startswith("without the two extreme assets") for name in table.index)
    lagged = table.loc["blocks or lags of 8 days"]
    assert lagged[sensitivity.RMSE] == sensitivity.NOTHING != lagged[sensitivity.POOLED]


def test_the_limits_of_the_sensitivity_are_those_of_the_claims(study):
    ledger = load_ledger(project_root()).of_chapter("arima")
    claim = next(c for c in ledger.claims if c.id == "arima-align")
    assert claim.readings["also_asked"].smallest_effect == "r2"
    found = study.alignment.estimate - study["align.closely"].value
    assert found == pytest.approx(sensitivity.CLOSE)
    answers = sensitivity._answers(study, 2.0)
    low, high = (end - 1.0 for end in study.alignment.interval)
    assert (
        answers[sensitivity.ALIGNED]
        == judge_direction(study.alignment.estimate - 1, (low, high), 0.0).verdict
    )


def test_another_search_finds_the_same_maximum_of_a_likelihood_that_is_not_flat():
    rng = np.random.default_rng(2)
    x = np.zeros(400)
    for t in range(1, 400):
        x[t] = 0.7 * x[t - 1] + rng.standard_normal()
    series = Series(x / 100, bdate_range("2015-01-01", periods=400))
    ours, default = other_search(series), reference_diagnostics(series)
    assert ours["kurtosis"] == pytest.approx(default["kurtosis"], abs=0.05)
    assert ours["p_ar"] < 1e-6 and ours["p_ma"] == pytest.approx(default["p_ma"], abs=0.05)


def test_the_nearest_reading_says_what_the_others_give(study):
    found = study["p_ar.JPM.nearest"]
    assert f"reading: {measures.READINGS[study.nearest]}" in found.note
    other = next(name for name in measures.READINGS if name != study.nearest)
    assert f"{measures.READINGS[other]} {study[f'p_ar.JPM.{other}'].value:.3g}" in found.note
    assert 0 <= study["p_ar.JPM.other_search"].value <= 1
