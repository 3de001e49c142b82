"""Kill builds at random moments and see that nothing is lost: ``make kills``.

The toy book of the tests is killed again and again, at a random moment of a random phase, alone or with all its
processes; so is the smoke book, a few times. After each kill the site must be that of one whole run, as it was or
new; nothing may go on running; the next ``make book`` must finish, and its site must be that of a build that
nobody disturbed.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
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

#: What the toy chapter does here: import little, and store a result.
STORED = """```{code-cell} ipython3
from portfolio_study.ledger.rules import band
from portfolio_study.store import compute
print(2 * window, compute(band, str(window)))
```
"""
CELLS = re.compile(r"```\{code-cell\} ipython3\n(from myst_nb|---\nmystnb).*?\n```\n", re.DOTALL)
#: Seconds after the opening of a file in which it is written.
WRITING_SECONDS = 0.02


@dataclass
class Book:
    """A book that is killed: where it is, its readings, and what their sites are when nobody disturbs.

    Equal builds of the toy book have equal pages; in those of the real book stand times and memory, so that
    its verdicts are compared, with all their digits.

    `forgotten` is the share of stored results that is deleted before each kill, so that there is work to be
    killed in.
    """

    layout: Layout
    readings: dict[str, dict[str, str]]
    forgotten: float
    same_pages: bool = True
    right: dict[str, str] = field(default_factory=dict)
    lasting: dict[str, list[float]] = field(default_factory=dict)
    stores: int = 0

    def command(self, reading: str, **kills: str) -> dict:
        """Arguments of `subprocess` for a build of a reading, which is to be killed or not."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDY_")}
        flags = {"ROOT": self.layout.root, "BUILD_DIR": self.layout.build, "PROFILE": "smoke"}
        flags |= self.readings[reading]
        kept |= {f"STUDY_{name}": str(value) for name, value in flags.items()} | kills
        inside = [str(ROOT / "src"), *([str(HERE)] if kills else [])]
        program = [str(HERE / "sitecustomize.py")] if kills else ["-m", "portfolio_study", "book"]
        return {
            "args": [sys.executable, *program],
            "env": kept | {"PYTHONPATH": os.pathsep.join(inside)},
            "cwd": self.layout.root,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "text": True,
        }

    @property
    def said(self) -> Path:
        """File in which a build notes its phases."""
        return self.layout.build.parent / "phases.txt"

    def build(self, reading: str, **kills: str) -> None:
        """Build a reading; it must succeed."""
        done = subprocess.run(**self.command(reading, **kills), check=False)
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
        """Build every reading undisturbed: its site, and how long its phases last."""
        self.said.parent.mkdir(parents=True, exist_ok=True)
        for reading in self.readings:
            self.said.write_text("")
            self.build(reading, KILLS_AT="never 0 0 one", KILLS_SAID=str(self.said))
            lasting = defaultdict(list)
            for _, name, seconds in re.findall(r"^(lasted) (\w+) (.*)$", self.said.read_text(), re.MULTILINE):
                lasting[name].append(float(seconds))
            self.lasting = dict(lasting) if not self.lasting else self.lasting
            self.stores = max(self.stores, self.said.read_text().count("begun storing\n"))
            self.right[reading] = str(self.site())
        if len(set(self.right.values())) != len(self.right):
            raise AssertionError("the readings have the same site: they can't be told apart")

    def forget(self, chance: random.Random, share: float) -> None:
        """Delete a part of the stored results."""
        for folder in (self.layout.store, self.layout.build / "cache" / "results"):
            for path in sorted(folder.glob("*")) if folder.is_dir() else ():
                if chance.random() < share:
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

    def litter(self) -> list[str]:
        """What a build leaves behind that was killed, and that the next one was to delete."""
        build = self.layout.build
        found = [path for path in build.iterdir() if path.name == "work" or path.suffix == ".new"]
        found += [*self.layout.store.glob("*.tmp"), *(build / "snapshots").rglob(".*")]
        found += [path for path in (build / "cache" / "results").glob("*") if path.suffix != ".pkl"]
        return [str(path.relative_to(build)) for path in found]


