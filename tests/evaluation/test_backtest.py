import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError, UnknownNameError
from portfolio_study.evaluation.backtest import backtest
from portfolio_study.evaluation.schedule import rebalance_dates


def _returns(n=60, assets=4, seed=0, start="2020-01-01"):
    rng = np.random.default_rng(seed)
    columns = [f"A{i}" for i in range(assets)]
    dates = pd.bdate_range(start, periods=n, name="date")
    return pd.DataFrame(0.0005 + 0.01 * rng.standard_normal((n, assets)), index=dates, columns=columns)


def _weights(index, columns, seed=1):
    raw = np.random.default_rng(seed).random((len(index), len(columns)))
    return pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), index=index, columns=columns)


def _by_hand(weights, returns, cost_bps=0.0, risk_free=0.0):
    """Account for money position by position: the slow and obvious way."""
    holdings, cash, wealth, rows = None, 0.0, 1.0, []
    for date, r in returns.loc[weights.index[0] :].iterrows():
        turnover = 0.0
        if date in weights.index:
            target = weights.loc[date]
            if holdings is not None:
                turnover = (target * wealth - holdings).abs().sum() / wealth
            paid = wealth * turnover * cost_bps / 1e4
            holdings, cash = target * (wealth - paid), (1 - target.sum()) * (wealth - paid)
        before = wealth
        start_weights = holdings / (holdings.sum() + cash)
        holdings, cash = holdings * (1 + r), cash * (1 + risk_free)
        wealth = holdings.sum() + cash
        rows.append((wealth / before - 1, turnover, start_weights.to_numpy(), (holdings / wealth).to_numpy()))
    return rows


def test_golden_drift_and_turnover(golden):
    case = golden("sixty_day_estimates")["drift"]
    dates = pd.bdate_range("2020-01-01", periods=3)
    returns = pd.DataFrame([*case["r"], [0.0, 0.0]], index=dates, columns=["A", "B"])
    weights = pd.DataFrame([case["w0"], case["w0"]], index=dates[[0, 2]], columns=["A", "B"])
    result = backtest(weights, returns, periods_per_year=252)
    assert result.returns.to_numpy()[:2] == pytest.approx(case["port_returns"], rel=1e-12)
    assert result.drifted_weights.iloc[0].to_numpy() == pytest.approx(case["w_after_day1"], rel=1e-12)
    assert result.weights.iloc[1].to_numpy() == pytest.approx(case["w_after_day1"], rel=1e-12)
    assert result.turnover.to_numpy() == pytest.approx([0, 0, case["turnover_back_to_w0"]], rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    every=st.integers(1, 25),
    cost=st.floats(0, 100),
    cash=st.booleans(),
)
def test_backtest_equals_accounting_by_hand(seed, every, cost, cash):
    returns = _returns(30, 3, seed)
    weights = _weights(returns.index[2::every], returns.columns, seed) * (0.7 if cash else 1.0)
    result = backtest(weights, returns, cost, risk_free=1e-4, allow_cash=cash)
    expected = _by_hand(weights, returns, cost, 1e-4)
    assert result.returns.index[0] == returns.index[2]
    for t, (net, turnover, held, drifted) in enumerate(expected):
        assert result.returns.iloc[t] == pytest.approx(net, rel=1e-9, abs=1e-13)
        assert result.turnover.iloc[t] == pytest.approx(turnover, rel=1e-9, abs=1e-12)
        assert result.weights.iloc[t].to_numpy() == pytest.approx(held, rel=1e-9)
        assert result.drifted_weights.iloc[t].to_numpy() == pytest.approx(drifted, rel=1e-9)


def test_weights_of_a_row_earn_the_returns_of_that_row():
    returns = _returns(5, 2)
    weights = pd.DataFrame(0.0, index=returns.index, columns=returns.columns)
    weights["A0"] = [1.0, 0, 1, 0, 1]
    weights["A1"] = 1 - weights["A0"]
    expected = returns["A0"].where(weights["A0"] == 1, returns["A1"])
    assert backtest(weights, returns).returns.to_numpy() == pytest.approx(expected.to_numpy())


def test_buy_and_hold_never_trades():
    returns = _returns(500)
    start = _weights(returns.index[:1], returns.columns)
    result = backtest(start, returns, 25)
    assert (result.turnover == 0).all()
    assert result.wealth.iloc[-1] == pytest.approx((start.iloc[0] * (1 + returns).prod()).sum())
    # Handing the drifted weights back as daily targets is the same thing.
    daily = result.weights
    again = backtest(daily, returns, 25)
    assert again.turnover.max() < 1e-14
    assert again.returns.to_numpy() == pytest.approx(result.returns.to_numpy())


