"""Pages about the library, made from its docstrings, and about the measures, made from the studies' code.

An object stands under the anchor of its full name, e.g. ``portfolio_study.allocation.minimum_variance``: on
the page ``api`` as a row of its package's table, and with all that its docstring says on the page of the
package. A measure stands on the page ``measures`` under ``<chapter>.<key>``, the ``measured_by`` of a claim.
Docstrings are in NumPy's style; Sphinx's own napoleon turns them into what it renders, mathematics included.
"""

import ast
import html
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from portfolio_study.errors import UnknownNameError
from portfolio_study.ledger.citation import Citation
from portfolio_study.ledger.consistency import study_files
from portfolio_study.ledger.measures import Place, find_measures
from portfolio_study.ledger.sources import code_page
from portfolio_study.publishing.code_pages import definitions, packages
from portfolio_study.store import PACKAGE

#: What the public constants are; an object tells it itself.
CONSTANTS = {
    "ESTIMATORS": "Estimators of the covariance by the name that ``estimate_covariance`` takes.",
    "METHODS": "All covariance-based portfolio rules by name, in the order of the decision tree.",
    "RSI_METHODS": "Readings of the relative strength index, by the name that ``rsi`` takes.",
    "SOURCES": "Where ``load_prices`` can take prices from.",
    "UNIVERSES": "The named sets of assets.",
}
#: Where the source of an object is, by path below the project and line; HTML.
Source = Callable[[Path, int], str]


def source_link(citation: Citation | None, commit: str) -> Source:
    """What tells file and line of an object, with a link: to the repository where it is known, else to its page here."""

    def told(path: Path, line: int) -> str:
        name = f"src/{path.relative_to(PACKAGE.parent).as_posix()}"
        address = citation.source(name, commit, line) if citation else ""
        if not address and (page := code_page(path)):
            address = f"../{page}#L{line}"
        text = html.escape(f"{name}, line {line}")
        return f'<a href="{html.escape(address)}">{text}</a>' if address else text

    return told


def api_index() -> str:
    """Tables of all public objects, a package each, in MyST: anchor, name, first sentence."""
    parts = []
    for package, module in packages().items():
        rows = "".join(
            f'<tr id="{_full(package, name)}"><td><a href="api_{package}.html#{_full(package, name)}">'
            f"<code>{name}</code></a></td><td>{_in_html(CONSTANTS.get(name) or _first_line(value))}</td></tr>"
            for name, value in _public(module)
        )
        about = _plain(_first_line(module))
        parts.append(
            f"## {package}\n\n{about}\n\n```{{raw}} html\n"
            f'<div class="table-scroll"><table class="study library"><caption>portfolio_study.{package}</caption>'
            f'<thead><tr><th scope="col">Name</th><th scope="col">What it is</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>\n```"
        )
    return "\n\n".join(parts)


def api_package(package: str, source: Source) -> str:
    """All that the docstrings of a package's public objects say, in MyST.

    Parameters
    ----------
    package : str
        Name of a public package.
    source : callable
        See `source_link`.

    Raises
    ------
    UnknownNameError
        If there is no such package.
    """
    known = packages()
    if package not in known:
        raise UnknownNameError("package", package, known)
    blocks = [_block(package, name, value, source) for name, value in _public(known[package])]
    links = " ".join(
        f'<a href="#{_full(package, name)}"><code>{name}</code></a>' for name, _ in _public(known[package])
    )
    names = f'```{{raw}} html\n<p class="names">{links}</p>\n```'
    return f"{names}\n\n```{{eval-rst}}\n" + "\n\n".join(blocks) + "\n```"


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name in sorted(module.__all__, key=str.lower):
        yield name, getattr(module, name)


def _full(package: str, name: str) -> str:
    return f"{PACKAGE.name}.{package}.{name}"


def _first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")


def _plain(text: str) -> str:
    """A line of a docstring without reStructuredText's marks."""
    return re.sub(r":\w+:`([^`]*)`", r"\1", text).replace("``", "").replace("`", "").replace("\\", "")


def _in_html(text: str) -> str:
    """A line of a docstring as HTML: its formulas as Sphinx writes them, so that they are set like those of a page."""
    parts = re.split(r":math:`([^`]*)`", text)
    return "".join(
        rf'<span class="math notranslate nohighlight">\({html.escape(part)}\)</span>'
        if k % 2
        else html.escape(_plain(part))
        for k, part in enumerate(parts)
    )


