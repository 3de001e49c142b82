"""The code of studies and library as light pages of the site: a number is followed to its line also without a repository.

The pages lie below ``code/`` of the site, one a file, with an anchor where something is defined (``#L173``);
there is no highlighting, so that all of them together weigh little more than the files. A name that a file
imports leads to where it is defined.
"""

import ast
import html
import io
import os
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from portfolio_study.ledger.sources import PACKAGE, SHOWN, code_page

STYLE = "code.css"  # below ``_static``


@dataclass(frozen=True)
class Names:
    """Where the names of a file lead, as paths below the top folder of the site.

    Attributes
    ----------
    imported : mapping of str to str
        Names that it imports.
    members : mapping of str to mapping of str to str
        Of modules that it imports, what stands behind the dot.
    """

    imported: Mapping[str, str]
    members: Mapping[str, Mapping[str, str]]


def packages() -> dict[str, ModuleType]:
    """Public packages of the library, by name."""
    from portfolio_study import allocation, data, evaluation, forecasting, risk

    return {m.__name__.rpartition(".")[2]: m for m in (data, forecasting, risk, allocation, evaluation)}


def _file(module: str) -> Path | None:
    """The file of a module that has a page; None of others."""
    if not module.startswith(f"{PACKAGE.name}."):
        return None
    base = PACKAGE.joinpath(*module.split(".")[1:])
    files = (base.with_suffix(".py"), base / "__init__.py")
    return next((file for file in files if file.is_file() and code_page(file)), None)


@cache
def definitions(file: Path) -> dict[str, int]:
    """Names that a file defines at its top level, each with its line; of a decorated one that of its ``def``.

    Parameters
    ----------
    file : pathlib.Path
    """
    found: dict[str, int] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id: node.lineno for t in targets if isinstance(t, ast.Name)}
    return found


@cache
def _defined(file: Path) -> dict[str, str]:
    """Names that a file defines at its top level, each with its line on the page of the file."""
    page = code_page(file)
    return {name: f"{page}#L{line}" for name, line in definitions(file).items()} if page else {}


def _places(module: str) -> Mapping[str, str]:
    """Where the names of a module lead, those that a package passes on too; of one without a page nowhere."""
    file = _file(module)
    if file is None:
        return {}
    passed_on = names_of(file).imported if file.name == "__init__.py" else {}
    return {**passed_on, **_defined(file)}


@cache
def _methods(file: Path) -> dict[str, str]:
    """Methods and properties of the classes of a file, each with its line."""
    classes = (
        node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)
    )
    found: dict[str, str] = {}
    for part in (part for node in classes for part in node.body if isinstance(part, ast.FunctionDef)):
        found.setdefault(part.name, f"{code_page(file)}#L{part.lineno}")
    return found


def _of_the_study(folder: Path) -> dict[str, str]:
    """Methods and properties of a study's classes; of one name that of the experiment."""
    if folder.parent != PACKAGE / "studies":  # a study of one file has no folder, and the library no study
        return {}
    files = sorted(folder.glob("*.py"), key=lambda file: file.stem == "experiment")
    return {name: place for file in files for name, place in _methods(file).items()}


@cache
def names_of(file: Path) -> Names:
    """Where the names of a file lead.

    Parameters
    ----------
    file : pathlib.Path
        Below the package.
    """
    imported: dict[str, str] = {}
    # What every measure, table and figure is given is called `study`.
    members: dict[str, Mapping[str, str]] = {"study": _of_the_study(file.parent), "self": _methods(file)}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(PACKAGE.name):
            continue
        own = _file(str(node.module)) == file  # a package that takes its modules from itself
        places = _defined(file) if own else _places(str(node.module))
        for alias in node.names:
            name, module = alias.asname or alias.name, f"{node.module}.{alias.name}"
            if there := _file(module):
                imported[name], members[name] = f"{code_page(there)}#L1", _defined(there)
            elif place := places.get(alias.name):
                imported[name] = place
    return Names(imported, members)


def linked(code: str, names: Names, top: str) -> str:
    """Code as HTML, in which each known name is a link where it stands first.

    Parameters
    ----------
    code : str
        Whole lines of Python.
    names : Names
        Of its file, see `names_of`.
    top : str
        The way from the page to the top folder of the site, ``"../"``.
    """
    lines = code.splitlines()
    seen: set[str] = set()
    found: list[tuple[int, int, int, str]] = []
    before, two_before = "", ""
    for token in _tokens(code):
        if token.type == tokenize.NAME:
            place = names.members.get(two_before, {}).get(token.string) if before == "." else None
            if before not in (".", "def", "class") and place is None:
                place = names.imported.get(token.string)
            if place and place not in seen:
                seen.add(place)
                found.append((token.start[0], token.start[1], token.end[1], place))
        if token.type in (tokenize.NAME, tokenize.OP):
            before, two_before = token.string, before  # of a member: the dot, and the module before it
    parts: dict[int, list[str]] = {}
    ends: dict[int, int] = {}
    for number, first, last, place in found:
        line, done = lines[number - 1], ends.get(number, 0)
        parts.setdefault(number, []).append(
            html.escape(line[done:first], quote=False)
            + f'<a href="{top}{html.escape(place)}">{line[first:last]}</a>'
        )
        ends[number] = last
    return "\n".join(
        "".join(parts.get(number, [])) + html.escape(line[ends.get(number, 0) :], quote=False)
        for number, line in enumerate(lines, 1)
    )


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(code).readline)


def write_code_pages(site: Path, measures: bool = True) -> None:
    """Write a page for every file of the studies and of the public packages below the folder ``code`` of a site.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the site, which has the style sheet ``_static/code.css``, or will have it.
    measures : bool
        Whether the site has a page of measures, to which each page leads.
    """
    for file in (file for part in SHOWN for file in sorted((PACKAGE / part).rglob("*.py"))):
        target = site / code_page(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        top = f"{os.path.relpath(site, target.parent)}/"
        target.write_text(_page(file, top, measures), encoding="utf-8")


def _page(file: Path, top: str, measures: bool) -> str:
    name = html.escape(f"src/{file.relative_to(PACKAGE.parent).as_posix()}")
    shown = linked(file.read_text(encoding="utf-8"), names_of(file), top)
    places = (*_defined(file).values(), *_methods(file).values())
    defined = {int(place.rpartition("#L")[2]) for place in places} | {1}
    # Each line is an item of a list, which numbers it and need not be closed.
    lines = "\n".join(
        f"<li id=L{number}>{line}" if number in defined else f"<li>{line}"
        for number, line in enumerate(shown.split("\n"), 1)
    )
    also = f' · <a href="{top}book/measures.html">Measures</a>' if measures else ""
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{top}_static/{STYLE}"><header>'
        f'<a href="{top}index.html">Do these portfolio papers hold up?</a>{also}</header>'
        f"<main><h1>{name}</h1><ol>\n{lines}\n</ol></main></html>\n"
    )
