"""Each rule with cases that must give each of its verdicts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio_study.errors import LedgerError
from portfolio_study.ledger import rules as v
from portfolio_study.ledger.evidence import NO_DATA, OTHER_DATA, PAPER_DATA


@pytest.mark.parametrize(
    ("text", "number", "half"),
    [
        ("0.01896", 0.01896, 5e-6),
        ("11.4", 11.4, 0.05),
        ("1.50", 1.5, 0.005),
        ("20", 20, 0.5),
        ("-0.13366", -0.13366, 5e-6),
        ("3.6e3", 3600, 50),
        ("1,250", 1250, 0.5),
    ],
)
def test_printed_numbers_carry_their_precision(text, number, half):
    assert v.paper_number(text) == number
    assert v.half_unit(text) == pytest.approx(half)


def test_a_text_without_a_number_is_refused():
    with pytest.raises(LedgerError, match="not a number"):
        v.paper_number("about")


def test_the_rules_name_verdicts_of_the_list_only():
    named = {word for rule in v.RULES for word in re.findall(r"\*([^*]+)\*", rule)}
    others = {"as published", "corrected", "also asked", "paper data", "other data", "too weak"}
    quantifiers = {"each", "all", "best"}
    assert {word.lower() for word in named} - others - quantifiers <= set(v.VERDICTS)
    assert len(v.RULES) == 11  # docstrings and pages cite them by number


class TestDeterministicNumber:
    def test_reproduced_within_half_a_unit(self):
        got = v.judge_number("0.01896", 0.018964, PAPER_DATA, benchmark=0.0181)
        assert got.verdict == v.REPRODUCED
        assert "the difference is 0.000004, and 0.000005 is tolerated" in got.reason

    def test_not_reproduced_outside_and_the_reason_says_by_how_much(self):
        got = v.judge_number("0.01896", 0.018966, PAPER_DATA)
        assert got.verdict == v.NOT_REPRODUCED
        assert "6e-06" in got.reason and "5e-06" in got.reason

    def test_what_needs_no_model_and_agrees_leaves_it_open(self):
        got = v.judge_number("0.01896", 0.01896, PAPER_DATA, benchmark=0.018962)
        assert got.verdict == v.CANNOT_BE_TOLD
        assert "needs no model" in got.reason

    def test_other_data_give_no_verdict_whatever_the_value(self):
        for value in (0.01896, 0.5):
            assert v.judge_number("0.01896", value, OTHER_DATA).verdict == v.NO_VERDICT

    def test_implementations_widen_the_band_but_at_most_to_two_percent(self):
        assert v.band("0.01896", [0.0189, 0.0191]) == pytest.approx(1e-4)
        assert v.band("0.01896", [0.01, 0.03]) == pytest.approx(0.02 * 0.01896)
        assert (
            v.judge_number("0.01896", 0.01905, PAPER_DATA, implementations=[0.0188]).verdict == v.REPRODUCED
        )

    def test_a_match_among_many_readings_must_beat_chance(self):
        near = [0.0189, 0.01896, 0.01892, 0.01898, 0.01891]
        got = v.judge_number("0.01896", 0.01896, PAPER_DATA, candidates=near)
        assert got.verdict == v.CANNOT_BE_TOLD and "one of 5 readings" in got.reason
        far = [0.0001, 0.01896, 0.4, 0.9]
        assert v.judge_number("0.01896", 0.01896, PAPER_DATA, candidates=far).verdict == v.REPRODUCED

    def test_one_value_only_is_a_match_by_chance(self):
        assert v.match_by_chance(0.1, [1.0, 1.0]) == 1.0


class TestNoisyNumber:
    def test_reproduced_when_close_and_the_null_is_excluded(self):
        assert v.judge_noisy_number("0.50", 0.52, 0.05, 0.0, NO_DATA).verdict == v.REPRODUCED

    def test_close_without_power_cannot_be_told(self):
        assert v.judge_noisy_number("0.50", 0.52, 0.5, 0.0, NO_DATA).verdict == v.CANNOT_BE_TOLD

    def test_far_is_not_reproduced(self):
        got = v.judge_noisy_number("0.50", 0.80, 0.05, 0.0, NO_DATA)
        assert got.verdict == v.NOT_REPRODUCED and "6.0 standard errors" in got.reason

    def test_a_match_by_chance_cannot_be_told(self):
        near = [0.4, 0.5, 0.52, 0.6]
        assert v.judge_noisy_number("0.50", 0.52, 0.05, 0.0, NO_DATA, candidates=near).verdict == (
            v.CANNOT_BE_TOLD
        )

    def test_the_papers_own_error_counts(self):
        assert v.judge_noisy_number("0.50", 0.60, 0.01, 0.0, NO_DATA, paper_se=0.06).verdict == v.REPRODUCED

    def test_other_data_give_no_verdict(self):
        for value in (0.5, 5.0):
            assert v.judge_noisy_number("0.50", value, 0.01, 0.0, OTHER_DATA).verdict == v.NO_VERDICT

    def test_a_negative_standard_error_is_refused(self):
        with pytest.raises(LedgerError, match="negative"):
            v.judge_noisy_number("0.5", 0.5, -1.0, 0.0, NO_DATA)


class TestBound:
    def test_each_verdict(self):
        assert v.judge_bound("<0.05", 0.01, PAPER_DATA).verdict == v.REPRODUCED
        assert v.judge_bound("<0.05", 0.20, PAPER_DATA).verdict == v.NOT_REPRODUCED
        assert v.judge_bound(">3", 4.0, PAPER_DATA, (2.0, 6.0)).verdict == v.CANNOT_BE_TOLD
        assert v.judge_bound(">3", 9.0, PAPER_DATA, (5.0, 12.0)).verdict == v.REPRODUCED
        for value in (0.01, 0.20):
            assert v.judge_bound("<0.05", value, OTHER_DATA).verdict == v.NO_VERDICT


class TestDirection:
    def test_each_verdict(self):
        assert v.judge_direction(0.5, (0.1, 0.9), 0.2).verdict == v.HOLDS
        assert v.judge_direction(-0.1, (-0.2, 0.05), 0.2).verdict == v.DOES_NOT_HOLD
        assert v.judge_direction(0.1, (-0.05, 0.25), 0.2).verdict == v.CANNOT_BE_TOLD

    def test_an_effect_shown_to_be_small_does_not_hold_although_it_may_be_positive(self):
        got = v.judge_direction(0.05, (-0.01, 0.11), 0.2)
        assert got.verdict == v.DOES_NOT_HOLD and "0.2" in got.reason

    def test_without_a_smallest_effect_no_needs_an_interval_below_zero(self):
        assert v.judge_direction(-0.1, (-0.2, 0.01), 0.0).verdict == v.CANNOT_BE_TOLD
        assert v.judge_direction(-0.1, (-0.2, -0.01), 0.0).verdict == v.DOES_NOT_HOLD

    @pytest.mark.parametrize(
        ("value", "interval", "verdict", "weak"),
        [
            (0.1, (-0.3, 0.5), v.CANNOT_BE_TOLD, True),  # upper half .4: a true zero could not give a no
            (0.1, (-0.05, 0.25), v.CANNOT_BE_TOLD, False),  # upper half .15
            (0.5, (0.1, 0.9), v.HOLDS, True),  # holds, yet the other answer was out of reach
            (0.5, (0.4, 0.6), v.HOLDS, False),
            (-0.9, (-1.3, -0.5), v.DOES_NOT_HOLD, False),  # as wide, yet it did answer no
            (0.14, (0.04, 0.30), v.HOLDS, False),  # wider than .2, but its upper half is .16
        ],
    )
    def test_a_test_that_could_not_have_answered_no_is_marked(self, value, interval, verdict, weak):
        got = v.judge_direction(value, interval, 0.2)
        assert (got.verdict, got.weak) == (verdict, weak)

    def test_a_weak_test_says_so_in_its_reason(self):
        assert "could not have answered no" in v.judge_direction(0.1, (-0.3, 0.5), 0.2).reason
        assert "could not" not in v.judge_direction(0.1, (-0.05, 0.25), 0.2).reason

    @given(st.floats(-5, 5), st.floats(0.001, 5), st.floats(0.001, 5), st.floats(0.01, 1))
    def test_a_marked_test_would_not_have_answered_no_to_an_estimate_of_zero(
        self, value, below, above, smallest
    ):
        got = v.judge_direction(value, (value - below, value + above), smallest)
        around_zero = v.judge_direction(0.0, (-below, value + above - value), smallest)
        could = v.DOES_NOT_HOLD in (got.verdict, around_zero.verdict)
        assert got.weak == (not could)

    def test_only_a_test_that_cannot_be_told_is_called_too_weak(self):
        for verdict in v.VERDICTS:
            told = v.with_weakness(verdict, True)
            assert told == (f"{verdict} (test too weak)" if verdict == v.CANNOT_BE_TOLD else verdict)
            assert v.with_weakness(verdict, False) == verdict

    def test_without_a_smallest_effect_no_test_is_weak(self):
        assert not v.judge_direction(0.1, (-9.0, 9.0), 0.0).weak

    def test_a_family_widens_the_interval(self):
        low, high = v.family_interval(0.5, (0.1, 0.9), 20)
        assert low < 0.0 < 1.0 < high
        assert v.family_interval(0.5, (0.1, 0.9), 1) == pytest.approx((0.1, 0.9))

    def test_an_empty_family_is_refused(self):
        with pytest.raises(LedgerError, match="family"):
            v.family_interval(0.5, (0.1, 0.9), 0)

    @given(st.floats(-5, 5), st.floats(0, 5), st.floats(0, 5), st.integers(1, 50), st.floats(0.01, 1))
    def test_a_larger_family_never_creates_a_finding(self, value, below, above, family, smallest):
        one = (value - below, value + above)
        wide = v.family_interval(value, one, family)
        if (got := v.judge_direction(value, wide, smallest).verdict) != v.CANNOT_BE_TOLD:
            assert got == v.judge_direction(value, one, smallest).verdict


class TestSample:
    @pytest.mark.parametrize(
        ("count", "units", "quantifier", "verdict"),
        [
            (3, 3, "all", v.TRUE_HERE),
            (2, 3, "all", v.FALSE_HERE),
            (2, 3, "most", v.TRUE_HERE),
            (2, 4, "most", v.FALSE_HERE),  # half is not most
            (1, 3, "some", v.TRUE_HERE),
            (0, 3, "some", v.FALSE_HERE),
        ],
    )
    def test_the_quantifier_decides(self, count, units, quantifier, verdict):
        got = v.judge_sample(count, units, quantifier)
        assert got.verdict == verdict and f"{count} of {units}" in got.reason


class TestIdentity:
    def test_each_verdict(self):
        assert v.judge_identity(True, None, "proof-label", 100).verdict == v.PROVEN
        assert v.judge_identity(False, "F11", None, None).verdict == v.ERRATUM
        checked = v.judge_identity(True, None, None, 1200)
        assert checked.verdict == v.CHECKED and "1200 instances" in checked.reason

    def test_a_counterexample_outweighs_an_argument(self):
        assert v.judge_identity(False, "F11", "proof-label", None).verdict == v.ERRATUM

    def test_a_failure_needs_an_erratum(self):
        with pytest.raises(LedgerError, match="erratum"):
            v.judge_identity(False, None, "proof-label", None)


def test_what_a_test_could_find_is_never_less_than_what_its_interval_hides():
    assert v.found_with_power(0.5, (-0.98, 0.98)) == pytest.approx(0.5 * 2.8, rel=1e-3)
    assert v.found_with_power(0.2, (-1.09, 1.09)) == pytest.approx(1.09 * 2.8 / 1.96, rel=1e-3)
    assert v.found_with_power(0.2, None, 3) == pytest.approx(0.2 * (2.394 + 0.8416), rel=1e-3)
    for se, half in ((0.1, 0.5), (0.3, 0.2), (1.0, 1.96)):
        assert v.found_with_power(se, (-half, half), 2) > half
