"""The ways in which a reader's file differs from the plainest one, and the right answer to each.

``read``: the table must come back, the same assets, dates and prices. ``refuse``: the file must be
refused by a message that names what is wrong with it. ``either``: one or the other, never another table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from writing import NAMES, Plan

READ, REFUSE, EITHER = "read", "refuse", "either"


@dataclass(frozen=True, eq=False)
class Deviation:
    """One way of writing a file differently.

    Attributes
    ----------
    dimension : str
        What is changed; two deviations of one dimension do not go together.
    name : str
        How.
    answer : str
        ``read``, ``refuse`` or ``either``.
    words : str
        What a refusal must name (regular expression, case ignored).
    change : callable
        Takes and returns a plan.
    layouts : tuple of str
        Layouts in which it makes sense.
    text : bool
        Whether it makes sense in text files only, not in Parquet.
    said : str
        What the notes must name where the file is read.
    """

    dimension: str
    name: str
    answer: str
    words: str
    change: Callable[[Plan], Plan]
    layouts: tuple[str, ...] = ("wide", "long", "one", "fields", "yfinance")
    text: bool = False
    said: str = ""


def to(**fields: Any) -> Callable[[Plan], Plan]:
    """Return the change that sets fields of a plan."""
    return lambda plan: replace(plan, **fields)


def called(**names: str) -> Callable[[Plan], Plan]:
    """Return the change that gives columns other names."""
    return lambda plan: replace(plan, names={**plan.names, **names})


def tickers(**names: str) -> Callable[[Plan], Plan]:
    """Return the change that gives tickers other names."""
    return lambda plan: replace(plan, tickers=names)


def decimal_comma(plan: Plan) -> Plan:
    """Numbers as in 20,07: between semicolons, unless the delimiter is already another one."""
    return replace(plan, decimal=",", delimiter=";" if plan.delimiter == "," else plan.delimiter)


def grouped(mark: str) -> Callable[[Plan], Plan]:
    """Return the change that groups digits; a point where the comma is taken."""
    return lambda plan: replace(plan, thousands="." if mark == "," == plan.decimal else mark)


def cased(method: Callable[[str], str]) -> Callable[[Plan], Plan]:
    """Return the change that writes the names of all fields in another case."""
    return lambda plan: replace(plan, names={k: method({**NAMES, **plan.names}[k]) for k in NAMES})
