"""What a run was made of: data, scale, versions, commit, time and memory."""

import os
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from portfolio_study.network_engine import chosen_engine
from portfolio_study.publishing.profiles import RunSettings

#: Packages whose version can change a number or a page.
PACKAGES = (
    "arch", "cvxpy", "clarabel", "jax", "jaxlib", "jupyter-book", "keras", "linearmodels", "numba", "numpy",
    "pandas", "papermill", "plotly", "PyPortfolioOpt", "scikit-learn", "scipy", "skfolio", "sphinx",
    "statsmodels", "yfinance",
)  # fmt: skip


def package_versions() -> dict[str, str]:
    """Installed versions of the packages that results depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit(root: Path) -> dict[str, Any]:
    """Commit of the checkout and whether it was modified.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.

    Returns
    -------
    dict
        ``commit``, and ``modified``: whether a tracked file differs from it (files that git does
        not know do not count). Empty where `root` is not the top of a repository: a copy of the
        project inside another repository has nothing to do with that one's commits.
    """
    try:
        if not _is_top(root):
            return {}
        commit = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "modified": bool(changed)}


def tracked_files(root: Path) -> list[Path]:
    """Files that git tracks; none where `root` is not the top of a repository.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    """
    try:
        names = _git(root, "ls-files", "-z").split("\0") if _is_top(root) else []
    except (OSError, subprocess.SubprocessError):
        return []
    return [root / name for name in names if name]


def _is_top(root: Path) -> bool:
    return Path(_git(root, "rev-parse", "--show-toplevel")).resolve() == root.resolve()


def _git(root: Path, *arguments: str) -> str:
    # Within a hook, git's variables name the repository that runs it, whatever the folder.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=20, env=environment
    ).stdout.strip()


def measured_on(notebooks: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Every sample of prices that a value was measured on: the run's own, its parts, and further ones.

    Parameters
    ----------
    notebooks : mapping of str to Path
        Chapter to executed notebook.

    Returns
    -------
    list of dict
        ``chapter``, ``universe``, ``source``, ``series`` (how many), ``frequency``, ``first``, ``last`` and
        ``values`` (how many were measured on it), in the order of the chapters.
    """
    from portfolio_study.ledger.records import read_records  # imports numpy

    found: Counter[tuple[Any, ...]] = Counter()
    for chapter, path in notebooks.items():
        for record in read_records(path).values():
            if (sample := record.sample) is not None:
                same = [sample[name] for name in ("frequency", "first", "last")]
                found[chapter, sample["universe"], sample["source"], len(sample["tickers"]), *same] += 1
    names = ("chapter", "universe", "source", "series", "frequency", "first", "last")
    return [dict(zip(names, key, strict=True)) | {"values": n} for key, n in found.items()]


def run_info(
    settings: RunSettings, data: dict[str, Any], chapters: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Everything about a run that does not change while its results stay the same.

    Parameters
    ----------
    settings : RunSettings
        What was asked for.
    data : dict
        What the prices are (see `resolve_data`).
    chapters : dict of str to dict
        What each executed notebook says about itself.
    """
    executed = [chapter["executed_at"] for chapter in chapters.values()]
    return {
        "profile": settings.profile,
        "source": data["source"],
        "sha256": data["sha256"],
        "universe": data["universe"],
        "tickers": data["tickers"],
        "frequency": data["frequency"],
        "data": data.get("manifest", {}),
        **{name: data[name] for name in ("histories", "print") if name in data},
        "start": data["first"],
        "end": data["last"],
        "request": settings.prices,
        "parameters": {name: chapter["parameters"] for name, chapter in chapters.items()},
        "packages": package_versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "networks": chosen_engine(),
        "computed_at": max(executed) if executed else None,
        "chapters": {
            name: {key: chapter[key] for key in ("seconds", "peak_memory_mb", "warnings", "executed_at")}
            for name, chapter in chapters.items()
        },
    }


def publication_info(root: Path) -> dict[str, Any]:
    """When and from which commit a run is published."""
    return {"published_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "git": git_commit(root)}
