"""The investor's risk preference: the income that is demanded at each probability level."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portfolio_study.errors import ParameterError

Vector = NDArray[Any]
Preference = Callable[[Any], Any]

# Below this relative width the difference of an antiderivative loses more digits than Simpson's rule.
_NARROW = 1e-6
_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class PowerPreference:
    r"""Preference function :math:`\phi(\varepsilon)=\varepsilon^\lambda`.

    A large exponent asks for income mostly in the best states, a small one
    asks for income almost everywhere.

    Parameters
    ----------
    exponent : float
        :math:`\lambda>0`. Whole numbers keep exact fractions exact.

    Raises
    ------
    ParameterError
        If the exponent is not a positive finite number.

    Notes
    -----
    Source: the family of Agasandyan, G. A. (2011), *Application of the
    continuous VaR criterion in financial markets*, used with paper 003.
    """

    exponent: float

    def __post_init__(self) -> None:
        """Check the exponent."""
        if not (np.isfinite(float(self.exponent)) and self.exponent > 0):
            raise ParameterError(f"exponent of the preference must be positive, got {self.exponent!r}")

    def __call__(self, eps: Any) -> Any:
        r"""Demanded income :math:`\varepsilon^\lambda` at probability level ``eps``."""
        return eps**self.exponent

    def integral(self, eps: Any) -> Any:
        r"""Antiderivative :math:`\varepsilon^{\lambda+1}/(\lambda+1)`, zero at zero."""
        return eps ** (self.exponent + 1) / (self.exponent + 1)

    def inverse(self, income: Any) -> Any:
        """Largest level at which at most ``income`` is demanded."""
        return np.clip(np.asarray(income, dtype=float), 0, 1) ** (1 / self.exponent)

    def derivative(self, eps: Any) -> Any:
        r"""Slope :math:`\lambda\varepsilon^{\lambda-1}`."""
        return self.exponent * eps ** (self.exponent - 1)


def is_exact(values: Vector) -> bool:
    """Whether an array holds exact fractions (``dtype=object``) instead of floats."""
    return values.dtype == object


def demanded_income(preference: Preference, eps: Vector) -> Vector:
    """Evaluate a preference function on many levels and check that it is one.

    Parameters
    ----------
    preference : callable
        Non-negative, non-decreasing function on [0, 1], vectorised or scalar.
    eps : array, shape (n,)
        Levels in ascending or any order.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    ParameterError
        If a value is negative, not finite, or smaller than at a lower level;
        the message names the level.
    """
    try:
        values = np.asarray(preference(eps))
    except (TypeError, ValueError):  # a function of one number
        values = np.array([preference(level) for level in eps])
    if values.shape != eps.shape:
        values = np.broadcast_to(values, eps.shape).copy()
    numbers = values.astype(float)
    for bad, what in ((~np.isfinite(numbers), "is not a finite number"), (numbers < 0, "is negative")):
        if bad.any():
            i = int(np.argmax(bad))
            raise ParameterError(f"preference {what} at level {float(eps[i]):.6g}: {numbers[i]}")
    levels = eps.astype(float)
    order = slice(None) if np.all(levels[1:] >= levels[:-1]) else np.argsort(levels, kind="stable")
    falls = np.diff(numbers[order]) < 0
    # equal levels give equal values; a fall at the rounding level of the argument is not a fall
    falls &= np.diff(levels[order]) > 1e-12
    if falls.any():
        i = int(np.argmax(falls))
        low, high = levels[order][i], levels[order][i + 1]
        raise ParameterError(f"preference decreases between the levels {low:.6g} and {high:.6g}")
    return values


def check_preference(preference: Preference) -> None:
    """Check a preference function on a grid of 1,001 levels, both ends included.

    Raises
    ------
    ParameterError
        See :func:`demanded_income`.
    """
    demanded_income(preference, np.linspace(0.0, 1.0, 1001))


def preference_means(preference: Preference, lower: Vector, upper: Vector) -> Vector:
    r"""Mean of the preference over each interval: :math:`\int\phi/(\text{upper}-\text{lower})`.

    A preference with a method ``integral`` is integrated in closed form, any
    other one by Gauss-Legendre panels that are halved until they agree.

    Parameters
    ----------
    preference : callable
    lower, upper : array, shape (n,)
        Ends of the intervals inside [0, 1]; an empty interval gives the value there.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    ParameterError
        If the preference is not one.

    Notes
    -----
    Source: paper 003, first paper, integral averaging within the scenarios.
    """
    width = upper - lower
    left, right = demanded_income(preference, lower), demanded_income(preference, upper)
    antiderivative = getattr(preference, "integral", None)
    if antiderivative is None:
        return _adaptive_means(preference, lower, upper, left, right)
    if is_exact(width):
        return np.array(
            [
                (antiderivative(b) - antiderivative(a)) / (b - a) if b > a else at_b
                for a, b, at_b in zip(lower, upper, right, strict=True)
            ],
            dtype=object,
        )
    narrow = width <= _NARROW * np.maximum(upper, np.finfo(float).tiny)
    closed = (antiderivative(upper) - antiderivative(lower)) / np.where(narrow, 1.0, width)
    simpson = (left + 4 * demanded_income(preference, (lower + upper) / 2) + right) / 6
    return np.clip(np.where(narrow, simpson, closed), left, right)


def _adaptive_means(
    preference: Preference, lower: Vector, upper: Vector, left: Vector, right: Vector
) -> Vector:
    """Mean of a general preference over intervals, panels halved until two rules agree."""
    a, b = lower.astype(float), upper.astype(float)
    owner, total = np.arange(a.size), np.zeros(a.size)
    width = b - a
    for _ in range(50):
        middle = (a + b) / 2
        whole = _gauss(preference, a, b)
        halves = _gauss(preference, a, middle) + _gauss(preference, middle, b)
        done = np.abs(whole - halves) <= 1e-13 * np.maximum(width[owner], 1e-300)
        np.add.at(total, owner[done], halves[done])
        a, middle, b, owner = a[~done], middle[~done], b[~done], owner[~done]
        if not owner.size:
            break
        a, b, owner = np.concatenate([a, middle]), np.concatenate([middle, b]), np.tile(owner, 2)
    else:  # what is left is narrower than 2^-50 of its interval
        np.add.at(total, owner, _gauss(preference, a, b))
    mean = np.where(width > 0, total / np.where(width > 0, width, 1.0), right.astype(float))
    return np.clip(mean, left.astype(float), right.astype(float))


def _gauss(preference: Preference, a: Vector, b: Vector) -> Vector:
    """Sixteen-point Gauss-Legendre integral over each interval [a, b]."""
    half = (b - a) / 2
    nodes = (a + b)[:, None] / 2 + half[:, None] * _GAUSS_X
    values = demanded_income(preference, np.clip(nodes, 0, 1).ravel()).astype(float).reshape(nodes.shape)
    return half * (values @ _GAUSS_W)


def preference_inverse(preference: Preference, income: Vector) -> Vector:
    r"""Largest level whose demand an income meets, :math:`\sup\{\varepsilon:\phi(\varepsilon)\le q\}`.

    Parameters
    ----------
    preference : callable
        A method ``inverse`` is used when it has one, else 60 bisections.
    income : array, shape (n,)

    Returns
    -------
    array, shape (n,)
        Levels in [0, 1]; 0 where even :math:`\phi(0)` exceeds the income.
    """
    income = np.asarray(income, dtype=float)
    inverse = getattr(preference, "inverse", None)
    if inverse is not None:
        return np.asarray(inverse(income), dtype=float)
    low, high = np.zeros(income.shape), np.ones(income.shape)
    top = float(demanded_income(preference, np.array([1.0]))[0])
    for _ in range(60):
        middle = (low + high) / 2
        fits = demanded_income(preference, middle.ravel()).astype(float).reshape(middle.shape) <= income
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.where(income >= top, 1.0, low)