def test_first_trade_is_charged_only_on_request():
    returns = _returns(10)
    start = _weights(returns.index[:1], returns.columns)
    charged = backtest(start, returns, 50, charge_first_trade=True)
    assert charged.turnover.iloc[0] == pytest.approx(1)
    free = backtest(start, returns, 50)
    assert charged.wealth.iloc[-1] == pytest.approx(free.wealth.iloc[-1] * (1 - 0.005))


def test_costs_lower_returns_by_cost_times_turnover():
    returns = _returns()
    weights = _weights(returns.index, returns.columns)
    free, costly = backtest(weights, returns), backtest(weights, returns, 10)
    paid = (free.returns - costly.returns) / (1 + free.returns)
    assert paid.to_numpy() == pytest.approx(0.001 * free.turnover.to_numpy())
    assert costly.gross_returns.equals(free.gross_returns)
    assert free.at_cost(10).returns.equals(costly.returns)
    sharpes = [free.at_cost(c).sharpe for c in (0, 5, 10, 25)]
    assert sharpes == sorted(sharpes, reverse=True)


def test_nothing_leaks_from_the_future():
    returns = _returns()
    weights = _weights(returns.index, returns.columns)
    before = backtest(weights, returns, 10)
    shocked = returns.copy()
    shocked.iloc[30] += 0.05
    after = backtest(weights, shocked, 10)
    assert after.returns.iloc[:30].equals(before.returns.iloc[:30])
    assert after.weights.iloc[:31].equals(before.weights.iloc[:31])
    assert after.turnover.iloc[:31].equals(before.turnover.iloc[:31])
    assert after.returns.iloc[30] == pytest.approx(before.returns.iloc[30] + 0.05, abs=1e-3)
    assert after.turnover.iloc[31] != before.turnover.iloc[31]
    moved = weights.copy()
    moved.iloc[30] = moved.iloc[30].to_numpy()[::-1]
    other = backtest(moved, returns, 10)
    assert other.returns.iloc[:30].equals(before.returns.iloc[:30])
    assert other.returns.iloc[30] != before.returns.iloc[30]
    assert other.returns.iloc[32:].equals(before.returns.iloc[32:])


def test_constant_target_and_calendar():
    returns = _returns(250)
    equal = pd.Series(0.25, index=returns.columns)
    daily = backtest(equal, returns)
    assert (daily.weights.to_numpy() == 0.25).all()
    quarterly = backtest(equal, returns, rebalance="quarterly")
    traded = quarterly.turnover.index[quarterly.turnover > 0]
    assert list(traded) == list(rebalance_dates(returns.index, "quarterly")[1:])
    assert list(traded.strftime("%m-%d")) == ["04-01", "07-01", "10-01"]
    mask = pd.Series(returns.index.isin(rebalance_dates(returns.index, "quarterly")), index=returns.index)
    assert backtest(equal, returns, rebalance=mask).returns.equals(quarterly.returns)
    assert backtest(equal, returns, rebalance=mask.to_numpy()).returns.equals(quarterly.returns)
    mask.iloc[0] = False  # the first row starts the portfolio, whatever the mask says
    assert backtest(equal, returns, rebalance=mask).returns.equals(quarterly.returns)
    assert len(rebalance_dates(returns.index, "monthly")) == 12
    assert len(rebalance_dates(returns.index, "yearly")) == 1
    assert backtest(equal, returns, rebalance="yearly").turnover.sum() == 0


def test_cash_earns_the_risk_free_rate():
    returns = _returns(40)
    rate = pd.Series(np.linspace(1e-4, 2e-4, 40), index=returns.index)
    nothing = pd.Series(0.0, index=returns.columns)
    result = backtest(nothing, returns, 10, risk_free=rate, allow_cash=True)
    assert result.returns.to_numpy() == pytest.approx(rate.to_numpy())
    assert result.turnover.sum() == 0
    assert result.excess_returns.abs().max() < 1e-15


def test_ratios_and_summary():
    returns = _returns(504, seed=3)
    result = backtest(pd.Series(0.25, index=returns.columns), returns, 10, risk_free=1e-4)
    net = result.returns
    assert result.periods_per_year == 252
    assert result.sharpe == pytest.approx(np.sqrt(252) * (net - 1e-4).mean() / net.std())
    summary = result.summary()
    assert summary["annual_return"] == pytest.approx(252 * net.mean())
    assert summary["annual_volatility"] == pytest.approx(np.sqrt(252) * net.std())
    assert summary["growth_rate"] == pytest.approx((1 + net).prod() ** (252 / 504) - 1)
    assert summary["effective_assets"] == pytest.approx(4)
    assert summary["annual_turnover"] == pytest.approx(result.turnover.sum() / 2)
    assert summary["gross_sharpe"] > summary["sharpe"]
    assert summary["annual_cost"] == pytest.approx(0.001 * summary["annual_turnover"], rel=0.01)
    assert summary.notna().all()


