import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation import gmv_long_only
from portfolio_study.errors import DataError, UnknownNameError
from portfolio_study.studies.minimum_variance.walk_forward import compare_portfolios, dates_after_lookback

RULES, ESTIMATORS = ["equal_weight", "minimum_variance", "equal_risk_contribution"], ["sample", "ledoit_wolf"]


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.0003 + 0.01 * lcg_normal(1600, 31).reshape(400, 4) * [1.0, 1.2, 0.8, 1.5]
    return pd.DataFrame(values, index=pd.bdate_range("2019-01-01", periods=400), columns=list("ABCD"))


@pytest.fixture(scope="module")
def grid(returns):
    return compare_portfolios(returns, RULES, ESTIMATORS, lookback=120, rebalance="monthly")


def test_the_grid_holds_every_pair_on_the_same_dates(grid):
    assert set(grid.runs) == {(m, e) for m in RULES for e in ESTIMATORS}
    lengths = {len(run.returns) for run in grid.runs.values()}
    assert len(lengths) == 1
    assert grid.failures.empty
    assert grid.returns(estimator="sample").columns.tolist() == RULES
    assert grid.summary().loc[("equal_weight", "sample"), "annual_volatility"] > 0


def test_weights_are_those_of_the_window_before_the_date(returns, grid):
    date = grid.weights["minimum_variance", "sample"].index[3]
    end = returns.index.get_loc(date)
    expected = gmv_long_only(returns.iloc[end - 120 : end].cov())
    np.testing.assert_allclose(grid.weights["minimum_variance", "sample"].loc[date], expected, atol=1e-10)
    w = expected.to_numpy()
    promised = grid.promised["minimum_variance", "sample"].loc[date]
    assert promised == pytest.approx(w @ returns.iloc[end - 120 : end].cov().to_numpy() @ w)


def test_rebalances_start_calendar_periods(returns):
    dates = dates_after_lookback(returns.index, 120, "monthly")
    assert (dates[1:].to_period("M") > dates[:-1].to_period("M")).all()
    with pytest.raises(DataError, match="look-back of 400"):
        dates_after_lookback(returns.index, 400)


def test_one_changed_day_changes_only_later_weights(returns, grid):
    moved = returns.copy()
    moved.iloc[200] *= 5
    after = compare_portfolios(moved, RULES, ["sample"], lookback=120, rebalance="monthly")
    before = grid.weights["minimum_variance", "sample"]
    known = before.index <= returns.index[200]
    changed = after.weights["minimum_variance", "sample"]
    pd.testing.assert_frame_equal(before[known], changed[known])
    assert not np.allclose(before[~known].iloc[0], changed[~known].iloc[0])


def test_a_failed_estimate_keeps_the_old_weights_and_is_listed(returns):
    broken = returns.copy()
    broken.iloc[150:330, 2] = 0.0  # no variance for a while
    found = compare_portfolios(broken, ["minimum_variance"], ["sample"], lookback=60, rebalance="monthly")
    assert not found.failures.empty
    assert set(found.failures["estimator"]) == {"sample"}
    weights = found.weights["minimum_variance", "sample"]
    failed = pd.DatetimeIndex(found.failures["date"].unique())
    position = weights.index.get_loc(failed[0])
    pd.testing.assert_series_equal(weights.iloc[position], weights.iloc[position - 1], check_names=False)


def test_unknown_names_are_refused_before_any_work(returns):
    with pytest.raises(UnknownNameError, match="minimum_varianze"):
        compare_portfolios(returns, ["minimum_varianze"])
    with pytest.raises(UnknownNameError, match="ledoit"):
        compare_portfolios(returns, RULES, ["ledoit_wolff"])
