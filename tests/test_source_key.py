"""The key of a result changes with all code that it can reach, however it is loaded, and with no other."""

import ast
import json
import sys

import pytest

from portfolio_study import store
from portfolio_study.errors import StudyError
from portfolio_study.risk import ESTIMATORS
from portfolio_study.store import (
    code_closure,
    dynamic_imports,
    environment_key,
    import_closure,
    source_key,
)

pytestmark = pytest.mark.slow  # follows every import of the project

#: Uses of a computed name that cannot change a result, and why.
ALLOWED = {
    ("data/packaged.py", "find_spec"): "finds data of installed packages, whose versions are in the key",
    ("forecasting/lstm_network.py", "modules"): "asks whether JAX was imported already",
    (
        "publishing/execute.py",
        "'portfolio_study.publishing.fast_nbformat'",
    ): "what the fork server imports first",
    ("ledger/frozen.py", "'portfolio_study.studies.since'"): "is hashed, not loaded",
    ("publishing/execute.py", "getattr(errors)"): "asks whether an error of a kernel is one of ours",
    ("publishing/fast_nbformat.py", "modules"): "leaves out a package that no notebook needs",
    (
        "publishing/one_claim.py",
        "import_module",
    ): "opens the study of the chapter that is asked for; stores nothing",
    ("publishing/one_claim.py", "'portfolio_study.studies.'"): "the same",
    ("publishing/stage.py", "find_spec"): "finds the plotly script of the installed package",
} | {
    ("publishing/stamps.py", f"'portfolio_study.{name}'"): "is hashed, not loaded"
    for name in ("data.load", "publishing.provenance", "publishing.run", "ledger.judge")
}
#: Modules that act when they are imported, and so would count without being asked for.
ACTING = {"forecasting/lstm_network.py", "publishing/fast_nbformat.py", "__main__.py"}
COMPUTED = tuple(
    f"studies.minimum_variance.{name}" for name in ("walk_forward", "universe_study", "simulated_claims")
)


def modules():
    return [(p.relative_to(store.PACKAGE).as_posix(), p) for p in sorted(store.PACKAGE.rglob("*.py"))]


def names(files):
    return {path.relative_to(store.PACKAGE).as_posix() for path in files}


