"""A price file as rows and columns of cells, each with its place in the file."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from portfolio_study.data.files import content
from portfolio_study.data.files.dates import looks_like_date
from portfolio_study.data.files.names import DATES, field_of, plain, quoted
from portfolio_study.errors import DataError

SHAPES = (
    "Long files have columns date, ticker, adj_close (or close) and maybe open, high, low, volume; "
    "wide files have date and one column of closes for each ticker"
)
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
#: Rows in which the header, the delimiter and the column of dates are looked for.
_SAMPLE = 200
#: Most cells of a file: 500 assets with six fields on 6,000 dates, in rows of date, ticker and fields.
MOST_CELLS = 24_000_000
MOST_COLUMNS = 10_000
#: Most bytes of one text in a Parquet file.
LONGEST_TEXT = 1000
_LESS = "keep only the tickers, dates and columns that are needed"


@dataclass
class Sheet:
    """Cells of a price file.

    Attributes
    ----------
    file : str
        Name of the file.
    header : list of str
        Names of the columns, blanks at their ends removed; an empty text where there is none.
    columns : list of Series
        Cells of each column: text, or typed values from Parquet.
    lines : ndarray of int
        Line of each row in the file (for Parquet its number, from 1).
    header_lines : tuple of int
        Lines of the header.
    levels : list of list of str
        All rows of a header that has several, such as yfinance's; else empty.
    delimiter : str or None
        What separates the columns; None for Parquet.
    preamble : list of str
        Text lines before the header.
    notes : list of str
        What was decided while reading.
    """

    file: str
    header: list[str]
    columns: list[pd.Series]
    lines: np.ndarray
    header_lines: tuple[int, ...] = (1,)
    levels: list[list[str]] = field(default_factory=list)
    delimiter: str | None = None
    preamble: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def place(self, row: int) -> str:
        """Where a row stands: ``line 7`` of a text file, ``row 6`` of Parquet."""
        return f"{'row' if self.delimiter is None else 'line'} {self.lines[row]}"

    def error(self, message: str, row: int | None = None) -> DataError:
        """Return the error to raise, with the file's name and the row's line."""
        where = f", {self.place(row)}" if row is not None else ""
        return DataError(f"price file {self.file}{where}: {message}")

    def text(self, column: int) -> pd.Series:
        """Cells of a column as text without blanks at their ends; missing values are empty."""
        cells = self.columns[column]
        if pd.api.types.is_float_dtype(cells.dtype) and (cells.dropna() % 1 == 0).all():
            cells = cells.astype("Int64")  # codes of tickers that became decimals beside a missing one
        return cells.astype("str").fillna("").str.strip().reset_index(drop=True)

    def keep(self, rows: np.ndarray) -> None:
        """Leave out rows (a mask of those that stay)."""
        self.columns = [c[rows].reset_index(drop=True) for c in self.columns]
        self.lines = self.lines[rows]


def rows_of(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a text that are not blank, each with the line where it begins.

    Raises
    ------
    DataError
        If a quotation mark is never closed.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell and not cell.isspace() for cell in cells):
                yield line, cells
    except csv.Error as error:
        raise DataError(
            f"price file {name}, line {before + 1}: cannot be read as a table ({error}): "
            "is a quotation mark not closed?"
        ) from error


def read_text(text: str, name: str, notes: list[str]) -> Sheet:
    """Read a text file whose columns are separated by commas, semicolons, tabs or vertical bars.

    Parameters
    ----------
    text : str
        The whole file.
    name : str
        Its name, for messages.
    notes : list of str
        What was said of its encoding.

    Returns
    -------
    Sheet

    Raises
    ------
    DataError
        If no table is found: one column only, no header, rows that end early or go on.
    """
    text = text.lstrip("\ufeff")
    delimiter, skipped = _delimiter(text, name)
    rows = _bounded(rows_of(text, delimiter, name), name)[skipped:]
    if not rows:
        raise DataError(f"price file {name} has no rows. {SHAPES}.")
    first, header_rows = _header(rows[:_SAMPLE], name)
    preamble, body = rows[: first - len(header_rows)], rows[first:]
    if not body:
        raise DataError(f"price file {name} has no rows below its header. {SHAPES}.")
    levels = [[cell.strip() for cell in cells] for _, cells in header_rows]
    width = max(_width(cells) for cells in levels)
    width = _fit(width, levels, body)
    levels = [cells[:width] + [""] * (width - len(cells)) for cells in levels]
    for line, cells in body:
        if len(cells) != width:
            _square(line, cells, width, name, delimiter)
    sheet = Sheet(
        file=name,
        header=levels[-1] if len(levels) == 1 else [""] * width,
        columns=[pd.Series(cells, dtype="str") for cells in zip(*(cells for _, cells in body), strict=True)],
        lines=np.array([line for line, _ in body]),
        header_lines=tuple(line for line, _ in header_rows),
        levels=levels if len(levels) > 1 else [],
        delimiter=delimiter,
        preamble=[delimiter.join(cells).strip() for _, cells in preamble],
        notes=list(notes),
    )
    if delimiter != ",":
        sheet.notes.append(f"the columns are separated by {_DELIMITERS.get(delimiter, repr(delimiter))}")
    if preamble:
        sheet.notes.append(
            f"line {header_rows[0][0]} is the header; what stands above it is not read "
            f"({quoted(sheet.preamble, 3)})"
        )
    return sheet


def _bounded(rows: Iterator[tuple[int, list[str]]], name: str) -> list[tuple[int, list[str]]]:
    """Collect rows as long as memory allows."""
    found, cells = [], 0
    for row in rows:
        cells += len(row[1])
        if len(row[1]) > MOST_COLUMNS:
            raise DataError(
                f"price file {name}, line {row[0]}: more than {MOST_COLUMNS} columns ({len(row[1])}): {_LESS}"
            )
        if cells > MOST_CELLS:
            raise DataError(f"price file {name}, line {row[0]}: more than {MOST_CELLS} cells so far: {_LESS}")
        found.append(row)
    return found


def _delimiter(text: str, name: str) -> tuple[str, int]:
    """Find what separates the columns, and how many rows only say so."""
    told = _told(text)
    if told:
        return told, 1
    start = text[: 400 * _SAMPLE]
    shares: dict[str, float] = {}
    for delimiter in _DELIMITERS:
        counts: Counter[int] = Counter()
        try:
            for _, cells in islice(rows_of(start, delimiter, name), _SAMPLE):
                counts[len(cells)] += 1
        except DataError:  # a quotation mark that the cut or another delimiter leaves open
            pass
        wide = [rows for number, rows in counts.items() if number > 1]
        if wide:
            shares[delimiter] = round(max(wide) / sum(counts.values()), 2)
    if not shares:
        spaced = sum(len(line.split()) > 1 for line in start.splitlines()[:50] if line.strip())
        how = "they seem to be separated by spaces" if spaced > 5 else "there is one column only"
        first = next((line.strip() for line in start.splitlines() if line.strip()), "")
        raise DataError(
            f"price file {name} cannot be read: no table was found ({how}; it begins with {first[:60]!r}). "
            f"Separate the columns by commas. {SHAPES}."
        )
    # A decimal comma separates the rows of data too, but not the header: on a tie it is no delimiter.
    best = max(shares, key=lambda delimiter: (shares[delimiter], delimiter != ","))
    return best, 0


def _told(text: str) -> str | None:
    """Return the delimiter of a first line such as ``sep=;``, which Excel writes."""
    first = text[:20].splitlines()[0].strip().strip('"').lower() if text else ""
    return first[4] if first.startswith("sep=") and len(first) == 5 else None


def _filled(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _width(cells: list[str]) -> int:
    """Columns up to the last that is not blank."""
    return max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)


def _header(rows: list[tuple[int, list[str]]], name: str) -> tuple[int, list[tuple[int, list[str]]]]:
    """Find the rows of the header; return the number of the first row below it, and those rows."""
    usual = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    whole = [len(cells) >= max(usual - 1, 2) for _, cells in rows]  # R leaves a name out
    named = [
        i
        for i, (_, cells) in enumerate(rows)
        if whole[i] and any(plain(c.strip("<> ")) in DATES for c in cells)
    ]
    dated = [
        i
        for i, (_, cells) in enumerate(rows)
        if whole[i]
        and _filled(cells) > 1
        and any(looks_like_date(c, weak=j == 0) for j, c in enumerate(cells))
    ]
    # Rows of data begin at the first date; a header may stand above it without a name for the dates.
    if not named and not dated:
        listed = next((cells for _, cells in rows if len(cells) > 1), rows[0][1])
        raise DataError(
            f"price file {name} has no column 'date' (line {rows[0][0]} has {quoted(listed)}). {SHAPES}."
        )
    body = dated[0] if dated else len(rows)
    if named and named[0] < body:
        header = named[0]
        # Rows between a header and the first date: a header of several rows, or a row whose date is wrong.
        column = next(j for j, c in enumerate(rows[header][1]) if plain(c.strip("<> ")) in DATES)
        below = header + 1
        while below < body and not (len(rows[below][1]) > column and rows[below][1][column].strip()):
            below += 1
        group = list(range(header, below))
        while group[0] > 0 and _is_level(rows[group[0] - 1][1], rows[header][1]):
            group.insert(0, group[0] - 1)
    else:
        if body == 0:
            raise DataError(
                f"price file {name} has no header: line {rows[0][0]} holds data already "
                f"({quoted(rows[0][1], 4)}). Name the columns there. {SHAPES}."
            )
        below = body
        group = [body - 1]
        while group[0] > 0 and _is_level(rows[group[0] - 1][1], rows[group[0]][1]):
            group.insert(0, group[0] - 1)
    kept = [rows[i] for i in group]
    return below, kept


def _is_level(cells: list[str], header: list[str]) -> bool:
    """Whether a row above the header belongs to it: it names fields or tickers of most columns."""
    inside = [c.strip() for c in cells[1:] if c.strip()]
    others = [c.strip() for c in header[1:] if c.strip()]
    if not inside or len(inside) < max(len(others), 1):
        return False
    repeated = len(set(inside)) < len(inside) or len(set(others)) < len(others) or not others
    fields = all(field_of(c) or plain(c) in {"dividends", "stocksplits", "capitalgains"} for c in inside)
    return repeated or fields or cells[0].strip().lower() in {"price", "ticker", "attributes", "symbols"}


def _fit(width: int, levels: list[list[str]], body: list[tuple[int, list[str]]]) -> int:
    """Widen the header by the name that R leaves out above its row numbers."""
    sample = [cells for _, cells in body[:50]]
    if len(levels) == 1 and all(_width(cells) == width + 1 for cells in sample):
        header = levels[0][:width]
        moved = next((i for i, c in enumerate(header) if plain(c) in DATES), None)
        if moved is None or all(looks_like_date(cells[moved + 1]) for cells in sample):
            levels[0] = ["", *header]
            return width + 1
    return width


def _square(line: int, cells: list[str], width: int, name: str, delimiter: str) -> None:
    """Cut blank cells behind the last column, in place; refuse rows of another length."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        del cells[width:]
        return
    what = "ends early" if len(cells) < width else "goes on behind the last column"
    hint = "a decimal comma, or a comma in a name without quotation marks?" if delimiter == "," else ""
    raise DataError(
        f"price file {name}, line {line}: the row {what}: it has {len(cells)} cells and the header {width}"
        + (
            f" ({hint})"
            if len(cells) > width and hint
            else " (was the file cut off?)"
            if len(cells) < width
            else ""
        )
    )