def toy_book(folder: Path) -> Book:
    """The toy book with a stored computation in place of its figure, which takes long, in two readings."""
    root = write_toy(folder / "toy")
    alpha, beta = root / "book" / "alpha.md", root / "book" / "beta.md"
    text = CELLS.sub("", alpha.read_text()).replace("Twice the window is {glue:text}`alpha.doubled`.", STORED)
    alpha.write_text(text)
    beta.write_text(beta.read_text().replace(" See {numref}`fig-alpha-line`.", ""))
    readings = {f"window {n}": {"SET": f"alpha.window={n} beta.shift={n}"} for n in (20, 30)}
    return Book(Layout(root, root / "build"), readings, forgotten=0.6)


def smoke_book(folder: Path) -> Book:
    """This book at profile smoke, in two readings."""
    readings = {"as it is": {}, "other draws": {"SET": "markowitz.draws=210"}}
    return Book(Layout(ROOT, folder / "smoke" / "build"), readings, forgotten=0.1, same_pages=False)


def kill_once(book: Book, chance: random.Random, number: int) -> tuple[str, str, str]:
    """Kill one build and see that nothing is lost; return how, in which phase, and which site stood then."""
    names = list(book.readings)
    old, new = names[number % 2], names[(number + 1) % 2]
    if book.site() != book.right[old]:
        raise AssertionError(f"before the kill the site is not that of {old}")
    phases = ["storing", *sorted(book.lasting)]
    wanted = phases[number % len(phases)]
    book.forget(chance, 1.0 if number == 0 or wanted == "loading" else book.forgotten)
    times = book.lasting.get(wanted, [])
    nth = chance.randint(1, len(times) or max(1, int(book.stores * book.forgotten)))
    delay = chance.uniform(0, times[nth - 1] if times else WRITING_SECONDS)
    scope = chance.choice(["one", "group"])
    book.said.write_text("")
    command = book.command(new, KILLS_AT=f"{wanted} {delay} {nth} {scope}", KILLS_SAID=str(book.said))
    victim = subprocess.Popen(**command, start_new_session=True)
    said, _ = victim.communicate(timeout=3600)
    killed = re.findall(r"^killed (\w+)$", book.said.read_text(), re.MULTILINE)
    if victim.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the build ended by itself with {victim.returncode}:\n{said[-3000:]}")
    phase = killed[0] if killed and victim.returncode else "(it had ended)"
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
    if litter := book.litter():
        raise AssertionError(f"left behind: {litter}")
    how = {"one": "the build's process", "group": "its group of processes"}[scope]
    return how, phase, "new" if standing == book.right[new] else "old"


def campaign(name: str, book: Book, kills: int, seed: int) -> bool:
    """Kill a book many times and print the counts; whether all went well."""
    if not kills:
        return True
    print(f"{name}: building undisturbed ...", flush=True)
    began = time.monotonic()
    counts = {"killed while": Counter(), "killed": Counter(), "site right after": Counter()}
    number = tried = 0
    try:
        book.learn()
        book.build(next(iter(book.readings)))
        while number < kills:
            chance = random.Random(f"{seed} {name} {tried}")
            how, phase, site = kill_once(book, chance, tried)
            tried += 1
            passed = f"{time.monotonic() - began:.0f} s"
            print(f"  {passed}: {how}, {phase}; the site was {site}", flush=True)
            if phase.startswith("("):  # it was faster than the kill
                continue
            number += 1
            for counter, what in zip(counts.values(), (phase, how, site), strict=True):
                counter[what] += 1
    except Exception as error:
        print(f"{name}, try {tried + 1} (seed {seed}): {error}\nkept: {book.layout.build}")
        return False
    finally:
        for title, counter in counts.items():
            print(f"{name}, {title}: " + ", ".join(f"{what} {n}" for what, n in counter.most_common()))
    print(
        f"{name}: {kills} kills in {time.monotonic() - began:.0f} s, no site broken, no result lost or wrong, "
        "every next build finished"
    )
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
    folder = Path(tempfile.mkdtemp(prefix="kills-")).resolve()
    right = campaign("toy book", toy_book(folder), toy, asked.seed)
    right = campaign("smoke book", smoke_book(folder), smoke, asked.seed) and right
    if right:
        shutil.rmtree(folder)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
