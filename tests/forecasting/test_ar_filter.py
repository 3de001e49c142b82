"""The AR filter: golden values, sequential = batch, Student t extension, bad input, no leak."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from portfolio_study.errors import CovarianceError, DataError, EstimationError, ParameterError
from portfolio_study.forecasting.ar_filter import ar_filter, batch_posterior
from portfolio_study.forecasting.ar_model import (
    ar_multi_step,
    ar_order,
    ar_prior,
    check_stationary,
    process_mean,
    regressors,
)


@pytest.fixture
def dlm(golden):
    return golden("multi_period_policy")["D1_dlm"]


@pytest.fixture
def filtered(dlm):
    dates = pd.date_range("2020-01-03", periods=6, freq="W-FRI")
    return ar_filter(pd.Series(dlm["r0_r5"], dates), dlm["m0"], dlm["C0"], dlm["sigma2"])


def test_every_golden_step(dlm, filtered):
    for t, step in enumerate(dlm["steps"]):
        assert filtered.forecast.iloc[t] == pytest.approx(step["f"], abs=1e-12)
        assert filtered.forecast_variance.iloc[t] == pytest.approx(step["Q"], abs=1e-12)
        np.testing.assert_allclose(filtered.gain[t], step["A"], atol=1e-12)
        np.testing.assert_allclose(filtered.mean.iloc[t], step["m"], atol=1e-12)
        np.testing.assert_allclose(filtered.covariance[t], step["C"], atol=1e-14)
    assert filtered.log_score.sum() == pytest.approx(dlm["log_pred_lik"], abs=1e-9)
    mu, _ = process_mean(filtered.mean.iloc[-1], filtered.covariance[-1])
    assert mu == pytest.approx(dlm["mu_implied"], abs=1e-12)


def test_labels_are_the_forecast_dates(filtered):
    assert list(filtered.mean.columns) == ["intercept", "lag_1"]
    assert filtered.forecast.index[0] == pd.Timestamp("2020-01-10")


def test_predictive_likelihood_is_the_joint_normal_density(dlm, filtered):
    rows, values = regressors(dlm["r0_r5"], 1)
    joint = rows @ np.array(dlm["C0"]) @ rows.T + dlm["sigma2"] * np.eye(5)
    # the joint density conditions on the regressors: chain rule, so compare with r_1..r_5 | r_0
    expected = stats.multivariate_normal.logpdf(values, rows @ np.array(dlm["m0"]), joint)
    assert filtered.log_score.sum() == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    order=st.integers(0, 3),
    seed=st.integers(0, 10_000),
    steps=st.integers(1, 40),
    noise=st.floats(1e-5, 2.0),
)
def test_sequential_equals_batch(order, seed, steps, noise):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(order + 1, order + 1))
    prior_cov = root @ root.T + 0.1 * np.eye(order + 1)
    prior_mean = np.r_[rng.normal(), rng.uniform(-0.3, 0.3, order)]
    returns = rng.normal(size=order + steps)
    sequential = ar_filter(returns, prior_mean, prior_cov, noise)
    mean, cov = batch_posterior(returns, prior_mean, prior_cov, noise)
    np.testing.assert_allclose(sequential.mean[-1], mean, atol=1e-8, rtol=1e-8)
    np.testing.assert_allclose(sequential.covariance[-1], cov, atol=1e-8, rtol=1e-7)
    assert np.all(np.asarray(sequential.forecast_variance) >= noise)


def test_sequential_equals_batch_to_machine_precision(dlm, filtered):
    mean, cov = batch_posterior(dlm["r0_r5"], dlm["m0"], dlm["C0"], dlm["sigma2"])
    np.testing.assert_allclose(filtered.mean.iloc[-1], mean, atol=1e-16)
    np.testing.assert_allclose(filtered.covariance[-1], cov, atol=1e-16)


def test_published_forecast_variance_can_be_negative(golden):
    """Erratum F16: with phi = -.9, r = 2, sigma^2 = .2 the paper's Q is -3.4; ours never is below sigma^2."""
    phi, r, s2 = -0.9, 2.0, 0.2
    assert r * phi * r + s2 == pytest.approx(
        golden("multi_period_policy")["D1_literalQ"]["phi=-0.9,r=2,s2=0.2"]
    )
    corrected = ar_filter([r, 0.0], [0.0, phi], np.diag([0.01, 0.01]), s2)
    assert corrected.forecast_variance[0] > s2


