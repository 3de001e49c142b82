"""Four descriptions of one environment agree, and the README speaks of what exists."""

import ast
import os
import re
import stat
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires

import pytest
import yaml
from packaging.requirements import Requirement
from toy import ROOT

pytestmark = pytest.mark.slow  # reads every file of the project

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
STUDY = ROOT / "src" / "portfolio_study"
REQUIREMENTS = {
    extra: [r for text in texts if (r := Requirement(text)).name != PROJECT["name"]]
    for extra, texts in {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}.items()
}
PROVIDERS = packages_distributions()
#: What `pip install .` promises: these parts, without an extra.
CORE_MODULES = (
    "data",
    "forecasting",
    "risk",
    "allocation",
    "evaluation",
    "checks",
    "errors",
    "cluster",
    "settings",
    "store",
    "network_engine",
    "own_folder",
)
CORE = tuple(f"{name}/" for name in CORE_MODULES[:6]) + tuple(f"{name}.py" for name in CORE_MODULES[6:])
#: Files of the library that ask for an extra when it is used, with `needing`.
GUARDED = {
    "forecasting/lstm_network.py": {"networks"},
    "forecasting/lstm_batched.py": {"networks"},
    "cluster.py": {"cluster"},
    "publishing/executor.py": {"cluster"},
    "forecasting/rolling_prophet.py": {"prophet"},
}
OURS = {
    "ledger_rows",
    "portfolio_study",
    "benchmarks",
    "tests",
    "conftest",
    "field_files",
    "fred_files",
    "french_files",
    "yahoo_stand_in",
    "toy",
}
#: Dependencies that no import shows, and what they are for.
NOT_IMPORTED = {
    "clarabel": "the solver that cvxpy is told to use",
    "linearmodels": "carries prices",
    "skfolio": "carries prices",
    "ipykernel": "executes the chapters",
    "jupyter-book": "renders the site",
    "myst-nb": "renders the site",
    "sphinx-design": "renders the site",
    "sphinx-mathjax-offline": "renders the site",
    "sphinxcontrib-bibtex": "renders the site",
}
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked():
    return {canonical(n): v for n, v in PIN.findall((ROOT / "requirements.lock").read_text())}


def test_locked_versions_lie_in_the_ranges_that_the_package_names():
    versions = locked()
    for extra, requirements in REQUIREMENTS.items():
        for requirement in requirements:
            name = canonical(requirement.name)
            assert extra == "gpu" or name in versions, f"{name} ({extra}) is not in requirements.lock"
            assert versions[name] in requirement.specifier, (
                f"the lock has {name} {versions[name]}: {requirement}"
            )


def test_every_data_file_of_the_package_is_named_in_its_package_data():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    files = {
        p for p in STUDY.rglob("*") if p.is_file() and p.suffix != ".py" and "__pycache__" not in p.parts
    }
    found = {path for pattern in named["portfolio_study"] for path in STUDY.glob(pattern)}
    assert files == found & files and any(path.suffix == ".csv" for path in files)


def test_the_library_names_ranges_and_the_lock_versions():
    for extra, requirements in REQUIREMENTS.items():
        for requirement in requirements:
            kinds = {bound.operator for bound in requirement.specifier}
            assert kinds <= {">=", "<"}, f"{extra}: {requirement} belongs into requirements.lock"
            assert extra in ("dev", "gpu") or ">=" in kinds, f"{extra}: {requirement} has no oldest version"


def test_the_lock_is_compiled_from_every_extra_but_the_card():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    command = text[text.index("uv pip compile") : text.index("-o requirements.lock")]
    assert set(re.findall(r"--extra (\w+)", command)) == set(REQUIREMENTS) - {"core", "gpu"}


def test_lock_is_hashed_and_names_no_host():
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text and "--index-url" not in text


def test_conda_environment_is_the_lock():
    content = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(part["pip"] for part in content["dependencies"] if isinstance(part, dict))
    assert pip == ["-r requirements.lock"]
    plain = [part for part in content["dependencies"] if isinstance(part, str)]
    python = next(part for part in plain if part.startswith("python="))
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    assert int(low) <= int(python.rpartition(".")[2]) < int(high)
    assert set(plain) == {python, "pip", "make"}  # no second, different pin of a Python package


