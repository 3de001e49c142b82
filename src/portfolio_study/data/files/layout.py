"""What the columns of a sheet are: the dates, the tickers, the fields, the assets."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from portfolio_study.data.files.dates import looks_like_date
from portfolio_study.data.files.filename import asset_of
from portfolio_study.data.files.names import (
    CURRENCIES,
    DATES,
    HARMLESS,
    PERHAPS_DATES,
    PERHAPS_TICKERS,
    RETURNS,
    TICKERS,
    currency_of,
    field_of,
    is_row_number_name,
    plain,
    quoted,
    some,
    split_name,
)
from portfolio_study.data.files.numbers import is_typed, read_numbers
from portfolio_study.data.files.sheet import SHAPES, Sheet
from portfolio_study.errors import DataError


@dataclass
class Layout:
    """What the columns of a sheet are.

    Attributes
    ----------
    kind : str
        ``long``, ``wide``, ``one asset``, ``header rows`` or ``fields in names``.
    dates : int
        Column of the dates.
    tickers : int or None
        Column of the tickers, of a long sheet.
    fields : dict
        Column of each field, of a long sheet.
    assets : dict
        Columns by asset and field, of every other sheet.
    currency : int or None
        Column that names the currency.
    guessed : bool
        The asset's name is that of the file.
    notes : list of str
        What was decided.
    """

    kind: str
    dates: int
    tickers: int | None = None
    fields: dict[str, int] = field(default_factory=dict)
    assets: dict[str, dict[str, int]] = field(default_factory=dict)
    currency: int | None = None
    guessed: bool = False
    notes: list[str] = field(default_factory=list)


def recognise_layout(sheet: Sheet) -> Layout:
    """Say what each column of a sheet is.

    Parameters
    ----------
    sheet : Sheet
        Cells of a price file.

    Returns
    -------
    Layout

    Raises
    ------
    DataError
        If there are no dates, a name stands twice, a column is not understood, or columns of one
        asset stand beside other assets.
    """
    if sheet.levels:
        return _header_rows(sheet)
    dates, notes = _date_column(sheet)
    _once(sheet)
    tickers, said = _ticker_column(sheet, dates)
    rest = [i for i in range(len(sheet.header)) if i not in (dates, tickers)]
    ignored = _row_numbers(sheet, rest)
    rest = [i for i in rest if i not in ignored]
    notes = [*notes, *said, *ignored.values()]
    fields = {i: name for i in rest if (name := field_of(sheet.header[i]))}
    if tickers is not None:
        layout = Layout("long", dates, tickers)
        _bars(sheet, rest, fields, layout)
    elif _is_one_asset(sheet, rest, fields):
        layout = Layout("one asset", dates)
        _bars(sheet, rest, fields, layout)
        layout.assets, layout.guessed = {asset_of(sheet.file): layout.fields}, True
    else:
        layout = _in_names(sheet, dates, rest) or _wide(sheet, dates, rest, fields)
    layout.notes = [*notes, *layout.notes]
    return layout


def _date_column(sheet: Sheet) -> tuple[int, list[str]]:
    """Find the column of the dates: by its name, else the one whose cells are dates."""
    for known in (DATES, PERHAPS_DATES):
        named = [i for i, name in enumerate(sheet.header) if plain(name) in known]
        if known is PERHAPS_DATES:
            named = [i for i in named if _dated(sheet, i, weak=True)]
        if len(named) > 1:
            raise sheet.error(
                f"{len(named)} columns may be the dates: {quoted(sheet.header[i] for i in named)}; keep one"
            )
        if named:
            return named[0], []
    dated = [i for i in range(len(sheet.header)) if _dated(sheet, i)]
    if not dated and not sheet.header[0] and _dated(sheet, 0, weak=True):
        dated = [0]
    if len(dated) > 1:
        raise sheet.error(
            f"{len(dated)} columns hold dates: {quoted(sheet.header[i] for i in dated)}; name one "
            "of them 'date'"
        )
    if not dated:
        raise DataError(
            f"price file {sheet.file} has no column 'date' (it has "
            f"{some(n or '(no name)' for n in sheet.header)}). "
            f"{SHAPES}."
        )
    name = sheet.header[dated[0]]
    note = (
        f"the column {name!r} is read as the dates"
        if name
        else f"column {dated[0] + 1} has no name and holds the dates"
    )
    return dated[0], [note]


def _dated(sheet: Sheet, column: int, weak: bool = False) -> bool:
    if pd.api.types.is_datetime64_any_dtype(sheet.columns[column].dtype):
        return True
    cells = sheet.text(column).iloc[:50]
    return bool(len(cells)) and sum(looks_like_date(c, weak) for c in cells) > len(cells) / 2


def _once(sheet: Sheet) -> None:
    """Refuse a name that stands twice, or that pandas has numbered because it stood twice."""
    seen: dict[str, int] = {}
    for i, name in enumerate(sheet.header):
        if not name:
            continue
        original, dot, number = name.rpartition(".")
        first = seen.get(name, seen.get(original) if dot and number.isdigit() else None)
        if first is not None:
            what = (
                f"{name!r} twice" if name in seen else f"{original!r} twice (the second is called {name!r})"
            )
            raise sheet.error(
                f"the header (line {sheet.header_lines[-1]}) has {what}, in columns {first + 1} and {i + 1}: "
                "it repeats a name more than once; keep one of them"
            )
        seen[name] = i


def _ticker_column(sheet: Sheet, dates: int) -> tuple[int | None, list[str]]:
    """Find the column that says whose price a row is: its cells repeat, and are no prices."""
    others = [i for i in range(len(sheet.header)) if i != dates]
    named = [i for i in others if plain(sheet.header[i]) in TICKERS and _names_assets(sheet, i)]
    if len(named) > 1:
        raise sheet.error(
            f"several columns may hold the tickers: {quoted(sheet.header[i] for i in named)}; keep one"
        )
    if named:
        return named[0], []
    perhaps = [i for i in others if plain(sheet.header[i]) in PERHAPS_TICKERS and _names_assets(sheet, i)]
    perhaps = [i for i in perhaps if sheet.text(i).nunique() <= max(1, len(sheet.lines) / 2)]
    if not perhaps or (not sheet.text(dates).duplicated().any() and not _beside_fields(sheet, others)):
        return None, []
    if len(perhaps) > 1:
        raise sheet.error(
            f"no column is called ticker, and {quoted(sheet.header[i] for i in perhaps)} may hold "
            "the tickers: "
            "rename the right one to 'ticker' and leave the others out"
        )
    return perhaps[0], [f"the column {sheet.header[perhaps[0]]!r} is read as the tickers"]


def _beside_fields(sheet: Sheet, others: list[int]) -> bool:
    return any(field_of(sheet.header[i]) in {"close", "adj_close"} for i in others)


def _names_assets(sheet: Sheet, column: int) -> bool:
    """Whether the cells are names or codes (000001, each many times), not prices."""
    cells = sheet.columns[column]
    if is_typed(cells) and (cells.dropna().to_numpy(dtype=float) % 1 != 0).any():
        return False
    text = sheet.text(column)
    values, wrong = read_numbers(text)
    if wrong.any() or np.isnan(values).any():
        return not (text == "").all()
    whole = bool(text.str.fullmatch(r"\d+").all())
    return bool(text.nunique() <= len(text) / (2 if whole else 5))


def _row_numbers(sheet: Sheet, columns: list[int]) -> dict[int, str]:
    """Find columns that only count the rows under a name that a program gave."""
    found = {}
    for i in columns:
        name = sheet.header[i]
        if is_row_number_name(name) and counts_rows(sheet.columns[i]):
            called = f"{name!r}" if name else f"{i + 1}, without a name,"
            found[i] = f"column {called} holds the row numbers: it is left out"
    return found


def counts_rows(column: pd.Series) -> bool:
    """Whether the cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    values, wrong = read_numbers(column)
    if wrong.any() or not len(values) or values[0] not in (0.0, 1.0):
        return False
    return bool(np.array_equal(values, values[0] + np.arange(len(values))))


