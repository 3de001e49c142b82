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
CHAPTER_DATA: Any = object()  # default of ``record(data=...)``: the chapter's own prices

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


class _Chapter:
    """The chapter that runs in this process: its name, its data and its records so far."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.whole: dict[str, Any] | None = None
        self.sample: dict[str, Any] | None = None  # the whole, or the part that it works on
        self.records: dict[str, Record] = {}


CHAPTER = _Chapter()


def open_chapter(name: str, sample: dict[str, Any] | None) -> None:
    """Name the running chapter and the sample that its records are measured on."""
    CHAPTER.name, CHAPTER.whole, CHAPTER.sample = name, sample, sample
    CHAPTER.records = {}


def narrow_chapter(history: Any) -> Any:
    """Say that the running chapter works on a part of its prices: fewer assets or dates.

    From here on records are measured on that part, unless they name other data, and the claims
    of the chapter are held against it: a chapter that never saw a stock owes no value for it.

    Parameters
    ----------
    history : PriceHistory
        The part.

    Returns
    -------
    PriceHistory
        The same object.

    Raises
    ------
    LedgerError
        If the chapter has named its part already: the page would hold two.
    """
    if CHAPTER.sample is not CHAPTER.whole:
        raise LedgerError(f"chapter {CHAPTER.name!r} narrows its prices twice: do it once, at its beginning")
    CHAPTER.sample = history.sample()
    display_sample(str(CHAPTER.name), CHAPTER.sample)
    return history


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
) -> Record:
    """Build a record of plain Python values.

    Parameters
    ----------
    key, value, unit, interval, se, p_value, n, detectable, note, bounds, sample
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
    )


def record(
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
    data: Any = CHAPTER_DATA,
) -> None:
    """Store a measured value in the executed notebook, for prose and ledger.

    Parameters
    ----------
    key : str
        ``<chapter>.<thing>``; prose pastes it with ``{glue:text}`key:.3f```.
    value : float, int, bool or str
        Direction claims read a contrast signed as in the paper; mathematical
        claims a bool; a str is text computed for the page.
    unit, interval, se, p_value, n, detectable, note, bounds
        See `Record`.
    data : PriceHistory or None, optional
        What the value was measured on, if not the chapter's own prices; None
        for pure mathematics and simulation.

    Raises
    ------
    LedgerError
        For a key without the chapter's prefix, a NaN, an interval that is not
        ordered, or a key recorded twice with different values.
    """
    prefix = f"{CHAPTER.name}."
    if CHAPTER.name is not None and not key.startswith(prefix):
        raise LedgerError(f"record {key!r}: the keys of this chapter start with {prefix!r}")
    sample = CHAPTER.sample if data is CHAPTER_DATA else None if data is None else data.sample()
    made = make_record(
        key,
        value,
        unit=unit,
        interval=interval,
        se=se,
        p_value=p_value,
        n=n,
        detectable=detectable,
        note=note,
        bounds=bounds,
        sample=sample,
    )
    before = CHAPTER.records.get(key)
    if before is not None and before != made:
        raise LedgerError(f"record {key!r} is measured twice with different values: {before.value}, {value}")
    CHAPTER.records[key] = made
    display_record(made)


def record_inference(
    key: str,
    found: Any,
    *,
    scale: float = 1.0,
    unit: str = "",
    note: str = "",
    bounds: tuple[float | None, float | None] = (None, None),
    data: Any = CHAPTER_DATA,
) -> None:
    """Record an `portfolio_study.evaluation.Inference`: estimate, interval, error, power.

    Parameters
    ----------
    key : str
    found : Inference
        Has ``estimate``, ``interval``, ``se``, ``p_value``, ``n``, ``detectable``.
    scale : float
        Multiplies the effect: a change of sign or of unit.
    unit, note, bounds, data
        As for `record`.
    """
    low, high = sorted(scale * bound for bound in found.interval)
    record(
        key,
        scale * found.estimate,
        unit=unit,
        interval=(low, high),
        se=abs(scale) * found.se,
        p_value=found.p_value,
        n=found.n,
        detectable=abs(scale) * found.detectable,
        note=note,
        bounds=bounds,
        data=data,
    )


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
