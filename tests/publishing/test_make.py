"""Flags of make are data: whatever stands in them reaches Python unchanged and runs nothing."""

import json
import os
import shutil
import stat
import subprocess

import pytest
from toy import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

HOSTILE = [
    "$(touch {x})",
    "$(shell touch {x})",
    "`touch {x}`",
    "; touch {x}",
    "'; touch {x}; '",
    '"; touch {x}; "',
    "$$(touch {x})",
    "${{shell touch {x}}}",
    "AAPL && touch {x}",
    "| touch {x}",
    "a\\b $HOME # no comment",
    "AAPL\ttouch",
]


@pytest.fixture
def stub(tmp_path):
    """A Python that only writes down its arguments and the flags in its environment."""
    path = tmp_path / "stub-python"
    log = tmp_path / "log.json"
    path.write_text(
        "#!/usr/bin/env python3\nimport json, os, sys\n"
        "flags = {k: v for k, v in os.environ.items() if k.startswith('STUDY_')}\n"
        "plain = [k for k in ('UNIVERSE', 'SOURCE', 'PROFILE') if k in os.environ]\n"
        f"json.dump([sys.argv[1:], flags, plain], open({str(log)!r}, 'w'))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path, log


def make(tmp_path, *arguments, **environment):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_") and "MAKE" not in k}
    return subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), *arguments],
        cwd=tmp_path,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("flag", ["UNIVERSE", "SET", "DATA"])
def test_hostile_text_stays_text(tmp_path, stub, text, flag):
    python, log = stub
    value = text.format(x=tmp_path / "x")
    done = make(tmp_path, "book", f"PYTHON={python}", f"{flag}={value}")
    assert done.returncode == 0, done.stderr
    arguments, flags, _ = json.loads(log.read_text())
    assert arguments == ["-m", "portfolio_study", "book"]
    assert flags[f"STUDY_{flag}"] == value
    assert not (tmp_path / "x").exists()


def test_hostile_python_and_jobs_run_nothing(tmp_path, stub):
    python, _ = stub
    make(tmp_path, "book", f"PYTHON=$(touch {tmp_path}/x)")
    make(tmp_path, "test", f"PYTHON={python}", f"JOBS=2; touch {tmp_path}/x")
    make(tmp_path, "environment", f"BASE_PYTHON=$(touch {tmp_path}/x)")
    assert not (tmp_path / "x").exists()


def test_flags_count_only_from_the_command_line(tmp_path, stub):
    python, log = stub
    make(
        tmp_path,
        "book",
        f"PYTHON={python}",
        "PROFILE=smoke",
        SOURCE="yahoo",
        STUDY_UNIVERSE="X",
        STUDY_SOURCE="y",
    )
    _, flags, plain = json.loads(log.read_text())
    assert flags == {"STUDY_PROFILE": "smoke", "STUDY_PYTHON": str(python)}
    assert plain == []


def test_an_empty_flag_is_not_a_missing_one(tmp_path, stub):
    python, log = stub
    make(tmp_path, "book", f"PYTHON={python}", "UNIVERSE=")
    assert json.loads(log.read_text())[1]["STUDY_UNIVERSE"] == ""


def test_failure_of_python_is_a_failure_of_make(tmp_path):
    assert make(tmp_path, "book", "PYTHON=false").returncode == 2


def test_help_explains_every_target():
    done = make(ROOT, "help")
    targets = {
        "help",
        "book",
        "test",
        "golden",
        "reference",
        "verify",
        "bench",
        "faults",
        "lint",
        "serve",
        "clean",
    }
    shown = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert targets <= shown
    assert targets | {"environment"} == set(_phony())


def _phony():
    lines = (ROOT / "Makefile").read_text().splitlines()
    return next(line for line in lines if line.startswith(".PHONY:")).split()[1:]
