"""One known table of prices, and the ways of writing it into a file: a `Plan` says how, `write` does it."""

import gzip
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.calendars import expected_dates

FIELDS = ("open", "high", "low", "close", "adj_close", "volume")
NAMES = {
    "date": "Date",
    "ticker": "Ticker",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
}
LEVELS = {"AAA": 20.0, "BBB": 148.0, "CCC": 1450.0}
GAP = 57  # row of the price that a plan with a gap leaves out


@lru_cache(maxsize=1)
def known() -> dict[str, pd.DataFrame]:
    """Bars of three assets on 120 sessions of New York: plausible random walks with four decimals.

    The adjusted closes of AAA lie 3 % below its closes until a dividend in the middle, so that
    mistaking one for the other shows.
    """
    dates = expected_dates(pd.Timestamp("2014-01-02"), pd.Timestamp("2014-12-31"))[:120]
    index = pd.DatetimeIndex(dates, name="date", freq=None)
    rng = np.random.default_rng(2014)
    shape = (len(index), len(LEVELS))
    close = np.array(list(LEVELS.values())) * np.exp(np.cumsum(rng.normal(0.0003, 0.011, shape), axis=0))
    opening = close * np.exp(rng.normal(0, 0.003, shape))
    spread = np.abs(rng.normal(0, 0.004, shape))
    adjusted = close.copy()
    adjusted[:60, 0] *= 0.97
    values = {
        "open": opening,
        "high": np.maximum(opening, close) * (1 + spread),
        "low": np.minimum(opening, close) * (1 - spread),
        "close": close,
        "adj_close": adjusted,
        "volume": rng.integers(100_000, 5_000_000, shape).astype(float),
    }
    return {
        name: pd.DataFrame(table.round(4), index=index, columns=list(LEVELS))
        for name, table in values.items()
    }


def integers(seed: str) -> random.Random:
    """Random numbers that depend on a text only."""
    return random.Random(seed)


@dataclass(frozen=True)
class Plan:
    """How a file is written; each deviation changes one or a few of these.

    A `layout` is ``wide`` (a column of adjusted closes a ticker), ``long`` (all fields, a row a date and
    ticker), ``one`` (all fields of AAA, file named AAA), ``fields`` (a column a ticker and field, named by
    `pattern`) or ``yfinance`` (header rows given by `levels`).
    """

    layout: str = "wide"
    # Text
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    quoting: str = ""  # "all" or "text"
    encoding: str = "utf-8"
    newline: str = "\n"
    head: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    blank: str = ""  # where blank rows stand: "tail", "cells", "header", "between"
    trailing: str = ""  # a delimiter too many: "all" lines, or the "rows" only
    padding: str = ""
    # Table
    names: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""  # order: "reversed", "date last", "shuffled"
    order: str = ""  # order of rows: "newest first", "shuffled", "by date"
    extra: tuple[tuple[int, str, Callable[[int, pd.Timestamp], Any]], ...] = ()
    pattern: str = "{t}.{f}"
    levels: tuple[str, ...] = ("field", "ticker", "date")
    tickers: Mapping[str, str] = field(default_factory=dict)
    repeat: str = ""  # a row twice: "same", or with "other" prices
    # Cells
    date: str = ""  # a format; "": 2014-01-31, or a date in Parquet
    zone: str = ""  # in Parquet
    missing: str = ""  # "gap" or "late"
    mark: str = ""
    number: Callable[[float], str] | None = None
    money: str = "{}"
    scale: tuple[str, int, float] | None = None  # ticker, first row, factor
    returns: bool = False
    shift: int = 0  # days by which the dates are written too late
    calendar: str = ""  # "every day" of the year, or "weekly later"
    without: tuple[str, ...] = ()  # fields that are not there
    damage: str = ""  # "cut", "header", "cell", "sum"
    # Container
    suffix: str = ".csv"
    gzipped: bool = False
    parquet: str = ""  # dates in a "column" or as the "index"
    stem: str = "prices"


def tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Fields of the wanted tables under the names of the plan, with its gap, late start and unit."""
    chosen = list(LEVELS)[:1] if plan.layout == "one" else list(LEVELS)
    made = {}
    for name, table in known().items():
        values = table[chosen].copy()
        if plan.returns and name != "volume":
            values = (100 * values.pct_change()).fillna(0.5).round(4)
        victim = chosen[min(1, len(chosen) - 1)]
        if plan.missing == "gap":
            values.loc[values.index[GAP], victim] = np.nan
        if plan.missing == "late":
            values.loc[values.index[:20], chosen[-1]] = np.nan
        if plan.scale and name != "volume":
            ticker, row, factor = plan.scale
            values.loc[values.index[row:], ticker if ticker in chosen else chosen[0]] *= factor
            values = values.round(6)
        if plan.calendar == "every day":
            values.index = pd.date_range(values.index[0], periods=len(values), name="date")
        if plan.calendar == "weekly later":
            values = values.iloc[[*range(60), *range(60, len(values), 5)]]
        made[name] = values.rename(columns=dict(plan.tickers))
    if "adj_close" in plan.without:
        made["adj_close"] = made["close"]
    return made


def grid(plan: Plan) -> tuple[list[list[str]], list[list[Any]]]:
    """Header rows and rows of values: dates, floats, text, and None where nothing is known."""
    made, name = tables(plan), {**NAMES, **plan.names}
    days, tickers = made["close"].index, list(made["close"].columns)
    cells = {(f, t): table[t].tolist() for f, table in made.items() for t in tickers}
    fields = [f for f in FIELDS if f not in plan.without]
    head: list[list[str]]
    if plan.layout == "long":
        head = [[name["date"], name["ticker"], *(name[f] for f in fields)]]
        # Where a price is missing its row stands, with empty cells.
        body = [[d, t, *(cells[f, t][i] for f in fields)] for t in tickers for i, d in enumerate(days)]
        if plan.order == "by date":
            body.sort(key=lambda row: row[0])
    else:
        flat = [("adj_close", t) for t in tickers]
        if plan.layout != "wide":
            flat = [(f, t) for t in tickers for f in fields]
        if plan.layout == "yfinance":
            rows = {
                "field": ["Price", *(name[f] for f, _ in flat)],
                "ticker": ["Ticker", *(t for _, t in flat)],
                "date": [name["date"], *("" for _ in flat)],
            }
            head = [rows[level] for level in plan.levels]
        else:
            written = {
                "wide": lambda f, t: t,
                "one": lambda f, t: name[f],
                "fields": lambda f, t: plan.pattern.format(t=t, f=name[f]),
            }[plan.layout]
            head = [[name["date"], *(written(f, t) for f, t in flat)]]
        body = [[d, *(cells[key][i] for key in flat)] for i, d in enumerate(days)]
    return head, [[None if isinstance(v, float) and np.isnan(v) else v for v in row] for row in body]


def arrange(plan: Plan) -> tuple[list[list[str]], list[list[Any]]]:
    """Apply everything that is done to whole rows and columns."""
    head, body = grid(plan)
    if plan.repeat:
        again = [
            v * 1.01 if plan.repeat == "other" and isinstance(v, float) and v < 9e4 else v for v in body[33]
        ]
        body.insert(34, again)
    if plan.order == "newest first":
        body.reverse()
    if plan.order == "shuffled":
        integers("rows").shuffle(body)
    for position, title, make in plan.extra:
        for row in head:
            row.insert(position if position >= 0 else len(row), title)
        for number, row in enumerate(body):
            day = next(v for v in row if isinstance(v, pd.Timestamp))
            row.insert(position if position >= 0 else len(row), make(number, day))
    if plan.damage == "sum":
        body.append([sum(v) if isinstance(v[0], float) else "Mean" for v in zip(*body[:5], strict=True)])
    places = list(range(len(head[0])))
    if plan.columns == "reversed":
        places.reverse()
    if plan.columns == "date last":
        places = [*places[1:], 0]
    if plan.columns == "shuffled":
        integers("columns").shuffle(places)
    return [[row[i] for i in places] for row in head], [[row[i] for i in places] for row in body]


def as_number(plan: Plan, value: float) -> str:
    """A number as text, with the marks of the plan."""
    text = plan.number(value) if plan.number else repr(int(value) if value.is_integer() else value)
    whole, point, rest = text.partition(".")
    if plan.thousands and whole.isdigit():
        whole = f"{int(whole):,}".replace(",", plan.thousands)
    return whole + point.replace(".", plan.decimal) + rest


def as_text(plan: Plan, value: Any) -> str:
    """A value as text."""
    if value is None:
        return plan.mark
    if isinstance(value, pd.Timestamp):
        return (value + pd.Timedelta(days=plan.shift)).strftime(plan.date or "%Y-%m-%d")
    if isinstance(value, float):
        text = as_number(plan, value)
        return plan.money.format(text) if value < 9e4 else text
    return str(value)


def as_bytes(plan: Plan) -> bytes:
    """The whole text file."""
    head, body = arrange(plan)

    def cell(text: str) -> str:
        # Numbers are no text; a missing cell stays bare.
        number = text[:1].isdigit() or not text
        if plan.quoting == "all" or (plan.quoting == "text" and not number):
            return '"' + text.replace('"', '""') + '"'
        if any(mark in text for mark in (plan.delimiter, '"', "\n")):
            return '"' + text.replace('"', '""') + '"'
        return plan.padding + text + plan.padding

    def line(row: list[Any], is_head: bool) -> str:
        text = plan.delimiter.join(cell(v if is_head else as_text(plan, v)) for v in row)
        return text + (plan.delimiter if plan.trailing == "all" or (plan.trailing and not is_head) else "")

    lines = [*plan.head, *(line(row, True) for row in head)]
    if plan.blank == "header":
        lines = ["", *lines, ""]
    for number, row in enumerate(body):
        cut = plan.damage == "cut" and number == len(body) - 1
        more = ["1"] if plan.damage == "cell" and number == 40 else []
        lines.append(line(row[:-2] if cut else row + more, False))
        if plan.damage == "header" and number == 70:
            lines += [line(titles, True) for titles in head]
        if plan.blank == "between" and number % 20 == 19:
            lines.append("")
    if plan.blank == "tail":
        lines += ["", "", ""]
    if plan.blank == "cells":
        lines += [plan.delimiter * (len(head[0]) - 1)] * 3
    return (plan.newline.join([*lines, *plan.foot]) + plan.newline).encode(plan.encoding)


def as_frame(plan: Plan) -> pd.DataFrame:
    """The table for Parquet: dates and numbers are typed unless the plan writes them as text."""
    head, body = arrange(plan)
    plain = plan.number is None and plan.money == "{}" and not plan.thousands and plan.decimal == "."

    def typed(value: Any) -> Any:
        if isinstance(value, pd.Timestamp):
            if plan.date:
                return as_text(plan, value)
            value += pd.Timedelta(days=plan.shift)
            return value.tz_localize(plan.zone) if plan.zone else value
        return value if plain or not isinstance(value, float) else as_text(plan, value)

    values = [[typed(v) for v in row] for row in body]
    if plan.blank:
        values += [[None] * len(head[0])] * 2
    if plan.layout == "yfinance":
        labels = [row[1:] for row, level in zip(head, plan.levels, strict=True) if level != "date"]
        frame = pd.DataFrame([row[1:] for row in values])
        frame.columns = pd.MultiIndex.from_arrays(labels)
        return frame.set_axis(pd.Index([row[0] for row in values], name=NAMES["date"]))
    frame = pd.DataFrame({title: [row[i] for row in values] for i, title in enumerate(head[0])})
    date = {**NAMES, **plan.names}["date"]
    return frame.set_index(date) if plan.parquet == "index" and date in frame else frame


def _of_one_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """Text for a column of several kinds of values, which Parquet does not hold."""

    def text(values: Any) -> Any:
        kinds = {type(v) for v in values if v is not None and v == v}
        return [None if v is None else str(v) for v in values] if str in kinds and len(kinds) > 1 else values

    columns = [text(frame.iloc[:, i].tolist()) for i in range(frame.shape[1])]
    mixed = [i for i, values in enumerate(columns) if values != frame.iloc[:, i].tolist()]
    for i in mixed:
        frame.isetitem(i, columns[i])
    if isinstance(frame.index, pd.Index) and frame.index.dtype == object:
        frame.index = pd.Index(text(frame.index.tolist()), name=frame.index.name)
    return frame


def write(plan: Plan, folder: Path) -> Path:
    """Write the file of a plan, and return its path."""
    stem = "AAA" if plan.layout == "one" and plan.stem == "prices" else plan.stem
    if plan.parquet:
        path = folder / f"{stem}.parquet"
        frame = _of_one_kind(as_frame(plan))
        frame.to_parquet(path, index=plan.parquet == "index" or plan.layout == "yfinance")
        return path
    path = folder / f"{stem}{plan.suffix}"
    data = as_bytes(plan)
    path.write_bytes(gzip.compress(data, mtime=0) if plan.gzipped else data)
    return path
