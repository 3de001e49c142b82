"""Make the virtual environment from the lock file; runs under a bare Python, before anything is installed.

``python environment.py <venv>`` is called by the Makefile. Nothing is done while the stamp in the
environment equals the hash of the lock file. uv installs some 250 packages in seconds where pip takes
minutes; pip, which comes with Python, installs uv from the hashes in the same lock file.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
STAMP = ".portfolio-study"
NO_NETWORK = "check the network and the free disk space, and call make again"


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def check_python(version: "tuple[int, ...]") -> None:
    """Refuse a Python for which the lock file has no packages.

    Raises
    ------
    SetupError
        If the version is not supported.
    """
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        raise SetupError(
            f"Python {version[0]}.{version[1]} cannot run the study, which needs 3.{OLDEST[1]} to "
            f"3.{NEWEST[1]}: install one and name it, e.g. `make book BASE_PYTHON=python3.12`"
        )


def fingerprint(root: Path) -> str:
    """Hash of what the environment is made of: lock file, package metadata, place of the checkout."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((root / name).read_bytes())
    digest.update(str(root).encode())
    return digest.hexdigest()


def uv_requirement(lock: str) -> str:
    """Return the lines of the lock file that pin uv with its hashes.

    Raises
    ------
    SetupError
        If there are none.
    """
    found = re.search(r"^uv==.*(?:\n[ \t]+--hash=.*)+", lock, re.MULTILINE)
    if not found:
        raise SetupError("requirements.lock does not pin uv with hashes")
    return found.group(0) + "\n"


def python_of(venv: Path) -> Path:
    """Path of the environment's interpreter."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def usable(venv: Path) -> bool:
    """Whether there is an environment whose interpreter starts and is supported."""
    command = [str(python_of(venv)), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.check_output(command, stderr=subprocess.DEVNULL)
        check_python(tuple(map(int, answer.split())))
    except (OSError, subprocess.CalledProcessError, ValueError, SetupError):
        return False
    return True


def make(root: Path, venv: Path) -> bool:
    """Create the environment or bring it up to date.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    venv : pathlib.Path
        Folder of the environment.

    Returns
    -------
    bool
        False if there was nothing to do.

    Raises
    ------
    SetupError
        If a step fails; the next call tries again.
    """
    wanted, stamp = fingerprint(root), venv / STAMP
    works = usable(venv)
    if works and stamp.is_file() and stamp.read_text().strip() == wanted:
        return False
    print(f"setting up {venv.name} from requirements.lock (once) ...", file=sys.stderr)
    if not works:
        check_python(sys.version_info[:2])
        shutil.rmtree(venv, ignore_errors=True)
        create(venv)
    stamp.unlink(missing_ok=True)
    python = str(python_of(venv))
    ensure_uv(root, venv, python)
    settings = {**os.environ, "VIRTUAL_ENV": str(venv)}
    install = [python, "-m", "uv", "pip", "install", "--python", python, "--quiet"]
    lock = ["--require-hashes", "--compile-bytecode", "-r", str(root / "requirements.lock")]
    _run([*install, *lock], f"the packages could not be installed: {NO_NETWORK}", settings)
    own = ["--no-deps", "--no-build-isolation", "-e", str(root)]
    _run([*install, *own], "the study's own package could not be installed", settings)
    stamp.write_text(wanted + "\n")
    return True


def create(venv: Path) -> None:
    """Create an empty environment.

    Raises
    ------
    SetupError
        If this Python lacks the modules for it, as Debian's does.
    """
    advice = "on Debian or Ubuntu `apt install python3-venv`, or use an active environment with PYTHON=python"
    for module in ("venv", "ensurepip"):
        if not _works([sys.executable, "-c", f"import {module}"]):
            raise SetupError(f"{sys.executable} has no module {module}: {advice}")
    _run([sys.executable, "-m", "venv", str(venv)], f"no environment could be made in {venv}: {advice}")


def ensure_uv(root: Path, venv: Path, python: str) -> None:
    """Install the locked uv into the environment with pip, unless it is there.

    Raises
    ------
    SetupError
        If it cannot be installed.
    """
    pinned = uv_requirement((root / "requirements.lock").read_text(encoding="utf-8"))
    version = pinned.split()[0].partition("==")[2]
    check = f"from importlib.metadata import version; assert version('uv') == '{version}'"
    if _works([python, "-c", check]):
        return
    if not _works([python, "-m", "pip", "--version"]):
        _run([python, "-m", "ensurepip"], f"pip is missing in {venv}: delete that folder and call make again")
    listed = venv / "uv.txt"
    listed.write_text(pinned)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps"]
    _run(
        [python, "-m", "pip", "install", *quiet, "-r", str(listed)],
        f"uv could not be installed: {NO_NETWORK}",
    )
    listed.unlink()


def _works(command: "list[str]") -> bool:
    """Whether a command succeeds, whatever it prints."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: "list[str]", failure: str, environment: "dict[str, str] | None" = None) -> None:
    """Run a command; its own errors show, and our message says what to do."""
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise SetupError(failure)


def main() -> int:
    """Entry point of the Makefile."""
    try:
        check_python(sys.version_info[:2])
        make(Path(__file__).resolve().parents[3], Path(sys.argv[1]).absolute())
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
