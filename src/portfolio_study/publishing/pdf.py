"""The whole book as one PDF: the articles of the published site in one page, printed by Chromium.

The page is printed twice: after the first time the numbers of the pages are known, and stand in the contents.
"""

import html
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.chromium import Tab, chromium, find_chromium
from portfolio_study.publishing.layout import Layout, chapter_name

ARTICLE = re.compile(r"<article[^>]*>(?P<body>.*)</article>", re.DOTALL)
HEAD = re.compile(r'<link [^>]*rel="stylesheet"[^>]*>|<script[^>]*(?:mathjax|study\.js)[^>]*></script>')
WAITING = re.compile(r'<script type="text/plain" data-formulas=')  # of formulas, until one is near
MATHJAX = re.compile(r"<script>window\.MathJax = (?P<settings>\{.*?\})</script>")
ID = re.compile(r'(?<=\s)(?P<name>id|for|aria-labelledby|aria-describedby)="(?P<value>[^"]+)"')
LINK = re.compile(r'(?<=\s)(?P<name>href|src)="(?P<url>[^"]+)"')
OUTSIDE = re.compile(r"[a-zA-Z][\w+.-]*:|//")
DRAWN_INTO = re.compile(
    r"(?<=[\"'])plotly-(?=[\w-]+[\"'])"
)  # a figure's script names the element that it fills
HEADING = re.compile(r"<h(?P<level>[12])(?=[ >])(?P<rest>.*?)</h[12]>", re.DOTALL)
PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
PAPER = {"printBackground": True, "preferCSSPageSize": True, "generateDocumentOutline": True, "generateTaggedPDF": True}  # fmt: skip
DESTINATION = re.compile(rb"/contents-(\d+) \[(\d+) 0 R")
OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s*<<\s*/Type /(Pages?)\b(.*?)endobj", re.DOTALL)

Say = Callable[[str], Any]


def write_pdf(layout: Layout, say: Say = print) -> Path:
    """Print the published site as ``book.pdf`` below the build folder.

    Parameters
    ----------
    layout : Layout
        The checkout.
    say : callable
        Told what is being done.

    Returns
    -------
    pathlib.Path
        The file; one that was there before is replaced when the new one is complete.

    Raises
    ------
    BuildError
        If nothing is published yet.
    BrowserError
        If there is no Chromium, or it fails. The site is untouched.
    """
    site = (layout.build / "html").resolve()
    if not (site / "index.html").is_file():
        raise BuildError("there is no site to print yet: run `make book` first")
    program = find_chromium()
    target = layout.build / "book.pdf"
    with tempfile.TemporaryDirectory(prefix="study-pdf-") as folder, chromium(program) as browser:
        page = Path(folder) / "book.html"
        page.write_text(one_page(site, layout.pages()), encoding="utf-8")
        tab = browser.tab()
        tab.media("print", "light")
        tab.size(794, 1123)  # A4 at 96 pixels an inch
        say("setting formulas and figures")
        tab.open(page.as_uri())
        prepare(tab)
        scratch = Path(folder) / "book.pdf"
        say("printing, for the page numbers of the contents")
        tab.pdf(scratch, **PAPER)
        numbers = page_numbers(scratch.read_bytes())
        tab.value(
            f"Object.entries({json.dumps(numbers)}).forEach(([k, n]) => "
            "{ document.getElementById(`number-${k}`).textContent = n; })"
        )
        say("printing the book")
        tab.pdf(scratch, **PAPER)
        unfinished = target.with_suffix(".tmp")
        unfinished.write_bytes(scratch.read_bytes())
        unfinished.replace(target)
    return target


def prepare(tab: Tab) -> None:
    """Draw all figures and load all pictures of a page that is to be printed."""
    tab.value("document.querySelectorAll('img[loading]').forEach(img => { img.loading = 'eager'; })")
    tab.value("window.drawFigures ? window.drawFigures().then(() => true) : true")
    tab.wait("[...document.images].every(img => img.complete)", seconds=120)
    tab.value("new Promise(done => setTimeout(done, 500))")  # figures take the width of the paper


