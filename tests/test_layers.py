"""Data flows one way: a file imports from its own layer or a lower one, and nothing goes round in circles."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from portfolio_study import store

#: From the ground up; modules of one layer may not import each other unless they share a name.
LAYERS = (
    ("errors",),
    ("cluster", "network_engine", "own_folder", "yaml_text"),
    ("settings",),
    ("checks", "store", "figures"),
    ("asset_tables",),
    ("data",),
    ("forecasting", "risk"),
    ("allocation",),
    ("evaluation",),
    ("studies",),
    ("publishing",),
    ("__main__",),
)
GROUND = {
    "errors",
    "cluster",
    "settings",
    "checks",
    "store",
    "figures",
    "asset_tables",
    "ledger",
    "network_engine",
    "yaml_text",
}
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer} | {"ledger": 3}
FILES = sorted(store.PACKAGE.rglob("*.py"))


def part(module):
    return ([*module.split("."), "__init__"])[1]


def imports(path):
    """Modules of this package that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("portfolio_study"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield (name if exists(name) else node.module), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("portfolio_study."):
                    yield alias.name, node.lineno


def exists(module):
    inside = store.PACKAGE.joinpath(*module.split(".")[1:])
    return inside.with_suffix(".py").is_file() or (inside / "__init__.py").is_file()


def name_of(path):
    parts = path.relative_to(store.PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def allowed(own, other):
    if own == other or other == "__init__":
        return True
    if own == "ledger":
        return other in GROUND
    if other == "studies":
        return False
    if own == "__init__":
        return other in ("errors", "settings")
    return RANK[other] < RANK[own] or (own == "publishing" and other == "ledger")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(store.PACKAGE).as_posix())
def test_a_file_imports_only_from_its_own_layer_or_a_lower_one(path):
    own = part(name_of(path)) if path.parent != store.PACKAGE else path.stem
    wrong = [
        f"{path.relative_to(store.PACKAGE)}, line {line}: imports {module}"
        for module, line in imports(path)
        if not allowed(own, part(module))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_study_imports_no_other_study():
    for path in (store.PACKAGE / "studies").rglob("*.py"):
        own = path.relative_to(store.PACKAGE / "studies").parts[0].removesuffix(".py")
        for module, line in imports(path):
            parts = module.split(".")
            if parts[1] == "studies" and len(parts) > 2:
                assert parts[2] == own, f"{path}, line {line}: imports the study {parts[2]}"


def test_no_module_imports_itself_through_others():
    graph = {name_of(p): {m for m, _ in imports(p) if m != name_of(p)} for p in FILES if p.stem != "__init__"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