def _is_one_asset(sheet: Sheet, rest: list[int], fields: dict[int, str]) -> bool:
    """Whether a sheet without tickers has the fields of one asset; its other columns decide."""
    if {"close", "adj_close"} & set(fields.values()):
        return True
    unknown = [i for i in rest if i not in fields]
    if not fields or (not unknown and len(fields) == 1):
        return bool(fields)
    # Open, high or low without a close: bars, unless their prices are unrelated (Lowe's is LOW).
    prices = [i for i, name in fields.items() if name != "volume"]
    return any(_one_price(sheet, i, j) for i in prices for j in rest if j != i)


def _one_price(sheet: Sheet, first: int, second: int) -> bool:
    """Whether two columns stay within 10 % of each other, as prices of one day do."""
    (one, _), (two, _) = (read_numbers(sheet.columns[i]) for i in (first, second))
    with np.errstate(all="ignore"):
        near = np.abs(np.log(one / two)) < 0.1
    return bool(near.mean() > 0.95)


def _bars(sheet: Sheet, rest: list[int], fields: dict[int, str], layout: Layout) -> None:
    """Fill in the fields of a long sheet or of one asset; name what is left out, refuse what is not known."""
    for i, name in fields.items():
        if name in layout.fields:
            both = quoted([sheet.header[layout.fields[name]], sheet.header[i]])
            raise sheet.error(f"it has more than one column {name!r}: {both}; keep one of them")
        layout.fields[name] = i
    others = [i for i in rest if i not in fields]
    money = [i for i in others if plain(sheet.header[i]) in CURRENCIES]
    layout.currency = money[0] if money else None
    blank = [i for i in others if not sheet.header[i] and (sheet.text(i) == "").all()]
    harmless = [
        i
        for i in others
        if plain(sheet.header[i]) in HARMLESS | RETURNS | CURRENCIES | PERHAPS_TICKERS
        or plain(sheet.header[i]) in {"time", "unix"}
    ]
    unknown = [i for i in others if i not in harmless and i not in blank]
    shown = some(n or "(no name)" for n in sheet.header)
    if unknown:
        named = quoted(sheet.header[i] or f"column {i + 1} without a name" for i in unknown)
        beside = (
            f" beside {quoted(sheet.header[i] for i in fields)}, fields of one asset,"
            if layout.kind != "long"
            else ""
        )
        raise sheet.error(
            f"the column(s) {named}{beside} are not understood (it has {shown}): leave them out or rename "
            f"them. {SHAPES}."
        )
    if not {"close", "adj_close"} & set(layout.fields):
        returns = [sheet.header[i] for i in others if plain(sheet.header[i]) in RETURNS]
        if returns:
            raise sheet.error(
                f"the column {returns[0]!r} holds returns and there are no prices: give prices, or turn them "
                "into a price index first: prices = (1 + returns).cumprod()"
            )
        raise DataError(
            f"price file {sheet.file} has no column 'adj_close' or 'close' (it has {shown}). {SHAPES}."
        )
    unused = [sheet.header[i] for i in harmless if i != layout.currency]
    if unused:
        layout.notes.append(f"not used: {quoted(unused)}")


