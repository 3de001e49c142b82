"""Kenneth French's text files: tables of returns in percent below one another, each with a title.

A file begins with sentences on how the portfolios were formed. Each table has a title, a header
that begins with a comma, and rows that begin with a date: ``YYYYMMDD`` (daily), ``YYYYMM``
(monthly) or ``YYYY`` (annual). Blank lines stand between the tables, a copyright at the end.
"""

import re
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from portfolio_study.errors import DataError

#: Numbers that stand for "no return" (in the files: "missing data are indicated by -99.99 or -999").
MISSING = (-99.99, -999.0)
VALUE, EQUAL = "value", "equal"
WEIGHTINGS = (VALUE, EQUAL)
#: Columns of the files of factors: excess returns, differences of two returns, and the bill rate.
FACTORS = ("Mkt-RF", "SMB", "HML", "RMW", "CMA", "Mom", "ST_Rev", "LT_Rev", "RF")
MARKET, RATE = "Mkt-RF", "RF"
AGAIN = "copy or download the file again"

_ROW = re.compile(r"\s*(\d{8}|\d{6}|\d{4})\s*,")
_FREQUENCY = {4: "annual", 6: "monthly", 8: "daily"}
_WEIGHTED = re.compile(
    r"(?:average\s+)?(value|equal)[- ]+weight(?:ed)?\s+(?:average\s+)?returns\b", re.IGNORECASE
)
_STATED = re.compile(r"--\s*(daily|monthly|annual)", re.IGNORECASE)
_CREATED = re.compile(r"\bthe\s+(\d{6})\s+CRSP\s+database", re.IGNORECASE)
_OWN_WORDS = re.compile(
    r"average (value|equal)[- ]weighted returns|this file was created (by|using) .*(CMPT|CRSP)", re.IGNORECASE
)
_LAYOUT = re.compile(r"\A(.*?\n)[ \t]*,[^\n]+\n\s*\d{6}(\d{2})?\s*,", re.DOTALL)
#: Beyond these sizes a number is no return of a portfolio (percent): the largest known are about half.
_LARGEST = {"daily": 150.0, "monthly": 500.0}
#: Columns of a table; the widest of the library have 100 portfolios.
MOST_COLUMNS = 1000
#: Half of all returns are larger than this (percent), unless they are decimals.
_TYPICAL = {"daily": (0.05, 10.0), "monthly": (0.2, 40.0)}
#: Rows from which the size of typical returns says their unit.
_ENOUGH = 20
#: Days without a return that a row may follow: the exchange's longest holiday had twelve (March 1933).
_LONGEST_GAP = 14


