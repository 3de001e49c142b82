import numpy as np
import pytest
from scipy.stats import norm

from portfolio_study.errors import ParameterError
from portfolio_study.evaluation import loss_ratio, relative_gain, with_error
from portfolio_study.evaluation.inference import GREATER, LESS, inference


def test_errors_add_in_squares_and_the_interval_stretches_around_the_estimate():
    found = inference(2.0, 3.0, 100, "t")
    both = with_error(found, 4.0)
    assert both.se == pytest.approx(5.0)
    assert both.estimate == 2.0
    assert both.interval == pytest.approx(inference(2.0, 5.0, 100, "t").interval)
    assert both.p_value == pytest.approx(inference(2.0, 5.0, 100, "t").p_value)
    assert both.detectable == pytest.approx(inference(2.0, 5.0, 100, "t").detectable)


def test_no_further_error_changes_nothing():
    found = inference(0.3, 0.2, 50, "t", degrees=10)
    assert with_error(found, 0.0) == found


@pytest.mark.parametrize("se", [-1.0, np.nan, np.inf])
def test_an_error_must_be_a_number(se):
    with pytest.raises(ParameterError, match="se must be"):
        with_error(inference(1.0, 1.0, 10, "t"), se)


def test_the_gain_is_one_less_the_ratio():
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 300)) + np.array([[0.0], [0.3]])
    ratio = loss_ratio(a, b, draws=200)
    gain = relative_gain(ratio)
    assert gain.estimate == 1 - ratio.estimate > 0
    assert gain.interval == (1 - ratio.interval[1], 1 - ratio.interval[0])
    assert (gain.se, gain.p_value, gain.n) == (ratio.se, ratio.p_value, ratio.n)


def test_the_gain_turns_the_direction_of_a_one_sided_test():
    ratio = inference(0.9, 0.1, 50, "t", alternative=LESS)
    assert relative_gain(ratio).alternative == GREATER


def test_an_interval_is_widened_for_its_family():
    found = inference(1.0, 0.5, 100, "x")
    assert found.widened(1) == pytest.approx(found.interval, rel=1e-12)
    low, high = found.widened(5)
    assert high - 1 == pytest.approx(1 - low) == pytest.approx(0.5 * norm.ppf(1 - 0.025 / 5))
    assert found.widened(5, level=0.5)[1] < high
