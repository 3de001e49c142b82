"""The maximum of the likelihood: golden values, brute force, statsmodels, invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.forecasting import arma_kernel as kernel
from portfolio_study.forecasting.arima import fit_arma11
from portfolio_study.forecasting.arma_likelihood import log_likelihood, polish


def arma_path(phi, theta, n, seed, innovations=None):
    e = np.random.default_rng(seed).normal(size=n + 100) if innovations is None else innovations
    x = np.zeros(n + 100)
    for t in range(1, n + 100):
        x[t] = phi * x[t - 1] + e[t] + theta * e[t - 1]
    return x[100:]


def test_golden_maximum(golden, lcg_normal):
    g = golden("prices_and_forecasts")["arma11_mle_seed7_first50"]
    fit = fit_arma11(0.02 * lcg_normal(50, 7))
    assert fit.loglik == pytest.approx(g["global_llf"], abs=1e-6)
    assert fit.loglik > g["statsmodels_llf"] + 0.01
    assert fit.forecast == pytest.approx(g["global_forecast"], abs=1e-6)
    assert [fit.mu, fit.phi, fit.theta] == pytest.approx(g["global_mle_mu_phi_theta_s2"][:3], abs=1e-4)


def test_reported_parameters_give_the_reported_likelihood():
    for seed, (phi, theta) in enumerate([(0.5, 0.3), (-0.8, 0.2), (0.95, -0.9), (0, 0)]):
        x = 3.0 + 0.01 * arma_path(phi, theta, 60, seed)
        fit = fit_arma11(x)
        assert log_likelihood(x, fit.mu, fit.phi, fit.theta, fit.sigma2) == pytest.approx(
            fit.loglik, abs=1e-6
        )
        noise = log_likelihood(x, x.mean(), 0.0, 0.0, x.var())
        assert fit.loglik_noise == pytest.approx(noise, abs=1e-9)
        assert fit.likelihood_ratio > 0
        assert fit.constant == pytest.approx(fit.mu * (1 - fit.phi))


CASES = [
    (n, phi, theta)
    for n in (10, 25, 50, 120)
    for phi, theta in ((0, 0), (0.9, -0.7), (0.3, 0.6), (-0.9, 0.95))
]


@pytest.mark.parametrize(("n", "phi", "theta"), CASES)
def test_no_other_start_reaches_higher(n, phi, theta):
    """Brute force: climb from 21 x 21 starts all over the square."""
    grid = np.linspace(-5, 5, 21)
    for seed in range(3):
        x = arma_path(phi, theta, n, 100 * n + seed)
        z = (x - x.mean()) / x.std()
        best = min(polish(z, zp, zt)[0] for zp in grid for zt in grid)
        constant = n * (1 + np.log(2 * np.pi) - np.log(n)) + 2 * n * np.log(x.std())
        assert fit_arma11(x).loglik >= -0.5 * (best + constant) - 1e-8


@pytest.mark.slow
def test_never_below_statsmodels_in_noise_fat_tails_and_crash():
    import warnings

    from statsmodels.tsa.arima.model import ARIMA

    generator = np.random.default_rng(4)
    windows = [0.01 * generator.normal(size=50) for _ in range(8)]
    windows += [0.01 * generator.standard_t(2, size=50) for _ in range(8)]
    crash = 0.005 * generator.normal(size=50)
    crash[30] = -0.3
    windows += [crash, 1e-4 * generator.normal(size=50), 0.01 * arma_path(0.9, -0.95, 50, 5)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = np.array([ARIMA(x, order=(1, 0, 1)).fit().llf for x in windows])
    ours = np.array([fit_arma11(x).loglik for x in windows])
    assert (ours >= theirs - 1e-4).all(), (ours - theirs).min()
    assert (ours > theirs + 0.01).any()


@settings(max_examples=30, deadline=None)
@given(
    scale=st.floats(1e-6, 1e6), shift=st.floats(-10, 10), n=st.integers(10, 60), seed=st.integers(0, 10**6)
)
def test_shift_and_scale(scale, shift, n, seed):
    x = arma_path(0.4, -0.1, n, seed)
    base, moved = fit_arma11(x), fit_arma11(scale * (x + shift))
    assert moved.loglik == pytest.approx(base.loglik - n * np.log(scale), abs=1e-5)
    assert moved.likelihood_ratio == pytest.approx(base.likelihood_ratio, abs=1e-5)
    # The likelihood, not the parameters, is what the data determine: compare the new fit on the old data.
    back = log_likelihood(x, moved.mu / scale - shift, moved.phi, moved.theta, moved.sigma2 / scale**2)
    assert back == pytest.approx(base.loglik, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(10, 60), seed=st.integers(0, 10**6))
def test_reversal_and_sign(n, seed):
    x = arma_path(0.2, 0.3, n, seed)
    base = fit_arma11(x)
    assert fit_arma11(x[::-1]).loglik == pytest.approx(base.loglik, abs=1e-6)
    assert fit_arma11(-x).loglik == pytest.approx(base.loglik, abs=1e-6)


def test_recovers_the_truth_in_a_long_sample():
    fit = fit_arma11(arma_path(0.7, 0.4, 4000, 9) + 5)
    assert [fit.mu, fit.phi, fit.theta, fit.sigma2] == pytest.approx([5, 0.7, 0.4, 1], abs=0.2)
    assert not fit.boundary
    assert not fit.common_factor


def test_boundary_and_common_factor_are_named():
    steps = np.random.default_rng(1).normal(size=61)
    assert fit_arma11(np.diff(steps)).boundary  # an over-differenced series: theta = -1
    noise = fit_arma11(np.random.default_rng(3).normal(size=3000))
    assert noise.common_factor


def test_one_outlier_dominates_without_breaking():
    x = 1e-4 * np.random.default_rng(0).normal(size=50)
    x[20] = 5.0
    fit = fit_arma11(x)
    assert np.isfinite([fit.loglik, fit.forecast, fit.mu]).all()
    assert fit.loglik >= fit.loglik_noise


def test_tiny_scale_keeps_its_digits():
    x = arma_path(0.5, 0.2, 50, 2)
    tiny, base = fit_arma11(1e-12 * x), fit_arma11(x)
    assert tiny.forecast == pytest.approx(1e-12 * base.forecast, rel=1e-6)
    assert tiny.sigma2 == pytest.approx(1e-24 * base.sigma2, rel=1e-6)


def test_bad_samples_are_refused():
    with pytest.raises(EstimationError, match="all 20 observations equal"):
        fit_arma11(np.full(20, 0.001))
    with pytest.raises(ParameterError, match="at least 10 observations, got 9"):
        fit_arma11(np.arange(9.0))
    with pytest.raises(DataError, match="missing or infinite"):
        fit_arma11([0.1, np.nan, *range(10)])
    with pytest.raises(DataError):
        fit_arma11(["a"] * 12)


def test_results_do_not_depend_on_the_chunking():
    x = np.random.default_rng(2).normal(size=(3, 90))
    whole = kernel.fit_windows(x, 50)
    alone = np.stack([kernel.fit_windows(row[None], 50)[0] for row in x])
    assert np.array_equal(whole, alone)
