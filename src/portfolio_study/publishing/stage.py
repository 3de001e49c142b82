"""The tree that the site is rendered from: same shape as the checkout, executed pages in place."""

import ast
import copy
import html
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portfolio_study.errors import BuildError
from portfolio_study.publishing.layout import Layout
from portfolio_study.publishing.notebooks import INJECTED

#: Below book/: files of the run, not of the site.
NOT_STAGED = {"profiles", "claims", "reference", ".ipynb_checkpoints"}
#: Pages with this parameter hold wide tables: they get the room of the right-hand menu.
WIDE = {"ledger"}
ASSETS = "_extra"  # its content lands beside index.html, see html_extra_path in _config.yml


def stage_book(
    layout: Layout,
    pages: Mapping[str, Any],
    target: Path,
    footer: str = "",
    texts: Mapping[str, str] | None = None,
    address: str = "",
) -> None:
    """Write the tree.

    Parameters
    ----------
    layout : Layout
        The checkout.
    pages : mapping of str to nbformat.NotebookNode
        Executed notebooks by entry of ``_toc.yml``; pages without code are copied as they are.
    target : pathlib.Path
        Folder to write; replaced.
    footer : str
        Sentence at the end of every page: the data of this build.
    texts : mapping of str to str, optional
        Pages without code of which the build made a part, by entry.
    address : str
        Of the published site, which every page names as its own; empty: none.

    Raises
    ------
    BuildError
        If ``_config.yml`` is missing.
    """
    import nbformat

    if target.exists():
        shutil.rmtree(target)
    (target / "book" / ASSETS).mkdir(parents=True)
    _stage_configuration(layout.root / "_config.yml", target / "_config.yml", footer, address)
    shutil.copyfile(layout.root / "_toc.yml", target / "_toc.yml")
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
    for entry, written in (texts or {}).items():
        (target / f"{entry}.md").write_text(with_executed_links(written, entry, pages), encoding="utf-8")
    interactive = False
    for entry, notebook in pages.items():
        shown = with_page_links(with_setup_at_the_foot(with_used_parameters(notebook)), entry, pages)
        if WIDE & set(_parameter_names(shown)):
            shown.metadata["html_theme.sidebar_secondary.remove"] = True
        content = nbformat.writes(shown)
        interactive |= "plotly.min.js" in content
        (target / f"{entry}.ipynb").write_text(content, encoding="utf-8")
    if interactive:
        shutil.copyfile(plotly_script(), target / "book" / ASSETS / "plotly.min.js")


def _stage_configuration(source: Path, target: Path, footer: str, address: str) -> None:
    import yaml

    from portfolio_study.yaml_text import read_yaml

    content = read_yaml(source, BuildError)
    content.setdefault("html", {})["extra_footer"] = html.escape(footer)
    if address:
        content["html"]["baseurl"] = address
    target.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


LINK = re.compile(r"\]\((?P<path>[\w./-]+)\.md(?P<anchor>#[^)\s]*)?\)")


def with_page_links(notebook: Any, entry: str, pages: Mapping[str, Any]) -> Any:
    """Let links to a text notebook (``[data](data.md)``) lead to its executed page."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_executed_links(cell.source, entry, pages)
    return notebook


def with_executed_links(text: str, entry: str, pages: Mapping[str, Any]) -> str:
    """The same for the text of a page."""
    folder = Path(entry).parent

    def executed(match: re.Match[str]) -> str:
        target = (folder / match["path"]).as_posix()
        return f"]({match['path']}.ipynb{match['anchor'] or ''})" if target in pages else match[0]

    return LINK.sub(executed, text)


def with_used_parameters(notebook: Any) -> Any:
    """Show in the parameters cell, folded, the values that ran, and leave out the injected cell.

    The chapter's own cell holds the defaults with comments that explain them; each default is
    replaced in its place by the value that was injected. Of a file only its name is shown: the folders of
    the reader's machine are no part of the study.
    """
    notebook = copy.deepcopy(notebook)
    injected = [c for c in notebook.cells if INJECTED in c.metadata.get("tags", [])]
    notebook.cells = [c for c in notebook.cells if c not in injected]
    used = {
        node.targets[0].id: _without_folders(node.targets[0].id, node.value)
        for cell in injected
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            cell.source = replaced_values(cell.source, used)
            if not any(tag.startswith(("hide-", "remove-")) for tag in tags):
                cell.metadata.tags = [*tags, "hide-input"]
                cell.metadata["mystnb"] = {"code_prompt_show": "Parameters of this run"}
    return notebook


def _without_folders(name: str, value: ast.expr) -> str:
    if name == "path" and isinstance(value, ast.Constant) and isinstance(value.value, str):
        return repr(Path(value.value).name)
    return ast.unparse(value)


SETUP = re.compile(r"^\{setup\}$", re.MULTILINE)


def with_setup_at_the_foot(notebook: Any) -> Any:
    """Show the cells of parameters and set-up (tag ``setup``), folded, where a line ``{setup}`` stands.

    They run first, so the text notebook has them first; a reader wants the answer there.
    """
    places = [
        i
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown" and SETUP.search(cell.source)
    ]
    if not places:
        return notebook
    notebook = copy.deepcopy(notebook)
    moved = [cell for cell in notebook.cells if {"parameters", "setup"} & set(cell.metadata.get("tags", []))]
    for cell in moved:
        if "setup" in cell.metadata["tags"]:
            cell.metadata["tags"] = [*cell.metadata["tags"], "hide-input"]
            cell.metadata["mystnb"] = {"code_prompt_show": "Code that sets the study up"}
    here = notebook.cells[places[0]]
    before, after = SETUP.split(here.source, maxsplit=1)
    here.source = before.strip()
    rest = copy.deepcopy(here)
    rest.source, rest.id = after.strip(), f"{here.id}-after"
    kept = [cell for cell in notebook.cells if cell not in moved]
    place = next(i for i, cell in enumerate(kept) if cell is here) + 1
    notebook.cells = [*kept[:place], *moved, *([rest] if rest.source else []), *kept[place:]]
    return notebook


def _parameter_names(notebook: Any) -> list[str]:
    sources = [c.source for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    nodes = [node for source in sources for node in ast.parse(source).body]
    return [
        n.targets[0].id for n in nodes if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
    ]


def replaced_values(source: str, used: Mapping[str, str]) -> str:
    """Replace the values of assignments by other code, in their place: comments stay.

    Parameters
    ----------
    source : str
        A cell of assignments.
    used : mapping of str to str
        Name to code of its value; names that the cell does not assign are left out.
    """
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        first, last = value.lineno - 1, (value.end_lineno or value.lineno) - 1
        if name in used and ast.unparse(value) != used[name]:
            before = lines[first].encode()[: value.col_offset].decode()
            after = lines[last].encode()[value.end_col_offset :].decode()
            lines[first : last + 1] = [before + used[name] + after]
    return "\n".join(lines)


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
