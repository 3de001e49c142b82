"""Measures: functions of a study that compute the values which claims and pages refer to.

One function is one key (or a table of keys that are written out), so that a search for the
``measured_by`` of a claim ends at the code that measures it::

    @measure("annual Sharpe ratio")
    def realised_less_promised(study: Experiment) -> Measured: ...

    @measures(CONTRASTS, "annual Sharpe ratio")
    def sharpe_gains(study: Experiment) -> dict[str, Inference]: ...

A measure returns a `Measured`, anything with the fields of an estimate (``estimate``, ``interval``,
``se``, ``p_value``, ``n``, ``detectable``), or a plain number, truth value or text; None says that
the run's data do not have it, and `Lacking` why data of the right kind still give no value.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.ledger.records import Record, Value, make_record
from portfolio_study.ledger.words import fields_of

CHAPTER_DATA = "the chapter's own"  # the attribute that ``Study.own_data`` names
AS_DECLARED = "as declared"


@dataclass(frozen=True)
class Measured:
    """A measured value with its error.

    Attributes
    ----------
    value : float, int, bool or str
        In the unit of its measure. A direction is signed as in the paper: above zero, it is right.
    interval : tuple of float, optional
        Two-sided 95 % interval.
    se, p_value, n, detectable
        Standard error, p-value, number of observations, effect found with 80 % power.
    note : str
        What must be said wherever the value is shown.
    bounds : tuple of float or None
        Least and largest possible value: no interval leaves them.
    unit : str, optional
        Where it is not that of the measure.
    data : str or None
        Attribute of the study that it was measured on, where it is not that of the measure.
    worst : str
        The unit that the value is of, where a statement is about all units.
    """

    value: Value
    interval: tuple[float, float] | None = None
    se: float | None = None
    p_value: float | None = None
    n: int | None = None
    detectable: float | None = None
    note: str = ""
    bounds: tuple[float | None, float | None] = (None, None)
    unit: str | None = None
    data: str | None = AS_DECLARED
    worst: str = ""

    @property
    def estimate(self) -> Value:
        """The value, under the name that estimates give it."""
        return self.value


@dataclass(frozen=True)
class Lacking:
    """What a measure returns where the data are of the right kind and still give no value.

    Attributes
    ----------
    reason : str
        What is missing, e.g. ``"only 5 days follow a shock, 8 are needed"``; it stands in the verdict.
    """

    reason: str


@dataclass(frozen=True)
class Measure:
    """What a decorated function declares.

    Attributes
    ----------
    keys : tuple of str
        Keys that it measures, without the chapter; ``rmse.*`` stands for one key a ticker.
    unit : str
        May hold fields of the study: ``"R squared per {period}"``.
    data : str or None
        Attribute of the study that holds what was measured on; None for mathematics and simulation.
    table : bool
        Whether it returns a dict of values by key.
    function : callable
        The undecorated function.
    """

    keys: tuple[str, ...]
    unit: str
    data: str | None
    table: bool
    function: Callable[[Any], Any]

    def covers(self, key: str) -> bool:
        """Whether a key is one of its own."""
        return any(key == own or ("*" in own and fnmatchcase(key, own)) for own in self.keys)

    def values(self, study: Any) -> dict[str, Any]:
        """Measure, as a dict by key without those that the data do not have.

        Raises
        ------
        LedgerError
            If a table returns a key that it does not declare, or lacks one.
        """
        found = study.once(self.function)
        if not self.table:
            return {} if found is None else {self.keys[0]: found}
        for key in found:
            if not self.covers(key):
                raise LedgerError(
                    f"measure {self.function.__name__}: returns {key!r}, which it does not declare"
                )
        lacking = [own for own in self.keys if "*" not in own and own not in found]
        if lacking:
            raise LedgerError(
                f"measure {self.function.__name__}: declares {lacking[0]!r} and does not return it"
            )
        return {key: value for key, value in found.items() if value is not None}


def measure(
    unit: str = "", *, key: str | None = None, data: str | None = CHAPTER_DATA
) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare that a function of a study measures one value.

    Parameters
    ----------
    unit : str
        Unit of the value; fields of the study may stand in it.
    key : str, optional
        Where the function's name would shadow another, or the key has dots.
    data : str or None
        Attribute of the study that it is measured on; default the one that its ``own_data`` names;
        None for mathematics and simulation.
    """

    def declare(function: Callable[[Any], Any]) -> Any:
        return _declared(function, (key or function.__name__,), unit, data, table=False)

    return declare


