import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.data import load_prices, log_returns
from portfolio_study.data.quality import quality_report
from portfolio_study.data.synthetic import Law, simulate
from portfolio_study.errors import DataError, ParameterError, SourceError


@pytest.fixture(scope="module")
def world():
    return simulate(("SYN01", "SYN02", "SYN03"), "1980-01-01", "2019-12-31", seed=7)


def test_truth_is_the_law(world):
    ohlcv, truth = world
    law, log = truth.law, log_returns(ohlcv["adj_close"])
    pd.testing.assert_frame_equal(log, truth.returns, check_freq=False, rtol=1e-8)
    errors = truth.returns - truth.mean
    expected_mean = law.c + law.phi * truth.returns.shift(1)
    np.testing.assert_allclose(truth.mean.iloc[1:], expected_mean.iloc[1:], rtol=1e-10)
    expected = law.omega + law.alpha * errors.shift(1) ** 2 + law.beta * truth.variance.shift(1)
    np.testing.assert_allclose(truth.variance.iloc[1:], expected.iloc[1:], rtol=1e-10)
    shocks = errors / np.sqrt(truth.variance)
    n = shocks.size
    assert abs(float(shocks.to_numpy().mean())) < 5 / np.sqrt(n / 3)
    assert shocks.to_numpy().var() == pytest.approx(1, abs=5 * np.sqrt(2 / (n / 3)))
    off_diagonal = shocks.corr().to_numpy()[np.triu_indices(3, 1)]
    np.testing.assert_allclose(off_diagonal, law.correlation, atol=0.05)


def test_an_estimator_finds_the_truth(world):
    from arch import arch_model

    ohlcv, truth = world
    series = 100 * log_returns(ohlcv["adj_close"])["SYN01"]
    fit = arch_model(series, mean="AR", lags=1).fit(disp="off")
    law = truth.law
    for name, value in {"alpha[1]": law.alpha, "beta[1]": law.beta}.items():
        assert abs(fit.params[name] - value) < 4 * fit.std_err[name]
    assert abs(fit.params.iloc[1] - law.phi) < 4 * fit.std_err.iloc[1]


def test_range_measures_the_variance(world):
    """Parkinson (1980): E (ln high/low)^2 = 4 ln 2 sigma^2 for a Brownian motion without drift."""
    ohlcv, truth = world
    parkinson = np.log(ohlcv["high"] / ohlcv["low"]).iloc[1:] ** 2 / (4 * np.log(2))
    ratio = (parkinson / truth.variance).to_numpy()
    # High and low are drawn independently given the close, which only this mean square sees slightly.
    assert ratio.mean() == pytest.approx(1.0, abs=0.06)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_bars_are_bars(seed, assets):
    ohlcv, _ = simulate(tuple(f"SYN{i}" for i in range(assets)), "2020-01-01", "2020-04-01", seed=seed)
    ends = np.stack([ohlcv["open"], ohlcv["close"]])
    assert (ohlcv["high"].to_numpy() >= ends.max(axis=0)).all()
    assert (ohlcv["low"].to_numpy() <= ends.min(axis=0)).all()
    assert (ohlcv["low"].to_numpy() > 0).all() and (ohlcv["volume"].to_numpy() >= 1).all()


def test_seed_decides_everything():
    one, two, other = (simulate(seed=s)[0]["close"] for s in (4, 4, 5))
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one.iloc[1:], other.iloc[1:])


def test_as_a_source():
    prices = load_prices("synthetic")
    assert prices.universe == "synthetic" and len(prices.tickers) == 8 and prices.ohlcv is not None
    assert prices.manifest["truth"]["beta"] == Law().beta and prices.manifest["truth"]["seed"] == 1
    assert any("simulated" in note for note in prices.manifest["notes"])
    report = quality_report(prices)
    assert report.missing_sessions == report.surplus_dates == [] and report.suspects.empty
    assert load_prices("synthetic", seed=2).sha256 != prices.sha256
    some = load_prices("synthetic", "SYN01 SYN02", "2015-01-01", "2015-06-30")
    assert some.tickers == ["SYN01", "SYN02"] and some.sample()["last"] == "2015-06-30"
    assert load_prices("synthetic", start="2022-01-03").sample()["last"] == "2032-01-02"


def test_bad_requests():
    with pytest.raises(SourceError, match="AAPL"):
        load_prices("synthetic", "AAPL")
    with pytest.raises(SourceError, match="AXP"):
        load_prices("synthetic", "dow20")
    with pytest.raises(ParameterError, match="alpha \\+ beta"):
        simulate(law=Law(alpha=0.2, beta=0.8))
    with pytest.raises(ParameterError, match="not valid"):
        simulate(law=Law(phi=1.0))
    with pytest.raises(DataError, match="weekday"):
        simulate(start="2020-01-01", end="2020-01-01")