def test_published_regressor_has_one_entry_too_few():
    """Erratum F17: F = (r_(t-1)) cannot multiply theta = (mu, phi); with the constant it can."""
    rows, _ = regressors([0.01, 0.02, 0.03], 1)
    without_constant = rows[0][1:]
    with pytest.raises(ValueError, match="matmul"):
        without_constant @ np.array([0.002, -0.13])
    assert rows[0] @ np.array([0.002, -0.13]) == pytest.approx(0.002 - 0.13 * 0.01)


def test_mean_and_slope_enter_as_a_product():
    """Erratum F17: log density of r given (mu, phi) is not quadratic in (mu, phi), so no conjugacy."""

    def log_density(mu, phi):
        return -0.5 * (0.03 - mu - phi * (0.02 - mu)) ** 2

    h = 1e-2
    points = [log_density(0.5 + i * h, 0.3 + i * h) for i in range(5)]
    fourth_difference = points[0] - 4 * points[1] + 6 * points[2] - 4 * points[3] + points[4]
    assert abs(fourth_difference) > 1e-9  # a quadratic has third and higher differences of zero


def test_conditional_mean_is_not_the_unconditional_one():
    """Erratum F20: E(r_t | F_(t-1)) = c + phi r_(t-1) moves with the last return; mu does not."""
    c, phi = 0.002, -0.13
    mu, _ = process_mean([c, phi], np.eye(2))
    conditional = [ar_filter([r, 0.0], [c, phi], np.eye(2) * 1e-6, 1.0).forecast[0] for r in (-0.02, 0.02)]
    assert conditional[0] > mu > conditional[1]


def test_prior_of_a_step_is_the_posterior_of_the_step_before(dlm, filtered):
    """Erratum F20: the prior at t conditions on t - 1, the posterior at t on t."""
    for t in range(1, 5):
        row = np.array([1.0, dlm["r0_r5"][t]])
        assert filtered.forecast.iloc[t] == pytest.approx(
            row @ filtered.mean.iloc[t - 1].to_numpy(), abs=1e-16
        )
        moved = filtered.mean.iloc[t] - filtered.mean.iloc[t - 1]
        assert np.abs(moved).max() > 0  # so the index matters


def test_an_autoregression_close_to_one_is_stationary_and_estimable():
    """|phi| = .9 is inside the unit circle: the variance is finite and least squares finds phi."""
    rng = np.random.default_rng(2)
    for phi in (-0.9, 0.9):
        r, shocks = np.zeros(40_000), rng.normal(size=40_000)
        for t in range(1, 40_000):
            r[t] = phi * r[t - 1] + shocks[t]
        assert r.var() == pytest.approx(1 / (1 - phi**2), rel=0.1)
        prior = ar_prior(r)
        assert abs(prior.mean[1] - phi) < 4 * np.sqrt(prior.covariance[1, 1])
    with pytest.raises(ParameterError, match="not stationary"):
        check_stationary([1.0], "phi")


def test_known_noise_variance_is_never_updated(dlm, filtered):
    """The paper's conclusion gives the covariance a prior; in its filter it is a constant."""
    assert set(filtered.noise_variance) == {dlm["sigma2"]}
    unknown = ar_filter(dlm["r0_r5"], dlm["m0"], dlm["C0"], dlm["sigma2"], degrees_of_freedom=10)
    assert len(set(unknown.noise_variance)) == 5