def test_drawdown_counts_from_the_start():
    returns = pd.DataFrame(
        {"A": [-0.5, 1.0, 0.5, -0.2]}, index=pd.date_range("2020-01-31", periods=4, freq="ME")
    )
    result = backtest(pd.Series({"A": 1.0}), returns)
    assert result.drawdown.tolist() == pytest.approx([-0.5, 0, 0, -0.2])
    assert result.wealth.tolist() == pytest.approx([0.5, 1, 1.5, 1.2])
    assert result.periods_per_year == 12


def test_between_cuts_everything():
    returns = _returns(100)
    whole = backtest(pd.Series(0.25, index=returns.columns), returns, 5)
    part = whole.between("2020-03-01", None)
    assert part.returns.equals(whole.returns.loc["2020-03-01":])
    assert len(part.weights) == len(part.turnover) == len(part.returns)
    assert part.cost_bps == 5
    with pytest.raises(DataError, match="2031"):
        whole.between("2031-01-01")


def test_missing_returns_matter_only_while_the_asset_is_held():
    returns = _returns(20, 3)
    returns.iloc[10:, 2] = np.nan
    weights = _weights(returns.index, returns.columns)
    weights.iloc[10:] = [0.5, 0.5, 0.0]
    assert backtest(weights, returns).returns.notna().all()
    weights.iloc[15] = [0.4, 0.4, 0.2]
    with pytest.raises(DataError, match="A2 at 2020-01-22 is missing"):
        backtest(weights, returns)
    # Held from an earlier rebalance counts as held.
    with pytest.raises(DataError, match="A2 at 2020-01-15 is missing"):
        backtest(weights.iloc[[0]], returns)


def test_errors_name_ticker_and_date():
    returns = _returns()
    weights = _weights(returns.index, returns.columns)
    heavy = weights.copy()
    heavy.iloc[4] *= 1.5
    with pytest.raises(DataError, match=r"2020-01-07 sum to 1\.5"):
        backtest(heavy, returns)
    hole = weights.copy()
    hole.iloc[4, 1] = np.nan
    with pytest.raises(DataError, match=r"weights has 1 missing .* first for A1 at 2020-01-07"):
        backtest(hole, returns)
    with pytest.raises(DataError, match="different columns: A3 only in returns"):
        backtest(weights[["A0", "A1", "A2"]], returns)
    with pytest.raises(DataError, match="2020-01-02, which is not a date"):
        backtest(weights, returns.drop(returns.index[1]))
    with pytest.raises(DataError, match="weights must be in order of time"):
        backtest(weights[::-1], returns)
    with pytest.raises(DataError, match="returns must be in order of time"):
        backtest(weights, returns[::-1])
    with pytest.raises(DataError, match="two rows for 2020-01-01"):
        backtest(weights, pd.concat([returns, returns]))
    with pytest.raises(DataError, match="risk_free has no value for 2020-01-03"):
        backtest(weights, returns, risk_free=pd.Series(0.0, index=returns.index.delete(2)))
    with pytest.raises(ParameterError, match="cost_bps"):
        backtest(weights, returns, -1)
    with pytest.raises(ParameterError, match="whole portfolio"):
        backtest(weights, returns, 20_000, charge_first_trade=True)
    with pytest.raises(UnknownNameError, match="quarterly"):
        backtest(weights, returns, rebalance="quaterly")
    with pytest.raises(ParameterError, match="mask with 60"):
        backtest(weights, returns, rebalance=np.ones(3, dtype=bool))
    with pytest.raises(DataError, match="different dates"):
        backtest(weights, returns, rebalance=pd.Series(True, index=returns.index[::-1]))
    with pytest.raises(DataError, match="weights has 0 rows, at least 1"):
        backtest(weights.iloc[:0], returns)
    with pytest.raises(ParameterError, match="periods_per_year"):
        backtest(weights.reset_index(drop=True), returns.reset_index(drop=True))


def test_ruin_is_named():
    returns = _returns(10, 2)
    returns.iloc[5, 0] = 0.6
    short = pd.Series({"A0": -2.0, "A1": 3.0})
    with pytest.raises(EstimationError, match="2020-01-08"):
        backtest(short, returns)
    with pytest.raises(EstimationError, match="2020-01-08"):
        backtest(short.to_frame(returns.index[0]).T, returns)


def test_column_order_does_not_matter():
    returns = _returns()
    weights = _weights(returns.index, returns.columns)
    shuffled = weights[["A2", "A0", "A3", "A1"]]
    assert backtest(shuffled, returns).returns.equals(backtest(weights, returns).returns)


def test_trading_each_quarter_trades_less_than_trading_each_day():
    returns = _returns(800, 20)
    weights = _weights(returns.index, returns.columns)
    daily = backtest(weights, returns, 10)
    quarterly = backtest(weights, returns, 10, rebalance="quarterly")
    assert quarterly.turnover.sum() < daily.turnover.sum()
