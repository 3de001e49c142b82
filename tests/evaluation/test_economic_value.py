from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.backtest import backtest
from portfolio_study.evaluation.economic_value import (
    break_even_cost,
    certainty_equivalent,
    certainty_equivalent_gain,
    performance_fee,
    r2_for_sharpe,
)


@pytest.fixture(scope="module")
def traders():
    """An active strategy that knows a little about tomorrow, and 1/N."""
    rng = np.random.default_rng(1)
    dates = pd.bdate_range("2015-01-01", periods=1000)
    returns = pd.DataFrame(0.0005 + 0.01 * rng.standard_normal((1000, 3)), index=dates, columns=list("ABC"))
    raw = np.clip(1 + 40 * returns.to_numpy() + rng.standard_normal((1000, 3)), 0.05, None)
    active = pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), index=dates, columns=list("ABC"))
    return backtest(active, returns), backtest(pd.Series(1 / 3, index=list("ABC")), returns)


def test_certainty_equivalent_gain_is_the_difference(two_strategies):
    r1, r2 = two_strategies
    gain = certainty_equivalent_gain(r1, r2, draws=300)
    assert gain.estimate == pytest.approx(1e4 * (certainty_equivalent(r1) - certainty_equivalent(r2)))
    assert certainty_equivalent(r1, 3) == pytest.approx(252 * (r1.mean() - 1.5 * r1.var(ddof=0)))
    assert gain.interval[0] < gain.estimate < gain.interval[1]


def test_a_constant_advantage_is_found_exactly():
    """One strategy earns 1 basis point a day more than the other, whose own noise is added again."""
    rng = np.random.default_rng(2)
    b = pd.Series(0.01 * rng.standard_normal(400))
    a = b + 1e-4 + 1e-6 * pd.Series(rng.standard_normal(400))
    assert certainty_equivalent_gain(a, b, draws=200).estimate == pytest.approx(252, rel=0.01)
    assert performance_fee(a, b, draws=200).estimate == pytest.approx(252, rel=0.01)


@pytest.mark.parametrize("gamma", [1, 3, 10])
def test_fee_solves_the_utility_equation(two_strategies, gamma):
    r1, r2 = (r.to_numpy() for r in two_strategies)

    def utility(r):
        return np.sum(1 + r - gamma / (2 * (1 + gamma)) * (1 + r) ** 2)

    root = brentq(lambda fee: utility(r1 - fee) - utility(r2), -0.05, 0.05, xtol=1e-14)
    fee = performance_fee(r1, r2, gamma, draws=200)
    assert fee.estimate == pytest.approx(252 * 1e4 * root, rel=1e-8)


@pytest.mark.parametrize("test", [certainty_equivalent_gain, performance_fee])
def test_standard_errors_by_simulation(test):
    """The s.e. of one long sample agrees with the spread of estimates over many samples."""
    rng = np.random.default_rng(3)

    def draw(n):
        a = 0.001 + 0.01 * rng.standard_normal(n)
        return a, 0.6 * a + 0.008 * rng.standard_normal(n)

    estimates = [test(*draw(250), draws=2).estimate for _ in range(400)]
    long = test(*draw(4000), draws=2, lags=0)
    assert long.se * np.sqrt(4000 / 250) == pytest.approx(np.std(estimates), rel=0.12)


def test_fee_falls_with_risk_aversion_for_the_riskier_strategy():
    rng = np.random.default_rng(4)
    b = 0.005 * rng.standard_normal(500)
    a = 3 * b + 0.0002 + 0.001 * rng.standard_normal(500)
    fees = [performance_fee(a, b, gamma, draws=10).estimate for gamma in (1, 3, 10)]
    assert fees == sorted(fees, reverse=True)


@pytest.mark.parametrize("measure", ["sharpe", "mean", "certainty_equivalent"])
def test_break_even_cost(traders, measure):
    active, passive = traders
    result = break_even_cost(active, passive, measure)
    assert result.ahead == "below"
    for shift, sign in ((-0.5, 1), (0.5, -1)):
        cost = result.cost_bps + shift
        one, other = active.at_cost(cost), passive.at_cost(cost)
        worth = {
            "sharpe": lambda run: run.sharpe,
            "mean": lambda run: run.returns.mean(),
            "certainty_equivalent": lambda run: certainty_equivalent(run.returns),
        }[measure]
        assert np.sign(worth(one) - worth(other)) == sign
    mirrored = break_even_cost(passive, active, measure)
    assert mirrored.ahead == "above"
    assert mirrored.cost_bps == pytest.approx(result.cost_bps)


def test_break_even_without_a_crossing(traders):
    active, passive = traders
    returns = passive.weights * 0 + 0.001 * np.sin(np.arange(1000))[:, None]
    held = backtest(passive.weights.iloc[[0]], returns + 0.001)
    churned = backtest(active.weights, returns)
    assert break_even_cost(held, churned).ahead == "always"
    never = break_even_cost(churned, held)
    assert (never.ahead, never.cost_bps) == ("never", 0.0)


def test_break_even_search_stops_where_a_trade_would_eat_the_portfolio(traders):
    """A strategy that trades twenty times its wealth cannot pay 10 % a trade."""
    active, passive = traders
    dear = replace(active, turnover=active.turnover * 20 / active.turnover.max())
    with pytest.raises(ParameterError, match="eats the whole portfolio"):
        dear.at_cost(1000.0)
    result = break_even_cost(dear, passive)
    assert result.ahead == "below" and 0 < result.cost_bps < 500
    assert dear.at_cost(result.cost_bps).sharpe == pytest.approx(passive.at_cost(result.cost_bps).sharpe)


def test_campbell_thompson():
    """An annual ratio of 1.5 from daily timing alone needs an R2 of 0.9 % a day."""
    assert r2_for_sharpe(1.5) == pytest.approx(0.00885, abs=1e-5)
    for base in (0.0, 0.5):
        r2 = r2_for_sharpe(1.5, base)  # the ratio that it allows is the one aimed at
        assert np.sqrt((base**2 / 252 + r2) / (1 - r2) * 252) == pytest.approx(1.5)
    assert r2_for_sharpe(0.5, 0.5) == 0
    with pytest.raises(ParameterError, match="below the base"):
        r2_for_sharpe(0.2, 0.5)


def test_errors(two_strategies, traders):
    r1, r2 = two_strategies
    for test in (certainty_equivalent_gain, performance_fee):
        with pytest.raises(EstimationError, match="identical"):
            test(r1, r1)
        with pytest.raises(ParameterError, match="risk_aversion"):
            test(r1, r2, 0)
        with pytest.raises(DataError, match="different labels"):
            test(r1[:-1], r2[1:])
    with pytest.raises(EstimationError, match="decimals"):
        performance_fee(100 * r1, 100 * r2)
    active, passive = traders
    with pytest.raises(UnknownNameError, match="sharpe"):
        break_even_cost(active, passive, "sharp")
    with pytest.raises(ParameterError, match="limit"):
        break_even_cost(active, passive, limit=0)
    with pytest.raises(DataError, match="rows"):
        break_even_cost(active.between("2016-01-01"), passive)
