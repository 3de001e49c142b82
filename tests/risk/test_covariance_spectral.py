"""Factor, clipped and corrected spectra."""

import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.risk import (
    eigenvalue_clipping,
    noise_edge,
    sample_covariance,
    spectral_correction,
    spike_inverse,
    statistical_factor,
)


def test_one_factor(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["PC1_factor_cov"]
    np.testing.assert_allclose(statistical_factor(sixty_days), expected["Sigma"], atol=1e-16)
    np.testing.assert_allclose(gmv_of(statistical_factor(sixty_days)), expected["GMV"], atol=1e-10)


def test_what_the_factors_leave_out_is_bounded_by_the_next_eigenvalue(sixty_days):
    sample = sample_covariance(sixty_days).to_numpy()
    eigenvalues = np.linalg.eigvalsh(sample)[::-1]
    for k in (1, 2, 3):
        gap = statistical_factor(sixty_days, k).to_numpy() - sample
        np.testing.assert_allclose(gap.diagonal(), 0, atol=1e-18)
        assert 0 < np.abs(gap).max() <= eigenvalues[k]
    for k in (0, 4):
        with pytest.raises(ParameterError, match="N - 1 = 3"):
            statistical_factor(sixty_days, k)


def test_clipping(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["MPclip"]
    assert noise_edge(60, 4) == pytest.approx(expected["lambda_plus"], abs=1e-14)
    np.testing.assert_allclose(gmv_of(eigenvalue_clipping(sixty_days)), expected["GMV"], atol=1e-10)
    np.testing.assert_allclose(np.diag(eigenvalue_clipping(sixty_days)), sixty_days.var(), rtol=1e-12)


def test_clipping_pure_noise_leaves_no_correlation():
    x = np.random.default_rng(0).normal(size=(400, 20))
    cov = np.asarray(eigenvalue_clipping(x))
    np.testing.assert_allclose(cov - np.diag(cov.diagonal()), 0, atol=1e-12)


def test_spike_inverse(golden):
    expected = golden("sixty_day_estimates")["spike_inverse"]
    ell = float(spike_inverse(expected["lam"], expected["c"]))
    assert ell == pytest.approx(expected["ell"], abs=1e-12)
    assert ell * (1 + 0.25 / (ell - 1)) == pytest.approx(expected["check"], abs=1e-12)
    assert spike_inverse(2.25, 0.25) == pytest.approx(1.5)
    with pytest.raises(ParameterError, match="noise edge"):
        spike_inverse(2.0, 0.25)


def test_correction_recovers_a_spiked_spectrum(gmv_of):
    rng = np.random.default_rng(1)
    n, t, strength = 60, 240, 12.0
    direction = np.ones(n) / np.sqrt(n)
    truth = np.eye(n) + (strength - 1) * np.outer(direction, direction)
    sd = np.sqrt(truth.diagonal())
    x = rng.normal(size=(t, n)) @ np.linalg.cholesky(truth).T
    target = truth / np.outer(sd, sd)
    top = lambda cov: np.linalg.eigvalsh(np.asarray(cov) / np.sqrt(np.outer(np.diag(cov), np.diag(cov))))[-1]  # noqa: E731
    true_top = np.linalg.eigvalsh(target)[-1]
    corrected, raw = spectral_correction(x), sample_covariance(x)
    assert abs(top(corrected) - true_top) < abs(top(raw) - true_top)
    true_gmv = lambda cov: gmv_of(cov) @ truth @ gmv_of(cov)  # noqa: E731
    assert true_gmv(corrected) < true_gmv(raw)


def test_a_large_ridge_removes_all_correlation(sixty_days):
    cov = spectral_correction(sixty_days, ridge=1e9).to_numpy()
    np.testing.assert_allclose(cov, np.diag(sixty_days.var()), atol=1e-12)
    with pytest.raises(ParameterError, match="ridge"):
        spectral_correction(sixty_days, ridge=-1)
    with pytest.raises(ParameterError, match="noise"):
        spectral_correction(sixty_days, noise=0)


def test_eigenvalues_behind_the_clipping(sixty_days, golden):
    expected = golden("sixty_day_estimates")["MPclip"]
    eigenvalues = np.linalg.eigvalsh(sixty_days.corr())
    np.testing.assert_allclose(eigenvalues, expected["eigs"], atol=1e-10)
    assert (eigenvalues > noise_edge(60, 4)).sum() == expected["n_signal"]
    assert noise_edge(4, 1) == pytest.approx(golden("sixty_day_estimates")["MP_edges_c_0.25"][1], abs=1e-14)
