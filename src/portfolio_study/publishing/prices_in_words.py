"""What a page's prose says of assets and dates, from the files that decide it: no date is typed twice.

In the prose of a chapter ``{assets}`NAME``` is a number of assets and ``{dates}`NAME``` a pair of dates of

* ``build``: the prices that this build gave to the chapter,
* a sample of a paper (``samples`` of ``book/samples.yml``),
* a history of the papers' own universe that has dates of its own (``histories``, its first offer), or
* a named universe (``us20``); its dates are those of the installed packages, by month.

Of the build alone ``{period}`build``` is ``day`` or ``month``, and ``{chosen}`build``` a sentence that says
whether its assets were chosen for what became of them.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.publishing.histories import declared_histories
from portfolio_study.publishing.run_prices import history_of

ROLE = re.compile(r"\{(?P<what>assets|dates|period|chosen)\}`(?P<name>[\w-]+)`")
PARTS = ("assets", "dates", "period", "chosen")
BUILD = "build"


def prices_in_words(text: str, chapter: str, data: Mapping[str, Any] | None, root: Path) -> str:
    """Replace the roles ``{assets}``, ``{dates}``, ``{period}`` and ``{chosen}`` of a page's prose.

    Parameters
    ----------
    text : str
        MyST text of a cell.
    chapter : str
        Name of the page.
    data : mapping or None
        What the prices of the run are (see `run_prices.resolve_data`); without them the text knows no ``build``.
    root : pathlib.Path
        The checkout.

    Raises
    ------
    UnknownNameError
        If there is neither a sample nor a history with dates nor a packaged universe of a name, or it does
        not say what is asked of it.
    """
    if not ROLE.search(text):
        return text
    known: dict[str, tuple[int | str, ...]] = {**_packaged(), **_histories(root), **_samples(root)}
    if data:
        known[BUILD] = _build(history_of(data, chapter))

    def told(match: re.Match[str]) -> str:
        value = dict(zip(PARTS, known.get(match["name"], ()), strict=False)).get(match["what"])
        if not value:
            raise UnknownNameError("sample, history or packaged universe", match["name"], known)
        return str(value)

    return ROLE.sub(told, text)


def _day(text: str) -> str:
    """``2010-01-04`` as 4 January 2010."""
    day = date.fromisoformat(str(text)[:10])
    return f"{day.day} {day:%B} {day.year}"


def _month(text: str) -> str:
    return f"{date.fromisoformat(text):%B %Y}"


def _build(history: Mapping[str, Any]) -> tuple[int, str, str, str]:
    from portfolio_study.data.history import PERIOD_NAMES

    dates = f"{_day(history['first'])} to {_day(history['last'])}"
    return len(history["tickers"]), dates, PERIOD_NAMES[history["frequency"]], how_chosen(history)


def how_chosen(history: Mapping[str, Any]) -> str:
    """Say whether the assets of a history were chosen for what became of them, as far as it is known.

    Parameters
    ----------
    history : mapping
        ``vendor`` and ``universe`` of ``PriceHistory.sample()``.
    """
    from portfolio_study.data.universe import UNIVERSES

    universe = UNIVERSES.get(history["universe"])
    if history["vendor"] == "synthetic":
        return "The prices of this build are simulated, so that no asset was chosen for what became of it."
    if universe is not None and "hindsight" in universe.warning:
        return (
            "The stocks of this build were chosen with hindsight, at least in that they all have prices to the "
            "last date: what failed before it is missing, and average returns are too high."
        )
    if history["vendor"] == "french":
        return (
            "The portfolios of this build are formed with the data of their time, so that no firm is in them "
            "with hindsight."
        )
    return (
        "Who chose the assets of this build, and with what in view, is not known; all have prices to the last "
        "date, so that what failed before it is missing."
    )


def _packaged() -> dict[str, tuple[int, str]]:
    """Named universes; those that installed packages carry with the dates that are loaded if none are asked for."""
    from portfolio_study.data.packaged import packaged_manifest
    from portfolio_study.data.universe import UNIVERSES

    found = {}
    for universe in UNIVERSES.values():
        dates = ""
        for content in packaged_manifest().values():
            same = content["frequency"] == universe.frequency and universe.source != "french"
            if same and set(universe.tickers) <= set(content.get("tickers", ())):
                first = max(content["first"], universe.start or content["first"])
                last = min(content["last"], universe.end or content["last"])
                dates = f"{_month(first)} to {_month(last)}"
                break
        found[universe.name] = len(universe.tickers), dates
    return found


def _histories(root: Path) -> dict[str, tuple[int, str]]:
    from portfolio_study.data.universe import resolve_universe

    found = {}
    for name, offers in declared_histories(root).items():
        if {"start", "end"} <= set(offers[0]):
            assets = len(resolve_universe(offers[0]["universe"]).tickers)
            found[name] = assets, f"{_day(offers[0]['start'])} to {_day(offers[0]['end'])}"
    return found


def _samples(root: Path) -> dict[str, tuple[int, str]]:
    from portfolio_study.yaml_text import read_yaml

    path = root / "book" / "samples.yml"
    samples = (read_yaml(path, BuildError) or {}).get("samples") or {} if path.is_file() else {}
    return {
        name: (len(sample.get("tickers", ())), f"{_day(sample['from'])} to {_day(sample['to'])}")
        for name, sample in samples.items()
        if {"from", "to"} <= set(sample)
    }
