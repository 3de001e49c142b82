"""Break the code on purpose, one mutant at a time, and see that the tests notice.

Each mutant is applied to a copy of the checkout; its tests pass on the copy before, and must
fail after.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = yaml.safe_load((Path(__file__).parent / "mutants.yml").read_text())
COPIED = ("src", "tests", "book", "benchmarks", "Makefile", "pyproject.toml", "requirements.lock")
COPIED += ("_config.yml", "_toc.yml")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "mutants"))
        else:
            shutil.copyfile(source, folder / name)
    return folder


def passes(checkout, tests):
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("STUDY_", "PYTEST_"))
    }
    environment |= {"PYTHONPATH": str(checkout / "src"), "STUDY_ROOT": str(checkout)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
        *tests.split(),
    ]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]  # 2 and more: not even run
    return done.returncode == 0


@pytest.fixture(scope="module")
def sound(checkout):
    """Remember which tests pass unchanged."""
    return {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"].replace(" ", "-"))
def test_mutant_is_noticed(checkout, sound, mutant):
    path, tests = checkout / mutant["file"], mutant["tests"]
    text = path.read_text()
    assert text.count(mutant["old"]) == 1, f"{mutant['file']} no longer holds {mutant['old']!r} exactly once"
    if tests not in sound:
        sound[tests] = passes(checkout, tests)
    assert sound[tests], f"{tests} fail without the mutant"
    path.write_text(text.replace(mutant["old"], mutant["new"]))
    try:
        assert not passes(checkout, tests), f"no test noticed: {mutant['name']}"
    finally:
        path.write_text(text)
