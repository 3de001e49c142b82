"""Specification curves: effects, what chance gives, and their agreement with a plain bootstrap."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio_study.errors import DataError, EstimationError, ParameterError
from portfolio_study.evaluation import bootstrap_mean, sharpe_ratio, specification_curve
from portfolio_study.evaluation.specification import sharpe_gain_by_day
from portfolio_study.figures import specification_figure

DAYS = pd.bdate_range("2015-01-02", periods=400, name="date")


def differences(effect=0.0, common=0.8, count=6, seed=2):
    """Specifications that share most of their days' luck."""
    rng = np.random.default_rng(seed)
    shared, own = rng.normal(size=(400, 1)), rng.normal(size=(400, count))
    return pd.DataFrame(effect + common * shared + 0.3 * own, DAYS, [f"s{i}" for i in range(count)])


def choices(table):
    return pd.DataFrame({"window": [50 + 50 * (i % 3) for i in range(table.shape[1])]}, table.columns)


def test_effects_are_means_sorted_with_their_choices():
    table = differences(0.1)
    curve = specification_curve(table, choices(table), draws=100)
    assert curve.table["effect"].is_monotonic_increasing
    assert curve.table["effect"].to_dict() == pytest.approx(table.mean().to_dict())
    assert curve.table.loc["s4", "window"] == 100 and curve.factors == ["window"]
    assert curve.share == (table.mean() > 0).mean() and curve.median == pytest.approx(table.mean().median())


def test_an_interval_is_that_of_the_bootstrap_of_a_mean():
    table = differences(0.1)
    one = specification_curve(table, choices(table), draws=4000, block=7).table.loc["s2"]
    plain = bootstrap_mean(table["s2"], block=7, draws=4000)
    assert (one.high - one.low) == pytest.approx(plain.interval[1] - plain.interval[0], rel=0.1)


def test_common_luck_makes_many_wins_by_chance_alone():
    """With shared days, all specifications often win together: the share says little."""
    apart, together = differences(common=0.0), differences(common=3.0)
    low, high = specification_curve(together, choices(together), draws=500).chance_share
    assert (low, high) == (0.0, 1.0)
    low, high = specification_curve(apart, choices(apart), draws=500).chance_share
    assert low > 0.0 and high < 1.0


def test_p_values_find_an_effect_and_only_that():
    there, none = differences(0.3), differences(0.0, seed=5)
    assert specification_curve(there, choices(there), draws=500).p_median < 0.01
    assert specification_curve(none - none.mean(), choices(none), draws=500).p_median > 0.3


def test_missing_days_count_for_nothing():
    table = differences(0.2)
    table.iloc[:200, 0] = np.nan
    curve = specification_curve(table, choices(table), draws=200)
    assert curve.table.loc["s0", "effect"] == pytest.approx(table["s0"].mean())
    assert curve.table.loc["s0", "days"] == 200
    wider = curve.table["high"] - curve.table["low"]
    assert wider["s0"] > 1.2 * wider.drop("s0").mean()


@given(st.floats(0.1, 10))
@settings(max_examples=10, deadline=None)
def test_a_unit_scales_effects_and_leaves_p_values(scale):
    table = differences(0.05)
    one, other = (specification_curve(t, choices(t), draws=50) for t in (table, table * scale))
    assert other.median == pytest.approx(scale * one.median)
    assert (one.p_share, one.p_median, one.share) == (other.p_share, other.p_median, other.share)


def test_what_does_not_fit_is_refused():
    table = differences()
    with pytest.raises(ParameterError, match="same labels"):
        specification_curve(table, choices(table).iloc[::-1])
    with pytest.raises(ParameterError, match="'x' is none of the specifications"):
        specification_curve(table, choices(table), published="x")
    with pytest.raises(DataError, match="order of time"):
        specification_curve(table.iloc[::-1], choices(table))
    with pytest.raises(DataError):
        specification_curve(table.astype(str), choices(table))
    table["s3"] = np.nan
    with pytest.raises(DataError, match="'s3' has no day"):
        specification_curve(table, choices(table))


def test_the_figure_marks_the_papers_choice():
    table = differences(0.1)
    curve = specification_curve(table, choices(table), published="s1", draws=50)
    figure = specification_figure(curve.table, curve.factors, curve.published, "percent")
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "the paper's choices" in labels
    assert [t.get_text() for t in figure.axes[1].get_yticklabels()] == [
        f"window: {w}" for w in dict.fromkeys(curve.table["window"])
    ]


def test_what_each_day_adds_has_the_difference_of_sharpe_ratios_as_its_mean():
    x, y = differences(0.1, count=2).to_numpy().T
    first, second = pd.Series(x, DAYS), pd.Series(y, DAYS)
    gain = sharpe_gain_by_day(first, second, 252)
    assert gain.mean() == pytest.approx(sharpe_ratio(first, 0, 252) - sharpe_ratio(second, 0, 252))
    pd.testing.assert_series_equal(sharpe_gain_by_day(3 * first, second, 252), gain)
    with pytest.raises(EstimationError, match="second"):
        sharpe_gain_by_day(first, 0 * second + 0.01)