def _in_names(sheet: Sheet, dates: int, rest: list[int]) -> Layout | None:
    """Recognise fields in the names of the columns; None if the names are only names."""
    split = {i: pair for i in rest if (pair := split_name(sheet.header[i])) and not field_of(sheet.header[i])}
    others = [i for i in rest if i not in split and plain(sheet.header[i]) not in HARMLESS]
    whole = {sheet.header[i] for i in others}
    telling = (
        len(split) > len(rest) / 2
        or any(f == "volume" for _, f in split.values())
        or any(t in whole for t, _ in split.values())
        or len({t for t, _ in split.values()}) < len(split)
    )
    if not split or not telling:
        return None
    if others:
        raise sheet.error(
            f"{quoted(sheet.header[i] for i in split)} name ticker and field, but "
            f"{quoted(sheet.header[i] or f'column {i + 1} without a name' for i in others)} do not: name all "
            "columns alike, or leave these out"
        )
    layout = Layout("fields in names", dates)
    for i, (ticker, name) in split.items():
        _put(sheet, layout, ticker, name, i, sheet.header[i])
    _need_close(sheet, layout)
    ignored = [i for i in rest if i not in split]
    if ignored:
        layout.notes.append(f"not used: {quoted(sheet.header[i] for i in ignored)}")
    return layout


def _put(sheet: Sheet, layout: Layout, ticker: str, name: str, column: int, called: str) -> None:
    columns = layout.assets.setdefault(ticker, {})
    if name in columns:
        raise sheet.error(
            f"{name} of {ticker} stands twice: the second is {called!r} in column {column + 1}; keep one"
        )
    columns[name] = column


