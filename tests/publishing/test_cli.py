"""The command line: an error is one message on standard error and exit code 2, never a traceback."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from toy import write_toy

from portfolio_study.__main__ import main


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_toy(tmp_path_factory.mktemp("cli") / "toy")


def environment(root, flags):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
    return kept | {"STUDY_ROOT": str(root), **{f"STUDY_{k}": v for k, v in flags.items()}}


def from_a_shell(root, *arguments, **flags):
    """Run the command in a process of its own, which takes seconds to start."""
    return subprocess.run(
        [sys.executable, "-m", "portfolio_study", *arguments],
        env=environment(root, flags),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def study(capsys):
    """Run the command in this process; an exception that would print a traceback fails the test."""

    def run(root, *arguments, cwd=None, **flags):
        with pytest.MonkeyPatch.context() as here:
            for name in set(os.environ) - set(environment(root, {})):
                here.delenv(name)
            for name, value in environment(root, flags).items():
                here.setenv(name, value)
            here.setattr(sys, "argv", ["portfolio-study", *arguments])
            if cwd:
                here.chdir(cwd)
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=said.out, stderr=said.err)

    return run


def assert_refused(done, root, *words):
    assert done.returncode == 2, done.stderr
    assert any(line.startswith("error: ") for line in done.stderr.splitlines())
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert not (root / "build" / "current").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"PROFILE": "smok"}, ["unknown profile 'smok'", "did you mean 'smoke'"]),
        ({"SOURCE": "pakaged"}, ["unknown source 'pakaged'", "did you mean 'packaged'"]),
        ({"START": "yesterday"}, ["start must be a date", "'yesterday'"]),
        ({"START": "2015-02-30"}, ["start must be a date"]),
        ({"START": "2015-01-01", "END": "2014-01-01"}, ["start 2015-01-01 is not before end 2014-01-01"]),
        ({"SOURCE": "file"}, ["needs a price file", "DATA="]),
        ({"SOURCE": "file", "DATA": "no/such.csv"}, ["no/such.csv", "does not exist"]),
        ({"SOURCE": "yahoo", "DATA": "x.csv"}, ["x.csv", "'yahoo'"]),
        ({"SET": "alpha.windo=5", "PROFILE": "smoke"}, ["chapter alpha", "did you mean 'window'"]),
        ({"SET": "alfa.window=5", "PROFILE": "smoke"}, ["unknown chapter 'alfa'", "did you mean 'alpha'"]),
        ({"SET": "window"}, ["chapter.name=value"]),
        ({"JOBS": "many"}, ["STUDY_JOBS must be a positive whole number"]),
        ({"EXECUTOR": "local", "SCHEDULER": "tcp://127.0.0.1:1"}, ["contradict each other: leave one out"]),
        ({"REFRESH": "maybe"}, ["REFRESH must be 1 or 0"]),
        ({"NETWORKS": "gpu", "PROFILE": "smoke"}, ["unknown engine of networks (NETWORKS) 'gpu'", "batched"]),
        ({"UNIVERSE": "NOPE", "PROFILE": "smoke"}, ["NOPE"]),
        ({"UNIVERSE": "", "PROFILE": "smoke"}, ["niverse"]),
    ],
)
def test_bad_flags(root, study, flags, words):
    assert_refused(study(root, "book", **flags), root, *words)


def test_a_missing_price_file_is_said_to_be_missing_from_its_folder(root, study, tmp_path):
    (tmp_path / "prices.csv").write_text("date,A\n")
    where = f"price.csv was looked for in {tmp_path}"
    done = study(root, "book", cwd=tmp_path, SOURCE="file", DATA="price.csv")
    assert_refused(done, root, "price.csv does not exist", where, "did you mean 'prices.csv'?")
    assert "in which make runs" in done.stderr
    done = study(root, "book", SOURCE="file", DATA=str(tmp_path / "price.csv"))
    assert_refused(done, root, where)
    assert "in which make runs" not in done.stderr
    done = study(root, "book", cwd=tmp_path, SOURCE="file", DATA="data/prices.csv")
    assert_refused(done, root, f"{tmp_path / 'data'}, a folder that does not exist")
    (tmp_path / "empty").mkdir()
    done = study(root, "book", SOURCE="file", DATA=str(tmp_path / "empty"))
    assert_refused(done, root, "is a folder without price files")


def test_bad_options_on_the_command_line(root, study):
    assert_refused(from_a_shell(root, "book", "--profile", "papr"), root, "unknown profile 'papr'")
    done = study(root, "book", "--profil", "smoke")
    assert done.returncode == 2 and "Traceback" not in done.stderr and "--profile" in done.stderr


def test_options_override_the_environment(root, study):
    done = study(root, "book", "--profile", "nope", PROFILE="smoke")
    assert_refused(done, root, "unknown profile 'nope'")


@pytest.mark.parametrize("command", ["verify", "reference", "serve", "pdf"])
def test_commands_that_need_a_site_say_so(root, study, command):
    assert_refused(study(root, command), root, "make book")


def test_golden_of_an_unknown_chapter(root, study):
    assert_refused(study(root, "golden", "alpa"), root, "did you mean 'alpha'")


def test_unknown_parameter_in_a_profile_names_the_nearest(root, study):
    path = root / "book" / "profiles" / "typo.yml"
    path.write_text("alpha: {widow: 3}\n")
    assert_refused(study(root, "book", PROFILE="typo"), root, "profile typo", "did you mean 'window'")
    path.write_text("alhpa: {window: 3}\n")
    assert_refused(study(root, "book", PROFILE="typo"), root, "profile typo", "did you mean 'alpha'")
    path.write_text("run: {sorce: packaged}\n")
    assert_refused(study(root, "book", PROFILE="typo"), root, "profile typo", "did you mean 'source'")
    path.write_text("alpha: [")
    assert_refused(study(root, "book", PROFILE="typo"), root, "typo.yml", "not valid YAML")
    path.unlink()


def test_help_is_complete(root):
    done = from_a_shell(root, "--help")
    assert done.returncode == 0
    for command in ("book", "claim", "verify", "reference", "golden", "pdf", "serve", "new-paper"):
        assert command in done.stdout


def test_command_line_imports_nothing_heavy():
    code = (
        "import sys, portfolio_study.__main__, portfolio_study.publishing.run;"
        "print([m for m in ('pandas', 'numpy', 'nbformat', 'papermill', 'jax', 'arch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
