"""Whether the rows of a published table of Sharpe ratio, risk and return can be true together.

Paper 000, Table 1, prints rounded numbers without units. For every reading of
the units the rounding intervals imply an interval of riskless rates; two rows
that share a market must share a rate.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from portfolio_study.errors import ParameterError


@dataclass(frozen=True)
class PublishedRow:
    """One printed row with half a unit of each last digit (decimals, not percent)."""

    name: str
    sharpe: float
    risk: float
    mean: float
    half_sharpe: float = 0.005
    half_risk: float = 0.0005
    half_mean: float = 0.0005


TABLE_1 = (
    PublishedRow("advanced", 1.50, 0.009, 0.114),
    PublishedRow("traditional", 0.13, 0.005, 0.001),
)


@dataclass(frozen=True)
class UnitReading:
    """A way to read the columns: is risk a variance, and what scales risk, return and Sharpe ratio."""

    name: str
    variance: bool = False
    risk_scale: float = 1.0
    mean_scale: float = 1.0
    sharpe_scale: float = 1.0


DAY, WEEK, MONTH = np.sqrt(252.0), np.sqrt(52.0), np.sqrt(12.0)
READINGS = tuple(
    UnitReading(f"risk is a {'variance' if variance else 'standard deviation'}; {text}", variance, *scales)
    for variance in (False, True)
    for text, scales in {
        "all columns of one period": (1.0, 1.0, 1.0),
        "risk per day, return and Sharpe ratio per year": (DAY, 1.0, 1.0),
        "risk per week, return and Sharpe ratio per year": (WEEK, 1.0, 1.0),
        "risk per month, return and Sharpe ratio per year": (MONTH, 1.0, 1.0),
        "risk and return per day, Sharpe ratio per year": (DAY, 252.0, 1.0),
        "return per year, risk and Sharpe ratio per day": (1.0, 1 / 252.0, 1.0),
        "return per year, risk per day, Sharpe ratio annualised": (1.0, 1 / 252.0, 1 / DAY),
    }.items()
)


def implied_risk_free(row: PublishedRow, reading: UnitReading) -> tuple[float, float]:
    r"""Interval of riskless rates for which a row satisfies :math:`SR = (R - r_f)/\sigma`.

    :math:`r_f = R - SR\,\sigma` over the box of the three rounding intervals;
    its ends lie at corners of the box, since it is monotone in each number.

    Parameters
    ----------
    row : PublishedRow
    reading : UnitReading

    Returns
    -------
    tuple of float
        Lowest and highest rate, in the unit of the scaled return.
    """
    if row.risk - row.half_risk < 0:
        raise ParameterError(f"row {row.name!r}: risk must not be negative within its rounding")
    rates = []
    for i in (-1, 1):
        risk = row.risk + i * row.half_risk
        sigma = reading.risk_scale * (np.sqrt(risk) if reading.variance else risk)
        for j in (-1, 1):
            for k in (-1, 1):
                mean = reading.mean_scale * (row.mean + j * row.half_mean)
                sharpe = reading.sharpe_scale * (row.sharpe + k * row.half_sharpe)
                rates.append(mean - sharpe * sigma)
    return float(min(rates)), float(max(rates))


def unit_readings(rows: tuple[PublishedRow, ...] = TABLE_1) -> pd.DataFrame:
    """Implied riskless rates of every row under every reading, and whether one rate fits all.

    Returns
    -------
    DataFrame
        One row a reading: ``<name> low`` and ``<name> high`` for each published
        row, ``common`` (their intervals overlap) and ``plausible`` (they overlap
        at a rate that is not negative).
    """
    table = []
    for reading in READINGS:
        intervals = {row.name: implied_risk_free(row, reading) for row in rows}
        low = max(interval[0] for interval in intervals.values())
        high = min(interval[1] for interval in intervals.values())
        ends = {
            f"{n} {end}": v for n, i in intervals.items() for end, v in zip(("low", "high"), i, strict=True)
        }
        table.append(
            {"reading": reading.name, **ends, "common": low <= high, "plausible": low <= high and high >= 0}
        )
    return pd.DataFrame(table).set_index("reading")
