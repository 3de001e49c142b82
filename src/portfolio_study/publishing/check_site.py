"""Checks of the rendered site: what Jupyter Book builds without a warning can still be broken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portfolio_study.errors import BuildError

LEAST_WORDS = 20  # an executed page with less text is an accident
MOST_BYTES = 1_000_000  # of a page: more takes seconds to open on a phone
#: Pages that Sphinx and its theme write, without prose of the study.
GENERATED = {"genindex.html", "search.html"}
STYLE_URL = re.compile(r"""(?:@import\s+(?:url\()?|url\()\s*["']?((?:https?:)?//[^"')\s]+)""")
UNRESOLVED = re.compile(r"\{glue|glue:(text|md|figure|\b)|Could not find|No key called|\bundefined label\b")


@dataclass
class Page:
    """What the checks need of one HTML page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    images: list[tuple[str, str | None]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    redirects: bool = False


class _Reader(HTMLParser):
    """Collects ids, links, images, and the text of the article (not of menus or code)."""

    VOID = frozenset(
        {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[tuple[str, str]] = []
        self._heading: list[str] | None = None

    def _inside(self, *names: str) -> bool:
        return any(tag in names or mark in names for tag, mark in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        classes = values.get("class") or ""
        if tag == "li" and self._open and self._open[-1][0] == "li":
            self._open.pop()  # an item ends where the next begins, see code_pages
        if tag not in self.VOID:
            mark = "code" if re.search(r"\bcell_input\b|\bhighlight\b", classes) else ""
            self._open.append((tag, mark))
        for key in ("id", "name"):
            if values.get(key) and (key == "id" or tag == "a"):
                self.page.ids.add(str(values[key]))
        if tag == "a" and values.get("href") is not None:
            self.page.links.append(str(values["href"]))
        if tag == "img":
            self.page.images.append((str(values.get("src")), values.get("alt")))
        resource = values.get("src") if tag != "a" else None
        if tag == "link" and "canonical" not in (values.get("rel") or ""):
            resource = values.get("href")
        if tag == "object":
            resource = values.get("data")
        if resource:
            self.page.resources.append(resource)
        if re.fullmatch("h[1-6]", tag) and self._inside("article"):
            self._heading = []
        if tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh":
            self.page.redirects = True
        if tag == "td":
            self.page.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._heading is not None and re.fullmatch("h[1-6]", tag):
            self.page.headings.append((int(tag[1]), " ".join("".join(self._heading).split())))
            self._heading = None
        while self._open and any(name == tag for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._inside("style"):
            self.page.resources += STYLE_URL.findall(data)
        if self._heading is not None:
            self._heading.append(data)
        if self._inside("script", "style", "code", "pre", "nav") or not self._inside("article"):
            return
        self.page.words += data.split()
        if self._inside("td") and self.page.cells:
            self.page.cells[-1] += data


def read_page(path: Path) -> Page:
    """Parse one page of the site."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader.page


def check_site(site: Path, pages: Iterable[str]) -> None:
    """Refuse a site that a reader could not use.

    Every page of the table of contents exists, has text and does not redirect; every value in the prose is
    resolved; no table shows ``nan``; every image has a description; headings follow in
    order; every link inside the site leads somewhere; nothing is loaded from a network; no page is heavier than
    `MOST_BYTES`.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the rendered site.
    pages : iterable of str
        Entries of ``_toc.yml``.

    Raises
    ------
    BuildError
        Lists every problem with its page.
    """
    found = site_problems(site, list(pages))
    if found:
        shown = "\n".join(f"  {line}" for line in found[:40])
        more = f"\n  and {len(found) - 40} more" if len(found) > 40 else ""
        raise BuildError(f"the rendered book has {len(found)} problem(s):\n{shown}{more}")


def site_problems(site: Path, pages: list[str]) -> list[str]:
    """List what is wrong with a site, one line each (see `check_site`)."""
    parsed = {path.relative_to(site).as_posix(): read_page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for entry in [*pages, "index"]:
        name = f"{entry}.html"
        if name not in parsed:
            found.append(f"{name}: the page is missing")
        elif len(parsed[name].words) < LEAST_WORDS:
            found.append(f"{name}: the page is empty ({len(parsed[name].words)} words)")
        else:
            found += _text_problems(name, parsed[name])
        if name in parsed and (weight := (site / name).stat().st_size) > MOST_BYTES:
            found.append(
                f"{name}: the page has {weight:,} bytes, at most {MOST_BYTES:,} are allowed: show fewer rows or lines"
            )
    for name, page in parsed.items():
        if name in GENERATED or name.startswith("_static/"):
            continue
        found += _link_problems(site, name, page, parsed)
    for path in sorted(site.rglob("*.css")):
        for url in STYLE_URL.findall(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(site).as_posix()}: loads {url} from the network")
    return found


def _text_problems(name: str, page: Page) -> list[str]:
    found = []
    text = " ".join(page.words)
    if match := UNRESOLVED.search(text):
        around = text[max(0, match.start() - 40) : match.end() + 60]
        found.append(f"{name}: a value in the text is not resolved: ...{around}...")
    if any(cell.strip().lower() in {"nan", "nat", "inf", "-inf"} for cell in page.cells):
        found.append(f"{name}: a table shows nan or inf; say why the value is missing")
    found += [
        f"{name}: image {source[-60:]} has no description (alt text)"
        for source, alt in page.images
        if not (alt or "").strip() or (alt or "").startswith(("_images/", "../_images/"))
    ]
    levels = [level for level, _ in page.headings]
    if page.redirects:
        found.append(f"{name}: the page only redirects to another one")
    if levels[:1] != [1]:
        found.append(f"{name}: the page does not start with a title")
    for (before, _), (after, title) in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            found.append(f"{name}: heading {title!r} skips a level (h{before} to h{after})")
    return found


def _link_problems(site: Path, name: str, page: Page, parsed: dict[str, Page]) -> list[str]:
    found = []
    for resource in page.resources:
        if re.match(r"(https?:)?//", resource):
            found.append(f"{name}: loads {resource} from the network")
        elif not resource.startswith("data:") and not _target(site, name, resource).is_file():
            found.append(f"{name}: {resource} does not exist")
    for link in dict.fromkeys(page.links):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = _target(site, name, link) if parts.path else site / name
        if not target.is_file():
            found.append(f"{name}: link to {link}, which does not exist")
            continue
        there = parsed.get(target.resolve().relative_to(site.resolve()).as_posix())
        if parts.fragment and there and unquote(parts.fragment) not in there.ids:
            found.append(f"{name}: link to {link}, which has no such anchor")
    return found


def _target(site: Path, name: str, url: str) -> Path:
    path = unquote(urlsplit(url).path)
    target = (site / name).parent / path
    return target / "index.html" if path.endswith("/") else target
