"""What a reader can take away: files beside the site, made from executed pages without a kernel."""

import base64
import bz2
import copy
import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portfolio_study.errors import LedgerError
from portfolio_study.figures import TABLE_METADATA
from portfolio_study.ledger.dictionary import flat
from portfolio_study.ledger.records import Record
from portfolio_study.ledger.series import SERIES_METADATA, Series, series_of
from portfolio_study.ledger.shown import counted
from portfolio_study.ledger.study import FIGURE_METADATA
from portfolio_study.ledger.words import in_page, record_lookup
from portfolio_study.publishing.html_tables import TABLE, read_table
from portfolio_study.publishing.light_pictures import light_picture
from portfolio_study.publishing.notebooks import Chapter
from portfolio_study.publishing.stage import replaced_values, with_used_parameters

FOLDER = "downloads"  # of the site
TAKE_AWAY = "take-away"  # the fold at the end of a page, to which its first lines lead
SVG, PNG = "image/svg+xml", "image/png"
OF_CLAIMS = re.compile(r"\b(?:verdicts|answers|intervals)\b")  # classes of tables
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
KINDS = {"notebook": "notebooks", "table": "tables", "figure": "figures", "series": "series"}


@dataclass(frozen=True)
class File:
    """A file to take away.

    Attributes
    ----------
    name : str
        File name; of a series, without the ending of one of its two forms.
    chapter : str
        Page that it belongs to; empty for those of the ledger.
    kind : str
        One of ``KINDS``, or ``ledger``.
    title : str
        What it holds.
    contents : mapping of str to bytes
        Ending of the name to content.
    note : str
        What must be said beside it.
    """

    name: str
    chapter: str
    kind: str
    title: str
    contents: Mapping[str, bytes]
    note: str = ""

    def links(self) -> str:
        """HTML: the title, and a link for each form, which has the name of the file also where it is read alone."""
        forms = " ".join(
            f'<a href="../{FOLDER}/{html.escape(self.name)}{end}" download>{end.strip(".").upper()}'
            f'<span class="visually-hidden"> of {html.escape(self.name)}</span></a>'
            for end in self.contents
        )
        note = f" <small>({html.escape(self.note)})</small>" if self.note else ""
        return f"{html.escape(self.title)} {forms}{note}"


