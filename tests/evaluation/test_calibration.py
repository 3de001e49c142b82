import numpy as np
import pandas as pd
import pytest
from scipy import stats

from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.calibration import (
    berkowitz,
    log_score,
    pit_normal,
    pit_uniformity,
    promised_and_realised,
)


@pytest.fixture(scope="module")
def normal_forecasts():
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2015-01-01", periods=1500)
    mean = pd.Series(0.001 * rng.standard_normal(1500), index=dates)
    sd = pd.Series(0.01 * np.exp(0.3 * rng.standard_normal(1500)), index=dates)
    return mean + sd * rng.standard_normal(1500), mean, sd


def test_transforms_and_scores_are_those_of_scipy(normal_forecasts):
    x, m, s = normal_forecasts
    assert pit_normal(x, m, s).to_numpy() == pytest.approx(stats.norm.cdf(x, m, s))
    assert log_score(x, m, s).to_numpy() == pytest.approx(stats.norm.logpdf(x, m, s))
    assert pit_normal(x, m, s).index.equals(x.index)


def test_right_forecasts_pass_and_wrong_ones_fail(normal_forecasts):
    x, m, s = normal_forecasts
    right = pit_normal(x, m, s)
    assert berkowitz(right).p_value > 0.01
    assert pit_uniformity(right)[1] > 0.01
    for wrong in (pit_normal(x, m, 0.8 * s), pit_normal(x, m + 0.002, s)):
        assert berkowitz(wrong).p_value < 1e-4
        assert pit_uniformity(wrong)[1] < 0.01
    assert log_score(x, m, s).mean() > log_score(x, m, 0.8 * s).mean()


def test_berkowitz_finds_dependence_that_uniformity_does_not_show():
    rng = np.random.default_rng(2)
    z = rng.standard_normal(1000)
    for t in range(1, 1000):
        z[t] = 0.3 * z[t - 1] + np.sqrt(1 - 0.09) * z[t]
    u = stats.norm.cdf(z)
    assert pit_uniformity(u)[1] > 0.01
    assert berkowitz(u).p_value < 1e-6


def test_berkowitz_is_a_likelihood_ratio():
    z = np.random.default_rng(3).standard_normal(80) * 1.2 + 0.1
    test = berkowitz(stats.norm.cdf(z))
    slope, intercept, *_ = stats.linregress(z[:-1], z[1:])
    residual = z[1:] - intercept - slope * z[:-1]
    free = stats.norm.logpdf(residual, 0, residual.std()).sum()
    assert test.statistic == pytest.approx(2 * (free - stats.norm.logpdf(z[1:]).sum()), rel=1e-9)
    assert (test.degrees, test.n) == (3, 79)


def test_berkowitz_size():
    rng = np.random.default_rng(4)
    assert 0.02 < np.mean([berkowitz(rng.random(250)).p_value < 0.05 for _ in range(500)]) < 0.09


def test_kept_promises(normal_forecasts):
    x, m, s = normal_forecasts
    kept = promised_and_realised(m, s, x)
    assert abs(kept.return_gap.statistic) < 3
    assert kept.log_risk_ratio.interval[0] < 0 < kept.log_risk_ratio.interval[1]
    assert kept.promised_return == pytest.approx(252 * m.mean())
    assert kept.realised_sharpe == pytest.approx(np.sqrt(252) * x.mean() / x.std())
    assert kept.promised_sharpe == pytest.approx(np.sqrt(252) * (m / s).mean())
    assert kept.promised_sharpe_of_means == pytest.approx(np.sqrt(252) * m.mean() / np.sqrt((s**2).mean()))
    assert kept.realised_volatility == pytest.approx(np.sqrt(252) * x.std())


def test_broken_promises(normal_forecasts):
    x, m, s = normal_forecasts
    broken = promised_and_realised(m + 0.003, 0.7 * s, x)
    assert broken.return_gap.estimate == pytest.approx(252 * (x - m - 0.003).mean())
    assert broken.return_gap.interval[1] < 0
    assert broken.log_risk_ratio.estimate == pytest.approx(np.log((x / (0.7 * s)).std(ddof=0)))
    assert broken.log_risk_ratio.interval[0] > np.log(1.3)
    assert broken.promised_sharpe > broken.realised_sharpe


def test_errors(normal_forecasts):
    x, m, s = normal_forecasts
    with pytest.raises(DataError, match="2015-01-05 is not positive"):
        pit_normal(x, m, s.where(s.index != "2015-01-05", 0.0))
    with pytest.raises(DataError, match="between 0 and 1"):
        berkowitz(np.linspace(0, 1.1, 50))
    with pytest.raises(EstimationError, match="do not vary"):
        berkowitz(np.full(50, 0.5))
    with pytest.raises(EstimationError, match="do not vary"):
        promised_and_realised(m, s, x * 0)
    with pytest.raises(DataError, match="at least 12"):
        promised_and_realised(m[:5], s[:5], x[:5])
    assert np.isfinite(berkowitz(np.concatenate([[0.0, 1.0], np.random.default_rng(1).random(50)])).statistic)
