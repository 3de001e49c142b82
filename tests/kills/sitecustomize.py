"""Kill a build from inside, at a random moment of a chosen phase.

`campaign.py` starts a build with this file as its program. Its folder is in ``PYTHONPATH``, so that Python imports it
at the start of every other process of the build too: kernels store results. The environment says what to do:

``KILLS_AT``
    ``phase delay number scope``: the seconds after the phase begins for the ``number``-th time; scope ``group`` kills
    the group of processes, as a terminal that is closed does, ``one`` the build's own process.
``KILLS_SAID``
    A file to which the seconds of each phase are written, and the phase in which the kill came.
``KILLS_BUILD``
    The process of the build.
"""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

#: Phases of the build's process, by the functions of `portfolio_study.publishing.run`; the rest is "between".
PHASES = {
    "Run.loaded": "loading",
    "Run.execute": "executing",
    "Run.judge": "judging",
    "stage_book": "staging",
    "render_site": "rendering",
    "shrink_site": "finishing",
    "finish_site": "finishing",
    "check_site": "checking",
    "publish_run": "publishing",
    "forget_old": "pruning",
}
#: Folders of stored results, below the build folder: whoever opens a file there to write is storing.
STORES = ("executed", "cache/results", "snapshots")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

phase = ["between"]


def say(line: str) -> int:
    """Write a line for `campaign.py`; return how many of this kind were written before, by any process."""
    handle = os.open(os.environ["KILLS_SAID"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)
    return Path(os.environ["KILLS_SAID"]).read_text().count(f"{line}\n")


def strike(delay: float, scope: str, where: str = "") -> None:
    """Kill the build after some seconds; a kernel that stores dies too, in the middle of it."""
    time.sleep(delay)
    build = int(os.environ["KILLS_BUILD"])
    say(f"killed {where or phase[-1]}")
    (os.killpg if scope == "group" else os.kill)(build, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def reached(name: str) -> None:
    """Note that a phase begins, and kill the build if it is the one."""
    wanted, delay, number, scope = os.environ["KILLS_AT"].split()
    if say(f"begun {name}") == int(number) and name == wanted:
        where = name if name == "storing" else ""
        threading.Thread(target=strike, args=(float(delay), scope, where), daemon=True).start()


@contextmanager
def within(name: str):
    """A phase of the build's process."""
    phase.append(name)
    began = time.monotonic()
    reached(name)
    try:
        yield
    finally:
        say(f"lasted {name} {time.monotonic() - began:.4f}")
        phase.pop()


def watch_stores() -> None:
    """Let the opening of a file in a store be the beginning of a phase."""
    folders = tuple(f"{os.environ['STUDY_BUILD_DIR']}/{store}/" for store in STORES)

    def watch(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[2], int) or not arguments[2] & WRITING:
            return
        path = arguments[0]
        if isinstance(path, str) and path.startswith(folders) and not path.endswith(".lock"):
            reached("storing")

    sys.addaudithook(watch)


def main() -> None:
    """Build the book, its phases watched."""
    from functools import wraps

    from portfolio_study.__main__ import main as command
    from portfolio_study.publishing import run

    def watched(function, name):
        @wraps(function)
        def call(*args, **kwargs):
            with within(name):
                return function(*args, **kwargs)

        return call

    for path, name in PHASES.items():
        owner, _, attribute = path.rpartition(".")
        place = getattr(run, owner) if owner else run
        setattr(place, attribute, watched(getattr(place, attribute), name))
    sys.argv = ["portfolio-study", "book"]
    command()


if __name__ == "__main__":
    main()
elif "KILLS_AT" in os.environ:
    os.environ.setdefault("KILLS_BUILD", str(os.getpid()))
    watch_stores()
