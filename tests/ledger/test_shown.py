"""Numbers as a reader sees them."""

from portfolio_study.ledger.shown import shown_interval


def test_an_end_that_is_not_zero_is_not_printed_as_zero():
    assert shown_interval(1.5, (0.0042, 2.99)) == "1.5 [0.004, 3.0]"
    assert shown_interval(1.5, (-0.0042, 2.99)) == "1.5 [-0.004, 3.0]"
    assert shown_interval(1.5, (0.0, 2.99)) == "1.5 [0.0, 3.0]"


def test_a_number_without_sampling_error_has_no_interval():
    assert shown_interval(0.00726, (0.00726, 0.00726)) == "0.0073"


def test_a_number_of_zero_has_the_decimals_of_its_interval():
    assert shown_interval(0.0, (-0.00912, 0.00912)) == "0.0000 [-0.0091, 0.0091]"
    assert shown_interval(0.0, (-3.4, 3.4)) == "0.0 [-3.4, 3.4]"
