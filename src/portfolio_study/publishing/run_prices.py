"""The prices of a run: resolved once, then every chapter reads the same snapshot by its checksum."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portfolio_study.errors import DataError, ParameterError, SourceError, StudyError
from portfolio_study.publishing.histories import (
    PAPERS,
    declared_histories,
    load_histories,
    price_files,
    silent_loader,
    wanted_histories,
)
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import FURTHER, Chapter
from portfolio_study.publishing.profiles import RunSettings
from portfolio_study.publishing.sealed import read_sealed, write_sealed
from portfolio_study.publishing.stamps import digest
from portfolio_study.store import file_hash, fingerprint

_log = logging.getLogger(__name__)

ECONOMY = FURTHER[0]
"""What a chapter names in `further` of its front matter to be given the monthly series of the economy."""
#: A file with more bytes is not read to know it again: loading it is refused, whatever it holds.
MOST_HASHED = 2**30

MOST_TICKERS = 1000
"""Tickers of a run. Chapters hold tables of dates by tickers for every model: 1,000 over 14 years take some 4 GiB."""


def request_digest(settings: RunSettings, code: str) -> str:
    """Hash of what determines the prices: the request, the content of the files, code and lock."""
    given = [Path(file) for file in price_files(settings.path)] if settings.path else []
    content = (
        {path.name: _content(path) for path in given} if len(given) > 1 else [_content(p) for p in given]
    )
    beside = {path.name: _content(path) for path in _files_beside(settings)}
    return digest(settings.prices, content, code, *([beside] if beside else []))


def _content(path: Path) -> str:
    """Hash of a price file; of one that loading refuses, and that may never end, no byte is read."""
    if path.exists() and not path.is_file():
        return "no file"
    size = path.stat().st_size
    return file_hash(path) if size <= MOST_HASHED else f"{size} bytes"


def known_data(settings: RunSettings, layout: Layout, code: str) -> dict[str, Any] | None:
    """Return what an earlier run resolved the same request to, without loading anything.

    None if there is no such run, or the prices are to be fetched again.
    """
    path = _remembered(settings, layout, code)
    if settings.refresh or not path.is_file():
        return None
    return read_sealed(path)  # what is damaged is resolved and written anew


def resolve_data(
    settings: RunSettings, layout: Layout, code: str, chapters: Iterable[Chapter] = ()
) -> dict[str, Any]:
    """Load the prices of a run.

    Parameters
    ----------
    settings : RunSettings
        Source, universe, dates and file.
    layout : Layout
        Where to remember the answer.
    code : str
        Hash of the code that loads prices (see `portfolio_study.publishing.stamps.data_code`).
    chapters : iterable of Chapter
        Those that will execute: with ``UNIVERSE=papers`` they say which histories there must be.

    Returns
    -------
    dict
        ``PriceHistory.sample()`` and the manifest: source, universe, tickers, first and last
        date, rows, sha256, frequency, ohlcv, vendor, manifest. With ``UNIVERSE=papers`` of all
        histories together, and each under ``histories`` (see `load_histories`). Where a chapter reads the
        economy and the source has it, ``economy`` has its checksum and notes.

    Raises
    ------
    StudyError
        If the prices cannot be had; nothing is written.
    """
    from portfolio_study.data import resolve_universe

    if settings.universe and settings.universe != PAPERS:
        refuse_too_many(len(resolve_universe(settings.universe).tickers))
    if settings.refresh:
        os.environ["STUDY_REFRESH"] = "1"
    with _end_alone(settings):
        data = _prices(settings, layout, chapters)
    if ECONOMY in {name for chapter in chapters for name in chapter.front.get("further", ())}:
        data |= _economy(settings, data["last"])
        data["manifest"]["notes"] = [
            *data["manifest"].get("notes", ()),
            *data.get(ECONOMY, {}).get("notes", ()),
        ]
    write_sealed(_remembered(settings, layout, code), data)
    return data


def _prices(settings: RunSettings, layout: Layout, chapters: Iterable[Chapter]) -> dict[str, Any]:
    """The prices of one universe, or the papers' histories together."""
    from portfolio_study.publishing.price_folder import load_given  # imports pandas
    from portfolio_study.publishing.same_data import returns_print

    if settings.universe == PAPERS:
        return _together(
            load_histories(
                chapters,
                layout.root,
                settings.source,
                settings.path,
                settings.end,
                settings.vendor,
                load_given,
            ),
            settings,
        )
    prices = load_given(**settings.prices)
    if not prices.sha256:
        raise StudyError(f"the source {settings.source} gave prices without a checksum")
    if settings.path and Path(settings.path).is_dir():  # of all else the loader has said the notes
        for note in prices.manifest["notes"]:
            _log.warning("%s: %s", Path(settings.path).name, note)
    return prices.sample() | {
        "manifest": json.loads(json.dumps(prices.manifest, default=str)),
        "print": returns_print(prices.close),
    }


@contextmanager
def _end_alone(settings: RunSettings) -> Iterator[None]:
    """Say of an end before the universe begins that the start is the universe's: only the end was given."""
    try:
        yield
    except ParameterError as error:
        if settings.start or not str(error).endswith(f"is after end {settings.end}"):
            raise
        remedy = "choose a later END" + ("" if settings.universe == PAPERS else ", or give START too")
        raise ParameterError(
            f"END={settings.end} lies before the first date of the universe ({error}): {remedy}"
        ) from error


def _files_beside(settings: RunSettings) -> list[Path]:
    """Files beside the prices of a run that are read with them: of the economy, and of factors."""
    if not settings.path:
        return []
    from portfolio_study.data.economy import economy_files  # imports pandas
    from portfolio_study.data.files.french import factor_files

    return [*economy_files(settings.path), *factor_files(settings.path)]


