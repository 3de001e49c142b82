"""Values that a chapter measures, stored inside its executed notebook.

The notebook is the ledger's only source: a record is a display output that
myst-nb can paste (``{glue:text}`key:.3f```) and that carries the structured
value in its metadata. A chapter that is skipped because nothing changed keeps
its records.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from portfolio_study.errors import LedgerError

METADATA = "portfolio_study"
SAMPLE_METADATA = "portfolio_study_sample"
GLUE_PREFIX = "application/papermill.record/"

Value = float | int | bool | str


@dataclass(frozen=True)
class Record:
    """One measured value.

    Attributes
    ----------
    key : str
        ``<chapter>.<thing>``.
    value : float, int, bool or str
        The measured value, in `unit`.
    unit : str
        Unit of value, interval, se and detectable.
    interval : tuple of float, optional
        Two-sided 95 % interval.
    se : float, optional
        Standard error (date-clustered bootstrap, HAC or replications).
    p_value : float, optional
    n : int, optional
        Number of observations or replications behind the value.
    detectable : float, optional
        Effect that the test could have found with 80 % power.
    note : str
    bounds : tuple of float or None
        Least and largest value that is possible, where there is one: no interval leaves them.
    sample : dict, optional
        What it was measured on (``PriceHistory.sample()``); None: no data needed.
    lacks : str
        Why the data gave no value, where they did not: a claim on it is not testable here.
    worst : str
        The unit (ticker, universe, year) that the value is of, where a statement is about all of them.
    """

    key: str
    value: Value
    unit: str = ""
    interval: tuple[float, float] | None = None
    se: float | None = None
    p_value: float | None = None
    n: int | None = None
    detectable: float | None = None
    note: str = ""
    bounds: tuple[float | None, float | None] = (None, None)
    sample: dict[str, Any] | None = None
    lacks: str = ""
    worst: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Record":
        """Rebuild a record from its JSON form."""
        known = {f.name for f in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        for pair in ("interval", "bounds"):
            if kept.get(pair) is not None:
                kept[pair] = tuple(kept[pair])
        return cls(**kept)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def display_sample(chapter: str, sample: dict[str, Any]) -> None:
    """Store what a chapter worked on in the executed notebook, where that is not the run's prices."""
    _emit(f"{chapter}.sample", {"text/plain": ", ".join(sample["tickers"])}, SAMPLE_METADATA, sample)


def _plain(key: str, what: str, value: Any, optional: bool = True) -> Any:
    """Return a plain Python number; refuse NaN and infinities by name."""
    if value is None and optional:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise LedgerError(f"record {key!r}: {what} must be a number, got {value!r}") from None
    if not math.isfinite(number):
        raise LedgerError(f"record {key!r}: {what} is {number}; a chapter never records a silent NaN")
    return number


def make_record(
    key: str,
    value: Any,
    *,
    unit: str = "",
    interval: tuple[float, float] | None = None,
    se: float | None = None,
    p_value: float | None = None,
    n: int | None = None,
    detectable: float | None = None,
    note: str = "",
    bounds: tuple[float | None, float | None] = (None, None),
    sample: dict[str, Any] | None = None,
    worst: str = "",
) -> Record:
    """Build a record of plain Python values.

    Parameters
    ----------
    key, value, unit, interval, se, p_value, n, detectable, note, bounds, sample, worst
        See `Record`.

    Raises
    ------
    LedgerError
        For a value that is NaN, infinite or no number, or an interval that is not ordered.
    """
    if not isinstance(value, str):
        value = _plain(key, "value", value, optional=False)
    limits = None
    if interval is not None:
        low, high = (_plain(key, "interval", bound, optional=False) for bound in interval)
        if low > high:
            raise LedgerError(f"record {key!r}: interval ({low}, {high}) is not ordered")
        limits = (low, high)
    return Record(
        key=key,
        value=value,
        unit=unit,
        interval=limits,
        se=_plain(key, "se", se),
        p_value=_plain(key, "p_value", p_value),
        n=_plain(key, "n", n),
        detectable=_plain(key, "detectable", detectable),
        note=note,
        bounds=bounds,
        sample=sample,
        worst=worst,
    )


def paste(key: str, value: Value) -> None:
    """Store a value that a page pastes and no claim refers to, e.g. a sentence about a whole run.

    Parameters
    ----------
    key : str
        ``<page>.<thing>``; prose pastes it with ``{glue:text}`key```.
    value : float, int, bool or str
    """
    display_record(make_record(key, value))


def display_record(made: Record) -> None:
    """Store a record in the executed notebook, as an output that prose can paste."""
    bundle = {"text/plain": str(made.value)}
    if isinstance(made.value, str):
        bundle["text/markdown"] = made.value
    _emit(made.key, bundle, METADATA, made.to_dict())


def _emit(name: str, bundle: Mapping[str, str], kind: str, values: dict[str, Any]) -> None:
    """Make an output of the running cell that prose can paste and no page shows by itself."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return
    display(
        {f"{GLUE_PREFIX}{type_}": text for type_, text in bundle.items()},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": GLUE_PREFIX}, kind: values},
    )


def read_records(notebook: Path) -> dict[str, Record]:
    """Records of an executed notebook, by key.

    Raises
    ------
    LedgerError
        If the file is not a notebook or a key stands in it with two values.
    """
    found: dict[str, Record] = {}
    for values in _emitted(notebook, METADATA):
        made = Record.from_dict(values)
        if found.setdefault(made.key, made) != made:
            raise LedgerError(f"{notebook.name}: {made.key!r} is recorded with two different values")
    return found


def read_sample(notebook: Path) -> dict[str, Any] | None:
    """Return the part of the prices that an executed chapter worked on; None if it used them all.

    Raises
    ------
    LedgerError
        If the file is not a notebook.
    """
    return next(reversed(_emitted(notebook, SAMPLE_METADATA)), None)


def _emitted(notebook: Path, name: str) -> list[dict[str, Any]]:
    """Metadata of one name of all outputs of an executed notebook, in order."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"{notebook}: not an executed notebook ({error})") from error
    outputs = [output.get("metadata", {}) for cell in cells for output in cell.get("outputs", ())]
    return [metadata[name] for metadata in outputs if name in metadata]
