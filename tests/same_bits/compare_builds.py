"""Build the book with one worker, with two, and on Dask, each from nothing: ``make same``.

Verdicts, errata and every field of every record must be equal, bit for bit.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from portfolio_study.ledger.records import read_records
from portfolio_study.settings import build_dir

#: How each build computes. The first is what the others are compared with.
BUILDS = {
    "one": {"STUDY_JOBS": "1"},
    "two": {"STUDY_JOBS": "2"},
    "dask": {"STUDY_JOBS": "2", "STUDY_EXECUTOR": "dask"},
}
SHOWN = 40


def build(folder: Path, how: dict[str, str], profile: str) -> None:
    """Build a book from nothing: neither stored results nor compiled code."""
    shutil.rmtree(folder, ignore_errors=True)
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith("STUDY_") or key == "STUDY_ROOT"
    }
    given = {"STUDY_BUILD_DIR": str(folder), "STUDY_PROFILE": profile}
    subprocess.run([sys.executable, "-m", "portfolio_study", "book"], env=kept | given | how, check=True)


def results(folder: Path) -> dict[str, str]:
    """Everything that a build found, as text of which every digit counts, by name.

    Parameters
    ----------
    folder : pathlib.Path
        A build folder.
    """
    found = {}
    for name in ("verdicts", "errata"):
        for number, row in enumerate(json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))):
            found[f"{name} {number} {row.get('id', '')}"] = json.dumps(row, sort_keys=True)
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        for key, record in read_records(path).items():
            found[f"record {key}"] = json.dumps(record.to_dict(), sort_keys=True)
    return found


def differences(first: dict[str, str], other: dict[str, str]) -> list[str]:
    """Lines on what two builds do not have in common."""
    return [
        f"  {name}\n    {first.get(name, 'not there')}\n    {other.get(name, 'not there')}"
        for name in sorted(first.keys() | other.keys())
        if first.get(name) != other.get(name)
    ]


def main(given: list[str] | None = None) -> int:
    """Build, compare, say what differs; return 1 if anything does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default=os.environ.get("STUDY_PROFILE") or "smoke")
    parser.add_argument("--builds", nargs="+", choices=BUILDS, default=list(BUILDS), help="default: all")
    asked = parser.parse_args(given)
    found = {}
    for name in asked.builds:
        folder = build_dir() / "same" / name
        print(
            f"build {name}: {' '.join(f'{k}={v}' for k, v in BUILDS[name].items())} in {folder}", flush=True
        )
        build(folder, BUILDS[name], asked.profile)
        found[name] = results(folder)
    first, *others = asked.builds
    wrong = 0
    for name in others:
        lines = differences(found[first], found[name])
        wrong += len(lines)
        print(f"{first} and {name}: {len(found[first])} results, {len(lines)} of them differ")
        print("\n".join(lines[:SHOWN]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
