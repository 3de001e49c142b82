"""Agreement with the libraries that compute the same statistics."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.evaluation.backtest import backtest
from portfolio_study.evaluation.sharpe import sharpe_ratio
from portfolio_study.evaluation.track_record import expected_maximum_sharpe, track_record


@pytest.fixture(scope="module")
def returns():
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2015-01-01", periods=500, name="date")
    values = 0.0006 + 0.01 * rng.standard_t(5, (500, 5))
    return pd.DataFrame(values, index=dates, columns=list("ABCDE"))


def test_backtest_of_constant_weights_equals_skfolio(returns):
    from skfolio import Portfolio

    weights = np.array([0.4, 0.3, 0.2, 0.1, 0.0])
    peer = Portfolio(X=returns, weights=weights, annualized_factor=252, compounded=True)
    ours = backtest(pd.Series(weights, index=returns.columns), returns)
    assert ours.returns.to_numpy() == pytest.approx(peer.returns, rel=1e-12)
    assert ours.sharpe == pytest.approx(peer.annualized_sharpe_ratio, rel=1e-10)
    assert -ours.drawdown.min() == pytest.approx(peer.max_drawdown, rel=1e-10)
    summary = ours.summary()
    assert summary["annual_return"] == pytest.approx(peer.annualized_mean, rel=1e-10)
    assert summary["annual_volatility"] == pytest.approx(peer.annualized_standard_deviation, rel=1e-10)
    assert summary["effective_assets"] == pytest.approx(peer.effective_number_assets, rel=1e-10)


def test_costs_equal_skfolio_for_one_trade(returns):
    from skfolio import Portfolio

    weights = np.full(5, 0.2)
    peer = Portfolio(X=returns, weights=weights, transaction_costs=0.001)
    ours = backtest(pd.Series(weights, index=returns.columns), returns, 10, charge_first_trade=True)
    assert peer.total_cost == pytest.approx(0.001 * ours.turnover.iloc[0])


def test_sharpe_and_performance_equal_pypfopt(returns):
    from pypfopt.base_optimizer import portfolio_performance

    weights = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    mean, volatility, ratio = portfolio_performance(
        weights, returns.mean() * 252, returns.cov() * 252, risk_free_rate=0.0
    )
    summary = backtest(pd.Series(weights, index=returns.columns), returns).summary()
    assert summary["annual_return"] == pytest.approx(mean, rel=1e-10)
    assert summary["annual_volatility"] == pytest.approx(volatility, rel=1e-10)
    assert summary["sharpe"] == pytest.approx(ratio, rel=1e-10)


def test_track_record_equals_skfolio(returns):
    from scipy import stats
    from skfolio.measures import (
        deflated_sharpe_ratio,
        expected_max_sharpe_ratio,
        probabilistic_sharpe_ratio,
    )

    trials = sharpe_ratio(returns)
    chosen = returns[trials.idxmax()]
    ours = track_record(chosen, trials, periods_per_year=1)
    assert expected_maximum_sharpe(37, 0.3**2) == pytest.approx(expected_max_sharpe_ratio(37, 0.3), rel=1e-12)
    assert ours.probabilistic == pytest.approx(probabilistic_sharpe_ratio(chosen.to_numpy()), rel=1e-10)
    peer = deflated_sharpe_ratio(chosen.to_numpy(), trials.to_numpy())
    assert ours.deflated == pytest.approx(peer, rel=1e-10)
    assert ours.kurtosis == pytest.approx(stats.kurtosis(chosen, fisher=False))
