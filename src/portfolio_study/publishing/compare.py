"""Compare recorded values of two runs, with tolerances that follow from what a value is."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RELATIVE = 1e-6  # same lock, other machine: sums in another order differ by less
ABSOLUTE = 1e-12  # what counts as zero
STANDARD_ERRORS = 3.0
RULE = "A number with a standard error may move by three of them, any other by one part in a million."
LISTED = 6  # names of a list that a report shows
TEXT_RELATIVE = 1e-3  # numbers in sentences are rounded for print
NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Difference:
    """One value that is not as it was.

    Attributes
    ----------
    key : str
        Key of the record, or what else was compared.
    before, after : object
        The values; None where there is none.
    allowed : float or None
        Largest difference that would have passed, for numbers.
    se : float or None
        Standard error of the value before, for numbers that have one.
    within : bool
        Whether the tolerance allows the change.
    """

    key: str
    before: Any
    after: Any
    allowed: float | None = None
    se: float | None = None
    within: bool = False

    @property
    def errors(self) -> float | None:
        """The change in units of the standard error; None for a value without one."""
        return (self.after - self.before) / self.se if self.se else None

    @property
    def share(self) -> float | None:
        """The change as a share of the number before; None for anything else, and where that was zero."""
        return (self.after - self.before) / self.before if self.allowed is not None and self.before else None

    def change(self) -> str:
        """How far a number moved, in units of its standard error or as a share; empty for anything else."""
        if self.allowed is None:
            return ""
        if self.errors is not None:
            moved = f"{self.errors:+.1f}" if abs(self.errors) >= 0.05 else f"{self.errors:+.1g}"
            return f"{moved} standard errors, {STANDARD_ERRORS:g} allowed"
        share = self.share
        if share is None:
            moved = f"{self.after - self.before:+.3g}"
        else:
            moved = f"{share:+.2%}" if abs(share) >= 1e-4 else f"{share:+.1e} of it"
        return f"{moved}, {self.allowed:.2g} allowed"

    def line(self) -> str:
        """Return one readable line."""
        if self.before is None:
            return f"+ {self.key}: new, {shown(self.after)}"
        if self.after is None:
            return f"- {self.key}: gone, was {shown(self.before)}"
        text = f"{'~' if self.within else '!'} {self.key}: was {shown(self.before)}, now {shown(self.after)}"
        return f"{text} ({self.change()})" if self.allowed is not None else text


def shown(value: Any) -> str:
    """A value as a report shows it: eight digits of a number, the first names of a long list."""
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, list | tuple) and len(value) > LISTED:
        return f"{' '.join(map(str, value[:LISTED]))} ... ({len(value)})"
    return repr(value)


def compare_records(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[Difference]:
    """Compare records by key.

    Numbers with a standard error may differ by three of them, other numbers by one part in a
    million; words, truth values and whole numbers must be equal; numbers inside sentences may
    differ in their last printed digit.

    Parameters
    ----------
    before, after : mapping of str to mapping
        Records in their JSON form (`Record.to_dict`), by key.

    Returns
    -------
    list of Difference
        Sorted by key.
    """
    found = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            old, new = before.get(key, {}).get("value"), after.get(key, {}).get("value")
            found.append(Difference(key, old, new))
            continue
        old, new = before[key]["value"], after[key]["value"]
        allowed = tolerance(before[key])
        if allowed is None or not isinstance(new, float | int) or isinstance(new, bool):
            if not same_words(old, new):
                found.append(Difference(key, old, new))
        elif not abs(new - old) <= allowed:
            found.append(Difference(key, float(old), float(new), allowed, before[key].get("se") or None))
        elif before[key].get("unit", "") != after[key].get("unit", ""):
            found.append(Difference(f"{key} (unit)", before[key].get("unit"), after[key].get("unit")))
    return found


def moved_within(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[Difference]:
    """Values that are not the same to the last bit and that `compare_records` lets pass.

    Parameters
    ----------
    before, after : mapping of str to mapping
        As for `compare_records`.

    Returns
    -------
    list of Difference
        Sorted by key.
    """
    beyond = {difference.key for difference in compare_records(before, after)}
    found = []
    for key in sorted((before.keys() & after.keys()) - beyond):
        old, new = before[key]["value"], after[key]["value"]
        if old != new:
            allowed, se = tolerance(before[key]), before[key].get("se") or None
            found.append(Difference(key, old, new, allowed, se, within=True))
    return found


def tolerance(record: Mapping[str, Any]) -> float | None:
    """Largest allowed difference of a number; None for values that must be equal."""
    value = record["value"]
    if not isinstance(value, float):
        return None
    if record.get("se"):
        return STANDARD_ERRORS * float(record["se"])
    return max(ABSOLUTE, RELATIVE * abs(value))


def same_words(before: Any, after: Any) -> bool:
    """Whether two values are equal; sentences may differ in the last digit of a number.

    Examples
    --------
    >>> same_words("the ratio is 1.021", "the ratio is 1.022")
    True
    >>> same_words("AXP leads with 1.021", "JPM leads with 1.021")
    False
    """
    if not isinstance(before, str) or not isinstance(after, str):
        return type(before) is type(after) and bool(before == after)
    if NUMBER.sub("#", before) != NUMBER.sub("#", after):
        return False
    pairs = zip(NUMBER.findall(before), NUMBER.findall(after), strict=True)
    return all(_close(old, new) for old, new in pairs)


def _close(before: str, after: str) -> bool:
    old, new = float(before.replace(",", "")), float(after.replace(",", ""))
    decimals = re.search(r"\.(\d+)", before)
    exponent = re.search(r"[eE]([-+]?\d+)", before)
    unit = 10.0 ** ((int(exponent[1]) if exponent else 0) - (len(decimals[1]) if decimals else 0))
    last_digit = 1.001 * unit if decimals or exponent else 0.0  # whole numbers are counts or years
    return math.isclose(old, new, rel_tol=TEXT_RELATIVE if decimals else 0.0, abs_tol=last_digit)
