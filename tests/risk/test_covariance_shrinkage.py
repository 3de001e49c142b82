"""Linear shrinkage against golden values and other libraries."""

import numpy as np
import pytest

from portfolio_study.errors import UnknownNameError
from portfolio_study.risk import (
    ledoit_wolf,
    ledoit_wolf_constant_correlation,
    ledoit_wolf_single_index,
    oas,
    shrinkage_intensity,
)


def test_identity_target(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["LW2004_identity"]
    np.testing.assert_allclose(ledoit_wolf(sixty_days), expected["Sigma"], atol=1e-14)
    np.testing.assert_allclose(gmv_of(ledoit_wolf(sixty_days)), expected["GMV"], atol=1e-10)
    assert shrinkage_intensity(sixty_days) == pytest.approx(expected["delta_manual"], abs=1e-10)


def test_oas(sixty_days, golden):
    assert shrinkage_intensity(sixty_days, "oas") == pytest.approx(
        golden("sixty_day_estimates")["OAS"]["rho"], abs=1e-10
    )
    cov, sample = oas(sixty_days), np.cov(sixty_days, rowvar=False, ddof=0)
    rho = golden("sixty_day_estimates")["OAS"]["rho"]
    np.testing.assert_allclose(cov, (1 - rho) * sample + rho * np.trace(sample) / 4 * np.eye(4), atol=1e-14)


def test_single_index_target_agrees_with_pypfopt(sixty_days, golden, gmv_of):
    from pypfopt.risk_models import CovarianceShrinkage

    expected = golden("sixty_day_estimates")["LW2003_singleindex"]
    assert shrinkage_intensity(sixty_days, "single_index") == pytest.approx(expected["delta"], abs=1e-10)
    np.testing.assert_allclose(gmv_of(ledoit_wolf_single_index(sixty_days)), expected["GMV"], atol=1e-10)
    peer = CovarianceShrinkage(sixty_days, returns_data=True, frequency=1).ledoit_wolf("single_factor")
    np.testing.assert_allclose(ledoit_wolf_single_index(sixty_days), peer, rtol=1e-8)


def test_constant_correlation_target(sixty_days, golden, gmv_of):
    expected = golden("sixty_day_estimates")["LW2004_constcorr"]
    assert shrinkage_intensity(sixty_days, "constant_correlation") == pytest.approx(
        expected["delta"], abs=1e-10
    )
    np.testing.assert_allclose(ledoit_wolf_constant_correlation(sixty_days), expected["Sigma"], atol=1e-14)
    np.testing.assert_allclose(
        gmv_of(ledoit_wolf_constant_correlation(sixty_days)), expected["GMV"], atol=1e-10
    )


def test_pypfopt_mixes_two_divisors(sixty_days):
    """Why the peer finds 0.1898 for constant correlation instead of 0.1963."""
    from pypfopt.risk_models import CovarianceShrinkage

    peer = CovarianceShrinkage(sixty_days, returns_data=True, frequency=1)
    peer.ledoit_wolf("constant_correlation")
    assert peer.delta == pytest.approx(0.1897996490, abs=1e-9)
    assert abs(peer.delta - shrinkage_intensity(sixty_days, "constant_correlation")) > 0.005


@pytest.mark.parametrize("target", ["identity", "single_index", "constant_correlation", "oas"])
def test_intensity_falls_with_the_length_of_the_sample(target):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 6)) * np.linspace(1, 2, 6) + rng.normal(size=(2000, 1))
    few, many = shrinkage_intensity(x[:30], target), shrinkage_intensity(x, target)
    assert 0 <= many < few <= 1


def test_unknown_target(sixty_days):
    with pytest.raises(UnknownNameError, match="single_index"):
        shrinkage_intensity(sixty_days, "single-index")