def sources():
    """Files of the checkout with the extras that their reader has installed."""
    for path in sorted(STUDY.rglob("*.py")):
        name = path.relative_to(STUDY).as_posix()
        extras = {"core"} if name.startswith(CORE) else {"core", "book"}
        yield path, extras | GUARDED.get(name, set())
    for folder in ("tests", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, set(REQUIREMENTS) - {"gpu"}


def provided(extra):
    """Distributions that an extra names: `dask[distributed]` names two."""
    return {canonical(name) for r in REQUIREMENTS[extra] for name in (r.name, *r.extras)}


def needed(path):
    """Distributions of other authors that a file imports, as the sets that provide each import."""
    own = {p.stem for p in path.parent.glob("*.py")} | {p.stem for p in path.parent.glob("*/")}
    for module in imported(path) - set(sys.stdlib_module_names) - own - OURS:
        yield module, {canonical(name) for name in PROVIDERS.get(module, [])}


def test_every_import_is_a_dependency_of_the_part_that_imports_it():
    missing = [
        f"{path.relative_to(ROOT)} imports {module}: named by none of {', '.join(sorted(extras))}"
        for path, extras in sources()
        for module, names in needed(path)
        if not names & set().union(*map(provided, extras))
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("extra", ["core", "book", "networks", "prophet", "cluster"])
def test_no_dependency_is_left_over(extra):
    used = {
        name
        for path, extras in sources()
        if path.is_relative_to(STUDY)
        for _, n in needed(path)
        for name in n
    }
    unused = {canonical(r.name) for r in REQUIREMENTS[extra]} - used - set(NOT_IMPORTED)
    assert not unused, f"nothing imports {', '.join(sorted(unused))}"


def test_the_library_imports_nothing_of_the_book():
    wrong = [
        f"{path.relative_to(STUDY)} imports {module}"
        for path, extras in sources()
        if "book" not in extras
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for module in [node.module or ""]
        if module.startswith("portfolio_study.") and not module.partition(".")[2].startswith(CORE_MODULES)
    ]
    assert not wrong, "\n".join(wrong)


HIDE = """
import sys
from importlib.abc import MetaPathFinder

class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Hide())
"""


def brought(names):
    """Distributions that are installed with these."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            wanted = map(Requirement, requires(name) or [])
            todo += [canonical(r.name) for r in wanted if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


def without(extras, code, **settings):
    """Run code in a Python that lacks the packages of these extras."""
    kept = brought(provided("core"))
    gone = set().union(*map(provided, extras)) - kept
    hidden = {module for module, names in PROVIDERS.items() if {canonical(name) for name in names} & gone}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **settings}
    return subprocess.run(
        [sys.executable, "-c", HIDE.format(hidden=hidden) + code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_library_works_without_extras():
    modules = [
        ".".join(path.relative_to(STUDY.parent).with_suffix("").parts).removesuffix(".__init__")
        for path, extras in sources()
        if path.is_relative_to(STUDY) and "networks" not in extras and "book" not in extras
    ]
    code = "\n".join(f"import {module}" for module in modules)
    code += "\nfrom portfolio_study.data import load_prices\nprint(load_prices(start='2022-01-01').close.shape[1])"
    done = without(["book", "networks", "prophet", "cluster", "dev"], code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["20"]


def test_tests_of_the_library_need_no_book():
    folders = [str(ROOT / "tests" / name) for name in CORE_MODULES[:5]]
    # Without the project's configuration, whose plugin for notebooks comes with the book.
    arguments = ["-q", "--collect-only", "-c", os.devnull, "--rootdir", str(ROOT), *folders]
    code = f"import pytest\nsys.exit(pytest.main({arguments!r}))"
    done = without(["book"], code, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize(
    ("extra", "package", "code"),
    [
        ("networks", "jax", "import portfolio_study.forecasting.lstm_network"),
        (
            "prophet",
            "prophet",
            "import pandas as pd\nfrom portfolio_study.forecasting.rolling_prophet import rolling_prophet\n"
            "rolling_prophet(pd.DataFrame(), None)",
        ),
        ("book", "yaml", "import portfolio_study.ledger"),
        ("book", "matplotlib", "from portfolio_study.figures import use_style\nuse_style()"),
        ("cluster", "distributed", "from portfolio_study.settings import parallel\nparallel()"),
    ],
)
def test_a_missing_extra_is_a_typed_error_with_the_remedy(extra, package, code):
    done = without([extra], code, STUDY_BACKEND="dask")
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"portfolio_study.errors.MissingPackageError: the package {package!r} is not installed: "
        f"pip install 'portfolio-study[{extra}]'"
    )


def test_the_command_without_the_book_says_what_to_install():
    code = "import runpy\nrunpy.run_module('portfolio_study', run_name='__main__')"
    done = without(["book"], code)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("error: the package 'typer' is not installed")
    assert "pip install 'portfolio-study[book]'" in done.stderr


@cache
def imported(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def make_targets():
    return set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/adding-a-paper.md"]


@pytest.mark.parametrize("name", [*DOCUMENTS, ".ci/run", ".pre-commit-config.yaml"])
def test_documented_commands_exist(name):
    text = (ROOT / name).read_text()
    assert set(re.findall(r"(?:^|`|entry: )make ([a-z]+)", text, re.MULTILINE)) <= make_targets()


def test_documented_flags_exist():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    flags = re.search(r"^FLAGS := (.*)$", makefile, re.MULTILINE)[1].split()
    used = set(re.findall(r"\b(?!STUDY_)([A-Z]{3,}(?:_[A-Z]+)?)=", (ROOT / "README.md").read_text()))
    assert used and used <= set(flags)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documented_files_exist(name):
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
        assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.stem)
def test_workflows_only_call_make(path):
    jobs = yaml.safe_load(path.read_text())["jobs"]
    jobs.pop("audit", None)
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        words = command.split()
        assert words[0] == "make" and words[1] in make_targets() and "\n" not in command


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.stem)
def test_actions_are_named_by_hash(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action), "a tag can be moved"


def test_the_locked_packages_are_audited_every_week():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "live.yml").read_text())
    assert "cron" in workflow[True]["schedule"][0]  # YAML reads `on` as true
    commands = [step["run"] for step in workflow["jobs"]["audit"]["steps"] if "run" in step]
    assert commands == [
        "python -m pip install pip-audit==2.9.0",
        "python -m pip_audit --strict --disable-pip --require-hashes -r requirements.lock",
    ]


@pytest.mark.parametrize("name", [".ci/run", "binder/postBuild"])
def test_scripts_are_strict_and_executable(name):
    path = ROOT / name
    assert path.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in path.read_text()
