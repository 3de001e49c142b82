"""Differences between recorded values: the tolerance follows from what a value is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.publishing.compare import compare_records, moved_within, same_words


def records(**values):
    return {key: value if isinstance(value, dict) else {"value": value} for key, value in values.items()}


def lines(before, after):
    return [difference.line() for difference in compare_records(records(**before), records(**after))]


def test_equal_records_have_no_difference():
    values = {"a": 1.5, "b": 3, "c": True, "d": "text 1.5", "e": 0.0, "f": {"value": 1.0, "se": 0.1}}
    assert lines(values, values) == []


@pytest.mark.parametrize(
    ("before", "after", "differ"),
    [
        (1.0, 1.0 + 5e-7, False),
        (1.0, 1.0 + 5e-6, True),
        (1e-8, 1e-8 + 1e-13, False),
        (0.0, 1e-13, False),
        (0.0, 1e-9, True),
        (1.0, float("nan"), True),
        (3, 4, True),
        (3, 3.0, True),
        (True, False, True),
        (True, 1, True),
        (1.0, "1.0", True),
        (1.0, True, True),
        ({"value": 1.0, "se": 0.1}, {"value": 1.29, "se": 0.1}, False),
        ({"value": 1.0, "se": 0.1}, {"value": 1.31, "se": 0.1}, True),
        ({"value": 1.0, "se": 0.0}, {"value": 1.1, "se": 0.0}, True),
        ({"value": 1.0, "unit": "per day"}, {"value": 1.0, "unit": "per year"}, True),
    ],
)
def test_tolerance_of_a_value(before, after, differ):
    assert bool(lines({"k": before}, {"k": after})) is differ


@given(st.floats(0.1, 1e6), st.floats(-0.05, 0.05))
def test_a_change_of_one_percent_or_more_is_seen(value, change):
    assert bool(lines({"k": value}, {"k": value * (1 + change)})) == (
        not abs(value * (1 + change) - value) <= 1e-6 * value
    )


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("the ratio is 1.021", "the ratio is 1.022", True),
        ("the ratio is 1.021", "the ratio is 1.032", False),
        ("the ratio is 1.021", "the ratio is -1.021", False),
        ("3 of 20 stocks", "4 of 20 stocks", False),
        ("in 2,015 windows", "in 2,016 windows", False),
        ("AXP leads with 1.0", "JPM leads with 1.0", False),
        ("p = 1.2e-05", "p = 1.3e-05", True),
        ("p = 1.2e-05", "p = 1.2e-04", False),
    ],
)
def test_sentences_may_differ_in_a_last_digit_only(before, after, same):
    assert same_words(before, after) is same


def test_lines_say_what_changed():
    before = {"a": 0.5, "b": 1, "c": "x", "gone": 2.0}
    assert lines(before, {"a": 0.6, "b": 2, "c": "y", "new": 3.0}) == [
        "! a: was 0.5, now 0.6 (+20.00%, 5e-07 allowed)",
        "! b: was 1, now 2",
        "! c: was 'x', now 'y'",
        "- gone: gone, was 2",
        "+ new: new, 3",
    ]


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-7, 1e-5, 1e-3])
def test_every_value_that_moved_is_listed_beyond_its_tolerance_or_within_it(size):
    before = records(
        plain=0.02, noisy={"value": 1.0, "se": 0.1}, count=3, same=7.0, none=0.0, text="it is 1.021"
    )
    after = records(
        plain=0.02 * (1 + size), noisy={"value": 1 + size, "se": 0.1}, count=3, same=7.0, none=size / 10,
        text="it is 1.022",
    )  # fmt: skip
    beyond = {d.key for d in compare_records(before, after)}
    within = {d.key: d.line() for d in moved_within(before, after)}
    assert beyond == ({"plain"} if size > 1e-6 else set()) | ({"none"} if size > 1e-11 else set())
    assert set(within) == {"plain", "noisy", "none", "text"} - beyond
    assert within["noisy"].startswith("~ noisy: was 1, now 1")
    assert within["noisy"].endswith(f"(+{size / 0.1:.1g} standard errors, 3 allowed)")
    if "plain" in within:
        assert within["plain"].endswith(f"(+{size:.1e} of it, 2e-08 allowed)")
    assert moved_within(before, before) == []
