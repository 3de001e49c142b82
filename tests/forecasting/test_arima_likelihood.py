"""The exact likelihood of ARMA(1,1): golden values, multivariate normal, statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import toeplitz
from scipy.stats import multivariate_normal

from portfolio_study.forecasting import arma_likelihood
from portfolio_study.forecasting.arma_inference import innovations
from portfolio_study.forecasting.arma_likelihood import forecast, log_likelihood, prior

INSIDE = st.floats(-0.97, 0.97)


def autocovariances(phi, theta, sigma2, n):
    g = np.empty(n)
    g[0] = sigma2 * (1 + 2 * phi * theta + theta**2) / (1 - phi**2)
    g[1] = sigma2 * (phi + theta) * (1 + phi * theta) / (1 - phi**2)
    for k in range(2, n):
        g[k] = phi * g[k - 1]
    return g


def loglik_from_search(x, zp, zt):
    """Log-likelihood as the kernel computes it, mean and variance profiled out."""
    n = len(x)
    mu, sigma2, value, _, _ = forecast(x, zp, zt)
    return mu, sigma2, -0.5 * (n * (1 + np.log(2 * np.pi) - np.log(n)) + value)


def test_golden_likelihood_and_forecast(golden):
    g = golden("prices_and_forecasts")["arma11_exact"]
    x, (mu, phi, theta, s2) = np.array(g["y"]), g["params_mu_phi_theta_s2"]
    assert log_likelihood(x, mu, phi, theta, s2) == pytest.approx(g["loglik"], abs=1e-10)
    gamma = autocovariances(phi, theta, s2, 6)
    assert gamma[:2] == pytest.approx([g["gamma0"], g["gamma1"]], rel=1e-12)
    assert mu * (1 - phi) == pytest.approx(g["c_equiv"], abs=1e-15)
    e, v = innovations(x[None], np.array([[mu, phi, theta, s2]]))
    ahead = mu + phi * (x[-1] - mu) + theta * e[0, -1] / v[0, -1]
    assert ahead == pytest.approx(g["forecast1"], abs=1e-13)
    variance = s2 * (1 + theta**2 * (v[0, -1] - 1) / v[0, -1])
    assert variance == pytest.approx(g["forecast1_var"], abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(phi=INSIDE, theta=INSIDE, mu=st.floats(-0.1, 0.1), n=st.integers(10, 60), seed=st.integers(0, 10**6))
def test_equals_the_multivariate_normal_density(phi, theta, mu, n, seed):
    x = np.random.default_rng(seed).normal(0.02, 0.5, n)
    covariance = toeplitz(autocovariances(phi, theta, 0.3, n))
    brute = multivariate_normal(np.full(n, mu), covariance, allow_singular=False).logpdf(x)
    assert log_likelihood(x, mu, phi, theta, 0.3) == pytest.approx(brute, abs=1e-8, rel=1e-10)
    e, v = innovations(x[None], np.array([[mu, phi, theta, 0.3]]))
    direct = -0.5 * (np.log(2 * np.pi * 0.3 * v) + e**2 / (0.3 * v)).sum()
    assert direct == pytest.approx(brute, abs=1e-8, rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(phi=INSIDE, theta=INSIDE, n=st.integers(10, 60), seed=st.integers(0, 10**6))
def test_profiled_mean_variance_and_forecast(phi, theta, n, seed):
    """Mean by generalised least squares, forecast by the normal equations, all from the Toeplitz matrix."""
    x = np.random.default_rng(seed).normal(size=n)
    gamma = autocovariances(phi, theta, 1.0, n + 1)
    inverse = np.linalg.inv(toeplitz(gamma[:n]))
    mu = inverse.sum(axis=0) @ x / inverse.sum()
    sigma2 = (x - mu) @ inverse @ (x - mu) / n
    weights = inverse @ gamma[n:0:-1]
    got = forecast(x, np.arctanh(phi), np.arctanh(theta))
    assert got[0] == pytest.approx(mu, abs=1e-8)
    assert got[1] == pytest.approx(sigma2, rel=1e-8)
    assert got[3] == pytest.approx(mu + weights @ (x - mu), abs=1e-8)
    assert got[4] == pytest.approx(gamma[0] - weights @ gamma[n:0:-1], rel=1e-8)
    _, _, profiled = loglik_from_search(x, np.arctanh(phi), np.arctanh(theta))
    assert profiled == pytest.approx(log_likelihood(x, mu, phi, theta, sigma2), abs=1e-8)


def test_equals_statsmodels_at_fixed_parameters(lcg_normal):
    from statsmodels.tsa.arima.model import ARIMA

    x = 0.02 * lcg_normal(50, 7)
    model = ARIMA(x, order=(1, 0, 1))
    for phi, theta in [(0, 0), (0.5, 0.3), (-0.9, 0.95), (0.99, -0.8), (-0.3, -0.999), (0.2, -0.2)]:
        theirs = model.loglike([0.001, phi, theta, 4e-4])
        assert log_likelihood(x, 0.001, phi, theta, 4e-4) == pytest.approx(theirs, abs=1e-9)


def test_prior_variance_keeps_its_digits_near_the_corner():
    phi, theta = np.float128("-0.99999999"), np.float128("0.9999")
    exact = float((phi + theta) ** 2 / (1 - phi**2))
    got = prior(float(np.arctanh(phi)), float(np.arctanh(theta)))[0]
    assert got == pytest.approx(exact, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(zp=st.floats(-4, 4), zt=st.floats(-4, 4), n=st.integers(10, 80), seed=st.integers(0, 10**6))
def test_gradient_is_the_derivative(zp, zt, n, seed):
    x = np.random.default_rng(seed).normal(size=n)
    x = (x - x.mean()) / x.std()
    value, by_p, by_t = arma_likelihood._gradient(x, zp, zt)
    h = 1e-5

    def value_at(a, b):
        return arma_likelihood._regression(x, zp + h * a, zt + h * b)[0]

    slopes = [(value_at(a, b) - value_at(-a, -b)) / (2 * h) for a, b in ((1, 0), (0, 1))]
    assert value == arma_likelihood._regression(x, zp, zt)[0]
    assert [by_p, by_t] == pytest.approx(slopes, abs=1e-4, rel=1e-5)


def test_symmetric_in_time(lcg_normal):
    """A stationary Gaussian process looks the same backwards."""
    x = lcg_normal(40, 3)
    assert log_likelihood(x, 0.1, 0.6, -0.9, 1.1) == pytest.approx(
        log_likelihood(x[::-1], 0.1, 0.6, -0.9, 1.1), abs=1e-10
    )
