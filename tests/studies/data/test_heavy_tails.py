import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.studies.data.heavy_tails import SHOCKS, autoregression_with_shocks


def test_gaussian_likelihood_needs_no_normal_shocks():
    """Counterexample to "ARIMA requires normal data": as accurate and as honest with other shocks."""
    table = autoregression_with_shocks((250, 4000), 400, 0.3, seed=0).set_index(["shocks", "T"])
    for shocks in SHOCKS:
        large = table.loc[(shocks, 4000)]
        # Four standard errors of the mean and of a share over 400 replications.
        assert abs(large["bias"]) < 4 * large["rmse"] / np.sqrt(400)
        assert abs(large["coverage"] - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)
        # The error shrinks with the square root of the sample size: 4 = sqrt(4000/250).
        assert table.loc[(shocks, 250), "rmse"] / large["rmse"] == pytest.approx(4, rel=0.25)
        assert large["rmse"] == pytest.approx(np.sqrt((1 - 0.3**2) / 4000), rel=0.15)


def test_seed_and_bad_input():
    one, two = (autoregression_with_shocks((50,), 10, seed=s) for s in (1, 1))
    assert one.equals(two) and not one.equals(autoregression_with_shocks((50,), 10, seed=2))
    with pytest.raises(ParameterError, match="coefficient"):
        autoregression_with_shocks(coefficient=1.0)
    with pytest.raises(ParameterError):
        autoregression_with_shocks(replications=1)
