"""Kill builds at random moments and see that nothing is lost: ``make kills``.

The toy book of the tests is killed again and again, at a moment of the clock or before a step on the disk,
alone or with all its processes; so is the smoke book, a few times. After each kill the site must be that of
one whole run, as it was or new; nothing may go on running; the next ``make book`` must finish, and its
site must be that of a build that nobody disturbed.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "publishing"))

from toy import ROOT, write_toy  # noqa: E402

from portfolio_study.publishing.check_site import check_site  # noqa: E402
from portfolio_study.publishing.layout import Layout  # noqa: E402
from portfolio_study.publishing.notebooks import intact, stamped  # noqa: E402
from portfolio_study.publishing.publish import published  # noqa: E402

#: A cell whose result goes to the store.
STORED = """
```{code-cell} ipython3
from portfolio_study.ledger.rules import band
from portfolio_study.store import compute
print(compute(band, str(window)))
```
"""


@dataclass
class Book:
    """A book that is killed: where it is, its readings, and what their sites are when nobody disturbs.

    Equal builds of the toy book have equal pages; in those of the real book stand times and memory, so that
    its verdicts are compared, with all their digits.
    """

    layout: Layout
    readings: dict[str, dict[str, str]]
    same_pages: bool = True
    right: dict[str, str] = field(default_factory=dict)
    steps: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def command(self, reading: str, *arguments: str) -> dict:
        """Arguments of `subprocess` for a build of a reading."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
        flags = {"ROOT": self.layout.root, "BUILD_DIR": self.layout.build, "PROFILE": "smoke"}
        flags |= self.readings[reading]
        kept |= {f"STUDY_{name}": str(value) for name, value in flags.items()}
        return {
            "args": [sys.executable, *arguments],
            "env": kept | {"PYTHONPATH": str(ROOT / "src")},
            "cwd": self.layout.root,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "text": True,
        }

    def build(self, reading: str, *arguments: str) -> None:
        """Build a reading; it must succeed."""
        command = self.command(reading, *(arguments or ("-m", "portfolio_study", "book")))
        done = subprocess.run(**command, check=False)
        if done.returncode:
            raise AssertionError(
                f"a build that nobody disturbs ends with {done.returncode}:\n{done.stdout[-3000:]}"
            )

    def site(self) -> str | None:
        """Fingerprint of the site that a reader sees, which must be whole; None if there is none."""
        name = published(self.layout)
        if name is None:
            return None
        check_site(self.layout.build / "html", self.layout.pages())
        digest = hashlib.sha256((self.layout.build / "verdicts.json").read_bytes())
        for path in sorted((self.layout.build / "html").resolve().rglob("*")) if self.same_pages else ():
            if path.is_file() and path.suffix != ".ipynb":  # those say when they were executed
                digest.update(f"{path.name} {path.stat().st_size} ".encode())
                digest.update(path.read_bytes())
        run = json.loads((self.layout.build / "run.json").read_text())
        notebooks = {path.stem: path for path in (self.layout.build / "notebooks").glob("*.ipynb")}
        if run["id"] != name or not set(run["chapters"]) <= set(notebooks):
            raise AssertionError(f"run.json is not of the run {name}")
        for chapter, path in notebooks.items():
            if not intact(path, stamped(path)["stamp"]):
                raise AssertionError(f"the notebook of {chapter} is damaged")
        return digest.hexdigest()

    def learn(self) -> None:
        """Build every reading undisturbed: its site, its steps on the disk, and how long it takes."""
        for reading in self.readings:
            self.forget(everything=True)
            counted = (
                self.layout.root / "steps.txt" if self.same_pages else self.layout.build.parent / "steps.txt"
            )
            counted.parent.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            self.build(reading, str(HERE / "victim.py"), "count", str(counted))
            self.seconds[reading] = time.monotonic() - began
            self.steps[reading] = counted.read_text().splitlines()
            self.right[reading] = str(self.site())
        if len(set(self.right.values())) != len(self.right):
            raise AssertionError("the readings have the same site: they can't be told apart")

    def forget(self, everything: bool = False, chance: random.Random | None = None) -> None:
        """Delete stored results, or some of them, so that there is work to be killed in."""
        for folder in (self.layout.store, self.layout.build / "cache" / "results"):
            for path in folder.glob("*") if folder.is_dir() else ():
                if everything or (chance and chance.random() < 0.6):
                    path.unlink()

    def alive(self) -> list[int]:
        """Processes of this book."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("STUDY_BUILD_DIR") == str(self.layout.build):
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found


def toy_book(folder: Path) -> Book:
    """The toy book with a stored computation, in two readings."""
    root = write_toy(folder / "toy")
    alpha = root / "book" / "alpha.md"
    alpha.write_text(alpha.read_text().replace("\n## Result\n", f"{STORED}\n## Result\n"))
    readings = {f"window {n}": {"SET": f"alpha.window={n} beta.shift={n}"} for n in (20, 30)}
    return Book(Layout(root, root / "build"), readings)


def smoke_book(folder: Path) -> Book:
    """This book at profile smoke, in two readings."""
    readings = {"as it is": {}, "other draws": {"SET": "markowitz.draws=210"}}
    return Book(Layout(ROOT, folder / "smoke" / "build"), readings, same_pages=False)


def kill_once(book: Book, chance: random.Random, number: int) -> tuple[str, str, str]:
    """Kill one build and see that nothing is lost; return how, in which stage, and which site stood then."""
    names = list(book.readings)
    old, new = names[number % 2], names[(number + 1) % 2]
    if book.site() != book.right[old]:
        raise AssertionError(f"before the kill the site is not that of {old}")
    book.forget(chance=chance)
    stage, seconds = "", 3600.0
    if number % 2:
        how, stage = "before a step", chance.choice(sorted(set(book.steps[new])))
        step = chance.choice([i for i, name in enumerate(book.steps[new]) if name == stage])
        arguments = [str(HERE / "victim.py"), str(step)]
    else:
        how, arguments = "by the clock", ["-m", "portfolio_study", "book"]
        seconds = chance.uniform(0.5, book.seconds[new])
    victim = subprocess.Popen(**book.command(new, *arguments), start_new_session=True)
    try:
        said, _ = victim.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        together = chance.random() < 0.5
        how += ", with all processes" if together else ", alone"
        (os.killpg if together else os.kill)(victim.pid, signal.SIGKILL)
        said, _ = victim.communicate()
    if victim.returncode == 0:
        stage = "after its end"
    elif victim.returncode != -signal.SIGKILL:
        raise AssertionError(f"the build ended by itself with {victim.returncode}:\n{said[-3000:]}")
    stage = stage or doing(said)
    standing = book.site()
    if standing not in (book.right[old], book.right[new]):
        raise AssertionError(f"the site is neither that of {old} nor that of {new}")
    until = time.monotonic() + 60
    while (left := book.alive()) and time.monotonic() < until:
        time.sleep(0.1)
    if left:
        raise AssertionError(f"processes go on running: {left}")
    book.build(new)
    if book.site() != book.right[new]:
        raise AssertionError(f"the next build is not that of {new}")
    litter = [
        path.name for path in book.layout.build.iterdir() if path.name == "work" or path.suffix == ".new"
    ]
    litter += [path.name for path in book.layout.store.glob("*.tmp")]
    if litter:
        raise AssertionError(f"left behind: {litter}")
    return how, stage, "new" if standing == book.right[new] else "old"


def doing(said: str) -> str:
    """The last step that a build spoke of."""
    known = ("loading prices", "executing", "judging", "rendering", "checking", "deleted")
    told = [word for line in said.splitlines() for word in known if line.startswith(word)]
    return told[-1] if told else "starting"


def campaign(name: str, book: Book, kills: int, seed: int) -> bool:
    """Kill a book many times and print the counts; whether all went well."""
    if not kills:
        return True
    print(f"{name}: building undisturbed ...", flush=True)
    moments, sites, hows = Counter(), Counter(), Counter()
    number = 0
    try:
        book.learn()
        book.build(next(iter(book.readings)))
        for number in range(kills):
            how, stage, site = kill_once(book, random.Random(f"{seed} {name} {number}"), number)
            moments[stage] += 1
            sites[site] += 1
            hows[how] += 1
            print(f"  {number + 1} of {kills}: {how}, {stage}; the site was {site}", flush=True)
    except Exception as error:
        print(f"{name}, kill {number + 1} (seed {seed}): {error}\nkept: {book.layout.build}")
        return False
    for title, counts in {"moment": moments, "kill": hows, "site right after": sites}.items():
        print(f"{name}, {title}: " + ", ".join(f"{what} {n}" for what, n in counts.most_common()))
    print(f"{name}: {kills} kills, no site broken, no result lost or wrong, every next build finished")
    return True


def main() -> int:
    """Kill, count; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cases", type=int, default=100, help="kills; a tenth are of the smoke book (default 100)"
    )
    parser.add_argument("--toy", type=int, help="kills of the toy book, instead")
    parser.add_argument("--smoke", type=int, help="kills of the smoke book, instead")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    smoke = asked.cases // 10 if asked.smoke is None else asked.smoke
    toy = asked.cases - asked.cases // 10 if asked.toy is None else asked.toy
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    right = campaign("toy book", toy_book(folder), toy, asked.seed)
    right = campaign("smoke book", smoke_book(folder), smoke, asked.seed) and right
    if right:
        shutil.rmtree(folder)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
