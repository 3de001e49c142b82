"""Of one asset, what the library computes for several is what the study computes for one."""

import numpy as np
import pytest

from portfolio_study.allocation.multi_period.exits import exit_distribution, paper_exit
from portfolio_study.allocation.multi_period.several import rolling_windows_several, var_hindsight
from portfolio_study.forecasting.var_filter import var_prior
from portfolio_study.studies.bayesian_multi_period.backtest import rolling_windows
from portfolio_study.studies.bayesian_multi_period.hindsight import frontier_along_path
from portfolio_study.studies.bayesian_multi_period.replication import least_squares_prior

P = exit_distribution(6, 0.02)
GROSS = 1.0005


def test_several_assets_reduce_to_one(weekly):
    one = rolling_windows(weekly, GROSS - 1, 60, 20, 2.0, P, 5.0)
    many = rolling_windows_several(weekly.to_frame("A"), GROSS - 1, 60, 20, 2.0, P, 5.0)
    for name in ("updated", "fixed", "mean updated", "mean fixed"):
        np.testing.assert_allclose(
            many[name].to_numpy(dtype=float), one[name].to_numpy(dtype=float), rtol=1e-8
        )


def test_hindsight_frontier_of_one_asset_is_the_scalar_one(weekly):
    sample, path, p = weekly.iloc[:94], weekly.iloc[94:].to_numpy(), paper_exit("P1")
    got = var_hindsight(var_prior(sample.to_frame(), 1), path[:, None], GROSS, p)
    prior, state = least_squares_prior(sample.to_numpy()), sample.iloc[-1]
    for name, update in (("updated", True), ("fixed", False)):
        expected = frontier_along_path(prior, state, path, GROSS, p, update)
        assert got[name].expected(0.01) == pytest.approx(expected.expected(0.01), rel=1e-9)
