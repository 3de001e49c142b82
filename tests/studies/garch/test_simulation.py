"""A world in which GARCH is true."""

import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.studies.garch.simulation import garch_truth, simulate_garch


def test_simulated_moments():
    returns, variances = simulate_garch(2000, 20, 0.02, 0.08, 0.90, seed=3)
    assert returns.shape == variances.shape == (2000, 20)
    means = (returns**2).mean(axis=0)  # independent series with mean square omega / (1 - alpha - beta) = 1
    assert abs(means.mean() - 1) < 4 * means.std(ddof=1) / np.sqrt(20)
    assert np.mean(returns**2 / variances) == pytest.approx(1.0, rel=0.02)
    np.testing.assert_allclose(variances[1:], 0.02 + 0.08 * returns[:-1] ** 2 + 0.9 * variances[:-1])


def test_same_seed_same_numbers():
    first, second = (simulate_garch(30, 2, 0.02, 0.08, 0.9, seed=1)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, simulate_garch(30, 2, 0.02, 0.08, 0.9, seed=2)[0])


def test_short_window_is_poor_even_where_garch_is_true():
    """Known from 380 windows: QLIKE of GARCH 50, of the 50-day variance and of EWMA; 74 % on an edge."""
    found = garch_truth(600, seed=5)
    loss, error = found.qlike.mean(), found.qlike.sem()
    for name, known in {"GARCH 50": 0.0477, "variance 50": 0.0462, "EWMA": 0.0136}.items():
        # The earlier simulation has an error too, of sqrt(600 / 380) times ours.
        assert abs(loss[name] - known) < 3 * error[name] * np.sqrt(1 + 600 / 380)
    assert loss["GARCH 500"] < loss["EWMA"] < loss["variance 50"]
    assert 0.65 < found.boundary["GARCH 50"] < 0.92
    assert found.boundary["GARCH 500"] < 0.15


def test_bad_parameters():
    with pytest.raises(ParameterError, match="below one"):
        simulate_garch(10, 1, 0.1, 0.5, 0.5, seed=0)
    with pytest.raises(ParameterError, match="long_window"):
        garch_truth(10, 50, 50)
