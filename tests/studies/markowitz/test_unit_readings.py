import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.studies.markowitz.unit_readings import (
    READINGS,
    TABLE_1,
    PublishedRow,
    UnitReading,
    averages_that_fit,
    highest_common_rate,
    implied_risk_free,
    unit_readings,
)

GOLDEN = {
    "stdev | same period": UnitReading("g"),
    "stdev | risk daily->annual (x sqrt252)": UnitReading("g", risk_scale=np.sqrt(252)),
    "stdev | risk weekly->annual (x sqrt52)": UnitReading("g", risk_scale=np.sqrt(52)),
    "variance | same period": UnitReading("g", variance=True),
    "variance | risk daily->annual (x sqrt252)": UnitReading("g", variance=True, risk_scale=np.sqrt(252)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_implied_rates_match_the_golden_intervals(golden, name):
    wanted = golden("sharpe_unit_readings")[name]
    for row, key in zip(TABLE_1, ("adv_rf", "trad_rf"), strict=True):
        assert implied_risk_free(row, GOLDEN[name]) == pytest.approx(wanted[key], abs=1e-10)


def test_no_reading_reconciles_the_published_rows():
    table = unit_readings()
    assert len(table) == len(READINGS) == 14
    assert not table["plausible"].any()


def test_rows_of_one_market_are_reconciled():
    rows = tuple(
        PublishedRow(name, sharpe=(mean - 0.02) / risk, risk=risk, mean=mean)
        for name, risk, mean in (("a", 0.10, 0.09), ("b", 0.15, 0.11))
    )
    table = unit_readings(rows)
    same = table.loc["risk is a standard deviation; all columns of one period"]
    assert same["plausible"]
    assert same["a low"] <= 0.02 <= same["a high"]


def test_a_row_that_may_have_negative_risk_is_refused():
    with pytest.raises(ParameterError, match="'x'"):
        implied_risk_free(PublishedRow("x", 1.0, 0.0001, 0.1), READINGS[0])


def test_risk_as_variance_fits_no_row():
    same_period = UnitReading("variance", variance=True)
    assert all(implied_risk_free(row, same_period)[1] < 0 for row in TABLE_1)


def test_no_common_scales_give_a_common_rate_that_is_not_negative():
    assert highest_common_rate() == pytest.approx(-0.0030868, abs=1e-6)
    assert highest_common_rate(variance=True) == pytest.approx(-0.0052905, abs=1e-6)


@pytest.mark.parametrize("variance", [False, True])
def test_the_highest_common_rate_is_that_of_a_search_over_scales_and_rounding(variance):
    rng = np.random.default_rng(0)
    draw = rng.uniform(-1, 1, (20000, 2, 3))
    halves = np.array([[r.half_sharpe, r.half_risk, r.half_mean] for r in TABLE_1])
    sharpe, risk, mean = np.moveaxis(
        np.array([[r.sharpe, r.risk, r.mean] for r in TABLE_1]) + draw * halves, -1, 0
    )
    x = sharpe * (np.sqrt(risk) if variance else risk)
    scale = (mean[:, 0] - mean[:, 1]) / (x[:, 0] - x[:, 1])  # the one at which the two rates are equal
    rates = mean - scale[:, None] * x
    np.testing.assert_allclose(rates[:, 0], rates[:, 1])
    best = highest_common_rate(variance=variance)
    assert best - 0.0008 < rates.max() <= best


def test_rows_that_share_a_rate_are_found_to():
    rows = tuple(
        PublishedRow(name, sharpe=round((mean - 0.02) / risk, 2), risk=risk, mean=mean)
        for name, risk, mean in (("b", 0.15, 0.11), ("a", 0.10, 0.04))
    )
    assert 0.02 <= highest_common_rate(rows) < 0.025
    with pytest.raises(ParameterError, match="first row"):
        highest_common_rate(rows[::-1])


@pytest.mark.parametrize("row", TABLE_1, ids=lambda row: row.name)
def test_averages_over_days_can_be_any_printed_row(row):
    days = averages_that_fit(row)
    assert days["share"].sum() == pytest.approx(1) and (days["risk"] > 0).all()
    np.testing.assert_allclose(days["sharpe"], days["mean"] / days["risk"])
    averages = days[["sharpe", "risk", "mean"]].mul(days["share"], axis=0).sum()
    np.testing.assert_allclose(averages, [row.sharpe, row.risk, row.mean])


def test_a_ratio_above_that_of_the_averages_is_refused():
    with pytest.raises(ParameterError, match="'x'"):
        averages_that_fit(PublishedRow("x", 2.0, 0.1, 0.1))


def test_the_ratio_of_risk_to_return_has_no_minimum_where_a_loss_is_expected():
    mean, cov = np.array([0.01, -0.01]), np.diag([0.04, 0.04])
    shares = 0.5 - 10.0 ** -np.arange(2, 7)  # mixes whose expected return falls to zero from below
    ratios = [np.sqrt(w @ cov @ w) / (w @ mean) for w in (np.array([s, 1 - s]) for s in shares)]
    assert (np.diff(ratios) < 0).all() and ratios[-1] < -1e6
