"""Whether the rows of a published table of Sharpe ratio, risk and return can be true together.

Paper 000, Table 1, prints rounded numbers without units. If the Sharpe ratio is
formed from the two columns beside it, the rounding intervals imply an interval of
riskless rates for every reading of the units; two rows that share a market must
share a rate. If the columns are averages over days, nothing ties them together.
"""

from dataclasses import dataclass
from itertools import product

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


def highest_common_rate(rows: tuple[PublishedRow, PublishedRow] = TABLE_1, variance: bool = False) -> float:
    r"""Highest riskless rate that both rows can share, whatever the units of the columns.

    With any scale of the returns and any of the risks, the same in both rows, one rate
    :math:`r` fits :math:`R - k\,SR\,\sigma = r` in both for some :math:`k > 0` only if

    .. math:: r = \frac{R_b X_a - R_a X_b}{X_a - X_b}, \qquad X = SR\,\sigma .

    It is monotone in each of the printed numbers where :math:`X_a > X_b` throughout, so that its
    largest value over their rounding lies at a corner.

    Parameters
    ----------
    rows : two PublishedRow
        The one with the larger product of Sharpe ratio and risk first.
    variance : bool
        Whether the printed risk is a variance.

    Returns
    -------
    float
        In the unit of the printed return, decimal.

    Raises
    ------
    ParameterError
        If the products may be equal within their rounding.
    """
    ends = []
    for row in rows:
        risks = [max(row.risk + i * row.half_risk, 0.0) for i in (-1, 1)]
        products = [
            (row.sharpe + j * row.half_sharpe) * (np.sqrt(risk) if variance else risk)
            for j in (-1, 1)
            for risk in risks
        ]
        ends.append(((row.mean - row.half_mean, row.mean + row.half_mean), (min(products), max(products))))
    (means_a, products_a), (means_b, products_b) = ends
    if products_a[0] <= products_b[1]:
        raise ParameterError("the product of Sharpe ratio and risk must be larger in the first row")
    corners = product(means_a, products_a, means_b, products_b)
    return float(max((mb * xa - ma * xb) / (xa - xb) for ma, xa, mb, xb in corners))


def averages_that_fit(row: PublishedRow) -> pd.DataFrame:
    """Days whose average risk, return and daily Sharpe ratio are a printed row, at a riskless rate of zero.

    On a share of the days the portfolio has all of the risk and all of the return, on the others next to
    none of both. The share is what turns the ratio of the averages into the printed average of ratios.

    Parameters
    ----------
    row : PublishedRow
        Its Sharpe ratio must not exceed the ratio of its mean to its risk.

    Returns
    -------
    DataFrame
        Two kinds of days: ``share``, ``risk``, ``mean`` and ``sharpe``, the ratio of the two.

    Raises
    ------
    ParameterError
        If no such share exists.
    """
    share = row.sharpe / (row.mean / row.risk)
    if not 0 < share < 1:
        raise ParameterError(f"row {row.name!r}: the Sharpe ratio is not below mean over risk")
    quiet = 1e-3 * row.risk  # a riskless day has no Sharpe ratio
    risky = (row.risk - (1 - share) * quiet) / share
    days = pd.DataFrame({"share": [share, 1 - share], "risk": [risky, quiet]}, index=["risky", "quiet"])
    # The quiet days' ratio solves both averages: of the ratios and of the means.
    ratios = np.linalg.solve(
        np.array([days["share"], days["share"] * days["risk"]]), np.array([row.sharpe, row.mean])
    )
    return days.assign(mean=ratios * days["risk"], sharpe=ratios)
