"""Pages without code of which a part is made by the build: downloads, changes, the library, the measures.

A line ``{name}`` of such a page is replaced by what the build makes under this name (see `PARTS`).
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portfolio_study.data.packaged import DEFAULT_UNIVERSE, packaged_manifest
from portfolio_study.data.universe import resolve_universe
from portfolio_study.errors import BuildError
from portfolio_study.ledger import listings
from portfolio_study.ledger.citation import Citation, read_citation
from portfolio_study.ledger.claims import load_ledger
from portfolio_study.ledger.dictionary import dictionary
from portfolio_study.ledger.records import read_records
from portfolio_study.publishing import api_pages, downloads, study_copy
from portfolio_study.publishing.check_sources import STUDIES
from portfolio_study.publishing.notebooks import Chapter
from portfolio_study.publishing.provenance import git_commit
from portfolio_study.publishing.run_prices import history_of
from portfolio_study.settings import jobs

LINE = re.compile(r"^\{(?P<name>[a-z_]+(?::[a-z_]+)?)\}$", re.MULTILINE)


@dataclass(frozen=True)
class Made:
    """What the parts are made of.

    Attributes
    ----------
    root : pathlib.Path
        The checkout.
    chapters : sequence of Chapter
        Pages of the book, in reading order.
    files : sequence of File
        All that can be taken away.
    run : mapping
        What the run is made of.
    citation : Citation or None
    commit : str
        Of the checkout; empty if it is none.
    """

    root: Path
    chapters: Sequence[Chapter]
    files: Sequence[downloads.File]
    run: Mapping[str, Any]
    citation: Citation | None
    commit: str

    @property
    def titles(self) -> dict[str, str]:
        """Titles of the pages, by name."""
        return {chapter.name: page_title(chapter) for chapter in self.chapters}

    @property
    def source(self) -> api_pages.Source:
        """What tells where an object's code is."""
        return api_pages.source_link(self.citation, self.commit)


