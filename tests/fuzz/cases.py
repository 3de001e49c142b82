"""Draw files with one and two deviations, load them, and judge what came of it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from catalogue import DEVIATIONS
from combining import go_together, layouts, planned
from deviations import EITHER, READ, REFUSE, Deviation
from writing import Plan, integers, tables, write

from portfolio_study.data import PriceHistory, load_prices
from portfolio_study.data.quality import quality_report
from portfolio_study.errors import StudyError

# How a load may end. The first two are right where they are the right answer; the others never are.
EQUAL, REFUSED, WRONG, UNNAMED, SILENT, TRACEBACK = (
    "read equal",
    "refused by name",
    "wrong table",
    "refused without the name",
    "read without a word",
    "traceback",
)
TOLERANCE = 1e-12


@dataclass(frozen=True)
class Case:
    """One file: a plain layout and one or two deviations from it."""

    layout: str
    deviations: tuple[Deviation, ...]

    @property
    def plan(self) -> Plan:
        """How the file is written."""
        return planned(self.deviations, self.layout)

    @property
    def answer(self) -> str:
        """The right answer: one deviation that must be refused decides."""
        answers = {d.answer for d in self.deviations}
        if REFUSE in answers:
            return REFUSE
        return READ if answers == {READ} else EITHER

    def __str__(self) -> str:
        return f"{self.layout}: " + " + ".join(f"{d.dimension} ({d.name})" for d in self.deviations)


@dataclass(frozen=True)
class Outcome:
    """What came of a case: how it ended, what was said, and whether that is right."""

    case: Case
    end: str
    text: str

    @property
    def right(self) -> bool:
        """Whether nothing is wrong; of two deviations at once, some may be refused that could be read."""
        if self.end == EQUAL:
            return self.case.answer != REFUSE
        return self.end == REFUSED and (self.case.answer != READ or len(self.case.deviations) > 1)


@lru_cache(maxsize=1)
def singles() -> tuple[Case, ...]:
    """Every deviation alone, in every plain layout that it fits."""
    return tuple(Case(layout, (d,)) for d in DEVIATIONS for layout in layouts(d))


def draw(seed: int, number: int) -> Case:
    """The case with a number: first all single deviations, then two at a time, drawn at random."""
    alone = singles()
    if number < len(alone):
        return alone[number]
    random = integers(f"{seed}:{number}")
    dimensions = sorted({d.dimension for d in DEVIATIONS})
    while True:
        one, two = (
            random.choice([d for d in DEVIATIONS if d.dimension == dimension])
            for dimension in random.sample(dimensions, 2)
        )
        if go_together(one, two):
            return Case(random.choice(layouts(one, two)), (one, two))


def difference(prices: PriceHistory, plan: Plan) -> str:
    """Say how loaded prices differ from the table that was written; empty if they do not."""
    made = tables(plan)
    pairs: Iterator[tuple[str, pd.DataFrame, pd.DataFrame]] = iter(
        [
            ("adj_close", prices.close, made["adj_close"]),
            *(
                (name, table, made[name])
                for name, table in (prices.ohlcv or {}).items()
                if plan.layout != "wide" and name in made
            ),
        ]
    )
    for name, got, want in pairs:
        if sorted(got.columns) != sorted(want.columns):
            return f"{name}: assets {list(got.columns)} instead of {list(want.columns)}"
        if list(got.index) != list(want.index):
            off = next((g for g in got.index if g not in want.index), None)
            return f"{name}: {len(got)} dates instead of {len(want)}; {off} is not one of them"
        ours, theirs = got[want.columns].to_numpy(dtype=float), want.to_numpy(dtype=float)
        if not np.allclose(ours, theirs, rtol=TOLERANCE, atol=0, equal_nan=True):
            row, column = np.argwhere(~np.isclose(ours, theirs, rtol=TOLERANCE, atol=0, equal_nan=True))[0]
            return (
                f"{name}: {ours[row, column]!r} instead of {theirs[row, column]!r} "
                f"({want.columns[column]} on {want.index[row]:%Y-%m-%d})"
            )
    return ""


def judge(case: Case, folder: Path) -> Outcome:
    """Write the file of a case into an empty folder, load it, and compare."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = write(case.plan, folder)
    try:
        prices = load_prices("file", path=path, refresh=True)
    except StudyError as error:
        named = any(re.search(d.words, str(error), re.IGNORECASE | re.DOTALL) for d in case.deviations)
        return Outcome(case, REFUSED if named else UNNAMED, str(error))
    except Exception as error:
        return Outcome(case, TRACEBACK, f"{type(error).__name__}: {error}")
    if wrong := difference(prices, case.plan):
        return Outcome(case, WRONG, wrong)
    for said in filter(None, (d.said for d in case.deviations)):
        notes = " | ".join([*prices.manifest["notes"], quality_report(prices).table().to_string()])
        if not re.search(said, notes, re.IGNORECASE):
            return Outcome(case, SILENT, f"no note says {said!r}")
    return Outcome(case, EQUAL, "")