def edit(path):
    path.write_text(path.read_text() + "\n# edited\n")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Return a function that writes a package of these files."""
    folder = tmp_path / "portfolio_study"
    monkeypatch.setattr(store, "PACKAGE", folder)

    def write(**files):
        for name, text in {"__init__": "", **files}.items():
            path = folder / (name.replace("__in__", "/") + ("" if "." in name else ".py"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return write


def test_no_code_is_loaded_by_a_computed_name():
    found = {(name, use) for name, path in modules() for use in dynamic_imports(path.read_text())}
    assert found == set(ALLOWED), "load code with an import, so that stored results know it"


def test_files_and_values_are_hashed_in_one_place():
    hashing = {name for name, path in modules() if "hashlib" in path.read_text()}
    bare = "publishing/environment.py"  # runs before anything is installed
    assert hashing == {"store.py", bare}


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("from importlib import import_module\nimport_module(x)", "import_module"),
        ("import importlib\nimportlib.import_module('a' + b)", "import_module"),
        ("__import__(name)", "__import__"),
        ("from portfolio_study import risk\ngetattr(risk, name)", "getattr(risk)"),
        ("from portfolio_study import risk as r\nvars(r)[name]", "vars(r)"),
        ("import numpy as np\nnp.__dict__[name]", "np.__dict__"),
        ("from importlib.metadata import entry_points\nentry_points()", "entry_points"),
        ("exec(text)", "exec"),
        ("eval(text)", "eval"),
        ("import sys\nsys.modules[name]", "modules"),
        ("import runpy\nrunpy.run_path(x)", "run_path"),
        ("x = f'portfolio_study.risk.{name}'", "'portfolio_study.risk.'"),
        ("x = 'portfolio_study.risk.garch'", "'portfolio_study.risk.garch'"),
        ("def __getattr__(name):\n    return 1", "__getattr__ of a module"),
    ],
)
def test_computed_names_are_seen(code, use):
    assert use in dynamic_imports(code)


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.compile('x')",
        "getattr(result, name)",
        "from portfolio_study import risk\ngetattr(risk, 'ESTIMATORS')",
        '"""See `portfolio_study.risk.garch` for the model."""',
        "table.eval('a + b')",
    ],
)
def test_harmless_uses_are_not_taken_for_computed_names(code):
    assert dynamic_imports(code) == []


def test_modules_that_act_when_they_are_imported_are_known():
    def acts(node):
        if isinstance(node, ast.Expr):
            return isinstance(node.value, ast.Call)
        if isinstance(node, ast.If):
            return "__name__" not in ast.unparse(node.test) and "TYPE_CHECKING" not in ast.unparse(node.test)
        if isinstance(node, ast.With):  # `with needing("book"):` only imports, or says what is missing
            return not ast.unparse(node.items[0]).startswith("needing(") or not all(map(imports, node.body))
        return isinstance(node, ast.For | ast.While | ast.Try | ast.Delete)

    def imports(node):
        return isinstance(node, ast.Import | ast.ImportFrom)

    own = {"studies/minimum_variance/statements.py"}  # fills a table of its own
    acting = {name for name, path in modules() if any(map(acts, ast.parse(path.read_text()).body))}
    assert acting - own == ACTING
    packages = [store.module_name(path) for name, path in modules() if name.endswith("/__init__.py")]
    for package in packages:  # what merely importing the package runs
        path = store.PACKAGE.joinpath(*package.split(".")[1:], "__init__.py")
        imported = {n.module for n in ast.parse(path.read_text()).body if isinstance(n, ast.ImportFrom)}
        assert not {f"portfolio_study.{a[:-3].replace('/', '.')}" for a in ACTING} & imported


@pytest.mark.parametrize("module", sorted({f.__module__ for f in ESTIMATORS.values()}))
def test_code_of_every_estimator_is_in_the_keys(package, module):
    keys = {name: source_key(f"portfolio_study.{name}") for name in COMPUTED}
    edit(store._module_file(module))
    for name, key in keys.items():
        assert source_key(f"portfolio_study.{name}") != key, f"{name} does not notice an edit of {module}"


def test_registries_reach_all_that_they_name():
    from portfolio_study.allocation.methods import METHODS

    reached = names(import_closure("portfolio_study.studies.minimum_variance.walk_forward"))
    for function in [m.allocate for m in METHODS.values()] + list(ESTIMATORS.values()):
        assert names([store._module_file(function.__module__)]) <= reached
    sources = names(import_closure("portfolio_study.data.load"))
    assert {f"data/{name}.py" for name in ("packaged", "yahoo", "files/reader", "synthetic")} <= sources
    engines = names(import_closure("portfolio_study.forecasting.arima"))
    assert {"forecasting/arma_kernel.py", "forecasting/arima_statsmodels.py"} <= engines


def test_every_file_that_is_no_code_counts_for_what_reads_it(package):
    others = {p for p in package.rglob("*") if p.is_file() and p.suffix not in {".py", ".pyc"}}
    others -= {package / "py.typed"}  # for type checkers
    manifest = json.loads((package / "data" / "packaged.json").read_text())
    # A data file counts by the checksum of its values in the manifest: the loader refuses others.
    others -= {package / about["file"] for about in manifest.values()}
    everything = store._Closure().reach([("portfolio_study", None)]).files
    assert others and others <= everything
    before = source_key("portfolio_study.data.packaged")
    edit(package / "data" / "packaged.json")
    assert source_key("portfolio_study.data.packaged") != before


def test_a_change_in_an_imported_module_changes_the_key(tiny):
    folder = tiny(
        outer="def f():\n    from portfolio_study.inner import g\n    return g()\n",
        inner="def g():\n    return 1\n",
        apart="x = 1\n",
    )
    assert names(import_closure("portfolio_study.outer")) == {"__init__.py", "inner.py", "outer.py"}
    before = source_key("portfolio_study.outer")
    edit(folder / "apart.py")
    assert source_key("portfolio_study.outer") == before
    edit(folder / "inner.py")
    assert source_key("portfolio_study.outer") != before


@pytest.mark.parametrize(
    "statement",
    [
        "from portfolio_study import inner",
        "from portfolio_study import inner as other",
        "import portfolio_study.inner",
        "import portfolio_study.inner as other",
        "from portfolio_study.inner import g",
        "from portfolio_study.inner import *",
        "from . import inner",
        "from .inner import g",
        "from .deep import h",
        "from .deep.down import h",
        "import portfolio_study",
        "from portfolio_study import deep",
        "if True:\n    try:\n        from .inner import g\n    except ImportError:\n        pass",
    ],
)
def test_every_kind_of_import_is_followed(tiny, statement):
    tiny(
        outer=statement,
        inner="g = 1",
        apart="x = 1",
        deep__in____init__="from .down import h\nfrom ..apart import x\n",
        deep__in__down="from ..inner import g as h",
    )
    assert "inner.py" in names(import_closure("portfolio_study.outer"))


def test_a_package_passes_names_on_and_its_other_modules_do_not_count(tiny):
    tiny(
        outer="from portfolio_study.deep import wanted",
        deep__in____init__="from portfolio_study.deep.a import one as wanted\nfrom .b import two\nOWN = two",
        deep__in__a="one = 1",
        deep__in__b="two = 2",
        deep__in__c="three = 3",
        own="from portfolio_study.deep import OWN",
        unknown="from portfolio_study.deep import nothing",
        whole="from portfolio_study import deep",
        star="from portfolio_study.deep import *",
        module="from portfolio_study.deep import c",
    )
    base = {"__init__.py", "deep/__init__.py"}
    expected = {
        "outer": {"deep/a.py"},
        "own": {"deep/a.py", "deep/b.py"},  # the package's own code may use anything that it imports
        "unknown": {"deep/a.py", "deep/b.py"},
        "whole": {"deep/a.py", "deep/b.py", "deep/c.py"},
        "star": {"deep/a.py", "deep/b.py", "deep/c.py"},
        "module": {"deep/c.py"},
    }
    for name, files in expected.items():
        assert names(import_closure(f"portfolio_study.{name}")) == base | {f"{name}.py"} | files


def test_a_name_that_is_a_module_and_a_function_counts_as_both(tiny):
    tiny(
        outer="from portfolio_study.deep import same",
        deep__in____init__="from portfolio_study.deep.other import same",
        deep__in__same="x = 1",
        deep__in__other="def same(): ...",
    )
    assert {"deep/same.py", "deep/other.py"} <= names(import_closure("portfolio_study.outer"))


def test_cells_of_a_page_reach_what_they_import(tiny):
    tiny(inner="g = 1", apart="x = 1")
    assert code_closure(["import numpy", "1 + 1"]) == []
    assert names(code_closure(["%matplotlib inline\nfrom portfolio_study.inner import g"])) == {
        "__init__.py", "inner.py",
    }  # fmt: skip
    everything = {"__init__.py", "inner.py", "apart.py"}
    assert names(code_closure(["not python at all"])) == everything
    assert names(code_closure(["__import__(name)"])) == everything
    assert names(code_closure(["f(globals())", "from portfolio_study.apart import x"])) < everything


def test_other_packages_have_no_source_key():
    with pytest.raises(StudyError, match="numpy"):
        source_key("numpy.linalg")


def test_environment_counts(tmp_path, monkeypatch):
    (tmp_path / "requirements.lock").write_text("numpy==1\n")
    found = {environment_key(tmp_path)}
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    found.add(environment_key(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(sys, "version", "3.99")
        found.add(environment_key(tmp_path))
    site = tmp_path / "site-packages"
    (site / "numpy-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(store.sysconfig, "get_paths", lambda: {"purelib": str(site)})
    found.add(environment_key(tmp_path))
    (site / "numpy-1.0.dist-info").rename(site / "numpy-1.1.dist-info")
    found.add(environment_key(tmp_path))
    assert len(found) == 5
