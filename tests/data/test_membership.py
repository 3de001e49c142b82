import pytest

from portfolio_study.data import UNIVERSES
from portfolio_study.data.membership import DOW_CHANGES, dow_members, members_that_left, members_throughout
from portfolio_study.errors import ParameterError

LEFT = {"AA", "BAC", "DD", "GE", "HPQ", "KFT", "PFE", "T", "UTX", "XOM"}


def test_always_thirty_members_and_every_change_fits():
    for date in ("2009-06-08", *DOW_CHANGES, "2024-03-31"):
        assert len(dow_members(date)) == 30
    members = set(dow_members("2009-06-08"))
    for joined, left in DOW_CHANGES.values():
        assert set(left.split()) <= members and not set(joined.split()) & members
        members = (members - set(left.split())) | set(joined.split())


def test_the_papers_twenty_are_exactly_those_that_stayed():
    """The selection "always in the index" is the surviving set, no choice among survivors."""
    assert members_throughout("2010-01-01", "2024-03-31") == set(UNIVERSES["dow20"].tickers)
    assert members_that_left("2010-01-01", "2024-03-31") == LEFT


def test_dates():
    assert "AAPL" not in dow_members("2015-03-18") and "AAPL" in dow_members("2015-03-19")
    assert "GE" in dow_members("2018-06-25") and "GE" not in dow_members("2018-06-26")
    for date in ("2009-01-01", "2025-01-01"):
        with pytest.raises(ParameterError, match="covers"):
            dow_members(date)
