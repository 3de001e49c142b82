"""The code of the studies as light pages of the site: a number is followed to its line also without a repository.

The pages lie below ``code/`` of the site, one a file, with an anchor a line (``#L173``); there is no
highlighting, so that all of them together weigh little more than the files. A name that a file imports leads
to where it is defined: to another of these pages, or to the page that Sphinx makes of a module of the library.
"""

import ast
import html
import inspect
import io
import os
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from portfolio_study.ledger.sources import CODE_FOLDER, PACKAGE, code_page

STUDIES = f"{PACKAGE.name}.studies"


@dataclass(frozen=True)
class Names:
    """Where the names of a file lead, as paths below the top folder of the site.

    Attributes
    ----------
    own : mapping of str to str
        Names that the file defines itself at its top level.
    imported : mapping of str to str
        Names that it imports.
    members : mapping of str to mapping of str to str
        Of modules that it imports, what stands behind the dot.
    """

    own: Mapping[str, str]
    imported: Mapping[str, str]
    members: Mapping[str, Mapping[str, str]]


def packages() -> dict[str, ModuleType]:
    """Public packages of the library, by name."""
    from portfolio_study import allocation, data, evaluation, forecasting, risk

    return {m.__name__.rpartition(".")[2]: m for m in (data, forecasting, risk, allocation, evaluation)}


@cache
def _documented() -> dict[str, dict[str, str]]:
    """Public functions and classes of the library by module, each with its place on Sphinx's page of the module."""
    found: dict[str, dict[str, str]] = {}
    for package, module in packages().items():
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) or inspect.isclass(value):
                place = f"_modules/{value.__module__.replace('.', '/')}.html#{name}"
                for known in (f"{PACKAGE.name}.{package}", value.__module__):
                    found.setdefault(known, {})[name] = place
    return found


def _file(module: str) -> Path | None:
    """The file of a module of the studies; None of others."""
    if not f"{module}.".startswith(f"{STUDIES}."):
        return None
    base = PACKAGE.joinpath(*module.split(".")[1:])
    files = (base.with_suffix(".py"), base / "__init__.py")
    return next((file for file in files if file.is_file()), None)


@cache
def _defined(file: Path) -> dict[str, str]:
    """Names that a file defines at its top level, each with its line on the page of the file."""
    page, found = code_page(file), dict[str, str]()
    if not page:
        return found
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = f"{page}#L{node.lineno}"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id: f"{page}#L{node.lineno}" for t in targets if isinstance(t, ast.Name)}
    return found


def _places(module: str) -> Mapping[str, str]:
    """Where the names of a module lead; of one without pages nowhere."""
    file = _file(module)
    return _defined(file) if file else _documented().get(module, {})


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
    if folder == PACKAGE / "studies":  # a study of one file has no folder
        return {}
    files = sorted(folder.glob("*.py"), key=lambda file: file.stem == "experiment")
    return {name: place for file in files for name, place in _methods(file).items()}


@cache
def names_of(file: Path) -> Names:
    """Where the names of a file of the studies lead.

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
        places = _places(str(node.module))
        for alias in node.names:
            name, module = alias.asname or alias.name, f"{node.module}.{alias.name}"
            if place := places.get(alias.name):
                imported[name] = place
            elif there := _file(module):
                imported[name], members[name] = f"{code_page(there)}#L1", _defined(there)
    return Names(_defined(file), imported, members)


def linked(
    code: str, names: Names, top: str, own: bool = False, there: Callable[[str], bool] = lambda place: True
) -> str:
    """Code as HTML, in which each known name is a link where it stands first.

    Parameters
    ----------
    code : str
        Whole lines of Python.
    names : Names
        Of its file, see `names_of`.
    top : str
        The way from the page to the top folder of the site, ``"../"``.
    own : bool
        Whether names that the file defines itself are links, too: where a part of the file is shown.
    there : callable
        Whether a site has a place.
    """
    lines = code.splitlines()
    known = {**names.imported, **(names.own if own else {})}
    seen: set[str] = set()
    found: list[tuple[int, int, int, str]] = []
    before, two_before = "", ""
    for token in _tokens(code):
        if token.type == tokenize.NAME:
            place = names.members.get(two_before, {}).get(token.string) if before == "." else None
            if before not in (".", "def", "class") and place is None:
                place = known.get(token.string)
            if place and place not in seen and there(place):
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


def write_code_pages(site: Path) -> None:
    """Write a page for every file of the studies below the folder ``code`` of a site.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the rendered site; it has the style sheet ``_static/code.css``.
    """
    for file in sorted((PACKAGE / "studies").rglob("*.py")):
        target = site / code_page(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        top = f"{os.path.relpath(site, target.parent)}/"
        target.write_text(_page(file, top, site), encoding="utf-8")


def _page(file: Path, top: str, site: Path) -> str:
    def there(place: str) -> bool:  # a book without pages on the library has none of its modules
        return place.startswith(CODE_FOLDER) or (site / place.partition("#")[0]).is_file()

    name = html.escape(f"src/{file.relative_to(PACKAGE.parent).as_posix()}")
    shown = linked(file.read_text(encoding="utf-8"), names_of(file), top, there=there)
    # Each line is an item of a list, which numbers it and need not be closed: the least that an anchor weighs.
    lines = "\n".join(f"<li id=L{number}>{line}" for number, line in enumerate(shown.split("\n"), 1))
    also = f' · <a href="{top}book/measures.html">Measures</a>' if there("book/measures.html") else ""
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{top}_static/code.css"><header>'
        f'<a href="{top}index.html">Do these portfolio papers hold up?</a>{also}</header>'
        f"<main><h1>{name}</h1><ol>\n{lines}\n</ol></main></html>\n"
    )
