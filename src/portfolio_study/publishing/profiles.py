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
from portfolio_study.publishing.limits import check_limits
from portfolio_study.publishing.notebooks import Chapter, read_chapter
from portfolio_study.publishing.profile_file import RUN, ProfileFile, profile_names, read_profile
from portfolio_study.settings import jobs

_log = logging.getLogger(__name__)

DEFAULT = "study"
SOURCES = ("packaged", "yahoo", "french", "file", "synthetic")
#: What the run itself gives to every chapter; a profile cannot set these per chapter.
RUN_PARAMETERS = ("source", "universe", "start", "end", "path", "snapshot", "vendor", "samples", "ledger")
#: Of the section `run`, what an own profile takes over from the profile whose scale it has.
OF_SCALE = ("least_rows", "chapters_at_a_time", "share_processors", "first")


@dataclass(frozen=True)
class RunRequest:
    """What was asked for on the command line; None means: as the profile says.

    Attributes
    ----------
    profile : str
        Name of a file in ``book/profiles``, or the path of an own file, which ends in ``.yml``.
    source, universe, start, end, path : str, optional
        Where prices come from; see ``load_prices``.
    vendor : str, optional
        Whose prices a file holds, as the reader declares it.
    refresh : bool
        Fetch again instead of reusing the stored snapshot.
    overrides : mapping of str to any
        Parameters of chapters, e.g. ``{"arima.window": 100}``.
    """

    profile: str = DEFAULT
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
    share_processors : bool
        Whether chapters that execute at the same time divide the processors among them. If not, each has workers
        on all of them: that costs some start-up, and when the longest chapter is left alone none is idle.
    first : tuple of str
        Chapters that execute before the others, in this order: the longest ones, so
        that all processors have work to the end.
    parameters : dict of str to dict
        For each chapter the values that differ from its parameters cell.
    scaled : tuple of str
        Chapters that the file of the profile scales; a page's own front matter may not do it too.
    scale : str
        Profile whose scale the pages' front matter gives: the profile itself, or the one that an own file names.
    places : dict of str to str
        Where a chapter's parameter was given, ``lstm.draws`` to ``profile my.yml, line 3``, for messages.
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
    share_processors: bool
    first: tuple[str, ...]
    parameters: dict[str, dict[str, Any]]
    scaled: tuple[str, ...] = ()
    scale: str = ""
    places: dict[str, str] = field(default_factory=dict)

    @property
    def prices(self) -> dict[str, Any]:
        """Arguments of ``load_prices``."""
        found = {key: getattr(self, key) for key in ("source", "universe", "start", "end", "path")}
        return found | ({"vendor": self.vendor} if self.vendor else {})

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a stamp or a file; the line of a profile changes no result."""
        return {name: value for name, value in asdict(self).items() if name != "places"}


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
    run = _checked_run(profile, layout)
    scale, base = request.profile, profile
    if profile.own:
        scale = run.get("scale", DEFAULT)
        base = read_profile(layout, scale)
    kept = {name: value for name, value in base.run.items() if name in OF_SCALE} | run
    usual = run.get("source", "file" if "data" in run else "packaged")
    source = request.source
    if source is None:
        source = "file" if request.path else usual
    if source not in SOURCES:
        raise UnknownNameError("source", source, SOURCES)
    own = source == usual
    universe = request.universe if request.universe is not None else run.get("universe") if own else None
    dates_given = request.start or request.end
    start = request.start or (str(run["start"]) if own and not dates_given and run.get("start") else None)
    end = request.end or (str(run["end"]) if own and not dates_given and run.get("end") else None)
    beside = str(profile.path.parent / run["data"]) if own and "data" in run else None
    path = _price_file(source, request.path or beside)
    if universe is None and not start and _papers_by_default(source, path, layout):
        universe = PAPERS
    if universe == PAPERS and start:
        raise ParameterError(
            f"UNIVERSE={PAPERS} takes no START: every chapter has the dates of its own paper; END lets the "
            "samples run on"
        )
    if universe == PAPERS and source == "synthetic":
        raise ParameterError(f"the source 'synthetic' has no universe {PAPERS!r}: its prices are nobody's")
    return RunSettings(
        profile=profile.name,
        source=source,
        universe=universe,
        start=_date("start", start),
        end=_date("end", end, not_before=start),
        path=path,
        vendor=_vendor(request.vendor or (run.get("vendor") if own else None), source),
        refresh=request.refresh,
        least_rows=kept.get("least_rows", 1),
        chapters_at_a_time=kept.get("chapters_at_a_time", 1),
        share_processors=kept.get("share_processors", True),
        first=tuple(kept.get("first", ())),
        **_sections(base, profile, request, layout),
        scale=scale,
    )


def _checked_run(profile: ProfileFile, layout: Layout) -> dict[str, Any]:
    """Section ``run`` of a profile; every value of a wrong kind is refused with its line."""
    run = profile.run
    for name, value in run.items():
        try:
            blank = isinstance(value, str) and not value.strip()
            if value is None or blank or (name == "universe" and value == []):
                raise ParameterError(f"{name} has no value: write one, or delete the line")
            if name == "source" and value not in SOURCES:
                raise UnknownNameError("source", value, SOURCES)
            if name == "scale" and value not in (names := profile_names(layout)):
                raise UnknownNameError("scale", value, names)
            if name == "data" and not isinstance(value, str):
                raise ParameterError(f"data must be the path of a price file, got {value!r}")
            if name == "vendor" and not isinstance(value, str):
                raise ParameterError(f"vendor must be the name of a vendor, got {value!r}")
            if name == "universe":
                _universe(value)
            if name in ("start", "end"):
                _date(name, str(value))
            if name in ("least_rows", "chapters_at_a_time"):
                _count(name, value)
            if name == "share_processors" and not isinstance(value, bool):
                raise ParameterError(f"share_processors must be true or false, got {value!r}")
            if name == "first":
                _chapters(value, layout)
        except ParameterError as error:
            raise ParameterError(f"{profile.place(RUN, name)}: {error}") from None
    return run


def _universe(value: Any) -> None:
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            raise ParameterError(
                f"universe must be a name or a list of tickers, got {text!r}; a ticker that YAML reads as "
                "a number, a date or as true or false stands in quotation marks"
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


def _chapters(names: Any, layout: Layout) -> None:
    if not isinstance(names, list):
        raise ParameterError(f"first must be a list of chapters, got {names!r}")
    known = sorted(path.stem for path in layout.book.glob("*.md"))
    for name in names:
        if name not in known:
            raise UnknownNameError("chapter in `first`", str(name), _with_parameters(known, layout))


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
    if path.exists():
        return f"price file {path} is a pipe or a device: name a file"
    lacking = "" if folder.is_dir() else ", a folder that does not exist"
    message = f"price file {path} does not exist: {path.name} was looked for in {folder}{lacking}"
    if not path.is_absolute():
        message += " (a path that begins with no / counts from the folder in which make runs)"
    there = [entry.name for entry in folder.iterdir() if entry.is_file()] if folder.is_dir() else []
    if near := get_close_matches(path.name, there, n=1, cutoff=0.6):
        message += f"; did you mean {near[0]!r}?"
    return message


def _sections(base: ProfileFile, profile: ProfileFile, request: RunRequest, layout: Layout) -> dict[str, Any]:
    """``parameters``, ``scaled`` and ``places`` of the settings: what files and command line set in chapters."""
    chapters = sorted(path.stem for path in layout.book.glob("*.md"))
    parameters: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    for file in dict.fromkeys((base.name, profile.name)):
        given = base if file == base.name else profile
        for name, values in given.chapters.items():
            if name not in chapters:
                valid = _with_parameters(chapters, layout)
                unknown = UnknownNameError(f"chapter in {given.place(name)}:", name, valid)
                if unknown.nearest or given.own:
                    raise unknown
                _log.warning("profile %s scales %s, a chapter that is not written yet", given.name, name)
            parameters.setdefault(name, {}).update(values)
            places |= {f"{name}.{parameter}": given.place(name, parameter) for parameter in values}
    for key, value in request.overrides.items():
        name, dot, parameter = key.partition(".")
        if not dot or not parameter:
            raise ParameterError(f"a parameter is set as chapter.name=value, got {key!r}")
        if name not in chapters:
            raise UnknownNameError("chapter", name, _with_parameters(chapters, layout))
        parameters.setdefault(name, {})[parameter] = value
        places[key] = "SET"
    return {"parameters": parameters, "scaled": tuple(base.chapters), "places": places}


def _with_parameters(pages: Iterable[str], layout: Layout) -> list[str]:
    """Of the pages those that have parameters of their own: a message offers no page where nothing can be set."""
    found = {name: read_chapter(f"book/{name}", layout.book / f"{name}.md").parameters for name in pages}
    return [name for name, parameters in found.items() if set(parameters) - set(RUN_PARAMETERS)]


def parse_overrides(items: Iterable[str]) -> dict[str, Any]:
    """Parse ``arima.window=100`` items; values are read as YAML (numbers, lists, true, text).

    Raises
    ------
    ParameterError
        If an item has no equals sign or its value is not readable.
    """
    from portfolio_study.yaml_text import parse_yaml

    found: dict[str, Any] = {}
    for item in items:
        key, equals, text = item.partition("=")
        if not equals:
            raise ParameterError(f"a parameter is set as chapter.name=value, got {item!r}")
        found[key.strip()] = parse_yaml(text, f"the value of {key.strip()}, {text[:60]!r},", ParameterError)
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
    ParameterError
        If a value is of another kind than the chapter's own, or the chapter cannot work with it.
    """
    own = [name for name in chapter.parameters if name not in RUN_PARAMETERS]
    scaled = scaled_parameters(chapter, settings)
    for name, value in scaled.items():
        place = settings.places.get(f"{chapter.name}.{name}", f"profile {settings.scale}")
        if name not in own:
            raise UnknownNameError(f"parameter of chapter {chapter.name} ({place})", name, own)
        _check_kind(f"{chapter.name}.{name}", value, chapter.parameters[name], place)
    check_limits(chapter, chapter.parameters | scaled, settings.places)
    return {name: value for name, value in given.items() if name in chapter.parameters} | scaled


def scaled_parameters(chapter: Chapter, settings: RunSettings) -> dict[str, Any]:
    """Parameters of a chapter that profile and command line change.

    Raises
    ------
    ParameterError
        If both the page's front matter and the file of the profile scale the chapter.
    """
    if chapter.name in settings.scaled and settings.scale in chapter.scale:
        raise ParameterError(
            f"chapter {chapter.name} is scaled twice for the profile {settings.scale}: in its front matter "
            f"({chapter.path}) and in book/profiles/{settings.scale}.yml; keep one"
        )
    scaled = chapter.scale.get(settings.scale, {}) | settings.parameters.get(chapter.name, {})
    # YAML reads 2015-01-31 as a date; pages take its text.
    return {name: value.isoformat() if type(value) is date else value for name, value in scaled.items()}


def _check_kind(name: str, value: Any, default: Any, place: str) -> None:
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
                raise ParameterError(f"{name} must be {words}, got {value!r} ({place})")
            break
    if isinstance(default, list) and default:
        for entry in value:
            _check_kind(f"each entry of {name}", entry, default[0], place)
