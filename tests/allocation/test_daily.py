import numpy as np
import pandas as pd
import pytest

from portfolio_study.allocation.daily import (
    daily_equal_weight,
    daily_max_sharpe,
    daily_minimum_variance,
    promised_on_noise,
    shrink_means,
    simple_mean,
    trade_slowly,
)
from portfolio_study.allocation.simple import equal_weight
from portfolio_study.errors import CovarianceError, DataError, UnknownNameError
from portfolio_study.evaluation import backtest
from portfolio_study.risk.covariance_forecasts import rolling_covariance

WINDOW = 20


@pytest.fixture(scope="module")
def returns(lcg_normal):
    values = 0.0004 + 0.01 * lcg_normal(400, 99).reshape(80, 5)
    return pd.DataFrame(values, index=pd.bdate_range("2021-01-04", periods=80), columns=list("ABCDE"))


def test_equal_weights_are_those_of_the_single_portfolio_on_every_day(returns):
    found = daily_equal_weight(returns.index, returns.columns)
    pd.testing.assert_frame_equal(
        found, pd.DataFrame(1 / 5, returns.index, returns.columns), check_exact=True
    )
    assert (found.iloc[3] == equal_weight(returns.cov())).all()


def _inputs(returns):
    means = returns.rolling(WINDOW).mean().shift(1).iloc[WINDOW:]
    return means, rolling_covariance(returns, WINDOW)


def test_rolling_covariance_is_those_of_the_rows_before(returns):
    found = rolling_covariance(returns, WINDOW)
    assert len(found) == len(returns) - WINDOW
    np.testing.assert_allclose(found[7], returns.iloc[7 : 7 + WINDOW].cov(), atol=1e-18)


def test_weights_agree_with_pypfopt_every_day(returns):
    means, covariances = _inputs(returns)
    ours = daily_max_sharpe(means, covariances)
    theirs = daily_max_sharpe(means, covariances, engine="pypfopt")
    pd.testing.assert_series_equal(ours.fallback, theirs.fallback)
    assert np.abs(ours.weights - theirs.weights).to_numpy().max() < 1e-6


def test_a_day_without_hope_holds_minimum_variance_and_is_counted(returns):
    means, covariances = _inputs(returns)
    hopeless = means.copy()
    hopeless.iloc[3] = -0.001
    found = daily_max_sharpe(hopeless, covariances)
    assert found.fallback.iloc[3]
    minimum = daily_minimum_variance(covariances, means.index, means.columns)
    np.testing.assert_allclose(found.weights.iloc[3], minimum.iloc[3])
    assert found.fallback.sum() == (hopeless.max(axis=1) <= 0).sum()


def test_the_riskless_rate_of_the_day_counts(returns):
    means, covariances = _inputs(returns)
    rates = pd.Series(0.0, returns.index)
    rates.loc[means.index[5]] = 0.05
    found = daily_max_sharpe(means, covariances, rates)
    assert found.fallback.iloc[5]


def test_promises_are_the_portfolios_own_moments(returns):
    means, covariances = _inputs(returns)
    found = daily_max_sharpe(means, covariances)
    w = found.weights.iloc[4].to_numpy()
    assert found.promised["mean"].iloc[4] == pytest.approx(w @ means.iloc[4].to_numpy())
    assert found.promised["sd"].iloc[4] == pytest.approx(np.sqrt(w @ covariances[4] @ w))


def test_one_changed_day_changes_only_later_weights(returns):
    day = 50
    moved = returns.copy()
    moved.iloc[day] += 0.05
    before, after = (daily_max_sharpe(*_inputs(r)).weights for r in (returns, moved))
    known = before.index <= returns.index[day]
    pd.testing.assert_frame_equal(before[known], after[known])
    assert not np.allclose(before[~known], after[~known])


def test_log_forecasts_become_simple_means():
    log, variance = pd.DataFrame([[0.001]]), pd.DataFrame([[0.0004]])
    assert simple_mean(log, variance).iloc[0, 0] == pytest.approx(np.exp(0.0012) - 1)


