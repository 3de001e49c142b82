r"""Algebra of the ordering procedure: which of the paper's identities hold for every order.

Here, as in the paper, positions count from 1. Write :math:`\xi` for the
positions of the relative incomes in ascending order and :math:`\eta` for its
inverse, the ranks. The identities with a matrix square or cube are
equivalent to :math:`\xi^3=\mathrm{id}`: all cycles of length 1 or 3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.errors import ParameterError


def positions(values: Any) -> Vector:
    r"""The paper's :math:`O(\cdot)`: position, from 1, of the i-th smallest value.

    Raises
    ------
    ParameterError
        If values are tied: the order is then not defined.
    """
    values = np.asarray(values)
    if np.unique(values).size != values.size:
        raise ParameterError("values are tied, their order is not defined")
    return np.argsort(values, kind="stable") + 1


def ranks(values: Any) -> Vector:
    r"""Rank, from 1, of each value: the paper's :math:`\rho'`."""
    return positions(positions(values))


def permutation_matrix(permutation: Vector) -> Vector:
    r"""Matrix with a one at :math:`(i,\xi_i)`, so that it maps ``v`` to ``v[xi]``."""
    matrix = np.zeros((permutation.size, permutation.size), dtype=int)
    matrix[np.arange(permutation.size), permutation - 1] = 1
    return matrix


def summation_matrix(n: int, as_published: bool = False) -> Vector:
    r"""Matrix :math:`T` that cumulates a column vector from its first component.

    ``as_published`` gives the paper's :math:`t_{ij}=1` for :math:`i\le j`, which
    cumulates from the last component instead.
    """
    ones = np.ones((n, n), dtype=int)
    return np.triu(ones) if as_published else np.tril(ones)


def _same(left: Vector, right: Vector) -> Vector:
    """Whether two stacks of vectors or matrices agree, one answer per member of the stack."""
    return np.all(left == right, axis=tuple(range(1, left.ndim)))


def _act(matrices: Vector, vectors: Vector) -> Vector:
    """Matrix times vector for a stack of both."""
    return np.einsum("mij,mj->mi", matrices, vectors)


def _take(vectors: Vector, permutation: Vector) -> Vector:
    """Composition ``v(xi)`` for a stack of both, positions from 1."""
    return np.take_along_axis(vectors, permutation - 1, axis=1)


@dataclass(frozen=True)
class _Orders:
    """A stack of orders with everything that the identities speak about; shapes (m, n) and (m, n, n)."""

    xi: Vector
    eta: Vector
    X: Vector
    H: Vector
    iota: Vector
    unit: Vector
    v: Vector  # distinct entries, so that no wrong permutation leaves the vector unchanged


def _orders(relative_incomes: Vector) -> _Orders:
    xi = np.argsort(relative_incomes, axis=1, kind="stable") + 1
    eta = np.argsort(xi, axis=1, kind="stable") + 1
    unit = np.broadcast_to(np.eye(xi.shape[1], dtype=int), (*xi.shape, xi.shape[1]))
    iota = np.broadcast_to(np.arange(1, xi.shape[1] + 1), xi.shape)
    X, H = (np.take_along_axis(unit, q[:, :, None] - 1, axis=1) for q in (xi, eta))
    return _Orders(xi, eta, X, H, iota, unit, 2**iota)


def _sorts(o: _Orders) -> Vector:
    """Whether eta = O(xi) and xi = O(eta), with O as "positions in ascending order"."""
    return _same(np.argsort(o.xi, axis=1) + 1, o.eta) & _same(np.argsort(o.eta, axis=1) + 1, o.xi)


def _moves(o: _Orders) -> Vector:
    """A vector moves to the order and back: v(xi) = Xi v, v = H v(xi) = v(xi)(eta)."""
    moved = _take(o.v, o.xi)
    return _same(_act(o.X, o.v), moved) & _same(_act(o.H, moved), o.v) & _same(_take(moved, o.eta), o.v)


_Check = Callable[[_Orders], Vector]

# name -> (does it hold for every order?, the check)
IDENTITIES: dict[str, tuple[bool, _Check]] = {
    "Xi = H^-1 = H'": (True, lambda o: _same(o.X @ o.H, o.unit) & _same(o.X, o.H.transpose(0, 2, 1))),
    "xi = Xi iota, eta = H iota": (
        True,
        lambda o: _same(_act(o.X, o.iota), o.xi) & _same(_act(o.H, o.iota), o.eta),
    ),
    "Xi eta = iota = H xi": (
        True,
        lambda o: _same(_act(o.X, o.eta), o.iota) & _same(_act(o.H, o.xi), o.iota),
    ),
    "xi(eta) = iota = eta(xi)": (
        True,
        lambda o: _same(_take(o.xi, o.eta), o.iota) & _same(_take(o.eta, o.xi), o.iota),
    ),
    "eta = O(xi), xi = O(eta)": (True, _sorts),
    "d = Xi p = p(xi), p = H d = d(eta)": (True, _moves),
    "eta = Xi xi, xi = Xi^-1 eta": (
        False,
        lambda o: _same(_act(o.X, o.xi), o.eta) & _same(_act(o.H, o.eta), o.xi),
    ),
    "xi = H eta, eta = H^-1 xi": (
        False,
        lambda o: _same(_act(o.H, o.eta), o.xi) & _same(_act(o.X, o.xi), o.eta),
    ),
    "Xi = H^2, H = Xi^2": (False, lambda o: _same(o.X, o.H @ o.H) & _same(o.H, o.X @ o.X)),
    "Xi^3 = H^3 = I": (False, lambda o: _same(o.X @ o.X @ o.X, o.unit) & _same(o.H @ o.H @ o.H, o.unit)),
    "eta = Xi^2 iota, xi = H^2 iota": (
        False,
        lambda o: _same(_act(o.X @ o.X, o.iota), o.eta) & _same(_act(o.H @ o.H, o.iota), o.xi),
    ),
    "iota = Xi^3 iota = H^3 iota": (
        False,
        lambda o: _same(_act(o.X @ o.X @ o.X, o.iota), o.iota) & _same(_act(o.H @ o.H @ o.H, o.iota), o.iota),
    ),
}


def check_identities(relative_income: Any) -> pd.Series:
    """Check every identity of the paper for one vector of relative incomes.

    Parameters
    ----------
    relative_income : array-like, shape (n,)
        Distinct values.

    Returns
    -------
    Series of bool, indexed by identity

    Raises
    ------
    ParameterError
        If values are tied.

    Notes
    -----
    Source: paper 003, first paper, "Properties of the ordering procedure" and
    the definitions before it; g = H b is the same statement as p = H d.
    """
    positions(relative_income)  # refuses ties
    orders = _orders(np.asarray(relative_income)[None, :])
    return pd.Series({name: bool(check(orders)[0]) for name, (_, check) in IDENTITIES.items()}, dtype=bool)


def identity_outcomes(n: int) -> tuple[Vector, pd.DataFrame]:
    """Outcome of every identity for all ``n!`` orders (n at most 8).

    Returns
    -------
    orders : array of int, shape (n!, n)
        The vectors xi, positions from 1.
    outcomes : DataFrame of bool
        One row an order, one column an identity.

    Raises
    ------
    ParameterError
        If ``n`` is not between 1 and 8.
    """
    if not 1 <= n <= 8:
        raise ParameterError(f"all orders are tried for 1 to 8 scenarios, got {n}")
    xi = np.array(list(permutations(range(1, n + 1))))
    orders = _orders(np.argsort(xi, axis=1) + 1)  # relative incomes whose positions are xi
    return xi, pd.DataFrame({name: check(orders) for name, (_, check) in IDENTITIES.items()})


def identity_table(largest: int = 7) -> pd.DataFrame:
    """Number of orders for which each identity holds, all orders tried.

    Parameters
    ----------
    largest : int
        Largest number of scenarios, at most 8.

    Returns
    -------
    DataFrame
        One column a number of scenarios; the last row counts all orders.
    """
    table = pd.DataFrame({n: identity_outcomes(n)[1].sum() for n in range(1, largest + 1)})
    table.loc["all orders"] = [factorial(n) for n in range(1, largest + 1)]
    return table.astype(int)


def cycle_lengths(permutation: Vector) -> tuple[int, ...]:
    """Cycle lengths of a permutation (positions from 1), longest first."""
    seen, lengths = set(), []
    for start in range(1, permutation.size + 1):
        length, at = 0, start
        while at not in seen:
            seen.add(at)
            at, length = int(permutation[at - 1]), length + 1
        if length:
            lengths.append(length)
    return tuple(sorted(lengths, reverse=True))
