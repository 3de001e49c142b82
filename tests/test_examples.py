"""The examples in the docstrings run, and what no chapter uses has one."""

import doctest
import importlib
import inspect
import re
from collections import Counter

import pytest

from portfolio_study import store
from portfolio_study.settings import project_root

LIBRARY = ("data", "forecasting", "risk", "allocation", "evaluation")
FILES = [path for path in sorted(store.PACKAGE.rglob("*.py")) if path.name != "__init__.py"]
WITH_EXAMPLES = [store.module_name(path) for path in FILES if ">>> " in path.read_text()]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run_as_printed(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted and not found.failed


def test_a_public_function_is_used_or_shows_how_to():
    pages = [*(project_root() / "book").rglob("*.md"), *(project_root() / "benchmarks").glob("*.py")]
    words = Counter(re.findall(r"\w+", "\n".join(path.read_text() for path in [*FILES, *pages])))
    idle = []
    for package in LIBRARY:
        module = importlib.import_module(f"portfolio_study.{package}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) and ">>> " not in (value.__doc__ or "") and words[name] < 2:
                idle.append(f"{package}.{name}")
    assert not idle, "neither a chapter nor an example uses them: delete them, or show what they are for"