def test_shrinking_ends_at_equal_means(returns):
    means, covariances = _inputs(returns)
    assert shrink_means(means, 0.0).equals(means)
    equal = shrink_means(means.abs(), 1.0)
    weights = daily_max_sharpe(equal, covariances).weights
    minimum = daily_minimum_variance(covariances, means.index, means.columns)
    np.testing.assert_allclose(weights, minimum, atol=1e-8)


def test_trading_slowly_trades_the_stated_share(returns):
    means, covariances = _inputs(returns)
    target = daily_max_sharpe(means, covariances).weights
    part = returns.loc[target.index]
    pd.testing.assert_frame_equal(trade_slowly(target, part, 1.0), target)
    fast, slow = (backtest(trade_slowly(target, part, s), part) for s in (1.0, 0.25))
    assert slow.turnover.sum() < 0.6 * fast.turnover.sum()
    np.testing.assert_allclose(trade_slowly(target, part, 0.25).sum(axis=1), 1.0)
    with pytest.raises(DataError, match="speed"):
        trade_slowly(target, part, 0.0)


def test_noise_is_promised_a_sharpe_ratio():
    table = promised_on_noise(draws=300, seed=3)
    # Independent simulation of the same design: mean 0.265 a day.
    standard_error = table["sharpe"].std() / np.sqrt(len(table))
    assert table["sharpe"].mean() == pytest.approx(0.265, abs=4 * standard_error)


def test_bad_input_is_named(returns):
    means, covariances = _inputs(returns)
    holes = means.copy()
    holes.iloc[2, 1] = np.nan
    with pytest.raises(DataError, match="expected return of B"):
        daily_max_sharpe(holes, covariances)
    with pytest.raises(UnknownNameError, match="engine"):
        daily_max_sharpe(means, covariances, engine="exakt")
    with pytest.raises(DataError, match="as many covariances"):
        daily_max_sharpe(means, covariances[:-1])
    broken = covariances.copy()
    broken[6] = np.nan
    with pytest.raises(CovarianceError, match=f"{means.index[6]:%Y-%m-%d}"):
        daily_max_sharpe(means, broken)


def test_no_portfolio_has_less_risk_for_its_return(returns):
    means, covariances = _inputs(returns)
    found = daily_max_sharpe(means, covariances)
    day = int(np.argmax(~found.fallback))
    best = found.promised["sd"].iloc[day] / found.promised["mean"].iloc[day]
    others = np.random.default_rng(0).dirichlet(np.full(5, 0.5), size=2000)
    mean = others @ means.iloc[day].to_numpy()
    sd = np.sqrt(np.einsum("ki,ij,kj->k", others, covariances[day], others))
    assert (sd[mean > 0] / mean[mean > 0]).min() >= best * (1 - 1e-9)


def test_the_sign_of_the_sharpe_ratio_is_that_of_the_excess_mean(returns):
    for column in returns:
        run = backtest(pd.Series({column: 1.0}), returns[[column]], risk_free=0.0005)
        assert np.sign(run.sharpe) == np.sign(run.excess_returns.mean())


def test_the_frontier_rises_and_flattens(four_assets):
    from portfolio_study.allocation import mean_variance_utility

    points = []
    for aversion in np.geomspace(200, 0.5, 60):
        w = np.asarray(
            mean_variance_utility(four_assets["mean"], four_assets["covariance"], aversion, long_only=True)
        )
        points.append((np.sqrt(w @ four_assets["covariance"] @ w), w @ four_assets["mean"]))
    sd, mean = np.array(points).T
    keep = np.append(True, np.diff(sd) > 1e-9)
    slopes = np.diff(mean[keep]) / np.diff(sd[keep])
    assert (np.diff(mean) >= -1e-12).all()
    assert (np.diff(slopes) <= 1e-6).all()