def is_french(text: str) -> bool:
    """Whether the beginning of a text looks like a file of Kenneth French's library.

    Parameters
    ----------
    text : str
        The first few thousand characters.

    Returns
    -------
    bool
        True if it has the library's own words, or its layout: sentences that speak of returns in
        percent, a header without a first name, rows that begin with ``YYYYMM`` or ``YYYYMMDD``.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _OWN_WORDS.search(text):
        return True
    table = _LAYOUT.match(text)
    above = table[1].lower() if table else ""
    return "return" in above and ("percent" in above or "%" in above)


@dataclass(frozen=True)
class Section:
    """One table of a file.

    Attributes
    ----------
    file : str
        Name of the file, for messages.
    title : str
        Its title; empty where the file gives none, as in the files of factors.
    frequency : str
        ``daily``, ``monthly`` or ``annual``, by the length of its dates.
    line : int
        Line of its header.
    columns : tuple of str
        Names of the portfolios or factors.
    rows : list of (int, str)
        Line and text of each row.
    """

    file: str
    title: str
    frequency: str
    line: int
    columns: tuple[str, ...]
    rows: list[tuple[int, str]] = field(repr=False)

    @property
    def weighting(self) -> str:
        """How the portfolios of a table of returns are weighted, ``value`` or ``equal``; else empty."""
        found = _WEIGHTED.match(self.title)
        return found[1].lower() if found else ""

    @property
    def is_factors(self) -> bool:
        """Whether the table holds factors or a rate, not portfolios."""
        return not set(FACTORS).isdisjoint(self.columns)

    @property
    def place(self) -> str:
        """Title and lines, for messages and notes."""
        title = f"{self.title!r}" if self.title else "the table without a title"
        return f"{title} (lines {self.line} to {self.rows[-1][0]})"

    def error(self, line: int, what: str) -> DataError:
        """Return an error that names a line of the file."""
        return DataError(f"Kenneth French's file {self.file}, line {line}: {what}")

    def returns(self) -> pd.DataFrame:
        r"""Return the table as decimals.

        .. math:: R_t = p_t / 100

        Returns
        -------
        DataFrame (T, N)
            Simple returns per period, dated at the end of the month or at the day; NaN where the file
            has one of its codes for missing data.

        Raises
        ------
        DataError
            If a row is cut, a cell is no number, a date is none, repeated, out of order or left out, or
            the numbers cannot be returns in percent. The message names the line of the file.
        """
        values, lines = self._numbers(), np.array([line for line, _ in self.rows])
        dates = self._dates(lines)
        values[np.isin(values, MISSING)] = np.nan
        self._require_percent(values, lines)
        return pd.DataFrame(values / 100.0, index=dates, columns=list(self.columns))

    def _numbers(self) -> np.ndarray:
        values = np.empty((len(self.rows), len(self.columns)))
        for row, (line, text) in enumerate(self.rows):
            cells = text.split(",")[1:]
            if len(cells) != len(self.columns):
                raise self.error(
                    line,
                    f"{len(cells)} number(s) under {len(self.columns)} columns (header in line "
                    f"{self.line}): the file was cut or edited; {AGAIN}",
                )
            try:
                values[row] = [float(cell) for cell in cells]
            except ValueError:
                at = next(i for i, cell in enumerate(cells) if not _is_number(cell))
                raise self.error(
                    line, f"{cells[at].strip()!r} of {self.columns[at]!r} is no number; {AGAIN}"
                ) from None
            if not np.isfinite(values[row]).all():
                at = int(np.argmin(np.isfinite(values[row])))
                raise self.error(
                    line,
                    f"{cells[at].strip()!r} of {self.columns[at]!r} is no finite number: the library writes "
                    f"-99.99 or -999 where there is none; {AGAIN}",
                )
        return values

    def _dates(self, lines: np.ndarray) -> pd.DatetimeIndex:
        texts = [text.partition(",")[0].strip() for _, text in self.rows]
        stated = _STATED.search(self.title)
        width = len(texts[0])
        if stated and stated[1].lower() != self.frequency:
            raise self.error(
                self.line,
                f"the title says {stated[1].lower()}, but the first date is {texts[0]!r} ({self.frequency}); "
                f"{AGAIN}",
            )
        for line, text in zip(lines, texts, strict=True):
            if len(text) != width:
                raise self.error(
                    line, f"the date {text!r} is of another kind than {texts[0]!r} above; {AGAIN}"
                )
        form = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d"}[width]
        days = pd.DatetimeIndex(pd.to_datetime(pd.Index(texts), format=form, errors="coerce"))
        if days.hasnans:
            at = int(np.argmax(np.isnat(days.to_numpy())))
            raise self.error(lines[at], f"{texts[at]!r} is no date; {AGAIN}")
        if width == 6:
            days = days + pd.offsets.MonthEnd(0)
        steps = np.diff(days.as_unit("s").asi8) // 86_400
        if (steps <= 0).any():
            at = int(np.argmax(steps <= 0)) + 1
            what = "stands twice" if steps[at - 1] == 0 else f"comes after {texts[at - 1]}"
            raise self.error(
                lines[at],
                f"{texts[at]} {what}: rows must be in the order of time, each date once; {AGAIN}",
            )
        self._require_whole(texts, steps, lines)
        return days

    def _require_whole(self, texts: list[str], steps: np.ndarray, lines: np.ndarray) -> None:
        """Refuse weekly rows and rows that are left out: a return that is not there can't be compounded."""
        if self.frequency == "annual" or not len(steps):
            return
        if self.frequency == "daily" and float(np.median(steps)) > 4:
            raise self.error(
                self.line,
                f"the rows are {np.median(steps):.0f} days apart: only daily and monthly returns are read",
            )
        holes = steps > (_LONGEST_GAP if self.frequency == "daily" else 31)
        if holes.any():
            at = int(np.argmax(holes)) + 1
            raise self.error(
                lines[at],
                f"{texts[at]} follows {texts[at - 1]}: the returns between them are left out, so prices "
                f"cannot be compounded over them; {AGAIN}, or keep the rows of one side only",
            )

    def _require_percent(self, values: np.ndarray, lines: np.ndarray) -> None:
        """Refuse numbers that are no returns in percent: decimals, sizes of firms, levels."""
        if self.frequency == "annual":
            return
        # Of factors the market's return alone has the size of a portfolio's.
        market = [i for i, name in enumerate(self.columns) if name == MARKET]
        part = values[:, market] if market else values
        size = np.abs(part[np.isfinite(part)])
        if len(values) >= _ENOUGH and len(size):
            low, high = _TYPICAL[self.frequency]
            typical = float(np.median(size))
            if typical < low or (len(values) >= 250 and size.max() < 0.5):
                raise self.error(
                    self.line,
                    f"half of the {self.frequency} numbers below are smaller than {typical:.2g} and the "
                    f"largest is {size.max():.2g}: these are decimals, the library's files are in percent. "
                    "Multiply them by 100, or download the library's own file",
                )
            if typical > high:
                raise self.error(
                    self.line,
                    f"half of the {self.frequency} numbers below are larger than {typical:.3g}: these are no "
                    "returns in percent (numbers or sizes of firms, or levels of an index?); give a table "
                    "of returns",
                )
        bad = (part <= -100) | (part > _LARGEST[self.frequency])
        if bad.any():
            row, column = (int(i[0]) for i in np.nonzero(bad))
            name = self.columns[market[column] if market else column]
            raise self.error(
                lines[row],
                f"{part[row, column]:g} of {name!r} is no {self.frequency} return in percent "
                f"(-99.99 and -999 stand for missing data); {AGAIN}",
            )


