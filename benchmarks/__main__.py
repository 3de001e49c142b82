"""Run the benchmarks: ``python -m benchmarks [name ...]`` writes ``build/bench.json``.

A benchmark is a module ``bench_<name>.py`` with a function ``run()`` that returns plain numbers,
ratios first of all: both sides of a ratio are measured in the same process, one after the other.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.command import run

from portfolio_study.errors import BuildError, UnknownNameError
from portfolio_study.publishing.kernels import ONE_THREAD
from portfolio_study.publishing.provenance import git_commit, package_versions
from portfolio_study.publishing.publish import write_json
from portfolio_study.settings import build_dir

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Names of the benchmarks."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def measure(name: str) -> dict[str, Any]:
    """Run one benchmark in a process of its own, so that none warms up another."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "STUDY_CACHE_DIR": "off"}
        command = [sys.executable, "-m", "benchmarks", "--one", name, str(answer)]
        started = time.perf_counter()
        if subprocess.run(command, env=environment, cwd=FOLDER.parent, check=False).returncode != 0:
            raise BuildError(f"benchmark {name} failed")
        return {
            "results": json.loads(answer.read_text(encoding="utf-8")),
            "seconds": round(time.perf_counter() - started, 1),
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }


def run_one(name: str, answer: Path) -> None:
    """Body of a benchmark's process."""
    result = importlib.import_module(f"benchmarks.bench_{name}").run()
    write_json(answer, result)


def main(arguments: list[str]) -> int:
    """Measure the named benchmarks, or all, and write the file; values of others are kept."""
    if arguments[:1] == ["--one"]:
        run_one(arguments[1], Path(arguments[2]))
        return 0
    chosen = arguments or os.environ.get("STUDY_CHAPTERS", "").split() or names()
    for name in chosen:
        if name not in names():
            raise UnknownNameError("benchmark", name, names())
    path = build_dir() / "bench.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    measured = content.get("benchmarks", {})
    for name in chosen:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        measured[name] = measure(name) | {"git": git_commit(FOLDER.parent)}
        print(f"{name} ({measured[name]['seconds']} s)")
        for key, value in measured[name]["results"].items():
            print(f"  {key}: {value:.6g}" if isinstance(value, float) else f"  {key}: {value}")
    content = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "packages": package_versions(),
        "benchmarks": {name: measured[name] for name in sorted(measured) if name in names()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    write_json(scratch, content)
    scratch.replace(path)
    print(f"written: {path}")
    return 0


if __name__ == "__main__":
    run(main)
