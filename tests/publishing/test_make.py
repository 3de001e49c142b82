"""Flags of make are data: whatever stands in them reaches Python unchanged and runs nothing."""

import json
import os
import shutil
import stat
import subprocess

import pytest
from toy import ROOT

pytestmark = [
    pytest.mark.slow,  # a process for each refusal
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
]

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


@pytest.mark.parametrize(
    ("flag", "chosen"), [([], ""), (["FAST=0"], ""), (["FAST=1"], "not golden and not slow")]
)
def test_the_fast_loop_leaves_out_what_is_slow(tmp_path, stub, flag, chosen):
    python, log = stub
    assert make(tmp_path, "test", f"PYTHON={python}", *flag).returncode == 0
    arguments = json.loads(log.read_text())[0]
    assert arguments[arguments.index("-m", 1) + 1] == chosen


def test_fast_is_yes_or_no(tmp_path, stub):
    python, log = stub
    done = make(tmp_path, "test", f"PYTHON={python}", "FAST=very")
    assert done.returncode != 0 and "FAST must be 1 or 0, got 'very'" in done.stderr
    assert not log.exists()


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


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("UNIVERS=MSFT KO", "UNIVERS is not a flag (did you mean UNIVERSE?)"),
        ("source=file", "source is not a flag (did you mean SOURCE?)"),
        ("Profile=smoke", "Profile is not a flag (did you mean PROFILE?)"),
        ("PROFIL:=smoke", "PROFIL is not a flag (did you mean PROFILE?)"),
        ("STUDY_SOURCE=file", "STUDY_SOURCE is not a flag;"),
        ("qqqqqq=1", "qqqqqq is not a flag;"),
        ("it's=1", "it's is not a flag"),
        ("UNIVERSE;touch${IFS}{x}=1", "is not a flag"),
        ("UNIVERS=$(shell touch {x})", "did you mean UNIVERSE?"),
        ("UNIVERS=a b ' \" ` \\ # $HOME", "did you mean UNIVERSE?"),
    ],
)
def test_a_variable_that_is_no_flag_is_refused_before_any_work(tmp_path, stub, unknown, nearest):
    python, log = stub
    given = unknown.replace("{x}", str(tmp_path / "x"))
    done = make(tmp_path, "book", "PROFILE=smoke", given, f"PYTHON={python}")
    assert done.returncode == 2
    assert nearest in done.stderr
    assert "the flags are PROFILE SOURCE UNIVERSE" in done.stderr
    assert not log.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stub-python"]


def test_every_variable_that_is_no_flag_is_named(tmp_path):
    done = make(tmp_path, "book", "source=file", "data=prices.csv")
    assert done.returncode == 2
    assert "did you mean SOURCE?" in done.stderr
    assert "did you mean DATA?" in done.stderr
    assert list(tmp_path.iterdir()) == []  # not even an environment was made


def test_every_flag_and_the_variables_of_make_itself_are_taken(tmp_path, stub):
    python, log = stub
    lines = (ROOT / "Makefile").read_text().replace("\\\n", " ").splitlines()
    flags = next(line for line in lines if line.startswith("FLAGS :=")).split()[2:]
    given = [f"{flag}=1" for flag in flags if flag != "PYTHON"]
    of_make = [f"SHELL={shutil.which('sh')}", "MAKEFLAGS=-k"]
    done = make(tmp_path, "-s", "book", f"PYTHON={python}", *given, *of_make)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(log.read_text())[1]) == {f"STUDY_{flag}" for flag in flags}


def test_variables_of_the_environment_are_nobodys_flags(tmp_path, stub):
    python, log = stub
    assert make(tmp_path, "book", f"PYTHON={python}", source="file", UNIVERS="MSFT").returncode == 0
    assert log.exists()


def test_failure_of_python_is_a_failure_of_make(tmp_path):
    assert make(tmp_path, "book", "PYTHON=false").returncode == 2


def test_help_explains_every_target():
    done = make(ROOT, "help")
    targets = {
        "help",
        "book",
        "claim",
        "pdf",
        "test",
        "golden",
        "reference",
        "verify",
        "bench",
        "mutants",
        "fuzz",
        "kills",
        "same",
        "lint",
        "serve",
        "clean",
    }
    shown = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert targets <= shown
    assert targets | {"environment"} == set(_phony())


def _phony():
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = next(line for line in lines if line.startswith("TARGETS :=")).split()[2:]
    phony = next(line for line in lines if line.startswith(".PHONY:"))
    return [*targets, *phony.split()[2:]]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("bok", "bok is not a target (did you mean book?)"),
        ("claims", "claims is not a target (did you mean claim?)"),
        ("VERIFY", "VERIFY is not a target (did you mean verify?)"),
        ("qqqqqq", "qqqqqq is not a target; the targets are help book claim"),
        ("it's;touch x", "is not a target"),
    ],
)
def test_what_is_no_target_is_refused_with_the_nearest(tmp_path, stub, target, words):
    python, log = stub
    done = make(tmp_path, target, f"PYTHON={python}")
    assert done.returncode == 2 and words in done.stderr
    assert not log.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stub-python"]


@pytest.mark.parametrize(("target", "flag"), [("claim", "ID"), ("verify", "AGAINST")])
def test_claim_and_verify_get_their_names_unchanged(tmp_path, stub, target, flag):
    python, log = stub
    value = f"$(touch {tmp_path}/x); 'a'"
    assert make(tmp_path, target, f"PYTHON={python}", f"{flag}={value}").returncode == 0
    arguments, flags, _ = json.loads(log.read_text())
    assert arguments == ["-m", "portfolio_study", target] and flags[f"STUDY_{flag}"] == value
    assert not (tmp_path / "x").exists()
