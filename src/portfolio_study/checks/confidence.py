"""What "95 %" and "80 % power" mean: where tests and intervals take their usual level from.

A level of its own has what a text prints (the 0.05 threshold of paper 000, in its studies), the 90 % of a
model confidence set, and the chance that the verdict rules grant a coincidence (`ledger/rules.py`).
Tests and intervals of the library use the exact quantiles of their law. Rules that are printed for a reader
to check by hand (the rules of the verdicts, bands in figures, intervals of the studies from a standard error)
use the rounded factors that they print.
"""

from scipy import special

LEVEL = 0.05
"""Size of a test, and one minus the confidence of an interval."""

TAIL = LEVEL / 2
UPPER = 1 - TAIL
TAILS = (TAIL, UPPER)
"""Quantiles at the ends of a two-sided 95 % interval."""

Z95 = 1.96
"""Half a two-sided 95 % interval in standard errors, rounded: the rules say 1.96."""

Z95_TO_SIX_DIGITS = 1.959964
"""The same to six digits, on which the recorded contrasts of minimum-variance portfolios rest."""

Z95_OF_TWO = 2.2414
"""Half of each of two intervals that hold together (Bonferroni), in standard errors, rounded."""

POWER80 = 2.8
"""1.96 + 0.84, rounded: an effect of 2.8 standard errors is found with 80 % power."""

Interval = tuple[float, float]


def simultaneous_quantile(family: int, level: float = LEVEL) -> float:
    r"""Normal quantile of intervals that hold together for a family (Bonferroni).

    .. math:: z_{1 - \alpha/2m}

    Parameters
    ----------
    family : int
        Number m of intervals.
    level : float
        One minus the joint confidence, :math:`\alpha`.
    """
    return float(special.ndtri(1 - level / (2 * family)))


def detectable_effect(se: float, family: int = 1, level: float = LEVEL) -> float:
    r"""Smallest effect that a two-sided test finds with 80 % power, at the level of its family.

    .. math:: (z_{1 - \alpha/2m} + z_{0.8}) \, s

    Parameters
    ----------
    se : float
        Standard error s.
    family : int
        Number m of tests.
    level : float
        Of the family, :math:`\alpha`.
    """
    return se * (simultaneous_quantile(family, level) + float(special.ndtri(0.8)))


def stretched(estimate: float, interval: Interval, factor: float) -> Interval:
    """Stretch both sides of an interval around its estimate: a lopsided interval stays lopsided."""
    low, high = interval
    return estimate - factor * (estimate - low), estimate + factor * (high - estimate)


def widened(estimate: float, interval: Interval, family: int, level: float = LEVEL) -> Interval:
    r"""Widen a 95 % interval so that it holds together with the others of its family.

    Each side is stretched by :math:`z_{1 - \alpha/2m} / z_{0.975}`.

    Parameters
    ----------
    estimate : float
    interval : tuple of float
        Two-sided, 95 %.
    family : int
        Number m of intervals, the widened one included.
    level : float
        One minus the joint confidence, :math:`\alpha`.
    """
    return stretched(estimate, interval, simultaneous_quantile(family, level) / simultaneous_quantile(1))
