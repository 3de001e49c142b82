import numpy as np
import pytest
from scipy import stats

from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation.calibration import (
    berkowitz,
)


def test_right_forecasts_pass_and_wrong_ones_fail():
    rng = np.random.default_rng(1)
    mean, sd = 0.001 * rng.standard_normal(1500), 0.01 * np.exp(0.3 * rng.standard_normal(1500))
    x = mean + sd * rng.standard_normal(1500)
    assert berkowitz(stats.norm.cdf(x, mean, sd)).p_value > 0.01
    for wrong in (stats.norm.cdf(x, mean, 0.8 * sd), stats.norm.cdf(x, mean + 0.002, sd)):
        assert berkowitz(wrong).p_value < 1e-4


def test_berkowitz_finds_dependence_that_uniformity_does_not_show():
    rng = np.random.default_rng(2)
    z = rng.standard_normal(1000)
    for t in range(1, 1000):
        z[t] = 0.3 * z[t - 1] + np.sqrt(1 - 0.09) * z[t]
    u = stats.norm.cdf(z)
    assert stats.kstest(u, "uniform").pvalue > 0.01
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


def test_errors():
    with pytest.raises(DataError, match="between 0 and 1"):
        berkowitz(np.linspace(0, 1.1, 50))
    with pytest.raises(EstimationError, match="do not vary"):
        berkowitz(np.full(50, 0.5))
    assert np.isfinite(berkowitz(np.concatenate([[0.0, 1.0], np.random.default_rng(1).random(50)])).statistic)
