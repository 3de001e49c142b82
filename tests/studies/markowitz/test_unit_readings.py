import numpy as np
import pytest

from portfolio_study.errors import ParameterError
from portfolio_study.studies.markowitz.unit_readings import (
    READINGS,
    TABLE_1,
    PublishedRow,
    UnitReading,
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
