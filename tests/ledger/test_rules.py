"""Each rule with cases that must give each of its verdicts."""

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


class TestDeterministicNumber:
    def test_reproduced_within_half_a_unit(self):
        got = v.judge_number("0.01896", 0.018964, PAPER_DATA, benchmark=0.0181)
        assert got.verdict == v.REPRODUCED

    def test_does_not_hold_outside(self):
        assert v.judge_number("0.01896", 0.018966, PAPER_DATA).verdict == v.DOES_NOT_HOLD

    def test_trivial_benchmark_inside_the_band_is_inconclusive(self):
        got = v.judge_number("0.01896", 0.01896, PAPER_DATA, benchmark=0.018962)
        assert got.verdict == v.INCONCLUSIVE
        assert "trivial" in got.reason

    def test_other_data_never_confirm_nor_refute(self):
        for value in (0.01896, 0.5):
            assert v.judge_number("0.01896", value, OTHER_DATA).verdict == v.INCONCLUSIVE

    def test_implementations_widen_the_band_but_at_most_to_two_percent(self):
        assert v.band("0.01896", [0.0189, 0.0191]) == pytest.approx(1e-4)
        assert v.band("0.01896", [0.01, 0.03]) == pytest.approx(0.02 * 0.01896)
        assert (
            v.judge_number("0.01896", 0.01905, PAPER_DATA, implementations=[0.0188]).verdict == v.REPRODUCED
        )

    def test_a_match_among_many_readings_must_beat_chance(self):
        near = [0.0189, 0.01896, 0.01892, 0.01898, 0.01891]
        got = v.judge_number("0.01896", 0.01896, PAPER_DATA, candidates=near)
        assert got.verdict == v.INCONCLUSIVE
        far = [0.0001, 0.01896, 0.4, 0.9]
        assert v.judge_number("0.01896", 0.01896, PAPER_DATA, candidates=far).verdict == v.REPRODUCED

    def test_one_value_only_is_a_match_by_chance(self):
        assert v.match_by_chance(0.1, [1.0, 1.0]) == 1.0


class TestNoisyNumber:
    def test_reproduced_when_close_and_the_null_is_excluded(self):
        assert v.judge_noisy_number("0.50", 0.52, 0.05, 0.0, NO_DATA).verdict == v.REPRODUCED

    def test_close_without_power_is_inconclusive(self):
        assert v.judge_noisy_number("0.50", 0.52, 0.5, 0.0, NO_DATA).verdict == v.INCONCLUSIVE

    def test_far_does_not_hold(self):
        assert v.judge_noisy_number("0.50", 0.80, 0.05, 0.0, NO_DATA).verdict == v.DOES_NOT_HOLD

    def test_the_papers_own_error_counts(self):
        assert v.judge_noisy_number("0.50", 0.60, 0.01, 0.0, NO_DATA, paper_se=0.06).verdict == v.REPRODUCED

    def test_other_data_are_inconclusive(self):
        assert v.judge_noisy_number("0.50", 0.50, 0.01, 0.0, OTHER_DATA).verdict == v.INCONCLUSIVE

    def test_a_negative_standard_error_is_refused(self):
        with pytest.raises(LedgerError, match="negative"):
            v.judge_noisy_number("0.5", 0.5, -1.0, 0.0, NO_DATA)


class TestBound:
    def test_each_verdict(self):
        assert v.judge_bound("<0.05", 0.01, PAPER_DATA).verdict == v.REPRODUCED
        assert v.judge_bound("<0.05", 0.01, OTHER_DATA).verdict == v.DIRECTION_HOLDS
        assert v.judge_bound("<0.05", 0.20, PAPER_DATA).verdict == v.DOES_NOT_HOLD
        assert v.judge_bound("<0.05", 0.20, OTHER_DATA).verdict == v.INCONCLUSIVE
        assert v.judge_bound(">3", 4.0, PAPER_DATA, (2.0, 6.0)).verdict == v.INCONCLUSIVE
        assert v.judge_bound(">3", 9.0, PAPER_DATA, (5.0, 12.0)).verdict == v.REPRODUCED


class TestDirection:
    def test_each_verdict(self):
        assert v.judge_direction(0.5, (0.1, 0.9), 0.2).verdict == v.DIRECTION_HOLDS
        assert v.judge_direction(-0.1, (-0.3, 0.1), 0.2).verdict == v.DOES_NOT_HOLD
        assert v.judge_direction(0.1, (-0.3, 0.5), 0.2).verdict == v.INCONCLUSIVE

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
        if v.judge_direction(value, wide, smallest).verdict == v.DIRECTION_HOLDS:
            assert v.judge_direction(value, one, smallest).verdict == v.DIRECTION_HOLDS


class TestIdentity:
    def test_each_verdict(self):
        assert v.judge_identity(True, None).verdict == v.REPRODUCED
        assert v.judge_identity(False, "F11").verdict == v.ERRATUM

    def test_a_failure_needs_an_erratum(self):
        with pytest.raises(LedgerError, match="erratum"):
            v.judge_identity(False, None)
