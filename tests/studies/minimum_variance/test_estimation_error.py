"""Cost of errors in means, variances and covariances."""

import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.studies.minimum_variance.estimation_error import (
    cash_equivalent_loss,
)


def test_no_error_costs_nothing_and_every_error_costs(four_assets):
    none = cash_equivalent_loss(four_assets["mean"], four_assets["covariance"], error=0.0, draws=2)
    np.testing.assert_allclose(none, 0, atol=1e-12)
    some = cash_equivalent_loss(four_assets["mean"], four_assets["covariance"], error=0.1, draws=100)
    assert some.to_numpy().min() >= -1e-12
    assert some["means"].mean() > some["variances"].mean() > 0


def test_larger_errors_cost_more(four_assets):
    small, large = (
        cash_equivalent_loss(four_assets["mean"], four_assets["covariance"], error=k, draws=100).mean()
        for k in (0.05, 0.15)
    )
    assert (large > small).all()


def test_bad_requests(four_assets):
    with pytest.raises(ParameterError, match="error"):
        cash_equivalent_loss(four_assets["mean"], four_assets["covariance"], error=2.0)
    with pytest.raises(ParameterError, match="no meaning"):
        cash_equivalent_loss(-four_assets["mean"], four_assets["covariance"])
    with pytest.raises(ParameterError, match="draws"):
        cash_equivalent_loss(four_assets["mean"], four_assets["covariance"], draws=0)
