import numpy as np
import pandas as pd
import pytest

from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.evaluation.accuracy import diebold_mariano
from portfolio_study.evaluation.stability import (
    calendar_periods,
    cumulative_loss_difference,
    fluctuation_critical_value,
    fluctuation_test,
    subperiod_tests,
)


def test_cumulative_difference_rises_while_the_model_is_better(losses):
    model, benchmark = losses
    path = cumulative_loss_difference(benchmark, model)
    assert path.iloc[-1] == pytest.approx((benchmark - model).sum())
    assert path.diff().iloc[1:].to_numpy() == pytest.approx((benchmark - model).iloc[1:].to_numpy())
    assert path.iloc[-1] > 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_published_critical_values_agree_with_simulation(share):
    """The sup of a windowed Brownian motion; the published table has simulation error of its own."""
    n, rng = 1000, np.random.default_rng(1)
    total = np.zeros((3000, n + 1))
    np.cumsum(rng.standard_normal((3000, n)), axis=1, out=total[:, 1:])
    window = round(share * n)
    path = (total[:, window:] - total[:, :-window]) / np.sqrt(window)
    for level in (0.05, 0.10):
        two, one = np.quantile(np.abs(path).max(1), 1 - level), np.quantile(path.max(1), 1 - level)
        assert fluctuation_critical_value(share, level) == pytest.approx(two, abs=0.13)
        assert fluctuation_critical_value(share, level, "greater") == pytest.approx(one, abs=0.13)


def test_critical_values_between_the_published_shares():
    assert fluctuation_critical_value(0.3) == 3.012
    assert fluctuation_critical_value(0.35) == pytest.approx((3.012 + 2.890) / 2)
    with pytest.raises(ParameterError, match="share"):
        fluctuation_critical_value(0.05)
    with pytest.raises(ParameterError, match="level"):
        fluctuation_critical_value(0.3, 0.01)


def test_fluctuation_path_by_hand():
    rng = np.random.default_rng(2)
    d = pd.Series(rng.standard_normal(100), index=pd.bdate_range("2020-01-01", periods=100))
    test = fluctuation_test(d, d * 0, share=0.2, lags=0)
    sigma = d.std(ddof=0)
    assert test.window == 20
    assert len(test.path) == 81
    assert test.path.iloc[0] == pytest.approx(d[:20].sum() / (sigma * np.sqrt(20)))
    assert test.path.index[0] == d.index[19]
    assert test.statistic == pytest.approx(test.path.abs().max())
    mirrored = fluctuation_test(d * 0, d, share=0.2, lags=0)
    assert mirrored.path.to_numpy() == pytest.approx(-test.path.to_numpy())
    less = fluctuation_test(d, d * 0, share=0.2, lags=0, alternative="less")
    assert less.statistic == pytest.approx(-test.path.min())


def test_fluctuation_test_finds_an_advantage_that_reverses():
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2018-01-01", periods=600)
    d = pd.Series(rng.standard_normal(600) + np.repeat([0.35, -0.35], 300), index=dates)
    assert diebold_mariano(d, d * 0).p_value > 0.1
    test = fluctuation_test(d, d * 0, share=0.3)
    assert test.rejected
    assert test.critical_value == 3.012


def test_fluctuation_test_size():
    rng = np.random.default_rng(4)
    rejected = [fluctuation_test(*rng.standard_normal((2, 250))).rejected for _ in range(400)]
    assert np.mean(rejected) < 0.09


def test_fluctuation_test_errors(losses):
    with pytest.raises(EstimationError, match="identical"):
        fluctuation_test(losses[0], losses[0])
    with pytest.raises(DataError, match="at least 20"):
        fluctuation_test(losses[0][:10], losses[1][:10])


def test_subperiods(losses):
    a, b = losses
    table = subperiod_tests(a, b, {"all": (None, None), "January": ("2015-01-01", "2015-01-31")})
    whole = diebold_mariano(a, b, method="newey_west")
    assert table.loc["all", "estimate"] == pytest.approx(whole.estimate)
    assert table.loc["all", "p_value"] == pytest.approx(whole.p_value)
    assert table.loc["January", "n"] == 22
    with pytest.raises(DataError, match="'2020' holds 0 dates"):
        subperiod_tests(a, b, {"2020": ("2020-01-01", "2020-12-31")})


def test_calendar_periods():
    index = pd.bdate_range("1988-06-01", "2001-03-30")
    decades = calendar_periods(index)
    assert list(decades) == ["1980s", "1990s", "2000s"]
    assert decades["1990s"] == (pd.Timestamp("1990-01-01"), pd.Timestamp("1999-12-31"))
    assert decades["1980s"][0] == index[0]
    assert decades["2000s"][1] == index[-1]
    assert len(calendar_periods(index, "year")) == 14
    with pytest.raises(ParameterError, match="decade"):
        calendar_periods(index, "month")