def test_unknown_variance_is_the_normal_inverse_gamma_posterior():
    rng = np.random.default_rng(3)
    returns, m0, c0, s0, n0 = rng.normal(size=31) * 0.02, np.array([0.0, 0.1]), np.diag([0.1, 0.5]), 4e-4, 8.0
    result = ar_filter(returns, m0, c0 * s0, s0, degrees_of_freedom=n0)
    rows, values = regressors(returns, 1)
    # batch: precision in units of the noise variance; sum of squares completes the square
    precision = np.linalg.inv(c0) + rows.T @ rows
    mean = np.linalg.solve(precision, np.linalg.solve(c0, m0) + rows.T @ values)
    squares = n0 * s0 + values @ values + m0 @ np.linalg.solve(c0, m0) - mean @ precision @ mean
    s_n = squares / (n0 + len(values))
    np.testing.assert_allclose(result.mean[-1], mean, rtol=1e-10)
    assert result.noise_variance[-1] == pytest.approx(s_n, rel=1e-10)
    np.testing.assert_allclose(result.covariance[-1], s_n * np.linalg.inv(precision), rtol=1e-9)
    assert result.degrees_of_freedom[0] == n0
    assert result.degrees_of_freedom[-1] == n0 + 29


def test_student_forecast_is_the_mixture_of_normals():
    """Integrate the normal forecast over the inverse-gamma variance: the Student density comes out."""
    from scipy.integrate import quad

    m0, c0, s0, n0, regressor, value = (
        np.array([0.1, 0.2]),
        np.diag([0.3, 0.2]),
        0.5,
        5.0,
        np.array([1, 0.4]),
        1.3,
    )
    one = ar_filter([0.4, value], m0, c0 * s0, s0, degrees_of_freedom=n0)
    q = regressor @ c0 @ regressor + 1
    integral, _ = quad(
        lambda s2: (
            stats.norm.pdf(value, regressor @ m0, np.sqrt(q * s2))
            * stats.invgamma.pdf(s2, n0 / 2, scale=n0 * s0 / 2)
        ),
        0,
        np.inf,
    )
    assert one.log_score[0] == pytest.approx(np.log(integral), abs=1e-8)


def test_pit_is_uniform_when_the_model_is_right():
    rng = np.random.default_rng(5)
    n, c, phi, sigma = 4000, 0.002, -0.3, 0.02
    r = np.empty(n)
    r[0] = c
    for t in range(1, n):
        r[t] = c + phi * r[t - 1] + sigma * rng.normal()
    prior = ar_prior(r[:200])
    result = ar_filter(r[199:], prior.mean, prior.covariance, prior.noise_variance, prior.degrees_of_freedom)
    assert stats.kstest(result.pit, "uniform").pvalue > 0.01
    # and a wrong variance is found out
    wrong = ar_filter(r[199:], prior.mean, prior.covariance, 4 * prior.noise_variance)
    assert stats.kstest(wrong.pit, "uniform").pvalue < 1e-6


def test_a_later_return_never_moves_an_earlier_forecast():
    rng = np.random.default_rng(7)
    returns = rng.normal(size=30)
    changed = returns.copy()
    changed[20] += 1.0
    args = ([0.0, 0.1], np.eye(2) * 0.1, 1.0)
    before, after = ar_filter(returns, *args), ar_filter(changed, *args)
    np.testing.assert_array_equal(before.forecast[:20], after.forecast[:20])  # forecasts of returns 1..20
    np.testing.assert_array_equal(before.mean[:19], after.mean[:19])
    assert before.forecast[20] != after.forecast[20]


def test_prior_is_least_squares(lcg_normal):
    import statsmodels.api as sm

    r = lcg_normal(80, 5) * 0.02
    prior = ar_prior(r, 2)
    rows, values = regressors(r, 2)
    fit = sm.OLS(values, rows).fit()
    np.testing.assert_allclose(prior.mean, fit.params, rtol=1e-10)
    np.testing.assert_allclose(prior.covariance, fit.cov_params(), rtol=1e-9)
    assert prior.noise_variance == pytest.approx(fit.mse_resid, rel=1e-12)
    np.testing.assert_array_equal(prior.last, [r[-1], r[-2]])


