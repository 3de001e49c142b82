"""Sensitivity tables: what is varied, and the answers under each variation."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from portfolio_study.checks.confidence import widened
from portfolio_study.errors import DataError, EstimationError
from portfolio_study.evaluation import bootstrap_mean
from portfolio_study.evaluation.sensitivity import sensitivity_table, variations

DAYS = pd.bdate_range("2015-01-02", periods=200, name="date")
GAINS = pd.Series(np.random.default_rng(3).normal(0.2, 1.0, 200), DAYS)


def asked(gains=GAINS, window=20, **options):
    """Which dates and blocks are tested, in order."""
    calls = []

    def test(days, block):
        calls.append((list(days), block))
        return bootstrap_mean(gains.loc[days], block=block, draws=50)

    return variations(test, gains, window, **options), calls


def test_blocks_are_8_a_window_and_two_windows_and_dates_are_halved():
    found, calls = asked()
    assert [block for _, block in calls] == [None, 8, 20, 40, None, None, None]
    assert [len(days) for days, _ in calls] == [200, 200, 200, 200, 100, 100, 198]
    assert calls[4][0] + calls[5][0] == list(DAYS)
    assert found["as judged"].estimate == pytest.approx(GAINS.mean())


def test_the_days_that_are_left_out_are_the_largest_on_either_side():
    _, calls = asked()
    assert set(DAYS) - set(calls[-1][0]) == set(GAINS.abs().nlargest(2).index)


def test_blocks_of_which_few_fit_are_left_out_and_periods_have_their_name():
    found, _ = asked(GAINS.iloc[:100], window=20, period="week")
    assert "blocks of 20 weeks (a window)" in found
    assert not any("two windows" in name for name in found)


def test_a_part_with_nothing_to_test_is_left_out():
    def test(days, block):
        if len(days) < 150:
            raise EstimationError("both are the same")
        return bootstrap_mean(GAINS.loc[days], draws=50)

    assert not any("half" in name for name in variations(test, GAINS, 20))


def test_missing_differences_are_refused():
    with pytest.raises(DataError, match="differences"):
        asked(GAINS.where(GAINS > 0))


def test_each_answer_is_that_of_the_widened_interval_and_its_limit():
    found = {"a": bootstrap_mean(GAINS, draws=200), "b": bootstrap_mean(-GAINS, draws=200)}
    table = sensitivity_table(
        found,
        0.2,
        lambda estimate, interval, least: SimpleNamespace(verdict=(estimate, *interval, least)),
        family=3,
    )
    for name, one in found.items():
        interval = widened(one.estimate, one.interval, 3)
        assert (table.loc[name, "low"], table.loc[name, "high"]) == interval
        assert table.loc[name, "low"] < one.interval[0]
        for least in (0.1, 0.2, 0.4):
            assert table.loc[name, f"if {least} matters"] == (one.estimate, *interval, least)
