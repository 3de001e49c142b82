from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.data.usable import longest_standstills, require_common_dates
from portfolio_study.errors import DataError

DATES = pd.bdate_range("2020-01-01", periods=12, name="date")


def closes(**columns):
    return pd.DataFrame(columns, index=DATES[: len(next(iter(columns.values())))], dtype=float)


def test_the_longest_stretch_of_each_asset_longest_first():
    found = longest_standstills(
        closes(
            A=[1, 1, 2, 2, 2, 3, 3, 3, 4], B=[5] * 9, C=[1, 2, 3, 4, 5, 6, 7, 8, 9], D=[1, 2] * 3 + [3] * 3
        )
    )
    assert [(s.ticker, s.periods) for s in found] == [("B", 8), ("A", 2), ("D", 2)]
    assert (found[0].first, found[0].last) == (DATES[1], DATES[8])
    assert (found[1].first, found[1].last) == (DATES[3], DATES[4])  # the first of two equal ones
    assert (found[2].first, found[2].last) == (DATES[7], DATES[8])  # up to the end


@given(st.lists(st.integers(1, 2), min_size=2, max_size=12))
def test_the_length_is_that_of_counting(values):
    longest = run = 0
    for old, new in pairwise(values):
        run = run + 1 if new == old else 0
        longest = max(longest, run)
    found = longest_standstills(closes(A=values))
    assert (found[0].periods if found else 0) == longest


def partly(first, last):
    values = pd.Series(np.arange(1.0, 13.0), DATES)
    return values.where((values.index >= DATES[first]) & (values.index <= DATES[last]))


def test_assets_with_a_part_of_the_dates_are_named_with_what_all_share():
    with pytest.raises(DataError) as error:
        require_common_dates(pd.DataFrame({"A": partly(0, 11), "NEW": partly(4, 11), "OLD": partly(2, 8)}))
    text = str(error.value)
    assert "NEW (2020-01-07 to 2020-01-16), OLD (2020-01-03 to 2020-01-13)" in text
    assert "START=2020-01-07 END=2020-01-13" in text and "A (" not in text


def test_assets_that_never_meet_are_named():
    with pytest.raises(DataError, match=r"A \(.*B \(.*no dates that all assets share: leave tickers out"):
        require_common_dates(pd.DataFrame({"A": partly(0, 3), "B": partly(6, 11)}))


def test_whole_columns_and_holes_are_left_to_other_checks():
    hole = partly(0, 11)
    hole.iloc[5] = np.nan
    require_common_dates(pd.DataFrame({"A": hole, "B": partly(0, 11)}))
