"""Read a price file: cells, then layout, then assets, then dates, then numbers."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from portfolio_study.data.calendars import recognise_calendar, weekday_shift
from portfolio_study.data.fetched import Fetched, as_table, last_possible_date, parse_dates
from portfolio_study.data.files import content
from portfolio_study.data.files.assets import check_assets, not_a_number, refuse_copies, refuse_returns
from portfolio_study.data.files.choose import choose, name_single
from portfolio_study.data.files.dates import Dates, read_dates
from portfolio_study.data.files.frequency import frequency_of
from portfolio_study.data.files.layout import Layout, recognise_layout
from portfolio_study.data.files.names import some
from portfolio_study.data.files.numbers import decimal_comma, describe, read_numbers
from portfolio_study.data.files.sheet import Sheet, read_parquet, read_text
from portfolio_study.data.files.signatures import Look, recognise
from portfolio_study.data.history import OHLCV_FIELDS
from portfolio_study.data.recognise_vendor import UNKNOWN, Recognised, comparable_tickers, recognise_vendor
from portfolio_study.data.universe import Universe
from portfolio_study.errors import DataError
from portfolio_study.store import file_hash


def load_file(
    path: Any,
    wanted: Universe | None,
    default: Universe,
    start: str | None = None,
    end: str | None = None,
    today: str | pd.Timestamp | None = None,
) -> Fetched:
    """Read a price file.

    Parameters
    ----------
    path : path
        CSV (commas, semicolons, tabs or vertical bars; UTF-8, UTF-16 or Windows-1252; gzipped or
        not) or Parquet, in one of these layouts:

        * long: ``date``, ``ticker`` and fields (``open``, ``high``, ``low``, ``close``,
          ``adj_close``, ``volume``; other spellings are known);
        * wide: ``date`` and one column of closes an asset;
        * one asset a file: ``date`` and fields, the ticker in the name of the file;
        * yfinance's header of two or three rows;
        * fields in the names of columns: ``AAA.Open`` ... ``AAA.Adjusted``;
        * a CSV file of Kenneth French's library, or its zip archive: prices are compounded.
    wanted : Universe or None
        Tickers that must be in the file; None: all of its assets.
    default : Universe
        The study's own universe.
    start, end : str or None
        Rows outside are not looked at, unless none would be left.
    today : str or Timestamp, optional
        A row of a later date is refused. Default: the date of the clock.

    Returns
    -------
    Fetched
        The dates of the file in order, and the wanted assets only.

    Raises
    ------
    SourceError
        If there is no such file.
    DataError
        If it is of another kind, or a column, date or number is not understood; the message names
        the line of the file and what to do.
    ParameterError
        If it does not have a wanted asset, or holds another one.
    """
    file = Path(str(path)).expanduser()
    data = content.read_bytes(file)
    text, said, read = _text(file, data)
    if read is not None:
        return read(file, data, wanted, default, start, end, today)
    sheet = _cells(file, data, text, said)
    layout = recognise_layout(sheet)
    notes = [*sheet.notes, *layout.notes]
    chosen, universe, said = _choose(sheet, layout, wanted, default)
    notes += said
    dates = _dates(sheet, layout, notes)
    tables, said = _tables(sheet, layout, list(chosen), dates)
    notes += said
    tables = _between(tables, start, end)
    notes += _drop_empty(tables)
    close = tables.get("adj_close", tables.get("close"))
    assert close is not None
    _refuse_future(sheet, layout, dates, pd.DatetimeIndex(close.index), today)
    french = (
        not sheet.header[layout.dates]
        and re.fullmatch(r"\d{6}", str(sheet.text(layout.dates)[0])) is not None
    )
    refuse_returns(sheet, close, french)
    refuse_copies(sheet, close)
    if layout.kind == "wide":
        columns = {name: layout.assets[name]["adj_close"] for name in chosen}
        check_assets(sheet, columns, dates.days, _comma(sheet, list(columns.values())))
    for table in tables.values():
        table.columns = pd.Index([chosen[str(c)] for c in table.columns], name="ticker", dtype="str")
    fields = [name for name in OHLCV_FIELDS if name in tables]
    if "adj_close" not in fields:
        notes.append("the file has no adjusted closes: its closes are used as they are")
    frequency = frequency_of(sheet, pd.DatetimeIndex(close.index))
    calendar = "months"
    if frequency == "daily":
        calendar, said = recognise_calendar(pd.DatetimeIndex(close.index), sheet.file)
        notes += said
    if "close" in fields or "adj_close" in fields:
        tables.setdefault("adj_close", close)
    bars = {name: tables[name] for name in OHLCV_FIELDS if name in tables}
    whole = set(OHLCV_FIELDS) <= set(bars)
    absent = [name for name in OHLCV_FIELDS if name not in tables]
    if not whole and len(fields) > 1:
        notes.append(f"the file has no column {', '.join(absent)}: only closes are used")
    whose = _vendor(sheet, layout, close, dates)
    return Fetched(
        close=close,
        ohlcv=bars if whole else None,
        bars=None if whole or len(fields) == 1 else bars,
        universe=universe,
        vendor=whose.vendor,
        calendar=calendar,
        frequency=frequency,
        notes=tuple(dict.fromkeys(notes)),
        details={
            "file": file.name,
            "file_sha256": file_hash(file),
            "layout": layout.kind,
            "origin": "a file of the reader",
            "licence": "the reader's",
            "vendor_check": whose.why,
            "vendor_compared": whose.compared,
        },
    )


def file_assets(path: Any) -> list[str]:
    """Names of the assets that a price file holds, as `load_file` would offer them.

    Parameters
    ----------
    path : path
        As for `load_file`.

    Raises
    ------
    SourceError, DataError
        As `load_file`, of what is wrong with the whole file.
    """
    file = Path(str(path)).expanduser()
    data = content.read_bytes(file)
    text, said, read = _text(file, data)
    if read is not None:
        return [str(name) for name in read(file, data, None, Universe("", (), ""), None, None).close.columns]
    sheet = _cells(file, data, text, said)
    layout = recognise_layout(sheet)
    if layout.tickers is not None:
        return list(dict.fromkeys(_tickers(sheet, layout.tickers)))
    return [name_single(sheet.file, None)[0]] if layout.guessed else list(layout.assets)


def _text(file: Path, data: bytes) -> tuple[str | None, list[str], Callable[..., Fetched] | None]:
    """Return the text of a file (None: Parquet), notes, and the reader of its kind if it has one of its own.

    A file that is known to be something else is refused.
    """
    if data[:4] == b"PAR1":
        return None, [], None
    if read := recognise(Look(data=data), file.name):
        return "", [], read
    if file.name.lower().endswith((".parquet", ".pq")):
        raise DataError(
            f"price file {file.name} cannot be read: it is not Parquet although its name says so; "
            "name it as what it is, or write it anew"
        )
    text, notes = content.decode(data, file.name)
    return text, notes, recognise(Look(data=data[:4096], text=text[:4096]), file.name)


def _cells(file: Path, data: bytes, text: str | None, notes: list[str]) -> Sheet:
    """Read the cells, or refuse a table of a vendor that is known by its header."""
    sheet = read_parquet(file, data) if text is None else read_text(text, file.name, notes)
    names = [name for row in sheet.levels or [sheet.header] for name in row]
    first = [str(column.iloc[0]) for column in sheet.columns]
    where = f"line {sheet.header_lines[0]}" if sheet.delimiter else "its columns"
    recognise(Look(data=data[:4096], text=" ", header=names, row=first), file.name, where)
    return sheet


def _choose(
    sheet: Sheet, layout: Layout, wanted: Universe | None, default: Universe
) -> tuple[dict[str, str], str, list[str]]:
    if layout.guessed:
        ticker, note = name_single(sheet.file, wanted)
        layout.assets = {ticker: layout.fields}
        return {ticker: ticker}, wanted.name if wanted else "custom", [note]
    if layout.tickers is None:
        return choose(list(layout.assets), wanted, default, sheet.file)
    names = _tickers(sheet, layout.tickers)
    return choose(list(dict.fromkeys(names)), wanted, default, sheet.file)


def _tickers(sheet: Sheet, column: int) -> pd.Series:
    names = sheet.text(column)
    blank = (names == "").to_numpy(dtype=bool)
    if blank.any():
        row = int(np.argmax(blank))
        raise sheet.error(
            f"no ticker in {sheet.place(row)} ({int(blank.sum())} such row(s)): give each row its ticker"
        )
    return names


def _dates(sheet: Sheet, layout: Layout, notes: list[str]) -> Dates:
    """Read the dates of all rows; refuse one that is none, mend local midnights written as UTC."""
    name = sheet.header[layout.dates]
    dates = read_dates(sheet.columns[layout.dates])
    if dates.wrong:
        row, why = dates.wrong[0]
        cell = sheet.text(layout.dates)[row]
        if name and cell == name:
            raise sheet.error("the header stands here again: were two files joined? Remove this line", row)
        hint = " (a title, sum or source below the table?)" if row == len(sheet.lines) - 1 and row else ""
        raise sheet.error(f"{cell!r} {why}{hint}", row)
    notes += dates.notes
    shift = weekday_shift(pd.DatetimeIndex(dates.days.unique()))
    if shift < 0 and dates.minutes.min() >= 12 * 60:
        dates.days = dates.days + pd.Timedelta(days=1)
        zone = "in UTC" if dates.utc else "of another time zone"
        notes.append(
            f"the dates are local midnights written as evenings {zone} "
            f"({sheet.text(layout.dates)[0]}), with Sundays and "
            "no Fridays: each is read as the day that begins then, one day later"
        )
    return dates


def _comma(sheet: Sheet, columns: list[int]) -> bool:
    if sheet.delimiter == ",":
        return False
    comma, wrong = decimal_comma([sheet.columns[i] for i in columns])
    if wrong:
        raise sheet.error(wrong)
    return comma


def _tables(
    sheet: Sheet, layout: Layout, names: list[str], dates: Dates
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return a table of dates by assets for each field, under the names of the file."""
    days = pd.DatetimeIndex(dates.days)
    if layout.tickers is not None:
        return _from_long(sheet, layout, names, days, dates)
    _refuse_repeats(sheet, pd.Series(names[0], index=range(len(days))), days, dates, guessed=layout.guessed)
    columns = {name: layout.assets[name] for name in names}
    comma = _comma(sheet, [i for fields in columns.values() for i in fields.values()])
    tables = {}
    for field in OHLCV_FIELDS:
        if not all(field in fields for fields in columns.values()):
            continue
        series = {}
        for name, fields in columns.items():
            values, wrong = read_numbers(sheet.columns[fields[field]], comma)
            text_only = layout.kind == "wide" and not np.isfinite(values).any()
            text_only &= not describe(sheet.text(fields[field])[int(np.argmax(wrong))])
            if wrong.any() and not text_only:  # a column of text alone is named by `check_assets`
                _refuse_text(
                    sheet, wrong, fields[field], field, pd.Series(name, index=range(len(days))), days
                )
            series[name] = values
        tables[field] = as_table(pd.DataFrame(series, index=days).sort_index())
    notes = _order(days) + _currency(sheet, layout, None)
    return tables, notes


