"""Render the staged tree with Jupyter Book, warnings as errors, and make the site light."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from portfolio_study.errors import BuildError

SEEN_IN_TERMINAL = re.compile(r"\x1b\[[0-9;]*m")
PROBLEM = re.compile(r"\b(WARNING|ERROR|CRITICAL|SEVERE)\b|[Ee]rror:|Traceback")


#: Jupyter Book, which ends with the process that started it: nobody writes into the next build's folder.
START = """
import os, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
import portfolio_study.publishing.fast_nbformat
from jupyter_book.cli.main import main
main()
"""


def render_site(stage: Path, output: Path, root: Path | None = None) -> Path:
    """Run ``jupyter-book build`` on a staged tree.

    Parameters
    ----------
    stage : pathlib.Path
        Tree written by `stage_book`.
    output : pathlib.Path
        Scratch folder; replaced.
    root : pathlib.Path, optional
        The checkout, to name lines of the text notebooks in messages.

    Returns
    -------
    pathlib.Path
        Folder of the rendered site.

    Raises
    ------
    BuildError
        If Jupyter Book reports a warning or an error; the message lists them with their pages.
    """
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)
    command = [sys.executable, "-c", START, "build", str(stage), "--path-output", str(output)]
    command += ["-W", "--keep-going", "-n"]
    ours, theirs = (
        os.pipe()
    )  # nothing is written: the system closes it when this process ends, however it does
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=ours,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"},
        )
    finally:
        os.close(ours)
        os.close(theirs)
    log = SEEN_IN_TERMINAL.sub("", done.stdout + "\n" + done.stderr)
    (output / "render.log").write_text(log, encoding="utf-8")
    site = output / "_build" / "html"
    if done.returncode != 0 or not (site / "index.html").is_file():
        raise BuildError("rendering the book failed:\n" + problems(log, stage, root))
    return site


def problems(log: str, stage: Path, root: Path | None = None) -> str:
    """Lines of Jupyter Book's output that say what is wrong, with places in the text notebooks."""
    found = []
    for line in log.splitlines():
        if not PROBLEM.search(line) or "build finished with problems" in line:
            continue
        short = IN_CELL.sub(lambda m: _place(stage, root, m["page"], int(m["line"])), line.strip())
        short = short.replace(f"{stage}/", "").replace(".ipynb", ".md")
        if short not in found:
            found.append(short)
    return "\n".join(f"  {line}" for line in found[:40]) or "\n".join(log.splitlines()[-20:])


IN_CELL = re.compile(r"(?P<page>[^\s:]+\.ipynb):(?P<line>\d{5,})")


def _place(stage: Path, root: Path | None, page: str, line: int) -> str:
    """Translate myst-nb's line (10,000 times the cell's number, plus 1, plus the line in it)."""
    number, inside = divmod(line, 10_000)
    try:
        source = "".join(json.loads(Path(page).read_text(encoding="utf-8"))["cells"][number - 1]["source"])
        inside_page = Path(page).relative_to(stage).with_suffix(".md")
        text = ((root or stage) / inside_page).read_text(encoding="utf-8")
    except (OSError, ValueError, KeyError, IndexError):
        return f"{page}, cell {number}"
    start = text.find(source.strip()[:200]) if source.strip() else -1
    if start < 0:
        return f"{page}, cell {number}"
    return f"{page}:{text.count(chr(10), 0, start) + max(1, inside - 1)}"


def write_front_page(site: Path, root_page: str) -> None:
    """Make ``index.html`` a full copy of the root page, its links relative to the top folder.

    Jupyter Book writes a stub there that redirects; a reader who opens the file, or a
    server that shows it in a frame, should get the page itself.

    Parameters
    ----------
    site : pathlib.Path
        The rendered site.
    root_page : str
        Entry of the root in ``_toc.yml``, e.g. ``book/index``.
    """
    page = site / f"{root_page}.html"
    if not page.is_file():
        raise BuildError(f"the root page {root_page} was not rendered")
    folder = root_page.rpartition("/")[0]
    html = page.read_text(encoding="utf-8")
    if folder:
        html = relocate(html, folder)
    (site / "index.html").write_text(html, encoding="utf-8")


LINK = re.compile(
    r"""(?P<name>\s(?:href|src|action|data-content_root))=(?P<quote>["'])(?P<url>.*?)(?P=quote)"""
)


def relocate(html: str, folder: str) -> str:
    """Rewrite relative links of a page that moves from ``folder/`` to the folder above it.

    Examples
    --------
    >>> relocate('<a href="arima.html">', "book")
    '<a href="book/arima.html">'
    >>> relocate('<a href="../_static/x.css">', "book")
    '<a href="_static/x.css">'
    """
    import posixpath

    def moved(match: re.Match[str]) -> str:
        url = match["url"]
        if url.startswith(("#", "/")) or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url):
            return match[0]
        target, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)", url, re.DOTALL).groups()  # type: ignore[union-attr]
        there = posixpath.normpath(posixpath.join(folder, target)) if target else f"{folder}/"
        if target.endswith("/") or not target:
            there = "./" if there in (".", f"{folder}/") and target else there.rstrip("/") + "/"
        return f"{match['name']}={match['quote']}{there}{mark}{rest}{match['quote']}"

    return LINK.sub(moved, html)