def _economy(settings: RunSettings, last: str) -> dict[str, Any]:
    """The monthly series of the economy that the source of a run has; empty where it has none."""
    from portfolio_study.data.economy import load_economy

    try:
        found = load_economy(settings.source, settings.path, last, settings.refresh)
    except SourceError as error:
        note = (
            f"no series of the economy from FRED ({str(error).rstrip('.')}): those of an installed package are used, "
            "which end in 2018; REFRESH=1 asks again"
        )
        return {ECONOMY: {"notes": [note]}}
    return (
        {ECONOMY: {"sha256": found.sha256, "manifest": found.manifest, "notes": [found.note]}}
        if found
        else {}
    )


def _together(loaded: dict[str, Any], settings: RunSettings) -> dict[str, Any]:
    """Describe several histories as the data of one run."""
    parts = loaded["histories"]
    own = [parts[names["prices"]] for names in loaded["chapters"].values()]
    used = {
        chapter: {name: parts[history]["sha256"] for name, history in names.items()}
        for chapter, names in loaded["chapters"].items()
    }
    return {
        "vendor": ", ".join(dict.fromkeys(part["vendor"] for part in own if part["vendor"])),
        "source": settings.source,
        "universe": PAPERS,
        "tickers": list(dict.fromkeys(ticker for part in parts.values() for ticker in part["tickers"])),
        "first": min(part["first"] for part in own),
        "last": max(part["last"] for part in own),
        "rows": min(part["rows"] for part in own),
        "sha256": fingerprint(used),
        "frequency": own[0]["frequency"],
        "ohlcv": any(part["ohlcv"] for part in own),
        "manifest": {"notes": loaded["notes"]},
        "histories": parts,
        "chapters": loaded["chapters"],
        "wanted": loaded["wanted"],
    }


def history_of(data: Mapping[str, Any], chapter: str, name: str = "prices") -> Mapping[str, Any]:
    """What `resolve_data` says of a history of a chapter; of the run's one history where there is no other."""
    if "histories" not in data:
        return data
    found: Mapping[str, Any] = data["histories"][data["chapters"][chapter][name]]
    return found


def serves(data: Mapping[str, Any], chapters: Iterable[Chapter], root: Path) -> bool:
    """Whether the stored answer to a request has the histories that these chapters work on now."""
    if "histories" not in data:
        return True
    wanted = wanted_histories(chapters, declared_histories(root))
    return all(
        chapter in data["chapters"] and data.get("wanted", {}).get(chapter) == names
        for chapter, names in wanted.items()
    )


def declared_vendors(data: Mapping[str, Any]) -> dict[str, str]:
    """Vendors that the reader declared, by the checksum of the prices that they are declared of."""
    parts = data["histories"].values() if "histories" in data else [data]
    return {p["sha256"]: p["vendor"] for p in parts if p.get("manifest", {}).get("vendor_declared")}


def further_data(data: Mapping[str, Any], chapter: Chapter) -> dict[str, str]:
    """Checksums of what a chapter works on besides its prices: other histories, and the economy."""
    names = data.get("chapters", {}).get(chapter.name, {})
    found = {name: data["histories"][at]["sha256"] for name, at in names.items() if name != "prices"}
    if ECONOMY in chapter.front.get("further", ()) and "sha256" in data.get(ECONOMY, {}):
        found[ECONOMY] = data[ECONOMY]["sha256"]
    return found


def stored_prices(data: Mapping[str, Any]) -> Any:
    """Return the prices that `resolve_data` described, from their snapshot: a `PriceHistory`.

    Their notes were said when they were resolved.
    """
    from portfolio_study.data import load_prices

    with silent_loader():
        return load_prices(snapshot=data["sha256"])


def require_enough(sample: Mapping[str, Any], settings: RunSettings) -> None:
    """Refuse prices that some chapter could not use, before any of them runs.

    Parameters
    ----------
    sample : mapping
        Of `resolve_data`.
    settings : RunSettings
        Its profile says how many dates the chapters need.

    Raises
    ------
    DataError
        For a single asset, or fewer dates than the profile needs.
    ParameterError
        For more tickers than a run takes.
    """
    refuse_too_many(len(sample["tickers"]))
    if len(sample["tickers"]) < 2:
        raise DataError(
            f"the book is about portfolios and needs at least two assets, got {sample['tickers'][0]} "
            f"alone: name more in UNIVERSE{', or give a file with more' if settings.path else ''}"
        )
    if sample["rows"] < settings.least_rows:
        remedy = "choose an earlier START or a later END"
        if settings.path:
            remedy = "give a file with more dates" + (
                f", or {remedy}" if settings.start or settings.end else ""
            )
        if settings.scale != "smoke":
            remedy += ", or a profile for shorter histories (PROFILE=smoke)"
        raise DataError(
            f"the prices have {sample['rows']} dates, {sample['first']} to {sample['last']}; the profile "
            f"{settings.profile} needs at least {settings.least_rows}: {remedy}"
        )


def refuse_too_many(tickers: int) -> None:
    """Refuse more tickers than the chapters can hold in memory, before anything is loaded or executed.

    Raises
    ------
    ParameterError
        With their number, the limit and the remedy.
    """
    if tickers > MOST_TICKERS:
        raise ParameterError(
            f"{tickers:,} tickers are asked for and a run takes at most {MOST_TICKERS:,}: name those that matter in "
            "UNIVERSE, or leave columns out of the price file"
        )


def _remembered(settings: RunSettings, layout: Layout, code: str) -> Path:
    return layout.store / f"data-{request_digest(settings, code)}.json"
