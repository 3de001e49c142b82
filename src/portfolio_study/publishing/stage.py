"""The tree that the site is rendered from: same shape as the checkout, executed pages in place."""

import copy
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.layout import Layout

#: Below book/: files of the run, not of the site.
NOT_STAGED = {"profiles", "claims", "reference", ".ipynb_checkpoints"}
ASSETS = "_extra"  # its content lands beside index.html, see html_extra_path in _config.yml


def stage_book(layout: Layout, pages: Mapping[str, Any], target: Path) -> None:
    """Write the tree.

    Parameters
    ----------
    layout : Layout
        The checkout.
    pages : mapping of str to nbformat.NotebookNode
        Executed notebooks by entry of ``_toc.yml``; pages without code are copied as they are.
    target : pathlib.Path
        Folder to write; replaced.

    Raises
    ------
    BuildError
        If ``_config.yml`` is missing.
    """
    import nbformat

    if target.exists():
        shutil.rmtree(target)
    (target / "book" / ASSETS).mkdir(parents=True)
    for name in ("_config.yml", "_toc.yml"):
        if not (layout.root / name).is_file():
            raise BuildError(f"{layout.root / name} is missing")
        shutil.copyfile(layout.root / name, target / name)
    text = layout.pages()
    for path in sorted(layout.book.rglob("*")):
        inside = path.relative_to(layout.book)
        if path.is_dir() or NOT_STAGED & set(inside.parts) or path.suffix in {".yml", ".ipynb"}:
            continue
        entry = path.relative_to(layout.root).with_suffix("").as_posix()
        if path.suffix == ".md" and (entry in pages or entry not in text):
            continue
        destination = target / "book" / inside
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination)
    interactive = False
    for entry, notebook in pages.items():
        content = nbformat.writes(with_page_links(notebook, entry, pages))
        interactive |= "plotly.min.js" in content
        (target / f"{entry}.ipynb").write_text(content, encoding="utf-8")
    if interactive:
        shutil.copyfile(plotly_script(), target / "book" / ASSETS / "plotly.min.js")


LINK = re.compile(r"\]\((?P<path>[\w./-]+)\.md(?P<anchor>#[^)\s]*)?\)")


def with_page_links(notebook: Any, entry: str, pages: Mapping[str, Any]) -> Any:
    """Let links to a text notebook (``[data](data.md)``) lead to its executed page."""
    folder = Path(entry).parent

    def executed(match: re.Match[str]) -> str:
        target = (folder / match["path"]).as_posix()
        return f"]({match['path']}.ipynb{match['anchor'] or ''})" if target in pages else match[0]

    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(executed, cell.source)
    return notebook


def plotly_script() -> Path:
    """Path of the plotly script that the installed package carries.

    Raises
    ------
    BuildError
        If it is not there.
    """
    from importlib.util import find_spec

    spec = find_spec("plotly")
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise BuildError("the installed plotly package carries no plotly.min.js: reinstall the environment")
    return path
