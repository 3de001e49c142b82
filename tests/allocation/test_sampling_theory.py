"""Closed forms of estimation error."""

import numpy as np
import pytest

from portfolio_study.allocation import (
    gmv_closed_form,
    gmv_weights_law,
    in_sample_variance_factor,
    out_of_sample_variance,
    out_of_sample_variance_factor,
)
from portfolio_study.errors import ParameterError, UnknownNameError


def test_factors(golden):
    expected, inflation = golden("sixty_day_estimates")["theory"], golden("estimation_noise")["GMV_inflation"]
    assert in_sample_variance_factor(60, 4) == pytest.approx(
        expected["E_insample_var_factor (T-N)/(T-1)"], abs=1e-14
    )
    assert out_of_sample_variance_factor(60, 4) == pytest.approx(
        expected["E_oos_var_factor (T-2)/(T-N-1)"], abs=1e-14
    )
    assert out_of_sample_variance_factor(50, 20) == pytest.approx(
        inflation["N20_T50_oos (T-2)/(T-N-1)"], abs=1e-12
    )
    assert in_sample_variance_factor(50, 20) == pytest.approx(inflation["insample (T-N)/(T-1)"], abs=1e-12)
    for n in (10, 25, 49):
        assert out_of_sample_variance_factor(252, n) == pytest.approx(inflation[f"N{n}_T252"], abs=1e-12)


def test_law_of_the_weights(four_assets, golden):
    law = gmv_weights_law(four_assets["covariance"], 60)
    np.testing.assert_allclose(
        law.variance, golden("sixty_day_estimates")["theory"]["Var_wGMV = Q/(a (T-N-1)) diag"], atol=1e-12
    )
    np.testing.assert_allclose(law.location, gmv_closed_form(four_assets["covariance"]), atol=1e-12)
    np.testing.assert_allclose(law.scale.sum(axis=1), 0, atol=1e-12)
    assert law.degrees_of_freedom == 57
    low, high = law.interval()
    assert ((low < law.location) & (law.location < high)).all()


def test_out_of_sample_variance(golden):
    expected = golden("further_portfolio_tests")["consistent_oos_var"]
    exact = out_of_sample_variance(expected["insample"], 60, 4)
    assert exact == pytest.approx(expected["finite (T-1)(T-2)/((T-N)(T-N-1))"], rel=1e-12)
    limit = out_of_sample_variance(expected["insample"], 60, 4, "asymptotic")
    assert limit == pytest.approx(expected["est (1-c)^-2"], rel=1e-12)
    with pytest.raises(UnknownNameError, match="exact"):
        out_of_sample_variance(1.0, 60, 4, "exakt")


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: in_sample_variance_factor(4, 4), "T - N > 0"),
        (lambda: out_of_sample_variance_factor(5, 4), "T - N > 1"),
        (lambda: gmv_weights_law(np.eye(4), 5), "T = 5 and N = 4"),
        (lambda: out_of_sample_variance(-1.0, 60, 4), "in_sample"),
    ],
)
def test_moments_that_do_not_exist_are_refused(call, match):
    with pytest.raises(ParameterError, match=match):
        call()
