"""The days after the papers: only they count, no rule sees the day that it is judged on, and none is no error."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.data import load_prices
from portfolio_study.ledger.study import open_study
from portfolio_study.studies import since

LAST = "2015-06-30"


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_BUILD_DIR", str(tmp_path_factory.mktemp("build")))
        return load_prices(universe="AAPL JPM XOM", start="2014-12-01", end="2015-10-30")


def opened(prices, last_used=LAST):
    return open_study(since, prices, window=30, last_used=last_used, draws=200, seed=3)


def test_without_new_days_the_page_says_so(prices):
    study = opened(prices, "2015-10-30")
    assert since.table(study) is None
    assert "end on 2015-10-30: no day is new" in study["state"] and not len(study.days)


def test_few_days_are_not_tested(prices):
    study = opened(prices, "2015-10-01")
    assert since.table(study) is None and "tests need 60" in study["state"]


def test_new_days_answer_every_question_by_the_rules_of_the_ledger(prices):
    found = since.table(opened(prices))
    assert len(found) == 5 and set(found["verdict"]) <= {"holds", "does not hold", "cannot be told"}
    assert (found["low"] < found["estimate"]).all() and (found["estimate"] < found["high"]).all()
    held = found["low"] > 0
    assert (found.loc[held, "verdict"] == "holds").all() and (found.loc[~held, "verdict"] != "holds").all()


def test_prices_that_begin_after_the_last_used_day_give_their_first_window_to_the_forecasts(prices):
    study = opened(prices, "2013-12-31")
    assert study.days.equals(pd.DatetimeIndex(study.simple.index[30:])) and len(since.table(study)) == 5
    assert study.arima.notna().all(axis=None) and study.volatility.index.equals(study.days)


def test_a_long_window_needs_more_days_than_it_has(prices):
    study = open_study(since, prices, window=80, last_used="2013-12-31", draws=200, seed=3)
    assert len(study.days) >= study.enough == 90 and len(since.table(study)) == 5
    few = open_study(since, prices, window=80, last_used=str(study.days[-75].date()), draws=200, seed=3)
    assert since.table(few) is None and "tests need 90" in few["state"]


def test_only_the_new_days_are_judged(prices):
    study = opened(prices)
    assert study.days[0] == pd.Timestamp("2015-07-01") and study.runs["1/N"].returns.index.equals(study.days)
    assert study.arima.index.equals(study.days)


def test_a_day_changes_only_what_comes_after_it(prices):
    day = pd.Timestamp("2015-08-18")
    close = prices.close.copy()
    close.loc[day:] *= np.array([1.07, 0.95, 1.02])  # one new return, on that day
    before, after = opened(prices), opened(replace(prices, close=close, sha256="0" * 64))
    for name in ("arima", "volatility"):
        one, other = getattr(before, name), getattr(after, name)
        pd.testing.assert_frame_equal(one.loc[:day], other.loc[:day])
        assert not np.allclose(one.loc[day:].iloc[1:3], other.loc[day:].iloc[1:3])
    weights = [study.runs["ARIMA + GARCH"].weights for study in (before, after)]
    pd.testing.assert_frame_equal(weights[0].loc[:day], weights[1].loc[:day], check_freq=False)
