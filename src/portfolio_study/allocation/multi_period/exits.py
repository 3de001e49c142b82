r"""When the investor leaves the market: distributions of the exit time of paper 004.

An investor plans for T periods but may leave earlier for reasons that have nothing to do with
returns. ``exit_probability[t - 1]`` is :math:`p_t = P(\min(T, \tau) = t)`, t = 1..T.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from portfolio_study.checks import as_matrix, in_time_order
from portfolio_study.errors import ParameterError, UnknownNameError

Array = NDArray[np.float64]

PAPER_HORIZON = 26
"""Weeks of the investment in paper 004, section 6.2."""


def exit_distribution(horizon: int = PAPER_HORIZON, early: float = 0.001) -> Array:
    r"""The paper's default: a small chance of leaving in each period, the rest at the end.

    .. math:: p_t = \text{early}\ (t < T),\qquad p_T = 1 - \text{early}\,(T - 1).

    Parameters
    ----------
    horizon : int
        T >= 1 periods.
    early : float
        Probability of leaving in each period before the last; 0 gives a certain exit at T.

    Returns
    -------
    ndarray, shape (T,)

    Raises
    ------
    ParameterError
        If the horizon is below one or the early exits use up all probability.
    """
    if horizon < 1:
        raise ParameterError(f"horizon must be at least one period, got {horizon}")
    p = np.full(horizon, float(early))
    p[-1] = 1 - early * (horizon - 1)
    return check_exit_probability(p, horizon)


def paper_exit(name: str) -> Array:
    """One of the three exit distributions of paper 004, (19)-(21), over 26 weeks.

    Parameters
    ----------
    name : {"P1", "P2", "P3"}

    Raises
    ------
    UnknownNameError
        For any other name.
    """
    p = np.full(PAPER_HORIZON, 0.001)
    if name == "P1":
        p[25] = 0.975
    elif name == "P2":
        p[24:] = 0.3, 0.676
    elif name == "P3":
        p[15:25], p[25] = 0.05, 0.485
    else:
        raise UnknownNameError("exit distribution", name, ("P1", "P2", "P3"))
    return p


def spread_exit(centre: int, half_width: int) -> Array:
    """Leave at `centre` - `half_width` or `centre` + `half_width` with equal chances.

    The mean exit does not depend on the half width, so that two such distributions differ in
    spread alone (P1, P2 and P3 differ in both mean and spread).
    """
    if not 0 <= half_width < centre:
        raise ParameterError(f"half_width must lie in [0, {centre}), got {half_width}")
    p = np.zeros(centre + half_width)
    p[centre - half_width - 1] += 0.5
    p[centre + half_width - 1] += 0.5
    return p


def conditional_exit(exit_probability: ArrayLike, elapsed: int) -> Array:
    """Exit distribution that an investor faces who is still invested after `elapsed` periods.

    Examples
    --------
    >>> conditional_exit([0.2, 0.3, 0.5], elapsed=1)
    array([0.375, 0.625])
    """
    p = check_exit_probability(exit_probability, np.size(exit_probability))
    if not 0 <= elapsed < len(p):
        raise ParameterError(f"elapsed must lie in [0, {len(p)}), got {elapsed}")
    return p[elapsed:] / p[elapsed:].sum()


def exit_moments(exit_probability: ArrayLike) -> tuple[float, float]:
    """Mean and standard deviation of the exit time, in periods.

    Raises
    ------
    ParameterError
        If the probabilities are negative or do not sum to one.
    """
    p = check_exit_probability(exit_probability, np.size(exit_probability))
    t = np.arange(1, len(p) + 1)
    mean = float(p @ t)
    return mean, float(np.sqrt(p @ (t - mean) ** 2))


def check_exit_probability(exit_probability: ArrayLike, horizon: int) -> Array:
    """Return a valid exit distribution of length `horizon`, or raise ParameterError."""
    if isinstance(exit_probability, pd.Series):
        in_time_order(exit_probability.index, "exit_probability")
    p = as_matrix(exit_probability, "exit_probability", ParameterError)
    if p.shape != (horizon,):
        raise ParameterError(
            f"exit_probability has shape {p.shape}, expected ({horizon},): one probability for each of "
            "the periods 1..T of `mean`, none for period 0"
        )
    if not np.isfinite(p).all():
        raise ParameterError("exit_probability has missing or infinite entries")
    if (p < 0).any():
        t = int(np.flatnonzero(p < 0)[0])
        raise ParameterError(f"exit_probability is negative at period {t + 1}: {p[t]}")
    if abs(p.sum() - 1) > 1e-9:
        raise ParameterError(f"exit_probability sums to {p.sum():.12g}, not to one")
    if p[-1] == 0:
        last = int(np.flatnonzero(p)[-1]) + 1
        raise ParameterError(
            f"exit_probability is zero in the last period: nobody is left after period {last}, "
            f"so shorten the horizon to {last}"
        )
    return p