def measures(
    keys: Iterable[str], unit: str = "", *, data: str | None = CHAPTER_DATA
) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare that a function of a study measures a table of values, by key.

    Parameters
    ----------
    keys : iterable of str
        All keys, written out in full (``*`` stands for what only the run knows, a ticker).
    unit, data
        As for `measure`; a `Measured` may have its own.
    """

    def declare(function: Callable[[Any], Any]) -> Any:
        return _declared(function, tuple(keys), unit, data, table=True)

    return declare


def _declared(
    function: Callable[[Any], Any], keys: tuple[str, ...], unit: str, data: str | None, table: bool
) -> Any:
    @wraps(function)
    def once(study: Any) -> Any:
        return study.once(function)

    once.declared = Measure(keys, unit, data, table, function)  # type: ignore[attr-defined]
    return once


def record_of(key: str, found: Any, declared: Measure, study: Any) -> Record:
    """Bring what a measure returned into the form that the ledger stores.

    Parameters
    ----------
    key : str
        Key without the chapter.
    found : Measured, estimate or plain value
    declared : Measure
    study : Study
        Gives the chapter's name, the fields of units, and the data.
    """
    if isinstance(found, Lacking):
        return Record(f"{study.chapter}.{key}", "", lacks=found.reason)
    given = found if hasattr(found, "estimate") else Measured(found)
    data = getattr(given, "data", AS_DECLARED)
    data = declared.data if data == AS_DECLARED else data
    data = study.own_data if data == CHAPTER_DATA else data
    unit = getattr(given, "unit", None)
    return make_record(
        f"{study.chapter}.{key}",
        given.estimate,
        unit=study.words(declared.unit if unit is None else unit),
        interval=getattr(given, "interval", None),
        se=getattr(given, "se", None),
        p_value=getattr(given, "p_value", None),
        n=getattr(given, "n", None),
        detectable=getattr(given, "detectable", None),
        note=getattr(given, "note", ""),
        bounds=getattr(given, "bounds", None) or (None, None),
        sample=None if data is None else study.sample(data),
        worst=str(getattr(given, "worst", "") or ""),
    )


def declared_in(module: ModuleType) -> list[Measure]:
    """Measures of a module in the order of their definition.

    Raises
    ------
    LedgerError
        If two of them measure one key.
    """
    found = [v.declared for v in vars(module).values() if isinstance(getattr(v, "declared", None), Measure)]
    found = [m for m in found if m.function.__module__ == module.__name__]
    keys: dict[str, str] = {}
    for made in found:
        for key in made.keys:
            if key in keys:
                raise LedgerError(
                    f"{module.__name__}: {keys[key]} and {made.function.__name__} both measure {key!r}"
                )
            keys[key] = made.function.__name__
    return found


@dataclass(frozen=True)
class Place:
    """Where a measure is declared: file and line, found without importing it."""

    key: str
    function: str
    file: Path
    line: int


def find_measures(file: Path) -> list[Place]:
    """Keys that a file of measures declares, read from its text.

    A build checks claims against them before any kernel starts, and names file and line.

    Raises
    ------
    LedgerError
        If the keys of a table are not written out in the file.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tables = dict(_assigned(tree))
    found = []
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = getattr(call.func, "id", "") if call else getattr(decorator, "id", "")
            if name == "measure":
                given = [k.value for k in call.keywords if k.arg == "key"] if call else []
                keys = [ast.literal_eval(given[0])] if given else [node.name]
            elif name == "measures" and call:
                keys = _keys(call.args[0], tables, file)
            else:
                continue
            found += [Place(key, node.name, file, node.lineno) for key in keys]
    return found


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _keys(node: ast.expr, tables: Mapping[str, ast.expr], file: Path) -> list[str]:
    if isinstance(node, ast.Name) and node.id in tables:
        return _keys(tables[node.id], tables, file)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.Add):
        return _keys(node.left, tables, file) + _keys(node.right, tables, file)
    parts: list[Any] = []
    if isinstance(node, ast.Dict):
        parts = list(node.keys)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = list(node.elts)
    keys = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    unpacked = [part.value for part in parts if isinstance(part, ast.Starred)]
    if not parts or len(keys) + len(unpacked) != len(parts):
        raise LedgerError(
            f"{file}, line {node.lineno}: the keys of a table of measures must be written out as texts, "
            "in place or in a constant of the same file"
        )
    return keys + [key for part in unpacked for key in _keys(part, tables, file)]


@dataclass(frozen=True)
class Drawing:
    """What a decorated figure declares: name, caption, alt text, height."""

    name: str
    caption: str
    alt: str | Callable[[Any], str]
    height: int
    function: Callable[[Any], Any]


def figure(
    caption: str, alt: str | Callable[[Any], str], *, name: str | None = None, height: int = 480
) -> Callable[[Callable[[Any], Any]], Any]:
    """Declare that a function of a study draws a figure.

    Parameters
    ----------
    caption : str
        What is shown; may hold measured values (``{noise_promise:.1f}``) and fields of the study.
    alt : str or callable
        What a reader who cannot see it should know: the finding with its numbers, from the data that the
        figure draws. A text holds at least one value; a function takes the study and returns the text,
        where what is drawn is no measured value.
    name : str, optional
        Anchor on the page, ``fig-<chapter>-<name>``; default the function's name.
    height : int
        Pixels, of interactive figures.

    Raises
    ------
    LedgerError
        If the alt text is too short to say anything, or names axes only: no value is filled into it.
    """

    def declare(function: Callable[[Any], Any]) -> Any:
        if not caption or (isinstance(alt, str) and (len(alt) <= 20 or not fields_of(alt))):
            raise LedgerError(
                f"figure {function.__name__}: needs a caption and an alt text that states the finding: put "
                "a measured value into it ({key:.2f}), or give a function of the study that returns the text"
            )

        @wraps(function)
        def draw(study: Any) -> Any:
            return function(study)

        anchor = name or function.__name__.replace("_", "-")
        draw.drawing = Drawing(anchor, caption, alt, height, function)  # type: ignore[attr-defined]
        return draw

    return declare
