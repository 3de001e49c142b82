"""Weekly returns: holidays, unfinished weeks, conventions, bad input."""

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import DataError, UnknownNameError
from portfolio_study.forecasting.ar_model import ar_prior
from portfolio_study.forecasting.weekly import KINDS, WEEKDAYS, paper_estimates, weekly_rate, weekly_returns


@pytest.fixture
def close(lcg_normal):
    dates = pd.bdate_range("2017-05-31", periods=900, name="date")
    return pd.Series(100 * np.exp(np.cumsum(0.01 * lcg_normal(900, 3))), dates, name="X")


def test_a_week_ends_on_the_last_close_before_a_holiday(close):
    friday = pd.Timestamp("2017-07-07")
    got = weekly_returns(close.drop(friday))
    assert got[friday] == pytest.approx(close["2017-07-06"] / close["2017-06-30"] - 1)


def test_simple_and_log_returns_agree(close):
    np.testing.assert_allclose(np.log1p(weekly_returns(close)), weekly_returns(close, kind="log"), atol=1e-14)


def test_an_unfinished_week_is_left_out(close):
    shorter = close[: close.index[close.index.day_of_week == 2][-1]]
    assert weekly_returns(shorter).index[-1] <= shorter.index[-1]
    assert weekly_returns(shorter).equals(weekly_returns(close)[: shorter.index[-1]])


def test_riskless_rate_is_compounded(close):
    rate = pd.Series(1e-4, close.index)
    got = weekly_rate(rate)
    assert got.index.equals(weekly_returns(close).index)
    assert got["2017-07-07"] == pytest.approx(1.0001**5 - 1, abs=1e-15)


def test_every_convention_has_its_estimates(close):
    table = paper_estimates(close)
    assert len(table) == len(WEEKDAYS) * len(KINDS) * 2
    r = weekly_returns(close, "THU", "log")
    r = r[r.index >= "2017-07-01"].iloc[:130]
    prior = ar_prior(r)
    row = table.loc[("THU", "log", 130)]
    assert row["phi"] == pytest.approx(prior.mean[1])
    assert row["mu"] == pytest.approx(prior.mean[0] / (1 - prior.mean[1]))
    assert row["last"] == r.index[-1]


def test_prices_after_the_sample_do_not_matter(close):
    sample = paper_estimates(close)
    longer = pd.concat([close, pd.Series([1e6], [close.index[-1] + pd.Timedelta(days=30)])])
    cut = paper_estimates(longer[: close.index[-1]])
    assert sample.equals(cut)


def test_the_first_130_weeks_cannot_have_the_papers_variance():
    """Erratum F26: by no convention; all 156 weeks, with the crash of 2020, can."""
    index = load_prices(universe="sp500", start="2017-06-26", end="2020-06-30").close.iloc[:, 0]
    variance = paper_estimates(index)["noise_variance"]
    assert variance.xs(130, level="weeks").max() < 0.00085 / 1.9
    assert variance.xs(156, level="weeks").between(0.95 * 0.00085, 1.05 * 0.00085).sum() >= 4


def test_the_papers_second_mean_is_not_that_of_microsoft():
    """Erratum F27: -1.05 % a week against a rising price."""
    close = load_prices(universe="us20", start="2017-06-26", end="2020-06-30").close["MSFT"]
    r = weekly_returns(close).loc["2017-07-01":]
    for n in (130, 156):
        assert r.iloc[:n].mean() > 0
        assert (r.iloc[:n].mean() + 0.01047) / (r.iloc[:n].std() / np.sqrt(n)) > 4


def test_bad_input_is_named(close):
    with pytest.raises(UnknownNameError, match="SUN"):
        weekly_returns(close, "SUN")
    with pytest.raises(UnknownNameError, match="gross"):
        weekly_returns(close, kind="gross")
    with pytest.raises(DataError, match="2017-09-08"):
        weekly_returns(close.drop(close.loc["2017-09-02":"2017-09-08"].index))
    with pytest.raises(DataError, match="weeks of 156"):
        paper_estimates(close[:300])
