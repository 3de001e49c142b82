"""Four descriptions of one environment agree, and the README speaks of what exists."""

import ast
import re
import stat
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from toy import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked():
    return {canonical(n): v for n, v in PIN.findall((ROOT / "requirements.lock").read_text())}


def named(requirements):
    return [canonical(re.match(r"[A-Za-z0-9_.-]+", text)[0]) for text in requirements]


def test_lock_has_every_dependency_at_the_version_that_the_package_names():
    versions = locked()
    requirements = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    for text in requirements:
        name = named([text])[0]
        assert name in versions, f"{name} is not in requirements.lock"
        exact = re.fullmatch(r"[^=<>]+==(\S+)", text)
        if exact:
            assert exact[1] == versions[name], f"{name}: pyproject says {exact[1]}, the lock {versions[name]}"


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


@pytest.mark.parametrize(("folder", "extra"), [("src", []), ("tests", ["dev"]), ("benchmarks", ["dev"])])
def test_every_imported_package_is_a_direct_dependency(folder, extra):
    wanted = named(PROJECT["dependencies"] + [r for e in extra for r in PROJECT["optional-dependencies"][e]])
    providers = packages_distributions()
    files = sorted((ROOT / folder).rglob("*.py"))
    own = {path.stem for path in files} | {"portfolio_study", "benchmarks", "conftest"}
    missing = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files
        for module in imported(path) - set(sys.stdlib_module_names) - own
        if not {canonical(name) for name in providers.get(module, [])} & set(wanted)
    }
    assert not missing


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
    flags = re.search(r"^FLAGS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    used = set(re.findall(r"\b([A-Z]{3,}(?:_[A-Z]+)?)=", (ROOT / "README.md").read_text()))
    assert used and used <= set(flags)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documented_files_exist(name):
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
        assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda p: p.stem)
def test_workflows_only_call_make(path):
    jobs = yaml.safe_load(path.read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        words = command.split()
        assert words[0] == "make" and words[1] in make_targets() and "\n" not in command


@pytest.mark.parametrize("name", [".ci/run", "binder/postBuild"])
def test_scripts_are_strict_and_executable(name):
    path = ROOT / name
    assert path.stat().st_mode & stat.S_IXUSR
    assert "set -euo pipefail" in path.read_text()
