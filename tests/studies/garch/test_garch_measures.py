"""The study of the GARCH chapter on simulated prices: what its measures say, against other ways to them."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data.history import PriceHistory
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.study import open_study
from portfolio_study.ledger.words import record_lookup, say
from portfolio_study.settings import project_root
from portfolio_study.studies import garch
from portfolio_study.studies.garch import measures, tables

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
    assert len(told) == 13
    assert ("garch.better.gmv" in records) == (assets > 1)
