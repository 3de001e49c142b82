"""Portfolios that need no optimiser, and labels."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import (
    eigen_portfolio,
    equal_weight,
    gmv_closed_form,
    inverse_variance,
    inverse_volatility,
    mix,
)
from portfolio_study.errors import OptimisationError, ParameterError


@pytest.mark.parametrize(
    ("method", "key"),
    [
        (equal_weight, "EW"),
        (inverse_volatility, "InvVol"),
        (inverse_variance, "InvVar"),
        (eigen_portfolio, "EigenPortfolio"),
    ],
)
def test_matches_golden_value(method, key, S4, golden):
    np.testing.assert_allclose(method(S4["covariance"]), golden("B")[key]["w"], atol=1e-10)


def test_mix_of_minimum_variance_and_equal_weight(S4, golden):
    mixed = mix(gmv_closed_form(S4["covariance"]), equal_weight(S4["covariance"]))
    np.testing.assert_allclose(mixed, golden("B")["GMV_shrink_EW_0.5"]["w"], atol=1e-10)
    with pytest.raises(ParameterError, match="share"):
        mix(mixed, mixed, np.nan)


@pytest.mark.parametrize("method", [equal_weight, inverse_volatility, inverse_variance, eigen_portfolio])
def test_frame_in_gives_labelled_series_out(method, S4):
    names = list("wxyz")
    weights = method(pd.DataFrame(S4["covariance"], names, names))
    assert list(weights.index) == names
    np.testing.assert_array_equal(weights.to_numpy(), method(S4["covariance"]))


def test_eigen_portfolio_refuses_an_ambiguous_eigenvector():
    with pytest.raises(OptimisationError, match="not unique"):
        eigen_portfolio(np.eye(3))