def page_title(chapter: Chapter) -> str:
    """First heading of a page."""
    for cell in chapter.notebook.cells:
        found = re.search(r"^# (.+)$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and found:
            return found[1].strip()
    return chapter.name


def written_page(text: str, made: Made, page: str) -> str:
    """Fill a page.

    Raises
    ------
    BuildError
        If a line asks for a part that there is not.
    """

    def part(match: re.Match[str]) -> str:
        name, _, argument = match["name"].partition(":")
        if name not in PARTS:
            raise BuildError(f"{page}: unknown part {match[0]}; known: {', '.join(sorted(PARTS))}")
        return PARTS[name](made, argument)

    return LINE.sub(part, text)


def _raw(shown: str) -> str:
    return f"```{{raw}} html\n{shown}\n```"


def _install(made: Made, argument: str) -> str:
    return f"```{{code-block}} bash\npip install {install(made.citation)}\n```"


def install(citation: Citation | None) -> str:
    """What ``pip install`` is given for chapters: the repository where it is known, else a checkout."""
    if citation and citation.repository:
        return f'"portfolio-study[book,networks] @ git+{citation.repository}"'
    return '".[book,networks]"   # in a copy of the study'


def _get_study(made: Made, argument: str) -> str:
    """Where the study is had in which all commands run."""
    if made.citation and made.citation.repository:
        return f"All commands run in a copy of the study:\n\n```{{code-block}} sh\ngit clone {made.citation.repository} study\ncd study\n```"
    if any(file.name == study_copy.NAME for file in made.files):
        return (
            "All commands run in a copy of the study, which comes with this site: "
            f'<a href="../{downloads.FOLDER}/{study_copy.NAME}.tar.xz" download>{study_copy.NAME}.tar.xz</a>. '
            "Save it, then unpack it and go into its folder:\n\n"
            f"```{{code-block}} sh\ntar xf {study_copy.NAME}.tar.xz\ncd {study_copy.NAME}\n```"
        )
    return (
        "All commands run in a copy of the study. This build names no public repository that has one: it is the folder "
        "from which this site was built (with `Makefile`, `README.md`, `src` and `book` in it), so whoever gave you "
        "the site has it, and can send it as an archive. Unpack that, and type the commands in its folder."
    )


def _downloads(made: Made, argument: str) -> str:
    return _raw(downloads.all_files(made.files, made.titles))


def _cite(made: Made, argument: str) -> str:
    if made.citation is None:
        return "This copy of the study has no `CITATION.cff` that says how to cite it."
    date = str(made.run.get("computed_at") or "")[:10] or "1970-01-01"
    facts = {
        "version": made.citation.version,
        "results computed": date,
        "licence": made.citation.licence,
        "commit": made.commit,
        "checksum of the prices": str(made.run["sha256"])[:12],
        "site": made.citation.site,
        "repository": made.citation.repository,
    }
    rows = "\n".join(f"| {name} | {_code(name, value)} |" for name, value in facts.items() if value)
    address = (
        ""
        if made.citation.site or made.citation.repository
        else "\n\nThe study has no public address yet: whoever cites it names the commit."
    )
    return f"```bibtex\n{made.citation.bibtex(date, made.commit)}\n```\n\n| fact | value |\n| --- | --- |\n{rows}{address}"


def _code(name: str, value: str) -> str:
    if name in ("site", "repository"):
        return f"[{value}]({value})"
    return f"`{value}`" if name in ("commit", "checksum of the prices") else value


def _changelog(made: Made, argument: str) -> str:
    """``CHANGELOG.md`` without its title, one level deeper than no heading at all."""
    path = made.root / "CHANGELOG.md"
    if not path.is_file():
        raise BuildError(f"{path} is missing")
    return re.sub(r"^# .*\n+", "", path.read_text(encoding="utf-8"), count=1).strip()


def _measures(made: Made, argument: str) -> str:
    with_study = {c.name: made.titles[c.name] for c in made.chapters if c.front}
    claims = load_ledger(made.root).claims
    asked = (reading.measured_by for claim in claims for reading in claim.readings.values())
    return api_pages.measures_page(STUDIES, with_study, asked, made.source)


def _packaged_stocks(made: Made, argument: str) -> str:
    about = packaged_manifest()[DEFAULT_UNIVERSE]
    stocks = ", ".join(resolve_universe(DEFAULT_UNIVERSE).tickers)
    return f"{stocks}: from {about['first']} to {about['last']}."


PARTS: dict[str, Callable[[Made, str], str]] = {
    "install": _install,
    "get_study": _get_study,
    "downloads": _downloads,
    "cite": _cite,
    "dictionary": lambda made, argument: dictionary(),
    "packaged_stocks": _packaged_stocks,
    "changelog": _changelog,
    "judged_changes": lambda made, argument: _raw(listings.changes_table()),
    "readings": lambda made, argument: _raw(listings.readings_table()),
    "draws": lambda made, argument: _raw(listings.draws_table()),
    "measures": _measures,
    "api_index": lambda made, argument: api_pages.api_index(),
    "api": lambda made, argument: api_pages.api_package(argument, made.source),
}


@dataclass(frozen=True)
class Offered:
    """What a site is staged from.

    Attributes
    ----------
    pages : dict of str to nbformat.NotebookNode
        Executed pages with their links, by entry of ``_toc.yml``.
    texts : dict of str to str
        Pages without code, likewise.
    files : list of File
        What readers can take away.
    """

    pages: dict[str, Any]
    texts: dict[str, str]
    files: list[downloads.File]


def offer(
    sources: Mapping[str, Chapter],
    filled: Mapping[str, Any],
    executed: Mapping[str, Path],
    content: Mapping[str, Any],
    data: Mapping[str, Any],
    root: Path,
) -> Offered:
    """Take out of the pages what readers can take away, and write the pages that say so.

    Parameters
    ----------
    sources : mapping of str to Chapter
        All pages by entry of ``_toc.yml``, in reading order.
    filled : mapping of str to nbformat.NotebookNode
        Executed pages under their prose.
    executed : mapping of str to pathlib.Path
        Files of the executed notebooks.
    content : mapping
        ``verdicts``, ``errata`` and ``run``.
    data : mapping
        What the prices of the run are (see `run_prices.resolve_data`).
    root : pathlib.Path
        The checkout.
    """
    citation, commit = read_citation(root), str(git_commit(root).get("commit", ""))
    files, shown = downloads.ledger_files(content), {}
    with ThreadPoolExecutor(jobs()) as workers:  # compressing pictures and series lets other threads run
        copy = workers.submit(study_copy.study_copy, root)
        taken = workers.map(lambda entry: downloads.take(filled[entry], sources[entry].name), filled)
    if (whole := copy.result()) is not None:
        files.append(whole)
    for entry, (page, own) in zip(filled, taken, strict=True):
        chapter = sources[entry]
        if "ledger" not in chapter.parameters:
            records, prices = read_records(executed[entry]), history_of(data, chapter.name)
            own.insert(0, downloads.notebook_file(chapter, page, records, prices, root, install(citation)))
        beside = f"{entry.rpartition('/')[0]}/downloads" in sources
        foot = (downloads.chapter_list(own, beside) if own else "") + page_links(citation, entry)
        if foot:
            page.cells.append(markdown_cell(_raw(foot)))
        shown[entry] = page
        files += own
    made = Made(root, list(sources.values()), files, content["run"], citation, commit)
    texts = {}
    for entry, chapter in sources.items():
        if entry not in filled:
            written = written_page(chapter.path.read_text(encoding="utf-8"), made, f"{entry}.md")
            foot = page_links(citation, entry)
            texts[entry] = f"{written.rstrip()}\n\n{_raw(foot)}\n" if foot else written
    return Offered(shown, texts, files)


def markdown_cell(text: str) -> Any:
    """A cell of prose, without an identifier that would differ in every build."""
    import nbformat

    cell = nbformat.v4.new_markdown_cell(text)
    cell["id"] = "take-away"
    return cell


def page_links(citation: Citation | None, entry: str) -> str:
    """HTML: the page's source, an edit, a session in the browser; empty where there is no repository."""
    if citation is None or not citation.repository:
        return ""
    links = {
        "Source of this page": citation.source(f"{entry}.md"),
        "Edit": citation.edit(f"{entry}.md"),
        "Run in a browser (Binder)": citation.binder(entry),
    }
    shown = " · ".join(
        f'<a href="{html.escape(address)}">{words}</a>' for words, address in links.items() if address
    )
    return f'<p class="page-links">{shown}</p>'
