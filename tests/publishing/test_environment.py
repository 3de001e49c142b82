"""Making .venv: clear messages, and nothing to do when nothing changed."""

import sys
from pathlib import Path

import pytest

from portfolio_study.publishing import environment as env

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path):
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@pytest.fixture
def commands(monkeypatch):
    """Record the commands instead of running them."""
    seen = []
    monkeypatch.setattr(env, "_run", lambda command, failure, environment=None: seen.append(command))
    return seen


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (2, 7)])
def test_unsupported_python_is_named(version):
    with pytest.raises(env.SetupError, match=rf"Python {version[0]}\.{version[1]} .*3\.11 to 3\.14"):
        env.check_python(version)


def test_supported_pythons_agree_with_the_package():
    text = (ROOT / "pyproject.toml").read_text()
    assert f'requires-python = ">=3.{env.OLDEST[1]},<3.{env.NEWEST[1] + 1}"' in text
    assert (
        f"(3, {env.OLDEST[1]}) <= sys.version_info[:2] <= (3, {env.NEWEST[1]})"
        in (ROOT / "Makefile").read_text()
    )


def test_uv_is_pinned_with_hashes():
    pinned = env.uv_requirement((ROOT / "requirements.lock").read_text())
    assert pinned.startswith("uv==") and pinned.count("--hash=sha256:") > 5
    with pytest.raises(env.SetupError, match="does not pin uv"):
        env.uv_requirement("uv==1.0\nnumpy==2.0 \\\n    --hash=sha256:0\n")


def test_current_environment_is_left_alone(checkout, tmp_path, commands, monkeypatch):
    venv = tmp_path / ".venv"
    venv.mkdir()
    monkeypatch.setattr(env, "python_of", lambda _: Path(sys.executable))
    (venv / env.STAMP).write_text(env.fingerprint(checkout))
    assert env.make(checkout, venv) is False
    assert commands == []
    (checkout / "requirements.lock").write_text((checkout / "requirements.lock").read_text() + "# new\n")
    monkeypatch.setattr(env, "ensure_uv", lambda *_: None)
    assert env.make(checkout, venv) is True
    assert [c[5] for c in commands] == ["--python"] * 2
    assert "--require-hashes" in commands[0] and "--no-deps" in commands[1]
    assert env.make(checkout, venv) is False


def test_interrupted_installation_is_repeated(checkout, tmp_path, monkeypatch):
    venv = tmp_path / ".venv"
    venv.mkdir()
    monkeypatch.setattr(env, "python_of", lambda _: Path(sys.executable))
    monkeypatch.setattr(env, "ensure_uv", lambda *_: None)
    (venv / env.STAMP).write_text("older")

    def fail(command, failure, environment=None):
        raise env.SetupError(failure)

    monkeypatch.setattr(env, "_run", fail)
    with pytest.raises(env.SetupError, match="check the network"):
        env.make(checkout, venv)
    assert not (venv / env.STAMP).exists()


def test_missing_ensurepip_gets_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(env, "_works", lambda command: "ensurepip" not in command[-1])
    with pytest.raises(env.SetupError, match=r"no module ensurepip: .*python3-venv.*PYTHON=python"):
        env.create(tmp_path / ".venv")


def test_message_of_the_program(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["environment.py", str(tmp_path / ".venv")])
    monkeypatch.setattr(env, "OLDEST", (3, 99))
    monkeypatch.setattr(env, "NEWEST", (3, 99))
    assert env.main() == 2
    assert capsys.readouterr().err.startswith("error: Python 3.")
