"""The study of the GARCH chapter on simulated prices: what its measures say, against other ways to them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from portfolio_study.data.history import PriceHistory
from portfolio_study.evaluation.long_run import long_run_variance
from portfolio_study.evaluation.multiplicity import holm
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.study import open_study
from portfolio_study.ledger.words import record_lookup, say
from portfolio_study.risk.volatility_dynamics import ljung_box
from portfolio_study.settings import project_root
from portfolio_study.studies import garch
from portfolio_study.studies.garch import covariances, measures, tables

pytestmark = pytest.mark.slow  # a whole study at a tiny scale

SMALL = {
    "window": 20,
    "long_window": 500,
    "refit": 40,
    "decay": 0.94,
    "reference_windows": 4,
    "arima_engine": "batched",
    "other_windows": [30],
    "other_window": 40,
    "replications": 30,
    "range_rows": 250,
    "max_assets": 3,
    "draws": 60,
    "seed": 3,
}


def opened(assets=3, rows=180, frequency="daily"):
    noise = np.random.default_rng(7).standard_t(5, (rows, assets)) / 100
    step = {"daily": "B", "monthly": "BME"}[frequency]
    dates = pd.date_range("1990-01-01", periods=rows, freq=step, name="date")
    close = pd.DataFrame(100 * np.exp(noise.cumsum(axis=0)), dates, [f"S{i}" for i in range(assets)])
    prices = PriceHistory(close, None, pd.Series(0.0, dates), "file", "custom", frequency)
    return open_study(garch, prices, **SMALL)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield opened()


def test_a_short_history_gets_a_shorter_long_window(study):
    assert study.long_window == 2 * 179 // 3
    assert sorted(study.fits) == [20, 30, 40, 119]


def test_gain_is_the_mean_difference_of_two_gaussian_losses(study):
    dates, squares = study.dates, study.returns.loc[study.dates] ** 2
    model = study.fitted.volatility.loc[dates] ** 2
    plain = study.returns.rolling(20).var(ddof=1).shift(1).loc[dates]
    gap = (np.log(plain) + squares / plain) - (np.log(model) + squares / model)
    found = study["fit.corrected"]
    assert found.estimate == pytest.approx(gap.to_numpy().mean(), rel=1e-9)
    assert found.interval[0] < found.estimate < found.interval[1]


def test_errors_allow_for_dependence_over_a_window(study):
    gap = (study.by_date[study.equal] - study.by_date[study.garch]).to_numpy()
    assert study.lags(1000) == 20 and study.lags(1000, 60) == 60
    assert study.lags(100) == 10  # more than a tenth of the dates say little of the error
    se = np.sqrt(long_run_variance(gap, study.lags(len(gap))) / len(gap))
    assert study["fit.corrected"].se == pytest.approx(se)


def test_the_stated_error_is_the_nearest_of_all_readings_of_the_words(study):
    sd = study.returns.rolling(20).std().shift(1).loc[study.fitted.volatility.index]
    squares = (study.fitted.volatility - sd) ** 2
    found = measures.stated_rmse(study)
    words = "volatility against the window's sd"
    assert found[f"{words}, all pooled"] == pytest.approx(np.sqrt(squares.to_numpy().mean()))
    assert found[f"{words}, mean over stocks"] == pytest.approx(np.sqrt(squares.mean()).mean())
    assert found[f"{words}, mean over windows"] == pytest.approx(np.sqrt(squares.mean(axis=1)).mean())
    assert len(found) == 9
    nearest = study["rmse.as_stated"]
    assert abs(nearest.value - 0.0189) == min(abs(value - 0.0189) for value in found.values())
    assert study["stated.worst_stock"] >= max(
        value for name, value in found.items() if not name.endswith("windows")
    )


def test_chance_of_a_match_is_that_of_a_number_drawn_in_the_range(study):
    table = study.errors.drop(index="variance against the squared return").to_numpy()
    values = np.sort(table[np.isfinite(table)])
    assert study["match.tried"] == len(values)
    drawn = np.random.default_rng(1).uniform(values[0], values[-1], 200_000)
    met = np.abs(drawn[:, None] - values).min(axis=1) <= 0.00005
    assert study["match.chance"] == pytest.approx(met.mean(), abs=0.005)
    assert study["match.hits"] == (np.abs(values - 0.0189) <= 0.00005).sum()


def test_no_return_tells_two_volatilities_apart(study):
    assert study["latent"].value is True
    generator = np.random.default_rng(4)
    volatility = generator.choice([1.0, 2.0], 200_000)
    r = volatility * generator.standard_normal(200_000)
    assert (volatility[np.abs(r) < 0.1] == 1).mean() == pytest.approx(2 / 3, abs=0.02)
    assert 0 < (volatility[np.abs(r) > 3] == 1).mean() < 0.1  # rare, and possible


def test_response_is_the_growth_of_the_forecast_on_the_day_of_the_shock(study):
    short, plain = study.forecasts[study.garch], study.forecasts[study.equal]
    rows = []
    for t in range(len(short) - 1):
        hit = np.abs(study.actual.iloc[t]) > 3 * np.sqrt(plain.iloc[t])
        if hit.any():
            more = np.log(short.iloc[t + 1] / short.iloc[t]) - np.log(plain.iloc[t + 1] / plain.iloc[t])
            rows.append((more[hit] / 2).mean())
    found = measures.shock_growth(study)
    if len(rows) < 8:
        assert f"only {len(rows)} dates" in found.reason
    else:
        assert found.estimate == pytest.approx(np.mean(rows))


def test_clustering_counts_what_is_left_on_either_side(study):
    terms = study.persistence
    left = {name: abs(terms[name].to_numpy().mean()) for name in ("returns", study.garch)}
    assert study["clustering.removed"].estimate == pytest.approx(left["returns"] - left[study.garch])


def test_captured_counts_stocks_that_are_clustered_before_and_not_after(study):
    before = holm(ljung_box(study.standardised["returns"], 10)["p_value"]) < 0.05
    after = ljung_box(study.standardised[study.garch], 10)["p_value"] < 0.05
    found = study["clustering.captured"]
    assert (found.value, found.n) == ((before & ~after).sum(), study.returns.shape[1])
    assert study["clustering.before"] == before.sum()
    assert study["clustering.late_captured"].reason.startswith("only 60 dates, 200 are needed")


def test_the_table_of_portfolios_says_which_dates_the_literal_product_has(study):
    definite = int(study.covariances.definite.sum())
    said = f"is positive definite on {definite} of {len(study.dates)} dates; its row has all of them"
    assert said in tables.portfolios(study).data
    step = covariances.Covariances.long_only_step.fget
    assert step(SimpleNamespace(definite=np.ones(599, dtype=bool))) == 1
    assert step(SimpleNamespace(definite=np.ones(2340, dtype=bool))) == 3


def test_engines_are_not_called_alike_where_they_differ_by_more_than_counts(study):
    says = load_ledger(project_root()).of_chapter("garch")
    template = next(f.says for f in says.findings if f.id == "garch-found-engines")
    worse = Record("garch.reference.qlike", 0.02, interval=(0.01, 0.03))
    text = say(template, record_lookup("garch", {worse.key: worse}))
    assert text.startswith("As forecasts those of the compiled engine are better")
    open_ended = Record("garch.reference.qlike", -0.02, interval=(-0.06, 0.03))
    assert "neither is measurably better" in say(
        template, record_lookup("garch", {open_ended.key: open_ended})
    )


def test_later_lags_are_tested_alone():
    generator = np.random.default_rng(8)
    shocks = generator.standard_normal(4000)
    variance = 1 + 0.6 * np.concatenate([[0.0], shocks[:-1] ** 2])
    values = pd.DataFrame({"A": shocks * np.sqrt(variance), "B": shocks})
    near, late = measures._autocorrelated(values, 1, 10), measures._autocorrelated(values, 11, 50)
    assert near["A"] < 1e-6 and min(near["B"], late["B"]) > 0.05 and late["A"] > near["A"]
    q = sum(
        4000 * 4002 * np.corrcoef(values["A"][k:] ** 2, values["A"][:-k] ** 2)[0, 1] ** 2 / (4000 - k)
        for k in range(11, 51)
    )
    assert stats.chi2.sf(q, 40) == pytest.approx(late["A"], abs=0.05)


def test_persistence_is_that_of_the_eleventh_to_the_fiftieth_lag(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    longer = opened(assets=1, rows=700)
    absolute = longer.actual.abs()
    z = (absolute - absolute.mean()) / absolute.std(ddof=0)
    late = np.mean([(z * z.shift(k)).iloc[50:].to_numpy().mean() for k in range(11, 51)])
    assert longer.late_persistence["returns"].to_numpy().mean() == pytest.approx(late)


def test_the_surest_window_pays_for_the_number_that_was_tried(study):
    gains = study.window_gains(study.matrix_loss_by_window)
    assert set(gains) == {30, 40, 119}
    surest = max(gains.values(), key=lambda gain: gain.estimate / gain.se)
    found = study["window.covariance"]
    assert found.value == surest.estimate
    assert found.interval[0] < surest.interval[0] and found.interval[1] > surest.interval[1]


def test_limits_of_the_sensitivity_are_those_of_the_claims():
    claims = {claim.id: claim for claim in load_ledger(project_root()).of_chapter("garch").claims}
    assert claims["garch-better"].smallest_effect == tables.SMALLEST_QLIKE
    assert claims["garch-dynamic"].smallest_effect == tables.SMALLEST_GROWTH
    assert claims["garch-better"].readings["as_published"].smallest_effect == "r2"


def test_errors_of_the_readings_and_their_squares(study):
    pooled, squares = measures.pooled_rmse(study), measures.pooled_mse(study)
    actual = study.returns.iloc[20:]
    assert pooled["rmse.return"] == pytest.approx(np.sqrt((actual**2).to_numpy().mean()))
    assert squares["mse.return"] == pytest.approx(pooled["rmse.return"] ** 2)
    assert pooled["rmse.window_sd"] < pooled["rmse.return"]
    assert measures.arima_axp(study) is None  # no AXP among these stocks


def test_the_literal_product_is_no_covariance_and_too_large(study):
    assert not study["elementwise_is_covariance"]
    part = study.covariances
    literal = part.literal
    assert study["elementwise.indefinite"].value == pytest.approx(
        np.mean([np.linalg.eigvalsh(matrix)[0] <= 0 for matrix in literal])
    )
    assert study["elementwise.risk_ratio"] > 3


def test_saved_volatility_is_that_of_the_two_portfolios(study):
    part, simple = study.covariances, study.simple.loc[study.dates]
    returns = {}
    for name in (part.garch, part.sampled):
        rows = []
        for matrix, day in zip(part.stacks[name], simple.to_numpy(), strict=True):
            weights = np.linalg.solve(matrix, np.ones(3))
            rows.append(weights @ day / weights.sum())
        returns[name] = np.std(rows, ddof=1)
    saved = np.log(returns[part.sampled] / returns[part.garch])
    assert study["better.gmv"].estimate == pytest.approx(saved, rel=1e-6)


def test_violations_are_counted_and_compared_with_the_promise(study):
    bound = 1.6448536269514722 * np.sqrt(study.forecasts["EWMA"])
    rate = (study.actual < -bound).to_numpy().mean()
    assert study["coverage.5.ewma"].value == pytest.approx(rate)
    excess = study["beyond.excess"]
    rates = [rate.estimate for (_, promised), rate in study.violations.items() if promised == 0.01]
    assert excess.value == pytest.approx(100 * min(rates) - 1)


def test_where_garch_is_true_rivals_are_compared_on_the_same_series(study):
    losses, rivals = measures.truth_losses(study), measures.truth_rivals(study)
    assert set(losses) == {
        "truth.garch_20",
        "truth.garch_119",
        "truth.variance_20",
        "truth.ewma",
        "truth.edges",
    }
    gap = losses["truth.ewma"].value - losses["truth.garch_20"].value
    assert rivals["rival.ewma"].value == pytest.approx(gap)
    assert rivals["rival.ewma"].interval[0] < gap < rivals["rival.ewma"].interval[1]


def test_a_single_asset_has_no_portfolio(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    alone = opened(assets=1)
    assert measures.calmer(alone) is None
    assert measures.fee(alone) is None
    assert tables.portfolios(alone) == "One asset has no portfolio to choose."
    assert measures.pooled_rmse(alone)["rmse.broadcast"] is None


@pytest.mark.parametrize(("assets", "frequency"), [(3, "daily"), (1, "monthly")])
def test_every_finding_can_be_told_whatever_the_data_lack(assets, frequency, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_CACHE_DIR", str(tmp_path))
    records = opened(assets=assets, rows=300, frequency=frequency).records()
    find = record_lookup("garch", records)
    told = [say(finding.says, find) for finding in load_ledger(project_root()).of_chapter("garch").findings]
    assert len(told) == 16
    (error,) = [text for text in told if "0.0189" in text]  # per day: of months it tells nothing
    assert ("daily volatility of a stock" in error) == (frequency == "daily")
    assert ("of one month" in error) == (frequency == "monthly")
    assert ("garch.better.gmv" in records) == (assets > 1)