def take(notebook: Any, chapter: str) -> tuple[Any, list[File]]:
    """Take tables, figures and series out of an executed page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    chapter : str
        Name of the page.

    Returns
    -------
    notebook
        A copy that shows everything that it showed, its pictures made light, with a link below each table.
    files : list of File
    """
    shown = copy.deepcopy(notebook)
    files: list[File] = []
    drawings: dict[str, bytes] = {}
    section = ""
    for cell in shown.cells:
        if cell.cell_type != "code":
            section = ([section, *HEADING.findall(cell.source)])[-1]
            continue
        kept = []
        for output in cell.outputs:
            if SERIES_METADATA in output.get("metadata", {}):
                continue
            drawn = output.get("data", {}).pop(SVG, None)
            if drawn is not None:
                drawings[f"{_figure_name(cell, output, chapter, len(drawings))}.svg"] = _text(drawn).encode()
            if PNG in output.get("data", {}):
                light = light_picture(base64.b64decode(_text(output["data"][PNG])))
                output["data"][PNG] = base64.b64encode(light).decode("ascii")
            if table := _table(output):
                number = 1 + sum(file.kind == "table" for file in files)
                made = _table_file(table, chapter, number)
                files.append(made)
                output["data"]["text/html"] = _with_link(_text(output["data"]["text/html"]), made)
                del output["metadata"]["text/html"][TABLE_METADATA]
            elif "<table" in _text(drawn_html := output.get("data", {}).get("text/html", "")):
                output["data"]["text/html"] = _with_own_links(_text(drawn_html), chapter, section, files)
            kept.append(output)
        files += [_series(*found) for found in series_of(cell.outputs)]
        cell.outputs = kept
    if drawings:
        name, told = (
            f"{chapter.replace('_', '-')}-figures",
            f"{counted(len(drawings), 'figure')} as SVG: {', '.join(drawings)}",
        )
        files.append(File(name, chapter, "figure", told, {".zip": zipped(drawings)}))
    return shown, files


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def _table(output: Mapping[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = output.get("metadata", {}).get("text/html", {}).get(TABLE_METADATA)
    return found


def _table_file(table: Mapping[str, Any], chapter: str, number: int) -> File:
    name = f"{chapter.replace('_', '-')}-table-{number:02d}"
    return File(name, chapter, "table", table["caption"], {".csv": table["csv"].encode()})


def _with_own_links(shown: str, chapter: str, section: str, files: list[File]) -> str:
    """Tables that are only HTML, each with a link below to what it shows; `files` grows.

    Tables of claims have none: all that stands behind them is in the files of the ledger.
    """

    def linked(found: re.Match[str]) -> str:
        if OF_CLAIMS.search(found["attributes"]):
            return found[0]
        caption, text = read_table(found[0])
        number = 1 + sum(file.kind == "table" for file in files)
        own = sum(file.kind == "table" and file.title.split(" (table ")[0] == section for file in files)
        title = caption or (f"{section} (table {own + 1})" if own else section)
        files.append(_table_file({"caption": title, "csv": text}, chapter, number))
        return _with_link(found[0], files[-1])

    return TABLE.sub(linked, shown)


def _with_link(shown: str, made: File) -> str:
    number = int(made.name.rpartition("-")[2])
    link = (
        f'<p class="take-away"><a href="../{FOLDER}/{made.name}.csv" download>CSV of table {number}</a></p>'
    )
    return f"{shown}{link}"


def _figure_name(cell: Any, output: Mapping[str, Any], chapter: str, number: int) -> str:
    about = output.get("metadata", {}).get(FIGURE_METADATA) or cell.metadata.get("mystnb", {}).get(
        "figure", {}
    )
    return about.get("name") or f"fig-{chapter.replace('_', '-')}-{number}"


def _series(about: Series, parquet: bytes) -> File:
    import pandas as pd

    table = pd.read_parquet(io.BytesIO(parquet))
    text = table.to_csv(index=False, float_format="%.7g").encode()
    contents = {".parquet": parquet, ".csv.bz2": bz2.compress(text)}
    note = counted(about.rows, "row") + (f"; {about.withheld}" if about.withheld else "")
    return File(about.stem, about.chapter, "series", about.title, contents, note)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Bytes of a zip archive; the same members give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16  # readable when it is unpacked
            archive.writestr(member, content, zipfile.ZIP_DEFLATED, 9)
    return stream.getvalue()


def ledger_files(content: Mapping[str, Any]) -> list[File]:
    """Verdicts and errata of a run, as its JSON files and, of the verdicts, a table."""
    rows = flat(content["verdicts"])
    stream = io.StringIO()
    if rows:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    def coded(value: Any) -> bytes:
        return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    verdicts = {".csv": stream.getvalue().encode(), ".json": coded(content["verdicts"])}
    return [
        File("verdicts", "", "ledger", "Verdicts: one row for each claim and reading", verdicts),
        File("errata", "", "ledger", "Errors in the texts", {".json": coded(content["errata"])}),
    ]


HOW_TO_RUN = """The executed chapter {title!r} of the study "Do these portfolio papers hold up?".

book/{name}.ipynb has all outputs. To run it again, in this folder and in an environment with Python 3.11 to 3.14:

    pip install {install}
    jupyter lab book/{name}.ipynb

The cell of parameters holds the prices that were asked for: source, universe and dates.{file}
book/claims and the other files beside the notebook are what its code reads of the book: which claims there
are, and how many belong to a family, which decides the width of intervals.
"""


def notebook_file(
    chapter: Chapter,
    notebook: Any,
    records: Mapping[str, Record],
    data: Mapping[str, Any],
    root: Path,
    install: str,
) -> File:
    """The executed chapter as an archive that runs on its own once the project is installed.

    Parameters
    ----------
    chapter : Chapter
    notebook : nbformat.NotebookNode
        Its filled page, as `take` returns it.
    records : mapping
        Its measured values.
    data : mapping
        What its prices are: source, universe, tickers, first, last, request.
    root : pathlib.Path
        The checkout.
    install : str
        What ``pip install`` is given.
    """
    import nbformat

    own = with_used_parameters(notebook)
    own.metadata = {
        name: own.metadata[name] for name in ("kernelspec", "language_info") if name in own.metadata
    }
    given = {name: repr(value) for name, value in own_request(data).items()}
    for cell in own.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = replaced_values(cell.source, given)
        cell.metadata = {"tags": ["parameters"]} if "parameters" in cell.metadata.get("tags", []) else {}
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(cell.source, chapter.name, records)
    needs = "to read, nothing else; to run, the study installed, as its README.txt says"
    if data["source"] == "file":
        needs += ", and your file of prices, which is not in it"
    file = (
        " It names a file of prices, which stays yours: put it in this folder."
        if data["source"] == "file"
        else ""
    )
    title = str(chapter.front.get("title") or chapter.name)
    told = "Executed notebook, with all results"
    book = root / "book"
    claims = [book / "claims" / f"{chapter.name}.yml", book / "samples.yml", book / "errata.yml"]
    members = {
        "README.txt": HOW_TO_RUN.format(title=title, name=chapter.name, install=install, file=file).encode(),
        f"book/{chapter.name}.ipynb": nbformat.writes(own).encode(),
        "_toc.yml": f"format: jb-book\nroot: book/{chapter.name}\n".encode(),
        **{path.relative_to(root).as_posix(): path.read_bytes() for path in claims if path.is_file()},
    }
    name = f"{chapter.name.replace('_', '-')}-notebook"
    return File(name, chapter.name, "notebook", told, {".zip": zipped(members)}, needs)


def own_request(data: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that load the prices of a run without its snapshot: source, universe, dates, file.

    Parameters
    ----------
    data : mapping
        See `notebook_file`.
    """
    asked = data.get("request") or {}
    universe = list(data["tickers"]) if data["universe"] == "custom" else data["universe"]
    # Returns of the library begin at START, prices one date before.
    first = asked.get("start") if data["source"] == "french" else data["first"]
    path = asked.get("path")
    return {
        "source": data["source"],
        "universe": universe,
        "start": first,
        "end": data["last"],
        "path": Path(path).name if path else None,
        "snapshot": None,
    }


GLUED = re.compile(r"\{glue:(?:text|md)\}`([^`:]+)(?::([^`]*))?`")
RAW = re.compile(r"```\{raw\} html\n(.*?)\n```", re.DOTALL)
PLAIN = (
    (re.compile(r"^\([\w-]+\)=\n", re.MULTILINE), ""),
    (re.compile(r"^:::+\{admonition\} *(.*)$", re.MULTILINE), r"**\1**\n"),
    (re.compile(r"^:::+.*\n?", re.MULTILINE), ""),
    (re.compile(r"\{cite:\w+\}`([^`]*)`"), r"(\1)"),
    (re.compile(r"\{\w+\}`(?:([^`<]*)<[^`]*>|([^`]*))`"), r"\1\2"),
    (re.compile(r"\[([^\]]*)\]\([\w./-]+\.(?:md|ipynb)(?:#[^)]*)?\)"), r"\1"),
)


def plain_markdown(text: str, chapter: str, records: Mapping[str, Record]) -> str:
    """Prose of a page as any notebook viewer shows it: values in place, no roles, no links to other pages."""
    lookup = record_lookup(chapter, dict(records), text=in_page)

    def value(match: re.Match[str]) -> str:
        try:
            return format(lookup(match[1].removeprefix(f"{chapter}.")), match[2] or "")
        except LedgerError:  # no measured value: where it is none of myst-nb's either, the page is refused
            return match[0]

    text = RAW.sub(lambda match: match[1], GLUED.sub(value, text))
    for pattern, instead in PLAIN:
        text = pattern.sub(instead, text)
    return text


def write_files(files: Iterable[File], folder: Path) -> None:
    """Write all contents below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        for end, content in file.contents.items():
            (folder / f"{file.name}{end}").write_bytes(content)


def chapter_list(files: Sequence[File], page: bool = True) -> str:
    """HTML: what can be taken away from one page, folded; with a link to the page of all, if the book has it."""
    held = {kind: sum(file.kind == kind for file in files) for kind in KINDS}
    told = ", ".join(
        {"notebook": "notebook", "figure": "figures"}.get(kind) or counted(n, kind, KINDS[kind])
        for kind, n in held.items()
        if n
    )
    items = "".join(f"<li>{file.links()}</li>" for kind in KINDS for file in files if file.kind == kind)
    all_of_them = (
        '<p><a href="downloads.html">All downloads, what the columns are, how to cite</a></p>' if page else ""
    )
    return f'<details class="take-away" id="{TAKE_AWAY}"><summary>Take away: {told}</summary><ul>{items}</ul>{all_of_them}</details>'


def all_files(files: Sequence[File], titles: Mapping[str, str]) -> str:
    """HTML: every file, those of the ledger first, then a folded list a chapter."""
    own = "".join(f"<li>{file.links()}</li>" for file in files if not file.chapter)
    parts = [f"<ul>{own}</ul>"]
    for chapter, title in titles.items():
        found = [file for file in files if file.chapter == chapter]
        if found:
            items = "".join(
                f"<li>{file.links()}</li>" for kind in KINDS for file in found if file.kind == kind
            )
            parts.append(
                f'<details id="from-{html.escape(chapter.replace("_", "-"))}"><summary>{html.escape(title)} '
                f"({len(found)})</summary><ul>{items}</ul></details>"
            )
    return "".join(parts)
