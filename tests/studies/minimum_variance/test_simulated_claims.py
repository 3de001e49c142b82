import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import EstimationError
from portfolio_study.studies.minimum_variance.contrasts import simulated
from portfolio_study.studies.minimum_variance.simulated_claims import (
    downside_uncertainty,
    estimation_error_claims,
    loss_ratios_of_errors,
)


def test_remedies_are_compared_on_the_same_samples():
    found = estimation_error_claims(slow_draws=6, seed=3)
    assert set(found) == {"l1_factor", "tyler_choice", "mrcd"}
    assert found["l1_factor"].estimate == estimation_error_claims(slow_draws=6, seed=3)["l1_factor"].estimate


def test_errors_in_means_cost_more(sixty_days):
    months = np.random.default_rng(0).normal(0.01, [0.05, 0.06, 0.07, 0.08], (600, 4))
    found = loss_ratios_of_errors(pd.DataFrame(months), draws=20)
    assert set(found) == {"25", "50", "75"}
    assert all(found["50"][other].estimate > 1 for other in ("variances", "covariances"))
    with pytest.raises(EstimationError, match="corner"):
        loss_ratios_of_errors(sixty_days, draws=5)


def test_downside_weights_are_less_certain_on_normal_returns():
    """On normal returns around zero the semivariance uses half of the sample: twice the variance of weights."""
    returns = pd.DataFrame(np.random.default_rng(5).normal(0.0, 0.01, (4000, 4)), columns=list("ABCD"))
    found = downside_uncertainty(returns, 250, draws=200)
    assert found.estimate == pytest.approx(0.5 * np.log(2), abs=3 * found.se)
    assert found.estimate > 3 * found.se > 0


def test_simulated_mean_has_the_error_of_independent_draws():
    found = simulated([1.0, 2.0, 3.0], "x")
    assert found.estimate == 2.0
    assert found.se == pytest.approx(1 / np.sqrt(3))