def test_order_uses_one_common_sample(lcg_normal):
    r = lcg_normal(300, 9) * 0.02
    for t in range(2, 300):
        r[t] += 0.6 * r[t - 2]
    aic = ar_order(r, 5)
    assert list(aic.index) == [0, 1, 2, 3, 4, 5]
    assert aic.idxmin() == 2
    rows, values = regressors(r, 5)
    for p in (0, 1, 4):
        residuals = values - rows[:, : p + 1] @ np.linalg.lstsq(rows[:, : p + 1], values, rcond=None)[0]
        n = len(values)
        log_likelihood = -0.5 * n * (np.log(2 * np.pi * residuals @ residuals / n) + 1)
        assert aic[p] == pytest.approx(-2 * log_likelihood + 2 * (p + 2), abs=1e-8)


def test_multi_step_moments_match_simulation():
    mean, s2, last = np.array([0.01, 0.5, -0.2]), 0.04, np.array([0.3, -0.1])
    rng = np.random.default_rng(11)
    paths = np.tile(last, (200_000, 1))
    m, v = ar_multi_step(mean, s2, last, 4)
    for j in range(4):
        new = mean[0] + paths @ mean[1:] + np.sqrt(s2) * rng.normal(size=len(paths))
        assert m[j] == pytest.approx(new.mean(), abs=3 * new.std() / np.sqrt(len(new)))
        assert v[j] == pytest.approx(new.var(), rel=3 * np.sqrt(2 / len(new)))
        paths = np.column_stack([new, paths[:, 0]])


def test_process_mean_of_the_reported_estimates(golden):
    known = golden("multi_period_policy")["D1_mu_vs_c"]
    mu, se = process_mean([known["c"], known["phi"]], np.diag([1e-6, 1e-4]))
    assert mu == pytest.approx(known["mu"], abs=1e-12)
    assert se > 0


@pytest.mark.parametrize(
    ("change", "error", "names"),
    [
        ({"noise_variance": -1.0}, ParameterError, "noise_variance"),
        ({"noise_variance": float("nan")}, ParameterError, "noise_variance"),
        ({"degrees_of_freedom": 0}, ParameterError, "degrees_of_freedom"),
        ({"prior_mean": [0.0, 1.02]}, ParameterError, "prior_mean.*not stationary"),
        ({"prior_mean": []}, ParameterError, "prior mean"),
        ({"prior_cov": np.eye(3)}, CovarianceError, "prior_cov.*shape"),
        ({"prior_cov": [[1.0, 2.0], [2.0, 1.0]]}, CovarianceError, "prior_cov.*eigenvalue"),
        ({"prior_cov": [[1.0, 0.5], [0.0, 1.0]]}, CovarianceError, "prior_cov.*symmetric"),
        ({"prior_cov": [[np.nan, 0.0], [0.0, 1.0]]}, CovarianceError, "prior_cov"),
        ({"returns": [0.1]}, DataError, "at least 2"),
        ({"returns": [[0.1, 0.2]]}, DataError, "one-dimensional"),
        (
            {"returns": pd.Series([0.1, np.nan], pd.to_datetime(["2020-01-03", "2020-01-10"]))},
            DataError,
            "2020-01-10",
        ),
    ],
)
def test_bad_input_is_named(change, error, names):
    good = {"returns": [0.1, 0.2], "prior_mean": [0.0, 0.1], "prior_cov": np.eye(2), "noise_variance": 1.0}
    with pytest.raises(error, match=names):
        ar_filter(**(good | change))


def test_too_few_observations_for_the_prior():
    with pytest.raises(EstimationError, match="at least 4 returns"):
        ar_prior([0.1, 0.2, 0.3], 1)
    with pytest.raises(EstimationError, match="collinear"):
        ar_prior([0.1] * 10, 1)
    with pytest.raises(ParameterError, match="last has 2"):
        ar_multi_step([0.0, 0.1], 1.0, [0.1, 0.2], 3)
