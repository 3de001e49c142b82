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
def test_matches_golden_value(method, key, four_assets, golden):
    np.testing.assert_allclose(
        method(four_assets["covariance"]), golden("four_asset_portfolios")[key]["w"], atol=1e-10
    )


def test_mix_of_minimum_variance_and_equal_weight(four_assets, golden):
    mixed = mix(gmv_closed_form(four_assets["covariance"]), equal_weight(four_assets["covariance"]))
    np.testing.assert_allclose(mixed, golden("four_asset_portfolios")["GMV_shrink_EW_0.5"]["w"], atol=1e-10)
    with pytest.raises(ParameterError, match="share"):
        mix(mixed, mixed, np.nan)


@pytest.mark.parametrize("method", [equal_weight, inverse_volatility, inverse_variance, eigen_portfolio])
def test_frame_in_gives_labelled_series_out(method, four_assets):
    names = list("wxyz")
    weights = method(pd.DataFrame(four_assets["covariance"], names, names))
    assert list(weights.index) == names
    np.testing.assert_array_equal(weights.to_numpy(), method(four_assets["covariance"]))


def test_eigen_portfolio_refuses_an_ambiguous_eigenvector():
    with pytest.raises(OptimisationError, match="not unique"):
        eigen_portfolio(np.eye(3))
