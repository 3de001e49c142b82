"""The VAR filter: golden values, Kronecker form = full form = batch, extension, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from portfolio_study.errors import CovarianceError, DataError, EstimationError, ParameterError
from portfolio_study.forecasting.ar_filter import ar_filter
from portfolio_study.forecasting.var_filter import (
    var_filter,
    var_order,
    var_prior,
    var_regressors,
)


@pytest.fixture
def case(golden):
    return golden("multi_period_several_assets")["VAR_DLM"]


@pytest.fixture
def panel(lcg_normal):
    dates = pd.date_range("2017-07-07", periods=60, freq="W-FRI", name="date")
    return pd.DataFrame(lcg_normal(180, 77).reshape(60, 3) * 0.02, dates, list("ABC"))


def full_filter(returns, mean, cov, sigma, order):
    """The reference: the filter on vec(Pi) with the whole nk x nk covariance, no Kronecker structure."""
    rows, values = var_regressors(returns, order)
    n, k = values.shape[1], rows.shape[1]
    m = np.asarray(mean).T.reshape(n * k)  # vec stacks the columns of Pi: equation after equation
    c = np.asarray(cov)
    out = []
    for z, r in zip(rows, values, strict=True):
        block = np.kron(np.eye(n), z[None, :])
        f, q = block @ m, block @ c @ block.T + sigma
        gain = c @ block.T @ np.linalg.inv(q)
        m, c = m + gain @ (r - f), c - gain @ q @ gain.T
        out.append((f, q, m.reshape(n, k).T, c))
    return out


def test_every_golden_step(case):
    got = var_filter(case["R"], case["M0_kxn"], case["P0"], case["Sigma"])
    for t, step in enumerate(case["steps"]):
        np.testing.assert_allclose(got.forecast[t], step["f"], atol=1e-12)
        np.testing.assert_allclose(got.forecast_covariance[t], step["Q"], atol=1e-12)
        np.testing.assert_allclose(got.mean[t].T.ravel(), step["m"], atol=1e-12)
        assert got.forecast_scale[t] == pytest.approx(step["q"], abs=1e-12)
    np.testing.assert_allclose(got.mean[-1], case["M5"], atol=1e-12)
    np.testing.assert_allclose(got.scale[-1], case["P5"], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 3), order=st.integers(1, 2), seed=st.integers(0, 10_000))
def test_kronecker_form_equals_the_full_filter(n, order, seed):
    rng = np.random.default_rng(seed)
    k = n * order + 1
    roots = rng.normal(size=(k, k)), rng.normal(size=(n, n))
    p0, sigma = (a @ a.T + 0.2 * np.eye(len(a)) for a in roots)
    m0 = rng.uniform(-0.15, 0.15, (k, n))
    returns = rng.normal(size=(order + 8, n))
    got = var_filter(returns, m0, p0, sigma)
    for t, (f, q, m, c) in enumerate(full_filter(returns, m0, np.kron(sigma, p0), sigma, order)):
        np.testing.assert_allclose(got.forecast[t], f, atol=1e-9)
        np.testing.assert_allclose(got.forecast_covariance[t], q, atol=1e-8, rtol=1e-8)
        np.testing.assert_allclose(got.mean[t], m, atol=1e-8, rtol=1e-8)
        np.testing.assert_allclose(got.covariance(t), c, atol=1e-8, rtol=1e-7)


def test_sequential_equals_batch(panel):
    prior = var_prior(panel[:40], 1)
    got = var_filter(panel[39:], prior.mean, prior.scale, prior.noise_covariance)
    rows, values = var_regressors(panel[39:], 1)
    precision0 = np.linalg.inv(prior.scale)
    scale = np.linalg.inv(precision0 + rows.T @ rows)
    np.testing.assert_allclose(got.scale[-1], scale, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        got.mean[-1], scale @ (precision0 @ prior.mean + rows.T @ values), rtol=1e-9, atol=1e-14
    )
    # a prior from the first 40 weeks, updated with 20, is the fit of all 60
    np.testing.assert_allclose(got.mean[-1], var_prior(panel, 1).mean, rtol=1e-8, atol=1e-12)


def test_one_asset_is_the_ar_filter(panel):
    r = panel["A"]
    m0, p0, s2 = np.array([0.001, -0.1]), np.diag([0.1, 5.0]), 4e-4
    one, many = ar_filter(r, m0, p0 * s2, s2), var_filter(panel[["A"]], m0[:, None], p0, [[s2]])
    np.testing.assert_allclose(many.forecast["A"], one.forecast, atol=1e-16)
    np.testing.assert_allclose(many.log_score, one.log_score, atol=1e-9)
    student = ar_filter(r, m0, p0 * s2, s2, 9.0), var_filter(panel[["A"]], m0[:, None], p0, [[s2]], 9.0)
    np.testing.assert_allclose(student[1].log_score, student[0].log_score, atol=1e-9)


def test_unknown_covariance_is_the_matrix_normal_inverse_wishart(panel):
    prior = var_prior(panel[:30], 1)
    got = var_filter(panel[29:], prior.mean, prior.scale, prior.noise_covariance, prior.degrees_of_freedom)
    rows, values = var_regressors(panel[29:], 1)
    precision0 = np.linalg.inv(prior.scale)
    precision = precision0 + rows.T @ rows
    mean = np.linalg.solve(precision, precision0 @ prior.mean + rows.T @ values)
    squares = (
        prior.degrees_of_freedom * prior.noise_covariance
        + values.T @ values
        + prior.mean.T @ precision0 @ prior.mean
        - mean.T @ precision @ mean
    )
    # the estimate after the last step is used by the next forecast: compare on one step less
    shorter = var_filter(
        panel[29:].iloc[:-1], prior.mean, prior.scale, prior.noise_covariance, prior.degrees_of_freedom
    )
    np.testing.assert_array_equal(shorter.forecast, got.forecast[:-1])
    z, error = rows[-1], values[-1] - np.asarray(got.forecast)[-1]
    df = got.degrees_of_freedom[-1]
    updated = got.noise_covariance[-1] + (
        np.outer(error, error) / got.forecast_scale[-1] - got.noise_covariance[-1]
    ) / (df + 1)
    np.testing.assert_allclose(updated, squares / (prior.degrees_of_freedom + len(values)), rtol=1e-8)
    assert got.forecast_scale[-1] == pytest.approx(1 + z @ got.scale[-2] @ z)


def test_log_score_is_the_multivariate_density(case):
    got = var_filter(case["R"], case["M0_kxn"], case["P0"], case["Sigma"])
    expected = [
        stats.multivariate_normal.logpdf(r, s["f"], s["Q"])
        for r, s in zip(case["R"][1:], case["steps"], strict=True)
    ]
    np.testing.assert_allclose(got.log_score, expected, atol=1e-10)


def test_published_gain_does_not_fit(case):
    """Misprint F22: C Z' Q^-1 has no meaning, with I kron Z' it does; the forecast Z'm is right for m = Pi."""
    z, m = np.array([1.0, 0.01, -0.005]), np.asarray(case["M0_kxn"])
    np.testing.assert_allclose(z @ m, case["steps"][0]["f"], atol=1e-15)
    covariance, block = np.eye(6), np.kron(np.eye(2), z[None, :])
    with pytest.raises(ValueError, match="matmul"):
        covariance @ z[:, None]
    assert (covariance @ block.T).shape == (6, 2)
    np.testing.assert_allclose(block @ m.T.ravel(), case["steps"][0]["f"], atol=1e-15)