def one_page(site: Path, pages: list[str]) -> str:
    """One HTML page with a title, contents and the articles of a site.

    Names of elements carry the page that they come from, so that links lead inside the book; pictures,
    styles and scripts are those of the site.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the site.
    pages : list of str
        Entries of ``_toc.yml``, in order.

    Raises
    ------
    BuildError
        If a page has no article.
    """
    names = [chapter_name(page) for page in pages]
    articles: list[str] = []
    contents: list[tuple[str, str]] = []
    head = ""
    title = footer = settings = ""
    for page, name in zip(pages, names, strict=True):
        path = site / f"{page}.html"
        text = WAITING.sub("<script src=", path.read_text(encoding="utf-8"))
        found = ARTICLE.search(text)
        if found is None:
            raise BuildError(f"{path} has no article to print: build the book again")
        if not head:
            head = "".join(dict.fromkeys(HEAD.findall(text)))
            title = _words(re.search(r"<h1.*?</h1>", found["body"], re.DOTALL)[0])  # type: ignore[index]
            last = re.search(r'class="extra_footer">(.*?)</div>', text, re.DOTALL)
            footer = _words(last[1]) if last else ""
        if not settings and (given := MATHJAX.search(text)):
            settings = _all_at_once(given["settings"])
            head += "".join(link for link in HEAD.findall(text) if "mathjax" in link and link not in head)
        body = _inside(found["body"], name, names, path.parent)
        articles.append(
            f'<article class="bd-article" id="{name}--page">{_numbered(body, contents)}</article>'
        )
    head = settings + LINK.sub(lambda link: f'{link["name"]}="{_file(site / pages[0], link["url"])}"', head)
    rows = "".join(
        f'<li class="level-{level}"><a href="#contents-{number}">{html.escape(words)}</a>'
        f'<span id="number-{number}"></span></li>'
        for number, (level, words) in enumerate(contents)
    )
    return (
        '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>{head}</head><body><main class='bd-content'>"
        f"<section class='title-page'><p class='title'>{html.escape(title)}</p><p>{html.escape(footer)}</p></section>"
        f"<nav class='contents' aria-label='Contents'><p class='contents-title'>Contents</p><ol>{rows}</ol></nav>"
        f"{''.join(articles)}</main></body></html>"
    )


def _all_at_once(settings: str) -> str:
    """Settings of the formulas of a page, without those that let them wait until they are seen."""
    given = json.loads(settings)
    given.pop("startup", None)
    return f"<script>window.MathJax = {json.dumps(given)}</script>"


def _words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", PERMALINK.sub("", text))).split())


def _file(page: Path, url: str) -> str:
    """Address of a file that a page of the site names."""
    path, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
    return (page.parent / path).resolve().as_uri() + mark + rest


def _inside(body: str, name: str, names: list[str], folder: Path) -> str:
    """An article with its own names of elements, and links that lead inside the book."""

    def link(found: re.Match[str]) -> str:
        url = html.unescape(found["url"])
        if OUTSIDE.match(url):
            return found[0]
        path, _, anchor = url.partition("#")
        stem = Path(path.partition("?")[0]).stem if path else name
        if found["name"] == "href" and (not path or (path.endswith(".html") and stem in names)):
            return f'href="#{stem}--{html.escape(anchor or "page")}"'
        return f'{found["name"]}="{html.escape(_file(folder / "page", url))}"'

    body = LINK.sub(link, body)
    body = DRAWN_INTO.sub(f"{name}--plotly-", body)
    return ID.sub(
        lambda found: f'{found["name"]}="' + " ".join(
            value if value.startswith(f"{name}--") else f"{name}--{value}" for value in found["value"].split()
        ) + '"',
        body,
    )  # fmt: skip


def _numbered(body: str, contents: list[tuple[str, str]]) -> str:
    """Give the upper headings an anchor for the contents, and note them there."""

    def anchored(found: re.Match[str]) -> str:
        contents.append((found["level"], _words(f"<h{found['level']}{found['rest']}")))
        # The heading itself: an element of its own before it may stand on the page before.
        level, name = found["level"], f"contents-{len(contents) - 1}"
        return f'<h{level} id="{name}"{found["rest"]}</h{level}>'

    return HEADING.sub(anchored, body)


def page_numbers(printed: bytes) -> dict[int, int]:
    """Number of the page on which each heading of the contents stands, read from the printed file.

    Parameters
    ----------
    printed : bytes
        A PDF as Chromium writes it: its table of named places and its tree of pages are plain text.

    Raises
    ------
    BuildError
        If the places are not there.
    """
    nodes = {number: (kind, rest) for number, kind, rest in OBJECT.findall(printed)}
    trees = [n for n, (kind, rest) in nodes.items() if kind == b"Pages" and b"/Parent" not in rest]
    order: list[bytes] = []

    def walk(number: bytes) -> None:
        kind, rest = nodes[number]
        if kind == b"Page":
            order.append(number)
        else:
            for child in re.findall(rb"(\d+) 0 R", rest.split(b"/Kids")[1].split(b"]")[0]):
                walk(child)

    for tree in trees:
        walk(tree)
    place = {number: at for at, number in enumerate(order, start=1)}
    found = {int(heading): place[page] for heading, page in DESTINATION.findall(printed) if page in place}
    if not found:
        raise BuildError(
            "the printed book has no places for its contents: this Chromium is too old or too new"
        )
    return found
