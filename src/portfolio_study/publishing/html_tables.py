"""Tables of a page's HTML as rows of text: what is shown can be taken away, whoever drew it."""

import csv
import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

TABLE = re.compile(r"<table\b(?P<attributes>[^>]*)>.*?</table>(?:\s*</div>)?", re.DOTALL)


@dataclass
class _Cell:
    head: bool
    columns: int
    rows: int
    text: str = ""


@dataclass
class _Reader(HTMLParser):
    """Cells by row, and the caption; of links that are only addresses, nothing."""

    rows: list[list[_Cell]] = field(default_factory=list)
    caption: str = ""
    inside: str = ""
    silent: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            columns, rows = (int(values.get(name) or 1) for name in ("colspan", "rowspan"))
            self.rows[-1].append(_Cell(tag == "th", columns, rows))
            self.inside = tag
        elif tag == "caption":
            self.inside = tag
        elif tag == "a" and "permalink" in (values.get("class") or ""):
            self.silent = True
        elif self.inside and tag in ("br", "p", "li", "small", "dt", "dd"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""
        if tag == "a":
            self.silent = False

    def handle_data(self, data: str) -> None:
        if self.silent or not self.inside:
            return
        if self.inside == "caption":
            self.caption += data
        else:
            self.rows[-1][-1].text += data


def read_table(shown: str) -> tuple[str, str]:
    r"""Caption of an HTML table, and its cells as CSV; a cell over several rows or columns is repeated.

    Parameters
    ----------
    shown : str
        HTML with one table.

    Examples
    --------
    >>> read_table("<table><caption>C</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x, y</td></tr></table>")
    ('C', 'a,b\n1,"x, y"\n')
    """
    reader = _Reader()
    reader.feed(shown)
    reader.close()
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    lines: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # by column: rows that a cell above still covers, and its text
    for row in reader.rows:
        line: list[str] = []
        cells = iter(row)
        while True:
            if len(line) in below:
                left, text = below.pop(len(line))
                if left > 1:
                    below[len(line)] = left - 1, text
                line.append(text)
                continue
            cell = next(cells, None)
            if cell is None:
                break
            text = " ".join(cell.text.split())
            for _ in range(cell.columns):
                if cell.rows > 1:
                    below[len(line)] = cell.rows - 1, text
                line.append(text)
        lines.append(line)
    if _two_heads(reader.rows[:2], lines[:2]):
        lines[:2] = [[one or other for one, other in zip(*lines[:2], strict=True)]]
    writer.writerows(lines)
    return " ".join(reader.caption.split()), stream.getvalue()


def _two_heads(rows: list[list[_Cell]], lines: list[list[str]]) -> bool:
    """Whether a frame has the names of its index in a second line, below those of its columns."""
    heads = len(rows) == 2 and all(cell.head for row in rows for cell in row)
    return heads and len(lines[0]) == len(lines[1]) and not any(map(all, zip(*lines, strict=True)))