def test_prior_is_the_asymptotic_covariance_of_least_squares(panel):
    """(11) and (12): equations, residual covariance and Sigma kron (Z'Z)^-1, against statsmodels."""
    from statsmodels.tsa.api import VAR

    fit, prior = VAR(panel.to_numpy()).fit(1), var_prior(panel, 1)
    np.testing.assert_allclose(prior.mean, fit.params, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(prior.noise_covariance, fit.sigma_u, rtol=1e-9)
    reference = np.asarray(fit.cov_params())
    ours = np.kron(prior.noise_covariance, prior.scale)
    k, n = prior.mean.shape
    # statsmodels stacks coefficient by coefficient, the paper equation by equation
    order = [row * n + column for column in range(n) for row in range(k)]
    np.testing.assert_allclose(ours, reference[np.ix_(order, order)], rtol=1e-8, atol=1e-15)


def test_process_mean_solves_the_fixed_point(panel):
    prior = var_prior(panel, 2)
    mu = prior.process_mean
    np.testing.assert_allclose(np.r_[1, mu, mu] @ prior.mean, mu, atol=1e-14)


def test_order_by_aic(panel):
    r = np.asarray(panel).copy()
    for t in range(1, 60):
        r[t] += 0.9 * r[t - 1][::-1]
    aic = var_order(pd.DataFrame(r), 3)
    assert aic.idxmin() >= 1
    assert list(aic.index) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("change", "error", "names"),
    [
        ({"prior_mean": np.zeros((4, 2))}, ParameterError, "prior_mean has shape"),
        ({"prior_mean": np.array([[0.0, 0.0], [1.1, 0.0], [0.0, 0.2]])}, ParameterError, "not stationary"),
        ({"prior_scale": np.eye(2)}, CovarianceError, "prior_scale has shape"),
        ({"noise_covariance": np.ones((2, 2))}, CovarianceError, "noise_covariance.*singular"),
        ({"degrees_of_freedom": -1}, ParameterError, "degrees_of_freedom"),
        ({"returns": np.zeros(4)}, DataError, "must be a table"),
        ({"returns": np.zeros((1, 2))}, DataError, "at least 2"),
        ({"returns": pd.DataFrame([[0.1, 0.2], [0.1, np.nan]], columns=["AAPL", "MSFT"])}, DataError, "MSFT"),
    ],
)
def test_bad_input_is_named(change, error, names):
    good = {
        "returns": np.full((3, 2), 0.1),
        "prior_mean": np.zeros((3, 2)),
        "prior_scale": np.eye(3),
        "noise_covariance": np.eye(2),
    }
    with pytest.raises(error, match=names):
        var_filter(**(good | change))


def test_too_few_rows(panel):
    with pytest.raises(EstimationError, match="4 parameters"):
        var_prior(panel[:5], 1)
    with pytest.raises(EstimationError, match="collinear"):
        var_prior(pd.concat([panel, panel["A"].rename("A2")], axis=1), 1)
    with pytest.raises(EstimationError, match="too few"):
        var_order(panel[:12], 5)