def _index_name(index: pd.Index) -> str:
    return "date" if isinstance(index, pd.DatetimeIndex) else ""


def read_parquet(file: Path, data: bytes) -> Sheet:
    """Read a Parquet file; an index that has a name or dates becomes its first column.

    Raises
    ------
    DataError
        If it can't be read, or is larger than `MOST_CELLS`, `MOST_COLUMNS` and `content.LARGEST` allow.
    """
    try:
        _require_small(file.name, data)
        table = pd.read_parquet(io.BytesIO(data))
    except DataError:
        raise
    except Exception as error:  # pyarrow raises many kinds on a broken file
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"price file {file.name} cannot be read as Parquet: {first}. {SHAPES}.") from error
    levels: list[list[str]] = []
    index = [table.index.get_level_values(i) for i in range(table.index.nlevels)]
    # Whole numbers without a name only count the rows.
    named = [
        i for i in index if len(index) > 1 or i.name is not None or not pd.api.types.is_integer_dtype(i.dtype)
    ]
    before = [str(i.name) if i.name is not None else _index_name(i) for i in named]
    columns = [pd.Series(i).reset_index(drop=True) for i in named]
    columns += [table.iloc[:, i].reset_index(drop=True) for i in range(table.shape[1])]
    if table.columns.nlevels > 1:
        levels = [
            ["" for _ in before] + [str(n).strip() for n in table.columns.get_level_values(i)]
            for i in range(table.columns.nlevels)
        ]
        levels.append([*before, *("" for _ in range(table.shape[1]))])
    header = [*before, *(str(n).strip() for n in table.columns)] if not levels else [""] * len(columns)
    if not len(table) or not columns:
        raise DataError(f"price file {file.name} has no rows. {SHAPES}.")
    sheet = Sheet(file.name, header, columns, np.arange(1, len(table) + 1), levels=levels)
    blank = pd.concat([c.isna() for c in columns], axis=1).all(axis=1).to_numpy(dtype=bool)
    if blank.any():
        sheet.notes.append(
            f"{int(blank.sum())} blank row(s) are left out, the first is {sheet.place(int(np.argmax(blank)))}"
        )
        sheet.keep(~blank)
    return sheet


