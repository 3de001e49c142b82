"""The examples run as printed, and each public function of the library serves two studies or has one."""

import ast
import doctest
import importlib
import inspect
import re
from collections import defaultdict

import pytest

from portfolio_study import store
from portfolio_study.settings import project_root

LIBRARY = ("data", "forecasting", "risk", "allocation", "evaluation")
FILES = [path for path in sorted(store.PACKAGE.rglob("*.py")) if path.name != "__init__.py"]
WITH_EXAMPLES = [store.module_name(path) for path in FILES if ">>> " in path.read_text()]
PAGE = project_root() / "docs" / "library.md"
EXAMPLE = re.compile(r"```pycon\n(.*?)```", re.DOTALL)
CELL = re.compile(r"```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)```", re.DOTALL)


def page_example():
    """The code of the page as one example: later blocks use the names of earlier ones."""
    # a blank line ends the output of a block, which the fence would otherwise be part of
    code = "\n".join(EXAMPLE.findall(PAGE.read_text()))
    return doctest.DocTestParser().get_doctest(code, {}, PAGE.name, str(PAGE), 0)


def names(code):
    """Names that code uses, its imports included."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run_as_printed(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted and not found.failed


def test_the_page_of_examples_runs_as_printed():
    found = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(page_example())
    assert found.attempted > 100 and not found.failed


def studies_that_use():
    """Names in the code of each study, its page included: name to studies."""
    found = defaultdict(set)
    folder = store.PACKAGE / "studies"
    for path in folder.rglob("*.py"):
        study = path.relative_to(folder).parts[0].removesuffix(".py")
        for name in names(path.read_text()):
            found[name].add(study)
    for path in (project_root() / "book").glob("*.md"):
        for cell in CELL.findall(path.read_text()):
            for name in names(cell):
                found[name].add(path.stem)
    return found


def test_a_public_function_serves_two_studies_or_shows_how_to():
    uses, shown = studies_that_use(), names("".join(e.source for e in page_example().examples))
    idle = []
    for package in LIBRARY:
        module = importlib.import_module(f"portfolio_study.{package}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) and len(uses[name]) < 2 and name not in shown:
                idle += [] if ">>> " in (value.__doc__ or "") else [f"{package}.{name}"]
    assert not idle, f"no two studies and no example use {idle}: delete them, or show what they are for"


def test_what_the_page_imports_it_also_calls():
    code = "".join(example.source for example in page_example().examples)
    imported = {a.name for n in ast.walk(ast.parse(code)) if isinstance(n, ast.ImportFrom) for a in n.names}
    used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    assert not imported - used
