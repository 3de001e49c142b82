"""The price histories of a run in which every chapter has its own paper's sample: ``UNIVERSE=papers``."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError, DataError
from portfolio_study.publishing.notebooks import Chapter

PAPERS = "papers"
"""Name of the universe that is every paper's own."""
#: Sources that a source can reach: who has a network has it for Kenneth French's library too.
REACHES = {"yahoo": ("yahoo", "french"), "french": ("french",), "file": ("file",)}
SLACK_DAYS = 7  # the first and last day of a sample need not be sessions
PRICE_FILES = (".csv", ".csv.gz", ".zip", ".parquet", ".pq", ".txt", ".tsv")


@dataclass(frozen=True)
class Offer:
    """One way to get a history.

    Attributes
    ----------
    source : str
        A source of ``load_prices``.
    universe, start, end, path, vendor
        Its other arguments.
    """

    source: str
    universe: Any
    start: str | None = None
    end: str | None = None
    path: str | None = None
    vendor: str | None = None

    def as_request(self) -> dict[str, Any]:
        """Arguments of ``load_prices``."""
        return {
            "source": self.source,
            "universe": self.universe,
            "start": self.start,
            "end": self.end,
            "path": self.path,
        } | ({"vendor": self.vendor} if self.vendor else {})


def declared_histories(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Read ``histories`` of ``book/samples.yml``: for each name its offers, best first.

    Raises
    ------
    BuildError
        If an offer lacks its sources or its universe.
    """
    from portfolio_study.yaml_text import read_yaml

    path = root / "book" / "samples.yml"
    if not path.is_file():
        return {}
    found = (read_yaml(path, BuildError) or {}).get("histories") or {}
    for name, offers in found.items():
        for offer in offers:
            if not {"from", "universe"} <= set(offer) <= {"from", "universe", "start", "end", "optional"}:
                raise BuildError(
                    f"{path}: an offer of the history {name!r} must have `from` and `universe`, and may have "
                    f"`start`, `end` and `optional`; got {offer!r}"
                )
    return dict(found)


def wanted_histories(chapters: Iterable[Chapter], declared: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Which histories each chapter works on, by the name under which it takes them (``prices`` first).

    Raises
    ------
    BuildError
        If a chapter names a history that ``samples.yml`` does not have, or has none named ``prices``.
    """
    found = {}
    for chapter in chapters:
        names = dict(chapter.front.get("histories") or {"prices": next(iter(declared), None)})
        if "prices" not in names:
            raise BuildError(f"{chapter.path}: `histories` of the front matter must say which are `prices`")
        for name in names.values():
            if name not in declared:
                raise BuildError(
                    f"{chapter.path}: `histories` of the front matter names {name!r}; book/samples.yml has "
                    f"{', '.join(declared)}"
                )
        found[chapter.name] = names
    return found


def price_files(path: str) -> list[str]:
    """The price files of a folder, without files of the economy and of factors; or the one file that a path names."""
    if not Path(path).is_dir():
        return [path]
    from portfolio_study.data.economy import economy_files  # imports pandas
    from portfolio_study.data.files.french import factor_files

    found = sorted(p for p in Path(path).iterdir() if p.name.lower().endswith(PRICE_FILES))
    apart = {*economy_files(path), *factor_files(path)}
    # A folder with nothing else is read all the same, so that it is said what these files hold.
    return [str(p) for p in found if p not in apart] or [str(p) for p in found]


def holds_papers(path: str, declared: Mapping[str, list[dict[str, Any]]]) -> bool:
    """Whether the papers' universe is meant by a file or a folder for which none is named.

    A file, or all files of a folder together, then hold the assets of every history that comes from Yahoo's
    prices; or a file of the folder holds those of one with several assets.
    """
    from portfolio_study.data import file_assets
    from portfolio_study.data.universe import resolve_universe
    from portfolio_study.errors import StudyError

    files: dict[str, list[str]] = {}
    for file in price_files(path):
        with suppress(StudyError):  # loading it says what is wrong
            files[file] = file_assets(file)
    needed = {name: [o for o in offers if not o.get("optional")] for name, offers in declared.items()}
    if Path(path).is_dir() and any(
        len(resolve_universe(offer.universe).tickers) > 1 for offer in _of_files(needed, files)
    ):
        return True
    tickers = {
        ticker
        for offers in needed.values()
        for offer in offers
        if {"yahoo", "file"} <= set(offer["from"])
        for ticker in resolve_universe(offer["universe"]).tickers
    }
    return bool(files) and tickers <= {asset for assets in files.values() for asset in assets}


def _of_files(declared: Mapping[str, Iterable[Mapping[str, Any]]], files: Mapping[str, Any]) -> list[Offer]:
    """Offers of any history that price files can serve."""
    return [
        offer
        for offers in declared.values()
        for offer in offers_of(offers, "file", files, None)
        if offer.source == "file"
    ]


def offers_of(
    declared: Iterable[Mapping[str, Any]],
    source: str,
    files: Mapping[str, Iterable[str]],
    end: str | None,
    vendor: str | None = None,
) -> list[Offer]:
    """Offers of a history that a run can try, best first; prices that need no network last.

    Parameters
    ----------
    declared : iterable of mapping
        Offers of ``samples.yml``.
    source : str
        Source of the run.
    files : mapping of str to iterable of str
        Price file to the names of its assets.
    end : str or None
        Last date that was asked for, in place of the samples' own.
    vendor : str or None
        Declared vendor of the files. Files of Kenneth French's library are apart: they say themselves
        whose they are, and only ``french`` is declared of them, and of them only.
    """
    from portfolio_study.data.universe import resolve_universe

    found = []
    for offer in declared:
        universe = resolve_universe(offer["universe"])
        start, own_end = offer.get("start"), offer.get("end")
        for name in (*REACHES.get(source, ()), "packaged"):
            if name not in offer["from"]:
                continue
            last = own_end if name == "packaged" else end or own_end
            if name != "file":
                found.append(Offer(name, offer["universe"], start, last))
                continue
            former = universe.aliases
            whose = vendor if (vendor == "french") == (universe.source == "french") else None
            for path, assets in files.items():
                have = set(assets)
                if all({t, *former.get(t, ())} & have for t in universe.tickers):
                    found.append(Offer(name, offer["universe"], start, last, path, whose))
    return found


def load_histories(
    chapters: Iterable[Chapter],
    root: Path,
    source: str,
    path: str | None,
    end: str | None,
    vendor: str | None = None,
    load: Callable[..., Any] | None = None,
) -> dict[str, Any]:
    """Load every history that some chapter works on.

    Parameters
    ----------
    chapters : iterable of Chapter
    root : pathlib.Path
        The checkout.
    source, path, end, vendor
        Of the run's request.
    load : callable, optional
        What loads prices, from a folder too. Default: ``load_prices``.

    Returns
    -------
    dict
        ``histories``: by name what it is (``PriceHistory.sample()`` with ``request``, ``manifest`` and
        ``instead``, words for what serves in its place); ``chapters``: by chapter the histories that it
        works on and has; ``notes``: what the run must say.

    Raises
    ------
    StudyError
        If a source fails, a chapter's own prices cannot be had at all, or the files hold no history of any paper.
    """
    import json

    from portfolio_study.data import load_prices
    from portfolio_study.publishing.same_data import returns_print

    declared = declared_histories(root)
    wanted = wanted_histories(chapters, declared)
    files = assets_of_files(path) if path else {}
    if path and len(files) > 1:  # one asset a file: together they may be what no file is alone
        files[path] = [asset for assets in files.values() for asset in assets]
    if path and not _of_files(declared, files):
        raise DataError(_serves_none(path, files))
    histories: dict[str, Any] = {}
    notes: list[str] = []
    for name in dict.fromkeys(n for names in wanted.values() for n in names.values()):
        users = [chapter for chapter, names in wanted.items() if name in names.values()]
        offers = offers_of(declared[name], source, files, end, vendor)
        if not offers:
            verb = "does" if len(users) == 1 else "do"
            notes.append(
                f"{_listed(users)} {verb} without the prices “{name}”: the source {source} does not have them"
            )
            continue
        try:
            with silent_loader():
                offer, prices = _first_that_loads(offers, load or load_prices)
        except DataError as error:
            verb = "works" if len(users) == 1 else "work"
            remedy = _remedy(offers[0], error)
            raise DataError(f"{name}, on which {_listed(users)} {verb}: {error}{remedy}") from error
        first = declared[name][0]
        instead = offer.universe != first["universe"]
        if instead or (offer.source == "packaged" and "packaged" not in (source, *first["from"])):
            notes.append(
                f"the source {source} does not have {name} ({_named(first['universe'])}): {_listed(users)} "
                f"use{'s' if len(users) == 1 else ''} {_named(offer.universe)} of the source {offer.source}"
            )
        histories[name] = prices.sample() | {
            "request": offer.as_request(),
            "manifest": json.loads(json.dumps(prices.manifest, default=str)),
            "instead": instead,
            "print": returns_print(prices.close),
        }
        notes += [f"{name}: {note}" for note in (*_shorter(offer, prices), *prices.manifest.get("notes", ()))]
    kept = {
        chapter: {attribute: n for attribute, n in names.items() if n in histories}
        for chapter, names in wanted.items()
    }
    for chapter, names in kept.items():
        if "prices" not in names:
            raise DataError(
                f"chapter {chapter} works on {wanted[chapter]['prices']}, which the source {source} does not "
                "have and no package carries: choose another source"
            )
    return {"histories": histories, "chapters": kept, "wanted": wanted, "notes": list(dict.fromkeys(notes))}


def _serves_none(path: str, files: Mapping[str, Iterable[str]]) -> str:
    """Why a file or a folder is refused whose prices no chapter would work on."""
    held = list(dict.fromkeys(asset for assets in files.values() for asset in assets))
    shown = ", ".join(held[:8]) + (f" and {len(held) - 8} more" if len(held) > 8 else "")
    return (
        f"none of the papers' universes is in {path}, which has {shown}: with UNIVERSE={PAPERS} no chapter would "
        "work on it. Leave UNIVERSE out, and every chapter works on these assets; or give files of all assets of "
        "a paper (book/samples.yml names them)"
    )


def assets_of_files(path: str) -> dict[str, list[str]]:
    """Assets of each price file; a file of a folder that is of no use is named with the folder."""
    from portfolio_study.data import file_assets

    found = {}
    for file in price_files(path):
        try:
            found[file] = file_assets(file)
        except DataError as error:
            apart = f"; or take {Path(file).name} out of the folder {path}" if Path(path).is_dir() else ""
            raise DataError(f"{str(error).rstrip('.')}{apart}") from error
    return found


def _remedy(offer: Offer, error: DataError) -> str:
    """What to do about an error where every chapter has the dates of its own paper."""
    from portfolio_study.data.french.library import order_of
    from portfolio_study.data.universe import resolve_universe

    universe = resolve_universe(offer.universe)
    if offer.source == "file" and universe.source == "french":
        return f". UNIVERSE={PAPERS} needs the library's file {order_of(universe).file}"
    if "START=" in str(error):
        return (
            f". UNIVERSE={PAPERS} takes no START: give a file in which every asset has the whole sample, or put "
            f'one universe with these dates under all chapters (UNIVERSE="{_named(offer.universe)}")'
        )
    return ""


def _shorter(offer: Offer, prices: Any) -> list[str]:
    """Say where a history begins after the dates that were asked for, or ends before them."""
    from portfolio_study.data.universe import resolve_universe

    universe, own = resolve_universe(offer.universe), prices.sample()
    start, end = offer.start or universe.start, offer.end or universe.end
    late = (
        start is not None and (date.fromisoformat(own["first"]) - date.fromisoformat(start)).days > SLACK_DAYS
    )
    early = end is not None and (date.fromisoformat(end) - date.fromisoformat(own["last"])).days > SLACK_DAYS
    if not (late or early) or offer.source == "packaged":
        return []
    return [
        f"the prices run from {own['first']} to {own['last']}, the sample from {start} to {end or 'the last day'}: "
        "what they give counts as other data; give prices of the whole sample"
    ]


def _first_that_loads(offers: list[Offer], load: Callable[..., Any]) -> tuple[Offer, Any]:
    """The first offer, or of several files the first that has the prices in the frequency that is asked for."""
    of_files = [offer for offer in offers if offer.source == "file"]
    first_error: DataError | None = None
    for offer in of_files:
        try:
            return offer, load(**offer.as_request())
        except DataError as error:
            first_error = first_error or error
    if first_error is not None:
        raise first_error
    return offers[0], load(**offers[0].as_request())


@contextmanager
def silent_loader() -> Iterator[None]:
    """Keep the loader from saying the same of a file once for each history; the run says the notes."""
    from portfolio_study.data import load

    log = logging.getLogger(load.__name__)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _named(universe: Any) -> str:
    return universe if isinstance(universe, str) else " ".join(universe)


def _listed(chapters: list[str]) -> str:
    names = [chapter.replace("_", " ") for chapter in chapters]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
