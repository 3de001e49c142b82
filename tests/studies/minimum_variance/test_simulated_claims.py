import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.sampling_theory import (
    in_sample_variance_factor,
    out_of_sample_variance_factor,
)
from portfolio_study.errors import EstimationError
from portfolio_study.studies.minimum_variance.contrasts import simulated
from portfolio_study.studies.minimum_variance.simulated_claims import (
    downside_uncertainty,
    estimation_error_claims,
    loss_ratio_of_errors,
)


@pytest.fixture(scope="module")
def claims():
    return estimation_error_claims(draws=400, slow_draws=6, seed=3)


def test_excess_variance_has_the_expectation_of_the_formula(claims):
    found = claims["plug_in"]
    assert found.estimate == pytest.approx(out_of_sample_variance_factor(60, 20) - 1, abs=4 * found.se)


def test_the_gap_between_promise_and_result_grows_with_the_number_of_assets(claims):
    gap = [np.log(out_of_sample_variance_factor(252, n) / in_sample_variance_factor(252, n)) for n in (49, 5)]
    assert claims["cov_sparse"].estimate == pytest.approx(gap[0] - gap[1], abs=0.03)


def test_excess_variance_does_not_depend_on_the_correlation(claims):
    assert abs(claims["noise_dominates"].estimate) < 4 * claims["noise_dominates"].se


def test_errors_in_means_cost_more(sixty_days):
    months = np.random.default_rng(0).normal(0.01, [0.05, 0.06, 0.07, 0.08], (600, 4))
    assert loss_ratio_of_errors(pd.DataFrame(months), draws=20).estimate > 1
    with pytest.raises(EstimationError, match="corner"):
        loss_ratio_of_errors(sixty_days, draws=5)


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
