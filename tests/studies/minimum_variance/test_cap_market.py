from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.errors import DataError
from portfolio_study.studies.minimum_variance.cap_market import against_market


@pytest.fixture(scope="module")
def market():
    return load_prices("packaged", universe="us_market")


def test_the_market_is_the_published_excess_return_and_the_bill_rate(market):
    returns = market.close["Mkt"].pct_change()
    assert returns["1926-07-31"] == pytest.approx(0.0296 + 0.0022)
    assert returns["2018-11-30"] == pytest.approx(0.0169 + 0.0018)


def test_days_are_compounded_to_whole_months_since_1968(market):
    days = pd.bdate_range("1967-11-15", "1972-12-29")
    returns = pd.Series(np.random.default_rng(1).normal(0.0005, 0.008, len(days)), index=days)
    found = against_market(SimpleNamespace(returns=returns), market)
    assert str(found.strategy.index[0]) == "1968-01" and str(found.strategy.index[-1]) == "1972-12"
    assert found.strategy.iloc[0] == pytest.approx((1 + returns["1968-01"]).prod() - 1)
    assert found.market["1972-12"] == pytest.approx(market.close["Mkt"].pct_change()["1972-12-31"])
    ratio = found.risk_ratio(draws=50, seed=1)
    assert ratio.estimate == pytest.approx(found.strategy.std() / found.market.std()) and ratio.se > 0
    gap = found.higher_mean()
    assert gap.estimate == pytest.approx(12 * (found.strategy - found.market).mean()) and gap.n == 60


def test_a_month_that_is_not_whole_is_left_out(market):
    days = pd.bdate_range("1968-01-15", "1970-12-31")
    found = against_market(SimpleNamespace(returns=pd.Series(0.001, index=days)), market)
    assert str(found.strategy.index[0]) == "1968-02"
    months = pd.date_range("1968-01-31", "1970-12-31", freq="ME")
    found = against_market(SimpleNamespace(returns=pd.Series(0.01, index=months)), market)
    assert str(found.strategy.index[0]) == "1968-01" and len(found.strategy) == 36


def test_too_few_months_are_refused(market):
    months = pd.date_range("2018-01-31", "2022-12-31", freq="ME")
    with pytest.raises(DataError, match="have 11 months since 1968-01 in common, and 12 are needed"):
        against_market(SimpleNamespace(returns=pd.Series(0.01, index=months)), market)
