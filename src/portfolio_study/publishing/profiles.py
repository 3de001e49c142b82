"""Scale of a run: profiles, flags of the command line, and parameters of every chapter."""

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from portfolio_study.errors import ParameterError, UnknownNameError
from portfolio_study.publishing.histories import PAPERS, declared_histories, holds_papers, price_files
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import Chapter
from portfolio_study.settings import jobs

_log = logging.getLogger(__name__)

SOURCES = ("packaged", "yahoo", "french", "file", "synthetic")
#: What the run itself gives to every chapter; a profile cannot set these per chapter.
RUN_PARAMETERS = ("source", "universe", "start", "end", "path", "snapshot", "vendor", "samples", "ledger")
RUN_KEYS = ("source", "universe", "start", "end", "least_rows", "chapters_at_a_time", "first")


@dataclass(frozen=True)
class RunRequest:
    """What was asked for on the command line; None means: as the profile says.

    Attributes
    ----------
    profile : str
        Name of a file in ``book/profiles``.
    source, universe, start, end, path : str, optional
        Where prices come from; see ``load_prices``.
    vendor : str, optional
        Whose prices a file holds, as the reader declares it.
    refresh : bool
        Fetch again instead of reusing the stored snapshot.
    overrides : mapping of str to any
        Parameters of chapters, e.g. ``{"arima.window": 100}``.
    """

    profile: str = "study"
    source: str | None = None
    universe: str | None = None
    start: str | None = None
    end: str | None = None
    path: str | None = None
    vendor: str | None = None
    refresh: bool = False
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunSettings:
    """A request completed by its profile and checked.

    Attributes
    ----------
    profile, source, universe, start, end, path, vendor, refresh
        As in `RunRequest`, with the profile's defaults filled in.
    least_rows : int
        Fewest dates with which every chapter has something to say.
    chapters_at_a_time : int
        How many chapters may execute at the same time.
    first : tuple of str
        Chapters that execute before the others, in this order: the longest ones, so
        that all processors have work to the end.
    parameters : dict of str to dict
        For each chapter the values that differ from its parameters cell.
    scaled : tuple of str
        Chapters that the file of the profile scales; a page's own front matter may not do it too.
    """

    profile: str
    source: str
    universe: str | list[str] | None
    start: str | None
    end: str | None
    path: str | None
    vendor: str | None
    refresh: bool
    least_rows: int
    chapters_at_a_time: int
    first: tuple[str, ...]
    parameters: dict[str, dict[str, Any]]
    scaled: tuple[str, ...] = ()

    @property
    def prices(self) -> dict[str, Any]:
        """Arguments of ``load_prices``."""
        found = {key: getattr(self, key) for key in ("source", "universe", "start", "end", "path")}
        return found | ({"vendor": self.vendor} if self.vendor else {})

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a stamp or a file."""
        return asdict(self)


def profile_names(layout: Layout) -> list[str]:
    """Names of the profiles of this checkout."""
    return sorted(path.stem for path in (layout.book / "profiles").glob("*.yml"))


def read_profile(layout: Layout, name: str) -> dict[str, dict[str, Any]]:
    """Read ``book/profiles/<name>.yml``.

    Returns
    -------
    dict of str to dict
        Section ``run`` and one section for each chapter that it scales.

    Raises
    ------
    UnknownNameError
        If there is no such profile, or its section ``run`` has an unknown key.
    ParameterError
        If the file is no mapping of sections.
    """
    import yaml

    names = profile_names(layout)
    if name not in names:
        raise UnknownNameError("profile", name, names)
    path = layout.book / "profiles" / f"{name}.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ParameterError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, dict | None) for v in content.values()):
        raise ParameterError(f"{path} must hold sections with `name: value` lines")
    profile = {str(section): dict(values or {}) for section, values in content.items()}
    for key in profile.get("run", {}):
        if key not in RUN_KEYS:
            raise UnknownNameError(f"key of section `run` in profile {name}", key, RUN_KEYS)
    return profile


def complete(request: RunRequest, layout: Layout) -> RunSettings:
    """Fill in the profile's defaults and check everything that needs no chapter.

    The profile's universe and dates are written for the profile's source: another source
    gets its own defaults. A start or an end on the command line replaces both dates.

    Raises
    ------
    UnknownNameError
        Unknown profile, source or chapter.
    ParameterError
        A date that is none, a start after the end, or a price file that is missing or not asked for.
    """
    jobs()  # refuses a wrong number of processors before any work
    profile = read_profile(layout, request.profile)
    run = profile.pop("run", {})
    source = request.source
    if source is None:
        source = "file" if request.path else str(run.get("source", "packaged"))
    if source not in SOURCES:
        raise UnknownNameError("source", source, SOURCES)
    own = source == run.get("source", "packaged")
    universe = request.universe if request.universe is not None else run.get("universe") if own else None
    dates_given = request.start or request.end
    start = request.start or (str(run["start"]) if own and not dates_given and run.get("start") else None)
    end = request.end or (str(run["end"]) if own and not dates_given and run.get("end") else None)
    path = _price_file(source, request.path)
    if universe is None and not start and _papers_by_default(source, path, layout):
        universe = PAPERS
    if universe == PAPERS and start:
        raise ParameterError(
            f"UNIVERSE={PAPERS} takes no START: every chapter has the dates of its own paper; END lets the "
            "samples run on"
        )
    if path and Path(path).is_dir() and universe != PAPERS:
        raise ParameterError(
            f"price file {path} is a folder: name one file of it, or ask for UNIVERSE={PAPERS}"
        )
    if universe == PAPERS and source == "synthetic":
        raise ParameterError(f"the source 'synthetic' has no universe {PAPERS!r}: its prices are nobody's")
    return RunSettings(
        profile=request.profile,
        source=source,
        universe=universe,
        start=_date("start", start),
        end=_date("end", end, not_before=start),
        path=path,
        vendor=_vendor(request.vendor, source),
        refresh=request.refresh,
        least_rows=_count("least_rows", run.get("least_rows", 1)),
        chapters_at_a_time=_count("chapters_at_a_time", run.get("chapters_at_a_time", 1)),
        first=_chapters(run.get("first", []), layout),
        parameters=_sections(profile, request, layout),
        scaled=tuple(profile),
    )


def _papers_by_default(source: str, path: str | None, layout: Layout) -> bool:
    """Whether a source without a universe serves every paper's own sample."""
    declared = declared_histories(layout.root)
    if not declared:
        return False
    return source == "yahoo" or bool(path and holds_papers(path, declared))


