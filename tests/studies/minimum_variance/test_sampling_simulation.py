"""Simulations against the closed forms."""

import numpy as np
import pytest
from scipy import stats

from portfolio_study.allocation import (
    gmv_closed_form,
    gmv_weights_law,
    in_sample_variance_factor,
    out_of_sample_variance_factor,
)
from portfolio_study.errors import CovarianceError, ParameterError
from portfolio_study.risk import estimate_covariance, ledoit_wolf, sample_covariance
from portfolio_study.studies.minimum_variance.sampling_simulation import (
    draw_returns,
    simulate_estimators,
    simulate_gmv,
)


@pytest.fixture(scope="module")
def simulated(four_assets):
    return simulate_gmv(four_assets["covariance"], 60, draws=200_000, seed=1)


def test_means_match_the_formulas(simulated, four_assets):
    law = gmv_weights_law(four_assets["covariance"], 60)
    error = np.sqrt(law.variance / 200_000)
    assert (np.abs(simulated.weights.mean(axis=0) - law.location) < 4 * error).all()
    np.testing.assert_allclose(simulated.weights.var(axis=0), law.variance, rtol=0.02)
    for values, expected in (
        (simulated.in_sample, in_sample_variance_factor(60, 4)),
        (simulated.out_of_sample, out_of_sample_variance_factor(60, 4)),
    ):
        assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(200_000)
    assert simulated.inverse_ratio == pytest.approx((60 - 1) / (60 - 4 - 2), rel=0.003)
    assert simulated.out_of_sample.min() >= 1


def test_agrees_with_an_independent_simulation(simulated, golden):
    other = golden("sixty_day_estimates")["MC_check"]
    np.testing.assert_allclose(simulated.weights.mean(axis=0), other["mean_w"], atol=0.002)
    assert simulated.in_sample.mean() == pytest.approx(other["insample_ratio"], abs=0.002)
    assert simulated.out_of_sample.mean() == pytest.approx(other["oos_ratio"], abs=0.002)


def test_weights_follow_the_t_law_with_its_degrees_of_freedom(four_assets, golden):
    assert golden("further_portfolio_tests")["KS_t_law_T20_N4"]["nu"] == 17
    w = simulate_gmv(four_assets["covariance"], 20, draws=100_000, seed=2).weights[:, 0]
    law = gmv_weights_law(four_assets["covariance"], 20)
    scale = np.sqrt(law.scale[0, 0])
    assert stats.kstest((w - law.location[0]) / scale, stats.t(17).cdf).pvalue > 0.01
    wrong = np.sqrt(law.scale[0, 0] * 17 / 16)
    assert stats.kstest((w - law.location[0]) / wrong, stats.t(16).cdf).pvalue < 1e-3


def test_drawing_from_wishart_equals_drawing_returns(four_assets):
    rng = np.random.default_rng(3)
    root = np.linalg.cholesky(four_assets["covariance"])
    direct = np.array(
        [gmv_closed_form(np.cov(rng.normal(size=(12, 4)) @ root.T, rowvar=False)) for _ in range(3000)]
    )
    quick = simulate_gmv(four_assets["covariance"], 12, draws=3000, seed=4).weights
    for asset in range(4):
        assert stats.ks_2samp(direct[:, asset], quick[:, asset]).pvalue > 0.001


def test_seeds_reproduce(four_assets):
    one, two, other = (simulate_gmv(four_assets["covariance"], 30, 50, seed).weights for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0.01


def test_drawn_returns_have_the_covariance(four_assets):
    normal = draw_returns(four_assets["covariance"], 200_000, 0)
    heavy = draw_returns(four_assets["covariance"], 200_000, 0, degrees_of_freedom=6)
    np.testing.assert_allclose(np.cov(normal, rowvar=False), four_assets["covariance"], rtol=0.03, atol=2e-4)
    np.testing.assert_allclose(np.cov(heavy, rowvar=False), four_assets["covariance"], rtol=0.08, atol=4e-4)
    assert stats.kurtosis(heavy[:, 0]) > 1.5 > 0.1 > abs(stats.kurtosis(normal[:, 0]))
    spoiled = draw_returns(four_assets["covariance"], 20_000, 0, contamination=0.1)
    hit = (np.abs(spoiled - normal[:20_000]) > 1e-12).any(axis=1).mean()
    assert 0.09 < hit < 0.11


def test_shrinkage_buys_most_when_observations_are_few(random_covariance):
    cov = random_covariance(np.random.default_rng(0), 15)
    methods = {"sample": sample_covariance, "ledoit_wolf": ledoit_wolf}
    few = simulate_estimators(cov, 20, methods, draws=60, seed=1)
    many = simulate_estimators(cov, 300, methods, draws=60, seed=1)
    assert few.shape == (60, 2)
    assert few.to_numpy().min() >= 1
    assert few["sample"].mean() > 2 * few["ledoit_wolf"].mean()
    assert many["sample"].mean() == pytest.approx(out_of_sample_variance_factor(300, 15), abs=0.02)


def test_robust_estimators_resist_outliers(four_assets):
    methods = {"sample": sample_covariance, "mcd": lambda x: estimate_covariance(x, "mcd")}
    table = simulate_estimators(four_assets["covariance"], 60, methods, draws=30, seed=2, contamination=0.1)
    assert table["mcd"].median() < table["sample"].median()


def test_estimators_that_refuse_are_left_empty(four_assets):
    table = simulate_estimators(four_assets["covariance"], 4, {"sample": sample_covariance}, draws=3)
    assert table["sample"].isna().all()


@pytest.mark.parametrize("long_only", [True, False])
def test_truth_itself_costs_nothing(long_only, four_assets):
    table = simulate_estimators(
        four_assets["covariance"],
        10,
        {"truth": lambda x: four_assets["covariance"]},
        draws=3,
        long_only=long_only,
    )
    np.testing.assert_allclose(table["truth"], 1, atol=1e-12)


def test_bad_requests(four_assets):
    with pytest.raises(ParameterError, match="T > N"):
        simulate_gmv(four_assets["covariance"], 4)
    with pytest.raises(ParameterError, match="exceed 2"):
        draw_returns(four_assets["covariance"], 10, 0, degrees_of_freedom=2)
    with pytest.raises(ParameterError, match="contamination"):
        draw_returns(four_assets["covariance"], 10, 0, contamination=1.0)
    with pytest.raises(ParameterError, match="draws"):
        simulate_estimators(four_assets["covariance"], 10, {}, draws=0)
    with pytest.raises(CovarianceError, match="singular"):
        simulate_gmv(np.ones((2, 2)), 10)