def _need_close(sheet: Sheet, layout: Layout) -> None:
    """Refuse assets without a close; say which of their columns are the prices."""
    without = [t for t, columns in layout.assets.items() if not {"close", "adj_close"} & set(columns)]
    if without:
        raise sheet.error(
            f"there is no close of {some(without)} (only {some(layout.assets[without[0]])}): give "
            "the closes, or leave "
            "these columns out"
        )
    raw = [t for t, columns in layout.assets.items() if "adj_close" not in columns]
    if raw and len(raw) < len(layout.assets):
        raise sheet.error(
            f"some assets have adjusted closes and {some(raw)} only plain ones: give the same of "
            "all, or leave these out"
        )
    layout.notes.append(
        f"the columns name ticker and field: the prices are the {'closes' if raw else 'adjusted closes'} of "
        f"{len(layout.assets)} asset(s)"
    )


def _wide(sheet: Sheet, dates: int, rest: list[int], fields: dict[int, str]) -> Layout:
    """Take every column as an asset; what can't be one is left out or refused when it is chosen."""
    volumes = [i for i in rest if fields.get(i) == "volume"]
    if volumes:
        raise sheet.error(
            f"the column {sheet.header[volumes[0]]!r} beside "
            f"{quoted(sheet.header[i] for i in rest if i not in volumes)} "
            "is a volume, not an asset: leave it out"
        )
    layout = Layout("wide", dates)
    for i in rest:
        name = sheet.header[i]
        if not name:
            if (sheet.text(i) == "").all():
                continue
            raise sheet.error(f"column {i + 1} has no name in the header (line {sheet.header_lines[-1]})")
        layout.assets[name] = {"adj_close": i}
    if not layout.assets:
        raise sheet.error(f"there is no column beside the dates. {SHAPES}.")
    stated = {c for i in rest if (c := currency_of(sheet.header[i]))}
    if len(stated) > 1:
        raise sheet.error(
            f"the columns state different currencies ({some(sorted(stated))}): convert them to one"
        )
    return layout


def _header_rows(sheet: Sheet) -> Layout:
    """Read yfinance's header: a row of fields, a row of tickers, and maybe one that names the dates."""
    levels = sheet.levels
    lines = f"lines {sheet.header_lines[0]} to {sheet.header_lines[-1]}" if sheet.delimiter else "the names"
    width = len(levels[0])
    labels = [
        j
        for j in range(width)
        if all(not row[j] or _is_label(row[j]) for row in levels) and (j == 0 or _dated(sheet, j))
    ]
    dated = [j for j in labels if _dated(sheet, j)] or [j for j in labels if j == 0]
    cells = [j for j in range(width) if j not in labels]
    rows = [row for row in levels if any(row[j] for j in cells)]
    full = [row for row in rows if all(row[j] for j in cells)]
    of_fields = [row for row in full if all(_field_or_event(row[j]) for j in cells)]
    if len(rows) == 1 and len(dated) == 1 and full:  # tickers above a row that only names the dates
        sheet.header = ["date" if j in labels else full[0][j] for j in range(width)]
        sheet.levels = []
        return recognise_layout(sheet)
    of_names = [row for row in full if row not in of_fields]
    if len(rows) != 2 or len(dated) != 1 or not cells or len(of_fields) != 1 or len(of_names) != 1:
        shown = "; ".join(",".join(row)[:60] for row in levels[:3])
        raise sheet.error(
            f"{lines} are a header of {len(levels)} rows that is not understood ({shown}): keep one row that "
            f"names the columns. {SHAPES}."
        )
    layout = Layout("header rows", dated[0])
    ignored = []
    for j in cells:
        name = field_of(of_fields[0][j])
        if name is None:
            ignored.append(of_fields[0][j])
        else:
            _put(sheet, layout, of_names[0][j], name, j, of_fields[0][j])
    _need_close(sheet, layout)
    layout.notes.insert(0, f"yfinance's header: {lines} name fields and tickers")
    if ignored:
        layout.notes.append(f"not used: {quoted(dict.fromkeys(ignored))}")
    return layout


def _is_label(cell: str) -> bool:
    return plain(cell) in DATES | {
        "price",
        "ticker",
        "tickers",
        "attributes",
        "symbols",
        "symbol",
        "index",
        "field",
    }


def _field_or_event(cell: str) -> bool:
    return field_of(cell) is not None or plain(cell) in {
        "dividends",
        "stocksplits",
        "capitalgains",
        "repaired",
    }
