"""Semicovariance."""

import numpy as np
import pytest

from portfolio_study.errors import CovarianceError, ParameterError
from portfolio_study.risk import semicovariance


def test_golden_value(X60, golden):
    np.testing.assert_allclose(semicovariance(X60), golden("B2")["semicov_estrada_B0"]["SV"], atol=1e-16)


def test_diagonal_holds_semivariances(X60):
    cov = semicovariance(X60, 0.001)
    for name in X60:
        expected = (np.minimum(X60[name] - 0.001, 0) ** 2).mean()
        assert cov.loc[name, name] == pytest.approx(expected, rel=1e-12)


def test_an_asset_without_losses_is_named(X60):
    with pytest.raises(CovarianceError, match="'B' never falls below 0"):
        semicovariance(X60.assign(B=X60["B"].abs() + 0.001))
    with pytest.raises(ParameterError, match="benchmark"):
        semicovariance(X60, np.inf)