def _require_small(name: str, data: bytes) -> None:
    """Refuse a Parquet file that would fill the memory: what it says of its size, then its longest texts.

    A text that stands once in a dictionary of the file may stand in millions of its rows.
    """
    import pyarrow as pa
    import pyarrow.compute
    import pyarrow.parquet as parquet

    about = parquet.ParquetFile(io.BytesIO(data)).metadata
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    chunks = [group.column(j) for group in groups for j in range(group.num_columns)]
    cells = max(sum(chunk.num_values for chunk in chunks), about.num_rows * about.num_columns)
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    if about.num_columns > MOST_COLUMNS:
        raise DataError(
            f"price file {name} has {about.num_columns} columns, more than {MOST_COLUMNS}: {_LESS}"
        )
    if cells > MOST_CELLS:
        raise DataError(f"price file {name} has {cells} cells, more than {MOST_CELLS}: {_LESS}")
    if unpacked > content.LARGEST:
        raise DataError(f"price file {name} unpacks to more than {content.LARGEST / 2**20:.0f} MiB: {_LESS}")
    schema = about.schema.to_arrow_schema()
    if odd := [f.name for f in schema if pa.types.is_nested(f.type)]:
        raise DataError(
            f"price file {name}: the column {odd[0]!r} holds lists, not single values: leave it out"
        )
    described = [about.schema.column(j) for j in range(about.num_columns)]
    texts = [column.name for column in described if column.physical_type == "BYTE_ARRAY"]
    file = parquet.ParquetFile(io.BytesIO(data), read_dictionary=texts)
    for i in range(about.num_row_groups if texts else 0):
        for column, field_ in zip(file.read_row_group(i, columns=texts).columns, texts, strict=True):
            for part in column.chunks:
                words = part.dictionary if pa.types.is_dictionary(part.type) else part
                longest = pa.compute.max(pa.compute.binary_length(words)).as_py() or 0
                if longest > LONGEST_TEXT:
                    raise DataError(
                        f"price file {name}: the column {field_!r} holds a text of {longest} bytes, more than "
                        f"{LONGEST_TEXT}: leave it out"
                    )
