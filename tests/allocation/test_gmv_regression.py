"""Minimum variance as a regression: weights, errors, tests, restrictions, lasso."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import (
    gmv_closed_form,
    gmv_regression,
    minimum_variance,
    weights_test,
)
from portfolio_study.errors import CovarianceError, OptimisationError, ParameterError


def test_golden_values(sixty_days, golden):
    expected, fit = golden("sixty_day_estimates"), gmv_regression(sixty_days)
    np.testing.assert_allclose(fit.weights, expected["GMV_regression_w"], atol=1e-10)
    np.testing.assert_allclose(fit.weights, expected["GMV_sample"], atol=1e-10)
    assert fit.mean == pytest.approx(expected["GMV_reg_intercept_equals_mean_return"][0], abs=1e-12)
    numbers = expected["GMV_reg_resvar"]
    assert fit.variance == pytest.approx(numbers["w_Sw"], rel=1e-10)
    assert fit.unbiased_variance == pytest.approx(numbers["unbiased RSS/(T-N)"], rel=1e-10)
    assert fit.standard_errors["A"] == pytest.approx(numbers["se_w1"], abs=1e-10)
    assert fit.t_statistics["A"] == pytest.approx(numbers["t_w1"], abs=1e-8)


def test_agrees_with_statsmodels(sixty_days):
    import statsmodels.api as sm

    x = sixty_days.to_numpy()
    model = sm.OLS(x[:, -1], sm.add_constant(x[:, [-1]] - x[:, :-1])).fit()
    fit = gmv_regression(x)
    np.testing.assert_allclose(fit.weights[:-1], model.params[1:], atol=1e-10)
    np.testing.assert_allclose(fit.standard_errors[:-1], model.bse[1:], atol=1e-10)


def test_errors_do_not_depend_on_which_asset_is_on_the_left(sixty_days):
    fit, moved = gmv_regression(sixty_days), gmv_regression(sixty_days[list("DCAB")])
    np.testing.assert_allclose(moved.weights.loc[list("ABCD")], fit.weights, atol=1e-10)
    np.testing.assert_allclose(moved.standard_errors.loc[list("ABCD")], fit.standard_errors, atol=1e-10)


def test_return_restriction_gives_the_constrained_portfolio(sixty_days):
    cov, mean = sixty_days.cov(), sixty_days.mean()
    for target in (-0.001, 0.0, 0.0005):
        fit = gmv_regression(sixty_days, target_return=target)
        solved = minimum_variance(cov, mean=mean, target_return=target)
        np.testing.assert_allclose(fit.weights, solved, atol=1e-9)
        assert fit.mean == pytest.approx(target, abs=1e-12)
        assert fit.degrees_of_freedom == 57


def test_weighted_least_squares_with_forgetting(sixty_days, golden):
    forget = 0.97 ** np.arange(59, -1, -1)
    fit = gmv_regression(sixty_days, observation_weights=forget)
    np.testing.assert_allclose(fit.weights, golden("sixty_day_estimates")["WLS_GMV_forget0.97"], atol=1e-10)
    with pytest.raises(ParameterError, match="60 positive"):
        gmv_regression(sixty_days, observation_weights=-forget)


def test_coverage_of_the_standard_errors(four_assets):
    rng = np.random.default_rng(0)
    root, truth = np.linalg.cholesky(four_assets["covariance"]), gmv_closed_form(four_assets["covariance"])
    hits = 0
    for _ in range(400):
        fit = gmv_regression(rng.normal(size=(40, 4)) @ root.T)
        hits += abs(fit.weights[0] - truth[0]) < 2.028 * fit.standard_errors[0]  # t(36), 95 %
    assert 0.92 < hits / 400 < 0.98


def test_equal_weight_is_rejected_where_it_is_far_from_minimal(sixty_days):
    found = weights_test(sixty_days)
    fit = gmv_regression(sixty_days)
    gap = np.asarray(fit.weights)[:3] - 0.25
    wald = gap @ np.linalg.solve(fit.weights_covariance[:3, :3], gap) / 3
    assert found.statistic == pytest.approx(wald, rel=1e-9)
    assert found.degrees_of_freedom == (3, 56)
    assert found.p_value < 1e-6
    own = weights_test(sixty_days, fit.weights.iloc[::-1])
    assert own.statistic == pytest.approx(0, abs=1e-9)
    assert own.p_value == pytest.approx(1)
    with pytest.raises(ParameterError, match="add up to 1"):
        weights_test(sixty_days, np.ones(4))


def test_weights_test_has_the_right_size(four_assets):
    rng = np.random.default_rng(1)
    root, truth = np.linalg.cholesky(four_assets["covariance"]), gmv_closed_form(four_assets["covariance"])
    p = [weights_test(rng.normal(size=(25, 4)) @ root.T, truth).p_value for _ in range(500)]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.085


def test_too_few_observations_and_equal_means():
    rng = np.random.default_rng(2)
    with pytest.raises(CovarianceError, match="ledoit_wolf"):
        gmv_regression(rng.normal(size=(5, 5)))
    x = pd.DataFrame(rng.normal(size=(30, 3)))
    with pytest.raises(OptimisationError, match="means are equal"):
        gmv_regression(np.vstack([x, -x]), target_return=0.1)
