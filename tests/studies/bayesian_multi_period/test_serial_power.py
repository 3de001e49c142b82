"""The simulated power of the joint test of autocorrelations."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.evaluation.dependence import dependence_table
from portfolio_study.studies.bayesian_multi_period.serial_power import robust_p, serial_power


def test_the_p_values_are_those_of_the_table():
    x = np.random.default_rng(1).standard_t(5, (200, 3))
    wanted = dependence_table(pd.DataFrame(x, columns=list("abc")), 5)["robust_p"]
    assert robust_p(x, 5) == pytest.approx(wanted.to_numpy())


def test_power_is_the_level_without_autocorrelation_and_one_with_much_of_it():
    assert 0.03 < serial_power(0.0, 600, 0.05) < 0.07
    assert serial_power(0.5, 600, 0.05) > 0.99
    assert serial_power(-0.1, 600, 0.05) < serial_power(-0.1, 1200, 0.05)


def test_too_few_weeks_are_refused():
    with pytest.raises(ParameterError, match="weeks"):
        serial_power(0.1, 10, 0.05)