@dataclass(frozen=True)
class FrenchFile:
    """A file of the library.

    Attributes
    ----------
    name : str
        Name of the file.
    sections : tuple of Section
        Its tables in order.
    vintage : str
        Month of the CRSP database that it was made from, ``YYYYMM``; empty if it does not say.
    copyright : str
        Its last line; empty if there is none: the file may have been cut.
    """

    name: str
    sections: tuple[Section, ...]
    vintage: str
    copyright: str

    def portfolios(self, weighting: str | None = None, frequency: str | None = None) -> Section:
        """Choose the table of portfolio returns.

        Parameters
        ----------
        weighting : {"value", "equal"}, optional
            How stocks are weighted inside a portfolio. Default: by value, or the file's only table
            if that has no title.
        frequency : {"daily", "monthly"}, optional
            Default: as the file has it; annual tables are never chosen.

        Returns
        -------
        Section

        Raises
        ------
        DataError
            If the file holds factors, or no such table or several; the message lists what it has.
        """
        wanted = weighting or VALUE
        tables = [s for s in self.sections if s.frequency != "annual" and not s.is_factors]
        found = [s for s in tables if s.weighting == wanted]
        if not found and weighting is None and len(tables) == 1 and not tables[0].title:
            found = tables
        if not found and any(s.is_factors for s in self.sections):
            raise DataError(
                f"Kenneth French's file {self.name} holds factors ({', '.join(self.sections[0].columns)}), line "
                f"{self.sections[0].line}: these are returns in percent, but differences of two returns and a "
                "rate are no assets. Give a file of portfolios, e.g. 10_Industry_Portfolios_CSV.zip, or use "
                "SOURCE=packaged UNIVERSE=french12"
            )
        matching = [s for s in found if frequency in (None, s.frequency)]
        if len(matching) == 1:
            return matching[0]
        what = f"{wanted}-weighted {frequency + ' ' if frequency else ''}returns"
        how_many = f"{len(matching)} tables" if matching else "no table"
        remedy = (
            "leave one of them out"
            if matching
            else f"name a universe with {'its frequency' if found else 'its weighting'}, or give another file"
        )
        raise DataError(
            f"Kenneth French's file {self.name} has {how_many} of {what}. It has "
            f"{'; '.join(s.place for s in self.sections)}: {remedy}"
        )

    def factors(self, frequency: str) -> Section:
        """Return the table of factors of a frequency.

        Raises
        ------
        DataError
            If there is none.
        """
        for section in self.sections:
            if {MARKET, RATE} <= set(section.columns) and section.frequency == frequency:
                return section
        raise DataError(
            f"Kenneth French's file {self.name} has no {frequency} factors with columns "
            f"{MARKET} and {RATE}. It has {'; '.join(s.place for s in self.sections)}"
        )