def _date(name: str, value: str | None, not_before: str | None = None) -> str | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ParameterError(f"{name} must be a date like 2015-01-31, got {value!r}") from None
    if not_before is not None and day <= date.fromisoformat(not_before):
        raise ParameterError(f"start {not_before} is not before end {value}")
    return day.isoformat()


def _vendor(name: str | None, source: str) -> str | None:
    if name is None:
        return None
    from portfolio_study.data.recognise_vendor import require_vendor  # imports pandas

    require_vendor(name)
    if source != "file":
        raise ParameterError(
            f"VENDOR={name} declares whose prices a file holds and goes with DATA=<file>, not with the source "
            f"{source!r}, whose vendor is known"
        )
    return name


def _count(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ParameterError(f"{name} must be a positive whole number, got {value!r}")
    return value


def _chapters(names: Any, layout: Layout) -> tuple[str, ...]:
    if not isinstance(names, list):
        raise ParameterError(f"first must be a list of chapters, got {names!r}")
    known = sorted(path.stem for path in layout.book.glob("*.md"))
    for name in names:
        if name not in known:
            raise UnknownNameError("chapter in `first`", str(name), known)
    return tuple(names)


def _price_file(source: str, path: str | None) -> str | None:
    if source == "file" and not path:
        raise ParameterError("source 'file' needs a price file: DATA=<file.csv or .parquet>")
    if source != "file" and path:
        raise ParameterError(f"a price file ({path}) goes with source 'file', not {source!r}")
    if path and not Path(path).is_file() and not (Path(path).is_dir() and price_files(path)):
        raise ParameterError(_missing_file(Path(path)))
    return os.path.abspath(path) if path else None  # noqa: PTH100 - keep links as they were given


def _missing_file(path: Path) -> str:
    """Say where a price file was looked for, and what is there instead."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - keep links as they were given
    if path.is_dir():
        return f"price file {path} is a folder without price files: name one that holds the files, or a file"
    lacking = "" if folder.is_dir() else ", a folder that does not exist"
    message = f"price file {path} does not exist: {path.name} was looked for in {folder}{lacking}"
    if not path.is_absolute():
        message += " (a path that begins with no / counts from the folder in which make runs)"
    there = [entry.name for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
    if near := get_close_matches(path.name, there, n=1, cutoff=0.6):
        message += f"; did you mean {near[0]!r}?"
    return message


def _sections(
    profile: Mapping[str, Mapping[str, Any]], request: RunRequest, layout: Layout
) -> dict[str, dict[str, Any]]:
    chapters = sorted(path.stem for path in layout.book.glob("*.md"))
    for name in profile:
        if name not in chapters:
            unknown = UnknownNameError(f"chapter in profile {request.profile}", name, chapters)
            if unknown.nearest:
                raise unknown
            _log.warning("profile %s scales %s, a chapter that is not written yet", request.profile, name)
    parameters = {name: dict(values) for name, values in profile.items()}
    for key, value in request.overrides.items():
        name, dot, parameter = key.partition(".")
        if not dot or not parameter:
            raise ParameterError(f"a parameter is set as chapter.name=value, got {key!r}")
        if name not in chapters:
            raise UnknownNameError("chapter", name, chapters)
        parameters.setdefault(name, {})[parameter] = value
    return parameters


def parse_overrides(items: Iterable[str]) -> dict[str, Any]:
    """Parse ``arima.window=100`` items; values are read as YAML (numbers, lists, true, text).

    Raises
    ------
    ParameterError
        If an item has no equals sign or its value is not readable.
    """
    import yaml

    found: dict[str, Any] = {}
    for item in items:
        key, equals, text = item.partition("=")
        if not equals:
            raise ParameterError(f"a parameter is set as chapter.name=value, got {item!r}")
        try:
            found[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ParameterError(f"value of {key.strip()} is not readable: {text!r}") from error
    return found


def chapter_parameters(chapter: Chapter, settings: RunSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values to inject into a chapter.

    Parameters
    ----------
    chapter : Chapter
        Its parameters cell says which names it takes.
    settings : RunSettings
        Profile values and overrides.
    given : mapping
        Values of the run (source, snapshot, ledger, ...); those that the chapter does not
        take are left out.

    Raises
    ------
    UnknownNameError
        If the profile or the command line sets a parameter that the chapter does not have.
    """
    own = [name for name in chapter.parameters if name not in RUN_PARAMETERS]
    scaled = scaled_parameters(chapter, settings)
    for name, value in scaled.items():
        if name not in own:
            raise UnknownNameError(
                f"parameter of chapter {chapter.name} (profile {settings.profile})", name, own
            )
        _check_kind(f"{chapter.name}.{name}", value, chapter.parameters[name])
    return {name: value for name, value in given.items() if name in chapter.parameters} | scaled


def scaled_parameters(chapter: Chapter, settings: RunSettings) -> dict[str, Any]:
    """Parameters of a chapter that profile and command line change.

    Raises
    ------
    ParameterError
        If both the page's front matter and the file of the profile scale the chapter.
    """
    if chapter.name in settings.scaled and settings.profile in chapter.scale:
        raise ParameterError(
            f"chapter {chapter.name} is scaled twice for the profile {settings.profile}: in its front matter "
            f"({chapter.path}) and in book/profiles/{settings.profile}.yml; keep one"
        )
    return chapter.scale.get(settings.profile, {}) | settings.parameters.get(chapter.name, {})


def _check_kind(name: str, value: Any, default: Any) -> None:
    """Refuse a value of another kind than the chapter's own, before anything runs."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (int, "a whole number"),
        ((int, float), "a number"),
        (list, "a list, such as [100, 250]"),
        (str, "a text"),
    )
    if value is None or default is None:
        return
    for kind, words in kinds:
        if isinstance(default, kind):
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                raise ParameterError(f"{name} must be {words}, got {value!r}")
            return
