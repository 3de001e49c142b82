"""Several assets out of sample: no look-ahead, hindsight frontiers."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.multi_period.exits import exit_distribution, paper_exit
from portfolio_study.allocation.multi_period.several import (
    risk_gap,
    risk_gap_by_chance,
    rolling_windows_several,
    simulate_var,
    var_hindsight,
    var_scores,
)
from portfolio_study.errors import DataError, ParameterError
from portfolio_study.forecasting.var_filter import var_prior

P = exit_distribution(6, 0.02)
GROSS = 1.0005


def test_several_assets_do_not_look_ahead(weekly):
    rng = np.random.default_rng(6)
    both = pd.DataFrame({"A": weekly, "B": rng.normal(0.002, 0.03, len(weekly))}, weekly.index)
    changed = both.copy()
    changed.iloc[-1] += 0.5
    a, b = (rolling_windows_several(r, GROSS - 1, 60, 6, 2.0, P) for r in (both, changed))
    pd.testing.assert_frame_equal(a.iloc[:-1], b.iloc[:-1])
    assert not a.iloc[-1].equals(b.iloc[-1])
    scores = var_scores(both, 60, 6)
    assert list(scores.columns) == ["VAR(1) updated", "mean updated", "own lags updated"]
    pd.testing.assert_frame_equal(var_scores(changed, 60, 6).iloc[:-1], scores.iloc[:-1])


def test_risk_gap_is_a_difference_of_variances_at_equal_mean(weekly):
    both = pd.DataFrame({"A": weekly, "B": weekly.shift(1).fillna(0.0) + 0.01 * weekly.rank() / 120})
    prior, p = var_prior(both.iloc[:94], 1), paper_exit("P1")
    pair = var_hindsight(prior, both.iloc[94:].to_numpy(), GROSS, p)
    gap = risk_gap(pair, 0.01)
    level = pair["fixed"].expected(0.01)
    if level > pair["updated"].least_variance_mean:
        assert pair["updated"].expected(0.01 - gap) == pytest.approx(level, rel=1e-9)
    assert risk_gap({"fixed": pair["fixed"], "updated": pair["fixed"]}, 0.01) == pytest.approx(0, abs=1e-12)
    by_chance = risk_gap_by_chance(prior, GROSS, p, 0.01, 4, seed=3)
    assert by_chance.shape == (4,) and by_chance.std() > 0
    np.testing.assert_array_equal(by_chance, risk_gap_by_chance(prior, GROSS, p, 0.01, 4, seed=3))


def test_simulated_paths_have_the_fitted_moments(weekly):
    both = pd.DataFrame({"A": weekly, "B": weekly.shift(1).fillna(0.0) + 0.01 * weekly.rank() / 120})
    prior = var_prior(both, 1)
    rng = np.random.default_rng(2)
    first = np.array([simulate_var(prior, 1, rng)[0] for _ in range(4000)])
    mean = np.r_[1.0, prior.last[0]] @ prior.mean
    sd = np.sqrt(np.diag(prior.noise_covariance))
    assert (np.abs(first.mean(axis=0) - mean) < 4 * sd / np.sqrt(4000)).all()
    np.testing.assert_allclose(
        np.cov(first.T), prior.noise_covariance, atol=5 * sd.max() ** 2 / np.sqrt(4000)
    )


def test_bad_input_is_named(weekly):
    both = weekly.to_frame()
    rates = pd.Series(0.0001, weekly.index[:-1])
    with pytest.raises(DataError, match="too few"):
        rolling_windows_several(both, 0.0, 130)
    with pytest.raises(ParameterError, match="step"):
        rolling_windows_several(both, 0.0, 60, 0, exit_probability=P)
    with pytest.raises(DataError, match="risk_free has no value"):
        rolling_windows_several(both, rates, 60, exit_probability=P)
    with pytest.raises(DataError, match="too few"):
        var_scores(both, 130)