def _block(package: str, name: str, value: Any, source: Source) -> str:
    """One object as a directive of Sphinx's Python domain."""
    module = f"{PACKAGE.name}.{package}"
    if inspect.isclass(value):
        body = [_docstring(value), *_members(value)]
        return _directive("class", f"{name}{_signature(value)}", module, [_where(value, source), *body])
    if inspect.isfunction(value):
        return _directive(
            "function", f"{name}{_signature(value)}", module, [_where(value, source), _docstring(value)]
        )
    shown = f"{CONSTANTS[name]} A {type(value).__name__} of {len(value)}: " + ", ".join(
        f"``{key}``" for key in value
    )
    return _directive("data", name, module, [shown])


def _members(kind: type) -> Iterator[str]:
    """Public methods and properties that a class defines itself and that say what they do."""
    for name, member in vars(kind).items():
        found = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_") or not (inspect.getdoc(found) or "").strip():
            continue
        if inspect.isfunction(found):
            yield _directive("method", f"{name}{_signature(found, bound=True)}", "", [_docstring(found)])
        elif isinstance(found, property | cached_property):
            yield _directive("property", name, "", [_docstring(found)])


def _directive(kind: str, signature: str, module: str, body: list[str]) -> str:
    head = [f".. py:{kind}:: {signature}"] + ([f"   :module: {module}"] if module else [])
    text = "\n\n".join(part for part in body if part)
    return "\n".join(head) + "\n\n" + _indented(text)


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line.strip() else "" for line in text.splitlines())


def _where(value: Any, source: Source) -> str:
    path = Path(inspect.getsourcefile(value) or "")
    line = definitions(path)[value.__name__]
    return f'.. raw:: html\n\n   <p class="source">{source(path, line)}</p>'


def _signature(value: Any, bound: bool = False) -> str:
    """Names and defaults; what they are stands in the docstring."""
    given = inspect.signature(value)
    names = list(given.parameters.values())[1 if bound else 0 :]
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in names]
    text = str(given.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return re.sub(r"<(?:function|class|object)? ?['\"]?([\w.]+)[^<>]*>", r"\1", text)


def _docstring(value: Any) -> str:
    """A docstring in NumPy's style as reStructuredText."""
    from sphinx.ext.napoleon import Config, NumpyDocstring

    # As fields that are only shown: typed ones would be links to pages of other projects.
    own = [(name, "params_style") for name in ("Attributes", "Raises", "Warns", "Yields")]
    settings = Config(napoleon_use_param=False, napoleon_use_rtype=False, napoleon_custom_sections=own)
    # A line that begins with the letter of a number, "T.", is not the first point of a list.
    text = re.sub(r"^( +[A-Z])\.(?=\s|$)", r"\1\\.", inspect.getdoc(value) or "", flags=re.MULTILINE)
    return str(NumpyDocstring(text, settings))


def measures_page(studies: Path, chapters: dict[str, str], asked: Iterable[str], source: Source) -> str:
    """All measures, by chapter, in MyST: what a value is, and its code.

    Parameters
    ----------
    studies : pathlib.Path
        Folder of the studies.
    chapters : dict of str to str
        Title of each chapter with measures, by name.
    asked : iterable of str
        ``measured_by`` of the claims: where a measure declares ``*``, each of these has an anchor too.
    source : callable
        See `source_link`.
    """
    parts, open_keys = [], set(asked)
    for chapter, title in chapters.items():
        by_function: dict[tuple[Path, str], list[Place]] = {}
        for file in study_files(studies, chapter):
            for place in find_measures(file):
                by_function.setdefault((file, place.function), []).append(place)
        if not by_function:
            continue
        open_keys -= {f"{chapter}.{place.key}" for places in by_function.values() for place in places}
        blocks = [_measure(chapter, places, open_keys, source) for places in by_function.values()]
        parts.append(f"## {title}\n\n```{{raw}} html\n" + "\n".join(blocks) + "\n```")
    return "\n\n".join(parts)


@cache
def _functions(file: Path) -> dict[str, ast.FunctionDef]:
    """Functions of a file, which many measures of a page share."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _measure(chapter: str, places: list[Place], open_keys: set[str], source: Source) -> str:
    """One function; keys that only its ``*`` answers get anchors here and are no longer open."""
    first = places[0]
    node = _functions(first.file)[first.function]
    shown = []
    for place in places:
        key = f"{chapter}.{place.key}"
        own = sorted(name for name in open_keys if fnmatchcase(name, key))
        open_keys.difference_update(own)
        anchors = "".join(f'<span id="{html.escape(name)}"></span>' for name in own)
        shown.append(f'{anchors}<code id="{html.escape(key)}">{html.escape(place.key)}</code>')
    keys = " ".join(shown)
    about = html.escape(_plain((ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")))
    where = source(first.file, first.line)  # of the function, as the ledger has it, not of its decorators
    return f'<div class="measure"><p>{keys}<br>{about} <small>{where}</small></p></div>'
