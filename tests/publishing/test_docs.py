"""The documents for contributors are true: what they name exists."""

import re
from pathlib import Path

import pytest
import yaml

from portfolio_study import store

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]
#: What a document calls a path: a name in code quotes that has a folder, or that ends as a file does.
PATH = re.compile(r"`([\w.-]+(?:/[\w.*<>-]*)*)(?:::(\w+))?`")
SUFFIXES = (".py", ".md", ".yml", ".css", ".json", ".toml", ".lock")
MADE = {"verdicts.json"}  # by a build
TOP = {path.name for path in ROOT.iterdir()} | {path.name for path in store.PACKAGE.iterdir()}


def named(text):
    """Paths in code quotes, each with the test that it names."""
    for match in PATH.finditer(text):
        path, test = match[1], match[2]
        first = path.partition("/")[0]
        is_path = path.endswith(SUFFIXES) or ("/" in path and first in TOP) or path.endswith("/")
        if is_path and path not in MADE and not path.startswith("build/"):
            yield path, test


def missing(path):
    """Whether nothing has this path, seen from the checkout, the package or any folder of the book."""
    if "<" in path:  # one file a chapter: its folder exists
        path = path[: path.index("<")].rpartition("/")[0]
    pattern = path.rstrip("/") or "."
    bases = (ROOT, store.PACKAGE, ROOT / "book", ROOT / "tests")
    return not any(next(base.glob(pattern), None) for base in bases)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_exists(document):
    found = list(named(document.read_text()))
    assert len(found) > 3
    assert not [path for path, _ in found if missing(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_exists(document):
    for path, test in named(document.read_text()):
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(), f"{path} has no {test}"


def test_every_function_of_the_way_from_a_price_to_a_verdict_stands_where_it_says():
    text = (ROOT / "docs" / "architecture.md").read_text()
    way = text[text.index("## One return's way") : text.index("## Layers")]
    pairs = re.findall(r"`(\w+)`(?:[^`.]|\.(?!\s))*?`(src/[\w/]+\.py)`", way)
    assert len(pairs) > 12
    for name, path in pairs:
        source = (ROOT / path).read_text()
        assert re.search(rf"\b(?:def|class) {name}\b", source), f"{path} has no {name}"


def test_the_map_shows_every_part_of_the_package():
    text = (ROOT / "docs" / "architecture.md").read_text()
    house = text[text.index("```") : text.index("*Library or study?*")]
    for path in store.PACKAGE.iterdir():
        if path.stem not in ("__init__", "py") and not path.name.startswith((".", "__pycache__")):
            assert re.search(rf"\b{path.stem}\b", house), f"the map lacks {path.name}"


SECTION = re.compile(r"^### `([\w/]+)/`\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = dict(SECTION.findall((ROOT / "docs" / "architecture.md").read_text()))


def modules_below(folder):
    """Modules and packages of a folder of the package; of the studies also those of each chapter."""
    paths = folder.rglob("*.py") if folder.name == "studies" else folder.glob("*.py")
    found = {path.stem for path in paths if path.stem != "__init__"}
    return found | {path.parent.name for path in folder.glob("*/__init__.py")}


def test_every_folder_of_the_package_has_its_list_of_modules():
    """Chapters stand together in the list of the studies."""
    folders = {path.parent for path in store.PACKAGE.rglob("*.py")} - {store.PACKAGE}
    names = {folder.relative_to(store.PACKAGE).as_posix() for folder in folders}
    assert {name for name in names if not name.startswith("studies/")} == SECTIONS.keys()


@pytest.mark.parametrize("folder", SECTIONS)
def test_every_module_has_its_phrase_and_no_other_is_named(folder):
    text = SECTIONS[folder]
    have = modules_below(store.PACKAGE / folder)
    told = set(re.findall(r"`([a-z_0-9]+)`", text))
    assert not have - told, "docs/architecture.md, Every module: say what these are for"
    assert not told - have, "docs/architecture.md, Every module: these are gone"
    bullets = re.findall(r"^\* (.*)$", text, re.MULTILINE)
    twice = [name for name in have if sum(line.count(f"`{name}`") for line in bullets) > 1]
    assert folder == "studies" or not twice, "one phrase a module"


def test_the_template_of_a_wrong_verdict_asks_for_what_decides():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "verdict.yml").read_text())
    asked = {part["id"]: part for part in form["body"] if part["type"] != "markdown"}
    assert set(asked) == {"claim", "reading", "fault", "paper", "result", "data", "commit"}
    assert all(part["validations"]["required"] and part["attributes"]["label"] for part in asked.values())