def read_french(text: str, name: str) -> FrenchFile:
    """Divide a file into its tables.

    Parameters
    ----------
    text : str
        The whole file.
    name : str
        Its name, for messages.

    Returns
    -------
    FrenchFile

    Raises
    ------
    DataError
        If it has no table, a table without rows, a column twice or without a name, or a row that has
        neither a date nor a title's words. The message names the line of the file.
    """
    sections: list[Section] = []
    waiting: list[str] = []  # lines of text since the last table
    rows: list[tuple[int, str]] | None = None  # of the table that is being read
    created = copyright_line = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().lstrip("\ufeff")
        if not _ROW.match(line):
            line = line.rstrip(", ")  # a spreadsheet fills every line up with commas
        if line.startswith(","):
            rows = []
            sections.append(_begin(name, number, line, waiting, first=not sections, rows=rows))
            waiting = []
        elif _ROW.match(line):
            if rows is None:
                raise _error(name, number, f"a row of numbers ({line[:40]!r}) without a header above it")
            rows.append((number, line))
        elif not line:
            rows = rows if rows == [] else None  # a blank line ends a table; one may follow a header
            waiting.append("")
        elif rows is not None and re.match(r"[\d\"']", line):
            raise _error(name, number, f"{line[:40]!r} is no row: it does not begin with YYYYMM or YYYYMMDD")
        else:
            rows = None
            waiting.append(line)
            created = created or next(iter(_CREATED.findall(line)), "")
            if line.lower().startswith("copyright"):
                copyright_line = line
    if not sections:
        raise DataError(
            f"Kenneth French's file {name} has no table: no line begins with a comma, as the headers of the "
            "library's CSV files do. Give the CSV file (10_Industry_Portfolios_CSV.zip), not the text file"
        )
    return FrenchFile(name, tuple(map(_complete, sections)), created, copyright_line)


def _begin(
    name: str,
    number: int,
    line: str,
    waiting: list[str],
    first: bool,
    rows: list[tuple[int, str]],
) -> Section:
    """Open a table: its title stands above its header, the columns in it."""
    columns = [" ".join(cell.split()) for cell in line.split(",")[1:]]
    if len(columns) > MOST_COLUMNS:
        raise _error(name, number, f"{len(columns)} columns; no file of the library has over {MOST_COLUMNS}")
    for i, column in enumerate(columns):
        if not column:
            raise _error(name, number, f"column {i + 2} of the header has no name; {AGAIN}")
        if column in columns[:i]:
            at = columns.index(column)
            raise _error(
                name,
                number,
                f"the header has {column!r} twice, in columns {at + 2} and {i + 2}; keep one of them",
            )
    return Section(name, _title(waiting, first), "", number, tuple(columns), rows)


def _title(text: list[str], first: bool) -> str:
    """Find the title in the lines above a header; above the first one stand sentences on the whole file."""
    returns = [words for words in text if _WEIGHTED.match(words)]
    if returns:
        return returns[-1]
    after_blank = len(text) - text[::-1].index("") if "" in text else 0
    above = text[after_blank:]
    if first:
        alone = len(above) == 1 and any(text[:after_blank]) and not above[0].endswith(".")
        return above[0] if alone else ""
    return " ".join(above) or next((words for words in reversed(text) if words), "")


def _complete(section: Section) -> Section:
    """Give a table the frequency of its rows."""
    if not section.rows:
        title = section.title or "without a title"
        raise section.error(section.line, f"the table {title!r} has a header and no rows; {AGAIN}")
    width = len(section.rows[0][1].partition(",")[0].strip())
    return replace(section, frequency=_FREQUENCY[width])


def _error(name: str, line: int, what: str) -> DataError:
    return DataError(f"Kenneth French's file {name}, line {line}: {what}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
