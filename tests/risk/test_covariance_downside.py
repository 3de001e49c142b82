"""Semicovariance."""

import numpy as np
import pytest

from portfolio_study.errors import CovarianceError, ParameterError
from portfolio_study.risk import semicovariance


def test_golden_value(sixty_days, golden):
    np.testing.assert_allclose(
        semicovariance(sixty_days), golden("sixty_day_estimates")["semicov_estrada_B0"]["SV"], atol=1e-16
    )


def test_diagonal_holds_semivariances(sixty_days):
    cov = semicovariance(sixty_days, 0.001)
    for name in sixty_days:
        expected = (np.minimum(sixty_days[name] - 0.001, 0) ** 2).mean()
        assert cov.loc[name, name] == pytest.approx(expected, rel=1e-12)


def test_an_asset_without_losses_is_named(sixty_days):
    with pytest.raises(CovarianceError, match="'B' never falls below 0"):
        semicovariance(sixty_days.assign(B=sixty_days["B"].abs() + 0.001))
    with pytest.raises(ParameterError, match="benchmark"):
        semicovariance(sixty_days, np.inf)
