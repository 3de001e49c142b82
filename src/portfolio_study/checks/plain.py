"""Plain parameters: whole numbers, numbers in a range, lengths of windows."""

from typing import Any

import numpy as np

from portfolio_study.errors import ParameterError


def check_count(value: Any, name: str, minimum: int = 1, maximum: int | None = None) -> int:
    """Return a whole number inside its bounds.

    Parameters
    ----------
    value : int
        What was given.
    name : str
        The parameter, for the message.
    minimum, maximum : int
        Bounds, both included; no upper bound by default.

    Raises
    ------
    ParameterError
        If it is not a whole number or lies outside.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ParameterError(f"{name} must be a whole number of at least {minimum}, got {value!r}")
    if value < minimum or (maximum is not None and value > maximum):
        upper = f" and at most {maximum}" if maximum is not None else ""
        raise ParameterError(f"{name} must be at least {minimum}{upper}, got {value}")
    return int(value)


def check_window(value: Any, rows: int, name: str = "window", minimum: int = 1) -> int:
    """Return the length of a window that leaves at least one of the rows to forecast.

    Parameters
    ----------
    value : int
        Number of periods that a forecast uses.
    rows : int
        Number of periods that there are.
    name : str
        The parameter, for the message.
    minimum : int
        Shortest window that makes sense.

    Raises
    ------
    ParameterError
        If it is not a whole number, too short, or leaves nothing to forecast.
    """
    length = check_count(value, name, minimum)
    if length >= rows:
        raise ParameterError(
            f"{name} {length} is too long for {rows} returns: nothing is left to forecast; "
            f"use at most {rows - 1}"
        )
    return length


def check_number(value: Any, name: str, *, low: float = -np.inf, high: float = np.inf) -> float:
    """Return a finite number between two limits, both included.

    Raises
    ------
    ParameterError
        Not a number (text counts as none), not finite or out of range; the message names the parameter.
    """
    try:
        number = float("nan") if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, str) or (number != number and not isinstance(value, float | np.floating)):
        raise ParameterError(f"{name} must be a number, got {value!r}")
    if not np.isfinite(number) or not low <= number <= high:
        raise ParameterError(f"{name} must be a finite number in [{low:g}, {high:g}], got {number:g}")
    return number
