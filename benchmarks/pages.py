"""What each page of a built site costs and offers: ``python -m benchmarks.pages [SITE [PAGE ...]]``.

For every page its size, the time of the processor up to its first usable view as a multiple of that of an empty
page of the theme (measured in turn with it, median of several), and how many rules of axe it breaks in light and
dark colours, by the weight that axe gives them. The site is ``build/html`` unless another is named.

The first view can be used when the page is loaded, and the formulas and figures within the window are drawn.
The empty page is one of the site without its article and its contents: same menu, styles and scripts.
"""

import re
import statistics
import tempfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

from benchmarks.command import run

from portfolio_study.errors import BuildError
from portfolio_study.publishing.chromium import Chromium, chromium
from portfolio_study.publishing.shrink_site import size_of
from portfolio_study.settings import build_dir

ROUNDS = 5
WIDTH, HEIGHT = 1300, 900
MOST = 2.0  # times the empty page
# Asked through an observer: to ask formulas for their place would lay out the whole page.
SEEN = """(async () => { const parts = [...document.querySelectorAll('.math, figure.interactive')];
  const seen = !parts.length ? [] : await new Promise(done => { const watch = new IntersectionObserver(all => {
    watch.disconnect(); done(all.filter(one => one.isIntersecting).map(one => one.target)); });
    parts.forEach(part => watch.observe(part)); });
  const drawn = part => part.matches('.math') ? part.querySelector('svg') : part.dataset.drawn === 'yes';
  while (!seen.every(drawn)) await new Promise(done => setTimeout(done, 20));
  return 1; })()"""
# What is folded is open: axe would look for it where something else is.
SEE_ALL = """(async () => { document.querySelectorAll('article details').forEach(fold => { fold.open = true; });
  for (let y = 0; y <= document.body.scrollHeight; y += 600) { scrollTo(0, y);
  await new Promise(done => setTimeout(done, 20)); }
  await Promise.all(document.getAnimations().map(a => a.finished)); return 1; })()"""
CONTENTS = re.compile(r'(<nav[^>]*(?:id="pst-page-toc-nav"|aria-label="Page")[^>]*>).*?(</nav>)', re.DOTALL)
ARTICLE = re.compile(r"(<article[^>]*>).*(</article>)", re.DOTALL)


def empty_page(site: Path, folder: Path) -> Path:
    """Write the empty page of the site's theme below a folder."""
    shell = next(iter(sorted((site / "book").glob("*.html"))), None)
    if shell is None:
        raise BuildError(f"{site} has no pages: run `make book` first, or name the folder of a site")
    page = ARTICLE.sub(r"\1<section><h1>Empty</h1></section>\2", shell.read_text(encoding="utf-8"))
    page = re.sub(r"<script[^>]*data-formulas[^>]*></script>", "", CONTENTS.sub(r"\1\2", page))
    (folder / "book").mkdir()
    (folder / "_static").symlink_to(site / "_static")
    (folder / "book" / "empty.html").write_text(page, encoding="utf-8")
    return folder / "book" / "empty.html"


def processor_times(browser: Chromium) -> dict[int, float]:
    """Seconds that the processor worked for each process of pages: other work on the machine is not in it."""
    processes = browser.call("SystemInfo.getProcessInfo")["processInfo"]
    return {p["id"]: float(p["cpuTime"]) for p in processes if p["type"] == "renderer"}


def seconds(browser: Chromium, page: Path) -> float:
    """Time of the processor up to the first usable view, in a tab of its own."""
    before = processor_times(browser)
    tab = browser.tab()
    try:
        tab.size(WIDTH, HEIGHT)
        tab.call("Page.navigate", url=page.resolve().as_uri())
        tab.wait("document.readyState === 'complete'", seconds=120)
        tab.value(SEEN)
        after = processor_times(browser)
        return sum(max(0.0, time - before.get(process, 0.0)) for process, time in after.items())
    finally:
        tab.close()


def faults(browser: Chromium, page: Path, axe: str) -> Counter[str]:
    """Rules of axe that a page breaks in either mode, as ``serious: color-contrast`` and the places."""
    found: Counter[str] = Counter()
    for scheme in ("light", "dark"):
        tab = browser.tab()
        try:
            tab.size(WIDTH, HEIGHT)
            tab.media("screen", scheme)
            tab.open(page.resolve().as_uri())
            tab.value(SEE_ALL)
            tab.value(f"{axe}; 1")
            for broken in tab.value(
                "axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length]))"
            ):
                impact, rule, places = broken
                found[f"{impact}: {rule}"] = max(found[f"{impact}: {rule}"], places)
        finally:
            tab.close()
    return found


def main(arguments: list[str]) -> int:
    """Measure the pages of a site; the status is 1 if one costs too much or breaks a serious rule."""
    site = Path(arguments[0] if arguments else build_dir() / "html").resolve()
    chosen = arguments[1:] or [p.stem for p in sorted((site / "book").glob("*.html"))]
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    bad = 0
    with chromium() as browser, tempfile.TemporaryDirectory() as scratch:
        empty = empty_page(site, Path(scratch))
        pages = [site / "book" / f"{name}.html" for name in chosen]
        costs: dict[Path, list[float]] = {page: [] for page in [empty, *pages]}
        for _ in range(ROUNDS):
            for page in costs:
                costs[page].append(seconds(browser, page))
        base = statistics.median(costs[empty])
        print(f"{'site':<24}{size_of(site) / 1e6:8.1f} MB; the empty page costs {base * 1e3:.0f} ms")
        for page in pages:
            ratio = statistics.median(costs[page]) / base
            broken = faults(browser, page, axe)
            told = ", ".join(f"{rule} ({n})" for rule, n in broken.items()) or "axe: nothing"
            print(f"{page.stem:<24}{page.stat().st_size / 1e3:8.0f} kB{ratio:6.2f}  {told}", flush=True)
            bad += ratio > MOST or any(rule.startswith(("serious", "critical")) for rule in broken)
    return int(bad > 0)


if __name__ == "__main__":
    run(main)