def _from_long(
    sheet: Sheet, layout: Layout, names: list[str], days: pd.DatetimeIndex, dates: Dates
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    assert layout.tickers is not None
    tickers = _tickers(sheet, layout.tickers)
    rows = np.flatnonzero(tickers.isin(names).to_numpy(dtype=bool))
    ours, when = tickers.iloc[rows].reset_index(drop=True), days[rows]
    _refuse_repeats(sheet, ours, when, dates, rows)
    comma = _comma(sheet, list(layout.fields.values()))
    tables = {}
    for field, column in layout.fields.items():
        values, wrong = read_numbers(sheet.columns[column].iloc[rows], comma)
        if wrong.any():
            _refuse_text(sheet, wrong, column, field, ours, when, rows)
        flat = pd.Series(values, index=pd.MultiIndex.from_arrays([when, ours]))
        tables[field] = as_table(flat.unstack()[names].sort_index())  # noqa: PD010 - no repeats are left
    later = pd.Series(when).groupby(ours.to_numpy()).apply(lambda d: d.is_monotonic_increasing)
    notes = [] if later.all() else ["the rows are not in the order of time: they are sorted"]
    return tables, notes + _currency(sheet, layout, rows)


def _drop_empty(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Leave out fields that an asset does not have at all, as an index in a file of stocks has no opens."""
    empty = {name: [str(c) for c in t.columns[t.isna().all()]] for name, t in tables.items()}
    gone = {
        name: assets
        for name, assets in empty.items()
        if assets and name not in ("close", "adj_close") and len(tables) > 1
    }
    for name in gone:
        del tables[name]
    return [
        f"the file has no {name} of {some(assets)}: the field is not used" for name, assets in gone.items()
    ]


def _between(tables: dict[str, pd.DataFrame], start: str | None, end: str | None) -> dict[str, pd.DataFrame]:
    first, last = parse_dates(start, end)
    kept = {name: table.loc[first:last] for name, table in tables.items()}
    return kept if min(map(len, kept.values())) >= 2 else tables


def _refuse_future(
    sheet: Sheet, layout: Layout, dates: Dates, used: pd.DatetimeIndex, today: str | pd.Timestamp | None
) -> None:
    """Refuse a date that is yet to come: a slip of the pen, or prices that somebody forecast."""
    last = last_possible_date(used, today)
    late = used[used > last]
    if not len(late):
        return
    rows = np.flatnonzero(np.isin(dates.days.to_numpy(), late.to_numpy()))
    row, before = int(rows[0]), used[used <= last]
    remedy = f", or choose END={before[-1]:%Y-%m-%d}" if len(before) >= 2 else ""
    raise sheet.error(
        f"the date {sheet.text(layout.dates)[row]!r} lies in the future (the last that a price can have is "
        f"{last:%Y-%m-%d}), in {len(rows)} row(s): correct the date, leave out what is no price yet{remedy}",
        row,
    )


def _refuse_repeats(
    sheet: Sheet,
    tickers: pd.Series,
    days: pd.DatetimeIndex,
    dates: Dates,
    rows: np.ndarray | None = None,
    guessed: bool = False,
) -> None:
    """Refuse an asset that has a date twice; tell equal rows, different rows and times of day apart."""
    table = pd.DataFrame({"ticker": tickers.to_numpy(), "day": days})
    twice = table.duplicated().to_numpy(dtype=bool)
    if not twice.any():
        return
    second = int(np.argmax(twice))
    same = (table == table.iloc[second]).all(axis=1).to_numpy(dtype=bool)
    first = int(np.argmax(same))
    one, two = (first, second) if rows is None else (int(rows[first]), int(rows[second]))
    equal = all(str(c.iloc[one]) == str(c.iloc[two]) for c in sheet.columns)
    kind = (
        "intraday prices: keep the last row of each day"
        if len({int(m) for m in dates.minutes[[one, two]]}) > 1
        else f"the rows are {'equal' if equal else 'different'}: keep one row for each date and ticker"
    ) + ("; or is a column of tickers missing?" if guessed else "")
    raise DataError(
        f"price file {sheet.file} has {tickers.iloc[second]} on {days[second]:%Y-%m-%d} more than once "
        f"({sheet.place(one)} and {sheet.place(two)}; {int(twice.sum())} repeated row(s)): {kind}"
    )


def _refuse_text(
    sheet: Sheet,
    wrong: np.ndarray,
    column: int,
    field: str,
    tickers: pd.Series,
    days: pd.DatetimeIndex,
    rows: np.ndarray | None = None,
) -> None:
    at = int(np.argmax(wrong))
    row = at if rows is None else int(rows[at])
    raise not_a_number(
        sheet, field, str(tickers.iloc[at]), days[at], row, sheet.text(column)[row], int(wrong.sum())
    )


def _vendor(sheet: Sheet, layout: Layout, close: pd.DataFrame, dates: Dates) -> Recognised:
    """Whose prices the file holds; other assets of the file may bear witness."""
    own = recognise_vendor(close)
    if own.vendor != UNKNOWN or layout.guessed:
        return own
    names = list(layout.assets) if layout.tickers is None else sheet.text(layout.tickers).unique()
    witnesses = [str(name) for name in names if name in comparable_tickers()]
    if not set(witnesses) - set(close.columns):
        return own
    try:
        tables, _ = _tables(sheet, layout, witnesses, dates)
    except DataError:  # a fault of an asset that is not used
        return own
    whole = tables.get("adj_close", tables.get("close"))
    all_of_them = recognise_vendor(whole) if whole is not None else own
    return all_of_them if all_of_them.compared else own


def _order(days: pd.DatetimeIndex) -> list[str]:
    if days.is_monotonic_increasing:
        return []
    how = "from the newest to the oldest date" if days.is_monotonic_decreasing else "not in the order of time"
    return [f"the rows are {how}: they are sorted"]


def _currency(sheet: Sheet, layout: Layout, rows: np.ndarray | None) -> list[str]:
    """Say the currency that a column states; refuse several."""
    if layout.currency is None:
        return []
    stated = sheet.text(layout.currency)
    stated = stated if rows is None else stated.iloc[rows]
    distinct = [c for c in stated.unique() if c]
    if len(distinct) > 1:
        row = int(np.argmax((stated == distinct[1]).to_numpy(dtype=bool)))
        row = row if rows is None else int(rows[row])
        raise sheet.error(
            f"the column {sheet.header[layout.currency]!r} has {some(distinct)}: convert all prices "
            "to one currency "
            "and unit (GBp are pence)",
            row,
        )
    return [f"the prices are in {distinct[0]}, as the file states"] if distinct else []
