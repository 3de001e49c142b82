import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.long_run import (
    automatic_lags,
    kernel_weights,
    long_run_covariance,
    long_run_variance,
    newey_west_lags,
)


def _ar1(n, rho, seed, columns=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns))
    for t in range(1, n):
        x[t] += rho * x[t - 1]
    return x


@pytest.mark.parametrize("lags", [0, 1, 5, 20])
def test_bartlett_matches_statsmodels_and_arch(lags):
    from arch.covariance.kernel import Bartlett
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    x = _ar1(200, 0.4, 1, 3)
    ours = long_run_covariance(x, lags)
    centred = x - x.mean(axis=0)
    assert ours == pytest.approx(S_hac_simple(centred, nlags=lags) / 200, rel=1e-10)
    assert ours == pytest.approx(np.asarray(Bartlett(x, bandwidth=lags).cov.long_run), rel=1e-10)


def test_parzen_matches_arch():
    from arch.covariance.kernel import Parzen

    x = _ar1(200, 0.4, 2, 2)
    ours = long_run_covariance(x, 7, "parzen")
    assert ours == pytest.approx(np.asarray(Parzen(x, bandwidth=7).cov.long_run), rel=1e-10)


def test_kernel_weights_by_hand():
    assert kernel_weights("bartlett", 3) == pytest.approx([0.75, 0.5, 0.25])
    assert kernel_weights("parzen", 3) == pytest.approx([1 - 6 / 16 + 6 / 64, 0.25, 2 / 64])
    assert kernel_weights("rectangular", 2) == pytest.approx([1, 1])
    with pytest.raises(UnknownNameError, match="bartlett"):
        kernel_weights("bartlet", 2)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), lags=st.integers(0, 30), kernel=st.sampled_from(["bartlett", "parzen"]))
def test_long_run_covariances_are_positive_semidefinite(seed, lags, kernel):
    x = _ar1(60, -0.5, seed, 3)
    assert np.linalg.eigvalsh(long_run_covariance(x, lags, kernel)).min() > -1e-12


def test_automatic_lags_grow_with_persistence_and_length():
    assert newey_west_lags(100) == 4
    assert newey_west_lags(3532) == 8
    low, high = automatic_lags(_ar1(500, 0.1, 3)), automatic_lags(_ar1(500, 0.8, 3))
    assert low < high
    assert automatic_lags(_ar1(4000, 0.8, 3)) > high
    assert automatic_lags(np.ones((50, 2))) == 0
    assert automatic_lags(_ar1(500, 0.8, 3), "bartlett") > 5
    with pytest.raises(UnknownNameError, match="parzen"):
        automatic_lags(_ar1(50, 0.1, 3), "rectangular")


def test_automatic_lags_follow_the_published_rule():
    """For one series with coefficient rho, alpha(2) = 4 rho^2 / (1 - rho)^4."""
    x = _ar1(1000, 0.5, 4)
    c = x[:, 0] - x.mean()
    rho = (c[1:] * c[:-1]).sum() / (c[:-1] ** 2).sum()
    bandwidth = 2.6614 * (4 * rho**2 / (1 - rho) ** 4 * 1000) ** 0.2
    assert automatic_lags(x) == int(np.ceil(bandwidth) - 1)


def test_no_variance_is_an_error():
    with pytest.raises(EstimationError, match="does not vary"):
        long_run_variance(np.full(20, 0.1), 2)
    with pytest.raises(EstimationError, match="does not vary"):
        long_run_variance(np.full(20, 0.1) + np.tile([0, 1e-18], 10), 0)
    with pytest.raises(EstimationError, match="bartlett"):
        long_run_variance(np.tile([1.0, -1.0], 20), 1, "rectangular")
    with pytest.raises(ParameterError, match="lags"):
        long_run_variance(np.arange(5.0), 5)
    with pytest.raises(ParameterError, match="table"):
        long_run_covariance(np.arange(5.0), 1)
