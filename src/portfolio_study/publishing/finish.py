"""What Jupyter Book leaves undone in rendered pages: names and keys for every reader, and a quick first view."""

import html
import json
import re
import struct
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from portfolio_study.publishing.plain_formulas import plain_formulas

#: A table that is too wide is scrolled, by keys too: study.js gives the box around it the focus, and this name.
SCROLLED = re.compile(
    r'<div class="table-scroll">(?=<table[^>]*>\s*<caption[^>]*>(?P<caption>.*?)</caption>)', re.DOTALL
)
FRAME = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)
WITHOUT_TEXT = re.compile(r"<th[^>]*>\s*</th>")  # the corner of a table heads nothing
PART = re.compile(r"<(?P<part>thead|tbody)\b[^>]*>.*?</(?P=part)>", re.DOTALL)
HEAD = re.compile(r"<th\b(?![^>]*\bscope=)(?P<rest>[^>]*)>")  # of which it is not said what it heads
HEADERLINK = re.compile(
    r'(?P<link><a class="headerlink" href="#(?P<anchor>[^"]*)" title="(?P<title>[^"]*)")>'
)
#: A heading, or a table without caption, which is named by the section that it stands in.
NAMELESS = re.compile(
    r"<h[1-6][^>]*>(?P<title>.*?)(?:<a class=\"headerlink\".*?)?</h[1-6]>"
    r"|(?P<table><table\b[^>]*>)(?P<without>\s*(?!\s|<caption))",
    re.DOTALL,
)
TAG = re.compile(r"<[^>]+>")
#: The theme repeats title and contents of a page for print, where ours hides them: a page has one title.
PRINTED = re.compile(r'(<div id="jb-print-docs-body"[^>]*>\s*)<h1>(.*?)</h1>', re.DOTALL)
#: Words in Cyrillic letters, and what is not text of a page.
RUSSIAN = re.compile(
    r"(?P<other><(?P<tag>script|style|title|option)\b.*?</(?P=tag)>|<[^>]*>)"
    r"|(?P<words>[\u0400-\u04ff]+(?:[\s,.;:«»()-]+[\u0400-\u04ff]+)*)",
    re.DOTALL,
)
#: Days, which would break at their hyphens, the blank before a sign of percent, and what cannot hold an element or is
#: shown as it is written.
UNBROKEN = re.compile(
    r"(?P<other><(?P<tag>script|style|title|option|svg|pre|code|textarea)\b.*?</(?P=tag)>|<[^>]*>)"
    r"|\b\d{4}-\d\d-\d\d\b|(?:(?<=\d)|(?<=\d</span>)) (?=%)",
    re.DOTALL,
)
FOLD = '<summary aria-label="Toggle hidden content">'  # its own words say which
SHORTCUT = re.compile(r'\s*<span class="search-button__kbd-shortcut">.*?</span>', re.DOTALL)
BRANCH = re.compile(r'<summary>(?=<span class="toctree-toggle")')  # an arrow of the menu, without words
MODES = re.compile(r'(<i class="theme-switch [^>]*?) title="[^"]*"')  # the button has a name
REFERENCES = re.compile(r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")')
#: A formula with a mark behind it, which would begin the next line.
MARKED = re.compile(
    r'(?:<math class="formula"(?:(?!</math>).)*</math>|<span class="math notranslate nohighlight">[^<]*</span>)[,.;:!?)]+',
    re.DOTALL,
)
FIGURE = re.compile(r'<figure class="interactive"(?P<img> role="img")?(?P<rest>[^>]*)>(?P<body>.*?)</figure>', re.DOTALL)  # fmt: skip
PLOTLY = re.compile(r'\s*<script[^>]*src="[^"]*plotly\.min\.js"[^>]*></script>')
SCRIPT = re.compile(r"<script[^>]*>(?=\s*window\.PLOTLYENV)")
SEARCH_ONLY = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
#: The front page has the name of the book for a title: once is enough.
TWICE = re.compile(r"<title>(?P<title>[^<]+?) (?:&#8212;|—) (?P=title)</title>")
IMAGE = re.compile(r'<img (?P<before>[^>]*?)src="(?P<source>[^"]*_images/[^"]+\.png)"(?P<after>[^>]*?)/?>')
FORMULAS = re.compile(r'<script[^>]* src="(?P<source>[^"]*mathjax/[^"]*)"[^>]*></script>')
SEARCH_PAGE, SEARCH_SCRIPT, TEXTS = "search.html", "_static/search.js", "search-texts.js"


def finish_site(site: Path) -> None:
    """Finish every page, and write the texts that the search page shows.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the rendered site.
    """
    texts = {}
    for path in sorted(site.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        if path.name == SEARCH_PAGE:
            scripts = "".join(f'<script src="{name}"></script>' for name in (TEXTS, SEARCH_SCRIPT))
            page = page.replace("</body>", f"{scripts}</body>")
        else:
            page = SEARCH_ONLY.sub("", page)
            if found := sections(page):
                texts[path.relative_to(site).as_posix()] = found
        path.write_text(finished(page, path), encoding="utf-8")
    told = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    (site / TEXTS).write_text(f"window.searchTexts={told};\n", encoding="utf-8")


def finished(page: str, path: Path) -> str:
    """A page with names and keys for every reader, its figures and pictures loaded when they are seen.

    Parameters
    ----------
    page : str
        HTML.
    path : pathlib.Path
        Its file, from which its pictures are found.
    """
    page = TWICE.sub(r"<title>\g<title></title>", page)
    page = FRAME.sub(r'<div class="table-scroll">\g<0></div>', page)
    page = with_captions(page)
    page = SCROLLED.sub(_region, page)
    page = WITHOUT_TEXT.sub("<td></td>", page)
    page = PART.sub(_heads, page)
    page = HEADERLINK.sub(r'\g<link> aria-label="\g<title>, \g<anchor>">', page)
    page = BRANCH.sub('<summary aria-label="Pages below">', page)
    page = MODES.sub(r"\1", page)
    page = SHORTCUT.sub("", REFERENCES.sub("", page.replace(FOLD, "<summary>")))
    page = FIGURE.sub(_figure, page)
    page = PRINTED.sub(r"\1<p>\2</p>", page)
    page = RUSSIAN.sub(lambda found: found["other"] or f'<span lang="ru">{found["words"]}</span>', page)
    page = UNBROKEN.sub(lambda found: found["other"] or _unbroken(found[0]), page)
    page = MARKED.sub(r'<span class="kept">\g<0></span>', plain_formulas(page))
    page = FORMULAS.sub(
        r'<script type="text/plain" data-formulas="\g<source>"></script>', page
    )  # see study.js
    return IMAGE.sub(lambda found: _image(found, path), page)


def with_captions(page: str) -> str:
    """Give tables without a caption one that is read and not seen: their section, and from the second on a number.

    Parameters
    ----------
    page : str
        HTML.
    """
    title, tables = "", Counter[str]()

    def named(found: re.Match[str]) -> str:
        nonlocal title
        if found["table"] is None:
            title = " ".join(TAG.sub("", found["title"]).split())
            return found[0]
        tables[title] += 1
        number = f" ({tables[title]})" if tables[title] > 1 else ""
        words = f"{title or 'Table'}{number}"
        return f'{found["table"]}<caption class="visually-hidden">{words}</caption>{found["without"]}'

    return NAMELESS.sub(named, page)


def _region(found: re.Match[str]) -> str:
    name = html.escape(html.unescape(TAG.sub("", found["caption"])), quote=True)
    return f'<div class="table-scroll" data-name="{name}">'


def _heads(found: re.Match[str]) -> str:
    """A part of a table whose heads say whether they head columns or rows."""
    one = "col" if found["part"] == "thead" else "row"

    def scoped(head: re.Match[str]) -> str:
        several = re.search(rf'{one}span="(?!1")', head["rest"])
        return f'<th scope="{one}{"group" if several else ""}"{head["rest"]}>'

    return HEAD.sub(scoped, found[0])


def _figure(found: re.Match[str]) -> str:
    """A figure that ``study.js`` draws when it comes into view; it holds controls, so it is no image."""
    body = SCRIPT.sub('<script type="text/x-figure">', PLOTLY.sub("", found["body"]))
    return f'<figure class="interactive"{found["rest"]}>{body}</figure>'


def _unbroken(words: str) -> str:
    """A day or a blank at which no line ends."""
    return "&#160;" if words == " " else f'<span class="day">{words}</span>'


def _image(found: re.Match[str], path: Path) -> str:
    """A picture with its size, so that nothing moves when it arrives; it is loaded when it is near."""
    if "loading=" in found[0]:
        return found[0]
    size = ""
    file = (path.parent / found["source"]).resolve()
    if "width" not in found[0] and file.is_file():
        with file.open("rb") as stream:
            head = stream.read(24)  # signature, length and name of the first block, width, height
        width, height = struct.unpack(">II", head[16:24])
        size = f' width="{width}" height="{height}"'
    return f'<img {found["before"]}src="{found["source"]}"{found["after"]}{size} loading="lazy" decoding="async"/>'


class _Sections(HTMLParser):
    """Texts of the article by the section, or the row of a table with an address, that they stand in."""

    LEFT_OUT = frozenset({"script", "style", "nav", "svg"})
    LEFT_OUT_CLASSES = frozenset({"permalink", "code-link"})
    APART = frozenset(
        {"td", "th", "p", "li", "dt", "dd", "br", "summary", "div", "small"}
    )  # their words are no others' ends
    TITLES = frozenset({"summary", "button"})  # of a row, unless a part of it is of the class ``row-name``

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[str]] = []  # anchor, title, text
        self._open: list[str] = []
        self._anchor = ""
        self._into: list[str] | None = None  # the entry of `found` that words go to
        self._above: list[str] | None = None  # inside of a row: the entry of its section
        self._row = self._title = ""  # tags that are open: of the row, of what is read as a title
        self._inner = 0  # tags like that of the title inside of it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        if tag in self.APART:
            self.handle_data(" ")
        if tag in self.LEFT_OUT or tag == "article" or self.LEFT_OUT_CLASSES.intersection(classes):
            self._open.append(tag)
        if tag == "section":
            self._anchor = values.get("id") or ""
        if self._title:
            self._inner += tag == self._title
            return
        if self._open != ["article"]:
            return
        if re.fullmatch("h[1-4]", tag):
            self._begin(values.get("id") or self._anchor, tag)
        elif tag in ("tbody", "tr") and values.get("id") and not self._row:
            self._row, self._above = tag, self._into
            self._begin(str(values["id"]))
        elif self._row and self._into and not self._into[1] and (tag in self.TITLES or "row-name" in classes):
            self._title = tag

    def _begin(self, anchor: str, title: str = "") -> None:
        self._into = [anchor, "", ""]
        self.found.append(self._into)
        self._title = title

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        if tag == self._title:
            self._title = "" if not self._inner else self._title
            self._inner = max(0, self._inner - 1)
        if self._into and tag == self._row:
            if self._above and not self._into[1].strip():  # a row without a name is a part of its section
                self._above[2] += f" {self._into[2]}"
                self.found.pop()
            self._row, self._into = "", self._above

    def handle_data(self, data: str) -> None:
        if self._open == ["article"] and self._into is not None:
            self._into[1 if self._title else 2] += data


def sections(page: str) -> list[list[str]]:
    """Sections of a page, and rows of its tables that have an address: anchor, title and words of each.

    Parameters
    ----------
    page : str
        HTML.
    """
    reader = _Sections()
    reader.feed(page)
    reader.close()
    return [
        [anchor, " ".join(title.split()).rstrip("#"), " ".join(text.split())]
        for anchor, title, text in reader.found
        if title.strip()
    ]
