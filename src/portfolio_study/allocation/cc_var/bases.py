"""From butterflies to instruments that are quoted: bases, their rank and their condition.

A payoff that is linear between the strikes is a vector of incomes at the
strikes. Instruments span all of them when the matrix of their payoffs at the
strikes has full rank; coefficients then solve a linear system whose
condition number says how much errors in the incomes or quotes are magnified.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.allocation.cc_var.options import check_strikes
from portfolio_study.allocation.cc_var.preference import Vector
from portfolio_study.errors import ParameterError, UnknownNameError

# Beyond this condition number a relative error of 1e-16 in a payoff exceeds 1e-6 in a holding.
LARGEST_CONDITION = 1e10


@dataclass(frozen=True, eq=False)
class BasisReport:
    """Rank and condition of a set of instruments on the strikes.

    Attributes
    ----------
    instruments, strikes : int
        Size of the payoff matrix.
    rank : int
    condition : float
        Ratio of the largest to the smallest singular value; infinite when the rank is deficient.
    usable : bool
        As many instruments as strikes, full rank, condition at most 1e10.
    """

    instruments: int
    strikes: int
    rank: int
    condition: float
    usable: bool


def _calls(s: Vector) -> dict[str, Vector]:
    return {f"call {k:.6g}": np.maximum(s - k, 0.0) for k in s}


def _puts(s: Vector) -> dict[str, Vector]:
    return {f"put {k:.6g}": np.maximum(k - s, 0.0) for k in s}


def _bond(s: Vector) -> dict[str, Vector]:
    return {"bond": np.ones(s.size)}


def _butterflies(s: Vector) -> dict[str, Vector]:
    return {f"butterfly {k:.6g}": row for k, row in zip(s, np.eye(s.size), strict=True)}


def _spreads(s: Vector) -> dict[str, Vector]:
    calls = np.array(list(_calls(s).values()))
    rows = (calls[:-1] - calls[1:]) / np.diff(s)[:, None]
    return {f"spread {a:.6g}/{b:.6g}": row for a, b, row in zip(s[:-1], s[1:], rows, strict=True)}


def _straddles(s: Vector) -> dict[str, Vector]:
    return {f"straddle {k:.6g}": np.abs(s - k) for k in s}


def _pair_sums(s: Vector) -> dict[str, Vector]:
    unit = np.eye(s.size)
    return {f"pair {i + 1}+{(i + 1) % s.size + 1}": unit[i] + unit[(i + 1) % s.size] for i in range(s.size)}


def _drop_last(instruments: dict[str, Vector]) -> dict[str, Vector]:
    return dict(list(instruments.items())[:-1])


_BUILDERS = {
    "butterflies": _butterflies,
    "bond and calls": lambda s: _bond(s) | _drop_last(_calls(s)),
    "bond and spreads": lambda s: _bond(s) | _spreads(s),
    "straddles": _straddles,
    "neighbour pairs": _pair_sums,
    "calls only": _calls,
    "calls, puts and bond": lambda s: _bond(s) | _calls(s) | _puts(s),
}
BASES = tuple(_BUILDERS)


def basis_payoffs(name: str, strikes: Any) -> pd.DataFrame:
    """Payoffs of a named set of instruments at the strikes.

    Parameters
    ----------
    name : str
        ``butterflies``, ``bond and calls`` (calls at all strikes but the last, where
        the payoff vanishes on all strikes), ``bond and spreads`` (call spreads of height one),
        ``straddles``, ``neighbour pairs`` (sums of cyclically adjacent butterflies),
        ``calls only``, ``calls, puts and bond``.
    strikes : array, shape (n,)

    Returns
    -------
    DataFrame, shape (instruments, strikes)

    Raises
    ------
    UnknownNameError
        If there is no such set.
    """
    if name not in _BUILDERS:
        raise UnknownNameError("basis", name, BASES)
    strikes = check_strikes(strikes)
    frame = pd.DataFrame.from_dict(_BUILDERS[name](strikes), orient="index", columns=strikes)
    return frame.rename_axis(index="instrument", columns="strike")


def basis_report(payoffs: Any) -> BasisReport:
    """Rank and condition number of instruments from their payoffs at the strikes.

    Parameters
    ----------
    payoffs : DataFrame or array, shape (m, n)
        One instrument a row.

    Returns
    -------
    BasisReport
    """
    matrix = np.asarray(payoffs, dtype=float)
    singular = np.linalg.svd(matrix, compute_uv=False)
    rank = int(np.sum(singular > singular[0] * max(matrix.shape) * np.finfo(float).eps))
    condition = float(singular[0] / singular[-1]) if rank == min(matrix.shape) else float("inf")
    square = matrix.shape[0] == matrix.shape[1]
    usable = square and rank == matrix.shape[0] and condition <= LARGEST_CONDITION
    return BasisReport(matrix.shape[0], matrix.shape[1], rank, condition, usable)


def change_basis(incomes: Any, payoffs: pd.DataFrame) -> pd.Series:
    """Holdings of instruments that pay given incomes at the strikes.

    Parameters
    ----------
    incomes : array, shape (n,)
        Incomes at the strikes, e.g. the weights of a portfolio of butterflies.
    payoffs : DataFrame, shape (m, n)
        One instrument a row, see :func:`basis_payoffs`.

    Returns
    -------
    Series
        Units held of each instrument; negative = written.

    Raises
    ------
    ParameterError
        A "problem basis": not as many instruments as strikes, dependent
        instruments (the message names which can go), or a condition number
        above 1e10.

    Notes
    -----
    Solves :math:`M'a=g`. Paper 003, second paper, announces the change of basis
    in its abstract; the text of it is missing, this is our completion.
    """
    incomes = np.asarray(incomes, dtype=float)
    report = basis_report(payoffs)
    if incomes.shape != (report.strikes,):
        raise ParameterError(f"{report.strikes} incomes are needed, one a strike, got shape {incomes.shape}")
    if report.rank < report.strikes:
        raise ParameterError(
            f"problem basis: the instruments span {report.rank} of {report.strikes} dimensions; "
            "add an independent instrument, e.g. the bond"
        )
    if report.instruments > report.strikes:
        spare = sorted(set(payoffs.index) - set(independent_instruments(payoffs)))
        raise ParameterError(
            f"problem basis: {report.instruments} instruments for {report.strikes} strikes, the holdings "
            f"are not unique; leave out {', '.join(map(str, spare))}"
        )
    if not report.usable:
        raise ParameterError(
            f"problem basis: condition number {report.condition:.3g} exceeds {LARGEST_CONDITION:g}"
        )
    holdings = np.linalg.solve(payoffs.to_numpy(dtype=float).T, incomes)
    return pd.Series(holdings, index=payoffs.index, name="holding")


def independent_instruments(payoffs: pd.DataFrame) -> list[str]:
    """Instruments that span the same payoffs, chosen greedily for a small condition number.

    QR with column pivoting takes, one after another, the instrument that is
    farthest from the span of those already taken.

    Parameters
    ----------
    payoffs : DataFrame, shape (m, n)

    Returns
    -------
    list of str
        As many as the rank, in the order of ``payoffs``.
    """
    from scipy.linalg import qr

    matrix = payoffs.to_numpy(dtype=float)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    pivots = qr(np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0).T, pivoting=True)[2]
    chosen = set(pivots[: basis_report(payoffs).rank].tolist())
    return [str(name) for i, name in enumerate(payoffs.index) if i in chosen]


def condition_table(sizes: tuple[int, ...] = (4, 5, 6, 7, 10, 20, 50)) -> pd.DataFrame:
    """Rank and condition number of every named set on ``n`` strikes that are one unit of money apart.

    The unit matters where the bond is mixed with calls: one of them pays units, the other prices.

    Returns
    -------
    DataFrame
        Columns ``basis``, ``strikes``, ``instruments``, ``rank``, ``condition``, ``usable``.
    """
    rows = []
    for name in BASES:
        for n in sizes:
            report = basis_report(basis_payoffs(name, np.arange(float(n))))
            rows.append((name, n, report.instruments, report.rank, report.condition, report.usable))
    return pd.DataFrame(rows, columns=["basis", "strikes", "instruments", "rank", "condition", "usable"])
