"""Coverage of the index market: what is promised is kept, and what is not is found."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from portfolio_study.allocation.cc_var.preference import PowerPreference
from portfolio_study.errors import ParameterError
from portfolio_study.studies.cc_var.coverage import (
    coverage_table,
    exact_binomial_interval,
    rank_autocorrelation,
    too_many_small_ranks,
    uniform_ranks,
)

SQUARE = PowerPreference(2)


def test_right_forecast_is_covered(index_days, walk):
    """Independent normal returns: history is a right forecast, so the promise is kept."""
    months = walk(index_days)
    table = coverage_table(months["income_2"], SQUARE)
    assert (table["p_value"] > 0.01).all()
    assert too_many_small_ranks(months["rank"]).p_value > 0.01
    assert uniform_ranks(months["rank"], months["probability"]).p_value > 0.01


def test_wrong_forecast_is_found(index_days, walk):
    """Calm history, wild months: the tests must see it."""
    wild = index_days.copy()
    wild.iloc[756:] = 4 * wild.iloc[756:]
    months = walk(wild, price_volatility=0.4).iloc[:24]
    assert uniform_ranks(months["rank"], months["probability"]).p_value < 0.01
    assert too_many_small_ranks(months["rank"]).p_value < 0.01
    assert coverage_table(months["income_2"], SQUARE)["p_value"].min() < 0.01


def test_exact_interval():
    """Clopper-Pearson by its definition: each end leaves 2.5 % on its side."""
    low, high = exact_binomial_interval(7, 40)
    assert binom.sf(6, 40, low) == pytest.approx(0.025)
    assert binom.cdf(7, 40, high) == pytest.approx(0.025)
    assert exact_binomial_interval(0, 10)[0] == 0
    assert exact_binomial_interval(10, 10)[1] == 1


def test_coverage_by_hand():
    incomes = np.array([0.0, 0.2, 0.25, 0.8, 1.0])
    table = coverage_table(incomes, SQUARE, levels=(0.5, 0.9))
    assert table["misses"].tolist() == [2, 4]  # below .25 and below .81
    assert table.loc[0.5, "observed"] == 0.4
    assert table.loc[0.5, "p_value"] == pytest.approx(binom.sf(1, 5, 0.5))
    # one of twelve intervals: 1 - .05/12 of confidence, and a larger detectable excess
    wide = coverage_table(incomes, SQUARE, levels=(0.5, 0.9), family=12)
    assert wide.loc[0.5, "low"] == exact_binomial_interval(2, 5, 1 - 0.05 / 12)[0] < table.loc[0.5, "low"]
    z = norm.ppf(1 - 0.05 / 24) + norm.ppf(0.8)
    assert wide.loc[0.5, "detectable"] == pytest.approx(z * np.sqrt(0.25 / 5))


def test_one_sided_test_is_conservative_for_discrete_ranks():
    rng = np.random.default_rng(1)
    rejected = [too_many_small_ranks(np.ceil(rng.random(60) * 20) / 20).p_value < 0.05 for _ in range(400)]
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_randomised_ranks_are_exact():
    rng = np.random.default_rng(2)
    p_values = [
        uniform_ranks(np.ceil(rng.random(80) * 10) / 10, np.full(80, 0.1), seed=i).p_value for i in range(400)
    ]
    assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / 400))


def test_power_of_the_rank_test():
    """A shift of the size that is called detectable is found in about 80 % of samples."""
    n, rng = 300, np.random.default_rng(3)
    size = too_many_small_ranks(rng.random(n)).detectable
    found = []
    for _ in range(300):
        # distribution function x + size on the middle: mass moved from above one half to below
        u = rng.random(n)
        moved = np.where((u > 0.5) & (rng.random(n) < 2 * size), u - 0.5, u)
        found.append(too_many_small_ranks(moved).p_value < 0.05)
    assert 0.65 < np.mean(found) < 0.95


def test_bad_ranks():
    for bad in ([], [0.5, 1.1], [np.nan]):
        with pytest.raises(ParameterError, match="between 0 and 1"):
            too_many_small_ranks(bad)


def test_autocorrelation():
    value, error = rank_autocorrelation(np.tile([0.1, 0.9], 50))
    assert value == pytest.approx(-0.99)
    assert error == pytest.approx(0.1)
