"""Build the book, and kill this process with SIGKILL before one of its steps on the disk.

``victim.py count FILE`` writes the stages of the steps of a whole build, one a line; ``victim.py N`` dies
before step N.
"""

import os
import signal
import sys
from pathlib import Path

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STEPS = {"os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}
OF_THE_RUN = ("runs", "current", ".", "html", "notebooks", "verdicts", "errata", "run.json")


def stage_of(path: str, build: str) -> str:
    """The stage of a build to which a step on a path belongs; empty: not of the build."""
    if not path.startswith(build):
        return ""
    inside = path.removeprefix(build).strip("/")
    if inside.startswith("work/stage"):
        return "staging"
    if inside.startswith("work/"):
        return "rendering and checking"
    if inside.startswith("executed/ledger"):
        return "judging"
    return "publishing" if inside.startswith(OF_THE_RUN) else "storing"


def main() -> None:
    """Watch the steps and run the command line."""
    build = os.environ["STUDY_BUILD_DIR"]
    last = None if sys.argv[1] == "count" else int(sys.argv[1])
    counted = Path(sys.argv[2]).open("w", buffering=1) if last is None else None  # noqa: SIM115
    number = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal number
        if event == "open":
            writes = isinstance(arguments[2], int) and arguments[2] & WRITING
            if not writes:
                return
        elif event not in STEPS:
            return
        path = arguments[1] if event == "os.symlink" else arguments[0]
        if isinstance(path, bytes | int) or not (stage := stage_of(os.fspath(path), build)):
            return
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
        number += 1
        if counted:
            counted.write(f"{stage}\n")

    sys.addaudithook(watch)
    from portfolio_study.__main__ import main as command

    sys.argv = ["portfolio-study", "book"]
    command()


if __name__ == "__main__":
    main()
